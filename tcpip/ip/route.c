/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of routes: which entry a destination meets, and how entries come and go. What may be
 * configured is route_config.c.
 *
 * The trie holds the first entry of a prefix, and that object stays the first as long as the prefix
 * has any: another one that sorts before it changes places with it by content. So only a new prefix
 * needs memory of the trie, and taking a route out never does.
 */
#include "ip/route.h"

#include <errno.h>
#include <string.h>

#include "core/link.h"

static const uint32_t rule_tables[SEA_ROUTE_RULES] = { SEA_TABLE_LOCAL, SEA_TABLE_MAIN,
						       SEA_TABLE_DEFAULT };

/* -- tables -- */

static struct sea_route_table *table_find(const struct sea_routes *r, uint32_t id)
{
	struct sea_route_table *t = r->tables;

	while (t && t->id < id)
		t = t->next;
	return t && t->id == id ? t : NULL;
}

static struct sea_route_table *table_get(struct sea_routes *r, uint32_t id)
{
	struct sea_route_table *t = table_find(r, id), **at = &r->tables;

	if (t)
		return t;
	t = sea_pool_alloc(&r->stack->shard.pool, sizeof(*t));
	if (!t)
		return NULL;
	t->id = id;
	sea_lpm_init(&t->lpm, &r->stack->shard.pool, r->addr_len);
	while (*at && (*at)->id < id)
		at = &(*at)->next;
	t->next = *at;
	*at = t;
	return t;
}

static void expire(struct sea_timer *timer, sea_time now);

int sea_routes_init(struct sea_routes *r, struct sea_stack *stack, uint8_t family)
{
	*r = (struct sea_routes){ .stack = stack,
				  .family = family,
				  .addr_len = family == SEA_AF_INET ? 4 : 16 };
	sea_timer_init(&r->expiry, expire);
	for (unsigned i = 0; i < SEA_ROUTE_RULES; i++) {
		r->rules[i] = table_get(r, rule_tables[i]);
		if (!r->rules[i]) {
			sea_routes_fini(r);
			return -ENOMEM;
		}
	}
	return 0;
}

void sea_routes_fini(struct sea_routes *r)
{
	struct sea_route_table *t;

	sea_routes_purge(r, &(struct sea_routes_purge){ 0 });
	sea_timer_remove(&r->stack->shard.timers, &r->expiry);
	while ((t = r->tables)) {
		r->tables = t->next;
		sea_lpm_fini(&t->lpm);
		sea_pool_free(&r->stack->shard.pool, t, sizeof(*t));
	}
}

/* -- lookup -- */

static bool is_expired(const struct sea_routes *r, const struct sea_route_entry *e)
{
	return e->expires.ns && !sea_time_before(r->stack->shard.now, e->expires);
}

static bool usable(const struct sea_route_entry *e, const struct sea_flow *flow, uint8_t scope)
{
	if (e->tos && e->tos != (flow->tos & 0xfc))
		return false;
	if (e->scope < scope)
		return false;
	if (!e->link)
		return true;
	if (flow->oif && e->link->ifindex != flow->oif)
		return false;
	return e->link->up || e->type == SEA_ROUTE_LOCAL;
}

static int verdict(const struct sea_route_entry *e)
{
	switch (e->type) {
	case SEA_ROUTE_BLACKHOLE:
		return -EINVAL;
	case SEA_ROUTE_UNREACHABLE:
		return -EHOSTUNREACH;
	case SEA_ROUTE_PROHIBIT:
		return -EACCES;
	case SEA_ROUTE_THROW:
		return -EAGAIN;
	default:
		return 0;
	}
}

/* -EAGAIN: this table has nothing to say. */
static int table_lookup(const struct sea_routes *r, const struct sea_route_table *t,
			const struct sea_flow *flow, uint8_t scope,
			const struct sea_route_entry **entry)
{
	const struct sea_route_entry *first = sea_lpm_lookup(&t->lpm, flow->dst.b), *e;

	while (first) {
		for (e = first; e; e = e->next) {
			if (usable(e, flow, scope) && !is_expired(r, e)) {
				*entry = e;
				return verdict(e);
			}
		}
		first = first->prefix_len
				? sea_lpm_lookup_below(&t->lpm, flow->dst.b, first->prefix_len)
				: NULL;
	}
	return -EAGAIN;
}

int sea_routes_lookup_scoped(const struct sea_routes *r, const struct sea_flow *flow, uint8_t scope,
			     const struct sea_route_entry **entry)
{
	for (unsigned i = 0; i < SEA_ROUTE_RULES; i++) {
		int err = table_lookup(r, r->rules[i], flow, scope, entry);

		if (err != -EAGAIN)
			return err;
	}
	return -ENETUNREACH;
}

int sea_routes_lookup(const struct sea_routes *r, const struct sea_flow *flow,
		      const struct sea_route_entry **entry)
{
	return sea_routes_lookup_scoped(r, flow, 0, entry);
}

uint8_t sea_routes_local_type(const struct sea_routes *r, const struct sea_ipaddr *addr,
			      int ifindex)
{
	const struct sea_flow flow = { .oif = ifindex, .dst = *addr };
	const struct sea_route_entry *e;

	return table_lookup(r, r->rules[0], &flow, 0, &e) ? SEA_ROUTE_UNICAST : e->type;
}

/* -- change -- */

static bool equal(const struct sea_route_entry *a, const struct sea_route_entry *b)
{
	return a->tos == b->tos && a->metric == b->metric && a->type == b->type &&
	       a->scope == b->scope && a->protocol == b->protocol && a->link == b->link &&
	       a->has_gateway == b->has_gateway && sea_ipaddr_equal(&a->gateway, &b->gateway) &&
	       a->has_prefsrc == b->has_prefsrc && sea_ipaddr_equal(&a->prefsrc, &b->prefsrc);
}

/* High, medium, low. */
static int pref_rank(const struct sea_route_entry *e)
{
	return e->pref == SEA_ROUTE_PREF_HIGH ? 0 : e->pref == SEA_ROUTE_PREF_LOW ? 2 : 1;
}

/* By tos descending, then metric, then preference; equals keep the order in which they came. */
static bool sorts_before(const struct sea_route_entry *a, const struct sea_route_entry *b)
{
	if (a->tos != b->tos)
		return a->tos > b->tos;
	return a->metric != b->metric ? a->metric < b->metric : pref_rank(a) < pref_rank(b);
}

static void swap_contents(struct sea_route_entry *a, struct sea_route_entry *b)
{
	struct sea_route_entry tmp = *a;

	*a = *b;
	*b = tmp;
}

static void link_entry(struct sea_route_entry *first, struct sea_route_entry *e)
{
	struct sea_route_entry **at = &first->next;

	if (sorts_before(e, first)) {
		swap_contents(first, e);
		first->next = e;
		return;
	}
	while (*at && !sorts_before(e, *at))
		at = &(*at)->next;
	e->next = *at;
	*at = e;
}

static void await_expiry(struct sea_routes *r, const struct sea_route_entry *e)
{
	if (e->expires.ns && sea_time_before(e->expires, r->expiry.deadline))
		sea_stack_arm(r->stack, &r->expiry, e->expires);
}

int sea_routes_insert(struct sea_routes *r, uint32_t table, const struct sea_route_entry *entry)
{
	struct sea_pool *pool = &r->stack->shard.pool;
	struct sea_route_table *t = table_get(r, table);
	struct sea_route_entry *first, *e;
	int err = 0;

	if (!t)
		return -ENOMEM;
	first = sea_lpm_get(&t->lpm, entry->key, entry->prefix_len);
	for (e = first; e; e = e->next)
		if (equal(e, entry))
			return -EEXIST;
	e = sea_pool_alloc(pool, sizeof(*e));
	if (!e)
		return -ENOMEM;
	*e = *entry;
	e->next = NULL;
	if (first)
		link_entry(first, e);
	else
		err = sea_lpm_insert(&t->lpm, e->key, e->prefix_len, e);
	if (err) {
		sea_pool_free(pool, e, sizeof(*e));
		return err;
	}
	await_expiry(r, entry);
	sea_stack_routes_changed(r->stack);
	return 0;
}

int sea_routes_refresh(struct sea_routes *r, uint32_t table, const struct sea_route_entry *entry)
{
	int err = sea_routes_insert(r, table, entry);

	if (err != -EEXIST)
		return err;
	/* Another preference is another place: out and in again, into the memory that was left. */
	(void)sea_routes_remove(r, table, entry);
	return sea_routes_insert(r, table, entry);
}

/* Takes `e` out of the alternatives that begin with `first`. */
static void unlink_entry(struct sea_routes *r, struct sea_route_table *t,
			 struct sea_route_entry *first, struct sea_route_entry *e)
{
	struct sea_route_entry *gone = e;

	if (e == first && !e->next) {
		sea_lpm_remove(&t->lpm, e->key, e->prefix_len);
	} else if (e == first) {
		gone = e->next;
		*first = *gone;
	} else {
		while (first->next != e)
			first = first->next;
		first->next = e->next;
	}
	sea_pool_free(&r->stack->shard.pool, gone, sizeof(*gone));
	sea_stack_routes_changed(r->stack);
}

bool sea_routes_remove(struct sea_routes *r, uint32_t table, const struct sea_route_entry *entry)
{
	struct sea_route_table *t = table_find(r, table);
	struct sea_route_entry *first, *e;

	first = t ? sea_lpm_get(&t->lpm, entry->key, entry->prefix_len) : NULL;
	for (e = first; e; e = e->next) {
		if (equal(e, entry)) {
			unlink_entry(r, t, first, e);
			return true;
		}
	}
	return false;
}

static bool purged(const struct sea_routes *r, const struct sea_route_entry *e,
		   const struct sea_routes_purge *what)
{
	if (what->link && e->link != what->link)
		return false;
	if (what->keep_local && e->type == SEA_ROUTE_LOCAL)
		return false;
	if (what->expired && !is_expired(r, e))
		return false;
	return !what->prefsrc || (e->has_prefsrc && sea_ipaddr_equal(&e->prefsrc, what->prefsrc));
}

static void purge_prefix(struct sea_routes *r, struct sea_route_table *t, const uint8_t *key,
			 int len, const struct sea_routes_purge *what)
{
	struct sea_route_entry *e = sea_lpm_get(&t->lpm, key, (uint8_t)len);

	while (e) {
		if (!purged(r, e, what)) {
			await_expiry(r, e);
			e = e->next;
			continue;
		}
		unlink_entry(r, t, sea_lpm_get(&t->lpm, key, (uint8_t)len), e);
		/* Contents may have moved: look at what is left of this prefix from its start. */
		e = sea_lpm_get(&t->lpm, key, (uint8_t)len);
	}
}

void sea_routes_purge(struct sea_routes *r, const struct sea_routes_purge *what)
{
	struct sea_route_table *t;

	for (t = r->tables; t; t = t->next) {
		uint8_t key[16] = { 0 };
		int len = -1;

		while (sea_lpm_next(&t->lpm, key, &len))
			purge_prefix(r, t, key, len, what);
	}
}

/* What is left is looked at on the way, and the timer armed for the first of it. */
static void expire(struct sea_timer *timer, sea_time now)
{
	struct sea_routes *r = sea_container(timer, struct sea_routes, expiry);

	(void)now;
	sea_routes_purge(r, &(struct sea_routes_purge){ .expired = true });
}
