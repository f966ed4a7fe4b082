/* SPDX-License-Identifier: Apache-2.0 */
/* What was used of processors, and what goes by that. Said is only what is so however busy the machine is. */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

#define MS 1000000l
#define SPIN (12 * MS)

/* The clock of a process or of a thread by number; 0 to 2: all, the user's, by the scheduler. */
#define OF_PROCESS(pid, which) ((clockid_t)(~(unsigned)(pid) << 3 | (which)))
#define OF_THREAD(tid, which) ((clockid_t)(~(unsigned)(tid) << 3 | 4 | (which)))

static long ns_of(clockid_t clock)
{
	struct timespec ts;

	return syscall(SYS_clock_gettime, clock, &ts) ? -1 : ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int ask(clockid_t clock)
{
	return ns_of(clock) < 0 ? -1 : 0;
}

static long tv_ns(struct timeval tv)
{
	return tv.tv_sec * 1000000000 + tv.tv_usec * 1000;
}

static long usage(int who)
{
	struct rusage u;

	return getrusage(who, &u) ? -1 : tv_ns(u.ru_utime) + tv_ns(u.ru_stime);
}

/* Until the thread has taken so much more. */
static void spin(long ns)
{
	long end = ns_of(CLOCK_THREAD_CPUTIME_ID) + ns;
	volatile long x = 0;

	while (ns_of(CLOCK_THREAD_CPUTIME_ID) < end)
		for (int i = 0; i < 20000; i++)
			x += i;
}

/* Only looked at; each is read after those before it. */
static void what_is_seen(void)
{
	long process = ns_of(CLOCK_PROCESS_CPUTIME_ID), thread, self, ticks;
	struct tms tms;

	section("usage");
	spin(SPIN);
	thread = ns_of(CLOCK_THREAD_CPUTIME_ID);
	SHOW(thread >= SPIN);
	SHOW(ns_of(CLOCK_PROCESS_CPUTIME_ID) - process >= SPIN);
	SHOW(ns_of(CLOCK_PROCESS_CPUTIME_ID) >= thread);
	SHOW(usage(RUSAGE_SELF) >= SPIN - 2 * MS);
	SHOW(usage(RUSAGE_THREAD) >= SPIN - 2 * MS);
	SHOW(times(&tms) > 0);
	SHOW(tms.tms_utime + tms.tms_stime >= 1);
	self = ns_of(CLOCK_PROCESS_CPUTIME_ID);
	SHOW(self >= process);
	usleep(60000); /* takes nothing to speak of */
	SHOW(ns_of(CLOCK_PROCESS_CPUTIME_ID) - self < 50 * MS);
	SHOW(ns_of(OF_PROCESS(getpid(), 1)) <= ns_of(OF_PROCESS(getpid(), 0)) + 10 * MS);
	SHOW(syscall(SYS_getrusage, 7, &tms));
	SHOW(syscall(SYS_times, NULL) > 0);
}

static void never_back(void)
{
	static const clockid_t clocks[] = { CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
					    OF_PROCESS(0, 0), OF_PROCESS(0, 1), OF_THREAD(0, 2) };
	long was[5] = { 0 }, seen = 0, back = 0, now;

	for (int i = 0; i < 3000; i++) {
		for (int k = 0; k < 5; k++) {
			now = ns_of(clocks[k]);
			back += now < was[k];
			was[k] = now;
		}
		now = usage(RUSAGE_SELF);
		back += now < seen;
		seen = now;
	}
	SHOW(back);
}

/* utime, stime, cutime, cstime of /proc/PID/stat, in ticks. */
static long stat_ticks(pid_t pid, bool children)
{
	char path[64], text[1024] = "", *at;
	long u = -1, s = -1, cu = -1, cs = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file || !fgets(text, sizeof(text), file))
		return -1;
	fclose(file);
	at = strrchr(text, ')');
	sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld %ld %ld", &u, &s, &cu,
	       &cs);
	return children ? cu + cs : u + s;
}

static void *in_thread(void *arg)
{
	clockid_t *mine = arg;

	spin(SPIN);
	pthread_getcpuclockid(pthread_self(), mine);
	return (void *)(ns_of(*mine) >= SPIN ? 1l : 0l);
}

static void threads(void)
{
	long before = ns_of(CLOCK_THREAD_CPUTIME_ID), all = ns_of(CLOCK_PROCESS_CPUTIME_ID);
	pthread_t thread[2];
	clockid_t clock[2];
	void *good;

	section("usage of threads");
	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, in_thread, &clock[i]);
	for (int i = 0; i < 2; i++) {
		pthread_join(thread[i], &good);
		SHOW((long)good); /* its clock may be there for a moment still */
	}
	/* It only waited; but whose time it is, of threads, is not exact in the sandbox. */
	SHOW(ns_of(CLOCK_THREAD_CPUTIME_ID) - before < 3 * SPIN);
	SHOW(ns_of(CLOCK_PROCESS_CPUTIME_ID) - all >= 2 * SPIN);
}

static void ids(void)
{
	struct timespec ts;
	int ends[2];
	char byte;
	pid_t pid;

	section("CPU clocks");
	pipe(ends);
	pid = fork();
	if (!pid) {
		spin(2 * SPIN);
		write(ends[1], "x", 1);
		pause();
	}
	read(ends[0], &byte, 1);
	for (int i = 0; i < 8; i++) {
		SHOW(ask(OF_PROCESS(pid, i)));
		SHOW(ask(OF_PROCESS(0, i)));
		SHOW(ask(OF_PROCESS(0x1ffffff, i)));
		SHOW(syscall(SYS_clock_getres, OF_PROCESS(pid, i), &ts));
		SHOW(ts.tv_sec);
		SHOW(ts.tv_nsec);
	}
	SHOW(ask(OF_THREAD(getpid(), 2)));
	SHOW(ask(OF_THREAD(pid, 2)));
	SHOW(ns_of(OF_PROCESS(pid, 2)) >= SPIN);
	SHOW(stat_ticks(pid, false) >= 1);
	SHOW(syscall(SYS_clock_gettime, OF_PROCESS(pid, 2), 8l));
	SHOW(kill(pid, SIGKILL));
	SHOW(waitid(P_PID, pid, NULL, WEXITED | WNOWAIT));
	SHOW(ns_of(OF_PROCESS(pid, 2)) >= SPIN);
	SHOW(waitpid(pid, NULL, 0) == pid);
	SHOW(ask(OF_PROCESS(pid, 2)));
	close(ends[0]);
	close(ends[1]);
}

static void children(void)
{
	long before = usage(RUSAGE_CHILDREN), ticks = stat_ticks(getpid(), true);
	long ours = ns_of(CLOCK_PROCESS_CPUTIME_ID);
	struct rusage u;
	struct tms tms;
	siginfo_t info;
	pid_t pid = fork();

	section("usage of children");
	if (!pid) {
		long mine = ns_of(CLOCK_PROCESS_CPUTIME_ID);

		if (!fork()) {
			spin(SPIN);
			_exit(0);
		}
		wait(NULL);
		spin(SPIN);
		_exit(mine >= ours); /* it began from nothing */
	}
	SHOW(syscall(SYS_waitid, P_PID, pid, &info, WEXITED | WNOWAIT, &u));
	SHOW(info.si_status);
	SHOW(tv_ns(u.ru_utime) + tv_ns(u.ru_stime) >= 2 * SPIN - 4 * MS);
	SHOW(usage(RUSAGE_CHILDREN) == before);
	SHOW(wait4(pid, NULL, 0, &u) == pid);
	SHOW(tv_ns(u.ru_utime) + tv_ns(u.ru_stime) >= 2 * SPIN - 4 * MS);
	SHOW(u.ru_maxrss > 0);
	SHOW(u.ru_minflt > 0);
	SHOW(usage(RUSAGE_CHILDREN) - before >= 2 * SPIN - 4 * MS);
	SHOW(stat_ticks(getpid(), true) > ticks);
	SHOW(times(&tms) > 0);
	SHOW(tms.tms_cutime + tms.tms_cstime >= 1);
	/* Of those that nobody waits for nothing is left. */
	before = usage(RUSAGE_CHILDREN);
	signal(SIGCHLD, SIG_IGN);
	if (!fork()) {
		spin(SPIN);
		_exit(0);
	}
	SHOW(wait(NULL));
	SHOW(usage(RUSAGE_CHILDREN) == before);
	signal(SIGCHLD, SIG_DFL);
}

static volatile sig_atomic_t came;

static void on(int sig)
{
	(void)sig;
	came++;
}

/* Whether that many came while we took time, at most two seconds of it. */
static bool spin_for(int n)
{
	for (int i = 0; i < 400 && came < n; i++)
		spin(5 * MS);
	return came >= n;
}

static void one_itimer(int which, int sig)
{
	struct itimerval it = { { 0, 4000 }, { 0, 6000 } }, old;

	came = 0;
	signal(sig, on);
	SHOW(setitimer(which, &it, NULL));
	SHOW(getitimer(which, &old));
	SHOW(old.it_value.tv_sec == 0 && old.it_value.tv_usec > 0 && old.it_value.tv_usec <= 12000);
	SHOW(old.it_interval.tv_usec);
	SHOW(spin_for(3));
	memset(&it, 0, sizeof(it));
	SHOW(setitimer(which, &it, &old));
	SHOW(old.it_interval.tv_usec);
	SHOW(old.it_value.tv_sec == 0 && old.it_value.tv_usec > 0);
	SHOW(getitimer(which, &old));
	SHOW(old.it_value.tv_usec);
	it.it_value.tv_usec = 8000;
	came = 0;
	SHOW(setitimer(which, &it, NULL));
	usleep(30000); /* goes by what is taken, not by the time that passes */
	SHOW(came);
	SHOW(spin_for(1));
	spin(SPIN);
	SHOW(came);
	signal(sig, SIG_DFL);
}

static void itimers(void)
{
	struct itimerval it = { { 0, 0 }, { 0, 1000000 } };

	section("ITIMER_VIRTUAL");
	one_itimer(ITIMER_VIRTUAL, SIGVTALRM);
	section("ITIMER_PROF");
	one_itimer(ITIMER_PROF, SIGPROF);
	SHOW(setitimer(3, &it, NULL));
	SHOW(setitimer(ITIMER_PROF, &it, NULL));
	SHOW(getitimer(3, &it));
	SHOW(syscall(SYS_getitimer, ITIMER_VIRTUAL, 8l));
	SHOW(syscall(SYS_setitimer, ITIMER_VIRTUAL, 8l, NULL));
}

static int create(clockid_t clock, int sig)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = sig };
	int id = -1;

	return syscall(SYS_timer_create, clock, &event, &id) ? -1 : id;
}

static int set(int id, int flags, long value, long interval)
{
	struct itimerspec it = { { 0, interval }, { value / 1000000000, value % 1000000000 } };

	return syscall(SYS_timer_settime, id, flags, &it, NULL);
}

static void posix_timers(void)
{
	struct itimerspec it;
	int id;

	section("timers by CPU clocks");
	signal(SIGRTMIN, on);
	for (int i = 0; i < 8; i++) {
		SHOW((id = create(OF_PROCESS(0, i), SIGRTMIN)) >= 0 ? 0 : -1);
		if (id >= 0)
			SHOW(syscall(SYS_timer_delete, id));
	}
	SHOW(create(OF_PROCESS(0x1ffffff, 2), SIGRTMIN));
	for (int k = 0; k < 3; k++) {
		const clockid_t clock[] = { CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
					    OF_PROCESS(0, 1) };

		id = create(clock[k], SIGRTMIN);
		came = 0;
		SHOW(syscall(SYS_timer_gettime, id, &it));
		SHOW(it.it_value.tv_nsec);
		SHOW(set(id, 0, 5 * MS, 5 * MS));
		SHOW(syscall(SYS_timer_gettime, id, &it));
		SHOW(it.it_value.tv_sec == 0 && it.it_value.tv_nsec <= 5 * MS);
		SHOW(spin_for(3));
		SHOW(set(id, 0, 0, 0));
		came = 0;
		SHOW(set(id, TIMER_ABSTIME, ns_of(clock[k]) + 5 * MS, 0));
		SHOW(spin_for(1));
		came = 0;
		SHOW(set(id, TIMER_ABSTIME, 1, 0)); /* long over */
		SHOW(spin_for(1));
		SHOW(syscall(SYS_timer_delete, id));
	}
	signal(SIGRTMIN, SIG_DFL);
}

static int status_of(long cur, long max, void (*handler)(int))
{
	struct rlimit limit = { cur, max };
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		came = 0;
		signal(SIGXCPU, handler);
		setrlimit(RLIMIT_CPU, &limit);
		if (!spin_for(1))
			_exit(1);
		getrlimit(RLIMIT_CPU, &limit);
		_exit(10 * limit.rlim_cur + limit.rlim_max);
	}
	waitpid(pid, &status, 0);
	return status & ~0x80; /* whether there was a core */
}

static void limits(void)
{
	section("RLIMIT_CPU");
	SHOW(status_of(0, 5, on));
	SHOW(status_of(0, 5, SIG_DFL));
	SHOW(status_of(0, 0, on));
}

void conform_usage(void)
{
	what_is_seen();
	never_back();
	threads();
	ids();
	children();
	itimers();
	posix_timers();
	limits();
}
