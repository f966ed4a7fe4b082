/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a connection remembers of marks: part of its side object, since most never see one. Packets and bytes are
 * counted by the two bits of their IP headers whatever was agreed on, as Linux shows them in tcp_info.
 */
#ifndef SEA_TCP_ECNSTATE_H
#define SEA_TCP_ECNSTATE_H

#include <stdint.h>

#include "wire/tcp.h"

/* Places in arrays of bytes: the IP field less one. */
enum tcp_ecn_bytes { TCP_ECN_E1B, TCP_ECN_E0B, TCP_ECN_CEB, TCP_ECN_BYTES_N };

struct tcp_ecn {
	uint32_t received_ce; /* segments that came marked: r.cep */
	uint32_t received_bytes[TCP_ECN_BYTES_N];
	uint32_t
		delivered_ce; /* of ours, as the peer tells: s.cep; RFC 3168: all that an ACK with ECE delivered */
	uint32_t delivered_bytes[TCP_ECN_BYTES_N];
	sea_seq echoed; /* RFC 8257: RCV.NXT at the last data that came */
};

#endif
