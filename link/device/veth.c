/* SPDX-License-Identifier: Apache-2.0 */
/*
 * veth: a wire with both ends in one stack. What one end sends arrives at the other with the next advance: super-segments
 * whole, checksums believed. How the ends follow each other is the core's (sea_link.peer).
 */
#include <errno.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include "core/link_set.h"
#include "core/save.h"
#include "core/stack.h"
#include "link/device/kinds.h"
#include "netlink/policy.h"

static const struct sea_nl_policy policy[VETH_INFO_MAX + 1] = {
	[VETH_INFO_PEER] = { .type = SEA_NL_ANY, .len = sizeof(struct ifinfomsg) },
};

/* -- frames -- */

/* Nobody is told, and what is lost was not sent (as on Linux). */
static void refuse(struct sea_link *link, struct sea_pkt *pkt, enum sea_drop reason)
{
	link->stats.tx_packets--;
	link->stats.tx_bytes -= pkt->len;
	link->stats.tx_dropped++;
	sea_pkt_drop(link->stack, pkt, reason);
}

/* Whoever reads it may take his time: memory that the sender lent is copied. */
static int xmit(struct sea_link *link, struct sea_pkt *pkt)
{
	sea_pkt_orphan(pkt);
	if (!sea_pkt_unlend(pkt)) {
		refuse(link, pkt, SEA_DROP_LINK_NO_MEMORY);
		return 0;
	}
	pkt->type = SEA_PKT_HOST;
	pkt->trusted = true;
	pkt->requeued = 0;
	pkt->priority = 0;
	if (!sea_link_queue_input(link->peer, pkt))
		refuse(link, pkt, SEA_DROP_PAIR_FULL);
	return 0;
}

/* -- made -- */

/* The other end is made first, and cannot be up alone. */
static int judge_up(const struct sea_link *link)
{
	return link->peer ? 0 : -ENOTCONN;
}

static int judge(const struct sea_link_ask *ask)
{
	const struct sea_nl_attr *mtu = &ask->tb[IFLA_MTU];
	int err = sea_kind_judge_mac(ask);

	if (err || !mtu->value)
		return err;
	return sea_nl_u32(mtu) < SEA_LINK_MTU_MIN || sea_nl_u32(mtu) > SEA_LINK_MTU_MAX ? -EINVAL
											: 0;
}

static int prepare(struct sea_stack *stack, const struct sea_link_ask *ask,
		   struct sea_link_config *config, struct sea_link **lower)
{
	(void)stack;
	(void)ask;
	config->features = SEA_LINK_F_SOFT;
	*lower = NULL;
	return 0;
}

/* The other end is not up. */
static int setup(struct sea_link *link, const struct sea_link_ask *ask)
{
	(void)ask;
	link->carrier = false;
	link->carrier_downs = 1;
	return 0;
}

static int iflink(const struct sea_link *link)
{
	return link->peer ? link->peer->ifindex : 0;
}

/* -- saved -- */

static void save(const struct sea_link *link, struct sea_saver *to)
{
	sea_save_u32(to, (uint32_t)link->peer->ifindex);
}

/* Whichever comes first joins both. */
static int load(struct sea_link *link, struct sea_loader *from)
{
	struct sea_link *peer = sea_link_by_index(link->stack, (int)sea_load_count(from, 65535));

	if (from->err)
		return from->err;
	if (link->peer)
		return link->peer == peer ? 0 : -EINVAL;
	if (!peer || peer == link || peer->kind != &sea_kind_veth || peer->peer)
		return -EINVAL;
	sea_link_join(link, peer);
	return 0;
}

const struct sea_link_kind sea_kind_veth = {
	.name = "veth",
	.framing = &sea_framing_soft,
	.flags = SEA_IFF_MULTICAST,
	.mtu_min = SEA_LINK_MTU_MIN,
	.mtu_max = SEA_LINK_MTU_MAX,
	.xmit = xmit,
	.judge_up = judge_up,
	.save = save,
	.load = load,
	.policy = policy,
	.data_max = VETH_INFO_MAX,
	.peer_attr = VETH_INFO_PEER,
	.judge = judge,
	.prepare = prepare,
	.setup = setup,
	.iflink = iflink,
};
