/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tools/host/spec.h"
#include "tools/host/route_spec.h"

static struct sea_route_spec parsed(const char *text)
{
	struct sea_route_spec spec;
	const char *wrong = sea_route_spec_parse(text, &spec);

	if (wrong)
		fail_msg("%s: %s", text, wrong);
	return spec;
}

static void a_route_has_a_prefix_and_a_router(void **state)
{
	struct sea_route_spec spec = parsed("10.1.0.0/16,via=10.0.0.1");

	(void)state;
	assert_addr(&spec.dst.addr, "10.1.0.0");
	assert_int_equal(spec.dst.len, 16);
	assert_addr(&spec.gateway, "10.0.0.1");
	assert_int_equal(spec.type, SEA_ROUTE_UNICAST);
	assert_string_equal(spec.dev, "");
	spec = parsed("2001:db8:1::/48,via=2001:db8::1");
	assert_int_equal(spec.dst.addr.family, SEA_AF_INET6);
	assert_int_equal(spec.dst.len, 48);
}

static void all_words_are_understood_in_any_order(void **state)
{
	struct sea_route_spec spec =
		parsed("10.1.2.3,mtu=1400,metric=4294967295,src=10.0.0.9,dev=sea1,type=unicast");

	(void)state;
	assert_int_equal(spec.dst.len, 32);
	assert_int_equal(spec.mtu, 1400);
	assert_int_equal(spec.metric, UINT32_MAX);
	assert_addr(&spec.prefsrc, "10.0.0.9");
	assert_string_equal(spec.dev, "sea1");
	assert_int_equal(parsed("10.0.0.0/8,type=blackhole").type, SEA_ROUTE_BLACKHOLE);
	assert_int_equal(parsed("10.0.0.0/8,type=unreachable").type, SEA_ROUTE_UNREACHABLE);
	assert_int_equal(parsed("10.0.0.0/8,type=prohibit").type, SEA_ROUTE_PROHIBIT);
	assert_int_equal(parsed("::/0,type=throw").type, SEA_ROUTE_THROW);
}

static void the_default_is_of_the_family_that_the_rest_says(void **state)
{
	struct sea_route_spec spec = parsed("default,via=2001:db8::1");

	(void)state;
	assert_int_equal(spec.dst.addr.family, SEA_AF_INET6);
	assert_int_equal(spec.dst.len, 0);
	assert_int_equal(parsed("default,dev=sea0,src=2001:db8::2").dst.addr.family, SEA_AF_INET6);
	assert_int_equal(parsed("default,via=10.0.0.1").dst.addr.family, SEA_AF_INET);
	assert_int_equal(parsed("default,dev=sea0").dst.addr.family, SEA_AF_INET);
	assert_int_equal(parsed("default,via=fe80::1,dev=sea0").dst.addr.family, SEA_AF_INET6);
}

static void what_is_no_route_is_refused(void **state)
{
	static const char *const wrong[][2] = {
		{ "", "PREFIX" },
		{ ",via=10.0.0.1", "PREFIX" },
		{ "10.1.0.0/33,via=10.0.0.1", "PREFIX" },
		{ "10.1.0.1/16,via=10.0.0.1", "bits behind" },
		{ "2001:db8::1/64,via=2001:db8::9", "bits behind" },
		{ "10.1.0.0/16", "via=ADDRESS" },
		{ "10.1.0.0/16,metric=1", "via=ADDRESS" },
		{ "10.1.0.0/16,via", "behind the prefix" },
		{ "10.1.0.0/16,via=", "behind via=" },
		{ "10.1.0.0/16,via=router", "behind via=" },
		{ "10.1.0.0/16,via=127.0.0.1", "no router" },
		{ "10.1.0.0/16,via=ff02::1", "no router" },
		{ "10.1.0.0/16,vi=10.0.0.1", "behind the prefix" },
		{ "10.1.0.0/16,,via=10.0.0.1", "behind the prefix" },
		{ "10.1.0.0/16,via=10.0.0.1,", "behind the prefix" },
		{ "10.1.0.0/16,via=2001:db8::1", "two families" },
		{ "10.1.0.0/16,dev=a,src=2001:db8::1", "two families" },
		{ "2001:db8::/32,via=fe80::1", "dev=DEVICE" },
		{ "10.1.0.0/16,dev=a/b", "behind dev=" },
		{ "10.1.0.0/16,dev=a-name-that-is-too-long", "behind dev=" },
		{ "10.1.0.0/16,dev=a,metric=-1", "behind metric=" },
		{ "10.1.0.0/16,dev=a,metric=4294967296", "behind metric=" },
		{ "10.1.0.0/16,dev=a,mtu=67", "behind mtu=" },
		{ "10.1.0.0/16,dev=a,src=me", "behind src=" },
		{ "10.1.0.0/16,type=local", "the types" },
		{ "10.1.0.0/16,type=blackhole,via=10.0.0.1", "only a unicast" },
		{ "10.1.0.0/16,type=blackhole,dev=a", "only a unicast" },
	};
	struct sea_route_spec spec;
	char endless[400];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const char *said = sea_route_spec_parse(wrong[i][0], &spec);

		if (!said || !strstr(said, wrong[i][1]))
			fail_msg("'%s': %s", wrong[i][0], said ? said : "was taken");
	}
	memset(endless, '1', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	assert_string_equal(sea_route_spec_parse(endless, &spec), "it is too long");
}

static void what_a_host_may_be_called_is_known(void **state)
{
	static const char *const no[] = { "0.0.0.0",   "0.1.2.3",         "127.0.0.1",
					  "224.0.0.1", "255.255.255.255", "::",
					  "::1",       "::ffff:10.0.0.1", "ff02::1" };
	static const char *const yes[] = { "10.0.0.1", "192.0.2.1", "2001:db8::1", "fe80::1",
					   "fd00::1" };
	struct sea_addr addr;

	(void)state;
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		assert_true(sea_addr_parse(no[i], &addr));
		if (sea_addr_is_unicast(&addr))
			fail_msg("%s", no[i]);
	}
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		assert_true(sea_addr_parse(yes[i], &addr));
		if (!sea_addr_is_unicast(&addr))
			fail_msg("%s", yes[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_route_has_a_prefix_and_a_router),
		cmocka_unit_test(all_words_are_understood_in_any_order),
		cmocka_unit_test(the_default_is_of_the_family_that_the_rest_says),
		cmocka_unit_test(what_is_no_route_is_refused),
		cmocka_unit_test(what_a_host_may_be_called_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
