/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of hop-by-hop and destination options headers (RFC 8200 §4.2): judged, none of them
 * acted on. Limits are those of RFC 8504 §5.3, with Linux's sysctls.
 */
#ifndef SEA_IP_IPV6_TLV_H
#define SEA_IP_IPV6_TLV_H

#include <stdbool.h>
#include <stdint.h>

enum sea_ipv6_tlv_fault {
	SEA_IPV6_TLV_OK,
	SEA_IPV6_TLV_MALFORMED, /* lengths, or padding that is too long or not zero */
	SEA_IPV6_TLV_LIMIT,     /* too many options, or too long a header */
	SEA_IPV6_TLV_UNKNOWN,   /* an option that says what to do with who does not know it */
};

struct sea_ipv6_tlv_limits {
	int32_t number, len; /* number < 0: at most -number, and no unknown ones */
	bool hop_by_hop;
	bool has_len; /* the fixed header says how long the packet is: no jumbogram */
};

/* What is wrong, and where, counted from the header's first byte. */
struct sea_ipv6_tlv_verdict {
	enum sea_ipv6_tlv_fault fault;
	int code; /* of the parameter problem to be sent; -1: none */
	uint16_t at;
};

/* `ext` is a whole header of `len` bytes. */
struct sea_ipv6_tlv_verdict sea_ipv6_tlv_check(const uint8_t *ext, uint32_t len,
					       const struct sea_ipv6_tlv_limits *limits,
					       bool to_group);

#endif
