/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures how fast data is delivered: segments delivered between the sending of an entry and its
 * delivery, over the longer of the times that sending and acknowledging them took.
 */
#include "transport/tcp/recovery.h"

void sea_tcp_rate_sent(struct tcp_conn *c, struct tcp_txseg *seg)
{
	/* A flight begins: only from here on is the path kept busy. */
	if (c->fl->txq.packets_out <= seg->segs && !(seg->bits & TCP_TX_EVER_RETRANS)) {
		c->fl->first_tx_stamp = seg->last_sent;
		c->fl->delivered_stamp = seg->last_sent;
	}
	seg->first_tx_stamp = c->fl->first_tx_stamp;
	seg->delivered_stamp = c->fl->delivered_stamp;
	seg->delivered = c->delivered;
	if (c->app_limited)
		seg->bits |= TCP_TX_APP_LIMITED;
	else
		seg->bits &= (uint8_t)~TCP_TX_APP_LIMITED;
}

/* Both were now once, so it is no more than 63 bits. */
static inline int64_t between(sea_time later, sea_time earlier)
{
	return (int64_t)((uint64_t)later.ns - (uint64_t)earlier.ns);
}

/* The entry sent last tells most. */
void sea_tcp_rate_delivered(struct tcp_conn *c, const struct tcp_txseg *seg,
			    struct tcp_ack_sample *a)
{
	c->fl->delivered_stamp = tcp_now(c);
	if (a->rate_valid && sea_time_before(seg->last_sent, a->rate_sent))
		return;
	a->rate_valid = true;
	a->rate_sent = seg->last_sent;
	a->rate_prior_delivered = seg->delivered;
	a->rate_prior_stamp = seg->delivered_stamp;
	a->rate_app_limited = seg->bits & TCP_TX_APP_LIMITED;
	a->rate_path = seg->path;
	a->rate_send_ns = between(seg->last_sent, seg->first_tx_stamp);
	c->fl->first_tx_stamp = seg->last_sent;
}

/* A sample that the program limited counts only when it is above what was measured. */
static bool is_better(const struct tcp_conn *c, uint64_t delivered, uint64_t us)
{
	return delivered * c->rate_interval_us >= c->rate_delivered * us;
}

/* As it was measured, of what was sent and delivered, in us; what is negative is large. */
static inline uint64_t interval(const struct tcp_conn *c, const struct tcp_ack_sample *a)
{
	int64_t ns = between(tcp_now(c), a->rate_prior_stamp);

	return (uint64_t)(ns > a->rate_send_ns ? ns : a->rate_send_ns) / SEA_USEC;
}

/* Else it was faster than the path: acknowledged in lumps, or of something resent. */
static inline bool is_credible(const struct tcp_conn *c, uint64_t us)
{
	/* Neither 0 nor more than 32 bits. */
	if (us - 1 >= UINT32_MAX)
		return false;
	return us >= tcp_min_rtt_us(&c->rtt);
}

bool sea_tcp_rate_sample(const struct tcp_conn *c, const struct tcp_ack_sample *a,
			 uint32_t *delivered, int64_t *us)
{
	if (!a->rate_valid || !a->rate_prior_stamp.ns || a->sack_reneg)
		return false;
	*delivered = (uint32_t)(c->delivered - a->rate_prior_delivered);
	*us = (int64_t)interval(c, a);
	if (!is_credible(c, (uint64_t)*us))
		*us = -1;
	return true;
}

void sea_tcp_rate_limited(struct tcp_conn *c)
{
	uint32_t out = sea_tcp_txq_in_flight(&c->fl->txq);

	c->app_limited = c->delivered + out ? c->delivered + out : 1;
}

void sea_tcp_rate_ack(struct tcp_conn *c, const struct tcp_ack_sample *a)
{
	uint64_t delivered = c->delivered - a->rate_prior_delivered;
	uint64_t us;

	/* Passed, or _NEW, which one more makes 0. */
	if (c->app_limited + 1 <= c->delivered)
		c->app_limited = 0;
	if (!a->rate_valid || !a->rate_prior_stamp.ns || a->sack_reneg)
		return;
	us = interval(c, a);
	if (!is_credible(c, us) || delivered > UINT32_MAX)
		return;
	if (a->rate_app_limited && !is_better(c, delivered, us))
		return;
	c->rate_delivered = (uint32_t)delivered;
	c->rate_interval_us = (uint32_t)us;
	if (a->rate_app_limited)
		c->flags |= TCP_F_RATE_APP_LIMITED;
	else
		tcp_clear(c, TCP_F_RATE_APP_LIMITED);
}

void sea_tcp_rate_check_app_limited(struct tcp_conn *c)
{
	uint32_t out = sea_tcp_txq_in_flight(&c->fl->txq);

	if (tcp_unsent(c) >= c->mss_cache || out >= c->cc.cwnd || c->sock.wmem_alloc > 0 ||
	    c->fl->txq.lost_out > c->fl->txq.retrans_out)
		return;
	sea_tcp_rate_limited(c);
}

uint64_t sea_tcp_delivery_rate(const struct tcp_conn *c)
{
	if (!c->rate_interval_us)
		return 0;
	return (uint64_t)c->rate_delivered * c->mss_cache * 1000000 / c->rate_interval_us;
}
