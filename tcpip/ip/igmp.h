/* SPDX-License-Identifier: Apache-2.0 */
/* The host's side of IGMP (RFC 1112, 2236, 3376): what group_report.h decides, in IPv4's bytes. */
#ifndef SEA_IP_IGMP_H
#define SEA_IP_IGMP_H

#include "ip/group.h"

struct sea_ip_proto;

extern const struct sea_ip_proto sea_igmp_ip_proto;
extern const struct sea_group_proto sea_igmp_group_proto;

#endif
