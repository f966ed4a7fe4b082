/* SPDX-License-Identifier: Apache-2.0 */
/* What a frame is: IP, and TCP, UDP or ICMP in it, as facts that rules judge. */
#ifndef SEA_LINT_SEGMENT_H
#define SEA_LINT_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "packetimpact/lint/capture.h"
#include "wire/tcp.h"

enum sea_lint_kind {
	SEA_LINT_BROKEN,   /* IP's own header says what cannot be */
	SEA_LINT_CUT,      /* the capture has not enough of it */
	SEA_LINT_FRAGMENT, /* not judged beyond IP's header */
	SEA_LINT_OTHER,    /* another protocol */
	SEA_LINT_ICMP,
	SEA_LINT_UDP,
	SEA_LINT_TCP,
};

struct sea_lint_seg {
	uint64_t frame, time_ns;
	bool v6;
	uint8_t src[16], dst[16]; /* of IPv4, the first four bytes */
	uint8_t ecn;              /* of the IP header */
	uint16_t ip_id;           /* of IPv4, else 0 */
	uint16_t ip_hdr_len;
	bool ip_sum_wrong;
	uint8_t proto;
	const uint8_t *l4;
	uint32_t l4_len, l4_cap; /* on the wire, and in the capture */
	/* TCP */
	struct sea_tcp_seg tcp;
	bool ae;
	const uint8_t *opts, *payload;
	uint32_t opts_len, payload_cap;
};

enum sea_lint_sum {
	SEA_LINT_SUM_RIGHT,
	SEA_LINT_SUM_WRONG,
	SEA_LINT_SUM_UNFINISHED,
	SEA_LINT_SUM_CUT
};

/* IP's facts, and where the transport begins. */
enum sea_lint_kind sea_lint_segment_read(const struct sea_lint_frame *frame,
					 struct sea_lint_seg *seg);
/* TCP's, of a segment of which l4_cap bytes were found to hold the header. */
void sea_lint_segment_tcp(struct sea_lint_seg *seg);

/*
 * The checksum of the transport, whose field is at `at`. Unfinished is what a sender leaves to its card (only the
 * pseudo header's sum), and what is wrong in a packet larger than any on a wire.
 */
enum sea_lint_sum sea_lint_segment_sum(const struct sea_lint_seg *seg, uint32_t at);

#endif
