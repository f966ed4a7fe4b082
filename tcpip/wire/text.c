/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded text: digits, words and IPv4 addresses. */
#include "wire/text.h"

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
