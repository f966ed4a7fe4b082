/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETMULTICAST, RTM_GETANYCAST: groups and anycast addresses of lo that sockets join and leave, while somebody listens. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/env.h"
#include "tests/netns/netlink_compare.h"

/* Newer than some headers: RTNLGRP_IPV4_MCADDR to _IPV6_ACADDR. */
#define GROUPS_FROM 37
#define GROUPS_TO 39

static uint64_t pick(uint64_t *seed, uint64_t n)
{
	return test_random(seed) % n;
}

static void each_dump(struct world w[2])
{
	static const uint16_t types[] = { RTM_GETMULTICAST, RTM_GETANYCAST };
	const uint8_t families[] = { AF_INET, AF_INET6, AF_UNSPEC, AF_PACKET };

	for (unsigned i = 0; i < 8; i++)
		for (unsigned mode = 0; mode < MODES; mode++)
			for (uint32_t k = 0; k < 6; k++) {
				struct ifaddrmsg hdr = { .ifa_family = families[i / 2],
							 .ifa_index = k == 1   ? 1
								      : k == 2 ? 99
									       : 0,
							 .ifa_prefixlen = k == 3 };
				struct request r = request_of("groups", types[i % 2],
							      k == 5 ? 0 : NLM_F_DUMP, &hdr,
							      k == 4 ? 1 : sizeof(hdr));

				compare(w, &r, mode);
			}
}

/* Who hears what, and members without a port, who hear nothing that comes from none. */
struct ears {
	struct wsock hears[2], deaf[2];
};

static void after(struct world w[2], struct ears *e, const char *what)
{
	const uint8_t families[] = { AF_INET, AF_INET6, AF_INET6 };
	static const uint16_t types[] = { RTM_GETMULTICAST, RTM_GETMULTICAST, RTM_GETANYCAST };
	const struct request heard = request_of(what, 0, 0, NULL, 0);
	const long nothing[2] = { 0, 0 };
	static struct answers a[2];

	for (unsigned i = 0; i < 2; i++)
		listen_to(&w[i], e->hears[i], &a[i]);
	judge(&heard, MODES, nothing, a);
	for (unsigned i = 0; i < 2; i++)
		listen_to(&w[i], e->deaf[i], &a[i]);
	judge(&heard, MODES, nothing, a);
	for (unsigned i = 0; i < 3; i++) {
		const struct ifaddrmsg hdr = { .ifa_family = families[i] };
		const struct request r = request_of(what, types[i], NLM_F_DUMP, &hdr, sizeof(hdr));

		compare(w, &r, 0);
	}
}

static void join_or_leave(struct world w[2], struct wsock s4[2], struct wsock s6[2], uint64_t *seed)
{
	bool v6 = pick(seed, 2), leave = pick(seed, 3) == 0;
	struct ip_mreqn m4 = { .imr_ifindex = 1 };
	struct ipv6_mreq m6 = { .ipv6mr_interface = 1 };
	long r[2];

	m4.imr_multiaddr.s_addr = htonl(0xef010101u + (uint32_t)pick(seed, 4));
	m6.ipv6mr_multiaddr =
		(struct in6_addr){ .s6_addr = { 0xff,
						(const uint8_t[]){ 1, 2, 5, 14 }[pick(seed, 4)],
						[15] = (uint8_t)(7 + pick(seed, 2)) } };
	for (unsigned i = 0; i < 2; i++)
		r[i] = v6 ? world_setsockopt(&w[i], s6[i], IPPROTO_IPV6,
					     leave ? IPV6_LEAVE_GROUP : IPV6_JOIN_GROUP, &m6,
					     sizeof(m6))
			  : world_setsockopt(&w[i], s4[i], IPPROTO_IP,
					     leave ? IP_DROP_MEMBERSHIP : IP_ADD_MEMBERSHIP, &m4,
					     sizeof(m4));
	compare_results(leave ? "leave a group" : "join a group", r);
}

static struct wsock open_member(struct world *w, bool with_port)
{
	const struct sockaddr_nl name = { .nl_family = AF_NETLINK };
	struct wsock s;

	if (world_open(w, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &s) ||
	    (with_port && world_bind(w, s, &name, sizeof(name))))
		exit(1);
	for (int group = GROUPS_FROM; group <= GROUPS_TO; group++)
		if (world_setsockopt(w, s, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
				     sizeof(group)))
			exit(1);
	return s;
}

void compare_groups(struct world w[2], unsigned long n, uint64_t *seed)
{
	struct wsock s4[2], s6[2];
	struct ears e;

	each_dump(w);
	for (unsigned i = 0; i < 2; i++) {
		e.hears[i] = open_member(&w[i], true);
		e.deaf[i] = open_member(&w[i], false);
		if (world_open(&w[i], AF_INET, SOCK_DGRAM, 0, &s4[i]) ||
		    world_open(&w[i], AF_INET6, SOCK_DGRAM, 0, &s6[i]))
			exit(1);
	}
	while (n--) {
		join_or_leave(w, s4, s6, seed);
		after(w, &e, "after that");
	}
	each_dump(w);
	for (unsigned i = 0; i < 2; i++) {
		world_close(&w[i], &s4[i]);
		world_close(&w[i], &s6[i]);
	}
	for (unsigned i = 0; i < 2; i++) {
		world_close(&w[i], &e.hears[i]);
		world_close(&w[i], &e.deaf[i]);
	}
}
