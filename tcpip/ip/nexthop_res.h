/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resilient nexthop groups: flows fall into buckets, and each bucket has one member of the group. Where members come, go or
 * weigh otherwise, only as many buckets move as have to; one that flows still use moves when it has been idle for long
 * enough, or when its group has been out of balance for too long.
 *
 *	flow ─ hash ─ bucket ─ member           wanted by weight: 3 2 2     a member with too many buckets is *over*,
 *	              [0 0 0 1 1 2 2]                 has:        3 2 2     one with too few *under*
 */
#ifndef SEA_IP_NEXTHOP_RES_H
#define SEA_IP_NEXTHOP_RES_H

#include "core/timerq.h"
#include "ip/nexthop.h"

#define SEA_NEXTHOP_IDLE_TIMER 12000u /* hundredths of a second */
#define SEA_NEXTHOP_CSEC (SEA_SEC / 100)

struct sea_nexthop_bucket {
	const struct sea_nexthop_obj *nh; /* NULL: nobody's yet */
	uint16_t member; /* … its place in the group, and among the ways of routes */
	sea_time used, migrated;
};

struct sea_nexthop_res {
	struct sea_nexthops *table;
	struct sea_nexthop_obj *group;
	struct sea_timer timer; /* buckets may move then */
	uint16_t n_buckets;
	uint32_t idle_timer, unbalanced_timer; /* hundredths of a second; 0 of the second: never */
	bool unbalanced;                       /* there are members under */
	sea_time unbalanced_since;
	struct sea_nexthop_bucket *buckets;
};

/* What is asked of a group; NULL stands for: not to be resilient. */
struct sea_nexthop_res_ask {
	bool has_buckets, has_idle, has_unbalanced;
	uint16_t buckets;
	uint32_t idle_timer, unbalanced_timer; /* hundredths of a second */
};

/* sea_nexthops_add() of a resilient group. */
SEA_MUST_USE int sea_nexthops_add_resilient(struct sea_stack *stack, struct sea_nexthop *nexthop,
					    const struct sea_nexthop_res_ask *ask, uint32_t flags);

/* A group's, without buckets where none are asked for. NULL: no memory. */
struct sea_nexthop_res *sea_nexthop_res_new(struct sea_nexthops *t, struct sea_nexthop_obj *group,
					    const struct sea_nexthop_res_ask *ask);
void sea_nexthop_res_free(struct sea_nexthop_res *res);
/* What of a group that is there is asked for anew. */
void sea_nexthop_res_retime(struct sea_nexthop_res *res, const struct sea_nexthop_res_ask *ask);
/* The group has other members, or weights: buckets move that may, silently. */
void sea_nexthop_res_follow(struct sea_nexthop_res *res);
/* The member that a flow of this hash goes to, which is used from now on. */
unsigned sea_nexthop_res_pick(struct sea_nexthop_res *res, uint32_t hash, sea_time now);

/* As shown, in hundredths of a second: for how long a bucket was not used, the group not in balance. */
uint64_t sea_nexthop_bucket_idle(const struct sea_nexthop_res *res, unsigned i);
uint64_t sea_nexthop_res_unbalanced(const struct sea_nexthop_res *res);

void sea_nexthop_res_save(const struct sea_nexthop_res *res, struct sea_saver *to);
/* Of a group whose members are there: NULL with from->err set: not read. */
struct sea_nexthop_res *sea_nexthop_res_load(struct sea_nexthops *t, struct sea_nexthop_obj *group,
					     struct sea_loader *from);

#endif
