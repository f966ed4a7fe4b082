/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pfifo_fast: three queues of txqueuelen packets each, first in, first out, of which a later one waits for the earlier
 * ones; what comes to a full queue is dropped.
 */
#include "core/pfifo_fast.h"

#include <errno.h>

#include "core/link.h"
#include "core/stack.h"

static int init(struct sea_link *link, const struct sea_qdisc_config *config, void **queue)
{
	struct sea_pfifo_fast *f = sea_pool_zalloc(&link->stack->shard.pool, sizeof(*f));

	(void)config;
	if (!f)
		return -ENOMEM;
	for (unsigned i = 0; i < SEA_PFIFO_FAST_BANDS; i++)
		sea_pktq_init(&f->band[i]);
	*queue = f;
	return 0;
}

static void fini(struct sea_link *link, void *queue, enum sea_drop reason)
{
	struct sea_pfifo_fast *f = queue;
	struct sea_pkt *pkt;

	for (unsigned i = 0; i < SEA_PFIFO_FAST_BANDS; i++)
		while ((pkt = sea_pktq_pop(&f->band[i])))
			sea_pkt_drop(link->stack, pkt, reason);
	sea_pool_free(&link->stack->shard.pool, f, sizeof(*f));
}

/* By the lowest four bits of the priority, as tc-prio(8) has it: 6 and 7 are the most urgent. */
static bool enqueue(struct sea_link *link, void *queue, struct sea_pkt *pkt)
{
	static const uint8_t band_of[16] = { 1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1 };
	struct sea_pfifo_fast *f = queue;
	unsigned i = band_of[pkt->priority & 15];

	if (f->band[i].n >= link->txqueuelen) {
		f->dropped++;
		sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_QUEUE_FULL);
		return false;
	}
	sea_pktq_push(&f->band[i], pkt);
	f->waits |= 1u << i;
	return true;
}

static struct sea_pkt *dequeue(struct sea_link *link, void *queue)
{
	struct sea_pfifo_fast *f = queue;
	struct sea_pkt *pkt;
	unsigned i;

	(void)link;
	if (!f->waits)
		return NULL;
	i = (unsigned)__builtin_ctz(f->waits);
	pkt = sea_pktq_pop(&f->band[i]);
	if (!f->band[i].n)
		f->waits &= ~(1u << i);
	return pkt;
}

static bool ready(const void *queue)
{
	return ((const struct sea_pfifo_fast *)queue)->waits;
}

static void info(const struct sea_link *link, const void *queue, struct sea_qdisc_info *info)
{
	const struct sea_pfifo_fast *f = queue;

	(void)link;
	info->dropped = f->dropped;
	for (unsigned i = 0; i < SEA_PFIFO_FAST_BANDS; i++) {
		info->packets += f->band[i].n;
		info->bytes += f->band[i].bytes;
	}
}

const struct sea_qdisc sea_qdisc_pfifo_fast = {
	.name = "pfifo_fast",
	.init = init,
	.fini = fini,
	.enqueue = enqueue,
	.dequeue = dequeue,
	.ready = ready,
	.info = info,
};
