/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BBR version 3 (draft-ietf-ccwg-bbr): as bbr.h, but it slows down for loss. It remembers how much the path took in the
 * long term before more than 2% were lost, and in the short term what it took lately. bbr3_path.c measures, cc_bbr3.c
 * goes through the states and sets window and rate. Names are the draft's, segments and microseconds << 24 those of bbr.h.
 *
 *	Startup ───► Drain ───► ProbeBW: DOWN ───► CRUISE ───► REFILL ───► UP ──┐
 *	   ▲                         ▲  └───────────────────────▲               │
 *	   │                         └──────────────────────────────────────────┘
 *	   └──────── ProbeRTT, every 5 s, from anywhere: half a BDP for 200 ms; then CRUISE if the path was full
 *
 * Marks (ECN) are no sign to it, as in the draft.
 */
#ifndef SEA_TCP_BBR3_H
#define SEA_TCP_BBR3_H

#include "transport/tcp/bbr.h"

#define BBR3_NO_BOUND UINT32_MAX
#define BBR3_STARTUP_GAIN 709u /* 4 ln 2 = 2.77 */
#define BBR3_PROBE_RTT_CWND_GAIN 128u

enum tcp_bbr3_state {
	BBR3_STARTUP,
	BBR3_DRAIN,
	BBR3_DOWN,
	BBR3_CRUISE,
	BBR3_REFILL,
	BBR3_UP,
	BBR3_PROBE_RTT,
	BBR3_NO_STATE
};

/* What ACKs are of: of which part of a probe for bandwidth. */
enum tcp_bbr3_acks {
	BBR3_ACKS_INIT,
	BBR3_ACKS_REFILLING,
	BBR3_ACKS_PROBE_STARTING,
	BBR3_ACKS_PROBE_FEEDBACK,
	BBR3_ACKS_PROBE_STOPPING
};

struct tcp_bbr3 {
	struct tcp_model model; /* first */

	uint8_t state, ack_phase; /* the two enums above */
	uint32_t pacing_gain, cwnd_gain;

	uint32_t round_count, next_round_delivered;
	bool round_start;

	/* Bandwidth: the most of this cycle of ProbeBW and the one before. */
	uint32_t cycle_bw[2];
	uint32_t bw, bw_latest, bw_shortterm;
	uint32_t inflight_latest, inflight_shortterm, inflight_longterm;

	/* Loss, by round trips of their own. */
	uint32_t loss_round_delivered;
	bool loss_round_start, is_loss_in_round;
	uint32_t loss_ranges; /* of this round */
	uint8_t prior_ca_state;

	/* Startup and UP: is the path full? */
	uint32_t full_bw;
	uint8_t full_bw_count;
	bool full_bw_now, full_bw_reached;
	uint32_t drain_start_round;

	/* ProbeBW */
	sea_time cycle_stamp;
	int64_t bw_probe_wait_ns;
	uint32_t rounds_since_probe_up;
	uint32_t probe_up_acked_per_inc, bw_probe_up_acked, bw_probe_up_rounds;
	bool is_bw_probe_sample, prev_probe_too_high, prev_probe_precautionary;

	uint32_t min_rtt_us, probe_rtt_min_us;
	sea_time min_rtt_stamp, probe_rtt_min_stamp;
	sea_time probe_rtt_done_stamp; /* ZERO: it waits until little is in flight */
	bool probe_rtt_expired, probe_rtt_round_done, idle_restart, rtt_seen;

	sea_time extra_acked_start;
	uint32_t extra_acked_delivered;
	struct tcp_extreme extra_acked;

	uint32_t prior_cwnd;
	/* Before a loss that may turn out to be none. */
	uint8_t undo_state;
	bool undone;
	uint32_t undo_bw_shortterm, undo_inflight_shortterm, undo_inflight_longterm;
};

static inline struct tcp_bbr3 *tcp_bbr3(const struct tcp_cc *cc)
{
	return (struct tcp_bbr3 *)(void *)cc->model;
}

static inline bool tcp_bbr3_probes_bw(const struct tcp_bbr3 *b)
{
	return b->state >= BBR3_DOWN && b->state <= BBR3_UP;
}

static inline void tcp_bbr3_start_round(struct tcp_bbr3 *b, const struct tcp_path *p)
{
	b->next_round_delivered = p->delivered;
}

/* -- bbr3_path.c -- */

/* RS.delivery_rate; 0: none. */
uint32_t sea_tcp_bbr3_rate(const struct tcp_path *p);
uint32_t sea_tcp_bbr3_max_bw(const struct tcp_bbr3 *b);
void sea_tcp_bbr3_advance_max_bw(struct tcp_bbr3 *b);
/* Were more than 2% lost of what was in flight with what is acknowledged now? */
bool sea_tcp_bbr3_inflight_too_high(const struct tcp_path *p);
void sea_tcp_bbr3_reset_congestion_signals(struct tcp_bbr3 *b);
void sea_tcp_bbr3_reset_shortterm(struct tcp_bbr3 *b);
void sea_tcp_bbr3_reset_full_bw(struct tcp_bbr3 *b);
/* UpdateLatestDeliverySignals, UpdateCongestionSignals (the loss round's end included) */
void sea_tcp_bbr3_update_signals(struct tcp_bbr3 *b, const struct tcp_path *p, uint32_t cwnd);
/* AdvanceLatestDeliverySignals, BoundBWForModel */
void sea_tcp_bbr3_advance_signals(struct tcp_bbr3 *b, const struct tcp_path *p);
void sea_tcp_bbr3_update_aggregation(struct tcp_bbr3 *b, const struct tcp_path *p, uint32_t cwnd);
void sea_tcp_bbr3_check_full_bw(struct tcp_bbr3 *b, const struct tcp_path *p);
/* How much of a burst that was lost in part the path took (InflightAtLoss). */
uint32_t sea_tcp_bbr3_inflight_at_loss(const struct tcp_lost *lost);

/* -- bbr3_states.c -- */

/* Segments that the path holds, times `gain` (BDPMultiple); with room for bursts (QuantizationBudget). */
uint32_t sea_tcp_bbr3_bdp(const struct tcp_bbr3 *b, uint32_t gain);
uint32_t sea_tcp_bbr3_budget(const struct tcp_bbr3 *b, const struct tcp_path *p, uint32_t segs);
uint32_t sea_tcp_bbr3_target_inflight(const struct tcp_cc *cc);
/* The long-term bound less what is left free for others. */
uint32_t sea_tcp_bbr3_with_headroom(const struct tcp_bbr3 *b);
/* Another state, with its gains. */
void sea_tcp_bbr3_enter(struct tcp_bbr3 *b, enum tcp_bbr3_state state);
void sea_tcp_bbr3_start_down(struct tcp_bbr3 *b, const struct tcp_path *p);
void sea_tcp_bbr3_start_refill(struct tcp_bbr3 *b, const struct tcp_path *p);
/* ProbeBW, once an ACK, and the long-term bound. */
void sea_tcp_bbr3_update_phase(struct tcp_cc *cc, const struct tcp_path *p);

#endif
