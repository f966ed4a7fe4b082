/* SPDX-License-Identifier: Apache-2.0 */
/* SO_TXTIME: over fq a datagram waits for the time that its call named (no-oracle: kernels without fq do not tell). */
#include "transport/txtime.h"

#include <seastack/modules.h>
#include <time.h>

#include "core/qdisc.h"
#include "core/stack.h"
#include "link/qdisc/qdiscs.h"
#include "tests/lib/snapshot.h"
#include "tests/lib/tcp_script.h"
#include "tests/lib/udp_peer.h"
#include "transport/stamp.h"

#define PORT 9

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_udp, &sea_ping, &sea_qdiscs };

static void set_queue(struct test_stack *t, const char *kind)
{
	const struct sea_qdisc_config config = { .size = sizeof(config), .kind = kind };

	assert_int_equal(sea_link_set_qdisc(t->link, &config, t->now), 0);
}

static int setup(void **state)
{
	struct test_stack *t = malloc(sizeof(*t));

	test_stack_new(t, modules, 4);
	test_know_peer(t);
	set_queue(t, "fq");
	*state = t;
	return 0;
}

static int set_option(struct test_stack *t, sea_socket s, int clock, uint32_t flags)
{
	const struct sea_txtime v = { .clockid = clock, .flags = flags };

	return sea_socket_setsockopt(t->stack, s, SOL_SOCKET, SEA_SO_TXTIME, &v, sizeof(v), t->now);
}

static sea_socket timed(struct test_stack *t, int protocol)
{
	sea_socket s = test_socket(t, SOCK_DGRAM, protocol);

	assert_int_equal(set_option(t, s, CLOCK_MONOTONIC, 0), 0);
	return s;
}

/* A message of `len` bytes that names `ns`, to the peer. */
static ssize_t send_saying(struct test_stack *t, sea_socket s, const void *data, size_t n,
			   int flags, int64_t ns, size_t len)
{
	alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(16)] = { 0 };
	const struct cmsghdr head = { .cmsg_len = CMSG_LEN(len),
				      .cmsg_level = SOL_SOCKET,
				      .cmsg_type = SEA_SO_TXTIME };
	struct sockaddr_in to = test_in("10.0.0.2", PORT);
	struct iovec iov = { (void *)(uintptr_t)data, n };
	struct msghdr msg = { .msg_name = &to,
			      .msg_namelen = sizeof(to),
			      .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = CMSG_SPACE(len) };

	memcpy(control, &head, sizeof(head));
	memcpy(control + CMSG_LEN(0), &ns, sizeof(ns));
	return sea_socket_sendmsg(t->stack, s, &msg, flags, t->now);
}

/* To leave `ms` from now. */
static void send_in(struct test_stack *t, sea_socket s, const char *text, int ms)
{
	assert_int_equal(send_saying(t, s, text, strlen(text), 0, t->now.ns + ms * SEA_MSEC, 8),
			 strlen(text));
}

static void wait_ms(struct test_stack *t, int ms)
{
	test_advance(t, ms * SEA_MSEC - 1);
	assert_int_equal(test_take_all(t), 0);
	test_advance(t, 1);
}

static void datagrams_leave_in_the_order_of_their_times(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = timed(t, 0);

	send_in(t, s, "first", 10);
	send_in(t, s, "third", 30);
	send_in(t, s, "second", 20);
	wait_ms(t, 10);
	udp_expect_sent(t, PORT, "first");
	wait_ms(t, 10);
	udp_expect_sent(t, PORT, "second");
	wait_ms(t, 10);
	udp_expect_sent(t, PORT, "third");
}

static void a_time_that_is_past_or_none_is_now(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = timed(t, 0);

	test_advance(t, SEA_SEC);
	send_in(t, s, "past", -10);
	udp_expect_sent(t, PORT, "past");
	assert_int_equal(send_saying(t, s, "none", 4, 0, 0, 8), 4);
	udp_expect_sent(t, PORT, "none");
	assert_int_equal(send_saying(t, s, "less", 4, 0, -1, 8), 4);
	udp_expect_sent(t, PORT, "less");
	assert_int_equal(send_saying(t, s, "least", 5, 0, INT64_MIN, 8), 5);
	udp_expect_sent(t, PORT, "least");
}

static void other_queues_take_no_notice(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = timed(t, 0);

	set_queue(t, "pfifo");
	send_in(t, s, "x", 10);
	udp_expect_sent(t, PORT, "x");
}

/* Not even where the program wants to know: that is etf's. */
static void beyond_the_horizon_a_datagram_is_dropped_without_a_word(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	char buf[64];

	assert_int_equal(set_option(t, s, CLOCK_TAI, SEA_TXTIME_FLAGS), 0);
	send_in(t, s, "x", 10001);
	assert_int_equal(send_saying(t, s, "x", 1, 0, INT64_MAX, 8), 1);
	assert_int_equal(test_drops(t, SEA_DROP_FQ_HORIZON_LIMIT), 2);
	assert_int_equal(test_recvfrom(t, s, buf, sizeof(buf), MSG_ERRQUEUE, NULL), -EAGAIN);
	send_in(t, s, "y", 10000);
	wait_ms(t, 10000);
	udp_expect_sent(t, PORT, "y");
}

static void an_echo_request_waits_too(void **state)
{
	static const uint8_t request[9] = { 8, 0, 0, 0, 0, 0, 0, 7, 'x' };
	struct test_stack *t = *state;
	sea_socket s = timed(t, IPPROTO_ICMP);
	const uint8_t *icmp;
	size_t len;

	assert_int_equal(send_saying(t, s, request, 9, 0, t->now.ns + 10 * SEA_MSEC, 8), 9);
	wait_ms(t, 10);
	test_expect_ip(test_take(t), 1, &icmp, &len);
	assert_int_equal(len, 9);
}

static void the_message_needs_the_option_and_its_length(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	assert_int_equal(send_saying(t, s, "x", 1, 0, 1, 8), -EINVAL);
	assert_int_equal(set_option(t, s, CLOCK_MONOTONIC, 0), 0);
	assert_int_equal(send_saying(t, s, "x", 1, 0, 1, 4), -EINVAL);
	assert_int_equal(send_saying(t, s, "x", 1, 0, 1, 12), -EINVAL);
	assert_int_equal(send_saying(t, s, "x", 1, 0, 1, 8), 1);
}

static void what_the_option_takes_is_read_back(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct sea_txtime got;
	socklen_t len = sizeof(got);

	assert_int_equal(set_option(t, s, CLOCK_PROCESS_CPUTIME_ID, 0), -EINVAL);
	assert_int_equal(set_option(t, s, CLOCK_MONOTONIC, 4), -EINVAL);
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SEA_SO_TXTIME, CLOCK_MONOTONIC), -EINVAL);
	assert_int_equal(send_saying(t, s, "x", 1, 0, 1, 8), -EINVAL); /* off still */
	assert_int_equal(set_option(t, s, CLOCK_TAI, 2), 0);
	assert_int_equal(sea_socket_getsockopt(t->stack, s, SOL_SOCKET, SEA_SO_TXTIME, &got, &len,
					       t->now),
			 0);
	assert_int_equal(len, 8);
	assert_int_equal(got.clockid, CLOCK_TAI);
	assert_int_equal(got.flags, 2);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SEA_SO_TXTIME), CLOCK_TAI);
}

/* The first call's time is the datagram's, in a stack that was loaded, too. */
static void a_corked_datagrams_time_survives_a_snapshot(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = timed(t, 0);
	struct snapshot snap = { 0 };

	assert_int_equal(send_saying(t, s, "ab", 2, MSG_MORE, t->now.ns + 10 * SEA_MSEC, 8), 2);
	assert_int_equal(sea_stack_save(t->stack, snapshot_write, &snap), 0);
	sea_stack_free(t->stack);
	assert_int_equal(sea_stack_load(NULL, &t->env.env, modules, 4, false, snapshot_read, &snap,
					&t->stack),
			 0);
	snapshot_free(&snap);
	t->link = sea_link_by_name(t->stack, "eth0");
	assert_int_equal(send_saying(t, s, "c", 1, 0, t->now.ns + 20 * SEA_MSEC, 8), 1);
	wait_ms(t, 10);
	udp_expect_sent(t, PORT, "abc");
}

/* It reads the message, as Linux's does, and no more. */
static void a_stream_takes_no_notice(void **state)
{
	const struct sea_qdisc_config fq = { .size = sizeof(fq), .kind = "fq" };
	struct tcp_script s;

	(void)state;
	script_new(&s);
	assert_int_equal(sea_qdisc_add(s.t.stack, &sea_qdisc_fq), 0);
	assert_int_equal(sea_link_set_qdisc(s.t.link, &fq, s.t.now), 0);
	script_established(&s);
	assert_int_equal(send_saying(&s.t, s.sock, "x", 1, 0, SEA_SEC, 8), -EINVAL);
	assert_int_equal(set_option(&s.t, s.sock, CLOCK_MONOTONIC, 0), 0);
	assert_int_equal(send_saying(&s.t, s.sock, "x", 1, 0, s.t.now.ns + SEA_SEC, 8), 1);
	EXPECT(&s, "PA", 1, 1, 1);
	script_free(&s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, udp_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(datagrams_leave_in_the_order_of_their_times),
		TEST(a_time_that_is_past_or_none_is_now),
		TEST(other_queues_take_no_notice),
		TEST(beyond_the_horizon_a_datagram_is_dropped_without_a_word),
		TEST(an_echo_request_waits_too),
		TEST(the_message_needs_the_option_and_its_length),
		TEST(what_the_option_takes_is_read_back),
		TEST(a_corked_datagrams_time_survives_a_snapshot),
		cmocka_unit_test(a_stream_takes_no_notice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
