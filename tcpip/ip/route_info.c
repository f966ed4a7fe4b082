/* SPDX-License-Identifier: Apache-2.0 */
/* What routes share: made once for all that say the same, and gone for all of them at once. */
#include "ip/route_info.h"

#include <string.h>

#include "core/link.h"
#include "ip/ipv4.h"
#include "ip/ipv6.h"
#include "ip/metrics.h"
#include "ip/nexthop.h"

#define HASH_SPAN (UINT64_C(1) << 31)

/* -- equality -- */

bool sea_route_metrics_equal(const struct sea_route_metrics *a, const struct sea_route_metrics *b)
{
	static const struct sea_route_metrics none;

	a = a ? a : &none;
	b = b ? b : &none;
	return a->mtu == b->mtu && a->mtu_lock == b->mtu_lock && a->quickack == b->quickack &&
	       a->ecn == b->ecn && a->hoplimit == b->hoplimit && a->advmss == b->advmss &&
	       a->window == b->window && a->initcwnd == b->initcwnd && a->initrwnd == b->initrwnd &&
	       a->rto_min_ms == b->rto_min_ms && a->rto_min_unlocked == b->rto_min_unlocked &&
	       !strcmp(a->congctl, b->congctl);
}

static uint16_t weight_of(const struct sea_route_entry *e)
{
	return e->weight ? e->weight : 1;
}

static bool same_way(const struct sea_route_entry *a, const struct sea_route_entry *b)
{
	return a->link == b->link && a->has_gateway == b->has_gateway &&
	       a->gateway6 == b->gateway6 && sea_ipaddr_equal(&a->gateway, &b->gateway) &&
	       weight_of(a) == weight_of(b) && !((a->flags ^ b->flags) & SEA_RTNH_F_ONLINK);
}

bool sea_route_entry_equal(const struct sea_route_entry *a, const struct sea_route_entry *b)
{
	return a->metric == b->metric && a->type == b->type && a->scope == b->scope &&
	       a->protocol == b->protocol && a->nexthop == b->nexthop && a->src_len == b->src_len &&
	       sea_ipaddr_equal(&a->src, &b->src) && a->has_prefsrc == b->has_prefsrc &&
	       sea_ipaddr_equal(&a->prefsrc, &b->prefsrc) && same_way(a, b);
}

static bool says(const struct sea_route_info *info, const struct sea_route_spec *spec)
{
	const struct sea_route_entry *a = &info->ways[0].entry, *b = &spec->ways[0];

	if (info->n_ways != spec->n || info->nexthop != spec->nexthop || a->pref != b->pref ||
	    !sea_route_entry_equal(a, b) || !sea_route_metrics_equal(a->metrics, b->metrics))
		return false;
	for (unsigned i = 1; i < spec->n; i++)
		if (!same_way(&info->ways[i].entry, &spec->ways[i]))
			return false;
	return true;
}

bool sea_route_uses_link(const struct sea_route_entry *e, const struct sea_link *link)
{
	const struct sea_route_info *info =
		sea_container(e, const struct sea_route_way, entry)->info;

	for (unsigned i = 0; i < info->n_ways; i++)
		if (info->ways[i].entry.link == link)
			return true;
	return false;
}

bool sea_route_is_choice(const struct sea_route_entry *e)
{
	return sea_container(e, const struct sea_route_way, entry)->info->n_ways > 1;
}

static uint32_t hash(const struct sea_routes *r, const struct sea_route_spec *spec)
{
	const struct sea_route_entry *e = &spec->ways[0];
	uint8_t key[52] = { e->type, e->scope, e->protocol, (uint8_t)spec->n };

	sea_put32(key + 4, e->metric);
	sea_put32(key + 8, e->nexthop);
	sea_put32(key + 12, e->link ? (uint32_t)e->link->ifindex : 0);
	memcpy(key + 16, e->gateway.b, 16);
	memcpy(key + 32, e->prefsrc.b, 16);
	sea_put32(key + 48, e->metrics ? e->metrics->mtu : 0);
	return (uint32_t)sea_siphash13(&r->info_key, key, sizeof(key));
}

/* -- ways -- */

static bool ignores_linkdown(const struct sea_routes *r, const struct sea_link *link)
{
	if (r->family == SEA_AF_INET)
		return link->ip4 && SEA_CONF4_OR(link, ignore_routes_with_linkdown);
	return link->ip6 && SEA_CONF6_OR(link, ignore_routes_with_linkdown);
}

static uint8_t flags_of(const struct sea_routes *r, const struct sea_route_entry *e)
{
	uint8_t flags = e->flags & SEA_RTNH_F_ONLINK;

	if (!e->link || e->type == SEA_ROUTE_LOCAL)
		return flags;
	if (!e->link->up)
		flags |= SEA_RTNH_F_DEAD | SEA_RTNH_F_LINKDOWN;
	else if (!e->link->carrier)
		flags |= SEA_RTNH_F_LINKDOWN;
	if (flags & SEA_RTNH_F_LINKDOWN && ignores_linkdown(r, e->link))
		flags |= SEA_ROUTE_F_IGNORED;
	return flags;
}

/* Each usable way gets its share of all flow hashes, by weight (RFC 2992 §2, hash threshold). */
static void share(struct sea_route_info *info)
{
	uint64_t total = 0, sum = 0;

	for (unsigned i = 0; i < info->n_ways; i++)
		if (!(info->ways[i].entry.flags & SEA_ROUTE_F_UNUSABLE))
			total += weight_of(&info->ways[i].entry);
	for (unsigned i = 0; i < info->n_ways; i++) {
		if (info->ways[i].entry.flags & SEA_ROUTE_F_UNUSABLE)
			continue;
		sum += weight_of(&info->ways[i].entry);
		info->ways[i].upper = (uint32_t)(HASH_SPAN * sum / total - 1);
	}
}

void sea_route_info_refresh(const struct sea_routes *r, struct sea_route_info *info)
{
	info->n_alive = 0;
	for (unsigned i = 0; i < info->n_ways; i++) {
		struct sea_route_entry *e = &info->ways[i].entry;

		e->flags = flags_of(r, e);
		if (!(e->flags & SEA_RTNH_F_DEAD))
			info->n_alive++;
	}
	if (info->n_ways > 1)
		share(info);
}

static void free_ways(struct sea_routes *r, struct sea_route_info *info)
{
	if (info->ways && info->ways != &info->one)
		sea_pool_free(&r->stack->shard.pool, info->ways,
			      info->room * sizeof(info->ways[0]));
}

/* Room to show several ways is there from the first route that has some. */
static bool may_be_shown(struct sea_routes *r)
{
	if (!r->shown)
		r->shown = sea_pool_zalloc(&r->stack->shard.pool,
					   SEA_ROUTE_HOPS_MAX * sizeof(*r->shown));
	return r->shown;
}

bool sea_route_info_reserve(struct sea_routes *r, struct sea_route_info *info, unsigned n)
{
	struct sea_route_way *to = &info->one;

	if (n <= info->room)
		return true;
	if (n > 1 && !may_be_shown(r))
		return false;
	if (n > 1)
		to = sea_pool_alloc(&r->stack->shard.pool, n * sizeof(*to));
	if (!to)
		return false;
	if (info->n_ways && to != info->ways)
		memcpy(to, info->ways, info->n_ways * sizeof(*to));
	free_ways(r, info);
	info->ways = to;
	info->room = (uint16_t)n;
	return true;
}

void sea_route_info_set_ways(const struct sea_routes *r, struct sea_route_info *info,
			     const struct sea_route_entry *ways, unsigned n)
{
	info->n_ways = (uint16_t)n;
	for (unsigned i = 0; i < n; i++) {
		info->ways[i].entry = ways[i];
		info->ways[i].entry.metrics = info->metrics ? &info->metrics->m : NULL;
		info->ways[i].info = info;
		info->ways[i].upper = 0;
	}
	sea_route_info_refresh(r, info);
}

void sea_route_info_drop_way(struct sea_routes *r, struct sea_route_info *info, unsigned i)
{
	memmove(&info->ways[i], &info->ways[i + 1], (info->n_ways - i - 1) * sizeof(info->ways[0]));
	info->n_ways--;
	sea_route_info_refresh(r, info);
}

/* -- metrics -- */

static bool take_metrics(struct sea_routes *r, struct sea_route_info *info,
			 const struct sea_route_metrics *metrics)
{
	if (sea_route_metrics_equal(metrics, NULL))
		return true;
	info->metrics = sea_metrics_new(r->stack, metrics);
	return info->metrics;
}

uint32_t sea_route_hold_metrics(struct sea_stack *stack, const struct sea_route_entry *e)
{
	uint32_t id = e->metrics ? sea_container(e->metrics, struct sea_metrics, m)->id : 0;

	sea_metrics_get(stack, id);
	return id;
}

/* -- infos -- */

static struct sea_route_info *find(const struct sea_routes *r, const struct sea_route_spec *spec,
				   uint32_t h)
{
	struct sea_hnode *node = sea_htable_first(&r->infos, h);

	for (; node; node = sea_hnode_next(node)) {
		struct sea_route_info *info = sea_container(node, struct sea_route_info, hnode);

		if (says(info, spec))
			return info;
	}
	return NULL;
}

static void free_info(struct sea_routes *r, struct sea_route_info *info)
{
	sea_route_id_put(r, info);
	free_ways(r, info);
	sea_metrics_put(r->stack, info->metrics ? info->metrics->id : 0);
	sea_pool_free(&r->stack->shard.pool, info, sizeof(*info));
}

static void await_expiry(struct sea_routes *r, sea_time when)
{
	if (sea_time_before(when, r->expiry.deadline))
		sea_stack_arm(r->stack, &r->expiry, when);
}

/* What expires does so alone. */
static int enlist(struct sea_routes *r, struct sea_route_info *info, uint32_t h)
{
	sea_time expires = info->ways[0].entry.expires;

	if (expires.ns) {
		sea_list_push_back(&r->expiring, &info->all);
		await_expiry(r, expires);
		return 0;
	}
	if (sea_htable_insert(&r->infos, &info->hnode, h))
		return -1;
	sea_list_push_back(&r->all_infos, &info->all);
	return 0;
}

static struct sea_route_info *make(struct sea_routes *r, const struct sea_route_spec *spec,
				   uint32_t h)
{
	struct sea_route_info *info = sea_pool_zalloc(&r->stack->shard.pool, sizeof(*info));

	if (!info)
		return NULL;
	info->routes = r;
	info->nexthop = spec->nexthop;
	sea_list_init(&info->all);
	sea_list_init(&info->nodes);
	sea_list_init(&info->of_nexthop);
	sea_route_id_get(r, info);
	if (!take_metrics(r, info, spec->ways[0].metrics) ||
	    !sea_route_info_reserve(r, info, spec->n))
		goto no_memory;
	sea_route_info_set_ways(r, info, spec->ways, spec->n);
	if (enlist(r, info, h))
		goto no_memory;
	if (spec->nexthop)
		sea_list_push_back(&spec->nexthop->infos, &info->of_nexthop);
	return info;
no_memory:
	free_info(r, info);
	return NULL;
}

struct sea_route_info *sea_route_info_get(struct sea_routes *r, const struct sea_route_spec *spec)
{
	uint32_t h = hash(r, spec);
	struct sea_route_info *info = spec->ways[0].expires.ns ? NULL : find(r, spec, h);

	return info ? info : make(r, spec, h);
}

static void leave_tables(struct sea_routes *r, struct sea_route_info *info)
{
	if (info->hnode.linked)
		sea_htable_remove(&r->infos, &info->hnode);
	sea_list_remove(&info->all);
	sea_list_remove(&info->of_nexthop);
}

void sea_route_info_settle(struct sea_routes *r, struct sea_route_info *info)
{
	if (!sea_list_empty(&info->nodes))
		return;
	leave_tables(r, info);
	free_info(r, info);
}

/* As Linux where they go with their nexthop object. */
static void tell_last_first(struct sea_routes *r, const struct sea_route_info *info)
{
	const struct sea_list *node;

	for (node = info->nodes.prev; node != &info->nodes; node = node->prev)
		sea_route_tell(r, sea_container(node, struct sea_route_node, of_info), true);
}

/* IPv4's routes go without a word, as on Linux. */
static void tell_all(struct sea_routes *r, const struct sea_route_info *info)
{
	struct sea_list *node, *tmp;

	if (!r->stack->route_observer || r->family == SEA_AF_INET)
		return;
	if (info->nexthop) {
		tell_last_first(r, info);
		return;
	}
	SEA_LIST_EACH(node, tmp, &info->nodes)
	sea_route_tell(r, sea_container(node, struct sea_route_node, of_info), true);
}

void sea_route_info_bury(struct sea_routes *r, struct sea_route_info *info)
{
	tell_all(r, info);
	leave_tables(r, info);
	info->gone = true;
	for (unsigned i = 0; i < info->n_ways; i++)
		info->ways[i].entry.link = NULL;
	sea_list_push_back(&r->gone, &info->all);
	sea_stack_defer(r->stack, &r->reaper);
	sea_stack_routes_changed(r->stack);
}

void sea_route_info_postpone(struct sea_routes *r, struct sea_route_info *info,
			     const struct sea_route_entry *to)
{
	for (unsigned i = 0; i < info->n_ways; i++) {
		info->ways[i].entry.expires = to->expires;
		info->ways[i].entry.pref = to->pref;
	}
	await_expiry(r, to->expires);
}

/* Lookups see at once what is over; its memory comes back within a second of the first. */
void sea_routes_expire(struct sea_timer *timer, sea_time now)
{
	struct sea_routes *r = sea_container(timer, struct sea_routes, expiry);
	sea_time next = SEA_TIME_NEVER;
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &r->expiring)
	{
		struct sea_route_info *info = sea_container(node, struct sea_route_info, all);

		if (sea_route_is_expired(r, &info->ways[0].entry))
			sea_route_info_bury(r, info);
		else
			next = sea_time_min(next, info->ways[0].entry.expires);
	}
	if (!sea_time_is_never(next))
		sea_stack_arm(r->stack, timer, sea_time_max(next, sea_time_add(now, SEA_SEC)));
}

static bool leads_by(const struct sea_route_info *info, const struct sea_link *link,
		     const struct sea_ipaddr *gateway)
{
	for (unsigned i = 0; i < info->n_ways; i++) {
		const struct sea_route_entry *e = &info->ways[i].entry;

		if (e->has_gateway && e->link == link && !(e->flags & SEA_RTNH_F_DEAD) &&
		    sea_ipaddr_equal(&e->gateway, gateway))
			return true;
	}
	return false;
}

bool sea_routes_has_gateway(const struct sea_routes *r, const struct sea_link *link,
			    const struct sea_ipaddr *gateway)
{
	const struct sea_list *lists[] = { &r->all_infos, &r->expiring };
	struct sea_list *node, *tmp;

	for (unsigned i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		SEA_LIST_EACH(node, tmp, lists[i])
		if (leads_by(sea_container(node, struct sea_route_info, all), link, gateway))
			return true;
	}
	return false;
}
