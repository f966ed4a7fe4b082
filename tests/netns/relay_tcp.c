/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes wait in the two sockets' queues, never here: they are read from one straight into the memory
 * that the other lends. A direction whose writer is full is not read, and so its sender is slowed
 * down. Both sockets tell edges, so each event moves all that can move.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/netns/relay.h"

#define PIECES 16
#define HELPING (256u << 10)

struct flow {
	struct sea_watcher watcher; /* first */
	struct relay_tcp *relay;
	int fd;
	bool connected;
	bool up_ended, down_ended; /* towards the server; from it */
};

/* Moves a helping: > 0, 0 at the end of the stream, or -errno. */
typedef int flow_step(struct flow *flow, struct sea_stack *stack, sea_time now);

static int step_up(struct flow *flow, struct sea_stack *stack, sea_time now)
{
	struct iovec iov[PIECES];
	int n = sea_socket_recv_peek(stack, flow->watcher.sock, iov, PIECES, now), err;
	ssize_t sent;

	if (n <= 0)
		return n;
	sent = writev(flow->fd, iov, n);
	if (sent < 0)
		return -errno;
	err = sea_socket_recv_consume(stack, flow->watcher.sock, (size_t)sent, now);
	return err ? err : 1;
}

static int step_down(struct flow *flow, struct sea_stack *stack, sea_time now)
{
	struct iovec iov[PIECES];
	int n = sea_socket_send_reserve(stack, flow->watcher.sock, HELPING, iov, PIECES, now), err;
	ssize_t got;

	if (n < 0)
		return n;
	got = readv(flow->fd, iov, n);
	if (got <= 0)
		return got ? -errno : 0;
	err = sea_socket_send_commit(stack, flow->watcher.sock, (size_t)got, 0, now);
	return err ? err : 1;
}

/* Until the one end is empty, which ends the direction if its stream does, or the other full. */
static int move(struct flow *flow, flow_step *step, bool *ended, sea_time now)
{
	int n = *ended ? -EAGAIN : 1;

	while (n > 0)
		n = step(flow, flow->relay->listener.host->stack, now);
	if (n == 0)
		*ended = true;
	return n == -EAGAIN ? 1 : n;
}

static int move_up(struct flow *flow, sea_time now)
{
	int n = move(flow, step_up, &flow->up_ended, now);

	return n == 0 && shutdown(flow->fd, SHUT_WR) ? -errno : n;
}

static int move_down(struct flow *flow, sea_time now)
{
	struct sea_stack *stack = flow->relay->listener.host->stack;
	int n = move(flow, step_down, &flow->down_ended, now);

	return n == 0 ? sea_socket_shutdown(stack, flow->watcher.sock, SHUT_WR, now) : n;
}

static void close_flow(struct flow *flow, sea_time now)
{
	struct sea_host *host = flow->relay->listener.host;

	sea_driver_del_fd(host->driver, flow->fd);
	close(flow->fd);
	sea_host_unwatch(host, &flow->watcher, now);
	free(flow);
}

/* Both peers are to see that it did not end in order. */
static void reset_flow(struct flow *flow, sea_time now)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	struct sea_stack *stack = flow->relay->listener.host->stack;
	int err = sea_socket_setsockopt(stack, flow->watcher.sock, SOL_SOCKET, SO_LINGER, &at_once,
					sizeof(at_once), now);

	(void)err; /* one that is reset already needs no more */
	setsockopt(flow->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close_flow(flow, now);
}

static void move_both(struct flow *flow, sea_time now)
{
	if (!flow->connected)
		return;
	if (move_up(flow, now) < 0 || move_down(flow, now) < 0)
		reset_flow(flow, now);
	else if (flow->up_ended && flow->down_ended)
		close_flow(flow, now);
}

static void kernel_ready(void *arg, uint32_t events, sea_time now)
{
	struct flow *flow = arg;

	if (events & EPOLLERR) {
		reset_flow(flow, now);
		return;
	}
	flow->connected |= (events & EPOLLOUT) != 0;
	move_both(flow, now);
}

static void stack_ready(struct sea_watcher *watcher, uint32_t edge, sea_time now)
{
	struct flow *flow = (struct flow *)watcher;

	if (edge & SEA_POLLERR)
		reset_flow(flow, now);
	else
		move_both(flow, now);
}

static void end(struct sea_watcher *watcher, sea_time now)
{
	reset_flow((struct flow *)watcher, now);
}

static const struct sea_watcher_ops ops = { .ready = stack_ready, .end = end };

static int connect_server(const struct sockaddr_in *server)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)server, sizeof(*server)) &&
	    errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

static void refuse(struct flow *flow, struct sea_host *host, sea_socket sock, sea_time now)
{
	if (flow && flow->fd >= 0)
		close(flow->fd);
	free(flow);
	sea_socket_close(host->stack, sock, now);
}

static void accepted(void *arg, sea_socket sock, sea_time now)
{
	const uint32_t events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
	struct relay_tcp *relay = arg;
	struct sea_host *host = relay->listener.host;
	struct flow *flow = calloc(1, sizeof(*flow));

	if (!flow) {
		refuse(NULL, host, sock, now);
		return;
	}
	*flow = (struct flow){ .relay = relay, .fd = connect_server(&relay->server) };
	if (flow->fd < 0 || sea_host_watch(host, sock, &ops, &flow->watcher)) {
		refuse(flow, host, sock, now);
		return;
	}
	if (sea_driver_add_fd(host->driver, flow->fd, events, kernel_ready, flow))
		reset_flow(flow, now);
}

int relay_tcp_open(struct relay_tcp *relay, struct sea_host *host, uint16_t port,
		   const struct sockaddr_in *server)
{
	relay->server = *server;
	return sea_listener_open(&relay->listener, host, port, accepted, relay);
}
