/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/hex.h"
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

static void hexadecimal_digits_have_either_case(void **state)
{
	static const char digits[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
	int n = 0;

	for (int i = 0; i < 16; i++) {
		assert_int_equal(sea_hex_digit(digits[i]), i);
		assert_int_equal(sea_hex_digit(upper[i]), i);
	}
	for (int c = CHAR_MIN; c <= CHAR_MAX; c++)
		n += sea_hex_digit((char)c) >= 0;
	assert_int_equal(n, 22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_their_digits),
		cmocka_unit_test(hexadecimal_digits_have_either_case),
		cmocka_unit_test(text_begins_empty_and_never_outgrows_its_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
