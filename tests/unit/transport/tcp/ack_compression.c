/* SPDX-License-Identifier: Apache-2.0 */
/* ACKs for data behind a gap: three at once, then few for many (tcp_comp_sack_*). */
#include "tests/lib/tcp_script.h"

#define LEN 1000u

/* The peer sends segment `i` of LEN bytes; 0 is the one that is missing. */
static void segment(struct tcp_script *s, uint32_t i)
{
	SEND(s, "A", 1 + i * LEN, 1, LEN);
}

/* Without quick ACKs, and with a round trip of 100 ms as the receiver knows it by timestamps. */
static void begin(struct tcp_script *s, const char *opts)
{
	script_new(s);
	script_listen(s, 8);
	SEND(s, "S", 0, 0, 0, .opts = opts);
	EXPECT(s, "SA", 0, 1, 0);
	test_advance(&s->t, 100 * SEA_MSEC);
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
	assert_int_equal(script_set(s, s->sock, IPPROTO_TCP, TCP_QUICKACK, 0), 0);
}

static unsigned acks(struct tcp_script *s)
{
	unsigned n = 0;

	for (; script_take(s); n++)
		assert_int_equal(s->seen.len, 0);
	return n;
}

static uint64_t compressed(const struct tcp_script *s)
{
	return test_mib(&s->t, SEA_MIB_TcpExtTCPAckCompressed);
}

/* RFC5681:4.2 */
static void three_go_at_once_and_one_for_those_that_follow(void **state)
{
	struct tcp_script s;

	(void)state;
	begin(&s, "mss 1460, sack-ok");
	for (uint32_t i = 1; i <= 3; i++) {
		segment(&s, i);
		assert_int_equal(acks(&s), 1);
	}
	for (uint32_t i = 4; i <= 8; i++)
		segment(&s, i);
	assert_int_equal(acks(&s), 0);
	/* The receiver has measured no round trip yet: only what a timer may be late. */
	test_advance(&s.t, 100 * SEA_USEC - 1);
	assert_int_equal(acks(&s), 0);
	test_advance(&s.t, 1);
	assert_int_equal(acks(&s), 1);
	assert_int_equal(s.seen.opts.n_sack, 1);
	assert_int_equal(s.seen.opts.sack[0].end.v - SCRIPT_PEER_ISN, 1 + 9 * LEN);
	assert_int_equal(compressed(&s), 4);
	test_advance(&s.t, SEA_SEC);
	assert_int_equal(acks(&s), 0);
	script_free(&s);
}

static void what_is_sent_meanwhile_tells_it_all(void **state)
{
	struct tcp_script s;

	(void)state;
	begin(&s, "mss 1460, sack-ok");
	for (uint32_t i = 1; i <= 6; i++)
		segment(&s, i);
	assert_int_equal(acks(&s), 3);
	assert_int_equal(script_write(&s, 10), 10);
	assert_true(script_take(&s));
	assert_int_equal(s.seen.len, 10);
	assert_int_equal(s.seen.opts.sack[0].end.v - SCRIPT_PEER_ISN, 1 + 7 * LEN);
	assert_int_equal(compressed(&s), 3);
	test_advance(&s.t, 10 * SEA_MSEC);
	assert_int_equal(acks(&s), 0);
	script_free(&s);
}

static void a_filled_gap_is_acknowledged_at_once(void **state)
{
	struct tcp_script s;

	(void)state;
	begin(&s, "mss 1460, sack-ok");
	for (uint32_t i = 1; i <= 5; i++)
		segment(&s, i);
	assert_int_equal(acks(&s), 3);
	segment(&s, 0);
	assert_int_equal(acks(&s), 1);
	assert_int_equal(s.seen.ack.v - SCRIPT_PEER_ISN, 1 + 6 * LEN);
	/* Behind the next gap three go at once again. */
	for (uint32_t i = 7; i <= 9; i++)
		segment(&s, i);
	assert_int_equal(acks(&s), 3);
	script_free(&s);
}

static void as_many_are_left_out_as_the_sysctl_says(void **state)
{
	struct tcp_script s;

	(void)state;
	begin(&s, "mss 1460, sack-ok");
	script_sysctl(&s, "net.ipv4.tcp_comp_sack_nr", "2");
	script_sysctl(&s, "net.ipv4.tcp_comp_sack_slack_ns", "4000000000");
	for (uint32_t i = 1; i <= 5; i++)
		segment(&s, i);
	assert_int_equal(acks(&s), 3);
	segment(&s, 6);
	assert_int_equal(acks(&s), 1);
	assert_int_equal(compressed(&s), 2);
	script_free(&s);
}

static void without_sack_each_is_sent(void **state)
{
	struct tcp_script s;

	(void)state;
	begin(&s, "mss 1460");
	for (uint32_t i = 1; i <= 6; i++)
		segment(&s, i);
	assert_int_equal(acks(&s), 6);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_go_at_once_and_one_for_those_that_follow),
		cmocka_unit_test(what_is_sent_meanwhile_tells_it_all),
		cmocka_unit_test(a_filled_gap_is_acknowledged_at_once),
		cmocka_unit_test(as_many_are_left_out_as_the_sysctl_says),
		cmocka_unit_test(without_sack_each_is_sent),
	};

	return SCRIPT_RUN(tests);
}
