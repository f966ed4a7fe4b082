/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The anycast addresses that a socket wants its links to have: IPV6_JOIN_ANYCAST, IPV6_LEAVE_ANYCAST,
 * with Linux's rules and errors. Each is a user of the link's (ip/anycast6.h) and ends with the socket.
 */
#ifndef SEA_TRANSPORT_ANYCAST_H
#define SEA_TRANSPORT_ANYCAST_H

#include "core/sock.h"
#include "ip/ip.h"

/* Of a socket: what net.core.optmem_max comes to with Linux's 32 bytes for each. */
static inline uint32_t sea_anycasts_max(const struct sea_stack *stack)
{
	int32_t max = stack->sysctl.optmem_max;

	return max > 0 ? (uint32_t)(max - 1) / 32 : 0;
}

/*
 * As often as it likes. 0, -EINVAL (a group, or an address of ours), -ENODEV, -EADDRNOTAVAIL (a host's
 * must be in a prefix of the link's), -EACCES (the link, `ifindex` 0: that was found, speaks no IPv6),
 * -ENOMEM.
 */
SEA_MUST_USE int sea_anycast_join(struct sea_sock *sock, const struct sea_ipaddr *addr,
				  int ifindex);
/* The latest, `ifindex` 0: by whichever link; -ENOENT. */
SEA_MUST_USE int sea_anycast_leave(struct sea_sock *sock, const struct sea_ipaddr *addr,
				   int ifindex);

struct sea_mcast;
struct sea_saver;
struct sea_loader;
/* All of them end. */
void sea_anycast_end(struct sea_sock *sock, struct sea_mcast *mcast);
void sea_anycast_save(struct sea_saver *to, const struct sea_sock *sock);
void sea_anycast_load(struct sea_loader *from, struct sea_sock *sock);

#endif
