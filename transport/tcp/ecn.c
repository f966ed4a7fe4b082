/* SPDX-License-Identifier: Apache-2.0 */
/* Decides who may use ECN, and what each segment says of marks (RFC 3168 §6.1, with Linux's refinements). */
#include "transport/tcp/ecn.h"

#include "ip/metrics.h"
#include "transport/tcp/accecn.h"
#include "transport/tcp/pacing.h"
#include "transport/tcp/passive.h"

#define QUICKACKS 2u
#define SETUP (SEA_TCP_ECE | SEA_TCP_CWR)
#define ACE_CLASSIC 1 /* of a SYN-ACK */
#define ACE_NONCE 5
#define ACE_ASKS_CLASSIC 3 /* of a SYN */

/* -- handshake -- */

/* `features ecn`, as ip(8) calls it. */
static bool route_wants(const struct sea_stack *stack, const struct sea_dst *dst)
{
	const struct sea_route_metrics *m = sea_dst_metrics(stack, dst);

	return m && m->ecn;
}

static bool needs_ecn(const struct tcp_conn *c)
{
	return c->cc.ops->without_ecn;
}

void sea_tcp_ecn_open(struct tcp_conn *c)
{
	int32_t how = sea_tcp_st(c)->sysctl.ecn;

	c->node.ecn = 0;
	if ((how == TCP_ECN_ACC_ALWAYS || c->cc.ops->l4s) && sea_tcp_accecn_open(c))
		return;
	if (how == TCP_ECN_ALWAYS || how == TCP_ECN_ACC_ALWAYS || how == TCP_ECN_ACC_CLASSIC ||
	    needs_ecn(c) || route_wants(c->sock.stack, &c->dst))
		c->node.ecn = TCP_ECN_OK | TCP_ECN_ON_SYN;
}

void sea_tcp_ecn_settle_cc(struct tcp_conn *c)
{
	const struct tcp_cc_ops *ops = c->cc.ops;
	bool granted = ops->l4s ? tcp_accecn(c) : tcp_ecn_any(c);

	if (!ops->without_ecn)
		return;
	sea_tcp_cc_switch(&c->cc, granted ? ops : ops->without_ecn, tcp_now(c));
	sea_tcp_pacing_obey_cc(c);
}

static uint8_t syn_flags(const struct tcp_conn *c)
{
	if (!(c->node.ecn & TCP_ECN_ON_SYN))
		return 0;
	if (c->state == TCP_S_SYN_SENT)
		return SETUP;
	return tcp_ecn_ok(c) ? SEA_TCP_ECE : 0;
}

/*
 * That it was asked for is remembered: the answer may be to the first one. Accurate ECN is asked for twice (RFC 9768
 * §3.1.4.1).
 */
void sea_tcp_ecn_syn_lost(struct tcp_conn *c)
{
	if (tcp_accecn(c) && c->retransmits <= 1)
		return;
	if (c->state == TCP_S_SYN_SENT && sea_tcp_st(c)->sysctl.ecn_fallback)
		c->node.ecn &= (uint8_t)~TCP_ECN_ON_SYN;
}

/*
 * RFC 9768 table 2. A peer that just sends our flags back knows nothing of them. Who did not ask for Accurate ECN has it
 * all the same from a SYN-ACK that grants it (as Linux); but 1 0 1 is RFC 3168's then, with a bit of RFC 3540's.
 */
void sea_tcp_ecn_synack(struct tcp_conn *c, const struct tcp_rx *rx)
{
	uint8_t ace = sea_tcp_rx_ace(rx);

	c->node.ecn &= (uint8_t)~TCP_ECN_ON_SYN;
	if (!tcp_ecn_any(c) || ace == 0 || ace == TCP_ACE_ASKS)
		c->node.ecn = 0;
	else if (ace == ACE_CLASSIC || (ace == ACE_NONCE && tcp_ecn_ok(c)))
		c->node.ecn = (uint8_t)((c->node.ecn & ~TCP_ECN_ACC) | TCP_ECN_OK);
	else
		sea_tcp_accecn_agreed(c, rx, ace);
}

/* RFC 9768 §3.1.3: what is neither nothing nor RFC 3168's may be a later version's, and is taken for ours. */
static bool asks_accurately(const struct tcp_rx *rx)
{
	uint8_t ace = sea_tcp_rx_ace(rx);

	return ace && ace != ACE_ASKS_CLASSIC;
}

/* RFC 9768 §3.1.1: what both ask for. */
void sea_tcp_ecn_crossing_syn(struct tcp_conn *c, const struct tcp_rx *rx)
{
	uint8_t on_syn = c->node.ecn & TCP_ECN_ON_SYN;

	if (tcp_accecn(c) && asks_accurately(rx))
		sea_tcp_accecn_agreed(c, rx, TCP_ACE_ASKS);
	else if ((rx->seg.flags & SETUP) != SETUP)
		c->node.ecn = 0;
	else if (tcp_accecn(c))
		c->node.ecn = TCP_ECN_OK | on_syn;
}

static bool grants_accurate(const struct tcp_conn *listener)
{
	return sea_tcp_st(listener)->sysctl.ecn >= TCP_ECN_ACC_ALWAYS || listener->cc.ops->l4s;
}

/*
 * RFC 3168 §6.1.1: a SYN that asks is not ECT itself; where one is, something on the path is at fault. One that asks for
 * Accurate ECN may be.
 */
uint8_t sea_tcp_ecn_request(const struct tcp_req *req, const struct tcp_rx *rx)
{
	const struct tcp_conn *listener = req->listener;
	bool may = sea_tcp_st(listener)->sysctl.ecn || route_wants(listener->sock.stack, &req->dst);
	uint8_t field = rx->ip->tos & TCP_ECN_FIELD;
	bool accurate = asks_accurately(rx);

	if (accurate && grants_accurate(listener))
		return (uint8_t)(TCP_REQ_ACC | field << TCP_REQ_FIELD_SHIFT);
	if ((rx->seg.flags & SETUP) != SETUP)
		return 0;
	if (needs_ecn(listener) && !listener->cc.ops->l4s)
		return TCP_REQ_ECN;
	return may && (accurate || field == TCP_NOT_ECT) ? TCP_REQ_ECN : 0;
}

/* RFC 9768 §5.1: ACE tells who has Accurate ECN; of others neither AE nor CWR is to be expected. */
uint8_t sea_tcp_ecn_cookie(const struct tcp_req *req, const struct tcp_rx *rx)
{
	uint8_t ace = sea_tcp_rx_ace(rx);
	bool may = sea_tcp_st(req->listener)->sysctl.ecn ||
		   route_wants(req->listener->sock.stack, &req->dst);

	if (ace > ACE_CLASSIC && ace < TCP_ACE_ASKS && grants_accurate(req->listener))
		return TCP_REQ_ACC;
	return may ? req->ecn & TCP_REQ_ECN : 0;
}

/* -- receiver -- */

static void set_bit(struct tcp_conn *c, uint8_t bit, bool on)
{
	c->node.ecn = (uint8_t)(on ? c->node.ecn | bit : c->node.ecn & ~bit);
}

/* Without memory for it nobody learns of this one. A super-segment is as many as it was made of. */
void sea_tcp_ecn_count(struct tcp_conn *c, struct tcp_rx *rx)
{
	struct tcp_side *side = sea_tcp_side_edit(c);
	uint8_t field = rx->ip->tos & TCP_ECN_FIELD;
	unsigned segs = rx->pkt->gso_segs ? rx->pkt->gso_segs : 1;

	if (!tcp_ecn_ok(c))
		c->node.ecn |= TCP_ECN_SEEN;
	if (!side)
		return;
	if (field == TCP_CE)
		side->ecn.received_ce += segs;
	side->ecn.received_bytes[field - 1] += rx->seg.len;
	if (tcp_accecn(c))
		sea_tcp_accecn_count(c, rx, field, segs);
}

/*
 * RFC 8257 §3.2: ECE is of the very segments that an ACK is for. When marks begin or end, what waits to be acknowledged
 * is, with what was true of it, and then this one.
 */
static void echo_exactly(struct tcp_conn *c, bool ce)
{
	struct tcp_side *side = sea_tcp_side_edit(c);
	sea_seq rcv_nxt = c->rcv_nxt;

	if (!side)
		return;
	if (!(c->node.ecn & TCP_ECN_CE_STATE) == ce) {
		set_bit(c, TCP_ECN_DEMAND_CWR, !ce);
		if (!sea_time_is_never(c->due[TCP_TIMER_DELACK])) {
			c->rcv_nxt = side->ecn.echoed;
			sea_tcp_send_ack(c);
			c->rcv_nxt = rcv_nxt;
		}
		c->flags |= TCP_F_ACK_SCHEDULED | TCP_F_ACK_NOW;
	}
	side->ecn.echoed = rcv_nxt;
	set_bit(c, TCP_ECN_CE_STATE, ce);
	set_bit(c, TCP_ECN_DEMAND_CWR, ce);
}

/*
 * A mark is told of by quick ACKs. Data without ECT after data that had it is probably a retransmission: then the peer
 * needs ACKs soon, too.
 */
void sea_tcp_ecn_data(struct tcp_conn *c, const struct tcp_rx *rx)
{
	uint8_t field = rx->ip->tos & TCP_ECN_FIELD;

	if (tcp_accecn(c))
		sea_tcp_accecn_data(c, rx);
	if (!tcp_ecn_ok(c))
		return;
	if (field == TCP_NOT_ECT) {
		if (c->node.ecn & TCP_ECN_SEEN)
			sea_tcp_enter_quickack(c, QUICKACKS);
		return;
	}
	if (needs_ecn(c))
		echo_exactly(c, field == TCP_CE);
	if (field == TCP_CE && !(c->node.ecn & TCP_ECN_DEMAND_CWR)) {
		sea_tcp_enter_quickack(c, QUICKACKS);
		c->node.ecn |= TCP_ECN_DEMAND_CWR;
	}
	c->node.ecn |= TCP_ECN_SEEN;
}

void sea_tcp_ecn_duplicate(struct tcp_conn *c, sea_seq start)
{
	if (tcp_accecn(c))
		sea_tcp_accecn_duplicate(c, start);
}

/* The window of who says CWR may be a single segment: it waits for this ACK. */
void sea_tcp_ecn_cwr(struct tcp_conn *c, const struct tcp_rx *rx)
{
	if (!(rx->seg.flags & SEA_TCP_CWR) || tcp_accecn(c))
		return;
	c->node.ecn &= (uint8_t)~TCP_ECN_DEMAND_CWR;
	c->flags |= TCP_F_ACK_NOW;
}

/* -- sender -- */

uint8_t sea_tcp_ecn_echoed(const struct tcp_conn *c, const struct tcp_rx *rx)
{
	const struct sea_tcp_seg *seg = &rx->seg;
	bool ts_news = (c->flags & TCP_F_TS) && seg->opts.has_ts &&
		       (int32_t)(seg->opts.ts_val - c->ts_recent) > 0;

	if (seg->flags & SEA_TCP_SYN || c->state == TCP_S_SYN_RECV)
		return 0;
	if (tcp_accecn(c))
		return (uint8_t)(TCP_ACK_ACE | (ts_news ? TCP_ACK_TS_NEWS : 0) |
				 sea_tcp_rx_ace(rx));
	return c->fl->txq.packets_out && seg->flags & SEA_TCP_ECE ? TCP_ACK_MARKED : 0;
}

uint8_t sea_tcp_ecn_send(struct tcp_conn *c, enum tcp_ecn_kind kind, uint8_t *flags)
{
	bool ect = kind == TCP_ECN_NEW || needs_ecn(c);

	if (tcp_accecn(c))
		return sea_tcp_accecn_send(c, kind, flags);
	if (kind == TCP_ECN_SYN)
		*flags |= syn_flags(c);
	if (!tcp_ecn_ok(c))
		return TCP_NOT_ECT;
	if (c->node.ecn & TCP_ECN_DEMAND_CWR && kind != TCP_ECN_SYN)
		*flags |= SEA_TCP_ECE;
	set_bit(c, TCP_ECN_LAST_ECT, ect);
	if (kind != TCP_ECN_NEW)
		return ect ? TCP_ECT_0 : TCP_NOT_ECT;
	if (c->node.ecn & TCP_ECN_QUEUE_CWR) {
		tcp_ecn_withdraw_cwr(c);
		*flags |= SEA_TCP_CWR;
	}
	return TCP_ECT_0;
}
