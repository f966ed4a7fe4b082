/* SPDX-License-Identifier: Apache-2.0 */
/* The index in front of large IPv6 tables, where whoever may add prefixes chooses the worst ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ip/lpm.h"
#include "ip/lpm_lines.h"
#include "ip/lpm_node.h"
#include "ip/lpm_wide.h"
#include "tests/lib/env.h"
#include "wire/bytes.h"

#define MANY 40000u
#define CHUNK ((size_t)LPM_LINE << LPM_LINES_CHUNK_BITS)

struct prefix {
	uint8_t key[16], len;
};

static struct test_env e;
static struct sea_pool pool;
static struct sea_lpm lpm;
static struct prefix prefixes[MANY];
static uint64_t seed;

static void set_up(void)
{
	test_env_init(&e);
	sea_pool_init(&pool, &e.env, 0, 0);
	sea_lpm_init(&lpm, &pool, 16);
	seed = 1;
}

static void tear_down(void)
{
	sea_lpm_fini(&lpm);
	sea_pool_fini(&pool);
	assert_int_equal(e.live, 0);
}

/* Bits `from` to `len` are drawn; those before stand there already. */
static void draw(struct prefix *p, unsigned from, unsigned len)
{
	for (unsigned bit = from; bit < 128; bit++) {
		uint8_t mask = (uint8_t)(0x80 >> bit % 8);

		p->key[bit / 8] &= (uint8_t)~mask;
		if (bit < len && test_random(&seed) & 1)
			p->key[bit / 8] |= mask;
	}
	p->len = (uint8_t)len;
}

static void insert(unsigned i)
{
	int err = sea_lpm_insert(&lpm, prefixes[i].key, prefixes[i].len, &prefixes[i], 1 + i % 300);

	if (err) /* a second time, by chance */
		prefixes[i].len = 255;
}

/* Addresses just below a prefix and just beside it find what the tree finds, time and again. */
static void compare(unsigned n)
{
	uint8_t key[16];

	for (unsigned i = 0; i < n; i++) {
		const struct prefix *p = &prefixes[test_random(&seed) % MANY];

		memcpy(key, p->key, sizeof(key));
		key[i % 16] ^= (uint8_t)(i % 3 == 0 ? 1u << i % 8 : 0);
		for (unsigned again = 0; again < 3; again++)
			assert_int_equal(sea_lpm_lookup(&lpm, key), sea_lpm_find(&lpm, key));
	}
}

/*
 * All lookups agree, while prefixes come and go, too; and the index never has more than a line a prefix
 * and the chunk that it is dealing from, wherever the prefixes lie.
 */
static void behave(void)
{
	size_t tree, room = CHUNK + 16384;

	lpm.index_from = UINT32_MAX;
	for (unsigned i = 0; i < MANY / 2; i++)
		insert(i);
	tree = pool.held;
	for (unsigned i = MANY / 2; i < MANY; i++)
		insert(i);
	assert_true(pool.held >= tree);
	tree = pool.held;
	lpm.index_from = 1000;
	assert_non_null(sea_lpm_wide_new(&lpm));
	compare(MANY);
	assert_true(pool.held <= tree + (size_t)lpm.n * LPM_LINE + room);
	for (unsigned i = 0; i < MANY; i += 7) {
		if (prefixes[i].len != 255)
			assert_non_null(sea_lpm_remove(&lpm, prefixes[i].key, prefixes[i].len));
		compare(1);
	}
	for (unsigned i = 0; i < MANY; i += 14) {
		insert(i);
		compare(1);
	}
	compare(MANY / 4);
	assert_true(pool.held <= tree + (size_t)lpm.n * LPM_LINE + room);
	assert_non_null(lpm.wide);
}

static void prefixes_all_below_one_of_32_bits_are_found(void **state)
{
	set_up();
	for (unsigned i = 0; i < MANY; i++) {
		memcpy(prefixes[i].key, "\x20\x01\x0d\xb8", 4);
		draw(&prefixes[i], 32, 48 + i % 17);
	}
	behave();
	tear_down();
}

static void neighbouring_prefixes_are_found(void **state)
{
	set_up();
	for (unsigned i = 0; i < MANY; i++) {
		prefixes[i] = (struct prefix){ .key = { 0x20, 1, 0xd, 0xb8 }, .len = 64 };
		sea_put32(prefixes[i].key + 4, i);
	}
	behave();
	tear_down();
}

static void hosts_of_one_network_are_found(void **state)
{
	set_up();
	for (unsigned i = 0; i < MANY; i++) {
		memcpy(prefixes[i].key, "\x20\x01\x0d\xb8\0\0\0\1", 8);
		draw(&prefixes[i], 64, 128);
	}
	behave();
	tear_down();
}

/* Longer than a leaf can say: the tree answers. */
static void hosts_anywhere_are_found(void **state)
{
	set_up();
	for (unsigned i = 0; i < MANY; i++)
		draw(&prefixes[i], 0, 128);
	behave();
	tear_down();
}

/* Each length once in a row, so that tables are all the way down. */
static void prefixes_that_nest_are_found(void **state)
{
	set_up();
	for (unsigned i = 0; i < MANY; i++) {
		memset(prefixes[i].key, 0, sizeof(prefixes[i].key));
		draw(&prefixes[i], i % 120, i % 120 + 1 + (unsigned)(test_random(&seed) % 8));
	}
	behave();
	tear_down();
}

/* What the index had for prefixes that went comes back to those that came. */
static void a_table_that_is_replaced_bit_by_bit_keeps_its_index(void **state)
{
	size_t held;

	set_up();
	lpm.index_from = 1000;
	for (unsigned i = 0; i < MANY; i++) { /* sixty below a prefix of 80 bits, somewhere */
		if (i % 60)
			memcpy(prefixes[i].key, prefixes[i - 1].key, 16);
		draw(&prefixes[i], i % 60 ? 80 : 0, 128);
	}
	for (unsigned i = 0; i < 4000; i++)
		insert(i);
	for (unsigned i = 4000; i < MANY; i++) {
		struct prefix *old = &prefixes[i - 4000];

		insert(i);
		if (old->len != 255)
			assert_non_null(sea_lpm_remove(&lpm, old->key, old->len));
		assert_int_equal(sea_lpm_lookup(&lpm, prefixes[i].key),
				 sea_lpm_find(&lpm, prefixes[i].key));
		assert_int_equal(sea_lpm_lookup(&lpm, prefixes[i - 2000].key),
				 sea_lpm_find(&lpm, prefixes[i - 2000].key));
		assert_non_null(lpm.wide);
	}
	held = pool.held;
	sea_lpm_wide_free(&lpm);
	assert_true(held - pool.held <= CHUNK + 16384);
	tear_down();
}

static void a_default_route_is_found_where_nothing_else_is(void **state)
{
	static const uint8_t zero[16];
	const uint8_t other[16] = { 0xfd };

	set_up();
	lpm.index_from = 1;
	draw(&prefixes[0], 0, 48);
	prefixes[0].key[0] = 0x20;
	insert(0);
	assert_int_equal(sea_lpm_lookup(&lpm, other), 0);
	assert_int_equal(sea_lpm_insert(&lpm, zero, 0, &lpm, 77), 0);
	assert_int_equal(sea_lpm_lookup(&lpm, other), 77);
	assert_int_equal(sea_lpm_lookup(&lpm, prefixes[0].key), 1);
	assert_true(sea_lpm_set(&lpm, zero, 0, &lpm, 78));
	assert_int_equal(sea_lpm_lookup(&lpm, other), 78);
	assert_ptr_equal(sea_lpm_remove(&lpm, zero, 0), &lpm);
	assert_int_equal(sea_lpm_lookup(&lpm, other), 0);
	tear_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_all_below_one_of_32_bits_are_found),
		cmocka_unit_test(neighbouring_prefixes_are_found),
		cmocka_unit_test(hosts_of_one_network_are_found),
		cmocka_unit_test(hosts_anywhere_are_found),
		cmocka_unit_test(prefixes_that_nest_are_found),
		cmocka_unit_test(a_table_that_is_replaced_bit_by_bit_keeps_its_index),
		cmocka_unit_test(a_default_route_is_found_where_nothing_else_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
