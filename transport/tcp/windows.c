/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The receive window: how much of the buffer it may be (scaling_ratio, measured from what packets
 * really cost), what is advertised, and how buffer and window grow with the program's reading
 * (dynamic right-sizing, as Linux). RFC 9293 §3.8.6.2, RFC 7323 §2.
 */
#include "transport/tcp/memory.h"

#include "core/minmax.h"

#define WIN_MAX_UNSCALED 65535u

uint32_t sea_tcp_win_from_space(const struct tcp_conn *c, int32_t space)
{
	return space <= 0 ? 0 : (uint32_t)((uint64_t)space * c->scaling_ratio >> 8);
}

int32_t sea_tcp_space_from_win(const struct tcp_conn *c, uint32_t win)
{
	uint64_t space = ((uint64_t)win << 8) / c->scaling_ratio;

	return space > INT32_MAX ? INT32_MAX : (int32_t)space;
}

uint32_t sea_tcp_free_window(const struct tcp_conn *c)
{
	return sea_tcp_win_from_space(c, c->sock.rcvbuf - c->sock.rmem_alloc);
}

/* -- at the start -- */

uint8_t sea_tcp_wscale_for(const struct tcp_state *st, int32_t space)
{
	uint32_t most = sea_max_u32((uint32_t)space, (uint32_t)st->sysctl.rmem[2]);
	uint8_t scale = 0;

	while (most > WIN_MAX_UNSCALED && scale < SEA_TCP_WSCALE_MAX) {
		most >>= 1;
		scale++;
	}
	return scale;
}

/* Whole segments, so that a full window is a number of full segments (Linux's 64240). */
void sea_tcp_init_window(struct tcp_conn *c)
{
	const struct sea_route_metrics *m = sea_dst_metrics(c->sock.stack, &c->dst);
	const struct tcp_state *st = sea_tcp_st(c);
	uint32_t space = sea_tcp_win_from_space(c, c->sock.rcvbuf);
	uint32_t mss = c->mss_advertised ? c->mss_advertised : 536;

	c->rcv_wscale = st->sysctl.window_scaling ? sea_tcp_wscale_for(st, c->sock.rcvbuf) : 0;
	if (m && m->window && !c->window_clamp)
		c->window_clamp = m->window;
	c->window_clamp = c->window_clamp ? sea_min_u32(c->window_clamp, space) : space;
	space = sea_min_u32(space, c->window_clamp);
	if (space > mss)
		space -= space % mss;
	if (m && m->initrwnd && m->initrwnd < UINT32_MAX / 65536)
		space = sea_min_u32(space, m->initrwnd * mss);
	c->rcv_wnd = sea_min_u32(space, WIN_MAX_UNSCALED);
	c->rcv_ssthresh = c->rcv_wnd;
}

/* -- advertising -- */

uint32_t sea_tcp_receive_window(const struct tcp_conn *c)
{
	int32_t win = (int32_t)c->rcv_wnd - sea_seq_diff(c->rcv_nxt, c->rcv_wup);

	return win > 0 ? (uint32_t)win : 0;
}

/* Unscaled windows move in whole segments, so that no silly ones are offered (RFC 9293 §3.8.6.2.2). */
static uint32_t window_unscaled(const struct tcp_conn *c, uint32_t space, uint32_t full,
				uint32_t mss)
{
	uint32_t window = c->rcv_wnd;

	if (window + mss <= space || window > space)
		return space - space % mss;
	if (mss == full && space > window + full / 2)
		return space;
	return window;
}

static uint32_t wanted_window(const struct tcp_conn *c)
{
	uint32_t full = sea_min_u32(c->window_clamp, sea_tcp_win_from_space(c, c->sock.rcvbuf));
	uint32_t space = sea_min_u32(sea_tcp_free_window(c), full);
	uint32_t mss = sea_min_u32(c->ack.rcv_mss, full);

	if (!mss)
		return 0;
	if (space < full / 2 && (space < full >> 4 || space < mss))
		return 0;
	space = sea_min_u32(space, c->rcv_ssthresh);
	if (!c->rcv_wscale)
		return window_unscaled(c, space, full, mss);
	/* Round up, so that what is left of it does not vanish in the shift. */
	return (space + (1u << c->rcv_wscale) - 1) >> c->rcv_wscale << c->rcv_wscale;
}

bool sea_tcp_window_grows(const struct tcp_conn *c)
{
	return wanted_window(c) >= c->rcv_wnd;
}

static void count_window(struct tcp_conn *c, uint32_t old, uint32_t window)
{
	if (!window && old)
		sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPToZeroWindowAdv);
	if (window && !old)
		sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPFromZeroWindowAdv);
}

/*
 * What did not fit was not taken: the peer shall ask, not repeat it (as Linux). But what was offered
 * stays acceptable: were it not, two ends that do so would not hear each other's ACKs any more.
 */
static uint32_t close_window(struct tcp_conn *c)
{
	count_window(c, c->rcv_wnd, 0);
	return 0;
}

uint32_t sea_tcp_select_window(struct tcp_conn *c)
{
	uint32_t old = c->rcv_wnd, cur = sea_tcp_receive_window(c), window;
	uint32_t unit = 1u << c->rcv_wscale;

	if (c->flags & TCP_F_NO_ROOM)
		return close_window(c);
	if (tcp_pressed(sea_tcp_st(c)) && 2 * sea_tcp_free_window(c) < c->window_clamp)
		sea_tcp_restrain_window(c);
	window = wanted_window(c);
	if (window < cur) {
		/* What was offered is never taken back (RFC 9293 SHLD-14). */
		if (!window)
			sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPWantZeroWindowAdv);
		window = (cur + unit - 1) / unit * unit;
	}
	window = sea_min_u32(window, WIN_MAX_UNSCALED << c->rcv_wscale);
	c->rcv_wnd = window;
	c->rcv_wup = c->rcv_nxt;
	count_window(c, old, window);
	return window >> c->rcv_wscale;
}

/* -- growing -- */

/* How much of a packet's memory is payload decides how much of the buffer may be window. */
static void measure_ratio(struct tcp_conn *c, uint32_t len, uint32_t truesize)
{
	uint64_t ratio = truesize ? ((uint64_t)len << 8) / truesize : 128;

	c->scaling_ratio = (uint8_t)(ratio > 255 ? 255 : ratio ? ratio : 1);
	c->window_clamp = sea_tcp_win_from_space(c, c->sock.rcvbuf);
}

void sea_tcp_measure_rcv_mss(struct tcp_conn *c, const struct sea_pkt *pkt, uint32_t old)
{
	uint32_t len = pkt->gso_size ? pkt->gso_size : pkt->len + old;
	struct tcp_ack_state *a = &c->ack;

	if (len >= a->rcv_mss) {
		if (a->rcv_mss != len && pkt->charged)
			measure_ratio(c, pkt->len, pkt->charged);
		a->rcv_mss =
			(uint16_t)sea_min_u32(len, c->mss_advertised ? c->mss_advertised : len);
		if (!a->rcv_mss)
			a->rcv_mss = 536;
	} else if (len >= 536 && len == a->last_seg_size) {
		/* Two equal ones that are no tail: the peer uses a smaller segment (RFC 1122 SWS). */
		a->rcv_mss = (uint16_t)len;
	}
	a->last_seg_size = (uint16_t)sea_min_u32(len, 65535);
}

void sea_tcp_grow_window(struct tcp_conn *c, const struct sea_pkt *pkt)
{
	uint32_t free = sea_min_u32(c->window_clamp, sea_tcp_free_window(c));
	uint32_t room = free > c->rcv_ssthresh ? free - c->rcv_ssthresh : 0;
	uint32_t incr;

	if (!room || tcp_pressed(sea_tcp_st(c)))
		return;
	incr = sea_max_u32(2u * c->mss_advertised, 2 * pkt->len);
	c->rcv_ssthresh += sea_min_u32(room, incr);
	if (c->ack.quick)
		c->ack.quick |= 1;
}

static void rcv_rtt_update(struct tcp_conn *c, uint32_t sample_us, bool window_dep)
{
	uint32_t old = c->rcv_rtt_us;

	if (!old)
		c->rcv_rtt_us = sample_us << 3;
	else if (!window_dep)
		c->rcv_rtt_us = old - (old >> 3) + sample_us;
	else
		c->rcv_rtt_us = sea_min_u32(old, sample_us << 3);
}

/* Once a window without timestamps; with them each full segment's echo is a sample. */
void sea_tcp_rcv_rtt_sample(struct tcp_conn *c, const struct sea_tcp_seg *seg)
{
	if ((c->flags & TCP_F_TS) && seg->opts.has_ts) {
		uint32_t delta_ms = sea_tcp_ts_now(c) - seg->opts.ts_ecr;

		if (seg->opts.ts_ecr && seg->len >= c->ack.rcv_mss && delta_ms < 1u << 20)
			rcv_rtt_update(c, (delta_ms ? delta_ms : 1) * 1000, false);
		return;
	}
	if (c->rcv_rtt_stamp.ns && sea_seq_lt(c->rcv_nxt, c->rcv_rtt_seq))
		return;
	if (c->rcv_rtt_stamp.ns) {
		int64_t us = sea_time_diff(tcp_now(c), c->rcv_rtt_stamp) / SEA_USEC;

		rcv_rtt_update(c, us < 1 ? 1 : us > 1 << 27 ? 1 << 27 : (uint32_t)us, true);
	}
	c->rcv_rtt_seq = sea_seq_add(c->rcv_nxt, c->rcv_wnd);
	c->rcv_rtt_stamp = tcp_now(c);
}

/* The buffer follows twice what was read in an RTT, and its growth (RFC 7323 §1.1; DRS). */
static void grow_rcvbuf(struct tcp_conn *c, uint32_t copied)
{
	const struct tcp_sysctls *sys = &sea_tcp_st(c)->sysctl;
	uint64_t win = 2 * (uint64_t)copied + 16u * c->mss_advertised;
	int32_t rcvbuf;

	if (!sys->moderate_rcvbuf || (c->sock.flags & SEA_SOCK_RCVBUF_LOCK) ||
	    tcp_pressed(sea_tcp_st(c)))
		return;
	if (c->rcvq_space)
		win += win * (copied - c->rcvq_space) / c->rcvq_space * 2;
	if (win > INT32_MAX)
		win = INT32_MAX;
	rcvbuf = sea_tcp_space_from_win(c, (uint32_t)win);
	if (rcvbuf > sys->rmem[2])
		rcvbuf = sys->rmem[2];
	if (rcvbuf > c->sock.rcvbuf) {
		c->sock.rcvbuf = rcvbuf;
		c->window_clamp = sea_tcp_win_from_space(c, rcvbuf);
	}
}

void sea_tcp_rcv_space_adjust(struct tcp_conn *c)
{
	sea_time now = tcp_now(c);
	uint32_t copied;

	if (!(c->flags & TCP_F_RCVQ_SPACE)) {
		c->flags |= TCP_F_RCVQ_SPACE;
		c->rcvq_space =
			sea_min_u32(c->rcv_wnd, TCP_CWND_INIT * (uint32_t)c->mss_advertised);
		goto measure;
	}
	if (!c->rcv_rtt_us ||
	    sea_time_diff(now, c->rcvq_space_stamp) < (c->rcv_rtt_us >> 3) * SEA_USEC)
		return;
	copied = (uint32_t)sea_seq_diff(c->rcvq.copied_seq, c->rcvq_space_seq);
	if (copied > c->rcvq_space) {
		grow_rcvbuf(c, copied);
		c->rcvq_space = copied;
	}
measure:
	c->rcvq_space_seq = c->rcvq.copied_seq;
	c->rcvq_space_stamp = now;
}

/* -- after the program read -- */

void sea_tcp_after_read(struct tcp_conn *c, size_t copied)
{
	bool now = copied && (c->flags & TCP_F_NO_ROOM);

	tcp_clear(c, TCP_F_NO_ROOM);
	if (!tcp_in(c, TCP_SYNCHRONIZED))
		return;
	if (c->flags & TCP_F_ACK_SCHEDULED) {
		/* Delayed, but a full segment came since, or the reader has emptied the queue. */
		uint32_t since = (uint32_t)sea_seq_diff(c->rcv_nxt, c->rcv_wup);
		bool drained = copied && !c->rcvq.pkts.n;

		now = now || since > c->ack.rcv_mss ||
		      (drained && ((c->flags & TCP_F_PUSHED2) ||
				   ((c->flags & TCP_F_PUSHED) && !c->ack.pingpong)));
	}
	if (copied && !now && !(c->sock.shutdown & SEA_SOCK_SHUT_RD)) {
		uint32_t cur = sea_tcp_receive_window(c);

		/* A window update pays when the new window is at least twice what is left (RFC 1122). */
		if (2 * cur <= c->window_clamp) {
			uint32_t window = wanted_window(c);

			now = window && window >= 2 * cur;
		}
	}
	if (now)
		sea_tcp_send_ack(c);
}
