/* SPDX-License-Identifier: Apache-2.0 */
/* Routes as they are configured: what rtnetlink(7) lets in and finds again. */
#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "core/minmax.h"
#include "core/sysctl.h"
#include "ip/nexthop.h"
#include "ip/route_hop.h"
#include "ip/route_info.h"

#define IP6_RT_PRIO_USER 1024
#define WEIGHT_MAX 256

/* A route to be put in, as far as it is checked. */
struct draft {
	struct sea_routes *r;
	const struct sea_route *route;
	struct sea_route_entry like; /* what all ways have alike */
	struct sea_route_entry *ways;
	struct sea_route_spec spec;
	struct sea_route_metrics metrics;
};

/* -- shape -- */

static bool host_bits_clear(const uint8_t *key, unsigned prefix_len, unsigned addr_len)
{
	unsigned i = prefix_len / 8;

	if (prefix_len % 8 && key[i++] & (0xff >> prefix_len % 8))
		return false;
	for (; i < addr_len; i++)
		if (key[i])
			return false;
	return true;
}

/* Types that lead nowhere carry neither link nor gateway. */
static bool is_refusal(enum sea_route_type type)
{
	return type >= SEA_ROUTE_BLACKHOLE && type <= SEA_ROUTE_THROW;
}

/* The widest scope a type can have. */
static int type_scope(enum sea_route_type type)
{
	switch (type) {
	case SEA_ROUTE_LOCAL:
		return SEA_SCOPE_HOST;
	case SEA_ROUTE_ANYCAST:
	case SEA_ROUTE_BROADCAST:
		return SEA_SCOPE_LINK;
	case SEA_ROUTE_UNICAST:
	case SEA_ROUTE_MULTICAST:
	case SEA_ROUTE_BLACKHOLE:
	case SEA_ROUTE_UNREACHABLE:
	case SEA_ROUTE_PROHIBIT:
	case SEA_ROUTE_THROW:
		return SEA_SCOPE_GLOBAL;
	}
	return -1;
}

bool sea_route_prefix_valid(const struct sea_routes *r, const struct sea_addr *addr, uint8_t len)
{
	return addr->family == r->family && len <= r->addr_len * 8 &&
	       host_bits_clear(addr->b, len, r->addr_len);
}

static bool way_given(const struct sea_route *route)
{
	return route->ifindex || route->gateway.family || route->n_hops || route->nexthop;
}

/* What has no sentence of Linux's is nothing that its messages can say. */
static int check_struct(const struct sea_routes *r, const struct sea_route *route)
{
	if (route->size != sizeof(*route) || route->dst.family != r->family ||
	    (route->prefsrc.family && route->prefsrc.family != r->family) ||
	    route->n_hops > SEA_ROUTE_HOPS_MAX ||
	    (route->n_hops && (route->ifindex || route->gateway.family)))
		return -EINVAL;
	if (r->family == SEA_AF_INET)
		return route->src.family || route->src_len || route->pref || route->expires_s
			       ? -EINVAL
			       : 0;
	return route->tos || (route->pref != SEA_ROUTE_PREF_MEDIUM &&
			      route->pref != SEA_ROUTE_PREF_HIGH &&
			      route->pref != SEA_ROUTE_PREF_LOW)
		       ? -EINVAL
		       : 0;
}

static int check_shape4(struct sea_routes *r, const struct sea_route *route)
{
	int scope = type_scope(route->type);

	if (route->prefix_len > 32)
		return sea_routes_refuse(r, -EINVAL, "Invalid prefix length");
	if (!sea_route_prefix_valid(r, &route->dst, route->prefix_len))
		return sea_routes_refuse(r, -EINVAL, "Invalid prefix for given prefix length");
	if (route->tos & 3)
		return -EINVAL;
	if ((scope < 0 ? SEA_SCOPE_NOWHERE : scope) > (int)route->scope)
		return sea_routes_refuse(r, -EINVAL, "Invalid scope");
	if (route->flags & (SEA_RTNH_F_DEAD | SEA_RTNH_F_LINKDOWN))
		return sea_routes_refuse(r, -EINVAL,
					 "Invalid rtm_flags - can not contain DEAD or LINKDOWN");
	return 0;
}

static int check_shape6(struct sea_routes *r, const struct sea_route *route)
{
	if (route->prefix_len > 128)
		return sea_routes_refuse(r, -EINVAL, "Invalid prefix length");
	if (route->src_len > 128)
		return sea_routes_refuse(r, -EINVAL, "Invalid source address length");
	if (!sea_route_prefix_valid(r, &route->dst, route->prefix_len) ||
	    ((route->src.family || route->src_len) &&
	     !sea_route_prefix_valid(r, &route->src, route->src_len)))
		return -EINVAL;
	return type_scope(route->type) < 0 ? -EINVAL : 0;
}

static int check_shape(struct sea_routes *r, const struct sea_route *route)
{
	int err = check_struct(r, route);

	if (err)
		return err;
	return r->family == SEA_AF_INET ? check_shape4(r, route) : check_shape6(r, route);
}

/* IPv4: once its ways were looked at. */
static int check_type(struct sea_routes *r, const struct sea_route *route)
{
	if (route->nexthop && (route->ifindex || route->gateway.family || route->n_hops))
		return -EINVAL;
	for (unsigned i = 0; r->family == SEA_AF_INET && i < route->n_hops; i++)
		if (route->hops[i].flags & (SEA_RTNH_F_DEAD | SEA_RTNH_F_LINKDOWN))
			return sea_routes_refuse(r, -EINVAL,
						 "Invalid flags for nexthop - can not contain "
						 "DEAD or LINKDOWN");
	if (is_refusal(route->type)) /* of IPv6, ways are of no account then */
		return r->family == SEA_AF_INET6 || !way_given(route)
			       ? 0
			       : sea_routes_refuse(r, -EINVAL,
						   "Gateway, device and multipath can not "
						   "be specified for this route type");
	if (type_scope(route->type) < 0)
		return sea_routes_refuse(r, -EINVAL, "Invalid route type");
	if (r->family == SEA_AF_INET && route->scope > SEA_SCOPE_HOST)
		return sea_routes_refuse(r, -EINVAL, "Invalid scope");
	if (r->family == SEA_AF_INET && route->scope == SEA_SCOPE_HOST && route->n_hops > 1)
		return sea_routes_refuse(r, -EINVAL,
					 "Route with host scope can not have multiple nexthops");
	return 0;
}

/* -- metrics -- */

static bool congctl_valid(const struct sea_routes *r, const char *name)
{
	const struct sea_sysctl *known;

	if (!memchr(name, 0, SEA_CONGCTL_MAX))
		return false;
	if (!name[0])
		return true;
	known = sea_sysctl_find(r->stack, "net.ipv4.tcp_congestion_control");
	return known && known->check && !known->check(r->stack, name);
}

/* What is too large is made fit, as on Linux. */
static int take_metrics(struct draft *d)
{
	struct sea_route_metrics *m = &d->metrics;

	*m = d->route->metrics;
	if (!congctl_valid(d->r, m->congctl))
		return sea_routes_refuse(d->r, -EINVAL, "Unknown tcp congestion algorithm");
	m->mtu = sea_min_u32(m->mtu, 65535 - 15);
	m->advmss = sea_min_u32(m->advmss, 65535 - 40);
	d->like.metrics = m;
	return 0;
}

/* -- what all ways have alike -- */

static bool prefsrc_valid(const struct sea_routes *r, const struct sea_route *route)
{
	struct sea_ipaddr src = sea_ipaddr_of(&route->prefsrc), dst = sea_ipaddr_of(&route->dst);

	if (!route->prefsrc.family)
		return true;
	if (route->type == SEA_ROUTE_LOCAL && sea_ipaddr_equal(&src, &dst))
		return true;
	return sea_ip_ops_of(r->stack, r->family)->addr_type(r->stack, &src, 0) == SEA_ROUTE_LOCAL;
}

static int refuse_prefsrc(const struct draft *d)
{
	return sea_routes_refuse(d->r, -EINVAL,
				 d->r->family == SEA_AF_INET ? "Invalid prefsrc address"
							     : "Invalid source address");
}

static void fill_like(struct draft *d)
{
	const struct sea_route *route = d->route;
	bool v6 = d->r->family == SEA_AF_INET6;

	d->like = (struct sea_route_entry){
		.prefix_len = route->prefix_len,
		.tos = route->tos,
		.type = (uint8_t)route->type,
		.scope = v6 ? 0 : (uint8_t)route->scope,
		.protocol = route->protocol,
		.has_prefsrc = route->prefsrc.family,
		.metric = v6 && !route->metric ? IP6_RT_PRIO_USER : route->metric,
		.pref = (uint8_t)route->pref,
		.src_len = route->src_len,
		.weight = 1,
	};
	memcpy(d->like.key, route->dst.b, sizeof(d->like.key));
	if (route->src_len)
		d->like.src = sea_ipaddr_of(&route->src);
	if (route->prefsrc.family)
		d->like.prefsrc = sea_ipaddr_of(&route->prefsrc);
	if (route->expires_s)
		d->like.expires = sea_time_add(d->r->stack->shard.now, route->expires_s * SEA_SEC);
}

/* -- ways -- */

static int take_hops(struct draft *d)
{
	const struct sea_route *route = d->route;
	const struct sea_route_hop only = { .ifindex = route->ifindex,
					    .gateway = route->gateway,
					    .flags = route->flags };
	const struct sea_route_hop *hops = route->n_hops ? route->hops : &only;

	d->spec.n = route->n_hops ? route->n_hops : 1;
	for (unsigned i = 0; i < d->spec.n; i++) {
		int err;

		d->ways[i] = d->like;
		err = sea_route_hop_check(d->r, &hops[i], (uint8_t)route->scope, &d->ways[i]);
		if (err)
			return err;
		if (d->r->family == SEA_AF_INET6 && !prefsrc_valid(d->r, route))
			return refuse_prefsrc(d);
		if (d->r->family == SEA_AF_INET6 && d->ways[i].link->type == SEA_LINK_LOOPBACK)
			d->ways[i].pref = 0;
		for (unsigned k = 0; d->r->family == SEA_AF_INET6 && k < i; k++)
			if (d->ways[k].link == d->ways[i].link &&
			    sea_ipaddr_equal(&d->ways[k].gateway, &d->ways[i].gateway))
				return -EEXIST;
	}
	return 0;
}

static int take_nexthop(struct draft *d)
{
	struct sea_nexthop_obj *obj = sea_nexthop_find(d->r->stack, d->route->nexthop);
	const char *why;
	int n;

	if (!obj)
		return sea_routes_refuse(d->r, -EINVAL, "Nexthop id does not exist");
	if (d->route->src_len)
		return sea_routes_refuse(d->r, -EINVAL,
					 "Routes with source address can not use nexthop objects");
	why = sea_nexthop_unfit(obj, d->r->family, (uint8_t)d->route->scope);
	if (why)
		return sea_routes_refuse(d->r, -EINVAL, why);
	d->like.nexthop = obj->id;
	d->spec.nexthop = obj;
	n = sea_nexthop_ways(obj, &d->like, d->r->family, d->ways);
	if (n < 0)
		return n;
	d->spec.n = (unsigned)n;
	return 0;
}

static int take_ways(struct draft *d)
{
	if (d->route->nexthop)
		return take_nexthop(d);
	if (!is_refusal(d->route->type))
		return take_hops(d);
	if (d->route->ifindex && !sea_link_by_index(d->r->stack, d->route->ifindex))
		return -ENODEV;
	if (d->r->family == SEA_AF_INET6 && d->route->flags & SEA_RTNH_F_ONLINK &&
	    !d->route->ifindex)
		return sea_routes_refuse(d->r, -ENODEV, "Nexthop device required for onlink");
	d->like.pref = 0;
	d->ways[0] = d->like;
	if (d->r->family == SEA_AF_INET) /* kept, as Linux does */
		d->ways[0].flags = d->route->flags & SEA_RTNH_F_ONLINK;
	d->spec.n = 1;
	return 0;
}

/* -- putting in -- */

/* The first alternative that is alike by tos, source and metric, or NULL. */
static struct sea_route_node *alternative(const struct sea_routes *r, uint32_t table,
					  const struct sea_route_entry *like)
{
	const struct sea_route_table *t = sea_route_table_find(r, table);
	struct sea_route_node *n = t ? sea_route_first(t, like->key, like->prefix_len) : NULL;

	for (; n; n = sea_route_after(n)) {
		const struct sea_route_entry *e = sea_route_node_entry(n);

		if (n->tos == like->tos && e->metric == like->metric &&
		    e->src_len == like->src_len && sea_ipaddr_equal(&e->src, &like->src))
			break;
	}
	return n;
}

/* Alternatives that may shadow one another: the next one that is alike. */
static struct sea_route_node *next_alike(const struct sea_route_node *n)
{
	struct sea_route_node *next = sea_route_after(n);
	const struct sea_route_entry *a = sea_route_node_entry(n), *b;

	if (!next)
		return NULL;
	b = sea_route_node_entry(next);
	return next->tos == n->tos && a->metric == b->metric && a->src_len == b->src_len &&
			       sea_ipaddr_equal(&a->src, &b->src)
		       ? next
		       : NULL;
}

static bool same_ways(const struct sea_route_node *n, const struct sea_route_spec *spec)
{
	if (n->info->n_ways != spec->n)
		return false;
	for (unsigned i = 0; i < spec->n; i++)
		if (!sea_route_entry_equal(&n->info->ways[i].entry, &spec->ways[i]))
			return false;
	return sea_route_metrics_equal(sea_route_node_entry(n)->metrics, spec->ways[0].metrics);
}

/* What leads nowhere does so on lo. */
static const struct sea_link *link_of(const struct sea_routes *r, const struct sea_route_entry *e)
{
	return e->link ? e->link : r->stack->loopback;
}

static bool has_way(const struct sea_route_info *info, const struct sea_route_entry *way)
{
	for (unsigned i = 0; i < info->n_ways; i++) {
		const struct sea_route_entry *e = &info->ways[i].entry;

		if (link_of(info->routes, e) == link_of(info->routes, way) &&
		    sea_ipaddr_equal(&e->gateway, &way->gateway))
			return true;
	}
	return false;
}

/* IPv6 knows routes of one metric by link and gateway, whatever else they say. */
static bool has_any_way(const struct sea_route_info *info, const struct sea_route_spec *spec)
{
	for (unsigned i = 0; i < spec->n; i++)
		if (has_way(info, &spec->ways[i]))
			return true;
	return false;
}

static bool is_there6(const struct sea_route_node *first, const struct sea_route_spec *spec)
{
	while (first && !has_any_way(first->info, spec))
		first = next_alike(first);
	return first;
}

static const struct sea_route_node *perfect_match(const struct sea_route_node *first,
						  const struct sea_route_spec *spec)
{
	while (first && !same_ways(first, spec))
		first = next_alike(first);
	return first;
}

/* IPv6: what has a gateway and is there to stay shares flows with its like (RFC 4311). */
static bool can_share(const struct sea_routes *r, const struct sea_route_entry *e)
{
	return r->family == SEA_AF_INET6 && e->has_gateway && !e->nexthop && !e->expires.ns &&
	       e->type == SEA_ROUTE_UNICAST;
}

static struct sea_route_node *sharing(const struct sea_routes *r, struct sea_route_node *first,
				      const struct sea_route_spec *spec)
{
	if (!can_share(r, &spec->ways[0]))
		return NULL;
	while (first && !can_share(r, sea_route_node_entry(first)))
		first = next_alike(first);
	return first;
}

/* The ways that are there, and behind them the new ones. */
static int join(struct draft *d, struct sea_route_node *node)
{
	const struct sea_route_info *info = node->info;
	struct sea_route_spec spec = { .ways = d->ways };
	unsigned n = d->spec.n;

	if (n + info->n_ways > SEA_ROUTE_HOPS_MAX)
		return -EINVAL;
	memmove(&d->ways[info->n_ways], d->ways, n * sizeof(d->ways[0]));
	for (unsigned i = 0; i < info->n_ways; i++)
		d->ways[i] = info->ways[i].entry;
	spec.n = n + info->n_ways;
	if (!(d->r->news_flags & SEA_NLM_F_APPEND && d->route->n_hops))
		d->r->news_way = info->n_ways;
	return sea_route_node_change(d->r, node, &spec);
}

/* IPv6 replaces what shares flows by what does, where it can. */
static struct sea_route_node *to_replace(const struct draft *d, struct sea_route_node *first)
{
	struct sea_route_node *n = first;

	if (d->r->family == SEA_AF_INET)
		return first;
	while (n && can_share(d->r, &d->spec.ways[0]) != can_share(d->r, sea_route_node_entry(n)))
		n = next_alike(n);
	return n ? n : first;
}

static int replace(struct draft *d, struct sea_route_node *first)
{
	const struct sea_route_node *same;

	first = to_replace(d, first);
	same = perfect_match(first, &d->spec);

	if (same && same != first)
		return -EEXIST;
	if (same && d->r->family == SEA_AF_INET)
		return 0; /* by itself: nobody hears of it */
	return sea_route_node_change(d->r, first, &d->spec);
}

/* IPv6 makes what should be there, unless it is to replace something. */
static bool may_create(const struct sea_routes *r, uint32_t flags)
{
	return flags & SEA_NLM_F_CREATE ||
	       (r->family == SEA_AF_INET6 && !(flags & SEA_NLM_F_REPLACE));
}

/* IPv6 says so where there is no such prefix. */
static int refuse_to_replace(struct draft *d, uint32_t table)
{
	const struct sea_route_table *t = sea_route_table_find(d->r, table);

	if (d->r->family == SEA_AF_INET || !d->like.prefix_len ||
	    (t && sea_route_first(t, d->like.key, d->like.prefix_len)))
		return -ENOENT;
	return sea_routes_refuse(d->r, -ENOENT, "Can not replace route - no match found");
}

static int put_first(struct draft *d, uint32_t table, uint32_t flags)
{
	if (!may_create(d->r, flags))
		return refuse_to_replace(d, table);
	d->r->news_flags = SEA_NLM_F_CREATE;
	if (d->r->family == SEA_AF_INET || !d->route->n_hops)
		d->r->news_flags |= SEA_NLM_F_EXCL;
	else if (flags & SEA_NLM_F_REPLACE)
		d->r->news_flags = SEA_NLM_F_REPLACE;
	if (d->r->family == SEA_AF_INET6)
		d->r->news_flags |= flags & SEA_NLM_F_APPEND;
	return sea_route_node_add(d->r, table, &d->spec, SEA_ROUTE_BEHIND_EQUALS);
}

static int put(struct draft *d, uint32_t table, uint32_t flags)
{
	struct sea_route_node *first = alternative(d->r, table, &d->like), *with;

	if (!first)
		return put_first(d, table, flags);
	if (flags & SEA_NLM_F_EXCL)
		return -EEXIST;
	d->r->news_flags = SEA_NLM_F_REPLACE;
	if (flags & SEA_NLM_F_REPLACE)
		return replace(d, first);
	if (d->r->family == SEA_AF_INET ? perfect_match(first, &d->spec) != NULL
					: is_there6(first, &d->spec))
		return -EEXIST;
	if (!(flags & SEA_NLM_F_CREATE) && d->r->family == SEA_AF_INET)
		return -ENOENT;
	d->r->news_flags = (uint16_t)(SEA_NLM_F_CREATE | (flags & SEA_NLM_F_APPEND));
	with = sharing(d->r, first, &d->spec);
	if (with)
		return join(d, with);
	return sea_route_node_add(d->r, table, &d->spec,
				  flags & SEA_NLM_F_APPEND || d->r->family == SEA_AF_INET6
					  ? SEA_ROUTE_BEHIND_EQUALS
					  : SEA_ROUTE_BEFORE_EQUALS);
}

static uint32_t table_of(const struct sea_route *route)
{
	return route->table ? route->table : SEA_TABLE_MAIN;
}

static int check_and_put(struct draft *d, uint32_t flags)
{
	int err = take_metrics(d);

	if (!err)
		err = check_type(d->r, d->route);
	if (!err)
		err = take_ways(d);
	if (!err && !(d->r->family == SEA_AF_INET && is_refusal(d->route->type)) &&
	    !prefsrc_valid(d->r, d->route))
		err = refuse_prefsrc(d);
	return err ? err : put(d, table_of(d->route), flags);
}

int sea_routes_change(struct sea_routes *r, const struct sea_route *route, uint32_t flags)
{
	struct draft d = { .r = r, .route = route };
	size_t room = SEA_ROUTE_HOPS_MAX * sizeof(*d.ways);
	int err = check_shape(r, route);

	if (err)
		return err;
	fill_like(&d);
	d.ways = &d.like;
	if (route->n_hops || route->nexthop || flags != (SEA_NLM_F_CREATE | SEA_NLM_F_EXCL)) {
		d.ways = sea_pool_alloc(&r->stack->shard.pool, room);
		if (!d.ways)
			return -ENOMEM;
	}
	d.spec.ways = d.ways;
	err = check_and_put(&d, flags);
	r->news_flags = r->news_way = 0;
	if (d.ways != &d.like)
		sea_pool_free(&r->stack->shard.pool, d.ways, room);
	return err;
}

int sea_routes_add(struct sea_routes *r, const struct sea_route *route)
{
	return sea_routes_change(r, route, SEA_NLM_F_CREATE | SEA_NLM_F_EXCL);
}
