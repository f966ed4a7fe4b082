/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/platform/inject.h"

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

int sea_vcpu_wait(struct sea_vcpu *vcpu, int *status)
{
	while (waitpid(vcpu->tid, status, __WALL) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

int64_t sea_inject(struct sea_vcpu *vcpu, const struct sea_inject *call)
{
	struct user_regs_struct regs = vcpu->plain;
	int status, err;

	regs.rip = call->site;
	regs.rax = call->nr;
	regs.orig_rax = ~0ull;
	regs.rdi = call->arg[0];
	regs.rsi = call->arg[1];
	regs.rdx = call->arg[2];
	regs.r10 = call->arg[3];
	regs.r8 = call->arg[4];
	regs.r9 = call->arg[5];
	if (ptrace(PTRACE_SETREGS, vcpu->tid, 0, &regs))
		return -errno;
	do {
		/* A kick that arrives now is remembered in vcpu->kicked; its signal ends here. */
		if (ptrace(PTRACE_CONT, vcpu->tid, 0, 0))
			return -errno;
		err = sea_vcpu_wait(vcpu, &status);
		if (err)
			return err;
		if (!WIFSTOPPED(status) || WSTOPSIG(status) == SIGSEGV)
			return -ESRCH;
	} while (status >> 16 || WSTOPSIG(status) != SIGTRAP);
	if (ptrace(PTRACE_GETREGS, vcpu->tid, 0, &regs))
		return -errno;
	return regs.rip == call->site + call->len ? (int64_t)regs.rax : -ESRCH;
}
