/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ptrace platform's parts share: the vcpu, and calls made in a stub on our order.
 */
#ifndef SEA_SENTRY_PLATFORM_INJECT_H
#define SEA_SENTRY_PLATFORM_INJECT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#include <seastack/compiler.h>

#include "sentry-glue/platform/meter.h"

struct sea_platform;

struct sea_stub {
	pid_t pid;
	atomic_int vcpus;
	struct sea_meter_stub meter;
};

struct sea_vcpu {
	struct sea_platform *platform;
	struct sea_stub *stub;
	pid_t tid;
	bool attached;
	atomic_bool kicked;
	struct sea_meter meter;
	struct user_regs_struct plain; /* segments and flags as a task has them when it begins */
};

struct sea_inject {
	uint64_t site; /* an address of the stub with a syscall instruction ...             */
	uint64_t len;  /* ... and this many bytes up to and with the int3 that follows      */
	uint64_t nr;
	uint64_t arg[6];
};

/* Makes the call in the vcpu, which is at a stop. Its result: -errno where it failed, -ESRCH also
 * where the stub is gone. The registers of the stub are lost. */
SEA_MUST_USE int64_t sea_inject(struct sea_vcpu *vcpu, const struct sea_inject *call);

/* Waits for the vcpu's next stop or its end; 0 or -errno. */
SEA_MUST_USE int sea_vcpu_wait(struct sea_vcpu *vcpu, int *status);

/* Traces a copy of ours, or a thread that sprang from one, from now on. */
SEA_MUST_USE int sea_vcpu_attach(struct sea_vcpu *vcpu);

/* What a fresh copy has to give up: all but the stub's page, and the n descriptors `fds`, which
 * become 0 and the following; of those only the first may be less than n. */
SEA_MUST_USE int sea_vcpu_strip(struct sea_vcpu *vcpu, const int *fds, unsigned int n);

#endif
