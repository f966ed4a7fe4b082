/* SPDX-License-Identifier: Apache-2.0 */
/* Decides how a leaf of the index is written and read. */
#include "ip/lpm_leaf.h"

#include <stddef.h>
#include <string.h>

#define NARROW_BITS 31u /* and the one behind them */

struct head {
	uint8_t n, wide, id_bytes, unused;
};

static size_t keys_at(bool wide)
{
	return wide ? sizeof(uint64_t) : sizeof(struct head);
}

static size_t key_size(bool wide)
{
	return wide ? sizeof(uint64_t) : sizeof(uint32_t);
}

/* -- collecting -- */

struct collect {
	struct lpm_walk walk;
	struct lpm_prefixes *to;
};

static bool is_shorter(uint64_t key, uint64_t than)
{
	return (key & -key) > (than & -than);
}

/* In its place: longest first. */
static bool collect(struct lpm_walk *walk, uint64_t rel, unsigned len, uint32_t found)
{
	struct lpm_prefixes *to = ((struct collect *)walk)->to;
	uint64_t key = rel | UINT64_C(1) << (63 - len);
	unsigned i = to->n;

	if (to->n == LPM_LEAF_MAX)
		return false;
	for (; i && is_shorter(to->key[i - 1], key); i--) {
		to->key[i] = to->key[i - 1];
		to->id[i] = to->id[i - 1];
	}
	to->key[i] = key;
	to->id[i] = found;
	to->n++;
	to->id_max = found > to->id_max ? found : to->id_max;
	to->len_max = len > to->len_max ? len : to->len_max;
	return true;
}

bool sea_lpm_leaf_collect(const struct sea_lpm *lpm, const struct lpm_key *k, unsigned len,
			  struct lpm_prefixes *to)
{
	struct collect c = { .walk = { .below = *k,
				       .below_len = len,
				       .len_max = 128,
				       .base = len,
				       .each = collect },
			     .to = to };

	to->n = to->id_max = to->len_max = 0;
	return sea_lpm_walk(lpm, &c.walk);
}

/* -- writing -- */

static bool is_wide(const struct lpm_prefixes *from)
{
	return from->len_max > NARROW_BITS;
}

static uint8_t id_bytes(uint32_t id_max)
{
	return id_max <= UINT8_MAX ? 1 : id_max <= UINT16_MAX ? 2 : 4;
}

unsigned sea_lpm_leaf_lines(const struct lpm_prefixes *from)
{
	bool wide = is_wide(from);
	size_t size = keys_at(wide) + from->n * (key_size(wide) + id_bytes(from->id_max));

	return (unsigned)((size + 63) / 64);
}

void sea_lpm_leaf_write(const struct lpm_prefixes *from, void *leaf)
{
	struct head head = { .n = (uint8_t)from->n,
			     .wide = is_wide(from),
			     .id_bytes = id_bytes(from->id_max) };
	unsigned char *at = (unsigned char *)leaf + keys_at(head.wide);

	memcpy(leaf, &head, sizeof(head));
	for (unsigned i = 0; i < from->n; i++, at += key_size(head.wide)) {
		uint32_t narrow = (uint32_t)(from->key[i] >> 32);

		if (head.wide)
			memcpy(at, &from->key[i], sizeof(from->key[i]));
		else
			memcpy(at, &narrow, sizeof(narrow));
	}
	for (unsigned i = 0; i < from->n; i++, at += head.id_bytes) {
		uint16_t half = (uint16_t)from->id[i];

		if (head.id_bytes == 1)
			*at = (unsigned char)half;
		else if (head.id_bytes == 2)
			memcpy(at, &half, sizeof(half));
		else
			memcpy(at, &from->id[i], sizeof(from->id[i]));
	}
}

/* -- reading -- */

typedef uint32_t four_keys __attribute__((vector_size(16)));

/*
 * All ones where a key covers it: its last one stands where the bits begin that need not be equal. (To ask whether
 * none of the others differ is all that SSE2 can.)
 */
static inline four_keys covering(const uint32_t *keys, uint32_t bits)
{
	four_keys k, last;

	memcpy(&k, keys, sizeof(k));
	last = k & -k;
	return (four_keys)(((k ^ bits) & -(last + last)) == 0);
}

#ifdef __SSE2__

typedef int four_ints __attribute__((vector_size(16)));
typedef short eight_shorts __attribute__((vector_size(16)));

/* Which of the sixteen in a line, as bits. */
static inline uint32_t covering_in_line(const uint32_t *keys, uint32_t bits)
{
	eight_shorts low = __builtin_ia32_packssdw128((four_ints)covering(keys, bits),
						      (four_ints)covering(keys + 4, bits));
	eight_shorts high = __builtin_ia32_packssdw128((four_ints)covering(keys + 8, bits),
						       (four_ints)covering(keys + 12, bits));

	return (uint32_t)__builtin_ia32_pmovmskb128(__builtin_ia32_packsswb128(low, high));
}

#else

static inline uint32_t covering_in_line(const uint32_t *keys, uint32_t bits)
{
	uint32_t all = 0;

	for (unsigned i = 0; i < 16; i += 4) {
		four_keys c = covering(keys + i, bits);

		all |= ((c[0] & 1) | (c[1] & 2) | (c[2] & 4) | (c[3] & 8)) << i;
	}
	return all;
}

#endif

/*
 * All lines of the leaf, the head and ids among them as if they were keys, since what is there to be asked is known before
 * they are in the cache: so lookups do not wait for each other. The first is the longest.
 */
static inline unsigned find_narrow(const void *leaf, unsigned n_lines, uint32_t bits)
{
	const uint32_t *keys = leaf;
	uint64_t all = 0;

	for (unsigned i = 0; i < n_lines; i++)
		all |= (uint64_t)covering_in_line(keys + 16 * i, bits) << 16 * i;
	all &= ~UINT64_C(1); /* the head */
	return all ? (unsigned)__builtin_ctzll(all) - 1 : UINT32_MAX;
}

static unsigned find_wide(const uint64_t *keys, unsigned n, uint64_t bits)
{
	unsigned i = 0;

	while (i < n && (keys[i] ^ bits) >= (keys[i] & -keys[i]) << 1)
		i++;
	return i;
}

static uint32_t id_of(const unsigned char *ids, uint8_t size, unsigned i)
{
	uint16_t half;
	uint32_t word;

	if (size == 1)
		return ids[i];
	if (size == 2) {
		memcpy(&half, ids + 2 * i, sizeof(half));
		return half;
	}
	memcpy(&word, ids + 4 * i, sizeof(word));
	return word;
}

bool sea_lpm_leaf_find(const void *leaf, unsigned n_lines, uint64_t bits, uint32_t *id)
{
	const struct head *head = leaf;
	const unsigned char *keys = (const unsigned char *)leaf + keys_at(head->wide);
	unsigned n = head->n, i;

	i = head->wide ? find_wide((const uint64_t *)(const void *)keys, n, bits)
		       : find_narrow(leaf, n_lines, (uint32_t)(bits >> 32));
	if (i >= n)
		return false;
	*id = id_of(keys + n * key_size(head->wide), head->id_bytes, i);
	return true;
}
