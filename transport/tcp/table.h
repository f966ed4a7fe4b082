/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding the object that a segment is for. Everything with a peer (connections, SYN-queue entries,
 * TIME_WAIT) stands in one table by its four-tuple; listeners and bound ports in another by local
 * port. Keys are packed and hashed with SipHash under a secret.
 */
#ifndef SEA_TCP_TABLE_H
#define SEA_TCP_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/htable.h"
#include "core/list.h"
#include "core/siphash.h"
#include "ip/ip.h"
#include "transport/ports.h"

struct tcp_conn;
struct sea_sock;

enum tcp_kind { TCP_KIND_CONN, TCP_KIND_REQ, TCP_KIND_TW };

/*
 * The first member of conn (after the socket), req and tw, by which they stand in the table of their
 * family. IPv4's key is all here; IPv6's addresses are the object's own (laddr, raddr).
 */
struct tcp_node {
	struct sea_hnode hnode;
	uint8_t kind, family;
	uint16_t lport, rport;
	uint8_t ecn;             /* of a connection: enum tcp_ecn_bit (ecnstate.h) */
	uint32_t laddr4, raddr4; /* IPv4, as bytes lie on the wire; IPv6: the keyed hash */
};

/* One local port in use, with everything bound to it. */
struct tcp_port {
	struct sea_hnode hnode;
	uint16_t port;
	bool fast_reuse;           /* all owners allow SO_REUSEADDR and none listens */
	bool connect_only;         /* nobody came by bind(): connect() may share it */
	struct sea_list owners;    /* tcp_conn.port_node */
	struct sea_list tws;       /* tcp_tw.port_node */
	struct sea_list listeners; /* tcp_listen.node, the oldest first */
};

struct tcp_table {
	struct sea_stack *stack;
	struct sea_siphash_key key;
	struct sea_htable flows;  /* tcp_node.hnode: IPv4 */
	struct sea_htable flows6; /* and IPv6 */
	struct sea_htable ports;  /* tcp_port.hnode */
	struct tcp_node *last;    /* found last, or NULL */
	struct sea_pool *pool;
	struct sea_ports ephemeral;
};

void sea_tcp_table_init(struct tcp_table *t, struct sea_stack *stack);
void sea_tcp_table_fini(struct tcp_table *t);

/* NULL where there is none. In a stack with VRFs: one of those with these ends, see sea_tcp_flow_in(). */
struct tcp_node *sea_tcp_flow_find_slow(struct tcp_table *t, uint8_t family,
					const struct sea_ipaddr *laddr, uint16_t lport,
					const struct sea_ipaddr *raddr, uint16_t rport);

/* Segments come in trains: most are of the flow that was asked for last. */
static inline struct tcp_node *sea_tcp_flow_find(struct tcp_table *t, uint8_t family,
						 const struct sea_ipaddr *laddr, uint16_t lport,
						 const struct sea_ipaddr *raddr, uint16_t rport)
{
	struct tcp_node *last = t->last;

	if (family == SEA_AF_INET && last && last->rport == rport && last->lport == lport &&
	    memcmp(&last->raddr4, raddr->b, 4) == 0 && memcmp(&last->laddr4, laddr->b, 4) == 0 &&
	    last->family == SEA_AF_INET)
		return last;
	return sea_tcp_flow_find_slow(t, family, laddr, lport, raddr, rport);
}

/* Of those with the ends of `node`, which was found (or NULL), the one in the VRF of the link `ifindex`. */
struct tcp_node *sea_tcp_flow_in_vrf(struct tcp_table *t, const struct tcp_node *node,
				     const struct sea_ipaddr *laddr, const struct sea_ipaddr *raddr,
				     int ifindex);
static inline struct tcp_node *sea_tcp_flow_in(struct tcp_table *t, struct tcp_node *node,
					       const struct sea_ipaddr *laddr,
					       const struct sea_ipaddr *raddr, int ifindex)
{
	if (__builtin_expect(!t->stack->n_vrfs || !node, 1))
		return node;
	return sea_tcp_flow_in_vrf(t, node, laddr, raddr, ifindex);
}
/*
 * Enters a node whose key fields are filled, and whose object has these addresses. -EADDRNOTAVAIL when
 * the tuple is taken in its VRF, -ENOMEM.
 */
SEA_MUST_USE int sea_tcp_flow_add(struct tcp_table *t, struct tcp_node *node,
				  const struct sea_ipaddr *laddr, const struct sea_ipaddr *raddr);
/* Walks all nodes of both tables, as sea_htable_walk() does one: *walk starts as zero. */
struct tcp_walk {
	bool six;
	uint64_t cursor;
};
struct tcp_node *sea_tcp_flow_walk(const struct tcp_table *t, struct tcp_walk *walk);
void sea_tcp_flow_del(struct tcp_table *t, struct tcp_node *node);

/*
 * The listener for a SYN: most specific address first, SO_REUSEPORT groups by flow hash, bound
 * links respected. NULL: none.
 */
struct tcp_conn *sea_tcp_listener_find(const struct tcp_table *t, const struct sea_ip_rx *rx,
				       uint16_t lport, uint16_t rport);

/* -- ports (bind.c) -- */

/* NULL: nobody uses it. */
struct tcp_port *sea_tcp_port_find(const struct tcp_table *t, uint16_t port);

/*
 * Binds to a local port (0: an ephemeral one) with Linux's rules for SO_REUSEADDR and _REUSEPORT:
 * 0, -EADDRINUSE, -ENOMEM. Asked again for the port it has, it judges again: others may listen there
 * by now.
 */
SEA_MUST_USE int sea_tcp_port_bind(struct tcp_table *t, struct tcp_conn *conn, uint16_t port);
/* Joins the port without a question: a connection that was accepted, or loaded. 0 or -ENOMEM. */
SEA_MUST_USE int sea_tcp_port_join(struct tcp_table *t, struct tcp_conn *conn, uint16_t port);
/* The owner listens from now on; it is found by sea_tcp_listener_find(). */
void sea_tcp_port_listen(struct tcp_conn *conn);
/*
 * Enters the flow of a connect whose addresses and remote port are known, first binding to an
 * ephemeral port (RFC 6056) where it has none: 0, -EADDRNOTAVAIL, -ENOMEM. What is in TIME_WAIT gives
 * way as tcp_tw_reuse says; conn->write_seq is then where its numbers must begin, else 0.
 */
SEA_MUST_USE int sea_tcp_port_connect(struct tcp_table *t, struct tcp_conn *conn);
void sea_tcp_port_release(struct tcp_table *t, struct tcp_conn *conn);
/* A TIME_WAIT object shares the port of the connection that it follows, until it lets go. */
struct tcp_tw;
void sea_tcp_port_share(struct tcp_port *port, struct tcp_tw *tw);
/* The same for one that is loaded: 0 or -ENOMEM. */
SEA_MUST_USE int sea_tcp_port_restore(struct tcp_table *t, struct tcp_tw *tw, bool connect_only);
void sea_tcp_port_unshare(struct tcp_table *t, struct tcp_tw *tw);
/* The program took SO_REUSEADDR back from an owner. */
void sea_tcp_port_reuse_changed(struct tcp_conn *conn);

#endif
