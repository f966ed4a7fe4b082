/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides the order in which prefixes are shown: by key, shorter first, from any place in it, so that
 * a reader may come back with the last prefix that he saw although the table changed meanwhile.
 *
 * In a node, *items* are numbered in this order: six bits of position, then three of length, where
 * length 6 is a child.
 */
#include "ip/lpm.h"
#include "ip/lpm_node.h"

#define ITEM_END 512u
#define ITEM(chunk, len) ((chunk) << 3 | (len))

struct place {
	const struct sea_lpm_node *node;
	unsigned item; /* from here on */
};

/* A bit for each chunk that has an item of this length: chunks of it, not of a whole stride. */
static uint64_t items_of(const struct sea_lpm_node *node, unsigned len)
{
	if (len == LPM_STRIDE)
		return lpm_has_children(node);
	return node->values >> (1u << len) & ((UINT64_C(1) << (1u << len)) - 1);
}

/* The first item of this length not before `item`, or ITEM_END. */
static unsigned next_of_len(const struct sea_lpm_node *node, unsigned item, unsigned len)
{
	unsigned spare = LPM_STRIDE - len, chunk = (item >> 3) + (len < (item & 7));
	unsigned first = (chunk + (1u << spare) - 1) >> spare;
	uint64_t items = first < 1u << len ? items_of(node, len) >> first : 0;

	return items ? ITEM((first + (unsigned)__builtin_ctzll(items)) << spare, len) : ITEM_END;
}

/* The first item not before `item`, or ITEM_END. */
static unsigned next_item(const struct sea_lpm_node *node, unsigned item)
{
	unsigned next = ITEM_END;

	for (unsigned len = 0; len <= LPM_STRIDE; len++) {
		unsigned found = next_of_len(node, item, len);

		next = found < next ? found : next;
	}
	return next;
}

/*
 * Goes down towards the first place after the prefix and notes where to go on in each node. A node
 * off this way is noted only when all of it comes after.
 */
static unsigned descend(const struct sea_lpm *lpm, const struct lpm_key *k, unsigned len,
			struct place *path)
{
	const struct sea_lpm_node *node = lpm->root;
	unsigned depth = 0, chunk;

	while (node) {
		uint32_t way = node->skip ? lpm_key_bits(k, node->pos - node->skip, node->skip) : 0;

		if (node->skipped < way)
			break;
		path[depth++] = (struct place){ node, 0 };
		if (node->skipped > way || len < node->pos)
			break;
		chunk = lpm_key_chunk(k, node->pos);
		if (len < node->pos + LPM_STRIDE) {
			path[depth - 1].item = ITEM(chunk, len - node->pos) + 1;
			break;
		}
		path[depth - 1].item = ITEM(chunk, LPM_STRIDE) + 1;
		node = lpm_child(node, chunk);
	}
	return depth;
}

/* The value at a place, or the first below it; writes its key and length. */
static void *value_at(struct place place, struct lpm_key *k, unsigned *len)
{
	for (;;) {
		const struct sea_lpm_node *node = place.node;
		unsigned chunk = place.item >> 3, l = place.item & 7;

		lpm_key_put(k, node->pos - node->skip, node->skip, node->skipped);
		lpm_key_put(k, node->pos, LPM_STRIDE, chunk);
		if (l < LPM_STRIDE) {
			*len = node->pos + l;
			return lpm_value(node, 1u << l | chunk >> (LPM_STRIDE - l));
		}
		place.node = lpm_child(node, chunk);
		place.item = next_item(place.node, 0);
	}
}

void *sea_lpm_next(const struct sea_lpm *lpm, uint8_t *key, int *len)
{
	struct place path[LPM_DEPTH_MAX];
	struct lpm_key k = { { 0 } };
	unsigned from = LPM_PAD - 1, depth;
	void *value;

	if (*len > lpm->key_len * 8)
		return NULL;
	if (*len >= 0) {
		from = LPM_PAD + (unsigned)*len;
		k = lpm_key_load(key, lpm->key_len);
		lpm_key_cut(&k, from);
	}
	for (depth = descend(lpm, &k, from, path); depth; depth--) {
		struct place *place = &path[depth - 1];

		place->item = next_item(place->node, place->item);
		if (place->item == ITEM_END)
			continue;
		value = value_at(*place, &k, &from);
		lpm_key_store(&k, key, lpm->key_len);
		*len = (int)(from - LPM_PAD);
		return value;
	}
	return NULL;
}
