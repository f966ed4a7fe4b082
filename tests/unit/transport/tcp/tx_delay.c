/* SPDX-License-Identifier: Apache-2.0 */
/* TCP_TX_DELAY: over fq all that a socket sends leaves later, over other queues nothing does. */
#include "transport/tcp/tx_delay.h"

#include <seastack/modules.h>

#include "core/qdisc.h"
#include "core/stack.h"
#include "link/qdisc/qdiscs.h"
#include "tests/lib/snapshot.h"
#include "tests/lib/tcp_script.h"

#define MSS 1460u
#define DELAY_US 30000
#define DELAY_NS (DELAY_US * SEA_USEC)

static void set_queue(struct tcp_script *s, const char *kind)
{
	const struct sea_qdisc_config config = { .size = sizeof(config), .kind = kind };

	assert_int_equal(sea_link_set_qdisc(s->t.link, &config, s->t.now), 0);
}

static void over_fq(struct tcp_script *s)
{
	script_new(s);
	assert_int_equal(sea_qdisc_add(s->t.stack, &sea_qdisc_fq), 0);
	set_queue(s, "fq");
	script_listen(s, 8);
}

static int set_delay(struct tcp_script *s, sea_socket sock, int us)
{
	return script_set(s, sock, IPPROTO_TCP, TCP_OPT_TX_DELAY, us);
}

static int delay_of(struct tcp_script *s)
{
	return script_get(s, s->sock, IPPROTO_TCP, TCP_OPT_TX_DELAY);
}

static const struct tcp_conn *conn(const struct tcp_script *s)
{
	return sea_tcp_conn(sea_sock_get(s->t.stack, s->sock));
}

/* What was sent now leaves after the delay, and not before. */
static void wait_for_it(struct tcp_script *s)
{
	NOTHING(s);
	test_advance(&s->t, DELAY_NS - 1);
	NOTHING(s);
	test_advance(&s->t, 1);
}

/* From the listener on, which has the delay; the peer answers at once. */
static void opened_later(struct tcp_script *s)
{
	over_fq(s);
	assert_int_equal(set_delay(s, s->listener, DELAY_US), 0);
	SEND(s, "S", 0, 0, 0, .opts = "mss 1460");
	wait_for_it(s);
	EXPECT(s, "SA", 0, 1, 0);
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
}

static void all_that_a_socket_sends_leaves_later(void **state)
{
	struct tcp_script s;

	(void)state;
	opened_later(&s);
	assert_int_equal(delay_of(&s), DELAY_US);
	assert_int_equal(script_write(&s, 100), 100);
	wait_for_it(&s);
	EXPECT(&s, "PA", 1, 1, 100);
	SEND(&s, "PA", 1, 101, 10);
	assert_int_equal(script_read(&s, 10), 10);
	wait_for_it(&s);
	EXPECT(&s, "A", 101, 11, 0);
	script_free(&s);
}

static void a_round_trip_is_longer_by_the_delay(void **state)
{
	struct tcp_script s;

	(void)state;
	opened_later(&s);
	assert_int_equal(conn(&s)->rtt.srtt_us >> 3, DELAY_US);
	assert_int_equal(script_write(&s, 100), 100);
	wait_for_it(&s);
	EXPECT(&s, "PA", 1, 1, 100);
	SEND(&s, "A", 1, 101, 0);
	assert_int_equal(conn(&s)->rtt.srtt_us >> 3, DELAY_US);
	script_free(&s);
}

static void a_connect_is_later_too(void **state)
{
	struct tcp_script s;

	(void)state;
	over_fq(&s);
	s.sock = script_socket(&s);
	s.lport = 50000;
	s.rport = SCRIPT_PORT;
	assert_int_equal(script_bind(&s, s.sock, "0.0.0.0", s.lport), 0);
	assert_int_equal(set_delay(&s, s.sock, DELAY_US), 0);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", SCRIPT_PORT), -EINPROGRESS);
	wait_for_it(&s);
	EXPECT(&s, "S", 0, 0, 0);
	script_free(&s);
}

/* Neither where the connection does not pace nor where it does so itself, as on Linux. */
static void without_fq_nothing_is_later(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(set_delay(&s, s.sock, DELAY_US), 0);
	assert_int_equal(script_write(&s, 100), 100);
	EXPECT(&s, "PA", 1, 1, 100);
	assert_false(tcp_paced(conn(&s)));
	assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SO_MAX_PACING_RATE, 1000000), 0);
	assert_true(tcp_paced(conn(&s)));
	SEND(&s, "A", 1, 101, 0);
	assert_int_equal(script_write(&s, 100), 100);
	EXPECT(&s, "PA", 101, 1, 100);
	script_free(&s);
}

static void none_again_is_none(void **state)
{
	struct tcp_script s;

	(void)state;
	opened_later(&s);
	assert_int_equal(set_delay(&s, s.sock, 0), 0);
	assert_int_equal(delay_of(&s), 0);
	assert_int_equal(script_write(&s, 100), 100);
	EXPECT(&s, "PA", 1, 1, 100);
	script_free(&s);
}

/* No-oracle for the drop: as all that fq gets for later. */
static void a_delay_has_less_than_29_bits(void **state)
{
	struct tcp_script s;

	(void)state;
	opened_later(&s);
	assert_int_equal(set_delay(&s, s.sock, -1), -EINVAL);
	assert_int_equal(set_delay(&s, s.sock, 1 << 28), -EINVAL);
	assert_int_equal(delay_of(&s), DELAY_US);
	assert_int_equal(set_delay(&s, s.sock, (1 << 28) - 1), 0);
	assert_int_equal(script_write(&s, 100), 100);
	assert_int_equal(test_drops(&s.t, SEA_DROP_FQ_HORIZON_LIMIT), 1);
	script_free(&s);
}

/* As Linux 6.18; of no more than the sample that was it is one eighth of a microsecond. */
static void a_connection_knows_at_once_that_its_round_trips_are_others(void **state)
{
	struct tcp_script s;
	uint32_t rto;

	(void)state;
	opened_later(&s);
	rto = conn(&s)->rtt.rto_us;
	assert_int_equal(set_delay(&s, s.sock, 50000), 0);
	assert_int_equal(conn(&s)->rtt.srtt_us >> 3, 50000);
	assert_int_equal(conn(&s)->rtt.rto_us, rto + 20000);
	assert_int_equal(tcp_min_rtt_us(&conn(&s)->rtt), UINT32_MAX);
	assert_int_equal(set_delay(&s, s.sock, 0), 0);
	assert_int_equal(conn(&s)->rtt.srtt_us, 1);
	script_free(&s);
}

static void time_wait_answers_later(void **state)
{
	struct tcp_script s;

	(void)state;
	opened_later(&s);
	assert_int_equal(script_close(&s), 0);
	wait_for_it(&s);
	EXPECT(&s, "FA", 1, 1, 0);
	SEND(&s, "FA", 1, 2, 0);
	wait_for_it(&s);
	EXPECT(&s, "A", 2, 2, 0);
	assert_int_equal(script_listed(&s), TCP_TIME_WAIT);
	SEND(&s, "FA", 1, 2, 0);
	wait_for_it(&s);
	EXPECT(&s, "A", 2, 2, 0);
	script_free(&s);
}

/* Segments of ten that go down at once, of a round trip of 100 ms. */
static uint32_t go_down(int delay_us)
{
	struct tcp_script s;
	uint32_t n;

	over_fq(&s);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460, sack-ok");
	EXPECT(&s, "SA", 0, 1, 0);
	test_advance(&s.t, 100 * SEA_MSEC);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SO_SNDBUF, 200000), 0);
	assert_int_equal(set_delay(&s, s.sock, delay_us), 0);
	assert_int_equal(script_write(&s, 10 * MSS), 10 * MSS);
	n = conn(&s)->fl->txq.packets_out;
	script_free(&s);
	return n;
}

/* The small-queue limit counts them while they wait, and would hold the next ones back. */
static void a_long_delay_makes_room_below(void **state)
{
	(void)state;
	assert_true(go_down(0) < 10);
	assert_int_equal(go_down(100000), 10);
}

static void the_delay_survives_a_snapshot(void **state)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_tcp, &sea_ipv6 };
	struct snapshot snap = { 0 };
	struct tcp_script s;

	(void)state;
	opened_later(&s);
	set_queue(&s, "pfifo_fast");
	assert_int_equal(sea_stack_save(s.t.stack, snapshot_write, &snap), 0);
	sea_stack_free(s.t.stack);
	assert_int_equal(sea_stack_load(NULL, &s.t.env.env, modules, script_is6() ? 3 : 2, false,
					snapshot_read, &snap, &s.t.stack),
			 0);
	snapshot_free(&snap);
	s.t.link = sea_link_by_name(s.t.stack, "eth0");
	assert_int_equal(sea_qdisc_add(s.t.stack, &sea_qdisc_fq), 0);
	set_queue(&s, "fq");
	assert_int_equal(delay_of(&s), DELAY_US);
	assert_int_equal(script_write(&s, 100), 100);
	wait_for_it(&s);
	EXPECT(&s, "PA", 1, 1, 100);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_a_socket_sends_leaves_later),
		cmocka_unit_test(a_round_trip_is_longer_by_the_delay),
		cmocka_unit_test(a_connect_is_later_too),
		cmocka_unit_test(without_fq_nothing_is_later),
		cmocka_unit_test(none_again_is_none),
		cmocka_unit_test(a_delay_has_less_than_29_bits),
		cmocka_unit_test(a_connection_knows_at_once_that_its_round_trips_are_others),
		cmocka_unit_test(time_wait_answers_later),
		cmocka_unit_test(a_long_delay_makes_room_below),
		cmocka_unit_test(the_delay_survives_a_snapshot),
	};

	return SCRIPT_RUN(tests);
}
