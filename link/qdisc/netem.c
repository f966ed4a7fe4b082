/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netem: a bad wire, as tc-netem(8) has it. A packet is doubled, lost, spoilt, in this order and by chance; what is left waits
 * until its time, by which it leaves: later ones may overtake it. One out of `gap` goes at once, before all others. With slots
 * packets whose time has come wait for the next one; and where somebody put a queue into the class, they go through that.
 */
#include <errno.h>
#include <string.h>

#include <linux/pkt_sched.h>

#include "core/link.h"
#include "core/rbtree.h"
#include "core/stack.h"
#include "link/qdisc/flow.h"
#include "link/qdisc/netem.h"
#include "link/qdisc/qdiscs.h"
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
	struct sea_netem how; /* its tables are ours */
	struct netem_chance chance;
	struct sea_rbtree waiting;        /* by `until`, of equals the earlier one first */
	struct sea_pktq front;            /* those that go at once */
	struct sea_timer timer;           /* for the first of `waiting` */
	struct sea_queue inner;           /* in the class; mostly none */
	sea_time slot;                    /* when the slot begins, where there are some, */
	int64_t slot_packets, slot_bytes; /* and what it still has room for */
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

/* -- slots -- */

static bool has_slots(const struct sea_netem *how)
{
	return how->slot_min_ns || how->slot_max_ns || how->slot_jitter_ns;
}

static void begin_slot(struct netem *q, int64_t wait)
{
	q->slot = sea_time_add(now_of(q), wait);
	q->slot_packets = q->how.slot_packets ? q->how.slot_packets : INT32_MAX;
	q->slot_bytes = q->how.slot_bytes ? q->how.slot_bytes : INT32_MAX;
}

static void next_slot(struct netem *q)
{
	begin_slot(q, sea_netem_slot(&q->chance, &q->how));
}

/* One is over that has room for no more. */
static void fill_slot(struct netem *q, const struct sea_pkt *pkt)
{
	if (!has_slots(&q->how))
		return;
	q->slot_bytes -= sea_flow_wire_len(pkt);
	if (--q->slot_packets <= 0 || q->slot_bytes <= 0)
		next_slot(q);
}

/* -- by time -- */

/* When this one, the first, may leave. */
static sea_time when(const struct netem *q, struct sea_pkt *pkt)
{
	sea_time until = cb_of(pkt)->until;

	return has_slots(&q->how) && sea_time_before(until, q->slot) ? q->slot : until;
}

static void arm(struct netem *q)
{
	struct sea_pkt *first = pkt_of(sea_rb_first(&q->waiting));

	sea_stack_arm(q->link->stack, &q->timer, first ? when(q, first) : SEA_TIME_NEVER);
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

static void take_out(struct netem *q, struct sea_pkt *pkt)
{
	sea_rb_remove(&q->waiting, &cb_of(pkt)->node);
	q->packets--;
	q->bytes -= pkt->len;
}

static struct sea_pkt *pop_front(struct netem *q)
{
	struct sea_pkt *pkt = sea_pktq_pop(&q->front);

	if (pkt) {
		q->packets--;
		q->bytes -= pkt->len;
	}
	return pkt;
}

/* The first, if its time has come; a slot that began before that is not its. */
static struct sea_pkt *pop_due(struct netem *q)
{
	struct sea_pkt *pkt = pkt_of(sea_rb_first(&q->waiting));

	if (!pkt)
		return NULL;
	if (has_slots(&q->how) && sea_time_before(q->slot, cb_of(pkt)->until))
		next_slot(q);
	if (sea_time_before(now_of(q), when(q, pkt)))
		return NULL;
	take_out(q, pkt);
	fill_slot(q, pkt);
	return pkt;
}

/* All whose time has come go into the class; out of that comes what it lets go. */
static struct sea_pkt *through_class(struct netem *q)
{
	struct sea_pkt *pkt;

	while ((pkt = pop_due(q)))
		if (!q->inner.kind->enqueue(q->link, q->inner.state, pkt))
			q->dropped++;
	return sea_queue_take(q->link, &q->inner);
}

static struct sea_pkt *dequeue(struct sea_link *link, void *queue)
{
	struct netem *q = queue;
	struct sea_pkt *pkt = pop_front(q);

	(void)link;
	if (!pkt)
		pkt = sea_queue_stands(&q->inner) ? through_class(q) : pop_due(q);
	arm(q);
	return pkt;
}

static bool ready(const void *queue)
{
	const struct netem *q = queue;
	struct sea_pkt *first = pkt_of(sea_rb_first(&q->waiting));

	if (q->front.head || (first && !sea_time_before(now_of(q), when(q, first))))
		return true;
	return sea_queue_stands(&q->inner) && sea_queue_ready(&q->inner);
}

static struct sea_queue *in_class(void *queue, uint32_t minor)
{
	return minor == 1 ? &((struct netem *)queue)->inner : NULL;
}

/* -- its life -- */

static bool valid_time(int64_t ns)
{
	return ns >= 0 && ns <= LATENCY_MAX;
}

static bool valid_dist(const int16_t *dist, uint32_t len)
{
	return len <= NETEM_DIST_MAX && (!len || dist);
}

static bool valid_slots(const struct sea_netem *how)
{
	return valid_time(how->slot_min_ns) && valid_time(how->slot_max_ns) &&
	       how->slot_min_ns <= how->slot_max_ns && how->slot_packets >= 0 &&
	       how->slot_bytes >= 0 && valid_time(how->slot_delay_ns) && how->slot_jitter_ns >= 0 &&
	       how->slot_jitter_ns <= INT32_MAX && valid_dist(how->slot_dist, how->slot_dist_len);
}

static bool valid(const struct sea_qdisc_config *c)
{
	const struct sea_netem *how = &c->netem;

	return c->given & SEA_QDISC_NETEM && valid_time(how->latency_ns) && how->jitter_ns >= 0 &&
	       how->jitter_ns <= INT32_MAX && how->loss_model <= NETEM_LOSS_GE &&
	       valid_dist(how->dist, how->dist_len) && valid_slots(how);
}

static size_t dist_size(uint32_t len)
{
	return len * sizeof(int16_t);
}

static void free_dist(struct netem *q, const int16_t *dist, uint32_t len)
{
	if (len)
		sea_pool_free(&q->link->stack->shard.pool, (void *)(uintptr_t)dist, dist_size(len));
}

static void free_dists(struct netem *q, const struct sea_netem *how)
{
	free_dist(q, how->dist, how->dist_len);
	free_dist(q, how->slot_dist, how->slot_dist_len);
}

/* In its place, if it is one, a copy: false: no memory. */
static bool copy_dist(struct netem *q, const int16_t **dist, uint32_t len)
{
	int16_t *copy;

	if (!len)
		return true;
	copy = sea_pool_alloc(&q->link->stack->shard.pool, dist_size(len));
	if (copy)
		memcpy(copy, *dist, dist_size(len));
	*dist = copy;
	return copy;
}

static bool same_slots(const struct sea_netem *a, const struct sea_netem *b)
{
	return a->slot_min_ns == b->slot_min_ns && a->slot_max_ns == b->slot_max_ns &&
	       a->slot_delay_ns == b->slot_delay_ns && a->slot_jitter_ns == b->slot_jitter_ns &&
	       a->slot_packets == b->slot_packets && a->slot_bytes == b->slot_bytes;
}

/* The options become ours, and the tables of them copies. */
static int set(struct netem *q, const struct sea_qdisc_config *c)
{
	struct sea_netem how;
	bool same;

	if (!valid(c))
		return -EINVAL;
	how = c->netem;
	if (!copy_dist(q, &how.dist, how.dist_len))
		return -ENOMEM;
	if (!copy_dist(q, &how.slot_dist, how.slot_dist_len)) {
		free_dist(q, how.dist, how.dist_len);
		return -ENOMEM;
	}
	same = same_slots(&how, &q->how);
	free_dists(q, &q->how);
	q->how = how;
	q->limit = c->given & SEA_QDISC_LIMIT ? c->limit : LIMIT;
	q->in_gap = 0;
	if (!same)
		begin_slot(q, 0);
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
	while ((pkt = pop_front(q)))
		sea_pkt_drop(link->stack, pkt, reason);
	while ((pkt = pkt_of(sea_rb_first(&q->waiting)))) {
		take_out(q, pkt);
		sea_pkt_drop(link->stack, pkt, reason);
	}
	if (sea_queue_stands(&q->inner))
		sea_queue_end(link, &q->inner, reason);
	free_dists(q, &q->how);
	sea_pool_free(&link->stack->shard.pool, q, sizeof(*q));
}

static void info(const struct sea_link *link, const void *queue, struct sea_qdisc_info *info)
{
	const struct netem *q = queue;
	struct sea_qdisc_info inner = { .size = sizeof(inner) };

	if (sea_queue_stands(&q->inner))
		inner = sea_queue_info(link, &q->inner);
	info->config.netem = q->how;
	info->config.limit = q->limit;
	info->packets = q->packets + inner.packets;
	info->bytes = q->bytes + inner.bytes;
	info->dropped = q->dropped;
}

const struct sea_qdisc sea_qdisc_netem = {
	.name = "netem",
	.holds_back = true,
	.one_class = true,
	.empty_class = true,
	.in_class = in_class,
	.options = OPTIONS,
	.init = init,
	.fini = fini,
	.enqueue = enqueue,
	.dequeue = dequeue,
	.ready = ready,
	.info = info,
	.change = change,
};
