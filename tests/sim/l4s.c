/* SPDX-License-Identifier: Apache-2.0 */
/*
 * golden/l4s.txt: Prague beside CUBIC, through one queue and through the two of RFC 9332. What L4S promises is a queue of
 * less than a millisecond, a link that is full, and shares as if all were of a kind.
 */
#include "tests/sim/crowd.h"

#define ONE_WAY_NS (10 * SEA_MSEC)
#define QUEUE_NS (25 * SEA_MSEC)
#define NO_MARKS INT64_MAX
#define WARM_NS (3 * SEA_SEC)
#define COUNTED_NS (3 * SEA_SEC)

/* tcp_ecn of the senders: Prague asks for Accurate ECN whatever it is. */
#define NO_ECN "2"
#define ECN "1"

#define CUBIC(tenths) [CROWD_CUBIC] = (tenths)
#define PRAGUE(tenths) [CROWD_PRAGUE] = (tenths)
#define SINGLE .queue_ns = QUEUE_NS
#define DUAL .dual = true

static const struct crowd_scene scenes[] = {
	{ "cubic, one queue", { CUBIC(10) }, SINGLE, .mark_ns = NO_MARKS, .ecn = NO_ECN },
	{ "cubic, one that marks", { CUBIC(10) }, SINGLE, .mark_ns = 5 * SEA_MSEC, .ecn = ECN },
	{ "cubic, two queues", { CUBIC(10) }, DUAL, .ecn = NO_ECN },
	{ "cubic with ECN, two queues", { CUBIC(10) }, DUAL, .ecn = ECN },
	{ "prague, two queues", { PRAGUE(10) }, DUAL, .ecn = NO_ECN },
	{ "both, two queues", { CUBIC(5), PRAGUE(5) }, DUAL, .ecn = NO_ECN },
	{ "both with ECN, two queues", { CUBIC(5), PRAGUE(5) }, DUAL, .ecn = ECN },
	{ "both, one queue", { CUBIC(5), PRAGUE(5) }, SINGLE, .mark_ns = NO_MARKS, .ecn = NO_ECN },
	{ "both with ECN, one that marks",
	  { CUBIC(5), PRAGUE(5) },
	  SINGLE,
	  .mark_ns = 5 * SEA_MSEC,
	  .ecn = ECN },
};

static void print_waits(FILE *to, const struct crowd_waits *w)
{
	if (w->n)
		fprintf(to, " %6.2f %6.2f", w->sum_ns / (double)w->n / 1e6,
			(double)w->most_ns / 1e6);
	else
		fprintf(to, " %6s %6s", "-", "-");
}

static void row(FILE *to, const struct crowd_scene *of)
{
	struct crowd_scene scene = *of;
	struct crowd_result r;

	scene.n = 10;
	scene.one_way_ns = ONE_WAY_NS;
	scene.warm_ns = WARM_NS;
	scene.ns = COUNTED_NS;
	sim_crowd_run(&scene, &r);
	fprintf(to, "%-30s %6.2f %6.3f %7.3f %7.2f", scene.name, r.used, r.fair,
		100 * (double)r.counts.lost / (double)r.counts.frames,
		100 * (double)r.counts.marked / (double)r.counts.frames);
	print_waits(to, &r.counts.lane[CROWD_L]);
	print_waits(to, &r.counts.lane[CROWD_C]);
	fprintf(to, " %7.1f\n", r.share[CROWD_PRAGUE]);
	fflush(to);
}

void sim_l4s_write(FILE *to)
{
	fprintf(to,
		"# 10 flows at 100 Mbit/s and 20 ms; one queue of 25 ms, or two that are coupled; 3 s after 3.\n"
		"# Written by: tests/sim/sim --l4s FILE\n"
		"# %% of the rate as payload, Jain's fairness, %% of frames lost and marked, ms that ECT(1) and all else\n"
		"# waited (mean, most), and %% of what arrived that is Prague's.\n");
	fprintf(to, "%-30s %6s %6s %7s %7s %6s %6s %6s %6s %7s\n", "scene", "used", "fair", "lost",
		"marked", "l4s", "most", "else", "most", "prague");
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
		row(to, &scenes[i]);
}
