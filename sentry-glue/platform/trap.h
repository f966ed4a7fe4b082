/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the two sides of the platform `trap` agree on: the sentry's (trap.c) and the stub's
 * (trap_code.c, assembler, which knows the offsets by number).
 *
 * A stub has, above the guest's addresses: the page of code; the order that its *mapper* thread
 * waits for, which the stub can only read; and a slot for each guest thread, which the guest can
 * write to, so that nothing in it is believed.
 */
#ifndef SEA_SENTRY_PLATFORM_TRAP_H
#define SEA_SENTRY_PLATFORM_TRAP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <seastack/compiler.h>

#include "sentry-glue/platform/platform.h"

struct sea_platform;

/* Addresses in the stub, and the same places in the exchange file. */
#define SEA_TRAP_ORDER (SEA_GUEST_TOP + 0x1000)
#define SEA_TRAP_SLOTS (SEA_GUEST_TOP + 0x10000)
#define SEA_TRAP_SLOT_SIZE 0x8000u
#define SEA_TRAP_STACK 0x1000u /* in a slot: from here on is the stack for signals ... */
#define SEA_TRAP_SAVED 0x7f00u /* ... up to here, where a bridge keeps registers   */
#define SEA_TRAP_SLOTS_MAX 8192u
#define SEA_TRAP_ORDERS_MAX 8192u
#define SEA_TRAP_SLOTS_AT ((uint64_t)SEA_TRAP_ORDERS_MAX * 4096)
#define SEA_TRAP_FILE_SIZE (SEA_TRAP_SLOTS_AT + (uint64_t)SEA_TRAP_SLOTS_MAX * SEA_TRAP_SLOT_SIZE)

/* Descriptors of a stub. */
enum { SEA_TRAP_FD_MEMORY, SEA_TRAP_FD_EXCHANGE, SEA_TRAP_FD_DONE };

/* What the mapper does with a call that gave it a child. */
enum sea_trap_op {
	SEA_TRAP_CALL,   /* a call without one                                  */
	SEA_TRAP_STUB,   /* a new stub: `low` its order's offset, `high` our pid */
	SEA_TRAP_THREAD, /* a new guest thread: `low` its slot's address, and    */
			 /* `high` the slot in the file, if it is to know itself */
};

struct sea_trap_order {
	_Atomic uint32_t seq; /* one more with each order */
	uint32_t op;
	uint64_t nr;
	uint64_t arg[6];
	uint64_t low, high;
	uint64_t done, failed; /* what the mapper adds to the eventfd: constants */
};

#define SEA_TRAP_DONE 1ull
#define SEA_TRAP_FAILED (1ull << 32)

enum { SEA_TRAP_STOPPED, SEA_TRAP_RUNNING };

struct sea_trap_slot {
	_Atomic uint32_t state;
	uint32_t spin; /* how long the stub looks before it sleeps */
	uint64_t frame, fs_base, gs_base;
	uint32_t how; /* it stopped: 0 by a signal, 1 in a bridge */
	_Alignas(64) _Atomic uint32_t sentry_sleeps;
	_Alignas(64) _Atomic uint32_t stub_sleeps;
	_Alignas(64) struct {
		uint64_t sp;
		int32_t flags, pad;
		uint64_t size;
	} stack;
	uint32_t tid;
	uint32_t pad;
	_Atomic uint32_t noted; /* a kick came to a bridge, or its state is wanted as a frame */
	uint32_t segment[4];    /* a struct user_desc                                        */
};

/* What a bridge keeps at SEA_TRAP_SAVED. */
struct sea_trap_saved {
	uint64_t flags, goes_on, sp, ip, ax, bx, dx, si, di, bp, r8, r9, r10, r12, r13, r14, r15;
};

_Static_assert(offsetof(struct sea_trap_order, low) == 64, "the assembler knows it");
_Static_assert(offsetof(struct sea_trap_order, done) == 80, "the assembler knows it");
_Static_assert(offsetof(struct sea_trap_slot, fs_base) == 16, "the assembler knows it");
_Static_assert(offsetof(struct sea_trap_slot, sentry_sleeps) == 64, "the assembler knows it");
_Static_assert(offsetof(struct sea_trap_slot, stub_sleeps) == 128, "the assembler knows it");
_Static_assert(offsetof(struct sea_trap_slot, stack) == 192, "the assembler knows it");
_Static_assert(offsetof(struct sea_trap_slot, how) == 32, "the assembler knows it");
_Static_assert(offsetof(struct sea_trap_slot, noted) == 224, "the assembler knows it");
_Static_assert(offsetof(struct sea_trap_slot, segment) == 228, "the assembler knows it");
_Static_assert(offsetof(struct sea_trap_saved, ax) == 0x20, "the assembler knows it");
_Static_assert(offsetof(struct sea_trap_saved, r15) == 0x80, "the assembler knows it");

/* --- the stub's code (trap_code.c) --- */

/* Where in the stub's page the code goes, and what it takes of it; constants included. */
#define SEA_TRAP_CODE 64u
void sea_trap_code_put(uint8_t *page);

/* Addresses in the stub. */
uint64_t sea_trap_mapper(void); /* the mapper begins here, r15 the last order's seq */
#define SEA_TRAP_ACTION (SEA_GUEST_TOP + 0xf00) /* a struct sigaction as the kernel's */

/* Signals that guest threads take: what instructions raise, and SIGCHLD, which is a kick. */
#define SEA_TRAP_SIGNALS                                                  \
	{                                                                 \
		SIGSYS, SIGSEGV, SIGBUS, SIGFPE, SIGTRAP, SIGILL, SIGCHLD \
	}
uint64_t sea_trap_mask(int kick); /* all but those; with `kick`, but SIGCHLD too */

/*
 * Assembly, with the slot in %rbx, whose state says already that it is stopped: wakes the sentry where that sleeps, spins for
 * as long as the slot allows and then sleeps until the state is another. Goes on at label 9, or behind. Clobbers what a
 * system call does, and rcx.
 */
#define SEA_TRAP_AWAIT_ASM                                                \
	"	cmpl $0, 64(%rbx)\n"                                            \
	"	je 5f\n"                                                        \
	"	mov $202, %eax\n"                                               \
	"	mov %rbx, %rdi\n"                                               \
	"	mov $1, %esi\n" /* FUTEX_WAKE */                          \
	"	mov $1, %edx\n"                                                 \
	"	syscall\n"                                                      \
	"5:	mov 4(%rbx), %ecx\n"                                          \
	"6:	cmpl $0, (%rbx)\n"                                            \
	"	jne 9f\n"                                                       \
	"	sub $1, %ecx\n"                                                 \
	"	jb 7f\n"                                                        \
	"	pause\n"                                                        \
	"	jmp 6b\n"                                                       \
	"7:	mov $1, %eax\n"                                               \
	"	xchg %eax, 128(%rbx)\n"                                         \
	"8:	cmpl $0, (%rbx)\n"                                            \
	"	jne 10f\n"                                                      \
	"	mov $202, %eax\n"                                               \
	"	mov %rbx, %rdi\n"                                               \
	"	xor %esi, %esi\n"                                               \
	"	xor %edx, %edx\n" /* as long as it is SEA_TRAP_STOPPED */ \
	"	xor %r10d, %r10d\n"                                             \
	"	syscall\n"                                                      \
	"	jmp 8b\n"                                                       \
	"10:	movl $0, 128(%rbx)\n"

/* --- bridges (trap_bridge.c) --- */

/* Where the code that they share goes in the stub's page. */
#define SEA_TRAP_BRIDGE 0x800u
void sea_trap_bridge_code_put(uint8_t *page);
/* Up to there in it, a kick is only noted: it is about to stop, or looks at the note. */
uint64_t sea_trap_bridge_last(void);
uint64_t sea_trap_bridge_probe(void); /* the address of `int $0x80; int3` in the stub */
uint64_t sea_trap_bridge_after(const struct sea_bridge *bridge);
void sea_trap_bridge_put(const struct sea_bridge *bridge, uint8_t *to);
void sea_trap_bridge_leave(const struct sea_bridge *bridge, struct user_regs_struct *regs,
			   struct sea_event *event, uint64_t rsp);
/* Where the code behind the call is, of what a bridge calls going on. */
uint64_t sea_trap_bridge_behind(uint64_t goes_on);
/* Whether a stop there is that of a bridge that was asked for a frame, or was kicked. */
bool sea_trap_bridge_stop(uint64_t rip, int signal);

/* --- the first stub (trap_first.c) --- */

/* A stub without guest threads whose mapper waits for orders at offset 0 of the exchange: others
 * spring from it. Traces it for as long as it takes. The pid, or -errno. */
SEA_MUST_USE pid_t sea_trap_first(struct sea_platform *platform, int exchange, int done);

#endif
