/* SPDX-License-Identifier: Apache-2.0 */
/* Fragments of IPv6 that are for us, and what they make (RFC 8200 §4.5, 5722, 6946, 7112). */
#include "ip/icmp6.h"
#include "ip/l3mdev.h"
#include "ip/ipv6_module.h"
#include "wire/tcp.h"
#include "wire/udp.h"

#define REASSEMBLY_TIME_S 60
#define FRAG_HDR ((uint32_t)sizeof(struct sea_ipv6_frag_hdr))

static void expired(struct sea_stack *stack, struct sea_pkt *first)
{
	sea_icmp6_send_error(stack, first, SEA_ICMP6_TIME_EXCEEDED, SEA_ICMP6_REASSEMBLY, 0);
}

static const struct sea_frag_family family = {
	.family = SEA_AF_INET6,
	.peer_len = 8,
	.reqds = SEA_MIB_Ip6ReasmReqds,
	.oks = SEA_MIB_Ip6ReasmOKs,
	.fails = SEA_MIB_Ip6ReasmFails,
	.timeout = SEA_MIB_Ip6ReasmTimeout,
	.overlaps = SEA_MIB_N,
	.queue_size = 184,
	.expired = expired,
};

void sea_ipv6_reassemble_init(struct sea_ipv6_state *ip)
{
	sea_frag_table_init(&ip->frags, ip->stack, &family, REASSEMBLY_TIME_S);
}

/* -- what is refused before -- */

/* Counted as asked for, and answered with where the fault is. */
static struct sea_pkt *refuse(struct sea_stack *stack, struct sea_pkt *pkt, uint8_t code,
			      uint32_t at, enum sea_drop why)
{
	sea_stack_count(stack, SEA_MIB_Ip6ReasmReqds);
	sea_stack_count(stack, SEA_MIB_Ip6InHdrErrors);
	sea_icmp6_send_error(stack, pkt, SEA_ICMP6_PARAM_PROBLEM, code, at);
	sea_pkt_drop(stack, pkt, why);
	return NULL;
}

/* An extension header's length from its first two bytes. */
static uint32_t ext_len(uint8_t type, const uint8_t ext[2])
{
	if (type == SEA_IPV6_FRAGMENT)
		return FRAG_HDR;
	return type == SEA_IPV6_AUTH ? (ext[1] + 2u) * 4 : (ext[1] + 1u) * 8;
}

static bool is_ext(uint8_t type)
{
	return type == SEA_IPV6_HOPOPTS || type == SEA_IPV6_ROUTING || type == SEA_IPV6_FRAGMENT ||
	       type == SEA_IPV6_AUTH || type == SEA_IPV6_DSTOPTS;
}

static uint32_t transport_len(uint8_t proto)
{
	switch (proto) {
	case SEA_IPPROTO_TCP:
		return sizeof(struct sea_tcp_hdr);
	case SEA_IPPROTO_UDP:
		return sizeof(struct sea_udp_hdr);
	case SEA_IPPROTO_ICMPV6:
		return sizeof(struct sea_icmp6_hdr);
	default:
		return 1;
	}
}

/* RFC 7112: filters must see the transport in the first fragment. Its length bounds the steps. */
static bool has_all_headers(const struct sea_pkt *pkt, uint8_t next)
{
	uint32_t at = 0;
	uint8_t ext[2];

	while (is_ext(next)) {
		if (!sea_pkt_read(pkt, at, ext, sizeof(ext)))
			return false;
		at += ext_len(next, ext);
		next = ext[0];
	}
	return next == SEA_IPV6_NONE || at + transport_len(next) <= pkt->len;
}

/* -- the whole -- */

/* Where the number of the last header that is in all fragments stands. */
static uint16_t last_next_at(const uint8_t *hdr, uint32_t len)
{
	uint32_t at = sizeof(struct sea_ipv6_hdr), next_at = offsetof(struct sea_ipv6_hdr, next);

	while (at + 1 < len) {
		next_at = at;
		at += (hdr[at + 1] + 1u) * 8;
	}
	return (uint16_t)next_at;
}

/* The headers of the first fragment, less the fragment header, become those of the whole. */
static bool fix_headers(struct sea_pkt *pkt, const struct sea_frag_whole *whole,
			struct sea_ipv6_rx *rx)
{
	uint32_t len = (uint32_t)(sea_pkt_offset(pkt) - pkt->off_net);
	struct sea_ipv6_hdr *hdr;
	uint8_t *bytes;

	sea_pkt_unpull(pkt, len);
	bytes = sea_pkt_writable(pkt, len);
	if (!bytes) {
		sea_pkt_pull(pkt, len);
		return false;
	}
	len -= FRAG_HDR;
	rx->next = bytes[len];
	rx->next_at = last_next_at(bytes, len);
	bytes[rx->next_at] = rx->next;
	memmove(bytes + FRAG_HDR, bytes, len);
	sea_pkt_pull(pkt, FRAG_HDR);
	pkt->off_net = sea_pkt_offset(pkt);
	hdr = (struct sea_ipv6_hdr *)(bytes + FRAG_HDR);
	hdr->payload_len = sea_be16_of((uint16_t)(pkt->len - sizeof(*hdr)));
	if (whole->ce)
		hdr->ver_class_flow.b[1] |= SEA_ECN_CE << 4;
	sea_ipv6_parse(hdr, &rx->facts);
	sea_pkt_pull(pkt, len);
	pkt->off_trans = sea_pkt_offset(pkt);
	return true;
}

/* -- input -- */

/* RFC 6946: whole as it is, whatever fragments there are of the same id. */
static struct sea_pkt *atomic(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_ipv6_rx *rx)
{
	const struct sea_ipv6_frag_hdr *hdr;

	sea_stack_count(stack, SEA_MIB_Ip6ReasmReqds);
	sea_stack_count(stack, SEA_MIB_Ip6ReasmOKs);
	rx->next_at = (uint16_t)(sea_pkt_offset(pkt) - pkt->off_net);
	hdr = sea_pkt_pull(pkt, FRAG_HDR);
	rx->next = hdr->next;
	rx->frag_max = (uint16_t)sea_min_u32(
		rx->facts.payload_len + (uint32_t)sizeof(struct sea_ipv6_hdr), UINT16_MAX);
	return pkt;
}

static struct sea_pkt *take(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_ipv6_rx *rx,
			    const struct sea_ipv6_frag_hdr *hdr, uint16_t before)
{
	const struct sea_ipv6_facts *f = &rx->facts;
	uint16_t off_flags = sea_be16_get(hdr->off_flags);
	bool needs_link = sea_in6_is_multicast(f->dst) || sea_in6_is_link_local(f->dst);
	const struct sea_frag_key key = {
		.src = sea_ipaddr_of6(f->src),
		.dst = sea_ipaddr_of6(f->dst),
		.id = sea_be32_get(hdr->id),
		.ifindex = needs_link ? rx->link->ifindex
				      : sea_l3mdev_of_index(stack, rx->link->ifindex)
	};
	const struct sea_frag_piece piece = {
		.off = off_flags & SEA_IPV6_FRAG_OFFSET,
		.before = before,
		.size = (uint16_t)sea_min_u32(
			f->payload_len + (uint32_t)sizeof(struct sea_ipv6_hdr), UINT16_MAX),
		.more = off_flags & SEA_IPV6_FRAG_MORE,
		.ecn = f->tclass & SEA_ECN_MASK,
	};
	struct sea_frag_whole whole;

	if (pkt->csum_state == SEA_CSUM_COMPLETE) /* it is of the headers before, too */
		pkt->csum_state = SEA_CSUM_NONE;
	pkt = sea_frag_input(&sea_ipv6_of(stack)->frags, &key, &piece, pkt, &whole);
	if (!pkt)
		return NULL;
	if (!fix_headers(pkt, &whole, rx)) {
		sea_pkt_drop(stack, pkt, SEA_DROP_IP_NO_MEMORY);
		return NULL;
	}
	rx->frag_max = whole.frag_max;
	return pkt;
}

struct sea_pkt *sea_ipv6_reassemble(struct sea_stack *stack, struct sea_pkt *pkt,
				    struct sea_ipv6_rx *rx)
{
	uint32_t at = (uint32_t)(sea_pkt_offset(pkt) - pkt->off_net);
	struct sea_ipv6_frag_hdr hdr;
	uint16_t off_flags;

	if (!rx->facts.payload_len || !sea_pkt_peek(pkt, FRAG_HDR))
		return refuse(stack, pkt, SEA_ICMP6_HDR_FIELD, at, SEA_DROP_IPV6_EXT_SHORT);
	hdr = *(const struct sea_ipv6_frag_hdr *)sea_pkt_peek(pkt, FRAG_HDR);
	off_flags = sea_be16_get(hdr.off_flags);
	if (!(off_flags & (SEA_IPV6_FRAG_OFFSET | SEA_IPV6_FRAG_MORE)))
		return atomic(stack, pkt, rx);
	sea_pkt_pull(pkt, FRAG_HDR);
	if (!(off_flags & SEA_IPV6_FRAG_OFFSET) && !has_all_headers(pkt, hdr.next))
		return refuse(stack, pkt, SEA_ICMP6_HDR_INCOMPLETE, 0, SEA_DROP_IP_FRAG_HEADERS);
	if ((off_flags & SEA_IPV6_FRAG_OFFSET) + pkt->len > UINT16_MAX)
		return refuse(stack, pkt, SEA_ICMP6_HDR_FIELD,
			      at + (uint32_t)offsetof(struct sea_ipv6_frag_hdr, off_flags),
			      SEA_DROP_IP_FRAG_LENGTH);
	if (off_flags & SEA_IPV6_FRAG_MORE && pkt->len & 7)
		return refuse(stack, pkt, SEA_ICMP6_HDR_FIELD,
			      offsetof(struct sea_ipv6_hdr, payload_len), SEA_DROP_IP_FRAG_LENGTH);
	return take(stack, pkt, rx, &hdr, (uint16_t)(at - sizeof(struct sea_ipv6_hdr)));
}
