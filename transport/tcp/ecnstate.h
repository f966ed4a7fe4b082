/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a connection remembers of marks: a byte, and part of its side object, since most never see one. Packets and bytes are
 * counted by the two bits of their IP headers whatever was agreed on, as Linux shows them in tcp_info.
 */
#ifndef SEA_TCP_ECNSTATE_H
#define SEA_TCP_ECNSTATE_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/time.h>

#include "wire/tcp.h"

/* tcp_node.ecn. */
enum tcp_ecn_bit {
	TCP_ECN_OK = 1u << 0,        /* agreed on; in SYN_SENT: asked for */
	TCP_ECN_QUEUE_CWR = 1u << 1, /* the next new data says that the window was reduced */
	TCP_ECN_DEMAND_CWR =
		1u << 2,        /* a mark came: ECE on all segments until the peer has reacted */
	TCP_ECN_SEEN = 1u << 3, /* data of the peer's was ECT, or marked */
	TCP_ECN_ACC = 1u << 6,  /* Accurate ECN was agreed on; in SYN_SENT: asked for (accecn.h) */
	TCP_ECN_LAST_ECT = 1u << 5, /* the last segment was ECT: what IP_TOS reads (as Linux) */
	TCP_ECN_CE_STATE = 1u << 7, /* the last data was marked (RFC 8257 §3.2: DCTCP.CE) */
	TCP_ECN_ON_SYN =
		1u << 4, /* the SYN says it; no more once it is sent again (tcp_ecn_fallback) */
};

/* Places in arrays of bytes: the IP field less one. */
enum tcp_ecn_bytes { TCP_ECN_E1B, TCP_ECN_E0B, TCP_ECN_CEB, TCP_ECN_BYTES_N };

/* What was seen of the peer's options (RFC 9768 §3.2.3): tcp_info's numbers. */
enum tcp_accecn_seen {
	TCP_ACCECN_NOT_SEEN,
	TCP_ACCECN_EMPTY,   /* one without counters */
	TCP_ACCECN_COUNTED, /* one with counters that began as they should */
	TCP_ACCECN_FAILED,  /* one that did not; or none until it was too late */
};

/* What the path does not let through: tcp_info's bits. */
enum tcp_accecn_fail {
	TCP_ACCECN_ACE_FAIL_SEND = 1, /* our flags: the SYN-ACK had to go without */
	TCP_ACCECN_ACE_FAIL_RECV = 2, /* the peer's flags, or our field */
	TCP_ACCECN_OPT_FAIL_SEND = 4,
	TCP_ACCECN_OPT_FAIL_RECV = 8,
};

/* Of a connection with Accurate ECN (accecn.h). */
struct tcp_accecn {
	uint8_t syn_field; /* of the peer's SYN or SYN-ACK, the last that came: the handshake tells it */
	uint8_t last_field; /* of the last data that came */
	uint8_t seen, fail; /* enum tcp_accecn_seen; of enum tcp_accecn_fail */
	uint8_t minlen;     /* counters that the next option must have */
	uint8_t demand;     /* for so many segments more an option is due */
	uint8_t ce_pending; /* marks that no segment of ours has told of */
	uint8_t guess; /* where bytes count that an ACK without option delivered: a field; 0: none */
	bool ect1;     /* the last segment was ECT(1), if it was ECT */
	bool option_sent;   /* with the last segment */
	bool duplicate;     /* duplicate_start is valid: where data began that had come before */
	bool reflect;       /* the next bare ACK tells syn_field */
	uint16_t acked_avg; /* segments an ACK delivers, << 6; 0: none did yet */
	sea_seq duplicate_start;
	sea_time option_stamp; /* when the last option went */
};

struct tcp_ecn {
	uint32_t received_ce; /* segments that came marked: r.cep */
	uint32_t received_bytes[TCP_ECN_BYTES_N];
	uint32_t
		delivered_ce; /* of ours, as the peer tells: s.cep; RFC 3168: all that an ACK with ECE delivered */
	uint32_t delivered_bytes[TCP_ECN_BYTES_N];
	sea_seq echoed; /* RFC 8257: RCV.NXT at the last data that came */
	struct tcp_accecn acc;
};

#endif
