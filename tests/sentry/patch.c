/* SPDX-License-Identifier: Apache-2.0 */
/*
 * patch         what calls give, and code that jumps about
 * patch itself  only calls, thousands, in the program's own code and in a copy
 * patch here    what calls give, with the sites in the program only; and areas that come to lie all around
 * patch able    ends with 0 where threads can have a segment, without which there are no patches
 *
 * Call sites that are called so often that the platform may patch them, and what must not show:
 * this says the same natively, with patches and without. Its sites are those in the program, and
 * the same once more, mapped from its file, where libraries lie.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <immintrin.h>
#include <link.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include <asm/prctl.h>

#define OFTEN 200
#define TOP 0x7fffe0000000ull

extern const char sites[], sites_end[], at_cmp[], at_move[], at_two[], at_ret[], at_state[];

/*
 * Each begins at the call, the number is in rax; at_state is a function that loads everything from
 * rdi and stores it to rsi: 16 registers, flags, 16 bytes of red zone, rcx and r11 as they come out.
 */
asm(".pushsection .text\n"
    ".p2align 12\n"
    "sites:\n"
    "at_cmp:	syscall\n"
    "	cmp $0xfffffffffffff000, %rax\n"
    "	ret\n"
    ".p2align 12\n"
    "at_move:	syscall\n" /* from its second byte: add $0x90c58948, %eax; ret */
    "	mov %rax, %rbp\n"
    "	nop\n"
    "	ret\n"
    ".p2align 12\n"
    "at_two:	syscall\n"
    "	.byte 0x89, 0xc5\n" /* mov %eax, %ebp */
    "	xor %edx, %edx\n"
    "	ret\n"
    ".p2align 12\n"
    "at_ret:	syscall\n"
    "	ret\n"
    "	nop\n"
    "	nop\n"
    ".p2align 12\n"
    "at_state:\n"
    "	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15; push %rsi\n"
    "	mov %rsp, 120(%rsi)\n" /* below, beyond the red zone: rsp is the buffer's end */
    "	mov %rdi, %r15\n"
    "	mov 112(%r15), %rax; push %rax; popfq\n"
    "	mov 0(%r15), %rax; mov 8(%r15), %rbx; mov 16(%r15), %rdx; mov 24(%r15), %rdi\n"
    "	mov 32(%r15), %rbp; mov 40(%r15), %r8; mov 48(%r15), %r9; mov 56(%r15), %r10\n"
    "	mov 64(%r15), %r12; mov 72(%r15), %r13; mov 80(%r15), %r14\n"
    "	mov 88(%r15), %rcx; mov %rcx, -8(%rsp); mov %rcx, -128(%rsp); mov 96(%r15), %rsi\n"
    "	mov 104(%r15), %r15\n"
    "at_state_call:	syscall\n"
    "	mov %rsi, %rsi\n"
    "	mov %r11, -16(%rsp)\n"
    "	mov (%rsp), %r11\n"
    "	mov %rax, 0(%r11); mov %rbx, 8(%r11); mov %rdx, 16(%r11); mov %rdi, 24(%r11)\n"
    "	mov %rbp, 32(%r11); mov %r8, 40(%r11); mov %r9, 48(%r11); mov %r10, 56(%r11)\n"
    "	mov %r12, 64(%r11); mov %r13, 72(%r11); mov %r14, 80(%r11)\n"
    "	mov %rsi, 96(%r11); mov %r15, 104(%r11)\n"
    "	mov -16(%rsp), %rax; mov %rax, 128(%r11)\n" /* what was r11 */
    "	mov -8(%rsp), %rax; mov %rax, 88(%r11); mov -128(%rsp), %rax; mov %rax, 136(%r11)\n"
    "	pushfq; pop %rax; mov %rax, 112(%r11)\n"
    "	sub 120(%r11), %rsp; mov %rsp, 144(%r11); add 120(%r11), %rsp\n" /* 0: it is as it was */
    "	lea at_state_behind(%rip), %rax; sub %rax, %rcx; mov %rcx, 152(%r11)\n"
    "	cld\n"
    "	pop %rsi; pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "	ret\n"
    ".set at_state_behind, at_state_call + 2\n"
    ".p2align 12\n"
    "sites_end:\n"
    ".popsection\n");

static char *mapped;
static bool in_place; /* there are only those in the program */

static void say(const char *what, long value)
{
	printf("%s = %ld\n", what, value);
}

static void *here(const char *symbol)
{
	return mapped + (symbol - sites);
}

struct find {
	uint64_t offset;
};

static int find(struct dl_phdr_info *info, size_t size, void *arg)
{
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uint64_t at = (uint64_t)sites - info->dlpi_addr;

		if (ph->p_type == PT_LOAD && at >= ph->p_vaddr && at < ph->p_vaddr + ph->p_memsz)
			((struct find *)arg)->offset = at - ph->p_vaddr + ph->p_offset;
	}
	return 1; /* the program is the first */
}

static char *map_again(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	struct find found = { 0 };
	char *at;

	if (in_place)
		return (char *)sites;
	dl_iterate_phdr(find, &found);
	at = mmap(NULL, (size_t)(sites_end - sites), PROT_READ | PROT_EXEC, MAP_PRIVATE, fd,
		  (off_t)found.offset);
	if (fd < 0 || at == MAP_FAILED) {
		perror("the sites");
		exit(1);
	}
	close(fd);
	return at;
}

/* Enters the code at `at` with number and arguments; rbp and rdx are given back in *got. */
static long enter(const void *at, long nr, long a, long b, long c, long *got)
{
	register long rbp asm("r8");
	long result, rdx;

	asm volatile("push %%rbp\n"
		     "sub $128, %%rsp\n"
		     "xor %%ebp, %%ebp\n"
		     "call *%%rcx\n"
		     "mov %%rbp, %%r8\n"
		     "add $128, %%rsp\n"
		     "pop %%rbp\n"
		     : "=a"(result), "=r"(rbp), "=d"(rdx), "+c"(at)
		     : "0"(nr), "D"(a), "S"(b), "2"(c)
		     : "r11", "r9", "r10", "memory", "cc");
	if (got)
		got[0] = rbp, got[1] = rdx;
	return result;
}

static long often(const char *symbol)
{
	long got[2], wrong = 0;

	for (int i = 0; i < OFTEN; i++)
		wrong += enter(here(symbol), SYS_getpid, 0, 0, 7, got) != getpid();
	return wrong;
}

static void middle(void)
{
	long got[2];

	say("wrong before, by cmp", often(at_cmp));
	say("behind the call", enter(here(at_cmp) + 2, 77, 0, 0, 5, got));
	say("in the instruction behind", enter(here(at_cmp) + 3, 78, 0, 0, 5, got));
	say("wrong after", often(at_cmp));
	say("wrong before, by mov", often(at_move));
	say("behind the call", enter(here(at_move) + 2, 79, 0, 0, 5, got));
	say("rbp", got[0]);
	say("in the call", (int)enter(here(at_move) + 1, 1000, 0, 0, 5, got));
	say("wrong after", often(at_move));
	say("wrong before, by two", often(at_two));
	say("the second", enter(here(at_two) + 4, 80, 0, 0, 5, got));
	say("rbp", got[0]);
	say("rdx", got[1]);
	say("wrong after", often(at_two));
	say("wrong before, by ret", often(at_ret));
	say("the padding", enter(here(at_ret) + 2, 81, 0, 0, 5, got));
	say("wrong after", often(at_ret));
}

static void state(void)
{
	uint64_t in[20], out[20], first[20];
	void (*run)(uint64_t *, uint64_t *) = (void (*)(uint64_t *, uint64_t *))here(at_state);
	int wrong = 0;

	for (int i = 0; i < OFTEN; i++) {
		for (int k = 0; k < 20; k++)
			in[k] = 0x0123456789abcdefull * (uint64_t)(k + 3);
		in[0] = SYS_getppid;
		/* CF, PF, AF, ZF, SF, DF, OF and ID in all ways; IF and the bit that is always set. */
		in[14] = 0x202 | (i & 1) | (i & 2) << 1 | (i & 4) << 2 | (i & 8) << 3 |
			 (i & 16) << 3 | (i & 32) << 5 | (i & 64) << 5 | (uint64_t)(i & 128) << 14;
		memset(out, 0, sizeof(out));
		run(in, out);
		in[0] = (uint64_t)getppid();
		for (int k = 0; k < 15; k++)
			wrong += out[k] != in[k];
		wrong += out[16] != in[14] || out[17] != in[11] || out[18];
		if (!i)
			memcpy(first, out, sizeof(first));
		wrong += out[19] != first[19];
	}
	say("registers and flags that are not as they were", wrong);
}

__attribute__((target("avx"))) static int vectors_once(void)
{
	uint8_t in[64], out[64];
	unsigned int control = 0x1fa0, after = 0;
	__m256i low, high;

	for (int k = 0; k < 64; k++)
		in[k] = (uint8_t)(k * 7 + 1);
	low = _mm256_loadu_si256((void *)in);
	high = _mm256_loadu_si256((void *)(in + 32));
	asm volatile("vmovdqa %[low], %%ymm3\n"
		     "vmovdqa %[high], %%ymm15\n"
		     "ldmxcsr %[control]\n"
		     "fldpi\n"
		     "sub $128, %%rsp\n"
		     "call *%%rdx\n"
		     "add $128, %%rsp\n"
		     "stmxcsr %[after]\n"
		     "fstp %%st(0)\n"
		     "vmovdqa %%ymm3, %[low]\n"
		     "vmovdqa %%ymm15, %[high]\n"
		     : [low] "+x"(low), [high] "+x"(high), [after] "=m"(after)
		     : "a"(SYS_getpid), "d"(here(at_cmp)), [control] "m"(control)
		     : "rcx", "r11", "xmm3", "xmm15", "memory", "cc");
	_mm256_storeu_si256((void *)out, low);
	_mm256_storeu_si256((void *)(out + 32), high);
	return memcmp(in, out, 64) != 0 || after != control;
}

static void vectors(void)
{
	unsigned int was = _mm_getcsr();
	int wrong = 0;

	for (int i = 0; i < OFTEN && __builtin_cpu_supports("avx"); i++)
		wrong += vectors_once();
	_mm_setcsr(was);
	say("vectors that are not as they were", wrong);
}

static void segments(void)
{
	static uint64_t mine[2] = { 42, 43 };
	unsigned long got = 0;

	say("GS", (long)_readgsbase_u64());
	syscall(SYS_arch_prctl, ARCH_SET_GS, mine);
	say("wrong with a GS", often(at_two));
	asm volatile("mov %%gs:8, %0" : "=r"(got));
	say("by GS", (long)got);
	_writegsbase_u64((uint64_t)(mine + 1));
	say("wrong with a GS by instruction", often(at_two));
	asm volatile("mov %%gs:0, %0" : "=r"(got));
	say("by GS", (long)got);
	syscall(SYS_arch_prctl, ARCH_GET_GS, &got);
	say("it is known", got == (unsigned long)(mine + 1));
	_writegsbase_u64(0);
}

/* Makes the page its own, and its call another. */
static void modify(void)
{
	unsigned char *at = here(at_two);
	static const unsigned char want[] = { 0x0f, 0x05, 0x89, 0xc5, 0x31, 0xd2, 0xc3 };
	int pipes[2];
	unsigned char copy[7] = { 0 };

	say("wrong before", often(at_two));
	pipe(pipes);
	write(pipes[1], at, sizeof(copy));
	read(pipes[0], copy, sizeof(copy));
	say("what a call reads is what is in the file", !memcmp(copy, want, sizeof(want)));
	say("mprotect",
	    mprotect((void *)((uintptr_t)at & ~4095ul), 4096, PROT_READ | PROT_WRITE | PROT_EXEC));
	say("what is in memory too", !memcmp(at, want, sizeof(want)));
	at[0] = at[1] = 0x90;
	say("without the call", enter(at, 1234, 0, 0, 0, NULL));
	at[0] = 0x0f, at[1] = 0x05;
	say("wrong with it", often(at_two));
	mprotect((void *)((uintptr_t)at & ~4095ul), 4096, PROT_READ | PROT_EXEC);
	say("wrong after", often(at_two));
	close(pipes[0]);
	close(pipes[1]);
}

static long many(void)
{
	long wrong = 0;

	for (int i = 0; i < 5; i++)
		wrong += often(at_cmp) + often(at_move) + often(at_two) + often(at_ret);
	return wrong;
}

/* The same sites in memory of the program's own, which it has written to; before there are jumps,
 * since these would be copied, too. */
static char *copy_sites(void)
{
	size_t len = (size_t)(sites_end - sites);
	char *at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(at, sites, len);
	mprotect(at, len, PROT_READ | PROT_EXEC);
	return at;
}

/* Code in memory of its own: written, then made executable; and once more, as other code. */
static void made(void)
{
	unsigned char *at =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *was = mapped;
	int status = -1;

	mapped = (char *)at;
	for (int round = 0; round < 3; round++) {
		memcpy(at, at_two, 8);
		at[8] = (unsigned char)round;
		mprotect(at, 4096, PROT_READ | PROT_EXEC);
		say("wrong in code that was made", often(sites) + often(sites));
		if (!fork()) {
			if (often(sites) || mprotect(at, 4096, PROT_READ | PROT_WRITE))
				_exit(1);
			at[0] = 7;
			_exit(0);
		}
		wait(&status);
		say("status", status);
		say("wrong after a fork", often(sites));
		mprotect(at, 4096, PROT_READ | PROT_WRITE);
		say("what is there", !memcmp(at, at_two, 8) && at[8] == round);
		at[0] = at[1] = 0x90;
		mprotect(at, 4096, PROT_READ | PROT_EXEC);
		say("without the call", enter(at, 1234, 0, 0, 0, NULL));
		mprotect(at, 4096, PROT_READ | PROT_WRITE);
	}
	munmap(at, 4096);
	mapped = was;
}

static volatile int alarms, high, stop;

static void on_alarm(int sig, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;
	uint64_t rip = (uint64_t)uc->uc_mcontext.gregs[REG_RIP];

	(void)sig, (void)info;
	alarms++;
	/* Libraries lie around the mapping; the frame is on the stack of what was interrupted. */
	high += rip >= TOP && rip - (uint64_t)mapped > 1u << 28;
	high += (uint64_t)uc->uc_mcontext.gregs[REG_RSP] - (uint64_t)&rip > 1u << 16;
	enter(here(at_ret), SYS_getpid, 0, 0, 0, NULL);
}

static void *caller(void *arg)
{
	long tid = syscall(SYS_gettid), wrong = 0, got[2];

	for (int i = 0; i < 4000 || !stop; i++) {
		wrong += enter(here(at_ret), SYS_gettid, 0, 0, 0, got) != tid || got[1];
		wrong += enter(here(at_move), SYS_gettid, 0, 0, 9, got) != tid || got[0] != tid ||
			 got[1] != 9;
		if (i % 512 == 0 && arg)
			enter(here(at_ret), SYS_tgkill, getpid(), (long)arg, SIGUSR1, NULL);
	}
	return (void *)wrong;
}

static void threads(void)
{
	const struct sigaction act = { .sa_sigaction = on_alarm,
				       .sa_flags = SA_SIGINFO | SA_RESTART };
	const struct itimerval soon = { { 0, 700 }, { 0, 700 } }, never = { 0 };
	pthread_t thread[3];
	void *wrong, *all = NULL;

	sigaction(SIGALRM, &act, NULL);
	sigaction(SIGUSR1, &act, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	for (int i = 0; i < 3; i++)
		pthread_create(&thread[i], NULL, caller, (void *)syscall(SYS_gettid));
	while (alarms < 50)
		enter(here(at_ret), SYS_getpid, 0, 0, 0, NULL);
	stop = 1;
	for (int i = 0; i < 3; i++) {
		pthread_join(thread[i], &wrong);
		all = (char *)all + (long)wrong;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	say("wrong in threads", (long)all);
	say("signals that came to addresses that there are not", high);
}

static void *writer(void *arg)
{
	int *ends = arg;

	usleep(20000);
	syscall(SYS_tgkill, getpid(), ends[2], SIGUSR1);
	usleep(20000);
	write(ends[1], "x", 1);
	return NULL;
}

/* A read that a signal comes to, begun anew or not. */
static void restart(int flags)
{
	const struct sigaction act = { .sa_sigaction = on_alarm, .sa_flags = SA_SIGINFO | flags };
	int ends[3];
	pthread_t thread;
	char byte = 0;

	often(at_ret);
	sigaction(SIGUSR1, &act, NULL);
	pipe(ends);
	ends[2] = (int)syscall(SYS_gettid);
	pthread_create(&thread, NULL, writer, ends);
	say("read", enter(here(at_ret), SYS_read, ends[0], (long)&byte, 1, NULL));
	pthread_join(thread, NULL);
	say("the byte", byte);
	close(ends[0]);
	close(ends[1]);
}

static volatile int steps;
static volatile uint64_t trail[64];

static void on_trap(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	uint64_t at = (uint64_t)uc->uc_mcontext.gregs[REG_RIP] - (uint64_t)here(at_cmp);

	(void)sig;
	if (at < 64 && steps < 64)
		trail[steps++] = at * 2 + ((uint64_t)info->si_addr - (uint64_t)here(at_cmp) == at);
}

static void single_steps(void)
{
	const struct sigaction act = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };

	sigaction(SIGTRAP, &act, NULL);
	mapped = map_again();
	often(at_cmp);
	asm volatile("sub $128, %%rsp\n"
		     "pushfq\n"
		     "orq $0x100, (%%rsp)\n"
		     "popfq\n"
		     "call *%%rdx\n"
		     "pushfq\n"
		     "andq $~0x100, (%%rsp)\n"
		     "popfq\n"
		     "add $128, %%rsp\n"
		     :
		     : "a"(SYS_getpid), "d"(here(at_cmp))
		     : "rcx", "r11", "memory", "cc");
	for (int i = 0; i < steps; i++)
		say("a step", (long)trail[i]);
	say("wrong after", often(at_cmp));
}

static void processes(void)
{
	int status = -1;
	pid_t pid;

	often(at_ret);
	pid = (pid_t)enter(here(at_ret), SYS_fork, 0, 0, 0, NULL);
	if (!pid)
		_exit(enter(here(at_ret), SYS_getpid, 0, 0, 0, NULL) == getpid() && !often(at_ret)
			      ? 7
			      : 8);
	say("waitpid", waitpid(pid, &status, 0) == pid);
	say("status", status);
	if (!enter(here(at_ret), SYS_fork, 0, 0, 0, NULL)) {
		char *args[] = { "true", NULL };

		enter(here(at_ret), SYS_execve, (long)"/bin/true", (long)args, (long)args, NULL);
		_exit(9);
	}
	wait(&status);
	say("status", status);
	if (in_place)
		return;
	say("munmap", munmap(mapped, (size_t)(sites_end - sites)));
	mapped = map_again();
	say("wrong in another mapping", often(at_ret));
}

/* Areas where nothing was, around a program that lies low, while threads call; by each call that makes such. */
static void areas(void)
{
	/* Linux may have a heap below the first. */
	char *const low = (char *)0x50000000, *const high = low + 0x8000000, *end = sbrk(0);
	const size_t len = 0x20000000;
	pthread_t thread[2];
	void *wrong, *all = NULL;

	stop = 0;
	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, caller, NULL);
	for (int i = 0; i < 3; i++) {
		all = (char *)all + often(at_two);
		say("an area",
		    mmap(low, len, PROT_READ | PROT_EXEC,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) == low);
		all = (char *)all + often(at_two);
		say("what is there", low[len - 1] + low[len / 2]);
		munmap(low, len);
		all = (char *)all + often(at_two);
	}
	say("a heap", sbrk(0x68000000) == end);
	all = (char *)all + often(at_two);
	say("a small one", brk(end));
	say("one more",
	    mmap(low, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == low);
	say("moved", mremap(low, 4096, len, MREMAP_MAYMOVE | MREMAP_FIXED, high) == high);
	all = (char *)all + often(at_two);
	munmap(high, len);
	stop = 1;
	for (int i = 0; i < 2; i++) {
		pthread_join(thread[i], &wrong);
		all = (char *)all + (long)wrong;
	}
	say("wrong with areas", (long)all);
}

/* Whether there are the calls of i386: 20 is getpid. */
static int able(void)
{
	int pid;

	asm volatile("int $0x80" : "=a"(pid) : "0"(20) : "r8", "r9", "r10", "r11", "memory");
	return pid == getpid() ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "able"))
		return able();
	setvbuf(stdout, NULL, _IOLBF, 0);
	mapped = (char *)sites;
	in_place = argc > 1 && !strcmp(argv[1], "here");
	if (argc > 1 && !in_place) {
		char *copy = copy_sites();

		say("wrong in the program itself", many());
		mapped = copy;
		say("wrong in code that was made", many());
		return 0;
	}
	say("wrong in the program itself", often(at_cmp) + often(at_ret));
	state();
	made();
	mapped = map_again();
	if (in_place)
		areas();
	middle();
	state();
	vectors();
	if (getauxval(AT_HWCAP2) & 2) /* FSGSBASE */
		segments();
	mapped = map_again();
	threads();
	restart(SA_RESTART);
	restart(0);
	modify();
	single_steps();
	processes();
	return 0;
}
