/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's side of router discovery (RFC 4861 §6): routers are asked for (rs.c), and what they
 * advertise is believed as far as the sysctls say (ra.c): ways (ra_route.c), prefixes to make
 * addresses of (slaac.c), name servers (ra_dns.c), the link's parameters.
 *
 *	link-local address ─ RS ─ … backing off (RFC 7559) … ─ RA ─┬─ default routers, routes, prefixes
 *	                                                           ├─ addresses, temporary ones
 *	                                                           └─ MTU, hop limit, timers, DNS
 */
#ifndef SEA_IP_ND_HOST_H
#define SEA_IP_ND_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/timerq.h"
#include "ip/ra_dns.h"
#include "ip/route.h"

struct sea_link;
struct sea_ndp_msg;

/* What one link keeps at most of each kind; what is known stays, what would be one more is counted. */
#define SEA_RA_ROUTERS_MAX 16u
#define SEA_RA_PREFIXES_MAX 32u
#define SEA_RA_ROUTES_MAX 64u

enum sea_ra_kind { SEA_RA_ROUTER, SEA_RA_PREFIX, SEA_RA_ROUTE, SEA_RA_KINDS };

/* A route that an advertisement left in table main. */
struct sea_ra_route {
	struct sea_list node; /* in sea_nd_host.routes */
	enum sea_ra_kind kind;
	struct sea_route_entry entry;
	bool silent;       /* a router that does not answer … */
	sea_time probe_at; /* … is asked again then (RFC 4191 §3.5) */
};

struct sea_nd_host {
	struct sea_timer rs_timer;
	int32_t rs_sent; /* since IPv6 began on the link */
	int64_t rs_interval_ns;
	bool ra_received;    /* since the first solicitation */
	bool managed, other; /* the last advertisement's flags: DHCPv6 has more (RFC 4861 §4.2) */
	uint32_t ra_mtu;     /* the last one's, whether it could be believed or not; 0: none */
	struct sea_list routes;
	unsigned n_routes[SEA_RA_KINDS];
	struct sea_ra_dns dns;
};

void sea_nd_host_init(struct sea_nd_host *host, struct sea_link *link);
/* IPv6 ends on the link: forgets what was advertised, and asks no more. Routes are the caller's. */
void sea_nd_host_stop(struct sea_nd_host *host, struct sea_link *link);

/* The servers and domains are other ones now: tells who is to know. */
void sea_nd_host_dns_changed(struct sea_link *link);

/* Are advertisements believed here? (accept_ra, forwarding) */
bool sea_ra_accepted(const struct sea_link *link);

/* -- rs.c -- */

/* The link has a link-local address to ask from. Harmless where routers are asked for already. */
void sea_rs_start(struct sea_link *link);
/* Likewise, whether or not it asked before. */
void sea_rs_again(struct sea_link *link);

/* -- ra.c -- */

/* Acts on a router advertisement; says why it was dropped, or SEA_DROP_N. */
enum sea_drop sea_ra_input(struct sea_stack *stack, const struct sea_ndp_msg *msg);

/* -- ra_route.c -- */

/*
 * A route of this kind is advertised until `entry->expires` (0: for ever): put in, or kept for longer.
 * Where there is no room or memory it is counted and not kept.
 */
void sea_ra_route_set(struct sea_link *link, enum sea_ra_kind kind,
		      const struct sea_route_entry *entry);
/* It is advertised no longer. False: it was not there. */
bool sea_ra_route_withdraw(struct sea_link *link, enum sea_ra_kind kind,
			   const struct sea_route_entry *entry);
/* The default route by way of this router, or NULL. */
struct sea_ra_route *sea_ra_router_find(const struct sea_link *link,
					const struct sea_ipaddr *router);
/* A neighbour says that it is no router (RFC 4861 §7.2.5): no way leads over it any more. */
void sea_ra_router_gone(struct sea_link *link, const struct sea_ipaddr *router);
/*
 * A neighbour does not answer, or does again. Of default routers a lookup takes one that does (RFC 4861
 * §6.3.6); the other is asked every router_probe_interval. True: it is a default router.
 */
bool sea_ra_router_failed(struct sea_link *link, const struct sea_ipaddr *router, bool failed);
/* Asks those whose time has come; *next becomes the next such time, if earlier. */
void sea_ra_routers_probe(struct sea_link *link, sea_time now, sea_time *next);
/* All default routes that advertisements left: the link forwards now. */
void sea_ra_routers_purge(struct sea_link *link);

void sea_nd_host_save(const struct sea_nd_host *host, struct sea_saver *to);
void sea_nd_host_load(struct sea_link *link, struct sea_loader *from);

#endif
