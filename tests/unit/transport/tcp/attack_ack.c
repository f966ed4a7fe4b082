/* SPDX-License-Identifier: Apache-2.0 */
/* Forged acknowledgments and handshakes, as transcripts: RFC 9293 §3.10.7.4, RFC 5961 §5. */
#include "tests/lib/tcp_script.h"
#include "transport/tcp/conn.h"

static struct tcp_conn *conn(const struct tcp_script *s)
{
	return sea_tcp_conn(sea_sock_get(s->t.stack, s->sock));
}

static void simultaneous(struct tcp_script *s)
{
	script_new(s);
	script_syn_sent(s);
	SEND(s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(s, "SA", 0, 1, 0);
	assert_int_equal(script_state(s), TCP_SYN_RECV);
}

/* RFC 9293 §3.10.7.4: in SYN-RECEIVED, SND.UNA < SEG.ACK =< SND.NXT, else a reset. */
static void only_an_ack_of_our_syn_ends_a_simultaneous_open(void **state)
{
	static const uint32_t wrong[] = { 0, UINT32_MAX, (uint32_t)-1000, 2 };

	(void)state;
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct tcp_script s;

		simultaneous(&s);
		SEND(&s, "A", 1, wrong[i], 10);
		EXPECT(&s, "R", wrong[i], 0, 0);
		NOTHING(&s);
		assert_int_equal(script_state(&s), TCP_SYN_RECV);
		assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_ACK_UNSENT), 1);
		SEND(&s, "A", 1, 1, 0);
		assert_int_equal(script_state(&s), TCP_ESTABLISHED);
		assert_int_equal(script_read(&s, 100), -EAGAIN);
		script_free(&s);
	}
}

/* Simultaneous open: the SYN-ACK that crosses carries data, which has to come again, as on Linux. */
static void text_in_a_crossing_syn_ack_is_not_taken(void **state)
{
	struct tcp_script s;
	char bytes[8];
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	(void)state;
	simultaneous(&s);
	SEND(&s, "SA", 0, 1, 5, .payload = "hello");
	EXPECT(&s, "A", 1, 1, 0);
	SEND(&s, "A", 1, 1, 5, .payload = "hello");
	EXPECT(&s, "A", 1, 6, 0);
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	assert_int_equal(sea_socket_recvmsg(s.t.stack, s.sock, &msg, 0, s.t.now), 5);
	assert_memory_equal(bytes, "hello", 5);
	script_free(&s);
}

/* The SYN-ACK of a simultaneous open is sent again as one, even after close(). */
static void a_closed_half_open_connection_still_sends_its_syn_ack(void **state)
{
	struct tcp_script s;

	(void)state;
	simultaneous(&s);
	assert_int_equal(script_shutdown(&s, SHUT_WR), 0);
	assert_int_equal(script_close(&s), 0);
	test_take_all(&s.t);
	test_advance(&s.t, 3 * SEA_SEC);
	while (script_take(&s))
		if (s.seen.flags & SEA_TCP_SYN)
			assert_int_equal(s.seen.flags, SEA_TCP_SYN | SEA_TCP_ACK);
	script_free(&s);
}

/* CVE-2023-52881: no more can be acknowledged again than was ever sent. */
static void a_ghost_ack_of_what_was_never_sent_is_challenged(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	SEND(&s, "PA", 1, (uint32_t)-1000, 20);
	EXPECT(&s, "A", 1, 1, 0);
	assert_int_equal(script_read(&s, 100), -EAGAIN);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_OLD_ACK), 1);
	/* What was sent and acknowledged may be acknowledged again. */
	assert_int_equal(script_write(&s, 500), 500);
	EXPECT(&s, "PA", 1, 1, 500);
	SEND(&s, "A", 1, 501, 0);
	SEND(&s, "PA", 1, 1, 20);
	assert_int_equal(script_read(&s, 100), 20);
	script_free(&s);
}

/* Tcp_challenge_ack_limit: whatever it is above zero, the first challenge of a second is sent. */
static void a_challenge_limit_of_one_is_not_none(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_sysctl(&s, "net.ipv4.tcp_challenge_ack_limit", "1");
	script_established(&s);
	SEND(&s, "R", 100, 0, 0);
	EXPECT(&s, "A", 1, 1, 0);
	script_free(&s);
}

/* CVE-2016-5696: how many are sent in a second is drawn anew each second. */
static void the_challenge_limit_of_a_second_is_random(void **state)
{
	struct tcp_script s;
	unsigned least = 1000, most = 0;

	(void)state;
	script_new(&s);
	script_sysctl(&s, "net.ipv4.tcp_challenge_ack_limit", "100");
	script_sysctl(&s, "net.ipv4.tcp_invalid_ratelimit", "0");
	script_established(&s);
	for (unsigned second = 0; second < 20; second++) {
		unsigned n = 0;

		for (unsigned i = 0; i < 200; i++)
			SEND(&s, "R", 100, 0, 0);
		while (script_take(&s))
			n++;
		least = n < least ? n : least;
		most = n > most ? n : most;
		test_advance(&s.t, SEA_SEC);
	}
	assert_in_range(least, 50, 99);
	assert_in_range(most, 51, 150);
	assert_true(most > least + 10);
	script_free(&s);
}

/* RFC 9293 §3.10.7.4: WL1 follows what is predicted, too, or it would be 2 GiB behind one day. */
static void predicted_data_moves_wl1(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	SEND(&s, "A", 1, 1, 1000);
	SEND(&s, "A", 1001, 1, 1000);
	assert_int_equal(conn(&s)->snd_wl1.v, SCRIPT_PEER_ISN + 1001);
	script_free(&s);
}

/* WL1 and WL2: an old segment does not close or open the window. */
static void an_old_segment_does_not_move_the_window(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	SEND(&s, "A", 1, 1, 100, .wnd = 5000);
	SEND(&s, "A", 101, 1, 100, .wnd = 6000);
	assert_int_equal(conn(&s)->snd_wnd, 6000);
	/* Out of date, though it reaches the present. */
	SEND(&s, "A", 51, 1, 150, .wnd = 60000);
	assert_int_equal(conn(&s)->snd_wnd, 6000);
	SEND(&s, "A", 51, 1, 150, .wnd = 1);
	assert_int_equal(conn(&s)->snd_wnd, 6000);
	script_free(&s);
}

/* Two peers that take each other's ACKs for wrong do not keep each other busy. */
static void wrong_acks_are_not_answered_for_ever(void **state)
{
	struct tcp_script s;
	unsigned n = 0;

	(void)state;
	script_new(&s);
	script_established(&s);
	for (unsigned i = 0; i < 100; i++) {
		SEND(&s, "A", 1, 5, 0);
		SEND(&s, "A", 500000, 1, 0);
		SEND(&s, "A", (uint32_t)-500000, 1, 0);
		SEND(&s, "A", 1, (uint32_t)-500000, 0);
	}
	while (script_take(&s))
		n++;
	assert_int_equal(n, 1);
	script_free(&s);
}

/* RFC 7323 §4.3, CVE-2005-0356: a timestamp from the future counts only in an acceptable segment. */
static void a_forged_timestamp_does_not_poison_paws(void **state)
{
	struct tcp_script s;
	uint32_t before;

	(void)state;
	script_new(&s);
	s.ts = true;
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	before = conn(&s)->ts_recent;
	/* Ahead of the window, behind it, and in it but with a gap; all with a huge TSval. */
	SEND(&s, "PA", 500000, 1, 10, .opts = "ts 2000000000 0");
	SEND(&s, "PA", (uint32_t)-500000, 1, 10, .opts = "ts 2000000000 0");
	SEND(&s, "A", 1000, 1, 10, .opts = "ts 2000000000 0");
	assert_int_equal(conn(&s)->ts_recent, before);
	test_take_all(&s.t);
	SEND(&s, "PA", 1, 1, 10);
	assert_int_equal(script_read(&s, 100), 10);
	/* The honest peer's older value is refused only after an acceptable newer one. */
	test_advance(&s.t, SEA_SEC);
	SEND(&s, "PA", 11, 1, 10);
	s.ts_base -= 1000;
	SEND(&s, "PA", 21, 1, 10);
	assert_int_equal(script_read(&s, 100), 10);
	s.ts_base -= 1;
	SEND(&s, "PA", 31, 1, 10);
	assert_int_equal(script_read(&s, 100), -EAGAIN);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_PAWS) > 0, 1);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_an_ack_of_our_syn_ends_a_simultaneous_open),
		cmocka_unit_test(text_in_a_crossing_syn_ack_is_not_taken),
		cmocka_unit_test(a_closed_half_open_connection_still_sends_its_syn_ack),
		cmocka_unit_test(a_ghost_ack_of_what_was_never_sent_is_challenged),
		cmocka_unit_test(a_challenge_limit_of_one_is_not_none),
		cmocka_unit_test(the_challenge_limit_of_a_second_is_random),
		cmocka_unit_test(predicted_data_moves_wl1),
		cmocka_unit_test(an_old_segment_does_not_move_the_window),
		cmocka_unit_test(wrong_acks_are_not_answered_for_ever),
		cmocka_unit_test(a_forged_timestamp_does_not_poison_paws),
	};

	return SCRIPT_RUN(tests);
}
