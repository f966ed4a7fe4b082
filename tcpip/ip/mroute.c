/* SPDX-License-Identifier: Apache-2.0 */
/* The multicast router: its life, its vifs, its table of routes. */
#include "ip/mroute.h"

#include <errno.h>
#include <string.h>

#include "ip/conf_told.h"
#include "ip/route.h"

/* link NULL: of all. */
static void forwards(struct sea_stack *stack, const struct sea_mrouter_ops *ops,
		     const struct sea_link *link, int32_t value)
{
	*ops->conf(stack, link) = value;
	sea_conf_tell(stack, ops->family, link ? link->ifindex : NETCONFA_IFINDEX_ALL,
		      NETCONFA_MC_FORWARDING);
}

/* -- life -- */

struct sea_mrouter *sea_mrouter_new(struct sea_stack *stack, const struct sea_mrouter_ops *ops)
{
	struct sea_mrouter *mr = sea_pool_zalloc(&stack->shard.pool, sizeof(*mr));

	if (!mr)
		return NULL;
	mr->stack = stack;
	mr->ops = ops;
	sea_rbtree_init(&mr->entries);
	sea_list_init(&mr->all);
	sea_mrouter_wait_init(mr);
	forwards(stack, ops, NULL, 1);
	return mr;
}

static struct sea_mroute_entry *entry_of(struct sea_rbnode *node)
{
	return node ? sea_container(node, struct sea_mroute_entry, node) : NULL;
}

static void remove_entry(struct sea_mrouter *mr, struct sea_mroute_entry *e)
{
	sea_rb_remove(&mr->entries, &e->node);
	sea_list_remove(&e->all);
	mr->n_entries--;
	sea_pool_free(&mr->stack->shard.pool, e, sizeof(*e));
}

static void clear_vif(struct sea_mrouter *mr, struct sea_mrouter_vif *v)
{
	forwards(mr->stack, mr->ops, v->link, *mr->ops->conf(mr->stack, v->link) - 1);
	*v = (struct sea_mrouter_vif){ 0 };
}

/* In this order Linux tells of it. */
void sea_mrouter_free(struct sea_mrouter *mr, enum sea_drop why)
{
	struct sea_list *node;

	if (!mr)
		return;
	for (unsigned i = 0; i < SEA_MROUTE_VIFS; i++)
		if (mr->vifs[i].link)
			clear_vif(mr, &mr->vifs[i]);
	while ((node = sea_list_first(&mr->all))) {
		struct sea_mroute_entry *e = sea_container(node, struct sea_mroute_entry, all);

		sea_mrouter_news(mr, e, &e->key, true);
		remove_entry(mr, e);
	}
	sea_mrouter_wait_flush(mr, NULL, why);
	sea_timer_remove(&mr->stack->shard.timers, &mr->timer);
	forwards(mr->stack, mr->ops, NULL, 0);
	sea_pool_free(&mr->stack->shard.pool, mr, sizeof(*mr));
}

void sea_mrouter_news(const struct sea_mrouter *mr, const struct sea_mroute_entry *e,
		      const struct sea_mroute_key *key, bool gone)
{
	const struct sea_mroute_news of_group = { .router = mr, .entry = e, .key = key };
	const struct sea_route_news news = { .mroute = &of_group, .gone = gone };

	if (mr->stack->route_observer)
		mr->stack->route_observer(mr->stack, &news);
}

/* -- vifs -- */

int sea_mrouter_vif_of(const struct sea_mrouter *mr, const struct sea_link *link)
{
	for (int i = SEA_MROUTE_VIFS - 1; i >= 0; i--)
		if (mr->vifs[i].link == link)
			return i;
	return -1;
}

int sea_mrouter_vif_add(struct sea_mrouter *mr, const struct sea_mroute_vif *vif)
{
	struct sea_link *link;

	if (vif->vif >= SEA_MROUTE_VIFS)
		return -ENFILE;
	if (mr->vifs[vif->vif].link)
		return -EADDRINUSE;
	link = sea_link_by_index(mr->stack, vif->ifindex);
	if (!link)
		return -EADDRNOTAVAIL;
	mr->vifs[vif->vif] = (struct sea_mrouter_vif){ .link = link, .threshold = vif->threshold };
	forwards(mr->stack, mr->ops, link, *mr->ops->conf(mr->stack, link) + 1);
	return 0;
}

int sea_mrouter_vif_del(struct sea_mrouter *mr, uint16_t vif)
{
	if (vif >= SEA_MROUTE_VIFS)
		return mr->ops->family == SEA_AF_INET ? -ENFILE : -EADDRNOTAVAIL;
	if (!mr->vifs[vif].link)
		return -EADDRNOTAVAIL;
	clear_vif(mr, &mr->vifs[vif]);
	return 0;
}

void sea_mrouter_link_gone(struct sea_mrouter *mr, const struct sea_link *link)
{
	if (!mr)
		return;
	for (unsigned i = 0; i < SEA_MROUTE_VIFS; i++)
		if (mr->vifs[i].link == link)
			clear_vif(mr, &mr->vifs[i]);
	sea_mrouter_wait_flush(mr, link, SEA_DROP_LINK_DELETED);
}

/* -- the table -- */

/* By group, then source, then age. */
static int compare(const struct sea_mroute_entry *e, const struct sea_mroute_key *key,
		   uint64_t order)
{
	int c = memcmp(&e->key.group, &key->group, sizeof(key->group));

	if (!c)
		c = memcmp(&e->key.src, &key->src, sizeof(key->src));
	return c ? c : (e->order < order) - (e->order > order);
}

/* The newest of a key, or what stands behind it. */
static struct sea_mroute_entry *lower_bound(const struct sea_mrouter *mr,
					    const struct sea_mroute_key *key)
{
	struct sea_rbnode *node = mr->entries.root, *best = NULL;

	while (node) {
		bool before = compare(entry_of(node), key, UINT64_MAX) < 0;

		if (!before)
			best = node;
		node = before ? node->right : node->left;
	}
	return entry_of(best);
}

static bool has_key(const struct sea_mroute_entry *e, const struct sea_mroute_key *key)
{
	return e && sea_ipaddr_equal(&e->key.group, &key->group) &&
	       sea_ipaddr_equal(&e->key.src, &key->src);
}

/* Those of one key, the newest first: `prev` NULL is that; NULL ends. */
static struct sea_mroute_entry *next_of(const struct sea_mrouter *mr,
					const struct sea_mroute_key *key,
					struct sea_mroute_entry *prev)
{
	struct sea_mroute_entry *e = prev ? entry_of(sea_rb_next(&prev->node))
					  : lower_bound(mr, key);

	return has_key(e, key) ? e : NULL;
}

static struct sea_mroute_entry *find_any_any(const struct sea_mrouter *mr, int vif)
{
	static const struct sea_mroute_key any;
	struct sea_mroute_entry *e = NULL;

	while ((e = next_of(mr, &any, e)))
		if (e->ttls[vif] != SEA_MROUTE_NOT_OUT)
			return e;
	return NULL;
}

bool sea_mrouter_in_tree(const struct sea_mrouter *mr, int a, int b)
{
	const struct sea_mroute_entry *tree = find_any_any(mr, a);

	return tree && tree->ttls[b] != SEA_MROUTE_NOT_OUT;
}

/* Is the vif of the (*,G)'s tree, or of that of a (*,*) on the same parent? */
static bool takes(const struct sea_mrouter *mr, const struct sea_mroute_entry *e, int vif)
{
	return e->ttls[vif] != SEA_MROUTE_NOT_OUT || sea_mrouter_in_tree(mr, e->parent, vif);
}

struct sea_mroute_entry *sea_mrouter_find(const struct sea_mrouter *mr,
					  const struct sea_mroute_key *key, int vif)
{
	const struct sea_mroute_key any_src = { .group = key->group };
	struct sea_mroute_entry *e = next_of(mr, key, NULL);

	if (e || vif < 0)
		return e;
	while ((e = next_of(mr, &any_src, e)))
		if (takes(mr, e, vif))
			return e;
	return find_any_any(mr, vif);
}

const struct sea_mroute_entry *sea_mrouter_get(const struct sea_mrouter *mr,
					       const struct sea_mroute_key *key)
{
	return next_of(mr, key, NULL);
}

const struct sea_mroute_entry *sea_mrouter_at(const struct sea_mrouter *mr, uint64_t rank)
{
	struct sea_rbnode *node = sea_rb_first(&mr->entries);

	while (node && rank--)
		node = sea_rb_next(node);
	return entry_of(node);
}

/* -- changes of it -- */

static void link_entry(struct sea_mrouter *mr, struct sea_mroute_entry *e)
{
	struct sea_rbnode **at = &mr->entries.root, *parent = NULL;

	while (*at) {
		parent = *at;
		at = compare(entry_of(parent), &e->key, e->order) < 0 ? &parent->right
								      : &parent->left;
	}
	sea_rb_link(&mr->entries, &e->node, parent, at);
}

struct sea_mroute_entry *sea_mrouter_insert(struct sea_mrouter *mr,
					    const struct sea_mroute_key *key, uint16_t parent)
{
	struct sea_mroute_entry *e = sea_pool_zalloc(&mr->stack->shard.pool, sizeof(*e));

	if (!e)
		return NULL;
	e->key = *key;
	e->parent = parent;
	e->order = mr->order++;
	e->last_used = mr->stack->shard.now;
	sea_list_push_back(&mr->all, &e->all);
	link_entry(mr, e);
	mr->n_entries++;
	return e;
}

/* The one that a call means: of proxies that with its parent, else the newest. */
static struct sea_mroute_entry *meant(const struct sea_mrouter *mr, const struct sea_mroute *route,
				      const struct sea_mroute_key *key)
{
	struct sea_mroute_entry *e = next_of(mr, key, NULL);

	while (e && route->proxy && e->parent != route->parent)
		e = next_of(mr, key, e);
	return e;
}

/* False: an address of another family. */
static bool take_addr(uint8_t family, const struct sea_addr *from, struct sea_ipaddr *to)
{
	*to = (struct sea_ipaddr){ { 0 } };
	if (from->family)
		memcpy(to->b, from->b, family == SEA_AF_INET ? 4 : 16);
	return !from->family || from->family == family;
}

static bool is_group(uint8_t family, const struct sea_ipaddr *a)
{
	return family == SEA_AF_INET ? (a->b[0] & 0xf0) == 0xe0 : a->b[0] == 0xff;
}

static int check(const struct sea_mrouter *mr, const struct sea_mroute *route,
		 struct sea_mroute_key *key)
{
	static const struct sea_ipaddr any;
	uint8_t family = mr->ops->family;

	if (!take_addr(family, &route->src, &key->src) ||
	    !take_addr(family, &route->group, &key->group))
		return -EINVAL;
	if (route->parent >= SEA_MROUTE_VIFS)
		return -ENFILE;
	return sea_ipaddr_equal(&key->group, &any) || is_group(family, &key->group) ? 0 : -EINVAL;
}

static void take_ttls(const struct sea_mrouter *mr, struct sea_mroute_entry *e,
		      const struct sea_mroute *route)
{
	for (unsigned i = 0; i < SEA_MROUTE_VIFS; i++)
		e->ttls[i] = mr->vifs[i].link && route->ttls[i] ? route->ttls[i]
								: SEA_MROUTE_NOT_OUT;
}

int sea_mrouter_add(struct sea_mrouter *mr, const struct sea_mroute *route)
{
	struct sea_mroute_entry *e;
	struct sea_mroute_key key;
	int err = check(mr, route, &key);

	if (err)
		return err;
	e = meant(mr, route, &key);
	if (!e && mr->n_entries >= SEA_MROUTES_MAX)
		return -ENOSPC;
	if (!e)
		e = sea_mrouter_insert(mr, &key, route->parent);
	if (!e)
		return -ENOMEM;
	e->parent = route->parent;
	take_ttls(mr, e, route);
	sea_mrouter_news(mr, e, &key, false);
	sea_mrouter_release(mr, e);
	return 0;
}

int sea_mrouter_del(struct sea_mrouter *mr, const struct sea_mroute *route)
{
	struct sea_mroute_entry *e;
	struct sea_mroute_key key;
	int err = check(mr, route, &key);

	if (err)
		return err;
	e = meant(mr, route, &key);
	if (!e)
		return -ENOENT;
	sea_mrouter_news(mr, e, &key, true);
	remove_entry(mr, e);
	return 0;
}
