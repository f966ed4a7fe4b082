/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "transport/tcp/rtt.h"

static struct tcp_rtt rtt;
static uint32_t una;

#define WINDOW_NS (300 * SEA_SEC)

static int set_up(void **state)
{
	sea_tcp_rtt_init(&rtt);
	una = 1000;
	return 0;
}

/* One sample in a window of ten: the window ends with every tenth. */
static void sample(uint32_t us)
{
	una += 1;
	sea_tcp_rtt_sample(&rtt, us, sea_seq_of(una), sea_seq_of(una + 9));
	sea_tcp_rtt_min(&rtt, us, WINDOW_NS, (sea_time){ una });
}

/* RFC6298:2.1 */
static void before_a_sample_the_timeout_is_one_second(void **state)
{
	assert_int_equal(rtt.rto_us, 1000000);
	assert_int_equal(sea_tcp_rto_ns(&rtt, 0), SEA_SEC);
	assert_int_equal(tcp_min_rtt_us(&rtt), UINT32_MAX);
}

/* RFC6298:2.2: SRTT = R, RTTVAR = R / 2, RTO = SRTT + 4 RTTVAR. */
static void the_first_sample_sets_srtt_and_half_of_it_as_variance(void **state)
{
	sample(300000);
	assert_int_equal(rtt.srtt_us >> 3, 300000);
	assert_int_equal(rtt.mdev_us >> 2, 150000);
	assert_int_equal(rtt.rto_us, 300000 + 4 * 150000);
}

/* RFC6298:2.4, with Linux's 200 ms as floor of the variance term: ss shows rto:201 at 1 ms. */
static void a_short_round_trip_leaves_the_floor_of_200_ms(void **state)
{
	sample(1000);
	assert_int_equal(rtt.rto_us, 201000);
	for (unsigned i = 0; i < 1000; i++)
		sample(1000);
	assert_int_equal(rtt.rto_us, 201000);
	assert_int_equal(rtt.srtt_us >> 3, 1000);
}

/* RFC6298:2.3: RTTVAR = 3/4 RTTVAR + 1/4 |SRTT - R|, SRTT = 7/8 SRTT + 1/8 R. */
static void a_longer_sample_moves_srtt_by_an_eighth_and_variance_by_a_quarter(void **state)
{
	sample(400000);
	sample(800000);
	assert_int_equal(rtt.srtt_us >> 3, 450000);
	assert_int_equal(rtt.mdev_us >> 2, 200000 * 3 / 4 + 400000 / 4);
	assert_int_equal(rtt.rto_us, 450000 + 4 * 250000);
}

/* As Linux: a deviation downwards beyond the mean one counts an eighth of a quarter. */
static void a_shorter_sample_hardly_raises_the_variance(void **state)
{
	sample(400000);
	sample(100000);
	assert_int_equal(rtt.srtt_us >> 3, 400000 - 300000 / 8);
	assert_int_equal(rtt.mdev_us, 4 * 200000 + (300000 - 200000) / 8);
}

/* Linux's mdev_max: rttvar keeps the worst of a window and decays a quarter a window. */
static void variance_decays_once_a_window_and_not_once_an_ack(void **state)
{
	uint32_t rttvar;

	sample(100000);
	sample(700000);
	rttvar = rtt.rttvar_us;
	assert_int_equal(rttvar, 4 * (50000 * 3 / 4 + 600000 / 4));
	for (unsigned i = 0; i < 8; i++)
		sample(175000);
	assert_int_equal(rtt.rttvar_us, rttvar);
	for (unsigned i = 0; i < 12; i++)
		sample(175000);
	assert_true(rtt.rttvar_us < rttvar);
	for (unsigned i = 0; i < 600; i++)
		sample(175000);
	assert_in_range(rtt.rttvar_us, 200000, 200003);
}

/* RFC6298:5.5, RFC6298:2.5 */
static void each_expiry_doubles_the_timeout_up_to_two_minutes(void **state)
{
	sample(100000);
	assert_int_equal(sea_tcp_rto_ns(&rtt, 0), 300 * SEA_MSEC);
	assert_int_equal(sea_tcp_rto_ns(&rtt, 1), 600 * SEA_MSEC);
	assert_int_equal(sea_tcp_rto_ns(&rtt, 8), 76800 * SEA_MSEC);
	assert_int_equal(sea_tcp_rto_ns(&rtt, 9), 120 * SEA_SEC);
	assert_int_equal(sea_tcp_rto_ns(&rtt, 255), 120 * SEA_SEC);
}

static void absurd_samples_are_bounded(void **state)
{
	sample(UINT32_MAX);
	assert_int_equal(rtt.rto_us, TCP_RTO_MAX_US);
	sample(0);
	assert_true(rtt.rto_us <= TCP_RTO_MAX_US && rtt.srtt_us > 0);
	assert_int_equal(tcp_min_rtt_us(&rtt), 1);
}

static void the_shortest_round_trip_is_forgotten_after_five_minutes(void **state)
{
	sea_tcp_rtt_min(&rtt, 5000, WINDOW_NS, (sea_time){ 0 });
	sea_tcp_rtt_min(&rtt, 9000, WINDOW_NS, (sea_time){ WINDOW_NS });
	assert_int_equal(tcp_min_rtt_us(&rtt), 5000);
	sea_tcp_rtt_min(&rtt, 9000, WINDOW_NS, (sea_time){ WINDOW_NS + 2 * SEA_MSEC });
	assert_int_equal(tcp_min_rtt_us(&rtt), 9000);
	sea_tcp_rtt_min(&rtt, 8000, WINDOW_NS, (sea_time){ WINDOW_NS + 4 * SEA_MSEC });
	assert_int_equal(tcp_min_rtt_us(&rtt), 8000);
}

/* ... for the shortest that was measured since, and not for what came last. */
static void the_second_shortest_takes_its_place(void **state)
{
	sea_tcp_rtt_min(&rtt, 5000, WINDOW_NS, (sea_time){ 0 });
	sea_tcp_rtt_min(&rtt, 6000, WINDOW_NS, (sea_time){ WINDOW_NS / 2 });
	sea_tcp_rtt_min(&rtt, 9000, WINDOW_NS, (sea_time){ WINDOW_NS * 3 / 4 });
	sea_tcp_rtt_min(&rtt, 9500, WINDOW_NS, (sea_time){ WINDOW_NS + 2 * SEA_MSEC });
	assert_int_equal(tcp_min_rtt_us(&rtt), 6000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(before_a_sample_the_timeout_is_one_second, set_up),
		cmocka_unit_test_setup(the_first_sample_sets_srtt_and_half_of_it_as_variance,
				       set_up),
		cmocka_unit_test_setup(a_short_round_trip_leaves_the_floor_of_200_ms, set_up),
		cmocka_unit_test_setup(
			a_longer_sample_moves_srtt_by_an_eighth_and_variance_by_a_quarter, set_up),
		cmocka_unit_test_setup(a_shorter_sample_hardly_raises_the_variance, set_up),
		cmocka_unit_test_setup(variance_decays_once_a_window_and_not_once_an_ack, set_up),
		cmocka_unit_test_setup(each_expiry_doubles_the_timeout_up_to_two_minutes, set_up),
		cmocka_unit_test_setup(absurd_samples_are_bounded, set_up),
		cmocka_unit_test_setup(the_second_shortest_takes_its_place, set_up),
		cmocka_unit_test_setup(the_shortest_round_trip_is_forgotten_after_five_minutes,
				       set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
