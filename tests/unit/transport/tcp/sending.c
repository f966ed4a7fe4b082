/* SPDX-License-Identifier: Apache-2.0 */
/* When data is sent: the peer's window, small segments, PSH; RFC 9293 §3.7.4, §3.8.6. */
#include "tests/lib/tcp_script.h"

#define MSS 1460u

static int nodelay(struct tcp_script *s, int on)
{
	return script_set(s, s->sock, IPPROTO_TCP, TCP_NODELAY, on);
}

/* Throws away what goes out for `ns`, the peer being silent; returns how many segments. */
static unsigned listen_for(struct tcp_script *s, int64_t ns)
{
	test_advance(&s->t, ns);
	return test_take_all(&s->t);
}

/* -- the peer's window -- */

/* RFC9293:MUST-1: 65535 is no negative number, scaled or not. RFC9293:REC-1. */
static void the_largest_window_is_used(void **state)
{
	static const char *const opts[] = { "mss 1460", "mss 1460, wscale 14" };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct tcp_script s;
		uint32_t una = 1, most = 0;

		script_new(&s);
		script_listen(&s, 8);
		assert_int_equal(script_set(&s, s.listener, SOL_SOCKET, SO_SNDBUF, 1 << 20), 0);
		SEND(&s, "S", 0, 0, 0, .opts = opts[i]);
		EXPECT(&s, "SA", 0, 1, 0);
		SEND(&s, "A", 1, 1, 0);
		assert_int_equal(script_accept(&s), 0);
		for (unsigned round = 0; round < 8; round++) {
			uint32_t end = una;

			(void)script_write(&s, 400000);
			while (script_take(&s))
				end = s.seen.seq.v - s.iss + s.seen.len;
			most = end - una > most ? end - una : most;
			una = end;
			test_advance(&s.t, 50 * SEA_MSEC);
			test_take_all(&s.t);
			SEND(&s, "A", 1, una, 0);
		}
		/* The congestion window grew past 32 KiB, and the peer's stands at its end. */
		if (i == 0)
			assert_in_range(most, 65535 - MSS, 65535);
		else
			assert_true(most > 65535);
		script_free(&s);
	}
}

/* RFC9293:MUST-34, RFC9293:SHLD-15 */
static void a_window_that_shrinks_below_what_is_out_stops_new_data_only(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(script_write(&s, 4 * MSS), 4 * MSS);
	assert_int_equal(test_take_all(&s.t), 4);
	s.wnd = MSS;
	SEND(&s, "A", 1, 1 + MSS, 0);
	assert_int_equal(script_write(&s, MSS), MSS);
	NOTHING(&s);
	/* What is out is sent again, from its beginning, and nothing that is new. */
	test_advance(&s.t, 3 * SEA_SEC);
	while (script_take(&s))
		assert_in_range(s.seen.seq.v - s.iss + s.seen.len, 1 + 2 * MSS, 1 + 4 * MSS);
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	s.wnd = 65535;
	SEND(&s, "A", 1, 1 + 4 * MSS, 0);
	EXPECT(&s, "PA", 1 + 4 * MSS, 1, MSS);
	script_free(&s);
}

/* RFC9293:MUST-35 */
static void a_window_that_shrinks_to_nothing_is_probed(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(script_write(&s, 2 * MSS), 2 * MSS);
	assert_int_equal(test_take_all(&s.t), 2);
	s.wnd = 0;
	SEND(&s, "A", 1, 1 + MSS, 0);
	assert_int_equal(script_write(&s, MSS), MSS);
	/* First by what is out; when that is acknowledged, for its own sake. */
	assert_true(listen_for(&s, 2 * SEA_SEC) > 0);
	SEND(&s, "A", 1, 1 + 2 * MSS, 0);
	assert_true(listen_for(&s, 10 * SEA_SEC) > 0);
	s.wnd = 65535;
	SEND(&s, "A", 1, 1 + 2 * MSS, 0);
	EXPECT(&s, "PA", 1 + 2 * MSS, 1, MSS);
	script_free(&s);
}

/* RFC9293:MUST-36: after an RTO first (SHLD-29), then at doubling intervals (SHLD-30). */
static void a_closed_window_is_probed_at_doubling_intervals(void **state)
{
	struct tcp_script s;
	int64_t gap = 0, before = 0;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(script_write(&s, 1000), 1000);
	EXPECT(&s, "PA", 1, 1, 1000);
	SEND(&s, "A", 1, 1001, 0, .wnd = 1);
	s.wnd = 0;
	SEND(&s, "A", 1, 1001, 0);
	assert_int_equal(script_write(&s, 500), 500);
	NOTHING(&s);
	for (unsigned probes = 0; probes < 8; gap += SEA_MSEC) {
		test_advance(&s.t, SEA_MSEC);
		if (!script_take(&s))
			continue;
		/* Below the window: it must be answered. */
		assert_int_equal(s.seen.seq.v - s.iss, 1000);
		if (probes++)
			assert_in_range(gap, 2 * before - 3 * SEA_MSEC, 2 * before + 3 * SEA_MSEC);
		else
			assert_in_range(gap, 150 * SEA_MSEC, 3 * SEA_SEC);
		before = gap;
		gap = 0;
		SEND(&s, "A", 1, 1001, 0);
	}
	s.wnd = 5000;
	SEND(&s, "A", 1, 1001, 0);
	EXPECT(&s, "PA", 1001, 1, 500);
	script_free(&s);
}

/* -- small segments -- */

/* RFC9293:MUST-38 */
static void a_sliver_of_window_is_not_used_at_once(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(nodelay(&s, 1), 0);
	assert_int_equal(script_write(&s, 4 * MSS), 4 * MSS);
	assert_int_equal(test_take_all(&s.t), 4);
	assert_int_equal(script_write(&s, 4 * MSS), 4 * MSS);
	test_take_all(&s.t);
	s.wnd = 100;
	SEND(&s, "A", 1, 1 + 8 * MSS, 0);
	assert_int_equal(script_write(&s, 2 * MSS), 2 * MSS);
	NOTHING(&s);
	/* But no window is waited for without end: the probe takes what there is. */
	test_advance(&s.t, 3 * SEA_SEC);
	EXPECT(&s, "PA", 1 + 8 * MSS, 1, 100);
	script_free(&s);
}

/* RFC9293:MUST-17 */
static void the_nagle_algorithm_can_be_switched_off(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 1, 1, 10);
	assert_int_equal(script_write(&s, 10), 10);
	NOTHING(&s);
	assert_int_equal(nodelay(&s, 1), 0);
	EXPECT(&s, "PA", 11, 1, 10);
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 21, 1, 10);
	script_free(&s);
}

/* RFC9293:MUST-60 */
static void what_is_held_back_goes_before_long(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	/* Nagle: until what is out is acknowledged. */
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 1, 1, 10);
	assert_int_equal(script_write(&s, 10), 10);
	NOTHING(&s);
	SEND(&s, "A", 1, 11, 0);
	EXPECT(&s, "PA", 11, 1, 10);
	SEND(&s, "A", 1, 21, 0);
	/* A cork, which the program forgets to pull. */
	assert_int_equal(script_set(&s, s.sock, IPPROTO_TCP, TCP_CORK, 1), 0);
	assert_int_equal(script_write(&s, 10), 10);
	NOTHING(&s);
	test_advance(&s.t, SEA_SEC);
	EXPECT(&s, "PA", 21, 1, 10);
	script_free(&s);
}

/* RFC9293:MUST-61 */
static void the_last_segment_of_what_is_there_is_pushed(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(script_write(&s, 3 * MSS + 1), 3 * MSS + 1);
	for (uint32_t i = 0; i < 3; i++) {
		assert_true(script_take(&s));
		assert_int_equal(s.seen.flags, SEA_TCP_ACK);
		assert_int_equal(s.seen.len, MSS);
	}
	EXPECT(&s, "PA", 1 + 3 * MSS, 1, 1);
	SEND(&s, "A", 1, 2 + 3 * MSS, 0);
	/* As one that is sent again is. */
	assert_int_equal(script_write(&s, 5), 5);
	EXPECT(&s, "PA", 2 + 3 * MSS, 1, 5);
	test_advance(&s.t, 3 * SEA_SEC);
	EXPECT(&s, "PA", 2 + 3 * MSS, 1, 5);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_largest_window_is_used),
		cmocka_unit_test(a_window_that_shrinks_below_what_is_out_stops_new_data_only),
		cmocka_unit_test(a_window_that_shrinks_to_nothing_is_probed),
		cmocka_unit_test(a_closed_window_is_probed_at_doubling_intervals),
		cmocka_unit_test(a_sliver_of_window_is_not_used_at_once),
		cmocka_unit_test(the_nagle_algorithm_can_be_switched_off),
		cmocka_unit_test(what_is_held_back_goes_before_long),
		cmocka_unit_test(the_last_segment_of_what_is_there_is_pushed),
	};

	return SCRIPT_RUN(tests);
}
