/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides where a prefix stands in the tree. The tree has one shape for one set of prefixes, however
 * it came about, but for chains that skip more than LPM_SKIP_MAX bits.
 */
#include <errno.h>

#include "core/assert.h"
#include "ip/lpm.h"
#include "ip/lpm_index.h"
#include "ip/lpm_node.h"
#include "ip/lpm_wide.h"

#define INDEX_FROM 32768u /* prefixes: fewer of them stay in the cache as they are */

void sea_lpm_init(struct sea_lpm *lpm, struct sea_pool *pool, uint8_t key_len)
{
	SEA_ASSERT(pool->env, key_len == 4 || key_len == 16);
	*lpm = (struct sea_lpm){
		.pool = pool,
		.key_len = key_len,
		.popcnt = sea_lpm_popcnt_usable(),
		.index_from = INDEX_FROM,
	};
}

/* -- the index in front: there are many prefixes now, or few again, or other ones -- */

static void index_grow(struct sea_lpm *lpm)
{
	if (lpm->index || lpm->n < lpm->index_from)
		return;
	if (lpm->key_len == 4)
		sea_lpm_index_new(lpm);
	else
		sea_lpm_wide_new(lpm);
}

static void index_shrink(struct sea_lpm *lpm)
{
	if (!lpm->index || (lpm->n && lpm->n >= lpm->index_from / 2))
		return;
	if (lpm->key_len == 4)
		sea_lpm_index_free(lpm);
	else
		sea_lpm_wide_free(lpm);
}

static void index_change(struct sea_lpm *lpm, const struct lpm_key *k, unsigned prefix_len)
{
	if (!lpm->index)
		return;
	if (lpm->key_len == 4)
		sea_lpm_index_change(lpm, k, prefix_len);
	else
		sea_lpm_wide_change(lpm, k, prefix_len);
}

/* -- the tree -- */

static void free_root(struct sea_lpm *lpm)
{
	sea_pool_free(lpm->pool, lpm->root, sizeof(*lpm->root));
	lpm->root = NULL;
}

void sea_lpm_fini(struct sea_lpm *lpm)
{
	if (lpm->root)
		sea_lpm_clear(lpm, lpm->root);
	free_root(lpm);
	lpm->n = 0;
	index_shrink(lpm);
}

/* Where the way to this prefix leaves the way to `node`, or ends: not behind node->pos. */
static unsigned parting(const struct sea_lpm_node *node, const struct lpm_key *k, unsigned len)
{
	unsigned start = node->pos - node->skip, pos = node->pos;

	if (node->skip) {
		uint32_t differ = lpm_key_bits(k, start, node->skip) ^ node->skipped;

		if (differ)
			pos = start + lpm_pos((unsigned)__builtin_clz(differ) - (32 - node->skip));
	}
	return lpm_pos(len) < pos ? lpm_pos(len) : pos;
}

/* What is put in. */
struct entry {
	struct lpm_key k;
	unsigned len;
	void *value;
	uint32_t found;
};

static bool add_value(struct sea_lpm *lpm, struct sea_lpm_node *node, const struct entry *e)
{
	return sea_lpm_add_value(lpm, node, lpm_value_bit(node, &e->k, e->len), e->value, e->found);
}

/* A node for one prefix, to hang below position `from`; more of them where too many bits are skipped. */
static bool chain_new(struct sea_lpm *lpm, const struct entry *e, unsigned from,
		      struct sea_lpm_node *top)
{
	struct sea_lpm_node node = { .pos = (uint8_t)lpm_pos(e->len) }, above;
	unsigned start;

	if (!add_value(lpm, &node, e))
		return false;
	for (;;) {
		unsigned skip = node.pos - from < LPM_SKIP_MAX ? node.pos - from : LPM_SKIP_MAX;

		start = node.pos - skip;
		node.skip = (uint8_t)skip;
		node.skipped = skip ? lpm_key_bits(&e->k, start, skip) : 0;
		if (start == from)
			break;
		above = (struct sea_lpm_node){ .pos = (uint8_t)(start - LPM_STRIDE) };
		if (!sea_lpm_add_child(lpm, &above, lpm_key_chunk(&e->k, above.pos), &node)) {
			sea_lpm_clear(lpm, &node);
			return false;
		}
		node = above;
	}
	*top = node;
	return true;
}

static bool add_chain(struct sea_lpm *lpm, struct sea_lpm_node *node, const struct entry *e)
{
	struct sea_lpm_node top;

	if (!chain_new(lpm, e, node->pos + LPM_STRIDE, &top))
		return false;
	if (sea_lpm_add_child(lpm, node, lpm_key_chunk(&e->k, node->pos), &top))
		return true;
	sea_lpm_clear(lpm, &top);
	return false;
}

/* The prefix ends at `node` or leaves the tree below it. */
static bool add_here(struct sea_lpm *lpm, struct sea_lpm_node *node, const struct entry *e)
{
	return lpm_pos(e->len) == node->pos ? add_value(lpm, node, e) : add_chain(lpm, node, e);
}

/* Puts a node at `pos`, among the bits that `node` skips, in its place and `node` below. */
static bool split(struct sea_lpm *lpm, struct sea_lpm_node *node, unsigned pos,
		  const struct entry *e)
{
	struct sea_lpm_node upper = { .pos = (uint8_t)pos }, lower = *node;
	unsigned chunk;

	lower.skip = (uint8_t)(node->pos - pos - LPM_STRIDE);
	lower.skipped &= (1u << lower.skip) - 1;
	chunk = node->skipped >> lower.skip & 63;
	upper.skip = (uint8_t)(node->skip - lower.skip - LPM_STRIDE);
	upper.skipped = node->skipped >> (lower.skip + LPM_STRIDE);
	if (!sea_lpm_add_child(lpm, &upper, chunk, &lower))
		return false;
	if (!add_here(lpm, &upper, e)) {
		upper.children = 0; /* `lower` stays where it is */
		sea_lpm_clear(lpm, &upper);
		return false;
	}
	*node = upper;
	return true;
}

static int insert_first(struct sea_lpm *lpm, const struct entry *e)
{
	lpm->root = sea_pool_alloc(lpm->pool, sizeof(*lpm->root));
	if (!lpm->root)
		return -ENOMEM;
	if (!chain_new(lpm, e, 0, lpm->root)) {
		free_root(lpm);
		return -ENOMEM;
	}
	return 0;
}

static int insert(struct sea_lpm *lpm, const struct entry *e)
{
	struct sea_lpm_node *node = lpm->root, *child;
	unsigned pos;

	if (!node)
		return insert_first(lpm, e);
	for (;; node = child) {
		pos = parting(node, &e->k, e->len);
		if (pos < node->pos)
			return split(lpm, node, pos, e) ? 0 : -ENOMEM;
		if (lpm_pos(e->len) == pos) {
			if (node->values >> lpm_value_bit(node, &e->k, e->len) & 1)
				return -EEXIST;
			break;
		}
		child = lpm_child(node, lpm_key_chunk(&e->k, pos));
		if (!child)
			break;
	}
	return add_here(lpm, node, e) ? 0 : -ENOMEM;
}

/* The prefix as the tree sees it; false when the table cannot have it. */
static bool prefix_load(const struct sea_lpm *lpm, const uint8_t *key, uint8_t prefix_len,
			struct lpm_key *k)
{
	struct lpm_key cut;

	if (prefix_len > lpm->key_len * 8)
		return false;
	*k = cut = lpm_key_load(key, lpm->key_len);
	lpm_key_cut(&cut, prefix_len + LPM_PAD);
	return cut.w[0] == k->w[0] && cut.w[1] == k->w[1] && cut.w[2] == k->w[2];
}

int sea_lpm_insert(struct sea_lpm *lpm, const uint8_t *key, uint8_t prefix_len, void *value,
		   uint32_t found)
{
	struct entry e = { .len = prefix_len + LPM_PAD, .value = value, .found = found };
	int err;

	if (!value || !found || !prefix_load(lpm, key, prefix_len, &e.k))
		return -EINVAL;
	err = insert(lpm, &e);
	if (err)
		return err;
	lpm->n++;
	index_grow(lpm);
	index_change(lpm, &e.k, prefix_len);
	return 0;
}

/* The nodes on the way to this prefix, the one that holds it last; 0: it is not there. */
static unsigned find(const struct sea_lpm *lpm, const struct lpm_key *k, unsigned len,
		     struct sea_lpm_node **path)
{
	unsigned depth = 0;

	for (struct sea_lpm_node *node = lpm->root; node;) {
		if (node->pos > lpm_pos(len) || !lpm_skip_matches(node, k))
			return 0;
		path[depth++] = node;
		if (node->pos == lpm_pos(len))
			return node->values >> lpm_value_bit(node, k, len) & 1 ? depth : 0;
		node = lpm_child(node, lpm_key_chunk(k, node->pos));
	}
	return 0;
}

bool sea_lpm_set(struct sea_lpm *lpm, const uint8_t *key, uint8_t prefix_len, void *value,
		 uint32_t found)
{
	struct sea_lpm_node *path[LPM_DEPTH_MAX], *node;
	unsigned depth, rank, len = prefix_len + LPM_PAD;
	struct lpm_key k;

	if (!value || !found || !prefix_load(lpm, key, prefix_len, &k))
		return false;
	depth = find(lpm, &k, len, path);
	if (!depth)
		return false;
	node = path[depth - 1];
	rank = lpm_rank(node->values, lpm_value_bit(node, &k, len));
	lpm_values(node)[rank] = value;
	lpm_founds(node)[rank] = found;
	index_change(lpm, &k, prefix_len);
	return true;
}

void *sea_lpm_get(const struct sea_lpm *lpm, const uint8_t *key, uint8_t prefix_len)
{
	struct sea_lpm_node *path[LPM_DEPTH_MAX], *node;
	unsigned depth, len = prefix_len + LPM_PAD;
	struct lpm_key k;

	if (!prefix_load(lpm, key, prefix_len, &k))
		return NULL;
	depth = find(lpm, &k, len, path);
	if (!depth)
		return NULL;
	node = path[depth - 1];
	return lpm_value(node, lpm_value_bit(node, &k, len));
}

/* Takes empty nodes out, from the bottom up, and the one above them if it decides nothing now. */
static void prune(struct sea_lpm *lpm, const struct lpm_key *k, struct sea_lpm_node **path,
		  unsigned depth)
{
	struct sea_lpm_node *node = path[--depth];

	while (!node->values && !lpm_has_children(node)) {
		if (!depth) {
			free_root(lpm);
			return;
		}
		node = path[--depth];
		sea_lpm_take_child(lpm, node, lpm_key_chunk(k, node->pos));
	}
	sea_lpm_merge(lpm, node);
}

void *sea_lpm_remove(struct sea_lpm *lpm, const uint8_t *key, uint8_t prefix_len)
{
	struct sea_lpm_node *path[LPM_DEPTH_MAX], *node;
	unsigned depth, len = prefix_len + LPM_PAD;
	struct lpm_key k;
	void *value;

	if (!prefix_load(lpm, key, prefix_len, &k))
		return NULL;
	depth = find(lpm, &k, len, path);
	if (!depth)
		return NULL;
	node = path[depth - 1];
	value = sea_lpm_take_value(lpm, node, lpm_value_bit(node, &k, len));
	prune(lpm, &k, path, depth);
	lpm->n--;
	index_change(lpm, &k, prefix_len);
	index_shrink(lpm);
	return value;
}
