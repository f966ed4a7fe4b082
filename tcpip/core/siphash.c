/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash with one or two rounds a word and three or four at the end. */
#include "core/siphash.h"

#include <string.h>

struct state {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotl(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static inline void rounds(struct state *s, int n)
{
	while (n-- > 0) {
		s->v0 += s->v1;
		s->v2 += s->v3;
		s->v1 = rotl(s->v1, 13) ^ s->v0;
		s->v3 = rotl(s->v3, 16) ^ s->v2;
		s->v0 = rotl(s->v0, 32);
		s->v2 += s->v1;
		s->v0 += s->v3;
		s->v1 = rotl(s->v1, 17) ^ s->v2;
		s->v3 = rotl(s->v3, 21) ^ s->v0;
		s->v2 = rotl(s->v2, 32);
	}
}

static inline struct state begin(const struct sea_siphash_key *key)
{
	return (struct state){
		.v0 = key->k0 ^
		      UINT64_C(0x736f6d6570736575), /* "somepseudorandomlygeneratedbytes" */
		.v1 = key->k1 ^ UINT64_C(0x646f72616e646f6d),
		.v2 = key->k0 ^ UINT64_C(0x6c7967656e657261),
		.v3 = key->k1 ^ UINT64_C(0x7465646279746573),
	};
}

static inline void absorb(struct state *s, uint64_t word, int c)
{
	s->v3 ^= word;
	rounds(s, c);
	s->v0 ^= word;
}

static inline uint64_t end(struct state *s, int d)
{
	s->v2 ^= 0xff;
	rounds(s, d);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

static inline uint64_t load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(v) : v;
}

/* The last word: fewer than 8 bytes, and the length modulo 256 on top. */
static inline uint64_t last_word(const uint8_t *p, size_t len)
{
	uint64_t word = (uint64_t)len << 56;

	for (size_t i = 0; i < (len & 7); i++)
		word |= (uint64_t)p[i] << (8 * i);
	return word;
}

static inline uint64_t hash(const struct sea_siphash_key *key, const uint8_t *p, size_t len, int c,
			    int d)
{
	struct state s = begin(key);

	for (size_t left = len; left >= 8; left -= 8, p += 8)
		absorb(&s, load64(p), c);
	absorb(&s, last_word(p, len), c);
	return end(&s, d);
}

static inline uint64_t hash_2u64(const struct sea_siphash_key *key, uint64_t a, uint64_t b, int c,
				 int d)
{
	struct state s = begin(key);

	absorb(&s, a, c);
	absorb(&s, b, c);
	absorb(&s, UINT64_C(16) << 56, c);
	return end(&s, d);
}

uint64_t sea_siphash13(const struct sea_siphash_key *key, const void *data, size_t len)
{
	return hash(key, data, len, 1, 3);
}

uint64_t sea_siphash24(const struct sea_siphash_key *key, const void *data, size_t len)
{
	return hash(key, data, len, 2, 4);
}

uint64_t sea_siphash13_2u64(const struct sea_siphash_key *key, uint64_t a, uint64_t b)
{
	return hash_2u64(key, a, b, 1, 3);
}

uint64_t sea_siphash24_2u64(const struct sea_siphash_key *key, uint64_t a, uint64_t b)
{
	return hash_2u64(key, a, b, 2, 4);
}
