/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

static char block[70000];

static int polled(int fd, short events)
{
	struct pollfd p = { fd, events, 0 };

	return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}

static void pipes(void)
{
	int fds[2], n = 0;

	section("pipe");
	SHOW(pipe((int *)8));
	SHOW(pipe2(fds, 0x12345));
	SHOW(pipe2(fds, O_NONBLOCK | O_CLOEXEC));
	SHOW(fcntl(fds[0], F_GETFD));
	SHOW(read(fds[0], block, 10));
	SHOW(polled(fds[0], POLLIN | POLLOUT));
	SHOW(polled(fds[1], POLLIN | POLLOUT));
	SHOW(write(fds[1], "hello", 5));
	SHOW(polled(fds[0], POLLIN));
	SHOW(ioctl(fds[0], FIONREAD, &n));
	SHOW(n);
	SHOW(read(fds[0], block, 3));
	SHOW(memcmp(block, "hel", 3));
	SHOW(lseek(fds[0], 0, SEEK_SET));
	SHOW(pread(fds[0], block, 1, 0));
	SHOW(read(fds[1], block, 1));
	SHOW(write(fds[0], block, 1));
	SHOW(write(fds[1], block, 4096));
	SHOW(read(fds[0], block, sizeof(block)));
	SHOW(write(fds[1], block, 65536));
	SHOW(write(fds[1], block, 1));
	SHOW(polled(fds[1], POLLOUT));
	SHOW(read(fds[0], block, 65536));
	SHOW(close(fds[1]));
	SHOW(read(fds[0], block, 10));
	SHOW(polled(fds[0], POLLIN));
	close(fds[0]);
	SHOW(pipe(fds));
	close(fds[0]);
	signal(SIGPIPE, SIG_IGN);
	SHOW(write(fds[1], "x", 1));
	SHOW(polled(fds[1], POLLOUT) & POLLERR);
	signal(SIGPIPE, SIG_DFL);
	close(fds[1]);
}

static void counters(void)
{
	uint64_t value = 5;
	int fd = eventfd(3, EFD_NONBLOCK), sem = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);

	section("eventfd");
	SHOW(write(fd, &value, 8));
	SHOW(read(fd, &value, 8));
	SHOW(value);
	SHOW(read(fd, &value, 8));
	SHOW(read(fd, &value, 4));
	SHOW(polled(fd, POLLIN | POLLOUT));
	value = UINT64_MAX;
	SHOW(write(fd, &value, 8));
	value = UINT64_MAX - 1;
	SHOW(write(fd, &value, 8));
	SHOW(write(fd, &value, 8));
	SHOW(polled(fd, POLLIN | POLLOUT));
	SHOW(read(sem, &value, 8));
	SHOW(value);
	SHOW(read(sem, &value, 8));
	SHOW(read(sem, &value, 8));
	SHOW(eventfd(0, 0x1234));
	close(fd), close(sem);
}

static void selects(void)
{
	struct timeval none = { 0, 0 }, bad = { -1, 0 };
	struct timespec soon = { 0, 1000000 };
	fd_set in, out;
	int fds[2];

	section("select");
	SHOW(pipe(fds));
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(fds[0], &in);
	FD_SET(fds[1], &out);
	SHOW(select(fds[1] + 1, &in, &out, NULL, &none));
	SHOW(FD_ISSET(fds[0], &in));
	SHOW(FD_ISSET(fds[1], &out));
	SHOW(write(fds[1], "x", 1));
	FD_SET(fds[0], &in);
	SHOW(pselect(fds[1] + 1, &in, &out, NULL, &soon, NULL));
	SHOW(select(0, NULL, NULL, NULL, &bad));
	SHOW(select(-1, NULL, NULL, NULL, &none));
	FD_ZERO(&in);
	FD_SET(500, &in);
	SHOW(select(501, &in, NULL, NULL, &none));
	SHOW(poll(NULL, 0, 1));
	SHOW(ppoll(NULL, 0, &soon, NULL));
	SHOW(poll((struct pollfd *)8, 1, 0));
	close(fds[0]), close(fds[1]);
}

void conform_pipes(void)
{
	pipes();
	counters();
	selects();
}
