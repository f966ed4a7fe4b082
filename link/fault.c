/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bad link, on purpose: which frames are lost, doubled, spoilt or held back, and until when. Each
 * direction draws from a generator of its own, so that the same seed and frames give the same faults
 * however the directions interleave. A super-segment is one frame, but for corruption, which hits
 * one of its segments (as in Linux's netem).
 */
#include <errno.h>

#include "core/link.h"
#include "core/rng.h"
#include "core/stack.h"
#include "link/spoil.h"

#define QUEUE_DEFAULT 10000u
#define MILLION 1000000u
/* Frames let go in one entry. */
#define RELEASE_BUDGET 256u
#define BITS 8u

/* Where a frame waits: in order, or past the delay with those that overtake. Both are sorted. */
enum { IN_ORDER, OVERTAKING, N_QUEUES };

struct fault;

struct direction {
	struct fault *fault;
	struct sea_fault_profile profile;
	struct sea_jitter rng;
	struct sea_fault_stats stats;
	struct sea_pktq held[N_QUEUES];
	struct sea_timer timer;
	sea_time wire_free; /* when the last frame's last bit is on the wire */
	sea_time latest;    /* of those in order */
	void (*pass)(struct sea_wrapper *wrapper, struct sea_pktq *batch, sea_time now);
};

struct fault {
	struct sea_wrapper wrapper;
	struct direction rx, tx;
};

struct held {
	sea_time until;
};

static sea_time held_until(const struct sea_pkt *pkt)
{
	return SEA_PKT_CB_AS((struct sea_pkt *)(uintptr_t)pkt, struct held)->until;
}

static struct fault *fault_of(struct sea_wrapper *wrapper)
{
	return sea_container(wrapper, struct fault, wrapper);
}

static struct sea_stack *stack_of(const struct direction *d)
{
	return d->fault->wrapper.link->stack;
}

static bool chance(struct direction *d, uint32_t ppm)
{
	return ppm && sea_jitter_below(&d->rng, MILLION) < ppm;
}

/* -- delay -- */

static bool delays(const struct direction *d)
{
	return d->profile.delay_ns > 0 || d->profile.jitter_ns > 0;
}

/* The wire takes this long for a frame; rounded up. */
static int64_t wire_time(const struct direction *d, const struct sea_pkt *pkt)
{
	uint64_t bit_ns = (uint64_t)pkt->len * BITS * (uint64_t)SEA_SEC;

	return (int64_t)((bit_ns + d->profile.rate_bps - 1) / d->profile.rate_bps);
}

/* When the frame may go on, and in which queue it waits until then. */
static sea_time release_time(struct direction *d, const struct sea_pkt *pkt, sea_time now,
			     int *queue)
{
	const struct sea_fault_profile *p = &d->profile;
	sea_time when = now;

	if (p->rate_bps) {
		d->wire_free = when =
			sea_time_add(sea_time_max(now, d->wire_free), wire_time(d, pkt));
	}
	*queue = OVERTAKING;
	if (delays(d) && chance(d, p->reorder_ppm)) {
		d->stats.reordered++;
		return when;
	}
	*queue = IN_ORDER;
	if (p->delay_ns > 0)
		when = sea_time_add(when, p->delay_ns);
	if (p->jitter_ns > 0)
		when = sea_time_add(when,
				    (int64_t)sea_jitter_below(&d->rng, (uint64_t)p->jitter_ns + 1));
	d->latest = sea_time_max(when, d->latest);
	return d->latest;
}

/* The queue whose first frame goes next, or NULL. */
static struct sea_pktq *next_queue(struct direction *d)
{
	struct sea_pktq *a = &d->held[IN_ORDER], *b = &d->held[OVERTAKING];

	if (!a->head || !b->head)
		return a->head ? a : b->head ? b : NULL;
	return sea_time_before(held_until(b->head), held_until(a->head)) ? b : a;
}

static void arm(struct direction *d)
{
	struct sea_pktq *q = next_queue(d);

	sea_stack_arm(stack_of(d), &d->timer, q ? held_until(q->head) : SEA_TIME_NEVER);
}

static void hold(struct direction *d, struct sea_pkt *pkt, sea_time until, int queue)
{
	if (!sea_pkt_settle(pkt, true)) {
		sea_pkt_drop(stack_of(d), pkt, SEA_DROP_LINK_NO_MEMORY);
		return;
	}
	SEA_PKT_CB_AS(pkt, struct held)->until = until;
	sea_pktq_push(&d->held[queue], pkt);
}

static void release(struct sea_timer *timer, sea_time now)
{
	struct direction *d = sea_container(timer, struct direction, timer);
	struct sea_pktq batch, *q;

	sea_pktq_init(&batch);
	while (batch.n < RELEASE_BUDGET && (q = next_queue(d)) &&
	       !sea_time_before(now, held_until(q->head)))
		sea_pktq_push(&batch, sea_pktq_pop(q));
	d->stats.passed += batch.n;
	arm(d);
	d->pass(&d->fault->wrapper, &batch, now);
}

/* -- the way of a frame -- */

static void admit(struct direction *d, struct sea_pkt *pkt, struct sea_pktq *out, sea_time now)
{
	uint32_t max = d->profile.queue_max ? d->profile.queue_max : QUEUE_DEFAULT;
	sea_time when;
	int queue;

	if (d->held[IN_ORDER].n + d->held[OVERTAKING].n >= max) {
		d->stats.overflowed++;
		sea_pkt_drop(stack_of(d), pkt, SEA_DROP_FAULT_OVERFLOW);
		return;
	}
	when = release_time(d, pkt, now, &queue);
	if (sea_time_before(now, when)) {
		hold(d, pkt, when, queue);
	} else {
		d->stats.passed++;
		sea_pktq_push(out, pkt);
	}
}

static void judge(struct direction *d, struct sea_pkt *pkt, struct sea_pktq *out, sea_time now)
{
	const struct sea_fault_profile *p = &d->profile;
	struct sea_pkt *twin = NULL;
	struct sea_pktq frames;

	if (p->partition || chance(d, p->loss_ppm)) {
		d->stats.lost++;
		sea_pkt_drop(stack_of(d), pkt, SEA_DROP_FAULT_LOSS);
		return;
	}
	if (chance(d, p->duplicate_ppm))
		twin = sea_pkt_clone(pkt, pkt->pool);
	sea_pktq_init(&frames);
	if (chance(d, p->corrupt_ppm))
		d->stats.corrupted += sea_spoil(d->fault->wrapper.link, &d->rng, pkt, &frames);
	else
		sea_pktq_push(&frames, pkt);
	if (twin) {
		d->stats.duplicated++;
		sea_pktq_push(&frames, twin);
	}
	while ((pkt = sea_pktq_pop(&frames)))
		admit(d, pkt, out, now);
}

static void impair(struct direction *d, struct sea_pktq *batch, sea_time now)
{
	struct sea_pktq out;
	struct sea_pkt *pkt;

	sea_pktq_init(&out);
	while ((pkt = sea_pktq_pop(batch)))
		judge(d, pkt, &out, now);
	arm(d);
	sea_pktq_splice(batch, &out);
}

static void rx(struct sea_wrapper *wrapper, struct sea_pktq *batch, sea_time now)
{
	impair(&fault_of(wrapper)->rx, batch, now);
}

static void tx(struct sea_wrapper *wrapper, struct sea_pktq *batch, sea_time now)
{
	impair(&fault_of(wrapper)->tx, batch, now);
}

/* -- life -- */

static void fini_direction(struct direction *d)
{
	struct sea_stack *stack = stack_of(d);
	struct sea_pkt *pkt;

	sea_timer_remove(&stack->shard.timers, &d->timer);
	for (unsigned i = 0; i < N_QUEUES; i++)
		while ((pkt = sea_pktq_pop(&d->held[i])))
			sea_pkt_drop(stack, pkt, SEA_DROP_FAULT_REMOVED);
}

static void free_fault(struct sea_wrapper *wrapper)
{
	struct fault *fault = fault_of(wrapper);

	fini_direction(&fault->rx);
	fini_direction(&fault->tx);
	sea_pool_free(&wrapper->link->stack->shard.pool, fault, sizeof(*fault));
}

static const struct sea_wrapper_ops fault_ops = {
	.name = "fault",
	.rx = rx,
	.tx = tx,
	.free = free_fault,
};

static void init_direction(struct direction *d, struct fault *fault, uint64_t seed,
			   const struct sea_fault_profile *profile)
{
	d->fault = fault;
	d->profile = *profile;
	sea_jitter_init(&d->rng, seed);
	for (unsigned i = 0; i < N_QUEUES; i++)
		sea_pktq_init(&d->held[i]);
	sea_timer_init(&d->timer, release);
}

static struct fault *new_fault(struct sea_link *link, const struct sea_fault_config *config)
{
	struct fault *fault = sea_pool_zalloc(&link->stack->shard.pool, sizeof(*fault));

	if (!fault)
		return NULL;
	init_direction(&fault->rx, fault, config->seed, &config->rx);
	init_direction(&fault->tx, fault, ~config->seed, &config->tx);
	fault->rx.pass = sea_wrapper_pass_rx;
	fault->tx.pass = sea_wrapper_pass_tx;
	sea_wrapper_attach(&fault->wrapper, link, &fault_ops);
	return fault;
}

int sea_wrap_fault(struct sea_link *link, const struct sea_fault_config *config,
		   struct sea_wrapper **wrapper, sea_time now)
{
	struct fault *fault;

	*wrapper = NULL;
	if (config->size != sizeof(*config))
		return -EINVAL;
	sea_stack_enter(link->stack, now);
	fault = new_fault(link, config);
	sea_stack_leave(link->stack);
	if (!fault)
		return -ENOMEM;
	*wrapper = &fault->wrapper;
	return 0;
}

void sea_fault_set(struct sea_wrapper *wrapper, const struct sea_fault_profile *rx_profile,
		   const struct sea_fault_profile *tx_profile, sea_time now)
{
	struct sea_stack *stack = wrapper->link->stack;

	sea_stack_enter(stack, now);
	fault_of(wrapper)->rx.profile = *rx_profile;
	fault_of(wrapper)->tx.profile = *tx_profile;
	sea_stack_leave(stack);
}

void sea_fault_stats(const struct sea_wrapper *wrapper, struct sea_fault_stats *rx_stats,
		     struct sea_fault_stats *tx_stats)
{
	const struct fault *fault = (const struct fault *)wrapper;

	*rx_stats = fault->rx.stats;
	*tx_stats = fault->tx.stats;
}
