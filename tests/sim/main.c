/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program: many seeds, or one with all its frames shown. Seeds run in processes of their own, so
 * that one which fails does not keep the others from being tried.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sim/crowd.h"
#include "tests/sim/run.h"

/* Seeds from here on are networks, those below single segments. */
#define NETWORK_SEED 1000000
#define LAST_SEGMENT 300
#define LAST_NETWORK (NETWORK_SEED + 150)
/* Every so many seeds one runs twice: the same seed, the same packets. */
#define AGAIN_EVERY 10

/* What the processes share. */
struct progress {
	uint64_t seed; /* being run */
	uint64_t runs, frames, steps, flows, intact, failed, bytes, echoes, forwarded, expired;
};

static const char usage[] =
	"usage: sim [--seeds FIRST..LAST] [--seed N [--quiet] [--capture FILE]] [--results FILE] [--paths]\n"
	"           [--crowd FILE] [--crowd-large FILE] [--l4s FILE]\n"
	"  --seeds A..B    runs these seeds; from 1000000 on they are networks with routers. The\n"
	"                  default is 1..300, 1000001..1000150 and the three tables\n"
	"  --seed N        runs one seed and prints each of its frames\n"
	"  --quiet         ... but for the frames\n"
	"  --capture FILE  ... and writes them to FILE as pcapng\n"
	"  --results FILE  writes the table of results; '-' is standard output\n"
	"  --crowd FILE    writes the table of many streams through one bottleneck\n"
	"  --crowd-large FILE  ... of a thousand through 10 Gbit/s, which takes minutes\n"
	"  --l4s FILE      writes the table of Prague beside CUBIC\n"
	"  --paths         prints the throughput over the paths of tests/bench/lossy\n";

static sim_scene_fn *scene_of(uint64_t seed)
{
	return seed < NETWORK_SEED ? sim_scene_segment : sim_scene_network;
}

static void run_one(uint64_t seed, struct progress *p)
{
	const struct sim_options options = { 0 };
	struct sim_result r, again;

	p->seed = seed;
	sim_run(seed, scene_of(seed), &options, &r);
	if (seed % AGAIN_EVERY == 0) {
		sim_run(seed, scene_of(seed), &options, &again);
		if (r.hash != again.hash || r.frames != again.frames) {
			fprintf(stderr, "seed %" PRIu64 ": another run of it sends other packets\n",
				seed);
			abort();
		}
	}
	p->runs++;
	p->frames += r.frames;
	p->steps += r.steps;
	p->flows += r.apps.flows;
	p->intact += r.apps.intact;
	p->failed += r.apps.failed;
	p->bytes += r.apps.bytes;
	p->echoes += r.apps.echoes_back;
	p->forwarded += r.counters.mib[SEA_MIB_IpForwDatagrams];
	p->expired += r.counters.drop[SEA_DROP_IP_TTL];
}

/* Runs seeds from `first` on until one fails or all are done; true: all are done. */
static bool run_range(uint64_t first, uint64_t last, struct progress *p)
{
	pid_t child;
	int status;

	fflush(NULL);
	child = fork();
	if (child < 0) {
		perror("fork");
		exit(2);
	}
	if (child == 0) {
		for (uint64_t seed = first; seed <= last; seed++)
			run_one(seed, p);
		exit(0);
	}
	if (waitpid(child, &status, 0) != child) {
		perror("waitpid");
		exit(2);
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Routers that never had anything to do would show nothing. */
static bool routers_were_used(const struct progress *p)
{
	if (p->forwarded && p->expired)
		return true;
	fprintf(stderr, "no packet was forwarded, or none reached the end of its hops\n");
	return false;
}

static int run_seeds(uint64_t first, uint64_t last)
{
	struct progress *p =
		mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned bad = 0;

	if (p == MAP_FAILED) {
		perror("mmap");
		return 2;
	}
	for (uint64_t next = first; next <= last && !run_range(next, last, p); next = p->seed + 1) {
		fprintf(stderr, "seed %" PRIu64 " failed\n", p->seed);
		bad++;
	}
	printf("%" PRIu64 " runs, %u failed; %" PRIu64 " frames, %" PRIu64 " moments; %" PRIu64
	       " streams, %" PRIu64 " whole both ways, %" PRIu64 " with an error; %" PRIu64
	       " bytes; %" PRIu64 " echoes; %" PRIu64 " packets forwarded, %" PRIu64
	       " at the end of their hops\n",
	       p->runs, bad, p->frames, p->steps, p->flows, p->intact, p->failed, p->bytes,
	       p->echoes, p->forwarded, p->expired);
	if (first == NETWORK_SEED + 1 && last == LAST_NETWORK && !routers_were_used(p))
		bad++;
	munmap(p, sizeof(*p));
	return bad ? 1 : 0;
}

static int run_shown(uint64_t seed, const struct sim_options *options)
{
	struct sim_result r;

	sim_run(seed, scene_of(seed), options, &r);
	printf("seed %" PRIu64 ": %" PRIu64 " frames, %" PRIu64 " moments, %u streams (%u whole, "
	       "%u with an error), %" PRIu64 " bytes, %" PRIu64 " of %" PRIu64 " echoes, %" PRId64
	       " ms, hash %016" PRIx64 "\n",
	       seed, r.frames, r.steps, r.apps.flows, r.apps.intact, r.apps.failed, r.apps.bytes,
	       r.apps.echoes_back, r.apps.echoes_sent, r.took_ns / SEA_MSEC, r.hash);
	return 0;
}

typedef void table_fn(FILE *to);

static void write_crowd(FILE *to)
{
	sim_crowd_write(to, false);
}

static void write_large_crowd(FILE *to)
{
	sim_crowd_write(to, true);
}

static int write_table(const char *path, table_fn *fill)
{
	FILE *to = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");

	if (!to) {
		perror(path);
		return 2;
	}
	fill(to);
	if (fflush(to) || ferror(to)) {
		perror(path);
		return 2;
	}
	return to == stdout || fclose(to) == 0 ? 0 : 2;
}

/* The table as it is now against the one that is kept. */
static int compare_table(const char *name, table_fn *fill, const char *flag)
{
	const char *top = getenv("SEA_SRCDIR");
	char path[4096], kept[256], now[256];
	FILE *is = tmpfile(), *was;
	int rc = 0;

	snprintf(path, sizeof(path), "%s/tests/sim/golden/%s", top ? top : ".", name);
	was = fopen(path, "r");
	if (!was || !is) {
		perror(path);
		return 2;
	}
	fill(is);
	rewind(is);
	for (;;) {
		char *a = fgets(kept, sizeof(kept), was), *b = fgets(now, sizeof(now), is);

		if (!a && !b)
			break;
		if (a && b && strcmp(a, b) == 0)
			continue;
		fprintf(stderr, "kept: %snow:  %s", a ? a : "nothing\n", b ? b : "nothing\n");
		rc = 1;
		if (!a || !b)
			break;
	}
	if (rc)
		fprintf(stderr, "The table has changed. If that is meant: sim %s %s\n", flag, path);
	fclose(was);
	fclose(is);
	return rc;
}

static int bad_usage(void)
{
	fputs(usage, stderr);
	return 2;
}

static bool parse_range(const char *text, uint64_t *first, uint64_t *last)
{
	char *end;

	*first = strtoull(text, &end, 10);
	if (end == text || strncmp(end, "..", 2) != 0)
		return false;
	text = end + 2;
	*last = strtoull(text, &end, 10);
	return end != text && !*end && *last >= *first;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "seeds", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, '1' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "capture", required_argument, NULL, 'c' },
		{ "results", required_argument, NULL, 'r' },
		{ "paths", no_argument, NULL, 'p' },
		{ "crowd", required_argument, NULL, 'm' },
		{ "crowd-large", required_argument, NULL, 'l' },
		{ "l4s", required_argument, NULL, '4' },
		{ NULL, 0, NULL, 0 },
	};
	struct sim_options options = { .trace = true };
	uint64_t first = 0, last = 0, one = 0;
	const char *table = NULL;
	table_fn *fill = NULL;
	bool paths = false;
	int c, rc;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 's' && parse_range(optarg, &first, &last))
			continue;
		else if (c == '1')
			one = strtoull(optarg, NULL, 10);
		else if (c == 'q')
			options.trace = false;
		else if (c == 'c')
			options.capture = optarg;
		else if (c == 'r')
			table = optarg, fill = sim_results_write;
		else if (c == 'm')
			table = optarg, fill = write_crowd;
		else if (c == 'l')
			table = optarg, fill = write_large_crowd;
		else if (c == '4')
			table = optarg, fill = sim_l4s_write;
		else if (c == 'p')
			paths = true;
		else
			return bad_usage();
	}
	if (optind < argc)
		return bad_usage();
	if (table)
		return write_table(table, fill);
	if (paths) {
		sim_paths_write(stdout);
		return 0;
	}
	if (one)
		return run_shown(one, &options);
	if (last)
		return run_seeds(first, last);
	rc = run_seeds(1, LAST_SEGMENT);
	rc |= run_seeds(NETWORK_SEED + 1, LAST_NETWORK);
	rc |= compare_table("results.txt", sim_results_write, "--results");
	rc |= compare_table("crowd.txt", write_crowd, "--crowd");
	return compare_table("l4s.txt", sim_l4s_write, "--l4s") || rc;
}
