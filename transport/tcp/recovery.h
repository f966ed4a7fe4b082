/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The send side's answer to acknowledgments: cleaning the retransmit queue, RTT samples, SACK
 * scoreboard, RACK and TLP (RFC 8985), PRR (RFC 6937), undo (RFC 3522/4015 by timestamps, 2883 by
 * DSACK), F-RTO (RFC 5682), congestion control. ack.c calls it once per acceptable ACK; timers.c for
 * a timeout.
 */
#ifndef SEA_TCP_RECOVERY_H
#define SEA_TCP_RECOVERY_H

#include "transport/tcp/conn.h"

/* What one ACK brought, before and after. */
struct tcp_ack_sample {
	sea_seq prior_una;
	uint32_t prior_in_flight, prior_packets_out;
	uint32_t acked_bytes;             /* cumulatively */
	uint32_t acked_segs, sacked_segs; /* newly delivered each way */
	uint64_t prior_delivered;
	int64_t rtt_us, ca_rtt_us; /* -1: none; ca: of the last segment delivered */
	sea_time first_sent;       /* of the newest entry that was acknowledged and never resent */
	bool window_update;        /* snd_wnd changed */
	bool data;                 /* the segment carried payload or FIN: no duplicate ACK */
	bool dsack;                /* a DSACK block came with it */
	bool ts_echo;              /* seg had a usable TSecr */
	uint32_t ts_ecr;
	bool orig_acked; /* something never retransmitted was delivered (F-RTO, undo) */
	bool lost_retrans;
	bool reord;
	sea_seq reord_low; /* lowest SACK/ACK below fack that was never retransmitted */
	sea_time rate_first_tx;
};

void sea_tcp_recovery_init(struct tcp_conn *c);

/*
 * SND.UNA moves to `ack` (it may be equal), `seg` carries SACK blocks: updates txq, sendbuf, RTT,
 * RACK, ca_state, cwnd; retransmits what recovery wants sent at once (through sea_tcp_retransmit())
 * and rearms timers. seg->ack was judged acceptable, snd_una and snd_wnd are still the old ones and
 * are written here through `a`.
 */
void sea_tcp_recovery_ack(struct tcp_conn *c, const struct sea_tcp_seg *seg,
			  struct tcp_ack_sample *a);

/* The retransmission timer expired: everything out is lost (RFC 6298 §5, F-RTO as Linux). */
void sea_tcp_recovery_rto(struct tcp_conn *c);
/* The reordering timer: marks what RACK now takes for lost, retransmits. */
void sea_tcp_recovery_reo(struct tcp_conn *c);
/* The probe timer: sends a tail loss probe (new data, else the last segment again). */
void sea_tcp_recovery_tlp(struct tcp_conn *c);
/* When the probe should fire from now, in ns; -1 when no probe is to be scheduled. */
int64_t sea_tcp_tlp_timeout_ns(const struct tcp_conn *c);
/* A transmission was lost on our own machine (queue full): Linux enters CWR. */
void sea_tcp_enter_cwr(struct tcp_conn *c);

/* cwnd.c: validation (RFC 2861, 7661): after sending, after idle. */
void sea_tcp_cwnd_validate(struct tcp_conn *c, bool cwnd_limited);
void sea_tcp_cwnd_after_idle(struct tcp_conn *c);
/* Segments that cwnd lets go out now. */
uint32_t sea_tcp_cwnd_room(const struct tcp_conn *c);

/* rate.c: delivery-rate samples (for tcp_info, BBR later). */
void sea_tcp_rate_sent(struct tcp_conn *c, struct tcp_txseg *seg);
void sea_tcp_rate_delivered(struct tcp_conn *c, const struct tcp_txseg *seg,
			    struct tcp_ack_sample *a);

#endif
