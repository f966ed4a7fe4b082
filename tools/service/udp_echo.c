/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A datagram from an echo port is not answered: two echoes would play with it for ever. One that does
 * not fit into the send queue is lost, as UDP may lose it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdalign.h>
#include <string.h>

#include "tools/service/listener.h"
#include "tools/service/udp_echo.h"

#define ECHO_PORT 7

/* Room for what tells of both families where a datagram came to. */
#define WHERE_MAX (CMSG_SPACE(sizeof(struct in_pktinfo)) + CMSG_SPACE(sizeof(struct in6_pktinfo)))

static const struct cmsghdr *find(const struct msghdr *msg, int level, int type)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR((struct msghdr *)msg, c)) {
		if (c->cmsg_level == level && c->cmsg_type == type)
			return c;
	}
	return NULL;
}

/*
 * The answer comes from the address that was asked, for a host has several; not so where that is a
 * group. For a datagram of IPv4, IP_PKTINFO says which it is even where it was a broadcast.
 */
static size_t answer_from(const struct msghdr *asked, char where[WHERE_MAX])
{
	const struct cmsghdr *c = find(asked, IPPROTO_IP, IP_PKTINFO);
	struct in6_pktinfo info;

	if (!c)
		c = find(asked, IPPROTO_IPV6, IPV6_PKTINFO);
	if (!c)
		return 0;
	if (c->cmsg_level == IPPROTO_IPV6) {
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		if (IN6_IS_ADDR_MULTICAST(&info.ipi6_addr))
			return 0;
	}
	memcpy(where, c, c->cmsg_len);
	return CMSG_ALIGN(c->cmsg_len);
}

static uint16_t port_of(const struct sockaddr_storage *peer)
{
	if (peer->ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)peer)->sin6_port);
	return ntohs(((const struct sockaddr_in *)peer)->sin_port);
}

/* One datagram; false when none waits. */
static bool echo_one(struct sea_udp_echo *echo, sea_time now)
{
	static char datagram[65536];
	struct sea_stack *stack = echo->host->stack;
	struct sockaddr_storage peer;
	alignas(struct cmsghdr) char asked[WHERE_MAX], where[WHERE_MAX];
	struct iovec iov = { .iov_base = datagram, .iov_len = sizeof(datagram) };
	struct msghdr msg = {
		.msg_name = &peer,
		.msg_namelen = sizeof(peer),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = asked,
		.msg_controllen = sizeof(asked),
	};
	ssize_t n = sea_socket_recvmsg(stack, echo->watcher.sock, &msg, 0, now);
	uint16_t port;

	/* Any other error is one that ICMP brought for an earlier answer. */
	if (n < 0)
		return n != -EAGAIN;
	port = port_of(&peer);
	if (port == echo->port || port == ECHO_PORT)
		return true;
	iov.iov_len = (size_t)n;
	msg.msg_controllen = answer_from(&msg, where);
	msg.msg_control = where;
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

/* A host has several addresses, and the answer comes from the one that was asked. */
static int ask_where(struct sea_udp_echo *echo, sea_socket sock, sea_time now)
{
	struct sea_stack *stack = echo->host->stack;
	const int one = 1;
	int err = sea_socket_setsockopt(stack, sock, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one,
					sizeof(one), now);

	/* An IPv4 socket, where there is no IPv6. */
	if (err == -ENOPROTOOPT)
		err = 0;
	if (!err)
		err = sea_socket_setsockopt(stack, sock, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one),
					    now);
	return err;
}

int sea_udp_echo_open(struct sea_udp_echo *echo, struct sea_host *host, uint16_t port)
{
	sea_time now = sea_os_now();
	sea_socket sock;
	int err = sea_listener_bind(host, SOCK_DGRAM, port, &sock, now);

	if (err)
		return err;
	*echo = (struct sea_udp_echo){ .host = host, .port = port };
	err = ask_where(echo, sock, now);
	if (!err)
		err = sea_host_watch(host, sock, &ops, &echo->watcher);
	if (err)
		sea_socket_close(host->stack, sock, now);
	return err;
}
