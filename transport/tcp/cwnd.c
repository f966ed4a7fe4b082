/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides how large the congestion window is: reductions (one a window of data, carried out by PRR),
 * growth by the controller, and decay of what was not used (RFC 2861, RFC 7661, as Linux does it).
 */
#include "core/minmax.h"
#include "transport/tcp/ecn.h"
#include "transport/tcp/model.h"
#include "transport/tcp/prr.h"
#include "transport/tcp/rack.h"
#include "transport/tcp/recover.h"

/* -- reductions -- */

/* While the window is above it because it was just reduced, three quarters of it count. */
uint32_t sea_tcp_current_ssthresh(const struct tcp_conn *c)
{
	if (tcp_in_reduction(c))
		return c->cc.ssthresh;
	return sea_max_u32(c->cc.ssthresh, (c->cc.cwnd >> 1) + (c->cc.cwnd >> 2));
}

void sea_tcp_begin_reduction(struct tcp_conn *c)
{
	c->fl->rec.high_seq = c->snd_nxt;
	c->fl->rec.tlp_out = false;
	c->cc.cwnd_cnt = 0;
	c->cc.prior_cwnd = c->cc.cwnd;
	sea_tcp_prr_begin(&c->fl->rec, c->cc.cwnd);
	c->cc.ssthresh = c->cc.ops->ssthresh(&c->cc);
	tcp_ecn_queue_cwr(c);
}

void sea_tcp_end_reduction(struct tcp_conn *c)
{
	if (c->cc.ops->model)
		return; /* there was none */
	/* Unless it was undone. */
	if (c->cc.ssthresh < TCP_SSTHRESH_INFINITE &&
	    (c->fl->rec.ca_state == TCP_CA_CWR || c->fl->rec.undo_valid)) {
		c->cc.cwnd = c->cc.ssthresh;
		c->cwnd_stamp = tcp_now(c);
	}
	sea_tcp_cc_event(&c->cc, TCP_CC_COMPLETE_CWR, tcp_now(c), 0);
}

void sea_tcp_enter_cwr(struct tcp_conn *c)
{
	c->fl->rec.prior_ssthresh = 0;
	if (c->fl->rec.ca_state >= TCP_CA_CWR)
		return;
	c->fl->rec.undo_valid = false;
	sea_tcp_begin_reduction(c);
	c->fl->rec.ca_state = TCP_CA_CWR;
}

/* -- what the controller sees -- */

static bool is_limited(const struct tcp_conn *c)
{
	if (c->flags & TCP_F_CWND_LIMITED)
		return true;
	/* In slow start the window may grow to twice what was used. */
	return sea_tcp_in_slow_start(&c->cc) && c->cc.cwnd < 2 * c->max_packets_out;
}

void sea_tcp_cwnd_view(const struct tcp_conn *c, const struct tcp_ack_sample *a,
		       struct tcp_cc_ack *view)
{
	*view = (struct tcp_cc_ack){
		.now = tcp_now(c),
		.acked = (uint32_t)(c->delivered - a->prior_delivered),
		.in_flight = a->prior_in_flight,
		.rtt_us = a->ca_rtt_us > 0 ? (uint32_t)a->ca_rtt_us : 0,
		.min_rtt_us = tcp_min_rtt_us(&c->rtt),
		.srtt_us = c->rtt.srtt_us >> 3,
		.snd_una = c->snd_una.v,
		.snd_nxt = c->snd_nxt.v,
		.pacing_rate = c->fl->pacing_rate,
		.paced = tcp_paced(c),
		.cwnd_limited = is_limited(c),
	};
}

static void count_exit(struct tcp_conn *c)
{
	bool train = c->cc.exit == TCP_CC_EXIT_TRAIN;

	tcp_count(c, train ? SEA_MIB_TcpExtTCPHystartTrainDetect
			   : SEA_MIB_TcpExtTCPHystartDelayDetect);
	tcp_count_n(c,
		    train ? SEA_MIB_TcpExtTCPHystartTrainCwnd : SEA_MIB_TcpExtTCPHystartDelayCwnd,
		    c->cc.cwnd);
	c->cc.exit = TCP_CC_EXIT_NONE;
}

void sea_tcp_cwnd_rtt(struct tcp_conn *c, const struct tcp_ack_sample *a, struct tcp_cc_ack *view)
{
	if (!c->cc.ops->acked || a->ca_rtt_us < 0)
		return;
	c->cc.ops->acked(&c->cc, view);
	if (c->cc.exit == TCP_CC_EXIT_NONE)
		return;
	count_exit(c);
	view->cwnd_limited = is_limited(c);
}

/* Where reordering is the rule, SACKed data counts as progress, too. */
static bool may_raise(const struct tcp_conn *c, const struct tcp_ack_sample *a)
{
	if (c->fl->rec.reordering > sea_tcp_st(c)->sysctl.reordering)
		return a->data_acked || a->sacked_segs;
	return a->data_acked;
}

void sea_tcp_cwnd_reduce(struct tcp_conn *c, uint32_t delivered, bool safe)
{
	uint32_t out = sea_tcp_txq_in_flight(&c->fl->txq);

	if (delivered)
		c->cc.cwnd = sea_tcp_prr_cwnd(&c->fl->rec, c->cc.ssthresh, out, delivered, safe);
}

void sea_tcp_cwnd_ack(struct tcp_conn *c, const struct tcp_ack_sample *a,
		      const struct tcp_cc_ack *view)
{
	if (tcp_in_reduction(c)) {
		if (c->cc.ops->grow_in_cwr && c->fl->rec.ca_state == TCP_CA_CWR)
			c->cc.ops->grow_in_cwr(&c->cc, view);
		sea_tcp_cwnd_reduce(c, (uint32_t)(c->delivered - a->prior_delivered),
				    a->una_advanced && !a->lost_segs);
	} else if (may_raise(c, a)) {
		c->cc.ops->cong_avoid(&c->cc, view);
		c->cwnd_stamp = tcp_now(c);
	}
}

/* -- what was not used -- */

static int64_t rto_ns(const struct tcp_conn *c)
{
	return tcp_rto_ns(c, 0);
}

/* The program, not the path, was the limit for a whole RTO: half of the unused goes. */
static void application_limited(struct tcp_conn *c)
{
	uint32_t used = sea_max_u32(c->cwnd_used, sea_tcp_init_cwnd(c));

	if (c->fl->rec.ca_state == TCP_CA_OPEN && !(c->flags & TCP_F_NOSPACE) &&
	    used < c->cc.cwnd) {
		c->cc.ssthresh = sea_tcp_current_ssthresh(c);
		c->cc.cwnd = (c->cc.cwnd + used) / 2;
	}
	c->cwnd_used = 0;
	c->cwnd_stamp = tcp_now(c);
}

/* Remembers the fullest moment of a window of data. */
static void track_use(struct tcp_conn *c, bool limited)
{
	uint32_t out = c->fl->txq.packets_out;
	bool was = c->flags & TCP_F_CWND_LIMITED;

	if (sea_seq_lt(c->snd_una, c->cwnd_seq) && !limited && (was || out <= c->max_packets_out))
		return;
	if (limited)
		c->flags |= TCP_F_CWND_LIMITED;
	else
		c->flags &= ~(uint32_t)TCP_F_CWND_LIMITED;
	c->max_packets_out = out;
	c->cwnd_seq = c->snd_nxt;
}

void sea_tcp_cwnd_validate(struct tcp_conn *c, bool cwnd_limited)
{
	track_use(c, cwnd_limited);
	if (is_limited(c)) {
		c->cwnd_used = 0;
		c->cwnd_stamp = tcp_now(c);
		return;
	}
	/* All that fits the send buffer was sent, and the program has more. */
	if (c->flags & TCP_F_NOSPACE && !tcp_unsent(c) && tcp_in(c, TCP_MAY_SEND) &&
	    c->fl->chrono < TCP_CHRONO_SNDBUF_LIMITED)
		sea_tcp_chrono_set(c, TCP_CHRONO_SNDBUF_LIMITED);
	c->cwnd_used = sea_max_u32(c->cwnd_used, c->fl->txq.packets_out);
	if (sea_tcp_st(c)->sysctl.slow_start_after_idle && !c->cc.ops->model &&
	    sea_time_diff(tcp_now(c), c->cwnd_stamp) >= rto_ns(c))
		application_limited(c);
}

/* RFC 2861: halves for each RTO that nothing was sent, down to the initial window. */
static void restart(struct tcp_conn *c, int64_t idle_ns)
{
	uint32_t floor = sea_min_u32(sea_tcp_init_cwnd(c), c->cc.cwnd), cwnd = c->cc.cwnd;

	sea_tcp_cc_event(&c->cc, TCP_CC_CWND_RESTART, tcp_now(c), 0);
	c->cc.ssthresh = sea_tcp_current_ssthresh(c);
	while ((idle_ns -= rto_ns(c)) > 0 && cwnd > floor)
		cwnd /= 2;
	c->cc.cwnd = sea_max_u32(cwnd, floor);
	c->cwnd_stamp = tcp_now(c);
	c->cwnd_used = 0;
}

void sea_tcp_cwnd_after_idle(struct tcp_conn *c)
{
	int64_t idle_ns = sea_time_diff(tcp_now(c), c->lsndtime);

	if (c->fl->txq.packets_out || !c->lsndtime.ns)
		return;
	if (sea_tcp_st(c)->sysctl.slow_start_after_idle && idle_ns > rto_ns(c) && !c->cc.ops->model)
		restart(c, idle_ns);
	if (c->cc.ops->event)
		c->cc.ops->event(&c->cc, TCP_CC_TX_START, tcp_now(c), idle_ns);
	else if (c->cc.ops->model)
		sea_tcp_model_restart(c);
}
