/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rtnetlink(7): NETLINK_ROUTE's messages, in which links, addresses, routes and neighbours are shown and changed.
 * A kind of message is served for one family of addresses, or by AF_UNSPEC's for all that no other serves; a dump
 * for AF_UNSPEC that nobody serves is that of each family in turn.
 *
 * Whoever has tables to show adds the kinds of messages that show them (sea_rtnl_add()).
 */
#ifndef SEA_IP_RTNL_RTNL_H
#define SEA_IP_RTNL_RTNL_H

#include <linux/rtnetlink.h>

#include <seastack/time.h>

#include "netlink/netlink.h"

struct sea_stack;

/* From a module's init, behind the family's own: the table lives as long as the stack. Asserts on a second one. */
void sea_rtnl_add(struct sea_stack *stack, const struct sea_nl_kind *kinds, unsigned n);

/* The request that is being served; NULL: what happens is nobody's doing. */
struct sea_nl_req *sea_rtnl_req(const struct sea_stack *stack);

extern const struct sea_nl_kind sea_rtnl_addr_kinds[];
extern const unsigned sea_rtnl_addr_kinds_n;
extern const struct sea_nl_kind sea_rtnl_addrlabel_kinds[];
extern const unsigned sea_rtnl_addrlabel_kinds_n;
extern const struct sea_nl_kind sea_rtnl_netconf_kinds[];
extern const unsigned sea_rtnl_netconf_kinds_n;

/* What a handler is asked: the family's own header and the attributes behind it. */

/*
 * Copies the header of `size` bytes (zeros behind what came, in messages of old programs that are shorter) and
 * parses what is behind it, strictly as far as Linux does for such requests: 0 or -errno.
 */
SEA_MUST_USE int sea_rtnl_parse(struct sea_nl_req *req, void *hdr, uint32_t size,
				struct sea_nl_attr *tb, uint16_t max_type,
				const struct sea_nl_policy *policy, unsigned how);

/* Hundredths of a second since the stack's clock began: struct ifa_cacheinfo's units. */
static inline uint32_t sea_rtnl_stamp(sea_time t)
{
	return (uint32_t)(t.ns / (SEA_SEC / 100));
}

#endif
