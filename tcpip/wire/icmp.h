/* SPDX-License-Identifier: Apache-2.0 */
/* ICMP (RFC 792, 1122 §3.2.2, 1191, 1812 §4.3). */
#ifndef SEA_WIRE_ICMP_H
#define SEA_WIRE_ICMP_H

#include <assert.h>
#include <stdbool.h>

#include "wire/bytes.h"

struct sea_icmp_hdr {
	uint8_t type, code;
	sea_be16 sum;
	union {
		struct {
			sea_be16 id, seq;
		} echo;
		struct {
			sea_be16 unused, mtu;
		} frag;
		sea_be32 rest;
	};
};
static_assert(sizeof(struct sea_icmp_hdr) == 8 && _Alignof(struct sea_icmp_hdr) == 1, "RFC 792");

enum sea_icmp_type {
	SEA_ICMP_ECHO_REPLY = 0,
	SEA_ICMP_DEST_UNREACH = 3,
	SEA_ICMP_SOURCE_QUENCH = 4,
	SEA_ICMP_REDIRECT = 5,
	SEA_ICMP_ECHO = 8,
	SEA_ICMP_TIME_EXCEEDED = 11,
	SEA_ICMP_PARAM_PROBLEM = 12,
	SEA_ICMP_TIMESTAMP = 13,
	SEA_ICMP_TIMESTAMP_REPLY = 14,
	SEA_ICMP_TYPE_MAX = 18,
};

enum sea_icmp_unreach {
	SEA_ICMP_NET_UNREACH = 0,
	SEA_ICMP_HOST_UNREACH = 1,
	SEA_ICMP_PROT_UNREACH = 2,
	SEA_ICMP_PORT_UNREACH = 3,
	SEA_ICMP_FRAG_NEEDED = 4,
	SEA_ICMP_SR_FAILED = 5,
	SEA_ICMP_PKT_FILTERED = 13,
	SEA_ICMP_UNREACH_MAX = 15,
};

enum sea_icmp_redirect {
	SEA_ICMP_REDIRECT_NET = 0,
	SEA_ICMP_REDIRECT_HOST = 1,
	SEA_ICMP_REDIRECT_NET_TOS = 2,
	SEA_ICMP_REDIRECT_HOST_TOS = 3,
};

enum sea_icmp_exceeded {
	SEA_ICMP_EXC_TTL = 0,
	SEA_ICMP_EXC_FRAGTIME = 1,
};

/* Errors quote the datagram that caused them; queries and answers do not. */
static inline bool sea_icmp_is_error(uint8_t type)
{
	return type == SEA_ICMP_DEST_UNREACH || type == SEA_ICMP_SOURCE_QUENCH ||
	       type == SEA_ICMP_REDIRECT || type == SEA_ICMP_TIME_EXCEEDED ||
	       type == SEA_ICMP_PARAM_PROBLEM;
}

#endif
