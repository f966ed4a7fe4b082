/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTM_NEWADDR and RTM_DELADDR of IPv6: what is answered, what is heard of it, and what is there then. The kernel
 * makes an address ours from a thread: it is asked until none is TENTATIVE any more.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/env.h"
#include "tests/netns/netlink_compare.h"

#define ATTR_PROTO 11 /* newer than some headers */

static uint64_t pick(uint64_t *seed, uint64_t n)
{
	return test_random(seed) % n;
}

static struct in6_addr random_name(uint64_t *seed)
{
	struct in6_addr a = { .s6_addr = { 0x20, 1, 0xd, 0xb8 } };

	a.s6_addr[15] = (uint8_t)pick(seed, 3);
	a.s6_addr[7] = (uint8_t)pick(seed, 2);
	if (pick(seed, 24) == 0)
		a.s6_addr[0] = 0xff;
	if (pick(seed, 24) == 0)
		a = in6addr_any;
	if (pick(seed, 8) == 0)
		a.s6_addr[0] = 0xfe, a.s6_addr[1] = 0x80, a.s6_addr[2] = a.s6_addr[3] = 0;
	return a;
}

static void put_life(struct request *r, uint64_t *seed)
{
	const uint32_t lives[] = { 0, LIFE, 2 * LIFE, UINT32_MAX };
	struct ifa_cacheinfo life = { .ifa_prefered = lives[pick(seed, 4)],
				      .ifa_valid = lives[pick(seed, 4)] };

	put_attr(r, IFA_CACHEINFO, &life, (uint16_t)(pick(seed, 12) ? sizeof(life) : 8));
}

static void put_change(struct request *r, uint64_t *seed)
{
	static const uint32_t flags[] = { 0, 2, 0x10, 0x100, 0x200, 4, 0x400, 0x2a0 };
	static const uint32_t metrics[] = { 0, 7, 8 };
	struct in6_addr own = random_name(seed), other = random_name(seed);

	if (pick(seed, 2))
		put_attr(r, IFA_LOCAL, &own, (uint16_t)(pick(seed, 24) ? 16 : 4));
	if (r->len < 12 || pick(seed, 4) == 0)
		put_attr(r, IFA_ADDRESS, pick(seed, 2) ? &own : &other, 16);
	if (pick(seed, 3) == 0)
		put_attr(r, IFA_FLAGS, &flags[pick(seed, 8)], 4);
	if (pick(seed, 3) == 0)
		put_attr(r, IFA_RT_PRIORITY, &metrics[pick(seed, 3)], 4);
	if (pick(seed, 3) == 0)
		put_attr(r, ATTR_PROTO, &metrics[pick(seed, 3)], 1);
	if (pick(seed, 3) == 0)
		put_life(r, seed);
}

static struct request random_change(uint64_t *seed)
{
	static const uint8_t lens[] = { 48, 64, 64, 64, 64, 128, 129, 128 };
	static const uint16_t flags[] = { NLM_F_REPLACE, NLM_F_REPLACE, NLM_F_EXCL,
					  NLM_F_CREATE,  NLM_F_ACK,     NLM_F_ECHO };
	struct ifaddrmsg hdr = { .ifa_family = AF_INET6,
				 .ifa_prefixlen = lens[pick(seed, 8)],
				 .ifa_scope = (uint8_t)(pick(seed, 8) ? 0 : 254),
				 .ifa_index = pick(seed, 16) ? 1 : 99 };
	struct request r;

	if (pick(seed, 8) == 0)
		hdr.ifa_flags = (uint8_t)test_random(seed);
	r = request_of("change", pick(seed, 4) ? RTM_NEWADDR : RTM_DELADDR, 0, &hdr, sizeof(hdr));
	for (unsigned i = 0; i < 6; i++)
		if (pick(seed, 3) == 0)
			r.flags |= flags[i];
	put_change(&r, seed);
	return r;
}

/* As many as are said to come, or what comes in the time that any machine needs. */
static void listen_for(struct world *w, struct wsock s, unsigned n, struct answers *a)
{
	static struct answers more;
	unsigned tries = 0;

	a->n = 0;
	do {
		listen_to(w, s, &more);
		for (unsigned i = 0; i < more.n && a->n < DATAGRAMS_MAX; i++, a->n++) {
			a->len[a->n] = more.len[i];
			if (more.len[i] > 0)
				memcpy(a->bytes[a->n], more.bytes[i], (size_t)more.len[i]);
		}
	} while (a->n < n && world_patient(&tries));
}

static void change(struct world w[2], struct wsock asks[2], struct wsock hears[2],
		   const struct request *r)
{
	const struct ifaddrmsg hdr = { .ifa_family = AF_INET6 };
	const struct request all =
		request_of("after a change", RTM_GETADDR, NLM_F_DUMP, &hdr, sizeof(hdr));
	static struct answers a[2];
	long sent[2];

	for (unsigned i = 0; i < 2; i++) {
		sent[i] = ask(&w[i], asks[i], r);
		listen_to(&w[i], asks[i], &a[i]);
	}
	judge(r, EXT_ACK, sent, a);
	for (unsigned i = 0; i < 2; i++)
		wait_for_addrs6(&w[i], asks[i]);
	listen_to(&w[1], hears[1], &a[1]);
	listen_for(&w[0], hears[0], a[1].n, &a[0]);
	judge(r, MODES, sent, a);
	compare(w, &all, 0);
}

/* The kernel's own member of a group that is an address stays when a link goes down, and the address does not. */
static void drop_groups(struct world w[2], struct wsock asks[2], struct wsock hears[2])
{
	static const uint8_t lens[] = { 48, 64, 128 };

	for (unsigned i = 0; i < 18; i++) {
		const struct ifaddrmsg hdr = { .ifa_family = AF_INET6,
					       .ifa_prefixlen = lens[i % 3],
					       .ifa_index = 1 };
		struct in6_addr a = { .s6_addr = { 0xff, 1, 0xd, 0xb8 } };
		struct request r =
			request_of("drop a group", RTM_DELADDR, NLM_F_ACK, &hdr, sizeof(hdr));

		a.s6_addr[7] = (uint8_t)(i / 9);
		a.s6_addr[15] = (uint8_t)(i / 3 % 3);
		put_attr(&r, IFA_LOCAL, &a, sizeof(a));
		change(w, asks, hears, &r);
	}
}

void compare_changes_of_addrs6(struct world w[2], unsigned long n, uint64_t *seed)
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV6_IFADDR };
	struct wsock asks[2], hears[2];

	for (unsigned i = 0; i < 2; i++) {
		if (world_open(&w[i], AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &asks[i]) ||
		    world_open(&w[i], AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &hears[i]) ||
		    world_bind(&w[i], hears[i], &name, sizeof(name)))
			exit(1);
		set_mode(&w[i], asks[i], EXT_ACK);
	}
	while (n--) {
		const struct request r = random_change(seed);

		change(w, asks, hears, &r);
	}
	drop_groups(w, asks, hears);
	for (unsigned i = 0; i < 2; i++) {
		world_close(&w[i], &asks[i]);
		world_close(&w[i], &hears[i]);
	}
}
