// SPDX-License-Identifier: Apache-2.0
/* What a segment makes of its flow, after the rules have judged it. */
#include <string.h>

#include "packetimpact/lint/lint.h"

#define KNOWN_NS 1000000000u

static void follow_syn(const struct sea_lint_look *look)
{
	struct sea_lint_offer *o = &look->me->offer;
	const struct sea_tcp_seg *tcp = look->tcp;

	o->syn = true;
	o->ack |= look->ack;
	o->iss = tcp->seq;
	o->len = tcp->len > o->len ? tcp->len : o->len;
	o->mss = tcp->opts.has_mss;
	o->mss_bytes = tcp->opts.mss;
	o->wscale = tcp->opts.has_wscale;
	o->shift = tcp->opts.wscale;
	o->sack_perm = tcp->opts.has_sack_perm;
	o->ts = tcp->opts.has_ts;
	/* A SYN that is repeated may ask for less; the answer may be to the first one. */
	o->ece |= (tcp->flags & SEA_TCP_ECE) != 0;
	o->cwr |= (tcp->flags & SEA_TCP_CWR) != 0;
	o->ae |= look->seg->ae;
	o->ect |= look->seg->ecn != 0;
	look->me->rst = look->peer->rst = false;
}

static void follow_sent(const struct sea_lint_look *look)
{
	struct sea_lint_half *me = look->me;
	const struct sea_tcp_seg *tcp = look->tcp;

	me->bytes_sent += tcp->len;
	me->retransmissions += look->sending == SEA_LINT_SENT_AGAIN && tcp->len;
	me->last_ns = look->seg->time_ns;
	if (look->rst) {
		me->rst = true;
		me->rst_seq = tcp->seq;
		me->rst_ns = look->seg->time_ns;
		return;
	}
	me->snd_max = me->began ? sea_seq_max(me->snd_max, look->end) : look->end;
	me->began = true;
	if (look->fin && !me->fin) {
		me->fin = true;
		me->fin_seq = sea_seq_add(look->end, UINT32_MAX);
	}
	if (!tcp->opts.has_ts)
		return;
	if (!me->ts)
		me->ts_first = me->ts_max = me->ts_fresh = tcp->opts.ts_val;
	if (look->fresh)
		me->ts_fresh = tcp->opts.ts_val;
	me->ts = true;
	if ((int32_t)(tcp->opts.ts_val - me->ts_max) > 0)
		me->ts_max = tcp->opts.ts_val;
}

/* -- what it says of the other side's data -- */

static void measure(const struct sea_lint_look *look, const struct sea_lint_range *last)
{
	struct sea_lint_half *peer = look->peer;

	if (last->times != 1 || !sea_seq_eq(last->end, look->tcp->ack))
		return;
	sea_lint_rtt_add(&peer->rtt, look->seg->time_ns - last->last_ns);
	peer->backoff = 0;
}

/* The handshake's round trip: its segments are in no list. */
static void measure_syn(const struct sea_lint_look *look)
{
	struct sea_lint_half *peer = look->peer;

	if (peer->packets == 1 && peer->offer.syn && !peer->rtt.n)
		sea_lint_rtt_add(&peer->rtt, look->seg->time_ns - peer->last_ns);
}

static void remember(const struct sea_lint_look *look)
{
	struct sea_lint_half *peer = look->peer;

	if (!look->tcp->opts.has_ts ||
	    (peer->known[1].is && look->seg->time_ns - peer->known[1].ns < KNOWN_NS))
		return;
	peer->known[0] = peer->known[1];
	peer->known[1].is = true;
	peer->known[1].una = peer->snd_una;
	peer->known[1].ts = look->tcp->opts.ts_val;
	peer->known[1].ns = look->seg->time_ns;
}

static void follow_ack(const struct sea_lint_look *look)
{
	struct sea_lint_half *peer = look->peer;
	struct sea_lint_range last;
	sea_seq ack = look->tcp->ack;

	if (peer->began)
		ack = sea_seq_min(ack, peer->snd_max);
	measure_syn(look);
	if (peer->acked && sea_seq_le(ack, peer->snd_una))
		return;
	if (sea_lint_ranges_acked(&peer->ranges, ack, &last))
		measure(look, &last);
	peer->snd_una = ack;
	peer->una_ns = look->seg->time_ns;
	peer->acked = true;
	remember(look);
}

static void follow_window(const struct sea_lint_look *look)
{
	struct sea_lint_half *peer = look->peer;
	const struct sea_tcp_seg *tcp = look->tcp;
	uint32_t wnd = tcp->wnd;
	sea_seq edge;

	if (!look->syn && !look->agreed)
		return;
	if (!look->syn && look->me->offer.wscale && peer->offer.wscale)
		wnd <<= look->me->offer.shift;
	edge = sea_seq_add(tcp->ack, wnd);
	look->me->window_max = wnd > look->me->window_max ? wnd : look->me->window_max;
	if (!peer->windowed) {
		peer->edge = peer->edge_last = edge;
		peer->wl1 = tcp->seq;
		peer->wl2 = tcp->ack;
		peer->windowed = true;
		return;
	}
	peer->edge = sea_seq_max(peer->edge, edge);
	if (sea_seq_lt(tcp->seq, peer->wl1) ||
	    (sea_seq_eq(tcp->seq, peer->wl1) && sea_seq_lt(tcp->ack, peer->wl2)))
		return;
	peer->wl1 = tcp->seq;
	peer->wl2 = tcp->ack;
	peer->edge_last = edge;
	if (wnd)
		peer->closed_ns = 0;
	else if (!peer->closed_ns)
		peer->closed_ns = look->seg->time_ns;
}

/* -- what SACK blocks have held -- */

static void keep_block(struct sea_lint_half *peer, struct sea_sack_block block)
{
	uint8_t n = 0;

	for (uint8_t i = 0; i < peer->n_sacked; i++) {
		struct sea_sack_block old = peer->sacked[i];

		if (sea_seq_gt(old.start, block.end) || sea_seq_lt(old.end, block.start)) {
			peer->sacked[n++] = old;
			continue;
		}
		block.start = sea_seq_min(block.start, old.start);
		block.end = sea_seq_max(block.end, old.end);
	}
	peer->n_sacked = n;
	if (n < SEA_LINT_SACKED_MAX)
		peer->sacked[peer->n_sacked++] = block;
}

static void follow_sack(const struct sea_lint_look *look)
{
	struct sea_lint_half *peer = look->peer;
	uint8_t n = 0;

	for (uint8_t i = 0; i < peer->n_sacked; i++) {
		if (sea_seq_gt(peer->sacked[i].start, look->tcp->ack))
			peer->sacked[n++] = peer->sacked[i];
	}
	peer->n_sacked = n;
	for (uint8_t i = 0; i < look->tcp->opts.n_sack; i++) {
		struct sea_sack_block b = look->tcp->opts.sack[i];

		if (sea_seq_gt(b.start, look->tcp->ack) && sea_seq_gt(b.end, b.start))
			keep_block(peer, b);
	}
}

void sea_lint_follow(const struct sea_lint_look *look)
{
	sea_lint_follow_accecn(look);
	if (look->syn)
		follow_syn(look);
	follow_sent(look);
	if (!look->ack || look->rst)
		return;
	follow_ack(look);
	follow_window(look);
	if (sea_seq_ge(look->tcp->ack, look->peer->snd_una))
		follow_sack(look);
}
