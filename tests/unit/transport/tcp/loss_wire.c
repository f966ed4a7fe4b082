/* SPDX-License-Identifier: Apache-2.0 */
/* Loss recovery as the peer sees it: what is sent again, when, and what a greedy peer gains. */
#include "tests/lib/tcp_script.h"

#define MSS 1000u
#define ACK(s, n, ...) SEND(s, "A", 1, 1 + (n)*MSS, 0, __VA_ARGS__)

static uint64_t mib(struct tcp_script *s, enum sea_mib what)
{
	return test_mib(&s->t, what);
}

/* An established connection with a round trip of 100 ms, segments of MSS bytes; SACK if wanted. */
static void open_with(struct tcp_script *s, const char *opts)
{
	script_new(s);
	s->wnd = 65535;
	script_listen(s, 8);
	SEND(s, "S", 0, 0, 0, .opts = opts);
	EXPECT(s, "SA", 0, 1, 0);
	test_advance(&s->t, 100 * SEA_MSEC);
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
	assert_int_equal(script_set(s, s->sock, IPPROTO_TCP, TCP_NODELAY, 1), 0);
}

/* One segment of MSS bytes that went out, with or without PSH. */
static void expect_seg(struct tcp_script *s, uint32_t i)
{
	assert_true(script_take(s));
	assert_int_equal(s->seen.seq.v - s->iss, 1 + i * MSS);
	assert_int_equal(s->seen.len, MSS);
}

/* The program writes segments [from, to), and they go out. */
static void write_segs(struct tcp_script *s, uint32_t from, uint32_t to)
{
	assert_int_equal(script_write(s, (to - from) * MSS), (to - from) * MSS);
	for (uint32_t i = from; i < to; i++)
		expect_seg(s, i);
	NOTHING(s);
}

/* RFC6298:5.4, RFC6298:5.5, RFC6298:5.6, RFC9293:MUST-19 */
static void the_oldest_segment_is_sent_again_at_doubling_intervals(void **state)
{
	struct tcp_script s;

	open_with(&s, "mss 1000");
	write_segs(&s, 0, 3);
	for (int64_t rto = 300; rto <= 4800; rto *= 2) {
		test_advance(&s.t, (rto - 1) * SEA_MSEC);
		NOTHING(&s);
		test_advance(&s.t, SEA_MSEC);
		expect_seg(&s, 0);
		NOTHING(&s);
	}
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPTimeouts), 5);
	script_free(&s);
}

/* RFC8985:7.3 */
static void a_tail_probe_comes_after_two_round_trips(void **state)
{
	struct tcp_script s;

	open_with(&s, "mss 1000, sack-ok");
	write_segs(&s, 0, 4);
	test_advance(&s.t, 100 * SEA_MSEC);
	ACK(&s, 2);
	test_advance(&s.t, 201 * SEA_MSEC);
	NOTHING(&s);
	test_advance(&s.t, SEA_MSEC);
	expect_seg(&s, 3);
	NOTHING(&s);
	/* Its SACK shows that 2 and others are missing. */
	test_advance(&s.t, 100 * SEA_MSEC);
	ACK(&s, 2, .opts = "sack 3001 4001");
	expect_seg(&s, 2);
	NOTHING(&s);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPTimeouts), 0);
	script_free(&s);
}

/* RFC6675:5, RFC5681:3.2 */
static void the_third_sacked_segment_brings_the_missing_one_back(void **state)
{
	struct tcp_script s;

	open_with(&s, "mss 1000, sack-ok");
	write_segs(&s, 0, 8);
	test_advance(&s.t, 100 * SEA_MSEC);
	ACK(&s, 0, .opts = "sack 1001 2001");
	ACK(&s, 0, .opts = "sack 1001 3001");
	NOTHING(&s);
	ACK(&s, 0, .opts = "sack 1001 4001");
	expect_seg(&s, 0);
	NOTHING(&s);
	test_advance(&s.t, 100 * SEA_MSEC);
	ACK(&s, 8);
	NOTHING(&s);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_ERROR), 0);
	script_free(&s);
}

/* RFC5681:3.2, RFC6582:3.2 */
static void without_sack_three_duplicates_and_a_partial_ack_bring_two_back(void **state)
{
	struct tcp_script s;

	open_with(&s, "mss 1000");
	write_segs(&s, 0, 8);
	test_advance(&s.t, 100 * SEA_MSEC);
	ACK(&s, 0);
	ACK(&s, 0);
	NOTHING(&s);
	ACK(&s, 0);
	expect_seg(&s, 0);
	NOTHING(&s);
	test_advance(&s.t, 100 * SEA_MSEC);
	ACK(&s, 4);
	expect_seg(&s, 4);
	NOTHING(&s);
	script_free(&s);
}

/* RFC5961:5.2. Case 18: ACKs ahead of what was sent */
static void an_optimistic_ack_is_challenged_and_opens_nothing(void **state)
{
	struct tcp_script s;
	unsigned n = 0;

	open_with(&s, "mss 1000");
	write_segs(&s, 0, 2);
	ACK(&s, 50);
	EXPECT(&s, "A", 1 + 2 * MSS, 1, 0);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_ACK_UNSENT), 1);
	assert_int_equal(script_write(&s, 30 * MSS), 30 * MSS);
	while (script_take(&s))
		n++;
	assert_int_equal(n, 8); /* ten in all, the two first still out */
	script_free(&s);
}

/* RFC3465:2. Case 18: a thousand ACKs for one segment */
static void divided_acks_let_out_what_one_ack_would(void **state)
{
	struct tcp_script s;
	unsigned n = 0;

	open_with(&s, "mss 1000");
	assert_int_equal(script_write(&s, 40 * MSS), 40 * MSS);
	while (script_take(&s))
		n++;
	assert_int_equal(n, 10);
	test_advance(&s.t, 100 * SEA_MSEC);
	for (uint32_t i = 1; i <= MSS; i++)
		SEND(&s, "A", 1, 1 + i, 0);
	while (script_take(&s))
		n++;
	assert_in_range(n, 11, 12);
	script_free(&s);
}

/* CVE-2019-11479. Case 14 */
static void the_smallest_mss_that_a_peer_may_ask_for_is_bounded(void **state)
{
	struct tcp_script s;

	open_with(&s, "mss 1");
	assert_int_equal(script_write(&s, 1000), 1000);
	assert_true(script_take(&s));
	assert_true(s.seen.len >= 36);
	script_free(&s);
}

/* RFC2018:8. Case 16 */
static void a_peer_that_reneges_gets_everything_again(void **state)
{
	struct tcp_script s;

	open_with(&s, "mss 1000, sack-ok");
	write_segs(&s, 0, 4);
	test_advance(&s.t, 100 * SEA_MSEC);
	ACK(&s, 0, .opts = "sack 1001 3001");
	NOTHING(&s);
	test_advance(&s.t, 10 * SEA_MSEC);
	ACK(&s, 1);
	test_advance(&s.t, 70 * SEA_MSEC);
	expect_seg(&s, 1);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPSACKReneging), 1);
	test_advance(&s.t, 100 * SEA_MSEC);
	ACK(&s, 2);
	expect_seg(&s, 2);
	expect_seg(&s, 3);
	NOTHING(&s);
	script_free(&s);
}

/* RFC5682:3.1: no segment is sent again once the timeout is known to be spurious. */
static void after_a_spurious_timeout_new_data_goes_out(void **state)
{
	struct tcp_script s;

	open_with(&s, "mss 1000, sack-ok");
	write_segs(&s, 0, 2);
	test_advance(&s.t, 100 * SEA_MSEC);
	ACK(&s, 2);
	script_sysctl(&s, "net.ipv4.tcp_early_retrans", "0");
	write_segs(&s, 2, 8);
	test_advance(&s.t, 350 * SEA_MSEC);
	expect_seg(&s, 2);
	assert_int_equal(script_write(&s, 4 * MSS), 4 * MSS);
	while (script_take(&s))
		assert_true(s.seen.seq.v - s.iss > 8 * MSS);
	ACK(&s, 3);
	ACK(&s, 4);
	while (script_take(&s))
		assert_true(s.seen.seq.v - s.iss > 8 * MSS);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPSpuriousRTOs), 1);
	script_free(&s);
}

/* Takes what went out, and acknowledges it 10 ms later: how many new segments, up to `end`. */
static uint32_t round_trip(struct tcp_script *s, uint32_t *end)
{
	uint32_t before = *end;

	while (script_take(s)) {
		uint32_t last = (s->seen.seq.v - s->iss - 1 + s->seen.len) / MSS;

		*end = last > *end ? last : *end;
	}
	test_advance(&s->t, 10 * SEA_MSEC);
	ACK(s, *end);
	return *end - before;
}

/*
 * A segment for which there is room waits for more, so that a larger burst goes: that is for want of
 * congestion window all the same, and the window grows.
 */
static void a_window_in_which_a_segment_waits_for_a_burst_grows(void **state)
{
	struct tcp_script s;
	uint32_t end = 0, most = 0;

	open_with(&s, "mss 1000, sack-ok");
	assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SO_SNDBUF, 1 << 20), 0);
	(void)script_write(&s, 400 * MSS);
	for (; script_take(&s); end++)
		;
	assert_int_equal(end, 10);
	test_advance(&s.t, 100 * SEA_MSEC);
	ACK(&s, 0, .opts = "sack 1001 10001");
	for (unsigned round = 0; round < 60; round++) {
		uint32_t n = round_trip(&s, &end);

		/* A cut by CUBIC's beta leaves seven. */
		if (round == 1)
			assert_in_range(n, 5, 8);
		most = n > most ? n : most;
		(void)script_write(&s, 50 * MSS);
	}
	assert_in_range(most, 14, 60);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_oldest_segment_is_sent_again_at_doubling_intervals),
		cmocka_unit_test(a_tail_probe_comes_after_two_round_trips),
		cmocka_unit_test(the_third_sacked_segment_brings_the_missing_one_back),
		cmocka_unit_test(without_sack_three_duplicates_and_a_partial_ack_bring_two_back),
		cmocka_unit_test(an_optimistic_ack_is_challenged_and_opens_nothing),
		cmocka_unit_test(divided_acks_let_out_what_one_ack_would),
		cmocka_unit_test(the_smallest_mss_that_a_peer_may_ask_for_is_bounded),
		cmocka_unit_test(a_peer_that_reneges_gets_everything_again),
		cmocka_unit_test(after_a_spurious_timeout_new_data_goes_out),
		cmocka_unit_test(a_window_in_which_a_segment_waits_for_a_burst_grows),
	};

	return SCRIPT_RUN(tests);
}
