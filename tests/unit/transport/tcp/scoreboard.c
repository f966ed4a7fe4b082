/* SPDX-License-Identifier: Apache-2.0 */
/* What SACK blocks do to the scoreboard, honest ones and others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/transport/tcp/sender.h"

static int with_sack(void **state)
{
	begin_with(TCP_F_SACK, 100, 100);
	return 0;
}

static int plain(void **state)
{
	begin_with(0, 10, 100);
	return 0;
}

static void sack_bytes(uint32_t ack, uint32_t from, uint32_t to)
{
	struct sea_tcp_seg seg = ack_seg(ack);

	add_sack(&seg, from, to);
	receive(&seg);
}

static uint32_t sacked(void)
{
	return s.c.fl->txq.sacked_out;
}

/* RFC2018:3 */
static void a_block_inside_a_super_segment_cuts_it_at_segment_boundaries(void **state)
{
	send_bytes(45 * MSS);
	at(1100);
	sack_bytes(0, 10 * MSS, 12 * MSS);
	assert_int_equal(s.c.fl->txq.n, 3);
	assert_int_equal(sacked(), 2);
	sack_bytes(0, 10 * MSS, 13 * MSS);
	sack_bytes(0, 9 * MSS, 13 * MSS);
	assert_int_equal(sacked(), 4);
	assert_int_equal(s.c.fl->txq.packets_out, 45);
}

/* The peer holds some bytes of a segment: the whole is sent again, but what is whole counts. */
static void of_a_segment_that_is_covered_in_part_nothing_counts(void **state)
{
	send_bytes(10 * MSS);
	at(1100);
	sack_bytes(0, 2 * MSS + 1, 3 * MSS + 999);
	assert_int_equal(sacked(), 0);
	sack_bytes(0, 2 * MSS + 1, 4 * MSS + 1);
	assert_int_equal(sacked(), 1);
	sack_bytes(0, 2 * MSS, 4 * MSS + 1);
	assert_int_equal(sacked(), 2);
}

/* RFC2018:3: up to four blocks, in any order. */
static void blocks_may_come_in_any_order_and_overlap(void **state)
{
	struct sea_tcp_seg seg = ack_seg(MSS);

	send_segs(20);
	add_sack(&seg, 15 * MSS, 17 * MSS);
	add_sack(&seg, 3 * MSS, 5 * MSS);
	add_sack(&seg, 16 * MSS, 18 * MSS);
	add_sack(&seg, 9 * MSS, 10 * MSS);
	receive(&seg);
	assert_int_equal(sacked(), 3 + 2 + 1);
	receive(&seg);
	assert_int_equal(sacked(), 6);
	assert_int_equal(s.c.fl->rec.fack.v, seq_of(18 * MSS).v);
}

static void an_old_ack_may_bring_new_blocks(void **state)
{
	send_segs(10);
	ack(3);
	ack_sack(1, 7, 8);
	assert_int_equal(s.c.snd_una.v, seq_of(3 * MSS).v);
	assert_int_equal(sacked(), 1);
}

static void without_the_option_agreed_blocks_mean_nothing(void **state)
{
	s.c.flags &= ~(uint32_t)TCP_F_SACK;
	send_segs(10);
	ack_sack(0, 3, 8);
	assert_int_equal(sacked(), 0);
}

/* RFC2018:8. anchors 6.1, case 16 */
static void reneging_a_short_timer_then_all_that_was_sacked_is_sent_again(void **state)
{
	send_segs(6);
	at(1100);
	ack_sack(0, 1, 3);
	assert_int_equal(sacked(), 2);
	at(1150);
	ack(1); /* and not 3: what was SACKed is gone */
	assert_int_equal(s.c.rtx_kind, TCP_RTX_RTO);
	assert_in_range(s.c.due[TCP_TIMER_RTX].ns - tcp_now(&s.c).ns, 10 * SEA_MSEC, 60 * SEA_MSEC);
	fire();
	assert_int_equal(mib(SEA_MIB_TcpExtTCPSACKReneging), 1);
	assert_int_equal(sacked(), 0);
	assert_int_equal(s.c.fl->txq.lost_out, 5);
	expect_sent(s.n_sent - 1, 1, true);
	at(1300);
	ack(2);
	expect_sent(s.n_sent - 1, 3, true);
	ack(6);
	assert_int_equal(s.c.fl->txq.n, 0);
}

/* An ACK that closes the gap after all: nobody reneged. */
static void slow_acks_of_sacked_data_are_no_reneging(void **state)
{
	send_segs(6);
	at(1100);
	ack_sack(0, 1, 3);
	ack(1);
	at(1105);
	ack(3);
	assert_int_equal(mib(SEA_MIB_TcpExtTCPSACKReneging), 0);
	assert_int_equal(s.c.fl->txq.n, 3);
}

/* RFC2018:5. anchors 6.1, case 17 */
static void bad_sack_blocks_are_ignored_and_counted(void **state)
{
	send_segs(10);
	ack(4);
	sack_bytes(4 * MSS, 8 * MSS, 10 * MSS + 1);         /* beyond SND.NXT */
	sack_bytes(4 * MSS, 11 * MSS, 12 * MSS);            /* wholly so */
	sack_bytes(4 * MSS, 8 * MSS, 7 * MSS);              /* inverted */
	sack_bytes(4 * MSS, 8 * MSS, 8 * MSS);              /* empty */
	sack_bytes(4 * MSS, 4 * MSS, 6 * MSS);              /* what the ACK denies */
	sack_bytes(4 * MSS, 6 * MSS, 6 * MSS + (1u << 31)); /* half the space */
	sack_bytes(4 * MSS, 8 * MSS + (1u << 31), 9 * MSS); /* from the other half */
	assert_int_equal(sacked(), 0);
	assert_int_equal(s.c.fl->txq.packets_out, 6);
	assert_in_range(mib(SEA_MIB_TcpExtTCPSACKDiscard), 5, 7);
	assert_int_equal(s.c.fl->rec.ca_state == TCP_CA_RECOVERY, 0);
	assert_int_equal(s.n_sent, 10);
}

/* RFC2883:5. anchors 6.1, case 17 */
static void forged_dsacks_neither_undo_nor_widen_anything(void **state)
{
	begin_anew(TCP_F_SACK, 10, 100);
	send_segs(10);
	ack(2);
	for (unsigned i = 0; i < 100; i++)
		sack_bytes(2 * MSS, 0, MSS);
	assert_int_equal(mib(SEA_MIB_TcpExtTCPDSACKRecv), 100);
	assert_int_equal(mib(SEA_MIB_TcpExtTCPDSACKIgnoredDubious), 100);
	assert_int_equal(mib(SEA_MIB_TcpExtTCPDSACKUndo), 0);
	assert_int_equal(s.c.fl->rec.reo_wnd_steps, 1);
	at(1100);
	ack_sack(2, 3, 6);
	assert_int_equal(s.c.fl->rec.ca_state, TCP_CA_RECOVERY);
	sack_bytes(2 * MSS, 0, 1u << 30); /* longer than any window */
	assert_int_equal(mib(SEA_MIB_TcpExtTCPDSACKUndo), 0);
}

static void a_dsack_of_before_the_episode_is_old(void **state)
{
	begin_anew(TCP_F_SACK, 10, 100);
	send_segs(10);
	ack(2);
	s.c.total_retrans = 10;
	sack_bytes(2 * MSS, 0, MSS);
	assert_int_equal(mib(SEA_MIB_TcpExtTCPDSACKIgnoredNoUndo), 1);
	at(1100);
	ack_sack(2, 3, 6);
	sack_bytes(2 * MSS, 0, MSS);
	assert_int_equal(mib(SEA_MIB_TcpExtTCPDSACKIgnoredOld), 1);
}

/* anchors 6.1, cases 12 and 14: CVE-2019-11477, CVE-2019-11479 */
static void sack_panic_holes_in_the_largest_super_segment_of_the_smallest_mss(void **state)
{
	struct tcp_conn *c = &s.c;

	c->mss_cache = 48;
	c->snd_nxt = sea_seq_add(c->snd_nxt, 65520);
	assert_non_null(
		sea_tcp_txq_push(&c->fl->txq, c->snd_una, c->snd_nxt, 48, 0, 0, tcp_now(c)));
	assert_int_equal(c->fl->txq.packets_out, 1365);
	for (uint32_t at_byte = 48; at_byte + 48 < 65520; at_byte += 96)
		sack_bytes(0, at_byte, at_byte + 48);
	assert_int_equal(c->fl->txq.packets_out, 1365);
	assert_true(c->fl->txq.n < 400);
	ack_bytes(65520);
	assert_int_equal(c->fl->txq.n, 0);
}

/* anchors 6.1, case 13: CVE-2019-11478. Blocks of one byte each, everywhere. */
static void sack_slowness_tiny_blocks_do_not_fragment_the_queue(void **state)
{
	for (unsigned i = 0; i < 20; i++)
		send_bytes(60 * MSS);
	for (uint32_t i = 1; i < 1200; i++)
		sack_bytes(0, i * MSS + 17, i * MSS + 18);
	assert_int_equal(sacked(), 0);
	assert_int_equal(s.c.fl->txq.n, 20);
}

/* Ever the same long block, or one that grows by a segment: each entry is looked at once. */
static void a_growing_block_costs_only_what_it_brings(void **state)
{
	s.c.cc.cwnd = 4000;
	send_segs(3900);
	for (uint32_t i = 2; i <= 1500; i++)
		ack_sack(0, 1, i);
	assert_int_equal(sacked(), 1499);
	assert_int_equal(s.c.fl->rec.n_sack_cache, 1);
	/* A block of more than one ACK's budget is worked off by several. */
	ack_sack(0, 1, 3900);
	assert_int_equal(sacked(), 1499 + 2048);
	ack_sack(0, 1, 3900);
	assert_int_equal(sacked(), 3899);
}

/* RFC3465:2. anchors 6.1, case 18: ACKs of single bytes */
static void ack_division_does_not_open_the_window(void **state)
{
	begin_anew(TCP_F_SACK, 10, 100);
	send_segs(10);
	at(1100);
	for (uint32_t i = 1; i <= 2 * MSS; i++)
		ack_bytes(i);
	assert_int_equal(s.c.cc.cwnd, 12);
	assert_int_equal(s.c.delivered, 2);
	assert_int_equal(s.c.fl->txq.packets_out, 8);
}

/* RFC5681:3.2. anchors 6.1, case 18: more duplicates than segments */
static void duplicate_ack_spoofing_does_not_inflate_the_window(void **state)
{
	send_segs(10);
	at(1100);
	for (unsigned i = 0; i < 1000; i++) {
		ack(0);
		while (sea_tcp_cwnd_room(&s.c))
			send_segs(1);
	}
	assert_true(s.n_sent <= 10 + 1 + 10);
	assert_true(s.c.cc.cwnd <= 10);
	ack((s.c.snd_nxt.v - ISS) / MSS);
	assert_int_equal(s.c.fl->txq.n, 0);
}

/* A window that shrank leaves what was sent beyond it on the scoreboard. */
static void blocks_beyond_a_shrunk_window_count(void **state)
{
	send_segs(10);
	s.c.snd_wnd = 2 * MSS;
	ack_sack(0, 5, 10);
	assert_int_equal(sacked(), 5);
}

#define SACK(name) cmocka_unit_test_setup_teardown(name, with_sack, finish)
#define PLAIN(name) cmocka_unit_test_setup_teardown(name, plain, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SACK(a_block_inside_a_super_segment_cuts_it_at_segment_boundaries),
		SACK(of_a_segment_that_is_covered_in_part_nothing_counts),
		SACK(blocks_may_come_in_any_order_and_overlap),
		SACK(an_old_ack_may_bring_new_blocks),
		SACK(without_the_option_agreed_blocks_mean_nothing),
		SACK(reneging_a_short_timer_then_all_that_was_sacked_is_sent_again),
		SACK(slow_acks_of_sacked_data_are_no_reneging),
		SACK(bad_sack_blocks_are_ignored_and_counted),
		SACK(forged_dsacks_neither_undo_nor_widen_anything),
		SACK(a_dsack_of_before_the_episode_is_old),
		SACK(sack_panic_holes_in_the_largest_super_segment_of_the_smallest_mss),
		SACK(sack_slowness_tiny_blocks_do_not_fragment_the_queue),
		SACK(a_growing_block_costs_only_what_it_brings),
		SACK(ack_division_does_not_open_the_window),
		PLAIN(duplicate_ack_spoofing_does_not_inflate_the_window),
		SACK(blocks_beyond_a_shrunk_window_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
