/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tunnels through IPv4 and IPv6: links whose wire is the internet layer itself.
 *
 *	out:  framing ─ [gre.c: header] ─ tunnel_out.c: way, size, TTL, TOS ─ [ip6tnl.c: limit] ─ sea_ip_output()
 *	in:   sea_ip_proto ─ [gre.c: header] ─ tunnel.c: whose ─ tunnel_in.c: ECN ─ the tunnel's input queue
 *
 * Through IPv4: ipip (RFC 2003) carries IPv4, sit (RFC 4213) IPv6 and IPv4, gre (RFC 2784, 2890) any protocol, gretap
 * Ethernet frames. Through IPv6: ip6tnl (RFC 2473) carries IPv6 and IPv4, ip6gre (RFC 7676) and ip6gretap what gre and
 * gretap do. What arrives waits for the next advance, so that packets within packets within packets do not nest. The protocols'
 * numbers are taken while there is a tunnel of theirs, and what is for none of these is answered with "port unreachable"
 * (as by Linux, whose module is loaded then).
 */
#ifndef SEA_LINK_DEVICE_TUNNEL_H
#define SEA_LINK_DEVICE_TUNNEL_H

#include "core/htable.h"
#include "core/ioctl.h"
#include "ip/ip.h"
#include "link/device/kinds.h"
#include "netlink/policy.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

#define SEA_IPPROTO_IPIP 4
#define SEA_IPPROTO_IPV6 41
#define SEA_IPPROTO_GRE 47

/* A packet is within so many tunnels at most (Linux's XMIT_RECURSION_LIMIT). */
#define SEA_TUNNEL_DEPTH_MAX 8u
/* Senders hear of errors on the path for so long (IPTUNNEL_ERR_TIMEO). */
#define SEA_TUNNEL_ERR_TIMEO (30 * SEA_SEC)

/* Flags of GRE's header (RFC 2784 §2.1, RFC 2890 §2). */
#define SEA_GRE_CSUM 0x8000u
#define SEA_GRE_ROUTING 0x4000u
#define SEA_GRE_KEY 0x2000u
#define SEA_GRE_SEQ 0x1000u
#define SEA_GRE_VERSION 0x0007u
#define SEA_GRE_TEB 0x6558u /* Ethernet frames (RFC 1701: transparent Ethernet bridging) */

/* What of a tunnel through IPv6 can be chosen (IP6_TNL_F_*); the others, which nobody reads, are kept. */
#define SEA_TUNNEL6_NO_LIMIT 0x1u    /* no encapsulation limit of its own (RFC 2473 §4.1) */
#define SEA_TUNNEL6_INNER_CLASS 0x2u /* the traffic class is the inner one */
#define SEA_TUNNEL6_INNER_LABEL 0x4u /* the flow label is the inner one */
#define SEA_TUNNEL6_COPY_DSCP 0x10u  /* what comes out has the outer DSCP */
#define SEA_TUNNEL6_INNER_MARK 0x20u /* the way is that of the inner packet's mark */
#define SEA_TUNNEL6_OWN_REMOTE 0x40u /* the other end may be this host */
/* What its ends let it do: is shown, not chosen. */
#define SEA_TUNNEL6_CAN_SEND 0x10000u
#define SEA_TUNNEL6_CAN_RECEIVE 0x20000u
#define SEA_TUNNEL6_CAN_DEPENDS 0x40000u /* on the packet, where an end may be anybody */
#define SEA_TUNNEL6_CAN (SEA_TUNNEL6_CAN_SEND | SEA_TUNNEL6_CAN_RECEIVE | SEA_TUNNEL6_CAN_DEPENDS)

enum sea_tunnel_id {
	SEA_TUNNEL_IPIP,
	SEA_TUNNEL_SIT,
	SEA_TUNNEL_GRE,
	SEA_TUNNEL_GRETAP,
	SEA_TUNNEL_IP6TNL,
	SEA_TUNNEL_IP6GRE,
	SEA_TUNNEL_IP6GRETAP,
};

/* What somebody chose. */
struct sea_tunnel_parms {
	struct sea_ipaddr local, remote; /* 0: any; whom the way leads to */
	int32_t link;  /* index of the link that it goes out on; 0: as routes say */
	uint8_t ttl;   /* 0: the inner one's */
	uint8_t proto; /* of the outer header; ipip, sit, ip6tnl: 0 is any */
	/* Through IPv4. */
	uint8_t tos;        /* 1: the inner one's */
	bool df, ignore_df; /* outer DF always; inner DF is no reason for it */
	/* Through IPv6. */
	uint8_t encap_limit; /* in so many tunnels more its packets may go */
	uint32_t flowinfo;   /* class and label as the IPv6 header has them */
	uint32_t flags;      /* SEA_TUNNEL6_* */
	/* GRE. */
	uint16_t i_flags, o_flags; /* SEA_GRE_*: of what comes in, of what goes out */
	uint32_t i_key, o_key;
	uint32_t fwmark;
};

/* sea_link.kind_state */
struct sea_tunnel {
	struct sea_hnode node; /* in struct sea_tunnels */
	struct sea_link *link;
	struct sea_tunnel_parms p;
	uint32_t i_seq, o_seq; /* the next one (RFC 2890 §2.2) */
	uint16_t ident;        /* of outer headers */
	uint32_t errors;       /* of the path, of which senders are still to hear */
	sea_time error_time;   /* the last one came */
};

/* A kind of link that is a tunnel. */
struct sea_tunnel_kind {
	struct sea_link_kind link;
	enum sea_tunnel_id id;
	uint8_t family; /* of the outer header */
	uint8_t proto;  /* of the outer header */
	bool ether;     /* frames, not packets */
};

/* Who takes a protocol of these over which IP: as long as it is somebody. */
enum sea_tunnel_proto { SEA_TUNNEL_P_IPIP, SEA_TUNNEL_P_IPV6, SEA_TUNNEL_P_GRE, SEA_TUNNEL_P_N };

/* Of a stack. */
struct sea_tunnels {
	struct sea_htable table;            /* by kind, remote address and key */
	unsigned takers[SEA_TUNNEL_P_N][2]; /* over IPv4, IPv6 */
	unsigned depth; /* of tunnels that the packet which is being sent is in */
};

extern const struct sea_tunnel_kind sea_kind_ipip, sea_kind_sit, sea_kind_gre, sea_kind_gretap;
extern const struct sea_tunnel_kind sea_kind_ip6tnl, sea_kind_ip6gre, sea_kind_ip6gretap;

struct sea_tunnels *sea_tunnels_of(const struct sea_stack *stack); /* kinds.c */
void sea_tunnels_init(struct sea_tunnels *tunnels, struct sea_stack *stack);
void sea_tunnels_fini(struct sea_tunnels *tunnels);

static inline struct sea_tunnel *sea_tunnel_of(const struct sea_link *link)
{
	return link->kind_state;
}

static inline const struct sea_tunnel_kind *sea_tunnel_kind_of(const struct sea_link *link)
{
	return sea_container(link->kind, const struct sea_tunnel_kind, link);
}

static inline bool sea_tunnel_is_any(const struct sea_ipaddr *end)
{
	return sea_in6_is_any(end->b); /* of an IPv4 address the rest is zero */
}

/* -- tunnel.c -- */

/* What of a packet says which tunnel's it is: addresses as the receiver sees them. */
struct sea_tunnel_at {
	enum sea_tunnel_id id;
	struct sea_ipaddr local, remote;
	bool has_key;
	uint32_t key;
	int32_t iif;
};
/* One that is up, or NULL. */
struct sea_tunnel *sea_tunnel_find(const struct sea_stack *stack, const struct sea_tunnel_at *at);
/* The tunnel of a kind that has these addresses, link and key; NULL. */
struct sea_tunnel *sea_tunnel_same(const struct sea_stack *stack, enum sea_tunnel_id id,
				   const struct sea_tunnel_parms *p);
/* It is found from now on, by its parameters: 0 or -ENOMEM. */
SEA_MUST_USE int sea_tunnel_list(struct sea_link *link);
void sea_tunnel_unlist(struct sea_link *link);
/* Bytes in front of what it carries, the IP header among them, the frame's own not. */
uint32_t sea_tunnel_hdr_len(const struct sea_tunnel_kind *kind, const struct sea_tunnel_parms *p);
/* The MTU that it begins with: what the way to the other end leaves. */
uint32_t sea_tunnel_mtu(struct sea_stack *stack, const struct sea_tunnel_kind *kind,
			const struct sea_tunnel_parms *p);
/* An error about a packet of a tunnel's came back. False: there is no such tunnel. */
bool sea_tunnel_error(struct sea_stack *stack, const struct sea_icmp_error *error,
		      struct sea_tunnel *tunnel);

/* -- tunnel_in.c -- */

/* Over IPv4, over IPv6, over both. */
extern const struct sea_ip_proto sea_ipip_protos[3], sea_ipv6_protos[3];
/* No tunnel takes what came over `family`: its sender is told; consumes. */
void sea_tunnel_nobody(struct sea_stack *stack, struct sea_pkt *pkt, uint8_t family);
/* Out of a tunnel that is `link`, of whichever kind. It has `ethertype` (SEA_GRE_TEB: a frame); `tos`: the outer one. Consumes. */
void sea_tunnel_arrive(struct sea_link *link, struct sea_pkt *pkt, uint16_t ethertype, uint8_t tos);
/* Counts an error of what came in; consumes. */
void sea_tunnel_refuse(struct sea_link *link, struct sea_pkt *pkt, enum sea_drop why);

/* -- tunnel_out.c -- */

extern const struct sea_framing sea_framing_tunnel;
int sea_tunnel_xmit(struct sea_link *link, struct sea_pkt *pkt);

/* What tunnels look at of what they carry. */
struct sea_tunnel_inner {
	uint16_t
		ethertype; /* of the network header, which is at `at`; what follows is of IPv4 and IPv6 */
	uint32_t at;
	uint8_t tos, ttl;
	bool df;
	uint32_t flow_label;
	struct sea_ipaddr from, to;
};
/* `ether`: it begins with an Ethernet header. False: it is not even as long as its headers. */
SEA_MUST_USE bool sea_tunnel_look(const struct sea_pkt *pkt, bool ether,
				  struct sea_tunnel_inner *in);
/* Its sender is told that the tunnel takes only `mtu` bytes of IP; borrows. */
void sea_tunnel_tell_too_big(struct sea_stack *stack, struct sea_pkt *pkt,
			     const struct sea_tunnel_inner *in, uint32_t mtu);
/* The outer header's TOS: `tos`, where 1 is the inner one's, with the inner packet's bits of congestion. */
uint8_t sea_tunnel_tos(const struct sea_tunnel_inner *in, uint8_t tos);
/* sea_link_kind.xmit: what is sent goes to `send_one` in segments, its checksum finished; it consumes. */
int sea_tunnel_xmit_each(struct sea_link *link, struct sea_pkt *pkt,
			 void (*send_one)(struct sea_link *link, struct sea_pkt *pkt));
/* `len` bytes were not sent after all: they do not count as sent, but as an error. */
void sea_tunnel_uncount(struct sea_link *link, uint32_t len);

/* -- gre.c -- */

extern const struct sea_ip_proto sea_gre_protos[3];
uint32_t sea_gre_hdr_len(uint16_t flags);
/* Puts the header in front. False: no memory. */
bool sea_gre_push(struct sea_tunnel *tunnel, struct sea_pkt *pkt, uint16_t ethertype);

/* -- ip6tnl.c: what tunnels through IPv6 have of their own (RFC 2473) -- */

/* SEA_TUNNEL6_CAN*: what it may do between these ends. */
uint32_t sea_tunnel6_can(const struct sea_tunnel_parms *p, const struct sea_ipaddr *local,
			 const struct sea_ipaddr *remote);
/* May what came by this way come out of it? */
bool sea_tunnel6_may_receive(const struct sea_tunnel *t, const struct sea_ip_rx *rx);
/* May it send this way? */
bool sea_tunnel6_may_send(const struct sea_tunnel *t, const struct sea_dst *dst);

#define SEA_TUNNEL6_OPTS_LEN 8u
#define SEA_TUNNEL6_OPTS_NEXT 60 /* destination options */
/* The header with the encapsulation limit (§4.1.1), without the number of what follows it. */
void sea_tunnel6_put_limit(uint8_t opts[SEA_TUNNEL6_OPTS_LEN], uint8_t proto, uint8_t limit);
/* Where the value of the limit is in the IPv6 packet that `len` bytes are the beginning of; 0: it has none. */
uint32_t sea_tunnel6_find_limit(const uint8_t *bytes, uint32_t len);
/* An error about a packet of an ip6tnl's came back: its sender is told at once (§8). False: there is no such tunnel. */
bool sea_ip6tnl_error(struct sea_stack *stack, const struct sea_icmp_error *error, uint8_t proto);

/* -- tunnel_set.c, gre_set.c, tunnel6_set.c: what messages ask for and are told -- */

/* From parameters that were read: what prepare, setup and change have in common. `ask` is NULL where no message asks. */
SEA_MUST_USE int sea_tunnel_prepare(struct sea_stack *stack, const struct sea_link_ask *ask,
				    const struct sea_tunnel_kind *kind,
				    const struct sea_tunnel_parms *p,
				    struct sea_link_config *config, struct sea_link **lower);
SEA_MUST_USE int sea_tunnel_setup(struct sea_link *link, const struct sea_tunnel_parms *p);
SEA_MUST_USE int sea_tunnel_change(struct sea_link *link, const struct sea_link_ask *ask,
				   const struct sea_tunnel_parms *p);

/* What gre and ip6gre have alike: flags and keys. */
SEA_MUST_USE int sea_gre_judge(const struct sea_link_ask *ask);
void sea_gre_read(const struct sea_link_ask *ask, struct sea_tunnel_parms *p);
void sea_gre_put(struct sea_nl_out *out, const struct sea_tunnel_parms *p);
/* No encapsulation in UDP: IFLA_IPTUN_ENCAP_TYPE or IFLA_GRE_ENCAP_TYPE and those that follow. */
void sea_tunnel_put_encap(struct sea_nl_out *out, uint16_t first);

/* -- tunnel_ioctl.c: `ip tunnel` -- */

extern const struct sea_ioctl_ops sea_tunnel_ioctl_ops;
/* Makes one of this name ("": the next one of its kind), and tells: 0 or -errno; -EINVAL: no link can be called so. */
SEA_MUST_USE int sea_tunnel_make(struct sea_stack *stack, const struct sea_tunnel_kind *kind,
				 const char asked[SEA_IFNAMSIZ], const struct sea_tunnel_parms *p);
/* tunnel6_ioctl.c: `ip -6 tunnel`. A private ioctl about the link that is named; -ENOTTY: it is none of ip6tnl or ip6gre. */
SEA_MUST_USE int sea_tunnel6_ioctl(struct sea_stack *stack, struct sea_ioctl *call,
				   const struct ifreq *ifr);

/* -- tunnel_link.c: what all kinds of tunnels do as links -- */

uint32_t sea_tunnel_flags(const struct sea_link *link);
int sea_tunnel_iflink(const struct sea_link *link);
int sea_tunnel_judge_mtu(const struct sea_link *link, uint32_t mtu);
void sea_tunnel_put_addrs(const struct sea_link *link, struct sea_nl_out *out);
void sea_tunnel_save(const struct sea_link *link, struct sea_saver *to);
int sea_tunnel_load(struct sea_link *link, struct sea_loader *from);

#endif
