/* SPDX-License-Identifier: Apache-2.0 */
/* Decides what of the tree is remembered, in which shape, and when it is forgotten. */
#include "ip/lpm_index.h"

#include <stddef.h>
#include <string.h>

#include "ip/lpm.h"
#include "ip/lpm_lines.h"
#include "ip/lpm_node.h"

#define PAGES 256u
#define SLOTS 256u  /* in a page */
#define SHORTEST 8u /* prefixes that are shorter are too many slots, and at the top of the tree */
#define TOP_BITS (16 + LPM_PAD)
#define LINE_BITS (24 + LPM_PAD)

/* What stands among the ids instead of a number, plus one. */
enum { ID_SHORTER, ID_TREE, ID_MIN };

/* How ids are written: so many bits each, as a power of two; beside the slot where they are too many. */
enum { UNKNOWN, NO_IDS, NIBBLES, BYTES, HALVES, WORDS, FAR = 8 };

struct slot {
	uint64_t starts[4];
	uint32_t found;    /* the longest prefix's of 8 to 16 bits; 0: there is none */
	uint8_t len;       /* that prefix's, or 0 */
	uint8_t before[3]; /* how many bits `starts` has up to each but the first */
	uint8_t state;
	uint8_t ids[23]; /* FAR: where they are */
};

static_assert(sizeof(struct slot) == 64, "a cache line");

struct page {
	struct slot *slots; /* NULL: nobody asked */
	uint32_t found;     /* the longest prefix's of less than 8 bits; 0: there is none */
};

struct sea_lpm_index {
	struct page pages[PAGES]; /* by the first byte of the key */
	struct lpm_lines lines;   /* what all slots are */
};

/* -- ids -- */

static unsigned runs_before(const struct slot *slot, unsigned word)
{
	return word ? slot->before[word - 1] : 0;
}

static size_t ids_size(unsigned runs, uint8_t state)
{
	return ((size_t)runs << ((state & ~FAR) - NIBBLES)) / 2 + 1;
}

static uint8_t *ids_of(struct slot *slot)
{
	uint8_t *far;

	if (!(slot->state & FAR))
		return slot->ids;
	memcpy(&far, slot->ids, sizeof(far));
	return far;
}

static uint32_t id_get(const uint8_t *ids, uint8_t state, unsigned i)
{
	uint16_t half;
	uint32_t word;

	switch (state & ~FAR) {
	case NIBBLES:
		return ids[i / 2] >> 4 * (i % 2) & 15;
	case BYTES:
		return ids[i];
	case HALVES:
		memcpy(&half, ids + 2 * i, sizeof(half));
		return half;
	default:
		memcpy(&word, ids + 4 * i, sizeof(word));
		return word;
	}
}

/* In the order of `i`. */
static void id_put(uint8_t *ids, uint8_t state, unsigned i, uint32_t id)
{
	uint16_t half = (uint16_t)id;

	switch (state & ~FAR) {
	case NIBBLES:
		ids[i / 2] = (uint8_t)(i % 2 ? ids[i / 2] | id << 4 : id);
		break;
	case BYTES:
		ids[i] = (uint8_t)id;
		break;
	case HALVES:
		memcpy(ids + 2 * i, &half, sizeof(half));
		break;
	default:
		memcpy(ids + 4 * i, &id, sizeof(id));
	}
}

static void forget(const struct sea_lpm *lpm, struct slot *slot)
{
	unsigned runs = runs_before(slot, 3) + lpm_popcount(slot->starts[3]);

	if (slot->state & FAR)
		sea_pool_free(lpm->pool, ids_of(slot), ids_size(runs, slot->state));
	slot->state = UNKNOWN;
}

static uint8_t state_for(uint32_t id_max)
{
	if (id_max == ID_SHORTER)
		return NO_IDS;
	return id_max < 16            ? NIBBLES
	       : id_max <= UINT8_MAX  ? BYTES
	       : id_max <= UINT16_MAX ? HALVES
				      : WORDS;
}

static bool reserve(const struct sea_lpm *lpm, struct slot *slot, unsigned runs)
{
	size_t size = ids_size(runs, slot->state);
	uint8_t *far;

	if (size <= sizeof(slot->ids))
		return true;
	far = sea_pool_alloc(lpm->pool, size);
	if (!far) {
		slot->state = UNKNOWN;
		return false;
	}
	slot->state |= FAR;
	memcpy(slot->ids, &far, sizeof(far));
	return true;
}

/* Where the next /24 finds something else; returns the number of runs. */
static unsigned mark_starts(struct slot *slot, const uint32_t *at, uint32_t *id_max)
{
	unsigned runs = 0;

	*id_max = 0;
	memset(slot->starts, 0, sizeof(slot->starts));
	for (unsigned i = 0; i < 256; i++) {
		uint64_t differs = !i || at[i] != at[i - 1];

		if (i && i % 64 == 0)
			slot->before[i / 64 - 1] = (uint8_t)runs;
		slot->starts[i / 64] |= differs << i % 64;
		runs += (unsigned)differs;
		*id_max = at[i] > *id_max ? at[i] : *id_max;
	}
	return runs;
}

/* Writes down what was found for each of the 256; false: no memory. */
static bool write_slot(const struct sea_lpm *lpm, struct slot *slot, const uint32_t *at)
{
	unsigned runs, run = 0;
	uint32_t id_max;
	uint8_t *ids;

	runs = mark_starts(slot, at, &id_max);
	slot->state = state_for(id_max);
	if (slot->state == NO_IDS)
		return true;
	if (!reserve(lpm, slot, runs))
		return false;
	ids = ids_of(slot);
	for (unsigned i = 0; i < 256; i++)
		if (slot->starts[i / 64] >> i % 64 & 1)
			id_put(ids, slot->state, run++, at[i]);
	return true;
}

/* -- what the tree says of a slot -- */

/* A way down: the bits so far, from the left. */
static bool in_slot(uint64_t way, unsigned pos, uint64_t key)
{
	unsigned n = pos < TOP_BITS ? pos : TOP_BITS;

	return !n || !((way ^ key) >> (64 - n));
}

static unsigned place_of(uint64_t way)
{
	return (unsigned)(way >> (64 - LINE_BITS)) & 255;
}

/* Bits ascend with length, so what is longer comes later. */
static void paint_values(struct sea_lpm_node *node, uint64_t way, uint64_t key, uint32_t *ids)
{
	const uint32_t *founds = lpm_founds(node);

	for (uint64_t values = node->values; values; values &= values - 1, founds++) {
		unsigned bit = (unsigned)__builtin_ctzll(values);
		unsigned l = 31u - (unsigned)__builtin_clz(bit), len = node->pos + l;
		uint64_t at = way | (l ? (uint64_t)(bit ^ 1u << l) << (64 - len) : 0);

		if (len <= TOP_BITS || !in_slot(at, len, key))
			continue;
		for (unsigned i = 0, first = place_of(at); i < 1u << (LINE_BITS - len); i++)
			ids[first + i] = *founds + ID_MIN - 1;
	}
}

static void paint(struct sea_lpm_node *node, uint64_t way, uint64_t key, uint32_t *ids)
{
	if (node->skip)
		way |= (uint64_t)node->skipped << (64 - node->pos);
	if (!in_slot(way, node->pos, key))
		return;
	if (node->pos > LINE_BITS) {
		ids[place_of(way)] = ID_TREE;
		return;
	}
	paint_values(node, way, key, ids);
	for (uint64_t left = lpm_has_children(node); left; left &= left - 1) {
		unsigned chunk = (unsigned)__builtin_ctzll(left), pos = node->pos + LPM_STRIDE;
		uint64_t below = way | (uint64_t)chunk << (64 - pos);

		if (pos > LINE_BITS)
			ids[place_of(below)] = ID_TREE;
		else if (in_slot(below, pos, key))
			paint(lpm_child(node, chunk), below, key, ids);
	}
}

static void set_shorter(const struct sea_lpm *lpm, const struct lpm_key *k, unsigned len_max,
			struct slot *slot)
{
	unsigned len;

	slot->found = sea_lpm_find_shorter(lpm, k, len_max, &len);
	slot->len = (uint8_t)len;
	if (len < SHORTEST)
		slot->found = slot->len = 0;
}

static bool learn(const struct sea_lpm *lpm, struct slot *slot, uint32_t addr)
{
	const struct lpm_key k = { { (uint64_t)(addr & 0xffff0000) << (32 - LPM_PAD) } };
	uint32_t ids[256] = { 0 };

	set_shorter(lpm, &k, 16, slot);
	if (lpm->root)
		paint(lpm->root, 0, k.w[0], ids);
	return write_slot(lpm, slot, ids);
}

/* -- lookups -- */

static struct slot *page_new(struct lpm_lines *lines)
{
	uint32_t line = sea_lpm_lines_get(lines, SLOTS);

	return line ? memset(lpm_line(lines, line), 0, SLOTS * sizeof(struct slot)) : NULL;
}

static struct slot *slot_of(const struct sea_lpm *lpm, struct page *page, uint32_t addr)
{
	struct slot *slot;

	if (__builtin_expect(!page->slots, 0))
		page->slots = page_new(&lpm->index->lines);
	if (!page->slots)
		return NULL;
	slot = &page->slots[addr >> 16 & 255];
	if (__builtin_expect(slot->state == UNKNOWN, 0) && !learn(lpm, slot, addr))
		return NULL;
	return slot;
}

static inline uint32_t id_at(struct slot *slot, unsigned i)
{
	uint64_t up_to_it = slot->starts[i / 64] << (63 - i % 64);
	unsigned run = runs_before(slot, i / 64) + lpm_popcount(up_to_it) - 1;

	return id_get(ids_of(slot), slot->state, run);
}

uint32_t sea_lpm_index_lookup(const struct sea_lpm *lpm, const uint8_t *key)
{
	uint32_t addr = sea_get32(key), id = ID_SHORTER;
	struct page *page = &lpm->index->pages[addr >> 24];
	struct slot *slot = slot_of(lpm, page, addr);

	if (!slot)
		return sea_lpm_find(lpm, key);
	if (slot->state != NO_IDS)
		id = id_at(slot, addr >> 8 & 255);
	if (id >= ID_MIN)
		return id - ID_MIN + 1;
	if (id == ID_TREE)
		return sea_lpm_find(lpm, key);
	return slot->found ? slot->found : page->found;
}

/* -- changes: below a prefix, another one is the longest now, if none is longer than it -- */

static void change_pages(struct sea_lpm *lpm, const struct lpm_key *k, unsigned prefix_len)
{
	unsigned first = (unsigned)(k->w[0] >> (64 - LPM_PAD - 8)), len;

	for (unsigned i = first; i < first + (1u << (8 - prefix_len)); i++) {
		const struct lpm_key at = { { (uint64_t)i << (64 - LPM_PAD - 8) } };

		lpm->index->pages[i].found = sea_lpm_find_shorter(lpm, &at, SHORTEST - 1, &len);
	}
}

static void change_slots(struct sea_lpm *lpm, const struct lpm_key *k, unsigned prefix_len,
			 struct slot *slot)
{
	struct slot now;

	set_shorter(lpm, k, prefix_len, &now);
	for (unsigned n = 1u << (16 - prefix_len); n; n--, slot++) {
		if (slot->len > prefix_len)
			continue;
		slot->found = now.found;
		slot->len = now.len;
	}
}

void sea_lpm_index_change(struct sea_lpm *lpm, const struct lpm_key *k, unsigned prefix_len)
{
	unsigned at = (unsigned)(k->w[0] >> (64 - TOP_BITS));
	struct slot *slots = lpm->index->pages[at / SLOTS].slots;

	if (prefix_len < SHORTEST)
		change_pages(lpm, k, prefix_len);
	if (!slots || prefix_len < SHORTEST)
		return;
	if (prefix_len <= 16)
		change_slots(lpm, k, prefix_len, &slots[at % SLOTS]);
	else
		forget(lpm, &slots[at % SLOTS]);
}

struct sea_lpm_index *sea_lpm_index_new(struct sea_lpm *lpm)
{
	const struct lpm_key all = { { 0 } };

	lpm->index = sea_pool_zalloc(lpm->pool, sizeof(*lpm->index));
	if (!lpm->index)
		return NULL;
	sea_lpm_lines_init(&lpm->index->lines, lpm->pool);
	change_pages(lpm, &all, 0);
	return lpm->index;
}

void sea_lpm_index_free(struct sea_lpm *lpm)
{
	struct sea_lpm_index *index = lpm->index;

	for (unsigned i = 0; i < PAGES * SLOTS; i++)
		if (index->pages[i / SLOTS].slots)
			forget(lpm, &index->pages[i / SLOTS].slots[i % SLOTS]);
	sea_lpm_lines_fini(&index->lines);
	sea_pool_free(lpm->pool, index, sizeof(*index));
	lpm->index = NULL;
}
