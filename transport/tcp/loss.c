/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides what a retransmission timeout means (RFC 6298 §5, RFC 5681 §3.1), and finds out afterwards
 * whether it was spurious (F-RTO, RFC 5682, in its SACK-enhanced form).
 */
#include "transport/tcp/ecn.h"
#include "transport/tcp/model.h"
#include "transport/tcp/rack.h"
#include "transport/tcp/recover.h"

/* Which recovery failed, for the counters; only at the first timeout in a row. */
static void count_failure(const struct tcp_conn *c)
{
	bool sack = tcp_has_sack(c);

	if (c->retransmits)
		return;
	if (c->fl->rec.ca_state == TCP_CA_RECOVERY)
		tcp_count(c, sack ? SEA_MIB_TcpExtTCPSackRecoveryFail
				  : SEA_MIB_TcpExtTCPRenoRecoveryFail);
	else if (c->fl->rec.ca_state == TCP_CA_LOSS)
		tcp_count(c, SEA_MIB_TcpExtTCPLossFailures);
	else if (c->fl->rec.ca_state == TCP_CA_DISORDER || c->fl->txq.sacked_out ||
		 c->fl->txq.dup_acked)
		tcp_count(c, sack ? SEA_MIB_TcpExtTCPSackFailures : SEA_MIB_TcpExtTCPRenoFailures);
}

static void mark_one(struct tcp_conn *c, struct tcp_txseg *seg)
{
	if (seg->bits & TCP_TX_SACKED)
		return;
	if (seg->bits & TCP_TX_RETRANS)
		tcp_count_n(c, SEA_MIB_TcpExtTCPLostRetransmit, seg->segs);
	sea_tcp_txq_mark(&c->fl->txq, seg, TCP_TX_LOST, TCP_TX_RETRANS);
}

/* RACK may still vouch for what was sent lately; the oldest is lost in any case. */
static bool is_lost(const struct tcp_conn *c, const struct tcp_txseg *seg)
{
	return sea_tcp_rack_left_us(&c->fl->rec, seg, 0, tcp_now(c)) <= 0;
}

/* RFC 2018 §8: when the oldest segment was SACKed and yet timed out, the peer reneged. */
static void forget_sacks(struct tcp_conn *c)
{
	tcp_count(c, SEA_MIB_TcpExtTCPSACKReneging);
	c->fl->rec.sack_reneg = true;
	c->fl->rec.n_sack_cache = 0;
	c->fl->rec.fack = c->snd_una;
	sea_tcp_txq_forget_sacks(&c->fl->txq);
}

static void mark_lost(struct tcp_conn *c)
{
	struct tcp_txseg *head = sea_tcp_txq_first(&c->fl->txq), *seg;
	bool reneged = head && (head->bits & TCP_TX_SACKED);

	if (reneged)
		forget_sacks(c);
	c->fl->txq.dup_acked = 0;
	for (seg = head; seg; seg = sea_tcp_txq_next(seg))
		if (reneged || seg == head || is_lost(c, seg))
			mark_one(c, seg);
}

/* Once a window, however many timeouts it takes. */
static bool reduces(const struct tcp_conn *c)
{
	return c->fl->rec.ca_state <= TCP_CA_DISORDER ||
	       !sea_seq_gt(c->fl->rec.high_seq, c->snd_una) ||
	       (c->fl->rec.ca_state == TCP_CA_LOSS && !c->retransmits);
}

static void reduce(struct tcp_conn *c)
{
	c->fl->rec.prior_ssthresh = sea_tcp_current_ssthresh(c);
	c->fl->rec.prior_cwnd = c->cc.prior_cwnd = c->cc.cwnd;
	c->cc.ssthresh = c->cc.ops->ssthresh(&c->cc);
	sea_tcp_cc_event(&c->cc, TCP_CC_RTO, tcp_now(c), 0);
	sea_tcp_undo_begin(c);
}

/* So many duplicates and no recovery: the degree of reordering was overestimated. */
static void lower_reordering(struct tcp_conn *c, uint32_t held)
{
	int32_t usual = sea_tcp_st(c)->sysctl.reordering;

	if (c->fl->rec.ca_state <= TCP_CA_DISORDER && (int64_t)held >= usual &&
	    c->fl->rec.reordering > usual)
		c->fl->rec.reordering = (uint16_t)usual;
}

static void enter(struct tcp_conn *c)
{
	struct tcp_recovery *rec = &c->fl->rec;
	bool first = rec->ca_state < TCP_CA_RECOVERY;
	uint32_t held = c->fl->txq.sacked_out + c->fl->txq.dup_acked;

	mark_lost(c);
	if (reduces(c))
		reduce(c);
	c->cc.cwnd = sea_tcp_txq_in_flight(&c->fl->txq) + 1;
	c->cc.cwnd_cnt = 0;
	c->cwnd_stamp = tcp_now(c);
	lower_reordering(c, held);
	rec->ca_state = TCP_CA_LOSS;
	sea_tcp_cc_event(&c->cc, TCP_CC_LOSS, tcp_now(c), 0);
	if (c->cc.ops->model)
		sea_tcp_model_timeout(c);
	rec->high_seq = c->snd_nxt;
	tcp_ecn_queue_cwr(c);
	rec->tlp_out = false;
	/* RFC 5682 §2.1 step 1: only where no earlier recovery muddles the signs. */
	rec->frto = sea_tcp_st(c)->sysctl.frto && (first || c->retransmits);
}

void sea_tcp_recovery_rto(struct tcp_conn *c)
{
	struct tcp_txseg *head;

	count_failure(c);
	enter(c);
	head = sea_tcp_txq_first(&c->fl->txq);
	if (head)
		(void)!sea_tcp_retransmit_one(c, head, 1);
}

void sea_tcp_enter_loss(struct tcp_conn *c)
{
	if (!sea_tcp_flight(c))
		return;
	enter(c);
	tcp_flight_settle(c);
}

/* RFC 5682 §3.1 step 3; true: the state is settled. */
static bool frto(struct tcp_conn *c, struct tcp_ack_sample *a, uint32_t dup_acks, bool recovered)
{
	struct tcp_recovery *rec = &c->fl->rec;

	/* 3.b: what was never resent arrives, so it was not lost. */
	if (a->orig_delivered && sea_tcp_undo_loss(c, a, true))
		return true;
	if (sea_seq_gt(c->snd_nxt, rec->high_seq)) {
		/* 3.a: new data was sent and arrives, the hole stays: the loss was real. */
		if (a->sacked_segs || dup_acks)
			rec->frto = false;
	} else if (a->una_advanced && !recovered) {
		/* 2.b: send new data instead of resending, and see. */
		rec->high_seq = c->snd_nxt;
		if (tcp_unsent(c) && sea_seq_gt(sea_seq_add(c->snd_una, c->snd_wnd), c->snd_nxt)) {
			a->resend = TCP_SEND_NEW;
			return true;
		}
		rec->frto = false;
	}
	return false;
}

void sea_tcp_loss_ack(struct tcp_conn *c, struct tcp_ack_sample *a, uint32_t dup_acks)
{
	bool recovered = sea_seq_ge(c->snd_una, c->fl->rec.high_seq);

	if (a->una_advanced && sea_tcp_undo_loss(c, a, false))
		return;
	if (c->fl->rec.frto && frto(c, a, dup_acks, recovered))
		return;
	if (recovered) {
		sea_tcp_undo_recovery(c, a);
		return;
	}
	if (!tcp_has_sack(c)) {
		/* Duplicates of new data that F-RTO sent: what left clocks retransmissions out. */
		if (sea_seq_gt(c->snd_nxt, c->fl->rec.high_seq) && dup_acks)
			sea_tcp_dup_add(c, dup_acks);
		else if (a->una_advanced)
			c->fl->txq.dup_acked = 0;
	}
	a->resend = TCP_RESEND_LOST;
}

/* -- no loss at all: what is too large for the path (RFC 1191, 4821) -- */

static bool too_large(const struct tcp_conn *c, const struct tcp_txseg *seg)
{
	uint32_t len = (uint32_t)sea_seq_diff(seg->end, seg->seq) - !!(seg->bits & TCP_TX_FIN);

	return (len < seg->mss ? len : seg->mss) > c->mss_cache;
}

/*
 * What is too large for the path goes again in smaller pieces at once. That is no sign of congestion:
 * the window stays as it is.
 */
void sea_tcp_retransmit_smaller(struct tcp_conn *c)
{
	struct tcp_txseg *seg = sea_tcp_txq_first(&c->fl->txq);
	bool syn_data = c->state == TCP_S_SYN_SENT && c->side->fo.sent;

	for (; seg; seg = sea_tcp_txq_next(seg)) {
		if ((!syn_data && (!too_large(c, seg) || seg->bits & TCP_TX_SYN)) ||
		    seg->bits & TCP_TX_SACKED)
			continue;
		sea_tcp_txq_mark(&c->fl->txq, seg, TCP_TX_LOST, TCP_TX_RETRANS);
	}
	if (!c->fl->txq.lost_out)
		return;
	sea_tcp_dup_limit(c);
	sea_tcp_retransmit_uncongested(c);
}

void sea_tcp_retransmit_uncongested(struct tcp_conn *c)
{
	if (c->fl->rec.ca_state != TCP_CA_LOSS) {
		c->fl->rec.high_seq = c->snd_nxt;
		c->fl->rec.prior_ssthresh = 0;
		c->fl->rec.undo_valid = false;
		c->fl->rec.ca_state = TCP_CA_LOSS;
		if (c->cc.ops->model)
			sea_tcp_model_timeout(c);
	}
	(void)sea_tcp_retransmit(c, sea_tcp_cwnd_room(c));
}
