/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way to a destination: which link, which next hop, which source address, in Linux's order of
 * preference. Tables only answer lookups (route.c); what addresses mean to a sender is decided here.
 */
#include <errno.h>

#include "ip/ipv4.h"
#include "ip/ipv6.h"
#include "ip/l3mdev.h"
#include "ip/metrics.h"
#include "ip/route_info.h"
#include "ip/way.h"

/* A way as far as it is found. */
struct way {
	struct sea_stack *stack;
	const struct sea_flow *flow;
	sea_be32 src, dst, next_hop;
	struct sea_link *link;
	const struct sea_route_entry *route; /* NULL: no table was asked */
	bool gateway;
	uint8_t type;
};

uint8_t sea_ipv4_addr_type(struct sea_stack *stack, sea_be32 addr, int ifindex)
{
	struct sea_ipaddr a = sea_ipaddr_of4(addr);

	if (sea_ipv4_is_any(addr) || sea_ipv4_is_broadcast(addr))
		return SEA_ROUTE_BROADCAST;
	if (sea_ipv4_is_multicast(addr))
		return SEA_ROUTE_MULTICAST;
	return sea_routes_local_type(&sea_ipv4_of(stack)->routes, &a, ifindex);
}

static int check_source(const struct way *w)
{
	if (sea_ipv4_is_any(w->src))
		return 0;
	if (sea_ipv4_is_multicast(w->src) || sea_ipv4_is_broadcast(w->src))
		return -EINVAL;
	if (w->flow->any_src || sea_ipv4_addr_type(w->stack, w->src, 0) == SEA_ROUTE_LOCAL)
		return 0;
	/* Addresses in VRFs are in none of the usual tables. */
	return w->stack->n_vrfs && sea_ifaddr4_is_local(w->stack, w->src) ? 0 : -ENETUNREACH;
}

static void choose_source(struct way *w, sea_be32 towards, uint8_t scope)
{
	if (sea_ipv4_is_any(w->src))
		w->src = sea_ifaddr4_select(w->link, towards, scope);
}

/* On the link as it is, no route asked. */
static void on_link(struct way *w, struct sea_link *link)
{
	w->link = link;
	w->next_hop = w->dst;
	w->type = SEA_ROUTE_UNICAST;
	choose_source(w, (sea_be32){ { 0 } }, SEA_SCOPE_LINK);
}

/*
 * What needs no table: everything for all on the link that the socket is bound to, or that its
 * address belongs to. 0 with w->link NULL: ask the tables.
 */
static int without_tables(struct way *w)
{
	bool all = sea_ipv4_is_broadcast(w->dst), group = sea_ipv4_is_multicast(w->dst);
	struct sea_link *link;

	if (w->flow->oif) {
		link = sea_link_by_index(w->stack, w->flow->oif);
		if (!link)
			return -ENODEV;
		if (!link->up)
			return -ENETUNREACH;
		if (all || sea_ipv4_is_local_group(w->dst) || w->flow->proto == SEA_IPPROTO_IGMP)
			on_link(w, link);
		return 0;
	}
	if ((all || group) && !sea_ipv4_is_any(w->src)) {
		link = sea_ifaddr4_link_of(w->stack, w->src);
		if (!link)
			return w->flow->any_src ? 0 : -ENETUNREACH;
		on_link(w, link);
	}
	return 0;
}

/* 0.0.0.0 as a destination is this host (RFC 1122 §3.2.1.3 forbids, Unix programs rely on it). */
static void name_this_host(struct way *w)
{
	static const sea_be32 loopback = { { 127, 0, 0, 1 } };

	if (!sea_ipv4_is_any(w->dst))
		return;
	if (sea_ipv4_is_any(w->src) && w->flow->oif)
		w->src = sea_ifaddr4_select(sea_link_by_index(w->stack, w->flow->oif), w->src,
					    SEA_SCOPE_HOST);
	w->dst = sea_ipv4_is_any(w->src) ? loopback : w->src;
}

static int to_ourselves(struct way *w, const struct sea_route_entry *e)
{
	if (sea_ipv4_is_any(w->src))
		w->src = e->has_prefsrc ? sea_ipaddr_to4(&e->prefsrc) : w->dst;
	w->type = SEA_ROUTE_LOCAL;
	w->link = sea_l3mdev_of(e->link);
	if (!w->link)
		w->link = w->stack->loopback;
	return w->link ? 0 : -ENETUNREACH;
}

/* The gateway, or the better one that it told of. */
static sea_be32 next_hop(const struct way *w, const struct sea_route_entry *e)
{
	const struct sea_ipaddr dst = sea_ipaddr_of4(w->dst), *better;

	if (!e->has_gateway || e->gateway6)
		return w->dst;
	better =
		sea_pmtu_gateway(&sea_ipv4_of(w->stack)->pmtu, &dst, e->link->ifindex, &e->gateway);
	return sea_ipaddr_to4(better ? better : &e->gateway);
}

#define GROUP_BITS 4 /* 224.0.0.0/4 */

/*
 * What goes to all goes to no gateway; what goes to a group does where a route for groups says so, but not by the
 * default route: then the route only says which link it is, as on Linux.
 */
static void leave_gateway(struct way *w, const struct sea_flow *flow)
{
	bool all = sea_ipv4_is_broadcast(w->dst);
	struct sea_route_found found = { 0 };

	if (!all && !sea_ipv4_is_multicast(w->dst))
		return;
	if (!all && !sea_routes_find(&sea_ipv4_of(w->stack)->routes, flow, &found) &&
	    found.node->prefix_len >= GROUP_BITS)
		return;
	w->route = NULL;
	w->gateway = false;
	w->next_hop = w->dst;
}

static int by_tables(struct way *w)
{
	struct sea_flow flow = *w->flow;
	const struct sea_route_entry *e;
	int err;

	name_this_host(w);
	flow.dst = sea_ipaddr_of4(w->dst);
	err = sea_routes_lookup(&sea_ipv4_of(w->stack)->routes, &flow, &e);
	if (err && flow.oif && !sea_l3mdev_index(w->stack, &flow)) {
		on_link(w,
			sea_link_by_index(w->stack, flow.oif)); /* bound: then it must be there */
		return 0;
	}
	if (err)
		return err;
	w->route = e;
	if (e->type == SEA_ROUTE_LOCAL)
		return to_ourselves(w, e);
	w->type = e->type;
	w->link = e->link;
	w->gateway = e->has_gateway;
	w->next_hop = next_hop(w, e);
	if (sea_ipv4_is_any(w->src) && e->has_prefsrc)
		w->src = sea_ipaddr_to4(&e->prefsrc);
	choose_source(w, w->next_hop, e->scope);
	if (w->gateway)
		leave_gateway(w, &flow);
	return 0;
}

/* What the destination's own class says overrides what kind of route was found. */
static int settle_type(struct way *w)
{
	if (sea_ipv4_is_loopback(w->src) && w->link->type != SEA_LINK_LOOPBACK)
		return -EINVAL;
	if (sea_ipv4_is_broadcast(w->dst))
		w->type = SEA_ROUTE_BROADCAST;
	else if (sea_ipv4_is_multicast(w->dst))
		w->type = SEA_ROUTE_MULTICAST;
	return 0;
}

static int find_way(struct way *w)
{
	int err = check_source(w);

	if (!err)
		err = without_tables(w);
	if (!err && !w->link)
		err = by_tables(w);
	return err ? err : settle_type(w);
}

/* What the route says of its paths. */
static void take_metrics(const struct way *w, struct sea_dst *dst)
{
	const struct sea_route_metrics *m = w->route ? w->route->metrics : NULL;

	dst->mtu = sea_ipv4_link_mtu(w->link);
	if (!m)
		return;
	if (m->mtu && m->mtu < dst->mtu && w->type != SEA_ROUTE_LOCAL)
		dst->mtu = m->mtu;
	dst->mtu_locked = m->mtu_lock;
	dst->hop_limit = m->hoplimit;
	dst->metrics = sea_route_hold_metrics(w->stack, w->route);
}

static void find_mtu(const struct way *w, struct sea_dst *dst)
{
	const struct sea_pmtu *p = sea_pmtu_find(&sea_ipv4_of(w->stack)->pmtu, &dst->dst);

	take_metrics(w, dst);
	if (p && p->mtu < dst->mtu && !dst->mtu_locked) {
		dst->mtu = p->mtu;
		dst->mtu_locked = p->locked;
	}
}

/* An IPv6 router carries IPv4, too (RFC 8950): its link address is asked for by its own protocol. */
static int find_neighbour(const struct way *w, struct sea_dst *dst)
{
	struct sea_ipaddr next_hop = sea_ipaddr_of4(w->next_hop);
	struct sea_neigh_table *table = &sea_ipv4_of(w->stack)->neigh;

	if (w->gateway && w->route->gateway6) {
		next_hop = w->route->gateway;
		table = &sea_ipv6_of(w->stack)->neigh;
	}
	dst->neigh = sea_neigh_get(table, w->link, &next_hop);
	if (dst->neigh)
		return 0;
	sea_dst_put(w->stack, dst);
	return -ENOBUFS;
}

int sea_ipv4_route(struct sea_stack *stack, const struct sea_flow *flow, struct sea_dst *dst)
{
	struct way w = { .stack = stack,
			 .flow = flow,
			 .src = sea_ipaddr_to4(&flow->src),
			 .dst = sea_ipaddr_to4(&flow->dst) };
	int err = find_way(&w);

	if (err) {
		if (err == -ENETUNREACH)
			sea_stack_count(stack, SEA_MIB_IpOutNoRoutes);
		return err;
	}
	*dst = (struct sea_dst){ .gen = stack->route_gen,
				 .family = SEA_AF_INET,
				 .type = w.type,
				 .link = w.link,
				 .src = sea_ipaddr_of4(w.src),
				 .dst = sea_ipaddr_of4(w.dst) };
	find_mtu(&w, dst);
	if ((w.type != SEA_ROUTE_UNICAST && !w.gateway) || !w.link->framing->resolves)
		return 0;
	return find_neighbour(&w, dst);
}

int sea_ipv4_way(struct sea_stack *stack, const struct sea_flow *flow, struct sea_way *way)
{
	struct way w = { .stack = stack,
			 .flow = flow,
			 .src = sea_ipaddr_to4(&flow->src),
			 .dst = sea_ipaddr_to4(&flow->dst) };
	int err = find_way(&w);

	*way = (struct sea_way){ .flow = *flow,
				 .route = w.route,
				 .link = w.link,
				 .src = sea_ipaddr_of4(w.src),
				 .next_hop = sea_ipaddr_of4(w.next_hop),
				 .type = w.type };
	way->flow.dst = sea_ipaddr_of4(w.dst);
	return err;
}

/* The administrator knows better than any router (RTAX_LOCK). */
static bool route_locks(const struct sea_stack *stack, const struct sea_dst *dst)
{
	const struct sea_route_metrics *m = sea_dst_metrics(stack, dst);

	return m && m->mtu_lock;
}

/*
 * Only ever less than what the path was thought to carry. Below Linux's floor the floor is taken, and
 * packets may be fragmented on their way.
 */
void sea_ipv4_pmtu_update(struct sea_stack *stack, const struct sea_flow *flow, uint32_t mtu)
{
	struct sea_ipv4_state *ip = sea_ipv4_of(stack);
	uint32_t floor = (uint32_t)ip->sysctl.min_pmtu;
	sea_time expires = sea_time_add(stack->shard.now, ip->sysctl.mtu_expires * SEA_SEC);
	bool locked = mtu < floor;
	struct sea_dst dst;

	if (sea_ipv4_route(stack, flow, &dst))
		return;
	if (dst.type == SEA_ROUTE_UNICAST && mtu <= dst.mtu && !route_locks(stack, &dst)) {
		if (locked)
			mtu = dst.mtu < floor ? dst.mtu : floor;
		sea_pmtu_set(&ip->pmtu, &dst.dst, mtu, locked, expires);
	}
	sea_dst_put(stack, &dst);
}
