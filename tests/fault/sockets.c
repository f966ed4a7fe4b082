/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program's day with datagram sockets, the Nth allocation failing, for every N: bound, grouped,
 * connected, sending, hearing, told of errors, closed. Each call says so or does its work.
 */
#include "tests/lib/udp_peer.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ping, &sea_udp };

/* For want of memory, or since something before did not happen. */
static void allowed(ssize_t result)
{
	assert_true(result >= 0 || result == -ENOMEM || result == -ENOBUFS || result == -EAGAIN ||
		    result == -EBADF || result == -EDESTADDRREQ || result == -ENETUNREACH);
}

static void group_of_sockets(struct test_stack *t)
{
	sea_socket s[6];

	for (unsigned i = 0; i < 6; i++) {
		if (sea_socket_new(t->stack, AF_INET, SOCK_DGRAM, 0, &s[i], t->now))
			continue;
		allowed(test_set_int(t, s[i], SOL_SOCKET, SO_REUSEPORT, 1));
		allowed(test_bind(t, s[i], "127.0.0.1", 7));
	}
	allowed(test_connect(t, s[0], "127.0.0.1", 9));
	allowed(test_connect(t, s[3], "127.0.0.1", 9));
	allowed(test_disconnect(t, s[0]));
	for (unsigned i = 0; i < 6; i++)
		allowed(sea_socket_close(t->stack, s[i], t->now));
}

static void talk(struct test_stack *t)
{
	static const char big[5000];
	sea_socket a, b;
	char buf[64];

	allowed(sea_socket_new(t->stack, AF_INET, SOCK_DGRAM, 0, &a, t->now));
	allowed(sea_socket_new(t->stack, AF_INET, SOCK_DGRAM, 0, &b, t->now));
	allowed(test_bind(t, a, "127.0.0.1", 8));
	allowed(test_sendto(t, b, "x", 1, 0, "127.0.0.1", 8));
	allowed(test_sendto(t, b, big, sizeof(big), MSG_MORE, "127.0.0.1", 8));
	allowed(test_sendto(t, b, big, sizeof(big), 0, "127.0.0.1", 8));
	sea_stack_advance(t->stack, t->now);
	for (unsigned i = 0; i < 3; i++)
		allowed(test_recvfrom(t, a, buf, sizeof(buf), 0, NULL));
	allowed(test_sendto(t, b, "x", 1, 0, "10.0.0.77", 8)); /* whom ARP has to ask for */
	allowed(sea_socket_close(t->stack, a, t->now));
	allowed(sea_socket_close(t->stack, b, t->now));
}

static void errors_and_echoes(struct test_stack *t)
{
	sea_socket a, p;
	char buf[64];

	allowed(sea_socket_new(t->stack, AF_INET, SOCK_DGRAM, 0, &a, t->now));
	allowed(sea_socket_new(t->stack, AF_INET, SOCK_DGRAM, IPPROTO_ICMP, &p, t->now));
	allowed(test_set_int(t, a, IPPROTO_IP, IP_RECVERR, 1));
	allowed(test_connect(t, a, "127.0.0.1", 99));
	allowed(test_send(t, a, "x"));
	allowed(test_sendto(t, p, "\x08\0\0\0\0\0\0\1", 8, 0, "127.0.0.1", 0));
	for (unsigned i = 0; i < 3; i++)
		sea_stack_advance(t->stack, t->now);
	(void)test_recvfrom(t, a, buf, sizeof(buf), MSG_ERRQUEUE, NULL);
	allowed(test_recvfrom(t, p, buf, sizeof(buf), 0, NULL));
	allowed(sea_socket_close(t->stack, a, t->now));
	allowed(sea_socket_close(t->stack, p, t->now));
}

static void day(struct test_stack *t)
{
	group_of_sockets(t);
	talk(t);
	errors_and_echoes(t);
}

static void no_failing_allocation_leaks_or_breaks(void **state)
{
	bool all = false;

	for (size_t nth = 1; !all; nth++) {
		struct test_stack t;

		test_stack_new(&t, modules, 3);
		sea_pool_trim(&t.stack->shard.pool);
		t.stack->shard.pool.cache_max = 0;
		test_env_fail_at(&t.env, nth);
		t.env.fail_once = true;
		day(&t);
		all = t.env.calls < nth;
		test_env_fail_at(&t.env, 0);
		test_settle(&t);
		day(&t); /* and then it works again */
		test_stack_free(&t);
	}
}

static void drought_leaks_and_breaks_nothing(void **state)
{
	bool all = false;

	for (size_t nth = 1; !all; nth++) {
		struct test_stack t;

		test_stack_new(&t, modules, 3);
		sea_pool_trim(&t.stack->shard.pool);
		t.stack->shard.pool.cache_max = 0;
		test_env_fail_at(&t.env, nth);
		day(&t);
		all = t.env.calls < nth;
		test_env_fail_at(&t.env, 0);
		test_stack_free(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_failing_allocation_leaks_or_breaks),
		cmocka_unit_test(drought_leaks_and_breaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
