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

struct sea_nexthop_res;
struct sea_nexthop_res_ask;

struct sea_nexthop_ref {
	struct sea_nexthop_obj *obj;
	uint16_t weight;
	uint16_t wants, count; /* of a resilient group's buckets: by weight, and what it has */
};

struct sea_nexthop_obj {
	struct sea_rbnode node; /* in sea_nexthops.by_id */
	struct sea_list infos;  /* sea_route_info.of_nexthop: the routes that name it */
	struct sea_list group;  /* in sea_nexthops.groups, where it is one */
	uint32_t id;
	uint8_t family, protocol;
	uint8_t scope; /* shown: of the way to an IPv4 gateway (host: it has none), of IPv6 always link */
	bool blackhole;
	bool fdb;                   /* of a bridge: no route may name it */
	struct sea_route_entry way; /* link, gateway, flags of a single one */
	uint16_t n_members, room;   /* 0: a single one */
	struct sea_nexthop_ref *members;
	struct sea_nexthop_res
		*res; /* of a resilient group (nexthop_res.h); NULL: hash threshold */
};

struct sea_nexthops {
	struct sea_stack *stack;
	uint8_t users; /* modules */
	uint8_t owner; /* the family whose module saves it */
	struct sea_rbtree by_id;
	struct sea_list groups;
	uint32_t n, last_id; /* last_id: the last that was chosen */
	uint32_t gen;        /* another one with each change */
	int32_t news_bucket; /* of the group that is being told of, the bucket that moved; -1: the group itself */
	const char *why; /* of the last that was refused: Linux's sentence, or NULL */
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
/* May a route of this family and scope name it? NULL: yes; or Linux's sentence. */
const char *sea_nexthop_unfit(const struct sea_nexthop_obj *obj, uint8_t family, uint8_t scope);
/*
 * The ways of a route that names it: `like` has what the route itself says. Returns how many (there is
 * room for SEA_ROUTE_HOPS_MAX), or -EINVAL where the family does not fit.
 */
int sea_nexthop_ways(const struct sea_nexthop_obj *obj, const struct sea_route_entry *like,
		     uint8_t family, struct sea_route_entry *ways);

/* Tells the stack's nexthop_observer. */
void sea_nexthop_tell(const struct sea_nexthops *t, const struct sea_nexthop_obj *obj, bool gone);

/* -- between nexthop.c, which keeps the table, nexthop_config.c, which lets in, and nexthop_save.c -- */

/* The first with an id that is not smaller, or NULL. */
struct sea_nexthop_obj *sea_nexthop_from(const struct sea_nexthops *t, uint32_t id);
void sea_nexthop_link(struct sea_nexthops *t, struct sea_nexthop_obj *obj);
/* What is alike of single ones and groups; not in the table. NULL: no memory. */
struct sea_nexthop_obj *sea_nexthop_new(struct sea_nexthops *t, const struct sea_nexthop *nh);
/* Its members, and whether they may be: 0 or -errno. */
SEA_MUST_USE int sea_nexthop_fill_group(struct sea_nexthops *t, const struct sea_nexthop *nh,
					struct sea_nexthop_obj *obj);
/* One that is not in the table. */
void sea_nexthop_free(struct sea_nexthops *t, struct sea_nexthop_obj *obj);
void sea_nexthop_free_members(struct sea_nexthops *t, struct sea_nexthop_ref *members, unsigned n);
bool sea_nexthop_has_member(const struct sea_nexthop_obj *group, const struct sea_nexthop_obj *obj);
/* Room for so many ways in the routes that name it: 0 or -ENOMEM. */
SEA_MUST_USE int sea_nexthop_reserve(struct sea_nexthop_obj *obj, unsigned n);
/* Routes that name it, or a group that it is in, lead elsewhere now. They have room. */
void sea_nexthop_renew(struct sea_nexthops *t, struct sea_nexthop_obj *obj);
/* The stack's route_observer hears of these routes. */
void sea_nexthop_tell_routes(struct sea_nexthops *t, const struct sea_nexthop_obj *obj);
/* The groups that have `obj`, the last that was changed first: the one behind `behind` (NULL: the first), or NULL. */
struct sea_nexthop_obj *sea_nexthop_group_with(const struct sea_nexthops *t,
					       const struct sea_nexthop_obj *obj,
					       const struct sea_nexthop_obj *behind);

#endif
