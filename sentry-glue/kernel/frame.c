/* SPDX-License-Identifier: Apache-2.0 */
/* Signal frames on the guest's stack, as x86-64 Linux lays them out, and the way back. */
#include <errno.h>
#include <string.h>

#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/platform/xstate.h"

#define MAGIC1 0x46505853u
#define MAGIC2 0x46505845u
#define SW_RESERVED 464 /* where the legacy area leaves room for software */
#define LEGACY 512
#define HEADER 64
#define REDZONE 128
#define RESTORER 0x04000000ull
#define ONSTACK 0x08000000ull
#define UC_FLAGS 7 /* extended state, saved and strict stack segment */
#define FLAGS_USER 0x50dd5ull
#define FLAGS_CLEAR 0x10500ull /* trap, direction, resume */

struct frame {
	uint64_t restorer;
	uint64_t uc_flags, uc_link;
	struct {
		uint64_t sp;
		int32_t flags, pad;
		uint64_t size;
	} stack;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t di, si, bp, bx, dx, ax, cx, sp, ip, flags;
	uint16_t cs, gs, fs, ss;
	uint64_t err, trapno, oldmask, cr2, fpstate, reserved[8];
	uint64_t mask;
	siginfo_t info;
};

struct sw_bytes {
	uint32_t magic1, extended_size;
	uint64_t features;
	uint32_t xstate_size, padding[7];
};

static void to_frame(const struct user_regs_struct *r, struct frame *f)
{
	f->r8 = r->r8, f->r9 = r->r9, f->r10 = r->r10, f->r11 = r->r11;
	f->r12 = r->r12, f->r13 = r->r13, f->r14 = r->r14, f->r15 = r->r15;
	f->di = r->rdi, f->si = r->rsi, f->bp = r->rbp, f->bx = r->rbx;
	f->dx = r->rdx, f->ax = r->rax, f->cx = r->rcx, f->sp = r->rsp;
	f->ip = r->rip, f->flags = r->eflags;
	f->cs = 0x33, f->ss = 0x2b;
}

static void from_frame(const struct frame *f, struct user_regs_struct *r)
{
	r->r8 = f->r8, r->r9 = f->r9, r->r10 = f->r10, r->r11 = f->r11;
	r->r12 = f->r12, r->r13 = f->r13, r->r14 = f->r14, r->r15 = f->r15;
	r->rdi = f->di, r->rsi = f->si, r->rbp = f->bp, r->rbx = f->bx;
	r->rdx = f->dx, r->rax = f->ax, r->rcx = f->cx, r->rsp = f->sp;
	r->rip = f->ip;
	r->eflags = (r->eflags & ~FLAGS_USER) | (f->flags & FLAGS_USER);
	r->orig_rax = ~0ull;
}

static bool on_altstack(const struct sea_task *task, uint64_t sp)
{
	uint64_t base = (uint64_t)(uintptr_t)task->altstack.ss_sp;

	return !(task->altstack.ss_flags & SS_DISABLE) && sp > base &&
	       sp - base <= task->altstack.ss_size;
}

static uint64_t frame_top(const struct sea_task *task, const struct sea_sigaction *action)
{
	uint64_t sp = task->regs.rsp;

	if (action->flags & ONSTACK && !(task->altstack.ss_flags & SS_DISABLE) &&
	    !on_altstack(task, sp))
		return (uint64_t)(uintptr_t)task->altstack.ss_sp + task->altstack.ss_size;
	return sp - REDZONE;
}

/* What the program had in its registers, and an initial state for the handler. */
static int push_xstate(struct sea_task *task, uint64_t at)
{
	static const uint8_t control[2] = { 0x7f, 0x03 };
	const struct sea_platform_ops *ops = task->kernel->platform.ops;
	uint8_t area[SEA_XSTATE_MAX + 4] __attribute__((aligned(64)));
	size_t size = sea_xstate_size();
	struct sw_bytes sw = {
		MAGIC1, (uint32_t)size + 4, sea_xstate()->features, (uint32_t)size, { 0 }
	};
	const uint32_t magic2 = MAGIC2, mxcsr = 0x1f80;
	int err = ops->xstate_get(task->vcpu, area, size);

	if (err)
		return err;
	memcpy(area + SW_RESERVED, &sw, sizeof(sw));
	memcpy(area + size, &magic2, sizeof(magic2));
	if (sea_mm_write(task->mm, task->vcpu, at, area, size + 4))
		return -EFAULT;
	memset(area, 0, size);
	memcpy(area, control, sizeof(control));
	memcpy(area + 24, &mxcsr, sizeof(mxcsr));
	return ops->xstate_set(task->vcpu, area, size);
}

int sea_frame_push(struct sea_task *task, const siginfo_t *info, const struct sea_sigaction *action,
		   uint64_t mask)
{
	struct frame f = { .uc_flags = UC_FLAGS, .mask = mask, .oldmask = mask, .info = *info };
	uint64_t sp = frame_top(task, action), state;

	if (!(action->flags & RESTORER))
		return -EFAULT;
	state = (sp - sea_xstate_size() - 4) & ~63ull;
	sp = ((state - sizeof(f)) & ~15ull) - 8;
	f.restorer = action->restorer;
	f.stack.sp = (uint64_t)(uintptr_t)task->altstack.ss_sp;
	f.stack.size = task->altstack.ss_size;
	f.stack.flags = task->altstack.ss_flags;
	to_frame(&task->regs, &f);
	f.fpstate = state;
	if (info->si_signo == SIGSEGV || info->si_signo == SIGBUS) {
		f.trapno = 14;
		f.cr2 = (uint64_t)(uintptr_t)info->si_addr;
	}
	if (push_xstate(task, state) || sea_mm_write(task->mm, task->vcpu, sp, &f, sizeof(f)))
		return -EFAULT;
	task->regs.rdi = (unsigned int)info->si_signo;
	task->regs.rsi = sp + offsetof(struct frame, info);
	task->regs.rdx = sp + offsetof(struct frame, uc_flags);
	task->regs.rax = 0;
	task->regs.rip = action->handler;
	task->regs.rsp = sp;
	task->regs.eflags &= ~FLAGS_CLEAR;
	task->regs.orig_rax = ~0ull;
	return 0;
}

/* The guest wrote this: the host refuses what no processor takes. */
static int pop_xstate(struct sea_task *task, uint64_t at)
{
	uint8_t area[SEA_XSTATE_MAX] __attribute__((aligned(64)));
	size_t size = sea_xstate_size();

	if (!at)
		return 0;
	if (at & 63 || sea_mm_read(task->mm, at, area, size))
		return -EFAULT;
	return task->kernel->platform.ops->xstate_set(task->vcpu, area, size) ? -EFAULT : 0;
}

int sea_frame_pop(struct sea_task *task)
{
	struct frame f;

	if (sea_mm_read(task->mm, task->regs.rsp - 8, &f, sizeof(f)))
		return -EFAULT;
	if (f.ip >= SEA_GUEST_TOP)
		return -EFAULT;
	if (pop_xstate(task, f.fpstate))
		return -EFAULT;
	from_frame(&f, &task->regs);
	task->blocked = f.mask & ~(SEA_BIT(SIGKILL) | SEA_BIT(SIGSTOP));
	if (!on_altstack(task, f.sp)) {
		task->altstack.ss_sp = (void *)(uintptr_t)f.stack.sp;
		task->altstack.ss_size = f.stack.size;
		task->altstack.ss_flags = f.stack.flags & SS_DISABLE;
	}
	return 0;
}
