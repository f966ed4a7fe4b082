/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stack under test, with one Ethernet link and a test on the other end of its wire:
 *
 *	struct test_stack t;
 *
 *	test_stack_new(&t, modules, n);          eth0 is up: 10.0.0.1/24, 02:00:00:00:00:01
 *	test_know_peer(&t);                      10.0.0.2 is 02:00:00:00:00:02, without ARP
 *	test_inject_ip(&t, &ip, payload, len);   a datagram comes in
 *	f = test_take(&t);                       the next frame that went out, or NULL
 *	test_advance(&t, 3 * SEA_SEC);           time passes, timer by timer
 *	assert_int_equal(test_drops(&t, SEA_DROP_IP_CHECKSUM), 1);
 *	test_stack_free(&t);                     asserts that no memory is left
 *
 * and for IPv6, with &sea_ipv6 among the modules:
 *
 *	test_stack_new6(&t, modules, n);         and 2001:db8::1/64 and fe80::ff:fe00:1/64
 *	test_know_peer6(&t);                     2001:db8::2 and fe80::ff:fe00:2 are known, without NDP
 *	test_inject_ip6(&t, &ip, payload, len);
 *	ip = test_expect_ip6(test_take(&t), SEA_IPPROTO_UDP, &payload, &len);
 *
 * Links have their IPv6 addresses at once, without duplicate detection, and ask for no routers.
 * Everything is a function of the test: time stands still unless it is told to pass.
 */
#ifndef SEA_TESTS_STACK_FIXTURE_H
#define SEA_TESTS_STACK_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <seastack/config.h>
#include <seastack/modules.h>
#include <seastack/stack.h>

#include "core/link.h"
#include "core/stack.h"
#include "ip/ip.h"
#include "tests/lib/env.h"
#include "wire/ether.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

#define TEST_FRAME_MAX (65535 + 64)

struct test_stack {
	struct test_env env;
	struct sea_stack *stack;
	struct sea_link *link;
	sea_time now;
	bool hear_mld;  /* test_take() returns MLD's reports, too */
	bool unsettled; /* what comes in is not followed by test_settle() */
	/* The frame that test_take() returned last; its bytes are good until the next one. */
	struct test_frame {
		size_t len;
		uint8_t bytes[TEST_FRAME_MAX];
		const struct sea_link *link;
		enum sea_csum_state csum_state;
		uint16_t gso_size;
	} frame;
};

extern const struct sea_mac test_our_mac, test_peer_mac;
extern const struct sea_mac test_broadcast_mac;
/* 10.0.0.1, 10.0.0.2. */
extern const sea_be32 test_our_ip, test_peer_ip;

/* "10.0.0.1" */
sea_be32 test_ip4(const char *text);
struct sea_addr test_addr(const char *text);

void test_stack_new(struct test_stack *t, const struct sea_module *const *modules, size_t n);
/* The same without link and address: only lo is there, and t->link NULL. */
void test_stack_new_bare(struct test_stack *t, const struct sea_module *const *modules, size_t n);
void test_stack_free(struct test_stack *t);

/* Another Ethernet link, up, with the address ("192.168.1.1/24", or NULL: none). */
struct sea_link *test_add_link(struct test_stack *t, const char *name, const struct sea_mac *mac,
			       const char *prefix);
void test_know_peer(struct test_stack *t);

/* Time passes: each timer on the way fires when it is due. */
void test_advance(struct test_stack *t, int64_t ns);
/* Until nothing is left to be done now (loopback, deferred work). */
void test_settle(struct test_stack *t);

/* -- in -- */

/* A frame comes in from `link`. The stack is settled after each of these. */
void test_inject_on(struct test_stack *t, struct sea_link *link, const void *frame, size_t len);
/* The same on t->link. */
void test_inject(struct test_stack *t, const void *frame, size_t len);

/* What is zero is what an ordinary datagram from the peer to us has. */
struct test_ip {
	const struct sea_mac *eth_dst, *eth_src; /* NULL: ours, the peer's */
	const char *src, *dst;                   /* NULL: 10.0.0.2, 10.0.0.1 */
	uint8_t proto, tos, ttl;                 /* ttl 0: 64 */
	uint16_t id, frag;                       /* frag: flags and offset as on the wire */
	const uint8_t *opts;
	size_t opts_len;    /* a multiple of 4 */
	uint16_t total_len; /* 0: right */
	uint16_t sum_error; /* added to the right header checksum */
	uint8_t ver_ihl;    /* 0: right */
	size_t padding;     /* zero bytes behind the datagram */
};

/* Writes the frame; returns its length. */
size_t test_build_ip(uint8_t *frame, const struct test_ip *ip, const void *payload, size_t len);
void test_inject_ip(struct test_stack *t, const struct test_ip *ip, const void *payload,
		    size_t len);

/* Internet checksum of `len` bytes, with `sum` added, as two bytes in network order. */
sea_be16 test_checksum(const void *bytes, size_t len, uint32_t sum);
/* The sum of the pseudo-header in the terms of test_checksum(). */
uint32_t test_pseudo(sea_be32 src, sea_be32 dst, uint8_t proto, size_t len);

/* -- IPv6 -- */

#define TEST_OUR_IP6 "2001:db8::1"
#define TEST_PEER_IP6 "2001:db8::2"
#define TEST_OUR_LL "fe80::ff:fe00:1" /* of the MACs above */
#define TEST_PEER_LL "fe80::ff:fe00:2"

/* The stack of test_stack_new(), and its IPv6 addresses, in use at once. */
void test_stack_new6(struct test_stack *t, const struct sea_module *const *modules, size_t n);
/* An address in use at once on the link ("2001:db8::1/64"). */
void test_add_addr6(struct test_stack *t, struct sea_link *link, const char *prefix);
void test_know_peer6(struct test_stack *t);
struct sea_ipaddr test_ip6(const char *text);

/* What is zero is what an ordinary packet from the peer to us has. */
struct test_ip6 {
	const struct sea_mac *eth_dst, *eth_src; /* NULL: ours (or the group's), the peer's */
	const char *src, *dst;                   /* NULL: the peer's and our global address */
	uint8_t proto;                           /* of the payload */
	uint8_t tclass, hop_limit;               /* hop_limit 0: 64 */
	uint32_t flow_label;
	/* Extension headers, in which all numbers of next headers are as they shall be. */
	const uint8_t *exts;
	size_t exts_len;
	uint8_t exts_next; /* the first one's number */
	int payload_len;   /* what the header says; 0: right; -1: 0 */
	uint8_t version;   /* 0: right */
	size_t padding;    /* zero bytes behind the packet */
};

/* Writes the frame; returns its length. */
size_t test_build_ip6(uint8_t *frame, const struct test_ip6 *ip, const void *payload, size_t len);
void test_inject_ip6(struct test_stack *t, const struct test_ip6 *ip, const void *payload,
		     size_t len);
/* The same with an ICMPv6 message, whose checksum is filled in here. */
void test_inject_icmp6(struct test_stack *t, const struct test_ip6 *ip, const void *msg,
		       size_t len);
/* The sum of the pseudo-header in the terms of test_checksum(). */
uint32_t test_pseudo6(const uint8_t src[16], const uint8_t dst[16], uint8_t proto, size_t len);

/*
 * The packet of a frame, its lengths checked: its header, and *payload behind it. `proto` is the next
 * header of the fixed one; of ICMPv6 the checksum is checked, too.
 */
const struct sea_ipv6_hdr *test_expect_ip6(const struct test_frame *f, uint8_t proto,
					   const uint8_t **payload, size_t *len);
/* Is this the address? */
bool test_is_ip6(const uint8_t addr[16], const char *text);

/* -- out -- */

/* The next frame on any link, or NULL. */
struct test_frame *test_take(struct test_stack *t);
/* How many there are; they are thrown away. */
unsigned test_take_all(struct test_stack *t);

/* The datagram of a frame, all checked (lengths, header checksum): its header, and *payload behind it. */
const struct sea_ipv4_hdr *test_expect_ip(const struct test_frame *f, uint8_t proto,
					  const uint8_t **payload, size_t *len);

/* -- counters -- */

uint64_t test_drops(const struct test_stack *t, enum sea_drop reason);
uint64_t test_mib(const struct test_stack *t, enum sea_mib what);

#endif
