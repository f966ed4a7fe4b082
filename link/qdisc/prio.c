/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prio: bands, as tc-prio(8) has them. A packet's priority says which band it waits in: by the map, or, where it is
 * a class of this queue ("1:2"), that class. A later band waits for the earlier ones. Each band is a class; what waits there
 * is a pfifo until somebody chooses another queue.
 */
#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "core/stack.h"
#include "link/qdisc/qdiscs.h"

#define BANDS SEA_QDISC_BANDS_MAX
#define MAP_MASK (SEA_QDISC_PRIOMAP_LEN - 1)
#define NEEDED (SEA_QDISC_BANDS | SEA_QDISC_PRIOMAP)
#define MAJOR(id) ((id)&0xffff0000u)
#define MINOR(id) ((id)&0xffffu)

struct prio {
	struct sea_queue band[BANDS];
	uint32_t bands, handle;
	uint8_t map[SEA_QDISC_PRIOMAP_LEN];
	uint64_t dropped;
};

static struct sea_queue *band_of(struct prio *p, uint32_t priority)
{
	if (MAJOR(priority) == p->handle && p->handle)
		return &p->band[MINOR(priority) - 1 < p->bands ? MINOR(priority) - 1 : p->map[0]];
	return &p->band[p->map[MAJOR(priority) ? 0 : priority & MAP_MASK]];
}

static bool enqueue(struct sea_link *link, void *queue, struct sea_pkt *pkt)
{
	struct prio *p = queue;
	struct sea_queue *band = band_of(p, pkt->priority);

	if (band->kind->enqueue(link, band->state, pkt))
		return true;
	p->dropped++;
	return false;
}

static struct sea_pkt *dequeue(struct sea_link *link, void *queue)
{
	struct prio *p = queue;

	for (uint32_t i = 0; i < p->bands; i++) {
		struct sea_pkt *pkt = sea_queue_take(link, &p->band[i]);

		if (pkt)
			return pkt;
	}
	return NULL;
}

static bool ready(const void *queue)
{
	const struct prio *p = queue;

	for (uint32_t i = 0; i < p->bands; i++)
		if (p->band[i].kind->ready(p->band[i].state))
			return true;
	return false;
}

/* -- its life -- */

static bool valid(const struct sea_qdisc_config *c)
{
	if ((c->given & NEEDED) != NEEDED || c->bands < SEA_QDISC_BANDS_MIN || c->bands > BANDS)
		return false;
	for (unsigned i = 0; i < SEA_QDISC_PRIOMAP_LEN; i++)
		if (c->priomap[i] >= c->bands)
			return false;
	return true;
}

static void end_bands(struct sea_link *link, struct prio *p, uint32_t left, enum sea_drop reason)
{
	while (p->bands > left)
		sea_queue_end(link, &p->band[--p->bands], reason);
}

/* All or none. */
static int add_bands(struct sea_link *link, struct prio *p, uint32_t bands)
{
	const struct sea_qdisc_config c = { .size = sizeof(c), .kind = sea_qdisc_pfifo.name };
	uint32_t before = p->bands;

	for (; p->bands < bands; p->bands++) {
		int err = sea_queue_make(link, &p->band[p->bands], &c);

		if (err) {
			end_bands(link, p, before, SEA_DROP_LINK_QUEUE_GONE);
			return err;
		}
	}
	return 0;
}

static int change(struct sea_link *link, void *queue, const struct sea_qdisc_config *c)
{
	struct prio *p = queue;
	int err = valid(c) ? add_bands(link, p, c->bands) : -EINVAL;

	if (err)
		return err;
	end_bands(link, p, c->bands, SEA_DROP_LINK_QUEUE_GONE);
	memcpy(p->map, c->priomap, sizeof(p->map));
	return 0;
}

static int init(struct sea_link *link, const struct sea_qdisc_config *config, void **queue)
{
	struct sea_pool *pool = &link->stack->shard.pool;
	struct prio *p = sea_pool_zalloc(pool, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	err = change(link, p, config);
	if (err)
		sea_pool_free(pool, p, sizeof(*p));
	else
		*queue = p;
	return err;
}

static void named(void *queue, uint32_t handle)
{
	((struct prio *)queue)->handle = handle;
}

static void fini(struct sea_link *link, void *queue, enum sea_drop reason)
{
	end_bands(link, queue, 0, reason);
	sea_pool_free(&link->stack->shard.pool, queue, sizeof(struct prio));
}

static struct sea_queue *in_class(void *queue, uint32_t minor)
{
	struct prio *p = queue;

	return minor - 1 < p->bands ? &p->band[minor - 1] : NULL;
}

static void info(const struct sea_link *link, const void *queue, struct sea_qdisc_info *info)
{
	const struct prio *p = queue;

	info->config.bands = p->bands;
	memcpy(info->config.priomap, p->map, sizeof(p->map));
	info->dropped = p->dropped;
	for (uint32_t i = 0; i < p->bands; i++) {
		const struct sea_qdisc_info in_band = sea_queue_info(link, &p->band[i]);

		info->packets += in_band.packets;
		info->bytes += in_band.bytes;
	}
}

const struct sea_qdisc sea_qdisc_prio = {
	.name = "prio",
	.options = NEEDED,
	.holds_back = true, /* as what waits in a band may be */
	.counts_classes = true,
	.in_class = in_class,
	.init = init,
	.named = named,
	.fini = fini,
	.enqueue = enqueue,
	.dequeue = dequeue,
	.ready = ready,
	.info = info,
	.change = change,
};
