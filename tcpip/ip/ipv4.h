/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The IPv4 module from inside: its state per stack. Receive is ipv4_input.c, send ipv4_output.c,
 * errors and echo icmp.c and icmp_error.c, ARP arp.c.
 */
#ifndef SEA_IP_IPV4_H
#define SEA_IP_IPV4_H

#include <stdint.h>

#include "core/link.h"
#include "core/minmax.h"
#include "core/stack.h"
#include "core/sysctl.h"
#include "ip/frag.h"
#include "ip/icmp_limit.h"
#include "ip/ifaddr.h"
#include "ip/ip.h"
#include "ip/loop.h"
#include "ip/neigh.h"
#include "ip/pmtu.h"
#include "ip/route.h"
#include "ip/verdict.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"

/* net.ipv4.* and net.ipv4.icmp_*, in Linux's units. */
struct sea_ipv4_sysctls {
	int32_t ip_default_ttl, ip_no_pmtu_disc;
	int32_t ip_local_port_range[2];
	int32_t ip_unprivileged_port_start; /* for the consumer, who knows the user */
	uint32_t *ip_local_reserved_ports;  /* not chosen for anybody; NULL: none */
	int32_t ip_nonlocal_bind, ip_autobind_reuse;
	int32_t fwmark_reflect;
	int32_t icmp_echo_ignore_all, icmp_echo_ignore_broadcasts;
	int32_t icmp_ratelimit, icmp_ratemask;
	int32_t icmp_ignore_bogus_error_responses, icmp_errors_use_inbound_ifaddr;
	int32_t ip_forward_use_pmtu, ip_forward_update_priority;
	int32_t min_pmtu, mtu_expires; /* route/min_pmtu, route/mtu_expires */
	int32_t redirect_load, redirect_number, redirect_silence; /* ms, messages, ms */
	int32_t gc_timeout; /* s that a redirect is believed */
	int32_t ping_group_range[2];
	int32_t igmp_max_memberships, igmp_max_msf;
	int32_t igmp_qrv, igmp_link_local_mcast_reports;
};

/* How often somebody was told of a better way. */
struct sea_redirect_peer {
	uint32_t n;
	sea_time last;
};

#define SEA_REDIRECT_PEERS 256 /* by keyed hash of whom is told */

/* At most so many log lines in so long, as Linux limits its own. */
struct sea_log_limit {
	uint32_t used;
	sea_time since;
};

struct sea_ipv4_state {
	struct sea_stack *stack;
	struct sea_ipv4_sysctls sysctl;
	struct sea_sysctl_table sysctl_table, forward_table;
	struct sea_sysctl_table icmp_rate_table;
	struct sea_conf4 conf_all, conf_default;
	uint64_t
		own_conf; /* what of conf_default was written: with what new links begin as their own */
	struct sea_sysctl_tree conf_tree;
	struct sea_routes routes;
	struct sea_neigh_table neigh;
	struct sea_icmp_global icmp_global; /* of both IP versions */
	struct sea_icmp_peers icmp_peers;
	struct sea_siphash_key id_key;
	struct sea_redirect_peer redirect_peers[SEA_REDIRECT_PEERS];
	struct sea_log_limit martians;
	uint16_t id_counter[256]; /* per keyed bucket of addresses (RFC 6864, 7739) */
	struct sea_pmtu_table pmtu;
	struct sea_frag_table frags;
	struct sea_verdicts verdicts;
	struct sea_loop loop;        /* our own broadcasts */
	struct sea_mrouter *mrouter; /* NULL: groups are not routed */
	bool (*echo_reply)(struct sea_stack *, struct sea_pkt *, const struct sea_ip_rx *);
	bool (*echo_error)(struct sea_stack *, const struct sea_icmp_error *);
};

static inline struct sea_ipv4_state *sea_ipv4_of(const struct sea_stack *stack)
{
	return stack->module_state[SEA_MODULE_IPV4];
}

/* net.ipv4.conf.{all,<link>}.<field>: what Linux makes of both. */
#define SEA_CONF4_OR(link, field) \
	(sea_ipv4_of((link)->stack)->conf_all.field || sea_link_ip4(link)->conf.field)
#define SEA_CONF4_AND(link, field) \
	(sea_ipv4_of((link)->stack)->conf_all.field && sea_link_ip4(link)->conf.field)
#define SEA_CONF4_MAX(link, field) \
	sea_max_i32(sea_ipv4_of((link)->stack)->conf_all.field, sea_link_ip4(link)->conf.field)

/* How 'addr' would be ours: LOCAL, BROADCAST, MULTICAST or UNICAST (not); ifindex 0: on any link. */
uint8_t sea_ipv4_addr_type(struct sea_stack *stack, sea_be32 addr, int ifindex);

/* -- options (ipv4_options.c) -- */

/*
 * What a datagram's options ask of who receives it or sends it on (`out`: whereto, NULL for us): writes
 * our address and the time into them. SEA_DROP_N, or why it is dropped; a malformed one is answered.
 * First byte: the transport header.
 */
SEA_MUST_USE enum sea_drop sea_ipv4_options_take(struct sea_stack *stack, struct sea_pkt *pkt,
						 const struct sea_ipv4_facts *f, uint8_t type,
						 const struct sea_link *out);
/*
 * The options of an answer to `hdr`, which came in: record route and timestamp go on. Their length, 0
 * where there is nothing to go on with; -EINVAL: none can be made.
 */
SEA_MUST_USE int sea_ipv4_options_echo(const struct sea_ipv4_hdr *hdr,
				       uint8_t opts[SEA_IPV4_OPTS_MAX]);
/* Stamps a datagram of ours, whose options are well formed; its checksum is still to come. */
void sea_ipv4_options_send(struct sea_stack *stack, struct sea_ipv4_hdr *hdr, sea_be32 us);
/* Milliseconds since midnight UT (RFC 791, 792). */
uint32_t sea_ipv4_time_of_day(const struct sea_stack *stack);

/* What a datagram may be on this link: its length has 16 bits, whatever the link takes. */
static inline uint32_t sea_ipv4_link_mtu(const struct sea_link *link)
{
	return sea_min_u32(link->mtu, UINT16_MAX);
}

/* The entries of sea_ipv4_ops, each with its file: ipv4_route.c, ipv4_output.c. */
SEA_MUST_USE int sea_ipv4_route(struct sea_stack *stack, const struct sea_flow *flow,
				struct sea_dst *dst);
int sea_ipv4_output(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
		    const struct sea_ip_tx *tx);
void sea_ipv4_pmtu_update(struct sea_stack *stack, const struct sea_flow *flow, uint32_t mtu);

/* A packet that passed the checks of its header, first byte the transport header (ipv4_input.c). */
void sea_ipv4_receive(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_ipv4_facts *facts);
/*
 * A fragment for us, first byte its payload: consumes it. NULL: kept or dropped. Else the whole
 * datagram, its header made right and read again into *facts; *frag_max: see sea_ip_rx.
 */
struct sea_pkt *sea_ipv4_reassemble(struct sea_stack *stack, struct sea_pkt *pkt,
				    struct sea_ipv4_facts *facts, uint16_t *frag_max);
void sea_ipv4_reassemble_init(struct sea_ipv4_state *ip);
/*
 * Is the source of a datagram one that may come in there (RFC 1812 §5.3.8, RFC 3704)? `out` is where
 * it would go on to, NULL when it is for us; *direct: its sender stands on the link itself.
 */
SEA_MUST_USE enum sea_drop sea_ipv4_source_check(struct sea_stack *stack, const struct sea_pkt *pkt,
						 const struct sea_ipv4_facts *f,
						 const struct sea_link *out, bool *direct);
/* Our own, over loopback or as a copy of what we broadcast: its addresses were ours to choose. */
static inline bool sea_ipv4_from_ourselves(const struct sea_pkt *pkt)
{
	return pkt->link->type == SEA_LINK_LOOPBACK || pkt->link->type == SEA_LINK_VRF ||
	       pkt->type == SEA_PKT_LOOPBACK;
}
/* Do both stand on the link, in the prefix of one of its addresses (`b` zero: `a` alone)? */
bool sea_ipv4_on_link(const struct sea_link *link, sea_be32 a, sea_be32 b);
/* log_martians: a line of the log, unless there were too many. */
void sea_ipv4_log_martian(struct sea_stack *stack, const struct sea_pkt *pkt,
			  const struct sea_ipv4_facts *f, enum sea_drop why);

/*
 * What would be done with a datagram of these facts that came in as `pkt` did, whose protocol is ARP so that nobody is
 * told. SEA_DROP_N, or why it would be dropped.
 */
enum sea_drop sea_ipv4_route_in(struct sea_stack *stack, struct sea_pkt *pkt,
				const struct sea_ipv4_facts *f, struct sea_verdict *v);

/* -- forwarding (ipv4_forward.c) -- */

/* The way of what is not for us, out of the entry that was found. */
void sea_ipv4_forward_plan(const struct sea_stack *stack, const struct sea_pkt *pkt,
			   const struct sea_route_entry *e, bool direct, struct sea_verdict *v);
/* The priority (TC_PRIO_*) that a type of service stands for: by two bits of RFC 1349's, as on Linux. */
static inline uint32_t sea_ipv4_priority(uint8_t tos)
{
	static const uint8_t by_tos[4] = { 0, 2, 6, 4 };

	return by_tos[tos >> 3 & 3];
}

/* One hop less, the datagram's first byte its header. False: no memory. */
SEA_MUST_USE bool sea_ipv4_age(struct sea_pkt *pkt, uint32_t hdr_len);
/* Sends a datagram on, first byte the transport header; consumes. */
void sea_ipv4_forward(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ipv4_facts *f,
		      struct sea_verdict *v);
/* The tables have no way (`err` as sea_routes_lookup()): counts, and tells the sender. Borrows. */
void sea_ipv4_forward_refuse(struct sea_stack *stack, struct sea_pkt *pkt, int err);
/*
 * Past all decisions: POSTROUTING, fragments where it is larger than dst->mtu (DF is for the caller to
 * look at), the link. `in`: NULL for what is ours, else `tx` is (and what is sent to a group was routed). Consumes; 0 or as sea_ip_output().
 */
int sea_ipv4_emit(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
		  struct sea_link *in, const struct sea_ip_tx *tx);

/*
 * Cuts a datagram, first byte its header, into fragments of at most `mtu` bytes onto the end of `out`
 * (RFC 791 §3.2): consumes it. It may be a fragment itself; DF stays as it is; a PARTIAL checksum is
 * completed before. No super-segments. All or nothing: -EMSGSIZE (no room for 8 bytes) and -ENOMEM
 * leave `out` empty, and count FragFails.
 */
SEA_MUST_USE int sea_ipv4_fragment(struct sea_stack *stack, struct sea_pkt *pkt, uint32_t mtu,
				   struct sea_pktq *out);

/* Tells the sender of a datagram, first byte its header, of a better way (ipv4_redirect.c). */
void sea_ipv4_redirect_send(struct sea_stack *stack, const struct sea_pkt *pkt, sea_be32 src,
			    sea_be32 gateway);

extern const struct sea_ip_ops sea_ipv4_ops;
extern const struct sea_net_proto sea_ipv4_proto, sea_arp_proto;
extern const struct sea_ip_proto sea_icmp_proto;
extern const struct sea_link_observer sea_ipv4_link_observer;
extern const struct sea_neigh_ops sea_arp_neigh_ops;

/*
 * Sends an ICMP error about `pkt`, whose off_net is set, unless RFC 1122 §3.2.2 or the rate limit
 * forbids it. Borrows the packet. `info`: the next-hop MTU, the parameter pointer or
 * the better gateway.
 */
void sea_icmp_send_error(struct sea_stack *stack, const struct sea_pkt *pkt, uint8_t type,
			 uint8_t code, uint32_t info);

/* May we send this message now? Takes from both buckets, and counts a refusal. */
bool sea_icmp_allow(struct sea_stack *stack, uint8_t type, uint8_t code, sea_be32 dst);
/*
 * Sends a message, ICMP header first; consumes. `asked`: the header of what it answers, whose options
 * go on (RFC 1122 §3.2.2.6); it may lie where the new one will.
 */
void sea_icmp_output(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_flow *flow,
		     uint8_t tos, const struct sea_ipv4_hdr *asked);
/* Checksum right, in front of a message's 8 byte header: an error for a transport; consumes. */
void sea_icmp_notify(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx);
/* The same for a redirect. */
void sea_icmp_redirected(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx);
/* Answers `pkt`, whose first byte is the transport header, with "port unreachable". */
void sea_icmp_port_unreachable(struct sea_stack *stack, struct sea_pkt *pkt);

/* The errno and whether it is fatal, as Linux maps them. */
int sea_icmp_errno(uint8_t type, uint8_t code, bool *hard);

/*
 * Echo replies go to whoever asks for them: the ping module sets this at its init. Consumes, and
 * returns false where no socket took it (the packet is then the caller's still).
 */
typedef bool sea_icmp_echo_reply_fn(struct sea_stack *stack, struct sea_pkt *pkt,
				    const struct sea_ip_rx *rx);
void sea_icmp_on_echo_reply(struct sea_stack *stack, sea_icmp_echo_reply_fn *fn);
/* The same for errors about ICMP messages of ours, as sea_ip_proto.icmp_error. */
typedef bool sea_icmp_echo_error_fn(struct sea_stack *stack, const struct sea_icmp_error *error);
void sea_icmp_on_echo_error(struct sea_stack *stack, sea_icmp_echo_error_fn *fn);

#endif
