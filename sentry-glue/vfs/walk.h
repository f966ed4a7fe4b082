/* SPDX-License-Identifier: Apache-2.0 */
/* Paths: from a string to a node, or to the directory that has, or will have, a name. */
#ifndef SEA_SENTRY_VFS_WALK_H
#define SEA_SENTRY_VFS_WALK_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include <seastack/compiler.h>

struct sea_node;
struct sea_task;
struct sea_creds;

#define SEA_WALK_NOFOLLOW 1u /* a link at the end stays a link */
#define SEA_WALK_PARENT 2u   /* stop at the last component */
/* What openat2 asks for: as its RESOLVE_ flags. */
#define SEA_WALK_NO_XDEV 0x10u       /* -EXDEV */
#define SEA_WALK_NO_MAGICLINKS 0x20u /* -ELOOP */
#define SEA_WALK_NO_SYMLINKS 0x40u   /* -ELOOP */
#define SEA_WALK_BENEATH 0x80u       /* -EXDEV */
#define SEA_WALK_IN_ROOT 0x100u

struct sea_walk {
	struct sea_node *dir;  /* has `name`; one reference; NULL where the path ends in / or .. */
	struct sea_node *node; /* one reference; NULL: the name is not there */
	char name[NAME_MAX + 1];
	bool slash; /* the path ended in one: it must be a directory */
};

/* From `start` (borrowed), for the task's ids and root. 0, or -ENOENT, -ENOTDIR, -EACCES, -ELOOP,
 * -ENAMETOOLONG. With SEA_WALK_PARENT a last component that is missing, or that a slash follows and
 * that is no directory, is no error; and with both flags no link is followed for a slash's sake. */
SEA_MUST_USE int sea_walk(struct sea_task *task, struct sea_node *start, const char *path,
			  unsigned int flags, struct sea_walk *walk);
void sea_walk_done(struct sea_walk *walk);

/* For the usual case: the node, one reference. */
SEA_MUST_USE int sea_walk_node(struct sea_task *task, struct sea_node *start, const char *path,
			       unsigned int flags, struct sea_node **node);

/* Whether these ids may: R_OK, W_OK, X_OK. 0 or -EACCES. */
SEA_MUST_USE int sea_node_may(const struct sea_node *node, const struct sea_creds *creds, int how);

#endif
