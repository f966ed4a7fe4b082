/* SPDX-License-Identifier: Apache-2.0 */
/* IPv6 addresses as rtnetlink has them: shown, told of, changed in place. */
#ifndef SEA_IP_IFADDR6_CHANGE_H
#define SEA_IP_IFADDR6_CHANGE_H

#include <seastack/config.h>

#include "ip/ifaddr6.h"

struct sea_ifaddr sea_ifaddr6_show(const struct sea_ifaddr6 *a);

/* The stack's addr_observer hears of it. */
void sea_ifaddr6_tell(const struct sea_ifaddr6 *a, bool gone);

/*
 * Flags (none but those that can be asked for are given), lifetimes and protocol are those of `addr` now, and its metric and peer where it names one; the prefix's route
 * and temporary addresses follow. 0, or -EINVAL (temporary ones need a prefix of 64), -ENOMEM (the route is lost).
 */
SEA_MUST_USE int sea_ifaddr6_change(struct sea_ifaddr6 *a, const struct sea_ifaddr *addr);

/* The way to the other end of the link: 0 or -ENOMEM; harmless where there is no peer. */
SEA_MUST_USE int sea_ifaddr6_add_peer_route(const struct sea_ifaddr6 *a);
void sea_ifaddr6_del_peer_route(const struct sea_ifaddr6 *a);

#endif
