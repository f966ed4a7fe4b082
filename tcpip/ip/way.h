/* SPDX-License-Identifier: Apache-2.0 */
/* A way as it was found, for those who show it (`ip route get`): sea_ipv4_way(), sea_routes_find(). */
#ifndef SEA_IP_WAY_H
#define SEA_IP_WAY_H

#include "ip/route.h"

struct sea_way {
	struct sea_flow flow;                /* as tables were asked for it, or would have been */
	const struct sea_route_entry *route; /* NULL: none was asked */
	struct sea_link *link;
	struct sea_ipaddr src; /* zero: there is none that would do */
	struct sea_ipaddr next_hop;
	uint8_t type; /* as sea_dst's */
};

/* What packets of ours would do; nothing is counted, no neighbour asked. 0 or -errno as for those. */
SEA_MUST_USE int sea_ipv4_way(struct sea_stack *stack, const struct sea_flow *flow,
			      struct sea_way *way);
/* Where a lookup ended. */
struct sea_route_found {
	const struct sea_route_table *table;
	const struct sea_route_node *node;
	const struct sea_route_entry *entry;
};

/* As sea_routes_lookup(), with all of it. */
SEA_MUST_USE int sea_routes_find(struct sea_routes *r, const struct sea_flow *flow,
				 struct sea_route_found *found);

#endif
