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

/*
 * An extension: probed for before it is used (TENTATIVE meanwhile, DADFAILED when somebody has it),
 * announced then, and defended (RFC 5227). Only on links with ARP.
 */
#define SEA_IFA_ACD 0x80000000u

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
	/* The other end of the link; family 0: there is none. IPv4: `prefix_len` is its; IPv6: a way leads to it. */
	struct sea_addr peer;
	sea_time created, updated; /* read only: when it came, and when its lifetimes began */
	char label[16];            /* IPv4: its name, as "eth0:1"; empty: the link's */
};

/*
 * Adds an address with its local, broadcast and prefix routes, as ip-address(8). 0, -EINVAL, -ENODEV,
 * -EEXIST, -EAFNOSUPPORT (its module is not in the stack), -ENOMEM.
 */
SEA_API SEA_MUST_USE int sea_ifaddr_add(struct sea_stack *stack, const struct sea_ifaddr *addr,
					sea_time now);
/* Found by ifindex, local, prefix_len and, where it is set, peer; -EADDRNOTAVAIL. */
SEA_API SEA_MUST_USE int sea_ifaddr_del(struct sea_stack *stack, const struct sea_ifaddr *addr,
					sea_time now);
/* The addresses in order: start with *cursor = 0; false at the end. */
SEA_API bool sea_ifaddr_next(struct sea_stack *stack, uint64_t *cursor, struct sea_ifaddr *addr);

/* A label of RFC 6724 §2.1: source and destination go well together when theirs is the same. */
struct sea_addrlabel {
	size_t size;
	struct sea_addr prefix; /* bits beyond prefix_len do not count */
	uint8_t prefix_len;
	int ifindex;    /* only for addresses on this link; 0: on all */
	uint32_t label; /* not UINT32_MAX */
};

/* As ip-addrlabel(8). 0, -EINVAL, -ENODEV, -EEXIST, -EAFNOSUPPORT, -ENOSPC (1024), -ENOMEM. */
SEA_API SEA_MUST_USE int sea_addrlabel_add(struct sea_stack *stack,
					   const struct sea_addrlabel *label, sea_time now);
/* Found by prefix, prefix_len and ifindex; -ESRCH. */
SEA_API SEA_MUST_USE int sea_addrlabel_del(struct sea_stack *stack,
					   const struct sea_addrlabel *label, sea_time now);
/* The labels, the longest prefix first: start with *cursor = 0; false at the end. */
SEA_API bool sea_addrlabel_next(struct sea_stack *stack, uint64_t *cursor,
				struct sea_addrlabel *label);

/* A name server that a router advertises (RFC 8106 §5.1). */
struct sea_dns_server {
	size_t size;
	int ifindex; /* heard of there; a link-local address is one of that link */
	struct sea_addr addr;
	uint32_t lifetime_s; /* from now on; SEA_LIFETIME_INFINITE */
};

/* A domain to search, without the last dot (RFC 8106 §5.2). */
struct sea_dns_domain {
	size_t size;
	int ifindex;
	uint32_t lifetime_s;
	char name[254];
};

/* What is known now, by link: start with *cursor = 0; false at the end. SEA_EVENT_DNS tells of changes. */
SEA_API bool sea_dns_server_next(struct sea_stack *stack, uint64_t *cursor,
				 struct sea_dns_server *server);
SEA_API bool sea_dns_domain_next(struct sea_stack *stack, uint64_t *cursor,
				 struct sea_dns_domain *domain);

/* RTN_* of Linux. */
enum sea_route_type {
	SEA_ROUTE_UNICAST = 1,
	SEA_ROUTE_LOCAL = 2,
	SEA_ROUTE_BROADCAST = 3,
	SEA_ROUTE_ANYCAST = 4, /* IPv6: ours, and others' */
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

#define SEA_TABLE_DEFAULT 253u
#define SEA_TABLE_MAIN 254u
#define SEA_TABLE_LOCAL 255u

#define SEA_CONGCTL_MAX 16 /* bytes of a congestion control's name, with its 0 */

/* RTAX_* of Linux: what a route says of the paths along it. 0: nothing. */
struct sea_route_metrics {
	uint32_t mtu;     /* bytes of IP, at most the link's */
	bool mtu_lock;    /* what routers tell of the path's MTU does not count */
	bool quickack;    /* TCP acknowledges at once */
	bool ecn;         /* TCP asks for ECN, and grants it (`features ecn`) */
	uint8_t hoplimit; /* TTL, hop limit; 0: net.ipv4.ip_default_ttl, net.ipv6.conf.*.hop_limit */
	uint32_t advmss;  /* MSS that TCP offers; 0: by the link's MTU */
	uint32_t window;  /* no larger window is offered, in bytes */
	uint32_t initcwnd; /* segments that TCP begins with */
	uint32_t initrwnd; /* segments that TCP offers room for at first */
	uint32_t rto_min_ms;
	bool rto_min_unlocked; /* `rto_min` without "lock": shown, and counts for nothing, as on Linux */
	char congctl[SEA_CONGCTL_MAX]; /* "": net.ipv4.tcp_congestion_control */
};

/* RTNH_F_* of Linux; those with * are read only. */
#define SEA_RTNH_F_DEAD 1u      /* * its link is down */
#define SEA_RTNH_F_ONLINK 4u    /* the gateway is taken to be on the link, whatever tables say */
#define SEA_RTNH_F_LINKDOWN 16u /* * its link has no carrier */

/* One of several ways of a route. */
struct sea_route_hop {
	int ifindex;
	struct sea_addr gateway; /* family 0: on-link; of an IPv4 route, IPv6 will do */
	uint32_t weight;         /* 1..256, its share of the flows; 0 is 1 */
	uint32_t flags;          /* SEA_RTNH_F_* */
};

#define SEA_ROUTE_HOPS_MAX 256

struct sea_route {
	size_t size;
	struct sea_addr dst; /* its family decides the table's; bits beyond prefix_len must be 0 */
	uint8_t prefix_len;
	uint8_t tos;         /* IPv4 */
	struct sea_addr src; /* IPv6: only for flows from this prefix; family 0: for all */
	uint8_t src_len;
	enum sea_route_type type;
	enum sea_scope scope;    /* IPv4; what kind of next hop */
	uint32_t table;          /* 0: SEA_TABLE_MAIN */
	uint32_t metric;         /* smaller wins among equal prefixes; IPv6: 0 is 1024 */
	int ifindex;             /* 0: found through the gateway */
	struct sea_addr gateway; /* family 0: on-link; of an IPv4 route, IPv6 will do */
	uint32_t flags;          /* SEA_RTNH_F_* of that only way */
	/*
	 * Instead of ifindex and gateway: several ways, shared by flows, or a nexthop object. What a walk
	 * shows here is lent until the next call. A route that has one hop shows none here.
	 */
	const struct sea_route_hop *hops;
	uint32_t n_hops;
	uint32_t nexthop;        /* id; 0: none */
	struct sea_addr prefsrc; /* family 0: the link's */
	struct sea_route_metrics metrics;
	uint8_t protocol;         /* RTPROT_*: who put it there */
	enum sea_route_pref pref; /* IPv6 */
	uint32_t expires_s;       /* IPv6: from now on; 0: never */
};

/* NLM_F_* of Linux: what sea_route_change() may do. */
#define SEA_NLM_F_REPLACE 0x100u
#define SEA_NLM_F_EXCL 0x200u
#define SEA_NLM_F_CREATE 0x400u
#define SEA_NLM_F_APPEND 0x800u

/*
 * 0, -EINVAL, -ENODEV, -ENETDOWN, -ENETUNREACH (IPv4: gateway not on-link), -EHOSTUNREACH (the same of
 * IPv6), -EEXIST, -ENOMEM.
 */
SEA_API SEA_MUST_USE int sea_route_add(struct sea_stack *stack, const struct sea_route *route,
				       sea_time now);
/*
 * The same by flags: CREATE|EXCL is `ip route add`, CREATE|REPLACE replace, REPLACE change (-ENOENT
 * where there is none), CREATE|APPEND append, CREATE prepend.
 */
SEA_API SEA_MUST_USE int sea_route_change(struct sea_stack *stack, const struct sea_route *route,
					  uint32_t flags, sea_time now);
/*
 * Found by dst, prefix_len, src, tos, table, and where set metric, ifindex, gateway, hops, nexthop,
 * type, prefsrc, protocol; -ESRCH.
 */
SEA_API SEA_MUST_USE int sea_route_del(struct sea_stack *stack, const struct sea_route *route,
				       sea_time now);

/* Where a walk stands: a place among routes, not a route, so that they may come and go. */
struct sea_route_cursor {
	uint64_t place[4]; /* 0: before the first */
};

/* All routes by family, table, prefix, metric; false at the end. */
SEA_API bool sea_route_next(struct sea_stack *stack, struct sea_route_cursor *cursor,
			    struct sea_route *route);

/* A nexthop object (ip-nexthop(8)): a way, or a group of ways, that routes name by its id. */
struct sea_nexthop {
	size_t size;
	uint32_t id;    /* add: 0 chooses one and writes it back */
	uint8_t family; /* of the gateway; without one, what routes it is for. Groups: 0 */
	bool blackhole;
	bool fdb; /* of a bridge: no link, and no route may name it */
	int ifindex;
	struct sea_addr gateway;
	uint32_t flags; /* SEA_RTNH_F_ONLINK */
	uint8_t protocol;
	/* A group: other objects, none of them a group. Lent until the next call where it is shown. */
	const struct sea_nexthop_member {
		uint32_t id;
		uint32_t weight; /* 1..65535; 0 is 1 */
	} * members;
	uint32_t n_members; /* 0: no group */
};

/*
 * Adds one, or, with REPLACE, changes what is there (without CREATE -ENOENT where there is none). 0, -EINVAL,
 * -EEXIST, -ENOENT, -ENETDOWN, -ENETUNREACH, -EHOSTUNREACH, -ENOSPC, -ENOMEM.
 */
SEA_API SEA_MUST_USE int sea_nexthop_add(struct sea_stack *stack, struct sea_nexthop *nexthop,
					 uint32_t flags, sea_time now);
/* Takes it out of its groups and deletes its routes; -ENOENT. */
SEA_API SEA_MUST_USE int sea_nexthop_del(struct sea_stack *stack, uint32_t id, sea_time now);
/* The object with the smallest id above *id; false at the end. */
SEA_API bool sea_nexthop_next(struct sea_stack *stack, uint32_t *id, struct sea_nexthop *nexthop);

/* FR_ACT_* of Linux. */
enum sea_rule_action {
	SEA_RULE_LOOKUP = 1,
	SEA_RULE_GOTO = 2,
	SEA_RULE_NOP = 3,
	SEA_RULE_BLACKHOLE = 6,   /* -EINVAL */
	SEA_RULE_UNREACHABLE = 7, /* -ENETUNREACH */
	SEA_RULE_PROHIBIT = 8,    /* -EACCES */
};

/* A rule of the policy data base (ip-rule(8)). What is zero is not asked for. */
struct sea_rule {
	size_t size;
	uint8_t family;
	enum sea_rule_action action;
	uint32_t priority;
	bool any_priority; /* add: one before all but the first is chosen; del: any will do */
	bool invert;       /* for what does not match */
	bool l3mdev;       /* the table of the VRF that the flow comes in by or goes out on */
	struct sea_addr src, dst;
	uint8_t src_len, dst_len;
	char iif[16], oif[16];    /* names; "lo" is what we send ourselves */
	uint32_t mark, mark_mask; /* mask 0 beside a mark: all bits */
	uint8_t tos;              /* of the four bits 0x1e, as IPv4's first meaning was; or: */
	uint8_t dscp, dscp_mask;  /* six bits; mask 0: not asked for */
	uint8_t ip_proto;
	uint16_t sport_min, sport_max, dport_min, dport_max;
	uint32_t table, target; /* of LOOKUP, of GOTO */
	bool suppress;          /* what LOOKUP finds counts only with a prefix longer than: */
	uint8_t suppress_prefix_len;
	uint8_t protocol; /* RTPROT_* */
};

/* 0, -EINVAL, -EEXIST (the very same one is there), -ENOSPC (4096 rules), -ENOMEM. */
SEA_API SEA_MUST_USE int sea_rule_add(struct sea_stack *stack, const struct sea_rule *rule,
				      sea_time now);
/* The first that has all that is said; -ENOENT. */
SEA_API SEA_MUST_USE int sea_rule_del(struct sea_stack *stack, const struct sea_rule *rule,
				      sea_time now);
/* Rules by family and priority: start with *cursor = 0; false at the end. */
SEA_API bool sea_rule_next(struct sea_stack *stack, uint64_t *cursor, struct sea_rule *rule);

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
