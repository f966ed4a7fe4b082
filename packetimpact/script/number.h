/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and hexadecimal digits, as text. */
#ifndef SEA_PACKETIMPACT_SCRIPT_NUMBER_H
#define SEA_PACKETIMPACT_SCRIPT_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packetimpact/script/script.h"

bool sea_number_is_hex(const char *s, size_t len);
/*
 * The whole text as [-]digits or 0xdigits. False: it is no such number, or has no place in 64 bits;
 * hexadecimal ones may use all of them.
 */
bool sea_number_parse(struct sea_script_text text, int64_t *value);
/* Seconds with or without a fraction, in nanoseconds; what is below them is dropped. False: too long. */
bool sea_number_seconds(struct sea_script_text text, int64_t *ns);
/* 0 to 15, or -1. */
int sea_number_digit(char c);
/* Pairs of digits; `out` has room for text.len / 2. False: an odd number, or another character. */
bool sea_number_bytes(struct sea_script_text text, uint8_t *out);

#endif
