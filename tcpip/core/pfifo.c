/* SPDX-License-Identifier: Apache-2.0 */
/* pfifo: first in, first out, at most txqueuelen packets; what comes to a full queue is dropped. */
#include <errno.h>

#include "core/link.h"
#include "core/stack.h"

static int init(struct sea_link *link, void **queue)
{
	struct sea_pktq *q = sea_pool_alloc(&link->stack->shard.pool, sizeof(*q));

	if (!q)
		return -ENOMEM;
	sea_pktq_init(q);
	*queue = q;
	return 0;
}

static void fini(struct sea_link *link, void *queue)
{
	struct sea_pkt *pkt;

	while ((pkt = sea_pktq_pop(queue)))
		sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_DELETED);
	sea_pool_free(&link->stack->shard.pool, queue, sizeof(struct sea_pktq));
}

static bool enqueue(struct sea_link *link, void *queue, struct sea_pkt *pkt)
{
	struct sea_pktq *q = queue;

	if (q->n >= link->txqueuelen) {
		sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_QUEUE_FULL);
		return false;
	}
	sea_pktq_push(q, pkt);
	return true;
}

static struct sea_pkt *dequeue(struct sea_link *link, void *queue)
{
	(void)link;
	return sea_pktq_pop(queue);
}

static uint32_t len(void *queue)
{
	return ((struct sea_pktq *)queue)->n;
}

const struct sea_qdisc sea_qdisc_pfifo = {
	.name = "pfifo",
	.init = init,
	.fini = fini,
	.enqueue = enqueue,
	.dequeue = dequeue,
	.len = len,
};
