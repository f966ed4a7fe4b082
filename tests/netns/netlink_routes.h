/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of netlink_routes_peer have in common: two worlds with lo and two links that are up, r0 and r1. */
#ifndef SEA_TESTS_NETLINK_ROUTES_H
#define SEA_TESTS_NETLINK_ROUTES_H

#include "tests/netns/netlink_compare.h"

#define LINK0 2
#define LINK1 3

/* Asks in each way that a socket can be set to. */
void in_each_mode(struct world w[2], const struct request *r);
void put_attr32(struct request *r, uint16_t type, uint32_t value);

/* One of `n` values. */
uint32_t any_of(uint64_t *seed, const uint32_t *values, unsigned n);
/* Once in `n` times. */
bool by_chance(uint64_t *seed, unsigned n);

/* Of each world one socket that asks, and one that listens to groups. */
struct talk {
	struct wsock asks[2], hears[2];
};

void open_talk(struct world w[2], struct talk *t, uint32_t groups);
void close_talk(struct world w[2], struct talk *t);
/* What is answered, what is heard of it, and what a dump shows then. */
void compare_change(struct world w[2], const struct talk *t, const struct request *r,
		    uint16_t dump_type);

/* -- netlink_routes_dump.c -- */

void compare_dumps_of_routes(struct world w[2]);
void compare_random_dumps(struct world w[2], unsigned long n, uint64_t *seed);

/* -- netlink_routes_get.c -- */

void compare_gets(struct world w[2], unsigned long n, uint64_t *seed);

/* -- netlink_routes_change.c -- */

void compare_changes_of_routes(struct world w[2], unsigned long n, uint64_t *seed);

/* -- netlink_neighs.c -- */

void compare_dumps_of_neighs(struct world w[2]);
void compare_changes_of_neighs(struct world w[2], unsigned long n, uint64_t *seed);

/* -- netlink_mroutes.c -- */

void compare_mroutes(struct world w[2], unsigned long n, uint64_t *seed);

/* -- netlink_neightbl.c -- */

void compare_dumps_of_neightbls(struct world w[2]);
void compare_changes_of_neightbls(struct world w[2], unsigned long n, uint64_t *seed);

/* -- netlink_nexthops.c -- */

void compare_nexthops(struct world w[2], unsigned long n, uint64_t *seed);

/* -- netlink_routes_rules.c -- */

void compare_dumps_of_rules(struct world w[2]);
void compare_changes_of_rules(struct world w[2], unsigned long n, uint64_t *seed);

#endif
