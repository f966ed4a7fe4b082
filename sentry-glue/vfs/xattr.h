/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes of nodes, in memory: what files of the host have of their own is not shown. */
#ifndef SEA_SENTRY_VFS_XATTR_H
#define SEA_SENTRY_VFS_XATTR_H

#include <stddef.h>
#include <stdint.h>

#include <seastack/compiler.h>

struct sea_node;

#define SEA_XATTR_NAME_MAX 255u
#define SEA_XATTR_SIZE_MAX 65536u
#define SEA_XATTR_ALL_MAX (32u << 20) /* bytes of all nodes; past it: ENOSPC */

/* XATTR_CREATE, XATTR_REPLACE in flags. -EEXIST, -ENODATA, -ENOSPC, -ENOMEM. */
SEA_MUST_USE int sea_xattr_set(struct sea_node *node, const char *name, const void *value,
			       size_t size, int flags);
/* Borrowed, and its size; -ENODATA. */
int64_t sea_xattr_get(const struct sea_node *node, const char *name, const void **value);
SEA_MUST_USE int sea_xattr_remove(struct sea_node *node, const char *name);
/* The names, a 0 behind each: how long they are together, or -ERANGE; size 0: that only. */
int64_t sea_xattr_list(const struct sea_node *node, char *to, size_t size);
/* The node goes. */
void sea_xattr_fini(struct sea_node *node);

#endif
