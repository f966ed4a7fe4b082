/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Socket options that protocols share: SOL_SOCKET, which socket.c asks for itself, and IPPROTO_IP and
 * IPPROTO_IPV6, which a protocol's ops->getsockopt and ops->setsockopt pass on:
 *
 *	if (sea_net_level(sock, level))
 *		return sea_net_setsockopt(sock, level, name, val, len);
 *	return -ENOPROTOOPT;                 // getsockopt: -EOPNOTSUPP, as Linux says for a level
 *
 * What Linux does not know gets -ENOPROTOOPT; so does what is not supported here.
 */
#ifndef SEA_TRANSPORT_SOCKOPT_H
#define SEA_TRANSPORT_SOCKOPT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include <seastack/compiler.h>

#include "core/sock.h"

/* SOL_SOCKET; calls ops->opt_changed for buffers, low-water mark and device. */
int sea_sol_getsockopt(struct sea_sock *sock, int name, void *val, socklen_t *len);
int sea_sol_setsockopt(struct sea_sock *sock, int name, const void *val, socklen_t len);

/* IPPROTO_IP. `path_mtu`: for IP_MTU, what the present route carries; 0: not connected. */
int sea_ip_getsockopt(struct sea_sock *sock, int name, void *val, socklen_t *len,
		      uint32_t path_mtu);
int sea_ip_setsockopt(struct sea_sock *sock, int name, const void *val, socklen_t len);

/* IPPROTO_IPV6, of AF_INET6 sockets. */
int sea_ipv6_getsockopt(struct sea_sock *sock, int name, void *val, socklen_t *len,
			uint32_t path_mtu);
int sea_ipv6_setsockopt(struct sea_sock *sock, int name, const void *val, socklen_t len);

/* Is it one of these two levels, and the socket's? Then the right one of the above. */
bool sea_net_level(const struct sea_sock *sock, int level);
int sea_net_getsockopt(struct sea_sock *sock, int level, int name, void *val, socklen_t *len,
		       uint32_t path_mtu);
int sea_net_setsockopt(struct sea_sock *sock, int level, int name, const void *val, socklen_t len);

/* Newer than some C libraries' headers. */
#define SEA_SO_BINDTOIFINDEX 62

/* -- values -- */

/* Reads an int; a shorter value is -EINVAL. */
SEA_MUST_USE int sea_opt_get_int(const void *val, socklen_t len, int *v);
/* IP_UNICAST_IF, IPV6_UNICAST_IF: a link's index in network order. -EINVAL, -EADDRNOTAVAIL. */
SEA_MUST_USE int sea_opt_get_unicast_if(const struct sea_sock *sock, const void *val, socklen_t len,
					int *ifindex);
/* Copies as much as *len has room for and says how much: SOL_SOCKET, IPPROTO_TCP, IPPROTO_UDP. */
int sea_opt_put(void *val, socklen_t *len, const void *from, size_t size);
int sea_opt_put_int(void *val, socklen_t *len, int v);

/* SO_MEMINFO: SK_MEMINFO_*. */
void sea_sock_meminfo(const struct sea_sock *sock, uint32_t v[9]);

#endif
