/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judging an acknowledgment (RFC 9293 §3.10.7.4 fifth, RFC 5961 §5.2): too old, of what was never
 * sent, or good; the peer's window; then the send side's bookkeeping (recovery.h).
 */
#include "transport/tcp/rx.h"

#include "transport/tcp/accecn.h"
#include "transport/tcp/memory.h"
#include "transport/tcp/recovery.h"
#include "transport/tcp/stamps.h"

static enum rx_verdict drop(struct tcp_rx *rx, enum sea_drop reason, uint32_t effects)
{
	rx->reason = reason;
	rx->effects |= effects;
	return RX_DROP;
}

/* RFC 7323 §4.3: only a segment that spans what was last acknowledged updates TS.Recent (0: there is none, as on Linux). */
static void update_ts_recent(struct tcp_conn *c, const struct sea_tcp_seg *seg)
{
	if (!(c->flags & TCP_F_TS) || !seg->opts.has_ts || sea_seq_gt(seg->seq, c->rcv_wup))
		return;
	if ((int32_t)(seg->opts.ts_val - c->ts_recent) >= 0 || !c->ts_recent)
		sea_tcp_store_ts_recent(c, seg);
}

/* RFC 9293 §3.10.7.4: WL1 and WL2 keep old segments from undoing the window. */
static bool may_update_window(const struct tcp_conn *c, const struct sea_tcp_seg *seg, uint32_t wnd)
{
	return sea_seq_gt(seg->ack, c->snd_una) || sea_seq_gt(seg->seq, c->snd_wl1) ||
	       (sea_seq_eq(seg->seq, c->snd_wl1) && (wnd > c->snd_wnd || !wnd));
}

static uint32_t window_of(const struct tcp_conn *c, const struct sea_tcp_seg *seg)
{
	return seg->flags & SEA_TCP_SYN ? seg->wnd : seg->wnd << c->snd_wscale;
}

bool sea_tcp_ack_moves_window(const struct tcp_conn *c, const struct sea_tcp_seg *seg)
{
	return may_update_window(c, seg, window_of(c, seg));
}

static bool update_window(struct tcp_conn *c, const struct sea_tcp_seg *seg)
{
	uint32_t wnd = window_of(c, seg);

	if (!may_update_window(c, seg, wnd))
		return false;
	c->snd_wl1 = seg->seq;
	if (wnd == c->snd_wnd)
		return false;
	c->snd_wnd = wnd;
	if (wnd > c->max_window) {
		c->max_window = wnd;
		sea_tcp_sync_mss(c, c->pmtu);
	}
	return true;
}

/* A window opened, or is still closed: stop or go on probing. */
static void after_window(struct tcp_conn *c)
{
	if (c->fl->txq.packets_out || (!tcp_unsent(c) && !tcp_fin_pending(c)))
		return;
	if (c->snd_wnd && sea_seq_gt(sea_seq_add(c->snd_una, c->snd_wnd), c->snd_nxt)) {
		c->backoff = 0;
		c->probes_stamp = SEA_TIME_ZERO;
		if (c->rtx_kind == TCP_RTX_PROBE)
			sea_tcp_stop_rtx(c);
	} else if (c->rtx_kind != TCP_RTX_PROBE) {
		sea_tcp_check_probe(c);
	}
}

/*
 * RFC 5961 §5.2: older than any window we ever offered to fill is an attack; so is what reaches back
 * to before our first byte (CVE-2023-52881).
 */
static bool too_old(const struct tcp_conn *c, sea_seq ack)
{
	uint32_t reach = c->max_window;

	if (reach > c->bytes_acked)
		reach = (uint32_t)c->bytes_acked;
	return sea_seq_lt(ack, sea_seq_add(c->snd_una, (uint32_t)-reach));
}

enum rx_verdict sea_tcp_ack_process(struct tcp_conn *c, struct tcp_rx *rx)
{
	const struct sea_tcp_seg *seg = &rx->seg;
	/* The rest is for sea_tcp_recovery_ack() to fill. */
	struct tcp_ack_sample a;

	if (sea_seq_gt(seg->ack, c->snd_nxt))
		return drop(rx, SEA_DROP_TCP_ACK_UNSENT, RX_CHALLENGE);
	if (sea_seq_lt(seg->ack, c->snd_una)) {
		if (too_old(c, seg->ack))
			return drop(rx, SEA_DROP_TCP_OLD_ACK, RX_CHALLENGE);
		/* Old, but its SACK blocks and its text may be new; its timestamp counts where it was predicted (as Linux). */
		if (!seg->opts.n_sack)
			return RX_NEXT;
	}
	a.data = seg->len || (seg->flags & SEA_TCP_FIN);
	a.window_update = false;
	a.ece = 0;
	a.acked_bytes = a.acked_segs = 0;
	if (sea_seq_ge(seg->ack, c->snd_una)) {
		a.ece = tcp_ecn_echoed(c, rx);
		update_ts_recent(c, seg);
		a.window_update = update_window(c, seg);
		c->rcv_tstamp = tcp_now(c);
		c->sock.err_soft = 0;
		c->probes_out = 0;
	}
	if (!seg->len)
		sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPPureAcks);
	if (c->fl->txq.packets_out || seg->opts.n_sack || c->fl->rec.tlp_out)
		sea_tcp_recovery_ack(c, seg, &a);
	else if (__builtin_expect(a.ece != 0, 0))
		sea_tcp_accecn_idle_ack(c, seg, &a);
	after_window(c);
	/* Urgent data that has arrived is no news, least of all when numbers have gone round. */
	if ((c->flags & TCP_F_URG_SEND) && sea_seq_ge(c->snd_una, c->snd_up))
		tcp_clear(c, TCP_F_URG_SEND);
	if (a.acked_bytes || a.acked_segs) {
		sea_dst_confirm(c->sock.stack, &c->dst);
		rx->effects |= RX_WRITE_SPACE;
		if (__builtin_expect(c->side->stamps != NULL, 0))
			sea_tcp_stamps_acked(c);
	}
	if (tcp_unsent(c) || tcp_fin_pending(c))
		rx->effects |= RX_PUSH;
	return RX_NEXT;
}
