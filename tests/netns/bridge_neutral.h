/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What cannot be the same of bridges in both worlds: snooping of groups, which is not built here; VLANs, which the kernel here
 * is built without; ages and timers; whether a tap has a carrier yet; the kernel's lists of addresses that links filter by.
 */
#ifndef SEA_TESTS_BRIDGE_NEUTRAL_H
#define SEA_TESTS_BRIDGE_NEUTRAL_H

#include "tests/netns/netlink_compare.h"

/* All messages become one datagram, without the above. */
void bridge_neutral(struct answers *a);
/* Of news only those of FDBs and ports are kept. */
void bridge_news(struct answers *a);

#endif
