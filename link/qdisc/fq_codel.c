/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fq_codel (RFC 8290): a fixed number of queues, into which flows fall by hash, in turns of a quantum, new ones first; each is
 * kept short by CoDel of its own. Where all together are too many, or too much memory, the longest loses what is first in it.
 *
 *	         hash            new ──► old ◄──┐
 *	packet ───────► flow ──►   │   a turn   │    ──► CoDel ──► sent, marked, or dropped
 *	                           └────────────┘
 */
#include <errno.h>

#include "core/link.h"
#include "core/minmax.h"
#include "core/sock.h"
#include "core/stack.h"
#include "link/qdisc/codel.h"
#include "link/qdisc/flow.h"
#include "link/qdisc/qdiscs.h"

#define FLAGS (SEA_QDISC_NO_ECN | SEA_QDISC_CE_THRESHOLD | SEA_QDISC_CE_SELECTOR)
#define OPTIONS                                                                             \
	(FLAGS | SEA_QDISC_LIMIT | SEA_QDISC_QUANTUM | SEA_QDISC_FLOWS | SEA_QDISC_TARGET | \
	 SEA_QDISC_INTERVAL | SEA_QDISC_DROP_BATCH | SEA_QDISC_MEMORY_LIMIT)
#define FLOWS 1024u
#define FLOWS_MAX 65536u
#define LIMIT 10240u
#define MEMORY_LIMIT (32u << 20)
#define MEMORY_LIMIT_MAX (1u << 31)
#define DROP_BATCH 64u
#define TARGET_NS (5 * SEA_MSEC)
#define INTERVAL_NS (100 * SEA_MSEC)
#define TIME_MAX (UINT32_MAX * SEA_USEC)
#define TIME_UNIT 1024 /* nanoseconds: Linux's, which shows in what it says of times */
#define QUANTUM_MIN 256u
#define QUANTUM_MAX (1u << 20)
#define MAJOR(id) ((id)&0xffff0000u)
#define MINOR(id) ((id)&0xffffu)

/* A waiting packet's. */
struct codel_cb {
	sea_time since;
	uint32_t memory; /* as it was weighed when it came */
};

struct flow {
	struct sea_list node; /* in new_flows or old_flows, or in neither */
	struct sea_pktq q;
	struct sea_codel codel;
	int64_t deficit; /* bytes that it may send in this turn */
};

struct fq_codel {
	struct sea_siphash_key key;
	struct flow *flows; /* config.flows of them */
	struct sea_list new_flows, old_flows;
	struct sea_codel_params params;
	struct sea_qdisc_config config; /* all options, those that were not given, too */
	uint32_t handle, packets, max_packet;
	uint64_t bytes, memory;
	struct sea_qdisc_codel counts;
	uint64_t dropped;
};

static struct codel_cb *cb_of(struct sea_pkt *pkt)
{
	return SEA_PKT_CB_AS(pkt, struct codel_cb);
}

/* -- in and out of a flow -- */

static void push(struct fq_codel *q, struct flow *f, struct sea_pkt *pkt, sea_time now)
{
	cb_of(pkt)->since = now;
	cb_of(pkt)->memory = sea_truesize_rx(pkt);
	sea_pktq_push(&f->q, pkt);
	q->packets++;
	q->bytes += pkt->len;
	q->memory += cb_of(pkt)->memory;
}

static struct sea_pkt *pop(struct fq_codel *q, struct flow *f)
{
	struct sea_pkt *pkt = sea_pktq_pop(&f->q);

	if (!pkt)
		return NULL;
	q->packets--;
	q->bytes -= pkt->len;
	q->memory -= cb_of(pkt)->memory;
	return pkt;
}

static void drop(struct sea_link *link, struct fq_codel *q, struct sea_pkt *pkt,
		 enum sea_drop reason)
{
	q->dropped++;
	sea_pkt_drop(link->stack, pkt, reason);
}

/* -- too many, or too large -- */

static bool is_over(const struct fq_codel *q)
{
	return q->packets > q->config.limit || q->memory > q->config.memory_limit;
}

/* Of those with the most bytes, the first in the table; `most` is one, or NULL. */
static struct flow *longest_of(struct sea_list *flows, struct flow *most)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, flows)
	{
		struct flow *f = sea_container(node, struct flow, node);

		if (f->q.head && (!most || f->q.bytes > most->q.bytes ||
				  (f->q.bytes == most->q.bytes && f < most)))
			most = f;
	}
	return most;
}

/* The longest flow loses half of its bytes, or a batch of packets, and CoDel hears of it. */
static struct flow *shed(struct sea_link *link, struct fq_codel *q)
{
	bool over_memory = q->memory > q->config.memory_limit;
	struct flow *f = longest_of(&q->old_flows, longest_of(&q->new_flows, NULL));
	uint64_t half = f->q.bytes / 2, gone = 0;
	struct sea_pkt *pkt;
	uint32_t n = 0;

	do {
		pkt = pop(q, f);
		gone += pkt->len;
		drop(link, q, pkt, SEA_DROP_LINK_QUEUE_FULL);
	} while (++n < q->config.drop_batch && gone < half);
	f->codel.count += n;
	q->counts.overlimit_drops += n;
	if (over_memory)
		q->counts.overmemory_drops += n;
	return f;
}

/* -- in -- */

/* A priority that is one of this queue's classes says which; otherwise, the addresses and ports do. */
static struct flow *flow_of(const struct fq_codel *q, const struct sea_pkt *pkt)
{
	uint32_t n = q->config.flows, minor = MINOR(pkt->priority);

	if (q->handle && MAJOR(pkt->priority) == q->handle && minor - 1 < n)
		return &q->flows[minor - 1];
	return &q->flows[(sea_flow_key(&q->key, pkt) & UINT32_MAX) * n >> 32];
}

static bool enqueue(struct sea_link *link, void *queue, struct sea_pkt *pkt)
{
	struct fq_codel *q = queue;
	struct flow *f = flow_of(q, pkt);

	push(q, f, pkt, link->stack->shard.now);
	if (!sea_list_linked(&f->node)) {
		f->deficit = q->config.quantum;
		q->counts.new_flow_count++;
		sea_list_push_back(&q->new_flows, &f->node);
	}
	if (!is_over(q))
		return true;
	return shed(link, q) != f || f->q.head;
}

/* -- out -- */

/* Does a flow that waited for longer than ce_threshold hear of that? */
static bool hears_of_threshold(const struct fq_codel *q, const struct flow *f,
			       const struct sea_pkt *pkt)
{
	const struct sea_qdisc_config *c = &q->config;
	int dsfield;

	if (!(c->given & SEA_QDISC_CE_THRESHOLD) || f->codel.delay_ns <= c->ce_threshold_ns)
		return false;
	if (!c->ce_mask)
		return true;
	dsfield = sea_flow_dsfield(pkt);
	return dsfield >= 0 && (dsfield & c->ce_mask) == c->ce_selector;
}

/* What CoDel lets go, or marks; NULL: the flow has nothing any more. */
static struct sea_pkt *take_by_codel(struct sea_link *link, struct fq_codel *q, struct flow *f)
{
	sea_time now = link->stack->shard.now;
	struct sea_pkt *pkt;

	while ((pkt = pop(q, f))) {
		int64_t delay_ns = sea_time_diff(now, cb_of(pkt)->since);

		q->max_packet = sea_max_u32(q->max_packet, sea_flow_wire_len(pkt));
		if (!sea_codel_judge(&f->codel, &q->params, delay_ns, q->bytes, now))
			return pkt;
		if (!(q->config.given & SEA_QDISC_NO_ECN) && sea_flow_mark_ce(pkt)) {
			q->counts.ecn_marks++;
			return pkt;
		}
		drop(link, q, pkt, SEA_DROP_LINK_QUEUE_LATE);
	}
	sea_codel_empty(&f->codel);
	return NULL;
}

/* An empty flow that was new goes once round with the others, lest they starve. */
static void leave(struct fq_codel *q, struct flow *f, bool was_new)
{
	sea_list_remove(&f->node);
	if (was_new && !sea_list_empty(&q->old_flows))
		sea_list_push_back(&q->old_flows, &f->node);
}

static struct sea_pkt *take(struct sea_link *link, struct fq_codel *q, struct flow *f, bool is_new)
{
	struct sea_pkt *pkt = take_by_codel(link, q, f);

	if (!pkt) {
		leave(q, f, is_new);
		return NULL;
	}
	if (hears_of_threshold(q, f, pkt) && sea_flow_mark_ce(pkt))
		q->counts.ce_marks++;
	f->deficit -= sea_flow_wire_len(pkt);
	return pkt;
}

static struct sea_pkt *dequeue(struct sea_link *link, void *queue)
{
	struct fq_codel *q = queue;
	struct sea_pkt *pkt = NULL;

	while (!pkt) {
		struct sea_list *new = sea_list_first(&q->new_flows),
				*node = new ? new : sea_list_first(&q->old_flows);
		struct flow *f;

		if (!node)
			return NULL;
		f = sea_container(node, struct flow, node);
		if (f->deficit > 0) {
			pkt = take(link, q, f, new != NULL);
			continue;
		}
		f->deficit += q->config.quantum;
		sea_list_remove(node);
		sea_list_push_back(&q->old_flows, node);
	}
	return pkt;
}

static bool ready(const void *queue)
{
	return ((const struct fq_codel *)queue)->packets;
}

/* -- its options -- */

#define OWN(field, BIT, own) (c->field = (c->given & SEA_QDISC_##BIT) ? c->field : (own))

/* The largest frame; of lo, too, Linux counts a header. */
static uint32_t frame_of(const struct sea_link *link)
{
	return link->framing->turn ? link->mtu + (uint32_t)sizeof(struct sea_ether_hdr)
				   : sea_link_frame_max(link);
}

static int64_t in_units(int64_t ns)
{
	return ns - ns % TIME_UNIT;
}

/* Linux's defaults, where nothing else was asked for, and the nearest that it has, where something was. */
static void complete(struct sea_qdisc_config *c, const struct sea_link *link)
{
	OWN(limit, LIMIT, LIMIT);
	OWN(flows, FLOWS, FLOWS);
	OWN(quantum, QUANTUM, frame_of(link));
	OWN(target_ns, TARGET, TARGET_NS);
	OWN(interval_ns, INTERVAL, INTERVAL_NS);
	OWN(drop_batch, DROP_BATCH, DROP_BATCH);
	OWN(memory_limit, MEMORY_LIMIT, MEMORY_LIMIT);
	OWN(ce_threshold_ns, CE_THRESHOLD, 0);
	OWN(ce_selector, CE_SELECTOR, 0);
	OWN(ce_mask, CE_SELECTOR, 0);
	if (c->given & SEA_QDISC_QUANTUM)
		c->quantum = sea_max_u32(c->quantum, QUANTUM_MIN);
	c->drop_batch = sea_max_u32(c->drop_batch, 1);
	c->memory_limit = sea_min_u32(c->memory_limit, MEMORY_LIMIT_MAX);
}

static bool is_time(int64_t ns)
{
	return ns >= 0 && ns <= TIME_MAX;
}

static bool valid(const struct sea_qdisc_config *c)
{
	return c->flows && c->flows <= FLOWS_MAX && c->quantum <= QUANTUM_MAX &&
	       is_time(c->target_ns) && is_time(c->interval_ns) && is_time(c->ce_threshold_ns);
}

static void set(struct fq_codel *q, const struct sea_qdisc_config *c, const struct sea_link *link)
{
	q->config = *c;
	q->config.target_ns = in_units(c->target_ns);
	q->config.interval_ns = in_units(c->interval_ns);
	q->config.ce_threshold_ns = in_units(c->ce_threshold_ns);
	q->params = (struct sea_codel_params){ .target_ns = q->config.target_ns,
					       .interval_ns = q->config.interval_ns,
					       .mtu = frame_of(link) };
}

/* How many flows there are stays as it is. */
static int change(struct sea_link *link, void *queue, const struct sea_qdisc_config *config)
{
	struct sea_qdisc_config c = *config;
	struct fq_codel *q = queue;
	struct sea_pkt *pkt;

	if (c.given & SEA_QDISC_FLOWS && c.flows != q->config.flows)
		return -EINVAL;
	c.given |= SEA_QDISC_FLOWS;
	c.flows = q->config.flows;
	complete(&c, link);
	if (!valid(&c))
		return -EINVAL;
	set(q, &c, link);
	while (is_over(q) && (pkt = dequeue(link, q)))
		drop(link, q, pkt, SEA_DROP_LINK_QUEUE_FULL);
	return 0;
}

/* -- its life -- */

static int init(struct sea_link *link, const struct sea_qdisc_config *config, void **queue)
{
	struct sea_pool *pool = &link->stack->shard.pool;
	struct sea_qdisc_config c = *config;
	struct fq_codel *q;

	complete(&c, link);
	if (!valid(&c))
		return -EINVAL;
	q = sea_pool_zalloc(pool, sizeof(*q));
	if (!q)
		return -ENOMEM;
	q->flows = sea_pool_zalloc(pool, c.flows * sizeof(*q->flows));
	if (!q->flows) {
		sea_pool_free(pool, q, sizeof(*q));
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < c.flows; i++) {
		sea_list_init(&q->flows[i].node);
		sea_pktq_init(&q->flows[i].q);
		sea_codel_init(&q->flows[i].codel);
	}
	sea_list_init(&q->new_flows);
	sea_list_init(&q->old_flows);
	q->key = sea_secret_key(&link->stack->shard.secret);
	set(q, &c, link);
	*queue = q;
	return 0;
}

static void named(void *queue, uint32_t handle)
{
	((struct fq_codel *)queue)->handle = handle;
}

static void fini(struct sea_link *link, void *queue, enum sea_drop reason)
{
	struct sea_pool *pool = &link->stack->shard.pool;
	struct fq_codel *q = queue;
	struct sea_pkt *pkt;

	for (uint32_t i = 0; i < q->config.flows; i++)
		while ((pkt = pop(q, &q->flows[i])))
			sea_pkt_drop(link->stack, pkt, reason);
	sea_pool_free(pool, q->flows, q->config.flows * sizeof(*q->flows));
	sea_pool_free(pool, q, sizeof(*q));
}

/* Its flows are classes, but not such that another queue could stand in one. */
static struct sea_queue *in_class(void *queue, uint32_t minor)
{
	(void)queue;
	(void)minor;
	return NULL;
}

static uint32_t length_of(const struct sea_list *flows)
{
	uint32_t n = 0;

	for (const struct sea_list *node = flows->next; node != flows; node = node->next)
		n++;
	return n;
}

static void info(const struct sea_link *link, const void *queue, struct sea_qdisc_info *info)
{
	const struct fq_codel *q = queue;
	const char *kind = info->config.kind;

	(void)link;
	info->config = q->config;
	info->config.kind = kind;
	info->config.given = (OPTIONS & ~FLAGS) | (q->config.given & FLAGS);
	info->packets = q->packets;
	info->bytes = q->bytes;
	info->dropped = q->dropped;
	info->codel = q->counts;
	info->codel.max_packet = q->max_packet;
	info->codel.memory = q->memory;
	info->codel.new_flows = length_of(&q->new_flows);
	info->codel.old_flows = length_of(&q->old_flows);
}

/* Those in turn, or that were until they have been silent for one. */
static int flow(const struct sea_link *link, const void *queue, uint32_t n,
		struct sea_qdisc_flow *out)
{
	const struct fq_codel *q = queue;
	const struct flow *f;

	if (n >= q->config.flows)
		return -ERANGE;
	f = &q->flows[n];
	if (!sea_list_linked(&f->node))
		return -ENOENT;
	*out = (struct sea_qdisc_flow){ .packets = f->q.n,
					.bytes = f->q.bytes,
					.deficit = f->deficit,
					.delay_ns = f->codel.delay_ns,
					.count = f->codel.count,
					.lastcount = f->codel.lastcount,
					.dropping = f->codel.dropping };
	if (out->dropping)
		out->drop_next_ns = sea_time_diff(f->codel.drop_next, link->stack->shard.now);
	return 0;
}

const struct sea_qdisc sea_qdisc_fq_codel = {
	.name = "fq_codel",
	.options = OPTIONS,
	.in_class = in_class,
	.init = init,
	.named = named,
	.fini = fini,
	.enqueue = enqueue,
	.dequeue = dequeue,
	.ready = ready,
	.info = info,
	.flow = flow,
	.change = change,
};
