/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/env.h"

#include <errno.h>

#include <seastack/stack.h>

#include "core/link.h"
#include "core/stack.h"
#include "core/sysctl.h"

struct values {
	int32_t one, two[2], three[3], fixed;
	char name[16];
};

static int only_reno_or_cubic(struct sea_stack *stack, const char *text)
{
	return strcmp(text, "reno") == 0 || strcmp(text, "cubic") == 0 ? 0 : -EINVAL;
}

#define AT(field) offsetof(struct values, field)

static const struct sea_sysctl entries[] = {
	{ .name = "net.a.fixed",
	  .kind = SEA_SYSCTL_INT,
	  .offset = AT(fixed),
	  .max = 9,
	  .read_only = true },
	{ .name = "net.a.name",
	  .kind = SEA_SYSCTL_NAME,
	  .offset = AT(name),
	  .check = only_reno_or_cubic },
	{ .name = "net.a.one", .kind = SEA_SYSCTL_INT, .offset = AT(one), .min = -1, .max = 255 },
	{ .name = "net.a.three",
	  .kind = SEA_SYSCTL_INT3,
	  .offset = AT(three),
	  .min = 1,
	  .max = INT32_MAX },
	{ .name = "net.z.two", .kind = SEA_SYSCTL_INT2, .offset = AT(two), .min = 1, .max = 65535 },
};

struct fixture {
	struct test_env env;
	struct sea_stack *stack;
	struct values values;
	struct sea_sysctl_table table;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	test_env_init(&f->env);
	assert_int_equal(sea_stack_new(NULL, &f->env.env, NULL, 0, &f->stack), 0);
	f->values = (struct values){ 1, { 10, 20 }, { 1, 2, 3 }, 7, "cubic" };
	f->table.entries = entries;
	f->table.n = 5;
	f->table.base = &f->values;
	sea_sysctl_add(f->stack, &f->table);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	sea_stack_free(f->stack);
	assert_int_equal(f->env.live, 0);
	free(f);
	return 0;
}

static void expect(struct fixture *f, const char *name, const char *text)
{
	char got[64];

	assert_int_equal(sea_sysctl_get(f->stack, name, got, sizeof(got)), strlen(text));
	assert_string_equal(got, text);
}

static int set(struct fixture *f, const char *name, const char *text)
{
	return sea_sysctl_set(f->stack, name, text, SEA_TIME_ZERO);
}

static void values_are_read_back_as_they_were_set(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(set(f, "net.a.one", " 0x10 \n"), 0);
	expect(f, "net.a.one", "16");
	assert_int_equal(set(f, "net.a.one", "-1"), 0);
	expect(f, "net.a.one", "-1");
	assert_int_equal(set(f, "net.a.one", "010"), 0);
	expect(f, "net.a.one", "8");
	assert_int_equal(set(f, "net.z.two", "32768 60999"), 0);
	expect(f, "net.z.two", "32768\t60999");
	assert_int_equal(set(f, "net.a.three", "4\t5\t6"), 0);
	expect(f, "net.a.three", "4\t5\t6");
	assert_int_equal(set(f, "net.a.name", "reno"), 0);
	expect(f, "net.a.name", "reno");
}

static void fewer_numbers_leave_the_rest(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(set(f, "net.a.three", "9"), 0);
	expect(f, "net.a.three", "9\t2\t3");
}

/* As write(2) to /proc/sys: tests/netns/sysctls.sh holds both beside each other. */
static void text_is_read_as_linux_does(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(set(f, "net.a.one", ""), 0);
	expect(f, "net.a.one", "1");
	assert_int_equal(set(f, "net.a.one", "7 x"), 0);
	expect(f, "net.a.one", "7");
	assert_int_equal(set(f, "net.a.three", "9 x"), -EINVAL);
	expect(f, "net.a.three", "9\t2\t3");
	assert_int_equal(set(f, "net.a.three", "4 5 6 7"), 0);
	expect(f, "net.a.three", "4\t5\t6");
	assert_int_equal(set(f, "net.a.name", ""), 0);
	expect(f, "net.a.name", "cubic");
}

static void what_is_no_value_changes_nothing(void **state)
{
	struct fixture *f = *state;
	static const char *const bad[] = { " ",   "+1", "x",          "1x",
					   "256", "-2", "2147483648", "0x",
					   "--1", "08", "1.5",        "99999999999999999999" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(set(f, "net.a.one", bad[i]), -EINVAL);
	expect(f, "net.a.one", "1");
	assert_int_equal(set(f, "net.z.two", "30 20"), -EINVAL);
	assert_int_equal(set(f, "net.z.two", "0 20"), -EINVAL);
	expect(f, "net.z.two", "10\t20");
	assert_int_equal(set(f, "net.a.name", "vegas"), -EINVAL);
	expect(f, "net.a.name", "cubic");
	assert_int_equal(set(f, "net.a.fixed", "1"), -EPERM);
	assert_int_equal(set(f, "net.a", "1"), -ENOENT);
	assert_int_equal(sea_sysctl_get(f->stack, "net.b", NULL, 0), -ENOENT);
}

static void text_is_cut_to_the_room_there_is(void **state)
{
	struct fixture *f = *state;
	char text[3];

	assert_int_equal(sea_sysctl_get(f->stack, "net.z.two", text, sizeof(text)), 5);
	assert_string_equal(text, "10");
}

static void names_come_in_order_over_all_tables(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = { "net.a.fixed",
					     "net.a.name",
					     "net.a.one",
					     "net.a.three",
					     "net.core.default_qdisc",
					     "net.core.netdev_max_backlog",
					     "net.core.optmem_max",
					     "net.core.rmem_default",
					     "net.core.rmem_max",
					     "net.core.somaxconn",
					     "net.core.txrehash",
					     "net.core.wmem_default",
					     "net.core.wmem_max",
					     "net.z.two" };
	char name[SEA_SYSCTL_NAME_MAX] = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_true(sea_sysctl_next(f->stack, name));
		assert_string_equal(name, names[i]);
	}
	assert_false(sea_sysctl_next(f->stack, name));
}

static void core_values_are_linux_defaults(void **state)
{
	struct fixture *f = *state;

	expect(f, "net.core.rmem_default", "212992");
	expect(f, "net.core.txrehash", "1");
	expect(f, "net.core.wmem_max", "4194304");
	expect(f, "net.core.somaxconn", "4096");
	expect(f, "net.core.optmem_max", "131072");
	expect(f, "net.core.netdev_max_backlog", "1000");
	expect(f, "net.core.default_qdisc", "pfifo_fast");
	assert_int_equal(set(f, "net.core.default_qdisc", "cake"), -ENOENT);
	assert_int_equal(set(f, "net.core.rmem_max", "2303"), -EINVAL);
}

/* -- trees -- */

struct knobs {
	int32_t big, small;
};

static struct knobs all, dflt, of_lo;
static int changes;
static const struct sea_link *changed_of;

static void note_change(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	(void)stack;
	changes++;
	changed_of = at->link;
}

static const struct sea_sysctl knob_entries[] = {
	{ .name = "big",
	  .kind = SEA_SYSCTL_INT,
	  .offset = offsetof(struct knobs, big),
	  .max = 9,
	  .changed = note_change },
	{ .name = "small",
	  .kind = SEA_SYSCTL_INT,
	  .offset = offsetof(struct knobs, small),
	  .max = 9 },
};

static void *knobs_of(const struct sea_link *link)
{
	return strcmp(link->name, "bare") == 0 ? NULL : &of_lo;
}

static struct sea_sysctl_tree knobs = { .prefix = "net.k.",
					.entries = knob_entries,
					.n = 2,
					.all = &all,
					.dflt = &dflt,
					.of_link = knobs_of };

static void add_link(struct fixture *f, const char *name)
{
	const struct sea_link_config config = { .size = sizeof(config), .name = name };
	struct sea_link *link;

	assert_int_equal(sea_link_add(f->stack, &config, &link, SEA_TIME_ZERO), 0);
}

static void add_knobs(struct fixture *f)
{
	all = dflt = of_lo = (struct knobs){ 0, 0 };
	changes = 0;
	sea_sysctl_add_tree(f->stack, &knobs);
}

static void a_link_has_values_of_its_own(void **state)
{
	struct fixture *f = *state;

	add_knobs(f);
	assert_int_equal(set(f, "net.k.lo.big", "3"), 0);
	expect(f, "net.k.lo.big", "3");
	expect(f, "net.k.all.big", "0");
	assert_int_equal(set(f, "net.k.default.small", "4"), 0);
	assert_int_equal(dflt.small, 4);
	assert_int_equal(set(f, "net.k.lo.big", "10"), -EINVAL);
	assert_int_equal(set(f, "net.k.eth9.big", "1"), -ENOENT);
	assert_int_equal(set(f, "net.k.lo.middle", "1"), -ENOENT);
	assert_int_equal(set(f, "net.k.lo", "1"), -ENOENT);
	assert_int_equal(set(f, "net.k.a_name_that_is_too_long.big", "1"), -ENOENT);
}

static void what_follows_from_a_value_follows_only_from_another_one(void **state)
{
	struct fixture *f = *state;

	add_knobs(f);
	assert_int_equal(set(f, "net.k.lo.big", "0"), 0);
	assert_int_equal(changes, 0);
	assert_int_equal(set(f, "net.k.lo.big", "1"), 0);
	assert_int_equal(changes, 1);
	assert_ptr_equal(changed_of, sea_link_by_name(f->stack, "lo"));
	assert_int_equal(set(f, "net.k.all.big", "1"), 0);
	assert_int_equal(changes, 2);
	assert_null(changed_of);
}

static void names_of_links_come_in_order_with_the_others(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = { "net.core.wmem_max",   "net.k.a/b.big",
					     "net.k.a/b.small",     "net.k.all.big",
					     "net.k.all.small",     "net.k.default.big",
					     "net.k.default.small", "net.k.lo.big",
					     "net.k.lo.small",      "net.z.two" };
	char name[SEA_SYSCTL_NAME_MAX] = "net.core.wmem_default";

	add_knobs(f);
	add_link(f, "a.b");
	add_link(f, "bare");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_true(sea_sysctl_next(f->stack, name));
		assert_string_equal(name, names[i]);
	}
	assert_false(sea_sysctl_next(f->stack, name));
	expect(f, "net.k.a/b.big", "0");
}

static void files_have_a_mode(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(sea_sysctl_mode(f->stack, "net.a.one"), 0644);
	assert_int_equal(sea_sysctl_mode(f->stack, "net.a.fixed"), 0444);
	assert_int_equal(sea_sysctl_mode(f->stack, "net.a"), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(values_are_read_back_as_they_were_set),
		T(fewer_numbers_leave_the_rest),
		T(text_is_read_as_linux_does),
		T(what_is_no_value_changes_nothing),
		T(text_is_cut_to_the_room_there_is),
		T(names_come_in_order_over_all_tables),
		T(core_values_are_linux_defaults),
		T(a_link_has_values_of_its_own),
		T(what_follows_from_a_value_follows_only_from_another_one),
		T(names_of_links_come_in_order_with_the_others),
		T(files_have_a_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
