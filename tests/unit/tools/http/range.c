/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tools/http/range.h"

static enum sea_http_range parse(const char *text, uint64_t size, uint64_t *first, uint64_t *len)
{
	return sea_http_range_parse((struct sea_http_word){ text, strlen(text) }, size, first, len);
}

static void a_range_is_a_part_of_the_file(void **state)
{
	static const struct {
		const char *text;
		uint64_t first, len;
	} parts[] = {
		{ "bytes=0-0", 0, 1 },
		{ "bytes=0-99", 0, 100 },
		{ "bytes=10-19", 10, 10 },
		{ "bytes=90-", 90, 10 },
		{ "bytes=90-1000", 90, 10 },
		{ "bytes=-1", 99, 1 },
		{ "bytes=-1000", 0, 100 },
		{ "BYTES=99-99", 99, 1 },
		{ "bytes=99-18446744073709551615", 99, 1 },
	};
	uint64_t first, len;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		assert_int_equal(parse(parts[i].text, 100, &first, &len), SEA_HTTP_RANGE_PART);
		assert_int_equal(first, parts[i].first);
		assert_int_equal(len, parts[i].len);
	}
}

static void a_range_behind_the_end_cannot_be_had(void **state)
{
	uint64_t first, len;

	assert_int_equal(parse("bytes=100-", 100, &first, &len), SEA_HTTP_RANGE_NONE);
	assert_int_equal(parse("bytes=100-200", 100, &first, &len), SEA_HTTP_RANGE_NONE);
	assert_int_equal(parse("bytes=-0", 100, &first, &len), SEA_HTTP_RANGE_NONE);
	assert_int_equal(parse("bytes=0-", 0, &first, &len), SEA_HTTP_RANGE_NONE);
	assert_int_equal(parse("bytes=-5", 0, &first, &len), SEA_HTTP_RANGE_NONE);
}

static void what_is_not_understood_gives_the_whole_file(void **state)
{
	static const char *const texts[] = {
		"",
		"bytes",
		"bytes=",
		"bytes=-",
		"bytes=a-b",
		"bytes=5-4",
		"bytes=0-1,3-4",
		"lines=0-1",
		"bytes=0-18446744073709551616",
		"bytes=--1",
		"bytes= 0-1",
	};
	uint64_t first, len;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(parse(texts[i], 100, &first, &len), SEA_HTTP_RANGE_ALL);
		assert_int_equal(first, 0);
		assert_int_equal(len, 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_is_a_part_of_the_file),
		cmocka_unit_test(a_range_behind_the_end_cannot_be_had),
		cmocka_unit_test(what_is_not_understood_gives_the_whole_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
