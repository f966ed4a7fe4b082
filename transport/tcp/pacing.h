/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pacing: segments leave one after the other at the rate that cwnd and RTT allow, instead of all at
 * once when an ACK lets them go. Connections pace that a program gave a rate (SO_MAX_PACING_RATE), whose congestion control asks
 * for it, or that send over a link with the queue `fq` (sea_sock.pacing); for all others the rate
 * only says how large a super-segment is.
 *
 *	 wstamp           + len / rate                  + len / rate
 *	    |------ segment ------|------ segment ------|-----          the earliest departures
 *
 * Where a link's fq paces, segments go down at once and carry their earliest departure; else the
 * connection waits for it, with a timer of its own. Times are ns, rates bytes a second.
 */
#ifndef SEA_TCP_PACING_H
#define SEA_TCP_PACING_H

#include "transport/tcp/conn.h"

#define TCP_PACING_SHIFT 10             /* what one super-segment holds: 1/1024 s of the rate */
#define TCP_PACING_UNPACED_SEGMENTS 10u /* a connection's first segments go at once */

/* The clock of a connection that has to wait. */
struct tcp_pacer {
	struct sea_timer timer;
	struct tcp_conn *c;
};

/* The rate anew, after an ACK; the flight keeps it. */
void sea_tcp_pacing_update(struct tcp_conn *c);
/* Of a flight that begins: a model (model.h) has its own. */
void sea_tcp_pacing_renew(struct tcp_conn *c);
/* The same after the SYN-ACK of an active open: a route's initcwnd counts from the next ACK on, as on Linux. */
void sea_tcp_pacing_begin(struct tcp_conn *c);
/* Bytes a second that cwnd and RTT allow, and the program; UINT64_MAX without an RTT and without a limit. */
uint64_t sea_tcp_pacing_compute(const struct tcp_conn *c);
/* Who has to be paced paces itself from now on, unless a link does already. */
void sea_tcp_pacing_need(struct tcp_conn *c);
/* The connection begins, or has another controller: one that asks to be paced is. */
void sea_tcp_pacing_obey_cc(struct tcp_conn *c);
/* The program's limit changed. */
void sea_tcp_pacing_limit(struct tcp_conn *c);

/* Of a paced connection: has it to wait itself until the next segment may leave? Then a timer will send it. */
bool sea_tcp_pacing_holds(struct tcp_conn *c);
/* A (super-)segment of `len` bytes of payload was sent at tcp_departure(): so much time is used. */
void sea_tcp_pacing_sent(struct tcp_conn *c, uint32_t len);
/* Something without payload was: time that was not used until now is no credit. */
void sea_tcp_pacing_sent_bare(struct tcp_conn *c);

/* The flight goes: no timer is left behind. */
void sea_tcp_pacing_stop(struct tcp_flight *fl, struct sea_stack *stack);

#endif
