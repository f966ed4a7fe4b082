/* SPDX-License-Identifier: Apache-2.0 */
/* Next hops as they are configured, with the errors of Linux. */
#include "ip/route_hop.h"

#include <errno.h>

#include "core/link.h"
#include "ip/in6.h"
#include "ip/ipv4.h"
#include "ip/ipv6.h"
#include "ip/route_info.h"
#include "ip/way.h"

struct sea_routes *sea_routes_of(const struct sea_stack *stack, uint8_t family)
{
	if (family == SEA_AF_INET && stack->ip4)
		return &sea_ipv4_of(stack)->routes;
	if (family == SEA_AF_INET6 && stack->ip6)
		return &sea_ipv6_of(stack)->routes;
	return NULL;
}

static int link_up(struct sea_routes *r, const struct sea_link *link)
{
	if (link->up)
		return 0;
	return sea_routes_refuse(r, -ENETDOWN, "Nexthop device is not up");
}

static bool is_local(const struct sea_routes *r, const struct sea_ipaddr *addr)
{
	return sea_ip_ops_of(r->stack, r->family)->addr_type(r->stack, addr, 0) == SEA_ROUTE_LOCAL;
}

static bool is_link_local(const struct sea_ipaddr *a)
{
	return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

/* Does a route that is not the default say so? */
static bool is_elsewhere(struct sea_routes *r, const struct sea_route_entry *way)
{
	const struct sea_flow flow = { .family = r->family,
				       .oif = is_link_local(&way->gateway) ? way->link->ifindex : 0,
				       .dst = way->gateway };
	struct sea_route_found f;

	return !sea_routes_find(r, &flow, &f) && f.node->prefix_len &&
	       (f.entry->type != SEA_ROUTE_UNICAST || f.entry->link != way->link);
}

/* Taken on trust, but it must be somebody else's unicast address. */
static int check_onlink(struct sea_routes *r, uint8_t scope, const struct sea_route_entry *way)
{
	bool v4 = r->family == SEA_AF_INET;

	if (v4 && scope >= SEA_SCOPE_LINK)
		return sea_routes_refuse(r, -EINVAL, "Nexthop has invalid scope");
	if (!way->link)
		return sea_routes_refuse(r, -ENODEV, "Nexthop device required for onlink");
	if (!way->link->up)
		return link_up(r, way->link);
	if (v4 && sea_ip_ops_of(r->stack, r->family)->addr_type(r->stack, &way->gateway, 0) !=
			  SEA_ROUTE_UNICAST)
		return sea_routes_refuse(r, -EINVAL, "Nexthop has invalid gateway");
	if (!v4 && is_elsewhere(r, way))
		return sea_routes_refuse(r, -EINVAL,
					 "Nexthop has invalid gateway or device mismatch");
	return 0;
}

/* -- IPv4 -- */

/* The gateway must stand on a link of ours: its own route is nearer than this one, of scope link at least. */
static int check_gateway4(struct sea_routes *r, int ifindex, uint8_t scope,
			  struct sea_route_entry *way)
{
	const struct sea_flow flow = { .family = r->family, .oif = ifindex, .dst = way->gateway };
	const struct sea_route_entry *e;
	int err;

	scope = scope < SEA_SCOPE_LINK ? SEA_SCOPE_LINK : (uint8_t)(scope + 1);
	err = sea_routes_lookup_scoped(r, &flow, scope, &e);
	if (err)
		return sea_routes_refuse(r, err, "Nexthop has invalid gateway");
	if (e->type != SEA_ROUTE_UNICAST && e->type != SEA_ROUTE_LOCAL)
		return sea_routes_refuse(r, -EINVAL, "Nexthop has invalid gateway");
	way->link = e->link;
	return link_up(r, e->link);
}

/* -- IPv6 -- */

/* Not behind a router, nor turned away: as what goes over lo is, but for our own addresses and ::1. */
static bool is_direct(const struct sea_route_found *f)
{
	const struct sea_route_entry *e = f->entry;

	if (e->has_gateway || !e->link)
		return false;
	return e->link->type != SEA_LINK_LOOPBACK || e->type != SEA_ROUTE_UNICAST ||
	       sea_in6_is_loopback(f->node->key);
}

static int check_gateway6(struct sea_routes *r, struct sea_route_entry *way)
{
	const struct sea_flow flow = { .family = SEA_AF_INET6,
				       .oif = way->link ? way->link->ifindex : 0,
				       .dst = way->gateway };
	struct sea_route_found f;
	int err;

	if (way->flags & SEA_RTNH_F_ONLINK && !way->link)
		return check_onlink(r, 0, way);
	if (is_local(r, &way->gateway))
		return sea_routes_refuse(r, -EINVAL, "Gateway can not be a local address");
	if (way->gateway.b[0] == 0xff || sea_in6_is_any(way->gateway.b))
		return sea_routes_refuse(r, -EINVAL, "Invalid gateway address");
	if (way->flags & SEA_RTNH_F_ONLINK) {
		err = check_onlink(r, 0, way);
		if (err)
			return err;
	} else if (!is_link_local(&way->gateway)) {
		if (sea_routes_find(r, &flow, &f) || !is_direct(&f))
			return -EHOSTUNREACH;
		way->link = f.entry->link;
	}
	if (!way->link)
		return sea_routes_refuse(r, -EINVAL, "Egress device not specified");
	if (way->link->type == SEA_LINK_LOOPBACK)
		return sea_routes_refuse(r, -EINVAL,
					 "Egress device can not be loopback device for this route");
	return link_up(r, way->link);
}

static int check_gateway_of(struct sea_routes *r, struct sea_routes *gateways,
			    const struct sea_route_hop *hop, uint8_t scope,
			    struct sea_route_entry *way)
{
	int err;

	gateways->why = NULL;
	if (hop->gateway.family == SEA_AF_INET6)
		err = check_gateway6(gateways, way);
	else if (way->flags & SEA_RTNH_F_ONLINK)
		err = check_onlink(gateways, scope, way);
	else
		err = check_gateway4(gateways, hop->ifindex, scope, way);
	r->why = gateways->why;
	return err;
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
	return check_gateway_of(r, gateways, hop, scope, way);
}

/* No gateway: the link alone. */
static int check_link(struct sea_routes *r, const struct sea_route_entry *way)
{
	bool v4 = r->family == SEA_AF_INET;

	if (v4 && way->flags & SEA_RTNH_F_ONLINK)
		return sea_routes_refuse(
			r, -EINVAL,
			"Invalid flags for nexthop - PERVASIVE and ONLINK can not be set");
	if (!way->link && way->flags & SEA_RTNH_F_ONLINK)
		return sea_routes_refuse(r, -ENODEV, "Nexthop device required for onlink");
	if (!way->link)
		return -ENODEV;
	if (v4 && !way->link->up)
		return sea_routes_refuse(r, -ENETDOWN, "Device for nexthop is not up");
	return link_up(r, way->link);
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
		if (!way->link && r->family == SEA_AF_INET6)
			return -ENODEV;
	}
	if (r->family == SEA_AF_INET && scope == SEA_SCOPE_HOST) {
		if (hop->gateway.family)
			return sea_routes_refuse(r, -EINVAL,
						 "Route with host scope can not have a gateway");
		return way->link ? 0 : -ENODEV;
	}
	if (hop->gateway.family)
		return check_gateway(r, hop, scope, way);
	return check_link(r, way);
}
