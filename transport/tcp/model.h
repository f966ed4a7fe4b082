/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Congestion control by a model of the path (BBR) instead of by loss: window and pacing rate are the controller's own,
 * after each ACK, in every state of recovery. What it remembers is larger than tcp_cc.priv, so it has memory of its own
 * from the moment the connection is established; without memory the connection has Reno.
 *
 *	 recovery ──── tcp_path: what was measured ────► model ──── cwnd, pacing_rate ────► output, pacing
 *
 * Models are leaves: integers alone (they are saved as bytes), no clock, no packets. Counts are in segments.
 */
#ifndef SEA_TCP_MODEL_H
#define SEA_TCP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seastack/time.h>

#include "transport/tcp/cc.h"
#include "transport/tcp/txq.h"

#define TCP_CC_INFO_MAX 20 /* union tcp_cc_info of <linux/inet_diag.h> */
#define TCP_RTT_UNKNOWN UINT32_MAX

/* What a model may know of the connection. */
struct tcp_path {
	sea_time now;
	sea_time delivered_at;    /* the last delivery */
	sea_time departure;       /* the earliest of what is sent next: `now` or later */
	uint32_t delivered, lost; /* totals */
	uint32_t in_flight;
	uint32_t srtt_us;    /* in eighths; 0: none yet */
	uint32_t min_rtt_us; /* TCP_RTT_UNKNOWN */
	uint32_t mss;
	uint64_t max_pacing_rate; /* of the program; UINT64_MAX: none */
	uint8_t ca_state;         /* TCP_CA_* */
	uint32_t seed;            /* begin() alone */

	/* Of an ACK: */
	uint32_t prior_in_flight;
	uint32_t acked;       /* newly delivered */
	uint32_t losses;      /* newly taken for lost */
	uint32_t lost_ranges; /* in how many places */
	bool cwnd_limited;    /* the window was full when it was sent */
	bool has_sack;
	int64_t rtt_us;           /* -1: none */
	bool ack_delayed;         /* perhaps: rtt_us may be too long */
	bool sampled;             /* the next six say something */
	bool app_limited;         /* the program, not the path, was the limit */
	uint32_t in_time;         /* delivered in interval_us */
	int64_t interval_us;      /* <= 0: none that can be believed */
	uint32_t prior_delivered; /* when what was delivered last was sent */
	uint32_t tx_in_flight;    /* then, with itself */
	uint32_t lost_since;      /* since then */
	struct tcp_lost lost_one; /* of `losses` */

	/* Set by the model: what is delivered from here on says nothing of the bandwidth, until it is acknowledged. */
	bool limits_itself;
};

/* What each model's memory begins with. */
struct tcp_model {
	uint64_t pacing_rate; /* bytes a second */
	uint32_t lost;        /* segments, since it began */
	uint32_t random;      /* never 0 */
};

struct tcp_model_ops {
	size_t size;
	/* The connection is established, or has another controller from now on; memory is zeroed. */
	void (*begin)(struct tcp_cc *cc, const struct tcp_path *p);
	/* After each ACK. */
	void (*ack)(struct tcp_cc *cc, struct tcp_path *p);
	/* Something is sent after nothing was in flight because the program wrote nothing. */
	void (*restart)(struct tcp_cc *cc, const struct tcp_path *p);
	/* The retransmission timer expired: the window is one segment. */
	void (*timeout)(struct tcp_cc *cc, const struct tcp_path *p);
	/* Segments that a burst has at least. */
	uint32_t (*min_tso_segs)(const struct tcp_cc *cc);
	/* What was loaded may be anything: does what is an index stay inside? */
	bool (*is_sane)(const struct tcp_cc *cc);
	/* TCP_CC_INFO: fills TCP_CC_INFO_MAX bytes, returns how many count. */
	size_t (*info)(const struct tcp_cc *cc, uint32_t mss, void *info);
};

static inline uint32_t tcp_model_random(struct tcp_model *m)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 17;
	m->random ^= m->random << 5;
	return m->random;
}

/* -- model.c: between a connection and its model; all but begin() want one that has begun -- */

struct tcp_conn;
struct tcp_ack_sample;
struct tcp_txseg;
struct sea_saver;
struct sea_loader;

/* Nothing where the controller has no model, or its model has begun. */
void sea_tcp_model_begin(struct tcp_conn *c);
/* Before the controller changes, or the connection goes. */
void sea_tcp_model_free(struct tcp_conn *c);
void sea_tcp_model_ack(struct tcp_conn *c, const struct tcp_ack_sample *a);
void sea_tcp_model_restart(struct tcp_conn *c);
void sea_tcp_model_timeout(struct tcp_conn *c);
/* What was lost up to now is no news of the next ACK. */
void sea_tcp_model_count_lost(struct tcp_conn *c);
/* An entry was sent just now. */
void sea_tcp_model_sent(const struct tcp_conn *c, struct tcp_txseg *seg);

void sea_tcp_model_save(struct sea_saver *to, const struct tcp_conn *c);
void sea_tcp_model_load(struct sea_loader *from, struct tcp_conn *c);

#endif
