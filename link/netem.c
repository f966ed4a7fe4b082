/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netem: a bad wire, as tc-netem(8) has it. A packet is doubled, lost, spoilt, in this order and by chance; what is left waits
 * until its time, by which it leaves: later ones may overtake it. One out of `gap` goes at once, before all others.
 */
#include <errno.h>
#include <string.h>

#include <linux/pkt_sched.h>

#include "core/link.h"
#include "core/rbtree.h"
#include "core/stack.h"
#include "link/flow.h"
#include "link/netem.h"
#include "link/qdiscs.h"
#include "link/spoil.h"

#define LIMIT 1000u
#define LATENCY_MAX (INT64_MAX / 4) /* so that sums of times are no larger than times may be */
#define OPTIONS (SEA_QDISC_LIMIT | SEA_QDISC_NETEM)

/* A waiting packet's; the node is first, so that the packet is found by it. */
struct netem_cb {
	struct sea_rbnode node;
	sea_time until;
};

struct netem {
	struct sea_link *link;
	struct sea_netem how; /* `dist` is ours */
	struct netem_chance chance;
	struct sea_rbtree waiting; /* by `until`, of equals the earlier one first */
	struct sea_pktq front;     /* those that go at once */
	struct sea_timer timer;    /* for the first of `waiting` */
	uint32_t limit, packets, in_gap;
	uint64_t bytes, dropped;
	bool twin; /* what comes is one of two already */
};

static struct netem_cb *cb_of(struct sea_pkt *pkt)
{
	return SEA_PKT_CB_AS(pkt, struct netem_cb);
}

static struct sea_pkt *pkt_of(struct sea_rbnode *node)
{
	return node ? sea_container(node, struct sea_pkt, cb) : NULL;
}

static sea_time now_of(const struct netem *q)
{
	return q->link->stack->shard.now;
}

/* -- by time -- */

static void arm(struct netem *q)
{
	struct sea_pkt *first = pkt_of(sea_rb_first(&q->waiting));

	sea_stack_arm(q->link->stack, &q->timer, first ? cb_of(first)->until : SEA_TIME_NEVER);
}

static void fire(struct sea_timer *timer, sea_time now)
{
	struct netem *q = sea_container(timer, struct netem, timer);

	(void)now;
	sea_link_wake(q->link);
}

static void wait(struct netem *q, struct sea_pkt *pkt, sea_time until)
{
	struct sea_rbnode **at = &q->waiting.root, *parent = NULL;

	cb_of(pkt)->until = until;
	while (*at) {
		parent = *at;
		at = sea_time_before(until, cb_of(pkt_of(parent))->until) ? &parent->left
									  : &parent->right;
	}
	sea_rb_link(&q->waiting, &cb_of(pkt)->node, parent, at);
}

/* -- in -- */

/* Behind what the wire has to carry before, where there is a rate; waiting for that is part of the delay. */
static sea_time time_of(struct netem *q, const struct sea_pkt *pkt)
{
	int64_t delay = sea_netem_delay(&q->chance, &q->how);
	struct sea_pkt *last = q->how.rate ? pkt_of(sea_rb_last(&q->waiting)) : NULL;
	sea_time from = now_of(q);

	if (last) {
		delay -= sea_time_diff(cb_of(last)->until, from);
		delay = delay > 0 ? delay : 0;
		from = cb_of(last)->until;
	}
	if (q->how.rate)
		delay += sea_netem_wire_time(&q->how, sea_flow_wire_len(pkt));
	return sea_time_add(from, delay);
}

/* One out of a gap's packets goes before all that wait. */
static bool overtakes(struct netem *q)
{
	if (!q->how.gap || q->in_gap < q->how.gap - 1 ||
	    q->how.reorder < sea_netem_draw(&q->chance, &q->chance.reorder)) {
		q->in_gap++;
		return false;
	}
	q->in_gap = 0;
	return true;
}

static bool push(struct netem *q, struct sea_pkt *pkt)
{
	if (q->packets >= q->limit) {
		q->dropped++;
		sea_pkt_drop(q->link->stack, pkt, SEA_DROP_LINK_QUEUE_FULL);
		return false;
	}
	q->packets++;
	q->bytes += pkt->len;
	if (overtakes(q))
		sea_pktq_push_front(&q->front, pkt);
	else
		wait(q, pkt, time_of(q, pkt));
	return true;
}

/* The other one takes the whole way, but is not doubled again. */
static void send_twin(struct netem *q, struct sea_pkt *pkt)
{
	struct sea_queue *root = &q->link->queue;

	q->twin = true;
	if (root->kind->enqueue(q->link, root->state, pkt))
		sea_link_wake(q->link); /* whatever becomes of the first one */
	q->twin = false;
}

/* Marked, where senders shall hear of losses that way; true: it is lost. */
static bool is_lost(struct netem *q, struct sea_pkt *pkt)
{
	if (!sea_netem_loses(&q->chance, &q->how))
		return false;
	if (!q->how.ecn || !sea_flow_mark_ce(pkt))
		return true;
	q->dropped++; /* as Linux counts it */
	return false;
}

static bool push_spoilt(struct netem *q, struct sea_pkt *pkt)
{
	struct sea_pktq frames;
	bool any = false;

	sea_pktq_init(&frames);
	(void)sea_spoil(q->link, &q->chance.rng, pkt, &frames);
	while ((pkt = sea_pktq_pop(&frames)))
		any |= push(q, pkt);
	return any;
}

/* What is lost was sent, as far as anybody knows. */
static bool enqueue(struct sea_link *link, void *queue, struct sea_pkt *pkt)
{
	struct netem *q = queue;
	bool twice = !q->twin && sea_netem_hits(&q->chance, &q->chance.duplicate, q->how.duplicate);
	bool queued = true;

	if (is_lost(q, pkt)) {
		if (!twice) {
			q->dropped++;
			sea_pkt_drop(link->stack, pkt, SEA_DROP_NETEM_LOSS);
			return true;
		}
		twice = false; /* one of the two */
	}
	if ((q->how.latency_ns || q->how.jitter_ns || q->how.rate) && !pkt->stamp_snd)
		sea_pkt_orphan(
			pkt); /* its socket does not wait as long, but where it wants to know */
	if (twice) {
		struct sea_pkt *twin = sea_pkt_clone(pkt, pkt->pool);

		if (twin)
			send_twin(q, twin);
	}
	if (sea_netem_hits(&q->chance, &q->chance.corrupt, q->how.corrupt))
		queued = push_spoilt(q, pkt);
	else
		queued = push(q, pkt);
	arm(q);
	return queued;
}

/* -- out -- */

static struct sea_pkt *pop(struct netem *q, bool whenever)
{
	struct sea_pkt *pkt = sea_pktq_pop(&q->front);

	if (!pkt) {
		pkt = pkt_of(sea_rb_first(&q->waiting));
		if (!pkt || (!whenever && sea_time_before(now_of(q), cb_of(pkt)->until)))
			return NULL;
		sea_rb_remove(&q->waiting, &cb_of(pkt)->node);
	}
	q->packets--;
	q->bytes -= pkt->len;
	return pkt;
}

static struct sea_pkt *dequeue(struct sea_link *link, void *queue)
{
	struct netem *q = queue;
	struct sea_pkt *pkt = pop(q, false);

	(void)link;
	arm(q);
	return pkt;
}

static bool ready(const void *queue)
{
	const struct netem *q = queue;
	struct sea_pkt *first = pkt_of(sea_rb_first(&q->waiting));

	return q->front.head || (first && !sea_time_before(now_of(q), cb_of(first)->until));
}

/* -- its life -- */

static bool valid(const struct sea_qdisc_config *c)
{
	const struct sea_netem *how = &c->netem;

	return c->given & SEA_QDISC_NETEM && how->latency_ns >= 0 &&
	       how->latency_ns <= LATENCY_MAX && how->jitter_ns >= 0 &&
	       how->jitter_ns <= INT32_MAX && how->loss_model <= NETEM_LOSS_GE &&
	       how->dist_len <= NETEM_DIST_MAX && (!how->dist_len || how->dist);
}

static size_t dist_size(const struct sea_netem *how)
{
	return how->dist_len * sizeof(*how->dist);
}

static void free_dist(struct netem *q)
{
	sea_pool_free(&q->link->stack->shard.pool, (void *)(uintptr_t)q->how.dist,
		      dist_size(&q->how));
}

/* The options become ours, and the table of them a copy. */
static int set(struct netem *q, const struct sea_qdisc_config *c)
{
	struct sea_netem how;
	int16_t *dist = NULL;

	if (!valid(c))
		return -EINVAL;
	how = c->netem;
	if (how.dist_len) {
		dist = sea_pool_alloc(&q->link->stack->shard.pool, dist_size(&how));
		if (!dist)
			return -ENOMEM;
		memcpy(dist, how.dist, dist_size(&how));
	}
	if (q->how.dist_len)
		free_dist(q);
	how.dist = dist;
	q->how = how;
	q->limit = c->given & SEA_QDISC_LIMIT ? c->limit : LIMIT;
	q->in_gap = 0;
	return 0;
}

/* Another seed begins anew. */
static int change(struct sea_link *link, void *queue, const struct sea_qdisc_config *config)
{
	struct netem *q = queue;
	uint64_t seed = q->how.seed;
	int err = set(q, config);

	(void)link;
	if (err)
		return err;
	if (q->how.seed && q->how.seed != seed) {
		sea_netem_chance_init(&q->chance, &q->how, q->how.seed);
	} else {
		q->how.seed = seed;
		sea_netem_chance_set(&q->chance, &q->how);
	}
	return 0;
}

static int init(struct sea_link *link, const struct sea_qdisc_config *config, void **queue)
{
	struct sea_shard *shard = &link->stack->shard;
	struct netem *q = sea_pool_zalloc(&shard->pool, sizeof(*q));
	int err;

	if (!q)
		return -ENOMEM;
	q->link = link;
	err = set(q, config);
	if (err) {
		sea_pool_free(&shard->pool, q, sizeof(*q));
		return err;
	}
	if (!q->how.seed)
		q->how.seed = sea_jitter_u64(&shard->jitter);
	sea_netem_chance_init(&q->chance, &q->how, q->how.seed);
	sea_rbtree_init(&q->waiting);
	sea_pktq_init(&q->front);
	sea_timer_init(&q->timer, fire);
	*queue = q;
	return 0;
}

static void fini(struct sea_link *link, void *queue, enum sea_drop reason)
{
	struct netem *q = queue;
	struct sea_pkt *pkt;

	sea_timer_remove(&link->stack->shard.timers, &q->timer);
	while ((pkt = pop(q, true)))
		sea_pkt_drop(link->stack, pkt, reason);
	if (q->how.dist_len)
		free_dist(q);
	sea_pool_free(&link->stack->shard.pool, q, sizeof(*q));
}

static void info(const struct sea_link *link, const void *queue, struct sea_qdisc_info *info)
{
	const struct netem *q = queue;

	(void)link;
	info->config.netem = q->how;
	info->config.limit = q->limit;
	info->packets = q->packets;
	info->bytes = q->bytes;
	info->dropped = q->dropped;
}

const struct sea_qdisc sea_qdisc_netem = {
	.name = "netem",
	.holds_back = true,
	.options = OPTIONS,
	.init = init,
	.fini = fini,
	.enqueue = enqueue,
	.dequeue = dequeue,
	.ready = ready,
	.info = info,
	.change = change,
};
