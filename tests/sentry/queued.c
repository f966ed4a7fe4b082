/* SPDX-License-Identifier: Apache-2.0 */
/* Signals in their finer points: queues, masks, flags, stacks, and what waitid tells. */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

#define LOG 16

static volatile int n_log, codes[LOG], values[LOG], signals[LOG], blocked[LOG];
static char stack[65536];
static volatile long in_handler[4];

static void note(int sig, siginfo_t *info, void *uc)
{
	sigset_t now;

	sigprocmask(SIG_BLOCK, NULL, &now);
	signals[n_log] = sig;
	codes[n_log] = info->si_code;
	values[n_log] = info->si_value.sival_int;
	blocked[n_log] = sigismember(&now, SIGUSR1) | sigismember(&now, SIGUSR2) << 1;
	n_log++;
}

static int handle(int sig, unsigned int flags, int masks)
{
	struct sigaction action = { .sa_sigaction = note, .sa_flags = (int)(SA_SIGINFO | flags) };

	sigemptyset(&action.sa_mask);
	if (masks)
		sigaddset(&action.sa_mask, masks);
	return sigaction(sig, &action, NULL);
}

static void show_log(void)
{
	SHOW(n_log);
	for (int i = 0; i < n_log; i++) {
		SHOW(signals[i]);
		SHOW(codes[i]);
		SHOW(values[i]);
		SHOW(blocked[i]);
	}
	n_log = 0;
}

static int queue(pid_t pid, int sig, int value)
{
	return sigqueue(pid, sig, (union sigval){ .sival_int = value });
}

static long queue_raw(pid_t pid, int sig, int code)
{
	siginfo_t info = { .si_code = code };

	return syscall(SYS_rt_sigqueueinfo, pid, sig, &info);
}

static void queues(void)
{
	const struct timespec none = { 0, 0 }, bad = { 0, 1000000000 };
	sigset_t set, old;
	siginfo_t info;

	section("sigqueue");
	handle(SIGUSR1, 0, 0), handle(SIGRTMIN, 0, 0), handle(SIGRTMIN + 1, 0, 0);
	SHOW(queue(getpid(), SIGUSR1, 5));
	show_log();
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1), sigaddset(&set, SIGRTMIN), sigaddset(&set, SIGRTMIN + 1);
	SHOW(sigprocmask(SIG_BLOCK, &set, &old));
	SHOW(queue(getpid(), SIGRTMIN + 1, 1));
	SHOW(queue(getpid(), SIGRTMIN, 2));
	SHOW(queue(getpid(), SIGRTMIN, 3));
	SHOW(queue(getpid(), SIGUSR1, 4));
	SHOW(queue(getpid(), SIGUSR1, 5));
	SHOW(sigpending(&old));
	SHOW(sigismember(&old, SIGRTMIN));
	SHOW(sigwaitinfo(&set, &info) == SIGUSR1);
	SHOW(info.si_value.sival_int);
	SHOW(sigwaitinfo(&set, &info) == SIGRTMIN);
	SHOW(info.si_value.sival_int);
	SHOW(info.si_pid == getpid());
	SHOW(info.si_uid == getuid());
	SHOW(sigprocmask(SIG_UNBLOCK, &set, NULL));
	show_log();
	SHOW(sigtimedwait(&set, NULL, &none));
	SHOW(sigtimedwait(&set, NULL, &bad));
	SHOW(syscall(SYS_rt_sigtimedwait, 8l, NULL, &none, 8));
	SHOW(syscall(SYS_rt_sigtimedwait, &set, NULL, &none, 9));
	SHOW(queue(getpid(), 0, 0));
	SHOW(queue(getpid(), 65, 0));
	SHOW(queue(5000000, SIGUSR1, 0));
	SHOW(queue_raw(getpid(), SIGUSR1, 7)); /* to oneself anything may be said */
	SHOW(queue_raw(getppid(), 0, SI_TKILL));
	SHOW(queue_raw(getppid(), 0, 0));
	SHOW(queue_raw(5000000, 0, 0));
	SHOW(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, 8l));
	info.si_code = SI_QUEUE;
	SHOW(syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGUSR1, &info));
	SHOW(syscall(SYS_rt_tgsigqueueinfo, getpid(), -1, SIGUSR1, &info));
	SHOW(syscall(SYS_rt_tgsigqueueinfo, getpid(), 5000000, SIGUSR1, &info));
	SHOW(syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGUSR1, 8l));
	show_log();
}

static void flags(void)
{
	struct sigaction action = { .sa_handler = SIG_IGN }, old;
	struct {
		uint64_t handler, flags, restorer, mask;
	} raw = { .handler = 1, .flags = 0x400 | SA_RESTART, .mask = ~0ull }, got = { 0 };

	section("sigaction");
	handle(SIGUSR1, 0, SIGUSR2), handle(SIGUSR2, SA_NODEFER, 0);
	raise(SIGUSR1), raise(SIGUSR2);
	show_log();
	handle(SIGUSR1, SA_RESETHAND | SA_NODEFER, 0);
	raise(SIGUSR1);
	show_log();
	SHOW(sigaction(SIGUSR1, NULL, &old));
	SHOW(old.sa_handler == SIG_DFL);
	SHOW(sigaction(SIGKILL, NULL, &old));
	SHOW(old.sa_handler == SIG_DFL);
	SHOW(sigaction(SIGKILL, &action, NULL));
	SHOW(sigaction(SIGSTOP, &action, NULL));
	SHOW(syscall(SYS_rt_sigaction, 0, NULL, NULL, 8));
	SHOW(syscall(SYS_rt_sigaction, 65, NULL, NULL, 8));
	SHOW(syscall(SYS_rt_sigaction, 64, NULL, NULL, 8));
	SHOW(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4));
	SHOW(syscall(SYS_rt_sigaction, SIGUSR1, 8l, NULL, 8));
	SHOW(syscall(SYS_rt_sigaction, 65, 8l, NULL, 8));
	SHOW(syscall(SYS_rt_sigaction, SIGUSR1, NULL, 8l, 8));
	SHOW(syscall(SYS_rt_sigaction, SIGUSR1, &raw, NULL, 8));
	SHOW(syscall(SYS_rt_sigaction, SIGUSR1, NULL, &got, 8));
	SHOW(got.handler);
	SHOW(got.flags); /* without what no kernel knows */
	SHOW(got.mask);  /* without SIGKILL and SIGSTOP */
	signal(SIGUSR1, SIG_DFL);
}

static void masks(void)
{
	uint64_t set = ~0ull, old;

	section("sigprocmask");
	SHOW(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &set, &old, 8));
	SHOW(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old, &set, 8));
	SHOW(set);
	SHOW(syscall(SYS_rt_sigprocmask, 9, NULL, &set, 8));
	SHOW(syscall(SYS_rt_sigprocmask, 9, &old, NULL, 8));
	SHOW(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &old, NULL, 7));
	SHOW(syscall(SYS_rt_sigprocmask, SIG_BLOCK, 8l, NULL, 8));
	SHOW(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, 8l, 8));
	SHOW(syscall(SYS_rt_sigpending, &set, 9));
	SHOW(syscall(SYS_rt_sigpending, 8l, 8));
	set = ~0ull;
	SHOW(syscall(SYS_rt_sigpending, &set, 4));
	SHOW(set >> 32 == 0xffffffff);
	SHOW(syscall(SYS_rt_sigsuspend, &set, 7));
	SHOW(syscall(SYS_rt_sigsuspend, 8l, 8));
}

static void from_handler(int sig)
{
	stack_t now, other = { .ss_flags = SS_DISABLE };

	in_handler[0] = sigaltstack(NULL, &now);
	in_handler[1] = now.ss_flags;
	in_handler[2] = sigaltstack(&other, NULL);
	in_handler[3] = errno == EPERM;
}

static void stacks(void)
{
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) }, old;
	struct sigaction action = { .sa_handler = from_handler, .sa_flags = SA_ONSTACK };

	section("sigaltstack");
	SHOW(sigaltstack(&alt, NULL));
	SHOW(sigaltstack(NULL, &old));
	SHOW(old.ss_sp == stack);
	SHOW(old.ss_size);
	SHOW(old.ss_flags);
	alt.ss_flags = SS_ONSTACK;
	SHOW(sigaltstack(&alt, &old));
	alt.ss_flags = SS_ONSTACK | SS_DISABLE;
	SHOW(sigaltstack(&alt, NULL));
	alt.ss_flags = 4;
	SHOW(sigaltstack(&alt, NULL));
	SHOW(sigaltstack((stack_t *)8, NULL));
	SHOW(sigaltstack(NULL, (stack_t *)8));
	sigaction(SIGUSR1, &action, NULL);
	SHOW(raise(SIGUSR1));
	for (int i = 0; i < 4; i++)
		SHOW(in_handler[i]);
	alt = (stack_t){ .ss_flags = SS_DISABLE };
	SHOW(sigaltstack(&alt, &old));
	SHOW(old.ss_flags);
	SHOW(sigaltstack(NULL, &old));
	SHOW(old.ss_flags);
	SHOW(old.ss_size);
	signal(SIGUSR1, SIG_DFL);
}

static void show_child(siginfo_t *info, pid_t pid)
{
	SHOW(info->si_signo);
	SHOW(info->si_code);
	SHOW(info->si_status);
	SHOW(info->si_pid == pid);
	memset(info, 0, sizeof(*info));
}

static void children(void)
{
	siginfo_t info = { 0 };
	pid_t pid = fork();

	section("waitid tells");
	if (!pid)
		for (;;)
			pause();
	info.si_signo = info.si_pid = 1;
	SHOW(waitid(P_PID, pid, &info, WEXITED | WNOHANG));
	show_child(&info, 0);
	SHOW(kill(pid, SIGSTOP));
	SHOW(waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT));
	show_child(&info, pid);
	SHOW(waitid(P_PGID, getpgrp(), &info, WSTOPPED));
	show_child(&info, pid);
	SHOW(waitid(P_PID, pid, &info, WSTOPPED | WNOHANG));
	SHOW(kill(pid, SIGCONT));
	SHOW(waitid(P_PID, pid, &info, WCONTINUED));
	show_child(&info, pid);
	SHOW(kill(pid, SIGKILL));
	SHOW(waitid(P_PGID, 0, &info, WEXITED | WNOWAIT));
	show_child(&info, pid);
	SHOW(kill(pid, 0)); /* it is there until it is waited for */
	SHOW(queue(pid, 0, 0));
	SHOW(waitid(P_PID, pid, NULL, WEXITED));
	SHOW(queue(pid, 0, 0));
	SHOW(waitid(P_PID, pid, &info, WEXITED));
	SHOW(waitid(P_PID, 0, &info, WEXITED));
	SHOW(waitid(P_PID, -1, &info, WEXITED));
	SHOW(waitid(P_PGID, -1, &info, WEXITED));
	SHOW(waitid(P_PID, 5000000, &info, WEXITED | 0x100));
	SHOW(wait4(-1, NULL, WEXITED, NULL));
	SHOW(wait4(-1, NULL, WNOWAIT, NULL));
	SHOW(wait4((pid_t)0x80000000, NULL, 0, NULL));
	SHOW(wait4(-5000000, NULL, 0, NULL));
	pid = fork();
	if (!pid)
		_exit(3);
	SHOW(wait4(pid, (int *)8, 0, NULL));
	SHOW(wait4(pid, NULL, 0, NULL));
	SHOW(kill(-5000000, 0));
	SHOW(kill(getpid(), -1));
	SHOW(kill(getpid(), 65));
}

static volatile int died;

static void parent_died(int sig)
{
	died = sig;
}

/* A grandchild, whose parent ends: who wants it, and whether it is told. */
static void orphans(void)
{
	int old = 9, ends[2];
	char byte = 0;

	section("orphan");
	SHOW(prctl(PR_GET_PDEATHSIG, &old));
	SHOW(old);
	SHOW(prctl(PR_SET_PDEATHSIG, 65));
	SHOW(prctl(PR_GET_CHILD_SUBREAPER, &old));
	SHOW(old);
	SHOW(prctl(PR_SET_CHILD_SUBREAPER, 1));
	SHOW(prctl(PR_GET_CHILD_SUBREAPER, &old));
	SHOW(old);
	SHOW(pipe(ends));
	if (!fork()) {
		if (!fork()) {
			signal(SIGUSR2, parent_died);
			prctl(PR_SET_PDEATHSIG, SIGUSR2);
			prctl(PR_GET_PDEATHSIG, &old);
			byte = (char)old;
			write(ends[1], &byte, 1);
			while (!died)
				usleep(1000);
			_exit(died);
		}
		read(ends[0], &byte, 1);
		_exit(byte);
	}
	SHOW(wait(&old) > 0);
	SHOW(WEXITSTATUS(old));
	SHOW(wait(&old) > 0);
	SHOW(WEXITSTATUS(old));
	SHOW(wait(&old));
	SHOW(prctl(PR_SET_CHILD_SUBREAPER, 0));
	close(ends[0]), close(ends[1]);
}

void conform_queued(void)
{
	queues();
	flags();
	masks();
	stacks();
	children();
	orphans();
}
