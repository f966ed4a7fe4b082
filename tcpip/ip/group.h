/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The multicast groups that a link listens to: what sockets joined and what the stack itself needs
 * (all hosts, solicited nodes), counted.
 */
#ifndef SEA_IP_GROUP_H
#define SEA_IP_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/list.h"
#include "ip/ip.h"

struct sea_link;

struct sea_group {
	struct sea_list node; /* in sea_groups.list */
	struct sea_ipaddr addr;
	uint32_t users;
};

struct sea_groups {
	struct sea_link *link;
	uint8_t family;
	struct sea_list list;
};

void sea_groups_init(struct sea_groups *g, struct sea_link *link, uint8_t family);
void sea_groups_fini(struct sea_groups *g);

/* One more user: 0 or -ENOMEM. Leaving is harmless where nobody joined. */
SEA_MUST_USE int sea_group_join(struct sea_groups *g, const struct sea_ipaddr *addr);
void sea_group_leave(struct sea_groups *g, const struct sea_ipaddr *addr);

/* Does a packet to this group concern anybody here? */
bool sea_group_heard(const struct sea_groups *g, const struct sea_ipaddr *addr);

#endif
