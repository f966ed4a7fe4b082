/* SPDX-License-Identifier: Apache-2.0 */
/* What listeners hear of routers' advertisements: RTNLGRP_IPV6_PREFIX and RTNLGRP_IPV6_IFINFO, of links that took them. */
#include "core/stack.h"
#include "ip/rtnl/link.h"
#include "wire/ndp.h"

#define PREFIX_ROOM 64u

/* Lifetimes as they were advertised, too. */
void sea_rtnl_tell_prefix(const struct sea_link *link, const struct sea_ndp_prefix *prefix,
			  uint8_t flags)
{
	const struct prefixmsg hdr = { .prefix_family = SEA_AF_INET6,
				       .prefix_ifindex = link->ifindex,
				       .prefix_type = SEA_NDP_OPT_PREFIX,
				       .prefix_len = prefix->prefix_len,
				       .prefix_flags = flags };
	const struct prefix_cacheinfo times = { .preferred_time = prefix->preferred_s,
						.valid_time = prefix->valid_s };
	uint8_t bytes[PREFIX_ROOM] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));

	if (!sea_nl_has_listeners(link->stack, NETLINK_ROUTE, RTNLGRP_IPV6_PREFIX))
		return;
	sea_nl_begin(&out, 0, 0, RTM_NEWPREFIX, 0, &hdr, sizeof(hdr));
	sea_nl_put(&out, PREFIX_ADDRESS, prefix->prefix, sizeof(prefix->prefix));
	sea_nl_put(&out, PREFIX_CACHEINFO, &times, sizeof(times));
	sea_nl_end(&out);
	sea_nl_notify(link->stack, NETLINK_ROUTE, RTNLGRP_IPV6_PREFIX, &out, NULL);
}

void sea_rtnl_tell_advert(const struct sea_link *link)
{
	const struct sea_rtnl_link_how how = { .type = RTM_NEWLINK };
	struct sea_stack *stack = link->stack;
	uint32_t room = sea_rtnl_link_room(link);
	struct sea_nl_out out;
	void *bytes;

	if (!sea_nl_has_listeners(stack, NETLINK_ROUTE, RTNLGRP_IPV6_IFINFO))
		return;
	bytes = sea_pool_alloc(&stack->shard.pool, room);
	if (!bytes) {
		sea_nl_lost(stack, NETLINK_ROUTE, RTNLGRP_IPV6_IFINFO);
		return;
	}
	out = sea_nl_out_of(bytes, room);
	sea_rtnl_write_link6(&out, link, &how);
	sea_nl_notify(stack, NETLINK_ROUTE, RTNLGRP_IPV6_IFINFO, &out, NULL);
	sea_pool_free(&stack->shard.pool, bytes, room);
}
