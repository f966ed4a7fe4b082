/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BBR version 1 as Linux has it (net.ipv4.tcp_congestion_control = bbr): what it remembers, and the two files it is
 * made of. bbr_path.c measures the path, cc_bbr.c goes through the modes and sets window and rate.
 *
 *	STARTUP ──── bandwidth grows no more for three rounds ────► DRAIN ──── one BDP in flight ────► PROBE_BW
 *	    ▲                                                                                           │   ▲
 *	    └── if it was not full ──────────────── PROBE_RTT ◄──── no shorter round trip for 10 s ─────┘   │
 *	                                                └────────────── 200 ms at four segments ────────────┘
 *
 * Bandwidth is in segments a microsecond << BBR_BW_SHIFT, gains are in 1/256.
 */
#ifndef SEA_TCP_BBR_H
#define SEA_TCP_BBR_H

#include "transport/tcp/extreme.h"
#include "transport/tcp/model.h"

#define BBR_BW_SHIFT 24
#define BBR_BW_ONE (UINT64_C(1) << BBR_BW_SHIFT)
#define BBR_GAIN_SHIFT 8
#define BBR_GAIN_ONE (1u << BBR_GAIN_SHIFT)
#define BBR_MARGIN_PERCENT 1 /* paced a little slower than measured, so that queues drain */
#define BBR_CWND_MIN 4u

enum tcp_bbr_mode { BBR_STARTUP, BBR_DRAIN, BBR_PROBE_BW, BBR_PROBE_RTT };

/* A policer lets tokens pass, then drops: what is measured over its intervals, from loss to loss. */
struct tcp_bbr_long {
	uint32_t bw; /* of the last interval; in use: what the policer gives */
	uint32_t delivered, lost;
	uint32_t began_ms;
	uint8_t rounds;
	bool sampling, in_use;
};

struct tcp_bbr {
	struct tcp_model model; /* first */

	/* Rounds: one is over when something sent after it began is delivered. */
	uint32_t rounds, round_end;
	bool round_start;

	struct tcp_extreme bw; /* the most of ten rounds */
	struct tcp_bbr_long lt;
	uint32_t min_rtt_us;
	sea_time min_rtt_at;
	bool rtt_seen;

	uint8_t mode; /* enum tcp_bbr_mode */
	bool full_bw_reached;
	uint8_t full_bw_rounds; /* without growth */
	uint32_t full_bw;
	uint8_t phase; /* of PROBE_BW's eight */
	sea_time phase_at;
	uint32_t pacing_gain, cwnd_gain;

	sea_time probe_rtt_done; /* ZERO: four segments in flight are still waited for */
	bool probe_rtt_round_done;
	bool idle_restart;
	bool undone; /* a recovery was for nothing: no interval of the policer's is to begin before */

	uint8_t prior_ca_state;
	bool conserving; /* the first round of a recovery: what arrives is what is sent */
	uint32_t prior_cwnd;

	/* How many segments more than expected are acknowledged at once: two windows of five to ten rounds. */
	sea_time aggregation_at;
	uint32_t aggregated;
	uint32_t extra_acked[2];
	uint8_t extra_rounds, extra_at;
};

static inline struct tcp_bbr *tcp_bbr(const struct tcp_cc *cc)
{
	return (struct tcp_bbr *)(void *)cc->model;
}

/* -- bbr_path.c -- */

/* What the model takes for the path's bandwidth, and the most that was measured. */
uint32_t sea_tcp_bbr_bw(const struct tcp_bbr *b);
static inline uint32_t tcp_bbr_max_bw(const struct tcp_bbr *b)
{
	return tcp_extreme(&b->bw);
}

/* Rounds and bandwidth. Returns whether the policer is gone: PROBE_BW begins anew. */
bool sea_tcp_bbr_measure(struct tcp_bbr *b, const struct tcp_path *p);
/* How many ACKs come at once; `cwnd` bounds it. */
void sea_tcp_bbr_measure_aggregation(struct tcp_bbr *b, const struct tcp_path *p, uint32_t cwnd);
/* The policer's interval: of a loss, or all anew. */
bool sea_tcp_bbr_lt_sample(struct tcp_bbr *b, const struct tcp_path *p);
void sea_tcp_bbr_lt_forget(struct tcp_bbr *b, const struct tcp_path *p);
/* Bytes a second of `bw`, times `gain`, less the margin. */
uint64_t sea_tcp_bbr_rate(uint64_t bw, uint32_t gain, uint32_t mss);

#endif
