/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP_TX_DELAY: what a socket sends is to leave so many microseconds later than it would, as if the path were longer.
 *
 *	departure of the connection (pacing.h) ── + delay ──► sea_pkt.time
 *
 * Packets only say so, and the link's queue obeys: `fq` does, up to its horizon, and without it nothing is later (as on Linux),
 * be the connection paced or not. The connection itself counts from the departure without it, so that round trips
 * are measured longer by it.
 */
#ifndef SEA_TCP_TX_DELAY_H
#define SEA_TCP_TX_DELAY_H

#include "transport/tcp/conn.h"

#define TCP_OPT_TX_DELAY 37 /* TCP_TX_DELAY of <linux/tcp.h> */

/* setsockopt(): 0, -EINVAL (negative, or 2^28 and more) or -ENOMEM. 0: none. */
SEA_MUST_USE int sea_tcp_tx_delay_set(struct tcp_conn *c, int us);
/* A segment of a connection with SEA_PACING_LATER. */
void sea_tcp_tx_delay_stamp(const struct tcp_conn *c, struct sea_pkt *pkt);
/* A segment of no connection, made now. */
void sea_tcp_tx_delay_stamp_reply(const struct sea_stack *stack, struct sea_pkt *pkt, uint32_t us);
/* Bytes of ours that may stand in queues below besides, since they stay there so long. */
uint64_t sea_tcp_tx_delay_room(const struct tcp_conn *c);

#endif
