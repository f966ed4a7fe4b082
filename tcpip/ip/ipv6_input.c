/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receiving IPv6: what is a packet, what may be on a wire, whom it is for (RFC 8200 §3, RFC 4291 §2),
 * in Linux's order and with Linux's counters.
 *
 *	input: header, hop-by-hop ─(prerouting)─ sea_ipv6_receive: whose ─(local in)─ sea_ipv6_deliver
 */
#include "ip/ipv6.h"
#include "ip/ipv6_forward.h"
#include "ip/ndp.h"
#include "ip/mroute.h"
#include "wire/icmp6.h"

#define PASS SEA_DROP_N

static void count_arrival(struct sea_stack *stack, const struct sea_pkt *pkt)
{
	sea_stack_count(stack, SEA_MIB_Ip6InReceives);
	sea_mib_add(&stack->shard.counters, SEA_MIB_Ip6InOctets, pkt->len);
}

static void count_ecn(struct sea_stack *stack, const struct sea_pkt *pkt, uint8_t tclass)
{
	static const enum sea_mib by_ecn[4] = { SEA_MIB_Ip6InNoECTPkts, SEA_MIB_Ip6InECT1Pkts,
						SEA_MIB_Ip6InECT0Pkts, SEA_MIB_Ip6InCEPkts };

	sea_mib_add(&stack->shard.counters, by_ecn[tclass & 3], pkt->gso_segs ? pkt->gso_segs : 1);
}

/* -- the header -- */

/* Our own, over loopback or as a copy of what we sent to a group. */
static bool from_ourselves(const struct sea_pkt *pkt)
{
	return pkt->link->type == SEA_LINK_LOOPBACK || pkt->type == SEA_PKT_LOOPBACK;
}

/* A unicast packet that was sent to all is an error of somebody's. */
static bool misdirected(const struct sea_pkt *pkt, const struct sea_ipv6_facts *f)
{
	return !sea_in6_is_multicast(f->dst) &&
	       (pkt->type == SEA_PKT_BROADCAST || pkt->type == SEA_PKT_MULTICAST) &&
	       sea_link_ip6(pkt->link)->conf.drop_unicast_in_l2_multicast;
}

/* Addresses that no packet, or none from a wire, may have. */
static enum sea_drop martian_check(const struct sea_pkt *pkt, const struct sea_ipv6_facts *f)
{
	bool on_lo = pkt->link->type == SEA_LINK_LOOPBACK;

	if (sea_in6_is_loopback(f->src) && !on_lo)
		return SEA_DROP_IP_MARTIAN_SOURCE;
	if (sea_in6_is_loopback(f->dst) && !on_lo)
		return SEA_DROP_IP_MARTIAN_DEST;
	if (sea_in6_is_multicast(f->dst) &&
	    (sea_in6_group_scope(f->dst) == 0 ||
	     (sea_in6_group_scope(f->dst) == 1 && !from_ourselves(pkt))))
		return SEA_DROP_IP_MARTIAN_DEST;
	if (misdirected(pkt, f))
		return SEA_DROP_IP_OTHER_DEST;
	if (sea_in6_is_multicast(f->src) || sea_in6_is_mapped(f->src))
		return SEA_DROP_IP_MARTIAN_SOURCE;
	return PASS;
}

static enum sea_drop header_error(struct sea_stack *stack, enum sea_drop why)
{
	sea_stack_count(stack, SEA_MIB_Ip6InHdrErrors);
	return why;
}

static enum sea_drop parse(struct sea_stack *stack, struct sea_pkt *pkt,
			   struct sea_ipv6_facts *facts)
{
	const struct sea_ipv6_hdr *hdr = sea_pkt_peek(pkt, sizeof(*hdr));
	enum sea_drop fault;

	if (!sea_link_ip6(pkt->link)->running) {
		sea_stack_count(stack, SEA_MIB_Ip6InDiscards);
		return SEA_DROP_IPV6_DISABLED;
	}
	if (!hdr)
		return header_error(stack, SEA_DROP_IP_SHORT);
	if (hdr->ver_class_flow.b[0] >> 4 != 6)
		return header_error(stack, SEA_DROP_IP_VERSION);
	sea_ipv6_parse(hdr, facts);
	count_ecn(stack, pkt, facts->tclass);
	fault = martian_check(pkt, facts);
	return fault == PASS ? PASS : header_error(stack, fault);
}

/* A frame may be longer than its packet: Ethernet pads. A jumbogram says 0, and is refused later. */
static enum sea_drop trim(struct sea_stack *stack, struct sea_pkt *pkt,
			  const struct sea_ipv6_facts *f)
{
	uint32_t len = f->payload_len + (uint32_t)sizeof(struct sea_ipv6_hdr);

	if (!f->payload_len && f->next == SEA_IPV6_HOPOPTS)
		return PASS;
	if (len > pkt->len) {
		sea_stack_count(stack, SEA_MIB_Ip6InTruncatedPkts);
		return SEA_DROP_IP_SHORT;
	}
	if (len < pkt->len) {
		sea_pkt_trim_to(pkt, len);
		if (pkt->csum_state == SEA_CSUM_COMPLETE)
			pkt->csum_state = SEA_CSUM_NONE;
	}
	return PASS;
}

/* Hooks see the packet whole, and may have written in its header when it goes on. */
static bool hooks_pass(struct sea_stack *stack, enum sea_hook_point point, struct sea_pkt *pkt,
		       struct sea_ipv6_facts *f)
{
	uint32_t pulled = (uint32_t)(sea_pkt_offset(pkt) - pkt->off_net);

	sea_pkt_unpull(pkt, pulled);
	if (!sea_stack_run_hooks(stack, SEA_AF_INET6, point, pkt->link, NULL, pkt))
		return false;
	sea_ipv6_parse(sea_pkt_peek(pkt, sizeof(struct sea_ipv6_hdr)), f);
	sea_pkt_pull(pkt, pulled);
	return true;
}

static bool passes(struct sea_stack *stack, enum sea_hook_point point, struct sea_pkt *pkt,
		   struct sea_ipv6_facts *f)
{
	return !sea_stack_hooks(stack, SEA_AF_INET6, point)->n || hooks_pass(stack, point, pkt, f);
}

static void input(struct sea_stack *stack, struct sea_pkt *pkt)
{
	struct sea_ipv6_facts facts;
	enum sea_drop fault;

	count_arrival(stack, pkt);
	fault = parse(stack, pkt, &facts);
	if (fault == PASS)
		fault = trim(stack, pkt, &facts);
	if (fault != PASS) {
		sea_pkt_drop(stack, pkt, fault);
		return;
	}
	sea_pkt_pull(pkt, sizeof(struct sea_ipv6_hdr));
	pkt->off_trans = sea_pkt_offset(pkt);
	if (facts.next == SEA_IPV6_HOPOPTS && !sea_ipv6_hop_by_hop(stack, pkt, &facts))
		return;
	if (passes(stack, SEA_HOOK_PREROUTING, pkt, &facts))
		sea_ipv6_receive(stack, pkt, &facts);
}

const struct sea_net_proto sea_ipv6_proto = {
	.ethertype = SEA_ETHERTYPE_IPV6,
	.input = input,
};

/* -- whom it is for -- */

struct sea_link *sea_ipv6_link_of(struct sea_stack *stack, const struct sea_pkt *pkt,
				  const struct sea_ipv6_facts *facts)
{
	struct sea_ipaddr dst = sea_ipaddr_of6(facts->dst);
	const struct sea_ifaddr6 *a;

	if (pkt->link->type != SEA_LINK_LOOPBACK || !sea_in6_is_link_local(facts->dst))
		return pkt->link;
	a = sea_ifaddr6_find_any(stack, &dst);
	return a ? a->link : pkt->link;
}

/*
 * Whoever is in the group hears its queries and reports, from wherever they come; they stand behind a
 * hop-by-hop header with a router alert (RFC 3810 §5).
 */
static bool is_mld(struct sea_pkt *pkt, const struct sea_ipv6_facts *f)
{
	const uint8_t *ext = f->next == SEA_IPV6_HOPOPTS ? sea_pkt_peek(pkt, 2) : NULL;
	uint32_t len;

	if (!ext || ext[0] != SEA_IPPROTO_ICMPV6)
		return false;
	len = (ext[1] + 1u) * 8;
	ext = sea_pkt_peek(pkt, len + 1);
	return ext && ((ext[len] >= SEA_ICMP6_MLD_QUERY && ext[len] <= SEA_ICMP6_MLD_DONE) ||
		       ext[len] == SEA_ICMP6_MLD2_REPORT);
}

static bool group_accepts(struct sea_pkt *pkt, const struct sea_ipv6_facts *f)
{
	const struct sea_groups *g = &sea_link_ip6(pkt->link)->groups;
	struct sea_ipaddr dst = sea_ipaddr_of6(f->dst), src = sea_ipaddr_of6(f->src);

	return sea_group_accepts(g, &dst, &src) || (sea_group_heard(g, &dst) && is_mld(pkt, f));
}

static enum sea_drop group_check(struct sea_stack *stack, struct sea_pkt *pkt,
				 const struct sea_ipv6_rx *rx)
{
	sea_stack_count(stack, SEA_MIB_Ip6InMcastPkts);
	sea_mib_add(&stack->shard.counters, SEA_MIB_Ip6InMcastOctets,
		    rx->facts.payload_len + sizeof(struct sea_ipv6_hdr));
	return group_accepts(pkt, &rx->facts) ? PASS : SEA_DROP_IP_GROUP;
}

/* What hosts say of groups, and what is of one link, stays there. */
static bool is_routed(struct sea_pkt *pkt, const struct sea_ipv6_facts *f)
{
	return sea_link_ip6(pkt->link)->conf.mc_forwarding && !pkt->routed &&
	       sea_in6_group_scope(f->dst) > 2 && !is_mld(pkt, f);
}

/* To other links. True: nobody here wants it. */
static bool route_group(struct sea_stack *stack, struct sea_pkt *pkt, bool here)
{
	if (here)
		pkt = sea_pkt_clone(pkt, &stack->shard.pool);
	if (pkt) {
		sea_pkt_unpull(pkt, (uint32_t)(sea_pkt_offset(pkt) - pkt->off_net));
		sea_mrouter_input(sea_ipv6_of(stack)->mrouter, pkt, here);
	}
	return !here;
}

/* An address that needs its link is ours only on that link. */
static enum sea_drop unicast_check(struct sea_stack *stack, struct sea_ipv6_rx *rx)
{
	struct sea_ipaddr dst = sea_ipaddr_of6(rx->facts.dst);
	int ifindex = sea_in6_is_link_local(dst.b) ? rx->link->ifindex : 0;

	rx->dst_type = sea_ipv6_addr_type(stack, &dst, ifindex);
	if (rx->dst_type == SEA_ROUTE_LOCAL || rx->dst_type == SEA_ROUTE_ANYCAST)
		return PASS;
	if (!sea_ipv6_forwards(stack))
		sea_stack_count(stack, SEA_MIB_Ip6InAddrErrors);
	return SEA_DROP_IP_NOT_LOCAL;
}

/* Neighbours of whom we stand in for speak to us in his name. */
static void in_transit(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_ipv6_rx *rx,
		       struct sea_verdict *known)
{
	if (pkt->type != SEA_PKT_HOST ||
	    sea_ndp_proxied(stack, pkt, &rx->facts) != SEA_NDP_PROXIED_OURS)
		sea_ipv6_forward(stack, pkt, &rx->facts, known);
	else if (passes(stack, SEA_HOOK_LOCAL_IN, pkt, &rx->facts))
		sea_ipv6_deliver(stack, pkt, rx);
}

void sea_ipv6_receive(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_ipv6_facts *facts)
{
	struct sea_ipv6_rx rx = { .facts = *facts, .link = sea_ipv6_link_of(stack, pkt, facts) };
	bool group = sea_in6_is_multicast(facts->dst), on = !group && sea_ipv6_forwards(stack);
	struct sea_verdict *known = on ? sea_ipv6_verdict(stack, pkt, facts) : NULL;
	enum sea_drop fault = SEA_DROP_IP_NOT_LOCAL;

	rx.dst_type = known ? known->type : SEA_ROUTE_MULTICAST;
	if (!known)
		fault = group ? group_check(stack, pkt, &rx) : unicast_check(stack, &rx);
	if (group && is_routed(pkt, facts) && route_group(stack, pkt, fault == PASS))
		return;
	if (fault == SEA_DROP_IP_NOT_LOCAL && on)
		in_transit(stack, pkt, &rx, known);
	else if (fault != PASS)
		sea_pkt_drop(stack, pkt, fault);
	else if (passes(stack, SEA_HOOK_LOCAL_IN, pkt, &rx.facts))
		sea_ipv6_deliver(stack, pkt, &rx);
}
