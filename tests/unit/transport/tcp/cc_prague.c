/* SPDX-License-Identifier: Apache-2.0 */
/* Prague. no-oracle: no Linux has it; the numbers are the draft's and the requirements those of RFC 9331 §4.3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "transport/tcp/cc.h"

#define ROUND_US 25000u

static struct tcp_cc cc;
static struct tcp_cc_marks m;

static void begin(uint32_t rtt_us)
{
	m = (struct tcp_cc_marks){
		.now = { SEA_SEC },
		.srtt_us = rtt_us,
		.min_rtt_us = rtt_us,
	};
	sea_tcp_cc_init(&cc, &sea_tcp_prague, m.now);
	cc.ops->marks(&cc, &m);
}

static int setup(void **state)
{
	(void)state;
	begin(ROUND_US);
	return 0;
}

static void wait_us(int64_t us)
{
	m.now = sea_time_add(m.now, us * SEA_USEC);
}

static void tell(uint32_t segs, uint32_t marked)
{
	m.delivered += segs;
	m.delivered_ce += marked;
	cc.ops->marks(&cc, &m);
}

static void grow(uint32_t segs)
{
	const struct tcp_cc_ack ack = { .acked = segs, .cwnd_limited = true };

	cc.ops->cong_avoid(&cc, &ack);
}

/* All at once, for want of segments in flight. */
static void reduce(void)
{
	cc.prior_cwnd = cc.cwnd;
	cc.cwnd = cc.ssthresh = cc.ops->ssthresh(&cc);
}

static uint32_t told_alpha(void)
{
	struct tcp_cc_info info;

	cc.ops->info(&cc, &m, &info);
	return info.alpha;
}

/* So many round trips of a path that marks one segment of so many; 0: none. */
static void run(unsigned rounds, uint32_t one_of)
{
	static uint32_t since;

	for (unsigned r = 0; r < rounds; r++) {
		uint32_t w = cc.cwnd, gap_ns = m.srtt_us * 1000 / w;

		for (uint32_t i = 0; i < w; i++) {
			bool mark = one_of && ++since >= one_of;

			since = mark ? 0 : since;
			m.now = sea_time_add(m.now, gap_ns);
			tell(1, mark);
			if (mark)
				reduce();
			else
				grow(1);
		}
	}
}

/* In hundredths: a window over many round trips. */
static uint32_t mean_window(unsigned rounds, uint32_t one_of)
{
	uint64_t sum = 0;

	for (unsigned r = 0; r < rounds; r++) {
		run(1, one_of);
		sum += cc.cwnd;
	}
	return (uint32_t)(100 * sum / rounds);
}

static void slow_start_ends_at_half_however_late_the_first_mark(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 50; i++) {
		wait_us(ROUND_US);
		tell(10, 0);
	}
	cc.cwnd = 20;
	tell(2, 1);
	reduce();
	assert_int_equal(cc.cwnd, 10);
	assert_false(sea_tcp_in_slow_start(&cc));
}

static void alpha_follows_the_share_of_marks(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		wait_us(ROUND_US);
		tell(100, 25);
	}
	assert_in_range(told_alpha(), 250, 262);
	for (unsigned i = 0; i < 400; i++) {
		wait_us(ROUND_US);
		tell(100, 0);
	}
	assert_int_equal(told_alpha(), 0);
}

/* RFC9331:4.3: about two marks a round trip, however large the window. */
static void marks_come_as_often_at_any_rate(void **state)
{
	(void)state;
	run(20, 50);
	run(400, 50);
	assert_in_range(mean_window(400, 50), 80 * 100, 125 * 100);
	run(2000, 500);
	assert_in_range(mean_window(400, 500), 800 * 100, 1250 * 100);
}

static uint32_t rate(uint32_t rtt_us)
{
	begin(rtt_us);
	cc.cwnd = cc.ssthresh = 100;
	run(4000, 100);
	return (uint32_t)((uint64_t)mean_window(2000, 100) * 1000 / rtt_us);
}

/* RFC9331:4.3-d: of the same marks, at a fifth of the RTT. Longer ones are as Reno's. */
static void rate_does_not_depend_on_short_rtts(void **state)
{
	uint32_t usual;

	(void)state;
	usual = rate(ROUND_US);
	assert_in_range(rate(ROUND_US / 5), usual * 8 / 10, usual * 12 / 10);
	assert_in_range(rate(2 * ROUND_US), usual * 4 / 10, usual * 6 / 10);
}

/* RFC9331:4.3-b. */
static void loss_halves_whatever_was_marked(void **state)
{
	(void)state;
	tell(10, 1);
	for (unsigned i = 0; i < 400; i++) {
		wait_us(ROUND_US);
		tell(10, 0);
	}
	cc.cwnd = 40;
	reduce();
	assert_in_range(cc.ssthresh, 39, 40);
	sea_tcp_cc_event(&cc, TCP_CC_LOST, m.now, 0);
	assert_int_equal(cc.ssthresh, 20);
	cc.cwnd = 20;
	assert_int_equal(cc.ops->undo_cwnd(&cc), 40);
	cc.prior_cwnd = cc.cwnd;
	sea_tcp_cc_event(&cc, TCP_CC_RTO, m.now, 0);
	assert_int_equal(cc.ssthresh, 10);
}

/* A mark and a loss are signs of the same queue. */
static void mark_and_loss_in_a_round_trip_halve_once(void **state)
{
	(void)state;
	cc.cwnd = 100;
	tell(10, 1);
	reduce();
	assert_int_equal(cc.ssthresh, 50);
	sea_tcp_cc_event(&cc, TCP_CC_LOST, m.now, 0);
	assert_int_equal(cc.ssthresh, 50);
}

static void marks_of_one_round_trip_reduce_once(void **state)
{
	(void)state;
	cc.cwnd = 64;
	tell(10, 1);
	reduce();
	assert_int_equal(cc.cwnd, 32);
	wait_us(ROUND_US - 1);
	tell(10, 10);
	reduce();
	assert_int_equal(cc.cwnd, 32);
	wait_us(1);
	tell(10, 1);
	reduce();
	assert_true(cc.cwnd < 20);
}

static void fractions_of_a_segment_are_kept(void **state)
{
	unsigned last = 0;

	(void)state;
	tell(10, 1);
	for (unsigned i = 0; i < 40; i++) {
		wait_us(ROUND_US);
		tell(100, 0);
	}
	cc.cwnd = cc.ssthresh = 20;
	assert_in_range(told_alpha(), 40, 90); /* two thirds of a segment */
	for (unsigned i = 0; i < 3; i++) {
		wait_us(ROUND_US);
		tell(100, 1);
		reduce();
		last += cc.cwnd < 20 - i;
	}
	assert_in_range(cc.cwnd, 17, 19);
	assert_true(last < 3);
}

static void what_was_marked_opens_no_window(void **state)
{
	(void)state;
	cc.cwnd = cc.ssthresh = 10;
	tell(10, 10);
	grow(10);
	assert_int_equal(cc.cwnd, 10);
	tell(10, 0);
	grow(10);
	assert_int_equal(cc.cwnd, 11);
}

static void window_opens_in_a_reduction_too(void **state)
{
	const struct tcp_cc_ack ack = { .acked = 10, .cwnd_limited = true };

	(void)state;
	cc.cwnd = 20;
	tell(1, 1);
	reduce();
	assert_int_equal(cc.ssthresh, 10);
	tell(10, 0);
	cc.ops->grow_in_cwr(&cc, &ack);
	assert_int_equal(cc.ssthresh, 11);
}

/* Of a queue that is so long, more or less. */
static void round_trips(unsigned n, uint32_t deep_us, uint32_t dev_us, uint32_t marked)
{
	m.srtt_us = m.min_rtt_us + deep_us;
	for (unsigned i = 0; i < n; i++) {
		for (unsigned k = 0; k < 20; k++) {
			const struct tcp_cc_ack ack = { .rtt_us = k % 2 ? m.srtt_us + dev_us
									: m.srtt_us - dev_us };

			cc.ops->acked(&cc, &ack);
		}
		wait_us(m.srtt_us);
		tell(100, marked);
	}
}

/* RFC9331:4.3-c: by how long the queue is and how it varies; as soon as it is sure, marks halve. */
static void marks_of_a_long_queue_are_answered_as_renos(void **state)
{
	(void)state;
	round_trips(100, 300, 100, 2);
	assert_in_range(told_alpha(), 15, 30);
	round_trips(100, 8000, 2000, 2);
	assert_in_range(told_alpha(), 1020, 1024);
	cc.cwnd = 100;
	reduce();
	assert_in_range(cc.cwnd, 50, 51);
	assert_ptr_equal(cc.ops, &sea_tcp_prague);
	round_trips(100, 300, 100, 2);
	assert_in_range(told_alpha(), 15, 30);
}

static void without_marks_no_queue_is_judged(void **state)
{
	(void)state;
	round_trips(100, 300, 100, 2);
	round_trips(100, 8000, 2000, 0);
	round_trips(1, 300, 100, 2);
	assert_in_range(told_alpha(), 0, 30);
}

static void window_stays_at_two_segments(void **state)
{
	(void)state;
	cc.cwnd = 2;
	tell(2, 2);
	reduce();
	assert_int_equal(cc.cwnd, 2);
	sea_tcp_cc_event(&cc, TCP_CC_LOST, m.now, 0);
	assert_int_equal(cc.ssthresh, 2);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(slow_start_ends_at_half_however_late_the_first_mark),
		TEST(alpha_follows_the_share_of_marks),
		TEST(marks_come_as_often_at_any_rate),
		TEST(rate_does_not_depend_on_short_rtts),
		TEST(loss_halves_whatever_was_marked),
		TEST(mark_and_loss_in_a_round_trip_halve_once),
		TEST(marks_of_one_round_trip_reduce_once),
		TEST(fractions_of_a_segment_are_kept),
		TEST(what_was_marked_opens_no_window),
		TEST(window_opens_in_a_reduction_too),
		TEST(marks_of_a_long_queue_are_answered_as_renos),
		TEST(without_marks_no_queue_is_judged),
		TEST(window_stays_at_two_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
