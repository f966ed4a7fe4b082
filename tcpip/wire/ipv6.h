/* SPDX-License-Identifier: Apache-2.0 */
/* The IPv6 header (RFC 8200 §3). */
#ifndef SEA_WIRE_IPV6_H
#define SEA_WIRE_IPV6_H

#include <assert.h>

#include "wire/bytes.h"

struct sea_ipv6_hdr {
	sea_be32 ver_class_flow; /* 4 bits of version, 8 of traffic class, 20 of flow label */
	sea_be16 payload_len;
	uint8_t next, hop_limit;
	uint8_t src[16], dst[16];
};
static_assert(sizeof(struct sea_ipv6_hdr) == 40 && _Alignof(struct sea_ipv6_hdr) == 1,
	      "RFC 8200 §3");

#endif
