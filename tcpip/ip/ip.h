/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The internet layer as transports see it: one shape for IPv4 and IPv6. A transport asks for a
 * route once (sea_ip_route), keeps the answer (struct sea_dst) and sends along it; it registers a
 * struct sea_ip_proto and is called for each packet and each ICMP error that concerns it.
 */
#ifndef SEA_IP_IP_H
#define SEA_IP_IP_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <seastack/addr.h>
#include <seastack/config.h>

#include "core/checksum.h"
#include "core/pkt.h"
#include "core/stack.h"
#include "wire/bytes.h"

struct sea_link;
struct sea_neigh;
struct sea_saver;
struct sea_loader;

/* An address of a known family: v4 in the first four bytes, the rest zero. */
struct sea_ipaddr {
	uint8_t b[16];
};

static inline struct sea_ipaddr sea_ipaddr_of4(sea_be32 a)
{
	struct sea_ipaddr r = { { a.b[0], a.b[1], a.b[2], a.b[3] } };

	return r;
}

static inline sea_be32 sea_ipaddr_to4(const struct sea_ipaddr *a)
{
	sea_be32 r;

	memcpy(&r, a->b, sizeof(r));
	return r;
}

static inline bool sea_ipaddr_equal(const struct sea_ipaddr *a, const struct sea_ipaddr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static inline bool sea_ipaddr_is_loopback6(const struct sea_ipaddr *a)
{
	static const struct sea_ipaddr loopback = { { [15] = 1 } };

	return sea_ipaddr_equal(a, &loopback);
}

/* What is asked of routing. Unset fields are zero. */
struct sea_flow {
	uint8_t family, proto, tos;
	bool any_src;      /* src need not be ours (IP_TRANSPARENT, IP_FREEBIND) */
	uint8_t src_prefs; /* IPV6_ADDR_PREFERENCES (RFC 5014) */
	int oif;           /* bound to this link */
	int iif;           /* it came in by this link; 0: it is ours */
	int l3mdev;        /* in this VRF, whatever oif and iif say; 0: as they say */
	uint32_t mark;
	uint32_t flow_label; /* IPv6, 20 bits: may choose among several ways (RFC 6438) */
	uint16_t sport, dport;
	struct sea_ipaddr src; /* zero: choose one */
	struct sea_ipaddr dst;
};

/* To a socket :: is this host (Unix programs rely on it); to routes it is nobody. */
static inline void sea_flow_name_loopback(struct sea_flow *flow)
{
	static const struct sea_ipaddr any;

	if (flow->family == SEA_AF_INET6 && sea_ipaddr_equal(&flow->dst, &any))
		flow->dst.b[15] = 1;
}

/* Both ports of the transport header at `at` of the packet's bytes, where flow->proto has such. */
void sea_flow_read_ports(struct sea_flow *flow, const struct sea_pkt *pkt, uint32_t at);

/*
 * A route, resolved: kept by value in sockets. Good while `gen` is the stack's route_gen;
 * sea_dst_valid() tells. Holds a reference on `neigh`.
 */
struct sea_dst {
	uint32_t gen; /* 0: empty */
	uint8_t family;
	uint8_t type;            /* enum sea_route_type: UNICAST, LOCAL, BROADCAST or MULTICAST */
	bool mtu_locked;         /* the path takes less than Linux's floor: packets go without DF */
	uint8_t hop_limit;       /* the route's; 0: the stack's */
	uint32_t mtu;            /* of the path, in bytes of IP */
	uint32_t metrics;        /* of the route: sea_dst_metrics() (ip/metrics.h); 0: none */
	struct sea_link *link;   /* goes out here */
	struct sea_neigh *neigh; /* the next hop; NULL where the link needs none */
	struct sea_ipaddr src, dst;
};

/* IPv6: whether a packet without a flow label gets one (IPV6_AUTOFLOWLABEL). */
enum sea_auto_label {
	SEA_AUTO_LABEL_DEFAULT, /* net.ipv6.auto_flowlabels decides */
	SEA_AUTO_LABEL_OFF,
	SEA_AUTO_LABEL_ON,
};

/* How the IP header is to be filled. */
struct sea_ip_tx {
	uint8_t proto, tos, ttl; /* ttl 0: the default */
	bool df;                 /* IPv4: don't fragment (IP_PMTUDISC_DO or WANT) */
	bool nofrag;             /* larger than the MTU is an error, not a fragmentation */
	bool not_to_self;        /* what goes to a group or to all is not heard here */
	bool only_to_self;       /* a TTL or hop limit of 0: it never leaves this host */
	uint16_t frag_size;      /* fragments no larger than this (IPV6_MTU); 0: the path's MTU */
	uint32_t flow_label;     /* IPv6, 20 bits */
	uint8_t auto_label;      /* enum sea_auto_label: where flow_label is 0 */
	/*
	 * What stands between the IP and the transport header: IPv4 options, or IPv6 extension headers
	 * (of which the last names `proto`), padded, borrowed. `opts_next`: the first one's number.
	 */
	const uint8_t *opts;
	uint16_t opts_len;
	uint8_t opts_next;
	/*
	 * IPv4: a connected socket's own identification, moved on by the number of segments, as Linux
	 * does with DF, too. NULL: 0 for TCP and nofrag with DF (nobody needs one), else one by keyed
	 * hash of the addresses.
	 */
	uint16_t *ident;
};

/*
 * What a transport learns of a packet besides the packet, whose first byte is the transport header
 * and which ends where the IP payload ends. off_net is set, off_trans too.
 */
struct sea_ip_rx {
	uint8_t family, proto, tos, ttl;
	uint8_t dst_type;     /* enum sea_route_type: how the destination is ours */
	uint16_t hdr_len_net; /* the IP header with its options or extension headers */
	uint16_t frag_max;    /* the largest fragment it came in; 0: it came whole */
	uint32_t flow_label;  /* IPv6, 20 bits */
	struct sea_link *link;
	struct sea_ipaddr src, dst;
};

struct sea_redirect;

/* An ICMP error, validated, in the terms of the socket layer. */
struct sea_icmp_error {
	uint8_t family, type, code;
	int err;                       /* positive errno as Linux maps it */
	bool hard;                     /* Linux counts it fatal for connected sockets */
	uint32_t mtu;                  /* fragmentation needed: the next hop's, 0 where unknown */
	struct sea_ipaddr src, dst;    /* of the quoted packet: src is ours */
	struct sea_ipaddr from;        /* who sent the error */
	const uint8_t *quote;          /* transport header of the quoted packet */
	uint32_t quote_len;            /* at least 8 */
	const struct sea_pkt *pkt;     /* the ICMP message, for IP_RECVERR; borrowed */
	struct sea_redirect *redirect; /* it is one of a better router (ip/redirect.h); NULL: not */
};

/* The packet was too large for the path; error->mtu says what is not (0: the router did not say). */
static inline bool sea_icmp_error_is_too_big(const struct sea_icmp_error *error)
{
	if (error->family == SEA_AF_INET)
		return error->type == 3 && error->code == 4; /* RFC 1191 */
	return error->type == 2;                             /* RFC 4443 §3.2 */
}

/* A transport protocol over IP. */
struct sea_ip_proto {
	uint8_t proto;
	uint8_t family; /* the only IP version that carries it; 0: both do */
	/* Consumes. */
	void (*input)(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx);
	/* A packet of ours came back as an error. Borrows. False: no socket was concerned. */
	bool (*icmp_error)(struct sea_stack *stack, const struct sea_icmp_error *error);
};

/* Asserts on a second one for the same number. */
void sea_stack_add_ip_proto(struct sea_stack *stack, const struct sea_ip_proto *proto);
/* Nobody takes it from here on; asserts that it was this one who did. */
void sea_stack_del_ip_proto(struct sea_stack *stack, const struct sea_ip_proto *proto);

/* Who takes this protocol over this IP version; NULL: nobody. */
static inline const struct sea_ip_proto *sea_ip_proto_of(const struct sea_stack *stack,
							 uint8_t family, uint8_t proto)
{
	const struct sea_ip_proto *p = stack->ip_protos[proto];

	return p && (!p->family || p->family == family) ? p : NULL;
}

/* What an IP version does for transports. */
struct sea_ip_ops {
	uint8_t family, hdr_len;
	int (*route)(struct sea_stack *stack, const struct sea_flow *flow, struct sea_dst *dst);
	int (*output)(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
		      const struct sea_ip_tx *tx);
	/* How `addr` would be ours as a destination: LOCAL, BROADCAST, MULTICAST or UNICAST (not). */
	uint8_t (*addr_type)(struct sea_stack *stack, const struct sea_ipaddr *addr, int ifindex);
	/* A path carries only `mtu` bytes (0: the router did not say). */
	void (*pmtu_update)(struct sea_stack *stack, const struct sea_flow *flow, uint32_t mtu);
	/* error->redirect is about this flow of ours: it is obeyed, or ->why says why not. */
	void (*redirect)(struct sea_stack *stack, const struct sea_flow *flow,
			 const struct sea_icmp_error *error);
	/* Answers `pkt` (first byte: transport header) with "port unreachable"; borrows. */
	void (*port_unreachable)(struct sea_stack *stack, struct sea_pkt *pkt);
};

static inline const struct sea_ip_ops *sea_ip_ops_of(const struct sea_stack *stack, uint8_t family)
{
	return family == SEA_AF_INET ? stack->ip4 : stack->ip6;
}

/*
 * The way to flow->dst: 0 with *dst filled (release it with sea_dst_put()), or what Linux's
 * connect() would say: -ENETUNREACH, -EHOSTUNREACH, -EACCES, -EINVAL, -ENODEV, -EAFNOSUPPORT, -ENOBUFS
 * (no room or memory for the neighbour).
 */
SEA_MUST_USE int sea_ip_route(struct sea_stack *stack, const struct sea_flow *flow,
			      struct sea_dst *dst);

static inline bool sea_dst_valid(const struct sea_stack *stack, const struct sea_dst *dst)
{
	return dst->gen == stack->route_gen;
}

/*
 * Puts the IP header in front and sends, within an entry. Consumes in every case; 0, -EMSGSIZE
 * (larger than dst->mtu with tx->nofrag or where fragments are not made), -ENOBUFS (queue full),
 * -ENOMEM, -ENETDOWN. A super-segment counts by gso_size. off_trans must be set. `dst` must be
 * valid: one that is not may name a link that is gone, so this is asserted.
 */
static inline int sea_ip_output(struct sea_stack *stack, struct sea_pkt *pkt,
				const struct sea_dst *dst, const struct sea_ip_tx *tx)
{
	SEA_ASSERT(&stack->env, sea_dst_valid(stack, dst));
	return sea_ip_ops_of(stack, dst->family)->output(stack, pkt, dst, tx);
}

/* Does the packet fit the path? Of a super-segment it is its segments that must (off_net is set). */
bool sea_ip_segments_fit(const struct sea_pkt *pkt, uint32_t mtu);
static inline bool sea_ip_fits(const struct sea_pkt *pkt, uint32_t mtu)
{
	return pkt->len <= mtu || sea_ip_segments_fit(pkt, mtu);
}

/* Pseudo-header sum of a flow for the checksum (len: transport header and payload). */
static inline uint32_t sea_ip_pseudo(uint8_t family, const struct sea_ipaddr *src,
				     const struct sea_ipaddr *dst, uint8_t proto, uint32_t len)
{
	if (family == SEA_AF_INET)
		return sea_csum_pseudo4(src->b, dst->b, proto, len);
	return sea_csum_pseudo6(src->b, dst->b, proto, len);
}

/* Lets go of the neighbour; *dst is empty then. Harmless on an empty one. */
void sea_dst_put(struct sea_stack *stack, struct sea_dst *dst);

/* The peer is alive and hears us (RFC 4861 §7.3.1): forward progress that a transport saw. */
void sea_dst_confirm(struct sea_stack *stack, const struct sea_dst *dst);

/* A path was found to carry only `mtu` bytes: remembered per destination as an exception. */
void sea_ip_pmtu_update(struct sea_stack *stack, const struct sea_flow *flow, uint32_t mtu);

/* Somebody's redirect concerns this flow, which is ours: for a transport that was told of it. */
void sea_ip_redirect(struct sea_stack *stack, const struct sea_flow *flow,
		     const struct sea_icmp_error *error);

#endif
