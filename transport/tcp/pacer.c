/* SPDX-License-Identifier: Apache-2.0 */
/* A connection that paces itself waits until its next segment may leave. */
#include "transport/tcp/pacing.h"
#include "transport/tcp/recovery.h"

static void fire(struct sea_timer *timer, sea_time now)
{
	struct tcp_conn *c = sea_container(timer, struct tcp_pacer, timer)->c;

	(void)now;
	if (!tcp_in(c, TCP_SYNCHRONIZED))
		return;
	sea_tcp_recovery_push(c);
	sea_tcp_push(c);
}

static struct tcp_pacer *pacer_of(struct tcp_conn *c)
{
	struct tcp_pacer *pacer = c->fl->pacer;

	if (pacer)
		return pacer;
	pacer = sea_pool_alloc(&c->sock.stack->shard.pool, sizeof(*pacer));
	if (!pacer)
		return NULL;
	sea_timer_init(&pacer->timer, fire);
	pacer->c = c;
	c->fl->pacer = pacer;
	return pacer;
}

bool sea_tcp_pacing_holds(struct tcp_conn *c)
{
	struct tcp_pacer *pacer;

	if (c->sock.pacing & SEA_PACING_FQ || !sea_time_before(tcp_now(c), c->fl->wstamp))
		return false;
	pacer = pacer_of(c);
	if (!pacer)
		return false; /* without memory for a timer it goes too early rather than never */
	if (!sea_timer_armed(&pacer->timer))
		sea_stack_arm(c->sock.stack, &pacer->timer, c->fl->wstamp);
	return true;
}
