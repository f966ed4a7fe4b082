/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a connection, as transcripts: RFC 9293 §3.5, §3.10.7.1 to .3. */
#include "tests/lib/tcp_script.h"

#define FULL "mss 1460, sack-ok, ts 100 0, wscale 7"

static uint64_t mib(const struct tcp_script *s, enum sea_mib what)
{
	return test_mib(&s->t, what);
}

/* -- passive -- */

/* RFC9293:MUST-14 */
static void a_syn_is_answered_with_linux_options_and_window(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .opts = FULL);
	EXPECT(&s, "SA", 0, 1, 0);
	assert_int_equal(s.seen.wnd, 65160); /* 45 segments of 1448 bytes */
	assert_int_equal(s.seen.opts.mss, 1460);
	assert_int_equal(s.seen.opts.wscale, 10);
	assert_int_equal(s.seen.opts.ts_ecr, 100);
	assert_true(s.seen.opts.has_sack_perm);
	assert_int_equal(script_listed(&s), TCP_SYN_RECV);
	script_free(&s);
}

static void options_that_the_peer_did_not_offer_are_not_answered(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SA", 0, 1, 0);
	assert_true(s.seen.opts.has_mss);
	assert_false(s.seen.opts.has_ts || s.seen.opts.has_wscale || s.seen.opts.has_sack_perm);
	script_free(&s);
}

static void the_third_ack_makes_a_connection(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	s.ts = true;
	SEND(&s, "S", 0, 0, 0, .opts = FULL);
	EXPECT(&s, "SA", 0, 1, 0);
	assert_int_equal(script_accept(&s), -EAGAIN);
	SEND(&s, "A", 1, 1, 0);
	NOTHING(&s);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	assert_int_equal(mib(&s, SEA_MIB_TcpPassiveOpens), 1);
	assert_int_equal(mib(&s, SEA_MIB_TcpCurrEstab), 1);
	script_free(&s);
}

/* RFC9293:MUST-15 */
static void without_an_mss_option_segments_have_536_bytes(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(script_get(&s, s.sock, IPPROTO_TCP, TCP_MAXSEG),
			 script_is6() ? 1220 : 536);
	script_free(&s);
}

/* RFC9293:MUST-57 */
static void a_syn_to_a_broadcast_address_is_ignored(void **state)
{
	struct tcp_script s;

	SCRIPT_ONLY4();
	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .dst = "10.0.0.255");
	SEND(&s, "S", 0, 0, 0, .dst = "255.255.255.255");
	NOTHING(&s);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_NOT_UNICAST), 2);
	script_free(&s);
}

static void data_in_the_third_ack_is_received(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "PA", 1, 1, 100);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(script_read(&s, 1000), 100);
	EXPECT(&s, "A", 1, 101, 0);
	script_free(&s);
}

/* Even the FIN may come with it. */
static void a_fin_in_the_third_ack_leaves_close_wait(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "FA", 1, 1, 10);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(script_state(&s), TCP_CLOSE_WAIT);
	assert_int_equal(script_read(&s, 100), 10);
	assert_int_equal(script_read(&s, 100), 0);
	script_free(&s);
}

static void data_in_a_syn_is_not_acknowledged(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 50);
	EXPECT(&s, "SA", 0, 1, 0);
	script_free(&s);
}

static void a_lost_syn_ack_is_sent_again_with_backoff_and_given_up(void **state)
{
	static const unsigned waits[] = { 1, 2, 4, 8, 16 };
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .opts = FULL);
	EXPECT(&s, "SA", 0, 1, 0);
	for (unsigned i = 0; i < 5; i++) {
		test_advance(&s.t, waits[i] * SEA_SEC - SEA_MSEC);
		NOTHING(&s);
		test_advance(&s.t, SEA_MSEC);
		EXPECT(&s, "SA", 0, 1, 0);
	}
	assert_int_equal(script_listed(&s), TCP_SYN_RECV);
	test_advance(&s.t, 32 * SEA_SEC);
	NOTHING(&s);
	assert_int_equal(script_listed(&s), 0);
	script_free(&s);
}

static void a_syn_again_gets_the_syn_ack_again(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	test_advance(&s.t, 600 * SEA_MSEC);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "S", 0, 0, 0); /* too soon */
	NOTHING(&s);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPACKSkippedSynRecv), 1);
	script_free(&s);
}

static void deferred_accept_waits_for_data(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	assert_int_equal(script_set(&s, s.listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, 3), 0);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), -EAGAIN);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_DEFERRED), 1);
	SEND(&s, "PA", 1, 1, 5);
	assert_int_equal(script_accept(&s), 0);
	script_free(&s);
}

/* -- half-open: what is not acceptable -- */

static void half_open(struct tcp_script *s)
{
	script_new(s);
	script_listen(s, 8);
	SEND(s, "S", 0, 0, 0);
	EXPECT(s, "SA", 0, 1, 0);
}

/* RFC 9293 §3.10.7.4, fifth. */
static void an_ack_of_another_syn_is_reset(void **state)
{
	struct tcp_script s;

	half_open(&s);
	SEND(&s, "A", 1, 2, 0);
	EXPECT(&s, "R", 2, 0, 0);
	assert_int_equal(script_listed(&s), TCP_SYN_RECV);
	script_free(&s);
}

static void a_reset_at_rcv_nxt_ends_a_half_open_connection(void **state)
{
	struct tcp_script s;

	half_open(&s);
	SEND(&s, "R", 1, 0, 0);
	NOTHING(&s);
	assert_int_equal(script_listed(&s), 0);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtEmbryonicRsts), 1);
	script_free(&s);
}

/* Case 6: CVE-2026-68118. */
static void a_blind_reset_does_not_end_a_half_open_connection(void **state)
{
	struct tcp_script s;

	half_open(&s);
	SEND(&s, "R", 1000, 0, 0);
	EXPECT(&s, "A", 1, 1, 0);
	assert_int_equal(script_listed(&s), TCP_SYN_RECV);
	SEND(&s, "R", 2000, 0, 0);
	NOTHING(&s); /* rate-limited */
	SEND(&s, "R", 100000, 0, 0);
	NOTHING(&s); /* not even in the window */
	assert_int_equal(script_listed(&s), TCP_SYN_RECV);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_INVALID_RESET), 2);
	script_free(&s);
}

static void a_syn_in_the_window_of_a_half_open_connection_resets_it(void **state)
{
	struct tcp_script s;

	half_open(&s);
	SEND(&s, "S", 1000, 0, 0);
	EXPECT(&s, "RA", (uint32_t)-s.iss, 1001, 0);
	assert_int_equal(script_listed(&s), 0);
	script_free(&s);
}

static void data_outside_the_window_of_a_half_open_connection_is_acknowledged(void **state)
{
	struct tcp_script s;

	half_open(&s);
	SEND(&s, "A", 100000, 1, 10);
	EXPECT(&s, "A", 1, 1, 0);
	assert_int_equal(script_listed(&s), TCP_SYN_RECV);
	script_free(&s);
}

static void old_timestamps_do_not_complete_a_handshake(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .opts = FULL);
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "A", 1, 1, 0, .opts = "ts 99 0");
	EXPECT(&s, "A", 1, 1, 0);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtPAWSEstab), 1);
	assert_int_equal(script_accept(&s), -EAGAIN);
	script_free(&s);
}

static void a_segment_without_ack_does_not_complete_a_handshake(void **state)
{
	struct tcp_script s;

	half_open(&s);
	SEND(&s, "P", 1, 0, 10);
	NOTHING(&s);
	assert_int_equal(script_accept(&s), -EAGAIN);
	script_free(&s);
}

/* -- the queues -- */

/* Case 52. */
static void a_full_accept_queue_leaves_the_handshake_open(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 1);
	for (uint16_t i = 0; i < 2; i++) {
		s.rport = (uint16_t)(41000 + i);
		SEND(&s, "S", 0, 0, 0);
		EXPECT(&s, "SA", 0, 1, 0);
		SEND(&s, "A", 1, 1, 0);
	}
	s.rport = 41002;
	SEND(&s, "S", 0, 0, 0);
	NOTHING(&s);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtListenOverflows), 1);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_LISTEN_OVERFLOW), 1);
	assert_int_equal(script_accept(&s), 0);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	script_free(&s);
}

static void overflow_may_be_answered_with_a_reset(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_sysctl(&s, "net.ipv4.tcp_abort_on_overflow", "1");
	script_listen(&s, 2);
	for (uint16_t i = 0; i < 4; i++) {
		if (i == 3) /* room for one more half-open, none for its child */
			assert_int_equal(sea_socket_listen(s.t.stack, s.listener, 3, s.t.now), 0);
		s.rport = (uint16_t)(41000 + i);
		SEND(&s, "S", 0, 0, 0);
		EXPECT(&s, "SA", 0, 1, 0);
		if (i < 3)
			SEND(&s, "A", 1, 1, 0);
	}
	assert_int_equal(sea_socket_listen(s.t.stack, s.listener, 2, s.t.now), 0);
	SEND(&s, "A", 1, 1, 0);
	EXPECT(&s, "R", 1, 0, 0);
	script_free(&s);
}

static void closing_a_listener_resets_what_waits(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "A", 1, 1, 0);
	s.sock = s.listener;
	assert_int_equal(script_close(&s), 0);
	EXPECT(&s, "RA", 1, 1, 0);
	script_free(&s);
}

/* -- nobody there -- */

static void a_syn_for_nobody_is_reset(void **state)
{
	struct tcp_script s;

	script_new(&s);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "RA", 0, 1, 0);
	SEND(&s, "SF", 0, 0, 10);
	EXPECT(&s, "RA", 0, 12, 0);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_NO_SOCKET), 2);
	script_free(&s);
}

static void an_ack_for_nobody_is_reset_at_its_number(void **state)
{
	struct tcp_script s;

	script_new(&s);
	SEND(&s, "A", 5, 77, 10);
	EXPECT(&s, "R", 77, 0, 0);
	script_free(&s);
}

/* RFC 9293 §3.5.2: never to a reset. */
static void a_reset_for_nobody_is_ignored(void **state)
{
	struct tcp_script s;

	script_new(&s);
	SEND(&s, "R", 0, 0, 0);
	SEND(&s, "RA", 0, 1, 0);
	NOTHING(&s);
	script_free(&s);
}

static void a_listener_resets_an_ack_and_ignores_nonsense(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "A", 1, 77, 0);
	EXPECT(&s, "R", 77, 0, 0);
	SEND(&s, "SA", 1, 77, 0);
	EXPECT(&s, "R", 77, 0, 0);
	SEND(&s, "R", 1, 0, 0);
	SEND(&s, "SF", 1, 0, 0);
	SEND(&s, "F", 1, 0, 0);
	SEND(&s, "", 1, 0, 5);
	NOTHING(&s);
	assert_int_equal(script_listed(&s), 0);
	script_free(&s);
}

/* -- active -- */

static void a_connect_sends_linux_s_syn(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_syn_sent(&s);
	assert_int_equal(s.seen.wnd, 64240);
	assert_int_equal(s.seen.opts.mss, 1460);
	assert_int_equal(s.seen.opts.wscale, 10);
	assert_true(s.seen.opts.has_sack_perm && s.seen.opts.has_ts);
	assert_int_equal(s.seen.opts.ts_ecr, 0);
	script_free(&s);
}

static void a_second_connect_tells_how_the_first_goes(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_syn_sent(&s);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", 80), -EALREADY);
	SEND(&s, "SA", 0, 1, 0);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", 80), 0);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", 80), -EISCONN);
	script_free(&s);
}

static void a_refused_connect_says_so_and_may_be_tried_again(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_syn_sent(&s);
	SEND(&s, "RA", 0, 1, 0);
	NOTHING(&s);
	assert_int_equal(script_state(&s), TCP_CLOSE);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", 80), -ECONNABORTED);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", 80), -EINPROGRESS);
	EXPECT(&s, "S", 0, 0, 0);
	SEND(&s, "RA", 0, 1, 0);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", 80), -ECONNREFUSED);
	script_free(&s);
}

/* Case 9 of §3.10.7.3: an ACK of something else is reset, and so no spoofed reset is obeyed. */
static void syn_sent_believes_only_an_ack_of_its_syn(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_syn_sent(&s);
	SEND(&s, "SA", 0, 77, 0);
	EXPECT(&s, "R", 77, 0, 0);
	SEND(&s, "A", 0, 0, 0);
	EXPECT(&s, "R", 0, 0, 0);
	SEND(&s, "RA", 0, 77, 0);
	SEND(&s, "R", 0, 0, 0);
	NOTHING(&s);
	assert_int_equal(script_state(&s), TCP_SYN_SENT);
	script_free(&s);
}

/* As Linux 6.18 was seen to: five a second apart, then with backoff. RFC9293:MUST-22 */
static void a_lost_syn_is_sent_again_and_given_up(void **state)
{
	static const unsigned waits[] = { 1, 1, 1, 1, 1, 2, 4, 8, 16, 32 };
	struct tcp_script s;

	script_new(&s);
	script_syn_sent(&s);
	for (unsigned i = 0; i < 10; i++) {
		test_advance(&s.t, waits[i] * SEA_SEC - SEA_MSEC);
		NOTHING(&s);
		test_advance(&s.t, SEA_MSEC);
		EXPECT(&s, "S", 0, 0, 0);
	}
	test_advance(&s.t, 64 * SEA_SEC - SEA_MSEC);
	assert_int_equal(script_state(&s), TCP_SYN_SENT);
	test_advance(&s.t, SEA_MSEC);
	NOTHING(&s);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_ERROR), ETIMEDOUT);
	script_free(&s);
}

/* RFC9293:MUST-10, RFC9293:MUST-11: both sides send their SYN at once. */
static void a_simultaneous_open_ends_established(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_syn_sent(&s);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SA", 0, 1, 0);
	assert_int_equal(script_state(&s), TCP_SYN_RECV);
	SEND(&s, "SA", 0, 1, 0, .opts = "mss 1460");
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	test_take_all(&s.t);
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 1, 1, 10);
	script_free(&s);
}

/* Case 30. */
static void a_socket_may_connect_to_itself(void **state)
{
	struct tcp_script s;

	script_new(&s);
	s.sock = script_socket(&s);
	assert_int_equal(script_bind(&s, s.sock, "127.0.0.1", 7777), 0);
	assert_int_equal(script_connect(&s, s.sock, "127.0.0.1", 7777), -EINPROGRESS);
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	assert_int_equal(script_write(&s, 100), 100);
	assert_int_equal(script_read(&s, 1000), 100);
	script_free(&s);
}

/* As on Linux, without fast open: both have to come again. */
static void data_and_fin_in_a_syn_ack_are_not_taken(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_syn_sent(&s);
	SEND(&s, "SAF", 0, 1, 10);
	EXPECT(&s, "A", 1, 1, 0);
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	SEND(&s, "AF", 1, 1, 10);
	assert_int_equal(script_state(&s), TCP_CLOSE_WAIT);
	assert_int_equal(script_read(&s, 100), 10);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_syn_is_answered_with_linux_options_and_window),
		cmocka_unit_test(options_that_the_peer_did_not_offer_are_not_answered),
		cmocka_unit_test(the_third_ack_makes_a_connection),
		cmocka_unit_test(without_an_mss_option_segments_have_536_bytes),
		cmocka_unit_test(a_syn_to_a_broadcast_address_is_ignored),
		cmocka_unit_test(data_in_the_third_ack_is_received),
		cmocka_unit_test(a_fin_in_the_third_ack_leaves_close_wait),
		cmocka_unit_test(data_in_a_syn_is_not_acknowledged),
		cmocka_unit_test(a_lost_syn_ack_is_sent_again_with_backoff_and_given_up),
		cmocka_unit_test(a_syn_again_gets_the_syn_ack_again),
		cmocka_unit_test(deferred_accept_waits_for_data),
		cmocka_unit_test(an_ack_of_another_syn_is_reset),
		cmocka_unit_test(a_reset_at_rcv_nxt_ends_a_half_open_connection),
		cmocka_unit_test(a_blind_reset_does_not_end_a_half_open_connection),
		cmocka_unit_test(a_syn_in_the_window_of_a_half_open_connection_resets_it),
		cmocka_unit_test(data_outside_the_window_of_a_half_open_connection_is_acknowledged),
		cmocka_unit_test(old_timestamps_do_not_complete_a_handshake),
		cmocka_unit_test(a_segment_without_ack_does_not_complete_a_handshake),
		cmocka_unit_test(a_full_accept_queue_leaves_the_handshake_open),
		cmocka_unit_test(overflow_may_be_answered_with_a_reset),
		cmocka_unit_test(closing_a_listener_resets_what_waits),
		cmocka_unit_test(a_syn_for_nobody_is_reset),
		cmocka_unit_test(an_ack_for_nobody_is_reset_at_its_number),
		cmocka_unit_test(a_reset_for_nobody_is_ignored),
		cmocka_unit_test(a_listener_resets_an_ack_and_ignores_nonsense),
		cmocka_unit_test(a_connect_sends_linux_s_syn),
		cmocka_unit_test(a_second_connect_tells_how_the_first_goes),
		cmocka_unit_test(a_refused_connect_says_so_and_may_be_tried_again),
		cmocka_unit_test(syn_sent_believes_only_an_ack_of_its_syn),
		cmocka_unit_test(a_lost_syn_is_sent_again_and_given_up),
		cmocka_unit_test(a_simultaneous_open_ends_established),
		cmocka_unit_test(a_socket_may_connect_to_itself),
		cmocka_unit_test(data_and_fin_in_a_syn_ack_are_not_taken),
	};

	return SCRIPT_RUN(tests);
}
