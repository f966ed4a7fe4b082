/* SPDX-License-Identifier: Apache-2.0 */
/* A connection with nothing queued, out or out of order: what it costs, and what it remembers. */
#include "tests/lib/tcp_script.h"
#include "transport/tcp/conn.h"

#define CONNS 2000u
#define IDLE_MAX 1024u

static struct tcp_flight before;

static int set_up(void **state)
{
	before = sea_tcp_no_flight;
	return 0;
}

static int nobody_wrote_to_it(void **state)
{
	assert_memory_equal(&before, &sea_tcp_no_flight, sizeof(before));
	return 0;
}

static struct sea_pool *pool(const struct tcp_script *s)
{
	return &s->t.stack->shard.pool;
}

static void no_memory(const struct tcp_script *s, bool none)
{
	pool(s)->held_max = none ? pool(s)->held : 0;
}

static struct tcp_conn *conn(const struct tcp_script *s)
{
	struct sea_sock *sock = sea_sock_get(s->t.stack, s->sock);

	assert_non_null(sock);
	return sea_tcp_conn(sock);
}

static uint64_t mib(const struct tcp_script *s, enum sea_mib what)
{
	return test_mib(&s->t, what);
}

/* With SACK; what the program and the peer send counts from 1. */
static void established(struct tcp_script *s)
{
	script_new(s);
	script_listen(s, 8);
	SEND(s, "S", 0, 0, 0, .opts = "mss 1460, sack-ok");
	EXPECT(s, "SA", 0, 1, 0);
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
	NOTHING(s);
	assert_true(tcp_idle(conn(s)));
}

/* -- what it costs -- */

/* Opened, spoken to, speaking, all acknowledged. */
static void converse(struct tcp_script *s)
{
	SEND(s, "S", 0, 0, 0, .opts = "mss 1460, sack-ok, wscale 7");
	EXPECT(s, "SA", 0, 1, 0);
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
	SEND(s, "PA", 1, 1, 100);
	assert_int_equal(script_read(s, 100), 100);
	assert_int_equal(script_write(s, 3000), 3000);
	test_take_all(&s->t);
	assert_false(tcp_idle(conn(s)));
	SEND(s, "A", 101, 3001, 0);
	assert_true(tcp_idle(conn(s)));
}

static void an_idle_connection_costs_a_kibibyte_at_most(void **state)
{
	struct tcp_script s;
	size_t held;

	script_new(&s);
	script_listen(&s, 8);
	held = pool(&s)->held;
	for (unsigned i = 0; i < CONNS; i++) {
		s.rport = (uint16_t)(10000 + i);
		converse(&s);
	}
	/* Its place among the sockets and in the tables, and what a shared port costs, included. */
	assert_in_range((pool(&s)->held - held) / CONNS, sizeof(struct tcp_conn), IDLE_MAX);
	assert_int_equal(sea_pool_size(pool(&s), sizeof(struct tcp_conn)), sizeof(struct tcp_conn));
	script_free(&s);
}

/* -- coming and going -- */

static void who_is_answered_keeps_what_it_needs_for_the_next_time(void **state)
{
	const struct tcp_flight *own;
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	converse(&s);
	own = conn(&s)->fl;
	assert_ptr_not_equal(own, &sea_tcp_no_flight);
	SEND(&s, "PA", 101, 3001, 100);
	assert_int_equal(script_write(&s, 1000), 1000);
	assert_false(tcp_idle(conn(&s)));
	assert_ptr_equal(conn(&s)->fl, own);
	test_take_all(&s.t);
	SEND(&s, "A", 201, 4001, 0);
	assert_true(tcp_idle(conn(&s)));
	assert_ptr_equal(conn(&s)->fl, own);
	script_free(&s);
}

static void few_keep_theirs_and_the_oldest_gives_way(void **state)
{
	const struct tcp_conn *first;
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	converse(&s);
	first = conn(&s);
	for (unsigned i = 0; i < TCP_RESTING_MAX; i++) {
		assert_ptr_not_equal(first->fl, &sea_tcp_no_flight);
		s.rport = (uint16_t)(10000 + i);
		converse(&s);
	}
	assert_ptr_equal(first->fl, &sea_tcp_no_flight);
	script_free(&s);
}

static void a_gap_holds_a_flight_until_it_is_filled(void **state)
{
	struct tcp_script s;

	established(&s);
	SEND(&s, "A", 101, 1, 100);
	assert_int_equal(conn(&s)->fl->reasm.n, 1);
	SEND(&s, "A", 1, 1, 100);
	assert_true(tcp_idle(conn(&s)));
	assert_int_equal(script_read(&s, 1000), 200);
	script_free(&s);
}

static void a_dsack_is_reported_and_forgotten(void **state)
{
	struct tcp_script s;

	established(&s);
	SEND(&s, "A", 1, 1, 100);
	SEND(&s, "A", 1, 1, 100);
	while (script_take(&s) && !s.seen.opts.n_sack)
		;
	assert_int_equal(s.seen.opts.n_sack, 1);
	assert_int_equal(s.seen.opts.sack[0].end.v - SCRIPT_PEER_ISN, 101);
	assert_true(tcp_idle(conn(&s)));
	script_free(&s);
}

static void an_offer_that_is_given_back_leaves_nothing(void **state)
{
	struct tcp_script s;
	struct iovec iov[4];

	established(&s);
	assert_true(sea_socket_send_reserve(s.t.stack, s.sock, 100, iov, 4, s.t.now) > 0);
	assert_false(tcp_idle(conn(&s)));
	assert_int_equal(sea_socket_send_commit(s.t.stack, s.sock, 0, 0, s.t.now), 0);
	assert_true(tcp_idle(conn(&s)));
	script_free(&s);
}

static void an_offer_ends_with_its_connection(void **state)
{
	struct tcp_script s;
	struct iovec iov[4];

	established(&s);
	assert_true(sea_socket_send_reserve(s.t.stack, s.sock, 100, iov, 4, s.t.now) > 0);
	SEND(&s, "R", 1, 0, 0);
	assert_true(tcp_idle(conn(&s)));
	assert_int_equal(sea_socket_send_commit(s.t.stack, s.sock, 100, 0, s.t.now), -ECONNRESET);
	assert_int_equal(sea_socket_send_commit(s.t.stack, s.sock, 100, 0, s.t.now), -EPIPE);
	script_free(&s);
}

/* -- what it remembers -- */

/* One segment is lost, resent after a timeout, and acknowledged; all that was out was. */
static void recover(struct tcp_script *s)
{
	assert_int_equal(script_write(s, 1000), 1000);
	EXPECT(s, "PA", 1, 1, 1000);
	for (unsigned i = 0; i < 40 && !conn(s)->total_retrans; i++)
		test_advance(&s->t, 50 * SEA_MSEC);
	assert_int_equal(conn(s)->total_retrans, 1);
	test_take_all(&s->t);
}

static void a_reduction_is_taken_back_by_a_dsack_that_comes_late(void **state)
{
	struct tcp_script s;
	uint32_t cwnd;

	established(&s);
	script_sysctl(&s, "net.ipv4.tcp_early_retrans", "0");
	cwnd = conn(&s)->cc.cwnd;
	recover(&s);
	assert_true(conn(&s)->cc.cwnd < cwnd);
	SEND(&s, "A", 1, 1001, 0);
	assert_true(tcp_idle(conn(&s)));
	sea_tcp_flight_forgo(conn(&s));
	assert_true(conn(&s)->kept.undo_valid);
	test_advance(&s.t, 10 * SEA_MSEC);
	/* The original was only slow. */
	SEND(&s, "A", 1, 1001, 0, .opts = "sack 1 1001");
	sea_tcp_flight_forgo(conn(&s));
	assert_false(conn(&s)->kept.undo_valid);
	assert_true(conn(&s)->cc.cwnd >= cwnd);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPDSACKUndo), 1);
	script_free(&s);
}

static void what_recovery_learned_is_there_again(void **state)
{
	const struct tcp_kept learned = { .reordering = 17,
					  .reo_wnd_steps = 4,
					  .reo_wnd_persist = 16,
					  .dsack_seen = 1,
					  .reord_seen = 1,
					  .rack_rtt_us = 12345 };
	struct tcp_script s;
	struct tcp_flight *fl;

	established(&s);
	conn(&s)->kept = learned;
	fl = sea_tcp_flight(conn(&s));
	assert_non_null(fl);
	assert_int_equal(fl->rec.reordering, 17);
	assert_int_equal(fl->rec.reo_wnd_steps, 4);
	assert_int_equal(fl->rec.reo_wnd_persist, 16);
	assert_true(fl->rec.dsack_seen && fl->rec.reord_seen && !fl->rec.undo_valid);
	assert_int_equal(fl->rec.rack_rtt_us, 12345);
	assert_int_equal(sea_tcp_reordering(conn(&s)), 17);
	sea_tcp_flight_settle(conn(&s));
	assert_true(tcp_idle(conn(&s)));
	assert_int_equal(sea_tcp_reordering(conn(&s)), 17);
	sea_tcp_flight_forgo(conn(&s));
	assert_int_equal(sea_tcp_reordering(conn(&s)), 17);
	assert_memory_equal(&conn(&s)->kept, &learned, sizeof(learned));
	script_free(&s);
}

/* -- without memory for one -- */

static void a_write_says_so(void **state)
{
	struct tcp_script s;
	struct iovec iov[4];

	established(&s);
	no_memory(&s, true);
	assert_int_equal(script_write(&s, 100), -ENOBUFS);
	assert_int_equal(sea_socket_send_reserve(s.t.stack, s.sock, 100, iov, 4, s.t.now),
			 -ENOBUFS);
	assert_true(tcp_idle(conn(&s)));
	no_memory(&s, false);
	assert_int_equal(script_write(&s, 100), 100);
	EXPECT(&s, "PA", 1, 1, 100);
	script_free(&s);
}

static void a_fin_is_tried_again(void **state)
{
	struct tcp_script s;

	established(&s);
	no_memory(&s, true);
	assert_int_equal(script_shutdown(&s, SHUT_WR), 0);
	assert_true(tcp_idle(conn(&s)));
	NOTHING(&s);
	no_memory(&s, false);
	test_advance(&s.t, 4 * SEA_SEC);
	EXPECT(&s, "FA", 1, 1, 0);
	SEND(&s, "A", 1, 2, 0);
	assert_int_equal(script_state(&s), TCP_FIN_WAIT2);
	assert_true(tcp_idle(conn(&s)));
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_idle_connection_costs_a_kibibyte_at_most),
		cmocka_unit_test(who_is_answered_keeps_what_it_needs_for_the_next_time),
		cmocka_unit_test(few_keep_theirs_and_the_oldest_gives_way),
		cmocka_unit_test(a_gap_holds_a_flight_until_it_is_filled),
		cmocka_unit_test(a_dsack_is_reported_and_forgotten),
		cmocka_unit_test(an_offer_that_is_given_back_leaves_nothing),
		cmocka_unit_test(an_offer_ends_with_its_connection),
		cmocka_unit_test(a_reduction_is_taken_back_by_a_dsack_that_comes_late),
		cmocka_unit_test(what_recovery_learned_is_there_again),
		cmocka_unit_test(a_write_says_so),
		cmocka_unit_test(a_fin_is_tried_again),
	};

	return cmocka_run_group_tests(tests, set_up, nobody_wrote_to_it);
}
