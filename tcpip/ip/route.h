/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes of one IP version: rules choose tables, tables are longest-prefix tries, a prefix holds its
 * alternatives, and what many routes say alike (where to, metrics) they share:
 *
 *	rules ── table ── lpm ── node ─┬─ info ─┬─ way (link, gateway)
 *	                  node (next) ─┘        └─ way …
 *
 * A lookup ends at a way, shown as a struct sea_route_entry. Lookups are route_lookup.c, rules
 * route_rule.c, what routes share route_info.c, what may be configured route_config.c.
 */
#ifndef SEA_IP_ROUTE_H
#define SEA_IP_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/config.h>

#include "core/htable.h"
#include "core/list.h"
#include "core/stack.h"
#include "ip/ip.h"
#include "ip/lpm.h"

struct sea_loader;
struct sea_route_info;
struct sea_route_node;
struct sea_route_rule;
struct sea_saver;

/*
 * One way of a route, with all that the route says of it: what a lookup finds, and what is inserted.
 * What is found leaves key, prefix_len and tos unset: many prefixes share it.
 */
struct sea_route_entry {
	uint8_t key[16];
	uint8_t prefix_len, tos, type, scope, protocol;
	bool has_gateway, has_prefsrc;
	bool gateway6; /* the gateway of an IPv4 route is an IPv6 address (RFC 8950) */
	uint8_t flags; /* SEA_RTNH_F_* */
	uint8_t pref;  /* enum sea_route_pref */
	uint8_t src_len;
	uint16_t weight; /* 0 is 1 */
	uint32_t metric, nexthop;
	struct sea_link *link;                   /* NULL: blackhole and its like */
	const struct sea_route_metrics *metrics; /* NULL: none */
	struct sea_ipaddr gateway, prefsrc, src;
	sea_time expires; /* 0: never */
};

static inline uint32_t sea_route_mtu(const struct sea_route_entry *e)
{
	return e->metrics ? e->metrics->mtu : 0;
}

#define SEA_ROUTE_TABLES_MAX 4096
#define SEA_ROUTE_HASH_FIELDS_DEFAULT 7 /* source, destination, protocol */

struct sea_route_table {
	struct sea_route_table *next;
	uint32_t id;
	struct sea_lpm lpm; /* values: the first struct sea_route_node of the prefix */
};

/* An info's place, or a free one. */
union sea_route_id {
	struct sea_route_info *info;
	uintptr_t next_free; /* 0: none */
};

struct sea_routes {
	struct sea_stack *stack;
	uint8_t family, addr_len;
	/*
	 * Only the rules that Linux begins with are there, and of IPv4 no others ever were: local and
	 * main are as if one table then.
	 */
	bool plain_rules, merged;
	bool rules_by_flow; /* some rule asks for a protocol or for ports */
	bool has_nexthops;
	struct sea_route_table *tables; /* sorted by id; none ever goes */
	struct sea_route_table *local, *main, *dflt;
	uint32_t n_tables, n_rules, n_routes;
	struct sea_route_rule *rules; /* by priority */
	/* net.*.fib_multipath_hash_policy, _hash_fields, _use_neigh */
	int32_t hash_policy, hash_fields, use_neigh;
	struct sea_sysctl_table sysctl_table;
	struct sea_htable infos;   /* by content */
	union sea_route_id *by_id; /* infos by what the tries find; the first two are none's */
	uint32_t n_ids, free_id;   /* room; the first that is free, or 0 */
	struct sea_list all_infos; /* in no order that is seen */
	struct sea_list expiring;  /* likewise, not in `infos` */
	struct sea_list gone;      /* infos whose routes are no more, but take up memory still */
	struct sea_work reaper;
	struct sea_siphash_key info_key, flow_key;
	bool unanswered;             /* the last lookup passed a router over that does not answer */
	uint32_t next_router;        /* turns among routers of which none is known to be there */
	struct sea_route_hop *shown; /* what the last walk lent */
	struct sea_timer expiry;
	/* Of the last change that was refused: Linux's sentence, or NULL. The caller sets it to NULL before. */
	const char *why;
	uint16_t news_flags; /* NLM_F_* that news of what is being changed carry */
	uint16_t news_way;   /* that they name first */
};

/* Says why, for who asked. */
static inline int sea_routes_refuse(struct sea_routes *r, int err, const char *why)
{
	r->why = why;
	return err;
}

/* For the stack's route_observer: a route that came or is about to go. */
struct sea_route_news {
	const struct sea_mroute_news
		*mroute; /* NULL, or: of one of groups (ip/mroute.h); no more is said */
	const struct sea_routes *routes;
	const struct sea_route_node *node;
	bool gone;
	uint16_t flags; /* NLM_F_* */
	uint16_t way;   /* that is named first, and others behind it in turn … */
	bool alone;     /* … or not at all */
};

/* Does the way hang on more of a packet than its addresses, link, mark and class? */
static inline bool sea_routes_by_flow(const struct sea_routes *r)
{
	return r->rules_by_flow || r->hash_policy;
}

SEA_MUST_USE int sea_routes_init(struct sea_routes *r, struct sea_stack *stack, uint8_t family);
void sea_routes_fini(struct sea_routes *r);
/* net.<family>.fib_multipath_*; once nothing can fail any more. */
void sea_routes_sysctl_add(struct sea_routes *r);

/* As <seastack/config.h>, within an entry. */
SEA_MUST_USE int sea_routes_add(struct sea_routes *r, const struct sea_route *route);
SEA_MUST_USE int sea_routes_change(struct sea_routes *r, const struct sea_route *route,
				   uint32_t flags);
SEA_MUST_USE int sea_routes_del(struct sea_routes *r, const struct sea_route *route);
bool sea_routes_next(struct sea_routes *r, struct sea_route_cursor *cursor,
		     struct sea_route *route);

/* Rules, tables and exceptions written out and read back; errors stick. */
void sea_routes_save(struct sea_routes *r, struct sea_saver *to);
void sea_routes_load(struct sea_routes *r, struct sea_loader *from);

/* What to take away, all at once: a route that matches every field that is set. */
struct sea_routes_purge {
	const struct sea_link *link; /* all of a link that went down or away … */
	bool keep_local;             /* … except that a link's addresses outlive its being down */
	const struct sea_ipaddr
		*prefsrc; /* all that speak from an address that is no longer ours */
	uint32_t table;
};
/* Of a route with several ways, those of the link go; with keep_local they may come back. */
void sea_routes_purge(struct sea_routes *r, const struct sea_routes_purge *what);

/* A link came up, or its wire did or did not: ways that were dead live, and the other way round. */
void sea_routes_link_changed(struct sea_routes *r, const struct sea_link *link);

/*
 * Puts in a copy of an entry that is known to be right, behind its equals. 0, -EEXIST where the very
 * same one is there, -ENOMEM.
 */
SEA_MUST_USE int sea_routes_insert(struct sea_routes *r, uint32_t table,
				   const struct sea_route_entry *entry);
/* The one that is the same, metrics, preference and expiry apart; NULL: there is none. */
const struct sea_route_entry *sea_routes_there(const struct sea_routes *r, uint32_t table,
					       const struct sea_route_entry *entry);
/* The same; where the very same one is there, it takes over metrics, pref and expires. 0 or -ENOMEM. */
SEA_MUST_USE int sea_routes_refresh(struct sea_routes *r, uint32_t table,
				    const struct sea_route_entry *entry);
/* Takes out the first that equals this one in all but metrics, pref and expires; false: none does. */
bool sea_routes_remove(struct sea_routes *r, uint32_t table, const struct sea_route_entry *entry);

/*
 * The best way for the flow among links that are up (and flow->oif, when set): 0 with *entry, or
 * -ENETUNREACH, -EHOSTUNREACH, -EACCES, -EINVAL. The pointer lives until routes change.
 */
SEA_MUST_USE int sea_routes_lookup(struct sea_routes *r, const struct sea_flow *flow,
				   const struct sea_route_entry **entry);
/* The same among routes of at least this scope: LINK finds what a gateway may stand on. */
SEA_MUST_USE int sea_routes_lookup_scoped(struct sea_routes *r, const struct sea_flow *flow,
					  uint8_t scope, const struct sea_route_entry **entry);
/* In table local only: how an address is ours, UNICAST when it is not. `ifindex` 0: on any link. */
uint8_t sea_routes_local_type(struct sea_routes *r, const struct sea_ipaddr *addr, int ifindex);

/* Is it the gateway of some route out of this link? (A walk over all ways.) */
bool sea_routes_has_gateway(const struct sea_routes *r, const struct sea_link *link,
			    const struct sea_ipaddr *gateway);

/* Does the route that this entry was found in lead out there by any of its ways? */
bool sea_route_uses_link(const struct sea_route_entry *e, const struct sea_link *link);

/* Is it one of several ways, of which a flow's hash chose it? */
bool sea_route_is_choice(const struct sea_route_entry *e);

/* Holds on to the metrics of an entry that a lookup found: for sea_dst.metrics. */
uint32_t sea_route_hold_metrics(struct sea_stack *stack, const struct sea_route_entry *e);

#endif
