/* SPDX-License-Identifier: Apache-2.0 */
/* ICMPv6 (RFC 4443). Neighbour discovery's messages are wire/ndp.h. */
#ifndef SEA_WIRE_ICMP6_H
#define SEA_WIRE_ICMP6_H

#include <assert.h>
#include <stdbool.h>

#include "wire/bytes.h"

struct sea_icmp6_hdr {
	uint8_t type, code;
	sea_be16 sum;
	union {
		struct {
			sea_be16 id, seq;
		} echo;
		sea_be32 rest; /* an MTU, a pointer, or nothing */
	};
};
static_assert(sizeof(struct sea_icmp6_hdr) == 8 && _Alignof(struct sea_icmp6_hdr) == 1,
	      "RFC 4443 §2.1");

enum sea_icmp6_type {
	SEA_ICMP6_DEST_UNREACH = 1,
	SEA_ICMP6_PACKET_TOO_BIG = 2,
	SEA_ICMP6_TIME_EXCEEDED = 3,
	SEA_ICMP6_PARAM_PROBLEM = 4,
	SEA_ICMP6_ECHO = 128,
	SEA_ICMP6_ECHO_REPLY = 129,
	SEA_ICMP6_MLD_QUERY = 130,
	SEA_ICMP6_MLD_REPORT = 131,
	SEA_ICMP6_MLD_DONE = 132,
	SEA_ICMP6_MLD2_REPORT = 143,
};

enum sea_icmp6_unreach {
	SEA_ICMP6_NO_ROUTE = 0,
	SEA_ICMP6_ADM_PROHIBITED = 1,
	SEA_ICMP6_NOT_NEIGHBOUR = 2, /* beyond scope of the source address */
	SEA_ICMP6_ADDR_UNREACH = 3,
	SEA_ICMP6_PORT_UNREACH = 4,
	SEA_ICMP6_POLICY_FAIL = 5,
	SEA_ICMP6_REJECT_ROUTE = 6,
	SEA_ICMP6_UNREACH_MAX = 6,
};

enum sea_icmp6_exceeded {
	SEA_ICMP6_HOP_LIMIT = 0,
	SEA_ICMP6_REASSEMBLY = 1,
};

enum sea_icmp6_param {
	SEA_ICMP6_HDR_FIELD = 0,
	SEA_ICMP6_UNK_NEXT_HEADER = 1,
	SEA_ICMP6_UNK_OPTION = 2,
	SEA_ICMP6_HDR_INCOMPLETE = 3, /* RFC 7112 §5 */
};

/* RFC 4443 §2.1: the high bit tells errors from the rest. */
static inline bool sea_icmp6_is_error(uint8_t type)
{
	return type < 128;
}

#endif
