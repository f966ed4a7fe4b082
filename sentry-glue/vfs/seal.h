/* SPDX-License-Identifier: Apache-2.0 */
/* Seals: what may not be done to a file's contents any more (F_SEAL_*, in sea_node.seals). */
#ifndef SEA_SENTRY_VFS_SEAL_H
#define SEA_SENTRY_VFS_SEAL_H

#include <errno.h>
#include <stdint.h>

#include "sentry-glue/vfs/node.h"

#define SEA_SEAL_SEAL 0x1u
#define SEA_SEAL_SHRINK 0x2u
#define SEA_SEAL_GROW 0x4u
#define SEA_SEAL_WRITE 0x8u
#define SEA_SEAL_FUTURE_WRITE 0x10u
#define SEA_SEAL_EXEC 0x20u
#define SEA_SEALS_ALL 0x3fu
#define SEA_SEALS_WRITE (SEA_SEAL_WRITE | SEA_SEAL_FUTURE_WRITE)

/* Writing up to `end`, or what empties it there: 0 or -EPERM. */
static inline int sea_seal_write(const struct sea_node *node, uint64_t end)
{
	if (node->seals & SEA_SEALS_WRITE)
		return -EPERM;
	return node->seals & SEA_SEAL_GROW && end > node->size ? -EPERM : 0;
}

static inline int sea_seal_resize(const struct sea_node *node, uint64_t size)
{
	return (node->seals & SEA_SEAL_SHRINK && size < node->size) ||
			       (node->seals & SEA_SEAL_GROW && size > node->size)
		       ? -EPERM
		       : 0;
}

#endif
