/* SPDX-License-Identifier: Apache-2.0 */
/* The table of exceptions: found, made, forgotten in time. */
#include "ip/pmtu.h"

#include <errno.h>

#include "core/link.h"
#include "core/save.h"

#define BUCKETS 16

static struct sea_pmtu *of_node(struct sea_hnode *node)
{
	return sea_container(node, struct sea_pmtu, hnode);
}

void sea_pmtu_table_init(struct sea_pmtu_table *t, struct sea_stack *stack)
{
	t->stack = stack;
	t->key = sea_secret_key(&stack->shard.secret);
	t->pushed_out = 0;
	t->n_redirects = 0;
	sea_htable_init(&t->entries, &stack->shard.pool, BUCKETS);
}

static void forget(struct sea_pmtu_table *t, struct sea_pmtu *p)
{
	t->n_redirects -= p->redirected;
	sea_htable_remove(&t->entries, &p->hnode);
	sea_timer_remove(&t->stack->shard.timers, &p->timer);
	sea_pool_free(&t->stack->shard.pool, p, sizeof(*p));
	sea_stack_routes_changed(t->stack);
}

void sea_pmtu_table_flush(struct sea_pmtu_table *t)
{
	struct sea_hnode *node;
	uint64_t cursor = 0;

	while ((node = sea_htable_walk(&t->entries, &cursor)))
		forget(t, of_node(node));
}

void sea_pmtu_table_fini(struct sea_pmtu_table *t)
{
	sea_pmtu_table_flush(t);
	sea_htable_fini(&t->entries);
}

static void arm(struct sea_pmtu *p)
{
	sea_time when = p->mtu != SEA_PMTU_NONE ? p->expires : SEA_TIME_NEVER;

	if (p->redirected)
		when = sea_time_min(when, p->gateway_expires);
	sea_stack_arm(p->table->stack, &p->timer, when);
}

static void set_redirected(struct sea_pmtu *p, bool redirected)
{
	p->table->n_redirects += (uint32_t)redirected - (uint32_t)p->redirected;
	p->redirected = redirected;
}

/* Goes, or begins the rest of its life. */
static void settle(struct sea_pmtu *p)
{
	sea_stack_routes_changed(p->table->stack);
	if (p->mtu == SEA_PMTU_NONE && !p->redirected)
		forget(p->table, p);
	else
		arm(p);
}

/* Whoever holds on to a way asks anew when routes change: that is how it shows that it is in use. */
static void gateway_expires(struct sea_pmtu *p, sea_time now)
{
	if (!p->idle_ns || !p->asked_for) {
		set_redirected(p, false);
		return;
	}
	p->asked_for = false;
	p->gateway_expires = sea_time_add(now, p->idle_ns);
}

static void expire(struct sea_timer *timer, sea_time now)
{
	struct sea_pmtu *p = sea_container(timer, struct sea_pmtu, timer);

	if (!sea_time_before(now, p->expires))
		p->mtu = SEA_PMTU_NONE;
	if (p->redirected && !sea_time_before(now, p->gateway_expires))
		gateway_expires(p, now);
	settle(p);
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

	for (; node; node = sea_hnode_next(node))
		if (sea_ipaddr_equal(&of_node(node)->dst, dst))
			return of_node(node);
	return NULL;
}

const struct sea_pmtu *sea_pmtu_find(const struct sea_pmtu_table *t, const struct sea_ipaddr *dst)
{
	return t->entries.n ? find(t, dst) : NULL;
}

void sea_pmtu_forget(struct sea_pmtu_table *t, const struct sea_ipaddr *dst)
{
	struct sea_pmtu *p = find(t, dst);

	if (p)
		forget(t, p);
}

/* The next one behind a place by chance; the order is that of a keyed hash. */
static void push_out_one(struct sea_pmtu_table *t)
{
	uint64_t cursor = sea_secret_u64(&t->stack->shard.secret) << 32;
	struct sea_hnode *node = sea_htable_walk(&t->entries, &cursor);

	if (!node) {
		cursor = 0;
		node = sea_htable_walk(&t->entries, &cursor);
	}
	t->pushed_out++;
	forget(t, of_node(node));
}

static struct sea_pmtu *make(struct sea_pmtu_table *t, const struct sea_ipaddr *dst)
{
	struct sea_pmtu *p;

	if (t->entries.n >= SEA_PMTU_MAX)
		push_out_one(t);
	p = sea_pool_alloc(&t->stack->shard.pool, sizeof(*p));
	if (!p)
		return NULL;
	*p = (struct sea_pmtu){ .table = t,
				.dst = *dst,
				.mtu = SEA_PMTU_NONE,
				.expires = SEA_TIME_NEVER,
				.gateway_expires = SEA_TIME_NEVER };
	sea_timer_init(&p->timer, expire);
	if (sea_htable_insert(&t->entries, &p->hnode, hash(t, dst))) {
		sea_pool_free(&t->stack->shard.pool, p, sizeof(*p));
		return NULL;
	}
	return p;
}

static struct sea_pmtu *find_or_make(struct sea_pmtu_table *t, const struct sea_ipaddr *dst)
{
	struct sea_pmtu *p = find(t, dst);

	return p ? p : make(t, dst);
}

void sea_pmtu_set(struct sea_pmtu_table *t, const struct sea_ipaddr *dst, uint32_t mtu, bool locked,
		  sea_time expires)
{
	struct sea_pmtu *p = find_or_make(t, dst);

	if (!p)
		return;
	p->mtu = mtu;
	p->locked = locked;
	p->expires = expires;
	arm(p);
	sea_stack_routes_changed(t->stack);
}

void sea_pmtu_redirect(struct sea_pmtu_table *t, const struct sea_pmtu_hop *hop)
{
	struct sea_pmtu *p = find_or_make(t, &hop->dst);

	if (!p)
		return;
	set_redirected(p, true);
	p->ifindex = hop->ifindex;
	p->from = hop->from;
	p->gateway = hop->gateway;
	p->gateway_expires = hop->expires;
	p->idle_ns = hop->idle_ns;
	p->asked_for = true;
	arm(p);
	sea_stack_routes_changed(t->stack);
}

const struct sea_ipaddr *sea_pmtu_gateway(struct sea_pmtu_table *t, const struct sea_ipaddr *dst,
					  int ifindex, const struct sea_ipaddr *from)
{
	struct sea_pmtu *p = t->n_redirects ? find(t, dst) : NULL;

	if (!p || !p->redirected || p->ifindex != ifindex || !sea_ipaddr_equal(&p->from, from))
		return NULL;
	p->asked_for = true;
	return &p->gateway;
}

void sea_pmtu_unredirect(struct sea_pmtu_table *t, const struct sea_ipaddr *dst)
{
	struct sea_pmtu *p = find(t, dst);

	if (!p)
		return;
	set_redirected(p, false);
	settle(p);
}

void sea_pmtu_link_down(struct sea_pmtu_table *t, const struct sea_link *link)
{
	struct sea_hnode *node;
	uint64_t cursor = 0;

	while (t->n_redirects && (node = sea_htable_walk(&t->entries, &cursor)))
		if (of_node(node)->redirected && of_node(node)->ifindex == link->ifindex) {
			set_redirected(of_node(node), false);
			settle(of_node(node));
		}
}

/* -- saving -- */

void sea_pmtu_table_save(const struct sea_pmtu_table *t, struct sea_saver *to)
{
	struct sea_hnode *node;
	uint64_t cursor = 0;

	sea_save_u64(to, t->pushed_out);
	sea_save_u32(to, t->entries.n);
	while ((node = sea_htable_walk(&t->entries, &cursor))) {
		const struct sea_pmtu *p = of_node(node);

		sea_save_bytes(to, p->dst.b, sizeof(p->dst.b));
		sea_save_u32(to, p->mtu);
		sea_save_u8(to, p->locked);
		sea_save_u8(to, p->redirected);
		sea_save_time(to, p->expires);
		sea_save_bytes(to, p->from.b, sizeof(p->from.b));
		sea_save_bytes(to, p->gateway.b, sizeof(p->gateway.b));
		sea_save_u32(to, (uint32_t)p->ifindex);
		sea_save_time(to, p->gateway_expires);
		sea_save_u64(to, (uint64_t)p->idle_ns);
	}
}

static void load_one(struct sea_pmtu_table *t, struct sea_loader *from)
{
	struct sea_pmtu_hop hop;
	bool locked, redirected;
	sea_time expires;
	uint32_t mtu;

	sea_load_bytes(from, hop.dst.b, sizeof(hop.dst.b));
	mtu = sea_load_u32(from);
	locked = sea_load_u8(from);
	redirected = sea_load_u8(from);
	expires = sea_load_time(from);
	sea_load_bytes(from, hop.from.b, sizeof(hop.from.b));
	sea_load_bytes(from, hop.gateway.b, sizeof(hop.gateway.b));
	hop.ifindex = (int)sea_load_u32(from);
	hop.expires = sea_load_time(from);
	hop.idle_ns = (int64_t)sea_load_u64(from);
	if (hop.idle_ns < 0 || hop.idle_ns > INT32_MAX * SEA_SEC)
		sea_load_fail(from, -EINVAL);
	if (from->err)
		return;
	if (mtu != SEA_PMTU_NONE)
		sea_pmtu_set(t, &hop.dst, mtu, locked, expires);
	if (redirected)
		sea_pmtu_redirect(t, &hop);
}

void sea_pmtu_table_load(struct sea_pmtu_table *t, struct sea_loader *from)
{
	uint32_t n;

	t->pushed_out = sea_load_u64(from);
	n = sea_load_count(from, SEA_PMTU_MAX);
	while (n-- && !from->err)
		load_one(t, from);
}
