/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intrusive balanced search tree (red-black). The owner walks down and links; see SEA_RB_INSERT's use
 * in transport/tcp/reasm.c.
 */
#ifndef SEA_CORE_RBTREE_H
#define SEA_CORE_RBTREE_H

#include <stdbool.h>
#include <stddef.h>

struct sea_rbnode {
	struct sea_rbnode *parent, *left, *right;
	bool red;
};

struct sea_rbtree {
	struct sea_rbnode *root;
};

static inline void sea_rbtree_init(struct sea_rbtree *tree)
{
	tree->root = NULL;
}

/* Puts `node` at *link below `parent` (as found by walking down) and rebalances. */
void sea_rb_link(struct sea_rbtree *t, struct sea_rbnode *node, struct sea_rbnode *parent,
		 struct sea_rbnode **link);
void sea_rb_remove(struct sea_rbtree *t, struct sea_rbnode *node);

struct sea_rbnode *sea_rb_first(const struct sea_rbtree *t);
struct sea_rbnode *sea_rb_last(const struct sea_rbtree *t);
struct sea_rbnode *sea_rb_next(const struct sea_rbnode *node);
struct sea_rbnode *sea_rb_prev(const struct sea_rbnode *node);

/* True when order of colours and parents is right; for tests. */
bool sea_rb_check(const struct sea_rbtree *t);

#endif
