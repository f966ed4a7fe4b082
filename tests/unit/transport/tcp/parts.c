/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How what a program writes is divided into segments, how full the send buffer counts as, and what held
 * a sender up. The numbers are those of a Linux kernel (6.18).
 */
#include "tests/lib/tcp_script.h"
#include "transport/tcp/conn.h"
#include "transport/tcp/info.h"

#define MSS 1000u
#define RTT (100 * SEA_MSEC)

static const struct tcp_info_wire *info(struct tcp_script *s)
{
	static struct tcp_info_wire i;
	socklen_t len = 1000;

	assert_int_equal(sea_socket_getsockopt(s->t.stack, s->sock, IPPROTO_TCP, TCP_INFO, &i, &len,
					       s->t.now),
			 0);
	assert_int_equal(len, 280);
	return &i;
}

static int send_with(struct tcp_script *s, uint32_t len, int flags)
{
	static uint8_t bytes[200000];
	struct iovec iov = { bytes, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	int n = (int)sea_socket_sendmsg(s->t.stack, s->sock, &msg, flags, s->t.now);

	test_settle(&s->t);
	return n;
}

/* The peer offers `wnd` << 7 bytes and acknowledges after RTT. */
static void open_with(struct tcp_script *s, uint32_t wnd)
{
	script_new(s);
	s->wnd = 32792;
	script_listen(s, 8);
	SEND(s, "S", 0, 0, 0, .opts = "mss 1000, sack-ok, wscale 7");
	EXPECT(s, "SA", 0, 1, 0);
	test_advance(&s->t, RTT);
	s->wnd = wnd;
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
}

static uint32_t events(struct tcp_script *s)
{
	struct sea_event ev[8];
	uint32_t mask = 0, n;

	test_settle(&s->t);
	n = sea_stack_take_events(s->t.stack, ev, 8);

	for (uint32_t i = 0; i < n; i++)
		mask |= ev[i].edge;
	return mask;
}

/* -- boundaries -- */

static void no_segment_reaches_over_an_end_of_record(void **state)
{
	struct tcp_script s;

	(void)state;
	open_with(&s, 514);
	assert_int_equal(script_set(&s, s.sock, IPPROTO_TCP, TCP_NODELAY, 1), 0);
	assert_int_equal(send_with(&s, 10 * MSS + 400, 0), 10 * MSS + 400);
	test_take_all(&s.t);
	/* These wait for the window; each would fill the one before it. */
	assert_int_equal(send_with(&s, 400, MSG_EOR), 400);
	assert_int_equal(send_with(&s, 400, MSG_EOR), 400);
	assert_int_equal(send_with(&s, 400, 0), 400);
	test_advance(&s.t, RTT);
	SEND(&s, "A", 1, 1 + 10 * MSS, 0);
	EXPECT(&s, "PA", 10001, 1, 800);
	EXPECT(&s, "PA", 10801, 1, 400);
	EXPECT(&s, "PA", 11201, 1, 400);
	NOTHING(&s);
	script_free(&s);
}

static void a_write_that_promises_more_waits_but_only_this_time(void **state)
{
	struct tcp_script s;

	(void)state;
	open_with(&s, 514);
	assert_int_equal(send_with(&s, 3100, MSG_MORE), 3100);
	assert_int_equal(test_take_all(&s.t), 3);
	assert_int_equal(send_with(&s, 50, MSG_MORE), 50);
	NOTHING(&s);
	/* An ACK is no such write: what is there goes, and it is not pushed. */
	test_advance(&s.t, 10 * SEA_MSEC);
	SEND(&s, "A", 1, 2001, 0);
	EXPECT(&s, "A", 3001, 1, 150);
	script_free(&s);
}

static void what_is_corked_goes_when_nodelay_is_set(void **state)
{
	struct tcp_script s;

	(void)state;
	open_with(&s, 514);
	assert_int_equal(script_set(&s, s.sock, IPPROTO_TCP, TCP_CORK, 1), 0);
	assert_int_equal(send_with(&s, 40, 0), 40);
	assert_int_equal(send_with(&s, 40, 0), 40);
	NOTHING(&s);
	assert_int_equal(script_set(&s, s.sock, IPPROTO_TCP, TCP_NODELAY, 1), 0);
	EXPECT(&s, "PA", 1, 1, 80);
	/* What is written after that is corked again. */
	assert_int_equal(send_with(&s, 40, 0), 40);
	NOTHING(&s);
	script_free(&s);
}

/* Linux probes with what it has held back, and pushes that. */
static void what_waits_too_long_is_pushed(void **state)
{
	struct tcp_script s;

	(void)state;
	open_with(&s, 514);
	assert_int_equal(send_with(&s, 40, MSG_MORE), 40);
	NOTHING(&s);
	test_advance(&s.t, SEA_SEC);
	EXPECT(&s, "PA", 1, 1, 40);
	script_free(&s);
}

/* -- the send buffer -- */

/*
 * Room is asked for only when a part begins, parts are half a window at most, and each costs a head:
 * 10000 bytes went out, three parts of 16000 stand behind them.
 */
static void the_last_part_is_filled_beyond_the_buffer(void **state)
{
	struct tcp_script s;

	(void)state;
	open_with(&s, 257);
	assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SO_SNDBUF, 25000), 0);
	assert_int_equal(send_with(&s, 59000, 0), 58000);
	assert_int_equal(script_write(&s, 1), -EAGAIN);
	script_free(&s);
}

static void unsent_bytes_above_the_mark_begin_no_part(void **state)
{
	struct tcp_script s;

	(void)state;
	open_with(&s, 257);
	assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SO_SNDBUF, 100000), 0);
	assert_int_equal(script_set(&s, s.sock, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 10000), 0);
	assert_int_equal(send_with(&s, 59000, 0), 26000);
	assert_int_equal(test_take_all(&s.t), 10);
	assert_int_equal(sea_socket_watch(s.t.stack, s.sock, SEA_POLLOUT, 1), 0);
	/* All of it is out: half of the mark and more is free. */
	(void)events(&s);
	test_advance(&s.t, RTT);
	SEND(&s, "A", 1, 10001, 0);
	assert_true(events(&s) & SEA_POLLOUT);
	script_free(&s);
}

/* -- what holds a sender up -- */

static void time_without_a_window_is_counted(void **state)
{
	struct tcp_script s;

	(void)state;
	open_with(&s, 0);
	assert_int_equal(info(&s)->rwnd_limited, 0);
	assert_int_equal(script_write(&s, MSS), MSS);
	test_advance(&s.t, 100 * SEA_MSEC);
	assert_int_equal(info(&s)->rwnd_limited, 100000);
	s.wnd = 514;
	SEND(&s, "A", 1, 1, 0);
	test_take_all(&s.t);
	test_advance(&s.t, 30 * SEA_MSEC);
	SEND(&s, "A", 1, 1001, 0);
	test_advance(&s.t, SEA_SEC);
	assert_int_equal(info(&s)->rwnd_limited, 100000);
	assert_int_equal(info(&s)->busy_time, 130000);
	assert_int_equal(info(&s)->sndbuf_limited, 0);
	script_free(&s);
}

static void time_without_room_to_write_is_counted(void **state)
{
	struct tcp_script s;

	(void)state;
	open_with(&s, 514);
	assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SO_SNDBUF, 2500), 0);
	assert_int_equal(send_with(&s, 100000, 0), 42000);
	test_advance(&s.t, RTT);
	SEND(&s, "A", 1, 10001, 0);
	assert_int_equal(test_take_all(&s.t), 30);
	assert_int_equal(info(&s)->sndbuf_limited, 0);
	test_advance(&s.t, RTT);
	SEND(&s, "A", 1, 30001, 0);
	/* Now all is out, and the program would have more. */
	assert_int_equal(test_take_all(&s.t), 12);
	test_advance(&s.t, 20 * SEA_MSEC);
	assert_int_equal(info(&s)->sndbuf_limited, 20000);
	assert_int_equal(info(&s)->busy_time, 220000);
	script_free(&s);
}

/* -- acknowledged in part -- */

/* As on Linux, which keeps a segment until all of it is acknowledged. */
static void the_rest_of_a_segment_counts_as_late(void **state)
{
	struct tcp_script s;

	(void)state;
	open_with(&s, 514);
	assert_int_equal(script_write(&s, 800), 800);
	test_take_all(&s.t);
	SEND(&s, "A", 1, 401, 0);
	assert_int_equal(info(&s)->reord_seen, 0);
	SEND(&s, "A", 1, 801, 0);
	assert_int_equal(info(&s)->reord_seen, 1);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_segment_reaches_over_an_end_of_record),
		cmocka_unit_test(a_write_that_promises_more_waits_but_only_this_time),
		cmocka_unit_test(what_is_corked_goes_when_nodelay_is_set),
		cmocka_unit_test(what_waits_too_long_is_pushed),
		cmocka_unit_test(the_last_part_is_filled_beyond_the_buffer),
		cmocka_unit_test(unsent_bytes_above_the_mark_begin_no_part),
		cmocka_unit_test(time_without_a_window_is_counted),
		cmocka_unit_test(time_without_room_to_write_is_counted),
		cmocka_unit_test(the_rest_of_a_segment_counts_as_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
