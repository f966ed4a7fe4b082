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

/* The same with all flags as they are. */
void sea_ndp_send_na_as(struct sea_link *link, const struct sea_ipaddr *src,
			const struct sea_ipaddr *dst, const struct sea_ipaddr *target,
			uint8_t flags, bool with_mac);

/* Where ndisc_notify says so: tells all nodes of our addresses here, unasked (RFC 4861 §7.2.6). */
void sea_ndp_notify(struct sea_link *link);

/* Who asks is remembered, where that may help; false: there is no telling whom to answer. */
bool sea_ndp_note_sender(struct sea_stack *stack, const struct sea_ndp_msg *msg, bool multicast);

/* -- standing in for others (ndp_proxy.c) -- */

/* By what we answer for `target` on the link; NULL: we do not. */
const struct sea_neigh_proxy *sea_ndp_stands_in(const struct sea_link *link,
						const struct sea_ipaddr *target);
/* Is the answer to this message to wait, so that others may be first? */
bool sea_ndp_must_wait(const struct sea_ndp_msg *msg, const struct sea_pkt *pkt);
/* It waits; consumes. */
void sea_ndp_wait(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx);
/* The answer to a valid solicitation. */
void sea_ndp_stand_in(struct sea_stack *stack, const struct sea_ndp_msg *msg,
		      const struct sea_neigh_proxy *p);
/* sea_ndp_input() for one that waited long enough. */
void sea_ndp_input_late(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx);
/* Entries of sea_ndp_neigh_ops. */
void sea_ndp_heard_late(struct sea_stack *stack, struct sea_pkt *pkt);
int sea_ndp_proxying(struct sea_link *link, const struct sea_ipaddr *addr, bool begins);

enum sea_ndp_proxied {
	SEA_NDP_PROXIED_NOT,
	SEA_NDP_PROXIED_OURS,    /* neighbour discovery with whom we stand in for: ours to handle */
	SEA_NDP_PROXIED_REFUSED, /* to a link-local address, which cannot be passed on */
};
/* What a packet in transit, first byte behind its fixed header, is to those we stand in for. */
enum sea_ndp_proxied sea_ndp_proxied(struct sea_stack *stack, struct sea_pkt *pkt,
				     const struct sea_ipv6_facts *f);

extern const struct sea_neigh_ops sea_ndp_neigh_ops;
extern const struct sea_ipaddr sea_ip6_all_nodes; /* ff02::1 */

#endif
