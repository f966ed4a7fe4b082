/* SPDX-License-Identifier: Apache-2.0 */
#include "ip/addrlabel.h"

#include <errno.h>

#include "core/save.h"
#include "tests/lib/env.h"
#include "tests/lib/snapshot.h"

struct fixture {
	struct test_env env;
	struct sea_pool pool;
	struct sea_addrlabels t;
};

static int setup(void **state)
{
	static struct fixture f;

	test_env_init(&f.env);
	sea_pool_init(&f.pool, &f.env.env, 0, 0);
	assert_int_equal(sea_addrlabels_init(&f.t, &f.pool), 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	sea_addrlabels_fini(&f->t);
	sea_pool_fini(&f->pool);
	assert_int_equal(f->env.live, 0);
	return 0;
}

static struct sea_addrlabel label(const char *prefix, int ifindex, uint32_t value)
{
	struct sea_addrlabel l = { .size = sizeof(l), .ifindex = ifindex, .label = value };

	assert_true(sea_addr_parse_prefix(prefix, &l.prefix, &l.prefix_len));
	return l;
}

static uint32_t of(const struct fixture *f, const char *text, int ifindex)
{
	struct sea_addr a;

	assert_true(sea_addr_parse(text, &a));
	return sea_addrlabel_of(&f->t, a.b, ifindex);
}

static int add(struct fixture *f, const char *prefix, int ifindex, uint32_t value)
{
	struct sea_addrlabel l = label(prefix, ifindex, value);

	return sea_addrlabels_add(&f->t, &l);
}

static int del(struct fixture *f, const char *prefix, int ifindex)
{
	struct sea_addrlabel l = label(prefix, ifindex, 0);

	return sea_addrlabels_del(&f->t, &l);
}

/* RFC6724:2.1 */
static void the_default_table_is_that_of_linux(void **state)
{
	/* As `ip addrlabel list` shows it. */
	static const char *const want[][2] = {
		{ "::1", "0" },    { "::", "3" },        { "::ffff:0.0.0.0", "4" },
		{ "2001::", "6" }, { "2001:10::", "7" }, { "3ffe::", "12" },
		{ "2002::", "2" }, { "fec0::", "11" },   { "fc00::", "5" },
		{ "::", "1" },
	};
	struct fixture *f = *state;
	struct sea_addrlabel l;
	uint64_t cursor = 0;

	for (unsigned i = 0; i < 10; i++) {
		char text[SEA_ADDR_TEXT_MAX];

		assert_true(sea_addrlabels_next(&f->t, &cursor, &l));
		assert_string_equal(sea_addr_text(&l.prefix, text), want[i][0]);
		assert_int_equal(l.label, atoi(want[i][1]));
	}
	assert_false(sea_addrlabels_next(&f->t, &cursor, &l));
}

/* RFC8504:6.6-a */
static void the_longest_prefix_gives_the_label(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(of(f, "::1", 0), 0);
	assert_int_equal(of(f, "2001:db8::1", 0), 1);
	assert_int_equal(of(f, "2001::1", 0), 6);
	assert_int_equal(of(f, "2001:1f::1", 0), 7);
	assert_int_equal(of(f, "::ffff:10.0.0.1", 0), 4);
	assert_int_equal(of(f, "::10.0.0.1", 0), 3);
	assert_int_equal(of(f, "fd00::1", 0), 5);
	assert_int_equal(add(f, "fd00::/8", 0, 77), 0);
	assert_int_equal(of(f, "fd00::1", 0), 77);
	assert_int_equal(of(f, "fc00::1", 0), 5);
	assert_int_equal(del(f, "fd00::/8", 0), 0);
	assert_int_equal(del(f, "fc00::/7", 0), 0);
	assert_int_equal(of(f, "fd00::1", 0), 1);
	assert_int_equal(del(f, "::/0", 0), 0);
	assert_int_equal(of(f, "fd00::1", 0), SEA_ADDRLABEL_NONE);
}

static void a_label_of_one_link_is_not_another_s(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(add(f, "2001:db8::/32", 0, 99), 0);
	assert_int_equal(add(f, "2001:db8::/32", 3, 96), 0);
	assert_int_equal(of(f, "2001:db8::1", 3), 96);
	assert_int_equal(of(f, "2001:db8::1", 4), 99);
	assert_int_equal(of(f, "2001:db8::1", 0), 99);
	sea_addrlabels_forget_link(&f->t, 3);
	assert_int_equal(of(f, "2001:db8::1", 3), 99);
}

static void what_is_there_or_makes_no_sense_is_refused(void **state)
{
	struct fixture *f = *state;
	struct sea_addrlabel l = label("2001:db8::/32", 0, 9);

	assert_int_equal(add(f, "::/0", 0, 5), -EEXIST);
	assert_int_equal(add(f, "fc00::7/7", 0, 6), -EEXIST); /* host bits do not count */
	assert_int_equal(add(f, "2001:db8::/32", 0, UINT32_MAX), -EINVAL);
	assert_int_equal(add(f, "10.0.0.0/8", 0, 1), -EINVAL);
	assert_int_equal(add(f, "::ffff:10.0.0.0/104", 0, 1), -EINVAL);
	assert_int_equal(del(f, "2001:db8::/32", 0), -ESRCH);
	l.size--;
	assert_int_equal(sea_addrlabels_add(&f->t, &l), -EINVAL);
	assert_int_equal(sea_addrlabels_del(&f->t, &l), -EINVAL);
	l.size++;
	l.prefix_len = 129;
	assert_int_equal(sea_addrlabels_add(&f->t, &l), -EINVAL);
}

/* The n-th entry's label. */
static uint32_t nth(const struct fixture *f, unsigned n)
{
	struct sea_addrlabel l;
	uint64_t cursor = 0;

	do
		assert_true(sea_addrlabels_next(&f->t, &cursor, &l));
	while (n--);
	return l.label;
}

static void
labels_of_links_stand_before_others_of_their_length_and_those_the_latest_first(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(add(f, "2001:db8::/128", 0, 100), 0);
	assert_int_equal(add(f, "2001:db8::/128", 5, 101), 0);
	assert_int_equal(add(f, "2001:db8::/128", 4, 102), 0);
	assert_int_equal(add(f, "2001:db8::1/128", 0, 103), 0);
	assert_int_equal(nth(f, 0), 101);
	assert_int_equal(nth(f, 1), 102);
	assert_int_equal(nth(f, 2), 103);
	assert_int_equal(nth(f, 3), 100);
}

static void what_is_there_is_found_as_far_as_linux_looks(void **state)
{
	struct fixture *f = *state;
	struct sea_addrlabel l = label("2001:db8:1::/48", 0, 7);

	assert_int_equal(add(f, "2001:db8::/48", 0, 100), 0);
	assert_int_equal(add(f, "2001:db8::/48", 0, 101), -EEXIST);
	assert_int_equal(add(f, "2001:db8:1::/48", 0, 101), 0);
	assert_int_equal(add(f, "2001:db8::/48", 0, 102), 0);
	assert_int_equal(of(f, "2001:db8::1", 0), 102);
	assert_int_equal(sea_addrlabels_replace(&f->t, &l), 0); /* another one, before */
	assert_int_equal(of(f, "2001:db8:1::1", 0), 7);
	l.label = 8;
	assert_int_equal(sea_addrlabels_replace(&f->t, &l), 0); /* that one */
	assert_int_equal(of(f, "2001:db8:1::1", 0), 8);
	assert_int_equal(f->t.n, 14);
	assert_int_equal(f->t.seq, 15);
}

static void the_table_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct sea_addrlabel l = label("2001:db8::/128", 0, 9);

	while (f->t.n < SEA_ADDRLABELS_MAX) {
		l.prefix.b[15]++;
		if (!l.prefix.b[15])
			l.prefix.b[14]++;
		assert_int_equal(sea_addrlabels_add(&f->t, &l), 0);
	}
	l.prefix.b[0] = 0x30;
	assert_int_equal(sea_addrlabels_add(&f->t, &l), -ENOSPC);
}

static void want_of_memory_leaves_nothing_behind(void **state)
{
	struct fixture *f = *state;
	struct sea_addrlabels t;

	for (unsigned n = 1; n <= 10; n++) {
		size_t live = f->env.live;

		test_env_fail_at(&f->env, n);
		assert_int_equal(sea_addrlabels_init(&t, &f->pool), -ENOMEM);
		assert_int_equal(f->env.live, live);
	}
	test_env_fail_at(&f->env, 1);
	assert_int_equal(add(f, "2001:db8::/32", 0, 1), -ENOMEM);
	test_env_fail_at(&f->env, 0);
}

static void a_table_survives_being_saved(void **state)
{
	struct fixture *f = *state;
	struct snapshot s = { 0 };
	struct sea_saver to = { .write = snapshot_write, .ctx = &s };
	struct sea_loader from = { .read = snapshot_read, .ctx = &s };
	struct sea_addrlabels t;
	struct sea_addrlabel a, b;
	uint64_t ca = 0, cb = 0;

	assert_int_equal(add(f, "2001:db8::/32", 7, 99), 0);
	assert_int_equal(add(f, "2001:db8::/32", 5, 98), 0);
	assert_int_equal(add(f, "2001:db8::/32", 0, 97), 0);
	sea_addrlabels_save(&f->t, &to);
	assert_int_equal(sea_addrlabels_init(&t, &f->pool), 0);
	sea_addrlabels_load(&t, &from);
	assert_int_equal(from.err, 0);
	assert_int_equal(t.seq, 13);
	while (sea_addrlabels_next(&f->t, &ca, &a)) {
		assert_true(sea_addrlabels_next(&t, &cb, &b));
		assert_memory_equal(a.prefix.b, b.prefix.b, sizeof(a.prefix.b));
		assert_int_equal(a.prefix_len, b.prefix_len);
		assert_int_equal(a.ifindex, b.ifindex);
		assert_int_equal(a.label, b.label);
	}
	assert_false(sea_addrlabels_next(&t, &cb, &b));
	sea_addrlabels_fini(&t);
	snapshot_free(&s);
}

/* Of an entry a saved table has 25 bytes, behind 8. */
static void a_saved_table_in_another_order_is_refused(void **state)
{
	struct fixture *f = *state;
	struct snapshot s = { 0 };
	struct sea_saver to = { .write = snapshot_write, .ctx = &s };
	struct sea_loader from = { .read = snapshot_read, .ctx = &s };

	sea_addrlabels_save(&f->t, &to);
	s.bytes[8 + 16] = 128; /* the last one's length */
	sea_addrlabels_load(&f->t, &from);
	assert_int_equal(from.err, -EINVAL);
	snapshot_free(&s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_default_table_is_that_of_linux),
		TEST(the_longest_prefix_gives_the_label),
		TEST(a_label_of_one_link_is_not_another_s),
		TEST(what_is_there_or_makes_no_sense_is_refused),
		TEST(labels_of_links_stand_before_others_of_their_length_and_those_the_latest_first),
		TEST(what_is_there_is_found_as_far_as_linux_looks),
		TEST(the_table_is_bounded),
		TEST(want_of_memory_leaves_nothing_behind),
		TEST(a_table_survives_being_saved),
		TEST(a_saved_table_in_another_order_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
