/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ARP for IPv4 over Ethernet (RFC 826, RFC 1122 §2.3.2, RFC 5227 probes), as Linux does it with
 * arp_accept, arp_ignore and arp_announce 0: an entry is made only for who asks for an address of
 * ours, or answers us; everything else we hear only updates entries that are there.
 */
#include <errno.h>

#include "ip/ipv4.h"
#include "wire/arp.h"

static const struct sea_mac broadcast_mac = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };

/* -- sending -- */

static void send_arp(struct sea_link *link, enum sea_arp_op op, const struct sea_mac *to,
		     sea_be32 sender_ip, const struct sea_mac *target_mac, sea_be32 target_ip)
{
	struct sea_pool *pool = &link->stack->shard.pool;
	struct sea_arp_hdr arp;
	struct sea_pkt *pkt = sea_pkt_new(pool, SEA_PKT_HEADROOM, sizeof(arp));

	if (!pkt)
		return; /* as if the wire had lost it: whoever asks asks again */
	sea_arp_put(&arp, op, &link->mac, sender_ip, target_mac, target_ip);
	if (!sea_pkt_append(pkt, &arp, sizeof(arp))) {
		sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_NO_MEMORY);
		return;
	}
	pkt->off_net = sea_pkt_offset(pkt);
	(void)sea_link_output(link, pkt, to, SEA_ETHERTYPE_ARP);
}

/* The address that the waiting packet speaks from, where it is ours. */
static sea_be32 source_of(const struct sea_neigh *n, const struct sea_pkt *cause)
{
	const sea_be32 dst = sea_ipaddr_to4(&n->addr);

	if (cause) {
		const struct sea_ipv4_hdr *ip = sea_pkt_at(cause, cause->off_net);

		if (sea_ifaddr4_is_local(n->link->stack, ip->src))
			return ip->src;
	}
	return sea_ifaddr4_select(n->link, dst, SEA_SCOPE_LINK);
}

static void solicit(struct sea_neigh *n, const struct sea_pkt *cause, bool unicast)
{
	static const struct sea_mac unknown;

	send_arp(n->link, SEA_ARP_REQUEST, unicast ? &n->mac : &broadcast_mac, source_of(n, cause),
		 &unknown, sea_ipaddr_to4(&n->addr));
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

const struct sea_neigh_ops sea_arp_neigh_ops = {
	.family = SEA_AF_INET,
	.params = params,
	.solicit = solicit,
	.error = unreachable,
};

/* -- hearing -- */

static bool is_ours(struct sea_stack *stack, sea_be32 addr)
{
	struct sea_ipaddr a = sea_ipaddr_of4(addr);

	return sea_routes_local_type(&sea_ipv4_of(stack)->routes, &a, 0) == SEA_ROUTE_LOCAL;
}

/* May a host have this address, and is it not one of ours? */
static bool sender_plausible(struct sea_stack *stack, sea_be32 addr)
{
	return !sea_ipv4_is_any(addr) && !sea_ipv4_is_multicast(addr) &&
	       !sea_ipv4_is_broadcast(addr) && !sea_ipv4_is_loopback(addr) && !is_ours(stack, addr);
}

/* Somebody asks for an address of ours: remember who, and answer. */
static void answer(struct sea_stack *stack, struct sea_link *link, const struct sea_arp_hdr *arp)
{
	struct sea_ipaddr sender = sea_ipaddr_of4(arp->sender_ip);
	struct sea_neigh *n = sea_neigh_get(&sea_ipv4_of(stack)->neigh, link, &sender);

	if (n) {
		sea_neigh_update(n, &arp->sender_mac, SEA_NUD_STALE, SEA_NEIGH_OVERRIDE);
		sea_neigh_put(n);
	}
	send_arp(link, SEA_ARP_REPLY, &arp->sender_mac, arp->target_ip, &arp->sender_mac,
		 arp->sender_ip);
}

/* An address conflict probe has no sender yet; it is told that the address is taken. */
static void answer_probe(struct sea_link *link, const struct sea_arp_hdr *arp)
{
	send_arp(link, SEA_ARP_REPLY, &arp->sender_mac, arp->target_ip, &arp->sender_mac,
		 arp->sender_ip);
}

static bool is_gratuitous(const struct sea_arp_hdr *arp)
{
	return sea_be32_equal(arp->sender_ip, arp->target_ip);
}

/*
 * News of a neighbour we know. Of several answers within `locktime` the first counts, lest a proxy
 * and the host take turns; what was broadcast proves no reachability.
 */
static bool hear(struct sea_stack *stack, const struct sea_pkt *pkt, const struct sea_arp_hdr *arp)
{
	struct sea_neigh_table *t = &sea_ipv4_of(stack)->neigh;
	struct sea_ipaddr sender = sea_ipaddr_of4(arp->sender_ip);
	struct sea_neigh *n = sea_neigh_find(t, pkt->link, &sender);
	bool answered = sea_be16_get(arp->op) == SEA_ARP_REPLY && pkt->type == SEA_PKT_HOST;
	bool override;

	if (!n)
		return false;
	override = is_gratuitous(arp) || sea_time_diff(stack->shard.now, n->updated) >
						 n->params->locktime * 10 * SEA_MSEC;
	sea_neigh_update(n, &arp->sender_mac, answered ? SEA_NUD_REACHABLE : SEA_NUD_STALE,
			 override ? SEA_NEIGH_OVERRIDE : 0);
	return true;
}

/* True: somebody learnt something. */
static bool process(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_arp_hdr *arp)
{
	bool request = sea_be16_get(arp->op) == SEA_ARP_REQUEST;

	if (sea_ipv4_is_multicast(arp->target_ip) || sea_ipv4_is_loopback(arp->target_ip))
		return false;
	if (request && is_ours(stack, arp->target_ip)) {
		if (sea_ipv4_is_any(arp->sender_ip)) {
			answer_probe(pkt->link, arp);
			return true;
		}
		if (sender_plausible(stack, arp->sender_ip)) {
			answer(stack, pkt->link, arp);
			return true;
		}
	}
	return hear(stack, pkt, arp);
}

static void input(struct sea_stack *stack, struct sea_pkt *pkt)
{
	const struct sea_arp_hdr *arp = sea_pkt_peek(pkt, sizeof(*arp));

	if (!pkt->link->framing->resolves || !arp || !sea_arp_valid(arp))
		sea_pkt_drop(stack, pkt, SEA_DROP_ARP_MALFORMED);
	else if (process(stack, pkt, arp))
		sea_pkt_free(pkt);
	else
		sea_pkt_drop(stack, pkt, SEA_DROP_ARP_NOT_OURS);
}

const struct sea_net_proto sea_arp_proto = {
	.ethertype = SEA_ETHERTYPE_ARP,
	.input = input,
};
