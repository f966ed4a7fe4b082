/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/pkt.h"
#include "core/pool.h"
#include "tests/lib/env.h"

static void a_buffer_of_a_round_number_of_bytes_wastes_none(void **state)
{
	static const size_t data[] = { 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 36864 };
	struct test_env e;
	struct sea_pool pool;

	test_env_init(&e);
	sea_pool_init(&pool, &e.env, 0, 0);
	for (size_t i = 0; i < sizeof(data) / sizeof(data[0]); i++)
		assert_int_equal(sea_pool_size(&pool, data[i] + SEA_BUF_OVERHEAD),
				 data[i] + SEA_BUF_OVERHEAD);
	assert_int_equal(sea_pool_size(&pool, sizeof(struct sea_pkt)), 256);
	sea_pool_fini(&pool);
}

static void each_size_gets_the_smallest_class_that_holds_it(void **state)
{
	struct test_env e;
	struct sea_pool pool;
	size_t last = 0;

	test_env_init(&e);
	sea_pool_init(&pool, &e.env, 0, 0);
	for (size_t size = 0; size < 40000; size++) {
		size_t real = sea_pool_size(&pool, size);

		assert_true(real >= size && real >= last && real % 64 == 0 && real > 0);
		assert_int_equal(sea_pool_size(&pool, real), real);
		last = real;
	}
	sea_pool_fini(&pool);
}

static void memory_is_aligned_and_all_of_its_class_may_be_used(void **state)
{
	static const size_t sizes[] = { 0, 1, 64, 65, 300, 2112, 36928, 36929, 1000000 };
	struct test_env e;
	struct sea_pool pool;

	test_env_init(&e);
	sea_pool_init(&pool, &e.env, 0, 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		void *mem = sea_pool_alloc(&pool, sizes[i]);

		assert_non_null(mem);
		assert_int_equal((uintptr_t)mem % 64, 0);
		memset(mem, 0xff, sea_pool_size(&pool, sizes[i]));
		assert_int_equal(pool.held, sea_pool_size(&pool, sizes[i]));
		sea_pool_free(&pool, mem, sizes[i]);
		assert_int_equal(pool.held, 0);
		assert_int_equal(e.live, 0);
	}
	sea_pool_fini(&pool);
}

static void zalloc_clears_what_was_asked_for(void **state)
{
	struct test_env e;
	struct sea_pool pool;
	uint8_t *mem, zero[300] = { 0 };

	test_env_init(&e);
	sea_pool_init(&pool, &e.env, 0, 4096);
	mem = sea_pool_alloc(&pool, sizeof(zero));
	memset(mem, 0xff, sizeof(zero));
	sea_pool_free(&pool, mem, sizeof(zero));
	mem = sea_pool_zalloc(&pool, sizeof(zero));
	assert_memory_equal(mem, zero, sizeof(zero));
	sea_pool_free(&pool, mem, sizeof(zero));
	sea_pool_fini(&pool);
	assert_int_equal(e.live, 0);
}

static void memory_freed_last_is_given_out_first(void **state)
{
	struct test_env e;
	struct sea_pool pool;
	void *a, *b;

	test_env_init(&e);
	sea_pool_init(&pool, &e.env, 0, 1 << 20);
	a = sea_pool_alloc(&pool, 100);
	b = sea_pool_alloc(&pool, 100);
	sea_pool_free(&pool, a, 100);
	sea_pool_free(&pool, b, 128); /* any size of the class will do */
	assert_int_equal(pool.held, 0);
	assert_int_equal(pool.cached, 256);
	assert_ptr_equal(sea_pool_alloc(&pool, 128), b);
	assert_ptr_equal(sea_pool_alloc(&pool, 65), a);
	assert_int_equal(pool.cached, 0);
	assert_int_equal(e.calls, 2);
	sea_pool_free(&pool, a, 100);
	sea_pool_free(&pool, b, 100);
	sea_pool_free(&pool, NULL, 100);
	sea_pool_fini(&pool);
	assert_int_equal(e.live, 0);
}

static void the_cap_counts_what_is_held_and_not_what_is_cached(void **state)
{
	struct test_env e;
	struct sea_pool pool;
	void *a, *b;

	test_env_init(&e);
	sea_pool_init(&pool, &e.env, 4160 + 256, 1 << 20);
	a = sea_pool_alloc(&pool, 4160);
	b = sea_pool_alloc(&pool, 256);
	assert_non_null(a);
	assert_non_null(b);
	assert_null(sea_pool_alloc(&pool, 1));
	sea_pool_free(&pool, b, 256);
	assert_null(sea_pool_alloc(&pool, 257));
	assert_null(sea_pool_alloc(&pool, 100000));
	assert_null(sea_pool_alloc(&pool, SIZE_MAX));
	assert_null(sea_pool_alloc(&pool, SIZE_MAX - 63));
	assert_int_equal(pool.n_failed, 5);
	b = sea_pool_alloc(&pool, 256);
	assert_non_null(b);
	sea_pool_free(&pool, a, 4160);
	sea_pool_free(&pool, b, 256);
	assert_non_null(a = sea_pool_alloc(&pool, 4160));
	sea_pool_free(&pool, a, 4160);
	sea_pool_fini(&pool);
	assert_int_equal(e.live, 0);
}

static void a_full_cache_gives_way_to_the_sizes_in_use(void **state)
{
	struct test_env e;
	struct sea_pool pool;
	void *big[4], *small;

	test_env_init(&e);
	sea_pool_init(&pool, &e.env, 0, 4 * 2112);
	for (int i = 0; i < 4; i++)
		big[i] = sea_pool_alloc(&pool, 2112);
	small = sea_pool_alloc(&pool, 256);
	for (int i = 0; i < 4; i++)
		sea_pool_free(&pool, big[i], 2112);
	assert_int_equal(pool.cached, 4 * 2112);
	sea_pool_free(&pool, small, 256);
	assert_int_equal(pool.cached, 3 * 2112 + 256);
	assert_ptr_equal(sea_pool_alloc(&pool, 256), small);
	sea_pool_free(&pool, small, 256);
	small = sea_pool_alloc(&pool, 36928); /* more than the cache may hold */
	sea_pool_free(&pool, small, 36928);
	assert_true(pool.cached <= pool.cache_max);
	sea_pool_trim(&pool);
	assert_int_equal(pool.cached, 0);
	assert_int_equal(e.live, 0);
	sea_pool_fini(&pool);
}

static void what_is_cached_is_spent_before_an_allocation_fails(void **state)
{
	struct test_env e;
	struct sea_pool pool;
	void *mem;

	test_env_init(&e);
	sea_pool_init(&pool, &e.env, 0, 1 << 20);
	sea_pool_free(&pool, sea_pool_alloc(&pool, 100), 100);
	e.calls = 0;
	e.fail_at = 1;
	e.fail_once = true;
	mem = sea_pool_alloc(&pool, 4000);
	assert_non_null(mem);
	assert_int_equal(pool.cached, 0);
	test_env_fail_at(&e, 1);
	assert_null(sea_pool_alloc(&pool, 4000));
	assert_int_equal(pool.n_failed, 1);
	assert_int_equal(pool.held, 4160);
	sea_pool_free(&pool, mem, 4000);
	sea_pool_fini(&pool);
	assert_int_equal(e.live, 0);
}

/* Random requests against plain sums; every block is filled and checked for overlap when freed. */
static void random_requests_keep_both_ledgers(size_t held_max, size_t cache_max)
{
	enum { BLOCKS = 200, ROUNDS = 20000 };
	static struct {
		uint8_t *mem;
		size_t size;
	} block[BLOCKS];
	struct test_env e;
	struct sea_pool pool;
	uint64_t seed = held_max + cache_max;
	size_t held = 0;

	test_env_init(&e);
	sea_pool_init(&pool, &e.env, held_max, cache_max);
	for (int round = 0; round < ROUNDS; round++) {
		size_t i = test_random(&seed) % BLOCKS;
		uint8_t mark = (uint8_t)i;

		if (block[i].mem) {
			size_t real = sea_pool_size(&pool, block[i].size);

			assert_int_equal(block[i].mem[0], mark);
			assert_int_equal(block[i].mem[real - 1], mark);
			sea_pool_free(&pool, block[i].mem, block[i].size);
			block[i].mem = NULL;
			held -= real;
		} else {
			size_t real;

			block[i].size =
				test_random(&seed) % (UINT64_C(1) << test_random(&seed) % 17);
			real = sea_pool_size(&pool, block[i].size);
			block[i].mem = sea_pool_alloc(&pool, block[i].size);
			assert_true(!block[i].mem == (held_max && held + real > held_max));
			if (!block[i].mem)
				continue;
			block[i].mem[0] = block[i].mem[real - 1] = mark;
			held += real;
		}
		assert_int_equal(pool.held, held);
		assert_true(pool.cached <= cache_max);
		assert_int_equal(e.live_bytes, pool.held + pool.cached);
	}
	for (int i = 0; i < BLOCKS; i++) {
		sea_pool_free(&pool, block[i].mem, block[i].size);
		block[i].mem = NULL;
	}
	sea_pool_fini(&pool);
	assert_int_equal(e.live, 0);
}

static void ledgers_hold_under_random_requests(void **state)
{
	random_requests_keep_both_ledgers(0, 0);
	random_requests_keep_both_ledgers(0, 100000);
	random_requests_keep_both_ledgers(300000, 50000);
	random_requests_keep_both_ledgers(300000, SIZE_MAX / 2);
}

static void freeing_twice_or_leaking_is_a_bug_of_ours(void **state)
{
	struct test_env e;
	struct sea_pool pool;
	void *volatile mem;

	test_env_init(&e);
	sea_pool_init(&pool, &e.env, 0, 1 << 20);
	mem = sea_pool_alloc(&pool, 100);
	expect_assert_failure(sea_pool_fini(&pool));
	sea_pool_free(&pool, mem, 100);
	expect_assert_failure(sea_pool_free(&pool, mem, 100));
	sea_pool_fini(&pool);
	assert_int_equal(e.live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buffer_of_a_round_number_of_bytes_wastes_none),
		cmocka_unit_test(each_size_gets_the_smallest_class_that_holds_it),
		cmocka_unit_test(memory_is_aligned_and_all_of_its_class_may_be_used),
		cmocka_unit_test(zalloc_clears_what_was_asked_for),
		cmocka_unit_test(memory_freed_last_is_given_out_first),
		cmocka_unit_test(the_cap_counts_what_is_held_and_not_what_is_cached),
		cmocka_unit_test(a_full_cache_gives_way_to_the_sizes_in_use),
		cmocka_unit_test(what_is_cached_is_spent_before_an_allocation_fails),
		cmocka_unit_test(ledgers_hold_under_random_requests),
		cmocka_unit_test(freeing_twice_or_leaking_is_a_bug_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
