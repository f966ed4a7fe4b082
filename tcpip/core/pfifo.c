/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pfifo: first in, first out; what comes to a full queue is dropped. Without a limit of its own it holds as many
 * packets as the link's txqueuelen says at the time.
 */
#include <errno.h>

#include "core/link.h"
#include "core/stack.h"

struct pfifo {
	struct sea_pktq q; /* first */
	uint64_t dropped;
	uint32_t limit;
	bool limited;
};

static int init(struct sea_link *link, const struct sea_qdisc_config *config, void **queue)
{
	struct pfifo *f = sea_pool_zalloc(&link->stack->shard.pool, sizeof(*f));

	if (!f)
		return -ENOMEM;
	sea_pktq_init(&f->q);
	f->limited = config->given & SEA_QDISC_LIMIT;
	f->limit = config->limit;
	*queue = f;
	return 0;
}

static void fini(struct sea_link *link, void *queue, enum sea_drop reason)
{
	struct pfifo *f = queue;
	struct sea_pkt *pkt;

	while ((pkt = sea_pktq_pop(&f->q)))
		sea_pkt_drop(link->stack, pkt, reason);
	sea_pool_free(&link->stack->shard.pool, f, sizeof(*f));
}

static uint32_t limit_of(const struct sea_link *link, const struct pfifo *f)
{
	return f->limited ? f->limit : link->txqueuelen;
}

static bool enqueue(struct sea_link *link, void *queue, struct sea_pkt *pkt)
{
	struct pfifo *f = queue;

	if (f->q.n >= limit_of(link, f)) {
		f->dropped++;
		sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_QUEUE_FULL);
		return false;
	}
	sea_pktq_push(&f->q, pkt);
	return true;
}

static struct sea_pkt *dequeue(struct sea_link *link, void *queue)
{
	(void)link;
	return sea_pktq_pop(&((struct pfifo *)queue)->q);
}

static bool ready(const void *queue)
{
	return ((const struct pfifo *)queue)->q.n;
}

static void info(const struct sea_link *link, const void *queue, struct sea_qdisc_info *info)
{
	const struct pfifo *f = queue;

	if (!f->limited)
		info->config.given &= ~SEA_QDISC_LIMIT;
	info->config.limit = limit_of(link, f);
	info->packets = f->q.n;
	info->bytes = f->q.bytes;
	info->dropped = f->dropped;
}

const struct sea_qdisc sea_qdisc_pfifo = {
	.name = "pfifo",
	.options = SEA_QDISC_LIMIT,
	.init = init,
	.fini = fini,
	.enqueue = enqueue,
	.dequeue = dequeue,
	.ready = ready,
	.info = info,
};
