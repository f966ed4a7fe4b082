/* SPDX-License-Identifier: Apache-2.0 */
/* Signals that are read: those of whoever reads, as on Linux, whoever made the file. */
#ifndef SEA_SENTRY_FS_SIGNALFD_H
#define SEA_SENTRY_FS_SIGNALFD_H

#include <stdint.h>

#include <seastack/compiler.h>

struct sea_file;
struct sea_kernel;

SEA_MUST_USE int sea_signalfd_new(struct sea_kernel *kernel, uint64_t mask, int flags,
				  struct sea_file **file);
/* Another mask. -EINVAL: the file is none. */
SEA_MUST_USE int sea_signalfd_set(struct sea_file *file, uint64_t mask);
/* A signal was sent that is blocked: who polls one looks again. */
void sea_signalfds_wake(struct sea_kernel *kernel);

#endif
