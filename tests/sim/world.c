/* SPDX-License-Identifier: Apache-2.0 */
/* The one clock: what is due next, and who is told. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/apps.h"
#include "tests/sim/sim.h"

/* More moments at one time than any run needs: work that never ends. */
#define SAME_TIME_MAX 200000u
#define BATCH_MAX 64

void sim_world_init(struct sim_world *w, uint64_t seed, const struct sim_options *options)
{
	memset(w, 0, sizeof(*w));
	w->seed = seed;
	w->options = options;
	w->rng.state = seed * UINT64_C(0x5851f42d4c957f2d) + 7;
	w->now.ns = SEA_SEC;
	w->hash = UINT64_C(0xcbf29ce484222325);
	sim_trace_open(w);
}

void sim_world_fini(struct sim_world *w)
{
	for (unsigned i = 0; i < w->n_hosts; i++)
		sim_host_free(&w->hosts[i]);
	sim_wire_clear(w);
	sim_trace_close(w);
}

static sea_time next_moment(struct sim_world *w)
{
	sea_time at = sea_time_min(sim_wire_deadline(w), sim_plan_deadline(w));

	at = sea_time_min(at, sim_apps_deadline(w));
	for (unsigned i = 0; i < w->n_hosts; i++)
		at = sea_time_min(at, sim_host_deadline(&w->hosts[i]));
	return at;
}

/* All frames that are due, those for one link in a row as one batch. */
static void deliver(struct sim_world *w)
{
	struct sim_frame *batch[BATCH_MAX], *f = sim_wire_due(w);

	while (f) {
		unsigned n = 0;

		do {
			batch[n++] = f;
			f = sim_wire_due(w);
		} while (f && f->to == batch[0]->to && n < BATCH_MAX);
		sim_nic_deliver(w->ports[batch[0]->to], batch, n);
		while (n)
			free(batch[--n]);
	}
}

static void advance(struct sim_world *w)
{
	for (unsigned i = 0; i < w->n_hosts; i++) {
		struct sim_host *h = &w->hosts[i];

		if (sea_time_before(w->now, sim_host_deadline(h)))
			continue;
		sea_stack_advance(h->stack, w->now);
		h->touched = true;
	}
}

static void serve(struct sim_host *h)
{
	struct sea_event events[16];
	unsigned n;

	sim_host_transmit(h);
	while ((n = sea_stack_take_events(h->stack, events, 16))) {
		for (unsigned i = 0; i < n; i++)
			sim_apps_event(h, &events[i]);
		sim_host_transmit(h);
	}
}

bool sim_world_step(struct sim_world *w, sea_time until)
{
	sea_time at = next_moment(w);

	if (sea_time_before(until, at))
		return false;
	w->same = sea_time_before(w->now, at) ? 0 : w->same + 1;
	if (w->same > SAME_TIME_MAX)
		sim_fail(w, "time stands still: there is always work left");
	w->now = sea_time_max(w->now, at);
	w->n_steps++;
	sim_plan_run(w);
	deliver(w);
	advance(w);
	sim_apps_run(w);
	for (unsigned i = 0; i < w->n_hosts; i++) {
		struct sim_host *h = &w->hosts[i];

		if (!h->touched)
			continue;
		h->touched = false;
		serve(h);
		sim_check_host(h);
	}
	return true;
}
