/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_NEWNETCONF, between who is asked for it and who tells of changes. */
#ifndef SEA_IP_RTNL_NETCONF_H
#define SEA_IP_RTNL_NETCONF_H

#include <linux/netconf.h>

#include "ip/rtnl/rtnl.h"

struct sea_link;

/* How it is shown. */
struct sea_rtnl_conf_how {
	uint16_t type; /* RTM_NEWNETCONF, RTM_DELNETCONF: its index alone */
	uint16_t flags;
	uint32_t port, seq;
	int what; /* NETCONFA_*: this one alone; NETCONFA_ALL */
};

/* `conf`: struct sea_conf4 or _conf6. False: there was no room. */
bool sea_rtnl_write_conf(struct sea_nl_out *out, bool v6, int ifindex, const void *conf,
			 const struct sea_rtnl_conf_how *how);
/* The settings of a link, or of NETCONFA_IFINDEX_*; NULL: there are none of that index. */
const void *sea_rtnl_conf_of(struct sea_stack *stack, bool v6, int ifindex);

/* -- netconf_news.c -- */

/* The stack's conf_observer. */
void sea_rtnl_tell_conf(struct sea_stack *stack, uint8_t family, int ifindex, int what);
/* As part of the link observer's. */
void sea_rtnl_conf_appeared(struct sea_stack *stack, const struct sea_link *link);
void sea_rtnl_conf_leaving(struct sea_stack *stack, const struct sea_link *link);
/* Its settings go by another name now (as on Linux, they went and came). */
void sea_rtnl_conf_renamed(struct sea_stack *stack, const struct sea_link *link);

#endif
