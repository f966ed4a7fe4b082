/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The areas of an address space: ranges of whole pages that do not overlap, in order. Neighbours
 * that are alike are one.
 */
#ifndef SEA_SENTRY_MM_VMA_H
#define SEA_SENTRY_MM_VMA_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/compiler.h>

#include "core/rbtree.h"

struct sea_mappable;

struct sea_vma {
	struct sea_rbnode node;
	uint64_t start, end;
	int prot;     /* PROT_*                                              */
	int prot_max; /* what mprotect may give                          */
	bool shared, growsdown, dontfork, wipeonfork;
	struct sea_mappable *object; /* NULL: anonymous and private      */
	uint64_t offset;             /* in bytes, of start in the object */
};

struct sea_vmas {
	struct sea_rbtree tree;
	uint64_t bytes; /* of all areas together */
	unsigned int n;
};

/* The area that has addr, or the next one above, or NULL. */
struct sea_vma *sea_vma_find(const struct sea_vmas *vmas, uint64_t addr);
struct sea_vma *sea_vma_next(const struct sea_vma *vma);

/* Copies `like` into the set, where nothing may be yet, and joins it with its neighbours; takes a
 * reference to its object. -ENOMEM. */
SEA_MUST_USE int sea_vma_add(struct sea_vmas *vmas, const struct sea_vma *like);

/* Sees to it that an area that has addr begins there. -ENOMEM. */
SEA_MUST_USE int sea_vma_split(struct sea_vmas *vmas, uint64_t addr);

/* Joins the area with a neighbour on either side that is alike. */
void sea_vma_join(struct sea_vmas *vmas, struct sea_vma *vma);

/* Forgets what lies in the range. Gives -ENOMEM, and does nothing, if that needs a split. */
SEA_MUST_USE int sea_vma_cut(struct sea_vmas *vmas, uint64_t start, uint64_t end);

/* The highest address below `top` with `len` free bytes above it, 0 if there is none. */
uint64_t sea_vma_gap(const struct sea_vmas *vmas, uint64_t bottom, uint64_t top, uint64_t len);

void sea_vma_fini(struct sea_vmas *vmas);

#endif
