/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SipHash (Aumasson, Bernstein 2012), little-endian output. 1-3 for lookup tables, 2-4 for ISNs and
 * cookies. Fixed-size inputs that are a few words long have a variant without the byte loop.
 */
#ifndef SEA_CORE_SIPHASH_H
#define SEA_CORE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct sea_siphash_key {
	uint64_t k0, k1;
};

uint64_t sea_siphash13(const struct sea_siphash_key *key, const void *data, size_t len);
uint64_t sea_siphash24(const struct sea_siphash_key *key, const void *data, size_t len);

/* The same as hashing the words' little-endian bytes. */
uint64_t sea_siphash13_2u64(const struct sea_siphash_key *key, uint64_t a, uint64_t b);
uint64_t sea_siphash24_2u64(const struct sea_siphash_key *key, uint64_t a, uint64_t b);

#endif
