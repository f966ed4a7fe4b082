/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbour discovery's options: which are taken, which are skipped, which spoil the message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/ndp.h"

static const struct sea_mac mac = { { 2, 0, 0, 0, 0, 7 } };
static const uint8_t prefix64[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 2 };

static struct sea_ndp_opt only_opt(const uint8_t *bytes, size_t len)
{
	struct sea_ndp_opt opt;
	size_t at = 0;

	assert_true(sea_ndp_opts_valid(bytes, len));
	assert_true(sea_ndp_opt_next(bytes, len, &at, &opt));
	assert_int_equal(at, len);
	assert_false(sea_ndp_opt_next(bytes, len, &at, &opt));
	return opt;
}

/* -- the list -- */

/* RFC4861:6.1.2-b, anchors case 72 RFC4861:4.6-a */
static void option_of_length_zero_spoils_the_message(void **state)
{
	uint8_t opts[16] = { 1, 1, 2, 3, 4, 5, 6, 7, 200, 0 };

	assert_true(sea_ndp_opts_valid(opts, 8));
	assert_false(sea_ndp_opts_valid(opts, 16));
	opts[9] = 1;
	assert_true(sea_ndp_opts_valid(opts, 16));
}

static void option_beyond_the_message_spoils_it(void **state)
{
	const uint8_t opts[16] = { 1, 3 }, rest[15] = { 1, 1, [8] = 1, [9] = 1 };

	assert_false(sea_ndp_opts_valid(opts, sizeof(opts)));
	for (size_t len = 9; len < 16; len++)
		assert_false(sea_ndp_opts_valid(rest, len));
	assert_true(sea_ndp_opts_valid(rest, 0));
}

/* RFC4861:6.1.2-c */
static void unknown_options_are_skipped(void **state)
{
	uint8_t opts[32] = { 222, 3 };
	struct sea_ndp_once once;

	sea_ndp_put_lladdr(opts + 24, SEA_NDP_OPT_SLLA, &mac);
	assert_true(sea_ndp_opts_valid(opts, sizeof(opts)));
	sea_ndp_once_parse(opts, sizeof(opts), &once);
	assert_true(once.has_slla);
	assert_memory_equal(once.slla.b, mac.b, 6);
	assert_false(once.has_tlla);
	assert_false(once.bad_lladdr);
}

static void first_of_two_link_addresses_counts(void **state)
{
	static const struct sea_mac other = { { 2, 9, 9, 9, 9, 9 } };
	uint8_t opts[16];
	struct sea_ndp_once once;

	sea_ndp_put_lladdr(opts, SEA_NDP_OPT_TLLA, &mac);
	sea_ndp_put_lladdr(opts + 8, SEA_NDP_OPT_TLLA, &other);
	sea_ndp_once_parse(opts, sizeof(opts), &once);
	assert_true(once.has_tlla);
	assert_memory_equal(once.tlla.b, mac.b, 6);
}

static void link_address_of_another_length_is_told(void **state)
{
	const uint8_t opts[16] = { SEA_NDP_OPT_SLLA, 2 };
	struct sea_ndp_once once;

	sea_ndp_once_parse(opts, sizeof(opts), &once);
	assert_true(once.bad_lladdr);
	assert_false(once.has_slla);
}

static void nonce_mtu_and_redirected_header_are_found(void **state)
{
	static const uint8_t nonce[] = { 1, 2, 3, 4, 5, 6 };
	uint8_t opts[32] = { 0 };
	struct sea_ndp_once once;
	size_t at = sea_ndp_put_nonce(opts, nonce);

	at += sea_ndp_put_mtu(opts + at, 1400);
	opts[at] = SEA_NDP_OPT_REDIRECTED;
	opts[at + 1] = 2;
	opts[at + 8] = 0x60;
	sea_ndp_once_parse(opts, at + 16, &once);
	assert_int_equal(once.nonce_len, 6);
	assert_memory_equal(once.nonce, nonce, 6);
	assert_int_equal(once.mtu, 1400);
	assert_int_equal(once.redirected_len, 8);
	assert_int_equal(once.redirected[0], 0x60);
}

/* -- prefixes and routes -- */

static void prefix_survives_the_wire(void **state)
{
	const struct sea_ndp_prefix p = { .prefix_len = 64,
					  .onlink = true,
					  .autonomous = true,
					  .valid_s = 3600,
					  .preferred_s = SEA_NDP_INFINITE };
	struct sea_ndp_prefix in = p, out;
	uint8_t opts[32];
	struct sea_ndp_opt opt;

	memcpy(in.prefix, prefix64, 16);
	assert_int_equal(sea_ndp_put_prefix(opts, &in), 32);
	opt = only_opt(opts, 32);
	assert_true(sea_ndp_prefix_parse(&opt, &out));
	assert_memory_equal(out.prefix, prefix64, 16);
	assert_int_equal(out.prefix_len, 64);
	assert_true(out.onlink && out.autonomous);
	assert_int_equal(out.valid_s, 3600);
	assert_int_equal(out.preferred_s, SEA_NDP_INFINITE);
}

static void prefix_longer_than_an_address_is_refused(void **state)
{
	uint8_t opts[40] = { SEA_NDP_OPT_PREFIX, 4, 129 };
	struct sea_ndp_opt opt = only_opt(opts, 32);
	struct sea_ndp_prefix out;

	assert_false(sea_ndp_prefix_parse(&opt, &out));
	opts[2] = 128;
	assert_true(sea_ndp_prefix_parse(&opt, &out));
	opts[1] = 5;
	opt = only_opt(opts, 40);
	assert_false(sea_ndp_prefix_parse(&opt, &out));
}

static void route_takes_no_more_bytes_than_it_needs(void **state)
{
	static const struct {
		uint8_t prefix_len;
		size_t len;
	} cases[] = { { 0, 8 }, { 1, 16 }, { 64, 16 }, { 65, 24 }, { 128, 24 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sea_ndp_route in = { .prefix_len = cases[i].prefix_len,
					    .pref = SEA_NDP_PREF_LOW,
					    .lifetime_s = 77 },
				     out;
		uint8_t opts[24];
		struct sea_ndp_opt opt;

		if (cases[i].prefix_len >= 64)
			memcpy(in.prefix, prefix64, 16);
		assert_int_equal(sea_ndp_put_route(opts, &in), cases[i].len);
		opt = only_opt(opts, cases[i].len);
		assert_true(sea_ndp_route_parse(&opt, &out));
		assert_int_equal(out.prefix_len, in.prefix_len);
		assert_int_equal(out.pref, SEA_NDP_PREF_LOW);
		assert_int_equal(out.lifetime_s, 77);
		assert_memory_equal(out.prefix, in.prefix, 16);
	}
}

/* RFC4191:2.3-MUST-ignore-reserved-preference */
static void route_that_contradicts_itself_is_refused(void **state)
{
	uint8_t opts[32] = { SEA_NDP_OPT_ROUTE, 2, 65 };
	struct sea_ndp_opt opt = only_opt(opts, 16);
	struct sea_ndp_route out;

	assert_false(sea_ndp_route_parse(&opt, &out)); /* more bits than bytes */
	opts[2] = 64;
	assert_true(sea_ndp_route_parse(&opt, &out));
	opts[3] = 0x10;
	assert_false(sea_ndp_route_parse(&opt, &out)); /* reserved preference */
	opts[3] = 0x08;
	assert_true(sea_ndp_route_parse(&opt, &out));
	assert_int_equal(out.pref, SEA_NDP_PREF_HIGH);
	opts[1] = 4;
	opt = only_opt(opts, 32);
	assert_false(sea_ndp_route_parse(&opt, &out));
}

static void bits_behind_a_route_are_cleared(void **state)
{
	const uint8_t opts[16] = { SEA_NDP_OPT_ROUTE,
				   2,
				   12,
				   0,
				   0,
				   0,
				   0,
				   9,
				   0x20,
				   0xff,
				   0xff,
				   0xff,
				   0xff,
				   0xff,
				   0xff,
				   0xff };
	const uint8_t want[16] = { 0x20, 0xf0 };
	struct sea_ndp_opt opt = only_opt(opts, 16);
	struct sea_ndp_route out;

	assert_true(sea_ndp_route_parse(&opt, &out));
	assert_memory_equal(out.prefix, want, 16);
}

/* -- names -- */

/* anchors case 70 */
static void rdnss_of_even_length_is_refused(void **state)
{
	uint8_t opts[56] = { SEA_NDP_OPT_RDNSS, 3, 0, 0, 0, 0, 1, 0 };
	struct sea_ndp_rdnss out;
	struct sea_ndp_opt opt = only_opt(opts, 24);

	assert_true(sea_ndp_rdnss_parse(&opt, &out));
	assert_int_equal(out.n, 1);
	assert_int_equal(out.lifetime_s, 256);
	assert_ptr_equal(out.addrs, opts + 8);
	for (uint8_t units = 1; units <= 7; units++) {
		opts[1] = units;
		opt = only_opt(opts, units * 8u);
		assert_int_equal(sea_ndp_rdnss_parse(&opt, &out), units >= 3 && units % 2);
	}
	assert_int_equal(out.n, 3);
}

static struct sea_ndp_dnssl dnssl_of(const char *names, size_t len)
{
	return (struct sea_ndp_dnssl){ .names = (const uint8_t *)names, .len = (uint16_t)len };
}

static void domains_are_read_one_by_one(void **state)
{
	static const char names[] = "\7example\3com\0\1a\0\0\0\0";
	struct sea_ndp_dnssl d = dnssl_of(names, sizeof(names) - 1);
	char text[SEA_NDP_DOMAIN_MAX];
	size_t at = 0;

	assert_true(sea_ndp_domain_next(&d, &at, text));
	assert_string_equal(text, "example.com");
	assert_true(sea_ndp_domain_next(&d, &at, text));
	assert_string_equal(text, "a");
	assert_false(sea_ndp_domain_next(&d, &at, text));
}

static void domain_that_is_none_ends_the_list(void **state)
{
	static const char *const bad[] = { "\7example\3com", "\300\014\0\0", "\4a b\0\0",
					   "\3a.b\0",        "\77a\0",       "\1\n\0" };
	char text[SEA_NDP_DOMAIN_MAX];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sea_ndp_dnssl d = dnssl_of(bad[i], i ? 4 : 12);
		size_t at = 0;

		assert_false(sea_ndp_domain_next(&d, &at, text));
	}
}

static void domain_of_more_than_253_characters_is_refused(void **state)
{
	char text[SEA_NDP_DOMAIN_MAX], names[300];
	size_t at = 0, len = 0;
	struct sea_ndp_dnssl d;

	for (unsigned i = 0; i < 4; i++) { /* 63 + 1 + 63 + 1 + 63 + 1 + 61 = 253 */
		uint8_t n = i < 3 ? 63 : 61;

		names[len++] = (char)n;
		memset(names + len, 'x', n);
		len += n;
	}
	names[len++] = 0;
	d = dnssl_of(names, len);
	assert_true(sea_ndp_domain_next(&d, &at, text));
	assert_int_equal(strlen(text), 253);
	names[len - 63] = 62;
	names[len - 1] = 'x';
	names[len++] = 0;
	d = dnssl_of(names, len);
	at = 0;
	assert_false(sea_ndp_domain_next(&d, &at, text));
}

/* -- addresses -- */

/* RFC4291:2.7.1-MUST-solicited-node */
static void solicited_node_group_has_the_last_24_bits(void **state)
{
	const uint8_t addr[16] = { 0xfe, 0x80, [13] = 0xaa, 0xbb, 0xcc };
	const uint8_t want[16] = { 0xff, 2, [11] = 1, [12] = 0xff, 0xaa, 0xbb, 0xcc };
	const struct sea_mac want_mac = { { 0x33, 0x33, 0xff, 0xaa, 0xbb, 0xcc } };
	uint8_t group[16];
	struct sea_mac m;

	sea_ndp_solicited_node(addr, group);
	assert_memory_equal(group, want, 16);
	m = sea_ndp_multicast_mac(group);
	assert_memory_equal(m.b, want_mac.b, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(option_of_length_zero_spoils_the_message),
		cmocka_unit_test(option_beyond_the_message_spoils_it),
		cmocka_unit_test(unknown_options_are_skipped),
		cmocka_unit_test(first_of_two_link_addresses_counts),
		cmocka_unit_test(link_address_of_another_length_is_told),
		cmocka_unit_test(nonce_mtu_and_redirected_header_are_found),
		cmocka_unit_test(prefix_survives_the_wire),
		cmocka_unit_test(prefix_longer_than_an_address_is_refused),
		cmocka_unit_test(route_takes_no_more_bytes_than_it_needs),
		cmocka_unit_test(route_that_contradicts_itself_is_refused),
		cmocka_unit_test(bits_behind_a_route_are_cleared),
		cmocka_unit_test(rdnss_of_even_length_is_refused),
		cmocka_unit_test(domains_are_read_one_by_one),
		cmocka_unit_test(domain_that_is_none_ends_the_list),
		cmocka_unit_test(domain_of_more_than_253_characters_is_refused),
		cmocka_unit_test(solicited_node_group_has_the_last_24_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
