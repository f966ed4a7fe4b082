/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SO_TIMESTAMPING: when what a socket sends stood before the link's queue, left, and was acknowledged, told in the
 * error queue (SO_EE_ORIGIN_TIMESTAMPING); and when came what it reads (cmsg.h). There are no stamps by hardware: what
 * asks for some gets none, as on a device that has no clock.
 */
#ifndef SEA_TRANSPORT_STAMP_H
#define SEA_TRANSPORT_STAMP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/sock.h"

/* SOF_TIMESTAMPING_* of Linux's <linux/net_tstamp.h>. */
enum sea_sof {
	SEA_SOF_TX_HARDWARE = 1u << 0,
	SEA_SOF_TX_SOFTWARE = 1u << 1,
	SEA_SOF_RX_SOFTWARE = 1u << 3,
	SEA_SOF_SOFTWARE = 1u << 4,
	SEA_SOF_OPT_ID = 1u << 7,
	SEA_SOF_TX_SCHED = 1u << 8,
	SEA_SOF_TX_ACK = 1u << 9,
	SEA_SOF_OPT_CMSG = 1u << 10,
	SEA_SOF_OPT_TSONLY = 1u << 11,
	SEA_SOF_OPT_STATS = 1u << 12,
	SEA_SOF_BIND_PHC = 1u << 15,
	SEA_SOF_OPT_ID_TCP = 1u << 16,
	SEA_SOF_OPT_RX_FILTER = 1u << 17,
	SEA_SOF_TX_COMPLETION = 1u << 18,
	SEA_SOF_MASK = (1u << 19) - 1,
	/* Not the program's: the call names when its packet may leave (txtime.h). */
	SEA_SOF_TXTIME = 1u << 30,
	/* Not the program's: OPT_ID was set, and TCP has not yet noted from where it counts. */
	SEA_SOF_FRESH = 1u << 31,
};

/* When: what a call may ask for besides. */
#define SEA_SOF_TX_RECORD                                                          \
	((uint32_t)(SEA_SOF_TX_HARDWARE | SEA_SOF_TX_SOFTWARE | SEA_SOF_TX_SCHED | \
		    SEA_SOF_TX_ACK | SEA_SOF_TX_COMPLETION))
/* What makes a packet tell. */
#define SEA_SOF_TX_PACKET ((uint32_t)(SEA_SOF_TX_SOFTWARE | SEA_SOF_TX_SCHED))

/* Numbers of <asm-generic/socket.h>, newer than some C libraries' headers. */
#define SEA_SO_TIMESTAMP_OLD 29
#define SEA_SO_TIMESTAMPNS_OLD 35
#define SEA_SO_TIMESTAMPING_OLD 37
#define SEA_SO_TIMESTAMP_NEW 63
#define SEA_SO_TIMESTAMPNS_NEW 64
#define SEA_SO_TIMESTAMPING_NEW 65
#define SEA_SCM_OPT_STATS 54
#define SEA_SCM_TS_OPT_ID 81

/* One of these six? */
static inline bool sea_stamp_is_option(int name)
{
	return name == SEA_SO_TIMESTAMP_OLD || name == SEA_SO_TIMESTAMPNS_OLD ||
	       name == SEA_SO_TIMESTAMPING_OLD ||
	       (name >= SEA_SO_TIMESTAMP_NEW && name <= SEA_SO_TIMESTAMPING_NEW);
}

/* setsockopt(): 0, -EINVAL, -EOPNOTSUPP (a clock of hardware), -ENOMEM. */
SEA_MUST_USE int sea_stamp_set(struct sea_sock *sock, int name, const void *val, socklen_t len);
int sea_stamp_get(const struct sea_sock *sock, int name, void *val, socklen_t *len);

/* ops->tx_stamp: an entry with the packet's bytes, unless SOF_TIMESTAMPING_OPT_TSONLY says no. */
void sea_stamp_tx(struct sea_sock *sock, const struct sea_pkt *pkt, enum sea_stamp which);
/* An entry with these bytes, which it consumes; `stats`: they are SCM_TIMESTAMPING_OPT_STATS. */
void sea_stamp_tell(struct sea_sock *sock, struct sea_pkt *bytes, enum sea_stamp which,
		    uint32_t key, bool stats);
/* The packet tells when, as `tsflags` say, by the name `key`. */
static inline void sea_stamp_ask(struct sea_pkt *pkt, uint32_t tsflags, uint32_t key)
{
	pkt->stamp_sched = (tsflags & SEA_SOF_TX_SCHED) != 0;
	pkt->stamp_snd = (tsflags & SEA_SOF_TX_SOFTWARE) != 0;
	pkt->tskey = key;
}

#endif
