/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of neighbours: found, made, bounded, forgotten. What happens to one that is there is
 * neigh_state.c.
 *
 * The bound is Linux's: from gc_thresh2 on, an entry that is made first pushes out old ones that
 * nobody refers to; at gc_thresh3 there is room only by pushing one out. Linux pushes out what has
 * not changed for 5 s; so a flood of ARP requests under invented addresses would fill its table
 * with fresh entries and nothing else gets in. Here the oldest STALE entry that was never spoken to goes
 * then, however fresh, or, under a scan, the oldest that does not answer. What is REACHABLE, in use or PERMANENT stays.
 */
#include "ip/neigh.h"

#include <errno.h>

#include "core/sock.h"
#include "ip/neigh_sysctl.h"

#define BUCKETS 64
#define REDRAW_NS (300 * SEA_SEC)
#define RECENT_NS (5 * SEA_SEC)
#define SQUEEZE_BUDGET 256 /* entries looked at when one is made */

const struct sea_neigh_params sea_neigh_params_default = {
	.mcast_solicit = 3,
	.ucast_solicit = 3,
	.retrans_time_ms = 1000,
	.base_reachable_time_ms = 30000,
	.delay_first_probe_time = 5,
	.gc_stale_time = 60,
	.unres_qlen_bytes = 212992,
	.locktime = 100,
	.proxy_delay = 80,
	.proxy_qlen = 64,
	.anycast_delay = 100,
	.interval_probe_time_ms = 5000,
};

static const struct sea_neigh_gc gc_default = {
	.thresh1 = 128,
	.thresh2 = 512,
	.thresh3 = 1024,
	.interval = 30,
};

static struct sea_neigh *neigh_of(struct sea_list *node)
{
	return sea_container(node, struct sea_neigh, lru);
}

static void collect(struct sea_timer *timer, sea_time now);
static void probe_managed(struct sea_timer *timer, sea_time now);

/* Uniformly in [0.5, 1.5) x base_reachable_time (RFC 4861 §6.3.4), so that stacks do not fall in step. */
void sea_neigh_params_draw(struct sea_neigh_params *params, struct sea_stack *stack)
{
	int64_t base = params->base_reachable_time_ms * SEA_MSEC;

	params->reachable_ns = base / 2;
	if (base > 0)
		params->reachable_ns +=
			(int64_t)sea_jitter_below(&stack->shard.jitter, (uint64_t)base);
}

void sea_neigh_params_init(struct sea_neigh_params *params, const struct sea_neigh_table *t)
{
	*params = t->params;
	sea_neigh_params_draw(params, t->stack);
}

static void redraw_all(struct sea_neigh_table *t, sea_time now)
{
	struct sea_link *link = NULL;

	while ((link = sea_link_next(t->stack, link)))
		sea_neigh_params_draw(t->ops->params(link), t->stack);
	t->redrawn = now;
}

void sea_neigh_table_init(struct sea_neigh_table *t, struct sea_stack *stack,
			  const struct sea_neigh_ops *ops, uint16_t ethertype)
{
	*t = (struct sea_neigh_table){ .stack = stack,
				       .ops = ops,
				       .params = sea_neigh_params_default,
				       .gc = gc_default,
				       .redrawn = stack->shard.now,
				       .key = sea_secret_key(&stack->shard.secret),
				       .ethertype = ethertype };
	sea_neigh_params_follow(&t->params, ops->family);
	sea_htable_init(&t->entries, &stack->shard.pool, BUCKETS);
	sea_list_init(&t->lru);
	sea_timer_init(&t->gc_timer, collect);
	sea_timer_init(&t->managed_timer, probe_managed);
	sea_neigh_proxy_init(t);
}

void sea_neigh_table_fini(struct sea_neigh_table *t)
{
	sea_neigh_flush(t, NULL);
	sea_neigh_proxy_flush(t, NULL);
	sea_timer_remove(&t->stack->shard.timers, &t->gc_timer);
	sea_timer_remove(&t->stack->shard.timers, &t->managed_timer);
	sea_timer_remove(&t->stack->shard.timers, &t->delay_timer);
	sea_htable_fini(&t->entries);
	sea_htable_fini(&t->proxies);
}

/* -- finding -- */

static uint32_t hash(const struct sea_neigh_table *t, const struct sea_link *link,
		     const struct sea_ipaddr *addr)
{
	uint64_t a, b;

	memcpy(&a, addr->b, 8);
	memcpy(&b, addr->b + 8, 8);
	return (uint32_t)sea_siphash13_2u64(&t->key, a, b ^ (uint64_t)link->ifindex << 32);
}

static bool is(const struct sea_neigh *n, const struct sea_link *link,
	       const struct sea_ipaddr *addr)
{
	return n->link == link && sea_ipaddr_equal(&n->addr, addr);
}

/* Most often it is the one that was found last: then nothing is hashed. */
struct sea_neigh *sea_neigh_find(struct sea_neigh_table *t, const struct sea_link *link,
				 const struct sea_ipaddr *addr)
{
	struct sea_hnode *node;

	if (t->found && is(t->found, link, addr))
		return t->found;
	for (node = sea_htable_first(&t->entries, hash(t, link, addr)); node;
	     node = sea_hnode_next(node)) {
		struct sea_neigh *n = sea_container(node, struct sea_neigh, hnode);

		if (is(n, link, addr))
			return t->found = n;
	}
	return NULL;
}

/* -- forgetting -- */

bool sea_neigh_counted(const struct sea_neigh *n)
{
	return !(n->state & (SEA_NUD_PERMANENT | SEA_NUD_NOARP)) &&
	       !(n->flags & SEA_NTF_EXT_LEARNED);
}

void sea_neigh_tell(const struct sea_neigh *n, bool gone)
{
	struct sea_stack *stack = n->table->stack;

	if (stack->neigh_observer)
		stack->neigh_observer(stack, n, gone);
}

void sea_neigh_raise(const struct sea_neigh *n)
{
	n->link->neigh_event = true;
	sea_link_raise(n->link, 0);
}

void sea_neigh_purge(struct sea_neigh *n)
{
	struct sea_pkt *pkt;

	n->pending_bytes = 0;
	while ((pkt = sea_pktq_pop(&n->pending)))
		sea_pkt_drop(n->table->stack, pkt, SEA_DROP_NEIGH_FAILED);
}

void sea_neigh_put(struct sea_neigh *n)
{
	if (--n->refs == 0)
		sea_pool_free(&n->table->stack->shard.pool, n, sizeof(*n));
}

void sea_neigh_remove(struct sea_neigh *n)
{
	struct sea_neigh_table *t = n->table;

	sea_neigh_tell(n, true);
	sea_neigh_purge(n);
	sea_timer_remove(&t->stack->shard.timers, &n->timer);
	sea_htable_remove(&t->entries, &n->hnode);
	t->found = NULL;
	sea_list_remove(&n->lru);
	sea_neigh_set_flags(n, n->flags & SEA_NTF_EXT_LEARNED);
	t->n_dynamic -= sea_neigh_counted(n);
	sea_neigh_raise(n);
	n->dead = true;
	t->epoch++;
	n->state = SEA_NUD_NONE;
	if (n->refs > 1)
		sea_stack_routes_changed(t->stack);
	sea_neigh_put(n);
}

void sea_neigh_flush(struct sea_neigh_table *t, const struct sea_link *link)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &t->lru)
	{
		struct sea_neigh *n = neigh_of(node);

		if (!link || n->link == link)
			sea_neigh_remove(n);
	}
}

void sea_neigh_evict(struct sea_neigh_table *t, const struct sea_link *link)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &t->lru)
	{
		struct sea_neigh *n = neigh_of(node);

		if (n->link == link && n->state != SEA_NUD_PERMANENT)
			sea_neigh_remove(n);
	}
}

/* -- the bound -- */

static bool unused(const struct sea_neigh *n)
{
	return n->refs == 1 && sea_neigh_counted(n) && !(n->flags & SEA_NTF_MANAGED) &&
	       !sea_timer_armed(&n->timer);
}

/* Pushes out what is old or failed, as far as the budget and `want` go. */
static void squeeze(struct sea_neigh_table *t, uint32_t want)
{
	sea_time recent = sea_time_add(t->stack->shard.now, -RECENT_NS);
	struct sea_list *node, *tmp;
	unsigned budget = SQUEEZE_BUDGET;

	SEA_LIST_EACH(node, tmp, &t->lru)
	{
		struct sea_neigh *n = neigh_of(node);

		if (!want || !budget--)
			return;
		if (unused(n) &&
		    (n->state == SEA_NUD_FAILED || sea_time_before(n->updated, recent))) {
			sea_neigh_remove(n);
			want--;
		}
	}
}

/* Nobody waits for it but packets, which may be anybody's: a scan makes thousands of these. */
static bool unanswered(const struct sea_neigh *n)
{
	return n->refs == 1 && n->state == SEA_NUD_INCOMPLETE && sea_neigh_counted(n) &&
	       !(n->flags & SEA_NTF_MANAGED);
}

/*
 * The oldest entry that was heard of, or looked up, but not spoken to: STALE or NONE. Else the oldest
 * that does not answer (RFC 6583 §7.1): one who is there would have.
 */
static void push_out_stranger(struct sea_neigh_table *t)
{
	struct sea_neigh *silent = NULL;
	struct sea_list *node, *tmp;
	unsigned budget = SQUEEZE_BUDGET;

	SEA_LIST_EACH(node, tmp, &t->lru)
	{
		struct sea_neigh *n = neigh_of(node);

		if (!budget--)
			break;
		if (unused(n) && n->state <= SEA_NUD_STALE) {
			sea_neigh_remove(n);
			return;
		}
		if (!silent && unanswered(n))
			silent = n;
	}
	if (silent)
		sea_neigh_remove(silent);
}

static bool make_room(struct sea_neigh_table *t)
{
	uint32_t n = t->n_dynamic, thresh2 = (uint32_t)t->gc.thresh2,
		 thresh3 = (uint32_t)t->gc.thresh3;
	sea_time now = t->stack->shard.now;

	if (n < thresh2)
		return true;
	if (n >= thresh3 || sea_time_diff(now, t->squeezed) > RECENT_NS) {
		t->squeezed = now;
		squeeze(t, n - thresh2 + 1);
	}
	if (t->n_dynamic >= thresh3)
		push_out_stranger(t);
	return t->n_dynamic < thresh3;
}

/* -- making -- */

static void arm_gc(struct sea_neigh_table *t)
{
	int64_t interval_ns = t->params.base_reachable_time_ms * SEA_MSEC / 2;

	if (interval_ns < SEA_SEC)
		interval_ns = SEA_SEC;
	sea_stack_arm(t->stack, &t->gc_timer, sea_time_add(t->stack->shard.now, interval_ns));
}

static void fill(struct sea_neigh *n, struct sea_neigh_table *t, struct sea_link *link,
		 const struct sea_ipaddr *addr)
{
	n->table = t;
	n->link = link;
	n->params = t->ops->params(link);
	n->addr = *addr;
	n->refs = 1;
	n->state = SEA_NUD_NONE;
	n->updated = n->used = t->stack->shard.now;
	n->confirmed =
		sea_time_add(n->updated, -2 * (n->params->base_reachable_time_ms * SEA_MSEC));
	sea_timer_init(&n->timer, sea_neigh_timer_fire);
	sea_pktq_init(&n->pending);
	sea_list_init(&n->lru);
}

struct sea_neigh *sea_neigh_make(struct sea_neigh_table *t, struct sea_link *link,
				 const struct sea_ipaddr *addr)
{
	struct sea_pool *pool = &t->stack->shard.pool;
	struct sea_neigh *n = sea_pool_zalloc(pool, sizeof(*n));

	if (!n)
		return NULL;
	fill(n, t, link, addr);
	if (sea_htable_insert(&t->entries, &n->hnode, hash(t, link, addr))) {
		sea_pool_free(pool, n, sizeof(*n));
		return NULL;
	}
	sea_list_push_back(&t->lru, &n->lru);
	t->n_dynamic++;
	if (!sea_timer_armed(&t->gc_timer))
		arm_gc(t);
	return n;
}

struct sea_neigh *sea_neigh_get(struct sea_neigh_table *t, struct sea_link *link,
				const struct sea_ipaddr *addr)
{
	struct sea_neigh *n = sea_neigh_find(t, link, addr);

	if (!n && make_room(t))
		n = sea_neigh_make(t, link, addr);
	if (n)
		n->refs++;
	return n;
}

/* -- periodic collection -- */

static bool outdated(const struct sea_neigh *n, sea_time now)
{
	sea_time used = sea_time_max(n->used, n->confirmed);

	return unused(n) && (n->state == SEA_NUD_FAILED ||
			     sea_time_diff(now, used) > n->params->gc_stale_time * SEA_SEC);
}

static void collect(struct sea_timer *timer, sea_time now)
{
	struct sea_neigh_table *t = sea_container(timer, struct sea_neigh_table, gc_timer);
	struct sea_list *node, *tmp;

	if (sea_time_diff(now, t->redrawn) > REDRAW_NS)
		redraw_all(t, now);
	if (t->entries.n >= (uint32_t)t->gc.thresh1) {
		SEA_LIST_EACH(node, tmp, &t->lru)
		if (outdated(neigh_of(node), now))
			sea_neigh_remove(neigh_of(node));
	}
	if (t->entries.n)
		arm_gc(t);
}

/* -- managed entries -- */

static void arm_managed(struct sea_neigh_table *t)
{
	/* 0 is set by rtnetlink, and means the next tick. */
	int64_t interval_ns =
		(t->params.interval_probe_time_ms ? t->params.interval_probe_time_ms : 1) *
		SEA_MSEC;

	if (t->n_managed)
		sea_stack_arm(t->stack, &t->managed_timer,
			      sea_time_add(t->stack->shard.now, interval_ns));
	else
		sea_timer_cancel(&t->managed_timer);
}

static void probe_managed(struct sea_timer *timer, sea_time now)
{
	struct sea_neigh_table *t = sea_container(timer, struct sea_neigh_table, managed_timer);
	uint32_t budget =
		t->entries.n; /* who is asked for moves to the end, where we come by again */
	struct sea_list *node, *tmp;

	(void)now;
	SEA_LIST_EACH(node, tmp, &t->lru)
	{
		if (!budget--)
			break;
		if (neigh_of(node)->flags & SEA_NTF_MANAGED)
			sea_neigh_probe(neigh_of(node));
	}
	arm_managed(t);
}

void sea_neigh_set_flags(struct sea_neigh *n, uint16_t flags)
{
	struct sea_neigh_table *t = n->table;
	bool was = n->flags & SEA_NTF_MANAGED, is = flags & SEA_NTF_MANAGED;

	t->n_dynamic -= sea_neigh_counted(n);
	t->n_managed += (uint32_t)is - (uint32_t)was;
	n->flags = flags;
	t->n_dynamic += sea_neigh_counted(n);
	if (is != was)
		arm_managed(t);
}
