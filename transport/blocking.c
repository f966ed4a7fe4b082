/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocking calls over those that never block: what is waited for, until when, and what counts as
 * done when a wait ends early.
 *
 *	try ─ moved some, or done? ─ may wait? ─ wait ─┐
 *	 ^                                             │
 *	 └─────────────── step ────────────────────────┘
 */
#include <seastack/blocking.h>

#include <errno.h>
#include <string.h>

#include "core/sock.h"
#include "core/stack.h"

static struct sea_sock *sock_of(const struct sea_blocking *op)
{
	return sea_sock_get(op->stack, op->sock);
}

static void finish(struct sea_blocking *op, ssize_t result)
{
	struct sea_sock *sock = op->call == SEA_BLOCKING_SENDMSG ? sock_of(op) : NULL;

	if (sock)
		sock->flags &= ~(uint32_t)SEA_SOCK_WRITER_WAITS;
	op->done = true;
	op->result = result;
	op->wait = 0;
	op->deadline = SEA_TIME_NEVER;
}

/* Ends a call that moves bytes: what was moved counts more than how it ended. */
static void finish_moved(struct sea_blocking *op, ssize_t result)
{
	finish(op, op->moved ? (ssize_t)op->moved : result);
}

/* How long the socket's options let this call wait; 0: for ever. */
static int64_t patience_ns(const struct sea_blocking *op, const struct sea_sock *sock)
{
	switch (op->call) {
	case SEA_BLOCKING_CONNECT:
	case SEA_BLOCKING_SENDMSG:
		return sock->sndtimeo_ns;
	case SEA_BLOCKING_CLOSE:
		return sock->linger_s * SEA_SEC;
	default:
		return sock->rcvtimeo_ns;
	}
}

static void begin(struct sea_blocking *op, struct sea_stack *stack, sea_socket handle,
		  enum sea_blocking_call call, int flags, sea_time now)
{
	const struct sea_sock *sock;
	int64_t ns;

	*op = (struct sea_blocking){
		.stack = stack,
		.sock = handle,
		.call = call,
		.flags = flags,
		.deadline = SEA_TIME_NEVER,
	};
	sock = sock_of(op);
	ns = sock ? patience_ns(op, sock) : 0;
	op->timed = ns != 0;
	op->restartable = !op->timed;
	if (op->timed)
		op->deadline = sea_time_add(now, ns);
}

/* Waits for `mask`, or, where that may not be, ends with what there is. */
static void wait_for(struct sea_blocking *op, uint32_t mask, ssize_t otherwise, sea_time now)
{
	if (op->flags & MSG_DONTWAIT || !sea_time_before(now, op->deadline)) {
		finish_moved(op, otherwise);
		return;
	}
	op->wait = mask | SEA_POLLERR | SEA_POLLHUP;
	op->result = otherwise;
}

/* -- messages: which pieces are left -- */

static void begin_message(struct sea_blocking *op, struct msghdr *msg)
{
	op->msg = msg;
	op->want = 0;
	for (size_t i = 0; i < msg->msg_iovlen; i++)
		op->want += msg->msg_iov[i].iov_len;
}

static void advance(struct sea_blocking *op, size_t n)
{
	op->moved += n;
	while (op->part_index < op->msg->msg_iovlen) {
		struct iovec *whole = &op->msg->msg_iov[op->part_index];

		if (!op->part.iov_base)
			op->part = *whole;
		if (n < op->part.iov_len)
			break;
		n -= op->part.iov_len;
		op->part.iov_base = NULL;
		op->part_index++;
	}
	if (n) {
		op->part.iov_base = (char *)op->part.iov_base + n;
		op->part.iov_len -= n;
	}
}

/* The message that the next try is for: at first all of it, then the bytes that are left. */
static struct msghdr *rest_of(struct sea_blocking *op)
{
	if (!op->moved)
		return op->msg;
	op->rest = (struct msghdr){ .msg_iov = &op->msg->msg_iov[op->part_index],
				    .msg_iovlen = op->msg->msg_iovlen - op->part_index };
	if (op->part.iov_base && op->part.iov_len != op->rest.msg_iov->iov_len) {
		op->rest.msg_iov = &op->part;
		op->rest.msg_iovlen = 1;
	}
	return &op->rest;
}

static bool is_stream(const struct sea_blocking *op)
{
	const struct sea_sock *sock = sock_of(op);

	return sock && sock->type == SOCK_STREAM;
}

/* -- receiving -- */

/* After this many bytes a receiver waits no longer. */
static size_t enough(const struct sea_blocking *op)
{
	const struct sea_sock *sock = sock_of(op);
	size_t low = sock && sock->rcvlowat > 0 ? (size_t)sock->rcvlowat : 1;

	if (!is_stream(op))
		return 0;
	if (op->flags & MSG_WAITALL)
		return op->want;
	return low < op->want ? low : op->want;
}

/* An error that arrived behind bytes is for the next call. */
static bool error_waits(const struct sea_blocking *op)
{
	const struct sea_sock *sock = sock_of(op);

	return op->moved && sock && sock->err;
}

static void recv_empty(struct sea_blocking *op, sea_time now)
{
	const struct sea_sock *sock = sock_of(op);

	if (op->flags & MSG_ERRQUEUE)
		finish(op, -EAGAIN);
	else if (!(op->flags & MSG_DONTWAIT) && sock && sock->shutdown & SEA_SOCK_SHUT_RD)
		finish_moved(op, 0);
	else
		wait_for(op, SEA_POLLIN, -EAGAIN, now);
}

/* What is only looked at stays: each try sees all of it. */
static void step_peek(struct sea_blocking *op, sea_time now)
{
	ssize_t n = sea_socket_recvmsg(op->stack, op->sock, op->msg, op->flags, now);

	if (n == -EAGAIN)
		recv_empty(op, now);
	else if (n > 0 && (size_t)n < enough(op))
		wait_for(op, SEA_POLLIN, n, now);
	else
		finish(op, n);
}

static void step_recv(struct sea_blocking *op, sea_time now)
{
	while (!op->done) {
		struct msghdr *msg = rest_of(op);
		ssize_t n;

		if (error_waits(op)) {
			finish_moved(op, 0);
			return;
		}
		n = sea_socket_recvmsg(op->stack, op->sock, msg, op->flags, now);
		if (n == -EAGAIN) {
			recv_empty(op, now);
			return;
		}
		if (n <= 0 || !is_stream(op)) {
			finish_moved(op, n);
			return;
		}
		advance(op, (size_t)n);
		if (op->moved >= enough(op))
			finish_moved(op, 0);
	}
}

/* -- sending -- */

/* Fast open (tcp(7)): the message began a connection, and who may wait waits until that is there. */
static bool is_opening(const struct sea_blocking *op)
{
	const struct sea_sock *sock = sock_of(op);

	return sock && sock->flags & SEA_SOCK_OPENING;
}

/* The attempt failed: what went with it is lost, too. */
static bool opening_failed(struct sea_blocking *op)
{
	struct sea_sock *sock = sock_of(op);

	if (!sock || !sock->err)
		return false;
	finish(op, -sea_sock_take_error(sock));
	return true;
}

/* Its first bytes will acknowledge the peer's SYN, which needs no segment of its own then. */
static void wait_for_room(struct sea_blocking *op, ssize_t otherwise, sea_time now)
{
	wait_for(op, SEA_POLLOUT, otherwise, now);
	if (!op->done && op->moved < op->want && sock_of(op))
		sock_of(op)->flags |= SEA_SOCK_WRITER_WAITS;
}

/* Do bytes stand behind the piece that was moved in part? */
static bool follows(const struct sea_blocking *op)
{
	return op->moved + op->part.iov_len < op->want;
}

static void step_send(struct sea_blocking *op, sea_time now)
{
	if (op->opening && opening_failed(op))
		return;
	op->opening &= is_opening(op);
	if (op->opening) {
		wait_for_room(op, -EINPROGRESS, now);
		return;
	}
	if (op->want && op->moved >= op->want) {
		finish_moved(op, 0);
		return;
	}
	while (!op->done) {
		struct msghdr *msg = rest_of(op);
		int flags;
		ssize_t n;

		if (error_waits(op)) {
			finish_moved(op, 0);
			return;
		}
		/* A piece that was cut is followed by the others, as within one call. */
		flags = op->flags |
			(msg == &op->rest && msg->msg_iov == &op->part && follows(op) ? MSG_MORE
										      : 0);
		n = sea_socket_sendmsg(op->stack, op->sock, msg, flags, now);
		if (n == -EAGAIN) {
			wait_for_room(op, -EAGAIN, now);
			return;
		}
		if ((n < 0 && n != -EINPROGRESS) || !is_stream(op)) {
			finish_moved(op, n);
			return;
		}
		op->flags &= ~MSG_FASTOPEN; /* it is for the first bytes */
		op->opening = is_opening(op);
		advance(op, n > 0 ? (size_t)n : 0);
		if (op->opening) {
			wait_for_room(op, -EINPROGRESS, now);
			return;
		}
		if (op->moved >= op->want)
			finish(op, (ssize_t)op->moved);
	}
}

/* -- the others -- */

static void step_accept(struct sea_blocking *op, sea_time now)
{
	int err = sea_socket_accept(op->stack, op->sock, op->addr, op->addrlen, &op->accepted, now);

	if (err == -EAGAIN)
		wait_for(op, SEA_POLLIN, -EAGAIN, now);
	else
		finish(op, err);
}

/*
 * The call that asks again is told how it ended, as one of a program that does not block would be; so
 * the next one is not. Linux keeps saying what it said at first (EINPROGRESS, EALREADY) when the time is
 * over.
 */
static void step_connect(struct sea_blocking *op, sea_time now)
{
	uint32_t ready = sea_socket_poll(op->stack, op->sock);
	int err = -EALREADY;

	if (ready & (SEA_POLLOUT | SEA_POLLERR | SEA_POLLHUP))
		err = sea_socket_connect(op->stack, op->sock, (struct sockaddr *)&op->to,
					 op->to_len, now);
	if (err == -EALREADY)
		wait_for(op, SEA_POLLOUT, op->result, now);
	else
		finish(op, err == -EISCONN ? 0 : err); /* another call was told first */
}

static void step_close(struct sea_blocking *op, sea_time now)
{
	bool over = sea_socket_poll(op->stack, op->sock) & SEA_POLLHUP;

	if (!over && sea_time_before(now, op->deadline))
		return;
	(void)sea_socket_close(op->stack, op->sock, now);
	finish(op, 0);
}

/* -- the door -- */

void sea_blocking_step(struct sea_blocking *op, sea_time now)
{
	if (op->done)
		return;
	switch (op->call) {
	case SEA_BLOCKING_CONNECT:
		step_connect(op, now);
		break;
	case SEA_BLOCKING_ACCEPT:
		step_accept(op, now);
		break;
	case SEA_BLOCKING_SENDMSG:
		step_send(op, now);
		break;
	case SEA_BLOCKING_RECVMSG:
		if (op->flags & MSG_PEEK)
			step_peek(op, now);
		else
			step_recv(op, now);
		break;
	case SEA_BLOCKING_CLOSE:
		step_close(op, now);
		break;
	}
}

void sea_blocking_interrupt(struct sea_blocking *op)
{
	if (op->done)
		return;
	if (op->call == SEA_BLOCKING_CLOSE) {
		(void)sea_socket_close(op->stack, op->sock, sea_stack_now(op->stack));
		finish(op, 0);
		return;
	}
	finish_moved(op, -EINTR);
}

void sea_blocking_connect(struct sea_blocking *op, struct sea_stack *stack, sea_socket sock,
			  const struct sockaddr *addr, socklen_t len, sea_time now)
{
	int err;

	begin(op, stack, sock, SEA_BLOCKING_CONNECT, 0, now);
	op->to_len = len < sizeof(op->to) ? len : (socklen_t)sizeof(op->to);
	err = sea_socket_connect(stack, sock, addr, len, now);
	if (!err || err == -EINPROGRESS || err == -EALREADY) /* then it could be read */
		memcpy(&op->to, addr, op->to_len);
	if (err == -EINPROGRESS || err == -EALREADY)
		wait_for(op, SEA_POLLOUT, err, now);
	else
		finish(op, err);
}

void sea_blocking_accept(struct sea_blocking *op, struct sea_stack *stack, sea_socket sock,
			 struct sockaddr *addr, socklen_t *len, sea_time now)
{
	begin(op, stack, sock, SEA_BLOCKING_ACCEPT, 0, now);
	op->addr = addr;
	op->addrlen = len;
	step_accept(op, now);
}

void sea_blocking_sendmsg(struct sea_blocking *op, struct sea_stack *stack, sea_socket sock,
			  const struct msghdr *msg, int flags, sea_time now)
{
	begin(op, stack, sock, SEA_BLOCKING_SENDMSG, flags, now);
	/* It is only read, but the machine has one field for messages both ways. */
	begin_message(op, (struct msghdr *)(uintptr_t)msg);
	step_send(op, now);
}

void sea_blocking_recvmsg(struct sea_blocking *op, struct sea_stack *stack, sea_socket sock,
			  struct msghdr *msg, int flags, sea_time now)
{
	begin(op, stack, sock, SEA_BLOCKING_RECVMSG, flags, now);
	begin_message(op, msg);
	sea_blocking_step(op, now);
}

void sea_blocking_close(struct sea_blocking *op, struct sea_stack *stack, sea_socket sock,
			sea_time now)
{
	int err;

	begin(op, stack, sock, SEA_BLOCKING_CLOSE, 0, now);
	err = sea_socket_close(stack, sock, now);
	if (err != -EWOULDBLOCK)
		finish(op, err);
	else if (!sea_time_before(now, op->deadline))
		step_close(op, now);
	else
		op->wait = SEA_POLLHUP | SEA_POLLERR;
}
