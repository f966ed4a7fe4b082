/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CUBIC (RFC 9438) with HyStart, in integers and with Linux's constants:
 *
 *	W(t) = C (t - K)^3 + W_max,   K = cbrt((W_max - cwnd) / C),   C = 0.4,  beta = 0.7
 *
 * Time is in units of 1/1024 s where the cube is taken. The result is not a window but `cnt`: how
 * many acknowledged segments open it by one.
 */
#include <assert.h>

#include "core/minmax.h"
#include "transport/tcp/cc.h"

#define BETA 717u     /* of 1024: 0.7 */
#define C_SCALED 410u /* C * 1024: 41 / 1024 * 10 */
#define TICK_BITS 10  /* 1/1024 s */
#define CUBE_SHIFT (10 + 3 * TICK_BITS)
#define OFFS_MAX (1u << 18) /* four minutes from the plateau; more would not fit when cubed */
#define RENO_SCALE 15u      /* 8 (1 + beta) / (3 (1 - beta)), rounded down */
#define UPDATE_MS 31u       /* cwnd unchanged: the function is asked this often */
#define CNT_MIN 2u          /* at most half a segment an ACKed segment */
#define CNT_FIRST_MAX 20u   /* before the first loss: at least 5% a round trip */

#define HYSTART_LOW_WINDOW 16u
#define HYSTART_SAMPLES 8u
#define HYSTART_ACK_DELTA_US 2000u /* ACKs closer than this form a train */
#define HYSTART_DELAY_MIN_US 4000u
#define HYSTART_DELAY_MAX_US 16000u
#define GSO_BYTES 65536u

struct cubic {
	uint32_t cnt;                /* acknowledged segments for one more in cwnd */
	uint32_t last_max;           /* W_max */
	uint32_t last_cwnd, last_ms; /* at the last update */
	uint32_t origin;             /* W at the plateau */
	uint32_t k;                  /* time to the plateau, 1/1024 s */
	uint32_t delay_min_us;
	uint32_t epoch_ms; /* when this growth began; 0: not yet */
	uint32_t acked;    /* since the epoch, not yet in tcp_cwnd */
	uint32_t tcp_cwnd; /* what Reno would have */
	uint32_t round_start_us, end_seq, last_ack_us, round_rtt_us; /* HyStart */
	uint8_t samples, in_round, found;
};

static_assert(sizeof(struct cubic) <= TCP_CC_PRIV, "fits the controller's own memory");

static struct cubic *cubic(struct tcp_cc *cc)
{
	return (struct cubic *)(void *)cc->priv;
}

/* Never 0, which means "no epoch". */
static uint32_t ms_of(sea_time t)
{
	uint32_t ms = (uint32_t)(t.ns / SEA_MSEC);

	return ms ? ms : 1;
}

static uint32_t us_of(sea_time t)
{
	return (uint32_t)(t.ns / SEA_USEC);
}

/* Integer cube root of a < 2^63, rounded down: one bit of the result a step. */
static uint32_t cube_root(uint64_t a)
{
	uint64_t root = 0;

	for (int bit = 20; bit >= 0; bit--) {
		uint64_t try = root | UINT64_C(1) << bit;

		if (try * try * try <= a)
			root = try;
	}
	return (uint32_t)root;
}

static void init(struct tcp_cc *cc, sea_time now)
{
	(void)now;
	*cubic(cc) = (struct cubic){ 0 };
}

/* RFC 9438 §4.7: fast convergence gives up more when the window did not reach the last one. */
static uint32_t ssthresh(struct tcp_cc *cc)
{
	struct cubic *q = cubic(cc);

	q->epoch_ms = 0;
	if (cc->cwnd < q->last_max)
		q->last_max = (uint32_t)((uint64_t)cc->cwnd * (1024 + BETA) / 2048);
	else
		q->last_max = cc->cwnd;
	return sea_max_u32((uint32_t)((uint64_t)cc->cwnd * BETA / 1024), 2);
}

static void begin_epoch(struct cubic *q, uint32_t cwnd, uint32_t acked, uint32_t now_ms)
{
	q->epoch_ms = now_ms;
	q->acked = acked;
	q->tcp_cwnd = cwnd;
	q->k = 0;
	q->origin = cwnd;
	if (q->last_max > cwnd) {
		q->k = cube_root((UINT64_C(1) << CUBE_SHIFT) / C_SCALED * (q->last_max - cwnd));
		q->origin = q->last_max;
	}
}

/* W(t + RTT), RFC 9438 §4.2. */
static uint32_t target(const struct cubic *q, uint32_t now_ms)
{
	uint64_t t = now_ms - q->epoch_ms;
	uint64_t offs, delta;

	t += (q->delay_min_us + 999) / 1000;
	t = (t << TICK_BITS) / 1000;
	offs = t < q->k ? q->k - t : t - q->k;
	if (offs > OFFS_MAX)
		offs = OFFS_MAX;
	delta = C_SCALED * offs * offs * offs >> CUBE_SHIFT;
	if (t < q->k)
		return delta < q->origin ? q->origin - (uint32_t)delta : 0;
	return (uint32_t)(q->origin + delta < UINT32_MAX ? q->origin + delta : UINT32_MAX);
}

static uint32_t cubic_cnt(const struct cubic *q, uint32_t cwnd, uint32_t now_ms)
{
	uint32_t goal = target(q, now_ms);
	uint32_t cnt = goal > cwnd ? cwnd / (goal - cwnd)
				   : sea_min_u32(cwnd, UINT32_MAX / 100) * 100;

	return q->last_max ? cnt : sea_min_u32(cnt, CNT_FIRST_MAX);
}

/* RFC 9438 §4.3: never slower than Reno with the same beta would be. */
static uint32_t reno_cnt(struct cubic *q, uint32_t cwnd, uint32_t cnt)
{
	uint32_t per_segment = sea_max_u32((uint32_t)((uint64_t)cwnd * RENO_SCALE >> 3), 1);

	if (q->acked > per_segment) {
		uint32_t n = (q->acked - 1) / per_segment;

		q->acked -= n * per_segment;
		q->tcp_cwnd += n;
	}
	if (q->tcp_cwnd > cwnd)
		cnt = sea_min_u32(cnt, cwnd / (q->tcp_cwnd - cwnd));
	return sea_max_u32(cnt, CNT_MIN);
}

static void update(struct cubic *q, uint32_t cwnd, uint32_t acked, sea_time now)
{
	uint32_t now_ms = ms_of(now);

	q->acked += acked;
	if (q->last_cwnd == cwnd && now_ms - q->last_ms <= UPDATE_MS)
		return;
	if (!q->epoch_ms || now_ms != q->last_ms) {
		q->last_cwnd = cwnd;
		q->last_ms = now_ms;
		if (!q->epoch_ms)
			begin_epoch(q, cwnd, acked, now_ms);
		q->cnt = cubic_cnt(q, cwnd, now_ms);
	}
	q->cnt = reno_cnt(q, cwnd, q->cnt);
}

static void cong_avoid(struct tcp_cc *cc, const struct tcp_cc_ack *ack)
{
	uint32_t acked = ack->acked;

	if (!ack->cwnd_limited)
		return;
	if (sea_tcp_in_slow_start(cc))
		acked = sea_tcp_cc_slow_start(cc, acked);
	if (!acked)
		return;
	update(cubic(cc), cc->cwnd, acked, ack->now);
	sea_tcp_cc_additive(cc, cubic(cc)->cnt, acked);
}

/* -- HyStart: leave slow start before the queue overflows -- */

static void new_round(struct cubic *q, const struct tcp_cc_ack *ack)
{
	q->round_start_us = q->last_ack_us = us_of(ack->now);
	q->end_seq = ack->snd_nxt;
	q->round_rtt_us = UINT32_MAX;
	q->samples = 0;
	q->in_round = true;
}

/* What the sending of 256 KiB takes at the pacing rate, at most 1 ms: ACKs come in lumps. */
static uint32_t ack_delay_us(const struct tcp_cc_ack *ack)
{
	uint64_t us;

	if (!ack->pacing_rate)
		return 0;
	us = 4 * (uint64_t)GSO_BYTES * 1000000 / ack->pacing_rate;
	return us < 1000 ? (uint32_t)us : 1000;
}

/*
 * ACKs that follow closely for half the shortest round trip: the path is full of our data. Paced segments come that
 * far apart by themselves: of them it takes the whole.
 */
static bool train_is_long(struct cubic *q, const struct tcp_cc_ack *ack)
{
	uint32_t now_us = us_of(ack->now), most = q->delay_min_us + ack_delay_us(ack);

	if (now_us - q->last_ack_us > HYSTART_ACK_DELTA_US)
		return false;
	q->last_ack_us = now_us;
	return now_us - q->round_start_us > (ack->paced ? most : most / 2);
}

/* The shortest round trip of this round is clearly above the shortest ever. */
static bool delay_rose(struct cubic *q, uint32_t rtt_us)
{
	uint32_t margin = sea_min_u32(sea_max_u32(q->delay_min_us >> 3, HYSTART_DELAY_MIN_US),
				      HYSTART_DELAY_MAX_US);

	q->round_rtt_us = sea_min_u32(q->round_rtt_us, rtt_us);
	if (q->samples < HYSTART_SAMPLES) {
		q->samples++;
		return false;
	}
	return q->round_rtt_us > q->delay_min_us + margin;
}

static void hystart(struct tcp_cc *cc, const struct tcp_cc_ack *ack)
{
	struct cubic *q = cubic(cc);

	if (!q->in_round || (int32_t)(ack->snd_una - q->end_seq) > 0)
		new_round(q, ack);
	if (cc->cwnd < HYSTART_LOW_WINDOW)
		return;
	if (train_is_long(q, ack))
		cc->exit = TCP_CC_EXIT_TRAIN;
	else if (delay_rose(q, ack->rtt_us))
		cc->exit = TCP_CC_EXIT_DELAY;
	else
		return;
	q->found = true;
	cc->ssthresh = cc->cwnd;
}

static void acked(struct tcp_cc *cc, const struct tcp_cc_ack *ack)
{
	struct cubic *q = cubic(cc);

	if (!ack->rtt_us)
		return;
	/* Right after a recovery round trips are not representative. */
	if (q->epoch_ms && ms_of(ack->now) - q->epoch_ms < 1000)
		return;
	if (!q->delay_min_us || ack->rtt_us < q->delay_min_us)
		q->delay_min_us = ack->rtt_us;
	if (!q->found && sea_tcp_in_slow_start(cc))
		hystart(cc, ack);
}

/* RFC 9438 §5.8: time in which nothing was sent does not count towards t. */
static void skip_idle(struct cubic *q, sea_time now, int64_t idle_ns)
{
	uint32_t now_ms = ms_of(now);

	if (!q->epoch_ms || idle_ns <= 0)
		return;
	q->epoch_ms += (uint32_t)(idle_ns / SEA_MSEC);
	if ((int32_t)(q->epoch_ms - now_ms) > 0)
		q->epoch_ms = now_ms;
}

static void event(struct tcp_cc *cc, enum tcp_cc_event event, sea_time now, int64_t idle_ns)
{
	if (event == TCP_CC_TX_START)
		skip_idle(cubic(cc), now, idle_ns);
	else if (event == TCP_CC_LOSS)
		init(cc, now);
}

static uint32_t undo_cwnd(struct tcp_cc *cc)
{
	return sea_max_u32(cc->cwnd, cc->prior_cwnd);
}

const struct tcp_cc_ops sea_tcp_cubic = {
	.name = "cubic",
	.init = init,
	.ssthresh = ssthresh,
	.cong_avoid = cong_avoid,
	.acked = acked,
	.undo_cwnd = undo_cwnd,
	.event = event,
};
