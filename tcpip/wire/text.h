/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text in the caller's memory: what does not fit is cut, and there is always a NUL. No stdio: the
 * core depends on no locale, and a line costs next to nothing.
 */
#ifndef SEA_WIRE_TEXT_H
#define SEA_WIRE_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct sea_text {
	char *text;
	size_t room, len; /* len < room; the NUL is at text[len] */
};

/* `room` bytes at `text`, of which at least one. */
void sea_text_init(struct sea_text *t, char *text, size_t room);

void sea_text_char(struct sea_text *t, char c);
void sea_text_str(struct sea_text *t, const char *s);
void sea_text_dec(struct sea_text *t, uint64_t v);
/* Lower case, at least `digits` digits. */
void sea_text_hex(struct sea_text *t, uint64_t v, unsigned digits);
/* "192.0.2.1" */
void sea_text_ipv4(struct sea_text *t, const uint8_t addr[4]);
/* "2001:db8::1" (RFC 5952) */
void sea_text_ipv6(struct sea_text *t, const uint8_t addr[16]);

#endif
