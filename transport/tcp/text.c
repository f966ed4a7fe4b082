/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text: payload goes to the receive queue or, ahead of RCV.NXT, to the out-of-order queue; the FIN
 * takes effect when everything before it is there (RFC 9293 §3.10.7.4, seventh and eighth).
 */
#include "transport/tcp/rx.h"

#include <errno.h>
#include <string.h>

#include "transport/tcp/ecn.h"
#include "transport/tcp/memory.h"
#include "transport/tcp/passive.h"
#include "transport/tcp/pingpong.h"

static enum rx_verdict drop(struct tcp_rx *rx, enum sea_drop reason, uint32_t effects)
{
	rx->reason = reason;
	rx->effects |= effects;
	return RX_DROP;
}

static void free_rx(struct tcp_rx *rx)
{
	sea_pkt_free(rx->pkt);
	rx->pkt = NULL;
}

/* -- the in-order queue -- */

static struct sea_pkt *queue_tail(const struct tcp_rcvq *q)
{
	return q->pkts.head ? sea_container(q->pkts.tail, struct sea_pkt, next) : NULL;
}

/* It shares memory with the one before, or its bytes are there now. False: no memory. */
static bool queue_joined(struct tcp_conn *c, struct sea_pkt *tail, struct sea_pkt *pkt,
			 enum tcp_join how, uint32_t before)
{
	if (how == TCP_JOIN_COPIED) {
		c->rcvq.pkts.bytes += pkt->len;
		tcp_charge_rx(c, tail->charged - before);
		sea_pkt_free(pkt);
	} else { /* beside: where it cannot be held, its part of the room is lost, no more */
		if (!sea_pkt_settle(pkt, false))
			return false;
		sea_tcp_join_charge(tail, pkt);
		sea_pktq_push(&c->rcvq.pkts, pkt);
	}
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPRcvCoalesce);
	return true;
}

/* Takes an in-order packet whose cb is set and whose bytes begin at RCV.NXT. False: no memory. */
static inline __attribute__((always_inline)) bool queue_in_order(struct tcp_conn *c,
								 struct sea_pkt *pkt)
{
	struct sea_pkt *tail = queue_tail(&c->rcvq);
	uint32_t len = pkt->len, before = tail ? tail->charged : 0;
	enum tcp_join how = sea_tcp_join(tail, pkt);

	if (__builtin_expect(how == TCP_JOIN_NONE, 1)) {
		if (!sea_pkt_settle(pkt, false))
			return false;
		sea_pktq_push(&c->rcvq.pkts, pkt);
		tcp_charge_rx(c, pkt->charged);
	} else if (!queue_joined(c, tail, pkt, how, before)) {
		return false;
	}
	c->rcv_nxt = sea_seq_add(c->rcv_nxt, len);
	c->bytes_received += len;
	return true;
}

static void set_cb(struct sea_pkt *pkt, const struct sea_tcp_seg *seg, uint16_t room)
{
	struct tcp_rxcb *cb = TCP_RXCB(pkt);

	cb->seq = seg->seq;
	cb->end = sea_seq_add(seg->seq, seg->len);
	cb->room = room;
	cb->fin = seg->flags & SEA_TCP_FIN;
	cb->joined = false;
}

bool sea_tcp_take_syn_text(struct tcp_conn *c, struct tcp_rx *rx)
{
	struct sea_pkt *pkt = rx->pkt;

	pkt->charged = sea_truesize_rx(pkt);
	rx->seg.seq = sea_seq_add(rx->seg.seq, 1);
	set_cb(pkt, &rx->seg, sea_tcp_room_behind(pkt));
	if (!queue_in_order(c, pkt))
		return false;
	rx->pkt = NULL;
	return true;
}

/* -- FIN -- */

static enum rx_verdict fin_received(struct tcp_conn *c, struct tcp_rx *rx)
{
	c->rcv_nxt = sea_seq_add(c->rcv_nxt, 1);
	c->bytes_received++; /* as Linux counts */
	c->flags |= TCP_F_FIN_RCVD;
	c->sock.shutdown |= SEA_SOCK_SHUT_RD;
	c->flags |= TCP_F_ACK_SCHEDULED;
	sea_tcp_drop_out_of_order(c, SEA_DROP_TCP_AFTER_FIN);
	rx->effects |= RX_RDHUP;
	switch (c->state) {
	case TCP_S_ESTABLISHED:
		sea_tcp_set_state(c, TCP_S_CLOSE_WAIT);
		sea_tcp_forget_dsack(c);
		tcp_enter_pingpong(c);
		rx->effects |= RX_ACK_DATA;
		return RX_DONE;
	case TCP_S_FIN_WAIT_1:
		sea_tcp_set_state(c, TCP_S_CLOSING);
		rx->effects |= RX_ACK_NOW;
		return RX_DONE;
	case TCP_S_FIN_WAIT_2:
		sea_tcp_send_ack(c);
		sea_sock_raise(&c->sock, SEA_POLLIN | SEA_POLLRDHUP);
		if (rx->pkt)
			free_rx(rx);
		sea_tcp_to_time_wait(c, TCP_S_TIME_WAIT, 0);
		return RX_GONE;
	default:
		return RX_DONE;
	}
}

void sea_tcp_take_synack_text(struct tcp_conn *c, struct tcp_rx *rx)
{
	if (rx->seg.len) {
		if (!sea_tcp_take_syn_text(c, rx))
			return; /* it comes again */
		rx->effects |= RX_READABLE;
	}
	if (rx->seg.flags & SEA_TCP_FIN)
		(void)fin_received(c, rx);     /* ESTABLISHED, it is: the connection stays */
	rx->effects &= ~(uint32_t)RX_ACK_DATA; /* when to acknowledge is the handshake's to say */
}

/* -- in order -- */

/* Some of what came in order was in the queue, too (RFC 2883 §4). */
static void tell_overlap(struct tcp_conn *c)
{
	struct sea_sack_block dup;

	if (!sea_tcp_reasm_first(&c->fl->reasm, &dup) || sea_seq_ge(dup.start, c->rcv_nxt))
		return;
	dup.end = sea_seq_min(dup.end, c->rcv_nxt);
	sea_tcp_extend_dsack(c, &dup);
}

/* What the gap held back follows; true when its FIN has come into its place. */
static bool drain_reasm(struct tcp_conn *c)
{
	struct sea_pkt *pkt;
	bool fin = false;

	tell_overlap(c);
	while (!fin && (pkt = sea_tcp_reasm_take(&c->fl->reasm, c->rcv_nxt))) {
		tcp_uncharge_rx(c, pkt->charged);
		fin = TCP_RXCB(pkt)->fin;
		if (pkt->len && queue_in_order(c, pkt))
			continue;
		/* Without memory its bytes are not received, and so is no FIN behind them. */
		fin = fin && !pkt->len;
		sea_pkt_free(pkt);
	}
	sea_tcp_reasm_advance(&c->fl->reasm, c->rcv_nxt);
	return fin;
}

/* Its own buffer is full, or all connections together hold too much. */
static enum sea_drop no_room(const struct tcp_conn *c)
{
	return c->sock.rmem_alloc > c->sock.rcvbuf ? SEA_DROP_TCP_RCVBUF : SEA_DROP_TCP_MEM;
}

bool sea_tcp_fits_page(const struct tcp_conn *c, uint32_t charged)
{
	uint32_t used = (uint32_t)c->sock.rmem_alloc + tcp_wmem_queued(c);

	return -used % TCP_MEM_PAGE >= charged;
}

/*
 * A segment that was predicted goes into what is left of the last page, whatever the buffer says. What costs nothing in
 * the end has had its page, too.
 */
static bool fits_page(const struct tcp_conn *c, const struct tcp_rx *rx)
{
	const struct sea_pkt *tail = queue_tail(&c->rcvq);

	if (!c->rcv_wnd || !sea_tcp_rx_is_predicted(c, &rx->seg))
		return false;
	return (tail && TCP_RXCB(tail)->joined) || sea_tcp_fits_page(c, rx->pkt->charged);
}

/* Only an empty queue takes what there is no room for: else nothing might ever move again. */
static bool refused(struct tcp_conn *c, struct tcp_rx *rx)
{
	if (fits_page(c, rx) || sea_tcp_make_room(c, rx->seg.seq, rx->pkt->charged))
		return false;
	c->flags |= TCP_F_NO_ROOM;
	rx->effects |= RX_ACK_NOW | RX_WAKE;
	if (!c->rcvq.pkts.head)
		return false;
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPRcvQDrop);
	return true;
}

/* Its payload joins the queue. */
static inline enum rx_verdict queue_text(struct tcp_conn *c, struct tcp_rx *rx,
					 const struct tcp_arrival *a)
{
	struct sea_pkt *pkt = rx->pkt;

	if (__builtin_expect(!tcp_has_room(c, pkt->charged), 0) && refused(c, rx))
		return drop(rx, no_room(c), 0);
	set_cb(pkt, &rx->seg, a->len == pkt->len ? sea_tcp_room_behind(pkt) : 0);
	if (!queue_in_order(c, pkt))
		return drop(rx, SEA_DROP_SOCKET_NO_MEMORY, 0);
	rx->pkt = NULL;
	sea_tcp_ack_data(c, a);
	if (__builtin_expect(c->node.ecn, 0))
		sea_tcp_ecn_data(c, rx);
	rx->effects |= RX_READABLE | RX_ACK_DATA;
	return RX_DONE;
}

static enum rx_verdict in_order(struct tcp_conn *c, struct tcp_rx *rx, const struct tcp_arrival *a)
{
	bool fin = rx->seg.flags & SEA_TCP_FIN, had_gap = c->fl->reasm.n;

	if (rx->seg.len && queue_text(c, rx, a) != RX_DONE)
		return RX_DROP;
	if (had_gap && !fin) {
		fin = drain_reasm(c);
		/* A filled gap is acknowledged at once (RFC 5681 §4.2). */
		if (!c->fl->reasm.n)
			c->flags |= TCP_F_ACK_NOW;
		rx->effects |= RX_ACK_DATA | (c->fl->reasm.n ? RX_OUT_OF_ORDER : 0);
	}
	return fin ? fin_received(c, rx) : RX_DONE;
}

/* -- out of order -- */

/* A block more than there is room for drives one out that the peer was perhaps not told of. */
static bool drives_block_out(const struct tcp_reasm *r, const struct sea_tcp_seg *seg)
{
	sea_seq end = sea_seq_add(seg->seq, seg->len);

	if (r->n_sack < SEA_TCP_SACK_MAX)
		return false;
	for (unsigned i = 0; i < r->n_sack; i++)
		if (sea_seq_le(r->sack[i].start, end) && sea_seq_ge(r->sack[i].end, seg->seq))
			return false;
	return true;
}

/* What waits for a gap needs room, too: the buffer grows by it where somebody has the socket. */
static void grow_out_of_order(struct tcp_conn *c, const struct tcp_arrival *a)
{
	if (c->flags & TCP_F_SACK)
		sea_tcp_grow_window(c, a);
	if (!(c->flags & TCP_F_ORPHAN) && !c->parent)
		sea_tcp_rcvbuf_grow(c, c->rcvq_space);
}

static enum rx_verdict out_of_order(struct tcp_conn *c, struct tcp_rx *rx,
				    const struct tcp_arrival *a)
{
	struct sea_sack_block dup = { rx->seg.seq, rx->seg.seq };
	enum tcp_reasm_result result;
	struct tcp_flight *fl;
	uint32_t before;

	/* What finds no room is not even acknowledged, but a reader might make some (as Linux). */
	if (!tcp_rmem_schedule(c, rx->seg.seq, rx->pkt->charged)) {
		sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPOFODrop);
		return drop(rx, no_room(c), RX_WAKE);
	}
	rx->effects |= RX_ACK_DATA | RX_OUT_OF_ORDER;
	c->flags |= TCP_F_ACK_SCHEDULED;
	set_cb(rx->pkt, &rx->seg, sea_tcp_room_behind(rx->pkt));
	sea_tcp_measure_rcv_mss(c, a);
	c->ack.rcv_ooopack++;
	if (c->node.ecn)
		sea_tcp_ecn_data(c, rx);
	fl = sea_tcp_flight(c);
	if (!fl)
		return drop(rx, SEA_DROP_SOCKET_NO_MEMORY, 0);
	/* That ACK is this segment's, too, though it does not tell of it, as on Linux. */
	if (fl->compressed_ack && drives_block_out(&fl->reasm, &rx->seg))
		sea_tcp_ack_flush(c);
	sea_tcp_forget_dsack(c);    /* what was not told of yet (as Linux) */
	before = fl->reasm.charged; /* making room may have thrown some of it away */
	result = sea_tcp_reasm_insert(&fl->reasm, rx->pkt, &dup);
	sea_tcp_note_dsack(c, &dup, true);
	if (fl->reasm.charged >= before)
		tcp_charge_rx(c, fl->reasm.charged - before);
	else
		tcp_uncharge_rx(c, before - fl->reasm.charged);
	switch (result) {
	case TCP_REASM_QUEUED:
		rx->pkt = NULL;
		grow_out_of_order(c, a);
		sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPOFOQueue);
		return RX_DONE;
	case TCP_REASM_DUPLICATE:
		sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPOFOMerge);
		return drop(rx, SEA_DROP_TCP_OOO_DUPLICATE, 0);
	case TCP_REASM_NO_MEMORY:
		break;
	}
	return drop(rx, SEA_DROP_SOCKET_NO_MEMORY, 0);
}

/* -- old -- */

static enum rx_verdict all_old(struct tcp_conn *c, struct tcp_rx *rx)
{
	struct sea_sack_block dup = { rx->seg.seq,
				      sea_seq_add(rx->seg.seq, sea_tcp_seg_len(&rx->seg)) };

	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtDelayedACKLost);
	if (c->node.ecn)
		sea_tcp_ecn_duplicate(c, rx->seg.seq);
	sea_tcp_note_dsack(c, &dup, false);
	sea_tcp_enter_quickack(c, 16);
	c->flags |= TCP_F_ACK_SCHEDULED;
	return drop(rx, SEA_DROP_TCP_OLD_DATA, RX_ACK_NOW);
}

/*
 *	     seq        RCV.NXT              end
 *	      |### old ###|###### new ########|
 */
static void trim_old(struct tcp_conn *c, struct tcp_rx *rx)
{
	uint32_t old = (uint32_t)sea_seq_diff(c->rcv_nxt, rx->seg.seq);
	struct sea_sack_block dup = { rx->seg.seq, c->rcv_nxt };

	sea_tcp_note_dsack(c, &dup, false);
	sea_pkt_trim_front(rx->pkt, old);
	rx->seg.seq = c->rcv_nxt;
	rx->seg.len -= old;
}

/* Weighs the packet. */
static inline struct tcp_arrival arrival_of(struct tcp_rx *rx)
{
	struct sea_pkt *pkt = rx->pkt;

	pkt->charged = sea_truesize_rx(pkt);
	return (struct tcp_arrival){
		.len = pkt->len,
		.seg_len = pkt->gso_size ? pkt->gso_size : pkt->len,
		.truesize = pkt->charged,
		.header = (uint32_t)(pkt->frags[0].off - pkt->off_trans),
		.flags = rx->seg.flags,
	};
}

enum rx_verdict sea_tcp_rx_take_next(struct tcp_conn *c, struct tcp_rx *rx)
{
	struct tcp_arrival a = arrival_of(rx);

	sea_tcp_rcv_rtt_echo(c, &rx->seg);
	return queue_text(c, rx, &a);
}

enum rx_verdict sea_tcp_rx_take(struct tcp_conn *c, struct tcp_rx *rx)
{
	struct sea_tcp_seg *seg = &rx->seg;
	struct tcp_arrival a;
	sea_seq end = sea_seq_add(seg->seq, sea_tcp_seg_len(seg));

	if (c->node.ecn)
		sea_tcp_ecn_cwr(c, rx);
	if (sea_seq_le(end, c->rcv_nxt))
		return all_old(c, rx);
	a = arrival_of(rx);
	sea_tcp_rcv_rtt_echo(c, seg);
	if (sea_seq_gt(seg->seq, c->rcv_nxt))
		return out_of_order(c, rx, &a);
	if (sea_seq_lt(seg->seq, c->rcv_nxt))
		trim_old(c, rx);
	if (seg->len && !sea_tcp_receive_window(c)) {
		sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPZeroWindowDrop);
		return drop(rx, SEA_DROP_TCP_ZERO_WINDOW, RX_ACK_NOW);
	}
	return in_order(c, rx, &a);
}
