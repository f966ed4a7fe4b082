/* SPDX-License-Identifier: Apache-2.0 */
/* Hash tables from one entry to a million: growth included, and the longest single insertion. */
#include <stdlib.h>

#include "core/htable.h"
#include "tests/bench/bench.h"
#include "tests/lib/env.h"

#define LOOKUPS 4000000u

struct entry {
	struct sea_hnode hnode;
	uint64_t key[5]; /* two to a pair of cache lines, like a small connection */
};

static struct entry *entries;
static uint64_t seed = 1;

static void fill(struct sea_htable *t, unsigned n)
{
	uint64_t start = bench_ns(), worst = 0, before = start;

	for (unsigned i = 0; i < n; i++) {
		uint64_t now;

		if (sea_htable_insert(t, &entries[i].hnode,
				      (uint32_t)test_random(&entries[i].key[0])))
			exit(1);
		now = bench_ns();
		worst = now - before > worst ? now - before : worst;
		before = now;
	}
	bench_print("  insert (with a look at the clock)", start, n);
	printf("%-48s %10.1f us\n", "    longest", (double)worst / 1000);
}

static void look_up(const struct sea_htable *t, unsigned n)
{
	uint64_t start = bench_ns();

	for (unsigned i = 0; i < LOOKUPS; i++) {
		uint32_t hash = entries[test_random(&seed) % n].hnode.hash;

		bench_use(sea_htable_first(t, hash));
	}
	bench_print("  look up what is there (and fetch its hash)", start, LOOKUPS);
	start = bench_ns();
	for (unsigned i = 0; i < LOOKUPS; i++)
		bench_use(sea_htable_first(t, (uint32_t)test_random(&seed)));
	bench_print("  look up what is not there", start, LOOKUPS);
}

static void measure(unsigned n)
{
	struct test_env e;
	struct sea_pool pool;
	struct sea_htable t;
	uint64_t start, cursor = 0;

	test_env_init(&e);
	sea_pool_init(&pool, &e.env, 0, SIZE_MAX / 2);
	sea_htable_init(&t, &pool, 256);
	for (unsigned i = 0; i < n; i++)
		entries[i] = (struct entry){ .key = { i } };
	printf("%u entries\n", n);
	fill(&t, n);
	look_up(&t, n);
	start = bench_ns();
	while (sea_htable_walk(&t, &cursor))
		;
	bench_print("  walk", start, n);
	start = bench_ns();
	for (unsigned i = 0; i < n; i++)
		sea_htable_remove(&t, &entries[i].hnode);
	bench_print("  remove", start, n);
	sea_htable_fini(&t);
	sea_pool_fini(&pool);
}

int main(void)
{
	entries = calloc(1000000, sizeof(*entries));
	if (!entries)
		return 1;
	for (unsigned n = 1; n <= 1000000; n *= 1000)
		measure(n);
	free(entries);
	return 0;
}
