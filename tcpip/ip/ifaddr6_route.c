/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The routes that IPv6 addresses bring along, as `ip -6 route show table all` shows them: themselves in
 * table local once they may be used, their prefix in main.
 */
#include <errno.h>
#include <string.h>

#include "ip/anycast6.h"
#include "ip/ifaddr6_change.h"
#include "ip/in6.h"
#include "ip/ipv6.h"
#include "ip/l3mdev.h"
#include "ip/route_info.h"

#define RTPROT_KERNEL 2
#define METRIC_ADDRCONF 256 /* Linux's IP6_RT_PRIO_ADDRCONF */

static struct sea_routes *routes_of(const struct sea_link *link)
{
	return &sea_ipv6_of(link->stack)->routes;
}

/* That of the link's VRF, where it is in one. */
static uint32_t table_of(struct sea_link *link, uint32_t table)
{
	return sea_l3mdev_table_of(link, table);
}

/* -- the address itself -- */

static void own_route(const struct sea_ifaddr6 *a, struct sea_route_entry *e)
{
	*e = (struct sea_route_entry){ .prefix_len = 128,
				       .type = SEA_ROUTE_LOCAL,
				       .protocol = RTPROT_KERNEL,
				       .link = a->link };
	memcpy(e->key, a->addr.b, sizeof(e->key));
}

int sea_ifaddr6_add_own_route(struct sea_ifaddr6 *a)
{
	struct sea_route_entry e;
	int err;

	own_route(a, &e);
	err = sea_routes_insert(routes_of(a->link), table_of(a->link, SEA_TABLE_LOCAL), &e);
	if (err && err != -EEXIST)
		return err;
	err = sea_anycast6_follow(a, true);
	return err ? err : sea_ifaddr6_add_peer_route(a);
}

void sea_ifaddr6_del_own_route(struct sea_ifaddr6 *a)
{
	struct sea_route_entry e;

	(void)!sea_anycast6_follow(a, false); /* ending needs no memory */
	own_route(a, &e);
	sea_routes_remove(routes_of(a->link), table_of(a->link, SEA_TABLE_LOCAL), &e);
	sea_ifaddr6_del_peer_route(a);
}

/* -- the other end -- */

static void peer_route(const struct sea_ifaddr6 *a, struct sea_route_entry *e)
{
	*e = (struct sea_route_entry){ .prefix_len = 128,
				       .type = SEA_ROUTE_UNICAST,
				       .protocol = RTPROT_KERNEL,
				       .metric = a->metric ? a->metric : METRIC_ADDRCONF,
				       .link = a->link };
	memcpy(e->key, a->peer.b, sizeof(e->key));
}

int sea_ifaddr6_add_peer_route(const struct sea_ifaddr6 *a)
{
	struct sea_route_entry e;
	int err;

	if (sea_in6_is_any(a->peer.b))
		return 0;
	peer_route(a, &e);
	err = sea_routes_insert(routes_of(a->link), table_of(a->link, SEA_TABLE_MAIN), &e);
	return err == -EEXIST ? 0 : err;
}

void sea_ifaddr6_del_peer_route(const struct sea_ifaddr6 *a)
{
	struct sea_route_entry e;

	if (sea_in6_is_any(a->peer.b))
		return;
	peer_route(a, &e);
	sea_routes_remove(routes_of(a->link), table_of(a->link, SEA_TABLE_MAIN), &e);
}

/* -- its prefix -- */

static void prefix_route(const struct sea_ifaddr6 *a, struct sea_route_entry *e)
{
	*e = (struct sea_route_entry){ .prefix_len = a->prefix_len,
				       .type = SEA_ROUTE_UNICAST,
				       .protocol = RTPROT_KERNEL,
				       .metric = a->metric ? a->metric : METRIC_ADDRCONF,
				       .link = a->link };
	sea_in6_prefix(e->key, a->addr.b, a->prefix_len);
	if (a->valid_s != SEA_LIFETIME_INFINITE)
		e->expires = sea_ifaddr6_valid_until(a);
}

/* A second address of a prefix changes when its route expires, but gives none an end that had none: as on Linux. */
int sea_ifaddr6_add_prefix_route(const struct sea_ifaddr6 *a)
{
	uint32_t table = table_of(a->link, SEA_TABLE_MAIN);
	const struct sea_route_entry *old;
	struct sea_route_entry e;

	if (!a->has_prefix)
		return 0;
	prefix_route(a, &e);
	old = sea_routes_there(routes_of(a->link), table, &e);
	if (old && !old->expires.ns)
		return 0;
	return sea_routes_refresh(routes_of(a->link), table, &e);
}

static bool has_same_prefix(const struct sea_ifaddr6 *a, const struct sea_ifaddr6 *b)
{
	return b->has_prefix && b->prefix_len == a->prefix_len &&
	       sea_in6_same_prefix(a->addr.b, b->addr.b, a->prefix_len);
}

/*
 * When the last of those that use the prefix dies; NEVER: one does not (whatever its metric, as on
 * Linux); 0: nobody does.
 */
static sea_time used_until(const struct sea_ifaddr6 *gone)
{
	struct sea_list *node, *tmp;
	sea_time until = SEA_TIME_ZERO;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(gone->link)->addrs)
	{
		const struct sea_ifaddr6 *a = sea_container(node, struct sea_ifaddr6, node);

		if (has_same_prefix(gone, a))
			until = sea_time_max(until, sea_ifaddr6_valid_until(a));
	}
	return until;
}

/* The first to the prefix that goes by the link alone, whoever put it in: Linux takes no other for the prefix's. */
static void del_first(const struct sea_ifaddr6 *a)
{
	struct sea_routes *r = routes_of(a->link);
	const struct sea_route_table *t =
		sea_route_table_find(r, table_of(a->link, SEA_TABLE_MAIN));
	struct sea_route_node *n;
	struct sea_ipaddr key;

	sea_in6_prefix(key.b, a->addr.b, a->prefix_len);
	for (n = t ? sea_route_first(t, key.b, a->prefix_len) : NULL; n; n = sea_route_after(n)) {
		const struct sea_route_entry *e = sea_route_node_entry(n);
		const struct sea_link *link = e->link ? e->link : a->link->stack->loopback;

		if (link == a->link && !e->has_gateway && !e->nexthop && !e->src_len)
			break;
	}
	if (n)
		sea_route_node_del(r, n);
}

/* The route of an address that had an end ends by itself. */
void sea_ifaddr6_del_prefix_route(const struct sea_ifaddr6 *a)
{
	sea_time until = used_until(a);
	struct sea_route_entry e;

	if (!a->has_prefix || !(a->flags & SEA_IFA_PERMANENT) || sea_time_is_never(until))
		return;
	if (!until.ns) {
		del_first(a);
		return;
	}
	prefix_route(a, &e);
	if (!sea_routes_remove(routes_of(a->link), table_of(a->link, SEA_TABLE_MAIN), &e))
		return;
	e.expires = until;
	if (sea_routes_insert(routes_of(a->link), table_of(a->link, SEA_TABLE_MAIN), &e))
		sea_stack_log(a->link->stack, SEA_LOG_ERROR, "%s: no memory for a prefix's route",
			      a->link->name);
}

/* -- all groups -- */

int sea_ifaddr6_add_group_route(struct sea_link *link)
{
	const struct sea_route_entry e = { .key = { 0xff },
					   .prefix_len = 8,
					   .type = SEA_ROUTE_MULTICAST,
					   .protocol = RTPROT_KERNEL,
					   .metric = METRIC_ADDRCONF,
					   .link = link };
	int err = sea_routes_insert(routes_of(link), table_of(link, SEA_TABLE_LOCAL), &e);

	return err == -EEXIST ? 0 : err;
}
