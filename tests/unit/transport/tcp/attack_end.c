/* SPDX-License-Identifier: Apache-2.0 */
/* Peers that never let go, and calls that come too late, as transcripts. */
#include "tests/lib/tcp_script.h"
#include "transport/tcp/conn.h"

static uint64_t mib(const struct tcp_script *s, enum sea_mib what)
{
	return test_mib(&s->t, what);
}

static uint32_t n_conns(const struct tcp_script *s)
{
	return sea_tcp_of(s->t.stack)->n_conns;
}

/* -- orphans -- */

/* A FIN that is not next, with the ACK of ours: nothing would ever end the wait for the right one. */
static void a_fin_out_of_place_does_not_keep_an_orphan_for_ever(void **state)
{
	static const uint32_t seqs[] = { 1000, 0 }; /* ahead, and old */

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct tcp_script s;

		script_new(&s);
		script_fin_wait_1(&s);
		assert_int_equal(script_close(&s), 0);
		SEND(&s, "FA", seqs[i], 2, 0);
		test_take_all(&s.t);
		assert_int_equal(n_conns(&s), 1); /* the listener */
		test_advance(&s.t, 61 * SEA_SEC);
		assert_int_equal(script_listed(&s), 0);
		script_free(&s);
	}
}

/* Data that the peer sends again, with the ACK of our FIN, is no new data for nobody. */
static void old_data_with_the_ack_of_an_orphan_s_fin_does_not_reset(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	SEND(&s, "PA", 1, 1, 10);
	assert_int_equal(script_read(&s, 10), 10);
	test_take_all(&s.t);
	assert_int_equal(script_close(&s), 0);
	test_take_all(&s.t);
	SEND(&s, "PA", 1, 2, 10);
	while (script_take(&s))
		assert_false(s.seen.flags & SEA_TCP_RST);
	assert_int_equal(script_listed(&s), TCP_FIN_WAIT2);
	script_free(&s);
}

/* RFC 2525 §2.17: both directions shut down is as good as closed for what comes. */
static void data_after_shutdown_of_both_directions_resets(void **state)
{
	struct tcp_script s;

	(void)state;
	for (unsigned acked = 0; acked < 2; acked++) {
		script_new(&s);
		script_established(&s);
		assert_int_equal(script_shutdown(&s, SHUT_RDWR), 0);
		EXPECT(&s, "FA", 1, 1, 0);
		SEND(&s, "PA", 1, 1 + acked, 10);
		assert_true(script_take(&s));
		assert_true(s.seen.flags & SEA_TCP_RST);
		assert_int_equal(script_state(&s), TCP_CLOSE);
		assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_ERROR), ECONNRESET);
		assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPAbortOnData), 1);
		assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_DATA_AFTER_CLOSE), 1);
		script_free(&s);
	}
}

/* Linux goes on receiving after SHUT_RD alone. */
static void data_after_shutdown_of_reading_alone_is_received(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(script_shutdown(&s, SHUT_RD), 0);
	SEND(&s, "PA", 1, 1, 10);
	assert_int_equal(script_read(&s, 100), 10);
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	script_free(&s);
}

/* -- calls that come too late -- */

static void bytes_committed_after_a_reset_are_refused(void **state)
{
	struct tcp_script s;
	struct iovec iov[2];

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_true(sea_socket_send_reserve(s.t.stack, s.sock, 100, iov, 2, s.t.now) > 0);
	SEND(&s, "R", 1, 0, 0);
	assert_int_equal(sea_socket_send_commit(s.t.stack, s.sock, 100, 0, s.t.now), -ECONNRESET);
	assert_int_equal(sea_socket_send_commit(s.t.stack, s.sock, 100, 0, s.t.now), -EPIPE);
	script_free(&s);
}

static void bytes_committed_behind_our_fin_are_refused(void **state)
{
	struct tcp_script s;
	struct iovec iov[2];

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_true(sea_socket_send_reserve(s.t.stack, s.sock, 100, iov, 2, s.t.now) > 0);
	assert_int_equal(script_shutdown(&s, SHUT_WR), 0);
	EXPECT(&s, "FA", 1, 1, 0);
	assert_int_equal(sea_socket_send_commit(s.t.stack, s.sock, 100, 0, s.t.now), -EPIPE);
	test_settle(&s.t);
	NOTHING(&s);
	SEND(&s, "FA", 1, 2, 0);
	EXPECT(&s, "A", 2, 2, 0);
	script_free(&s);
}

static void more_bytes_committed_than_reserved_are_refused(void **state)
{
	struct tcp_script s;
	struct iovec iov[2];

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(sea_socket_send_commit(s.t.stack, s.sock, 1, 0, s.t.now), -EINVAL);
	assert_true(sea_socket_send_reserve(s.t.stack, s.sock, 100, iov, 2, s.t.now) > 0);
	assert_int_equal(sea_socket_send_commit(s.t.stack, s.sock, 1000000, 0, s.t.now), -EINVAL);
	test_settle(&s.t);
	NOTHING(&s);
	script_free(&s);
}

/* -- a window that stays closed (CVE-2008-4609, RFC 6429) -- */

/* Answers each probe for `hours`, with a window of none. */
static void hold(struct tcp_script *s, unsigned hours)
{
	for (int64_t end = s->t.now.ns + hours * 3600 * SEA_SEC; s->t.now.ns < end;) {
		test_advance(&s->t, SEA_SEC);
		while (script_take(s))
			if (!(s->seen.flags & SEA_TCP_RST))
				SEND(s, "A", 1, s->seen.seq.v - s->iss < 1001 ? 1 : 1001, 0);
	}
}

static void close_window(struct tcp_script *s, uint32_t written)
{
	script_new(s);
	script_established(s);
	assert_int_equal(script_write(s, 1000), 1000);
	EXPECT(s, "PA", 1, 1, 1000);
	SEND(s, "A", 1, 1001, 0, .wnd = 1);
	s->wnd = 0;
	SEND(s, "A", 1, 1001, 0);
	if (written)
		assert_int_equal(script_write(s, written), written);
	test_take_all(&s->t);
}

/* RFC9293:MUST-37 As long as probes are acknowledged, the connection stays. */
static void a_closed_window_is_probed_while_the_peer_answers(void **state)
{
	struct tcp_script s;

	(void)state;
	close_window(&s, 500);
	for (unsigned i = 0; i < 3600; i++) {
		test_advance(&s.t, SEA_SEC);
		while (script_take(&s))
			SEND(&s, "A", 1, 1001, 0);
	}
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	s.wnd = 5000;
	SEND(&s, "A", 1, 1001, 0);
	EXPECT(&s, "PA", 1001, 1, 500);
	script_free(&s);
}

/* RFC 9293 §3.8.3: the user timeout counts from the first probe, whatever the peer answers. */
static void the_user_timeout_ends_a_window_that_stays_closed(void **state)
{
	struct tcp_script s;

	(void)state;
	close_window(&s, 0);
	assert_int_equal(script_set(&s, s.sock, IPPROTO_TCP, TCP_USER_TIMEOUT, 30000), 0);
	assert_int_equal(script_write(&s, 500), 500);
	for (unsigned i = 0; i < 120; i++) {
		test_advance(&s.t, SEA_SEC);
		while (script_take(&s))
			SEND(&s, "A", 1, 1001, 0);
	}
	assert_int_equal(script_state(&s), TCP_CLOSE);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_ERROR), ETIMEDOUT);
	script_free(&s);
}

/* A program that went away is not held hostage. */
static void an_orphan_does_not_wait_for_a_window_for_ever(void **state)
{
	struct tcp_script s;

	(void)state;
	close_window(&s, 500);
	assert_int_equal(script_close(&s), 0);
	hold(&s, 1);
	assert_int_equal(n_conns(&s), 1);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPAbortOnTimeout), 1);
	script_free(&s);
}

/* A window taken back while data is out: what is acknowledged shows that the peer lives. */
static void a_window_taken_back_does_not_end_the_connection(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(script_write(&s, 1000), 1000);
	EXPECT(&s, "PA", 1, 1, 1000);
	s.wnd = 0;
	SEND(&s, "A", 1, 1, 0);
	for (unsigned i = 0; i < 3600; i++) {
		test_advance(&s.t, SEA_SEC);
		while (script_take(&s))
			SEND(&s, "A", 1, 1, 0);
	}
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	/* When it falls silent, it is given up. */
	test_advance(&s.t, 1800 * SEA_SEC);
	assert_int_equal(script_state(&s), TCP_CLOSE);
	script_free(&s);
}

/* -- others -- */

/* TCP_SYNCNT may ask for more doublings than a number has bits. */
static void a_half_open_connection_may_be_answered_very_often(void **state)
{
	struct tcp_script s;
	unsigned n = 0;

	(void)state;
	script_new(&s);
	script_listen(&s, 8);
	assert_int_equal(script_set(&s, s.listener, IPPROTO_TCP, TCP_SYNCNT, 80), 0);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	test_advance(&s.t, 4 * 3600 * SEA_SEC);
	while (script_take(&s))
		n++;
	assert_int_equal(n, 80);
	assert_int_equal(script_listed(&s), 0);
	script_free(&s);
}

/* The urgent pointer does not come back when numbers have gone round. */
static void an_urgent_pointer_ends_with_its_byte_s_acknowledgment(void **state)
{
	struct iovec iov = { (char[]){ "x" }, 1 };
	const struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(sea_socket_sendmsg(s.t.stack, s.sock, &msg, MSG_OOB, s.t.now), 1);
	test_settle(&s.t);
	EXPECT(&s, "PAU", 1, 1, 1);
	SEND(&s, "A", 1, 2, 0);
	assert_false(sea_tcp_conn(sea_sock_get(s.t.stack, s.sock))->flags & TCP_F_URG_SEND);
	script_free(&s);
}

/* RFC 1122 §4.2.3.6: a peer that is gone is found out, and its resources come back. RFC9293:MUST-29 */
static void keepalive_ends_a_connection_whose_peer_is_gone(void **state)
{
	struct tcp_script s;
	unsigned n = 0;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
	assert_int_equal(script_set(&s, s.sock, IPPROTO_TCP, TCP_KEEPIDLE, 10), 0);
	assert_int_equal(script_set(&s, s.sock, IPPROTO_TCP, TCP_KEEPINTVL, 1), 0);
	assert_int_equal(script_set(&s, s.sock, IPPROTO_TCP, TCP_KEEPCNT, 5), 0);
	test_advance(&s.t, 20 * SEA_SEC);
	while (script_take(&s))
		n += !(s.seen.flags & SEA_TCP_RST);
	assert_int_equal(n, 5);
	assert_int_equal(script_state(&s), TCP_CLOSE);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_ERROR), ETIMEDOUT);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fin_out_of_place_does_not_keep_an_orphan_for_ever),
		cmocka_unit_test(old_data_with_the_ack_of_an_orphan_s_fin_does_not_reset),
		cmocka_unit_test(data_after_shutdown_of_both_directions_resets),
		cmocka_unit_test(data_after_shutdown_of_reading_alone_is_received),
		cmocka_unit_test(bytes_committed_after_a_reset_are_refused),
		cmocka_unit_test(bytes_committed_behind_our_fin_are_refused),
		cmocka_unit_test(more_bytes_committed_than_reserved_are_refused),
		cmocka_unit_test(a_closed_window_is_probed_while_the_peer_answers),
		cmocka_unit_test(the_user_timeout_ends_a_window_that_stays_closed),
		cmocka_unit_test(an_orphan_does_not_wait_for_a_window_for_ever),
		cmocka_unit_test(a_window_taken_back_does_not_end_the_connection),
		cmocka_unit_test(a_half_open_connection_may_be_answered_very_often),
		cmocka_unit_test(an_urgent_pointer_ends_with_its_byte_s_acknowledgment),
		cmocka_unit_test(keepalive_ends_a_connection_whose_peer_is_gone),
	};

	return SCRIPT_RUN(tests);
}
