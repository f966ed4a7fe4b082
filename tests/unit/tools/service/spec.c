/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/service/spec.h"

static void every_service_is_known(void **state)
{
	struct sea_service_spec spec;

	assert_null(sea_service_spec_parse("http:80=/srv/www=x", &spec));
	assert_int_equal(spec.kind, SEA_SERVICE_HTTP);
	assert_int_equal(spec.port, 80);
	assert_string_equal(spec.folder, "/srv/www=x");
	assert_null(sea_service_spec_parse("echo:7", &spec));
	assert_int_equal(spec.kind, SEA_SERVICE_ECHO);
	assert_null(spec.folder);
	assert_null(sea_service_spec_parse("discard:9", &spec));
	assert_int_equal(spec.kind, SEA_SERVICE_DISCARD);
	assert_null(sea_service_spec_parse("chargen:65535", &spec));
	assert_int_equal(spec.kind, SEA_SERVICE_CHARGEN);
	assert_int_equal(spec.port, 65535);
}

static void what_is_no_service_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",        "echo",     "echo:",     "echo:0",   "echo:65536",  "echo:123456789",
		"echo:7x", "echo:7=/", "http:80",   "http:80=", "https:443=/", "ech:7",
		"echoo:7", ":7",       "http=/:80", "echo: 7",
	};
	struct sea_service_spec spec;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (!sea_service_spec_parse(wrong[i], &spec))
			fail_msg("'%s' was taken", wrong[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_service_is_known),
		cmocka_unit_test(what_is_no_service_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
