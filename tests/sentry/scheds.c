/* SPDX-License-Identifier: Apache-2.0 */
/* Scheduling, capabilities, programs by descriptor, and calls that are seldom made. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

#define NOBODY 4000000

static void niceness(void)
{
	int was = getpriority(PRIO_PROCESS, 0);

	section("niceness");
	SHOW(setpriority(PRIO_PROCESS, 0, was + 3));
	SHOW(getpriority(PRIO_PROCESS, 0) - was);
	SHOW(getpriority(PRIO_PROCESS, getpid()) - was);
	IN_CHILD(SHOW(getpriority(PRIO_PROCESS, 0) - was); SHOW(setpriority(PRIO_PROCESS, 0, 99));
		 SHOW(getpriority(PRIO_PROCESS, 0)););
	SHOW(getpriority(PRIO_PROCESS, 0) - was);
	SHOW(setpriority(7, 0, 0));
	SHOW(getpriority(7, 0));
	SHOW(setpriority(PRIO_PROCESS, NOBODY, 5));
	SHOW(setpriority(PRIO_PGRP, NOBODY, 5));
	SHOW(setpriority(PRIO_USER, NOBODY, 5));
	SHOW(getpriority(PRIO_PGRP, NOBODY));
	errno = 0;
	SHOW(nice(2) - was);
}

static void policies(void)
{
	struct sched_param none = { 0 }, high = { 7 };
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t more[4];
	} attr = { 0 };
	struct timespec ts;

	section("policies");
	SHOW(sched_getscheduler(0));
	SHOW(sched_getparam(0, &none));
	SHOW(none.sched_priority);
	SHOW(sched_setscheduler(0, SCHED_BATCH, &none));
	SHOW(sched_getscheduler(0));
	SHOW(sched_setscheduler(0, SCHED_BATCH, &high));
	SHOW(sched_setscheduler(0, SCHED_FIFO, &none));
	SHOW(sched_setscheduler(0, 4, &none));
	SHOW(sched_setscheduler(0, 77, &none));
	SHOW(sched_setscheduler(0, -1, &none));
	SHOW(sched_setscheduler(0, SCHED_OTHER, NULL));
	SHOW(sched_setscheduler(0, SCHED_OTHER, (void *)8l));
	SHOW(sched_setscheduler(-1, SCHED_OTHER, &none));
	SHOW(sched_setscheduler(NOBODY, SCHED_OTHER, &none));
	SHOW(sched_setparam(0, &none));
	SHOW(sched_setparam(0, &high));
	SHOW(sched_setparam(NOBODY, &none));
	SHOW(sched_getscheduler(NOBODY));
	SHOW(sched_getscheduler(-1));
	SHOW(sched_getparam(0, NULL));
	SHOW(sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &none));
	SHOW(sched_getscheduler(0));
	IN_CHILD(SHOW(sched_getscheduler(0)););
	SHOW(sched_rr_get_interval(0, &ts));
	SHOW(sched_rr_get_interval(NOBODY, &ts));
	SHOW(sched_rr_get_interval(-1, &ts));
	SHOW(syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0));
	SHOW(attr.size);
	SHOW(attr.policy);
	SHOW(attr.flags);
	SHOW(attr.nice == getpriority(PRIO_PROCESS, 0));
	SHOW(syscall(SYS_sched_getattr, 0, &attr, 8, 0));
	SHOW(syscall(SYS_sched_getattr, 0, &attr, 8192, 0));
	SHOW(syscall(SYS_sched_getattr, 0, NULL, 48, 0));
	SHOW(syscall(SYS_sched_getattr, 0, &attr, 48, 1));
	SHOW(syscall(SYS_sched_getattr, NOBODY, &attr, 48, 0));
	attr.size = 48;
	attr.nice = 15;
	SHOW(syscall(SYS_sched_setattr, 0, &attr, 0));
	SHOW(getpriority(PRIO_PROCESS, 0));
	SHOW(syscall(SYS_sched_setattr, 0, &attr, 1));
	attr.size = 8;
	SHOW(syscall(SYS_sched_setattr, 0, &attr, 0));
	attr.size = 48, attr.policy = 99;
	SHOW(syscall(SYS_sched_setattr, 0, &attr, 0));
	SHOW(sched_get_priority_max(SCHED_FIFO));
	SHOW(sched_get_priority_min(SCHED_RR));
	SHOW(sched_get_priority_max(SCHED_IDLE));
	SHOW(sched_get_priority_max(77));
}

static void processors(void)
{
	cpu_set_t all, one, got;
	int first = 0;

	section("processors");
	SHOW(sched_getaffinity(0, sizeof(all), &all));
	while (!CPU_ISSET(first, &all))
		first++;
	CPU_ZERO(&one);
	CPU_SET(first, &one);
	SHOW(sched_setaffinity(0, sizeof(one), &one));
	SHOW(sched_getaffinity(0, sizeof(got), &got));
	SHOW(CPU_COUNT(&got));
	SHOW(CPU_EQUAL(&got, &one));
	IN_CHILD(SHOW(sched_getaffinity(0, sizeof(got), &got)); SHOW(CPU_COUNT(&got)););
	CPU_ZERO(&one);
	SHOW(sched_setaffinity(0, sizeof(one), &one));
	SHOW(sched_setaffinity(NOBODY, sizeof(one), &all));
	SHOW(sched_setaffinity(0, sizeof(one), (void *)8l));
	SHOW(sched_setaffinity(0, sizeof(all), &all));
	SHOW(sched_getaffinity(0, sizeof(got), &got));
	SHOW(CPU_EQUAL(&got, &all));
	SHOW(sched_getaffinity(0, 3, &got));
	SHOW(syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 5));
	SHOW(syscall(SYS_ioprio_get, 1, 0));
	SHOW(syscall(SYS_ioprio_set, 1, 0, 3 << 13));
	SHOW(syscall(SYS_ioprio_get, 1, getpid()));
	SHOW(syscall(SYS_ioprio_set, 1, 0, 5 << 13));
	SHOW(syscall(SYS_ioprio_set, 1, 0, 3));
	SHOW(syscall(SYS_ioprio_set, 9, 0, 0));
	SHOW(syscall(SYS_ioprio_get, 9, 0));
	SHOW(syscall(SYS_ioprio_get, 1, NOBODY));
	SHOW(syscall(SYS_ioprio_set, 1, 0, 0));
}

static void capabilities(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { 0 };

	section("capabilities");
	SHOW(syscall(SYS_capget, &head, data));
	memset(data, 0, sizeof(data));
	IN_CHILD(SHOW(syscall(SYS_capset, &head, data)); SHOW(syscall(SYS_capget, &head, data));
		 SHOW(data[0].effective | data[1].permitted); data[0].effective = 1;
		 SHOW(syscall(SYS_capset, &head, data)););
	head.version = 5;
	SHOW(syscall(SYS_capget, &head, data));
	SHOW(head.version);
	head.version = 5;
	SHOW(syscall(SYS_capget, &head, NULL));
	SHOW(syscall(SYS_capget, NULL, data));
	head.pid = NOBODY;
	SHOW(syscall(SYS_capget, &head, data));
	SHOW(syscall(SYS_capset, &head, data));
	head.pid = -1;
	SHOW(syscall(SYS_capget, &head, data));
	SHOW(prctl(PR_CAPBSET_READ, 99));
	SHOW(prctl(PR_GET_KEEPCAPS));
	SHOW(prctl(PR_SET_KEEPCAPS, 2));
	SHOW(prctl(PR_GET_TIMERSLACK));
	SHOW(prctl(PR_SET_TIMERSLACK, 70000));
	SHOW(prctl(PR_GET_TIMERSLACK));
	IN_CHILD(SHOW(prctl(PR_GET_TIMERSLACK)););
	SHOW(prctl(PR_SET_TIMERSLACK, 0));
	SHOW(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
	SHOW(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
	SHOW(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
	SHOW(prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0));
	SHOW(prctl(PR_GET_THP_DISABLE, 1, 0, 0, 0));
	SHOW(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 3, 0, 0));
	SHOW(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
	SHOW(prctl(PR_CAP_AMBIENT, 77, 3, 0, 0));
}

static void script(const char *path)
{
	int fd = creat(path, 0755);

	dprintf(fd, "#!/bin/sh\necho \"$# ${0##*/} $1\"\n");
	close(fd);
}

/* What its child is, and how it ends. */
static void run(int fd, const char *path, int flags)
{
	char *argv[] = { "name", "argument", NULL };
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		syscall(SYS_execveat, fd, path, argv, environ, flags);
		_exit(100 + errno);
	}
	waitpid(pid, &status, 0);
	SHOW(status);
}

static void programs(void)
{
	int dir, fd, closing;

	section("programs by descriptor");
	mkdir("bin", 0755);
	script("bin/script");
	symlink("script", "bin/link");
	dir = open("bin", O_RDONLY);
	fd = open("bin/script", O_RDONLY);
	closing = open("bin/script", O_RDONLY | O_CLOEXEC);
	run(dir, "script", 0);
	run(dir, "link", 0);
	run(dir, "link", AT_SYMLINK_NOFOLLOW);
	run(dir, "none", 0);
	run(fd, "", AT_EMPTY_PATH);
	run(fd, "", 0);
	run(fd, "script", 0);
	run(dir, "", AT_EMPTY_PATH);
	run(99, "", AT_EMPTY_PATH);
	run(99, "script", 0);
	run(99, "/bin/true", 0);
	run(AT_FDCWD, "bin/script", 0);
	run(AT_FDCWD, "bin/script", 0x8000);
	close(fd);
	fd = open("/bin/false", O_RDONLY | O_CLOEXEC);
	run(fd, "", AT_EMPTY_PATH);
	close(fd);
	fd = open("/bin/true", O_PATH | O_CLOEXEC);
	run(fd, "", AT_EMPTY_PATH);
	close(fd), close(dir), close(closing);
	unlink("bin/script"), unlink("bin/link"), rmdir("bin");
}

static void memory(void)
{
	unsigned char in[4] = { 9, 9, 9, 9 };
	char *at = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	section("what is in memory");
	at[4096] = 1;
	SHOW(mincore(at, 3 * 4096, in));
	SHOW(in[0] & 1);
	SHOW(in[1] & 1);
	SHOW(in[3]);
	SHOW(mincore(at, 1, in + 3));
	SHOW(in[3]);
	SHOW(mincore(at + 1, 1, in));
	SHOW(mincore(at, 4096, (void *)8l));
	munmap(at + 2 * 4096, 4096);
	SHOW(mincore(at, 4 * 4096, in));
	SHOW(mincore(at, 0, in));
	munmap(at, 4 * 4096);
	SHOW(mlockall(0));
	SHOW(mlockall(8));
	SHOW(mlockall(MCL_ONFAULT));
	SHOW(munlockall());
	SHOW(syscall(SYS_membarrier, 0, 1, 0));
	SHOW(syscall(SYS_membarrier, 3, 0, 0));
	SHOW((syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0) & 31) == 31);
	SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
	SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
	SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
	SHOW(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0));
}

static void seldom(void)
{
	int fd = open("seldom", O_RDWR | O_CREAT, 0600), ends[2], out = open("seldom", O_WRONLY), n;
	unsigned long head[3], size = 0;
	struct old {
		unsigned long ino, off;
		unsigned short len;
		char name[];
	} * entry;
	char block[4096];

	section("seldom called");
	pipe(ends);
	SHOW(readahead(fd, 0, 100));
	SHOW(readahead(out, 0, 100));
	SHOW(readahead(ends[0], 0, 100));
	SHOW(readahead(99, 0, 100));
	SHOW(sync_file_range(fd, 0, 0, 7));
	SHOW(sync_file_range(fd, 0, 0, 8));
	SHOW(sync_file_range(fd, -1, 0, 0));
	SHOW(sync_file_range(ends[0], 0, 0, 0));
	SHOW(sync_file_range(99, 0, 0, 0));
	close(fd), close(out), close(ends[0]), close(ends[1]);
	unlink("seldom");
	SHOW(syscall(SYS_get_robust_list, 0, head, &size));
	SHOW(size);
	SHOW(syscall(SYS_get_robust_list, NOBODY, head, &size));
	SHOW(syscall(SYS_get_robust_list, 0, head, 8));
	mkdir("listed", 0755);
	close(creat("listed/a-name", 0600));
	fd = open("listed", O_RDONLY);
	SHOW(syscall(SYS_getdents, fd, block, 8));
	SHOW(n = syscall(SYS_getdents, fd, block, sizeof(block)));
	for (int at = 0; at < n; at += entry->len) {
		entry = (void *)(block + at);
		if (*entry->name != 'a')
			continue;
		SHOW(entry->len);
		SHOW(strcmp(entry->name, "a-name"));
		SHOW(block[at + entry->len - 1]);
	}
	SHOW(syscall(SYS_getdents, fd, block, sizeof(block)));
	close(fd);
	unlink("listed/a-name"), rmdir("listed");
}

void conform_scheds(void)
{
	IN_CHILD(niceness(); policies(););
	IN_CHILD(processors(););
	capabilities();
	programs();
	memory();
	seldom();
}
