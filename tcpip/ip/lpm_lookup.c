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
#include "ip/lpm_node.h"

#define BIT(i) (UINT64_C(1) << (i))
#define WAY(i) \
	(BIT(i) | BIT((i) >> 1) | BIT((i) >> 2) | BIT((i) >> 3) | BIT((i) >> 4) | BIT((i) >> 5))
#define WAY4(i) WAY(i), WAY((i) + 1), WAY((i) + 2), WAY((i) + 3)

/* By the first five bits of a chunk: the values that are prefixes of it. */
static const uint64_t prefixes_of[32] = {
	WAY4(32), WAY4(36), WAY4(40), WAY4(44), WAY4(48), WAY4(52), WAY4(56), WAY4(60),
};

/* No bound: longer than any prefix. */
#define ANY UINT32_MAX

/* Of `node`, the values shorter than `below`, which is not before the node. */
static inline uint64_t values_below(const struct sea_lpm_node *node, unsigned below)
{
	unsigned l = below - node->pos;

	if (below == ANY)
		return node->values;
	return l < LPM_STRIDE ? node->values & (BIT(1u << l) - 1) : node->values;
}

#define ALWAYS_INLINE inline __attribute__((always_inline))

typedef unsigned count_fn(uint64_t bits);

static ALWAYS_INLINE void *longest(const struct sea_lpm_node *node, uint64_t values,
				   count_fn *count)
{
	unsigned bit = 63u - (unsigned)__builtin_clzll(values);
	void *const *first;

	if (!node->cap)
		return node->block;
	first = (void *const *)(lpm_children(node) + count(node->children));
	return first[count(node->values & (BIT(bit) - 1))];
}

/* The `n` bits from `pos` on; of a key of four bytes they are all in one word. */
static ALWAYS_INLINE uint32_t key_bits(const struct lpm_key *k, unsigned pos, unsigned n, bool wide)
{
	return wide ? lpm_key_bits(k, pos, n) : (uint32_t)(k->w[0] << pos >> (64 - n));
}

static ALWAYS_INLINE void *lookup(const struct sea_lpm *lpm, const uint8_t *key, unsigned below,
				  bool wide, count_fn *count)
{
	const struct sea_lpm_node *node = lpm->root, *best = NULL;
	struct lpm_key k = lpm_key_load(key, wide ? 16 : 4);
	uint64_t best_values = 0;

	while (node && node->pos < below) {
		unsigned chunk = key_bits(&k, node->pos, LPM_STRIDE, wide), skip = node->skip;
		uint64_t values = values_below(node, below) & prefixes_of[chunk >> 1];

		if (skip && key_bits(&k, node->pos - skip, skip, wide) != node->skipped)
			break;

		if (values) {
			best = node;
			best_values = values;
		}
		if (!(node->children >> chunk & 1))
			break;
		node = lpm_children(node) + count(node->children & (BIT(chunk) - 1));
	}
	return best ? longest(best, best_values, count) : NULL;
}

/* Constants make three functions of one. */
static ALWAYS_INLINE void *lookup_by(const struct sea_lpm *lpm, const uint8_t *key, unsigned below,
				     count_fn *count)
{
	bool wide = lpm->key_len == 16;

	if (below != ANY)
		return lookup(lpm, key, below, wide, count);
	return wide ? lookup(lpm, key, ANY, true, count) : lookup(lpm, key, ANY, false, count);
}

static void *lookup_plain(const struct sea_lpm *lpm, const uint8_t *key, unsigned below)
{
	return lookup_by(lpm, key, below, lpm_popcount);
}

#ifdef __x86_64__

__attribute__((target("popcnt"))) static inline unsigned popcnt(uint64_t bits)
{
	return (unsigned)__builtin_popcountll(bits);
}

__attribute__((target("popcnt"))) static void *lookup_popcnt(const struct sea_lpm *lpm,
							     const uint8_t *key, unsigned below)
{
	return lookup_by(lpm, key, below, popcnt);
}

bool sea_lpm_popcnt_usable(void)
{
	return __builtin_cpu_supports("popcnt");
}

#else

static void *lookup_popcnt(const struct sea_lpm *lpm, const uint8_t *key, unsigned below)
{
	return lookup_plain(lpm, key, below);
}

bool sea_lpm_popcnt_usable(void)
{
	return false;
}

#endif

void *sea_lpm_lookup_below(const struct sea_lpm *lpm, const uint8_t *key, unsigned below)
{
	below = below <= 128 ? below + LPM_PAD : ANY;
	return lpm->popcnt ? lookup_popcnt(lpm, key, below) : lookup_plain(lpm, key, below);
}

void *sea_lpm_lookup(const struct sea_lpm *lpm, const uint8_t *key)
{
	return lpm->popcnt ? lookup_popcnt(lpm, key, ANY) : lookup_plain(lpm, key, ANY);
}
