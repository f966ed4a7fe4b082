/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded text: digits, words and addresses. */
#include "wire/text.h"

#include <stdbool.h>
#include <string.h>

#include "wire/bytes.h"

void sea_text_init(struct sea_text *t, char *text, size_t room)
{
	*t = (struct sea_text){ .text = text, .room = room };
	text[0] = '\0';
}

void sea_text_char(struct sea_text *t, char c)
{
	if (t->room - t->len < 2)
		return;
	t->text[t->len++] = c;
	t->text[t->len] = '\0';
}

void sea_text_str(struct sea_text *t, const char *s)
{
	while (*s)
		sea_text_char(t, *s++);
}

static void put_number(struct sea_text *t, uint64_t v, unsigned base, unsigned digits)
{
	char reversed[20];
	unsigned n = 0;

	do {
		reversed[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v || (n < digits && n < sizeof(reversed)));
	while (n > 0)
		sea_text_char(t, reversed[--n]);
}

void sea_text_dec(struct sea_text *t, uint64_t v)
{
	put_number(t, v, 10, 1);
}

void sea_text_hex(struct sea_text *t, uint64_t v, unsigned digits)
{
	put_number(t, v, 16, digits);
}

void sea_text_ipv4(struct sea_text *t, const uint8_t addr[4])
{
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			sea_text_char(t, '.');
		sea_text_dec(t, addr[i]);
	}
}

struct run {
	int start, len; /* in groups */
};

/* The longest run of at least two zero groups, the first of several. */
static struct run longest_zeros(const uint8_t b[16])
{
	struct run best = { -1, 1 }, now = { 0, 0 };

	for (int i = 0; i < 8; i++) {
		if (sea_get16(b + 2 * i) != 0) {
			now = (struct run){ i + 1, 0 };
		} else if (++now.len > best.len) {
			best = now;
		}
	}
	return best;
}

static bool is_v4_mapped(const uint8_t b[16])
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(b, prefix, sizeof(prefix)) == 0;
}

void sea_text_ipv6(struct sea_text *t, const uint8_t b[16])
{
	struct run zeros = longest_zeros(b);

	if (is_v4_mapped(b)) {
		sea_text_str(t, "::ffff:");
		sea_text_ipv4(t, b + 12);
		return;
	}
	for (int i = 0; i < 8; i++) {
		if (i == zeros.start) {
			sea_text_str(t, "::");
			i += zeros.len - 1;
			continue;
		}
		if (i > 0 && i != zeros.start + zeros.len)
			sea_text_char(t, ':');
		sea_text_hex(t, sea_get16(b + 2 * i), 1);
	}
}
