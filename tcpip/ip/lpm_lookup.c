/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides which prefix a key finds. One cache line a level: the values are looked at only when the
 * way down has ended, at the deepest node that had one.
 *
 * All of it is counting bits, so it is there twice: with the machine's instruction for that, and
 * without. Both find the same.
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

/* Of `node`, the values shorter than `below`, which is not before the node. */
static inline uint64_t values_below(const struct sea_lpm_node *node, unsigned below)
{
	unsigned l = below - node->pos;

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

static ALWAYS_INLINE void *lookup(const struct sea_lpm *lpm, const uint8_t *key, unsigned below,
				  count_fn *count)
{
	const struct sea_lpm_node *node = lpm->root, *best = NULL;
	struct lpm_key k = lpm_key_load(key, lpm->key_len);
	uint64_t best_values = 0;

	while (node && node->pos < below && lpm_skip_matches(node, &k)) {
		unsigned chunk = lpm_key_chunk(&k, node->pos);
		uint64_t values = values_below(node, below) & prefixes_of[chunk >> 1];

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

static void *lookup_plain(const struct sea_lpm *lpm, const uint8_t *key, unsigned below)
{
	return lookup(lpm, key, below, lpm_popcount);
}

#ifdef __x86_64__

__attribute__((target("popcnt"))) static inline unsigned popcnt(uint64_t bits)
{
	return (unsigned)__builtin_popcountll(bits);
}

__attribute__((target("popcnt"))) static void *lookup_popcnt(const struct sea_lpm *lpm,
							     const uint8_t *key, unsigned below)
{
	return lookup(lpm, key, below, popcnt);
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
	below = below <= 128 ? below + LPM_PAD : UINT32_MAX;
	return lpm->popcnt ? lookup_popcnt(lpm, key, below) : lookup_plain(lpm, key, below);
}

void *sea_lpm_lookup(const struct sea_lpm *lpm, const uint8_t *key)
{
	return sea_lpm_lookup_below(lpm, key, UINT32_MAX);
}
