/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes in the order in which Linux dumps them: tables by the last byte of their numbers; of IPv4 prefixes by
 * address, of one address the longer before the shorter; of IPv6 what lies within a prefix before itself.
 *
 * A walk points at nodes: it must not outlive a change. Its place does.
 */
#ifndef SEA_IP_ROUTE_WALK_H
#define SEA_IP_ROUTE_WALK_H

#include "ip/route_info.h"

struct sea_route_spot {
	uint32_t table;
	uint32_t alternative; /* behind so many of the prefix */
	int len;              /* of the prefix; -1: before the first */
	bool in_table;        /* false: before the first table */
	uint8_t key[16];
};

struct sea_route_walk {
	const struct sea_routes *routes;
	uint32_t only_table; /* 0: all */
	const struct sea_route_table *table;
	const struct sea_route_node *node; /* NULL: there are no more */
	struct sea_route_spot place;       /* of `node` */
	const struct sea_route_node
		*ahead;   /* of IPv4: the next address's shortest; NULL: not known */
	bool is_shortest; /* of IPv4: no shorter prefix of the place's address is left */
};

/* At the route of the place, or the first behind it. */
void sea_route_walk_begin(struct sea_route_walk *w, const struct sea_routes *r, uint32_t only_table,
			  const struct sea_route_spot *place);
void sea_route_walk_next(struct sea_route_walk *w);

/* The table that is shown behind the one of this number; NULL: the first. NULL at the end. */
const struct sea_route_table *sea_route_walk_table(const struct sea_routes *r,
						   const uint32_t *after);

#endif
