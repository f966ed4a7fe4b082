/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BBR (version 1, as Linux has it) and loss: recovery, timeouts, what is undone, policers, and ACKs that come at once.
 * The path is that of cc_bbr.c.
 */
#include "tests/unit/transport/tcp/pipe.h"
#include "transport/tcp/bbr.h"

#define NS SEA_MSEC
#define RTT (100 * SEA_MSEC)
#define BDP 100u
#define DEEP 100000u

static struct tcp_bbr *b;
static struct tcp_path p;

static int setup(void **state)
{
	(void)state;
	b = pipe_new(&sea_tcp_bbr, NS, RTT, DEEP);
	return 0;
}

static void cruise(void)
{
	while (b->mode != BBR_PROBE_BW)
		assert_true(pipe_step(SEA_TIME_NEVER));
	pipe_run(SEA_SEC);
}

static void assert_about(uint64_t is, uint64_t wanted, uint64_t percent)
{
	assert_in_range(is, wanted * (100 - percent) / 100, wanted * (100 + percent) / 100);
}

/* An ACK of `acked` segments in state `ca`, `losses` of others known, `in_flight` left. */
static void one_ack(uint8_t ca, uint32_t acked, uint32_t losses, uint32_t in_flight)
{
	pipe_look(&p);
	p.ca_state = ca;
	p.acked = acked;
	p.losses = losses;
	p.in_flight = in_flight;
	pipe.cc.ops->model->ack(&pipe.cc, &p);
}

/* -- recovery -- */

/* For a round what was delivered is what is sent; then the window grows again, and at the end it is what it was. */
static void a_recovery_conserves_for_a_round(void **state)
{
	(void)state;
	cruise();
	pipe.cc.cwnd = 210;
	assert_int_equal(pipe.cc.ops->ssthresh(&pipe.cc), pipe.cc.ssthresh);
	assert_int_equal(b->prior_cwnd, 210);
	one_ack(TCP_CA_RECOVERY, 2, 50, 60);
	assert_int_equal(pipe.cc.cwnd, 62);
	assert_true(b->conserving);
	one_ack(TCP_CA_RECOVERY, 1, 0, 61);
	assert_int_equal(pipe.cc.cwnd, 62);
	one_ack(TCP_CA_RECOVERY, 1, 5, 55);
	assert_int_equal(pipe.cc.cwnd, 57);
	/* A round later. */
	pipe_look(&p);
	p.ca_state = TCP_CA_RECOVERY;
	p.acked = 3;
	p.in_flight = 50;
	p.sampled = true;
	p.in_time = 50;
	p.interval_us = 50000;
	p.prior_delivered = b->round_end;
	pipe.cc.ops->model->ack(&pipe.cc, &p);
	assert_false(b->conserving);
	assert_int_equal(pipe.cc.cwnd, 60);
	one_ack(TCP_CA_OPEN, 1, 0, 50);
	assert_in_range(pipe.cc.cwnd, 200, 211);
}

static void losses_take_as_many_segments_from_the_window(void **state)
{
	(void)state;
	cruise();
	pipe.cc.cwnd = 100;
	b->prior_ca_state = TCP_CA_LOSS;
	one_ack(TCP_CA_LOSS, 1, 40, 10);
	assert_int_equal(pipe.cc.cwnd, 61);
	one_ack(TCP_CA_LOSS, 1, 100, 1);
	assert_int_equal(pipe.cc.cwnd, BBR_CWND_MIN);
}

static void loss_alone_does_not_slow_it_down(void **state)
{
	uint32_t before;

	(void)state;
	pipe.drop_every = 50;
	cruise();
	before = pipe.delivered;
	pipe_run(6 * SEA_SEC);
	assert_true(pipe.lost > 60);
	assert_about(pipe.delivered - before, 6000, 5);
}

static void after_a_timeout_it_looks_for_the_path_anew(void **state)
{
	(void)state;
	pipe_run(300 * SEA_MSEC);
	b->full_bw = 5;
	pipe.cc.ops->ssthresh(&pipe.cc);
	pipe.cc.cwnd = 1;
	pipe_look(&p);
	pipe.cc.ops->model->timeout(&pipe.cc, &p);
	assert_int_equal(b->full_bw, 0);
	assert_int_equal(b->prior_ca_state, TCP_CA_LOSS);
	assert_true(b->round_start);
	assert_true(b->lt.sampling);
	assert_true(b->prior_cwnd > 20);
	one_ack(TCP_CA_LOSS, 1, 0, 1);
	assert_int_equal(pipe.cc.cwnd, BBR_CWND_MIN);
	one_ack(TCP_CA_OPEN, 1, 0, 1);
	assert_true(pipe.cc.cwnd >= b->prior_cwnd);
}

static void undo_forgets_what_a_loss_taught(void **state)
{
	(void)state;
	cruise();
	b->full_bw_rounds = 2;
	b->lt.sampling = b->lt.in_use = true;
	b->lt.bw = 5;
	pipe.cc.cwnd = 90;
	assert_int_equal(pipe.cc.ops->undo_cwnd(&pipe.cc), 90);
	assert_int_equal(b->full_bw, 0);
	assert_int_equal(b->full_bw_rounds, 0);
	one_ack(TCP_CA_OPEN, 1, 0, 80);
	assert_false(b->lt.in_use || b->lt.sampling);
	assert_int_equal(b->lt.bw, 0);
}

static void before_it_has_begun_recovery_may_ask(void **state)
{
	struct tcp_cc cc;

	(void)state;
	sea_tcp_cc_init(&cc, &sea_tcp_bbr, pipe.now);
	cc.ssthresh = 33;
	assert_int_equal(cc.ops->ssthresh(&cc), 33);
	assert_int_equal(cc.ops->undo_cwnd(&cc), TCP_CWND_INIT);
}

/* -- policers -- */

/* 1000 segments a second on the wire, 400 through the policer, 200 at once. */
static void police(void)
{
	pipe.token_ns = 2500 * SEA_USEC;
	pipe.tokens_max = pipe.tokens = 200;
}

static bool run_until_policed(int64_t ns)
{
	sea_time end = sea_time_add(pipe.now, ns);

	while (!b->lt.in_use)
		if (!pipe_step(end))
			return false;
	return true;
}

static void two_intervals_of_the_same_rate_are_a_policers(void **state)
{
	uint32_t before, lost;

	(void)state;
	police();
	assert_true(run_until_policed(20 * SEA_SEC));
	assert_about(b->lt.bw * UINT64_C(1000), BBR_BW_ONE * 2 / 5, 15);
	pipe_run(SEA_SEC);
	assert_int_equal(sea_tcp_bbr_bw(b), b->lt.bw);
	assert_int_equal(b->pacing_gain, 256);
	before = pipe.delivered;
	lost = pipe.lost;
	pipe_run(2 * SEA_SEC);
	assert_about(pipe.delivered - before, 800, 15);
	assert_true(pipe.lost - lost < 160);
}

static void after_48_rounds_it_tries_again(void **state)
{
	uint32_t rounds;

	(void)state;
	police();
	assert_true(run_until_policed(20 * SEA_SEC));
	while (b->mode != BBR_PROBE_BW)
		assert_true(pipe_step(SEA_TIME_NEVER));
	rounds = b->rounds - b->lt.rounds;
	while (b->lt.in_use)
		assert_true(pipe_step(SEA_TIME_NEVER));
	assert_int_equal(b->rounds - rounds, 48);
	assert_int_equal(b->mode, BBR_PROBE_BW);
}

static void what_the_program_limits_tells_of_no_policer(void **state)
{
	(void)state;
	cruise();
	pipe_look(&p);
	p.losses = 1;
	sea_tcp_bbr_lt_sample(b, &p);
	assert_true(b->lt.sampling);
	p.app_limited = true;
	sea_tcp_bbr_lt_sample(b, &p);
	assert_false(b->lt.sampling);
}

/* Less than a fifth of what was delivered. */
static void few_losses_are_no_policers(void **state)
{
	(void)state;
	pipe.drop_every = 7;
	pipe_run(20 * SEA_SEC);
	assert_false(b->lt.in_use);
	assert_int_equal(b->lt.bw, 0);
}

static void a_long_interval_is_given_up(void **state)
{
	(void)state;
	cruise();
	pipe_look(&p);
	p.losses = 1;
	sea_tcp_bbr_lt_sample(b, &p);
	p.losses = 0;
	b->round_start = true;
	for (unsigned i = 0; i < 16; i++)
		sea_tcp_bbr_lt_sample(b, &p);
	assert_true(b->lt.sampling);
	sea_tcp_bbr_lt_sample(b, &p);
	assert_false(b->lt.sampling);
}

/* -- ACKs at once -- */

static void aggregate(uint32_t acked, int64_t ns)
{
	pipe.now = sea_time_add(pipe.now, ns);
	pipe.delivered += acked;
	pipe.delivered_at = pipe.now;
	pipe_look(&p);
	p.acked = acked;
	p.sampled = true;
	p.in_time = acked;
	p.interval_us = ns / SEA_USEC;
	p.prior_delivered = b->round_end - 1;
	b->round_start = false;
	sea_tcp_bbr_measure_aggregation(b, &p, pipe.cc.cwnd);
}

/* Thirty at once where three were expected: the window is larger by what came early. */
static void acks_that_come_at_once_widen_the_window(void **state)
{
	(void)state;
	cruise();
	memset(b->extra_acked, 0, sizeof(b->extra_acked));
	aggregate(1, 20 * SEA_MSEC);
	aggregate(30, 3 * SEA_MSEC);
	assert_int_equal(b->extra_acked[b->extra_at], 30);
	b->mode = BBR_PROBE_BW;
	b->phase = 3;
	b->pacing_gain = 256;
	pipe.cc.cwnd = 1000;
	one_ack(TCP_CA_OPEN, 1, 0, 100);
	assert_in_range(pipe.cc.cwnd, 2 * BDP + 6 + 26, 2 * BDP + 6 + 34);
}

static void that_is_forgotten_after_ten_rounds(void **state)
{
	(void)state;
	cruise();
	b->extra_acked[0] = b->extra_acked[1] = 50;
	pipe_run(12 * RTT);
	assert_true(b->extra_acked[0] < 10 && b->extra_acked[1] < 10);
}

/* A tenth of a second's worth at most, and no more than the window. */
static void it_is_bounded(void **state)
{
	(void)state;
	cruise();
	pipe.cc.cwnd = 500;
	aggregate(1, 20 * SEA_MSEC);
	aggregate(900, 1 * SEA_MSEC);
	assert_int_equal(b->extra_acked[b->extra_at], 500);
	b->mode = BBR_PROBE_BW;
	b->phase = 3;
	b->pacing_gain = 256;
	pipe.cc.cwnd = 1000;
	one_ack(TCP_CA_OPEN, 1, 0, 100);
	assert_in_range(pipe.cc.cwnd, 2 * BDP + 6 + 96, 2 * BDP + 6 + 108);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_recovery_conserves_for_a_round),
		TEST(losses_take_as_many_segments_from_the_window),
		TEST(loss_alone_does_not_slow_it_down),
		TEST(after_a_timeout_it_looks_for_the_path_anew),
		TEST(undo_forgets_what_a_loss_taught),
		TEST(before_it_has_begun_recovery_may_ask),
		TEST(two_intervals_of_the_same_rate_are_a_policers),
		TEST(after_48_rounds_it_tries_again),
		TEST(what_the_program_limits_tells_of_no_policer),
		TEST(few_losses_are_no_policers),
		TEST(a_long_interval_is_given_up),
		TEST(acks_that_come_at_once_widen_the_window),
		TEST(that_is_forgotten_after_ten_rounds),
		TEST(it_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
