/* SPDX-License-Identifier: Apache-2.0 */
/* Decides which tables the index of wide keys has, what stands in them, and when it is forgotten. */
#include "ip/lpm_wide.h"

#include <string.h>

#include "ip/lpm.h"
#include "ip/lpm_leaf.h"
#include "ip/lpm_lines.h"
#include "ip/lpm_node.h"
#include "ip/lpm_walk.h"

#define FIRST_BITS 3u /* a line */
#define MOST_BITS 8u

/*
 * What is behind an entry: its kind in two bits, the table's bits or the leaf's lines in four, and
 * the number of its first line.
 */
enum { UNKNOWN = 0, NOTHING = 1, TABLE = 2, LEAF = 3, KIND = 3 };

struct entry {
	uint32_t ref, found;
};

struct sea_lpm_wide {
	uint32_t root;    /* a table */
	uint32_t found;   /* what ::/0 has; 0: there is none */
	uint32_t changes; /* since it began */
	bool full;        /* there was no memory: nothing is learnt until some comes back */
	struct lpm_lines lines;
};

static uint32_t make_ref(uint32_t kind, unsigned size, uint32_t line)
{
	return kind | size << 2 | line << 6;
}

static unsigned size_of(uint32_t ref)
{
	return ref >> 2 & 15;
}

static struct entry *table_of(const struct sea_lpm_wide *wide, uint32_t ref)
{
	return lpm_line(&wide->lines, ref >> 6);
}

static unsigned table_lines(unsigned bits)
{
	return bits <= 3 ? 1 : 1u << (bits - 3);
}

/* -- memory -- */

static uint32_t lines_get(const struct sea_lpm *lpm, unsigned n)
{
	struct sea_lpm_wide *wide = lpm->wide;
	uint32_t line = 0;

	if (wide->lines.n_used - wide->lines.n_free + n <= lpm->n)
		line = sea_lpm_lines_get(&wide->lines, n);
	wide->full = !line;
	return line;
}

static void lines_put(struct sea_lpm_wide *wide, uint32_t ref, unsigned n)
{
	sea_lpm_lines_put(&wide->lines, ref >> 6, n);
	wide->full = false;
}

/* -- tables -- */

struct paint {
	struct lpm_walk walk;
	struct entry *entries;
	unsigned bits;
};

static bool paint_each(struct lpm_walk *walk, uint64_t rel, unsigned len, uint32_t found)
{
	const struct paint *p = (struct paint *)walk;
	struct entry *e = &p->entries[rel >> (64 - p->bits)];

	for (unsigned n = 1u << (p->bits - len); n; n--, e++)
		e->found = found;
	return true;
}

/* What entries have by prefixes that are longer than `len` and begin with so many bits of `k`. */
static void paint(const struct sea_lpm *lpm, const struct lpm_key *k, unsigned len, unsigned pos,
		  unsigned bits, struct entry *entries)
{
	struct paint p = { .walk = { .below = *k,
				     .below_len = len,
				     .len_max = pos + bits,
				     .base = pos,
				     .each = paint_each },
			   .entries = entries,
			   .bits = bits };

	sea_lpm_walk(lpm, &p.walk);
}

/* A table of `bits` for what begins with the first `pos` bits of `k`; 0: no memory. */
static uint32_t table_new(const struct sea_lpm *lpm, const struct lpm_key *k, unsigned pos,
			  unsigned bits)
{
	uint32_t line = lines_get(lpm, table_lines(bits));
	struct entry *entries;

	if (!line)
		return 0;
	entries = lpm_line(&lpm->wide->lines, line);
	memset(entries, 0, sizeof(*entries) << bits);
	paint(lpm, k, pos, pos, bits, entries);
	return make_ref(TABLE, bits, line);
}

/* -- learning -- */

static void forget(struct sea_lpm_wide *wide, struct entry *e)
{
	if ((e->ref & KIND) == LEAF)
		lines_put(wide, e->ref, size_of(e->ref));
	if ((e->ref & KIND) != TABLE)
		e->ref = UNKNOWN;
}

/* The end of a key's way down: its entry, in which table, whose reference and place are these. */
struct way {
	uint32_t *table;
	unsigned pos;
	struct entry *entry;
};

static struct way way_of(struct sea_lpm_wide *wide, const struct lpm_key *k)
{
	struct way way = { .table = &wide->root };

	for (;;) {
		unsigned bits = size_of(*way.table);

		way.entry = table_of(wide, *way.table) + lpm_key_bits(k, way.pos + LPM_PAD, bits);
		if ((way.entry->ref & KIND) != TABLE)
			return way;
		way.table = &way.entry->ref;
		way.pos += bits;
	}
}

/* Twice as many entries; what was known of leaves is learnt again. */
static void table_double(const struct sea_lpm *lpm, const struct lpm_key *k, const struct way *way)
{
	unsigned bits = size_of(*way->table);
	struct entry *old = table_of(lpm->wide, *way->table);
	uint32_t more = table_new(lpm, k, way->pos, bits + 1);

	if (!more)
		return;
	for (unsigned i = 0; i < 1u << bits; i++)
		forget(lpm->wide, &old[i]);
	lines_put(lpm->wide, *way->table, table_lines(bits));
	*way->table = more;
}

static bool had_enough(struct lpm_walk *walk, uint64_t rel, unsigned len, uint32_t found)
{
	(void)walk;
	(void)rel;
	(void)len;
	(void)found;
	return false;
}

/* Do prefixes that begin with `len` bits of this key go on either way? */
static bool is_parting(const struct sea_lpm *lpm, const struct lpm_key *k, unsigned len)
{
	for (uint32_t bit = 0; bit < 2; bit++) {
		struct lpm_walk walk = { .below = *k,
					 .below_len = len + 1,
					 .len_max = 128,
					 .base = len + 1,
					 .each = had_enough };

		lpm_key_put(&walk.below, len + LPM_PAD, 1, bit);
		if (sea_lpm_walk(lpm, &walk))
			return false;
	}
	return true;
}

static bool may_double(const struct sea_lpm *lpm, const struct lpm_key *k, const struct way *way)
{
	unsigned bits = size_of(*way->table);
	const struct entry *entries = table_of(lpm->wide, *way->table);

	if (bits == MOST_BITS || !is_parting(lpm, k, way->pos + bits))
		return false;
	for (unsigned i = 0; i < 1u << bits; i++)
		if ((entries[i].ref & KIND) == TABLE)
			return false;
	return true;
}

/* Too many prefixes for a leaf. The next lookup goes on from here: one step is enough for one. */
static void spread(const struct sea_lpm *lpm, const struct lpm_key *k, const struct way *way)
{
	unsigned pos = way->pos + size_of(*way->table);
	uint32_t table;

	if (may_double(lpm, k, way)) {
		table_double(lpm, k, way);
		return;
	}
	table = table_new(lpm, k, pos, 128 - pos < FIRST_BITS ? 128 - pos : FIRST_BITS);
	if (table)
		way->entry->ref = table;
}

static void write_leaf(const struct sea_lpm *lpm, const struct lpm_prefixes *prefixes,
		       unsigned n_lines, struct entry *e)
{
	uint32_t line = lines_get(lpm, n_lines);

	if (!line)
		return;
	sea_lpm_leaf_write(prefixes, lpm_line(&lpm->wide->lines, line));
	e->ref = make_ref(LEAF, n_lines, line);
}

static void learn(const struct sea_lpm *lpm, const uint8_t *key)
{
	const struct lpm_key k = lpm_key_load(key, 16);
	const struct way way = way_of(lpm->wide, &k);
	unsigned n_lines = LPM_LEAF_LINES + 1;
	struct lpm_prefixes prefixes;

	if (sea_lpm_leaf_collect(lpm, &k, way.pos + size_of(*way.table), &prefixes))
		n_lines = sea_lpm_leaf_lines(&prefixes);
	if (n_lines > LPM_LEAF_LINES)
		spread(lpm, &k, &way);
	else if (prefixes.n)
		write_leaf(lpm, &prefixes, n_lines, way.entry);
	else
		way.entry->ref = NOTHING;
}

/* -- lookups -- */

static __attribute__((noinline)) uint32_t ask_tree(const struct sea_lpm *lpm, const uint8_t *key,
						   uint32_t ref)
{
	if (ref == UNKNOWN && !lpm->wide->full)
		learn(lpm, key);
	return sea_lpm_find(lpm, key);
}

/* Its lines are asked for together. */
static inline const void *leaf_of(const struct sea_lpm_wide *wide, uint32_t ref)
{
	const char *leaf = lpm_line(&wide->lines, ref >> 6);

	for (unsigned i = 1; i < size_of(ref); i++)
		__builtin_prefetch(leaf + (size_t)LPM_LINE * i);
	return leaf;
}

uint32_t sea_lpm_wide_lookup(const struct sea_lpm *lpm, const uint8_t *key)
{
	/* The bits that no table has asked for yet, from the left. */
	uint64_t hi = (uint64_t)sea_get32(key) << 32 | sea_get32(key + 4);
	uint64_t lo = (uint64_t)sea_get32(key + 8) << 32 | sea_get32(key + 12);
	const struct sea_lpm_wide *wide = lpm->wide;
	uint32_t best = wide->found, ref = wide->root, id = 0;

	do {
		unsigned bits = size_of(ref);
		const struct entry *e = table_of(wide, ref) + (hi >> (64 - bits));

		hi = hi << bits | lo >> (64 - bits);
		lo <<= bits;
		ref = e->ref;
		best = e->found ? e->found : best;
	} while ((ref & KIND) == TABLE);
	if (ref == NOTHING)
		return best;
	if (ref != UNKNOWN && !sea_lpm_leaf_find(leaf_of(wide, ref), hi, &id))
		return best;
	return id ? id : ask_tree(lpm, key, ref);
}

/* -- changes -- */

/* A prefix that ends in a table: its part of the entries is painted anew. */
static void change_entries(const struct sea_lpm *lpm, const struct lpm_key *k, unsigned prefix_len,
			   unsigned pos, uint32_t table)
{
	unsigned bits = size_of(table), len = 0;
	uint32_t found = sea_lpm_find_shorter(lpm, k, prefix_len, &len);
	struct entry *entries = table_of(lpm->wide, table);
	unsigned first = lpm_key_bits(k, pos + LPM_PAD, bits), n = 1u << (pos + bits - prefix_len);

	if (len <= pos)
		found = 0;
	for (unsigned i = first; i < first + n; i++)
		entries[i].found = found;
	paint(lpm, k, prefix_len, pos, bits, entries);
}

static void begin_again(struct sea_lpm *lpm)
{
	struct sea_lpm_wide *wide = lpm->wide;
	const struct lpm_key zero = { { 0 } };
	unsigned len;

	sea_lpm_lines_fini(&wide->lines);
	*wide = (struct sea_lpm_wide){ .found = sea_lpm_find_shorter(lpm, &zero, 0, &len) };
	sea_lpm_lines_init(&wide->lines, lpm->pool);
	wide->root = table_new(lpm, &zero, 0, FIRST_BITS);
	if (!wide->root)
		sea_lpm_wide_free(lpm);
}

static void change(struct sea_lpm *lpm, const struct lpm_key *k, unsigned prefix_len)
{
	struct sea_lpm_wide *wide = lpm->wide;
	uint32_t ref = wide->root;
	struct entry *e;
	unsigned pos = 0, len;

	if (!prefix_len) {
		wide->found = sea_lpm_find_shorter(lpm, k, 0, &len);
		return;
	}
	for (; prefix_len > pos + size_of(ref); ref = e->ref) {
		e = table_of(wide, ref) + lpm_key_bits(k, pos + LPM_PAD, size_of(ref));
		if ((e->ref & KIND) != TABLE) {
			forget(wide, e);
			return;
		}
		pos += size_of(ref);
	}
	change_entries(lpm, k, prefix_len, pos, ref);
}

void sea_lpm_wide_change(struct sea_lpm *lpm, const struct lpm_key *k, unsigned prefix_len)
{
	/* Tables never shrink: where all memory is in those of prefixes that went, it starts anew. */
	if (lpm->wide->full && lpm->wide->changes++ > lpm->n)
		begin_again(lpm);
	else
		change(lpm, k, prefix_len);
}

struct sea_lpm_wide *sea_lpm_wide_new(struct sea_lpm *lpm)
{
	lpm->wide = sea_pool_zalloc(lpm->pool, sizeof(*lpm->wide));
	if (lpm->wide) {
		sea_lpm_lines_init(&lpm->wide->lines, lpm->pool);
		begin_again(lpm);
	}
	return lpm->wide;
}

void sea_lpm_wide_free(struct sea_lpm *lpm)
{
	sea_lpm_lines_fini(&lpm->wide->lines);
	sea_pool_free(lpm->pool, lpm->wide, sizeof(*lpm->wide));
	lpm->wide = NULL;
}
