/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/host/fault_profile.h"

static void a_fault_is_for_both_directions(void **state)
{
	struct sea_fault_config config;

	assert_null(
		sea_fault_profile_parse("loss=2%,delay=20ms,reorder=1%,duplicate=0.5%", &config));
	assert_int_equal(config.size, sizeof(config));
	assert_int_equal(config.rx.loss_ppm, 20000);
	assert_int_equal(config.tx.loss_ppm, 20000);
	assert_int_equal(config.rx.delay_ns, 20000000);
	assert_int_equal(config.tx.delay_ns, 20000000);
	assert_int_equal(config.tx.reorder_ppm, 10000);
	assert_int_equal(config.rx.duplicate_ppm, 5000);
	assert_int_equal(config.seed, 1);
}

static void a_direction_may_be_named(void **state)
{
	struct sea_fault_config config;

	assert_null(sea_fault_profile_parse(
		"rx:corrupt=1%,tx:rate=10mbit,tx:queue=50,rx:jitter=1ms,seed=77,tx:partition",
		&config));
	assert_int_equal(config.rx.corrupt_ppm, 10000);
	assert_int_equal(config.tx.corrupt_ppm, 0);
	assert_int_equal(config.rx.rate_bps, 0);
	assert_int_equal(config.tx.rate_bps, 10000000);
	assert_int_equal(config.tx.queue_max, 50);
	assert_int_equal(config.rx.jitter_ns, 1000000);
	assert_int_equal(config.tx.jitter_ns, 0);
	assert_int_equal(config.seed, 77);
	assert_true(config.tx.partition);
	assert_false(config.rx.partition);
}

static void what_is_no_fault_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",         "loss",     "loss=",       "loss=2",     "loss=101%", "lost=2%",
		"delay=20", "delay=2h", "rate=0mbit",  "queue=0",    "seed=x",    "rx:seed=1",
		"loss=2%,", ",loss=2%", "partition=1", "zx:loss=2%", "loss=2%;x", "delay=2000000s",
	};
	struct sea_fault_config config;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (!sea_fault_profile_parse(wrong[i], &config))
			fail_msg("'%s' was taken", wrong[i]);
	}
}

static void the_sentence_names_the_word(void **state)
{
	struct sea_fault_config config;
	const char *wrong = sea_fault_profile_parse("delay=1ms,tx:loss=x", &config);

	assert_string_equal(wrong, "'tx:loss' wants a percentage, such as 2%");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fault_is_for_both_directions),
		cmocka_unit_test(a_direction_may_be_named),
		cmocka_unit_test(what_is_no_fault_is_refused),
		cmocka_unit_test(the_sentence_names_the_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
