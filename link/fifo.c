/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bfifo, as pfifo (core/pfifo.c) but bounded in bytes; and pfifo_fast: three queues of txqueuelen packets, of which
 * a later one waits for the earlier ones.
 */
#include <errno.h>

#include "core/link.h"
#include "core/stack.h"
#include "link/qdiscs.h"

#define BANDS 3u

struct fifo {
	struct sea_pktq band[BANDS]; /* bfifo: the first alone */
	uint64_t dropped;
	uint32_t limit; /* bytes */
};

static struct fifo *make(struct sea_link *link)
{
	struct fifo *f = sea_pool_zalloc(&link->stack->shard.pool, sizeof(*f));

	for (unsigned i = 0; f && i < BANDS; i++)
		sea_pktq_init(&f->band[i]);
	return f;
}

static void fini(struct sea_link *link, void *queue, enum sea_drop reason)
{
	struct fifo *f = queue;
	struct sea_pkt *pkt;

	for (unsigned i = 0; i < BANDS; i++)
		while ((pkt = sea_pktq_pop(&f->band[i])))
			sea_pkt_drop(link->stack, pkt, reason);
	sea_pool_free(&link->stack->shard.pool, f, sizeof(*f));
}

static bool drop(struct sea_link *link, struct fifo *f, struct sea_pkt *pkt)
{
	f->dropped++;
	sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_QUEUE_FULL);
	return false;
}

static struct sea_pkt *dequeue(struct sea_link *link, void *queue)
{
	struct fifo *f = queue;
	struct sea_pkt *pkt = NULL;

	(void)link;
	for (unsigned i = 0; !pkt && i < BANDS; i++)
		pkt = sea_pktq_pop(&f->band[i]);
	return pkt;
}

static bool ready(const void *queue)
{
	const struct fifo *f = queue;

	return f->band[0].n || f->band[1].n || f->band[2].n;
}

static void info(const struct sea_link *link, const void *queue, struct sea_qdisc_info *info)
{
	const struct fifo *f = queue;

	(void)link;
	info->config.limit = f->limit;
	info->dropped = f->dropped;
	for (unsigned i = 0; i < BANDS; i++) {
		info->packets += f->band[i].n;
		info->bytes += f->band[i].bytes;
	}
}

/* -- bfifo -- */

/* Without a limit: txqueuelen frames as large as they may be. */
static int bfifo_init(struct sea_link *link, const struct sea_qdisc_config *config, void **queue)
{
	struct fifo *f = make(link);

	if (!f)
		return -ENOMEM;
	f->limit = sea_qdisc_option(config, SEA_QDISC_LIMIT, config->limit,
				    link->txqueuelen * sea_link_frame_max(link));
	*queue = f;
	return 0;
}

static bool bfifo_enqueue(struct sea_link *link, void *queue, struct sea_pkt *pkt)
{
	struct fifo *f = queue;

	if (f->band[0].bytes + pkt->len > f->limit)
		return drop(link, f, pkt);
	sea_pktq_push(&f->band[0], pkt);
	return true;
}

const struct sea_qdisc sea_qdisc_bfifo = {
	.name = "bfifo",
	.options = SEA_QDISC_LIMIT,
	.init = bfifo_init,
	.fini = fini,
	.enqueue = bfifo_enqueue,
	.dequeue = dequeue,
	.ready = ready,
	.info = info,
};

/* -- pfifo_fast -- */

static int fast_init(struct sea_link *link, const struct sea_qdisc_config *config, void **queue)
{
	(void)config;
	*queue = make(link);
	return *queue ? 0 : -ENOMEM;
}

/* By the lowest four bits of the priority, as tc-prio(8) has it: 6 and 7 are the most urgent. */
static bool fast_enqueue(struct sea_link *link, void *queue, struct sea_pkt *pkt)
{
	static const uint8_t band_of[16] = { 1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1 };
	struct fifo *f = queue;
	struct sea_pktq *band = &f->band[band_of[pkt->priority & 15]];

	if (band->n >= link->txqueuelen)
		return drop(link, f, pkt);
	sea_pktq_push(band, pkt);
	return true;
}

const struct sea_qdisc sea_qdisc_pfifo_fast = {
	.name = "pfifo_fast",
	.init = fast_init,
	.fini = fini,
	.enqueue = fast_enqueue,
	.dequeue = dequeue,
	.ready = ready,
	.info = info,
};
