/* SPDX-License-Identifier: Apache-2.0 */
/* BBR version 3: what an ACK, a loss and a pause do to its state, and the window and the rate that follow (bbr3.h). */
#include <string.h>

#include "core/minmax.h"
#include "transport/tcp/bbr3.h"
#include "transport/tcp/recstate.h"

#define FULL_LOSS_RANGES 6u
#define DRAIN_ROUNDS 3u
#define BETA_PERCENT 70u
#define MIN_RTT_NS (10 * SEA_SEC)
#define PROBE_RTT_INTERVAL_NS (5 * SEA_SEC)
#define PROBE_RTT_NS (200 * SEA_MSEC)

static uint32_t probe_rtt_cwnd(const struct tcp_bbr3 *b)
{
	return sea_max_u32(sea_tcp_bbr3_bdp(b, BBR3_PROBE_RTT_CWND_GAIN), BBR_CWND_MIN);
}

/* -- the rate -- */

static void set_rate(struct tcp_bbr3 *b, const struct tcp_path *p, uint32_t bw, uint32_t gain)
{
	uint64_t rate = sea_tcp_bbr_rate(bw, gain, p->mss);

	rate = rate < p->max_pacing_rate ? rate : p->max_pacing_rate;
	if (b->full_bw_reached || rate > b->model.pacing_rate)
		b->model.pacing_rate = rate;
}

static void first_rate(const struct tcp_cc *cc, const struct tcp_path *p)
{
	struct tcp_bbr3 *b = tcp_bbr3(cc);
	uint32_t rtt_us = p->srtt_us ? sea_max_u32(p->srtt_us >> 3, 1) : 1000;
	uint64_t rate = cc->cwnd * UINT64_C(1000000) / rtt_us * p->mss * BBR3_STARTUP_GAIN >>
			BBR_GAIN_SHIFT;

	b->rtt_seen = p->srtt_us > 0;
	b->model.pacing_rate = rate < p->max_pacing_rate ? rate : p->max_pacing_rate;
}

/* -- loss -- */

static void save_cwnd(const struct tcp_cc *cc)
{
	struct tcp_bbr3 *b = tcp_bbr3(cc);

	if (b->prior_ca_state < TCP_CA_RECOVERY && b->state != BBR3_PROBE_RTT)
		b->prior_cwnd = cc->cwnd;
	else
		b->prior_cwnd = sea_max_u32(b->prior_cwnd, cc->cwnd);
}

static void note_loss(const struct tcp_cc *cc, const struct tcp_path *p)
{
	struct tcp_bbr3 *b = tcp_bbr3(cc);

	b->loss_ranges += p->lost_ranges;
	if (b->is_loss_in_round)
		return;
	b->is_loss_in_round = true;
	b->loss_round_delivered = p->delivered;
	save_cwnd(cc);
	b->undo_state = BBR3_NO_STATE;
	b->undo_bw_shortterm = b->bw_shortterm;
	b->undo_inflight_shortterm = b->inflight_shortterm;
	b->undo_inflight_longterm = b->inflight_longterm;
}

static void inflight_too_high(const struct tcp_cc *cc, const struct tcp_path *p)
{
	struct tcp_bbr3 *b = tcp_bbr3(cc);
	uint32_t floor =
		(uint32_t)((uint64_t)sea_tcp_bbr3_target_inflight(cc) * BETA_PERCENT / 100);

	b->prev_probe_too_high = true;
	b->is_bw_probe_sample = false;
	if (!p->lost_one.first.app_limited)
		b->inflight_longterm =
			sea_max_u32(sea_tcp_bbr3_inflight_at_loss(&p->lost_one), floor);
	if (b->state == BBR3_UP) {
		b->undo_state = BBR3_UP;
		sea_tcp_bbr3_start_down(b, p);
	}
}

static void handle_losses(const struct tcp_cc *cc, const struct tcp_path *p)
{
	if (!p->losses)
		return;
	note_loss(cc, p);
	if (tcp_bbr3(cc)->is_bw_probe_sample && p->lost_one.first.segs)
		inflight_too_high(cc, p);
}

/* The loss was none: what it bounded is as it was, and what it ended goes on. */
static void handle_undo(struct tcp_bbr3 *b, const struct tcp_path *p)
{
	if (!b->undone)
		return;
	b->undone = false;
	b->is_loss_in_round = false;
	sea_tcp_bbr3_reset_full_bw(b);
	b->bw_shortterm = sea_max_u32(b->bw_shortterm, b->undo_bw_shortterm);
	b->inflight_shortterm = sea_max_u32(b->inflight_shortterm, b->undo_inflight_shortterm);
	b->inflight_longterm = sea_max_u32(b->inflight_longterm, b->undo_inflight_longterm);
	if (b->undo_state == BBR3_STARTUP && b->state != BBR3_STARTUP) {
		b->full_bw_reached = false;
		if (b->state != BBR3_PROBE_RTT)
			sea_tcp_bbr3_enter(b, BBR3_STARTUP);
	} else if (b->undo_state == BBR3_UP && b->state != BBR3_UP && b->state != BBR3_PROBE_RTT) {
		sea_tcp_bbr3_start_refill(b, p);
	}
	b->undo_state = BBR3_NO_STATE;
}

/* -- Startup and Drain -- */

static bool startup_loses(const struct tcp_bbr3 *b, const struct tcp_path *p)
{
	if (!p->has_sack)
		return p->losses > 0;
	return b->loss_round_start && b->is_loss_in_round && b->loss_ranges >= FULL_LOSS_RANGES &&
	       sea_tcp_bbr3_inflight_too_high(p);
}

/* A whole round of recovery, which a round of loss is, in which too much was lost, in many places. */
static void check_startup_loss(struct tcp_bbr3 *b, const struct tcp_path *p)
{
	if (p->ca_state != TCP_CA_RECOVERY || b->full_bw_reached || !startup_loses(b, p))
		return;
	b->undo_state = BBR3_STARTUP;
	b->full_bw_reached = true;
	b->inflight_longterm = sea_max_u32(sea_tcp_bbr3_bdp(b, BBR_GAIN_ONE), b->inflight_latest);
}

static void check_startup_and_drain(struct tcp_cc *cc, const struct tcp_path *p)
{
	struct tcp_bbr3 *b = tcp_bbr3(cc);

	if (b->state == BBR3_STARTUP) {
		check_startup_loss(b, p);
		if (b->full_bw_reached) {
			b->drain_start_round = b->round_count;
			sea_tcp_bbr3_enter(b, BBR3_DRAIN);
			cc->ssthresh = sea_tcp_bbr3_budget(b, p, sea_tcp_bbr3_bdp(b, BBR_GAIN_ONE));
		}
	}
	if (b->state == BBR3_DRAIN &&
	    (p->in_flight <= sea_tcp_bbr3_budget(b, p, sea_tcp_bbr3_bdp(b, BBR_GAIN_ONE)) ||
	     b->round_count - b->drain_start_round > DRAIN_ROUNDS))
		sea_tcp_bbr3_start_down(b, p);
}

/* -- ProbeRTT -- */

static void update_min_rtt(struct tcp_bbr3 *b, const struct tcp_path *p)
{
	b->probe_rtt_expired = sea_time_before(
		sea_time_add(b->probe_rtt_min_stamp, PROBE_RTT_INTERVAL_NS), p->now);
	if (p->rtt_us >= 0 && (p->rtt_us < b->probe_rtt_min_us || b->probe_rtt_expired)) {
		b->probe_rtt_min_us = (uint32_t)p->rtt_us;
		b->probe_rtt_min_stamp = p->now;
	}
	if (b->probe_rtt_min_us < b->min_rtt_us ||
	    sea_time_before(sea_time_add(b->min_rtt_stamp, MIN_RTT_NS), p->now)) {
		b->min_rtt_us = b->probe_rtt_min_us;
		b->min_rtt_stamp = b->probe_rtt_min_stamp;
	}
}

static void check_probe_rtt_done(struct tcp_cc *cc, const struct tcp_path *p)
{
	struct tcp_bbr3 *b = tcp_bbr3(cc);

	if (!b->probe_rtt_done_stamp.ns || !sea_time_before(b->probe_rtt_done_stamp, p->now))
		return;
	b->probe_rtt_min_stamp = p->now;
	cc->cwnd = sea_max_u32(cc->cwnd, b->prior_cwnd);
	sea_tcp_bbr3_reset_shortterm(b);
	if (b->full_bw_reached) {
		sea_tcp_bbr3_start_down(b, p);
		sea_tcp_bbr3_enter(b, BBR3_CRUISE);
	} else {
		sea_tcp_bbr3_enter(b, BBR3_STARTUP);
	}
}

static void in_probe_rtt(struct tcp_cc *cc, struct tcp_path *p)
{
	struct tcp_bbr3 *b = tcp_bbr3(cc);

	p->limits_itself = true;
	if (!b->probe_rtt_done_stamp.ns) {
		if (p->in_flight > probe_rtt_cwnd(b))
			return;
		b->probe_rtt_done_stamp = sea_time_add(p->now, PROBE_RTT_NS);
		b->probe_rtt_round_done = false;
		tcp_bbr3_start_round(b, p);
		return;
	}
	b->probe_rtt_round_done |= b->round_start;
	if (b->probe_rtt_round_done)
		check_probe_rtt_done(cc, p);
}

static void check_probe_rtt(struct tcp_cc *cc, struct tcp_path *p)
{
	struct tcp_bbr3 *b = tcp_bbr3(cc);

	if (b->state != BBR3_PROBE_RTT && b->probe_rtt_expired && !b->idle_restart) {
		sea_tcp_bbr3_enter(b, BBR3_PROBE_RTT);
		save_cwnd(cc);
		b->probe_rtt_done_stamp = SEA_TIME_ZERO;
		b->ack_phase = BBR3_ACKS_PROBE_STOPPING;
		tcp_bbr3_start_round(b, p);
	}
	if (b->state == BBR3_PROBE_RTT)
		in_probe_rtt(cc, p);
	if (p->sampled && p->in_time)
		b->idle_restart = false;
}

/* -- the window -- */

static uint32_t cap(const struct tcp_bbr3 *b)
{
	uint32_t most = BBR3_NO_BOUND;

	if (b->state == BBR3_CRUISE || b->state == BBR3_PROBE_RTT)
		most = sea_tcp_bbr3_with_headroom(b);
	else if (tcp_bbr3_probes_bw(b))
		most = b->inflight_longterm;
	return sea_max_u32(sea_min_u32(most, b->inflight_shortterm), BBR_CWND_MIN);
}

static void set_cwnd(struct tcp_cc *cc, const struct tcp_path *p)
{
	const struct tcp_bbr3 *b = tcp_bbr3(cc);
	uint32_t most = sea_tcp_bbr3_budget(
		b, p, sea_tcp_bbr3_bdp(b, b->cwnd_gain) + tcp_extreme(&b->extra_acked));
	uint32_t cwnd = cc->cwnd;

	if (b->full_bw_reached)
		cwnd = sea_min_u32(cwnd + p->acked, most);
	else if (cwnd < most || p->delivered < TCP_CWND_INIT)
		cwnd += p->acked;
	cwnd = sea_max_u32(cwnd, BBR_CWND_MIN);
	if (b->state == BBR3_PROBE_RTT)
		cwnd = sea_min_u32(cwnd, probe_rtt_cwnd(b));
	cc->cwnd = sea_min_u32(sea_min_u32(cwnd, cap(b)), cc->cwnd_clamp);
}

/* Recovery ends with the window before. */
static void follow_recovery(struct tcp_cc *cc, const struct tcp_path *p)
{
	struct tcp_bbr3 *b = tcp_bbr3(cc);

	if (b->prior_ca_state >= TCP_CA_RECOVERY && p->ca_state < TCP_CA_RECOVERY)
		cc->cwnd = sea_max_u32(cc->cwnd, b->prior_cwnd);
	b->prior_ca_state = p->ca_state;
}

/* -- what recovery asks -- */

static void ack(struct tcp_cc *cc, struct tcp_path *p)
{
	struct tcp_bbr3 *b = tcp_bbr3(cc);

	handle_undo(b, p);
	handle_losses(cc, p);
	follow_recovery(cc, p);
	sea_tcp_bbr3_update_signals(b, p, cc->cwnd);
	sea_tcp_bbr3_update_aggregation(b, p, cc->cwnd);
	sea_tcp_bbr3_check_full_bw(b, p);
	check_startup_and_drain(cc, p);
	sea_tcp_bbr3_update_phase(cc, p);
	update_min_rtt(b, p);
	check_probe_rtt(cc, p);
	sea_tcp_bbr3_advance_signals(b, p);
	if (!b->rtt_seen && p->srtt_us)
		first_rate(cc, p);
	set_rate(b, p, b->bw, b->pacing_gain);
	set_cwnd(cc, p);
}

static void begin(struct tcp_cc *cc, const struct tcp_path *p)
{
	struct tcp_bbr3 *b = tcp_bbr3(cc);

	cc->ssthresh = TCP_SSTHRESH_INFINITE;
	b->min_rtt_us = b->probe_rtt_min_us = p->srtt_us ? p->srtt_us >> 3 : TCP_RTT_UNKNOWN;
	b->min_rtt_stamp = b->probe_rtt_min_stamp = b->extra_acked_start = p->now;
	b->next_round_delivered = b->loss_round_delivered = p->delivered;
	b->inflight_longterm = b->probe_up_acked_per_inc = BBR3_NO_BOUND;
	b->undo_state = BBR3_NO_STATE;
	sea_tcp_bbr3_reset_shortterm(b);
	first_rate(cc, p);
	sea_tcp_bbr3_enter(b, BBR3_STARTUP);
}

static void restart(struct tcp_cc *cc, const struct tcp_path *p)
{
	struct tcp_bbr3 *b = tcp_bbr3(cc);

	b->idle_restart = true;
	b->extra_acked_start = p->now;
	if (tcp_bbr3_probes_bw(b))
		set_rate(b, p, b->bw, BBR_GAIN_ONE);
	else if (b->state == BBR3_PROBE_RTT)
		check_probe_rtt_done(cc, p);
}

static void timeout(struct tcp_cc *cc, const struct tcp_path *p)
{
	struct tcp_path lost = *p;

	lost.losses = 1;
	tcp_bbr3(cc)->prior_ca_state = TCP_CA_LOSS; /* the window was noted down before */
	note_loss(cc, &lost);
}

static void init(struct tcp_cc *cc, sea_time now)
{
	(void)cc;
	(void)now;
}

static uint32_t ssthresh(struct tcp_cc *cc)
{
	if (cc->model)
		save_cwnd(cc);
	return cc->ssthresh;
}

static uint32_t undo_cwnd(struct tcp_cc *cc)
{
	if (!cc->model)
		return cc->cwnd;
	tcp_bbr3(cc)->undone = true;
	return sea_max_u32(cc->cwnd, tcp_bbr3(cc)->prior_cwnd);
}

static uint32_t min_tso_segs(const struct tcp_cc *cc)
{
	(void)cc;
	return 2;
}

static bool is_sane(const struct tcp_cc *cc)
{
	const struct tcp_bbr3 *b = tcp_bbr3(cc);

	return b->state < BBR3_NO_STATE && b->probe_up_acked_per_inc && b->bw_probe_up_rounds <= 30;
}

/* As version 1 tells: struct tcp_bbr_info. */
static size_t info(const struct tcp_cc *cc, uint32_t mss, void *to)
{
	const struct tcp_bbr3 *b = tcp_bbr3(cc);
	uint64_t bw = (uint64_t)b->bw * mss * 1000000 >> BBR_BW_SHIFT;
	const uint32_t i[] = { (uint32_t)bw, (uint32_t)(bw >> 32), b->min_rtt_us, b->pacing_gain,
			       b->cwnd_gain };

	memcpy(to, i, sizeof(i));
	return sizeof(i);
}

static const struct tcp_model_ops model = {
	.size = sizeof(struct tcp_bbr3),
	.begin = begin,
	.ack = ack,
	.restart = restart,
	.timeout = timeout,
	.min_tso_segs = min_tso_segs,
	.is_sane = is_sane,
	.info = info,
};

const struct tcp_cc_ops sea_tcp_bbr3 = {
	.name = "bbr3",
	.paced = true,
	.model = &model,
	.init = init,
	.ssthresh = ssthresh,
	.undo_cwnd = undo_cwnd,
};
