/* SPDX-License-Identifier: Apache-2.0 */
/* The way to an IPv6 destination: which link, which next hop, which source address, as Linux. */
#include <errno.h>

#include "ip/ipv6.h"
#include "ip/l3mdev.h"
#include "ip/metrics.h"

uint8_t sea_ipv6_addr_type(struct sea_stack *stack, const struct sea_ipaddr *addr, int ifindex)
{
	if (sea_in6_is_multicast(addr->b))
		return SEA_ROUTE_MULTICAST;
	return sea_routes_local_type(&sea_ipv6_of(stack)->routes, addr, ifindex);
}

uint32_t sea_ipv6_link_mtu(const struct sea_link *link)
{
	uint32_t conf = (uint32_t)sea_link_ip6(link)->conf.mtu;

	return conf < link->mtu ? conf : link->mtu;
}

/* A way as far as it is found. */
struct way {
	struct sea_stack *stack;
	const struct sea_flow *flow;
	struct sea_ipaddr src, dst, next_hop;
	const struct sea_route_entry *route;
	struct sea_link *link;
	uint8_t type;
};

static int check_link(const struct way *w)
{
	const struct sea_link *link;

	if (!w->flow->oif)
		return 0;
	link = sea_link_by_index(w->stack, w->flow->oif);
	if (!link)
		return -ENETUNREACH;
	return link->up ? 0 : -ENETUNREACH;
}

/* What is ours by a route alone is no address to speak from. */
bool sea_ipv6_source(struct sea_stack *stack, const struct sea_route_entry *e,
		     const struct sea_ipaddr *dst, uint8_t prefs, struct sea_ipaddr *src)
{
	if (e->has_prefsrc) {
		*src = e->prefsrc;
		return true;
	}
	if (e->type == SEA_ROUTE_LOCAL && sea_ifaddr6_find_any(stack, dst)) {
		*src = *dst;
		return true;
	}
	return sea_ifaddr6_select(stack, e->link, dst, prefs, src);
}

static int choose_source(struct way *w, const struct sea_route_entry *e)
{
	if (!sea_in6_is_any(w->src.b))
		return sea_in6_is_multicast(w->src.b) ? -EINVAL : 0;
	return sea_ipv6_source(w->stack, e, &w->dst, w->flow->src_prefs, &w->src) ? 0
										  : -EADDRNOTAVAIL;
}

static int to_ourselves(struct way *w)
{
	w->link = sea_l3mdev_of(w->route->link);
	if (!w->link)
		w->link = w->stack->loopback;
	w->type = SEA_ROUTE_LOCAL;
	return w->link ? 0 : -ENETUNREACH;
}

/* The gateway, or the better one that a redirect told of, until that one does not answer. */
static struct sea_ipaddr next_hop(const struct way *w, const struct sea_route_entry *e)
{
	struct sea_ipv6_state *ip = sea_ipv6_of(w->stack);
	const struct sea_ipaddr *usual = e->has_gateway ? &e->gateway : &w->dst;
	const struct sea_ipaddr *better =
		sea_pmtu_gateway(&ip->pmtu, &w->dst, e->link->ifindex, usual);
	const struct sea_neigh *n;

	if (!better)
		return *usual;
	n = sea_neigh_find(&ip->neigh, e->link, better);
	if (!n || n->state != SEA_NUD_FAILED)
		return *better;
	sea_pmtu_unredirect(&ip->pmtu, &w->dst);
	return *usual;
}

static int find_way(struct way *w)
{
	struct sea_flow flow = *w->flow;
	const struct sea_route_entry *e;
	int err = check_link(w);

	if (err)
		return err;
	flow.dst = w->dst;
	err = sea_routes_lookup(&sea_ipv6_of(w->stack)->routes, &flow, &e);
	if (!err)
		err = choose_source(w, e);
	if (err)
		return err;
	w->route = e;
	if (e->type == SEA_ROUTE_LOCAL || e->type == SEA_ROUTE_ANYCAST)
		return to_ourselves(w);
	w->type = sea_in6_is_multicast(w->dst.b) ? SEA_ROUTE_MULTICAST : SEA_ROUTE_UNICAST;
	w->link = e->link;
	w->next_hop = next_hop(w, e);
	return sea_link_ip6(w->link)->running ? 0 : -ENETUNREACH;
}

/* What the route says of its paths, and what was found out about this one. */
static void find_mtu(const struct way *w, struct sea_dst *dst)
{
	const struct sea_pmtu *p = sea_pmtu_find(&sea_ipv6_of(w->stack)->pmtu, &w->dst);
	const struct sea_route_metrics *m = w->route->metrics;

	dst->mtu = sea_ipv6_link_mtu(w->link);
	if (m) {
		if (m->mtu && m->mtu < dst->mtu && w->type != SEA_ROUTE_LOCAL)
			dst->mtu = m->mtu;
		dst->hop_limit = m->hoplimit;
		dst->metrics = sea_route_hold_metrics(w->stack, w->route);
	}
	if (p && p->mtu < dst->mtu && !(m && m->mtu_lock))
		dst->mtu = p->mtu;
}

int sea_ipv6_route(struct sea_stack *stack, const struct sea_flow *flow, struct sea_dst *dst)
{
	struct way w = { .stack = stack, .flow = flow, .src = flow->src, .dst = flow->dst };
	int err = find_way(&w);

	if (err) {
		if (err == -ENETUNREACH)
			sea_stack_count(stack, SEA_MIB_Ip6OutNoRoutes);
		return err;
	}
	*dst = (struct sea_dst){ .gen = stack->route_gen,
				 .family = SEA_AF_INET6,
				 .type = w.type,
				 .link = w.link,
				 .src = w.src,
				 .dst = w.dst };
	find_mtu(&w, dst);
	if (w.type != SEA_ROUTE_UNICAST || !w.link->framing->resolves)
		return 0;
	dst->neigh = sea_neigh_get(&sea_ipv6_of(stack)->neigh, w.link, &w.next_hop);
	if (dst->neigh)
		return 0;
	sea_dst_put(stack, dst);
	return -ENOBUFS;
}

/*
 * Only ever less than what the path was thought to carry. Who says that it carries less than all must
 * is not believed (RFC 8201 §4, RFC 8021), as on Linux.
 */
void sea_ipv6_pmtu_update(struct sea_stack *stack, const struct sea_flow *flow, uint32_t mtu)
{
	struct sea_ipv6_state *ip = sea_ipv6_of(stack);
	sea_time expires = sea_time_add(stack->shard.now, ip->sysctl.mtu_expires * SEA_SEC);
	const struct sea_route_metrics *m;
	struct sea_dst dst;

	if (mtu < SEA_IPV6_MTU_MIN || sea_ipv6_route(stack, flow, &dst))
		return;
	m = sea_dst_metrics(stack, &dst);
	if (dst.type == SEA_ROUTE_UNICAST && mtu <= dst.mtu && !(m && m->mtu_lock))
		sea_pmtu_set(&ip->pmtu, &dst.dst, mtu, false, expires);
	sea_dst_put(stack, &dst);
}
