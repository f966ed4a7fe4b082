/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPv6 addresses of links: their states and lifetimes (RFC 4862 §5.5), and which of them to speak
 * from (RFC 6724).
 *
 *	inserted ─ TENTATIVE ─ (duplicate detection) ─┬─ preferred ─ DEPRECATED ─ dropped
 *	                                              └─ DADFAILED
 */
#ifndef SEA_IP_IFADDR6_H
#define SEA_IP_IFADDR6_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/config.h>

#include "core/link.h"
#include "core/sysctl.h"
#include "core/timerq.h"
#include "ip/group.h"
#include "ip/ip.h"
#include "ip/nd_host.h"
#include "ip/neigh.h"
#include "wire/ndp.h"

struct sea_ipv6_state;

/* Duplicate detection of one address (dad.c). */
struct sea_dad {
	struct sea_timer timer;
	int32_t left; /* solicitations still to be sent */
	bool has_nonce;
	uint8_t nonce[SEA_NDP_NONCE_LEN];
	uint8_t counter; /* RFC 7217's DAD_Counter, of a stable address */
};

struct sea_ifaddr6 {
	/* In sea_link_ip6.addrs: by scope, the widest first, and of one scope the newest first (as Linux). */
	struct sea_list node;
	struct sea_link *link;
	struct sea_ipaddr addr;
	struct sea_ipaddr peer; /* whose prefix it is, where that is another one's; zero: its own */
	uint8_t prefix_len;
	uint8_t scope;  /* enum sea_scope */
	uint32_t flags; /* SEA_IFA_* */
	uint32_t metric;
	uint32_t valid_s, preferred_s; /* from `updated` on; SEA_LIFETIME_INFINITE */
	sea_time created, updated;
	uint8_t proto;   /* IFAPROT_*: who put it there */
	bool heard;      /* in its solicited-node group */
	bool has_prefix; /* brings the route of its prefix along */
	bool routers;    /* brings the subnet routers' anycast address along */
	bool tokenized;  /* made of the link's token */
	struct sea_dad dad;

	/* Of temporary addresses: the one whose prefix it has (NULL: of nobody's), its DESYNC_FACTOR, … */
	struct sea_ifaddr6 *public;
	uint32_t desync_s;
	bool succeeded; /* another was made to follow it */
	int32_t regens; /* … and, of the public one: how many were made in a row */
};

/* net.ipv6.conf.<link>.*, in Linux's units. */
struct sea_conf6 {
	int32_t accept_dad, accept_ra, accept_ra_defrtr, accept_ra_from_local;
	int32_t accept_ra_min_hop_limit, accept_ra_min_lft, accept_ra_mtu, accept_ra_pinfo;
	int32_t accept_ra_rt_info_max_plen, accept_ra_rt_info_min_plen, accept_ra_rtr_pref;
	int32_t accept_redirects, accept_source_route, addr_gen_mode, autoconf, dad_transmits;
	int32_t disable_ipv6, drop_unicast_in_l2_multicast, enhanced_dad, forwarding, hop_limit;
	int32_t ignore_routes_with_linkdown, keep_addr_on_down, max_addresses, max_desync_factor,
		mtu;
	int32_t ndisc_evict_nocarrier, ndisc_notify, ndisc_tclass, optimistic_dad, proxy_ndp,
		ra_defrtr_metric, ra_honor_pio_life;
	int32_t ra_honor_pio_pflag, regen_max_retry, regen_min_advance, router_probe_interval;
	int32_t router_solicitation_delay, router_solicitation_interval;
	int32_t router_solicitation_max_interval, router_solicitations, suppress_frag_ndisc;
	int32_t temp_prefered_lft, temp_valid_lft, use_oif_addrs_only, use_optimistic;
	int32_t use_tempaddr;
	struct sea_sysctl_secret stable_secret;
	int32_t mc_forwarding;     /* read only: how many vifs the link is (mroute.h) */
	int32_t force_mld_version; /* 1, 2; 0: as queries say */
	int32_t mldv1_unsolicited_report_interval, mldv2_unsolicited_report_interval; /* ms */
};

enum sea_addr_gen_mode {
	SEA_ADDR_GEN_EUI64 = 0,
	SEA_ADDR_GEN_NONE = 1, /* no link-local address by itself */
	SEA_ADDR_GEN_STABLE = 2,
	SEA_ADDR_GEN_RANDOM = 3, /* as STABLE, with a secret drawn for this link */
};

/* IPv6's state of a link: link->ip6, as long as the link is there. */
struct sea_link_ip6 {
	struct sea_link *link;
	struct sea_list addrs;
	struct sea_list anycasts; /* sea_anycast6.node */
	struct sea_conf6 conf;
	struct sea_neigh_params neigh; /* net.ipv6.neigh.<link>.* */
	struct sea_groups groups;
	struct sea_nd_host host;
	struct sea_mac first_mac; /* that the link was made with */
	uint8_t token[8]; /* identifier of addresses of advertised prefixes; 0: made otherwise */
	uint8_t router_groups; /* which of all routers' groups it is in (ip/own_groups6.c) */
	bool running;          /* IPv6 is spoken here: up, MTU large enough, not disabled */
};

static inline struct sea_link_ip6 *sea_link_ip6(const struct sea_link *link)
{
	return link->ip6;
}

/* The state of a new link, with the templates' values; 0 or -ENOMEM. */
SEA_MUST_USE int sea_link_ip6_new(struct sea_stack *stack, struct sea_link *link);
/* Frees it with its addresses, without a look at routes; harmless where there is none. */
void sea_link_ip6_free(struct sea_link *link);

/* -- asking -- */

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
/* A link-local address of the link that is ours for sure; false: none (yet). */
bool sea_ifaddr6_link_local(const struct sea_link *link, struct sea_ipaddr *addr);

/* -- change -- */

/* As <seastack/config.h>, within an entry. */
SEA_MUST_USE int sea_ifaddr6_add(struct sea_stack *stack, struct sea_link *link,
				 const struct sea_ifaddr *addr);
SEA_MUST_USE int sea_ifaddr6_del(struct sea_stack *stack, struct sea_link *link,
				 const struct sea_ifaddr *addr);

/* A new address in its place of the list, nobody's yet, living from now on; NULL: no memory. */
struct sea_ifaddr6 *sea_ifaddr6_insert(const struct sea_ifaddr6 *like);
/* Where IPv6 runs: its prefix's route, and duplicate detection. 0 or -ENOMEM: to be dropped. */
SEA_MUST_USE int sea_ifaddr6_start(struct sea_ifaddr6 *a);
/* Takes it away with all that it brought, and the temporary addresses that follow it. */
void sea_ifaddr6_drop(struct sea_ifaddr6 *a);
/* Forgets all addresses of a link, without a look at routes. */
void sea_ifaddr6_clear(struct sea_link *link);
/* Tells who is to know that addresses changed. */
void sea_ifaddr6_changed(struct sea_link *link);

/* IPv6 begins on the link: what it has starts, and its own is made. 0 or -ENOMEM. */
SEA_MUST_USE int sea_ifaddr6_link_up(struct sea_link *link);
/* IPv6 ends: all go but what keep_addr_on_down keeps. */
void sea_ifaddr6_link_down(struct sea_link *link);

/* -- ifaddr6_life.c -- */

void sea_ip6_life_init(struct sea_ipv6_state *ip);
/* New lifetimes, from now on; PERMANENT and DEPRECATED follow. */
void sea_ifaddr6_renew(struct sea_ifaddr6 *a, uint32_t valid_s, uint32_t preferred_s);
sea_time sea_ifaddr6_valid_until(const struct sea_ifaddr6 *a);
/* What is left of one of its lifetimes, in seconds. */
uint32_t sea_ifaddr6_left_s(const struct sea_ifaddr6 *a, uint32_t lifetime_s);
/* The timer fires when the address's next turn comes, or at this time. */
void sea_ifaddr6_await(const struct sea_ifaddr6 *a);
void sea_ip6_await(struct sea_stack *stack, sea_time when);

/* -- ifaddr6_route.c: 0 or -ENOMEM, 0 also for what is there already -- */

/* With the anycast address of its prefix, where the link forwards. */
SEA_MUST_USE int sea_ifaddr6_add_own_route(struct sea_ifaddr6 *a);
void sea_ifaddr6_del_own_route(struct sea_ifaddr6 *a);
SEA_MUST_USE int sea_ifaddr6_add_prefix_route(const struct sea_ifaddr6 *a);
/* `a` stands in no list any more: as far as no other address of the link has the prefix. */
void sea_ifaddr6_del_prefix_route(const struct sea_ifaddr6 *a);
/* The way to all groups. */
SEA_MUST_USE int sea_ifaddr6_add_group_route(struct sea_link *link);

/* -- ifaddr6_save.c -- */

void sea_ifaddr6_save(const struct sea_link *link, struct sea_saver *to);
/* Errors stick to `from`. The routes are loaded with the table. */
void sea_ifaddr6_load(struct sea_link *link, struct sea_loader *from);

#endif
