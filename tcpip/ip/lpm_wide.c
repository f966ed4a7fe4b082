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
/* The first table, where so many prefixes are: all of them have their first bits from few values. */
#define ROOT_BITS 11u
#define ROOT_FROM 4096u

/*
 * What is behind an entry: its kind in two bits, the table's bits or the leaf's lines in four, and
 * the number of its first line.
 */
enum { UNKNOWN = 0, NOTHING = 1, TABLE = 2, LEAF = 3, KIND = 3 };

/*
 * A table is the references of its entries, then what each of them has found. Lookups read the others only
 * where the leaf knows nothing.
 */
struct table {
	uint32_t *refs, *founds;
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

static struct table table_of(const struct sea_lpm_wide *wide, uint32_t ref)
{
	uint32_t *refs = lpm_line(&wide->lines, ref >> 6);

	return (struct table){ refs, refs + (1u << size_of(ref)) };
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
	uint32_t *founds;
	unsigned bits;
};

static bool paint_each(struct lpm_walk *walk, uint64_t rel, unsigned len, uint32_t found)
{
	const struct paint *p = (struct paint *)walk;
	uint32_t *at = &p->founds[rel >> (64 - p->bits)];

	for (unsigned n = 1u << (p->bits - len); n; n--)
		*at++ = found;
	return true;
}

/* What entries have by prefixes that are longer than `len` and begin with so many bits of `k`. */
static void paint(const struct sea_lpm *lpm, const struct lpm_key *k, unsigned len, unsigned pos,
		  unsigned bits, uint32_t *founds)
{
	struct paint p = { .walk = { .below = *k,
				     .below_len = len,
				     .len_max = pos + bits,
				     .base = pos,
				     .each = paint_each },
			   .founds = founds,
			   .bits = bits };

	sea_lpm_walk(lpm, &p.walk);
}

/* A table of `bits` for what begins with the first `pos` bits of `k`; 0: no memory. */
static uint32_t table_new(const struct sea_lpm *lpm, const struct lpm_key *k, unsigned pos,
			  unsigned bits)
{
	uint32_t line = lines_get(lpm, table_lines(bits));
	uint32_t *refs;

	if (!line)
		return 0;
	refs = lpm_line(&lpm->wide->lines, line);
	memset(refs, 0, 2 * sizeof(*refs) << bits);
	paint(lpm, k, pos, pos, bits, refs + (1u << bits));
	return make_ref(TABLE, bits, line);
}

/* -- learning -- */

static void forget(struct sea_lpm_wide *wide, uint32_t *ref)
{
	if ((*ref & KIND) == LEAF)
		lines_put(wide, *ref, size_of(*ref));
	if ((*ref & KIND) != TABLE)
		*ref = UNKNOWN;
}

/* The end of a key's way down: its entry's reference, in which table, whose reference and place are these. */
struct way {
	uint32_t *table;
	unsigned pos;
	uint32_t *ref;
};

static struct way way_of(struct sea_lpm_wide *wide, const struct lpm_key *k)
{
	struct way way = { .table = &wide->root };

	for (;;) {
		unsigned bits = size_of(*way.table);

		way.ref =
			table_of(wide, *way.table).refs + lpm_key_bits(k, way.pos + LPM_PAD, bits);
		if ((*way.ref & KIND) != TABLE)
			return way;
		way.table = way.ref;
		way.pos += bits;
	}
}

/* Twice as many entries; what was known of leaves is learnt again. */
static void table_double(const struct sea_lpm *lpm, const struct lpm_key *k, const struct way *way)
{
	unsigned bits = size_of(*way->table);
	uint32_t *old = table_of(lpm->wide, *way->table).refs;
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
	const uint32_t *refs = table_of(lpm->wide, *way->table).refs;

	if (bits >= MOST_BITS || !is_parting(lpm, k, way->pos + bits))
		return false;
	for (unsigned i = 0; i < 1u << bits; i++)
		if ((refs[i] & KIND) == TABLE)
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
		*way->ref = table;
}

static void write_leaf(const struct sea_lpm *lpm, const struct lpm_prefixes *prefixes,
		       unsigned n_lines, uint32_t *ref)
{
	uint32_t line = lines_get(lpm, n_lines);

	if (!line)
		return;
	sea_lpm_leaf_write(prefixes, lpm_line(&lpm->wide->lines, line));
	*ref = make_ref(LEAF, n_lines, line);
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
		write_leaf(lpm, &prefixes, n_lines, way.ref);
	else
		*way.ref = NOTHING;
}

/* -- lookups -- */

/* The bits of an address that no table has asked for yet, from the left. */
struct rest {
	uint64_t hi, lo;
};

static inline struct rest rest_of(const uint8_t *key)
{
	return (struct rest){ (uint64_t)sea_get32(key) << 32 | sea_get32(key + 4),
			      (uint64_t)sea_get32(key + 8) << 32 | sea_get32(key + 12) };
}

static inline uint32_t next_bits(struct rest *rest, unsigned bits)
{
	uint32_t next = (uint32_t)(rest->hi >> (64 - bits));

	rest->hi = rest->hi << bits | rest->lo >> (64 - bits);
	rest->lo <<= bits;
	return next;
}

static __attribute__((noinline)) uint32_t ask_tree(const struct sea_lpm *lpm, const uint8_t *key,
						   uint32_t ref)
{
	if (ref == UNKNOWN && !lpm->wide->full)
		learn(lpm, key);
	return sea_lpm_find(lpm, key);
}

/* What ends in the tables on the way: the leaf has nothing that covers the address. */
static __attribute__((noinline)) uint32_t find_on_way(const struct sea_lpm_wide *wide,
						      const uint8_t *key)
{
	struct rest rest = rest_of(key);
	uint32_t best = wide->found, ref = wide->root;

	do {
		const struct table table = table_of(wide, ref);
		uint32_t at = next_bits(&rest, size_of(ref));

		ref = table.refs[at];
		best = table.founds[at] ? table.founds[at] : best;
	} while ((ref & KIND) == TABLE);
	return best;
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
	const struct sea_lpm_wide *wide = lpm->wide;
	struct rest rest = rest_of(key);
	uint32_t ref = wide->root, id = 0;

	do {
		const uint32_t *refs = table_of(wide, ref).refs;

		ref = refs[next_bits(&rest, size_of(ref))];
	} while ((ref & KIND) == TABLE);
	if (ref == NOTHING)
		return find_on_way(wide, key);
	if (ref != UNKNOWN && !sea_lpm_leaf_find(leaf_of(wide, ref), size_of(ref), rest.hi, &id))
		return find_on_way(wide, key);
	return id ? id : ask_tree(lpm, key, ref);
}

/* -- changes -- */

/* A prefix that ends in a table: its part of the entries is painted anew. */
static void change_entries(const struct sea_lpm *lpm, const struct lpm_key *k, unsigned prefix_len,
			   unsigned pos, uint32_t table)
{
	unsigned bits = size_of(table), len = 0;
	uint32_t found = sea_lpm_find_shorter(lpm, k, prefix_len, &len);
	uint32_t *founds = table_of(lpm->wide, table).founds;
	unsigned first = lpm_key_bits(k, pos + LPM_PAD, bits), n = 1u << (pos + bits - prefix_len);

	if (len <= pos)
		found = 0;
	for (unsigned i = first; i < first + n; i++)
		founds[i] = found;
	paint(lpm, k, prefix_len, pos, bits, founds);
}

static void begin_again(struct sea_lpm *lpm)
{
	struct sea_lpm_wide *wide = lpm->wide;
	const struct lpm_key zero = { { 0 } };
	unsigned len;

	sea_lpm_lines_fini(&wide->lines);
	*wide = (struct sea_lpm_wide){ .found = sea_lpm_find_shorter(lpm, &zero, 0, &len) };
	sea_lpm_lines_init(&wide->lines, lpm->pool);
	wide->root = table_new(lpm, &zero, 0, lpm->n < ROOT_FROM ? FIRST_BITS : ROOT_BITS);
	if (!wide->root)
		sea_lpm_wide_free(lpm);
}

static void change(struct sea_lpm *lpm, const struct lpm_key *k, unsigned prefix_len)
{
	struct sea_lpm_wide *wide = lpm->wide;
	uint32_t ref = wide->root, *next;
	unsigned pos = 0, len;

	if (!prefix_len) {
		wide->found = sea_lpm_find_shorter(lpm, k, 0, &len);
		return;
	}
	for (; prefix_len > pos + size_of(ref); ref = *next) {
		next = table_of(wide, ref).refs + lpm_key_bits(k, pos + LPM_PAD, size_of(ref));
		if ((*next & KIND) != TABLE) {
			forget(wide, next);
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
