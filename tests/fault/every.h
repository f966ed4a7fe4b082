/* SPDX-License-Identifier: Apache-2.0 */
/* A day of a stack's, over and over: each time another allocation fails, and none may stay behind. */
#ifndef SEA_TESTS_FAULT_EVERY_H
#define SEA_TESTS_FAULT_EVERY_H

#include "tests/lib/env.h"

struct fault_day {
	void (*begin)(void); /* all is as it was on the first */
	void (*live)(void);  /* from the stack's beginning to its end */
	struct test_env *env;
	const unsigned *failed; /* calls that said so: none where nothing fails */
	size_t at_least;        /* so many allocations a day has, or it shows little */
};

static void fault_live(const struct fault_day *day, size_t nth, bool once)
{
	day->begin();
	test_env_init(day->env);
	test_env_fail_at(day->env, nth);
	day->env->fail_once = once;
	day->live();
	if (day->env->live)
		print_error("allocation %zu: %zu left behind\n", nth, day->env->live);
	assert_int_equal(day->env->live, 0);
}

static void fault_every_allocation(const struct fault_day *day, bool once)
{
	size_t total;

	fault_live(day, 0, false);
	assert_int_equal(*day->failed, 0);
	total = day->env->calls;
	assert_true(total > day->at_least);
	for (size_t nth = 1; nth <= total; nth++)
		fault_live(day, nth, once);
}

static void any_one_allocation_may_fail(void **state)
{
	fault_every_allocation(*state, true);
}

static void all_allocations_from_any_on_may_fail(void **state)
{
	fault_every_allocation(*state, false);
}

/* What main() returns. */
static inline int fault_main(struct fault_day *day)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(any_one_allocation_may_fail, day),
		cmocka_unit_test_prestate(all_allocations_from_any_on_may_fail, day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
