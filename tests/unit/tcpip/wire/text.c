/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/text.h"

static void numbers_have_their_digits(void **state)
{
	char text[100];
	struct sea_text t;

	sea_text_init(&t, text, sizeof(text));
	sea_text_dec(&t, 0);
	sea_text_char(&t, ' ');
	sea_text_dec(&t, UINT64_MAX);
	sea_text_char(&t, ' ');
	sea_text_hex(&t, 0xa, 4);
	sea_text_char(&t, ' ');
	sea_text_hex(&t, 0xabcde, 4);
	sea_text_char(&t, ' ');
	sea_text_hex(&t, 0, 1);
	assert_string_equal(text, "0 18446744073709551615 000a abcde 0");
	assert_int_equal(t.len, strlen(text));
}

static void text_begins_empty_and_never_outgrows_its_room(void **state)
{
	char text[4] = "xyz";
	struct sea_text t;

	sea_text_init(&t, text, 3);
	assert_string_equal(text, "");
	sea_text_str(&t, "abcdef");
	sea_text_dec(&t, 12345);
	assert_string_equal(text, "ab");
	assert_int_equal(text[3], '\0');
	sea_text_init(&t, text, 1);
	sea_text_char(&t, 'q');
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_their_digits),
		cmocka_unit_test(text_begins_empty_and_never_outgrows_its_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
