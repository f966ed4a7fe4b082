/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The path's MTU found by trying (RFC 4821, as Linux does it): segments larger than those in use are made of
 * data that waits, and what becomes of them narrows a range. Nothing depends on ICMP.
 *
 *	 search_low  what gets through: segments are no larger
 *	 search_high what the path cannot be larger than
 *
 * net.ipv4.tcp_mtu_probing: 0 never, 1 once timeouts make a black hole likely (tcp_retries1 of them), 2 always.
 */
#ifndef SEA_TCP_MTUP_H
#define SEA_TCP_MTUP_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/time.h>

#include "wire/tcp.h"

struct tcp_conn;

/* Sizes are of whole IP packets. */
struct tcp_mtup {
	uint32_t search_low, search_high; /* search_low 0: nothing is searched for */
	uint32_t probe_size;              /* of the probe that is out; 0: none */
	sea_seq probe_start, probe_end;
	sea_time begun; /* when the range was last made */
};

/*
 * Where tcp_mtu_probing says "always", the range is made, and obeyed when the MSS is next derived: as on Linux
 * with connect(), when what the SYN offers may yet be refused, and once the connection is established.
 */
void sea_tcp_mtup_init(struct tcp_conn *c);
/* The first timeouts in a row: begins the search, or searches lower, and cuts segments accordingly. */
void sea_tcp_mtup_black_hole(struct tcp_conn *c);
/* The path carries no more than `pmtu`, for all we know. */
void sea_tcp_mtup_bound(struct tcp_conn *c, uint32_t pmtu);

enum tcp_probe {
	TCP_PROBE_NOT,  /* there is nothing to try, or nothing to try it with */
	TCP_PROBE_WAIT, /* it goes once more was acknowledged: nothing else should go now */
	TCP_PROBE_NOW,
};

/* Should the next segment be a probe? Then *len is its payload. */
enum tcp_probe sea_tcp_mtup_next(struct tcp_conn *c, uint32_t *len);
/* It was sent: bytes [start, start + len). */
void sea_tcp_mtup_sent(struct tcp_conn *c, sea_seq start, uint32_t len);
/* SND.UNA moved: was the probe acknowledged? */
void sea_tcp_mtup_acked(struct tcp_conn *c);
/* The probe alone seems lost; true: it is given up and what it carried goes again, as no sign of congestion. */
bool sea_tcp_mtup_lost(struct tcp_conn *c);
/* Something was sent again: what becomes of the probe says nothing now. */
void sea_tcp_mtup_resent(struct tcp_conn *c);

#endif
