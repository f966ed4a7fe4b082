// SPDX-License-Identifier: Apache-2.0
/* The calls of packetdrill's table, with our descriptors for its. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "packetimpact/judge/plugin.h"

/* An argument of whatever type, as the word that a call takes. */
#define W(x) ((uint64_t)(uintptr_t)(x))
#define CALL(...) CALL_(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define CALL_(nr, a, b, c, d, e, f, ...) \
	sea_pd_call(SEA_DUT_##nr, W(a), W(b), W(c), W(d), W(e), W(f))
/* Descriptors are signed words. */
#define FD(fd) ((uint64_t)(int64_t)sea_pd_device_fd(fd))

static int pd_socket(void *me, int domain, int type, int protocol)
{
	(void)me;
	return sea_pd_fd_new(CALL(socket, domain, type, protocol));
}

static int pd_bind(void *me, int fd, const struct sockaddr *addr, socklen_t len)
{
	(void)me;
	return (int)CALL(bind, FD(fd), addr, len);
}

static int pd_listen(void *me, int fd, int backlog)
{
	(void)me;
	return (int)CALL(listen, FD(fd), backlog);
}

static int pd_accept(void *me, int fd, struct sockaddr *addr, socklen_t *len)
{
	(void)me;
	return sea_pd_fd_new(CALL(accept, FD(fd), addr, len));
}

static int pd_connect(void *me, int fd, const struct sockaddr *addr, socklen_t len)
{
	(void)me;
	return (int)CALL(connect, FD(fd), addr, len);
}

/* Files that packetdrill has opened itself are the machine's. */
static ssize_t pd_read(void *me, int fd, void *buf, size_t len)
{
	(void)me;
	return sea_pd_device_fd(fd) < 0 ? read(fd, buf, len) : CALL(read, FD(fd), buf, len);
}

static ssize_t pd_readv(void *me, int fd, const struct iovec *iov, int n)
{
	(void)me;
	return sea_pd_device_fd(fd) < 0 ? readv(fd, iov, n) : CALL(readv, FD(fd), iov, n);
}

static ssize_t pd_recv(void *me, int fd, void *buf, size_t len, int flags)
{
	(void)me;
	return CALL(recv, FD(fd), buf, len, flags);
}

static ssize_t pd_recvfrom(void *me, int fd, void *buf, size_t len, int flags,
			   struct sockaddr *addr, socklen_t *addr_len)
{
	(void)me;
	return CALL(recvfrom, FD(fd), buf, len, flags, addr, addr_len);
}

static ssize_t pd_recvmsg(void *me, int fd, struct msghdr *msg, int flags)
{
	(void)me;
	return CALL(recvmsg, FD(fd), msg, flags);
}

static ssize_t pd_write(void *me, int fd, const void *buf, size_t len)
{
	(void)me;
	return CALL(write, FD(fd), buf, len);
}

static ssize_t pd_writev(void *me, int fd, const struct iovec *iov, int n)
{
	(void)me;
	return CALL(writev, FD(fd), iov, n);
}

static ssize_t pd_send(void *me, int fd, const void *buf, size_t len, int flags)
{
	(void)me;
	return CALL(send, FD(fd), buf, len, flags);
}

static ssize_t pd_sendto(void *me, int fd, const void *buf, size_t len, int flags,
			 const struct sockaddr *addr, socklen_t addr_len)
{
	(void)me;
	return CALL(sendto, FD(fd), buf, len, flags, addr, addr_len);
}

static ssize_t pd_sendmsg(void *me, int fd, const struct msghdr *msg, int flags)
{
	(void)me;
	return CALL(sendmsg, FD(fd), msg, flags);
}

static int pd_fcntl(void *me, int fd, int cmd, ...)
{
	va_list args;
	long arg;

	(void)me;
	va_start(args, cmd);
	arg = va_arg(args, long);
	va_end(args);
	return (int)CALL(fcntl, FD(fd), cmd, arg);
}

static int pd_ioctl(void *me, int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	(void)me;
	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	return (int)CALL(ioctl, FD(fd), request, arg);
}

static int pd_close(void *me, int fd)
{
	(void)me;
	return close(fd);
}

static int pd_shutdown(void *me, int fd, int how)
{
	(void)me;
	return (int)CALL(shutdown, FD(fd), how);
}

static int pd_getsockopt(void *me, int fd, int level, int name, void *val, socklen_t *len)
{
	(void)me;
	return (int)CALL(getsockopt, FD(fd), level, name, val, len);
}

static int pd_setsockopt(void *me, int fd, int level, int name, const void *val, socklen_t len)
{
	(void)me;
	return (int)CALL(setsockopt, FD(fd), level, name, val, len);
}

static int pd_poll(void *me, struct pollfd *fds, nfds_t n, int timeout_ms)
{
	struct pollfd *ours = calloc(n + 1, sizeof(*ours));
	long result;

	(void)me;
	if (!ours) {
		errno = ENOMEM;
		return -1;
	}
	for (nfds_t i = 0; i < n; i++) {
		ours[i] = fds[i];
		ours[i].fd = sea_pd_device_fd(fds[i].fd);
	}
	result = CALL(poll, ours, n, timeout_ms);
	for (nfds_t i = 0; i < n; i++)
		fds[i].revents = ours[i].revents;
	free(ours);
	return (int)result;
}

static int pd_epoll_create(void *me, int size)
{
	(void)me;
	return sea_pd_fd_new(CALL(epoll_create, size));
}

static int pd_epoll_ctl(void *me, int epfd, int what, int fd, struct epoll_event *event)
{
	(void)me;
	return (int)CALL(epoll_ctl, FD(epfd), what, FD(fd), event);
}

static int pd_epoll_wait(void *me, int epfd, struct epoll_event *events, int max, int timeout_ms)
{
	(void)me;
	return (int)CALL(epoll_wait, FD(epfd), events, max, timeout_ms);
}

static int pd_pipe(void *me, int fds[2])
{
	int ours[2];

	(void)me;
	if (CALL(pipe, ours))
		return -1;
	fds[0] = sea_pd_fd_new(ours[0]);
	fds[1] = sea_pd_fd_new(ours[1]);
	return fds[0] < 0 || fds[1] < 0 ? -1 : 0;
}

static int pd_splice(void *me, int in, loff_t *in_off, int out, loff_t *out_off, size_t len,
		     unsigned flags)
{
	(void)me;
	/* Here packetdrill hands over where its argument is, not the argument. */
	return (int)CALL(splice, FD(in), *in_off, FD(out), *out_off, len, flags);
}

void sea_pd_fill_calls(struct sea_pd_table *table)
{
	table->socket = pd_socket;
	table->bind = pd_bind;
	table->listen = pd_listen;
	table->accept = pd_accept;
	table->connect = pd_connect;
	table->read = pd_read;
	table->readv = pd_readv;
	table->recv = pd_recv;
	table->recvfrom = pd_recvfrom;
	table->recvmsg = pd_recvmsg;
	table->write = pd_write;
	table->writev = pd_writev;
	table->send = pd_send;
	table->sendto = pd_sendto;
	table->sendmsg = pd_sendmsg;
	table->fcntl = pd_fcntl;
	table->ioctl = pd_ioctl;
	table->close = pd_close;
	table->shutdown = pd_shutdown;
	table->getsockopt = pd_getsockopt;
	table->setsockopt = pd_setsockopt;
	table->poll = pd_poll;
	table->epoll_create = pd_epoll_create;
	table->epoll_ctl = pd_epoll_ctl;
	table->epoll_wait = pd_epoll_wait;
	table->pipe = pd_pipe;
	table->splice = pd_splice;
}
