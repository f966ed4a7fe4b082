/* SPDX-License-Identifier: Apache-2.0 */
/* MSG_ZEROCOPY: when a program is told that it has its memory back, and of which calls at once. */
#include "tests/lib/snapshot.h"
#include "tests/lib/tcp_script.h"
#include "transport/zerocopy.h"

#include <linux/errqueue.h>

/* A connection with the option, whose peer acknowledges when the test says so. */
static void open_zc(struct tcp_script *s)
{
	script_new(s);
	script_established(s);
	assert_int_equal(script_set(s, s->sock, IPPROTO_TCP, TCP_NODELAY, 1), 0);
	assert_int_equal(script_set(s, s->sock, SOL_SOCKET, SO_ZEROCOPY, 1), 0);
}

static ssize_t send_zc(struct tcp_script *s, size_t len)
{
	static uint8_t bytes[100000];
	struct iovec iov = { bytes, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	return sea_socket_sendmsg(s->t.stack, s->sock, &msg, SEA_MSG_ZEROCOPY, s->t.now);
}

/* The next entry of the error queue; false: there is none. */
static bool told(struct tcp_script *s, struct sock_extended_err *ee)
{
	union {
		char bytes[256];
		struct cmsghdr align;
	} control;
	struct msghdr msg = { .msg_control = &control, .msg_controllen = sizeof(control) };
	ssize_t n = sea_socket_recvmsg(s->t.stack, s->sock, &msg, MSG_ERRQUEUE, s->t.now);
	struct cmsghdr *c;

	if (n == -EAGAIN)
		return false;
	assert_int_equal(n, 0);
	assert_int_equal(msg.msg_flags, MSG_ERRQUEUE);
	c = CMSG_FIRSTHDR(&msg);
	assert_non_null(c);
	assert_int_equal(c->cmsg_type, script_is6() ? IPV6_RECVERR : IP_RECVERR);
	memcpy(ee, CMSG_DATA(c), sizeof(*ee));
	return true;
}

static void assert_told_as(struct tcp_script *s, uint32_t from, uint32_t to, uint8_t code)
{
	struct sock_extended_err ee;

	assert_true(told(s, &ee));
	assert_int_equal(ee.ee_origin, SO_EE_ORIGIN_ZEROCOPY);
	assert_int_equal(ee.ee_code, code);
	assert_int_equal(ee.ee_errno, 0);
	assert_int_equal(ee.ee_info, from);
	assert_int_equal(ee.ee_data, to);
}

static void assert_told(struct tcp_script *s, uint32_t from, uint32_t to)
{
	assert_told_as(s, from, to, 0);
}

/* Somebody had to copy the bytes. */
static void assert_told_of_copies(struct tcp_script *s, uint32_t from, uint32_t to)
{
	assert_told_as(s, from, to, SO_EE_CODE_ZEROCOPY_COPIED);
}

static void assert_not_told(struct tcp_script *s)
{
	struct sock_extended_err ee;

	assert_false(told(s, &ee));
}

static uint32_t optmem(struct tcp_script *s)
{
	uint32_t info[9];
	socklen_t len = sizeof(info);

	assert_int_equal(sea_socket_getsockopt(s->t.stack, s->sock, SOL_SOCKET, SO_MEMINFO, info,
					       &len, s->t.now),
			 0);
	return info[6];
}

static void what_the_peer_has_is_told(void **state)
{
	struct tcp_script s;

	(void)state;
	open_zc(&s);
	assert_int_equal(send_zc(&s, 1000), 1000);
	assert_int_equal(send_zc(&s, 1000), 1000);
	assert_int_equal(send_zc(&s, 500), 500);
	test_take_all(&s.t);
	assert_not_told(&s);
	SEND(&s, "A", 1, 1001, 0);
	assert_true(sea_socket_poll(s.t.stack, s.sock) & SEA_POLLERR);
	assert_told(&s, 0, 0);
	assert_false(sea_socket_poll(s.t.stack, s.sock) & SEA_POLLERR);
	SEND(&s, "A", 1, 2000, 0);
	assert_not_told(&s);
	test_take_all(&s.t); /* what was sent again */
	SEND(&s, "A", 1, 2501, 0);
	assert_told(&s, 1, 2);
	assert_not_told(&s);
	script_free(&s);
}

/* No segment has more pieces of memory than Linux's. */
static void a_segment_has_17_pieces(void **state)
{
	struct iovec iov[20];
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 20 };
	struct tcp_script s;

	(void)state;
	open_zc(&s);
	for (unsigned i = 0; i < 20; i++)
		iov[i] = (struct iovec){ (char[]){ 'x' }, 1 };
	assert_int_equal(sea_socket_sendmsg(s.t.stack, s.sock, &msg, SEA_MSG_ZEROCOPY, s.t.now),
			 20);
	EXPECT(&s, "PA", 1, 1, 17);
	EXPECT(&s, "PA", 18, 1, 3);
	SEND(&s, "A", 1, 21, 0);
	assert_told_of_copies(&s, 0, 0);
	script_free(&s);
}

static void calls_that_take_nothing_do_not_count(void **state)
{
	struct tcp_script s;
	uint32_t n = 0, sum = 0;
	ssize_t stored;

	(void)state;
	open_zc(&s);
	assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SO_SNDBUF, 1), 0);
	s.wnd = 0;
	SEND(&s, "A", 1, 1, 0);
	for (; (stored = send_zc(&s, 300)) > 0; n++)
		sum += (uint32_t)stored;
	assert_true(n > 1);
	assert_int_equal(send_zc(&s, 1000), -EAGAIN);
	assert_int_equal(send_zc(&s, 0), 0);
	s.wnd = 60000;
	SEND(&s, "A", 1, 1, 0);
	test_take_all(&s.t);
	SEND(&s, "A", 1, 1 + sum, 0);
	assert_told(&s, 0, n - 1);
	assert_int_equal(send_zc(&s, 1000), 1000);
	test_take_all(&s.t);
	SEND(&s, "A", 1, 1001 + sum, 0);
	assert_told(&s, n, n);
	script_free(&s);
}

static void entries_count_against_optmem_max_until_they_are_read(void **state)
{
	struct tcp_script s;

	(void)state;
	open_zc(&s);
	script_sysctl(&s, "net.core.optmem_max", "2000");
	assert_int_equal(send_zc(&s, 100), 100);
	assert_int_equal(send_zc(&s, 100), 100);
	assert_int_equal(send_zc(&s, 100), -ENOBUFS);
	assert_int_equal(optmem(&s), 2 * SEA_ZC_OPTMEM);
	test_take_all(&s.t);
	SEND(&s, "A", 1, 201, 0);
	assert_int_equal(optmem(&s), SEA_ZC_OPTMEM); /* both in one */
	assert_told_of_copies(&s, 0, 1);
	assert_int_equal(optmem(&s), 0);
	script_free(&s);
}

static void a_reset_gives_all_back(void **state)
{
	struct tcp_script s;

	(void)state;
	open_zc(&s);
	assert_int_equal(send_zc(&s, 1000), 1000);
	assert_int_equal(send_zc(&s, 1000), 1000);
	test_take_all(&s.t);
	SEND(&s, "R", 1, 0, 0);
	assert_told(&s, 0, 1);
	assert_not_told(&s);
	script_free(&s);
}

/* The socket is gone while its bytes are out: nobody is told, nothing is left. */
static void closing_forgets_what_is_out(void **state)
{
	struct tcp_script s;

	(void)state;
	open_zc(&s);
	assert_true(send_zc(&s, 60000) > 1460);
	test_take_all(&s.t);
	assert_int_equal(script_close(&s), 0);
	SEND(&s, "A", 1, 1461, 0);
	script_free(&s);
}

/* The connection's bytes are in the snapshot, which is a copy, and the program's memory is its own again. */
static void what_is_out_when_a_stack_is_saved_is_over(void **state)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_tcp, &sea_ipv6 };
	struct snapshot snap = { 0 };
	struct tcp_script s;

	(void)state;
	open_zc(&s);
	assert_int_equal(send_zc(&s, 1000), 1000);
	test_take_all(&s.t);
	assert_int_equal(sea_stack_save(s.t.stack, snapshot_write, &snap), 0);
	sea_stack_free(s.t.stack);
	assert_int_equal(sea_stack_load(NULL, &s.t.env.env, modules, script_is6() ? 3 : 2, false,
					snapshot_read, &snap, &s.t.stack),
			 0);
	snapshot_free(&snap);
	s.t.link = sea_link_by_name(s.t.stack, "eth0");
	assert_told_of_copies(&s, 0, 0);
	assert_int_equal(optmem(&s), 0);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_ZEROCOPY), 1);
	assert_int_equal(send_zc(&s, 1000), 1000);
	test_take_all(&s.t);
	SEND(&s, "A", 1, 2001, 0);
	assert_told(&s, 1, 1);
	script_free(&s);
}

/* For want of memory less is sent, or nothing: what was is told of, and nothing leaks. */
static void no_failing_allocation_leaks(void **state)
{
	(void)state;
	for (size_t nth = 1; nth < 40; nth++) {
		struct tcp_script s;
		ssize_t n;

		open_zc(&s);
		s.t.stack->shard.pool.cache_max = 0;
		sea_pool_trim(&s.t.stack->shard.pool);
		test_env_fail_at(&s.t.env, nth);
		s.t.env.fail_once = true;
		n = send_zc(&s, 9000);
		assert_true(n > 0 || n == -ENOBUFS || n == -EAGAIN);
		test_env_fail_at(&s.t.env, 0);
		script_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_peer_has_is_told),
		cmocka_unit_test(a_segment_has_17_pieces),
		cmocka_unit_test(calls_that_take_nothing_do_not_count),
		cmocka_unit_test(entries_count_against_optmem_max_until_they_are_read),
		cmocka_unit_test(a_reset_gives_all_back),
		cmocka_unit_test(closing_forgets_what_is_out),
		cmocka_unit_test(what_is_out_when_a_stack_is_saved_is_over),
		cmocka_unit_test(no_failing_allocation_leaks),
	};

	return SCRIPT_RUN(tests);
}
