/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/htable.h"
#include "core/list.h"
#include "tests/lib/env.h"

#define MANY 5000u

struct entry {
	struct sea_hnode hnode;
	uint32_t hash;
	unsigned seen;
};

static struct test_env e;
static struct sea_pool pool;
static struct sea_htable t;
static struct entry entries[MANY];

static int set_up(void **state)
{
	uint64_t seed = 7;

	test_env_init(&e);
	sea_pool_init(&pool, &e.env, 0, 0);
	sea_htable_init(&t, &pool, 8);
	memset(entries, 0, sizeof(entries));
	for (unsigned i = 0; i < MANY; i++)
		entries[i].hash = (uint32_t)test_random(&seed);
	return 0;
}

static int tear_down(void **state)
{
	for (unsigned i = 0; i < MANY; i++)
		if (entries[i].hnode.linked)
			sea_htable_remove(&t, &entries[i].hnode);
	sea_htable_fini(&t);
	sea_pool_fini(&pool);
	assert_int_equal(e.live, 0);
	return 0;
}

static void insert(unsigned i)
{
	assert_int_equal(sea_htable_insert(&t, &entries[i].hnode, entries[i].hash), 0);
}

static void remove_entry(unsigned i)
{
	sea_htable_remove(&t, &entries[i].hnode);
}

static bool found(unsigned i)
{
	struct sea_hnode *node;

	for (node = sea_htable_first(&t, entries[i].hash); node; node = sea_hnode_next(node)) {
		assert_int_equal(node->hash, entries[i].hash);
		if (node == &entries[i].hnode)
			return true;
	}
	return false;
}

static void an_empty_table_finds_nothing_and_needs_no_memory(void **state)
{
	uint64_t cursor = 0;

	assert_null(sea_htable_first(&t, 5));
	assert_null(sea_htable_walk(&t, &cursor));
	assert_null(sea_htable_walk(&t, &cursor));
	assert_int_equal(e.calls, 0);
}

static void every_node_is_found_while_the_table_grows_and_shrinks(void **state)
{
	uint32_t widest;

	for (unsigned i = 0; i < MANY; i++) {
		insert(i);
		assert_true(found(i / 2) && found(i));
		assert_true(t.n <= 2 * (t.mask + 1));
	}
	for (unsigned i = 0; i < MANY; i++)
		assert_true(found(i));
	widest = t.mask;
	for (unsigned i = 0; i < MANY; i++) {
		remove_entry(i);
		assert_false(found(i));
		assert_true(i == MANY - 1 || found(MANY - 1));
		assert_true(found(i + (MANY - i) / 2) || i == MANY - 1);
	}
	assert_true(widest >= MANY / 2);
	assert_int_equal(t.n, 0);
	insert(0);
	assert_int_equal(t.mask, 7);
}

static void nodes_of_one_hash_come_last_inserted_first(void **state)
{
	struct sea_hnode *node;
	unsigned expected = 100;

	for (unsigned i = 0; i < 100; i++) {
		entries[i].hash = 42;
		insert(i);
	}
	for (unsigned i = 100; i < MANY; i++)
		insert(i);
	for (unsigned i = 100; i < MANY; i++)
		remove_entry(i);
	for (node = sea_htable_first(&t, 42); node; node = sea_hnode_next(node))
		assert_ptr_equal(node, &entries[--expected].hnode);
	assert_int_equal(expected, 0);
}

static void no_insertion_moves_more_than_a_few_buckets(void **state)
{
	for (unsigned i = 0; i < MANY; i++) {
		uint32_t moved = t.old ? t.moved : 0;
		struct sea_hnode **old = t.old;

		insert(i);
		assert_true(!t.old || t.old != old || t.moved <= moved + 4);
		if (old && !t.old)
			assert_true(t.mask / 2 + 1 - moved <= 4);
	}
}

static void without_memory_only_the_first_insertion_fails(void **state)
{
	test_env_fail_at(&e, 1);
	assert_int_equal(sea_htable_insert(&t, &entries[0].hnode, 1), -ENOMEM);
	assert_false(entries[0].hnode.linked);
	assert_int_equal(t.n, 0);
	test_env_fail_at(&e, 2);
	for (unsigned i = 0; i < 500; i++)
		insert(i);
	assert_int_equal(t.mask, 7);
	for (unsigned i = 0; i < 500; i++)
		assert_true(found(i));
	test_env_fail_at(&e, 0);
	for (unsigned i = 500; i < MANY; i++)
		insert(i);
	assert_true(t.mask + 1 >= MANY / 2);
	test_env_fail_at(&e, 1);
	for (unsigned i = 0; i < MANY - 1; i++)
		remove_entry(i);
	assert_true(found(MANY - 1));
}

static void failing_at_any_allocation_loses_nothing(void **state)
{
	for (size_t nth = 2; nth < 12; nth++) {
		e.calls = 0;
		e.fail_at = nth;
		e.fail_once = true;
		for (unsigned i = 0; i < 600; i++)
			insert(i);
		for (unsigned i = 0; i < 600; i++) {
			assert_true(found(i));
			remove_entry(i);
		}
		assert_int_equal(t.n, 0);
		sea_htable_fini(&t);
		assert_int_equal(e.live, 0);
	}
}

static void random_operations_agree_with_a_set(void **state)
{
	static bool in[MANY];
	uint64_t seed = 11;
	unsigned n = 0;

	memset(in, 0, sizeof(in));
	for (unsigned i = 0; i < MANY; i++)
		entries[i].hash %= 3000;
	for (unsigned round = 0; round < 200000; round++) {
		/* Waves: mostly in, then mostly out. */
		bool growing = round / 20000 % 2 == 0;
		unsigned i = (unsigned)(test_random(&seed) % MANY);

		if (!in[i] && (growing || test_random(&seed) % 8 == 0)) {
			insert(i);
			in[i] = true;
			n++;
		} else if (in[i] && (!growing || test_random(&seed) % 8 == 0)) {
			remove_entry(i);
			in[i] = false;
			n--;
		}
		assert_int_equal(t.n, n);
		i = (unsigned)(test_random(&seed) % MANY);
		assert_true(found(i) == in[i]);
		assert_true(entries[i].hnode.linked == in[i]);
	}
}

static unsigned walk(uint64_t *cursor, unsigned at_most)
{
	struct sea_hnode *node;
	unsigned n = 0;

	while (n < at_most && (node = sea_htable_walk(&t, cursor))) {
		sea_container(node, struct entry, hnode)->seen++;
		n++;
	}
	return n;
}

static void a_walk_sees_each_node_once_at_any_size(void **state)
{
	for (unsigned i = 0; i < 700; i++) {
		uint64_t cursor = 0;

		entries[i].hash &= ~(i % 5 ? 0u : 0xff00ffffu);
		insert(i);
		assert_int_equal(walk(&cursor, UINT32_MAX), i + 1);
		for (unsigned k = 0; k <= i; k++) {
			assert_int_equal(entries[k].seen, 1);
			entries[k].seen = 0;
		}
		assert_null(sea_htable_walk(&t, &cursor));
	}
}

static void the_order_of_a_walk_does_not_depend_on_the_history_of_the_table(void **state)
{
	static struct sea_hnode *first[300];
	uint64_t cursor = 0;

	for (unsigned i = 0; i < 300; i++)
		insert(i);
	for (unsigned i = 0; i < 300; i++)
		first[i] = sea_htable_walk(&t, &cursor);
	for (unsigned i = 300; i < MANY; i++)
		insert(i);
	for (unsigned i = 300; i < MANY; i++)
		remove_entry(i);
	cursor = 0;
	for (unsigned i = 0; i < 300; i++)
		assert_ptr_equal(sea_htable_walk(&t, &cursor), first[i]);
}

static void nodes_that_stay_are_seen_although_the_table_changes_meanwhile(void **state)
{
	uint64_t seed = 5;

	for (unsigned round = 0; round < 40; round++) {
		uint64_t cursor = 0;
		unsigned kept = 200, next = kept;

		for (unsigned i = 0; i < kept; i++) {
			entries[i].hash = round % 2 ? entries[i].hash : entries[i].hash % 64;
			entries[i].seen = 0;
			insert(i);
		}
		while (walk(&cursor, (unsigned)(test_random(&seed) % 20))) {
			for (unsigned n = 0; n < 300 && next < MANY && round % 4 < 2; n++)
				insert(next++);
			for (unsigned n = 0; n < 250 && next > kept && test_random(&seed) % 2; n++)
				remove_entry(--next);
		}
		walk(&cursor, UINT32_MAX);
		for (unsigned i = 0; i < kept; i++)
			assert_true(entries[i].seen > 0);
		for (unsigned i = 0; i < next; i++)
			remove_entry(i);
	}
}

static void a_walk_may_remove_each_node_that_it_sees(void **state)
{
	struct sea_hnode *node;
	uint64_t cursor = 0;

	for (unsigned i = 0; i < MANY; i++) {
		entries[i].hash %= 1000;
		insert(i);
	}
	while ((node = sea_htable_walk(&t, &cursor)))
		sea_htable_remove(&t, node);
	assert_int_equal(t.n, 0);
}

static void inserting_twice_or_removing_twice_is_a_bug_of_ours(void **state)
{
	insert(0);
	expect_assert_failure(insert(0));
	expect_assert_failure(sea_htable_fini(&t));
	remove_entry(0);
	expect_assert_failure(sea_htable_remove(&t, &entries[0].hnode));
	expect_assert_failure(sea_htable_init(&t, &pool, 3));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_table_finds_nothing_and_needs_no_memory),
		TEST(every_node_is_found_while_the_table_grows_and_shrinks),
		TEST(nodes_of_one_hash_come_last_inserted_first),
		TEST(no_insertion_moves_more_than_a_few_buckets),
		TEST(without_memory_only_the_first_insertion_fails),
		TEST(failing_at_any_allocation_loses_nothing),
		TEST(random_operations_agree_with_a_set),
		TEST(a_walk_sees_each_node_once_at_any_size),
		TEST(the_order_of_a_walk_does_not_depend_on_the_history_of_the_table),
		TEST(nodes_that_stay_are_seen_although_the_table_changes_meanwhile),
		TEST(a_walk_may_remove_each_node_that_it_sees),
		TEST(inserting_twice_or_removing_twice_is_a_bug_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
