/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys of the longest-prefix match as the tree sees them: bits from the left, five zero bits first.
 *
 * The tree goes down six bits at a time. The five bits in front shift its grid so that /24, /48 and
 * /64, the lengths that tables are full of, do not need a level of their own, and that /0 stands at
 * the top. Positions and lengths inside the tree count them; LPM_PAD converts.
 */
#ifndef SEA_IP_LPM_KEY_H
#define SEA_IP_LPM_KEY_H

#include <stdint.h>

#include "wire/bytes.h"

#define LPM_PAD 5u
#define LPM_STRIDE 6u

struct lpm_key {
	uint64_t w[4];
};

static inline struct lpm_key lpm_key_load(const uint8_t *key, uint8_t key_len)
{
	struct lpm_key k = { { 0 } };
	uint64_t hi, lo;

	if (key_len == 4) {
		k.w[0] = (uint64_t)sea_get32(key) << (32 - LPM_PAD);
		return k;
	}
	hi = (uint64_t)sea_get32(key) << 32 | sea_get32(key + 4);
	lo = (uint64_t)sea_get32(key + 8) << 32 | sea_get32(key + 12);
	k.w[0] = hi >> LPM_PAD;
	k.w[1] = hi << (64 - LPM_PAD) | lo >> LPM_PAD;
	k.w[2] = lo << (64 - LPM_PAD);
	return k;
}

static inline void lpm_key_store(const struct lpm_key *k, uint8_t *key, uint8_t key_len)
{
	uint64_t hi = k->w[0] << LPM_PAD | k->w[1] >> (64 - LPM_PAD);
	uint64_t lo = k->w[1] << LPM_PAD | k->w[2] >> (64 - LPM_PAD);

	sea_put32(key, (uint32_t)(hi >> 32));
	if (key_len == 4)
		return;
	sea_put32(key + 4, (uint32_t)hi);
	sea_put32(key + 8, (uint32_t)(lo >> 32));
	sea_put32(key + 12, (uint32_t)lo);
}

/* The `n` bits (0 < n <= 32) from `pos` on. */
static inline uint32_t lpm_key_bits(const struct lpm_key *k, unsigned pos, unsigned n)
{
	unsigned i = pos / 64, shift = pos % 64;
	uint64_t v = k->w[i] << shift;

	if (shift + n > 64)
		v |= k->w[i + 1] >> (64 - shift);
	return (uint32_t)(v >> (64 - n));
}

static inline unsigned lpm_key_chunk(const struct lpm_key *k, unsigned pos)
{
	return lpm_key_bits(k, pos, LPM_STRIDE);
}

/* Clears all bits from `pos` on. */
static inline void lpm_key_cut(struct lpm_key *k, unsigned pos)
{
	k->w[pos / 64] &= ~(UINT64_MAX >> pos % 64);
	for (unsigned i = pos / 64 + 1; i < 4; i++)
		k->w[i] = 0;
}

/* Sets the `n` bits (n <= 32) from `pos` on to `bits` and clears all behind them. */
static inline void lpm_key_put(struct lpm_key *k, unsigned pos, unsigned n, uint32_t bits)
{
	unsigned i = pos / 64, shift = pos % 64;
	uint64_t v = n ? (uint64_t)bits << (64 - n) : 0;

	lpm_key_cut(k, pos);
	k->w[i] |= v >> shift;
	if (shift)
		k->w[i + 1] |= v << (64 - shift);
}

#endif
