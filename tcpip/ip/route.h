/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes of one IP version: tables of longest-prefix tries, each prefix holding its alternatives by
 * tos and metric. Lookup goes through the tables in the order of the rules (local, main, default).
 */
#ifndef SEA_IP_ROUTE_H
#define SEA_IP_ROUTE_H

#include <stdint.h>

#include <seastack/config.h>

#include "ip/ip.h"
#include "ip/lpm.h"

/* One route: an alternative of its prefix. */
struct sea_route_entry {
	struct sea_route_entry *next; /* same prefix: by tos descending, then metric */
	uint8_t key[16];
	uint8_t prefix_len, tos, type, scope, protocol;
	bool has_gateway, has_prefsrc;
	uint32_t metric, mtu;
	struct sea_link *link; /* NULL: blackhole and its like */
	struct sea_ipaddr gateway, prefsrc;
};

struct sea_route_table {
	struct sea_route_table *next;
	uint32_t id;
	struct sea_lpm lpm; /* values: the first sea_route_entry of the prefix */
};

struct sea_routes {
	struct sea_stack *stack;
	uint8_t family, addr_len;
	struct sea_route_table *tables; /* sorted by id; local and main always there */
};

SEA_MUST_USE int sea_routes_init(struct sea_routes *r, struct sea_stack *stack, uint8_t family);
void sea_routes_fini(struct sea_routes *r);

/* As <seastack/config.h>, within an entry. */
SEA_MUST_USE int sea_routes_add(struct sea_routes *r, const struct sea_route *route);
SEA_MUST_USE int sea_routes_del(struct sea_routes *r, const struct sea_route *route);
bool sea_routes_next(const struct sea_routes *r, uint64_t *cursor, struct sea_route *route);
/* All routes of a link that went down or away. */
void sea_routes_flush(struct sea_routes *r, const struct sea_link *link);

/*
 * The best route for flow->dst among links that are up (and flow->oif, when set): 0 with *entry, or
 * -ENETUNREACH, -EHOSTUNREACH, -EACCES, -EINVAL. The pointer lives until routes change.
 */
SEA_MUST_USE int sea_routes_lookup(const struct sea_routes *r, const struct sea_flow *flow,
				   const struct sea_route_entry **entry);

#endif
