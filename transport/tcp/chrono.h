/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds a sender up, and for how long (RFC 4898's tcpEStatsPerf…, as Linux shows in tcp_info):
 * while bytes are stored it is busy; of that time, some is the peer's window's fault (nothing may be sent) and some the
 * send buffer's (all that fits was sent, and the program would have more). The later kind has precedence.
 */
#ifndef SEA_TCP_CHRONO_H
#define SEA_TCP_CHRONO_H

#include <stdint.h>

struct tcp_conn;

enum tcp_chrono {
	TCP_CHRONO_NONE,
	TCP_CHRONO_BUSY,
	TCP_CHRONO_RWND_LIMITED,
	TCP_CHRONO_SNDBUF_LIMITED,
	TCP_CHRONO_N
};

/* The running time goes to the kind it was measured for; from now on it counts for `kind`. Needs a flight. */
void sea_tcp_chrono_set(struct tcp_conn *c, enum tcp_chrono kind);
/* `kind` is over: all is acknowledged, or the sender is merely busy again. */
void sea_tcp_chrono_stop(struct tcp_conn *c, enum tcp_chrono kind);
/* Microseconds of `kind` until now. */
uint64_t sea_tcp_chrono_us(const struct tcp_conn *c, enum tcp_chrono kind);

#endif
