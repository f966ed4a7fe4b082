/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The routes that advertisements left on a link: bounded lists beside table main, which holds the
 * routes themselves, uses them and lets them expire.
 */
#include <errno.h>

#include "core/save.h"
#include "ip/ipv6.h"
#include "ip/l3mdev.h"
#include "ip/nd_host.h"

static const unsigned most[SEA_RA_KINDS] = {
	[SEA_RA_ROUTER] = SEA_RA_ROUTERS_MAX,
	[SEA_RA_PREFIX] = SEA_RA_PREFIXES_MAX,
	[SEA_RA_ROUTE] = SEA_RA_ROUTES_MAX,
};

static struct sea_ra_route *route_of(struct sea_list *node)
{
	return sea_container(node, struct sea_ra_route, node);
}

static struct sea_nd_host *host_of(const struct sea_link *link)
{
	return &sea_link_ip6(link)->host;
}

static struct sea_routes *routes_of(const struct sea_link *link)
{
	return &sea_ipv6_of(link->stack)->routes;
}

/* -- the list -- */

static void forget(struct sea_link *link, struct sea_ra_route *r)
{
	sea_list_remove(&r->node);
	host_of(link)->n_routes[r->kind]--;
	sea_pool_free(&link->stack->shard.pool, r, sizeof(*r));
}

static bool is_expired(const struct sea_link *link, const struct sea_ra_route *r)
{
	return r->entry.expires.ns && !sea_time_before(link->stack->shard.now, r->entry.expires);
}

/* The table let go of them already. */
static void forget_expired(struct sea_link *link)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &host_of(link)->routes)
	if (is_expired(link, route_of(node)))
		forget(link, route_of(node));
}

static bool same_way(const struct sea_route_entry *a, const struct sea_route_entry *b)
{
	return a->prefix_len == b->prefix_len && !memcmp(a->key, b->key, sizeof(a->key)) &&
	       a->has_gateway == b->has_gateway && sea_ipaddr_equal(&a->gateway, &b->gateway);
}

static struct sea_ra_route *find(const struct sea_link *link, enum sea_ra_kind kind,
				 const struct sea_route_entry *entry)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &host_of(link)->routes)
	if (route_of(node)->kind == kind && same_way(&route_of(node)->entry, entry))
		return route_of(node);
	return NULL;
}

static void count_refused(const struct sea_link *link)
{
	sea_stack_count(link->stack, SEA_MIB_SeaRaRefused);
}

static struct sea_ra_route *append(struct sea_link *link, enum sea_ra_kind kind,
				   const struct sea_route_entry *entry)
{
	struct sea_nd_host *host = host_of(link);
	struct sea_ra_route *r;

	forget_expired(link);
	if (host->n_routes[kind] >= most[kind])
		return NULL;
	r = sea_pool_zalloc(&link->stack->shard.pool, sizeof(*r));
	if (!r)
		return NULL;
	r->kind = kind;
	r->entry = *entry;
	sea_list_push_back(&host->routes, &r->node);
	host->n_routes[kind]++;
	return r;
}

/* -- the table -- */

static void remove_route(struct sea_link *link, struct sea_ra_route *r)
{
	sea_routes_remove(routes_of(link), sea_l3mdev_table_of(link, SEA_TABLE_MAIN), &r->entry);
	forget(link, r);
}

static void put(struct sea_link *link, struct sea_ra_route *r)
{
	if (sea_routes_refresh(routes_of(link), sea_l3mdev_table_of(link, SEA_TABLE_MAIN),
			       &r->entry)) {
		forget(link, r);
		count_refused(link);
	}
}

/* A prefix that an address brought along, or a route that was configured, is not ours to change. */
static void add(struct sea_link *link, enum sea_ra_kind kind, const struct sea_route_entry *entry)
{
	struct sea_ra_route *r = append(link, kind, entry);
	int err;

	if (!r) {
		count_refused(link);
		return;
	}
	err = sea_routes_insert(routes_of(link), sea_l3mdev_table_of(link, SEA_TABLE_MAIN), entry);
	if (!err)
		return;
	forget(link, r);
	if (err != -EEXIST)
		count_refused(link);
}

void sea_ra_route_set(struct sea_link *link, enum sea_ra_kind kind,
		      const struct sea_route_entry *entry)
{
	struct sea_ra_route *r = find(link, kind, entry);

	if (r && r->entry.metric != entry->metric) { /* ra_defrtr_metric is another now */
		remove_route(link, r);
		r = NULL;
	}
	if (!r) {
		add(link, kind, entry);
		return;
	}
	r->entry.expires = entry->expires;
	r->entry.pref = entry->pref;
	put(link, r);
}

bool sea_ra_route_withdraw(struct sea_link *link, enum sea_ra_kind kind,
			   const struct sea_route_entry *entry)
{
	struct sea_ra_route *r = find(link, kind, entry);

	if (r)
		remove_route(link, r);
	return r;
}

/* -- routers -- */

struct sea_ra_route *sea_ra_router_find(const struct sea_link *link,
					const struct sea_ipaddr *router)
{
	const struct sea_route_entry like = { .has_gateway = true, .gateway = *router };

	return find(link, SEA_RA_ROUTER, &like);
}

static int64_t probe_ns(const struct sea_link *link)
{
	return sea_link_ip6(link)->conf.router_probe_interval * SEA_SEC;
}

bool sea_ra_router_failed(struct sea_link *link, const struct sea_ipaddr *router, bool failed)
{
	struct sea_ra_route *r = sea_ra_router_find(link, router);

	if (!r || is_expired(link, r))
		return false;
	if (failed && !r->silent) {
		r->probe_at = sea_time_add(link->stack->shard.now, probe_ns(link));
		sea_ip6_await(link->stack, r->probe_at);
	}
	r->silent = failed;
	return true;
}

static void probe(struct sea_link *link, const struct sea_ra_route *r)
{
	struct sea_neigh *n =
		sea_neigh_get(&sea_ipv6_of(link->stack)->neigh, link, &r->entry.gateway);

	if (!n)
		return; /* the next time, then */
	sea_neigh_probe(n);
	sea_neigh_put(n);
}

void sea_ra_routers_probe(struct sea_link *link, sea_time now, sea_time *next)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &host_of(link)->routes)
	{
		struct sea_ra_route *r = route_of(node);

		if (!r->silent || probe_ns(link) <= 0)
			continue;
		if (!sea_time_before(now, r->probe_at)) {
			r->probe_at = sea_time_add(now, probe_ns(link));
			probe(link, r);
		}
		*next = sea_time_min(*next, r->probe_at);
	}
}

/* More-specific routes over it stay, as on Linux: they are not what made it a default router. */
void sea_ra_router_gone(struct sea_link *link, const struct sea_ipaddr *router)
{
	struct sea_ra_route *r = sea_ra_router_find(link, router);

	if (r)
		remove_route(link, r);
}

void sea_ra_routers_purge(struct sea_link *link)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &host_of(link)->routes)
	if (route_of(node)->kind == SEA_RA_ROUTER)
		remove_route(link, route_of(node));
}

/* -- saving; the table's routes are saved with the table -- */

static void save_route(const struct sea_ra_route *r, struct sea_saver *to)
{
	sea_save_u8(to, (uint8_t)r->kind);
	sea_save_bytes(to, r->entry.key, sizeof(r->entry.key));
	sea_save_u8(to, r->entry.prefix_len);
	sea_save_u8(to, r->entry.protocol);
	sea_save_u8(to, r->entry.pref);
	sea_save_u32(to, r->entry.metric);
	sea_save_u8(to, r->entry.has_gateway);
	sea_save_bytes(to, r->entry.gateway.b, sizeof(r->entry.gateway.b));
	sea_save_time(to, r->entry.expires);
	sea_save_u8(to, r->silent);
	sea_save_time(to, r->probe_at);
}

static void load_route(struct sea_link *link, struct sea_loader *from)
{
	struct sea_route_entry e = { .type = SEA_ROUTE_UNICAST, .link = link };
	uint8_t kind = sea_load_u8(from);
	struct sea_ra_route *r;
	sea_time probe_at;
	bool silent;

	sea_load_bytes(from, e.key, sizeof(e.key));
	e.prefix_len = sea_load_u8(from);
	e.protocol = sea_load_u8(from);
	e.pref = sea_load_u8(from);
	e.metric = sea_load_u32(from);
	e.has_gateway = sea_load_u8(from);
	sea_load_bytes(from, e.gateway.b, sizeof(e.gateway.b));
	e.expires = sea_load_time(from);
	silent = sea_load_u8(from);
	probe_at = sea_load_time(from);
	if (kind >= SEA_RA_KINDS || e.prefix_len > 128)
		sea_load_fail(from, -EINVAL);
	r = from->err ? NULL : append(link, kind, &e);
	if (!r) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	r->probe_at = probe_at;
	r->silent = silent;
}

void sea_nd_host_save(const struct sea_nd_host *host, struct sea_saver *to)
{
	struct sea_list *node, *tmp;
	uint32_t n = 0;

	sea_save_timer(to, &host->rs_timer);
	sea_save_u32(to, (uint32_t)host->rs_sent);
	sea_save_u64(to, (uint64_t)host->rs_interval_ns);
	sea_save_u8(to, host->ra_received);
	sea_save_u8(to, host->managed);
	sea_save_u8(to, host->other);
	sea_save_u32(to, host->ra_mtu);
	for (unsigned i = 0; i < SEA_RA_KINDS; i++)
		n += host->n_routes[i];
	sea_save_u32(to, n);
	SEA_LIST_EACH(node, tmp, &host->routes)
	save_route(route_of(node), to);
	sea_ra_dns_save(&host->dns, to);
}

void sea_nd_host_load(struct sea_link *link, struct sea_loader *from)
{
	struct sea_nd_host *host = host_of(link);
	uint32_t n;

	sea_nd_host_stop(host, link);
	sea_load_timer(from, link->stack, &host->rs_timer);
	host->rs_sent = (int32_t)sea_load_u32(from);
	host->rs_interval_ns = (int64_t)sea_load_u64(from);
	host->ra_received = sea_load_u8(from);
	host->managed = sea_load_u8(from);
	host->other = sea_load_u8(from);
	host->ra_mtu = sea_load_u32(from);
	n = sea_load_count(from, SEA_RA_ROUTERS_MAX + SEA_RA_PREFIXES_MAX + SEA_RA_ROUTES_MAX);
	while (n-- && !from->err)
		load_route(link, from);
	sea_ra_dns_load(&host->dns, from);
}
