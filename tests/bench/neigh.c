/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lookups of neighbours, 1, 1000 and 65,536 of them, in no order: the one that was found last is not
 * the one that is asked for. What one costs to come and go.
 */
#include <stdlib.h>

#include "core/link.h"
#include "ip/ipv4.h"
#include "ip/ipv6.h"
#include "ip/neigh.h"
#include "tests/bench/bench.h"
#include "tests/lib/env.h"
#include "wire/bytes.h"

#define BATCH 16384u
#define BATCHES 255u
#define KEYS (1u << 16)

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };
static struct sea_env env;
static struct sea_stack *stack;
static struct sea_link *link;
static struct sea_ipaddr keys[KEYS];
static unsigned n_batches = BATCHES;
static uint64_t seed = 1;

static struct sea_ipaddr address(unsigned i, bool v6)
{
	struct sea_ipaddr a = { .b = { 10 } };

	if (!v6) {
		sea_put32(a.b, UINT32_C(0x0a000000) + i);
		return a;
	}
	sea_put32(a.b, 0xfe800000);
	sea_put32(a.b + 12, i);
	return a;
}

static void add(struct sea_neigh_table *t, const struct sea_ipaddr *addr)
{
	static const struct sea_mac mac = { .b = { 2 } };
	struct sea_neigh *n = sea_neigh_get(t, link, addr);

	if (!n)
		abort();
	sea_neigh_update(n, &mac, SEA_NUD_PERMANENT, SEA_NEIGH_ADMIN | SEA_NEIGH_OVERRIDE);
	sea_neigh_put(n);
}

static uint64_t batch(struct sea_neigh_table *t, unsigned at)
{
	uint64_t start = bench_cpu_ns();

	for (unsigned i = at; i < at + BATCH; i++) {
		const struct sea_neigh *n = sea_neigh_find(t, link, &keys[i % KEYS]);

		if (!n)
			abort();
		bench_use(n);
	}
	return bench_cpu_ns() - start;
}

static void measure(unsigned n, bool v6)
{
	struct sea_neigh_table *t = v6 ? &sea_ipv6_of(stack)->neigh : &sea_ipv4_of(stack)->neigh;
	uint64_t ns[BATCHES], start = bench_ns();

	t->gc.thresh1 = t->gc.thresh2 = t->gc.thresh3 = INT32_MAX;
	printf("%u neighbours, IPv%c\n", n, v6 ? '6' : '4');
	for (unsigned i = 0; i < n; i++) {
		struct sea_ipaddr a = address(i, v6);

		add(t, &a);
	}
	bench_print("  add", start, n);
	for (unsigned i = 0; i < KEYS; i++)
		keys[i] = address((unsigned)(test_random(&seed) % n), v6);
	for (unsigned i = 0; i < n_batches; i++)
		ns[i] = batch(t, i * BATCH);
	bench_print_batches("  lookup", ns, n_batches, BATCH);
	start = bench_ns();
	sea_neigh_flush(t, link);
	bench_print("  all go, a neighbour", start, n);
}

/* neigh [N 4|6]: these alone, as for callgrind. */
int main(int argc, char **argv)
{
	const struct sea_link_config config = { .size = sizeof(config), .name = "eth0" };

	if (sea_env_os(&env) || sea_stack_new(NULL, &env, modules, 2, &stack) ||
	    sea_link_add(stack, &config, &link, (sea_time){ 1 }) ||
	    sea_link_set_up(link, true, (sea_time){ 1 }))
		return 1;
	sea_stack_enter(stack, (sea_time){ 2 });
	if (argc == 3) {
		n_batches = 15;
		measure((unsigned)strtoul(argv[1], NULL, 10), argv[2][0] == '6');
	}
	for (unsigned v6 = 0; argc != 3 && v6 < 2; v6++)
		for (unsigned n = 1; n <= KEYS; n = n == 1 ? 1000 : n * 65 + 536)
			measure(n, v6);
	sea_stack_leave(stack);
	sea_stack_free(stack);
	return 0;
}
