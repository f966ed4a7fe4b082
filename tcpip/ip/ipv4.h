/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The IPv4 module from inside: its state per stack. Receive is ipv4_input.c, send ipv4_output.c,
 * errors and echo icmp.c and icmp_error.c, ARP arp.c.
 */
#ifndef SEA_IP_IPV4_H
#define SEA_IP_IPV4_H

#include <stdint.h>

#include "core/minmax.h"
#include "core/stack.h"
#include "core/sysctl.h"
#include "ip/ifaddr.h"
#include "ip/ip.h"
#include "ip/neigh.h"
#include "ip/pmtu.h"
#include "ip/route.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"

/* Token buckets with a random share kept back, so that a rate cannot be probed (CVE-2020-25705). */
struct sea_icmp_limit {
	uint32_t tokens;
	sea_time refilled;
};

#define SEA_ICMP_PEERS 256 /* per-destination buckets, by keyed hash */

/* net.ipv4.* and net.ipv4.icmp_*, in Linux's units. */
struct sea_ipv4_sysctls {
	int32_t ip_default_ttl, ip_no_pmtu_disc;
	int32_t ip_local_port_range[2];
	int32_t ip_nonlocal_bind;
	int32_t icmp_echo_ignore_all, icmp_echo_ignore_broadcasts;
	int32_t icmp_ratelimit, icmp_ratemask, icmp_msgs_per_sec, icmp_msgs_burst;
	int32_t icmp_ignore_bogus_error_responses;
	int32_t min_pmtu, mtu_expires; /* route/min_pmtu, route/mtu_expires */
	int32_t ping_group_range[2];
};

/* What tables said of a pair of addresses that came in by a link; good while gen is the stack's. */
struct sea_ipv4_verdict {
	uint32_t gen;
	int ifindex;
	sea_be32 src, dst;
	uint8_t tos, type; /* enum sea_route_type */
};

#define SEA_IPV4_VERDICTS 256

struct sea_ipv4_state {
	struct sea_stack *stack;
	struct sea_ipv4_sysctls sysctl;
	struct sea_sysctl_table sysctl_table, neigh_gc_table;
	struct sea_conf4 conf_all, conf_default;
	struct sea_sysctl_tree conf_tree, neigh_tree;
	struct sea_routes routes;
	struct sea_neigh_table neigh;
	struct sea_icmp_limit icmp_global, icmp_peers[SEA_ICMP_PEERS];
	struct sea_siphash_key icmp_key, id_key;
	uint16_t id_counter[256]; /* per keyed bucket of addresses (RFC 6864, 7739) */
	struct sea_pmtu_table pmtu;
	struct sea_ipv4_verdict verdicts[SEA_IPV4_VERDICTS]; /* of the latest, by their addresses */
	struct sea_pktq looped; /* our own broadcasts, heard at the next advance (ipv4_loop.c) */
	struct sea_work loop_work;
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

/* The entries of sea_ipv4_ops, each with its file: ipv4_route.c, ipv4_output.c. */
SEA_MUST_USE int sea_ipv4_route(struct sea_stack *stack, const struct sea_flow *flow,
				struct sea_dst *dst);
int sea_ipv4_output(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
		    const struct sea_ip_tx *tx);
void sea_ipv4_pmtu_update(struct sea_stack *stack, const struct sea_flow *flow, uint32_t mtu);

/* A packet that passed the checks of its header, first byte the transport header (ipv4_input.c). */
void sea_ipv4_receive(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_ipv4_facts *facts);
/* What we broadcast we hear, too: a copy of `pkt` comes in on the link it goes out on. */
void sea_ipv4_loop_copy(struct sea_stack *stack, const struct sea_pkt *pkt, struct sea_link *link);
void sea_ipv4_loop_init(struct sea_ipv4_state *ip);
void sea_ipv4_loop_fini(struct sea_ipv4_state *ip);

extern const struct sea_ip_ops sea_ipv4_ops;
extern const struct sea_net_proto sea_ipv4_proto, sea_arp_proto;
extern const struct sea_ip_proto sea_icmp_proto;
extern const struct sea_link_observer sea_ipv4_link_observer;
extern const struct sea_neigh_ops sea_arp_neigh_ops;

/*
 * Sends an ICMP error about `pkt`, whose off_net is set, unless RFC 1122 §3.2.2 or the rate limit
 * forbids it. Borrows the packet. `info`: the next-hop MTU or the parameter pointer.
 */
void sea_icmp_send_error(struct sea_stack *stack, const struct sea_pkt *pkt, uint8_t type,
			 uint8_t code, uint32_t info);

/* May we send this message now? Takes from both buckets, and counts a refusal. */
bool sea_icmp_allow(struct sea_stack *stack, uint8_t type, uint8_t code, sea_be32 dst);
void sea_icmp_limit_init(struct sea_ipv4_state *ip);
/* Sends a message, ICMP header first and its checksum still to be filled; consumes. */
void sea_icmp_output(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_flow *flow,
		     uint8_t tos);
/* Checksum right, in front of a message's 8 byte header: an error for a transport; consumes. */
void sea_icmp_notify(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx);
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
