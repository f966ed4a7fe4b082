/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICMPv6 messages that go out: when an error may be sent and what it quotes (RFC 4443 §2.4), and the
 * way of all of them.
 */
#include <errno.h>

#include "ip/icmp6.h"
#include "ip/ipv4.h"
#include "wire/ndp.h"

#define HDR_LEN ((uint32_t)sizeof(struct sea_icmp6_hdr))
/* As much of the packet as the error takes without exceeding what every link carries. */
#define QUOTE_MAX (SEA_IPV6_MTU_MIN - (uint32_t)sizeof(struct sea_ipv6_hdr) - HDR_LEN)

/* -- the way of all messages -- */

static void count_out(struct sea_stack *stack, uint8_t type)
{
	static const enum sea_mib by_type[256] = {
		[SEA_ICMP6_DEST_UNREACH] = SEA_MIB_Icmp6OutDestUnreachs,
		[SEA_ICMP6_PACKET_TOO_BIG] = SEA_MIB_Icmp6OutPktTooBigs,
		[SEA_ICMP6_TIME_EXCEEDED] = SEA_MIB_Icmp6OutTimeExcds,
		[SEA_ICMP6_PARAM_PROBLEM] = SEA_MIB_Icmp6OutParmProblems,
		[SEA_ICMP6_ECHO] = SEA_MIB_Icmp6OutEchos,
		[SEA_ICMP6_ECHO_REPLY] = SEA_MIB_Icmp6OutEchoReplies,
		[SEA_ICMP6_MLD_QUERY] = SEA_MIB_Icmp6OutGroupMembQueries,
		[SEA_ICMP6_MLD_REPORT] = SEA_MIB_Icmp6OutGroupMembResponses,
		[SEA_ICMP6_MLD_DONE] = SEA_MIB_Icmp6OutGroupMembReductions,
		[SEA_NDP_RS] = SEA_MIB_Icmp6OutRouterSolicits,
		[SEA_NDP_RA] = SEA_MIB_Icmp6OutRouterAdvertisements,
		[SEA_NDP_NS] = SEA_MIB_Icmp6OutNeighborSolicits,
		[SEA_NDP_NA] = SEA_MIB_Icmp6OutNeighborAdvertisements,
		[SEA_NDP_REDIRECT] = SEA_MIB_Icmp6OutRedirects,
		[SEA_ICMP6_MLD2_REPORT] = SEA_MIB_Icmp6OutMLDv2Reports,
	};

	sea_stack_count(stack, SEA_MIB_Icmp6OutMsgs);
	if (by_type[type])
		sea_stack_count(stack, by_type[type]);
}

void sea_icmp6_output(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
		      const struct sea_ip_tx *tx)
{
	struct sea_icmp6_hdr *hdr = sea_pkt_peek(pkt, HDR_LEN);
	uint32_t sum;

	pkt->off_trans = sea_pkt_offset(pkt);
	hdr->sum = (sea_be16){ { 0 } };
	sum = sea_csum_add(sea_csum_pseudo6(dst->src.b, dst->dst.b, SEA_IPPROTO_ICMPV6, pkt->len),
			   sea_pkt_csum(pkt, 0, pkt->len, stack->csum));
	sea_csum_put(hdr->sum.b, (uint16_t)~sea_csum_fold(sum));
	count_out(stack, hdr->type);
	(void)sea_ip_output(stack, pkt, dst, tx);
}

static void refuse(struct sea_stack *stack, struct sea_pkt *pkt, enum sea_drop why)
{
	sea_stack_count(stack, SEA_MIB_Icmp6OutErrors);
	sea_pkt_drop(stack, pkt, why);
}

void sea_icmp6_output_to(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_flow *flow,
			 const struct sea_ip_tx *tx)
{
	struct sea_dst dst = { 0 };
	int err = sea_ip_route(stack, flow, &dst);

	if (err == -ENOBUFS)
		refuse(stack, pkt, SEA_DROP_NEIGH_TABLE_FULL);
	else if (err)
		refuse(stack, pkt, SEA_DROP_IP_NO_ROUTE);
	else
		sea_icmp6_output(stack, pkt, &dst, tx);
	sea_dst_put(stack, &dst);
}

/* -- errors -- */

/* A copy of the packet from its network header on, as much as is quoted of it. */
struct quote {
	uint8_t bytes[QUOTE_MAX];
	uint32_t len;
	uint32_t mark; /* of what quotes it */
};

static bool copy_quote(const struct sea_pkt *pkt, struct quote *q)
{
	uint32_t before = (uint32_t)(sea_pkt_offset(pkt) - pkt->off_net), rest = pkt->len;

	if (before > QUOTE_MAX)
		before = QUOTE_MAX;
	if (rest > QUOTE_MAX - before)
		rest = QUOTE_MAX - before;
	memcpy(q->bytes, sea_pkt_at(pkt, pkt->off_net), before);
	q->len = before + rest;
	return sea_pkt_read(pkt, 0, q->bytes + before, rest);
}

/* Errors are not answered; nor is what cannot be told from one (§2.4 (e.1)). */
static bool quotes_error(const struct quote *q)
{
	struct sea_ipv6_way way = { .next = ((const struct sea_ipv6_hdr *)q->bytes)->next,
				    .at = sizeof(struct sea_ipv6_hdr) };

	if (!sea_ipv6_skip_exts(q->bytes, q->len, &way) || way.next != SEA_IPPROTO_ICMPV6)
		return false;
	if (way.frag_off)
		return false;
	return way.at >= q->len || sea_icmp6_is_error(q->bytes[way.at]);
}

/* What was for many is answered only where nobody else could tell (§2.4 (e.3) to (e.5)). */
static bool group_may_answer(uint8_t type, uint8_t code)
{
	return type == SEA_ICMP6_PACKET_TOO_BIG ||
	       (type == SEA_ICMP6_PARAM_PROBLEM && code == SEA_ICMP6_UNK_OPTION);
}

static bool may_answer(const struct sea_pkt *pkt, const struct sea_ipv6_hdr *ip, uint8_t type,
		       uint8_t code)
{
	if ((sea_in6_is_multicast(ip->dst) || pkt->type != SEA_PKT_HOST) &&
	    !group_may_answer(type, code))
		return false;
	return !sea_in6_is_any(ip->src) && !sea_in6_is_multicast(ip->src);
}

static bool exempt(const struct sea_ipv6_state *ip, uint8_t type)
{
	return !sea_icmp6_is_error(type) ||
	       type == SEA_ICMP6_PACKET_TOO_BIG || /* path MTU discovery must not stall */
	       !(ip->sysctl.icmp_ratemask[type / 32] >> type % 32 & 1);
}

static bool rate_allows(struct sea_stack *stack, uint8_t type, const struct sea_dst *dst)
{
	struct sea_ipv6_state *ip = sea_ipv6_of(stack);

	/* To ourselves there is no limit: nobody outside learns of it. */
	return dst->type == SEA_ROUTE_LOCAL || exempt(ip, type) ||
	       sea_icmp_limit(stack, &sea_ipv4_of(stack)->icmp_global, &ip->icmp_peers, &dst->dst,
			      (uint32_t)ip->sysctl.icmp_ratelimit, SEA_MIB_Icmp6OutRateLimitHost);
}

/* The message, first byte its header, or NULL. */
static struct sea_pkt *compose(struct sea_stack *stack, const struct quote *q, uint8_t type,
			       uint8_t code, uint32_t info)
{
	const struct sea_icmp6_hdr hdr = { .type = type, .code = code, .rest = sea_be32_of(info) };
	struct sea_pkt *error =
		sea_pkt_new(&stack->shard.pool, SEA_PKT_HEADROOM, HDR_LEN + QUOTE_MAX);

	if (error && (!sea_pkt_append(error, &hdr, sizeof(hdr)) ||
		      !sea_pkt_append(error, q->bytes, q->len))) {
		sea_pkt_drop(stack, error, SEA_DROP_IP_NO_MEMORY);
		error = NULL;
	}
	return error;
}

/* Speaks from the address the packet was for, where that is ours (§2.2), with others or not. */
static struct sea_flow flow_to_sender(struct sea_stack *stack, const struct sea_pkt *pkt,
				      const struct sea_ipv6_hdr *ip)
{
	struct sea_flow flow = { .family = SEA_AF_INET6,
				 .proto = SEA_IPPROTO_ICMPV6,
				 .mark = sea_ipv6_of(stack)->sysctl.fwmark_reflect ? pkt->mark : 0,
				 .dst = sea_ipaddr_of6(ip->src) };
	struct sea_ipaddr dst = sea_ipaddr_of6(ip->dst);
	struct sea_link *link = pkt->link;
	uint8_t type;

	if (sea_in6_is_link_local(ip->src) && link && link->type != SEA_LINK_LOOPBACK)
		flow.oif = link->ifindex;
	type = sea_ipv6_addr_type(stack, &dst, 0);
	if (type == SEA_ROUTE_LOCAL || type == SEA_ROUTE_ANYCAST)
		flow.src = dst;
	return flow;
}

static void send_error(struct sea_stack *stack, const struct sea_dst *dst, const struct quote *q,
		       uint8_t type, uint8_t code, uint32_t info)
{
	const struct sea_ip_tx tx = { .proto = SEA_IPPROTO_ICMPV6 };
	struct sea_pkt *error;

	if (!rate_allows(stack, type, dst))
		return;
	error = compose(stack, q, type, code, info);
	if (!error)
		return;
	error->mark = q->mark;
	sea_icmp6_output(stack, error, dst, &tx);
}

void sea_icmp6_send_error(struct sea_stack *stack, const struct sea_pkt *pkt, uint8_t type,
			  uint8_t code, uint32_t info)
{
	const struct sea_ipv6_hdr *ip = sea_pkt_at(pkt, pkt->off_net);
	struct sea_flow flow;
	struct sea_dst dst;
	struct quote q;

	if (!may_answer(pkt, ip, type, code) || !copy_quote(pkt, &q) || quotes_error(&q))
		return;
	flow = flow_to_sender(stack, pkt, ip);
	if (sea_ip_route(stack, &flow, &dst))
		return;
	q.mark = flow.mark;
	send_error(stack, &dst, &q, type, code, info);
	sea_dst_put(stack, &dst);
}

void sea_icmp6_port_unreachable(struct sea_stack *stack, struct sea_pkt *pkt)
{
	sea_icmp6_send_error(stack, pkt, SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_PORT_UNREACH, 0);
}
