/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides whether a reduction of the window was needless, and takes it back: when an ACK echoes a
 * timestamp from before the retransmission (Eifel, RFC 3522), when DSACKs say that every
 * retransmission arrived twice (RFC 3708), or when F-RTO does (RFC 5682).
 */
#include "transport/tcp/ecn.h"
#include "transport/tcp/recover.h"

void sea_tcp_undo_begin(struct tcp_conn *c)
{
	struct tcp_recovery *rec = &c->fl->rec;

	rec->undo_valid = true;
	rec->undo_marker = c->snd_una;
	rec->undo_retrans = (int32_t)c->fl->txq.retrans_out;
	/* A loss probe may have been resent and acknowledged already: it counts. */
	if (rec->tlp_out && rec->tlp_retrans)
		rec->undo_retrans++;
	if (!rec->undo_retrans)
		rec->undo_retrans = -1;
}

bool sea_tcp_any_retrans_out(const struct tcp_conn *c)
{
	const struct tcp_txseg *head = sea_tcp_txq_first(&c->fl->txq);

	return c->fl->txq.retrans_out || (head && (head->bits & TCP_TX_EVER_RETRANS));
}

static void forget_stamp(struct tcp_conn *c)
{
	if (!sea_tcp_any_retrans_out(c))
		c->fl->rec.retrans_stamp = SEA_TIME_ZERO;
}

void sea_tcp_keep_open(struct tcp_conn *c)
{
	const struct tcp_txq *q = &c->fl->txq;
	bool doubt = q->sacked_out || q->dup_acked || q->lost_out || sea_tcp_any_retrans_out(c);
	uint8_t state = doubt ? TCP_CA_DISORDER : TCP_CA_OPEN;

	if (c->fl->rec.ca_state == state)
		return;
	c->fl->rec.ca_state = state;
	c->fl->rec.high_seq = c->snd_nxt;
}

bool sea_tcp_original_arrived(const struct tcp_conn *c, const struct tcp_ack_sample *a)
{
	sea_time stamp = c->fl->rec.retrans_stamp;

	if (!stamp.ns)
		return true; /* nothing was resent */
	return a->ts_echo && (int32_t)(a->ts_ecr - tcp_ts_at(c, stamp)) < 0;
}

static bool may_undo(const struct tcp_conn *c, const struct tcp_ack_sample *a)
{
	return c->fl->rec.undo_valid &&
	       (!c->fl->rec.undo_retrans || sea_tcp_original_arrived(c, a));
}

static void undo(struct tcp_conn *c, bool unmark_lost)
{
	struct tcp_recovery *rec = &c->fl->rec;

	if (unmark_lost)
		sea_tcp_txq_unmark_lost(&c->fl->txq);
	if (rec->prior_ssthresh) {
		c->cc.cwnd = c->cc.ops->undo_cwnd(&c->cc);
		if (rec->prior_ssthresh > c->cc.ssthresh) {
			c->cc.ssthresh = rec->prior_ssthresh;
			tcp_ecn_withdraw_cwr(c);
		}
	}
	c->cwnd_stamp = tcp_now(c);
	rec->undo_valid = false;
	rec->rack_advanced = true; /* what is out is to be judged again */
}

/*
 * Without SACK the state stays until something above high_seq is acknowledged: duplicates of what
 * was resent would look like a new loss (RFC 6582 §4).
 */
static bool must_stay(struct tcp_conn *c)
{
	if (tcp_has_sack(c) || !sea_seq_eq(c->snd_una, c->fl->rec.high_seq))
		return false;
	forget_stamp(c);
	return true;
}

bool sea_tcp_undo_recovery(struct tcp_conn *c, const struct tcp_ack_sample *a)
{
	struct tcp_recovery *rec = &c->fl->rec;

	if (may_undo(c, a)) {
		tcp_count(c, rec->ca_state == TCP_CA_LOSS ? SEA_MIB_TcpExtTCPLossUndo
							  : SEA_MIB_TcpExtTCPFullUndo);
		undo(c, false);
	} else if (rec->reo_wnd_persist) {
		rec->reo_wnd_persist--;
	}
	if (must_stay(c))
		return true;
	rec->ca_state = TCP_CA_OPEN;
	rec->sack_reneg = false;
	return false;
}

bool sea_tcp_undo_partial(struct tcp_conn *c, const struct tcp_ack_sample *a)
{
	if (!c->fl->rec.undo_valid || !sea_tcp_original_arrived(c, a))
		return false;
	/* The hole was filled by a late segment, not by its retransmission. */
	sea_tcp_reorder_seen(c, a->prior_una, true);
	/* What was resent is still out: wait for what becomes of it. */
	if (c->fl->txq.retrans_out)
		return true;
	forget_stamp(c);
	undo(c, true);
	tcp_count(c, SEA_MIB_TcpExtTCPPartialUndo);
	sea_tcp_keep_open(c);
	return true;
}

bool sea_tcp_undo_dsack(struct tcp_conn *c)
{
	struct tcp_recovery *rec = &c->fl->rec;

	if (!rec->undo_valid || rec->undo_retrans)
		return false;
	if (rec->reo_wnd_persist < 16)
		rec->reo_wnd_persist++;
	undo(c, false);
	tcp_count(c, SEA_MIB_TcpExtTCPDSACKUndo);
	return true;
}

bool sea_tcp_undo_loss(struct tcp_conn *c, const struct tcp_ack_sample *a, bool frto)
{
	if (!frto && !may_undo(c, a))
		return false;
	undo(c, true);
	tcp_count(c, SEA_MIB_TcpExtTCPLossUndo);
	if (frto)
		tcp_count(c, SEA_MIB_TcpExtTCPSpuriousRTOs);
	c->retransmits = 0;
	if (must_stay(c))
		return true;
	if (frto || tcp_has_sack(c)) {
		c->fl->rec.ca_state = TCP_CA_OPEN;
		c->fl->rec.sack_reneg = false;
	}
	return true;
}
