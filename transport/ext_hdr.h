/* SPDX-License-Identifier: Apache-2.0 */
/* IPv6 extension headers as programs give and get them (RFC 3542 §6 to §10, RFC 2292). */
#ifndef SEA_TRANSPORT_EXT_HDR_H
#define SEA_TRANSPORT_EXT_HDR_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/compiler.h>

#include "core/sock.h"
#include "ip/ip.h"

/* All that one packet carries: what a header's length can say, for each. */
#define SEA_EXT_LEN_MAX 2048u
#define SEA_EXT_ROOM (SEA_EXT_N * SEA_EXT_LEN_MAX)

/*
 * Are the bytes an extension header of this kind? 0 with its own length in *n (there may be bytes behind
 * it), -EINVAL. Of routing headers there is one, of segments (RFC 8754), and its lists fill it.
 */
SEA_MUST_USE int sea_ext_check(enum sea_ext which, const void *bytes, size_t len, uint16_t *n);

/* The headers for one packet, each borrowed. */
struct sea_ext_set {
	const uint8_t *at[SEA_EXT_N];
	uint16_t len[SEA_EXT_N];
	struct sea_ipaddr final; /* where a routing header leads in the end */
};

/* The socket's, to its peer. */
void sea_ext_of_sock(const struct sea_sock *sock, struct sea_ext_set *set);
/* Where a packet with them goes first: a segment of the routing header; NULL: straight to its end. */
const uint8_t *sea_ext_first_hop(const struct sea_ext_set *set);
/* Their length together. */
uint16_t sea_ext_len(const struct sea_ext_set *set);
/*
 * Writes them to `to` (SEA_EXT_ROOM bytes), each naming the next and the last `proto`, the last segment of
 * a routing header `final`; returns the length, *first: the number of the first. 0: there is none.
 */
uint16_t sea_ext_write(const struct sea_ext_set *set, uint8_t proto, uint8_t *to, uint8_t *first);

/* flow->dst, IPv6's, becomes the first hop of the socket's routing header; it may have none. */
void sea_ext_lead(const struct sea_sock *sock, struct sea_flow *flow);
/* sea_ip_output() of a packet with these headers. */
int sea_ext_output(struct sea_stack *stack, const struct sea_ext_set *set,
		   const struct sea_dst *dst, struct sea_ip_tx *tx, struct sea_pkt *pkt);

/* One header of a packet that was received. */
struct sea_ext_seen {
	uint8_t type; /* enum sea_ipv6_next */
	uint16_t len;
	const uint8_t *at;
};

/*
 * The next header behind the IPv6 header at `hdr`, whose headers are `len` bytes together; *pos starts at
 * 0. False: no more. What is no option or routing header is passed over.
 */
bool sea_ext_next(const uint8_t *hdr, size_t len, size_t *pos, uint8_t *next,
		  struct sea_ext_seen *seen);

#endif
