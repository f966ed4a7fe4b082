/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration calls: addresses, routes and neighbours of a stack. Netlink, ioctl and the
 * command line all end here; values and errors are Linux's (rtnetlink(7)).
 *
 * Each struct begins with its size, set by the caller. A call that takes one answers another size than
 * this library's with -EINVAL. A walk (sea_*_next()) fills up to that size and leaves it as it is,
 * with zeros where this library knows less than the caller's header; a size of 0 gets nothing, but
 * walks on.
 */
#ifndef SEASTACK_CONFIG_H
#define SEASTACK_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seastack/addr.h>
#include <seastack/compiler.h>
#include <seastack/time.h>

SEA_BEGIN_DECLS

struct sea_stack;

/* RFC 4007-ish scopes with Linux's numbers (RT_SCOPE_*). */
enum sea_scope {
	SEA_SCOPE_GLOBAL = 0,
	SEA_SCOPE_LINK = 253,
	SEA_SCOPE_HOST = 254,
	SEA_SCOPE_NOWHERE = 255,
};

/* IFA_F_* of Linux's <linux/if_addr.h>; those with * are read only. */
#define SEA_IFA_SECONDARY 0x01u  /* * IPv4: another address of its prefix was there first */
#define SEA_IFA_TEMPORARY 0x01u  /* * IPv6: RFC 8981 */
#define SEA_IFA_NODAD 0x02u      /* used at once, without duplicate detection */
#define SEA_IFA_OPTIMISTIC 0x04u /* * used while duplicate detection runs (RFC 4429) */
#define SEA_IFA_DADFAILED 0x08u  /* * somebody else has it */
#define SEA_IFA_HOMEADDRESS 0x10u
#define SEA_IFA_DEPRECATED 0x20u      /* * its preferred lifetime is over */
#define SEA_IFA_TENTATIVE 0x40u       /* * duplicate detection runs */
#define SEA_IFA_PERMANENT 0x80u       /* * no lifetime */
#define SEA_IFA_MANAGETEMPADDR 0x100u /* temporary addresses follow it */
#define SEA_IFA_NOPREFIXROUTE 0x200u
#define SEA_IFA_MCAUTOJOIN 0x400u
#define SEA_IFA_STABLE_PRIVACY 0x800u /* * RFC 7217 */

#define SEA_LIFETIME_INFINITE UINT32_MAX

struct sea_ifaddr {
	size_t size; /* set by the caller */
	int ifindex;
	struct sea_addr local;
	uint8_t prefix_len;
	enum sea_scope scope;          /* IPv6: read only, the address's own */
	struct sea_addr broadcast;     /* IPv4; family 0: the prefix's own (RFC 919) */
	uint32_t flags;                /* SEA_IFA_* */
	uint32_t valid_s, preferred_s; /* lifetimes from now on; both 0: for ever */
	uint32_t metric;               /* of the prefix route; 0: the default */
	uint8_t protocol;              /* IFAPROT_*: who put it there */
};

/*
 * Adds an address with its local, broadcast and prefix routes, as ip-address(8). 0, -EINVAL, -ENODEV,
 * -EEXIST, -EAFNOSUPPORT (its module is not in the stack), -ENOMEM.
 */
SEA_API SEA_MUST_USE int sea_ifaddr_add(struct sea_stack *stack, const struct sea_ifaddr *addr,
					sea_time now);
/* Found by ifindex, local and prefix_len; -EADDRNOTAVAIL. */
SEA_API SEA_MUST_USE int sea_ifaddr_del(struct sea_stack *stack, const struct sea_ifaddr *addr,
					sea_time now);
/* The addresses in order: start with *cursor = 0; false at the end. */
SEA_API bool sea_ifaddr_next(struct sea_stack *stack, uint64_t *cursor, struct sea_ifaddr *addr);

/* RTN_* of Linux. */
enum sea_route_type {
	SEA_ROUTE_UNICAST = 1,
	SEA_ROUTE_LOCAL = 2,
	SEA_ROUTE_BROADCAST = 3,
	SEA_ROUTE_MULTICAST = 5,
	SEA_ROUTE_BLACKHOLE = 6,   /* -EINVAL to senders, silence */
	SEA_ROUTE_UNREACHABLE = 7, /* -EHOSTUNREACH */
	SEA_ROUTE_PROHIBIT = 8,    /* -EACCES */
	SEA_ROUTE_THROW = 9,       /* as if this table had no route */
};

/* Among routers that are alike otherwise (RFC 4191 §2.1): sea_route.pref. */
enum sea_route_pref {
	SEA_ROUTE_PREF_MEDIUM = 0,
	SEA_ROUTE_PREF_HIGH = 1,
	SEA_ROUTE_PREF_LOW = 3,
};

#define SEA_TABLE_MAIN 254u
#define SEA_TABLE_LOCAL 255u

struct sea_route {
	size_t size;
	struct sea_addr dst; /* its family decides the table's; bits beyond prefix_len must be 0 */
	uint8_t prefix_len;
	uint8_t tos;
	enum sea_route_type type;
	enum sea_scope scope;
	uint32_t table;           /* 0: SEA_TABLE_MAIN */
	uint32_t metric;          /* smaller wins among equal prefixes */
	int ifindex;              /* 0: found through the gateway */
	struct sea_addr gateway;  /* family 0: on-link */
	struct sea_addr prefsrc;  /* family 0: the link's */
	uint32_t mtu;             /* 0: the link's */
	uint8_t protocol;         /* RTPROT_*: who put it there */
	enum sea_route_pref pref; /* IPv6 */
	uint32_t expires_s;       /* IPv6: from now on; 0: never */
};

/* 0, -EINVAL, -ENODEV, -ENETDOWN, -ENETUNREACH (gateway not on-link), -EEXIST, -ENOMEM. */
SEA_API SEA_MUST_USE int sea_route_add(struct sea_stack *stack, const struct sea_route *route,
				       sea_time now);
/* Found by dst, prefix_len, tos, table, and where set metric, ifindex, gateway, type; -ESRCH. */
SEA_API SEA_MUST_USE int sea_route_del(struct sea_stack *stack, const struct sea_route *route,
				       sea_time now);
/* All routes by table, prefix, metric: start with *cursor = 0; false at the end. */
SEA_API bool sea_route_next(struct sea_stack *stack, uint64_t *cursor, struct sea_route *route);

/* NUD_* of Linux. */
enum sea_neigh_state {
	SEA_NUD_NONE = 0x00,
	SEA_NUD_INCOMPLETE = 0x01,
	SEA_NUD_REACHABLE = 0x02,
	SEA_NUD_STALE = 0x04,
	SEA_NUD_DELAY = 0x08,
	SEA_NUD_PROBE = 0x10,
	SEA_NUD_FAILED = 0x20,
	SEA_NUD_NOARP = 0x40,
	SEA_NUD_PERMANENT = 0x80,
};

/* NTF_* of Linux's <linux/neighbour.h>; MANAGED is its NTF_EXT_MANAGED. */
#define SEA_NTF_PROXY 0x08u       /* we answer for this address; it has no state and no mac */
#define SEA_NTF_EXT_LEARNED 0x10u /* others know it: it is never collected */
#define SEA_NTF_ROUTER 0x80u      /* IPv6: it said that it is a router */
#define SEA_NTF_MANAGED 0x100u    /* kept resolved, every interval_probe_time_ms */

struct sea_neigh_info {
	size_t size;
	int ifindex; /* 0 for a proxy: on every link */
	struct sea_addr addr;
	uint8_t mac[6];
	enum sea_neigh_state state;
	uint32_t flags; /* SEA_NTF_* */
};

/*
 * Adds or replaces an entry, PERMANENT, REACHABLE, STALE or NOARP (MANAGED: also NONE), or a proxy.
 * 0, -EINVAL, -ENODEV, -ENOBUFS (table full), -ENOMEM.
 */
SEA_API SEA_MUST_USE int sea_neigh_set(struct sea_stack *stack, const struct sea_neigh_info *neigh,
				       sea_time now);
/* Found by ifindex and addr, and whether it is a PROXY; -ENOENT. */
SEA_API SEA_MUST_USE int sea_neigh_del(struct sea_stack *stack, const struct sea_neigh_info *neigh,
				       sea_time now);
/* All entries, proxies last, in no order that means anything: start with *cursor = 0; false at the end. */
SEA_API bool sea_neigh_next(struct sea_stack *stack, uint64_t *cursor,
			    struct sea_neigh_info *neigh);

SEA_END_DECLS
#endif
