/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stub: a child of ours that has given up all that it inherited, and the page it keeps.
 */
#ifndef SEA_SENTRY_PLATFORM_STUB_H
#define SEA_SENTRY_PLATFORM_STUB_H

#include <stdint.h>
#include <sys/types.h>

#include <seastack/compiler.h>

#include "sentry-glue/platform/platform.h"

/* Where a stub's page lies, and what is in it. */
#define SEA_STUB_CALL SEA_GUEST_TOP         /* makes a call, then traps                     */
#define SEA_STUB_SPAWN (SEA_GUEST_TOP + 16) /* the same for clone; the child sleeps for ever */

/* Bytes after a site's begin at which the trap leaves rip: past syscall and int3. */
#define SEA_STUB_CALL_LEN 3
#define SEA_STUB_SPAWN_LEN 7

/* The file with the page; for sea_platform.stubfd. */
SEA_MUST_USE int sea_stub_page_new(void);

/* A copy of this process that sleeps until someone traces it and says what to do. It has this
 * process's memory and descriptors still. The pid, or -errno. */
SEA_MUST_USE pid_t sea_stub_fork(void);

/* The address of a call site in this process, and so in what sea_stub_fork() made. */
uint64_t sea_stub_fork_site(void);

/* The host thread's registration for restartable sequences, which a copy inherits; 0: none. */
uint64_t sea_stub_rseq(uint64_t fs_base);

#endif
