/* SPDX-License-Identifier: Apache-2.0 */
/* ICMP redirects that we are told (RFC 1122 §3.2.2.2): which are obeyed, as Linux. */
#include "ip/ipv4.h"
#include "ip/redirect.h"

/* net.ipv4.conf: a router obeys where all of them say so, a host where one does. */
static bool accepts(const struct sea_link *link)
{
	if (sea_link_ip4(link)->conf.forwarding)
		return SEA_CONF4_AND(link, accept_redirects);
	return SEA_CONF4_OR(link, accept_redirects);
}

/* May this be a router on the link? */
static enum sea_drop judge_gateway(struct sea_stack *stack, const struct sea_link *link,
				   sea_be32 gateway, sea_be32 old)
{
	const struct sea_ipaddr addr = sea_ipaddr_of4(gateway);

	if (sea_be32_equal(gateway, old) || sea_ipv4_is_multicast(gateway) ||
	    sea_ipv4_is_broadcast(gateway) || !gateway.b[0])
		return SEA_DROP_REDIRECT_GATEWAY;
	if (SEA_CONF4_OR(link, shared_media))
		return sea_ipv4_addr_type(stack, gateway, 0) == SEA_ROUTE_UNICAST
			       ? SEA_DROP_N
			       : SEA_DROP_REDIRECT_GATEWAY;
	if (!sea_ipv4_on_link(link, gateway, old))
		return SEA_DROP_REDIRECT_GATEWAY;
	if (SEA_CONF4_OR(link, secure_redirects) &&
	    !sea_routes_has_gateway(&sea_ipv4_of(stack)->routes, link, &addr))
		return SEA_DROP_REDIRECT_INSECURE;
	return SEA_DROP_N;
}

/* What it says is remembered once the new router answers for itself, as on Linux. */
static enum sea_drop take(struct sea_stack *stack, const struct sea_redirect *r,
			  const struct sea_route_entry *e)
{
	struct sea_ipv4_state *ip = sea_ipv4_of(stack);
	const struct sea_pmtu_hop hop = {
		.dst = r->dst,
		.from = e->gateway,
		.gateway = r->gateway,
		.ifindex = e->link->ifindex,
		.expires = sea_time_add(stack->shard.now, ip->sysctl.gc_timeout * SEA_SEC)
	};
	struct sea_neigh *n = sea_neigh_get(&ip->neigh, e->link, &r->gateway);
	bool known;

	if (!n)
		return SEA_DROP_NEIGH_TABLE_FULL;
	known = n->state & SEA_NUD_VALID;
	if (!known)
		sea_neigh_probe(n);
	sea_neigh_put(n);
	if (!known)
		return SEA_DROP_REDIRECT_ASKING;
	sea_pmtu_redirect(&ip->pmtu, &hop);
	return SEA_DROP_N;
}

/* Does it come from the router that the flow takes now? */
static bool is_first_hop(struct sea_stack *stack, const struct sea_redirect *r,
			 const struct sea_route_entry *e, const struct sea_ipaddr *from)
{
	const struct sea_ipaddr *now;

	if (e->type != SEA_ROUTE_UNICAST || !e->has_gateway || e->gateway6)
		return false;
	now = sea_pmtu_gateway(&sea_ipv4_of(stack)->pmtu, &r->dst, e->link->ifindex, &e->gateway);
	return sea_ipaddr_equal(now ? now : &e->gateway, from);
}

static enum sea_drop obey(struct sea_stack *stack, const struct sea_flow *flow,
			  const struct sea_redirect *r, const struct sea_ipaddr *from)
{
	const struct sea_route_entry *e;
	enum sea_drop why;

	if (sea_routes_lookup(&sea_ipv4_of(stack)->routes, flow, &e) ||
	    !is_first_hop(stack, r, e, from))
		return SEA_DROP_REDIRECT_NOT_FIRST_HOP;
	if (!accepts(r->link))
		return SEA_DROP_REDIRECT_REFUSED;
	why = judge_gateway(stack, r->link, sea_ipaddr_to4(&r->gateway), sea_ipaddr_to4(from));
	return why == SEA_DROP_N ? take(stack, r, e) : why;
}

void sea_ipv4_redirect_obey(struct sea_stack *stack, const struct sea_flow *flow,
			    const struct sea_icmp_error *error)
{
	if ((error->code & 7) > SEA_ICMP_REDIRECT_HOST_TOS)
		error->redirect->why = SEA_DROP_ICMP_TYPE;
	else
		error->redirect->why = obey(stack, flow, error->redirect, &error->from);
}
