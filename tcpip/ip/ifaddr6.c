/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPv6 addresses of links: how they are found, come and go. How long they live is ifaddr6_life.c, what
 * they bring along ifaddr6_route.c, when they may be used dad.c.
 */
#include "ip/anycast6.h"
#include "ip/ifaddr6.h"

#include <errno.h>
#include <string.h>

#include "ip/dad.h"
#include "ip/ifaddr6_change.h"
#include "ip/in6.h"
#include "ip/ipv6.h"
#include "ip/mld.h"
#include "ip/slaac.h"

#define SCOPE_SITE 200 /* RT_SCOPE_SITE of Linux, for fec0::/10 only */

static struct sea_ifaddr6 *ifaddr_of(struct sea_list *node)
{
	return sea_container(node, struct sea_ifaddr6, node);
}

/* -- the link's state -- */

/* lo needs neither duplicate detection nor temporary addresses. */
static void tame_loopback(struct sea_conf6 *conf)
{
	conf->accept_dad = -1;
	conf->use_tempaddr = -1;
}

int sea_link_ip6_new(struct sea_stack *stack, struct sea_link *link)
{
	const struct sea_ipv6_state *ip = sea_ipv6_of(stack);
	struct sea_link_ip6 *ip6 = sea_pool_zalloc(&stack->shard.pool, sizeof(*ip6));

	if (!ip6)
		return -ENOMEM;
	ip6->link = link;
	ip6->conf = ip->conf_default;
	sea_ipv6_take_mtu(link, ip6);
	if (ip6->conf.stable_secret.set)
		ip6->conf.addr_gen_mode = SEA_ADDR_GEN_STABLE;
	if (link->type == SEA_LINK_LOOPBACK)
		tame_loopback(&ip6->conf);
	ip6->first_mac = link->mac;
	sea_list_init(&ip6->addrs);
	sea_neigh_params_init(&ip6->neigh, &ip->neigh);
	sea_list_init(&ip6->anycasts);
	sea_groups_init(&ip6->groups, link, SEA_AF_INET6);
	ip6->groups.reporter.proto = &sea_mld_group_proto;
	sea_nd_host_init(&ip6->host, link);
	link->ip6 = ip6;
	return 0;
}

void sea_link_ip6_free(struct sea_link *link)
{
	if (!link->ip6)
		return;
	sea_ifaddr6_clear(link);
	sea_nd_host_stop(&sea_link_ip6(link)->host, link);
	sea_anycast6_clear(link);
	sea_groups_fini(&sea_link_ip6(link)->groups);
	sea_pool_free(&link->stack->shard.pool, link->ip6, sizeof(struct sea_link_ip6));
	link->ip6 = NULL;
}

void sea_ifaddr6_changed(struct sea_link *link)
{
	link->addr_event = true;
	sea_link_raise(link, 0);
	sea_stack_routes_changed(link->stack);
}

/* -- asking -- */

struct sea_ifaddr6 *sea_ifaddr6_find(const struct sea_link *link, const struct sea_ipaddr *addr)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	if (sea_ipaddr_equal(&ifaddr_of(node)->addr, addr))
		return ifaddr_of(node);
	return NULL;
}

struct sea_ifaddr6 *sea_ifaddr6_find_any(const struct sea_stack *stack,
					 const struct sea_ipaddr *addr)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &stack->links)
	{
		const struct sea_link *link = sea_container(node, struct sea_link, node);
		struct sea_ifaddr6 *a = sea_ifaddr6_find(link, addr);

		if (a)
			return a;
	}
	return NULL;
}

/* -- coming and going -- */

static uint8_t scope_of(const uint8_t addr[16])
{
	if (sea_in6_is_loopback(addr))
		return SEA_SCOPE_HOST;
	switch (sea_in6_scope(addr)) {
	case SEA_IN6_SCOPE_INTERFACE:
		return SEA_SCOPE_HOST;
	case SEA_IN6_SCOPE_LINK:
		return SEA_SCOPE_LINK;
	case SEA_IN6_SCOPE_SITE:
		return SCOPE_SITE;
	default:
		return SEA_SCOPE_GLOBAL;
	}
}

/* The widest scope first, and of one scope the newest (as `ip -6 addr` lists them). */
static void place(struct sea_ifaddr6 *a)
{
	struct sea_list *addrs = &sea_link_ip6(a->link)->addrs, *at = addrs->next;
	uint8_t scope = sea_in6_scope(a->addr.b);

	while (at != addrs && sea_in6_scope(ifaddr_of(at)->addr.b) > scope)
		at = at->next;
	sea_list_insert(&a->node, at->prev, at);
}

struct sea_ifaddr6 *sea_ifaddr6_insert(const struct sea_ifaddr6 *like)
{
	struct sea_stack *stack = like->link->stack;
	struct sea_ifaddr6 *a = sea_pool_alloc(&stack->shard.pool, sizeof(*a));

	if (!a)
		return NULL;
	*a = *like;
	a->heard = false;
	a->scope = scope_of(a->addr.b);
	a->created = a->updated = stack->shard.now;
	if (!a->preferred_s)
		a->flags |= SEA_IFA_DEPRECATED;
	sea_dad_init(a);
	place(a);
	sea_ifaddr6_await(a);
	sea_ifaddr6_changed(a->link);
	return a;
}

int sea_ifaddr6_start(struct sea_ifaddr6 *a)
{
	int err;

	if (!sea_link_ip6(a->link)->running)
		return 0;
	err = sea_ifaddr6_add_prefix_route(a);
	return err ? err : sea_dad_start(a);
}

/* Temporary addresses do not outlive the one whose prefix they have. */
void sea_ifaddr6_drop(struct sea_ifaddr6 *a)
{
	struct sea_link *link = a->link;
	struct sea_stack *stack = link->stack;
	struct sea_ipaddr addr = a->addr;

	if (a->flags & SEA_IFA_MANAGETEMPADDR)
		sea_temp_drop_all(a);
	sea_ifaddr6_tell(a, true);
	sea_dad_stop(a);
	sea_ifaddr6_del_own_route(a);
	sea_list_remove(&a->node);
	sea_ifaddr6_del_prefix_route(a);
	sea_pool_free(&stack->shard.pool, a, sizeof(*a));
	if (!sea_ifaddr6_find_any(stack, &addr))
		sea_routes_purge(&sea_ipv6_of(stack)->routes,
				 &(struct sea_routes_purge){ .prefsrc = &addr });
	sea_ifaddr6_changed(link);
}

void sea_ifaddr6_clear(struct sea_link *link)
{
	struct sea_list *node;

	while ((node = sea_list_first(&sea_link_ip6(link)->addrs))) {
		sea_timer_remove(&link->stack->shard.timers, &ifaddr_of(node)->dad.timer);
		sea_list_remove(node);
		sea_pool_free(&link->stack->shard.pool, ifaddr_of(node),
			      sizeof(struct sea_ifaddr6));
	}
}

/* -- the link's up and down -- */

int sea_ifaddr6_link_up(struct sea_link *link)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	{
		int err = sea_ifaddr6_start(ifaddr_of(node));

		if (err)
			return err;
	}
	return sea_slaac_own(link);
}

static bool is_kept(const struct sea_ifaddr6 *a)
{
	const struct sea_link_ip6 *ip6 = sea_link_ip6(a->link);
	int32_t all = sea_ipv6_of(a->link->stack)->conf_all.keep_addr_on_down;

	return (all ? all : ip6->conf.keep_addr_on_down) > 0 && a->flags & SEA_IFA_PERMANENT &&
	       !sea_in6_is_link_local(a->addr.b) && !ip6->conf.disable_ipv6;
}

/* Nobody knows whose it is when the link comes back. */
static void keep(struct sea_ifaddr6 *a)
{
	sea_dad_stop(a);
	sea_ifaddr6_del_own_route(a);
	a->flags &= ~SEA_IFA_DADFAILED;
	if (!(a->flags & SEA_IFA_NODAD))
		a->flags |= SEA_IFA_TENTATIVE;
}

void sea_ifaddr6_link_down(struct sea_link *link)
{
	struct sea_list *node, *tmp;

	/* Dropping one may take others, temporary ones, with it; those come first then. */
	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	if (ifaddr_of(node)->flags & SEA_IFA_TEMPORARY)
		sea_ifaddr6_drop(ifaddr_of(node));
	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	{
		if (is_kept(ifaddr_of(node)))
			keep(ifaddr_of(node));
		else
			sea_ifaddr6_drop(ifaddr_of(node));
	}
	sea_ifaddr6_changed(link);
}

/* -- as configured -- */

#define CONFIGURABLE                                                                            \
	(SEA_IFA_NODAD | SEA_IFA_HOMEADDRESS | SEA_IFA_MANAGETEMPADDR | SEA_IFA_NOPREFIXROUTE | \
	 SEA_IFA_MCAUTOJOIN | SEA_IFA_OPTIMISTIC)

static int check_addr(const struct sea_link *link, const struct sea_ifaddr *addr)
{
	bool is_group = sea_in6_is_multicast(addr->local.b);

	if (sea_in6_is_any(addr->local.b))
		return -EADDRNOTAVAIL;
	if (is_group && !(addr->flags & SEA_IFA_MCAUTOJOIN))
		return -EADDRNOTAVAIL;
	if (!is_group && addr->flags & SEA_IFA_MCAUTOJOIN)
		return -EINVAL;
	if (sea_in6_is_loopback(addr->local.b) && link->type != SEA_LINK_LOOPBACK)
		return -EADDRNOTAVAIL;
	return 0;
}

static int check(const struct sea_link *link, const struct sea_ifaddr *addr)
{
	if (addr->size != sizeof(*addr) || addr->prefix_len > 128)
		return -EINVAL;
	if (addr->flags & SEA_IFA_MANAGETEMPADDR && addr->prefix_len != 64)
		return -EINVAL;
	if (addr->preferred_s > addr->valid_s)
		return -EINVAL;
	if (sea_link_ip6(link)->conf.disable_ipv6)
		return -EACCES;
	return link->mtu < SEA_IPV6_MTU_MIN ? -EINVAL : check_addr(link, addr);
}

static void describe(struct sea_ifaddr6 *like, struct sea_link *link, const struct sea_ifaddr *addr)
{
	*like = (struct sea_ifaddr6){ .link = link,
				      .prefix_len = addr->prefix_len,
				      .flags = addr->flags & CONFIGURABLE,
				      .metric = addr->metric,
				      .valid_s = addr->valid_s,
				      .preferred_s = addr->preferred_s,
				      .proto = addr->protocol };
	memcpy(like->addr.b, addr->local.b, sizeof(like->addr.b));
	if (addr->peer.family && memcmp(addr->peer.b, addr->local.b, 16) != 0)
		memcpy(like->peer.b, addr->peer.b, sizeof(like->peer.b));
	if (!like->valid_s)
		like->valid_s = like->preferred_s = SEA_LIFETIME_INFINITE;
	if (like->valid_s == SEA_LIFETIME_INFINITE)
		like->flags |= SEA_IFA_PERMANENT;
	if (!(like->flags & SEA_IFA_NODAD))
		like->flags |= SEA_IFA_TENTATIVE;
	like->has_prefix = !(like->flags & SEA_IFA_NOPREFIXROUTE);
}

int sea_ifaddr6_add(struct sea_stack *stack, struct sea_link *link, const struct sea_ifaddr *addr)
{
	struct sea_ifaddr6 like, *a;
	int err = check(link, addr);

	(void)stack;
	if (err)
		return err;
	describe(&like, link, addr);
	if (sea_ifaddr6_find(link, &like.addr))
		return -EEXIST;
	a = sea_ifaddr6_insert(&like);
	if (!a)
		return -ENOMEM;
	if (!(a->flags & (SEA_IFA_OPTIMISTIC | SEA_IFA_NODAD)))
		sea_ifaddr6_tell(a, false);
	err = sea_ifaddr6_start(a);
	if (err)
		sea_ifaddr6_drop(a);
	else if (a->flags & SEA_IFA_MANAGETEMPADDR)
		sea_temp_follow(a, a->valid_s, a->preferred_s, true);
	return err;
}

static struct sea_ifaddr6 *find_configured(const struct sea_link *link,
					   const struct sea_ifaddr *addr)
{
	struct sea_ifaddr6 *a;
	struct sea_ipaddr own;

	memcpy(own.b, addr->local.b, sizeof(own.b));
	a = sea_ifaddr6_find(link, &own);
	return a && a->prefix_len == addr->prefix_len ? a : NULL;
}

int sea_ifaddr6_del(struct sea_stack *stack, struct sea_link *link, const struct sea_ifaddr *addr)
{
	struct sea_ifaddr6 *a;

	(void)stack;
	if (addr->size != sizeof(*addr) || addr->prefix_len > 128)
		return -EINVAL;
	a = find_configured(link, addr);
	if (!a)
		return -EADDRNOTAVAIL;
	sea_ifaddr6_drop(a);
	return 0;
}
