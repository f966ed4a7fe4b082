/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETSTATS: which counters are asked for, and how they are shown. */
#include <string.h>

#include <linux/if_link.h>

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
}
