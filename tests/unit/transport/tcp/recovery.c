/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/transport/tcp/sender.h"

static int with_sack(void **state)
{
	begin_with(TCP_F_SACK, 10, 100);
	return 0;
}

static int with_sack_and_ts(void **state)
{
	begin_with(TCP_F_SACK | TCP_F_TS, 10, 100);
	return 0;
}

static int plain(void **state)
{
	begin_with(0, 10, 100);
	return 0;
}

/* RFC6298:5.2, RFC6298:5.3 */
static void an_ack_of_new_data_restarts_the_timer_and_one_of_all_data_stops_it(void **state)
{
	s.st.sysctl.early_retrans = 0;
	send_segs(2);
	assert_int_equal(s.c.due[TCP_TIMER_RTX].ns, ms(1300).ns);
	at(1100);
	ack(1);
	assert_int_equal(s.c.due[TCP_TIMER_RTX].ns,
			 sea_time_add(ms(1100), sea_tcp_rto_ns(&s.c.rtt, 0)).ns);
	assert_int_equal(s.c.snd_una.v, seq_of(MSS).v);
	assert_int_equal(s.c.bytes_acked, MSS);
	ack(2);
	assert_true(sea_time_is_never(s.c.due[TCP_TIMER_RTX]));
	assert_int_equal(s.c.fl->txq.n, 0);
}

/* RFC6298:3, RFC9293:MUST-18 */
static void what_was_resent_gives_no_round_trip_without_timestamps(void **state)
{
	uint32_t srtt = s.c.rtt.srtt_us;

	send_segs(1);
	time_out();
	at(5000);
	ack(1);
	assert_int_equal(s.c.rtt.srtt_us, srtt);
	assert_int_equal(s.c.backoff, 1); /* RFC 6298 §5.5: kept until a sample */
}

/* RFC6298:3, RFC7323:4.1 */
static void a_timestamp_tells_which_sending_was_acknowledged(void **state)
{
	send_segs(1);
	time_out();
	at(1500);
	ack_echo(1, 1300);
	assert_int_equal(s.c.rtt.srtt_us, 8 * 100000 + 100000); /* a sample of 200 ms */
	assert_int_equal(s.c.backoff, 0);
}

/* RFC2018:5, RFC6675:4 */
static void sacked_segments_leave_the_flight_and_are_not_sent_again(void **state)
{
	send_segs(5);
	at(1100);
	ack_sack(0, 3, 5);
	assert_int_equal(ca(), TCP_CA_DISORDER);
	assert_int_equal(in_flight(), 3);
	assert_int_equal(s.n_sent, 5);
	ack(5);
	assert_int_equal(ca(), TCP_CA_OPEN);
	assert_int_equal(in_flight(), 0);
}

/* RFC8985:6.2, RFC6675:5, RFC6937:3 */
static void three_later_segments_sacked_begin_a_recovery(void **state)
{
	send_segs(10);
	at(1100);
	ack_sack(0, 1, 2);
	ack_sack(0, 1, 3);
	assert_int_equal(s.n_sent, 10);
	ack_sack(0, 1, 4);
	assert_int_equal(ca(), TCP_CA_RECOVERY);
	assert_int_equal(mib(SEA_MIB_TcpExtTCPSackRecovery), 1);
	assert_int_equal(s.c.cc.ssthresh, 5);
	expect_sent(10, 0, true);
	assert_int_equal(s.n_sent, 11);
	for (uint32_t i = 5; i <= 10; i++)
		ack_sack(0, 1, i);
	assert_int_equal(s.n_sent, 11);
	at(1200);
	ack(10);
	assert_int_equal(ca(), TCP_CA_OPEN);
	assert_int_equal(s.c.cc.cwnd, 5);
	assert_int_equal(in_flight(), 0);
}

/* RFC6937:3.1: during a recovery as much is sent in all as ssthresh allows, and no burst at its end. */
static void a_recovery_sends_new_data_at_the_reduced_rate(void **state)
{
	unsigned again = 0, fresh = 0;

	begin_anew(TCP_F_SACK, 20, 100);
	send_segs(20);
	at(1100);
	for (uint32_t i = 2; i <= 20; i++) {
		ack_sack(0, 1, i);
		if (ca() != TCP_CA_RECOVERY)
			continue;
		assert_true(sea_tcp_cwnd_room(&s.c) <= 1);
		while (sea_tcp_cwnd_room(&s.c))
			send_segs(1);
	}
	for (unsigned i = 20; i < s.n_sent; i++)
		s.sent[i].again ? again++ : fresh++;
	assert_int_equal(again, 1);
	assert_in_range(again + fresh, 9, 10);
	assert_int_equal(in_flight(), again + fresh);
}

/* RFC3042:2 */
static void the_first_two_duplicates_let_new_segments_out(void **state)
{
	send_segs(10);
	assert_int_equal(sea_tcp_cwnd_room(&s.c), 0);
	ack(0);
	assert_int_equal(sea_tcp_cwnd_room(&s.c), 1);
	ack(0);
	assert_int_equal(sea_tcp_cwnd_room(&s.c), 2);
	assert_int_equal(ca(), TCP_CA_DISORDER);
}

/* RFC6582:3.2, RFC5681:3.2 */
static void without_sack_the_third_duplicate_and_each_partial_ack_resend_one_segment(void **state)
{
	send_segs(10); /* 0 and 4 are lost */
	at(1100);
	for (unsigned i = 0; i < 3; i++)
		ack(0);
	assert_int_equal(ca(), TCP_CA_RECOVERY);
	assert_int_equal(mib(SEA_MIB_TcpExtTCPRenoRecovery), 1);
	assert_int_equal(s.c.cc.ssthresh, 5);
	expect_sent(10, 0, true);
	for (unsigned i = 0; i < 5; i++)
		ack(0);
	assert_int_equal(s.n_sent, 11);
	at(1200);
	ack(4);
	assert_int_equal(ca(), TCP_CA_RECOVERY);
	expect_sent(11, 4, true);
	assert_int_equal(s.n_sent, 12);
	at(1300);
	ack(10);
	assert_int_equal(s.n_sent, 12);
	assert_int_equal(s.c.cc.cwnd, 5);
	assert_int_equal(s.c.fl->txq.dup_acked, 0);
}

/* RFC6582:4: duplicates of what was resent do not begin another recovery. */
static void without_sack_recovery_lasts_until_something_above_its_end_is_acknowledged(void **state)
{
	send_segs(10);
	at(1100);
	for (unsigned i = 0; i < 3; i++)
		ack(0);
	at(1200);
	ack(10);
	assert_int_equal(ca(), TCP_CA_RECOVERY);
	send_segs(5);
	at(1300);
	for (unsigned i = 0; i < 3; i++)
		ack(10);
	assert_int_equal(mib(SEA_MIB_TcpExtTCPRenoRecovery), 1);
	assert_int_equal(s.n_sent, 16);
	ack(11);
	assert_int_equal(ca(), TCP_CA_OPEN);
}

/* RFC5681:3.1, RFC6298:5.4 */
static void a_timeout_resends_the_oldest_and_begins_anew_with_one_segment(void **state)
{
	send_segs(10);
	time_out();
	assert_int_equal(ca(), TCP_CA_LOSS);
	assert_int_equal(s.c.cc.ssthresh, 5);
	assert_int_equal(s.c.cc.cwnd, 1);
	assert_int_equal(s.n_sent, 11);
	expect_sent(10, 0, true);
	time_out(); /* the same loss: ssthresh stays (RFC 5681 §3.1 (4)) */
	assert_int_equal(s.c.cc.ssthresh, 5);
	assert_int_equal(s.n_sent, 12);
}

static void after_a_timeout_slow_start_runs_over_what_was_out(void **state)
{
	begin_anew(TCP_F_SACK, 4, 100);
	send_segs(4);
	time_out();
	s.c.fl->rec.frto = false;
	at(1500);
	ack(1);
	assert_int_equal(s.c.cc.cwnd, 2);
	expect_sent(5, 1, true);
	expect_sent(6, 2, true);
	at(1600);
	ack(3);
	expect_sent(7, 3, true);
	ack(4);
	assert_int_equal(ca(), TCP_CA_OPEN);
}

/* RFC5682:3.1 */
static void a_spurious_timeout_is_found_by_acks_of_what_was_never_resent(void **state)
{
	send_segs(10);
	write_segs(5);
	time_out();
	at(1350);
	ack(1); /* of the original of the first: step 2.b sends new data instead of resending */
	assert_int_equal(s.n_sent, 13);
	expect_sent(11, 10, false);
	expect_sent(12, 11, false);
	at(1351);
	ack(2); /* never resent: step 3.b */
	assert_int_equal(ca(), TCP_CA_OPEN);
	assert_int_equal(mib(SEA_MIB_TcpExtTCPSpuriousRTOs), 1);
	assert_in_range(s.c.cc.cwnd, 10, 12);
	assert_true(s.c.cc.ssthresh > 10);
	assert_int_equal(s.c.fl->txq.lost_out, 0);
}

/* RFC5682:3.1 */
static void a_real_timeout_is_confirmed_when_new_data_arrives_and_the_hole_stays(void **state)
{
	send_segs(10);
	write_segs(5);
	time_out();
	at(1400);
	ack(1);
	at(1500);
	ack_sack(1, 10, 11);
	assert_int_equal(ca(), TCP_CA_LOSS);
	assert_int_equal(s.c.fl->rec.frto, 0);
	expect_sent(13, 1, true);
}

/* RFC3522:3.2 */
static void an_echo_from_before_the_retransmission_undoes_the_reduction(void **state)
{
	send_segs(10);
	at(1100);
	ack_sack(0, 1, 4);
	assert_int_equal(s.c.cc.ssthresh, 5);
	at(1110);
	ack_echo(10, 1000);
	assert_int_equal(ca(), TCP_CA_OPEN);
	assert_int_equal(mib(SEA_MIB_TcpExtTCPFullUndo), 1);
	assert_true(s.c.cc.cwnd >= 10);
	assert_true(s.c.cc.ssthresh > 5);
}

static void an_echo_of_the_retransmission_undoes_nothing(void **state)
{
	send_segs(10);
	at(1100);
	ack_sack(0, 1, 4);
	at(1200);
	ack_echo(10, 1100);
	assert_int_equal(mib(SEA_MIB_TcpExtTCPFullUndo), 0);
	assert_in_range(s.c.cc.cwnd, 5, 6);
}

/* RFC2883:4.1, RFC3708:2 */
static void dsacks_of_all_retransmissions_undo_the_reduction(void **state)
{
	struct sea_tcp_seg seg;

	send_segs(10);
	at(1100);
	ack_sack(0, 1, 4);
	write_segs(3);
	send_segs(2);
	at(1120);
	ack_sack(1, 4, 8); /* the original came late, nothing more is missing up to 4 */
	seg = ack_seg(8 * MSS);
	add_sack(&seg, 0, MSS);
	at(1200);
	receive(&seg);
	assert_int_equal(mib(SEA_MIB_TcpExtTCPDSACKRecv), 1);
	assert_int_equal(mib(SEA_MIB_TcpExtTCPDSACKRecvSegs), 1);
	assert_int_equal(mib(SEA_MIB_TcpExtTCPDSACKUndo), 1);
	assert_true(s.c.cc.cwnd >= 10);
}

/* RFC8985:7.2 */
static void a_probe_is_due_after_two_round_trips_and_later_for_a_single_segment(void **state)
{
	send_segs(1);
	assert_int_equal(sea_tcp_tlp_timeout_ns(&s.c), 400 * SEA_MSEC);
	assert_int_equal(s.c.rtx_kind, TCP_RTX_TLP); /* in place of the timeout, due earlier */
	assert_int_equal(s.c.due[TCP_TIMER_RTX].ns, ms(1300).ns);
	send_segs(1);
	assert_int_equal(sea_tcp_tlp_timeout_ns(&s.c), 202 * SEA_MSEC);
	s.c.fl->rec.ca_state = TCP_CA_RECOVERY;
	assert_int_equal(sea_tcp_tlp_timeout_ns(&s.c), -1);
	s.c.fl->rec.ca_state = TCP_CA_OPEN;
	s.c.flags &= ~(uint32_t)TCP_F_SACK;
	assert_int_equal(sea_tcp_tlp_timeout_ns(&s.c), -1);
	s.c.flags |= TCP_F_SACK;
	s.st.sysctl.early_retrans = 0;
	assert_int_equal(sea_tcp_tlp_timeout_ns(&s.c), -1);
}

/* RFC8985:7.3 */
static void a_probe_is_new_data_or_the_last_segment_and_only_one_is_out(void **state)
{
	send_bytes(3 * MSS);
	sea_tcp_rearm_rto(&s.c);
	fire();
	assert_int_equal(mib(SEA_MIB_TcpExtTCPLossProbes), 1);
	expect_sent(1, 2, true);
	assert_int_equal(s.sent[1].segs, 1);
	assert_int_equal(s.c.rtx_kind, TCP_RTX_RTO);
	assert_int_equal(sea_tcp_tlp_timeout_ns(&s.c), -1);
	ack(3);
	ack(3); /* the answer to the probe */
	send_segs(2);
	sea_tcp_rearm_rto(&s.c);
	write_segs(1);
	fire();
	assert_int_equal(mib(SEA_MIB_TcpExtTCPLossProbes), 2);
	expect_sent(s.n_sent - 1, 5, false);
}

/* RFC8985:7.4 */
static void a_probe_that_repaired_a_loss_reduces_the_window(void **state)
{
	send_segs(10);
	at(1100);
	ack(9);
	sea_tcp_rearm_rto(&s.c);
	fire();
	expect_sent(10, 9, true);
	at(1500);
	send_segs(1);
	at(1600);
	ack(11);
	assert_int_equal(mib(SEA_MIB_TcpExtTCPLossProbeRecovery), 1);
	assert_true(s.c.cc.cwnd < 10);
	assert_int_equal(ca(), TCP_CA_OPEN);
}

/* RFC8985:7.4 */
static void a_probe_that_arrived_twice_reduces_nothing(void **state)
{
	struct sea_tcp_seg seg;

	send_segs(2);
	fire();
	assert_true(s.c.fl->rec.tlp_out);
	seg = ack_seg(2 * MSS);
	add_sack(&seg, MSS, 2 * MSS);
	ack(2);
	receive(&seg);
	assert_false(s.c.fl->rec.tlp_out);
	send_segs(1);
	ack(3);
	assert_int_equal(mib(SEA_MIB_TcpExtTCPLossProbeRecovery), 0);
	assert_true(s.c.cc.cwnd >= 10);
}

/* RFC8985:7.1: the tail of a flight is lost; the probe's SACK begins a recovery without a timeout. */
static void a_probe_turns_a_lost_tail_into_a_recovery(void **state)
{
	send_segs(10);
	at(1100);
	ack(6);
	fire();
	expect_sent(10, 9, true);
	s.stack.shard.now = sea_time_add(s.stack.shard.now, 100 * SEA_MSEC);
	ack_sack(6, 9, 10);
	assert_int_equal(ca(), TCP_CA_RECOVERY);
	expect_sent(11, 6, true);
}

/* RFC8985:6.2 step 5 */
static void the_reordering_timer_resends_what_stays_away(void **state)
{
	send_segs(4);
	at(1100);
	ack_sack(0, 1, 2);
	assert_int_equal(s.c.rtx_kind, TCP_RTX_REO);
	assert_int_equal(s.c.due[TCP_TIMER_RTX].ns, ms(1127).ns); /* min_rtt / 4 and 2 ms */
	fire();
	assert_int_equal(ca(), TCP_CA_RECOVERY);
	expect_sent(4, 0, true);
	assert_int_equal(s.c.rtx_kind, TCP_RTX_RTO);
}

/* RFC8985:6.2 step 3; RFC4653:2.1 in spirit */
static void late_originals_show_how_far_segments_overtake_each_other(void **state)
{
	send_segs(10);
	at(1100);
	ack_sack(0, 5, 6);
	ack_sack(0, 4, 6);
	assert_true(s.c.fl->rec.reord_seen);
	assert_int_equal(mib(SEA_MIB_TcpExtTCPSACKReorder), 1);
	assert_int_equal(s.c.fl->rec.reordering, 3);
	ack_sack(1, 4, 6); /* the first comes after the sixth */
	assert_int_equal(s.c.fl->rec.reordering, 6);
	begin_anew(TCP_F_SACK, 400, 100);
	send_segs(390);
	at(1100);
	ack_sack(0, 389, 390);
	ack_sack(1, 389, 390);
	assert_int_equal(s.c.fl->rec.reordering, 300); /* tcp_max_reordering */
	ack(390);
}

static void a_lost_retransmission_is_sent_a_third_time(void **state)
{
	send_segs(10);
	at(1100);
	ack_sack(0, 1, 5);
	expect_sent(10, 0, true);
	write_segs(5);
	send_segs(1); /* after the retransmission, by the window's leave */
	at(1101);
	at(1300);
	ack_sack(0, 1, 11);
	assert_int_equal(mib(SEA_MIB_TcpExtTCPLostRetransmit), 1);
	expect_sent(12, 0, true);
}

/* A queue of our own machine is full. */
static void local_congestion_reduces_the_window_once_a_round_trip(void **state)
{
	send_segs(10);
	sea_tcp_enter_cwr(&s.c);
	sea_tcp_enter_cwr(&s.c);
	assert_int_equal(ca(), TCP_CA_CWR);
	assert_int_equal(s.c.cc.ssthresh, 5);
	ack(10);
	assert_int_equal(ca(), TCP_CA_CWR);
	send_segs(1);
	ack(11);
	assert_int_equal(ca(), TCP_CA_OPEN);
	assert_int_equal(s.c.cc.cwnd, 5);
}

/* RFC2861:3, RFC5681:4.1 */
static void after_idleness_the_window_is_halved_for_each_timeout_down_to_ten(void **state)
{
	s.c.cc.cwnd = 80;
	send_segs(1);
	ack(1);
	at(1000 + 2 * 300 + 50);
	sea_tcp_cwnd_after_idle(&s.c);
	assert_int_equal(s.c.cc.cwnd, 20);
	assert_true(s.c.cc.ssthresh >= 60);
	at(100000);
	sea_tcp_cwnd_after_idle(&s.c);
	assert_int_equal(s.c.cc.cwnd, 10);
	s.st.sysctl.slow_start_after_idle = 0;
	s.c.cc.cwnd = 80;
	sea_tcp_cwnd_after_idle(&s.c);
	assert_int_equal(s.c.cc.cwnd, 80);
}

/* RFC7661:4.4 */
static void a_window_that_the_program_does_not_fill_shrinks_towards_what_it_uses(void **state)
{
	s.c.flags &= ~(uint32_t)TCP_F_CWND_LIMITED;
	s.c.cc.cwnd = 100;
	s.c.cc.ssthresh = 50;
	s.c.cwnd_stamp = tcp_now(&s.c);
	send_segs(20);
	sea_tcp_cwnd_validate(&s.c, false);
	assert_int_equal(s.c.cc.cwnd, 100);
	at(1400);
	sea_tcp_cwnd_validate(&s.c, false);
	assert_int_equal(s.c.cc.cwnd, 60);
	sea_tcp_cwnd_validate(&s.c, true);
	assert_true(s.c.flags & TCP_F_CWND_LIMITED);
}

static void the_delivery_rate_is_what_one_round_trip_delivered(void **state)
{
	send_segs(10);
	at(1100);
	ack(10);
	assert_int_equal(sea_tcp_delivery_rate(&s.c), 100 * MSS);
	sea_tcp_rate_check_app_limited(&s.c);
	send_segs(1);
	at(1200);
	ack(11); /* the program sent less: no new estimate */
	assert_int_equal(sea_tcp_delivery_rate(&s.c), 100 * MSS);
	assert_int_equal(s.c.delivered, 11);
}

/* RFC6298:5.7, RFC5681:3.1 */
static void a_syn_that_was_resent_leaves_a_careful_connection(void **state)
{
	struct tcp_conn *c = &s.c;

	c->state = TCP_S_SYN_SENT;
	sea_tcp_rtt_init(&c->rtt);
	sea_tcp_txq_push(&c->fl->txq, c->snd_nxt, sea_seq_add(c->snd_nxt, 1), (uint16_t)MSS,
			 TCP_TX_SYN, SEA_TCP_SYN, tcp_now(c));
	c->snd_nxt = c->write_seq = sea_seq_add(c->snd_nxt, 1);
	at(2000);
	(void)sea_tcp_retransmit_one(c, sea_tcp_txq_first(&c->fl->txq), 1);
	at(4000);
	(void)sea_tcp_retransmit_one(c, sea_tcp_txq_first(&c->fl->txq), 1);
	at(4100);
	ack_bytes(1);
	assert_int_equal(c->rtt.rto_us, TCP_RTO_FALLBACK_US);
	assert_int_equal(c->cc.cwnd, 1);
	assert_int_equal(c->fl->txq.n, 0);
}

#define SACK(name) cmocka_unit_test_setup_teardown(name, with_sack, finish)
#define TS(name) cmocka_unit_test_setup_teardown(name, with_sack_and_ts, finish)
#define PLAIN(name) cmocka_unit_test_setup_teardown(name, plain, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SACK(an_ack_of_new_data_restarts_the_timer_and_one_of_all_data_stops_it),
		SACK(what_was_resent_gives_no_round_trip_without_timestamps),
		TS(a_timestamp_tells_which_sending_was_acknowledged),
		SACK(sacked_segments_leave_the_flight_and_are_not_sent_again),
		SACK(three_later_segments_sacked_begin_a_recovery),
		SACK(a_recovery_sends_new_data_at_the_reduced_rate),
		PLAIN(the_first_two_duplicates_let_new_segments_out),
		PLAIN(without_sack_the_third_duplicate_and_each_partial_ack_resend_one_segment),
		PLAIN(without_sack_recovery_lasts_until_something_above_its_end_is_acknowledged),
		SACK(a_timeout_resends_the_oldest_and_begins_anew_with_one_segment),
		SACK(after_a_timeout_slow_start_runs_over_what_was_out),
		SACK(a_spurious_timeout_is_found_by_acks_of_what_was_never_resent),
		SACK(a_real_timeout_is_confirmed_when_new_data_arrives_and_the_hole_stays),
		TS(an_echo_from_before_the_retransmission_undoes_the_reduction),
		TS(an_echo_of_the_retransmission_undoes_nothing),
		SACK(dsacks_of_all_retransmissions_undo_the_reduction),
		SACK(a_probe_is_due_after_two_round_trips_and_later_for_a_single_segment),
		SACK(a_probe_is_new_data_or_the_last_segment_and_only_one_is_out),
		SACK(a_probe_that_repaired_a_loss_reduces_the_window),
		SACK(a_probe_that_arrived_twice_reduces_nothing),
		SACK(a_probe_turns_a_lost_tail_into_a_recovery),
		SACK(the_reordering_timer_resends_what_stays_away),
		SACK(late_originals_show_how_far_segments_overtake_each_other),
		SACK(a_lost_retransmission_is_sent_a_third_time),
		SACK(local_congestion_reduces_the_window_once_a_round_trip),
		SACK(after_idleness_the_window_is_halved_for_each_timeout_down_to_ten),
		SACK(a_window_that_the_program_does_not_fill_shrinks_towards_what_it_uses),
		SACK(the_delivery_rate_is_what_one_round_trip_delivered),
		SACK(a_syn_that_was_resent_leaves_a_careful_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
