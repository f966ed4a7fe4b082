/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP_REPAIR: a connection is put together out of numbers, and is one; what a socket in repair does at each call
 * tests/netns/repair.sh holds against the kernel.
 */
#include "tests/lib/tcp_script.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "tests/lib/snapshot.h"

#define SND_SEQ 5000u
#define RCV_SEQ 7000u
#define CLOCK 123456

/* -- putting together -- */

static int set(struct tcp_script *s, int name, int v)
{
	return script_set(s, s->sock, IPPROTO_TCP, name, v);
}

static int queue_call(struct tcp_script *s, int queue, bool send, int flags, uint32_t len)
{
	static uint8_t bytes[4096];
	struct iovec iov = { bytes, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	assert_int_equal(set(s, TCP_REPAIR_QUEUE, queue), 0);
	if (send)
		return (int)sea_socket_sendmsg(s->t.stack, s->sock, &msg, flags, s->t.now);
	return (int)sea_socket_recvmsg(s->t.stack, s->sock, &msg, flags, s->t.now);
}

static void begin(struct tcp_script *s)
{
	script_new(s);
	s->sock = script_socket(s);
	s->iss = SND_SEQ - 1; /* as if a SYN of ours had been before it */
	s->rport = SCRIPT_PORT;
	assert_int_equal(set(s, TCP_REPAIR, TCP_REPAIR_ON), 0);
	assert_int_equal(set(s, TCP_REPAIR_QUEUE, TCP_SEND_QUEUE), 0);
	assert_int_equal(set(s, TCP_QUEUE_SEQ, (int)SND_SEQ), 0);
	assert_int_equal(set(s, TCP_REPAIR_QUEUE, TCP_RECV_QUEUE), 0);
	assert_int_equal(set(s, TCP_QUEUE_SEQ, (int)SCRIPT_PEER_ISN + 1), 0);
	assert_int_equal(script_bind(s, s->sock, "10.0.0.1", SCRIPT_PEER_PORT), 0);
	s->lport = SCRIPT_PEER_PORT;
}

/* With all options, and windows of 20000 bytes. */
static void put_together(struct tcp_script *s)
{
	static const struct tcp_repair_opt opts[] = { { TCPOPT_MAXSEG, 1460 },
						      { TCPOPT_WINDOW, 2 | 3 << 16 },
						      { TCPOPT_SACK_PERMITTED, 0 },
						      { TCPOPT_TIMESTAMP, 0 } };
	const struct tcp_repair_window w = { SCRIPT_PEER_ISN + 1, 20000, 20000, 20000,
					     SCRIPT_PEER_ISN + 1 };

	begin(s);
	assert_int_equal(script_connect(s, s->sock, "10.0.0.2", SCRIPT_PORT), 0);
	assert_int_equal(sea_socket_setsockopt(s->t.stack, s->sock, IPPROTO_TCP, TCP_REPAIR_OPTIONS,
					       opts, sizeof(opts), s->t.now),
			 0);
	assert_int_equal(set(s, TCP_TIMESTAMP, CLOCK), 0);
	assert_int_equal(sea_socket_setsockopt(s->t.stack, s->sock, IPPROTO_TCP, TCP_REPAIR_WINDOW,
					       &w, sizeof(w), s->t.now),
			 0);
	s->ts = true;
	s->ts_ecr = CLOCK;
	s->wnd = 5000; /* scaled by 2 */
}

static int queued(struct tcp_script *s, unsigned long request)
{
	int v = -1;

	assert_int_equal(sea_socket_ioctl_int(s->t.stack, s->sock, request, &v, s->t.now), 0);
	return v;
}

static void connection_is_there_without_a_packet(void **state)
{
	struct tcp_script s;

	(void)state;
	put_together(&s);
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	assert_true(sea_socket_poll(s.t.stack, s.sock) & SEA_POLLOUT);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", SCRIPT_PORT), -EISCONN);
	NOTHING(&s);
	script_free(&s);
}

static void its_segments_have_what_was_agreed_on(void **state)
{
	struct tcp_script s;

	(void)state;
	put_together(&s);
	assert_int_equal(set(&s, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP), 0);
	NOTHING(&s);
	SEND(&s, "PA", 1, 1, 100); /* as in the midst of a stream */
	EXPECT(&s, "A", 1, 101, 0);
	SEND(&s, "PA", 201, 1, 100);
	EXPECT(&s, "A", 1, 101, 0);
	assert_int_equal(s.seen.opts.n_sack, 1);
	assert_true(s.seen.opts.has_ts);
	assert_int_equal(s.seen.opts.ts_val, CLOCK);
	assert_in_range(s.seen.wnd << 3, 19800, 20008);
	assert_int_equal(script_write(&s, 100), 100);
	EXPECT(&s, "PA", 1, 101, 100);
	script_free(&s);
}

static void repair_ends_with_a_probe_of_the_window(void **state)
{
	struct tcp_script s;

	(void)state;
	put_together(&s);
	assert_int_equal(set(&s, TCP_REPAIR, TCP_REPAIR_OFF), 0);
	EXPECT(&s, "A", 0, 1, 0);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPWinProbe), 1);
	/* The answer moves the window, though its number is no newer. */
	s.wnd = 4000;
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_write(&s, 4000), 4000);
	assert_int_equal(test_take_all(&s.t),
			 script_is6() ? 4 : 8); /* as no MSS was known when it was made */
	script_free(&s);
}

static void what_fills_the_send_queue_was_sent(void **state)
{
	struct tcp_script s;

	(void)state;
	put_together(&s);
	assert_int_equal(queue_call(&s, TCP_SEND_QUEUE, true, 0, 1000), 1000);
	NOTHING(&s);
	assert_int_equal(queued(&s, SIOCOUTQ), 1000);
	assert_int_equal(queued(&s, SIOCOUTQNSD), 0);
	assert_int_equal(script_get(&s, s.sock, IPPROTO_TCP, TCP_QUEUE_SEQ), SND_SEQ + 1000);
	assert_int_equal(set(&s, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP), 0);
	SEND(&s, "A", 1, 601, 0); /* the peer has got a part of it */
	assert_int_equal(queued(&s, SIOCOUTQ), 400);
	test_advance(&s.t, 4 * SEA_SEC);
	EXPECT(&s, "PA", 601, 1, 400); /* and the rest was lost */
	script_free(&s);
}

static void what_fills_the_receive_queue_is_read(void **state)
{
	struct tcp_script s;

	(void)state;
	put_together(&s);
	assert_int_equal(queue_call(&s, TCP_RECV_QUEUE, true, 0, 3000), 3000);
	assert_int_equal(queued(&s, SIOCINQ), 3000);
	assert_int_equal(script_get(&s, s.sock, IPPROTO_TCP, TCP_QUEUE_SEQ),
			 SCRIPT_PEER_ISN + 3001);
	assert_int_equal(set(&s, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP), 0);
	SEND(&s, "PA", 3001, 1, 100);
	assert_int_equal(script_read(&s, 5000), 3100);
	script_free(&s);
}

static void in_repair_is_only_peeked(void **state)
{
	struct tcp_script s;

	(void)state;
	put_together(&s);
	assert_int_equal(queue_call(&s, TCP_RECV_QUEUE, true, 0, 300), 300);
	assert_int_equal(queue_call(&s, TCP_SEND_QUEUE, true, 0, 200), 200);
	assert_int_equal(queue_call(&s, TCP_RECV_QUEUE, false, 0, 1000), -EPERM);
	assert_int_equal(queue_call(&s, TCP_RECV_QUEUE, false, MSG_PEEK, 1000), 300);
	assert_int_equal(queue_call(&s, TCP_SEND_QUEUE, false, MSG_PEEK, 1000), 200);
	assert_int_equal(queue_call(&s, TCP_SEND_QUEUE, false, MSG_PEEK, 50), 50);
	assert_int_equal(queue_call(&s, TCP_NO_QUEUE, false, MSG_PEEK, 1000), -EINVAL);
	assert_int_equal(queue_call(&s, TCP_NO_QUEUE, true, 0, 1), -EINVAL);
	script_free(&s);
}

static void in_repair_nothing_is_lent(void **state)
{
	struct iovec iov[2];
	struct tcp_script s;

	(void)state;
	put_together(&s);
	assert_int_equal(queue_call(&s, TCP_RECV_QUEUE, true, 0, 300), 300);
	assert_int_equal(sea_socket_recv_peek(s.t.stack, s.sock, iov, 2, s.t.now), 1);
	assert_int_equal(sea_socket_recv_consume(s.t.stack, s.sock, 1, s.t.now), -EPERM);
	assert_int_equal(sea_socket_send_reserve(s.t.stack, s.sock, 9, iov, 2, s.t.now), -EPERM);
	assert_int_equal(sea_socket_send_commit(s.t.stack, s.sock, 0, 0, s.t.now), -EPERM);
	script_free(&s);
}

static void end_of_the_stream_is_put_into_the_send_queue(void **state)
{
	struct tcp_script s;

	(void)state;
	put_together(&s);
	assert_int_equal(queue_call(&s, TCP_SEND_QUEUE, true, 0, 100), 100);
	assert_int_equal(script_shutdown(&s, SHUT_WR), 0);
	NOTHING(&s);
	assert_int_equal(script_state(&s), TCP_FIN_WAIT1);
	assert_int_equal(queued(&s, SIOCOUTQ), 101);
	assert_int_equal(set(&s, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP), 0);
	SEND(&s, "A", 1, 102, 0);
	assert_int_equal(script_state(&s), TCP_FIN_WAIT2);
	script_free(&s);
}

static void in_repair_closing_says_nothing(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	SEND(&s, "PA", 1, 1, 100); /* unread: it would be a reset */
	test_take_all(&s.t);
	assert_int_equal(set(&s, TCP_REPAIR, TCP_REPAIR_ON), 0);
	assert_int_equal(script_close(&s), 0);
	NOTHING(&s);
	assert_int_equal(script_listed(&s), 0);
	script_free(&s);
}

static void in_repair_disconnecting_says_nothing_but_to_the_program(void **state)
{
	struct sockaddr any = { .sa_family = AF_UNSPEC };
	struct tcp_script s;

	(void)state;
	put_together(&s);
	assert_int_equal(sea_socket_connect(s.t.stack, s.sock, &any, sizeof(any), s.t.now), 0);
	NOTHING(&s);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_ERROR), ECONNABORTED);
	assert_int_equal(script_get(&s, s.sock, IPPROTO_TCP, TCP_REPAIR), 1);
	script_free(&s);
}

static void segments_that_come_are_taken_and_acknowledged(void **state)
{
	struct tcp_script s;

	(void)state;
	put_together(&s);
	assert_int_equal(queue_call(&s, TCP_SEND_QUEUE, true, 0, 100), 100);
	SEND(&s, "PA", 1, 101, 536);
	EXPECT(&s, "A", 101, 537, 0);
	SEND(&s, "PA", 537, 101, 536);
	EXPECT(&s, "A", 101, 1073, 0);
	assert_int_equal(queued(&s, SIOCOUTQ), 0);
	script_free(&s);
}

static void save_and_load(struct tcp_script *s)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_tcp };
	static const struct sea_module *const modules6[] = { &sea_ipv4, &sea_ipv6, &sea_tcp };
	struct snapshot saved = { 0 };
	int err;

	assert_int_equal(sea_stack_save(s->t.stack, snapshot_write, &saved), 0);
	sea_stack_free(s->t.stack);
	err = sea_stack_load(NULL, &s->t.env.env, script_is6() ? modules6 : modules,
			     script_is6() ? 3 : 2, false, snapshot_read, &saved, &s->t.stack);
	assert_int_equal(err, 0);
	s->t.link = sea_link_by_index(s->t.stack, 2);
	snapshot_free(&saved);
}

/* Whatever it is: none is known here. */
static void clock_of_the_peer_is_echoed(void **state)
{
	struct tcp_script s;

	(void)state;
	put_together(&s);
	s.ts_base = 0xc0000000;
	assert_int_equal(set(&s, TCP_REPAIR, TCP_REPAIR_OFF), 0);
	EXPECT(&s, "A", 0, 1, 0);
	assert_int_equal(s.seen.opts.ts_ecr, 0);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_write(&s, 100), 100);
	EXPECT(&s, "PA", 1, 1, 100);
	assert_in_range(s.seen.opts.ts_ecr, 0xc0000000, 0xc0100000);
	script_free(&s);
}

/* And a FIN is taken in TIME_WAIT though none of its segments changed that. */
static void end_of_the_peer_is_taken_whatever_its_clock_says(void **state)
{
	struct tcp_script s;

	(void)state;
	put_together(&s);
	s.ts_base = 0xc0000000;
	assert_int_equal(set(&s, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP), 0);
	assert_int_equal(script_close(&s), 0);
	EXPECT(&s, "FA", 1, 1, 0);
	SEND(&s, "A", 1, 2, 0);
	SEND(&s, "FA", 1, 2, 0);
	EXPECT(&s, "A", 2, 2, 0);
	script_free(&s);
}

static void saved_in_repair_it_is_in_repair_when_loaded(void **state)
{
	struct tcp_script s;

	(void)state;
	put_together(&s);
	assert_int_equal(queue_call(&s, TCP_SEND_QUEUE, true, 0, 200), 200);
	save_and_load(&s);
	assert_int_equal(script_get(&s, s.sock, IPPROTO_TCP, TCP_REPAIR_QUEUE), TCP_SEND_QUEUE);
	assert_int_equal(queue_call(&s, TCP_SEND_QUEUE, false, MSG_PEEK, 1000), 200);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_REUSEADDR), 2);
	assert_int_equal(script_close(&s), 0);
	NOTHING(&s);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connection_is_there_without_a_packet),
		cmocka_unit_test(its_segments_have_what_was_agreed_on),
		cmocka_unit_test(repair_ends_with_a_probe_of_the_window),
		cmocka_unit_test(what_fills_the_send_queue_was_sent),
		cmocka_unit_test(what_fills_the_receive_queue_is_read),
		cmocka_unit_test(in_repair_is_only_peeked),
		cmocka_unit_test(in_repair_nothing_is_lent),
		cmocka_unit_test(end_of_the_stream_is_put_into_the_send_queue),
		cmocka_unit_test(in_repair_closing_says_nothing),
		cmocka_unit_test(in_repair_disconnecting_says_nothing_but_to_the_program),
		cmocka_unit_test(segments_that_come_are_taken_and_acknowledged),
		cmocka_unit_test(clock_of_the_peer_is_echoed),
		cmocka_unit_test(end_of_the_peer_is_taken_whatever_its_clock_says),
		cmocka_unit_test(saved_in_repair_it_is_in_repair_when_loaded),
	};

	return SCRIPT_RUN(tests);
}
