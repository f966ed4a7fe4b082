/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judge of a capture: frames go in, findings come out. Makes no assumption on where the capture was taken, but
 * that a packet is seen there once, on its way from its sender to its receiver.
 */
#ifndef SEA_LINT_LINT_H
#define SEA_LINT_LINT_H

#include <stdbool.h>
#include <stdint.h>

#include "packetimpact/lint/flow.h"

enum sea_lint_severity { SEA_LINT_NOTE, SEA_LINT_WARNING, SEA_LINT_ERROR };

struct sea_lint_about {
	const char *name, *clause, *sentence;
	enum sea_lint_severity severity;
};

extern const struct sea_lint_about sea_lint_about[SEA_LINT_RULES];

struct sea_lint_finding {
	enum sea_lint_rule rule;
	struct sea_lint_at at;
	const struct sea_lint_flow *flow; /* or NULL: of no connection */
	const struct sea_lint_seg *seg;   /* the segment in hand, or NULL at the end */
	const char *seen;                 /* the values */
};

/* Frames that could not be judged, or not wholly, and why. */
struct sea_lint_counts {
	uint64_t tcp, udp, icmp, other, broken, cut, fragments;
	uint64_t unfinished_sums, cut_sums, copies, unjudged;
};

struct sea_lint_look;

struct sea_lint {
	void (*found)(void *arg, const struct sea_lint_finding *finding);
	/* Each segment of a connection after it was judged; may be NULL. */
	void (*watch)(void *arg, const struct sea_lint_look *look);
	void *arg;
	struct sea_lint_flows flows;
	struct sea_lint_counts counts;
	struct sea_lint_at now;
	const struct sea_lint_seg *seg; /* in hand, or NULL */
	uint64_t by_severity[3];
};

void sea_lint_init(struct sea_lint *lint,
		   void (*found)(void *arg, const struct sea_lint_finding *finding), void *arg);
void sea_lint_frame(struct sea_lint *lint, const struct sea_lint_frame *frame);
/* The capture is over: what is missing is missing. */
void sea_lint_end(struct sea_lint *lint);
void sea_lint_fini(struct sea_lint *lint);

/* A segment in hand, and what it is in its flow. */
struct sea_lint_look {
	struct sea_lint *lint;
	struct sea_lint_flow *flow;
	struct sea_lint_half *me, *peer; /* who sent it, and who gets it */
	const struct sea_lint_seg *seg;
	const struct sea_tcp_seg *tcp;
	bool syn, ack, fin, rst;
	sea_seq end;    /* behind its last sequence number */
	bool agreed;    /* both SYNs were seen */
	bool fresh;     /* has something behind all that its sender had sent */
	bool keepalive; /* at most a byte below what is acknowledged */
	bool probe;     /* a byte, or none, at a closed window */
	enum sea_lint_sending sending;
};

void sea_lint_found(struct sea_lint *lint, struct sea_lint_flow *flow, enum sea_lint_rule rule,
		    const struct sea_lint_at *at, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* What this segment breaks; `at` it. */
#define sea_lint_says(look, rule, ...) \
	sea_lint_found((look)->lint, (look)->flow, SEA_LINT_##rule, &(look)->lint->now, __VA_ARGS__)

/* Rules, by subject; each is asked before the segment changes its flow. */
bool sea_lint_rules_ip(struct sea_lint *lint, const struct sea_lint_seg *seg,
		       enum sea_lint_kind kind);
bool sea_lint_rules_tcp_header(struct sea_lint *lint, struct sea_lint_seg *seg);
void sea_lint_rules_header(const struct sea_lint_look *look);
void sea_lint_rules_handshake(const struct sea_lint_look *look);
void sea_lint_rules_sequence(const struct sea_lint_look *look);
void sea_lint_rules_window(const struct sea_lint_look *look);
void sea_lint_rules_retransmit(const struct sea_lint_look *look);
void sea_lint_rules_sack(const struct sea_lint_look *look);
void sea_lint_rules_timestamp(const struct sea_lint_look *look);
void sea_lint_rules_ecn(const struct sea_lint_look *look);
void sea_lint_rules_accecn(const struct sea_lint_look *look);
/* What was not sent again, of a flow at the time lint->now. */
void sea_lint_rules_missing(struct sea_lint *lint, struct sea_lint_flow *flow,
			    struct sea_lint_half *half, bool goes_on);
/* After those: the flow's state becomes what it is after the segment. */
void sea_lint_follow(const struct sea_lint_look *look);
/* Its part for Accurate ECN, before all else: it compares what SYNs ask for. */
void sea_lint_follow_accecn(const struct sea_lint_look *look);

/* Sequence numbers as people read them: from the SYN's on, where that was seen. */
static inline uint32_t sea_lint_rel(const struct sea_lint_half *half, sea_seq seq)
{
	return half->offer.syn ? seq.v - half->offer.iss.v : seq.v;
}

/* Long enough for packets that a capture has in another order than the wire. */
#define SEA_LINT_SETTLED_NS 20000000u

static inline bool sea_lint_settled(const struct sea_lint_doubt *doubt, uint64_t now_ns)
{
	return doubt->is && now_ns >= doubt->at.time_ns + SEA_LINT_SETTLED_NS;
}

static inline void sea_lint_doubt(struct sea_lint_doubt *doubt, const struct sea_lint_look *look,
				  uint32_t value)
{
	if (!doubt->is)
		*doubt = (struct sea_lint_doubt){ true, look->lint->now, value };
}

#endif
