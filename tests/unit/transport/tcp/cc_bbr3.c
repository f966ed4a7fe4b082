/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BBR version 3 by draft-ietf-ccwg-bbr, section by section, over a bottleneck of one segment of 1000 bytes a millisecond
 * and 100 ms. no-oracle: this kernel has version 1 alone; the numbers are the draft's. Gains are in 1/256.
 */
#include "tests/unit/transport/tcp/pipe.h"
#include "transport/tcp/bbr3.h"

#define NS SEA_MSEC
#define RTT (100 * SEA_MSEC)
#define BDP 100u
#define RATE 1000000u /* bytes a second */
#define DEEP 100000u

static struct tcp_bbr3 *b;

static int setup(void **state)
{
	(void)state;
	b = pipe_new(&sea_tcp_bbr3, NS, RTT, DEEP);
	return 0;
}

static bool run_until(enum tcp_bbr3_state state, int64_t ns)
{
	sea_time end = sea_time_add(pipe.now, ns);

	while (b->state != state)
		if (!pipe_step(end))
			return false;
	return true;
}

static void cruise(void)
{
	assert_true(run_until(BBR3_CRUISE, 8 * SEA_SEC));
}

static void assert_about(uint64_t is, uint64_t wanted, uint64_t percent)
{
	assert_in_range(is, wanted * (100 - percent) / 100, wanted * (100 + percent) / 100);
}

/* -- Startup and Drain -- */

/* InitPacingRate: 2.77 times ten segments in the round trip of the handshake. */
static void startup_begins_at_the_handshakes_rate(void **state)
{
	(void)state;
	assert_about(b->model.pacing_rate, 277000, 1);
	assert_int_equal(b->state, BBR3_STARTUP);
	assert_int_equal(b->pacing_gain, 709);
	assert_int_equal(b->cwnd_gain, 512);
	assert_int_equal(pipe.cc.ops->model->min_tso_segs(&pipe.cc), 2);
	assert_int_equal(pipe.cc.ssthresh, TCP_SSTHRESH_INFINITE);
}

static void startup_doubles_each_round(void **state)
{
	(void)state;
	pipe_run(RTT + 50 * SEA_MSEC);
	assert_int_equal(pipe.cc.cwnd, 2 * TCP_CWND_INIT);
	pipe_run(RTT);
	assert_in_range(pipe.cc.cwnd, 3 * TCP_CWND_INIT, 4 * TCP_CWND_INIT);
}

/* CheckFullBWReached */
static void three_rounds_without_growth_end_startup(void **state)
{
	uint32_t rounds;

	(void)state;
	while (!b->full_bw_count)
		assert_true(pipe_step(SEA_TIME_NEVER));
	rounds = b->round_count;
	assert_true(run_until(BBR3_DRAIN, 5 * SEA_SEC));
	assert_int_equal(b->round_count, rounds + 2);
	assert_true(b->full_bw_reached);
	assert_int_equal(b->pacing_gain, 128);
	assert_int_equal(b->cwnd_gain, 512);
}

static void what_the_program_limits_does_not_end_startup(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 30; i++) {
		pipe.to_send = 8;
		pipe_run(150 * SEA_MSEC);
	}
	assert_false(b->full_bw_reached);
	assert_int_equal(b->full_bw_count, 0);
}

/* Exiting Startup Based on Packet Loss: a round of recovery, more than 2%, six places. */
static void loss_in_many_places_ends_startup(void **state)
{
	(void)state;
	pipe.drop_every = 10;
	assert_true(run_until(BBR3_DRAIN, 5 * SEA_SEC));
	assert_true(b->full_bw_reached && b->inflight_longterm != BBR3_NO_BOUND);
	assert_true(b->inflight_longterm >= b->inflight_latest);
	assert_int_equal(b->undo_state, BBR3_STARTUP);
}

static void a_few_losses_do_not(void **state)
{
	(void)state;
	pipe.drop_every = 100;
	while (!b->full_bw_reached)
		assert_true(pipe_step(SEA_TIME_NEVER));
	assert_true(b->full_bw_now);
	assert_int_equal(b->inflight_longterm, BBR3_NO_BOUND);
}

/* Drain: until a BDP is in flight, or three rounds have gone by. */
static void drain_ends_with_a_bdp_in_flight(void **state)
{
	(void)state;
	assert_true(run_until(BBR3_DRAIN, 5 * SEA_SEC));
	cruise(); /* by way of DOWN, where nothing is left to be done */
	assert_in_range(pipe_in_flight(), BDP - 10, BDP + 10);
}

static void drain_ends_after_three_rounds(void **state)
{
	struct tcp_path p;

	(void)state;
	assert_true(run_until(BBR3_DRAIN, 5 * SEA_SEC));
	b->round_count = b->drain_start_round + 4;
	pipe_look(&p);
	p.in_flight = 10 * BDP;
	pipe.cc.ops->model->ack(&pipe.cc, &p);
	assert_int_equal(b->state, BBR3_DOWN);
}

/* -- ProbeBW -- */

static void probing_goes_through_four_states(void **state)
{
	static const struct {
		enum tcp_bbr3_state state;
		uint32_t pacing, cwnd;
	} each[] = { { BBR3_REFILL, 256, 512 },
		     { BBR3_UP, 320, 576 },
		     { BBR3_DOWN, 230, 512 },
		     { BBR3_CRUISE, 256, 512 } };
	sea_time began;

	(void)state;
	cruise();
	for (unsigned i = 0; i < 8; i++) {
		began = pipe.now;
		assert_true(run_until(each[i % 4].state, 5 * SEA_SEC));
		assert_int_equal(b->pacing_gain, each[i % 4].pacing);
		assert_int_equal(b->cwnd_gain, each[i % 4].cwnd);
		if (each[i % 4].state == BBR3_UP) /* after one round of REFILL */
			assert_in_range(sea_time_diff(pipe.now, began), RTT, RTT * 3 / 2);
	}
}

/* The bounds of time: two to three seconds since DOWN began. */
static void the_next_probe_comes_after_two_to_three_seconds(void **state)
{
	int64_t waited;

	(void)state;
	cruise();
	assert_in_range(b->bw_probe_wait_ns, 2 * SEA_SEC, 3 * SEA_SEC);
	assert_true(run_until(BBR3_REFILL, 8 * SEA_SEC));
	waited = sea_time_diff(pipe.now, b->cycle_stamp);
	assert_in_range(waited, b->bw_probe_wait_ns, b->bw_probe_wait_ns + RTT);
}

/* IsRenoCoexistenceProbeTime: with a BDP of ten segments ten rounds are enough. */
static void it_comes_as_soon_as_reno_would_have_grown(void **state)
{
	(void)state;
	b = pipe_new(&sea_tcp_bbr3, 10 * NS, RTT, DEEP);
	cruise();
	assert_true(run_until(BBR3_REFILL, 5 * SEA_SEC));
	assert_true(sea_time_diff(pipe.now, b->cycle_stamp) < 19 * RTT);
}

static void it_fills_the_path(void **state)
{
	uint32_t before;

	(void)state;
	cruise();
	before = pipe.delivered;
	pipe.queue_most = 0;
	pipe_run(4 * SEA_SEC);
	assert_about(pipe.delivered - before, 4000, 6); /* ProbeRTT costs a little */
	assert_true(pipe.queue_most < BDP);
}

static void more_bandwidth_is_found_by_probing(void **state)
{
	(void)state;
	cruise();
	pipe.ns = NS / 2;
	pipe_run(9 * SEA_SEC);
	assert_about(sea_tcp_bbr3_max_bw(b) * UINT64_C(1000), 2 * BBR_BW_ONE, 10);
}

/* MaxBwFilterLen: this cycle and the one before. */
static void less_is_believed_after_two_cycles(void **state)
{
	(void)state;
	cruise();
	pipe.ns = 2 * NS;
	pipe_run(20 * SEA_SEC);
	assert_about(sea_tcp_bbr3_max_bw(b) * UINT64_C(1000), BBR_BW_ONE / 2, 5);
}

/* -- ProbeRTT -- */

/* Every 5 s, half a BDP for 200 ms and a round; the bound of the round trip is forgotten after 10 s alone. */
static void every_five_seconds_half_a_bdp(void **state)
{
	sea_time began;

	(void)state;
	cruise();
	pipe.rtt_ns += 5 * SEA_MSEC;
	assert_true(run_until(BBR3_PROBE_RTT, 6 * SEA_SEC));
	assert_int_equal(b->pacing_gain, 256);
	assert_int_equal(b->cwnd_gain, 128);
	assert_in_range(pipe.cc.cwnd, BDP / 2 - 6, BDP / 2 + 6);
	assert_true(pipe.last.limits_itself);
	while (!b->probe_rtt_done_stamp.ns)
		assert_true(pipe_step(SEA_TIME_NEVER));
	began = pipe.now;
	assert_true(run_until(BBR3_CRUISE, 2 * SEA_SEC));
	assert_in_range(sea_time_diff(pipe.now, began), 200 * SEA_MSEC, 450 * SEA_MSEC);
	assert_true(pipe.cc.cwnd > BDP);
	assert_about(b->min_rtt_us, 101000, 1);
}

static void before_the_path_was_full_it_goes_back_to_startup(void **state)
{
	struct tcp_path p;

	(void)state;
	pipe_run(150 * SEA_MSEC);
	sea_tcp_bbr3_enter(b, BBR3_PROBE_RTT);
	b->probe_rtt_done_stamp = pipe.now;
	b->prior_cwnd = 33;
	pipe_look(&p);
	p.now = sea_time_add(p.now, SEA_MSEC);
	pipe.cc.ops->model->restart(&pipe.cc, &p);
	assert_int_equal(b->state, BBR3_STARTUP);
	assert_int_equal(pipe.cc.cwnd, 33);
}

/* -- after a pause -- */

static void after_a_pause_it_sends_at_the_rate_of_the_path(void **state)
{
	(void)state;
	cruise();
	pipe.to_send = 1;
	pipe_run(SEA_SEC);
	b->model.pacing_rate = 1;
	b->probe_rtt_min_stamp = SEA_TIME_ZERO;
	pipe.next_send = pipe.now;
	pipe.to_send = UINT32_MAX;
	assert_true(pipe_step(SEA_TIME_NEVER));
	assert_about(b->model.pacing_rate, RATE * 99 / 100, 2);
	while (b->idle_restart)
		assert_true(pipe_step(SEA_TIME_NEVER));
	assert_int_not_equal(b->state, BBR3_PROBE_RTT);
}

static void cc_info_is_that_of_version_1(void **state)
{
	uint32_t info[5];

	(void)state;
	cruise();
	assert_int_equal(pipe.cc.ops->model->info(&pipe.cc, PIPE_MSS, info), sizeof(info));
	assert_about(info[0], RATE, 2);
	assert_about(info[2], 100000, 2);
	assert_int_equal(info[3], 256);
	assert_int_equal(info[4], 512);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(startup_begins_at_the_handshakes_rate),
		TEST(startup_doubles_each_round),
		TEST(three_rounds_without_growth_end_startup),
		TEST(what_the_program_limits_does_not_end_startup),
		TEST(loss_in_many_places_ends_startup),
		TEST(a_few_losses_do_not),
		TEST(drain_ends_with_a_bdp_in_flight),
		TEST(drain_ends_after_three_rounds),
		TEST(probing_goes_through_four_states),
		TEST(the_next_probe_comes_after_two_to_three_seconds),
		TEST(it_comes_as_soon_as_reno_would_have_grown),
		TEST(it_fills_the_path),
		TEST(more_bandwidth_is_found_by_probing),
		TEST(less_is_believed_after_two_cycles),
		TEST(every_five_seconds_half_a_bdp),
		TEST(before_the_path_was_full_it_goes_back_to_startup),
		TEST(after_a_pause_it_sends_at_the_rate_of_the_path),
		TEST(cc_info_is_that_of_version_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
