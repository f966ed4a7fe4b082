/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Internet checksum (RFC 1071, 1624). Sums are unfolded 32-bit ones'-complement sums of 16-bit
 * words in *network* order read as host integers, so that a folded sum can be stored in place; a
 * sum of an odd number of bytes is padded with a zero byte.
 */
#ifndef SEA_CORE_CHECKSUM_H
#define SEA_CORE_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/pkt.h"

/* Adds `len` bytes to `sum`. Both give the same for every input; a test proves it. */
uint32_t sea_csum_scalar(const void *data, size_t len, uint32_t sum);
uint32_t sea_csum_avx2(const void *data, size_t len, uint32_t sum);

/* Whether this processor has the instructions for sea_csum_avx2(). */
bool sea_csum_avx2_usable(void);

/* The implementation a stack was given at its creation. */
typedef uint32_t sea_csum_fn(const void *data, size_t len, uint32_t sum);

static inline uint32_t sea_csum_add(uint32_t a, uint32_t b)
{
	a += b;
	return a + (a < b);
}

static inline uint16_t sea_csum_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)(sum + (sum >> 16));
}

/* The sum of a block that begins at odd offset in the whole. */
static inline uint32_t sea_csum_odd(uint32_t sum)
{
	return (sum << 8 & 0xff00ff00u) | (sum >> 8 & 0x00ff00ffu);
}

/* The sum of `len` bytes of the packet from `off` (relative to its first byte) on, any fragments. */
uint32_t sea_pkt_csum(const struct sea_pkt *pkt, uint32_t off, uint32_t len, sea_csum_fn *fn);

/* Pseudo-headers (RFC 9293 §3.1, RFC 8200 §8.1): addresses in network order, len in bytes. */
uint32_t sea_csum_pseudo4(const uint8_t src[4], const uint8_t dst[4], uint8_t proto, uint32_t len);
uint32_t sea_csum_pseudo6(const uint8_t src[16], const uint8_t dst[16], uint8_t proto,
			  uint32_t len);

/* Field update when a 16-bit or 32-bit word covered by it changes (RFC 1624 eqn. 3). */
uint16_t sea_csum_update16(uint16_t field, uint16_t from, uint16_t to);
uint16_t sea_csum_update32(uint16_t field, uint32_t from, uint32_t to);

/*
 * Is the transport checksum right? Settles csum_state: PARTIAL and VERIFIED are taken at their word,
 * COMPLETE is compared with `pseudo`, NONE is summed up from the packet's present first byte to its
 * end. On success the state becomes VERIFIED.
 */
bool sea_pkt_csum_verify(struct sea_pkt *pkt, uint32_t pseudo, sea_csum_fn *fn);

/* Completes a PARTIAL checksum in place (unsharing the head). False: no memory. */
bool sea_pkt_csum_finish(struct sea_pkt *pkt, sea_csum_fn *fn);

/* A header rewrite changed bytes that a COMPLETE sum covers, or made a PARTIAL start move: the one
 * helper that keeps the state right. `from` and `to` are the old and new sums of those bytes. */
void sea_pkt_csum_rewrite(struct sea_pkt *pkt, uint32_t from, uint32_t to);

#endif
