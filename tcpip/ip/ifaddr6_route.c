/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The routes that IPv6 addresses bring along, as `ip -6 route show table all` shows them, and the
 * group that neighbours ask for them by (RFC 4291 §2.7.1).
 */
#include <errno.h>
#include <string.h>

#include "ip/ipv6.h"
#include "ip/l3mdev.h"
#include "wire/ndp.h"

#define RTPROT_KERNEL 2
#define METRIC_ADDRCONF 256 /* Linux's IP6_RT_PRIO_ADDRCONF */

static void own_route(const struct sea_ifaddr6 *a, struct sea_route_entry *e)
{
	*e = (struct sea_route_entry){ .prefix_len = 128,
				       .type = SEA_ROUTE_LOCAL,
				       .protocol = RTPROT_KERNEL,
				       .link = a->link };
	memcpy(e->key, a->addr.b, sizeof(e->key));
}

static void clear_behind(uint8_t key[16], unsigned prefix_len)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned bits = prefix_len > i * 8 ? prefix_len - i * 8 : 0;

		if (bits < 8)
			key[i] &= (uint8_t)(0xff00u >> bits);
	}
}

static void prefix_route(const struct sea_ifaddr6 *a, struct sea_route_entry *e)
{
	*e = (struct sea_route_entry){ .prefix_len = a->prefix_len,
				       .type = SEA_ROUTE_UNICAST,
				       .protocol = RTPROT_KERNEL,
				       .metric = a->metric ? a->metric : METRIC_ADDRCONF,
				       .link = a->link };
	memcpy(e->key, a->addr.b, sizeof(e->key));
	clear_behind(e->key, a->prefix_len);
}

static bool has_prefix(const struct sea_ifaddr6 *a)
{
	return a->prefix_len < 128 && !(a->flags & SEA_IFA_NOPREFIXROUTE) &&
	       a->link->type != SEA_LINK_LOOPBACK;
}

/* 0 also where it is there already. */
static int insert(struct sea_stack *stack, uint32_t table, const struct sea_route_entry *e)
{
	int err = sea_routes_insert(&sea_ipv6_of(stack)->routes,
				    sea_l3mdev_table_of(e->link, table), e);

	return err == -EEXIST ? 0 : err;
}

static int join(struct sea_ifaddr6 *a)
{
	struct sea_ipaddr group;
	int err;

	if (a->heard || a->link->type == SEA_LINK_LOOPBACK)
		return 0;
	sea_ndp_solicited_node(a->addr.b, group.b);
	err = sea_group_join(&sea_link_ip6(a->link)->groups, &group);
	a->heard = !err;
	return err;
}

void sea_ifaddr6_leave(struct sea_ifaddr6 *a)
{
	struct sea_ipaddr group;

	if (!a->heard)
		return;
	sea_ndp_solicited_node(a->addr.b, group.b);
	sea_group_leave(&sea_link_ip6(a->link)->groups, &group);
	a->heard = false;
}

int sea_ifaddr6_add_routes(struct sea_stack *stack, struct sea_ifaddr6 *a)
{
	struct sea_route_entry e;
	int err;

	if (!sea_link_ip6(a->link)->running)
		return 0;
	own_route(a, &e);
	err = insert(stack, SEA_TABLE_LOCAL, &e);
	if (!err && has_prefix(a)) {
		prefix_route(a, &e);
		err = insert(stack, SEA_TABLE_MAIN, &e);
	}
	return err ? err : join(a);
}

/* Does another address of the link have the same prefix? */
static bool shared(const struct sea_ifaddr6 *a)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(a->link)->addrs)
	{
		const struct sea_ifaddr6 *b = sea_container(node, struct sea_ifaddr6, node);

		if (b != a && has_prefix(b) && b->prefix_len == a->prefix_len &&
		    b->metric == a->metric &&
		    sea_ip6_common_bits(a->addr.b, b->addr.b) >= a->prefix_len)
			return true;
	}
	return false;
}

void sea_ifaddr6_del_routes(struct sea_stack *stack, struct sea_ifaddr6 *a)
{
	struct sea_routes *routes = &sea_ipv6_of(stack)->routes;
	struct sea_route_entry e;

	own_route(a, &e);
	sea_routes_remove(routes, sea_l3mdev_table_of(a->link, SEA_TABLE_LOCAL), &e);
	if (has_prefix(a) && !shared(a)) {
		prefix_route(a, &e);
		sea_routes_remove(routes, sea_l3mdev_table_of(a->link, SEA_TABLE_MAIN), &e);
	}
	sea_ifaddr6_leave(a);
}

int sea_ifaddr6_add_group_route(struct sea_stack *stack, struct sea_link *link)
{
	const struct sea_route_entry e = { .key = { 0xff },
					   .prefix_len = 8,
					   .type = SEA_ROUTE_MULTICAST,
					   .protocol = RTPROT_KERNEL,
					   .metric = METRIC_ADDRCONF,
					   .link = link };

	return insert(stack, SEA_TABLE_LOCAL, &e);
}
