/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "transport/tcp/extreme.h"

#define WINDOW 100u

static struct tcp_extreme e;

static uint32_t least(uint32_t now, uint32_t value)
{
	return sea_tcp_extreme_min(&e, WINDOW, now, value);
}

static uint32_t most(uint32_t now, uint32_t value)
{
	return sea_tcp_extreme_max(&e, WINDOW, now, value);
}

static void what_is_better_holds_at_once(void **state)
{
	sea_tcp_extreme_reset(&e, 0, UINT32_MAX);
	assert_int_equal(least(1, 50), 50);
	assert_int_equal(least(2, 60), 50);
	assert_int_equal(least(3, 40), 40);
	assert_int_equal(tcp_extreme(&e), 40);
	sea_tcp_extreme_reset(&e, 0, 0);
	assert_int_equal(most(1, 50), 50);
	assert_int_equal(most(2, 40), 50);
	assert_int_equal(most(3, 60), 60);
}

static void what_is_too_old_gives_way_to_the_second_best(void **state)
{
	sea_tcp_extreme_reset(&e, 0, 10);
	least(30, 12);
	least(60, 15);
	assert_int_equal(least(100, 20), 10);
	assert_int_equal(least(101, 20), 12);
	assert_int_equal(least(131, 20), 15);
	assert_int_equal(least(161, 20), 20);
}

static void the_greatest_ages_as_the_least_does(void **state)
{
	sea_tcp_extreme_reset(&e, 0, 30);
	most(30, 25);
	most(60, 20);
	assert_int_equal(most(101, 10), 25);
	assert_int_equal(most(131, 10), 20);
	assert_int_equal(most(161, 10), 10);
}

/* What comes early in the window is not remembered beside a better one, as good as it may be. */
static void successors_come_from_later_parts_of_the_window(void **state)
{
	sea_tcp_extreme_reset(&e, 0, 10);
	least(25, 11);
	least(26, 30);
	least(51, 40);
	assert_int_equal(least(101, 50), 30);
	assert_int_equal(least(127, 50), 40);
}

static void silence_longer_than_the_window_forgets_all(void **state)
{
	sea_tcp_extreme_reset(&e, 0, 10);
	least(10, 11);
	assert_int_equal(least(111, 90), 90);
}

static void time_may_wrap(void **state)
{
	sea_tcp_extreme_reset(&e, UINT32_MAX - 9, 10);
	least(20, 12);
	assert_int_equal(least(90, 50), 10);
	assert_int_equal(least(91, 50), 12);
}

/* Whatever comes, what is told was measured, and is no worse than any of the window's last quarter. */
static void it_tells_what_was_measured(void **state)
{
	uint32_t value[400], at, x = 12345;

	sea_tcp_extreme_reset(&e, 0, UINT32_MAX);
	for (at = 0; at < 400; at++) {
		uint32_t told, from = at > WINDOW ? at - WINDOW : 0, i, seen = 0;

		x = x * 1664525u + 1013904223u;
		value[at] = 100 + (x >> 24);
		told = least(at, value[at]);
		for (i = from; i <= at; i++)
			seen += value[i] == told;
		assert_true(seen);
		for (i = at > WINDOW / 4 ? at - WINDOW / 4 : 0; i <= at; i++)
			assert_true(told <= value[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_better_holds_at_once),
		cmocka_unit_test(what_is_too_old_gives_way_to_the_second_best),
		cmocka_unit_test(the_greatest_ages_as_the_least_does),
		cmocka_unit_test(successors_come_from_later_parts_of_the_window),
		cmocka_unit_test(silence_longer_than_the_window_forgets_all),
		cmocka_unit_test(time_may_wrap),
		cmocka_unit_test(it_tells_what_was_measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
