/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exchange with a guest thread: its slot, and in it the frame that the host's kernel made when
 * it stopped the thread, and from which rt_sigreturn lets it go on. The guest's other threads can
 * write to all of it at any time: what counts is what was copied.
 */
#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sentry-glue/platform/trap_inner.h"
#include "sentry-glue/platform/xstate.h"

#define LOOK_EVERY_NS 200000000
#define TOGETHER_NS 10000000
#define DEAF_NS 10000000000 /* a guest that was kicked and does not stop for so long is at an end */
#define LEGACY 512u
#define HEADER 64u
#define SOFTWARE 464u /* in the legacy area: the host's own, up to its end */
#define CANONICAL 0x800000000000ull

struct trap_frame {
	uint64_t restorer, uc_flags, uc_link;
	uint64_t stack_sp;
	int32_t stack_flags, stack_pad;
	uint64_t stack_size;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t di, si, bp, bx, dx, ax, cx, sp, ip, flags;
	uint16_t cs, gs, fs, ss;
	uint64_t err, trapno, oldmask, cr2, fpstate, reserved[8];
	uint64_t mask;
	siginfo_t info;
};

static uint64_t slot_address(const struct trap_vcpu *vcpu)
{
	return SEA_TRAP_SLOTS + (uint64_t)vcpu->number * SEA_TRAP_SLOT_SIZE;
}

static struct trap_frame *frame_of(const struct trap_vcpu *vcpu)
{
	return (struct trap_frame *)(void *)((uint8_t *)vcpu->slot + vcpu->frame);
}

static int find_frame(struct trap_vcpu *vcpu)
{
	uint64_t at = vcpu->slot->frame - slot_address(vcpu);

	vcpu->fs_base = vcpu->slot->fs_base;
	vcpu->gs_base = vcpu->slot->gs_base;
	vcpu->bridged = vcpu->slot->how;
	if (vcpu->bridged) {
		memcpy(&vcpu->saved, (uint8_t *)vcpu->slot + SEA_TRAP_SAVED, sizeof(vcpu->saved));
		return 0;
	}
	if (at < SEA_TRAP_STACK || at > SEA_TRAP_SLOT_SIZE - sizeof(struct trap_frame) || at & 7)
		return -ESRCH;
	vcpu->frame = (uint32_t)at;
	return 0;
}

static struct sea_trap_saved *saved_of(const struct trap_vcpu *vcpu)
{
	return (struct sea_trap_saved *)(void *)((uint8_t *)vcpu->slot + SEA_TRAP_SAVED);
}

/* 1: it stands still. */
static int look(struct trap_vcpu *vcpu)
{
	uint32_t state = atomic_load(&vcpu->slot->state);

	return state == SEA_TRAP_STOPPED ? 1 : state == SEA_TRAP_RUNNING ? 0 : -ESRCH;
}

/* Sleeps, for a while at most. 0: look again; -ESRCH: it will not stop any more. */
static int sleep_once(struct trap_vcpu *vcpu, int64_t *deaf)
{
	bool others = atomic_load(&vcpu->trap->running) > 1;
	const struct timespec often = { .tv_nsec = others ? TOGETHER_NS : LOOK_EVERY_NS };

	if (!syscall(SYS_futex, &vcpu->slot->state, FUTEX_WAIT, SEA_TRAP_RUNNING, &often, NULL,
		     0) ||
	    errno != ETIMEDOUT)
		return 0;
	sea_trap_balance(vcpu->trap);
	*deaf = atomic_load(&vcpu->kicked) ? *deaf + often.tv_nsec : 0;
	return *deaf > DEAF_NS || sea_trap_dead(vcpu->stub->pid) ? -ESRCH : 0;
}

int sea_trap_wait(struct trap_vcpu *vcpu)
{
	struct sea_trap_slot *slot = vcpu->slot;
	int64_t deaf = 0;
	int stands = look(vcpu);

	while (!stands) {
		atomic_store(&slot->sentry_sleeps, 1);
		stands = look(vcpu);
		if (!stands)
			stands = sleep_once(vcpu, &deaf);
		atomic_store(&slot->sentry_sleeps, 0);
		if (!stands)
			stands = look(vcpu);
	}
	return stands < 0 ? stands : find_frame(vcpu);
}

void sea_trap_go(struct trap_vcpu *vcpu)
{
	struct sea_trap_slot *slot = vcpu->slot;

	slot->fs_base = vcpu->fs_base;
	slot->gs_base = vcpu->gs_base;
	atomic_store(&slot->state, SEA_TRAP_RUNNING);
	if (atomic_load(&slot->stub_sleeps))
		syscall(SYS_futex, &slot->state, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Leaves the bridge that it has stopped in by a signal, so that all of its state is in a frame. */
static int frame_need(struct trap_vcpu *vcpu)
{
	int err;

	if (!vcpu->bridged)
		return 0;
	atomic_store(&vcpu->slot->noted, 1);
	sea_trap_go(vcpu);
	err = sea_trap_wait(vcpu);
	return err ? err : vcpu->bridged ? -ESRCH : 0;
}

static void saved_get(struct trap_vcpu *vcpu, struct user_regs_struct *regs,
		      struct sea_event *event)
{
	const struct sea_trap_saved *s = &vcpu->saved;

	*regs = (struct user_regs_struct){
		.r15 = s->r15,
		.r14 = s->r14,
		.r13 = s->r13,
		.r12 = s->r12,
		.rbp = s->bp,
		.rbx = s->bx,
		.r11 = s->flags,
		.r10 = s->r10,
		.r9 = s->r9,
		.r8 = s->r8,
		.rax = (uint64_t)-ENOSYS,
		.rcx = s->ip,
		.rdx = s->dx,
		.rsi = s->si,
		.rdi = s->di,
		.orig_rax = s->ax,
		.rip = s->ip,
		.cs = 0x33,
		.eflags = s->flags,
		.rsp = s->sp,
		.ss = 0x2b,
		.fs_base = vcpu->fs_base,
		.gs_base = vcpu->gs_base,
	};
	vcpu->last = *regs;
	vcpu->goes_on = s->goes_on;
	event->why = SEA_STOP_SYSCALL;
	event->bridged = true;
}

/* Whether a bridge can be left as it is: nothing but the result is new. */
static bool plain(const struct user_regs_struct *last, const struct user_regs_struct *regs)
{
	struct user_regs_struct want = *last;

	want.rax = regs->rax;
	want.orig_rax = regs->orig_rax;
	return !memcmp(&want, regs, sizeof(want));
}

static int judge(const struct trap_frame *f, struct user_regs_struct *regs, struct sea_event *event)
{
	switch (f->info.si_signo) {
	case SIGSYS:
		event->why = SEA_STOP_SYSCALL;
		regs->orig_rax = f->ax;
		regs->rax = (uint64_t)-ENOSYS;
		return 0;
	case SIGCHLD:
		event->why = SEA_STOP_KICKED;
		return 0;
	case SIGSEGV:
	case SIGBUS:
	case SIGFPE:
	case SIGTRAP:
	case SIGILL:
		event->why = SEA_STOP_SIGNAL;
		event->info = f->info;
		return 0;
	default:
		return -ESRCH;
	}
}

int sea_trap_regs_get(struct trap_vcpu *vcpu, struct user_regs_struct *regs,
		      struct sea_event *event)
{
	struct trap_frame f;

	event->bridged = false;
	if (vcpu->bridged) {
		saved_get(vcpu, regs, event);
		return 0;
	}
	memcpy(&f, frame_of(vcpu), sizeof(f));
	if (sea_trap_bridge_stop(f.ip, f.info.si_signo)) {
		*regs = vcpu->last;
		event->why = SEA_STOP_KICKED;
		return 0;
	}
	*regs = (struct user_regs_struct){
		.r15 = f.r15,
		.r14 = f.r14,
		.r13 = f.r13,
		.r12 = f.r12,
		.rbp = f.bp,
		.rbx = f.bx,
		.r11 = f.r11,
		.r10 = f.r10,
		.r9 = f.r9,
		.r8 = f.r8,
		.rax = f.ax,
		.rcx = f.cx,
		.rdx = f.dx,
		.rsi = f.si,
		.rdi = f.di,
		.orig_rax = ~0ull,
		.rip = f.ip,
		.cs = f.cs,
		.eflags = f.flags,
		.rsp = f.sp,
		.ss = f.ss,
		.fs_base = vcpu->fs_base,
		.gs_base = vcpu->gs_base,
	};
	return judge(&f, regs, event);
}

/* What the instruction that sets it would refuse. */
static uint64_t base(uint64_t address)
{
	return address < CANONICAL || address >= (uint64_t)0 - CANONICAL ? address : 0;
}

static void frame_set(struct trap_vcpu *vcpu, const struct user_regs_struct *regs)
{
	struct trap_frame *f = frame_of(vcpu);

	f->r15 = regs->r15, f->r14 = regs->r14, f->r13 = regs->r13, f->r12 = regs->r12;
	f->bp = regs->rbp, f->bx = regs->rbx, f->r11 = regs->r11, f->r10 = regs->r10;
	f->r9 = regs->r9, f->r8 = regs->r8, f->ax = regs->rax, f->cx = regs->rcx;
	f->dx = regs->rdx, f->si = regs->rsi, f->di = regs->rdi, f->ip = regs->rip;
	f->flags = regs->eflags, f->sp = regs->rsp;
	f->cs = (uint16_t)regs->cs, f->ss = (uint16_t)regs->ss;
	/* What rt_sigreturn takes besides. */
	f->mask = sea_trap_mask(1);
	f->stack_sp = slot_address(vcpu) + SEA_TRAP_STACK;
	f->stack_size = SEA_TRAP_SAVED - SEA_TRAP_STACK;
	f->stack_flags = 0;
	vcpu->fs_base = base(regs->fs_base);
	vcpu->gs_base = base(regs->gs_base);
}

int sea_trap_regs_set(struct trap_vcpu *vcpu, const struct user_regs_struct *regs)
{
	int err;

	if (vcpu->bridged && plain(&vcpu->last, regs)) {
		vcpu->last.rax = saved_of(vcpu)->ax = regs->rax;
		return 0;
	}
	err = frame_need(vcpu);
	if (err)
		return err;
	frame_set(vcpu, regs);
	/* Behind a call, what is behind the bridge: not all of the code is in its place. */
	if (vcpu->goes_on && regs->rip == vcpu->last.rip)
		frame_of(vcpu)->ip = sea_trap_bridge_behind(vcpu->goes_on);
	vcpu->goes_on = 0;
	return 0;
}

/* The extended state in the frame, and its length. NULL: there is none that would make sense. */
static uint8_t *xstate_of(const struct trap_vcpu *vcpu, uint32_t *len)
{
	uint64_t at = frame_of(vcpu)->fpstate - slot_address(vcpu);
	uint8_t *area;

	if (at & 63 || at < SEA_TRAP_STACK || at > SEA_TRAP_SLOT_SIZE - LEGACY - HEADER)
		return NULL;
	area = (uint8_t *)vcpu->slot + at;
	memcpy(len, area + SOFTWARE + 16, sizeof(*len));
	if (*len < LEGACY + HEADER || *len > SEA_TRAP_SLOT_SIZE - at)
		return NULL;
	return area;
}

/* Of components that were not in use nothing was saved: as they begin. */
static void fill_initial(uint8_t *area, size_t size)
{
	const struct sea_xstate *x = sea_xstate();
	uint64_t used;

	memcpy(&used, area + LEGACY, sizeof(used));
	if (!(used & 1)) {
		memset(area, 0, 24);
		area[0] = 0x7f, area[1] = 0x03;
		memset(area + 32, 0, 128);
	}
	if (!(used & 2))
		memset(area + 160, 0, 256);
	for (unsigned int i = 2; i < SEA_XSTATE_PARTS; i++) {
		uint32_t at = x->part[i].at, len = x->part[i].len;

		if (used >> i & 1 || !len)
			continue;
		if (at >= LEGACY + HEADER && at <= size && len <= size - at)
			memset(area + at, 0, len);
	}
}

int sea_trap_xstate_get(struct trap_vcpu *vcpu, void *to, size_t size)
{
	uint32_t len = 0;
	int err = frame_need(vcpu);
	const uint8_t *area = err ? NULL : xstate_of(vcpu, &len);

	if (!area)
		return -ESRCH;
	if (len > size)
		len = (uint32_t)size;
	memset(to, 0, size);
	memcpy(to, area, len);
	fill_initial(to, size);
	return 0;
}

/* As the host's kernel would: bits that are not there, and reserved ones, are refused. */
static int check(const uint8_t *area, uint32_t len)
{
	static const uint8_t none[HEADER - 8];
	const struct sea_xstate *x = sea_xstate();
	uint32_t mxcsr;
	uint64_t used;

	memcpy(&mxcsr, area + 24, sizeof(mxcsr));
	memcpy(&used, area + LEGACY, sizeof(used));
	if (mxcsr & ~0xffffu || memcmp(area + LEGACY + 8, none, sizeof(none)))
		return -EINVAL;
	if (used & ~x->known)
		return -EINVAL;
	/* What has no room in the frame cannot come back from it (tiles that nobody asked for). */
	for (unsigned int i = 2; i < SEA_XSTATE_PARTS; i++) {
		if (used >> i & 1 && (!x->part[i].len || x->part[i].at + x->part[i].len > len))
			return -EINVAL;
	}
	return 0;
}

int sea_trap_xstate_set(struct trap_vcpu *vcpu, const void *from, size_t size)
{
	uint32_t len = 0;
	int err = frame_need(vcpu);
	uint8_t *area = err ? NULL : xstate_of(vcpu, &len);

	if (!area)
		return -ESRCH;
	if (len > size)
		len = (uint32_t)size;
	err = len < LEGACY + HEADER ? -EINVAL : check(from, len);
	if (err)
		return err;
	memcpy(area, from, SOFTWARE);
	memcpy(area + LEGACY, (const uint8_t *)from + LEGACY, len - LEGACY);
	return 0;
}
