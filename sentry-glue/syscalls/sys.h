/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of system calls, and what the calls share.
 *
 * A call takes the task and its six arguments as the guest gave them, and gives what Linux gives:
 * a value, -errno, or one of the SEA_ERESTART codes when a signal came first.
 */
#ifndef SEA_SENTRY_SYSCALLS_SYS_H
#define SEA_SENTRY_SYSCALLS_SYS_H

#include <errno.h>
#include <stdint.h>
#include <time.h>

#include <seastack/compiler.h>

#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"
#include "sentry-glue/vfs/node.h"
#include "sentry-glue/vfs/through.h"
#include "sentry-glue/vfs/walk.h"

typedef int64_t sea_call(struct sea_task *task, const uint64_t *a);

enum sea_call_status {
	SEA_CALL_ABSENT, /* not built yet: ENOSYS, as on a kernel without it */
	SEA_CALL_DONE,
	SEA_CALL_PARTIAL, /* `note` says what is missing                      */
	SEA_CALL_REFUSED, /* always the same errno; `note` says why           */
};

struct sea_call_entry {
	const char *name;
	enum sea_call_status status;
	sea_call *call;
	int error; /* of one that is refused */
	const char *note;
};

#define SEA_CALLS_MAX 512u

/* NULL: Linux has no such number. */
const struct sea_call_entry *sea_call_find(uint64_t nr);

#define SEA_CALL_DECLARE(name) sea_call sea_sys_##name;
#define SEA_DONE(nr, name) SEA_CALL_DECLARE(name)
#define SEA_PARTIAL(nr, name, note) SEA_CALL_DECLARE(name)
#define SEA_REFUSED(nr, name, error, note)
#define SEA_ABSENT(nr, name)
#include "sentry-glue/syscalls/table.def"
#undef SEA_DONE
#undef SEA_PARTIAL
#undef SEA_REFUSED
#undef SEA_ABSENT

/* --- between the calls (arg.c) --- */

#define SEA_RW_MAX 0x7ffff000ull /* bytes of one call */

SEA_MUST_USE int sea_arg_read(struct sea_task *task, uint64_t addr, void *to, size_t len);
SEA_MUST_USE int sea_arg_write(struct sea_task *task, uint64_t addr, const void *from, size_t len);
/* A path in `path`, which has room for PATH_MAX. */
SEA_MUST_USE int sea_arg_path(struct sea_task *task, uint64_t addr, char *path);
/* Where a relative path of an *at call begins; a new reference. */
SEA_MUST_USE int sea_arg_start(struct sea_task *task, int64_t fd, const char *path,
			       struct sea_node **start);
/* The node that (fd, path) name; AT_EMPTY_PATH and AT_SYMLINK_NOFOLLOW in flags. A reference. */
SEA_MUST_USE int sea_arg_node(struct sea_task *task, int64_t fd, uint64_t path, int flags,
			      struct sea_node **node);
/* The guest's buffers; *vec is to be freed. -EINVAL: too many, or too long. */
SEA_MUST_USE int sea_arg_iovec(struct sea_task *task, uint64_t at, uint64_t n, struct sea_uio *uio,
			       struct sea_uiovec **vec);
SEA_MUST_USE int sea_arg_timespec(struct sea_task *task, uint64_t addr, struct timespec *ts);
/* A timespec from now, or SEA_NEVER where addr is 0. */
SEA_MUST_USE int sea_arg_deadline(struct sea_task *task, uint64_t addr, int64_t *deadline);
SEA_MUST_USE int sea_put_stat(struct sea_task *task, uint64_t addr, struct sea_node *node);

/* The mask of a p-call at an address, or none at 0 (poll.c). */
SEA_MUST_USE int sea_mask_begin(struct sea_task *task, uint64_t at, uint64_t size);
int64_t sea_mask_end(struct sea_task *task, uint64_t at, int64_t result);

/* What a path is to be the name of, by the task's ids and umask: a reference. -EEXIST. With NULL it
 * is not made, but seen whether it might be (open.c). */
SEA_MUST_USE int sea_node_make(struct sea_task *task, const char *path, uint32_t mode,
			       struct sea_node **node);
/* F_ADD_SEALS, F_GET_SEALS (special.c). */
int64_t sea_fcntl_seals(struct sea_file *file, int cmd, uint64_t add);
/* F_SETOWN, F_SETSIG and their like; O_ASYNC; and the same of sockets by ioctl (owner.c). */
int64_t sea_fcntl_owner(struct sea_task *task, struct sea_file *file, int cmd, uint64_t arg);
SEA_MUST_USE int sea_file_async(struct sea_task *task, struct sea_file *file, int fd, bool on);
int64_t sea_ioctl_owner(struct sea_task *task, struct sea_file *file, uint32_t cmd, uint64_t at);
/* F_GETLK and its like (lock.c). */
int64_t sea_fcntl_lock(struct sea_task *task, struct sea_file *file, int cmd, uint64_t at);

#endif
