/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of links, and which of them to speak from (RFC 1122 §3.3.4.3, as Linux chooses). */
#ifndef SEA_IP_IFADDR_H
#define SEA_IP_IFADDR_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/config.h>
#include <seastack/link.h>

#include "core/link.h"
#include "ip/acd.h"
#include "ip/group.h"
#include "ip/ip.h"
#include "ip/neigh.h"

struct sea_ifaddr4 {
	struct sea_list node; /* in sea_link_ip4.addrs, primary ones of a prefix before secondary */
	struct sea_link *link;
	sea_be32 local;
	sea_be32 peer;      /* whose prefix is reached by the link: the other end's, or `local` */
	sea_be32 broadcast; /* zero: only the prefix's own, which is never listed (as Linux) */
	uint8_t prefix_len;
	uint8_t scope;
	bool secondary;
	uint32_t flags;                /* SEA_IFA_*, but SECONDARY */
	uint32_t metric;               /* of the prefix route */
	uint32_t valid_s, preferred_s; /* from `updated` on; SEA_LIFETIME_INFINITE */
	sea_time created, updated;
	uint8_t proto;            /* IFAPROT_*: who put it there */
	char label[SEA_IFNAMSIZ]; /* empty: the link's name */
	struct sea_timer life;
	struct sea_acd acd;
};

/* May it be spoken from, and to? */
static inline bool sea_ifaddr4_usable(const struct sea_ifaddr4 *a)
{
	return !(a->flags & (SEA_IFA_TENTATIVE | SEA_IFA_DADFAILED));
}

/*
 * net.ipv4.conf.<link>.*, in Linux's units. `all` is combined with the link's own by or, and or
 * max, as ip-sysctl.rst says for each.
 */
struct sea_conf4 {
	int32_t forwarding, bc_forwarding;
	int32_t rp_filter; /* 0, 1 strict, 2 loose (RFC 3704 §2.2, §2.4) */
	int32_t src_valid_mark, accept_local, route_localnet, log_martians;
	int32_t accept_redirects, secure_redirects, send_redirects, shared_media;
	int32_t arp_accept, arp_announce, arp_evict_nocarrier, arp_filter, arp_ignore, arp_notify;
	int32_t drop_gratuitous_arp;
	int32_t proxy_arp, proxy_arp_pvlan, medium_id;
	int32_t promote_secondaries;
	int32_t ignore_routes_with_linkdown;
	int32_t force_igmp_version;                 /* 1, 2: no newer one; else as queries say */
	int32_t igmpv2_unsolicited_report_interval; /* ms; of IGMPv1, too */
	int32_t igmpv3_unsolicited_report_interval;
	int32_t drop_unicast_in_l2_multicast; /* RFC 1122 §3.3.6; off, as on Linux */
	int32_t mc_forwarding;                /* read only: how many vifs the link is (mroute.h) */
	int32_t bootp_relay, tag;             /* no-op on Linux */
};

/* IPv4's state of a link: link->ip4, as long as the link is there. */
struct sea_link_ip4 {
	struct sea_link *link;
	struct sea_list addrs;
	struct sea_conf4 conf;
	struct sea_neigh_params neigh; /* net.ipv4.neigh.<link>.* */
	struct sea_groups groups;
	bool in_all_hosts; /* while it is up */
	uint64_t
		own_conf; /* what of `conf` does not follow the template any more, by sea_conf4_bit() */
};

/* Of a field of struct sea_conf4. */
static inline uint64_t sea_conf4_bit(size_t offset)
{
	_Static_assert(sizeof(struct sea_conf4) <= 64 * sizeof(int32_t), "a bit each");
	return UINT64_C(1) << offset / sizeof(int32_t);
}

static inline struct sea_link_ip4 *sea_link_ip4(const struct sea_link *link)
{
	return link->ip4;
}

/* The state of a new link, with the templates' values; 0 or -ENOMEM. */
SEA_MUST_USE int sea_link_ip4_new(struct sea_stack *stack, struct sea_link *link);
/* The link came up, or went down: 0 or -ENOMEM. Every host is in 224.0.0.1 (RFC 1112 §4), on every link that is up. */
SEA_MUST_USE int sea_link_ip4_join_all_hosts(struct sea_link *link);
void sea_link_ip4_leave_all_hosts(struct sea_link *link);
/* Frees it with its addresses, without a look at routes; harmless where there is none. */
void sea_link_ip4_free(struct sea_link *link);

/* The address to speak from on `link` towards `dst` (any: zero) within `scope`; zero: none. */
sea_be32 sea_ifaddr4_select(const struct sea_link *link, sea_be32 dst, uint8_t scope);
/* Is it one of the link's own addresses? */
bool sea_ifaddr4_is_own(const struct sea_link *link, sea_be32 addr);

/* The first link that has it; NULL: none has. */
struct sea_link *sea_ifaddr4_link_of(const struct sea_stack *stack, sea_be32 addr);

/* Is it an address of any link? */
static inline bool sea_ifaddr4_is_local(const struct sea_stack *stack, sea_be32 addr)
{
	return sea_ifaddr4_link_of(stack, addr);
}

/* As <seastack/config.h>, within an entry. */
SEA_MUST_USE int sea_ifaddr4_add(struct sea_stack *stack, struct sea_link *link,
				 const struct sea_ifaddr *addr);
SEA_MUST_USE int sea_ifaddr4_del(struct sea_stack *stack, struct sea_link *link,
				 const struct sea_ifaddr *addr);
/* An address goes, with its routes, and its secondary ones go or take its place; frees it. */
void sea_ifaddr4_remove(struct sea_stack *stack, struct sea_link *link, struct sea_ifaddr4 *addr);
/* Whoever watches is told, and ways are looked up anew. */
void sea_ifaddr4_changed(struct sea_link *link);

/* Lifetimes (ifaddr_life.c): -EINVAL for those that make no sense. */
SEA_MUST_USE int sea_ifaddr4_life_check(const struct sea_ifaddr *addr);
void sea_ifaddr4_life_init(struct sea_ifaddr4 *addr);
/* From now on; both 0: for ever. */
void sea_ifaddr4_life_set(struct sea_ifaddr4 *addr, uint32_t valid_s, uint32_t preferred_s);
/*
 * Lifetimes, metric and protocol are those of `addr` now, all else stays (as NLM_F_REPLACE has it): 0, or -ENOMEM
 * with nothing changed. The lifetimes make sense.
 */
SEA_MUST_USE int sea_ifaddr4_change(struct sea_ifaddr4 *a, const struct sea_ifaddr *addr);
/* As sea_ifaddr_next() shows it. */
struct sea_ifaddr sea_ifaddr4_show(const struct sea_ifaddr4 *addr);
/* The stack's addr_observer hears of it. */
void sea_ifaddr4_tell(const struct sea_ifaddr4 *addr, bool gone);
/* ifaddr_label.c: labels follow their link's name; both tell. */
void sea_ifaddr4_link_renamed(struct sea_link *link);
void sea_ifaddr4_link_leaving(struct sea_link *link);
/* Never empty. */
const char *sea_ifaddr4_label(const struct sea_ifaddr4 *addr);

/* Forgets all addresses of a link, without a look at routes. */
void sea_ifaddr4_clear(struct sea_link *link);
static inline bool sea_ifaddr4_none(const struct sea_link *link)
{
	return sea_list_empty(&sea_link_ip4(link)->addrs);
}
/*
 * Puts a copy of an address behind the others, without routes (loading): its timers are not armed.
 * NULL: no memory.
 */
struct sea_ifaddr4 *sea_ifaddr4_append(struct sea_link *link, const struct sea_ifaddr4 *addr);

/*
 * The routes that addresses bring along (ifaddr_route.c): those of all the link's addresses or of one, as
 * far as they are missing (0 or -ENOMEM), and those of one that goes.
 */
SEA_MUST_USE int sea_ifaddr4_add_routes(struct sea_link *link);
SEA_MUST_USE int sea_ifaddr4_add_routes_of(const struct sea_ifaddr4 *addr);
void sea_ifaddr4_del_routes(struct sea_stack *stack, struct sea_link *link,
			    const struct sea_ifaddr4 *addr);
/* Its prefix's route gets another metric: 0, or -ENOMEM with nothing changed. */
SEA_MUST_USE int sea_ifaddr4_set_metric(struct sea_ifaddr4 *addr, uint32_t metric);

static inline uint32_t sea_ipv4_mask(uint8_t prefix_len)
{
	return prefix_len ? UINT32_MAX << (32 - prefix_len) : 0;
}

/* Do both lie in the same prefix of this length? */
static inline bool sea_ipv4_same_net(sea_be32 a, sea_be32 b, uint8_t prefix_len)
{
	return !((sea_be32_get(a) ^ sea_be32_get(b)) & sea_ipv4_mask(prefix_len));
}

#endif
