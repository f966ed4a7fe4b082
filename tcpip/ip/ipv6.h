/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The IPv6 module from inside: its state per stack. It stands beside IPv4, whose sysctls (ports,
 * ping_group_range) it shares, as on Linux.
 */
#ifndef SEA_IP_IPV6_H
#define SEA_IP_IPV6_H

#include <stdint.h>

#include "core/minmax.h"
#include "core/stack.h"
#include "core/sysctl.h"
#include "ip/ifaddr6.h"
#include "ip/ip.h"
#include "ip/neigh.h"
#include "ip/pmtu.h"
#include "ip/route.h"
#include "wire/ipv6.h"

#define SEA_IPV6_MTU_MIN 1280u /* RFC 8200 §5 */

/* net.ipv6.*, in Linux's units. */
struct sea_ipv6_sysctls {
	int32_t auto_flowlabels, bindv6only, ip_nonlocal_bind;
	int32_t max_dst_opts_number, max_dst_opts_length; /* RFC 8504 §5.3 */
	int32_t max_hbh_opts_number, max_hbh_opts_length;
	int32_t min_adv_mss, mtu_expires; /* route/min_adv_mss, route/mtu_expires */
};

struct sea_ipv6_state {
	struct sea_stack *stack;
	struct sea_ipv6_sysctls sysctl;
	struct sea_conf6 conf_all, conf_default;
	struct sea_sysctl_table sysctl_table, neigh_gc_table;
	struct sea_sysctl_tree conf_tree, neigh_tree;
	struct sea_routes routes;
	struct sea_neigh_table neigh;
	struct sea_pmtu_table pmtu;
	struct sea_siphash_key id_key, label_key; /* fragment ids, flow labels */
};

static inline struct sea_ipv6_state *sea_ipv6_of(const struct sea_stack *stack)
{
	return stack->module_state[SEA_MODULE_IPV6];
}

/* net.ipv6.conf.{all,<link>}.<field>. */
#define SEA_CONF6_OR(link, field) \
	(sea_ipv6_of((link)->stack)->conf_all.field || sea_link_ip6(link)->conf.field)

/* How `addr` would be ours: LOCAL, MULTICAST or UNICAST (not); ifindex 0: on any link. */
uint8_t sea_ipv6_addr_type(struct sea_stack *stack, const struct sea_ipaddr *addr, int ifindex);

/* The entries of sea_ipv6_ops. */
SEA_MUST_USE int sea_ipv6_route(struct sea_stack *stack, const struct sea_flow *flow,
				struct sea_dst *dst);
int sea_ipv6_output(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
		    const struct sea_ip_tx *tx);
void sea_ipv6_pmtu_update(struct sea_stack *stack, const struct sea_flow *flow, uint32_t mtu);

/*
 * A packet that passed the checks of its fixed header, first byte behind it: walks the extension
 * headers, then delivers or forwards. Reassembled datagrams come back here.
 */
void sea_ipv6_receive(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_ipv6_facts *facts);

/*
 * Sends an ICMPv6 error about `pkt`, whose off_net is set, unless RFC 4443 §2.4 or the rate limit
 * forbids it. Borrows the packet. `info`: the MTU of "packet too big", or the pointer.
 */
void sea_icmp6_send_error(struct sea_stack *stack, const struct sea_pkt *pkt, uint8_t type,
			  uint8_t code, uint32_t info);
/* Sends a message, ICMPv6 header first and its checksum still to be filled; consumes. */
void sea_icmp6_output(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
		      const struct sea_ip_tx *tx);

extern const struct sea_ip_ops sea_ipv6_ops;

#endif
