/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses of links: their order, primary and secondary, and which one to speak from. An address of
 * the prefix of one that was there first is secondary; it goes when the primary one goes, or, with
 * promote_secondaries, the first of them becomes primary.
 */
#include "ip/ifaddr.h"

#include <errno.h>
#include <string.h>

#include "ip/igmp.h"
#include "ip/ipv4.h"
#include "ip/l3mdev.h"

static struct sea_ifaddr4 *ifaddr_of(struct sea_list *node)
{
	return sea_container(node, struct sea_ifaddr4, node);
}

static const struct sea_ipaddr all_hosts = { { 224, 0, 0, 1 } };

int sea_link_ip4_new(struct sea_stack *stack, struct sea_link *link)
{
	const struct sea_ipv4_state *ip = sea_ipv4_of(stack);
	struct sea_link_ip4 *ip4 = sea_pool_zalloc(&stack->shard.pool, sizeof(*ip4));

	if (!ip4)
		return -ENOMEM;
	ip4->link = link;
	ip4->conf = ip->conf_default;
	ip4->own_conf = ip->own_conf;
	sea_list_init(&ip4->addrs);
	sea_neigh_params_init(&ip4->neigh, &ip->neigh);
	sea_groups_init(&ip4->groups, link, SEA_AF_INET);
	ip4->groups.reporter.proto = &sea_igmp_group_proto;
	link->ip4 = ip4;
	return 0;
}

int sea_link_ip4_join_all_hosts(struct sea_link *link)
{
	struct sea_link_ip4 *ip4 = sea_link_ip4(link);
	int err = ip4->in_all_hosts ? 0 : sea_group_join(&ip4->groups, &all_hosts);

	if (!err)
		ip4->in_all_hosts = true;
	return err;
}

/* A socket's membership is another one. */
void sea_link_ip4_leave_all_hosts(struct sea_link *link)
{
	struct sea_link_ip4 *ip4 = sea_link_ip4(link);

	if (ip4->in_all_hosts)
		sea_group_leave(&ip4->groups, &all_hosts);
	ip4->in_all_hosts = false;
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

void sea_ifaddr4_changed(struct sea_link *link)
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
	if (sea_be32_equal(ifaddr_of(node)->local, addr) && sea_ifaddr4_usable(ifaddr_of(node)))
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

		if (a->secondary || a->scope > scope || !sea_ifaddr4_usable(a))
			continue;
		if (sea_ipv4_is_any(dst) || sea_ipv4_same_net(dst, a->peer, a->prefix_len))
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
			    addr->scope <= scope && sea_ifaddr4_usable(addr))
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

static struct sea_ifaddr4 *copy_of(struct sea_link *link, const struct sea_ifaddr4 *addr)
{
	struct sea_ifaddr4 *a = sea_pool_alloc(&link->stack->shard.pool, sizeof(*a));

	if (!a)
		return NULL;
	*a = *addr;
	a->link = link;
	sea_list_init(&a->node);
	sea_ifaddr4_life_init(a);
	sea_acd_init(a);
	return a;
}

struct sea_ifaddr4 *sea_ifaddr4_append(struct sea_link *link, const struct sea_ifaddr4 *addr)
{
	struct sea_ifaddr4 *a = copy_of(link, addr);

	if (a)
		sea_list_push_back(&sea_link_ip4(link)->addrs, &a->node);
	return a;
}

static void release(struct sea_ifaddr4 *a)
{
	struct sea_shard *shard = &a->link->stack->shard;

	sea_timer_remove(&shard->timers, &a->life);
	sea_timer_remove(&shard->timers, &a->acd.timer);
	sea_list_remove(&a->node);
	sea_pool_free(&shard->pool, a, sizeof(*a));
}

/* What the caller may say; MCAUTOJOIN would take a socket. */
#define SETTABLE                                                                                \
	(SEA_IFA_NODAD | SEA_IFA_HOMEADDRESS | SEA_IFA_MANAGETEMPADDR | SEA_IFA_NOPREFIXROUTE | \
	 SEA_IFA_ACD)
#define READ_ONLY                                                                          \
	(SEA_IFA_SECONDARY | SEA_IFA_OPTIMISTIC | SEA_IFA_DADFAILED | SEA_IFA_DEPRECATED | \
	 SEA_IFA_TENTATIVE | SEA_IFA_PERMANENT | SEA_IFA_STABLE_PRIVACY)

static bool is_family(const struct sea_addr *addr)
{
	return !addr->family || addr->family == SEA_AF_INET;
}

static int check(const struct sea_ifaddr *addr)
{
	if (addr->size != sizeof(*addr) || addr->prefix_len > 32)
		return -EINVAL;
	if (!is_family(&addr->broadcast) || !is_family(&addr->peer))
		return -EINVAL;
	if (!memchr(addr->label, 0, sizeof(addr->label)))
		return -EINVAL;
	if (addr->flags & ~(SETTABLE | READ_ONLY) ||
	    (addr->flags & SEA_IFA_ACD && addr->flags & SEA_IFA_NODAD))
		return -EINVAL;
	return sea_ifaddr4_life_check(addr);
}

static bool same_prefix(const struct sea_ifaddr4 *a, const struct sea_ifaddr4 *b)
{
	return a->prefix_len == b->prefix_len && sea_ipv4_same_net(a->peer, b->peer, a->prefix_len);
}

/* Behind the last primary one of its scope or a narrower one. */
static struct sea_list *behind_primaries(const struct sea_link_ip4 *ip4,
					 const struct sea_ifaddr4 *new)
{
	struct sea_list *node, *tmp, *before = ip4->addrs.next;

	SEA_LIST_EACH(node, tmp, &ip4->addrs)
	if (!ifaddr_of(node)->secondary && new->scope <= ifaddr_of(node)->scope)
		before = node->next;
	return before;
}

/*
 * Primary or secondary? -EEXIST where it is there, -EINVAL where its prefix has another scope.
 */
static int judge(const struct sea_link_ip4 *ip4, struct sea_ifaddr4 *new)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &ip4->addrs)
	{
		const struct sea_ifaddr4 *a = ifaddr_of(node);

		if (!same_prefix(a, new))
			continue;
		if (sea_be32_equal(a->local, new->local))
			return -EEXIST;
		if (a->scope != new->scope)
			return -EINVAL;
		new->secondary = true;
	}
	return 0;
}

static void fill(struct sea_ifaddr4 *a, const struct sea_ifaddr *addr)
{
	memset(a, 0, sizeof(*a));
	memcpy(a->local.b, addr->local.b, sizeof(a->local.b));
	a->peer = a->local;
	if (addr->peer.family)
		memcpy(a->peer.b, addr->peer.b, sizeof(a->peer.b));
	if (addr->broadcast.family)
		memcpy(a->broadcast.b, addr->broadcast.b, sizeof(a->broadcast.b));
	a->prefix_len = addr->prefix_len;
	a->scope = (uint8_t)addr->scope;
	a->flags = addr->flags & SETTABLE;
	a->metric = addr->metric;
	a->proto = addr->protocol;
	memcpy(a->label, addr->label, sizeof(a->label));
}

/* Links without ARP have nobody to ask. */
static void begin(struct sea_link *link, struct sea_ifaddr4 *a, const struct sea_ifaddr *addr)
{
	a->created = link->stack->shard.now;
	sea_ifaddr4_life_set(a, addr->valid_s, addr->preferred_s);
	if (!link->framing->resolves)
		a->flags &= ~SEA_IFA_ACD;
	if (a->flags & SEA_IFA_ACD)
		a->flags |= SEA_IFA_TENTATIVE;
	if (a->flags & SEA_IFA_ACD && link->up)
		sea_acd_start(a);
}

int sea_ifaddr4_add(struct sea_stack *stack, struct sea_link *link, const struct sea_ifaddr *addr)
{
	struct sea_link_ip4 *ip4 = sea_link_ip4(link);
	struct sea_ifaddr4 new, *a;
	struct sea_list *before;
	int err = check(addr);

	if (err)
		return err;
	ip4->own_conf = UINT64_MAX; /* who has addresses is set up, as on Linux */
	fill(&new, addr);
	err = judge(ip4, &new);
	if (err)
		return err;
	a = copy_of(link, &new);
	if (!a)
		return -ENOMEM;
	before = a->secondary ? &ip4->addrs : behind_primaries(ip4, a);
	sea_list_insert(&a->node, before->prev, before);
	begin(link, a, addr);
	err = sea_ifaddr4_add_routes_of(a);
	if (err) {
		sea_ifaddr4_del_routes(stack, link, a);
		release(a);
		return err;
	}
	sea_ifaddr4_changed(link);
	sea_ifaddr4_tell(a, false);
	return 0;
}

/* May nobody speak from it any more? Not from what is somebody's broadcast address first, either. */
static bool is_gone(struct sea_link *link, sea_be32 addr)
{
	if (sea_ifaddr4_is_own(link, addr))
		return false;
	if (sea_l3mdev_table_of(link, SEA_TABLE_LOCAL) != SEA_TABLE_LOCAL)
		return !sea_ifaddr4_is_local(link->stack, addr);
	return sea_ipv4_addr_type(link->stack, addr, 0) != SEA_ROUTE_LOCAL;
}

static void drop_addr(struct sea_stack *stack, struct sea_link *link, struct sea_ifaddr4 *a)
{
	uint32_t table = sea_l3mdev_table_of(link, SEA_TABLE_MAIN);
	struct sea_ipaddr local = sea_ipaddr_of4(a->local);

	sea_ifaddr4_tell(a, true);
	sea_ifaddr4_del_routes(stack, link, a);
	release(a);
	if (is_gone(link, sea_ipaddr_to4(&local)))
		sea_routes_purge(&sea_ipv4_of(stack)->routes,
				 &(struct sea_routes_purge){ .prefsrc = &local, .table = table });
}

/* The first secondary address of a prefix, or NULL. */
static struct sea_ifaddr4 *heir_of(struct sea_link_ip4 *ip4, const struct sea_ifaddr4 *primary)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &ip4->addrs)
	if (ifaddr_of(node)->secondary && same_prefix(ifaddr_of(node), primary))
		return ifaddr_of(node);
	return NULL;
}

static void drop_secondaries(struct sea_stack *stack, struct sea_link *link,
			     const struct sea_ifaddr4 *primary)
{
	struct sea_ifaddr4 *a;

	while ((a = heir_of(sea_link_ip4(link), primary)))
		drop_addr(stack, link, a);
}

/* Takes the place that is free now; what spoke through the old one speaks through it. */
static void promote(struct sea_link *link, struct sea_ifaddr4 *heir)
{
	struct sea_list *before;

	sea_list_remove(&heir->node);
	heir->secondary = false;
	before = behind_primaries(sea_link_ip4(link), heir);
	sea_list_insert(&heir->node, before->prev, before);
}

void sea_ifaddr4_remove(struct sea_stack *stack, struct sea_link *link, struct sea_ifaddr4 *a)
{
	struct sea_ifaddr4 *heir = NULL;
	int err = 0;

	if (!a->secondary && SEA_CONF4_OR(link, promote_secondaries))
		heir = heir_of(sea_link_ip4(link), a);
	else if (!a->secondary)
		drop_secondaries(stack, link, a);
	drop_addr(stack, link, a);
	if (heir) {
		promote(link, heir);
		sea_ifaddr4_tell(heir, false);
		err = sea_ifaddr4_add_routes(link);
	}
	if (err)
		sea_stack_log(stack, SEA_LOG_ERROR, "%s: no memory for an address's routes",
			      link->name);
	if (sea_ifaddr4_none(link))
		sea_routes_purge(&sea_ipv4_of(stack)->routes,
				 &(struct sea_routes_purge){ .link = link });
	sea_ifaddr4_changed(link);
}

static struct sea_ifaddr4 *find(const struct sea_link *link, const struct sea_ifaddr *addr)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip4(link)->addrs)
	{
		struct sea_ifaddr4 *a = ifaddr_of(node);

		if (a->prefix_len != addr->prefix_len ||
		    memcmp(a->local.b, addr->local.b, sizeof(a->local.b)))
			continue;
		if (!addr->peer.family || !memcmp(a->peer.b, addr->peer.b, sizeof(a->peer.b)))
			return a;
	}
	return NULL;
}

int sea_ifaddr4_del(struct sea_stack *stack, struct sea_link *link, const struct sea_ifaddr *addr)
{
	struct sea_ifaddr4 *a = find(link, addr);

	if (addr->size != sizeof(*addr) || addr->prefix_len > 32 || !is_family(&addr->peer))
		return -EINVAL;
	if (!a)
		return -EADDRNOTAVAIL;
	sea_ifaddr4_remove(stack, link, a);
	return 0;
}

void sea_ifaddr4_clear(struct sea_link *link)
{
	struct sea_list *node;

	while ((node = sea_list_first(&sea_link_ip4(link)->addrs)))
		release(ifaddr_of(node));
}
