/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETSTATS: which counters are asked for, and how they are shown. RTM_SETSTATS, and who hears of it. RTM_GETNSID. */
#include <stdlib.h>
#include <string.h>

#include <linux/if_link.h>
#include <linux/net_namespace.h>

#include "tests/netns/netlink_compare.h"

static void each_mode(struct world w[2], const struct request *r)
{
	for (unsigned mode = 0; mode < MODES; mode++)
		compare(w, r, mode);
}

static void both_ways(struct world w[2], const struct if_stats_msg *hdr, uint32_t len)
{
	struct request r = request_of("counters", RTM_GETSTATS, 0, hdr, len);

	each_mode(w, &r);
	r.flags |= NLM_F_DUMP;
	each_mode(w, &r);
}

static void with_filter(struct world w[2], uint32_t mask, uint16_t type, uint32_t value,
			uint16_t len)
{
	const struct if_stats_msg hdr = { .ifindex = 1, .filter_mask = mask };
	struct request r = request_of("a filter", RTM_GETSTATS, 0, &hdr, sizeof(hdr));
	uint8_t nest[16] = { 0 };

	memcpy(nest,
	       &(struct nlattr){ .nla_len = (uint16_t)(sizeof(struct nlattr) + len),
				 .nla_type = type },
	       sizeof(struct nlattr));
	memcpy(nest + sizeof(struct nlattr), &value, sizeof(value));
	put_attr(&r, IFLA_STATS_GET_FILTERS | NLA_F_NESTED, nest, 8);
	each_mode(w, &r);
	r = request_of("a filter without its flag", RTM_GETSTATS, 0, &hdr, sizeof(hdr));
	put_attr(&r, IFLA_STATS_GET_FILTERS, nest, 8);
	compare(w, &r, EXT_ACK);
}

/* -- set -- */

struct ears {
	struct wsock hears[2];
};

static void set_and_hear(struct world w[2], struct ears *e, const struct request *r)
{
	static struct answers a[2];
	const long nothing[2] = { 0, 0 };

	for (unsigned mode = 0; mode < MODES; mode++) {
		compare(w, r, mode);
		for (unsigned i = 0; i < 2; i++)
			listen_to(&w[i], e->hears[i], &a[i]);
		judge(r, MODES, nothing, a);
	}
}

static void set_one(struct world w[2], struct ears *e, const struct if_stats_msg *hdr,
		    uint16_t type, uint8_t value, uint16_t len)
{
	const uint8_t bytes[4] = { value };
	struct request r =
		request_of("counting is asked for", RTM_SETSTATS, NLM_F_ACK, hdr, sizeof(*hdr));

	put_attr(&r, type, bytes, len);
	set_and_hear(w, e, &r);
}

static void odd_headers(struct world w[2], struct ears *e)
{
	const struct if_stats_msg hdrs[] = {
		{ .family = 2, .ifindex = 1 },
		{ .ifindex = 0 },
		{ .ifindex = 99 },
		{ .ifindex = 1, .filter_mask = 1 },
		{ .ifindex = 1, .pad1 = 1 },
		{ .ifindex = 1, .pad2 = 1 },
		{ .ifindex = UINT32_MAX },
		{ .ifindex = 1, .filter_mask = 64 },
		{ .family = 10, .filter_mask = 1 },
	};

	for (unsigned i = 0; i < sizeof(hdrs) / sizeof(hdrs[0]); i++)
		set_one(w, e, &hdrs[i], IFLA_STATS_SET_OFFLOAD_XSTATS_L3_STATS, 1, 1);
	for (uint32_t len = 0; len <= sizeof(hdrs[0]); len++) {
		const struct request r = request_of("a header, cut", RTM_SETSTATS, NLM_F_ACK,
						    &(struct if_stats_msg){ .ifindex = 1 }, len);

		set_and_hear(w, e, &r);
	}
}

static void each_filter(struct world w[2])
{
	for (uint32_t value = 0; value < 9; value++)
		with_filter(w, 0x1f, IFLA_STATS_LINK_OFFLOAD_XSTATS, value, 4);
}

static void compare_sets(struct world w[2])
{
	const struct if_stats_msg lo = { .ifindex = 1 };
	const uint16_t l3 = IFLA_STATS_SET_OFFLOAD_XSTATS_L3_STATS;
	const int group = RTNLGRP_STATS;
	struct ears e;

	for (unsigned i = 0; i < 2; i++)
		if (world_open(&w[i], AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &e.hears[i]) ||
		    world_bind(&w[i], e.hears[i], &(struct sockaddr_nl){ .nl_family = AF_NETLINK },
			       sizeof(struct sockaddr_nl)) ||
		    world_setsockopt(&w[i], e.hears[i], SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
				     sizeof(group)))
			exit(1);
	odd_headers(w, &e);
	set_one(w, &e, &lo, l3, 1, 1);
	each_filter(w);
	for (uint16_t type = 0; type < 5; type++)
		for (unsigned i = 0; i < 3; i++)
			set_one(w, &e, &lo, type, (const uint8_t[]){ 0, 1, 2 }[i],
				(const uint16_t[]){ 1, 0, 4 }[i]);
	set_one(w, &e, &lo, l3 | NLA_F_NESTED, 1, 1);
	set_one(w, &e, &lo, l3, 0, 1);
	set_one(w, &e, &lo, l3, 0, 1);
	each_filter(w);
	for (unsigned i = 0; i < 2; i++)
		world_close(&w[i], &e.hears[i]);
}

/* -- of other networks -- */

static void each_nsid(struct world w[2])
{
	static const uint32_t values[] = { 1, 0, 5, UINT32_MAX };
	struct request r = request_of("networks", RTM_GETNSID, NLM_F_DUMP, "\0\0\0", 4);

	each_mode(w, &r);
	for (uint16_t type = 0; type < 8; type++) /* but of who has no such process or descriptor */
		for (unsigned i = 0; i < (type == NETNSA_PID ? 1 : type == NETNSA_FD ? 0 : 4); i++)
			for (unsigned too = 0; too < 2; too++) {
				r = request_of("a network", RTM_GETNSID, 0, "\0\0\0", 4);
				put_attr(&r, type, &values[i], i == 2 ? 2 : 4);
				if (too)
					put_attr(&r, NETNSA_PID, &values[0], 4);
				each_mode(w, &r);
			}
}

void compare_stats(struct world w[2])
{
	struct if_stats_msg hdr = { .ifindex = 1 };

	for (uint32_t mask = 0; mask < 70; mask++) {
		hdr.filter_mask = mask;
		both_ways(w, &hdr, sizeof(hdr));
	}
	hdr.filter_mask = 1;
	for (uint32_t len = 0; len <= sizeof(hdr); len++)
		both_ways(w, &hdr, len);
	for (uint32_t i = 0; i < 3; i++) {
		hdr.ifindex = (const uint32_t[]){ 0, 2, UINT32_MAX }[i];
		both_ways(w, &hdr, sizeof(hdr));
	}
	hdr.ifindex = 0;
	hdr.pad1 = 1;
	both_ways(w, &hdr, sizeof(hdr));
	hdr = (struct if_stats_msg){ .pad2 = 1, .filter_mask = 1 };
	both_ways(w, &hdr, sizeof(hdr));
	for (uint16_t type = 0; type < 8; type++)
		for (uint32_t value = 0; value < 18; value++)
			with_filter(w, value % 3 ? 0x1f : 1, type, value, value % 5 ? 4 : 2);
	compare_sets(w);
	each_nsid(w);
}
