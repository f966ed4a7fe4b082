/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BBR version 3 by draft-ietf-ccwg-bbr and loss: what bounds the short term and the long, what headroom is left, and
 * what becomes of it when the loss was none. no-oracle, as cc_bbr3.c, whose path it is.
 */
#include "tests/unit/transport/tcp/pipe.h"
#include "transport/tcp/bbr3.h"

#define NS SEA_MSEC
#define RTT (100 * SEA_MSEC)
#define BDP 100u
#define DEEP 100000u

static struct tcp_bbr3 *b;
static struct tcp_path p;

static int setup(void **state)
{
	(void)state;
	b = pipe_new(&sea_tcp_bbr3, NS, RTT, DEEP);
	return 0;
}

static void run_to(enum tcp_bbr3_state state)
{
	sea_time end = sea_time_add(pipe.now, 20 * SEA_SEC);

	while (b->state != state)
		assert_true(pipe_step(end));
}

static void one_ack(uint8_t ca, uint32_t acked, uint32_t losses)
{
	pipe_look(&p);
	p.ca_state = ca;
	p.has_sack = true;
	p.acked = acked;
	p.losses = losses;
	pipe.cc.ops->model->ack(&pipe.cc, &p);
}

/* -- the short term: AdaptLowerBoundsFromCongestion -- */

/* Once a round, seven tenths, but no less than what was delivered in it. */
static void loss_while_cruising_lowers_the_short_term(void **state)
{
	uint32_t max_bw, lost;

	(void)state;
	run_to(BBR3_CRUISE);
	assert_int_equal(b->bw_shortterm, BBR3_NO_BOUND);
	max_bw = sea_tcp_bbr3_max_bw(b);
	lost = pipe.lost;
	pipe.drop_every = 20;
	while (pipe.lost < lost + 3)
		assert_true(pipe_step(SEA_TIME_NEVER));
	pipe_run(2 * RTT);
	assert_true(b->bw_shortterm <= max_bw);
	assert_true(b->bw_shortterm >= max_bw / 10 * 7);
	assert_true(b->inflight_shortterm < BBR3_NO_BOUND);
	assert_true(b->bw <= b->bw_shortterm);
	assert_true(pipe.cc.cwnd <= b->inflight_shortterm);
}

static void a_probe_forgets_the_short_term(void **state)
{
	(void)state;
	run_to(BBR3_CRUISE);
	b->bw_shortterm = sea_tcp_bbr3_max_bw(b) / 2;
	b->inflight_shortterm = 60;
	run_to(BBR3_REFILL);
	assert_int_equal(b->bw_shortterm, BBR3_NO_BOUND);
	assert_int_equal(b->inflight_shortterm, BBR3_NO_BOUND);
}

static void loss_while_probing_lowers_nothing_of_it(void **state)
{
	(void)state;
	run_to(BBR3_REFILL);
	b->is_loss_in_round = true;
	one_ack(TCP_CA_OPEN, 1, 1);
	assert_int_equal(b->bw_shortterm, BBR3_NO_BOUND);
}

/* -- the long term -- */

/* A queue of 30: UP finds more than 2% lost above some 130 in flight, and goes down. */
static void too_much_loss_in_a_probe_bounds_the_long_term(void **state)
{
	(void)state;
	run_to(BBR3_UP);
	pipe.queue_max = 20;
	run_to(BBR3_DOWN);
	assert_true(b->prev_probe_too_high);
	assert_in_range(b->inflight_longterm, 90, 150);
	assert_false(b->is_bw_probe_sample);
	assert_int_equal(b->undo_state, BBR3_UP);
}

/* 15% of it, for others, in CRUISE and ProbeRTT. */
static void cruising_leaves_headroom(void **state)
{
	(void)state;
	run_to(BBR3_CRUISE);
	b->inflight_longterm = 200;
	assert_int_equal(sea_tcp_bbr3_with_headroom(b), 170);
	b->inflight_longterm = 80;
	one_ack(TCP_CA_OPEN, 1, 0);
	assert_int_equal(b->inflight_longterm, 80);
	assert_int_equal(pipe.cc.cwnd, 68);
	b->inflight_longterm = 4;
	assert_int_equal(sea_tcp_bbr3_with_headroom(b), BBR_CWND_MIN);
	b->inflight_longterm = BBR3_NO_BOUND;
	assert_int_equal(sea_tcp_bbr3_with_headroom(b), BBR3_NO_BOUND);
}

/* More was in flight than the bound, and arrived. */
static void what_arrives_raises_it(void **state)
{
	(void)state;
	run_to(BBR3_CRUISE);
	b->inflight_longterm = 50;
	pipe_look(&p);
	p.has_sack = true;
	p.acked = 1;
	p.tx_in_flight = 77;
	p.lost_since = 1; /* no more than 2% */
	pipe.cc.ops->model->ack(&pipe.cc, &p);
	assert_int_equal(b->inflight_longterm, 77);
	p.tx_in_flight = 99;
	p.lost_since = 2;
	pipe.cc.ops->model->ack(&pipe.cc, &p);
	assert_int_equal(b->inflight_longterm, 77);
}

/* RaiseInflightLongtermSlope: one segment a window in the first round, two in the next. */
static void up_raises_it_ever_faster(void **state)
{
	(void)state;
	run_to(BBR3_UP);
	assert_int_equal(b->bw_probe_up_rounds, 1);
	assert_in_range(b->probe_up_acked_per_inc, pipe.cc.cwnd - 2, pipe.cc.cwnd);
	b->inflight_longterm = pipe.cc.cwnd = 100;
	b->probe_up_acked_per_inc = 100;
	b->bw_probe_up_acked = 0;
	pipe_look(&p);
	p.has_sack = p.cwnd_limited = true;
	p.acked = 250;
	p.tx_in_flight = 100;
	b->round_start = false;
	pipe.cc.ops->model->ack(&pipe.cc, &p);
	assert_int_equal(b->inflight_longterm, 102);
	assert_int_equal(b->bw_probe_up_acked, 50);
}

/* InflightAtLoss: of 100 in flight, four lost before a burst of ten: 2% were passed before it. */
static void the_part_of_a_burst_that_fits_is_found(void **state)
{
	struct tcp_lost lost = { .first = { .segs = 10, .in_flight = 110, .lost = 10 } };

	(void)state;
	/* 100 before it, none lost: two more may be. */
	assert_int_equal(sea_tcp_bbr3_inflight_at_loss(&lost), 102);
	lost.first.lost = 12;
	assert_int_equal(sea_tcp_bbr3_inflight_at_loss(&lost), 100);
	lost.first.in_flight = 12;
	lost.first.lost = 12;
	assert_int_equal(sea_tcp_bbr3_inflight_at_loss(&lost), 0);
}

/* Precautionary probing: after one that went too high the next stops at the bound, then goes on at once. */
static void a_probe_after_one_that_was_too_high_is_careful(void **state)
{
	(void)state;
	run_to(BBR3_UP);
	b->prev_probe_too_high = true;
	b->inflight_longterm = pipe_in_flight() - 5;
	one_ack(TCP_CA_OPEN, 0, 0);
	assert_int_equal(b->state, BBR3_DOWN);
	assert_true(b->prev_probe_precautionary);
	assert_false(b->prev_probe_too_high);
	run_to(BBR3_REFILL);
	assert_true(sea_time_diff(pipe.now, b->cycle_stamp) < 3 * RTT);
}

static void a_shallow_queue_is_used_with_little_loss(void **state)
{
	uint32_t before, lost;

	(void)state;
	pipe.queue_max = 20;
	run_to(BBR3_CRUISE);
	before = pipe.delivered;
	lost = pipe.lost;
	pipe_run(12 * SEA_SEC);
	assert_true(pipe.delivered - before > 9600); /* four fifths */
	assert_true((pipe.lost - lost) * 50 < pipe.delivered - before);
}

/* -- recovery -- */

static void the_window_before_a_recovery_comes_back(void **state)
{
	(void)state;
	run_to(BBR3_CRUISE);
	pipe.cc.cwnd = 150;
	pipe.cc.ops->ssthresh(&pipe.cc);
	assert_int_equal(b->prior_cwnd, 150);
	one_ack(TCP_CA_RECOVERY, 1, 1);
	pipe.cc.cwnd = 20;
	one_ack(TCP_CA_OPEN, 1, 0);
	assert_in_range(pipe.cc.cwnd, 140, 160);
}

static void a_timeout_notes_the_window_down(void **state)
{
	(void)state;
	run_to(BBR3_CRUISE);
	pipe.cc.cwnd = 150;
	pipe.cc.ops->ssthresh(&pipe.cc);
	pipe.cc.cwnd = 1;
	pipe_look(&p);
	pipe.cc.ops->model->timeout(&pipe.cc, &p);
	assert_true(b->is_loss_in_round);
	one_ack(TCP_CA_LOSS, 1, 0);
	assert_int_equal(pipe.cc.cwnd, BBR_CWND_MIN);
	one_ack(TCP_CA_OPEN, 1, 0);
	assert_in_range(pipe.cc.cwnd, 140, 160);
}

/* HandleSpuriousLossDetection */
static void undo_gives_the_bounds_back(void **state)
{
	(void)state;
	run_to(BBR3_CRUISE);
	b->inflight_longterm = 170;
	b->bw_shortterm = sea_tcp_bbr3_max_bw(b);
	b->inflight_shortterm = 160;
	pipe.cc.cwnd = 140;
	one_ack(TCP_CA_RECOVERY, 1, 1);
	b->inflight_longterm = 30;
	b->inflight_shortterm = 20;
	b->bw_shortterm = 1;
	pipe.cc.cwnd = 30;
	assert_in_range(pipe.cc.ops->undo_cwnd(&pipe.cc), 139, 145);
	one_ack(TCP_CA_OPEN, 1, 0);
	assert_int_equal(b->inflight_longterm, 170);
	assert_int_equal(b->inflight_shortterm, 160);
	assert_int_equal(b->bw_shortterm, sea_tcp_bbr3_max_bw(b));
}

static void undo_goes_on_with_what_the_loss_ended(void **state)
{
	(void)state;
	run_to(BBR3_CRUISE);
	b->undo_state = BBR3_UP;
	pipe.cc.ops->undo_cwnd(&pipe.cc);
	one_ack(TCP_CA_OPEN, 0, 0);
	assert_int_equal(b->state, BBR3_REFILL);
	b->undo_state = BBR3_STARTUP;
	pipe.cc.ops->undo_cwnd(&pipe.cc);
	one_ack(TCP_CA_OPEN, 0, 0);
	assert_int_equal(b->state, BBR3_STARTUP);
	assert_false(b->full_bw_reached);
}

/* Without SACK a connection can tell of one loss a round trip: any is too much. */
static void without_sack_any_loss_is_too_much(void **state)
{
	(void)state;
	pipe_look(&p);
	p.tx_in_flight = 1000;
	p.lost_since = 1;
	assert_true(sea_tcp_bbr3_inflight_too_high(&p));
	p.has_sack = true;
	assert_false(sea_tcp_bbr3_inflight_too_high(&p));
	p.has_sack = false;
	p.ca_state = TCP_CA_RECOVERY;
	p.losses = 1;
	pipe.cc.ops->model->ack(&pipe.cc, &p);
	assert_true(b->full_bw_reached);
}

static void before_it_has_begun_recovery_may_ask(void **state)
{
	struct tcp_cc cc;

	(void)state;
	sea_tcp_cc_init(&cc, &sea_tcp_bbr3, pipe.now);
	cc.ssthresh = 33;
	assert_int_equal(cc.ops->ssthresh(&cc), 33);
	assert_int_equal(cc.ops->undo_cwnd(&cc), TCP_CWND_INIT);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(loss_while_cruising_lowers_the_short_term),
		TEST(a_probe_forgets_the_short_term),
		TEST(loss_while_probing_lowers_nothing_of_it),
		TEST(too_much_loss_in_a_probe_bounds_the_long_term),
		TEST(cruising_leaves_headroom),
		TEST(what_arrives_raises_it),
		TEST(up_raises_it_ever_faster),
		TEST(the_part_of_a_burst_that_fits_is_found),
		TEST(a_probe_after_one_that_was_too_high_is_careful),
		TEST(a_shallow_queue_is_used_with_little_loss),
		TEST(the_window_before_a_recovery_comes_back),
		TEST(a_timeout_notes_the_window_down),
		TEST(undo_gives_the_bounds_back),
		TEST(undo_goes_on_with_what_the_loss_ended),
		TEST(without_sack_any_loss_is_too_much),
		TEST(before_it_has_begun_recovery_may_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
