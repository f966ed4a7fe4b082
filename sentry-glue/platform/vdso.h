/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's vDSO (vdso(7)), which guests have, too, above their addresses: its pages of code and of time, as the
 * host's kernel gave them to this process, moved there. What it cannot answer itself it asks by a system call, which is
 * the guest's as any other.
 */
#ifndef SEA_SENTRY_PLATFORM_VDSO_H
#define SEA_SENTRY_PLATFORM_VDSO_H

#include <stdint.h>

#include <seastack/compiler.h>

#include "sentry-glue/platform/platform.h"

/* Where guests have it: behind the bridges, up to the end of what a process may have. */
#define SEA_VDSO (SEA_GUEST_TOP + 0x1fff0000)
#define SEA_VDSO_END (SEA_GUEST_TOP + 0x1ffff000)

/* That of this process, by what /proc/self/maps says. */
void sea_vdso_find(struct sea_vdso *vdso);

struct sea_vcpu;

/* In a copy of this process that is becoming a stub, and holds the stub's page already. 0 or -errno. */
SEA_MUST_USE int64_t sea_vdso_move(struct sea_vcpu *vcpu, const struct sea_vdso *vdso);

#endif
