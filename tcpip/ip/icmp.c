/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICMP messages that come in (RFC 792, RFC 1122 §3.2.2): which are answered, which are handed to
 * transports (icmp_notify.c), which are only counted.
 */
#include <errno.h>

#include "ip/ipv4.h"
#include "ip/l3mdev.h"

#define ICMP_HDR_LEN ((uint32_t)sizeof(struct sea_icmp_hdr))
#define TIMESTAMP_LEN 20u /* header and three times */

/* 0, which is no counter of ICMP's, for types that Linux does not count by name. */
static enum sea_mib in_counter(uint8_t type)
{
	static const enum sea_mib by_type[SEA_ICMP_TYPE_MAX + 1] = {
		[SEA_ICMP_ECHO_REPLY] = SEA_MIB_IcmpInEchoReps,
		[SEA_ICMP_DEST_UNREACH] = SEA_MIB_IcmpInDestUnreachs,
		[SEA_ICMP_SOURCE_QUENCH] = SEA_MIB_IcmpInSrcQuenchs,
		[SEA_ICMP_REDIRECT] = SEA_MIB_IcmpInRedirects,
		[SEA_ICMP_ECHO] = SEA_MIB_IcmpInEchos,
		[SEA_ICMP_TIME_EXCEEDED] = SEA_MIB_IcmpInTimeExcds,
		[SEA_ICMP_PARAM_PROBLEM] = SEA_MIB_IcmpInParmProbs,
		[SEA_ICMP_TIMESTAMP] = SEA_MIB_IcmpInTimestamps,
		[SEA_ICMP_TIMESTAMP_REPLY] = SEA_MIB_IcmpInTimestampReps,
		[17] = SEA_MIB_IcmpInAddrMasks,
		[18] = SEA_MIB_IcmpInAddrMaskReps,
	};

	return type <= SEA_ICMP_TYPE_MAX ? by_type[type] : 0;
}

static void drop_error(struct sea_stack *stack, struct sea_pkt *pkt, enum sea_drop why)
{
	sea_stack_count(stack, SEA_MIB_IcmpInErrors);
	sea_pkt_drop(stack, pkt, why);
}

/* -- answers -- */

/*
 * Back to where it came from, speaking from the address that was asked; a broadcast is answered from
 * the link's own address.
 */
static struct sea_flow flow_back(const struct sea_ip_rx *rx, uint32_t mark)
{
	struct sea_flow flow = { .family = SEA_AF_INET,
				 .proto = SEA_IPPROTO_ICMP,
				 .tos = rx->tos,
				 .oif = sea_l3mdev_of_index(rx->link->stack, rx->link->ifindex),
				 .mark = mark,
				 .src = rx->dst,
				 .dst = rx->src };

	if (rx->dst_type != SEA_ROUTE_LOCAL)
		flow.src = sea_ipaddr_of4(
			sea_ifaddr4_select(rx->link, sea_ipaddr_to4(&rx->src), SEA_SCOPE_LINK));
	return flow;
}

/* A packet that came in becomes one that goes out. */
static void turn_round(struct sea_stack *stack, struct sea_pkt *pkt, uint8_t type,
		       const struct sea_ip_rx *rx)
{
	uint32_t mark = sea_ipv4_of(stack)->sysctl.fwmark_reflect ? pkt->mark : 0;
	struct sea_flow flow = flow_back(rx, mark);
	struct sea_icmp_hdr *hdr = sea_pkt_writable(pkt, ICMP_HDR_LEN);

	if (!hdr) {
		sea_pkt_drop(stack, pkt, SEA_DROP_IP_NO_MEMORY);
		return;
	}
	hdr->type = type;
	pkt->csum_state = SEA_CSUM_NONE;
	pkt->type = SEA_PKT_HOST;
	pkt->mark = mark;
	pkt->charged = 0;
	sea_icmp_output(stack, pkt, &flow, rx->tos, sea_pkt_at(pkt, pkt->off_net));
}

static bool ignored(const struct sea_ipv4_state *ip, uint8_t type, const struct sea_ip_rx *rx)
{
	return (rx->dst_type != SEA_ROUTE_LOCAL && ip->sysctl.icmp_echo_ignore_broadcasts) ||
	       (type == SEA_ICMP_ECHO && ip->sysctl.icmp_echo_ignore_all);
}

/* The checksum is brought up to date, not computed: what was damaged here is not covered up. */
static void echo(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	struct sea_icmp_hdr *hdr = sea_pkt_writable(pkt, ICMP_HDR_LEN);
	uint16_t sum;

	if (!hdr) {
		sea_pkt_drop(stack, pkt, SEA_DROP_IP_NO_MEMORY);
		return;
	}
	sum = sea_csum_update16(sea_be16_get(hdr->sum), (uint16_t)(SEA_ICMP_ECHO << 8),
				(uint16_t)(SEA_ICMP_ECHO_REPLY << 8));
	/* Of a reply that is all zeros the sum is minus zero, which the update cannot tell from zero. */
	if (!sum && !sea_csum_fold(sea_pkt_csum(pkt, 4, pkt->len - 4, stack->csum)))
		sum = 0xffff;
	hdr->sum = sea_be16_of(sum);
	turn_round(stack, pkt, SEA_ICMP_ECHO_REPLY, rx);
}

static void timestamp(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	uint8_t times[8];
	struct sea_icmp_hdr *hdr;
	uint16_t sum;

	if (pkt->len < ICMP_HDR_LEN + 4) {
		drop_error(stack, pkt, SEA_DROP_ICMP_SHORT);
		return;
	}
	sea_put32(times, sea_ipv4_time_of_day(stack));
	sea_put32(times + 4, sea_ipv4_time_of_day(stack));
	sea_pkt_trim_to(pkt, ICMP_HDR_LEN + 4);
	hdr = sea_pkt_append(pkt, times, sizeof(times)) ? sea_pkt_writable(pkt, TIMESTAMP_LEN)
							: NULL;
	if (!hdr) {
		sea_pkt_drop(stack, pkt, SEA_DROP_IP_NO_MEMORY);
		return;
	}
	hdr->type = SEA_ICMP_TIMESTAMP_REPLY;
	hdr->code = 0;
	hdr->sum = (sea_be16){ { 0 } };
	sum = (uint16_t)~sea_csum_fold(sea_pkt_csum(pkt, 0, TIMESTAMP_LEN, stack->csum));
	memcpy(hdr->sum.b, &sum, sizeof(sum));
	turn_round(stack, pkt, SEA_ICMP_TIMESTAMP_REPLY, rx);
}

static void query(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx,
		  uint8_t type)
{
	if (ignored(sea_ipv4_of(stack), type, rx)) {
		if (rx->dst_type != SEA_ROUTE_LOCAL)
			sea_stack_count(stack, SEA_MIB_IcmpInErrors);
		sea_pkt_drop(stack, pkt, SEA_DROP_ICMP_ECHO_IGNORED);
	} else if (type == SEA_ICMP_ECHO) {
		echo(stack, pkt, rx);
	} else {
		timestamp(stack, pkt, rx);
	}
}

static void echo_reply(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	const struct sea_ipv4_state *ip = sea_ipv4_of(stack);

	if (!ip->echo_reply || !ip->echo_reply(stack, pkt, rx))
		sea_pkt_drop(stack, pkt, SEA_DROP_ICMP_NO_SOCKET);
}

void sea_icmp_on_echo_reply(struct sea_stack *stack, sea_icmp_echo_reply_fn *fn)
{
	sea_ipv4_of(stack)->echo_reply = fn;
}

void sea_icmp_on_echo_error(struct sea_stack *stack, sea_icmp_echo_error_fn *fn)
{
	sea_ipv4_of(stack)->echo_error = fn;
}

static bool echo_error(struct sea_stack *stack, const struct sea_icmp_error *error)
{
	const struct sea_ipv4_state *ip = sea_ipv4_of(stack);
	const struct sea_flow flow = { .family = SEA_AF_INET,
				       .proto = SEA_IPPROTO_ICMP,
				       .dst = error->dst };

	if (error->redirect && error->quote[0] == SEA_ICMP_ECHO_REPLY) { /* no socket sent that */
		sea_ip_redirect(stack, &flow, error);
		return true;
	}
	return ip->echo_error && ip->echo_error(stack, error);
}

/* -- what comes in -- */

static bool group_may_hear(uint8_t type)
{
	return type == SEA_ICMP_ECHO || type == SEA_ICMP_TIMESTAMP || type == 17 || type == 18;
}

static void dispatch(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx,
		     uint8_t type)
{
	switch (type) {
	case SEA_ICMP_ECHO:
	case SEA_ICMP_TIMESTAMP:
		query(stack, pkt, rx, type);
		break;
	case SEA_ICMP_ECHO_REPLY:
		echo_reply(stack, pkt, rx);
		break;
	case SEA_ICMP_DEST_UNREACH:
	case SEA_ICMP_SOURCE_QUENCH:
	case SEA_ICMP_TIME_EXCEEDED:
	case SEA_ICMP_PARAM_PROBLEM:
		sea_icmp_notify(stack, pkt, rx);
		break;
	case SEA_ICMP_REDIRECT:
		sea_icmp_redirected(stack, pkt, rx);
		break;
	default:
		sea_pkt_drop(stack, pkt, SEA_DROP_ICMP_TYPE);
	}
}

/* A sum that is still to be completed was made by ourselves: it is made whole, then checked. */
static bool checksum_right(struct sea_stack *stack, struct sea_pkt *pkt)
{
	if (pkt->csum_state == SEA_CSUM_PARTIAL && !sea_pkt_csum_finish(pkt, stack->csum))
		return false;
	return sea_pkt_csum_verify(pkt, 0, stack->csum);
}

static void input(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	const struct sea_icmp_hdr *hdr;

	sea_stack_count(stack, SEA_MIB_IcmpInMsgs);
	if (!checksum_right(stack, pkt)) {
		sea_stack_count(stack, SEA_MIB_IcmpInCsumErrors);
		drop_error(stack, pkt, SEA_DROP_ICMP_CHECKSUM);
		return;
	}
	hdr = sea_pkt_peek(pkt, ICMP_HDR_LEN);
	if (!hdr) {
		drop_error(stack, pkt, SEA_DROP_ICMP_SHORT);
		return;
	}
	if (in_counter(hdr->type))
		sea_stack_count(stack, in_counter(hdr->type));
	if (hdr->type > SEA_ICMP_TYPE_MAX ||
	    (rx->dst_type != SEA_ROUTE_LOCAL && !group_may_hear(hdr->type)))
		drop_error(stack, pkt, SEA_DROP_ICMP_TYPE);
	else
		dispatch(stack, pkt, rx, hdr->type);
}

const struct sea_ip_proto sea_icmp_proto = {
	.proto = SEA_IPPROTO_ICMP,
	.family = SEA_AF_INET,
	.input = input,
	.icmp_error = echo_error,
};
