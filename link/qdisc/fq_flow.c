/* SPDX-License-Identifier: Apache-2.0 */
/* Which flows fq knows, and for how long. */
#include "core/stack.h"
#include "link/qdisc/flow.h"
#include "link/qdisc/fq.h"

#define BUCKETS 64u
#define IDLE_MAX 1024u          /* flows without packets that are remembered */
#define FORGET_NS (3 * SEA_SEC) /* Linux's FQ_GC_AGE */
#define FORGET_BATCH 8u

/* -- flows -- */

static void forget(struct fq *q, struct fq_flow *flow)
{
	sea_list_remove(&flow->node);
	q->n_idle--;
	sea_htable_remove(&q->flows, &flow->hnode);
	sea_pool_free(q->flows.pool, flow, sizeof(*flow));
}

/* A few of those that were silent for long, so that what is known stays in proportion. */
static void forget_some(struct fq *q, sea_time now)
{
	struct sea_list *node;

	for (unsigned i = 0; i < FORGET_BATCH && (node = sea_list_first(&q->idle)); i++) {
		struct fq_flow *flow = sea_container(node, struct fq_flow, node);

		if (sea_time_diff(now, flow->idle_since) < FORGET_NS)
			break;
		forget(q, flow);
	}
}

static struct fq_flow *find(const struct fq *q, uint64_t key)
{
	struct sea_hnode *h = sea_htable_first(&q->flows, (uint32_t)key);

	for (; h; h = sea_hnode_next(h))
		if (sea_container(h, struct fq_flow, hnode)->key == key)
			return sea_container(h, struct fq_flow, hnode);
	return NULL;
}

static struct fq_flow *make(struct fq *q, uint64_t key)
{
	struct fq_flow *flow = sea_pool_zalloc(q->flows.pool, sizeof(*flow));

	if (!flow)
		return NULL;
	flow->key = key;
	sea_list_init(&flow->node);
	if (sea_htable_insert(&q->flows, &flow->hnode, (uint32_t)key)) {
		sea_pool_free(q->flows.pool, flow, sizeof(*flow));
		return NULL;
	}
	flow->credit = q->config.initial_quantum;
	flow->place = FQ_DETACHED;
	flow->idle_since = q->link->stack->shard.now;
	sea_list_push_back(&q->idle, &flow->node);
	q->n_idle++;
	return flow;
}

struct fq_flow *sea_fq_classify(struct fq *q, struct sea_pkt *pkt)
{
	uint64_t key = sea_flow_key(&q->key, pkt);
	struct fq_flow *flow = find(q, key);

	if (flow)
		return flow;
	forget_some(q, q->link->stack->shard.now);
	flow = make(q, key);
	return flow ? flow : &q->internal;
}

void sea_fq_flow_idle(struct fq *q, struct fq_flow *flow, sea_time now)
{
	flow->place = FQ_DETACHED;
	flow->idle_since = now;
	if (flow == &q->internal)
		return;
	sea_list_push_back(&q->idle, &flow->node);
	if (++q->n_idle > IDLE_MAX)
		forget(q, sea_container(sea_list_first(&q->idle), struct fq_flow, node));
}

void sea_fq_flow_wake(struct fq *q, struct fq_flow *flow)
{
	if (flow == &q->internal)
		return;
	sea_list_remove(&flow->node);
	q->n_idle--;
}

void sea_fq_flows_fini(struct fq *q)
{
	struct sea_hnode *h;
	uint64_t cursor = 0;

	while ((h = sea_htable_walk(&q->flows, &cursor))) {
		struct fq_flow *flow = sea_container(h, struct fq_flow, hnode);

		sea_list_remove(&flow->node);
		sea_htable_remove(&q->flows, h);
		sea_pool_free(q->flows.pool, flow, sizeof(*flow));
	}
	sea_htable_fini(&q->flows);
}
