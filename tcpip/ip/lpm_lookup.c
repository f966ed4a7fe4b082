/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides which prefix a key finds. One cache line a level: the values are looked at only when the
 * way down has ended, at the deepest node that had one.
 *
 * All of it is counting bits, so it is there twice: with the machine's instruction for that, and
 * without. And what is asked for all the time, any prefix of an IPv4 or of an IPv6 address, is there
 * without what only other questions need. All find the same.
 */
#include "ip/lpm.h"
#include "ip/lpm_index.h"
#include "ip/lpm_node.h"
#include "ip/lpm_wide.h"

#define BIT(i) (UINT64_C(1) << (i))
#define WAY(i) \
	(BIT(i) | BIT((i) >> 1) | BIT((i) >> 2) | BIT((i) >> 3) | BIT((i) >> 4) | BIT((i) >> 5))
#define WAY4(i) WAY(i), WAY((i) + 1), WAY((i) + 2), WAY((i) + 3)

/* By the first five bits of a chunk: the values that are prefixes of it. */
static const uint64_t prefixes_of[32] = {
	WAY4(32), WAY4(36), WAY4(40), WAY4(44), WAY4(48), WAY4(52), WAY4(56), WAY4(60),
};

#define ALWAYS_INLINE inline __attribute__((always_inline))

typedef unsigned count_fn(uint64_t bits);

/* The number of the longest of these values. */
static ALWAYS_INLINE uint32_t longest(const struct sea_lpm_node *node, uint64_t values,
				      count_fn *count)
{
	unsigned bit = 63u - (unsigned)__builtin_clzll(values);
	const uint32_t *founds;
	void *const *pointers;

	if (!node->cap)
		return node->found;
	pointers = (void *const *)(lpm_children(node) + count(node->children));
	founds = (const uint32_t *)(pointers + count(node->values));
	return founds[count(node->values & (BIT(bit) - 1))];
}

/* The `n` bits from `pos` on; of a key of four bytes they are all in one word. */
static ALWAYS_INLINE uint32_t key_bits(const struct lpm_key *k, unsigned pos, unsigned n, bool wide)
{
	return wide ? lpm_key_bits(k, pos, n) : (uint32_t)(k->w[0] << pos >> (64 - n));
}

static ALWAYS_INLINE uint32_t lookup(const struct sea_lpm *lpm, const uint8_t *key, bool wide,
				     count_fn *count)
{
	const struct sea_lpm_node *node = lpm->root, *best = NULL;
	struct lpm_key k = lpm_key_load(key, wide ? 16 : 4);
	uint64_t best_values = 0;

	while (node) {
		unsigned chunk = key_bits(&k, node->pos, LPM_STRIDE, wide), skip = node->skip;
		uint64_t values = node->values & prefixes_of[chunk >> 1];

		if (skip && key_bits(&k, node->pos - skip, skip, wide) != node->skipped)
			break;

		if (values) {
			best = node;
			best_values = values;
		}
		if (!(lpm_has_children(node) >> chunk & 1))
			break;
		node = lpm_children(node) + count(node->children & (BIT(chunk) - 1));
	}
	return best ? longest(best, best_values, count) : 0;
}

/* Constants make two functions of one. */
static ALWAYS_INLINE uint32_t lookup_by(const struct sea_lpm *lpm, const uint8_t *key,
					count_fn *count)
{
	return lpm->key_len == 16 ? lookup(lpm, key, true, count) : lookup(lpm, key, false, count);
}

static uint32_t lookup_plain(const struct sea_lpm *lpm, const uint8_t *key)
{
	return lookup_by(lpm, key, lpm_popcount);
}

#ifdef __x86_64__

__attribute__((target("popcnt"))) static inline unsigned popcnt(uint64_t bits)
{
	return (unsigned)__builtin_popcountll(bits);
}

__attribute__((target("popcnt"))) static uint32_t lookup_popcnt(const struct sea_lpm *lpm,
								const uint8_t *key)
{
	return lookup_by(lpm, key, popcnt);
}

bool sea_lpm_popcnt_usable(void)
{
	return __builtin_cpu_supports("popcnt");
}

#else

static uint32_t lookup_popcnt(const struct sea_lpm *lpm, const uint8_t *key)
{
	return lookup_plain(lpm, key);
}

bool sea_lpm_popcnt_usable(void)
{
	return false;
}

#endif

uint32_t sea_lpm_find(const struct sea_lpm *lpm, const uint8_t *key)
{
	return lpm->popcnt ? lookup_popcnt(lpm, key) : lookup_plain(lpm, key);
}

uint32_t sea_lpm_lookup(const struct sea_lpm *lpm, const uint8_t *key)
{
	if (!lpm->index)
		return sea_lpm_find(lpm, key);
	return lpm->key_len == 4 ? sea_lpm_index_lookup(lpm, key) : sea_lpm_wide_lookup(lpm, key);
}

/* -- with a bound: not asked for often -- */

static uint64_t values_below(const struct sea_lpm_node *node, unsigned below)
{
	unsigned l = below - node->pos;

	return l < LPM_STRIDE ? node->values & (BIT(1u << l) - 1) : node->values;
}

struct lpm_place sea_lpm_seek(const struct sea_lpm *lpm, const struct lpm_key *k, unsigned below)
{
	struct lpm_place best = { 0 };
	unsigned chunk;

	for (struct sea_lpm_node *node = lpm->root; node; node = lpm_child(node, chunk)) {
		uint64_t values;

		if (node->pos >= below || !lpm_skip_matches(node, k))
			break;
		chunk = lpm_key_chunk(k, node->pos);
		values = values_below(node, below) & prefixes_of[chunk >> 1];
		if (values)
			best = (struct lpm_place){ node, 63u - (unsigned)__builtin_clzll(values) };
	}
	return best;
}

uint32_t sea_lpm_find_shorter(const struct sea_lpm *lpm, const struct lpm_key *k, unsigned len_max,
			      unsigned *len)
{
	const struct lpm_place at = sea_lpm_seek(lpm, k, len_max + 1 + LPM_PAD);

	*len = 0;
	if (!at.node)
		return 0;
	*len = at.node->pos + 31u - (unsigned)__builtin_clz(at.bit) - LPM_PAD;
	return lpm_found(at.node, at.bit);
}

void *sea_lpm_lookup_below(const struct sea_lpm *lpm, const uint8_t *key, unsigned below)
{
	const struct lpm_key k = lpm_key_load(key, lpm->key_len);
	struct lpm_place at = sea_lpm_seek(lpm, &k, below <= 128 ? below + LPM_PAD : UINT32_MAX);

	return at.node ? lpm_value(at.node, at.bit) : NULL;
}
