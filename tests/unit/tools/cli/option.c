/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tools/cli/option.h"
#include "tools/cli/say.h"

struct settings {
	const char *file;
	int loud;
};

static const char *set_file(void *to, const char *value)
{
	((struct settings *)to)->file = value;
	return strcmp(value, "bad") ? NULL : "is bad";
}

static const char *set_loud(void *to, const char *value)
{
	assert_null(value);
	((struct settings *)to)->loud++;
	return NULL;
}

static const struct sea_option options[] = {
	{ "file", "FILE", "a file", set_file, 'f' },
	{ "loud", NULL, "louder", set_loud, 'l' },
	{ 0 },
};

static const struct sea_option_group groups[] = { { "Options:", options }, { 0 } };

static const struct sea_usage usage = {
	.verb = "try",
	.operands = "ONE [TWO]",
	.about = "Tries.",
	.groups = groups,
	.operands_min = 1,
	.operands_max = 2,
};

static int argc_of(char **argv)
{
	int n = 0;

	while (argv[n])
		n++;
	return n;
}

static void values_stand_behind_or_within_an_option(void **state)
{
	char *lines[][6] = {
		{ "try", "--file", "a", "x" }, { "try", "--file=a", "x" },
		{ "try", "-f", "a", "x" },     { "try", "-fa", "x" },
		{ "try", "x", "-lfa" },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct settings settings = { 0 };
		int n;

		assert_int_equal(sea_usage_parse(&usage, argc_of(lines[i]), lines[i], &settings,
						 &n),
				 SEA_USAGE_RUN);
		assert_string_equal(settings.file, "a");
		assert_int_equal(n, 1);
		assert_string_equal(lines[i][0], "x");
	}
}

static void two_dashes_end_the_options(void **state)
{
	char *argv[] = { "try", "-l", "--", "--loud", "-", NULL };
	struct settings settings = { 0 };
	int n;

	assert_int_equal(sea_usage_parse(&usage, 5, argv, &settings, &n), SEA_USAGE_RUN);
	assert_int_equal(settings.loud, 1);
	assert_int_equal(n, 2);
	assert_string_equal(argv[0], "--loud");
	assert_string_equal(argv[1], "-");
}

static void what_makes_no_sense_is_refused(void **state)
{
	char *lines[][6] = {
		{ "try" },
		{ "try", "a", "b", "c" },
		{ "try", "a", "--none" },
		{ "try", "a", "-x" },
		{ "try", "a", "--file" },
		{ "try", "a", "-f" },
		{ "try", "a", "--loud=1" },
		{ "try", "a", "--file=bad" },
		{ "try", "a", "--fil", "x" },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct settings settings = { 0 };
		int n;

		assert_int_equal(sea_usage_parse(&usage, argc_of(lines[i]), lines[i], &settings,
						 &n),
				 SEA_EXIT_USAGE);
	}
}

static void help_is_no_failure(void **state)
{
	char *argv[] = { "try", "--help", NULL };
	struct settings settings = { 0 };
	int n;

	assert_int_equal(sea_usage_parse(&usage, 2, argv, &settings, &n), SEA_EXIT_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_stand_behind_or_within_an_option),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(help_is_no_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
