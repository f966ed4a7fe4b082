// SPDX-License-Identifier: Apache-2.0
/* SYNs, what refuses them, and what only they may say. */
#include "packetimpact/lint/lint.h"

static void judge_outside(const struct sea_lint_look *look)
{
	const struct sea_tcp_opts *o = &look->tcp->opts;

	if (o->has_mss)
		sea_lint_says(look, mss_outside_syn, "MSS %u", o->mss);
	if (o->has_wscale)
		sea_lint_says(look, wscale_outside_syn, "scale %u", o->wscale);
	if (o->has_sack_perm)
		sea_lint_says(look, sack_perm_outside_syn, "sequence number %u",
			      sea_lint_rel(look->me, look->tcp->seq));
}

/* Does it acknowledge the peer's SYN, and of what it carried nothing, some or all? */
static bool acks_syn(const struct sea_lint_look *look)
{
	const struct sea_lint_offer *o = &look->peer->offer;
	sea_seq first = sea_seq_add(o->iss, 1);

	return sea_seq_between(first, look->tcp->ack, sea_seq_add(first, o->len));
}

static void judge_syn_ack(const struct sea_lint_look *look)
{
	const struct sea_lint_offer *o = &look->peer->offer;

	if (!o->syn)
		return;
	if (!acks_syn(look))
		sea_lint_says(look, synack_wrong_ack, "it acknowledges %u of a SYN at 0",
			      look->tcp->ack.v - o->iss.v);
	if (look->tcp->opts.has_wscale && !o->wscale)
		sea_lint_says(look, wscale_not_asked, "scale %u", look->tcp->opts.wscale);
	if (look->tcp->opts.has_ts && !o->ts)
		sea_lint_says(look, ts_not_asked, "TSval %u", look->tcp->opts.ts_val);
}

/* A first SYN that nobody answered is forgotten for the second; in a connection it stays unclear who is right. */
static void judge_syn(const struct sea_lint_look *look)
{
	struct sea_lint_half *me = look->me;

	if (!me->began || (me->offer.syn && sea_seq_eq(me->offer.iss, look->tcp->seq)))
		return;
	if (!me->offer.syn || look->peer->began) {
		look->flow->confused = true;
		return;
	}
	sea_lint_says(look, syn_other_isn, "%u, and %u before", look->tcp->seq.v, me->offer.iss.v);
	sea_lint_ranges_fini(&me->ranges, &look->lint->flows.budget);
	sea_lint_bytes_fini(&me->bytes, &look->lint->flows.budget);
	me->began = me->ts = false;
	me->offer = (struct sea_lint_offer){ 0 };
}

static void judge_refusal(const struct sea_lint_look *look)
{
	const struct sea_lint_offer *o = &look->peer->offer;

	if (!o->syn || o->ack || look->me->began || look->peer->acked)
		return;
	if (!look->ack || !acks_syn(look))
		sea_lint_says(look, rst_wrong_ack, "%s%u of a SYN at 0",
			      look->ack ? "it acknowledges " : "without ACK, ",
			      look->tcp->ack.v - o->iss.v);
}

void sea_lint_rules_handshake(const struct sea_lint_look *look)
{
	if (look->rst) {
		judge_refusal(look);
		return;
	}
	if (!look->syn) {
		judge_outside(look);
		return;
	}
	judge_syn(look);
	if (look->ack && !look->flow->confused)
		judge_syn_ack(look);
}
