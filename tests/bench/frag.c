/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reassembly costs: datagrams of 2 and of 44 fragments, in order, backwards, and among
 * hundreds of unfinished ones; nanoseconds a fragment, or
 *
 *	valgrind --tool=callgrind --toggle-collect=take_one frag N     instructions, over N * 44
 */
#include <stdlib.h>
#include <string.h>

#include <seastack/link.h>
#include <seastack/modules.h>

#include "core/checksum.h"
#include "core/link.h"
#include "ip/ipv4.h"
#include "tests/bench/bench.h"
#include "tests/lib/env.h"

#define FRAGMENT 1480u
#define MANY 44u

static struct sea_stack *stack;
static struct sea_link *link;
static sea_time now = { SEA_SEC };
static unsigned whole;

static void count(struct sea_stack *s, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	(void)s;
	(void)rx;
	whole++;
	sea_pkt_free(pkt);
}

static const struct sea_ip_proto listener = { .proto = SEA_IPPROTO_UDP, .input = count };

static struct sea_pkt *fragment(uint16_t id, unsigned at, bool more)
{
	static uint8_t bytes[20 + FRAGMENT];
	struct sea_ipv4_hdr *hdr = (struct sea_ipv4_hdr *)bytes;

	*hdr = (struct sea_ipv4_hdr){ .ver_ihl = 0x45,
				      .total_len = sea_be16_of(sizeof(bytes)),
				      .id = sea_be16_of(id),
				      .frag = sea_be16_of((uint16_t)(at * FRAGMENT / 8 |
								     (more ? SEA_IPV4_MF : 0))),
				      .ttl = 64,
				      .proto = SEA_IPPROTO_UDP,
				      .src = { { 10, 0, 0, 2 } },
				      .dst = { { 10, 0, 0, 1 } } };
	sea_csum_put(&hdr->sum, (uint16_t)~sea_csum_fold(sea_csum_ipv4(hdr, sizeof(*hdr))));
	return sea_pkt_from_bytes(link, bytes, sizeof(bytes));
}

static BENCH_APART void take_one(struct sea_pkt *pkt)
{
	sea_link_input(link, &pkt, 1, now);
}

static void measure(const char *what, unsigned n, unsigned fragments, bool backwards)
{
	uint64_t spent = 0;
	unsigned before = whole;

	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < fragments; k++) {
			unsigned at = backwards ? fragments - 1 - k : k;
			struct sea_pkt *pkt = fragment((uint16_t)i, at, at + 1 < fragments);
			uint64_t start = bench_ns();

			take_one(pkt);
			spent += bench_ns() - start;
		}
	if (whole != before + n)
		abort();
	bench_print(what, bench_ns() - spent, (uint64_t)n * fragments);
}

/* From other peers, so that their number does not end ours. */
static void leave_unfinished(unsigned n)
{
	struct sea_frag_table *t = &sea_ipv4_of(stack)->frags;

	for (unsigned i = 0; i < n; i++) {
		const struct sea_frag_key key = { .id = i, .src.b = { 10, 1, 0, (uint8_t)i } };
		const struct sea_frag_piece piece = { .more = true, .before = 20, .size = 1500 };
		struct sea_frag_whole unused;
		struct sea_pkt *pkt = fragment((uint16_t)i, 0, true);

		sea_pkt_pull(pkt, 20);
		sea_stack_enter(stack, now);
		(void)sea_frag_input(t, &key, &piece, pkt, &unused);
		sea_stack_leave(stack);
	}
}

int main(int argc, char **argv)
{
	static const struct sea_module *const modules[] = { &sea_ipv4 };
	struct sea_link_config config = { .size = sizeof(config),
					  .name = "tun0",
					  .type = SEA_LINK_IP };
	struct sea_ifaddr addr = { .size = sizeof(addr) };
	unsigned n = argc > 1 ? (unsigned)atoi(argv[1]) : 20000;
	struct test_env env;

	test_env_init(&env);
	if (sea_stack_new(NULL, &env.env, modules, 1, &stack) ||
	    sea_link_add(stack, &config, &link, now) || sea_link_set_up(link, true, now) ||
	    !sea_addr_parse_prefix("10.0.0.1/8", &addr.local, &addr.prefix_len))
		abort();
	addr.ifindex = link->ifindex;
	if (sea_ifaddr_add(stack, &addr, now))
		abort();
	sea_stack_add_ip_proto(stack, &listener);
	measure("a fragment of 44, in order", n, MANY, false);
	if (argc > 1)
		return 0;
	measure("a fragment of 44, backwards", n, MANY, true);
	measure("a fragment of 2", n, 2, false);
	leave_unfinished(1000);
	measure("a fragment of 44, 1000 datagrams unfinished", n, MANY, false);
	sea_stack_free(stack);
	return 0;
}
