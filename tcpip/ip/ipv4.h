/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The IPv4 module from inside: its state per stack. Receive is ipv4_input.c, send ipv4_output.c,
 * errors and echo icmp.c and icmp_error.c, ARP arp.c.
 */
#ifndef SEA_IP_IPV4_H
#define SEA_IP_IPV4_H

#include <stdint.h>

#include "core/stack.h"
#include "core/sysctl.h"
#include "ip/ifaddr.h"
#include "ip/ip.h"
#include "ip/neigh.h"
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

struct sea_ipv4_state {
	struct sea_stack *stack;
	struct sea_ipv4_sysctls sysctl;
	struct sea_sysctl_table sysctl_table, neigh_table_sysctls;
	struct sea_routes routes;
	struct sea_neigh_table neigh;
	struct sea_icmp_limit icmp_global, icmp_peers[SEA_ICMP_PEERS];
	struct sea_siphash_key icmp_key, id_key;
	uint32_t id_counter[256];    /* per keyed destination bucket (RFC 6864, 7739) */
	struct sea_pmtu_table *pmtu; /* exceptions per destination, made at the first */
	bool (*echo_reply)(struct sea_stack *, struct sea_pkt *, const struct sea_ip_rx *);
};

static inline struct sea_ipv4_state *sea_ipv4_of(const struct sea_stack *stack)
{
	return stack->module_state[SEA_MODULE_IPV4];
}

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

/* The errno and whether it is fatal, as Linux maps them. */
int sea_icmp_errno(uint8_t type, uint8_t code, bool *hard);

/*
 * Echo replies go to whoever asks for them: the ping module sets this at its init. Consumes, and
 * returns false where no socket took it (the packet is then the caller's still).
 */
typedef bool sea_icmp_echo_reply_fn(struct sea_stack *stack, struct sea_pkt *pkt,
				    const struct sea_ip_rx *rx);
void sea_icmp_on_echo_reply(struct sea_stack *stack, sea_icmp_echo_reply_fn *fn);

#endif
