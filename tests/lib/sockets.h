/* SPDX-License-Identifier: Apache-2.0 */
/* Socket calls as short as tests want them: on a struct test_stack, at its time, with IPv4 text. */
#ifndef SEA_TESTS_SOCKETS_H
#define SEA_TESTS_SOCKETS_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <seastack/event.h>
#include <seastack/socket.h>

#include "tests/lib/stack_fixture.h"

static inline struct sockaddr_in test_in(const char *ip, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };

	assert_int_equal(inet_pton(AF_INET, ip, &in.sin_addr), 1);
	return in;
}

static inline sea_socket test_socket(struct test_stack *t, int type, int protocol)
{
	sea_socket s;

	assert_int_equal(sea_socket_new(t->stack, AF_INET, type, protocol, &s, t->now), 0);
	return s;
}

static inline sea_socket test_udp(struct test_stack *t)
{
	return test_socket(t, SOCK_DGRAM, 0);
}

static inline int test_bind(struct test_stack *t, sea_socket s, const char *ip, uint16_t port)
{
	struct sockaddr_in in = test_in(ip, port);

	return sea_socket_bind(t->stack, s, (void *)&in, sizeof(in), t->now);
}

static inline int test_connect(struct test_stack *t, sea_socket s, const char *ip, uint16_t port)
{
	struct sockaddr_in in = test_in(ip, port);

	return sea_socket_connect(t->stack, s, (void *)&in, sizeof(in), t->now);
}

static inline int test_disconnect(struct test_stack *t, sea_socket s)
{
	struct sockaddr sa = { .sa_family = AF_UNSPEC };

	return sea_socket_connect(t->stack, s, &sa, sizeof(sa), t->now);
}

/* `ip` NULL: to the peer it is connected to. */
static inline ssize_t test_sendto(struct test_stack *t, sea_socket s, const void *data, size_t len,
				  int flags, const char *ip, uint16_t port)
{
	struct sockaddr_in in = test_in(ip ? ip : "0.0.0.0", port);
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (ip) {
		msg.msg_name = &in;
		msg.msg_namelen = sizeof(in);
	}
	return sea_socket_sendmsg(t->stack, s, &msg, flags, t->now);
}

static inline ssize_t test_send(struct test_stack *t, sea_socket s, const char *text)
{
	return test_sendto(t, s, text, strlen(text), 0, NULL, 0);
}

static inline ssize_t test_recvfrom(struct test_stack *t, sea_socket s, void *buf, size_t len,
				    int flags, struct sockaddr_in *from)
{
	struct iovec iov = { buf, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (from) {
		msg.msg_name = from;
		msg.msg_namelen = sizeof(*from);
	}
	return sea_socket_recvmsg(t->stack, s, &msg, flags, t->now);
}

/* The next datagram is just this text. */
static inline void test_expect_text(struct test_stack *t, sea_socket s, const char *text)
{
	char buf[2048];
	ssize_t n = test_recvfrom(t, s, buf, sizeof(buf), 0, NULL);

	assert_int_equal(n, strlen(text));
	assert_memory_equal(buf, text, strlen(text));
}

static inline void test_expect_nothing(struct test_stack *t, sea_socket s)
{
	char buf[1];

	assert_int_equal(test_recvfrom(t, s, buf, sizeof(buf), 0, NULL), -EAGAIN);
}

static inline int test_set_int(struct test_stack *t, sea_socket s, int level, int name, int v)
{
	return sea_socket_setsockopt(t->stack, s, level, name, &v, sizeof(v), t->now);
}

/* The value, or -errno. */
static inline int test_get_int(struct test_stack *t, sea_socket s, int level, int name)
{
	socklen_t len = sizeof(int);
	int v = 0, err = sea_socket_getsockopt(t->stack, s, level, name, &v, &len, t->now);

	return err ? err : v;
}

static inline struct sockaddr_in test_name(struct test_stack *t, sea_socket s)
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);

	assert_int_equal(sea_socket_getsockname(t->stack, s, (void *)&in, &len), 0);
	assert_int_equal(len, sizeof(in));
	return in;
}

static inline uint16_t test_port(struct test_stack *t, sea_socket s)
{
	return ntohs(test_name(t, s).sin_port);
}

static inline void test_close(struct test_stack *t, sea_socket s)
{
	assert_int_equal(sea_socket_close(t->stack, s, t->now), 0);
}

#endif
