/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of struct sea_routes: nodes, which stand in the tries, and infos, which say where to go.
 * A million routes through one gateway share one info; when its link goes, the one info is marked
 * gone, nobody sees its routes any more, and their memory comes back bit by bit.
 */
#ifndef SEA_IP_ROUTE_INFO_H
#define SEA_IP_ROUTE_INFO_H

#include <assert.h>

#include "ip/route.h"

struct sea_metrics;
struct sea_nexthop_obj;

/* Among sea_route_entry.flags: without carrier, and net.*.conf.*.ignore_routes_with_linkdown. */
#define SEA_ROUTE_F_IGNORED 0x80u
#define SEA_ROUTE_F_UNUSABLE (SEA_RTNH_F_DEAD | SEA_ROUTE_F_IGNORED)

struct sea_route_way {
	struct sea_route_entry entry;
	struct sea_route_info *info;
	uint32_t upper; /* of the flow hashes, 31 bits, that go this way: those up to here */
};

struct sea_route_info {
	struct sea_hnode hnode;     /* in sea_routes.infos, unless it expires */
	struct sea_list all;        /* in sea_routes.all_infos, .expiring or .gone */
	struct sea_list nodes;      /* sea_route_node.of_info */
	struct sea_list of_nexthop; /* in sea_nexthop_obj.infos */
	struct sea_routes *routes;
	struct sea_nexthop_obj *nexthop;
	struct sea_metrics *metrics;
	struct sea_route_way *ways; /* &one where n_ways is 1 */
	uint16_t n_ways, n_alive;   /* alive: not DEAD */
	uint16_t room;              /* of `ways` */
	bool gone;
	uint32_t id; /* in sea_routes.by_id; 0: there was no memory for one */
	struct sea_route_way one;
};

/* A prefix's alternative. */
struct sea_route_node {
	struct sea_route_node *next; /* same prefix: the order of route.c's sorts_before() */
	struct sea_route_info *info;
	struct sea_route_table *table;
	struct sea_list of_info;
	uint8_t key[16];
	uint8_t prefix_len, tos;
};

static_assert(sizeof(void *) != 8 || sizeof(struct sea_route_node) <= 64, "one cache line");

/* What a route is besides its prefix: `n` ways, which agree in all but link, gateway, flags, weight. */
struct sea_route_spec {
	const struct sea_route_entry *ways;
	unsigned n;
	struct sea_nexthop_obj *nexthop; /* ways are its, or NULL */
};

/* Finds or makes, for one more node; NULL: no memory. Give it back with sea_route_info_settle(). */
struct sea_route_info *sea_route_info_get(struct sea_routes *r, const struct sea_route_spec *spec);
/* Frees an info that has no nodes. */
void sea_route_info_settle(struct sea_routes *r, struct sea_route_info *info);
/* Nobody sees its routes any more. */
void sea_route_info_bury(struct sea_routes *r, struct sea_route_info *info);
/* Room for `n` ways; what it has stays. False: no memory. */
SEA_MUST_USE bool sea_route_info_reserve(struct sea_routes *r, struct sea_route_info *info,
					 unsigned n);
/* Other ways than before; there is room. */
void sea_route_info_set_ways(const struct sea_routes *r, struct sea_route_info *info,
			     const struct sea_route_entry *ways, unsigned n);
/* Takes one way out; never the last. Needs no memory. */
void sea_route_info_drop_way(struct sea_routes *r, struct sea_route_info *info, unsigned i);
/* By links' state: flags, and each way's share. */
void sea_route_info_refresh(const struct sea_routes *r, struct sea_route_info *info);
/* One that expires will do so later (or earlier), with another preference. */
void sea_route_info_postpone(struct sea_routes *r, struct sea_route_info *info,
			     const struct sea_route_entry *to);
/* sea_routes.expiry */
void sea_routes_expire(struct sea_timer *timer, sea_time now);

/* The first way's entry: what all ways of a route have alike. */
static inline const struct sea_route_entry *sea_route_node_entry(const struct sea_route_node *node)
{
	return &node->info->ways[0].entry;
}

/*
 * What the tries' lookups find: the id of the first alternative's info, which is taken where it is
 * usable; or that the nodes must be asked: it wants a class or a source, or has equals.
 */
enum { SEA_ROUTE_FOUND_NODES = 1, SEA_ROUTE_FOUND_MIN };

uint32_t sea_route_found(const struct sea_route_node *first);
/* Without memory an info goes without an id: its nodes are looked at then. */
void sea_route_id_get(struct sea_routes *r, struct sea_route_info *info);
void sea_route_id_put(struct sea_routes *r, const struct sea_route_info *info);

static inline struct sea_route_info *sea_route_info_of(const struct sea_routes *r, uint32_t found)
{
	return r->by_id[found].info;
}

/* Of the family, not too long, and nothing behind it. */
bool sea_route_prefix_valid(const struct sea_routes *r, const struct sea_addr *addr, uint8_t len);

struct sea_route_table *sea_route_table_find(const struct sea_routes *r, uint32_t id);
/* Makes it where it is missing; NULL: no memory. */
struct sea_route_table *sea_route_table_get(struct sea_routes *r, uint32_t id);

/* The first alternative of a prefix that is not gone, and the next one. */
struct sea_route_node *sea_route_first(const struct sea_route_table *t, const uint8_t *key,
				       uint8_t prefix_len);
struct sea_route_node *sea_route_after(const struct sea_route_node *node);

enum sea_route_place { SEA_ROUTE_BEHIND_EQUALS, SEA_ROUTE_BEFORE_EQUALS };

/* A new alternative. 0 or -ENOMEM. */
SEA_MUST_USE int sea_route_node_add(struct sea_routes *r, uint32_t table,
				    const struct sea_route_spec *spec, enum sea_route_place place);
/* The same prefix, something else. 0 or -ENOMEM. Its place in the order must be the same. */
SEA_MUST_USE int sea_route_node_change(struct sea_routes *r, struct sea_route_node *node,
				       const struct sea_route_spec *spec);
/* Tells the stack's route_observer. */
void sea_route_tell(struct sea_routes *r, const struct sea_route_node *node, bool gone);
/* One way of it goes. */
void sea_route_tell_way(struct sea_routes *r, const struct sea_route_node *node, unsigned way);
/* sea_route_node_change(), and nobody is told. */
SEA_MUST_USE int sea_route_node_swap(struct sea_routes *r, struct sea_route_node *node,
				     const struct sea_route_spec *spec);
void sea_route_node_del(struct sea_routes *r, struct sea_route_node *node);
/* At the end of all: what is gone, too. At most `budget` nodes; false: nothing is left. */
bool sea_routes_reap(struct sea_routes *r, unsigned budget);

bool sea_route_metrics_equal(const struct sea_route_metrics *a, const struct sea_route_metrics *b);
/* The same route, metrics, preference and expiry apart? */
bool sea_route_entry_equal(const struct sea_route_entry *a, const struct sea_route_entry *b);

static inline bool sea_route_is_expired(const struct sea_routes *r, const struct sea_route_entry *e)
{
	return e->expires.ns && !sea_time_before(r->stack->shard.now, e->expires);
}

#endif
