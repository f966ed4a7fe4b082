/* SPDX-License-Identifier: Apache-2.0 */
/* Bits of a sysctl as text: "0-1,3-127". */
#include <errno.h>
#include <stdio.h>

#include "core/sysctl.h"

static bool bit_at(const uint32_t *map, unsigned bits, unsigned bit)
{
	return bit < bits && map[bit / 32] >> bit % 32 & 1;
}

/* Behind `n` characters, as far as there is room; how many there are then. */
static int print_range(char *text, size_t len, int n, unsigned first, unsigned last)
{
	size_t at = (size_t)n < len ? (size_t)n : len;

	n += snprintf(text + at, len - at, "%s%u", n ? "," : "", first);
	if (last == first)
		return n;
	at = (size_t)n < len ? (size_t)n : len;
	return n + snprintf(text + at, len - at, "-%u", last);
}

int sea_bitmap_print(const uint32_t *map, unsigned bits, char *text, size_t len)
{
	int n = 0;

	if (len)
		text[0] = 0;
	for (unsigned first = 0, last; first < bits; first = last + 1) {
		last = first;
		if (!bit_at(map, bits, first))
			continue;
		while (bit_at(map, bits, last + 1))
			last++;
		n = print_range(text, len, n, first, last);
	}
	return n;
}

/* As strtol() reads it with base 0. */
static bool parse_bit(const char **text, unsigned bits, unsigned *bit)
{
	int64_t v;

	if (!sea_sysctl_parse_number(text, &v) || v >= bits)
		return false;
	*bit = (unsigned)v;
	return true;
}

int sea_bitmap_parse(uint32_t *map, unsigned bits, const char *text)
{
	unsigned first, last;

	while (*text && *text != '\n') {
		if (!parse_bit(&text, bits, &first))
			return -EINVAL;
		last = first;
		if (*text == '-' && (text++, !parse_bit(&text, bits, &last)))
			return -EINVAL;
		if (last < first || (*text && *text != ',' && *text != '\n'))
			return -EINVAL;
		for (; first <= last; first++)
			map[first / 32] |= 1u << first % 32;
		text += *text == ',';
	}
	return 0;
}
