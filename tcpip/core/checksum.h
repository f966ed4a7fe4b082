/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Internet checksum (RFC 1071, 1624).
 *
 * A *sum* is a uint32_t: the ones'-complement sum of the bytes, taken in pairs as they lie in memory
 * (memcpy into a uint16_t, no conversion) and not yet folded to 16 bits; an odd last byte is followed
 * by a zero byte. A *field* is what lies in the packet: the complement of a folded sum. Fields are
 * read with sea_csum_get() and stored with sea_csum_put(), never with sea_be16_*():
 *
 *	sea_csum_put(&tcp->sum, 0);
 *	sum = fn(tcp, len, sea_csum_pseudo4(src, dst, SEA_IPPROTO_TCP, len));
 *	sea_csum_put(&tcp->sum, (uint16_t)~sea_csum_fold(sum));    // send, NONE
 *	sea_csum_put(&tcp->sum, sea_csum_fold(pseudo));            // send, PARTIAL
 *	ok = sea_csum_fold(sum) == 0xffff;                         // receive: field and all summed up
 *
 * A sum is 0 only when nothing but zero bytes were added; in between, 0 and 0xffffffff are not mixed
 * up, so that equal bytes give equal sums whoever adds them.
 */
#ifndef SEA_CORE_CHECKSUM_H
#define SEA_CORE_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/pkt.h"
#include "wire/bytes.h"

/* The field at `at`, which need not be aligned. */
static inline uint16_t sea_csum_get(const void *at)
{
	uint16_t field;

	memcpy(&field, at, sizeof(field));
	return field;
}

static inline void sea_csum_put(void *at, uint16_t field)
{
	memcpy(at, &field, sizeof(field));
}

/* Adds `len` bytes to `sum`. Both give the same for every input; a test proves it. */
uint32_t sea_csum_scalar(const void *data, size_t len, uint32_t sum);
uint32_t sea_csum_avx2(const void *data, size_t len, uint32_t sum);

static inline uint32_t sea_csum_load32(const void *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* The words of an IPv4 header of `len` bytes, added up: 20 and more words, which are rare. */
static inline uint64_t sea_csum_ipv4_words(const void *hdr, uint32_t len)
{
	const uint8_t *p = hdr;
	uint64_t sum = (uint64_t)sea_csum_load32(p) + sea_csum_load32(p + 4) +
		       sea_csum_load32(p + 8) + sea_csum_load32(p + 12) + sea_csum_load32(p + 16);

	for (uint32_t at = 20; at < len; at += 4)
		sum += sea_csum_load32(p + at);
	return sum;
}

/* Its sum. */
static inline uint32_t sea_csum_ipv4(const void *hdr, uint32_t len)
{
	uint64_t sum = sea_csum_ipv4_words(hdr, len);

	sum = (sum & UINT32_MAX) + (sum >> 32);
	return (uint32_t)(sum + (sum >> 32));
}

/* Does a header with its field sum up to all ones? 2^16 is 1 modulo 65535, so that is a multiple of it (and never 0). */
static inline bool sea_csum_ipv4_right(const void *hdr, uint32_t len)
{
	return sea_csum_ipv4_words(hdr, len) % 0xffff == 0;
}

/* Whether this processor has the instructions for sea_csum_avx2(). */
bool sea_csum_avx2_usable(void);

/* The implementation a stack was given at its creation. */
typedef uint32_t sea_csum_fn(const void *data, size_t len, uint32_t sum);

static inline uint32_t sea_csum_add(uint32_t a, uint32_t b)
{
	a += b;
	return a + (a < b);
}

/* What remains of sum `a` without the bytes whose sum is `b`; all ones, never 0, if nothing does. */
static inline uint32_t sea_csum_sub(uint32_t a, uint32_t b)
{
	return sea_csum_add(a, ~b);
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

/* A value of host order as the 16-bit words that it would be in a packet, summed up. */
static inline uint32_t sea_csum_value(uint32_t v)
{
	uint32_t wire;

	sea_put32((uint8_t *)&wire, v);
	return (wire & 0xffff) + (wire >> 16);
}

/* Pseudo-headers (RFC 9293 §3.1, RFC 8200 §8.1): addresses in network order, len in bytes. */
static inline uint32_t sea_csum_pseudo4(const uint8_t src[4], const uint8_t dst[4], uint8_t proto,
					uint32_t len)
{
	uint64_t sum = (uint64_t)sea_csum_load32(src) + sea_csum_load32(dst) +
		       sea_csum_value(proto) + sea_csum_value(len);

	return sea_csum_add((uint32_t)sum, (uint32_t)(sum >> 32));
}

uint32_t sea_csum_pseudo6(const uint8_t src[16], const uint8_t dst[16], uint8_t proto,
			  uint32_t len);

/*
 * The field when a 16-bit or 32-bit word covered by it changes (RFC 1624 eqn. 3). All three values as
 * they lie in memory, or all three in host order: the sum does not care, as long as they agree.
 */
uint16_t sea_csum_update16(uint16_t field, uint16_t from, uint16_t to);
uint16_t sea_csum_update32(uint16_t field, uint32_t from, uint32_t to);

/* Needs no look at the bytes: somebody trusted has checked it, or it never left this host. */
static inline bool sea_pkt_csum_believed(const struct sea_pkt *pkt)
{
	return pkt->csum_state == SEA_CSUM_VERIFIED || pkt->csum_state == SEA_CSUM_PARTIAL;
}

/*
 * Is the transport checksum right? PARTIAL and VERIFIED are taken at their word and left alone (a
 * PARTIAL field must still be completed should the packet be sent on), COMPLETE is compared with
 * `pseudo`, NONE is summed up from the packet's present first byte to its end. When those two are
 * right the state becomes VERIFIED.
 */
bool sea_pkt_csum_verify(struct sea_pkt *pkt, uint32_t pseudo, sea_csum_fn *fn);

/*
 * Completes a PARTIAL checksum in place, unsharing the head; the state becomes NONE. A packet in
 * another state is left as it is. False: no memory, or start and offset point outside the packet.
 */
SEA_MUST_USE bool sea_pkt_csum_finish(struct sea_pkt *pkt, sea_csum_fn *fn);

/*
 * Bytes from off_trans on changed: the one helper that keeps the state right. `from` and `to` are
 * the sums of those bytes before and after. COMPLETE follows; NONE and VERIFIED speak of the field,
 * which whoever rewrites brings up to date; PARTIAL is summed up only when finished. (All offsets
 * count from the start of the head buffer, so pushing and pulling headers needs no helper.)
 */
void sea_pkt_csum_rewrite(struct sea_pkt *pkt, uint32_t from, uint32_t to);

#endif
