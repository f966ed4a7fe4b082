/* SPDX-License-Identifier: Apache-2.0 */
/* SYN floods and SYN cookies, as transcripts: RFC 4987. */
#include "tests/lib/tcp_script.h"

static uint64_t mib(const struct tcp_script *s, enum sea_mib what)
{
	return test_mib(&s->t, what);
}

/* Fills the SYN queue of a listener with backlog 4: one more fits. */
static void flooded(struct tcp_script *s)
{
	script_new(s);
	script_listen(s, 4);
	for (uint16_t i = 0; i < 5; i++) {
		SEND(s, "S", 0, 0, 0, .port = (uint16_t)(1000 + i));
		EXPECT(s, "SA", 0, 1, 0);
	}
}

static struct tcp_info info_of(struct tcp_script *s)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	assert_int_equal(sea_socket_getsockopt(s->t.stack, s->sock, IPPROTO_TCP, TCP_INFO, &info,
					       &len, s->t.now),
			 0);
	return info;
}

/* Cases 1 and 4. */
static void a_cookie_s_ack_makes_a_connection_with_all_options(void **state)
{
	struct tcp_script s;
	struct tcp_info info;

	flooded(&s);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1400, sack-ok, ts 100 0, wscale 5");
	EXPECT(&s, "SA", 0, 1, 0);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtSyncookiesSent), 1);
	assert_int_equal(script_listed(&s), 0); /* no state */
	s.ts = true;
	SEND(&s, "PA", 1, 1, 10);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtSyncookiesRecv), 1);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(script_read(&s, 100), 10);
	info = info_of(&s);
	assert_int_equal(info.tcpi_options, TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE);
	assert_int_equal(info.tcpi_snd_wscale, 5);
	assert_int_equal(info.tcpi_rcv_wscale, 10);
	assert_int_equal(info.tcpi_snd_mss, (script_is6() ? 1220 : 1300) - 12);
	script_free(&s);
}

static void a_cookie_without_timestamps_keeps_only_the_mss(void **state)
{
	struct tcp_script s;
	struct tcp_info info;

	flooded(&s);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1461, sack-ok, wscale 5");
	EXPECT(&s, "SA", 0, 1, 0);
	assert_false(s.seen.opts.has_sack_perm || s.seen.opts.has_wscale);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	info = info_of(&s);
	assert_int_equal(info.tcpi_options, 0);
	assert_int_equal(info.tcpi_snd_mss, script_is6() ? 1440 : 1460);
	script_free(&s);
}

/* Case 3. */
static void a_wrong_cookie_is_reset(void **state)
{
	struct tcp_script s;

	flooded(&s);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "A", 1, 1 + 8, 0);
	EXPECT(&s, "R", 9, 0, 0);
	SEND(&s, "A", 2, 1, 0); /* another SEG.SEQ */
	EXPECT(&s, "R", 1, 0, 0);
	SEND(&s, "A", 1, 1, 0, .src = "10.0.0.3");
	assert_int_equal(mib(&s, SEA_MIB_TcpExtSyncookiesFailed), 3);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_COOKIE), 3);
	assert_int_equal(script_accept(&s), -EAGAIN);
	script_free(&s);
}

static void an_old_cookie_is_refused(void **state)
{
	struct tcp_script s;

	flooded(&s);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	test_advance(&s.t, 119 * SEA_SEC);
	test_take_all(&s.t);
	/* Keys change when one is asked for. */
	SEND(&s, "A", 1, 1, 0, .port = 9);
	test_advance(&s.t, 61 * SEA_SEC);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), -EAGAIN);
	test_take_all(&s.t);
	script_free(&s);
}

static void a_cookie_is_good_for_a_minute_at_least(void **state)
{
	struct tcp_script s;

	flooded(&s);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	test_advance(&s.t, 60 * SEA_SEC);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	test_take_all(&s.t);
	script_free(&s);
}

static void no_cookie_counts_while_none_is_out(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 4);
	SEND(&s, "A", 1, 77, 0);
	EXPECT(&s, "R", 77, 0, 0);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtSyncookiesFailed), 0);
	script_free(&s);
}

static void without_cookies_a_full_queue_drops(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_sysctl(&s, "net.ipv4.tcp_syncookies", "0");
	script_listen(&s, 1); /* and one more */
	for (uint16_t i = 0; i < 3; i++)
		SEND(&s, "S", 0, 0, 0, .port = (uint16_t)(1000 + i));
	assert_int_equal(test_take_all(&s.t), 2);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPReqQFullDrop), 1);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtListenDrops), 1);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_SYNQ_FULL), 1);
	script_free(&s);
}

static void with_tcp_syncookies_2_nothing_is_kept_of_any_syn(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_sysctl(&s, "net.ipv4.tcp_syncookies", "2");
	script_listen(&s, 4);
	for (uint16_t i = 0; i < 100; i++) {
		s.rport = (uint16_t)(1000 + i);
		SEND(&s, "S", 0, 0, 0);
		EXPECT(&s, "SA", 0, 1, 0);
		assert_int_equal(script_listed(&s), 0);
	}
	assert_int_equal(mib(&s, SEA_MIB_TcpExtSyncookiesSent), 100);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtListenDrops), 0);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtSyncookiesRecv), 1);
	script_free(&s);
}

static void established_traffic_does_not_feel_a_flood(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	for (uint16_t i = 0; i < 1000; i++)
		SEND(&s, "S", i, 0, 0, .port = (uint16_t)(1000 + i));
	test_take_all(&s.t);
	SEND(&s, "PA", 1, 1, 100);
	assert_int_equal(script_read(&s, 1000), 100);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cookie_s_ack_makes_a_connection_with_all_options),
		cmocka_unit_test(a_cookie_without_timestamps_keeps_only_the_mss),
		cmocka_unit_test(a_wrong_cookie_is_reset),
		cmocka_unit_test(an_old_cookie_is_refused),
		cmocka_unit_test(a_cookie_is_good_for_a_minute_at_least),
		cmocka_unit_test(no_cookie_counts_while_none_is_out),
		cmocka_unit_test(without_cookies_a_full_queue_drops),
		cmocka_unit_test(with_tcp_syncookies_2_nothing_is_kept_of_any_syn),
		cmocka_unit_test(established_traffic_does_not_feel_a_flood),
	};

	return SCRIPT_RUN(tests);
}
