/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the receive window and its buffer grow, as Linux's do: what arrives tells the peer's segment size and what share
 * of the buffer its packets fill (scaling_ratio); the window grows with packets that are worth their memory; the buffer
 * follows what the program reads in a round trip (dynamic right-sizing).
 */
#include "transport/tcp/memory.h"

#include "core/minmax.h"

/* Of a segment that is not shorter than the MSS that is assumed: Linux's 536, and its least (88). */
#define MSS_USUAL 536u
#define MSS_LEAST 88u

/* -- what arrives -- */

/* How much of a packet's memory is payload decides how much of the buffer may be window. */
static void measure_ratio(struct tcp_conn *c, const struct tcp_arrival *a)
{
	uint64_t ratio = ((uint64_t)a->len << 8) / a->truesize;
	uint8_t old = c->scaling_ratio;

	c->scaling_ratio = (uint8_t)(ratio > 255 ? 255 : ratio ? ratio : 1);
	if (c->scaling_ratio == old)
		return;
	sea_tcp_set_window_clamp(c, sea_tcp_win_from_space(c, c->sock.rcvbuf));
	c->rcvq_space = sea_min_u32(c->rcvq_space, c->window_clamp);
}

/* Two equal ones that are no tail: the peer uses a smaller segment (RFC 1122 SWS). */
static bool equal_small_ones(struct tcp_conn *c, const struct tcp_arrival *a, uint32_t last)
{
	const uint8_t tail = SEA_TCP_FIN | SEA_TCP_SYN | SEA_TCP_PSH | SEA_TCP_URG;
	uint32_t header = (uint32_t)sizeof(struct sea_tcp_hdr) + (c->flags & TCP_F_TS ? 12 : 0);
	uint32_t least = (uint32_t)sizeof(struct sea_tcp_hdr);
	uint32_t len = a->seg_len + a->header;

	if (len < MSS_USUAL + least && (len < MSS_LEAST + least || a->flags & tail))
		return false;
	c->ack.last_seg_size = (uint16_t)(len - header);
	if (len - header != last)
		return false;
	c->ack.rcv_mss = (uint16_t)last;
	return true;
}

void sea_tcp_measure_rcv_mss_slow(struct tcp_conn *c, const struct tcp_arrival *a)
{
	struct tcp_ack_state *ack = &c->ack;
	uint32_t last = ack->last_seg_size;

	ack->last_seg_size = 0;
	if (a->seg_len >= ack->rcv_mss) {
		if (a->seg_len != ack->rcv_mss && a->truesize)
			measure_ratio(c, a);
		ack->rcv_mss = (uint16_t)sea_min_u32(a->seg_len, c->mss_advertised);
		/* It may be the end of a write: the sender may wait for the ACK. */
		if (a->flags & SEA_TCP_PSH)
			c->flags |= TCP_F_PUSHED;
		return;
	}
	if (equal_small_ones(c, a, last))
		return;
	c->flags |= c->flags & TCP_F_PUSHED ? TCP_F_PUSHED2 : TCP_F_PUSHED;
}

/* -- the window grows -- */

/* A packet that wastes memory is let go for less the nearer the window is to what the largest buffer allows. */
static uint32_t growth_of_bloated(const struct tcp_conn *c, const struct tcp_arrival *a)
{
	uint32_t cost = sea_tcp_win_from_space(c, (int32_t)a->truesize) >> 1;
	uint32_t window = sea_tcp_win_from_space(c, sea_tcp_st(c)->sysctl.rmem[2]) >> 1;

	for (; c->rcv_ssthresh <= window; cost >>= 1, window >>= 1)
		if (cost <= a->len)
			return 2u * c->ack.rcv_mss;
	return 0;
}

void sea_tcp_grow_window(struct tcp_conn *c, const struct tcp_arrival *a)
{
	uint32_t free = sea_min_u32(c->window_clamp, sea_tcp_free_window(c)), incr;

	if (free <= c->rcv_ssthresh)
		return;
	if (tcp_pressed(sea_tcp_st(c))) {
		sea_tcp_restrain_window(c);
		return;
	}
	if (sea_tcp_win_from_space(c, (int32_t)a->truesize) <= a->len)
		incr = 2u * c->mss_advertised;
	else
		incr = growth_of_bloated(c, a);
	if (!incr)
		return;
	incr = sea_max_u32(incr, 2 * a->len);
	c->rcv_ssthresh += sea_min_u32(free - c->rcv_ssthresh, incr);
	c->ack.quick |= 1;
}

/* -- the round trip, as the receiver sees it -- */

/* The least counts; a larger one from timestamps moves it, where the reader is not what was slow. */
static void rcv_rtt_update(struct tcp_conn *c, uint32_t sample_us, bool window_dep)
{
	uint32_t old = c->rcv_rtt_us;

	if (!old || sample_us << 3 < old)
		c->rcv_rtt_us = sample_us << 3;
	else if (!window_dep && sea_seq_eq(c->rcv_nxt, c->rcvq.copied_seq))
		c->rcv_rtt_us = old - (old >> 3) + sample_us;
}

void sea_tcp_rcv_rtt_new_echo(struct tcp_conn *c, const struct sea_tcp_seg *seg)
{
	uint32_t delta_ms;

	c->ack.rtt_ecr = (uint16_t)seg->opts.ts_ecr;
	if (seg->len < c->ack.rcv_mss)
		return;
	delta_ms = sea_tcp_ts_now(c) - seg->opts.ts_ecr;
	if (delta_ms && delta_ms < 1u << 17)
		rcv_rtt_update(c, delta_ms * 1000, false);
}

void sea_tcp_rcv_rtt_new_window(struct tcp_conn *c)
{
	if (c->rcv_rtt_stamp.ns) {
		int64_t us = sea_time_diff(tcp_now(c), c->rcv_rtt_stamp) / SEA_USEC;

		rcv_rtt_update(c, us < 1 ? 1 : us > 1 << 27 ? 1 << 27 : (uint32_t)us, true);
	}
	c->rcv_rtt_seq = sea_seq_add(c->rcv_nxt, c->rcv_wnd);
	c->rcv_rtt_stamp = tcp_now(c);
}

/* -- the buffer grows -- */

/* Twice what was read in a round trip, and its growth twice more; what is out of order beyond it. */
void sea_tcp_rcvbuf_grow(struct tcp_conn *c, uint32_t now)
{
	const struct tcp_sysctls *sys = &sea_tcp_st(c)->sysctl;
	const struct sea_rbnode *last = sea_rb_last(&c->fl->reasm.by_seq);
	uint32_t before = c->rcvq_space;
	uint64_t win = 2 * (uint64_t)now;
	int32_t rcvbuf;

	c->rcvq_space = now;
	if (!sys->moderate_rcvbuf || c->sock.flags & SEA_SOCK_RCVBUF_LOCK || !before ||
	    tcp_pressed(sea_tcp_st(c)))
		return;
	win += win * (now - before) / before * 2;
	if (last)
		win += (uint32_t)sea_seq_diff(sea_container(last, struct tcp_rxcb, node)->end,
					      c->rcv_nxt);
	rcvbuf = sea_tcp_space_from_win(c, win > INT32_MAX ? INT32_MAX : (uint32_t)win);
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
	int32_t copied;

	if (!c->rcv_rtt_us ||
	    sea_time_diff(now, c->rcvq_space_stamp) < (c->rcv_rtt_us >> 3) * SEA_USEC)
		return;
	/* What still waits says that the reader is slower than the peer: it needs no more room. */
	copied = sea_seq_diff(c->rcvq.copied_seq, c->rcvq_space_seq) -
		 sea_seq_diff(c->rcv_nxt, c->rcvq.copied_seq);
	if (copied > 0 && (uint32_t)copied > c->rcvq_space)
		sea_tcp_rcvbuf_grow(c, (uint32_t)copied);
	c->rcvq_space_seq = c->rcvq.copied_seq;
	c->rcvq_space_stamp = now;
}
