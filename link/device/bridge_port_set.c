/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ports of bridges in messages: IFLA_BRPORT_*. What stands for neighbours of others (proxies), tunnels, rings and
 * backups is not there, and refused where it is to be on.
 */
#include <errno.h>
#include <string.h>

#include <linux/if_link.h>

#include "core/stack.h"
#include "ip/rtnl/fdb.h"
#include "link/device/bridge.h"
#include "link/device/bridge_stp.h"
#include "netlink/build.h"
#include "netlink/policy.h"

/* Newer than some headers. */
#define BRPORT_LOCKED 39
#define BRPORT_MAB 40
#define BRPORT_MCAST_N_GROUPS 41
#define BRPORT_MCAST_MAX_GROUPS 42
#define BRPORT_NEIGH_VLAN_SUPPRESS 43
#define BRPORT_BACKUP_NHID 44

#define PRIORITY_MAX 63u
#define COST_MAX 65535u
#define GROUP_FWD_RESTRICTED 0x6u

#define BYTE                      \
	{                         \
		.type = SEA_NL_U8 \
	}
#define SHORT                      \
	{                          \
		.type = SEA_NL_U16 \
	}
#define NUMBER                     \
	{                          \
		.type = SEA_NL_U32 \
	}

const struct sea_nl_policy sea_brport_policy[SEA_BRPORT_DATA_MAX + 1] = {
	[IFLA_BRPORT_STATE] = BYTE,
	[IFLA_BRPORT_PRIORITY] = SHORT,
	[IFLA_BRPORT_COST] = NUMBER,
	[IFLA_BRPORT_MODE] = BYTE,
	[IFLA_BRPORT_GUARD] = BYTE,
	[IFLA_BRPORT_PROTECT] = BYTE,
	[IFLA_BRPORT_FAST_LEAVE] = BYTE,
	[IFLA_BRPORT_LEARNING] = BYTE,
	[IFLA_BRPORT_UNICAST_FLOOD] = BYTE,
	[IFLA_BRPORT_PROXYARP] = BYTE,
	[IFLA_BRPORT_PROXYARP_WIFI] = BYTE,
	[IFLA_BRPORT_MULTICAST_ROUTER] = BYTE,
	[IFLA_BRPORT_MCAST_FLOOD] = BYTE,
	[IFLA_BRPORT_MCAST_TO_UCAST] = BYTE,
	[IFLA_BRPORT_VLAN_TUNNEL] = BYTE,
	[IFLA_BRPORT_BCAST_FLOOD] = BYTE,
	[IFLA_BRPORT_GROUP_FWD_MASK] = SHORT,
	[IFLA_BRPORT_NEIGH_SUPPRESS] = BYTE,
	[IFLA_BRPORT_ISOLATED] = BYTE,
	[IFLA_BRPORT_BACKUP_PORT] = NUMBER,
	[IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT] = NUMBER,
	[BRPORT_LOCKED] = BYTE,
	[BRPORT_MAB] = BYTE,
	[BRPORT_MCAST_N_GROUPS] = SEA_NL_REFUSED(NULL),
	[BRPORT_MCAST_MAX_GROUPS] = NUMBER,
	[BRPORT_NEIGH_VLAN_SUPPRESS] = { .type = SEA_NL_U8, .check = SEA_NL_CHECK_MAX, .max = 1 },
	[BRPORT_BACKUP_NHID] = NUMBER,
};

static const struct {
	uint8_t type;
	uint32_t flag;
} flags[] = {
	{ IFLA_BRPORT_MODE, SEA_BRPORT_HAIRPIN },
	{ IFLA_BRPORT_GUARD, SEA_BRPORT_GUARD },
	{ IFLA_BRPORT_PROTECT, SEA_BRPORT_PROTECT },
	{ IFLA_BRPORT_FAST_LEAVE, SEA_BRPORT_FAST_LEAVE },
	{ IFLA_BRPORT_LEARNING, SEA_BRPORT_LEARNING },
	{ IFLA_BRPORT_UNICAST_FLOOD, SEA_BRPORT_FLOOD },
	{ IFLA_BRPORT_MCAST_FLOOD, SEA_BRPORT_MCAST_FLOOD },
	{ IFLA_BRPORT_BCAST_FLOOD, SEA_BRPORT_BCAST_FLOOD },
	{ IFLA_BRPORT_MCAST_TO_UCAST, SEA_BRPORT_MCAST_TO_UNICAST },
	{ IFLA_BRPORT_ISOLATED, SEA_BRPORT_ISOLATED },
	{ BRPORT_LOCKED, SEA_BRPORT_LOCKED },
};

/* Off is all that these can be. */
static const uint8_t absent[] = {
	IFLA_BRPORT_PROXYARP,
	IFLA_BRPORT_PROXYARP_WIFI,
	IFLA_BRPORT_VLAN_TUNNEL,
	IFLA_BRPORT_NEIGH_SUPPRESS,
	BRPORT_MAB,
	BRPORT_NEIGH_VLAN_SUPPRESS,
};

/* -- changed, in Linux's order -- */

static const struct sea_nl_attr *has(const struct sea_link_ask *ask, unsigned type)
{
	return ask->data[type].value ? &ask->data[type] : NULL;
}

static int check_absent(const struct sea_link_ask *ask)
{
	for (unsigned i = 0; i < sizeof(absent); i++)
		if (has(ask, absent[i]) && sea_nl_u8(&ask->data[absent[i]]))
			return -EOPNOTSUPP;
	if (has(ask, IFLA_BRPORT_BACKUP_PORT) && sea_nl_u32(&ask->data[IFLA_BRPORT_BACKUP_PORT]))
		return -EOPNOTSUPP;
	if (has(ask, BRPORT_BACKUP_NHID) && sea_nl_u32(&ask->data[BRPORT_BACKUP_NHID]))
		return -EOPNOTSUPP;
	if (has(ask, IFLA_BRPORT_MULTICAST_ROUTER) || has(ask, IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT) ||
	    has(ask, BRPORT_MCAST_MAX_GROUPS))
		return sea_nl_complain(ask->extack, -EOPNOTSUPP, "bridge: Groups are not snooped");
	return 0;
}

static void set_flags(struct sea_bridge_port *p, const struct sea_link_ask *ask)
{
	for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!has(ask, flags[i].type))
			continue;
		if (sea_nl_u8(&ask->data[flags[i].type]))
			p->flags |= flags[i].flag;
		else
			p->flags &= ~flags[i].flag;
	}
}

static int set_tree(struct sea_bridge_port *p, const struct sea_link_ask *ask)
{
	if (has(ask, IFLA_BRPORT_COST)) {
		uint32_t cost = sea_nl_u32(&ask->data[IFLA_BRPORT_COST]);

		if (!cost || cost > COST_MAX)
			return -ERANGE;
		sea_stp_set_cost(p, cost);
	}
	if (has(ask, IFLA_BRPORT_PRIORITY)) {
		uint16_t priority = sea_nl_u16(&ask->data[IFLA_BRPORT_PRIORITY]);

		if (priority > PRIORITY_MAX)
			return -ERANGE;
		sea_stp_set_priority(p, (uint8_t)priority);
	}
	return has(ask, IFLA_BRPORT_STATE)
		       ? sea_bridge_port_set_state(p, sea_nl_u8(&ask->data[IFLA_BRPORT_STATE]))
		       : 0;
}

static int change(struct sea_bridge_port *p, const struct sea_link_ask *ask)
{
	int err = check_absent(ask);

	if (err)
		return err;
	set_flags(p, ask);
	err = set_tree(p, ask);
	if (err)
		return err;
	if (has(ask, IFLA_BRPORT_FLUSH))
		sea_bridge_fdb_flush(p->bridge, p, 0, false);
	if (has(ask, IFLA_BRPORT_GROUP_FWD_MASK)) {
		uint16_t mask = sea_nl_u16(&ask->data[IFLA_BRPORT_GROUP_FWD_MASK]);

		if (mask & GROUP_FWD_RESTRICTED)
			return -EINVAL;
		p->group_fwd_mask = mask;
	}
	return 0;
}

int sea_brport_change(struct sea_link *link, const struct sea_link_ask *ask)
{
	struct sea_bridge_port *p = sea_bridge_port_of(link);
	int err = p ? change(p, ask) : -EINVAL;

	if (!err)
		sea_rtnl_tell_port(link, false);
	return err;
}

/* -- shown -- */

static void put_flag(struct sea_nl_out *out, const struct sea_bridge_port *p, uint16_t type,
		     uint32_t flag)
{
	sea_nl_put_u8(out, type, (p->flags & flag) != 0);
}

static void put_flags(struct sea_nl_out *out, const struct sea_bridge_port *p)
{
	put_flag(out, p, IFLA_BRPORT_MODE, SEA_BRPORT_HAIRPIN);
	put_flag(out, p, IFLA_BRPORT_GUARD, SEA_BRPORT_GUARD);
	put_flag(out, p, IFLA_BRPORT_PROTECT, SEA_BRPORT_PROTECT);
	put_flag(out, p, IFLA_BRPORT_FAST_LEAVE, SEA_BRPORT_FAST_LEAVE);
	put_flag(out, p, IFLA_BRPORT_MCAST_TO_UCAST, SEA_BRPORT_MCAST_TO_UNICAST);
	put_flag(out, p, IFLA_BRPORT_LEARNING, SEA_BRPORT_LEARNING);
	put_flag(out, p, IFLA_BRPORT_UNICAST_FLOOD, SEA_BRPORT_FLOOD);
	put_flag(out, p, IFLA_BRPORT_MCAST_FLOOD, SEA_BRPORT_MCAST_FLOOD);
	put_flag(out, p, IFLA_BRPORT_BCAST_FLOOD, SEA_BRPORT_BCAST_FLOOD);
	sea_nl_put_u8(out, IFLA_BRPORT_PROXYARP, 0);
	sea_nl_put_u8(out, IFLA_BRPORT_PROXYARP_WIFI, 0);
}

static void put_tree(struct sea_nl_out *out, const struct sea_bridge_port *p)
{
	const struct sea_stp_port *s = &p->stp;

	sea_nl_put(out, IFLA_BRPORT_ROOT_ID, s->root.b, sizeof(s->root.b));
	sea_nl_put(out, IFLA_BRPORT_BRIDGE_ID, s->bridge.b, sizeof(s->bridge.b));
	sea_nl_put_u16(out, IFLA_BRPORT_DESIGNATED_PORT, s->port);
	sea_nl_put_u16(out, IFLA_BRPORT_DESIGNATED_COST, (uint16_t)s->cost);
	sea_nl_put_u16(out, IFLA_BRPORT_ID, sea_stp_port_id(p));
	sea_nl_put_u16(out, IFLA_BRPORT_NO, p->no);
	sea_nl_put_u8(out, IFLA_BRPORT_TOPOLOGY_CHANGE_ACK, s->change_ack);
	sea_nl_put_u8(out, IFLA_BRPORT_CONFIG_PENDING, s->config_pending);
}

static void put_rest(struct sea_nl_out *out, const struct sea_bridge_port *p)
{
	sea_nl_put_u8(out, IFLA_BRPORT_VLAN_TUNNEL, 0);
	sea_nl_put_u16(out, IFLA_BRPORT_GROUP_FWD_MASK, p->group_fwd_mask);
	sea_nl_put_u8(out, IFLA_BRPORT_NEIGH_SUPPRESS, 0);
	sea_nl_put_u8(out, IFLA_BRPORT_MRP_RING_OPEN, 0);
	sea_nl_put_u8(out, IFLA_BRPORT_MRP_IN_OPEN, 0);
	put_flag(out, p, IFLA_BRPORT_ISOLATED, SEA_BRPORT_ISOLATED);
	put_flag(out, p, BRPORT_LOCKED, SEA_BRPORT_LOCKED);
	sea_nl_put_u8(out, BRPORT_MAB, 0);
	sea_nl_put_u8(out, BRPORT_NEIGH_VLAN_SUPPRESS, 0);
	sea_nl_put_u64(out, IFLA_BRPORT_MESSAGE_AGE_TIMER,
		       sea_bridge_timer_left(p->bridge, &p->stp.age_timer));
	sea_nl_put_u64(out, IFLA_BRPORT_FORWARD_DELAY_TIMER,
		       sea_bridge_timer_left(p->bridge, &p->stp.forward_timer));
	sea_nl_put_u64(out, IFLA_BRPORT_HOLD_TIMER,
		       sea_bridge_timer_left(p->bridge, &p->stp.hold_timer));
}

void sea_brport_show(const struct sea_link *link, struct sea_nl_out *out)
{
	const struct sea_bridge_port *p = sea_bridge_port_of(link);

	if (!p)
		return;
	sea_nl_put_u8(out, IFLA_BRPORT_STATE, p->state);
	sea_nl_put_u16(out, IFLA_BRPORT_PRIORITY, p->priority);
	sea_nl_put_u32(out, IFLA_BRPORT_COST, p->cost);
	put_flags(out, p);
	put_tree(out, p);
	put_rest(out, p);
}
