/* SPDX-License-Identifier: Apache-2.0 */
/* golden/crowd.txt: congestion controls alone and mixed, through a queue of half a BDP that marks from a tenth on. */
#include "tests/sim/crowd.h"

#define ONE_WAY_NS (25 * SEA_MSEC)
#define SHOWN CROWD_PRAGUE /* those before it have a column */

struct mix {
	const char *name;
	uint8_t share[SHOWN];
};

static const struct mix mixes[] = {
	{ "reno", { 10 } },
	{ "cubic", { 0, 10 } },
	{ "dctcp", { 0, 0, 10 } },
	{ "bbr", { 0, 0, 0, 10 } },
	{ "bbr3", { 0, 0, 0, 0, 10 } },
	{ "reno, cubic", { 5, 5 } },
	{ "cubic, bbr", { 0, 5, 0, 5 } },
	{ "cubic, bbr3", { 0, 5, 0, 0, 5 } },
	{ "all five", { 2, 2, 2, 2, 2 } },
};

static void print_row(FILE *to, const char *name, const struct crowd_result *r)
{
	const struct crowd_counts *k = &r->counts;
	double frames = (double)k->frames;

	fprintf(to, "%-12s %6.2f %6.3f %7.3f %7.2f %6.2f %6.2f", name, r->used, r->fair,
		100 * (double)k->lost / frames, 100 * (double)k->marked / frames,
		k->all.sum_ns / frames / 1e6, (double)k->all.most_ns / 1e6);
	for (unsigned kind = 0; kind < SHOWN; kind++)
		fprintf(to, " %6.1f", r->share[kind]);
	fputc('\n', to);
	fflush(to);
}

static void row(FILE *to, const struct mix *mix, unsigned n, int64_t warm_ns, int64_t ns)
{
	struct crowd_scene scene = {
		.n = n,
		.one_way_ns = ONE_WAY_NS,
		.queue_ns = ONE_WAY_NS,
		.mark_ns = ONE_WAY_NS / 5,
		.warm_ns = warm_ns,
		.ns = ns,
	};
	struct crowd_result r;

	for (unsigned kind = 0; kind < SHOWN; kind++)
		scene.share[kind] = mix->share[kind];
	sim_crowd_run(&scene, &r);
	print_row(to, mix->name, &r);
}

void sim_crowd_write(FILE *to, bool large)
{
	unsigned n = large ? 1000 : 10;
	int64_t warm_ns = 2 * SEA_SEC, ns = (large ? 3 : 2) * SEA_SEC;

	fprintf(to,
		"# %u flows at %u Mbit/s and 50 ms, a queue of 25 ms, marks from 5 ms on; %u s after %u.\n"
		"# Written by: tests/sim/sim --crowd%s FILE\n"
		"# %% of the rate as payload, Jain's fairness, %% of frames lost and marked, ms in the queue (mean,\n"
		"# most), and %% of what arrived by congestion control.\n",
		n, n * 10, (unsigned)(ns / SEA_SEC), (unsigned)(warm_ns / SEA_SEC),
		large ? "-large" : "");
	fprintf(to, "%-12s %6s %6s %7s %7s %6s %6s %6s %6s %6s %6s %6s\n", "mix", "used", "fair",
		"lost", "marked", "queue", "most", "reno", "cubic", "dctcp", "bbr", "bbr3");
	for (size_t i = 0; i < sizeof(mixes) / sizeof(mixes[0]); i++)
		row(to, &mixes[i], n, warm_ns, ns);
}
