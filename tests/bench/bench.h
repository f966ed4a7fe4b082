/* SPDX-License-Identifier: Apache-2.0 */
/* What the micro benchmarks share: a clock, and a line of output per figure. */
#ifndef SEA_TESTS_BENCH_H
#define SEA_TESTS_BENCH_H

#include <stdint.h>
#include <stdio.h>
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

/* Lets the compiler believe that the value is used. */
static inline void bench_use(const void *value)
{
	__asm__ volatile("" : : "r"(value) : "memory");
}

#endif
