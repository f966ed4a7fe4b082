/* SPDX-License-Identifier: Apache-2.0 */
/* The first stub of the platform `trap`: made by tracing, as long as we may trace. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "sentry-glue/platform/inject.h"
#include "sentry-glue/platform/stub.h"
#include "sentry-glue/platform/trap.h"

static int64_t call(struct sea_vcpu *vcpu, uint64_t nr, const uint64_t *arg)
{
	return sea_inject(
		vcpu, &(struct sea_inject){ SEA_STUB_CALL,
					    SEA_STUB_CALL_LEN,
					    nr,
					    { arg[0], arg[1], arg[2], arg[3], arg[4], arg[5] } });
}

static int64_t handlers(struct sea_vcpu *vcpu)
{
	static const int taken[] = SEA_TRAP_SIGNALS;
	int64_t ret = 0;

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]) && ret >= 0; i++)
		ret = call(vcpu, SYS_rt_sigaction,
			   (uint64_t[6]){ (uint64_t)taken[i], SEA_TRAP_ACTION, 0, 8 });
	return ret;
}

/* Its order, and a slot for the kernel to write numbers of children to, which they do not get. */
static int64_t mappings(struct sea_vcpu *vcpu)
{
	int64_t ret = call(vcpu, SYS_mmap,
			   (uint64_t[6]){ SEA_TRAP_ORDER, 4096, PROT_READ, MAP_SHARED | MAP_FIXED,
					  SEA_TRAP_FD_EXCHANGE, 0 });

	if (ret >= 0)
		ret = call(vcpu, SYS_mmap,
			   (uint64_t[6]){ SEA_TRAP_SLOTS, SEA_TRAP_SLOT_SIZE,
					  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
					  SEA_TRAP_FD_EXCHANGE, SEA_TRAP_SLOTS_AT });
	if (ret >= 0)
		ret = call(vcpu, SYS_madvise,
			   (uint64_t[6]){ SEA_TRAP_SLOTS, SEA_TRAP_SLOT_SIZE, MADV_DONTFORK });
	return ret;
}

static int64_t prepare(struct sea_vcpu *vcpu)
{
	int64_t ret = call(vcpu, SYS_prctl, (uint64_t[6]){ PR_SET_PDEATHSIG, SIGKILL });

	if (ret >= 0)
		ret = call(vcpu, SYS_prctl, (uint64_t[6]){ PR_SET_NO_NEW_PRIVS, 1 });
	if (ret >= 0)
		ret = handlers(vcpu);
	return ret < 0 ? ret : mappings(vcpu);
}

static int let_go(struct sea_vcpu *vcpu)
{
	struct user_regs_struct regs = vcpu->plain;
	uint64_t mask = sea_trap_mask(0);

	regs.rip = sea_trap_mapper();
	regs.r15 = 0;
	regs.rsp = 0;
	regs.orig_rax = ~0ull;
	if (ptrace(PTRACE_SETSIGMASK, vcpu->tid, sizeof(mask), &mask) ||
	    ptrace(PTRACE_SETREGS, vcpu->tid, 0, &regs) || ptrace(PTRACE_DETACH, vcpu->tid, 0, 0))
		return -errno;
	return 0;
}

/* Whether the calls of i386 are there, for threads to have a segment by: 20 is getpid. */
static bool able_to_bridge(struct sea_vcpu *vcpu)
{
	const struct sea_inject probe = { sea_trap_bridge_probe(), 3, 20, { 0 } };

	return sea_inject(vcpu, &probe) == vcpu->tid;
}

pid_t sea_trap_first(struct sea_platform *platform, int exchange, int done)
{
	struct sea_platform with = *platform;
	const int fds[] = { platform->memfd, exchange, done };
	struct sea_stub stub = { .pid = sea_stub_fork() };
	struct sea_vcpu vcpu = { .platform = &with, .stub = &stub, .tid = stub.pid };
	int64_t err;

	if (stub.pid < 0)
		return stub.pid;
	err = sea_vcpu_attach(&vcpu);
	if (!err)
		err = sea_vcpu_strip(&vcpu, fds, 3);
	if (!err)
		err = prepare(&vcpu);
	platform->bridges = err >= 0 && able_to_bridge(&vcpu);
	if (err >= 0)
		err = let_go(&vcpu);
	if (!err)
		return stub.pid;
	kill(stub.pid, SIGKILL);
	waitpid(stub.pid, NULL, __WALL);
	return (pid_t)err;
}
