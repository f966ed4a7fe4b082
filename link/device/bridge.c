/* SPDX-License-Identifier: Apache-2.0 */
/* Bridges as links: made, ended, saved; what they have of their ports. */
#include "link/device/bridge.h"
#include "link/device/bridge_stp.h"

#include <errno.h>

#include <linux/if_link.h>

#include "core/link_set.h"
#include "core/proto.h"
#include "core/save.h"
#include "core/stack.h"
#include "ip/rtnl/fdb.h"

#define MTU_DEFAULT 1500u

/* -- what a bridge has of its ports -- */

/* The FDB has the bridge's own address in place of the one that it had. */
void sea_bridge_follow_own(struct sea_bridge *b, const struct sea_mac *mac)
{
	const struct sea_mac old = b->own;

	if (sea_mac_equal(&old, mac))
		return;
	b->own = *mac;
	for (uint16_t vid = 0; vid < SEA_BRIDGE_VIDS; vid++) {
		if (vid && !sea_bridge_vlan_has(b->vlans.member, vid))
			continue;
		sea_bridge_fdb_del_local(b, NULL, &old, vid);
		(void)!sea_bridge_fdb_add_local(b, NULL, mac,
						vid); /* without, it is flooded and heard */
	}
}

static void take_mac(struct sea_bridge *b, const struct sea_mac *mac)
{
	b->id = *mac;
	b->adjusts = true;
	if (sea_mac_is_zero(mac)) { /* as on Linux, where the last port is gone */
		sea_bridge_follow_own(b, mac);
		b->link->mac = *mac;
		sea_link_tell(b->link, 0);
	} else {
		(void)!sea_link_change_mac(b->link, mac); /* which a port has */
	}
	b->adjusts = false;
	sea_stp_follow_id(b);
}

/* The lowest of them. */
void sea_bridge_follow_macs(struct sea_bridge *b)
{
	struct sea_mac lowest = { { 0 } };
	struct sea_bridge_port *p;
	bool any = false;

	if (b->own_mac)
		return;
	SEA_BRIDGE_EACH_PORT(p, b)
	{
		if (!any || memcmp(p->link->mac.b, lowest.b, sizeof(lowest.b)) < 0)
			lowest = p->link->mac;
		any = true;
	}
	if (!sea_mac_equal(&lowest, &b->id))
		take_mac(b, &lowest);
}

/* The smallest of them, unless somebody chose one. */
void sea_bridge_follow_mtus(struct sea_bridge *b)
{
	uint32_t mtu = b->n_ports ? UINT32_MAX : MTU_DEFAULT;
	struct sea_bridge_port *p;

	if (b->own_mtu)
		return;
	SEA_BRIDGE_EACH_PORT(p, b)
	{
		if (p->link->mtu < mtu)
			mtu = p->link->mtu;
	}
	if (mtu == b->link->mtu)
		return;
	b->adjusts = true;
	(void)!sea_link_change_mtu(b->link, mtu); /* which is one that a port has */
	b->adjusts = false;
}

/* It has a carrier while a port forwards. */
void sea_bridge_follow_states(struct sea_bridge *b)
{
	struct sea_bridge_port *p;
	bool live = false;

	SEA_BRIDGE_EACH_PORT(p, b)
	live |= p->state == SEA_BRIDGE_FORWARDING;
	sea_link_carrier(b->link, live);
}

/* -- what happens to links -- */

static void check_ports(struct sea_bridge *b)
{
	struct sea_bridge_port *p;

	SEA_BRIDGE_EACH_PORT(p, b)
	sea_bridge_port_check(p, false);
}

static void carrier(struct sea_stack *stack, struct sea_link *link)
{
	struct sea_bridge_port *p = sea_bridge_port_of(link);

	(void)stack;
	if (p && p->bridge->link->up)
		sea_bridge_port_check(p, true);
	else if (p)
		sea_rtnl_tell_port(link, false);
}

static int up(struct sea_stack *stack, struct sea_link *link)
{
	carrier(stack, link);
	if (!sea_link_is_bridge(link))
		return 0;
	sea_stp_bridge_up(sea_bridge_of(link), true);
	check_ports(sea_bridge_of(link));
	return 0;
}

static void down(struct sea_stack *stack, struct sea_link *link)
{
	carrier(stack, link);
	if (!sea_link_is_bridge(link))
		return;
	check_ports(sea_bridge_of(link));
	sea_stp_bridge_up(sea_bridge_of(link), false);
}

static void mtu(struct sea_stack *stack, struct sea_link *link)
{
	struct sea_bridge_port *p = sea_bridge_port_of(link);

	(void)stack;
	if (p)
		sea_bridge_follow_mtus(p->bridge);
	if (sea_link_is_bridge(link) && !sea_bridge_of(link)->adjusts)
		sea_bridge_of(link)->own_mtu = true;
}

static void port_mac(struct sea_bridge_port *p)
{
	sea_bridge_port_follow_mac(p);
	sea_bridge_follow_macs(p->bridge);
	sea_rtnl_tell_port(p->link, false);
}

/* Whoever gives a bridge an address ends that it has a port's. */
static void own_mac(struct sea_bridge *b)
{
	sea_bridge_follow_own(b, &b->link->mac);
	if (b->adjusts)
		return;
	b->own_mac = true;
	b->id = b->link->mac;
	sea_stp_follow_id(b);
}

static void mac(struct sea_stack *stack, struct sea_link *link)
{
	struct sea_bridge_port *p = sea_bridge_port_of(link);

	(void)stack;
	if (p)
		port_mac(p);
	if (sea_link_is_bridge(link))
		own_mac(sea_bridge_of(link));
}

static const struct sea_link_observer observer = {
	.up = up,
	.down = down,
	.mtu = mtu,
	.mac = mac,
	.carrier = carrier,
};

void sea_bridges_init(struct sea_stack *stack)
{
	sea_stack_add_link_observer(stack, &observer);
}

/* -- the kind -- */

static int judge_mtu(const struct sea_link *link, uint32_t mtu)
{
	(void)link;
	return mtu > SEA_LINK_MTU_MAX ? -EINVAL : 0;
}

void sea_bridge_begin(struct sea_bridge *b, struct sea_link *link)
{
	b->link = link;
	sea_list_init(&b->ports);
	sea_bridge_fdb_init(b);
	sea_stp_init(b);
	b->ready = true;
}

/* Its ports have left it. */
static void end(struct sea_link *link)
{
	struct sea_bridge *b = sea_bridge_of(link);

	if (!b->ready)
		return;
	sea_bridge_fdb_flush(b, NULL, 0, true);
	sea_bridge_fdb_fini(b);
	sea_bridge_vlans_fini(b, &b->vlans);
	sea_bridge_counters_fini(b);
	sea_stp_fini(b);
}

static void save(const struct sea_link *link, struct sea_saver *to)
{
	const struct sea_bridge *b = sea_bridge_of(link);

	sea_save_bytes(to, b->id.b, sizeof(b->id.b));
	sea_save_bytes(to, b->own.b, sizeof(b->own.b));
	sea_save_bytes(to, b->group.b, sizeof(b->group.b));
	sea_save_u16(to, b->priority);
	sea_save_u16(to, b->group_fwd_mask);
	sea_save_u16(to, b->default_pvid);
	sea_save_u16(to, b->vlan_proto);
	sea_save_u32(to, b->forward_delay);
	sea_save_u32(to, b->hello_time);
	sea_save_u32(to, b->max_age);
	sea_save_u32(to, b->ageing_time);
	sea_save_u32(to, b->max_learned);
	sea_save_u8(to, (uint8_t)(b->own_mac | b->own_mtu << 1 | b->no_ll_learn << 2 |
				  b->filters << 3));
	sea_stp_save(b, to);
	sea_bridge_vlans_save(&b->vlans, to);
	sea_bridge_counters_save(b, to);
	sea_bridge_save_ports(b, to);
	sea_bridge_fdb_save(b, to);
}

static void load_settings(struct sea_bridge *b, struct sea_loader *from)
{
	uint8_t flags;

	sea_load_bytes(from, b->id.b, sizeof(b->id.b));
	sea_load_bytes(from, b->own.b, sizeof(b->own.b));
	sea_load_bytes(from, b->group.b, sizeof(b->group.b));
	b->priority = sea_load_u16(from);
	b->group_fwd_mask = sea_load_u16(from);
	b->default_pvid = sea_load_u16(from);
	b->vlan_proto = sea_load_u16(from);
	b->forward_delay = sea_load_u32(from);
	b->hello_time = sea_load_u32(from);
	b->max_age = sea_load_u32(from);
	b->ageing_time = sea_load_u32(from);
	b->max_learned = sea_load_u32(from);
	flags = sea_load_u8(from);
	b->own_mac = flags & 1;
	b->own_mtu = flags & 2;
	b->no_ll_learn = flags & 4;
	b->filters = flags & 8;
}

static int load(struct sea_link *link, struct sea_loader *from)
{
	struct sea_bridge *b = sea_bridge_of(link);
	int err;

	sea_bridge_begin(b, link);
	load_settings(b, from);
	sea_stp_load(b, from);
	if (from->err)
		return from->err;
	if (b->default_pvid >= SEA_BRIDGE_VIDS - 1 || !sea_ethertype_is_vlan(b->vlan_proto) ||
	    b->stp.own.hello_time < SEA_STP_HELLO_MIN)
		return -EINVAL;
	err = sea_bridge_vlans_load(b, &b->vlans, from);
	if (!err)
		err = sea_bridge_counters_load(b, from);
	if (!err)
		err = sea_bridge_load_ports(b, from);
	return err ? err : sea_bridge_fdb_load(b, from);
}

const struct sea_link_kind sea_kind_bridge = {
	.name = "bridge",
	.framing = &sea_framing_soft,
	.state_size = sizeof(struct sea_bridge),
	.flags = SEA_IFF_MULTICAST,
	.mtu_max = SEA_LINK_MTU_MAX,
	.xmit = sea_bridge_xmit,
	.judge_mtu = judge_mtu,
	.end = end,
	.save = save,
	.load = load,
	.policy = sea_bridge_policy,
	.data_max = SEA_BRIDGE_DATA_MAX,
	.judge = sea_bridge_judge,
	.prepare = sea_bridge_prepare,
	.setup = sea_bridge_setup,
	.change = sea_bridge_change,
	.show = sea_bridge_show,
	.judge_port = sea_bridge_judge_port,
	.enslave = sea_bridge_enslave,
	.release = sea_bridge_release,
	.slave_policy = sea_brport_policy,
	.slave_data_max = SEA_BRPORT_DATA_MAX,
	.slave_change = sea_brport_change,
	.slave_show = sea_brport_show,
	.fdb = &sea_bridge_fdb_ops,
};
