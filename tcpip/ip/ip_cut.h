/* SPDX-License-Identifier: Apache-2.0 */
/* What the fragments of both families have in common. */
#ifndef SEA_IP_IP_CUT_H
#define SEA_IP_IP_CUT_H

#include "core/pkt_cut.h"
#include "core/stack.h"

/* Bytes of the next fragment: all that is left if there is room, else whole units of 8. */
static inline uint32_t sea_ip_cut_len(const struct sea_pkt_cut *c, uint32_t room)
{
	uint32_t left = c->total - c->done;

	return left <= room ? left : room & ~7u;
}

/* sea_pkt_cut_next(), with off_net and off_trans set. */
struct sea_pkt *sea_ip_cut_next(struct sea_pkt_cut *c, const uint8_t *hdr, uint32_t hdr_len,
				uint32_t len);

/* Drops the packet, counts `fails`, and returns `err`. */
int sea_ip_cut_failed(struct sea_stack *stack, struct sea_pkt *pkt, enum sea_drop why,
		      enum sea_mib fails, int err);

/* The rest of a datagram of which one piece could not be sent: dropped. */
void sea_ip_cut_drop_rest(struct sea_stack *stack, struct sea_pktq *rest);

#endif
