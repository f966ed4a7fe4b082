/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The receive window: how much of the buffer it may be, and what is advertised. RFC 9293 §3.8.6.2, RFC 7323 §2. How it
 * grows is in rcvbuf.c.
 */
#include "transport/tcp/memory.h"

#include "core/minmax.h"
#include "transport/tcp/pingpong.h"

#define WIN_MAX_UNSCALED 65535u
#define WIN_MAX_SIGNED 32767u

int32_t sea_tcp_space_from_win(const struct tcp_conn *c, uint32_t win)
{
	uint64_t space = ((uint64_t)win << 8) / c->scaling_ratio;

	return space > INT32_MAX ? INT32_MAX : (int32_t)space;
}

/* -- at the start -- */

/* What the window may grow to decides; a buffer that the program set does not grow. */
uint8_t sea_tcp_wscale_for(const struct tcp_conn *c, uint32_t space, uint32_t clamp)
{
	const struct tcp_state *st = sea_tcp_st(c);
	uint32_t most = sea_max_u32(space, (uint32_t)st->sysctl.rmem[2]);
	uint8_t scale = 0;

	most = sea_max_u32(most, (uint32_t)c->sock.stack->sysctl.rmem_max);
	if (clamp)
		most = sea_min_u32(most, clamp);
	while (most > WIN_MAX_UNSCALED && scale < SEA_TCP_WSCALE_MAX) {
		most >>= 1;
		scale++;
	}
	return scale;
}

uint32_t sea_tcp_clamp_of_locked(const struct tcp_conn *c, uint32_t clamp)
{
	uint32_t full = sea_tcp_win_from_space(c, c->sock.rcvbuf);

	if (c->sock.flags & SEA_SOCK_RCVBUF_LOCK && (!clamp || clamp > full))
		return full;
	return clamp;
}

uint32_t sea_tcp_first_window(const struct tcp_state *st, uint32_t space)
{
	return st->sysctl.workaround_signed_windows ? sea_min_u32(space, WIN_MAX_SIGNED) : space;
}

/* Whole segments, so that a full window is a number of full segments (Linux's 64240). */
void sea_tcp_init_window(struct tcp_conn *c)
{
	const struct sea_route_metrics *m = sea_dst_metrics(c->sock.stack, &c->dst);
	const struct tcp_state *st = sea_tcp_st(c);
	uint32_t space = sea_tcp_win_from_space(c, c->sock.rcvbuf);
	uint32_t mss = c->mss_advertised ? c->mss_advertised : 536, clamp;

	if (m && m->window && !c->window_clamp)
		c->window_clamp = m->window;
	clamp = sea_tcp_clamp_of_locked(c, c->window_clamp);
	c->window_clamp = c->window_clamp ? sea_min_u32(c->window_clamp, space) : space;
	space = sea_min_u32(space, c->window_clamp);
	if (space > mss)
		space -= space % mss;
	if (st->sysctl.window_scaling)
		c->rcv_wscale = sea_tcp_wscale_for(c, space, clamp);
	space = sea_tcp_first_window(st, space);
	if (m && m->initrwnd && m->initrwnd < UINT32_MAX / 65536)
		space = sea_min_u32(space, m->initrwnd * mss);
	c->rcv_wnd = c->rcv_ssthresh = space;
}

/* What the program gets of the buffer besides windows (tcp_app_win): a share of it, and a segment at least; 0: nothing. */
static void keep_back(struct tcp_conn *c, uint32_t full, uint32_t mss)
{
	uint32_t shift = (uint32_t)sea_tcp_st(c)->sysctl.app_win;

	if (!shift)
		return;
	if (c->window_clamp == full && full > 4 * mss)
		c->window_clamp = sea_max_u32(full - (full >> shift), 4 * mss);
	if (c->window_clamp > 2 * mss && c->window_clamp + mss > full)
		c->window_clamp = sea_max_u32(2 * mss, full - mss);
}

void sea_tcp_init_buffer_space(struct tcp_conn *c)
{
	uint32_t full = sea_tcp_win_from_space(c, c->sock.rcvbuf), mss = c->mss_advertised;

	c->window_clamp = sea_min_u32(c->window_clamp, full);
	keep_back(c, full, mss);
	c->rcv_ssthresh = sea_min_u32(c->rcv_ssthresh, c->window_clamp);
	c->rcvq_space = sea_min_u32(sea_min_u32(c->rcv_ssthresh, c->rcv_wnd), TCP_CWND_INIT * mss);
	c->rcvq_space_seq = c->rcvq.copied_seq;
	c->rcvq_space_stamp = tcp_now(c);
}

void sea_tcp_set_window_clamp(struct tcp_conn *c, uint32_t clamp)
{
	uint32_t old = c->window_clamp;

	c->window_clamp = sea_max_u32(clamp, TCP_RCVBUF_MIN / 2);
	if (c->window_clamp < old)
		c->rcv_ssthresh = sea_min_u32(c->rcv_ssthresh, c->window_clamp);
	else if (c->window_clamp > old)
		c->rcv_ssthresh =
			sea_max_u32(c->rcv_ssthresh, sea_min_u32(c->rcv_wnd, c->window_clamp));
}

/* -- advertising -- */

/* Unscaled windows move in whole segments, so that no silly ones are offered (RFC 9293 §3.8.6.2.2). */
static __attribute__((noinline)) uint32_t window_unscaled(const struct tcp_conn *c, uint32_t space,
							  uint32_t full, uint32_t mss)
{
	uint32_t window = c->rcv_wnd;

	if (window + mss <= space || window > space)
		return space - space % mss;
	if (mss == full && space > window + full / 2)
		return space;
	return window;
}

static inline uint32_t round_window(const struct tcp_conn *c, uint32_t space, uint32_t full,
				    uint32_t mss)
{
	space = sea_min_u32(space, c->rcv_ssthresh);
	if (__builtin_expect(!c->rcv_wscale, 0))
		return window_unscaled(c, space, full, mss);
	/* Round up, so that what is left of it does not vanish in the shift. */
	return (space + (1u << c->rcv_wscale) - 1) >> c->rcv_wscale << c->rcv_wscale;
}

/* Half of the buffer is used: no more quick ACKs, and nearly all of it: no window. */
static __attribute__((noinline)) uint32_t
window_of_rest(struct tcp_conn *c, uint32_t space, uint32_t allowed, uint32_t full, uint32_t mss)
{
	c->ack.quick = 0;
	if (tcp_pressed(sea_tcp_st(c)))
		sea_tcp_restrain_window(c);
	space = space >> c->rcv_wscale << c->rcv_wscale;
	return space >= allowed >> 4 && space >= mss ? round_window(c, space, full, mss) : 0;
}

/* tcp_shrink_window: with a scale, what was offered may be taken back as memory fills. */
static inline bool may_shrink(const struct tcp_conn *c)
{
	return c->rcv_wscale && sea_tcp_st(c)->sysctl.shrink_window;
}

static __attribute__((noinline)) uint32_t
window_of_space(struct tcp_conn *c, uint32_t space, uint32_t allowed, uint32_t full, uint32_t mss)
{
	uint32_t unit = 1u << c->rcv_wscale;

	space = space / unit * unit;
	if (space < full / 2) {
		c->ack.quick = 0;
		if (tcp_pressed(sea_tcp_st(c)))
			sea_tcp_restrain_window(c);
		if (space < allowed >> 4 || space < mss || space < unit)
			return 0;
	}
	if (space <= c->rcv_ssthresh)
		return space;
	return (c->rcv_ssthresh + unit - 1) / unit * unit;
}

uint32_t sea_tcp_wanted_window(struct tcp_conn *c)
{
	uint32_t allowed = sea_tcp_win_from_space(c, c->sock.rcvbuf);
	uint32_t full = sea_min_u32(c->window_clamp, allowed);
	uint32_t space = sea_tcp_free_window(c);
	uint32_t mss = sea_min_u32(c->ack.rcv_mss, full);

	if (__builtin_expect(!mss, 0))
		return 0;
	if (__builtin_expect(may_shrink(c), 0))
		return window_of_space(c, space, allowed, full, mss);
	if (__builtin_expect(space < full / 2, 0))
		return window_of_rest(c, space, allowed, full, mss);
	return round_window(c, space, full, mss);
}

static inline void count_window(struct tcp_conn *c, uint32_t old, uint32_t window)
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

/* What was offered is never taken back (RFC 9293 SHLD-14), but where tcp_shrink_window says so. */
static uint32_t keep_window(struct tcp_conn *c, uint32_t window, uint32_t cur)
{
	uint32_t unit = 1u << c->rcv_wscale;

	if (may_shrink(c))
		return window;
	if (!window)
		sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPWantZeroWindowAdv);
	return (cur + unit - 1) / unit * unit;
}

/* Some take a large one for a negative number (tcp_workaround_signed_windows). */
static __attribute__((noinline)) uint32_t unscaled(const struct tcp_conn *c, uint32_t window)
{
	bool careful = sea_tcp_st(c)->sysctl.workaround_signed_windows;

	return sea_min_u32(window, careful ? WIN_MAX_SIGNED : WIN_MAX_UNSCALED);
}

uint32_t sea_tcp_offer_window(struct tcp_conn *c, uint32_t window)
{
	uint32_t old = c->rcv_wnd, cur = sea_tcp_receive_window(c);

	if (__builtin_expect(window < cur, 0))
		window = keep_window(c, window, cur);
	c->rcv_wnd = window;
	c->rcv_wup = c->rcv_nxt;
	if (__builtin_expect(!c->rcv_wscale, 0))
		window = unscaled(c, window);
	else
		window = sea_min_u32(window, WIN_MAX_UNSCALED << c->rcv_wscale);
	count_window(c, old, window);
	return window >> c->rcv_wscale;
}

uint32_t sea_tcp_select_window(struct tcp_conn *c)
{
	if (__builtin_expect(c->flags & TCP_F_NO_ROOM, 0))
		return close_window(c);
	return sea_tcp_offer_window(c, sea_tcp_wanted_window(c));
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
		bool drained = copied && !c->sock.rmem_alloc;

		now = now || since > c->ack.rcv_mss ||
		      (drained && ((c->flags & TCP_F_PUSHED2) ||
				   ((c->flags & TCP_F_PUSHED) && !tcp_in_pingpong(c))));
	}
	if (copied && !now && !(c->sock.shutdown & SEA_SOCK_SHUT_RD)) {
		uint32_t cur = sea_tcp_receive_window(c);

		/* A window update pays when the new window is at least twice what is left (RFC 1122). */
		if (2 * cur <= c->window_clamp) {
			uint32_t window = sea_tcp_wanted_window(c);

			now = window && window >= 2 * cur;
		}
	}
	if (now)
		sea_tcp_send_ack(c);
}
