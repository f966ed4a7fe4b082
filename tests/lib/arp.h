/* SPDX-License-Identifier: Apache-2.0 */
/* ARP messages for the stack under test, and from it. */
#ifndef SEA_TESTS_ARP_H
#define SEA_TESTS_ARP_H

#include <string.h>

#include "tests/lib/stack_fixture.h"
#include "wire/arp.h"

/* "10.0.0.9 asks for 10.0.0.1", from `mac`, in a frame to `eth_dst`; comes in by `link`. */
static inline void test_inject_arp(struct test_stack *t, struct sea_link *link,
				   const struct sea_mac *eth_dst, enum sea_arp_op op,
				   const struct sea_mac *mac, const char *sender,
				   const struct sea_mac *target_mac, const char *target)
{
	struct {
		struct sea_ether_hdr eth;
		struct sea_arp_hdr arp;
	} f = { .eth = { *eth_dst, *mac, sea_be16_of(SEA_ETHERTYPE_ARP) } };

	sea_arp_put(&f.arp, op, mac, test_ip4(sender), target_mac, test_ip4(target));
	test_inject_on(t, link, &f, sizeof(f));
}

/* A broadcast question. */
static inline void test_inject_question(struct test_stack *t, struct sea_link *link,
					const struct sea_mac *mac, const char *sender,
					const char *target)
{
	static const struct sea_mac unknown;

	test_inject_arp(t, link, &test_broadcast_mac, SEA_ARP_REQUEST, mac, sender, &unknown,
			target);
}

/* The next frame, which must be ARP and go out on `link`. */
static inline const struct sea_arp_hdr *test_expect_arp(struct test_stack *t,
							const struct sea_link *link,
							const struct sea_mac *eth_dst,
							enum sea_arp_op op)
{
	const struct test_frame *f = test_take(t);
	const struct sea_ether_hdr *eth;
	const struct sea_arp_hdr *arp;

	assert_non_null(f);
	assert_ptr_equal(f->link, link);
	eth = (const struct sea_ether_hdr *)f->bytes;
	arp = (const struct sea_arp_hdr *)(eth + 1);
	assert_int_equal(sea_be16_get(eth->type), SEA_ETHERTYPE_ARP);
	assert_true(sea_arp_valid(arp));
	assert_int_equal(sea_be16_get(arp->op), op);
	assert_memory_equal(eth->dst.b, eth_dst->b, 6);
	return arp;
}

static inline void test_expect_ip4(sea_be32 addr, const char *text)
{
	sea_be32 want = test_ip4(text);

	assert_memory_equal(&addr, &want, 4);
}

#endif
