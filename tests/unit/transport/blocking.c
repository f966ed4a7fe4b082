/* SPDX-License-Identifier: Apache-2.0 */
/* Blocking calls: on UDP, and on a stream that a test plays. */
#include "tests/lib/udp_peer.h"

#include <netinet/tcp.h>
#include <seastack/blocking.h>
#include <sys/time.h>

#include "core/sock.h"

/* A stream whose calls give what the test laid out. */
struct stream {
	struct sea_sock sock;
	const char *in; /* what can be read now */
	bool in_ends;   /* and then the stream ends */
	size_t room;    /* what can be written now */
	char out[64];
	size_t n_out;
	uint32_t ready;
	int connect_err, close_err;
	struct stream *child;
};

static struct stream *stream_of(struct sea_sock *sock)
{
	return sea_container(sock, struct stream, sock);
}

static ssize_t stream_recvmsg(struct sea_sock *sock, struct msghdr *msg, int flags)
{
	struct stream *s = stream_of(sock);
	size_t done = 0, len = strlen(s->in);

	if (sock->err)
		return -sea_sock_take_error(sock);
	if (!len)
		return s->in_ends ? 0 : -EAGAIN;
	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		size_t n = msg->msg_iov[i].iov_len;

		n = n < len - done ? n : len - done;
		memcpy(msg->msg_iov[i].iov_base, s->in + done, n);
		done += n;
	}
	if (!(flags & MSG_PEEK))
		s->in += done;
	return (ssize_t)done;
}

static ssize_t stream_sendmsg(struct sea_sock *sock, const struct msghdr *msg, int flags)
{
	struct stream *s = stream_of(sock);
	size_t done = 0;

	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		size_t n = msg->msg_iov[i].iov_len;

		n = n < s->room ? n : s->room;
		memcpy(s->out + s->n_out, msg->msg_iov[i].iov_base, n);
		s->n_out += n;
		s->room -= n;
		done += n;
	}
	return done ? (ssize_t)done : -EAGAIN;
}

static int stream_connect(struct sea_sock *sock, const struct sea_endpoint *peer)
{
	return stream_of(sock)->connect_err;
}

static int stream_accept(struct sea_sock *sock, struct sea_sock **accepted)
{
	struct stream *s = stream_of(sock);

	if (!s->child)
		return -EAGAIN;
	*accepted = &s->child->sock;
	return 0;
}

static int stream_close(struct sea_sock *sock)
{
	struct stream *s = stream_of(sock);
	int err = s->close_err;

	s->close_err = 0;
	if (!err)
		sea_sock_unregister(sock);
	return err;
}

static void stream_destroy(struct sea_sock *sock)
{
	sea_sock_unregister(sock);
}

static uint32_t stream_poll(struct sea_sock *sock)
{
	return stream_of(sock)->ready;
}

static void stream_info(struct sea_sock *sock, struct sea_socket_info *info)
{
	info->state = TCP_CLOSE;
	(void)sock;
}

static const struct sea_sock_ops stream_ops = {
	.name = "stream",
	.recvmsg = stream_recvmsg,
	.sendmsg = stream_sendmsg,
	.connect = stream_connect,
	.accept = stream_accept,
	.close = stream_close,
	.destroy = stream_destroy,
	.poll = stream_poll,
	.info = stream_info,
};

static void stream_init(struct test_stack *t, struct stream *s)
{
	*s = (struct stream){ .in = "" };
	sea_sock_init(&s->sock, t->stack, &stream_ops, AF_INET, SOCK_STREAM, 6);
	assert_int_equal(sea_sock_register(&s->sock), 0);
}

static void end(struct stream *s)
{
	sea_sock_unregister(&s->sock);
}

#define MSG2(a, alen, b, blen)                                      \
	struct iovec iov[2] = { { (a), (alen) }, { (b), (blen) } }; \
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 }

/* -- datagrams -- */

static void receiver_waits_for_a_datagram(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct sea_blocking op;
	char a[3], b[8];
	MSG2(a, 3, b, 8);

	assert_int_equal(test_bind(t, s, "0.0.0.0", 7), 0);
	sea_blocking_recvmsg(&op, t->stack, s, &msg, 0, t->now);
	assert_false(sea_blocking_done(&op));
	assert_true(op.wait & SEA_POLLIN);
	assert_true(sea_time_is_never(op.deadline));
	udp_inject_text(t, 1, 7, "hello");
	sea_blocking_step(&op, t->now);
	assert_true(sea_blocking_done(&op));
	assert_int_equal(op.result, 5);
	assert_memory_equal(a, "hel", 3);
	assert_memory_equal(b, "lo", 2);
	sea_blocking_recvmsg(&op, t->stack, s, &msg, MSG_DONTWAIT, t->now);
	assert_int_equal(op.result, -EAGAIN);
	sea_blocking_recvmsg(&op, t->stack, s, &msg, MSG_ERRQUEUE, t->now);
	assert_int_equal(op.result, -EAGAIN);
}

static void receive_timeout_ends_the_wait(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	const struct timeval tv = { 1, 0 };
	struct sea_blocking op;
	char a[3], b[8];
	MSG2(a, 3, b, 8);

	assert_int_equal(sea_socket_setsockopt(t->stack, s, SOL_SOCKET, SO_RCVTIMEO, &tv,
					       sizeof(tv), t->now),
			 0);
	sea_blocking_recvmsg(&op, t->stack, s, &msg, 0, t->now);
	assert_int_equal(op.deadline.ns, t->now.ns + SEA_SEC);
	assert_false(op.restartable);
	sea_blocking_step(&op, sea_time_add(t->now, SEA_SEC - 1));
	assert_false(sea_blocking_done(&op));
	sea_blocking_step(&op, sea_time_add(t->now, SEA_SEC));
	assert_int_equal(op.result, -EAGAIN);
	t->now = sea_stack_now(t->stack);
}

static void shutdown_ends_a_receiver_with_nothing(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct sea_blocking op;
	char a[3], b[8];
	MSG2(a, 3, b, 8);

	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), 0);
	sea_blocking_recvmsg(&op, t->stack, s, &msg, 0, t->now);
	assert_int_equal(sea_socket_shutdown(t->stack, s, SHUT_RD, t->now), 0);
	sea_blocking_step(&op, t->now);
	assert_int_equal(op.result, 0);
	sea_blocking_recvmsg(&op, t->stack, s, &msg, 0, t->now);
	assert_int_equal(op.result, 0);
	test_close(t, s);
	sea_blocking_recvmsg(&op, t->stack, s, &msg, 0, t->now);
	assert_int_equal(op.result, -EBADF);
}

static void signal_interrupts(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct sea_blocking op;
	char a[3], b[8];
	MSG2(a, 3, b, 8);

	sea_blocking_recvmsg(&op, t->stack, s, &msg, 0, t->now);
	assert_true(op.restartable);
	sea_blocking_interrupt(&op);
	assert_int_equal(op.result, -EINTR);
	sea_blocking_interrupt(&op);
	sea_blocking_step(&op, t->now);
	assert_int_equal(op.result, -EINTR);
}

/* -- streams -- */

static void short_read_is_enough_without_waitall(void **state)
{
	struct test_stack *t = *state;
	struct stream s;
	struct sea_blocking op;
	char a[3], b[3];
	MSG2(a, 3, b, 3);

	stream_init(t, &s);
	s.in = "ab";
	sea_blocking_recvmsg(&op, t->stack, s.sock.handle, &msg, 0, t->now);
	assert_int_equal(op.result, 2);
	end(&s);
}

static void waitall_waits_for_all_and_low_water_for_some(void **state)
{
	struct test_stack *t = *state;
	struct stream s;
	struct sea_blocking op;
	char a[3], b[3];
	MSG2(a, 3, b, 3);

	stream_init(t, &s);
	s.in = "ab";
	sea_blocking_recvmsg(&op, t->stack, s.sock.handle, &msg, MSG_WAITALL, t->now);
	assert_false(sea_blocking_done(&op));
	s.in = "cd";
	sea_blocking_step(&op, t->now);
	assert_false(sea_blocking_done(&op));
	s.in = "efg";
	sea_blocking_step(&op, t->now);
	assert_int_equal(op.result, 6);
	assert_memory_equal(a, "abc", 3);
	assert_memory_equal(b, "def", 3);
	assert_string_equal(s.in, "g");
	s.in = "x";
	s.sock.rcvlowat = 2;
	sea_blocking_recvmsg(&op, t->stack, s.sock.handle, &msg, 0, t->now);
	assert_false(sea_blocking_done(&op));
	s.in = "y";
	sea_blocking_step(&op, t->now);
	assert_int_equal(op.result, 2);
	end(&s);
}

static void what_was_read_counts_more_than_how_it_ended(void **state)
{
	struct test_stack *t = *state;
	struct stream s;
	struct sea_blocking op;
	char a[3], b[3];
	MSG2(a, 3, b, 3);

	stream_init(t, &s);
	s.in = "ab";
	s.in_ends = true;
	sea_blocking_recvmsg(&op, t->stack, s.sock.handle, &msg, MSG_WAITALL, t->now);
	assert_int_equal(op.result, 2);
	s.in = "ab";
	s.in_ends = false;
	sea_blocking_recvmsg(&op, t->stack, s.sock.handle, &msg, MSG_WAITALL, t->now);
	sea_sock_set_error(&s.sock, ECONNRESET);
	sea_blocking_step(&op, t->now);
	assert_int_equal(op.result, 2);
	assert_int_equal(s.sock.err, ECONNRESET); /* for the next call */
	sea_blocking_recvmsg(&op, t->stack, s.sock.handle, &msg, 0, t->now);
	assert_int_equal(op.result, -ECONNRESET);
	s.in = "ab";
	sea_blocking_recvmsg(&op, t->stack, s.sock.handle, &msg, MSG_WAITALL, t->now);
	sea_blocking_interrupt(&op);
	assert_int_equal(op.result, 2);
	end(&s);
}

static void peeking_with_waitall_looks_again_at_all(void **state)
{
	struct test_stack *t = *state;
	struct stream s;
	struct sea_blocking op;
	char a[3], b[3];
	MSG2(a, 3, b, 3);

	stream_init(t, &s);
	s.in = "ab";
	sea_blocking_recvmsg(&op, t->stack, s.sock.handle, &msg, MSG_WAITALL | MSG_PEEK, t->now);
	assert_false(sea_blocking_done(&op));
	s.in = "abcdefg";
	sea_blocking_step(&op, t->now);
	assert_int_equal(op.result, 6);
	assert_memory_equal(b, "def", 3);
	assert_string_equal(s.in, "abcdefg");
	end(&s);
}

static void writer_waits_until_all_is_written(void **state)
{
	struct test_stack *t = *state;
	struct stream s;
	struct sea_blocking op;
	char a[] = "abc", b[] = "defg";
	MSG2(a, 3, b, 4);

	stream_init(t, &s);
	s.room = 2;
	sea_blocking_sendmsg(&op, t->stack, s.sock.handle, &msg, 0, t->now);
	assert_false(sea_blocking_done(&op));
	assert_true(op.wait & SEA_POLLOUT);
	s.room = 3;
	sea_blocking_step(&op, t->now);
	assert_false(sea_blocking_done(&op));
	s.room = 10;
	sea_blocking_step(&op, t->now);
	assert_int_equal(op.result, 7);
	assert_memory_equal(s.out, "abcdefg", 7);
	s.room = 1;
	sea_blocking_sendmsg(&op, t->stack, s.sock.handle, &msg, 0, t->now);
	sea_blocking_interrupt(&op);
	assert_int_equal(op.result, 1);
	s.room = 0;
	sea_blocking_sendmsg(&op, t->stack, s.sock.handle, &msg, MSG_DONTWAIT, t->now);
	assert_int_equal(op.result, -EAGAIN);
	end(&s);
}

static void connect_waits_for_its_answer(void **state)
{
	struct test_stack *t = *state;
	struct sockaddr_in in = test_in("10.0.0.2", 9);
	struct stream s;
	struct sea_blocking op;

	stream_init(t, &s);
	s.connect_err = -EINPROGRESS;
	sea_blocking_connect(&op, t->stack, s.sock.handle, (void *)&in, sizeof(in), t->now);
	assert_false(sea_blocking_done(&op));
	sea_blocking_step(&op, t->now);
	assert_false(sea_blocking_done(&op));
	s.ready = SEA_POLLOUT;
	s.connect_err = 0;
	sea_blocking_step(&op, t->now);
	assert_int_equal(op.result, 0);
	s.connect_err = -EINPROGRESS;
	sea_blocking_connect(&op, t->stack, s.sock.handle, (void *)&in, sizeof(in), t->now);
	s.connect_err = -ECONNREFUSED;
	s.ready = SEA_POLLERR | SEA_POLLHUP;
	sea_blocking_step(&op, t->now);
	assert_int_equal(op.result, -ECONNREFUSED);
	s.ready = 0;
	s.connect_err = -EINPROGRESS;
	s.sock.sndtimeo_ns = SEA_SEC;
	sea_blocking_connect(&op, t->stack, s.sock.handle, (void *)&in, sizeof(in), t->now);
	sea_blocking_step(&op, sea_time_add(t->now, SEA_SEC));
	assert_int_equal(op.result, -EINPROGRESS);
	t->now = sea_stack_now(t->stack);
	s.connect_err = -ENETUNREACH;
	sea_blocking_connect(&op, t->stack, s.sock.handle, (void *)&in, sizeof(in), t->now);
	assert_int_equal(op.result, -ENETUNREACH);
	end(&s);
}

static void accept_waits_for_a_connection(void **state)
{
	struct test_stack *t = *state;
	struct stream s, child;
	struct sea_blocking op;

	stream_init(t, &s);
	stream_init(t, &child);
	sea_blocking_accept(&op, t->stack, s.sock.handle, NULL, NULL, t->now);
	assert_false(sea_blocking_done(&op));
	s.child = &child;
	sea_blocking_step(&op, t->now);
	assert_int_equal(op.result, 0);
	assert_int_equal(op.accepted.v, child.sock.handle.v);
	end(&s);
	end(&child);
}

static void close_lingers_until_hang_up_or_its_time(void **state)
{
	struct test_stack *t = *state;
	struct sea_blocking op;
	struct stream s;

	for (unsigned round = 0; round < 3; round++) {
		stream_init(t, &s);
		s.close_err = -EWOULDBLOCK;
		s.sock.linger_s = 2;
		sea_blocking_close(&op, t->stack, s.sock.handle, t->now);
		assert_false(sea_blocking_done(&op));
		assert_int_equal(op.deadline.ns, t->now.ns + 2 * SEA_SEC);
		sea_blocking_step(&op, t->now);
		assert_false(sea_blocking_done(&op));
		if (round == 0) {
			s.ready = SEA_POLLHUP;
			sea_blocking_step(&op, t->now);
		} else if (round == 1) {
			sea_blocking_interrupt(&op);
		} else {
			sea_blocking_step(&op, sea_time_add(t->now, 2 * SEA_SEC));
			t->now = sea_stack_now(t->stack);
		}
		assert_int_equal(op.result, 0);
		assert_true(sea_socket_is_none(s.sock.handle));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UDP_TEST(receiver_waits_for_a_datagram),
		UDP_TEST(receive_timeout_ends_the_wait),
		UDP_TEST(shutdown_ends_a_receiver_with_nothing),
		UDP_TEST(signal_interrupts),
		UDP_TEST(short_read_is_enough_without_waitall),
		UDP_TEST(waitall_waits_for_all_and_low_water_for_some),
		UDP_TEST(what_was_read_counts_more_than_how_it_ended),
		UDP_TEST(peeking_with_waitall_looks_again_at_all),
		UDP_TEST(writer_waits_until_all_is_written),
		UDP_TEST(connect_waits_for_its_answer),
		UDP_TEST(accept_waits_for_a_connection),
		UDP_TEST(close_lingers_until_hang_up_or_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
