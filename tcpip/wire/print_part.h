/* SPDX-License-Identifier: Apache-2.0 */
/* What print.c and print_ipv6.c share. */
#ifndef SEA_WIRE_PRINT_PART_H
#define SEA_WIRE_PRINT_PART_H

#include <stddef.h>
#include <stdint.h>

#include "wire/text.h"

/* What is left of a header's packet: `len` readable bytes of `whole` that the packet claims. */
struct sea_print_part {
	const uint8_t *bytes;
	size_t len, whole;
};

static inline void sea_print_num(struct sea_text *t, const char *word, uint64_t v)
{
	sea_text_str(t, word);
	sea_text_dec(t, v);
}

void sea_print_tcp(struct sea_text *t, struct sea_print_part p);
void sea_print_udp(struct sea_text *t, struct sea_print_part p);
/* A packet from its version on. */
void sea_print_ipv6(struct sea_text *t, const uint8_t *packet, size_t len);

#endif
