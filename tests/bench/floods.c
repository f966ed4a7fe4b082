/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a flood of forged segments costs, and leaves to a connection that is established:
 *
 *	floods [MS]
 *	valgrind --tool=callgrind --toggle-collect=flood_batch floods MS FLOOD    one flood (0 to 3), and how many
 *
 * One stack, the peer and the flood are this program; its clock is the processor time of this thread, so that a
 * machine with other things to do makes no difference. For each flood: what one forged segment takes (its copying in
 * and its answer included), how many a second take a tenth of one core, what memory grows by between half of it and
 * all, and what a connection that receives 1 Gbit/s keeps of that under 200,000 forged ones a second.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include <seastack/config.h>
#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/os.h>
#include <seastack/pkt.h>
#include <seastack/socket.h>
#include <seastack/stack.h>
#include <seastack/stats.h>

#include "bench.h"
#include "core/checksum.h"
#include "core/pkt.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

#define MSS 1448u
#define BATCH 64u
#define POOL 4096u
#define FLOW_PER_S (125000000u / 1500) /* a wire of 1 Gbit/s */
#define FLOOD_PER_S 200000u
#define PEER_PORT 40000

struct frame {
	struct sea_ipv4_hdr ip;
	struct sea_tcp_hdr tcp;
	uint8_t data[MSS];
};

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_tcp };
static struct sea_stack *stack;
static struct sea_link *link;
static sea_socket conn;
static sea_time now = { SEA_SEC };
static uint32_t snd_nxt = 1000, rcv_nxt; /* the peer's */
static uint64_t random_state = 1;
static uint64_t flow_done;
static struct frame forged[POOL]; /* without data */

static void need(long err, const char *what)
{
	if (err < 0) {
		fprintf(stderr, "floods: %s: %s\n", what, strerror((int)-err));
		exit(1);
	}
}

static uint32_t draw(void)
{
	random_state = random_state * UINT64_C(6364136223846793005) + 1;
	return (uint32_t)(random_state >> 32);
}

/* -- segments -- */

static void fill(struct frame *f, uint32_t src, uint16_t port, uint8_t flags, uint32_t seq,
		 uint32_t ack, uint32_t len)
{
	f->ip = (struct sea_ipv4_hdr){ .ver_ihl = 0x45,
				       .total_len = sea_be16_of((uint16_t)(40 + len)),
				       .ttl = 64,
				       .proto = SEA_IPPROTO_TCP,
				       .src = sea_be32_of(src),
				       .dst = { { 10, 0, 0, 1 } } };
	sea_csum_put(&f->ip.sum,
		     (uint16_t)~sea_csum_fold(sea_csum_scalar(&f->ip, sizeof(f->ip), 0)));
	f->tcp = (struct sea_tcp_hdr){ .src = sea_be16_of(port),
				       .dst = sea_be16_of(80),
				       .seq = sea_be32_of(seq),
				       .ack = sea_be32_of(ack),
				       .off = 5 << 4,
				       .flags = flags,
				       .wnd = sea_be16_of(65535) };
}

static struct sea_pkt *packet(const struct frame *f, uint32_t len)
{
	struct sea_pkt *pkt = sea_pkt_from_bytes(link, f, 40 + len);

	if (!pkt)
		need(-ENOMEM, "packet");
	pkt->csum_state = SEA_CSUM_VERIFIED;
	return pkt;
}

/* What the stack sent; the numbers of a SYN-ACK to the peer itself are kept. */
static void drain(void)
{
	struct sea_pkt *out[BATCH];
	unsigned n;

	while ((n = sea_link_take_tx(link, out, BATCH, now))) {
		for (unsigned i = 0; i < n; i++) {
			struct frame f;

			if (!rcv_nxt && sea_pkt_read(out[i], 0, &f, 40) &&
			    f.tcp.flags & SEA_TCP_SYN)
				rcv_nxt = sea_be32_get(f.tcp.seq) + 1;
			sea_pkt_done(out[i]);
		}
	}
}

static void of_peer(uint8_t flags, uint32_t len)
{
	static struct frame f;
	struct sea_pkt *pkt;

	fill(&f, 10u << 24 | 2, PEER_PORT, flags, snd_nxt, rcv_nxt, len);
	pkt = packet(&f, len);
	sea_link_input(link, &pkt, 1, now);
	snd_nxt += len + !!(flags & SEA_TCP_SYN);
}

/* -- the floods -- */

enum { SYNS, ACKS, OUTSIDE, BLIND, FLOODS };

static const char *const flood_names[] = { "SYNs of anybody", "ACKs of anybody",
					   "outside of the window", "blind injection" };

static void forge(unsigned flood, struct frame *f)
{
	static const uint8_t blind[] = { SEA_TCP_RST, SEA_TCP_SYN, SEA_TCP_ACK };
	const uint32_t anybody = 10u << 24 | (1 + draw() % 0xfffff);
	const uint16_t port = (uint16_t)(1024 + draw() % 60000);
	const uint32_t ahead = draw() % (1u << 24);

	switch (flood) {
	case SYNS:
		fill(f, anybody, port, SEA_TCP_SYN, draw(), 0, 0);
		break;
	case ACKS:
		fill(f, anybody, port, SEA_TCP_ACK, draw(), draw(), 0);
		break;
	case OUTSIDE:
		fill(f, 10u << 24 | 2, PEER_PORT, SEA_TCP_ACK, draw() | 0x80000000u, rcv_nxt, 0);
		break;
	default:
		/* Never where the next segment begins: that reset would not be blind. */
		fill(f, 10u << 24 | 2, PEER_PORT, blind[draw() % 3],
		     snd_nxt + ahead + !(ahead % MSS), draw(), 0);
		break;
	}
}

BENCH_APART static void flood_batch(unsigned *at)
{
	struct sea_pkt *pkts[BATCH];

	for (unsigned i = 0; i < BATCH; i++)
		pkts[i] = packet(&forged[(*at)++ % POOL], 0);
	sea_link_input(link, pkts, BATCH, now);
	drain();
}

/* -- the connection -- */

static void consume(void)
{
	struct iovec iov[64];
	int n;

	while ((n = sea_socket_recv_peek(stack, conn, iov, 64, now)) > 0) {
		size_t bytes = 0;

		for (int i = 0; i < n; i++)
			bytes += iov[i].iov_len;
		need(sea_socket_recv_consume(stack, conn, bytes, now), "consume");
		flow_done += bytes;
	}
}

static void flow_batch(void)
{
	for (unsigned i = 0; i < 16; i++)
		of_peer(SEA_TCP_ACK, MSS);
	consume();
	drain();
}

static void pass(int64_t ns)
{
	now = sea_time_add(now, ns);
	sea_stack_advance(stack, now);
	drain();
}

static size_t held(void)
{
	struct sea_memory memory = { .size = sizeof(memory) };

	sea_stack_memory(stack, &memory);
	return memory.held;
}

static void set_up(void)
{
	const struct sea_link_config config = { .size = sizeof(config),
						.name = "wire",
						.type = SEA_LINK_IP,
						.mtu = 1500,
						.txqueuelen = 4096,
						.features = SEA_LINK_F_TX_CSUM |
							    SEA_LINK_F_RX_TRUSTED };
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(80) };
	struct sea_ifaddr addr = { .size = sizeof(addr), .prefix_len = 8 };
	struct sea_link_info info = { .size = sizeof(info) };
	sea_socket listener;
	struct sea_env env;

	need(sea_env_os(&env), "environment");
	need(sea_stack_new(NULL, &env, modules, 2, &stack), "stack");
	need(sea_link_add(stack, &config, &link, now), "link");
	need(sea_link_set_up(link, true, now), "up");
	sea_link_info(link, &info);
	addr.ifindex = info.ifindex;
	addr.local = sea_addr_v4(10, 0, 0, 1);
	need(sea_ifaddr_add(stack, &addr, now), "address");
	need(sea_socket_new(stack, AF_INET, SOCK_STREAM, 0, &listener, now), "socket");
	need(sea_socket_bind(stack, listener, (void *)&at, sizeof(at), now), "bind");
	need(sea_socket_listen(stack, listener, 128, now), "listen");
	of_peer(SEA_TCP_SYN, 0);
	drain();
	of_peer(SEA_TCP_ACK, 0);
	need(sea_socket_accept(stack, listener, NULL, NULL, &conn, now), "accept");
}

/* -- what is measured -- */

static double cost(uint64_t ns, long *grown, unsigned *forged_n)
{
	const uint64_t start = bench_cpu_ns();
	unsigned at = 0;
	size_t middle = 0;

	while (bench_cpu_ns() - start < ns) {
		flood_batch(&at);
		pass(BATCH * SEA_USEC);
		if (!middle && bench_cpu_ns() - start > ns / 2)
			middle = held();
	}
	*grown = (long)held() - (long)middle;
	*forged_n = at;
	return (double)(bench_cpu_ns() - start) / at;
}

/* The part of its rate that the connection keeps. */
static double kept(uint64_t ns)
{
	const uint64_t start = bench_cpu_ns(), before = flow_done;
	const sea_time base = now;
	uint64_t gone, flooded = 0;
	unsigned at = 0;

	while ((gone = bench_cpu_ns() - start) < ns) {
		const sea_time then = sea_time_add(base, (int64_t)gone);

		if ((flow_done - before) / MSS < gone * FLOW_PER_S / 1000000000u)
			flow_batch();
		if (flooded < gone * FLOOD_PER_S / 1000000000u) {
			flood_batch(&at);
			flooded += BATCH;
		}
		pass(sea_time_before(now, then) ? sea_time_diff(then, now) : 0);
	}
	return (double)(flow_done - before) / MSS / ((double)ns / 1e9 * FLOW_PER_S);
}

static void start_flood(unsigned flood)
{
	snd_nxt = 1000;
	rcv_nxt = 0;
	set_up();
	for (unsigned i = 0; i < POOL; i++)
		forge(flood, &forged[i]);
}

static void one_flood(unsigned flood, uint64_t ns)
{
	unsigned n;
	long grown;

	start_flood(flood);
	(void)cost(ns, &grown, &n);
	printf("%s: %u segments\n", flood_names[flood], n);
	sea_stack_free(stack);
}

static void all_floods(uint64_t ns)
{
	printf("%-24s %10s %14s %12s %10s\n", "", "ns each", "a tenth is /s", "bytes more",
	       "kept, %");
	for (unsigned flood = 0; flood < FLOODS; flood++) {
		double each;
		long grown;
		unsigned n;

		start_flood(flood);
		each = cost(ns, &grown, &n);
		printf("%-24s %10.0f %14.0f %12ld %10.1f\n", flood_names[flood], each, 1e8 / each,
		       grown, 100 * kept(ns));
		sea_stack_free(stack);
	}
}

int main(int argc, char **argv)
{
	const uint64_t ns = (argc > 1 ? (uint64_t)atoi(argv[1]) : 500) * 1000000u;

	if (argc > 2)
		one_flood((unsigned)atoi(argv[2]) % FLOODS, ns);
	else
		all_floods(ns);
	return 0;
}
