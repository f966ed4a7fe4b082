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
	struct sim_profile profile; /* of every wire, both ways */
	bool offload, ipv6;
	unsigned routers;                     /* between the two, in a row */
	uint32_t narrow;                      /* MTU of the segment in the middle; 0: 1500 */
	enum { STEADY, DETOUR, LOOP } change; /* what becomes of the routers meanwhile */
	const char *marked; /* with ECN, and this congestion control; NULL: without */
	bool counted;       /* with Accurate ECN */
};

#define RATE .rate_bps = 20000000
#define DELAY .delay_ns = 10 * SEA_MSEC
/* 20 Mbit/s, 20 ms there and back, a queue of one bandwidth-delay product and a half. */
#define PATH RATE, .queue_bytes = 75000, DELAY
/* The same with a router that marks rather than drops. */
#define MARKS PATH, .mark_bytes = 30000
/* A quarter of it, as far as delay goes: three routers stand between four. */
#define HOP RATE, .queue_bytes = 75000, .delay_ns = 2500 * SEA_USEC

static const struct impairment impairments[] = {
	{ .name = "none", .profile = { PATH } },
	{ .name = "none, super-segments", .profile = { PATH }, .offload = true },
	{ .name = "loss 0.1%", .profile = { PATH, .loss_ppm = 1000 } },
	{ .name = "loss 1%", .profile = { PATH, .loss_ppm = 10000 } },
	{ .name = "loss 5%", .profile = { PATH, .loss_ppm = 50000 } },
	{ .name = "reorder 5%", .profile = { PATH, .reorder_ppm = 50000 } },
	{ .name = "duplicate 5%", .profile = { PATH, .duplicate_ppm = 50000 } },
	{ .name = "corrupt 1%", .profile = { PATH, .corrupt_ppm = 10000 } },
	{ .name = "jitter 10 ms", .profile = { PATH, .jitter_ns = 10 * SEA_MSEC } },
	{ .name = "short queue", .profile = { RATE, .queue_bytes = 10000, DELAY } },
	{ .name = "long queue", .profile = { RATE, .queue_bytes = 1000000, DELAY } },
	{ .name = "slow",
	  .profile = { .rate_bps = 1000000, .queue_bytes = 20000, .delay_ns = 50 * SEA_MSEC } },
	{ .name = "far", .profile = { RATE, .queue_bytes = 700000, .delay_ns = 150 * SEA_MSEC } },
	{ .name = "path MTU 1000", .profile = { PATH, .pmtu = 1000 } },
	{ .name = "routers", .profile = { HOP }, .routers = 3 },
	{ .name = "routers, super-segs", .profile = { HOP }, .routers = 3, .offload = true },
	{ .name = "routers, loss 0.3%", .profile = { HOP, .loss_ppm = 3000 }, .routers = 3 },
	{ .name = "routers, narrow", .profile = { HOP }, .routers = 3, .narrow = 1000 },
	{ .name = "routers, narrow, super",
	  .profile = { HOP },
	  .routers = 3,
	  .narrow = 1000,
	  .offload = true },
	{ .name = "IPv6", .profile = { PATH }, .ipv6 = true },
	{ .name = "IPv6, super-segments", .profile = { PATH }, .ipv6 = true, .offload = true },
	{ .name = "IPv6, routers, narrow",
	  .profile = { HOP },
	  .ipv6 = true,
	  .routers = 3,
	  .narrow = 1300 },
	{ .name = "IPv6, narrow, super",
	  .profile = { HOP },
	  .ipv6 = true,
	  .routers = 3,
	  .narrow = 1300,
	  .offload = true },
	{ .name = "routers, detour", .profile = { HOP }, .routers = 1, .change = DETOUR },
	{ .name = "routers, loop", .profile = { HOP }, .routers = 3, .change = LOOP },
	{ .name = "marks", .profile = { MARKS }, .marked = "cubic" },
	{ .name = "marks, super-segments",
	  .profile = { MARKS },
	  .marked = "cubic",
	  .offload = true },
	{ .name = "marks, loss 0.1%", .profile = { MARKS, .loss_ppm = 1000 }, .marked = "cubic" },
	{ .name = "marks, routers",
	  .profile = { HOP, .mark_bytes = 30000 },
	  .marked = "cubic",
	  .routers = 3 },
	{ .name = "marks, reno", .profile = { MARKS }, .marked = "reno" },
	{ .name = "marks, dctcp", .profile = { MARKS }, .marked = "dctcp" },
	{ .name = "marks, dctcp, IPv6", .profile = { MARKS }, .marked = "dctcp", .ipv6 = true },
	{ .name = "marks, dctcp, super", .profile = { MARKS }, .marked = "dctcp", .offload = true },
	{ .name = "counted", .profile = { MARKS }, .marked = "cubic", .counted = true },
	{ .name = "counted, super-segs",
	  .profile = { MARKS },
	  .marked = "cubic",
	  .counted = true,
	  .offload = true },
	{ .name = "counted, loss 0.1%",
	  .profile = { MARKS, .loss_ppm = 1000 },
	  .marked = "cubic",
	  .counted = true },
	{ .name = "counted, dctcp", .profile = { MARKS }, .marked = "dctcp", .counted = true },
	{ .name = "counted, dctcp, IPv6",
	  .profile = { MARKS },
	  .marked = "dctcp",
	  .counted = true,
	  .ipv6 = true },
	{ .name = "counted, prague", .profile = { MARKS }, .marked = "prague", .counted = true },
	{ .name = "early marks, prague",
	  .profile = { PATH, .mark_bytes = 4500 },
	  .marked = "prague",
	  .counted = true },
};

#define N_IMPAIRMENTS (sizeof(impairments) / sizeof(impairments[0]))

static const struct impairment *current;

static void add_nic(struct sim_world *w, unsigned host, unsigned segment)
{
	bool middle = segment == current->routers / 2 && current->routers;
	uint32_t mtu = middle && current->narrow ? current->narrow : 1500;

	sim_nic_new(&w->hosts[host], segment, w->offload ? SIM_OFFLOAD_FEATURES : 0, mtu);
}

static void add_router(struct sim_world *w, unsigned segment)
{
	unsigned host = w->n_hosts++;

	sim_host_new(w, host);
	add_nic(w, host, segment);
	add_nic(w, host, segment + 1);
	sim_net_forward(&w->hosts[host]);
}

/* The first of two routers side by side loses its way; the hosts learn of it later. */
static void plan_detour(struct sim_world *w)
{
	unsigned gone = w->hosts[2].nic[1].port;
	struct sim_step step = { .at = sea_time_add(w->now, 300 * SEA_MSEC),
				 .deed = SIM_DOWN,
				 .port = gone };

	sim_plan_add(w, &step);
	step.deed = SIM_REROUTE;
	for (unsigned i = 0; i < w->n_hosts; i++) {
		step.at = sea_time_add(step.at, 200 * SEA_MSEC);
		step.port = w->hosts[i].nic[0].port;
		sim_plan_add(w, &step);
	}
}

/* For a while, what is for the server goes round between two routers. */
static void plan_loop(struct sim_world *w)
{
	struct sim_step step = {
		.at = sea_time_add(w->now, 300 * SEA_MSEC),
		.deed = SIM_LOOP,
		.port = w->hosts[2].nic[1].port,
		.peer = w->hosts[3].nic[0].port,
		.value = w->n_segments - 1,
	};

	sim_plan_add(w, &step);
	step.deed = SIM_REROUTE;
	for (unsigned i = 2; i < 4; i++) {
		step.at = sea_time_add(step.at, 500 * SEA_MSEC);
		step.port = w->hosts[i].nic[0].port;
		sim_plan_add(w, &step);
	}
}

static void connect_all(struct sim_world *w)
{
	for (unsigned i = 0; i < w->n_ports; i++)
		for (unsigned j = 0; j < w->n_ports; j++)
			w->wires[i][j].profile = current->profile;
	for (unsigned i = 0; i < w->n_hosts; i++)
		sim_net_route(&w->hosts[i]);
	if (current->change == DETOUR)
		plan_detour(w);
	if (current->change == LOOP)
		plan_loop(w);
}

static void with_ecn(struct sim_world *w)
{
	for (unsigned i = 0; i < 2; i++) {
		struct sea_stack *stack = w->hosts[i].stack;

		SIM_CHECK(w, !sea_sysctl_set(stack, "net.ipv4.tcp_ecn",
					     current->counted ? "3" : "1", w->now) &&
				     !sea_sysctl_set(stack, "net.ipv4.tcp_congestion_control",
						     current->marked, w->now));
	}
}

/* The client is the first host, the server the second; routers follow. */
static void make_path(struct sim_world *w)
{
	w->n_hosts = 2;
	w->n_segments = current->routers + 1;
	w->offload = current->offload;
	w->ipv6 = current->ipv6;
	w->rough = true;
	for (unsigned i = 0; i < 2; i++) {
		sim_host_new(w, i);
		add_nic(w, i, i ? current->routers : 0);
	}
	for (unsigned i = 0; i < current->routers; i++)
		add_router(w, i);
	if (current->change == DETOUR)
		add_router(w, 0);
	if (current->marked)
		with_ecn(w);
	connect_all(w);
}

static void bulk_scene(struct sim_world *w)
{
	const struct sim_listener_spec server = { .host = 1, .port = SIM_PORT, .backlog = 8 };
	struct sim_flow_spec flow = {
		.start = w->now,
		.server = 1,
		.port = SIM_PORT,
		.ipv6 = current->ipv6,
		.manner = { { .total = BULK_BYTES, .write_max = 65000, .read_max = 65000 },
			    { .write_max = 65000, .read_max = 65000 } },
	};

	make_path(w);
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
