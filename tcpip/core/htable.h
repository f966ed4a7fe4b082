/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hash tables keyed by outside data: intrusive chains over a bucket array that grows and shrinks a
 * few buckets at a time, so that no insertion ever pays for a whole rehash. The owner computes the
 * (SipHash) hash and compares keys itself:
 *
 *	for (node = sea_htable_first(t, hash); node; node = sea_hnode_next(node))
 *		if (key_equal(sea_container(node, struct entry, hnode), key)) …
 */
#ifndef SEA_CORE_HTABLE_H
#define SEA_CORE_HTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/pool.h"

struct sea_hnode {
	struct sea_hnode *next;
	uint32_t hash;
	bool linked;
};

struct sea_htable {
	struct sea_pool *pool;
	struct sea_hnode **buckets, **old; /* old: being moved over, or NULL */
	uint32_t mask, old_mask;
	uint32_t moved; /* buckets of old that are empty already */
	uint32_t n, min_buckets;
};

/* `buckets`: a power of two; the array is allocated with the first insertion. */
void sea_htable_init(struct sea_htable *t, struct sea_pool *pool, uint32_t buckets);
/* Frees the arrays; asserts that it is empty. */
void sea_htable_fini(struct sea_htable *t);

/* 0, or -ENOMEM only where the very first array cannot be had (growing may fail silently). */
SEA_MUST_USE int sea_htable_insert(struct sea_htable *t, struct sea_hnode *node, uint32_t hash);
void sea_htable_remove(struct sea_htable *t, struct sea_hnode *node);

/* The first node with this hash, or NULL; sea_hnode_next() goes on among nodes of the same hash. */
struct sea_hnode *sea_htable_first(const struct sea_htable *t, uint32_t hash);
static inline struct sea_hnode *sea_hnode_next(const struct sea_hnode *node)
{
	struct sea_hnode *next = node->next;

	while (next && next->hash != node->hash)
		next = next->next;
	return next;
}

/*
 * Walks all nodes: *cursor starts at 0, NULL ends. The table may change between calls, grow and
 * shrink too, and the node just seen may be removed: nodes that stay are seen at least once, and
 * exactly once unless nodes of the same hash come or go meanwhile. The order is that of the hashes
 * (and among equal ones: last inserted first), whatever the table's size.
 */
struct sea_hnode *sea_htable_walk(const struct sea_htable *t, uint64_t *cursor);

#endif
