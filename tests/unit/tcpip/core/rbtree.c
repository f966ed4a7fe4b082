/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/list.h"
#include "core/rbtree.h"
#include "tests/lib/env.h"

#define KEYS 600

struct entry {
	struct sea_rbnode node;
	int key;
	bool in;
};

static struct entry entries[KEYS];
static struct sea_rbtree t;

static struct entry *entry_of(struct sea_rbnode *node)
{
	return node ? sea_container(node, struct entry, node) : NULL;
}

static int set_up(void **state)
{
	sea_rbtree_init(&t);
	memset(entries, 0, sizeof(entries));
	for (int i = 0; i < KEYS; i++)
		entries[i].key = i;
	return 0;
}

static void insert(struct entry *entry)
{
	struct sea_rbnode **link = &t.root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = entry->key < entry_of(parent)->key ? &parent->left : &parent->right;
	}
	sea_rb_link(&t, &entry->node, parent, link);
	entry->in = true;
}

static void remove_entry(struct entry *entry)
{
	sea_rb_remove(&t, &entry->node);
	entry->in = false;
}

/* The tree is right, and in order, forwards and backwards, it holds exactly what is `in`. */
static void compare(void)
{
	struct sea_rbnode *node = sea_rb_first(&t);

	assert_true(sea_rb_check(&t));
	for (int i = 0; i < KEYS; i++) {
		if (!entries[i].in)
			continue;
		assert_ptr_equal(node, &entries[i].node);
		node = sea_rb_next(node);
	}
	assert_null(node);
	node = sea_rb_last(&t);
	for (int i = KEYS; i-- > 0;) {
		if (!entries[i].in)
			continue;
		assert_ptr_equal(node, &entries[i].node);
		node = sea_rb_prev(node);
	}
	assert_null(node);
}

static void an_empty_tree_has_no_ends(void **state)
{
	assert_null(sea_rb_first(&t));
	assert_null(sea_rb_last(&t));
	assert_true(sea_rb_check(&t));
}

static void ascending_and_descending_insertions_stay_balanced(void **state)
{
	int depth = 0;

	for (int i = 0; i < KEYS / 2; i++) {
		insert(&entries[KEYS / 2 + i]);
		insert(&entries[KEYS / 2 - 1 - i]);
		assert_true(sea_rb_check(&t));
	}
	compare();
	for (struct sea_rbnode *node = sea_rb_first(&t); node; node = node->parent)
		depth++;
	assert_true(depth <= 20);
	for (int i = 0; i < KEYS; i++) {
		remove_entry(&entries[i]);
		assert_true(sea_rb_check(&t));
	}
	assert_null(t.root);
}

static void random_operations_agree_with_a_sorted_array(void **state)
{
	uint64_t seed = 1;

	for (int round = 0; round < 6000; round++) {
		uint64_t wave = round / 1000 % 2 ? 3 : 7;
		struct entry *entry = &entries[test_random(&seed) % KEYS];
		bool want = test_random(&seed) % 10 < wave;

		if (want && !entry->in)
			insert(entry);
		else if (!want && entry->in)
			remove_entry(entry);
		if (round % 16 == 0)
			compare();
		else
			assert_true(round % 4 || sea_rb_check(&t));
	}
	compare();
}

/* Trees of seven nodes, inserted in random order, lose each of them. */
static void each_node_of_each_small_tree_can_be_removed(void **state)
{
	enum { SMALL = 7 };
	uint64_t seed = 9;

	for (int round = 0; round < 3000; round++) {
		int order[SMALL];

		for (int i = 0; i < SMALL; i++) {
			int k = (int)(test_random(&seed) % (uint64_t)(i + 1));

			order[i] = order[k];
			order[k] = i;
		}
		for (int i = 0; i < SMALL; i++)
			insert(&entries[order[i]]);
		remove_entry(&entries[round % SMALL]);
		compare();
		for (int i = 0; i < SMALL; i++)
			if (entries[i].in)
				remove_entry(&entries[i]);
	}
	assert_null(t.root);
}

static void the_check_sees_a_broken_tree(void **state)
{
	for (int i = 0; i < 20; i++)
		insert(&entries[i]);
	t.root->red = true;
	assert_false(sea_rb_check(&t));
	t.root->red = false;
	t.root->left->red = !t.root->left->red;
	assert_false(sea_rb_check(&t));
	t.root->left->red = !t.root->left->red;
	assert_true(sea_rb_check(&t));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_tree_has_no_ends),
		TEST(ascending_and_descending_insertions_stay_balanced),
		TEST(random_operations_agree_with_a_sorted_array),
		TEST(each_node_of_each_small_tree_can_be_removed),
		TEST(the_check_sees_a_broken_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
