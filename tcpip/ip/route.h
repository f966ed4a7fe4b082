/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes of one IP version: tables of longest-prefix tries, each prefix holding its alternatives by
 * tos and metric. Lookup goes through the tables in the order of the rules (local, main, default).
 */
#ifndef SEA_IP_ROUTE_H
#define SEA_IP_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/config.h>

#include "ip/ip.h"
#include "ip/lpm.h"

/* One route: an alternative of its prefix. */
struct sea_route_entry {
	struct sea_route_entry *next; /* same prefix: by tos descending, metric, preference */
	uint8_t key[16];
	uint8_t prefix_len, tos, type, scope, protocol;
	bool has_gateway, has_prefsrc;
	uint32_t metric, mtu;
	struct sea_link *link; /* NULL: blackhole and its like */
	struct sea_ipaddr gateway, prefsrc;
	uint8_t pref;     /* enum sea_route_pref */
	sea_time expires; /* 0: never */
};

struct sea_route_table {
	struct sea_route_table *next;
	uint32_t id;
	struct sea_lpm lpm; /* values: the first sea_route_entry of the prefix */
};

#define SEA_TABLE_DEFAULT 253u
#define SEA_ROUTE_RULES 3 /* until there are rules to configure: local, main, default */

struct sea_routes {
	struct sea_stack *stack;
	uint8_t family, addr_len;
	struct sea_route_table *tables; /* sorted by id; those of the rules are always there */
	struct sea_route_table *rules[SEA_ROUTE_RULES];
	struct sea_timer expiry; /* of the route that is the first to expire */
};

SEA_MUST_USE int sea_routes_init(struct sea_routes *r, struct sea_stack *stack, uint8_t family);
void sea_routes_fini(struct sea_routes *r);

/* As <seastack/config.h>, within an entry. */
SEA_MUST_USE int sea_routes_add(struct sea_routes *r, const struct sea_route *route);
SEA_MUST_USE int sea_routes_del(struct sea_routes *r, const struct sea_route *route);
bool sea_routes_next(const struct sea_routes *r, uint64_t *cursor, struct sea_route *route);
/* Puts back what sea_routes_next() showed, unchecked: 0, -EINVAL (no such link), -EEXIST, -ENOMEM. */
SEA_MUST_USE int sea_routes_restore(struct sea_routes *r, const struct sea_route *route);

/* What to take away, all at once: a route that matches every field that is set. */
struct sea_routes_purge {
	const struct sea_link *link; /* all of a link that went down or away … */
	bool keep_local;             /* … except that a link's addresses outlive its being down */
	const struct sea_ipaddr
		*prefsrc; /* all that speak from an address that is no longer ours */
	bool expired;     /* all whose time is over */
};
void sea_routes_purge(struct sea_routes *r, const struct sea_routes_purge *what);

/*
 * Puts in a copy of an entry that is known to be right, behind its equals. 0, -EEXIST where the very
 * same one is there, -ENOMEM.
 */
SEA_MUST_USE int sea_routes_insert(struct sea_routes *r, uint32_t table,
				   const struct sea_route_entry *entry);
/* The same; where the very same one is there, it takes over mtu, pref and expires. 0 or -ENOMEM. */
SEA_MUST_USE int sea_routes_refresh(struct sea_routes *r, uint32_t table,
				    const struct sea_route_entry *entry);
/* Takes out the first entry that equals this one in all but mtu, pref and expires; false: there is none. */
bool sea_routes_remove(struct sea_routes *r, uint32_t table, const struct sea_route_entry *entry);

/*
 * The best route for flow->dst among links that are up (and flow->oif, when set): 0 with *entry, or
 * -ENETUNREACH, -EHOSTUNREACH, -EACCES, -EINVAL. The pointer lives until routes change.
 */
SEA_MUST_USE int sea_routes_lookup(const struct sea_routes *r, const struct sea_flow *flow,
				   const struct sea_route_entry **entry);
/* The same among routes of at least this scope: LINK finds what a gateway may stand on. */
SEA_MUST_USE int sea_routes_lookup_scoped(const struct sea_routes *r, const struct sea_flow *flow,
					  uint8_t scope, const struct sea_route_entry **entry);
/* In table local only: how an address is ours, UNICAST when it is not. `ifindex` 0: on any link. */
uint8_t sea_routes_local_type(const struct sea_routes *r, const struct sea_ipaddr *addr,
			      int ifindex);

#endif
