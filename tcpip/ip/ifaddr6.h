/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPv6 addresses of links: their states and lifetimes (RFC 4862 §5.5), and which of them to speak
 * from (RFC 6724).
 *
 *	added ─ TENTATIVE ─ (duplicate detection) ─┬─ preferred ─ DEPRECATED ─ gone
 *	                                           └─ DADFAILED
 */
#ifndef SEA_IP_IFADDR6_H
#define SEA_IP_IFADDR6_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/config.h>

#include "core/link.h"
#include "ip/group.h"
#include "ip/ip.h"
#include "ip/neigh.h"

struct sea_ifaddr6 {
	struct sea_list
		node; /* in sea_link_ip6.addrs: by scope, the widest first, as Linux lists them */
	struct sea_link *link;
	struct sea_ipaddr addr;
	uint8_t prefix_len;
	uint8_t scope;  /* enum sea_scope */
	uint32_t flags; /* SEA_IFA_* */
	uint32_t metric;
	uint32_t valid_s, preferred_s; /* from `updated` on; SEA_LIFETIME_INFINITE */
	sea_time created, updated;
	uint8_t proto; /* IFAPROT_*: who put it there */
};

/* net.ipv6.conf.<link>.*, in Linux's units. */
struct sea_conf6 {
	int32_t forwarding, hop_limit, mtu, disable_ipv6;
	int32_t ignore_routes_with_linkdown;
};

/* IPv6's state of a link: link->ip6, as long as the link is there. */
struct sea_link_ip6 {
	struct sea_link *link;
	struct sea_list addrs;
	struct sea_conf6 conf;
	struct sea_neigh_params neigh; /* net.ipv6.neigh.<link>.* */
	struct sea_groups groups;
};

static inline struct sea_link_ip6 *sea_link_ip6(const struct sea_link *link)
{
	return link->ip6;
}

/* The state of a new link, with the templates' values; 0 or -ENOMEM. */
SEA_MUST_USE int sea_link_ip6_new(struct sea_stack *stack, struct sea_link *link);
/* Frees it with its addresses, without a look at routes; harmless where there is none. */
void sea_link_ip6_free(struct sea_link *link);

/* The link's address of this name, in whatever state; NULL: it has none. */
struct sea_ifaddr6 *sea_ifaddr6_find(const struct sea_link *link, const struct sea_ipaddr *addr);
/* The same over all links. */
struct sea_ifaddr6 *sea_ifaddr6_find_any(const struct sea_stack *stack,
					 const struct sea_ipaddr *addr);

/* May packets be sent from it, and to it? (Not while TENTATIVE, unless OPTIMISTIC; never DADFAILED.) */
static inline bool sea_ifaddr6_usable(const struct sea_ifaddr6 *a)
{
	return !(a->flags & (SEA_IFA_TENTATIVE | SEA_IFA_DADFAILED)) ||
	       a->flags & SEA_IFA_OPTIMISTIC;
}

/*
 * The address to speak from towards `dst` out of `link` (RFC 6724 §5), of any link's as far as Linux
 * considers them; `prefs` as IPV6_ADDR_PREFERENCES. False: there is none.
 */
bool sea_ifaddr6_select(struct sea_stack *stack, const struct sea_link *link,
			const struct sea_ipaddr *dst, uint8_t prefs, struct sea_ipaddr *src);
/* A link-local address of the link that may be used; false: none (yet). */
bool sea_ifaddr6_link_local(const struct sea_link *link, struct sea_ipaddr *addr);

/* As <seastack/config.h>, within an entry. */
SEA_MUST_USE int sea_ifaddr6_add(struct sea_stack *stack, struct sea_link *link,
				 const struct sea_ifaddr *addr);
SEA_MUST_USE int sea_ifaddr6_del(struct sea_stack *stack, struct sea_link *link,
				 const struct sea_ifaddr *addr);

#endif
