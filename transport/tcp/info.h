/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct tcp_info of Linux's <linux/tcp.h>, whole: the C library's has only its first third. What we
 * do not measure is zero.
 */
#ifndef SEA_TCP_INFO_H
#define SEA_TCP_INFO_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/tcp/conn.h"

struct tcp_info_wire {
	uint8_t state, ca_state, retransmits, probes, backoff, options;
	uint8_t wscales;                   /* ours to send in the lower four bits */
	uint8_t delivery_rate_app_limited; /* and, from bit 1 on, fastopen_client_fail */
	uint32_t rto, ato, snd_mss, rcv_mss;
	uint32_t unacked, sacked, lost, retrans, fackets;
	uint32_t last_data_sent, last_ack_sent, last_data_recv, last_ack_recv;
	uint32_t pmtu, rcv_ssthresh, rtt, rttvar, snd_ssthresh, snd_cwnd, advmss, reordering;
	uint32_t rcv_rtt, rcv_space, total_retrans;
	uint64_t pacing_rate, max_pacing_rate, bytes_acked, bytes_received;
	uint32_t segs_out, segs_in, notsent_bytes, min_rtt, data_segs_in, data_segs_out;
	uint64_t delivery_rate, busy_time, rwnd_limited, sndbuf_limited;
	uint32_t delivered, delivered_ce;
	uint64_t bytes_sent, bytes_retrans;
	uint32_t dsack_dups, reord_seen, rcv_ooopack, snd_wnd, rcv_wnd, rehash;
	uint16_t total_rto, total_rto_recoveries;
	uint32_t total_rto_time, received_ce;
	uint32_t delivered_e1_bytes, delivered_e0_bytes, delivered_ce_bytes;
	uint32_t received_e1_bytes, received_e0_bytes, received_ce_bytes;
	uint32_t accecn; /* mode, option seen, failure; options2: nothing without Accurate ECN */
};
static_assert(offsetof(struct tcp_info_wire, total_retrans) == 100 &&
		      offsetof(struct tcp_info_wire, delivery_rate) == 160 &&
		      offsetof(struct tcp_info_wire, snd_wnd) == 228 &&
		      sizeof(struct tcp_info_wire) == 280,
	      "as <linux/tcp.h>");

void sea_tcp_info_fill(const struct tcp_conn *c, struct tcp_info_wire *info);

#endif
