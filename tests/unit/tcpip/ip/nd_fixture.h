/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host on a link with routers, under Linux's defaults: eth0 is there, down, 02:00:00:00:00:01.
 *
 *	nd_new(&t);
 *	nd_set(&t, "use_tempaddr", "2");
 *	nd_settle(&t);                                       up; its link-local address is ours
 *	ra = nd_ra(1800);
 *	nd_prefix(&ra, "2001:db8:1::/64", "LA", 3600, 1800);
 *	nd_inject(&t, &ra);
 *	a = nd_expect_addr(&t, "2001:db8:1::ff:fe00:1");
 */
#ifndef SEA_TESTS_ND_FIXTURE_H
#define SEA_TESTS_ND_FIXTURE_H

#include "ip/ipv6.h"
#include "tests/lib/stack_fixture.h"
#include "wire/ndp.h"

#define ND_ROUTER "fe80::1"
#define ND_OTHER_ROUTER "fe80::2"
#define ND_OUR_LL "fe80::ff:fe00:1"
#define ND_OUR_IID "::ff:fe00:1"

void nd_new(struct test_stack *t);
/* The same of these modules. */
void nd_new_of(struct test_stack *t, const struct sea_module *const *modules, size_t n);
/* net.ipv6.conf.eth0.<name>; `nd_set_of` of another branch ("all"). */
void nd_set(struct test_stack *t, const char *name, const char *value);
void nd_set_of(struct test_stack *t, const char *branch, const char *name, const char *value);
int nd_try_set(struct test_stack *t, const char *name, const char *value);
int nd_get(struct test_stack *t, const char *name);

void nd_link(struct test_stack *t, bool up);
/* Up, and four seconds later; what was sent is thrown away. */
void nd_settle(struct test_stack *t);
/* Throws away what was sent; how much of ICMPv6's type there was. */
unsigned nd_count_sent(struct test_stack *t, uint8_t type);
/* The next frame with a message of this type, the others thrown away; NULL: none. */
const struct sea_ipv6_hdr *nd_take(struct test_stack *t, uint8_t type, const uint8_t **msg,
				   size_t *len);

/* -- addresses and routes as they are configured -- */

int nd_add(struct test_stack *t, const char *prefix, uint32_t flags, uint32_t valid_s,
	   uint32_t preferred_s);
int nd_del(struct test_stack *t, const char *prefix);
/* The address of eth0, as it is shown; size 0: it has none of this name. */
struct sea_ifaddr nd_addr(struct test_stack *t, const char *addr);
struct sea_ifaddr nd_expect_addr(struct test_stack *t, const char *addr);
/* That the address is there with just these of all flags. */
void nd_expect_flags(struct test_stack *t, const char *addr, uint32_t flags);
/* The `rank`th address of eth0 with all of these flags; size 0: there are not so many. */
struct sea_ifaddr nd_addr_with(struct test_stack *t, uint32_t flags, unsigned rank);
unsigned nd_count_addrs(struct test_stack *t);
/* A route of table main (via: NULL, on-link); size 0: there is none. */
struct sea_route nd_route(struct test_stack *t, const char *prefix, const char *via);
bool nd_is_local(struct test_stack *t, const char *addr);
/* The next hop to this destination, as text; "-": on-link; "!": no way. */
const char *nd_next_hop(struct test_stack *t, const char *dst);

/* Asks for the next hop to this destination, as a packet to it would. */
void nd_ask(struct test_stack *t, const char *dst);

/* -- advertisements and others' messages -- */

struct nd_ra {
	const char *src; /* NULL: ND_ROUTER */
	uint8_t hop_limit, flags;
	uint16_t lifetime;
	uint32_t reachable_ms, retrans_ms;
	uint8_t ip_hop_limit; /* 0: 255 */
	uint8_t opts[1400];
	size_t opts_len;
};

struct nd_ra nd_ra(uint16_t lifetime);
/* `flags`: 'L' on-link, 'A' autonomous, 'P' delegated. */
void nd_prefix(struct nd_ra *ra, const char *prefix, const char *flags, uint32_t valid_s,
	       uint32_t preferred_s);
void nd_route_info(struct nd_ra *ra, const char *prefix, enum sea_ndp_pref pref,
		   uint32_t lifetime_s);
void nd_mtu(struct nd_ra *ra, uint32_t mtu);
void nd_inject(struct test_stack *t, const struct nd_ra *ra);

/* Somebody tries whether the address is free (`nonce`: six bytes or NULL). */
void nd_inject_dad_ns(struct test_stack *t, const char *target, const uint8_t *nonce);
/* Somebody has it. */
void nd_inject_na(struct test_stack *t, const char *target, uint8_t flags);

#endif
