/* SPDX-License-Identifier: Apache-2.0 */
/* TCP_REPAIR and the options that go with it: in which states each is read and written, with Linux's errors. */
#include "transport/tcp/repair.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "transport/sockopt.h"
#include "transport/tcp/mtup.h"

#define OPT_TS_LEN 12

bool sea_tcp_repair_option(int name)
{
	switch (name) {
	case TCP_REPAIR:
	case TCP_REPAIR_QUEUE:
	case TCP_QUEUE_SEQ:
	case TCP_REPAIR_OPTIONS:
	case TCP_REPAIR_WINDOW:
	case TCP_TIMESTAMP:
		return true;
	default:
		return false;
	}
}

/* -- on and off -- */

static int begin(struct tcp_conn *c)
{
	struct sea_sock_more *more = sea_sock_more_edit(&c->sock);
	struct tcp_side *side = sea_tcp_side_edit(c);

	if (!more || !side)
		return -ENOMEM;
	side->repair = (struct tcp_repair){ .on = true, .queue = TCP_NO_QUEUE };
	c->sock.flags |= SEA_SOCK_REUSEADDR;
	more->flags4 |= SEA_SOCK4_FORCE_REUSE;
	c->sock.ops = &sea_tcp_repair_ops;
	return 0;
}

static int end(struct tcp_conn *c, bool probe)
{
	struct sea_sock_more *more = sea_sock_more_edit(&c->sock);
	struct tcp_side *side = sea_tcp_side_edit(c);

	if (!more || !side)
		return -ENOMEM;
	side->repair.on = false;
	c->sock.flags &= ~(uint32_t)SEA_SOCK_REUSEADDR;
	more->flags4 &= ~(uint32_t)SEA_SOCK4_FORCE_REUSE;
	sea_tcp_port_reuse_changed(c);
	c->sock.ops = &sea_tcp_sock_ops;
	if (probe)
		sea_tcp_repair_over(c);
	return 0;
}

static int set_repair(struct tcp_conn *c, int v)
{
	if (c->state == TCP_S_LISTEN)
		return -EPERM;
	switch (v) {
	case TCP_REPAIR_ON:
		return begin(c);
	case TCP_REPAIR_OFF:
	case TCP_REPAIR_OFF_NO_WP:
		return end(c, v == TCP_REPAIR_OFF);
	default:
		return -EINVAL;
	}
}

void sea_tcp_repair_reuse_set(struct tcp_conn *c)
{
	if (c->sock.more->flags4 & SEA_SOCK4_FORCE_REUSE) /* then `more` is its own already */
		sea_sock_more_edit(&c->sock)->flags4 &= ~(uint32_t)SEA_SOCK4_FORCE_REUSE;
}

/* -- queues -- */

static int set_queue(struct tcp_conn *c, int v)
{
	struct tcp_side *side;

	if (!tcp_in_repair(c))
		return -EPERM;
	if (v < 0 || v >= TCP_QUEUES_NR)
		return -EINVAL;
	side = sea_tcp_side_edit(c);
	if (!side)
		return -ENOMEM;
	side->repair.queue = (uint8_t)v;
	return 0;
}

static int set_seq(struct tcp_conn *c, int v)
{
	if (c->state != TCP_S_CLOSED)
		return -EPERM;
	switch (c->side->repair.queue) {
	case TCP_SEND_QUEUE:
		c->write_seq = sea_seq_of((uint32_t)v);
		return 0;
	case TCP_RECV_QUEUE:
		if (!sea_seq_eq(c->rcv_nxt, c->rcvq.copied_seq))
			return -EPERM;
		c->rcv_nxt = c->rcvq.copied_seq = sea_seq_of((uint32_t)v);
		return 0;
	default:
		return -EINVAL;
	}
}

static int get_seq(const struct tcp_conn *c, void *val, socklen_t *len)
{
	switch (c->side->repair.queue) {
	case TCP_SEND_QUEUE:
		return sea_opt_put_int(val, len,
				       (int)(c->write_seq.v + !!(c->flags & TCP_F_FIN_QUEUED)));
	case TCP_RECV_QUEUE:
		return sea_opt_put_int(val, len, (int)c->rcv_nxt.v);
	default:
		return -EINVAL;
	}
}

/* -- what the handshake had agreed on -- */

static int set_scales(struct tcp_conn *c, uint32_t v)
{
	uint32_t snd = v & 0xffff, rcv = v >> 16;

	if (snd > SEA_TCP_WSCALE_MAX || rcv > SEA_TCP_WSCALE_MAX)
		return -EFBIG;
	c->snd_wscale = (uint8_t)snd;
	c->rcv_wscale = (uint8_t)rcv;
	c->flags |= TCP_F_WSCALE;
	return 0;
}

/* They take their part of each segment; of which other size those are is seen with the next window (as Linux). */
static void begin_timestamps(struct tcp_conn *c)
{
	if (!(c->flags & TCP_F_TS))
		c->mss_cache = (uint16_t)(c->mss_cache - OPT_TS_LEN);
	c->flags |= TCP_F_TS;
}

static int set_agreed(struct tcp_conn *c, const struct tcp_repair_opt *opt)
{
	switch (opt->opt_code) {
	case SEA_TCPOPT_MSS:
		c->mss_peer = (uint16_t)opt->opt_val;
		sea_tcp_mtup_init(c);
		return 0;
	case SEA_TCPOPT_WSCALE:
		return set_scales(c, opt->opt_val);
	case SEA_TCPOPT_SACK_PERM:
		return opt->opt_val ? -EINVAL : (c->flags |= TCP_F_SACK, 0);
	case SEA_TCPOPT_TS:
		return opt->opt_val ? -EINVAL : (begin_timestamps(c), 0);
	default: /* accepted and ignored on Linux, too */
		return 0;
	}
}

/* As many as there are whole ones. */
static int set_options(struct tcp_conn *c, const uint8_t *val, socklen_t len)
{
	struct tcp_repair_opt opt;
	int err = 0;

	if (!tcp_in_repair(c))
		return -EINVAL;
	if (c->state != TCP_S_ESTABLISHED || c->bytes_sent)
		return -EPERM;
	for (; !err && len >= sizeof(opt); len -= (socklen_t)sizeof(opt)) {
		memcpy(&opt, val, sizeof(opt));
		val += sizeof(opt);
		err = set_agreed(c, &opt);
	}
	return err;
}

/* -- windows -- */

static int set_window(struct tcp_conn *c, const void *val, socklen_t len)
{
	struct tcp_repair_window w;

	if (!tcp_in_repair(c))
		return -EPERM;
	if (len != sizeof(w))
		return -EINVAL;
	memcpy(&w, val, sizeof(w));
	if (w.max_window < w.snd_wnd ||
	    sea_seq_gt(sea_seq_of(w.snd_wl1), sea_seq_add(c->rcv_nxt, w.rcv_wnd)) ||
	    sea_seq_gt(sea_seq_of(w.rcv_wup), c->rcv_nxt))
		return -EINVAL;
	c->snd_wl1 = sea_seq_of(w.snd_wl1);
	c->snd_wnd = w.snd_wnd;
	c->max_window = w.max_window;
	c->rcv_wnd = w.rcv_wnd;
	c->rcv_wup = sea_seq_of(w.rcv_wup);
	return 0;
}

static int get_window(const struct tcp_conn *c, void *val, socklen_t *len)
{
	const struct tcp_repair_window w = { .snd_wl1 = c->snd_wl1.v,
					     .snd_wnd = c->snd_wnd,
					     .max_window = c->max_window,
					     .rcv_wnd = c->rcv_wnd,
					     .rcv_wup = c->rcv_wup.v };

	if (*len != sizeof(w))
		return -EINVAL;
	if (!tcp_in_repair(c))
		return -EPERM;
	return sea_opt_put(val, len, &w, sizeof(w));
}

/* -- TCP_TIMESTAMP: the clock of the other one goes on here -- */

/* The lowest bit says that it counts microseconds, which ours never does. */
static int set_clock(struct tcp_conn *c, int v)
{
	if (!tcp_in_repair(c))
		return -EPERM;
	if (v & 1)
		return -EINVAL;
	c->ts_offset += (uint32_t)v - sea_tcp_ts_now(c);
	return 0;
}

/* -- all -- */

int sea_tcp_repair_set(struct tcp_conn *c, int name, int v, const void *val, socklen_t len)
{
	switch (name) {
	case TCP_REPAIR:
		return set_repair(c, v);
	case TCP_REPAIR_QUEUE:
		return set_queue(c, v);
	case TCP_QUEUE_SEQ:
		return set_seq(c, v);
	case TCP_REPAIR_OPTIONS:
		return set_options(c, val, len);
	case TCP_REPAIR_WINDOW:
		return set_window(c, val, len);
	default:
		return set_clock(c, v);
	}
}

int sea_tcp_repair_get(const struct tcp_conn *c, int name, void *val, socklen_t *len)
{
	switch (name) {
	case TCP_REPAIR:
		return sea_opt_put_int(val, len, tcp_in_repair(c));
	case TCP_REPAIR_QUEUE:
		return tcp_in_repair(c) ? sea_opt_put_int(val, len, c->side->repair.queue)
					: -EINVAL;
	case TCP_QUEUE_SEQ:
		return get_seq(c, val, len);
	case TCP_REPAIR_WINDOW:
		return get_window(c, val, len);
	case TCP_TIMESTAMP:
		return sea_opt_put_int(val, len, (int)(sea_tcp_ts_now(c) & ~1u));
	default:
		return -ENOPROTOOPT;
	}
}
