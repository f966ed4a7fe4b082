/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Software segmentation, as Linux does it: the IP id counts up, FIN and PSH stand on the last
 * segment only, CWR on the first only (but see pkt->accecn). Headers are copied, payload is shared.
 */
#include "core/gso.h"

#include <string.h>

#include "core/checksum.h"
#include "core/link.h"
#include "core/minmax.h"
#include "core/pkt_cut.h"
#include "core/stack.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"
#include "wire/udp.h"

/* A super-segment on its way to be cut, and how far we are. */
struct cut {
	struct sea_stack *stack;
	struct sea_gso_view view;
	struct sea_pkt_cut payload;
	uint32_t index; /* of the segment */
	uint32_t from;  /* its first payload byte */
};

static struct sea_pkt *new_segment(struct cut *cut, uint32_t len)
{
	const struct sea_gso_view *v = &cut->view;
	struct sea_pkt *whole = cut->payload.pkt, *seg;

	cut->from = cut->payload.done;
	seg = sea_pkt_cut_next(&cut->payload, 0, sea_pkt_peek(whole, v->data), v->data, len);
	if (!seg)
		return NULL;
	seg->off_link = sea_pkt_offset(seg);
	seg->off_net = (uint16_t)(seg->off_link + v->net);
	seg->off_trans = (uint16_t)(seg->off_link + v->trans);
	return seg;
}

static void fix_ipv4(const struct cut *cut, struct sea_ipv4_hdr *ip, uint32_t ip_len)
{
	uint16_t sum;

	ip->total_len = sea_be16_of((uint16_t)ip_len);
	ip->id = sea_be16_of((uint16_t)(sea_be16_get(ip->id) + cut->index));
	ip->sum = sea_be16_of(0);
	sum = (uint16_t)~sea_csum_fold(cut->stack->csum(ip, cut->view.trans - cut->view.net, 0));
	memcpy(&ip->sum, &sum, sizeof(sum));
}

static void fix_tcp(const struct cut *cut, struct sea_tcp_hdr *tcp)
{
	bool last = cut->payload.done == cut->payload.total;
	uint32_t urg = sea_be16_get(tcp->urg);
	uint8_t flags = tcp->flags;

	if (flags & SEA_TCP_URG) { /* relative to the segment; behind it nothing is urgent */
		urg = urg > cut->from ? urg - cut->from : 0;
		tcp->urg = sea_be16_of((uint16_t)urg);
		if (!urg)
			flags &= (uint8_t)~SEA_TCP_URG;
	}
	tcp->seq = sea_be32_of(sea_be32_get(tcp->seq) + cut->from);
	if (!last)
		flags &= (uint8_t) ~(SEA_TCP_FIN | SEA_TCP_PSH);
	if (cut->index && !cut->payload.pkt->accecn)
		flags &= (uint8_t)~SEA_TCP_CWR;
	tcp->flags = flags;
}

/* A UDP datagram without a checksum stays without (RFC 768), unless one was asked for. */
static bool wants_no_sum(const struct cut *cut, const struct sea_udp_hdr *udp)
{
	return cut->payload.pkt->csum_state != SEA_CSUM_PARTIAL && sea_be16_get(udp->sum) == 0;
}

static void fix_sum(const struct cut *cut, struct sea_pkt *seg, uint8_t *head)
{
	const struct sea_gso_view *v = &cut->view;
	uint8_t *field = head + v->trans + v->sum_offset;
	uint32_t len = seg->len - v->trans, sum;
	uint16_t folded = 0;

	memcpy(field, &folded, sizeof(folded));
	sum = sea_csum_add(sea_gso_pseudo(v, head + v->net, len),
			   sea_pkt_csum(seg, v->trans, len, cut->stack->csum));
	folded = (uint16_t)~sea_csum_fold(sum);
	if (!folded && v->proto == SEA_IPPROTO_UDP)
		folded = 0xffff;
	memcpy(field, &folded, sizeof(folded));
}

static void fix_headers(const struct cut *cut, struct sea_pkt *seg, uint32_t len)
{
	const struct sea_gso_view *v = &cut->view;
	uint8_t *head = seg->frags[0].buf->data + seg->frags[0].off;
	struct sea_udp_hdr *udp = (void *)(head + v->trans);

	if (v->v6)
		((struct sea_ipv6_hdr *)(void *)(head + v->net))->payload_len =
			sea_be16_of((uint16_t)(seg->len - v->net - sizeof(struct sea_ipv6_hdr)));
	else
		fix_ipv4(cut, (void *)(head + v->net), seg->len - v->net);
	if (v->proto == SEA_IPPROTO_TCP) {
		fix_tcp(cut, (void *)(head + v->trans));
	} else {
		udp->len = sea_be16_of((uint16_t)(len + sizeof(*udp)));
		if (wants_no_sum(cut, udp))
			return;
	}
	fix_sum(cut, seg, head);
}

static bool cut_up(struct cut *cut, uint32_t size, struct sea_pktq *out)
{
	struct sea_pkt_cut *c = &cut->payload;

	while (c->done < c->total) {
		uint32_t len = sea_min_u32(c->total - c->done, size);
		struct sea_pkt *seg = new_segment(cut, len);

		if (!seg)
			return false;
		fix_headers(cut, seg, len);
		cut->index++;
		sea_pktq_push(out, seg);
	}
	return c->total > 0;
}

bool sea_gso_segment(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_pktq *out)
{
	struct cut cut = { .stack = stack };
	uint32_t link_hdr_len = (uint32_t)(pkt->off_net - sea_pkt_offset(pkt));

	if (!pkt->gso_size || pkt->off_net < sea_pkt_offset(pkt) ||
	    !sea_gso_view_sent(pkt, link_hdr_len, &cut.view))
		goto failed;
	/* The headers are contiguous, in the first fragment. */
	sea_pkt_cut_init(&cut.payload, pkt, cut.view.data, cut.view.end - cut.view.data);
	if (!cut_up(&cut, pkt->gso_size, out))
		goto failed;
	sea_pkt_free(pkt);
	return true;
failed:
	sea_pkt_drop(stack, pkt, SEA_DROP_GSO_FAILED);
	return false;
}
