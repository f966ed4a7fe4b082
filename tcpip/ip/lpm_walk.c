/* SPDX-License-Identifier: Apache-2.0 */
/* Decides in which order, and how far down, the tree is read for an index. */
#include "ip/lpm_walk.h"

/* The `n` bits (n <= 32) that end at `end`, where they stand in what counts from `base` on. */
static uint64_t place(uint32_t bits, unsigned n, unsigned end, unsigned base)
{
	uint64_t v = n ? (uint64_t)bits << (64 - n) : 0;
	unsigned start = end - n;

	if (start >= base)
		return start - base < 64 ? v >> (start - base) : 0;
	return base - start < 64 ? v << (base - start) : 0;
}

/* Are the `n` bits that end at `end` as those of the prefix, as far as it goes? */
static bool is_below(const struct lpm_walk *walk, uint32_t bits, unsigned n, unsigned end)
{
	unsigned start = end - n, len = walk->below_len + LPM_PAD;
	unsigned common = start >= len ? 0 : len - start < n ? len - start : n;

	return !common || lpm_key_bits(&walk->below, start, common) == bits >> (n - common);
}

/* Bits ascend with length, so what is longer comes later. */
static bool tell_values(struct lpm_walk *walk, struct sea_lpm_node *node, uint64_t rel)
{
	unsigned base = walk->base + LPM_PAD;
	const uint32_t *founds = lpm_founds(node);

	for (uint64_t values = node->values; values; values &= values - 1, founds++) {
		unsigned bit = (unsigned)__builtin_ctzll(values);
		unsigned l = 31u - (unsigned)__builtin_clz(bit), len = node->pos + l;
		uint32_t bits = bit ^ 1u << l;
		uint64_t all = rel | place(bits, l, len, base);

		if (len <= walk->below_len + LPM_PAD || len > walk->len_max + LPM_PAD ||
		    !is_below(walk, bits, l, len))
			continue;
		if (len - base > LPM_WALK_BITS ? !walk->each(walk, all, LPM_WALK_BITS + 1, 0)
					       : !walk->each(walk, all, len - base, *founds))
			return false;
	}
	return true;
}

static bool tell(struct lpm_walk *walk, struct sea_lpm_node *node, uint64_t rel)
{
	unsigned base = walk->base + LPM_PAD, end = node->pos + LPM_STRIDE;

	if (node->pos > walk->len_max + LPM_PAD ||
	    !is_below(walk, node->skipped, node->skip, node->pos))
		return true;
	rel |= place(node->skipped, node->skip, node->pos, base);
	if (!tell_values(walk, node, rel))
		return false;
	if (end > walk->len_max + LPM_PAD)
		return true;
	for (uint64_t left = lpm_has_children(node); left; left &= left - 1) {
		unsigned chunk = (unsigned)__builtin_ctzll(left);

		if (is_below(walk, chunk, LPM_STRIDE, end) &&
		    !tell(walk, lpm_child(node, chunk), rel | place(chunk, LPM_STRIDE, end, base)))
			return false;
	}
	return true;
}

bool sea_lpm_walk(const struct sea_lpm *lpm, struct lpm_walk *walk)
{
	struct sea_lpm_node *node = lpm->root;

	/* Down to where the prefix ends, without a look at anything else. */
	while (node && node->pos + LPM_STRIDE <= walk->base + LPM_PAD) {
		if (!is_below(walk, node->skipped, node->skip, node->pos))
			return true;
		node = lpm_child(node, lpm_key_chunk(&walk->below, node->pos));
	}
	return !node || tell(walk, node, 0);
}
