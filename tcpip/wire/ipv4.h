/* SPDX-License-Identifier: Apache-2.0 */
/* The IPv4 header (RFC 791) and what addresses mean (RFC 1122 §3.2.1.3, RFC 6890). */
#ifndef SEA_WIRE_IPV4_H
#define SEA_WIRE_IPV4_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

#include "wire/bytes.h"

struct sea_ipv4_hdr {
	uint8_t ver_ihl, tos;
	sea_be16 total_len, id, frag;
	uint8_t ttl, proto;
	sea_be16 sum;
	sea_be32 src, dst;
};
static_assert(sizeof(struct sea_ipv4_hdr) == 20 && _Alignof(struct sea_ipv4_hdr) == 1,
	      "RFC 791 §3.1");

#define SEA_IPV4_HDR_MAX 60
#define SEA_IPV4_OPTS_MAX 40
#define SEA_IPV4_DF 0x4000
#define SEA_IPV4_MF 0x2000
#define SEA_IPV4_OFFSET 0x1fff /* in units of 8 bytes */

/* Options (RFC 791 §3.1); those with the highest bit stand in all fragments. */
enum sea_ipv4_opt {
	SEA_IPV4_OPT_END = 0,
	SEA_IPV4_OPT_NOP = 1,
	SEA_IPV4_OPT_RECORD_ROUTE = 7,
	SEA_IPV4_OPT_TIMESTAMP = 68,
	SEA_IPV4_OPT_LOOSE_ROUTE = 131,
	SEA_IPV4_OPT_CIPSO = 134,
	SEA_IPV4_OPT_STRICT_ROUTE = 137,
	SEA_IPV4_OPT_ROUTER_ALERT = 148,
};

#define SEA_IPV4_OPT_COPIED 0x80

enum sea_ipproto {
	SEA_IPPROTO_ICMP = 1,
	SEA_IPPROTO_IGMP = 2,
	SEA_IPPROTO_TCP = 6,
	SEA_IPPROTO_UDP = 17,
	SEA_IPPROTO_ICMPV6 = 58,
};

enum sea_ipv4_fault {
	SEA_IPV4_OK,
	SEA_IPV4_SHORT,   /* fewer bytes than a header, or than total_len says */
	SEA_IPV4_VERSION, /* not 4 */
	SEA_IPV4_IHL,     /* below 5 or beyond total_len */
};

/* Facts in host order. The checksum is not looked at. */
struct sea_ipv4_facts {
	sea_be32 src, dst;
	uint16_t hdr_len, total_len, id, frag_off; /* frag_off in bytes */
	bool df, mf;
	uint8_t tos, ttl, proto;
};

/*
 * `hdr` points at `len` readable bytes of a packet that is `pkt_len` bytes long. In line, because who
 * calls has most often checked some of it, or wants only some of the facts.
 */
static inline enum sea_ipv4_fault sea_ipv4_parse(const uint8_t *hdr, size_t len, size_t pkt_len,
						 struct sea_ipv4_facts *facts)
{
	const struct sea_ipv4_hdr *h = (const struct sea_ipv4_hdr *)hdr;
	uint16_t hdr_len, total_len, frag;

	if (len < sizeof(*h))
		return SEA_IPV4_SHORT;
	if (h->ver_ihl >> 4 != 4)
		return SEA_IPV4_VERSION;
	hdr_len = (uint16_t)((h->ver_ihl & 0xf) * 4);
	total_len = sea_be16_get(h->total_len);
	if (hdr_len < sizeof(*h) || hdr_len > total_len)
		return SEA_IPV4_IHL;
	if (hdr_len > len || total_len > pkt_len)
		return SEA_IPV4_SHORT;
	frag = sea_be16_get(h->frag);
	*facts = (struct sea_ipv4_facts){
		.src = h->src,
		.dst = h->dst,
		.hdr_len = hdr_len,
		.total_len = total_len,
		.id = sea_be16_get(h->id),
		.frag_off = (uint16_t)((frag & SEA_IPV4_OFFSET) * 8),
		.df = frag & SEA_IPV4_DF,
		.mf = frag & SEA_IPV4_MF,
		.tos = h->tos,
		.ttl = h->ttl,
		.proto = h->proto,
	};
	return SEA_IPV4_OK;
}

/* Where options stand: offsets from the header's first byte, 0 for none. */
struct sea_ipv4_opts {
	uint8_t source_route, record_route, timestamp;
	uint8_t fault; /* the byte that a parameter problem points at (RFC 792) */
};

/*
 * Are the options, the `len` bytes behind the fixed header, well formed (RFC 791 §3.1)? On false,
 * found->fault says where not, and the rest what stands before it (and behind it, where the fault is
 * only a timestamp's count of hosts, at found->timestamp + 3, that has reached its end).
 */
bool sea_ipv4_options_parse(const uint8_t *opts, size_t len, struct sea_ipv4_opts *found);

static inline bool sea_be32_equal(sea_be32 a, sea_be32 b)
{
	return memcmp(&a, &b, sizeof(a)) == 0;
}

static inline bool sea_ipv4_is_any(sea_be32 a)
{
	return sea_be32_get(a) == 0;
}

static inline bool sea_ipv4_is_loopback(sea_be32 a)
{
	return a.b[0] == 127;
}

static inline bool sea_ipv4_is_multicast(sea_be32 a)
{
	return (a.b[0] & 0xf0) == 0xe0;
}

/* Local network control block (RFC 5771): never leaves the link. */
static inline bool sea_ipv4_is_local_group(sea_be32 a)
{
	return a.b[0] == 224 && a.b[1] == 0 && a.b[2] == 0;
}

static inline bool sea_ipv4_is_broadcast(sea_be32 a)
{
	return sea_be32_get(a) == 0xffffffff;
}

static inline bool sea_ipv4_is_zeronet(sea_be32 a)
{
	return a.b[0] == 0;
}

static inline bool sea_ipv4_is_linklocal(sea_be32 a)
{
	return a.b[0] == 169 && a.b[1] == 254;
}

#endif
