/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Internet checksum 32 bytes at a time. Lanes of 64 bits add up whole words and drop the carries,
 * and beside that the words' upper halves, which cannot overflow; the lower halves are what remains.
 * That is three instructions for 32 bytes, where widening both halves takes four.
 */
#include "core/checksum.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

struct lanes {
	__m256i all, upper;
};

AVX2 static inline void add_lanes(struct lanes *sum, const uint8_t *p)
{
	__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);

	sum->all = _mm256_add_epi64(sum->all, v);
	sum->upper = _mm256_add_epi64(sum->upper, _mm256_srli_epi64(v, 32));
}

AVX2 static inline uint64_t add_across(__m256i v)
{
	__m128i half = _mm_add_epi64(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));

	return (uint64_t)_mm_cvtsi128_si64(half) + (uint64_t)_mm_extract_epi64(half, 1);
}

/* Both sums are exact as long as less than 2^32 words are added: 32 GiB. */
AVX2 static inline uint32_t fold_lanes(const struct lanes *a, const struct lanes *b, uint32_t sum)
{
	uint64_t upper = add_across(_mm256_add_epi64(a->upper, b->upper));
	uint64_t lower = add_across(_mm256_add_epi64(a->all, b->all)) - (upper << 32);

	sum = sea_csum_add(sum, sea_csum_add((uint32_t)upper, (uint32_t)(upper >> 32)));
	return sea_csum_add(sum, sea_csum_add((uint32_t)lower, (uint32_t)(lower >> 32)));
}

AVX2 uint32_t sea_csum_avx2(const void *data, size_t len, uint32_t sum)
{
	const uint8_t *p = data;
	struct lanes a = { _mm256_setzero_si256(), _mm256_setzero_si256() }, b = a;

	if (len < 64)
		return sea_csum_scalar(data, len, sum);
	for (; len >= 128; len -= 128, p += 128) {
		add_lanes(&a, p);
		add_lanes(&b, p + 32);
		add_lanes(&a, p + 64);
		add_lanes(&b, p + 96);
	}
	for (; len >= 32; len -= 32, p += 32)
		add_lanes(&a, p);
	sum = fold_lanes(&a, &b, sum);
	return len > 0 ? sea_csum_scalar(p, len, sum) : sum;
}

bool sea_csum_avx2_usable(void)
{
	return __builtin_cpu_supports("avx2");
}

#else

uint32_t sea_csum_avx2(const void *data, size_t len, uint32_t sum)
{
	return sea_csum_scalar(data, len, sum);
}

bool sea_csum_avx2_usable(void)
{
	return false;
}

#endif
