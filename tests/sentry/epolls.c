/* SPDX-License-Identifier: Apache-2.0 */
/* epoll: what it takes and refuses, levels, edges, one shot, and what becomes of closed files. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

static struct epoll_event got[8];

static int ctl(int ep, int op, int fd, unsigned int events)
{
	struct epoll_event event = { .events = events, .data.u64 = 0x100000000ull | (unsigned)fd };

	return epoll_ctl(ep, op, fd, &event);
}

/* The number of events, and all their bits together. */
#define WAITED(ep)                                    \
	do {                                          \
		int n_;                               \
		unsigned int all_ = 0;                \
		SHOW(n_ = epoll_wait(ep, got, 8, 0)); \
		for (int i_ = 0; i_ < n_; i_++)       \
			all_ |= got[i_].events;       \
		SHOW(all_);                           \
	} while (0)

static void creating(void)
{
	int ep;

	section("epoll_create");
	SHOW(epoll_create(0));
	SHOW(epoll_create(-1));
	SHOW(epoll_create1(1));
	SHOW(ep = epoll_create1(EPOLL_CLOEXEC));
	SHOW(fcntl(ep, F_GETFD));
	SHOW(close(ep));
	SHOW(ep = epoll_create(1));
	SHOW(fcntl(ep, F_GETFD));
	SHOW(read(ep, got, 8));
	SHOW(write(ep, got, 8));
	SHOW(close(ep));
}

static void refusing(int ep, const int *ends)
{
	int file = open(".", O_RDONLY), regular = open("e", O_RDWR | O_CREAT, 0600);

	section("epoll_ctl refuses");
	SHOW(ctl(99, EPOLL_CTL_ADD, ends[0], EPOLLIN));
	SHOW(ctl(ep, EPOLL_CTL_ADD, 99, EPOLLIN));
	SHOW(ctl(ends[0], EPOLL_CTL_ADD, ends[1], EPOLLIN));
	SHOW(ctl(ep, EPOLL_CTL_ADD, ep, EPOLLIN));
	SHOW(ctl(ep, EPOLL_CTL_ADD, file, EPOLLIN));
	SHOW(ctl(ep, EPOLL_CTL_ADD, regular, EPOLLIN));
	SHOW(ctl(ep, 7, ends[0], EPOLLIN));
	SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, ends[0], NULL));
	SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, ends[0], (void *)8));
	SHOW(ctl(ep, EPOLL_CTL_MOD, ends[0], EPOLLIN));
	SHOW(ctl(ep, EPOLL_CTL_DEL, ends[0], 0));
	SHOW(ctl(ep, EPOLL_CTL_ADD, ends[0], EPOLLIN));
	SHOW(ctl(ep, EPOLL_CTL_ADD, ends[0], EPOLLIN));
	SHOW(ctl(ep, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLEXCLUSIVE));
	SHOW(epoll_ctl(ep, EPOLL_CTL_DEL, ends[0], NULL));
	SHOW(ctl(ep, EPOLL_CTL_ADD, ends[0], EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT));
	SHOW(epoll_wait(ep, got, 0, 0));
	SHOW(epoll_wait(ep, got, -1, 0));
	SHOW(epoll_wait(99, got, 1, 0));
	SHOW(epoll_wait(ends[0], got, 1, 0));
	SHOW(epoll_wait(ep, NULL, 1, 0));
	SHOW(epoll_wait(ep, got, 1, 1));
	close(file);
	close(regular);
	unlink("e");
}

static void levels(int ep, const int *ends)
{
	section("epoll levels");
	SHOW(ctl(ep, EPOLL_CTL_ADD, ends[0], EPOLLIN));
	SHOW(ctl(ep, EPOLL_CTL_ADD, ends[1], EPOLLOUT));
	WAITED(ep);
	SHOW(got[0].data.u64 == (0x100000000ull | (unsigned)ends[1]));
	SHOW(write(ends[1], "ab", 2));
	WAITED(ep);
	WAITED(ep);
	SHOW(epoll_wait(ep, got, 1, 0));
	SHOW(ctl(ep, EPOLL_CTL_MOD, ends[1], 0));
	WAITED(ep);
	SHOW(read(ends[0], got, 8));
	WAITED(ep);
	SHOW(epoll_wait(ep, NULL, 1, 0));
	SHOW(ctl(ep, EPOLL_CTL_DEL, ends[1], 0));
	SHOW(ctl(ep, EPOLL_CTL_DEL, ends[0], 0));
	WAITED(ep);
}

static void edges(int ep, const int *ends)
{
	section("epoll edges");
	SHOW(ctl(ep, EPOLL_CTL_ADD, ends[0], EPOLLIN | EPOLLET));
	WAITED(ep);
	SHOW(write(ends[1], "a", 1));
	WAITED(ep);
	WAITED(ep);
	SHOW(write(ends[1], "b", 1));
	WAITED(ep);
	WAITED(ep);
	SHOW(ctl(ep, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLET));
	WAITED(ep);
	WAITED(ep);
	SHOW(read(ends[0], got, 8));
	SHOW(write(ends[1], "c", 1));
	WAITED(ep);
	SHOW(read(ends[0], got, 8));
	WAITED(ep);
	SHOW(ctl(ep, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLONESHOT));
	SHOW(write(ends[1], "d", 1));
	WAITED(ep);
	WAITED(ep);
	SHOW(write(ends[1], "e", 1));
	WAITED(ep);
	SHOW(ctl(ep, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLONESHOT));
	WAITED(ep);
	SHOW(read(ends[0], got, 8));
	SHOW(ctl(ep, EPOLL_CTL_DEL, ends[0], 0));
}

static void closing(int ep)
{
	int ends[2], again;

	section("epoll and close");
	SHOW(pipe(ends));
	SHOW(ctl(ep, EPOLL_CTL_ADD, ends[0], EPOLLIN));
	SHOW(write(ends[1], "a", 1));
	again = dup(ends[0]);
	SHOW(close(ends[0]));
	WAITED(ep); /* the open file is there still */
	SHOW(close(again));
	WAITED(ep);
	SHOW(close(ends[1]));
	SHOW(pipe(ends));
	SHOW(ctl(ep, EPOLL_CTL_ADD, ends[0], 0));
	SHOW(close(ends[1]));
	WAITED(ep);
	SHOW(close(ends[0]));
	SHOW(pipe(ends));
	SHOW(ctl(ep, EPOLL_CTL_ADD, ends[1], EPOLLIN));
	SHOW(close(ends[0]));
	WAITED(ep);
	SHOW(close(ends[1]));
	WAITED(ep);
}

static int set, feed;

static void *feeder(void *arg)
{
	const unsigned long one = 1;

	usleep(20000);
	if (arg)
		ctl(set, EPOLL_CTL_ADD, feed, EPOLLIN);
	else if (write(feed, &one, sizeof(one)) < 0)
		return NULL;
	return NULL;
}

static void waking(int ep)
{
	unsigned long value = 1;
	pthread_t thread;

	section("epoll_wait sleeps");
	SHOW(feed = eventfd(0, 0));
	set = ep;
	SHOW(ctl(ep, EPOLL_CTL_ADD, feed, EPOLLIN));
	pthread_create(&thread, NULL, feeder, NULL);
	SHOW(epoll_wait(ep, got, 8, -1));
	pthread_join(thread, NULL);
	SHOW(got[0].events);
	SHOW(ctl(ep, EPOLL_CTL_DEL, feed, 0));
	pthread_create(&thread, NULL, feeder, &ep);
	SHOW(epoll_wait(ep, got, 8, -1));
	pthread_join(thread, NULL);
	SHOW(read(feed, &value, 8));
	SHOW(epoll_wait(ep, got, 8, 5));
	SHOW(close(feed));
	SHOW(epoll_wait(ep, got, 8, 0));
}

static void caught(int sig)
{
}

static void interrupting(int ep)
{
	struct sigaction action = { .sa_handler = caught, .sa_flags = SA_RESTART };
	const struct itimerval soon = { { 0, 20000 }, { 0, 20000 } }, off = { { 0 } };
	const struct timespec ms = { 0, 1000000 }, wrong = { 0, -1 };
	sigset_t none, alarm;

	section("epoll_wait is interrupted");
	sigemptyset(&none);
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	SHOW(epoll_wait(ep, got, 8, -1));
	sigprocmask(SIG_BLOCK, &alarm, NULL);
	SHOW(epoll_pwait(ep, got, 8, -1, &none));
	setitimer(ITIMER_REAL, &off, NULL);
	sigprocmask(SIG_UNBLOCK, &alarm, NULL);
	SHOW(epoll_pwait(ep, got, 8, 1, &alarm));
	SHOW(epoll_pwait2(ep, got, 8, &ms, NULL));
	SHOW(epoll_pwait2(ep, got, 8, &wrong, NULL));
	signal(SIGALRM, SIG_DFL);
}

static void timers(int ep)
{
	struct itimerspec its = { { 0, 0 }, { 0, 5000000 } }, left, off = { { 0 } };
	unsigned long n = 0;
	int fd;

	section("timerfd");
	SHOW(timerfd_create(77, 0));
	SHOW(timerfd_create(CLOCK_MONOTONIC, 1));
	SHOW(fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
	SHOW(fcntl(fd, F_GETFD));
	SHOW(read(fd, &n, 8));
	SHOW(read(fd, &n, 4));
	SHOW(write(fd, &n, 8));
	SHOW(timerfd_gettime(fd, &left));
	SHOW(left.it_value.tv_nsec);
	SHOW(timerfd_settime(ep, 0, &its, NULL));
	SHOW(timerfd_settime(99, 0, &its, NULL));
	SHOW(timerfd_settime(fd, 8, &its, NULL));
	SHOW(timerfd_settime(fd, 0, NULL, NULL));
	its.it_value.tv_nsec = 1000000000;
	SHOW(timerfd_settime(fd, 0, &its, NULL));
	its.it_value.tv_nsec = 5000000;
	SHOW(ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN));
	SHOW(timerfd_settime(fd, 0, &its, &left));
	SHOW(left.it_value.tv_nsec);
	SHOW(epoll_wait(ep, got, 8, -1));
	SHOW(read(fd, &n, 8));
	SHOW(n);
	SHOW(read(fd, &n, 8));
	its.it_interval.tv_nsec = 2000000;
	SHOW(timerfd_settime(fd, 0, &its, NULL));
	usleep(20000);
	SHOW(read(fd, &n, 8));
	SHOW(n > 3);
	SHOW(timerfd_gettime(fd, &left));
	SHOW(left.it_interval.tv_nsec);
	SHOW(left.it_value.tv_sec);
	SHOW(timerfd_settime(fd, 0, &off, NULL));
	SHOW(read(fd, &n, 8));
	its = (struct itimerspec){ { 0, 0 }, { 1, 0 } };
	SHOW(timerfd_settime(fd, TFD_TIMER_ABSTIME, &its, NULL));
	SHOW(epoll_wait(ep, got, 8, -1));
	SHOW(read(fd, &n, 8));
	SHOW(n);
	SHOW(close(fd));
	SHOW(epoll_wait(ep, got, 8, 0));
}

void conform_epoll(void)
{
	int ep, ends[2];

	creating();
	SHOW(ep = epoll_create1(0));
	SHOW(pipe(ends));
	refusing(ep, ends);
	levels(ep, ends);
	edges(ep, ends);
	closing(ep);
	waking(ep);
	timers(ep);
	interrupting(ep);
	close(ep);
	close(ends[0]);
	close(ends[1]);
}
