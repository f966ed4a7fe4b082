/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When to acknowledge: at once for the first segments of a transfer (quick ACKs), for every second
 * full segment, for what is out of order or a duplicate; else within 40 to 200 ms, as Linux adapts
 * it. Once three duplicates have said what there is to say, further ones are put together (ACK compression).
 * RFC 9293 §3.8.6.3 (MUST-58, MUST-59, SHLD-18), RFC 5961, RFC 5681 §4.2.
 */
#include "transport/tcp/conn.h"

#include "core/minmax.h"
#include "transport/tcp/ecn.h"
#include "transport/tcp/pingpong.h"
#include "transport/tcp/rx.h"
#include "transport/tcp/windows.h"

#define ATO_MIN_US 40000u
#define DELACK_MIN_US 40000u
#define DELACK_MAX_US 200000u
#define TICK_US 1000u /* no timer is sooner, so that an answer may carry the ACK: HZ=1000 */
#define QUICKACKS_MAX 16u
#define DUP_ACKS 3u /* the peer resends at the third (RFC 5681 §3.2) */

/* -- quick ACKs -- */

static void raise_quickacks(struct tcp_conn *c, unsigned max)
{
	unsigned n = c->ack.rcv_mss ? c->rcv_wnd / (2u * c->ack.rcv_mss) : 2;

	if (!n)
		n = 2;
	if (n > max)
		n = max;
	if (n > c->ack.quick)
		c->ack.quick = (uint8_t)n;
}

void sea_tcp_enter_quickack(struct tcp_conn *c, unsigned max)
{
	raise_quickacks(c, max);
	c->ack.pingpong = 0;
	c->ack.ato_us = ATO_MIN_US;
}

static bool in_quickack(const struct tcp_conn *c)
{
	return (c->ack.quick && !tcp_in_pingpong(c)) ||
	       (c->dst.metrics && sea_tcp_quickack_route(c));
}

/* -- data came -- */

/* Quicker than half of the least delay: towards it. */
#define GAP_SHORT_NS ((ATO_MIN_US / 2 + 1) * SEA_USEC)

/* The delay follows the time between segments, as long as they come faster than the RTO. */
static void adapt_delay_slow(struct tcp_conn *c, int64_t gap)
{
	struct tcp_ack_state *a = &c->ack;

	if (!a->ato_us) {
		raise_quickacks(c, QUICKACKS_MAX);
		a->ato_us = ATO_MIN_US;
	} else if (gap < a->ato_us) {
		a->ato_us = sea_min_u32(a->ato_us / 2 + (uint32_t)gap, c->rtt.rto_us);
	} else if (gap > c->rtt.rto_us) {
		raise_quickacks(c, QUICKACKS_MAX);
	}
}

static inline void adapt_delay(struct tcp_conn *c)
{
	struct tcp_ack_state *a = &c->ack;
	int64_t gap_ns = sea_time_diff(tcp_now(c), a->lrcvtime);

	if (__builtin_expect(a->ato_us && gap_ns < GAP_SHORT_NS, 1))
		a->ato_us = a->ato_us / 2 + ATO_MIN_US / 2;
	else
		adapt_delay_slow(c, gap_ns / SEA_USEC);
	a->lrcvtime = tcp_now(c);
}

void sea_tcp_ack_data(struct tcp_conn *c, const struct tcp_arrival *a)
{
	c->flags |= TCP_F_ACK_SCHEDULED;
	sea_tcp_measure_rcv_mss(c, a);
	sea_tcp_rcv_rtt_window(c);
	adapt_delay(c);
	if (a->len >= 128 && c->rcv_ssthresh < c->window_clamp)
		sea_tcp_grow_window(c, a);
}

/* -- deciding -- */

static void delay_ack(struct tcp_conn *c)
{
	struct tcp_ack_state *a = &c->ack;
	uint32_t ato = a->ato_us;
	sea_time due;

	if (ato > DELACK_MIN_US) {
		uint32_t max = DELACK_MAX_US;

		if (c->rtt.srtt_us) {
			uint32_t rtt = c->rtt.srtt_us >> 3;

			max = sea_min_u32(max, rtt > DELACK_MIN_US ? rtt : DELACK_MIN_US);
		}
		ato = sea_min_u32(ato, max);
	}
	if (c->side->delack_max_us)
		ato = sea_min_u32(ato, c->side->delack_max_us);
	due = sea_time_add(tcp_now(c), sea_max_u32(ato, TICK_US) * SEA_USEC);
	if (!sea_time_is_never(c->due[TCP_TIMER_DELACK]))
		due = sea_time_min(due, c->due[TCP_TIMER_DELACK]);
	c->flags |= TCP_F_ACK_SCHEDULED;
	sea_tcp_timer_set(c, TCP_TIMER_DELACK, due);
}

/* More than one full segment waits, and the reader or the window moved: then it is acknowledged. */
static bool ack_second_segment(struct tcp_conn *c)
{
	uint32_t since = (uint32_t)sea_seq_diff(c->rcv_nxt, c->rcv_wup);
	uint32_t unread = (uint32_t)sea_seq_diff(c->rcv_nxt, c->rcvq.copied_seq);
	uint32_t window;

	if (since <= c->ack.rcv_mss)
		return false;
	window = sea_tcp_wanted_window(c);
	if (unread >= (uint32_t)c->sock.rcvlowat && window < c->rcv_wnd)
		return false;
	if (tcp_in(c, TCP_SYNCHRONIZED) && !(c->flags & TCP_F_NO_ROOM))
		sea_tcp_send_ack_offering(c, window);
	else
		sea_tcp_send_ack(c);
	return true;
}

/* A twentieth of the round trip, at most tcp_comp_sack_delay_ns, and what a kernel's timer may be late. */
static int64_t compression_ns(const struct tcp_conn *c)
{
	const struct tcp_sysctls *sys = &sea_tcp_st(c)->sysctl;
	uint32_t rtt = c->rcv_rtt_us; /* << 3 */
	int64_t ns, most = (uint32_t)sys->comp_sack_delay_ns;

	if (c->rtt.srtt_us && c->rtt.srtt_us < rtt)
		rtt = c->rtt.srtt_us;
	ns = (int64_t)rtt * (SEA_USEC / 8) / 20;
	return (ns < most ? ns : most) + (uint32_t)sys->comp_sack_slack_ns;
}

/* Data behind a gap: is this ACK one to be left out? Then its turn comes with the timer, or with the next that is sent. */
static bool compressed(struct tcp_conn *c)
{
	struct tcp_flight *fl = c->fl;

	if (!fl->reasm.n || !(c->flags & TCP_F_SACK) ||
	    fl->compressed_ack >= sea_tcp_st(c)->sysctl.comp_sack_nr)
		return false;
	if (!sea_seq_eq(fl->compressed_rcv_nxt, c->rcv_nxt)) {
		fl->compressed_rcv_nxt = c->rcv_nxt;
		fl->dup_acks = 0;
	}
	if (fl->dup_acks < DUP_ACKS) {
		fl->dup_acks++;
		return false;
	}
	if (!fl->compressed_ack++)
		sea_tcp_timer_set(c, TCP_TIMER_DELACK, sea_time_add(tcp_now(c), compression_ns(c)));
	return true;
}

void sea_tcp_ack_check(struct tcp_conn *c, bool out_of_order)
{
	if (!(c->flags & TCP_F_ACK_SCHEDULED))
		return;
	if ((c->flags & TCP_F_ACK_NOW) || in_quickack(c))
		sea_tcp_send_ack(c);
	else if (ack_second_segment(c))
		return;
	else if (!out_of_order)
		delay_ack(c);
	else if (!compressed(c))
		sea_tcp_send_ack(c);
}

void sea_tcp_ack_flush(struct tcp_conn *c)
{
	if (!c->fl->compressed_ack)
		return;
	c->fl->compressed_ack--; /* this one is sent */
	sea_tcp_send_ack(c);
}

void sea_tcp_ack_sent(struct tcp_conn *c)
{
	if (c->fl->compressed_ack) {
		sea_mib_add(&c->sock.stack->shard.counters, SEA_MIB_TcpExtTCPAckCompressed,
			    c->fl->compressed_ack);
		c->fl->compressed_ack = 0;
	}
	if (c->ack.quick) {
		if (--c->ack.quick == 0)
			c->ack.ato_us = ATO_MIN_US;
	}
	tcp_clear(c, TCP_F_ACK_SCHEDULED | TCP_F_ACK_NOW | TCP_F_PUSHED | TCP_F_PUSHED2);
	if (!sea_time_is_never(c->due[TCP_TIMER_DELACK]))
		sea_tcp_timer_set(c, TCP_TIMER_DELACK, SEA_TIME_NEVER);
}

void sea_tcp_delack_fire(struct tcp_conn *c)
{
	if (!(c->flags & TCP_F_ACK_SCHEDULED) || !tcp_in(c, TCP_SYNCHRONIZED))
		return;
	if (c->fl->compressed_ack) {
		sea_tcp_ack_flush(c);
		return;
	}
	if (tcp_in_pingpong(c)) {
		/* The answer that was to carry the ACK did not come: not interactive after all. */
		c->ack.pingpong = 0;
		c->ack.ato_us = ATO_MIN_US;
	} else {
		c->ack.ato_us = sea_min_u32(c->ack.ato_us * 2, c->rtt.rto_us);
	}
	sea_tcp_send_ack(c);
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtDelayedACKs);
}

/* -- duplicates (RFC 2883) -- */

void sea_tcp_note_dsack(struct tcp_conn *c, const struct sea_sack_block *dup, bool ofo)
{
	struct tcp_flight *fl;

	if (!(c->flags & TCP_F_SACK) || !sea_tcp_st(c)->sysctl.dsack ||
	    sea_seq_eq(dup->start, dup->end))
		return;
	fl = sea_tcp_flight(c);
	if (!fl)
		return; /* the peer learns one thing less */
	fl->dsack = *dup;
	sea_stack_count(c->sock.stack,
			ofo ? SEA_MIB_TcpExtTCPDSACKOfoSent : SEA_MIB_TcpExtTCPDSACKOldSent);
}

/* Another duplicate, before the last was told of: one block of both where they touch, else the first stays (as Linux). */
void sea_tcp_extend_dsack(struct tcp_conn *c, const struct sea_sack_block *dup)
{
	struct sea_sack_block *told = &c->fl->dsack, both;

	if (sea_seq_eq(told->start, told->end)) {
		sea_tcp_note_dsack(c, dup, false);
		return;
	}
	if (sea_seq_gt(dup->start, told->end) || sea_seq_gt(told->start, dup->end))
		return;
	both.start = sea_seq_min(told->start, dup->start);
	both.end = sea_seq_max(told->end, dup->end);
	*told = both;
}

/* The peer has closed: what it sent twice is no news to it. */
void sea_tcp_forget_dsack(struct tcp_conn *c)
{
	if (!sea_seq_eq(c->fl->dsack.start, c->fl->dsack.end))
		c->fl->dsack = (struct sea_sack_block){ 0 };
}

/* -- ACKs for what is not acceptable -- */

/* One in tcp_invalid_ratelimit ms, so that two peers cannot keep each other busy for ever. */
static bool rate_limited(struct tcp_conn *c, enum sea_mib skipped)
{
	int64_t limit = sea_tcp_st(c)->sysctl.invalid_ratelimit * SEA_MSEC;
	sea_time now = tcp_now(c);

	if (c->ack.oow_stamp.ns && sea_time_diff(now, c->ack.oow_stamp) < limit) {
		sea_stack_count(c->sock.stack, skipped);
		return true;
	}
	c->ack.oow_stamp = now;
	return false;
}

void sea_tcp_send_dupack(struct tcp_conn *c, const struct sea_tcp_seg *seg, enum sea_mib skipped)
{
	uint32_t len = sea_tcp_seg_len(seg);

	/* Data and FIN deserve an answer each time; bare segments only now and then. */
	if (!len && rate_limited(c, skipped))
		return;
	if (len && sea_seq_lt(seg->seq, c->rcv_nxt)) {
		sea_seq end = sea_seq_add(seg->seq, len);
		struct sea_sack_block dup = { seg->seq, sea_seq_min(end, c->rcv_nxt) };

		sea_stack_count(c->sock.stack, SEA_MIB_TcpExtDelayedACKLost);
		sea_tcp_enter_quickack(c, QUICKACKS_MAX);
		if (c->node.ecn)
			sea_tcp_ecn_duplicate(c, seg->seq);
		sea_tcp_note_dsack(c, &dup, false);
	}
	sea_tcp_send_ack(c);
}

/*
 * RFC 5961 §7: the limit per connection comes first; the one per stack is drawn anew each second, so
 * that counting answers tells nothing about others (CVE-2016-5696).
 */
void sea_tcp_send_challenge_ack(struct tcp_conn *c)
{
	struct tcp_state *st = sea_tcp_st(c);
	uint32_t limit = (uint32_t)st->sysctl.challenge_ack_limit;
	sea_time now = tcp_now(c);

	if (rate_limited(c, SEA_MIB_TcpExtTCPACKSkippedChallenge))
		return;
	if (limit < INT32_MAX) {
		if (sea_time_diff(now, st->challenge_stamp) >= SEA_SEC || !st->challenge_stamp.ns) {
			st->challenge_stamp = now;
			st->challenge_left =
				limit ? (limit + 1) / 2 +
						sea_secret_below(&c->sock.stack->shard.secret,
								 limit)
				      : 0;
		}
		if (!st->challenge_left)
			return;
		st->challenge_left--;
	}
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPChallengeACK);
	sea_tcp_send_ack(c);
}
