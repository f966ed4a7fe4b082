/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an AF_INET6 connection remembers of its peer's packets, for IPV6_2292PKTOPTIONS, IPV6_FL_F_REMOTE and, as on
 * Linux, IPV6_MULTICAST_IF and _HOPS: where they came in, hop limit, class and label.
 *
 *	the ACK that ended the handshake ── rx_tos, rx_ttl, its label in two parts
 *	                                          │  asked for, or options that tell of packets are set
 *	                                          ▼
 *	each segment in order ─── TCP_F_LOOK ── sock.more (SEA_SOCK6_SEEN)
 *	                                   └─── side->seen: the packet itself, where it has what is to be told of
 */
#ifndef SEA_TCP_SEEN_H
#define SEA_TCP_SEEN_H

#include "transport/tcp/passive.h"
#include "transport/tcp/rx.h"

/* A packet, as control messages tell of it. */
struct tcp_seen {
	int ifindex;
	uint32_t flow_label;
	uint8_t tos, ttl;
	struct sea_ipaddr dst;
	uint16_t hdr_len; /* 0 where it had no extension headers */
	uint8_t hdr[];    /* IPv6's and they */
};

/* Is each segment looked at, for the options that are set? */
bool sea_tcp_seen_wanted(const struct sea_sock *sock);
/* sea_tcp_rx_run() of a segment of IPv6, with that. */
void sea_tcp_seen_run(struct tcp_conn *c, struct tcp_rx *rx);

/* The SYN (a cookie's ACK) that a listener wants kept for its child; NULL: it does not, or no memory. */
struct tcp_seen *sea_tcp_seen_begin(const struct tcp_conn *listener, const struct tcp_rx *rx);
/* A child, whose names and options are set, begins with `ip`, and `seen`, which it takes over, NULL too. */
void sea_tcp_seen_born(struct tcp_conn *c, const struct sea_ip_rx *ip, struct tcp_seen *seen);
/* sock.more has what was seen: 0 or -ENOMEM. */
SEA_MUST_USE int sea_tcp_seen_settle(struct tcp_conn *c);

void sea_tcp_seen_free(struct sea_stack *stack, struct tcp_seen *seen); /* NULL: nothing */
void sea_tcp_seen_save(struct sea_saver *to, const struct tcp_seen *seen);
/* NULL where there was none, or from->err is set. */
struct tcp_seen *sea_tcp_seen_load(struct sea_loader *from, struct sea_stack *stack);

#endif
