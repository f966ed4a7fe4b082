/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nexthop objects (ip-nexthop(8)): ways and groups of ways that routes of both IP versions name by
 * id. The table is the stack's; whichever of the two modules is there first makes and saves it.
 */
#ifndef SEA_IP_NEXTHOP_H
#define SEA_IP_NEXTHOP_H

#include "core/rbtree.h"
#include "ip/route_info.h"

#define SEA_NEXTHOPS_MAX 65536

struct sea_nexthop_ref {
	struct sea_nexthop_obj *obj;
	uint16_t weight;
};

struct sea_nexthop_obj {
	struct sea_rbnode node; /* in sea_nexthops.by_id */
	struct sea_list infos;  /* sea_route_info.of_nexthop: the routes that name it */
	struct sea_list group;  /* in sea_nexthops.groups, where it is one */
	uint32_t id;
	uint8_t family, protocol;
	bool blackhole;
	struct sea_route_entry way; /* link, gateway, flags of a single one */
	uint16_t n_members, room;   /* 0: a single one */
	struct sea_nexthop_ref *members;
};

struct sea_nexthops {
	struct sea_stack *stack;
	uint8_t users; /* modules */
	uint8_t owner; /* the family whose module saves it */
	struct sea_rbtree by_id;
	struct sea_list groups;
	uint32_t n, last_id;                                 /* last_id: the last that was chosen */
	struct sea_nexthop_member shown[SEA_ROUTE_HOPS_MAX]; /* lent by a walk */
	struct sea_route_entry ways[SEA_ROUTE_HOPS_MAX];     /* on their way to routes */
};

/* One module more, one less. 0 or -ENOMEM. */
SEA_MUST_USE int sea_nexthops_get(struct sea_stack *stack, uint8_t family);
void sea_nexthops_put(struct sea_stack *stack);

/* As <seastack/config.h>, within an entry. */
SEA_MUST_USE int sea_nexthops_add(struct sea_stack *stack, struct sea_nexthop *nexthop,
				  uint32_t flags);
SEA_MUST_USE int sea_nexthops_del(struct sea_stack *stack, uint32_t id);
bool sea_nexthops_next(struct sea_stack *stack, uint32_t *id, struct sea_nexthop *nexthop);
void sea_nexthops_save(struct sea_stack *stack, struct sea_saver *to);
void sea_nexthops_load(struct sea_stack *stack, struct sea_loader *from);

/* The link is down or its wire gone: all that lead there go, with their routes. */
void sea_nexthops_flush(struct sea_stack *stack, const struct sea_link *link);

struct sea_nexthop_obj *sea_nexthop_find(const struct sea_stack *stack, uint32_t id);
/*
 * The ways of a route that names it: `like` has what the route itself says. Returns how many (there is
 * room for SEA_ROUTE_HOPS_MAX), or -EINVAL where the family does not fit.
 */
int sea_nexthop_ways(const struct sea_nexthop_obj *obj, const struct sea_route_entry *like,
		     uint8_t family, struct sea_route_entry *ways);

/* -- between nexthop.c, which keeps the table, and nexthop_config.c, which lets in -- */

/* The first with an id that is not smaller, or NULL. */
struct sea_nexthop_obj *sea_nexthop_from(const struct sea_nexthops *t, uint32_t id);
void sea_nexthop_link(struct sea_nexthops *t, struct sea_nexthop_obj *obj);
/* One that is not in the table. */
void sea_nexthop_free(struct sea_nexthops *t, struct sea_nexthop_obj *obj);
void sea_nexthop_free_members(struct sea_nexthops *t, struct sea_nexthop_ref *members, unsigned n);
bool sea_nexthop_has_member(const struct sea_nexthop_obj *group, const struct sea_nexthop_obj *obj);
/* Room for so many ways in the routes that name it: 0 or -ENOMEM. */
SEA_MUST_USE int sea_nexthop_reserve(struct sea_nexthop_obj *obj, unsigned n);
/* Routes that name it, or a group that it is in, lead elsewhere now. They have room. */
void sea_nexthop_renew(struct sea_nexthops *t, struct sea_nexthop_obj *obj);

#endif
