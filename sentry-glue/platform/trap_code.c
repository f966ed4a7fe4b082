/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs in a stub beside the guest: the mapper, which carries out the sentry's orders; the
 * birth of a guest thread; and the handler of the signals that stop one. In assembler: it has no
 * stack that the guest could not write to, and so keeps everything in registers.
 */
#include "sentry-glue/platform/trap.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

extern const uint8_t sea_trap_begin[], sea_trap_loop[], sea_trap_handler[], sea_trap_end[];

#define FILTER_AT 0xd00u
#define PROGRAM_AT 0xef0u /* struct sock_fprog */
#define ACTION_AT 0xf00u
#define LAST_AT 0xf40u /* of a bridge's code, where a kick is still seen */

/*
 * The mapper: r14 the order, r15 its seq. Numbers: 202 futex, 1 write, 157 prctl (1: PDEATHSIG, 59:
 * user dispatch), 110 getppid, 60 exit, 9 mmap, 131 sigaltstack, 317 seccomp, 15 rt_sigreturn.
 * TOP stands for SEA_GUEST_TOP.
 */
asm(".pushsection .rodata\n"
    ".globl sea_trap_begin, sea_trap_loop, sea_trap_handler, sea_trap_end\n"
    ".hidden sea_trap_begin, sea_trap_loop, sea_trap_handler, sea_trap_end\n"
    ".set TOP, 0x7fffe0000000\n"
    "sea_trap_begin:\n"

    "sea_trap_loop:\n"
    "	movabs $TOP + 0x1000, %r14\n"
    "1:	cmp %r15d, (%r14)\n"
    "	jne 2f\n"
    "	mov $202, %eax\n"
    "	mov %r14, %rdi\n"
    "	xor %esi, %esi\n" /* FUTEX_WAIT */
    "	mov %r15d, %edx\n"
    "	xor %r10d, %r10d\n"
    "	syscall\n"
    "	jmp 1b\n"
    "2:	mov (%r14), %r15d\n"
    "	mov 4(%r14), %ebx\n"
    "	mov 64(%r14), %r12\n"
    "	mov 72(%r14), %r13\n"
    "	mov 16(%r14), %rdi\n"
    "	mov 24(%r14), %rsi\n"
    "	mov 32(%r14), %rdx\n"
    "	mov 40(%r14), %r10\n"
    "	mov 48(%r14), %r8\n"
    "	mov 56(%r14), %r9\n"
    "	mov 8(%r14), %rax\n"
    "	syscall\n"
    "	test %rax, %rax\n"
    "	jnz 3f\n"
    "	cmp $1, %ebx\n"
    "	je .Lborn_stub\n"
    "	cmp $2, %ebx\n"
    "	je .Lborn_thread\n"
    "3:	lea 80(%r14), %rsi\n"
    "	test %rax, %rax\n"
    "	jns 4f\n"
    "	lea 88(%r14), %rsi\n"
    "4:	mov $1, %eax\n"
    "	mov $2, %edi\n"
    "	mov $8, %edx\n"
    "	syscall\n"
    "	jmp 1b\n"

    /* A new stub: it ends with the sentry, and waits for orders of its own. */
    ".Lborn_stub:\n"
    "	mov $157, %eax\n"
    "	mov $1, %edi\n"
    "	mov $9, %esi\n"
    "	syscall\n"
    "	mov $110, %eax\n"
    "	syscall\n"
    "	cmp %r13, %rax\n"
    "	jne .Lleave\n"
    "	mov $9, %eax\n"
    "	mov %r14, %rdi\n"
    "	mov $4096, %esi\n"
    "	mov $1, %edx\n"     /* PROT_READ */
    "	mov $0x11, %r10d\n" /* MAP_SHARED | MAP_FIXED */
    "	mov $1, %r8d\n"
    "	mov %r12, %r9\n"
    "	syscall\n"
    "	cmp %r14, %rax\n"
    "	jne .Lleave\n"
    "	xor %r15d, %r15d\n"
    "	jmp 1b\n"

    /* A guest thread: its stack for signals, user dispatch, the filter; then the first stop. */
    ".Lborn_thread:\n"
    "	mov $131, %eax\n"
    "	lea 192(%r12), %rdi\n"
    "	xor %esi, %esi\n"
    "	syscall\n"
    "	test %rax, %rax\n"
    "	jnz .Lleave\n"
    "	test %r13, %r13\n"
    "	jz 11f\n"
    /* Its segment, from a place below 4 GiB: 243 of the calls of i386, set_thread_area. */
    "	mov $9, %eax\n"
    "	mov $0x10000, %edi\n"
    "	mov $4096, %esi\n"
    "	mov $1, %edx\n"
    "	mov $0x11, %r10d\n"
    "	mov $1, %r8d\n"
    "	mov %r13, %r9\n"
    "	syscall\n"
    "	cmp $0x10000, %rax\n"
    "	jne .Lleave\n"
    "	mov $243, %eax\n"
    "	mov $0x10000 + 228, %ebx\n"
    "	int $0x80\n"
    "	test %eax, %eax\n"
    "	jnz .Lleave\n"
    "	mov $11, %eax\n" /* munmap */
    "	mov $0x10000, %edi\n"
    "	mov $4096, %esi\n"
    "	syscall\n"
    "	test %rax, %rax\n"
    "	jnz .Lleave\n"
    "11:	mov $157, %eax\n"
    "	mov $59, %edi\n"
    "	mov $1, %esi\n"
    "	movabs $TOP, %rdx\n"
    "	mov $4096, %r10d\n"
    "	xor %r8d, %r8d\n"
    "	syscall\n"
    "	test %rax, %rax\n"
    "	jnz .Lleave\n"
    "	mov $317, %eax\n"
    "	mov $1, %edi\n"
    "	xor %esi, %esi\n"
    "	movabs $TOP + 0xef0, %rdx\n"
    "	syscall\n"
    "	test %rax, %rax\n"
    "	jnz .Lleave\n"
    "	int3\n"
    ".Lleave:\n"
    "	mov $231, %eax\n"
    "	mov $1, %edi\n"
    "	syscall\n"
    "	ud2\n"

    /* A guest thread has stopped: rsp is the frame, the slot is around it. */
    "sea_trap_handler:\n"
    "	mov %rsp, %rbx\n"
    "	and $-0x8000, %rbx\n"
    "	cmp $17, %edi\n" /* SIGCHLD, in a bridge before its end: it will look, or stops soon */
    "	jne 12f\n"
    "	mov 176(%rsp), %rax\n"
    "	movabs $TOP + 0x800, %rcx\n"
    "	sub %rcx, %rax\n"
    "	cmp sea_trap_begin + 0xf40 - 64(%rip), %rax\n"
    "	ja 12f\n"
    "	movl $1, 224(%rbx)\n"
    "	add $8, %rsp\n"
    "	mov $15, %eax\n"
    "	syscall\n"
    "12:	rdfsbase %rax\n"
    "	mov %rax, 16(%rbx)\n"
    "	rdgsbase %rax\n"
    "	mov %rax, 24(%rbx)\n"
    "	mov %rsp, 8(%rbx)\n"
    "	movl $0, 32(%rbx)\n"
    "	xor %eax, %eax\n"
    "	xchg %eax, (%rbx)\n" SEA_TRAP_AWAIT_ASM "9:	mov 16(%rbx), %rax\n"
    "	wrfsbase %rax\n"
    "	mov 24(%rbx), %rax\n"
    "	wrgsbase %rax\n"
    "	add $8, %rsp\n"
    "	mov $15, %eax\n"
    "	syscall\n"
    "	ud2\n"
    "sea_trap_end:\n"
    ".popsection\n");

_Static_assert(SEA_GUEST_TOP == 0x7fffe0000000ull, "the assembler knows it");
_Static_assert(SEA_TRAP_SLOT_SIZE == 0x8000, "the assembler knows it");
_Static_assert(!(SEA_TRAP_SLOTS & (SEA_TRAP_SLOT_SIZE - 1)), "slots are found by their size");

uint64_t sea_trap_mapper(void)
{
	return SEA_GUEST_TOP + SEA_TRAP_CODE + (uint64_t)(sea_trap_loop - sea_trap_begin);
}

uint64_t sea_trap_mask(int kick)
{
	static const int taken[] = SEA_TRAP_SIGNALS;
	uint64_t mask = ~0ull;

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (kick || taken[i] != SIGCHLD)
			mask &= ~(1ull << (taken[i] - 1));
	}
	return mask;
}

#define LOW(x) ((uint32_t)((x)&0xffffffffu))
#define HIGH(x) ((uint32_t)((uint64_t)(x) >> 32))
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(field))
#define FIELD(f) offsetof(struct seccomp_data, f)
#define ARG(n) (FIELD(args) + 8 * (n))
#define TRAP 20 /* the index of the last but one; jumps are counted from the one that follows */
#define TO(here, there) (uint8_t)((there) - (here)-1)

/*
 * The wall under user dispatch, which the guest can go around by jumping into the stub's page: of
 * that page's calls a guest thread has only futex, to wait and wake on slots, and rt_sigreturn. All
 * else comes to the sentry as a call of the guest's, and so do those through the vsyscall page.
 */
static const struct sock_filter filter[] = {
	/*  0 */ LOAD(FIELD(arch)),
	/*  1 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, TO(1, TRAP)),
	/*  2 */ LOAD(FIELD(instruction_pointer) + 4),
	/*  3 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, HIGH(SEA_GUEST_TOP), 0, TO(3, TRAP)),
	/*  4 */ LOAD(FIELD(instruction_pointer)),
	/*  5 */ BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xfffff000u),
	/*  6 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LOW(SEA_GUEST_TOP), 0, TO(6, TRAP)),
	/*  7 */ LOAD(FIELD(nr)),
	/*  8 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, TO(8, TRAP + 1), 0),
	/*  9 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex, 0, TO(9, TRAP)),
	/* 10 */ LOAD(ARG(1) + 4),
	/* 11 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, TO(11, TRAP)),
	/* 12 */ LOAD(ARG(1)),
	/* 13 */ BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 1 /* FUTEX_WAKE */, TO(13, TRAP), 0),
	/* 14 */ LOAD(ARG(0) + 4),
	/* 15 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, HIGH(SEA_TRAP_SLOTS), 0, TO(15, TRAP)),
	/* 16 */ LOAD(ARG(0)),
	/* 17 */ BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, LOW(SEA_TRAP_SLOTS), 0, TO(17, TRAP)),
	/* 18 */
	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K,
		 LOW(SEA_TRAP_SLOTS + SEA_TRAP_SLOTS_MAX * SEA_TRAP_SLOT_SIZE), TO(18, TRAP), 0),
	/* 19 */ BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
	/* 20 */ BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
	/* 21 */ BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

_Static_assert(HIGH(SEA_TRAP_SLOTS) ==
		       HIGH(SEA_TRAP_SLOTS + SEA_TRAP_SLOTS_MAX * SEA_TRAP_SLOT_SIZE),
	       "the filter compares the lower half only");
_Static_assert(SEA_TRAP_CODE == 64, "the assembler knows it");
_Static_assert(FILTER_AT + sizeof(filter) <= PROGRAM_AT, "the page is full");

void sea_trap_code_put(uint8_t *page)
{
	const struct {
		uint64_t len, at;
	} program = { sizeof(filter) / sizeof(filter[0]), SEA_GUEST_TOP + FILTER_AT };
	const uint64_t action[4] = {
		SEA_GUEST_TOP + SEA_TRAP_CODE + (uint64_t)(sea_trap_handler - sea_trap_begin),
		SA_SIGINFO | SA_ONSTACK | SA_RESTART | 0x04000000ull, /* SA_RESTORER */
		SEA_GUEST_TOP, ~0ull
	};
	const uint64_t last = sea_trap_bridge_last();

	memcpy(page + SEA_TRAP_CODE, sea_trap_begin, (size_t)(sea_trap_end - sea_trap_begin));
	memcpy(page + FILTER_AT, filter, sizeof(filter));
	memcpy(page + PROGRAM_AT, &program, sizeof(program));
	memcpy(page + ACTION_AT, action, sizeof(action));
	memcpy(page + LAST_AT, &last, sizeof(last));
	sea_trap_bridge_code_put(page);
}
