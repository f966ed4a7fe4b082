/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ceiling of a link: a peer at 10.77.0.2 on a tap that does hardly any protocol work. It answers
 * ARP and ping, and on four ports does what the programs of the other columns do there:
 *
 *	TCP 5001 reads and forgets    TCP 5002 sends as fast as the peer takes it
 *	TCP 5003 sends back           UDP 5004 sends back
 *
 * There is one peer, so a connection is found by the peer's port. Nothing is checked, kept or sent
 * twice, but that a source which hears nothing for a while starts again where the peer stands.
 *
 * usage: toy --tap NAME [--no-offload] [--cpu N] [--busy-poll USEC]
 *
 * It ends with the device or a signal. Before it sleeps it goes on reading for USEC: an idle core may
 * take longer to wake than a frame to handle.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bench.h"
#include "core/checksum.h"
#include "wire/arp.h"
#include "wire/ether.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"
#include "wire/udp.h"

enum { PORT_SINK = 5001, PORT_SOURCE = 5002, PORT_ECHO = 5003, PORT_UDP = 5004 };

#define OUR_IP 0x0a4d0002u
#define MSS 1460u
#define WSCALE 10
#define SUPER_MAX (MSS * 44u)
#define IN_FLIGHT_MAX (4u << 20)
#define BATCH 64
#define RESTART_MS 200

struct conn {
	bool used, ack_due;
	uint8_t wscale; /* the peer's */
	uint16_t service;
	uint32_t rcv_nxt, snd_una, snd_nxt, wnd;
};

struct frame {
	struct virtio_hdr {
		uint8_t flags, gso_type;
		uint16_t hdr_len, gso_size, csum_start, csum_offset;
	} vnet;
	struct sea_ether_hdr eth;
	struct sea_ipv4_hdr ip;
	union {
		struct sea_tcp_hdr tcp;
		struct sea_udp_hdr udp;
		struct sea_icmp_hdr icmp;
	};
	uint8_t rest[70000];
} __attribute__((packed));

static int tap;
static bool offload = true;
static uint64_t busy_poll_ns;
static const struct sea_mac our_mac = { { 2, 0x77, 0, 0, 0, 2 } };
static struct sea_mac peer_mac;
static sea_be32 peer_ip;
static struct conn conns[65536];
static unsigned source_port; /* of the one connection that we send to; 0: none */
static unsigned due[BATCH], n_due;
static struct frame in;
static uint8_t zeros[SUPER_MAX];

static size_t vnet_len(void)
{
	return offload ? sizeof(struct virtio_hdr) : 0;
}

static void write_frame(struct frame *f, size_t head, const void *payload, size_t len)
{
	struct iovec iov[] = {
		{ &f->vnet, vnet_len() },
		{ &f->eth, head },
		{ (void *)(uintptr_t)payload, len },
	};

	while (writev(tap, iov, 3) < 0 && errno == EINTR)
		;
}

/* -- IPv4 -- */

static void put_ip(struct frame *f, uint8_t proto, size_t len)
{
	uint16_t sum;

	f->eth = (struct sea_ether_hdr){ peer_mac, our_mac, sea_be16_of(SEA_ETHERTYPE_IPV4) };
	f->ip = (struct sea_ipv4_hdr){
		.ver_ihl = 0x45,
		.total_len = sea_be16_of((uint16_t)(sizeof(f->ip) + len)),
		.frag = sea_be16_of(SEA_IPV4_DF),
		.ttl = 64,
		.proto = proto,
		.src = sea_be32_of(OUR_IP),
		.dst = peer_ip,
	};
	sum = (uint16_t)~sea_csum_fold(sea_csum_scalar(&f->ip, sizeof(f->ip), 0));
	memcpy(&f->ip.sum, &sum, sizeof(sum));
}

/* The payload is all zeros, so a checksum needs the header only. */
static void put_sum(struct frame *f, size_t tcp_len, size_t len)
{
	uint32_t pseudo = sea_csum_pseudo4(f->ip.src.b, f->ip.dst.b, SEA_IPPROTO_TCP,
					   (uint32_t)(tcp_len + len));
	uint16_t sum;

	memset(&f->vnet, 0, sizeof(f->vnet));
	if (offload && len > MSS) {
		f->vnet = (struct virtio_hdr){
			.flags = 1,
			.gso_type = 1,
			.hdr_len = (uint16_t)(sizeof(f->eth) + sizeof(f->ip) + tcp_len),
			.gso_size = MSS,
			.csum_start = sizeof(f->eth) + sizeof(f->ip),
			.csum_offset = offsetof(struct sea_tcp_hdr, sum),
		};
		sum = sea_csum_fold(pseudo);
	} else {
		sum = (uint16_t)~sea_csum_fold(sea_csum_scalar(&f->tcp, tcp_len, pseudo));
	}
	memcpy(&f->tcp.sum, &sum, sizeof(sum));
}

static void send_tcp(unsigned port, uint8_t flags, uint32_t len)
{
	static const uint8_t syn_opts[8] = { 2, 4, MSS >> 8, MSS & 0xff, 1, 3, 3, WSCALE };
	struct conn *c = &conns[port];
	size_t tcp_len = sizeof(struct sea_tcp_hdr);
	static struct frame f;

	f.tcp = (struct sea_tcp_hdr){
		.src = sea_be16_of(c->service),
		.dst = sea_be16_of((uint16_t)port),
		.seq = sea_be32_of(c->snd_nxt),
		.ack = sea_be32_of(c->rcv_nxt),
		.flags = flags,
		.wnd = sea_be16_of(65535),
	};
	if (flags & SEA_TCP_SYN) {
		memcpy(f.rest, syn_opts, sizeof(syn_opts));
		tcp_len += sizeof(syn_opts);
	}
	f.tcp.off = (uint8_t)(tcp_len / 4 << 4);
	put_ip(&f, SEA_IPPROTO_TCP, tcp_len + len);
	put_sum(&f, tcp_len, len);
	write_frame(&f, sizeof(f.eth) + sizeof(f.ip) + tcp_len, zeros, len);
	c->snd_nxt += len + !!(flags & (SEA_TCP_SYN | SEA_TCP_FIN));
	c->ack_due = false;
}

/* -- TCP -- */

static void pour(unsigned port)
{
	struct conn *c = &conns[port];
	uint32_t end = c->snd_una + (c->wnd < IN_FLIGHT_MAX ? c->wnd : IN_FLIGHT_MAX);
	uint32_t size = offload ? SUPER_MAX : MSS;

	while (c->used && (int32_t)(end - c->snd_nxt) >= (int32_t)size)
		send_tcp(port, SEA_TCP_ACK | SEA_TCP_PSH, size);
	if (c->used && c->snd_nxt == c->snd_una && end - c->snd_nxt >= MSS)
		send_tcp(port, SEA_TCP_ACK | SEA_TCP_PSH, (end - c->snd_nxt) / MSS * MSS);
}

static void accept_syn(unsigned port, const struct sea_tcp_hdr *tcp)
{
	struct sea_tcp_seg syn;

	sea_tcp_parse((const uint8_t *)tcp, sea_tcp_hdr_len(tcp), 0, &syn);
	conns[port] = (struct conn){
		.used = true,
		.service = syn.dst,
		.rcv_nxt = syn.seq.v + 1,
		.wscale = syn.opts.wscale,
	};
	if (syn.dst == PORT_SOURCE)
		source_port = port;
	send_tcp(port, SEA_TCP_SYN | SEA_TCP_ACK, 0);
}

static void ack_later(unsigned port)
{
	if (conns[port].ack_due)
		return;
	conns[port].ack_due = true;
	due[n_due++] = port;
}

static void take_data(unsigned port, const struct sea_tcp_hdr *tcp, uint32_t len)
{
	struct conn *c = &conns[port];

	if (sea_be32_get(tcp->seq) == c->rcv_nxt) {
		c->rcv_nxt += len + (tcp->flags & SEA_TCP_FIN);
		if (len && c->service == PORT_ECHO)
			send_tcp(port, SEA_TCP_ACK | SEA_TCP_PSH, len < MSS ? len : MSS);
		if (tcp->flags & SEA_TCP_FIN)
			send_tcp(port, SEA_TCP_ACK | SEA_TCP_FIN, 0);
		else if (c->service != PORT_ECHO)
			ack_later(port);
	} else {
		ack_later(port);
	}
}

static void input_tcp(const struct sea_tcp_hdr *tcp, uint32_t len)
{
	unsigned port = sea_be16_get(tcp->src);
	struct conn *c = &conns[port];
	uint32_t hdr_len = sea_tcp_hdr_len(tcp);

	if (tcp->flags & SEA_TCP_SYN) {
		accept_syn(port, tcp);
		return;
	}
	if (!c->used)
		return;
	if (tcp->flags & SEA_TCP_RST) {
		c->used = false;
		return;
	}
	c->snd_una = sea_be32_get(tcp->ack);
	if ((int32_t)(c->snd_nxt - c->snd_una) < 0)
		c->snd_nxt = c->snd_una;
	c->wnd = (uint32_t)sea_be16_get(tcp->wnd) << c->wscale;
	len -= hdr_len;
	if (len || (tcp->flags & SEA_TCP_FIN))
		take_data(port, tcp, len);
	if (c->service == PORT_SOURCE)
		pour(port);
}

/* -- the rest -- */

static void input_arp(void)
{
	struct sea_arp_hdr *arp = (void *)&in.ip;

	if (sea_be16_get(arp->op) != SEA_ARP_REQUEST || sea_be32_get(arp->target_ip) != OUR_IP)
		return;
	peer_mac = arp->sender_mac;
	peer_ip = arp->sender_ip;
	arp->op = sea_be16_of(SEA_ARP_REPLY);
	arp->target_mac = peer_mac;
	arp->target_ip = peer_ip;
	arp->sender_mac = our_mac;
	arp->sender_ip = sea_be32_of(OUR_IP);
	in.eth = (struct sea_ether_hdr){ peer_mac, our_mac, in.eth.type };
	memset(&in.vnet, 0, sizeof(in.vnet));
	write_frame(&in, sizeof(in.eth) + sizeof(*arp), NULL, 0);
}

/* Back to where it came from; exchanging addresses leaves the IP checksum as it is. */
static void turn_round(size_t ip_len)
{
	in.eth = (struct sea_ether_hdr){ peer_mac, our_mac, in.eth.type };
	in.ip.src = sea_be32_of(OUR_IP);
	in.ip.dst = peer_ip;
	memset(&in.vnet, 0, sizeof(in.vnet));
	write_frame(&in, sizeof(in.eth) + ip_len, NULL, 0);
}

static void input_udp(size_t ip_len)
{
	sea_be16 src = in.udp.src;

	in.udp.src = in.udp.dst;
	in.udp.dst = src;
	in.udp.sum = sea_be16_of(0);
	turn_round(ip_len);
}

static void input_icmp(size_t ip_len)
{
	uint16_t sum = 0;

	if (in.icmp.type != SEA_ICMP_ECHO)
		return;
	in.icmp.type = SEA_ICMP_ECHO_REPLY;
	memcpy(&in.icmp.sum, &sum, sizeof(sum));
	sum = (uint16_t)~sea_csum_fold(sea_csum_scalar(&in.icmp, ip_len - sizeof(in.ip), 0));
	memcpy(&in.icmp.sum, &sum, sizeof(sum));
	turn_round(ip_len);
}

static void input(void)
{
	size_t ip_len = sea_be16_get(in.ip.total_len);

	if (sea_be16_get(in.eth.type) == SEA_ETHERTYPE_ARP) {
		input_arp();
		return;
	}
	if (sea_be16_get(in.eth.type) != SEA_ETHERTYPE_IPV4 || in.ip.ver_ihl != 0x45 ||
	    sea_be32_get(in.ip.dst) != OUR_IP)
		return;
	if (in.ip.proto == SEA_IPPROTO_TCP)
		input_tcp(&in.tcp, (uint32_t)(ip_len - sizeof(in.ip)));
	else if (in.ip.proto == SEA_IPPROTO_UDP)
		input_udp(ip_len);
	else if (in.ip.proto == SEA_IPPROTO_ICMP)
		input_icmp(ip_len);
}

/* Reads what is there; acknowledges once for all of it. Frames read; negative: the device is gone. */
static int run_batch(void)
{
	struct iovec iov[] = {
		{ &in.vnet, vnet_len() },
		{ &in.eth, sizeof(in) - sizeof(in.vnet) },
	};
	ssize_t n = 0;
	int i = 0;

	for (; i < BATCH; i++) {
		n = readv(tap, iov, 2);
		if (n <= 0)
			break;
		input();
	}
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return -1;
	for (unsigned k = 0; k < n_due; k++)
		if (conns[due[k]].ack_due && conns[due[k]].used)
			send_tcp(due[k], SEA_TCP_ACK, 0);
	n_due = 0;
	return i;
}

static void restart_source(void)
{
	struct conn *c = &conns[source_port];

	if (!source_port || !c->used)
		return;
	c->snd_nxt = c->snd_una;
	pour(source_port);
}

static void run(void)
{
	uint64_t last = bench_ns();
	int n;

	while ((n = run_batch()) >= 0) {
		struct pollfd p = { .fd = tap, .events = POLLIN };
		uint64_t now = bench_ns();

		if (n)
			last = now;
		else if (now - last >= busy_poll_ns && poll(&p, 1, RESTART_MS) == 0)
			restart_source();
	}
}

static int open_tap(const char *name)
{
	struct ifreq ifr = { .ifr_flags =
				     (short)(IFF_TAP | IFF_NO_PI | (offload ? IFF_VNET_HDR : 0)) };

	tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	if (tap < 0 || ioctl(tap, TUNSETIFF, &ifr))
		return -1;
	return offload ? ioctl(tap, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO_ECN) : 0;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		perror("sched_setaffinity");
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "busy-poll", 1, NULL, 'b' },
		{ "cpu", 1, NULL, 'c' },
		{ "no-offload", 0, NULL, 'n' },
		{ "tap", 1, NULL, 't' },
		{ 0 },
	};
	const char *name = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 't')
			name = optarg;
		else if (c == 'n')
			offload = false;
		else if (c == 'c')
			pin(atoi(optarg));
		else if (c == 'b')
			busy_poll_ns = (uint64_t)atoi(optarg) * 1000;
	}
	if (!name) {
		fprintf(stderr,
			"usage: toy --tap NAME [--no-offload] [--cpu N] [--busy-poll USEC]\n");
		return 2;
	}
	if (open_tap(name)) {
		perror(name);
		return 1;
	}
	run();
	return 0;
}
