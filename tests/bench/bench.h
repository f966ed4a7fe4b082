/* SPDX-License-Identifier: Apache-2.0 */
/* What the micro benchmarks share: a clock, and a line of output per figure. */
#ifndef SEA_TESTS_BENCH_H
#define SEA_TESTS_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* A function that stays one, with what it does and no more, for callgrind to tell it apart; clang has less to offer. */
#if __has_attribute(noipa)
#define BENCH_APART __attribute__((noipa))
#else
#define BENCH_APART __attribute__((noinline))
#endif

static inline uint64_t bench_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* What this thread had of a processor: a machine that others share takes it away for a while. */
static inline uint64_t bench_cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline void bench_print(const char *what, uint64_t start, uint64_t ops)
{
	printf("%-48s %10.1f ns\n", what, (double)(bench_ns() - start) / (double)ops);
}

static inline int bench_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Of `n` figures, which are sorted then. */
static inline uint64_t bench_median(uint64_t *figures, size_t n)
{
	qsort(figures, n, sizeof(*figures), bench_compare);
	return figures[n / 2];
}

/* The median of `n` batches, and what eight of ten were within. */
static inline void bench_print_batches(const char *what, uint64_t *ns, size_t n, uint64_t ops)
{
	double median = (double)bench_median(ns, n) / (double)ops;

	printf("%-48s %10.1f ns  (%.1f-%.1f)\n", what, median, (double)ns[n / 10] / (double)ops,
	       (double)ns[n - 1 - n / 10] / (double)ops);
}

/* Lets the compiler believe that the value is used. */
static inline void bench_use(const void *value)
{
	__asm__ volatile("" : : "r"(value) : "memory");
}

#endif
