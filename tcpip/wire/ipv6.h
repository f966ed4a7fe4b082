/* SPDX-License-Identifier: Apache-2.0 */
/* The IPv6 header, its extension headers and its addresses (RFC 8200, RFC 4291). */
#ifndef SEA_WIRE_IPV6_H
#define SEA_WIRE_IPV6_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "wire/bytes.h"

struct sea_ipv6_hdr {
	sea_be32 ver_class_flow; /* 4 bits of version, 8 of traffic class, 20 of flow label */
	sea_be16 payload_len;
	uint8_t next, hop_limit;
	uint8_t src[16], dst[16];
};
static_assert(sizeof(struct sea_ipv6_hdr) == 40 && _Alignof(struct sea_ipv6_hdr) == 1,
	      "RFC 8200 §3");

/* Next header values that are headers of IPv6's own, and no transport. */
enum sea_ipv6_next {
	SEA_IPV6_HOPOPTS = 0,
	SEA_IPV6_ROUTING = 43,
	SEA_IPV6_FRAGMENT = 44,
	SEA_IPV6_ESP = 50,
	SEA_IPV6_AUTH = 51,
	SEA_IPV6_ICMP = 58,
	SEA_IPV6_NONE = 59,
	SEA_IPV6_DSTOPTS = 60,
	SEA_IPV6_MOBILITY = 135,
};

struct sea_ipv6_frag_hdr {
	uint8_t next, reserved;
	sea_be16 off_flags; /* offset in units of 8 bytes, shifted by 3; 0x1: more follow */
	sea_be32 id;
};
static_assert(sizeof(struct sea_ipv6_frag_hdr) == 8, "RFC 8200 §4.5");

#define SEA_IPV6_FLOW_LABEL 0xfffffu
#define SEA_IPV6_FLOW_STATELESS 0x80000u /* Linux's flowlabel_state_ranges: never leased */
#define SEA_IPV6_FRAG_MORE 0x1
#define SEA_IPV6_FRAG_OFFSET 0xfff8

/* The fixed header in host order. */
struct sea_ipv6_facts {
	uint8_t tclass, next, hop_limit;
	uint32_t flow_label, payload_len;
	uint8_t src[16], dst[16];
};

/* The version, which stands in the same byte as the class, is the caller's to check. */
void sea_ipv6_parse(const struct sea_ipv6_hdr *h, struct sea_ipv6_facts *facts);
void sea_ipv6_put(struct sea_ipv6_hdr *h, const struct sea_ipv6_facts *facts);

/*
 * How far a look over extension headers got: the number of what stands at `at`. A fragment that is not
 * the first (frag_off in bytes) is the end of the way: what follows it begins with no header.
 */
struct sea_ipv6_way {
	uint8_t next;
	size_t at;
	bool fragmented, routed; /* a fragment header, a routing header is among them */
	uint16_t frag_off;
};

/*
 * Over all extension headers from way->at on, of the `len` bytes that begin with the fixed header.
 * False where a header says more than there is: `way` then stands at that one. Checks nothing else.
 */
bool sea_ipv6_skip_exts(const uint8_t *bytes, size_t len, struct sea_ipv6_way *way);

static inline bool sea_in6_is_any(const uint8_t a[16])
{
	static const uint8_t any[16];

	return memcmp(a, any, 16) == 0;
}

static inline bool sea_in6_is_loopback(const uint8_t a[16])
{
	static const uint8_t loopback[16] = { [15] = 1 };

	return memcmp(a, loopback, 16) == 0;
}

static inline bool sea_in6_is_multicast(const uint8_t a[16])
{
	return a[0] == 0xff;
}

/* fe80::/10 */
static inline bool sea_in6_is_link_local(const uint8_t a[16])
{
	return a[0] == 0xfe && (a[1] & 0xc0) == 0x80;
}

static inline bool sea_in6_is_mapped(const uint8_t a[16])
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(a, prefix, 12) == 0;
}

/* RFC 4291 §2.7: 1 interface, 2 link, 5 site, 8 organisation, e global. */
static inline uint8_t sea_in6_group_scope(const uint8_t a[16])
{
	return a[1] & 0xf;
}

#endif
