/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules, nexthop objects and routes written out and read back. What Linux would not let in now (a
 * gateway that is no longer on-link) was let in once: nothing is checked but what memory depends on.
 */
#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "core/save.h"
#include "ip/ip_save.h"
#include "ip/nexthop.h"
#include "ip/route_hop.h"
#include "ip/route_info.h"
#include "ip/route_rule.h"

#define ROUTES_MAX (1u << 26)

/* -- small things -- */

static void save_addr(struct sea_saver *to, const struct sea_addr *addr)
{
	sea_save_u8(to, addr->family);
	sea_save_bytes(to, addr->b, sizeof(addr->b));
}

static void load_addr(struct sea_loader *from, struct sea_addr *addr)
{
	addr->family = sea_load_u8(from);
	sea_load_bytes(from, addr->b, sizeof(addr->b));
}

static void save_ipaddr(struct sea_saver *to, const struct sea_ipaddr *a)
{
	sea_save_bytes(to, a->b, sizeof(a->b));
}

static void load_ipaddr(struct sea_loader *from, struct sea_ipaddr *a)
{
	sea_load_bytes(from, a->b, sizeof(a->b));
}

/* -- rules -- */

static void save_rule(struct sea_saver *to, const struct sea_rule *rule)
{
	sea_save_u8(to, (uint8_t)rule->action);
	sea_save_u32(to, rule->priority);
	sea_save_u8(to, rule->invert);
	sea_save_u8(to, rule->l3mdev);
	save_addr(to, &rule->src);
	save_addr(to, &rule->dst);
	sea_save_u8(to, rule->src_len);
	sea_save_u8(to, rule->dst_len);
	sea_save_text(to, rule->iif);
	sea_save_text(to, rule->oif);
	sea_save_u32(to, rule->mark);
	sea_save_u32(to, rule->mark_mask);
	sea_save_u8(to, rule->tos);
	sea_save_u8(to, rule->dscp);
	sea_save_u8(to, rule->dscp_mask);
	sea_save_u8(to, rule->ip_proto);
	sea_save_u16(to, rule->sport_min);
	sea_save_u16(to, rule->sport_max);
	sea_save_u16(to, rule->dport_min);
	sea_save_u16(to, rule->dport_max);
	sea_save_u32(to, rule->table);
	sea_save_u32(to, rule->target);
	sea_save_u8(to, rule->suppress);
	sea_save_u8(to, rule->suppress_prefix_len);
	sea_save_u8(to, rule->protocol);
}

static void load_name(struct sea_loader *from, char name[16])
{
	char text[256];

	sea_load_text(from, text);
	if (strlen(text) >= 16)
		sea_load_fail(from, -EINVAL);
	else
		memcpy(name, text, strlen(text) + 1);
}

static void load_rule(struct sea_loader *from, struct sea_rule *rule)
{
	rule->action = (enum sea_rule_action)sea_load_u8(from);
	rule->priority = sea_load_u32(from);
	rule->invert = sea_load_u8(from);
	rule->l3mdev = sea_load_u8(from);
	load_addr(from, &rule->src);
	load_addr(from, &rule->dst);
	rule->src_len = sea_load_u8(from);
	rule->dst_len = sea_load_u8(from);
	load_name(from, rule->iif);
	load_name(from, rule->oif);
	rule->mark = sea_load_u32(from);
	rule->mark_mask = sea_load_u32(from);
	rule->tos = sea_load_u8(from);
	rule->dscp = sea_load_u8(from);
	rule->dscp_mask = sea_load_u8(from);
	rule->ip_proto = sea_load_u8(from);
	rule->sport_min = sea_load_u16(from);
	rule->sport_max = sea_load_u16(from);
	rule->dport_min = sea_load_u16(from);
	rule->dport_max = sea_load_u16(from);
	rule->table = sea_load_u32(from);
	rule->target = sea_load_u32(from);
	rule->suppress = sea_load_u8(from);
	rule->suppress_prefix_len = sea_load_u8(from);
	rule->protocol = sea_load_u8(from);
}

static void save_rules(const struct sea_routes *r, struct sea_saver *to)
{
	const struct sea_route_rule *n;

	sea_save_u8(to, r->merged);
	sea_save_u32(to, r->n_rules);
	for (n = r->rules; n; n = n->next)
		save_rule(to, &n->rule);
}

static void load_rules(struct sea_routes *r, struct sea_loader *from)
{
	bool merged = sea_load_u8(from);
	uint32_t n = sea_load_count(from, SEA_RULES_MAX);

	sea_rules_fini(r);
	while (n-- && !from->err) {
		struct sea_rule rule = { .size = sizeof(rule), .family = r->family };

		load_rule(from, &rule);
		if (!from->err)
			sea_load_fail(from, sea_rules_restore(r, &rule));
	}
	sea_rules_settle(r, merged);
}

/* -- routes -- */

static void save_metrics(struct sea_saver *to, const struct sea_route_metrics *m)
{
	sea_save_u8(to, m != NULL);
	if (!m)
		return;
	sea_save_u32(to, m->mtu);
	sea_save_u8(to, m->mtu_lock);
	sea_save_u8(to, m->quickack);
	sea_save_u8(to, m->ecn);
	sea_save_u8(to, m->hoplimit);
	sea_save_u32(to, m->advmss);
	sea_save_u32(to, m->window);
	sea_save_u32(to, m->initcwnd);
	sea_save_u32(to, m->initrwnd);
	sea_save_u32(to, m->rto_min_ms);
	sea_save_u8(to, m->rto_min_unlocked);
	sea_save_text(to, m->congctl);
}

static bool load_metrics(struct sea_loader *from, struct sea_route_metrics *m)
{
	*m = (struct sea_route_metrics){ 0 };
	if (!sea_load_u8(from))
		return false;
	m->mtu = sea_load_u32(from);
	m->mtu_lock = sea_load_u8(from);
	m->quickack = sea_load_u8(from);
	m->ecn = sea_load_u8(from);
	m->hoplimit = sea_load_u8(from);
	m->advmss = sea_load_u32(from);
	m->window = sea_load_u32(from);
	m->initcwnd = sea_load_u32(from);
	m->initrwnd = sea_load_u32(from);
	m->rto_min_ms = sea_load_u32(from);
	m->rto_min_unlocked = sea_load_u8(from);
	load_name(from, m->congctl);
	return true;
}

static void save_way(struct sea_saver *to, const struct sea_route_entry *e)
{
	sea_save_u32(to, e->link ? (uint32_t)e->link->ifindex : 0);
	sea_save_u8(to, e->has_gateway);
	sea_save_u8(to, e->gateway6);
	save_ipaddr(to, &e->gateway);
	sea_save_u8(to, e->flags & SEA_RTNH_F_ONLINK);
	sea_save_u16(to, e->weight);
}

static void load_way(struct sea_routes *r, struct sea_loader *from, struct sea_route_entry *e)
{
	int ifindex = (int)sea_load_u32(from);

	e->link = ifindex ? sea_link_by_index(r->stack, ifindex) : NULL;
	if (!e->link == !(e->type >= SEA_ROUTE_BLACKHOLE && e->type <= SEA_ROUTE_THROW))
		sea_load_fail(from, -EINVAL);
	e->has_gateway = sea_load_u8(from);
	e->gateway6 = sea_load_u8(from);
	load_ipaddr(from, &e->gateway);
	e->flags = sea_load_u8(from) & SEA_RTNH_F_ONLINK;
	e->weight = sea_load_u16(from);
}

static void save_node(const struct sea_route_node *n, struct sea_saver *to)
{
	const struct sea_route_entry *e = sea_route_node_entry(n);

	sea_save_u32(to, n->table->id);
	sea_save_bytes(to, n->key, sizeof(n->key));
	sea_save_u8(to, n->prefix_len);
	sea_save_u8(to, n->tos);
	sea_save_u8(to, e->type);
	sea_save_u8(to, e->scope);
	sea_save_u8(to, e->protocol);
	sea_save_u8(to, e->pref);
	sea_save_u32(to, e->metric);
	sea_save_u8(to, e->has_prefsrc);
	save_ipaddr(to, &e->prefsrc);
	sea_save_u8(to, e->src_len);
	save_ipaddr(to, &e->src);
	sea_save_u64(to, (uint64_t)e->expires.ns);
	sea_save_u32(to, e->nexthop);
	save_metrics(to, e->metrics);
	if (e->nexthop)
		return;
	sea_save_u16(to, n->info->n_ways);
	for (unsigned i = 0; i < n->info->n_ways; i++)
		save_way(to, &n->info->ways[i].entry);
}

static uint32_t load_like(struct sea_loader *from, struct sea_route_entry *e)
{
	uint32_t table = sea_load_u32(from);

	*e = (struct sea_route_entry){ 0 };
	sea_load_bytes(from, e->key, sizeof(e->key));
	e->prefix_len = sea_load_u8(from);
	e->tos = sea_load_u8(from);
	e->type = sea_load_u8(from);
	e->scope = sea_load_u8(from);
	e->protocol = sea_load_u8(from);
	e->pref = sea_load_u8(from);
	e->metric = sea_load_u32(from);
	e->has_prefsrc = sea_load_u8(from);
	load_ipaddr(from, &e->prefsrc);
	e->src_len = sea_load_u8(from);
	load_ipaddr(from, &e->src);
	e->expires.ns = (int64_t)sea_load_u64(from);
	e->nexthop = sea_load_u32(from);
	if (e->src_len > 128 || e->type > SEA_ROUTE_THROW)
		sea_load_fail(from, -EINVAL);
	return table;
}

static void load_ways(struct sea_routes *r, struct sea_loader *from,
		      const struct sea_route_entry *like, struct sea_route_spec *spec,
		      struct sea_route_entry *ways)
{
	int n;

	if (!like->nexthop) {
		spec->n = sea_load_u16(from);
		if (!spec->n || spec->n > SEA_ROUTE_HOPS_MAX)
			sea_load_fail(from, -EINVAL);
		for (unsigned i = 0; i < spec->n && !from->err; i++) {
			ways[i] = *like;
			load_way(r, from, &ways[i]);
		}
		return;
	}
	spec->nexthop = sea_nexthop_find(r->stack, like->nexthop);
	n = spec->nexthop ? sea_nexthop_ways(spec->nexthop, like, r->family, ways) : -EINVAL;
	sea_load_fail(from, n < 0 ? n : 0);
	spec->n = n < 0 ? 0 : (unsigned)n;
}

static void load_node(struct sea_routes *r, struct sea_loader *from, struct sea_route_entry *ways)
{
	struct sea_route_spec spec = { .ways = ways };
	struct sea_route_metrics metrics;
	struct sea_route_entry like;
	uint32_t table = load_like(from, &like);

	if (load_metrics(from, &metrics))
		like.metrics = &metrics;
	load_ways(r, from, &like, &spec, ways);
	if (!from->err)
		sea_load_fail(from, sea_route_node_add(r, table, &spec, SEA_ROUTE_BEHIND_EQUALS));
}

typedef void each_fn(const struct sea_route_node *n, struct sea_saver *to);

static void count(const struct sea_route_node *n, struct sea_saver *to)
{
	(void)n;
	(void)to;
}

/* In the order of a walk, so that alternatives that are alike keep theirs. */
static uint32_t for_each(const struct sea_routes *r, each_fn *fn, struct sea_saver *to)
{
	uint32_t n = 0;

	for (const struct sea_route_table *t = r->tables; t; t = t->next) {
		uint8_t key[16] = { 0 };
		int len = -1;

		while (sea_lpm_next(&t->lpm, key, &len)) {
			const struct sea_route_node *node = sea_route_first(t, key, (uint8_t)len);

			for (; node; node = sea_route_after(node), n++)
				fn(node, to);
		}
	}
	return n;
}

void sea_routes_save(struct sea_routes *r, struct sea_saver *to)
{
	sea_save_tag(to, "ROUT");
	sea_ip_save_key(to, &r->flow_key);
	sea_save_u32(to, r->next_router);
	if (r->stack->nexthops->owner == r->family)
		sea_nexthops_save(r->stack, to);
	save_rules(r, to);
	sea_save_u32(to, for_each(r, count, to));
	for_each(r, save_node, to);
}

void sea_routes_load(struct sea_routes *r, struct sea_loader *from)
{
	size_t room = SEA_ROUTE_HOPS_MAX * sizeof(struct sea_route_entry);
	struct sea_route_entry *ways = sea_pool_alloc(&r->stack->shard.pool, room);
	uint32_t n;

	if (!ways) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	sea_load_tag(from, "ROUT");
	sea_ip_load_key(from, &r->flow_key);
	r->next_router = sea_load_u32(from);
	sea_routes_purge(r, &(struct sea_routes_purge){ 0 });
	if (r->stack->nexthops->owner == r->family)
		sea_nexthops_load(r->stack, from);
	load_rules(r, from);
	n = sea_load_count(from, ROUTES_MAX);
	while (n-- && !from->err)
		load_node(r, from, ways);
	sea_pool_free(&r->stack->shard.pool, ways, room);
}
