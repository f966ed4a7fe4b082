/* SPDX-License-Identifier: Apache-2.0 */
/* What may be the next hop of a route: its link is there and up, its gateway stands on it. */
#ifndef SEA_IP_ROUTE_HOP_H
#define SEA_IP_ROUTE_HOP_H

#include "ip/route.h"

static inline struct sea_ipaddr sea_ipaddr_of(const struct sea_addr *addr)
{
	struct sea_ipaddr a;

	memcpy(a.b, addr->b, sizeof(a.b));
	return a;
}

/* The routes of a family; NULL: its module is not in the stack. */
struct sea_routes *sea_routes_of(const struct sea_stack *stack, uint8_t family);

/*
 * Fills link, gateway, flags and weight of *way for a route of this scope; its type is set. 0,
 * -EINVAL, -ENODEV, -ENETDOWN, -ENETUNREACH (IPv4), -EHOSTUNREACH (IPv6).
 */
SEA_MUST_USE int sea_route_hop_check(struct sea_routes *r, const struct sea_route_hop *hop,
				     uint8_t scope, struct sea_route_entry *way);

#endif
