/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides when a table grows and shrinks, and where a node is meanwhile.
 *
 * While a table is resized, bucket i of the old array moves over in the order of i, a few with each
 * insertion and removal: a hash is found in the old array if its old bucket was not moved yet, else
 * in the new one, never in both. Buckets of the new array are initialised when the first old bucket
 * is moved into them, so that nobody pays for clearing a large array either.
 *
 * Nodes of the same hash keep their order in the chain whatever moves, so that a walk may count them.
 */
#include <errno.h>

#include "core/assert.h"
#include "core/htable.h"

#define MOVES_PER_STEP 4u
#define BUCKETS_MAX (1u << 28)

void sea_htable_init(struct sea_htable *t, struct sea_pool *pool, uint32_t buckets)
{
	SEA_ASSERT(pool->env, buckets && (buckets & (buckets - 1)) == 0 && buckets <= BUCKETS_MAX);
	*t = (struct sea_htable){ .pool = pool, .min_buckets = buckets };
}

static struct sea_hnode **array_new(struct sea_pool *pool, uint32_t buckets)
{
	return sea_pool_alloc(pool, buckets * sizeof(struct sea_hnode *));
}

static void array_free(struct sea_pool *pool, struct sea_hnode **array, uint32_t mask)
{
	sea_pool_free(pool, array, ((size_t)mask + 1) * sizeof(struct sea_hnode *));
}

static void release_old(struct sea_htable *t)
{
	array_free(t->pool, t->old, t->old_mask);
	t->old = NULL;
}

static void release_all(struct sea_htable *t)
{
	if (t->old)
		release_old(t);
	array_free(t->pool, t->buckets, t->mask);
	t->buckets = NULL;
}

void sea_htable_fini(struct sea_htable *t)
{
	SEA_ASSERT(t->pool->env, t->n == 0);
	release_all(t);
}

static struct sea_hnode **bucket_of(const struct sea_htable *t, uint32_t hash)
{
	if (__builtin_expect(t->old != NULL, 0) && (hash & t->old_mask) >= t->moved)
		return &t->old[hash & t->old_mask];
	return &t->buckets[hash & t->mask];
}

/* Deals the chain of one old bucket out to the two buckets that follow from it. */
static void move_up(struct sea_htable *t, uint32_t i)
{
	struct sea_hnode **low = &t->buckets[i], **high = &t->buckets[i + t->old_mask + 1];

	for (struct sea_hnode *node = t->old[i]; node; node = node->next) {
		struct sea_hnode ***tail = (node->hash & (t->old_mask + 1)) ? &high : &low;

		**tail = node;
		*tail = &node->next;
	}
	*low = *high = NULL;
}

/* Puts the chain of one old bucket in front of what is in the bucket that two of them share. */
static void move_down(struct sea_htable *t, uint32_t i)
{
	struct sea_hnode **bucket = &t->buckets[i & t->mask], **tail = &t->old[i];

	while (*tail)
		tail = &(*tail)->next;
	*tail = i <= t->mask ? NULL : *bucket;
	*bucket = t->old[i];
}

static void move_some(struct sea_htable *t)
{
	for (unsigned n = 0; n < MOVES_PER_STEP && t->moved <= t->old_mask; n++, t->moved++) {
		if (t->mask > t->old_mask)
			move_up(t, t->moved);
		else
			move_down(t, t->moved);
	}
	if (t->moved > t->old_mask)
		release_old(t);
}

/* Starts moving to an array of another size; without memory the table stays as it is. */
static void resize(struct sea_htable *t, uint32_t buckets)
{
	struct sea_hnode **array = array_new(t->pool, buckets);

	if (!array)
		return;
	t->old = t->buckets;
	t->old_mask = t->mask;
	t->moved = 0;
	t->buckets = array;
	t->mask = buckets - 1;
}

static void step(struct sea_htable *t)
{
	uint32_t buckets = t->mask + 1;

	if (t->old)
		move_some(t);
	else if (t->n > buckets && buckets < BUCKETS_MAX)
		resize(t, buckets * 2);
	else if (t->n < buckets / 8 && buckets > t->min_buckets)
		resize(t, buckets / 2);
}

static int first_array(struct sea_htable *t)
{
	t->buckets = array_new(t->pool, t->min_buckets);
	if (!t->buckets)
		return -ENOMEM;
	t->mask = t->min_buckets - 1;
	for (uint32_t i = 0; i <= t->mask; i++)
		t->buckets[i] = NULL;
	return 0;
}

int sea_htable_insert(struct sea_htable *t, struct sea_hnode *node, uint32_t hash)
{
	struct sea_hnode **bucket;

	SEA_ASSERT(t->pool->env, !node->linked);
	if (!t->buckets && first_array(t))
		return -ENOMEM;
	bucket = bucket_of(t, hash);
	node->hash = hash;
	node->linked = true;
	node->next = *bucket;
	*bucket = node;
	t->n++;
	step(t);
	return 0;
}

void sea_htable_remove(struct sea_htable *t, struct sea_hnode *node)
{
	struct sea_hnode **link;

	SEA_ASSERT(t->pool->env, node->linked && t->n > 0);
	link = bucket_of(t, node->hash);
	while (*link != node) {
		SEA_ASSERT(t->pool->env, *link);
		link = &(*link)->next;
	}
	*link = node->next;
	node->next = NULL;
	node->linked = false;
	t->n--;
	if (t->n || t->mask + 1 == t->min_buckets)
		step(t);
	else
		release_all(t);
}

struct sea_hnode *sea_htable_first(const struct sea_htable *t, uint32_t hash)
{
	struct sea_hnode *node;

	if (!t->n)
		return NULL;
	for (node = *bucket_of(t, hash); node && node->hash != hash; node = node->next)
		;
	return node;
}

static uint32_t reversed(uint32_t v)
{
	v = (v >> 1 & 0x55555555) | (v & 0x55555555) << 1;
	v = (v >> 2 & 0x33333333) | (v & 0x33333333) << 2;
	v = (v >> 4 & 0x0f0f0f0f) | (v & 0x0f0f0f0f) << 4;
	return __builtin_bswap32(v);
}

/*
 * The walk goes by reversed hash: buckets are taken by the low bits of the hash, so the nodes of a
 * bucket are neighbours in this order, in an array of any size. The cursor is the reversed hash to go
 * on from (upper half), and how many of its nodes are still to be seen, plus one; 0: all.
 */
#define WALK_END UINT64_MAX

static uint64_t cursor_at(uint32_t at, uint32_t left)
{
	return (uint64_t)at << 32 | left;
}

/* The node of the lowest reversed hash in [at, last], first of its chain, within one bucket. */
static struct sea_hnode *lowest(struct sea_hnode *chain, uint32_t at, uint32_t last)
{
	struct sea_hnode *best = NULL;

	for (struct sea_hnode *node = chain; node; node = node->next) {
		uint32_t key = reversed(node->hash);

		if (key >= at && key <= last && (!best || key < reversed(best->hash)))
			best = node;
	}
	return best;
}

static uint32_t count_same(const struct sea_hnode *node)
{
	uint32_t n = 0;

	for (; node; node = sea_hnode_next(node))
		n++;
	return n;
}

/* Of the nodes like `node`, the one that has `left` - 1 behind it; the first when there are fewer. */
static struct sea_hnode *pick(struct sea_hnode *node, uint32_t left)
{
	for (uint32_t n = count_same(node); n > left; n--)
		node = sea_hnode_next(node);
	return node;
}

struct sea_hnode *sea_htable_walk(const struct sea_htable *t, uint64_t *cursor)
{
	uint32_t at, left, fine, last;
	struct sea_hnode *node;

	if (!t->n)
		*cursor = WALK_END;
	fine = t->old && t->old_mask > t->mask ? t->old_mask : t->mask;
	while (*cursor != WALK_END) {
		at = (uint32_t)(*cursor >> 32);
		left = (uint32_t)*cursor;
		last = at | ~reversed(fine);
		node = lowest(*bucket_of(t, reversed(at)), at, last);
		if (node && (reversed(node->hash) != at || left != 1)) {
			bool same = reversed(node->hash) == at && left;

			at = reversed(node->hash);
			node = pick(node, same ? left - 1 : UINT32_MAX);
			*cursor = cursor_at(at, count_same(node));
			return node;
		}
		if (node)
			last = at;
		*cursor = last == UINT32_MAX ? WALK_END : cursor_at(last + 1, 0);
	}
	return NULL;
}
