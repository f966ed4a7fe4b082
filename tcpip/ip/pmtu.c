/* SPDX-License-Identifier: Apache-2.0 */
/* The table of path MTU exceptions. */
#include "ip/pmtu.h"

#define BUCKETS 16

static void expire(struct sea_timer *timer, sea_time now);

void sea_pmtu_table_init(struct sea_pmtu_table *t, struct sea_stack *stack)
{
	t->stack = stack;
	t->key = sea_secret_key(&stack->shard.secret);
	sea_htable_init(&t->entries, &stack->shard.pool, BUCKETS);
	sea_list_init(&t->ages);
	sea_timer_init(&t->timer, expire);
}

static void forget(struct sea_pmtu_table *t, struct sea_pmtu *p)
{
	sea_htable_remove(&t->entries, &p->hnode);
	sea_list_remove(&p->age);
	sea_pool_free(&t->stack->shard.pool, p, sizeof(*p));
	sea_stack_routes_changed(t->stack);
}

static struct sea_pmtu *oldest(const struct sea_pmtu_table *t)
{
	struct sea_list *node = sea_list_first(&t->ages);

	return node ? sea_container(node, struct sea_pmtu, age) : NULL;
}

void sea_pmtu_table_fini(struct sea_pmtu_table *t)
{
	struct sea_pmtu *p;

	while ((p = oldest(t)))
		forget(t, p);
	sea_timer_remove(&t->stack->shard.timers, &t->timer);
	sea_htable_fini(&t->entries);
}

static void expire(struct sea_timer *timer, sea_time now)
{
	struct sea_pmtu_table *t = sea_container(timer, struct sea_pmtu_table, timer);
	struct sea_pmtu *p;

	while ((p = oldest(t)) && !sea_time_before(now, p->expires))
		forget(t, p);
	if (p)
		sea_stack_arm(t->stack, &t->timer, p->expires);
}

static uint32_t hash(const struct sea_pmtu_table *t, const struct sea_ipaddr *dst)
{
	uint64_t a, b;

	memcpy(&a, dst->b, 8);
	memcpy(&b, dst->b + 8, 8);
	return (uint32_t)sea_siphash13_2u64(&t->key, a, b);
}

static struct sea_pmtu *find(const struct sea_pmtu_table *t, const struct sea_ipaddr *dst)
{
	struct sea_hnode *node = sea_htable_first(&t->entries, hash(t, dst));

	for (; node; node = sea_hnode_next(node)) {
		struct sea_pmtu *p = sea_container(node, struct sea_pmtu, hnode);

		if (sea_ipaddr_equal(&p->dst, dst))
			return p;
	}
	return NULL;
}

const struct sea_pmtu *sea_pmtu_find(const struct sea_pmtu_table *t, const struct sea_ipaddr *dst)
{
	return t->entries.n ? find(t, dst) : NULL;
}

static struct sea_pmtu *make(struct sea_pmtu_table *t, const struct sea_ipaddr *dst)
{
	struct sea_pmtu *p;

	if (t->entries.n >= SEA_PMTU_MAX)
		forget(t, oldest(t));
	p = sea_pool_zalloc(&t->stack->shard.pool, sizeof(*p));
	if (!p)
		return NULL;
	p->dst = *dst;
	sea_list_init(&p->age);
	if (sea_htable_insert(&t->entries, &p->hnode, hash(t, dst))) {
		sea_pool_free(&t->stack->shard.pool, p, sizeof(*p));
		return NULL;
	}
	return p;
}

void sea_pmtu_set(struct sea_pmtu_table *t, const struct sea_ipaddr *dst, uint32_t mtu, bool locked,
		  sea_time expires)
{
	struct sea_pmtu *p = find(t, dst);

	if (!p)
		p = make(t, dst);
	if (!p)
		return;
	p->mtu = mtu;
	p->locked = locked;
	p->expires = expires;
	sea_list_remove(&p->age);
	sea_list_push_back(&t->ages, &p->age);
	sea_stack_arm(t->stack, &t->timer, oldest(t)->expires);
	sea_stack_routes_changed(t->stack);
}
