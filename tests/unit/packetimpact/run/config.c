// SPDX-License-Identifier: Apache-2.0
/* Settings of a run, constants by name, and ICMP's names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "packetimpact/run/state.h"
#include "packetimpact/script/symbol.h"

static void settings_have_packetdrills_names(void **state)
{
	struct sea_run_config config;

	sea_run_config_default(&config);
	assert_null(sea_run_config_set(&config, "tolerance_usecs", "14000"));
	assert_int_equal(config.tolerance_ns, 14000000);
	assert_null(sea_run_config_set(&config, "ip_version", "ipv4-mapped-ipv6"));
	assert_int_equal(config.family, SEA_RUN_MAPPED);
	assert_null(sea_run_config_set(&config, "netmask_ip", "255.255.255.0"));
	assert_int_equal(config.prefix_len, 24);
	assert_null(sea_run_config_set(&config, "strict_segments", NULL));
	assert_true(config.strict_segments);
}

static void wrong_settings_are_told(void **state)
{
	struct sea_run_config config;

	sea_run_config_default(&config);
	assert_string_equal(sea_run_config_set(&config, "mtu", "65536"), "is no number that fits");
	assert_string_equal(sea_run_config_set(&config, "mtu", NULL), "needs a value");
	assert_string_equal(sea_run_config_set(&config, "verbose", "1"), "takes no value");
	assert_string_equal(sea_run_config_set(&config, "nothing", NULL), "is no setting");
	assert_string_equal(sea_run_config_set(&config, "netmask_ip", "255.0.255.0"),
			    "is no IPv4 netmask");
	assert_null(sea_run_config_set(&config, "local_ip", "fd00::1"));
	assert_false(sea_run_config_finish(&config)); /* not an address of IPv4 */
}

static void a_device_gets_the_network_of_the_peer(void **state)
{
	struct sea_run_config config;
	struct sea_dut_config dut;
	char text[SEA_ADDR_TEXT_MAX];

	sea_run_config_default(&config);
	assert_null(sea_run_config_set(&config, "remote_ip", "198.51.100.77/25"));
	assert_true(sea_run_config_finish(&config));
	sea_run_config_dut(&config, &dut);
	assert_string_equal(sea_addr_text(&dut.remote, text), "198.51.100.0");
	assert_int_equal(dut.remote_prefix_len, 25);
	assert_int_equal(dut.gateway.family, 0);
}

static void constants_have_linuxs_values(void **state)
{
	int64_t value;

	assert_true(sea_symbol_find("SO_ZEROCOPY", &value));
	assert_int_equal(value, 60);
	assert_true(sea_symbol_find("EAGAIN", &value));
	assert_int_equal(value, 11);
	assert_true(sea_symbol_find("EPOLLET", &value));
	assert_int_equal(value, INT64_C(1) << 31);
	assert_true(sea_symbol_find("TCP_NLA_BUSY", &value));
	assert_int_equal(value, 1);
	assert_false(sea_symbol_find("EAGAI", &value));
	assert_string_equal(sea_symbol_errno(110), "ETIMEDOUT");
	assert_null(sea_symbol_errno(4095));
}

static void icmp_names_depend_on_the_version(void **state)
{
	struct sea_script_icmp icmp = { .type = { "unreachable", 11 },
					.code = { "port_unreachable", 16 } };
	uint8_t type, code;

	assert_true(sea_run_icmp_code(&icmp, false, &type, &code));
	assert_int_equal(type << 8 | code, 0x303);
	assert_true(sea_run_icmp_code(&icmp, true, &type, &code));
	assert_int_equal(type << 8 | code, 0x104);
	icmp.code = (struct sea_script_text){ "frag_needed", 11 };
	assert_false(sea_run_icmp_code(&icmp, true, &type, &code));
	icmp.type = (struct sea_script_text){ "type_200", 8 };
	icmp.code = (struct sea_script_text){ "code_7", 6 };
	assert_true(sea_run_icmp_code(&icmp, true, &type, &code));
	assert_int_equal(type << 8 | code, 200 << 8 | 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_have_packetdrills_names),
		cmocka_unit_test(wrong_settings_are_told),
		cmocka_unit_test(a_device_gets_the_network_of_the_peer),
		cmocka_unit_test(constants_have_linuxs_values),
		cmocka_unit_test(icmp_names_depend_on_the_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
