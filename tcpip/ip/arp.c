/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ARP for IPv4 over Ethernet (RFC 826, RFC 1122 §2.3.2, RFC 5227 probes), in Linux's order: who asks
 * for an address of ours is answered and remembered; who asks for one behind us, where we stand in
 * for it; everything else we hear only updates entries that are there, unless arp_accept says more.
 */
#include "ip/arp.h"

#include <errno.h>

static const struct sea_mac broadcast_mac = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
static const struct sea_mac unknown_mac;

/* -- sending -- */

void sea_arp_send(struct sea_link *link, enum sea_arp_op op, const struct sea_mac *to,
		  sea_be32 sender_ip, const struct sea_mac *target_mac, sea_be32 target_ip)
{
	struct sea_pool *pool = &link->stack->shard.pool;
	struct sea_arp_hdr arp;
	struct sea_pkt *pkt = sea_pkt_new(pool, SEA_PKT_HEADROOM, sizeof(arp));

	if (!pkt)
		return;
	sea_arp_put(&arp, op, &link->mac, sender_ip, target_mac, target_ip);
	if (!sea_pkt_append(pkt, &arp, sizeof(arp))) {
		sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_NO_MEMORY);
		return;
	}
	pkt->off_net = sea_pkt_offset(pkt);
	(void)sea_link_output(link, pkt, to, SEA_ETHERTYPE_ARP);
}

void sea_arp_announce(struct sea_link *link, sea_be32 addr)
{
	if (link->framing->resolves)
		sea_arp_send(link, SEA_ARP_REQUEST, &broadcast_mac, addr, &unknown_mac, addr);
}

void sea_arp_notify(struct sea_link *link)
{
	struct sea_list *node, *tmp;

	if (!SEA_CONF4_MAX(link, arp_notify))
		return;
	SEA_LIST_EACH(node, tmp, &sea_link_ip4(link)->addrs)
	{
		const struct sea_ifaddr4 *a = sea_container(node, struct sea_ifaddr4, node);

		if (sea_ifaddr4_usable(a))
			sea_arp_announce(link, a->local);
	}
}

static void solicit(struct sea_neigh *n, const struct sea_pkt *cause, bool unicast)
{
	sea_arp_send(n->link, SEA_ARP_REQUEST, unicast ? &n->mac : &broadcast_mac,
		     sea_arp_source(n, cause), &unknown_mac, sea_ipaddr_to4(&n->addr));
}

static void unreachable(struct sea_neigh *n, struct sea_pkt *pkt)
{
	struct sea_stack *stack = n->table->stack;

	sea_icmp_send_error(stack, pkt, SEA_ICMP_DEST_UNREACH, SEA_ICMP_HOST_UNREACH, 0);
	sea_pkt_drop(stack, pkt, SEA_DROP_NEIGH_FAILED);
}

static struct sea_neigh_params *params(const struct sea_link *link)
{
	return &sea_link_ip4(link)->neigh;
}

static void heard_late(struct sea_stack *stack, struct sea_pkt *pkt);

const struct sea_neigh_ops sea_arp_neigh_ops = {
	.family = SEA_AF_INET,
	.params = params,
	.solicit = solicit,
	.error = unreachable,
	.proxied = heard_late,
};

/* -- hearing -- */

enum fate {
	STRANGE, /* nobody learnt anything of it */
	HEARD,
	REFUSED, /* ours to answer, and a sysctl says no */
	KEPT,    /* answered later */
};

static void reply(struct sea_link *link, const struct sea_arp_hdr *arp)
{
	sea_arp_send(link, SEA_ARP_REPLY, &arp->sender_mac, arp->target_ip, &arp->sender_mac,
		     arp->sender_ip);
}

/* Who asks will be spoken to; false: there is no room to remember it, and no answer then. */
static bool remember(struct sea_stack *stack, struct sea_link *link, const struct sea_arp_hdr *arp)
{
	struct sea_ipaddr sender = sea_ipaddr_of4(arp->sender_ip);
	struct sea_neigh *n = sea_neigh_get(&sea_ipv4_of(stack)->neigh, link, &sender);

	if (!n)
		return false;
	sea_neigh_update(n, &arp->sender_mac, SEA_NUD_STALE, SEA_NEIGH_OVERRIDE);
	sea_neigh_put(n);
	return true;
}

/* An address conflict probe has no sender yet; it is told that the address is taken. */
static enum fate probed(struct sea_stack *stack, struct sea_link *link,
			const struct sea_arp_hdr *arp)
{
	if (sea_be16_get(arp->op) != SEA_ARP_REQUEST ||
	    sea_ipv4_addr_type(stack, arp->target_ip, 0) != SEA_ROUTE_LOCAL)
		return STRANGE;
	if (!sea_arp_may_answer(link, arp->sender_ip, arp->target_ip))
		return REFUSED;
	reply(link, arp);
	return HEARD;
}

static enum fate stand_in(struct sea_stack *stack, struct sea_pkt *pkt,
			  const struct sea_arp_hdr *arp, bool late)
{
	struct sea_neigh_params *p = params(pkt->link);

	(void)remember(stack, pkt->link, arp);
	if (late || pkt->type == SEA_PKT_HOST || p->proxy_delay <= 0) {
		reply(pkt->link, arp);
		return HEARD;
	}
	sea_neigh_proxy_delay(&sea_ipv4_of(stack)->neigh, p, pkt);
	return KEPT;
}

/* A question, judged as if it were a datagram from the asker to what it asks for. */
static enum fate asked(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_arp_hdr *arp,
		       bool late)
{
	const struct sea_ipv4_facts f = { .src = arp->sender_ip, .dst = arp->target_ip };
	struct sea_verdict way;

	if (sea_ipv4_route_in(stack, pkt, &f, &way) != SEA_DROP_N)
		return STRANGE;
	if (way.type == SEA_ROUTE_LOCAL) {
		if (!sea_arp_may_answer(pkt->link, arp->sender_ip, arp->target_ip))
			return REFUSED;
		if (remember(stack, pkt->link, arp))
			reply(pkt->link, arp);
		return HEARD;
	}
	if (!sea_arp_proxies(pkt->link, arp, &way))
		return STRANGE;
	return stand_in(stack, pkt, arp, late);
}

/* A host says of itself where it is; a reply must then name it twice. */
static bool is_gratuitous(struct sea_stack *stack, const struct sea_arp_hdr *arp)
{
	if (!sea_be32_equal(arp->sender_ip, arp->target_ip))
		return false;
	if (sea_be16_get(arp->op) == SEA_ARP_REPLY &&
	    !sea_mac_equal(&arp->target_mac, &arp->sender_mac))
		return false;
	return sea_ipv4_addr_type(stack, arp->sender_ip, 0) == SEA_ROUTE_UNICAST;
}

/* The entry that this is news of: one that is there, or, by arp_accept, a new one. */
static struct sea_neigh *concerned(struct sea_stack *stack, const struct sea_pkt *pkt,
				   const struct sea_arp_hdr *arp)
{
	struct sea_neigh_table *t = &sea_ipv4_of(stack)->neigh;
	struct sea_ipaddr sender = sea_ipaddr_of4(arp->sender_ip);
	struct sea_neigh *n = sea_neigh_find(t, pkt->link, &sender);

	if (n) {
		n->refs++;
		return n;
	}
	if (!sea_arp_accepts(pkt->link, arp->sender_ip))
		return NULL;
	if (!is_gratuitous(stack, arp) &&
	    (sea_be16_get(arp->op) != SEA_ARP_REPLY ||
	     sea_ipv4_addr_type(stack, arp->sender_ip, 0) != SEA_ROUTE_UNICAST))
		return NULL;
	return sea_neigh_get(t, pkt->link, &sender);
}

/*
 * News of a neighbour. Of several answers within `locktime` the first counts, lest a proxy and the
 * host take turns; what was broadcast proves no reachability.
 */
static enum fate hear(struct sea_stack *stack, const struct sea_pkt *pkt,
		      const struct sea_arp_hdr *arp)
{
	bool answered = sea_be16_get(arp->op) == SEA_ARP_REPLY && pkt->type == SEA_PKT_HOST;
	struct sea_neigh *n = concerned(stack, pkt, arp);
	bool override;

	if (!n)
		return STRANGE;
	override = is_gratuitous(stack, arp) || sea_time_diff(stack->shard.now, n->updated) >
							n->params->locktime * 10 * SEA_MSEC;
	sea_neigh_update(n, &arp->sender_mac, answered ? SEA_NUD_REACHABLE : SEA_NUD_STALE,
			 override ? SEA_NEIGH_OVERRIDE : 0);
	sea_neigh_put(n);
	return HEARD;
}

/* `late`: a question that waited for proxy_delay. */
static enum fate process(struct sea_stack *stack, struct sea_pkt *pkt,
			 const struct sea_arp_hdr *arp, bool late)
{
	const struct sea_link *link = pkt->link;
	enum fate fate = STRANGE;

	if (sea_ipv4_is_multicast(arp->target_ip) ||
	    (sea_ipv4_is_loopback(arp->target_ip) && !sea_link_ip4(link)->conf.route_localnet))
		return STRANGE;
	if (!late)
		sea_acd_hear(pkt->link, arp);
	if (sea_be32_equal(arp->sender_ip, arp->target_ip) &&
	    SEA_CONF4_OR(link, drop_gratuitous_arp))
		return REFUSED;
	if (sea_ipv4_is_any(arp->sender_ip))
		return probed(stack, pkt->link, arp);
	if (sea_be16_get(arp->op) == SEA_ARP_REQUEST)
		fate = asked(stack, pkt, arp, late);
	return fate == STRANGE ? hear(stack, pkt, arp) : fate;
}

static void settle(struct sea_stack *stack, struct sea_pkt *pkt, enum fate fate)
{
	switch (fate) {
	case STRANGE:
		sea_pkt_drop(stack, pkt, SEA_DROP_ARP_NOT_OURS);
		break;
	case REFUSED:
		sea_pkt_drop(stack, pkt, SEA_DROP_ARP_IGNORED);
		break;
	case HEARD:
		sea_pkt_free(pkt);
		break;
	case KEPT:
		break;
	}
}

static void heard_late(struct sea_stack *stack, struct sea_pkt *pkt)
{
	settle(stack, pkt,
	       process(stack, pkt, sea_pkt_peek(pkt, sizeof(struct sea_arp_hdr)), true));
}

static void input(struct sea_stack *stack, struct sea_pkt *pkt)
{
	const struct sea_arp_hdr *arp = sea_pkt_peek(pkt, sizeof(*arp));

	if (!pkt->link->framing->resolves || !arp || !sea_arp_valid(arp))
		sea_pkt_drop(stack, pkt, SEA_DROP_ARP_MALFORMED);
	else
		settle(stack, pkt, process(stack, pkt, arp, false));
}

const struct sea_net_proto sea_arp_proto = {
	.ethertype = SEA_ETHERTYPE_ARP,
	.input = input,
};
