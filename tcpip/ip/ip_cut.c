/* SPDX-License-Identifier: Apache-2.0 */
/* Fragments of both families: made, or given up. */
#include "ip/ip_cut.h"

struct sea_pkt *sea_ip_cut_next(struct sea_pkt_cut *c, const uint8_t *hdr, uint32_t hdr_len,
				uint32_t len)
{
	struct sea_pkt *piece = sea_pkt_cut_next(c, SEA_PKT_HEADROOM, hdr, hdr_len, len);

	if (piece) {
		piece->off_net = sea_pkt_offset(piece);
		piece->off_trans = (uint16_t)(piece->off_net + hdr_len);
	}
	return piece;
}

int sea_ip_cut_failed(struct sea_stack *stack, struct sea_pkt *pkt, enum sea_drop why,
		      enum sea_mib fails, int err)
{
	sea_stack_count(stack, fails);
	sea_pkt_drop(stack, pkt, why);
	return err;
}

void sea_ip_cut_drop_rest(struct sea_stack *stack, struct sea_pktq *rest)
{
	struct sea_pkt *piece;

	while ((piece = sea_pktq_pop(rest)))
		sea_pkt_drop(stack, piece, SEA_DROP_IP_FRAG_REST);
}
