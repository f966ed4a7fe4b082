/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks on files: those of fcntl, on ranges, whose owner is a table of descriptors or, for OFD, an
 * open file; and those of flock, on the whole file, whose owner is an open file. The two kinds know
 * nothing of each other.
 */
#ifndef SEA_SENTRY_VFS_LOCK_H
#define SEA_SENTRY_VFS_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/compiler.h>

struct sea_node;

#define SEA_LOCK_EOF INT64_MAX

struct sea_lock {
	struct sea_lock *next;
	const void *owner;
	bool flock, exclusive;
	int32_t pid;        /* what F_GETLK tells: -1 of an OFD lock */
	int64_t start, end; /* both are in it */
};

/* The first lock of somebody else's that stands in the way; NULL: none. */
const struct sea_lock *sea_lock_conflict(const struct sea_node *node, const struct sea_lock *want);
/* Takes the range from the owner's locks, and with `set` puts this one there. -ENOMEM. */
SEA_MUST_USE int sea_lock_set(struct sea_node *node, const struct sea_lock *want, bool set);
/* All of the owner's, who lets go of the file. */
void sea_lock_forget(struct sea_node *node, const void *owner);

#endif
