/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/checksum.h"
#include "core/rng.h"
#include "wire/bytes.h"

enum { LEN_MAX = 2100, ALIGN_MAX = 64 };

/* As RFC 1071 describes it: 16 bits at a time, of host order, folded at the end. */
static uint16_t naive(const uint8_t *p, size_t len, uint32_t sum)
{
	uint64_t wide = (sum & 0xffff) + (sum >> 16);

	for (; len > 1; len -= 2, p += 2)
		wide += sea_csum_get(p);
	if (len > 0)
		wide += sea_csum_get((const uint8_t[2]){ *p, 0 });
	while (wide >> 16)
		wide = (wide & 0xffff) + (wide >> 16);
	return (uint16_t)wide;
}

/* The last byte of `block` is the last of its allocation: a sanitizer sees what reads beyond. */
static void check_length(const uint8_t *block, size_t len, uint32_t sum)
{
	for (size_t align = 0; align < ALIGN_MAX; align++) {
		uint8_t *copy = malloc(align + len + 1);
		uint32_t got;

		assert_non_null(copy);
		memcpy(copy + align, block + align, len);
		got = sea_csum_scalar(copy + align, len, sum);
		if (sea_csum_fold(got) != naive(copy + align, len, sum))
			fail_msg("scalar: length %zu, alignment %zu", len, align);
		if (sea_csum_avx2_usable() && sea_csum_avx2(copy + align, len, sum) != got)
			fail_msg("avx2: length %zu, alignment %zu", len, align);
		free(copy);
	}
}

static void all_implementations_agree_on_random_bytes(void **state)
{
	static uint8_t block[ALIGN_MAX + LEN_MAX];
	struct sea_jitter jitter;

	sea_jitter_init(&jitter, 1);
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (uint8_t)sea_jitter_u64(&jitter);
	for (size_t len = 0; len <= LEN_MAX; len++)
		check_length(block, len, (uint32_t)sea_jitter_u64(&jitter));
}

static void a_header_sums_up_to_the_same(void **state)
{
	struct sea_jitter jitter;
	uint8_t bytes[61];

	sea_jitter_init(&jitter, 2);
	for (unsigned i = 0; i < 10000; i++) {
		uint32_t len = 20 + i % 11 * 4;

		for (unsigned k = 0; k < sizeof(bytes); k++)
			bytes[k] = i % 3 ? (uint8_t)sea_jitter_u64(&jitter) : 0xff;
		assert_int_equal(sea_csum_fold(sea_csum_ipv4(bytes + 1, len)),
				 sea_csum_fold(sea_csum_scalar(bytes + 1, len, 0)));
	}
}

static void a_header_is_right_with_its_field_and_wrong_with_any_other(void **state)
{
	struct sea_jitter jitter;
	uint8_t hdr[60];

	sea_jitter_init(&jitter, 3);
	for (unsigned i = 0; i < 10000; i++) {
		uint32_t len = 20 + i % 11 * 4;
		uint16_t field;

		for (unsigned k = 0; k < len; k++)
			hdr[k] = i % 3 ? (uint8_t)sea_jitter_u64(&jitter) : 0xff;
		hdr[0] = 0x45;
		sea_csum_put(hdr + 10, 0);
		field = (uint16_t)~sea_csum_fold(sea_csum_scalar(hdr, len, 0));
		sea_csum_put(hdr + 10, field);
		assert_true(sea_csum_ipv4_right(hdr, len));
		sea_csum_put(hdr + 10, (uint16_t)(field ^ 1u << i % 16));
		assert_false(sea_csum_ipv4_right(hdr, len));
	}
}

static void all_implementations_agree_on_ones(void **state)
{
	static uint8_t block[ALIGN_MAX + LEN_MAX];

	memset(block, 0xff, sizeof(block));
	for (size_t len = 0; len <= LEN_MAX; len++)
		check_length(block, len, 0xffffffff);
	for (size_t len = 0; len <= LEN_MAX; len += 7)
		check_length(block, len, 0);
}

static void zeros_sum_up_to_zero(void **state)
{
	static const uint8_t zeros[LEN_MAX];

	for (size_t len = 0; len <= LEN_MAX; len++) {
		assert_int_equal(sea_csum_scalar(zeros, len, 0), 0);
		assert_int_equal(sea_csum_avx2_usable() ? sea_csum_avx2(zeros, len, 0) : 0, 0);
	}
}

static void super_segments_do_not_overflow(void **state)
{
	static uint8_t ones[65536];
	uint32_t sum;

	memset(ones, 0xff, sizeof(ones));
	sum = sea_csum_scalar(ones, sizeof(ones), 0xffffffff);
	assert_int_equal(sea_csum_fold(sum), 0xffff);
	assert_true(!sea_csum_avx2_usable() ||
		    sea_csum_avx2(ones, sizeof(ones), 0xffffffff) == sum);
}

/* RFC1071:3 */
static void example_of_the_rfc_comes_out(void **state)
{
	static const uint8_t data[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };
	uint8_t folded[2];

	sea_csum_put(folded, sea_csum_fold(sea_csum_scalar(data, sizeof(data), 0)));
	assert_int_equal(folded[0] << 8 | folded[1], 0xddf2);
}

static void parts_may_be_summed_up_apart(void **state)
{
	uint8_t data[101];
	uint32_t whole;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 37 + 5);
	whole = sea_csum_scalar(data, sizeof(data), 0);
	for (size_t cut = 0; cut <= sizeof(data); cut++) {
		uint32_t head = sea_csum_scalar(data, cut, 0);
		uint32_t tail = sea_csum_scalar(data + cut, sizeof(data) - cut, 0);

		if (cut % 2)
			tail = sea_csum_odd(tail);
		assert_int_equal(sea_csum_fold(sea_csum_add(head, tail)), sea_csum_fold(whole));
		if (cut > 0)
			assert_int_equal(sea_csum_fold(sea_csum_sub(whole, tail)),
					 sea_csum_fold(head));
	}
}

/* "hello" from 10.0.0.1:40001 to 10.0.0.2:5353 as Linux sent it. */
static void pseudo_header_of_ipv4_is_that_of_udp(void **state)
{
	static const uint8_t src[4] = { 10, 0, 0, 1 }, dst[4] = { 10, 0, 0, 2 };
	uint8_t udp[13] = { 0x9c, 0x41, 0x14, 0xe9, 0, 0x0d, 0xf6, 0xd4, 'h', 'e', 'l', 'l', 'o' };
	uint32_t pseudo = sea_csum_pseudo4(src, dst, 17, sizeof(udp));

	assert_int_equal(sea_csum_fold(sea_csum_scalar(udp, sizeof(udp), pseudo)), 0xffff);
	sea_csum_put(udp + 6, 0);
	sea_csum_put(udp + 6, (uint16_t)~sea_csum_fold(sea_csum_scalar(udp, sizeof(udp), pseudo)));
	assert_int_equal(udp[6] << 8 | udp[7], 0xf6d4);
}

static void pseudo_headers_are_sums_of_their_bytes(void **state)
{
	static const uint32_t lens[] = { 0, 20, 1408, 65535, 0x12345678, 0xffffffff };
	uint8_t bytes[40];

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		for (size_t k = 0; k < 32; k++)
			bytes[k] = (uint8_t)(k * 71 + 200);
		sea_put32(bytes + 32, lens[i]);
		sea_put32(bytes + 36, 58);
		assert_int_equal(sea_csum_fold(sea_csum_pseudo6(bytes, bytes + 16, 58, lens[i])),
				 naive(bytes, sizeof(bytes), 0));
		sea_put32(bytes + 8, lens[i]);
		sea_put32(bytes + 12, 6);
		assert_int_equal(sea_csum_fold(sea_csum_pseudo4(bytes, bytes + 4, 6, lens[i])),
				 naive(bytes, 16, 0));
	}
}

static uint16_t field_of(const uint8_t *data, size_t len)
{
	return (uint16_t)~naive(data, len, 0);
}

/* RFC1624:3 */
static void updated_fields_are_those_of_the_changed_data(void **state)
{
	struct sea_jitter jitter;

	sea_jitter_init(&jitter, 2);
	for (int i = 0; i < 20000; i++) {
		uint64_t data[3] = { sea_jitter_u64(&jitter), sea_jitter_u64(&jitter), 1 };
		uint8_t *bytes = (uint8_t *)data;
		uint16_t field = field_of(bytes, 24), from16 = sea_csum_get(bytes + 2), to16;
		uint32_t from32, to32 = (uint32_t)sea_jitter_u64(&jitter);

		to16 = (uint16_t)(i & 1 ? 0xffff : to32);
		sea_csum_put(bytes + 2, to16);
		field = sea_csum_update16(field, from16, to16);
		assert_int_equal(field, field_of(bytes, 24));

		memcpy(&from32, bytes + 8, 4);
		memcpy(bytes + 8, &to32, 4);
		field = sea_csum_update32(field, from32, to32);
		assert_int_equal(field, field_of(bytes, 24));
	}
}

/* RFC1624:4 the example where eqn. 4 of RFC 1141 would give 0xffff */
static void update_gives_the_zero_that_a_new_sum_would(void **state)
{
	assert_int_equal(sea_csum_update16(0xdd2f, 0x5555, 0x3285), 0x0000);
}

static void updates_work_in_host_order_too(void **state)
{
	const uint16_t field = 0x1234, from = 0x4006, to = 0x3f06;
	uint16_t swapped = sea_csum_update16(__builtin_bswap16(field), __builtin_bswap16(from),
					     __builtin_bswap16(to));

	assert_int_equal(__builtin_bswap16(swapped), sea_csum_update16(field, from, to));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_implementations_agree_on_random_bytes),
		cmocka_unit_test(a_header_sums_up_to_the_same),
		cmocka_unit_test(a_header_is_right_with_its_field_and_wrong_with_any_other),
		cmocka_unit_test(all_implementations_agree_on_ones),
		cmocka_unit_test(zeros_sum_up_to_zero),
		cmocka_unit_test(super_segments_do_not_overflow),
		cmocka_unit_test(example_of_the_rfc_comes_out),
		cmocka_unit_test(parts_may_be_summed_up_apart),
		cmocka_unit_test(pseudo_header_of_ipv4_is_that_of_udp),
		cmocka_unit_test(pseudo_headers_are_sums_of_their_bytes),
		cmocka_unit_test(updated_fields_are_those_of_the_changed_data),
		cmocka_unit_test(update_gives_the_zero_that_a_new_sum_would),
		cmocka_unit_test(updates_work_in_host_order_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
