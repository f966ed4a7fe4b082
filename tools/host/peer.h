/* SPDX-License-Identifier: Apache-2.0 */
/* A host as a user names it: an address, and where that means something on one link only, which. */
#ifndef SEA_HOST_PEER_H
#define SEA_HOST_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include <seastack/addr.h>
#include <seastack/compiler.h>
#include <seastack/link.h>

struct sea_stack;

struct sea_peer {
	struct sea_addr addr;
	char dev[SEA_IFNAMSIZ]; /* empty: not said */
};

/* "10.0.0.1", "2001:db8::1", "fe80::1%sea0". False when it is none. */
bool sea_peer_parse(const char *text, struct sea_peer *peer);

/* Returns `text`. */
#define SEA_PEER_TEXT_MAX (SEA_ADDR_TEXT_MAX + SEA_IFNAMSIZ)
char *sea_peer_text(const struct sea_peer *peer, char text[SEA_PEER_TEXT_MAX]);

/*
 * For calls on a socket of the peer's family. 0, or -ENODEV: there is no such link, or several where one
 * must be named.
 */
SEA_MUST_USE int sea_peer_sockaddr(const struct sea_peer *peer, struct sea_stack *stack,
				   uint16_t port, struct sockaddr_storage *to, socklen_t *len);

#endif
