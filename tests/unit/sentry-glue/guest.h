/* SPDX-License-Identifier: Apache-2.0 */
/* A memory file with a platform on it, and a guest made of a few bytes of code. */
#ifndef TESTS_UNIT_SENTRY_GUEST_H
#define TESTS_UNIT_SENTRY_GUEST_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sentry-glue/mm/memfile.h"
#include "sentry-glue/platform/platform.h"

#define CODE 0x400000ull
#define DATA 0x500000ull
#define EXIT_SKIP 77

/* The platform that guests run on. */
static const struct sea_platform_ops *guest_ops = &sea_platform_ptrace;

struct guest {
	struct sea_memfile file;
	struct sea_platform platform;
	struct sea_vcpu *vcpu;
	struct user_regs_struct regs;
	struct sea_event event;
};

/* Whether this machine lets guests run on the platform. */
static inline int guest_try(void)
{
	struct sea_memfile file;
	struct sea_platform platform;
	struct sea_vcpu *vcpu;
	int err;

	if (sea_memfile_init(&file, 16))
		abort();
	err = sea_platform_init(&platform, guest_ops, file.fd, NULL);
	if (!err) {
		err = platform.ops->start(&platform, &vcpu);
		if (!err)
			platform.ops->stop(vcpu);
		sea_platform_fini(&platform);
	}
	sea_memfile_fini(&file);
	return err;
}

/* Ends the test with its word where the host does not let us trace. */
static inline void guest_skip_unless_allowed(void)
{
	int err = guest_try();

	if (err) {
		printf("SKIP: this machine does not let us trace our own children: %s\n",
		       strerror(-err));
		exit(EXIT_SKIP);
	}
}

/* Flags and segments of a 64-bit task. */
static inline struct user_regs_struct guest_regs(uint64_t rip)
{
	return (struct user_regs_struct){
		.rip = rip, .cs = 0x33, .ss = 0x2b, .eflags = 0x202, .orig_rax = ~0ull
	};
}

#endif
