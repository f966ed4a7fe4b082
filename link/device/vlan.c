/* SPDX-License-Identifier: Apache-2.0 */
/* Which VLANs there are, and how they follow the link below. */
#include "link/device/vlan.h"

#include <errno.h>

#include <linux/if_link.h>
#include <linux/if_vlan.h>

#include "core/link_set.h"
#include "core/proto.h"
#include "core/save.h"
#include "core/stack.h"

#define BUCKETS 16

/* -- found -- */

/* Of what the owner of the stack chose: nobody outside can make two of them alike. */
static uint32_t hash_of(const struct sea_link *lower, uint16_t proto, uint16_t id)
{
	uint32_t key = (uint32_t)lower->ifindex << 13 | (uint32_t)id << 1 |
		       (proto == SEA_ETHERTYPE_SVLAN);

	return key * 0x9e3779b1u;
}

struct sea_link *sea_vlan_find(const struct sea_stack *stack, const struct sea_link *lower,
			       uint16_t proto, uint16_t id)
{
	struct sea_hnode *n =
		sea_htable_first(&sea_vlans_of(stack)->table, hash_of(lower, proto, id));

	for (; n; n = sea_hnode_next(n)) {
		const struct sea_vlan *v = sea_container(n, struct sea_vlan, node);

		if (v->link->lower == lower && v->proto == proto && v->id == id)
			return v->link;
	}
	return NULL;
}

int sea_vlan_list(struct sea_link *link)
{
	struct sea_vlan *v = sea_vlan_of(link);

	if (sea_vlan_find(link->stack, link->lower, v->proto, v->id))
		return -EEXIST;
	v->link = link;
	return sea_htable_insert(&sea_vlans_of(link->stack)->table, &v->node,
				 hash_of(link->lower, v->proto, v->id));
}

void sea_vlan_unlist(struct sea_link *link)
{
	struct sea_vlan *v = sea_vlan_of(link);

	if (v->node.linked)
		sea_htable_remove(&sea_vlans_of(link->stack)->table, &v->node);
}

void sea_vlan_set_flags(struct sea_link *link, uint32_t flags)
{
	sea_vlan_of(link)->flags = flags;
	sea_link_set_framing(link,
			     flags & VLAN_FLAG_REORDER_HDR ? &sea_framing_soft : &sea_framing_vlan);
}

/* -- what follows the link below -- */

static bool is_loose(const struct sea_link *link)
{
	return sea_vlan_of(link)->flags & VLAN_FLAG_LOOSE_BINDING;
}

static int judge_up(const struct sea_link *link)
{
	return link->lower->up || is_loose(link) ? 0 : -ENETDOWN;
}

static int judge_mtu(const struct sea_link *link, uint32_t mtu)
{
	return mtu > link->lower->mtu ? -ERANGE : 0;
}

/* The next VLAN on `lower` behind `link`. */
static struct sea_link *next_on(const struct sea_link *lower, struct sea_link *link)
{
	return sea_link_next_upper(lower, &sea_kind_vlan, link);
}

/* One that lacks memory stays down, and its owner is told. */
static int up(struct sea_stack *stack, struct sea_link *lower)
{
	struct sea_link *link = NULL;

	(void)stack;
	while ((link = next_on(lower, link)))
		if (!is_loose(link) && sea_link_up(link, true))
			sea_link_raise(link, SEA_LINK_EVENT_DOWN);
	return 0;
}

static void down(struct sea_stack *stack, struct sea_link *lower)
{
	struct sea_link *link = NULL;

	(void)stack;
	while ((link = next_on(lower, link)))
		if (!is_loose(link))
			(void)!sea_link_up(link, false);
}

static void carrier(struct sea_stack *stack, struct sea_link *lower)
{
	(void)stack;
	sea_kind_follow_carrier(lower, &sea_kind_vlan);
}

static void mtu(struct sea_stack *stack, struct sea_link *lower)
{
	(void)stack;
	sea_kind_follow_mtu(lower, &sea_kind_vlan);
}

static void follow_mac(struct sea_link *link)
{
	struct sea_vlan *v = sea_vlan_of(link);

	v->follows = true;
	(void)!sea_link_change_mac(link, &link->lower->mac); /* which is one that a link may have */
	v->follows = false;
}

/* Whoever gives a VLAN an address ends that it has the other's. */
static void mac(struct sea_stack *stack, struct sea_link *changed)
{
	struct sea_link *link = NULL;

	(void)stack;
	if (changed->kind == &sea_kind_vlan && !sea_vlan_of(changed)->follows)
		sea_vlan_of(changed)->own_mac = true;
	while ((link = next_on(changed, link)))
		if (!sea_vlan_of(link)->own_mac)
			follow_mac(link);
}

static const struct sea_link_observer observer = {
	.up = up,
	.down = down,
	.mtu = mtu,
	.mac = mac,
	.carrier = carrier,
};

/* -- saved -- */

static void save(const struct sea_link *link, struct sea_saver *to)
{
	const struct sea_vlan *v = sea_vlan_of(link);

	sea_save_u16(to, v->proto);
	sea_save_u16(to, v->id);
	sea_save_u32(to, v->flags);
	sea_save_u8(to, v->own_mac);
}

static int load(struct sea_link *link, struct sea_loader *from)
{
	struct sea_vlan *v = sea_vlan_of(link);
	uint32_t flags;
	int err;

	v->proto = sea_load_u16(from);
	v->id = sea_load_u16(from);
	flags = sea_load_u32(from);
	v->own_mac = sea_load_u8(from);
	if (from->err)
		return from->err;
	if (link->lower->type != SEA_LINK_ETHERNET || !sea_ethertype_is_vlan(v->proto) ||
	    v->id >= SEA_VLAN_ID_MASK || link->mtu > link->lower->mtu ||
	    flags & ~(uint32_t)(VLAN_FLAG_REORDER_HDR | VLAN_FLAG_LOOSE_BINDING))
		return -EINVAL;
	sea_vlan_set_flags(link, flags);
	err = sea_vlan_list(link);
	return err == -EEXIST ? -EINVAL : err;
}

/* -- the kind -- */

const struct sea_link_kind sea_kind_vlan = {
	.name = "vlan",
	.framing = &sea_framing_soft,
	.state_size = sizeof(struct sea_vlan),
	.flags = SEA_IFF_MULTICAST,
	.mtu_max = SEA_LINK_MTU_MAX,
	.stands_on = true,
	.xmit = sea_vlan_xmit,
	.judge_up = judge_up,
	.judge_mtu = judge_mtu,
	.end = sea_vlan_unlist,
	.save = save,
	.load = load,
	.policy = sea_vlan_policy,
	.data_max = IFLA_VLAN_MAX,
	.judge = sea_vlan_judge,
	.prepare = sea_vlan_prepare,
	.setup = sea_vlan_setup,
	.change = sea_vlan_change,
	.show = sea_vlan_show,
};

void sea_vlans_init(struct sea_vlans *vlans, struct sea_stack *stack)
{
	sea_htable_init(&vlans->table, &stack->shard.pool, BUCKETS);
	sea_stack_add_net_proto(stack, &sea_vlan_proto);
	sea_stack_add_net_proto(stack, &sea_svlan_proto);
	sea_stack_add_link_observer(stack, &observer);
}

void sea_vlans_fini(struct sea_vlans *vlans)
{
	sea_htable_fini(&vlans->table);
}
