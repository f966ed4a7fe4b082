/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a local address is to a socket: whether it may have it, which families it then hears, and whose
 * claims to it exclude each other.
 */
#ifndef SEA_TRANSPORT_BIND_H
#define SEA_TRANSPORT_BIND_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/compiler.h>

#include "core/sock.h"
#include "transport/sockaddr.h"

/*
 * May the socket be bound to this address? 0, -EADDRNOTAVAIL, or for IPv6 -EINVAL and -ENODEV. *no_src: it
 * is a broadcast or group address, which is not to be sent from.
 */
SEA_MUST_USE int sea_bind_check(struct sea_sock *sock, const struct sea_endpoint *local,
				bool *no_src);

/* What net.ipv6.* says of a new AF_INET6 socket: 0 or -ENOMEM. */
SEA_MUST_USE int sea_sock_init_in6(struct sea_sock *sock);
/*
 * Sets family and address: :: of a socket that is not IPV6_V6ONLY stands for IPv4, too, and a bind to
 * any other IPv6 address makes the socket IPV6_V6ONLY, as on Linux.
 */
void sea_sock_take_local(struct sea_sock *sock, const struct sea_endpoint *local);
/* Back to no address at all. */
void sea_sock_forget_local(struct sea_sock *sock);
/*
 * A link-local address belongs to a link: the socket is bound to the one that `ep` names, which bind()
 * may change. -EINVAL where none is named, or connect() names another.
 */
SEA_MUST_USE int sea_sock_take_scope(struct sea_sock *sock, const struct sea_endpoint *ep,
				     enum sea_sockaddr_use use);

/* sin6_flowinfo of a connect(): 0, -EINVAL (a label that the socket does not lease) or -ENOMEM. */
SEA_MUST_USE int sea_sock_take_flowinfo(struct sea_sock *sock, const struct sea_endpoint *peer);

/* A local address that is taken; family 0 with the unspecified address is both families'. */
struct sea_claim {
	uint8_t family;
	const uint8_t *addr; /* 16 bytes */
};

static inline struct sea_claim sea_sock_claim_of(const struct sea_sock *sock)
{
	uint8_t family = sock->family;

	if (!family && sock->flags & SEA_SOCK_V6ONLY)
		family = SEA_AF_INET6;
	return (struct sea_claim){ family, sock->laddr };
}

/* Could one packet be for both? */
bool sea_claims_meet(const struct sea_claim *a, const struct sea_claim *b);

#endif
