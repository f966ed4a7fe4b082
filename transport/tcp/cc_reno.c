/* SPDX-License-Identifier: Apache-2.0 */
/* Reno (RFC 5681): doubles a round trip up to ssthresh, then one segment a round trip; halves. */
#include "transport/tcp/cc.h"

static void init(struct tcp_cc *cc, sea_time now)
{
	(void)cc;
	(void)now;
}

static uint32_t ssthresh(struct tcp_cc *cc)
{
	return cc->cwnd > 4 ? cc->cwnd / 2 : 2;
}

void sea_tcp_reno_cong_avoid(struct tcp_cc *cc, const struct tcp_cc_ack *ack)
{
	uint32_t acked = ack->acked;

	if (!ack->cwnd_limited)
		return;
	if (sea_tcp_in_slow_start(cc))
		acked = sea_tcp_cc_slow_start(cc, acked);
	if (acked)
		sea_tcp_cc_additive(cc, cc->cwnd, acked);
}

static uint32_t undo_cwnd(struct tcp_cc *cc)
{
	return cc->cwnd > cc->prior_cwnd ? cc->cwnd : cc->prior_cwnd;
}

const struct tcp_cc_ops sea_tcp_reno = {
	.name = "reno",
	.init = init,
	.ssthresh = ssthresh,
	.cong_avoid = sea_tcp_reno_cong_avoid,
	.undo_cwnd = undo_cwnd,
};

/* It says that it is not the one that was asked for. */
static void info(const struct tcp_cc *cc, const struct tcp_cc_marks *m, struct tcp_cc_info *info)
{
	(void)cc;
	(void)m;
	*info = (struct tcp_cc_info){ 0 };
}

const struct tcp_cc_ops sea_tcp_dctcp_reno = {
	.name = "dctcp-reno",
	.init = init,
	.ssthresh = ssthresh,
	.cong_avoid = sea_tcp_reno_cong_avoid,
	.undo_cwnd = undo_cwnd,
	.info = info,
};
