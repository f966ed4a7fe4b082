/* SPDX-License-Identifier: Apache-2.0 */
/* The file tree that a sandbox begins with. */
#ifndef SEA_SENTRY_CLI_TREE_H
#define SEA_SENTRY_CLI_TREE_H

#include <limits.h>

#include <seastack/compiler.h>

#include "sentry-glue/wall/wall.h"

struct sea_kernel;

#define SEA_TREE_RW_MAX 16u

/* The host's directories: the root, and behind it those that may be written to. */
struct sea_tree_views {
	struct sea_wall_view view[1 + SEA_TREE_RW_MAX];
	char at[1 + SEA_TREE_RW_MAX]
	       [PATH_MAX]; /* where each is, seen from the root; "" is the root */
	unsigned int n;
};

/* Adds what --rw names. 0, or -errno; -EXDEV: it is not beneath the root; -E2BIG: there are too many. */
SEA_MUST_USE int sea_tree_add_rw(struct sea_tree_views *views, const char *path);

/* Takes over the views' descriptors; our own /dev, /proc and /sys stand in front. */
SEA_MUST_USE int sea_tree_build(struct sea_kernel *kernel, const struct sea_tree_views *views);

#endif
