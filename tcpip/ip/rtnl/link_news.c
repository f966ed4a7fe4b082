/* SPDX-License-Identifier: Apache-2.0 */
/* What listeners of RTNLGRP_LINK hear: links that come, change and go, whoever's doing it is. */
#include <errno.h>

#include "core/stack.h"
#include "ip/rtnl/link.h"
#include "ip/rtnl/netconf.h"

#define ALL UINT32_MAX /* ifi_change of what was not there before */

static bool anybody_listens(const struct sea_stack *stack)
{
	return sea_nl_has_listeners(stack, NETLINK_ROUTE, RTNLGRP_LINK);
}

/* Nobody is named as the one who did it: links change by many ways, and Linux does not say, either. */
static void tell(struct sea_stack *stack, const struct sea_link *link, uint16_t type,
		 uint32_t change)
{
	const struct sea_rtnl_link_how how = { .type = type, .change = change };
	struct sea_pool *pool = &stack->shard.pool;
	uint32_t room = sea_rtnl_link_room(link);
	struct sea_nl_out out;
	void *bytes;

	if (!anybody_listens(stack))
		return;
	bytes = sea_pool_alloc(pool, room);
	if (!bytes) {
		sea_nl_lost(stack, NETLINK_ROUTE, RTNLGRP_LINK);
		return;
	}
	out = sea_nl_out_of(bytes, room);
	sea_rtnl_write_link(&out, link, &how);
	sea_nl_notify(stack, NETLINK_ROUTE, RTNLGRP_LINK, &out, NULL);
	sea_pool_free(pool, bytes, room);
}

static void changed(struct sea_stack *stack, struct sea_link *link, uint32_t flags)
{
	tell(stack, link, RTM_NEWLINK, flags);
}

static void appeared(struct sea_stack *stack, struct sea_link *link)
{
	sea_rtnl_conf_appeared(stack, link);
	tell(stack, link, RTM_NEWLINK, ALL);
}

static void leaving(struct sea_stack *stack, struct sea_link *link)
{
	sea_rtnl_conf_leaving(stack, link);
	tell(stack, link, RTM_DELLINK, ALL);
}

static void renamed(struct sea_stack *stack, struct sea_link *link, const char *old)
{
	(void)old;
	sea_rtnl_conf_renamed(stack, link);
}

const struct sea_link_observer sea_rtnl_link_observer = {
	.changed = changed,
	.renamed = renamed,
	.appeared = appeared,
	.leaving = leaving,
};
