/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each service is one step that is repeated until it would block: bytes wait in the socket's queues,
 * never here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/service/stream.h"

#define PIECES 16
#define BOUNCE_MAX 65536

/* RFC 864's pattern: 95 printable characters, turned by one each line of 72. */
#define LINE 74
#define PATTERN (95 * LINE)

struct sea_stream_flow {
	struct sea_watcher watcher;
	struct sea_stream_service *service;
	bool input_ended;
	uint64_t sent; /* chargen: where in the pattern */
};

static int consume_all(struct sea_stack *stack, sea_socket sock, const struct iovec *iov, int n,
		       sea_time now)
{
	size_t bytes = 0;
	int err;

	for (int i = 0; i < n; i++)
		bytes += iov[i].iov_len;
	err = sea_socket_recv_consume(stack, sock, bytes, now);
	return err ? err : 1;
}

static int discard_step(struct sea_stack *stack, struct sea_stream_flow *flow, sea_time now)
{
	struct iovec iov[PIECES];
	int n = sea_socket_recv_peek(stack, flow->watcher.sock, iov, PIECES, now);

	return n > 0 ? consume_all(stack, flow->watcher.sock, iov, n, now) : n;
}

static size_t gather(const struct iovec *iov, int n, char *to, size_t room)
{
	size_t len = 0;

	for (int i = 0; i < n && len < room; i++) {
		size_t part = iov[i].iov_len < room - len ? iov[i].iov_len : room - len;

		memcpy(to + len, iov[i].iov_base, part);
		len += part;
	}
	return len;
}

/* A lent piece ends with the next call on its socket, which sending is: hence the copy. */
static int echo_step(struct sea_stack *stack, struct sea_stream_flow *flow, sea_time now)
{
	static char bounce[BOUNCE_MAX];
	struct iovec iov[PIECES], out = { .iov_base = bounce };
	const struct msghdr msg = { .msg_iov = &out, .msg_iovlen = 1 };
	int n = sea_socket_recv_peek(stack, flow->watcher.sock, iov, PIECES, now);
	ssize_t sent;
	int err;

	if (n <= 0)
		return n;
	out.iov_len = gather(iov, n, bounce, sizeof(bounce));
	sent = sea_socket_sendmsg(stack, flow->watcher.sock, &msg, MSG_NOSIGNAL, now);
	if (sent <= 0)
		return sent ? (int)sent : -EAGAIN;
	err = sea_socket_recv_consume(stack, flow->watcher.sock, (size_t)sent, now);
	return err ? err : 1;
}

static const char *pattern(void)
{
	static char text[PATTERN];

	for (unsigned line = 0; !text[PATTERN - 1] && line < 95; line++) {
		char *to = text + line * LINE;

		for (unsigned i = 0; i < LINE - 2; i++)
			to[i] = (char)(' ' + (line + i) % 95);
		to[LINE - 2] = '\r';
		to[LINE - 1] = '\n';
	}
	return text;
}

static size_t fill(const struct iovec *iov, int n, uint64_t from)
{
	const char *text = pattern();
	size_t len = 0;

	for (int i = 0; i < n; i++) {
		char *to = iov[i].iov_base;

		for (size_t left = iov[i].iov_len, part; left; left -= part, to += part) {
			size_t at = (size_t)((from + len) % PATTERN);

			part = PATTERN - at < left ? PATTERN - at : left;
			memcpy(to, text + at, part);
			len += part;
		}
	}
	return len;
}

static int chargen_step(struct sea_stack *stack, struct sea_stream_flow *flow, sea_time now)
{
	sea_socket sock = flow->watcher.sock;
	struct iovec iov[PIECES];
	size_t len;
	int n, err;

	/* What comes in is read, so that the peer's closing is seen behind it. */
	while (!flow->input_ended && (n = discard_step(stack, flow, now)) != -EAGAIN) {
		if (n < 0)
			return n;
		flow->input_ended = !n;
	}
	n = sea_socket_send_reserve(stack, sock, BOUNCE_MAX, iov, PIECES, now);
	if (n < 0)
		return n;
	len = fill(iov, n, flow->sent);
	err = sea_socket_send_commit(stack, sock, len, 0, now);
	flow->sent += len;
	return err ? err : 1;
}

static void end(struct sea_watcher *watcher, sea_time now)
{
	struct sea_stream_flow *flow = (struct sea_stream_flow *)watcher;

	sea_host_unwatch(flow->service->listener.host, watcher, now);
	free(flow);
}

static void ready(struct sea_watcher *watcher, uint32_t edge, sea_time now)
{
	struct sea_stream_flow *flow = (struct sea_stream_flow *)watcher;
	struct sea_stack *stack = flow->service->listener.host->stack;
	int n;

	(void)edge;
	do
		n = flow->service->step(stack, flow, now);
	while (n > 0);
	if (n != -EAGAIN)
		end(watcher, now);
}

static const struct sea_watcher_ops ops = { .ready = ready, .end = end };

static void accepted(void *arg, sea_socket sock, sea_time now)
{
	struct sea_stream_service *service = arg;
	struct sea_host *host = service->listener.host;
	struct sea_stream_flow *flow = calloc(1, sizeof(*flow));

	if (!flow || sea_host_watch(host, sock, &ops, &flow->watcher)) {
		sea_socket_close(host->stack, sock, now);
		free(flow);
		return;
	}
	flow->service = service;
}

int sea_stream_service_open(struct sea_stream_service *service, struct sea_host *host,
			    const struct sea_service_spec *spec)
{
	static sea_stream_step *const steps[] = {
		[SEA_SERVICE_ECHO] = echo_step,
		[SEA_SERVICE_DISCARD] = discard_step,
		[SEA_SERVICE_CHARGEN] = chargen_step,
	};

	service->step = steps[spec->kind];
	return sea_listener_open(&service->listener, host, spec->port, accepted, service);
}
