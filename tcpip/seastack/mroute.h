/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Multicast routing: what comes in to a group on one link goes out on others, as multicast routes say.
 * The consumer is the routing daemon, with what Linux gives one (ip(7) MRT_*, MRT6_*):
 *
 *	sea_mroute_start(stack, &config, now);
 *	sea_mroute_vif_add(stack, &vif, now);              links that take part, numbered by the caller
 *	sea_mroute_add(stack, &route, now);                from this vif to those, by source and group
 *	on SEA_EVENT_MROUTE:
 *		while (sea_mroute_take_upcall(stack, SEA_AF_INET, &upcall))
 *			…                                  nobody knows where to: add a route for it
 *
 * A packet whose route nobody knows waits: at most 4 of one source and group, 10 s at most, 256 such
 * pairs. Groups of one link (224.0.0.0/24, and IPv6's of link scope and below) never go on. What the
 * stack itself sends to a group goes on, too, as if it came in by the link that it goes out on, unless
 * its socket does not want it to be heard here (IP_MULTICAST_LOOP), as on Linux.
 *
 * Each struct begins with its size, as in <seastack/config.h>.
 */
#ifndef SEASTACK_MROUTE_H
#define SEASTACK_MROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seastack/addr.h>
#include <seastack/compiler.h>
#include <seastack/time.h>

SEA_BEGIN_DECLS

struct sea_stack;

#define SEA_MROUTE_VIFS 32 /* MAXVIFS, MAXMIFS */

struct sea_mroute_config {
	size_t size;
	uint8_t family;      /* SEA_AF_INET or SEA_AF_INET6: each is routed by itself */
	bool tell_wrong_vif; /* upcalls of that kind, too (MRT_ASSERT) */
};

/*
 * conf.all.mc_forwarding becomes 1. 0, -EADDRINUSE (it is), -EAFNOSUPPORT, -EINVAL, -ENOMEM.
 */
SEA_API SEA_MUST_USE int sea_mroute_start(struct sea_stack *stack,
					  const struct sea_mroute_config *config, sea_time now);
/* Forgets vifs, routes, upcalls and what waits: 0, -EACCES (it is not started), -EAFNOSUPPORT. */
SEA_API int sea_mroute_stop(struct sea_stack *stack, uint8_t family, sea_time now);

/* A link that takes part. The counters, in packets and in bytes of IP, are read only. */
struct sea_mroute_vif {
	size_t size;
	uint8_t family;
	uint16_t vif;      /* below SEA_MROUTE_VIFS */
	uint8_t threshold; /* shown; no-op, as on Linux: the ttls of routes decide */
	int ifindex;
	uint64_t pkts_in, bytes_in, pkts_out, bytes_out;
};

/*
 * conf.<link>.mc_forwarding is one more. 0, -EACCES (not started), -ENFILE (no such number),
 * -EADDRINUSE, -EADDRNOTAVAIL (no such link), -EAFNOSUPPORT, -EINVAL.
 */
SEA_API SEA_MUST_USE int sea_mroute_vif_add(struct sea_stack *stack,
					    const struct sea_mroute_vif *vif, sea_time now);
/* 0, -EACCES, -ENFILE (IPv4), -EADDRNOTAVAIL (there is none), -EAFNOSUPPORT. */
SEA_API SEA_MUST_USE int sea_mroute_vif_del(struct sea_stack *stack, uint8_t family, uint16_t vif,
					    sea_time now);
/* All vifs, by family and number: start with *cursor = 0; false at the end. */
SEA_API bool sea_mroute_vif_next(struct sea_stack *stack, uint64_t *cursor,
				 struct sea_mroute_vif *vif);

/*
 * A route. Who is more exact counts: (S,G), then (*,G), then (*,*); of several, the newest that fits.
 *
 *	(S,G)	from `parent` to each vif whose ttl the packet's exceeds
 *	(*,G)	the same, but not back to the vif that it came in by, which must be in `ttls`, too. Where a
 *		(*,*) has both in its own, that need not be the parent
 *	(*,*)	from any vif of `ttls` but the parent, to the parent alone
 */
struct sea_mroute {
	size_t size;
	uint8_t family;
	bool proxy; /* one of several with the same source and group, by parent (MRT_ADD_MFC_PROXY) */
	uint16_t parent;            /* the vif that it comes in by */
	struct sea_addr src, group; /* family 0: any */
	uint8_t ttls
		[SEA_MROUTE_VIFS]; /* 0, 255, or no such vif now: not there; IPv6: Linux has 1 alone */
	/* read only */
	uint64_t pkts, bytes, wrong_vif;
	sea_time last_used;
};

/*
 * Adds a route, or changes the one that is there, which keeps its counters; what waited for it goes.
 * 0, -EACCES (not started), -EINVAL, -ENFILE (parent), -ENOSPC (65536 routes), -ENOMEM, -EAFNOSUPPORT.
 */
SEA_API SEA_MUST_USE int sea_mroute_add(struct sea_stack *stack, const struct sea_mroute *route,
					sea_time now);
/* By source, group and, of a proxy, parent: 0, -ENOENT, or as above. */
SEA_API SEA_MUST_USE int sea_mroute_del(struct sea_stack *stack, const struct sea_mroute *route,
					sea_time now);
/*
 * All routes, by family, group and source, of one pair the newest first, as they are looked for; `proxy`
 * is not told. Start with *cursor = 0; false at the end.
 */
SEA_API bool sea_mroute_next(struct sea_stack *stack, uint64_t *cursor, struct sea_mroute *route);

/* The numbers of IGMPMSG_*, MRT6MSG_*. */
enum sea_mroute_upcall_kind {
	SEA_MROUTE_NOCACHE = 1,  /* packets of it wait for a route */
	SEA_MROUTE_WRONGVIF = 2, /* it came in by another vif than its route's; every 3 s at most */
};

struct sea_mroute_upcall {
	size_t size;
	uint8_t family;
	enum sea_mroute_upcall_kind kind;
	uint16_t vif; /* came in here */
	struct sea_addr src, group;
};

/*
 * The oldest upcall that was not taken yet; false: there is none. At most 256 stand there: beyond,
 * what has no route is dropped, and others are counted (SeaMrouteUpcallsLost).
 */
SEA_API bool sea_mroute_take_upcall(struct sea_stack *stack, uint8_t family,
				    struct sea_mroute_upcall *upcall);

SEA_END_DECLS
#endif
