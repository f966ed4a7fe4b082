/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transport/tcp/cc.h"

static struct tcp_cc cc;
static struct tcp_cc_ack ack;

static void begin(const struct tcp_cc_ops *ops, uint32_t cwnd, uint32_t ssthresh, uint32_t rtt_us)
{
	ack = (struct tcp_cc_ack){
		.now = { 10 * SEA_SEC },
		.acked = 1,
		.rtt_us = rtt_us,
		.min_rtt_us = rtt_us,
		.srtt_us = rtt_us,
		.pacing_rate = 1448 * 20000000ull / rtt_us, /* some window: ten segments, doubled */
		.cwnd_limited = true,
	};
	sea_tcp_cc_init(&cc, ops, ack.now);
	cc.cwnd = cwnd;
	cc.ssthresh = ssthresh;
}

static void one_ack(void)
{
	if (cc.ops->acked)
		cc.ops->acked(&cc, &ack);
	cc.ops->cong_avoid(&cc, &ack);
}

/* A window of ACKs, spread over one round trip. */
static void one_rtt(void)
{
	uint32_t n = cc.cwnd;

	ack.snd_una = ack.snd_nxt;
	ack.snd_nxt += n;
	for (uint32_t i = 0; i < n; i++) {
		ack.snd_una++;
		ack.now = sea_time_add(ack.now, ack.rtt_us * SEA_USEC / n);
		one_ack();
	}
}

static void reduce(void)
{
	cc.prior_cwnd = cc.cwnd;
	cc.ssthresh = cc.ops->ssthresh(&cc);
	cc.cwnd = cc.ssthresh;
}

static void controllers_are_found_by_name(void **state)
{
	assert_ptr_equal(sea_tcp_cc_find("cubic"), &sea_tcp_cubic);
	assert_ptr_equal(sea_tcp_cc_find("reno"), &sea_tcp_reno);
	assert_null(sea_tcp_cc_find("vegas"));
	for (unsigned i = 0; sea_tcp_cc_at(i); i++)
		assert_ptr_equal(sea_tcp_cc_find(sea_tcp_cc_at(i)->name), sea_tcp_cc_at(i));
}

/* RFC6928:2, RFC5681:3.1 */
static void a_connection_begins_with_ten_segments_in_slow_start(void **state)
{
	sea_tcp_cc_init(&cc, &sea_tcp_cubic, SEA_TIME_ZERO);
	assert_int_equal(cc.cwnd, 10);
	assert_true(sea_tcp_in_slow_start(&cc));
}

/* RFC5681:3.1, RFC9293:MUST-19 */
static void slow_start_doubles_each_round_trip_up_to_ssthresh(void **state)
{
	begin(&sea_tcp_reno, 10, 50, 100000);
	one_rtt();
	assert_int_equal(cc.cwnd, 20);
	one_rtt();
	assert_int_equal(cc.cwnd, 40);
	ack.acked = 15;
	one_ack();
	assert_int_equal(cc.cwnd, 50);
	assert_int_equal(cc.cwnd_cnt, 5); /* what was left over counts on */
}

/* RFC5681:3.1, RFC9293:MUST-19 */
static void congestion_avoidance_adds_one_segment_a_round_trip(void **state)
{
	begin(&sea_tcp_reno, 20, 10, 100000);
	for (unsigned i = 1; i <= 30; i++) {
		one_rtt();
		assert_int_equal(cc.cwnd, 20 + i);
	}
	ack.acked = 0;
	one_ack();
	assert_int_equal(cc.cwnd, 50);
}

/* RFC7661:4.1 */
static void a_window_that_was_not_used_does_not_grow(void **state)
{
	ack.cwnd_limited = false;
	for (unsigned i = 0; sea_tcp_cc_at(i); i++) {
		if (sea_tcp_cc_at(i)->model)
			continue; /* by other rules */
		begin(sea_tcp_cc_at(i), 10, 1000, 100000);
		ack.cwnd_limited = false;
		one_rtt();
		assert_int_equal(cc.cwnd, 10);
	}
}

/* RFC5681:3.1, RFC9438:4.6 */
static void a_loss_halves_reno_and_takes_three_tenths_from_cubic(void **state)
{
	begin(&sea_tcp_reno, 100, 50, 100000);
	assert_int_equal(cc.ops->ssthresh(&cc), 50);
	begin(&sea_tcp_cubic, 100, 50, 100000);
	assert_int_equal(cc.ops->ssthresh(&cc), 70);
	for (unsigned i = 0; sea_tcp_cc_at(i); i++) {
		if (sea_tcp_cc_at(i)->model)
			continue; /* by other rules */
		begin(sea_tcp_cc_at(i), 2, 50, 100000);
		assert_int_equal(cc.ops->ssthresh(&cc), 2);
		cc.cwnd = 1;
		assert_int_equal(cc.ops->ssthresh(&cc), 2);
	}
}

static void undo_gives_the_window_before_the_loss_back(void **state)
{
	for (unsigned i = 0; sea_tcp_cc_at(i); i++) {
		if (sea_tcp_cc_at(i)->model)
			continue; /* by other rules */
		begin(sea_tcp_cc_at(i), 100, 50, 100000);
		reduce();
		assert_int_equal(cc.ops->undo_cwnd(&cc), 100);
		cc.cwnd = 150;
		assert_int_equal(cc.ops->undo_cwnd(&cc), 150);
	}
}

static void the_window_never_passes_its_clamp(void **state)
{
	for (unsigned i = 0; sea_tcp_cc_at(i); i++) {
		if (sea_tcp_cc_at(i)->model)
			continue; /* by other rules */
		begin(sea_tcp_cc_at(i), 10, 40, 100000);
		cc.cwnd_clamp = 33;
		for (unsigned k = 0; k < 50; k++)
			one_rtt();
		assert_int_equal(cc.cwnd, 33);
	}
}

/* W(t) of RFC 9438 §4.2 in floating point; K in seconds by bisection. */
static double w_cubic(double t, double w_max, double cwnd)
{
	double lo = 0, hi = 1000;

	for (unsigned i = 0; i < 60; i++) {
		double k = (lo + hi) / 2;

		if (0.4 * k * k * k < w_max - cwnd)
			lo = k;
		else
			hi = k;
	}
	return 0.4 * (t - lo) * (t - lo) * (t - lo) + w_max;
}

/* RFC9438:4.2, RFC9438:4.4, RFC9438:4.5, RFC9293:MAY-18 */
static void cubic_follows_its_cubic_function(void **state)
{
	begin(&sea_tcp_cubic, 1000, 500, 100000);
	reduce();
	assert_int_equal(cc.cwnd, 700);
	for (unsigned i = 1; i <= 150; i++) {
		double expected;

		one_rtt();
		expected = w_cubic(i * 0.1, 1000, 700);
		assert_true(cc.cwnd >= expected * 0.985 - 2 && cc.cwnd <= expected * 1.015 + 2);
	}
	assert_true(cc.cwnd > 1070); /* past the plateau at 9.1 s it probes faster and faster */
}

/* RFC9438:4.3 */
static void cubic_is_not_slower_than_reno_on_short_paths(void **state)
{
	begin(&sea_tcp_cubic, 20, 10, 10000);
	reduce();
	assert_int_equal(cc.cwnd, 14);
	for (unsigned i = 0; i < 100; i++)
		one_rtt();
	/* alpha = 3 (1 - beta) / (1 + beta) = 0.53 a round trip */
	assert_in_range(cc.cwnd, 14 + 48, 14 + 60);
}

/* RFC9438:4.7 */
static void fast_convergence_gives_up_more_after_a_second_loss(void **state)
{
	begin(&sea_tcp_cubic, 1000, 500, 100000);
	reduce();
	reduce(); /* at 700, below the last maximum: W_max = 700 (1 + beta) / 2 = 595 */
	for (unsigned i = 0; i < 70; i++)
		one_rtt();
	/* K = cbrt(105 / 0.4) = 6.4 s: the plateau lies at 595, not at 700 */
	assert_in_range(cc.cwnd, 588, 602);
}

/* RFC9438:5.8 */
static void cubic_does_not_count_the_time_it_was_idle(void **state)
{
	uint32_t before;

	begin(&sea_tcp_cubic, 1000, 500, 100000);
	reduce();
	for (unsigned i = 0; i < 20; i++)
		one_rtt();
	before = cc.cwnd;
	ack.now = sea_time_add(ack.now, 60 * SEA_SEC);
	sea_tcp_cc_event(&cc, TCP_CC_TX_START, ack.now, 60 * SEA_SEC);
	one_rtt();
	assert_in_range(cc.cwnd, before, before + 20);
}

/* A minute late without the event, for contrast: growth is capped at half a segment an ACK. */
static void cubic_grows_by_at_most_half_of_what_is_acknowledged(void **state)
{
	begin(&sea_tcp_cubic, 1000, 500, 100000);
	reduce();
	one_rtt();
	ack.now = sea_time_add(ack.now, 3600 * SEA_SEC);
	one_rtt();
	assert_in_range(cc.cwnd, 1000, 700 * 3 / 2 + 50);
}

static void a_timeout_makes_cubic_forget(void **state)
{
	begin(&sea_tcp_cubic, 1000, 500, 100000);
	reduce();
	sea_tcp_cc_event(&cc, TCP_CC_LOSS, ack.now, 0);
	for (size_t i = 0; i < sizeof(cc.priv); i++)
		assert_int_equal(cc.priv[i], 0);
}

static void hystart_leaves_slow_start_when_the_delay_rises(void **state)
{
	begin(&sea_tcp_cubic, 16, TCP_SSTHRESH_INFINITE, 40000);
	ack.rtt_us = 40000;
	for (uint32_t i = 0; i < 16; i++) { /* a round of its own, ACKs far apart: no train */
		ack.snd_nxt = ack.snd_una + 100;
		ack.now = sea_time_add(ack.now, 5 * SEA_MSEC);
		ack.snd_una++;
		one_ack();
	}
	assert_int_equal(cc.exit, TCP_CC_EXIT_NONE);
	ack.snd_una += 200;
	ack.snd_nxt = ack.snd_una + 100;
	ack.rtt_us = 46000; /* the margin at 40 ms is 5 ms */
	for (uint32_t i = 0; i < 8; i++) {
		ack.now = sea_time_add(ack.now, 5 * SEA_MSEC);
		one_ack();
		assert_int_equal(cc.exit, TCP_CC_EXIT_NONE);
	}
	one_ack();
	assert_int_equal(cc.exit, TCP_CC_EXIT_DELAY);
	assert_false(sea_tcp_in_slow_start(&cc));
}

static void hystart_leaves_slow_start_when_a_train_of_acks_fills_half_a_round_trip(void **state)
{
	unsigned n = 0;

	begin(&sea_tcp_cubic, 64, TCP_SSTHRESH_INFINITE, 40000);
	ack.snd_nxt = 1000000;
	for (; cc.exit == TCP_CC_EXIT_NONE && n < 100; n++) {
		ack.now = sea_time_add(ack.now, SEA_MSEC);
		one_ack();
	}
	assert_int_equal(cc.exit, TCP_CC_EXIT_TRAIN);
	assert_in_range(n, 20, 24);
}

/* Segments that leave apart from each other are acknowledged apart: such a train means less. */
static void hystart_takes_a_whole_round_trip_of_what_is_paced(void **state)
{
	unsigned n = 0;

	begin(&sea_tcp_cubic, 64, TCP_SSTHRESH_INFINITE, 40000);
	ack.snd_nxt = 1000000;
	ack.paced = true;
	for (; cc.exit == TCP_CC_EXIT_NONE && n < 100; n++) {
		ack.now = sea_time_add(ack.now, SEA_MSEC);
		one_ack();
	}
	assert_int_equal(cc.exit, TCP_CC_EXIT_TRAIN);
	assert_in_range(n, 41, 45);
}

/* Rounds are counted from the beginning: the train that is long at sixteen segments began before. */
static void hystart_knows_when_a_round_began_that_it_did_not_judge(void **state)
{
	begin(&sea_tcp_cubic, 8, TCP_SSTHRESH_INFINITE, 40000);
	ack.snd_nxt = 1000000;
	for (unsigned n = 0; n < 30; n++) {
		ack.now = sea_time_add(ack.now, SEA_MSEC);
		cc.ops->acked(&cc, &ack);
		assert_int_equal(cc.exit, TCP_CC_EXIT_NONE);
	}
	cc.cwnd = 16;
	ack.snd_una = 999999;
	cc.ops->acked(&cc, &ack);
	assert_int_equal(cc.exit, TCP_CC_EXIT_NONE); /* no train was looked for, so none goes on */
	ack.snd_una = 1000001;
	cc.ops->acked(&cc, &ack);
	ack.now = sea_time_add(ack.now, SEA_MSEC);
	cc.ops->acked(&cc, &ack);
	assert_int_equal(cc.exit, TCP_CC_EXIT_NONE);
}

static void hystart_waits_for_sixteen_segments(void **state)
{
	begin(&sea_tcp_cubic, 2, TCP_SSTHRESH_INFINITE, 1000);
	ack.snd_nxt = 1000000;
	for (unsigned n = 0; n < 12; n++) {
		ack.rtt_us += 5000;
		ack.now = sea_time_add(ack.now, SEA_MSEC);
		one_ack();
		assert_int_equal(cc.exit, TCP_CC_EXIT_NONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(controllers_are_found_by_name),
		cmocka_unit_test(a_connection_begins_with_ten_segments_in_slow_start),
		cmocka_unit_test(slow_start_doubles_each_round_trip_up_to_ssthresh),
		cmocka_unit_test(congestion_avoidance_adds_one_segment_a_round_trip),
		cmocka_unit_test(a_window_that_was_not_used_does_not_grow),
		cmocka_unit_test(a_loss_halves_reno_and_takes_three_tenths_from_cubic),
		cmocka_unit_test(undo_gives_the_window_before_the_loss_back),
		cmocka_unit_test(the_window_never_passes_its_clamp),
		cmocka_unit_test(cubic_follows_its_cubic_function),
		cmocka_unit_test(cubic_is_not_slower_than_reno_on_short_paths),
		cmocka_unit_test(fast_convergence_gives_up_more_after_a_second_loss),
		cmocka_unit_test(cubic_does_not_count_the_time_it_was_idle),
		cmocka_unit_test(cubic_grows_by_at_most_half_of_what_is_acknowledged),
		cmocka_unit_test(a_timeout_makes_cubic_forget),
		cmocka_unit_test(hystart_leaves_slow_start_when_the_delay_rises),
		cmocka_unit_test(
			hystart_leaves_slow_start_when_a_train_of_acks_fills_half_a_round_trip),
		cmocka_unit_test(hystart_takes_a_whole_round_trip_of_what_is_paced),
		cmocka_unit_test(hystart_knows_when_a_round_began_that_it_did_not_judge),
		cmocka_unit_test(hystart_waits_for_sixteen_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
