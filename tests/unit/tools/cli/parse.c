/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/cli/parse.h"

static void numbers_are_whole_words_in_range(void **state)
{
	uint64_t value = 0;

	assert_true(sea_parse_number("0", 10, &value));
	assert_int_equal(value, 0);
	assert_true(sea_parse_number("18446744073709551615", UINT64_MAX, &value));
	assert_true(value == UINT64_MAX);
	assert_false(sea_parse_number("18446744073709551616", UINT64_MAX, &value));
	assert_false(sea_parse_number("11", 10, &value));
	assert_false(sea_parse_number("", 10, &value));
	assert_false(sea_parse_number("-1", 10, &value));
	assert_false(sea_parse_number(" 1", 10, &value));
	assert_false(sea_parse_number("1x", 10, &value));
}

static void a_port_is_never_zero(void **state)
{
	uint16_t port;

	assert_true(sea_parse_port("65535", &port));
	assert_int_equal(port, 65535);
	assert_false(sea_parse_port("0", &port));
	assert_false(sea_parse_port("65536", &port));
}

static void sizes_are_powers_of_1024(void **state)
{
	uint64_t bytes;

	assert_true(sea_parse_size("1500", &bytes));
	assert_int_equal(bytes, 1500);
	assert_true(sea_parse_size("64K", &bytes));
	assert_int_equal(bytes, 65536);
	assert_true(sea_parse_size("1.5M", &bytes));
	assert_int_equal(bytes, 1572864);
	assert_false(sea_parse_size("64k", &bytes));
	assert_false(sea_parse_size("K", &bytes));
	assert_false(sea_parse_size("999999999999G", &bytes));
}

static void durations_need_a_unit(void **state)
{
	int64_t ns;

	assert_true(sea_parse_duration("20ms", &ns));
	assert_int_equal(ns, 20000000);
	assert_true(sea_parse_duration("1.25s", &ns));
	assert_int_equal(ns, 1250000000);
	assert_true(sea_parse_duration("0.5us", &ns));
	assert_int_equal(ns, 500);
	assert_true(sea_parse_duration("0", &ns));
	assert_int_equal(ns, 0);
	assert_false(sea_parse_duration("20", &ns));
	assert_false(sea_parse_duration("20 ms", &ns));
	assert_false(sea_parse_duration("1.s", &ns));
	assert_false(sea_parse_duration(".5s", &ns));
	assert_false(sea_parse_duration("-1ms", &ns));
}

static void seconds_have_no_unit(void **state)
{
	int64_t ns;

	assert_true(sea_parse_seconds("0.2", &ns));
	assert_int_equal(ns, 200000000);
	assert_false(sea_parse_seconds("1s", &ns));
	assert_false(sea_parse_seconds("0.0000001", &ns));
}

static void percentages_are_exact_and_at_most_100(void **state)
{
	uint32_t ppm;

	assert_true(sea_parse_percent("2%", &ppm));
	assert_int_equal(ppm, 20000);
	assert_true(sea_parse_percent("0.0001%", &ppm));
	assert_int_equal(ppm, 1);
	assert_true(sea_parse_percent("100%", &ppm));
	assert_int_equal(ppm, 1000000);
	assert_false(sea_parse_percent("100.1%", &ppm));
	assert_false(sea_parse_percent("2", &ppm));
	assert_false(sea_parse_percent("%", &ppm));
}

static void rates_are_in_bits_and_never_zero(void **state)
{
	uint64_t bits;

	assert_true(sea_parse_rate("1.5gbit", &bits));
	assert_int_equal(bits, 1500000000);
	assert_true(sea_parse_rate("9600bit", &bits));
	assert_int_equal(bits, 9600);
	assert_false(sea_parse_rate("0mbit", &bits));
	assert_false(sea_parse_rate("10mb", &bits));
}

static void a_mac_is_six_bytes_of_one_host(void **state)
{
	uint8_t mac[6];

	assert_true(sea_parse_mac("02:0a:FF:00:00:01", mac));
	assert_memory_equal(mac, "\x02\x0a\xff\x00\x00\x01", 6);
	assert_false(sea_parse_mac("00:00:00:00:00:00", mac));
	assert_false(sea_parse_mac("01:00:5e:00:00:01", mac));
	assert_false(sea_parse_mac("02:00:00:00:00", mac));
	assert_false(sea_parse_mac("02:00:00:00:00:01:02", mac));
	assert_false(sea_parse_mac("02-00-00-00-00-01", mac));
	assert_false(sea_parse_mac("", mac));
}

static void a_device_name_is_what_linux_takes(void **state)
{
	assert_true(sea_parse_ifname("sea0"));
	assert_true(sea_parse_ifname("fifteen-bytes-x"));
	assert_false(sea_parse_ifname("sixteen-bytes-xx"));
	assert_false(sea_parse_ifname(""));
	assert_false(sea_parse_ifname(".."));
	assert_false(sea_parse_ifname("a/b"));
	assert_false(sea_parse_ifname("a b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_whole_words_in_range),
		cmocka_unit_test(a_port_is_never_zero),
		cmocka_unit_test(sizes_are_powers_of_1024),
		cmocka_unit_test(durations_need_a_unit),
		cmocka_unit_test(seconds_have_no_unit),
		cmocka_unit_test(percentages_are_exact_and_at_most_100),
		cmocka_unit_test(rates_are_in_bits_and_never_zero),
		cmocka_unit_test(a_mac_is_six_bytes_of_one_host),
		cmocka_unit_test(a_device_name_is_what_linux_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
