/* SPDX-License-Identifier: Apache-2.0 */
/* Decides how much later what a connection sends may leave. */
#include "transport/tcp/tx_delay.h"

#include <errno.h>

#include "transport/tcp/pacing.h"
#include "transport/tcp/rtt.h"

#define DELAY_END_US (1 << 28) /* a smoothed round trip is kept in eighths */
#define RATE_MAX UINT32_MAX    /* bytes a second: so that rate times delay is a number */

/* As Linux, one that is under way does not wait for its next samples to find out. */
static void foresee(struct tcp_conn *c, int64_t us)
{
	if (c->state != TCP_S_ESTABLISHED)
		return;
	sea_tcp_rtt_shift(&c->rtt, us);
	if (c->fl != &sea_tcp_no_flight && !c->cc.ops->model)
		sea_tcp_pacing_update(c);
}

int sea_tcp_tx_delay_set(struct tcp_conn *c, int us)
{
	struct tcp_side *side;

	if (us < 0 || us >= DELAY_END_US)
		return -EINVAL;
	if ((uint32_t)us == c->side->tx_delay_us)
		return 0;
	side = sea_tcp_side_edit(c);
	if (!side)
		return -ENOMEM;
	foresee(c, us - (int64_t)side->tx_delay_us);
	side->tx_delay_us = (uint32_t)us;
	if (us)
		c->sock.pacing |= SEA_PACING_LATER;
	else
		c->sock.pacing &= (uint8_t)~SEA_PACING_LATER;
	return 0;
}

static void stamp(struct sea_pkt *pkt, sea_time departure, uint32_t us)
{
	pkt->time = sea_time_add(departure, us * SEA_USEC);
	pkt->edt = 1;
}

void sea_tcp_tx_delay_stamp(const struct tcp_conn *c, struct sea_pkt *pkt)
{
	stamp(pkt, tcp_departure(c), c->side->tx_delay_us);
}

void sea_tcp_tx_delay_stamp_reply(const struct sea_stack *stack, struct sea_pkt *pkt, uint32_t us)
{
	stamp(pkt, stack->shard.now, us);
}

/* Twice what the rate makes of the time, since a packet weighs about twice its bytes. */
uint64_t sea_tcp_tx_delay_room(const struct tcp_conn *c)
{
	uint64_t rate = c->fl->pacing_rate < RATE_MAX ? c->fl->pacing_rate : RATE_MAX;

	return rate * c->side->tx_delay_us / (1000000 / 2);
}
