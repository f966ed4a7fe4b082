/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole lookups of routes: rules, tables, alternatives, the way. At 1, 1000 and 1,000,000 routes through
 * eight gateways, with the rules that a stack begins with and with ten more that do not match; what
 * routes cost to add, to hold, and to lose with their link.
 */
#include <stdlib.h>

#include "core/link.h"
#include "ip/ipv4.h"
#include "ip/route_info.h"
#include "ip/route_rule.h"
#include "tests/bench/bench.h"
#include "tests/lib/env.h"

#define BATCH 16384u
#define BATCHES 255u
#define KEYS (1u << 20)
#define GATEWAYS 8

static const struct sea_module *const modules[] = { &sea_ipv4 };
static struct sea_env env;
static struct sea_stack *stack;
static struct sea_link *link;
static struct sea_ipaddr *keys; /* each below a route */
static unsigned n_batches = BATCHES;
static uint64_t seed = 1;

static const uint8_t lens4[20] = { 24, 24, 24, 24, 24, 24, 24, 24, 24, 24,
				   24, 24, 23, 23, 22, 22, 21, 20, 19, 16 };
static const uint8_t lens6[20] = { 48, 48, 48, 48, 48, 48, 48, 48, 48, 44,
				   40, 40, 36, 32, 32, 32, 32, 29, 64, 56 };

static void random_key(uint8_t *key, bool v6)
{
	uint64_t low = test_random(&seed), high = test_random(&seed);

	memcpy(key, &low, 8);
	memcpy(key + 8, &high, 8);
	if (!v6) {
		key[0] = (uint8_t)(1 + key[0] % 223);
		memset(key + 4, 0, 12);
		return;
	}
	key[0] = 0x20 | (key[0] & 1);
	key[1] &= 0x0f;
}

/* Key i is below it. */
static void add(struct sea_routes *r, bool v6, unsigned i)
{
	struct sea_route_entry e = { .type = SEA_ROUTE_UNICAST, .has_gateway = true, .link = link };

	random_key(e.key, v6);
	memcpy(keys[i].b, e.key, sizeof(e.key));
	e.prefix_len = (v6 ? lens6 : lens4)[test_random(&seed) % 20];
	for (unsigned bit = e.prefix_len; bit < 128; bit++)
		e.key[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	/* IPv6 asks the neighbours about gateways: not what is measured here. */
	e.has_gateway = !v6;
	e.metric = v6 ? 1024 : 0;
	if (v6)
		e.prefsrc.b[15] = (uint8_t)(test_random(&seed) % GATEWAYS);
	else
		e.gateway.b[3] = (uint8_t)(test_random(&seed) % GATEWAYS);
	e.has_prefsrc = v6;
	if (sea_route_first(r->main, e.key, e.prefix_len)) /* by chance */
		return;
	if (sea_routes_insert(r, SEA_TABLE_MAIN, &e) == -12)
		abort();
}

static uint64_t batch(struct sea_routes *r, unsigned at)
{
	uint64_t start = bench_cpu_ns();
	const struct sea_route_entry *e;
	struct sea_flow flow = { 0 };

	for (unsigned i = at; i < at + BATCH; i++) {
		e = NULL;
		flow.dst = keys[i % KEYS];
		if (!sea_routes_lookup(r, &flow, &e))
			bench_use(e);
	}
	return bench_cpu_ns() - start;
}

/* The first n keys are below routes: as many times as there is room, in no order. */
static void mix(unsigned n)
{
	for (unsigned i = n; i < KEYS; i++)
		keys[i] = keys[i % n];
	for (unsigned i = KEYS - 1; i; i--) {
		unsigned other = (unsigned)(test_random(&seed) % (i + 1));
		struct sea_ipaddr key = keys[i];

		keys[i] = keys[other];
		keys[other] = key;
	}
}

/* The median of batches. */
static void time_lookups(struct sea_routes *r, const char *what)
{
	uint64_t ns[BATCHES];

	for (unsigned i = 0; i < KEYS / BATCH; i++) /* the index fills */
		batch(r, i * BATCH);
	for (unsigned i = 0; i < n_batches; i++)
		ns[i] = batch(r, i * BATCH);
	bench_print_batches(what, ns, n_batches, BATCH);
}

static void add_rules(struct sea_routes *r)
{
	for (uint32_t i = 0; i < 10; i++) {
		const struct sea_rule rule = { .size = sizeof(rule),
					       .family = r->family,
					       .action = SEA_RULE_LOOKUP,
					       .priority = 100 + i,
					       .mark = 1 + i,
					       .table = SEA_TABLE_DEFAULT };

		if (sea_rules_add(r, &rule))
			abort();
	}
}

static void measure(unsigned n, bool v6)
{
	struct sea_routes r;
	uint64_t start;
	size_t held;

	sea_stack_enter(stack, (sea_time){ 1 });
	if (sea_routes_init(&r, stack, v6 ? SEA_AF_INET6 : SEA_AF_INET))
		abort();
	held = stack->shard.pool.held;
	printf("%u routes, IPv%c\n", n, v6 ? '6' : '4');
	start = bench_ns();
	for (unsigned i = 0; i < n; i++)
		add(&r, v6, i);
	bench_print("  add", start, n);
	printf("%-48s %10.1f bytes\n", "  memory a route",
	       (double)(stack->shard.pool.held - held) / r.n_routes);
	mix(n);
	time_lookups(&r, "  lookup, the first rules");
	add_rules(&r);
	time_lookups(&r, "  lookup, ten rules more");
	start = bench_ns();
	sea_routes_purge(&r, &(struct sea_routes_purge){ .link = link, .keep_local = true });
	bench_print("  the link goes down (all routes together)", start, 1);
	start = bench_ns();
	while (sea_routes_reap(&r, 512))
		;
	bench_print("  memory comes back, a route", start, n);
	sea_routes_fini(&r);
	sea_stack_leave(stack);
}

/* routes [N 4|6]: these alone, as for callgrind. */
int main(int argc, char **argv)
{
	const struct sea_link_config config = { .size = sizeof(config), .name = "eth0" };

	keys = calloc(KEYS, sizeof(*keys));
	if (!keys || sea_env_os(&env) || sea_stack_new(NULL, &env, modules, 1, &stack) ||
	    sea_link_add(stack, &config, &link, (sea_time){ 1 }) ||
	    sea_link_set_up(link, true, (sea_time){ 1 }))
		return 1;
	if (argc == 3) {
		n_batches = 15;
		measure((unsigned)strtoul(argv[1], NULL, 10), argv[2][0] == '6');
	}
	for (unsigned v6 = 0; argc != 3 && v6 < 2; v6++)
		for (unsigned n = 1; n <= 1000000; n *= 1000)
			measure(n, v6);
	sea_stack_free(stack);
	free(keys);
	return 0;
}
