/* SPDX-License-Identifier: Apache-2.0 */
/* Which frames can be, or become, super-segments, and where their headers lie. */
#include "core/gso.h"

#include <stddef.h>
#include <string.h>

#include "core/checksum.h"
#include "core/pkt.h"
#include "wire/ether.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"
#include "wire/udp.h"

/* Of `frame` there are 20 bytes in one piece. */
static bool view_ipv4(struct sea_pkt *pkt, const uint8_t *frame, struct sea_gso_view *v)
{
	uint32_t hdr_len = (frame[v->net] & 0x0fu) * 4u;
	struct sea_ipv4_facts facts;

	frame = sea_pkt_peek(pkt, v->net + hdr_len);
	if (!frame ||
	    sea_ipv4_parse(frame + v->net, hdr_len, pkt->len - v->net, &facts) != SEA_IPV4_OK)
		return false;
	if (facts.mf || facts.frag_off)
		return false;
	v->v6 = false;
	v->proto = facts.proto;
	v->trans = v->net + facts.hdr_len;
	v->end = v->net + facts.total_len;
	return true;
}

/* Extension headers are none of ours: such frames travel one by one. */
static bool view_ipv6(struct sea_pkt *pkt, struct sea_gso_view *v)
{
	const uint8_t *frame = sea_pkt_peek(pkt, v->net + (uint32_t)sizeof(struct sea_ipv6_hdr));
	const struct sea_ipv6_hdr *ip;

	if (!frame)
		return false;
	ip = (const void *)(frame + v->net);
	if (frame[v->net] >> 4 != 6)
		return false;
	v->v6 = true;
	v->proto = ip->next;
	v->trans = v->net + (uint32_t)sizeof(*ip);
	v->end = v->trans + sea_be16_get(ip->payload_len);
	return v->end <= pkt->len;
}

static bool view_tcp(struct sea_pkt *pkt, struct sea_gso_view *v)
{
	const struct sea_tcp_hdr *tcp;
	const uint8_t *frame;

	if (v->end - v->trans < sizeof(*tcp))
		return false;
	frame = sea_pkt_peek(pkt, v->trans + (uint32_t)sizeof(*tcp));
	if (!frame)
		return false;
	tcp = (const void *)(frame + v->trans);
	v->sum_offset = offsetof(struct sea_tcp_hdr, sum);
	v->data = v->trans + sea_tcp_hdr_len(tcp);
	return v->data > v->trans && v->data <= v->end;
}

static bool view_udp(struct sea_gso_view *v)
{
	v->sum_offset = offsetof(struct sea_udp_hdr, sum);
	v->data = v->trans + (uint32_t)sizeof(struct sea_udp_hdr);
	return v->data <= v->end;
}

static bool ethertype_fits(const uint8_t *frame, uint32_t link_hdr_len, unsigned version)
{
	unsigned want = version == 6 ? SEA_ETHERTYPE_IPV6 : SEA_ETHERTYPE_IPV4;

	return link_hdr_len < 2 || sea_get16(frame + link_hdr_len - 2) == want;
}

/*
 * Over the extension headers that a socket put there. A routing header says another destination than
 * the checksum was made for: those are not cut.
 */
static bool skip_exts(struct sea_pkt *pkt, struct sea_gso_view *v)
{
	const uint8_t *net = (const uint8_t *)sea_pkt_peek(pkt, v->trans) + v->net;
	uint32_t there = pkt->frags[0].len - v->net;
	struct sea_ipv6_way way = { .next = v->proto, .at = sizeof(struct sea_ipv6_hdr) };

	if (!v->v6 || v->proto == SEA_IPV6_ROUTING || !sea_ipv6_skip_exts(net, there, &way) ||
	    way.fragmented || way.routed)
		return false;
	v->proto = way.next;
	v->trans = v->net + (uint32_t)way.at;
	return v->trans <= v->end;
}

static bool view_transport(struct sea_pkt *pkt, struct sea_gso_view *v)
{
	if (v->proto == SEA_IPPROTO_TCP ? !view_tcp(pkt, v)
					: v->proto != SEA_IPPROTO_UDP || !view_udp(v))
		return false;
	return sea_pkt_peek(pkt, v->data) != NULL;
}

bool sea_gso_view_sent(struct sea_pkt *pkt, uint32_t link_hdr_len, struct sea_gso_view *v)
{
	if (sea_gso_view(pkt, link_hdr_len, v))
		return true;
	v->net = link_hdr_len;
	return view_ipv6(pkt, v) && skip_exts(pkt, v) && view_transport(pkt, v);
}

bool sea_gso_view(struct sea_pkt *pkt, uint32_t link_hdr_len, struct sea_gso_view *v)
{
	const uint8_t *frame = sea_pkt_peek(pkt, link_hdr_len + 20);
	unsigned version;

	if (!frame)
		return false;
	v->net = link_hdr_len;
	version = frame[link_hdr_len] >> 4;
	if (!ethertype_fits(frame, link_hdr_len, version))
		return false;
	if (version == 6 ? !view_ipv6(pkt, v) : !view_ipv4(pkt, frame, v))
		return false;
	return view_transport(pkt, v);
}

uint32_t sea_gso_pseudo(const struct sea_gso_view *v, const uint8_t *net, uint32_t len)
{
	if (v->v6) {
		const struct sea_ipv6_hdr *ip = (const void *)net;

		return sea_csum_pseudo6(ip->src, ip->dst, v->proto, len);
	} else {
		const struct sea_ipv4_hdr *ip = (const void *)net;

		return sea_csum_pseudo4(ip->src.b, ip->dst.b, v->proto, len);
	}
}

void sea_gso_make_partial(struct sea_pkt *pkt, const struct sea_gso_view *v)
{
	uint16_t start = (uint16_t)(sea_pkt_offset(pkt) + v->trans);
	const uint8_t *net = sea_pkt_at(pkt, (uint16_t)(sea_pkt_offset(pkt) + v->net));
	uint16_t sum = sea_csum_fold(sea_gso_pseudo(v, net, v->end - v->trans));

	memcpy((uint8_t *)sea_pkt_at(pkt, start) + v->sum_offset, &sum, sizeof(sum));
	pkt->csum_state = SEA_CSUM_PARTIAL;
	pkt->csum_start = start;
	pkt->csum_offset = v->sum_offset;
}

bool sea_gso_sums_for_sending(struct sea_pkt *pkt)
{
	struct sea_gso_view view;

	if (pkt->csum_state == SEA_CSUM_PARTIAL)
		return true;
	if (pkt->gso_type == SEA_GSO_NONE) {
		pkt->csum_state = SEA_CSUM_NONE;
		return true;
	}
	if (!sea_gso_view(pkt, 0, &view) || !sea_pkt_writable(pkt, view.data))
		return false;
	sea_gso_make_partial(pkt, &view);
	return true;
}
