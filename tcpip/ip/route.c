/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of routes: how nodes come and go. The trie holds the first node of a prefix, the others hang
 * behind it; only a new prefix needs memory of the trie, and taking a route out never does.
 */
#include "ip/route.h"

#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "ip/nexthop.h"
#include "ip/route_info.h"
#include "ip/route_rule.h"

#define INFO_BUCKETS 16
#define REAP_BUDGET 512

/* -- tables -- */

struct sea_route_table *sea_route_table_find(const struct sea_routes *r, uint32_t id)
{
	struct sea_route_table *t = r->tables;

	while (t && t->id < id)
		t = t->next;
	return t && t->id == id ? t : NULL;
}

struct sea_route_table *sea_route_table_get(struct sea_routes *r, uint32_t id)
{
	struct sea_route_table *t = sea_route_table_find(r, id), **at = &r->tables;

	if (t)
		return t;
	if (r->n_tables >= SEA_ROUTE_TABLES_MAX)
		return NULL;
	t = sea_pool_alloc(&r->stack->shard.pool, sizeof(*t));
	if (!t)
		return NULL;
	t->id = id;
	sea_lpm_init(&t->lpm, &r->stack->shard.pool, r->addr_len);
	while (*at && (*at)->id < id)
		at = &(*at)->next;
	t->next = *at;
	*at = t;
	r->n_tables++;
	return t;
}

static void reap(struct sea_stack *stack, struct sea_work *work)
{
	struct sea_routes *r = sea_container(work, struct sea_routes, reaper);

	if (sea_routes_reap(r, REAP_BUDGET))
		sea_stack_defer(stack, work);
}

int sea_routes_init(struct sea_routes *r, struct sea_stack *stack, uint8_t family)
{
	*r = (struct sea_routes){ .stack = stack,
				  .family = family,
				  .addr_len = family == SEA_AF_INET ? 4 : 16,
				  .info_key = sea_secret_key(&stack->shard.secret),
				  .flow_key = sea_secret_key(&stack->shard.secret),
				  .hash_fields = SEA_ROUTE_HASH_FIELDS_DEFAULT };
	sea_timer_init(&r->expiry, sea_routes_expire);
	sea_htable_init(&r->infos, &stack->shard.pool, INFO_BUCKETS);
	sea_list_init(&r->all_infos);
	sea_list_init(&r->expiring);
	sea_list_init(&r->gone);
	sea_list_init(&r->reaper.node);
	r->reaper.run = reap;
	r->local = sea_route_table_get(r, SEA_TABLE_LOCAL);
	r->main = sea_route_table_get(r, SEA_TABLE_MAIN);
	r->dflt = sea_route_table_get(r, SEA_TABLE_DEFAULT);
	r->has_nexthops = !sea_nexthops_get(stack, family);
	r->shown = sea_pool_alloc(&stack->shard.pool, SEA_ROUTE_HOPS_MAX * sizeof(*r->shown));
	if (r->shown && r->has_nexthops && r->local && r->main && r->dflt && !sea_rules_init(r))
		return 0;
	sea_routes_fini(r);
	return -ENOMEM;
}

void sea_routes_fini(struct sea_routes *r)
{
	struct sea_pool *pool = &r->stack->shard.pool;
	struct sea_route_table *t;

	sea_routes_purge(r, &(struct sea_routes_purge){ 0 });
	while (sea_routes_reap(r, UINT32_MAX))
		;
	sea_list_remove(&r->reaper.node);
	sea_timer_remove(&r->stack->shard.timers, &r->expiry);
	while ((t = r->tables)) {
		r->tables = t->next;
		sea_lpm_fini(&t->lpm);
		sea_pool_free(pool, t, sizeof(*t));
	}
	sea_rules_fini(r);
	sea_htable_fini(&r->infos);
	sea_pool_free(pool, r->by_id, r->n_ids * sizeof(*r->by_id));
	sea_pool_free(pool, r->shown, SEA_ROUTE_HOPS_MAX * sizeof(*r->shown));
	if (r->has_nexthops)
		sea_nexthops_put(r->stack);
}

/* -- nodes -- */

static struct sea_route_node *not_gone(struct sea_route_node *node)
{
	while (node && node->info->gone)
		node = node->next;
	return node;
}

struct sea_route_node *sea_route_first(const struct sea_route_table *t, const uint8_t *key,
				       uint8_t prefix_len)
{
	return not_gone(sea_lpm_get(&t->lpm, key, prefix_len));
}

struct sea_route_node *sea_route_after(const struct sea_route_node *node)
{
	return not_gone(node->next);
}

/*
 * IPv4: by tos descending, then metric. IPv6: longest source prefix first, then by metric.
 * <0, 0, >0 as memcmp().
 */
static int compare(uint8_t tos_a, const struct sea_route_entry *a, uint8_t tos_b,
		   const struct sea_route_entry *b)
{
	if (tos_a != tos_b)
		return tos_a > tos_b ? -1 : 1;
	if (a->src_len != b->src_len)
		return a->src_len > b->src_len ? -1 : 1;
	return a->metric < b->metric ? -1 : a->metric > b->metric;
}

/* Which node is a prefix's first, or what is to be known of it, is another now. */
static void set_first(struct sea_route_table *t, struct sea_route_node *first)
{
	sea_lpm_set(&t->lpm, first->key, first->prefix_len, first, sea_route_found(first));
}

static int insert_node(struct sea_route_table *t, struct sea_route_node *node,
		       const struct sea_route_entry *e, enum sea_route_place place)
{
	struct sea_route_node *first = sea_lpm_get(&t->lpm, node->key, node->prefix_len), **at;

	if (!first)
		return sea_lpm_insert(&t->lpm, node->key, node->prefix_len, node,
				      sea_route_found(node));
	for (at = &first; *at; at = &(*at)->next) {
		int order = compare(node->tos, e, (*at)->tos, sea_route_node_entry(*at));

		if (order < 0 || (!order && place == SEA_ROUTE_BEFORE_EQUALS))
			break;
	}
	node->next = *at;
	*at = node;
	set_first(t, first);
	return 0;
}

void sea_route_tell(struct sea_routes *r, const struct sea_route_node *node, bool gone)
{
	const struct sea_route_news news = {
		.routes = r,
		.node = node,
		.gone = gone,
		.flags = gone ? 0 : r->news_flags,
		.way = r->news_way,
	};

	if (r->stack->route_observer)
		r->stack->route_observer(r->stack, &news);
}

void sea_route_tell_way(struct sea_routes *r, const struct sea_route_node *node, unsigned way)
{
	const struct sea_route_news news = {
		.routes = r, .node = node, .gone = true, .way = (uint16_t)way, .alone = true
	};

	if (r->stack->route_observer)
		r->stack->route_observer(r->stack, &news);
}

int sea_route_node_add(struct sea_routes *r, uint32_t table, const struct sea_route_spec *spec,
		       enum sea_route_place place)
{
	struct sea_route_table *t = sea_route_table_get(r, table);
	struct sea_route_info *info = t ? sea_route_info_get(r, spec) : NULL;
	struct sea_route_node *node;

	if (!info)
		return -ENOMEM;
	node = sea_pool_alloc(&r->stack->shard.pool, sizeof(*node));
	if (!node)
		goto no_memory;
	*node = (struct sea_route_node){ .info = info,
					 .table = t,
					 .prefix_len = spec->ways[0].prefix_len,
					 .tos = spec->ways[0].tos };
	memcpy(node->key, spec->ways[0].key, sizeof(node->key));
	if (insert_node(t, node, &spec->ways[0], place)) {
		sea_pool_free(&r->stack->shard.pool, node, sizeof(*node));
		goto no_memory;
	}
	sea_list_push_back(&info->nodes, &node->of_info);
	r->n_routes++;
	sea_stack_routes_changed(r->stack);
	sea_route_tell(r, node, false);
	return 0;
no_memory:
	sea_route_info_settle(r, info);
	return -ENOMEM;
}

int sea_route_node_change(struct sea_routes *r, struct sea_route_node *node,
			  const struct sea_route_spec *spec)
{
	int err = sea_route_node_swap(r, node, spec);

	if (!err)
		sea_route_tell(r, node, false);
	return err;
}

int sea_route_node_swap(struct sea_routes *r, struct sea_route_node *node,
			const struct sea_route_spec *spec)
{
	struct sea_route_info *info = sea_route_info_get(r, spec), *old = node->info;

	if (!info)
		return -ENOMEM;
	sea_list_remove(&node->of_info);
	sea_list_push_back(&info->nodes, &node->of_info);
	node->info = info;
	set_first(node->table, sea_lpm_get(&node->table->lpm, node->key, node->prefix_len));
	sea_route_info_settle(r, old);
	sea_stack_routes_changed(r->stack);
	return 0;
}

static void unlink_node(struct sea_route_node *node)
{
	struct sea_lpm *lpm = &node->table->lpm;
	struct sea_route_node *first = sea_lpm_get(lpm, node->key, node->prefix_len), **at = &first;

	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	if (first)
		set_first(node->table, first);
	else
		sea_lpm_remove(lpm, node->key, node->prefix_len);
}

static void free_node(struct sea_routes *r, struct sea_route_node *node)
{
	unlink_node(node);
	sea_list_remove(&node->of_info);
	r->n_routes--;
	sea_pool_free(&r->stack->shard.pool, node, sizeof(*node));
}

void sea_route_node_del(struct sea_routes *r, struct sea_route_node *node)
{
	struct sea_route_info *info = node->info;

	sea_route_tell(r, node, true);
	free_node(r, node);
	sea_route_info_settle(r, info);
	sea_stack_routes_changed(r->stack);
}

bool sea_routes_reap(struct sea_routes *r, unsigned budget)
{
	struct sea_list *at, *node;

	while ((at = sea_list_first(&r->gone))) {
		struct sea_route_info *info = sea_container(at, struct sea_route_info, all);

		while ((node = sea_list_first(&info->nodes))) {
			if (!budget--)
				return true;
			free_node(r, sea_container(node, struct sea_route_node, of_info));
		}
		sea_route_info_settle(r, info);
	}
	return false;
}

/* -- entries that the stack itself puts in -- */

static struct sea_route_node *find_equal(const struct sea_routes *r, uint32_t table,
					 const struct sea_route_entry *e)
{
	const struct sea_route_table *t = sea_route_table_find(r, table);
	struct sea_route_node *node = t ? sea_route_first(t, e->key, e->prefix_len) : NULL;

	while (node && (node->tos != e->tos || node->info->n_ways != 1 ||
			!sea_route_entry_equal(sea_route_node_entry(node), e)))
		node = sea_route_after(node);
	return node;
}

const struct sea_route_entry *sea_routes_there(const struct sea_routes *r, uint32_t table,
					       const struct sea_route_entry *entry)
{
	const struct sea_route_node *node = find_equal(r, table, entry);

	return node ? sea_route_node_entry(node) : NULL;
}

int sea_routes_insert(struct sea_routes *r, uint32_t table, const struct sea_route_entry *entry)
{
	const struct sea_route_spec spec = { .ways = entry, .n = 1 };
	int err;

	if (find_equal(r, table, entry))
		return -EEXIST;
	r->news_flags = SEA_NLM_F_CREATE | SEA_NLM_F_EXCL;
	err = sea_route_node_add(r, table, &spec, SEA_ROUTE_BEHIND_EQUALS);
	r->news_flags = 0;
	return err;
}

int sea_routes_refresh(struct sea_routes *r, uint32_t table, const struct sea_route_entry *entry)
{
	const struct sea_route_spec spec = { .ways = entry, .n = 1 };
	struct sea_route_node *node = find_equal(r, table, entry);
	const struct sea_route_entry *old;

	if (!node)
		return sea_route_node_add(r, table, &spec, SEA_ROUTE_BEHIND_EQUALS);
	old = sea_route_node_entry(node);
	if (!old->expires.ns || !entry->expires.ns ||
	    !sea_route_metrics_equal(old->metrics, entry->metrics))
		return sea_route_node_change(r, node, &spec);
	if (old->pref != entry->pref || sea_route_is_expired(r, old))
		sea_stack_routes_changed(r->stack);
	sea_route_info_postpone(r, node->info, entry);
	return 0;
}

bool sea_routes_remove(struct sea_routes *r, uint32_t table, const struct sea_route_entry *entry)
{
	struct sea_route_node *node = find_equal(r, table, entry);

	if (node)
		sea_route_node_del(r, node);
	return node;
}

/* -- what goes when a link or an address does -- */

static bool uses_link(const struct sea_route_info *info, const struct sea_link *link)
{
	for (unsigned i = 0; i < info->n_ways; i++)
		if (info->ways[i].entry.link == link)
			return true;
	return false;
}

/* Of several ways those of the link die, and live again with it; IPv4's go with a link that goes. */
static bool outlives_link(struct sea_routes *r, struct sea_route_info *info,
			  const struct sea_routes_purge *what)
{
	if (what->keep_local) {
		sea_route_info_refresh(r, info);
		sea_stack_routes_changed(r->stack);
		return info->n_alive;
	}
	if (r->family == SEA_AF_INET)
		return false;
	for (unsigned i = info->n_ways; i--;)
		if (info->ways[i].entry.link == what->link && info->n_ways > 1)
			sea_route_info_drop_way(r, info, i);
	sea_stack_routes_changed(r->stack);
	return !uses_link(info, what->link);
}

static bool purged(struct sea_routes *r, struct sea_route_info *info,
		   const struct sea_routes_purge *what)
{
	const struct sea_route_entry *e = &info->ways[0].entry;

	if (what->prefsrc && !(e->has_prefsrc && sea_ipaddr_equal(&e->prefsrc, what->prefsrc)))
		return false;
	if (!what->link)
		return true;
	if (info->nexthop) /* goes with its nexthop object */
		return false;
	if (!uses_link(info, what->link) || (what->keep_local && e->type == SEA_ROUTE_LOCAL))
		return false;
	return info->n_ways == 1 || !outlives_link(r, info, what);
}

static struct sea_route_node *node_of_info(struct sea_list *node)
{
	return sea_container(node, struct sea_route_node, of_info);
}

/* Prefixes of other tables may have the same info. */
static void purge_info(struct sea_routes *r, struct sea_route_info *info, uint32_t table)
{
	struct sea_list *node, *tmp;
	bool others = false;

	SEA_LIST_EACH(node, tmp, &info->nodes)
	others |= table && node_of_info(node)->table->id != table;
	if (!others) {
		sea_route_info_bury(r, info);
		return;
	}
	SEA_LIST_EACH(node, tmp, &info->nodes)
	{
		if (node_of_info(node)->table->id == table)
			sea_route_node_del(r, node_of_info(node));
	}
}

static void purge_list(struct sea_routes *r, struct sea_list *list,
		       const struct sea_routes_purge *what)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, list)
	{
		struct sea_route_info *info = sea_container(node, struct sea_route_info, all);

		if (purged(r, info, what))
			purge_info(r, info, what->table);
	}
}

void sea_routes_purge(struct sea_routes *r, const struct sea_routes_purge *what)
{
	if (what->link)
		sea_nexthops_flush(r->stack, what->link);
	purge_list(r, &r->all_infos, what);
	purge_list(r, &r->expiring, what);
}

static void refresh_list(struct sea_routes *r, struct sea_list *list, const struct sea_link *link)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, list)
	{
		struct sea_route_info *info = sea_container(node, struct sea_route_info, all);

		if (!link || uses_link(info, link))
			sea_route_info_refresh(r, info);
	}
}

void sea_routes_link_changed(struct sea_routes *r, const struct sea_link *link)
{
	refresh_list(r, &r->all_infos, link);
	refresh_list(r, &r->expiring, link);
	sea_stack_routes_changed(r->stack);
}
