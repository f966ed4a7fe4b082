/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receiving IPv4: what is a datagram, what may be on a wire, whom it is for (RFC 1122 §3.2.1,
 * RFC 1812 §5.3.7), in Linux's order and with Linux's counters.
 *
 *	input: header ─(prerouting)─ sea_ipv4_receive: whose, options ─ deliver ─(local in)─ hand over
 *
 * Each step says PASS or why not. What is for others goes on in ipv4_forward.c, where its link
 * forwards.
 */
#include <errno.h>

#include "ip/ipv4.h"
#include "ip/mroute.h"

#define PASS SEA_DROP_N

/* -- the header -- */

static void count_arrival(struct sea_stack *stack, const struct sea_pkt *pkt)
{
	sea_stack_count(stack, SEA_MIB_IpInReceives);
	sea_mib_add(&stack->shard.counters, SEA_MIB_IpExtInOctets, pkt->len);
}

static void count_ecn(struct sea_stack *stack, const struct sea_pkt *pkt, uint8_t tos)
{
	static const enum sea_mib by_ecn[4] = { SEA_MIB_IpExtInNoECTPkts, SEA_MIB_IpExtInECT1Pkts,
						SEA_MIB_IpExtInECT0Pkts, SEA_MIB_IpExtInCEPkts };

	sea_mib_add(&stack->shard.counters, by_ecn[tos & 3], pkt->gso_segs ? pkt->gso_segs : 1);
}

static enum sea_drop header_error(struct sea_stack *stack, enum sea_drop why)
{
	sea_stack_count(stack, SEA_MIB_IpInHdrErrors);
	return why;
}

/* The checksum comes before the lengths, as on Linux: a header that arrived broken says nothing. */
static enum sea_drop parse(struct sea_stack *stack, struct sea_pkt *pkt,
			   struct sea_ipv4_facts *facts)
{
	const uint8_t *hdr = sea_pkt_peek(pkt, sizeof(struct sea_ipv4_hdr));
	enum sea_ipv4_fault fault;
	uint32_t len;

	if (!hdr)
		return header_error(stack, SEA_DROP_IP_SHORT);
	if (hdr[0] >> 4 != 4)
		return header_error(stack, SEA_DROP_IP_VERSION);
	len = (hdr[0] & 0xfu) * 4;
	if (len < sizeof(struct sea_ipv4_hdr))
		return header_error(stack, SEA_DROP_IP_HEADER_LEN);
	count_ecn(stack, pkt, hdr[1]);
	if (len > sizeof(struct sea_ipv4_hdr) && !(hdr = sea_pkt_peek(pkt, len)))
		return header_error(stack, SEA_DROP_IP_SHORT);
	if (!sea_csum_ipv4_right(hdr, len)) {
		sea_stack_count(stack, SEA_MIB_IpExtInCsumErrors);
		return header_error(stack, SEA_DROP_IP_CHECKSUM);
	}
	fault = sea_ipv4_parse(hdr, len, pkt->len, facts);
	if (fault == SEA_IPV4_OK)
		return PASS;
	if (fault == SEA_IPV4_IHL)
		return header_error(stack, SEA_DROP_IP_HEADER_LEN);
	sea_stack_count(stack, SEA_MIB_IpExtInTruncatedPkts);
	return SEA_DROP_IP_SHORT;
}

/* A frame may be longer than its datagram: Ethernet pads. */
static inline void trim(struct sea_pkt *pkt, uint32_t total_len)
{
	if (pkt->len == total_len)
		return;
	sea_pkt_trim_to(pkt, total_len);
	if (pkt->csum_state == SEA_CSUM_COMPLETE)
		pkt->csum_state = SEA_CSUM_NONE;
}

/* Hooks see the datagram whole, and may have written in its header when it goes on. */
static bool hooks_pass(struct sea_stack *stack, enum sea_hook_point point, struct sea_pkt *pkt,
		       struct sea_ipv4_facts *f)
{
	sea_pkt_unpull(pkt, f->hdr_len);
	if (!sea_stack_run_hooks(stack, SEA_AF_INET, point, pkt->link, NULL, pkt))
		return false;
	(void)sea_ipv4_parse(sea_pkt_peek(pkt, f->hdr_len), f->hdr_len, pkt->len, f);
	sea_pkt_pull(pkt, f->hdr_len);
	return true;
}

static bool passes(struct sea_stack *stack, enum sea_hook_point point, struct sea_pkt *pkt,
		   struct sea_ipv4_facts *f)
{
	return !sea_stack_hooks(stack, SEA_AF_INET, point)->n || hooks_pass(stack, point, pkt, f);
}

/* -- whom it is for -- */

static enum sea_drop source_check(struct sea_stack *stack, const struct sea_pkt *pkt,
				  const struct sea_ipv4_facts *f)
{
	bool direct;

	return sea_ipv4_source_check(stack, pkt, f, NULL, &direct);
}

/* Whoever is in the group hears its queries and reports, from wherever they come. */
static bool group_accepts(const struct sea_pkt *pkt, const struct sea_ipv4_facts *f)
{
	const struct sea_groups *g = &sea_link_ip4(pkt->link)->groups;
	struct sea_ipaddr dst = sea_ipaddr_of4(f->dst), src = sea_ipaddr_of4(f->src);

	if (f->proto == SEA_IPPROTO_IGMP)
		return sea_group_heard(g, &dst);
	return sea_group_accepts(g, &dst, &src);
}

/* A host without an address speaks to its link only, and to routers. */
static bool nobody_may_send(const struct sea_ipv4_facts *f)
{
	return f->proto == SEA_IPPROTO_IGMP || sea_ipv4_is_local_group(f->dst);
}

/* What hosts say of groups is for their routers, of which it tells none other. */
static bool is_routed(const struct sea_pkt *pkt, const struct sea_ipv4_facts *f, bool here)
{
	return sea_link_ip4(pkt->link)->conf.mc_forwarding && !pkt->routed &&
	       !sea_ipv4_is_local_group(f->dst) && (here || f->proto != SEA_IPPROTO_IGMP);
}

static enum sea_drop group_check(struct sea_stack *stack, const struct sea_pkt *pkt,
				 const struct sea_ipv4_facts *f, struct sea_verdict *v)
{
	if (sea_ipv4_is_loopback(f->src) && !sea_ipv4_from_ourselves(pkt))
		return SEA_DROP_IP_MARTIAN_SOURCE;
	v->here = group_accepts(pkt, f);
	v->routed = is_routed(pkt, f, v->here);
	if (!v->here && !v->routed)
		return SEA_DROP_IP_GROUP;
	if (sea_ipv4_is_any(f->src))
		return nobody_may_send(f) ? PASS : SEA_DROP_IP_MARTIAN_SOURCE;
	return source_check(stack, pkt, f);
}

static enum sea_drop martian_check(const struct sea_pkt *pkt, const struct sea_ipv4_facts *f)
{
	if (sea_ipv4_is_any(f->src))
		return SEA_DROP_IP_MARTIAN_SOURCE;
	if (sea_ipv4_is_any(f->dst))
		return SEA_DROP_IP_MARTIAN_DEST;
	if (sea_ipv4_from_ourselves(pkt) || SEA_CONF4_OR(pkt->link, route_localnet))
		return PASS;
	if (sea_ipv4_is_loopback(f->dst))
		return SEA_DROP_IP_MARTIAN_DEST;
	return sea_ipv4_is_loopback(f->src) ? SEA_DROP_IP_MARTIAN_SOURCE : PASS;
}

static bool forwards(const struct sea_link *link)
{
	return sea_link_ip4(link)->conf.forwarding;
}

/* No way on. A host is not asked for one; a router says so (RFC 1812 §5.2.7.1). */
static enum sea_drop no_way(struct sea_stack *stack, struct sea_pkt *pkt, int err)
{
	if (pkt->protocol == SEA_ETHERTYPE_ARP)
		return SEA_DROP_IP_NO_ROUTE; /* it was only asked */
	if (!forwards(pkt->link)) {
		sea_stack_count(stack, SEA_MIB_IpInAddrErrors);
		return SEA_DROP_IP_NOT_LOCAL;
	}
	sea_ipv4_forward_refuse(stack, pkt, err);
	return SEA_DROP_IP_NO_ROUTE;
}

/* What the tables say: for us, or the way on. */
static enum sea_drop lookup(struct sea_stack *stack, struct sea_pkt *pkt,
			    const struct sea_ipv4_facts *f, struct sea_verdict *v)
{
	struct sea_flow flow = { .family = SEA_AF_INET,
				 .proto = f->proto,
				 .tos = f->tos,
				 .iif = pkt->link->ifindex,
				 .mark = pkt->mark,
				 .src = sea_ipaddr_of4(f->src),
				 .dst = sea_ipaddr_of4(f->dst) };
	struct sea_routes *routes = &sea_ipv4_of(stack)->routes;
	const struct sea_route_entry *e;
	enum sea_drop fault;
	bool direct, on;
	int err;

	if (sea_routes_by_flow(routes) && !f->frag_off)
		sea_flow_read_ports(&flow, pkt, 0);
	err = sea_routes_lookup(routes, &flow, &e);
	if (err)
		return no_way(stack, pkt, err);
	v->type = e->type;
	on = e->type == SEA_ROUTE_BROADCAST ? SEA_CONF4_AND(pkt->link, bc_forwarding)
					    : e->type != SEA_ROUTE_LOCAL;
	if (on && e->type != SEA_ROUTE_BROADCAST && !forwards(pkt->link))
		return no_way(stack, pkt, -EHOSTUNREACH);
	if (on && e->type != SEA_ROUTE_BROADCAST && e->type != SEA_ROUTE_UNICAST)
		return SEA_DROP_IP_MARTIAN_DEST;
	fault = sea_ipv4_source_check(stack, pkt, f, on ? e->link : NULL, &direct);
	if (fault == PASS && on)
		sea_ipv4_forward_plan(stack, pkt, e, direct, v);
	return fault;
}

static enum sea_drop judge(struct sea_stack *stack, struct sea_pkt *pkt,
			   const struct sea_ipv4_facts *f, struct sea_verdict *v)
{
	enum sea_drop fault;

	if (sea_ipv4_is_multicast(f->src) || sea_ipv4_is_broadcast(f->src))
		return SEA_DROP_IP_MARTIAN_SOURCE;
	v->type = SEA_ROUTE_MULTICAST;
	if (sea_ipv4_is_multicast(f->dst))
		return group_check(stack, pkt, f, v);
	v->type = SEA_ROUTE_BROADCAST;
	if (sea_ipv4_is_broadcast(f->dst) || (sea_ipv4_is_any(f->src) && sea_ipv4_is_any(f->dst)))
		return sea_ipv4_is_any(f->src) ? PASS : source_check(stack, pkt, f);
	fault = martian_check(pkt, f);
	return fault == PASS ? lookup(stack, pkt, f, v) : fault;
}

static inline bool holds(const struct sea_stack *stack, const struct sea_pkt *pkt,
			 const struct sea_ipv4_facts *f, const struct sea_verdict *v)
{
	return v->gen == stack->route_gen && v->ifindex == pkt->link->ifindex &&
	       sea_be32_equal(v->src, f->src) && sea_be32_equal(v->dst, f->dst) &&
	       v->tos == f->tos && v->mark == pkt->mark;
}

/* Judges into *v; it holds for the next ones when it was good and the row is one. */
static enum sea_drop judge_anew(struct sea_stack *stack, struct sea_pkt *pkt,
				const struct sea_ipv4_facts *f, struct sea_verdict *v)
{
	enum sea_drop fault;

	*v = (struct sea_verdict){ .ifindex = pkt->link->ifindex,
				   .src = f->src,
				   .dst = f->dst,
				   .mark = pkt->mark,
				   .tos = f->tos };
	fault = judge(stack, pkt, f, v);
	if (fault == PASS)
		v->gen = sea_routes_by_flow(&sea_ipv4_of(stack)->routes) ? 0 : stack->route_gen;
	else
		sea_ipv4_log_martian(stack, pkt, f, fault);
	return fault;
}

enum sea_drop sea_ipv4_route_in(struct sea_stack *stack, struct sea_pkt *pkt,
				const struct sea_ipv4_facts *f, struct sea_verdict *v)
{
	return judge_anew(stack, pkt, f, v);
}

/*
 * Packets come in rows: what the tables said of the last of a row holds for the next. *v: where the
 * verdict stands, or is to stand.
 */
static enum sea_drop classify(struct sea_stack *stack, struct sea_pkt *pkt,
			      const struct sea_ipv4_facts *f, struct sea_verdict **v)
{
	struct sea_verdicts *verdicts = &sea_ipv4_of(stack)->verdicts;
	uint32_t mix = sea_verdict_mix4(f->src, f->dst);
	struct sea_verdict *cached;

	/* Other rules hold for our own on the same link; groups are joined and left without a word. */
	if (pkt->type == SEA_PKT_LOOPBACK || sea_ipv4_is_multicast(f->dst))
		return judge_anew(stack, pkt, f, *v);
	cached = sea_verdict_slot(verdicts, mix);
	if (!holds(stack, pkt, f, cached)) {
		*v = sea_verdict_make(stack, verdicts, mix);
		return judge_anew(stack, pkt, f, *v);
	}
	*v = cached;
	return PASS;
}

/* A unicast datagram that was broadcast to all is an error of somebody's (RFC 1122 §3.3.6). */
static bool misdirected(const struct sea_pkt *pkt, uint8_t type)
{
	return (pkt->type == SEA_PKT_BROADCAST || pkt->type == SEA_PKT_MULTICAST) &&
	       type == SEA_ROUTE_LOCAL && SEA_CONF4_OR(pkt->link, drop_unicast_in_l2_multicast);
}

/* -- delivery -- */

static void count_group(struct sea_stack *stack, const struct sea_ipv4_facts *f, uint8_t type)
{
	struct sea_counters *c = &stack->shard.counters;

	if (type == SEA_ROUTE_BROADCAST) {
		sea_mib_inc(c, SEA_MIB_IpExtInBcastPkts);
		sea_mib_add(c, SEA_MIB_IpExtInBcastOctets, f->total_len);
	} else if (type == SEA_ROUTE_MULTICAST) {
		sea_mib_inc(c, SEA_MIB_IpExtInMcastPkts);
		sea_mib_add(c, SEA_MIB_IpExtInMcastOctets, f->total_len);
	}
}

static inline __attribute__((always_inline)) void hand_over(struct sea_stack *stack,
							    struct sea_pkt *pkt,
							    const struct sea_ipv4_facts *f,
							    uint8_t type, uint16_t frag_max)
{
	const struct sea_ip_proto *proto = sea_ip_proto_of(stack, SEA_AF_INET, f->proto);
	const struct sea_ip_rx rx = { .family = SEA_AF_INET,
				      .proto = f->proto,
				      .tos = f->tos,
				      .ttl = f->ttl,
				      .dst_type = type,
				      .hdr_len_net = (uint16_t)f->hdr_len,
				      .frag_max = frag_max,
				      .link = pkt->link,
				      .src = sea_ipaddr_of4(f->src),
				      .dst = sea_ipaddr_of4(f->dst) };

	if (!proto) {
		sea_stack_count(stack, SEA_MIB_IpInUnknownProtos);
		sea_icmp_send_error(stack, pkt, SEA_ICMP_DEST_UNREACH, SEA_ICMP_PROT_UNREACH, 0);
		sea_pkt_drop(stack, pkt, SEA_DROP_IP_PROTOCOL);
		return;
	}
	sea_stack_count(stack, SEA_MIB_IpInDelivers);
	proto->input(stack, pkt, &rx);
}

/* It is for us. */
static void deliver(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_ipv4_facts *f,
		    uint8_t type)
{
	uint16_t frag_max = 0;

	if (f->mf || f->frag_off) {
		pkt = sea_ipv4_reassemble(stack, pkt, f, &frag_max);
		if (!pkt)
			return;
	}
	if (passes(stack, SEA_HOOK_LOCAL_IN, pkt, f))
		hand_over(stack, pkt, f, type, frag_max);
}

/* To other links, unless its options will be found to be wrong. True: nobody else wants it. */
static bool route_group(struct sea_stack *stack, struct sea_pkt *pkt,
			const struct sea_ipv4_facts *f, const struct sea_verdict *v)
{
	const struct sea_ipv4_hdr *hdr = sea_pkt_at(pkt, pkt->off_net);
	struct sea_ipv4_opts o;

	if (!sea_ipv4_options_parse((const uint8_t *)(hdr + 1), f->hdr_len - sizeof(*hdr), &o) ||
	    o.source_route)
		return false;
	if (v->here)
		pkt = sea_pkt_clone(pkt, &stack->shard.pool);
	else
		count_group(stack, f, v->type);
	if (pkt) {
		sea_pkt_unpull(pkt, f->hdr_len);
		sea_mrouter_input(sea_ipv4_of(stack)->mrouter, pkt, v->here);
	}
	return !v->here;
}

void sea_ipv4_receive(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_ipv4_facts *f)
{
	struct sea_verdict once, *v = &once;
	enum sea_drop fault = classify(stack, pkt, f, &v);

	if (fault == PASS && misdirected(pkt, v->type))
		fault = SEA_DROP_IP_OTHER_DEST;
	if (fault == PASS && v->routed && route_group(stack, pkt, f, v))
		return;
	if (fault == PASS && f->hdr_len > sizeof(struct sea_ipv4_hdr))
		fault = sea_ipv4_options_take(stack, pkt, f, v->type, v->out);
	if (fault != PASS) {
		if (fault == SEA_DROP_IP_RPFILTER)
			sea_stack_count(stack, SEA_MIB_TcpExtIPReversePathFilter);
		sea_pkt_drop(stack, pkt, fault);
		return;
	}
	count_group(stack, f, v->type);
	if (v->out)
		sea_ipv4_forward(stack, pkt, f, v);
	else
		deliver(stack, pkt, f, v->type);
}

/* Unicast to us, whole and without options, as the last of this pair of addresses was: there is nothing to ask. */
static inline bool is_ours_again(struct sea_stack *stack, const struct sea_pkt *pkt,
				 const struct sea_ipv4_facts *f)
{
	const struct sea_verdict *v =
		sea_verdict_slot(&sea_ipv4_of(stack)->verdicts, sea_verdict_mix4(f->src, f->dst));

	return pkt->type == SEA_PKT_HOST && holds(stack, pkt, f, v) && v->type == SEA_ROUTE_LOCAL &&
	       f->hdr_len == sizeof(struct sea_ipv4_hdr) && !f->mf && !f->frag_off &&
	       !stack->hooks4[SEA_HOOK_LOCAL_IN].n;
}

static void input(struct sea_stack *stack, struct sea_pkt *pkt)
{
	struct sea_ipv4_facts facts;
	enum sea_drop fault;

	count_arrival(stack, pkt);
	fault = parse(stack, pkt, &facts);
	if (__builtin_expect(fault != PASS, 0)) {
		sea_pkt_drop(stack, pkt, fault);
		return;
	}
	trim(pkt, facts.total_len);
	sea_pkt_skip(pkt, facts.hdr_len);
	pkt->off_trans = sea_pkt_offset(pkt);
	if (!passes(stack, SEA_HOOK_PREROUTING, pkt, &facts))
		return;
	if (__builtin_expect(is_ours_again(stack, pkt, &facts), 1))
		hand_over(stack, pkt, &facts, SEA_ROUTE_LOCAL, 0);
	else
		sea_ipv4_receive(stack, pkt, &facts);
}

const struct sea_net_proto sea_ipv4_proto = {
	.ethertype = SEA_ETHERTYPE_IPV4,
	.input = input,
};
