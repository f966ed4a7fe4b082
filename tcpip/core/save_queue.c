/* SPDX-License-Identifier: Apache-2.0 */
/* Queues of links, written out and made again: kinds, handles and options. What waited in them, and what they counted, is lost. */
#include <errno.h>

#include "core/filter.h"
#include "core/link.h"
#include "core/qdisc.h"
#include "core/save_stack.h"
#include "core/stack.h"

/* The most that a table of netem's has; so much memory is lent while one is loaded. */
#define DIST_MAX 16384u

static void save_dist(struct sea_saver *to, const int16_t *dist, uint32_t len)
{
	sea_save_u32(to, len);
	for (uint32_t i = 0; i < len; i++)
		sea_save_u16(to, (uint16_t)dist[i]);
}

static void save_netem(struct sea_saver *to, const struct sea_netem *n)
{
	sea_save_u64(to, (uint64_t)n->latency_ns);
	sea_save_u64(to, (uint64_t)n->jitter_ns);
	sea_save_u32(to, n->delay_corr);
	sea_save_u32(to, n->loss);
	sea_save_u32(to, n->loss_corr);
	sea_save_u32(to, n->duplicate);
	sea_save_u32(to, n->duplicate_corr);
	sea_save_u32(to, n->gap);
	sea_save_u32(to, n->reorder);
	sea_save_u32(to, n->reorder_corr);
	sea_save_u32(to, n->corrupt);
	sea_save_u32(to, n->corrupt_corr);
	sea_save_u64(to, n->rate);
	sea_save_u32(to, (uint32_t)n->packet_overhead);
	sea_save_u32(to, (uint32_t)n->cell_overhead);
	sea_save_u32(to, n->cell_size);
	sea_save_u8(to, n->ecn);
	sea_save_u8(to, n->loss_model);
	for (unsigned i = 0; i < 5; i++)
		sea_save_u32(to, n->model[i]);
	sea_save_u64(to, n->seed);
	sea_save_u64(to, (uint64_t)n->slot_min_ns);
	sea_save_u64(to, (uint64_t)n->slot_max_ns);
	sea_save_u64(to, (uint64_t)n->slot_delay_ns);
	sea_save_u64(to, (uint64_t)n->slot_jitter_ns);
	sea_save_u32(to, (uint32_t)n->slot_packets);
	sea_save_u32(to, (uint32_t)n->slot_bytes);
	save_dist(to, n->dist, n->dist_len);
	save_dist(to, n->slot_dist, n->slot_dist_len);
}

/* Lent memory, or NULL. */
static const int16_t *load_dist(struct sea_loader *from, uint32_t *len, struct sea_pool *pool)
{
	int16_t *dist;

	*len = sea_load_u32(from);
	if (*len > DIST_MAX)
		sea_load_fail(from, -EINVAL);
	if (from->err || !*len)
		return NULL;
	dist = sea_pool_alloc(pool, DIST_MAX * sizeof(*dist));
	if (!dist)
		sea_load_fail(from, -ENOMEM);
	for (uint32_t i = 0; dist && i < *len; i++)
		dist[i] = (int16_t)sea_load_u16(from);
	return dist;
}

static void give_back(struct sea_pool *pool, const int16_t *dist)
{
	if (dist)
		sea_pool_free(pool, (void *)(uintptr_t)dist, DIST_MAX * sizeof(*dist));
}

static void load_netem(struct sea_loader *from, struct sea_netem *n, struct sea_pool *pool)
{
	n->latency_ns = (int64_t)sea_load_u64(from);
	n->jitter_ns = (int64_t)sea_load_u64(from);
	n->delay_corr = sea_load_u32(from);
	n->loss = sea_load_u32(from);
	n->loss_corr = sea_load_u32(from);
	n->duplicate = sea_load_u32(from);
	n->duplicate_corr = sea_load_u32(from);
	n->gap = sea_load_u32(from);
	n->reorder = sea_load_u32(from);
	n->reorder_corr = sea_load_u32(from);
	n->corrupt = sea_load_u32(from);
	n->corrupt_corr = sea_load_u32(from);
	n->rate = sea_load_u64(from);
	n->packet_overhead = (int32_t)sea_load_u32(from);
	n->cell_overhead = (int32_t)sea_load_u32(from);
	n->cell_size = sea_load_u32(from);
	n->ecn = sea_load_u8(from);
	n->loss_model = sea_load_u8(from);
	for (unsigned i = 0; i < 5; i++)
		n->model[i] = sea_load_u32(from);
	n->seed = sea_load_u64(from);
	n->slot_min_ns = (int64_t)sea_load_u64(from);
	n->slot_max_ns = (int64_t)sea_load_u64(from);
	n->slot_delay_ns = (int64_t)sea_load_u64(from);
	n->slot_jitter_ns = (int64_t)sea_load_u64(from);
	n->slot_packets = (int32_t)sea_load_u32(from);
	n->slot_bytes = (int32_t)sea_load_u32(from);
	n->dist = load_dist(from, &n->dist_len, pool);
	n->slot_dist = load_dist(from, &n->slot_dist_len, pool);
}

static void save_config(struct sea_saver *to, const struct sea_qdisc_config *c)
{
	sea_save_text(to, c->kind);
	sea_save_u32(to, c->given);
	sea_save_u32(to, c->limit);
	sea_save_u32(to, c->flow_limit);
	sea_save_u32(to, c->quantum);
	sea_save_u32(to, c->initial_quantum);
	sea_save_u64(to, c->max_rate);
	sea_save_u64(to, c->low_rate);
	sea_save_u64(to, (uint64_t)c->refill_delay_ns);
	sea_save_u64(to, (uint64_t)c->horizon_ns);
	sea_save_u64(to, c->rate);
	sea_save_u64(to, c->peak_rate);
	sea_save_u64(to, (uint64_t)c->burst_ns);
	sea_save_u64(to, (uint64_t)c->peak_burst_ns);
	sea_save_u8(to, c->linklayer);
	sea_save_u32(to, c->bands);
	sea_save_bytes(to, c->priomap, sizeof(c->priomap));
	sea_save_u32(to, c->flows);
	sea_save_u64(to, (uint64_t)c->target_ns);
	sea_save_u64(to, (uint64_t)c->interval_ns);
	sea_save_u32(to, c->drop_batch);
	sea_save_u32(to, c->memory_limit);
	sea_save_u64(to, (uint64_t)c->ce_threshold_ns);
	sea_save_u8(to, c->ce_selector);
	sea_save_u8(to, c->ce_mask);
	if (c->given & SEA_QDISC_NETEM)
		save_netem(to, &c->netem);
}

/* What config->netem has of tables is for the caller to give back. */
static void load_config(struct sea_loader *from, struct sea_qdisc_config *c, char kind[256],
			struct sea_pool *pool)
{
	*c = (struct sea_qdisc_config){ .size = sizeof(*c), .kind = kind };
	sea_load_text(from, kind);
	c->given = sea_load_u32(from);
	c->limit = sea_load_u32(from);
	c->flow_limit = sea_load_u32(from);
	c->quantum = sea_load_u32(from);
	c->initial_quantum = sea_load_u32(from);
	c->max_rate = sea_load_u64(from);
	c->low_rate = sea_load_u64(from);
	c->refill_delay_ns = (int64_t)sea_load_u64(from);
	c->horizon_ns = (int64_t)sea_load_u64(from);
	c->rate = sea_load_u64(from);
	c->peak_rate = sea_load_u64(from);
	c->burst_ns = (int64_t)sea_load_u64(from);
	c->peak_burst_ns = (int64_t)sea_load_u64(from);
	c->linklayer = sea_load_u8(from);
	c->bands = sea_load_u32(from);
	sea_load_bytes(from, c->priomap, sizeof(c->priomap));
	c->flows = sea_load_u32(from);
	c->target_ns = (int64_t)sea_load_u64(from);
	c->interval_ns = (int64_t)sea_load_u64(from);
	c->drop_batch = sea_load_u32(from);
	c->memory_limit = sea_load_u32(from);
	c->ce_threshold_ns = (int64_t)sea_load_u64(from);
	c->ce_selector = sea_load_u8(from);
	c->ce_mask = sea_load_u8(from);
	if (c->given & SEA_QDISC_NETEM)
		load_netem(from, &c->netem, pool);
}

/* The queue, then what is in its classes; how many those are follows from its options. */
static void save_queue(struct sea_saver *to, const struct sea_link *link,
		       const struct sea_queue_at *at)
{
	const struct sea_qdisc_info info = sea_queue_info(link, at->queue);
	struct sea_queue_at below;

	sea_save_u32(to, at->queue->handle);
	save_config(to, &info.config);
	for (uint32_t minor = 1; sea_queue_in_class(at, minor, &below); minor++)
		save_queue(to, link, &below);
}

void sea_save_queues(struct sea_saver *to, const struct sea_link *link)
{
	/* Looked at, no more. */
	struct sea_queue *own = (struct sea_queue *)(uintptr_t)&link->queue;

	save_queue(to, link, &(struct sea_queue_at){ .queue = own });
	sea_save_text(to, sea_queue_stands(link->ingress) ? link->ingress->kind->name : "");
	if (sea_queue_stands(link->ingress))
		sea_save_filters(to, link);
}

/* In a class of `above`; NULL: it is the link's own. */
static int graft(struct sea_link *link, const struct sea_queue_at *at,
		 const struct sea_qdisc_config *config, uint32_t handle,
		 const struct sea_qdisc *above)
{
	struct sea_queue_at other;

	if (above && above->empty_class && !*config->kind) {
		sea_queue_clear(link, at->queue);
		return 0;
	}
	if (at->depth >= SEA_QUEUE_DEPTH_MAX || (handle && sea_queue_find(link, handle, &other)))
		return -EINVAL;
	return above ? sea_queue_replace(link, at->queue, config, handle)
		     : sea_link_graft(link, config, handle);
}

static void load_queue(struct sea_loader *from, struct sea_link *link,
		       const struct sea_queue_at *at, const struct sea_qdisc *above)
{
	struct sea_qdisc_config config;
	struct sea_queue_at below;
	char kind[256];
	struct sea_pool *pool = &link->stack->shard.pool;
	uint32_t handle = sea_load_u32(from);
	int err;

	load_config(from, &config, kind, pool);
	err = from->err ? 0 : graft(link, at, &config, handle, above);
	give_back(pool, config.netem.dist);
	give_back(pool, config.netem.slot_dist);
	if (err)
		sea_load_fail(from, err == -ENOMEM ? err : -EINVAL);
	for (uint32_t minor = 1; !from->err && sea_queue_in_class(at, minor, &below); minor++)
		load_queue(from, link, &below, at->queue->kind);
}

static void load_ingress(struct sea_loader *from, struct sea_link *link)
{
	struct sea_qdisc_config config = { .size = sizeof(config) };
	char kind[256];
	int err;

	sea_load_text(from, kind);
	if (from->err || !*kind)
		return;
	config.kind = kind;
	err = sea_link_set_ingress(link, &config);
	if (err)
		sea_load_fail(from, err == -ENOMEM ? err : -EINVAL);
	else
		sea_load_filters(from, link);
}

void sea_load_queues(struct sea_loader *from, struct sea_link *link, sea_time now)
{
	sea_stack_enter(link->stack, now);
	load_queue(from, link, &(struct sea_queue_at){ .queue = &link->queue }, NULL);
	load_ingress(from, link);
	sea_stack_leave(link->stack);
}
