/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The retransmit queue: what was sent and is not acknowledged, one entry a transmission (often a
 * super-segment of many MSS), in order of sequence and, for RACK, in order of the last sending. Each
 * entry has its scoreboard bits and stamps. It knows no packets, no socket and no clock. Counts are
 * in segments (MSS), as Linux's packets_out and its kin:
 *
 *	in flight = packets_out - sacked_out - lost_out + retrans_out      (RFC 6675 "pipe")
 *
 * In order of the last sending stand those entries of which RACK has still to judge: neither held by
 * the peer (or, as on Linux, once held), nor lost and waiting to be sent again.
 */
#ifndef SEA_TCP_TXQ_H
#define SEA_TCP_TXQ_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/time.h>

#include "core/list.h"
#include "core/pool.h"
#include "core/rbtree.h"
#include "wire/tcp.h"

enum tcp_txseg_bits {
	TCP_TX_SACKED = 1,       /* the peer holds it (SACK) */
	TCP_TX_LOST = 2,         /* taken for lost; to be sent again */
	TCP_TX_RETRANS = 4,      /* sent again since it was marked lost, still out */
	TCP_TX_EVER_RETRANS = 8, /* sent more than once: no RTT sample without timestamps (Karn) */
	TCP_TX_SYN = 16,         /* occupies one number before its bytes */
	TCP_TX_FIN = 32,         /* occupies one number behind its bytes */
	TCP_TX_CUT = 64, /* its first bytes were acknowledged apart from the rest of the segment */
	TCP_TX_APP_LIMITED = 128,
};

/* Lost and not yet sent again? */
static inline bool sea_tcp_tx_waits(uint8_t bits)
{
	return (bits & (TCP_TX_LOST | TCP_TX_RETRANS)) == TCP_TX_LOST;
}

/* What a model of the path (model.h) wants to know of a sending; zero of others. */
struct tcp_sent_path {
	uint32_t in_flight; /* with itself */
	uint32_t lost;      /* tcp_lost.total then */
};

/* More than one in so many lost of what was in flight is too much for a model. */
#define TCP_LOST_TOO_MANY 50u

struct tcp_lost {
	uint32_t total;  /* segments that were taken for lost, again if it was again */
	uint32_t segs;   /* those of them that the model was not told of */
	uint32_t ranges; /* in so many places ... */
	sea_seq end;     /* ... the last of which ends here */
	/* Of the latter the first entry whose flight lost too much; segs 0: none did. */
	struct {
		uint32_t segs, in_flight;
		uint32_t lost; /* since it was sent, itself included */
		bool app_limited;
	} first;
};

struct tcp_txseg {
	struct sea_rbnode by_seq;
	struct sea_list by_time;
	sea_seq seq, end;    /* [seq, end): SYN and FIN count one each */
	uint16_t segs;       /* in MSS, at least 1 */
	uint16_t mss;        /* payload a segment when it was cut */
	uint8_t bits, flags; /* TCP flags besides ACK: PSH, FIN, SYN */
	uint16_t burst_no;   /* how many sendings of the same instant went before the last */
	bool eor;            /* a record ends here (MSG_EOR): nothing joins it */
	bool taken_back;     /* the peer held it and does no more; not sent again since */
	sea_time first_sent, last_sent;
	/* The connection at the time it was sent, for delivery-rate samples. */
	uint64_t delivered;
	sea_time delivered_stamp, first_tx_stamp;
	struct tcp_sent_path path;
};

struct tcp_txq {
	struct sea_pool *pool;
	struct sea_rbtree by_seq;
	struct sea_list by_time;
	uint32_t packets_out, sacked_out, lost_out, retrans_out;
	/* Without SACK: how many segments duplicate ACKs say have left (RFC 5681 §3.2). */
	uint32_t dup_acked;
	/* No entry before it is lost and waits; NULL: none at all does. */
	struct tcp_txseg *resend_hint;
	/* The last sending of any entry. */
	sea_time burst;
	uint16_t burst_n; /* ... and how many went at that instant */
	uint32_t n;       /* entries: bounded, see sea_tcp_txq_split() */
	struct tcp_lost lost;
};

void sea_tcp_txq_init(struct tcp_txq *q, struct sea_pool *pool);
void sea_tcp_txq_fini(struct tcp_txq *q);

static inline uint32_t sea_tcp_txq_in_flight(const struct tcp_txq *q)
{
	return q->packets_out - q->sacked_out - q->dup_acked - q->lost_out + q->retrans_out;
}

struct tcp_txseg *sea_tcp_txq_first(const struct tcp_txq *q);
struct tcp_txseg *sea_tcp_txq_last(const struct tcp_txq *q);
struct tcp_txseg *sea_tcp_txq_next(const struct tcp_txseg *seg);
/* The entry that holds `seq`, or the first behind it; NULL. */
struct tcp_txseg *sea_tcp_txq_find(const struct tcp_txq *q, sea_seq seq);

/* A new entry at the end, just sent at `now`; counted. NULL: no memory. */
struct tcp_txseg *sea_tcp_txq_push(struct tcp_txq *q, sea_seq seq, sea_seq end, uint16_t mss,
				   uint8_t bits, uint8_t flags, sea_time now);

/*
 * Cuts an entry at `at` (inside it); bits and stamps are inherited, counts stay right. -ENOMEM, or
 * -ENOSPC when the queue has more entries than a bound in the number of segments allows (a hostile
 * SACK sequence, CVE-2019-11478): the caller goes on with the whole entry.
 */
int sea_tcp_txq_split(struct tcp_txq *q, struct tcp_txseg *seg, sea_seq at);

/* The next entry becomes part of this one: both are one segment, and then are one together. */
void sea_tcp_txq_join(struct tcp_txq *q, struct tcp_txseg *seg);

/* It is cut into segments of `mss` from now on. */
void sea_tcp_txq_recut(struct tcp_txq *q, struct tcp_txseg *seg, uint16_t mss);
/* Removes an entry: counts follow its bits. */
void sea_tcp_txq_remove(struct tcp_txq *q, struct tcp_txseg *seg);
/* Bytes up to `una` inside the entry are acknowledged: it begins there now. */
void sea_tcp_txq_trim(struct tcp_txq *q, struct tcp_txseg *seg, sea_seq una);

/* The lowest entry that is lost and waits to be sent again; NULL. Cheap: it keeps its place. */
struct tcp_txseg *sea_tcp_txq_next_lost(struct tcp_txq *q);

/* Sets or clears scoreboard bits; counts follow. */
void sea_tcp_txq_mark(struct tcp_txq *q, struct tcp_txseg *seg, uint8_t set, uint8_t clear);
/* The peer reneged: none is SACKed any more (RFC 2018 §8). */
void sea_tcp_txq_forget_sacks(struct tcp_txq *q);
/* Nothing is lost after all. */
void sea_tcp_txq_unmark_lost(struct tcp_txq *q);
/* It was sent again: EVER_RETRANS and `bits` (RETRANS, or 0 of a probe), stamps, last in time. */
void sea_tcp_txq_resent(struct tcp_txq *q, struct tcp_txseg *seg, uint8_t bits, sea_time now);

/* It was sent anew, as if for the first time: stamps, last in time. */
void sea_tcp_txq_renew(struct tcp_txq *q, struct tcp_txseg *seg, sea_time now);

/* Counts derived again from all entries equal the kept ones; for tests and simulation. */
bool sea_tcp_txq_check(const struct tcp_txq *q);

#endif
