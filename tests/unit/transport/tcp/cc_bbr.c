/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BBR (version 1, as Linux has it) over a bottleneck of one segment of 1000 bytes a millisecond and 100 ms, 1 MB/s: each
 * mode, and what makes it give way to the next. Gains are in 1/256.
 */
#include "tests/unit/transport/tcp/pipe.h"
#include "transport/tcp/bbr.h"

#define NS SEA_MSEC
#define RTT (100 * SEA_MSEC)
#define BDP 100u
#define RATE 1000000u /* bytes a second */
#define DEEP 100000u

static struct tcp_bbr *b;

static int setup(void **state)
{
	(void)state;
	b = pipe_new(&sea_tcp_bbr, NS, RTT, DEEP);
	return 0;
}

static bool run_until(enum tcp_bbr_mode mode, int64_t ns)
{
	sea_time end = sea_time_add(pipe.now, ns);

	while (b->mode != mode)
		if (!pipe_step(end))
			return false;
	return true;
}

static void cruise(void)
{
	assert_true(run_until(BBR_PROBE_BW, 5 * SEA_SEC));
}

static void assert_about(uint64_t is, uint64_t wanted, uint64_t percent)
{
	assert_in_range(is, wanted * (100 - percent) / 100, wanted * (100 + percent) / 100);
}

/* -- the beginning -- */

/* 10 segments in the round trip of the handshake, 2.89 times, less 1%. */
static void the_first_rate_is_of_the_handshakes_round_trip(void **state)
{
	(void)state;
	assert_int_equal(b->model.pacing_rate, 285662);
	assert_int_equal(pipe.cc.ssthresh, TCP_SSTHRESH_INFINITE);
	assert_int_equal(pipe.cc.cwnd, TCP_CWND_INIT);
}

static void without_a_round_trip_it_is_that_of_a_millisecond(void **state)
{
	struct tcp_path p;

	(void)state;
	pipe_look(&p);
	p.srtt_us = 0;
	memset(b, 0, sizeof(*b));
	pipe.cc.ops->model->begin(&pipe.cc, &p);
	assert_about(b->model.pacing_rate, 28579687, 1);
	/* The first that is measured sets it right, downwards, too. */
	pipe_look(&p);
	p.acked = 1;
	pipe.cc.ops->model->ack(&pipe.cc, &p);
	assert_about(b->model.pacing_rate, 285801, 11);
}

static void the_program_may_ask_for_less(void **state)
{
	struct tcp_path p;

	(void)state;
	pipe_look(&p);
	p.max_pacing_rate = 50000;
	memset(b, 0, sizeof(*b));
	pipe.cc.ops->model->begin(&pipe.cc, &p);
	assert_int_equal(b->model.pacing_rate, 50000);
	assert_int_equal(pipe.cc.ops->model->min_tso_segs(&pipe.cc), 1);
	b->model.pacing_rate = 150000;
	assert_int_equal(pipe.cc.ops->model->min_tso_segs(&pipe.cc), 2);
}

static void startup_doubles_each_round(void **state)
{
	(void)state;
	pipe_run(RTT + 50 * SEA_MSEC);
	assert_int_equal(pipe.cc.cwnd, 2 * TCP_CWND_INIT);
	pipe_run(RTT);
	assert_in_range(pipe.cc.cwnd, 3 * TCP_CWND_INIT, 4 * TCP_CWND_INIT);
	assert_int_equal(b->pacing_gain, 739);
	assert_int_equal(b->cwnd_gain, 739);
	assert_int_equal(b->mode, BBR_STARTUP);
}

static void three_rounds_without_growth_end_it(void **state)
{
	uint32_t rounds;

	(void)state;
	while (!b->full_bw_rounds)
		assert_true(pipe_step(SEA_TIME_NEVER));
	rounds = b->rounds;
	assert_about(tcp_bbr_max_bw(b) * UINT64_C(1000), BBR_BW_ONE, 2);
	assert_true(run_until(BBR_DRAIN, 5 * SEA_SEC));
	assert_int_equal(b->rounds, rounds + 2);
	assert_true(b->full_bw_reached);
}

/* The window of a BDP is noted down, with room for bursts: three of two segments. */
static void drain_lasts_until_a_bdp_is_in_flight(void **state)
{
	(void)state;
	assert_true(run_until(BBR_DRAIN, 5 * SEA_SEC));
	assert_int_equal(pipe.cc.ssthresh, BDP + 6);
	assert_true(pipe_in_flight() > 2 * BDP);
	assert_int_equal(b->pacing_gain, 88);
	assert_int_equal(b->cwnd_gain, 739);
	assert_true(b->model.pacing_rate < RATE * 35 / 100);
	cruise();
	assert_in_range(pipe_in_flight(), BDP,
			BDP + 12); /* less what leaves until the next departs */
	assert_int_equal(b->cwnd_gain, 512);
}

static void what_the_program_limits_does_not_end_startup(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		pipe.to_send = 8;
		pipe_run(150 * SEA_MSEC);
	}
	assert_int_equal(b->mode, BBR_STARTUP);
	assert_int_equal(b->full_bw_rounds, 0);
}

/* -- PROBE_BW -- */

/* 5/4 for a round trip and more, 3/4 until the queue is gone, then 1 six times, each a round trip. */
static void probing_goes_through_eight_gains(void **state)
{
	static const uint16_t gain[] = { 320, 192, 256, 256, 256, 256, 256, 256 };
	sea_time began;

	(void)state;
	cruise();
	while (b->phase)
		assert_true(pipe_step(SEA_TIME_NEVER));
	for (uint8_t i = 0; i < 16; i++) {
		assert_int_equal(b->phase, i % 8);
		assert_int_equal(b->pacing_gain, gain[i % 8]);
		began = pipe.now;
		while (b->phase == i % 8)
			assert_true(pipe_step(SEA_TIME_NEVER));
		if (i % 8 != 1)
			assert_true(sea_time_diff(pipe.now, began) > RTT);
	}
	assert_about(tcp_bbr_max_bw(b) * UINT64_C(1000), BBR_BW_ONE, 2);
}

/* Any phase but the second, by chance. */
static void it_begins_in_any_phase_but_the_one_that_drains(void **state)
{
	unsigned seen = 0;

	(void)state;
	for (unsigned i = 1; i < 60; i++) {
		setup(NULL);
		b->model.random = i * 2654435761u;
		cruise();
		seen |= 1u << b->phase;
	}
	assert_int_equal(seen, 0xfd);
}

static void the_window_is_two_bdp(void **state)
{
	(void)state;
	cruise();
	pipe_run(2 * SEA_SEC);
	assert_in_range(pipe.cc.cwnd, 2 * BDP, 2 * BDP + 12);
	assert_about(b->model.pacing_rate, RATE, 30);
}

/* Over the whole path, most of the time without a queue. */
static void it_fills_the_path(void **state)
{
	uint32_t before;

	(void)state;
	cruise();
	pipe_run(SEA_SEC);
	before = pipe.delivered;
	pipe.queue_most = 0;
	pipe_run(6 * SEA_SEC);
	assert_about(pipe.delivered - before, 6000, 3);
	assert_true(pipe.queue_most < BDP / 2);
}

static void more_bandwidth_is_found_by_probing(void **state)
{
	(void)state;
	cruise();
	pipe.ns = NS / 2;
	pipe_run(9 * SEA_SEC);
	assert_about(tcp_bbr_max_bw(b) * UINT64_C(1000), 2 * BBR_BW_ONE, 5);
}

static void less_is_believed_after_ten_rounds(void **state)
{
	(void)state;
	cruise();
	pipe_run(SEA_SEC);
	pipe.ns = 2 * NS;
	pipe_run(5 * SEA_SEC);
	assert_about(tcp_bbr_max_bw(b) * UINT64_C(1000), BBR_BW_ONE / 2, 5);
}

/* -- PROBE_RTT -- */

static void after_ten_seconds_it_waits_with_four_segments(void **state)
{
	sea_time began;
	uint32_t before;

	(void)state;
	cruise();
	pipe_run(3 * SEA_SEC);
	pipe.rtt_ns = 120 * SEA_MSEC; /* longer: nothing renews the shortest */
	assert_true(run_until(BBR_PROBE_RTT, 12 * SEA_SEC));
	before = b->prior_cwnd;
	assert_int_equal(pipe.cc.cwnd, BBR_CWND_MIN);
	assert_true(before > 2 * BDP);
	while (!b->probe_rtt_done.ns)
		assert_true(pipe_step(SEA_TIME_NEVER));
	assert_true(pipe_in_flight() <= 4);
	began = pipe.now;
	assert_int_equal(b->pacing_gain, 256);
	assert_true(pipe.last.limits_itself);
	cruise();
	assert_true(sea_time_diff(pipe.now, began) >= 200 * SEA_MSEC);
	assert_true(sea_time_diff(pipe.now, began) < 450 * SEA_MSEC);
	assert_true(pipe.cc.cwnd >= before);
	assert_about(b->min_rtt_us, 121000, 1);
}

/* As after a pause, when no queue stands. */
static void a_shorter_round_trip_puts_it_off(void **state)
{
	(void)state;
	cruise();
	for (unsigned i = 0; i < 4; i++) {
		pipe.to_send = 1;
		pipe_run(SEA_SEC);
		pipe.rtt_ns -= SEA_MSEC;
		pipe.to_send = UINT32_MAX;
		assert_false(run_until(BBR_PROBE_RTT, 4 * SEA_SEC));
		assert_about(b->min_rtt_us, 100000 - i * 1000, 1);
	}
}

/* Before the path was full it goes back to STARTUP. */
static void it_comes_back_to_where_it_was(void **state)
{
	(void)state;
	pipe_run(150 * SEA_MSEC);
	b->min_rtt_at = SEA_TIME_ZERO;
	pipe.now = sea_time_add(pipe.now, 11 * SEA_SEC);
	pipe.seg[pipe.head % PIPE_MAX].ack_at = pipe.now;
	assert_true(run_until(BBR_PROBE_RTT, SEA_SEC));
	assert_true(run_until(BBR_STARTUP, 2 * SEA_SEC));
}

/* An ACK that may have waited is no measure of the path. */
static void a_delayed_ack_does_not_set_the_round_trip(void **state)
{
	struct tcp_path p;

	(void)state;
	cruise();
	pipe_look(&p);
	p.now = sea_time_add(p.now, 11 * SEA_SEC);
	p.rtt_us = 300000;
	p.ack_delayed = true;
	pipe.cc.ops->model->ack(&pipe.cc, &p);
	assert_about(b->min_rtt_us, 100000, 2);
	b->min_rtt_at = SEA_TIME_ZERO;
	p.ack_delayed = false;
	pipe.cc.ops->model->ack(&pipe.cc, &p);
	assert_int_equal(b->min_rtt_us, 300000);
}

/* -- after a pause -- */

static void after_a_pause_it_sends_at_the_rate_of_the_path(void **state)
{
	(void)state;
	cruise();
	pipe_run(SEA_SEC);
	pipe.to_send = 1;
	pipe_run(SEA_SEC);
	assert_int_equal(pipe_in_flight(), 0);
	b->model.pacing_rate = 1;
	pipe.next_send = pipe.now;
	pipe.to_send = UINT32_MAX;
	assert_true(pipe_step(SEA_TIME_NEVER));
	assert_about(b->model.pacing_rate, RATE * 99 / 100, 2);
	assert_true(b->idle_restart);
	/* Who was away for long need not look for the shortest round trip now. */
	b->min_rtt_at = SEA_TIME_ZERO;
	while (b->idle_restart)
		assert_true(pipe_step(SEA_TIME_NEVER));
	assert_int_equal(b->mode, BBR_PROBE_BW);
}

static void a_pause_may_end_probe_rtt(void **state)
{
	struct tcp_path p;

	(void)state;
	cruise();
	b->mode = BBR_PROBE_RTT;
	b->prior_cwnd = 77;
	pipe.cc.cwnd = 4;
	b->probe_rtt_done = sea_time_add(pipe.now, SEA_MSEC);
	pipe_look(&p);
	pipe.cc.ops->model->restart(&pipe.cc, &p);
	assert_int_equal(b->mode, BBR_PROBE_RTT);
	p.now = sea_time_add(p.now, 2 * SEA_MSEC);
	pipe.cc.ops->model->restart(&pipe.cc, &p);
	assert_int_equal(b->mode, BBR_PROBE_BW);
	assert_int_equal(pipe.cc.cwnd, 77);
}

/* -- the bytes of TCP_CC_INFO -- */

static void cc_info_is_bandwidth_round_trip_and_gains(void **state)
{
	uint32_t info[5];

	(void)state;
	cruise();
	pipe_run(2 * SEA_SEC);
	assert_int_equal(pipe.cc.ops->model->info(&pipe.cc, PIPE_MSS, info), sizeof(info));
	assert_about(info[0], RATE, 2);
	assert_int_equal(info[1], 0);
	assert_about(info[2], 100000, 2);
	assert_int_equal(info[3], b->pacing_gain);
	assert_int_equal(info[4], 512);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_rate_is_of_the_handshakes_round_trip),
		TEST(without_a_round_trip_it_is_that_of_a_millisecond),
		TEST(the_program_may_ask_for_less),
		TEST(startup_doubles_each_round),
		TEST(three_rounds_without_growth_end_it),
		TEST(drain_lasts_until_a_bdp_is_in_flight),
		TEST(what_the_program_limits_does_not_end_startup),
		TEST(probing_goes_through_eight_gains),
		TEST(it_begins_in_any_phase_but_the_one_that_drains),
		TEST(the_window_is_two_bdp),
		TEST(it_fills_the_path),
		TEST(more_bandwidth_is_found_by_probing),
		TEST(less_is_believed_after_ten_rounds),
		TEST(after_ten_seconds_it_waits_with_four_segments),
		TEST(a_shorter_round_trip_puts_it_off),
		TEST(it_comes_back_to_where_it_was),
		TEST(a_delayed_ack_does_not_set_the_round_trip),
		TEST(after_a_pause_it_sends_at_the_rate_of_the_path),
		TEST(a_pause_may_end_probe_rtt),
		TEST(cc_info_is_bandwidth_round_trip_and_gains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
