/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a connection until it would block. A client may take 20 s for a head, and 60 s between any two
 * bytes that move; one that we have told to go has 2 s and 1 MiB to see it.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/http/conn.h"

#define HEAD_NS (20 * SEA_SEC)
#define STALL_NS (60 * SEA_SEC)
#define DRAIN_NS (2 * SEA_SEC)
#define DRAIN_MAX (1u << 20)

#define PIECES 16
/* So much of the receive queue is looked at for the end of a head at a time. */
#define LOOK_MAX 2048
/* So much of a file is read at a time. */
#define SEND_MAX (256u << 10)

static struct sea_stack *stack_of(const struct sea_http_conn *conn)
{
	return conn->server->listener.host->stack;
}

static void list_add(struct sea_http_conn **first, struct sea_http_conn *conn)
{
	conn->next = *first;
	conn->at = first;
	if (conn->next)
		conn->next->at = &conn->next;
	*first = conn;
}

static void list_del(struct sea_http_conn *conn)
{
	*conn->at = conn->next;
	if (conn->next)
		conn->next->at = conn->at;
}

/* 0: the head is whole, and nothing behind it was taken; -EAGAIN; -EMSGSIZE; -EPIPE at the end. */
static int read_head(struct sea_http_conn *conn, sea_time now)
{
	struct iovec iov[PIECES];
	size_t before = conn->head.len, from = before > 3 ? before - 3 : 0, end;
	int n = sea_socket_recv_peek(stack_of(conn), conn->watcher.sock, iov, PIECES, now), err;

	if (n <= 0)
		return n ? n : -EPIPE;
	for (int i = 0; i < n && conn->head.len < before + LOOK_MAX; i++) {
		size_t room = before + LOOK_MAX - conn->head.len;

		sea_text_add(&conn->head, iov[i].iov_base,
			     iov[i].iov_len < room ? iov[i].iov_len : room);
	}
	if (conn->head.failed)
		return -ENOMEM;
	end = sea_http_head_end(conn->head.at + from, conn->head.len - from);
	if (end)
		conn->head.len = from + end;
	err = sea_socket_recv_consume(stack_of(conn), conn->watcher.sock, conn->head.len - before,
				      now);
	if (err || end)
		return err;
	return conn->head.len > SEA_HTTP_HEAD_MAX ? -EMSGSIZE : 1;
}

/* Empty lines before a request line are skipped (RFC 9112 §2.2). */
static void skip_empty_lines(struct sea_http_conn *conn)
{
	size_t n = 0;

	while (n < conn->head.len && (conn->head.at[n] == '\r' || conn->head.at[n] == '\n'))
		n++;
	sea_text_shift(&conn->head, n);
}

static void answer(struct sea_http_conn *conn, int status)
{
	struct sea_http_request request;
	int wrong = sea_http_request_parse(conn->head.at, conn->head.len, &request);

	if (status)
		request.keep_alive = false;
	sea_http_response_make(&conn->response, conn->server->root, status ? status : wrong,
			       &request, time(NULL));
	sea_text_fini(&conn->head);
	conn->began = SEA_TIME_NEVER;
	conn->state = SEA_HTTP_CONN_SENDING;
}

static int step_reading(struct sea_http_conn *conn, sea_time now)
{
	int err = read_head(conn, now);

	if (err == -EMSGSIZE) {
		/* A request line that has no end is what is too long. */
		answer(conn, memchr(conn->head.at, '\n', conn->head.len) ? 431 : 414);
		return 1;
	}
	if (err < 0)
		return err;
	if (conn->head.len && sea_time_is_never(conn->began))
		conn->began = now;
	skip_empty_lines(conn);
	if (!err && conn->head.len)
		answer(conn, 0);
	return 1;
}

static int finish_answer(struct sea_http_conn *conn, sea_time now)
{
	bool keep_alive = conn->response.keep_alive;

	sea_http_response_fini(&conn->response);
	if (keep_alive) {
		conn->state = SEA_HTTP_CONN_READING;
		return 1;
	}
	conn->state = SEA_HTTP_CONN_DRAINING;
	sea_socket_shutdown(stack_of(conn), conn->watcher.sock, SHUT_WR, now);
	return 1;
}

static int step_sending(struct sea_http_conn *conn, sea_time now)
{
	uint64_t left = sea_http_response_left(&conn->response);
	struct iovec iov[PIECES];
	ssize_t filled;
	int n, err;

	if (conn->response.head.failed)
		return -ENOMEM;
	if (!left)
		return finish_answer(conn, now);
	n = sea_socket_send_reserve(stack_of(conn), conn->watcher.sock,
				    left < SEND_MAX ? (size_t)left : SEND_MAX, iov, PIECES, now);
	if (n < 0)
		return n;
	filled = sea_http_response_fill(&conn->response, iov, n);
	if (filled < 0)
		return (int)filled;
	left -= (uint64_t)filled;
	err = sea_socket_send_commit(stack_of(conn), conn->watcher.sock, (size_t)filled,
				     left ? MSG_MORE : 0, now);
	return err ? err : 1;
}

static int step_draining(struct sea_http_conn *conn, sea_time now)
{
	struct iovec iov[PIECES];
	size_t bytes = 0;
	int n = sea_socket_recv_peek(stack_of(conn), conn->watcher.sock, iov, PIECES, now), err;

	if (n <= 0)
		return n ? n : -EPIPE;
	for (int i = 0; i < n; i++)
		bytes += iov[i].iov_len;
	conn->drained += bytes;
	if (conn->drained > DRAIN_MAX)
		return -EMSGSIZE;
	err = sea_socket_recv_consume(stack_of(conn), conn->watcher.sock, bytes, now);
	return err ? err : 1;
}

static int step(struct sea_http_conn *conn, sea_time now)
{
	switch (conn->state) {
	case SEA_HTTP_CONN_READING:
		return step_reading(conn, now);
	case SEA_HTTP_CONN_SENDING:
		return step_sending(conn, now);
	case SEA_HTTP_CONN_DRAINING:
		return step_draining(conn, now);
	}
	return -EINVAL;
}

/* A promise of bytes that cannot be kept ends in a reset, which no client takes for the end. */
static void break_off(struct sea_http_conn *conn, sea_time now)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	int err = sea_socket_setsockopt(stack_of(conn), conn->watcher.sock, SOL_SOCKET, SO_LINGER,
					&at_once, sizeof(at_once), now);

	(void)err;
	sea_http_conn_close(conn, now);
}

static void ready(struct sea_watcher *watcher, uint32_t edge, sea_time now)
{
	struct sea_http_conn *conn = (struct sea_http_conn *)watcher;
	int n;

	(void)edge;
	conn->moved = now;
	do
		n = step(conn, now);
	while (n > 0);
	if (n == -EAGAIN)
		return;
	if (conn->state == SEA_HTTP_CONN_SENDING)
		break_off(conn, now);
	else
		sea_http_conn_close(conn, now);
}

static void end(struct sea_watcher *watcher, sea_time now)
{
	sea_http_conn_close((struct sea_http_conn *)watcher, now);
}

static const struct sea_watcher_ops ops = { .ready = ready, .end = end };

void sea_http_conn_open(struct sea_http_server *server, sea_socket sock, sea_time now)
{
	struct sea_host *host = server->listener.host;
	struct sea_http_conn *conn = calloc(1, sizeof(*conn));
	const int one = 1;

	/* Parts of an answer are held together by MSG_MORE; its end shall not wait. */
	if (!conn ||
	    sea_socket_setsockopt(host->stack, sock, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one),
				  now) ||
	    sea_host_watch(host, sock, &ops, &conn->watcher)) {
		sea_socket_close(host->stack, sock, now);
		free(conn);
		return;
	}
	conn->server = server;
	conn->moved = now;
	conn->began = SEA_TIME_NEVER;
	conn->response.content.fd = -1;
	list_add(&server->conns, conn);
}

void sea_http_conn_close(struct sea_http_conn *conn, sea_time now)
{
	list_del(conn);
	sea_http_response_fini(&conn->response);
	sea_text_fini(&conn->head);
	sea_host_unwatch(conn->server->listener.host, &conn->watcher, now);
	free(conn);
}

sea_time sea_http_conn_deadline(const struct sea_http_conn *conn)
{
	if (conn->state == SEA_HTTP_CONN_DRAINING)
		return sea_time_add(conn->moved, DRAIN_NS);
	return sea_time_min(sea_time_add(conn->moved, STALL_NS),
			    sea_time_add(conn->began, HEAD_NS));
}

void sea_http_conn_expire(struct sea_http_conn *conn, sea_time now)
{
	if (conn->state != SEA_HTTP_CONN_READING || !conn->head.len) {
		if (conn->state == SEA_HTTP_CONN_SENDING)
			break_off(conn, now);
		else
			sea_http_conn_close(conn, now);
		return;
	}
	answer(conn, 408);
	ready(&conn->watcher, 0, now);
}
