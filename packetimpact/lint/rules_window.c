// SPDX-License-Identifier: Apache-2.0
/* Windows: all edges are as the capture saw them offered, which was before the sender knew. */
#include "packetimpact/lint/lint.h"

#define PROBE_NS 10000000000u
#define AT_ONCE_NS 50000000u

static uint32_t window_of(const struct sea_lint_look *look)
{
	bool scaled = !look->syn && look->me->offer.wscale && look->peer->offer.wscale;

	return scaled ? look->tcp->wnd << look->me->offer.shift : look->tcp->wnd;
}

/* Data of `me` against the window that it was offered. */
static void judge_data(const struct sea_lint_look *look)
{
	struct sea_lint_half *me = look->me;
	sea_seq end = sea_seq_add(look->tcp->seq, look->tcp->len + look->syn);

	if (!look->tcp->len || look->rst || !me->windowed || !look->agreed)
		return;
	if (me->unprobed.is && look->fresh) {
		if (look->lint->now.time_ns - me->unprobed.at.time_ns < AT_ONCE_NS)
			sea_lint_found(look->lint, look->flow, SEA_LINT_window_not_probed,
				       &me->unprobed.at, "closed for %u s, with data waiting",
				       me->unprobed.value);
		me->unprobed.is = false;
	}
	if (sea_seq_gt(end, me->edge) && !look->keepalive && !look->probe)
		sea_lint_doubt(&me->over_window, look, end.v);
}

/* A later offer that is still less proves that there never was more. */
static void settle_data(const struct sea_lint_look *look, sea_seq edge)
{
	struct sea_lint_doubt *doubt = &look->peer->over_window;

	if (!doubt->is)
		return;
	if (sea_seq_ge(edge, sea_seq_of(doubt->value))) {
		doubt->is = false;
	} else if (sea_lint_settled(doubt, look->lint->now.time_ns)) {
		sea_lint_found(look->lint, look->flow, SEA_LINT_beyond_window, &doubt->at,
			       "data up to %u, a window up to %u",
			       sea_lint_rel(look->peer, sea_seq_of(doubt->value)),
			       sea_lint_rel(look->peer, edge));
		doubt->is = false;
	}
}

static void judge_shrinking(const struct sea_lint_look *look, sea_seq edge)
{
	struct sea_lint_half *me = look->me, *peer = look->peer;
	uint32_t unit = 1u << (me->offer.wscale ? me->offer.shift : 0);
	bool back = sea_seq_lt(sea_seq_add(edge, unit), peer->edge);

	if (!back) {
		me->shrunk.is = false;
		return;
	}
	if (sea_seq_lt(look->tcp->seq, peer->wl1) || sea_seq_lt(look->tcp->ack, peer->snd_una) ||
	    sea_seq_gt(look->tcp->ack, peer->snd_max))
		return;
	if (sea_lint_settled(&me->shrunk, look->lint->now.time_ns)) {
		sea_lint_found(look->lint, look->flow, SEA_LINT_window_shrunk, &me->shrunk.at,
			       "from %u to %u", sea_lint_rel(peer, sea_seq_of(me->shrunk.value)),
			       sea_lint_rel(peer, edge));
		/* Once: from now on this is the window. */
		peer->edge = edge;
		me->shrunk.is = false;
	} else {
		sea_lint_doubt(&me->shrunk, look, peer->edge.v);
	}
}

/* The window opens: was it full, and asked for? If data follows at once, that had waited. */
static void judge_opening(const struct sea_lint_look *look, uint32_t wnd)
{
	struct sea_lint_half *peer = look->peer;
	uint64_t since = peer->closed_ns > peer->last_ns ? peer->closed_ns : peer->last_ns;
	uint64_t silent = look->lint->now.time_ns - since;

	if (!wnd || !peer->closed_ns || !sea_seq_eq(peer->snd_max, peer->edge) || silent < PROBE_NS)
		return;
	sea_lint_doubt(&peer->unprobed, look, (uint32_t)(silent / 1000000000u));
}

void sea_lint_rules_window(const struct sea_lint_look *look)
{
	uint32_t wnd;
	sea_seq edge;

	judge_data(look);
	if (!look->ack || look->rst || look->syn || !look->agreed || !look->peer->windowed ||
	    !look->peer->acked)
		return;
	wnd = window_of(look);
	edge = sea_seq_add(look->tcp->ack, wnd);
	settle_data(look, edge);
	judge_shrinking(look, edge);
	judge_opening(look, wnd);
}
