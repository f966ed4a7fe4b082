/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NETLINK_SOCK_DIAG of AF_INET and AF_INET6: what a protocol tells of its sockets, and what is made of that.
 *
 *	request ─ inet.c ─┬─ proto->next() … bytecode.c ─┬─ fill.c ─ answers
 *	                  ├─ proto->find() ──────────────┘
 *	                  └─ proto->destroy()
 *
 * A protocol hangs its ops on its socket families (core/proto.h), of which the first with that protocol counts.
 */
#ifndef SEA_TRANSPORT_DIAG_INET_H
#define SEA_TRANSPORT_DIAG_INET_H

#include <stdbool.h>
#include <stdint.h>

/* TCP has a thing of its own by that name. */
#define tcp_cc_info linux_tcp_cc_info
#include <linux/inet_diag.h>
#undef tcp_cc_info

#include "netlink/build.h"
#include "ip/ip.h"
#include "transport/sockaddr.h"

/* Newer than some headers. */
#define SEA_DIAG_ATTR_CLASS_ID 17
#define SEA_DIAG_ATTR_MD5SIG 18
#define SEA_DIAG_ATTR_SOCKOPT 22
#define SEA_DIAG_BOUND_INACTIVE 13 /* the state of TCP sockets that are bound and nothing else */
#define SEA_DIAG_NEW_SYN_RECV 12

/* Is attribute `attr` asked for (idiag_ext)? */
static inline bool sea_diag_asks(uint8_t ext, unsigned attr)
{
	return attr <= 8 && ext & 1u << (attr - 1);
}

/* What is shown of one socket, or of what is listed with them. */
struct sea_diag {
	const struct sea_sock *sock; /* NULL: a request or TIME_WAIT, which has no options */
	void *object;                /* the protocol's own */
	uint32_t states;             /* bits by which it is asked for */
	uint8_t family;              /* of the socket: IPv4 in AF_INET6 is ::ffff:a.b.c.d */
	uint8_t state, timer, retrans;
	bool short_of_all; /* nothing but what every socket has (a bound TCP socket that does nothing) */
	bool chose_port;
	uint16_t sport, dport; /* host order */
	uint8_t src[16], dst[16];
	uint32_t ifindex, expires_ms, rqueue, wqueue, mark;
	uint8_t shutdown; /* SEA_SOCK_SHUT_* */
	struct sea_sock_owner owner;
	uint64_t cookie;
};

/* Which one is meant, as the other end would see it: `src` is where it is, `dst` where it speaks to. */
struct sea_diag_key {
	uint8_t family;
	uint16_t sport, dport; /* host order */
	struct sea_ipaddr src, dst;
	uint32_t ifindex;
};

/*
 * IPv4's end of an AF_INET6 socket that is asked for as ::ffff:a.b.c.d, with a peer that is not: *room, of IPv4; else
 * `key` itself.
 */
const struct sea_diag_key *sea_diag_settle(const struct sea_diag_key *key,
					   struct sea_diag_key *room);

struct sea_diag_proto {
	uint8_t protocol; /* IPPROTO_* */
	bool streams;     /* what inet_diag_sockopt calls a connection */
	/*
	 * Who is dumped, one after the other; *cursor starts at 0. Changes in between lose or repeat nothing but what
	 * changed.
	 */
	bool (*next)(struct sea_stack *stack, uint64_t *cursor, struct sea_diag *e);
	bool (*find)(struct sea_stack *stack, const struct sea_diag_key *key, struct sea_diag *e);
	/* Lookups by names that were swapped long ago, and what they say of a stale cookie, as Linux has them. */
	bool find_is_swapped;
	int find_stale;
	/* Attributes behind those that every socket has; may be NULL. */
	void (*put)(const struct sea_diag *e, uint8_t ext, struct sea_nl_out *out);
	/* Ends it with ECONNABORTED: 0, or -ENOENT. */
	int (*destroy)(struct sea_stack *stack, struct sea_diag *e);
	/* Of one that goes and has no end any more: what its queues have come to; and its INET_DIAG_INFO (NULL: none). */
	void (*show_last)(const struct sea_sock *sock, struct sea_diag *e);
	void (*put_last)(const struct sea_diag *e, struct sea_nl_out *out);
};

/* What every socket has, but for state, timers and queues. */
void sea_diag_of_sock(struct sea_diag *e, const struct sea_sock *sock);
/* As an AF_INET6 socket has it, where `domain` is that. */
void sea_diag_put_addr(uint8_t to[16], uint8_t domain, uint8_t family, const uint8_t *addr);

/* -- inet.c -- */

struct sea_nl_kind;
struct sea_nl_req;
extern const struct sea_nl_kind sea_diag_inet4, sea_diag_inet6, sea_diag_compat;
/* A request of AF_INET or AF_INET6, or (TCPDIAG_GETSOCK) of one of 2004. */
int sea_diag_inet_receive(struct sea_nl_req *req, const struct sea_nl_kind *kind);
int sea_diag_compat_receive(struct sea_nl_req *req);
/* NULL: there is none. */
const struct sea_diag_proto *sea_diag_proto_of(const struct sea_stack *stack, uint32_t protocol);

/* -- fill.c -- */

struct sea_diag_who {
	uint32_t port, seq;
	uint16_t type, flags;
	uint8_t ext;
};

/* Its header, without attributes. */
struct inet_diag_msg sea_diag_message(const struct sea_diag *e);
/* False: it does not fit. */
bool sea_diag_fill(const struct sea_diag *e, const struct sea_diag_proto *proto,
		   const struct sea_diag_who *who, struct sea_nl_out *out);

/* -- news.c -- */

/* Of a socket that goes, to who listens to the groups SKNLGRP_*. */
void sea_diag_tell_gone(struct sea_sock *sock);

#endif
