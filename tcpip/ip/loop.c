/* SPDX-License-Identifier: Apache-2.0 */
/* Our own broadcasts and multicasts, on their way back to us. */
#include "ip/loop.h"

#include "core/link.h"

struct loop_cb {
	int ifindex; /* the link may be gone by then */
};

static void receive(struct sea_loop *loop, struct sea_pkt *pkt)
{
	struct sea_stack *stack = loop->stack;

	pkt->link = sea_link_by_index(stack, SEA_PKT_CB_AS(pkt, struct loop_cb)->ifindex);
	if (pkt->link && pkt->link->up)
		loop->proto->input(stack, pkt);
	else
		sea_pkt_drop(stack, pkt, SEA_DROP_LINK_DELETED);
}

/* What is heard may be answered by a broadcast: only what waits now is this round's. */
static void run(struct sea_stack *stack, struct sea_work *work)
{
	struct sea_loop *loop = sea_container(work, struct sea_loop, work);
	struct sea_pktq batch;
	struct sea_pkt *pkt;

	(void)stack;
	sea_pktq_init(&batch);
	sea_pktq_splice(&batch, &loop->looped);
	while ((pkt = sea_pktq_pop(&batch)))
		receive(loop, pkt);
}

void sea_loop_copy(struct sea_loop *loop, const struct sea_pkt *pkt, struct sea_link *link,
		   bool routed)
{
	struct sea_stack *stack = loop->stack;
	struct sea_pkt *copy = sea_pkt_clone(pkt, &stack->shard.pool);

	if (!copy)
		return; /* the wire gets the original all the same */
	if (!sea_pkt_unlend(copy)) {
		sea_pkt_drop(stack, copy, SEA_DROP_LINK_NO_MEMORY);
		return;
	}
	if ((int64_t)loop->looped.n >= stack->sysctl.netdev_max_backlog) {
		sea_pkt_drop(stack, copy, SEA_DROP_LOOPBACK_FULL);
		return;
	}
	SEA_PKT_CB_AS(copy, struct loop_cb)->ifindex = link->ifindex;
	copy->link = link;
	copy->type = SEA_PKT_LOOPBACK;
	copy->trusted = true;
	copy->routed = routed;
	copy->time = stack->shard.now;
	copy->off_net = sea_pkt_offset(copy);
	sea_pktq_push(&loop->looped, copy);
	sea_stack_defer(stack, &loop->work);
}

void sea_loop_init(struct sea_loop *loop, struct sea_stack *stack,
		   const struct sea_net_proto *proto)
{
	loop->stack = stack;
	loop->proto = proto;
	sea_pktq_init(&loop->looped);
	sea_list_init(&loop->work.node);
	loop->work.run = run;
}

void sea_loop_fini(struct sea_loop *loop)
{
	struct sea_pkt *pkt;

	sea_list_remove(&loop->work.node);
	while ((pkt = sea_pktq_pop(&loop->looped)))
		sea_pkt_drop(loop->stack, pkt, SEA_DROP_STACK_FREED);
}
