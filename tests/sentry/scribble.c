/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scribble jump SEED N    N children jump somewhere into what lies above the guest's addresses
 * scribble write SEED N   N children write there while a thread of theirs makes calls
 *
 * A hostile guest that knows the stub that it runs in. Children may end in any way, and the sandbox
 * may end with them: this says "done" if it did not.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define TOP 0x7fffe0000000ull
#define SLOTS (TOP + 0x10000)
#define SLOT 0x8000ull

static uint64_t state;

static uint64_t rnd(void)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return state >> 16;
}

/* Registers as a caller of the stub's code would have them, or anything. */
static uint64_t pick(void)
{
	switch (rnd() % 6) {
	case 0:
		return rnd() % 512;
	case 1:
		return TOP + rnd() % 0x2000;
	case 2:
		return SLOTS + rnd() % (8 * SLOT);
	case 3:
		return (uint64_t)-1;
	case 4:
		return 0;
	default:
		return rnd() << 20 | rnd();
	}
}

static void jump(void)
{
	static const uint64_t at[] = { 64, 64, 0x800, 0 }, len[] = { 520, 520, 320, 4096 };
	uint64_t which = rnd() % 4, to = TOP + at[which] + rnd() % len[which], r[8];

	for (int i = 0; i < 8; i++)
		r[i] = pick();
	asm volatile("mov %0, %%r11\n"
		     "mov %1, %%r9\n"
		     "mov 0(%%r9), %%rax\n"
		     "mov 8(%%r9), %%rdi\n"
		     "mov 16(%%r9), %%rsi\n"
		     "mov 24(%%r9), %%rdx\n"
		     "mov 32(%%r9), %%r10\n"
		     "mov 40(%%r9), %%rbx\n"
		     "mov 48(%%r9), %%r14\n"
		     "mov 56(%%r9), %%rsp\n"
		     "jmp *%%r11\n"
		     :
		     : "r"(to), "r"(r)
		     : "memory");
	__builtin_unreachable();
}

static void *caller(void *arg)
{
	for (;;)
		syscall(SYS_getppid, arg);
	return NULL;
}

static sigjmp_buf back;

static void missed(int sig)
{
	siglongjmp(back, sig);
}

/* Finds what of the slots can be written to, and writes there. */
static void scribble(void)
{
	uint64_t found[64];
	volatile int n = 0;
	pthread_t thread;

	signal(SIGSEGV, missed);
	signal(SIGBUS, missed);
	for (volatile uint64_t at = SLOTS; at < SLOTS + 64 * SLOT && n < 64; at += SLOT) {
		if (sigsetjmp(back, 1))
			continue;
		(void)*(volatile uint64_t *)at;
		found[n++] = at;
	}
	pthread_create(&thread, NULL, caller, NULL);
	for (int i = 0; n && i < 2000; i++) {
		uint64_t at = found[rnd() % n];

		at += rnd() % 3 ? rnd() % 256 & ~7ull : rnd() % SLOT & ~7ull;
		if (rnd() % 4 == 0) /* what a bridge keeps */
			at = (at & ~(SLOT - 1)) + 0x7f00 + rnd() % 17 * 8;
		*(volatile uint64_t *)at = rnd() % 2 ? pick() : rnd() % 4;
		if (i % 16 == 0)
			syscall(SYS_getppid);
	}
}

static void child(const char *what)
{
	const struct itimerval soon = { { 0, 20000 }, { 0, 20000 } },
			       late = { { 0, 200000 }, { 0, 200000 } };
	int jumps = !strcmp(what, "jump");

	/* Where it lands may be the wait for the sentry, which has nothing to say. */
	setitimer(ITIMER_REAL, jumps ? &soon : &late, NULL);
	if (jumps)
		jump();
	scribble();
	_exit(0);
}

int main(int argc, char **argv)
{
	int n = argc > 3 ? atoi(argv[3]) : 10;

	state = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	for (int i = 0; i < n; i++) {
		pid_t pid;

		rnd();
		pid = fork();
		if (!pid)
			child(argv[1]);
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	puts("done");
	return 0;
}
