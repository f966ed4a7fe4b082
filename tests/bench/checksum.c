/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GB/s of the Internet checksum for the lengths that packets have, beside what copying the same bytes
 * reaches. The best of some short runs each, all out of the cache.
 */
#include <stdio.h>
#include <string.h>

#include "core/checksum.h"
#include "tests/bench/bench.h"

static uint8_t from[65536 + 64], to[65536 + 64];

static uint32_t copy(const void *data, size_t len, uint32_t sum)
{
	memcpy(to, data, len);
	bench_use(to);
	return sum;
}

/* Some milliseconds of work, from offsets as headers leave them. */
static double run(sea_csum_fn *fn, size_t len)
{
	size_t rounds = (64u << 20) / (len + 64);
	uint32_t sum = 0;
	uint64_t start = bench_ns();

	for (size_t i = 0; i < rounds; i++)
		sum = fn(from + 2 * (i & 7), len, sum);
	bench_use(&sum);
	return (double)(rounds * len) / (double)(bench_ns() - start);
}

static double best(sea_csum_fn *fn, size_t len)
{
	double gbps = 0;

	for (int i = 0; i < 9; i++) {
		double now = run(fn, len);

		gbps = now > gbps ? now : gbps;
	}
	return gbps;
}

static void print_row(const char *name, sea_csum_fn *fn)
{
	static const size_t lens[] = { 20, 40, 64, 128, 256, 576, 1408, 1460, 9000, 65536 };

	printf("%-8s", name);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
		printf("  %zu: %.1f", lens[i], best(fn, lens[i]));
	printf("\n");
}

int main(void)
{
	for (size_t i = 0; i < sizeof(from); i++)
		from[i] = (uint8_t)(i * 167 + (i >> 8));
	printf("GB/s by length in bytes\n");
	print_row("scalar", sea_csum_scalar);
	if (sea_csum_avx2_usable())
		print_row("avx2", sea_csum_avx2);
	print_row("copy", copy);
	return 0;
}
