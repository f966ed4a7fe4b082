/* SPDX-License-Identifier: Apache-2.0 */
/* How text grows: by doubling, and never half a line too far. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/text.h"

#define ROOM_MIN 256

/* Room for `more` bytes and a NUL. */
static bool grow(struct sea_text *text, size_t more)
{
	size_t room = text->room ? text->room : ROOM_MIN;
	char *at;

	if (text->failed)
		return false;
	while (room - text->len <= more)
		room *= 2;
	if (room == text->room)
		return true;
	at = realloc(text->at, room);
	if (!at) {
		text->failed = true;
		return false;
	}
	text->at = at;
	text->room = room;
	return true;
}

void sea_text_add(struct sea_text *text, const char *bytes, size_t len)
{
	if (!len || !grow(text, len))
		return;
	memcpy(text->at + text->len, bytes, len);
	text->len += len;
	text->at[text->len] = '\0';
}

void sea_text_puts(struct sea_text *text, const char *string)
{
	sea_text_add(text, string, strlen(string));
}

void sea_text_printf(struct sea_text *text, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0 || !grow(text, (size_t)len))
		return;
	va_start(args, format);
	vsnprintf(text->at + text->len, text->room - text->len, format, args);
	va_end(args);
	text->len += (size_t)len;
}

static bool within(const char *at, unsigned low, unsigned high)
{
	unsigned char c = (unsigned char)*at;

	return c >= low && c <= high;
}

/* 0: it begins no character. What follows a byte that is wrong, as a string's end, is not looked at. */
static size_t utf8_len(const char *at)
{
	if (within(at, 0x01, 0x7f))
		return 1;
	if (within(at, 0xc2, 0xdf))
		return within(at + 1, 0x80, 0xbf) ? 2 : 0;
	if (within(at, 0xe0, 0xef)) {
		unsigned low = within(at, 0xe0, 0xe0) ? 0xa0 : 0x80;
		unsigned high = within(at, 0xed, 0xed) ? 0x9f : 0xbf; /* no surrogates */

		return within(at + 1, low, high) && within(at + 2, 0x80, 0xbf) ? 3 : 0;
	}
	if (within(at, 0xf0, 0xf4)) {
		unsigned low = within(at, 0xf0, 0xf0) ? 0x90 : 0x80;
		unsigned high = within(at, 0xf4, 0xf4) ? 0x8f : 0xbf;

		return within(at + 1, low, high) && within(at + 2, 0x80, 0xbf) &&
				       within(at + 3, 0x80, 0xbf)
			       ? 4
			       : 0;
	}
	return 0;
}

size_t sea_text_utf8(struct sea_text *text, const char *string)
{
	size_t len = utf8_len(string);

	if (len)
		sea_text_add(text, string, len);
	else
		sea_text_puts(text, "\xef\xbf\xbd");
	return len ? len : 1;
}

void sea_text_shift(struct sea_text *text, size_t len)
{
	if (!len)
		return;
	text->len -= len;
	memmove(text->at, text->at + len, text->len + 1);
}

void sea_text_fini(struct sea_text *text)
{
	free(text->at);
	*text = (struct sea_text){ 0 };
}

char *sea_text_amount(char to[SEA_TEXT_AMOUNT_MAX], double amount, const char *unit)
{
	static const char prefix[] = "kMGTP";
	unsigned step = 0;

	while (amount >= 999.5 && step < sizeof(prefix) - 1) {
		amount /= 1000;
		step++;
	}
	if (step)
		snprintf(to, SEA_TEXT_AMOUNT_MAX, "%.1f %c%s", amount, prefix[step - 1], unit);
	else
		snprintf(to, SEA_TEXT_AMOUNT_MAX, "%.0f %s", amount, unit);
	return to;
}

char *sea_text_mac(char to[SEA_TEXT_MAC_MAX], const uint8_t mac[6])
{
	snprintf(to, SEA_TEXT_MAC_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
	return to;
}
