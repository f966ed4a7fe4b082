/* SPDX-License-Identifier: Apache-2.0 */
/* What the micro benchmarks share: a clock, and a line of output per figure. */
#ifndef SEA_TESTS_BENCH_H
#define SEA_TESTS_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline uint64_t bench_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
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

/* Lets the compiler believe that the value is used. */
static inline void bench_use(const void *value)
{
	__asm__ volatile("" : : "r"(value) : "memory");
}

#endif
