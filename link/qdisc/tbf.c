/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tbf: a token bucket, as tc-tbf(8) has it. Packets wait in its class, in a bfifo of `limit` bytes until somebody chooses
 * another queue; the next one leaves when there are tokens for it, which come at `rate` and are kept up to `burst` bytes' worth; and, where there is a `peak_rate`, when a second bucket
 * of `peak_burst` bytes lets it. Tokens are nanoseconds of sending at the rate. What could never leave, being larger than
 * a bucket, is dropped as it comes; of a super-segment that goes for its segments, into which it is then cut.
 */
#include <errno.h>

#include "core/link.h"
#include "core/minmax.h"
#include "core/stack.h"
#include "link/qdisc/qdiscs.h"

#define OPTIONS                                                                          \
	(SEA_QDISC_LIMIT | SEA_QDISC_RATE | SEA_QDISC_PEAK_RATE | SEA_QDISC_BURST_TIME | \
	 SEA_QDISC_PEAK_BURST_TIME)

#define NEEDED (SEA_QDISC_LIMIT | SEA_QDISC_RATE | SEA_QDISC_BURST_TIME)
#define SEC ((uint64_t)SEA_SEC)
#define RATE_MAX (UINT64_C(1) << 44) /* what is faster lets through whatever there is */

/* A bucket; a rate of 0: there is none. */
struct bucket {
	uint64_t rate; /* bytes a second */
	int64_t size, tokens;
};

struct tbf {
	struct sea_link *link;
	struct sea_queue inner;
	struct sea_timer timer; /* for the first of `inner` */
	struct bucket sustained, peak;
	struct sea_qdisc_config config;
	sea_time filled;
	uint64_t dropped, overlimits;
	uint32_t len_max;
};

static sea_time now_of(const struct tbf *t)
{
	return t->link->stack->shard.now;
}

/* -- tokens -- */

static int64_t time_of(const struct bucket *b, uint32_t len)
{
	return b->rate ? (int64_t)(len * SEC / b->rate) : 0;
}

static int64_t tokens_now(const struct tbf *t, const struct bucket *b)
{
	int64_t since = sea_time_diff(now_of(t), t->filled);

	if (since >= b->size)
		return b->size;
	return b->tokens + since < b->size ? b->tokens + since : b->size;
}

/* How long the bucket makes a packet wait; 0: it does not. */
static int64_t wait_for(const struct tbf *t, const struct bucket *b, uint32_t len)
{
	int64_t missing = b->rate ? time_of(b, len) - tokens_now(t, b) : 0;

	return missing > 0 ? missing : 0;
}

static int64_t wait_of(const struct tbf *t, const struct sea_pkt *pkt)
{
	int64_t a = wait_for(t, &t->sustained, pkt->len), b = wait_for(t, &t->peak, pkt->len);

	return a > b ? a : b;
}

static void pay(struct tbf *t, uint32_t len)
{
	t->sustained.tokens = tokens_now(t, &t->sustained) - time_of(&t->sustained, len);
	t->peak.tokens = tokens_now(t, &t->peak) - time_of(&t->peak, len);
	t->filled = now_of(t);
}

/* The first has to wait: until then. */
static void arm(struct tbf *t)
{
	const struct sea_pkt *first = sea_queue_peek(t->link, &t->inner);
	int64_t wait = first ? wait_of(t, first) : 0;

	t->overlimits += wait != 0;
	sea_stack_arm(t->link->stack, &t->timer,
		      wait ? sea_time_add(now_of(t), wait) : SEA_TIME_NEVER);
}

static void fire(struct sea_timer *timer, sea_time now)
{
	struct tbf *t = sea_container(timer, struct tbf, timer);

	(void)now;
	if (sea_queue_ready(&t->inner))
		sea_link_wake(t->link);
}

/* -- in -- */

static bool push(struct tbf *t, struct sea_pkt *pkt)
{
	if (pkt->len > t->len_max)
		sea_pkt_drop(t->link->stack, pkt, SEA_DROP_LINK_QUEUE_FULL);
	else if (!sea_queue_stands(&t->inner))
		sea_pkt_drop(t->link->stack, pkt, SEA_DROP_LINK_QUEUE_FULL);
	else if (t->inner.kind->enqueue(t->link, t->inner.state, pkt))
		return true;
	t->dropped++;
	return false;
}

static bool push_segments(struct tbf *t, struct sea_pkt *pkt)
{
	struct sea_pktq segments;
	bool any = false;

	sea_pktq_init(&segments);
	(void)sea_gso_segment(t->link->stack, pkt, &segments);
	while ((pkt = sea_pktq_pop(&segments)))
		any |= push(t, pkt);
	return any;
}

static bool enqueue(struct sea_link *link, void *queue, struct sea_pkt *pkt)
{
	struct tbf *t = queue;
	bool first = !sea_queue_ready(&t->inner), queued;

	(void)link;
	if (pkt->len > t->len_max && pkt->gso_type != SEA_GSO_NONE)
		queued = push_segments(t, pkt);
	else
		queued = push(t, pkt);
	if (first && queued)
		arm(t);
	return queued;
}

/* -- out -- */

/* Where only taking it out says what is next, dequeue() says whether it may leave. */
static bool ready(const void *queue)
{
	const struct tbf *t = queue;
	const struct sea_queue *q = &t->inner;
	const struct sea_pkt *first;

	if (!sea_queue_stands(q))
		return false;
	first = q->peeked || !q->kind->peek ? q->peeked : q->kind->peek(q->state);
	return first ? !wait_of(t, first) : sea_queue_ready(q);
}

static struct sea_pkt *dequeue(struct sea_link *link, void *queue)
{
	struct tbf *t = queue;
	struct sea_pkt *pkt;

	pkt = sea_queue_peek(link, &t->inner);
	if (pkt && !wait_of(t, pkt)) {
		pkt = sea_queue_take(link, &t->inner);
		pay(t, pkt->len);
	} else {
		pkt = NULL;
	}
	arm(t);
	return pkt;
}

/* -- its life -- */

static uint32_t bytes_in(const struct bucket *b)
{
	uint64_t sec = (uint64_t)b->size / SEC, ns = (uint64_t)b->size % SEC, bytes;

	if ((sec && b->rate > UINT32_MAX / sec) || b->rate > RATE_MAX)
		return b->size ? UINT32_MAX : 0;
	bytes = b->rate * sec + b->rate / 1000 * ns / 1000000 + b->rate % 1000 * ns / SEC;
	return bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
}

static int set(struct tbf *t, const struct sea_qdisc_config *c)
{
	const struct bucket sustained = { c->rate, c->burst_ns, c->burst_ns },
			    peak = { c->peak_rate, c->peak_burst_ns, c->peak_burst_ns };
	uint32_t len_max;

	if ((c->given & NEEDED) != NEEDED || !c->rate || c->burst_ns < 0 || c->peak_burst_ns < 0 ||
	    (c->peak_rate && c->peak_rate <= c->rate))
		return -EINVAL;
	len_max = bytes_in(&sustained);
	if (peak.rate)
		len_max = sea_min_u32(len_max, bytes_in(&peak));
	if (!len_max)
		return -EINVAL;
	t->config = *c;
	t->sustained = sustained;
	t->peak = peak;
	t->len_max = len_max;
	t->filled = now_of(t);
	return 0;
}

static struct sea_qdisc_config config_of_inner(const struct sea_qdisc_config *c)
{
	return (struct sea_qdisc_config){ .size = sizeof(*c),
					  .kind = sea_qdisc_bfifo.name,
					  .given = SEA_QDISC_LIMIT,
					  .limit = c->limit };
}

/* The limit is a limit of what is first in, first out. */
static void limit_inner(struct sea_link *link, struct tbf *t)
{
	const struct sea_qdisc_config c = config_of_inner(&t->config);

	if (t->inner.kind == &sea_qdisc_bfifo || t->inner.kind == &sea_qdisc_pfifo)
		(void)t->inner.kind->change(link, t->inner.state, &c);
}

/* Where nothing is in the class there is what a new one would have, with other options. */
static int change(struct sea_link *link, void *queue, const struct sea_qdisc_config *config)
{
	const struct sea_qdisc_config c = config_of_inner(config);
	struct tbf *t = queue;
	struct sea_queue new = { .kind = NULL };
	int err = 0;

	if (!sea_queue_stands(&t->inner) && c.limit)
		err = sea_queue_make(link, &new, &c);
	if (!err)
		err = set(t, config);
	if (err) {
		sea_queue_clear(link, &new);
		return err;
	}
	if (sea_queue_stands(&new))
		t->inner = new;
	limit_inner(link, t);
	arm(t);
	if (ready(t))
		sea_link_wake(t->link);
	return 0;
}

static int init(struct sea_link *link, const struct sea_qdisc_config *config, void **queue)
{
	const struct sea_qdisc_config inner = config_of_inner(config);
	struct sea_pool *pool = &link->stack->shard.pool;
	struct tbf *t = sea_pool_zalloc(pool, sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	t->link = link;
	sea_timer_init(&t->timer, fire);
	err = set(t, config);
	if (!err && inner.limit)
		err = sea_queue_make(link, &t->inner, &inner);
	if (err)
		sea_pool_free(pool, t, sizeof(*t));
	else
		*queue = t;
	return err;
}

static void fini(struct sea_link *link, void *queue, enum sea_drop reason)
{
	struct tbf *t = queue;

	sea_timer_remove(&link->stack->shard.timers, &t->timer);
	if (sea_queue_stands(&t->inner))
		sea_queue_end(link, &t->inner, reason);
	sea_pool_free(&link->stack->shard.pool, t, sizeof(*t));
}

static struct sea_queue *in_class(void *queue, uint32_t minor)
{
	return minor == 1 ? &((struct tbf *)queue)->inner : NULL;
}

static void info(const struct sea_link *link, const void *queue, struct sea_qdisc_info *info)
{
	const struct tbf *t = queue;
	const struct sea_qdisc_info inner = sea_queue_info(link, &t->inner);
	const char *kind = info->config.kind;

	info->config = t->config;
	info->config.kind = kind;
	info->config.given = OPTIONS;
	info->packets = inner.packets;
	info->bytes = inner.bytes;
	info->dropped = t->dropped;
	info->overlimits = t->overlimits;
}

const struct sea_qdisc sea_qdisc_tbf = {
	.name = "tbf",
	.holds_back = true,
	.one_class = true,
	.empty_class = true,
	.noop_class = true,
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
