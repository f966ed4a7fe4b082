/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A path for a model (model.h) alone: one bottleneck with a queue, and a sender that sends segments one by one as
 * window and rate let it. Time is virtual; an ACK comes for each segment, a round trip after it left the bottleneck.
 *
 *	 sender ──── queue, `queue_max` segments ──── `ns` a segment ──── rtt_ns ──── ACK
 *
 * What is dropped is taken for lost when what was sent behind it is acknowledged, and is not sent again.
 */
#ifndef SEA_TESTS_PIPE_H
#define SEA_TESTS_PIPE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transport/tcp/model.h"
#include "transport/tcp/recstate.h"

#define PIPE_MSS 1000u
#define PIPE_MAX 65536u /* segments in flight */

struct pipe_seg {
	sea_time sent, first_sent, delivered_at, ack_at;
	uint32_t delivered, in_flight, lost;
	bool dropped, app_limited;
};

struct pipe {
	struct tcp_cc cc;
	sea_time now;
	/* The path. */
	int64_t ns, rtt_ns;
	uint32_t queue_max;
	uint32_t drop_every; /* besides: each so manyth segment; 0: none */
	/* Lets `tokens` through at once, then one each `token_ns`; 0: no policer. */
	int64_t token_ns;
	uint32_t tokens_max, tokens;
	sea_time token_at;
	/* The sender. */
	uint32_t to_send; /* what the program still has; UINT32_MAX: no end */
	struct pipe_seg seg[PIPE_MAX];
	uint32_t head, tail; /* in flight: [head, tail) */
	uint32_t delivered, lost, app_limited_until, n_sent;
	bool cwnd_limited, last_lost;
	sea_time delivered_at, first_sent, next_send, free_at;
	uint8_t ca_state;
	uint32_t recovery_end;
	struct tcp_path last; /* as the model saw it */
	uint32_t queue_most;
};

static struct pipe pipe;

static inline void *pipe_new(const struct tcp_cc_ops *ops, int64_t ns, int64_t rtt_ns,
			     uint32_t queue_max)
{
	struct tcp_path p = { .now = { SEA_SEC },
			      .srtt_us = (uint32_t)(rtt_ns / 1000) << 3,
			      .min_rtt_us = (uint32_t)(rtt_ns / 1000),
			      .mss = PIPE_MSS,
			      .max_pacing_rate = UINT64_MAX,
			      .rtt_us = -1 };
	static uint64_t memory[128];

	memset(&pipe, 0, sizeof(pipe));
	memset(memory, 0, sizeof(memory));
	assert_true(ops->model->size <= sizeof(memory));
	pipe.now = pipe.next_send = pipe.free_at = pipe.token_at = p.now;
	pipe.ns = ns;
	pipe.rtt_ns = rtt_ns;
	pipe.queue_max = queue_max;
	pipe.to_send = UINT32_MAX;
	sea_tcp_cc_init(&pipe.cc, ops, pipe.now);
	pipe.cc.model = (struct tcp_model *)(void *)memory;
	pipe.cc.model->random = 7;
	p.departure = p.delivered_at = p.now;
	ops->model->begin(&pipe.cc, &p);
	return memory;
}

static inline uint32_t pipe_in_flight(void)
{
	return pipe.tail - pipe.head;
}

static inline void pipe_look(struct tcp_path *p)
{
	*p = (struct tcp_path){
		.now = pipe.now,
		.delivered_at = pipe.delivered_at,
		.departure = sea_time_max(pipe.now, pipe.next_send),
		.delivered = pipe.delivered,
		.lost = pipe.lost,
		.in_flight = pipe_in_flight(),
		.srtt_us = (uint32_t)(pipe.rtt_ns / 1000) << 3,
		.min_rtt_us = (uint32_t)(pipe.rtt_ns / 1000),
		.mss = PIPE_MSS,
		.max_pacing_rate = UINT64_MAX,
		.ca_state = pipe.ca_state,
		.rtt_us = -1,
	};
}

static inline bool pipe_polices(void)
{
	int64_t since = sea_time_diff(pipe.now, pipe.token_at);
	uint32_t more;

	if (!pipe.token_ns)
		return false;
	more = (uint32_t)(since / pipe.token_ns);
	pipe.tokens = pipe.tokens + more < pipe.tokens_max ? pipe.tokens + more : pipe.tokens_max;
	pipe.token_at = sea_time_add(pipe.token_at, more * pipe.token_ns);
	if (!pipe.tokens)
		return true;
	pipe.tokens--;
	return false;
}

static inline void pipe_send(void)
{
	struct pipe_seg *s = &pipe.seg[pipe.tail++ % PIPE_MAX];
	struct tcp_path p;
	uint32_t queue;

	assert_true(pipe_in_flight() < PIPE_MAX);
	if (pipe_in_flight() == 1) {
		pipe.first_sent = pipe.delivered_at = pipe.now;
		if (pipe.app_limited_until) {
			pipe_look(&p);
			p.in_flight = 0;
			pipe.cc.ops->model->restart(&pipe.cc, &p);
		}
	}
	queue = sea_time_before(pipe.now, pipe.free_at)
			? (uint32_t)(sea_time_diff(pipe.free_at, pipe.now) / pipe.ns)
			: 0;
	*s = (struct pipe_seg){
		.sent = pipe.now,
		.first_sent = pipe.first_sent,
		.delivered_at = pipe.delivered_at,
		.delivered = pipe.delivered,
		.in_flight = pipe_in_flight(),
		.lost = pipe.lost,
		.app_limited = pipe.app_limited_until > 0,
	};
	pipe.n_sent++;
	pipe.cwnd_limited = pipe_in_flight() >= pipe.cc.cwnd;
	s->dropped = queue >= pipe.queue_max || pipe_polices() ||
		     (pipe.drop_every && pipe.n_sent % pipe.drop_every == 0);
	if (!s->dropped) {
		pipe.free_at = sea_time_add(sea_time_max(pipe.free_at, pipe.now), pipe.ns);
		pipe.queue_most = queue > pipe.queue_most ? queue : pipe.queue_most;
	}
	s->ack_at = sea_time_add(sea_time_max(pipe.free_at, pipe.now), pipe.rtt_ns);
	if (pipe.to_send != UINT32_MAX && !--pipe.to_send)
		pipe.app_limited_until = pipe.delivered + pipe_in_flight();
	pipe.next_send = sea_time_add(
		pipe.now, (int64_t)(PIPE_MSS * (uint64_t)SEA_SEC / pipe.cc.model->pacing_rate));
}

static inline void pipe_note_lost(struct tcp_path *p, const struct pipe_seg *s)
{
	uint32_t since = ++pipe.lost - s->lost;

	p->losses++;
	p->lost_ranges += !pipe.last_lost;
	pipe.last_lost = true;
	pipe.cc.model->lost = pipe.lost;
	if (pipe.ca_state != TCP_CA_RECOVERY) {
		pipe.ca_state = TCP_CA_RECOVERY;
		pipe.recovery_end = pipe.tail + pipe_in_flight(); /* resending takes a round, too */
		pipe.cc.ssthresh = pipe.cc.ops->ssthresh(&pipe.cc);
	}
	if (p->lost_one.first.segs || since * TCP_LOST_TOO_MANY <= s->in_flight)
		return;
	p->lost_one.first.segs = 1;
	p->lost_one.first.in_flight = s->in_flight;
	p->lost_one.first.lost = since;
	p->lost_one.first.app_limited = s->app_limited;
}

/* The segments that were dropped before it are known to be lost now. */
static inline void pipe_ack(void)
{
	struct tcp_path seen = { .now = pipe.now }, p;
	uint32_t before = pipe_in_flight();
	const struct pipe_seg *s;

	while ((s = &pipe.seg[pipe.head % PIPE_MAX])->dropped) {
		pipe.head++;
		pipe_note_lost(&seen, s);
	}
	pipe.head++;
	pipe.last_lost = false;
	pipe.delivered++;
	pipe.delivered_at = pipe.now;
	pipe.first_sent = s->sent;
	if (pipe.delivered > pipe.app_limited_until)
		pipe.app_limited_until = 0;
	if (pipe.ca_state == TCP_CA_RECOVERY && pipe.head > pipe.recovery_end)
		pipe.ca_state = TCP_CA_OPEN;
	pipe_look(&p);
	p.losses = seen.losses;
	p.lost_one = seen.lost_one;
	p.prior_in_flight = before;
	p.acked = 1;
	p.rtt_us = sea_time_diff(pipe.now, s->sent) / SEA_USEC;
	p.sampled = true;
	p.app_limited = s->app_limited;
	p.in_time = pipe.delivered - s->delivered;
	p.interval_us = sea_time_diff(pipe.now, s->delivered_at) / SEA_USEC;
	if (sea_time_diff(s->sent, s->first_sent) / SEA_USEC > p.interval_us)
		p.interval_us = sea_time_diff(s->sent, s->first_sent) / SEA_USEC;
	p.prior_delivered = s->delivered;
	p.tx_in_flight = s->in_flight;
	p.lost_since = pipe.lost - s->lost;
	p.has_sack = true;
	p.cwnd_limited = pipe.cwnd_limited;
	p.lost_ranges = seen.lost_ranges;
	pipe.cc.ops->model->ack(&pipe.cc, &p);
	if (p.limits_itself)
		pipe.app_limited_until = pipe.delivered + pipe_in_flight();
	pipe.last = p;
}

/* When the next ACK comes: what was dropped is told of by what follows it. */
static inline sea_time pipe_next_ack(void)
{
	for (uint32_t i = pipe.head; i != pipe.tail; i++)
		if (!pipe.seg[i % PIPE_MAX].dropped)
			return pipe.seg[i % PIPE_MAX].ack_at;
	return SEA_TIME_NEVER;
}

/* One event; false: it is not due before `end`. */
static inline bool pipe_step(sea_time end)
{
	sea_time ack = pipe_next_ack(), send = SEA_TIME_NEVER;

	if (pipe.to_send && pipe_in_flight() < pipe.cc.cwnd)
		send = sea_time_max(pipe.now, pipe.next_send);
	if (!sea_time_before(sea_time_before(ack, send) ? ack : send, end))
		return false;
	if (sea_time_before(send, ack)) {
		pipe.now = send;
		pipe_send();
	} else {
		pipe.now = sea_time_max(pipe.now, ack);
		pipe_ack();
	}
	return true;
}

static inline void pipe_run(int64_t ns)
{
	sea_time end = sea_time_add(pipe.now, ns);

	while (pipe_step(end))
		;
	pipe.now = end;
}

#endif
