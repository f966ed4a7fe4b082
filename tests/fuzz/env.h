/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stack of a fuzz target runs in: memory that is counted and may run short, secrets that are none,
 * and an end at once where it panics. Each target, one file, has its own.
 */
#ifndef SEA_TESTS_FUZZ_ENV_H
#define SEA_TESTS_FUZZ_ENV_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <seastack/env.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static long live;    /* allocations: none is left in the end */
static long fail_in; /* so many allocations from now one fails; 0: none */

static void *alloc(void *ctx, size_t size, size_t align)
{
	void *mem = NULL;

	(void)ctx;
	if (fail_in && --fail_in == 0)
		return NULL;
	if (posix_memalign(&mem, align, size))
		return NULL;
	live++;
	return mem;
}

static void release(void *ctx, void *mem, size_t size, size_t align)
{
	(void)ctx;
	(void)size;
	(void)align;
	live--;
	free(mem);
}

static int secret(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 0x5e, len);
	return 0;
}

SEA_NORETURN static void panic(void *ctx, const char *what, const char *file, int line)
{
	(void)ctx;
	(void)what;
	(void)file;
	(void)line;
	abort();
}

static const struct sea_env env = { .size = sizeof(env),
				    .alloc = alloc,
				    .free = release,
				    .secret = secret,
				    .seed = 1,
				    .panic = panic };

static inline void require(bool holds)
{
	if (!holds)
		abort();
}

#endif
