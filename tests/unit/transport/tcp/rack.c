/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/lib/env.h"
#include "transport/tcp/rack.h"

#define MSS 1000u
#define RTT_US 40000u
#define DUPTHRESH 3

static struct test_env e;
static struct sea_pool pool;
static struct tcp_txq q;
static struct tcp_rtt rtt;
static struct tcp_recovery rec;
static struct tcp_txseg *seg[200];

static sea_time ms(int64_t n)
{
	return (sea_time){ n * SEA_MSEC };
}

static int set_up(void **state)
{
	test_env_init(&e);
	sea_pool_init(&pool, &e.env, 0, 0);
	sea_tcp_txq_init(&q, &pool);
	sea_tcp_rtt_init(&rtt);
	sea_tcp_rtt_sample(&rtt, RTT_US, sea_seq_of(0), sea_seq_of(0));
	sea_tcp_rtt_min(&rtt, RTT_US, 300 * SEA_SEC, SEA_TIME_ZERO);
	rec = (struct tcp_recovery){ 0 };
	sea_tcp_rack_init(&rec, DUPTHRESH);
	return 0;
}

static int tear_down(void **state)
{
	assert_true(sea_tcp_txq_check(&q));
	sea_tcp_txq_fini(&q);
	sea_pool_fini(&pool);
	return 0;
}

/* n segments, one a millisecond from `at` on. */
static void send_some(unsigned n, int64_t at)
{
	for (unsigned i = 0; i < n; i++)
		seg[i] = sea_tcp_txq_push(&q, sea_seq_of(i * MSS), sea_seq_of((i + 1) * MSS), MSS,
					  0, 0, ms(at + i));
}

static void sacked(unsigned i, int64_t at)
{
	sea_tcp_rack_delivered(&rec, &rtt, seg[i], seg[i]->end, ms(at));
	sea_tcp_txq_mark(&q, seg[i], TCP_TX_SACKED, TCP_TX_LOST | TCP_TX_RETRANS);
}

static struct tcp_rack_result detect(int64_t at)
{
	return sea_tcp_rack_detect(&rec, &rtt, &q, TCP_RACK_ON, ms(at));
}

static bool lost(unsigned i)
{
	return seg[i]->bits & TCP_TX_LOST;
}

/* RFC8985:6.2 step 5 */
static void a_segment_is_lost_when_one_sent_a_reordering_window_later_was_delivered(void **state)
{
	struct tcp_rack_result r;

	send_some(20, 100);
	sacked(1, 141); /* sent 1 ms after the first: within min_rtt / 4 */
	r = detect(141);
	assert_int_equal(r.lost, 0);
	assert_false(lost(0));
	/* rack_rtt 40 ms + reo_wnd 10 ms - 41 ms that passed */
	assert_int_equal(rec.reo_wnd_us, RTT_US / 4);
	assert_int_equal(r.wait_us, 9000);
	sacked(12, 152);
	r = detect(152); /* what was sent ten or more milliseconds earlier is lost */
	assert_int_equal(r.lost, 2);
	assert_true(lost(0) && lost(2) && !lost(3));
	assert_int_equal(r.wait_us, 9000);
}

/* RFC8985:6.2 step 5: the timer fires when the doubt ends. */
static void after_the_wait_the_doubtful_segment_is_lost(void **state)
{
	struct tcp_rack_result r;

	send_some(2, 100);
	sacked(1, 141);
	r = detect(141);
	assert_int_equal(detect(144).lost, 0);
	r = sea_tcp_rack_detect(&rec, &rtt, &q, TCP_RACK_ON,
				sea_time_add(ms(141), r.wait_us * SEA_USEC));
	assert_int_equal(r.lost, 1);
	assert_int_equal(r.wait_us, 0);
	assert_true(lost(0));
}

/* RFC8985:6.2 step 4: DupThresh segments SACKed and no reordering seen: no window. */
static void three_later_segments_end_the_doubt_at_once(void **state)
{
	send_some(10, 100);
	sacked(1, 141);
	sacked(2, 142);
	assert_int_equal(detect(142).lost, 0);
	sacked(3, 143);
	assert_int_equal(detect(143).lost, 1);
	assert_true(lost(0));
}

static void three_later_segments_prove_nothing_once_reordering_was_seen(void **state)
{
	rec.reord_seen = true;
	send_some(10, 100);
	for (unsigned i = 1; i < 4; i++)
		sacked(i, 140 + i);
	assert_int_equal(detect(143).lost, 0);
	assert_int_equal(rec.reo_wnd_us, RTT_US / 4);
}

/* RFC8985:3.2: what dupthresh cannot find: the loss of a retransmission. */
static void a_lost_retransmission_is_found_by_time(void **state)
{
	struct tcp_rack_result r;

	rec.ca_state = TCP_CA_RECOVERY;
	send_some(10, 100);
	sacked(1, 141);
	assert_int_equal(detect(141).lost, 1);
	sea_tcp_txq_resent(&q, seg[0], TCP_TX_RETRANS, ms(142));
	sacked(9, 150); /* sent before the retransmission: proves nothing about it */
	r = detect(150);
	assert_int_equal(r.lost_retrans, 0);
	assert_true(seg[0]->bits & TCP_TX_RETRANS);
	sea_tcp_txq_resent(&q, seg[2], TCP_TX_RETRANS, ms(143));
	sacked(2, 183);
	r = detect(183);
	assert_int_equal(r.lost_retrans, 1);
	assert_int_equal(seg[0]->bits & (TCP_TX_LOST | TCP_TX_RETRANS), TCP_TX_LOST);
}

/*
 * ACKs of one batch are handled at one instant: what the first let go was sent before what the second had sent again,
 * so it is no sign that this was lost, too.
 */
static void data_sent_just_before_a_retransmission_proves_nothing_about_it(void **state)
{
	rec.ca_state = TCP_CA_RECOVERY;
	send_some(9, 100);
	seg[9] =
		sea_tcp_txq_push(&q, sea_seq_of(9 * MSS), sea_seq_of(10 * MSS), MSS, 0, 0, ms(142));
	sacked(1, 142);
	assert_int_equal(detect(142).lost, 1);
	sea_tcp_txq_resent(&q, seg[0], TCP_TX_RETRANS, ms(142));
	seg[10] = sea_tcp_txq_push(&q, sea_seq_of(10 * MSS), sea_seq_of(11 * MSS), MSS, 0, 0,
				   ms(142));
	sacked(9, 182);
	assert_int_equal(detect(182).lost_retrans, 0);
	assert_false(sea_tcp_tx_waits(seg[0]->bits));
	sacked(10, 182);
	assert_int_equal(detect(182).lost_retrans, 1);
}

/* RFC8985:6.2 step 2: the ACK came too soon to be for the retransmission. */
static void a_needless_retransmission_does_not_move_the_clock(void **state)
{
	send_some(5, 100);
	sea_tcp_txq_resent(&q, seg[4], TCP_TX_RETRANS, ms(200));
	sea_tcp_rack_delivered(&rec, &rtt, seg[4], seg[4]->end, ms(220));
	assert_false(rec.rack_advanced);
	assert_int_equal(rec.rack_sent.ns, 0);
	sea_tcp_rack_delivered(&rec, &rtt, seg[4], seg[4]->end, ms(240));
	assert_true(rec.rack_advanced);
	assert_int_equal(rec.rack_sent.ns, ms(200).ns);
}

/* RFC8985:6.2 step 4, RFC9331:4.3-f: one step a round trip with DSACKs, kept for 16 recoveries. */
static void dsacks_widen_the_window_by_a_step_a_round_trip(void **state)
{
	rec.reord_seen = true;
	rtt.srtt_us = 8 * 400000;
	rec.dsack_seen = true;
	sea_tcp_rack_adapt(&rec, 10, 20, TCP_RACK_ON);
	assert_int_equal(sea_tcp_rack_reo_wnd_us(&rec, &rtt, &q, 1), 2 * RTT_US / 4);
	rec.dsack_seen = true;
	sea_tcp_rack_adapt(&rec, 19, 25, TCP_RACK_ON); /* data sent before the last step */
	assert_int_equal(sea_tcp_rack_reo_wnd_us(&rec, &rtt, &q, 1), 2 * RTT_US / 4);
	rec.dsack_seen = true;
	sea_tcp_rack_adapt(&rec, 20, 30, TCP_RACK_ON);
	assert_int_equal(sea_tcp_rack_reo_wnd_us(&rec, &rtt, &q, 1), 3 * RTT_US / 4);
	rtt.srtt_us = 8 * RTT_US; /* never more than a round trip */
	rec.reo_wnd_steps = 255;
	assert_int_equal(sea_tcp_rack_reo_wnd_us(&rec, &rtt, &q, 1), RTT_US);
	assert_int_equal(rec.reo_wnd_persist, 16);
	rec.reo_wnd_persist = 0;
	sea_tcp_rack_adapt(&rec, 40, 50, TCP_RACK_ON);
	assert_int_equal(rec.reo_wnd_steps, 1);
}

static void a_static_window_does_not_adapt(void **state)
{
	rec.dsack_seen = true;
	sea_tcp_rack_adapt(&rec, 10, 20, TCP_RACK_ON | TCP_RACK_STATIC_REO_WND);
	assert_int_equal(rec.reo_wnd_steps, 1);
}

static void with_many_doubtful_segments_the_look_is_short_and_the_wait_long_enough(void **state)
{
	struct tcp_rack_result r;

	rec.reord_seen = true;
	for (unsigned i = 0; i < 200; i++)
		seg[i] = sea_tcp_txq_push(&q, sea_seq_of(i * MSS), sea_seq_of((i + 1) * MSS), MSS,
					  0, 0, (sea_time){ 100 * SEA_MSEC + i * SEA_USEC });
	sacked(199, 140);
	r = detect(140);
	assert_int_equal(r.lost, 0);
	assert_in_range(r.wait_us, 10000, 10200);
	r = sea_tcp_rack_detect(&rec, &rtt, &q, TCP_RACK_ON,
				sea_time_add(ms(140), r.wait_us * SEA_USEC + SEA_USEC));
	assert_int_equal(r.lost, 199);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_segment_is_lost_when_one_sent_a_reordering_window_later_was_delivered),
		TEST(after_the_wait_the_doubtful_segment_is_lost),
		TEST(three_later_segments_end_the_doubt_at_once),
		TEST(three_later_segments_prove_nothing_once_reordering_was_seen),
		TEST(a_lost_retransmission_is_found_by_time),
		TEST(data_sent_just_before_a_retransmission_proves_nothing_about_it),
		TEST(a_needless_retransmission_does_not_move_the_clock),
		TEST(dsacks_widen_the_window_by_a_step_a_round_trip),
		TEST(a_static_window_does_not_adapt),
		TEST(with_many_doubtful_segments_the_look_is_short_and_the_wait_long_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
