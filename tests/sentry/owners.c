/* SPDX-License-Identifier: Apache-2.0 */
/* Signals from open files: F_SETOWN, F_SETSIG, O_ASYNC. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sockios.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

static sigset_t ours;
static siginfo_t info;
static char block[300000];

/* What came: the signal, or 0. */
static int came(void)
{
	const struct timespec now = { 0 };

	memset(&info, 0, sizeof(info));
	return sigtimedwait(&ours, &info, &now) < 0 ? errno = 0, 0 : info.si_signo;
}

static void told(int fd)
{
	SHOW(came());
	SHOW(info.si_code);
	if (info.si_signo >= SIGRTMIN) {
		SHOW(info.si_band);
		SHOW(info.si_fd == fd);
	}
	while (came())
		continue;
}

static void owners(int fd)
{
	struct f_owner_ex ex = { 7, 7 };
	int who = 77;

	section("owners of files");
	SHOW(fcntl(fd, F_GETOWN));
	SHOW(fcntl(fd, F_GETOWN_EX, &ex));
	SHOW(ex.type);
	SHOW(ex.pid);
	SHOW(fcntl(fd, F_GETSIG));
	SHOW(fcntl(fd, F_SETSIG, 65));
	SHOW(fcntl(fd, F_SETSIG, -1));
	SHOW(fcntl(fd, F_SETSIG, 64));
	SHOW(fcntl(fd, F_GETSIG));
	SHOW(fcntl(fd, F_SETSIG, 0));
	SHOW(fcntl(fd, F_SETOWN, getpid()));
	SHOW(fcntl(fd, F_GETOWN) == getpid());
	SHOW(fcntl(fd, F_GETOWN_EX, &ex));
	SHOW(ex.type);
	SHOW(ex.pid == getpid());
	SHOW(fcntl(fd, F_SETOWN, -getpgrp()));
	SHOW(fcntl(fd, F_GETOWN) == -getpgrp());
	SHOW(fcntl(fd, F_GETOWN_EX, &ex));
	SHOW(ex.type);
	SHOW(ex.pid == getpgrp());
	SHOW(fcntl(fd, F_SETOWN, INT_MIN));
	SHOW(fcntl(fd, F_SETOWN, 4000000));
	SHOW(fcntl(fd, F_SETOWN, -4000000));
	ex = (struct f_owner_ex){ F_OWNER_TID, gettid() };
	SHOW(fcntl(fd, F_SETOWN_EX, &ex));
	SHOW(fcntl(fd, F_GETOWN) == gettid());
	ex.type = 3;
	SHOW(fcntl(fd, F_SETOWN_EX, &ex));
	ex = (struct f_owner_ex){ F_OWNER_PID, 4000000 };
	SHOW(fcntl(fd, F_SETOWN_EX, &ex));
	SHOW(fcntl(fd, F_SETOWN_EX, (void *)8l));
	SHOW(fcntl(fd, F_GETOWN_EX, (void *)8l));
	SHOW(ioctl(fd, FIOGETOWN, &who));
	SHOW(who == 77 || who == gettid());
	who = getpid();
	SHOW(ioctl(fd, SIOCSPGRP, &who));
	SHOW(fcntl(fd, F_SETOWN, 0));
	SHOW(fcntl(fd, F_GETOWN));
	SHOW(fcntl(99, F_SETOWN, 0));
}

static void pipes(int sig)
{
	int fds[2];

	section("signals of pipes");
	pipe(fds);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	fcntl(fds[0], F_SETSIG, sig);
	SHOW(fcntl(fds[0], F_SETFL, O_ASYNC));
	SHOW(fcntl(fds[0], F_GETFL));
	SHOW(write(fds[1], "a", 1));
	told(fds[0]); /* nobody owns it */
	fcntl(fds[0], F_SETOWN, getpid());
	SHOW(write(fds[1], "abcde", 5));
	told(fds[0]);
	fcntl(fds[1], F_SETOWN, getpid());
	fcntl(fds[1], F_SETSIG, sig);
	SHOW(fcntl(fds[1], F_SETFL, O_ASYNC | O_NONBLOCK));
	SHOW(read(fds[0], block, 2));
	told(fds[1]);
	while (write(fds[1], block, sizeof(block)) > 0)
		continue;
	told(fds[0]);
	SHOW(read(fds[0], block, sizeof(block)) > 4096);
	told(fds[1]);
	SHOW(fcntl(fds[0], F_SETFL, 0));
	SHOW(write(fds[1], "a", 1));
	told(fds[0]);
	close(fds[0]);
	told(fds[1]);
	close(fds[1]);
	pipe(fds);
	fcntl(fds[0], F_SETSIG, sig);
	fcntl(fds[0], F_SETOWN, getpid());
	fcntl(fds[0], F_SETFL, O_ASYNC);
	SHOW(dup2(fds[0], 50));
	SHOW(fcntl(50, F_GETFL));
	SHOW(write(fds[1], "a", 1));
	told(fds[0]);
	close(fds[0]);
	SHOW(write(fds[1], "a", 1));
	told(fds[0]);
	close(fds[1]);
	told(fds[0]);
	close(50);
}

static void sockets(int type, int sig)
{
	int fds[2], n = 1;

	socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, fds);
	for (int i = 0; i < 2; i++) {
		fcntl(fds[i], F_SETSIG, sig);
		fcntl(fds[i], F_SETOWN, getpid());
	}
	SHOW(ioctl(fds[0], FIOASYNC, &n));
	SHOW(fcntl(fds[1], F_SETFL, O_ASYNC | O_NONBLOCK));
	SHOW(fcntl(fds[0], F_GETFL));
	SHOW(write(fds[0], "a", 1));
	told(fds[1]);
	SHOW(read(fds[1], block, 1));
	told(fds[0]);
	while (write(fds[0], block, 9999) > 0)
		continue;
	told(fds[1]);
	while (read(fds[1], block, sizeof(block)) > 0)
		continue;
	told(fds[0]);
	SHOW(shutdown(fds[0], SHUT_WR));
	told(fds[1]);
	SHOW(shutdown(fds[1], SHUT_WR));
	told(fds[0]);
	close(fds[0]);
	told(fds[1]);
	close(fds[1]);
}

static void others(int sig)
{
	int set = inotify_init1(IN_NONBLOCK), master, slave, count = eventfd(0, 0), on = 1;
	struct termios modes;

	section("signals of other files");
	SHOW(fcntl(count, F_SETFL, O_ASYNC));
	SHOW(fcntl(count, F_GETFL));
	SHOW(ioctl(count, FIOASYNC, &on));
	SHOW(ioctl(count, FIOASYNC, (int *)8l));
	SHOW(ioctl(count, FIOGETOWN, &on));
	close(count);
	inotify_add_watch(set, ".", IN_CREATE);
	fcntl(set, F_SETSIG, sig);
	fcntl(set, F_SETOWN, getpid());
	SHOW(fcntl(set, F_SETFL, O_ASYNC | O_NONBLOCK));
	close(creat("created", 0600));
	told(set);
	unlink("created");
	close(set);
	SHOW(openpty(&master, &slave, NULL, NULL, NULL));
	fcntl(slave, F_SETSIG, sig);
	SHOW(fcntl(slave, F_GETOWN));
	SHOW(fcntl(slave, F_SETFL, O_ASYNC));
	SHOW(fcntl(slave, F_GETOWN) == getpid());
	SHOW(write(master, "half", 4));
	SHOW(fcntl(slave, F_GETFL) & O_ASYNC);
	SHOW(write(master, "line\n", 5));
	poll(&(struct pollfd){ .fd = slave, .events = POLLIN }, 1, 30000);
	told(slave);
	close(slave), close(master);
}

/* A process, a group, and a thread. */
static void whom(void)
{
	struct f_owner_ex ex = { F_OWNER_TID, gettid() };
	int fds[2], status;
	pid_t pid;

	section("who gets signals of a file");
	pipe(fds);
	fcntl(fds[0], F_SETFL, O_ASYNC);
	SHOW(fcntl(fds[0], F_SETOWN_EX, &ex));
	write(fds[1], "a", 1);
	told(fds[0]);
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		fcntl(fds[0], F_SETOWN, -getpid());
		write(fds[1], "a", 1);
		_exit(sigwaitinfo(&ours, &info) != SIGIO);
	}
	SHOW(waitpid(pid, &status, 0) == pid);
	SHOW(status);
	told(fds[0]);
	SHOW(fcntl(fds[0], F_GETOWN));
	pid = fork();
	if (!pid) {
		sigprocmask(SIG_UNBLOCK, &ours, NULL);
		fcntl(fds[0], F_SETOWN, getpid());
		write(fds[1], "a", 1);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	SHOW(status);
	close(fds[0]), close(fds[1]);
}

void conform_owners(void)
{
	sigset_t old;
	int fds[2];

	sigemptyset(&ours);
	sigaddset(&ours, SIGIO);
	sigaddset(&ours, SIGURG);
	sigaddset(&ours, SIGRTMIN + 3);
	sigprocmask(SIG_BLOCK, &ours, &old);
	signal(SIGPIPE, SIG_IGN);
	pipe(fds);
	owners(fds[0]);
	close(fds[0]), close(fds[1]);
	socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
	owners(fds[0]);
	close(fds[0]), close(fds[1]);
	owners(open(".", O_RDONLY));
	SHOW(fcntl(open(".", O_PATH), F_SETOWN, 0));
	SHOW(fcntl(fds[0] + 1, F_GETSIG));
	close(fds[0]), close(fds[0] + 1);
	pipes(0);
	pipes(SIGRTMIN + 3);
	section("signals of sockets");
	sockets(SOCK_STREAM, SIGRTMIN + 3);
	sockets(SOCK_STREAM, 0);
	section("signals of datagrams");
	sockets(SOCK_DGRAM, SIGRTMIN + 3);
	others(SIGRTMIN + 3);
	whom();
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &old, NULL);
}
