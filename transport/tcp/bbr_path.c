/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What BBR measures: rounds, the bandwidth of the last ten, a policer's (which lets bursts pass and then drops: from
 * loss to loss, over four rounds and more, the same rate twice), and how many ACKs come at once.
 */
#include "core/minmax.h"
#include "transport/tcp/bbr.h"

#define BW_ROUNDS 10u

#define LT_ROUNDS_MIN 4u   /* an interval is this long at least */
#define LT_ROUNDS_MAX 16u  /* and given up when no loss ends it */
#define LT_ROUNDS_USED 48u /* then it is tried whether the policer is still there */
#define LT_LOSS 50u        /* of 256 delivered: that many lost are a policer's work */
#define LT_ALIKE 8u        /* two rates are when they differ by an eighth at most ... */
#define LT_ALIKE_RATE 500u /* ... or by so many bytes a second */

#define EXTRA_ROUNDS 5u
#define EXTRA_ROUNDS_SPAN 31u
#define AGGREGATED_MAX 0xfffffu

uint32_t sea_tcp_bbr_bw(const struct tcp_bbr *b)
{
	return b->lt.in_use ? b->lt.bw : tcp_bbr_max_bw(b);
}

uint64_t sea_tcp_bbr_rate(uint64_t bw, uint32_t gain, uint32_t mss)
{
	uint64_t rate = bw * mss * gain >> BBR_GAIN_SHIFT;

	return rate * (1000000 / 100 * (100 - BBR_MARGIN_PERCENT)) >> BBR_BW_SHIFT;
}

/* -- the policer -- */

static uint32_t ms_of(sea_time t)
{
	return (uint32_t)(t.ns / SEA_MSEC);
}

static void lt_begin(struct tcp_bbr_long *lt, const struct tcp_path *p)
{
	lt->began_ms = ms_of(p->delivered_at);
	lt->delivered = p->delivered;
	lt->lost = p->lost;
	lt->rounds = 0;
}

void sea_tcp_bbr_lt_forget(struct tcp_bbr *b, const struct tcp_path *p)
{
	b->lt = (struct tcp_bbr_long){ .bw = 0 };
	lt_begin(&b->lt, p);
}

static bool alike(uint32_t a, uint32_t b, uint32_t mss)
{
	uint32_t diff = a > b ? a - b : b - a;

	return (uint64_t)diff * LT_ALIKE <= b ||
	       sea_tcp_bbr_rate(diff, BBR_GAIN_ONE, mss) <= LT_ALIKE_RATE;
}

/* An interval is over: the second of the same rate is a policer's. */
static void lt_done(struct tcp_bbr *b, uint32_t bw, const struct tcp_path *p)
{
	struct tcp_bbr_long *lt = &b->lt;

	if (lt->bw && alike(bw, lt->bw, p->mss)) {
		lt->bw = (uint32_t)(((uint64_t)bw + lt->bw) >> 1);
		lt->in_use = true;
		lt->rounds = 0;
		b->pacing_gain = BBR_GAIN_ONE;
		return;
	}
	lt->bw = bw;
	lt_begin(lt, p);
}

/* In use: for as many rounds as it may be, without a look at what is lost. */
static bool lt_used_up(struct tcp_bbr *b, const struct tcp_path *p)
{
	if (b->mode != BBR_PROBE_BW || !b->round_start || ++b->lt.rounds < LT_ROUNDS_USED)
		return false;
	sea_tcp_bbr_lt_forget(b, p);
	return true;
}

/* Enough was lost in the interval, which a loss ends. */
static void lt_judge(struct tcp_bbr *b, const struct tcp_path *p)
{
	uint32_t lost = p->lost - b->lt.lost, delivered = p->delivered - b->lt.delivered;
	uint32_t ms = ms_of(p->delivered_at) - b->lt.began_ms;

	if (!delivered || lost << 8 < LT_LOSS * delivered || (int32_t)ms < 1)
		return;
	if (ms >= UINT32_MAX / 1000) {
		sea_tcp_bbr_lt_forget(b, p);
		return;
	}
	lt_done(b, (uint32_t)(delivered * BBR_BW_ONE / ((uint64_t)ms * 1000)), p);
}

bool sea_tcp_bbr_lt_sample(struct tcp_bbr *b, const struct tcp_path *p)
{
	struct tcp_bbr_long *lt = &b->lt;

	if (lt->in_use)
		return lt_used_up(b, p);
	if (!lt->sampling) {
		if (!p->losses)
			return false;
		lt_begin(lt, p);
		lt->sampling = true;
	}
	if (p->app_limited) {
		sea_tcp_bbr_lt_forget(b, p);
		return false;
	}
	if (b->round_start)
		lt->rounds++;
	if (lt->rounds < LT_ROUNDS_MIN)
		return false;
	if (lt->rounds > LT_ROUNDS_MAX)
		sea_tcp_bbr_lt_forget(b, p);
	else if (p->losses)
		lt_judge(b, p);
	return false;
}

/* -- rounds and bandwidth -- */

static void measure_round(struct tcp_bbr *b, const struct tcp_path *p)
{
	if ((int32_t)(p->prior_delivered - b->round_end) < 0)
		return;
	b->round_end = p->delivered;
	b->rounds++;
	b->round_start = true;
	b->conserving = false;
}

bool sea_tcp_bbr_measure(struct tcp_bbr *b, const struct tcp_path *p)
{
	bool anew;
	uint64_t bw;

	b->round_start = false;
	if (!p->sampled || p->interval_us <= 0)
		return false;
	measure_round(b, p);
	anew = sea_tcp_bbr_lt_sample(b, p);
	bw = p->in_time * BBR_BW_ONE / (uint64_t)p->interval_us;
	/* What the program limited counts where it is more all the same. */
	if (!p->app_limited || bw >= tcp_bbr_max_bw(b))
		sea_tcp_extreme_max(&b->bw, BW_ROUNDS, b->rounds, (uint32_t)bw);
	return anew;
}

/* -- ACKs at once -- */

static void next_extra_window(struct tcp_bbr *b)
{
	b->extra_rounds = (uint8_t)sea_min_u32(EXTRA_ROUNDS_SPAN, b->extra_rounds + 1u);
	if (b->extra_rounds < EXTRA_ROUNDS)
		return;
	b->extra_rounds = 0;
	b->extra_at = !b->extra_at;
	b->extra_acked[b->extra_at] = 0;
}

void sea_tcp_bbr_measure_aggregation(struct tcp_bbr *b, const struct tcp_path *p, uint32_t cwnd)
{
	int64_t us = sea_time_diff(p->delivered_at, b->aggregation_at) / SEA_USEC;
	uint64_t expected;
	uint32_t extra;

	if (!p->acked || !p->sampled || p->interval_us <= 0)
		return;
	if (b->round_start)
		next_extra_window(b);
	expected = (sea_tcp_bbr_bw(b) * (uint64_t)us) >> BBR_BW_SHIFT;
	/* It came no faster than the bandwidth: the burst is over. */
	if (b->aggregated <= expected || b->aggregated + p->acked > AGGREGATED_MAX) {
		b->aggregated = 0;
		b->aggregation_at = p->delivered_at;
		expected = 0;
	}
	b->aggregated = sea_min_u32(AGGREGATED_MAX, b->aggregated + p->acked);
	extra = sea_min_u32(b->aggregated - (uint32_t)expected, cwnd);
	b->extra_acked[b->extra_at] = sea_max_u32(b->extra_acked[b->extra_at], extra);
}
