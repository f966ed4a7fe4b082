/* SPDX-License-Identifier: Apache-2.0 */
/* How a copy of this process becomes a stub: it is traced, and gives up all that it inherited. */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "sentry-glue/platform/inject.h"
#include "sentry-glue/platform/platform.h"
#include "sentry-glue/platform/stub.h"
#include "sentry-glue/platform/vdso.h"

#define TASK_TOP 0x7ffffffff000ull

int sea_vcpu_attach(struct sea_vcpu *vcpu)
{
	const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD;
	const uint64_t none = 0;
	int status;

	if (ptrace(PTRACE_SEIZE, vcpu->tid, 0, options))
		return -errno;
	vcpu->attached = true;
	if (ptrace(PTRACE_INTERRUPT, vcpu->tid, 0, 0))
		return -errno;
	if (sea_vcpu_wait(vcpu, &status) || !WIFSTOPPED(status))
		return -ESRCH;
	if (ptrace(PTRACE_GETREGS, vcpu->tid, 0, &vcpu->plain) ||
	    ptrace(PTRACE_SETSIGMASK, vcpu->tid, sizeof(none), &none))
		return -errno;
	return 0;
}

/* Descriptors 0 to n - 1 become what `fds` names, and there are no others. */
static int64_t strip_files(struct sea_vcpu *vcpu, const int *fds, unsigned int n)
{
	int64_t ret = 0;

	for (unsigned int i = 0; i < n && ret >= 0; i++)
		ret = sea_inject(vcpu, &(struct sea_inject){ SEA_STUB_CALL,
							     SEA_STUB_CALL_LEN,
							     SYS_dup2,
							     { (uint64_t)fds[i], i } });
	if (ret >= 0)
		ret = sea_inject(vcpu, &(struct sea_inject){ SEA_STUB_CALL,
							     SEA_STUB_CALL_LEN,
							     SYS_close_range,
							     { n, ~0u, 0 } });
	return ret;
}

/* What is neither the stub's page nor the vDSO. */
static int64_t strip_memory(struct sea_vcpu *vcpu, const struct sea_vdso *vdso)
{
	const uint64_t kept[][2] = { { SEA_GUEST_TOP, SEA_GUEST_TOP + 4096 },
				     { SEA_VDSO, SEA_VDSO + vdso->len },
				     { TASK_TOP, TASK_TOP } };
	uint64_t from = 0;
	int64_t ret = 0;

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]) && ret >= 0; i++) {
		if (from < kept[i][0])
			ret = sea_inject(vcpu, &(struct sea_inject){ SEA_STUB_CALL,
								     SEA_STUB_CALL_LEN,
								     SYS_munmap,
								     { from, kept[i][0] - from } });
		from = kept[i][1];
	}
	return ret;
}

int sea_vcpu_strip(struct sea_vcpu *vcpu, const int *fds, unsigned int n)
{
	const struct sea_platform *platform = vcpu->platform;
	uint64_t rseq = sea_stub_rseq(vcpu->plain.fs_base);
	struct sea_inject map = { sea_stub_fork_site(),
				  SEA_STUB_CALL_LEN,
				  SYS_mmap,
				  { SEA_GUEST_TOP, 4096, PROT_READ | PROT_EXEC,
				    MAP_SHARED | MAP_FIXED, (uint64_t)platform->stubfd, 0 } };
	const struct sea_inject leave = { SEA_STUB_CALL, SEA_STUB_CALL_LEN, SYS_setsid, { 0 } };
	int64_t ret = 0;

	if (rseq) {
		struct sea_inject off = { sea_stub_fork_site(),
					  SEA_STUB_CALL_LEN,
					  SYS_rseq,
					  { rseq, 32, 1, 0x53053053 } };

		ret = sea_inject(vcpu, &off);
	}
	if (!ret)
		ret = sea_inject(vcpu, &map);
	if (ret >= 0)
		ret = sea_vdso_move(vcpu, &platform->vdso);
	if (ret >= 0)
		ret = strip_memory(vcpu, &platform->vdso);
	if (ret >= 0)
		ret = sea_inject(vcpu, &leave);
	if (ret >= 0)
		ret = strip_files(vcpu, fds, n);
	/* Of the registers we hold, none points anywhere any more. */
	vcpu->plain.fs_base = vcpu->plain.gs_base = 0;
	return ret < 0 ? (int)ret : 0;
}
