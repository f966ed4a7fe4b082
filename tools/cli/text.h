/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that grows: what a verb prints, a page that the web server makes up, an answer of the control
 * socket. Memory that is short makes it `failed`, once and for all; whoever sends it on looks there.
 */
#ifndef SEA_CLI_TEXT_H
#define SEA_CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seastack/compiler.h>

struct sea_text {
	char *at; /* len bytes and a NUL; NULL while empty */
	size_t len, room;
	bool failed;
};

void sea_text_add(struct sea_text *text, const char *bytes, size_t len);
void sea_text_puts(struct sea_text *text, const char *string);
void sea_text_printf(struct sea_text *text, const char *format, ...) SEA_PRINTF(2, 3);
/*
 * One character of UTF-8 (RFC 3629), the first of a string that is not empty; for a byte that begins none U+FFFD, for names
 * of links are any bytes. How many bytes were read.
 */
size_t sea_text_utf8(struct sea_text *text, const char *string);
/* Takes away the first `len` bytes. */
void sea_text_shift(struct sea_text *text, size_t len);
void sea_text_fini(struct sea_text *text);

/* "268.4 MB": three or four digits and a unit of powers of 1000. Returns `to`. */
#define SEA_TEXT_AMOUNT_MAX 16
char *sea_text_amount(char to[SEA_TEXT_AMOUNT_MAX], double amount, const char *unit);

/* "02:00:00:00:00:01". Returns `to`. */
#define SEA_TEXT_MAC_MAX 18
char *sea_text_mac(char to[SEA_TEXT_MAC_MAX], const uint8_t mac[6]);

#endif
