/* SPDX-License-Identifier: Apache-2.0 */
/* Keepalive, as transcripts: RFC 9293 §3.8.4. That it ends a dead connection is in attack_end.c. */
#include "tests/lib/tcp_script.h"

static void quiet(struct tcp_script *s)
{
	script_new(s);
	script_established(s);
}

static int on(struct tcp_script *s, int value)
{
	return script_set(s, s->sock, SOL_SOCKET, SO_KEEPALIVE, value);
}

/* idle, interval, count */
static void tune(struct tcp_script *s, int idle, int interval, int count)
{
	assert_int_equal(script_set(s, s->sock, IPPROTO_TCP, TCP_KEEPIDLE, idle), 0);
	assert_int_equal(script_set(s, s->sock, IPPROTO_TCP, TCP_KEEPINTVL, interval), 0);
	assert_int_equal(script_set(s, s->sock, IPPROTO_TCP, TCP_KEEPCNT, count), 0);
}

/* RFC9293:MUST-25 */
static void nothing_is_sent_unless_the_program_asks(void **state)
{
	struct tcp_script s;

	(void)state;
	quiet(&s);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_KEEPALIVE), 0);
	test_advance(&s.t, 10 * 3600 * SEA_SEC);
	NOTHING(&s);
	script_free(&s);
}

/* RFC9293:MUST-24, RFC9293:MUST-28 */
static void probes_begin_after_two_hours_until_switched_off(void **state)
{
	struct tcp_script s;

	(void)state;
	quiet(&s);
	assert_int_equal(on(&s, 1), 0);
	test_advance(&s.t, 7200 * SEA_SEC - SEA_MSEC);
	NOTHING(&s);
	test_advance(&s.t, SEA_MSEC);
	EXPECT(&s, "A", 0, 1, 0); /* SND.NXT - 1, no byte of data: SHLD-12 */
	SEND(&s, "A", 1, 1, 0);
	NOTHING(&s);
	assert_int_equal(on(&s, 0), 0);
	test_advance(&s.t, 10 * 7200 * SEA_SEC);
	NOTHING(&s);
	script_free(&s);
}

/* RFC9293:MUST-26: data or an ACK begins the interval anew, and what is out is the timeout's. */
static void a_connection_that_is_not_idle_is_not_probed(void **state)
{
	struct tcp_script s;

	(void)state;
	quiet(&s);
	assert_int_equal(on(&s, 1), 0);
	tune(&s, 10, 5, 3);
	test_advance(&s.t, 9 * SEA_SEC);
	SEND(&s, "PA", 1, 1, 10);
	test_take_all(&s.t);
	test_advance(&s.t, 9 * SEA_SEC);
	while (script_take(&s))
		assert_int_equal(s.seen.seq.v - s.iss, 1); /* delayed ACK, no probe */
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 1, 11, 10);
	test_advance(&s.t, 30 * SEA_SEC);
	while (script_take(&s))
		assert_int_equal(s.seen.len, 10);
	SEND(&s, "A", 11, 11, 0);
	test_advance(&s.t, 9 * SEA_SEC);
	NOTHING(&s);
	test_advance(&s.t, 32 * SEA_SEC);
	assert_true(script_take(&s));
	assert_int_equal(s.seen.seq.v - s.iss, 10);
	script_free(&s);
}

/* RFC9293:MUST-27: for a socket, and for all of a stack. */
static void the_interval_is_the_program_s(void **state)
{
	struct tcp_script s;

	(void)state;
	quiet(&s);
	tune(&s, 30, 7, 3);
	assert_int_equal(on(&s, 1), 0);
	test_advance(&s.t, 30 * SEA_SEC - SEA_MSEC);
	NOTHING(&s);
	test_advance(&s.t, SEA_MSEC);
	EXPECT(&s, "A", 0, 1, 0);
	test_advance(&s.t, 7 * SEA_SEC - SEA_MSEC);
	NOTHING(&s);
	test_advance(&s.t, SEA_MSEC);
	EXPECT(&s, "A", 0, 1, 0);
	script_free(&s);
	script_new(&s);
	script_sysctl(&s, "net.ipv4.tcp_keepalive_time", "60");
	script_established(&s);
	assert_int_equal(on(&s, 1), 0);
	test_advance(&s.t, 59 * SEA_SEC);
	NOTHING(&s);
	test_advance(&s.t, SEA_SEC);
	EXPECT(&s, "A", 0, 1, 0);
	script_free(&s);
}

/* RFC9293:MUST-29: an answer to any of them will do, and then all count again. */
static void no_single_probe_decides(void **state)
{
	struct tcp_script s;

	(void)state;
	quiet(&s);
	tune(&s, 10, 1, 5);
	assert_int_equal(on(&s, 1), 0);
	for (unsigned round = 0; round < 3; round++) {
		test_advance(&s.t, 9 * SEA_SEC + SEA_MSEC);
		NOTHING(&s);
		for (unsigned i = 0; i < 5; i++) {
			test_advance(&s.t, SEA_SEC);
			EXPECT(&s, "A", 0, 1, 0);
		}
		SEND(&s, "A", 1, 1, 0);
		assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	}
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_sent_unless_the_program_asks),
		cmocka_unit_test(probes_begin_after_two_hours_until_switched_off),
		cmocka_unit_test(a_connection_that_is_not_idle_is_not_probed),
		cmocka_unit_test(the_interval_is_the_program_s),
		cmocka_unit_test(no_single_probe_decides),
	};

	return SCRIPT_RUN(tests);
}
