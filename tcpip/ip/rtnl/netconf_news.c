/* SPDX-License-Identifier: Apache-2.0 */
/* What listeners of RTNLGRP_IPV4_NETCONF and _IPV6_NETCONF hear: settings of links that come, change and go. */
#include "ip/rtnl/netconf.h"

#include "core/link.h"
#include "core/stack.h"

#define ROOM 128 /* of one */

static void tell(struct sea_stack *stack, bool v6, uint16_t type, int ifindex, int what)
{
	unsigned group = v6 ? RTNLGRP_IPV6_NETCONF : RTNLGRP_IPV4_NETCONF;
	const struct sea_rtnl_conf_how how = { .type = type, .what = what };
	uint8_t bytes[ROOM] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));
	const void *conf;

	if (!sea_nl_has_listeners(stack, NETLINK_ROUTE, group))
		return;
	conf = sea_rtnl_conf_of(stack, v6, ifindex);
	if (!conf)
		return;
	sea_rtnl_write_conf(&out, v6, ifindex, conf, &how);
	sea_nl_notify(stack, NETLINK_ROUTE, group, &out, NULL);
}

void sea_rtnl_tell_conf(struct sea_stack *stack, uint8_t family, int ifindex, int what)
{
	tell(stack, family == SEA_AF_INET6, RTM_NEWNETCONF, ifindex, what);
}

void sea_rtnl_conf_appeared(struct sea_stack *stack, const struct sea_link *link)
{
	for (unsigned v6 = 0; v6 < 2; v6++)
		if (v6 ? link->ip6 != NULL : link->ip4 != NULL)
			tell(stack, v6, RTM_NEWNETCONF, link->ifindex, NETCONFA_ALL);
}

void sea_rtnl_conf_leaving(struct sea_stack *stack, const struct sea_link *link)
{
	for (unsigned v6 = 0; v6 < 2; v6++)
		if (v6 ? link->ip6 != NULL : link->ip4 != NULL)
			tell(stack, v6, RTM_DELNETCONF, link->ifindex, NETCONFA_ALL);
}

void sea_rtnl_conf_renamed(struct sea_stack *stack, const struct sea_link *link)
{
	for (unsigned v6 = 0; v6 < 2; v6++)
		if (v6 ? link->ip6 != NULL : link->ip4 != NULL) {
			tell(stack, v6, RTM_DELNETCONF, link->ifindex, NETCONFA_ALL);
			tell(stack, v6, RTM_NEWNETCONF, link->ifindex, NETCONFA_ALL);
		}
}
