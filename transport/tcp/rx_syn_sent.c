/* SPDX-License-Identifier: Apache-2.0 */
/* A segment in SYN-SENT (RFC 9293 §3.10.7.3): the answer to our SYN, or another SYN crossing it. */
#include "transport/tcp/rx.h"
#include "transport/tcp/urgent.h"

#include <errno.h>

#include "transport/tcp/ao.h"
#include "transport/tcp/ecn.h"
#include "transport/tcp/memory.h"
#include "transport/tcp/model.h"
#include "transport/tcp/pacing.h"
#include "transport/tcp/passive.h"
#include "transport/tcp/pingpong.h"
#include "transport/tcp/recovery.h"

#define DELACK_MAX_MS 200
#define SYN_AGAIN_MS 2 /* Linux's TCP_TIMEOUT_MIN */

static enum rx_verdict drop(struct tcp_rx *rx, enum sea_drop reason)
{
	rx->reason = reason;
	return RX_DROP;
}

/* What both sides agreed on. */
static void take_options(struct tcp_conn *c, const struct sea_tcp_opts *o)
{
	const struct tcp_sysctls *sys = &sea_tcp_st(c)->sysctl;

	if (o->has_ts && sys->timestamps) {
		c->flags |= TCP_F_TS;
		c->ts_recent = o->ts_val;
		c->ts_recent_stamp = tcp_now(c);
	}
	if (o->has_sack_perm && sys->sack)
		c->flags |= TCP_F_SACK;
	if (o->has_wscale && sys->window_scaling) {
		c->flags |= TCP_F_WSCALE;
		c->snd_wscale = o->wscale;
	} else {
		c->snd_wscale = c->rcv_wscale = 0;
		c->window_clamp = c->window_clamp < 65535 ? c->window_clamp : 65535;
	}
	if (o->has_mss)
		c->mss_peer = o->mss;
}

static void take_irs(struct tcp_conn *c, const struct sea_tcp_seg *seg)
{
	c->rcv_nxt = sea_seq_add(seg->seq, 1);
	c->rcv_wup = c->rcv_nxt;
	c->rcvq.copied_seq = c->rcv_nxt;
	c->snd_wl1 = seg->seq;
	sea_tcp_ao_established(c, seg->seq);
	c->snd_wnd = seg->wnd; /* a SYN's window is never scaled (RFC 7323 §2.2) */
	c->max_window = seg->wnd;
	c->rcv_tstamp = tcp_now(c);
	c->ack.lrcvtime = tcp_now(c);
	take_options(c, &seg->opts);
	sea_tcp_sync_mss(c, c->pmtu);
	c->ack.rcv_mss = c->mss_cache < 536 ? c->mss_cache : 536;
}

/*
 * RFC 7323 §3.2: is the echo ours? Linux 6.18 was seen to take any value that its clock had since the
 * first SYN, though none of them need have been sent, and 0.
 */
static bool echo_ours(const struct tcp_conn *c, const struct sea_tcp_opts *o)
{
	const struct tcp_txseg *syn = sea_tcp_txq_first(&c->fl->txq);
	uint32_t oldest = syn ? tcp_ts_at(c, syn->first_sent) : c->ts_last_sent;

	if (!o->has_ts || !o->ts_ecr || !sea_tcp_st(c)->sysctl.timestamps)
		return true;
	return o->ts_ecr - oldest <= sea_tcp_ts_now(c) - oldest;
}

/* RFC 9293: an unacceptable ACK is answered with a reset; so is a forged echo. */
static bool ack_acceptable(struct tcp_conn *c, const struct sea_tcp_seg *seg)
{
	if (sea_seq_le(seg->ack, c->snd_una) || sea_seq_gt(seg->ack, c->snd_nxt)) {
		/* The peer may have an old connection, which our reset ends: ask again soon (as Linux). */
		if (!c->retransmits)
			sea_tcp_arm_rtx(c, TCP_RTX_RTO, SYN_AGAIN_MS * SEA_MSEC);
		return false;
	}
	if (echo_ours(c, &seg->opts))
		return true;
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtPAWSActive);
	return false;
}

static void syn_acked(struct tcp_conn *c, struct tcp_rx *rx)
{
	struct tcp_ack_sample a = { .data = false };

	sea_tcp_recovery_ack(c, &rx->seg, &a);
	sea_tcp_sync_mss(c, c->pmtu);
	c->backoff = c->rto_shift = 0;
	c->retransmits = 0;
}

/* Somebody is about to write, or we were told that we shall be written to: an ACK of its own may be saved (as Linux). */
static bool saves_ack(const struct tcp_conn *c)
{
	return c->sock.flags & SEA_SOCK_WRITER_WAITS || c->defer_accept || tcp_in_pingpong(c);
}

static void schedule_ack(struct tcp_conn *c)
{
	sea_tcp_enter_quickack(c, 16);
	c->flags |= TCP_F_ACK_SCHEDULED;
	sea_tcp_timer_set(c, TCP_TIMER_DELACK, sea_time_add(tcp_now(c), DELACK_MAX_MS * SEA_MSEC));
}

static enum rx_verdict established(struct tcp_conn *c, struct tcp_rx *rx)
{
	take_irs(c, &rx->seg);
	sea_tcp_ecn_synack(c, rx);
	syn_acked(c, rx);
	sea_tcp_mtup_init(c);
	sea_tcp_peers_recall(c);
	sea_tcp_ecn_settle_cc(c);
	sea_tcp_ts_in_mss(c);
	sea_tcp_pacing_begin(c);
	sea_tcp_model_begin(c);
	sea_tcp_set_state(c, TCP_S_ESTABLISHED);
	sea_tcp_init_buffer_space(c);
	c->snd_sml = c->snd_una;
	c->lsndtime = tcp_now(c); /* the first data does not end an idle time */
	sea_tcp_keepalive_rearm(c);
	sea_tcp_sndbuf_expand(c);
	rx->effects |= RX_WRITABLE;
	if ((c->side->fo.asked || c->side->fo.sent) && !sea_tcp_fastopen_synack(c, rx))
		return RX_DONE;
	rx->effects |= RX_PUSH;
	/* The handshake's ACK goes at once unless data that waits will carry it. */
	if (tcp_unsent(c))
		c->flags |= TCP_F_ACK_SCHEDULED | TCP_F_ACK_NOW, rx->effects |= RX_ACK_CHECK;
	else if (saves_ack(c))
		schedule_ack(c);
	else
		rx->effects |= RX_ACK_NOW;
	/* Text and FIN beside it are not looked at, as Linux does: they come again. What is urgent is. */
	sea_tcp_urgent_input(c, rx);
	return RX_DONE;
}

/*
 * Both sides opened: our SYN goes again, as SYN-ACK (RFC 9293 §3.5, figure 8). It is no retransmission, and the timer
 * goes on as it was. Windows stay scaled by what the SYN offered, as Linux has it, even if the peer's has no scale.
 */
static enum rx_verdict crossing_syn(struct tcp_conn *c, struct tcp_rx *rx)
{
	struct tcp_txseg *syn = sea_tcp_txq_first(&c->fl->txq);
	uint32_t clamp = c->window_clamp;
	uint8_t scale = c->rcv_wscale;

	take_irs(c, &rx->seg);
	sea_tcp_ecn_crossing_syn(c, rx);
	c->rcv_wscale = scale;
	c->window_clamp = clamp;
	c->ack.lrcvtime = c->rcv_tstamp = SEA_TIME_ZERO; /* neither data nor an ACK yet */
	sea_tcp_set_state(c, TCP_S_SYN_RECV);
	if (syn)
		sea_tcp_txq_renew(&c->fl->txq, syn, tcp_now(c));
	(void)sea_tcp_send_syn(c, NULL, 0, NULL);
	return RX_DONE;
}

enum rx_verdict sea_tcp_rx_syn_sent(struct tcp_conn *c, struct tcp_rx *rx)
{
	const struct sea_tcp_seg *seg = &rx->seg;
	struct sea_stack *stack = c->sock.stack;

	if ((seg->flags & SEA_TCP_ACK) && !ack_acceptable(c, seg)) {
		sea_tcp_reply_rst(stack, rx);
		return drop(rx, SEA_DROP_TCP_ACK_UNSENT);
	}
	if (seg->flags & SEA_TCP_RST) {
		if (!(seg->flags & SEA_TCP_ACK))
			return drop(rx, SEA_DROP_TCP_INVALID_RESET);
		sea_pkt_drop(stack, rx->pkt, SEA_DROP_TCP_RESET);
		rx->pkt = NULL;
		sea_tcp_done(c, ECONNREFUSED);
		return RX_GONE;
	}
	if (!(seg->flags & SEA_TCP_SYN))
		return drop(rx, SEA_DROP_TCP_FLAGS);
	return seg->flags & SEA_TCP_ACK ? established(c, rx) : crossing_syn(c, rx);
}
