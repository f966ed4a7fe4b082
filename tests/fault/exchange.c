/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two hosts talk (TCP there and back, UDP, ping) while one of them runs out of memory: at its Nth
 * allocation, for every N, once, for a while, or until everybody has given up. Each call then says so
 * or does its work, no stream is read wrong, and once memory is back the same exchange succeeds.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/run.h"

struct trial {
	unsigned host;
	size_t nth, burst;
	bool lend;
};

static void say(struct sim_flow_spec *flow, const struct sim_world *w, bool lend)
{
	*flow = (struct sim_flow_spec){
		.start = w->now,
		.server = 1,
		.port = SIM_PORT,
		.manner = { { .total = 9000, .write_max = 4000, .read_max = 4000 },
			    { .total = 5000, .write_max = 900, .read_max = 300 } },
	};
	for (unsigned i = 0; i < 2; i++)
		flow->manner[i].lend_send = flow->manner[i].lend_receive = lend;
}

static void add_exchange(struct sim_world *w, bool lend)
{
	struct sim_echo_spec echo = {
		.start = w->now, .server = 1, .count = 3, .size_max = 300, .interval_ns = SEA_MSEC
	};
	struct sim_flow_spec flow;

	say(&flow, w, lend);
	sim_apps_add_flow(w, &flow);
	sim_apps_add_echo(w, &echo);
	echo.ping = true;
	sim_apps_add_echo(w, &echo);
}

static void set_up(struct sim_world *w, bool lend)
{
	const struct sim_listener_spec server = { .host = 1, .port = SIM_PORT, .backlog = 8 };

	w->n_hosts = 2;
	w->no_cache = true;
	for (unsigned i = 0; i < 2; i++) {
		sim_host_new(w, i);
		sim_nic_new(&w->hosts[i], 0, 0, 1500);
	}
	w->wires[0][1].profile.delay_ns = w->wires[1][0].profile.delay_ns = SEA_MSEC;
	sim_apps_new(w);
	sim_apps_add_listener(w, &server);
	sim_apps_add_echo_server(w, 1);
	add_exchange(w, lend);
	w->quiet = w->now;
}

/* Returns the allocations that the host has asked for. */
static size_t run(const struct trial *t)
{
	static const struct sim_options options;
	static struct sim_world w;
	struct sim_env *env;
	size_t calls;

	sim_world_init(&w, t->nth + 1, &options);
	set_up(&w, t->lend);
	env = &w.hosts[t->host].env;
	env->calls = 0;
	env->fail_at = t->nth;
	env->fail_n = t->burst;
	w.rough = t->nth;
	sim_run_programs(&w);
	calls = env->calls;
	env->fail_at = 0;
	w.rough = false;
	add_exchange(&w, t->lend);
	sim_run_programs(&w);
	sim_fall_quiet(&w);
	sim_world_fini(&w);
	sim_apps_free(&w);
	return calls;
}

static void every_allocation_may_fail(unsigned host, bool lend, size_t burst)
{
	struct trial t = { .host = host, .lend = lend, .burst = burst };
	size_t total = run(&t);

	for (t.nth = 1; t.nth <= total; t.nth++)
		run(&t);
	printf("host %u, %s, %zu in a row: each of %zu allocations failed\n", host,
	       lend ? "lending" : "copying", burst, total);
	fflush(stdout);
}

int main(void)
{
	static const size_t bursts[] = { 1, 4, 30, SIZE_MAX };

	for (size_t i = 0; i < sizeof(bursts) / sizeof(bursts[0]); i++)
		for (unsigned host = 0; host < 2; host++)
			for (unsigned lend = 0; lend < 2; lend++)
				every_allocation_may_fail(host, lend, bursts[i]);
	return 0;
}
