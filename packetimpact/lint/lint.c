// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/lint/lint.h"

#include <stdarg.h>
#include <stdio.h>

/* All flows' bytes and ranges together. */
#define BUDGET ((size_t)64 << 20)
#define STRAY (1 << 30)

const struct sea_lint_about sea_lint_about[SEA_LINT_RULES] = {
#define RULE(name, severity, clause, sentence) { #name, clause, sentence, SEA_LINT_##severity },
#include "packetimpact/lint/finding.def"
#undef RULE
};

void sea_lint_init(struct sea_lint *lint,
		   void (*found)(void *arg, const struct sea_lint_finding *finding), void *arg)
{
	*lint = (struct sea_lint){ .found = found, .arg = arg };
	sea_lint_flows_init(&lint->flows, (uint64_t)(uintptr_t)lint, BUDGET);
}

void sea_lint_fini(struct sea_lint *lint)
{
	sea_lint_flows_fini(&lint->flows);
}

void sea_lint_found(struct sea_lint *lint, struct sea_lint_flow *flow, enum sea_lint_rule rule,
		    const struct sea_lint_at *at, const char *format, ...)
{
	char seen[256];
	va_list args;

	va_start(args, format);
	vsnprintf(seen, sizeof(seen), format, args);
	va_end(args);
	lint->by_severity[sea_lint_about[rule].severity]++;
	if (flow && flow->findings[rule] < UINT32_MAX)
		flow->findings[rule]++;
	lint->found(lint->arg, &(struct sea_lint_finding){ rule, *at, flow, lint->seg, seen });
}

/* What it sent, in its half's list of what nobody has acknowledged. */
static void look_at_sending(struct sea_lint_look *look)
{
	struct sea_lint_half *me = look->me;
	sea_seq start = sea_seq_add(look->seg->tcp.seq, look->syn);
	sea_seq una = me->acked ? me->snd_una : start;

	look->sending = SEA_LINT_SENT_NEW;
	if (look->rst || look->keepalive || sea_seq_ge(start, look->end))
		return;
	if (sea_seq_le(look->end, una)) {
		look->sending = SEA_LINT_SENT_AGAIN;
		return;
	}
	start = sea_seq_max(start, una);
	look->sending = sea_lint_ranges_sent(&me->ranges, &look->lint->flows.budget,
					     (struct sea_lint_range){
						     .start = start,
						     .end = look->end,
						     .first_ns = look->seg->time_ns,
						     .ip_id = look->seg->ip_id,
					     });
	if (look->sending == SEA_LINT_SENT_AGAIN)
		me->backoff = (uint16_t)(me->backoff + (me->backoff < UINT16_MAX));
}

static void look_at(struct sea_lint *lint, struct sea_lint_flow *f, int from,
		    const struct sea_lint_seg *seg, struct sea_lint_look *look)
{
	struct sea_lint_half *me = &f->half[from];
	const struct sea_tcp_seg *tcp = &seg->tcp;

	*look = (struct sea_lint_look){
		.lint = lint,
		.flow = f,
		.me = me,
		.peer = &f->half[!from],
		.seg = seg,
		.tcp = tcp,
		.syn = tcp->flags & SEA_TCP_SYN,
		.ack = tcp->flags & SEA_TCP_ACK,
		.fin = tcp->flags & SEA_TCP_FIN,
		.rst = tcp->flags & SEA_TCP_RST,
		.end = sea_seq_add(tcp->seq, sea_tcp_seg_len(tcp)),
		.agreed = sea_lint_flow_agreed(f),
	};
	look->fresh = !me->began || sea_seq_gt(look->end, me->snd_max);
	look->keepalive = !look->syn && !look->fin && tcp->len <= 1 && me->acked &&
			  sea_seq_eq(sea_seq_add(tcp->seq, 1), me->snd_una);
	look->probe = tcp->len <= 1 && me->windowed &&
		      (sea_seq_eq(tcp->seq, me->edge) || sea_seq_eq(tcp->seq, me->edge_last));
}

/* Nothing of this connection: an attempt from outside, or the capture lacks a gigabyte. */
static bool is_stray(const struct sea_lint_look *look)
{
	int32_t away = sea_seq_diff(look->tcp->seq, look->me->snd_max);

	return look->me->began && !look->syn && !look->rst && (away > STRAY || away < -STRAY);
}

static void judge_flow(struct sea_lint_look *look)
{
	sea_lint_rules_missing(look->lint, look->flow, look->me, true);
	sea_lint_rules_missing(look->lint, look->flow, look->peer, true);
	look_at_sending(look);
	look->lint->counts.copies += look->sending == SEA_LINT_SENT_COPY;
	if (look->sending != SEA_LINT_SENT_COPY) {
		sea_lint_rules_sequence(look);
		sea_lint_rules_window(look);
		sea_lint_rules_retransmit(look);
		sea_lint_rules_sack(look);
		sea_lint_rules_timestamp(look);
		sea_lint_rules_ecn(look);
		sea_lint_rules_accecn(look);
	}
	sea_lint_follow(look);
	if (look->lint->watch)
		look->lint->watch(look->lint->arg, look);
}

static void judge_tcp(struct sea_lint *lint, struct sea_lint_seg *seg)
{
	struct sea_lint_look look;
	struct sea_lint_flow *f;
	int from;

	lint->counts.tcp++;
	if (!sea_lint_rules_tcp_header(lint, seg))
		return;
	f = sea_lint_flows_get(&lint->flows, seg, &from);
	if (!f) {
		lint->counts.unjudged++;
		return;
	}
	look_at(lint, f, from, seg, &look);
	f->last = lint->now;
	look.me->packets++;
	sea_lint_rules_header(&look);
	sea_lint_rules_handshake(&look);
	if (f->confused || is_stray(&look)) {
		look.me->bytes_sent += look.tcp->len;
		lint->counts.unjudged++;
		return;
	}
	judge_flow(&look);
}

void sea_lint_frame(struct sea_lint *lint, const struct sea_lint_frame *frame)
{
	struct sea_lint_seg seg;
	enum sea_lint_kind kind = sea_lint_segment_read(frame, &seg);

	lint->now = (struct sea_lint_at){ frame->number, frame->time_ns };
	lint->seg = &seg;
	if (sea_lint_rules_ip(lint, &seg, kind) && kind == SEA_LINT_TCP)
		judge_tcp(lint, &seg);
	lint->seg = NULL;
}

void sea_lint_end(struct sea_lint *lint)
{
	for (uint32_t i = 0; i < lint->flows.n; i++) {
		struct sea_lint_flow *f = lint->flows.by_id[i];

		for (int side = 0; side < 2; side++)
			sea_lint_rules_missing(lint, f, &f->half[side], false);
	}
}
