/* SPDX-License-Identifier: Apache-2.0 */
/* The policy data base of one IP version: which table answers for which flow (ip-rule(8)). */
#ifndef SEA_IP_ROUTE_RULE_H
#define SEA_IP_ROUTE_RULE_H

#include <assert.h>
#include <stddef.h>

#include "ip/route.h"

#define SEA_RULES_MAX 4096

/* What lookups read of a rule that speaks of others is its first cache line. */
struct sea_route_rule {
	struct sea_route_rule *next;   /* by priority, equals in the order they came */
	uint32_t mark, mark_mask;      /* as rule's */
	int iif, oif;                  /* by their names; 0: not asked for, -1: no such link now */
	bool invert;                   /* as rule's */
	bool asks_more;                /* than of links and mark */
	struct sea_route_table *table; /* of LOOKUP; NULL: it was not there yet */
	struct sea_route_rule *target; /* of GOTO; NULL: none such */
	struct sea_rule rule;
};
static_assert(offsetof(struct sea_route_rule, rule) <= 64, "in one cache line");

/* Linux's defaults: 0 or -ENOMEM. */
SEA_MUST_USE int sea_rules_init(struct sea_routes *r);
void sea_rules_fini(struct sea_routes *r);

SEA_MUST_USE int sea_rules_add(struct sea_routes *r, const struct sea_rule *rule);
/* The same, but one more of what is there already is fine unless `exclusive`. */
SEA_MUST_USE int sea_rules_change(struct sea_routes *r, const struct sea_rule *rule,
				  bool exclusive);
SEA_MUST_USE int sea_rules_del(struct sea_routes *r, const struct sea_rule *rule);
/* The rule behind `rank` others; false: there is none. */
bool sea_rules_at(const struct sea_routes *r, uint32_t rank, struct sea_rule *rule);
/* What was saved, unchecked but for what memory depends on; sea_rules_settle() ends it. */
SEA_MUST_USE int sea_rules_restore(struct sea_routes *r, const struct sea_rule *rule);
void sea_rules_settle(struct sea_routes *r, bool merged);

/* A link is there, or goes: names of rules mean something else now. */
void sea_rules_link_added(struct sea_routes *r, const struct sea_link *link);
void sea_rules_link_gone(struct sea_routes *r, const struct sea_link *link);
/* The first VRF brings this one along: priority 1000, l3mdev. 0 (there already, too) or an error. */
SEA_MUST_USE int sea_rules_add_l3mdev(struct sea_routes *r);

/* What the rule asks of the flow besides links and mark. */
bool sea_rule_matches_more(const struct sea_routes *r, const struct sea_route_rule *rule,
			   const struct sea_flow *flow);

/* Does the rule speak of this flow? `iif` is the flow's, our own packets' being lo. */
static inline bool sea_rule_matches(const struct sea_routes *r, const struct sea_route_rule *rule,
				    const struct sea_flow *flow, int iif)
{
	bool so = !((flow->mark ^ rule->mark) & rule->mark_mask) &&
		  (!rule->iif || rule->iif == iif) && (!rule->oif || rule->oif == flow->oif) &&
		  (!rule->asks_more || sea_rule_matches_more(r, rule, flow));

	return so != rule->invert;
}

#endif
