/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timers of one shard: intrusive, no allocation, good for a million. Equal deadlines fire in the
 * order they were armed.
 *
 * A deadline that moves *later* costs nothing: sea_timer_arm() only writes it down, and the queue
 * finds out when the old one is due. So an ACK that pushes the RTO out does not touch the queue.
 */
#ifndef SEA_CORE_TIMERQ_H
#define SEA_CORE_TIMERQ_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/env.h>
#include <seastack/time.h>

struct sea_timer {
	sea_time deadline; /* when it fires; NEVER: not armed */
	sea_time queued;   /* the deadline it stands in the queue with, <= deadline */
	uint64_t order;    /* ties: armed first fires first */
	struct sea_timer *child, *sibling, *prev; /* pairing heap */
	/* Runs at or after the deadline, disarmed. It may arm, cancel or free any timer, its own too. */
	void (*fire)(struct sea_timer *timer, sea_time now);
};

struct sea_timerq {
	const struct sea_env *env;
	struct sea_timer *root;
	struct sea_timer
		*fresh[32]; /* heaps of 2^i timers armed since the root was last looked at */
	uint32_t n_fresh;   /* timers there; bit i: fresh[i] is in use */
	uint64_t order;
	uint32_t n; /* armed or still standing in the heap */
};

void sea_timerq_init(struct sea_timerq *q, const struct sea_env *env);

/* Caller's memory; unarmed. */
void sea_timer_init(struct sea_timer *timer, void (*fire)(struct sea_timer *, sea_time));

static inline bool sea_timer_armed(const struct sea_timer *timer)
{
	return !sea_time_is_never(timer->deadline);
}

/* Of sea_timer_arm(): moves a timer that stands too late, or nowhere, to its deadline. */
void sea_timer_bring_forward(struct sea_timerq *q, struct sea_timer *timer);

/*
 * (Re)arms for `deadline`; NEVER cancels. Arming it for the deadline that it has changes nothing, nor
 * its turn among equals.
 */
static inline void sea_timer_arm(struct sea_timerq *q, struct sea_timer *timer, sea_time deadline)
{
	if (timer->deadline.ns == deadline.ns)
		return;
	timer->deadline = deadline;
	if (sea_time_is_never(deadline))
		return;
	timer->order = ++q->order;
	if (!sea_time_before(timer->queued, deadline))
		sea_timer_bring_forward(q, timer);
}

/* Disarms lazily: cheap, but the timer's memory must live on (or use sea_timer_remove()). */
static inline void sea_timer_cancel(struct sea_timer *timer)
{
	timer->deadline = SEA_TIME_NEVER;
}

/* Takes it out for good, before its memory goes. Harmless when it is not in the queue. */
void sea_timer_remove(struct sea_timerq *q, struct sea_timer *timer);

/*
 * Fires what is due at `now`, at most `budget` timers; returns how many fired. What is armed
 * meanwhile waits for the next run, due or not, so a run ends.
 */
unsigned sea_timerq_run(struct sea_timerq *q, sea_time now, unsigned budget);

/* The earliest deadline (exact: stale heads are sorted out first); NEVER when none. */
sea_time sea_timerq_deadline(struct sea_timerq *q);

#endif
