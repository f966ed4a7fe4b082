/* SPDX-License-Identifier: Apache-2.0 */
/* Timers: as many as there are connections, at deadlines like those of TCP. */
#include <stdlib.h>

#include "core/timerq.h"
#include "tests/bench/bench.h"
#include "tests/lib/env.h"

#define OPS 1000000u

static struct sea_timer *timers;
static uint64_t seed = 1;

static void count(struct sea_timer *timer, sea_time now)
{
	(void)now;
	bench_use(timer);
}

static sea_time in_ms(uint64_t now_ms, uint64_t ms)
{
	return (sea_time){ (int64_t)(now_ms + ms) * SEA_MSEC +
			   (int64_t)(test_random(&seed) % 1000000) };
}

static void fill(struct sea_timerq *q, unsigned n, uint64_t spread_ms)
{
	for (unsigned i = 0; i < n; i++) {
		sea_timer_remove(q, &timers[i]);
		sea_timer_arm(q, &timers[i],
			      in_ms(0, 200 + (spread_ms ? test_random(&seed) % spread_ms : 0)));
	}
}

/* Every timer at once due; the first step pays for all the insertions before it. */
static void drain(struct sea_timerq *q, unsigned n, const char *what)
{
	uint64_t start = bench_ns(), worst = 0, before = start;
	char line[64];

	while (sea_timerq_run(q, (sea_time){ INT64_MAX - 1 }, 64)) {
		uint64_t now = bench_ns();

		worst = now - before > worst ? now - before : worst;
		before = now;
	}
	snprintf(line, sizeof(line), "  fire, %s", what);
	bench_print(line, start, n);
	printf("%-48s %10.1f us\n", "    longest run of 64", (double)worst / 1000);
}

static void churn(struct sea_timerq *q, unsigned n)
{
	uint64_t start = bench_ns();

	for (unsigned i = 0; i < OPS; i++) {
		sea_timer_remove(q, &timers[test_random(&seed) % n]);
		sea_timer_arm(q, &timers[test_random(&seed) % n],
			      in_ms(0, 200 + test_random(&seed) % 60000));
	}
	bench_print("  remove one, arm one", start, OPS);
	start = bench_ns();
	for (unsigned i = 0; i < OPS; i++)
		sea_timer_arm(q, &timers[test_random(&seed) % n], in_ms(100000 + i, 200));
	bench_print("  push out", start, OPS);
}

static void measure(unsigned n)
{
	struct test_env e;
	struct sea_timerq q;
	uint64_t start;

	test_env_init(&e);
	sea_timerq_init(&q, &e.env);
	for (unsigned i = 0; i < n; i++)
		sea_timer_init(&timers[i], count);
	printf("%u timers\n", n);
	start = bench_ns();
	fill(&q, n, 60000);
	bench_print("  arm", start, n);
	drain(&q, n, "deadlines all over a minute");
	for (unsigned i = 0; i < n; i++)
		sea_timer_arm(&q, &timers[i], (sea_time){ 5 });
	drain(&q, n, "one deadline");
	fill(&q, n, 60000);
	churn(&q, n);
	drain(&q, q.n, "pushed out before");
}

int main(void)
{
	timers = calloc(1000000, sizeof(*timers));
	if (!timers)
		return 1;
	for (unsigned n = 1; n <= 1000000; n *= 1000)
		measure(n);
	free(timers);
	return 0;
}
