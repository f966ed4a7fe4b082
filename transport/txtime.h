/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SO_TXTIME, SCM_TXTIME: a call names the time before which its datagram is not to leave, in the clock of `now`
 * (CLOCK_MONOTONIC).
 *
 *	sendmsg(SCM_TXTIME) ──► sea_pkt.time ──► the link's queue
 *
 * Of queues `fq` alone obeys, as far as its horizon. It tells nobody what it dropped, as Linux's does: SOF_TXTIME_DEADLINE_MODE
 * and SOF_TXTIME_REPORT_ERRORS mean something to a queue `etf` only, which there is none of, and are kept and read back. A
 * stream checks the message, and its segments leave as ever, as on Linux.
 */
#ifndef SEA_TRANSPORT_TXTIME_H
#define SEA_TRANSPORT_TXTIME_H

#include "transport/cmsg.h"

#define SEA_SO_TXTIME 61 /* SCM_TXTIME, too */

/* struct sock_txtime of <linux/net_tstamp.h> */
struct sea_txtime {
	int32_t clockid;
	uint32_t flags; /* SOF_TXTIME_* */
};

#define SEA_TXTIME_FLAGS 3u

/* setsockopt(): 0, -EINVAL or -ENOMEM. Who may name which clock is for the consumer to say. */
SEA_MUST_USE int sea_txtime_set(struct sea_sock *sock, const void *val, socklen_t len);
int sea_txtime_get(const struct sea_sock *sock, void *val, socklen_t *len);
/* The message: 0, or -EINVAL (the option is off, or it is no time). */
SEA_MUST_USE int sea_txtime_read(const struct sea_sock *sock, const struct cmsghdr *c,
				 struct sea_cmsg_tx *tx);
/* What was read is the packet's. */
static inline void sea_txtime_put(struct sea_pkt *pkt, const struct sea_cmsg_tx *tx)
{
	pkt->time = tx->txtime;
	pkt->edt = 1;
}

#endif
