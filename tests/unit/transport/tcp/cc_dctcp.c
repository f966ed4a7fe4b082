/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DCTCP (RFC 8257). no-oracle: this kernel has it not; the numbers are the RFC's, and the constants those of Linux's
 * module: g = 1/16, alpha begins at 1, in 1024ths.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transport/tcp/cc.h"

static struct tcp_cc cc;
static struct tcp_cc_marks m;
static const sea_time now = { SEA_SEC };

static int setup(void **state)
{
	(void)state;
	m = (struct tcp_cc_marks){ .snd_nxt = 10 };
	sea_tcp_cc_init(&cc, &sea_tcp_dctcp, now);
	cc.ops->marks(&cc, &m);
	return 0;
}

/* A round trip of `segs` segments of which `marked` were. */
static void round_trip(uint32_t segs, uint32_t marked)
{
	m.delivered += segs;
	m.delivered_ce += marked;
	m.snd_una = m.snd_nxt;
	m.snd_nxt += segs;
	cc.ops->marks(&cc, &m);
}

/* The window after a reduction from 1024 is 1024 - alpha / 2. */
static uint32_t alpha(void)
{
	cc.cwnd = 1024;
	return 2 * (1024 - cc.ops->ssthresh(&cc));
}

/* RFC8257:3.3-a, RFC8257:3.4: the first mark halves. */
static void first_mark_halves_the_window(void **state)
{
	(void)state;
	cc.cwnd = 20;
	assert_int_equal(cc.ops->ssthresh(&cc), 10);
}

static void rounds_without_marks_let_alpha_fall(void **state)
{
	(void)state;
	round_trip(10, 0);
	assert_int_equal(alpha(), 960);
	round_trip(10, 0);
	assert_int_equal(alpha(), 900);
	for (int i = 0; i < 200; i++)
		round_trip(10, 0);
	assert_int_equal(alpha(), 0);
}

/* RFC8257:3.3-b: alpha = alpha * (1 - g) + g * M. */
static void alpha_follows_the_share_of_marks(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++)
		round_trip(100, 25);
	assert_in_range(alpha(), 240, 272);
	for (int i = 0; i < 200; i++)
		round_trip(100, 100);
	assert_in_range(alpha(), 1008, 1024);
}

static void within_a_round_trip_nothing_is_concluded(void **state)
{
	(void)state;
	m.delivered += 5;
	m.snd_una = m.snd_nxt - 1;
	cc.ops->marks(&cc, &m);
	assert_int_equal(alpha(), 1024);
}

/* RFC8257:3.5: "MUST react to loss episodes in the same way as conventional TCP". */
static void loss_halves_whatever_was_marked(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++)
		round_trip(10, 0);
	cc.cwnd = 40;
	cc.ssthresh = cc.ops->ssthresh(&cc);
	assert_int_equal(cc.ssthresh, 40);
	sea_tcp_cc_event(&cc, TCP_CC_LOST, now, 0);
	assert_int_equal(cc.ssthresh, 20);
	cc.cwnd = 20;
	assert_int_equal(cc.ops->undo_cwnd(&cc), 40);
	sea_tcp_cc_event(&cc, TCP_CC_RTO, now, 0);
	assert_int_equal(cc.ssthresh, 10);
}

static void window_stays_at_two_segments(void **state)
{
	(void)state;
	cc.cwnd = 2;
	assert_int_equal(cc.ops->ssthresh(&cc), 2);
	cc.cwnd = 3;
	sea_tcp_cc_event(&cc, TCP_CC_LOST, now, 0);
	assert_int_equal(cc.ssthresh, 2);
}

static void grows_as_reno(void **state)
{
	struct tcp_cc_ack ack = { .acked = 10, .cwnd_limited = true };

	(void)state;
	cc.cwnd = 10;
	cc.ops->cong_avoid(&cc, &ack);
	assert_int_equal(cc.cwnd, 20);
	cc.ssthresh = 20;
	ack.acked = 20;
	cc.ops->cong_avoid(&cc, &ack);
	assert_int_equal(cc.cwnd, 21);
}

static void stand_in_is_not_chosen_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(sea_tcp_cc_find("dctcp"), &sea_tcp_dctcp);
	assert_null(sea_tcp_cc_find("dctcp-reno"));
	assert_ptr_equal(sea_tcp_cc_find_any("dctcp-reno"), sea_tcp_dctcp.without_ecn);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(first_mark_halves_the_window),
		TEST(rounds_without_marks_let_alpha_fall),
		TEST(alpha_follows_the_share_of_marks),
		TEST(within_a_round_trip_nothing_is_concluded),
		TEST(loss_halves_whatever_was_marked),
		TEST(window_stays_at_two_segments),
		TEST(grows_as_reno),
		TEST(stand_in_is_not_chosen_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
