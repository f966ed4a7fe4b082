/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A segment for a child of fast open whose handshake is not over: first it is judged as a half-open connection's would
 * be, since who sends it may not have proved its address yet.
 */
#include "transport/tcp/rx.h"

#include <errno.h>

#include "transport/tcp/passive.h"

static bool in_window(const struct tcp_fastopen *fo, const struct sea_tcp_seg *seg)
{
	return sea_tcp_in_request_window(seg, fo->syn_end, fo->synack_wnd);
}

static bool paws_rejects(const struct tcp_conn *c, const struct sea_tcp_seg *seg)
{
	return c->flags & TCP_F_TS && seg->opts.has_ts &&
	       (int32_t)(c->ts_recent - seg->opts.ts_val) > 0;
}

static enum rx_verdict drop(struct tcp_rx *rx, enum sea_drop reason)
{
	rx->reason = reason;
	return RX_DROP;
}

static bool limited(struct tcp_conn *c, const struct tcp_rx *rx)
{
	return sea_tcp_reply_limited(c->sock.stack, &rx->seg, &c->ack.oow_stamp,
				     SEA_MIB_TcpExtTCPACKSkippedSynRecv);
}

static enum rx_verdict syn_again(struct tcp_conn *c, struct tcp_rx *rx)
{
	if (limited(c, rx))
		return drop(rx, SEA_DROP_TCP_OLD_DATA);
	sea_tcp_fastopen_answer_again(c);
	return RX_DONE;
}

static enum rx_verdict not_acceptable(struct tcp_conn *c, struct tcp_rx *rx, bool old)
{
	if (!(rx->seg.flags & SEA_TCP_RST) && !limited(c, rx))
		sea_tcp_send_ack(c);
	if (!old)
		return drop(rx, SEA_DROP_TCP_OUT_OF_WINDOW);
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtPAWSEstab);
	return drop(rx, SEA_DROP_TCP_PAWS);
}

static enum rx_verdict reset(struct tcp_conn *c, struct tcp_rx *rx)
{
	struct sea_stack *stack = c->sock.stack;

	sea_stack_count(stack, SEA_MIB_TcpAttemptFails);
	sea_pkt_drop(stack, rx->pkt, SEA_DROP_TCP_RESET);
	rx->pkt = NULL;
	sea_tcp_fastopen_ended(c, true);
	sea_tcp_done(c, ECONNRESET);
	return RX_GONE;
}

enum rx_verdict sea_tcp_rx_fastopen(struct tcp_conn *c, struct tcp_rx *rx)
{
	const struct tcp_fastopen *fo = &c->side->fo;
	struct sea_tcp_seg *seg = &rx->seg;
	bool old;

	if (!(c->flags & TCP_F_TFO))
		return RX_NEXT;
	old = paws_rejects(c, seg);
	if ((seg->flags & (SEA_TCP_SYN | SEA_TCP_ACK | SEA_TCP_RST)) == SEA_TCP_SYN && !old &&
	    sea_seq_eq(seg->seq, fo->irs))
		return syn_again(c, rx);
	if (old || !in_window(fo, seg))
		return not_acceptable(c, rx, old);
	if (seg->flags & SEA_TCP_RST)
		return reset(c, rx);
	if (seg->flags & SEA_TCP_SYN) {
		/* Not one to end the child for: anybody may have sent it. */
		sea_stack_count(c->sock.stack, SEA_MIB_TcpAttemptFails);
		sea_tcp_reply_rst(c->sock.stack, rx);
		return drop(rx, SEA_DROP_TCP_INVALID_SYN);
	}
	return seg->flags & SEA_TCP_ACK ? RX_NEXT : drop(rx, SEA_DROP_TCP_FLAGS);
}
