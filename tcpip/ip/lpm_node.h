/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node of the longest-prefix tree: half a cache line, lying in its parent's block.
 *
 *	 node at `pos`             block
 *	+----------------+        +---------+---------+-----+-------+-------+-----+
 *	| values children| -----> | child   | child   | ... | value | value | ... |
 *	| skipped   block|        +---------+---------+-----+-------+-------+-----+
 *	+----------------+          in the order of the bits of `children`, `values`
 *
 * It decides six bits of the key, from `pos` on. A prefix that ends 0 to 5 bits behind `pos` is a
 * value here: bit (1 << length | its bits) of `values`, so that of the prefixes of one key the
 * longest has the highest bit. A prefix that ends later is below child c: bit c of `children`.
 *
 * A value is a pointer, and beside it, for lookups, a number: all numbers stand behind all pointers, so
 * that a lookup reads the numbers only.
 *
 * Nodes that would decide nothing (no value, one child) are left out; `skipped` are the `skip` bits
 * of the key between the parent's six and `pos` that must match. Every node has a value or a child.
 */
#ifndef SEA_IP_LPM_NODE_H
#define SEA_IP_LPM_NODE_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "ip/lpm.h"
#include "ip/lpm_key.h"

struct sea_lpm_node {
	uint64_t values;
	union {
		uint64_t children; /* cap 0: there are none, and of the only value, */
		uint32_t found;    /* what lookups find */
	};
	void *block; /* cap 0: the only value, or NULL */
	uint32_t skipped;
	uint8_t skip; /* bits, a multiple of six */
	uint8_t pos;  /* likewise */
	uint16_t cap; /* of the block, in units of 64 bytes */
};

static_assert(sizeof(void *) != 8 || sizeof(struct sea_lpm_node) == 32, "two nodes a cache line");

#define LPM_SKIP_MAX 30u
/* Nodes on one way down: 133 bits, six each. */
#define LPM_DEPTH_MAX 23u

static inline unsigned lpm_popcount(uint64_t v)
{
	v -= v >> 1 & UINT64_C(0x5555555555555555);
	v = (v & UINT64_C(0x3333333333333333)) + (v >> 2 & UINT64_C(0x3333333333333333));
	v = (v + (v >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (unsigned)(v * UINT64_C(0x0101010101010101) >> 56);
}

/* How many bits below `bit` are set. */
static inline unsigned lpm_rank(uint64_t bits, unsigned bit)
{
	return lpm_popcount(bits & ((UINT64_C(1) << bit) - 1));
}

/* Bits: which children there are. */
static inline uint64_t lpm_has_children(const struct sea_lpm_node *node)
{
	return node->cap ? node->children : 0;
}

static inline struct sea_lpm_node *lpm_children(const struct sea_lpm_node *node)
{
	return node->block;
}

static inline void **lpm_values(struct sea_lpm_node *node)
{
	if (!node->cap)
		return &node->block;
	return (void **)(lpm_children(node) + lpm_popcount(node->children));
}

static inline uint32_t *lpm_founds(struct sea_lpm_node *node)
{
	if (!node->cap)
		return &node->found;
	return (uint32_t *)(lpm_values(node) + lpm_popcount(node->values));
}

static inline void *lpm_value(const struct sea_lpm_node *node, unsigned bit)
{
	return lpm_values((struct sea_lpm_node *)node)[lpm_rank(node->values, bit)];
}

static inline uint32_t lpm_found(struct sea_lpm_node *node, unsigned bit)
{
	return lpm_founds(node)[lpm_rank(node->values, bit)];
}

/* The child for these six bits, or NULL. */
static inline struct sea_lpm_node *lpm_child(const struct sea_lpm_node *node, unsigned chunk)
{
	if (!(lpm_has_children(node) >> chunk & 1))
		return NULL;
	return lpm_children(node) + lpm_rank(node->children, chunk);
}

static inline bool lpm_skip_matches(const struct sea_lpm_node *node, const struct lpm_key *k)
{
	unsigned skip = node->skip;

	return !skip || lpm_key_bits(k, node->pos - skip, skip) == node->skipped;
}

/* The bit of `values` for the prefix of `k` of length `len`, which ends in this node. */
static inline unsigned lpm_value_bit(const struct sea_lpm_node *node, const struct lpm_key *k,
				     unsigned len)
{
	unsigned l = len - node->pos;

	return 1u << l | lpm_key_chunk(k, node->pos) >> (LPM_STRIDE - l);
}

/* Where the node stands that holds prefixes of this length. */
static inline unsigned lpm_pos(unsigned len)
{
	return len / LPM_STRIDE * LPM_STRIDE;
}

/* False: no memory; the node means the same as before. */
SEA_MUST_USE bool sea_lpm_add_value(struct sea_lpm *lpm, struct sea_lpm_node *node, unsigned bit,
				    void *value, uint32_t found);
/* Moves *child, the node itself and what is below it, in. */
SEA_MUST_USE bool sea_lpm_add_child(struct sea_lpm *lpm, struct sea_lpm_node *node, unsigned chunk,
				    const struct sea_lpm_node *child);
/* These need no memory. A child must be empty. */
void *sea_lpm_take_value(struct sea_lpm *lpm, struct sea_lpm_node *node, unsigned bit);
void sea_lpm_take_child(struct sea_lpm *lpm, struct sea_lpm_node *node, unsigned chunk);

/* A node that decides nothing becomes its only child, if the bits skipped are not too many. */
void sea_lpm_merge(struct sea_lpm *lpm, struct sea_lpm_node *node);

/* A value's place; node NULL: none. */
struct lpm_place {
	struct sea_lpm_node *node;
	unsigned bit;
};

/* The longest prefix of `k` that is shorter than `below` bits, as the tree counts them. */
struct lpm_place sea_lpm_seek(const struct sea_lpm *lpm, const struct lpm_key *k, unsigned below);
/* What the longest prefix of `k` of at most `len_max` bits has, and its length; 0 and 0: there is none. */
uint32_t sea_lpm_find_shorter(const struct sea_lpm *lpm, const struct lpm_key *k, unsigned len_max,
			      unsigned *len);
/* As sea_lpm_lookup(), by the tree alone. */
uint32_t sea_lpm_find(const struct sea_lpm *lpm, const uint8_t *key);
/* Whether the machine counts bits in one instruction. */
bool sea_lpm_popcnt_usable(void);

/* Frees all that is below. */
void sea_lpm_clear(struct sea_lpm *lpm, struct sea_lpm_node *node);

#endif
