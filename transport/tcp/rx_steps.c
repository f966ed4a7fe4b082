/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of RFC 9293 §3.10.7.4 for a segment of a connection past SYN-SENT: is it acceptable
 * (RFC 7323 PAWS, sequence), does it reset, does it carry a stray SYN (RFC 5961), what does it
 * acknowledge, which state follows. Its text is text.c.
 */
#include "transport/tcp/rx.h"

#include <errno.h>

#include "transport/tcp/accecn.h"
#include "transport/tcp/memory.h"
#include "transport/tcp/model.h"
#include "transport/tcp/passive.h"
#include "transport/tcp/urgent.h"
#include "transport/tcp/windows.h"

#define PAWS_MAX_IDLE_NS (24 * 86400 * SEA_SEC) /* RFC 7323 §5.5 */
#define PAWS_WINDOW 1

static enum rx_verdict drop(struct tcp_rx *rx, enum sea_drop reason, uint32_t effects)
{
	rx->reason = reason;
	rx->effects |= effects;
	return RX_DROP;
}

/* -- header prediction -- */

/*
 * The next segment in order, nothing else new: flags, window, options as before. Then text and
 * acknowledgment are all there is to do.
 */
bool sea_tcp_rx_is_predicted(const struct tcp_conn *c, const struct sea_tcp_seg *seg)
{
	return (seg->flags & ~SEA_TCP_PSH) == SEA_TCP_ACK && c->state == TCP_S_ESTABLISHED &&
	       sea_seq_eq(seg->seq, c->rcv_nxt) && seg->wnd << c->snd_wscale == c->snd_wnd &&
	       sea_seq_le(seg->ack, c->snd_nxt) && !c->fl->reasm.n && !seg->opts.n_sack &&
	       seg->opts.has_ts == !!(c->flags & TCP_F_TS) && !(c->flags & TCP_F_URG_RCV) &&
	       seg->len <= sea_tcp_receive_window(c);
}

enum rx_verdict sea_tcp_rx_predicted(struct tcp_conn *c, struct tcp_rx *rx)
{
	const struct sea_tcp_seg *seg = &rx->seg;

	if (!sea_tcp_rx_is_predicted(c, seg))
		return RX_NEXT;
	/* What acknowledges too little is not looked at again, if the page that was bought last takes it (as Linux). */
	if (__builtin_expect(sea_seq_lt(seg->ack, c->snd_una), 0) && seg->len &&
	    !sea_tcp_fits_page(c, sea_truesize_rx(rx->pkt)))
		return RX_NEXT;
	if (seg->opts.has_ts) {
		/* PAWS: not older than what we echo. */
		if ((int32_t)(seg->opts.ts_val - c->ts_recent) < 0)
			return RX_NEXT;
		if (sea_seq_eq(c->rcv_nxt, c->rcv_wup))
			sea_tcp_store_ts_recent(c, seg);
	}
	tcp_ecn_count(c, rx);
	sea_stack_count(c->sock.stack,
			seg->len ? SEA_MIB_TcpExtTCPHPHits : SEA_MIB_TcpExtTCPHPAcks);
	if (!seg->len || !sea_seq_eq(seg->ack, c->snd_una)) {
		/* Text that is as expected is taken, however old its acknowledgment is (as Linux). */
		enum rx_verdict v = sea_tcp_ack_process(c, rx);

		if (!seg->len)
			return v == RX_NEXT ? RX_DONE : v;
	} else {
		c->snd_wl1 = seg->seq;
		c->rcv_tstamp = tcp_now(c);
	}
	return sea_tcp_rx_take_next(c, rx);
}

/* -- first: is it acceptable? -- */

void sea_tcp_store_ts_recent(struct tcp_conn *c, const struct sea_tcp_seg *seg)
{
	c->ts_recent = seg->opts.ts_val;
	c->ts_recent_stamp = tcp_now(c);
}

/* Older than what we echo by more than a tick of the peer's clock; 0 is no time (as Linux). */
static bool is_old(const struct tcp_conn *c, const struct sea_tcp_seg *seg)
{
	if ((int32_t)(c->ts_recent - seg->opts.ts_val) <= PAWS_WINDOW || !c->ts_recent)
		return false;
	return sea_time_diff(tcp_now(c), c->ts_recent_stamp) <= PAWS_MAX_IDLE_NS;
}

static bool is_bare_ack(const struct sea_tcp_seg *seg)
{
	return !sea_tcp_seg_len(seg) && (seg->flags & SEA_TCP_ACK);
}

/*
 * Another one overtook it a moment ago, or so it seems: a duplicate ACK that says nothing new of the window. Its SACK
 * blocks may be new.
 */
static bool disordered_ack(const struct tcp_conn *c, const struct sea_tcp_seg *seg)
{
	int64_t replay_ms = tcp_rto_ns(c, c->backoff) * 12 / 10 / SEA_MSEC;

	return is_bare_ack(seg) && sea_seq_eq(seg->seq, c->rcv_nxt) &&
	       sea_seq_eq(seg->ack, c->snd_una) && !sea_tcp_ack_moves_window(c, seg) &&
	       (int32_t)(c->ts_recent - seg->opts.ts_val) <= replay_ms;
}

/* RFC 5961 §4.2. */
static enum rx_verdict challenge_syn(struct tcp_conn *c, struct tcp_rx *rx)
{
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPSYNChallenge);
	if (tcp_accecn(c))
		sea_tcp_accecn_syn_again(c, rx);
	return drop(rx, SEA_DROP_TCP_INVALID_SYN, RX_CHALLENGE);
}

/* RFC 7323 §5.3 R1. What is bare and behind what we have is common, and not answered (as Linux). */
enum rx_verdict sea_tcp_rx_paws(struct tcp_conn *c, struct tcp_rx *rx)
{
	const struct sea_tcp_seg *seg = &rx->seg;

	if (!(c->flags & TCP_F_TS) || !seg->opts.has_ts || (seg->flags & SEA_TCP_RST))
		return RX_NEXT;
	if (!is_old(c, seg) || disordered_ack(c, seg))
		return RX_NEXT;
	if (seg->flags & SEA_TCP_SYN)
		return challenge_syn(c, rx);
	if (is_bare_ack(seg) && sea_seq_lt(seg->seq, c->rcv_nxt)) {
		sea_stack_count(c->sock.stack, SEA_MIB_TcpExtPAWSOldAck);
		return drop(rx, SEA_DROP_TCP_PAWS, 0);
	}
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtPAWSEstab);
	return drop(rx, SEA_DROP_TCP_PAWS, RX_DUPACK_PAWS);
}

/*
 * RFC 9293 §3.4: does it touch the window? Its beginning may be old. Where something waits to be
 * read its end must not go beyond; else it may, as Linux 6.18 was seen to take a first segment larger
 * than a small window.
 */
enum rx_verdict sea_tcp_rx_sequence(struct tcp_conn *c, struct tcp_rx *rx)
{
	const struct sea_tcp_seg *seg = &rx->seg;
	sea_seq end = sea_seq_add(seg->seq, sea_tcp_seg_len(seg));
	sea_seq edge = sea_seq_add(c->rcv_nxt, sea_tcp_receive_window(c));
	bool beyond = sea_seq_gt(sea_seq_add(seg->seq, seg->len), edge) && c->rcvq.pkts.head;

	if (sea_seq_ge(end, c->rcv_wup) && sea_seq_le(seg->seq, edge) && !beyond)
		return RX_NEXT;
	if (seg->flags & SEA_TCP_RST)
		return drop(rx, SEA_DROP_TCP_INVALID_RESET, 0);
	if (seg->flags & SEA_TCP_SYN)
		return sea_tcp_rx_syn(c, rx);
	if (beyond) {
		sea_stack_count(c->sock.stack, SEA_MIB_TcpExtBeyondWindow);
		return drop(rx, SEA_DROP_TCP_OUT_OF_WINDOW, RX_DUPACK);
	}
	return drop(rx,
		    sea_seq_lt(end, c->rcv_wup) ? SEA_DROP_TCP_OLD_DATA
						: SEA_DROP_TCP_OUT_OF_WINDOW,
		    RX_DUPACK);
}

/* -- second: RST (RFC 5961 §3.2) -- */

static int reset_errno(const struct tcp_conn *c)
{
	switch (c->state) {
	case TCP_S_SYN_SENT:
		return ECONNREFUSED;
	case TCP_S_CLOSE_WAIT:
		return EPIPE;
	default:
		return ECONNRESET;
	}
}

/* Exactly RCV.NXT, or, where SACK told the peer more, the end of the highest block. */
static bool reset_exact(const struct tcp_conn *c, sea_seq seq)
{
	sea_seq high = c->rcv_nxt;

	if (sea_seq_eq(seq, c->rcv_nxt))
		return true;
	for (unsigned i = 0; i < c->fl->reasm.n_sack; i++)
		high = sea_seq_max(high, c->fl->reasm.sack[i].end);
	return c->flags & TCP_F_SACK && c->fl->reasm.n_sack && sea_seq_eq(seq, high);
}

enum rx_verdict sea_tcp_rx_reset(struct tcp_conn *c, struct tcp_rx *rx)
{
	struct sea_stack *stack = c->sock.stack;

	if (!(rx->seg.flags & SEA_TCP_RST))
		return RX_NEXT;
	if (!reset_exact(c, rx->seg.seq))
		return drop(rx, SEA_DROP_TCP_INVALID_RESET, RX_CHALLENGE);
	sea_pkt_drop(stack, rx->pkt, SEA_DROP_TCP_RESET);
	rx->pkt = NULL;
	sea_tcp_done(c, reset_errno(c));
	return RX_GONE;
}

/* -- fourth: SYN (RFC 5961 §4.2) -- */

enum rx_verdict sea_tcp_rx_syn(struct tcp_conn *c, struct tcp_rx *rx)
{
	const struct sea_tcp_seg *seg = &rx->seg;

	if (!(seg->flags & SEA_TCP_SYN))
		return RX_NEXT;
	/* Simultaneous open: the bare SYN-ACK that answers our SYN-ACK (RFC 9293 §3.5, figure 8). */
	if (c->state == TCP_S_SYN_RECV && (seg->flags & SEA_TCP_ACK) && sea_tcp_seg_len(seg) == 1 &&
	    sea_seq_eq(sea_seq_add(seg->seq, 1), c->rcv_nxt) && sea_seq_eq(seg->ack, c->snd_nxt))
		return RX_NEXT;
	return challenge_syn(c, rx);
}

/* -- fifth: ACK -- */

/*
 * In SYN-RECEIVED only an ACK of our SYN is one (RFC 9293 §3.10.7.4): the peer must have seen it. (After a simultaneous
 * open Linux takes one of ISS, too.)
 */
static bool acks_our_syn(const struct tcp_conn *c, sea_seq ack)
{
	return sea_seq_gt(ack, c->iss) && sea_seq_le(ack, c->snd_nxt);
}

enum rx_verdict sea_tcp_rx_ack(struct tcp_conn *c, struct tcp_rx *rx)
{
	if (!(rx->seg.flags & SEA_TCP_ACK))
		return drop(rx, SEA_DROP_TCP_FLAGS, 0);
	if (c->state == TCP_S_SYN_RECV && !acks_our_syn(c, rx->seg.ack)) {
		sea_tcp_reply_rst(c->sock.stack, rx);
		return drop(rx, SEA_DROP_TCP_ACK_UNSENT, 0);
	}
	tcp_ecn_count(c, rx);
	return sea_tcp_ack_process(c, rx);
}

void sea_tcp_begin_transfer(struct tcp_conn *c)
{
	sea_tcp_mtup_init(c);
	sea_tcp_peers_recall(c);
	sea_tcp_ecn_settle_cc(c);
	sea_tcp_model_begin(c);
	sea_tcp_init_buffer_space(c);
	if (!(c->flags & TCP_F_ACCEPTED)) /* SYNs that crossed; a child has had its buffer */
		sea_tcp_sndbuf_expand(c);
}

static void become_established(struct tcp_conn *c, struct tcp_rx *rx)
{
	sea_tcp_set_state(c, TCP_S_ESTABLISHED);
	c->lsndtime = tcp_now(c); /* the first data does not end an idle time */
	sea_tcp_ts_in_mss(c);
	if (c->flags & TCP_F_TFO) {
		if (tcp_accecn(c))
			sea_tcp_accecn_third_ack(c, rx);
		sea_tcp_fastopen_completed(c);
	} else {
		sea_tcp_begin_transfer(c);
	}
	/* Also a SYN-ACK's window, as Linux has it: RFC 7323 §2.2 would not scale it. */
	if (rx->seg.flags & SEA_TCP_SYN)
		c->snd_wnd = rx->seg.wnd << c->snd_wscale;
	c->snd_wl1 = rx->seg.seq;
	c->delivered++; /* the SYN-ACK, as Linux counts */
	sea_tcp_keepalive_rearm(c);
	rx->effects |= RX_WRITABLE | RX_PUSH;
}

static bool brings_data(const struct tcp_conn *c, const struct sea_tcp_seg *seg)
{
	return seg->len && sea_seq_gt(sea_seq_add(seg->seq, seg->len), c->rcv_nxt);
}

/* Data that was not read, or a FIN beyond a hole, which tells of some (as Linux). */
static bool tells_of_data(const struct tcp_conn *c, const struct sea_tcp_seg *seg)
{
	return sea_tcp_seg_len(seg) && sea_seq_gt(sea_seq_add(seg->seq, seg->len), c->rcv_nxt);
}

/* The wait for the peer's FIN has an end once nobody can read any more (tcp_fin_timeout, linger2). */
static enum rx_verdict orphan_fin_wait_2(struct tcp_conn *c, struct tcp_rx *rx)
{
	int64_t wait = sea_tcp_st(c)->sysctl.fin_timeout * SEA_SEC;
	bool unread = tells_of_data(c, &rx->seg);

	if (c->linger2_s < 0 || unread) {
		/* The program does not want to wait, or data comes that nobody will read. */
		sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPAbortOnData);
		sea_tcp_reply_rst(c->sock.stack, rx);
		sea_tcp_done(c, 0);
		return RX_GONE;
	}
	if (c->linger2_s > 0)
		wait = c->linger2_s * SEA_SEC;
	sea_tcp_to_time_wait(c, TCP_S_FIN_WAIT_2, wait);
	return RX_GONE;
}

static enum rx_verdict fin_wait_1_acked(struct tcp_conn *c, struct tcp_rx *rx)
{
	sea_tcp_set_state(c, TCP_S_FIN_WAIT_2);
	c->sock.shutdown |= SEA_SOCK_SHUT_WR;
	sea_dst_confirm(c->sock.stack, &c->dst);
	if (!(c->flags & TCP_F_ORPHAN)) {
		rx->effects |= RX_WRITABLE;
		if (c->flags & TCP_F_LINGERING)
			sea_sock_raise(&c->sock, SEA_POLLHUP);
		return RX_NEXT;
	}
	/* A FIN in the same segment takes it on to TIME-WAIT at once, if it is the next number. */
	if ((rx->seg.flags & SEA_TCP_FIN) && !rx->seg.len && sea_seq_eq(rx->seg.seq, c->rcv_nxt))
		return RX_NEXT;
	return orphan_fin_wait_2(c, rx);
}

enum rx_verdict sea_tcp_rx_state_ack(struct tcp_conn *c, struct tcp_rx *rx)
{
	switch (c->state) {
	case TCP_S_SYN_RECV:
		become_established(c, rx);
		/* Shut down before; a child perhaps by what its listener was before it listened. */
		if (c->sock.shutdown & SEA_SOCK_SHUT_WR)
			sea_tcp_finish_sending(c);
		else if (tcp_fin_pending(c))
			rx->effects |= RX_PUSH;
		return RX_NEXT;
	case TCP_S_FIN_WAIT_1:
		if (c->flags & TCP_F_TFO)
			sea_tcp_fastopen_completed(c);
		return tcp_fin_acked(c) ? fin_wait_1_acked(c, rx) : RX_NEXT;
	case TCP_S_CLOSING:
		if (!tcp_fin_acked(c))
			return RX_NEXT;
		sea_tcp_to_time_wait(c, TCP_S_TIME_WAIT, 0);
		return RX_GONE;
	case TCP_S_LAST_ACK:
		if (!tcp_fin_acked(c))
			return RX_NEXT;
		sea_tcp_peers_note(c);
		sea_tcp_done(c, 0);
		return RX_GONE;
	default:
		return RX_NEXT;
	}
}

/* -- sixth: URG, in any state -- */

enum rx_verdict sea_tcp_rx_urgent(struct tcp_conn *c, struct tcp_rx *rx)
{
	if ((rx->seg.flags & SEA_TCP_URG) || (c->flags & TCP_F_URG_RCV))
		sea_tcp_urgent_input(c, rx);
	return RX_NEXT;
}

/* -- seventh and eighth: text and FIN -- */

/* The peer has closed, but sends text that begins before its FIN and goes beyond it. */
static bool contradicts_fin(const struct tcp_conn *c, const struct sea_tcp_seg *seg)
{
	return tcp_in(c, 1u << TCP_S_CLOSE_WAIT | 1u << TCP_S_CLOSING | 1u << TCP_S_LAST_ACK) &&
	       sea_seq_lt(seg->seq, c->rcv_nxt) && brings_data(c, seg);
}

/* Closed, or shut down both ways; after SHUT_RD alone Linux goes on receiving. */
static bool nobody_reads(const struct tcp_conn *c)
{
	return tcp_in(c, 1u << TCP_S_FIN_WAIT_1 | 1u << TCP_S_FIN_WAIT_2) &&
	       (c->sock.shutdown & SEA_SOCK_SHUT_RD);
}

/* The peer must learn that it is lost (RFC 2525). */
static enum rx_verdict abort_on_data(struct tcp_conn *c, struct tcp_rx *rx)
{
	struct sea_stack *stack = c->sock.stack;

	sea_stack_count(stack, SEA_MIB_TcpExtTCPAbortOnData);
	sea_tcp_reply_rst(stack, rx);
	sea_pkt_drop(stack, rx->pkt, SEA_DROP_TCP_DATA_AFTER_CLOSE);
	rx->pkt = NULL;
	sea_tcp_done(c, c->state == TCP_S_CLOSE_WAIT ? EPIPE : ECONNRESET);
	return RX_GONE;
}

enum rx_verdict sea_tcp_rx_text(struct tcp_conn *c, struct tcp_rx *rx)
{
	struct sea_tcp_seg *seg = &rx->seg;

	/* A simultaneous open's SYN is text that came before, and acknowledged as such (as Linux). */
	if (!sea_tcp_seg_len(seg))
		return RX_DONE;
	if (!tcp_in(c, TCP_MAY_RECEIVE)) {
		/* The peer has closed: only its old segments can still come (RFC 9293 §3.10.7.4). */
		if (sea_seq_ge(seg->seq, c->rcv_nxt))
			return drop(rx, SEA_DROP_TCP_AFTER_FIN, 0);
		if (contradicts_fin(c, seg))
			return abort_on_data(c, rx);
		return drop(rx, SEA_DROP_TCP_OLD_DATA, RX_DUPACK);
	}
	/* New data for a socket that will not read. */
	if (nobody_reads(c) && tells_of_data(c, seg))
		return abort_on_data(c, rx);
	return sea_tcp_rx_take(c, rx);
}
