/* SPDX-License-Identifier: Apache-2.0 */
/* Packets of ours cut into fragments (RFC 8200 §4.5): routers on the way never do it. */
#include <errno.h>

#include "ip/ip_cut.h"
#include "ip/ipv6_module.h"

#define FRAG_HDR ((uint32_t)sizeof(struct sea_ipv6_frag_hdr))
#define HEADERS_MAX 2048u

/*
 * What is in every fragment: the fixed header and those that each hop, or one on a source route,
 * reads. *next_at: where the number of what follows stands. 0: headers that say more than there is.
 */
static uint32_t unfragmentable(const uint8_t *hdr, uint32_t len, uint32_t *next_at)
{
	uint32_t at = sizeof(struct sea_ipv6_hdr);
	bool routed = false;

	*next_at = offsetof(struct sea_ipv6_hdr, next);
	while (hdr[*next_at] == SEA_IPV6_HOPOPTS || hdr[*next_at] == SEA_IPV6_ROUTING ||
	       (hdr[*next_at] == SEA_IPV6_DSTOPTS && !routed)) {
		if (at + 8 > len)
			return 0;
		routed |= hdr[*next_at] == SEA_IPV6_ROUTING;
		*next_at = at;
		at += (hdr[at + 1] + 1u) * 8;
	}
	return at <= len ? at : 0;
}

/* A fragment header behind `len` bytes of others, whose last then names it. */
static void add_frag_hdr(struct sea_stack *stack, uint8_t *hdr, uint32_t len, uint32_t next_at)
{
	struct sea_ipv6_frag_hdr *frag = (struct sea_ipv6_frag_hdr *)(hdr + len);

	*frag = (struct sea_ipv6_frag_hdr){
		.next = hdr[next_at],
		/* Nobody can tell the next one from it (RFC 7739 §5.2). */
		.id = sea_be32_of((uint32_t)sea_secret_u64(&stack->shard.secret)),
	};
	hdr[next_at] = SEA_IPV6_FRAGMENT;
}

static bool cut(struct sea_pkt_cut *c, uint8_t *hdr, uint32_t hdr_len, uint32_t mtu,
		struct sea_pktq *out)
{
	struct sea_ipv6_hdr *ip = (struct sea_ipv6_hdr *)hdr;
	struct sea_ipv6_frag_hdr *frag = (struct sea_ipv6_frag_hdr *)(hdr + hdr_len - FRAG_HDR);

	while (c->done < c->total) {
		uint32_t len = sea_ip_cut_len(c, mtu - hdr_len);
		bool more = c->done + len < c->total;
		struct sea_pkt *piece;

		ip->payload_len = sea_be16_of((uint16_t)(hdr_len - sizeof(*ip) + len));
		frag->off_flags =
			sea_be16_of((uint16_t)(c->done | (more ? SEA_IPV6_FRAG_MORE : 0u)));
		piece = sea_ip_cut_next(c, hdr, hdr_len, len);
		if (!piece)
			return false;
		sea_pktq_push(out, piece);
	}
	return true;
}

/* Copies the headers that all fragments have; 0 where they are too long for the MTU or for us. */
static uint32_t take_headers(struct sea_stack *stack, struct sea_pkt *pkt, uint32_t mtu,
			     uint8_t hdr[HEADERS_MAX])
{
	uint32_t all = (uint32_t)(pkt->off_trans - pkt->off_net), len, next_at;
	const uint8_t *bytes = all <= HEADERS_MAX - FRAG_HDR ? sea_pkt_peek(pkt, all) : NULL;

	if (!bytes)
		return 0;
	memcpy(hdr, bytes, all);
	len = unfragmentable(hdr, all, &next_at);
	if (!len || mtu < len + FRAG_HDR + 8)
		return 0;
	add_frag_hdr(stack, hdr, len, next_at);
	return len + FRAG_HDR;
}

int sea_ipv6_fragment(struct sea_stack *stack, struct sea_pkt *pkt, uint32_t mtu,
		      struct sea_pktq *out)
{
	uint8_t hdr[HEADERS_MAX];
	uint32_t hdr_len;
	struct sea_pkt_cut c;

	if (!sea_pkt_csum_finish(pkt, stack->csum))
		return sea_ip_cut_failed(stack, pkt, SEA_DROP_IP_NO_MEMORY, SEA_MIB_Ip6FragFails,
					 -ENOMEM);
	hdr_len = take_headers(stack, pkt, mtu, hdr);
	if (!hdr_len)
		return sea_ip_cut_failed(stack, pkt, SEA_DROP_IP_TOO_BIG, SEA_MIB_Ip6FragFails,
					 -EMSGSIZE);
	sea_pkt_cut_init(&c, pkt, hdr_len - FRAG_HDR, pkt->len - (hdr_len - FRAG_HDR));
	if (!cut(&c, hdr, hdr_len, mtu, out)) {
		sea_pkt_cut_undo(&c, out);
		return sea_ip_cut_failed(stack, pkt, SEA_DROP_IP_NO_MEMORY, SEA_MIB_Ip6FragFails,
					 -ENOMEM);
	}
	sea_pkt_free(pkt);
	return 0;
}
