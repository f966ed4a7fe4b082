/* SPDX-License-Identifier: Apache-2.0 */
/* What BBR version 3 measures: bandwidth by cycles, what loss says of the short term, and ACKs that come at once. */
#include "core/minmax.h"
#include "transport/tcp/bbr3.h"

#define BETA_PERCENT 70u
#define EXTRA_ACKED_ROUNDS 10u
#define FULL_BW_ROUNDS 3u

uint32_t sea_tcp_bbr3_rate(const struct tcp_path *p)
{
	if (!p->sampled || p->interval_us <= 0)
		return 0;
	return (uint32_t)(p->in_time * BBR_BW_ONE / (uint64_t)p->interval_us);
}

uint32_t sea_tcp_bbr3_max_bw(const struct tcp_bbr3 *b)
{
	return sea_max_u32(b->cycle_bw[0], b->cycle_bw[1]);
}

/* A cycle without samples is none. */
void sea_tcp_bbr3_advance_max_bw(struct tcp_bbr3 *b)
{
	if (!b->cycle_bw[1])
		return;
	b->cycle_bw[0] = b->cycle_bw[1];
	b->cycle_bw[1] = 0;
}

bool sea_tcp_bbr3_inflight_too_high(const struct tcp_path *p)
{
	if (!p->has_sack && p->lost_since)
		return true;
	return (uint64_t)p->lost_since * TCP_LOST_TOO_MANY > p->tx_in_flight;
}

/*
 * With n in flight and m lost before it, so many segments of the burst could be lost, too, before those were 2% of all:
 * (0.02 n - m) / (1 - 0.02).
 */
uint32_t sea_tcp_bbr3_inflight_at_loss(const struct tcp_lost *lost)
{
	int64_t size = lost->first.segs, n = lost->first.in_flight - size;
	int64_t more = (n - (int64_t)(lost->first.lost - size) * TCP_LOST_TOO_MANY) /
		       (int64_t)(TCP_LOST_TOO_MANY - 1);

	return n + more > 0 ? (uint32_t)(n + more) : 0;
}

void sea_tcp_bbr3_reset_congestion_signals(struct tcp_bbr3 *b)
{
	b->is_loss_in_round = false;
	b->loss_ranges = 0;
	b->bw_latest = b->inflight_latest = 0;
}

void sea_tcp_bbr3_reset_shortterm(struct tcp_bbr3 *b)
{
	b->bw_shortterm = b->inflight_shortterm = BBR3_NO_BOUND;
}

void sea_tcp_bbr3_reset_full_bw(struct tcp_bbr3 *b)
{
	b->full_bw = 0;
	b->full_bw_count = 0;
	b->full_bw_now = false;
}

/* -- once an ACK -- */

static void update_round(struct tcp_bbr3 *b, const struct tcp_path *p)
{
	b->round_start = p->sampled && (int32_t)(p->prior_delivered - b->next_round_delivered) >= 0;
	if (!b->round_start)
		return;
	tcp_bbr3_start_round(b, p);
	b->round_count++;
	b->rounds_since_probe_up++;
}

static void update_max_bw(struct tcp_bbr3 *b, const struct tcp_path *p)
{
	uint32_t rate = sea_tcp_bbr3_rate(p);

	update_round(b, p);
	if (rate && (rate >= sea_tcp_bbr3_max_bw(b) || !p->app_limited))
		b->cycle_bw[1] = sea_max_u32(b->cycle_bw[1], rate);
}

static uint32_t beta(uint32_t value)
{
	return (uint32_t)((uint64_t)value * BETA_PERCENT / 100);
}

/* Loss in a round that did not probe: seven tenths, but no less than what was delivered in it. */
static void lower_bounds(struct tcp_bbr3 *b, uint32_t cwnd)
{
	if (!b->is_loss_in_round || b->state == BBR3_STARTUP || b->state == BBR3_REFILL ||
	    b->state == BBR3_UP)
		return;
	if (b->bw_shortterm == BBR3_NO_BOUND)
		b->bw_shortterm = sea_tcp_bbr3_max_bw(b);
	if (b->inflight_shortterm == BBR3_NO_BOUND)
		b->inflight_shortterm = cwnd;
	b->bw_shortterm = sea_max_u32(b->bw_latest, beta(b->bw_shortterm));
	b->inflight_shortterm = sea_max_u32(b->inflight_latest, beta(b->inflight_shortterm));
}

void sea_tcp_bbr3_update_signals(struct tcp_bbr3 *b, const struct tcp_path *p, uint32_t cwnd)
{
	b->loss_round_start = false;
	if (p->sampled) {
		b->bw_latest = sea_max_u32(b->bw_latest, sea_tcp_bbr3_rate(p));
		b->inflight_latest = sea_max_u32(b->inflight_latest, p->in_time);
		if ((int32_t)(p->prior_delivered - b->loss_round_delivered) >= 0) {
			b->loss_round_delivered = p->delivered;
			b->loss_round_start = true;
		}
	}
	update_max_bw(b, p);
	if (b->loss_round_start)
		lower_bounds(b, cwnd);
}

void sea_tcp_bbr3_advance_signals(struct tcp_bbr3 *b, const struct tcp_path *p)
{
	if (b->loss_round_start) {
		b->is_loss_in_round = false;
		b->loss_ranges = 0;
		b->bw_latest = sea_tcp_bbr3_rate(p);
		b->inflight_latest = p->in_time;
	}
	b->bw = sea_min_u32(sea_tcp_bbr3_max_bw(b), b->bw_shortterm);
}

void sea_tcp_bbr3_update_aggregation(struct tcp_bbr3 *b, const struct tcp_path *p, uint32_t cwnd)
{
	int64_t us = sea_time_diff(p->now, b->extra_acked_start) / SEA_USEC;
	uint64_t expected = (uint64_t)b->bw * (uint64_t)us >> BBR_BW_SHIFT;
	uint32_t extra;

	if (b->extra_acked_delivered <= expected) {
		b->extra_acked_delivered = 0;
		b->extra_acked_start = p->now;
		expected = 0;
	}
	b->extra_acked_delivered += p->acked;
	extra = sea_min_u32(b->extra_acked_delivered - (uint32_t)expected, cwnd);
	/* Startup remembers one round alone. */
	sea_tcp_extreme_max(&b->extra_acked, b->full_bw_reached ? EXTRA_ACKED_ROUNDS : 1,
			    b->round_count, extra);
}

void sea_tcp_bbr3_check_full_bw(struct tcp_bbr3 *b, const struct tcp_path *p)
{
	uint32_t rate = sea_tcp_bbr3_rate(p);

	if (b->full_bw_now || !b->round_start || p->app_limited)
		return;
	if (rate >= (uint64_t)b->full_bw * 5 / 4) {
		sea_tcp_bbr3_reset_full_bw(b);
		b->full_bw = rate;
		return;
	}
	b->full_bw_now = ++b->full_bw_count >= FULL_BW_ROUNDS;
	b->full_bw_reached |= b->full_bw_now;
}
