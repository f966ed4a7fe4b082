/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A socket is read only while its datagrams can go on: what does not fit waits in its queue, and is
 * lost there, as UDP may lose it, when that is full. The kernel tells that it is full only when it is
 * given a datagram, so that one waits here.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tests/netns/relay.h"

/* One answer of the server; false when there is none, or no room for it. */
static bool answer_one(struct relay_udp_flow *flow, sea_time now)
{
	static uint8_t bytes[65536];
	struct relay_udp *relay = flow->relay;
	struct iovec iov = { bytes, sizeof(bytes) };
	const struct msghdr msg = {
		.msg_name = &flow->peer.addr,
		.msg_namelen = flow->peer.len,
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t n;

	if (!(sea_socket_poll(relay->host->stack, relay->watcher.sock) & SEA_POLLOUT))
		return false;
	n = recv(flow->fd, bytes, sizeof(bytes), 0);
	/* Any other error is one that ICMP brought. */
	if (n < 0)
		return errno != EAGAIN;
	iov.iov_len = (size_t)n;
	n = sea_socket_sendmsg(relay->host->stack, relay->watcher.sock, &msg, 0, now);
	(void)n; /* what it refuses is lost, and the refusal counted by the stack */
	return true;
}

static void kernel_ready(void *arg, uint32_t events, sea_time now);

static void close_flow(struct relay_udp_flow *flow)
{
	struct relay_udp *relay = flow->relay;

	if (relay->waiting == flow)
		relay->waiting = NULL;
	if (flow->fd < 0)
		return;
	sea_driver_del_fd(relay->host->driver, flow->fd);
	close(flow->fd);
	flow->fd = -1;
}

static int open_flow(struct relay_udp_flow *flow, const struct relay_udp_peer *peer)
{
	const struct sockaddr_in *server = &flow->relay->server;
	int err;

	close_flow(flow);
	flow->peer = *peer;
	flow->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (flow->fd < 0)
		return -errno;
	err = connect(flow->fd, (const struct sockaddr *)server, sizeof(*server)) ? -errno : 0;
	if (!err)
		err = sea_driver_add_fd(flow->relay->host->driver, flow->fd,
					EPOLLIN | EPOLLOUT | EPOLLET, kernel_ready, flow);
	if (err)
		close_flow(flow);
	return err;
}

static bool same_peer(const struct relay_udp_peer *a, const struct relay_udp_peer *b)
{
	return a->len == b->len && memcmp(&a->addr, &b->addr, a->len) == 0;
}

/* The peer's flow; NULL when the kernel has no socket for it. */
static struct relay_udp_flow *find_flow(struct relay_udp *relay, const struct relay_udp_peer *peer)
{
	struct relay_udp_flow *oldest = &relay->flows[0], *flow = relay->flows;

	for (; flow < relay->flows + RELAY_UDP_FLOWS; flow++) {
		if (flow->fd >= 0 && same_peer(&flow->peer, peer))
			return flow;
		if (flow->used < oldest->used)
			oldest = flow;
	}
	return open_flow(oldest, peer) ? NULL : oldest;
}

/* Reads the datagram that is to be sent next; false when none came. */
static bool take_one(struct relay_udp *relay, sea_time now)
{
	struct relay_udp_peer peer = { 0 };
	struct iovec iov = { relay->waiting_bytes, sizeof(relay->waiting_bytes) };
	struct msghdr msg = {
		.msg_name = &peer.addr,
		.msg_namelen = sizeof(peer.addr),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t n = sea_socket_recvmsg(relay->host->stack, relay->watcher.sock, &msg, 0, now);

	if (n < 0)
		return n != -EAGAIN;
	peer.len = msg.msg_namelen;
	relay->waiting = find_flow(relay, &peer);
	relay->waiting_len = (size_t)n;
	if (relay->waiting)
		relay->waiting->used = ++relay->datagrams;
	return true;
}

/* False when the kernel will not take it now. Refused, as ICMP may have asked for, it is lost. */
static bool give_one(struct relay_udp *relay)
{
	if (relay->waiting &&
	    send(relay->waiting->fd, relay->waiting_bytes, relay->waiting_len, 0) < 0 &&
	    errno == EAGAIN)
		return false;
	relay->waiting = NULL;
	return true;
}

static void move_up(struct relay_udp *relay, sea_time now)
{
	while (give_one(relay) && take_one(relay, now))
		;
}

static void move_down(struct relay_udp_flow *flow, sea_time now)
{
	while (answer_one(flow, now))
		;
}

static void kernel_ready(void *arg, uint32_t events, sea_time now)
{
	struct relay_udp_flow *flow = arg;

	move_down(flow, now);
	if (events & EPOLLOUT)
		move_up(flow->relay, now);
}

static void stack_ready(struct sea_watcher *watcher, uint32_t edge, sea_time now)
{
	struct relay_udp *relay = (struct relay_udp *)watcher;

	move_up(relay, now);
	if (!(edge & SEA_POLLOUT))
		return;
	for (unsigned i = 0; i < RELAY_UDP_FLOWS; i++)
		if (relay->flows[i].fd >= 0)
			move_down(&relay->flows[i], now);
}

static void end(struct sea_watcher *watcher, sea_time now)
{
	struct relay_udp *relay = (struct relay_udp *)watcher;

	for (unsigned i = 0; i < RELAY_UDP_FLOWS; i++)
		close_flow(&relay->flows[i]);
	sea_host_unwatch(relay->host, watcher, now);
}

static const struct sea_watcher_ops ops = { .ready = stack_ready, .end = end };

int relay_udp_open(struct relay_udp *relay, struct sea_host *host, uint16_t port,
		   const struct sockaddr_in *server)
{
	sea_time now = sea_os_now();
	sea_socket sock;
	int err = sea_listener_bind(host, SOCK_DGRAM, port, &sock, now);

	if (err)
		return err;
	relay->host = host;
	relay->server = *server;
	for (unsigned i = 0; i < RELAY_UDP_FLOWS; i++)
		relay->flows[i] = (struct relay_udp_flow){ .relay = relay, .fd = -1 };
	err = sea_host_watch(host, sock, &ops, &relay->watcher);
	if (err)
		sea_socket_close(host->stack, sock, now);
	return err;
}
