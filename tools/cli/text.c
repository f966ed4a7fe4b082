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
