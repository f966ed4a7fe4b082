/* SPDX-License-Identifier: Apache-2.0 */
/* A small write waits while packets of the same connection stand in the link's queue (tcp_autocorking). */
#include "tests/lib/tcp_script.h"

static void begin(struct tcp_script *s)
{
	script_new(s);
	script_established(s);
	assert_int_equal(script_set(s, s->sock, IPPROTO_TCP, TCP_NODELAY, 1), 0);
}

static uint64_t counted(const struct tcp_script *s)
{
	return test_mib(&s->t, SEA_MIB_TcpExtTCPAutoCorking);
}

static void small_writes_go_together_when_the_link_has_taken_the_first(void **state)
{
	struct tcp_script s;

	(void)state;
	begin(&s);
	assert_int_equal(script_write(&s, 1000), 1000);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(script_write(&s, 100), 100);
	assert_int_equal(counted(&s), 1);
	EXPECT(&s, "PA", 1, 1, 1000);
	test_advance(&s.t, 0);
	EXPECT(&s, "PA", 1001, 1, 400);
	NOTHING(&s);
	script_free(&s);
}

static void a_write_that_fills_a_segment_does_not_wait_for_nagle_but_for_the_link(void **state)
{
	struct tcp_script s;

	(void)state;
	begin(&s);
	assert_int_equal(script_write(&s, 100), 100);
	/* More than what stands in the queue: it is not worth it. */
	assert_int_equal(script_write(&s, 1200), 1200);
	assert_int_equal(counted(&s), 0);
	EXPECT(&s, "PA", 1, 1, 100);
	EXPECT(&s, "PA", 101, 1, 1200);
	script_free(&s);
}

static void it_may_be_turned_off(void **state)
{
	struct tcp_script s;

	(void)state;
	begin(&s);
	script_sysctl(&s, "net.ipv4.tcp_autocorking", "0");
	assert_int_equal(script_write(&s, 1000), 1000);
	assert_int_equal(script_write(&s, 100), 100);
	EXPECT(&s, "PA", 1, 1, 1000);
	EXPECT(&s, "PA", 1001, 1, 100);
	assert_int_equal(counted(&s), 0);
	script_free(&s);
}

/* A record is whole: nothing will join it. */
static void the_end_of_a_record_does_not_wait(void **state)
{
	struct tcp_script s;
	struct iovec iov = { .iov_base = "0123456789", .iov_len = 10 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	(void)state;
	begin(&s);
	assert_int_equal(script_write(&s, 1000), 1000);
	assert_int_equal(sea_socket_sendmsg(s.t.stack, s.sock, &msg, MSG_EOR, s.t.now), 10);
	assert_int_equal(counted(&s), 0);
	EXPECT(&s, "PA", 1, 1, 1000);
	EXPECT(&s, "PA", 1001, 1, 10);
	script_free(&s);
}

static void a_fin_takes_what_waits_along(void **state)
{
	struct tcp_script s;

	(void)state;
	begin(&s);
	assert_int_equal(script_write(&s, 1000), 1000);
	assert_int_equal(script_write(&s, 100), 100);
	assert_int_equal(script_shutdown(&s, SHUT_WR), 0);
	EXPECT(&s, "PA", 1, 1, 1000);
	EXPECT(&s, "FPA", 1001, 1, 100);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_writes_go_together_when_the_link_has_taken_the_first),
		cmocka_unit_test(
			a_write_that_fills_a_segment_does_not_wait_for_nagle_but_for_the_link),
		cmocka_unit_test(it_may_be_turned_off),
		cmocka_unit_test(the_end_of_a_record_does_not_wait),
		cmocka_unit_test(a_fin_takes_what_waits_along),
	};

	return SCRIPT_RUN(tests);
}
