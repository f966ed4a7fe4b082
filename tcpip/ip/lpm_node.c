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
	return n_children * sizeof(struct sea_lpm_node) + n_values * sizeof(void *);
}

static void block_free(struct sea_lpm *lpm, struct sea_lpm_node *node)
{
	if (node->cap)
		sea_pool_free(lpm->pool, node->block, (size_t)node->cap * UNIT);
	node->block = NULL;
	node->cap = 0;
}

/* Moves what the node has to another block of at least `size` bytes. */
static bool block_move(struct sea_lpm *lpm, struct sea_lpm_node *node, size_t size)
{
	size_t children = block_size(lpm_popcount(node->children), 0);
	size_t values = block_size(0, lpm_popcount(node->values));
	char *block = sea_pool_alloc(lpm->pool, size);

	if (!block)
		return false;
	if (children)
		memcpy(block, lpm_children(node), children);
	if (values)
		memcpy(block + children, lpm_values(node), values);
	block_free(lpm, node);
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
	unsigned n_values = lpm_popcount(node->values);
	size_t size = block_size(lpm_popcount(node->children), n_values);

	if (!node->children && n_values <= 1) {
		void *only = n_values ? *lpm_values(node) : NULL;

		block_free(lpm, node);
		node->block = only;
	} else if (sea_pool_size(lpm->pool, size + UNIT / 2) < (size_t)node->cap * UNIT) {
		(void)block_move(lpm, node, size);
	}
}

bool sea_lpm_add_value(struct sea_lpm *lpm, struct sea_lpm_node *node, unsigned bit, void *value)
{
	unsigned n = lpm_popcount(node->values), rank = lpm_rank(node->values, bit);
	void **values;

	if ((n || node->children) &&
	    !reserve(lpm, node, block_size(lpm_popcount(node->children), n + 1)))
		return false;
	values = lpm_values(node);
	memmove(values + rank + 1, values + rank, block_size(0, n - rank));
	values[rank] = value;
	node->values |= UINT64_C(1) << bit;
	return true;
}

bool sea_lpm_add_child(struct sea_lpm *lpm, struct sea_lpm_node *node, unsigned chunk,
		       const struct sea_lpm_node *child)
{
	unsigned n = lpm_popcount(node->children), rank = lpm_rank(node->children, chunk);
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

	memmove(values + rank, values + rank + 1, block_size(0, n - rank - 1));
	node->values &= ~(UINT64_C(1) << bit);
	shrink(lpm, node);
	return value;
}

void sea_lpm_take_child(struct sea_lpm *lpm, struct sea_lpm_node *node, unsigned chunk)
{
	unsigned n = lpm_popcount(node->children), rank = lpm_rank(node->children, chunk);
	struct sea_lpm_node *at = lpm_children(node) + rank;

	SEA_ASSERT(lpm->pool->env, !at->children && !at->values && !at->cap);
	memmove(at, at + 1, block_size(n - rank - 1, lpm_popcount(node->values)));
	node->children &= ~(UINT64_C(1) << chunk);
	shrink(lpm, node);
}

void sea_lpm_merge(struct sea_lpm *lpm, struct sea_lpm_node *node)
{
	struct sea_lpm_node child;
	unsigned skip;

	if (node->values || node->children & (node->children - 1))
		return;
	child = lpm_children(node)[0];
	skip = node->skip + LPM_STRIDE + child.skip;
	if (skip > LPM_SKIP_MAX)
		return;
	child.skipped |= (uint32_t)__builtin_ctzll(node->children) << child.skip |
			 node->skipped << (LPM_STRIDE + child.skip);
	child.skip = (uint8_t)skip;
	block_free(lpm, node);
	*node = child;
}

void sea_lpm_clear(struct sea_lpm *lpm, struct sea_lpm_node *node)
{
	unsigned n = lpm_popcount(node->children);

	for (unsigned i = 0; i < n; i++)
		sea_lpm_clear(lpm, lpm_children(node) + i);
	block_free(lpm, node);
	node->values = node->children = 0;
}
