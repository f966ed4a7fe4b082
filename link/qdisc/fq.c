/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides which flow's packet leaves next, and when: deficit round robin between flows, new ones first;
 * within one, not before its departure (sea_pkt.edt), nor faster than its rate.
 */
#include "link/qdisc/fq.h"

#include <errno.h>
#include <netinet/in.h>

#include "core/minmax.h"
#include "core/sock.h"
#include "core/stack.h"
#include "link/qdisc/flow.h"
#include "link/qdisc/qdiscs.h"

#define OPTIONS 0x3ffu /* SEA_QDISC_*: all */
#define FLOW_LIMIT 100u
#define LIMIT 10000u
#define LOW_RATE (550000u / 8)
#define REFILL_NS (40 * SEA_MSEC)
#define HORIZON_NS (10 * SEA_SEC)
#define DELAY_MAX_NS SEA_SEC /* however slow a flow is */
#define QUANTUM_MAX (1u << 20)

/* A waiting packet's place in its flow. */
struct fq_cb {
	sea_time departure;
};

static struct fq_cb *cb_of(struct sea_pkt *pkt)
{
	return SEA_PKT_CB_AS(pkt, struct fq_cb);
}

static sea_time now_of(const struct fq *q)
{
	return q->link->stack->shard.now;
}

/* -- a flow's packets -- */

/* Most often it is the latest: what a sender sends later leaves later. */
static void push(struct fq_flow *f, struct sea_pkt *pkt)
{
	sea_time departure = cb_of(pkt)->departure;
	struct sea_pkt **at = &f->head;

	f->qlen++;
	if (f->tail && !sea_time_before(departure, cb_of(f->tail)->departure))
		at = &f->tail->next;
	while (*at && !sea_time_before(departure, cb_of(*at)->departure))
		at = &(*at)->next;
	pkt->next = *at;
	*at = pkt;
	if (!pkt->next)
		f->tail = pkt;
}

static struct sea_pkt *pop(struct fq_flow *f)
{
	struct sea_pkt *pkt = f->head;

	f->head = pkt->next;
	if (!f->head)
		f->tail = NULL;
	f->qlen--;
	pkt->next = NULL;
	return pkt;
}

/* -- flows that wait for their time -- */

static struct fq_flow *first_delayed(const struct fq *q)
{
	struct sea_rbnode *node = sea_rb_first(&q->delayed);

	return node ? sea_container(node, struct fq_flow, delayed) : NULL;
}

static void arm(struct fq *q)
{
	const struct fq_flow *f = first_delayed(q);

	sea_stack_arm(q->link->stack, &q->timer, f ? f->next : SEA_TIME_NEVER);
}

static void delay(struct fq *q, struct fq_flow *f)
{
	struct sea_rbnode **at = &q->delayed.root, *parent = NULL;

	sea_list_remove(&f->node);
	while (*at) {
		parent = *at;
		at = sea_time_before(f->next, sea_container(parent, struct fq_flow, delayed)->next)
			     ? &parent->left
			     : &parent->right;
	}
	sea_rb_link(&q->delayed, &f->delayed, parent, at);
	f->place = FQ_DELAYED;
	q->n_delayed++;
	q->held += f->qlen;
	arm(q);
}

/* Flows that stand in line have a first packet that may leave, or none. */
static void settle(struct fq *q, struct fq_flow *f)
{
	sea_time at;

	if (!f->head || f->place == FQ_DELAYED)
		return;
	at = sea_time_max(cb_of(f->head)->departure, f->next);
	if (!sea_time_before(now_of(q), at))
		return;
	f->next = at;
	delay(q, f);
}

static void queue_flow(struct fq *q, struct fq_flow *f, enum fq_place place)
{
	f->place = (uint8_t)place;
	sea_list_push_back(place == FQ_NEW ? &q->new_flows : &q->old_flows, &f->node);
}

/* Those whose time has come take turns again; returns whether there was one. */
static bool release(struct fq *q)
{
	struct fq_flow *f;
	bool any = false;

	while ((f = first_delayed(q)) && !sea_time_before(now_of(q), f->next)) {
		sea_rb_remove(&q->delayed, &f->delayed);
		q->n_delayed--;
		q->held -= f->qlen;
		queue_flow(q, f, FQ_OLD);
		any = true;
	}
	return any;
}

static void fire(struct sea_timer *timer, sea_time now)
{
	struct fq *q = sea_container(timer, struct fq, timer);

	(void)now;
	if (release(q))
		sea_link_wake(q->link);
	arm(q);
}

/* -- in -- */

static bool refuse(struct fq *q, struct sea_pkt *pkt, enum sea_drop reason)
{
	q->dropped++;
	q->horizon_drops += reason == SEA_DROP_FQ_HORIZON_LIMIT;
	q->flow_drops += reason == SEA_DROP_FQ_FLOW_LIMIT;
	sea_pkt_drop(q->link->stack, pkt, reason);
	return false;
}

/* False: it is for later than may be waited. */
static bool set_departure(const struct fq *q, struct sea_pkt *pkt)
{
	sea_time now = now_of(q), last = sea_time_add(now, q->config.horizon_ns);

	cb_of(pkt)->departure = pkt->edt ? pkt->time : now;
	if (!pkt->edt || !sea_time_before(last, pkt->time))
		return true;
	cb_of(pkt)->departure = last;
	return q->config.given & SEA_QDISC_HORIZON_CAP;
}

static struct sea_sock *owner_of(const struct fq *q, const struct sea_pkt *pkt)
{
	return sea_socket_is_none(pkt->owner) ? NULL : sea_sock_get(q->link->stack, pkt->owner);
}

/* It is in no list: it begins a turn. Who was silent for a while has a whole one. */
static void begin_turn(struct fq *q, struct fq_flow *f)
{
	sea_fq_flow_wake(q, f);
	if (sea_time_diff(now_of(q), f->idle_since) > q->config.refill_delay_ns &&
	    f->credit < q->config.quantum)
		f->credit = q->config.quantum;
	queue_flow(q, f, FQ_NEW);
}

static bool enqueue(struct sea_link *link, void *queue, struct sea_pkt *pkt)
{
	struct fq *q = queue;
	struct sea_sock *owner = owner_of(q, pkt);
	struct fq_flow *f;

	(void)link;
	if (q->qlen >= q->config.limit)
		return refuse(q, pkt, SEA_DROP_LINK_QUEUE_FULL);
	if (!set_departure(q, pkt))
		return refuse(q, pkt, SEA_DROP_FQ_HORIZON_LIMIT);
	if (q->pacing && owner)
		owner->pacing |= SEA_PACING_FQ; /* a protocol may note something beside it */
	f = sea_fq_classify(q, pkt);
	if (f->qlen >= q->config.flow_limit)
		return refuse(q, pkt, SEA_DROP_FQ_FLOW_LIMIT);
	if (f->place == FQ_DETACHED)
		begin_turn(q, f);
	push(f, pkt);
	q->held += f->place == FQ_DELAYED;
	q->qlen++;
	q->bytes += pkt->len;
	settle(q, f);
	return true;
}

/* -- out -- */

/* TCP's packets say themselves when they may leave, the first of a connection but for the rate of the queue. */
static bool has_departure(const struct sea_pkt *pkt, const struct sea_sock *owner)
{
	return pkt->edt || (owner && owner->protocol == IPPROTO_TCP);
}

static int64_t time_of(uint64_t bytes, uint64_t rate)
{
	uint64_t ns = bytes * (uint64_t)SEA_SEC;

	if (rate)
		ns /= rate;
	return ns < (uint64_t)DELAY_MAX_NS ? (int64_t)ns : DELAY_MAX_NS;
}

/* The packet uses up its flow's turn, and its time. */
static void charge(struct fq *q, struct fq_flow *f, const struct sea_pkt *pkt)
{
	const struct sea_sock *owner = owner_of(q, pkt);
	uint64_t rate = q->config.max_rate;
	uint32_t len = sea_flow_wire_len(pkt);
	int64_t ns, late;

	f->credit -= len;
	if (!q->pacing)
		return;
	if (!has_departure(pkt, owner)) {
		if (owner && owner->more->max_pacing_rate < rate)
			rate = owner->more->max_pacing_rate;
		if (rate <= q->config.low_rate) {
			f->credit = 0;
		} else {
			len = sea_max_u32(len, q->config.quantum);
			if (f->credit > 0)
				return;
		}
	}
	if (rate == UINT64_MAX)
		return;
	ns = time_of(len, rate);
	/* A timer that was late is made up for, by half at most. */
	late = sea_time_diff(now_of(q), f->next);
	if (f->next.ns)
		ns -= late < ns / 2 ? late : ns / 2;
	f->next = sea_time_add(now_of(q), ns);
}

/* An empty flow that was new goes once round with the others, lest it be new for ever. */
static void leave(struct fq *q, struct fq_flow *f)
{
	sea_list_remove(&f->node);
	if (f->place == FQ_NEW && !sea_list_empty(&q->old_flows))
		queue_flow(q, f, FQ_OLD);
	else
		sea_fq_flow_idle(q, f, now_of(q));
}

/* The flow's first packet; NULL: it has none. */
static struct sea_pkt *take(struct fq *q, struct fq_flow *f)
{
	struct sea_pkt *pkt;

	if (!f->head) {
		leave(q, f);
		return NULL;
	}
	pkt = pop(f);
	q->qlen--;
	q->bytes -= pkt->len;
	charge(q, f, pkt);
	settle(q, f);
	return pkt;
}

static struct fq_flow *whose_turn(const struct fq *q)
{
	struct sea_list *node = sea_list_first(&q->new_flows);

	if (!node)
		node = sea_list_first(&q->old_flows);
	return node ? sea_container(node, struct fq_flow, node) : NULL;
}

static struct sea_pkt *dequeue(struct sea_link *link, void *queue)
{
	struct fq *q = queue;
	struct sea_pkt *pkt = NULL;
	struct fq_flow *f;

	(void)link;
	(void)release(q);
	while (!pkt && (f = whose_turn(q))) {
		if (f->credit > 0) {
			pkt = take(q, f);
			continue;
		}
		f->credit += q->config.quantum;
		sea_list_remove(&f->node);
		queue_flow(q, f, FQ_OLD);
	}
	return pkt;
}

static bool ready(const void *queue)
{
	const struct fq *q = queue;

	return q->qlen > q->held;
}

/* -- its life -- */

#define OWN(field, BIT, own) (c->field = (c->given & SEA_QDISC_##BIT) ? c->field : (own))

/* Linux's defaults, where nothing else was asked for. */
static void complete(struct sea_qdisc_config *c, const struct sea_link *link)
{
	uint32_t frame = sea_link_frame_max(link);

	OWN(limit, LIMIT, LIMIT);
	OWN(flow_limit, FLOW_LIMIT, FLOW_LIMIT);
	OWN(quantum, QUANTUM, 2 * frame);
	OWN(initial_quantum, INITIAL_QUANTUM, 10 * frame);
	OWN(max_rate, MAX_RATE, UINT64_MAX);
	OWN(low_rate, LOW_RATE, LOW_RATE);
	OWN(refill_delay_ns, REFILL_DELAY, REFILL_NS);
	OWN(horizon_ns, HORIZON, HORIZON_NS);
}

static bool valid(const struct sea_qdisc_config *c)
{
	return c->quantum && c->quantum <= QUANTUM_MAX && c->initial_quantum <= INT32_MAX &&
	       c->horizon_ns > 0 && c->refill_delay_ns >= 0;
}

/* What is too much by the new limit goes, as far as its time has come. */
static void trim(struct sea_link *link, struct fq *q)
{
	struct sea_pkt *pkt;

	while (q->qlen > q->config.limit && (pkt = dequeue(link, q)))
		refuse(q, pkt, SEA_DROP_LINK_QUEUE_FULL);
}

static int change(struct sea_link *link, void *queue, const struct sea_qdisc_config *config)
{
	struct sea_qdisc_config c = *config;
	struct fq *q = queue;

	complete(&c, link);
	if (!valid(&c))
		return -EINVAL;
	q->config = c;
	q->pacing = !(c.given & SEA_QDISC_NO_PACING);
	trim(link, q);
	return 0;
}

static int init(struct sea_link *link, const struct sea_qdisc_config *config, void **queue)
{
	struct sea_stack *stack = link->stack;
	struct sea_qdisc_config c = *config;
	struct fq *q;

	complete(&c, link);
	if (!valid(&c))
		return -EINVAL;
	q = sea_pool_zalloc(&stack->shard.pool, sizeof(*q));
	if (!q)
		return -ENOMEM;
	q->link = link;
	q->config = c;
	q->pacing = !(c.given & SEA_QDISC_NO_PACING);
	q->key = sea_secret_key(&stack->shard.secret);
	sea_htable_init(&q->flows, &stack->shard.pool, 64);
	sea_list_init(&q->new_flows);
	sea_list_init(&q->old_flows);
	sea_list_init(&q->idle);
	sea_rbtree_init(&q->delayed);
	sea_list_init(&q->internal.node);
	q->internal.credit = c.initial_quantum;
	sea_timer_init(&q->timer, fire);
	*queue = q;
	return 0;
}

static void drop_all(struct fq *q, struct fq_flow *f, enum sea_drop reason)
{
	while (f->head)
		sea_pkt_drop(q->link->stack, pop(f), reason);
}

static void fini(struct sea_link *link, void *queue, enum sea_drop reason)
{
	struct fq *q = queue;
	struct sea_hnode *h;
	uint64_t cursor = 0;

	sea_timer_remove(&link->stack->shard.timers, &q->timer);
	while ((h = sea_htable_walk(&q->flows, &cursor)))
		drop_all(q, sea_container(h, struct fq_flow, hnode), reason);
	drop_all(q, &q->internal, reason);
	sea_fq_flows_fini(q);
	sea_pool_free(&link->stack->shard.pool, q, sizeof(*q));
}

static void info(const struct sea_link *link, const void *queue, struct sea_qdisc_info *info)
{
	const struct fq *q = queue;
	const char *kind = info->config.kind;

	(void)link;
	info->config = q->config;
	info->config.kind = kind;
	info->config.given = (OPTIONS & ~(SEA_QDISC_HORIZON_CAP | SEA_QDISC_NO_PACING)) |
			     (q->config.given & (SEA_QDISC_HORIZON_CAP | SEA_QDISC_NO_PACING));
	info->packets = q->qlen;
	info->bytes = q->bytes;
	info->dropped = q->dropped;
	info->flows = q->flows.n;
	info->flows_inactive = q->n_idle;
	info->flows_throttled = q->n_delayed;
	info->horizon_drops = q->horizon_drops;
	info->flow_drops = q->flow_drops;
}

const struct sea_qdisc sea_qdisc_fq = {
	.name = "fq",
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
