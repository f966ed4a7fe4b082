/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct sockaddr of programs: read with Linux's rules for length and family, and written back. The
 * socket's domain decides the shape. Here, and only here, IPv4 goes through AF_INET6 sockets as
 * ::ffff:a.b.c.d: inside, such an endpoint has the family AF_INET like any other.
 */
#ifndef SEA_TRANSPORT_SOCKADDR_H
#define SEA_TRANSPORT_SOCKADDR_H

#include <stdbool.h>
#include <sys/socket.h>

#include <seastack/compiler.h>

#include "core/sock.h"

/* What the address is for; Linux is differently strict. */
enum sea_sockaddr_use {
	SEA_SOCKADDR_BIND,    /* AF_UNSPEC passes for AF_INET when the address is 0.0.0.0 */
	SEA_SOCKADDR_CONNECT, /* AF_UNSPEC of any length gives an endpoint of family 0 */
	SEA_SOCKADDR_SEND, /* AF_UNSPEC passes for AF_INET; in AF_INET6 it is no name (family 0) */
	SEA_SOCKADDR_STRICT, /* nothing else passes */
};

/*
 * 0 with *ep filled, -EINVAL (length, or as Linux says it), -EAFNOSUPPORT, -ENETUNREACH (IPv4 with
 * IPV6_V6ONLY). To connect or send to :: is to speak to oneself.
 */
SEA_MUST_USE int sea_sockaddr_get(const struct sea_sock *sock, enum sea_sockaddr_use use,
				  const struct sockaddr *addr, socklen_t len,
				  struct sea_endpoint *ep);

/* The endpoint in the shape of `domain`; returns its length. Family 0 is the unspecified address. */
socklen_t sea_sockaddr_make(uint8_t domain, const struct sea_endpoint *ep,
			    struct sockaddr_storage *addr);

/* Writes what fits in *len bytes and sets *len to the whole length. `addr` may be NULL: nothing. */
void sea_sockaddr_put(uint8_t domain, const struct sea_endpoint *ep, struct sockaddr *addr,
		      socklen_t *len);

/* The socket's own end and the other. */
struct sea_endpoint sea_sock_local(const struct sea_sock *sock);
struct sea_endpoint sea_sock_peer(const struct sea_sock *sock);

/* Fills what <seastack/socket.h> shows of any socket; a protocol corrects what it knows better. */
void sea_sock_info(const struct sea_sock *sock, int state, struct sea_socket_info *info);

/* fe80::/10, or a group of interface or link scope: meaningless without a link. */
bool sea_endpoint_needs_scope(const struct sea_endpoint *ep);
/* Is it the unspecified address? */
bool sea_endpoint_is_any(const struct sea_endpoint *ep);
/* Has a datagram socket a peer? (The peer's port may be 0.) */
bool sea_sock_connected(const struct sea_sock *sock);

#endif
