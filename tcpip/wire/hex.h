/* SPDX-License-Identifier: Apache-2.0 */
/* Hexadecimal digits in text; inline, for the command-line programs see only the public symbols. */
#ifndef SEA_WIRE_HEX_H
#define SEA_WIRE_HEX_H

/* The value of a digit of either case; -1: it is none. */
static inline int sea_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

#endif
