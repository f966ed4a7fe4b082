/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes out of tunnels: whose it is, whether the wire's congestion can be told to its receiver (RFC 6040 §4.2), and
 * into the tunnel's input queue.
 */
#include <string.h>

#include "core/stack.h"
#include "ip/icmp6.h"
#include "ip/ipv4.h"
#include "link/device/tunnel.h"
#include "wire/ipv6.h"

#define ECN_MASK 3u
#define ECN_ECT1 1u
#define ECN_ECT0 2u
#define ECN_CE 3u

void sea_tunnel_refuse(struct sea_link *link, struct sea_pkt *pkt, enum sea_drop why)
{
	link->stats.rx_errors++;
	sea_pkt_drop(link->stack, pkt, why);
}

void sea_tunnel_nobody(struct sea_stack *stack, struct sea_pkt *pkt, uint8_t family)
{
	if (family == SEA_AF_INET6)
		sea_icmp6_port_unreachable(stack, pkt);
	else
		sea_icmp_send_error(stack, pkt, SEA_ICMP_DEST_UNREACH, SEA_ICMP_PORT_UNREACH, 0);
	sea_pkt_drop(stack, pkt, SEA_DROP_TUNNEL_NONE);
}

/* -- congestion -- */

static uint32_t ip_hdr_len(uint16_t ethertype)
{
	if (ethertype == SEA_ETHERTYPE_IPV4)
		return sizeof(struct sea_ipv4_hdr);
	return ethertype == SEA_ETHERTYPE_IPV6 ? sizeof(struct sea_ipv6_hdr) : 0;
}

/* The inner header's bits, as Linux makes them of both: ECT(1) outside turns ECT(0) inside into it. */
static uint8_t ecn_then(uint8_t inner, uint8_t outer)
{
	if ((outer & ECN_MASK) == ECN_CE)
		return inner | ECN_CE;
	if ((outer & ECN_MASK) == ECN_ECT1 && (inner & ECN_MASK) == ECN_ECT0)
		return (uint8_t)((inner & ~ECN_MASK) | ECN_ECT1);
	return inner;
}

static void set_tos4(struct sea_ipv4_hdr *ip, uint8_t tos)
{
	uint16_t front = (uint16_t)(ip->ver_ihl << 8);
	uint16_t sum = sea_csum_update16(sea_be16_get(ip->sum), (uint16_t)(front | ip->tos),
					 (uint16_t)(front | tos));

	ip->sum = sea_be16_of(sum);
	ip->tos = tos;
}

static void set_class6(struct sea_ipv6_hdr *ip, uint8_t tclass)
{
	uint32_t first = sea_be32_get(ip->ver_class_flow) & ~(0xffu << 20);

	ip->ver_class_flow = sea_be32_of(first | (uint32_t)tclass << 20);
}

static uint8_t tos_at(const uint8_t *ip, bool v6)
{
	return v6 ? (uint8_t)(ip[0] << 4 | ip[1] >> 4) : ip[1];
}

/* The inner header at `at` has this TOS from now on. */
static enum sea_drop set_tos(struct sea_pkt *pkt, uint32_t at, bool v6, uint8_t tos)
{
	size_t len = v6 ? sizeof(struct sea_ipv6_hdr) : sizeof(struct sea_ipv4_hdr);
	uint8_t *ip = sea_pkt_writable(pkt, at + (uint32_t)len);

	if (!ip)
		return SEA_DROP_LINK_NO_MEMORY;
	if (v6)
		set_class6((void *)(ip + at), tos);
	else
		set_tos4((void *)(ip + at), tos);
	return SEA_DROP_N;
}

/* `at`: where the inner IP header is. SEA_DROP_N, or why it is dropped. */
static enum sea_drop take_ecn(struct sea_pkt *pkt, uint32_t at, uint16_t ethertype, uint8_t outer)
{
	bool v6 = ethertype == SEA_ETHERTYPE_IPV6;
	const uint8_t *ip = sea_pkt_peek(pkt, at + ip_hdr_len(ethertype));
	uint8_t inner = tos_at(ip + at, v6), then;

	if (!(inner & ECN_MASK)) /* whoever sent it knows nothing of congestion */
		return (outer & ECN_MASK) == ECN_CE ? SEA_DROP_TUNNEL_ECN : SEA_DROP_N;
	then = ecn_then(inner, outer);
	return then == inner ? SEA_DROP_N : set_tos(pkt, at, v6, then);
}

/* -- out of the tunnel -- */

/* Headers are all there, and congestion is told. */
static enum sea_drop unwrap(struct sea_pkt *pkt, uint16_t ethertype, uint8_t tos)
{
	const struct sea_ether_hdr *eth;
	uint32_t at = 0;

	if (ethertype == SEA_GRE_TEB) {
		at = sizeof(*eth);
		eth = sea_pkt_peek(pkt, at);
		if (!eth)
			return SEA_DROP_TUNNEL_SHORT;
		ethertype = sea_be16_get(eth->type);
	}
	if (!ip_hdr_len(ethertype))
		return SEA_DROP_N;
	if (!sea_pkt_peek(pkt, at + ip_hdr_len(ethertype)))
		return SEA_DROP_TUNNEL_SHORT;
	return take_ecn(pkt, at, ethertype, tos);
}

/* What was known of the checksum was of the outer packet, unless it is one that is still to be finished within. */
static void forget_outer(struct sea_pkt *pkt)
{
	if (pkt->csum_state != SEA_CSUM_PARTIAL || pkt->csum_start < sea_pkt_offset(pkt))
		pkt->csum_state = SEA_CSUM_NONE;
	pkt->gso_type = SEA_GSO_NONE;
	pkt->gso_size = pkt->gso_segs = 0;
	pkt->type = SEA_PKT_HOST;
	pkt->hash = 0;
	pkt->routed = 0;
}

void sea_tunnel_arrive(struct sea_link *link, struct sea_pkt *pkt, uint16_t ethertype, uint8_t tos)
{
	enum sea_drop why = unwrap(pkt, ethertype, tos);

	if (why != SEA_DROP_N) {
		sea_tunnel_refuse(link, pkt, why);
		return;
	}
	forget_outer(pkt);
	pkt->protocol = ethertype;
	if (sea_link_queue_input(link, pkt))
		return;
	link->stats.rx_dropped++;
	sea_pkt_drop(link->stack, pkt, SEA_DROP_TUNNEL_FULL);
}

/* -- protocols 4 and 41 -- */

static struct sea_tunnel *tunnel_of(const struct sea_stack *stack, enum sea_tunnel_id id,
				    const struct sea_ip_rx *rx)
{
	const struct sea_tunnel_at at = {
		.id = id, .local = rx->dst, .remote = rx->src, .iif = rx->link->ifindex
	};

	return sea_tunnel_find(stack, &at);
}

/* With SEA_TUNNEL6_COPY_DSCP: what comes out has the tunnel's. */
static enum sea_drop copy_dscp(const struct sea_tunnel *t, struct sea_pkt *pkt, uint16_t ethertype,
			       uint8_t tos)
{
	bool v6 = ethertype == SEA_ETHERTYPE_IPV6;
	const uint8_t *ip = sea_pkt_peek(pkt, ip_hdr_len(ethertype));

	if (!(t->p.flags & SEA_TUNNEL6_COPY_DSCP) || !ip)
		return SEA_DROP_N; /* what is too short is seen later */
	return set_tos(pkt, 0, v6, (uint8_t)((tos & ~ECN_MASK) | (tos_at(ip, v6) & ECN_MASK)));
}

/* Out of an ip6tnl. */
static void input6(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	bool v6 = rx->proto == SEA_IPPROTO_IPV6;
	uint16_t ethertype = v6 ? SEA_ETHERTYPE_IPV6 : SEA_ETHERTYPE_IPV4;
	struct sea_tunnel *t = tunnel_of(stack, SEA_TUNNEL_IP6TNL, rx);
	enum sea_drop why;

	if (!t) {
		sea_tunnel_nobody(stack, pkt, SEA_AF_INET6);
		return;
	}
	if (t->p.proto && t->p.proto != rx->proto)
		why = SEA_DROP_TUNNEL_PROTOCOL;
	else if (!sea_tunnel6_may_receive(t, rx))
		why = SEA_DROP_TUNNEL_SPOOFED;
	else
		why = copy_dscp(t, pkt, ethertype, rx->tos);
	if (why == SEA_DROP_N)
		sea_tunnel_arrive(t->link, pkt, ethertype, rx->tos);
	else
		sea_pkt_drop(stack, pkt, why);
}

static void input_ipip(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	struct sea_tunnel *t = tunnel_of(stack, SEA_TUNNEL_IPIP, rx);

	if (!t)
		t = tunnel_of(stack, SEA_TUNNEL_SIT, rx);
	if (!t)
		sea_tunnel_nobody(stack, pkt, SEA_AF_INET);
	else if (t->p.proto && t->p.proto != SEA_IPPROTO_IPIP)
		sea_pkt_drop(stack, pkt, SEA_DROP_TUNNEL_PROTOCOL);
	else
		sea_tunnel_arrive(t->link, pkt, SEA_ETHERTYPE_IPV4, rx->tos);
}

/* 2002:AABB:CCDD::/48 is 170.187.204.221's (RFC 3056 §2). */
static bool contradicts(const uint8_t in6[16], sea_be32 outer)
{
	return in6[0] == 0x20 && in6[1] == 0x02 && memcmp(in6 + 2, outer.b, 4) != 0;
}

/* Where the other end may be anybody, nobody sends in another's name (RFC 3964 §5.1). */
static bool is_spoofed(const struct sea_tunnel *t, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	const struct sea_ipv6_hdr *ip = sea_pkt_peek(pkt, sizeof(*ip));

	return ip && sea_tunnel_is_any(&t->p.remote) &&
	       (contradicts(ip->src, sea_ipaddr_to4(&rx->src)) ||
		contradicts(ip->dst, sea_ipaddr_to4(&rx->dst)));
}

static void input_sit(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	struct sea_tunnel *t = tunnel_of(stack, SEA_TUNNEL_SIT, rx);

	if (!t)
		sea_tunnel_nobody(stack, pkt, SEA_AF_INET);
	else if (t->p.proto && t->p.proto != SEA_IPPROTO_IPV6)
		sea_pkt_drop(stack, pkt, SEA_DROP_TUNNEL_PROTOCOL);
	else if (is_spoofed(t, pkt, rx))
		sea_tunnel_refuse(t->link, pkt, SEA_DROP_TUNNEL_SPOOFED);
	else
		sea_tunnel_arrive(t->link, pkt, SEA_ETHERTYPE_IPV6, rx->tos);
}

static void input_4(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	if (rx->family == SEA_AF_INET6)
		input6(stack, pkt, rx);
	else
		input_ipip(stack, pkt, rx);
}

static void input_41(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	if (rx->family == SEA_AF_INET6)
		input6(stack, pkt, rx);
	else
		input_sit(stack, pkt, rx);
}

/* -- errors -- */

static struct sea_tunnel *sender_of(const struct sea_stack *stack, enum sea_tunnel_id id,
				    const struct sea_icmp_error *e)
{
	const struct sea_tunnel_at at = { .id = id, .local = e->src, .remote = e->dst };

	return sea_tunnel_find(stack, &at);
}

static bool error_4(struct sea_stack *stack, const struct sea_icmp_error *error)
{
	struct sea_tunnel *t;

	if (error->family == SEA_AF_INET6)
		return sea_ip6tnl_error(stack, error, SEA_IPPROTO_IPIP);
	t = sender_of(stack, SEA_TUNNEL_IPIP, error);
	return sea_tunnel_error(stack, error, t ? t : sender_of(stack, SEA_TUNNEL_SIT, error));
}

static bool error_41(struct sea_stack *stack, const struct sea_icmp_error *error)
{
	if (error->family == SEA_AF_INET6)
		return sea_ip6tnl_error(stack, error, SEA_IPPROTO_IPV6);
	return sea_tunnel_error(stack, error, sender_of(stack, SEA_TUNNEL_SIT, error));
}

#define TAKES_4(over)                                    \
	{                                                \
		SEA_IPPROTO_IPIP, over, input_4, error_4 \
	}
#define TAKES_41(over)                                     \
	{                                                  \
		SEA_IPPROTO_IPV6, over, input_41, error_41 \
	}

const struct sea_ip_proto sea_ipip_protos[3] = { TAKES_4(SEA_AF_INET), TAKES_4(SEA_AF_INET6),
						 TAKES_4(0) };
const struct sea_ip_proto sea_ipv6_protos[3] = { TAKES_41(SEA_AF_INET), TAKES_41(SEA_AF_INET6),
						 TAKES_41(0) };
