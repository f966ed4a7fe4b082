/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Longest-prefix match at 1, 1000 and 1,000,000 prefixes, of lengths as in a full Internet table,
 * spread at random, which no cache likes, or in runs of neighbours. Lookups: of addresses anywhere, and of addresses that have
 * a route. "chained": each lookup waits for the one before, as a lone packet does.
 */
#include <stdlib.h>

#include "ip/lpm.h"
#include "tests/bench/bench.h"
#include "tests/lib/env.h"
#include "wire/bytes.h"

#define BATCH 16384u
#define BATCHES 255u
#define KEYS (1u << 20)
#define GATEWAYS 8 /* a lookup finds which */

struct prefix {
	uint8_t key[16];
	uint8_t len;
};

static struct prefix *prefixes;
static uint8_t (*keys)[16];
static bool no_index;
static unsigned n_batches = BATCHES;
static uint64_t seed = 1;

static const uint8_t lens4[20] = { 24, 24, 24, 24, 24, 24, 24, 24, 24, 24,
				   24, 24, 23, 23, 22, 22, 21, 20, 19, 16 };
static const uint8_t lens6[20] = { 48, 48, 48, 48, 48, 48, 48, 48, 48, 44,
				   40, 40, 36, 32, 32, 32, 32, 29, 64, 56 };

static void random_key(uint8_t *key, unsigned key_len)
{
	uint64_t low = test_random(&seed), high = test_random(&seed);

	memcpy(key, &low, 8);
	memcpy(key + 8, &high, 8);
	if (key_len == 4)
		key[0] = (uint8_t)(1 + key[0] % 223);
	else
		key[0] = 0x20 | (key[0] & 1);
	if (key_len == 16)
		key[1] &= 0x0f;
}

static void random_prefix(struct prefix *p, unsigned key_len)
{
	random_key(p->key, key_len);
	p->len = (key_len == 4 ? lens4 : lens6)[test_random(&seed) % 20];
	for (unsigned bit = p->len; bit < 128; bit++)
		p->key[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
}

/* One batch of lookups after the other; the median of them. */
static uint64_t batch(const struct sea_lpm *lpm, unsigned at, bool chained)
{
	uint64_t start = bench_cpu_ns();
	uint32_t found = 0;

	for (unsigned i = at; i < at + BATCH; i++) {
		found = sea_lpm_lookup(lpm, keys[(i + (chained ? found & 1 : 0)) % KEYS]);
		bench_use((void *)(uintptr_t)found);
	}
	return bench_cpu_ns() - start;
}

static void time_lookups(const struct sea_lpm *lpm, const char *what, bool chained)
{
	uint64_t ns[BATCHES];

	for (unsigned i = 0; i < KEYS / BATCH; i++) /* the index fills */
		batch(lpm, i * BATCH, false);
	for (unsigned i = 0; i < n_batches; i++)
		ns[i] = batch(lpm, i * BATCH, chained);
	bench_print_batches(what, ns, n_batches, BATCH);
}

static void time_inserts(struct sea_lpm *lpm, unsigned n, size_t *held)
{
	uint64_t start = bench_ns();

	for (unsigned i = 0; i < n; i++)
		if (sea_lpm_insert(lpm, prefixes[i].key, prefixes[i].len, &prefixes[i],
				   1 + i % GATEWAYS))
			prefixes[i].len = 255; /* a second time by chance */
	bench_print("  insert", start, n);
	*held = lpm->pool->held;
}

/* As registries deal addresses out: runs of neighbours of one length. */
static void cluster(unsigned n)
{
	unsigned run = 0;
	uint32_t addr = 0;

	for (unsigned i = 0; i < n; i++, run--) {
		if (!run) {
			run = 1 + (unsigned)(test_random(&seed) % 64);
			random_prefix(&prefixes[i], 4);
			addr = sea_get32(prefixes[i].key);
			continue;
		}
		prefixes[i].len = prefixes[i - 1].len;
		addr += UINT32_C(1) << (32 - prefixes[i].len);
		sea_put32(prefixes[i].key, addr);
	}
}

/* Some address that has this prefix; `key` is random. */
static void below(const struct prefix *p, uint8_t *key, unsigned key_len)
{
	for (unsigned bit = 0; bit < key_len * 8u && bit < p->len; bit++) {
		uint8_t mask = (uint8_t)(0x80 >> bit % 8);

		key[bit / 8] = (uint8_t)((key[bit / 8] & ~mask) | (p->key[bit / 8] & mask));
	}
}

static void measure(unsigned n, uint8_t key_len, bool clustered)
{
	uint8_t key[16] = { 0 };
	struct sea_env env;
	struct sea_pool pool;
	struct sea_lpm lpm;
	uint64_t start;
	size_t held;
	int len = -1;

	if (sea_env_os(&env))
		exit(1);
	sea_pool_init(&pool, &env, 0, SIZE_MAX / 2);
	sea_lpm_init(&lpm, &pool, key_len);
	if (no_index)
		lpm.index_from = UINT32_MAX;
	for (unsigned i = 0; i < n; i++)
		random_prefix(&prefixes[i], key_len);
	if (clustered)
		cluster(n);
	printf("%u prefixes, IPv%c%s\n", n, key_len == 4 ? '4' : '6', clustered ? ", in runs" : "");
	time_inserts(&lpm, n, &held);
	printf("%-48s %10.1f bytes\n", "  memory a prefix", (double)held / lpm.n);
	for (unsigned i = 0; i < KEYS; i++)
		random_key(keys[i], key_len);
	time_lookups(&lpm, "  lookup anywhere", false);
	time_lookups(&lpm, "  lookup anywhere, chained", true);
	for (unsigned i = 0; i < KEYS; i++)
		below(&prefixes[test_random(&seed) % n], keys[i], key_len);
	time_lookups(&lpm, "  lookup where there is a route", false);
	time_lookups(&lpm, "  lookup where there is a route, chained", true);
	printf("%-48s %10.1f bytes\n", "  memory a prefix, the index filled",
	       (double)pool.held / lpm.n);
	start = bench_ns();
	while (sea_lpm_next(&lpm, key, &len))
		;
	bench_print("  next", start, lpm.n);
	start = bench_ns();
	for (unsigned i = 0; i < n; i++)
		bench_use(sea_lpm_remove(&lpm, prefixes[i].key, prefixes[i].len));
	bench_print("  remove", start, n);
	sea_lpm_fini(&lpm);
	sea_pool_fini(&pool);
}

/* What the machine takes for a cache line of so many, at random, each waiting for the one before. */
static void time_memory(size_t mebibytes)
{
	size_t n = mebibytes << 14;
	char(*line)[64] = aligned_alloc(64, n * 64);
	uint64_t ns[BATCHES];
	uint32_t at = 0;
	char what[32];

	if (!line)
		exit(1);
	for (size_t i = 0; i < n; i++) /* one ring through all of them: n is a power of two */
		memcpy(line[i],
		       &(uint32_t){ (uint32_t)(i * 1664525 + 1013904223) & (uint32_t)(n - 1) }, 4);
	for (unsigned i = 0; i < BATCHES; i++) {
		uint64_t start = bench_cpu_ns();

		for (unsigned k = 0; k < BATCH; k++)
			memcpy(&at, line[at], sizeof(at));
		bench_use(&at);
		ns[i] = bench_cpu_ns() - start;
	}
	snprintf(what, sizeof(what), "a cache line of %3zu MiB", mebibytes);
	bench_print_batches(what, ns, BATCHES, BATCH);
	free(line);
}

/* lpm [N 4|6 [tree]]: that table alone, as for callgrind; without an index. */
int main(int argc, char **argv)
{
	for (size_t mebibytes = 1; argc < 3 && mebibytes <= 64; mebibytes *= 4)
		time_memory(mebibytes);
	prefixes = calloc(1000000, sizeof(*prefixes));
	keys = calloc(KEYS, sizeof(*keys));
	if (!prefixes || !keys)
		return 1;
	if (argc >= 3) {
		no_index = argc > 3;
		n_batches = 15;
		measure((unsigned)strtoul(argv[1], NULL, 10), argv[2][0] == '6' ? 16 : 4, false);
		return 0;
	}
	for (unsigned n = 1; n <= 1000000; n *= 1000)
		measure(n, 4, false);
	measure(1000000, 4, true);
	for (unsigned n = 1; n <= 1000000; n *= 1000)
		measure(n, 16, false);
	free(prefixes);
	free(keys);
	return 0;
}
