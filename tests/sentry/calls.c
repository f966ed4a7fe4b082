/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls ROW TIMES [PROGRAM]: what one of something costs here, in nanoseconds. tests/bench/sentry
 * runs it natively and in the sandbox.
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *program;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void row_getpid(long n)
{
	while (n--)
		syscall(SYS_getpid);
}

static void row_read(long n)
{
	int fd = open("/dev/zero", O_RDONLY);
	char byte;

	if (fd < 0)
		fail("/dev/zero");
	while (n--) {
		if (read(fd, &byte, 1) != 1)
			fail("read");
	}
}

static void row_stat(long n)
{
	struct stat st;

	while (n--) {
		if (stat("/etc/passwd", &st))
			fail("stat");
	}
}

static void row_pipe(long n)
{
	int to[2], back[2];
	char byte = 0;

	if (pipe(to) || pipe(back))
		fail("pipe");
	if (!fork()) {
		close(to[1]);
		while (read(to[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1)
			continue;
		_exit(0);
	}
	while (n--) {
		if (write(to[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1)
			fail("pipe");
	}
	close(to[1]);
	wait(NULL);
}

static uint32_t word;

static void pass(uint32_t mine)
{
	while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) != mine)
		syscall(SYS_futex, &word, FUTEX_WAIT, !mine, NULL);
	__atomic_store_n(&word, !mine, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &word, FUTEX_WAKE, 1);
}

static void *other(void *arg)
{
	for (long n = (long)arg; n--;)
		pass(1);
	return NULL;
}

static void row_futex(long n)
{
	pthread_t thread;

	pthread_create(&thread, NULL, other, (void *)n);
	for (long i = n; i--;)
		pass(0);
	pthread_join(thread, NULL);
}

static void row_forkexec(long n)
{
	while (n--) {
		pid_t pid = fork();
		int status;

		if (!pid) {
			execl(program, program, NULL);
			_exit(127);
		}
		if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || status >> 8 == 127)
			fail("fork and exec");
	}
}

static void row_fault(long n)
{
	char *at = mmap(NULL, n * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (long i = 0; i < n; i++)
		at[i * 4096] = 1;
}

static const struct {
	const char *name;
	void (*run)(long n);
} rows[] = {
	{ "getpid", row_getpid },     { "read", row_read },   { "stat", row_stat },
	{ "pipe", row_pipe },         { "futex", row_futex }, { "fault", row_fault },
	{ "forkexec", row_forkexec },
};

int main(int argc, char **argv)
{
	long n = argc > 2 ? atol(argv[2]) : 1;
	struct timespec from, to;

	program = argc > 3 ? argv[3] : "/bin/true";
	for (size_t i = 0; argc > 1 && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].name, argv[1]))
			continue;
		clock_gettime(CLOCK_MONOTONIC, &from);
		rows[i].run(n);
		clock_gettime(CLOCK_MONOTONIC, &to);
		printf("%.0f\n",
		       ((to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec)) / n);
		return 0;
	}
	fputs("calls: getpid, read, stat, pipe, futex, fault or forkexec, and how often\n", stderr);
	return 2;
}
