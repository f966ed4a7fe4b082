/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection's three deadlines and what happens at them: the rtx timer (retransmission, loss probe, reordering,
 * window probe), the delayed ACK, and keepalive (which also ends an orphan's FIN_WAIT_2).
 */
#include <errno.h>

#include "transport/tcp/conn.h"
#include "transport/tcp/ecn.h"
#include "transport/tcp/memory.h"
#include "transport/tcp/passive.h"
#include "transport/tcp/recovery.h"

/* -- the one entry in the timer queue -- */

static sea_time earliest(const struct tcp_conn *c)
{
	sea_time t = c->due[0];

	for (unsigned i = 1; i < TCP_TIMER_N; i++)
		t = sea_time_min(t, c->due[i]);
	return t;
}

void sea_tcp_timer_set(struct tcp_conn *c, enum tcp_timer which, sea_time due)
{
	if (c->due[which].ns == due.ns)
		return;
	c->due[which] = due;
	sea_stack_arm(c->sock.stack, &c->timer, earliest(c));
}

/* An earlier one may free the connection, but only while no socket holds it; then it says so. */
void sea_tcp_timer_fire(struct sea_timer *timer, sea_time now)
{
	static void (*const fire[TCP_TIMER_N])(struct tcp_conn *) = {
		[TCP_TIMER_RTX] = sea_tcp_rtx_fire,
		[TCP_TIMER_DELACK] = sea_tcp_delack_fire,
		[TCP_TIMER_KEEP] = sea_tcp_keep_fire,
	};
	struct tcp_conn *c = sea_container(timer, struct tcp_conn, timer);

	for (unsigned i = 0; i < TCP_TIMER_N; i++) {
		if (sea_time_before(now, c->due[i]))
			continue;
		c->due[i] = SEA_TIME_NEVER;
		/* What else is due fires in the next round, if the connection is still there. */
		sea_stack_arm(c->sock.stack, &c->timer, earliest(c));
		fire[i](c);
		return;
	}
	sea_stack_arm(c->sock.stack, &c->timer, earliest(c));
}

/* -- arming -- */

void sea_tcp_arm_rtx(struct tcp_conn *c, enum tcp_rtx_kind kind, int64_t ns)
{
	c->rtx_kind = (uint8_t)kind;
	sea_tcp_timer_set(c, TCP_TIMER_RTX, sea_time_add(tcp_now(c), ns > 0 ? ns : 0));
}

void sea_tcp_stop_rtx(struct tcp_conn *c)
{
	c->rtx_kind = TCP_RTX_NONE;
	sea_tcp_timer_set(c, TCP_TIMER_RTX, SEA_TIME_NEVER);
}

/* The timeout counts from the last sending of the oldest segment (RFC 6298 §5.3 as Linux). */
static int64_t rto_left(const struct tcp_conn *c)
{
	const struct tcp_txseg *head = sea_tcp_txq_first(&c->fl->txq);
	int64_t rto = tcp_rto_ns(c, c->rto_shift);
	int64_t left;

	if (!head)
		return rto;
	left = sea_time_diff(sea_time_add(head->last_sent, rto), tcp_now(c));
	return left > SEA_MSEC ? left : SEA_MSEC;
}

void sea_tcp_arm_rto(struct tcp_conn *c)
{
	tcp_arm_rtx_paced(c, TCP_RTX_RTO, rto_left(c));
}

void sea_tcp_rearm_rto(struct tcp_conn *c)
{
	int64_t rto, tlp;

	if (c->flags & TCP_F_TFO) /* the SYN-ACK's timer goes on */
		return;
	if (!c->fl->txq.packets_out) {
		sea_tcp_stop_rtx(c);
		return;
	}
	rto = rto_left(c);
	tlp = sea_tcp_tlp_timeout_ns(c);
	if (tlp >= 0) /* a probe goes before a timeout, even when both are due */
		tcp_arm_rtx_paced(c, TCP_RTX_TLP, tlp < rto ? tlp : rto);
	else
		tcp_arm_rtx_paced(c, TCP_RTX_RTO, rto);
}

void sea_tcp_schedule_tlp(struct tcp_conn *c)
{
	int64_t tlp = sea_tcp_tlp_timeout_ns(c), rto;

	if (tlp < 0 || c->flags & TCP_F_TFO)
		return;
	rto = rto_left(c);
	tcp_arm_rtx_paced(c, TCP_RTX_TLP, tlp < rto ? tlp : rto);
}

/* The first probe waits an RTO, later ones back off (RFC 9293 §3.8.6.1). */
void sea_tcp_check_probe(struct tcp_conn *c)
{
	if (!tcp_in(c, TCP_SYNCHRONIZED))
		return;
	if (c->fl->txq.packets_out || c->rtx_kind != TCP_RTX_NONE)
		return;
	if (tcp_unsent(c) || tcp_fin_pending(c))
		tcp_arm_rtx_paced(c, TCP_RTX_PROBE, tcp_rto_ns(c, c->rto_shift));
}

/* -- giving up -- */

void sea_tcp_give_up(struct tcp_conn *c)
{
	int err = c->sock.err_soft ? c->sock.err_soft : ETIMEDOUT;

	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPAbortOnTimeout);
	sea_tcp_done(c, err);
}

/* An orphan that gets nowhere is the first to go: silence and errors make it weigh more (as Linux). */
static bool evicted(struct tcp_conn *c)
{
	sea_time last = sea_time_max(c->lsndtime, c->probes_stamp);
	unsigned weight = 1;

	if (!(c->flags & TCP_F_ORPHAN))
		return false;
	if (sea_time_diff(tcp_now(c), last) > 2 * tcp_rto_max_ns(c))
		weight *= 2;
	if (c->sock.err_soft)
		weight *= 2;
	if (!sea_tcp_orphan_is_too_much(c, weight))
		return false;
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPAbortOnMemory);
	sea_tcp_abort(c, 0);
	return true;
}

/* -- firing -- */

#define THIN_SEGMENTS 4u
#define THIN_RETRIES 6u
#define RESOURCE_PROBE_MS 500 /* Linux's TCP_RESOURCE_PROBE_INTERVAL */

/* Another label may lead round what is broken (RFC 6438), as on Linux. */
static void change_path(struct tcp_conn *c)
{
	if (!(c->sock.flags & SEA_SOCK_TXREHASH))
		return;
	c->rehashes++;
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTcpTimeoutRehash);
}

/* One more in a row, or the first of one; without memory it is not told of. */
void sea_tcp_count_timeout(struct tcp_conn *c)
{
	struct tcp_side *side = sea_tcp_side_edit(c);

	if (side && !c->retransmits) {
		side->total_rto_recoveries++;
		side->rto_begun = tcp_now(c);
	}
	if (side)
		side->total_rto++;
	if (c->retransmits < 255)
		c->retransmits++;
}

static void back_off(struct tcp_conn *c)
{
	if (c->backoff < 30)
		c->backoff++;
	if (c->rto_shift < 30)
		c->rto_shift++;
}

static void syn_timeout(struct tcp_conn *c)
{
	const struct tcp_sysctls *sys = &sea_tcp_st(c)->sysctl;
	unsigned max = c->side->syncnt
			       ? c->side->syncnt
			       : (unsigned)(c->state == TCP_S_SYN_SENT ? sys->syn_retries
								       : sys->synack_retries);
	/* An active open tries a few times before it backs off (tcp_syn_linear_timeouts). */
	unsigned linear = c->state == TCP_S_SYN_SENT ? (unsigned)sys->syn_linear_timeouts : 0;
	struct tcp_txseg *head = sea_tcp_txq_first(&c->fl->txq);
	bool expired = c->retransmits >= max + linear;

	if (c->side->user_timeout_ms && head)
		expired = sea_tcp_tried_enough(c, head->first_sent, 0);
	else if (head && c->retransmits)
		expired |= sea_tcp_tried(c, head->first_sent, max);
	if (expired || !head) {
		sea_tcp_fastopen_doubt(c, true);
		sea_tcp_give_up(c);
		return;
	}
	sea_tcp_fastopen_doubt(c, false);
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPTimeouts);
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPSynRetrans);
	change_path(c);
	sea_tcp_count_timeout(c);
	tcp_ecn_queue_cwr(c); /* as Linux, which reduces a window that has not begun */
	sea_tcp_txq_mark(&c->fl->txq, head, TCP_TX_LOST, TCP_TX_RETRANS);
	(void)sea_tcp_retransmit_one(c, head, 1);
	if (c->retransmits > linear)
		back_off(c);
	sea_tcp_arm_rtx(c, TCP_RTX_RTO, sea_tcp_rto_till_end(c, head->first_sent, 0));
}

/* A peer that took its window back but answers is probed, not given up (RFC 1122 §4.2.2.17). */
static bool window_taken_back(const struct tcp_conn *c)
{
	return !c->snd_wnd && !(c->flags & TCP_F_ORPHAN) && !c->side->user_timeout_ms &&
	       sea_time_diff(tcp_now(c), c->rcv_tstamp) < 2 * tcp_rto_max_ns(c);
}

/* It takes longer than a short loss (RFC 1122 R1): the path may be another by now, or a black hole for large packets. */
static void doubt_path(struct tcp_conn *c)
{
	if (!c->retransmits || !sea_tcp_tried(c, sea_tcp_first_retransmission(c),
					      (unsigned)sea_tcp_st(c)->sysctl.retries1))
		return;
	sea_tcp_mtup_black_hole(c);
	sea_dst_put(c->sock.stack, &c->dst);
}

/* A stream too thin for fast retransmits may try a few times without backing off (tcp_thin_linear_timeouts). */
static bool retries_linearly(const struct tcp_conn *c)
{
	bool wanted = c->side->thin_linear || sea_tcp_st(c)->sysctl.thin_linear_timeouts;

	return wanted && c->state == TCP_S_ESTABLISHED && c->fl->txq.packets_out < THIN_SEGMENTS &&
	       c->cc.ssthresh < TCP_SSTHRESH_INFINITE && c->retransmits <= THIN_RETRIES;
}

static void rto_timeout(struct tcp_conn *c)
{
	bool taken_back = window_taken_back(c);

	if (!c->fl->txq.packets_out || evicted(c))
		return;
	if (!taken_back)
		doubt_path(c);
	if (c->retransmits && !taken_back &&
	    sea_tcp_tried_enough(c, sea_tcp_first_retransmission(c), sea_tcp_retries(c))) {
		sea_tcp_fastopen_doubt(c, true);
		sea_tcp_give_up(c);
		return;
	}
	/* What a window of nothing takes no more is a probe of it, and the path not to blame. */
	if (taken_back) {
		sea_tcp_recovery_rto(c);
		sea_dst_put(c->sock.stack, &c->dst);
	} else {
		sea_tcp_fastopen_doubt(c, false);
		sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPTimeouts);
		change_path(c);
		sea_tcp_recovery_rto(c);
		sea_tcp_count_timeout(c);
	}
	if (retries_linearly(c))
		c->backoff = c->rto_shift = 0;
	else
		back_off(c);
	sea_tcp_arm_rtx(c, TCP_RTX_RTO,
			sea_tcp_rto_till_end(c, sea_tcp_first_retransmission(c), 0));
}

/*
 * A peer that answers may keep its window closed (RFC 9293 MUST-37) for as long as the program's user
 * timeout allows; but when the program is gone, not much longer than the probes take to slow down.
 */
static bool probed_enough(const struct tcp_conn *c)
{
	unsigned retries = sea_tcp_retries(c);

	if (c->probes_out >= retries)
		return true;
	if (c->side->user_timeout_ms && c->probes_stamp.ns &&
	    sea_tcp_tried_enough(c, c->probes_stamp, 0))
		return true;
	return (c->flags & TCP_F_ORPHAN) && c->backoff >= retries &&
	       tcp_rto_ns(c, c->rto_shift + c->backoff) >= tcp_rto_max_ns(c);
}

static void probe_timeout(struct tcp_conn *c)
{
	int err;

	if (c->fl->txq.packets_out || !(tcp_unsent(c) || tcp_fin_pending(c))) {
		c->probes_out = 0;
		c->probes_stamp = SEA_TIME_ZERO;
		return;
	}
	if (probed_enough(c)) {
		sea_tcp_give_up(c);
		return;
	}
	if (!c->probes_stamp.ns)
		c->probes_stamp = tcp_now(c);
	if (evicted(c))
		return;
	err = sea_tcp_send_window_probe(c);
	if (c->fl->txq.packets_out) {
		c->probes_out = c->backoff = 0;
		c->probes_stamp = SEA_TIME_ZERO;
		return;
	}
	c->probes_out++;
	if (err == -ENOBUFS) {
		/* The link is what is full: others need it as well. */
		sea_tcp_arm_rtx(c, TCP_RTX_PROBE, RESOURCE_PROBE_MS * SEA_MSEC);
		return;
	}
	if (c->backoff < 15)
		c->backoff++;
	sea_tcp_arm_rtx(c, TCP_RTX_PROBE, sea_tcp_rto_till_end(c, c->probes_stamp, c->backoff));
}

void sea_tcp_rtx_fire(struct tcp_conn *c)
{
	enum tcp_rtx_kind kind = (enum tcp_rtx_kind)c->rtx_kind;

	c->rtx_kind = TCP_RTX_NONE;
	if (c->flags & TCP_F_TFO) {
		sea_tcp_fastopen_timeout(c);
		return;
	}
	if (tcp_in(c, 1u << TCP_S_SYN_SENT | 1u << TCP_S_SYN_RECV)) {
		syn_timeout(c);
		return;
	}
	switch (kind) {
	case TCP_RTX_RTO:
		rto_timeout(c);
		break;
	case TCP_RTX_TLP:
		sea_tcp_recovery_tlp(c);
		break;
	case TCP_RTX_REO:
		sea_tcp_recovery_reo(c);
		break;
	case TCP_RTX_PROBE:
		probe_timeout(c);
		break;
	case TCP_RTX_NONE:
		break;
	}
}

/* -- keepalive (RFC 1122 §4.2.3.6) -- */

static int64_t idle_ns(const struct tcp_conn *c)
{
	return sea_time_diff(tcp_now(c), sea_time_max(c->rcv_tstamp, c->ack.lrcvtime));
}

void sea_tcp_keepalive_rearm(struct tcp_conn *c)
{
	int64_t left;

	if (!(c->sock.flags & SEA_SOCK_KEEPALIVE) ||
	    tcp_in(c, 1u << TCP_S_CLOSED | 1u << TCP_S_LISTEN | 1u << TCP_S_SYN_SENT)) {
		if (!(c->flags & (TCP_F_ORPHAN | TCP_F_LINGERING)))
			sea_tcp_timer_set(c, TCP_TIMER_KEEP, SEA_TIME_NEVER);
		return;
	}
	left = tcp_keepidle_s(c) * SEA_SEC - idle_ns(c);
	sea_tcp_timer_set(c, TCP_TIMER_KEEP,
			  sea_time_add(tcp_now(c), left > 0 ? left : tcp_keepintvl_s(c) * SEA_SEC));
}

static bool keepalive_expired(const struct tcp_conn *c)
{
	if (c->side->user_timeout_ms)
		return idle_ns(c) >= c->side->user_timeout_ms * SEA_MSEC && c->probes_out > 0;
	return c->probes_out >= tcp_keepcnt(c);
}

static void keepalive_probe(struct tcp_conn *c)
{
	int64_t idle = idle_ns(c);

	if (c->fl->txq.packets_out || tcp_unsent(c)) {
		sea_tcp_timer_set(c, TCP_TIMER_KEEP,
				  sea_time_add(tcp_now(c), tcp_keepidle_s(c) * SEA_SEC));
		return;
	}
	if (idle < tcp_keepidle_s(c) * SEA_SEC) {
		sea_tcp_timer_set(c, TCP_TIMER_KEEP,
				  sea_time_add(tcp_now(c), tcp_keepidle_s(c) * SEA_SEC - idle));
		return;
	}
	if (keepalive_expired(c)) {
		sea_tcp_send_rst(c);
		sea_tcp_give_up(c);
		return;
	}
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPKeepAlive);
	sea_tcp_send_probe_ack(c, false);
	c->probes_out++;
	sea_tcp_timer_set(c, TCP_TIMER_KEEP,
			  sea_time_add(tcp_now(c), tcp_keepintvl_s(c) * SEA_SEC));
}

void sea_tcp_keep_fire(struct tcp_conn *c)
{
	if (c->flags & TCP_F_LINGERING) {
		sea_sock_raise(&c->sock, SEA_POLLHUP); /* SO_LINGER's time is over */
		return;
	}
	if (c->state == TCP_S_FIN_WAIT_2 && (c->flags & TCP_F_ORPHAN)) {
		/* The peer had linger2 to close; the rest of the wait is a small object's. */
		sea_tcp_send_rst(c);
		sea_tcp_done(c, 0);
		return;
	}
	if ((c->sock.flags & SEA_SOCK_KEEPALIVE) && tcp_in(c, TCP_SYNCHRONIZED))
		keepalive_probe(c);
}
