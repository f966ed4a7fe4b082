/* SPDX-License-Identifier: Apache-2.0 */
/* What processes ask about themselves and set: limits, priorities, clocks, ids, names; and memory. */
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/auxv.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static void limits(void)
{
	struct rlimit old, limit;

	section("rlimit");
	for (int i = 0; i < RLIM_NLIMITS; i++)
		SHOW(getrlimit((__rlimit_resource_t)i, &old));
	SHOW(syscall(SYS_getrlimit, RLIM_NLIMITS, &old));
	SHOW(syscall(SYS_setrlimit, RLIM_NLIMITS, &old));
	SHOW(syscall(SYS_getrlimit, -1, &old));
	SHOW(syscall(SYS_getrlimit, RLIMIT_CORE, 8l));
	SHOW(syscall(SYS_setrlimit, RLIMIT_CORE, 8l));
	SHOW(syscall(SYS_prlimit64, 0, RLIMIT_CORE, NULL, NULL));
	SHOW(syscall(SYS_prlimit64, 5000000, RLIMIT_CORE, NULL, &old));
	SHOW(syscall(SYS_prlimit64, 5000000, RLIM_NLIMITS, NULL, &old));
	SHOW(syscall(SYS_prlimit64, 5000000, RLIMIT_CORE, 8l, NULL));
	SHOW(syscall(SYS_prlimit64, getpid(), RLIMIT_CORE, NULL, &old));
	limit = (struct rlimit){ 0, old.rlim_max };
	SHOW(syscall(SYS_prlimit64, getpid(), RLIMIT_CORE, &limit, &old));
	SHOW(getrlimit(RLIMIT_CORE, &limit));
	SHOW(limit.rlim_cur);
	SHOW(limit.rlim_max == old.rlim_max);
	limit = (struct rlimit){ 2, 1 };
	SHOW(setrlimit(RLIMIT_CORE, &limit));
}

static void priorities(void)
{
	struct sched_param param;
	unsigned long cpus[16];

	section("priority");
	SHOW(getpriority(PRIO_PROCESS, getpid()) == getpriority(PRIO_PROCESS, 0));
	SHOW(syscall(SYS_getpriority, 3, 0));
	SHOW(syscall(SYS_getpriority, -1, 0));
	SHOW(syscall(SYS_getpriority, PRIO_PROCESS, 5000000));
	SHOW(syscall(SYS_getpriority, PRIO_PROCESS, -1));
	SHOW(syscall(SYS_getpriority, PRIO_PGRP, 5000000));
	SHOW(syscall(SYS_getpriority, PRIO_USER, 54321));
	SHOW(sched_getscheduler(-1));
	SHOW(sched_getscheduler(5000000));
	SHOW(sched_getparam(0, &param));
	SHOW(param.sched_priority);
	SHOW(sched_getparam(-1, &param));
	SHOW(sched_getparam(5000000, &param));
	SHOW(sched_getparam(0, NULL));
	SHOW(syscall(SYS_sched_getparam, 0, 8l));
	for (int policy = -1; policy < 5; policy++) {
		SHOW(sched_get_priority_min(policy));
		SHOW(sched_get_priority_max(policy));
	}
	SHOW(sched_yield());
	SHOW(syscall(SYS_sched_getaffinity, 0, 0, cpus));
	SHOW(syscall(SYS_sched_getaffinity, 0, 9, cpus));
	SHOW(syscall(SYS_sched_getaffinity, 5000000, sizeof(cpus), cpus));
	SHOW(syscall(SYS_sched_getaffinity, 0, sizeof(cpus), 8l));
	SHOW(syscall(SYS_getcpu, NULL, NULL, NULL));
	SHOW(syscall(SYS_getcpu, 8l, NULL, NULL));
	SHOW(syscall(SYS_getcpu, NULL, 8l, NULL));
}

static void clocks(void)
{
	static const int known[] = { CLOCK_REALTIME,
				     CLOCK_MONOTONIC,
				     CLOCK_MONOTONIC_RAW,
				     CLOCK_REALTIME_COARSE,
				     CLOCK_MONOTONIC_COARSE,
				     CLOCK_BOOTTIME,
				     CLOCK_TAI,
				     CLOCK_PROCESS_CPUTIME_ID,
				     CLOCK_THREAD_CPUTIME_ID };
	const struct timespec negative = { -1, 0 }, big = { 0, 1000000000 }, none = { 0, 0 };
	struct timespec ts;

	section("clock");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		SHOW(syscall(SYS_clock_gettime, known[i], &ts));
		SHOW(syscall(SYS_clock_getres, known[i], &ts));
		SHOW(ts.tv_sec);
		SHOW(ts.tv_nsec > 0);
		SHOW(syscall(SYS_clock_getres, known[i], NULL));
	}
	SHOW(syscall(SYS_clock_getres, 99, &ts));
	SHOW(syscall(SYS_clock_getres, CLOCK_REALTIME, 8l));
	SHOW(syscall(SYS_gettimeofday, NULL, NULL));
	SHOW(syscall(SYS_gettimeofday, 8l, NULL));
	SHOW(syscall(SYS_gettimeofday, NULL, 8l));
	SHOW(syscall(SYS_time, 8l));
	SHOW(syscall(SYS_time, NULL) > 1700000000);
	SHOW(syscall(SYS_times, 8l));
	SHOW(syscall(SYS_nanosleep, &none, NULL));
	SHOW(syscall(SYS_nanosleep, &negative, NULL));
	SHOW(syscall(SYS_nanosleep, &big, NULL));
	SHOW(syscall(SYS_nanosleep, 8l, NULL));
	SHOW(syscall(SYS_clock_nanosleep, CLOCK_REALTIME, 0, &none, NULL));
	SHOW(syscall(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &none, NULL));
	SHOW(syscall(SYS_clock_nanosleep, CLOCK_BOOTTIME, 0, &negative, NULL));
	SHOW(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &big, NULL));
	SHOW(syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &none, NULL));
	SHOW(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, 8l, NULL));
}

static void timers(void)
{
	struct itimerval it = { { 0, 1000000 }, { 0, 0 } }, old, off = { { 0 } };
	struct itimerspec spec = { { 7, 5 }, { 0, 0 } }, was;
	int fd = timerfd_create(CLOCK_REALTIME, 0);

	section("itimer");
	SHOW(setitimer(ITIMER_REAL, &it, NULL));
	it = (struct itimerval){ { 0, 0 }, { -1, 0 } };
	SHOW(setitimer(ITIMER_REAL, &it, NULL));
	it = (struct itimerval){ { 3, 4 }, { 500, 0 } };
	SHOW(setitimer(ITIMER_REAL, &it, &old));
	SHOW(old.it_value.tv_sec);
	SHOW(getitimer(ITIMER_REAL, &old));
	SHOW(old.it_value.tv_sec > 400);
	SHOW(old.it_interval.tv_sec);
	SHOW(old.it_interval.tv_usec);
	SHOW(alarm(200) > 400);
	SHOW(getitimer(ITIMER_REAL, &old));
	SHOW(old.it_interval.tv_sec);
	SHOW(setitimer(ITIMER_REAL, &off, &old));
	SHOW(old.it_value.tv_sec > 100);
	SHOW(alarm(0));
	SHOW(syscall(SYS_setitimer, 9, &off, NULL));
	SHOW(syscall(SYS_getitimer, 9, &old));
	SHOW(syscall(SYS_setitimer, ITIMER_REAL, 8l, NULL));
	SHOW(syscall(SYS_getitimer, ITIMER_REAL, 8l));
	section("timerfd edges");
	SHOW(timerfd_settime(fd, 0, &spec, NULL)); /* an interval alone arms nothing */
	SHOW(timerfd_gettime(fd, &was));
	SHOW(was.it_value.tv_sec);
	spec.it_value.tv_sec = 1000;
	SHOW(timerfd_settime(fd, 0, &spec, NULL));
	SHOW(timerfd_settime(fd, 0, &spec, &was));
	SHOW(was.it_value.tv_sec > 900);
	SHOW(was.it_interval.tv_sec);
	SHOW(was.it_interval.tv_nsec);
	spec.it_value.tv_sec = -1;
	SHOW(timerfd_settime(fd, 0, &spec, NULL));
	spec.it_value.tv_sec = 1, spec.it_interval.tv_nsec = -1;
	SHOW(timerfd_settime(fd, 0, &spec, NULL));
	SHOW(timerfd_gettime(fd, (struct itimerspec *)8));
	SHOW(timerfd_gettime(99, &was));
	SHOW(timerfd_create(CLOCK_THREAD_CPUTIME_ID, 0));
	SHOW(close(fd));
}

static void selves(void)
{
	struct utsname uts;
	struct sysinfo info;
	struct rusage usage;
	unsigned int id[3];
	char name[16];

	section("self");
	SHOW(uname(&uts));
	SHOW(strcmp(uts.sysname, "Linux"));
	SHOW(strcmp(uts.machine, "x86_64"));
	SHOW(sysinfo(&info));
	SHOW(info.totalram > 0 && info.mem_unit > 0);
	SHOW(syscall(SYS_sysinfo, 8l));
	SHOW(getrusage(RUSAGE_SELF, &usage));
	SHOW(getrusage(RUSAGE_CHILDREN, &usage));
	SHOW(getrusage(RUSAGE_THREAD, &usage));
	SHOW(syscall(SYS_getrusage, 2, &usage));
	SHOW(syscall(SYS_getrusage, RUSAGE_SELF, 8l));
	SHOW(personality(0xffffffff));
	SHOW(umask(01777) >= 0);
	SHOW(umask(022));
	SHOW(prctl(PR_SET_NAME, "short"));
	SHOW(prctl(PR_GET_NAME, name));
	SHOW(strcmp(name, "short"));
	SHOW(prctl(PR_SET_NAME, 8l));
	SHOW(prctl(PR_GET_NAME, 8l));
	SHOW(prctl(PR_SET_DUMPABLE, 3));
	SHOW(prctl(PR_SET_DUMPABLE, 0));
	SHOW(prctl(PR_GET_DUMPABLE));
	SHOW(prctl(PR_SET_DUMPABLE, 1));
	SHOW(prctl(PR_GET_DUMPABLE));
	SHOW(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	SHOW(prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0));
	SHOW(syscall(SYS_getresuid, &id[0], &id[1], &id[2]));
	SHOW(id[0] == getuid() && id[1] == geteuid());
	SHOW(syscall(SYS_getresuid, 8l, &id[1], &id[2]));
	SHOW(syscall(SYS_getresgid, &id[0], &id[1], 8l));
	SHOW(syscall(SYS_setgid, -1));
	SHOW(syscall(SYS_setreuid, -1, -1));
	SHOW(syscall(SYS_setregid, -1, -1));
	SHOW(syscall(SYS_setresgid, -1, getegid(), -1));
	SHOW(syscall(SYS_setpgid, -1, 0));
	SHOW(syscall(SYS_set_robust_list, NULL, 23));
	SHOW(syscall(SYS_getcwd, 8l, 4096));
	SHOW(syscall(SYS_getcwd, name, 0));
}

static int mapped(void *at)
{
	return at == MAP_FAILED ? -1 : 0;
}

static void spaces(void)
{
	char *at = mmap(NULL, 8 * PAGE, RW, ANON, -1, 0), *to = at + 4 * PAGE;

	section("spaces");
	munmap(to, 4 * PAGE);
	SHOW(mprotect(at, 0, 0x100));
	SHOW(mprotect(at, PAGE, PROT_GROWSUP | PROT_GROWSDOWN));
	SHOW(mprotect(at, PAGE, PROT_READ | PROT_GROWSDOWN));
	SHOW(mprotect(at, -PAGE, PROT_READ));
	SHOW(mprotect(at, 5 * PAGE, RW));
	SHOW(munmap(at, -PAGE));
	SHOW(munmap((void *)(-1l * PAGE), PAGE));
	SHOW(munmap(to, PAGE));
	SHOW(mapped(mmap((void *)(-2l * PAGE), PAGE, RW, ANON | MAP_FIXED, -1, 0)));
	SHOW(mapped(mmap(NULL, -1, RW, ANON, -1, 0)));
	SHOW(mapped(mmap(NULL, PAGE, RW, MAP_PRIVATE, 99, 0)));
	SHOW(mapped(mmap(NULL, PAGE, RW, 0, 99, 0)));
	SHOW(mapped(mmap(NULL, PAGE, RW, 0, 99, 1)));
	SHOW(mapped(mmap(at + 1, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0)));
	at[0] = 7;
	SHOW(mapped(mremap(at, PAGE, PAGE, MREMAP_FIXED, to)));
	SHOW(mapped(mremap(at, PAGE, PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, to + 1)));
	SHOW(mapped(mremap(at, 2 * PAGE, 2 * PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, at + PAGE)));
	SHOW(mapped(mremap(at, PAGE, PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, (void *)(-1l * PAGE))));
	SHOW(mapped(mremap(at, PAGE, 2 * PAGE, 0)));
	SHOW(mremap(at, PAGE, PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, to) == to);
	SHOW(to[0]);
	SHOW(madvise(at, PAGE, MADV_NORMAL));
	SHOW(madvise(at + PAGE, PAGE, MADV_NORMAL));
	SHOW(madvise(at + PAGE, 0, MADV_NORMAL));
	SHOW(madvise(at + PAGE + 1, PAGE, MADV_NORMAL));
	SHOW(madvise(at + PAGE, -PAGE - 1, MADV_NORMAL));
	SHOW(msync(at + PAGE, 0, MS_ASYNC));
	SHOW(msync(at + PAGE + 1, PAGE, MS_ASYNC));
	SHOW(msync(at + PAGE, PAGE, 8));
	SHOW(munlock(at, PAGE));
	SHOW(munlock(at + PAGE, PAGE));
	SHOW(syscall(SYS_mlock2, at + PAGE, PAGE, 2));
	SHOW(munmap(at, 8 * PAGE));
}

/* What a child sees of memory that was advised about. */
static void advised(void)
{
	char *wiped = mmap(NULL, PAGE, RW, ANON, -1, 0), *kept = mmap(NULL, PAGE, RW, ANON, -1, 0);
	char *shared = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;

	section("advice");
	wiped[0] = kept[0] = shared[0] = 1;
	SHOW(madvise(wiped, PAGE, MADV_WIPEONFORK));
	SHOW(madvise(shared, PAGE, MADV_WIPEONFORK));
	SHOW(madvise(kept, PAGE, MADV_DONTFORK));
	if (!fork())
		_exit(wiped[0] * 2 + shared[0] + (msync(kept, PAGE, MS_ASYNC) ? 10 : 0));
	SHOW(wait(&status) > 0);
	SHOW(WEXITSTATUS(status));
	SHOW(madvise(kept, PAGE, MADV_DOFORK));
	SHOW(madvise(wiped, PAGE, MADV_KEEPONFORK));
	if (!fork())
		_exit(wiped[0] * 2 + kept[0]);
	SHOW(wait(&status) > 0);
	SHOW(WEXITSTATUS(status));
	SHOW(madvise(shared, PAGE, MADV_FREE));
	SHOW(madvise(shared, PAGE, MADV_DONTNEED));
	SHOW(shared[0]);
	munmap(wiped, PAGE), munmap(kept, PAGE), munmap(shared, PAGE);
}

static sigjmp_buf out;
static volatile int code;

static void jump(int sig, siginfo_t *info, void *uc)
{
	code = info->si_code;
	siglongjmp(out, sig);
}

/* Behind the end of a file there is no memory. */
static void beyond(void)
{
	struct sigaction action = { .sa_sigaction = jump, .sa_flags = SA_SIGINFO };
	int fd = open("beyond", O_RDWR | O_CREAT, 0600);
	char *at;

	section("SIGBUS");
	sigaction(SIGBUS, &action, NULL);
	SHOW(ftruncate(fd, PAGE + 1));
	at = mmap(NULL, 3 * PAGE, RW, MAP_SHARED, fd, 0);
	at[PAGE + 100] = 1;
	SHOW(sigsetjmp(out, 1) || (at[2 * PAGE] = 1));
	SHOW(code);
	SHOW(pread(fd, at + 2 * PAGE, 1, 0));
	at[0] = 3;
	SHOW(ftruncate(fd, 3 * PAGE));
	SHOW(at[2 * PAGE]);
	SHOW(at[0]);
	SHOW(munmap(at, 3 * PAGE));
	SHOW(mapped(mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE, fd, -PAGE)));
	signal(SIGBUS, SIG_DFL);
	close(fd);
	unlink("beyond");
}

static long futex(unsigned int *at, int op, unsigned int value, const void *timeout,
		  unsigned int *other, unsigned int value3)
{
	return syscall(SYS_futex, at, op, value, timeout, other, value3);
}

static void words(void)
{
	static unsigned int word[4];
	const struct timespec bad = { 0, 1000000000 }, none = { 0, 0 };
	unsigned int *odd = (unsigned int *)((char *)word + 2);

	section("futex edges");
	SHOW(futex(word, FUTEX_WAIT, 0, &bad, NULL, 0));
	SHOW(futex(word, FUTEX_WAIT, 0, (void *)8, NULL, 0));
	SHOW(futex(word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 1, &none, NULL, 0));
	SHOW(futex(word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, &none, NULL, 0));
	SHOW(futex(word, FUTEX_WAIT_BITSET, 0, &none, NULL, 1));
	SHOW(futex(word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &none, NULL, 1));
	SHOW(futex(odd, FUTEX_WAKE, 1, NULL, NULL, 0));
	SHOW(futex(odd, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0));
	SHOW(futex((void *)8, FUTEX_WAKE, 1, NULL, NULL, 0));
	SHOW(futex(word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 1));
	SHOW(futex(word, FUTEX_REQUEUE, 1, (void *)1, word + 1, 0));
	SHOW(futex(word, FUTEX_REQUEUE, 1, (void *)1, odd, 0));
	SHOW(futex(word, FUTEX_CMP_REQUEUE, 1, (void *)1, word + 1, 0));
	SHOW(futex(word, FUTEX_CMP_REQUEUE, -1, (void *)1, word + 1, 0));
	for (int op = FUTEX_OP_SET; op <= FUTEX_OP_XOR; op++) {
		word[1] = 12;
		SHOW(futex(word, FUTEX_WAKE_OP, 1, (void *)1, word + 1,
			   FUTEX_OP(op, 10, FUTEX_OP_CMP_EQ, 12)));
		SHOW(word[1]);
	}
}

static bool in_order(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec <= b->tv_nsec);
}

/* What the C library reads without a call, and what the call says. */
static void vdso(void)
{
	static const int ids[] = { CLOCK_REALTIME,         CLOCK_MONOTONIC,
				   CLOCK_MONOTONIC_RAW,    CLOCK_REALTIME_COARSE,
				   CLOCK_BOOTTIME,         CLOCK_TAI,
				   CLOCK_MONOTONIC_COARSE, CLOCK_PROCESS_CPUTIME_ID };
	struct timespec t[3];
	struct timeval tv;
	time_t now;

	section("vDSO");
	SHOW(getauxval(AT_SYSINFO_EHDR) != 0);
	SHOW(memcmp((char *)getauxval(AT_SYSINFO_EHDR), "\177ELF", 4));
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		syscall(SYS_clock_gettime, ids[i], &t[0]);
		SHOW(clock_gettime(ids[i], &t[1]));
		syscall(SYS_clock_gettime, ids[i], &t[2]);
		SHOW(in_order(&t[0], &t[1]) && in_order(&t[1], &t[2]));
	}
	SHOW(clock_gettime(99, &t[0]));
	SHOW(gettimeofday(&tv, NULL));
	now = time(NULL);
	SHOW(now - tv.tv_sec >= -1 && now - tv.tv_sec < 100); /* that of the last tick */
	SHOW(clock_getres(CLOCK_MONOTONIC, &t[0]));
	SHOW(t[0].tv_nsec);
	SHOW(write(-1, (void *)getauxval(AT_SYSINFO_EHDR), 1));
}

void conform_asks(void)
{
	limits();
	priorities();
	clocks();
	timers();
	selves();
	spaces();
	advised();
	beyond();
	words();
	vdso();
}
