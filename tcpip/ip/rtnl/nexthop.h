/* SPDX-License-Identifier: Apache-2.0 */
/* Nexthop objects in rtnetlink(7)'s messages, between the file that shows them and the one that changes them. */
#ifndef SEA_IP_RTNL_NEXTHOP_H
#define SEA_IP_RTNL_NEXTHOP_H

#include <linux/nexthop.h>

#include "ip/rtnl/rtnl.h"

struct sea_nexthop_obj;

/* Of Linux 6.18, newer than some headers. */
#define SEA_RTNL_NHA_OP_FLAGS 14
#define SEA_RTNL_NHA_HW_STATS_ENABLE 16

/* What RTM_DELNEXTHOP and RTM_GETNEXTHOP of one ask for: 0 or -errno. */
SEA_MUST_USE int sea_rtnl_nexthop_id(struct sea_nl_req *req, const struct sea_nl_policy *policy,
				     uint16_t max_type, uint32_t *id);

/* -- nexthop_change.c: sea_nl_kind.doit -- */

int sea_rtnl_new_nexthop(struct sea_nl_req *req);
int sea_rtnl_del_nexthop(struct sea_nl_req *req);

/* The stack's nexthop_observer. */
void sea_rtnl_tell_nexthop(struct sea_stack *stack, const struct sea_nexthop_obj *obj, bool gone);

/* -- nexthop_bucket.c -- */

int sea_rtnl_get_bucket(struct sea_nl_req *req);
int sea_rtnl_buckets_start(struct sea_nl_req *req, struct sea_nl_dump *d);
int sea_rtnl_buckets_dump(struct sea_nl_dump *d, struct sea_nl_out *out);
/* RTNLGRP_NEXTHOP: bucket `i` of the group has another member. */
void sea_rtnl_tell_bucket(struct sea_stack *stack, const struct sea_nexthop_obj *group, unsigned i);

extern const struct sea_nl_kind sea_rtnl_nexthop_kinds[];
extern const unsigned sea_rtnl_nexthop_kinds_n;

#endif
