/* SPDX-License-Identifier: Apache-2.0 */
/* Conversations over TCP, as far as a capture tells: both sides' state, built from what each has sent. */
#ifndef SEA_LINT_FLOW_H
#define SEA_LINT_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "packetimpact/lint/segment.h"
#include "packetimpact/lint/sent.h"

enum sea_lint_rule {
#define RULE(name, severity, clause, sentence) SEA_LINT_##name,
#include "packetimpact/lint/finding.def"
#undef RULE
	SEA_LINT_RULES
};

#define SEA_LINT_SACKED_MAX 32
#define SEA_LINT_RTT_BUCKETS 128

struct sea_lint_at {
	uint64_t frame, time_ns;
};

/* Something that a later segment proves or disproves. */
struct sea_lint_doubt {
	bool is;
	struct sea_lint_at at;
	uint32_t value;
};

/* Eight buckets for each doubling of time, so a median is right to a tenth. */
struct sea_lint_rtt {
	uint32_t n, bucket[SEA_LINT_RTT_BUCKETS];
	uint64_t min_ns, max_ns;
};

/* What one side's SYN said. */
struct sea_lint_offer {
	bool syn, ack; /* it was seen; with ACK */
	bool mss, wscale, sack_perm, ts, ece, cwr, ae, ect;
	uint8_t shift;
	uint16_t mss_bytes;
	sea_seq iss;
	uint32_t len; /* data on the SYN */
};

/* Accurate ECN: what one side sent that can be marked on its way, and what it told of the other side's. */
struct sea_lint_accecn {
	bool off;         /* SYNs that ask for different things: which of them counts is unknown */
	bool third;       /* something behind its SYN was seen */
	bool merged;      /* frames that were more than one packet were seen */
	uint32_t packets; /* ECN-capable ones, at most so many */
	/* the same, and all bytes, at two times before, a second apart or more */
	struct sea_lint_sent_before {
		uint64_t ns, bytes;
		uint32_t packets;
	} before[2];
	/* what it told last, and how much of the other side's had come or was lost by then, at least */
	bool told;
	uint8_t ace;
	uint32_t ts, come;
	sea_seq ack;
	struct {
		bool is;
		uint32_t value;
		uint64_t come;
	} counter[SEA_TCP_ACCECN_MAX]; /* E0B, CEB, E1B */
	uint32_t ce_come;              /* the other side's `come` when its `ce` came about */
};

/* One side: what it sent, and what the other side told it. */
struct sea_lint_half {
	struct sea_lint_offer offer;
	/* sequence: valid from its first segment on, other than a RST */
	bool began;
	sea_seq snd_max;
	uint64_t last_ns;
	/* what the peer acknowledged, and offered: the furthest right edge, and the latest */
	bool acked, windowed;
	sea_seq snd_una, edge, edge_last, wl1, wl2;
	uint64_t una_ns, closed_ns; /* when it advanced; since when the window is closed, or 0 */
	bool fin, rst;
	sea_seq fin_seq, rst_seq; /* where the FIN stands */
	uint64_t rst_ns;
	/* timestamps */
	bool ts;
	uint32_t ts_first, ts_max, ts_fresh; /* ts_fresh: of what was sent for the first time */
	/* the peer's acknowledgments of old: what was acknowledged for longer than a second, and the timestamp of that */
	struct {
		bool is;
		sea_seq una;
		uint32_t ts;
		uint64_t ns;
	} known[2];
	struct sea_lint_ranges ranges;
	struct sea_lint_bytes bytes;
	struct sea_sack_block sacked[SEA_LINT_SACKED_MAX];
	uint8_t n_sacked;
	uint16_t backoff; /* how often something was sent since a round trip was measured */
	/* ECN: data with CE that the peer has to tell of; ECE that it has to answer */
	struct sea_lint_doubt ce, ece;
	sea_seq ce_end;
	struct sea_lint_accecn accecn;
	/* of what this side sent */
	struct sea_lint_doubt shrunk, ack_beyond, sack_beyond, echo_beyond, over_window, unprobed;
	/* for the summary */
	uint64_t packets, bytes_sent, retransmissions;
	uint32_t window_max;
	struct sea_lint_rtt rtt;
};

struct sea_lint_flow {
	uint32_t id; /* from 1, by the first segment */
	bool v6;
	uint8_t addr[2][16]; /* of half[0], half[1] */
	uint16_t port[2];
	struct sea_lint_half half[2]; /* [0] is who sent the first segment */
	bool confused; /* a SYN in the midst of it: what is true of which connection is unknown */
	struct sea_lint_at first, last;
	uint32_t findings[SEA_LINT_RULES];
	struct sea_lint_flow *next; /* in its bucket */
};

/* Both SYNs were seen, so all that was agreed on is known. */
static inline bool sea_lint_flow_agreed(const struct sea_lint_flow *f)
{
	return f->half[0].offer.syn && f->half[1].offer.syn;
}

#define SEA_LINT_FLOWS_MAX 16384u

struct sea_lint_flows {
	struct sea_lint_flow **buckets, **by_id;
	uint32_t n, n_buckets, room;
	uint64_t key;     /* of the hash */
	uint64_t refused; /* segments of flows beyond the limit */
	struct sea_lint_budget budget;
};

void sea_lint_flows_init(struct sea_lint_flows *flows, uint64_t key, size_t budget);
void sea_lint_flows_fini(struct sea_lint_flows *flows);
/*
 * The flow of a segment; *from is who sent it. A SYN after the end of one is a new one. NULL beyond the limit, without
 * memory, and of a socket that talks to itself.
 */
struct sea_lint_flow *sea_lint_flows_get(struct sea_lint_flows *flows,
					 const struct sea_lint_seg *seg, int *from);
/* What it holds of bytes and ranges is needed no more. */
void sea_lint_flow_forget(struct sea_lint_flows *flows, struct sea_lint_flow *f);

void sea_lint_rtt_add(struct sea_lint_rtt *rtt, uint64_t ns);
uint64_t sea_lint_rtt_median(const struct sea_lint_rtt *rtt);

#endif
