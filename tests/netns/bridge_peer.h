/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of bridge_peer: requests that are made in both worlds. */
#ifndef SEA_TESTS_BRIDGE_PEER_H
#define SEA_TESTS_BRIDGE_PEER_H

#include "tests/netns/netlink_compare.h"

#define N_PORTS 3
#define FIRST 2                  /* the index of the first port's link */
#define BRIDGE (FIRST + N_PORTS) /* that of the bridge */

/* What is answered, and what listeners hear of it, is compared. */
void each(const struct request *r, unsigned mode);
/* An attribute at `to`: its length with padding. */
uint16_t put_in(uint8_t *to, uint16_t type, const void *value, uint16_t len);
/* RTM_SETLINK with one attribute. */
void set_link(const char *name, int ifindex, uint16_t type, const void *value, uint16_t len);

/* bridge_macvlan.c: macvlans come, change and go on links that are no ports yet. */
void compare_macvlans(void);

#endif
