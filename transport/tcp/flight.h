/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a connection needs only while something is queued, out, or out of order. Most connections are
 * idle most of the time; they all share one empty flight, which is constant: it may be read like any
 * other, and asking for one of one's own is what has to come before the first thing is put into it.
 *
 *	            sea_tcp_flight()                  tcp_flight_settle()
 *	no flight ───────────────────► in use ──────────────────────────► resting
 *	    ▲                            ▲    ◄──────────────────────────    │
 *	    └────────────────────────────│──────────  others came to rest ◄──┘
 *
 * The last few that became idle keep theirs, empty: who asks and is answered needs no memory anew.
 */
#ifndef SEA_TCP_FLIGHT_H
#define SEA_TCP_FLIGHT_H

#include "core/drop.h"
#include "transport/tcp/marks.h"
#include "transport/tcp/reasm.h"
#include "transport/tcp/recstate.h"
#include "transport/tcp/sendbuf.h"
#include "transport/tcp/txq.h"

struct tcp_conn;
struct tcp_pacer;

struct tcp_flight {
	struct tcp_txq txq;
	struct tcp_sendbuf sendbuf;
	struct tcp_marks marks; /* of what was not sent yet */
	sea_seq pushed_seq;     /* end of what was written when a segment was last pushed */
	/* The last delivery, and the first sending of what it measures (rate.c). */
	sea_time delivered_stamp, first_tx_stamp;
	struct tcp_recovery rec;
	struct tcp_reasm reasm;
	struct sea_sack_block dsack; /* to be reported with the next ACK; empty: none */
	/* pacing.h: after the last ACK; the earliest departure of what is sent next; NULL: it never waited. */
	uint64_t pacing_rate;
	sea_time wstamp;
	struct tcp_pacer *pacer;
	sea_seq compressed_rcv_nxt; /* where dup_acks are counted from */
	uint8_t compressed_ack;     /* ACKs that were left out since the last (ack_policy.c) */
	uint8_t dup_acks;           /* sent at once since RCV.NXT moved */
	uint32_t chrono_start_ms;   /* when `chrono` began */
	uint8_t chrono;             /* enum tcp_chrono: what holds the sender up now */
	uint8_t place; /* while it rests, 1 + its index in tcp_state.resting; 0: in use */
};

extern const struct tcp_flight sea_tcp_no_flight;

/* A connection that remembers nothing: at its beginning, and when it begins anew. It is idle. */
void sea_tcp_flight_init(struct tcp_conn *c);
/* A flight of the connection's own, made where it has none; NULL: no memory. sea_tcp_flight() asks first (conn.h). */
struct tcp_flight *sea_tcp_flight_begin(struct tcp_conn *c);
/* One that is in use comes to rest when nothing is left in it: tcp_flight_settle() (conn.h) looks first. */
void sea_tcp_flight_settle(struct tcp_conn *c);
/* Gives a resting one back. What outlives it (struct tcp_kept) is noted down. */
void sea_tcp_flight_forgo(struct tcp_conn *c);
/* Gives it back as it is; received packets are dropped for `reason`. */
void sea_tcp_flight_drop(struct tcp_conn *c, enum sea_drop reason);

/* What stands in the out-of-order queue goes, for `reason`. */
void sea_tcp_drop_out_of_order(struct tcp_conn *c, enum sea_drop reason);

/* For those who look at idle connections, too (tcp_info). */
uint16_t sea_tcp_reordering(const struct tcp_conn *c);
void sea_tcp_set_reordering(struct tcp_conn *c, uint16_t segs);
uint8_t sea_tcp_ca_state(const struct tcp_conn *c);

#endif
