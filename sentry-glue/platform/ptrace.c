/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The platform on ptrace: each vcpu is a host task that its owner traces. PTRACE_SYSEMU stops it at
 * each system call without carrying the call out. The vcpu keeps its extended state in the host
 * kernel, which is why it is exact. PTRACE_O_EXITKILL takes the stub away when its owner ends.
 */
#include <elf.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sentry-glue/platform/inject.h"
#include "sentry-glue/platform/platform.h"
#include "sentry-glue/platform/stub.h"
#include "sentry-glue/platform/xstate.h"

static int vcpu_new(struct sea_platform *platform, struct sea_stub *stub, pid_t tid,
		    struct sea_vcpu **made)
{
	struct sea_vcpu *vcpu = calloc(1, sizeof(*vcpu));

	if (!vcpu)
		return -ENOMEM;
	vcpu->platform = platform;
	vcpu->stub = stub;
	vcpu->tid = tid;
	*made = vcpu;
	return 0;
}

static void stop(struct sea_vcpu *vcpu);

static int start(struct sea_platform *platform, struct sea_vcpu **made)
{
	struct sea_stub *stub = calloc(1, sizeof(*stub));
	struct sea_vcpu *vcpu;
	int err;

	if (!stub)
		return -ENOMEM;
	atomic_init(&stub->vcpus, 1);
	stub->pid = sea_stub_fork();
	if (stub->pid < 0) {
		err = stub->pid;
		free(stub);
		return err;
	}
	err = vcpu_new(platform, stub, stub->pid, &vcpu);
	if (err) {
		kill(stub->pid, SIGKILL);
		waitpid(stub->pid, NULL, __WALL);
		free(stub);
		return err;
	}
	sea_meter_stub_init(&stub->meter, platform, stub->pid);
	err = sea_vcpu_attach(vcpu);
	if (!err)
		err = sea_vcpu_strip(vcpu, &platform->memfd, 1);
	if (err)
		stop(vcpu);
	if (err)
		return err;
	sea_meter_begin(&vcpu->meter, &stub->meter);
	*made = vcpu;
	return 0;
}

static int spawn(struct sea_vcpu *from, struct sea_vcpu **made)
{
	/* CLONE_VM, FS, FILES, SIGHAND, THREAD, SYSVSEM: a thread without a stack. */
	const struct sea_inject clone = {
		SEA_STUB_SPAWN, SEA_STUB_SPAWN_LEN, SYS_clone, { 0x50f00, 0 }
	};
	struct sea_vcpu *vcpu;
	int err = vcpu_new(from->platform, from->stub, 0, &vcpu);
	int64_t tid;

	if (err)
		return err;
	tid = sea_inject(from, &clone);
	if (tid < 0) {
		free(vcpu);
		return (int)tid;
	}
	vcpu->tid = (pid_t)tid;
	sea_meter_begin(&vcpu->meter, &from->stub->meter);
	atomic_fetch_add(&from->stub->vcpus, 1);
	*made = vcpu;
	return 0;
}

/* Sends one of several on its way out. It is at a stop, and detaching lets it run. */
static void leave(struct sea_vcpu *vcpu)
{
	struct user_regs_struct regs = vcpu->plain;

	regs.rip = SEA_STUB_CALL;
	regs.rax = SYS_exit;
	regs.rdi = 0;
	regs.orig_rax = ~0ull;
	if (ptrace(PTRACE_SETREGS, vcpu->tid, 0, &regs) || ptrace(PTRACE_DETACH, vcpu->tid, 0, 0))
		syscall(SYS_tgkill, vcpu->stub->pid, vcpu->tid, SIGKILL);
}

static void stop(struct sea_vcpu *vcpu)
{
	struct sea_stub *stub = vcpu->stub;

	sea_meter_end(&vcpu->meter);
	if (atomic_fetch_sub(&stub->vcpus, 1) > 1) {
		/* One that never ran goes with its stub: nobody traces it, and it only sleeps. */
		if (vcpu->attached)
			leave(vcpu);
	} else {
		kill(stub->pid, SIGKILL);
		if (vcpu->tid != stub->pid)
			waitpid(vcpu->tid, NULL, __WALL);
		while (waitpid(stub->pid, NULL, __WALL) < 0 && errno == EINTR)
			continue;
		sea_meter_stub_fini(&stub->meter);
		free(stub);
	}
	free(vcpu);
}

/* The stop that `status` tells of. 1: none that anybody wants to hear of. */
static int judge(struct sea_vcpu *vcpu, int status, struct sea_event *event)
{
	int sig;

	if (!WIFSTOPPED(status))
		return -ESRCH;
	sig = WSTOPSIG(status);
	if (status >> 16)
		return 1;
	if (sig == (SIGTRAP | 0x80)) {
		event->why = SEA_STOP_SYSCALL;
		return 0;
	}
	if (ptrace(PTRACE_GETSIGINFO, vcpu->tid, 0, &event->info))
		return -errno;
	if (sig == SIGCHLD) {
		atomic_store(&vcpu->kicked, false);
		event->why = SEA_STOP_KICKED;
		return 0;
	}
	if (sig != SIGSEGV && sig != SIGBUS && sig != SIGFPE && sig != SIGILL && sig != SIGTRAP)
		return 1; /* someone outside sent it: not the guest's business */
	event->why = SEA_STOP_SIGNAL;
	return 0;
}

static int run(struct sea_vcpu *vcpu, struct user_regs_struct *regs, struct sea_event *event)
{
	int status, err;

	if (atomic_exchange(&vcpu->kicked, false)) {
		event->why = SEA_STOP_KICKED;
		return 0;
	}
	if (ptrace(PTRACE_SETREGS, vcpu->tid, 0, regs))
		return -errno;
	sea_meter_go(&vcpu->meter, sea_cycles());
	do {
		if (ptrace(PTRACE_SYSEMU, vcpu->tid, 0, 0))
			return -errno;
		err = sea_vcpu_wait(vcpu, &status);
		if (!err)
			err = judge(vcpu, status, event);
	} while (err > 0);
	sea_meter_stop(&vcpu->meter, sea_cycles());
	if (!err && ptrace(PTRACE_GETREGS, vcpu->tid, 0, regs))
		err = -errno;
	return err;
}

static void kick(struct sea_vcpu *vcpu)
{
	if (!atomic_exchange(&vcpu->kicked, true))
		syscall(SYS_tgkill, vcpu->stub->pid, vcpu->tid, SIGCHLD);
}

static void ran(struct sea_vcpu *vcpu, struct sea_ran *to)
{
	*to = (struct sea_ran){ .guest = sea_meter_read(&vcpu->meter) };
}

static int map(struct sea_vcpu *vcpu, uint64_t addr, uint64_t len, int prot, uint64_t offset)
{
	const struct sea_inject call = { SEA_STUB_CALL,
					 SEA_STUB_CALL_LEN,
					 SYS_mmap,
					 { addr, len, (uint64_t)prot, MAP_SHARED | MAP_FIXED, 0,
					   offset } };
	int64_t ret = sea_inject(vcpu, &call);

	return ret < 0 ? (int)ret : 0;
}

static int unmap(struct sea_vcpu *vcpu, uint64_t addr, uint64_t len)
{
	const struct sea_inject call = {
		SEA_STUB_CALL, SEA_STUB_CALL_LEN, SYS_munmap, { addr, len }
	};

	return (int)sea_inject(vcpu, &call);
}

static int xstate_get(struct sea_vcpu *vcpu, void *area, size_t size)
{
	struct iovec iov = { area, size };

	return ptrace(PTRACE_GETREGSET, vcpu->tid, NT_X86_XSTATE, &iov) ? -errno : 0;
}

static int xstate_set(struct sea_vcpu *vcpu, const void *area, size_t size)
{
	uint8_t whole[SEA_XSTATE_MAX] __attribute__((aligned(64))) = { 0 };
	struct iovec iov = { whole, sea_xstate()->whole };

	/* Nothing less is taken. */
	memcpy(whole, area, size < iov.iov_len ? size : iov.iov_len);
	return ptrace(PTRACE_SETREGSET, vcpu->tid, NT_X86_XSTATE, &iov) ? -errno : 0;
}

const struct sea_platform_ops sea_platform_ptrace = {
	.name = "ptrace",
	.start = start,
	.spawn = spawn,
	.attach = sea_vcpu_attach,
	.stop = stop,
	.run = run,
	.kick = kick,
	.ran = ran,
	.map = map,
	.unmap = unmap,
	.xstate_get = xstate_get,
	.xstate_set = xstate_set,
};
