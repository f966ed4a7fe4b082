/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pfifo, bfifo, noqueue: first in, first out, bounded in packets and in bytes; what comes to a full queue is dropped. Without
 * a limit of its own pfifo holds as many packets as the link's txqueuelen says at the time; and so does noqueue, as a device would
 * where Linux has no queue before it.
 */
#include <errno.h>

#include "core/link.h"
#include "core/stack.h"
#include "link/qdisc/qdiscs.h"

struct fifo {
	struct sea_pktq q;
	uint64_t dropped;
	uint32_t limit; /* packets, or bytes */
	bool limited;
};

static struct fifo *make(struct sea_link *link)
{
	struct fifo *f = sea_pool_zalloc(&link->stack->shard.pool, sizeof(*f));

	if (f)
		sea_pktq_init(&f->q);
	return f;
}

static void fini(struct sea_link *link, void *queue, enum sea_drop reason)
{
	struct fifo *f = queue;
	struct sea_pkt *pkt;

	while ((pkt = sea_pktq_pop(&f->q)))
		sea_pkt_drop(link->stack, pkt, reason);
	sea_pool_free(&link->stack->shard.pool, f, sizeof(*f));
}

/* True when it was queued. */
static bool push(struct sea_link *link, struct fifo *f, struct sea_pkt *pkt, bool fits)
{
	if (fits) {
		sea_pktq_push(&f->q, pkt);
		return true;
	}
	f->dropped++;
	sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_QUEUE_FULL);
	return false;
}

static struct sea_pkt *dequeue(struct sea_link *link, void *queue)
{
	(void)link;
	return sea_pktq_pop(&((struct fifo *)queue)->q);
}

static struct sea_pkt *peek(const void *queue)
{
	return ((const struct fifo *)queue)->q.head;
}

static bool ready(const void *queue)
{
	return ((const struct fifo *)queue)->q.n;
}

static void fill(const struct fifo *f, uint32_t limit, struct sea_qdisc_info *info)
{
	info->config.limit = limit;
	info->packets = f->q.n;
	info->bytes = f->q.bytes;
	info->dropped = f->dropped;
}

/* -- pfifo -- */

static int pfifo_init(struct sea_link *link, const struct sea_qdisc_config *config, void **queue)
{
	struct fifo *f = make(link);

	if (!f)
		return -ENOMEM;
	f->limited = config->given & SEA_QDISC_LIMIT;
	f->limit = config->limit;
	*queue = f;
	return 0;
}

static uint32_t limit_of(const struct sea_link *link, const struct fifo *f)
{
	return f->limited ? f->limit : link->txqueuelen;
}

static bool pfifo_enqueue(struct sea_link *link, void *queue, struct sea_pkt *pkt)
{
	struct fifo *f = queue;

	return push(link, f, pkt, f->q.n < limit_of(link, f));
}

static int pfifo_change(struct sea_link *link, void *queue, const struct sea_qdisc_config *config)
{
	struct fifo *f = queue;

	(void)link;
	f->limited = config->given & SEA_QDISC_LIMIT;
	f->limit = config->limit;
	return 0;
}

static void pfifo_info(const struct sea_link *link, const void *queue, struct sea_qdisc_info *info)
{
	const struct fifo *f = queue;

	if (!f->limited)
		info->config.given &= ~SEA_QDISC_LIMIT;
	fill(f, limit_of(link, f), info);
}

const struct sea_qdisc sea_qdisc_pfifo = {
	.name = "pfifo",
	.options = SEA_QDISC_LIMIT,
	.init = pfifo_init,
	.fini = fini,
	.enqueue = pfifo_enqueue,
	.dequeue = dequeue,
	.peek = peek,
	.ready = ready,
	.info = pfifo_info,
	.change = pfifo_change,
};

/* -- noqueue -- */

static void noqueue_info(const struct sea_link *link, const void *queue,
			 struct sea_qdisc_info *info)
{
	(void)link;
	(void)queue;
	(void)info; /* nobody is told of what waits */
}

const struct sea_qdisc sea_qdisc_noqueue = {
	.name = "noqueue",
	.unqueued = true,
	.init = pfifo_init,
	.fini = fini,
	.enqueue = pfifo_enqueue,
	.dequeue = dequeue,
	.peek = peek,
	.ready = ready,
	.info = noqueue_info,
};

/* -- bfifo -- */

/* Without a limit: txqueuelen frames as large as they may be; of lo, too, Linux counts a header. */
static int bfifo_change(struct sea_link *link, void *queue, const struct sea_qdisc_config *config)
{
	uint32_t frame = link->framing->turn ? link->mtu + (uint32_t)sizeof(struct sea_ether_hdr)
					     : sea_link_frame_max(link);
	struct fifo *f = queue;

	f->limit =
		sea_qdisc_option(config, SEA_QDISC_LIMIT, config->limit, link->txqueuelen * frame);
	return 0;
}

static int bfifo_init(struct sea_link *link, const struct sea_qdisc_config *config, void **queue)
{
	*queue = make(link);
	return *queue ? bfifo_change(link, *queue, config) : -ENOMEM;
}

static bool bfifo_enqueue(struct sea_link *link, void *queue, struct sea_pkt *pkt)
{
	struct fifo *f = queue;

	return push(link, f, pkt, f->q.bytes + pkt->len <= f->limit);
}

static void bfifo_info(const struct sea_link *link, const void *queue, struct sea_qdisc_info *info)
{
	const struct fifo *f = queue;

	(void)link;
	fill(f, f->limit, info);
}

const struct sea_qdisc sea_qdisc_bfifo = {
	.name = "bfifo",
	.options = SEA_QDISC_LIMIT,
	.init = bfifo_init,
	.fini = fini,
	.enqueue = bfifo_enqueue,
	.dequeue = dequeue,
	.peek = peek,
	.ready = ready,
	.info = bfifo_info,
	.change = bfifo_change,
};
