/* SPDX-License-Identifier: Apache-2.0 */
/* Routes as they are shown, in an order that outlives changes: by table, prefix, alternative. */
#include <string.h>

#include "core/link.h"
#include "ip/route_info.h"

/* Whole seconds, rounded up: what expires is never shown as what does not. */
static uint32_t seconds_left(const struct sea_routes *r, const struct sea_route_entry *e)
{
	int64_t left = sea_time_diff(e->expires, r->stack->shard.now);

	if (!e->expires.ns)
		return 0;
	return left > 0 ? (uint32_t)((left + SEA_SEC - 1) / SEA_SEC) : 1;
}

static void put_addr(struct sea_addr *addr, bool there, uint8_t family, const struct sea_ipaddr *a)
{
	addr->family = there ? family : 0;
	memcpy(addr->b, a->b, sizeof(addr->b));
}

static uint8_t gateway_family(const struct sea_routes *r, const struct sea_route_entry *e)
{
	return e->gateway6 ? SEA_AF_INET6 : r->family;
}

static void show_hops(struct sea_routes *r, const struct sea_route_info *info,
		      struct sea_route *route)
{
	const struct sea_route_entry *only = &info->ways[0].entry;

	route->n_hops = info->n_ways > 1 ? info->n_ways : 0;
	if (!route->n_hops) {
		route->ifindex = only->link ? only->link->ifindex : 0;
		route->flags = only->flags & ~SEA_ROUTE_F_IGNORED;
		put_addr(&route->gateway, only->has_gateway, gateway_family(r, only),
			 &only->gateway);
		return;
	}
	route->hops = r->shown;
	for (unsigned i = 0; i < info->n_ways; i++) {
		const struct sea_route_entry *e = &info->ways[i].entry;

		r->shown[i] = (struct sea_route_hop){ .ifindex = e->link->ifindex,
						      .weight = e->weight,
						      .flags = e->flags & ~SEA_ROUTE_F_IGNORED };
		put_addr(&r->shown[i].gateway, e->has_gateway, gateway_family(r, e), &e->gateway);
	}
}

static void show(struct sea_routes *r, const struct sea_route_node *node, struct sea_route *route)
{
	const struct sea_route_entry *e = sea_route_node_entry(node);

	*route = (struct sea_route){
		.size = sizeof(*route),
		.dst = { .family = r->family },
		.prefix_len = node->prefix_len,
		.tos = node->tos,
		.src_len = e->src_len,
		.type = (enum sea_route_type)e->type,
		.scope = (enum sea_scope)e->scope,
		.table = node->table->id,
		.metric = e->metric,
		.nexthop = e->nexthop,
		.protocol = e->protocol,
		.pref = (enum sea_route_pref)e->pref,
		.expires_s = seconds_left(r, e),
	};
	memcpy(route->dst.b, node->key, sizeof(route->dst.b));
	put_addr(&route->src, e->src_len, r->family, &e->src);
	put_addr(&route->prefsrc, e->has_prefsrc, r->family, &e->prefsrc);
	if (e->metrics)
		route->metrics = *e->metrics;
	show_hops(r, node->info, route);
}

/* -- walking -- */

/* place[0]: table + 1, family behind it; [1]: alternative, prefix length; [2], [3]: the prefix. */
struct place {
	uint32_t table;
	unsigned alternative;
	int len;
	uint8_t key[16];
};

static struct place place_of(const struct sea_route_cursor *cursor)
{
	struct place p = { .table = (uint32_t)(cursor->place[0] >> 8),
			   .alternative = (unsigned)(cursor->place[1] >> 8),
			   .len = (int)(cursor->place[1] & 0xff) - 1 };

	memcpy(p.key, &cursor->place[2], sizeof(p.key));
	return p;
}

static void keep_place(struct sea_route_cursor *cursor, uint8_t family, const struct place *p)
{
	cursor->place[0] = (uint64_t)p->table << 8 | family;
	cursor->place[1] = (uint64_t)p->alternative << 8 | (uint64_t)(p->len + 1);
	memcpy(&cursor->place[2], p->key, sizeof(p->key));
}

static const struct sea_route_table *table_from(const struct sea_routes *r, uint32_t id)
{
	const struct sea_route_table *t = r->tables;

	while (t && t->id < id)
		t = t->next;
	return t;
}

static const struct sea_route_node *not_gone(const struct sea_route_node *node)
{
	while (node && node->info->gone)
		node = node->next;
	return node;
}

/* The alternative at the place, or what comes next in this table; moves the place there. */
static const struct sea_route_node *in_table(const struct sea_route_table *t, struct place *p)
{
	const struct sea_route_node *n = NULL;

	if (p->len >= 0) {
		n = sea_route_first(t, p->key, (uint8_t)p->len);
		for (unsigned i = 0; n && i < p->alternative; i++)
			n = sea_route_after(n);
	}
	while (!n) {
		p->alternative = 0;
		n = sea_lpm_next(&t->lpm, p->key, &p->len);
		if (!n)
			return NULL;
		n = not_gone(n);
	}
	return n;
}

bool sea_routes_next(struct sea_routes *r, struct sea_route_cursor *cursor, struct sea_route *route)
{
	struct place p = place_of(cursor);
	const struct sea_route_table *t;

	for (t = table_from(r, p.table); t; t = t->next) {
		const struct sea_route_node *n;

		if (t->id != p.table)
			p = (struct place){ .table = t->id, .len = -1 };
		n = in_table(t, &p);
		if (n) {
			show(r, n, route);
			p.alternative++;
			keep_place(cursor, r->family, &p);
			return true;
		}
	}
	return false;
}
