/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration calls of <seastack/config.h>: entered, told apart by family, handed on. */
#include <errno.h>
#include <string.h>

#include "core/abi.h"
#include "ip/ifaddr6_change.h"
#include "ip/ipv4.h"
#include "ip/ipv6.h"
#include "ip/nexthop.h"
#include "ip/route_hop.h"
#include "ip/route_rule.h"

/* -- addresses -- */

typedef int ifaddr_fn(struct sea_stack *stack, struct sea_link *link,
		      const struct sea_ifaddr *addr);

/* Is this family's module there? */
static bool speaks(const struct sea_stack *stack, uint8_t family)
{
	const struct sea_ip_ops *ops = sea_ip_ops_of(stack, family);

	return ops && ops->family == family;
}

static int ifaddr_call(struct sea_stack *stack, const struct sea_ifaddr *addr, sea_time now,
		       ifaddr_fn *fn4, ifaddr_fn *fn6)
{
	ifaddr_fn *fn = addr->local.family == SEA_AF_INET ? fn4 : fn6;
	struct sea_link *link;
	int err = -EAFNOSUPPORT;

	sea_stack_enter(stack, now);
	if (speaks(stack, addr->local.family)) {
		link = sea_link_by_index(stack, addr->ifindex);
		err = link ? fn(stack, link, addr) : -ENODEV;
	}
	sea_stack_leave(stack);
	return err;
}

int sea_ifaddr_add(struct sea_stack *stack, const struct sea_ifaddr *addr, sea_time now)
{
	return ifaddr_call(stack, addr, now, sea_ifaddr4_add, sea_ifaddr6_add);
}

int sea_ifaddr_del(struct sea_stack *stack, const struct sea_ifaddr *addr, sea_time now)
{
	return ifaddr_call(stack, addr, now, sea_ifaddr4_del, sea_ifaddr6_del);
}

/* The address of this rank on the link, or false. */
static bool ifaddr_at(const struct sea_link *link, uint8_t family, uint32_t rank,
		      struct sea_ifaddr *addr)
{
	bool v4 = family == SEA_AF_INET;
	struct sea_list *node, *tmp, *addrs;

	if (v4 ? !link->ip4 : !link->ip6) /* a stack without it */
		return false;
	addrs = v4 ? &sea_link_ip4(link)->addrs : &sea_link_ip6(link)->addrs;
	SEA_LIST_EACH(node, tmp, addrs)
	{
		if (rank--)
			continue;
		*addr = v4 ? sea_ifaddr4_show(sea_container(node, struct sea_ifaddr4, node))
			   : sea_ifaddr6_show(sea_container(node, struct sea_ifaddr6, node));
		addr->ifindex = link->ifindex;
		return true;
	}
	return false;
}

/* IPv4's before IPv6's: the cursor's highest bit. */
#define CURSOR_V6 (UINT64_C(1) << 63)

/* A cursor is the link's index and the rank among its addresses. */
static bool ifaddr_walk(struct sea_stack *stack, uint8_t family, uint64_t *cursor,
			struct sea_ifaddr *addr)
{
	int ifindex = (int)(*cursor >> 32);
	uint32_t rank = (uint32_t)*cursor;
	struct sea_link *link;

	for (link = sea_link_next(stack, NULL); link; link = sea_link_next(stack, link)) {
		if (link->ifindex < ifindex)
			continue;
		if (link->ifindex > ifindex)
			rank = 0;
		if (ifaddr_at(link, family, rank, addr)) {
			*cursor = (uint64_t)link->ifindex << 32 | (rank + 1);
			return true;
		}
	}
	return false;
}

bool sea_ifaddr_next(struct sea_stack *stack, uint64_t *cursor, struct sea_ifaddr *addr)
{
	uint64_t own = *cursor & ~CURSOR_V6, family = *cursor & CURSOR_V6;
	struct sea_ifaddr ours;

	if (!family && !ifaddr_walk(stack, SEA_AF_INET, &own, &ours)) {
		family = CURSOR_V6;
		own = 0;
	}
	if (family && !ifaddr_walk(stack, SEA_AF_INET6, &own, &ours))
		return false;
	*cursor = own | family;
	sea_abi_fill(addr, &ours, sizeof(ours));
	return true;
}

/* -- routes -- */

typedef int route_fn(struct sea_routes *r, const struct sea_route *route);

static int route_call(struct sea_stack *stack, const struct sea_route *route, sea_time now,
		      route_fn *fn)
{
	struct sea_routes *routes = sea_routes_of(stack, route->dst.family);
	int err;

	sea_stack_enter(stack, now);
	err = routes ? fn(routes, route) : -EAFNOSUPPORT;
	sea_stack_leave(stack);
	return err;
}

int sea_route_change(struct sea_stack *stack, const struct sea_route *route, uint32_t flags,
		     sea_time now)
{
	struct sea_routes *routes = sea_routes_of(stack, route->dst.family);
	int err;

	sea_stack_enter(stack, now);
	err = routes ? sea_routes_change(routes, route, flags) : -EAFNOSUPPORT;
	sea_stack_leave(stack);
	return err;
}

int sea_route_add(struct sea_stack *stack, const struct sea_route *route, sea_time now)
{
	return route_call(stack, route, now, sea_routes_add);
}

int sea_route_del(struct sea_stack *stack, const struct sea_route *route, sea_time now)
{
	struct sea_route any_scope;

	if (route->size != sizeof(*route))
		return -EINVAL;
	any_scope = *route;
	any_scope.scope = SEA_SCOPE_NOWHERE;
	return route_call(stack, &any_scope, now, sea_routes_del);
}

static const uint8_t families[] = { SEA_AF_INET, SEA_AF_INET6 };

/* The cursor's first byte is the family that it stands in. */
bool sea_route_next(struct sea_stack *stack, struct sea_route_cursor *cursor,
		    struct sea_route *route)
{
	for (unsigned i = 0; i < 2; i++) {
		struct sea_routes *routes = sea_routes_of(stack, families[i]);
		uint8_t at = (uint8_t)cursor->place[0];
		struct sea_route ours;

		if (!routes || at > families[i])
			continue;
		if (at != families[i])
			*cursor = (struct sea_route_cursor){ { families[i] } };
		if (sea_routes_next(routes, cursor, &ours)) {
			sea_abi_fill(route, &ours, sizeof(ours));
			return true;
		}
	}
	return false;
}

/* -- rules -- */

typedef int rule_fn(struct sea_routes *r, const struct sea_rule *rule);

static int rule_call(struct sea_stack *stack, const struct sea_rule *rule, sea_time now,
		     rule_fn *fn)
{
	struct sea_routes *routes = sea_routes_of(stack, rule->family);
	int err;

	sea_stack_enter(stack, now);
	err = routes ? fn(routes, rule) : -EAFNOSUPPORT;
	sea_stack_leave(stack);
	return err;
}

int sea_rule_add(struct sea_stack *stack, const struct sea_rule *rule, sea_time now)
{
	return rule_call(stack, rule, now, sea_rules_add);
}

int sea_rule_del(struct sea_stack *stack, const struct sea_rule *rule, sea_time now)
{
	return rule_call(stack, rule, now, sea_rules_del);
}

/* A cursor is the rank among all rules. */
bool sea_rule_next(struct sea_stack *stack, uint64_t *cursor, struct sea_rule *rule)
{
	uint64_t rank = *cursor;

	for (unsigned i = 0; i < 2; i++) {
		struct sea_routes *routes = sea_routes_of(stack, families[i]);
		struct sea_rule ours;

		if (!routes)
			continue;
		if (sea_rules_at(routes, (uint32_t)rank, &ours)) {
			sea_abi_fill(rule, &ours, sizeof(ours));
			++*cursor;
			return true;
		}
		rank -= routes->n_rules;
	}
	return false;
}

/* -- nexthop objects -- */

int sea_nexthop_add(struct sea_stack *stack, struct sea_nexthop *nexthop, uint32_t flags,
		    sea_time now)
{
	int err;

	sea_stack_enter(stack, now);
	err = sea_nexthops_add(stack, nexthop, flags);
	sea_stack_leave(stack);
	return err;
}

int sea_nexthop_del(struct sea_stack *stack, uint32_t id, sea_time now)
{
	int err;

	sea_stack_enter(stack, now);
	err = sea_nexthops_del(stack, id);
	sea_stack_leave(stack);
	return err;
}

bool sea_nexthop_next(struct sea_stack *stack, uint32_t *id, struct sea_nexthop *nexthop)
{
	struct sea_nexthop ours;

	if (!sea_nexthops_next(stack, id, &ours))
		return false;
	sea_abi_fill(nexthop, &ours, sizeof(ours));
	return true;
}

/* -- neighbours -- */

static struct sea_neigh_table *neighs_of(const struct sea_stack *stack, uint8_t family)
{
	if (!speaks(stack, family))
		return NULL;
	return family == SEA_AF_INET ? &sea_ipv4_of(stack)->neigh : &sea_ipv6_of(stack)->neigh;
}

typedef int neigh_fn(struct sea_neigh_table *t, struct sea_link *link,
		     const struct sea_neigh_info *info);

static int neigh_call(struct sea_stack *stack, const struct sea_neigh_info *info, sea_time now,
		      neigh_fn *fn)
{
	struct sea_neigh_table *t;
	struct sea_link *link;
	int err = -EAFNOSUPPORT;
	bool any;

	sea_stack_enter(stack, now);
	t = neighs_of(stack, info->addr.family);
	if (t) {
		link = sea_link_by_index(stack, info->ifindex);
		any = !info->ifindex && info->flags & SEA_NTF_PROXY;
		err = link || any ? fn(t, link, info) : -ENODEV;
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

/*
 * A table's cursor uses its lower half for small numbers and its upper half whole, and ends as all
 * ones: the family has bit 31.
 */
#define NEIGH_V6 (UINT64_C(1) << 31)

bool sea_neigh_next(struct sea_stack *stack, uint64_t *cursor, struct sea_neigh_info *neigh)
{
	struct sea_neigh_table *t4 = neighs_of(stack, SEA_AF_INET),
			       *t6 = neighs_of(stack, SEA_AF_INET6);
	uint64_t own = *cursor & ~NEIGH_V6, family = *cursor & NEIGH_V6;
	struct sea_neigh_info ours;

	if (*cursor == UINT64_MAX)
		return false;
	if (!family && (!t4 || !sea_neigh_table_next(t4, &own, &ours))) {
		family = NEIGH_V6;
		own = 0;
	}
	if (family && (!t6 || !sea_neigh_table_next(t6, &own, &ours)))
		return false;
	if (own == UINT64_MAX) /* that was the last one of its family */
		*cursor = family ? UINT64_MAX : NEIGH_V6;
	else
		*cursor = own | family;
	sea_abi_fill(neigh, &ours, sizeof(ours));
	return true;
}

/* -- labels -- */

typedef int addrlabel_fn(struct sea_addrlabels *t, const struct sea_addrlabel *label);

static int addrlabel_call(struct sea_stack *stack, const struct sea_addrlabel *label, sea_time now,
			  addrlabel_fn *fn)
{
	int err = -EAFNOSUPPORT;

	sea_stack_enter(stack, now);
	if (label->size == sizeof(*label) && label->ifindex &&
	    !sea_link_by_index(stack, label->ifindex))
		err = -ENODEV;
	else if (speaks(stack, SEA_AF_INET6))
		err = fn(&sea_ipv6_of(stack)->labels, label);
	if (!err)
		sea_stack_routes_changed(stack);
	sea_stack_leave(stack);
	return err;
}

int sea_addrlabel_add(struct sea_stack *stack, const struct sea_addrlabel *label, sea_time now)
{
	return addrlabel_call(stack, label, now, sea_addrlabels_add);
}

int sea_addrlabel_del(struct sea_stack *stack, const struct sea_addrlabel *label, sea_time now)
{
	return addrlabel_call(stack, label, now, sea_addrlabels_del);
}

bool sea_addrlabel_next(struct sea_stack *stack, uint64_t *cursor, struct sea_addrlabel *label)
{
	struct sea_addrlabel ours;

	if (!speaks(stack, SEA_AF_INET6) ||
	    !sea_addrlabels_next(&sea_ipv6_of(stack)->labels, cursor, &ours))
		return false;
	sea_abi_fill(label, &ours, sizeof(ours));
	return true;
}
