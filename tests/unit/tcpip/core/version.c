/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <seastack/version.h>

#include "config.h"

static void library_tells_the_version_of_the_package(void **state)
{
	assert_string_equal(sea_version(), PACKAGE_VERSION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(library_tells_the_version_of_the_package),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
