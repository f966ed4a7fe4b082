/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The multicast options of IPPROTO_IP and IPPROTO_IPV6 (RFC 3678, RFC 3493 §5.2). Whoever serves a
 * level asks here first:
 *
 *	if (sea_mcast_setsockopt(sock, name, val, len, &err))
 *		return err;
 */
#ifndef SEA_TRANSPORT_MCAST_SOCKOPT_H
#define SEA_TRANSPORT_MCAST_SOCKOPT_H

#include <stdbool.h>
#include <sys/socket.h>

#include "transport/mcast.h"

/* False: it is no option of multicast. */
bool sea_mcast_setsockopt(struct sea_sock *sock, int name, const void *val, socklen_t len,
			  int *err);
bool sea_mcast_getsockopt(struct sea_sock *sock, int name, void *val, socklen_t *len, int *err);

/* The same at IPPROTO_IPV6. */
bool sea_mcast_setsockopt6(struct sea_sock *sock, int name, const void *val, socklen_t len,
			   int *err);
bool sea_mcast_getsockopt6(struct sea_sock *sock, int name, void *val, socklen_t *len, int *err);

/* -- between mcast_sockopt*.c -- */

enum sea_mcast_change {
	SEA_MCAST_ADD_SOURCE,
	SEA_MCAST_DROP_SOURCE,
	SEA_MCAST_BLOCK_SOURCE,
	SEA_MCAST_UNBLOCK_SOURCE,
};

/* One source more or less; adding one joins, where the socket is not in the group. */
SEA_MUST_USE int sea_mcast_change_source(struct sea_sock *sock, enum sea_mcast_change what,
					 const struct sea_mcast_name *name,
					 const struct sea_ipaddr *source);

/* The i-th source of an option: 0 or why it is none. */
typedef int sea_mcast_source_fn(const void *val, uint32_t i, struct sea_ipaddr *source);
/* Sets a filter of `n` sources out of `val`, which has them. */
SEA_MUST_USE int sea_mcast_take_filter(struct sea_sock *sock, const struct sea_mcast_name *name,
				       uint32_t mode, uint32_t n, sea_mcast_source_fn *source_at,
				       const void *val);

/* SEA_MCAST_NO_* is off where the option is on. */
SEA_MUST_USE int sea_mcast_set_flag(struct sea_sock *sock, uint8_t no_flag, bool on);

/* MCAST_*, the same for both families (mcast_neutral.c). */
bool sea_mcast_set_neutral(struct sea_sock *sock, uint8_t family, int name, const void *val,
			   socklen_t len, int *err);
SEA_MUST_USE int sea_mcast_get_neutral(struct sea_sock *sock, uint8_t family, void *val,
				       socklen_t *len);

#endif
