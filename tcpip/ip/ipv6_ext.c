/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way over extension headers to the transport (RFC 8200 §4), one after another, each judged by a
 * step of a table. A step takes its header off and names the next one, or ends the packet's way.
 *
 * The packet's first byte is the header to be judged; the network header stays at off_net.
 */
#include "ip/icmp6.h"
#include "ip/ipv6_tlv.h"

/* Where the packet stands, counted from its network header. */
static uint16_t position(const struct sea_pkt *pkt)
{
	return (uint16_t)(sea_pkt_offset(pkt) - pkt->off_net);
}

static bool header_error(struct sea_stack *stack, struct sea_pkt *pkt, enum sea_drop why)
{
	sea_stack_count(stack, SEA_MIB_Ip6InHdrErrors);
	sea_pkt_drop(stack, pkt, why);
	return false;
}

static bool param_problem(struct sea_stack *stack, struct sea_pkt *pkt, uint8_t code, uint16_t at,
			  enum sea_drop why)
{
	sea_icmp6_send_error(stack, pkt, SEA_ICMP6_PARAM_PROBLEM, code, at);
	sea_pkt_drop(stack, pkt, why);
	return false;
}

/* All of a header that says its length in its second byte; NULL: there is not that much. */
static const uint8_t *whole(struct sea_pkt *pkt, uint32_t *len)
{
	const uint8_t *ext = sea_pkt_peek(pkt, 8);

	if (!ext)
		return NULL;
	*len = (ext[1] + 1u) * 8;
	return sea_pkt_peek(pkt, *len);
}

/* A sum of all bytes is of those behind the header from now on: it is of whole words. */
static bool step_over(struct sea_pkt *pkt, struct sea_ipv6_rx *rx, uint32_t len)
{
	const uint8_t *ext;

	rx->next_at = position(pkt);
	ext = sea_pkt_pull(pkt, len);
	if (pkt->csum_state == SEA_CSUM_COMPLETE)
		pkt->csum = sea_csum_sub(pkt->csum, sea_csum_scalar(ext, len, 0));
	rx->next = ext[0];
	return true;
}

/* -- options -- */

static bool options(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_ipv6_tlv_limits limits,
		    const struct sea_ipv6_facts *f, uint32_t *len)
{
	const uint8_t *ext = whole(pkt, len);
	struct sea_ipv6_tlv_verdict v;

	if (!ext)
		return header_error(stack, pkt, SEA_DROP_IPV6_EXT_SHORT);
	v = sea_ipv6_tlv_check(ext, *len, &limits, sea_in6_is_multicast(f->dst));
	if (v.fault == SEA_IPV6_TLV_OK)
		return true;
	sea_stack_count(stack, SEA_MIB_Ip6InHdrErrors);
	if (v.code >= 0)
		return param_problem(stack, pkt, (uint8_t)v.code, (uint16_t)(position(pkt) + v.at),
				     SEA_DROP_IPV6_OPTION);
	sea_pkt_drop(stack, pkt,
		     v.fault == SEA_IPV6_TLV_UNKNOWN ? SEA_DROP_IPV6_OPTION
						     : SEA_DROP_IPV6_OPTION_LIMIT);
	return false;
}

bool sea_ipv6_hop_by_hop(struct sea_stack *stack, struct sea_pkt *pkt,
			 const struct sea_ipv6_facts *f)
{
	const struct sea_ipv6_sysctls *s = &sea_ipv6_of(stack)->sysctl;
	uint32_t len;

	return options(stack, pkt,
		       (struct sea_ipv6_tlv_limits){ .number = s->max_hbh_opts_number,
						     .len = s->max_hbh_length,
						     .hop_by_hop = true,
						     .has_len = f->payload_len > 0 },
		       f, &len);
}

static bool dst_options(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_ipv6_rx *rx)
{
	const struct sea_ipv6_sysctls *s = &sea_ipv6_of(stack)->sysctl;
	uint32_t len;

	return options(stack, pkt,
		       (struct sea_ipv6_tlv_limits){ .number = s->max_dst_opts_number,
						     .len = s->max_dst_opts_length },
		       &rx->facts, &len) &&
	       step_over(pkt, rx, len);
}

/* Read when the packet came in. */
static bool hop_by_hop(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_ipv6_rx *rx)
{
	uint32_t len;

	if (!whole(pkt, &len))
		return header_error(stack, pkt, SEA_DROP_IPV6_EXT_SHORT);
	return step_over(pkt, rx, len);
}

/* -- routing -- */

enum routing_type {
	ROUTING_MOBILE = 2, /* RFC 6275 §6.4 */
	ROUTING_RPL = 3,    /* RFC 6554 */
	ROUTING_SEGMENT = 4 /* RFC 8754 */
};

/*
 * We are never on a source route: one that is at its end is stepped over, any other refused (RFC
 * 5095, RFC 8200 §4.4). Segment routing is off on each link, as on Linux, and its header not wanted.
 */
static bool routing(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_ipv6_rx *rx)
{
	uint32_t len;
	const uint8_t *ext = whole(pkt, &len);

	if (!ext)
		return header_error(stack, pkt, SEA_DROP_IPV6_EXT_SHORT);
	if (rx->dst_type == SEA_ROUTE_MULTICAST || pkt->type != SEA_PKT_HOST) {
		sea_stack_count(stack, SEA_MIB_Ip6InAddrErrors);
		sea_pkt_drop(stack, pkt, SEA_DROP_IPV6_ROUTING);
		return false;
	}
	if (ext[2] == ROUTING_SEGMENT || ext[2] == ROUTING_RPL ||
	    (ext[2] == ROUTING_MOBILE && ext[3] == 0)) {
		sea_pkt_drop(stack, pkt, SEA_DROP_IPV6_ROUTING);
		return false;
	}
	if (ext[3] == 0)
		return step_over(pkt, rx, len);
	sea_stack_count(stack, SEA_MIB_Ip6InHdrErrors);
	return param_problem(stack, pkt, SEA_ICMP6_HDR_FIELD, (uint16_t)(position(pkt) + 2),
			     SEA_DROP_IPV6_ROUTING);
}

/* -- the end of the way -- */

static bool no_next(struct sea_stack *stack, struct sea_pkt *pkt)
{
	sea_stack_count(stack, SEA_MIB_Ip6InDelivers);
	sea_pkt_drop(stack, pkt, SEA_DROP_IPV6_NO_NEXT);
	return false;
}

static void hand_over(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ipv6_rx *rx)
{
	const struct sea_ip_proto *proto = sea_ip_proto_of(stack, SEA_AF_INET6, rx->next);
	const struct sea_ip_rx to = { .family = SEA_AF_INET6,
				      .proto = rx->next,
				      .tos = rx->facts.tclass,
				      .ttl = rx->facts.hop_limit,
				      .dst_type = rx->dst_type,
				      .hdr_len_net = position(pkt),
				      .frag_max = rx->frag_max,
				      .flow_label = rx->facts.flow_label,
				      .link = rx->link,
				      .src = sea_ipaddr_of6(rx->facts.src),
				      .dst = sea_ipaddr_of6(rx->facts.dst) };

	pkt->off_trans = sea_pkt_offset(pkt);
	if (!proto) {
		sea_stack_count(stack, SEA_MIB_Ip6InUnknownProtos);
		param_problem(stack, pkt, SEA_ICMP6_UNK_NEXT_HEADER, rx->next_at,
			      SEA_DROP_IP_PROTOCOL);
		return;
	}
	sea_stack_count(stack, SEA_MIB_Ip6InDelivers);
	proto->input(stack, pkt, &to);
}

/* No host sends as much in earnest; it bounds the steps, too (RFC 8504 §5.3). */
#define CHAIN_MAX 8192u

static bool chain_too_long(struct sea_stack *stack, struct sea_pkt *pkt)
{
	if (pkt->frags[0].off - pkt->off_net <= CHAIN_MAX)
		return false;
	(void)header_error(stack, pkt, SEA_DROP_IPV6_OPTION_LIMIT);
	return true;
}

void sea_ipv6_deliver(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_ipv6_rx *rx)
{
	bool on = true;

	rx->next = rx->facts.next;
	rx->next_at = offsetof(struct sea_ipv6_hdr, next);
	if (rx->next == SEA_IPV6_HOPOPTS) /* only here; elsewhere it is unknown (RFC 8200 §4) */
		on = hop_by_hop(stack, pkt, rx);
	while (on && !chain_too_long(stack, pkt)) {
		switch (rx->next) {
		case SEA_IPV6_DSTOPTS:
			on = dst_options(stack, pkt, rx);
			break;
		case SEA_IPV6_ROUTING:
			on = routing(stack, pkt, rx);
			break;
		case SEA_IPV6_FRAGMENT:
			pkt = sea_ipv6_reassemble(stack, pkt, rx);
			on = pkt != NULL;
			break;
		case SEA_IPV6_NONE:
			on = no_next(stack, pkt);
			break;
		default:
			hand_over(stack, pkt, rx);
			return;
		}
	}
}
