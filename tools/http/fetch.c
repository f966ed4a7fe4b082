/* SPDX-License-Identifier: Apache-2.0 */
/* Connects, asks, reads the head, writes the body: each state goes on until it would block. */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <seastack/version.h>

#include "tools/cli/say.h"
#include "tools/http/fetch.h"
#include "tools/http/request.h"

#define REDIRECTS_MAX 5
#define PIECES 16
#define LOOK_MAX 2048

static int fail(struct sea_fetch *fetch, const char *what, int err)
{
	char host[SEA_URL_HOST_MAX];

	sea_say("%s %s: %s", what, sea_url_host(fetch->url, host), sea_say_errno(err));
	return -ECANCELED;
}

static void make_request(struct sea_fetch *fetch)
{
	char host[SEA_URL_HOST_MAX];

	sea_text_fini(&fetch->text);
	sea_text_printf(&fetch->text,
			"GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: seastack/%s\r\n"
			"Accept: */*\r\nConnection: close\r\n\r\n",
			fetch->url->target, sea_url_host(fetch->url, host), sea_version());
}

/* Each step: 1 to go on, -EAGAIN to wait, 0 when the file is there, -ECANCELED when it was said. */
static int step_connecting(struct sea_fetch *fetch, sea_time now)
{
	struct sea_stack *stack = fetch->host->stack;
	uint32_t mask = sea_socket_poll(stack, fetch->watcher.sock);
	int err = 0;
	socklen_t len = sizeof(err);

	if (!(mask & (SEA_POLLOUT | SEA_POLLERR | SEA_POLLHUP)))
		return -EAGAIN;
	if (sea_socket_getsockopt(stack, fetch->watcher.sock, SOL_SOCKET, SO_ERROR, &err, &len,
				  now) ||
	    err)
		return fail(fetch, "cannot connect to", err ? err : ENOTCONN);
	make_request(fetch);
	fetch->state = SEA_FETCH_SENDING;
	return 1;
}

static int step_sending(struct sea_fetch *fetch, sea_time now)
{
	struct iovec iov = { fetch->text.at, fetch->text.len };
	const struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (fetch->text.failed)
		return fail(fetch, "cannot ask", ENOMEM);
	n = sea_socket_sendmsg(fetch->host->stack, fetch->watcher.sock, &msg, MSG_NOSIGNAL, now);
	if (n == -EAGAIN)
		return -EAGAIN;
	if (n < 0)
		return fail(fetch, "cannot ask", (int)n);
	sea_text_shift(&fetch->text, (size_t)n);
	if (fetch->text.len)
		return 1;
	sea_text_fini(&fetch->text);
	fetch->state = SEA_FETCH_HEAD;
	return 1;
}

static int reconnect(struct sea_fetch *fetch, sea_time now);

static int follow(struct sea_fetch *fetch, sea_time now)
{
	char location[SEA_URL_MAX];
	const char *wrong;

	if (++fetch->redirects > REDIRECTS_MAX) {
		sea_say("the server sends us on and on: more than %d redirects", REDIRECTS_MAX);
		return -ECANCELED;
	}
	snprintf(location, sizeof(location), "%.*s", (int)fetch->reply.location.len,
		 fetch->reply.location.at);
	wrong = sea_url_follow(fetch->url, location);
	if (wrong) {
		sea_say("the server sends us on to '%s', but %s", location, wrong);
		return -ECANCELED;
	}
	sea_host_unwatch(fetch->host, &fetch->watcher, now);
	return reconnect(fetch, now);
}

static int take_head(struct sea_fetch *fetch, sea_time now)
{
	int err;

	if (!sea_http_reply_parse(fetch->text.at, fetch->text.len, &fetch->reply)) {
		sea_say("the server does not answer as a web server does");
		return -ECANCELED;
	}
	/* "100 Continue" and its like come before the answer. */
	if (fetch->reply.status < 200) {
		sea_text_fini(&fetch->text);
		return 1;
	}
	if (fetch->reply.status / 100 == 3 && fetch->reply.location.at)
		return follow(fetch, now);
	if (fetch->reply.status != 200) {
		sea_say("the server has no %s for us: status %d", fetch->url->target,
			fetch->reply.status);
		return -ECANCELED;
	}
	err = sea_download_open(&fetch->download, fetch->path);
	if (err) {
		sea_say("cannot write %s: %s", fetch->path, sea_say_errno(err));
		return -ECANCELED;
	}
	sea_http_body_init(&fetch->body, &fetch->reply, false);
	sea_text_fini(&fetch->text);
	fetch->state = SEA_FETCH_BODY;
	return fetch->body.done ? 0 : 1;
}

static int step_head(struct sea_fetch *fetch, sea_time now)
{
	struct sea_stack *stack = fetch->host->stack;
	struct iovec iov[1];
	size_t before = fetch->text.len, end, part;
	int n = sea_socket_recv_peek(stack, fetch->watcher.sock, iov, 1, now), err;

	if (n == -EAGAIN)
		return n;
	if (n < 0)
		return fail(fetch, "no answer from", n);
	if (!n || before > SEA_HTTP_HEAD_MAX) {
		sea_say("the server %s",
			n ? "sends a head without end" : "closes without an answer");
		return -ECANCELED;
	}
	part = iov->iov_len < LOOK_MAX ? iov->iov_len : LOOK_MAX;
	sea_text_add(&fetch->text, iov->iov_base, part);
	if (fetch->text.failed)
		return fail(fetch, "no answer from", ENOMEM);
	end = sea_http_head_end(fetch->text.at, fetch->text.len);
	if (end)
		fetch->text.len = end;
	err = sea_socket_recv_consume(stack, fetch->watcher.sock, fetch->text.len - before, now);
	if (err)
		return fail(fetch, "no answer from", err);
	return end ? take_head(fetch, now) : 1;
}

/* Writes what is of the body in one piece; 0 or -ECANCELED. */
static int take_piece(struct sea_fetch *fetch, const struct iovec *piece, size_t *used)
{
	const char *from = piece->iov_base, *data;
	size_t left = piece->iov_len, data_len;

	while (left && !fetch->body.done) {
		long n = sea_http_body_next(&fetch->body, from, left, &data, &data_len);
		int err = n < 0 ? 0 : sea_download_write(&fetch->download, data, data_len);

		if (n < 0)
			sea_say("the server's chunks make no sense");
		if (err)
			sea_say("cannot write %s: %s", fetch->path, sea_say_errno(err));
		if (n < 0 || err)
			return -ECANCELED;
		from += n;
		left -= (size_t)n;
	}
	*used += piece->iov_len - left;
	return 0;
}

static int body_ended(struct sea_fetch *fetch)
{
	if (sea_http_body_may_close(&fetch->body))
		return 0;
	sea_say("the server closes in the middle of the file, after %" PRIu64 " bytes",
		fetch->download.written);
	return -ECANCELED;
}

static int step_body(struct sea_fetch *fetch, sea_time now)
{
	struct sea_stack *stack = fetch->host->stack;
	struct iovec iov[PIECES];
	size_t used = 0;
	int n = sea_socket_recv_peek(stack, fetch->watcher.sock, iov, PIECES, now), err;

	if (n == -EAGAIN)
		return n;
	if (n < 0)
		return fail(fetch, "lost the connection to", n);
	if (!n)
		return body_ended(fetch);
	for (int i = 0; i < n; i++) {
		err = take_piece(fetch, &iov[i], &used);
		if (err)
			return err;
	}
	err = sea_socket_recv_consume(stack, fetch->watcher.sock, used, now);
	if (err)
		return fail(fetch, "lost the connection to", err);
	return fetch->body.done ? 0 : 1;
}

static int step(struct sea_fetch *fetch, sea_time now)
{
	switch (fetch->state) {
	case SEA_FETCH_CONNECTING:
		return step_connecting(fetch, now);
	case SEA_FETCH_SENDING:
		return step_sending(fetch, now);
	case SEA_FETCH_HEAD:
		return step_head(fetch, now);
	case SEA_FETCH_BODY:
		return step_body(fetch, now);
	}
	return -EINVAL;
}

static void ready(struct sea_watcher *watcher, uint32_t edge, sea_time now)
{
	struct sea_fetch *fetch = (struct sea_fetch *)watcher;
	int n;

	(void)edge;
	fetch->moved = now;
	do
		n = step(fetch, now);
	while (n > 0);
	if (n == -EAGAIN)
		return;
	if (!n) {
		n = sea_download_finish(&fetch->download);
		if (n)
			sea_say("cannot write %s: %s", fetch->path, sea_say_errno(n));
	}
	sea_host_unwatch(fetch->host, watcher, now);
	sea_host_stop(fetch->host, n ? SEA_EXIT_FAILED : SEA_EXIT_OK);
}

static void end(struct sea_watcher *watcher, sea_time now)
{
	struct sea_fetch *fetch = (struct sea_fetch *)watcher;

	sea_host_unwatch(fetch->host, watcher, now);
}

static const struct sea_watcher_ops ops = { .ready = ready, .end = end };

static int reconnect(struct sea_fetch *fetch, sea_time now)
{
	struct sea_stack *stack = fetch->host->stack;
	const struct sea_url *url = fetch->url;
	struct sockaddr_storage to;
	socklen_t len;
	sea_socket sock;
	int err = sea_peer_sockaddr(&url->host, stack, url->port, &to, &len);

	sea_text_fini(&fetch->text);
	fetch->state = SEA_FETCH_CONNECTING;
	if (!err)
		err = sea_socket_new(stack, to.ss_family, SOCK_STREAM, 0, &sock, now);
	if (err)
		return fail(fetch, "cannot connect to", err);
	err = sea_socket_connect(stack, sock, (struct sockaddr *)&to, len, now);
	if (err == -EINPROGRESS)
		err = 0;
	if (!err)
		err = sea_host_watch(fetch->host, sock, &ops, &fetch->watcher);
	if (!err)
		return -EAGAIN;
	sea_socket_close(stack, sock, now);
	return fail(fetch, "cannot connect to", err);
}

void sea_fetch_start(struct sea_fetch *fetch, struct sea_host *host, struct sea_url *url,
		     const char *path)
{
	sea_time now = sea_os_now();

	*fetch = (struct sea_fetch){ .host = host, .url = url, .path = path };
	fetch->download.fd = -1;
	fetch->began = fetch->moved = now;
	if (reconnect(fetch, now) != -EAGAIN)
		sea_host_stop(host, SEA_EXIT_FAILED);
}

void sea_fetch_fini(struct sea_fetch *fetch)
{
	sea_text_fini(&fetch->text);
	if (fetch->download.path)
		sea_download_abandon(&fetch->download);
}
