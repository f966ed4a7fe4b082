/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UDP from inside. Every bound socket stands in two tables:
 *
 *	ports  by local port                                 who is in the way of a bind, who hears a
 *	                                                     broadcast
 *	addrs  by local address and port, and when connected whom a datagram is for
 *	       by the peer's, too
 *
 * so a datagram is looked up by (local, peer), then (local, peer's address) if any socket is connected
 * to port 0, then (local), then (any address, port), where IPv4 and IPv6 stand together, since :: may be
 * for both. Sockets that share an address by SO_REUSEPORT form a group, of which only one stands in
 * `addrs`.
 */
#ifndef SEA_TRANSPORT_UDP_H
#define SEA_TRANSPORT_UDP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/htable.h"
#include "core/sysctl.h"
#include "transport/dgram.h"
#include "transport/ports.h"
#include "wire/ipv4.h"
#include "wire/udp.h"

#define UDP_HDR_LEN ((uint32_t)sizeof(struct sea_udp_hdr))

struct udp_state {
	struct sea_stack *stack;
	struct sea_siphash_key key;
	struct sea_htable ports, addrs;
	struct sea_hnode keeper; /* in addrs, so that moving a socket never needs memory */
	struct sea_ports ephemeral;
	uint32_t n_any_port; /* sockets in addrs that are connected to port 0 */
	uint64_t serial;     /* of binds: among equals the latest wins */
	struct sea_dgram_mem mem;
	struct sea_sysctl_table sysctls; /* over mem */
};

/* Sockets of one address and port, by serial, among which a flow's hash chooses; the first stands in addrs. */
struct udp_group {
	uint32_t n, max;
	struct udp_sock *socks[];
};

struct udp_sock {
	struct sea_dgram d; /* first: a udp_sock is a sea_sock */
	struct sea_hnode port_node, addr_node;
	uint64_t serial;
	struct udp_group *group; /* NULL: alone */
	/* UDP_CORK, MSG_MORE: the datagram in the making, and where it goes. */
	bool corked;                     /* UDP_CORK is set */
	bool no_check6_tx, no_check6_rx; /* RFC 6936: IPv6 without a checksum */
	struct sea_pkt *pending;
	struct sea_dgram_tx pending_tx;
	uint8_t *pending_ext; /* the bytes of pending_tx.ext; NULL: none */
	uint32_t pending_ext_len;
};

static inline struct udp_state *udp_of(const struct sea_stack *stack)
{
	return sea_stack_module(stack, SEA_MODULE_UDP);
}

static inline struct udp_sock *udp_sock_of(struct sea_sock *sock)
{
	return sea_container(sock, struct udp_sock, d.sock);
}

extern const struct sea_sock_ops sea_udp_ops;

/* IPv6 has counters of its own, in the same order. */
static inline enum sea_mib sea_udp_mib(uint8_t family, enum sea_mib mib4)
{
	const int apart = SEA_MIB_Udp6InDatagrams - SEA_MIB_UdpInDatagrams;

	return family == SEA_AF_INET ? mib4 : (enum sea_mib)((int)mib4 + apart);
}

/* -- udp_table.c: bound sockets -- */

/* The tables' part of the state: 0 or -ENOMEM. */
SEA_MUST_USE int sea_udp_table_init(struct udp_state *udp);
void sea_udp_table_fini(struct udp_state *udp);

/*
 * Gives the socket its port (0: an ephemeral one) at d.sock.laddr and puts it into the tables: 0,
 * -EADDRINUSE (the address is taken, or all ports are), -ENOMEM.
 */
SEA_MUST_USE int sea_udp_table_bind(struct udp_sock *u, uint16_t port);
/* Puts a socket in that has address and port, asking nobody (restore): 0 or -ENOMEM. */
SEA_MUST_USE int sea_udp_table_restore(struct udp_sock *u);
/* While no socket is bound. */
void sea_udp_table_rekey(struct udp_state *udp, const struct sea_siphash_key *key);
/* stack->udp_in_use */
bool sea_udp_table_in_use(const struct sea_stack *stack, uint8_t family, uint16_t port);
/* Takes it out; its port is free. Harmless when it is not in. */
void sea_udp_table_unbind(struct udp_sock *u);
/* The address or peer of a bound socket is about to change, and has changed. */
void sea_udp_table_leave(struct udp_sock *u);
void sea_udp_table_join(struct udp_sock *u);

/* A datagram from `src`:`sport` to `dst`:`dport` that came in on `ifindex`. */
struct udp_flow {
	uint8_t family;
	uint16_t sport, dport;
	int ifindex;
	const struct sea_ipaddr *src, *dst;
};

/* The socket for it; NULL: none. */
struct udp_sock *sea_udp_table_find(const struct udp_state *udp, const struct udp_flow *flow);
/* The next one after `prev` (NULL: the first) that hears a datagram to many. */
struct udp_sock *sea_udp_table_next_hearer(const struct udp_state *udp, struct udp_sock *prev,
					   const struct sea_ip_rx *rx, uint16_t sport,
					   uint16_t dport);

/* -- udp_input.c, udp_output.c -- */

extern const struct sea_ip_proto sea_udp_proto;
ssize_t sea_udp_sendmsg(struct sea_sock *sock, const struct msghdr *msg, int flags);
/* Sends the datagram in the making: 0 or -errno. Harmless without one. */
int sea_udp_push_pending(struct udp_sock *u);
/* pending_tx.ext gets memory of its own: 0 or -ENOMEM. */
SEA_MUST_USE int sea_udp_own_ext(struct udp_sock *u);
/* Forgets it. */
void sea_udp_flush_pending(struct udp_sock *u);

/* Autobind: a port for a socket that has none. 0 or -EAGAIN, as Linux says for any failure. */
SEA_MUST_USE int sea_udp_autobind(struct udp_sock *u);

/* -- udp_diag.c: as ss(8) shows it -- */

extern const struct sea_diag_proto sea_udp_diag;

/* -- udp_save.c -- */

void sea_udp_save_sock(struct sea_sock *sock, struct sea_saver *to);
void sea_udp_save(struct sea_stack *stack, void *state, struct sea_saver *to);
int sea_udp_load(struct sea_stack *stack, void *state, struct sea_loader *from);

#endif
