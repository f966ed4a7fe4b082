/* SPDX-License-Identifier: Apache-2.0 */
/* Multicast routes in rtnetlink(7)'s messages: the families RTNL_FAMILY_IPMR and RTNL_FAMILY_IP6MR. */
#ifndef SEA_IP_RTNL_MROUTE_H
#define SEA_IP_RTNL_MROUTE_H

#include "ip/rtnl/rtnl.h"

struct sea_mroute_news;

/* What is shown of them to who asks for routes of all families; *place, at first 0, is where it stands. 1: more. */
int sea_rtnl_dump_mroutes_of_all(const struct sea_nl_dump *d, struct sea_nl_out *out,
				 uint64_t *place);

/* What the stack's route_observer hears of them. */
void sea_rtnl_tell_mroute(struct sea_stack *stack, const struct sea_mroute_news *news, bool gone);

extern const struct sea_nl_kind sea_rtnl_mroute_kinds[];
extern const unsigned sea_rtnl_mroute_kinds_n;

#endif
