/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration calls of <seastack/config.h>: entered, told apart by family, handed on. */
#include <errno.h>
#include <string.h>

#include "core/abi.h"
#include "ip/ipv4.h"

/* The IPv4 module, or why there is none for this family. */
static int module(struct sea_stack *stack, uint8_t family, struct sea_ipv4_state **ip)
{
	*ip = family == SEA_AF_INET ? sea_ipv4_of(stack) : NULL;
	return *ip ? 0 : -EAFNOSUPPORT;
}

/* -- addresses -- */

typedef int ifaddr_fn(struct sea_stack *stack, struct sea_link *link,
		      const struct sea_ifaddr *addr);

static int ifaddr_call(struct sea_stack *stack, const struct sea_ifaddr *addr, sea_time now,
		       ifaddr_fn *fn)
{
	struct sea_ipv4_state *ip;
	struct sea_link *link;
	int err;

	sea_stack_enter(stack, now);
	err = module(stack, addr->local.family, &ip);
	if (!err) {
		link = sea_link_by_index(stack, addr->ifindex);
		err = link ? fn(stack, link, addr) : -ENODEV;
	}
	sea_stack_leave(stack);
	return err;
}

int sea_ifaddr_add(struct sea_stack *stack, const struct sea_ifaddr *addr, sea_time now)
{
	return ifaddr_call(stack, addr, now, sea_ifaddr4_add);
}

int sea_ifaddr_del(struct sea_stack *stack, const struct sea_ifaddr *addr, sea_time now)
{
	return ifaddr_call(stack, addr, now, sea_ifaddr4_del);
}

static struct sea_addr addr4(sea_be32 a)
{
	return sea_addr_v4(a.b[0], a.b[1], a.b[2], a.b[3]);
}

static const struct sea_ifaddr4 *ifaddr_at(const struct sea_link *link, uint32_t rank)
{
	struct sea_link_ip4 *ip4 = sea_link_ip4(link);
	struct sea_list *node, *tmp;

	if (!ip4) /* a stack without IPv4 */
		return NULL;
	SEA_LIST_EACH(node, tmp, &ip4->addrs)
	if (!rank--)
		return sea_container(node, struct sea_ifaddr4, node);
	return NULL;
}

static void show_ifaddr(const struct sea_link *link, const struct sea_ifaddr4 *a,
			struct sea_ifaddr *addr)
{
	struct sea_ifaddr ours = { .ifindex = link->ifindex,
				   .local = addr4(a->local),
				   .prefix_len = a->prefix_len,
				   .scope = (enum sea_scope)a->scope,
				   .flags = SEA_IFA_PERMANENT |
					    (a->secondary ? SEA_IFA_SECONDARY : 0),
				   .valid_s = SEA_LIFETIME_INFINITE,
				   .preferred_s = SEA_LIFETIME_INFINITE };

	if (!sea_ipv4_is_any(a->broadcast))
		ours.broadcast = addr4(a->broadcast);
	sea_abi_fill(addr, &ours, sizeof(ours));
}

/* A cursor is the link's index and the rank among its addresses. */
bool sea_ifaddr_next(struct sea_stack *stack, uint64_t *cursor, struct sea_ifaddr *addr)
{
	int ifindex = (int)(*cursor >> 32);
	uint32_t rank = (uint32_t)*cursor;
	struct sea_link *link;

	for (link = sea_link_next(stack, NULL); link; link = sea_link_next(stack, link)) {
		const struct sea_ifaddr4 *a;

		if (link->ifindex < ifindex)
			continue;
		if (link->ifindex > ifindex)
			rank = 0;
		a = ifaddr_at(link, rank);
		if (a) {
			show_ifaddr(link, a, addr);
			*cursor = (uint64_t)link->ifindex << 32 | (rank + 1);
			return true;
		}
	}
	return false;
}

/* -- routes -- */

typedef int route_fn(struct sea_routes *r, const struct sea_route *route);

static int route_call(struct sea_stack *stack, const struct sea_route *route, sea_time now,
		      route_fn *fn)
{
	struct sea_ipv4_state *ip;
	int err;

	sea_stack_enter(stack, now);
	err = module(stack, route->dst.family, &ip);
	if (!err)
		err = fn(&ip->routes, route);
	sea_stack_leave(stack);
	return err;
}

int sea_route_add(struct sea_stack *stack, const struct sea_route *route, sea_time now)
{
	return route_call(stack, route, now, sea_routes_add);
}

int sea_route_del(struct sea_stack *stack, const struct sea_route *route, sea_time now)
{
	return route_call(stack, route, now, sea_routes_del);
}

bool sea_route_next(struct sea_stack *stack, uint64_t *cursor, struct sea_route *route)
{
	const struct sea_ipv4_state *ip = sea_ipv4_of(stack);
	struct sea_route ours;

	if (!ip || !sea_routes_next(&ip->routes, cursor, &ours))
		return false;
	sea_abi_fill(route, &ours, sizeof(ours));
	return true;
}

/* -- neighbours -- */

typedef int neigh_fn(struct sea_neigh_table *t, struct sea_link *link,
		     const struct sea_neigh_info *info);

static int neigh_call(struct sea_stack *stack, const struct sea_neigh_info *info, sea_time now,
		      neigh_fn *fn)
{
	struct sea_ipv4_state *ip;
	struct sea_link *link;
	bool any;
	int err;

	sea_stack_enter(stack, now);
	err = module(stack, info->addr.family, &ip);
	if (!err) {
		link = sea_link_by_index(stack, info->ifindex);
		any = !info->ifindex && info->flags & SEA_NTF_PROXY;
		err = link || any ? fn(&ip->neigh, link, info) : -ENODEV;
	}
	sea_stack_leave(stack);
	return err;
}

int sea_neigh_set(struct sea_stack *stack, const struct sea_neigh_info *neigh, sea_time now)
{
	return neigh_call(stack, neigh, now, sea_neigh_table_set);
}

int sea_neigh_del(struct sea_stack *stack, const struct sea_neigh_info *neigh, sea_time now)
{
	return neigh_call(stack, neigh, now, sea_neigh_table_del);
}

bool sea_neigh_next(struct sea_stack *stack, uint64_t *cursor, struct sea_neigh_info *neigh)
{
	const struct sea_ipv4_state *ip = sea_ipv4_of(stack);
	struct sea_neigh_info ours;

	if (!ip || !sea_neigh_table_next(&ip->neigh, cursor, &ours))
		return false;
	sea_abi_fill(neigh, &ours, sizeof(ours));
	return true;
}
