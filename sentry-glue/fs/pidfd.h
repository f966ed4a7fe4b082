/* SPDX-License-Identifier: Apache-2.0 */
/* A descriptor that stands for a process, also when its number is another's already. */
#ifndef SEA_SENTRY_FS_PIDFD_H
#define SEA_SENTRY_FS_PIDFD_H

#include <seastack/compiler.h>

struct sea_file;
struct sea_process;

SEA_MUST_USE int sea_pidfd_new(struct sea_process *process, int flags, struct sea_file **file);
/* The process; *process NULL: it was reaped. -EBADF: the file is none of these. */
SEA_MUST_USE int sea_pidfd_process(const struct sea_file *file, struct sea_process **process);
/* It has ended, and `gone`, or it was reaped too. */
void sea_pidfds_tell(struct sea_process *process, int gone);

#endif
