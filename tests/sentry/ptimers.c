/* SPDX-License-Identifier: Apache-2.0 */
/* timer_create and its kin. */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

#define MS 1000000l

static int create(clockid_t clock, struct sigevent *event, int *id)
{
	return syscall(SYS_timer_create, clock, event, id);
}

/* value and interval in ns */
static int set(int id, int flags, long value, long interval, struct itimerspec *old)
{
	struct itimerspec it = { { interval / 1000000000, interval % 1000000000 },
				 { value / 1000000000, value % 1000000000 } };

	return syscall(SYS_timer_settime, id, flags, &it, old);
}

static int get(int id, struct itimerspec *it)
{
	return syscall(SYS_timer_gettime, id, it);
}

static int overrun(int id)
{
	return syscall(SYS_timer_getoverrun, id);
}

static int delete (int id)
{
	return syscall(SYS_timer_delete, id);
}

static int await(int sig, siginfo_t *info)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	return sigtimedwait(&set, info, &(struct timespec){ 60, 0 });
}

/* Whether none comes for a while. */
static int nothing(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	return sigtimedwait(&set, NULL, &(struct timespec){ 0, 30 * MS });
}

static void what_is_refused(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
	struct itimerspec it = { 0 };
	int id = 0;

	section("timer_create");
	SHOW(create(99, NULL, &id));
	SHOW(create(CLOCK_MONOTONIC_RAW, NULL, &id));
	SHOW(create(CLOCK_MONOTONIC_COARSE, NULL, &id));
	SHOW(create(CLOCK_MONOTONIC, (void *)8, &id));
	SHOW(create(99, (void *)8, &id));
	event.sigev_signo = 0;
	SHOW(create(CLOCK_MONOTONIC, &event, &id));
	event.sigev_signo = 65;
	SHOW(create(CLOCK_MONOTONIC, &event, &id));
	event.sigev_notify = SIGEV_NONE;
	SHOW(create(CLOCK_MONOTONIC, &event, &id));
	SHOW(delete (id));
	event.sigev_notify = 3;
	event.sigev_signo = SIGUSR1;
	SHOW(create(CLOCK_MONOTONIC, &event, &id));
	event.sigev_notify = SIGEV_THREAD_ID;
	event._sigev_un._tid = 1 << 22;
	SHOW(create(CLOCK_MONOTONIC, &event, &id));
	event._sigev_un._tid = getppid();
	SHOW(create(CLOCK_MONOTONIC, &event, &id));
	SHOW(create(CLOCK_MONOTONIC, NULL, (void *)8));
	SHOW(delete (12345));
	SHOW(delete (-1));
	SHOW(get(12345, &it));
	SHOW(overrun(12345));
	SHOW(set(12345, 0, 0, 0, NULL));
	SHOW(syscall(SYS_timer_settime, 12345, 0, NULL, NULL));
	SHOW(syscall(SYS_timer_settime, 12345, 0, (void *)8, NULL));
}

static void what_is_set(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	struct itimerspec it = { 0 };
	int id, next;

	section("timer_settime");
	SHOW(create(CLOCK_REALTIME, &event, &id));
	SHOW(create(CLOCK_REALTIME, &event, &next));
	SHOW(next - id);
	SHOW(delete (next));
	SHOW(create(CLOCK_REALTIME, &event, &next));
	SHOW(next - id);
	SHOW(get(id, &it));
	SHOW(it.it_value.tv_sec);
	SHOW(get(id, (void *)8));
	SHOW(set(id, 0, 100 * 1000 * MS, 7 * MS, &it));
	SHOW(it.it_value.tv_sec);
	SHOW(it.it_interval.tv_nsec);
	SHOW(get(id, &it));
	SHOW(it.it_value.tv_sec >= 98 && it.it_value.tv_sec <= 100);
	SHOW(it.it_interval.tv_nsec);
	SHOW(overrun(id));
	it.it_value.tv_nsec = 1000000000;
	SHOW(syscall(SYS_timer_settime, id, 0, &it, NULL));
	it.it_value = (struct timespec){ -1, 0 };
	SHOW(syscall(SYS_timer_settime, id, 0, &it, NULL));
	it.it_value = (struct timespec){ 1, 0 };
	it.it_interval = (struct timespec){ 0, -1 };
	SHOW(syscall(SYS_timer_settime, id, 0, &it, NULL));
	SHOW(set(id, 0, 0, 5 * MS, &it));
	SHOW(it.it_value.tv_sec >= 98);
	SHOW(get(id, &it));
	SHOW(it.it_interval.tv_nsec);
	it.it_value = (struct timespec){ 1l << 62, 0 };
	SHOW(syscall(SYS_timer_settime, id, 0, &it, NULL));
	SHOW(get(id, &it));
	SHOW(it.it_value.tv_sec > 4000000000l);
	/* Of one that tells nobody. */
	SHOW(set(id, 0, MS, 0, NULL));
	usleep(5000);
	SHOW(get(id, &it));
	SHOW(it.it_value.tv_nsec);
	SHOW(set(id, 0, MS, 1000 * 1000 * MS, NULL));
	usleep(5000);
	SHOW(get(id, &it));
	SHOW(it.it_value.tv_sec > 900);
	SHOW(set(id, TIMER_ABSTIME, 1, 0, NULL));
	SHOW(get(id, &it));
	SHOW(it.it_value.tv_sec + it.it_value.tv_nsec);
	SHOW(delete (id));
	SHOW(delete (id));
	SHOW(delete (next));
}

static struct sigevent sends_usr1 = { .sigev_notify = SIGEV_SIGNAL,
				      .sigev_signo = SIGUSR1,
				      .sigev_value = { .sival_int = 77 } };

static void one_and_many(int id)
{
	struct itimerspec it;
	siginfo_t info;

	SHOW(set(id, 0, MS, 0, NULL));
	SHOW(await(SIGUSR1, &info));
	SHOW(info.si_code);
	SHOW(info.si_timerid == id);
	SHOW(info.si_int);
	SHOW(info.si_overrun);
	SHOW(info.si_errno);
	SHOW(get(id, &it));
	SHOW(it.it_value.tv_nsec);
	SHOW(nothing(SIGUSR1));
	SHOW(overrun(id));
	/* Once at a time; what is missed is counted. */
	SHOW(set(id, 0, MS, MS, NULL));
	usleep(30000);
	SHOW(get(id, &it));
	SHOW(it.it_value.tv_nsec > 0 && it.it_value.tv_nsec <= MS);
	SHOW(await(SIGUSR1, &info));
	SHOW(info.si_overrun >= 20);
	SHOW(overrun(id) >= 20);
	SHOW(await(SIGUSR1, &info));
	SHOW(set(id, 0, 0, 0, NULL));
	SHOW(overrun(id)); /* disarmed: none */
	SHOW(nothing(SIGUSR1));
	/* What was sent before it was set anew does not come any more. */
	SHOW(set(id, 0, MS, 0, NULL));
	usleep(5000);
	SHOW(set(id, 0, 0, 0, NULL));
	SHOW(nothing(SIGUSR1));
	SHOW(set(id, 0, MS, 0, NULL));
	usleep(5000);
	SHOW(delete (id));
	SHOW(nothing(SIGUSR1));
}

static void several(void)
{
	struct timespec now;
	siginfo_t info;
	int id, other;

	/* Two of the same signal are two. */
	SHOW(create(CLOCK_MONOTONIC, &sends_usr1, &id));
	SHOW(create(CLOCK_BOOTTIME, &sends_usr1, &other));
	set(id, 0, MS, 0, NULL);
	set(other, 0, MS, 0, NULL);
	usleep(5000);
	SHOW(await(SIGUSR1, &info));
	SHOW(await(SIGUSR1, &info));
	SHOW(nothing(SIGUSR1));
	/* At a time of the clock; and one that is over. */
	clock_gettime(CLOCK_BOOTTIME, &now);
	SHOW(set(other, TIMER_ABSTIME, now.tv_sec * 1000000000 + now.tv_nsec + 5 * MS, 0, NULL));
	SHOW(await(SIGUSR1, &info));
	SHOW(set(id, TIMER_ABSTIME, 1, 1000 * MS, NULL));
	SHOW(await(SIGUSR1, &info));
	SHOW(info.si_overrun > 10);
	SHOW(delete (id));
	SHOW(delete (other));
	/* Without a word of how. */
	SHOW(create(CLOCK_REALTIME, NULL, &id));
	SHOW(set(id, 0, MS, 0, NULL));
	SHOW(await(SIGALRM, &info));
	SHOW(info.si_int == id);
	/* A child has none; nor has another program. */
	IN_CHILD(SHOW(overrun(id)); SHOW(create(CLOCK_REALTIME, NULL, &other)); SHOW(other););
	SHOW(delete (id));
}

static void what_is_sent(void)
{
	int id;

	section("timer");
	SHOW(create(CLOCK_MONOTONIC, &sends_usr1, &id));
	one_and_many(id);
	several();
}

static volatile int seen;

static void count(int sig)
{
	seen++;
}

static void when_it_is_ignored(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2 };
	int id;

	section("timer that is ignored");
	signal(SIGUSR2, SIG_IGN);
	SHOW(create(CLOCK_MONOTONIC, &event, &id));
	SHOW(set(id, 0, MS, MS, NULL));
	usleep(10000);
	seen = 0;
	signal(SIGUSR2, count);
	for (int i = 0; i < 60000 && !seen; i++)
		usleep(1000);
	SHOW(seen > 0);
	SHOW(delete (id));
	signal(SIGUSR2, SIG_DFL);
}

static sem_t called;

static void call(union sigval value)
{
	seen = value.sival_int;
	sem_post(&called);
}

static void *other_thread(void *arg)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN + 1 };
	siginfo_t info;
	int id;

	event._sigev_un._tid = gettid();
	SHOW(create(CLOCK_MONOTONIC, &event, &id));
	SHOW(set(id, 0, MS, 0, NULL));
	SHOW(await(SIGRTMIN + 1, &info) == SIGRTMIN + 1);
	SHOW(delete (id));
	return NULL;
}

static void by_thread(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD,
				  .sigev_notify_function = call,
				  .sigev_value = { .sival_int = 5 } };
	pthread_t thread;
	timer_t timer;

	section("timer and threads");
	sem_init(&called, 0, 0);
	pthread_create(&thread, NULL, other_thread, NULL);
	pthread_join(thread, NULL);
	SHOW(timer_create(CLOCK_MONOTONIC, &event, &timer));
	SHOW(timer_settime(timer, 0, &(struct itimerspec){ { 0 }, { 0, MS } }, NULL));
	SHOW(sem_wait(&called));
	SHOW(seen);
	SHOW(timer_delete(timer));
}

void conform_ptimers(void)
{
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGALRM);
	sigaddset(&set, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &set, &old);
	what_is_refused();
	what_is_set();
	what_is_sent();
	when_it_is_ignored();
	by_thread();
	sigprocmask(SIG_SETMASK, &old, NULL);
}
