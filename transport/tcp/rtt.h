/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Round-trip time and retransmission timeout: RFC 6298 with Linux's refinements (mdev_max over one
 * window, RTO_MIN 200 ms as a floor of the variance, a decrease of RTT that does not raise it).
 * A leaf: `now` is an argument, all values in microseconds, srtt scaled by 8 and mdev by 4.
 */
#ifndef SEA_TCP_RTT_H
#define SEA_TCP_RTT_H

#include <stdint.h>

#include <seastack/time.h>

#include "transport/tcp/extreme.h"
#include "wire/tcp.h"

#define TCP_RTO_MIN_US 200000u
#define TCP_RTO_MAX_US 120000000u
#define TCP_RTO_INIT_US 1000000u
/* RFC 6298 §5.7: after a SYN was retransmitted. */
#define TCP_RTO_FALLBACK_US 3000000u

struct tcp_rtt {
	uint32_t srtt_us; /* << 3; 0: no sample yet */
	uint32_t mdev_us; /* << 2 */
	uint32_t mdev_max_us, rttvar_us;
	sea_seq rtt_seq; /* the window that mdev_max covers ends here */
	uint32_t rto_us; /* without backoff */
	uint32_t rto_min_us;
	struct tcp_extreme min_rtt; /* us, of the last tcp_min_rtt_wlen; UINT32_MAX: none */
};

void sea_tcp_rtt_init(struct tcp_rtt *rtt);

/* The handshake gave no measurement (RFC 6298 §5.7): the RTO begins anew, and larger. */
void sea_tcp_rtt_fall_back(struct tcp_rtt *rtt);

/* One valid measurement (Karn's rule is the caller's). Recomputes rto_us. */
void sea_tcp_rtt_sample(struct tcp_rtt *rtt, uint32_t rtt_us, sea_seq snd_una, sea_seq snd_nxt);

/* The way is known to be longer by `us` from now on, or shorter; what was the shortest is forgotten. */
void sea_tcp_rtt_shift(struct tcp_rtt *rtt, int64_t us);

/* The shortest that is known, in us; UINT32_MAX: none is. */
static inline uint32_t tcp_min_rtt_us(const struct tcp_rtt *rtt)
{
	return tcp_extreme(&rtt->min_rtt);
}

/* For the shortest, which is forgotten after `window_ns`: of the newest data that an ACK delivered. */
void sea_tcp_rtt_min(struct tcp_rtt *rtt, uint32_t rtt_us, int64_t window_ns, sea_time now);

/* The timeout after `backoff` expiries: rto << backoff, at most TCP_RTO_MAX_US. */
int64_t sea_tcp_rto_ns(const struct tcp_rtt *rtt, unsigned backoff);

#endif
