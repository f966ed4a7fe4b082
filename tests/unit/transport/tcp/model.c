/* SPDX-License-Identifier: Apache-2.0 */
/* A connection whose congestion control goes by a model of the path: BBR on the wire, from its beginning to its end. */
#include "tests/lib/tcp_script.h"
#include "transport/tcp/conn.h"
#include "transport/tcp/model.h"

#include <netinet/tcp.h>

#include <seastack/save.h>

#define MSS 1460u
#define RTT (100 * SEA_MSEC)

static struct tcp_script s;

static int choose(const char *name)
{
	return sea_socket_setsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_CONGESTION, name,
				     (uint32_t)strlen(name), s.t.now);
}

static struct tcp_conn *conn(void)
{
	return sea_tcp_conn(sea_sock_get(s.t.stack, s.sock));
}

/* TCP_CC_INFO; its length. */
static socklen_t info(uint32_t bytes[5])
{
	socklen_t len = 20;

	memset(bytes, 0, 20);
	assert_int_equal(sea_socket_getsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_CC_INFO, bytes,
					       &len, s.t.now),
			 0);
	return len;
}

/* The listener has BBR, and so has what it accepts. The round trip is 100 ms. */
static void begin(void)
{
	script_new(&s);
	script_listen(&s, 8);
	s.sock = s.listener;
	assert_int_equal(choose("bbr"), 0);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460, sack-ok");
	EXPECT(&s, "SA", 0, 1, 0);
	test_advance(&s.t, RTT);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SO_SNDBUF, 1 << 20), 0);
}

static unsigned departures(void)
{
	unsigned n, total = 0;

	while ((n = test_take_all(&s.t))) {
		total += n;
		test_advance(&s.t, 0);
	}
	return total;
}

static void first_flight(void)
{
	assert_int_equal(script_write(&s, 60 * MSS), 60 * MSS);
	assert_int_equal(departures(), 10);
	test_advance(&s.t, RTT);
	SEND(&s, "A", 1, 1 + 10 * MSS, 0);
}

static void a_model_begins_with_the_connection(void **state)
{
	uint32_t bytes[5];

	(void)state;
	begin();
	assert_non_null(conn()->cc.model);
	assert_int_equal(info(bytes), 20);
	assert_int_equal(bytes[2], 100000);
	assert_int_equal(sea_tcp_pacing_rate(conn()), 285662 * MSS / 1000);
	s.sock = s.listener;
	assert_null(conn()->cc.model);
	assert_int_equal(info(bytes), 0);
	script_free(&s);
}

/* 20 segments in flight at 286 a second: pairs, 7 ms apart, the first a little earlier. */
static void it_paces_itself(void **state)
{
	(void)state;
	begin();
	first_flight();
	assert_int_equal(conn()->cc.cwnd, 20);
	assert_int_equal(departures(), 2);
	test_advance(&s.t, 3600 * SEA_USEC);
	assert_int_equal(departures(), 2);
	for (unsigned i = 0; i < 8; i++) {
		test_advance(&s.t, 6800 * SEA_USEC);
		assert_int_equal(departures(), 0);
		test_advance(&s.t, 200 * SEA_USEC);
		assert_int_equal(departures(), 2);
	}
	test_advance(&s.t, 8 * SEA_MSEC);
	assert_int_equal(departures(), 0);
	script_free(&s);
}

/* The rate outlives the flight it was of, and a pause takes nothing from the window. */
static void a_pause_takes_nothing(void **state)
{
	uint64_t rate;

	(void)state;
	begin();
	assert_int_equal(script_write(&s, 10 * MSS), 10 * MSS);
	assert_int_equal(departures(), 10);
	test_advance(&s.t, RTT);
	SEND(&s, "A", 1, 1 + 10 * MSS, 0);
	rate = sea_tcp_pacing_rate(conn());
	test_advance(&s.t, 60 * SEA_SEC);
	assert_int_equal(sea_tcp_pacing_rate(conn()), rate);
	assert_int_equal(conn()->cc.cwnd, 20);
	assert_int_equal(script_write(&s, MSS), MSS);
	assert_int_equal(departures(), 1);
	assert_int_equal(conn()->cc.cwnd, 20);
	assert_int_equal(sea_tcp_pacing_rate(conn()), rate);
	script_free(&s);
}

/* cwnd after a timeout is one segment, and ssthresh says nothing of it. */
static void a_timeout_begins_with_one_segment(void **state)
{
	(void)state;
	begin();
	assert_int_equal(script_write(&s, 10 * MSS), 10 * MSS);
	departures();
	test_advance(&s.t, 3 * SEA_SEC);
	departures();
	assert_int_equal(sea_tcp_ca_state(conn()), TCP_CA_LOSS);
	assert_int_equal(conn()->cc.cwnd, 1);
	assert_int_equal(conn()->cc.ssthresh, TCP_SSTHRESH_INFINITE);
	assert_true(conn()->cc.model->lost >= 1);
	SEND(&s, "A", 1, 1 + 10 * MSS, 0);
	assert_in_range(conn()->cc.cwnd, 10, 20);
	script_free(&s);
}

static void losses_are_counted_once(void **state)
{
	(void)state;
	begin();
	assert_int_equal(script_write(&s, 10 * MSS), 10 * MSS);
	departures();
	test_advance(&s.t, RTT);
	SEND(&s, "A", 1, 1, 0, .opts = "sack 2921 8761");
	departures();
	assert_int_equal(sea_tcp_ca_state(conn()), TCP_CA_RECOVERY);
	assert_int_equal(conn()->cc.model->lost, 2);
	assert_int_equal(conn()->cc.ssthresh, TCP_SSTHRESH_INFINITE);
	test_advance(&s.t, RTT);
	SEND(&s, "A", 1, 1 + 10 * MSS, 0);
	assert_int_equal(conn()->cc.model->lost, 2);
	assert_true(conn()->cc.cwnd >= 10);
	script_free(&s);
}

static void a_program_may_change_it_on_the_way(void **state)
{
	uint32_t bytes[5];

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(choose("bbr"), 0);
	assert_non_null(conn()->cc.model);
	assert_int_equal(info(bytes), 20);
	assert_true(tcp_paced(conn()));
	assert_int_equal(choose("bbr"), 0);
	assert_int_equal(choose("reno"), 0);
	assert_null(conn()->cc.model);
	assert_int_equal(info(bytes), 0);
	assert_true(tcp_paced(conn())); /* as on Linux */
	script_free(&s);
}

static void without_memory_it_is_reno(void **state)
{
	char name[16];
	socklen_t len = sizeof(name);

	(void)state;
	script_new(&s);
	script_established(&s);
	sea_pool_trim(&s.t.stack->shard.pool);
	test_env_fail_at(&s.t.env, 1);
	assert_int_equal(choose("bbr"), 0);
	test_env_fail_at(&s.t.env, 0);
	assert_int_equal(sea_socket_getsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_CONGESTION, name,
					       &len, s.t.now),
			 0);
	assert_string_equal(name, "reno");
	assert_int_equal(script_write(&s, 3000), 3000);
	script_free(&s);
}

/* A lower limit holds for what the model wants, too, at once. */
static void the_programs_limit_is_the_models(void **state)
{
	(void)state;
	begin();
	assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SO_MAX_PACING_RATE, 70000), 0);
	assert_int_equal(sea_tcp_pacing_rate(conn()), 70000);
	first_flight();
	assert_int_equal(sea_tcp_pacing_rate(conn()), 70000);
	assert_int_equal(departures(), 1); /* below 1.2 Mbit/s bursts are single segments */
	script_free(&s);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_model_begins_with_the_connection),
		TEST(it_paces_itself),
		TEST(a_pause_takes_nothing),
		TEST(a_timeout_begins_with_one_segment),
		TEST(losses_are_counted_once),
		TEST(a_program_may_change_it_on_the_way),
		TEST(without_memory_it_is_reno),
		TEST(the_programs_limit_is_the_models),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
