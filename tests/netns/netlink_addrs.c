/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_NEWADDR and RTM_DELADDR: what is answered, what is heard of it, and what is there then. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/env.h"
#include "tests/netns/netlink_compare.h"

#define ATTR_PROTO 11 /* newer than some headers */

static void put_some(struct request *r, uint64_t *seed, unsigned one_in, uint16_t type,
		     const uint32_t *values, unsigned n)
{
	if (test_random(seed) % one_in == 0)
		put_attr(r, type, &values[test_random(seed) % n], 4);
}

static void put_change(struct request *r, uint64_t *seed)
{
	static const uint32_t flags[] = { 0, 0x80, 0x200, 0x6a1, 0xbff }, metrics[] = { 0, 7, 8 };
	static const uint32_t groups[] = { 0, 0xff0000e0, 0x0300000a };
	static const char labels[][16] = { "lo", "lo:1", "other", "fifteen letters" };
	const uint32_t lives[] = { 0, LIFE, 2 * LIFE, UINT32_MAX };
	struct ifa_cacheinfo life = { .ifa_prefered = lives[test_random(seed) % 4],
				      .ifa_valid = lives[test_random(seed) % 4] };
	uint32_t own[4];

	for (uint8_t i = 0; i < 4; i++)
		memcpy(&own[i],
		       (const uint8_t[]){ 10, 0, (uint8_t)(i % 2),
					  (uint8_t)(test_random(seed) % 4) },
		       4);
	if (test_random(seed) % 16 == 0)
		own[0] = 0;
	if (test_random(seed) % 16)
		put_some(r, seed, 1, IFA_LOCAL, own, 4);
	put_some(r, seed, 3, IFA_ADDRESS, own, 4);
	put_some(r, seed, 32, IFA_ADDRESS, groups, 1);
	put_some(r, seed, 4, IFA_BROADCAST, groups, 3);
	put_some(r, seed, 4, IFA_FLAGS, flags, 5);
	put_some(r, seed, 3, IFA_RT_PRIORITY, metrics, 3);
	put_some(r, seed, 3, ATTR_PROTO, metrics, 3);
	if (test_random(seed) % 4 == 0) {
		const char *label = labels[test_random(seed) % 4];

		put_attr(r, IFA_LABEL, label, (uint16_t)(strlen(label) + test_random(seed) % 2));
	}
	if (test_random(seed) % 3 == 0)
		put_attr(r, IFA_CACHEINFO, &life, sizeof(life));
}

static struct request random_change(uint64_t *seed)
{
	static const uint8_t lens[] = { 8, 16, 24, 24, 24, 31, 32, 33 };
	static const uint16_t flags[] = { NLM_F_REPLACE, NLM_F_EXCL, NLM_F_CREATE, NLM_F_ACK,
					  NLM_F_ECHO };
	struct ifaddrmsg hdr = { .ifa_family = AF_INET,
				 .ifa_prefixlen = lens[test_random(seed) % 8],
				 .ifa_scope = (uint8_t)(test_random(seed) % 8 ? 0 : 254),
				 .ifa_index = test_random(seed) % 16 ? 1 : 99 };
	bool gone = test_random(seed) % 4 == 0;
	struct request r;

	if (test_random(seed) % 8 == 0)
		hdr.ifa_flags = (uint8_t)test_random(seed);
	r = request_of("change", gone ? RTM_DELADDR : RTM_NEWADDR, 0, &hdr, sizeof(hdr));
	for (unsigned i = 0; i < 5; i++)
		if (test_random(seed) % 3 == 0)
			r.flags |= flags[i];
	put_change(&r, seed);
	return r;
}

/* What is answered, what a listener hears, and how it is then. */
static void change(struct world w[2], struct wsock asks[2], struct wsock hears[2],
		   const struct request *r)
{
	const struct ifaddrmsg hdr = { .ifa_family = AF_INET };
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
		listen_to(&w[i], hears[i], &a[i]);
	judge(r, MODES, sent, a);
	compare(w, &all, 0);
}

/* Labels follow. */
static void rename_lo(struct world w[2], struct wsock asks[2], struct wsock hears[2],
		      const char *name)
{
	const struct ifinfomsg hdr = { .ifi_index = 1 };
	struct request r = request_of("a new name", RTM_SETLINK, NLM_F_ACK, &hdr, sizeof(hdr));

	put_attr(&r, IFLA_IFNAME, name, (uint16_t)(strlen(name) + 1));
	change(w, asks, hears, &r);
}

void compare_changes_of_addrs(struct world w[2], unsigned long n, uint64_t *seed)
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV4_IFADDR };
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
	rename_lo(w, asks, hears, "eth7");
	rename_lo(w, asks, hears, "fifteen-letters");
	rename_lo(w, asks, hears, "lo");
	for (unsigned i = 0; i < 2; i++) {
		world_close(&w[i], &asks[i]);
		world_close(&w[i], &hears[i]);
	}
}
