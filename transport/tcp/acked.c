/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes what was acknowledged out of the retransmit queue, and measures round trips: of segments that
 * were never resent (Karn, RFC 6298 §3), else by the timestamp that was echoed (RFC 7323 §4).
 */
#include "transport/tcp/rack.h"
#include "transport/tcp/recover.h"

/* An acknowledged entry, or the first segments of it, as it was before. */
struct piece {
	const struct tcp_txseg *seg;
	sea_seq start, end;
	uint32_t segs;
};

static void note_original(struct tcp_conn *c, const struct piece *p, struct tcp_ack_sample *a)
{
	uint8_t bits = p->seg->bits;

	a->acked_last = p->seg->last_sent;
	if (sea_time_is_never(a->acked_first))
		a->acked_first = a->acked_last;
	/* Linux forgets a segment only as a whole: what begins before SND.UNA looks as if it came late. */
	a->reord_low =
		sea_seq_min(a->reord_low, sea_seq_add(p->start, bits & TCP_TX_CUT ? -1u : 0u));
	if (sea_seq_le(p->end, c->fl->rec.high_seq))
		a->orig_delivered = true;
}

static void account(struct tcp_conn *c, const struct piece *p, struct tcp_ack_sample *a)
{
	uint8_t bits = p->seg->bits;

	if (bits & (TCP_TX_RETRANS | TCP_TX_EVER_RETRANS))
		a->retrans_acked = true;
	else if (!(bits & TCP_TX_SACKED))
		note_original(c, p, a);
	if (!(bits & TCP_TX_SACKED)) {
		if (tcp_has_sack(c)) {
			c->delivered += p->segs;
			sea_tcp_rack_delivered(&c->fl->rec, &c->rtt, p->seg, p->end, tcp_now(c));
		}
		sea_tcp_rate_delivered(c, p->seg, a);
	}
	a->acked_segs += p->segs;
	if (bits & TCP_TX_SYN)
		a->syn_acked = true;
	else
		a->data_acked = true;
}

/* The first part of an entry: whole segments count, what is left of one does not. */
static void take_part(struct tcp_conn *c, struct tcp_txseg *seg, struct tcp_ack_sample *a)
{
	struct piece p = { .seg = seg, .start = seg->seq, .end = c->snd_una };
	uint32_t before = seg->segs;

	if (before == 1)
		seg->bits |= TCP_TX_CUT;
	sea_tcp_txq_trim(&c->fl->txq, seg, c->snd_una);
	p.segs = before - seg->segs;
	if (p.segs)
		account(c, &p, a);
}

/* Returns whether it was whole entries. */
static bool clean(struct tcp_conn *c, struct tcp_ack_sample *a)
{
	struct tcp_txseg *seg;
	bool whole;

	while ((seg = sea_tcp_txq_first(&c->fl->txq)) && sea_seq_le(seg->end, c->snd_una)) {
		struct piece p = { seg, seg->seq, seg->end, seg->segs };

		account(c, &p, a);
		sea_tcp_txq_remove(&c->fl->txq, seg);
	}
	if (!seg)
		return true;
	whole = !sea_seq_lt(seg->seq, c->snd_una);
	if (!whole)
		take_part(c, seg, a);
	/* What the peer said it has it would have acknowledged by now. */
	a->reneging = seg->bits & TCP_TX_SACKED;
	return whole;
}

/* -- round trips -- */

static int64_t since_us(const struct tcp_conn *c, sea_time t)
{
	return sea_time_is_never(t) ? -1 : sea_time_diff(tcp_now(c), t) / SEA_USEC;
}

/* Milliseconds, at least one. */
static int64_t ts_rtt_us(const struct tcp_conn *c, const struct tcp_ack_sample *a)
{
	uint32_t ms = sea_tcp_ts_now(c) - a->ts_ecr;

	if (ms > INT32_MAX / 1000)
		return -1;
	return (ms ? ms : 1) * INT64_C(1000);
}

static void measure_min(struct tcp_conn *c, const struct tcp_ack_sample *a)
{
	uint32_t us = (uint32_t)a->ca_rtt_us;

	if (us <= tcp_min_rtt_us(&c->rtt) || !tcp_ack_may_be_delayed(c, a))
		sea_tcp_rtt_min(&c->rtt, us, tcp_min_rtt_window_ns(c), tcp_now(c));
}

/* Returns whether a SACK's round trip is what moved the estimate. */
static bool measure(struct tcp_conn *c, struct tcp_ack_sample *a)
{
	int64_t sack_us = since_us(c, a->sacked_first);

	if (!a->retrans_acked) {
		a->rtt_us = since_us(c, a->acked_first);
		a->ca_rtt_us = since_us(c, a->acked_last);
	}
	if (sack_us >= 0)
		a->ca_rtt_us = since_us(c, a->sacked_last);
	if (a->rtt_us < 0)
		a->rtt_us = sack_us;
	if (a->rtt_us < 0 && a->ts_echo && (a->data_acked || a->syn_acked))
		a->rtt_us = a->ca_rtt_us = ts_rtt_us(c, a);
	if (a->rtt_us < 0)
		return false;
	measure_min(c, a);
	sea_tcp_rtt_sample(&c->rtt, (uint32_t)a->rtt_us, c->snd_una, c->snd_nxt);
	c->backoff = c->rto_shift = 0;
	return sack_us >= 0;
}

/*
 * Restart the timer when data was acknowledged (RFC 6298 §5.3); also when a SACK shows that the path
 * works and the oldest segment was sent later than what was SACKed.
 */
static bool wants_timer(const struct tcp_conn *c, const struct tcp_ack_sample *a, bool by_sack)
{
	const struct tcp_txseg *head = sea_tcp_txq_first(&c->fl->txq);

	if (a->data_acked || a->syn_acked)
		return true;
	return head && by_sack && since_us(c, a->sacked_first) > since_us(c, head->last_sent);
}

void sea_tcp_acked_clean(struct tcp_conn *c, struct tcp_ack_sample *a)
{
	bool by_sack;

	a->reord_low = c->snd_nxt;
	a->whole = clean(c, a);
	sea_tcp_mtup_acked(c);
	by_sack = measure(c, a);
	a->set_timer = wants_timer(c, a, by_sack);
	if (!a->data_acked && !a->syn_acked)
		return;
	if (!tcp_has_sack(c)) {
		sea_tcp_dup_remove(c, a->acked_segs);
		/* A duplicate of something resent may be what was acknowledged. */
		if (a->retrans_acked)
			a->orig_delivered = false;
	} else if (sea_seq_lt(a->reord_low, a->prior_fack)) {
		sea_tcp_reorder_seen(c, a->reord_low, false);
	}
}
