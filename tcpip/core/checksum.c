/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Internet checksum without special instructions. Adding 64 bits at a time with the carry put
 * back in at the bottom gives the same ones'-complement sum as adding 16, for 2^64 - 1 is a multiple
 * of 2^16 - 1; four sums side by side keep the adders busy.
 */
#include "core/checksum.h"

#include <string.h>

static uint64_t load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t add64(uint64_t a, uint64_t b)
{
	a += b;
	return a + (a < b);
}

static uint32_t fold64(uint64_t sum)
{
	return sea_csum_add((uint32_t)sum, (uint32_t)(sum >> 32));
}

/* The last 0 to 3 bytes, in the place that they have in memory, zeroes behind them. */
static uint32_t load_tail(const uint8_t *p, size_t len)
{
	uint8_t word[4] = { 0 };

	if (len & 2)
		memcpy(word, p, 2);
	if (len & 1)
		word[len - 1] = p[len - 1];
	return sea_csum_load32(word);
}

/* Fewer than 32 bytes, most often a header. */
static uint64_t add_rest(const uint8_t *p, size_t len, uint64_t sum)
{
	if (len & 16) {
		sum = add64(add64(sum, load64(p)), load64(p + 8));
		p += 16;
	}
	if (len & 8) {
		sum = add64(sum, load64(p));
		p += 8;
	}
	if (len & 4) {
		sum = add64(sum, sea_csum_load32(p));
		p += 4;
	}
	if (len & 3)
		sum = add64(sum, load_tail(p, len & 3));
	return sum;
}

uint32_t sea_csum_scalar(const void *data, size_t len, uint32_t sum)
{
	const uint8_t *p = data;
	uint64_t a = sum, b = 0, c = 0, d = 0;

	for (; len >= 32; len -= 32, p += 32) {
		a = add64(a, load64(p));
		b = add64(b, load64(p + 8));
		c = add64(c, load64(p + 16));
		d = add64(d, load64(p + 24));
	}
	return fold64(add_rest(p, len, add64(add64(a, b), add64(c, d))));
}

uint32_t sea_csum_pseudo6(const uint8_t src[16], const uint8_t dst[16], uint8_t proto, uint32_t len)
{
	uint64_t sum =
		add64(add64(load64(src), load64(src + 8)), add64(load64(dst), load64(dst + 8)));

	return fold64(add64(sum, sea_csum_value(proto) + sea_csum_value(len)));
}

/* RFC 1624 eqn. 3: HC' = ~(~HC + ~m + m'). */
uint16_t sea_csum_update16(uint16_t field, uint16_t from, uint16_t to)
{
	uint32_t sum = (uint32_t)(uint16_t)~field + (uint16_t)~from + to;

	return (uint16_t)~sea_csum_fold(sum);
}

uint16_t sea_csum_update32(uint16_t field, uint32_t from, uint32_t to)
{
	uint32_t sum = (uint32_t)(uint16_t)~field;

	sum = sea_csum_add(sea_csum_add(sum, ~from), to);
	return (uint16_t)~sea_csum_fold(sum);
}
