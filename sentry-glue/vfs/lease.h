/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leases (F_SETLEASE): who has one on a file is told by a signal when somebody is about to open it
 * in a way that it forbids, who waits until the lease is given up, or its time is over.
 */
#ifndef SEA_SENTRY_VFS_LEASE_H
#define SEA_SENTRY_VFS_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/compiler.h>

struct sea_file;
struct sea_node;
struct sea_task;

#define SEA_LEASE_BREAK 45000000000ll /* fs.lease-break-time, ns */

struct sea_lease {
	struct sea_lease *next; /* on the node */
	struct sea_file *file;
	int type;      /* F_RDLCK, F_WRLCK                                  */
	int target;    /* what it is to become, as long as it is being broken */
	int64_t until; /* ... and when it does by itself; 0: it is not      */
};

/* F_RDLCK, F_WRLCK, F_UNLCK. -EAGAIN: others have the file open, or there is none to give up. */
SEA_MUST_USE int sea_lease_set(struct sea_task *task, struct sea_file *file, int fd, int type);
/* F_GETLEASE. */
int sea_lease_type(const struct sea_file *file);
/* Before the file is opened, or made shorter, for writing or just reading: sleeps until no lease
 * forbids it. -EAGAIN: not with `dont`; -SEA_ERESTARTSYS. */
SEA_MUST_USE int sea_lease_break(struct sea_task *task, struct sea_node *node, bool write,
				 bool dont);
/* The file is closed. */
void sea_lease_forget(struct sea_file *file);

#endif
