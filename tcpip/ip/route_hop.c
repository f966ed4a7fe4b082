/* SPDX-License-Identifier: Apache-2.0 */
/* Next hops as they are configured, with the errors of Linux. */
#include "ip/route_hop.h"

#include <errno.h>

#include "core/link.h"
#include "ip/ipv4.h"
#include "ip/ipv6.h"

struct sea_routes *sea_routes_of(const struct sea_stack *stack, uint8_t family)
{
	if (family == SEA_AF_INET && stack->ip4)
		return &sea_ipv4_of(stack)->routes;
	if (family == SEA_AF_INET6 && stack->ip6)
		return &sea_ipv6_of(stack)->routes;
	return NULL;
}

static int link_up(const struct sea_link *link)
{
	return link->up ? 0 : -ENETDOWN;
}

static bool is_local(const struct sea_routes *r, const struct sea_ipaddr *addr)
{
	return sea_ip_ops_of(r->stack, r->family)->addr_type(r->stack, addr, 0) == SEA_ROUTE_LOCAL;
}

/* Taken on trust, but it must be somebody else's unicast address. */
static int check_onlink(struct sea_routes *r, const struct sea_route_entry *way)
{
	if (!way->link)
		return -EINVAL;
	if (sea_ip_ops_of(r->stack, r->family)->addr_type(r->stack, &way->gateway, 0) !=
	    SEA_ROUTE_UNICAST)
		return -EINVAL;
	return link_up(way->link);
}

/* -- IPv4 -- */

/* The gateway must stand on a link of ours: its own route is one of scope link or nearer. */
static int check_gateway4(struct sea_routes *r, uint8_t scope, struct sea_route_entry *way)
{
	const struct sea_flow flow = { .family = r->family,
				       .oif = way->link ? way->link->ifindex : 0,
				       .dst = way->gateway };
	const struct sea_route_entry *e;

	if (scope >= SEA_SCOPE_LINK)
		return -EINVAL;
	if (sea_routes_lookup_scoped(r, &flow, SEA_SCOPE_LINK, &e))
		return -ENETUNREACH;
	if (e->type != SEA_ROUTE_UNICAST && e->type != SEA_ROUTE_LOCAL)
		return -EINVAL;
	way->link = e->link;
	return link_up(e->link);
}

/* -- IPv6 -- */

static bool is_link_local(const struct sea_ipaddr *a)
{
	return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

static int check_gateway6(struct sea_routes *r, struct sea_route_entry *way)
{
	const struct sea_flow flow = { .family = SEA_AF_INET6,
				       .oif = way->link ? way->link->ifindex : 0,
				       .dst = way->gateway };
	const struct sea_route_entry *e;

	if (way->gateway.b[0] == 0xff || is_local(r, &way->gateway))
		return -EINVAL;
	if (way->link && way->link->type == SEA_LINK_LOOPBACK)
		return -EINVAL;
	if (is_link_local(&way->gateway))
		return way->link ? link_up(way->link) : -EINVAL;
	if (sea_routes_lookup(r, &flow, &e) || e->has_gateway || !e->link)
		return -EHOSTUNREACH;
	way->link = e->link;
	return link_up(e->link);
}

static int check_gateway(struct sea_routes *r, const struct sea_route_hop *hop, uint8_t scope,
			 struct sea_route_entry *way)
{
	struct sea_routes *gateways = sea_routes_of(r->stack, hop->gateway.family);

	if (!gateways || (r->family == SEA_AF_INET6 && hop->gateway.family != SEA_AF_INET6))
		return -EINVAL;
	way->has_gateway = true;
	way->gateway = sea_ipaddr_of(&hop->gateway);
	way->gateway6 = r->family != hop->gateway.family;
	if (way->flags & SEA_RTNH_F_ONLINK)
		return check_onlink(gateways, way);
	if (hop->gateway.family == SEA_AF_INET6)
		return scope >= SEA_SCOPE_LINK ? -EINVAL : check_gateway6(gateways, way);
	return check_gateway4(gateways, scope, way);
}

int sea_route_hop_check(struct sea_routes *r, const struct sea_route_hop *hop, uint8_t scope,
			struct sea_route_entry *way)
{
	if (hop->flags & ~(SEA_RTNH_F_ONLINK | SEA_RTNH_F_DEAD | SEA_RTNH_F_LINKDOWN) ||
	    hop->weight > 256)
		return -EINVAL;
	way->flags = hop->flags & SEA_RTNH_F_ONLINK;
	way->weight = hop->weight ? (uint16_t)hop->weight : 1;
	way->link = NULL;
	way->has_gateway = way->gateway6 = false;
	way->gateway = (struct sea_ipaddr){ { 0 } };
	if (hop->ifindex) {
		way->link = sea_link_by_index(r->stack, hop->ifindex);
		if (!way->link)
			return -ENODEV;
	}
	if (r->family == SEA_AF_INET && scope == SEA_SCOPE_HOST)
		return hop->gateway.family ? -EINVAL : way->link ? 0 : -ENODEV;
	if (hop->gateway.family)
		return check_gateway(r, hop, scope, way);
	if (way->flags & SEA_RTNH_F_ONLINK)
		return -EINVAL;
	return way->link ? link_up(way->link) : -ENODEV;
}
