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
	/* In sea_link_ip6.addrs: by scope, the widest first, and of one scope the newest first (as Linux). */
	struct sea_list node;
	struct sea_link *link;
	struct sea_ipaddr addr;
	uint8_t prefix_len;
	uint8_t scope;  /* enum sea_scope */
	uint32_t flags; /* SEA_IFA_* */
	uint32_t metric;
	uint32_t valid_s, preferred_s; /* from `updated` on; SEA_LIFETIME_INFINITE */
	sea_time created, updated;
	uint8_t proto; /* IFAPROT_*: who put it there */
	bool heard;    /* in its solicited-node group */
};

/* net.ipv6.conf.<link>.*, in Linux's units. */
struct sea_conf6 {
	int32_t accept_redirects, accept_source_route, addr_gen_mode, disable_ipv6;
	int32_t drop_unicast_in_l2_multicast, forwarding, hop_limit, mtu;
	int32_t ignore_routes_with_linkdown;
	int32_t ndisc_evict_nocarrier, ndisc_notify, ndisc_tclass, proxy_ndp, suppress_frag_ndisc;
};

enum sea_addr_gen_mode {
	SEA_ADDR_GEN_EUI64 = 0,
	SEA_ADDR_GEN_NONE = 1,
};

/* IPv6's state of a link: link->ip6, as long as the link is there. */
struct sea_link_ip6 {
	struct sea_link *link;
	struct sea_list addrs;
	struct sea_conf6 conf;
	struct sea_neigh_params neigh; /* net.ipv6.neigh.<link>.* */
	struct sea_groups groups;
	bool running; /* IPv6 is spoken here: up, MTU large enough, not disabled */
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
/* Takes all away, with their routes and groups: the link goes down. */
void sea_ifaddr6_flush(struct sea_stack *stack, struct sea_link *link);
/* Forgets all addresses of a link, without a look at routes. */
void sea_ifaddr6_clear(struct sea_link *link);
/* Puts an address behind the others as it is, without routes (loading); -ENOMEM. */
SEA_MUST_USE int sea_ifaddr6_append(struct sea_link *link, const struct sea_ifaddr6 *addr);
/* What a link has of itself when IPv6 begins there: ::1, or fe80:: and its interface identifier. */
SEA_MUST_USE int sea_ifaddr6_add_own(struct sea_stack *stack, struct sea_link *link);

/*
 * What addresses bring along (ifaddr6_route.c): themselves in table local, their prefix in main, the
 * group that neighbours ask for them by. Those of one address, as far as they are missing while the
 * link runs (0 or -ENOMEM); those of one that goes; and the way to all groups.
 */
SEA_MUST_USE int sea_ifaddr6_add_routes(struct sea_stack *stack, struct sea_ifaddr6 *addr);
void sea_ifaddr6_del_routes(struct sea_stack *stack, struct sea_ifaddr6 *addr);
/* Neighbours' questions for it are not heard any more. */
void sea_ifaddr6_leave(struct sea_ifaddr6 *addr);
SEA_MUST_USE int sea_ifaddr6_add_group_route(struct sea_stack *stack, struct sea_link *link);

/* How many leading bits both have in common. */
unsigned sea_ip6_common_bits(const uint8_t a[16], const uint8_t b[16]);

#endif
