/* SPDX-License-Identifier: Apache-2.0 */
/* From a seed to the end: everybody comes to an end in time, and leaves nothing behind. */
#include <string.h>

#include "core/stack.h"
#include "tests/sim/run.h"

/* When the last disturbance is over, TCP gives up or gets through within this: 15 retries, twice. */
#define LIVELY_NS (4000 * SEA_SEC)
/* A stream whose client is gone may still stand in a queue of its server. */
#define GRACE_NS (30 * SEA_SEC)
/* Orphans, TIME-WAIT. */
#define QUIET_NS (2000 * SEA_SEC)
#define STEPS_MAX 5000000u

static void step_until(struct sim_world *w, sea_time until)
{
	while (sim_world_step(w, until))
		if (w->n_steps > STEPS_MAX)
			sim_fail(w, "the run does not end");
	w->now = sea_time_max(w->now, until);
}

void sim_run_programs(struct sim_world *w)
{
	sea_time until = sea_time_add(w->quiet, LIVELY_NS);

	while (!sim_apps_done(w) || sea_time_before(w->now, w->quiet)) {
		if (w->n_steps <= STEPS_MAX && sim_world_step(w, until))
			continue;
		sim_apps_print(w, stderr);
		for (unsigned i = 0; i < w->n_hosts; i++)
			sim_print_sockets(&w->hosts[i], stderr);
		sim_fail(w, "not all streams have ended in time");
	}
	step_until(w, sea_time_add(w->now, GRACE_NS));
}

static bool sockets_left(struct sim_world *w)
{
	for (unsigned i = 0; i < w->n_hosts; i++) {
		struct sea_socket_info info = { .size = sizeof(info) };
		uint64_t cursor = 0;

		if (sea_socket_next(w->hosts[i].stack, &cursor, &info))
			return true;
	}
	return false;
}

void sim_fall_quiet(struct sim_world *w)
{
	sea_time until = sea_time_add(w->now, QUIET_NS);

	sim_apps_stop(w);
	while (sockets_left(w) && sim_world_step(w, until))
		;
	/* Frames that still fly land. */
	step_until(w, sea_time_add(w->now, GRACE_NS));
	for (unsigned i = 0; i < w->n_hosts; i++)
		sim_check_idle(&w->hosts[i]);
}

static void add_counters(struct sea_counters *sum, const struct sim_world *w)
{
	memset(sum, 0, sizeof(*sum));
	for (unsigned i = 0; i < w->n_hosts; i++) {
		const struct sea_counters *c = &w->hosts[i].stack->shard.counters;

		for (unsigned k = 0; k < SEA_MIB_N; k++)
			sum->mib[k] += c->mib[k];
		for (unsigned k = 0; k < SEA_DROP_N; k++)
			sum->drop[k] += c->drop[k];
	}
}

void sim_run(uint64_t seed, sim_scene_fn *scene, const struct sim_options *options,
	     struct sim_result *result)
{
	static struct sim_world w;

	sim_world_init(&w, seed, options);
	scene(&w);
	w.quiet = sea_time_max(w.quiet, w.now);
	sim_run_programs(&w);
	sim_fall_quiet(&w);
	sim_apps_sum(&w, &result->apps);
	add_counters(&result->counters, &w);
	result->took_ns = sea_time_diff(result->apps.last, (sea_time){ SEA_SEC });
	result->hash = w.hash;
	result->frames = w.n_frames;
	result->steps = w.n_steps;
	sim_world_fini(&w);
	sim_apps_free(&w);
}
