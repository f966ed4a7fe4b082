/* SPDX-License-Identifier: Apache-2.0 */
/* Groups and anycast addresses of links in rtnetlink(7)'s messages. */
#ifndef SEA_IP_RTNL_GROUPS_H
#define SEA_IP_RTNL_GROUPS_H

#include "ip/rtnl/rtnl.h"

struct sea_group;
struct sea_link;
struct sea_anycast6;

/* Newer than some headers. */
#define SEA_RTM_NEWMULTICAST 56
#define SEA_RTM_DELMULTICAST 57
#define SEA_RTM_NEWANYCAST 60
#define SEA_RTM_DELANYCAST 61
#define SEA_RTNLGRP_IPV4_MCADDR 37
#define SEA_RTNLGRP_IPV6_MCADDR 38
#define SEA_RTNLGRP_IPV6_ACADDR 39

/* The stack's group_observer and anycast_observer. */
void sea_rtnl_tell_group(const struct sea_group *group, bool gone);
void sea_rtnl_tell_anycast(const struct sea_link *link, const struct sea_anycast6 *a, bool gone);

extern const struct sea_nl_kind sea_rtnl_groups_kinds[];
extern const unsigned sea_rtnl_groups_kinds_n;

#endif
