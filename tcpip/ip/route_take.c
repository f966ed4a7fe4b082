/* SPDX-License-Identifier: Apache-2.0 */
/* Routes as they are taken out again: which one is meant. */
#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "ip/route_hop.h"
#include "ip/route_info.h"

#define RTPROT_KERNEL 2

/* IPv6 names lo where a route leads nowhere. */
static bool link_matches(const struct sea_route_info *info, const struct sea_route_entry *e,
			 int ifindex)
{
	const struct sea_routes *r = info->routes;

	if (!e->link && r->family == SEA_AF_INET6 && r->stack->loopback)
		return ifindex == r->stack->loopback->ifindex;
	return e->link && e->link->ifindex == ifindex;
}

/* Who names :: means a way without a gateway. */
static bool hop_matches(const struct sea_route_info *info, unsigned i, int ifindex,
			const struct sea_addr *gateway)
{
	const struct sea_route_entry *e = &info->ways[i].entry;

	if (ifindex && !link_matches(info, e, ifindex))
		return false;
	return !gateway->family || !memcmp(e->gateway.b, gateway->b, sizeof(e->gateway.b));
}

/* Hops beyond those of the route are not looked at, as Linux has it. */
static bool hops_match(const struct sea_route_info *info, const struct sea_route *route)
{
	if (!route->n_hops)
		return true;
	if (route->n_hops < info->n_ways)
		return false;
	for (unsigned i = 0; i < info->n_ways; i++)
		if (!hop_matches(info, i, route->hops[i].ifindex, &route->hops[i].gateway))
			return false;
	return true;
}

static bool source_matches(const struct sea_route_entry *e, const struct sea_route *route)
{
	struct sea_ipaddr src = sea_ipaddr_of(&route->src);

	return e->src_len == route->src_len && (!e->src_len || sea_ipaddr_equal(&e->src, &src));
}

static bool number_matches(uint32_t asked, uint32_t is)
{
	return !asked || asked == is;
}

/* IPv4's are told apart by what they say of paths, too. */
static bool metrics_match(const struct sea_route_entry *e, const struct sea_route_metrics *m)
{
	static const struct sea_route_metrics none;
	const struct sea_route_metrics *is = e->metrics ? e->metrics : &none;

	return number_matches(m->mtu, is->mtu) && number_matches(m->advmss, is->advmss) &&
	       number_matches(m->window, is->window) && number_matches(m->hoplimit, is->hoplimit) &&
	       number_matches(m->initcwnd, is->initcwnd) &&
	       number_matches(m->initrwnd, is->initrwnd) &&
	       number_matches(m->rto_min_ms, is->rto_min_ms) && (!m->mtu_lock || is->mtu_lock) &&
	       (!m->quickack || is->quickack) && (!m->ecn || is->ecn) &&
	       (!m->congctl[0] || !strcmp(m->congctl, is->congctl));
}

/* Has the route all that the caller said, ways apart? */
static bool described(const struct sea_route_node *n, const struct sea_route *route)
{
	const struct sea_route_entry *e = sea_route_node_entry(n);
	struct sea_ipaddr prefsrc = sea_ipaddr_of(&route->prefsrc);

	if (route->dst.family == SEA_AF_INET && route->scope != SEA_SCOPE_NOWHERE &&
	    e->scope != route->scope)
		return false;
	if (n->tos != route->tos || (route->metric && e->metric != route->metric))
		return false;
	if (route->type && e->type != route->type && !e->nexthop &&
	    route->dst.family == SEA_AF_INET)
		return false;
	if (!source_matches(e, route))
		return false;
	if ((route->protocol && e->protocol != route->protocol) ||
	    (route->nexthop && e->nexthop != route->nexthop))
		return false;
	if (route->prefsrc.family && route->dst.family == SEA_AF_INET &&
	    !(e->has_prefsrc && sea_ipaddr_equal(&e->prefsrc, &prefsrc)))
		return false;
	if (route->dst.family == SEA_AF_INET && !metrics_match(e, &route->metrics))
		return false;
	return hops_match(n->info, route);
}

/* Which way is meant, or -1: none. */
static int way_described(const struct sea_routes *r, const struct sea_route_info *info,
			 const struct sea_route *route)
{
	unsigned n = r->family == SEA_AF_INET6 ? info->n_ways : 1;

	for (unsigned i = 0; i < n; i++)
		if (hop_matches(info, i, route->ifindex, &route->gateway))
			return (int)i;
	return -1;
}

/* IPv6: a gateway that is named goes alone; all other ways stay. */
static int take_way(struct sea_routes *r, struct sea_route_node *n, unsigned i)
{
	size_t room = n->info->n_ways * sizeof(struct sea_route_entry);
	struct sea_route_entry *ways = sea_pool_alloc(&r->stack->shard.pool, room);
	struct sea_route_spec spec = { .ways = ways };
	int err;

	if (!ways)
		return -ENOMEM;
	for (unsigned k = 0; k < n->info->n_ways; k++)
		if (k != i)
			ways[spec.n++] = n->info->ways[k].entry;
	sea_route_tell_way(r, n, i);
	err = sea_route_node_swap(r, n, &spec);
	sea_pool_free(&r->stack->shard.pool, ways, room);
	return err;
}

/* IPv6: each table begins with a route to everywhere that turns away, and that nobody may take out. */
static bool is_root(const struct sea_routes *r, const struct sea_route_table *t,
		    const struct sea_route *route)
{
	const struct sea_link *lo = r->stack->loopback;
	static const struct sea_ipaddr none;

	return r->family == SEA_AF_INET6 && t && !route->prefix_len && !route->src_len &&
	       !sea_route_first(t, route->dst.b, 0) && !route->nexthop &&
	       (!route->ifindex || (lo && route->ifindex == lo->ifindex)) &&
	       !memcmp(route->gateway.b, &none, sizeof(none)) &&
	       number_matches(route->metric, UINT32_MAX) &&
	       number_matches(route->protocol, RTPROT_KERNEL);
}

int sea_routes_del(struct sea_routes *r, const struct sea_route *route)
{
	const struct sea_route_table *t;
	struct sea_route_node *n;
	int way = -1;

	if (route->size != sizeof(*route) || route->dst.family != r->family)
		return -EINVAL;
	if (route->prefix_len > r->addr_len * 8)
		return sea_routes_refuse(r, -EINVAL, "Invalid prefix length");
	if (!sea_route_prefix_valid(r, &route->dst, route->prefix_len))
		return sea_routes_refuse(r, -EINVAL, "Invalid prefix for given prefix length");
	t = sea_route_table_find(r, route->table ? route->table : SEA_TABLE_MAIN);
	for (n = t ? sea_route_first(t, route->dst.b, route->prefix_len) : NULL; n;
	     n = sea_route_after(n)) {
		way = described(n, route) ? way_described(r, n->info, route) : -1;
		if (way >= 0)
			break;
	}
	if (!n)
		return is_root(r, t, route) ? -ENOENT : -ESRCH;
	if (r->family == SEA_AF_INET6 && route->gateway.family && n->info->n_ways > 1 &&
	    !n->info->nexthop)
		return take_way(r, n, (unsigned)way);
	r->news_way = r->family == SEA_AF_INET6 ? (uint16_t)way : 0;
	sea_route_node_del(r, n);
	r->news_way = 0;
	return 0;
}
