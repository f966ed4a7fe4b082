/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICMPv6 messages that come in (RFC 4443 §2.4, §4): which are answered, which are handed to transports
 * (icmp6_notify.c) or to neighbour discovery (ndp.c), which are only counted.
 */
#include "ip/icmp6.h"

#include "ip/mld.h"
#include "ip/ndp.h"

#define HDR_LEN ((uint32_t)sizeof(struct sea_icmp6_hdr))

/* 0, which is no counter of ICMPv6's, for types that Linux does not count by name. */
static enum sea_mib in_counter(uint8_t type)
{
	static const enum sea_mib errors[] = {
		[SEA_ICMP6_DEST_UNREACH] = SEA_MIB_Icmp6InDestUnreachs,
		[SEA_ICMP6_PACKET_TOO_BIG] = SEA_MIB_Icmp6InPktTooBigs,
		[SEA_ICMP6_TIME_EXCEEDED] = SEA_MIB_Icmp6InTimeExcds,
		[SEA_ICMP6_PARAM_PROBLEM] = SEA_MIB_Icmp6InParmProblems,
	};
	static const enum sea_mib others[] = {
		[SEA_ICMP6_ECHO - 128] = SEA_MIB_Icmp6InEchos,
		[SEA_ICMP6_ECHO_REPLY - 128] = SEA_MIB_Icmp6InEchoReplies,
		[SEA_ICMP6_MLD_QUERY - 128] = SEA_MIB_Icmp6InGroupMembQueries,
		[SEA_ICMP6_MLD_REPORT - 128] = SEA_MIB_Icmp6InGroupMembResponses,
		[SEA_ICMP6_MLD_DONE - 128] = SEA_MIB_Icmp6InGroupMembReductions,
		[SEA_NDP_RS - 128] = SEA_MIB_Icmp6InRouterSolicits,
		[SEA_NDP_RA - 128] = SEA_MIB_Icmp6InRouterAdvertisements,
		[SEA_NDP_NS - 128] = SEA_MIB_Icmp6InNeighborSolicits,
		[SEA_NDP_NA - 128] = SEA_MIB_Icmp6InNeighborAdvertisements,
		[SEA_NDP_REDIRECT - 128] = SEA_MIB_Icmp6InRedirects,
		[SEA_ICMP6_MLD2_REPORT - 128] = SEA_MIB_Icmp6InMLDv2Reports,
	};

	if (sea_icmp6_is_error(type))
		return type < sizeof(errors) / sizeof(errors[0]) ? errors[type] : 0;
	type = (uint8_t)(type - 128);
	return type < sizeof(others) / sizeof(others[0]) ? others[type] : 0;
}

static void drop_error(struct sea_stack *stack, struct sea_pkt *pkt, enum sea_drop why)
{
	sea_stack_count(stack, SEA_MIB_Icmp6InErrors);
	sea_pkt_drop(stack, pkt, why);
}

/* -- echo -- */

static bool ignored(const struct sea_ipv6_state *ip, const struct sea_ip_rx *rx)
{
	return ip->sysctl.icmp_echo_ignore_all ||
	       (rx->dst_type == SEA_ROUTE_MULTICAST && ip->sysctl.icmp_echo_ignore_multicast) ||
	       (rx->dst_type == SEA_ROUTE_ANYCAST && ip->sysctl.icmp_echo_ignore_anycast);
}

/* Back to where it came from, from the address that was asked where that is one (RFC 4443 §4.2). */
static void echo(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	struct sea_flow flow = { .family = SEA_AF_INET6,
				 .proto = SEA_IPPROTO_ICMPV6,
				 .tos = rx->tos,
				 .oif = sea_ipv6_needs_link(rx->src.b) ? rx->link->ifindex : 0,
				 .dst = rx->src };
	const struct sea_ip_tx tx = { .proto = SEA_IPPROTO_ICMPV6, .tos = rx->tos };
	struct sea_icmp6_hdr *hdr = sea_pkt_writable(pkt, HDR_LEN);

	if (!hdr) {
		sea_pkt_drop(stack, pkt, SEA_DROP_IP_NO_MEMORY);
		return;
	}
	if (rx->dst_type == SEA_ROUTE_LOCAL || (rx->dst_type == SEA_ROUTE_ANYCAST &&
						sea_ipv6_of(stack)->sysctl.anycast_src_echo_reply))
		flow.src = rx->dst;
	hdr->type = SEA_ICMP6_ECHO_REPLY;
	pkt->csum_state = SEA_CSUM_NONE;
	pkt->type = SEA_PKT_HOST;
	if (!sea_ipv6_of(stack)->sysctl.fwmark_reflect)
		pkt->mark = 0;
	flow.mark = pkt->mark;
	sea_icmp6_output_to(stack, pkt, &flow, &tx);
}

static void query(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	if (ignored(sea_ipv6_of(stack), rx))
		sea_pkt_drop(stack, pkt, SEA_DROP_ICMP_ECHO_IGNORED);
	else
		echo(stack, pkt, rx);
}

static void echo_reply(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	const struct sea_ipv6_state *ip = sea_ipv6_of(stack);

	if (!ip->echo_reply || !ip->echo_reply(stack, pkt, rx))
		sea_pkt_drop(stack, pkt, SEA_DROP_ICMP_NO_SOCKET);
}

void sea_icmp6_on_echo_reply(struct sea_stack *stack, sea_icmp6_echo_reply_fn *fn)
{
	sea_ipv6_of(stack)->echo_reply = fn;
}

void sea_icmp6_on_echo_error(struct sea_stack *stack, sea_icmp6_echo_error_fn *fn)
{
	sea_ipv6_of(stack)->echo_error = fn;
}

static bool echo_error(struct sea_stack *stack, const struct sea_icmp_error *error)
{
	const struct sea_ipv6_state *ip = sea_ipv6_of(stack);

	return ip->echo_error && ip->echo_error(stack, error);
}

/* -- what comes in -- */

static void dispatch(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx,
		     uint8_t type)
{
	switch (type) {
	case SEA_ICMP6_ECHO:
		query(stack, pkt, rx);
		break;
	case SEA_ICMP6_ECHO_REPLY:
		echo_reply(stack, pkt, rx);
		break;
	case SEA_NDP_RS:
	case SEA_NDP_RA:
	case SEA_NDP_NS:
	case SEA_NDP_NA:
	case SEA_NDP_REDIRECT:
		sea_ndp_input(stack, pkt, rx);
		break;
	case SEA_ICMP6_MLD_QUERY:
	case SEA_ICMP6_MLD_REPORT:
	case SEA_ICMP6_MLD_DONE:
	case SEA_ICMP6_MLD2_REPORT:
		sea_mld_input(stack, pkt, rx);
		break;
	default:
		if (sea_icmp6_is_error(type)) /* unknown ones, too (RFC 4443 §2.4 (a)) */
			sea_icmp6_notify(stack, pkt, rx);
		else
			sea_pkt_drop(stack, pkt, SEA_DROP_ICMP_TYPE);
	}
}

/* A sum that is still to be completed was made by ourselves: it is made whole, then checked. */
static bool checksum_right(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	uint32_t pseudo = sea_csum_pseudo6(rx->src.b, rx->dst.b, SEA_IPPROTO_ICMPV6, pkt->len);

	if (pkt->csum_state == SEA_CSUM_PARTIAL && !sea_pkt_csum_finish(pkt, stack->csum))
		return false;
	return sea_pkt_csum_verify(pkt, pseudo, stack->csum);
}

static void input(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	const struct sea_icmp6_hdr *hdr;

	sea_stack_count(stack, SEA_MIB_Icmp6InMsgs);
	if (!checksum_right(stack, pkt, rx)) {
		sea_stack_count(stack, SEA_MIB_Icmp6InCsumErrors);
		drop_error(stack, pkt, SEA_DROP_ICMP_CHECKSUM);
		return;
	}
	hdr = sea_pkt_peek(pkt, HDR_LEN);
	if (!hdr) {
		drop_error(stack, pkt, SEA_DROP_ICMP_SHORT);
		return;
	}
	if (in_counter(hdr->type))
		sea_stack_count(stack, in_counter(hdr->type));
	dispatch(stack, pkt, rx, hdr->type);
}

const struct sea_ip_proto sea_icmp6_proto = {
	.proto = SEA_IPPROTO_ICMPV6,
	.family = SEA_AF_INET6,
	.input = input,
	.icmp_error = echo_error,
};
