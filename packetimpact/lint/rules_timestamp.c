// SPDX-License-Identifier: Apache-2.0
/* Timestamps (RFC 7323). */
#include "packetimpact/lint/lint.h"

static int32_t newer(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

/* Who is said to have sent a timestamp sends an older one afterwards: it had not. */
static void settle_echo(const struct sea_lint_look *look)
{
	struct sea_lint_doubt *doubt = &look->peer->echo_beyond;
	uint32_t val = look->tcp->opts.ts_val;

	if (!doubt->is || look->sending == SEA_LINT_SENT_COPY ||
	    (look->me->began && sea_seq_lt(look->tcp->seq, look->me->snd_max)))
		return;
	if (newer(val, doubt->value) >= 0) {
		doubt->is = false;
	} else if (sea_lint_settled(doubt, look->lint->now.time_ns)) {
		sea_lint_found(look->lint, look->flow, SEA_LINT_ts_echo_of_unsent, &doubt->at,
			       "TSecr %u, and TSval %u comes later", doubt->value, val);
		doubt->is = false;
	}
}

static void judge_echo(const struct sea_lint_look *look)
{
	const struct sea_lint_half *peer = look->peer;
	uint32_t ecr = look->tcp->opts.ts_ecr;

	if (!look->ack || !peer->ts || !ecr)
		return;
	if (newer(ecr, peer->ts_max) > 0)
		sea_lint_doubt(&look->me->echo_beyond, look, ecr);
	else if (look->agreed && newer(ecr, peer->ts_first) < 0)
		sea_lint_says(look, ts_echo_of_unsent, "TSecr %u, and the first TSval was %u", ecr,
			      peer->ts_first);
}

void sea_lint_rules_timestamp(const struct sea_lint_look *look)
{
	const struct sea_lint_half *me = look->me;
	const struct sea_tcp_opts *o = &look->tcp->opts;
	bool both = me->offer.ts && look->peer->offer.ts;

	/* A reset may go without, or with anything. */
	if (look->rst)
		return;
	if (look->agreed && !look->syn && both && !o->has_ts)
		sea_lint_says(look, ts_missing, "sequence number %u",
			      sea_lint_rel(me, look->tcp->seq));
	if (look->agreed && !look->syn && !both && o->has_ts)
		sea_lint_says(look, ts_not_agreed, "TSval %u", o->ts_val);
	if (!o->has_ts)
		return;
	settle_echo(look);
	judge_echo(look);
	if (me->ts && !look->syn && look->tcp->len && sea_seq_ge(look->tcp->seq, me->snd_max) &&
	    newer(o->ts_val, me->ts_fresh) < 0)
		sea_lint_says(look, ts_goes_back, "TSval %u, and %u before", o->ts_val,
			      me->ts_fresh);
}
