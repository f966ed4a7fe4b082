/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of tests/bench/lossy in virtual time, for one sender of ours: what a busy machine takes from a
 * throughput there is not in it. What the client sends goes through the faults; what comes back is only delayed.
 */
#include <inttypes.h>

#include "tests/sim/run.h"

#define BULK_MIB 32u
#define RUNS 8

struct path {
	const char *name;
	struct sim_profile there;
};

#define FRAME 1514u

static const struct path paths[] = {
	{ "loss0.1-10", { .delay_ns = 5 * SEA_MSEC, .loss_ppm = 1000 } },
	{ "loss1-10", { .delay_ns = 5 * SEA_MSEC, .loss_ppm = 10000 } },
	{ "loss3-10", { .delay_ns = 5 * SEA_MSEC, .loss_ppm = 30000 } },
	{ "loss0.1-100", { .delay_ns = 50 * SEA_MSEC, .loss_ppm = 1000 } },
	{ "loss1-100", { .delay_ns = 50 * SEA_MSEC, .loss_ppm = 10000 } },
	{ "loss3-100", { .delay_ns = 50 * SEA_MSEC, .loss_ppm = 30000 } },
	{ "shallow",
	  { .delay_ns = 20 * SEA_MSEC, .rate_bps = 100000000, .queue_bytes = 20 * FRAME } },
	{ "deep",
	  { .delay_ns = 20 * SEA_MSEC, .rate_bps = 100000000, .queue_bytes = 660 * FRAME } },
};

static const struct path *current;

static void scene(struct sim_world *w)
{
	const struct sim_listener_spec server = { .host = 1, .port = SIM_PORT, .backlog = 8 };
	struct sim_flow_spec flow = {
		.start = w->now,
		.server = 1,
		.port = SIM_PORT,
		.manner = { { .total = BULK_MIB << 20, .write_max = 65000, .read_max = 65000 },
			    { .write_max = 65000, .read_max = 65000 } },
	};

	w->n_hosts = 2;
	w->n_segments = 1;
	w->rough = true;
	for (unsigned i = 0; i < 2; i++) {
		sim_host_new(w, i);
		sim_nic_new(&w->hosts[i], 0, 0, 1500);
	}
	w->wires[0][1].profile = current->there;
	w->wires[1][0].profile = (struct sim_profile){ .delay_ns = current->there.delay_ns };
	for (unsigned i = 0; i < w->n_hosts; i++)
		sim_net_route(&w->hosts[i]);
	sim_apps_new(w);
	sim_apps_add_listener(w, &server);
	sim_apps_add_flow(w, &flow);
}

static void row(const struct path *path, FILE *to)
{
	const struct sim_options options = { 0 };
	uint64_t resent = 0, timeouts = 0, spurious = 0;
	double mbit[RUNS], least = 1e9, most = 0, sum = 0;

	current = path;
	for (unsigned i = 0; i < RUNS; i++) {
		struct sim_result r;

		sim_run(1 + i, scene, &options, &r);
		mbit[i] = (double)(BULK_MIB << 20) * 8e3 / (double)r.took_ns;
		sum += mbit[i];
		least = mbit[i] < least ? mbit[i] : least;
		most = mbit[i] > most ? mbit[i] : most;
		resent += r.counters.mib[SEA_MIB_TcpRetransSegs];
		timeouts += r.counters.mib[SEA_MIB_TcpExtTCPTimeouts];
		spurious += r.counters.mib[SEA_MIB_TcpExtTCPDSACKRecv];
	}
	fprintf(to, "%-12s %8.2f (%.2f-%.2f) %8" PRIu64 " %8" PRIu64 " %8" PRIu64 "\n", path->name,
		sum / RUNS, least, most, resent, timeouts, spurious);
}

void sim_paths_write(FILE *to)
{
	fprintf(to, "%u runs of %u MiB each: Mbit/s, resent, timeouts, DSACKs\n", RUNS, BULK_MIB);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		row(&paths[i], to);
}
