/* SPDX-License-Identifier: Apache-2.0 */
/* Rules in rtnetlink(7)'s messages. */
#ifndef SEA_IP_RTNL_RULE_H
#define SEA_IP_RTNL_RULE_H

#include "ip/rtnl/rtnl.h"

struct sea_route_rule;
struct sea_routes;

/* The stack's rule_observer. */
void sea_rtnl_tell_rule(struct sea_stack *stack, const struct sea_routes *r,
			const struct sea_route_rule *rule, bool gone);

extern const struct sea_nl_kind sea_rtnl_rule_kinds[];
extern const unsigned sea_rtnl_rule_kinds_n;

#endif
