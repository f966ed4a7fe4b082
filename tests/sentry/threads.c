/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

static uint32_t word;
static int counter;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int turn;
static __thread int mine = 3;

static long futex(uint32_t *at, int op, uint32_t value, const struct timespec *timeout,
		  uint32_t *other, uint32_t value3)
{
	return syscall(SYS_futex, at, op, value, timeout, other, value3);
}

static void words(void)
{
	struct timespec soon = { 0, 1000000 };
	uint32_t second = 0;

	section("futex");
	SHOW(futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0));
	SHOW(futex(&word, FUTEX_WAIT, 0, &soon, NULL, 0));
	SHOW(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0));
	SHOW(futex((uint32_t *)((char *)&word + 1), FUTEX_WAIT, 0, &soon, NULL, 0));
	SHOW(futex((uint32_t *)8, FUTEX_WAIT, 0, &soon, NULL, 0));
	SHOW(futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0));
	SHOW(futex(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0));
	SHOW(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)1, &second, 5));
	SHOW(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)1, &second, 0));
	SHOW(futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &second,
		   FUTEX_OP(FUTEX_OP_ADD, 5, FUTEX_OP_CMP_EQ, 0)));
	SHOW(second);
	SHOW(futex(&word, 99, 1, NULL, NULL, 0));
}

static void *work(void *arg)
{
	mine += (int)(intptr_t)arg;
	for (int i = 0; i < 200; i++) {
		pthread_mutex_lock(&lock);
		counter++;
		pthread_mutex_unlock(&lock);
	}
	return (void *)(intptr_t)mine;
}

static void *alternate(void *arg)
{
	int self = (int)(intptr_t)arg;

	for (int i = 0; i < 20; i++) {
		pthread_mutex_lock(&lock);
		while (turn != self)
			pthread_cond_wait(&cond, &lock);
		turn = !turn;
		counter++;
		pthread_cond_signal(&cond);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static void many(void)
{
	pthread_t threads[6];
	void *result;
	long sum = 0;

	section("thread");
	for (intptr_t i = 0; i < 6; i++)
		SHOW(pthread_create(&threads[i], NULL, work, (void *)i));
	for (int i = 0; i < 6; i++) {
		SHOW(pthread_join(threads[i], &result));
		sum += (long)(intptr_t)result;
	}
	SHOW(sum);
	SHOW(mine);
	SHOW(counter);
	for (intptr_t i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, alternate, (void *)i);
	for (int i = 0; i < 2; i++)
		SHOW(pthread_join(threads[i], NULL));
	SHOW(counter);
}

static volatile sig_atomic_t got;

static void note(int sig)
{
	got = sig;
}

static void *wait_here(void *arg)
{
	(void)arg;
	while (!got)
		usleep(1000);
	return NULL;
}

static void signalled(void)
{
	pthread_t thread;

	section("thread signal");
	signal(SIGUSR1, note);
	SHOW(pthread_create(&thread, NULL, wait_here, NULL));
	SHOW(pthread_kill(thread, SIGUSR1));
	SHOW(pthread_join(thread, NULL));
	SHOW(got);
	SHOW(syscall(SYS_tgkill, getpid(), 99999, 0));
	SHOW(syscall(SYS_tkill, -1, 0));
	SHOW(syscall(SYS_gettid) == getpid());
}

/* A process of many threads that ends, or runs another program, ends them all. */
static void *forever(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

static void together(void)
{
	pthread_t thread;
	int status;

	section("thread group");
	if (!fork()) {
		pthread_create(&thread, NULL, forever, NULL);
		pthread_create(&thread, NULL, forever, NULL);
		_exit(4);
	}
	SHOW(wait(&status) > 0);
	SHOW(status);
	if (!fork()) {
		pthread_create(&thread, NULL, forever, NULL);
		execl("/bin/sh", "sh", "-c", "exit 6", (char *)NULL);
	}
	SHOW(wait(&status) > 0);
	SHOW(status);
	if (!fork()) {
		pthread_create(&thread, NULL, forever, NULL);
		*(volatile char *)8 = 0;
	}
	SHOW(wait(&status) > 0);
	SHOW(status & 0x7f);
}

static void between_processes(void)
{
	uint32_t *shared =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;

	section("shared futex");
	if (!fork()) {
		__atomic_store_n(shared, 1, __ATOMIC_SEQ_CST);
		futex(shared, FUTEX_WAKE, 1, NULL, NULL, 0);
		_exit(0);
	}
	while (!__atomic_load_n(shared, __ATOMIC_SEQ_CST))
		futex(shared, FUTEX_WAIT, 0, NULL, NULL, 0);
	SHOW(*shared);
	SHOW(wait(&status) > 0);
	munmap(shared, 4096);
}

void conform_threads(void)
{
	words();
	many();
	signalled();
	together();
	between_processes();
}
