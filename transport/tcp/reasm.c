/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The out-of-order queue. What came first wins an overlap: a packet is trimmed against its
 * neighbours, or taken over by it when it covers them wholly.
 */
#include "transport/tcp/reasm.h"

#include <string.h>

#include "core/list.h"
#include "core/stack.h"

static struct sea_pkt *pkt_of(struct sea_rbnode *node)
{
	/* The node stands at the start of pkt->cb. */
	return sea_container(node, struct sea_pkt, cb);
}

static struct tcp_rxcb *cb_of(struct sea_rbnode *node)
{
	return sea_container(node, struct tcp_rxcb, node);
}

void sea_tcp_reasm_init(struct tcp_reasm *r)
{
	memset(r, 0, sizeof(*r));
	sea_rbtree_init(&r->by_seq);
}

/* The last packet that begins at or before `seq`. */
static struct sea_rbnode *floor_of(const struct tcp_reasm *r, sea_seq seq)
{
	struct sea_rbnode *node = r->by_seq.root, *best = NULL;

	while (node) {
		if (sea_seq_le(cb_of(node)->seq, seq)) {
			best = node;
			node = node->right;
		} else {
			node = node->left;
		}
	}
	return best;
}

static void link_node(struct tcp_reasm *r, struct sea_pkt *pkt)
{
	struct tcp_rxcb *cb = TCP_RXCB(pkt);
	struct sea_rbnode *parent = NULL, **at = &r->by_seq.root;

	while (*at) {
		parent = *at;
		at = sea_seq_lt(cb->seq, cb_of(parent)->seq) ? &parent->left : &parent->right;
	}
	sea_rb_link(&r->by_seq, &cb->node, parent, at);
	r->n++;
	r->charged += pkt->charged;
}

static struct sea_pkt *unlink_node(struct tcp_reasm *r, struct sea_rbnode *node)
{
	struct sea_pkt *pkt = pkt_of(node);

	sea_rb_remove(&r->by_seq, node);
	r->n--;
	r->charged -= pkt->charged;
	return pkt;
}

/* -- SACK blocks to report -- */

/* The block [start, end) is the news: merged with those that touch it and put first. */
static void report(struct tcp_reasm *r, sea_seq start, sea_seq end)
{
	struct sea_sack_block news = { start, end };
	unsigned kept = 0;
	struct sea_sack_block old[SEA_TCP_SACK_MAX];

	for (unsigned i = 0; i < r->n_sack; i++) {
		struct sea_sack_block b = r->sack[i];

		if (sea_seq_le(b.start, news.end) && sea_seq_ge(b.end, news.start)) {
			news.start = sea_seq_min(news.start, b.start);
			news.end = sea_seq_max(news.end, b.end);
		} else {
			old[kept++] = b;
		}
	}
	r->sack[0] = news;
	if (kept > SEA_TCP_SACK_MAX - 1)
		kept = SEA_TCP_SACK_MAX - 1;
	memcpy(&r->sack[1], old, kept * sizeof(old[0]));
	r->n_sack = (uint8_t)(kept + 1);
}

void sea_tcp_reasm_advance(struct tcp_reasm *r, sea_seq rcv_nxt)
{
	unsigned kept = 0;

	if (!r->n) {
		r->n_sack = 0;
		return;
	}
	for (unsigned i = 0; i < r->n_sack; i++)
		if (sea_seq_gt(r->sack[i].start, rcv_nxt))
			r->sack[kept++] = r->sack[i];
	r->n_sack = (uint8_t)kept;
}

/* -- inserting -- */

static void grow_dup(struct sea_sack_block *dup, sea_seq start, sea_seq end)
{
	if (sea_seq_eq(dup->start, dup->end)) {
		dup->start = start;
		dup->end = end;
	} else if (sea_seq_le(start, dup->end) && sea_seq_ge(end, dup->start)) {
		dup->start = sea_seq_min(dup->start, start);
		dup->end = sea_seq_max(dup->end, end);
	}
}

/*
 * Bytes that predecessors have already are cut off; false: they have all of them. Cutting moves the
 * beginning on, possibly to where the next one begins: then that is the predecessor.
 */
static bool trim_against_before(struct tcp_reasm *r, struct sea_pkt *pkt,
				struct sea_sack_block *dup)
{
	struct tcp_rxcb *cb = TCP_RXCB(pkt);
	struct sea_rbnode *node;

	while ((node = floor_of(r, cb->seq))) {
		const struct tcp_rxcb *before = cb_of(node);
		sea_seq end = sea_seq_min(before->end, cb->end);

		/* A FIN in the midst of bytes that came before it contradicts them: they win. */
		if (sea_seq_gt(before->end, cb->end) ||
		    (sea_seq_eq(before->end, cb->end) && (before->fin || !cb->fin))) {
			grow_dup(dup, cb->seq, sea_seq_add(end, cb->fin));
			return false;
		}
		if (sea_seq_le(end, cb->seq))
			return true;
		grow_dup(dup, cb->seq, end);
		sea_pkt_trim_front(pkt, (uint32_t)sea_seq_diff(end, cb->seq));
		cb->seq = end;
	}
	return true;
}

static bool is_bare_fin(const struct tcp_rxcb *cb)
{
	return cb->fin && sea_seq_eq(cb->seq, cb->end);
}

/* Successors that it covers wholly go (it was there later, but is whole); the last one cuts its tail. */
static void trim_against_after(struct tcp_reasm *r, struct sea_pkt *pkt, struct sea_sack_block *dup)
{
	struct tcp_rxcb *cb = TCP_RXCB(pkt);
	struct sea_rbnode *node = floor_of(r, cb->seq), *next;

	for (node = node ? sea_rb_next(node) : sea_rb_first(&r->by_seq); node; node = next) {
		struct tcp_rxcb *after = cb_of(node);

		next = sea_rb_next(node);
		if (is_bare_fin(after) && cb->fin && sea_seq_eq(after->seq, cb->end)) {
			grow_dup(dup, after->seq, sea_seq_add(after->end, 1));
			sea_pkt_free(unlink_node(r, node));
			return;
		}
		if (sea_seq_ge(after->seq, cb->end))
			return;
		if (sea_seq_gt(after->end, cb->end) || after->fin) {
			grow_dup(dup, after->seq,
				 sea_seq_min(cb->end, sea_seq_add(after->end, after->fin)));
			sea_pkt_trim_to(pkt, (uint32_t)sea_seq_diff(after->seq, cb->seq));
			cb->end = after->seq;
			cb->fin = false;
			return;
		}
		grow_dup(dup, after->seq, after->end);
		sea_pkt_free(unlink_node(r, node));
	}
}

/* True: its predecessor has its bytes. Else it costs nothing where it fits into the predecessor's memory. */
static bool joined(struct tcp_reasm *r, struct sea_pkt *pkt)
{
	struct sea_rbnode *node = floor_of(r, TCP_RXCB(pkt)->seq);
	struct sea_pkt *prev = node ? pkt_of(node) : NULL;
	uint32_t before = prev ? prev->charged : 0;

	switch (sea_tcp_join(prev, pkt)) {
	case TCP_JOIN_COPIED:
		r->charged += prev->charged - before;
		sea_pkt_free(pkt);
		return true;
	case TCP_JOIN_BESIDE:
		sea_tcp_join_charge(prev, pkt);
		r->charged -= before;
		return false;
	case TCP_JOIN_NONE:
		break;
	}
	return false;
}

enum tcp_reasm_result sea_tcp_reasm_insert(struct tcp_reasm *r, struct sea_pkt *pkt,
					   struct sea_sack_block *dup)
{
	struct tcp_rxcb *cb = TCP_RXCB(pkt);
	sea_seq seq = cb->seq, end = sea_seq_add(cb->end, cb->fin); /* a FIN is reported, too */

	if (!trim_against_before(r, pkt, dup)) {
		report(r, seq, end);
		return TCP_REASM_DUPLICATE;
	}
	trim_against_after(r, pkt, dup);
	if (sea_seq_eq(cb->seq, cb->end) && !cb->fin) {
		report(r, seq, end);
		return TCP_REASM_DUPLICATE;
	}
	/* Now it is known how little of it stays. */
	if (!sea_pkt_settle(pkt, false))
		return TCP_REASM_NO_MEMORY;
	if (!sea_seq_eq(cb->seq, seq))
		cb->room = 0; /* Linux keeps all of it */
	if (!sea_seq_eq(cb->seq, seq) || !joined(r, pkt))
		link_node(r, pkt);
	report(r, seq, end);
	return TCP_REASM_QUEUED;
}

bool sea_tcp_reasm_put_back(struct tcp_reasm *r, struct sea_pkt *pkt)
{
	struct sea_rbnode *last = sea_rb_last(&r->by_seq);

	if (last && sea_seq_gt(cb_of(last)->end, TCP_RXCB(pkt)->seq))
		return false;
	link_node(r, pkt);
	return true;
}

/* -- taking -- */

bool sea_tcp_reasm_only_fin(const struct tcp_reasm *r)
{
	return r->n == 1 && cb_of(sea_rb_first(&r->by_seq))->fin;
}

bool sea_tcp_reasm_first(const struct tcp_reasm *r, struct sea_sack_block *block)
{
	struct sea_rbnode *node = sea_rb_first(&r->by_seq);
	const struct tcp_rxcb *cb;

	if (!node)
		return false;
	cb = cb_of(node);
	*block = (struct sea_sack_block){ cb->seq, sea_seq_add(cb->end, cb->fin) };
	return true;
}

struct sea_pkt *sea_tcp_reasm_take(struct tcp_reasm *r, sea_seq rcv_nxt)
{
	struct sea_rbnode *node = sea_rb_first(&r->by_seq);
	struct tcp_rxcb *cb;
	struct sea_pkt *pkt;

	if (!node || sea_seq_gt(cb_of(node)->seq, rcv_nxt))
		return NULL;
	pkt = unlink_node(r, node);
	cb = TCP_RXCB(pkt);
	if (sea_seq_lt(cb->seq, rcv_nxt)) {
		uint32_t old = (uint32_t)sea_seq_diff(rcv_nxt, cb->seq);

		if (old > pkt->len) {
			cb->fin = false; /* its FIN would stand before RCV.NXT */
			old = pkt->len;
		}
		sea_pkt_trim_front(pkt, old);
		cb->seq = rcv_nxt;
	}
	return pkt;
}

bool sea_tcp_reasm_take_run(struct tcp_reasm *r, sea_seq from, struct sea_pktq *run)
{
	struct sea_rbnode *before = floor_of(r, sea_seq_add(from, (uint32_t)-1));
	struct sea_rbnode *node = before ? sea_rb_next(before) : sea_rb_first(&r->by_seq), *next;
	sea_seq end = from;

	sea_pktq_init(run);
	for (; node && (!run->head || sea_seq_eq(cb_of(node)->seq, end)); node = next) {
		next = sea_rb_next(node);
		end = cb_of(node)->end;
		sea_pktq_push(run, unlink_node(r, node));
	}
	return run->head;
}

void sea_tcp_reasm_put_run(struct tcp_reasm *r, struct sea_pktq *run)
{
	struct sea_pkt *pkt;

	while ((pkt = sea_pktq_pop(run)))
		link_node(r, pkt);
}

unsigned sea_tcp_reasm_prune(struct tcp_reasm *r, struct sea_stack *stack, sea_seq seq,
			     uint32_t goal)
{
	struct sea_rbnode *node;
	unsigned dropped = 0;

	while (r->charged > goal && (node = sea_rb_last(&r->by_seq)) &&
	       sea_seq_le(seq, cb_of(node)->seq)) {
		sea_pkt_drop(stack, unlink_node(r, node), SEA_DROP_TCP_OOO_PRUNED);
		dropped++;
	}
	/* What was reported is not all there any more (RFC 2018 §8 allows it): say nothing of it. */
	if (dropped)
		r->n_sack = 0;
	return dropped;
}

void sea_tcp_reasm_clear(struct tcp_reasm *r, struct sea_stack *stack, enum sea_drop reason)
{
	struct sea_rbnode *node;

	while ((node = sea_rb_first(&r->by_seq)))
		sea_pkt_drop(stack, unlink_node(r, node), reason);
	r->n_sack = 0;
}

bool sea_tcp_reasm_check(const struct tcp_reasm *r)
{
	struct sea_rbnode *node = sea_rb_first(&r->by_seq), *next;
	uint32_t n = 0, charged = 0;

	if (!sea_rb_check(&r->by_seq))
		return false;
	for (; node; node = next) {
		const struct tcp_rxcb *cb = cb_of(node);
		const struct sea_pkt *pkt = pkt_of(node);

		next = sea_rb_next(node);
		n++;
		charged += pkt->charged;
		if (pkt->len != (uint32_t)sea_seq_diff(cb->end, cb->seq))
			return false;
		if (next && sea_seq_gt(cb->end, cb_of(next)->seq))
			return false;
	}
	return n == r->n && charged == r->charged;
}
