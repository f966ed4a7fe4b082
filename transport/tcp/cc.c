/* SPDX-License-Identifier: Apache-2.0 */
/* Which congestion controllers there are, and the steps that all of them share (RFC 5681 §3.1). */
#include <string.h>

#include "transport/tcp/cc.h"

static const struct tcp_cc_ops *const all[] = { &sea_tcp_cubic, &sea_tcp_reno,  &sea_tcp_bbr,
						&sea_tcp_bbr3,  &sea_tcp_dctcp, &sea_tcp_prague };

void sea_tcp_cc_init(struct tcp_cc *cc, const struct tcp_cc_ops *ops, sea_time now)
{
	*cc = (struct tcp_cc){
		.cwnd = TCP_CWND_INIT,
		.ssthresh = TCP_SSTHRESH_INFINITE,
		.cwnd_clamp = UINT32_MAX,
	};
	sea_tcp_cc_switch(cc, ops, now);
}

void sea_tcp_cc_switch(struct tcp_cc *cc, const struct tcp_cc_ops *ops, sea_time now)
{
	cc->ops = ops;
	memset(cc->priv, 0, sizeof(cc->priv));
	ops->init(cc, now);
}

void sea_tcp_cc_event(struct tcp_cc *cc, enum tcp_cc_event event, sea_time now, int64_t idle_ns)
{
	if (cc->ops->event)
		cc->ops->event(cc, event, now, idle_ns);
}

const struct tcp_cc_ops *sea_tcp_cc_at(unsigned i)
{
	return i < sizeof(all) / sizeof(all[0]) ? all[i] : NULL;
}

const struct tcp_cc_ops *sea_tcp_cc_find(const char *name)
{
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!strcmp(all[i]->name, name))
			return all[i];
	return NULL;
}

const struct tcp_cc_ops *sea_tcp_cc_find_any(const char *name)
{
	const struct tcp_cc_ops *ops = sea_tcp_cc_find(name);

	return ops || strcmp(sea_tcp_dctcp_reno.name, name) ? ops : &sea_tcp_dctcp_reno;
}

static uint32_t clamped(const struct tcp_cc *cc, uint64_t cwnd)
{
	return cwnd < cc->cwnd_clamp ? (uint32_t)cwnd : cc->cwnd_clamp;
}

/*
 * Appropriate byte counting (RFC 3465) without a limit: what is counted is segments that were sent
 * as such, so dividing ACKs gains nothing.
 */
uint32_t sea_tcp_cc_slow_start(struct tcp_cc *cc, uint32_t acked)
{
	uint64_t cwnd = (uint64_t)cc->cwnd + acked;

	if (cwnd > cc->ssthresh)
		cwnd = cc->ssthresh;
	acked -= (uint32_t)(cwnd - cc->cwnd);
	cc->cwnd = clamped(cc, cwnd);
	return acked;
}

void sea_tcp_cc_additive(struct tcp_cc *cc, uint32_t w, uint32_t acked)
{
	uint32_t more = 0;

	if (cc->cwnd_cnt >= w) { /* w shrank: the credit of the old one is worth one segment */
		cc->cwnd_cnt = 0;
		more = 1;
	}
	cc->cwnd_cnt += acked;
	more += cc->cwnd_cnt / w;
	cc->cwnd_cnt %= w;
	cc->cwnd = clamped(cc, (uint64_t)cc->cwnd + more);
}
