/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How well TCP does over each impairment: one bulk transfer, the same every time, on a path of
 * 20 Mbit/s and 20 ms. The table is kept, so that a change of the stack shows what it costs or gains.
 */
#include <inttypes.h>

#include "tests/sim/run.h"

#define BULK_BYTES (2u << 20)
#define RUNS 3

struct impairment {
	const char *name;
	struct sim_profile profile; /* both ways */
	bool offload;
};

/* 20 Mbit/s, 20 ms there and back, a queue of one bandwidth-delay product and a half. */
#define PATH .rate_bps = 20000000, .queue_bytes = 75000, .delay_ns = 10 * SEA_MSEC

static const struct impairment impairments[] = {
	{ "none", { PATH }, false },
	{ "none, super-segments", { PATH }, true },
	{ "loss 0.1%", { PATH, .loss_ppm = 1000 }, false },
	{ "loss 1%", { PATH, .loss_ppm = 10000 }, false },
	{ "loss 5%", { PATH, .loss_ppm = 50000 }, false },
	{ "reorder 5%", { PATH, .reorder_ppm = 50000 }, false },
	{ "duplicate 5%", { PATH, .duplicate_ppm = 50000 }, false },
	{ "corrupt 1%", { PATH, .corrupt_ppm = 10000 }, false },
	{ "jitter 10 ms", { PATH, .jitter_ns = 10 * SEA_MSEC }, false },
	{ "short queue",
	  { .rate_bps = 20000000, .queue_bytes = 10000, .delay_ns = 10 * SEA_MSEC },
	  false },
	{ "long queue",
	  { .rate_bps = 20000000, .queue_bytes = 1000000, .delay_ns = 10 * SEA_MSEC },
	  false },
	{ "slow", { .rate_bps = 1000000, .queue_bytes = 20000, .delay_ns = 50 * SEA_MSEC }, false },
	{ "far",
	  { .rate_bps = 20000000, .queue_bytes = 700000, .delay_ns = 150 * SEA_MSEC },
	  false },
	{ "path MTU 1000", { PATH, .pmtu = 1000 }, false },
};

#define N_IMPAIRMENTS (sizeof(impairments) / sizeof(impairments[0]))

static const struct impairment *current;

static void bulk_scene(struct sim_world *w)
{
	const struct sim_listener_spec server = { .host = 1, .port = SIM_PORT, .backlog = 8 };
	const uint32_t features = SEA_LINK_F_TX_CSUM | SEA_LINK_F_TSO4 | SEA_LINK_F_RX_TRUSTED |
				  SEA_LINK_F_RX_GSO;
	struct sim_flow_spec flow = {
		.start = w->now,
		.server = 1,
		.port = SIM_PORT,
		.manner = { { .total = BULK_BYTES, .write_max = 65000, .read_max = 65000 },
			    { .write_max = 65000, .read_max = 65000 } },
	};

	w->n_hosts = 2;
	w->offload = current->offload;
	w->rough = true;
	for (unsigned i = 0; i < 2; i++) {
		sim_host_new(w, i, w->offload ? features : 0, 1500);
	}
	w->wires[0][1].profile = w->wires[1][0].profile = current->profile;
	sim_apps_new(w);
	sim_apps_add_listener(w, &server);
	sim_apps_add_flow(w, &flow);
}

static void row(const struct impairment *what, FILE *to)
{
	const struct sim_options options = { 0 };
	uint64_t kbit = 0, frames = 0, resent = 0, timeouts = 0, spurious = 0;
	unsigned intact = 0;

	current = what;
	for (unsigned i = 0; i < RUNS; i++) {
		struct sim_result r;

		sim_run(1000 + i, bulk_scene, &options, &r);
		kbit += (uint64_t)BULK_BYTES * 8 * 1000000 / (uint64_t)r.took_ns;
		frames += r.frames;
		resent += r.counters.mib[SEA_MIB_TcpRetransSegs];
		timeouts += r.counters.mib[SEA_MIB_TcpExtTCPTimeouts];
		spurious += r.counters.mib[SEA_MIB_TcpExtTCPDSACKRecv];
		intact += r.apps.intact;
	}
	fprintf(to,
		"%-22s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %4u/%u\n",
		what->name, kbit / RUNS, frames, resent, timeouts, spurious, intact, RUNS);
}

void sim_results_write(FILE *to)
{
	fprintf(to, "# %u runs of %u bytes each; kbit/s is their mean, the rest are sums.\n", RUNS,
		BULK_BYTES);
	fprintf(to, "# Written by: tests/sim/sim --results tests/sim/golden/results.txt\n");
	fprintf(to, "%-22s %8s %8s %8s %8s %8s %6s\n", "impairment", "kbit/s", "frames", "resent",
		"timeouts", "dsacks", "intact");
	for (size_t i = 0; i < N_IMPAIRMENTS; i++)
		row(&impairments[i], to);
}
