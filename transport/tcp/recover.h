/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of loss recovery (recovery.h) call of each other. */
#ifndef SEA_TCP_RECOVER_H
#define SEA_TCP_RECOVER_H

#include "transport/tcp/recovery.h"

static inline bool tcp_has_sack(const struct tcp_conn *c)
{
	return c->flags & TCP_F_SACK;
}

static inline bool tcp_in_reduction(const struct tcp_conn *c)
{
	return c->fl->rec.ca_state == TCP_CA_CWR || c->fl->rec.ca_state == TCP_CA_RECOVERY;
}

static inline void tcp_count(const struct tcp_conn *c, enum sea_mib what)
{
	sea_stack_count(c->sock.stack, what);
}

static inline void tcp_count_n(const struct tcp_conn *c, enum sea_mib what, uint64_t n)
{
	sea_mib_add(&c->sock.stack->shard.counters, what, n);
}

/* -- sack.c: the scoreboard -- */

void sea_tcp_sack_apply(struct tcp_conn *c, const struct sea_tcp_seg *seg,
			struct tcp_ack_sample *a);

/* -- reorder.c: how far segments overtake each other; duplicate ACKs without SACK -- */

/* What stands at `low` was delivered after what ends at fack. */
void sea_tcp_reorder_seen(struct tcp_conn *c, sea_seq low, bool by_ts);
/* Duplicate ACKs say that n more segments have arrived. */
void sea_tcp_dup_add(struct tcp_conn *c, uint32_t n);
/* `acked` segments were acknowledged: some duplicate ACKs were theirs. */
void sea_tcp_dup_remove(struct tcp_conn *c, uint32_t acked);
/* Segments were taken for lost by other signs: no duplicate speaks of them. */
void sea_tcp_dup_limit(struct tcp_conn *c);
/* RFC 6582: the oldest segment is lost after dupthresh duplicates, or after a partial ACK. */
void sea_tcp_newreno_mark(struct tcp_conn *c, struct tcp_ack_sample *a);

/* -- acked.c: the queue is cleaned, round trips are measured -- */

void sea_tcp_acked_clean(struct tcp_conn *c, struct tcp_ack_sample *a);
/* A lone segment that is not full: the ACK may have waited for another, and tells of no shortest round trip. */
static inline bool tcp_ack_may_be_delayed(const struct tcp_conn *c, const struct tcp_ack_sample *a)
{
	return a->whole && a->acked_segs == 1 && !a->prior_sacked && !a->sacked_segs && !a->dsack &&
	       !a->syn_acked && !a->retrans_acked &&
	       sea_seq_diff(c->snd_una, a->prior_una) < c->mss_cache;
}

/* -- undo.c: was the reduction needless? -- */

void sea_tcp_undo_begin(struct tcp_conn *c);
bool sea_tcp_any_retrans_out(const struct tcp_conn *c);
/* The ACK is for what was sent before anything was resent. */
bool sea_tcp_original_arrived(const struct tcp_conn *c, const struct tcp_ack_sample *a);
/* OPEN, or DISORDER while something is SACKed, lost or resent. */
void sea_tcp_keep_open(struct tcp_conn *c);
/* Each: true when the state is settled and nothing more is to be looked at. */
bool sea_tcp_undo_recovery(struct tcp_conn *c, const struct tcp_ack_sample *a);
bool sea_tcp_undo_partial(struct tcp_conn *c, const struct tcp_ack_sample *a);
bool sea_tcp_undo_dsack(struct tcp_conn *c);
bool sea_tcp_undo_loss(struct tcp_conn *c, const struct tcp_ack_sample *a, bool frto);

/* -- loss.c: retransmission timeouts -- */

/* What is larger than the MSS now goes again in pieces, as no sign of congestion. */
void sea_tcp_retransmit_smaller(struct tcp_conn *c);
/* What is marked lost goes again, as no sign of congestion. */
void sea_tcp_retransmit_uncongested(struct tcp_conn *c);
void sea_tcp_loss_ack(struct tcp_conn *c, struct tcp_ack_sample *a, uint32_t dup_acks);

/* -- tlp.c -- */

void sea_tcp_tlp_ack(struct tcp_conn *c, sea_seq ack, const struct tcp_ack_sample *a);

/* -- cwnd.c -- */

uint32_t sea_tcp_current_ssthresh(const struct tcp_conn *c);
void sea_tcp_begin_reduction(struct tcp_conn *c);
void sea_tcp_end_reduction(struct tcp_conn *c);
/* What the controller is told of an ACK. */
void sea_tcp_cwnd_view(const struct tcp_conn *c, const struct tcp_ack_sample *a,
		       struct tcp_cc_ack *view);
/* Tells the controller of a round trip, which may end slow start. */
void sea_tcp_cwnd_rtt(struct tcp_conn *c, const struct tcp_ack_sample *a, struct tcp_cc_ack *view);
/* The window after an ACK: PRR in a reduction, else the controller. */
void sea_tcp_cwnd_ack(struct tcp_conn *c, const struct tcp_ack_sample *a,
		      const struct tcp_cc_ack *view);
/* One step of a reduction, for `delivered` segments; `safe` as in prr.h. */
void sea_tcp_cwnd_reduce(struct tcp_conn *c, uint32_t delivered, bool safe);

#endif
