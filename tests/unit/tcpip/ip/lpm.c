/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ip/lpm.h"
#include "tests/lib/env.h"

#define MANY 1500u

/* The model: prefixes in a row, looked at one by one. */
struct prefix {
	uint8_t key[16];
	uint8_t len;
	bool in;
};

static struct test_env e;
static struct sea_pool pool;
static struct sea_lpm lpm;
static struct prefix model[MANY];
static uint32_t index_from; /* so many prefixes, where it is not 0 */
static bool lpm_popcnt;     /* what the machine can; both ways are tried */
static uint64_t seed;

static void set_up(uint8_t key_len)
{
	test_env_init(&e);
	sea_pool_init(&pool, &e.env, 0, 0);
	sea_lpm_init(&lpm, &pool, key_len);
	lpm_popcnt = lpm.popcnt;
	lpm.index_from = index_from ? index_from : lpm.index_from;
	memset(model, 0, sizeof(model));
	seed = key_len;
}

static void tear_down(void)
{
	sea_lpm_fini(&lpm);
	sea_pool_fini(&pool);
	assert_int_equal(e.live, 0);
}

/* What lookups find of a prefix: one of a few, of many, of large numbers. */
static uint32_t numbers = MANY, number_scale = 1;

static uint32_t number_of(const struct prefix *p)
{
	return p ? ((uint32_t)(p - model) % numbers + 1) * number_scale : 0;
}

static bool covers(const struct prefix *p, const uint8_t *key)
{
	for (unsigned bit = 0; bit < p->len; bit++)
		if ((p->key[bit / 8] ^ key[bit / 8]) & (0x80 >> bit % 8))
			return false;
	return true;
}

static struct prefix *model_lookup(const uint8_t *key, unsigned below)
{
	struct prefix *best = NULL;

	for (struct prefix *p = model; p < model + MANY; p++)
		if (p->in && p->len < below && covers(p, key) && (!best || p->len > best->len))
			best = p;
	return best;
}

static bool same_prefix(const struct prefix *a, const struct prefix *b)
{
	return a->len == b->len && !memcmp(a->key, b->key, 16);
}

static bool model_has(const struct prefix *like)
{
	for (struct prefix *p = model; p < model + MANY; p++)
		if (p->in && same_prefix(p, like))
			return true;
	return false;
}

static void cut(struct prefix *p, uint8_t len)
{
	p->len = len;
	for (unsigned bit = len; bit < 128; bit++)
		p->key[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
}

static void v4(struct prefix *p, uint32_t addr, uint8_t len)
{
	*p = (struct prefix){ .key = { (uint8_t)(addr >> 24), (uint8_t)(addr >> 16),
				       (uint8_t)(addr >> 8), (uint8_t)addr } };
	cut(p, len);
}

/* Random bits, few of them set at many places, so that prefixes nest and share long beginnings. */
static void random_key(uint8_t *key)
{
	unsigned kind = (unsigned)(test_random(&seed) % 4);

	memset(key, 0, 16);
	for (unsigned i = 0; i < lpm.key_len; i++) {
		uint8_t byte = (uint8_t)test_random(&seed);

		if (kind == 0)
			key[i] = byte;
		else if (kind == 1)
			key[i] = byte & 0x81;
		else if (kind == 2)
			key[i] = i == lpm.key_len - 1u || i == 1 ? byte : 10;
		else
			key[i] = i < lpm.key_len / 2u ? 0xff : byte & 1;
	}
}

static void random_prefix(struct prefix *p)
{
	p->in = false;
	random_key(p->key);
	cut(p, (uint8_t)(test_random(&seed) % (lpm.key_len * 8u + 1)));
}

static int insert(struct prefix *p)
{
	int err = sea_lpm_insert(&lpm, p->key, p->len, p, number_of(p));

	if (!err)
		p->in = true;
	return err;
}

static void remove_prefix(struct prefix *p)
{
	assert_ptr_equal(sea_lpm_remove(&lpm, p->key, p->len), p);
	assert_null(sea_lpm_remove(&lpm, p->key, p->len));
	p->in = false;
}

static void compare_lookups(unsigned n)
{
	uint8_t key[16];

	for (unsigned i = 0; i < n; i++) {
		struct prefix *p = &model[test_random(&seed) % MANY];
		unsigned below = (unsigned)(test_random(&seed) % (lpm.key_len * 8u + 3));

		random_key(key);
		if (i % 2 && p->in) /* just inside or just outside of a prefix */
			memcpy(key, p->key, 16);
		if (i % 4 == 3 && p->len)
			key[(p->len - 1) / 8] ^= (uint8_t)(0x80 >> (p->len - 1) % 8);
		lpm.popcnt = lpm_popcnt && i % 3;
		assert_int_equal(sea_lpm_lookup(&lpm, key), number_of(model_lookup(key, 999)));
		assert_ptr_equal(sea_lpm_lookup_below(&lpm, key, below), model_lookup(key, below));
	}
}

static int order(const struct prefix *a, const struct prefix *b)
{
	int keys = memcmp(a->key, b->key, 16);

	return keys ? keys : (int)a->len - (int)b->len;
}

/* The whole table in order; and from a random place, which need not be in the table. */
static void compare_order(void)
{
	struct prefix at = { .len = 0 }, last = at, *p, *first = NULL;
	unsigned n = 0;
	int len = -1;

	while ((p = sea_lpm_next(&lpm, at.key, &len))) {
		at.len = (uint8_t)len;
		assert_true(p->in && same_prefix(p, &at));
		assert_true(!n || order(&last, &at) < 0);
		last = at;
		n++;
	}
	assert_int_equal(n, lpm.n);
	random_prefix(&at);
	for (p = model; p < model + MANY; p++)
		if (p->in && order(&at, p) < 0 && (!first || order(p, first) < 0))
			first = p;
	len = at.len;
	assert_ptr_equal(sea_lpm_next(&lpm, at.key, &len), first);
}

static void compare_exact(void)
{
	for (struct prefix *p = model; p < model + MANY; p++) {
		struct prefix *got = sea_lpm_get(&lpm, p->key, p->len);

		assert_true(got ? got->in && same_prefix(got, p) : !p->in);
	}
}

/* Waves of insertions and removals; `fail_one_in` allocations (0: none). */
static void random_operations(uint8_t key_len, unsigned rounds, uint64_t fail_one_in)
{
	unsigned n = 0, failed = 0;

	set_up(key_len);
	for (unsigned round = 0; round < rounds; round++) {
		struct prefix *p = &model[test_random(&seed) % MANY];
		bool growing = round / 3000 % 2 == 0;

		test_env_fail_at(&e, fail_one_in ? 1 + test_random(&seed) % fail_one_in : 0);
		if (p->in && (!growing || round % 5 == 0)) {
			remove_prefix(p);
			n--;
		} else if (!p->in && (growing || round % 5 == 0)) {
			bool there;
			int err;

			random_prefix(p);
			there = model_has(p);
			err = insert(p);
			assert_true(there ? err == -EEXIST : !err || err == -ENOMEM);
			assert_true(err != -ENOMEM || fail_one_in);
			n += !err;
			failed += err == -ENOMEM;
		}
		assert_int_equal(lpm.n, n);
		compare_lookups(round % 16 ? 0 : 8);
		if (round % 500 == 0) {
			compare_order();
			compare_exact();
		}
	}
	assert_true(failed > 0 || !fail_one_in);
	test_env_fail_at(&e, 1);
	for (struct prefix *p = model; p < model + MANY; p++)
		if (p->in)
			remove_prefix(p);
	assert_int_equal(e.live, 0);
	tear_down();
}

static void random_ipv4_operations_agree_with_a_linear_search(void **state)
{
	random_operations(4, 14000, 0);
}

/* The index has them in half a byte, a byte, two or four, and beside its slots where they are many. */
static void an_index_in_front_agrees_with_a_linear_search(void **state)
{
	static const uint32_t kinds[][2] = {
		{ 12, 1 }, { 100, 2 }, { MANY, 40 }, { MANY, 100000 }
	};

	index_from = 64;
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		numbers = kinds[i][0];
		number_scale = kinds[i][1];
		random_operations(4, 7000, 0);
		random_operations(4, 3500, 4);
		random_operations(16, 7000, 0);
		random_operations(16, 3500, 4);
	}
	numbers = MANY;
	number_scale = 1;
	index_from = 0;
}

/* As a default route and its like come and go. */
static void a_short_prefix_is_changed_below_all_that_an_index_knows(void **state)
{
	uint8_t key[4] = { 10, 1, 2, 3 };

	index_from = 1;
	set_up(4);
	v4(&model[0], 0x0a010200, 24);
	assert_int_equal(insert(&model[0]), 0);
	for (unsigned i = 0; i <= 16; i++) {
		v4(&model[1], 0x0a010000, (uint8_t)i);
		key[2] = 3;
		assert_int_equal(sea_lpm_lookup(&lpm, key), 0);
		assert_int_equal(insert(&model[1]), 0);
		assert_int_equal(sea_lpm_lookup(&lpm, key), number_of(&model[1]));
		assert_true(sea_lpm_set(&lpm, model[1].key, model[1].len, &model[1], 77));
		assert_int_equal(sea_lpm_lookup(&lpm, key), 77);
		key[2] = 2;
		assert_int_equal(sea_lpm_lookup(&lpm, key), number_of(&model[0]));
		remove_prefix(&model[1]);
	}
	assert_non_null(lpm.index);
	remove_prefix(&model[0]);
	assert_null(lpm.index);
	tear_down();
	index_from = 0;
}

static void random_ipv6_operations_agree_with_a_linear_search(void **state)
{
	random_operations(16, 14000, 0);
}

static void allocations_that_fail_at_random_leave_the_tree_as_it_was(void **state)
{
	random_operations(4, 7000, 4);
	random_operations(16, 7000, 6);
}

static void an_empty_table_finds_nothing(void **state)
{
	uint8_t key[16] = { 0 };
	int len = -1;

	set_up(4);
	assert_false(sea_lpm_lookup(&lpm, key));
	assert_null(sea_lpm_lookup_below(&lpm, key, 8));
	assert_null(sea_lpm_get(&lpm, key, 0));
	assert_null(sea_lpm_remove(&lpm, key, 0));
	assert_null(sea_lpm_next(&lpm, key, &len));
	tear_down();
}

/* RFC1812:5.2.4.3-b */
static void a_default_route_covers_every_key(void **state)
{
	static const uint8_t ones[16] = { 255, 255, 255, 255, 255, 255, 255, 255,
					  255, 255, 255, 255, 255, 255, 255, 255 };
	static const uint8_t zero[16];

	for (uint8_t key_len = 4; key_len <= 16; key_len += 12) {
		set_up(key_len);
		assert_int_equal(insert(&model[0]), 0);
		assert_int_equal(insert(&model[1]), -EEXIST);
		assert_int_equal(sea_lpm_lookup(&lpm, ones), number_of(&model[0]));
		assert_int_equal(sea_lpm_lookup(&lpm, zero), number_of(&model[0]));
		assert_null(sea_lpm_lookup_below(&lpm, ones, 0));
		assert_ptr_equal(sea_lpm_lookup_below(&lpm, ones, 1), &model[0]);
		assert_ptr_equal(sea_lpm_get(&lpm, zero, 0), &model[0]);
		remove_prefix(&model[0]);
		assert_false(sea_lpm_lookup(&lpm, zero));
		assert_int_equal(e.live, 0);
		tear_down();
	}
}

/* RFC1122:3.2.1.3-f */
static void prefixes_nested_at_every_length_answer_each_in_their_turn(void **state)
{
	uint8_t key[16];

	for (uint8_t key_len = 4; key_len <= 16; key_len += 12) {
		unsigned bits = key_len * 8u;

		set_up(key_len);
		memset(key, 0xa7, sizeof(key));
		for (unsigned i = 0; i <= bits; i++) {
			unsigned len = i * 67 % (bits + 1);

			memcpy(model[len].key, key, key_len);
			cut(&model[len], (uint8_t)len);
			assert_int_equal(insert(&model[len]), 0);
		}
		assert_int_equal(lpm.n, bits + 1);
		for (unsigned below = 1; below <= bits + 1; below++)
			assert_ptr_equal(sea_lpm_lookup_below(&lpm, key, below), &model[below - 1]);
		compare_order();
		for (unsigned len = bits; len > 0; len--) {
			assert_int_equal(sea_lpm_lookup(&lpm, key), number_of(&model[len]));
			key[(len - 1) / 8] ^= (uint8_t)(0x80 >> (len - 1) % 8);
			assert_int_equal(sea_lpm_lookup(&lpm, key), number_of(&model[len - 1]));
			key[(len - 1) / 8] ^= (uint8_t)(0x80 >> (len - 1) % 8);
			remove_prefix(&model[len]);
		}
		tear_down();
	}
}

static void a_prefix_that_is_no_prefix_is_refused(void **state)
{
	static const uint8_t key[4] = { 10, 0, 0, 1 };

	set_up(4);
	assert_int_equal(sea_lpm_insert(&lpm, key, 31, &lpm, 1), -EINVAL);
	assert_int_equal(sea_lpm_insert(&lpm, key, 33, &lpm, 1), -EINVAL);
	assert_int_equal(sea_lpm_insert(&lpm, key, 255, &lpm, 1), -EINVAL);
	assert_int_equal(sea_lpm_insert(&lpm, key, 32, NULL, 1), -EINVAL);
	assert_int_equal(sea_lpm_insert(&lpm, key, 32, &lpm, 0), -EINVAL);
	assert_int_equal(sea_lpm_insert(&lpm, key, 32, &lpm, 1), 0);
	assert_null(sea_lpm_get(&lpm, key, 33));
	assert_null(sea_lpm_get(&lpm, key, 24));
	assert_null(sea_lpm_remove(&lpm, key, 24));
	assert_int_equal(lpm.n, 1);
	tear_down();
}

/* Insertions that split, chain and grow nodes; each allocation of each of them fails once. */
static void an_insertion_without_memory_changes_nothing(void **state)
{
	unsigned failures = 0;

	set_up(16);
	for (unsigned i = 0; i < 400; i++) {
		struct prefix *p = &model[i];

		do
			random_prefix(p);
		while (model_has(p));
		for (size_t nth = 1;; nth++) {
			size_t live = e.live;

			test_env_fail_at(&e, nth);
			if (!insert(p))
				break;
			failures++;
			assert_int_equal(lpm.n, i);
			assert_null(sea_lpm_get(&lpm, p->key, p->len));
			test_env_fail_at(&e, 0);
			compare_lookups(4);
			if (i % 32 == 0)
				compare_order();
			assert_int_equal(e.live, live);
		}
	}
	assert_true(failures > 200);
	compare_order();
	compare_exact();
	tear_down();
}

static void a_table_emptied_without_memory_gives_all_of_it_back(void **state)
{
	set_up(4);
	for (unsigned i = 0; i < MANY; i++) {
		v4(&model[i], UINT32_C(0x0a000000) + i * 77, 32);
		assert_int_equal(insert(&model[i]), 0);
	}
	test_env_fail_at(&e, 1);
	for (unsigned i = 0; i < MANY; i++)
		remove_prefix(&model[i]);
	assert_int_equal(e.live, 0);
	assert_null(lpm.root);
	tear_down();
}

static void a_walk_goes_on_where_it_was_although_the_prefix_is_gone(void **state)
{
	struct prefix *p;
	uint8_t key[16] = { 0 };
	unsigned n = 0;
	int len = -1;

	set_up(4);
	for (unsigned i = 0; i < 300; i++) {
		v4(&model[i], i << 20, (uint8_t)(i % 2 ? 12 : 20));
		assert_int_equal(insert(&model[i]), 0);
	}
	while ((p = sea_lpm_next(&lpm, key, &len))) {
		remove_prefix(p);
		n++;
	}
	assert_int_equal(n, 300);
	assert_int_equal(lpm.n, 0);
	tear_down();
}

static void memory_follows_the_prefixes(void **state)
{
	struct prefix p;

	set_up(4);
	for (uint32_t i = 0; i < 100000; i++) {
		v4(&p, i << 8, 24);
		assert_int_equal(sea_lpm_insert(&lpm, p.key, p.len, &lpm, 1), 0);
	}
	assert_true(pool.held < 100000 * 16 + 16384); /* 16384: the index */
	sea_lpm_fini(&lpm);
	assert_int_equal(pool.held, 0);
	sea_lpm_init(&lpm, &pool, 16);
	for (uint32_t i = 0; i < 20000; i++) {
		p = (struct prefix){ .key = { 0x20, 1 } };
		for (int k = 2; k < 6; k++)
			p.key[k] = (uint8_t)test_random(&seed);
		assert_int_equal(sea_lpm_insert(&lpm, p.key, 48, &lpm, 1), 0);
	}
	assert_true(pool.held < 20000 * 120);
	tear_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_table_finds_nothing),
		cmocka_unit_test(a_default_route_covers_every_key),
		cmocka_unit_test(prefixes_nested_at_every_length_answer_each_in_their_turn),
		cmocka_unit_test(a_prefix_that_is_no_prefix_is_refused),
		cmocka_unit_test(an_insertion_without_memory_changes_nothing),
		cmocka_unit_test(a_table_emptied_without_memory_gives_all_of_it_back),
		cmocka_unit_test(a_walk_goes_on_where_it_was_although_the_prefix_is_gone),
		cmocka_unit_test(memory_follows_the_prefixes),
		cmocka_unit_test(random_ipv4_operations_agree_with_a_linear_search),
		cmocka_unit_test(an_index_in_front_agrees_with_a_linear_search),
		cmocka_unit_test(a_short_prefix_is_changed_below_all_that_an_index_knows),
		cmocka_unit_test(random_ipv6_operations_agree_with_a_linear_search),
		cmocka_unit_test(allocations_that_fail_at_random_leave_the_tree_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
