/* SPDX-License-Identifier: Apache-2.0 */
/* When data is acknowledged, and which windows are offered: RFC 9293 §3.8.6.2 and §3.8.6.3. */
#include "tests/lib/tcp_script.h"

#define MSS 1460u

/* -- how many ACKs, and when -- */

/* Past the quick ACKs of a beginning; *seq is the next number of the peer's. */
static void warmed_up(struct tcp_script *s, int64_t rtt, uint32_t *seq)
{
	script_new(s);
	script_listen(s, 8);
	SEND(s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(s, "SA", 0, 1, 0);
	test_advance(&s->t, rtt);
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
	*seq = 1;
	for (unsigned i = 0; i < 100; i++, *seq += MSS) {
		SEND(s, "A", *seq, 1, MSS);
		test_advance(&s->t, SEA_MSEC);
		assert_true(script_read(s, MSS) > 0);
		if (!test_take_all(&s->t)) {
			*seq += MSS;
			return;
		}
	}
	fail_msg("every segment is acknowledged at once");
}

/* RFC9293:MUST-58 */
static void of_two_full_segments_the_second_is_acknowledged(void **state)
{
	struct tcp_script s;
	uint32_t seq, n = 0;

	(void)state;
	warmed_up(&s, 0, &seq);
	for (unsigned i = 0; i < 20; i++, seq += MSS) {
		SEND(&s, "A", seq, 1, MSS);
		assert_int_equal(script_read(&s, MSS), MSS);
		n += test_take_all(&s.t);
	}
	assert_in_range(n, 9, 11);
	script_free(&s);
}

/* Single segments, a dozen in each rhythm; the longest that one waited for its ACK. */
static int64_t longest_delay(int64_t rtt)
{
	static const int64_t gaps[] = { 1, 5, 20, 45, 90, 150, 199, 300, 499, 700, 2000 };
	int64_t longest = 0, waited;
	struct tcp_script s;
	uint32_t seq;

	warmed_up(&s, rtt, &seq);
	for (unsigned i = 0; i < 11 * 12; i++, seq += 100) {
		test_advance(&s.t, gaps[i / 12] * SEA_MSEC);
		test_take_all(&s.t);
		SEND(&s, "A", seq, 1, 100);
		assert_int_equal(script_read(&s, 1000), 100);
		for (waited = 0; !script_take(&s); waited += SEA_MSEC)
			test_advance(&s.t, SEA_MSEC);
		assert_int_equal(s.seen.ack.v - SCRIPT_PEER_ISN, seq + 100);
		longest = waited > longest ? waited : longest;
	}
	script_free(&s);
	return longest;
}

/* RFC9293:MUST-40, whatever the rhythm in which segments come. */
static void no_ack_is_delayed_by_half_a_second(void **state)
{
	(void)state;
	assert_in_range(longest_delay(0), 40 * SEA_MSEC, 200 * SEA_MSEC);
	assert_in_range(longest_delay(100 * SEA_MSEC), 40 * SEA_MSEC, 200 * SEA_MSEC);
	assert_in_range(longest_delay(900 * SEA_MSEC), 40 * SEA_MSEC, 200 * SEA_MSEC);
}

/* RFC9293:MUST-59 */
static void what_a_gap_held_back_is_acknowledged_once_with_all_of_it(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	for (uint32_t i = 9; i > 0; i--) {
		SEND(&s, "A", 1 + i * MSS, 1, MSS);
		EXPECT(&s, "A", 1, 1, 0);
	}
	SEND(&s, "A", 1, 1, MSS);
	EXPECT(&s, "A", 1, 1 + 10 * MSS, 0);
	NOTHING(&s);
	assert_int_equal(script_read(&s, 20 * MSS), 10 * MSS);
	script_free(&s);
}

/* -- the window that is offered -- */

/* The peer fills the window, which nobody reads; returns the peer's next number. */
static uint32_t fill_window(struct tcp_script *s)
{
	uint32_t seq = 1, wnd = 65535;

	script_new(s);
	script_listen(s, 8);
	assert_int_equal(script_set(s, s->listener, SOL_SOCKET, SO_RCVBUF, 20000), 0);
	SEND(s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(s, "SA", 0, 1, 0);
	wnd = s->seen.wnd;
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
	while (wnd) {
		uint32_t len = wnd < MSS ? wnd : MSS;

		SEND(s, "A", seq, 1, len);
		seq += len;
		test_advance(&s->t, 200 * SEA_MSEC);
		assert_true(script_take(s));
		do {
			assert_int_equal(s->seen.ack.v - SCRIPT_PEER_ISN, seq);
			wnd = s->seen.wnd;
		} while (script_take(s));
	}
	return seq;
}

/* RFC9293:MUST-39 */
static void a_window_opens_by_a_segment_at_least(void **state)
{
	struct tcp_script s;
	uint32_t seq, got = 0;

	(void)state;
	seq = fill_window(&s);
	while (got < seq - 1) {
		int n = script_read(&s, 100);

		assert_true(n > 0);
		got += (uint32_t)n;
		if (!script_take(&s))
			continue;
		assert_true(s.seen.wnd >= MSS);
		break;
	}
	assert_in_range(got, MSS, seq - 2); /* it was told before all was read */
	/* A probe in between is answered with the same window, not with one a few bytes larger. */
	script_free(&s);
	seq = fill_window(&s);
	for (got = 0; got < 1000; got += 100) {
		assert_int_equal(script_read(&s, 100), 100);
		SEND(&s, "A", seq - 1, 1, 0);
		test_advance(&s.t, SEA_SEC);
		while (script_take(&s))
			assert_int_equal(s.seen.wnd, 0);
	}
	script_free(&s);
}

/* RFC9293:MUST-66 */
static void urgent_pointers_and_resets_pass_a_closed_window(void **state)
{
	struct sea_event ev[8];
	struct tcp_script s;
	uint32_t seq, edge = 0;
	unsigned n;

	(void)state;
	seq = fill_window(&s);
	assert_int_equal(sea_socket_watch(s.t.stack, s.sock, SEA_POLLPRI, 1), 0);
	(void)sea_stack_take_events(s.t.stack, ev, 8);
	SEND(&s, "AU", seq, 1, 0, .urg = 5);
	n = sea_stack_take_events(s.t.stack, ev, 8);
	for (unsigned i = 0; i < n; i++)
		edge |= ev[i].edge;
	assert_true(edge & SEA_POLLPRI);
	SEND(&s, "R", seq, 0, 0);
	assert_int_equal(script_state(&s), TCP_CLOSE);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_ERROR), ECONNRESET);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_two_full_segments_the_second_is_acknowledged),
		cmocka_unit_test(no_ack_is_delayed_by_half_a_second),
		cmocka_unit_test(what_a_gap_held_back_is_acknowledged_once_with_all_of_it),
		cmocka_unit_test(a_window_opens_by_a_segment_at_least),
		cmocka_unit_test(urgent_pointers_and_resets_pass_a_closed_window),
	};

	return SCRIPT_RUN(tests);
}
