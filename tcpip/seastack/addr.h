/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network addresses: a family and up to sixteen bytes in network order.
 */
#ifndef SEASTACK_ADDR_H
#define SEASTACK_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seastack/compiler.h>

SEA_BEGIN_DECLS

/* AF_INET and AF_INET6 with Linux's numbers, without <sys/socket.h>. */
#define SEA_AF_INET 2
#define SEA_AF_INET6 10

struct sea_addr {
	uint8_t family; /* SEA_AF_*; 0: none */
	uint8_t b[16];  /* IPv4: the first four */
};

/* Long enough for any address with its NUL, with prefix length. */
#define SEA_ADDR_TEXT_MAX 50

/* "192.0.2.1" or "2001:db8::1" (RFC 5952). Returns `text`. */
SEA_API char *sea_addr_text(const struct sea_addr *addr, char text[SEA_ADDR_TEXT_MAX]);

/* Strict: four decimal bytes, or RFC 4291 §2.2. False when it is no address. */
SEA_API bool sea_addr_parse(const char *text, struct sea_addr *addr);

/* "192.0.2.0/24"; without a slash the prefix is the whole address. */
SEA_API bool sea_addr_parse_prefix(const char *text, struct sea_addr *addr, uint8_t *prefix_len);

static inline struct sea_addr sea_addr_v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct sea_addr){ SEA_AF_INET, { a, b, c, d } };
}

SEA_END_DECLS
#endif
