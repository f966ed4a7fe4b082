/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that MSG_ZEROCOPY lends to datagrams: which refer to it, until when, and which are copied instead. */
#include "tests/lib/stack_fixture.h"
#include "transport/zerocopy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <stdlib.h>
#include <string.h>

#define LEN 1000u

/* What the program lends. */
#define MEMORY 10000u
static uint8_t *memory;

struct zc_udp {
	struct test_stack t;
	sea_socket sock; /* connected */
};

static bool six;

static int use6(void **state)
{
	(void)state;
	six = true;
	return 0;
}

/* The program has its memory back, and uses it no more. */
static void gone(void)
{
	if (memory)
		memset(memory, 0xee, MEMORY);
	free(memory);
	memory = NULL;
}

static void tear_down(struct zc_udp *u)
{
	test_stack_free(&u->t);
	gone();
}

static void connect_to(struct zc_udp *u, const char *to)
{
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_port = htons(7777) };
	struct sockaddr_in a4 = { .sin_family = AF_INET, .sin_port = htons(7777) };
	const struct sockaddr *addr = six ? (void *)&a6 : (void *)&a4;

	assert_int_equal(
		inet_pton(AF_INET6, to, &a6.sin6_addr) + inet_pton(AF_INET, to, &a4.sin_addr), 1);
	if (a6.sin6_addr.s6_addr[0] == 0xff)
		a6.sin6_scope_id = (uint32_t)u->t.link->ifindex;
	assert_int_equal(sea_socket_connect(u->t.stack, u->sock, addr,
					    six ? sizeof(a6) : sizeof(a4), u->t.now),
			 0);
}

static void set_up(struct zc_udp *u, const char *to)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_udp };
	struct test_stack *t = &u->t;
	const int one = 1;

	memory = malloc(MEMORY);
	assert_non_null(memory);
	for (size_t i = 0; i < MEMORY; i++)
		memory[i] = (uint8_t)(i / 256 + i);
	test_stack_new6(t, modules, 3);
	test_know_peer(t);
	test_know_peer6(t);
	test_take_all(t);
	t->link->features |= SEA_LINK_F_TX_CSUM;
	assert_int_equal(sea_socket_new(t->stack, six ? AF_INET6 : AF_INET, SOCK_DGRAM, 0, &u->sock,
					t->now),
			 0);
	assert_int_equal(sea_socket_setsockopt(t->stack, u->sock, SOL_SOCKET, SO_ZEROCOPY, &one,
					       sizeof(one), t->now),
			 0);
	connect_to(u, to);
}

static const char *peer(void)
{
	return six ? TEST_PEER_IP6 : "10.0.0.2";
}

static ssize_t send_it(struct zc_udp *u, size_t len, int flags)
{
	struct iovec iov = { memory, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	return sea_socket_sendmsg(u->t.stack, u->sock, &msg, SEA_MSG_ZEROCOPY | flags, u->t.now);
}

/* The code of the entry of the error queue that tells of calls; -1: none does. */
static int told(struct zc_udp *u)
{
	struct sock_extended_err ee;
	union {
		char bytes[256];
		struct cmsghdr align;
	} control;
	struct msghdr msg = { .msg_control = &control, .msg_controllen = sizeof(control) };
	ssize_t n = sea_socket_recvmsg(u->t.stack, u->sock, &msg, MSG_ERRQUEUE, u->t.now);

	if (n == -EAGAIN)
		return -1;
	assert_int_equal(n, 0);
	memcpy(&ee, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(ee));
	assert_int_equal(ee.ee_origin, SO_EE_ORIGIN_ZEROCOPY);
	return ee.ee_code;
}

/* The next frame, which the driver has until sea_pkt_done(). */
static struct sea_pkt *take(struct zc_udp *u)
{
	struct sea_link *link = sea_stack_next_tx(u->t.stack);
	struct sea_pkt *pkt;

	assert_non_null(link);
	assert_int_equal(sea_link_take_tx(link, &pkt, 1, u->t.now), 1);
	return pkt;
}

/* How many of the frame's bytes are the program's own. */
static size_t lent_bytes(const struct sea_pkt *pkt)
{
	struct iovec iov[SEA_PKT_IOV_MAX];
	int n = sea_pkt_iov(pkt, iov, SEA_PKT_IOV_MAX);
	size_t sum = 0;

	for (int i = 0; i < n; i++) {
		uintptr_t at = (uintptr_t)iov[i].iov_base;

		if (at >= (uintptr_t)memory && at < (uintptr_t)memory + MEMORY)
			sum += iov[i].iov_len;
	}
	return sum;
}

static void a_datagram_is_over_the_programs_memory(void **state)
{
	struct zc_udp u;
	struct sea_pkt *pkt;

	(void)state;
	set_up(&u, peer());
	assert_int_equal(send_it(&u, LEN, 0), LEN);
	pkt = take(&u);
	assert_int_equal(lent_bytes(pkt), LEN);
	assert_int_equal(told(&u), -1);
	sea_pkt_done(pkt);
	assert_int_equal(told(&u), 0);
	tear_down(&u);
}

/* As Linux: what is cut to fragments, corked, or summed in software. */
static void other_datagrams_are_copied(void **state)
{
	static const struct {
		size_t len;
		int flags;
		bool sums;
	} cases[] = { { 3000, 0, true }, { LEN, MSG_MORE, true }, { LEN, 0, false } };

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct zc_udp u;
		struct sea_pkt *pkt;

		set_up(&u, peer());
		if (!cases[i].sums)
			u.t.link->features &= ~SEA_LINK_F_TX_CSUM;
		assert_int_equal(send_it(&u, cases[i].len, cases[i].flags), cases[i].len);
		if (cases[i].flags)
			assert_int_equal(send_it(&u, 0, 0), 0);
		gone();
		pkt = take(&u);
		assert_int_equal(lent_bytes(pkt), 0);
		assert_int_equal(told(&u), -1);
		sea_pkt_done(pkt);
		test_take_all(&u.t);
		assert_int_equal(told(&u), SO_EE_CODE_ZEROCOPY_COPIED);
		tear_down(&u);
	}
}

/* It waits for the neighbour's address as it is, and goes when there is none. */
static void a_datagram_for_nobody_comes_back(void **state)
{
	struct zc_udp u;

	(void)state;
	set_up(&u, six ? "2001:db8::99" : "10.0.0.99");
	assert_int_equal(send_it(&u, 60, 0), 60);
	assert_int_equal(told(&u), -1);
	test_advance(&u.t, 10 * SEA_SEC);
	test_take_all(&u.t);
	assert_int_equal(told(&u), 0);
	tear_down(&u);
}

static void join(struct zc_udp *u, const char *group)
{
	struct group_req req = { .gr_interface = (uint32_t)u->t.link->ifindex };
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in a4 = { .sin_family = AF_INET };
	int level = six ? IPPROTO_IPV6 : IPPROTO_IP;
	struct ip_mreqn by = { .imr_ifindex = u->t.link->ifindex };

	assert_int_equal(inet_pton(AF_INET6, group, &a6.sin6_addr) +
				 inet_pton(AF_INET, group, &a4.sin_addr),
			 1);
	if (six)
		memcpy(&req.gr_group, &a6, sizeof(a6));
	else
		memcpy(&req.gr_group, &a4, sizeof(a4));
	assert_int_equal(sea_socket_setsockopt(u->t.stack, u->sock, level, MCAST_JOIN_GROUP, &req,
					       sizeof(req), u->t.now),
			 0);
	if (!six)
		assert_int_equal(sea_socket_setsockopt(u->t.stack, u->sock, level, IP_MULTICAST_IF,
						       &by, sizeof(by), u->t.now),
				 0);
}

/* It goes to the group's members here, too, who may take their time. */
static void what_is_looped_back_is_copied(void **state)
{
	const char *group = six ? "ff02::7" : "224.0.0.7";
	struct zc_udp u;
	struct sea_pkt *pkt;

	(void)state;
	set_up(&u, peer());
	join(&u, group);
	test_take_all(&u.t);
	connect_to(&u, group);
	assert_int_equal(send_it(&u, LEN, 0), LEN);
	test_settle(&u.t);
	pkt = take(&u); /* the wire's is not */
	assert_int_equal(lent_bytes(pkt), LEN);
	assert_int_equal(told(&u), -1);
	sea_pkt_done(pkt);
	assert_int_equal(told(&u), SO_EE_CODE_ZEROCOPY_COPIED);
	tear_down(&u);
}

/* As Linux: what is empty is told of when it left, but not what adds nothing to a datagram. */
static void empty_datagrams_are_told_of(void **state)
{
	struct zc_udp u;

	(void)state;
	set_up(&u, peer());
	assert_int_equal(send_it(&u, 0, 0), 0);
	assert_int_equal(told(&u), -1);
	assert_int_equal(test_take_all(&u.t), 1);
	assert_int_equal(told(&u), 0);
	assert_int_equal(send_it(&u, 0, MSG_MORE), 0);
	assert_int_equal(send_it(&u, 0, 0), 0);
	assert_int_equal(told(&u), -1);
	assert_int_equal(test_take_all(&u.t), 1);
	assert_int_equal(told(&u), SO_EE_CODE_ZEROCOPY_COPIED);
	assert_int_equal(told(&u), -1);
	assert_int_equal(send_it(&u, 0, MSG_MORE), 0);
	assert_int_equal(sea_socket_close(u.t.stack, u.sock, u.t.now), 0);
	tear_down(&u);
}

static void a_datagram_has_17_pages(void **state)
{
	struct iovec iov[18];
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 17 };
	struct zc_udp u;

	(void)state;
	set_up(&u, peer());
	for (unsigned i = 0; i < 18; i++)
		iov[i] = (struct iovec){ memory + i, 1 };
	assert_int_equal(sea_socket_sendmsg(u.t.stack, u.sock, &msg, SEA_MSG_ZEROCOPY, u.t.now),
			 17);
	msg.msg_iovlen = 18;
	assert_int_equal(sea_socket_sendmsg(u.t.stack, u.sock, &msg, SEA_MSG_ZEROCOPY, u.t.now),
			 -EMSGSIZE);
	test_take_all(&u.t);
	assert_int_equal(told(&u), 0);
	assert_int_equal(told(&u), -1);
	tear_down(&u);
}

/* The socket is gone, its datagram is not yet: it has the bytes of before. */
static void closing_copies_what_is_queued(void **state)
{
	struct zc_udp u;
	const struct test_frame *f;

	(void)state;
	set_up(&u, peer());
	assert_int_equal(send_it(&u, LEN, 0), LEN);
	assert_int_equal(sea_socket_close(u.t.stack, u.sock, u.t.now), 0);
	gone();
	f = test_take(&u.t);
	assert_non_null(f);
	for (size_t i = 0; i < LEN; i++)
		assert_int_equal(f->bytes[f->len - LEN + i], (uint8_t)(i / 256 + i));
	tear_down(&u);
}

/* Whatever allocation fails, nothing leaks, and all of the memory comes back. */
static void no_failing_allocation_keeps_memory(void **state)
{
	(void)state;
	for (size_t nth = 0; nth < 48; nth++) {
		struct zc_udp u;

		set_up(&u, nth & 1 ? peer() : six ? "::1" : "127.0.0.1");
		u.t.stack->shard.pool.cache_max = 0;
		sea_pool_trim(&u.t.stack->shard.pool);
		test_env_fail_at(&u.t.env, nth / 4 + 1);
		u.t.env.fail_once = true;
		(void)!send_it(&u, LEN, nth & 2 ? MSG_MORE : 0);
		if (sea_socket_close(u.t.stack, u.sock, u.t.now))
			assert_int_equal(sea_socket_close(u.t.stack, u.sock, u.t.now), 0);
		gone();
		test_env_fail_at(&u.t.env, 0);
		test_settle(&u.t);
		tear_down(&u);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_datagram_is_over_the_programs_memory),
		cmocka_unit_test(other_datagrams_are_copied),
		cmocka_unit_test(a_datagram_for_nobody_comes_back),
		cmocka_unit_test(what_is_looped_back_is_copied),
		cmocka_unit_test(empty_datagrams_are_told_of),
		cmocka_unit_test(a_datagram_has_17_pages),
		cmocka_unit_test(closing_copies_what_is_queued),
		cmocka_unit_test(no_failing_allocation_keeps_memory),
	};

	return cmocka_run_group_tests_name("IPv4", tests, NULL, NULL) +
	       cmocka_run_group_tests_name("IPv6", tests, use6, NULL);
}
