/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <seastack/addr.h>

#include "core/rng.h"

static void check_text(const char *in, const char *want)
{
	char text[SEA_ADDR_TEXT_MAX];
	struct sea_addr addr;

	if (!sea_addr_parse(in, &addr))
		fail_msg("%s is refused", in);
	assert_string_equal(sea_addr_text(&addr, text), want);
}

static void check_refused(const char *in)
{
	struct sea_addr addr = { .family = 99 };

	if (sea_addr_parse(in, &addr))
		fail_msg("%s is taken", in);
	assert_int_equal(addr.family, 99);
}

static void ipv4_addresses_are_four_decimal_bytes(void **state)
{
	struct sea_addr addr;

	check_text("0.0.0.0", "0.0.0.0");
	check_text("192.0.2.1", "192.0.2.1");
	check_text("255.255.255.255", "255.255.255.255");
	assert_true(sea_addr_parse("10.1.2.3", &addr));
	assert_int_equal(addr.family, SEA_AF_INET);
	assert_memory_equal(addr.b, ((uint8_t[16]){ 10, 1, 2, 3 }), 16);
}

static void what_inet_aton_would_guess_at_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"1",
		"1.2",
		"1.2.3",
		"1.2.3.",
		"1.2.3.4.",
		"1.2.3.4.5",
		"01.2.3.4",
		"1.2.3.04",
		"1.2.3.256",
		"1.2.3.-4",
		"+1.2.3.4",
		"0x1.2.3.4",
		" 1.2.3.4",
		"1.2.3.4 ",
		"1..2.3",
		".1.2.3.4",
		"1.2.3.4/24",
		"1.2.3.4a",
		"1.2.3.4294967297",
		"1.2.3.99999999999999999999",
		"a.b.c.d",
		"/",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check_refused(texts[i]);
}

/* RFC5952:4 */
static void ipv6_addresses_have_one_text(void **state)
{
	check_text("2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1");
	check_text("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1");
	check_text("2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1");
	check_text("2001:0:0:1:0:0:0:1", "2001:0:0:1::1");
	check_text("2001:DB8:AAAA:BBBB:CCCC:DDDD:EEEE:AAAA",
		   "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa");
	check_text("::", "::");
	check_text("::1", "::1");
	check_text("1::", "1::");
	check_text("0:0:0:0:0:0:0:0", "::");
	check_text("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0");
	check_text("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8");
	check_text("1:0:0:2:0:0:3:4", "1::2:0:0:3:4");
	check_text("fe80::ff:fe00:1", "fe80::ff:fe00:1");
}

/* RFC5952:5 */
static void mapped_addresses_show_their_ipv4_part(void **state)
{
	check_text("::ffff:192.0.2.1", "::ffff:192.0.2.1");
	check_text("::ffff:c000:201", "::ffff:192.0.2.1");
	check_text("64:ff9b::192.0.2.33", "64:ff9b::c000:221");
	check_text("1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:708:90a");
}

static void malformed_ipv6_addresses_are_refused(void **state)
{
	static const char *const texts[] = {
		":",
		":::",
		"1",
		"1:",
		":1",
		"1::2::3",
		"1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9",
		"1:2:3:4::5:6:7:8",
		"1:2:3:4:5:6:7:8::",
		"::1:2:3:4:5:6:7:8",
		"12345::",
		"g::",
		"1:2:3:4:5:6:7:",
		":1:2:3:4:5:6:7:8",
		"::1.2.3",
		"::1.2.3.4:5",
		"1.2.3.4::",
		"1:2:3:4:5:6:7:1.2.3.4",
		"::1%eth0",
		"::1 ",
		"::/64",
		"[::1]",
		"::1:",
		"1:::2",
		"::1.2.3.256",
		"::00001",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check_refused(texts[i]);
}

/* Texts that are nearly addresses, judged by the C library as well. */
static void random_texts_are_judged_as_by_inet_pton(void **state)
{
	static const char alphabet[] = "0123456789abcdefF::::::....g";
	struct sea_jitter jitter;
	unsigned taken = 0;

	sea_jitter_init(&jitter, 3);
	for (int i = 0; i < 300000; i++) {
		size_t len = sea_jitter_below(&jitter, 24);
		bool v6 = i & 1;
		char text[32];
		uint8_t want[16] = { 0 };
		struct sea_addr got;
		bool ok;

		for (size_t k = 0; k < len; k++)
			text[k] = v6 ? alphabet[sea_jitter_below(&jitter, sizeof(alphabet) - 1)]
				     : "012345......"[sea_jitter_below(&jitter, 12)];
		text[len] = '\0';
		ok = inet_pton(strchr(text, ':') ? AF_INET6 : AF_INET, text, want) == 1;
		if (sea_addr_parse(text, &got) != ok)
			fail_msg("%s", text);
		if (ok)
			assert_memory_equal(got.b, want, 16);
		taken += ok;
	}
	assert_true(taken > 100);
}

static void random_addresses_survive_being_written_and_read(void **state)
{
	struct sea_jitter jitter;

	sea_jitter_init(&jitter, 4);
	for (int i = 0; i < 100000; i++) {
		struct sea_addr addr = { .family = i & 1 ? SEA_AF_INET : SEA_AF_INET6 }, got;
		char text[SEA_ADDR_TEXT_MAX], libc[SEA_ADDR_TEXT_MAX];

		for (int k = 0; k < (i & 1 ? 4 : 16); k += 2) {
			uint64_t draw = sea_jitter_u64(&jitter);

			addr.b[k] = draw & 3 ? 0 : (uint8_t)(draw >> 8);
			addr.b[k + 1] = draw & 0xc ? 0 : (uint8_t)(draw >> 16);
		}
		sea_addr_text(&addr, text);
		assert_true(sea_addr_parse(text, &got));
		assert_memory_equal(&got, &addr, sizeof(addr));
		assert_non_null(inet_ntop(addr.family, addr.b, libc, sizeof(libc)));
		if (!strchr(libc, '.') || addr.family == SEA_AF_INET)
			assert_string_equal(text, libc);
	}
}

static void longest_texts_fit(void **state)
{
	struct sea_addr addr = { .family = SEA_AF_INET6 };
	char text[SEA_ADDR_TEXT_MAX];

	memset(addr.b, 0xff, sizeof(addr.b));
	assert_string_equal(sea_addr_text(&addr, text), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	addr.family = 0;
	assert_string_equal(sea_addr_text(&addr, text), "none");
}

static void prefixes_are_an_address_and_a_length(void **state)
{
	struct sea_addr addr;
	uint8_t len = 0;

	assert_true(sea_addr_parse_prefix("192.0.2.7/24", &addr, &len));
	assert_int_equal(len, 24);
	assert_int_equal(addr.b[3], 7);
	assert_true(sea_addr_parse_prefix("192.0.2.7", &addr, &len));
	assert_int_equal(len, 32);
	assert_true(sea_addr_parse_prefix("0.0.0.0/0", &addr, &len));
	assert_int_equal(len, 0);
	assert_true(sea_addr_parse_prefix("2001:db8::/32", &addr, &len));
	assert_int_equal(len, 32);
	assert_true(sea_addr_parse_prefix("::/128", &addr, &len));
	assert_int_equal(len, 128);
	assert_true(sea_addr_parse_prefix("::ffff:1.2.3.4", &addr, &len));
	assert_int_equal(len, 128);
}

static void malformed_prefixes_are_refused(void **state)
{
	static const char *const texts[] = {
		"192.0.2.0/",
		"192.0.2.0/33",
		"192.0.2.0/-1",
		"192.0.2.0/024",
		"192.0.2.0/24 ",
		"192.0.2.0/2/4",
		"192.0.2/24",
		"/24",
		"::/129",
		"::/",
		"2001:db8/32",
		"192.0.2.0/0x8",
		"192.0.2.0/99999999999",
		"192.0.2.0/255.255.255.0",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct sea_addr addr = { .family = 99 };
		uint8_t len = 77;

		if (sea_addr_parse_prefix(texts[i], &addr, &len))
			fail_msg("%s is taken", texts[i]);
		assert_int_equal(addr.family, 99);
		assert_int_equal(len, 77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_addresses_are_four_decimal_bytes),
		cmocka_unit_test(what_inet_aton_would_guess_at_is_refused),
		cmocka_unit_test(ipv6_addresses_have_one_text),
		cmocka_unit_test(mapped_addresses_show_their_ipv4_part),
		cmocka_unit_test(malformed_ipv6_addresses_are_refused),
		cmocka_unit_test(random_texts_are_judged_as_by_inet_pton),
		cmocka_unit_test(random_addresses_survive_being_written_and_read),
		cmocka_unit_test(longest_texts_fit),
		cmocka_unit_test(prefixes_are_an_address_and_a_length),
		cmocka_unit_test(malformed_prefixes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
