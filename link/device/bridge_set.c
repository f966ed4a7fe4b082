/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bridges in messages: IFLA_BR_*. Of snooping of groups, statistics of VLANs and filters of iptables in
 * bridges nothing is there, and what would need them is refused.
 */
#include <errno.h>
#include <string.h>

#include <linux/if_bridge.h>
#include <linux/if_link.h>

#include "core/stack.h"
#include "link/device/bridge.h"
#include "link/device/bridge_stp.h"
#include "netlink/build.h"
#include "netlink/policy.h"

/* Newer than some headers. */
#define IFLA_BR_FDB_N_LEARNED_ 48
#define IFLA_BR_FDB_MAX_LEARNED_ 49

#define BOOLOPTS_MASK 0x1fu
#define BOOLOPT_NO_LL_LEARN 1u
#define GROUP_FWD_RESTRICTED 0x7u

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
#define WIDE                       \
	{                          \
		.type = SEA_NL_U64 \
	}

const struct sea_nl_policy sea_bridge_policy[SEA_BRIDGE_DATA_MAX + 1] = {
	[IFLA_BR_FORWARD_DELAY] = NUMBER,
	[IFLA_BR_HELLO_TIME] = NUMBER,
	[IFLA_BR_MAX_AGE] = NUMBER,
	[IFLA_BR_AGEING_TIME] = NUMBER,
	[IFLA_BR_STP_STATE] = NUMBER,
	[IFLA_BR_PRIORITY] = SHORT,
	[IFLA_BR_VLAN_FILTERING] = BYTE,
	[IFLA_BR_VLAN_PROTOCOL] = SHORT,
	[IFLA_BR_GROUP_FWD_MASK] = SHORT,
	[IFLA_BR_GROUP_ADDR] = SEA_NL_AT_MOST(6),
	[IFLA_BR_MCAST_ROUTER] = BYTE,
	[IFLA_BR_MCAST_SNOOPING] = BYTE,
	[IFLA_BR_MCAST_QUERY_USE_IFADDR] = BYTE,
	[IFLA_BR_MCAST_QUERIER] = BYTE,
	[IFLA_BR_MCAST_HASH_ELASTICITY] = NUMBER,
	[IFLA_BR_MCAST_HASH_MAX] = NUMBER,
	[IFLA_BR_MCAST_LAST_MEMBER_CNT] = NUMBER,
	[IFLA_BR_MCAST_STARTUP_QUERY_CNT] = NUMBER,
	[IFLA_BR_MCAST_LAST_MEMBER_INTVL] = WIDE,
	[IFLA_BR_MCAST_MEMBERSHIP_INTVL] = WIDE,
	[IFLA_BR_MCAST_QUERIER_INTVL] = WIDE,
	[IFLA_BR_MCAST_QUERY_INTVL] = WIDE,
	[IFLA_BR_MCAST_QUERY_RESPONSE_INTVL] = WIDE,
	[IFLA_BR_MCAST_STARTUP_QUERY_INTVL] = WIDE,
	[IFLA_BR_NF_CALL_IPTABLES] = BYTE,
	[IFLA_BR_NF_CALL_IP6TABLES] = BYTE,
	[IFLA_BR_NF_CALL_ARPTABLES] = BYTE,
	[IFLA_BR_VLAN_DEFAULT_PVID] = SHORT,
	[IFLA_BR_VLAN_STATS_ENABLED] = BYTE,
	[IFLA_BR_MCAST_STATS_ENABLED] = BYTE,
	[IFLA_BR_MCAST_IGMP_VERSION] = BYTE,
	[IFLA_BR_MCAST_MLD_VERSION] = BYTE,
	[IFLA_BR_VLAN_STATS_PER_PORT] = BYTE,
	[IFLA_BR_MULTI_BOOLOPT] = SEA_NL_EXACTLY(sizeof(struct br_boolopt_multi)),
	[IFLA_BR_FDB_N_LEARNED_] = SEA_NL_REFUSED(NULL),
	[IFLA_BR_FDB_MAX_LEARNED_] = NUMBER,
};

/* -- changed, in Linux's order; what was done before a step failed stays done -- */

static const struct sea_nl_attr *has(const struct sea_link_ask *ask, unsigned type)
{
	return ask->data[type].value ? &ask->data[type] : NULL;
}

/* Of spanning trees: kept, and without effect while there is none (as on Linux). */
static int set_times(struct sea_bridge *b, const struct sea_link_ask *ask)
{
	struct sea_stp_times own = b->stp.own;
	const struct {
		uint32_t *value, min, max;
	} times[] = {
		[IFLA_BR_FORWARD_DELAY] = { &own.forward_delay, b->stp.on ? 200 : 0,
					    b->stp.on ? 3000 : UINT32_MAX },
		[IFLA_BR_HELLO_TIME] = { &own.hello_time, 100, 1000 },
		[IFLA_BR_MAX_AGE] = { &own.max_age, 600, 4000 },
	};

	for (unsigned i = IFLA_BR_FORWARD_DELAY; i <= IFLA_BR_MAX_AGE; i++) {
		uint32_t v;

		if (!has(ask, i))
			continue;
		v = sea_nl_u32(&ask->data[i]);
		if (v < times[i].min || v > times[i].max)
			return -ERANGE;
		*times[i].value = v;
		sea_stp_set_times(b, &own);
	}
	if (has(ask, IFLA_BR_AGEING_TIME)) {
		b->stp.ageing_time = sea_nl_u32(&ask->data[IFLA_BR_AGEING_TIME]);
		sea_bridge_fdb_set_ageing(b, b->stp.ageing_time);
	}
	return 0;
}

static int set_tree(struct sea_bridge *b, const struct sea_link_ask *ask)
{
	if (has(ask, IFLA_BR_STP_STATE))
		sea_stp_set(b, sea_nl_u32(&ask->data[IFLA_BR_STP_STATE]));
	if (has(ask, IFLA_BR_PRIORITY)) {
		b->priority = sea_nl_u16(&ask->data[IFLA_BR_PRIORITY]);
		sea_stp_follow_id(b);
	}
	return 0;
}

/* What each has by itself, and nobody chose otherwise, is that of the new number. */
static int set_pvid_of(struct sea_bridge *b, struct sea_bridge_port *port, uint16_t pvid)
{
	const struct sea_bridge_vlans *v = port ? &port->vlans : &b->vlans;
	uint16_t old = b->default_pvid;
	int err;

	if (old && (v->pvid != old || !sea_bridge_vlan_has(v->untagged, old)))
		return 0;
	if (old) {
		sea_bridge_vlan_del(b, port, old);
		sea_bridge_vlan_tell(b, port, old, old, true);
	}
	if (!pvid || sea_bridge_vlan_has(v->member, pvid))
		return 0;
	err = sea_bridge_vlan_add(b, port, pvid, true, true);
	if (!err)
		sea_bridge_vlan_tell(b, port, pvid, pvid, false);
	return err;
}

static int set_default_pvid(struct sea_bridge *b, uint16_t pvid)
{
	struct sea_bridge_port *p;
	int err;

	if (pvid >= SEA_BRIDGE_VIDS - 1)
		return -EINVAL;
	if (pvid == b->default_pvid)
		return 0;
	if (b->filters)
		return -EPERM;
	err = set_pvid_of(b, NULL, pvid);
	SEA_BRIDGE_EACH_PORT(p, b)
	{
		if (!err)
			err = set_pvid_of(b, p, pvid);
	}
	if (!err)
		b->default_pvid = pvid;
	return err;
}

/* Of a VLAN, whatever the port. */
static int set_counting(struct sea_bridge *b, const struct sea_link_ask *ask)
{
	const struct sea_nl_attr *on = &ask->data[IFLA_BR_VLAN_STATS_ENABLED];
	const struct sea_nl_attr *per_port = &ask->data[IFLA_BR_VLAN_STATS_PER_PORT];

	if (per_port->value && sea_nl_u8(per_port))
		return sea_nl_complain_of(ask->extack, -EOPNOTSUPP, per_port,
					  "bridge: VLANs have no statistics per port");
	if (on->value && sea_nl_u8(on) > 1)
		return -EINVAL;
	return on->value ? sea_bridge_vlans_count(b, sea_nl_u8(on)) : 0;
}

static int set_vlans(struct sea_bridge *b, const struct sea_link_ask *ask)
{
	int err;

	if (has(ask, IFLA_BR_VLAN_FILTERING))
		b->filters = sea_nl_u8(&ask->data[IFLA_BR_VLAN_FILTERING]);
	if (has(ask, IFLA_BR_VLAN_PROTOCOL)) {
		uint16_t proto = sea_get16(ask->data[IFLA_BR_VLAN_PROTOCOL].value);

		if (!sea_ethertype_is_vlan(proto))
			return -EPROTONOSUPPORT;
		b->vlan_proto = proto;
	}
	err = set_counting(b, ask);
	if (err)
		return err;
	return has(ask, IFLA_BR_VLAN_DEFAULT_PVID)
		       ? set_default_pvid(b, sea_nl_u16(&ask->data[IFLA_BR_VLAN_DEFAULT_PVID]))
		       : 0;
}

static bool is_group(const uint8_t *mac)
{
	static const uint8_t front[5] = { 0x01, 0x80, 0xc2, 0, 0 };

	return !memcmp(mac, front, sizeof(front)) && mac[5] < 16 && !(mac[5] >= 1 && mac[5] <= 3);
}

static int set_groups(struct sea_bridge *b, const struct sea_link_ask *ask)
{
	const struct sea_nl_attr *a = has(ask, IFLA_BR_GROUP_FWD_MASK);

	if (a && (sea_nl_u16(a) & GROUP_FWD_RESTRICTED))
		return -EINVAL;
	if (a)
		b->group_fwd_mask = sea_nl_u16(a);
	a = has(ask, IFLA_BR_GROUP_ADDR);
	if (!a)
		return 0;
	if (a->len != sizeof(b->group.b) || !is_group(a->value))
		return -EINVAL;
	memcpy(b->group.b, a->value, sizeof(b->group.b));
	return 0;
}

static int set_fdb(struct sea_bridge *b, const struct sea_link_ask *ask)
{
	if (has(ask, IFLA_BR_FDB_FLUSH))
		sea_bridge_fdb_flush(b, NULL, 0, false);
	if (has(ask, IFLA_BR_FDB_MAX_LEARNED_))
		b->max_learned = sea_nl_u32(&ask->data[IFLA_BR_FDB_MAX_LEARNED_]);
	return 0;
}

static int set_options(struct sea_bridge *b, const struct sea_link_ask *ask)
{
	struct br_boolopt_multi m;

	if (!has(ask, IFLA_BR_MULTI_BOOLOPT))
		return 0;
	memcpy(&m, ask->data[IFLA_BR_MULTI_BOOLOPT].value, sizeof(m));
	for (unsigned i = 0; i < 32; i++)
		if (m.optmask & ~BOOLOPTS_MASK & 1u << i)
			return sea_nl_complain_fmt(ask->extack, -EINVAL,
						   "bridge: Unknown boolean option %u", i);
	if (m.optmask & m.optval & ~BOOLOPT_NO_LL_LEARN)
		return -EOPNOTSUPP;
	if (m.optmask & BOOLOPT_NO_LL_LEARN)
		b->no_ll_learn = m.optval & BOOLOPT_NO_LL_LEARN;
	return 0;
}

static bool is_mcast(unsigned type)
{
	return (type >= IFLA_BR_MCAST_ROUTER && type <= IFLA_BR_MCAST_STARTUP_QUERY_INTVL) ||
	       (type >= IFLA_BR_MCAST_STATS_ENABLED && type <= IFLA_BR_MCAST_MLD_VERSION);
}

/* All that can be said of what is not there is that it is off. */
static int set_absent(struct sea_bridge *b, const struct sea_link_ask *ask)
{
	(void)b;
	for (unsigned i = 1; i <= SEA_BRIDGE_DATA_MAX; i++) {
		const struct sea_nl_attr *a = has(ask, i);

		if (!a)
			continue;
		if (is_mcast(i) && (i != IFLA_BR_MCAST_SNOOPING || sea_nl_u8(a)))
			return sea_nl_complain_of(ask->extack, -EOPNOTSUPP, a,
						  "bridge: Groups are not snooped");
		if (i >= IFLA_BR_NF_CALL_IPTABLES && i <= IFLA_BR_NF_CALL_ARPTABLES && sea_nl_u8(a))
			return -EOPNOTSUPP;
	}
	return 0;
}

int sea_bridge_change(struct sea_link *link, const struct sea_link_ask *ask)
{
	static int (*const steps[])(struct sea_bridge *, const struct sea_link_ask *) = {
		set_absent, set_times, set_tree, set_vlans, set_groups, set_fdb, set_options,
	};
	int err = 0;

	for (unsigned i = 0; !err && i < sizeof(steps) / sizeof(steps[0]); i++)
		err = steps[i](sea_bridge_of(link), ask);
	return err;
}

/* -- made -- */

int sea_bridge_judge(const struct sea_link_ask *ask)
{
	return sea_kind_judge_mac(ask);
}

int sea_bridge_prepare(struct sea_stack *stack, const struct sea_link_ask *ask,
		       struct sea_link_config *config, struct sea_link **lower)
{
	(void)stack;
	(void)ask;
	config->features = SEA_LINK_F_SOFT;
	*lower = NULL;
	return 0;
}

static void set_defaults(struct sea_bridge *b)
{
	static const struct sea_mac group = { { 0x01, 0x80, 0xc2, 0, 0, 0 } };

	b->group = group;
	b->priority = SEA_BRIDGE_PRIORITY;
	b->vlan_proto = SEA_ETHERTYPE_VLAN;
	b->forward_delay = 1500;
	b->hello_time = 200;
	b->max_age = 2000;
	b->ageing_time = b->stp.ageing_time = 30000;
	b->stp.own = (struct sea_stp_times){ 1500, 200, 2000 };
}

int sea_bridge_setup(struct sea_link *link, const struct sea_link_ask *ask)
{
	struct sea_bridge *b = sea_bridge_of(link);
	int err;

	sea_bridge_begin(b, link);
	set_defaults(b);
	b->own_mac = ask->tb[IFLA_ADDRESS].value;
	if (b->own_mac)
		b->id = link->mac;
	b->stp.id = b->stp.root = sea_stp_own_id(b);
	b->own = link->mac;
	err = sea_bridge_fdb_add_local(b, NULL, &b->own, 0);
	if (!err)
		err = set_default_pvid(b, 1);
	return err || !ask->data ? err : sea_bridge_change(link, ask);
}

/* -- shown -- */

/* Hundredths of a second until it fires; that of the FDB looks through it, the others are the spanning tree's. */
uint64_t sea_bridge_timer_left(const struct sea_bridge *b, const struct sea_timer *timer)
{
	int64_t ns = sea_time_diff(timer->deadline, b->link->stack->shard.now);

	return sea_timer_armed(timer) && ns > 0 ? (uint64_t)(ns / SEA_BRIDGE_CSEC) : 0;
}

static void put_tree(struct sea_nl_out *out, const struct sea_bridge *b)
{
	const struct sea_stp_bridge *s = &b->stp;

	sea_nl_put_u64(out, IFLA_BR_HELLO_TIMER, sea_bridge_timer_left(b, &s->hello_timer));
	sea_nl_put_u64(out, IFLA_BR_TCN_TIMER, sea_bridge_timer_left(b, &s->tcn_timer));
	sea_nl_put_u64(out, IFLA_BR_TOPOLOGY_CHANGE_TIMER,
		       sea_bridge_timer_left(b, &s->change_timer));
	sea_nl_put_u64(out, IFLA_BR_GC_TIMER, sea_bridge_timer_left(b, &b->ageing.timer));
	sea_nl_put_u32(out, IFLA_BR_FORWARD_DELAY, b->forward_delay);
	sea_nl_put_u32(out, IFLA_BR_HELLO_TIME, b->hello_time);
	sea_nl_put_u32(out, IFLA_BR_MAX_AGE, b->max_age);
	sea_nl_put_u32(out, IFLA_BR_AGEING_TIME, b->ageing_time);
	sea_nl_put_u32(out, IFLA_BR_STP_STATE, s->on);
	sea_nl_put_u16(out, IFLA_BR_PRIORITY, b->priority);
	sea_nl_put_u8(out, IFLA_BR_VLAN_FILTERING, b->filters);
	sea_nl_put_u16(out, IFLA_BR_GROUP_FWD_MASK, b->group_fwd_mask);
	sea_nl_put(out, IFLA_BR_BRIDGE_ID, s->id.b, sizeof(s->id.b));
	sea_nl_put(out, IFLA_BR_ROOT_ID, s->root.b, sizeof(s->root.b));
	sea_nl_put_u16(out, IFLA_BR_ROOT_PORT, s->root_port);
	sea_nl_put_u32(out, IFLA_BR_ROOT_PATH_COST, s->root_cost);
	sea_nl_put_u8(out, IFLA_BR_TOPOLOGY_CHANGE, s->topology_change);
	sea_nl_put_u8(out, IFLA_BR_TOPOLOGY_CHANGE_DETECTED, s->change_detected);
}

static void put_vlans(struct sea_nl_out *out, const struct sea_bridge *b)
{
	const sea_be16 proto = sea_be16_of(b->vlan_proto);

	sea_nl_put(out, IFLA_BR_VLAN_PROTOCOL, &proto, sizeof(proto));
	sea_nl_put_u16(out, IFLA_BR_VLAN_DEFAULT_PVID, b->default_pvid);
	sea_nl_put_u8(out, IFLA_BR_VLAN_STATS_ENABLED, b->counts);
	sea_nl_put_u8(out, IFLA_BR_VLAN_STATS_PER_PORT, 0);
}

void sea_bridge_show(const struct sea_link *link, struct sea_nl_out *out)
{
	const struct sea_bridge *b = sea_bridge_of(link);
	const struct br_boolopt_multi m = { .optval = b->no_ll_learn ? BOOLOPT_NO_LL_LEARN : 0,
					    .optmask = BOOLOPTS_MASK };

	put_tree(out, b);
	sea_nl_put(out, IFLA_BR_GROUP_ADDR, b->group.b, sizeof(b->group.b));
	sea_nl_put(out, IFLA_BR_MULTI_BOOLOPT, &m, sizeof(m));
	sea_nl_put_u32(out, IFLA_BR_FDB_N_LEARNED_, b->n_learned);
	sea_nl_put_u32(out, IFLA_BR_FDB_MAX_LEARNED_, b->max_learned);
	put_vlans(out, b);
	sea_nl_put_u8(out, IFLA_BR_MCAST_SNOOPING, 0);
	sea_nl_put_u8(out, IFLA_BR_NF_CALL_IPTABLES, 0);
	sea_nl_put_u8(out, IFLA_BR_NF_CALL_IP6TABLES, 0);
	sea_nl_put_u8(out, IFLA_BR_NF_CALL_ARPTABLES, 0);
}
