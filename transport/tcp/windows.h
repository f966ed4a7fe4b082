/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The receive window: what is offered (windows.c), and how it and its buffer grow (rcvbuf.c). The buffers themselves
 * are memory.h's. What each segment in order asks is in line.
 */
#ifndef SEA_TCP_WINDOWS_H
#define SEA_TCP_WINDOWS_H

#include "transport/tcp/conn.h"

/* -- windows.c -- */

/* The window to advertise now, in bytes, never shrinking what was offered; updates rcv_wnd, rcv_wup. */
uint32_t sea_tcp_select_window(struct tcp_conn *c);
/* In two steps, for who looks at it first: what it would be, and to advertise that (no data was refused). */
uint32_t sea_tcp_wanted_window(struct tcp_conn *c);
uint32_t sea_tcp_offer_window(struct tcp_conn *c, uint32_t window);
/* What the advertised window still allows from rcv_nxt on. */
static inline uint32_t sea_tcp_receive_window(const struct tcp_conn *c)
{
	int32_t win = (int32_t)c->rcv_wnd - sea_seq_diff(c->rcv_nxt, c->rcv_wup);

	return win > 0 ? (uint32_t)win : 0;
}

/* Bytes of window that `space` bytes of buffer stand for, and back. */
static inline uint32_t sea_tcp_win_from_space(const struct tcp_conn *c, int32_t space)
{
	return space <= 0 ? 0 : (uint32_t)((uint64_t)space * c->scaling_ratio >> 8);
}

int32_t sea_tcp_space_from_win(const struct tcp_conn *c, uint32_t win);
/* Free receive buffer, as window. */
static inline uint32_t sea_tcp_free_window(const struct tcp_conn *c)
{
	return sea_tcp_win_from_space(c, c->sock.rcvbuf - c->sock.rmem_alloc);
}

/* Some take a large first window for a negative one (tcp_workaround_signed_windows). */
uint32_t sea_tcp_first_window(const struct tcp_state *st, uint32_t space);
/* Initial windows and wscale from buffers (Linux's tcp_select_initial_window). */
void sea_tcp_init_window(struct tcp_conn *c);
/* The handshake is done (Linux's tcp_init_buffer_space). */
void sea_tcp_init_buffer_space(struct tcp_conn *c);
/* The window may be as large as that, but for a least; it moves rcv_ssthresh, too. */
#define TCP_RCVBUF_MIN 2304 /* Linux's SOCK_MIN_RCVBUF */
void sea_tcp_set_window_clamp(struct tcp_conn *c, uint32_t clamp);

/* -- rcvbuf.c: how window and buffer grow -- */

/* A packet of data, as it was before anything of it was cut off or joined. */
struct tcp_arrival {
	uint32_t len, seg_len; /* payload; that of one of its segments */
	uint32_t truesize;
	uint32_t header; /* TCP's */
	uint8_t flags;
};

/* The peer's segment size, and what share of the buffer its packets fill. */
void sea_tcp_measure_rcv_mss_slow(struct tcp_conn *c, const struct tcp_arrival *a);
static inline void sea_tcp_measure_rcv_mss(struct tcp_conn *c, const struct tcp_arrival *a)
{
	/* As large as the ones before, and not pushed: that is all it tells. */
	if (__builtin_expect(a->seg_len == c->ack.rcv_mss && !(a->flags & SEA_TCP_PSH) &&
				     a->seg_len <= c->mss_advertised,
			     1))
		c->ack.last_seg_size = 0;
	else
		sea_tcp_measure_rcv_mss_slow(c, a);
}
void sea_tcp_grow_window(struct tcp_conn *c, const struct tcp_arrival *a);
/* Samples of the round trip: a full segment's echo, and a window's worth of data. */
void sea_tcp_rcv_rtt_new_echo(struct tcp_conn *c, const struct sea_tcp_seg *seg);
static inline void sea_tcp_rcv_rtt_echo(struct tcp_conn *c, const struct sea_tcp_seg *seg)
{
	if ((uint16_t)seg->opts.ts_ecr != c->ack.rtt_ecr && seg->opts.has_ts && c->flags & TCP_F_TS)
		sea_tcp_rcv_rtt_new_echo(c, seg);
}

void sea_tcp_rcv_rtt_new_window(struct tcp_conn *c);
static inline void sea_tcp_rcv_rtt_window(struct tcp_conn *c)
{
	if (!c->rcv_rtt_stamp.ns || !sea_seq_lt(c->rcv_nxt, c->rcv_rtt_seq))
		sea_tcp_rcv_rtt_new_window(c);
}

/* The program has read on in one packet: does the buffer keep up? */
void sea_tcp_rcv_space_adjust(struct tcp_conn *c);
/* `now` bytes were read in a round trip. */
void sea_tcp_rcvbuf_grow(struct tcp_conn *c, uint32_t now);

/* -- at the beginning, and after a read -- */

/* The shift for a window that begins with `space` and may grow to `clamp` (0: as far as tcp_rmem lets it). */
uint8_t sea_tcp_wscale_for(const struct tcp_conn *c, uint32_t space, uint32_t clamp);
/* What the window may grow to (0: anything): a buffer that the program set is all there will be. */
uint32_t sea_tcp_clamp_of_locked(const struct tcp_conn *c, uint32_t clamp);
/* The program read: send a window update if it is worth one (Linux's tcp_cleanup_rbuf). */
void sea_tcp_after_read(struct tcp_conn *c, size_t copied);

#endif
