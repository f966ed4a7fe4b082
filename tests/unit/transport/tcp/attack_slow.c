/* SPDX-License-Identifier: Apache-2.0 */
/* Peers and programs that take their time, and wires that change under a connection, as transcripts. */
#include "tests/lib/tcp_script.h"
#include "transport/tcp/conn.h"

static struct tcp_conn *conn(const struct tcp_script *s)
{
	return sea_tcp_conn(sea_sock_get(s->t.stack, s->sock));
}

/* -- windows of nearly nothing -- */

/* RFC 9293 §3.8.6.2.1: no stream of tiny segments into a window of one byte; one that opens is used. */
static void a_window_of_one_byte_is_probed_and_not_filled_byte_by_byte(void **state)
{
	struct tcp_script s;
	unsigned n = 0, bytes = 0;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(script_write(&s, 10), 10);
	test_take_all(&s.t);
	s.wnd = 1;
	SEND(&s, "A", 1, 11, 0);
	assert_int_equal(script_write(&s, 9990), 9990);
	for (unsigned i = 0; i < 600; i++) {
		test_advance(&s.t, 100 * SEA_MSEC);
		while (script_take(&s)) {
			n++;
			bytes = (unsigned)(s.seen.seq.v + s.seen.len - s.iss - 1);
			SEND(&s, "A", 1, s.seen.seq.v + s.seen.len - s.iss, 0);
		}
	}
	assert_in_range(n, 1, 60 * 5); /* one a timeout of 200 ms */
	assert_in_range(bytes, 11, 10 + n);
	s.wnd = 65535;
	SEND(&s, "A", 1, bytes + 1, 0);
	while (script_take(&s)) {
		bytes = (unsigned)(s.seen.seq.v + s.seen.len - s.iss - 1);
		SEND(&s, "A", 1, bytes + 1, 0);
	}
	assert_int_equal(bytes, 10000);
	script_free(&s);
}

/* A peer that reads slowly for ever holds the send buffer, and no more. */
static void a_slow_reader_holds_no_more_than_the_send_buffer(void **state)
{
	struct tcp_script s;
	size_t held;

	(void)state;
	script_new(&s);
	s.wnd = 100;
	script_established(&s);
	held = s.t.stack->shard.pool.held;
	for (unsigned i = 0; i < 2000; i++) {
		(void)script_write(&s, 100000);
		assert_int_equal(script_write(&s, 100000), -EAGAIN);
		test_advance(&s.t, 300 * SEA_MSEC);
		while (script_take(&s))
			SEND(&s, "A", 1, s.seen.seq.v + s.seen.len - s.iss, 0);
		assert_true(s.t.stack->shard.pool.held - held < 3 * (size_t)conn(&s)->sock.sndbuf);
	}
	assert_true(conn(&s)->snd_una.v - s.iss > 2000);
	script_free(&s);
}

/* RFC 9293 §3.8.6.2.2: a program that reads byte by byte does not make the peer send bytes. */
static void a_program_that_reads_byte_by_byte_offers_whole_segments(void **state)
{
	struct tcp_script s;
	unsigned updates = 0;
	uint32_t seq = 1;

	(void)state;
	script_new(&s);
	script_established(&s);
	for (unsigned i = 0; i < 500 && conn(&s)->rcv_wnd; i++, seq += 1460)
		SEND(&s, "A", seq, 1, 1460);
	test_take_all(&s.t);
	assert_int_equal(conn(&s)->rcv_wnd, 0);
	for (unsigned i = 0; i < 20000; i++) {
		assert_int_equal(script_read(&s, 1), 1);
		while (script_take(&s)) {
			updates++;
			assert_true(s.seen.wnd >= 1460);
		}
	}
	assert_in_range(updates, 1, 20);
	script_free(&s);
}

/* Acknowledged byte by byte: each costs a segment at most, and nothing piles up. */
static void acks_of_one_byte_each_are_borne(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(script_write(&s, 14000), 14000);
	test_take_all(&s.t);
	for (uint32_t i = 1; i <= 14000; i++) {
		SEND(&s, "A", 1, 1 + i, 0);
		assert_in_range(test_take_all(&s.t), 0, 2);
		assert_true(conn(&s)->fl->txq.n <= 10 + 2);
	}
	assert_true(tcp_idle(conn(&s)));
	assert_true(conn(&s)->cc.cwnd <= 20);
	script_free(&s);
}

/* -- days -- */

static void a_half_closed_connection_lives_for_days(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_close_wait(&s);
	test_advance(&s.t, 3 * 86400 * SEA_SEC);
	NOTHING(&s);
	assert_int_equal(script_write(&s, 100), 100);
	EXPECT(&s, "PA", 1, 2, 100);
	SEND(&s, "A", 2, 101, 0);
	assert_int_equal(script_state(&s), TCP_CLOSE_WAIT);
	script_free(&s);

	script_new(&s);
	script_fin_wait_2(&s);
	test_advance(&s.t, 3 * 86400 * SEA_SEC);
	NOTHING(&s);
	SEND(&s, "PA", 1, 2, 100);
	assert_int_equal(script_read(&s, 100), 100);
	assert_int_equal(script_state(&s), TCP_FIN_WAIT2);
	test_take_all(&s.t);
	script_free(&s);
}

/* What comes behind a reset is for nobody. */
static void a_fin_after_the_reset_is_reset(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	SEND(&s, "R", 1, 1, 0);
	SEND(&s, "FA", 1, 1, 0);
	EXPECT(&s, "R", 1, 0, 0);
	assert_int_equal(script_state(&s), TCP_CLOSE);
	script_free(&s);
}

/* -- wires -- */

/* What goes out from now on fits the smaller MTU, also what is sent again. */
static void an_mtu_that_shrinks_is_obeyed(void **state)
{
	struct tcp_script s;
	uint32_t una = 1;

	SCRIPT_ONLY4();
	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(script_write(&s, 4000), 4000);
	test_take_all(&s.t);
	assert_int_equal(sea_link_set_mtu(s.t.link, 600, s.t.now), 0);
	for (unsigned i = 0; una < 8001 && i < 600; i++) {
		if (i == 1)
			assert_int_equal(script_write(&s, 4000), 4000);
		test_advance(&s.t, 100 * SEA_MSEC);
		while (script_take(&s)) {
			uint32_t from = s.seen.seq.v - s.iss;

			assert_true(s.seen.len <= 560);
			una = from <= una && from + s.seen.len > una ? from + s.seen.len : una;
			SEND(&s, "A", 1, una, 0);
		}
	}
	assert_int_equal(una, 8001);
	script_free(&s);
}

static void a_link_that_was_down_for_a_while_loses_nothing(void **state)
{
	struct tcp_script s;

	SCRIPT_ONLY4();
	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(sea_link_set_up(s.t.link, false, s.t.now), 0);
	assert_int_equal(script_write(&s, 1000), 1000);
	test_advance(&s.t, 20 * SEA_SEC);
	NOTHING(&s);
	assert_int_equal(sea_link_set_up(s.t.link, true, s.t.now), 0);
	test_know_peer(&s.t);
	test_advance(&s.t, 30 * SEA_SEC);
	EXPECT(&s, "PA", 1, 1, 1000);
	SEND(&s, "A", 1, 1001, 0);
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	test_take_all(&s.t);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_window_of_one_byte_is_probed_and_not_filled_byte_by_byte),
		cmocka_unit_test(a_slow_reader_holds_no_more_than_the_send_buffer),
		cmocka_unit_test(a_program_that_reads_byte_by_byte_offers_whole_segments),
		cmocka_unit_test(acks_of_one_byte_each_are_borne),
		cmocka_unit_test(a_half_closed_connection_lives_for_days),
		cmocka_unit_test(a_fin_after_the_reset_is_reset),
		cmocka_unit_test(an_mtu_that_shrinks_is_obeyed),
		cmocka_unit_test(a_link_that_was_down_for_a_while_loses_nothing),
	};

	return SCRIPT_RUN(tests);
}
