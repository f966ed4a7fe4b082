/* SPDX-License-Identifier: Apache-2.0 */
/* A socket's anycast addresses. */
#include "transport/anycast.h"

#include <errno.h>

#include "core/link.h"
#include "core/save.h"
#include "ip/anycast6.h"
#include "ip/in6.h"
#include "ip/ipv6.h"
#include "ip/ipv6_forward.h"
#include "transport/mcast.h"

struct anycast {
	struct sea_list node; /* in sea_mcast.anycasts, the latest first */
	int ifindex;
	struct sea_ipaddr addr;
};

static struct sea_pool *pool_of(const struct sea_sock *sock)
{
	return &sock->stack->shard.pool;
}

/* -- which link -- */

/* For a router without a way there any link will do: the first that is up. */
static struct sea_link *first_up(struct sea_stack *stack)
{
	struct sea_link *link = NULL;

	while ((link = sea_link_next(stack, link)))
		if (link->up && link->type != SEA_LINK_LOOPBACK)
			return link;
	return NULL;
}

/* 0, or why there is none. */
static int choose_link(struct sea_stack *stack, const struct sea_ipaddr *addr, int ifindex,
		       struct sea_link **link)
{
	const struct sea_flow flow = { .family = SEA_AF_INET6, .dst = *addr };
	const struct sea_route_entry *e;

	*link = NULL;
	if (ifindex)
		*link = sea_link_by_index(stack, ifindex);
	else if (!sea_routes_lookup(&sea_ipv6_of(stack)->routes, &flow, &e))
		*link = e->link;
	else if (sea_ipv6_forwards(stack))
		*link = first_up(stack);
	if (*link && (*link)->ip6)
		return 0;
	return ifindex ? -ENODEV : -EADDRNOTAVAIL;
}

/* Is it in a prefix of one of the link's addresses? */
static bool in_prefix(const struct sea_link *link, const struct sea_ipaddr *addr)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	{
		const struct sea_ifaddr6 *a = sea_container(node, struct sea_ifaddr6, node);

		if (sea_in6_same_prefix(a->addr.b, addr->b, a->prefix_len))
			return true;
	}
	return false;
}

/* A host is not to speak for prefixes that are not its links'. */
static int check_link(const struct sea_link *link, const struct sea_ipaddr *addr)
{
	const struct sea_link_ip6 *ip6 = sea_link_ip6(link);

	if (ip6->conf.forwarding <= 0 && !in_prefix(link, addr))
		return -EADDRNOTAVAIL;
	return ip6->conf.disable_ipv6 ? -EACCES : 0;
}

/* -- in and out -- */

static int remember(struct sea_sock *sock, const struct sea_ipaddr *addr, int ifindex)
{
	struct sea_mcast *mcast = sea_mcast_make(sock);
	struct anycast *a;

	if (!mcast || mcast->n_anycasts >= sea_anycasts_max(sock->stack))
		return -ENOMEM;
	a = sea_pool_zalloc(pool_of(sock), sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->ifindex = ifindex;
	a->addr = *addr;
	sea_list_push_front(&mcast->anycasts, &a->node);
	mcast->n_anycasts++;
	return 0;
}

static void forget(struct sea_sock *sock, struct sea_mcast *mcast, struct anycast *a)
{
	sea_list_remove(&a->node);
	mcast->n_anycasts--;
	sea_pool_free(pool_of(sock), a, sizeof(*a));
}

static bool is_ours(struct sea_stack *stack, const struct sea_ipaddr *addr)
{
	return sea_ifaddr6_find_any(stack, addr) || sea_ipaddr_is_loopback6(addr);
}

int sea_anycast_join(struct sea_sock *sock, const struct sea_ipaddr *addr, int ifindex)
{
	struct sea_stack *stack = sock->stack;
	struct sea_link *link;
	int err;

	if (sea_in6_is_multicast(addr->b) || is_ours(stack, addr))
		return -EINVAL;
	err = choose_link(stack, addr, ifindex, &link);
	if (!err)
		err = check_link(link, addr);
	if (!err)
		err = remember(sock, addr, link->ifindex);
	if (err)
		return err;
	err = sea_anycast6_join(link, addr);
	if (err)
		forget(sock, sea_mcast_of(sock),
		       sea_container(sea_list_first(&sea_mcast_of(sock)->anycasts), struct anycast,
				     node));
	return err;
}

/* A link that is gone has lost all its users. */
static void end(struct sea_sock *sock, struct sea_mcast *mcast, struct anycast *a)
{
	struct sea_link *link = sea_link_by_index(sock->stack, a->ifindex);

	if (link && link->ip6)
		sea_anycast6_leave(link, &a->addr);
	forget(sock, mcast, a);
}

int sea_anycast_leave(struct sea_sock *sock, const struct sea_ipaddr *addr, int ifindex)
{
	struct sea_mcast *mcast = sea_mcast_of(sock);
	struct sea_list *node, *tmp;

	if (!mcast)
		return -ENOENT;
	SEA_LIST_EACH(node, tmp, &mcast->anycasts)
	{
		struct anycast *a = sea_container(node, struct anycast, node);

		if ((ifindex && a->ifindex != ifindex) || !sea_ipaddr_equal(&a->addr, addr))
			continue;
		end(sock, mcast, a);
		return 0;
	}
	return -ENOENT;
}

void sea_anycast_end(struct sea_sock *sock, struct sea_mcast *mcast)
{
	struct sea_list *node;

	while ((node = sea_list_first(&mcast->anycasts)))
		end(sock, mcast, sea_container(node, struct anycast, node));
}

/* -- saved: the oldest first, so that loading brings the list back as it was -- */

void sea_anycast_save(struct sea_saver *to, const struct sea_sock *sock)
{
	const struct sea_mcast *mcast = sea_mcast_of(sock);

	sea_save_u32(to, mcast ? mcast->n_anycasts : 0);
	if (!mcast)
		return;
	for (struct sea_list *node = mcast->anycasts.prev; node != &mcast->anycasts;
	     node = node->prev) {
		const struct anycast *a = sea_container(node, struct anycast, node);

		sea_save_u32(to, (uint32_t)a->ifindex);
		sea_save_bytes(to, a->addr.b, sizeof(a->addr.b));
	}
}

void sea_anycast_load(struct sea_loader *from, struct sea_sock *sock)
{
	for (uint32_t n = sea_load_count(from, sea_anycasts_max(sock->stack)); n && !from->err;
	     n--) {
		int ifindex = (int)sea_load_u32(from);
		struct sea_ipaddr addr;

		sea_load_bytes(from, addr.b, sizeof(addr.b));
		if (!from->err)
			sea_load_fail(from, remember(sock, &addr, ifindex));
	}
}
