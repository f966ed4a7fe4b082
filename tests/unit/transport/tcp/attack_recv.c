/* SPDX-License-Identifier: Apache-2.0 */
/* What a peer can do with text, options and windows, as transcripts. */
#include "tests/lib/tcp_script.h"

#include <stdio.h>

#include "transport/tcp/conn.h"

static struct tcp_conn *conn(const struct tcp_script *s)
{
	return sea_tcp_conn(sea_sock_get(s->t.stack, s->sock));
}

static ssize_t recv_some(struct tcp_script *s, void *to, size_t len, int flags)
{
	struct iovec iov = { to, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	return sea_socket_recvmsg(s->t.stack, s->sock, &msg, flags, s->t.now);
}

/* One byte a segment, for ever and never read: memory and window stay bounded. */
static void a_byte_a_segment_is_bounded(void **state)
{
	struct tcp_script s;
	struct tcp_conn *c;
	size_t before;

	(void)state;
	script_new(&s);
	script_established(&s);
	before = s.t.stack->shard.pool.held;
	for (uint32_t i = 0; i < 20000; i++) {
		SEND(&s, "PA", 1 + i, 1, 1);
		test_take_all(&s.t);
	}
	c = conn(&s);
	assert_true(c->sock.rmem_alloc <= c->sock.rcvbuf + 4096);
	assert_true(s.t.stack->shard.pool.held - before < 400000);
	/* What was acknowledged is there. */
	assert_int_equal(script_read(&s, 1 << 20), (int)(c->rcv_nxt.v - SCRIPT_PEER_ISN - 1));
	assert_int_equal(c->sock.rmem_alloc, 0);
	script_free(&s);
}

/* CVE-2018-5390: every other byte, never the first. A buffer that the program set does not grow for it. */
static void tiny_holes_do_not_fill_memory(void **state)
{
	struct tcp_script s;
	struct tcp_conn *c;

	(void)state;
	script_new(&s);
	script_established(&s);
	c = conn(&s);
	c->sock.flags |= SEA_SOCK_RCVBUF_LOCK;
	for (uint32_t i = 0; i < 20000; i++) {
		SEND(&s, "A", 3 + 2 * i % 60000, 1, 1);
		test_take_all(&s.t);
		assert_true(c->sock.rmem_alloc <= c->sock.rcvbuf + 4096);
	}
	assert_true(c->fl->reasm.n < 1000);
	SEND(&s, "A", 1, 1, 2);
	assert_true(script_read(&s, 10) >= 2);
	script_free(&s);
}

/* The peer's numbers go round in data, in what is out of order and in the FIN. */
static void numbers_go_round(void **state)
{
	const uint32_t base = (uint32_t)-1500 - SCRIPT_PEER_ISN; /* 1500 before zero */
	struct tcp_script s;
	char bytes[4000];

	(void)state;
	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", base, 0, 0, .opts = "mss 1460, sack-ok");
	EXPECT(&s, "SA", 0, base + 1, 0);
	SEND(&s, "A", base + 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	SEND(&s, "FA", base + 3001, 1, 0);
	EXPECT(&s, "A", 1, base + 1, 0);
	SEND(&s, "A", base + 2001, 1, 1000);
	EXPECT(&s, "A", 1, base + 1, 0);
	assert_int_equal(s.seen.opts.n_sack, 1);
	assert_int_equal(s.seen.opts.sack[0].start.v, SCRIPT_PEER_ISN + base + 2001);
	SEND(&s, "A", base + 1001, 1, 1000);
	EXPECT(&s, "A", 1, base + 1, 0);
	SEND(&s, "A", base + 1, 1, 1000);
	EXPECT(&s, "A", 1, base + 3002, 0);
	assert_int_equal(recv_some(&s, bytes, sizeof(bytes), 0), 3000);
	for (uint32_t i = 0; i < 3000; i++)
		assert_int_equal(bytes[i], 'a' + (base + 1 + i) % 26);
	assert_int_equal(script_state(&s), TCP_CLOSE_WAIT);
	script_free(&s);
}

/* The gap is filled when there is no memory to keep what lay behind it: no end of stream then. */
static void no_end_of_stream_before_its_last_byte(void **state)
{
	(void)state;
	for (size_t nth = 1; nth < 12; nth++) {
		struct tcp_script s;
		int n;

		script_new(&s);
		script_established(&s);
		/* Three quarters of what lies ahead will be cut off: the rest has to be copied down. */
		SEND(&s, "FA", 501, 1, 1400);
		test_take_all(&s.t);
		sea_pool_trim(&s.t.stack->shard.pool);
		test_env_fail_at(&s.t.env, nth);
		SEND(&s, "A", 1, 1, 1460);
		test_env_fail_at(&s.t.env, 0);
		test_take_all(&s.t);
		for (n = 0; script_read(&s, 1) == 1;)
			n++;
		assert_int_equal(n, conn(&s)->rcv_nxt.v - SCRIPT_PEER_ISN - 1 -
					    !!(conn(&s)->flags & TCP_F_FIN_RCVD));
		if (conn(&s)->flags & TCP_F_FIN_RCVD)
			assert_int_equal(n, 1900);
		script_free(&s);
	}
}

/*
 * Bytes that come again, and differ: among those out of order the first stay, what fills the gap has
 * the word over those that waited behind it (as on Linux), and what was received is not changed.
 */
static void bytes_sent_again_with_other_content_change_nothing_received(void **state)
{
	struct tcp_script s;
	char bytes[16] = "";

	(void)state;
	script_new(&s);
	script_established(&s);
	SEND(&s, "A", 5, 1, 4, .payload = "EFGH");
	SEND(&s, "A", 3, 1, 4, .payload = "xxxx");
	SEND(&s, "A", 1, 1, 6, .payload = "abyyyy");
	SEND(&s, "A", 1, 1, 8, .payload = "zzzzzzzz");
	SEND(&s, "A", 7, 1, 2, .payload = "zz");
	assert_int_equal(recv_some(&s, bytes, sizeof(bytes), 0), 8);
	assert_memory_equal(bytes, "abyyyyGH", 8);
	script_free(&s);
}

/* CVE-2019-12255 and its kin: an urgent pointer anywhere, with or without data, harms nothing. */
static void an_urgent_pointer_may_point_anywhere(void **state)
{
	static const uint16_t urgs[] = { 0, 1, 2, 10, 11, 12, 1000, 65535 };

	(void)state;
	for (unsigned i = 0; i < sizeof(urgs) / sizeof(*urgs); i++) {
		struct tcp_script s;
		int n = 0, k;

		script_new(&s);
		script_established(&s);
		SEND(&s, "AU", 1, 1, 0, .urg = urgs[i]);
		SEND(&s, "PAU", 1, 1, 10, .urg = urgs[i]);
		SEND(&s, "PAU", 11, 1, 10, .urg = (uint16_t)(urgs[i] - 1));
		while ((k = script_read(&s, 100)) > 0)
			n += k;
		assert_in_range(n, 18, 20);
		assert_int_equal(conn(&s)->sock.rmem_alloc, 0);
		script_free(&s);
	}
}

static void peeking_does_not_show_an_urgent_byte_that_stands_apart(void **state)
{
	struct tcp_script s;
	char bytes[16] = "";

	(void)state;
	script_new(&s);
	script_established(&s);
	SEND(&s, "PAU", 1, 1, 4, .payload = "!abc", .urg = 1);
	assert_int_equal(recv_some(&s, bytes, sizeof(bytes), MSG_PEEK), 3);
	assert_memory_equal(bytes, "abc", 3);
	assert_int_equal(recv_some(&s, bytes, sizeof(bytes), 0), 3);
	assert_memory_equal(bytes, "abc", 3);
	script_free(&s);
}

/* An empty piece of the program's has no address. */
static void pieces_without_address_are_skipped(void **state)
{
	char byte;
	struct iovec iov[3] = { { NULL, 0 }, { &byte, 1 }, { NULL, 0 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 3 };
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	SEND(&s, "PA", 1, 1, 1);
	assert_int_equal(sea_socket_recvmsg(s.t.stack, s.sock, &msg, 0, s.t.now), 1);
	script_free(&s);
}

/* Without an option that says something, each family has its own. */
static uint32_t mss_of(uint32_t mss)
{
	return mss == 536 && script_is6() ? 1220 : mss;
}

/*
 * RFC 6691, CVE-2019-11479: an MSS of nothing or of one byte does not make us send headers only.
 * RFC9293:MUST-16
 */
static void a_tiny_mss_has_a_floor_and_a_huge_one_the_path(void **state)
{
	static const struct {
		const char *opts;
		uint32_t len;
	} cases[] = {
		{ "mss 0", 536 }, { "mss 1", 48 }, { "mss 535", 535 }, { "mss 65535", 1460 }
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tcp_script s;

		script_new(&s);
		script_listen(&s, 8);
		SEND(&s, "S", 0, 0, 0, .opts = cases[i].opts);
		EXPECT(&s, "SA", 0, 1, 0);
		SEND(&s, "A", 1, 1, 0);
		assert_int_equal(script_accept(&s), 0);
		assert_int_equal(conn(&s)->mss_cache, mss_of(cases[i].len));
		assert_true(script_write(&s, 10000) > 0);
		assert_true(script_take(&s));
		assert_int_equal(s.seen.len, mss_of(cases[i].len));
		script_free(&s);
	}
}

/* RFC 7323 §2.3: a scale above 14 is 14. */
static void a_window_scale_above_14_is_14(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460, wscale 255");
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "A", 1, 1, 0, .wnd = 65535);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(conn(&s)->snd_wnd, 65535u << 14);
	script_free(&s);
}

/* CVE-2019-11477: an MSS of 48 and a hole after every segment. */
static void sacks_of_tiny_segments_stay_bounded(void **state)
{
	struct tcp_script s;
	struct tcp_conn *c;

	(void)state;
	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1, sack-ok, wscale 14");
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	c = conn(&s);
	for (unsigned round = 0; round < 60; round++) {
		uint32_t una = c->snd_una.v - s.iss, nxt = c->snd_nxt.v - s.iss;
		char opts[64];

		(void)script_write(&s, 60000);
		test_take_all(&s.t);
		for (uint32_t at = una + 48; at + 48 < nxt && at < una + 20000; at += 96) {
			snprintf(opts, sizeof(opts), "sack %u %u", at, at + 48);
			SEND(&s, "A", 1, una, 0, .opts = opts);
		}
		assert_true(sea_tcp_txq_check(&c->fl->txq));
		assert_true(c->fl->txq.n <= 64 + 2 + 2 * (nxt - una + 60000) / 536);
		SEND(&s, "A", 1, nxt, 0);
	}
	script_free(&s);
}

/* A clock that jumps by a month, or stands still. */
static void a_clock_that_jumps_makes_no_storm(void **state)
{
	struct tcp_script s;
	unsigned n = 0;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(script_write(&s, 1000), 1000);
	EXPECT(&s, "PA", 1, 1, 1000);
	s.t.now = sea_time_add(s.t.now, 30 * 86400 * SEA_SEC);
	test_settle(&s.t);
	while (script_take(&s))
		n++;
	assert_in_range(n, 1, 2);
	SEND(&s, "A", 1, 1001, 0);
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 1001, 1, 10);
	script_free(&s);
}

/* CVE-1999-0016 (LAND): from the listener's own address and port to it. */
static void a_syn_from_ourselves_comes_to_nothing(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .src = "10.0.0.1", .port = SCRIPT_PORT);
	test_advance(&s.t, 10 * SEA_SEC);
	NOTHING(&s);
	assert_int_equal(script_accept(&s), -EAGAIN);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_byte_a_segment_is_bounded),
		cmocka_unit_test(tiny_holes_do_not_fill_memory),
		cmocka_unit_test(numbers_go_round),
		cmocka_unit_test(no_end_of_stream_before_its_last_byte),
		cmocka_unit_test(bytes_sent_again_with_other_content_change_nothing_received),
		cmocka_unit_test(an_urgent_pointer_may_point_anywhere),
		cmocka_unit_test(peeking_does_not_show_an_urgent_byte_that_stands_apart),
		cmocka_unit_test(pieces_without_address_are_skipped),
		cmocka_unit_test(a_tiny_mss_has_a_floor_and_a_huge_one_the_path),
		cmocka_unit_test(a_window_scale_above_14_is_14),
		cmocka_unit_test(sacks_of_tiny_segments_stay_bounded),
		cmocka_unit_test(a_clock_that_jumps_makes_no_storm),
		cmocka_unit_test(a_syn_from_ourselves_comes_to_nothing),
	};

	return SCRIPT_RUN(tests);
}
