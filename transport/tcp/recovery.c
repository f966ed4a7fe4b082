/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states of congestion avoidance and how an ACK moves between them:
 *
 *	OPEN       nothing is amiss
 *	DISORDER   SACKs or duplicates came: something is lost or overtaken; new data goes on being sent
 *	CWR        the window is being reduced without a loss of ours (local congestion)
 *	RECOVERY   the window is being reduced and lost segments are sent again
 *	LOSS       after a timeout: slow start over what was out
 *
 * High_seq, SND.NXT on entry, ends the last three.
 */
#include "transport/tcp/accecn.h"
#include "transport/tcp/memory.h"
#include "transport/tcp/model.h"
#include "transport/tcp/pacing.h"
#include "transport/tcp/rack.h"
#include "transport/tcp/recover.h"

#define RENEGE_MIN_NS (10 * SEA_MSEC)
#define REO_SLACK_US 2000

void sea_tcp_recovery_resent(struct tcp_conn *c, struct tcp_txseg *seg, bool probe)
{
	struct tcp_recovery *rec = &c->fl->rec;

	sea_tcp_txq_resent(&c->fl->txq, seg, probe ? 0 : TCP_TX_RETRANS, tcp_departure(c));
	sea_tcp_rate_sent(c, seg);
	if (probe)
		return;
	if (!rec->retrans_stamp.ns)
		rec->retrans_stamp = tcp_now(c);
	if (rec->undo_retrans < 0)
		rec->undo_retrans = 0;
	rec->undo_retrans += seg->segs;
	rec->prr_out += seg->segs;
}

/* -- sending -- */

/* Lost segments go out as far as cwnd allows; the timer restarts when the oldest did. */
static void resend_lost(struct tcp_conn *c)
{
	uint32_t room = sea_tcp_cwnd_room(c);
	const struct tcp_txseg *head;

	if (!room || !sea_tcp_txq_next_lost(&c->fl->txq))
		return;
	if (!sea_tcp_retransmit(c, room))
		return;
	head = sea_tcp_txq_first(&c->fl->txq);
	if (head && !sea_time_before(head->last_sent, tcp_now(c)) && c->rtx_kind != TCP_RTX_REO)
		sea_tcp_rearm_rto(c);
}

void sea_tcp_recovery_push(struct tcp_conn *c)
{
	if (c->fl->txq.lost_out > c->fl->txq.retrans_out)
		resend_lost(c);
}

/* RFC 5682 step 2.b: up to two new segments, where neither window forbids it. */
static void send_new(struct tcp_conn *c)
{
	for (unsigned i = 0; i < 2 && sea_tcp_cwnd_room(c); i++)
		if (!sea_tcp_send_new_probe(c))
			break;
}

static void send_what_is_due(struct tcp_conn *c, const struct tcp_ack_sample *a)
{
	if (a->resend == TCP_RESEND_NONE)
		return;
	if (a->resend == TCP_SEND_NEW) {
		send_new(c);
		if (sea_seq_gt(c->snd_nxt, c->fl->rec.high_seq))
			return;
		c->fl->rec.frto = false;
	}
	resend_lost(c);
}

/* -- timers -- */

/* Data was acknowledged: the timeout runs anew from now (RFC 6298 §5.3), or a probe's does. */
static void restart_timer(struct tcp_conn *c)
{
	int64_t rto = tcp_rto_ns(c, c->rto_shift), tlp;

	if (!c->fl->txq.packets_out) {
		sea_tcp_stop_rtx(c);
		return;
	}
	tlp = sea_tcp_tlp_timeout_ns(c);
	if (tlp >= 0)
		tcp_arm_rtx_paced(c, TCP_RTX_TLP, tlp < rto ? tlp : rto);
	else
		tcp_arm_rtx_paced(c, TCP_RTX_RTO, rto);
}

static void arm_reo(struct tcp_conn *c, int64_t wait_us)
{
	sea_tcp_arm_rtx(c, TCP_RTX_REO, (wait_us + REO_SLACK_US) * SEA_USEC);
}

/* -- loss -- */

static struct tcp_rack_result detect(struct tcp_conn *c)
{
	struct tcp_rack_result r = sea_tcp_rack_detect(&c->fl->rec, &c->rtt, &c->fl->txq,
						       sea_tcp_st(c)->sysctl.recovery, tcp_now(c));

	tcp_count_n(c, SEA_MIB_TcpExtTCPLostRetransmit, r.lost_retrans);
	return r;
}

static void identify_loss(struct tcp_conn *c, struct tcp_ack_sample *a)
{
	struct tcp_rack_result r;

	if (!tcp_has_sack(c)) {
		sea_tcp_newreno_mark(c, a);
		return;
	}
	if (!c->fl->rec.rack_advanced)
		return;
	r = detect(c);
	a->lost_segs += r.lost;
	a->lost_retrans |= r.lost_retrans > 0;
	if (r.wait_us) {
		arm_reo(c, r.wait_us);
		a->set_timer = false;
	}
}

static void enter_recovery(struct tcp_conn *c, bool ece)
{
	tcp_count(c,
		  tcp_has_sack(c) ? SEA_MIB_TcpExtTCPSackRecovery : SEA_MIB_TcpExtTCPRenoRecovery);
	c->fl->rec.prior_ssthresh = 0;
	sea_tcp_undo_begin(c);
	if (!tcp_in_reduction(c)) {
		/* A mark is no loss that may turn out to be none. */
		if (!ece)
			c->fl->rec.prior_ssthresh = sea_tcp_current_ssthresh(c);
		sea_tcp_begin_reduction(c);
	}
	sea_tcp_cc_event(&c->cc, TCP_CC_LOST, tcp_now(c), 0);
	c->fl->rec.ca_state = TCP_CA_RECOVERY;
}

/* -- an ACK in each state -- */

static void try_to_open(struct tcp_conn *c, const struct tcp_ack_sample *a)
{
	if (!sea_tcp_any_retrans_out(c))
		c->fl->rec.retrans_stamp = SEA_TIME_ZERO;
	if (a->ece)
		sea_tcp_enter_cwr(c);
	if (c->fl->rec.ca_state != TCP_CA_CWR)
		sea_tcp_keep_open(c);
}

/*
 * The peer dropped what it had SACKed: as it may just be slow to say so, a short timer decides
 * (RFC 2018 §8); when it fires, all SACKs are forgotten.
 */
static bool reneged(struct tcp_conn *c, struct tcp_ack_sample *a)
{
	int64_t ns = (int64_t)(c->rtt.srtt_us >> 4) * SEA_USEC; /* half of SRTT */

	if (!a->reneging || !a->una_advanced)
		return false;
	sea_tcp_arm_rtx(c, TCP_RTX_RTO, ns > RENEGE_MIN_NS ? ns : RENEGE_MIN_NS);
	a->set_timer = false;
	return true;
}

/* High_seq was reached; true: the state stays as it is. */
static bool leave(struct tcp_conn *c, const struct tcp_ack_sample *a)
{
	if (c->fl->rec.ca_state == TCP_CA_OPEN) {
		c->fl->rec.retrans_stamp = SEA_TIME_ZERO;
		return false;
	}
	if (sea_seq_lt(c->snd_una, c->fl->rec.high_seq))
		return false;
	if (c->fl->rec.ca_state == TCP_CA_CWR) {
		/* Only beyond high_seq: what was sent at the old rate has left. */
		if (!sea_seq_eq(c->snd_una, c->fl->rec.high_seq)) {
			sea_tcp_end_reduction(c);
			c->fl->rec.ca_state = TCP_CA_OPEN;
		}
	} else if (c->fl->rec.ca_state == TCP_CA_RECOVERY) {
		c->fl->txq.dup_acked = tcp_has_sack(c) ? c->fl->txq.dup_acked : 0;
		if (sea_tcp_undo_recovery(c, a))
			return true;
		sea_tcp_end_reduction(c);
	}
	return false;
}

static void in_recovery(struct tcp_conn *c, struct tcp_ack_sample *a, uint32_t dup_acks)
{
	if (!a->una_advanced) {
		if (!tcp_has_sack(c))
			sea_tcp_dup_add(c, dup_acks);
	} else if (sea_tcp_undo_partial(c, a)) {
		return;
	}
	if (sea_tcp_undo_dsack(c))
		try_to_open(c, a);
	identify_loss(c, a);
	if (c->fl->rec.ca_state != TCP_CA_RECOVERY) {
		if (!c->fl->txq.lost_out)
			return;
		enter_recovery(c, a->ece);
	}
	a->resend = TCP_RESEND_LOST;
}

static void in_order_or_not(struct tcp_conn *c, struct tcp_ack_sample *a, uint32_t dup_acks)
{
	if (!tcp_has_sack(c)) {
		if (a->una_advanced)
			c->fl->txq.dup_acked = 0;
		sea_tcp_dup_add(c, dup_acks);
	}
	if (c->fl->rec.ca_state <= TCP_CA_DISORDER)
		sea_tcp_undo_dsack(c);
	identify_loss(c, a);
	if (!c->fl->txq.lost_out) {
		try_to_open(c, a);
		return;
	}
	if (sea_tcp_mtup_lost(c))
		return;
	enter_recovery(c, a->ece);
	a->resend = TCP_RESEND_LOST;
}

/* Timeouts in a row are over. */
void sea_tcp_end_timeouts(struct tcp_conn *c)
{
	struct tcp_side *side;

	if (!c->side->rto_begun.ns)
		return;
	side = sea_tcp_side_edit(c);
	side->total_rto_ms += (uint32_t)(sea_time_diff(tcp_now(c), side->rto_begun) / SEA_MSEC);
	side->rto_begun = SEA_TIME_ZERO;
}

static void in_loss(struct tcp_conn *c, struct tcp_ack_sample *a, uint32_t dup_acks)
{
	sea_tcp_loss_ack(c, a, dup_acks);
	if (c->fl->rec.ca_state != TCP_CA_LOSS)
		sea_tcp_end_timeouts(c);
	identify_loss(c, a);
	/* Undone, or even retransmissions are lost: judge as in any other state. */
	if (c->fl->rec.ca_state == TCP_CA_OPEN ||
	    (a->lost_retrans && c->fl->rec.ca_state == TCP_CA_LOSS))
		in_order_or_not(c, a, dup_acks);
}

static void alert(struct tcp_conn *c, struct tcp_ack_sample *a, uint32_t dup_acks)
{
	if (!c->fl->txq.packets_out)
		c->fl->txq.dup_acked = 0;
	if (a->ece)
		c->fl->rec.prior_ssthresh = 0;
	if (reneged(c, a) || leave(c, a))
		return;
	if (c->fl->rec.ca_state == TCP_CA_RECOVERY)
		in_recovery(c, a, dup_acks);
	else if (c->fl->rec.ca_state == TCP_CA_LOSS)
		in_loss(c, a, dup_acks);
	else
		in_order_or_not(c, a, dup_acks);
}

/* -- one ACK -- */

static void begin(struct tcp_conn *c, const struct sea_tcp_seg *seg, struct tcp_ack_sample *a)
{
	*a = (struct tcp_ack_sample){
		.data = a->data,
		.window_update = a->window_update,
		.ece = a->ece,
		.sack_reneg = c->fl->rec.sack_reneg,
		.prior_una = c->snd_una,
		.prior_fack = c->fl->rec.fack,
		.prior_in_flight = sea_tcp_txq_in_flight(&c->fl->txq),
		.prior_packets_out = c->fl->txq.packets_out,
		.prior_sacked = c->fl->txq.sacked_out,
		.prior_delivered = c->delivered,
		.rtt_us = -1,
		.ca_rtt_us = -1,
		.ts_echo = (c->flags & TCP_F_TS) && seg->opts.has_ts && seg->opts.ts_ecr,
		.ts_ecr = seg->opts.ts_ecr,
		.acked_first = SEA_TIME_NEVER,
		.acked_last = SEA_TIME_NEVER,
		.sacked_first = SEA_TIME_NEVER,
		.sacked_last = SEA_TIME_NEVER,
		.reord_low = c->snd_nxt,
	};
	if (!c->fl->txq.sacked_out)
		a->prior_fack = c->fl->rec.fack = c->snd_una;
}

static void advance(struct tcp_conn *c, sea_seq ack, struct tcp_ack_sample *a)
{
	uint32_t stored = tcp_stored(c);

	if (!sea_seq_gt(ack, c->snd_una))
		return;
	a->una_advanced = true;
	a->acked_bytes = (uint32_t)sea_seq_diff(ack, c->snd_una);
	c->bytes_acked += a->acked_bytes;
	c->snd_una = ack;
	c->retransmits = 0;
	c->fl->rec.dup_count = 0;
	if (c->fl->rec.ca_state == TCP_CA_OPEN && tcp_in(c, TCP_SYNCHRONIZED))
		c->fl->rec.retrans_stamp = SEA_TIME_ZERO;
	c->fl->rec.fack = sea_seq_max(c->fl->rec.fack, ack);
	sea_tcp_sendbuf_ack(&c->fl->sendbuf, &c->sock.stack->shard.pool, ack);
	tcp_uncharge_tx(c, stored);
	if (sea_seq_eq(c->snd_una, c->write_seq) || tcp_fin_acked(c))
		sea_tcp_chrono_stop(c, TCP_CHRONO_BUSY);
}

/* Does an ACK ask for more than the ordinary? */
static bool is_dubious(const struct tcp_conn *c, const struct tcp_ack_sample *a)
{
	bool no_duplicate = a->data || a->window_update || a->data_acked || a->syn_acked;

	return !no_duplicate || a->sacked_segs || a->dsack || a->ece ||
	       c->fl->rec.ca_state != TCP_CA_OPEN;
}

/* RFC 5681 §2: carries nothing, moves nothing, and something is out. */
static uint32_t duplicate_acks(const struct sea_tcp_seg *seg, const struct tcp_ack_sample *a)
{
	return !a->una_advanced && !a->data && !a->window_update && !a->dsack &&
	       sea_seq_eq(seg->ack, a->prior_una);
}

/* As far as ECE tells: all that its ACK delivered, so far. ACE tells it at once. */
static void count_marked(struct tcp_conn *c, const struct sea_tcp_seg *seg,
			 struct tcp_ack_sample *a)
{
	struct tcp_side *side = sea_tcp_side_edit(c);
	uint32_t segs = (uint32_t)(c->delivered - a->prior_delivered) - a->marked_segs;

	if (a->ece & TCP_ACK_ACE)
		a->ece = sea_tcp_accecn_ack(c, seg, a) ? TCP_ACK_COUNTED : 0;
	if (a->ece != TCP_ACK_MARKED)
		return;
	a->marked_segs += segs;
	tcp_count_n(c, SEA_MIB_TcpExtTCPDeliveredCE, segs);
	if (side)
		side->ecn.delivered_ce += segs;
}

static void tell_of_marks(struct tcp_conn *c)
{
	const struct tcp_cc_marks m = {
		.now = tcp_now(c),
		.srtt_us = c->rtt.srtt_us >> 3,
		.min_rtt_us = tcp_min_rtt_us(&c->rtt),
		.snd_una = c->snd_una.v,
		.snd_nxt = c->snd_nxt.v,
		.delivered = (uint32_t)c->delivered,
		.delivered_ce = c->side->ecn.delivered_ce,
	};

	c->cc.ops->marks(&c->cc, &m);
}

/* The SYN's fate decides what the connection begins with (RFC 6298 §5.7, RFC 5681 §3.1). */
static void after_syn(struct tcp_conn *c, const struct tcp_ack_sample *a)
{
	sea_tcp_end_timeouts(c);
	c->fl->rec.undo_valid = false;
	if (!c->rtt.srtt_us)
		sea_tcp_rtt_fall_back(&c->rtt);
	if (c->total_retrans > 1 && !sea_tcp_original_arrived(c, a))
		c->cc.cwnd = 1;
	c->fl->rec.retrans_stamp = SEA_TIME_ZERO;
}

void sea_tcp_recovery_ack(struct tcp_conn *c, const struct sea_tcp_seg *seg,
			  struct tcp_ack_sample *a)
{
	struct tcp_cc_ack view;

	/* Nothing may be out and yet there be news: DSACKs of what was resent last. */
	if (!sea_tcp_flight(c))
		return;
	begin(c, seg, a);
	advance(c, seg->ack, a);
	sea_tcp_sack_apply(c, seg, a);
	if (a->prior_packets_out)
		sea_tcp_acked_clean(c, a);
	sea_tcp_cwnd_view(c, a, &view);
	if (a->prior_packets_out) {
		sea_tcp_cwnd_rtt(c, a, &view);
		sea_tcp_rack_adapt(&c->fl->rec, a->rate_valid ? a->rate_prior_delivered : 0,
				   c->delivered, sea_tcp_st(c)->sysctl.recovery);
	}
	if (a->ece)
		count_marked(c, seg, a);
	if (c->node.ecn && c->cc.ops->marks)
		tell_of_marks(c);
	if (a->syn_acked)
		after_syn(c, a);
	sea_tcp_tlp_ack(c, seg->ack, a);
	if (is_dubious(c, a)) {
		alert(c, a, duplicate_acks(seg, a));
		sea_tcp_cwnd_view(c, a, &view);
	}
	if (a->set_timer)
		restart_timer(c);
	tcp_count_n(c, SEA_MIB_TcpExtTCPDelivered, c->delivered - a->prior_delivered);
	if (a->ece)
		count_marked(c, seg, a);
	sea_tcp_rate_ack(c, a);
	if (__builtin_expect(view.paced && c->cc.ops->model, 0)) {
		if (c->cc.model && a->prior_packets_out)
			sea_tcp_model_ack(c, a);
	} else {
		sea_tcp_cwnd_ack(c, a, &view);
		if (a->prior_packets_out)
			sea_tcp_pacing_update(c);
	}
	send_what_is_due(c, a);
}

void sea_tcp_recovery_reo(struct tcp_conn *c)
{
	uint32_t before = sea_tcp_txq_in_flight(&c->fl->txq);
	struct tcp_rack_result r;

	if (tcp_idle(c))
		return;
	r = detect(c);
	if (sea_tcp_txq_in_flight(&c->fl->txq) != before) {
		if (c->fl->rec.ca_state != TCP_CA_RECOVERY)
			enter_recovery(c, false);
		if (c->cc.ops->model)
			sea_tcp_model_count_lost(c);
		else
			sea_tcp_cwnd_reduce(c, 1, false); /* as if for the ACK that did not come */
		resend_lost(c);
	}
	if (r.wait_us)
		arm_reo(c, r.wait_us);
	else if (c->rtx_kind == TCP_RTX_NONE)
		sea_tcp_rearm_rto(c);
}
