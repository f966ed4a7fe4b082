/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For whom we answer (`ip neigh add proxy`), and the questions that wait a while before we do: a host
 * that is there itself shall be the first.
 */
#include <errno.h>

#include "core/save.h"
#include "ip/neigh.h"

#define BUCKETS 16

/* -- entries -- */

static uint32_t hash(const struct sea_neigh_table *t, const struct sea_ipaddr *addr)
{
	uint64_t a, b;

	memcpy(&a, addr->b, 8);
	memcpy(&b, addr->b + 8, 8);
	return (uint32_t)sea_siphash13_2u64(&t->key, a, b);
}

static struct sea_neigh_proxy *proxy_of(struct sea_hnode *node)
{
	return sea_container(node, struct sea_neigh_proxy, hnode);
}

static struct sea_neigh_proxy *exact(const struct sea_neigh_table *t, const struct sea_link *link,
				     const struct sea_ipaddr *addr)
{
	struct sea_hnode *node = sea_htable_first(&t->proxies, hash(t, addr));

	for (; node; node = sea_hnode_next(node))
		if (proxy_of(node)->link == link && sea_ipaddr_equal(&proxy_of(node)->addr, addr))
			return proxy_of(node);
	return NULL;
}

const struct sea_neigh_proxy *sea_neigh_proxy_find(const struct sea_neigh_table *t,
						   const struct sea_link *link,
						   const struct sea_ipaddr *addr)
{
	const struct sea_neigh_proxy *p = t->proxies.n ? exact(t, NULL, addr) : NULL;

	return p || !t->proxies.n ? p : exact(t, link, addr);
}

static struct sea_neigh_proxy *make(struct sea_neigh_table *t, struct sea_link *link,
				    const struct sea_ipaddr *addr)
{
	struct sea_pool *pool = &t->stack->shard.pool;
	struct sea_neigh_proxy *p = sea_pool_zalloc(pool, sizeof(*p));

	if (!p)
		return NULL;
	p->link = link;
	p->addr = *addr;
	if (sea_htable_insert(&t->proxies, &p->hnode, hash(t, addr))) {
		sea_pool_free(pool, p, sizeof(*p));
		return NULL;
	}
	sea_list_push_back(&t->proxies_in_order, &p->node);
	return p;
}

static void drop_entry(struct sea_neigh_table *t, struct sea_neigh_proxy *p)
{
	sea_htable_remove(&t->proxies, &p->hnode);
	sea_list_remove(&p->node);
	sea_pool_free(&t->stack->shard.pool, p, sizeof(*p));
}

/* A new one, and whatever the protocol needs for it. */
static int begin(struct sea_neigh_table *t, struct sea_link *link, const struct sea_ipaddr *addr,
		 struct sea_neigh_proxy **p)
{
	int err;

	if (t->proxies.n >= SEA_NEIGH_PROXIES_MAX)
		return -ENOBUFS;
	*p = make(t, link, addr);
	if (!*p)
		return -ENOMEM;
	err = t->ops->proxying ? t->ops->proxying(link, addr, true) : 0;
	if (err)
		drop_entry(t, *p);
	return err;
}

int sea_neigh_proxy_add(struct sea_neigh_table *t, struct sea_link *link,
			const struct sea_ipaddr *addr, bool router)
{
	return sea_neigh_proxy_set(t, link, addr, router, 0);
}

int sea_neigh_proxy_set(struct sea_neigh_table *t, struct sea_link *link,
			const struct sea_ipaddr *addr, bool router, uint8_t protocol)
{
	struct sea_neigh_proxy *p = exact(t, NULL, addr); /* one of all links is meant first */
	int err = 0;

	if (!p)
		p = exact(t, link, addr);
	if (!p)
		err = begin(t, link, addr, &p);
	if (err)
		return err;
	p->router = router;
	if (protocol)
		p->protocol = protocol;
	return 0;
}

static void forget(struct sea_neigh_table *t, struct sea_neigh_proxy *p)
{
	if (t->ops->proxying)
		(void)t->ops->proxying(p->link, &p->addr, false); /* ending needs no memory */
	drop_entry(t, p);
}

bool sea_neigh_proxy_del(struct sea_neigh_table *t, struct sea_link *link,
			 const struct sea_ipaddr *addr)
{
	struct sea_neigh_proxy *p = exact(t, link, addr);

	if (p)
		forget(t, p);
	return p;
}

bool sea_neigh_proxy_next(const struct sea_neigh_table *t, uint64_t *cursor,
			  struct sea_neigh_info *info)
{
	struct sea_hnode *node = sea_htable_walk(&t->proxies, cursor);

	if (!node)
		return false;
	*info = (struct sea_neigh_info){
		.size = sizeof(*info),
		.ifindex = proxy_of(node)->link ? proxy_of(node)->link->ifindex : 0,
		.addr = { .family = t->ops->family },
		.flags = SEA_NTF_PROXY | (proxy_of(node)->router ? SEA_NTF_ROUTER : 0),
	};
	memcpy(info->addr.b, proxy_of(node)->addr.b, sizeof(info->addr.b));
	return true;
}

/* -- questions that wait -- */

struct waiting {
	sea_time due;
};

static sea_time due_of(struct sea_pkt *pkt)
{
	return SEA_PKT_CB_AS(pkt, struct waiting)->due;
}

static void rearm(struct sea_neigh_table *t)
{
	sea_time next = SEA_TIME_NEVER;

	for (struct sea_pkt *pkt = t->delayed.head; pkt; pkt = pkt->next)
		if (sea_time_before(due_of(pkt), next))
			next = due_of(pkt);
	sea_stack_arm(t->stack, &t->delay_timer, next);
}

static void answer_due(struct sea_timer *timer, sea_time now)
{
	struct sea_neigh_table *t = sea_container(timer, struct sea_neigh_table, delay_timer);
	struct sea_pktq waiting;
	struct sea_pkt *pkt;

	sea_pktq_init(&waiting);
	sea_pktq_splice(&waiting, &t->delayed);
	while ((pkt = sea_pktq_pop(&waiting))) {
		if (sea_time_before(now, due_of(pkt)))
			sea_pktq_push(&t->delayed, pkt);
		else
			t->ops->proxied(t->stack, pkt);
	}
	rearm(t);
}

void sea_neigh_proxy_delay(struct sea_neigh_table *t, const struct sea_neigh_params *params,
			   struct sea_pkt *pkt)
{
	uint64_t max_ns = (uint64_t)params->proxy_delay * 10 * SEA_MSEC;
	sea_time due = sea_time_add(t->stack->shard.now,
				    (int64_t)sea_jitter_below(&t->stack->shard.jitter, max_ns));

	if (t->delayed.n > (uint32_t)params->proxy_qlen) {
		sea_pkt_drop(t->stack, pkt, SEA_DROP_NEIGH_PROXY_FULL);
		return;
	}
	if (!sea_pkt_settle(pkt, true)) {
		sea_pkt_drop(t->stack, pkt, SEA_DROP_LINK_NO_MEMORY);
		return;
	}
	SEA_PKT_CB_AS(pkt, struct waiting)->due = due;
	sea_pktq_push(&t->delayed, pkt);
	rearm(t);
}

static void drop_waiting(struct sea_neigh_table *t, const struct sea_link *link)
{
	struct sea_pktq rest;
	struct sea_pkt *pkt;

	sea_pktq_init(&rest);
	while ((pkt = sea_pktq_pop(&t->delayed))) {
		if (link && pkt->link != link)
			sea_pktq_push(&rest, pkt);
		else
			sea_pkt_drop(t->stack, pkt, SEA_DROP_LINK_DOWN);
	}
	sea_pktq_splice(&t->delayed, &rest);
}

/* -- life -- */

void sea_neigh_proxy_init(struct sea_neigh_table *t)
{
	sea_htable_init(&t->proxies, &t->stack->shard.pool, BUCKETS);
	sea_list_init(&t->proxies_in_order);
	sea_pktq_init(&t->delayed);
	sea_timer_init(&t->delay_timer, answer_due);
}

void sea_neigh_proxy_flush(struct sea_neigh_table *t, const struct sea_link *link)
{
	struct sea_list *node, *tmp;

	drop_waiting(t, link);
	SEA_LIST_EACH(node, tmp, &t->proxies_in_order)
	{
		struct sea_neigh_proxy *p = sea_container(node, struct sea_neigh_proxy, node);

		if (!link)
			drop_entry(t, p); /* the stack ends: its groups end with their links */
		else if (p->link == link)
			forget(t, p);
	}
}

/* Questions that wait are lost, as a wire may lose them. */
void sea_neigh_proxy_save(const struct sea_neigh_table *t, struct sea_saver *to)
{
	struct sea_list *node, *tmp;

	sea_save_u32(to, t->proxies.n);
	SEA_LIST_EACH(node, tmp, &t->proxies_in_order)
	{
		const struct sea_neigh_proxy *p = sea_container(node, struct sea_neigh_proxy, node);

		sea_save_u32(to, p->link ? (uint32_t)p->link->ifindex : 0);
		sea_save_bytes(to, p->addr.b, sizeof(p->addr.b));
		sea_save_u8(to, p->router);
		sea_save_u8(to, p->protocol);
	}
}

/* What the protocol needs for it (groups) was saved there. */
static void load_one(struct sea_neigh_table *t, struct sea_loader *from)
{
	int ifindex = (int)sea_load_u32(from);
	struct sea_link *link = ifindex ? sea_link_by_index(t->stack, ifindex) : NULL;
	struct sea_neigh_proxy *p;
	struct sea_ipaddr addr;
	uint8_t protocol;
	bool router;

	sea_load_bytes(from, addr.b, sizeof(addr.b));
	router = sea_load_u8(from);
	protocol = sea_load_u8(from);
	if ((!link && (ifindex || t->ops->proxying)) || exact(t, link, &addr))
		sea_load_fail(from, -EINVAL);
	if (from->err)
		return;
	p = make(t, link, &addr);
	if (!p) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	p->router = router;
	p->protocol = protocol;
}

void sea_neigh_proxy_load(struct sea_neigh_table *t, struct sea_loader *from)
{
	uint32_t n = sea_load_count(from, SEA_NEIGH_PROXIES_MAX);

	while (n-- && !from->err)
		load_one(t, from);
}
