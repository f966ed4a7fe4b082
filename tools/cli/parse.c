/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers with units: a decimal fraction is read exactly, as an integer and a power of ten. */
#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include <seastack/time.h>

#include "tools/cli/parse.h"
#include "wire/hex.h"

struct unit {
	const char *name;
	uint64_t factor;
};

struct fraction {
	uint64_t digits, scale; /* digits / scale */
	const char *rest;
};

/* At most twelve digits before and six behind the point: 18 fit into 64 bits. */
static bool read_fraction(const char *text, struct fraction *value)
{
	unsigned before = 0, behind = 0;

	*value = (struct fraction){ .scale = 1 };
	for (; isdigit((unsigned char)*text) && before <= 12; text++, before++)
		value->digits = value->digits * 10 + (uint64_t)(*text - '0');
	if (*text == '.') {
		for (text++; isdigit((unsigned char)*text) && behind <= 6; text++, behind++) {
			value->digits = value->digits * 10 + (uint64_t)(*text - '0');
			value->scale *= 10;
		}
		if (!behind)
			return false;
	}
	value->rest = text;
	return before >= 1 && before <= 12 && behind <= 6;
}

static bool scaled(const char *text, const struct unit *units, uint64_t max, uint64_t *value)
{
	struct fraction number;
	unsigned __int128 product;

	if (!read_fraction(text, &number))
		return false;
	while (units->name && strcmp(units->name, number.rest))
		units++;
	if (!units->name)
		return false;
	product = (unsigned __int128)number.digits * units->factor / number.scale;
	if (product > max)
		return false;
	*value = (uint64_t)product;
	return true;
}

bool sea_parse_number(const char *text, uint64_t max, uint64_t *value)
{
	uint64_t sum = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (!isdigit((unsigned char)*text) || __builtin_mul_overflow(sum, 10u, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)(*text - '0'), &sum))
			return false;
	}
	*value = sum;
	return sum <= max;
}

bool sea_parse_port(const char *text, uint16_t *port)
{
	uint64_t value;

	if (!sea_parse_number(text, UINT16_MAX, &value) || !value)
		return false;
	*port = (uint16_t)value;
	return true;
}

bool sea_parse_size(const char *text, uint64_t *bytes)
{
	static const struct unit units[] = {
		{ "", 1 },
		{ "K", UINT64_C(1) << 10 },
		{ "M", UINT64_C(1) << 20 },
		{ "G", UINT64_C(1) << 30 },
		{ NULL, 0 },
	};

	return scaled(text, units, INT64_MAX, bytes);
}

bool sea_parse_duration(const char *text, int64_t *ns)
{
	static const struct unit units[] = {
		{ "ns", 1 }, { "us", SEA_USEC }, { "ms", SEA_MSEC }, { "s", SEA_SEC }, { NULL, 0 },
	};
	uint64_t value = 0;

	if (strcmp(text, "0") && !scaled(text, units, INT64_MAX, &value))
		return false;
	*ns = (int64_t)value;
	return true;
}

bool sea_parse_seconds(const char *text, int64_t *ns)
{
	static const struct unit units[] = { { "", SEA_SEC }, { NULL, 0 } };
	uint64_t value;

	if (!scaled(text, units, INT64_MAX, &value))
		return false;
	*ns = (int64_t)value;
	return true;
}

bool sea_parse_percent(const char *text, uint32_t *ppm)
{
	static const struct unit units[] = { { "%", 10000 }, { NULL, 0 } };
	uint64_t value;

	if (!scaled(text, units, 1000000, &value))
		return false;
	*ppm = (uint32_t)value;
	return true;
}

bool sea_parse_rate(const char *text, uint64_t *bits)
{
	static const struct unit units[] = {
		{ "bit", 1 },           { "kbit", 1000 }, { "mbit", 1000000 },
		{ "gbit", 1000000000 }, { NULL, 0 },
	};

	return scaled(text, units, INT64_MAX, bits) && *bits;
}

bool sea_parse_mac(const char *text, uint8_t mac[6])
{
	static const uint8_t zero[6];

	for (int i = 0; i < 6; i++, text += 3) {
		int high = sea_hex_digit(text[0]), low = high < 0 ? -1 : sea_hex_digit(text[1]);

		if (low < 0 || text[2] != (i < 5 ? ':' : '\0'))
			return false;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	return memcmp(mac, zero, sizeof(zero)) && !(mac[0] & 1);
}

bool sea_parse_ifname(const char *text)
{
	size_t len = strlen(text);

	if (!len || len > 15 || !strcmp(text, ".") || !strcmp(text, ".."))
		return false;
	for (; *text; text++) {
		if (*text == '/' || *text == ':' || isspace((unsigned char)*text))
			return false;
	}
	return true;
}
