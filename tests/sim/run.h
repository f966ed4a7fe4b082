/* SPDX-License-Identifier: Apache-2.0 */
/* One run from its seed to its end, and what came of it. */
#ifndef SEA_TESTS_SIM_RUN_H
#define SEA_TESTS_SIM_RUN_H

#include "core/counter.h"
#include "tests/sim/apps.h"
#include "tests/sim/sim.h"

struct sim_result {
	uint64_t hash, frames, steps;
	struct sim_apps_sum apps;
	struct sea_counters counters; /* of all hosts together */
	int64_t took_ns;              /* until the last stream ended */
};

typedef void sim_scene_fn(struct sim_world *w);

/* Ends the process when something does not hold. */
void sim_run(uint64_t seed, sim_scene_fn *scene, const struct sim_options *options,
	     struct sim_result *result);

/* Its parts: until all programs are done; until all is closed and quiet, which it checks. */
void sim_run_programs(struct sim_world *w);
void sim_fall_quiet(struct sim_world *w);

/* results.c: bulk transfers over one impairment each, as a table. */
void sim_results_write(FILE *to);
/* paths.c: the paths of tests/bench/lossy, likewise; takes a minute. */
void sim_paths_write(FILE *to);

#endif
