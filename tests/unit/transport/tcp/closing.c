/* SPDX-License-Identifier: Apache-2.0 */
/* Closing a connection, as transcripts: RFC 9293 §3.6, §3.10.4, RFC 2525 §2.17, close(2). */
#include "tests/lib/tcp_script.h"

#include <linux/sockios.h>

static uint64_t mib(const struct tcp_script *s, enum sea_mib what)
{
	return test_mib(&s->t, what);
}

static void linger(struct tcp_script *s, int seconds)
{
	const struct linger l = { 1, seconds };

	assert_int_equal(sea_socket_setsockopt(s->t.stack, s->sock, SOL_SOCKET, SO_LINGER, &l,
					       sizeof(l), s->t.now),
			 0);
}

/* -- every way through the states -- */

/* RFC9293:MUST-13 */
static void the_one_who_closes_first_ends_in_time_wait(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_time_wait(&s);
	test_advance(&s.t, 60 * SEA_SEC - SEA_MSEC);
	assert_int_equal(script_listed(&s), TCP_TIME_WAIT);
	test_advance(&s.t, SEA_MSEC);
	assert_int_equal(script_listed(&s), 0);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTW), 1);
	script_free(&s);
}

static void the_one_who_closes_second_ends_closed(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_last_ack(&s);
	SEND(&s, "A", 2, 2, 0);
	NOTHING(&s);
	assert_int_equal(script_state(&s), TCP_CLOSE);
	assert_int_equal(script_listed(&s), 0);
	script_free(&s);
}

/* Case 31; RFC 9293 §3.6, figure 13. */
static void a_simultaneous_close_ends_in_time_wait(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_closing(&s);
	SEND(&s, "A", 2, 2, 0);
	NOTHING(&s);
	assert_int_equal(script_listed(&s), TCP_TIME_WAIT);
	script_free(&s);
}

static void fin_and_ack_of_ours_in_one_segment_end_in_time_wait(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_fin_wait_1(&s);
	SEND(&s, "FA", 1, 2, 0);
	EXPECT(&s, "A", 2, 2, 0);
	assert_int_equal(script_listed(&s), TCP_TIME_WAIT);
	script_free(&s);
}

/* RFC 9293 §3.6: a half-closed connection goes on receiving. */
static void data_is_received_after_our_fin(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_fin_wait_2(&s);
	test_advance(&s.t, 3600 * SEA_SEC);
	SEND(&s, "PA", 1, 2, 100);
	test_advance(&s.t, 40 * SEA_MSEC);
	EXPECT(&s, "A", 2, 101, 0);
	assert_int_equal(script_read(&s, 200), 100);
	assert_int_equal(script_state(&s), TCP_FIN_WAIT2);
	script_free(&s);
}

static void data_is_sent_after_the_peer_s_fin(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_close_wait(&s);
	assert_int_equal(script_write(&s, 100), 100);
	EXPECT(&s, "PA", 1, 2, 100);
	SEND(&s, "A", 2, 101, 0);
	assert_int_equal(script_shutdown(&s, SHUT_WR), 0);
	EXPECT(&s, "FA", 101, 2, 0);
	script_free(&s);
}

/* The peer acknowledges what comes until the FIN; returns the FIN's number. */
static uint32_t receive_all(struct tcp_script *s)
{
	uint32_t end = 1;

	for (unsigned i = 0; i < 100; i++) {
		while (script_take(s)) {
			assert_int_equal(s->seen.seq.v - s->iss, end);
			end += s->seen.len;
			if (s->seen.flags & SEA_TCP_FIN)
				return end;
		}
		SEND(s, "A", 1, end, 0);
	}
	fail();
	return 0;
}

static void a_fin_waits_for_the_data_before_it(void **state)
{
	struct tcp_script s;

	script_new(&s);
	s.wnd = 4000;
	script_established(&s);
	assert_int_equal(script_write(&s, 10000), 10000);
	assert_int_equal(script_shutdown(&s, SHUT_WR), 0);
	assert_int_equal(script_write(&s, 1), -EPIPE);
	assert_int_equal(receive_all(&s), 10001);
	script_free(&s);
}

static void a_lost_fin_is_sent_again(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_fin_wait_1(&s);
	test_advance(&s.t, 3 * SEA_SEC);
	EXPECT(&s, "FA", 1, 1, 0);
	script_free(&s);
}

static void the_peer_s_fin_again_is_acknowledged_again(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_close_wait(&s);
	SEND(&s, "FA", 1, 1, 0);
	EXPECT(&s, "A", 1, 2, 0);
	script_free(&s);
	script_new(&s);
	script_closing(&s);
	SEND(&s, "FA", 1, 1, 0);
	EXPECT(&s, "A", 2, 2, 0);
	script_free(&s);
}

static void data_behind_the_peer_s_fin_is_ignored(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_close_wait(&s);
	SEND(&s, "A", 2, 1, 100);
	assert_int_equal(script_read(&s, 200), 0);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_AFTER_FIN), 1);
	script_free(&s);
}

/* -- close() -- */

static void close_sends_a_fin_and_finishes_alone(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	assert_int_equal(script_close(&s), 0);
	EXPECT(&s, "FA", 1, 1, 0);
	assert_int_equal(sea_socket_poll(s.t.stack, s.sock), SEA_POLLERR | SEA_POLLHUP);
	assert_int_equal(script_listed(&s), TCP_FIN_WAIT1);
	SEND(&s, "A", 1, 2, 0);
	assert_int_equal(script_listed(&s), TCP_FIN_WAIT2);
	SEND(&s, "FA", 1, 2, 0);
	EXPECT(&s, "A", 2, 2, 0);
	assert_int_equal(script_listed(&s), TCP_TIME_WAIT);
	script_free(&s);
}

static void close_after_the_peer_s_fin_finishes_alone(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_close_wait(&s);
	assert_int_equal(script_close(&s), 0);
	EXPECT(&s, "FA", 1, 2, 0);
	assert_int_equal(script_listed(&s), TCP_LAST_ACK);
	SEND(&s, "A", 2, 2, 0);
	assert_int_equal(script_listed(&s), 0);
	script_free(&s);
}

/* Case 53: RFC 2525 §2.17. RFC9293:SHLD-3 */
static void close_with_unread_data_resets(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	SEND(&s, "PA", 1, 1, 10);
	test_take_all(&s.t);
	assert_int_equal(script_close(&s), 0);
	EXPECT(&s, "RA", 1, 11, 0);
	assert_int_equal(script_listed(&s), 0);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPAbortOnClose), 1);
	script_free(&s);
}

static void data_for_an_orphan_resets(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	assert_int_equal(script_close(&s), 0);
	EXPECT(&s, "FA", 1, 1, 0);
	SEND(&s, "PA", 1, 1, 10);
	/* The segment is answered as one for nobody (Linux). */
	EXPECT(&s, "R", 1, 0, 0);
	assert_int_equal(script_listed(&s), 0);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPAbortOnData), 1);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_DATA_AFTER_CLOSE), 1);
	script_free(&s);
}

static void data_for_an_orphan_in_fin_wait_2_resets(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_fin_wait_2(&s);
	assert_int_equal(script_close(&s), 0);
	assert_int_equal(script_listed(&s), TCP_FIN_WAIT2);
	SEND(&s, "PA", 1, 2, 10);
	EXPECT(&s, "R", 2, 0, 0);
	assert_int_equal(script_listed(&s), 0);
	script_free(&s);
}

static void an_orphan_waits_for_the_fin_no_longer_than_fin_timeout(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_fin_wait_2(&s);
	assert_int_equal(script_close(&s), 0);
	test_advance(&s.t, 60 * SEA_SEC - SEA_MSEC);
	assert_int_equal(script_listed(&s), TCP_FIN_WAIT2);
	test_advance(&s.t, SEA_MSEC);
	assert_int_equal(script_listed(&s), 0);
	NOTHING(&s);
	script_free(&s);
}

static void linger2_below_zero_does_not_wait_for_the_fin(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_fin_wait_2(&s);
	assert_int_equal(script_set(&s, s.sock, IPPROTO_TCP, TCP_LINGER2, -1), 0);
	assert_int_equal(script_close(&s), 0);
	EXPECT(&s, "RA", 2, 1, 0);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPAbortOnLinger), 1);
	assert_int_equal(script_listed(&s), 0);
	script_free(&s);
}

static void linger_zero_resets(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	linger(&s, 0);
	assert_int_equal(script_write(&s, 10), 10);
	test_take_all(&s.t);
	assert_int_equal(script_close(&s), 0);
	EXPECT(&s, "RA", 11, 1, 0);
	assert_int_equal(script_listed(&s), 0);
	script_free(&s);
}

static void linger_waits_until_all_is_acknowledged(void **state)
{
	struct sea_event ev;
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	linger(&s, 5);
	assert_int_equal(sea_socket_watch(s.t.stack, s.sock, SEA_POLLIN, 1), 0);
	while (sea_stack_take_events(s.t.stack, &ev, 1))
		;
	assert_int_equal(script_close(&s), -EWOULDBLOCK);
	EXPECT(&s, "FA", 1, 1, 0);
	assert_int_equal(sea_socket_poll(s.t.stack, s.sock), 0);
	SEND(&s, "A", 1, 2, 0);
	assert_int_equal(sea_stack_take_events(s.t.stack, &ev, 1), 1);
	assert_int_equal(ev.mask, SEA_POLLHUP);
	assert_int_equal(script_close(&s), 0);
	assert_int_equal(script_listed(&s), TCP_FIN_WAIT2);
	script_free(&s);
}

static void linger_ends_with_its_time(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	linger(&s, 5);
	assert_int_equal(script_close(&s), -EWOULDBLOCK);
	test_advance(&s.t, 5 * SEA_SEC - SEA_MSEC);
	assert_int_equal(sea_socket_poll(s.t.stack, s.sock), 0);
	test_advance(&s.t, SEA_MSEC);
	assert_int_equal(sea_socket_poll(s.t.stack, s.sock), SEA_POLLHUP);
	assert_int_equal(script_close(&s), 0);
	assert_int_equal(script_listed(&s), TCP_FIN_WAIT1);
	script_free(&s);
}

static void an_orphan_gives_up_after_its_retries(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	assert_int_equal(script_close(&s), 0);
	for (unsigned i = 0; i < 1000 && script_listed(&s); i++)
		test_advance(&s.t, SEA_SEC);
	assert_int_equal(script_listed(&s), 0);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPAbortOnTimeout), 1);
	test_take_all(&s.t);
	script_free(&s);
}

static void too_many_orphans_are_aborted(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_sysctl(&s, "net.ipv4.tcp_max_orphans", "0");
	script_established(&s);
	assert_int_equal(script_close(&s), 0);
	EXPECT(&s, "FA", 1, 1, 0);
	EXPECT(&s, "RA", 2, 1, 0);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPAbortOnMemory), 1);
	script_free(&s);
}

static void as_many_orphans_live_as_tcp_max_orphans_says(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_sysctl(&s, "net.ipv4.tcp_max_orphans", "1");
	script_established(&s);
	assert_int_equal(script_close(&s), 0);
	EXPECT(&s, "FA", 1, 1, 0);
	NOTHING(&s);
	s.rport++;
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(script_close(&s), 0);
	EXPECT(&s, "FA", 1, 1, 0);
	EXPECT(&s, "RA", 2, 1, 0);
	assert_int_equal(script_listed(&s), 0);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPAbortOnMemory), 1);
	s.rport--;
	assert_int_equal(script_listed(&s), TCP_FIN_WAIT1);
	script_free(&s);
}

static void an_orphan_still_sends_what_was_written(void **state)
{
	struct tcp_script s;

	script_new(&s);
	s.wnd = 4000;
	script_established(&s);
	assert_int_equal(script_write(&s, 10000), 10000);
	assert_int_equal(script_close(&s), 0);
	assert_int_equal(receive_all(&s), 10001);
	script_free(&s);
}

/* -- shutdown, disconnect -- */

static void shutdown_of_what_is_not_connected(void **state)
{
	struct tcp_script s;

	script_new(&s);
	s.sock = script_socket(&s);
	assert_int_equal(script_shutdown(&s, SHUT_WR), -ENOTCONN);
	script_free(&s);
}

static void shutdown_while_connecting_gives_up(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_syn_sent(&s);
	assert_int_equal(script_shutdown(&s, SHUT_WR), 0);
	assert_int_equal(script_state(&s), TCP_CLOSE);
	NOTHING(&s);
	script_free(&s);
}

static void shutdown_ends_a_listener_which_may_listen_again(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	s.sock = s.listener;
	assert_int_equal(script_shutdown(&s, SHUT_WR), 0);
	assert_int_equal(script_state(&s), TCP_LISTEN);
	assert_int_equal(script_shutdown(&s, SHUT_RD), 0);
	assert_int_equal(script_state(&s), TCP_CLOSE);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "RA", 0, 1, 0);
	assert_int_equal(sea_socket_listen(s.t.stack, s.listener, 8, s.t.now), 0);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	script_free(&s);
}

/* As on Linux: nothing changes, but who waits for the connection in the queue is told once more. */
static void shutdown_of_a_listeners_sending_wakes_who_waits(void **state)
{
	struct sea_event ev;
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(sea_socket_watch(s.t.stack, s.listener, SEA_POLLIN, 1), 0);
	while (sea_stack_take_events(s.t.stack, &ev, 1))
		;
	assert_int_equal(sea_socket_shutdown(s.t.stack, s.listener, SHUT_WR, s.t.now), 0);
	assert_int_equal(sea_stack_take_events(s.t.stack, &ev, 1), 1);
	assert_true(ev.edge);
	assert_int_equal(ev.mask, SEA_POLLIN);
	assert_int_equal(script_accept(&s), 0);
	script_free(&s);
}

static void af_unspec_dissolves_a_connection(void **state)
{
	const struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	struct tcp_script s;

	script_new(&s);
	script_connected(&s);
	assert_int_equal(sea_socket_connect(s.t.stack, s.sock, &unspec, sizeof(unspec), s.t.now),
			 0);
	EXPECT(&s, "RA", 1, 1, 0);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_ERROR), ECONNRESET);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", 80), -EINPROGRESS);
	EXPECT(&s, "S", 0, 0, 0);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_one_who_closes_first_ends_in_time_wait),
		cmocka_unit_test(the_one_who_closes_second_ends_closed),
		cmocka_unit_test(a_simultaneous_close_ends_in_time_wait),
		cmocka_unit_test(fin_and_ack_of_ours_in_one_segment_end_in_time_wait),
		cmocka_unit_test(data_is_received_after_our_fin),
		cmocka_unit_test(data_is_sent_after_the_peer_s_fin),
		cmocka_unit_test(a_fin_waits_for_the_data_before_it),
		cmocka_unit_test(a_lost_fin_is_sent_again),
		cmocka_unit_test(the_peer_s_fin_again_is_acknowledged_again),
		cmocka_unit_test(data_behind_the_peer_s_fin_is_ignored),
		cmocka_unit_test(close_sends_a_fin_and_finishes_alone),
		cmocka_unit_test(close_after_the_peer_s_fin_finishes_alone),
		cmocka_unit_test(close_with_unread_data_resets),
		cmocka_unit_test(data_for_an_orphan_resets),
		cmocka_unit_test(data_for_an_orphan_in_fin_wait_2_resets),
		cmocka_unit_test(an_orphan_waits_for_the_fin_no_longer_than_fin_timeout),
		cmocka_unit_test(linger2_below_zero_does_not_wait_for_the_fin),
		cmocka_unit_test(linger_zero_resets),
		cmocka_unit_test(linger_waits_until_all_is_acknowledged),
		cmocka_unit_test(linger_ends_with_its_time),
		cmocka_unit_test(an_orphan_gives_up_after_its_retries),
		cmocka_unit_test(too_many_orphans_are_aborted),
		cmocka_unit_test(as_many_orphans_live_as_tcp_max_orphans_says),
		cmocka_unit_test(an_orphan_still_sends_what_was_written),
		cmocka_unit_test(shutdown_of_what_is_not_connected),
		cmocka_unit_test(shutdown_while_connecting_gives_up),
		cmocka_unit_test(shutdown_ends_a_listener_which_may_listen_again),
		cmocka_unit_test(shutdown_of_a_listeners_sending_wakes_who_waits),
		cmocka_unit_test(af_unspec_dissolves_a_connection),
	};

	return SCRIPT_RUN(tests);
}
