/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tools/cli/json.h"
#include "tools/cli/text.h"

static void text_grows_over_many_additions(void **state)
{
	struct sea_text text = { 0 };

	for (int i = 0; i < 1000; i++)
		sea_text_printf(&text, "%03d,", i);
	assert_false(text.failed);
	assert_int_equal(text.len, 4000);
	assert_memory_equal(text.at + 3996, "999,", 5);
	sea_text_fini(&text);
	assert_null(text.at);
}

static void text_fills_its_room_to_the_last_byte(void **state)
{
	char block[255];
	struct sea_text text = { 0 };

	memset(block, 'x', sizeof(block));
	sea_text_add(&text, block, sizeof(block));
	sea_text_add(&text, "y", 1);
	assert_int_equal(text.len, 256);
	assert_string_equal(text.at + 255, "y");
	sea_text_fini(&text);
}

static void shifting_keeps_the_rest(void **state)
{
	struct sea_text text = { 0 };

	sea_text_puts(&text, "abcdef");
	sea_text_shift(&text, 4);
	assert_string_equal(text.at, "ef");
	sea_text_shift(&text, 2);
	assert_int_equal(text.len, 0);
	sea_text_fini(&text);
}

static void amounts_have_a_fitting_unit(void **state)
{
	char text[SEA_TEXT_AMOUNT_MAX];

	assert_string_equal(sea_text_amount(text, 0, "B"), "0 B");
	assert_string_equal(sea_text_amount(text, 999, "B"), "999 B");
	assert_string_equal(sea_text_amount(text, 1500, "B"), "1.5 kB");
	assert_string_equal(sea_text_amount(text, 268435456, "B/s"), "268.4 MB/s");
	assert_string_equal(sea_text_amount(text, 999600, "B"), "1.0 MB");
}

static void json_nests_and_escapes(void **state)
{
	struct sea_text text = { 0 };
	struct sea_json json = { .to = &text };

	sea_json_open(&json, NULL, '{');
	sea_json_string(&json, "a\"b", "x\n\\");
	sea_json_open(&json, "list", '[');
	sea_json_number(&json, NULL, UINT64_MAX);
	sea_json_bool(&json, NULL, true);
	sea_json_open(&json, NULL, '{');
	sea_json_close(&json, '}');
	sea_json_close(&json, ']');
	sea_json_bool(&json, "last", false);
	sea_json_close(&json, '}');
	assert_string_equal(text.at, "{\"a\\\"b\":\"x\\u000a\\\\\",\"list\":"
				     "[18446744073709551615,true,{}],\"last\":false}");
	sea_text_fini(&text);
}

/* Names of links are any bytes. */
static void what_is_no_character_is_replaced(void **state)
{
	static const struct {
		const char *string, *text;
	} cases[] = {
		{ "ok \xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\x8b",
		  "ok \xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\x8b" },
		{ "e\xe4", "e\xef\xbf\xbd" },
		{ "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xc0\xaf\xff", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xed\xa0\x80.", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd." },
		{ "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *at = cases[i].string;
		struct sea_text text = { 0 };

		while (*at)
			at += sea_text_utf8(&text, at);
		assert_string_equal(text.at, cases[i].text);
		sea_text_fini(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_grows_over_many_additions),
		cmocka_unit_test(text_fills_its_room_to_the_last_byte),
		cmocka_unit_test(shifting_keeps_the_rest),
		cmocka_unit_test(amounts_have_a_fitting_unit),
		cmocka_unit_test(json_nests_and_escapes),
		cmocka_unit_test(what_is_no_character_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
