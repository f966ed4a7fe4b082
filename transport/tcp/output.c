/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may be sent: the peer's window, the congestion window, Nagle's rule in Minshall's variant
 * (RFC 9293 §3.7.4, RFC 896), corking, the small-queue limit, and waiting a little for a larger
 * super-segment. Lost segments go before new ones.
 */
#include "transport/tcp/conn.h"

#include <errno.h>

#include "core/minmax.h"
#include "transport/tcp/ecn.h"
#include "transport/tcp/memory.h"
#include "transport/tcp/model.h"
#include "transport/tcp/pacing.h"
#include "transport/tcp/recovery.h"
#include "transport/tcp/tx_delay.h"
#include "transport/tcp/urgent.h"

/* -- limits -- */

/* Bytes that the peer's window still takes. */
static uint32_t window_room(const struct tcp_conn *c)
{
	int32_t room = sea_seq_diff(sea_seq_add(c->snd_una, c->snd_wnd), c->snd_nxt);

	return room > 0 ? (uint32_t)room : 0;
}

/*
 * A super-segment holds about a millisecond of the rate, more where the RTT is tiny, at least
 * tcp_min_tso_segs (Linux's autosizing), so that slow paths see no bursts.
 */
static uint32_t burst_bytes(const struct tcp_conn *c)
{
	uint64_t bytes = c->fl->pacing_rate >> TCP_PACING_SHIFT;
	uint32_t least = (uint32_t)sea_tcp_st(c)->sysctl.min_tso_segs * c->mss_cache;
	uint32_t log = (uint32_t)sea_tcp_st(c)->sysctl.tso_rtt_log & 31;

	if (__builtin_expect(c->cc.ops->model && c->cc.model, 0))
		least = c->cc.ops->model->min_tso_segs(&c->cc) * c->mss_cache;
	if (log && tcp_min_rtt_us(&c->rtt) >> log < 32)
		bytes += c->gso_max >> (tcp_min_rtt_us(&c->rtt) >> log);
	if (bytes < least)
		bytes = least;
	if (bytes > c->gso_max)
		return c->gso_max;
	return (uint32_t)bytes - (uint32_t)bytes % c->mss_cache;
}

/*
 * Bytes of ours that may stand in queues below (TCP small queues). Who does not pace sends in batches, which the link
 * takes after the entry.
 */
static uint64_t queue_limit(const struct tcp_conn *c)
{
	uint64_t limit = c->fl->pacing_rate >> TCP_PACING_SHIFT, most;

	if (tcp_paced(c)) {
		most = 2 * sea_truesize_tx(sea_min_u32(burst_bytes(c), tcp_unsent(c)));
		limit = limit < most ? most : limit;
		if (__builtin_expect(c->sock.pacing & SEA_PACING_LATER, 0))
			limit += sea_tcp_tx_delay_room(c);
		return limit;
	}
	most = (uint64_t)sea_tcp_st(c)->sysctl.limit_output_bytes;
	if (limit < 2u * sea_truesize_tx(c->gso_max))
		limit = 2u * sea_truesize_tx(c->gso_max);
	return limit < most ? limit : most;
}

static bool queue_full(struct tcp_conn *c)
{
	if (!c->sock.wmem_alloc || (uint64_t)c->sock.wmem_alloc <= queue_limit(c))
		return false;
	/* Two at least, lest the path run dry. */
	if (tcp_paced(c) && c->fl->txq.n <= 1)
		return false;
	c->flags |= TCP_F_TSQ;
	return true;
}

/* -- holding back -- */

/* Minshall: only an unacknowledged *small* segment holds the next small one back. */
static bool nagle_holds(const struct tcp_conn *c)
{
	if (c->flags & TCP_F_NODELAY || !c->fl->txq.packets_out)
		return false;
	return sea_seq_gt(c->snd_sml, c->snd_una) && sea_seq_le(c->snd_sml, c->snd_nxt);
}

/* May a segment shorter than the MSS, the last that was written, go now? */
static bool partial_may_go(const struct tcp_conn *c, enum tcp_push how)
{
	if (how == TCP_PUSH_ALL || tcp_fin_pending(c))
		return true; /* nothing will follow to fill it */
	if (tcp_sends_urgent(c))
		return true;
	if (how == TCP_PUSH_FULL)
		return false;
	return !nagle_holds(c);
}

/* Behind full segments of a super-segment, be it its own end or the window's (as Linux, a FIN does not matter here). */
static bool holds_partial(const struct tcp_conn *c, enum tcp_push how)
{
	return how == TCP_PUSH_FULL || (how == TCP_PUSH_NAGLE && nagle_holds(c));
}

/* What may be sent next, and how far the limits let it. */
struct next {
	/* Bytes that one segment may hold: to the next boundary that binds, or as many as make it full. */
	uint32_t avail;
	uint32_t most;      /* bytes of a full super-segment now */
	uint32_t wnd, cwnd; /* bytes that the windows take */
	bool last;          /* nothing stands behind `avail` */
};

/* A super-segment is full at what autosizing says, and at half of the congestion window: two are in flight. */
static uint32_t super_bytes(const struct tcp_conn *c, uint32_t cwnd_room, uint32_t mss)
{
	uint32_t quota = sea_min_u32(cwnd_room, sea_max_u32(c->cc.cwnd >> 1, 1));
	uint32_t full = burst_bytes(c);

	return full / mss > quota ? quota * mss : sea_max_u32(full - full % mss, mss);
}

static struct next look(const struct tcp_conn *c, uint32_t cwnd_room, uint32_t mss)
{
	struct next n = { .wnd = window_room(c), .cwnd = cwnd_room * mss, .most = mss };
	sea_seq reach = c->snd_nxt;

	if (tcp_unsent(c) > mss)
		n.most = super_bytes(c, cwnd_room, mss);
	if (c->fl->marks.n) {
		sea_tcp_marks_grow(&c->fl->marks, sea_seq_add(reach, n.most));
		reach = sea_tcp_mark_at(&c->fl->marks, 0)->end;
	}
	n.avail = (uint32_t)sea_seq_diff(reach, c->snd_nxt);
	n.last = sea_seq_eq(reach, c->write_seq);
	if (tcp_sends_urgent(c))
		n.most = mss; /* the pointer is relative to each segment */
	return n;
}

/*
 * The windows allow only a part of a super-segment: an ACK that is on its way will allow more, so
 * wait, unless that would idle the path: the program has stopped writing, a good part of the window is free, or the ACK
 * of the oldest segment is still more than half a round trip away.
 */
static bool worth_waiting(const struct tcp_conn *c, const struct next *n)
{
	int32_t divisor = sea_tcp_st(c)->sysctl.tso_win_divisor;
	const struct tcp_txseg *head = sea_tcp_txq_first(&c->fl->txq);
	uint32_t limit = sea_min_u32(n->wnd, n->cwnd);

	if (!head || c->fl->rec.ca_state >= TCP_CA_RECOVERY || limit >= burst_bytes(c))
		return false;
	if (!n->last && limit >= n->avail)
		return false;
	if (sea_time_diff(tcp_now(c), c->lsndtime) > SEA_MSEC)
		return false;
	if (divisor > 0) {
		uint32_t chunk = sea_min_u32(c->snd_wnd, c->cc.cwnd * c->mss_cache);

		if (limit >= chunk / (uint32_t)divisor)
			return false;
	} else if (limit > 3u * c->mss_cache) {
		return false;
	}
	if (sea_time_diff(tcp_now(c), head->last_sent) / SEA_USEC < c->rtt.srtt_us >> 4)
		return false;
	return limit <= n->avail || !tcp_fin_pending(c);
}

/* A FIN behind the next `len` bytes is in the window, too; that of a super-segment is not asked (as Linux). */
static bool fin_fits(const struct tcp_conn *c, uint32_t len, uint32_t mss)
{
	return len > mss || window_room(c) > len;
}

/*
 * Bytes to send in the next (super-)segment; 0: nothing now, and whether that is for want of congestion window.
 * Whole segments unless it is all there is.
 */
static uint32_t next_len(struct tcp_conn *c, uint32_t cwnd_room, uint32_t mss, enum tcp_push how,
			 bool one, bool *cwnd_limited)
{
	uint32_t len;
	struct next n = look(c, cwnd_room, mss);

	*cwnd_limited = false;
	if (n.avail > mss && !one && worth_waiting(c, &n)) {
		/* What waits for room is as limited as what finds none: the window has to grow. */
		*cwnd_limited = n.cwnd < n.wnd && n.cwnd <= n.avail;
		return 0;
	}
	len = sea_min_u32(sea_min_u32(n.avail, n.wnd), n.most);
	if (len > mss)
		return len % mss && holds_partial(c, how) ? len - len % mss : len;
	/*
	 * The window takes a fraction: silly (RFC 9293 MUST-38). The MSS is half of the largest window at most; what
	 * does not fit a window smaller than that, goes when the timer probes it (as Linux).
	 */
	if (len < n.avail && len < mss)
		return 0;
	if (n.last && len == n.avail && tcp_fin_pending(c) && !fin_fits(c, len, mss))
		return 0;
	return len < mss && n.last && !partial_may_go(c, how) ? 0 : len;
}

/* -- sending -- */

/* Bytes left, for the first time or again. */
static void data_sent(struct tcp_conn *c)
{
	c->lsndtime = tcp_now(c);
	/* An answer within the delay: this is a conversation, ACKs may ride on data. */
	if (sea_time_diff(c->lsndtime, c->ack.lrcvtime) < c->ack.ato_us * SEA_USEC)
		c->ack.pingpong = (uint8_t)(c->ack.pingpong + (c->ack.pingpong < UINT8_MAX));
}

static void after_sent(struct tcp_conn *c, struct tcp_txseg *seg, uint32_t len)
{
	sea_tcp_rate_sent(c, seg);
	sea_tcp_recovery_sent(c, seg->segs);
	if (len % seg->mss)
		c->snd_sml = seg->end;
	if (tcp_paced(c)) {
		sea_tcp_pacing_sent(c, len);
		sea_tcp_model_sent(c, seg);
	}
	if (len)
		data_sent(c);
}

/* It did not get as far as the link: it is to be sent as if for the first time. */
static void take_back(struct tcp_conn *c, struct tcp_txseg *seg)
{
	c->snd_nxt = seg->seq;
	if (seg->bits & TCP_TX_FIN)
		tcp_clear(c, TCP_F_FIN_SENT);
	sea_tcp_txq_remove(&c->fl->txq, seg);
}

/*
 * Sends the next `len` bytes, with the FIN when it stands right behind them; arms no timer. Where it fails,
 * nothing but perhaps the congestion window is other than before.
 */
static int send_next(struct tcp_conn *c, uint32_t len, uint8_t flags, uint16_t mss)
{
	sea_seq seq = c->snd_nxt, end = sea_seq_add(seq, len);
	bool last = len == tcp_unsent(c);
	bool fin = last && tcp_fin_pending(c) && fin_fits(c, len, mss);
	uint32_t marked = sea_tcp_marks_flags(&c->fl->marks, end);
	struct tcp_txseg *seg;
	int err;

	if (marked & TCP_MARK_PSH)
		flags |= SEA_TCP_PSH;
	if (fin)
		flags |= SEA_TCP_FIN;
	end = sea_seq_add(end, fin);
	/* Bytes have one already; a FIN alone may not. */
	if (!sea_tcp_flight(c))
		return -ENOMEM;
	seg = sea_tcp_txq_push(&c->fl->txq, seq, end, mss, fin ? TCP_TX_FIN : 0, flags,
			       tcp_departure(c));
	if (!seg) {
		tcp_flight_settle(c);
		return -ENOMEM;
	}
	seg->eor = marked & TCP_MARK_EOR;
	c->snd_nxt = end;
	if (fin)
		c->flags |= TCP_F_FIN_SENT;
	err = sea_tcp_transmit(c, seq, end, flags, mss);
	if (err) {
		take_back(c, seg);
		if (err == -ENOBUFS)
			sea_tcp_enter_cwr(c);
		tcp_flight_settle(c);
		return err;
	}
	sea_mib_add(&c->sock.stack->shard.counters, SEA_MIB_TcpExtTCPOrigDataSent, seg->segs);
	sea_tcp_marks_pop(&c->fl->marks, end);
	after_sent(c, seg, len);
	return 0;
}

static bool no_rtx_timer(const struct tcp_conn *c)
{
	return c->rtx_kind == TCP_RTX_PROBE || c->rtx_kind == TCP_RTX_NONE;
}

/* For a probe: if that is lost it goes again with the timeout, and no other probe is scheduled. */
static int send_new(struct tcp_conn *c, uint32_t len, uint8_t flags)
{
	bool idle = !c->fl->txq.packets_out;
	int err = send_next(c, len, flags, sea_tcp_mss_now(c));

	if ((idle || no_rtx_timer(c)) && c->fl->txq.packets_out)
		sea_tcp_arm_rto(c);
	return err;
}

static bool something_to_send(const struct tcp_conn *c)
{
	return tcp_unsent(c) || tcp_fin_pending(c);
}

/* Tries a larger segment than the path is known to carry; false: nothing else is to go now. */
static bool probe_mtu(struct tcp_conn *c)
{
	sea_seq start = c->snd_nxt;
	uint32_t len;

	switch (sea_tcp_mtup_next(c, &len)) {
	case TCP_PROBE_NOW:
		if (!send_next(c, len, SEA_TCP_ACK, (uint16_t)len))
			sea_tcp_mtup_sent(c, start, len);
		return true;
	case TCP_PROBE_WAIT:
		return false;
	case TCP_PROBE_NOT:
		break;
	}
	return true;
}

/* New data, as far as the limits go; returns whether the congestion window was what stopped it. */
static bool send_window(struct tcp_conn *c, enum tcp_push how, bool one)
{
	uint32_t mss = sea_tcp_mss_now(c);

	if (c->side->mtup.search_low && !one && !probe_mtu(c))
		return false;
	while (something_to_send(c)) {
		uint32_t room = sea_tcp_cwnd_room(c), len;
		bool limited;

		if (queue_full(c) || (tcp_paced(c) && sea_tcp_pacing_holds(c)))
			return false;
		if (!room)
			return true;
		len = next_len(c, room, mss, how, one, &limited);
		if (!len && (tcp_unsent(c) || !tcp_fin_pending(c) || !fin_fits(c, 0, mss)))
			return limited;
		if (send_next(c, len, SEA_TCP_ACK, (uint16_t)mss) || one)
			return false;
	}
	return false;
}

/* The peer's window holds back what the congestion window would let go, or does so no more. */
static void note_rwnd(struct tcp_conn *c)
{
	uint32_t waits = tcp_unsent(c) + tcp_fin_pending(c);

	if (waits && sea_tcp_cwnd_room(c) &&
	    window_room(c) < sea_min_u32(waits, sea_tcp_mss_now(c))) {
		if (c->fl->chrono < TCP_CHRONO_RWND_LIMITED)
			sea_tcp_chrono_set(c, TCP_CHRONO_RWND_LIMITED);
	} else if (c->fl->chrono == TCP_CHRONO_RWND_LIMITED) {
		sea_tcp_chrono_stop(c, TCP_CHRONO_RWND_LIMITED);
	}
}

static bool may_send(const struct tcp_conn *c)
{
	/* What is paced may wait below for long: it is looked at anew. */
	return (tcp_in(c, TCP_SYNCHRONIZED) || c->flags & TCP_F_TFO) &&
	       (!(c->flags & TCP_F_TSQ) || tcp_paced(c));
}

static void arm_after_push(struct tcp_conn *c, bool was_idle)
{
	if (was_idle || no_rtx_timer(c))
		sea_tcp_rearm_rto(c);
	else
		sea_tcp_schedule_tlp(c);
}

static void push(struct tcp_conn *c, enum tcp_push how, bool one)
{
	sea_seq before = c->snd_nxt;
	bool limited, idle = !c->fl->txq.packets_out;

	if (!something_to_send(c) || !may_send(c))
		return;
	tcp_follow_mtu(c);
	if (idle)
		sea_tcp_cwnd_after_idle(c);
	limited = send_window(c, how, one);
	note_rwnd(c);
	limited |= sea_tcp_cwnd_room(c) == 0;
	if (limited || !sea_seq_eq(before, c->snd_nxt))
		sea_tcp_cwnd_validate(c, limited);
	if (!sea_seq_eq(before, c->snd_nxt))
		arm_after_push(c, idle);
	if (!c->fl->txq.packets_out)
		sea_tcp_check_probe(c);
}

void sea_tcp_push_as(struct tcp_conn *c, enum tcp_push how)
{
	if (c->flags & TCP_F_PUSH_NOW)
		how = TCP_PUSH_ALL;
	else if (c->flags & TCP_F_CORK && how == TCP_PUSH_NAGLE)
		how = TCP_PUSH_FULL;
	push(c, how, false);
}

void sea_tcp_push(struct tcp_conn *c)
{
	sea_tcp_push_as(c, TCP_PUSH_NAGLE);
}

void sea_tcp_push_one(struct tcp_conn *c)
{
	push(c, TCP_PUSH_ALL, true);
}

/* Where memory is short it joins the last segment that is out, takes none, and goes when that goes again (as Linux). */
static bool join_fin(struct tcp_conn *c)
{
	struct tcp_txseg *last = sea_tcp_txq_last(&c->fl->txq);

	if (tcp_unsent(c) || !last || last->bits & (TCP_TX_SYN | TCP_TX_SACKED))
		return false;
	last->end = sea_seq_add(last->end, 1);
	last->bits |= TCP_TX_FIN;
	last->flags |= SEA_TCP_FIN;
	c->snd_nxt = last->end;
	c->flags |= TCP_F_FIN_SENT;
	return true;
}

void sea_tcp_send_fin(struct tcp_conn *c)
{
	c->flags |= TCP_F_FIN_QUEUED;
	if (__builtin_expect(tcp_pressed(sea_tcp_st(c)), 0) && join_fin(c))
		return;
	tcp_clear(c, TCP_F_TSQ); /* nothing more will join what waits for the link */
	if (c->fl->chrono == TCP_CHRONO_NONE && sea_tcp_flight(c))
		sea_tcp_chrono_set(c, TCP_CHRONO_BUSY);
	sea_tcp_push(c);
}

/* What a probe may carry of what waits: a segment, of the first part alone. */
static uint32_t probe_len(const struct tcp_conn *c)
{
	struct tcp_marks *m = &c->fl->marks;
	uint32_t part = m->n ? (uint32_t)sea_seq_diff(sea_tcp_mark_at(m, 0)->end, c->snd_nxt)
			     : tcp_unsent(c);

	return sea_min_u32(part, sea_tcp_mss_now(c));
}

/* It goes whole or not at all: where the window takes only a piece, what is out is sent again instead. */
bool sea_tcp_send_new_probe(struct tcp_conn *c)
{
	uint32_t len = probe_len(c);
	bool fin = len == tcp_unsent(c) && tcp_fin_pending(c);

	if (len + fin > window_room(c) || (!len && !fin))
		return false;
	return send_new(c, len, SEA_TCP_ACK) == 0;
}

/* -- sending again -- */

static int resend(struct tcp_conn *c, struct tcp_txseg *seg, bool probe)
{
	sea_seq from = seg->bits & TCP_TX_SYN ? sea_seq_add(seg->seq, 1) : seg->seq;
	int err;

	if (seg->bits & TCP_TX_SYN) {
		sea_tcp_ecn_syn_lost(c);
		err = sea_tcp_send_syn(c, NULL, 0, NULL);
	} else {
		err = sea_tcp_transmit_again(c, from, seg->end, seg->flags, sea_tcp_mss_now(c));
	}
	/* What the link's queue refused was not sent: it still waits to be. */
	if (!err) {
		sea_tcp_recovery_resent(c, seg, probe);
		c->total_retrans += seg->segs;
		c->bytes_retrans +=
			(uint32_t)sea_seq_diff(seg->end, from) - !!(seg->bits & TCP_TX_FIN);
		if (tcp_paced(c)) {
			sea_tcp_pacing_sent(c, (uint32_t)sea_seq_diff(seg->end, from));
			sea_tcp_model_sent(c, seg);
		}
		if (sea_seq_diff(seg->end, from) > !!(seg->bits & TCP_TX_FIN))
			data_sent(c);
		sea_mib_add(&c->sock.stack->shard.counters, SEA_MIB_TcpRetransSegs, seg->segs);
	} else {
		sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPRetransFail);
	}
	return err;
}

/* Of `most` bytes, what a window that shrank meanwhile takes: whole segments, or a part of one. */
static uint32_t in_window(const struct tcp_conn *c, const struct tcp_txseg *seg, uint32_t most)
{
	int32_t room = sea_seq_diff(sea_seq_add(c->snd_una, c->snd_wnd), seg->seq);
	uint32_t mss = sea_tcp_mss_now(c);

	if (room <= 0)
		return mss;
	if (most <= (uint32_t)room)
		return most;
	return (uint32_t)room < mss ? (uint32_t)room : (uint32_t)room - (uint32_t)room % mss;
}

static int resend_part(struct tcp_conn *c, struct tcp_txseg *seg, unsigned max_segs, bool probe)
{
	sea_seq window_end = sea_seq_add(c->snd_una, c->snd_wnd);
	uint32_t most;

	tcp_follow_mtu(c);
	sea_tcp_mtup_resent(c);
	most = max_segs * sea_tcp_mss_now(c);

	if (sea_seq_lt(seg->seq, c->snd_una))
		sea_tcp_txq_trim(&c->fl->txq, seg, c->snd_una);
	/* A peer that shrank its window gets the oldest segment all the same (RFC 9293 SHLD-16). */
	if (sea_seq_ge(seg->seq, window_end) && !sea_seq_eq(seg->seq, c->snd_una))
		return -EAGAIN;
	most = in_window(c, seg, most);
	if ((uint32_t)sea_seq_diff(seg->end, seg->seq) > most) {
		int err = sea_tcp_txq_split(&c->fl->txq, seg, sea_seq_add(seg->seq, most));

		if (err == -ENOMEM)
			return err;
	}
	/* A probe of the path's MTU, or what was cut for another path: it counts as what it goes as. */
	sea_tcp_txq_recut(&c->fl->txq, seg, sea_tcp_mss_now(c));
	sea_tcp_collapse(c, seg);
	return resend(c, seg, probe);
}

int sea_tcp_retransmit_one(struct tcp_conn *c, struct tcp_txseg *seg, unsigned max_segs)
{
	return resend_part(c, seg, max_segs, false);
}

int sea_tcp_retransmit_probe(struct tcp_conn *c, struct tcp_txseg *seg)
{
	return resend_part(c, seg, 1, true);
}

unsigned sea_tcp_retransmit(struct tcp_conn *c, unsigned budget)
{
	struct tcp_txseg *seg;
	unsigned sent = 0;

	while (sent < budget && (seg = sea_tcp_txq_next_lost(&c->fl->txq))) {
		unsigned most =
			sea_min_u32(budget - sent, sea_max_u32(burst_bytes(c) / c->mss_cache, 1));

		if ((tcp_paced(c) && sea_tcp_pacing_holds(c)) || queue_full(c) ||
		    sea_tcp_retransmit_one(c, seg, most))
			break;
		sent += seg->segs;
		sea_stack_count(c->sock.stack, c->fl->rec.ca_state == TCP_CA_LOSS
						       ? SEA_MIB_TcpExtTCPSlowStartRetrans
						       : SEA_MIB_TcpExtTCPFastRetrans);
	}
	if (sent && (c->rtx_kind == TCP_RTX_NONE || c->rtx_kind == TCP_RTX_TLP))
		sea_tcp_rearm_rto(c);
	return sent;
}

/* -- probing a closed window (RFC 9293 §3.8.6.1) -- */

int sea_tcp_send_window_probe(struct tcp_conn *c)
{
	uint32_t room = window_room(c), unsent = tcp_unsent(c);

	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPWinProbe);
	if (room && !unsent && tcp_fin_pending(c))
		return send_new(c, 0, SEA_TCP_ACK); /* no window held it back, but memory did */
	if (room && unsent) {
		/* As on Linux it is pushed, and so is the rest of what it is cut from. */
		if (c->fl->marks.n)
			sea_tcp_mark_at(&c->fl->marks, 0)->flags |= TCP_MARK_PSH;
		return send_new(c, sea_min_u32(room, probe_len(c)), SEA_TCP_ACK | SEA_TCP_PSH);
	}
	/* What is urgent gets through a closed window by its pointer (RFC 9293 §3.8.5), in a segment of its own. */
	if (tcp_sends_urgent(c) && (uint32_t)sea_seq_diff(c->snd_up, c->snd_una) <= 0xffff)
		(void)sea_tcp_send_probe_ack(c, true);
	return sea_tcp_send_probe_ack(c, false);
}
