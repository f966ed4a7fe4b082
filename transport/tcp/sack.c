/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides what the peer's SACK blocks (RFC 2018, 2883) mean for the scoreboard. A block may only lie in
 * what is out, or be a DSACK below it; all else is counted and ignored. A block that covers part of a
 * super-segment cuts it at a segment's boundary. What was covered by the last ACK's blocks is not
 * walked again, and a walk has a budget: an ACK costs what it brings anew, whatever the peer does.
 */
#include "transport/tcp/rack.h"
#include "transport/tcp/recover.h"

#define WALK_MAX 2048 /* entries looked at for one ACK; later ACKs go on */

struct walk {
	struct tcp_conn *c;
	struct tcp_ack_sample *a;
	unsigned budget;
};

/* -- DSACK -- */

static bool is_dsack(struct tcp_conn *c, const struct sea_tcp_seg *seg)
{
	const struct sea_sack_block *b = seg->opts.sack;

	if (sea_seq_lt(b[0].start, seg->ack)) {
		tcp_count(c, SEA_MIB_TcpExtTCPDSACKRecv);
		return true;
	}
	if (seg->opts.n_sack > 1 && sea_seq_le(b[0].end, b[1].end) &&
	    sea_seq_ge(b[0].start, b[1].start)) {
		tcp_count(c, SEA_MIB_TcpExtTCPDSACKOfoRecv);
		return true;
	}
	return false;
}

/* Segments that the peer received twice; 0 when more are claimed than were ever sent twice. */
static uint32_t duplicates(struct tcp_conn *c, const struct sea_sack_block *b,
			   struct tcp_ack_sample *a)
{
	int32_t len = sea_seq_diff(b->end, b->start);
	uint32_t mss = c->mss_cache, n = 1;

	if (len <= 0 || (uint32_t)len > c->max_window)
		return 0;
	if (mss && (uint32_t)len > mss)
		n = ((uint32_t)len + mss - 1) / mss;
	else if (c->fl->rec.tlp_out && sea_seq_eq(c->fl->rec.tlp_high_seq, b->end))
		a->dsack_tlp = true;
	c->dsack_dups += n;
	return c->dsack_dups <= c->total_retrans ? n : 0;
}

/* One retransmission less for which an undo still waits. */
static void not_needed(struct tcp_recovery *rec, sea_seq end, uint32_t segs)
{
	if (!rec->undo_valid || rec->undo_retrans <= 0 || !sea_seq_gt(end, rec->undo_marker))
		return;
	rec->undo_retrans -= (int32_t)segs;
	if (rec->undo_retrans < 0)
		rec->undo_retrans = 0;
}

static bool take_dsack(struct tcp_conn *c, const struct sea_tcp_seg *seg, struct tcp_ack_sample *a)
{
	const struct sea_sack_block *b = &seg->opts.sack[0];
	uint32_t n;

	if (!is_dsack(c, seg))
		return false;
	n = duplicates(c, b, a);
	if (!n) {
		tcp_count(c, SEA_MIB_TcpExtTCPDSACKIgnoredDubious);
		return false;
	}
	tcp_count_n(c, SEA_MIB_TcpExtTCPDSACKRecvSegs, n);
	if (c->fl->rec.reord_seen && !a->dsack_tlp)
		c->fl->rec.dsack_seen = true;
	a->dsack = true;
	a->dsack_segs = n;
	c->delivered += n; /* for nothing, but it arrived */
	/* Of data that the queue has forgotten; other data is counted as it is walked over. */
	if (sea_seq_le(b->end, a->prior_una))
		not_needed(&c->fl->rec, b->end, n);
	return true;
}

/* -- which blocks count -- */

/* Below SND.UNA only a DSACK means anything, and only in the present episode. */
static bool dsack_is_valid(const struct tcp_conn *c, const struct sea_sack_block *b)
{
	if (!c->fl->rec.undo_valid || sea_seq_gt(b->end, c->snd_una))
		return false;
	if (sea_seq_ge(b->start, c->fl->rec.undo_marker))
		return true;
	if (sea_seq_le(b->end, c->fl->rec.undo_marker))
		return false;
	return (uint32_t)sea_seq_diff(b->end, b->start) <= c->max_window;
}

static bool is_valid(const struct tcp_conn *c, const struct sea_sack_block *b, bool dsack)
{
	if (sea_seq_gt(b->end, c->snd_nxt) || sea_seq_ge(b->start, b->end))
		return false;
	if (sea_seq_gt(b->start, c->snd_una))
		return true;
	return dsack && dsack_is_valid(c, b);
}

static void count_invalid(struct tcp_conn *c, const struct sea_tcp_seg *seg,
			  const struct sea_sack_block *b, bool dsack)
{
	if (dsack)
		tcp_count(c, c->fl->rec.undo_valid ? SEA_MIB_TcpExtTCPDSACKIgnoredOld
						   : SEA_MIB_TcpExtTCPDSACKIgnoredNoUndo);
	else if (sea_seq_eq(seg->ack, c->snd_una) || sea_seq_gt(b->end, c->snd_una))
		tcp_count(c, SEA_MIB_TcpExtTCPSACKDiscard);
	/* else an old block came with an ACK that was overtaken: nobody's fault */
}

static void insert_sorted(struct sea_sack_block *to, unsigned n, struct sea_sack_block b)
{
	for (; n && sea_seq_gt(to[n - 1].start, b.start); n--)
		to[n] = to[n - 1];
	to[n] = b;
}

/* The blocks to be walked in order, the DSACK (if valid) apart; returns how many. */
static unsigned pick(struct tcp_conn *c, const struct sea_tcp_seg *seg, bool *dsack,
		     struct sea_sack_block *to)
{
	unsigned n = 0;

	for (unsigned i = 0; i < seg->opts.n_sack; i++) {
		const struct sea_sack_block *b = &seg->opts.sack[i];
		bool dup = *dsack && i == 0;

		if (!is_valid(c, b, dup)) {
			count_invalid(c, seg, b, dup);
			*dsack &= !dup;
		} else if (!dup) {
			insert_sorted(to, n++, *b);
		}
	}
	return n;
}

/* -- walking -- */

/* First sendings of what was never resent measure round trips and show reordering. */
static void note_original(struct walk *w, const struct tcp_txseg *seg)
{
	struct tcp_ack_sample *a = w->a;

	if (sea_seq_lt(seg->seq, w->c->fl->rec.fack))
		a->reord_low = sea_seq_min(a->reord_low, seg->seq);
	if (sea_seq_le(seg->end, w->c->fl->rec.high_seq))
		a->orig_delivered = true;
	if (sea_time_is_never(a->sacked_first))
		a->sacked_first = seg->last_sent;
	a->sacked_last = seg->last_sent;
}

static void newly_sacked(struct walk *w, struct tcp_txseg *seg)
{
	struct tcp_conn *c = w->c;
	uint8_t clear = TCP_TX_LOST;

	sea_tcp_rack_delivered(&c->fl->rec, &c->rtt, seg, seg->end, tcp_now(c));
	if (seg->bits & TCP_TX_RETRANS)
		clear |= seg->bits & TCP_TX_LOST ? TCP_TX_RETRANS : 0;
	else if (!(seg->bits & TCP_TX_EVER_RETRANS))
		note_original(w, seg);
	sea_tcp_rate_delivered(c, seg, w->a);
	sea_tcp_txq_mark(&c->fl->txq, seg, TCP_TX_SACKED, clear);
	w->a->sacked_segs += seg->segs;
	c->delivered += seg->segs;
	c->fl->rec.fack = sea_seq_max(c->fl->rec.fack, seg->end);
}

static void tag(struct walk *w, struct tcp_txseg *seg, bool dup)
{
	struct tcp_conn *c = w->c;

	if (dup && (seg->bits & TCP_TX_EVER_RETRANS)) {
		not_needed(&c->fl->rec, seg->end, seg->segs);
		if (seg->bits & TCP_TX_SACKED)
			w->a->reord_low = sea_seq_min(w->a->reord_low, seg->seq);
	}
	if (sea_seq_le(seg->end, c->snd_una))
		return; /* acknowledged as well: acked.c sees to it */
	if (!(seg->bits & TCP_TX_SACKED))
		newly_sacked(w, seg);
	if (dup && (seg->bits & TCP_TX_RETRANS))
		sea_tcp_txq_mark(&c->fl->txq, seg, 0, TCP_TX_RETRANS);
}

/*
 * Where to cut an entry that `b` covers in part, in bytes from its start: at multiples of its MSS, for
 * of a segment that is covered in part nothing counts as held. 0: no whole segment is covered.
 */
static uint32_t cut_at(const struct tcp_txseg *seg, const struct sea_sack_block *b)
{
	uint32_t len = (uint32_t)sea_seq_diff(seg->end, seg->seq), mss = seg->mss;
	int32_t head = sea_seq_diff(b->start, seg->seq), held = sea_seq_diff(b->end, seg->seq);
	uint32_t at;

	if (head <= 0)
		return (uint32_t)held / mss * mss;
	at = ((uint32_t)head + mss - 1) / mss * mss;
	return at < len && (uint32_t)held >= (at + mss < len ? at + mss : len) ? at : 0;
}

/* Is the entry covered, after cutting off what is not? */
static bool isolate(struct tcp_txq *q, struct tcp_txseg *seg, const struct sea_sack_block *b)
{
	bool from_start = sea_seq_le(b->start, seg->seq);
	uint32_t at;

	if (from_start && sea_seq_le(seg->end, b->end))
		return true;
	at = seg->segs > 1 ? cut_at(seg, b) : 0;
	if (!at || sea_tcp_txq_split(q, seg, sea_seq_add(seg->seq, at)))
		return false;
	return from_start; /* else the covered part is the next entry */
}

/* Entries of `b` that begin in or reach into [from, to); returns where the budget ended. */
static sea_seq walk(struct walk *w, const struct sea_sack_block *b, sea_seq from, sea_seq to,
		    bool dup)
{
	struct tcp_txq *q = &w->c->fl->txq;
	struct tcp_txseg *seg = sea_seq_lt(from, to) ? sea_tcp_txq_find(q, from) : NULL;

	for (; seg && sea_seq_lt(seg->seq, to); seg = sea_tcp_txq_next(seg)) {
		if (!w->budget)
			return sea_seq_max(seg->seq, from);
		w->budget--;
		if (isolate(q, seg, b))
			tag(w, seg, dup);
	}
	return to;
}

/* Walks over what the last ACK's blocks did not cover; returns how far it came. */
static sea_seq walk_new(struct walk *w, const struct sea_sack_block *b)
{
	const struct tcp_recovery *rec = &w->c->fl->rec;
	sea_seq at = b->start;

	for (unsigned i = 0; i < rec->n_sack_cache; i++) {
		const struct sea_sack_block *done = &rec->sack_cache[i];

		if (sea_seq_le(done->end, at))
			continue;
		if (sea_seq_ge(done->start, b->end))
			break;
		if (sea_seq_lt(at, done->start)) {
			at = walk(w, b, at, done->start, false);
			if (sea_seq_lt(at, done->start))
				return at;
		}
		at = sea_seq_max(at, done->end);
	}
	return sea_seq_lt(at, b->end) ? walk(w, b, at, b->end, false) : b->end;
}

static void walk_all(struct walk *w, struct sea_sack_block *blocks, unsigned n)
{
	struct tcp_recovery *rec = &w->c->fl->rec;

	for (unsigned i = 0; i < n; i++)
		blocks[i].end = walk_new(w, &blocks[i]);
	for (unsigned i = 0; i < n; i++)
		rec->sack_cache[i] = blocks[i];
	rec->n_sack_cache = (uint8_t)n;
}

void sea_tcp_sack_apply(struct tcp_conn *c, const struct sea_tcp_seg *seg, struct tcp_ack_sample *a)
{
	struct sea_sack_block blocks[SEA_TCP_SACK_MAX];
	struct walk w = { .c = c, .a = a, .budget = WALK_MAX };
	bool dsack;
	unsigned n;

	if (!seg->opts.n_sack || !tcp_has_sack(c))
		return;
	if (!c->fl->txq.sacked_out)
		c->fl->rec.n_sack_cache = 0;
	dsack = take_dsack(c, seg, a);
	if (!c->fl->txq.packets_out)
		return;
	n = pick(c, seg, &dsack, blocks);
	if (dsack)
		walk(&w, &seg->opts.sack[0], seg->opts.sack[0].start, seg->opts.sack[0].end, true);
	walk_all(&w, blocks, n);
	if (c->fl->rec.ca_state != TCP_CA_LOSS || c->fl->rec.undo_valid)
		sea_tcp_reorder_seen(c, a->reord_low, false);
}
