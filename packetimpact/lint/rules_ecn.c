// SPDX-License-Identifier: Apache-2.0
/* ECN (RFC 3168). Accurate ECN (RFC 9768) has other rules (rules_accecn.c): a SYN with AE turns these off. */
#include "packetimpact/lint/lint.h"

#define PATIENCE_NS 3000000000u

enum ecn { UNKNOWN, NOT_AGREED, AGREED };

static enum ecn ecn_of(const struct sea_lint_look *look)
{
	const struct sea_lint_offer *a = &look->me->offer, *b = &look->peer->offer;
	const struct sea_lint_offer *client = a->ack ? b : a, *server = a->ack ? a : b;

	if (!look->agreed || a->ae || b->ae || client->ack || !server->ack)
		return UNKNOWN;
	if (!client->ece || !client->cwr)
		return NOT_AGREED;
	if (server->cwr) /* it grants Accurate ECN, whatever was asked for (RFC 9768 3.1.2) */
		return UNKNOWN;
	return server->ece ? AGREED : NOT_AGREED;
}

static void judge_syn(const struct sea_lint_look *look)
{
	const struct sea_lint_offer *asked = &look->peer->offer;
	bool ece = look->tcp->flags & SEA_TCP_ECE, cwr = look->tcp->flags & SEA_TCP_CWR;

	if (look->seg->ecn)
		sea_lint_says(look, ect_on_syn, "ECN field %u", look->seg->ecn);
	if (look->ack && asked->syn && !asked->ae && !look->seg->ae && ece && !cwr &&
	    (!asked->ece || !asked->cwr))
		sea_lint_says(look, ecn_not_asked, "flags %02x", look->tcp->flags);
}

static void judge_field(const struct sea_lint_look *look, enum ecn ecn)
{
	const struct sea_tcp_seg *tcp = look->tcp;
	bool old = tcp->opts.has_ts && (int32_t)(tcp->opts.ts_val - look->me->ts_max) < 0;

	/* Who has ECN-capable SYNs experiments with all of it (RFC 8311). */
	if (!look->seg->ecn || look->rst || look->me->offer.ect || look->peer->offer.ect)
		return;
	if (ecn == NOT_AGREED)
		sea_lint_says(look, ect_not_agreed, "ECN field %u", look->seg->ecn);
	else if (!tcp->len && !look->fin)
		sea_lint_says(look, ect_on_pure_ack, "ECN field %u", look->seg->ecn);
	else if (look->sending == SEA_LINT_SENT_AGAIN && !look->fresh && !old)
		sea_lint_says(look, ect_on_retransmission, "ECN field %u at %u", look->seg->ecn,
			      sea_lint_rel(look->me, tcp->seq));
}

/* Data with CE, until it is acknowledged; sent again, or behind CWR, it tells nothing. */
static void judge_ce(const struct sea_lint_look *look)
{
	struct sea_lint_half *me = look->me, *peer = look->peer;

	if (look->sending == SEA_LINT_SENT_AGAIN || look->tcp->flags & SEA_TCP_CWR)
		me->ce.is = false;
	else if (look->seg->ecn == SEA_ECN_CE && look->tcp->len && look->fresh && !me->ce.is) {
		sea_lint_doubt(&me->ce, look, 0);
		me->ce_end = look->end;
	}
	if (!peer->ce.is || !look->ack || sea_seq_lt(look->tcp->ack, peer->ce_end))
		return;
	if (!(look->tcp->flags & SEA_TCP_ECE))
		sea_lint_says(look, ce_not_echoed, "CE came with frame %llu",
			      (unsigned long long)peer->ce.at.frame);
	peer->ce.is = false;
}

static void judge_ece(const struct sea_lint_look *look)
{
	struct sea_lint_half *me = look->me;
	uint64_t patience = PATIENCE_NS + 4 * (me->rtt.max_ns + look->peer->rtt.max_ns);

	if (look->tcp->flags & SEA_TCP_ECE)
		sea_lint_doubt(&look->peer->ece, look, 0);
	else
		look->peer->ece.is = false;
	if (look->tcp->flags & SEA_TCP_CWR)
		me->ece.is = false;
	if (!me->ece.is || !look->tcp->len || !look->fresh ||
	    look->lint->now.time_ns - me->ece.at.time_ns < patience)
		return;
	sea_lint_says(look, ece_not_answered, "ECE since frame %llu",
		      (unsigned long long)me->ece.at.frame);
	me->ece.is = false;
}

void sea_lint_rules_ecn(const struct sea_lint_look *look)
{
	enum ecn ecn = ecn_of(look);

	if (look->syn) {
		judge_syn(look);
		return;
	}
	if (ecn == UNKNOWN || look->rst)
		return;
	judge_field(look, ecn);
	if (ecn == AGREED) {
		judge_ce(look);
		judge_ece(look);
	}
}
