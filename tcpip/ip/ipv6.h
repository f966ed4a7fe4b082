/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The IPv6 module from inside: its state per stack. It stands beside IPv4, whose sysctls (ports,
 * ping_group_range, icmp_msgs_*) it shares, as on Linux. Receive is ipv6_input.c and ipv6_ext.c, send
 * ipv6_output.c, errors and echo icmp6*.c, neighbours ndp*.c.
 */
#ifndef SEA_IP_IPV6_H
#define SEA_IP_IPV6_H

#include <stdint.h>

#include "core/minmax.h"
#include "core/stack.h"
#include "core/sysctl.h"
#include "ip/addrlabel.h"
#include "ip/anycast6.h"
#include "ip/flowlabel.h"
#include "ip/frag.h"
#include "ip/icmp_limit.h"
#include "ip/ifaddr6.h"
#include "ip/ip.h"
#include "ip/loop.h"
#include "ip/neigh.h"
#include "ip/pmtu.h"
#include "ip/route.h"
#include "ip/verdict.h"
#include "wire/ipv4.h" /* SEA_IPPROTO_* */
#include "wire/ipv6.h"

#define SEA_IPV6_MTU_MIN 1280u /* RFC 8200 §5 */

/* net.ipv6.*, in Linux's units. */
struct sea_ipv6_sysctls {
	int32_t anycast_src_echo_reply, auto_flowlabels, bindv6only, flowlabel_consistency,
		flowlabel_reflect, flowlabel_state_ranges, fwmark_reflect, ip_nonlocal_bind;
	int32_t icmp_echo_ignore_all, icmp_echo_ignore_anycast, icmp_echo_ignore_multicast;
	int32_t icmp_ratelimit;
	int32_t idgen_delay, idgen_retries; /* s, and how often: RFC 7217 §6 */
	uint32_t icmp_ratemask[8];          /* a bit a type */
	/* RFC 8504 §5.3; a number below 0: and no option that is not known */
	int32_t max_dst_opts_number, max_dst_opts_length;
	int32_t max_hbh_opts_number, max_hbh_length;
	int32_t mld_max_msf, mld_qrv;
	int32_t min_adv_mss, mtu_expires; /* route/min_adv_mss, route/mtu_expires */
};

struct sea_ipv6_state {
	struct sea_stack *stack;
	struct sea_ipv6_sysctls sysctl;
	struct sea_conf6 conf_all, conf_default;
	struct sea_sysctl_table sysctl_table;
	struct sea_sysctl_tree conf_tree;
	struct sea_routes routes;
	struct sea_neigh_table neigh;
	struct sea_pmtu_table pmtu;
	struct sea_addrlabels labels;
	struct sea_timer life_timer; /* the first end of an address, a name server, a domain */
	struct sea_icmp_peers icmp_peers;
	struct sea_siphash_key label_key; /* of flow labels */
	struct sea_flow_labels leased;
	struct sea_frag_table frags;
	struct sea_verdicts verdicts; /* on what is sent on */
	struct sea_loop loop;         /* our own multicasts */
	struct sea_anycast6_answers answers;
	struct sea_mrouter *mrouter; /* NULL: groups are not routed (mroute.h) */
	bool (*echo_reply)(struct sea_stack *, struct sea_pkt *, const struct sea_ip_rx *);
	bool (*echo_error)(struct sea_stack *, const struct sea_icmp_error *);
	/* Hears of each prefix that was advertised and taken; `flags`: the option's, as they came. NULL: nobody wants to know. */
	void (*prefix_observer)(const struct sea_link *link, const struct sea_ndp_prefix *prefix,
				uint8_t flags);
	/* Likewise of links of which a router said something new: flags, timers, an MTU. */
	void (*advert_observer)(const struct sea_link *link);
};

static inline struct sea_ipv6_state *sea_ipv6_of(const struct sea_stack *stack)
{
	return stack->module_state[SEA_MODULE_IPV6];
}

/* A label by keyed hash: in the half that is not leased, where there is such (flowlabel_state_ranges). */
static inline uint32_t sea_ipv6_stateless_label(const struct sea_ipv6_state *ip, uint64_t hash)
{
	uint32_t label = (uint32_t)hash & SEA_IPV6_FLOW_LABEL;

	return ip->sysctl.flowlabel_state_ranges ? label | SEA_IPV6_FLOW_STATELESS : label;
}

/* net.ipv6.conf.{all,<link>}.<field>. */
#define SEA_CONF6_OR(link, field) \
	(sea_ipv6_of((link)->stack)->conf_all.field || sea_link_ip6(link)->conf.field)

static inline struct sea_ipaddr sea_ipaddr_of6(const uint8_t a[16])
{
	struct sea_ipaddr r;

	memcpy(r.b, a, sizeof(r.b));
	return r;
}

/* An address that says nothing without its link: link-local, and groups up to that scope. */
static inline bool sea_ipv6_needs_link(const uint8_t a[16])
{
	return sea_in6_is_link_local(a) || (sea_in6_is_multicast(a) && sea_in6_group_scope(a) <= 2);
}

/* How `addr` would be ours: LOCAL, ANYCAST, MULTICAST or UNICAST (not); ifindex 0: on any link. */
uint8_t sea_ipv6_addr_type(struct sea_stack *stack, const struct sea_ipaddr *addr, int ifindex);

/*
 * Begins or ends IPv6 on the link, as its state and settings are now: 0, or -ENOMEM (it has begun, but
 * lacks something). Ending needs no memory.
 */
int sea_ipv6_follow(struct sea_stack *stack, struct sea_link *link);

/* What IPv6 packets may be on this link: its MTU, or less where conf.mtu says so. */
uint32_t sea_ipv6_link_mtu(const struct sea_link *link);
/* conf.mtu follows the link's, but not below what IPv6 needs. */
static inline void sea_ipv6_take_mtu(const struct sea_link *link, struct sea_link_ip6 *ip6)
{
	ip6->conf.mtu = (int32_t)(link->mtu < SEA_IPV6_MTU_MIN ? SEA_IPV6_MTU_MIN : link->mtu);
}

/* The address to speak from by this route (ipv6_route.c); `prefs` as IPV6_ADDR_PREFERENCES. False: there is none. */
bool sea_ipv6_source(struct sea_stack *stack, const struct sea_route_entry *e,
		     const struct sea_ipaddr *dst, uint8_t prefs, struct sea_ipaddr *src);
/* The entries of sea_ipv6_ops. */
SEA_MUST_USE int sea_ipv6_route(struct sea_stack *stack, const struct sea_flow *flow,
				struct sea_dst *dst);
int sea_ipv6_output(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
		    const struct sea_ip_tx *tx);
void sea_ipv6_pmtu_update(struct sea_stack *stack, const struct sea_flow *flow, uint32_t mtu);

/*
 * Past all decisions: POSTROUTING, what is heard here, fragments of what is ours, the link. `tx` NULL:
 * it was routed from `in` to a group; too large, its sender is told. Consumes; 0 or as sea_ip_output().
 */
int sea_ipv6_emit(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
		  struct sea_link *in, const struct sea_ip_tx *tx);
/* One hop less, the packet's first byte its header. False: no memory. */
SEA_MUST_USE bool sea_ipv6_age(struct sea_pkt *pkt);

/* -- receiving -- */

/*
 * A packet on its way over its extension headers. Its first byte is that of header number `next`,
 * whose number stands at `next_at`, counted from the network header.
 */
struct sea_ipv6_rx {
	struct sea_ipv6_facts facts;
	struct sea_link *link; /* came in here: never lo for an address that needs its link */
	uint8_t dst_type;      /* enum sea_route_type */
	uint8_t next;
	uint16_t next_at;
	uint16_t frag_max; /* the largest fragment it came in; 0: it had no fragment header */
};

/* A packet that passed the checks of its fixed header, first byte behind it: whose is it? Consumes. */
void sea_ipv6_receive(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_ipv6_facts *facts);
/* For us: over the extension headers to whoever takes it (ipv6_ext.c). Consumes. */
void sea_ipv6_deliver(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_ipv6_rx *rx);
/* The hop-by-hop header, which every node reads (RFC 8200 §4.3). False: the packet is dropped. */
bool sea_ipv6_hop_by_hop(struct sea_stack *stack, struct sea_pkt *pkt,
			 const struct sea_ipv6_facts *facts);
/*
 * A fragment, first byte its fragment header: kept or dropped (NULL), or the datagram that it makes
 * whole, first byte behind the fragment header, with rx->next, next_at and frag_max brought up to it.
 */
struct sea_pkt *sea_ipv6_reassemble(struct sea_stack *stack, struct sea_pkt *pkt,
				    struct sea_ipv6_rx *rx);

/* Where the packet came in, as scopes see it: on lo, the link that a link-local address is of. */
struct sea_link *sea_ipv6_link_of(struct sea_stack *stack, const struct sea_pkt *pkt,
				  const struct sea_ipv6_facts *facts);

/*
 * Cuts a packet of ours, first byte its fixed header, off_trans set, into fragments of at most `mtu`
 * bytes onto the end of `out` (RFC 8200 §4.5): consumes it. A PARTIAL checksum is completed before; no
 * super-segments. All or nothing: -EMSGSIZE (its headers leave no room) and -ENOMEM leave `out` empty,
 * and count FragFails.
 */
SEA_MUST_USE int sea_ipv6_fragment(struct sea_stack *stack, struct sea_pkt *pkt, uint32_t mtu,
				   struct sea_pktq *out);

extern const struct sea_ip_ops sea_ipv6_ops;
extern const struct sea_net_proto sea_ipv6_proto;

#endif
