/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of neighbours: found, made, bounded, forgotten. What happens to one that is there is
 * neigh_state.c.
 *
 * The bound is Linux's: from gc_thresh2 on, an entry that is made first pushes out old ones that
 * nobody refers to; at gc_thresh3 there is room only by pushing one out. Linux pushes out what has
 * not changed for 5 s; so a flood of ARP requests under invented addresses would fill its table
 * with fresh entries and nothing else gets in. Here the oldest STALE entry that was never spoken to goes
 * then, however fresh. What is REACHABLE, in use or PERMANENT stays.
 */
#include "ip/neigh.h"

#include <errno.h>

#include "core/sock.h"

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

/* Uniformly in [0.5, 1.5) x base_reachable_time (RFC 4861 §6.3.4), so that stacks do not fall in step. */
static void redraw(struct sea_neigh_params *params, struct sea_stack *stack)
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
	redraw(params, t->stack);
}

static void redraw_all(struct sea_neigh_table *t, sea_time now)
{
	struct sea_link *link = NULL;

	while ((link = sea_link_next(t->stack, link)))
		redraw(t->ops->params(link), t->stack);
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
	sea_htable_init(&t->entries, &stack->shard.pool, BUCKETS);
	sea_list_init(&t->lru);
	sea_timer_init(&t->gc_timer, collect);
}

void sea_neigh_table_fini(struct sea_neigh_table *t)
{
	sea_neigh_flush(t, NULL);
	sea_timer_remove(&t->stack->shard.timers, &t->gc_timer);
	sea_htable_fini(&t->entries);
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

struct sea_neigh *sea_neigh_find(struct sea_neigh_table *t, const struct sea_link *link,
				 const struct sea_ipaddr *addr)
{
	struct sea_hnode *node = sea_htable_first(&t->entries, hash(t, link, addr));

	for (; node; node = sea_hnode_next(node)) {
		struct sea_neigh *n = sea_container(node, struct sea_neigh, hnode);

		if (n->link == link && sea_ipaddr_equal(&n->addr, addr))
			return n;
	}
	return NULL;
}

/* -- forgetting -- */

static bool counted(uint8_t state)
{
	return !(state & (SEA_NUD_PERMANENT | SEA_NUD_NOARP));
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

/* Out of the table; whoever still refers to it finds it dead. */
static void forget(struct sea_neigh *n)
{
	struct sea_neigh_table *t = n->table;

	sea_neigh_purge(n);
	sea_timer_remove(&t->stack->shard.timers, &n->timer);
	sea_htable_remove(&t->entries, &n->hnode);
	sea_list_remove(&n->lru);
	t->n_dynamic -= counted(n->state);
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
			forget(n);
	}
}

/* -- the bound -- */

static bool unused(const struct sea_neigh *n)
{
	return n->refs == 1 && counted(n->state) && !sea_timer_armed(&n->timer);
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
			forget(n);
			want--;
		}
	}
}

/* The oldest entry that was heard of, or looked up, but not spoken to: STALE or NONE. */
static void push_out_stranger(struct sea_neigh_table *t)
{
	struct sea_list *node, *tmp;
	unsigned budget = SQUEEZE_BUDGET;

	SEA_LIST_EACH(node, tmp, &t->lru)
	{
		struct sea_neigh *n = neigh_of(node);

		if (!budget--)
			return;
		if (unused(n) && n->state <= SEA_NUD_STALE) {
			forget(n);
			return;
		}
	}
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
	n->confirmed = sea_time_add(n->updated, -2 * n->params->base_reachable_time_ms * SEA_MSEC);
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
			forget(neigh_of(node));
	}
	if (t->entries.n)
		arm_gc(t);
}

/* -- configuration -- */

#define SETTABLE                                                                                 \
	(SEA_NUD_PERMANENT | SEA_NUD_REACHABLE | SEA_NUD_STALE | SEA_NUD_NOARP | SEA_NUD_PROBE | \
	 SEA_NUD_DELAY)

int sea_neigh_table_set(struct sea_neigh_table *t, struct sea_link *link,
			const struct sea_neigh_info *info)
{
	struct sea_ipaddr addr;
	struct sea_neigh *n;
	struct sea_mac mac;
	uint8_t state = (uint8_t)info->state;

	if (info->size != sizeof(*info) || !(state & SETTABLE) || (state & (state - 1)))
		return -EINVAL;
	memcpy(addr.b, info->addr.b, sizeof(addr.b));
	memcpy(mac.b, info->mac, sizeof(mac.b));
	n = sea_neigh_get(t, link, &addr);
	if (!n)
		return -ENOBUFS;
	sea_neigh_update(n, &mac, state, SEA_NEIGH_OVERRIDE | SEA_NEIGH_ADMIN);
	sea_neigh_put(n);
	return 0;
}

int sea_neigh_table_del(struct sea_neigh_table *t, struct sea_link *link,
			const struct sea_neigh_info *info)
{
	struct sea_ipaddr addr;
	struct sea_neigh *n;

	if (info->size != sizeof(*info))
		return -EINVAL;
	memcpy(addr.b, info->addr.b, sizeof(addr.b));
	n = sea_neigh_find(t, link, &addr);
	if (!n)
		return -ENOENT;
	forget(n);
	return 0;
}

static void show(const struct sea_neigh *n, struct sea_neigh_info *info)
{
	*info = (struct sea_neigh_info){ .size = sizeof(*info),
					 .ifindex = n->link->ifindex,
					 .addr = { .family = n->table->ops->family },
					 .state = (enum sea_neigh_state)n->state };
	memcpy(info->addr.b, n->addr.b, sizeof(info->addr.b));
	memcpy(info->mac, n->mac.b, sizeof(info->mac));
}

/* Entries that nobody ever sent to or heard of (NONE) are not shown, as in Linux's `ip neigh`. */
bool sea_neigh_table_next(const struct sea_neigh_table *t, uint64_t *cursor,
			  struct sea_neigh_info *info)
{
	struct sea_hnode *node;

	while ((node = sea_htable_walk(&t->entries, cursor))) {
		const struct sea_neigh *n = sea_container(node, struct sea_neigh, hnode);

		if (n->state != SEA_NUD_NONE) {
			show(n, info);
			return true;
		}
	}
	return false;
}
