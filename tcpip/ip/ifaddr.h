/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of links, and which of them to speak from (RFC 1122 §3.3.4.3, as Linux chooses). */
#ifndef SEA_IP_IFADDR_H
#define SEA_IP_IFADDR_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/config.h>

#include "core/link.h"
#include "ip/ip.h"

struct sea_ifaddr4 {
	struct sea_list node; /* in sea_link_ip4.addrs, primary ones of a prefix before secondary */
	sea_be32 local, broadcast;
	uint8_t prefix_len;
	uint8_t scope;
	bool secondary;
};

/* IPv4's state of a link: link->ip4. */
struct sea_link_ip4 {
	struct sea_link *link;
	struct sea_list addrs;
};

static inline struct sea_link_ip4 *sea_link_ip4(const struct sea_link *link)
{
	return link->ip4;
}

/* The address to speak from on `link` towards `dst` (any: zero) within `scope`; zero: none. */
sea_be32 sea_ifaddr4_select(const struct sea_link *link, sea_be32 dst, uint8_t scope);
/* Is it one of the link's own addresses? */
bool sea_ifaddr4_is_own(const struct sea_link *link, sea_be32 addr);

#endif
