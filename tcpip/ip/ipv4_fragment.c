/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams cut into fragments (RFC 791 §3.2): headers are made anew, payload is shared. */
#include <errno.h>

#include "ip/ip_cut.h"
#include "ip/ipv4.h"

/* Options that are not to be in all fragments leave room that stays, as on Linux. */
static void blank_options(uint8_t *hdr, uint32_t hdr_len)
{
	uint32_t step;

	for (uint32_t at = sizeof(struct sea_ipv4_hdr); at < hdr_len; at += step) {
		if (hdr[at] == SEA_IPV4_OPT_END)
			return;
		step = hdr[at] == SEA_IPV4_OPT_NOP || at + 1 >= hdr_len ? 1 : hdr[at + 1];
		if (!step || step > hdr_len - at)
			return; /* came in before we looked: as it is */
		if (!(hdr[at] & SEA_IPV4_OPT_COPIED))
			memset(hdr + at, SEA_IPV4_OPT_NOP, step);
	}
}

static void fix_header(struct sea_pkt *pkt, uint32_t hdr_len, uint16_t frag)
{
	struct sea_ipv4_hdr *hdr = sea_pkt_at(pkt, pkt->off_net);

	hdr->total_len = sea_be16_of((uint16_t)pkt->len);
	hdr->frag = sea_be16_of(frag);
	hdr->sum = sea_be16_of(0);
	sea_csum_put(&hdr->sum, (uint16_t)~sea_csum_fold(sea_csum_ipv4(hdr, hdr_len)));
}

/* All pieces onto `out`. False: no memory; some may be there. */
static bool cut(struct sea_pkt_cut *c, uint8_t *hdr, uint32_t hdr_len, uint32_t room,
		struct sea_pktq *out)
{
	const uint16_t frag = sea_be16_get(((struct sea_ipv4_hdr *)(void *)hdr)->frag);
	const uint16_t first = frag & SEA_IPV4_OFFSET, df = frag & SEA_IPV4_DF;

	while (c->done < c->total) {
		uint16_t off = (uint16_t)(first + c->done / 8);
		uint32_t len = sea_ip_cut_len(c, room);
		struct sea_pkt *piece = sea_ip_cut_next(c, hdr, hdr_len, len);

		if (!piece)
			return false;
		fix_header(piece, hdr_len,
			   (uint16_t)(off | df |
				      (c->done < c->total ? SEA_IPV4_MF : frag & SEA_IPV4_MF)));
		if (off == first)
			blank_options(hdr, hdr_len);
		sea_pktq_push(out, piece);
	}
	return true;
}

int sea_ipv4_fragment(struct sea_stack *stack, struct sea_pkt *pkt, uint32_t mtu,
		      struct sea_pktq *out)
{
	uint8_t hdr[SEA_IPV4_HDR_MAX];
	uint32_t hdr_len = (*(const uint8_t *)sea_pkt_at(pkt, pkt->off_net) & 0xfu) * 4;
	struct sea_pkt_cut c;

	if (mtu < hdr_len + 8)
		return sea_ip_cut_failed(stack, pkt, SEA_DROP_IP_TOO_BIG, SEA_MIB_IpFragFails,
					 -EMSGSIZE);
	if (!sea_pkt_csum_finish(pkt, stack->csum) || !sea_pkt_peek(pkt, hdr_len))
		return sea_ip_cut_failed(stack, pkt, SEA_DROP_IP_NO_MEMORY, SEA_MIB_IpFragFails,
					 -ENOMEM);
	memcpy(hdr, sea_pkt_peek(pkt, hdr_len), hdr_len);
	sea_pkt_cut_init(&c, pkt, hdr_len, pkt->len - hdr_len);
	if (!cut(&c, hdr, hdr_len, mtu - hdr_len, out)) {
		sea_pkt_cut_undo(&c, out);
		return sea_ip_cut_failed(stack, pkt, SEA_DROP_IP_NO_MEMORY, SEA_MIB_IpFragFails,
					 -ENOMEM);
	}
	sea_pkt_free(pkt);
	return 0;
}
