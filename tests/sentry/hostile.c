/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that means harm: random system calls with random arguments, from children that die of it
 * and from one that does not. Arguments: a seed, and how many children.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLS 150
#define FILES 24

static uint64_t state;
static char *area;

static uint64_t draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static uint64_t draw_arg(void)
{
	static const uint64_t odd[] = { 0,
					1,
					2,
					3,
					8,
					4095,
					4096,
					65536,
					0x7fffffff,
					0x80000000,
					0xffffffff,
					0x7fffffffe000,
					0x7fffffffffff,
					1ull << 47,
					1ull << 63,
					~0ull,
					~0ull - 4095,
					0x400000,
					0x6161000000000001, /* names of sockets */
					0x0000000061610001,
					(uint64_t)-100 };

	switch (draw() % 6) {
	case 0:
		return odd[draw() % (sizeof(odd) / sizeof(odd[0]))];
	case 1:
		return draw() % 64;
	case 2:
		return draw();
	case 3:
		return (uint64_t)(uintptr_t)area + draw() % 16384;
	case 4:
		return draw() % FILES;
	}
	return (uint64_t)(uintptr_t)area;
}

/* What would end the test, or its machine's patience, and not the sentry. */
static int unwanted(long nr)
{
	return nr == SYS_kill || nr == SYS_tkill || nr == SYS_tgkill || nr == SYS_pause ||
	       nr == SYS_exit || nr == SYS_exit_group || nr == SYS_rt_sigsuspend ||
	       nr == SYS_wait4 || nr == SYS_waitid || nr == SYS_nanosleep ||
	       nr == SYS_clock_nanosleep || nr == SYS_poll || nr == SYS_ppoll || nr == SYS_select ||
	       nr == SYS_pselect6 || nr == SYS_rt_sigtimedwait || nr == SYS_futex ||
	       nr == SYS_vfork || nr == SYS_restart_syscall || nr == SYS_rt_sigqueueinfo ||
	       nr == SYS_rt_tgsigqueueinfo || nr == SYS_pidfd_send_signal;
}

/* One of each kind of open file, from 0 on; sockets of which some wait to be accepted. */
static void open_files(void)
{
	struct sockaddr_un name = { AF_UNIX, "\0hostile" };
	int fds[2];

	close_range(0, ~0u, 0);
	socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
	socketpair(AF_UNIX, SOCK_DGRAM, 0, fds);
	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds);
	pipe(fds);
	bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&name, sizeof(name));
	listen(8, 5);
	connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&name, sizeof(name));
	bind(socket(AF_UNIX, SOCK_DGRAM, 0), (void *)&name, sizeof(name));
	epoll_create1(0);
	eventfd(1, 0);
	timerfd_create(CLOCK_MONOTONIC, 0);
	inotify_init1(0);
	ftruncate(memfd_create("hostile", MFD_ALLOW_SEALING), 20000);
	open("/dev/ptmx", O_RDWR | O_NOCTTY);
	open("/tmp", O_RDONLY);
	open("/tmp/hostile", O_RDWR | O_CREAT, 0600);
	open("/proc/self/maps", O_RDONLY);
}

static void attack(uint64_t seed)
{
	state = seed * 0x9e3779b97f4a7c15 + 1;
	ualarm(500000, 0); /* should it wait for something after all */
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	open_files();
	for (int i = 0; i < CALLS; i++) {
		long nr = (long)(draw() % 470);

		for (int k = 0; k < 512; k++)
			((uint64_t *)area)[k] = draw_arg();
		if (!unwanted(nr))
			syscall(nr, draw_arg(), draw_arg(), draw_arg(), draw_arg(), draw_arg(),
				draw_arg());
	}
	_exit(0);
}

/* Until it is gone. One that stopped itself, or sleeps with every signal blocked, is helped along. */
static int reap(pid_t pid)
{
	int status;

	for (int i = 0; i < 1500; i++) {
		pid_t got = waitpid(pid, &status, WNOHANG | WUNTRACED);

		if (got == pid && !WIFSTOPPED(status))
			return 1;
		if (got < 0 || got == pid)
			break;
		usleep(1000);
	}
	kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	int children = argc > 2 ? atoi(argv[2]) : 20, alive = 0;

	/* Children may become owners of files for us, too (F_SETOWN). */
	for (int i = 1; i < NSIG; i++)
		signal(i, i == SIGCHLD ? SIG_DFL : SIG_IGN);
	area = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < children; i++) {
		pid_t pid = fork();

		if (!pid)
			attack(seed + (uint64_t)i);
		alive += pid > 0 && reap(pid);
	}
	printf("%d of %d came and went\n", alive, children);
	return alive != children;
}
