/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The platform on user dispatch: guest threads run untraced in stubs, and what stops one is a
 * signal, whose handler (trap_code.c) waits in shared memory for the sentry. A stub's one other
 * thread, its mapper, maps, unmaps and makes threads on the sentry's order.
 *
 * A guest thread that ends is parked: the next of its stub takes its place.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sentry-glue/platform/trap_inner.h"

#define HWCAP2_FSGSBASE_ 2

static struct trap_vcpu *of(struct sea_vcpu *vcpu)
{
	return (struct trap_vcpu *)(void *)vcpu;
}

/* Both sides of a vcpu stay on one core: to wake a sleeper on another is twenty times dearer. */
static _Thread_local int settled = -1;

void sea_trap_pin(pid_t tid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	(void)sched_setaffinity(tid, sizeof(set), &set); /* slower without, not wrong */
}

/* Where the calling thread is, which is where it was made. */
static unsigned int here(const struct sea_trap *trap)
{
	int cpu = settled >= 0 ? settled : sched_getcpu();

	for (unsigned int i = 0; i < trap->ncpus; i++) {
		if (trap->cpus[i] == cpu)
			return i;
	}
	return 0;
}

void sea_trap_settle(const struct trap_vcpu *vcpu)
{
	int cpu = vcpu->trap->cpus[vcpu->cpu];

	if (settled != cpu)
		sea_trap_pin(0, cpu);
	settled = cpu;
}

void sea_trap_elsewhere(const struct trap_vcpu *vcpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (unsigned int i = 0; i < vcpu->trap->ncpus; i++) {
		if (i != vcpu->cpu)
			CPU_SET((size_t)vcpu->trap->cpus[i], &set);
	}
	if (!sched_setaffinity(0, sizeof(set), &set))
		settled = -1;
}

/* Its owner and the guest thread come together. */
static void settle(const struct trap_vcpu *vcpu)
{
	sea_trap_settle(vcpu);
	sea_trap_pin(vcpu->tid, vcpu->trap->cpus[vcpu->cpu]);
}

static int take(uint8_t *taken, unsigned int n)
{
	for (unsigned int i = 1; i < n; i++) { /* 0 is the first stub's */
		if (!taken[i]) {
			taken[i] = 1;
			return (int)i;
		}
	}
	return -ENOMEM;
}

/* Nothing of it is left for the next. */
static void wipe(struct sea_trap *trap, uint64_t at, uint64_t len)
{
	if (fallocate(trap->exchange, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at,
		      (off_t)len))
		memset(trap->base + at, 0, len);
}

static int order_call(struct trap_vcpu *vcpu, uint64_t nr, const uint64_t *arg)
{
	struct trap_order order = { .op = SEA_TRAP_CALL, .nr = nr };

	memcpy(order.arg, arg, sizeof(order.arg));
	return sea_trap_order(vcpu->trap, vcpu->stub->order, vcpu->stub->pid, &order);
}

/* A thread of the stub's with a slot of its own, on its way to its first stop. */
static int thread_new(struct trap_vcpu *vcpu)
{
	uint64_t address = SEA_TRAP_SLOTS + (uint64_t)vcpu->number * SEA_TRAP_SLOT_SIZE;
	struct sea_trap_slot *slot = vcpu->slot;
	/* CLONE_VM, FS, FILES, SIGHAND, THREAD, SYSVSEM, PARENT_SETTID. */
	struct trap_order thread = { SEA_TRAP_THREAD,
				     SYS_clone,
				     { 0x150f00, 0, address + offsetof(struct sea_trap_slot, tid) },
				     address,
				     0 };
	uint64_t at = SEA_TRAP_SLOTS_AT + (uint64_t)vcpu->number * SEA_TRAP_SLOT_SIZE;
	int err;

	slot->stack.sp = address + SEA_TRAP_STACK;
	slot->stack.size = SEA_TRAP_SAVED - SEA_TRAP_STACK;
	if (vcpu->platform->bridges) {
		/* The first of the GDT's that are a thread's own; data of 32 bits, its limit in pages,
		 * so that the last byte is at the slot's offset and 4095 more. */
		slot->segment[0] = 12;
		slot->segment[2] = vcpu->number * (SEA_TRAP_SLOT_SIZE / 4096);
		slot->segment[3] = 1 | 1 << 4 | 1 << 6;
		thread.high = at;
	}
	atomic_store(&slot->state, SEA_TRAP_RUNNING);
	err = order_call(vcpu, SYS_mmap,
			 (uint64_t[6]){ address, SEA_TRAP_SLOT_SIZE, PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_FIXED, SEA_TRAP_FD_EXCHANGE, at });
	if (!err)
		err = sea_trap_order(vcpu->trap, vcpu->stub->order, vcpu->stub->pid, &thread);
	vcpu->tid = (pid_t)slot->tid;
	return err;
}

static void slot_free(struct trap_vcpu *vcpu)
{
	wipe(vcpu->trap, SEA_TRAP_SLOTS_AT + (uint64_t)vcpu->number * SEA_TRAP_SLOT_SIZE,
	     SEA_TRAP_SLOT_SIZE);
	vcpu->trap->slots[vcpu->number] = 0;
	vcpu->trap->vcpus[vcpu->number] = NULL;
	free(vcpu->xstate);
	free(vcpu);
}

static int vcpu_make(const struct sea_platform *platform, struct trap_stub *stub,
		     struct trap_vcpu **made)
{
	struct trap_vcpu *vcpu = calloc(1, sizeof(*vcpu));
	int number = take(platform->trap->slots, SEA_TRAP_SLOTS_MAX), err;

	if (!vcpu || number < 0) {
		if (number >= 0)
			platform->trap->slots[number] = 0;
		free(vcpu);
		return -ENOMEM;
	}
	vcpu->platform = platform;
	vcpu->trap = platform->trap;
	vcpu->stub = stub;
	vcpu->number = (unsigned int)number;
	vcpu->slot = sea_trap_slot_at(vcpu->trap, vcpu->number);
	err = thread_new(vcpu);
	if (err) {
		slot_free(vcpu);
		return err;
	}
	vcpu->trap->vcpus[number] = vcpu;
	if (vcpu->trap->highest <= vcpu->number)
		vcpu->trap->highest = vcpu->number + 1;
	*made = vcpu;
	return 0;
}

/* With the lock. */
static int vcpu_new(const struct sea_platform *platform, struct trap_stub *stub, unsigned int cpu,
		    struct trap_vcpu **made)
{
	struct trap_vcpu *vcpu = stub->parked;
	int err = 0;

	if (vcpu)
		stub->parked = vcpu->next;
	else
		err = vcpu_make(platform, stub, &vcpu);
	if (err)
		return err;
	vcpu->cpu = cpu;
	vcpu->busy = 0;
	vcpu->owned = true;
	atomic_store(&vcpu->kicked, false);
	atomic_store(&vcpu->watched, 0);
	sea_meter_begin(&vcpu->meter, &stub->meter);
	stub->vcpus++;
	*made = vcpu;
	return 0;
}

static int stub_new(const struct sea_platform *platform, struct trap_stub **made)
{
	struct sea_trap *trap = platform->trap;
	struct trap_stub *stub = calloc(1, sizeof(*stub));
	int number = take(trap->orders, SEA_TRAP_ORDERS_MAX), err = -ENOMEM;
	/* CLONE_PARENT, PARENT_SETTID */
	struct trap_order fork = { SEA_TRAP_STUB,
				   SYS_clone,
				   { 0x108000, 0,
				     SEA_TRAP_SLOTS + offsetof(struct sea_trap_slot, tid) },
				   (uint64_t)(number > 0 ? number : 0) * 4096,
				   (uint64_t)trap->self };

	if (stub && number > 0)
		err = sea_trap_order(trap, 0, trap->first, &fork);
	if (err) {
		if (number > 0)
			trap->orders[number] = 0;
		free(stub);
		return err;
	}
	stub->pid = (pid_t)sea_trap_slot_at(trap, 0)->tid;
	stub->order = (unsigned int)number;
	sea_meter_stub_init(&stub->meter, platform, stub->pid);
	*made = stub;
	return 0;
}

static void stub_end(struct sea_trap *trap, struct trap_stub *stub)
{
	struct trap_vcpu *vcpu;

	sea_trap_stub_end(trap, stub->order, stub->pid);
	while ((vcpu = stub->parked)) {
		stub->parked = vcpu->next;
		slot_free(vcpu);
	}
	wipe(trap, (uint64_t)stub->order * 4096, 4096);
	trap->orders[stub->order] = 0;
	sea_meter_stub_fini(&stub->meter);
	free(stub);
}

/* The state that a thread begins with: that of the one it sprang from, or the processor's own. */
static int begin(struct trap_vcpu *vcpu)
{
	static const uint8_t initial[576] = { 0x7f, 0x03, [25] = 0x1f, [24] = 0x80 };
	int err = sea_trap_wait(vcpu);

	if (!err && vcpu->xstate)
		err = sea_trap_xstate_set(vcpu, vcpu->xstate, vcpu->xsize);
	else if (!err)
		err = sea_trap_xstate_set(vcpu, initial, sizeof(initial));
	free(vcpu->xstate);
	vcpu->xstate = NULL;
	return err;
}

static void stop(struct sea_vcpu *ended);

static int start(struct sea_platform *platform, struct sea_vcpu **made)
{
	struct sea_trap *trap = platform->trap;
	struct trap_vcpu *vcpu = NULL;
	struct trap_stub *stub = NULL;
	unsigned int cpu;
	int err;

	pthread_mutex_lock(&trap->lock);
	cpu = here(trap);
	err = stub_new(platform, &stub);
	if (!err) {
		sea_trap_pin(stub->pid, trap->cpus[cpu]);
		err = vcpu_new(platform, stub, cpu, &vcpu);
		if (err)
			stub_end(trap, stub);
	}
	pthread_mutex_unlock(&trap->lock);
	if (err)
		return err;
	settle(vcpu);
	err = begin(vcpu);
	if (err)
		stop((struct sea_vcpu *)(void *)vcpu);
	else
		*made = (struct sea_vcpu *)(void *)vcpu;
	return err;
}

static int spawn(struct sea_vcpu *sprung, struct sea_vcpu **made)
{
	struct trap_vcpu *from = of(sprung), *vcpu = NULL;
	uint8_t *xstate = malloc(SEA_XSTATE_MAX);
	size_t size = sea_xstate_size();
	int err = xstate ? sea_trap_xstate_get(from, xstate, size) : -ENOMEM;

	if (!err) {
		pthread_mutex_lock(&from->trap->lock);
		err = vcpu_new(from->platform, from->stub, from->cpu, &vcpu);
		pthread_mutex_unlock(&from->trap->lock);
	}
	if (err) {
		free(xstate);
		return err;
	}
	vcpu->xstate = xstate;
	vcpu->xsize = (uint32_t)size;
	*made = (struct sea_vcpu *)(void *)vcpu;
	return 0;
}

static int attach(struct sea_vcpu *vcpu)
{
	settle(of(vcpu));
	return begin(of(vcpu));
}

static void stop(struct sea_vcpu *ended)
{
	struct trap_vcpu *vcpu = of(ended);
	struct trap_stub *stub = vcpu->stub;
	struct sea_trap *trap = vcpu->trap;

	sea_trap_spin_end(vcpu);
	free(vcpu->xstate);
	vcpu->xstate = NULL;
	pthread_mutex_lock(&trap->lock);
	vcpu->owned = false;
	sea_meter_end(&vcpu->meter);
	vcpu->next = stub->parked;
	stub->parked = vcpu;
	if (!--stub->vcpus)
		stub_end(trap, stub);
	pthread_mutex_unlock(&trap->lock);
}

static int run(struct sea_vcpu *running, struct user_regs_struct *regs, struct sea_event *event)
{
	struct trap_vcpu *vcpu = of(running);
	int err;

	/* What a kick noted comes after what it says here. Only looked at, it stays where both sides
	 * have it. */
	if (atomic_load(&vcpu->slot->noted))
		atomic_store(&vcpu->slot->noted, 0);
	if (atomic_exchange(&vcpu->kicked, false)) {
		event->why = SEA_STOP_KICKED;
		return 0;
	}
	err = sea_trap_regs_set(vcpu, regs);
	if (!err)
		err = sea_trap_exchange(vcpu);
	if (!err)
		err = sea_trap_regs_get(vcpu, regs, event);
	if (!err && event->why == SEA_STOP_KICKED)
		atomic_store(&vcpu->kicked, false);
	return err;
}

static void kick(struct sea_vcpu *running)
{
	struct trap_vcpu *vcpu = of(running);

	if (!atomic_exchange(&vcpu->kicked, true))
		syscall(SYS_tgkill, vcpu->stub->pid, vcpu->tid, SIGCHLD);
}

static void ran(struct sea_vcpu *running, struct sea_ran *to)
{
	struct trap_vcpu *vcpu = of(running);

	to->guest = sea_meter_read(&vcpu->meter);
	to->watched = sea_meter_ns(vcpu->platform, atomic_load(&vcpu->watched));
}

static int locked_call(struct trap_vcpu *vcpu, uint64_t nr, const uint64_t *arg)
{
	int err;

	pthread_mutex_lock(&vcpu->trap->lock);
	err = order_call(vcpu, nr, arg);
	pthread_mutex_unlock(&vcpu->trap->lock);
	return err;
}

static int map(struct sea_vcpu *vcpu, uint64_t addr, uint64_t len, int prot, uint64_t offset)
{
	return locked_call(of(vcpu), SYS_mmap,
			   (uint64_t[6]){ addr, len, (uint64_t)prot, MAP_SHARED | MAP_FIXED,
					  SEA_TRAP_FD_MEMORY, offset });
}

static int unmap(struct sea_vcpu *vcpu, uint64_t addr, uint64_t len)
{
	return locked_call(of(vcpu), SYS_munmap, (uint64_t[6]){ addr, len });
}

static int xstate_get(struct sea_vcpu *vcpu, void *area, size_t size)
{
	return sea_trap_xstate_get(of(vcpu), area, size);
}

static int xstate_set(struct sea_vcpu *vcpu, const void *area, size_t size)
{
	return sea_trap_xstate_set(of(vcpu), area, size);
}

/* -ENOSYS: this machine cannot. */
static int able(void)
{
	const uint32_t action = SECCOMP_RET_TRAP;

	if (!(getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE_))
		return -ENOSYS;
	if (prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_OFF, 0, 0, 0) ||
	    syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action))
		return -ENOSYS;
	return 0;
}

/* Not one of those that the first stub's take the place of. */
static int high_fd(int fd)
{
	int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3), err = errno;

	if (fd >= 0)
		close(fd);
	return high < 0 ? -err : high;
}

static int open_exchange(struct sea_trap *trap)
{
	void *base;

	trap->exchange = high_fd(memfd_create("seastack-exchange", MFD_CLOEXEC));
	trap->done = high_fd(eventfd(0, EFD_CLOEXEC));
	if (trap->exchange < 0 || trap->done < 0)
		return -EMFILE;
	if (ftruncate(trap->exchange, (off_t)SEA_TRAP_FILE_SIZE))
		return -errno;
	base = mmap(NULL, SEA_TRAP_FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
		    trap->exchange, 0);
	if (base == MAP_FAILED)
		return -errno;
	trap->base = base;
	return 0;
}

static void find_cpus(struct sea_trap *trap)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	(void)sched_getaffinity(0, sizeof(set), &set);
	for (int i = 0; i < CPU_SETSIZE && trap->ncpus < SEA_TRAP_CPUS_MAX; i++) {
		if (CPU_ISSET((size_t)i, &set))
			trap->cpus[trap->ncpus++] = i;
	}
	trap->ncpus = trap->ncpus ? trap->ncpus : 1;
}

static void fini(struct sea_platform *platform)
{
	struct sea_trap *trap = platform->trap;

	if (trap->first > 0)
		sea_trap_stub_end(trap, 0, trap->first);
	if (trap->base)
		munmap(trap->base, SEA_TRAP_FILE_SIZE);
	if (trap->exchange >= 0)
		close(trap->exchange);
	if (trap->done >= 0)
		close(trap->done);
	pthread_mutex_destroy(&trap->lock);
	free(trap);
}

static int init(struct sea_platform *platform)
{
	struct sea_trap *trap;
	int err = able();

	if (err)
		return err;
	trap = calloc(1, sizeof(*trap));
	if (!trap)
		return -ENOMEM;
	platform->trap = trap;
	pthread_mutex_init(&trap->lock, NULL);
	trap->self = getpid();
	find_cpus(trap);
	err = open_exchange(trap);
	if (!err) {
		trap->first = sea_trap_first(platform, trap->exchange, trap->done);
		err = trap->first < 0 ? trap->first : 0;
	}
	if (err)
		fini(platform);
	return err;
}

const struct sea_platform_ops sea_platform_trap = {
	.name = "trap",
	.init = init,
	.fini = fini,
	.start = start,
	.spawn = spawn,
	.attach = attach,
	.stop = stop,
	.run = run,
	.kick = kick,
	.ran = ran,
	.map = map,
	.unmap = unmap,
	.bridge_put = sea_trap_bridge_put,
	.bridge_behind = sea_trap_bridge_after,
	.bridge_leave = sea_trap_bridge_leave,
	.xstate_get = xstate_get,
	.xstate_set = xstate_set,
};
