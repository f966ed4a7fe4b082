/* SPDX-License-Identifier: Apache-2.0 */
/* The seccomp filter of a program whose network is a stack's. */
#ifndef SEA_EXEC_FILTER_H
#define SEA_EXEC_FILTER_H

#include <seastack/compiler.h>

/*
 * From now on this thread's calls of calls.def wait for whoever holds the listener that comes back. Privileges
 * cannot be gained any more, unless the caller is root. Or -errno: -EBUSY: there is a listener already;
 * -EINVAL: the kernel is older than 6.0.
 */
SEA_MUST_USE int sea_exec_filter(void);

#endif
