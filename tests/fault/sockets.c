/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program's day with datagram sockets, the Nth allocation failing, for every N: bound, grouped,
 * connected, sending, hearing, told of errors, closed. Each call says so or does its work.
 */
#include "tests/lib/udp_peer.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ping, &sea_udp, &sea_ipv6 };

/* Which family the day is of. */
struct family {
	int family, echo;
	unsigned n_modules;
	const char *loopback, *stranger; /* the latter is to be asked for first */
	uint8_t request;
};

static const struct family ipv4 = { AF_INET, IPPROTO_ICMP, 3, "127.0.0.1", "10.0.0.77", 8 };
static const struct family ipv6 = { AF_INET6, IPPROTO_ICMPV6, 4, "::1", "2001:db8::77", 128 };
static const struct family *in;

union name {
	struct sockaddr sa;
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;
};

static socklen_t name_of(union name *name, const char *ip, uint16_t port)
{
	memset(name, 0, sizeof(*name));
	if (in->family == AF_INET) {
		name->in4 = test_in(ip, port);
		return sizeof(name->in4);
	}
	name->in6.sin6_family = AF_INET6;
	name->in6.sin6_port = htons(port);
	assert_int_equal(inet_pton(AF_INET6, ip, &name->in6.sin6_addr), 1);
	return sizeof(name->in6);
}

static int new (struct test_stack *t, int protocol, sea_socket *s)
{
	return sea_socket_new(t->stack, in->family, SOCK_DGRAM, protocol, s, t->now);
}

static int bind_to(struct test_stack *t, sea_socket s, uint16_t port)
{
	union name name;
	socklen_t len = name_of(&name, in->loopback, port);

	return sea_socket_bind(t->stack, s, &name.sa, len, t->now);
}

static int connect_to(struct test_stack *t, sea_socket s, uint16_t port)
{
	union name name;
	socklen_t len = name_of(&name, in->loopback, port);

	return sea_socket_connect(t->stack, s, &name.sa, len, t->now);
}

static ssize_t send_to(struct test_stack *t, sea_socket s, const void *data, size_t len, int flags,
		       const char *ip)
{
	union name name;
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr msg = { .msg_name = &name,
			      .msg_namelen = name_of(&name, ip, 8),
			      .msg_iov = &iov,
			      .msg_iovlen = 1 };

	return sea_socket_sendmsg(t->stack, s, &msg, flags, t->now);
}

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
		if (new (t, 0, &s[i]))
			continue;
		allowed(test_set_int(t, s[i], SOL_SOCKET, SO_REUSEPORT, 1));
		allowed(bind_to(t, s[i], 7));
	}
	allowed(connect_to(t, s[0], 9));
	allowed(connect_to(t, s[3], 9));
	allowed(test_disconnect(t, s[0]));
	for (unsigned i = 0; i < 6; i++)
		allowed(sea_socket_close(t->stack, s[i], t->now));
}

static void talk(struct test_stack *t)
{
	static const char big[5000];
	sea_socket a, b;
	char buf[64];

	allowed(new (t, 0, &a));
	allowed(new (t, 0, &b));
	allowed(bind_to(t, a, 8));
	allowed(send_to(t, b, "x", 1, 0, in->loopback));
	allowed(send_to(t, b, big, sizeof(big), MSG_MORE, in->loopback));
	allowed(send_to(t, b, big, sizeof(big), 0, in->loopback));
	sea_stack_advance(t->stack, t->now);
	for (unsigned i = 0; i < 3; i++)
		allowed(test_recvfrom(t, a, buf, sizeof(buf), 0, NULL));
	allowed(send_to(t, b, "x", 1, 0, in->stranger));
	allowed(sea_socket_close(t->stack, a, t->now));
	allowed(sea_socket_close(t->stack, b, t->now));
}

static void errors_and_echoes(struct test_stack *t)
{
	const uint8_t request[8] = { in->request, [7] = 1 };
	sea_socket a, p;
	char buf[64];

	allowed(new (t, 0, &a));
	allowed(new (t, in->echo, &p));
	allowed(in->family == AF_INET ? test_set_int(t, a, IPPROTO_IP, IP_RECVERR, 1)
				      : test_set_int(t, a, IPPROTO_IPV6, IPV6_RECVERR, 1));
	allowed(connect_to(t, a, 99));
	allowed(test_send(t, a, "x"));
	allowed(send_to(t, p, request, sizeof(request), 0, in->loopback));
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

static void fresh(struct test_stack *t)
{
	if (in->family == AF_INET)
		test_stack_new(t, modules, in->n_modules);
	else
		test_stack_new6(t, modules, in->n_modules);
}

static int over6(void **state)
{
	(void)state;
	in = &ipv6;
	return 0;
}

static int over4(void **state)
{
	(void)state;
	in = &ipv4;
	return 0;
}

static void no_failing_allocation_leaks_or_breaks(void **state)
{
	bool all = false;

	for (size_t nth = 1; !all; nth++) {
		struct test_stack t;

		fresh(&t);
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

		fresh(&t);
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

	return cmocka_run_group_tests_name("IPv4", tests, over4, NULL) +
	       cmocka_run_group_tests_name("IPv6", tests, over6, NULL);
}
