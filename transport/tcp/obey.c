/* SPDX-License-Identifier: Apache-2.0 */
/* What the route says of its paths (RTAX_* of Linux), as far as it is a connection's to obey. */
#include "core/link.h"
#include "core/minmax.h"
#include "transport/tcp/conn.h"
#include "transport/tcp/pacing.h"

uint32_t sea_tcp_init_cwnd(const struct tcp_conn *c)
{
	const struct sea_route_metrics *m = sea_dst_metrics(c->sock.stack, &c->dst);
	uint32_t cwnd = m && m->initcwnd ? m->initcwnd : TCP_CWND_INIT;

	return c->cc.cwnd_clamp ? sea_min_u32(cwnd, c->cc.cwnd_clamp) : cwnd;
}

bool sea_tcp_quickack_route(const struct tcp_conn *c)
{
	const struct sea_route_metrics *m = sea_dst_metrics(c->sock.stack, &c->dst);

	return m && m->quickack;
}

void sea_tcp_obey_route(struct tcp_conn *c)
{
	const struct sea_route_metrics *m = sea_dst_metrics(c->sock.stack, &c->dst);
	uint32_t rto_min_us = c->side->rto_min_us ? c->side->rto_min_us
						  : (uint32_t)sea_tcp_st(c)->sysctl.rto_min_us;

	if (m && m->rto_min_ms && !m->rto_min_unlocked)
		rto_min_us = sea_min_u32(m->rto_min_ms, UINT32_MAX / 1000) * 1000;
	c->rtt.rto_min_us = rto_min_us;
}

void sea_tcp_begin_route(struct tcp_conn *c)
{
	const struct sea_route_metrics *m = sea_dst_metrics(c->sock.stack, &c->dst);
	/* As on Linux the route's wins even where the program has chosen. */
	const struct tcp_cc_ops *ops = m ? sea_tcp_cc_find(m->congctl) : NULL;

	sea_tcp_obey_route(c);
	if (ops && ops != c->cc.ops)
		sea_tcp_cc_init(&c->cc, ops, tcp_now(c));
	if (m && m->window && m->window < c->window_clamp)
		c->window_clamp = m->window;
	c->cc.cwnd = sea_tcp_init_cwnd(c);
	if (!c->cc.ops->without_ecn) /* else once it is known who it is: sea_tcp_ecn_settle_cc() */
		sea_tcp_pacing_obey_cc(c);
}
