/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The routes an address brings along, as `ip route show table all` shows them: itself in table
 * local, its prefix in main, its broadcast address in local.
 * While the link is down only the address itself is there.
 */
#include <errno.h>
#include <string.h>

#include "ip/ipv4.h"
#include "ip/l3mdev.h"

#define RTPROT_KERNEL 2

struct plan {
	uint32_t table[4];
	struct sea_route_entry entry[4];
	unsigned n;
};

static void plan_add(struct plan *plan, struct sea_link *link, uint32_t table, uint8_t type,
		     uint8_t scope, uint32_t dst, uint8_t prefix_len, sea_be32 prefsrc,
		     uint32_t metric)
{
	struct sea_route_entry *e = &plan->entry[plan->n];

	plan->table[plan->n++] = sea_l3mdev_table_of(link, table);
	*e = (struct sea_route_entry){ .prefix_len = prefix_len,
				       .type = type,
				       .scope = scope,
				       .protocol = RTPROT_KERNEL,
				       .metric = metric,
				       .link = link,
				       .has_prefsrc = true,
				       .prefsrc = sea_ipaddr_of4(prefsrc) };
	sea_put32(e->key, dst);
}

/* The prefix and its broadcast address: not for /32, 0.0.0.0/0, multicast addresses. */
static void plan_prefix(struct plan *plan, struct sea_link *link, const struct sea_ifaddr4 *a)
{
	uint32_t mask = sea_ipv4_mask(a->prefix_len), net = sea_be32_get(a->peer) & mask;

	if (!net || (a->prefix_len == 32 && net == sea_be32_get(a->local)) ||
	    sea_ipv4_is_multicast(a->local) || sea_ipv4_is_broadcast(a->local))
		return;
	if (a->flags & SEA_IFA_NOPREFIXROUTE)
		; /* somebody else sees to it */
	else if (link->type == SEA_LINK_LOOPBACK)
		plan_add(plan, link, SEA_TABLE_LOCAL, SEA_ROUTE_LOCAL, SEA_SCOPE_HOST, net,
			 a->prefix_len, a->local, a->metric);
	else
		plan_add(plan, link, SEA_TABLE_MAIN, SEA_ROUTE_UNICAST, SEA_SCOPE_LINK, net,
			 a->prefix_len, a->local, a->metric);
	if (a->prefix_len < 31)
		plan_add(plan, link, SEA_TABLE_LOCAL, SEA_ROUTE_BROADCAST, SEA_SCOPE_LINK,
			 net | ~mask, 32, a->local, 0);
}

/* A secondary address speaks through the primary one of its prefix. */
static sea_be32 primary_of(const struct sea_link *link, const struct sea_ifaddr4 *a)
{
	struct sea_list *node, *tmp;

	if (a->secondary) {
		SEA_LIST_EACH(node, tmp, &sea_link_ip4(link)->addrs)
		{
			const struct sea_ifaddr4 *b = sea_container(node, struct sea_ifaddr4, node);

			if (!b->secondary && b->prefix_len == a->prefix_len &&
			    sea_ipv4_same_net(a->peer, b->peer, a->prefix_len))
				return b->local;
		}
	}
	return a->local;
}

static void plan_make(struct plan *plan, struct sea_link *link, const struct sea_ifaddr4 *a,
		      bool up)
{
	sea_be32 prefsrc = primary_of(link, a);

	plan->n = 0;
	if (!sea_ifaddr4_usable(a))
		return;
	if (!sea_ipv4_is_any(a->local))
		plan_add(plan, link, SEA_TABLE_LOCAL, SEA_ROUTE_LOCAL, SEA_SCOPE_HOST,
			 sea_be32_get(a->local), 32, prefsrc, 0);
	if (!up)
		return;
	if (!sea_ipv4_is_any(a->broadcast) && !sea_ipv4_is_broadcast(a->broadcast))
		plan_add(plan, link, SEA_TABLE_LOCAL, SEA_ROUTE_BROADCAST, SEA_SCOPE_LINK,
			 sea_be32_get(a->broadcast), 32, prefsrc, 0);
	if (!a->secondary)
		plan_prefix(plan, link, a);
}

/* No route speaks from what is somebody's broadcast address first; a VRF's are in a table of their own. */
static bool may_speak(struct sea_link *link, const struct sea_route_entry *e)
{
	if (e->type == SEA_ROUTE_LOCAL && !memcmp(e->key, e->prefsrc.b, 4))
		return true;
	return sea_l3mdev_table_of(link, SEA_TABLE_LOCAL) != SEA_TABLE_LOCAL ||
	       sea_ipv4_addr_type(link->stack, sea_ipaddr_to4(&e->prefsrc), 0) == SEA_ROUTE_LOCAL;
}

int sea_ifaddr4_add_routes_of(const struct sea_ifaddr4 *a)
{
	struct sea_link *link = a->link;
	struct plan plan;

	plan_make(&plan, link, a, link->up);
	for (unsigned i = 0; i < plan.n; i++) {
		int err;

		if (!may_speak(link, &plan.entry[i]))
			continue;
		err = sea_routes_insert(&sea_ipv4_of(link->stack)->routes, plan.table[i],
					&plan.entry[i]);
		if (err && err != -EEXIST)
			return err;
	}
	return 0;
}

int sea_ifaddr4_add_routes(struct sea_link *link)
{
	struct sea_list *node, *tmp;
	int err = 0;

	SEA_LIST_EACH(node, tmp, &sea_link_ip4(link)->addrs)
	{
		if (!err)
			err = sea_ifaddr4_add_routes_of(
				sea_container(node, struct sea_ifaddr4, node));
	}
	return err;
}

static bool planned(const struct plan *plan, uint32_t table, const struct sea_route_entry *e)
{
	for (unsigned i = 0; i < plan->n; i++) {
		const struct sea_route_entry *o = &plan->entry[i];

		if (plan->table[i] == table && o->type == e->type &&
		    o->prefix_len == e->prefix_len && !memcmp(o->key, e->key, sizeof(o->key)) &&
		    sea_ipaddr_equal(&o->prefsrc, &e->prefsrc))
			return true;
	}
	return false;
}

/* Who has 255.255.255.255 for a broadcast address brings no route to it, but keeps what another one's prefix made. */
static bool keeps(const struct sea_link *link, const struct sea_ifaddr4 *a,
		  const struct sea_route_entry *e)
{
	return e->type == SEA_ROUTE_BROADCAST && sea_ipv4_is_broadcast(a->broadcast) &&
	       !memcmp(e->key, a->broadcast.b, sizeof(a->broadcast.b)) &&
	       sea_be32_equal(primary_of(link, a), sea_ipaddr_to4(&e->prefsrc));
}

/* Does another address of the link bring the same route along? */
static bool shared(struct sea_link *link, const struct sea_ifaddr4 *addr, uint32_t table,
		   const struct sea_route_entry *e)
{
	struct sea_list *node, *tmp;
	struct plan plan;

	SEA_LIST_EACH(node, tmp, &sea_link_ip4(link)->addrs)
	{
		const struct sea_ifaddr4 *a = sea_container(node, struct sea_ifaddr4, node);

		if (a == addr)
			continue;
		plan_make(&plan, link, a, link->up);
		if (planned(&plan, table, e) || keeps(link, a, e))
			return true;
	}
	return false;
}

/* The new one is there before the old one goes. */
int sea_ifaddr4_set_metric(struct sea_ifaddr4 *a, uint32_t metric)
{
	struct sea_link *link = a->link;
	struct sea_routes *routes = &sea_ipv4_of(link->stack)->routes;
	uint32_t old = a->metric;
	struct plan before, after;
	int err;

	plan_make(&before, link, a, link->up);
	a->metric = metric;
	plan_make(&after, link, a, link->up);
	err = sea_ifaddr4_add_routes_of(a);
	if (err) {
		a->metric = old;
		return err;
	}
	for (unsigned i = 0; i < before.n; i++)
		if (before.entry[i].metric != after.entry[i].metric)
			sea_routes_remove(routes, before.table[i], &before.entry[i]);
	return 0;
}

void sea_ifaddr4_del_routes(struct sea_stack *stack, struct sea_link *link,
			    const struct sea_ifaddr4 *addr)
{
	struct plan plan;

	plan_make(&plan, link, addr, true);
	for (unsigned i = 0; i < plan.n; i++)
		if (!shared(link, addr, plan.table[i], &plan.entry[i]))
			sea_routes_remove(&sea_ipv4_of(stack)->routes, plan.table[i],
					  &plan.entry[i]);
}
