/* SPDX-License-Identifier: Apache-2.0 */
/* Decides at what rate segments leave. Waiting is pacer.c. */
#include "transport/tcp/pacing.h"

#include "core/minmax.h"
#include "transport/tcp/model.h"

/* -- the rate -- */

/* 200% of cwnd / RTT in the first half of slow start, so that it may double, then 120%, to probe for more. */
static uint64_t compute(const struct tcp_conn *c, uint32_t segs)
{
	const struct tcp_sysctls *sys = &sea_tcp_st(c)->sysctl;
	uint64_t rate = (uint64_t)c->mss_cache * segs;
	uint64_t limit = c->sock.more->max_pacing_rate;

	if (!c->rtt.srtt_us && !tcp_in(c, TCP_SYNCHRONIZED))
		return limit;
	rate *= (uint32_t)(c->cc.cwnd < c->cc.ssthresh / 2 ? sys->pacing_ss_ratio
							   : sys->pacing_ca_ratio);
	rate = rate * 10000 * 8; /* percent x microseconds, srtt << 3 */
	if (c->rtt.srtt_us)
		rate /= c->rtt.srtt_us; /* else as for an RTT of a microsecond (as Linux) */
	return rate < limit ? rate : limit;
}

uint64_t sea_tcp_pacing_compute(const struct tcp_conn *c)
{
	return compute(c, sea_max_u32(c->cc.cwnd, c->fl->txq.packets_out));
}

void sea_tcp_pacing_begin(struct tcp_conn *c)
{
	if (c->fl != &sea_tcp_no_flight)
		c->fl->pacing_rate = compute(c, TCP_CWND_INIT);
}

void sea_tcp_pacing_update(struct tcp_conn *c)
{
	c->fl->pacing_rate = sea_tcp_pacing_compute(c);
}

static uint64_t rate_without_flight(const struct tcp_conn *c)
{
	return c->cc.ops->model && c->cc.model ? c->cc.model->pacing_rate
					       : sea_tcp_pacing_compute(c);
}

void sea_tcp_pacing_renew(struct tcp_conn *c)
{
	c->fl->pacing_rate = rate_without_flight(c);
}

uint64_t sea_tcp_pacing_rate(const struct tcp_conn *c)
{
	return c->fl == &sea_tcp_no_flight ? rate_without_flight(c) : c->fl->pacing_rate;
}

void sea_tcp_pacing_need(struct tcp_conn *c)
{
	if (!tcp_paced(c))
		c->sock.pacing |= SEA_PACING_NEEDED;
}

void sea_tcp_pacing_obey_cc(struct tcp_conn *c)
{
	if (c->cc.ops->paced)
		sea_tcp_pacing_need(c);
}

/* A lower limit holds at once; a higher one from the next ACK on, as on Linux. */
void sea_tcp_pacing_limit(struct tcp_conn *c)
{
	uint64_t limit = c->sock.more->max_pacing_rate;

	if (limit != UINT64_MAX)
		sea_tcp_pacing_need(c);
	if (c->fl != &sea_tcp_no_flight && c->fl->pacing_rate > limit)
		c->fl->pacing_rate = limit;
	if (c->cc.ops->model && c->cc.model && c->cc.model->pacing_rate > limit)
		c->cc.model->pacing_rate = limit;
}

void sea_tcp_pacing_stop(struct tcp_flight *fl, struct sea_stack *stack)
{
	if (!fl->pacer)
		return;
	sea_timer_remove(&stack->shard.timers, &fl->pacer->timer);
	sea_pool_free(&stack->shard.pool, fl->pacer, sizeof(*fl->pacer));
	fl->pacer = NULL;
}

/* -- time is used -- */

void sea_tcp_pacing_sent(struct tcp_conn *c, uint32_t len)
{
	struct tcp_flight *fl = c->fl;
	sea_time departure = tcp_departure(c);
	int64_t late = sea_time_diff(departure, sea_time_max(fl->wstamp, c->lsndtime)), ns;

	fl->wstamp = departure;
	if (fl->pacing_rate == UINT64_MAX || !fl->pacing_rate ||
	    c->data_segs_out < TCP_PACING_UNPACED_SEGMENTS)
		return;
	ns = (int64_t)(len * (uint64_t)SEA_SEC / fl->pacing_rate);
	/* What came late for want of a better clock is made up for, by half at most. */
	ns -= late < ns / 2 ? late : ns / 2;
	fl->wstamp = sea_time_add(departure, ns);
}

void sea_tcp_pacing_sent_bare(struct tcp_conn *c)
{
	if (c->fl != &sea_tcp_no_flight)
		c->fl->wstamp = tcp_departure(c);
}
