/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tools/host/spec.h"
#include "tools/host/mroute_spec.h"

static struct sea_mroute_spec parsed(const char *text)
{
	struct sea_mroute_spec spec;
	const char *wrong = sea_mroute_spec_parse(text, &spec);

	if (wrong)
		fail_msg("%s: %s", text, wrong);
	return spec;
}

static void a_group_comes_from_one_link_and_goes_to_others(void **state)
{
	struct sea_mroute_spec spec = parsed("239.1.1.1,from=sea0,to=sea1,to=sea2");

	(void)state;
	assert_addr(&spec.group, "239.1.1.1");
	assert_int_equal(spec.src.family, 0);
	assert_string_equal(spec.from, "sea0");
	assert_int_equal(spec.n_to, 2);
	assert_string_equal(spec.to[0], "sea1");
	assert_string_equal(spec.to[1], "sea2");
	assert_int_equal(spec.ttl, 1);
}

static void it_may_be_of_one_source_and_a_ttl(void **state)
{
	struct sea_mroute_spec spec = parsed("ff1e::1,to=b,ttl=254,src=2001:db8::9,from=a");

	(void)state;
	assert_addr(&spec.group, "ff1e::1");
	assert_addr(&spec.src, "2001:db8::9");
	assert_int_equal(spec.ttl, 254);
	assert_string_equal(spec.from, "a");
}

static void what_is_no_route_of_a_group_is_refused(void **state)
{
	static const char *const wrong[][2] = {
		{ "", "GROUP" },
		{ "from=a,to=b", "GROUP" },
		{ "10.0.0.1,from=a,to=b", "no group" },
		{ "2001:db8::1,from=a,to=b", "no group" },
		{ "224.0.0.5,from=a,to=b", "never leaves" },
		{ "ff02::5,from=a,to=b", "never leaves" },
		{ "ff11::5,from=a,to=b", "never leaves" },
		{ "239.1.1.1", "from=DEVICE" },
		{ "239.1.1.1,from=a", "to=DEVICE" },
		{ "239.1.1.1,to=a", "from=DEVICE" },
		{ "239.1.1.1,from=a,to=a", "twice" },
		{ "239.1.1.1,from=a,to=b,to=b", "twice" },
		{ "239.1.1.1,from=a,from=b,to=c", "one from=" },
		{ "239.1.1.1,from=,to=b", "device" },
		{ "239.1.1.1,from=a,to=a/b", "device" },
		{ "239.1.1.1,from=a,to=b,src=x", "address" },
		{ "239.1.1.1,from=a,to=b,src=2001:db8::1", "family" },
		{ "239.1.1.1,from=a,to=b,src=239.1.1.2", "host's" },
		{ "239.1.1.1,from=a,to=b,ttl=0", "1 to 254" },
		{ "239.1.1.1,from=a,to=b,ttl=255", "1 to 254" },
		{ "239.1.1.1,from=a,to=b,via=c", "from=, to=" },
		{ "239.1.1.1,from=a,to=b,", "from=, to=" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct sea_mroute_spec spec;
		const char *said = sea_mroute_spec_parse(wrong[i][0], &spec);

		if (!said || !strstr(said, wrong[i][1]))
			fail_msg("%s: %s", wrong[i][0], said ? said : "taken");
	}
}

static void too_much_is_refused(void **state)
{
	struct sea_mroute_spec spec;
	char text[1024] = "239.1.1.1,from=a";

	(void)state;
	for (unsigned i = 0; i < 16; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), ",to=b%u", i);
	assert_string_equal(sea_mroute_spec_parse(text, &spec), "it has one to= too many");
	memset(text, 'x', sizeof(text) - 1);
	assert_string_equal(sea_mroute_spec_parse(text, &spec), "it is too long");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_group_comes_from_one_link_and_goes_to_others),
		cmocka_unit_test(it_may_be_of_one_source_and_a_ttl),
		cmocka_unit_test(what_is_no_route_of_a_group_is_refused),
		cmocka_unit_test(too_much_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
