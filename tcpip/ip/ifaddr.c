/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses of links: their order, primary and secondary, and which one to speak from. An address of
 * the prefix of one that was there first is secondary; it goes when the primary one goes, as with
 * Linux's promote_secondaries off.
 */
#include "ip/ifaddr.h"

#include <errno.h>
#include <string.h>

#include "ip/igmp.h"
#include "ip/ipv4.h"

static struct sea_ifaddr4 *ifaddr_of(struct sea_list *node)
{
	return sea_container(node, struct sea_ifaddr4, node);
}

/* Every host is in it, on every link (RFC 1112 §4). */
static const struct sea_ipaddr all_hosts = { { 224, 0, 0, 1 } };

int sea_link_ip4_new(struct sea_stack *stack, struct sea_link *link)
{
	const struct sea_ipv4_state *ip = sea_ipv4_of(stack);
	struct sea_link_ip4 *ip4 = sea_pool_zalloc(&stack->shard.pool, sizeof(*ip4));

	if (!ip4)
		return -ENOMEM;
	ip4->link = link;
	ip4->conf = ip->conf_default;
	sea_list_init(&ip4->addrs);
	sea_neigh_params_init(&ip4->neigh, &ip->neigh);
	sea_groups_init(&ip4->groups, link, SEA_AF_INET);
	ip4->groups.reporter.proto = &sea_igmp_group_proto;
	link->ip4 = ip4;
	return sea_group_join(&ip4->groups, &all_hosts);
}

void sea_link_ip4_free(struct sea_link *link)
{
	if (!link->ip4)
		return;
	sea_ifaddr4_clear(link);
	sea_groups_fini(&sea_link_ip4(link)->groups);
	sea_pool_free(&link->stack->shard.pool, link->ip4, sizeof(struct sea_link_ip4));
	link->ip4 = NULL;
}

static void addrs_changed(struct sea_link *link)
{
	link->addr_event = true;
	sea_link_raise(link, 0);
	sea_stack_routes_changed(link->stack);
}

/* -- asking -- */

bool sea_ifaddr4_is_own(const struct sea_link *link, sea_be32 addr)
{
	struct sea_link_ip4 *ip4 = sea_link_ip4(link);
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &ip4->addrs)
	if (sea_be32_equal(ifaddr_of(node)->local, addr))
		return true;
	return false;
}

struct sea_link *sea_ifaddr4_link_of(const struct sea_stack *stack, sea_be32 addr)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &stack->links)
	{
		struct sea_link *link = sea_container(node, struct sea_link, node);

		if (sea_ifaddr4_is_own(link, addr))
			return link;
	}
	return NULL;
}

/* The first primary address of `dst`'s prefix, else the first at all. */
static sea_be32 select_on(const struct sea_link *link, sea_be32 dst, uint8_t scope)
{
	struct sea_link_ip4 *ip4 = sea_link_ip4(link);
	struct sea_list *node, *tmp;
	sea_be32 first = { { 0 } };

	SEA_LIST_EACH(node, tmp, &ip4->addrs)
	{
		const struct sea_ifaddr4 *a = ifaddr_of(node);

		if (a->secondary || a->scope > scope)
			continue;
		if (sea_ipv4_is_any(dst) || sea_ipv4_same_net(dst, a->local, a->prefix_len))
			return a->local;
		if (sea_ipv4_is_any(first))
			first = a->local;
	}
	return first;
}

/* A link without an address of its own borrows another's (RFC 1122 §3.3.4.2, the weak model). */
static sea_be32 select_elsewhere(const struct sea_stack *stack, uint8_t scope)
{
	const sea_be32 any = { { 0 } };
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &stack->links)
	{
		const struct sea_link *link = sea_container(node, struct sea_link, node);
		struct sea_link_ip4 *ip4 = sea_link_ip4(link);
		struct sea_list *a, *next;

		SEA_LIST_EACH(a, next, &ip4->addrs)
		{
			const struct sea_ifaddr4 *addr = ifaddr_of(a);

			if (!addr->secondary && addr->scope != SEA_SCOPE_LINK &&
			    addr->scope <= scope)
				return addr->local;
		}
	}
	return any;
}

sea_be32 sea_ifaddr4_select(const struct sea_link *link, sea_be32 dst, uint8_t scope)
{
	sea_be32 addr = select_on(link, dst, scope);

	return sea_ipv4_is_any(addr) ? select_elsewhere(link->stack, scope) : addr;
}

/* -- change -- */

int sea_ifaddr4_append(struct sea_link *link, const struct sea_ifaddr4 *addr)
{
	struct sea_ifaddr4 *a = sea_pool_alloc(&link->stack->shard.pool, sizeof(*a));

	if (!a)
		return -ENOMEM;
	*a = *addr;
	sea_list_push_back(&sea_link_ip4(link)->addrs, &a->node);
	return 0;
}

static int check(const struct sea_ifaddr *addr)
{
	if (addr->size != sizeof(*addr) || addr->prefix_len > 32)
		return -EINVAL;
	if (addr->broadcast.family && addr->broadcast.family != SEA_AF_INET)
		return -EINVAL;
	return 0;
}

/*
 * Where the new address goes: secondary ones last, a primary one behind the last primary one of its
 * scope or a narrower one. -EEXIST where it is there, -EINVAL where its prefix has another scope.
 */
static int place(struct sea_link_ip4 *ip4, struct sea_ifaddr4 *new, struct sea_list **before)
{
	struct sea_list *node, *tmp;

	*before = ip4->addrs.next;
	SEA_LIST_EACH(node, tmp, &ip4->addrs)
	{
		const struct sea_ifaddr4 *a = ifaddr_of(node);

		if (!a->secondary && new->scope <= a->scope)
			*before = node->next;
		if (a->prefix_len != new->prefix_len ||
		    !sea_ipv4_same_net(a->local, new->local, a->prefix_len))
			continue;
		if (sea_be32_equal(a->local, new->local))
			return -EEXIST;
		if (a->scope != new->scope)
			return -EINVAL;
		new->secondary = true;
	}
	if (new->secondary)
		*before = &ip4->addrs;
	return 0;
}

static void fill(struct sea_ifaddr4 *a, const struct sea_ifaddr *addr)
{
	memset(a, 0, sizeof(*a));
	memcpy(a->local.b, addr->local.b, sizeof(a->local.b));
	if (addr->broadcast.family)
		memcpy(a->broadcast.b, addr->broadcast.b, sizeof(a->broadcast.b));
	a->prefix_len = addr->prefix_len;
	a->scope = (uint8_t)addr->scope;
}

int sea_ifaddr4_add(struct sea_stack *stack, struct sea_link *link, const struct sea_ifaddr *addr)
{
	struct sea_pool *pool = &stack->shard.pool;
	struct sea_list *before;
	struct sea_ifaddr4 *a;
	int err = check(addr);

	if (err)
		return err;
	a = sea_pool_alloc(pool, sizeof(*a));
	if (!a)
		return -ENOMEM;
	fill(a, addr);
	err = place(sea_link_ip4(link), a, &before);
	if (err) {
		sea_pool_free(pool, a, sizeof(*a));
		return err;
	}
	sea_list_insert(&a->node, before->prev, before);
	err = sea_ifaddr4_add_routes(stack, link);
	if (err) {
		sea_ifaddr4_del_routes(stack, link, a);
		sea_list_remove(&a->node);
		sea_pool_free(pool, a, sizeof(*a));
		return err;
	}
	addrs_changed(link);
	return 0;
}

static void drop_addr(struct sea_stack *stack, struct sea_link *link, struct sea_ifaddr4 *a)
{
	struct sea_ipaddr local = sea_ipaddr_of4(a->local);

	sea_ifaddr4_del_routes(stack, link, a);
	sea_list_remove(&a->node);
	if (!sea_ifaddr4_is_local(stack, a->local))
		sea_routes_purge(&sea_ipv4_of(stack)->routes,
				 &(struct sea_routes_purge){ .prefsrc = &local });
	sea_pool_free(&stack->shard.pool, a, sizeof(*a));
}

static void drop_secondaries(struct sea_stack *stack, struct sea_link *link,
			     const struct sea_ifaddr4 *primary)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip4(link)->addrs)
	{
		struct sea_ifaddr4 *a = ifaddr_of(node);

		if (a->secondary && a->prefix_len == primary->prefix_len &&
		    sea_ipv4_same_net(a->local, primary->local, a->prefix_len))
			drop_addr(stack, link, a);
	}
}

static struct sea_ifaddr4 *find(const struct sea_link *link, const struct sea_ifaddr *addr)
{
	struct sea_link_ip4 *ip4 = sea_link_ip4(link);
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &ip4->addrs)
	{
		struct sea_ifaddr4 *a = ifaddr_of(node);

		if (a->prefix_len == addr->prefix_len &&
		    !memcmp(a->local.b, addr->local.b, sizeof(a->local.b)))
			return a;
	}
	return NULL;
}

int sea_ifaddr4_del(struct sea_stack *stack, struct sea_link *link, const struct sea_ifaddr *addr)
{
	struct sea_ifaddr4 *a = find(link, addr);
	int err = check(addr);

	if (err)
		return err;
	if (!a)
		return -EADDRNOTAVAIL;
	if (!a->secondary)
		drop_secondaries(stack, link, a);
	drop_addr(stack, link, a);
	if (sea_ifaddr4_none(link))
		sea_routes_purge(&sea_ipv4_of(stack)->routes,
				 &(struct sea_routes_purge){ .link = link });
	addrs_changed(link);
	return 0;
}

void sea_ifaddr4_clear(struct sea_link *link)
{
	struct sea_list *node;

	while ((node = sea_list_first(&sea_link_ip4(link)->addrs))) {
		sea_list_remove(node);
		sea_pool_free(&link->stack->shard.pool, ifaddr_of(node),
			      sizeof(struct sea_ifaddr4));
	}
}
