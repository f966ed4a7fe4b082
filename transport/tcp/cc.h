/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Congestion control: a narrow view of the connection and a small table of functions, one file per
 * algorithm. Windows are in segments, as in Linux. A controller keeps its state in `priv`: plain
 * integers, no pointers, so that it can be saved as bytes; it reads no clock.
 */
#ifndef SEA_TCP_CC_H
#define SEA_TCP_CC_H

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include <seastack/time.h>

#define TCP_CC_PRIV 64
#define TCP_CWND_INIT 10 /* RFC 6928 */
#define TCP_SSTHRESH_INFINITE 0x7fffffffu
#define TCP_CC_NAME_MAX 16

struct tcp_cc;
struct tcp_model;
struct tcp_model_ops;

/* What one ACK tells a controller. */
struct tcp_cc_ack {
	sea_time now;
	uint32_t acked;               /* segments newly acknowledged, cumulatively or by SACK */
	uint32_t in_flight;           /* segments before this ACK */
	uint32_t rtt_us;              /* this ACK's sample; 0: none */
	uint32_t min_rtt_us, srtt_us; /* srtt unscaled */
	uint32_t snd_una;             /* raw values, for round counting only */
	uint32_t snd_nxt;
	uint64_t pacing_rate; /* bytes a second, as after the ACK before */
	bool paced;           /* segments leave at that rate, not at once */
	bool cwnd_limited;    /* the window was full when the data was sent (RFC 7661 spirit) */
};

/* What an ACK, whatever it acknowledges, tells a controller that goes by marks: totals of the connection. */
struct tcp_cc_marks {
	sea_time now;
	uint32_t srtt_us, min_rtt_us;     /* srtt unscaled; min_rtt UINT32_MAX: none is known */
	uint32_t snd_una, snd_nxt;        /* raw values, for round counting only */
	uint32_t delivered, delivered_ce; /* segments, and those of them that were marked */
};

/* TCP_CC_INFO: struct tcp_dctcp_info of <linux/inet_diag.h>. Bytes are of the round trip that is not over. */
struct tcp_cc_info {
	uint16_t enabled, ce_state;
	uint32_t alpha, bytes_marked, bytes;
};

enum tcp_cc_event {
	TCP_CC_TX_START,     /* first transmission after nothing was in flight for idle_ns */
	TCP_CC_CWND_RESTART, /* slow start after idle is about to reduce cwnd */
	TCP_CC_COMPLETE_CWR, /* a reduction is complete */
	TCP_CC_LOSS,         /* a retransmission timeout */
	TCP_CC_RTO,          /* the same, before the window changes, after ssthresh was asked for */
	TCP_CC_LOST, /* recovery from a loss begins; ssthresh was asked for, cwnd is as it was */
};

struct tcp_cc_ops {
	const char *name;
	/* Who has it is paced, and stays so with another controller (pacing.h); neither Reno nor CUBIC asks for it. */
	bool paced;
	/*
	 * Who goes by marks alone: takes its place on a connection without ECN. Its SYN asks for ECN, all that it sends
	 * is ECT(0), and each change of marks is told of by an ACK of its own (RFC 8257 §3.2, 3.4). NULL: anybody else.
	 */
	const struct tcp_cc_ops *without_ecn;
	/* L4S (RFC 9331): its SYN asks for Accurate ECN, without which the other takes its place; what it sends is ECT(1). */
	bool l4s;
	/* Who goes by a model of the path (model.h): neither cong_avoid nor acked is asked. NULL: anybody else. */
	const struct tcp_model_ops *model;
	void (*init)(struct tcp_cc *cc, sea_time now);
	/* The slow-start threshold after a loss; asked once per episode, before cwnd changes. */
	uint32_t (*ssthresh)(struct tcp_cc *cc);
	/* Grows cwnd for an ACK that is no part of a recovery. */
	void (*cong_avoid)(struct tcp_cc *cc, const struct tcp_cc_ack *ack);
	/* Every ACK, for delay-based rules (HyStart); may be NULL. */
	void (*acked)(struct tcp_cc *cc, const struct tcp_cc_ack *ack);
	/* An ACK while the window is being reduced for a mark: may raise ssthresh, where it will end. May be NULL. */
	void (*grow_in_cwr)(struct tcp_cc *cc, const struct tcp_cc_ack *ack);
	/* Every ACK, before anything is made of it; may be NULL. */
	void (*marks)(struct tcp_cc *cc, const struct tcp_cc_marks *m);
	/* What TCP_CC_INFO tells but for ce_state, in segments for bytes; NULL: nothing. */
	void (*info)(const struct tcp_cc *cc, const struct tcp_cc_marks *m,
		     struct tcp_cc_info *info);
	/* The window before a loss that was none. */
	uint32_t (*undo_cwnd)(struct tcp_cc *cc);
	void (*event)(struct tcp_cc *cc, enum tcp_cc_event event, sea_time now,
		      int64_t idle_ns); /* may be NULL */
};

/* Why a controller ended slow start before a loss did (RFC 9406's predecessor, HyStart). */
enum tcp_cc_exit { TCP_CC_EXIT_NONE, TCP_CC_EXIT_TRAIN, TCP_CC_EXIT_DELAY };

struct tcp_cc {
	const struct tcp_cc_ops *ops;
	uint32_t cwnd, ssthresh;
	uint32_t cwnd_cnt; /* acknowledged segments towards the next increase */
	uint32_t cwnd_clamp;
	uint32_t prior_cwnd; /* before the current reduction */
	uint8_t exit;        /* enum tcp_cc_exit, for the caller to count and clear */
	union {
		alignas(8) uint8_t priv[TCP_CC_PRIV];
		struct tcp_model *model; /* of its own; NULL: it has not begun */
	};
};

static inline bool sea_tcp_in_slow_start(const struct tcp_cc *cc)
{
	return cc->cwnd < cc->ssthresh;
}

void sea_tcp_cc_init(struct tcp_cc *cc, const struct tcp_cc_ops *ops, sea_time now);
/* Changes the algorithm, keeping cwnd and ssthresh. */
void sea_tcp_cc_switch(struct tcp_cc *cc, const struct tcp_cc_ops *ops, sea_time now);
/* Tells a controller that cares; idle_ns counts with TCP_CC_TX_START only. */
void sea_tcp_cc_event(struct tcp_cc *cc, enum tcp_cc_event event, sea_time now, int64_t idle_ns);
/* By name ("cubic", "reno"); NULL. */
const struct tcp_cc_ops *sea_tcp_cc_find(const char *name);
/* The same, and those that only take another's place. */
const struct tcp_cc_ops *sea_tcp_cc_find_any(const char *name);
/* Algorithm number i, for tcp_available_congestion_control; NULL at the end. */
const struct tcp_cc_ops *sea_tcp_cc_at(unsigned i);

/* Shared steps (RFC 5681): grows in slow start, returns the segments left over at ssthresh. */
uint32_t sea_tcp_cc_slow_start(struct tcp_cc *cc, uint32_t acked);
/* One more segment a window `w` of acknowledged ones. */
void sea_tcp_cc_additive(struct tcp_cc *cc, uint32_t w, uint32_t acked);

/* Reno's way to grow. */
void sea_tcp_reno_cong_avoid(struct tcp_cc *cc, const struct tcp_cc_ack *ack);

extern const struct tcp_cc_ops sea_tcp_reno, sea_tcp_cubic, sea_tcp_bbr, sea_tcp_bbr3,
	sea_tcp_dctcp, sea_tcp_dctcp_reno, sea_tcp_prague;

#endif
