/* SPDX-License-Identifier: Apache-2.0 */
/* Routes as they are configured: what rtnetlink(7) lets in, finds again and shows. */
#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "core/stack.h"
#include "ip/route.h"

static struct sea_ipaddr ipaddr_of(const struct sea_addr *addr)
{
	struct sea_ipaddr a;

	memcpy(a.b, addr->b, sizeof(a.b));
	return a;
}

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

static int check_shape(const struct sea_routes *r, const struct sea_route *route)
{
	int scope = type_scope(route->type);

	if (route->size != sizeof(*route) || route->dst.family != r->family || scope < 0)
		return -EINVAL;
	if (route->prefix_len > r->addr_len * 8 ||
	    !host_bits_clear(route->dst.b, route->prefix_len, r->addr_len))
		return -EINVAL;
	if ((int)route->scope < scope || route->scope >= SEA_SCOPE_NOWHERE)
		return -EINVAL;
	if ((route->gateway.family && route->gateway.family != r->family) ||
	    (route->prefsrc.family && route->prefsrc.family != r->family))
		return -EINVAL;
	if (r->family == SEA_AF_INET && (route->pref || route->expires_s))
		return -EINVAL;
	if (is_refusal(route->type) && (route->ifindex || route->gateway.family))
		return -EINVAL;
	return 0;
}

/* The gateway must stand on a link of ours: its own route is one of scope link or nearer. */
static int gateway_link(const struct sea_routes *r, const struct sea_route *route,
			struct sea_link **link)
{
	const struct sea_flow flow = { .family = r->family,
				       .oif = route->ifindex,
				       .dst = ipaddr_of(&route->gateway) };
	uint8_t scope = route->scope < SEA_SCOPE_LINK ? SEA_SCOPE_LINK
						      : (uint8_t)(route->scope + 1);
	const struct sea_route_entry *e;

	if (route->scope >= SEA_SCOPE_LINK)
		return -EINVAL;
	if (sea_routes_lookup_scoped(r, &flow, scope, &e))
		return -ENETUNREACH;
	if (e->type != SEA_ROUTE_UNICAST && e->type != SEA_ROUTE_LOCAL)
		return -EINVAL;
	*link = e->link;
	return e->link->up ? 0 : -ENETDOWN;
}

static int find_link(const struct sea_routes *r, const struct sea_route *route,
		     struct sea_link **link)
{
	*link = NULL;
	if (is_refusal(route->type))
		return 0;
	if (route->ifindex) {
		*link = sea_link_by_index(r->stack, route->ifindex);
		if (!*link)
			return -ENODEV;
	}
	if (route->scope == SEA_SCOPE_HOST)
		return route->gateway.family ? -EINVAL : *link ? 0 : -ENODEV;
	if (route->gateway.family)
		return gateway_link(r, route, link);
	if (!*link)
		return -ENODEV;
	return (*link)->up ? 0 : -ENETDOWN;
}

static bool prefsrc_valid(const struct sea_routes *r, const struct sea_route *route)
{
	struct sea_ipaddr src = ipaddr_of(&route->prefsrc), dst = ipaddr_of(&route->dst);

	if (!route->prefsrc.family)
		return true;
	if (route->type == SEA_ROUTE_LOCAL && sea_ipaddr_equal(&src, &dst))
		return true;
	return sea_ip_ops_of(r->stack, r->family)->addr_type(r->stack, &src, 0) == SEA_ROUTE_LOCAL;
}

static void fill_entry(const struct sea_routes *r, const struct sea_route *route,
		       struct sea_link *link, struct sea_route_entry *e)
{
	*e = (struct sea_route_entry){
		.prefix_len = route->prefix_len,
		.tos = route->tos,
		.type = (uint8_t)route->type,
		.scope = (uint8_t)route->scope,
		.protocol = route->protocol,
		.has_gateway = route->gateway.family,
		.has_prefsrc = route->prefsrc.family,
		.metric = route->metric,
		.mtu = route->mtu,
		.pref = (uint8_t)route->pref,
		.link = link,
	};
	memcpy(e->key, route->dst.b, sizeof(e->key));
	if (e->has_gateway)
		e->gateway = ipaddr_of(&route->gateway);
	if (e->has_prefsrc)
		e->prefsrc = ipaddr_of(&route->prefsrc);
	if (route->expires_s)
		e->expires = sea_time_add(r->stack->shard.now, route->expires_s * SEA_SEC);
}

static uint32_t table_of(const struct sea_route *route)
{
	return route->table ? route->table : SEA_TABLE_MAIN;
}

/* An alternative with this tos and metric, or NULL. */
static const struct sea_route_entry *alternative(const struct sea_routes *r, uint32_t table,
						 const struct sea_route_entry *like)
{
	const struct sea_route_table *t = r->tables;
	const struct sea_route_entry *e;

	while (t && t->id != table)
		t = t->next;
	e = t ? sea_lpm_get(&t->lpm, like->key, like->prefix_len) : NULL;
	while (e && (e->tos != like->tos || e->metric != like->metric))
		e = e->next;
	return e;
}

int sea_routes_add(struct sea_routes *r, const struct sea_route *route)
{
	struct sea_route_entry e;
	struct sea_link *link;
	int err = check_shape(r, route);

	if (!err)
		err = find_link(r, route, &link);
	if (err)
		return err;
	if (!prefsrc_valid(r, route))
		return -EINVAL;
	fill_entry(r, route, link, &e);
	if (alternative(r, table_of(route), &e))
		return -EEXIST;
	return sea_routes_insert(r, table_of(route), &e);
}

int sea_routes_restore(struct sea_routes *r, const struct sea_route *route)
{
	struct sea_link *link = sea_link_by_index(r->stack, route->ifindex);
	struct sea_route_entry e;

	if (!link == !is_refusal(route->type))
		return -EINVAL;
	fill_entry(r, route, link, &e);
	return sea_routes_insert(r, route->table, &e);
}

/* Does the entry have all that the caller said about what to delete? */
static bool described(const struct sea_route_entry *e, const struct sea_route *route)
{
	if (e->tos != route->tos || (route->metric && e->metric != route->metric))
		return false;
	if (route->type && e->type != route->type)
		return false;
	if (route->ifindex && (!e->link || e->link->ifindex != route->ifindex))
		return false;
	return !route->gateway.family ||
	       (e->has_gateway && !memcmp(e->gateway.b, route->gateway.b, sizeof(e->gateway.b)));
}

int sea_routes_del(struct sea_routes *r, const struct sea_route *route)
{
	const struct sea_route_table *t = r->tables;
	struct sea_route_entry *e, gone;

	if (route->size != sizeof(*route) || route->dst.family != r->family ||
	    route->prefix_len > r->addr_len * 8 ||
	    !host_bits_clear(route->dst.b, route->prefix_len, r->addr_len))
		return -EINVAL;
	while (t && t->id != table_of(route))
		t = t->next;
	e = t ? sea_lpm_get(&t->lpm, route->dst.b, route->prefix_len) : NULL;
	while (e && !described(e, route))
		e = e->next;
	if (!e)
		return -ESRCH;
	gone = *e;
	sea_routes_remove(r, t->id, &gone);
	return 0;
}

/* -- showing -- */

/* Whole seconds, rounded up: what expires is never shown as what does not. */
static uint32_t seconds_left(const struct sea_routes *r, const struct sea_route_entry *e)
{
	int64_t left = sea_time_diff(e->expires, r->stack->shard.now);

	if (!e->expires.ns)
		return 0;
	return left > 0 ? (uint32_t)((left + SEA_SEC - 1) / SEA_SEC) : 1;
}

static void show(const struct sea_routes *r, uint32_t table, const struct sea_route_entry *e,
		 struct sea_route *route)
{
	*route = (struct sea_route){
		.size = sizeof(*route),
		.dst = { .family = r->family },
		.prefix_len = e->prefix_len,
		.tos = e->tos,
		.type = (enum sea_route_type)e->type,
		.scope = (enum sea_scope)e->scope,
		.table = table,
		.metric = e->metric,
		.ifindex = e->link ? e->link->ifindex : 0,
		.gateway = { .family = e->has_gateway ? r->family : 0 },
		.prefsrc = { .family = e->has_prefsrc ? r->family : 0 },
		.mtu = e->mtu,
		.protocol = e->protocol,
		.pref = (enum sea_route_pref)e->pref,
		.expires_s = seconds_left(r, e),
	};
	memcpy(route->dst.b, e->key, sizeof(route->dst.b));
	memcpy(route->gateway.b, e->gateway.b, sizeof(route->gateway.b));
	memcpy(route->prefsrc.b, e->prefsrc.b, sizeof(route->prefsrc.b));
}

/*
 * A cursor is a place, so that routes may come and go between calls: the table's rank (10 bits), the
 * alternative's (16), the prefix length (6) and the prefix (32). IPv6 prefixes do not fit.
 */
struct place {
	unsigned table, alternative;
	int len;
	uint8_t key[16];
};

static struct place place_of(uint64_t cursor)
{
	struct place p = { .table = (unsigned)(cursor >> 54),
			   .alternative = (unsigned)(cursor >> 38 & 0xffff),
			   .len = (int)(cursor >> 32 & 0x3f) };

	sea_put32(p.key, (uint32_t)cursor);
	return p;
}

static uint64_t cursor_of(const struct place *p)
{
	return (uint64_t)p->table << 54 | (uint64_t)p->alternative << 38 | (uint64_t)p->len << 32 |
	       sea_get32(p->key);
}

static const struct sea_route_table *table_at(const struct sea_routes *r, unsigned rank)
{
	const struct sea_route_table *t = r->tables;

	while (t && rank--)
		t = t->next;
	return t;
}

/* The entry at the place, or the first after it; moves the place there. */
static const struct sea_route_entry *settle(const struct sea_routes *r, struct place *p)
{
	const struct sea_route_table *t;
	const struct sea_route_entry *e;

	while ((t = table_at(r, p->table))) {
		e = sea_lpm_get(&t->lpm, p->key, (uint8_t)p->len);
		for (unsigned i = 0; e && i < p->alternative; i++)
			e = e->next;
		if (!e) {
			p->alternative = 0;
			e = sea_lpm_next(&t->lpm, p->key, &p->len);
		}
		if (e)
			return e;
		*p = (struct place){ .table = p->table + 1 };
	}
	return NULL;
}

bool sea_routes_next(const struct sea_routes *r, uint64_t *cursor, struct sea_route *route)
{
	struct place p = place_of(*cursor);
	const struct sea_route_entry *e = settle(r, &p);

	if (!e)
		return false;
	show(r, table_at(r, p.table)->id, e, route);
	p.alternative++;
	*cursor = cursor_of(&p);
	return true;
}
