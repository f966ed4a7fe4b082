/* SPDX-License-Identifier: Apache-2.0 */
/* TIME-WAIT, as transcripts: RFC 9293 §3.10.7.4, RFC 1337, RFC 6191, net.ipv4.tcp_tw_reuse. */
#include "tests/lib/tcp_script.h"

#include "transport/tcp/state.h"

static uint64_t mib(const struct tcp_script *s, enum sea_mib what)
{
	return test_mib(&s->t, what);
}

/* With timestamps on; the listener goes on listening. */
static void time_wait_with_ts(struct tcp_script *s)
{
	script_new(s);
	script_listen(s, 8);
	s->ts = true;
	SEND(s, "S", 0, 0, 0, .opts = "mss 1460, ts 10000 0");
	EXPECT(s, "SA", 0, 1, 0);
	s->ts_base = 10000;
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
	assert_int_equal(script_shutdown(s, SHUT_WR), 0);
	EXPECT(s, "FA", 1, 1, 0);
	SEND(s, "FA", 1, 2, 0);
	EXPECT(s, "A", 2, 2, 0);
	assert_int_equal(script_listed(s), TCP_TIME_WAIT);
}

/* RFC 9293 §3.10.7.4, eighth. */
static void the_fin_again_restarts_the_wait(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_time_wait(&s);
	test_advance(&s.t, 30 * SEA_SEC);
	SEND(&s, "FA", 1, 2, 0);
	EXPECT(&s, "A", 2, 2, 0);
	test_advance(&s.t, 59 * SEA_SEC);
	assert_int_equal(script_listed(&s), TCP_TIME_WAIT);
	test_advance(&s.t, SEA_SEC);
	assert_int_equal(script_listed(&s), 0);
	script_free(&s);
}

/* Case 11. */
static void acks_in_time_wait_are_rate_limited(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_time_wait(&s);
	SEND(&s, "A", 0, 2, 0);
	EXPECT(&s, "A", 2, 2, 0);
	SEND(&s, "A", 0, 2, 0);
	NOTHING(&s);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPACKSkippedTimeWait), 1);
	test_advance(&s.t, 500 * SEA_MSEC);
	SEND(&s, "A", 0, 2, 0);
	EXPECT(&s, "A", 2, 2, 0);
	script_free(&s);
}

static void a_duplicate_of_the_last_ack_is_not_answered(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_time_wait(&s);
	SEND(&s, "A", 2, 2, 0);
	NOTHING(&s);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_TIME_WAIT), 1);
	script_free(&s);
}

/* Case 32. */
static void a_reset_ends_time_wait_unless_rfc1337_is_set(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_time_wait(&s);
	SEND(&s, "R", 1, 0, 0); /* not at RCV.NXT */
	assert_int_equal(script_listed(&s), TCP_TIME_WAIT);
	script_sysctl(&s, "net.ipv4.tcp_rfc1337", "1");
	SEND(&s, "R", 2, 0, 0);
	assert_int_equal(script_listed(&s), TCP_TIME_WAIT);
	script_sysctl(&s, "net.ipv4.tcp_rfc1337", "0");
	SEND(&s, "R", 2, 0, 0);
	assert_int_equal(script_listed(&s), 0);
	NOTHING(&s);
	script_free(&s);
}

/* RFC9293:MAY-2 */
static void a_syn_above_the_old_numbers_reopens(void **state)
{
	struct tcp_script s;
	uint32_t old;

	script_new(&s);
	script_time_wait(&s);
	old = s.iss;
	SEND(&s, "S", 1000, 0, 0);
	EXPECT(&s, "SA", 0, 1001, 0);
	assert_int_equal(s.iss - old, 2 + 65537);
	assert_int_equal(script_listed(&s), TCP_SYN_RECV);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTWRecycled), 1);
	script_free(&s);
}

static void a_syn_below_the_old_numbers_is_acknowledged(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_time_wait(&s);
	SEND(&s, "S", (uint32_t)-1000, 0, 0);
	EXPECT(&s, "A", 2, 2, 0);
	assert_int_equal(script_listed(&s), TCP_TIME_WAIT);
	script_free(&s);
}

/* RFC 6191: a newer timestamp makes up for an older number. RFC9293:SHLD-4. */
static void a_syn_with_a_newer_timestamp_reopens(void **state)
{
	struct tcp_script s;

	time_wait_with_ts(&s);
	test_advance(&s.t, 10 * SEA_MSEC);
	SEND(&s, "S", (uint32_t)-1000, 0, 0);
	EXPECT(&s, "SA", 0, (uint32_t)-999, 0);
	script_free(&s);
}

static void an_old_timestamp_is_acknowledged_in_time_wait(void **state)
{
	struct tcp_script s;

	time_wait_with_ts(&s);
	SEND(&s, "S", 1000, 0, 0, .opts = "ts 1 0");
	EXPECT(&s, "A", 2, 2, 0);
	assert_int_equal(s.seen.opts.ts_ecr, 11000);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtPAWSTimewait), 1);
	assert_int_equal(script_listed(&s), TCP_TIME_WAIT);
	script_free(&s);
}

static void without_a_listener_a_new_syn_is_acknowledged(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_time_wait(&s);
	assert_int_equal(sea_socket_close(s.t.stack, s.listener, s.t.now), 0);
	SEND(&s, "S", 1000, 0, 0);
	EXPECT(&s, "A", 2, 2, 0);
	script_free(&s);
}

/* -- bounds -- */

/* Case 33. */
static void beyond_max_tw_buckets_nothing_waits(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_sysctl(&s, "net.ipv4.tcp_max_tw_buckets", "0");
	script_fin_wait_2(&s);
	SEND(&s, "FA", 1, 2, 0);
	EXPECT(&s, "A", 2, 2, 0);
	assert_int_equal(script_listed(&s), 0);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPTimeWaitOverflow), 1);
	script_free(&s);
}

/* A connection from another port, closed by us first. */
static void another_ends(struct tcp_script *s)
{
	s->rport++;
	SEND(s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(s, "SA", 0, 1, 0);
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
	assert_int_equal(script_close(s), 0);
	EXPECT(s, "FA", 1, 1, 0);
	SEND(s, "FA", 1, 2, 0);
	EXPECT(s, "A", 2, 2, 0);
}

static void as_many_wait_as_max_tw_buckets_says(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_sysctl(&s, "net.ipv4.tcp_max_tw_buckets", "2");
	script_listen(&s, 8);
	for (int i = 0; i < 2; i++) {
		another_ends(&s);
		assert_int_equal(script_listed(&s), TCP_TIME_WAIT);
	}
	another_ends(&s);
	assert_int_equal(script_listed(&s), 0);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPTimeWaitOverflow), 1);
	/* Who waited before still does; when it has, there is a place again. */
	s.rport--;
	assert_int_equal(script_listed(&s), TCP_TIME_WAIT);
	test_advance(&s.t, 61 * SEA_SEC);
	assert_int_equal(script_listed(&s), 0);
	s.rport++;
	another_ends(&s);
	assert_int_equal(script_listed(&s), TCP_TIME_WAIT);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPTimeWaitOverflow), 1);
	script_free(&s);
}

/* -- reuse by connect -- */

static int connect_again(struct tcp_script *s)
{
	sea_socket sock = script_socket(s);

	assert_int_equal(script_set(s, sock, SOL_SOCKET, SO_REUSEADDR, 1), 0);
	assert_int_equal(script_bind(s, sock, "0.0.0.0", s->lport), 0);
	return script_connect(s, sock, "10.0.0.2", s->rport);
}

static void old_connection(struct tcp_script *s, bool ts)
{
	script_new(s);
	s->sock = script_socket(s);
	s->lport = 50000;
	s->rport = SCRIPT_PORT;
	s->ts = ts;
	assert_int_equal(script_set(s, s->sock, SOL_SOCKET, SO_REUSEADDR, 1), 0);
	assert_int_equal(script_bind(s, s->sock, "0.0.0.0", s->lport), 0);
	assert_int_equal(script_connect(s, s->sock, "10.0.0.2", s->rport), -EINPROGRESS);
	EXPECT(s, "S", 0, 0, 0);
	SEND(s, "SA", 0, 1, 0);
	EXPECT(s, "A", 1, 1, 0);
	assert_int_equal(script_close(s), 0);
	EXPECT(s, "FA", 1, 1, 0);
	SEND(s, "FA", 1, 2, 0);
	EXPECT(s, "A", 2, 2, 0);
	assert_int_equal(script_listed(s), TCP_TIME_WAIT);
}

static void connect_takes_over_a_time_wait_with_timestamps(void **state)
{
	struct tcp_script s;
	uint32_t old;

	old_connection(&s, true);
	old = s.iss;
	assert_int_equal(connect_again(&s), -EINPROGRESS);
	EXPECT(&s, "S", 0, 0, 0);
	assert_int_equal(s.iss - old, 2 + 65537);
	script_free(&s);
}

static void connect_does_not_take_over_a_time_wait_without_timestamps(void **state)
{
	struct tcp_script s;

	old_connection(&s, false);
	assert_int_equal(connect_again(&s), -EADDRNOTAVAIL);
	script_free(&s);
}

static int connect_anywhere(struct tcp_script *s)
{
	return script_connect(s, script_socket(s), "10.0.0.2", s->rport);
}

/* The only port there is waits, and may be taken over as `reuse` says after 200 ms. */
static void the_only_port_waits(struct tcp_script *s, const char *reuse)
{
	script_new(s);
	script_sysctl(s, "net.ipv4.ip_local_port_range", "50000 50000");
	script_sysctl(s, "net.ipv4.tcp_tw_reuse", reuse);
	script_sysctl(s, "net.ipv4.tcp_tw_reuse_delay", "200");
	s->sock = script_socket(s);
	s->lport = 50000;
	s->rport = SCRIPT_PORT;
	s->ts = true;
	assert_int_equal(script_connect(s, s->sock, "10.0.0.2", s->rport), -EINPROGRESS);
	EXPECT(s, "S", 0, 0, 0);
	SEND(s, "SA", 0, 1, 0);
	EXPECT(s, "A", 1, 1, 0);
	assert_int_equal(script_close(s), 0);
	EXPECT(s, "FA", 1, 1, 0);
	SEND(s, "FA", 1, 2, 0);
	EXPECT(s, "A", 2, 2, 0);
	assert_int_equal(connect_anywhere(s), -EADDRNOTAVAIL);
}

/* 2 is for loopback alone, and this is none. */
static void tcp_tw_reuse_0_and_2_give_no_chosen_port_back(void **state)
{
	static const char *const reuse[] = { "0", "2" };
	struct tcp_script s;

	for (int i = 0; i < 2; i++) {
		the_only_port_waits(&s, reuse[i]);
		test_advance(&s.t, 10 * SEA_SEC);
		assert_int_equal(connect_anywhere(&s), -EADDRNOTAVAIL);
		assert_int_equal(script_listed(&s), TCP_TIME_WAIT);
		script_free(&s);
	}
}

static void tcp_tw_reuse_2_gives_a_port_of_loopback_back(void **state)
{
	struct tcp_script s;
	sea_socket client;

	script_new(&s);
	script_sysctl(&s, "net.ipv4.ip_local_port_range", "50000 50000");
	script_sysctl(&s, "net.ipv4.tcp_tw_reuse", "2");
	script_sysctl(&s, "net.ipv4.tcp_tw_reuse_delay", "200");
	script_listen(&s, 8);
	client = script_socket(&s);
	assert_int_equal(script_connect(&s, client, "127.0.0.1", SCRIPT_PORT), -EINPROGRESS);
	test_settle(&s.t);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(sea_socket_close(s.t.stack, client, s.t.now), 0);
	test_settle(&s.t);
	assert_int_equal(script_close(&s), 0);
	test_settle(&s.t);
	client = script_socket(&s);
	assert_int_equal(script_connect(&s, client, "127.0.0.1", SCRIPT_PORT), -EADDRNOTAVAIL);
	test_advance(&s.t, 201 * SEA_MSEC);
	assert_int_equal(script_connect(&s, client, "127.0.0.1", SCRIPT_PORT), -EINPROGRESS);
	script_free(&s);
}

/* Counted from the beginning of TIME_WAIT, as on Linux, and not from the last timestamp. */
static void a_chosen_port_waits_for_tcp_tw_reuse_delay(void **state)
{
	struct tcp_script s;

	the_only_port_waits(&s, "1");
	test_advance(&s.t, 200 * SEA_MSEC);
	assert_int_equal(connect_anywhere(&s), -EADDRNOTAVAIL);
	/* A timestamp that comes does not prolong it. */
	SEND(&s, "A", 2, 2, 0);
	test_advance(&s.t, SEA_MSEC);
	assert_int_equal(connect_anywhere(&s), -EINPROGRESS);
	test_take_all(&s.t);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fin_again_restarts_the_wait),
		cmocka_unit_test(acks_in_time_wait_are_rate_limited),
		cmocka_unit_test(a_duplicate_of_the_last_ack_is_not_answered),
		cmocka_unit_test(a_reset_ends_time_wait_unless_rfc1337_is_set),
		cmocka_unit_test(a_syn_above_the_old_numbers_reopens),
		cmocka_unit_test(a_syn_below_the_old_numbers_is_acknowledged),
		cmocka_unit_test(a_syn_with_a_newer_timestamp_reopens),
		cmocka_unit_test(an_old_timestamp_is_acknowledged_in_time_wait),
		cmocka_unit_test(without_a_listener_a_new_syn_is_acknowledged),
		cmocka_unit_test(beyond_max_tw_buckets_nothing_waits),
		cmocka_unit_test(as_many_wait_as_max_tw_buckets_says),
		cmocka_unit_test(connect_takes_over_a_time_wait_with_timestamps),
		cmocka_unit_test(connect_does_not_take_over_a_time_wait_without_timestamps),
		cmocka_unit_test(tcp_tw_reuse_0_and_2_give_no_chosen_port_back),
		cmocka_unit_test(tcp_tw_reuse_2_gives_a_port_of_loopback_back),
		cmocka_unit_test(a_chosen_port_waits_for_tcp_tw_reuse_delay),
	};

	return SCRIPT_RUN(tests);
}
