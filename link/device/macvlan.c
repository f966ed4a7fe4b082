/* SPDX-License-Identifier: Apache-2.0 */
/*
 * macvlan: links with MACs of their own on one below. What arrives there for one of them is its own; what is for all is also the
 * others'. A mode says what they hear of each other:
 *
 *	private   nothing
 *	vepa      what a switch outside sends back
 *	bridge    all: frames between such links do not leave
 *	passthru  there is one only; it has the MAC of the link below, and all that arrives there
 *
 * `source`, queues for broadcasts and their cutoff are not there, and refused. Between each other frames go through the
 * queue of what has arrived: nobody is entered while he sends.
 */
#include "link/device/macvlan.h"

#include <errno.h>
#include <string.h>

#include <linux/if_link.h>

#include "core/htable.h"
#include "core/link_kind.h"
#include "core/link_set.h"
#include "core/proto.h"
#include "core/save.h"
#include "core/siphash.h"
#include "core/stack.h"
#include "link/device/kinds.h"
#include "netlink/policy.h"

#define ETH_HDR ((uint32_t)sizeof(struct sea_ether_hdr))
#define BUCKETS 16

/* -- found -- */

static uint32_t hash_of(const struct sea_macvlan_below *b, const struct sea_mac *mac)
{
	uint64_t v = 0;

	memcpy(&v, mac->b, sizeof(mac->b));
	return (uint32_t)sea_siphash13_2u64(&b->key, v, 0);
}

static struct sea_macvlan *find(const struct sea_macvlan_below *b, const struct sea_mac *mac)
{
	struct sea_hnode *n = sea_htable_first(&b->table, hash_of(b, mac));

	for (; n; n = sea_hnode_next(n)) {
		struct sea_macvlan *m = sea_container(n, struct sea_macvlan, hash);

		if (sea_mac_equal(&m->mac, mac))
			return m;
	}
	return NULL;
}

static int list(struct sea_macvlan *m)
{
	m->mac = m->link->mac;
	return sea_htable_insert(&m->below->table, &m->hash, hash_of(m->below, &m->mac));
}

static void unlist(struct sea_macvlan *m)
{
	if (m->hash.linked)
		sea_htable_remove(&m->below->table, &m->hash);
}

/* -- in -- */

static void hand_up(struct sea_macvlan *m, struct sea_pkt *pkt)
{
	struct sea_pktq batch;

	pkt->link = m->link;
	sea_pktq_init(&batch);
	sea_pktq_push(&batch, pkt);
	sea_link_receive_wire(m->link, &batch);
}

static void lose(struct sea_link *link, struct sea_pkt *pkt, enum sea_drop reason)
{
	link->stats.rx_dropped++;
	sea_pkt_drop(link->stack, pkt, reason);
}

static struct sea_pkt *copy_for(struct sea_macvlan *m, const struct sea_pkt *pkt)
{
	struct sea_pkt *copy = sea_pkt_clone(pkt, &m->link->stack->shard.pool);

	if (!copy)
		m->link->stats.rx_dropped++;
	return copy;
}

/* Who hears what is for all, by who sent it: what came from outside, or back from there. */
static uint32_t hearers(const struct sea_macvlan *from)
{
	if (!from)
		return SEA_MACVLAN_MODES;
	if (from->mode == MACVLAN_MODE_VEPA)
		return MACVLAN_MODE_VEPA | MACVLAN_MODE_BRIDGE;
	return from->mode == MACVLAN_MODE_BRIDGE ? MACVLAN_MODE_VEPA : 0;
}

/* A copy each; the frame itself is the link's own. */
static void take_for_all(struct sea_macvlan_below *b, struct sea_pkt *pkt,
			 const struct sea_macvlan *from)
{
	const uint32_t modes = hearers(from);
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &b->all)
	{
		struct sea_macvlan *m = sea_container(node, struct sea_macvlan, node);
		struct sea_pkt *copy;

		if (m == from || !(m->mode & modes) || !m->link->up)
			continue;
		copy = copy_for(m, pkt);
		if (copy)
			hand_up(m, copy);
	}
	sea_link_input_own(b->link, pkt);
}

static struct sea_macvlan *only(const struct sea_macvlan_below *b)
{
	return sea_container(b->all.next, struct sea_macvlan, node);
}

static void input(struct sea_link *link, struct sea_pkt *pkt)
{
	struct sea_macvlan_below *b = link->diversion->ctx;
	const struct sea_ether_hdr *eth = sea_pkt_peek(pkt, ETH_HDR);
	struct sea_macvlan *m;

	if (!eth) {
		sea_link_input_own(link, pkt);
		return;
	}
	if (sea_mac_is_multicast(&eth->dst)) {
		take_for_all(b, pkt, find(b, &eth->src));
		return;
	}
	m = b->passthru ? only(b) : find(b, &eth->dst);
	if (!m)
		sea_link_input_own(link, pkt);
	else if (m->link->up)
		hand_up(m, pkt);
	else
		lose(m->link, pkt, SEA_DROP_LINK_DOWN);
}

/* -- out -- */

/* To another one of the same link, whose turn comes with the next advance. */
static void cross(struct sea_macvlan *to, struct sea_pkt *pkt)
{
	sea_pkt_orphan(pkt);
	if (!sea_pkt_unlend(pkt)) {
		lose(to->link, pkt, SEA_DROP_LINK_NO_MEMORY);
		return;
	}
	pkt->type = SEA_PKT_HOST;
	pkt->trusted = true;
	pkt->requeued = 0;
	pkt->priority = 0;
	if (!sea_link_queue_input(to->link, pkt))
		lose(to->link, pkt, SEA_DROP_PAIR_FULL);
}

static void cross_to_all(const struct sea_macvlan *from, const struct sea_pkt *pkt)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &from->below->all)
	{
		struct sea_macvlan *m = sea_container(node, struct sea_macvlan, node);
		struct sea_pkt *copy;

		if (m == from || m->mode != MACVLAN_MODE_BRIDGE || !m->link->up)
			continue;
		copy = copy_for(m, pkt);
		if (copy)
			cross(m, copy);
	}
}

static int xmit(struct sea_link *link, struct sea_pkt *pkt)
{
	struct sea_macvlan *m = sea_macvlan_of(link), *to = NULL;
	const struct sea_ether_hdr *eth = sea_pkt_peek(pkt, ETH_HDR);

	if (eth && m->mode == MACVLAN_MODE_BRIDGE) {
		if (sea_mac_is_multicast(&eth->dst))
			cross_to_all(m, pkt);
		else
			to = find(m->below, &eth->dst);
	}
	if (to && to->mode == MACVLAN_MODE_BRIDGE) {
		cross(to, pkt);
		return 0;
	}
	return sea_link_output_frame(link->lower, pkt);
}

/* -- what happens to links -- */

/* As of links of Linux: it is found only while it is up. */
static int up(struct sea_stack *stack, struct sea_link *link)
{
	(void)stack;
	return link->kind == &sea_kind_macvlan && !sea_macvlan_of(link)->hash.linked
		       ? list(sea_macvlan_of(link))
		       : 0;
}

static void down(struct sea_stack *stack, struct sea_link *link)
{
	(void)stack;
	if (link->kind == &sea_kind_macvlan)
		unlist(sea_macvlan_of(link));
}

static struct sea_link *next_on(const struct sea_link *lower, struct sea_link *link)
{
	return sea_link_next_upper(lower, &sea_kind_macvlan, link);
}

static void carrier(struct sea_stack *stack, struct sea_link *lower)
{
	(void)stack;
	sea_kind_follow_carrier(lower, &sea_kind_macvlan);
}

static void mtu(struct sea_stack *stack, struct sea_link *lower)
{
	(void)stack;
	sea_kind_follow_mtu(lower, &sea_kind_macvlan);
}

/* In passthru both have the same, whichever it was given to. */
static void follow_mac(const struct sea_macvlan *m, struct sea_link *changed)
{
	struct sea_link *other = changed == m->link ? m->link->lower : m->link;

	if (m->mode == MACVLAN_MODE_PASSTHRU && !sea_mac_equal(&other->mac, &changed->mac))
		(void)!sea_link_change_mac(other, &changed->mac); /* which a link may have */
}

static void mac(struct sea_stack *stack, struct sea_link *changed)
{
	struct sea_macvlan *m = changed->kind == &sea_kind_macvlan ? sea_macvlan_of(changed) : NULL;
	struct sea_link *link = NULL;

	(void)stack;
	if (m && m->hash.linked) {
		unlist(m);
		if (list(m))
			sea_link_raise(changed, SEA_LINK_EVENT_DOWN);
	}
	if (m && m->below)
		follow_mac(m, changed);
	while ((link = next_on(changed, link)))
		follow_mac(sea_macvlan_of(link), changed);
}

static const struct sea_link_observer observer = {
	.up = up,
	.down = down,
	.mtu = mtu,
	.mac = mac,
	.carrier = carrier,
};

void sea_macvlans_init(struct sea_stack *stack)
{
	sea_stack_add_link_observer(stack, &observer);
}

/* -- on the link below -- */

static struct sea_macvlan_below *below_of(const struct sea_link *lower)
{
	return lower->diversion && lower->diversion->framing.input == input ? lower->diversion->ctx
									    : NULL;
}

static void leave(struct sea_macvlan *m)
{
	struct sea_macvlan_below *b = m->below;

	if (!b)
		return;
	unlist(m);
	sea_list_remove(&m->node);
	m->below = NULL;
	if (!sea_list_empty(&b->all))
		return;
	if (m->promisc)
		sea_link_promiscuity(b->link, -1);
	sea_link_undivert(b->link);
	sea_htable_fini(&b->table);
	sea_pool_free(&b->link->stack->shard.pool, b, sizeof(*b));
}

static int make_below(struct sea_link *lower, bool passthru, struct sea_macvlan_below **out)
{
	struct sea_pool *pool = &lower->stack->shard.pool;
	struct sea_macvlan_below *b = sea_pool_zalloc(pool, sizeof(*b));
	int err;

	if (!b)
		return -ENOMEM;
	b->link = lower;
	b->passthru = passthru;
	b->key = sea_secret_key(&lower->stack->shard.secret);
	sea_list_init(&b->all);
	sea_htable_init(&b->table, pool, BUCKETS);
	err = sea_link_divert(lower, input, b);
	if (err)
		sea_pool_free(pool, b, sizeof(*b));
	*out = b;
	return err;
}

/* `m->mode` is set. 0, -EBUSY (somebody else has its frames), -EINVAL (passthru is alone), -ENOMEM. */
static int stand(struct sea_macvlan *m, struct sea_link *link)
{
	const bool passthru = m->mode == MACVLAN_MODE_PASSTHRU;
	struct sea_macvlan_below *b = below_of(link->lower);
	int err;

	if (b && (passthru || b->passthru))
		return -EINVAL;
	if (!b) {
		err = make_below(link->lower, passthru, &b);
		if (err)
			return err;
	}
	m->link = link;
	m->below = b;
	sea_list_push_back(&b->all, &m->node);
	return 0;
}

static void end(struct sea_link *link)
{
	leave(sea_macvlan_of(link));
}

/* -- judged -- */

static bool is_taken(const struct sea_link *link)
{
	const struct sea_macvlan *m = sea_macvlan_of(link), *other = find(m->below, &link->mac);

	if (m->mode == MACVLAN_MODE_PASSTHRU)
		return false;
	return sea_mac_equal(&link->mac, &link->lower->mac) || (other && other != m);
}

static int judge_up(const struct sea_link *link)
{
	return is_taken(link) ? -EADDRINUSE : 0;
}

static int judge_mtu(const struct sea_link *link, uint32_t mtu)
{
	return mtu > link->lower->mtu ? -EINVAL : 0;
}

/* -- made -- */

static int setup(struct sea_link *link, const struct sea_link_ask *ask)
{
	struct sea_macvlan *m = sea_macvlan_of(link);
	int err;

	m->mode = sea_macvlan_mode_in(ask, MACVLAN_MODE_VEPA);
	if (sea_macvlan_says(ask, IFLA_MACVLAN_FLAGS))
		m->flags = sea_nl_u16(&ask->data[IFLA_MACVLAN_FLAGS]);
	err = stand(m, link);
	if (err)
		return err;
	m->promisc = m->below->passthru && !(m->flags & MACVLAN_FLAG_NOPROMISC);
	if (m->promisc)
		sea_link_promiscuity(link->lower, 1);
	link->carrier = link->lower->carrier;
	return 0;
}

/* -- saved -- */

static void save(const struct sea_link *link, struct sea_saver *to)
{
	sea_save_u32(to, sea_macvlan_of(link)->mode);
	sea_save_u16(to, sea_macvlan_of(link)->flags);
	sea_save_u8(to, sea_macvlan_of(link)->promisc);
}

static int load(struct sea_link *link, struct sea_loader *from)
{
	struct sea_macvlan *m = sea_macvlan_of(link);
	int err;

	m->mode = sea_load_u32(from);
	m->flags = sea_load_u16(from);
	m->promisc = sea_load_u8(from);
	if (from->err)
		return from->err;
	if (!(m->mode & SEA_MACVLAN_MODES) || m->mode & (m->mode - 1) ||
	    link->mtu > link->lower->mtu || link->lower->type != SEA_LINK_ETHERNET ||
	    link->lower->kind == &sea_kind_macvlan)
		return -EINVAL;
	err = stand(m, link);
	return err == -EBUSY ? -EINVAL : err;
}

const struct sea_link_kind sea_kind_macvlan = {
	.name = "macvlan",
	.framing = &sea_framing_soft,
	.state_size = sizeof(struct sea_macvlan),
	.flags = SEA_IFF_MULTICAST,
	.mtu_max = SEA_LINK_MTU_MAX,
	.stands_on = true,
	.xmit = xmit,
	.judge_up = judge_up,
	.judge_mtu = judge_mtu,
	.end = end,
	.save = save,
	.load = load,
	.policy = sea_macvlan_policy,
	.data_max = SEA_MACVLAN_DATA_MAX,
	.judge = sea_macvlan_judge,
	.prepare = sea_macvlan_prepare,
	.setup = setup,
	.change = sea_macvlan_change,
	.show = sea_macvlan_show,
};
