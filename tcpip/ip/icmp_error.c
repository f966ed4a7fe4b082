/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICMP messages that go out: when an error may be sent and what it quotes (RFC 1122 §3.2.2, RFC 1812
 * §4.3.2), and the way of all of them.
 */
#include <errno.h>

#include "ip/ipv4.h"
#include "ip/l3mdev.h"

#define ERROR_MAX 576u /* bytes of IP, as Linux: what every host must take */
#define TOS_INTERNETCONTROL 0xc0

static void count_out(struct sea_stack *stack, uint8_t type)
{
	static const enum sea_mib by_type[SEA_ICMP_TYPE_MAX + 1] = {
		[SEA_ICMP_ECHO_REPLY] = SEA_MIB_IcmpOutEchoReps,
		[SEA_ICMP_DEST_UNREACH] = SEA_MIB_IcmpOutDestUnreachs,
		[SEA_ICMP_REDIRECT] = SEA_MIB_IcmpOutRedirects,
		[SEA_ICMP_TIME_EXCEEDED] = SEA_MIB_IcmpOutTimeExcds,
		[SEA_ICMP_PARAM_PROBLEM] = SEA_MIB_IcmpOutParmProbs,
		[SEA_ICMP_TIMESTAMP_REPLY] = SEA_MIB_IcmpOutEchoReps, /* so counts Linux */
	};

	sea_stack_count(stack, SEA_MIB_IcmpOutMsgs);
	if (by_type[type])
		sea_stack_count(stack, by_type[type]);
}

static void refuse(struct sea_stack *stack, struct sea_pkt *pkt, enum sea_drop why)
{
	sea_stack_count(stack, SEA_MIB_IcmpOutErrors);
	sea_pkt_drop(stack, pkt, why);
}

/* Along a route that is there; consumes. `asked`: NULL, or whose options go on. */
static void send_along(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
		       uint8_t tos, const struct sea_ipv4_hdr *asked)
{
	uint8_t opts[SEA_IPV4_OPTS_MAX];
	struct sea_ip_tx tx = { .proto = SEA_IPPROTO_ICMP, .tos = tos, .opts = opts };
	int len = 0;

	if (asked)
		len = sea_ipv4_options_echo(asked, opts);
	if (len < 0 && !sea_icmp_is_error(*(const uint8_t *)sea_pkt_at(pkt, pkt->off_trans))) {
		sea_pkt_drop(stack, pkt, SEA_DROP_IP_OPTIONS);
		return;
	}
	tx.opts_len = (uint16_t)(len > 0 ? len : 0);
	count_out(stack, *(const uint8_t *)sea_pkt_at(pkt, pkt->off_trans));
	(void)sea_ip_output(stack, pkt, dst, &tx);
}

void sea_icmp_output(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_flow *flow,
		     uint8_t tos, const struct sea_ipv4_hdr *asked)
{
	struct sea_dst dst = { 0 };
	int err = sea_ip_route(stack, flow, &dst);

	pkt->off_trans = sea_pkt_offset(pkt);
	if (err == -ENOBUFS)
		refuse(stack, pkt, SEA_DROP_NEIGH_TABLE_FULL);
	else if (err)
		refuse(stack, pkt, SEA_DROP_IP_NO_ROUTE);
	else
		send_along(stack, pkt, &dst, tos, asked);
	sea_dst_put(stack, &dst);
}

/* -- errors -- */

/* How much of the packet lies before its present first byte, from the network header on. */
static uint32_t pulled(const struct sea_pkt *pkt)
{
	return (uint32_t)(sea_pkt_offset(pkt) - pkt->off_net);
}

/* The type of an ICMP message that is itself quoted, where its header is all there; else -1. */
static int quoted_icmp_type(const struct sea_pkt *pkt, const struct sea_ipv4_hdr *ip)
{
	uint32_t at = (ip->ver_ihl & 0xfu) * 4;
	uint8_t type;

	if (at < pulled(pkt))
		return *((const uint8_t *)ip + at);
	return sea_pkt_read(pkt, at - pulled(pkt), &type, 1) ? type : -1;
}

/* RFC 1122 §3.2.2: never about an error, what was for all, a later fragment, or from nobody. */
static bool may_answer(struct sea_stack *stack, const struct sea_pkt *pkt,
		       const struct sea_ipv4_hdr *ip)
{
	int type;

	if (pkt->type == SEA_PKT_BROADCAST || pkt->type == SEA_PKT_MULTICAST ||
	    pkt->type == SEA_PKT_OTHERHOST || pkt->type == SEA_PKT_LOOPBACK)
		return false;
	if (sea_ipv4_addr_type(stack, ip->dst, 0) == SEA_ROUTE_BROADCAST ||
	    sea_ipv4_is_multicast(ip->dst))
		return false;
	if (sea_ipv4_is_any(ip->src) || sea_ipv4_is_multicast(ip->src) ||
	    sea_ipv4_addr_type(stack, ip->src, 0) == SEA_ROUTE_BROADCAST)
		return false;
	if (sea_be16_get(ip->frag) & SEA_IPV4_OFFSET)
		return false;
	if (ip->proto != SEA_IPPROTO_ICMP)
		return true;
	type = quoted_icmp_type(pkt, ip);
	return type >= 0 && type <= SEA_ICMP_TYPE_MAX && !sea_icmp_is_error((uint8_t)type);
}

static bool append_quote(struct sea_pkt *error, const struct sea_pkt *pkt, uint32_t room)
{
	uint32_t before = pulled(pkt), rest = pkt->len;
	uint8_t bytes[ERROR_MAX];

	if (before > room)
		before = room;
	if (rest > room - before)
		rest = room - before;
	return sea_pkt_append(error, sea_pkt_at(pkt, pkt->off_net), before) &&
	       sea_pkt_read(pkt, 0, bytes, rest) && sea_pkt_append(error, bytes, rest);
}

/*
 * How much may be quoted on a way of this MTU, behind the options that go on (`asked`: NULL, or whose).
 * A route's MTU may be anything; with less room than for a header nothing is sent, as by Linux.
 */
static uint32_t quote_room(uint32_t mtu, const struct sea_ipv4_hdr *asked)
{
	uint8_t opts[SEA_IPV4_OPTS_MAX];
	int opts_len = asked ? sea_ipv4_options_echo(asked, opts) : 0;
	uint32_t max = mtu < ERROR_MAX ? mtu : ERROR_MAX;
	uint32_t taken = (uint32_t)(sizeof(struct sea_ipv4_hdr) + sizeof(struct sea_icmp_hdr)) +
			 (uint32_t)(opts_len > 0 ? opts_len : 0);

	return max > taken + sizeof(struct sea_ipv4_hdr) ? max - taken : 0;
}

/* The message, first byte its header, or NULL. */
static struct sea_pkt *compose(struct sea_stack *stack, const struct sea_pkt *pkt,
			       const struct sea_icmp_hdr *like, uint32_t room)
{
	struct sea_pkt *error = room ? sea_pkt_new(&stack->shard.pool, SEA_PKT_HEADROOM, ERROR_MAX)
				     : NULL;
	struct sea_icmp_hdr *hdr;
	uint16_t sum;

	if (!error)
		return NULL;
	if (!sea_pkt_append(error, like, sizeof(*like)) || !append_quote(error, pkt, room)) {
		sea_pkt_drop(stack, error, SEA_DROP_IP_NO_MEMORY);
		return NULL;
	}
	error->off_trans = sea_pkt_offset(error);
	hdr = sea_pkt_at(error, error->off_trans);
	sum = (uint16_t)~sea_csum_fold(sea_pkt_csum(error, 0, error->len, stack->csum));
	memcpy(hdr->sum.b, &sum, sizeof(sum));
	return error;
}

/*
 * Speaks from the address the packet was for, where that is ours; else from the one of the way back,
 * or, by the sysctl, of the link where the packet came in.
 */
static struct sea_flow flow_to_sender(struct sea_stack *stack, const struct sea_pkt *pkt,
				      const struct sea_ipv4_hdr *ip, uint8_t tos)
{
	struct sea_flow flow = { .family = SEA_AF_INET,
				 .proto = SEA_IPPROTO_ICMP,
				 .tos = tos,
				 .oif = pkt->link ? sea_l3mdev_of_index(stack, pkt->link->ifindex)
						  : 0,
				 .mark = sea_ipv4_of(stack)->sysctl.fwmark_reflect ? pkt->mark : 0,
				 .dst = sea_ipaddr_of4(ip->src) };

	if (sea_ipv4_addr_type(stack, ip->dst, 0) == SEA_ROUTE_LOCAL)
		flow.src = sea_ipaddr_of4(ip->dst);
	else if (sea_ipv4_of(stack)->sysctl.icmp_errors_use_inbound_ifaddr && pkt->link)
		flow.src = sea_ipaddr_of4(sea_ifaddr4_select(pkt->link, ip->src, SEA_SCOPE_LINK));
	return flow;
}

static struct sea_icmp_hdr header(uint8_t type, uint8_t code, uint32_t info)
{
	struct sea_icmp_hdr hdr = { .type = type, .code = code };

	if (type == SEA_ICMP_DEST_UNREACH && code == SEA_ICMP_FRAG_NEEDED)
		hdr.frag.mtu = sea_be16_of((uint16_t)(info < UINT16_MAX ? info : UINT16_MAX));
	else if (type == SEA_ICMP_PARAM_PROBLEM)
		hdr.rest = sea_be32_of(info << 24);
	else if (type == SEA_ICMP_REDIRECT)
		hdr.rest = sea_be32_of(info);
	return hdr;
}

static bool exempt(const struct sea_ipv4_state *ip, uint8_t type, uint8_t code)
{
	if (type > SEA_ICMP_TYPE_MAX)
		return true;
	if (type == SEA_ICMP_DEST_UNREACH && code == SEA_ICMP_FRAG_NEEDED)
		return true; /* path MTU discovery must not stall */
	return !(ip->sysctl.icmp_ratemask >> type & 1);
}

bool sea_icmp_allow(struct sea_stack *stack, uint8_t type, uint8_t code, sea_be32 to)
{
	struct sea_ipv4_state *ip = sea_ipv4_of(stack);
	struct sea_ipaddr dst = sea_ipaddr_of4(to);

	return exempt(ip, type, code) ||
	       sea_icmp_limit(stack, &ip->icmp_global, &ip->icmp_peers, &dst,
			      (uint32_t)ip->sysctl.icmp_ratelimit, SEA_MIB_IcmpOutRateLimitHost);
}

void sea_icmp_send_error(struct sea_stack *stack, const struct sea_pkt *pkt, uint8_t type,
			 uint8_t code, uint32_t info)
{
	const struct sea_ipv4_hdr *ip = sea_pkt_at(pkt, pkt->off_net);
	const struct sea_icmp_hdr hdr = header(type, code, info);
	uint8_t tos = (uint8_t)((ip->tos & 0x1e) | TOS_INTERNETCONTROL);
	const struct sea_ipv4_hdr *asked = type == SEA_ICMP_PARAM_PROBLEM ? NULL : ip;
	struct sea_flow flow;
	struct sea_pkt *error = NULL;
	struct sea_dst dst;

	if (!may_answer(stack, pkt, ip))
		return;
	flow = flow_to_sender(stack, pkt, ip, tos);
	if (sea_ip_route(stack, &flow, &dst))
		return;
	/* To ourselves there is no limit: nobody outside learns of it. */
	if (dst.type == SEA_ROUTE_LOCAL || sea_icmp_allow(stack, type, code, ip->src))
		error = compose(stack, pkt, &hdr, quote_room(dst.mtu, asked));
	if (error)
		error->mark = flow.mark;
	if (error)
		send_along(stack, error, &dst, tos, asked);
	sea_dst_put(stack, &dst);
}

void sea_icmp_port_unreachable(struct sea_stack *stack, struct sea_pkt *pkt)
{
	sea_icmp_send_error(stack, pkt, SEA_ICMP_DEST_UNREACH, SEA_ICMP_PORT_UNREACH, 0);
}
