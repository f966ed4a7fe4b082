/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tunnels through IPv4: links whose wire is the internet layer itself.
 *
 *	out:  framing ─ [gre.c: header] ─ tunnel_out.c: way, size, TTL, TOS ─ sea_ip_output()
 *	in:   sea_ip_proto ─ [gre.c: header] ─ tunnel.c: whose ─ tunnel_in.c: ECN ─ the tunnel's input queue
 *
 * ipip (RFC 2003) carries IPv4, sit (RFC 4213) IPv6 and IPv4, gre (RFC 2784, 2890) any protocol, gretap Ethernet frames.
 * What arrives waits for the next advance, so that packets within packets within packets do not nest. The protocols'
 * numbers are taken while there is a tunnel of theirs, and what is for none of these is answered with "port unreachable"
 * (as by Linux, whose module is loaded then).
 */
#ifndef SEA_LINK_TUNNEL_H
#define SEA_LINK_TUNNEL_H

#include "core/htable.h"
#include "core/ioctl.h"
#include "ip/ip.h"
#include "link/kinds.h"
#include "netlink/policy.h"
#include "wire/ipv4.h"

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

enum sea_tunnel_id { SEA_TUNNEL_IPIP, SEA_TUNNEL_SIT, SEA_TUNNEL_GRE, SEA_TUNNEL_GRETAP };

/* What somebody chose. */
struct sea_tunnel_parms {
	sea_be32 local, remote;    /* 0: any; whom the way leads to */
	int32_t link;              /* index of the link that it goes out on; 0: as routes say */
	uint8_t ttl, tos;          /* 0: the inner one's; 1: the inner one's */
	uint8_t proto;             /* of the outer header; ipip, sit: 0 is any */
	bool df, ignore_df;        /* outer DF always; inner DF is no reason for it */
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
	uint8_t proto; /* of the outer header */
	bool ether;    /* frames, not packets */
};

/* Of a stack. */
struct sea_tunnels {
	struct sea_htable table;        /* by kind, remote address and key */
	unsigned n_ipip, n_ipv6, n_gre; /* who takes the protocol */
	unsigned depth;                 /* of tunnels that the packet which is being sent is in */
};

extern const struct sea_tunnel_kind sea_kind_ipip, sea_kind_sit, sea_kind_gre, sea_kind_gretap;

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

/* -- tunnel.c -- */

/* What of a packet says which tunnel's it is: addresses as the receiver sees them. */
struct sea_tunnel_at {
	enum sea_tunnel_id id;
	sea_be32 local, remote;
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
uint32_t sea_tunnel_hdr_len(const struct sea_tunnel_kind *kind, uint16_t o_flags);
/* The MTU that it begins with: what the way to the other end leaves. */
uint32_t sea_tunnel_mtu(struct sea_stack *stack, const struct sea_tunnel_kind *kind,
			const struct sea_tunnel_parms *p);
/* An error about a packet of a tunnel's came back. False: there is no such tunnel. */
bool sea_tunnel_error(struct sea_stack *stack, const struct sea_icmp_error *error,
		      struct sea_tunnel *tunnel);

/* -- tunnel_in.c -- */

extern const struct sea_ip_proto sea_ipip_proto, sea_sit_proto;
/* No tunnel takes it: its sender is told; consumes. */
void sea_tunnel_nobody(struct sea_stack *stack, struct sea_pkt *pkt);
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
	struct sea_ipaddr to;
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

extern const struct sea_ip_proto sea_gre_proto;
uint32_t sea_gre_hdr_len(uint16_t flags);
/* Puts the header in front. False: no memory. */
bool sea_gre_push(struct sea_tunnel *tunnel, struct sea_pkt *pkt, uint16_t ethertype);

/* -- tunnel_set.c, gre_set.c: what messages ask for and are told -- */

/* From parameters that were read: what prepare, setup and change have in common. `ask` is NULL where no message asks. */
SEA_MUST_USE int sea_tunnel_prepare(struct sea_stack *stack, const struct sea_link_ask *ask,
				    const struct sea_tunnel_kind *kind,
				    const struct sea_tunnel_parms *p,
				    struct sea_link_config *config, struct sea_link **lower);
SEA_MUST_USE int sea_tunnel_setup(struct sea_link *link, const struct sea_tunnel_parms *p);
SEA_MUST_USE int sea_tunnel_change(struct sea_link *link, const struct sea_link_ask *ask,
				   const struct sea_tunnel_parms *p);

/* -- tunnel_ioctl.c: `ip tunnel` -- */

extern const struct sea_ioctl_ops sea_tunnel_ioctl_ops;

/* tunnel_link.c: what all kinds of tunnels do as links. */
uint32_t sea_tunnel_flags(const struct sea_link *link);
int sea_tunnel_iflink(const struct sea_link *link);
int sea_tunnel_judge_mtu(const struct sea_link *link, uint32_t mtu);
void sea_tunnel_put_addrs(const struct sea_link *link, struct sea_nl_out *out);
void sea_tunnel_save(const struct sea_link *link, struct sea_saver *to);
int sea_tunnel_load(struct sea_link *link, struct sea_loader *from);

#endif
