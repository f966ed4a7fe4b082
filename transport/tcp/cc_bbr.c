/* SPDX-License-Identifier: Apache-2.0 */
/* BBR's modes, and the window and the rate that follow from them (bbr.h). */
#include <string.h>

#include "core/minmax.h"
#include "transport/tcp/bbr.h"
#include "transport/tcp/recstate.h"

#define HIGH_GAIN 739u /* 2 / ln 2: the rate doubles each round */
#define DRAIN_GAIN 88u /* its inverse */
#define CWND_GAIN 512u
#define PHASES 8u
#define FULL_BW_ROUNDS 3u
#define MIN_RTT_NS (10 * SEA_SEC)
#define PROBE_RTT_NS (200 * SEA_MSEC)
#define SLOW_RATE 150000u /* bytes a second: below it bursts are single segments */
#define EXTRA_ACKED_US 100000u
#define BURST_SHIFT 10                /* bursts of 1/1024 s */
#define BURST_BYTES_MAX (65536 - 320) /* what one of Linux's buffers holds */
#define BURST_SEGS_MAX 127u

static const uint16_t phase_gain[PHASES] = { 320, 192, 256, 256, 256, 256, 256, 256 };

/* -- the rate -- */

static uint64_t rate_of(const struct tcp_path *p, uint64_t bw, uint32_t gain)
{
	uint64_t rate = sea_tcp_bbr_rate(bw, gain, p->mss);

	return rate < p->max_pacing_rate ? rate : p->max_pacing_rate;
}

/* Before anything was measured: the window in a round trip, which is a millisecond until one is known. */
static void first_rate(const struct tcp_cc *cc, const struct tcp_path *p)
{
	struct tcp_bbr *b = tcp_bbr(cc);
	uint32_t rtt_us = 1000;

	if (p->srtt_us) {
		rtt_us = sea_max_u32(p->srtt_us >> 3, 1);
		b->rtt_seen = true;
	}
	b->model.pacing_rate = rate_of(p, cc->cwnd * BBR_BW_ONE / rtt_us, HIGH_GAIN);
}

/* Until the path is full the rate does not fall. */
static void set_rate(const struct tcp_cc *cc, const struct tcp_path *p, uint32_t bw, uint32_t gain)
{
	struct tcp_bbr *b = tcp_bbr(cc);
	uint64_t rate = rate_of(p, bw, gain);

	if (!b->rtt_seen && p->srtt_us)
		first_rate(cc, p);
	if (b->full_bw_reached || rate > b->model.pacing_rate)
		b->model.pacing_rate = rate;
}

static uint32_t min_tso_segs(const struct tcp_cc *cc)
{
	return tcp_bbr(cc)->model.pacing_rate < SLOW_RATE ? 1 : 2;
}

static uint32_t burst_segs(const struct tcp_cc *cc, const struct tcp_path *p)
{
	uint64_t bytes = tcp_bbr(cc)->model.pacing_rate >> BURST_SHIFT;
	uint32_t segs = (uint32_t)(bytes < BURST_BYTES_MAX ? bytes : BURST_BYTES_MAX) / p->mss;

	return sea_min_u32(sea_max_u32(segs, min_tso_segs(cc)), BURST_SEGS_MAX);
}

/* -- how much should be in flight -- */

static uint32_t bdp(const struct tcp_bbr *b, uint32_t bw, uint32_t gain)
{
	uint64_t w;

	if (b->min_rtt_us == TCP_RTT_UNKNOWN)
		return TCP_CWND_INIT;
	w = (uint64_t)bw * b->min_rtt_us * gain >> BBR_GAIN_SHIFT;
	return (uint32_t)((w + BBR_BW_ONE - 1) >> BBR_BW_SHIFT);
}

/* Room for what stands in bursts on both ends, and an even number, as every other segment is acknowledged. */
static uint32_t with_bursts(const struct tcp_cc *cc, const struct tcp_path *p, uint32_t segs)
{
	const struct tcp_bbr *b = tcp_bbr(cc);

	segs = (segs + 3 * burst_segs(cc, p) + 1) & ~1u;
	return segs + (b->mode == BBR_PROBE_BW && !b->phase ? 2 : 0);
}

static uint32_t inflight(const struct tcp_cc *cc, const struct tcp_path *p, uint32_t bw,
			 uint32_t gain)
{
	return with_bursts(cc, p, bdp(tcp_bbr(cc), bw, gain));
}

/* What of `segs` is left in flight when the next segment departs. */
static uint32_t at_departure(const struct tcp_cc *cc, const struct tcp_path *p, uint32_t segs)
{
	const struct tcp_bbr *b = tcp_bbr(cc);
	uint64_t us = (uint64_t)(sea_time_diff(p->departure, p->now) / SEA_USEC);
	uint32_t gone = (uint32_t)(sea_tcp_bbr_bw(b) * us >> BBR_BW_SHIFT);

	if (b->pacing_gain > BBR_GAIN_ONE)
		segs += burst_segs(cc, p);
	return gone < segs ? segs - gone : 0;
}

/* -- the window -- */

static void save_cwnd(const struct tcp_cc *cc)
{
	struct tcp_bbr *b = tcp_bbr(cc);

	if (b->prior_ca_state < TCP_CA_RECOVERY && b->mode != BBR_PROBE_RTT)
		b->prior_cwnd = cc->cwnd;
	else
		b->prior_cwnd = sea_max_u32(b->prior_cwnd, cc->cwnd);
}

/* As many ACKs as come at once hold up so many segments, for a tenth of a second at most. */
static uint32_t aggregation(const struct tcp_bbr *b)
{
	uint32_t most;

	if (!b->full_bw_reached)
		return 0;
	most = (uint32_t)((uint64_t)sea_tcp_bbr_bw(b) * EXTRA_ACKED_US >> BBR_BW_SHIFT);
	return sea_min_u32(sea_max_u32(b->extra_acked[0], b->extra_acked[1]), most);
}

/* A recovery begins with what is in flight, for a round, and ends with the window before. Says whether that is all. */
static bool recovers(const struct tcp_cc *cc, const struct tcp_path *p, uint32_t *cwnd)
{
	struct tcp_bbr *b = tcp_bbr(cc);
	uint8_t before = b->prior_ca_state;

	*cwnd = cc->cwnd;
	if (p->losses)
		*cwnd = *cwnd > p->losses ? *cwnd - p->losses : 1;
	if (p->ca_state == TCP_CA_RECOVERY && before != TCP_CA_RECOVERY) {
		b->conserving = true;
		b->round_end = p->delivered;
		*cwnd = p->in_flight + p->acked;
	} else if (before >= TCP_CA_RECOVERY && p->ca_state < TCP_CA_RECOVERY) {
		*cwnd = sea_max_u32(*cwnd, b->prior_cwnd);
		b->conserving = false;
	}
	b->prior_ca_state = p->ca_state;
	if (b->conserving)
		*cwnd = sea_max_u32(*cwnd, p->in_flight + p->acked);
	return b->conserving;
}

static uint32_t next_cwnd(const struct tcp_cc *cc, const struct tcp_path *p, uint32_t bw)
{
	const struct tcp_bbr *b = tcp_bbr(cc);
	uint32_t cwnd, target;

	if (!p->acked)
		return cc->cwnd;
	if (recovers(cc, p, &cwnd))
		return cwnd;
	target = with_bursts(cc, p, bdp(b, bw, b->cwnd_gain) + aggregation(b));
	if (b->full_bw_reached)
		cwnd = sea_min_u32(cwnd + p->acked, target);
	else if (cwnd < target || p->delivered < TCP_CWND_INIT)
		cwnd += p->acked;
	return sea_max_u32(cwnd, BBR_CWND_MIN);
}

static void set_cwnd(struct tcp_cc *cc, const struct tcp_path *p, uint32_t bw)
{
	cc->cwnd = sea_min_u32(next_cwnd(cc, p, bw), cc->cwnd_clamp);
	if (tcp_bbr(cc)->mode == BBR_PROBE_RTT)
		cc->cwnd = sea_min_u32(cc->cwnd, BBR_CWND_MIN);
}

/* -- PROBE_BW: eight phases, each a round trip or more -- */

static void next_phase(struct tcp_bbr *b, const struct tcp_path *p)
{
	b->phase = (b->phase + 1) % PHASES;
	b->phase_at = p->delivered_at;
}

/* Begins with any phase but the one that drains. */
static void probe_bw(struct tcp_bbr *b, const struct tcp_path *p)
{
	b->mode = BBR_PROBE_BW;
	b->phase = (uint8_t)(PHASES - 1 - tcp_model_random(&b->model) % (PHASES - 1));
	next_phase(b, p);
}

static bool phase_is_over(const struct tcp_cc *cc, const struct tcp_path *p)
{
	const struct tcp_bbr *b = tcp_bbr(cc);
	bool whole = sea_time_diff(p->delivered_at, b->phase_at) / SEA_USEC > b->min_rtt_us;
	uint32_t out;

	if (b->pacing_gain == BBR_GAIN_ONE)
		return whole;
	out = at_departure(cc, p, p->prior_in_flight);
	/* Probing until the queue it aimed at stands, or something is lost; draining until that is gone. */
	if (b->pacing_gain > BBR_GAIN_ONE)
		return whole &&
		       (p->losses || out >= inflight(cc, p, tcp_bbr_max_bw(b), b->pacing_gain));
	return whole || out <= inflight(cc, p, tcp_bbr_max_bw(b), BBR_GAIN_ONE);
}

/* -- STARTUP and DRAIN -- */

static void check_full_bw(struct tcp_bbr *b, const struct tcp_path *p)
{
	uint32_t bw = tcp_bbr_max_bw(b);

	if (b->full_bw_reached || !b->round_start || p->app_limited)
		return;
	if (bw >= (uint64_t)b->full_bw * 5 / 4) {
		b->full_bw = bw;
		b->full_bw_rounds = 0;
		return;
	}
	b->full_bw_reached = ++b->full_bw_rounds >= FULL_BW_ROUNDS;
}

static void check_drain(struct tcp_cc *cc, const struct tcp_path *p)
{
	struct tcp_bbr *b = tcp_bbr(cc);

	if (b->mode == BBR_STARTUP && b->full_bw_reached) {
		b->mode = BBR_DRAIN;
		cc->ssthresh = inflight(cc, p, tcp_bbr_max_bw(b), BBR_GAIN_ONE);
	}
	if (b->mode == BBR_DRAIN &&
	    at_departure(cc, p, p->in_flight) <= inflight(cc, p, tcp_bbr_max_bw(b), BBR_GAIN_ONE))
		probe_bw(b, p);
}

/* -- PROBE_RTT -- */

static void check_probe_rtt_done(struct tcp_cc *cc, const struct tcp_path *p)
{
	struct tcp_bbr *b = tcp_bbr(cc);

	if (!b->probe_rtt_done.ns || !sea_time_before(b->probe_rtt_done, p->now))
		return;
	b->min_rtt_at = p->now;
	cc->cwnd = sea_max_u32(cc->cwnd, b->prior_cwnd);
	if (b->full_bw_reached)
		probe_bw(b, p);
	else
		b->mode = BBR_STARTUP;
}

static void in_probe_rtt(struct tcp_cc *cc, struct tcp_path *p)
{
	struct tcp_bbr *b = tcp_bbr(cc);

	p->limits_itself = true;
	if (!b->probe_rtt_done.ns) {
		if (p->in_flight > BBR_CWND_MIN)
			return;
		b->probe_rtt_done = sea_time_add(p->now, PROBE_RTT_NS);
		b->probe_rtt_round_done = false;
		b->round_end = p->delivered;
		return;
	}
	b->probe_rtt_round_done |= b->round_start;
	if (b->probe_rtt_round_done)
		check_probe_rtt_done(cc, p);
}

static void update_min_rtt(struct tcp_cc *cc, struct tcp_path *p)
{
	struct tcp_bbr *b = tcp_bbr(cc);
	bool old = sea_time_before(sea_time_add(b->min_rtt_at, MIN_RTT_NS), p->now);

	if (p->rtt_us >= 0 && (p->rtt_us < b->min_rtt_us || (old && !p->ack_delayed))) {
		b->min_rtt_us = (uint32_t)p->rtt_us;
		b->min_rtt_at = p->now;
	}
	if (old && !b->idle_restart && b->mode != BBR_PROBE_RTT) {
		b->mode = BBR_PROBE_RTT;
		save_cwnd(cc);
		b->probe_rtt_done = SEA_TIME_ZERO;
	}
	if (b->mode == BBR_PROBE_RTT)
		in_probe_rtt(cc, p);
	if (p->sampled && p->in_time)
		b->idle_restart = false;
}

/* -- all of it, once an ACK -- */

static void set_gains(struct tcp_bbr *b)
{
	switch ((enum tcp_bbr_mode)b->mode) {
	case BBR_STARTUP:
		b->pacing_gain = b->cwnd_gain = HIGH_GAIN;
		break;
	case BBR_DRAIN:
		b->pacing_gain = DRAIN_GAIN;
		b->cwnd_gain = HIGH_GAIN;
		break;
	case BBR_PROBE_BW:
		b->pacing_gain = b->lt.in_use ? BBR_GAIN_ONE : phase_gain[b->phase];
		b->cwnd_gain = CWND_GAIN;
		break;
	case BBR_PROBE_RTT:
		b->pacing_gain = b->cwnd_gain = BBR_GAIN_ONE;
		break;
	}
}

static void ack(struct tcp_cc *cc, struct tcp_path *p)
{
	struct tcp_bbr *b = tcp_bbr(cc);
	uint32_t bw;

	if (b->undone) {
		b->undone = false;
		sea_tcp_bbr_lt_forget(b, p);
	}
	if (sea_tcp_bbr_measure(b, p))
		probe_bw(b, p);
	sea_tcp_bbr_measure_aggregation(b, p, cc->cwnd);
	if (b->mode == BBR_PROBE_BW && phase_is_over(cc, p))
		next_phase(b, p);
	check_full_bw(b, p);
	check_drain(cc, p);
	update_min_rtt(cc, p);
	set_gains(b);
	bw = sea_tcp_bbr_bw(b);
	set_rate(cc, p, bw, b->pacing_gain);
	set_cwnd(cc, p, bw);
}

static void begin(struct tcp_cc *cc, const struct tcp_path *p)
{
	struct tcp_bbr *b = tcp_bbr(cc);

	cc->ssthresh = TCP_SSTHRESH_INFINITE;
	b->round_end = p->delivered;
	b->min_rtt_us = p->min_rtt_us;
	b->min_rtt_at = b->aggregation_at = p->now;
	b->prior_ca_state = TCP_CA_OPEN;
	sea_tcp_extreme_reset(&b->bw, 0, 0);
	first_rate(cc, p);
	sea_tcp_bbr_lt_forget(b, p);
	b->mode = BBR_STARTUP;
}

static void restart(struct tcp_cc *cc, const struct tcp_path *p)
{
	struct tcp_bbr *b = tcp_bbr(cc);

	b->idle_restart = true;
	b->aggregation_at = p->now;
	b->aggregated = 0;
	/* No faster than the path: the queue is empty, and there is nothing to drain. */
	if (b->mode == BBR_PROBE_BW)
		set_rate(cc, p, sea_tcp_bbr_bw(b), BBR_GAIN_ONE);
	else if (b->mode == BBR_PROBE_RTT)
		check_probe_rtt_done(cc, p);
}

static void timeout(struct tcp_cc *cc, const struct tcp_path *p)
{
	struct tcp_path lost = *p;
	struct tcp_bbr *b = tcp_bbr(cc);

	lost.losses = 1;
	lost.app_limited = false;
	b->prior_ca_state = TCP_CA_LOSS;
	b->full_bw = 0;
	b->round_start = true;
	if (sea_tcp_bbr_lt_sample(b, &lost))
		probe_bw(b, p);
}

/* -- what recovery asks -- */

static void init(struct tcp_cc *cc, sea_time now)
{
	(void)cc;
	(void)now;
}

/* Loss is no reason to slow down: the window is noted down alone. */
static uint32_t ssthresh(struct tcp_cc *cc)
{
	if (cc->model)
		save_cwnd(cc);
	return cc->ssthresh;
}

static uint32_t undo_cwnd(struct tcp_cc *cc)
{
	struct tcp_bbr *b = tcp_bbr(cc);

	if (b) {
		b->full_bw = 0;
		b->full_bw_rounds = 0;
		b->undone = true;
	}
	return cc->cwnd;
}

static size_t info(const struct tcp_cc *cc, uint32_t mss, void *to)
{
	const struct tcp_bbr *b = tcp_bbr(cc);
	uint64_t bw = (uint64_t)sea_tcp_bbr_bw(b) * mss * 1000000 >> BBR_BW_SHIFT;
	/* struct tcp_bbr_info of <linux/inet_diag.h> */
	const uint32_t i[] = { (uint32_t)bw, (uint32_t)(bw >> 32), b->min_rtt_us, b->pacing_gain,
			       b->cwnd_gain };

	memcpy(to, i, sizeof(i));
	return sizeof(i);
}

static bool is_sane(const struct tcp_cc *cc)
{
	const struct tcp_bbr *b = tcp_bbr(cc);

	return b->mode <= BBR_PROBE_RTT && b->phase < PHASES && b->extra_at < 2;
}

static const struct tcp_model_ops model = {
	.size = sizeof(struct tcp_bbr),
	.begin = begin,
	.ack = ack,
	.restart = restart,
	.timeout = timeout,
	.min_tso_segs = min_tso_segs,
	.is_sane = is_sane,
	.info = info,
};

const struct tcp_cc_ops sea_tcp_bbr = {
	.name = "bbr",
	.paced = true,
	.model = &model,
	.init = init,
	.ssthresh = ssthresh,
	.undo_cwnd = undo_cwnd,
};
