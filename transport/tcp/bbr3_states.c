/* SPDX-License-Identifier: Apache-2.0 */
/* The states of BBR version 3: how much may be in flight, and how it probes for bandwidth (ProbeBW). */
#include "core/minmax.h"
#include "transport/tcp/bbr3.h"

#define DRAIN_GAIN 128u
#define DOWN_GAIN 230u /* 0.9 */
#define UP_GAIN 320u   /* 1.25 */
#define CWND_GAIN 512u
#define UP_CWND_GAIN 576u /* 2.25 */
#define HEADROOM_PERCENT 15u
#define PROBE_WAIT_NS (2 * SEA_SEC) /* and up to a second more */
#define RENO_ROUNDS_MAX 63u
#define QUANTUM_MAX 65536u

/* -- how much may be in flight -- */

uint32_t sea_tcp_bbr3_bdp(const struct tcp_bbr3 *b, uint32_t gain)
{
	uint64_t w;

	if (b->min_rtt_us == TCP_RTT_UNKNOWN)
		return TCP_CWND_INIT;
	w = (uint64_t)b->bw * b->min_rtt_us * gain >> BBR_GAIN_SHIFT;
	return (uint32_t)((w + BBR_BW_ONE - 1) >> BBR_BW_SHIFT);
}

/* Segments of one burst: a millisecond of the rate, two at least (SetSendQuantum). */
static uint32_t quantum(const struct tcp_bbr3 *b, const struct tcp_path *p)
{
	uint64_t bytes = b->model.pacing_rate / 1000;

	return sea_max_u32((uint32_t)(bytes < QUANTUM_MAX ? bytes : QUANTUM_MAX) / p->mss, 2);
}

uint32_t sea_tcp_bbr3_budget(const struct tcp_bbr3 *b, const struct tcp_path *p, uint32_t segs)
{
	segs = sea_max_u32(segs, 3 * quantum(b, p));
	segs = sea_max_u32(segs, BBR_CWND_MIN);
	return segs + (b->state == BBR3_UP ? 2 : 0);
}

uint32_t sea_tcp_bbr3_target_inflight(const struct tcp_cc *cc)
{
	return sea_min_u32(sea_tcp_bbr3_bdp(tcp_bbr3(cc), BBR_GAIN_ONE), cc->cwnd);
}

/* Something is left free for others. */
uint32_t sea_tcp_bbr3_with_headroom(const struct tcp_bbr3 *b)
{
	uint32_t headroom;

	if (b->inflight_longterm == BBR3_NO_BOUND)
		return BBR3_NO_BOUND;
	headroom =
		sea_max_u32(1, (uint32_t)((uint64_t)b->inflight_longterm * HEADROOM_PERCENT / 100));
	return b->inflight_longterm > headroom + BBR_CWND_MIN ? b->inflight_longterm - headroom
							      : BBR_CWND_MIN;
}

/* -- states -- */

void sea_tcp_bbr3_enter(struct tcp_bbr3 *b, enum tcp_bbr3_state state)
{
	static const struct {
		uint16_t pacing, cwnd;
	} gains[] = {
		[BBR3_STARTUP] = { BBR3_STARTUP_GAIN, CWND_GAIN },
		[BBR3_DRAIN] = { DRAIN_GAIN, CWND_GAIN },
		[BBR3_DOWN] = { DOWN_GAIN, CWND_GAIN },
		[BBR3_CRUISE] = { BBR_GAIN_ONE, CWND_GAIN },
		[BBR3_REFILL] = { BBR_GAIN_ONE, CWND_GAIN },
		[BBR3_UP] = { UP_GAIN, UP_CWND_GAIN },
		[BBR3_PROBE_RTT] = { BBR_GAIN_ONE, BBR3_PROBE_RTT_CWND_GAIN },
	};

	b->state = (uint8_t)state;
	b->pacing_gain = gains[state].pacing;
	b->cwnd_gain = gains[state].cwnd;
}

/* Two to three seconds, or as many rounds as Reno would need, less one perhaps. */
static void pick_probe_wait(struct tcp_bbr3 *b)
{
	uint32_t random = tcp_model_random(&b->model);

	b->rounds_since_probe_up = random >> 31;
	b->bw_probe_wait_ns = PROBE_WAIT_NS + (int64_t)(random % 1000) * SEA_MSEC;
}

void sea_tcp_bbr3_start_down(struct tcp_bbr3 *b, const struct tcp_path *p)
{
	sea_tcp_bbr3_reset_congestion_signals(b);
	b->probe_up_acked_per_inc = BBR3_NO_BOUND;
	pick_probe_wait(b);
	b->cycle_stamp = p->now;
	b->ack_phase = BBR3_ACKS_PROBE_STOPPING;
	tcp_bbr3_start_round(b, p);
	sea_tcp_bbr3_enter(b, BBR3_DOWN);
}

void sea_tcp_bbr3_start_refill(struct tcp_bbr3 *b, const struct tcp_path *p)
{
	sea_tcp_bbr3_reset_shortterm(b);
	b->bw_probe_up_rounds = b->bw_probe_up_acked = 0;
	b->prev_probe_precautionary = false;
	b->ack_phase = BBR3_ACKS_REFILLING;
	tcp_bbr3_start_round(b, p);
	sea_tcp_bbr3_enter(b, BBR3_REFILL);
}

/* By one segment in the first round, by two in the next, by four ... */
static void raise_slope(struct tcp_bbr3 *b, uint32_t cwnd)
{
	b->probe_up_acked_per_inc = sea_max_u32(cwnd >> b->bw_probe_up_rounds, 1);
	b->bw_probe_up_rounds = sea_min_u32(b->bw_probe_up_rounds + 1, 30);
}

static void start_up(struct tcp_bbr3 *b, const struct tcp_path *p, uint32_t cwnd)
{
	b->ack_phase = BBR3_ACKS_PROBE_STARTING;
	tcp_bbr3_start_round(b, p);
	sea_tcp_bbr3_reset_full_bw(b);
	b->full_bw = sea_tcp_bbr3_rate(p);
	raise_slope(b, cwnd);
	sea_tcp_bbr3_enter(b, BBR3_UP);
}

/* -- ProbeBW -- */

static bool time_to_probe(const struct tcp_cc *cc, const struct tcp_path *p)
{
	struct tcp_bbr3 *b = tcp_bbr3(cc);
	uint32_t rounds = sea_min_u32(sea_tcp_bbr3_target_inflight(cc), RENO_ROUNDS_MAX);

	if (!sea_time_before(sea_time_add(b->cycle_stamp, b->bw_probe_wait_ns), p->now) &&
	    b->rounds_since_probe_up < rounds)
		return false;
	sea_tcp_bbr3_start_refill(b, p);
	return true;
}

static bool time_to_cruise(const struct tcp_bbr3 *b, const struct tcp_path *p)
{
	return p->in_flight <= sea_tcp_bbr3_with_headroom(b) &&
	       p->in_flight <= sea_tcp_bbr3_budget(b, p, sea_tcp_bbr3_bdp(b, BBR_GAIN_ONE));
}

static bool time_to_go_down(struct tcp_cc *cc, const struct tcp_path *p)
{
	struct tcp_bbr3 *b = tcp_bbr3(cc);

	if (b->prev_probe_too_high && p->in_flight >= b->inflight_longterm) {
		b->prev_probe_precautionary = true;
		return true;
	}
	if (p->cwnd_limited && cc->cwnd >= b->inflight_longterm) {
		sea_tcp_bbr3_reset_full_bw(b); /* the bound is the limit, not the path */
		b->full_bw = sea_tcp_bbr3_rate(p);
		return false;
	}
	return b->full_bw_now;
}

static void probe_upward(struct tcp_bbr3 *b, const struct tcp_path *p, uint32_t cwnd)
{
	uint32_t more;

	if (!p->cwnd_limited || cwnd < b->inflight_longterm)
		return;
	b->bw_probe_up_acked += p->acked;
	more = b->bw_probe_up_acked / b->probe_up_acked_per_inc;
	b->bw_probe_up_acked -= more * b->probe_up_acked_per_inc;
	b->inflight_longterm += more;
	if (b->round_start)
		raise_slope(b, cwnd);
}

/* A probe is over: its cycle is. True: the next begins at once, as the last went down out of caution alone. */
static bool probe_stopped(struct tcp_bbr3 *b, const struct tcp_path *p)
{
	b->is_bw_probe_sample = false;
	b->ack_phase = BBR3_ACKS_INIT;
	if (!tcp_bbr3_probes_bw(b))
		return false;
	if (!p->app_limited)
		sea_tcp_bbr3_advance_max_bw(b);
	if (!b->prev_probe_precautionary || b->prev_probe_too_high)
		return false;
	sea_tcp_bbr3_start_refill(b, p);
	return true;
}

/* True: the state was decided. */
static bool adapt_longterm(struct tcp_cc *cc, const struct tcp_path *p)
{
	struct tcp_bbr3 *b = tcp_bbr3(cc);

	if (b->ack_phase == BBR3_ACKS_PROBE_STARTING && b->round_start)
		b->ack_phase = BBR3_ACKS_PROBE_FEEDBACK;
	if (b->ack_phase == BBR3_ACKS_PROBE_STOPPING && b->round_start && probe_stopped(b, p))
		return true;
	if (sea_tcp_bbr3_inflight_too_high(p) || b->inflight_longterm == BBR3_NO_BOUND)
		return false;
	b->inflight_longterm = sea_max_u32(b->inflight_longterm, p->tx_in_flight);
	if (b->state == BBR3_UP)
		probe_upward(b, p, cc->cwnd);
	return false;
}

void sea_tcp_bbr3_update_phase(struct tcp_cc *cc, const struct tcp_path *p)
{
	struct tcp_bbr3 *b = tcp_bbr3(cc);

	if (!b->full_bw_reached || adapt_longterm(cc, p))
		return;
	if (b->state == BBR3_DOWN) {
		if (!time_to_probe(cc, p) && time_to_cruise(b, p))
			sea_tcp_bbr3_enter(b, BBR3_CRUISE);
	} else if (b->state == BBR3_CRUISE) {
		(void)time_to_probe(cc, p);
	} else if (b->state == BBR3_REFILL && b->round_start) {
		b->is_bw_probe_sample = true;
		start_up(b, p, cc->cwnd);
	} else if (b->state == BBR3_UP && time_to_go_down(cc, p)) {
		b->prev_probe_too_high = false;
		sea_tcp_bbr3_start_down(b, p);
	}
}
