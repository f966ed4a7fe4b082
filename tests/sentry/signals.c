/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

static volatile sig_atomic_t calls, last, code;
static void *volatile address;
static sigjmp_buf out;
static char stack[65536];
static volatile int on_stack;

static void note(int sig, siginfo_t *info, void *uc)
{
	(void)uc;
	calls++;
	last = sig;
	code = info->si_code;
	address = info->si_addr;
	on_stack = (char *)&uc > stack && (char *)&uc < stack + sizeof(stack);
}

static void jump(int sig, siginfo_t *info, void *uc)
{
	note(sig, info, uc);
	siglongjmp(out, 1);
}

static void skip(int sig, siginfo_t *info, void *uc)
{
	ucontext_t *context = uc;

	note(sig, info, uc);
	context->uc_mcontext.gregs[REG_RIP] += 2;
	context->uc_mcontext.gregs[REG_RBX] = 77;
}

static int handle(int sig, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags };

	return sigaction(sig, &action, NULL);
}

static void sending(void)
{
	sigset_t set, old;

	section("signal");
	SHOW(handle(SIGUSR1, note, 0));
	SHOW(handle(SIGKILL, note, 0));
	SHOW(handle(99, note, 0));
	SHOW(raise(SIGUSR1));
	SHOW(calls);
	SHOW(last);
	SHOW(kill(getpid(), SIGUSR1));
	SHOW(code);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	SHOW(sigprocmask(SIG_BLOCK, &set, &old));
	SHOW(sigismember(&old, SIGUSR1));
	SHOW(raise(SIGUSR1));
	SHOW(raise(SIGUSR1));
	SHOW(calls);
	SHOW(sigpending(&old));
	SHOW(sigismember(&old, SIGUSR1));
	SHOW(sigprocmask(SIG_UNBLOCK, &set, NULL));
	SHOW(calls);
	SHOW(sigprocmask(99, &set, NULL));
	SHOW(handle(SIGUSR1, note, (int)SA_RESETHAND));
	SHOW(raise(SIGUSR1));
	SHOW(sigaction(SIGUSR1, NULL, &(struct sigaction){ 0 }));
	signal(SIGUSR1, SIG_IGN);
	SHOW(raise(SIGUSR1));
	SHOW(calls);
}

static void faults(void)
{
	char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int rbx = 0;

	section("fault");
	SHOW(handle(SIGSEGV, jump, 0));
	SHOW(handle(SIGFPE, jump, 0));
	SHOW(handle(SIGILL, skip, 0));
	if (!sigsetjmp(out, 1))
		*(volatile char *)64 = 1;
	SHOW(last);
	SHOW(code);
	SHOW((long)address);
	if (!sigsetjmp(out, 1))
		*(volatile char *)page = 1;
	SHOW(code);
	SHOW((char *)address == page);
	if (!sigsetjmp(out, 1))
		((void (*)(void))(uintptr_t)page)();
	SHOW(code);
	if (!sigsetjmp(out, 1))
		(void)*(volatile char *)0x8000000000000000;
	SHOW(code);
	if (!sigsetjmp(out, 1))
		__asm__ volatile("xor %%ecx, %%ecx; div %%ecx" ::: "eax", "ecx", "edx");
	SHOW(last);
	SHOW(code);
	__asm__ volatile("ud2" : "=b"(rbx));
	SHOW(last);
	SHOW(rbx);
	signal(SIGSEGV, SIG_DFL);
	signal(SIGFPE, SIG_DFL);
	signal(SIGILL, SIG_DFL);
	munmap(page, 4096);
}

static void stacks(void)
{
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) }, old;
	double kept = 1.5, sum;

	section("altstack");
	SHOW(sigaltstack(NULL, &old));
	SHOW(old.ss_flags);
	alt.ss_size = 10;
	SHOW(sigaltstack(&alt, NULL));
	alt.ss_size = sizeof(stack);
	SHOW(sigaltstack(&alt, NULL));
	SHOW(handle(SIGUSR2, note, SA_ONSTACK));
	sum = kept * 3;
	SHOW(raise(SIGUSR2));
	SHOW(on_stack);
	SHOW((long)(sum + kept));
	SHOW(handle(SIGUSR2, note, 0));
	SHOW(raise(SIGUSR2));
	SHOW(on_stack);
	alt.ss_flags = SS_DISABLE;
	SHOW(sigaltstack(&alt, NULL));
}

static void waiting(void)
{
	struct timespec soon = { 0, 1000000 }, bad = { 0, -1 };
	/* It goes on: on a busy machine the first may come before the call that it is for. */
	struct itimerval timer = { { 0, 20000 }, { 0, 20000 } }, never = { 0 };
	int fds[2];
	char byte;
	sigset_t set;

	section("interrupt");
	SHOW(pipe(fds));
	SHOW(handle(SIGALRM, note, 0));
	SHOW(setitimer(ITIMER_REAL, &timer, NULL));
	SHOW(read(fds[0], &byte, 1));
	SHOW(last);
	SHOW(pause());
	sigemptyset(&set);
	SHOW(sigsuspend(&set));
	SHOW(setitimer(ITIMER_REAL, &never, NULL));
	SHOW(nanosleep(&soon, NULL));
	SHOW(nanosleep(&bad, NULL));
	SHOW(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &soon, NULL));
	SHOW(clock_nanosleep(99, 0, &soon, NULL));
	sigaddset(&set, SIGUSR2);
	SHOW(sigprocmask(SIG_BLOCK, &set, NULL));
	SHOW(sigtimedwait(&set, NULL, &soon));
	SHOW(raise(SIGUSR2));
	SHOW(sigtimedwait(&set, NULL, &soon));
	SHOW(sigprocmask(SIG_UNBLOCK, &set, NULL));
	SHOW(alarm(0));
	SHOW(syscall(SYS_clock_gettime, 99, &soon));
	SHOW(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, 8));
	/* With SA_RESTART the read goes on, until the child writes. */
	SHOW(handle(SIGCHLD, note, SA_RESTART));
	if (!fork())
		_exit(0);
	if (!fork()) {
		nanosleep(&(struct timespec){ 0, 50000000 }, NULL);
		_exit(write(fds[1], "x", 1) != 1);
	}
	SHOW(read(fds[0], &byte, 1));
	while (wait(NULL) > 0 || errno == EINTR)
		continue;
	signal(SIGCHLD, SIG_DFL);
	close(fds[0]), close(fds[1]);
}

void conform_signals(void)
{
	sending();
	faults();
	stacks();
	waiting();
}
