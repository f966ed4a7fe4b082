/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cutting a packet's payload into pieces behind headers of their own; for both families' fragments.
 * The last piece credits the socket that sent the whole.
 */
#ifndef SEA_IP_IP_CUT_H
#define SEA_IP_IP_CUT_H

#include "core/pkt.h"
#include "core/stack.h"

struct sea_ip_cut {
	struct sea_pkt *pkt;
	uint32_t done, total; /* bytes behind the headers */
	unsigned frag;        /* where the next byte lies */
	uint32_t frag_off;
};

/* `pkt` (borrowed until the end) begins with `headers` bytes, in one piece, that are not cut up. */
void sea_ip_cut_init(struct sea_ip_cut *c, struct sea_pkt *pkt, uint32_t headers);

/* Bytes of the next piece: all that is left if there is room, else whole units of 8. */
static inline uint32_t sea_ip_cut_len(const struct sea_ip_cut *c, uint32_t room)
{
	uint32_t left = c->total - c->done;

	return left <= room ? left : room & ~7u;
}

/* A packet of a copy of `hdr` and the next `len` bytes, off_net and off_trans set. NULL: no memory. */
struct sea_pkt *sea_ip_cut_next(struct sea_ip_cut *c, const uint8_t *hdr, uint32_t hdr_len,
				uint32_t len);

/* Takes the pieces back: `out` is empty, the packet owes its socket again. */
void sea_ip_cut_undo(struct sea_stack *stack, struct sea_ip_cut *c, struct sea_pktq *out);

/* Drops the packet, counts `fails`, and returns `err`. */
int sea_ip_cut_failed(struct sea_stack *stack, struct sea_pkt *pkt, enum sea_drop why,
		      enum sea_mib fails, int err);

/* The rest of a datagram of which one piece could not be sent: dropped. */
void sea_ip_cut_drop_rest(struct sea_stack *stack, struct sea_pktq *rest);

#endif
