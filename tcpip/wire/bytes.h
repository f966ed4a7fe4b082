/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Big-endian integers as they lie on the wire: structs of bytes, so that comparing or adding one
 * without converting does not compile, alignment is 1, and either byte order works.
 */
#ifndef SEA_WIRE_BYTES_H
#define SEA_WIRE_BYTES_H

#include <stdint.h>
#include <string.h>

typedef struct {
	uint8_t b[2];
} sea_be16;

typedef struct {
	uint8_t b[4];
} sea_be32;

/* A value in the other order than its own where this machine's differs from the wire's. */
static inline uint16_t sea_swap16(uint16_t v)
{
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap16(v) : v;
}

static inline uint32_t sea_swap32(uint32_t v)
{
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap32(v) : v;
}

/* One load or store each: compilers do not always see that in bytes and shifts. */
static inline uint16_t sea_get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return sea_swap16(v);
}

static inline uint32_t sea_get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return sea_swap32(v);
}

static inline void sea_put16(uint8_t *p, uint16_t v)
{
	v = sea_swap16(v);
	memcpy(p, &v, sizeof(v));
}

static inline void sea_put32(uint8_t *p, uint32_t v)
{
	v = sea_swap32(v);
	memcpy(p, &v, sizeof(v));
}

static inline uint16_t sea_be16_get(sea_be16 v)
{
	return sea_get16(v.b);
}

static inline uint32_t sea_be32_get(sea_be32 v)
{
	return sea_get32(v.b);
}

static inline sea_be16 sea_be16_of(uint16_t v)
{
	sea_be16 r;

	sea_put16(r.b, v);
	return r;
}

static inline sea_be32 sea_be32_of(uint32_t v)
{
	sea_be32 r;

	sea_put32(r.b, v);
	return r;
}

/* The low two bits of TOS and traffic class (RFC 3168 §5). */
#define SEA_ECN_MASK 3
#define SEA_ECN_CE 3

#endif
