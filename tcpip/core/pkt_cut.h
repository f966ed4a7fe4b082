/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cutting a packet's payload into pieces behind headers of their own: fragments of both families,
 * segments of a super-segment. Payload is shared, headers are copied. The last piece credits the
 * socket that sent the whole.
 */
#ifndef SEA_CORE_PKT_CUT_H
#define SEA_CORE_PKT_CUT_H

#include "core/pkt.h"

struct sea_pkt_cut {
	struct sea_pkt *pkt;
	uint32_t done, total; /* bytes behind the headers */
	unsigned frag;        /* where the next byte lies */
	uint32_t frag_off;
};

/*
 * `pkt` (borrowed until the end) begins with `headers` bytes, in one piece, that are not cut up; of
 * what is behind them, the first `total` bytes are.
 */
static inline void sea_pkt_cut_init(struct sea_pkt_cut *c, struct sea_pkt *pkt, uint32_t headers,
				    uint32_t total)
{
	*c = (struct sea_pkt_cut){ .pkt = pkt, .total = total, .frag_off = headers };
}

/*
 * A packet of `headroom`, a copy of `hdr` and the next `len` bytes, with the whole's facts but
 * offsets, offloads and checksum. NULL: no memory, and nothing is taken.
 */
struct sea_pkt *sea_pkt_cut_next(struct sea_pkt_cut *c, uint32_t headroom, const void *hdr,
				 uint32_t hdr_len, uint32_t len);

/* Takes the pieces back: `out` is empty, the packet owes its socket again. */
void sea_pkt_cut_undo(struct sea_pkt_cut *c, struct sea_pktq *out);

#endif
