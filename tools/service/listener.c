/* SPDX-License-Identifier: Apache-2.0 */
/* Accepts until nobody is left: an edge comes once however many connections wait. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

#include "tools/service/listener.h"

#define BACKLOG 4096

static void ready(struct sea_watcher *watcher, uint32_t edge, sea_time now)
{
	struct sea_listener *listener = (struct sea_listener *)watcher;
	struct sea_stack *stack = listener->host->stack;
	sea_socket sock;

	(void)edge;
	while (!sea_socket_accept(stack, watcher->sock, NULL, NULL, &sock, now))
		listener->accepted(listener->arg, sock, now);
}

static void end(struct sea_watcher *watcher, sea_time now)
{
	struct sea_listener *listener = (struct sea_listener *)watcher;

	sea_host_unwatch(listener->host, watcher, now);
}

static const struct sea_watcher_ops ops = { .ready = ready, .end = end };

static int bind_any(struct sea_host *host, int family, int type, uint16_t port, sea_socket *sock,
		    sea_time now)
{
	const struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
	const struct sockaddr_in6 any6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	const struct sockaddr *to = (const struct sockaddr *)&any;
	socklen_t len = sizeof(any);
	int err = sea_socket_new(host->stack, family, type, 0, sock, now);

	if (err)
		return err;
	if (family == AF_INET6) {
		to = (const struct sockaddr *)&any6;
		len = sizeof(any6);
	}
	err = sea_socket_bind(host->stack, *sock, to, len, now);
	if (err)
		sea_socket_close(host->stack, *sock, now);
	return err;
}

/* One socket for both families, where both are there. */
int sea_listener_bind(struct sea_host *host, int type, uint16_t port, sea_socket *sock,
		      sea_time now)
{
	int err = bind_any(host, AF_INET6, type, port, sock, now);

	return err == -EAFNOSUPPORT ? bind_any(host, AF_INET, type, port, sock, now) : err;
}

int sea_listener_open(struct sea_listener *listener, struct sea_host *host, uint16_t port,
		      sea_listener_fn *accepted, void *arg)
{
	sea_time now = sea_os_now();
	sea_socket sock;
	int err = sea_listener_bind(host, SOCK_STREAM, port, &sock, now);

	if (err)
		return err;
	*listener = (struct sea_listener){ .host = host, .accepted = accepted, .arg = arg };
	err = sea_socket_listen(host->stack, sock, BACKLOG, now);
	if (!err)
		err = sea_host_watch(host, sock, &ops, &listener->watcher);
	if (err)
		sea_socket_close(host->stack, sock, now);
	return err;
}
