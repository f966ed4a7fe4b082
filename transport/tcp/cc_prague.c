/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prague (draft-briscoe-iccrg-prague-congestion-control): DCTCP made fit for the Internet by the requirements of RFC 9331
 * §4.3. Its segments are ECT(1), for which a queue of L4S marks as soon as one waits a millisecond:
 *
 *	alpha    = (1 - g) alpha + g F      once a round trip, F being the share of segments that were marked, g = 1/16
 *	cwnd     = cwnd (1 - alpha / 2)     on a mark, once a round trip
 *	cwnd    += (RTT / round trip)^2 / cwnd   for each segment that was not marked, in a reduction, too
 *
 * A round trip is here at least 25 ms, whatever the path's is: so rates do not depend on RTTs below that. Alpha is 1 until the
 * first mark, which ends slow start. A loss halves the window as Reno's does, one in the round trip of a mark to no less
 * than half of what was before both. Fractions of a segment are kept.
 *
 * Behind a queue that marks by RFC 3168 the same would starve others. Such a queue is long and varies, where one of L4S is
 * neither ("TCP Prague Fall-back on Detection of a Classic ECN AQM", Briscoe and Ahmed): a score rises and falls with both in round
 * trips that saw marks, and by it the answer to a mark goes from alpha's to Reno's. Without Accurate ECN it is CUBIC.
 */
#include <assert.h>

#include "core/minmax.h"
#include "transport/tcp/cc.h"

#define ONE (1u << 20) /* alpha, and what is made of it */
#define G_SHIFT 4
#define ROUND_MIN_US 25000u
#define CWND_MIN 2u
#define RTT_MAX_US (1u << 28)

#define LG_ONE 256     /* logarithms and the score */
#define VARIES_LG 2445 /* of 750 us */
#define DEEP_LG 2807   /* of 2 ms */
#define SCORE_MIN (-16 * LG_ONE)
/* From 0 to 1 the answer changes; beyond, it takes time to be convinced of the contrary. */
#define SCORE_MAX (17 * LG_ONE)

struct prague {
	/* When this ACK came, the round trip began, the window was reduced: they go round. */
	uint32_t now_us, round_us, reduced_us;
	uint32_t rtt_avg_us, rtt_dev_us; /* << 3, << 2 */
	uint32_t alpha;
	uint32_t frac; /* of a segment, in 2^-32, beside the window */
	uint32_t rtt_us;
	uint32_t delivered, delivered_ce; /* when the round trip began */
	uint32_t seen_ce, fresh;          /* marks up to this ACK, and those that it told of */
	int32_t score;
	bool begun, marked, reduced; /* a round trip; ever; less than a round trip ago */
};

static_assert(sizeof(struct prague) <= TCP_CC_PRIV, "fits the controller's own memory");

static struct prague *prague(struct tcp_cc *cc)
{
	return (struct prague *)(void *)cc->priv;
}

static uint32_t us_of(sea_time t)
{
	return (uint32_t)(t.ns / SEA_USEC);
}

static void init(struct tcp_cc *cc, sea_time now)
{
	*prague(cc) = (struct prague){ .alpha = ONE, .now_us = us_of(now) };
}

/* A round trip ago, or longer. */
static bool is_over(const struct prague *p, uint32_t since_us)
{
	return p->now_us - since_us >= sea_max_u32(p->rtt_us, ROUND_MIN_US);
}

/* -- whose marks these are -- */

/* Between powers of two as straight lines. */
static int32_t lg(uint32_t x)
{
	uint32_t whole;

	if (x < 2)
		return 0;
	whole = 31u - (uint32_t)__builtin_clz(x);
	return (int32_t)(whole * LG_ONE + (uint32_t)(((uint64_t)x << 8 >> whole) - LG_ONE));
}

/* Of the last segment that an ACK is for: the first may have waited for it, which is no queue's doing. */
static void acked(struct tcp_cc *cc, const struct tcp_cc_ack *ack)
{
	struct prague *p = prague(cc);
	uint32_t rtt = sea_min_u32(ack->rtt_us, RTT_MAX_US), avg = p->rtt_avg_us >> 3;

	if (!rtt)
		return;
	if (!avg) {
		p->rtt_avg_us = rtt << 3;
		return;
	}
	p->rtt_dev_us += (avg > rtt ? avg - rtt : rtt - avg) - (p->rtt_dev_us >> 2);
	p->rtt_avg_us += rtt - avg;
}

static void judge(struct prague *p, const struct tcp_cc_marks *m)
{
	uint32_t rtt = p->rtt_avg_us >> 3, deep = rtt > m->min_rtt_us ? rtt - m->min_rtt_us : 0;

	p->score += (lg(p->rtt_dev_us >> 2) - VARIES_LG + lg(deep) - DEEP_LG) / 2;
	if (p->score < SCORE_MIN)
		p->score = SCORE_MIN;
	if (p->score > SCORE_MAX)
		p->score = SCORE_MAX;
}

/* What a mark takes, doubled: alpha, or one as far as the queue seems to be none of L4S. */
static uint32_t answer(const struct prague *p)
{
	uint32_t classic = p->score <= 0 ? 0 : sea_min_u32((uint32_t)p->score, LG_ONE);

	return p->alpha + (ONE - p->alpha) / LG_ONE * classic;
}

/* -- once a round trip -- */

static void begin_round(struct prague *p, const struct tcp_cc_marks *m)
{
	p->round_us = p->now_us;
	p->delivered = m->delivered;
	p->delivered_ce = m->delivered_ce;
	p->begun = true;
}

static void end_round(struct prague *p, const struct tcp_cc_marks *m)
{
	uint32_t segs = sea_max_u32(m->delivered - p->delivered, 1);
	uint32_t marked = sea_min_u32(m->delivered_ce - p->delivered_ce, segs);

	p->alpha -= p->alpha >> G_SHIFT;
	p->alpha += (uint32_t)((uint64_t)marked * ONE / segs) >> G_SHIFT;
	if (marked)
		judge(p, m);
}

static void marks(struct tcp_cc *cc, const struct tcp_cc_marks *m)
{
	struct prague *p = prague(cc);

	p->now_us = us_of(m->now);
	p->rtt_us = m->srtt_us;
	p->fresh = p->begun ? m->delivered_ce - p->seen_ce : 0;
	p->seen_ce = m->delivered_ce;
	p->marked |= p->fresh > 0;
	if (p->reduced && is_over(p, p->reduced_us))
		p->reduced = false;
	if (p->begun && !is_over(p, p->round_us))
		return;
	if (p->begun && p->marked)
		end_round(p, m);
	begin_round(p, m);
}

/* -- less -- */

static void note_reduction(struct prague *p)
{
	p->reduced = true;
	p->reduced_us = p->now_us;
}

static uint32_t ssthresh(struct tcp_cc *cc)
{
	struct prague *p = prague(cc);
	uint64_t window = (uint64_t)cc->cwnd << 16 | p->frac >> 16;

	if (p->reduced)
		return sea_max_u32(cc->cwnd, CWND_MIN);
	note_reduction(p);
	window -= (window >> 10) * answer(p) >> 11;
	p->frac = (uint32_t)(window & 0xffff) << 16;
	return sea_max_u32((uint32_t)(window >> 16), CWND_MIN);
}

/* A reduction that is under way, or ssthresh() that was asked in vain, counts. */
static void event(struct tcp_cc *cc, enum tcp_cc_event event, sea_time now, int64_t idle_ns)
{
	uint32_t half = sea_max_u32(cc->prior_cwnd / 2, CWND_MIN);

	(void)now;
	(void)idle_ns;
	if (event != TCP_CC_LOST && event != TCP_CC_RTO)
		return;
	cc->ssthresh = sea_min_u32(cc->ssthresh, half);
	note_reduction(prague(cc));
}

static uint32_t undo_cwnd(struct tcp_cc *cc)
{
	return sea_max_u32(cc->cwnd, cc->prior_cwnd);
}

/* -- more -- */

/* In 2^-32: what a segment is worth of that of a path of 25 ms. */
static uint64_t worth(const struct prague *p)
{
	uint64_t rtt = p->rtt_us;

	if (rtt >= ROUND_MIN_US)
		return UINT64_C(1) << 32;
	return (rtt * rtt << 32) / ((uint64_t)ROUND_MIN_US * ROUND_MIN_US);
}

static uint32_t unmarked(const struct prague *p, uint32_t acked)
{
	return acked - sea_min_u32(acked, p->fresh);
}

/* Whole segments more of a window `w`. */
static uint32_t earned(struct prague *p, uint32_t w, uint32_t acked)
{
	uint64_t sum = p->frac + sea_min_u32(acked, UINT16_MAX) * worth(p) / sea_max_u32(w, 1);

	p->frac = (uint32_t)sum;
	return (uint32_t)(sum >> 32);
}

static void cong_avoid(struct tcp_cc *cc, const struct tcp_cc_ack *ack)
{
	struct prague *p = prague(cc);
	uint32_t acked = unmarked(p, ack->acked);

	if (!ack->cwnd_limited)
		return;
	if (sea_tcp_in_slow_start(cc))
		acked = sea_tcp_cc_slow_start(cc, acked);
	cc->cwnd = sea_min_u32(cc->cwnd + earned(p, cc->cwnd, acked), cc->cwnd_clamp);
}

static void grow_in_cwr(struct tcp_cc *cc, const struct tcp_cc_ack *ack)
{
	struct prague *p = prague(cc);

	cc->ssthresh = sea_min_u32(cc->ssthresh + earned(p, cc->ssthresh, unmarked(p, ack->acked)),
				   cc->cwnd_clamp);
}

/* As DCTCP's, with what the answer to a mark is for alpha. */
static void info(const struct tcp_cc *cc, const struct tcp_cc_marks *m, struct tcp_cc_info *info)
{
	const struct prague *p = (const struct prague *)(const void *)cc->priv;

	*info = (struct tcp_cc_info){ .enabled = 1, .alpha = answer(p) >> 10 };
	if (!p->begun)
		return;
	info->bytes = m->delivered - p->delivered;
	info->bytes_marked = m->delivered_ce - p->delivered_ce;
}

const struct tcp_cc_ops sea_tcp_prague = {
	.name = "prague",
	.paced = true,
	.without_ecn = &sea_tcp_cubic,
	.l4s = true,
	.init = init,
	.ssthresh = ssthresh,
	.cong_avoid = cong_avoid,
	.acked = acked,
	.grow_in_cwr = grow_in_cwr,
	.marks = marks,
	.info = info,
	.undo_cwnd = undo_cwnd,
	.event = event,
};
