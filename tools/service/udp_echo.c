/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A datagram from an echo port is not answered: two echoes would play with it for ever. One that does
 * not fit into the send queue is lost, as UDP may lose it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

#include "tools/service/listener.h"
#include "tools/service/udp_echo.h"

#define ECHO_PORT 7

/* One datagram; false when none waits. */
static bool echo_one(struct sea_udp_echo *echo, sea_time now)
{
	static char datagram[65536];
	struct sea_stack *stack = echo->host->stack;
	struct sockaddr_in peer;
	struct iovec iov = { .iov_base = datagram, .iov_len = sizeof(datagram) };
	struct msghdr msg = {
		.msg_name = &peer,
		.msg_namelen = sizeof(peer),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t n = sea_socket_recvmsg(stack, echo->watcher.sock, &msg, 0, now);
	uint16_t port = ntohs(peer.sin_port);

	/* Any other error is one that ICMP brought for an earlier answer. */
	if (n < 0)
		return n != -EAGAIN;
	if (port == echo->port || port == ECHO_PORT)
		return true;
	iov.iov_len = (size_t)n;
	msg.msg_control = NULL;
	msg.msg_controllen = 0;
	n = sea_socket_sendmsg(stack, echo->watcher.sock, &msg, 0, now);
	(void)n;
	return true;
}

static void ready(struct sea_watcher *watcher, uint32_t edge, sea_time now)
{
	struct sea_udp_echo *echo = (struct sea_udp_echo *)watcher;

	(void)edge;
	while (echo_one(echo, now))
		;
}

static void end(struct sea_watcher *watcher, sea_time now)
{
	struct sea_udp_echo *echo = (struct sea_udp_echo *)watcher;

	sea_host_unwatch(echo->host, watcher, now);
}

static const struct sea_watcher_ops ops = { .ready = ready, .end = end };

int sea_udp_echo_open(struct sea_udp_echo *echo, struct sea_host *host, uint16_t port)
{
	sea_time now = sea_os_now();
	sea_socket sock;
	int err = sea_listener_bind(host, SOCK_DGRAM, port, &sock, now);

	if (err)
		return err;
	*echo = (struct sea_udp_echo){ .host = host, .port = port };
	err = sea_host_watch(host, sock, &ops, &echo->watcher);
	if (err)
		sea_socket_close(host->stack, sock, now);
	return err;
}
