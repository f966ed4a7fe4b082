/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sending on IPv6 packets, in Linux's order and with its counters:
 *
 *	route ─ hop limit ─ redirect, or scope ─ size ─(forward)─(postrouting)─ neighbour
 *
 * Nothing is cut here: who sends too much is told (RFC 8200 §5).
 */
#include "ip/ipv6_forward.h"

#include <errno.h>
#include <string.h>

#include "core/gso.h"
#include "ip/icmp6.h"
#include "ip/ndp.h"

/* -- refusals -- */

static void discard(struct sea_stack *stack, struct sea_pkt *pkt, enum sea_drop why)
{
	sea_stack_count(stack, SEA_MIB_Ip6OutDiscards);
	sea_pkt_drop(stack, pkt, why);
}

static void bad_address(struct sea_stack *stack, struct sea_pkt *pkt, enum sea_drop why)
{
	sea_stack_count(stack, SEA_MIB_Ip6InAddrErrors);
	sea_pkt_drop(stack, pkt, why);
}

/* RFC 4443 §3.1; a black hole says nothing. */
static void no_way(struct sea_stack *stack, struct sea_pkt *pkt, int err)
{
	sea_stack_count(stack, SEA_MIB_Ip6InNoRoutes);
	if (err == -EACCES)
		sea_icmp6_send_error(stack, pkt, SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_ADM_PROHIBITED,
				     0);
	else if (err != -EINVAL)
		sea_icmp6_send_error(stack, pkt, SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_NO_ROUTE, 0);
	sea_pkt_drop(stack, pkt, SEA_DROP_IP_NO_ROUTE);
}

static void too_old(struct sea_stack *stack, struct sea_pkt *pkt)
{
	sea_stack_count(stack, SEA_MIB_Ip6InHdrErrors);
	sea_icmp6_send_error(stack, pkt, SEA_ICMP6_TIME_EXCEEDED, SEA_ICMP6_HOP_LIMIT, 0);
	sea_pkt_drop(stack, pkt, SEA_DROP_IP_TTL);
}

static void too_big(struct sea_stack *stack, struct sea_pkt *pkt, uint32_t mtu)
{
	sea_stack_count(stack, SEA_MIB_Ip6InTooBigErrors);
	sea_stack_count(stack, SEA_MIB_Ip6FragFails);
	sea_icmp6_send_error(stack, pkt, SEA_ICMP6_PACKET_TOO_BIG, 0, mtu);
	sea_pkt_drop(stack, pkt, SEA_DROP_IP_TOO_BIG);
}

/* A source that means nothing beyond its link is told so (RFC 4443 §3.1, RFC 4291 §2.5.6). */
static bool leaves_its_scope(struct sea_stack *stack, struct sea_pkt *pkt,
			     const struct sea_ipv6_facts *f)
{
	if (sea_in6_is_any(f->src)) {
		bad_address(stack, pkt, SEA_DROP_IP_MARTIAN_SOURCE);
		return true;
	}
	if (!sea_in6_is_link_local(f->src))
		return false;
	sea_icmp6_send_error(stack, pkt, SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_NOT_NEIGHBOUR, 0);
	bad_address(stack, pkt, SEA_DROP_IPV6_SCOPE);
	return true;
}

/* To a link-local address that we answer for: it says so (RFC 6275 §10.4.2, as Linux). */
static void not_passed_on(struct sea_stack *stack, struct sea_pkt *pkt)
{
	sea_stack_count(stack, SEA_MIB_Ip6InDiscards);
	sea_icmp6_send_error(stack, pkt, SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_ADDR_UNREACH, 0);
	sea_pkt_drop(stack, pkt, SEA_DROP_IPV6_SCOPE);
}

/* -- the way -- */

struct sea_verdict *sea_ipv6_verdict(const struct sea_stack *stack, const struct sea_pkt *pkt,
				     const struct sea_ipv6_facts *f)
{
	const struct sea_ipv6_state *ip = sea_ipv6_of(stack);
	struct sea_verdict *v = sea_verdict_slot(&ip->verdicts, sea_verdict_mix6(f->src, f->dst));

	if (v->gen != stack->route_gen || v->ifindex != pkt->link->ifindex ||
	    memcmp(v->dst6.b, f->dst, 16) || memcmp(v->src6.b, f->src, 16) || v->tos != f->tclass ||
	    v->mark != pkt->mark)
		return NULL;
	/* Another router may answer (RFC 4861 §6.3.6). */
	if (v->neigh && v->neigh_epoch == ip->neigh.epoch && v->neigh->state == SEA_NUD_FAILED)
		return NULL;
	return v;
}

/* Does what was found hold for the next of such packets, until tables change? */
static bool is_lasting(const struct sea_routes *r, const struct sea_route_entry *e)
{
	return !sea_routes_by_flow(r) && !r->unanswered && !e->expires.ns &&
	       !sea_route_is_choice(e);
}

/* *v: where it stands then. */
static void remember(struct sea_stack *stack, const struct sea_pkt *pkt,
		     const struct sea_ipv6_facts *f, const struct sea_route_entry *e,
		     struct sea_verdict **v)
{
	struct sea_verdicts *verdicts = &sea_ipv6_of(stack)->verdicts;
	bool lasting = is_lasting(&sea_ipv6_of(stack)->routes, e);

	if (lasting)
		*v = sea_verdict_make(stack, verdicts, sea_verdict_mix6(f->src, f->dst));
	**v = (struct sea_verdict){ .gen = lasting ? stack->route_gen : 0,
				    .ifindex = pkt->link->ifindex,
				    .mark = pkt->mark,
				    .tos = f->tclass,
				    .type = SEA_ROUTE_UNICAST,
				    .gateway = e->has_gateway,
				    .mtu = sea_route_mtu(e),
				    .out = e->link,
				    .next_hop = e->has_gateway ? e->gateway
							       : sea_ipaddr_of6(f->dst),
				    .src6 = sea_ipaddr_of6(f->src),
				    .dst6 = sea_ipaddr_of6(f->dst) };
}

static int lookup(struct sea_stack *stack, const struct sea_pkt *pkt,
		  const struct sea_ipv6_facts *f, struct sea_verdict **v)
{
	struct sea_flow flow = { .family = SEA_AF_INET6,
				 .proto = f->next,
				 .tos = f->tclass,
				 .iif = pkt->link->ifindex,
				 .mark = pkt->mark,
				 .flow_label = f->flow_label,
				 .src = sea_ipaddr_of6(f->src),
				 .dst = sea_ipaddr_of6(f->dst) };
	struct sea_routes *routes = &sea_ipv6_of(stack)->routes;
	const struct sea_route_entry *e;
	int err;

	if (sea_routes_by_flow(routes))
		sea_flow_read_ports(&flow, pkt, sizeof(struct sea_ipv6_hdr));
	err = sea_routes_lookup(routes, &flow, &e);
	if (err)
		return err;
	if (!e->link || !sea_link_ip6(e->link)->running)
		return -ENETUNREACH;
	remember(stack, pkt, f, e, v);
	return 0;
}

static uint32_t mtu_of(const struct sea_verdict *v)
{
	uint32_t link = sea_ipv6_link_mtu(v->out);

	return v->mtu && v->mtu < link ? v->mtu : link;
}

bool sea_ipv6_age(struct sea_pkt *pkt)
{
	struct sea_ipv6_hdr *hdr = sea_pkt_writable(pkt, sizeof(*hdr));

	if (!hdr || !sea_gso_sums_for_sending(pkt))
		return false;
	hdr = sea_pkt_peek(pkt, sizeof(*hdr));
	hdr->hop_limit--;
	return true;
}

static void transmit(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_verdict *v)
{
	static const struct sea_mac none;

	sea_stack_count(stack, SEA_MIB_Ip6OutTransmits);
	sea_mib_add(&stack->shard.counters, SEA_MIB_Ip6OutOctets, pkt->len);
	if (!v->out->framing->resolves)
		(void)sea_link_output(v->out, pkt, &none, SEA_ETHERTYPE_IPV6);
	else if (sea_verdict_resolve(&sea_ipv6_of(stack)->neigh, v))
		sea_neigh_output(v->neigh, pkt, SEA_ETHERTYPE_IPV6);
	else
		discard(stack, pkt, SEA_DROP_NEIGH_TABLE_FULL);
}

static void send_on(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_verdict *v)
{
	struct sea_link *in = pkt->link;

	if (!sea_ipv6_age(pkt)) {
		discard(stack, pkt, SEA_DROP_IP_NO_MEMORY);
		return;
	}
	if (!sea_stack_passes(stack, SEA_AF_INET6, SEA_HOOK_FORWARD, in, v->out, pkt))
		return;
	pkt->link = v->out; /* the one it came by may go before this packet does */
	if (sea_stack_passes(stack, SEA_AF_INET6, SEA_HOOK_POSTROUTING, in, v->out, pkt))
		transmit(stack, pkt, v);
}

static void forward_by(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ipv6_facts *f,
		       struct sea_verdict *v)
{
	uint32_t mtu = mtu_of(v);

	if (v->out == pkt->link)
		sea_ndp_redirect_send(stack, pkt, f, &v->next_hop);
	else if (leaves_its_scope(stack, pkt, f))
		return;
	sea_stack_count(stack, SEA_MIB_Ip6OutForwDatagrams);
	if (!sea_ip_fits(pkt, mtu))
		too_big(stack, pkt, mtu);
	else
		send_on(stack, pkt, v);
}

void sea_ipv6_forward(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ipv6_facts *f,
		      struct sea_verdict *known)
{
	bool refused = sea_ndp_proxied(stack, pkt, f) == SEA_NDP_PROXIED_REFUSED;
	struct sea_verdict once, *v = known ? known : &once;
	int err;

	sea_pkt_unpull(pkt, (uint32_t)(sea_pkt_offset(pkt) - pkt->off_net));
	if (pkt->type != SEA_PKT_HOST) {
		sea_pkt_drop(stack, pkt, SEA_DROP_IP_OTHER_DEST);
		return;
	}
	if (refused) {
		not_passed_on(stack, pkt);
		return;
	}
	if (sea_in6_is_link_local(f->dst)) {
		bad_address(stack, pkt, SEA_DROP_IPV6_SCOPE);
		return;
	}
	err = known ? 0 : lookup(stack, pkt, f, &v);
	if (err)
		no_way(stack, pkt, err);
	else if (f->hop_limit <= 1)
		too_old(stack, pkt);
	else
		forward_by(stack, pkt, f, v);
}
