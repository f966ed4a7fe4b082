/* SPDX-License-Identifier: Apache-2.0 */
/* What a fragment must be to be kept, in Linux's order; life of the table. */
#include "ip/frag.h"

#include "core/link.h"
#include "core/sock.h"

#define HIGH_THRESH (4 * 1024 * 1024)
#define LOW_THRESH (3 * 1024 * 1024)
#define MAX_DIST 64
#define BUCKETS 64

/* -- life -- */

void sea_frag_table_init(struct sea_frag_table *t, struct sea_stack *stack,
			 const struct sea_frag_family *family, int32_t time_s)
{
	t->stack = stack;
	t->family = family;
	t->conf = (struct sea_frag_conf){ HIGH_THRESH, LOW_THRESH, time_s, MAX_DIST };
	t->key = sea_secret_key(&stack->shard.secret);
	sea_htable_init(&t->queues, &stack->shard.pool, BUCKETS);
	sea_htable_init(&t->peers, &stack->shard.pool, BUCKETS);
}

void sea_frag_table_fini(struct sea_frag_table *t)
{
	uint64_t cursor = 0;
	struct sea_hnode *node;

	while ((node = sea_htable_walk(&t->queues, &cursor))) {
		struct sea_frag_queue *q = sea_container(node, struct sea_frag_queue, hnode);

		sea_frag_queue_clear(q, SEA_DROP_STACK_FREED);
		sea_frag_queue_free(q);
	}
	sea_htable_fini(&t->queues);
	sea_htable_fini(&t->peers);
}

/* -- what is refused -- */

static struct sea_pkt *refuse(struct sea_frag_table *t, struct sea_pkt *pkt, enum sea_drop why)
{
	sea_stack_count(t->stack, t->family->fails);
	sea_pkt_drop(t->stack, pkt, why);
	return NULL;
}

/* The queue ends with all that is in it, and the packet that showed it to be wrong. */
static struct sea_pkt *end_queue(struct sea_frag_queue *q, struct sea_pkt *pkt, enum sea_drop why)
{
	struct sea_frag_table *t = q->table;

	sea_frag_queue_clear(q, why);
	sea_frag_queue_free(q);
	return refuse(t, pkt, why);
}

/* The queue stays, unless there is nothing in it. */
static struct sea_pkt *refuse_one(struct sea_frag_queue *q, struct sea_pkt *pkt, enum sea_drop why)
{
	struct sea_frag_table *t = q->table;

	if (!q->n)
		sea_frag_queue_free(q);
	return refuse(t, pkt, why);
}

static bool memory_full(const struct sea_frag_table *t)
{
	return t->conf.high_thresh <= 0 || t->charged > (uint64_t)t->conf.high_thresh;
}

static bool share_full(const struct sea_frag_queue *q)
{
	return q->peer->charged > (uint64_t)q->table->conf.high_thresh / 2;
}

static void start_clock(struct sea_frag_queue *q)
{
	struct sea_stack *stack = q->table->stack;

	sea_stack_arm(stack, &q->timer,
		      sea_time_add(stack->shard.now, q->table->conf.time * SEA_SEC));
}

/*
 * Between two fragments of one datagram its sender sent so many others that the id has likely come
 * round: what is there is of an older one, and ends (RFC 4963).
 */
static void check_distance(struct sea_frag_queue *q)
{
	int32_t max = q->table->conf.max_dist;
	uint32_t before = q->serial;

	q->serial = ++q->peer->serial;
	if (q->table->family->family != SEA_AF_INET || max <= 0 || !q->n ||
	    q->serial - before <= (uint32_t)max)
		return;
	sea_stack_count(q->table->stack, q->table->family->fails);
	sea_frag_queue_clear(q, SEA_DROP_IP_FRAG_TOO_FAR);
	start_clock(q);
}

/* The last fragment says where the payload ends: no other may say else or lie behind it. */
static bool contradicts(const struct sea_frag_queue *q, uint32_t end, bool more)
{
	if (more)
		return q->last_in && end > q->end;
	return end < q->end || (q->last_in && end != q->end);
}

/* -- input -- */

static struct sea_frag_queue *open_queue(struct sea_frag_table *t, const struct sea_frag_key *key)
{
	struct sea_frag_queue *q = sea_frag_queue_find(t, key);

	if (q)
		return q;
	q = sea_frag_queue_new(t, key);
	if (q)
		start_clock(q);
	return q;
}

static void note(struct sea_frag_queue *q, const struct sea_frag_piece *piece, uint32_t end)
{
	if (end > q->end)
		q->end = end;
	if (!piece->more)
		q->last_in = true;
	if (!piece->off) {
		q->first_in = true;
		q->before = piece->before;
	}
	if (piece->size > q->max)
		q->max = piece->size;
	if (piece->df && piece->size > q->max_df)
		q->max_df = piece->size;
	q->ecn_seen |= (uint8_t)(1u << piece->ecn);
}

/* Settled, charged, put at its place: NULL, or the packet when the datagram is whole now. */
static struct sea_pkt *keep(struct sea_frag_queue *q, struct sea_pkt *pkt,
			    const struct sea_frag_piece *piece, struct sea_frag_whole *whole)
{
	struct sea_frag_table *t = q->table;
	struct sea_link *link = pkt->link;
	uint32_t end = piece->off + pkt->len;
	enum sea_frag_place place;

	pkt->charged = sea_truesize_rx(pkt);
	SEA_FRAG_CB(pkt)->off = piece->off;
	place = sea_frag_queue_add(q, pkt);
	if (place == SEA_FRAG_DUPLICATE) {
		sea_pkt_drop(t->stack, pkt, SEA_DROP_IP_FRAG_DUPLICATE);
		return NULL;
	}
	if (place == SEA_FRAG_OVERLAP) {
		if (t->family->overlaps != SEA_MIB_N)
			sea_stack_count(t->stack, t->family->overlaps);
		return end_queue(q, pkt, SEA_DROP_IP_FRAG_OVERLAP);
	}
	q->ifindex = link->ifindex;
	note(q, piece, end);
	if (q->first_in && q->last_in && q->have == q->end)
		return sea_frag_whole(q, link, whole);
	return NULL;
}

struct sea_pkt *sea_frag_input(struct sea_frag_table *t, const struct sea_frag_key *key,
			       const struct sea_frag_piece *piece, struct sea_pkt *pkt,
			       struct sea_frag_whole *whole)
{
	uint32_t end = piece->off + pkt->len;
	struct sea_frag_queue *q;

	sea_stack_count(t->stack, t->family->reqds);
	if (memory_full(t))
		return refuse(t, pkt, SEA_DROP_IP_FRAG_MEMORY);
	q = open_queue(t, key);
	if (!q)
		return refuse(t, pkt, SEA_DROP_IP_NO_MEMORY);
	if (share_full(q))
		return refuse_one(q, pkt, SEA_DROP_IP_FRAG_PEER);
	check_distance(q);
	if (!pkt->len || end + piece->before > UINT16_MAX)
		return end_queue(q, pkt, SEA_DROP_IP_FRAG_LENGTH);
	if (contradicts(q, end, piece->more))
		return end_queue(q, pkt, SEA_DROP_IP_FRAG_END);
	if (!sea_pkt_settle(pkt, piece->off == 0))
		return refuse_one(q, pkt, SEA_DROP_IP_NO_MEMORY);
	return keep(q, pkt, piece, whole);
}

void sea_frag_refuse(struct sea_frag_table *t, const struct sea_frag_key *key, struct sea_pkt *pkt,
		     enum sea_drop why)
{
	struct sea_frag_queue *q = sea_frag_queue_find(t, key);

	sea_stack_count(t->stack, t->family->reqds);
	if (q)
		end_queue(q, pkt, why);
	else
		refuse(t, pkt, why);
}
