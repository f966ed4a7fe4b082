/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wire of crowds: a rate behind a queue, then a delay. The queue is one that drops at its end and may mark, or two
 * that are coupled (RFC 9332), of which each has its delay:
 *
 *	ECT(1), CE ── L: marks from 1 ms on, and 2 p ──┐
 *	                                    │          ├─ L first, one of ten of C ── rate ── delay
 *	all else ──── C: p by its delay, marks p^2 ────┘
 *	                 or drops, towards 15 ms
 */
#ifndef SEA_TESTS_SIM_CROWD_WIRE_H
#define SEA_TESTS_SIM_CROWD_WIRE_H

#include "tests/sim/sim.h"

enum crowd_lane { CROWD_C, CROWD_L, CROWD_LANES };

struct crowd_frame;

struct crowd_line {
	struct crowd_frame *head, **tail;
};

/* Of those that came, of one kind or all; waits are of each frame that the queue took. */
struct crowd_waits {
	uint64_t n;
	double sum_ns;
	int64_t most_ns;
};

struct crowd_counts {
	uint64_t frames, lost, marked;
	struct crowd_waits all, lane[CROWD_LANES];
};

struct crowd_wire {
	struct sim_world *world;
	uint64_t rate_bps; /* 0: no limit, and no queue */
	int64_t delay_ns;
	int64_t queue_ns, mark_ns; /* INT64_MAX: it does not mark */
	bool dual;                 /* two queues instead */
	struct crowd_line lane[CROWD_LANES];
	unsigned turn;
	int64_t p_ppb; /* of the two */
	int64_t c_delay_ns;
	sea_time p_due;
	sea_time free_at;
	struct crowd_line under_way;
	struct crowd_counts counts;
};

/* All but what is said of it is set. */
void sim_crowd_wire_init(struct crowd_wire *wire);
void sim_crowd_wire_fini(struct crowd_wire *wire);
void sim_crowd_wire_send(struct crowd_wire *wire, const struct sea_pkt *pkt);
/* What has arrived by now. */
void sim_crowd_wire_deliver(struct crowd_wire *wire, struct sim_host *to);
/* When it has something to do next; SEA_TIME_NEVER. */
sea_time sim_crowd_wire_deadline(const struct crowd_wire *wire);

#endif
