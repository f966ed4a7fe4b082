/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides the shape of a red-black tree: no red node has a red child, and every way from the root
 * down to a missing child meets the same number of black nodes. A missing child counts as black.
 *
 * What is said of one side holds for the other: functions take the side as an argument.
 */
#include "core/rbtree.h"

static bool is_red(const struct sea_rbnode *node)
{
	return node && node->red;
}

static struct sea_rbnode **side(struct sea_rbnode *node, bool left)
{
	return left ? &node->left : &node->right;
}

/* Puts `with` (or nothing) where `node` hangs. */
static void replace(struct sea_rbtree *t, struct sea_rbnode *node, struct sea_rbnode *with)
{
	if (node->parent)
		*side(node->parent, node->parent->left == node) = with;
	else
		t->root = with;
	if (with)
		with->parent = node->parent;
}

/* Moves `node` down to the left (or right); its other child takes its place. */
static void rotate(struct sea_rbtree *t, struct sea_rbnode *node, bool left)
{
	struct sea_rbnode *up = *side(node, !left), *inner = *side(up, left);

	replace(t, node, up);
	*side(node, !left) = inner;
	if (inner)
		inner->parent = node;
	*side(up, left) = node;
	node->parent = up;
}

/* `node` is red and may hang below a red parent. */
static void fix_insert(struct sea_rbtree *t, struct sea_rbnode *node)
{
	struct sea_rbnode *parent, *grand, *uncle;

	while (is_red(parent = node->parent)) {
		bool left = parent == (grand = parent->parent)->left;

		uncle = *side(grand, !left);
		grand->red = true;
		if (is_red(uncle)) {
			parent->red = uncle->red = false;
			node = grand;
			continue;
		}
		if (node == *side(parent, !left)) {
			rotate(t, parent, left);
			parent = node;
		}
		parent->red = false;
		rotate(t, grand, !left);
		break;
	}
	t->root->red = false;
}

void sea_rb_link(struct sea_rbtree *t, struct sea_rbnode *node, struct sea_rbnode *parent,
		 struct sea_rbnode **link)
{
	*node = (struct sea_rbnode){ .parent = parent, .red = true };
	*link = node;
	fix_insert(t, node);
}

/*
 * The side of `parent` where `node` (or nothing) hangs is one black node short. A brother that could
 * lend one ends it; else he turns red and the parent is short.
 */
static void fix_remove(struct sea_rbtree *t, struct sea_rbnode *node, struct sea_rbnode *parent)
{
	while (parent && !is_red(node)) {
		bool left = node == parent->left;
		struct sea_rbnode *brother = *side(parent, !left);

		if (brother->red) {
			brother->red = false;
			parent->red = true;
			rotate(t, parent, left);
			brother = *side(parent, !left);
		}
		if (!is_red(brother->left) && !is_red(brother->right)) {
			brother->red = true;
			node = parent;
			parent = node->parent;
			continue;
		}
		if (!is_red(*side(brother, !left))) {
			(*side(brother, left))->red = false;
			brother->red = true;
			rotate(t, brother, !left);
			brother = *side(parent, !left);
		}
		brother->red = parent->red;
		parent->red = (*side(brother, !left))->red = false;
		rotate(t, parent, left);
		return;
	}
	if (node)
		node->red = false;
}

/* Takes out a node with at most one child, which takes its place. */
static void splice_out(struct sea_rbtree *t, struct sea_rbnode *node)
{
	struct sea_rbnode *child = node->left ? node->left : node->right;

	replace(t, node, child);
	if (!node->red)
		fix_remove(t, child, node->parent);
}

/* Lets `node`, which is in no tree, stand where `old` stands. */
static void take_place(struct sea_rbtree *t, struct sea_rbnode *node, struct sea_rbnode *old)
{
	*node = *old;
	replace(t, old, node);
	if (node->left)
		node->left->parent = node;
	if (node->right)
		node->right->parent = node;
}

void sea_rb_remove(struct sea_rbtree *t, struct sea_rbnode *node)
{
	if (node->left && node->right) {
		struct sea_rbnode *next = sea_rb_next(node); /* has no left child */

		splice_out(t, next);
		take_place(t, next, node);
	} else {
		splice_out(t, node);
	}
	*node = (struct sea_rbnode){ 0 };
}

static struct sea_rbnode *outermost(struct sea_rbnode *node, bool left)
{
	while (node && *side(node, left))
		node = *side(node, left);
	return node;
}

struct sea_rbnode *sea_rb_first(const struct sea_rbtree *t)
{
	return outermost(t->root, true);
}

struct sea_rbnode *sea_rb_last(const struct sea_rbtree *t)
{
	return outermost(t->root, false);
}

/* The next node towards one side. */
static struct sea_rbnode *neighbour(const struct sea_rbnode *from, bool left)
{
	struct sea_rbnode *node = (struct sea_rbnode *)from, *parent;

	if (*side(node, left))
		return outermost(*side(node, left), !left);
	while ((parent = node->parent) && node == *side(parent, left))
		node = parent;
	return parent;
}

struct sea_rbnode *sea_rb_next(const struct sea_rbnode *node)
{
	return neighbour(node, false);
}

struct sea_rbnode *sea_rb_prev(const struct sea_rbnode *node)
{
	return neighbour(node, true);
}

static bool links_right(const struct sea_rbnode *node)
{
	if (node->left && (node->left->parent != node || (node->red && node->left->red)))
		return false;
	return !node->right || (node->right->parent == node && !(node->red && node->right->red));
}

static size_t blacks_above(const struct sea_rbnode *node)
{
	size_t n = 0;

	for (; node; node = node->parent)
		n += !node->red;
	return n;
}

bool sea_rb_check(const struct sea_rbtree *t)
{
	const struct sea_rbnode *node = sea_rb_first(t);
	size_t blacks = blacks_above(node);

	if (t->root && (t->root->parent || t->root->red))
		return false;
	for (; node; node = sea_rb_next(node)) {
		if (!links_right(node))
			return false;
		if ((!node->left || !node->right) && blacks_above(node) != blacks)
			return false;
	}
	return true;
}
