/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of peers, as transcripts and by the calls of <seastack/tcp_metrics.h>. */
#include <seastack/tcp_metrics.h>

#include "tests/lib/tcp_script.h"
#include "transport/tcp/conn.h"

static struct tcp_script s;

static struct sea_addr peer_addr(void)
{
	return test_addr(script_is6() ? "2001:db8::2" : "10.0.0.2");
}

static int get(struct sea_tcp_metrics *m)
{
	const struct sea_addr dst = peer_addr();

	*m = (struct sea_tcp_metrics){ .size = sizeof(*m) };
	return sea_tcp_metrics_get(s.t.stack, &dst, NULL, m);
}

/* Our SYN; each time from another port. */
static void open_to_peer(void)
{
	s.sock = script_socket(&s);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", SCRIPT_PORT), -EINPROGRESS);
	assert_true(script_take(&s));
	s.iss = s.seen.seq.v;
	s.lport = s.seen.src;
	s.rport = SCRIPT_PORT;
}

static void established(int64_t ms)
{
	open_to_peer();
	test_advance(&s.t, ms * SEA_MSEC);
	SEND(&s, "SA", 0, 1, 0, .opts = "mss 1460");
	EXPECT(&s, "A", 1, 1, 0);
}

/* One connection with a round trip of `ms`, which ends in TIME_WAIT. */
static void visit(int64_t ms)
{
	established(ms);
	assert_int_equal(script_close(&s), 0);
	EXPECT(&s, "FA", 1, 1, 0);
	test_advance(&s.t, ms * SEA_MSEC);
	SEND(&s, "FA", 1, 2, 0);
	EXPECT(&s, "A", 2, 2, 0);
}

static void the_round_trip_is_remembered(void **state)
{
	struct sea_tcp_metrics m;

	(void)state;
	script_new(&s);
	assert_int_equal(get(&m), -ESRCH);
	visit(80);
	assert_int_equal(get(&m), 0);
	assert_in_range(m.rtt_us, 79000, 81000);
	assert_int_equal(m.cwnd, 10);
	assert_int_equal(m.ssthresh, 0); /* tcp_no_ssthresh_metrics_save */
	assert_int_equal(m.age_ns, 0);
	script_free(&s);
}

static void a_longer_one_counts_at_once_a_shorter_one_by_an_eighth(void **state)
{
	struct sea_tcp_metrics m;

	(void)state;
	script_new(&s);
	visit(80);
	visit(160);
	assert_int_equal(get(&m), 0);
	assert_in_range(m.rtt_us, 159000, 161000);
	visit(80);
	assert_int_equal(get(&m), 0);
	assert_in_range(m.rtt_us, 149000, 151000);
	script_free(&s);
}

static void an_hour_later_it_is_forgotten(void **state)
{
	struct sea_tcp_metrics m;

	(void)state;
	script_new(&s);
	visit(160);
	test_advance(&s.t, 3599 * SEA_SEC);
	visit(80);
	assert_int_equal(get(&m), 0);
	assert_true(m.rtt_us > 140000);
	test_advance(&s.t, 2 * SEA_SEC);
	visit(80);
	assert_int_equal(get(&m), 0);
	assert_in_range(m.rtt_us, 79000, 81000);
	script_free(&s);
}

/* Our FIN was sent more than once: the round trip is not to be relied on. */
static void a_connection_that_backs_off_makes_it_unknown(void **state)
{
	struct sea_tcp_metrics m;

	(void)state;
	script_new(&s);
	visit(80);
	established(0);
	assert_int_equal(script_close(&s), 0);
	EXPECT(&s, "FA", 1, 1, 0);
	test_advance(&s.t, 10 * SEA_SEC);
	test_take_all(&s.t);
	SEND(&s, "FA", 1, 2, 0);
	assert_int_equal(get(&m), 0);
	assert_int_equal(m.rtt_us, 0);
	script_free(&s);
}

static void what_ends_with_a_reset_teaches_nothing(void **state)
{
	struct sea_tcp_metrics m;

	(void)state;
	script_new(&s);
	established(0);
	SEND(&s, "R", 1, 0, 0);
	assert_int_equal(script_state(&s), TCP_CLOSE);
	assert_int_equal(get(&m), -ESRCH);
	script_free(&s);
}

static void the_administrator_forgets_one_or_all(void **state)
{
	const struct sea_addr peer = peer_addr(), other = test_addr("10.9.9.9");
	struct sea_tcp_metrics m = { .size = sizeof(m) };
	uint64_t cursor = 0;

	(void)state;
	script_new(&s);
	visit(80);
	assert_true(sea_tcp_metrics_next(s.t.stack, &cursor, &m));
	assert_int_equal(m.dst.family, peer.family);
	assert_memory_equal(m.dst.b, peer.b, 16);
	assert_false(sea_tcp_metrics_next(s.t.stack, &cursor, &m));
	assert_int_equal(sea_tcp_metrics_get(s.t.stack, &peer, &other, &m), -ESRCH);
	assert_int_equal(sea_tcp_metrics_del(s.t.stack, &other, NULL, s.t.now), -ESRCH);
	assert_int_equal(sea_tcp_metrics_del(s.t.stack, &peer, NULL, s.t.now), 0);
	assert_int_equal(get(&m), -ESRCH);
	visit(80);
	assert_int_equal(sea_tcp_metrics_flush(s.t.stack, s.t.now), 0);
	assert_int_equal(get(&m), -ESRCH);
	m.size--;
	assert_int_equal(sea_tcp_metrics_get(s.t.stack, &peer, NULL, &m), -EINVAL);
	script_free(&s);
}

/* A connection of the table's own making, to the `i`th peer. */
static void note(uint32_t i)
{
	struct tcp_conn *c = sea_tcp_conn_new(s.t.stack);

	assert_non_null(c);
	c->node.family = SEA_AF_INET;
	memcpy(c->sock.raddr, &i, sizeof(i));
	c->rtt.srtt_us = 8000;
	sea_tcp_peers_note(c);
	sea_tcp_conn_free(c, SEA_DROP_STACK_FREED);
}

static void the_oldest_goes_for_a_new_one(void **state)
{
	struct sea_addr oldest = { .family = SEA_AF_INET, .b = { 1 } };
	struct sea_tcp_metrics m = { .size = sizeof(m) };
	uint64_t cursor = 0;
	unsigned n = 0;

	(void)state;
	script_new(&s);
	for (uint32_t i = 1; i <= TCP_PEERS_MAX; i++)
		note(i);
	assert_int_equal(sea_tcp_metrics_get(s.t.stack, &oldest, NULL, &m), 0);
	note(TCP_PEERS_MAX + 1);
	assert_int_equal(sea_tcp_metrics_get(s.t.stack, &oldest, NULL, &m), -ESRCH);
	while (sea_tcp_metrics_next(s.t.stack, &cursor, &m))
		n++;
	assert_int_equal(n, TCP_PEERS_MAX);
	script_free(&s);
}

static uint32_t ssthresh(void)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	assert_int_equal(sea_socket_getsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_INFO, &info,
					       &len, s.t.now),
			 0);
	return info.tcpi_snd_ssthresh;
}

/* Where ssthresh is wanted, it is that of a connection that left slow start. */
static void ssthresh_is_remembered_where_wanted(void **state)
{
	struct sea_tcp_metrics m;
	uint32_t end = 1461;

	(void)state;
	script_new(&s);
	script_sysctl(&s, "net.ipv4.tcp_no_ssthresh_metrics_save", "0");
	script_sysctl(&s, "net.ipv4.tcp_congestion_control", "reno");
	established(0);
	assert_int_equal(script_write(&s, 14600), 14600);
	test_take_all(&s.t);
	test_advance(&s.t, 30 * SEA_SEC); /* timeouts: ssthresh 5, cwnd 1 */
	test_take_all(&s.t);
	for (unsigned i = 0; i < 40; i++) {
		SEND(&s, "A", 1, end, 0);
		(void)script_write(&s, 14600);
		while (script_take(&s))
			if (s.seen.len)
				end = s.seen.seq.v - s.iss + s.seen.len;
	}
	assert_int_equal(script_close(&s), 0);
	while (!(s.seen.flags & SEA_TCP_FIN)) {
		SEND(&s, "A", 1, end, 0);
		while (script_take(&s))
			end = s.seen.seq.v - s.iss + s.seen.len;
	}
	SEND(&s, "FA", 1, end + 1, 0);
	test_take_all(&s.t);
	assert_int_equal(get(&m), 0);
	assert_in_range(m.ssthresh, 2, 9);
	established(0);
	assert_int_equal(ssthresh(), m.ssthresh);
	script_free(&s);
}

/* Without SYN cookies the last quarter of the queue is for peers that are known. */
static void a_known_peer_finds_room_among_half_open_ones(void **state)
{
	(void)state;
	script_new(&s);
	visit(80);
	script_sysctl(&s, "net.ipv4.tcp_syncookies", "0");
	script_sysctl(&s, "net.ipv4.tcp_max_syn_backlog", "4");
	script_listen(&s, 8);
	s.lport = SCRIPT_PORT;
	for (uint16_t i = 0; i < 4; i++) {
		SEND(&s, "S", 0, 0, 0, .port = (uint16_t)(2000 + i), .src = "10.0.0.9");
		test_take_all(&s.t);
	}
	SEND(&s, "S", 0, 0, 0, .port = 3000, .src = "10.0.0.9");
	NOTHING(&s);
	SEND(&s, "S", 0, 0, 0, .port = 3000);
	EXPECT(&s, "SA", 0, 1, 0);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_round_trip_is_remembered),
		cmocka_unit_test(a_longer_one_counts_at_once_a_shorter_one_by_an_eighth),
		cmocka_unit_test(an_hour_later_it_is_forgotten),
		cmocka_unit_test(a_connection_that_backs_off_makes_it_unknown),
		cmocka_unit_test(what_ends_with_a_reset_teaches_nothing),
		cmocka_unit_test(the_administrator_forgets_one_or_all),
		cmocka_unit_test(the_oldest_goes_for_a_new_one),
		cmocka_unit_test(ssthresh_is_remembered_where_wanted),
		cmocka_unit_test(a_known_peer_finds_room_among_half_open_ones),
	};

	return SCRIPT_RUN(tests);
}
