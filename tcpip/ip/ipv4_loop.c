/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What we broadcast, our own sockets hear: a copy comes in at the next advance, on the link it went
 * out on, past its wire (so that no wrapper sees it and its source is not taken for forged).
 */
#include "ip/ipv4.h"

#define LOOPED_MAX 1000 /* net.core.netdev_max_backlog */

struct loop_cb {
	int ifindex; /* the link may be gone by then */
};

static void receive(struct sea_stack *stack, struct sea_pkt *pkt)
{
	pkt->link = sea_link_by_index(stack, SEA_PKT_CB_AS(pkt, struct loop_cb)->ifindex);
	if (pkt->link && pkt->link->up)
		sea_ipv4_proto.input(stack, pkt);
	else
		sea_pkt_drop(stack, pkt, SEA_DROP_LINK_DELETED);
}

/* What is heard may be answered by a broadcast: only what waits now is this round's. */
static void run(struct sea_stack *stack, struct sea_work *work)
{
	struct sea_ipv4_state *ip = sea_container(work, struct sea_ipv4_state, loop_work);
	struct sea_pktq batch;
	struct sea_pkt *pkt;

	sea_pktq_init(&batch);
	sea_pktq_splice(&batch, &ip->looped);
	while ((pkt = sea_pktq_pop(&batch)))
		receive(stack, pkt);
}

void sea_ipv4_loop_copy(struct sea_stack *stack, const struct sea_pkt *pkt, struct sea_link *link)
{
	struct sea_ipv4_state *ip = sea_ipv4_of(stack);
	struct sea_pkt *copy = sea_pkt_clone(pkt, &stack->shard.pool);

	if (!copy)
		return; /* the wire gets the original all the same */
	if (ip->looped.n >= LOOPED_MAX) {
		sea_pkt_drop(stack, copy, SEA_DROP_LOOPBACK_FULL);
		return;
	}
	SEA_PKT_CB_AS(copy, struct loop_cb)->ifindex = link->ifindex;
	copy->link = link;
	copy->type = SEA_PKT_LOOPBACK;
	copy->trusted = true;
	copy->time = stack->shard.now;
	copy->off_net = sea_pkt_offset(copy);
	sea_pktq_push(&ip->looped, copy);
	sea_stack_defer(stack, &ip->loop_work);
}

void sea_ipv4_loop_init(struct sea_ipv4_state *ip)
{
	sea_pktq_init(&ip->looped);
	sea_list_init(&ip->loop_work.node);
	ip->loop_work.run = run;
}

void sea_ipv4_loop_fini(struct sea_ipv4_state *ip)
{
	struct sea_pkt *pkt;

	sea_list_remove(&ip->loop_work.node);
	while ((pkt = sea_pktq_pop(&ip->looped)))
		sea_pkt_drop(ip->stack, pkt, SEA_DROP_STACK_FREED);
}
