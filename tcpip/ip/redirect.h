/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Redirects that come in (RFC 1122 §3.2.2.2, RFC 4861 §8.3): a router tells of a better one for a
 * destination. Who may be told what, and by whom, is asked of the way that the flow has now; what is
 * believed is an exception from its route (pmtu.h).
 *
 *	ICMP ── quotation ── the transport whose packet it was ── sea_ip_redirect() ── obeyed, or why not
 *	NDP ─┘  (NDP without one: straight on) ────────────────┘
 */
#ifndef SEA_IP_REDIRECT_H
#define SEA_IP_REDIRECT_H

#include "ip/ip.h"
#include "wire/ether.h"

struct sea_redirect {
	struct sea_link *link;     /* it came in here */
	struct sea_ipaddr dst;     /* IPv6: for whom; IPv4: whom the quoted packet was for */
	struct sea_ipaddr gateway; /* IPv6: dst itself where it is on this link */
	bool has_mac;              /* IPv6: the gateway's came along */
	struct sea_mac mac;
	enum sea_drop why; /* what became of it; SEA_DROP_N: it is obeyed */
};

/* The `redirect` entries of sea_ip_ops. */
void sea_ipv4_redirect_obey(struct sea_stack *stack, const struct sea_flow *flow,
			    const struct sea_icmp_error *error);
void sea_ipv6_redirect_obey(struct sea_stack *stack, const struct sea_flow *flow,
			    const struct sea_icmp_error *error);

#endif
