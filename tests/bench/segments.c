/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one segment costs, in instructions, which do not depend on how busy the machine is:
 *
 *	valgrind --tool=callgrind --toggle-collect=FUNCTION segments N     then the total divided by N
 *
 *	receive_one    an in-order segment of 1448 bytes, from frame to receive queue, with its share of ACKs
 *	receive_batch  the same, 64 frames a call
 *	receive_super  a super-segment of 44 x 1448 bytes
 *	receive_gro    a batch as above, coalesced first
 *	send_one       a segment of 1448 bytes, from the program's commit to the frame
 *	send_super     a super-segment
 *	send_copy      64 KiB by sendmsg(), and their frames
 *	send_zerocopy  the same with MSG_ZEROCOPY; their notification is not in it
 *	send_lent      64 KiB written in place (the writing is not in it), and their frames
 *	ack_one        the ACK of a sent segment
 *	exchange_one   a turn of request and response: frame in, event, 64 bytes read and written, frame out
 *
 * One stack, one connection; the peer is this program. Without valgrind it prints nanoseconds.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <seastack/config.h>
#include <seastack/event.h>
#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/os.h>
#include <seastack/pkt.h>
#include <seastack/socket.h>
#include <seastack/stack.h>
#include <seastack/wrap.h>

#include "bench.h"
#include "core/checksum.h"
#include "core/pkt.h"
#include "wire/ether.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

#define MSS 1448u
#define SEGS 44u
#define BATCH 64u
#define REQUEST 64
#define BIG 65536

static const struct sea_mac our_mac = { { 2, 0, 0, 0, 0, 1 } }, peer_mac = { { 2, 0, 0, 0, 0, 2 } };
static const sea_be32 our_ip = { { 10, 0, 0, 1 } }, peer_ip = { { 10, 0, 0, 2 } };

/* What IPv6 says of itself on a new link is nothing that the peer here could read. */
static const struct sea_module *const modules[] = { &sea_ipv4, &sea_tcp };
static struct sea_stack *stack;
static struct sea_link *link;
static sea_socket conn;
static sea_time now = { SEA_SEC };
/* The peer's side of the connection. */
static uint32_t snd_nxt = 1000, rcv_nxt, ts_val = 1, ts_ecr;

static void need(int err, const char *what)
{
	if (err < 0) {
		fprintf(stderr, "segments: %s: %s\n", what, strerror(-err));
		exit(1);
	}
}

/* -- the peer -- */

struct frame {
	struct sea_ether_hdr eth;
	struct sea_ipv4_hdr ip;
	struct sea_tcp_hdr tcp;
	uint8_t rest[12 + 8 + SEGS * MSS];
};

static struct sea_pkt *segment(uint8_t flags, uint32_t len)
{
	static struct frame f;
	struct sea_tcp_opts opts = { .has_ts = true, .ts_val = ts_val, .ts_ecr = ts_ecr };
	size_t opt_len, tcp_len;
	uint16_t sum;
	struct sea_pkt *pkt;

	if (flags & SEA_TCP_SYN)
		opts = (struct sea_tcp_opts){ .has_mss = true,
					      .mss = 1460,
					      .has_wscale = true,
					      .wscale = 10,
					      .has_sack_perm = true,
					      .has_ts = true,
					      .ts_val = ts_val };
	opt_len = sea_tcp_opts_put(f.rest, &opts);
	tcp_len = sizeof(f.tcp) + opt_len + len;
	f.eth = (struct sea_ether_hdr){ our_mac, peer_mac, sea_be16_of(SEA_ETHERTYPE_IPV4) };
	f.ip = (struct sea_ipv4_hdr){ .ver_ihl = 0x45,
				      .total_len = sea_be16_of((uint16_t)(20 + tcp_len)),
				      .frag = sea_be16_of(SEA_IPV4_DF),
				      .ttl = 64,
				      .proto = SEA_IPPROTO_TCP,
				      .src = peer_ip,
				      .dst = our_ip };
	sum = (uint16_t)~sea_csum_fold(sea_csum_scalar(&f.ip, sizeof(f.ip), 0));
	memcpy(f.ip.sum.b, &sum, 2);
	f.tcp = (struct sea_tcp_hdr){ .src = sea_be16_of(40000),
				      .dst = sea_be16_of(80),
				      .seq = sea_be32_of(snd_nxt),
				      .ack = sea_be32_of(flags & SEA_TCP_ACK ? rcv_nxt : 0),
				      .off = (uint8_t)((20 + opt_len) / 4 << 4),
				      .flags = flags,
				      .wnd = sea_be16_of(65535) };
	pkt = sea_pkt_from_bytes(link, &f, sizeof(f.eth) + 20 + tcp_len);
	if (!pkt)
		need(-ENOMEM, "packet");
	pkt->csum_state = SEA_CSUM_VERIFIED; /* as a link with offloads says */
	if (len > MSS) {
		pkt->gso_type = SEA_GSO_TCP4;
		pkt->gso_size = MSS;
		pkt->gso_segs = (uint16_t)(len / MSS);
	}
	snd_nxt += len + !!(flags & SEA_TCP_SYN);
	return pkt;
}

/* Takes what the stack sent; returns the payload bytes in it. */
static uint32_t drain(void)
{
	struct sea_pkt *out[64];
	uint32_t bytes = 0;
	unsigned n;

	while ((n = sea_link_take_tx(link, out, 64, now))) {
		for (unsigned i = 0; i < n; i++) {
			uint8_t hdr[86];
			size_t len = sea_pkt_len(out[i]);
			const struct sea_tcp_hdr *th = (const void *)(hdr + 34);
			uint32_t hl;

			if (!sea_pkt_read(out[i], 0, hdr, len < sizeof(hdr) ? len : sizeof(hdr)))
				exit(1);
			hl = 34u + sea_tcp_hdr_len(th);
			rcv_nxt = sea_be32_get(th->seq) + (uint32_t)len - hl +
				  !!(th->flags & SEA_TCP_SYN);
			bytes += (uint32_t)len - hl;
			if (th->flags & SEA_TCP_SYN)
				ts_ecr = sea_get32(hdr + 34 + 20 + 8);
			else
				ts_ecr = sea_get32(hdr + 34 + 20 + 4);
			sea_pkt_done(out[i]);
		}
	}
	return bytes;
}

/* -- what is measured -- */

BENCH_APART static void receive_one(struct sea_pkt *pkt)
{
	sea_link_input(link, &pkt, 1, now);
}

BENCH_APART static void receive_batch(struct sea_pkt **pkts)
{
	sea_link_input(link, pkts, BATCH, now);
}

BENCH_APART static void receive_super(struct sea_pkt *pkt)
{
	sea_link_input(link, &pkt, 1, now);
}

BENCH_APART static void receive_gro(struct sea_pkt **pkts)
{
	sea_link_input(link, pkts, BATCH, now);
}

BENCH_APART static void ack_one(struct sea_pkt *pkt)
{
	sea_link_input(link, &pkt, 1, now);
}

static void commit(uint32_t want)
{
	struct iovec iov[8];
	size_t room = 0;
	int n = sea_socket_send_reserve(stack, conn, want, iov, 8, now);

	need(n, "reserve");
	for (int i = 0; i < n; i++)
		room += iov[i].iov_len;
	need(sea_socket_send_commit(stack, conn, room < want ? room : want, 0, now), "commit");
}

BENCH_APART static unsigned send_one(struct sea_pkt **out)
{
	commit(MSS);
	return sea_link_take_tx(link, out, 64, now);
}

BENCH_APART static unsigned send_super(struct sea_pkt **out)
{
	commit(32 * 1024);
	commit(SEGS * MSS - 32 * 1024);
	return sea_link_take_tx(link, out, 64, now);
}

BENCH_APART static unsigned exchange_one(struct sea_pkt *request, struct sea_pkt **out)
{
	uint8_t bytes[REQUEST];
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct sea_event event;

	sea_link_input(link, &request, 1, now);
	if (sea_stack_take_events(stack, &event, 1) != 1)
		need(-EPROTO, "event");
	need((int)sea_socket_recvmsg(stack, event.socket, &msg, 0, now), "recvmsg");
	need((int)sea_socket_sendmsg(stack, event.socket, &msg, 0, now), "sendmsg");
	return sea_link_take_tx(link, out, 64, now);
}

static uint8_t big[BIG];

static unsigned send_big(struct sea_pkt **out, int flags)
{
	struct iovec iov = { big, sizeof(big) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (sea_socket_sendmsg(stack, conn, &msg, flags, now) != BIG)
		need(-EPROTO, "sendmsg");
	return sea_link_take_tx(link, out, 64, now);
}

BENCH_APART static unsigned send_copy(struct sea_pkt **out)
{
	return send_big(out, 0);
}

BENCH_APART static unsigned send_zerocopy(struct sea_pkt **out)
{
	return send_big(out, MSG_ZEROCOPY);
}

BENCH_APART static unsigned send_lent(struct sea_pkt **out)
{
	commit(BIG / 2);
	commit(BIG / 2);
	return sea_link_take_tx(link, out, 64, now);
}

/* -- around it -- */

static void consume(void)
{
	struct iovec iov[64];
	size_t bytes = 0;
	int n;

	while ((n = sea_socket_recv_peek(stack, conn, iov, 64, now)) > 0) {
		bytes = 0;
		for (int i = 0; i < n; i++)
			bytes += iov[i].iov_len;
		need(sea_socket_recv_consume(stack, conn, bytes, now), "consume");
	}
	drain();
	now = sea_time_add(now, 20 * SEA_USEC);
	sea_stack_advance(stack, now);
	ts_val = (uint32_t)(now.ns / SEA_MSEC);
}

/* As the driver does with what it has written. */
static void wrote(struct sea_pkt **out, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		rcv_nxt += (uint32_t)sea_pkt_len(out[i]) - 66;
		sea_pkt_done(out[i]);
	}
}

static void exchange(unsigned n)
{
	struct sea_pkt *out[64];
	struct sea_event event;

	need(sea_socket_watch(stack, conn, SEA_POLLIN, 1), "watch");
	while (sea_stack_take_events(stack, &event, 1))
		; /* the link's, from the beginning */
	for (unsigned i = 0; i < n; i++) {
		wrote(out, exchange_one(segment(SEA_TCP_ACK | SEA_TCP_PSH, REQUEST), out));
		now = sea_time_add(now, 7 * SEA_USEC);
		ts_val = (uint32_t)(now.ns / SEA_MSEC);
		sea_stack_advance(stack, now);
	}
}

static void acknowledge(struct sea_pkt **out, unsigned n)
{
	wrote(out, n);
	now = sea_time_add(now, 20 * SEA_USEC);
	ack_one(segment(SEA_TCP_ACK, 0));
	drain();
	sea_stack_advance(stack, now);
}

/* All has left and was acknowledged; what the error queue tells is read. */
static void finish(struct sea_pkt **out, unsigned n)
{
	struct msghdr msg = { 0 };
	bool more = true;

	while (more) {
		acknowledge(out, n);
		n = sea_link_take_tx(link, out, 64, now);
		more = n;
	}
	while (sea_socket_recvmsg(stack, conn, &msg, MSG_ERRQUEUE, now) == 0)
		msg = (struct msghdr){ 0 };
}

static void measure_big(const char *what, unsigned (*send)(struct sea_pkt **out), unsigned n)
{
	struct sea_pkt *out[64];
	uint64_t start = bench_ns();

	for (unsigned i = 0; i < n; i++)
		finish(out, send(out));
	bench_print(what, start, n);
}

static void connect_peer(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(80) };
	sea_socket listener;
	struct sea_pkt *pkt;
	int one = 1, room = 1 << 20;

	need(sea_socket_new(stack, AF_INET, SOCK_STREAM, 0, &listener, now), "socket");
	need(sea_socket_bind(stack, listener, (void *)&addr, sizeof(addr), now), "bind");
	need(sea_socket_listen(stack, listener, 16, now), "listen");
	pkt = segment(SEA_TCP_SYN, 0);
	sea_link_input(link, &pkt, 1, now);
	drain();
	pkt = segment(SEA_TCP_ACK, 0);
	sea_link_input(link, &pkt, 1, now);
	need(sea_socket_accept(stack, listener, NULL, NULL, &conn, now), "accept");
	/* A whole super-segment has room at once: the buffer of a program that sets none grows by and by. */
	need(sea_socket_setsockopt(stack, conn, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room), now),
	     "SO_SNDBUF");
	need(sea_socket_setsockopt(stack, conn, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one), now),
	     "TCP_NODELAY");
	need(sea_socket_setsockopt(stack, conn, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one), now),
	     "SO_ZEROCOPY");
}

static void set_up(void)
{
	struct sea_link_config config = {
		.size = sizeof(config),
		.name = "eth0",
		.features = SEA_LINK_F_TX_CSUM | SEA_LINK_F_TSO4 | SEA_LINK_F_RX_TRUSTED |
			    SEA_LINK_F_RX_GSO,
	};
	struct sea_ifaddr addr = { .size = sizeof(addr), .prefix_len = 24 };
	struct sea_neigh_info neigh = { .size = sizeof(neigh), .state = SEA_NUD_PERMANENT };
	struct sea_link_info info = { .size = sizeof(info) };
	struct sea_env env;

	need(sea_env_os(&env), "environment");
	need(sea_stack_new(NULL, &env, modules, 2, &stack), "stack");
	memcpy(config.mac, our_mac.b, 6);
	need(sea_link_add(stack, &config, &link, now), "link");
	need(sea_link_set_up(link, true, now), "up");
	sea_link_info(link, &info);
	addr.ifindex = neigh.ifindex = info.ifindex;
	addr.local = sea_addr_v4(10, 0, 0, 1);
	neigh.addr = sea_addr_v4(10, 0, 0, 2);
	memcpy(neigh.mac, peer_mac.b, 6);
	need(sea_ifaddr_add(stack, &addr, now), "address");
	need(sea_neigh_set(stack, &neigh, now), "neighbour");
}

int main(int argc, char **argv)
{
	unsigned n = argc > 1 ? (unsigned)atoi(argv[1]) : 100000;
	struct sea_pkt *pkts[BATCH];
	struct sea_wrapper *gro;
	uint64_t start;

	set_up();
	connect_peer();
	start = bench_ns();
	for (unsigned i = 0; i < n; i++) {
		receive_one(segment(SEA_TCP_ACK, MSS));
		consume();
	}
	bench_print("receive_one, with the peer's part", start, n);
	start = bench_ns();
	for (unsigned i = 0; i < n / BATCH; i++) {
		for (unsigned k = 0; k < BATCH; k++)
			pkts[k] = segment(SEA_TCP_ACK, MSS);
		receive_batch(pkts);
		consume();
	}
	bench_print("receive_batch, a segment", start, n / BATCH * BATCH);
	need(sea_wrap_gro(link, &gro, now), "coalescing");
	start = bench_ns();
	for (unsigned i = 0; i < n / BATCH; i++) {
		for (unsigned k = 0; k < BATCH; k++)
			pkts[k] = segment(SEA_TCP_ACK, MSS);
		receive_gro(pkts);
		consume();
	}
	bench_print("receive_gro, a segment", start, n / BATCH * BATCH);
	sea_wrapper_remove(gro, now);
	start = bench_ns();
	for (unsigned i = 0; i < n / SEGS; i++) {
		receive_super(segment(SEA_TCP_ACK, SEGS * MSS));
		consume();
	}
	bench_print("receive_super, a super-segment", start, n / SEGS);
	start = bench_ns();
	for (unsigned i = 0; i < n; i++)
		acknowledge(pkts, send_one(pkts));
	bench_print("send_one and its ACK", start, n);
	start = bench_ns();
	for (unsigned i = 0; i < n / SEGS; i++)
		acknowledge(pkts, send_super(pkts));
	bench_print("send_super and its ACK", start, n / SEGS);
	measure_big("send_copy, 64 KiB and their ACK", send_copy, n / SEGS);
	measure_big("send_zerocopy", send_zerocopy, n / SEGS);
	measure_big("send_lent", send_lent, n / SEGS);
	start = bench_ns();
	exchange(n);
	bench_print("exchange_one", start, n);
	sea_stack_free(stack);
	return 0;
}
