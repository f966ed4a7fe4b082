/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of epoll in sets of epoll, and in poll and select. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

static struct epoll_event got[8];

static int ctl(int ep, int op, int fd, unsigned int events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	return epoll_ctl(ep, op, fd, &event);
}

static int polled(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	return poll(&p, 1, 0) >= 0 ? p.revents : -1;
}

static void give(int fd)
{
	uint64_t one = 1;

	write(fd, &one, sizeof(one));
}

static void take(int fd)
{
	uint64_t one;

	read(fd, &one, sizeof(one));
}

static void levels(void)
{
	int outer = epoll_create1(0), inner = epoll_create1(0), fd = eventfd(0, EFD_NONBLOCK);
	struct timeval none = { 0 };
	fd_set set;

	section("epoll in epoll");
	SHOW(ctl(outer, EPOLL_CTL_ADD, inner, EPOLLIN | EPOLLOUT));
	SHOW(polled(inner));
	SHOW(epoll_wait(outer, got, 8, 0));
	SHOW(ctl(inner, EPOLL_CTL_ADD, fd, EPOLLIN));
	SHOW(epoll_wait(outer, got, 8, 0));
	give(fd);
	SHOW(polled(inner));
	SHOW(polled(outer));
	SHOW(epoll_wait(outer, got, 8, 0));
	SHOW(got[0].events);
	SHOW(epoll_wait(outer, got, 8, 0));
	FD_ZERO(&set);
	FD_SET(inner, &set);
	SHOW(select(inner + 1, &set, NULL, NULL, &none));
	SHOW(epoll_wait(inner, got, 8, 0));
	SHOW(epoll_wait(outer, got, 8, 0));
	take(fd);
	SHOW(epoll_wait(outer, got, 8, 0));
	SHOW(polled(outer));
	SHOW(ctl(inner, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLET));
	give(fd);
	SHOW(polled(outer));
	SHOW(epoll_wait(outer, got, 8, 0));
	SHOW(epoll_wait(inner, got, 8, 0));
	SHOW(polled(inner));
	SHOW(epoll_wait(outer, got, 8, 0));
	give(fd);
	SHOW(epoll_wait(outer, got, 8, 0));
	take(fd);
	SHOW(ctl(inner, EPOLL_CTL_MOD, fd, EPOLLIN));
	SHOW(ctl(outer, EPOLL_CTL_MOD, inner, EPOLLIN | EPOLLET));
	SHOW(epoll_wait(outer, got, 8, 0));
	give(fd);
	SHOW(epoll_wait(outer, got, 8, 0));
	SHOW(epoll_wait(outer, got, 8, 0));
	take(fd), give(fd);
	SHOW(epoll_wait(outer, got, 8, 0));
	SHOW(ctl(outer, EPOLL_CTL_MOD, inner, EPOLLIN | EPOLLONESHOT));
	SHOW(epoll_wait(outer, got, 8, 0));
	SHOW(epoll_wait(outer, got, 8, 0));
	SHOW(ctl(outer, EPOLL_CTL_MOD, inner, EPOLLIN));
	close(fd);
	SHOW(epoll_wait(outer, got, 8, 0));
	SHOW(close(inner));
	SHOW(epoll_wait(outer, got, 8, 0));
	SHOW(ctl(outer, EPOLL_CTL_DEL, inner, 0));
	close(outer);
}

static void loops(void)
{
	int a = epoll_create1(0), b = epoll_create1(0), c = epoll_create1(0), e[12],
	    fd = eventfd(0, 0);

	section("loops of epoll");
	SHOW(ctl(a, EPOLL_CTL_ADD, a, EPOLLIN));
	SHOW(ctl(a, EPOLL_CTL_MOD, a, EPOLLIN));
	SHOW(ctl(a, EPOLL_CTL_DEL, a, EPOLLIN));
	SHOW(ctl(a, EPOLL_CTL_ADD, b, EPOLLIN));
	SHOW(ctl(b, EPOLL_CTL_ADD, a, EPOLLIN));
	SHOW(ctl(b, EPOLL_CTL_ADD, c, EPOLLIN));
	SHOW(ctl(c, EPOLL_CTL_ADD, a, EPOLLIN));
	SHOW(ctl(a, EPOLL_CTL_ADD, c, EPOLLIN | EPOLLEXCLUSIVE));
	SHOW(ctl(a, EPOLL_CTL_ADD, c, EPOLLIN));
	SHOW(ctl(a, EPOLL_CTL_DEL, b, EPOLLIN));
	SHOW(ctl(b, EPOLL_CTL_ADD, a, EPOLLIN));
	close(a), close(b), close(c);
	section("depth of epoll");
	for (int i = 0; i < 12; i++)
		e[i] = epoll_create1(0);
	SHOW(ctl(e[0], EPOLL_CTL_ADD, fd, EPOLLIN));
	for (int i = 1; i < 8; i++)
		SHOW(ctl(e[i], EPOLL_CTL_ADD, e[i - 1], EPOLLIN));
	give(fd);
	for (int i = 0; i < 8; i++)
		SHOW(epoll_wait(e[i], got, 8, 0));
	SHOW(ctl(e[8], EPOLL_CTL_ADD, e[9], EPOLLIN));
	SHOW(ctl(e[9], EPOLL_CTL_ADD, e[10], EPOLLIN));
	SHOW(ctl(e[10], EPOLL_CTL_ADD, e[0], EPOLLIN));
	SHOW(ctl(e[10], EPOLL_CTL_ADD, e[1], EPOLLIN));
	SHOW(ctl(e[10], EPOLL_CTL_ADD, e[2], EPOLLIN));
	SHOW(ctl(e[10], EPOLL_CTL_ADD, e[3], EPOLLIN));
	for (int i = 8; i < 11; i++)
		SHOW(epoll_wait(e[i], got, 8, 0));
	for (int i = 0; i < 12; i++)
		close(e[i]);
	close(fd);
}

static int feed;

static void *feeder(void *arg)
{
	usleep(20000);
	give(feed);
	return arg;
}

/* One waits for what happens two sets below. */
static void waking(void)
{
	int a = epoll_create1(0), b = epoll_create1(0), c = epoll_create1(0);
	struct pollfd p = { .fd = a, .events = POLLIN };
	pthread_t thread;

	section("waiting for a set of epoll");
	feed = eventfd(0, 0);
	SHOW(ctl(c, EPOLL_CTL_ADD, feed, EPOLLIN));
	SHOW(ctl(b, EPOLL_CTL_ADD, c, EPOLLIN));
	SHOW(ctl(a, EPOLL_CTL_ADD, b, EPOLLIN));
	pthread_create(&thread, NULL, feeder, NULL);
	SHOW(epoll_wait(a, got, 8, -1));
	pthread_join(thread, NULL);
	take(feed);
	pthread_create(&thread, NULL, feeder, NULL);
	SHOW(poll(&p, 1, -1));
	SHOW(p.revents);
	pthread_join(thread, NULL);
	take(feed);
	SHOW(epoll_wait(a, got, 8, 1));
	/* What is two sets below is closed, and a set in the middle. */
	SHOW(close(feed));
	SHOW(epoll_wait(a, got, 8, 0));
	SHOW(close(b));
	SHOW(epoll_wait(a, got, 8, 0));
	close(a), close(c);
}

/* Of those that want a file to themselves at least one is told. */
static void exclusive(void)
{
	int a = epoll_create1(0), b = epoll_create1(0), fd = eventfd(0, EFD_NONBLOCK);

	section("EPOLLEXCLUSIVE");
	SHOW(ctl(a, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE));
	SHOW(ctl(b, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLWAKEUP));
	SHOW(ctl(a, EPOLL_CTL_MOD, fd, EPOLLIN));
	SHOW(ctl(a, EPOLL_CTL_DEL, fd, 0));
	SHOW(ctl(a, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLPRI));
	SHOW(ctl(a, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLRDHUP));
	SHOW(ctl(a, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLET));
	give(fd);
	SHOW(epoll_wait(a, got, 8, 0) + epoll_wait(b, got, 8, 0) > 0);
	close(a), close(b), close(fd);
}

/* A set in what is sent with a message, and a socket in the set. */
static void others(void)
{
	int a = epoll_create1(0), in = inotify_init1(IN_NONBLOCK), fds[2], n;

	section("epoll and other sets");
	SHOW(ctl(a, EPOLL_CTL_ADD, in, EPOLLIN));
	SHOW(inotify_add_watch(in, ".", IN_CREATE) > 0);
	SHOW(epoll_wait(a, got, 8, 0));
	close(open("n", O_CREAT | O_RDWR, 0600));
	SHOW(epoll_wait(a, got, 8, 0));
	unlink("n");
	close(in);
	SHOW(epoll_wait(a, got, 8, 0));
	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds);
	SHOW(ctl(a, EPOLL_CTL_ADD, fds[0], EPOLLIN | EPOLLET));
	SHOW(send(fds[1], "a", 1, 0));
	SHOW(epoll_wait(a, got, 8, 0));
	SHOW(epoll_wait(a, got, 8, 0));
	SHOW(send(fds[1], "a", 1, 0));
	SHOW(epoll_wait(a, got, 8, 0));
	close(fds[1]);
	SHOW(epoll_wait(a, got, 8, 0));
	SHOW(got[0].events);
	close(fds[0]), close(a);
	(void)n;
}

void conform_nested(void)
{
	levels();
	loops();
	waking();
	exclusive();
	others();
}
