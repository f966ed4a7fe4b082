/* SPDX-License-Identifier: Apache-2.0 */
/* The policy data base of one IP version: which table answers for which flow (ip-rule(8)). */
#ifndef SEA_IP_ROUTE_RULE_H
#define SEA_IP_ROUTE_RULE_H

#include "ip/route.h"

#define SEA_RULES_MAX 4096

struct sea_route_rule {
	struct sea_route_rule *next; /* by priority, equals in the order they came */
	struct sea_rule rule;
	int iif, oif;                  /* by their names; 0: not asked for, -1: no such link now */
	struct sea_route_table *table; /* of LOOKUP; NULL: it was not there yet */
	struct sea_route_rule *target; /* of GOTO; NULL: none such */
};

/* Linux's defaults: 0 or -ENOMEM. */
SEA_MUST_USE int sea_rules_init(struct sea_routes *r);
void sea_rules_fini(struct sea_routes *r);

SEA_MUST_USE int sea_rules_add(struct sea_routes *r, const struct sea_rule *rule);
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

/* Does the rule speak of this flow? */
bool sea_rule_matches(const struct sea_routes *r, const struct sea_route_rule *rule,
		      const struct sea_flow *flow);

#endif
