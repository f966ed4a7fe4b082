/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Neighbour discovery (RFC 4861 §7): who has this address, I have this address. Whatever comes in has
 * hop limit 255, code 0, no fragment header and valid options by the time anybody acts on it.
 */
#ifndef SEA_IP_NDP_H
#define SEA_IP_NDP_H

#include "ip/icmp6.h"
#include "wire/ndp.h"

#define SEA_NDP_HOP_LIMIT 255

/* A message that came in, all in one piece. */
struct sea_ndp_msg {
	const uint8_t *bytes;
	uint16_t len;
	const uint8_t *opts;
	uint16_t opts_len;
	struct sea_ndp_once once;
	const struct sea_ip_rx *rx;
};

/* A neighbour discovery message with its checksum right; consumes. */
void sea_ndp_input(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx);

/* Neighbour solicitations and advertisements; each says why it was dropped, or SEA_DROP_N. */
enum sea_drop sea_ndp_ns_input(struct sea_stack *stack, const struct sea_ndp_msg *msg);
enum sea_drop sea_ndp_na_input(struct sea_stack *stack, const struct sea_ndp_msg *msg);
/* A redirect, in `pkt`, which is borrowed (ndp_redirect_obey.c); likewise. */
enum sea_drop sea_ndp_redirect_input(struct sea_stack *stack, const struct sea_ndp_msg *msg,
				     const struct sea_pkt *pkt);
/* Tells whose packet the redirect quotes; redirect->why says what came of it (icmp6_notify.c). */
void sea_icmp6_notify_redirect(struct sea_stack *stack, const struct sea_ndp_msg *msg,
			       const struct sea_pkt *pkt, struct sea_redirect *redirect);

/*
 * Sends a message of `len` bytes, ICMPv6 header first, from `src` to `dst` out of `link`, without a
 * look at routes. Without memory it is lost, as a wire may lose it.
 */
void sea_ndp_send(struct sea_link *link, const struct sea_ipaddr *src, const struct sea_ipaddr *dst,
		  const void *msg, size_t len);
/* Asks for `target`. A source address (not ::) comes with the link's MAC. */
void sea_ndp_send_ns(struct sea_link *link, const struct sea_ipaddr *src,
		     const struct sea_ipaddr *dst, const struct sea_ipaddr *target);
/* `flags`: SEA_NDP_NA_*; the router flag is put in where we are one. */
void sea_ndp_send_na(struct sea_link *link, const struct sea_ipaddr *src,
		     const struct sea_ipaddr *dst, const struct sea_ipaddr *target, uint8_t flags,
		     bool with_mac);

/* Where ndisc_notify says so: tells all nodes of our addresses here, unasked (RFC 4861 §7.2.6). */
void sea_ndp_notify(struct sea_link *link);

extern const struct sea_neigh_ops sea_ndp_neigh_ops;
extern const struct sea_ipaddr sea_ip6_all_nodes; /* ff02::1 */

#endif
