/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RACK (RFC 8985): a segment is lost when one sent sufficiently later was delivered. A leaf: knows
 * the retransmit queue and times, no packets.
 */
#ifndef SEA_TCP_RACK_H
#define SEA_TCP_RACK_H

#include "transport/tcp/recstate.h"
#include "transport/tcp/rtt.h"
#include "transport/tcp/txq.h"

/* net.ipv4.tcp_recovery */
#define TCP_RACK_ON 1
#define TCP_RACK_STATIC_REO_WND 2
#define TCP_RACK_NO_DUPTHRESH 4

void sea_tcp_rack_init(struct tcp_recovery *rec, uint32_t reordering);

/* Steps 1 and 2: an entry was delivered as far as `end`. */
void sea_tcp_rack_delivered(struct tcp_recovery *rec, const struct tcp_rtt *rtt,
			    const struct tcp_txseg *seg, sea_seq end, sea_time now);

/* Step 4: widens the reordering window once a round trip with DSACKs. */
void sea_tcp_rack_adapt(struct tcp_recovery *rec, uint64_t prior_delivered, uint64_t delivered,
			int sysctl);

/* The reordering window now. */
uint32_t sea_tcp_rack_reo_wnd_us(const struct tcp_recovery *rec, const struct tcp_rtt *rtt,
				 const struct tcp_txq *q, int sysctl);

/* Microseconds until `seg` is lost unless it is delivered; 0 or less: it is. */
int64_t sea_tcp_rack_left_us(const struct tcp_recovery *rec, const struct tcp_txseg *seg,
			     uint32_t reo_wnd_us, sea_time now);

struct tcp_rack_result {
	uint32_t lost;         /* segments newly marked */
	uint32_t lost_retrans; /* of these, ones that had been sent again already */
	int64_t wait_us;       /* until the last of the doubtful ones is; 0: none is */
};

/* Step 5: marks what is lost by now. Each entry is marked once a sending, so the work amortises. */
struct tcp_rack_result sea_tcp_rack_detect(struct tcp_recovery *rec, const struct tcp_rtt *rtt,
					   struct tcp_txq *q, int sysctl, sea_time now);

#endif
