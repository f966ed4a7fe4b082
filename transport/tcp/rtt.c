/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides how long to wait for an acknowledgment.
 *
 * RFC 6298 takes one sample a round trip; we take one an ACK, which would let the variance decay too
 * fast. So, as Linux: the largest deviation of a window of data counts for that window, and rttvar
 * falls towards it only when the window ends. A deviation that comes from a *shorter* round trip
 * weighs an eighth: it is no reason to wait longer.
 */
#include "transport/tcp/rtt.h"

#include "core/minmax.h"

/* Larger samples say nothing and would overflow the scaled values. */
#define SAMPLE_MAX_US (UINT32_MAX >> 5)

void sea_tcp_rtt_init(struct tcp_rtt *rtt)
{
	*rtt = (struct tcp_rtt){
		.mdev_us = TCP_RTO_INIT_US,
		.rto_us = TCP_RTO_INIT_US,
		.rto_min_us = TCP_RTO_MIN_US,
	};
	sea_tcp_extreme_reset(&rtt->min_rtt, 0, UINT32_MAX);
}

void sea_tcp_rtt_fall_back(struct tcp_rtt *rtt)
{
	rtt->rto_us = TCP_RTO_FALLBACK_US;
	rtt->mdev_us = rtt->mdev_max_us = rtt->rttvar_us = TCP_RTO_FALLBACK_US;
}

/* About milliseconds; they wrap after seven weeks. */
static uint32_t ticks(int64_t ns)
{
	return (uint32_t)((uint64_t)ns >> 20);
}

void sea_tcp_rtt_min(struct tcp_rtt *rtt, uint32_t rtt_us, int64_t window_ns, sea_time now)
{
	(void)sea_tcp_extreme_min(&rtt->min_rtt, ticks(window_ns), ticks(now.ns),
				  sea_max_u32(rtt_us, 1));
}

/* RFC 6298 (2.2). */
static void first_sample(struct tcp_rtt *rtt, uint32_t rtt_us, sea_seq snd_nxt)
{
	rtt->srtt_us = rtt_us << 3;
	rtt->mdev_us = rtt_us << 1;
	rtt->rttvar_us = sea_max_u32(rtt->mdev_us, rtt->rto_min_us);
	rtt->mdev_max_us = rtt->rttvar_us;
	rtt->rtt_seq = snd_nxt;
}

/* RFC 6298 (2.3): gains of 1/8 and 1/4, on scaled values. */
static void smooth(struct tcp_rtt *rtt, uint32_t rtt_us)
{
	int32_t err = (int32_t)rtt_us - (int32_t)(rtt->srtt_us >> 3);
	int32_t dev = err < 0 ? -err : err;

	rtt->srtt_us += (uint32_t)err;
	dev -= (int32_t)(rtt->mdev_us >> 2);
	if (err < 0 && dev > 0)
		dev >>= 3;
	rtt->mdev_us += (uint32_t)dev;
}

static void track_variance(struct tcp_rtt *rtt, sea_seq snd_una, sea_seq snd_nxt)
{
	if (rtt->mdev_us > rtt->mdev_max_us) {
		rtt->mdev_max_us = rtt->mdev_us;
		rtt->rttvar_us = sea_max_u32(rtt->rttvar_us, rtt->mdev_max_us);
	}
	if (!sea_seq_gt(snd_una, rtt->rtt_seq))
		return;
	if (rtt->mdev_max_us < rtt->rttvar_us)
		rtt->rttvar_us -= (rtt->rttvar_us - rtt->mdev_max_us) >> 2;
	rtt->rtt_seq = snd_nxt;
	rtt->mdev_max_us = rtt->rto_min_us;
}

static void set_rto(struct tcp_rtt *rtt)
{
	uint32_t rto = (rtt->srtt_us >> 3) + rtt->rttvar_us;

	rtt->rto_us = rto < TCP_RTO_MAX_US ? rto : TCP_RTO_MAX_US;
}

void sea_tcp_rtt_sample(struct tcp_rtt *rtt, uint32_t rtt_us, sea_seq snd_una, sea_seq snd_nxt)
{
	rtt_us = sea_max_u32(rtt_us, 1);
	if (rtt_us > SAMPLE_MAX_US)
		rtt_us = SAMPLE_MAX_US;
	if (rtt->srtt_us) {
		smooth(rtt, rtt_us);
		track_variance(rtt, snd_una, snd_nxt);
	} else {
		first_sample(rtt, rtt_us, snd_nxt);
	}
	rtt->srtt_us = sea_max_u32(rtt->srtt_us, 1);
	set_rto(rtt);
}

void sea_tcp_rtt_shift(struct tcp_rtt *rtt, int64_t us)
{
	int64_t srtt = (int64_t)rtt->srtt_us + us * 8;

	rtt->srtt_us = (uint32_t)(srtt < 1 ? 1 : srtt < UINT32_MAX ? srtt : UINT32_MAX);
	sea_tcp_extreme_reset(&rtt->min_rtt, 0, UINT32_MAX);
	set_rto(rtt);
}

int64_t sea_tcp_rto_ns(const struct tcp_rtt *rtt, unsigned backoff)
{
	uint64_t rto = (uint64_t)rtt->rto_us << (backoff < 31 ? backoff : 31);

	if (rto > TCP_RTO_MAX_US)
		rto = TCP_RTO_MAX_US;
	return (int64_t)rto * SEA_USEC;
}
