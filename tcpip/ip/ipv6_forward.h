/* SPDX-License-Identifier: Apache-2.0 */
/* Sending on IPv6 packets that are not for us (RFC 8200, RFC 4861 §8.2). */
#ifndef SEA_IP_IPV6_FORWARD_H
#define SEA_IP_IPV6_FORWARD_H

#include "ip/ipv6.h"

/* Is the stack a router? conf.all.forwarding alone says so, as on Linux: links' own make them hosts. */
static inline bool sea_ipv6_forwards(const struct sea_stack *stack)
{
	return sea_ipv6_of(stack)->conf_all.forwarding > 0;
}

/*
 * What was found out for the last of such packets, which is not for us; NULL: nothing. Good until the
 * next that is sent on.
 */
struct sea_verdict *sea_ipv6_verdict(const struct sea_stack *stack, const struct sea_pkt *pkt,
				     const struct sea_ipv6_facts *facts);

/* Sends a packet on, first byte behind its fixed header (and the hop-by-hop one); consumes. */
void sea_ipv6_forward(struct sea_stack *stack, struct sea_pkt *pkt,
		      const struct sea_ipv6_facts *facts, struct sea_verdict *known);

/*
 * Tells the sender of a packet, first byte its header, that `target` is the better first hop, or is
 * the destination itself and stands on the link where it came in (ndp_redirect.c).
 */
void sea_ndp_redirect_send(struct sea_stack *stack, const struct sea_pkt *pkt,
			   const struct sea_ipv6_facts *facts, const struct sea_ipaddr *target);

#endif
