/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/ipv4.h"

static const uint8_t good[24] = {
	0x46, 0x10, 0x00, 0x1c, 0x12, 0x34, 0x60, 0x03, 64, 6, 0xab, 0xcd,
	10,   0,    0,    1,    10,   0,    0,    2,    1,  1, 1,    0,
};

static enum sea_ipv4_fault parse_with(size_t at, uint8_t value, size_t len, size_t pkt_len)
{
	uint8_t hdr[sizeof(good)];
	struct sea_ipv4_facts facts;

	memcpy(hdr, good, sizeof(hdr));
	hdr[at] = value;
	return sea_ipv4_parse(hdr, len, pkt_len, &facts);
}

static void facts_come_out_in_host_order(void **state)
{
	struct sea_ipv4_facts f;

	assert_int_equal(sea_ipv4_parse(good, sizeof(good), 100, &f), SEA_IPV4_OK);
	assert_int_equal(f.hdr_len, 24);
	assert_int_equal(f.total_len, 28);
	assert_int_equal(f.id, 0x1234);
	assert_int_equal(f.frag_off, 24);
	assert_true(f.df && f.mf);
	assert_int_equal(f.tos, 0x10);
	assert_int_equal(f.ttl, 64);
	assert_int_equal(f.proto, SEA_IPPROTO_TCP);
	assert_int_equal(sea_be32_get(f.src), 0x0a000001);
	assert_int_equal(sea_be32_get(f.dst), 0x0a000002);
}

static void largest_fragment_offset_does_not_overflow(void **state)
{
	uint8_t hdr[20] = { 0x45, 0, 0, 20, 0, 0, 0x1f, 0xff };
	struct sea_ipv4_facts f;

	assert_int_equal(sea_ipv4_parse(hdr, sizeof(hdr), sizeof(hdr), &f), SEA_IPV4_OK);
	assert_int_equal(f.frag_off, 65528);
	assert_false(f.df || f.mf);
}

static void missing_bytes_are_short(void **state)
{
	for (size_t len = 0; len < 24; len++)
		assert_int_equal(parse_with(0, 0x46, len, 28), SEA_IPV4_SHORT);
	assert_int_equal(parse_with(0, 0x46, 24, 27), SEA_IPV4_SHORT);
	assert_int_equal(parse_with(0, 0x46, 24, 28), SEA_IPV4_OK);
}

static void other_versions_are_refused(void **state)
{
	for (unsigned version = 0; version < 16; version++)
		assert_int_equal(parse_with(0, (uint8_t)(version << 4 | 6), 24, 28),
				 version == 4 ? SEA_IPV4_OK : SEA_IPV4_VERSION);
}

static void header_length_lies_between_20_and_the_total(void **state)
{
	for (unsigned ihl = 0; ihl < 5; ihl++)
		assert_int_equal(parse_with(0, (uint8_t)(0x40 | ihl), 24, 28), SEA_IPV4_IHL);
	assert_int_equal(parse_with(0, 0x48, 24, 28), SEA_IPV4_IHL);
	assert_int_equal(parse_with(3, 23, 24, 28), SEA_IPV4_IHL);
	assert_int_equal(parse_with(3, 0, 24, 28), SEA_IPV4_IHL);
}

/*
 * Echo requests with these options were sent to Linux 6.18: `valid` is whether it took them, or
 * answered with a parameter problem.
 */
static const struct {
	uint8_t opts[12], len;
	bool valid, source_route;
} linux_says[] = {
	{ { 1, 1, 1, 1 }, 4, true, false },
	{ { 0, 0xff, 0xff, 0xff }, 4, true, false },
	{ { 1, 1, 1, 7 }, 4, false, false },
	{ { 7, 0, 0, 0 }, 4, false, false },
	{ { 7, 1, 0, 0 }, 4, false, false },
	{ { 7, 2, 0, 0 }, 4, false, false },
	{ { 7, 3, 4, 0 }, 4, true, false },
	{ { 7, 3, 3, 0 }, 4, false, false },
	{ { 7, 3, 7, 0 }, 4, true, false },
	{ { 7, 7, 4, 0, 0, 0, 0, 0 }, 8, true, false },
	{ { 7, 7, 5, 0, 0, 0, 0, 0 }, 8, false, false },
	{ { 7, 7, 7, 0, 0, 0, 0, 0 }, 8, false, false },
	{ { 7, 7, 8, 0, 0, 0, 0, 0 }, 8, true, false },
	{ { 7, 11, 9, 0 }, 12, false, false },
	{ { 7, 11, 0xff, 0 }, 12, true, false },
	{ { 7, 3, 4, 1, 7, 3, 4, 1 }, 8, false, false },
	{ { 7, 3, 4, 1, 131, 3, 4, 1 }, 8, true, true },
	{ { 131, 3, 4, 1 }, 4, true, true },
	{ { 137, 3, 4, 1 }, 4, true, true },
	{ { 131, 3, 3, 1 }, 4, false, false },
	{ { 131, 3, 0xff, 1 }, 4, true, true },
	{ { 131, 2, 1, 1 }, 4, false, false },
	{ { 131, 7, 5, 0, 10, 9, 0, 1 }, 8, false, false },
	{ { 131, 3, 4, 1, 137, 3, 4, 1 }, 8, false, true },
	{ { 68, 4, 5, 0 }, 4, true, false },
	{ { 68, 4, 4, 0 }, 4, false, false },
	{ { 68, 3, 5, 1 }, 4, false, false },
	{ { 68, 4, 5, 0xf0 }, 4, false, false },
	{ { 68, 4, 5, 0xf3 }, 4, true, false },
	{ { 68, 4, 5, 0, 68, 4, 5, 0 }, 8, false, false },
	{ { 68, 8, 5, 0 }, 8, true, false },
	{ { 68, 8, 6, 0 }, 8, false, false },
	{ { 68, 8, 9, 0xe0 }, 8, true, false },
	{ { 68, 8, 9, 0xf0 }, 8, false, false },
	{ { 68, 8, 5, 1 }, 8, false, false },
	{ { 68, 8, 5, 2 }, 8, true, false },
	{ { 68, 8, 6, 2 }, 8, false, false },
	{ { 68, 8, 5, 3 }, 8, false, false },
	{ { 68, 12, 5, 3, 10, 9, 0, 1 }, 12, true, false },
	{ { 68, 12, 6, 3, 10, 9, 0, 9 }, 12, false, false },
	{ { 68, 12, 9, 1 }, 12, false, false },
	{ { 134, 10, 0, 0 }, 12, false, false },
	{ { 136, 2, 0, 0 }, 4, true, false },
	{ { 148, 4, 0, 0 }, 4, true, false },
	{ { 148, 2, 0, 0 }, 4, false, false },
	{ { 225, 2, 0, 0 }, 4, true, false },
	{ { 225, 1, 0, 0 }, 4, false, false },
	{ { 225, 0, 0, 0 }, 4, false, false },
	{ { 1, 1, 1, 225 }, 4, false, false },
};

/* RFC791:3.1-i */
static void options_are_judged_as_by_linux(void **state)
{
	for (size_t i = 0; i < sizeof(linux_says) / sizeof(linux_says[0]); i++) {
		struct sea_ipv4_opts found;

		assert_int_equal(sea_ipv4_options_parse(linux_says[i].opts, linux_says[i].len,
							&found),
				 linux_says[i].valid);
		assert_int_equal(found.source_route != 0, linux_says[i].source_route);
		assert_int_equal(found.fault == 0, linux_says[i].valid);
	}
}

static void addresses_are_told_apart(void **state)
{
	assert_true(sea_ipv4_is_any(sea_be32_of(0)));
	assert_true(sea_ipv4_is_zeronet(sea_be32_of(0x00010203)));
	assert_true(sea_ipv4_is_loopback(sea_be32_of(0x7f123456)));
	assert_true(sea_ipv4_is_multicast(sea_be32_of(0xe0000000)));
	assert_true(sea_ipv4_is_multicast(sea_be32_of(0xefffffff)));
	assert_false(sea_ipv4_is_multicast(sea_be32_of(0xf0000000)));
	assert_true(sea_ipv4_is_broadcast(sea_be32_of(0xffffffff)));
	assert_true(sea_ipv4_is_linklocal(sea_be32_of(0xa9fe0101)));
	assert_false(sea_ipv4_is_linklocal(sea_be32_of(0xa9ff0101)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_come_out_in_host_order),
		cmocka_unit_test(largest_fragment_offset_does_not_overflow),
		cmocka_unit_test(missing_bytes_are_short),
		cmocka_unit_test(other_versions_are_refused),
		cmocka_unit_test(header_length_lies_between_20_and_the_total),
		cmocka_unit_test(options_are_judged_as_by_linux),
		cmocka_unit_test(addresses_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
