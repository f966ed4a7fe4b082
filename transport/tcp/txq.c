/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides nothing: keeps entries, orders and counts in step. All that changes an entry's bits or
 * size goes through uncount() and count(), so the counts cannot drift.
 */
#include <errno.h>

#include "core/assert.h"
#include "transport/tcp/txq.h"

#define SEG_OF(node) sea_container(node, struct tcp_txseg, by_seq)
#define SEG_AT(time) sea_container(time, struct tcp_txseg, by_time)

/* Entries beyond what whole segments need, before splitting is refused; and the smallest MSS that
 * counts there, so that a peer with a tiny one cannot make us keep more (CVE-2019-11479). */
#define SPLIT_SLACK 64u
#define SPLIT_MSS_MIN 536u

void sea_tcp_txq_init(struct tcp_txq *q, struct sea_pool *pool)
{
	*q = (struct tcp_txq){ .pool = pool };
	sea_rbtree_init(&q->by_seq);
	sea_list_init(&q->by_time);
}

void sea_tcp_txq_fini(struct tcp_txq *q)
{
	struct tcp_txseg *seg;

	while ((seg = sea_tcp_txq_first(q)))
		sea_tcp_txq_remove(q, seg);
	q->dup_acked = 0;
}

static struct tcp_txseg *seg_or_null(struct sea_rbnode *node)
{
	return node ? SEG_OF(node) : NULL;
}

struct tcp_txseg *sea_tcp_txq_first(const struct tcp_txq *q)
{
	return seg_or_null(sea_rb_first(&q->by_seq));
}

struct tcp_txseg *sea_tcp_txq_last(const struct tcp_txq *q)
{
	return seg_or_null(sea_rb_last(&q->by_seq));
}

struct tcp_txseg *sea_tcp_txq_next(const struct tcp_txseg *seg)
{
	return seg_or_null(sea_rb_next(&seg->by_seq));
}

struct tcp_txseg *sea_tcp_txq_find(const struct tcp_txq *q, sea_seq seq)
{
	struct sea_rbnode *node = q->by_seq.root;
	struct tcp_txseg *best = NULL;

	while (node) {
		struct tcp_txseg *seg = SEG_OF(node);

		if (sea_seq_lt(seq, seg->end)) {
			best = seg;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return best;
}

/* -- counts -- */

static uint16_t segs_of(const struct tcp_txseg *seg)
{
	uint32_t len = (uint32_t)sea_seq_diff(seg->end, seg->seq);
	uint32_t segs;

	len -= (seg->bits & TCP_TX_SYN) ? 1u : 0u;
	len -= (seg->bits & TCP_TX_FIN) ? 1u : 0u;
	segs = len <= seg->mss ? 1 : (len + seg->mss - 1) / seg->mss;
	return (uint16_t)segs;
}

static void count(struct tcp_txq *q, const struct tcp_txseg *seg)
{
	q->packets_out += seg->segs;
	if (seg->bits & TCP_TX_SACKED)
		q->sacked_out += seg->segs;
	if (seg->bits & TCP_TX_LOST)
		q->lost_out += seg->segs;
	if (seg->bits & TCP_TX_RETRANS)
		q->retrans_out += seg->segs;
}

static void uncount(struct tcp_txq *q, const struct tcp_txseg *seg)
{
	q->packets_out -= seg->segs;
	if (seg->bits & TCP_TX_SACKED)
		q->sacked_out -= seg->segs;
	if (seg->bits & TCP_TX_LOST)
		q->lost_out -= seg->segs;
	if (seg->bits & TCP_TX_RETRANS)
		q->retrans_out -= seg->segs;
}

/* -- the order of sending -- */

static bool judged(const struct tcp_txseg *seg)
{
	return (seg->bits & TCP_TX_SACKED) || seg->taken_back || sea_tcp_tx_waits(seg->bits);
}

static bool sent_before(const struct tcp_txseg *a, const struct tcp_txseg *b)
{
	if (a->last_sent.ns != b->last_sent.ns)
		return a->last_sent.ns < b->last_sent.ns;
	if (a->burst_no != b->burst_no)
		return a->burst_no < b->burst_no;
	return sea_seq_lt(a->seq, b->seq);
}

/*
 * Puts an entry back where its last sending belongs, searching from `from` on (an entry in the list
 * or its head), from the beginning when that was sent later. Returns its own place.
 */
static struct sea_list *time_insert(struct tcp_txq *q, struct tcp_txseg *seg, struct sea_list *from)
{
	struct sea_list *at = from;

	if (at != &q->by_time && sent_before(seg, SEG_AT(at)))
		at = &q->by_time;
	while (at->next != &q->by_time && !sent_before(seg, SEG_AT(at->next)))
		at = at->next;
	sea_list_insert(&seg->by_time, at, at->next);
	return &seg->by_time;
}

static void time_update(struct tcp_txq *q, struct tcp_txseg *seg)
{
	bool linked = sea_list_linked(&seg->by_time);

	if (linked && judged(seg))
		sea_list_remove(&seg->by_time);
	else if (!linked && !judged(seg))
		time_insert(q, seg, &q->by_time);
}

/* -- what waits to be sent again -- */

static void hint_update(struct tcp_txq *q, struct tcp_txseg *seg)
{
	if (sea_tcp_tx_waits(seg->bits) &&
	    (!q->resend_hint || sea_seq_lt(seg->seq, q->resend_hint->seq)))
		q->resend_hint = seg;
}

struct tcp_txseg *sea_tcp_txq_next_lost(struct tcp_txq *q)
{
	while (q->resend_hint && !sea_tcp_tx_waits(q->resend_hint->bits))
		q->resend_hint = sea_tcp_txq_next(q->resend_hint);
	return q->resend_hint;
}

/* -- changes -- */

static void link_after(struct tcp_txq *q, struct tcp_txseg *seg, struct tcp_txseg *prev)
{
	struct sea_rbnode **link, *parent;

	if (!prev) {
		parent = NULL;
		link = &q->by_seq.root;
	} else if (!prev->by_seq.right) {
		parent = &prev->by_seq;
		link = &parent->right;
	} else {
		parent = sea_rb_next(&prev->by_seq);
		link = &parent->left;
	}
	sea_rb_link(&q->by_seq, &seg->by_seq, parent, link);
	q->n++;
}

/*
 * A batch of ACKs is handled at one instant, and what several of them let go is sent at it: which was first is to be
 * known all the same, for RACK.
 */
static void stamp(struct tcp_txq *q, struct tcp_txseg *seg, sea_time now)
{
	if (q->burst.ns != now.ns)
		q->burst_n = 0;
	q->burst = now;
	seg->last_sent = now;
	seg->burst_no = q->burst_n;
	if (q->burst_n < UINT16_MAX)
		q->burst_n++;
}

struct tcp_txseg *sea_tcp_txq_push(struct tcp_txq *q, sea_seq seq, sea_seq end, uint16_t mss,
				   uint8_t bits, uint8_t flags, sea_time now)
{
	struct tcp_txseg *last = sea_tcp_txq_last(q);
	struct tcp_txseg *seg = sea_pool_alloc(q->pool, sizeof(*seg));

	if (!seg)
		return NULL;
	SEA_ASSERT(q->pool->env, mss > 0 && sea_seq_lt(seq, end));
	SEA_ASSERT(q->pool->env, !last || sea_seq_eq(last->end, seq));
	*seg = (struct tcp_txseg){
		.seq = seq,
		.end = end,
		.mss = mss,
		.bits = bits,
		.flags = flags,
		.first_sent = now,
	};
	stamp(q, seg, now);
	seg->segs = segs_of(seg);
	link_after(q, seg, last);
	sea_list_push_back(&q->by_time, &seg->by_time);
	count(q, seg);
	return seg;
}

/* How many entries the bytes in the queue justify. */
static uint32_t entries_max(const struct tcp_txq *q, uint16_t mss)
{
	uint32_t bytes =
		(uint32_t)sea_seq_diff(sea_tcp_txq_last(q)->end, sea_tcp_txq_first(q)->seq);

	return SPLIT_SLACK + bytes / (mss > SPLIT_MSS_MIN ? mss : SPLIT_MSS_MIN) * 2;
}

int sea_tcp_txq_split(struct tcp_txq *q, struct tcp_txseg *seg, sea_seq at)
{
	struct tcp_txseg *tail;

	SEA_ASSERT(q->pool->env, sea_seq_lt(seg->seq, at) && sea_seq_lt(at, seg->end));
	if (q->n >= entries_max(q, seg->mss))
		return -ENOSPC;
	tail = sea_pool_alloc(q->pool, sizeof(*tail));
	if (!tail)
		return -ENOMEM;
	uncount(q, seg);
	*tail = *seg;
	tail->seq = at;
	tail->bits &= (uint8_t)~TCP_TX_SYN;
	tail->flags &= (uint8_t)~SEA_TCP_SYN;
	seg->end = at;
	seg->bits &= (uint8_t)~TCP_TX_FIN;
	seg->flags &= (uint8_t) ~(SEA_TCP_FIN | SEA_TCP_PSH);
	seg->eor = false;
	seg->segs = segs_of(seg);
	tail->segs = segs_of(tail);
	link_after(q, tail, seg);
	sea_list_init(&tail->by_time);
	if (sea_list_linked(&seg->by_time))
		sea_list_push_front(&seg->by_time, &tail->by_time);
	count(q, seg);
	count(q, tail);
	return 0;
}

void sea_tcp_txq_recut(struct tcp_txq *q, struct tcp_txseg *seg, uint16_t mss)
{
	if (seg->mss == mss)
		return;
	uncount(q, seg);
	seg->mss = mss;
	seg->segs = segs_of(seg);
	count(q, seg);
}

void sea_tcp_txq_remove(struct tcp_txq *q, struct tcp_txseg *seg)
{
	if (q->resend_hint == seg)
		q->resend_hint = sea_tcp_txq_next(seg);
	uncount(q, seg);
	sea_list_remove(&seg->by_time);
	sea_rb_remove(&q->by_seq, &seg->by_seq);
	q->n--;
	sea_pool_free(q->pool, seg, sizeof(*seg));
}

void sea_tcp_txq_join(struct tcp_txq *q, struct tcp_txseg *seg)
{
	struct tcp_txseg *next = sea_tcp_txq_next(seg);
	const struct tcp_txseg was = *next;

	SEA_ASSERT(q->pool->env, seg->segs == 1 && was.segs == 1);
	sea_tcp_txq_remove(q, next);
	uncount(q, seg);
	seg->end = was.end;
	seg->bits |= was.bits & (TCP_TX_EVER_RETRANS | TCP_TX_FIN);
	seg->flags |= was.flags;
	seg->eor = was.eor;
	seg->segs = segs_of(seg);
	count(q, seg);
}

void sea_tcp_txq_trim(struct tcp_txq *q, struct tcp_txseg *seg, sea_seq una)
{
	SEA_ASSERT(q->pool->env, sea_seq_lt(seg->seq, una) && sea_seq_lt(una, seg->end));
	uncount(q, seg);
	seg->seq = una;
	seg->bits &= (uint8_t)~TCP_TX_SYN;
	seg->flags &= (uint8_t)~SEA_TCP_SYN;
	seg->segs = segs_of(seg);
	count(q, seg);
}

static void note_lost(struct tcp_lost *lost, const struct tcp_txseg *seg)
{
	uint32_t since;

	lost->total += seg->segs;
	lost->segs += seg->segs;
	lost->ranges += !sea_seq_eq(lost->end, seg->seq) || !lost->ranges;
	lost->end = seg->end;
	since = lost->total - seg->path.lost;
	if (lost->first.segs || (uint64_t)since * TCP_LOST_TOO_MANY <= seg->path.in_flight)
		return;
	lost->first.segs = seg->segs;
	lost->first.in_flight = seg->path.in_flight;
	lost->first.lost = since;
	lost->first.app_limited = seg->bits & TCP_TX_APP_LIMITED;
}

void sea_tcp_txq_mark(struct tcp_txq *q, struct tcp_txseg *seg, uint8_t set, uint8_t clear)
{
	bool waited = sea_tcp_tx_waits(seg->bits);

	uncount(q, seg);
	seg->bits = (uint8_t)((seg->bits & ~clear) | set);
	count(q, seg);
	if (!waited && sea_tcp_tx_waits(seg->bits))
		note_lost(&q->lost, seg);
	time_update(q, seg);
	hint_update(q, seg);
}

void sea_tcp_txq_forget_sacks(struct tcp_txq *q)
{
	struct tcp_txseg *seg;

	for (seg = sea_tcp_txq_first(q); seg && q->sacked_out; seg = sea_tcp_txq_next(seg)) {
		if (!(seg->bits & TCP_TX_SACKED))
			continue;
		seg->taken_back = true;
		sea_tcp_txq_mark(q, seg, 0, TCP_TX_SACKED);
	}
}

void sea_tcp_txq_unmark_lost(struct tcp_txq *q)
{
	struct sea_list *place = &q->by_time;
	struct tcp_txseg *seg;

	for (seg = sea_tcp_txq_first(q); seg && q->lost_out; seg = sea_tcp_txq_next(seg)) {
		if (!(seg->bits & TCP_TX_LOST))
			continue;
		uncount(q, seg);
		seg->bits &= (uint8_t)~TCP_TX_LOST;
		count(q, seg);
		if (!sea_list_linked(&seg->by_time) && !judged(seg))
			place = time_insert(q, seg, place);
	}
	q->resend_hint = NULL;
}

void sea_tcp_txq_resent(struct tcp_txq *q, struct tcp_txseg *seg, uint8_t bits, sea_time now)
{
	uncount(q, seg);
	seg->bits |= bits | TCP_TX_EVER_RETRANS;
	seg->taken_back = false;
	count(q, seg);
	stamp(q, seg, now);
	sea_list_remove(&seg->by_time);
	if (!judged(seg))
		sea_list_push_back(&q->by_time, &seg->by_time);
}

void sea_tcp_txq_renew(struct tcp_txq *q, struct tcp_txseg *seg, sea_time now)
{
	seg->first_sent = now;
	stamp(q, seg, now);
	if (!sea_list_linked(&seg->by_time))
		return;
	sea_list_remove(&seg->by_time);
	sea_list_push_back(&q->by_time, &seg->by_time);
}

/* -- checks -- */

static bool entry_is_right(const struct tcp_txq *q, const struct tcp_txseg *seg,
			   const struct tcp_txseg *prev)
{
	if (prev && !sea_seq_eq(prev->end, seg->seq))
		return false;
	if (!sea_seq_lt(seg->seq, seg->end) || seg->segs != segs_of(seg))
		return false;
	if ((seg->bits & TCP_TX_SACKED) && (seg->bits & TCP_TX_LOST))
		return false;
	if (sea_tcp_tx_waits(seg->bits) &&
	    (!q->resend_hint || sea_seq_lt(seg->seq, q->resend_hint->seq)))
		return false;
	return sea_list_linked(&seg->by_time) == !judged(seg);
}

static bool times_are_right(const struct tcp_txq *q)
{
	const struct sea_list *node;

	for (node = q->by_time.next; node != &q->by_time; node = node->next)
		if (node->next != &q->by_time &&
		    sea_time_before(SEG_AT(node->next)->last_sent, SEG_AT(node)->last_sent))
			return false;
	return true;
}

bool sea_tcp_txq_check(const struct tcp_txq *q)
{
	struct tcp_txq sum = { .n = 0 };
	const struct tcp_txseg *seg, *prev = NULL;

	for (seg = sea_tcp_txq_first(q); seg; prev = seg, seg = sea_tcp_txq_next(seg)) {
		if (!entry_is_right(q, seg, prev))
			return false;
		count(&sum, seg);
		sum.n++;
	}
	return sum.packets_out == q->packets_out && sum.sacked_out == q->sacked_out &&
	       sum.lost_out == q->lost_out && sum.retrans_out == q->retrans_out && sum.n == q->n &&
	       q->dup_acked + q->sacked_out + q->lost_out <= q->packets_out &&
	       sea_rb_check(&q->by_seq) && times_are_right(q);
}
