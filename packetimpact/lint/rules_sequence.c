// SPDX-License-Identifier: Apache-2.0
/* Sequence and acknowledgment numbers, FIN and RST. */
#include "packetimpact/lint/lint.h"

/* The sender of what was said to be acknowledged goes on below that: it had never sent it. */
static void settle_ack(const struct sea_lint_look *look, struct sea_lint_doubt *doubt, bool sack)
{
	sea_seq then = sea_seq_of(doubt->value);

	if (!doubt->is || look->rst || sea_seq_lt(look->tcp->seq, then))
		return;
	if (sea_seq_eq(look->tcp->seq, then) && sea_lint_settled(doubt, look->lint->now.time_ns))
		sea_lint_found(look->lint, look->flow,
			       sack ? SEA_LINT_sack_of_unsent : SEA_LINT_ack_of_unsent, &doubt->at,
			       "all that was sent ends at %u", sea_lint_rel(look->me, then));
	if (sea_seq_gt(look->tcp->seq, then) || sea_lint_settled(doubt, look->lint->now.time_ns))
		doubt->is = false;
}

static void judge_ack(const struct sea_lint_look *look)
{
	struct sea_lint_half *me = look->me, *peer = look->peer;
	const struct sea_tcp_seg *tcp = look->tcp;

	if (!look->ack || look->rst || look->syn || !peer->began)
		return;
	if (sea_seq_gt(tcp->ack, peer->snd_max))
		sea_lint_doubt(&me->ack_beyond, look, peer->snd_max.v);
	if (look->agreed && tcp->opts.has_ts && me->ts &&
	    (int32_t)(tcp->opts.ts_val - me->ts_max) > 0 && peer->acked &&
	    sea_seq_lt(tcp->ack, peer->snd_una))
		sea_lint_says(look, ack_goes_back, "%u, and %u before, by TSval %u and %u",
			      sea_lint_rel(peer, tcp->ack), sea_lint_rel(peer, peer->snd_una),
			      tcp->opts.ts_val, me->ts_max);
}

static void judge_fin(const struct sea_lint_look *look)
{
	const struct sea_lint_half *me = look->me;
	sea_seq end = sea_seq_add(look->tcp->seq, look->tcp->len);

	if (!me->fin || look->rst || look->syn)
		return;
	if (look->tcp->len && sea_seq_gt(end, me->fin_seq))
		sea_lint_says(look, data_behind_fin, "data up to %u, and a FIN at %u",
			      sea_lint_rel(me, end), sea_lint_rel(me, me->fin_seq));
	else if (look->fin && !sea_seq_eq(end, me->fin_seq))
		sea_lint_says(look, fin_moved, "at %u, and before at %u", sea_lint_rel(me, end),
			      sea_lint_rel(me, me->fin_seq));
}

static void judge_after_rst(const struct sea_lint_look *look)
{
	const struct sea_lint_half *me = look->me;

	if (!me->rst || look->rst || look->syn ||
	    look->lint->now.time_ns < me->rst_ns + SEA_LINT_SETTLED_NS)
		return;
	sea_lint_says(look, sent_after_rst, "sequence number %u, and the reset's was %u",
		      sea_lint_rel(me, look->tcp->seq), sea_lint_rel(me, me->rst_seq));
}

/* One that answers an old segment has that one's acknowledgment: so the window before counts, too. */
static void judge_rst(const struct sea_lint_look *look)
{
	const struct sea_lint_half *me = look->me;
	uint32_t back = 2 * (look->peer->window_max > 65535 ? look->peer->window_max : 65535);
	sea_seq hi;

	if (!look->rst || look->syn || !look->agreed || !me->windowed || !me->acked)
		return;
	hi = sea_seq_max(me->edge, me->snd_max);
	if (sea_seq_between(sea_seq_of(me->snd_una.v - back), look->tcp->seq, hi))
		return;
	sea_lint_says(look, rst_outside_window, "%u, and what is taken ends at %u",
		      sea_lint_rel(me, look->tcp->seq), sea_lint_rel(me, hi));
}

void sea_lint_rules_sequence(const struct sea_lint_look *look)
{
	settle_ack(look, &look->peer->ack_beyond, false);
	settle_ack(look, &look->peer->sack_beyond, true);
	judge_ack(look);
	judge_fin(look);
	judge_after_rst(look);
	judge_rst(look);
}
