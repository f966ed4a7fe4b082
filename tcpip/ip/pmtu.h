/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Path MTUs that routers told of: exceptions from the routes, per destination, for
 * net.ipv4.route.mtu_expires seconds. Bounded; the oldest makes room.
 */
#ifndef SEA_IP_PMTU_H
#define SEA_IP_PMTU_H

#include <stdbool.h>
#include <stdint.h>

#include "core/htable.h"
#include "core/list.h"
#include "core/stack.h"
#include "ip/ip.h"

#define SEA_PMTU_MAX 10240 /* Linux: 2048 buckets of 5 per next hop */

struct sea_pmtu {
	struct sea_hnode hnode;
	struct sea_list age; /* in the table's list, oldest first */
	struct sea_ipaddr dst;
	uint32_t mtu;
	bool locked; /* below the floor: mtu is the floor, and packets go without DF */
	sea_time expires;
};

struct sea_pmtu_table {
	struct sea_stack *stack;
	struct sea_siphash_key key;
	struct sea_htable entries;
	struct sea_list ages;
	struct sea_timer timer;
};

void sea_pmtu_table_init(struct sea_pmtu_table *t, struct sea_stack *stack);
void sea_pmtu_table_fini(struct sea_pmtu_table *t);

/* NULL: no exception. */
const struct sea_pmtu *sea_pmtu_find(const struct sea_pmtu_table *t, const struct sea_ipaddr *dst);
/* Remembers; without memory it does not. Cached routes are looked up anew. */
void sea_pmtu_set(struct sea_pmtu_table *t, const struct sea_ipaddr *dst, uint32_t mtu, bool locked,
		  sea_time expires);

#endif
