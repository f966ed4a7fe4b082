/* SPDX-License-Identifier: Apache-2.0 */
/* What reading tells besides the bytes: SO_PEEK_OFF, TCP_INQ; and values that are nowhere. */
#include "tests/lib/tcp_script.h"

#include <netinet/in.h>
#include <stdalign.h>

#define OPT_INQ 36

static int set(struct tcp_script *s, int level, int name, int v)
{
	return sea_socket_setsockopt(s->t.stack, s->sock, level, name, &v, sizeof(v), s->t.now);
}

static int get(struct tcp_script *s, int level, int name)
{
	socklen_t len = sizeof(int);
	int v = -77;

	assert_int_equal(
		sea_socket_getsockopt(s->t.stack, s->sock, level, name, &v, &len, s->t.now), 0);
	return v;
}

/* The bytes read as text. */
static const char *received(struct tcp_script *s, size_t n, int flags)
{
	static char text[32];
	struct iovec iov = { text, n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t got = sea_socket_recvmsg(s->t.stack, s->sock, &msg, flags, s->t.now);

	text[got > 0 ? got : 0] = '\0';
	return text;
}

static void peeking_goes_on_where_it_ended_if_asked(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	SEND(&s, "PA", 1, 1, 9, .payload = "abcdefghi");
	assert_string_equal(received(&s, 3, MSG_PEEK), "abc");
	assert_string_equal(received(&s, 3, MSG_PEEK), "abc");
	assert_int_equal(set(&s, SOL_SOCKET, SO_PEEK_OFF, 2), 0);
	assert_string_equal(received(&s, 3, MSG_PEEK), "cde");
	assert_string_equal(received(&s, 3, MSG_PEEK), "fgh");
	assert_int_equal(get(&s, SOL_SOCKET, SO_PEEK_OFF), 8);
	assert_string_equal(received(&s, 4, 0),
			    "abcd"); /* reading does not heed it, but moves it */
	assert_int_equal(get(&s, SOL_SOCKET, SO_PEEK_OFF), 4);
	assert_string_equal(received(&s, 3, MSG_PEEK), "i");
	assert_string_equal(received(&s, 9, 0), "efghi");
	assert_int_equal(get(&s, SOL_SOCKET, SO_PEEK_OFF), 0);
	script_free(&s);
}

/* TCP_INQ beside `n` bytes read; -1: none. */
static int inq_after(struct tcp_script *s, size_t n)
{
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	char bytes[32];
	struct iovec iov = { bytes, n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control };
	struct cmsghdr *c;
	int inq;

	msg.msg_controllen = sizeof(control);
	assert_true(sea_socket_recvmsg(s->t.stack, s->sock, &msg, 0, s->t.now) >= 0);
	c = CMSG_FIRSTHDR(&msg);
	if (!c)
		return -1;
	assert_int_equal(c->cmsg_level, IPPROTO_TCP);
	assert_int_equal(c->cmsg_type, OPT_INQ);
	memcpy(&inq, CMSG_DATA(c), sizeof(inq));
	return inq;
}

static void what_is_left_to_read_is_told_if_asked(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	SEND(&s, "PA", 1, 1, 9);
	assert_int_equal(inq_after(&s, 2), -1);
	assert_int_equal(set(&s, IPPROTO_TCP, OPT_INQ, 2), -EINVAL);
	assert_int_equal(set(&s, IPPROTO_TCP, OPT_INQ, 1), 0);
	assert_int_equal(inq_after(&s, 3), 4);
	assert_int_equal(inq_after(&s, 4), 0);
	SEND(&s, "FA", 10, 1, 0);
	assert_int_equal(inq_after(&s, 4), 1); /* the end of the stream */
	script_free(&s);
}

static void a_value_at_null_is_no_value(void **state)
{
	struct tcp_script s;
	socklen_t len = 4;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(sea_socket_setsockopt(s.t.stack, s.sock, IPPROTO_TCP, OPT_INQ, NULL, 4,
					       s.t.now),
			 -EFAULT);
	assert_int_equal(sea_socket_getsockopt(s.t.stack, s.sock, IPPROTO_TCP, OPT_INQ, NULL, &len,
					       s.t.now),
			 -EFAULT);
	len = 0;
	assert_int_equal(sea_socket_getsockopt(s.t.stack, s.sock, IPPROTO_TCP, OPT_INQ, NULL, &len,
					       s.t.now),
			 0);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(peeking_goes_on_where_it_ended_if_asked),
		cmocka_unit_test(what_is_left_to_read_is_told_if_asked),
		cmocka_unit_test(a_value_at_null_is_no_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
