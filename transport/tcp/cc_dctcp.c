/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DCTCP (RFC 8257): how much was marked decides how much slower to go, instead of whether anything was:
 *
 *	alpha = (1 - g) alpha + g F   once a round trip, F being the share of segments that were marked, g = 1/16
 *	ssthresh = cwnd (1 - alpha / 2)
 *
 * Alpha is in 1/1024 and begins at 1. A loss halves the window as Reno's does. Without ECN it is Reno.
 */
#include <assert.h>

#include "core/minmax.h"
#include "transport/tcp/cc.h"

#define ALPHA_MAX 1024u
#define ALPHA_BITS 10
#define G_SHIFT 4
#define CWND_MIN 2u

struct dctcp {
	uint32_t alpha;
	uint32_t loss_cwnd; /* before the last reduction */
	uint32_t round_end; /* SND.NXT when this round trip began */
	uint32_t delivered, delivered_ce;
	bool begun; /* the three above say something */
};

static_assert(sizeof(struct dctcp) <= TCP_CC_PRIV, "fits the controller's own memory");

static struct dctcp *dctcp(struct tcp_cc *cc)
{
	return (struct dctcp *)(void *)cc->priv;
}

static void init(struct tcp_cc *cc, sea_time now)
{
	(void)now;
	*dctcp(cc) = (struct dctcp){ .alpha = ALPHA_MAX };
}

static void begin_round(struct dctcp *d, const struct tcp_cc_marks *m)
{
	d->round_end = m->snd_nxt;
	d->delivered = m->delivered;
	d->delivered_ce = m->delivered_ce;
	d->begun = true;
}

/* Alpha falls by a sixteenth, by all when that would be nothing: else it never came to 0. */
static void estimate(struct dctcp *d, uint32_t segs, uint32_t marked)
{
	uint32_t decay = d->alpha >> G_SHIFT;

	d->alpha -= decay ? decay : d->alpha;
	if (!marked)
		return;
	d->alpha = sea_min_u32(d->alpha + (uint32_t)(((uint64_t)marked << (ALPHA_BITS - G_SHIFT)) /
						     sea_max_u32(segs, 1)),
			       ALPHA_MAX);
}

static void marks(struct tcp_cc *cc, const struct tcp_cc_marks *m)
{
	struct dctcp *d = dctcp(cc);

	if (d->begun && (int32_t)(m->snd_una - d->round_end) < 0)
		return;
	if (d->begun)
		estimate(d, m->delivered - d->delivered, m->delivered_ce - d->delivered_ce);
	begin_round(d, m);
}

static uint32_t ssthresh(struct tcp_cc *cc)
{
	struct dctcp *d = dctcp(cc);
	uint32_t less = (uint32_t)((uint64_t)cc->cwnd * d->alpha >> (ALPHA_BITS + 1));

	d->loss_cwnd = cc->cwnd;
	return sea_max_u32(cc->cwnd - less, CWND_MIN);
}

static void event(struct tcp_cc *cc, enum tcp_cc_event event, sea_time now, int64_t idle_ns)
{
	(void)now;
	(void)idle_ns;
	if (event != TCP_CC_LOST && event != TCP_CC_RTO)
		return;
	dctcp(cc)->loss_cwnd = cc->cwnd;
	cc->ssthresh = sea_max_u32(cc->cwnd / 2, CWND_MIN);
}

static uint32_t undo_cwnd(struct tcp_cc *cc)
{
	return sea_max_u32(cc->cwnd, dctcp(cc)->loss_cwnd);
}

static void info(const struct tcp_cc *cc, const struct tcp_cc_marks *m, struct tcp_cc_info *info)
{
	const struct dctcp *d = (const struct dctcp *)(const void *)cc->priv;

	*info = (struct tcp_cc_info){ .enabled = 1, .alpha = d->alpha };
	if (!d->begun)
		return;
	info->bytes = m->delivered - d->delivered;
	info->bytes_marked = m->delivered_ce - d->delivered_ce;
}

const struct tcp_cc_ops sea_tcp_dctcp = {
	.name = "dctcp",
	.without_ecn = &sea_tcp_dctcp_reno,
	.init = init,
	.ssthresh = ssthresh,
	.cong_avoid = sea_tcp_reno_cong_avoid,
	.marks = marks,
	.info = info,
	.undo_cwnd = undo_cwnd,
	.event = event,
};
