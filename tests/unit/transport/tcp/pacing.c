/* SPDX-License-Identifier: Apache-2.0 */
/* Segments that leave one after the other: SO_MAX_PACING_RATE where no queue of the link paces. */
#include "core/qdisc.h"
#include "core/stack.h"
#include "link/qdisc/qdiscs.h"
#include "tests/lib/tcp_script.h"
#include "transport/tcp/conn.h"

#define MSS 1460u
#define PAIR (2 * MSS) /* tcp_min_tso_segs: what goes at once */
#define RATE 146000    /* two segments in 20 ms */
#define PAIR_NS (20 * SEA_MSEC)

/* Pairs of segments that leave now: few of them stand in the link's queue at a time. */
static unsigned departures(struct tcp_script *s)
{
	unsigned n, total = 0;

	while ((n = test_take_all(&s->t))) {
		total += n;
		test_advance(&s->t, 0);
	}
	return total / 2;
}

/* Past the ten segments that are not paced, all acknowledged, the round trip being 100 ms. */
static void paced(struct tcp_script *s)
{
	script_new(s);
	script_listen(s, 8);
	SEND(s, "S", 0, 0, 0, .opts = "mss 1460, sack-ok");
	EXPECT(s, "SA", 0, 1, 0);
	test_advance(&s->t, 100 * SEA_MSEC);
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
	assert_int_equal(script_set(s, s->sock, SOL_SOCKET, SO_SNDBUF, 1 << 20), 0);
	assert_int_equal(script_set(s, s->sock, SOL_SOCKET, SO_MAX_PACING_RATE, RATE), 0);
	assert_int_equal(script_write(s, 10 * MSS), 10 * MSS);
	assert_int_equal(departures(s), 5);
	test_advance(&s->t, 100 * SEA_MSEC);
	SEND(s, "A", 1, 1 + 10 * MSS, 0);
}

static void segments_leave_at_the_rate_of_the_program(void **state)
{
	struct tcp_script s;

	(void)state;
	paced(&s);
	assert_int_equal(script_write(&s, 10 * MSS), 10 * MSS);
	assert_int_equal(departures(&s), 1);
	/* Time that was not used is credit for half of the first one's. */
	test_advance(&s.t, PAIR_NS / 2 - 1);
	assert_int_equal(departures(&s), 0);
	test_advance(&s.t, 1);
	assert_int_equal(departures(&s), 1);
	for (unsigned i = 0; i < 3; i++) {
		test_advance(&s.t, PAIR_NS - 1);
		assert_int_equal(departures(&s), 0);
		test_advance(&s.t, 1);
		assert_int_equal(departures(&s), 1);
	}
	script_free(&s);
}

static void acknowledgments_are_not_held_back(void **state)
{
	struct tcp_script s;

	(void)state;
	paced(&s);
	assert_int_equal(script_write(&s, 4 * MSS), 4 * MSS);
	assert_int_equal(departures(&s), 1);
	SEND(&s, "A", 1, 1 + 10 * MSS, MSS);
	SEND(&s, "A", 1 + MSS, 1 + 10 * MSS, MSS);
	assert_true(script_take(&s));
	assert_int_equal(s.seen.len, 0);
	assert_int_equal(departures(&s), 0);
	script_free(&s);
}

/* RFC6675:5 says what is sent; when is the rate's matter. */
static void what_is_lost_is_sent_again_at_the_rate(void **state)
{
	struct tcp_script s;

	(void)state;
	paced(&s);
	assert_int_equal(script_write(&s, 10 * MSS), 10 * MSS);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(departures(&s), 1);
		test_advance(&s.t, PAIR_NS);
	}
	SEND(&s, "A", 1, 1 + 10 * MSS, 0, .opts = "sack 20441 29201"); /* 1 + 14, 1 + 20 segments */
	assert_int_equal(departures(&s), 1);
	/* The last had left 30 ms before. */
	test_advance(&s.t, PAIR_NS / 2 - 1);
	assert_int_equal(departures(&s), 0);
	test_advance(&s.t, 1);
	assert_int_equal(departures(&s), 1);
	script_free(&s);
}

/* The probe for a lost tail, and the timeout, count from a departure that is yet to come. */
static void timers_wait_for_the_next_departure(void **state)
{
	struct tcp_script s;

	(void)state;
	paced(&s);
	assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SO_MAX_PACING_RATE, 2920), 0);
	assert_int_equal(script_write(&s, 2 * MSS), 2 * MSS);
	assert_int_equal(departures(&s), 1);
	/* A second, less the 80 ms that were not used; then two round trips. */
	test_advance(&s.t, 1120 * SEA_MSEC);
	NOTHING(&s);
	test_advance(&s.t, 5 * SEA_MSEC);
	assert_true(script_take(&s));
	assert_int_equal(s.seen.seq.v - s.iss, 1 + 11 * MSS);
	script_free(&s);
}

static void a_lower_rate_holds_at_once_and_none_from_the_next_ack_on(void **state)
{
	struct tcp_script s;
	unsigned n = 0;

	(void)state;
	paced(&s);
	assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SO_MAX_PACING_RATE, RATE / 2), 0);
	assert_int_equal(script_write(&s, 16 * MSS), 16 * MSS);
	assert_int_equal(departures(&s), 1);
	test_advance(&s.t, PAIR_NS - 1);
	assert_int_equal(departures(&s), 0);
	test_advance(&s.t, 1);
	assert_int_equal(departures(&s), 1);
	assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SO_MAX_PACING_RATE, -1), 0);
	test_advance(&s.t, 2 * PAIR_NS - 1);
	assert_int_equal(departures(&s), 0);
	SEND(&s, "A", 1, 1 + 14 * MSS, 0);
	/* cwnd / RTT, twice: five milliseconds or so each. */
	for (unsigned i = 0; i < 40; i++) {
		test_advance(&s.t, SEA_MSEC);
		n += departures(&s);
	}
	assert_int_equal(n, 6);
	script_free(&s);
}

static void a_connection_that_ends_leaves_no_timer(void **state)
{
	struct tcp_script s;

	(void)state;
	paced(&s);
	assert_int_equal(script_write(&s, 10 * MSS), 10 * MSS);
	assert_int_equal(departures(&s), 1);
	SEND(&s, "R", 1, 0, 0);
	test_advance(&s.t, SEA_SEC);
	NOTHING(&s);
	script_free(&s);
}

static void an_accepted_connection_is_paced_as_its_listener_says(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_listen(&s, 8);
	assert_int_equal(script_set(&s, s.listener, SOL_SOCKET, SO_MAX_PACING_RATE, 70000), 0);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_MAX_PACING_RATE), 70000);
	script_free(&s);
}

/* Twenty segments in a round trip of 100 ms, after ten were acknowledged; how many pairs of them go at once. */
static unsigned pairs_at_once(struct tcp_script *s, const struct tcp_cc_ops *ops)
{
	script_new(s);
	script_listen(s, 8);
	sea_tcp_conn(sea_sock_get(s->t.stack, s->listener))->cc.ops = ops;
	SEND(s, "S", 0, 0, 0, .opts = "mss 1460, sack-ok");
	EXPECT(s, "SA", 0, 1, 0);
	test_advance(&s->t, 100 * SEA_MSEC);
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
	assert_int_equal(script_set(s, s->sock, SOL_SOCKET, SO_SNDBUF, 1 << 20), 0);
	assert_int_equal(script_write(s, 10 * MSS), 10 * MSS);
	assert_int_equal(departures(s), 5);
	test_advance(&s->t, 100 * SEA_MSEC);
	SEND(s, "A", 1, 1 + 10 * MSS, 0);
	assert_int_equal(script_write(s, 20 * MSS), 20 * MSS);
	return departures(s);
}

/* As on Linux: with Reno and CUBIC the window goes as ACKs let it, with one like BBR at its rate, here 2 cwnd / RTT. */
static void a_controller_that_asks_for_it_is_paced_and_no_other(void **state)
{
	struct tcp_cc_ops asks = sea_tcp_reno;
	struct tcp_script s;

	(void)state;
	asks.paced = true;
	assert_int_equal(pairs_at_once(&s, &sea_tcp_reno), 10);
	script_free(&s);
	assert_int_equal(pairs_at_once(&s, &sea_tcp_cubic), 10);
	script_free(&s);
	assert_int_equal(pairs_at_once(&s, &asks), 1);
	test_advance(&s.t, 2500 * SEA_USEC); /* half of the first one's time is made up for */
	for (unsigned i = 0; i < 9; i++) {
		assert_int_equal(departures(&s), 1);
		test_advance(&s.t, 5 * SEA_MSEC - 1);
		assert_int_equal(departures(&s), 0);
		test_advance(&s.t, 1);
	}
	script_free(&s);
}

/* An int, or a long; the larger, read as an int, is the largest int that there is, without a sign. */
static void a_rate_may_be_wider_than_an_int(void **state)
{
	struct tcp_script s;
	uint64_t rate = UINT64_C(5000000000);
	socklen_t len = sizeof(rate);

	(void)state;
	script_new(&s);
	s.sock = script_socket(&s);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_MAX_PACING_RATE), -1);
	assert_int_equal(sea_socket_setsockopt(s.t.stack, s.sock, SOL_SOCKET, SO_MAX_PACING_RATE,
					       &rate, sizeof(rate), s.t.now),
			 0);
	rate = 0;
	assert_int_equal(sea_socket_getsockopt(s.t.stack, s.sock, SOL_SOCKET, SO_MAX_PACING_RATE,
					       &rate, &len, s.t.now),
			 0);
	assert_int_equal(len, 8);
	assert_true(rate == UINT64_C(5000000000));
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_MAX_PACING_RATE), -1);
	assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SO_MAX_PACING_RATE, -2), 0);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_MAX_PACING_RATE), -2);
	assert_int_equal(sea_socket_setsockopt(s.t.stack, s.sock, SOL_SOCKET, SO_MAX_PACING_RATE,
					       &rate, 3, s.t.now),
			 -EINVAL);
	script_free(&s);
}

/* -- over fq -- */

/* A round trip of 100 ms, ten segments sent, and 105 ms later the ACK of the first two. */
static void over_fq(struct tcp_script *s)
{
	const struct sea_qdisc_config fq = { .size = sizeof(fq), .kind = "fq" };

	script_new(s);
	assert_int_equal(sea_qdisc_add(s->t.stack, &sea_qdisc_fq), 0);
	assert_int_equal(sea_link_set_qdisc(s->t.link, &fq, s->t.now), 0);
	script_listen(s, 8);
	SEND(s, "S", 0, 0, 0, .opts = "mss 1460, sack-ok");
	EXPECT(s, "SA", 0, 1, 0);
	test_advance(&s->t, 100 * SEA_MSEC);
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
	assert_int_equal(script_set(s, s->sock, SOL_SOCKET, SO_SNDBUF, 200000), 0);
	assert_int_equal(script_write(s, 40000), 40000);
	assert_int_equal(departures(s), 5);
	test_advance(&s->t, 105 * SEA_MSEC);
	SEND(s, "A", 1, 1 + 2 * MSS, 0);
}

static void segments_wait_in_the_links_queue(void **state)
{
	struct tcp_script s;

	(void)state;
	over_fq(&s);
	assert_int_equal(departures(&s), 1);
	SEND(&s, "A", 1, 1 + 4 * MSS, 0);
	/* 12 segments in 100.625 ms, twice: a pair each 8.385 ms; for the first half of it. */
	test_advance(&s.t, 4 * SEA_MSEC);
	assert_int_equal(departures(&s), 0);
	test_advance(&s.t, 200 * SEA_USEC);
	assert_int_equal(departures(&s), 1);
	script_free(&s);
}

/* Its socket is gone, the queue and its own are not. */
static void what_an_orphan_sends_stays_in_order(void **state)
{
	struct tcp_script s;

	(void)state;
	over_fq(&s);
	assert_int_equal(departures(&s), 1);
	for (unsigned i = 2; i <= 5; i++)
		SEND(&s, "A", 1, 1 + 2 * i * MSS, 0);
	assert_int_equal(script_close(&s), 0);
	for (uint32_t next = 1 + 12 * MSS; next < 40001;) {
		test_advance(&s.t, SEA_MSEC);
		if (!script_take(&s))
			continue;
		assert_int_equal(s.seen.seq.v - s.iss, next);
		next += s.seen.len;
		SEND(&s, "A", 1, next, 0);
	}
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_leave_at_the_rate_of_the_program),
		cmocka_unit_test(acknowledgments_are_not_held_back),
		cmocka_unit_test(what_is_lost_is_sent_again_at_the_rate),
		cmocka_unit_test(timers_wait_for_the_next_departure),
		cmocka_unit_test(a_lower_rate_holds_at_once_and_none_from_the_next_ack_on),
		cmocka_unit_test(a_connection_that_ends_leaves_no_timer),
		cmocka_unit_test(an_accepted_connection_is_paced_as_its_listener_says),
		cmocka_unit_test(a_controller_that_asks_for_it_is_paced_and_no_other),
		cmocka_unit_test(a_rate_may_be_wider_than_an_int),
		cmocka_unit_test(segments_wait_in_the_links_queue),
		cmocka_unit_test(what_an_orphan_sends_stays_in_order),
	};

	return SCRIPT_RUN(tests);
}
