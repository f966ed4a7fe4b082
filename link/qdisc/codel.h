/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CoDel (RFC 8289): which packets of a queue are to go because those in it wait for too long. It sees neither packets nor a
 * clock: whoever takes packets out asks of each, in order, how it waited.
 *
 *	delay  │       interval     /√2  /√3  /√4 …
 *	       │   ┌────────────┬───────┬────┬───┬──   each but the first: one goes
 *	target ┼───┘────────────────────────────────
 *	       └──────────────────────────────────────► time
 *
 * A queue that waits for longer than `target` in each moment of an `interval` loses a packet, and then one whenever another,
 * ever shorter time is over, until a packet waited for less.
 */
#ifndef SEA_LINK_QDISC_CODEL_H
#define SEA_LINK_QDISC_CODEL_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/time.h>

struct sea_codel_params {
	int64_t target_ns, interval_ns; /* an hour and more at most: UINT32_MAX microseconds */
	uint32_t mtu; /* bytes: where no more wait, they have not to wait for each other */
};

/* What is remembered of a queue. */
struct sea_codel {
	sea_time
		first_above; /* when an interval above the target is over; NEVER: it is not above */
	sea_time drop_next;  /* while `dropping`: when the next one goes */
	int64_t delay_ns;    /* for which the latest packet waited */
	uint32_t count;      /* of those that went since `dropping` began, as the law counts them */
	uint32_t lastcount;  /* `count`, as `dropping` began */
	bool dropping;
};

void sea_codel_init(struct sea_codel *c);
/* A packet leaves at `now` that waited for `delay_ns`, and leaves `backlog` bytes behind. True: it is to go, or to be marked. */
bool sea_codel_judge(struct sea_codel *c, const struct sea_codel_params *params, int64_t delay_ns,
		     uint64_t backlog, sea_time now);
/* Instead of a packet there was none. */
void sea_codel_empty(struct sea_codel *c);

#endif
