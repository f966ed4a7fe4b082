/* SPDX-License-Identifier: Apache-2.0 */
/* Files that become shorter while they are mapped: here, by other threads and by other processes. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

#define PAGE 4096l
#define RW (PROT_READ | PROT_WRITE)

static __thread sigjmp_buf out;
static volatile int code;
static void *volatile address;

static void jump(int sig, siginfo_t *info, void *uc)
{
	code = info->si_code;
	address = info->si_addr;
	siglongjmp(out, sig);
}

/* The signal that looking there raises, or what is there. */
static int look(const volatile char *at)
{
	int sig = sigsetjmp(out, 1);

	return sig ? -100 - sig : *at;
}

/* Looks, without any system call, until something else is there: the same. */
static int look_until(const volatile char *at, char not )
{
	int sig = sigsetjmp(out, 1);

	while (!sig && *at == not )
		continue;
	return sig ? -100 - sig : *at;
}

static int put(volatile char *at, char value)
{
	int sig = sigsetjmp(out, 1);

	if (sig)
		return -100 - sig;
	*at = value;
	return 0;
}

static int file_of(const char *name, long pages)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	char page[PAGE];

	for (long i = 0; i < pages; i++) {
		memset(page, 'a' + i, PAGE);
		if (write(fd, page, PAGE) != PAGE)
			return -1;
	}
	return fd;
}

static char *map(int fd, int flags, int prot)
{
	return mmap(NULL, 4 * PAGE, prot, flags, fd, 0);
}

static void here(void)
{
	int fd = file_of("shrinks", 4), pipes[2];
	char *shared = map(fd, MAP_SHARED, RW), *copy = map(fd, MAP_PRIVATE, RW);
	char *seen = map(fd, MAP_PRIVATE, PROT_READ), byte;

	section("truncated");
	pipe(pipes);
	SHOW(put(shared + 3 * PAGE, 'x'));
	SHOW(put(copy + 2 * PAGE, 'y'));
	SHOW(put(copy, 'z'));
	SHOW(look(copy + 3 * PAGE));
	SHOW(look(seen + 3 * PAGE));
	SHOW(look(seen + PAGE));
	SHOW(ftruncate(fd, 2 * PAGE - 10));
	SHOW(look(shared + 3 * PAGE));
	SHOW(code);
	SHOW((char *)address == shared + 3 * PAGE);
	SHOW(put(shared + 2 * PAGE, 1));
	SHOW(look(copy + 2 * PAGE)); /* though it is a copy */
	SHOW(put(copy + 3 * PAGE, 1));
	SHOW(look(seen + 3 * PAGE));
	SHOW(look(copy));
	SHOW(look(shared + PAGE));
	SHOW(look(shared + 2 * PAGE - 11));
	SHOW(look(shared + 2 * PAGE - 10));
	SHOW(look(seen + 2 * PAGE - 10));
	SHOW(write(pipes[1], shared + 2 * PAGE, 1));
	SHOW(write(pipes[1], shared, 1));
	SHOW(read(pipes[0], shared + 3 * PAGE, 1));
	SHOW(read(pipes[0], &byte, 1));
	SHOW(ftruncate(fd, 4 * PAGE));
	SHOW(look(shared + 3 * PAGE));
	SHOW(look(copy + 2 * PAGE));
	SHOW(look(shared + 2 * PAGE - 10));
	SHOW(put(copy + 3 * PAGE, 4));
	SHOW(open("shrinks", O_WRONLY | O_TRUNC) > 0);
	SHOW(look(shared));
	SHOW(look(copy));
	SHOW(look(seen));
	SHOW(truncate("shrinks", PAGE));
	SHOW(look(shared));
	SHOW(look(copy));
	SHOW(look(copy + PAGE));
	SHOW(truncate("shrinks", 0));
	SHOW(look(copy));
	munmap(shared, 4 * PAGE), munmap(copy, 4 * PAGE), munmap(seen, 4 * PAGE);
	close(fd), close(pipes[0]), close(pipes[1]);
}

static volatile char *page_of_thread;
static volatile int thread_runs, thread_saw;

static void *looker(void *arg)
{
	thread_runs = 1;
	thread_saw = look_until(page_of_thread, 'd');
	return NULL;
}

static void by_another_thread(void)
{
	int fd = file_of("shrinks", 4);
	char *shared = map(fd, MAP_SHARED, RW);
	pthread_t thread;

	section("truncated under a thread");
	page_of_thread = shared + 3 * PAGE;
	pthread_create(&thread, NULL, looker, NULL);
	while (!thread_runs)
		usleep(100);
	SHOW(ftruncate(fd, PAGE));
	SHOW(look(shared + 3 * PAGE));
	pthread_join(thread, NULL);
	SHOW(thread_saw);
	munmap(shared, 4 * PAGE);
	close(fd);
}

/* A child that looks, one that sleeps in a call, and one that holds it from before. */
static void by_another_process(void)
{
	int fd = file_of("shrinks", 4), to[2], from[2], status;
	char *shared = map(fd, MAP_SHARED, RW), *copy = map(fd, MAP_PRIVATE, RW), byte;
	pid_t looks, sleeps;

	section("truncated under a process");
	pipe(to), pipe(from);
	put(copy + 3 * PAGE, 'd');
	looks = fork();
	if (!looks) {
		write(from[1], "", look(copy + 3 * PAGE) == 'd');
		_exit(look_until(shared + 3 * PAGE, 'd') == -100 - SIGBUS &&
		      look(copy + 3 * PAGE) == -100 - SIGBUS && look(shared) == 'a');
	}
	sleeps = fork();
	if (!sleeps) {
		close(to[1]);
		look(shared + 3 * PAGE);
		write(from[1], "", 1);
		_exit(read(to[0], shared + 3 * PAGE, 1) == -1 && errno == EFAULT &&
		      look(shared + 3 * PAGE) == -100 - SIGBUS && read(to[0], &byte, 1) == 1);
	}
	read(from[0], &byte, 1);
	read(from[0], &byte, 1);
	SHOW(ftruncate(fd, PAGE));
	write(to[1], "!", 1);
	waitpid(looks, &status, 0);
	SHOW(status);
	waitpid(sleeps, &status, 0);
	SHOW(status);
	SHOW(look(shared + 3 * PAGE));
	SHOW(look(copy + 3 * PAGE));
	munmap(shared, 4 * PAGE), munmap(copy, 4 * PAGE);
	close(to[0]), close(to[1]), close(from[0]), close(from[1]), close(fd);
}

void conform_shrinks(void)
{
	struct sigaction action = { .sa_sigaction = jump, .sa_flags = SA_SIGINFO };

	sigaction(SIGBUS, &action, NULL);
	here();
	by_another_thread();
	by_another_process();
	signal(SIGBUS, SIG_DFL);
	unlink("shrinks");
}
