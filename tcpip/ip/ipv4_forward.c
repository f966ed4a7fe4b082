/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sending on what is not for us (RFC 1812 §5.2, §5.3), in Linux's order and with its counters:
 *
 *	verdict: way ─ TTL ─ size ─ redirect ─(forward)─ sea_ipv4_emit ─(postrouting)─ neighbour
 *
 * A super-segment goes on as one packet; the edge cuts it where the link below cannot.
 */
#include <errno.h>

#include "core/gso.h"
#include "ip/ipv4.h"
#include "ip/ipv6.h"

/* -- the way -- */

/* ip_forward_use_pmtu 0: what was learnt of a path for our own packets, anybody may have forged. */
static uint32_t forward_mtu(const struct sea_stack *stack, const struct sea_route_entry *e,
			    sea_be32 dst)
{
	const struct sea_ipv4_state *ip = sea_ipv4_of(stack);
	uint32_t link_mtu = sea_ipv4_link_mtu(e->link), of_route = sea_route_mtu(e);
	uint32_t mtu = of_route && of_route < link_mtu ? of_route : link_mtu;
	const struct sea_ipaddr a = sea_ipaddr_of4(dst);
	const struct sea_pmtu *p;

	if (!ip->sysctl.ip_forward_use_pmtu)
		return mtu;
	p = sea_pmtu_find(&ip->pmtu, &a);
	return p && p->mtu < mtu ? p->mtu : mtu;
}

void sea_ipv4_forward_plan(const struct sea_stack *stack, const struct sea_pkt *pkt,
			   const struct sea_route_entry *e, bool direct, struct sea_verdict *v)
{
	const struct sea_link *in = pkt->link;
	sea_be32 gateway;

	v->out = e->link;
	v->gateway = e->has_gateway;
	v->hop6 = e->has_gateway && e->gateway6;
	v->next_hop = e->has_gateway ? e->gateway : sea_ipaddr_of4(v->dst);
	v->mtu = forward_mtu(stack, e, v->dst);
	gateway = v->gateway ? sea_ipaddr_to4(&v->next_hop) : (sea_be32){ { 0 } };
	/* It leaves by the link it came by, and whoever sent it stands there, too. */
	v->redirect = e->link == in && direct && !v->hop6 && SEA_CONF4_OR(in, send_redirects) &&
		      (SEA_CONF4_OR(in, shared_media) || sea_ipv4_on_link(in, v->src, gateway));
}

/* The next hop, where the link needs one. */
static bool resolve(struct sea_stack *stack, struct sea_verdict *v)
{
	if (v->type != SEA_ROUTE_UNICAST || !v->out->framing->resolves)
		return true;
	return sea_verdict_resolve(
		v->hop6 ? &sea_ipv6_of(stack)->neigh : &sea_ipv4_of(stack)->neigh, v);
}

/* -- refusals -- */

static void discard(struct sea_stack *stack, struct sea_pkt *pkt, enum sea_drop why)
{
	sea_stack_count(stack, SEA_MIB_IpOutDiscards);
	sea_pkt_drop(stack, pkt, why);
}

void sea_ipv4_forward_refuse(struct sea_stack *stack, struct sea_pkt *pkt, int err)
{
	uint8_t code = SEA_ICMP_HOST_UNREACH;

	if (err == -ENETUNREACH) {
		sea_stack_count(stack, SEA_MIB_IpExtInNoRoutes);
		code = SEA_ICMP_NET_UNREACH;
	} else if (err == -EACCES) {
		code = SEA_ICMP_PKT_FILTERED;
	} else if (err != -EHOSTUNREACH) {
		return; /* a black hole says nothing */
	}
	sea_icmp_send_error(stack, pkt, SEA_ICMP_DEST_UNREACH, code, 0);
}

static void too_old(struct sea_stack *stack, struct sea_pkt *pkt)
{
	sea_stack_count(stack, SEA_MIB_IpInHdrErrors);
	sea_icmp_send_error(stack, pkt, SEA_ICMP_TIME_EXCEEDED, 0, 0);
	sea_pkt_drop(stack, pkt, SEA_DROP_IP_TTL);
}

static void too_big(struct sea_stack *stack, struct sea_pkt *pkt, uint32_t mtu)
{
	sea_stack_count(stack, SEA_MIB_IpFragFails);
	sea_icmp_send_error(stack, pkt, SEA_ICMP_DEST_UNREACH, SEA_ICMP_FRAG_NEEDED, mtu);
	sea_pkt_drop(stack, pkt, SEA_DROP_IP_TOO_BIG);
}

/* -- the header -- */

bool sea_ipv4_age(struct sea_pkt *pkt, uint32_t hdr_len)
{
	struct sea_ipv4_hdr *hdr;
	uint16_t was;

	hdr = sea_pkt_writable(pkt, hdr_len);
	if (!hdr || !sea_gso_sums_for_sending(pkt))
		return false;
	hdr = sea_pkt_peek(pkt, hdr_len);
	was = (uint16_t)(hdr->ttl << 8 | hdr->proto);
	hdr->ttl--;
	hdr->sum = sea_be16_of(
		sea_csum_update16(sea_be16_get(hdr->sum), was, (uint16_t)(was - 0x100)));
	return true;
}

/* -- out -- */

static void send_on(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_verdict *v)
{
	const struct sea_dst dst = { .family = SEA_AF_INET,
				     .type = v->type,
				     .mtu = v->mtu,
				     .link = v->out,
				     .neigh = v->neigh };
	struct sea_link *in = pkt->link;

	pkt->link = v->out; /* the one it came by may go before this packet does */
	(void)sea_ipv4_emit(stack, pkt, &dst, in, NULL);
}

void sea_ipv4_forward(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ipv4_facts *f,
		      struct sea_verdict *v)
{
	if (pkt->type != SEA_PKT_HOST) {
		sea_pkt_drop(stack, pkt, SEA_DROP_IP_OTHER_DEST); /* RFC 1812 §5.3.4 */
		return;
	}
	sea_pkt_unpull(pkt, f->hdr_len);
	if (f->ttl <= 1) {
		too_old(stack, pkt);
		return;
	}
	sea_stack_count(stack, SEA_MIB_IpForwDatagrams);
	if (f->df && !sea_ip_fits(pkt, v->mtu)) {
		too_big(stack, pkt, v->mtu);
		return;
	}
	if (!sea_ipv4_age(pkt, f->hdr_len)) {
		discard(stack, pkt, SEA_DROP_IP_NO_MEMORY);
		return;
	}
	if (sea_ipv4_of(stack)->sysctl.ip_forward_update_priority)
		pkt->priority = sea_ipv4_priority(f->tos);
	if (v->redirect)
		sea_ipv4_redirect_send(stack, pkt, f->src, sea_ipaddr_to4(&v->next_hop));
	if (!sea_stack_passes(stack, SEA_AF_INET, SEA_HOOK_FORWARD, pkt->link, v->out, pkt))
		return;
	if (resolve(stack, v))
		send_on(stack, pkt, v);
	else
		discard(stack, pkt, SEA_DROP_NEIGH_TABLE_FULL);
}
