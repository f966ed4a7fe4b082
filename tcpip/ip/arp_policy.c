/* SPDX-License-Identifier: Apache-2.0 */
/* What the sysctls of a link let ARP answer, ask and believe (ip-sysctl.rst: arp_*, proxy_arp*). */
#include <errno.h>

#include "ip/arp.h"

/* -- answering -- */

/*
 * Is `local` an address of the link within `scope`, and is there a prefix of the link that it shares
 * with `remote` (zero: with anybody)?
 */
static bool confirm_on(const struct sea_link *link, sea_be32 remote, sea_be32 local, uint8_t scope)
{
	uint8_t widest = sea_link_ip4(link)->conf.route_localnet ? SEA_SCOPE_LINK : SEA_SCOPE_HOST;
	struct sea_list *node, *tmp;
	bool own = false, shared = false;

	SEA_LIST_EACH(node, tmp, &sea_link_ip4(link)->addrs)
	{
		const struct sea_ifaddr4 *a = sea_container(node, struct sea_ifaddr4, node);
		uint8_t at = a->scope < widest ? a->scope : widest;

		own |= sea_be32_equal(a->local, local) && at <= scope;
		shared |= sea_ipv4_same_net(local, a->peer, a->prefix_len) &&
			  (sea_ipv4_is_any(remote) ||
			   sea_ipv4_same_net(remote, a->peer, a->prefix_len));
	}
	return own && shared;
}

static bool confirm_anywhere(struct sea_stack *stack, sea_be32 local, uint8_t scope)
{
	static const sea_be32 anybody = { { 0 } };
	struct sea_link *link = NULL;

	while ((link = sea_link_next(stack, link)))
		if (confirm_on(link, anybody, local, scope))
			return true;
	return false;
}

/* arp_ignore: which of our addresses are answered for on this link. */
static bool ignored(const struct sea_link *link, sea_be32 sender, sea_be32 target)
{
	static const sea_be32 anybody = { { 0 } };

	switch (SEA_CONF4_MAX(link, arp_ignore)) {
	case 1:
		return !confirm_on(link, anybody, target, SEA_SCOPE_HOST);
	case 2:
		return !confirm_on(link, sender, target, SEA_SCOPE_HOST);
	case 3:
		return !confirm_anywhere(link->stack, target, SEA_SCOPE_LINK);
	case 8:
		return true;
	default:
		return false;
	}
}

/* arp_filter: answered only where our own packets to the asker would go out. */
static bool filtered(struct sea_link *link, sea_be32 sender, sea_be32 target)
{
	const struct sea_flow flow = { .family = SEA_AF_INET,
				       .src = sea_ipaddr_of4(target),
				       .dst = sea_ipaddr_of4(sender) };
	const struct sea_route_entry *e;

	if (!SEA_CONF4_OR(link, arp_filter))
		return false;
	if (sea_routes_lookup(&sea_ipv4_of(link->stack)->routes, &flow, &e))
		return true;
	if (e->link == link)
		return false;
	sea_stack_count(link->stack, SEA_MIB_TcpExtArpFilter);
	return true;
}

bool sea_arp_may_answer(struct sea_link *link, sea_be32 sender, sea_be32 target)
{
	if (ignored(link, sender, target))
		return false;
	return sea_ipv4_is_any(sender) || !filtered(link, sender, target);
}

/* -- for others -- */

/* Links with the same medium_id are one wire: nobody needs us between them. */
static bool other_medium(const struct sea_link *in, const struct sea_link *out)
{
	int32_t id = sea_link_ip4(in)->conf.medium_id, other = sea_link_ip4(out)->conf.medium_id;

	if (id == 0)
		return true;
	return id != -1 && other != id && other != -1;
}

bool sea_arp_proxies(const struct sea_link *link, const struct sea_arp_hdr *arp,
		     const struct sea_verdict *way)
{
	const struct sea_ipaddr target = sea_ipaddr_of4(arp->target_ip);

	if (way->type != SEA_ROUTE_UNICAST || !way->out || !sea_link_ip4(link)->conf.forwarding)
		return false;
	if (way->out == link) /* a switch that keeps its ports apart (RFC 3069) */
		return SEA_CONF4_OR(link, proxy_arp_pvlan) &&
		       !sea_be32_equal(arp->sender_ip, arp->target_ip);
	if (SEA_CONF4_OR(link, proxy_arp) && other_medium(link, way->out))
		return true;
	return sea_neigh_proxy_find(&sea_ipv4_of(link->stack)->neigh, link, &target);
}

/* -- believing -- */

bool sea_arp_accepts(const struct sea_link *link, sea_be32 sender)
{
	static const sea_be32 alone = { { 0 } };

	switch (SEA_CONF4_MAX(link, arp_accept)) {
	case 1:
		return true;
	case 2:
		return sea_ipv4_on_link(link, sender, alone);
	default:
		return false;
	}
}

/* -- asking -- */

sea_be32 sea_arp_source(const struct sea_neigh *n, const struct sea_pkt *cause)
{
	const sea_be32 target = sea_ipaddr_to4(&n->addr);
	const struct sea_ipv4_hdr *ip = cause ? sea_pkt_at(cause, cause->off_net) : NULL;
	int level = SEA_CONF4_MAX(n->link, arp_announce);

	if (ip && level < 2 && sea_ifaddr4_is_local(n->link->stack, ip->src) &&
	    (level == 0 || sea_ipv4_on_link(n->link, target, ip->src)))
		return ip->src;
	return sea_ifaddr4_select(n->link, target, SEA_SCOPE_LINK);
}
