/* SPDX-License-Identifier: Apache-2.0 */
/* Many senders through one bottleneck, by their congestion controls: how full it is, and how fairly it is shared. */
#ifndef SEA_TESTS_SIM_CROWD_H
#define SEA_TESTS_SIM_CROWD_H

#include <stdbool.h>
#include <stdio.h>

#include "tests/sim/crowd_wire.h"

#define CROWD_FLOW_BPS UINT64_C(10000000)

enum crowd_kind {
	CROWD_RENO,
	CROWD_CUBIC,
	CROWD_DCTCP,
	CROWD_BBR,
	CROWD_BBR3,
	CROWD_PRAGUE,
	CROWD_KINDS,
};

struct crowd_scene {
	const char *name;
	uint8_t share[CROWD_KINDS]; /* in tenths of the flows */
	unsigned n;
	int64_t one_way_ns;
	int64_t queue_ns, mark_ns; /* of crowd_wire */
	bool dual;
	const char *
		ecn; /* the senders' tcp_ecn; NULL: as it is anyway, and nobody grants Accurate ECN */
	int64_t warm_ns, ns; /* until it is counted, and while it is */
};

struct crowd_result {
	double used, fair;         /* % of the rate as payload; Jain's */
	double share[CROWD_KINDS]; /* % of what arrived */
	struct crowd_counts counts;
};

void sim_crowd_run(const struct crowd_scene *scene, struct crowd_result *r);

/* The table of tests/sim/golden: a thousand flows at 10 Gbit/s, which takes minutes, or ten at 100 Mbit/s. */
void sim_crowd_write(FILE *to, bool large);

/* Another: what L4S has of it. */
void sim_l4s_write(FILE *to);

#endif
