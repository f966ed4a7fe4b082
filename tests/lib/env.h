/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An environment for tests: malloc that counts and checks sizes, that can be told to fail, and a
 * panic that expect_assert_failure() of cmocka sees.
 */
#ifndef SEA_TESTS_ENV_H
#define SEA_TESTS_ENV_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <seastack/env.h>

struct test_env {
	struct sea_env env;
	size_t live, live_bytes; /* allocations that were not freed yet */
	size_t calls;            /* allocations asked for since the last test_env_fail_at() */
	size_t fail_at;          /* from this call on (counted from 1) they fail; 0: none does */
	bool fail_once;          /* only that one does */
	uint64_t random;
};

/* Deterministic; any seed will do. */
static inline uint64_t test_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline void *test_env_alloc(void *ctx, size_t size, size_t align)
{
	struct test_env *e = ctx;
	void *mem = NULL;

	e->calls++;
	if (e->fail_at && (e->fail_once ? e->calls == e->fail_at : e->calls >= e->fail_at))
		return NULL;
	if (posix_memalign(&mem, align, size))
		return NULL;
	memset(mem, 0xa5, size < 4096 ? size : 4096);
	e->live++;
	e->live_bytes += size;
	return mem;
}

static inline void test_env_free(void *ctx, void *mem, size_t size, size_t align)
{
	struct test_env *e = ctx;

	(void)align;
	assert_non_null(mem);
	assert_true(e->live > 0 && e->live_bytes >= size);
	e->live--;
	e->live_bytes -= size;
	free(mem);
}

static inline int test_env_secret(void *ctx, void *buf, size_t len)
{
	struct test_env *e = ctx;
	uint8_t *bytes = buf;

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)test_random(&e->random);
	return 0;
}

SEA_NORETURN static inline void test_env_panic(void *ctx, const char *what, const char *file,
					       int line)
{
	(void)ctx;
	mock_assert(0, what, file, line);
	abort();
}

static inline void test_env_init(struct test_env *e)
{
	*e = (struct test_env){
		.env = {
			.size = sizeof(struct sea_env),
			.ctx = e,
			.alloc = test_env_alloc,
			.free = test_env_free,
			.secret = test_env_secret,
			.seed = 1,
			.panic = test_env_panic,
		},
		.random = 1,
	};
}

/* Lets the allocation fail that comes `nth` from now (1: the next), and those after it. 0: none. */
static inline void test_env_fail_at(struct test_env *e, size_t nth)
{
	e->calls = 0;
	e->fail_at = nth;
	e->fail_once = false;
}

#endif
