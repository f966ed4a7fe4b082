/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one datagram costs a router, from the frame on one link to the frame on another:
 *
 *	valgrind --tool=callgrind --toggle-collect=FUNCTION router N     then the total divided by N
 *
 *	forward_one     IPv4, of one flow
 *	forward_many    IPv4, to a thousand destinations behind as many routes, in turns
 *	forward6_one    IPv6, of one flow
 *	forward6_many   likewise
 *
 * A stack between two links; their other ends are this program. Without valgrind it prints nanoseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <seastack/config.h>
#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/os.h>
#include <seastack/pkt.h>
#include <seastack/stack.h>

#include "bench.h"
#include "core/checksum.h"
#include "core/pkt.h"
#include "wire/ether.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

#define MANY 1000u
#define PAYLOAD 64

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };
static const sea_time now = { SEA_SEC };
static struct sea_stack *stack;
static struct sea_link *links[2];

static void need(int err, const char *what)
{
	if (err < 0) {
		fprintf(stderr, "router: %s: %s\n", what, strerror(-err));
		exit(1);
	}
}

/* -- what comes in -- */

static struct sea_ether_hdr ether(uint16_t type)
{
	return (struct sea_ether_hdr){ { { 2, 0, 0, 0, 0, 1 } },
				       { { 2, 0, 0, 0, 0, 2 } },
				       sea_be16_of(type) };
}

static struct sea_pkt *frame(const void *bytes, size_t len)
{
	struct sea_pkt *pkt = sea_pkt_from_bytes(links[0], bytes, len);

	if (!pkt)
		need(-12, "packet");
	return pkt;
}

/* From 10.0.0.2 to 20.0.0.0/8's `i`th /24. */
static struct sea_pkt *datagram4(unsigned i)
{
	struct {
		struct sea_ether_hdr eth;
		struct sea_ipv4_hdr ip;
		uint8_t rest[PAYLOAD];
	} f = { .eth = ether(SEA_ETHERTYPE_IPV4),
		.ip = { .ver_ihl = 0x45,
			.total_len = sea_be16_of(20 + PAYLOAD),
			.ttl = 64,
			.proto = 253,
			.src = { { 10, 0, 0, 2 } },
			.dst = { { 20, (uint8_t)(i >> 8), (uint8_t)i, 1 } } } };

	sea_csum_put(&f.ip.sum, (uint16_t)~sea_csum_fold(sea_csum_ipv4(&f.ip, sizeof(f.ip))));
	return frame(&f, sizeof(f));
}

/* From fd00::2 to 2001:db8::/32's `i`th /48. */
static struct sea_pkt *datagram6(unsigned i)
{
	struct {
		struct sea_ether_hdr eth;
		struct sea_ipv6_hdr ip;
		uint8_t rest[PAYLOAD];
	} f = { .eth = ether(SEA_ETHERTYPE_IPV6),
		.ip = { .ver_class_flow = sea_be32_of(6u << 28),
			.payload_len = sea_be16_of(PAYLOAD),
			.next = 253,
			.hop_limit = 64,
			.src = { 0xfd, [15] = 2 },
			.dst = { 0x20, 1, 0xd, 0xb8, (uint8_t)(i >> 8), (uint8_t)i, [15] = 1 } } };

	return frame(&f, sizeof(f));
}

/* -- what is measured -- */

BENCH_APART static unsigned forward_one(struct sea_pkt *pkt, struct sea_pkt **out)
{
	sea_link_input(links[0], &pkt, 1, now);
	return sea_link_take_tx(links[1], out, 8, now);
}

BENCH_APART static unsigned forward_many(struct sea_pkt *pkt, struct sea_pkt **out)
{
	sea_link_input(links[0], &pkt, 1, now);
	return sea_link_take_tx(links[1], out, 8, now);
}

BENCH_APART static unsigned forward6_one(struct sea_pkt *pkt, struct sea_pkt **out)
{
	sea_link_input(links[0], &pkt, 1, now);
	return sea_link_take_tx(links[1], out, 8, now);
}

BENCH_APART static unsigned forward6_many(struct sea_pkt *pkt, struct sea_pkt **out)
{
	sea_link_input(links[0], &pkt, 1, now);
	return sea_link_take_tx(links[1], out, 8, now);
}

/* -- around it -- */

typedef unsigned forward_fn(struct sea_pkt *pkt, struct sea_pkt **out);

static void measure(const char *what, forward_fn *forward, struct sea_pkt *(*make)(unsigned),
		    unsigned dests, unsigned n)
{
	uint64_t ns = 0, start;
	struct sea_pkt *out[8];

	for (unsigned i = 0; i < n; i++) {
		struct sea_pkt *pkt = make(i % dests);
		unsigned got;

		start = bench_ns();
		got = forward(pkt, out);
		ns += bench_ns() - start;
		if (got != 1)
			need(-71, what);
		sea_pkt_done(out[0]);
	}
	bench_print(what, bench_ns() - ns, n);
}

static void add_link(unsigned i)
{
	static const char *const names[] = { "eth0", "eth1" };
	struct sea_link_config config = { .size = sizeof(config),
					  .name = names[i],
					  .mac = { 2, 0, 0, 0, 0, (uint8_t)(i ? 3 : 1) },
					  .features = SEA_LINK_F_TX_CSUM };
	struct sea_ifaddr addr = { .size = sizeof(addr), .prefix_len = 24 };
	struct sea_link_info info = { .size = sizeof(info) };

	need(sea_link_add(stack, &config, &links[i], now), "link");
	need(sea_link_set_up(links[i], true, now), "up");
	sea_link_info(links[i], &info);
	addr.ifindex = info.ifindex;
	addr.local = sea_addr_v4(10, 0, (uint8_t)i, 1);
	need(sea_ifaddr_add(stack, &addr, now), "address");
}

/* The router behind eth1. */
static struct sea_neigh_info next_hop(const char *text)
{
	struct sea_neigh_info n = { .size = sizeof(n),
				    .state = SEA_NUD_PERMANENT,
				    .mac = { 2, 0, 0, 0, 0, 4 } };
	struct sea_link_info info = { .size = sizeof(info) };

	sea_link_info(links[1], &info);
	n.ifindex = info.ifindex;
	if (!sea_addr_parse(text, &n.addr))
		exit(1);
	need(sea_neigh_set(stack, &n, now), "neighbour");
	return n;
}

/* Below `base`, in whose bytes the number of each begins at `at`. */
static void add_routes(const char *gateway, const char *base, unsigned at, uint8_t prefix_len)
{
	struct sea_neigh_info n = next_hop(gateway);
	struct sea_route r = { .size = sizeof(r),
			       .prefix_len = prefix_len,
			       .type = SEA_ROUTE_UNICAST,
			       .ifindex = n.ifindex,
			       .gateway = n.addr };

	if (!sea_addr_parse(base, &r.dst))
		exit(1);
	for (unsigned i = 0; i < MANY; i++) {
		sea_put16(r.dst.b + at, (uint16_t)i);
		need(sea_route_add(stack, &r, now), base);
	}
}

static void set_up(void)
{
	static const char *const on[] = { "net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding" };
	static struct sea_env env;

	need(sea_env_os(&env), "environment");
	need(sea_stack_new(NULL, &env, modules, 2, &stack), "stack");
	add_link(0);
	add_link(1);
	for (unsigned i = 0; i < 2; i++)
		need(sea_sysctl_set(stack, on[i], "1", now), on[i]);
	add_routes("10.0.1.2", "20.0.0.0", 1, 24);
	add_routes("fe80::2", "2001:db8::", 4, 48);
}

/* What a router says of itself on its links is nothing that is measured here. */
static void drain(void)
{
	struct sea_pkt *out[64];
	unsigned n;

	for (unsigned i = 0; i < 2; i++)
		while ((n = sea_link_take_tx(links[i], out, 64, now)))
			while (n)
				sea_pkt_done(out[--n]);
}

int main(int argc, char **argv)
{
	unsigned n = argc > 1 ? (unsigned)atoi(argv[1]) : 1000000;

	set_up();
	drain();
	measure("forward_one", forward_one, datagram4, 1, n);
	measure("forward_many", forward_many, datagram4, MANY, n);
	measure("forward6_one", forward6_one, datagram6, 1, n);
	measure("forward6_many", forward6_many, datagram6, MANY, n);
	sea_stack_free(stack);
	return 0;
}
