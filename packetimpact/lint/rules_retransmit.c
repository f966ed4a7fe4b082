// SPDX-License-Identifier: Apache-2.0
/* What is sent again, what should have been, and acknowledgments that are late. */
#include "packetimpact/lint/lint.h"

#define SECOND 1000000000ull
#define BOUND_MIN (3 * SECOND)
#define BOUND_MAX (240 * SECOND)
#define DOUBLINGS_MAX 6
#define GIVES_UP 3 /* after so many times its sender may have gone, without a word */
#define DELAY_MAX (SECOND / 2)
#define DELAY_MORE (SECOND / 10)

/* The longest way there and back that was seen: the capture may be near either end. */
static uint64_t round_trip(const struct sea_lint_flow *f)
{
	return f->half[0].rtt.max_ns + f->half[1].rtt.max_ns;
}

static void judge_bytes(const struct sea_lint_look *look)
{
	struct sea_lint_half *me = look->me;
	const struct sea_lint_seg *seg = look->seg;
	sea_seq seq = sea_seq_add(look->tcp->seq, look->syn);

	/* Of bytes that the capture lacks nothing is known. */
	if (!look->tcp->len || seg->payload_cap < look->tcp->len || look->rst || look->keepalive)
		return;
	if (!sea_lint_bytes_sent(&me->bytes, &look->lint->flows.budget,
				 me->acked ? me->snd_una : seq, seq, seg->payload, look->tcp->len))
		sea_lint_says(look, other_bytes, "in %u to %u", sea_lint_rel(me, seq),
			      sea_lint_rel(me, sea_seq_add(seq, look->tcp->len)));
}

/* The echoed timestamp proves that the sender has seen what acknowledged it. */
static void judge_need(const struct sea_lint_look *look)
{
	const struct sea_lint_half *me = look->me;
	const struct sea_tcp_seg *tcp = look->tcp;

	if (tcp->len < 2 || look->rst || look->syn || !me->known[0].is || !tcp->opts.has_ts)
		return;
	if (sea_seq_gt(look->end, me->known[0].una) ||
	    (int32_t)(tcp->opts.ts_ecr - me->known[0].ts) <= 0)
		return;
	sea_lint_says(look, needless_retransmission,
		      "up to %u; %u was acknowledged by TSval %u, and TSecr is %u",
		      sea_lint_rel(me, look->end), sea_lint_rel(me, me->known[0].una),
		      me->known[0].ts, tcp->opts.ts_ecr);
}

/* The only segment under way, sent once: its acknowledgment may be delayed, but not for so long. */
static void judge_delay(const struct sea_lint_look *look)
{
	struct sea_lint_half *peer = look->peer;
	const struct sea_lint_range *first = sea_lint_ranges_first(&peer->ranges);
	uint64_t took, bound = DELAY_MAX + DELAY_MORE + 2 * round_trip(look->flow);

	if (!look->ack || look->rst || !look->agreed || !first || peer->ranges.n != 1 ||
	    !peer->rtt.n)
		return;
	took = look->lint->now.time_ns - first->first_ns;
	if (first->times != 1 || peer->closed_ns || !sea_seq_eq(first->end, look->tcp->ack) ||
	    !peer->acked || !sea_seq_eq(first->start, peer->snd_una) ||
	    peer->una_ns > first->first_ns)
		return;
	if (took > bound && took < BOUND_MIN)
		sea_lint_says(look, late_ack, "%llu ms for %u",
			      (unsigned long long)(took / 1000000),
			      sea_lint_rel(peer, look->tcp->ack));
}

void sea_lint_rules_retransmit(const struct sea_lint_look *look)
{
	judge_bytes(look);
	judge_need(look);
	judge_delay(look);
}

void sea_lint_rules_missing(struct sea_lint *lint, struct sea_lint_flow *flow,
			    struct sea_lint_half *half, bool goes_on)
{
	const struct sea_lint_range *first = sea_lint_ranges_first(&half->ranges);
	uint64_t bound = 6 * round_trip(flow), silent;

	if (!first || !sea_lint_flow_agreed(flow) || flow->confused || flow->half[0].rst ||
	    flow->half[1].rst)
		return;
	bound = bound < BOUND_MIN ? BOUND_MIN : bound;
	bound <<= half->backoff < DOUBLINGS_MAX ? half->backoff : DOUBLINGS_MAX;
	bound = bound > BOUND_MAX ? BOUND_MAX : bound;
	silent = lint->now.time_ns > first->last_ns ? lint->now.time_ns - first->last_ns : 0;
	/* Nothing may be sent, but to ask, when the window is closed. */
	if (silent <= bound || first->times > GIVES_UP || !half->windowed || half->closed_ns ||
	    sea_seq_gt(first->end, half->edge_last))
		return;
	sea_lint_found(lint, flow, SEA_LINT_missing_retransmission, &lint->now,
		       "%u to %u, for %llu s%s", sea_lint_rel(half, first->start),
		       sea_lint_rel(half, first->end), (unsigned long long)(silent / SECOND),
		       goes_on ? "" : ", until the capture ends");
	sea_lint_ranges_fini(&half->ranges, &lint->flows.budget);
}
