/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The error queue of a socket (IP_RECVERR, IPV6_RECVERR, MSG_ERRQUEUE): what became of something that was
 * sent, each entry with bytes of it and a struct sock_extended_err. It lives in sock->more, since few
 * sockets ask for it.
 */
#ifndef SEA_TRANSPORT_ERRQ_H
#define SEA_TRANSPORT_ERRQ_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/sock.h"
#include "ip/ip.h"

/* Who hears of an ICMP error? Asked for, and the queue has room: an entry, and an event. */
void sea_errq_icmp(struct sea_sock *sock, const struct sea_icmp_error *error, uint32_t hdr_len,
		   uint16_t dport);
/* The same of an error that we found ourselves; only family, address and port of `to` matter. */
void sea_errq_local(struct sea_sock *sock, const struct sea_endpoint *to, int err, uint32_t info);

/* An entry without anything yet, for later when there may be no memory; NULL: there is none now. */
struct sea_pkt *sea_errq_make(struct sea_sock *sock);
/*
 * Calls `from` to `to` of MSG_ZEROCOPY are done: an entry made of `note`, which it consumes, or a part of the newest one
 * where that ends right before. Gives back SEA_ZC_OPTMEM when it is read.
 */
void sea_errq_zerocopy(struct sea_sock *sock, struct sea_pkt *note, uint32_t from, uint32_t to,
		       bool copied);

/*
 * A timestamp of what was sent, with bytes of it, which it consumes; `stats`: they are told in a control message, too
 * (SCM_TIMESTAMPING_OPT_STATS).
 */
void sea_errq_stamp(struct sea_sock *sock, struct sea_pkt *bytes, enum sea_stamp which,
		    uint32_t key, bool stats);

/* Takes the oldest entry, for MSG_ERRQUEUE: its length, or -EAGAIN. */
ssize_t sea_errq_recv(struct sea_sock *sock, struct msghdr *msg);

/*
 * The path to `to` carries `mtu` bytes: kept for the next recvmsg() of a socket with IPV6_RECVPATHMTU,
 * which tells it in a message without data (RFC 3542 §11.3).
 */
void sea_errq_path_mtu(struct sea_sock *sock, const struct sea_ipaddr *to, int ifindex,
		       uint32_t mtu);
/* Takes that news: 0 with the message, -EAGAIN where there is none. */
ssize_t sea_errq_path_mtu_recv(struct sea_sock *sock, struct msghdr *msg);

static inline bool sea_errq_has_path_mtu(const struct sea_sock *sock)
{
	return sock->more->rxpmtu && sock->more->flags6 & SEA_SOCK6_PATHMTU;
}

static inline bool sea_errq_any(const struct sea_sock *sock)
{
	return sock->more->errq.head;
}

/* Forgets all entries. */
void sea_errq_purge(struct sea_sock *sock);

#endif
