/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bridges: how a guest thread stops for a system call without a signal.
 *
 * A bridge has two parts: bytes of its own, for the one call site that jumps to it, which lie
 * anywhere above the guest's addresses, and what all share, in the stub's page, which alone may
 * make calls. A system call leaves rcx and r11 to be used, and no more: the flags are still needed,
 * there is no stack that could be used (the guest's has a red zone), and the slot is to be found.
 * That comes from a segment: each guest thread has one in its GDT whose limit is the offset of its
 * slot, and `lsl` gives a segment's limit and changes only the zero flag. So the guest's own GS and
 * FS are left alone, and nothing that it can do changes what `lsl` says. For the zero flag there
 * are two ways through.
 *
 * A kick that comes before the stop, or while the thread is stopped, is noted; what comes later
 * stops the thread as it would anywhere, and is then resolved by where it is.
 */
#include <string.h>

#include "sentry-glue/platform/trap.h"

extern const uint8_t sea_trap_bridge_at_begin[], sea_trap_bridge_at_set[],
	sea_trap_bridge_at_last[], sea_trap_bridge_at_trapped[], sea_trap_bridge_at_probed[],
	sea_trap_bridge_at_end[];

/*
 * r11 is the slot, rcx the bridge's record: the address behind the call, and where it goes on. A
 * slot keeps registers from 0x7f00 on. 202 is futex.
 */
asm(".pushsection .rodata\n"
    ".globl sea_trap_bridge_at_begin, sea_trap_bridge_at_set, sea_trap_bridge_at_last, sea_trap_bridge_at_trapped\n"
    ".globl sea_trap_bridge_at_probed, sea_trap_bridge_at_end\n"
    ".hidden sea_trap_bridge_at_begin, sea_trap_bridge_at_set, sea_trap_bridge_at_last, sea_trap_bridge_at_trapped\n"
    ".hidden sea_trap_bridge_at_probed, sea_trap_bridge_at_end\n"
    "sea_trap_bridge_at_begin:\n" /* the zero flag was clear */
    "	mov %rsp, 0x7f10(%r11)\n"
    "	lea 0x7f00(%r11), %rsp\n"
    "	pushfq\n"
    "	andb $0xbf, (%rsp)\n"
    "	jmp 1f\n"
    "sea_trap_bridge_at_set:\n" /* it was set, and is, by lsl */
    "	mov %rsp, 0x7f10(%r11)\n"
    "	lea 0x7f00(%r11), %rsp\n"
    "	pushfq\n"
    "1:	popq 0x7f00(%r11)\n"
    "	mov %rax, 0x7f20(%r11)\n"
    "	mov 8(%rcx), %rax\n"
    "	mov %rax, 0x7f08(%r11)\n"
    "	mov (%rcx), %rax\n"
    "	mov %rax, 0x7f18(%r11)\n"
    "	mov %rbx, 0x7f28(%r11)\n"
    "	mov %rdx, 0x7f30(%r11)\n"
    "	mov %rsi, 0x7f38(%r11)\n"
    "	mov %rdi, 0x7f40(%r11)\n"
    "	mov %rbp, 0x7f48(%r11)\n"
    "	mov %r8, 0x7f50(%r11)\n"
    "	mov %r9, 0x7f58(%r11)\n"
    "	mov %r10, 0x7f60(%r11)\n"
    "	mov %r12, 0x7f68(%r11)\n"
    "	mov %r13, 0x7f70(%r11)\n"
    "	mov %r14, 0x7f78(%r11)\n"
    "	mov %r15, 0x7f80(%r11)\n"
    "	mov %r11, %rbx\n"
    "	rdfsbase %rax\n"
    "	mov %rax, 16(%rbx)\n"
    "	rdgsbase %rax\n"
    "	mov %rax, 24(%rbx)\n"
    "	movl $1, 32(%rbx)\n"
    "	xor %eax, %eax\n"
    "	xchg %eax, (%rbx)\n" /* stopped */
    SEA_TRAP_AWAIT_ASM "9:\n"
    "sea_trap_bridge_at_last:\n"
    "	cmpl $0, 224(%rbx)\n"
    "	jne 11f\n"
    "	mov 0x30(%rsp), %rdx\n"
    "	mov 0x38(%rsp), %rsi\n"
    "	mov 0x40(%rsp), %rdi\n"
    "	mov 0x60(%rsp), %r10\n"
    "	mov 0x20(%rsp), %rax\n"
    "	mov 0x18(%rsp), %rcx\n"
    "	mov (%rsp), %r11\n"
    "	mov 0x28(%rsp), %rbx\n"
    "	popfq\n"
    "	jmp *(%rsp)\n"
    "11:	movl $0, 224(%rbx)\n"
    "	int3\n"
    "sea_trap_bridge_at_trapped:\n"
    "	ud2\n"
    "sea_trap_bridge_at_probed:\n"
    "	int $0x80\n"
    "	int3\n"
    "sea_trap_bridge_at_end:\n"
    ".popsection\n");

#define AT (SEA_GUEST_TOP + SEA_TRAP_BRIDGE)

/* What lies where in a bridge's own bytes. */
#define WAY_LEN 34u
#define CLEAR_AT 2u
#define SET_AT (CLEAR_AT + WAY_LEN)
#define ON_AT (SET_AT + WAY_LEN) /* goes on here, with the stack still to be set */
#define AFTER_AT (ON_AT + 5)

void sea_trap_bridge_code_put(uint8_t *page)
{
	memcpy(page + SEA_TRAP_BRIDGE, sea_trap_bridge_at_begin,
	       (size_t)(sea_trap_bridge_at_end - sea_trap_bridge_at_begin));
}

uint64_t sea_trap_bridge_last(void)
{
	return (uint64_t)(sea_trap_bridge_at_last - sea_trap_bridge_at_begin);
}

uint64_t sea_trap_bridge_probe(void)
{
	return AT + (uint64_t)(sea_trap_bridge_at_probed - sea_trap_bridge_at_begin);
}

uint64_t sea_trap_bridge_behind(uint64_t goes_on)
{
	return goes_on + (AFTER_AT - ON_AT);
}

uint64_t sea_trap_bridge_after(const struct sea_bridge *bridge)
{
	return bridge->at + AFTER_AT;
}

bool sea_trap_bridge_stop(uint64_t rip, int signal)
{
	uint64_t at = rip - AT;

	if (signal == SIGTRAP)
		return at == (uint64_t)(sea_trap_bridge_at_trapped - sea_trap_bridge_at_begin);
	return signal == SIGCHLD &&
	       at < (uint64_t)(sea_trap_bridge_at_end - sea_trap_bridge_at_begin);
}

static void put32(uint8_t *to, uint64_t value)
{
	uint32_t low = (uint32_t)value;

	memcpy(to, &low, sizeof(low));
}

/* The longest way back, through the eight bytes behind it. */
#define BACK_LEN 14u

static uint64_t record_of(const struct sea_bridge *bridge)
{
	return (bridge->at + AFTER_AT + bridge->len + BACK_LEN + 7) & ~7ull;
}

/* The jump to what is behind all that was done. */
static void back_put(const struct sea_bridge *bridge, uint8_t *to, uint64_t at)
{
	static const uint8_t far[] = { 0xff, 0x25, 0, 0, 0, 0 }; /* jmp *0(%rip) */
	uint64_t back = bridge->site + 2 + bridge->len;
	int64_t distance = (int64_t)(back - (at + 5));

	if (distance == (int32_t)distance) {
		to[0] = 0xe9;
		put32(to + 1, (uint64_t)distance);
		return;
	}
	memcpy(to, far, sizeof(far));
	memcpy(to + sizeof(far), &back, sizeof(back));
}

/* One way through: finds the slot, and the record, and jumps to what all share. */
static void way_put(const struct sea_bridge *bridge, uint8_t *to, uint64_t at, uint64_t shared)
{
	static const uint8_t code[WAY_LEN] = {
		0xb9, 0x63, 0,    0,    0,                /* mov $0x63, %ecx     */
		0x0f, 0x03, 0xc9,                         /* lsl %ecx, %ecx      */
		0x49, 0xbb, 0,    0,    0, 0, 0, 0, 0, 0, /* movabs $.., %r11    */
		0x4d, 0x8d, 0x1c, 0x0b,                   /* lea (%r11,%rcx),%r11 */
		0x48, 0x8d, 0x0d, 0,    0, 0, 0,          /* lea ..(%rip), %rcx  */
		0xe9,                                     /* jmp, in the next four bytes */
	};
	const uint64_t slots = SEA_TRAP_SLOTS - 0xfff; /* a limit is that of the last byte */

	memcpy(to, code, sizeof(code));
	memcpy(to + 10, &slots, sizeof(slots));
	put32(to + 25, record_of(bridge) - (at + 29));
	put32(to + 30, shared - (at + WAY_LEN));
}

void sea_trap_bridge_put(const struct sea_bridge *bridge, uint8_t *to)
{
	static const uint8_t begin[] = { 0x74, SET_AT - 2 };          /* jz     */
	static const uint8_t on[] = { 0x48, 0x8b, 0x64, 0x24, 0x08 }; /* mov 8(%rsp), %rsp */
	const uint64_t record[2] = { bridge->site + 2, bridge->at + ON_AT };
	uint64_t end = AFTER_AT + bridge->len;

	memset(to, 0xcc, SEA_BRIDGE_SIZE);
	memcpy(to, begin, sizeof(begin));
	way_put(bridge, to + CLEAR_AT, bridge->at + CLEAR_AT, AT);
	way_put(bridge, to + SET_AT, bridge->at + SET_AT,
		AT + (uint64_t)(sea_trap_bridge_at_set - sea_trap_bridge_at_begin));
	memcpy(to + ON_AT, on, sizeof(on));
	memcpy(to + AFTER_AT, bridge->after, bridge->len);
	back_put(bridge, to + end, bridge->at + end);
	memcpy(to + (record_of(bridge) - bridge->at), record, sizeof(record));
}

/* The call that it was about to make: all that it has changed is what a call may change. */
static void become_call(const struct sea_bridge *bridge, struct user_regs_struct *regs,
			struct sea_event *event, bool set)
{
	const uint64_t zero = 0x40;

	event->why = SEA_STOP_SYSCALL;
	event->bridged = true;
	regs->eflags = set ? regs->eflags | zero : regs->eflags & ~zero;
	regs->orig_rax = regs->rax;
	regs->rax = (uint64_t)-38; /* ENOSYS */
	regs->rip = regs->rcx = bridge->site + 2;
	regs->r11 = regs->eflags;
}

void sea_trap_bridge_leave(const struct sea_bridge *bridge, struct user_regs_struct *regs,
			   struct sea_event *event, uint64_t rsp)
{
	uint64_t at = regs->rip - bridge->at;

	if (at >= ON_AT) {
		if (at == ON_AT)
			regs->rsp = rsp;
		at = at < AFTER_AT ? AFTER_AT : at;
		regs->rip = bridge->site + 2 + (at - AFTER_AT);
		return;
	}
	if (event->why == SEA_STOP_KICKED)
		become_call(bridge, regs, event,
			    at >= SET_AT || (at < CLEAR_AT && regs->eflags & 0x40));
	else if (!at)
		regs->rip = bridge->site; /* single steps: the mapping is to be what it was */
}
