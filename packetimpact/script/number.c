// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/script/number.h"

/* A hundred million seconds are three years; nanoseconds of it leave room for sums. */
#define SECONDS_MAX 100000000
#define NS_PER_SEC 1000000000

int sea_number_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool sea_number_is_hex(const char *s, size_t len)
{
	if (len < 3 || s[0] != '0' || (s[1] != 'x' && s[1] != 'X'))
		return false;
	for (size_t i = 2; i < len; i++)
		if (sea_number_digit(s[i]) < 0)
			return false;
	return true;
}

static bool parse_hex(struct sea_script_text text, int64_t *value)
{
	uint64_t sum = 0;

	for (size_t i = 2; i < text.len; i++) {
		if (sum >> 60)
			return false;
		sum = sum << 4 | (uint64_t)sea_number_digit(text.s[i]);
	}
	*value = (int64_t)sum;
	return true;
}

bool sea_number_parse(struct sea_script_text text, int64_t *value)
{
	bool negative = text.len > 0 && text.s[0] == '-';
	int64_t sum = 0;

	if (sea_number_is_hex(text.s, text.len))
		return parse_hex(text, value);
	if (text.len == (size_t)negative)
		return false;
	for (size_t i = negative; i < text.len; i++) {
		int digit = text.s[i] >= '0' && text.s[i] <= '9' ? text.s[i] - '0' : -1;

		if (digit < 0 || __builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_sub_overflow(sum, digit, &sum))
			return false;
	}
	/* gathered below zero, where there is one more */
	if (!negative && sum == INT64_MIN)
		return false;
	*value = negative ? sum : -sum;
	return true;
}

bool sea_number_seconds(struct sea_script_text text, int64_t *ns)
{
	int64_t whole = 0, fraction = 0, unit = NS_PER_SEC;
	size_t i = 0;

	for (; i < text.len && text.s[i] != '.'; i++) {
		whole = whole * 10 + (text.s[i] - '0');
		if (whole > SECONDS_MAX)
			return false;
	}
	for (i++; i < text.len && unit > 1; i++) {
		unit /= 10;
		fraction += (text.s[i] - '0') * unit;
	}
	*ns = whole * NS_PER_SEC + fraction;
	return true;
}

bool sea_number_bytes(struct sea_script_text text, uint8_t *out)
{
	if (text.len % 2)
		return false;
	for (size_t i = 0; i < text.len; i += 2) {
		int high = sea_number_digit(text.s[i]), low = sea_number_digit(text.s[i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	return true;
}
