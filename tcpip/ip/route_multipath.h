/* SPDX-License-Identifier: Apache-2.0 */
/* Which of several ways a flow takes: always the same one while they stand (RFC 2992). */
#ifndef SEA_IP_ROUTE_MULTIPATH_H
#define SEA_IP_ROUTE_MULTIPATH_H

#include "ip/route_info.h"

/* Linux's FIB_MULTIPATH_HASH_FIELD_*: net.*.fib_multipath_hash_fields. */
enum {
	SEA_ROUTE_HASH_SRC = 0x01,
	SEA_ROUTE_HASH_DST = 0x02,
	SEA_ROUTE_HASH_PROTO = 0x04,
	SEA_ROUTE_HASH_FLOW_LABEL = 0x08,
	SEA_ROUTE_HASH_SPORT = 0x10,
	SEA_ROUTE_HASH_DPORT = 0x20,
	SEA_ROUTE_HASH_OUTER = 0x3f,
};

/* `info` has several ways, and one of them at least is usable. */
const struct sea_route_way *sea_route_multipath(const struct sea_routes *r,
						const struct sea_route_info *info,
						const struct sea_flow *flow);

#endif
