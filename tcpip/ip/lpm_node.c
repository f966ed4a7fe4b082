/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides how the block of a node grows and shrinks. A single value needs none. A block that could be
 * smaller stays as it is when there is no memory for a smaller one, so removing never fails.
 */
#include <string.h>

#include "core/assert.h"
#include "ip/lpm_node.h"

#define UNIT 64u

static size_t block_size(size_t n_children, size_t n_values)
{
	return n_children * sizeof(struct sea_lpm_node) +
	       n_values * (sizeof(void *) + sizeof(uint32_t));
}

static void block_free(struct sea_lpm *lpm, struct sea_lpm_node *node)
{
	if (node->cap)
		sea_pool_free(lpm->pool, node->block, (size_t)node->cap * UNIT);
	node->block = NULL;
	node->children = 0;
	node->cap = 0;
}

/* Moves what the node has to another block of at least `size` bytes. */
static bool block_move(struct sea_lpm *lpm, struct sea_lpm_node *node, size_t size)
{
	uint64_t bits = lpm_has_children(node);
	size_t children = lpm_popcount(bits) * sizeof(struct sea_lpm_node);
	size_t n_values = lpm_popcount(node->values), values = n_values * sizeof(void *);
	char *block = sea_pool_alloc(lpm->pool, size);

	if (!block)
		return false;
	if (children)
		memcpy(block, lpm_children(node), children);
	if (values) {
		memcpy(block + children, lpm_values(node), values);
		memcpy(block + children + values, lpm_founds(node), n_values * sizeof(uint32_t));
	}
	block_free(lpm, node);
	node->children = bits;
	node->block = block;
	node->cap = (uint16_t)(sea_pool_size(lpm->pool, size) / UNIT);
	return true;
}

static bool reserve(struct sea_lpm *lpm, struct sea_lpm_node *node, size_t size)
{
	return size <= (size_t)node->cap * UNIT || block_move(lpm, node, size);
}

/* Gives back what is no longer needed, with some slack so that a flapping prefix does not copy. */
static void shrink(struct sea_lpm *lpm, struct sea_lpm_node *node)
{
	uint64_t children = lpm_has_children(node);
	unsigned n_values = lpm_popcount(node->values);
	size_t size = block_size(lpm_popcount(children), n_values);

	if (!children && n_values <= 1) {
		void *only = n_values ? *lpm_values(node) : NULL;
		uint32_t found = n_values ? *lpm_founds(node) : 0;

		block_free(lpm, node);
		node->block = only;
		node->found = found;
	} else if (sea_pool_size(lpm->pool, size + UNIT / 2) < (size_t)node->cap * UNIT) {
		(void)block_move(lpm, node, size);
	}
}

/* The numbers move as far as the pointers before them grow, and make room themselves. */
static void insert_value(struct sea_lpm_node *node, unsigned n, unsigned rank, void *value,
			 uint32_t found)
{
	void **values = lpm_values(node);
	uint32_t *founds = (uint32_t *)(values + n), *to = (uint32_t *)(values + n + 1);

	memmove(to + rank + 1, founds + rank, (n - rank) * sizeof(*to));
	memmove(to, founds, rank * sizeof(*to));
	to[rank] = found;
	memmove(values + rank + 1, values + rank, (n - rank) * sizeof(*values));
	values[rank] = value;
}

bool sea_lpm_add_value(struct sea_lpm *lpm, struct sea_lpm_node *node, unsigned bit, void *value,
		       uint32_t found)
{
	unsigned n = lpm_popcount(node->values), rank = lpm_rank(node->values, bit);
	unsigned n_children = lpm_popcount(lpm_has_children(node));

	if (n || n_children) {
		if (!reserve(lpm, node, block_size(n_children, n + 1)))
			return false;
		insert_value(node, n, rank, value, found);
	} else {
		block_free(lpm, node);
		node->block = value;
		node->found = found;
	}
	node->values |= UINT64_C(1) << bit;
	return true;
}

bool sea_lpm_add_child(struct sea_lpm *lpm, struct sea_lpm_node *node, unsigned chunk,
		       const struct sea_lpm_node *child)
{
	unsigned n = lpm_popcount(lpm_has_children(node));
	unsigned rank = lpm_rank(lpm_has_children(node), chunk);
	unsigned n_values = lpm_popcount(node->values);
	struct sea_lpm_node *at;

	if (!reserve(lpm, node, block_size(n + 1, n_values)))
		return false;
	at = lpm_children(node) + rank;
	memmove(at + 1, at, block_size(n - rank, n_values));
	*at = *child;
	node->children |= UINT64_C(1) << chunk;
	return true;
}

void *sea_lpm_take_value(struct sea_lpm *lpm, struct sea_lpm_node *node, unsigned bit)
{
	unsigned n = lpm_popcount(node->values), rank = lpm_rank(node->values, bit);
	void **values = lpm_values(node), *value = values[rank];
	uint32_t *founds = lpm_founds(node), *to = (uint32_t *)(values + n - 1);

	if (node->cap) {
		memmove(values + rank, values + rank + 1, (n - rank - 1) * sizeof(*values));
		memmove(to, founds, rank * sizeof(*to));
		memmove(to + rank, founds + rank + 1, (n - rank - 1) * sizeof(*to));
	}
	node->values &= ~(UINT64_C(1) << bit);
	shrink(lpm, node);
	return value;
}

void sea_lpm_take_child(struct sea_lpm *lpm, struct sea_lpm_node *node, unsigned chunk)
{
	unsigned n = lpm_popcount(node->children), rank = lpm_rank(node->children, chunk);
	struct sea_lpm_node *at = lpm_children(node) + rank;

	SEA_ASSERT(lpm->pool->env, !lpm_has_children(at) && !at->values && !at->cap);
	memmove(at, at + 1, block_size(n - rank - 1, lpm_popcount(node->values)));
	node->children &= ~(UINT64_C(1) << chunk);
	shrink(lpm, node);
}

void sea_lpm_merge(struct sea_lpm *lpm, struct sea_lpm_node *node)
{
	uint64_t children = lpm_has_children(node);
	struct sea_lpm_node child;
	unsigned skip;

	if (node->values || children & (children - 1))
		return;
	child = lpm_children(node)[0];
	skip = node->skip + LPM_STRIDE + child.skip;
	if (skip > LPM_SKIP_MAX)
		return;
	child.skipped |= (uint32_t)__builtin_ctzll(children) << child.skip |
			 node->skipped << (LPM_STRIDE + child.skip);
	child.skip = (uint8_t)skip;
	block_free(lpm, node);
	*node = child;
}

void sea_lpm_clear(struct sea_lpm *lpm, struct sea_lpm_node *node)
{
	unsigned n = lpm_popcount(lpm_has_children(node));

	for (unsigned i = 0; i < n; i++)
		sea_lpm_clear(lpm, lpm_children(node) + i);
	block_free(lpm, node);
	node->values = 0;
}
