/* SPDX-License-Identifier: Apache-2.0 */
/* Segments that are discarded, each for its reason. Others stand at the transcripts that give them. */
#include <stdio.h>

#include "tests/lib/tcp_script.h"
#include "transport/tcp/conn.h"

/* A header of 20 bytes from the peer to port 80. */
static void bare(uint8_t bytes[20], uint8_t words, uint16_t sum_error)
{
	struct sea_tcp_hdr *th = (struct sea_tcp_hdr *)bytes;
	uint16_t sum;

	memset(bytes, 0, 20);
	th->src = sea_be16_of(1000);
	th->dst = sea_be16_of(80);
	th->off = (uint8_t)(words << 4);
	th->flags = SEA_TCP_SYN;
	sum = sea_be16_get(
		test_checksum(bytes, 20, test_pseudo(test_peer_ip, test_our_ip, IPPROTO_TCP, 20)));
	th->sum = sea_be16_of((uint16_t)(sum + sum_error));
}

/* Cases 26 and 27. */
static void a_header_that_is_cut_is_dropped_before_it_is_read(void **state)
{
	const struct test_ip ip = { .proto = IPPROTO_TCP };
	struct tcp_script s;
	uint8_t bytes[20];

	script_new(&s);
	bare(bytes, 5, 0);
	test_inject_ip(&s.t, &ip, bytes, 19);
	test_inject_ip(&s.t, &ip, bytes, 0);
	bare(bytes, 4, 0);
	test_inject_ip(&s.t, &ip, bytes, 20);
	bare(bytes, 6, 0);
	test_inject_ip(&s.t, &ip, bytes, 20);
	NOTHING(&s);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_SHORT), 4);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpInErrs), 4);
	script_free(&s);
}

/* RFC9293:MUST-3 */
static void a_wrong_checksum_is_dropped(void **state)
{
	const struct test_ip ip = { .proto = IPPROTO_TCP };
	struct tcp_script s;
	uint8_t bytes[20];

	script_new(&s);
	bare(bytes, 5, 1);
	test_inject_ip(&s.t, &ip, bytes, 20);
	NOTHING(&s);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_CHECKSUM), 1);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpInCsumErrors), 1);
	script_free(&s);
}

static void flags_that_mean_nothing_to_a_listener_are_dropped(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "F", 0, 0, 0);
	SEND(&s, "SF", 0, 0, 0);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_FLAGS), 2);
	script_free(&s);
}

static void a_syn_from_where_no_way_leads_back_is_dropped(void **state)
{
	struct tcp_script s;

	SCRIPT_ONLY4();
	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .src = "192.0.2.1");
	NOTHING(&s);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_NO_ROUTE), 1);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtListenDrops), 1);
	script_free(&s);
}

/* Whatever allocation fails, a handshake costs no more than time. */
/* RFC 5082 */
static void what_came_from_too_far_away_is_dropped(void **state)
{
	struct tcp_script s;

	SCRIPT_ONLY4();
	script_new(&s);
	script_listen(&s, 8);
	assert_int_equal(script_set(&s, s.listener, IPPROTO_IP, IP_MINTTL, 65), 0);
	SEND(&s, "S", 0, 0, 0);
	NOTHING(&s);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_MIN_TTL), 1);
	assert_int_equal(script_set(&s, s.listener, IPPROTO_IP, IP_MINTTL, 64), 0);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(script_set(&s, s.sock, IPPROTO_IP, IP_MINTTL, 255), 0);
	SEND(&s, "A", 1, 1, 5);
	NOTHING(&s);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPMinTTLDrop), 2);
	script_free(&s);
}

static void a_handshake_survives_any_failing_allocation(void **state)
{
	uint64_t dropped = 0;

	for (size_t nth = 1; nth < 40; nth++) {
		struct tcp_script s;

		script_new(&s);
		script_listen(&s, 8);
		sea_pool_trim(&s.t.stack->shard.pool);
		s.t.env.calls = 0;
		s.t.env.fail_at = nth;
		s.t.env.fail_once = true;
		SEND(&s, "S", 0, 0, 0);
		test_advance(&s.t, 3 * SEA_SEC);
		test_take_all(&s.t);
		SEND(&s, "S", 0, 0, 0);
		while (script_take(&s))
			;
		test_advance(&s.t, 3 * SEA_SEC);
		while (script_take(&s))
			;
		SEND(&s, "A", 1, 1, 0);
		if (script_accept(&s))
			SEND(&s, "A", 1, 1, 0);
		test_take_all(&s.t);
		dropped += test_drops(&s.t, SEA_DROP_TCP_NO_MEMORY);
		script_free(&s);
	}
	assert_true(dropped > 0);
}

static void established_with_timestamps(struct tcp_script *s)
{
	script_new(s);
	script_listen(s, 8);
	s->ts = true;
	SEND(s, "S", 0, 0, 0);
	EXPECT(s, "SA", 0, 1, 0);
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
}

/* RFC 7323 §5.3. */
static void an_old_timestamp_is_dropped_and_acknowledged(void **state)
{
	struct tcp_script s;

	established_with_timestamps(&s);
	s.ts_base -= 100;
	SEND(&s, "A", 1, 1, 10);
	EXPECT(&s, "A", 1, 1, 0);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_PAWS), 1);
	script_free(&s);
}

/* As Linux 6.18 was seen to: data and FIN get their ACK each time, what is bare now and then. */
static void bare_segments_with_an_old_timestamp_are_answered_now_and_then(void **state)
{
	struct tcp_script s;

	established_with_timestamps(&s);
	s.ts_base -= 5000;
	SEND(&s, "A", 1, 1, 0);
	EXPECT(&s, "A", 1, 1, 0);
	for (unsigned i = 1; i <= 3; i++) {
		SEND(&s, "A", 1, 1, 0);
		NOTHING(&s);
		assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPACKSkippedPAWS), i);
		SEND(&s, "PA", 1, 1, 10);
		EXPECT(&s, "A", 1, 1, 0);
		SEND(&s, "FA", 1, 1, 0);
		EXPECT(&s, "A", 1, 1, 0);
	}
	/* The limit is one for all that is not acceptable; each counts as what it is. */
	s.ts_base += 5000;
	SEND(&s, "A", 200000, 1, 0);
	NOTHING(&s);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPACKSkippedSeq), 1);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPACKSkippedPAWS), 3);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtPAWSEstab), 10);
	test_advance(&s.t, 500 * SEA_MSEC);
	s.ts_base -= 5000;
	SEND(&s, "A", 1, 1, 0);
	EXPECT(&s, "A", 1, 1, 0);
	script_free(&s);
}

/* As Linux 6.18 was seen to: an established connection does not ask whether the peer can have seen what it echoes. */
static void an_echo_of_what_was_never_sent_is_no_reason_to_drop(void **state)
{
	struct tcp_script s;
	char opts[40];

	(void)state;
	established_with_timestamps(&s);
	for (uint32_t i = 0; i < 4; i++) {
		snprintf(opts, sizeof(opts), "ts %u %u", s.ts_base + 5000,
			 s.ts_ecr + (i << 30) + 9);
		SEND(&s, "PA", 1 + 10 * i, 1, 10, .opts = opts);
		assert_int_equal(script_read(&s, 100), 10);
	}
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTSEcrRejected), 0);
	test_take_all(&s.t);
	script_free(&s);
}

/* The handshake does: an echo lies between the first SYN-ACK's timestamp and the last one's. */
static void a_handshake_takes_only_the_echo_of_a_syn_ack(void **state)
{
	struct tcp_script s;
	char opts[40];
	uint32_t ts;

	(void)state;
	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460,ts 1000 0");
	EXPECT(&s, "SA", 0, 1, 0);
	ts = s.seen.opts.ts_val;
	test_advance(&s.t, 1500 * SEA_MSEC);
	EXPECT(&s, "SA", 0, 1, 0);
	assert_int_equal(s.seen.opts.ts_val - ts, 1000);
	for (int i = 0; i < 4; i++) {
		static const int off[] = { -1, 1001, 0, 0 };

		snprintf(opts, sizeof(opts), "ts 2000 %u", ts + (uint32_t)off[i]);
		SEND(&s, "A", 1, 1, 0, .opts = opts);
		test_take_all(&s.t);
		assert_int_equal(script_accept(&s), i == 2 ? 0 : -EAGAIN);
		assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTSEcrRejected), i < 2 ? i + 1 : 2);
	}
	script_free(&s);
}

/* RFC 5961 §4.2 comes first. */
static void a_syn_with_an_old_timestamp_is_challenged(void **state)
{
	struct tcp_script s;

	established_with_timestamps(&s);
	s.ts_base -= 5000;
	SEND(&s, "S", 1, 0, 0);
	EXPECT(&s, "A", 1, 1, 0);
	SEND(&s, "SA", 1, 1, 0);
	NOTHING(&s);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPSYNChallenge), 2);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPACKSkippedChallenge), 1);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtPAWSEstab), 0);
	script_free(&s);
}

static void data_that_was_there_or_does_not_fit_is_dropped(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	SEND(&s, "A", 1, 1, 10);
	SEND(&s, "A", 1, 1, 10);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_OLD_DATA), 1);
	SEND(&s, "A", 21, 1, 10);
	SEND(&s, "A", 21, 1, 10);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_OOO_DUPLICATE), 1);
	SEND(&s, "A", 500000, 1, 10);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_OUT_OF_WINDOW), 1);
	test_take_all(&s.t);
	script_free(&s);
}

/* A buffer that is made smaller fills before the window that was offered; copying together helps for a while. */
static void what_the_receive_buffer_cannot_hold_is_dropped(void **state)
{
	struct tcp_script s;
	uint32_t seq = 1;

	script_new(&s);
	script_established(&s);
	assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SO_RCVBUF, 4000), 0);
	for (unsigned i = 0; i < 200; i++, seq += 300)
		SEND(&s, "A", seq, 1, 300);
	assert_true(test_mib(&s.t, SEA_MIB_TcpExtTCPRcvCollapsed) > 0);
	assert_true(test_drops(&s.t, SEA_DROP_TCP_RCVBUF) > 0);
	test_take_all(&s.t);
	while (script_read(&s, 100000) > 0)
		;
	test_take_all(&s.t);
	script_free(&s);
}

/* As Linux 6.18: an empty queue takes more than the window; then it is closed. */
static void beyond_the_window_only_an_empty_queue_takes_more(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	assert_int_equal(script_set(&s, s.listener, SOL_SOCKET, SO_RCVBUF, 1152), 0);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SA", 0, 1, 0);
	assert_in_range(s.seen.wnd, 1000, 1200);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	SEND(&s, "PA", 1, 1, 1400);
	EXPECT(&s, "A", 1, 1401, 0);
	assert_int_equal(s.seen.wnd, 0);
	SEND(&s, "PA", 1401, 1, 1);
	EXPECT(&s, "A", 1, 1401, 0);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtBeyondWindow), 1);
	/* Nobody will read any more, so no window opens: the queue is empty, and still it is closed. */
	assert_int_equal(script_shutdown(&s, SHUT_RD), 0);
	assert_int_equal(script_read(&s, 2000), 1400);
	SEND(&s, "PA", 1401, 1, 1);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_ZERO_WINDOW), 1);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPZeroWindowDrop), 1);
	test_take_all(&s.t);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_that_is_cut_is_dropped_before_it_is_read),
		cmocka_unit_test(a_wrong_checksum_is_dropped),
		cmocka_unit_test(flags_that_mean_nothing_to_a_listener_are_dropped),
		cmocka_unit_test(a_syn_from_where_no_way_leads_back_is_dropped),
		cmocka_unit_test(what_came_from_too_far_away_is_dropped),
		cmocka_unit_test(a_handshake_survives_any_failing_allocation),
		cmocka_unit_test(an_old_timestamp_is_dropped_and_acknowledged),
		cmocka_unit_test(bare_segments_with_an_old_timestamp_are_answered_now_and_then),
		cmocka_unit_test(an_echo_of_what_was_never_sent_is_no_reason_to_drop),
		cmocka_unit_test(a_handshake_takes_only_the_echo_of_a_syn_ack),
		cmocka_unit_test(a_syn_with_an_old_timestamp_is_challenged),
		cmocka_unit_test(data_that_was_there_or_does_not_fit_is_dropped),
		cmocka_unit_test(what_the_receive_buffer_cannot_hold_is_dropped),
		cmocka_unit_test(beyond_the_window_only_an_empty_queue_takes_more),
	};

	return SCRIPT_RUN(tests);
}
