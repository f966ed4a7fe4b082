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

/* What an ACK says of packets that were marked (ECN). */
enum tcp_ack_marks {
	TCP_ACK_MARKED = 1,  /* some were: ECE of RFC 3168 */
	TCP_ACK_COUNTED = 2, /* some were, and are counted */
	/* With the two bits that follow, and ACE in the lower three: still to be looked at (accecn.h). */
	TCP_ACK_ACE = 16,
	TCP_ACK_TS_NEWS = 8, /* its timestamp is newer than any before */
};

/* What one ACK brought. The caller says `data`, `window_update` and `ece`; all else is found out. */
struct tcp_ack_sample {
	bool data;          /* the segment carried payload or FIN: no duplicate ACK */
	bool window_update; /* snd_wnd changed */
	uint8_t ece;        /* of enum tcp_ack_marks */

	sea_seq prior_una, prior_fack;
	uint32_t prior_in_flight, prior_packets_out, prior_sacked;
	uint64_t prior_delivered;                                /* c->delivered before */
	uint32_t acked_bytes;                                    /* cumulatively */
	uint32_t acked_segs, sacked_segs, lost_segs, dsack_segs; /* newly */
	uint32_t marked_segs;      /* of those delivered: counted already */
	int64_t rtt_us, ca_rtt_us; /* -1: none; ca: of the last segment delivered */
	bool ts_echo;              /* the segment had a usable TSecr */
	uint32_t ts_ecr;
	/* First sendings of entries never resent, by what delivered them; NEVER: there is none. */
	sea_time acked_first, acked_last, sacked_first, sacked_last;
	sea_seq reord_low; /* lowest delivered below fack that was never retransmitted */

	bool una_advanced, data_acked, syn_acked;
	bool retrans_acked; /* something resent was acknowledged: no RTT sample (Karn) */
	bool dsack, dsack_tlp;
	bool orig_delivered; /* something never resent, sent before high_seq, was (F-RTO) */
	bool reneging;       /* the peer dropped what it had SACKed */
	bool lost_retrans;
	bool set_timer; /* restart the retransmission timer */
	bool whole;     /* what it acknowledged cumulatively ends where a sending did */
	enum { TCP_RESEND_NONE, TCP_RESEND_LOST, TCP_SEND_NEW } resend;

	/* The newest delivered entry's stamps (rate.c). */
	uint64_t rate_prior_delivered;
	sea_time rate_prior_stamp, rate_sent;
	int64_t rate_send_ns;
	bool rate_valid, rate_app_limited;
	struct tcp_sent_path rate_path;
	bool sack_reneg; /* what is delivered may have been before: no rate is to be had */
};

/*
 * SND.UNA moves to seg->ack (it may be equal or, with news in SACK blocks, older), which was judged
 * acceptable; snd_wnd is the new one already. Updates snd_una, txq, sendbuf, RTT, RACK, ca_state,
 * cwnd; retransmits what recovery wants sent at once (through sea_tcp_retransmit()) and restarts
 * timers. New data is the caller's to send. Needs a flight; without memory for one nothing happens.
 */
void sea_tcp_recovery_ack(struct tcp_conn *c, const struct sea_tcp_seg *seg,
			  struct tcp_ack_sample *a);

/*
 * An entry was sent again just now: tells the queue, RACK, PRR and undo. As a loss probe it is not out a second
 * time, and there is nothing to undo (as Linux).
 */
void sea_tcp_recovery_resent(struct tcp_conn *c, struct tcp_txseg *seg, bool probe);
/* `segs` of new data were sent just now. */
static inline void sea_tcp_recovery_sent(struct tcp_conn *c, uint32_t segs)
{
	c->fl->rec.prr_out += segs;
}
/* Sends what is lost and waits, as far as cwnd allows: after the link took packets (TSQ). */
void sea_tcp_recovery_push(struct tcp_conn *c);

/*
 * The retransmission timer expired: takes what RACK does not vouch for as lost (RFC 6298 §5, F-RTO as
 * Linux) and sends the oldest again. Counting c->retransmits and backing off is the caller's, after.
 */
void sea_tcp_recovery_rto(struct tcp_conn *c);
/* What a timeout does to the windows, where nothing is sent again. */
void sea_tcp_enter_loss(struct tcp_conn *c);
/* Timeouts in a row are over (tcp_info). */
void sea_tcp_end_timeouts(struct tcp_conn *c);
/* The reordering timer: marks what RACK now takes for lost, retransmits. */
void sea_tcp_recovery_reo(struct tcp_conn *c);
/* The probe timer: sends a tail loss probe (new data, else the last segment again). */
void sea_tcp_recovery_tlp(struct tcp_conn *c);
/*
 * When the probe should fire from now, in ns; -1 when no probe is to be scheduled. Where the timeout
 * is due earlier, the probe takes its place.
 */
int64_t sea_tcp_tlp_timeout_ns(const struct tcp_conn *c);
/* A transmission was lost on our own machine (queue full): Linux enters CWR. */
void sea_tcp_enter_cwr(struct tcp_conn *c);

/* For how long the shortest round trip counts. */
static inline int64_t tcp_min_rtt_window_ns(const struct tcp_conn *c)
{
	return sea_tcp_st(c)->sysctl.min_rtt_wlen * SEA_SEC;
}

/* -- collapse.c -- */

/* What follows the entry, which is about to be sent again, joins it as far as one segment holds it (tcp_retrans_collapse). */
void sea_tcp_collapse(struct tcp_conn *c, struct tcp_txseg *seg);

/* cwnd.c: validation (RFC 2861, 7661): after sending, after idle. */
void sea_tcp_cwnd_validate(struct tcp_conn *c, bool cwnd_limited);
void sea_tcp_cwnd_after_idle(struct tcp_conn *c);
/* Segments that cwnd lets go out now. */
static inline uint32_t sea_tcp_cwnd_room(const struct tcp_conn *c)
{
	uint32_t out = sea_tcp_txq_in_flight(&c->fl->txq);

	return c->cc.cwnd > out ? c->cc.cwnd - out : 0;
}

/* rate.c: delivery-rate samples (for tcp_info and models, model.h). */
void sea_tcp_rate_sent(struct tcp_conn *c, struct tcp_txseg *seg);
void sea_tcp_rate_delivered(struct tcp_conn *c, const struct tcp_txseg *seg,
			    struct tcp_ack_sample *a);
void sea_tcp_rate_ack(struct tcp_conn *c, const struct tcp_ack_sample *a);
/* What the ACK measured: segments in *us, which is -1 where it is not to be believed. False: nothing. */
bool sea_tcp_rate_sample(const struct tcp_conn *c, const struct tcp_ack_sample *a,
			 uint32_t *delivered, int64_t *us);
/* What is out, and what was delivered before it, tells nothing of the path's rate. */
void sea_tcp_rate_limited(struct tcp_conn *c);
/* The program wrote: was it what kept the path idle? */
void sea_tcp_rate_check_app_limited(struct tcp_conn *c);
/* Bytes a second of the last good sample; 0: none. */
uint64_t sea_tcp_delivery_rate(const struct tcp_conn *c);

#endif
