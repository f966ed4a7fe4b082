/* SPDX-License-Identifier: Apache-2.0 */
/* Decides who may use ECN, and what each segment says of marks (RFC 3168 §6.1, with Linux's refinements). */
#include "transport/tcp/ecn.h"

#include "ip/metrics.h"
#include "transport/tcp/passive.h"

#define QUICKACKS 2u
#define SETUP (SEA_TCP_ECE | SEA_TCP_CWR)

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
	c->node.ecn = 0;
	if (sea_tcp_st(c)->sysctl.ecn == TCP_ECN_ALWAYS || needs_ecn(c) ||
	    route_wants(c->sock.stack, &c->dst))
		c->node.ecn = TCP_ECN_OK | TCP_ECN_ON_SYN;
}

void sea_tcp_ecn_settle_cc(struct tcp_conn *c)
{
	const struct tcp_cc_ops *ops = c->cc.ops;

	if (ops->without_ecn)
		sea_tcp_cc_switch(&c->cc, tcp_ecn_ok(c) ? ops : ops->without_ecn, tcp_now(c));
}

static uint8_t syn_flags(const struct tcp_conn *c)
{
	if (!(c->node.ecn & TCP_ECN_ON_SYN))
		return 0;
	if (c->state == TCP_S_SYN_SENT)
		return SETUP;
	return tcp_ecn_ok(c) ? SEA_TCP_ECE : 0;
}

/* That it was asked for is remembered: the answer may be to the first one. */
void sea_tcp_ecn_syn_lost(struct tcp_conn *c)
{
	if (c->state == TCP_S_SYN_SENT && sea_tcp_st(c)->sysctl.ecn_fallback)
		c->node.ecn &= (uint8_t)~TCP_ECN_ON_SYN;
}

/* A peer that just sends our flags back knows nothing of them. */
void sea_tcp_ecn_synack(struct tcp_conn *c, const struct tcp_rx *rx)
{
	if ((rx->seg.flags & SETUP) != SEA_TCP_ECE)
		c->node.ecn = 0;
	c->node.ecn &= (uint8_t)~TCP_ECN_ON_SYN;
}

void sea_tcp_ecn_crossing_syn(struct tcp_conn *c, const struct tcp_rx *rx)
{
	if ((rx->seg.flags & SETUP) != SETUP)
		c->node.ecn = 0;
}

/* RFC 3168 §6.1.1: a SYN that asks is not ECT itself; where one is, something on the path is at fault. */
bool sea_tcp_ecn_request(const struct tcp_req *req, const struct tcp_rx *rx)
{
	const struct tcp_conn *listener = req->listener;
	bool may = sea_tcp_st(listener)->sysctl.ecn || route_wants(listener->sock.stack, &req->dst);

	if ((rx->seg.flags & SETUP) != SETUP)
		return false;
	if (needs_ecn(listener))
		return true;
	return may && (rx->ip->tos & TCP_ECN_FIELD) == TCP_NOT_ECT;
}

bool sea_tcp_ecn_cookie(const struct tcp_req *req)
{
	return sea_tcp_st(req->listener)->sysctl.ecn ||
	       route_wants(req->listener->sock.stack, &req->dst);
}

/* -- receiver -- */

static void set_bit(struct tcp_conn *c, uint8_t bit, bool on)
{
	c->node.ecn = (uint8_t)(on ? c->node.ecn | bit : c->node.ecn & ~bit);
}

/* Without memory for it nobody learns of this one. A super-segment is as many as it was made of. */
void sea_tcp_ecn_count(struct tcp_conn *c, const struct tcp_rx *rx)
{
	struct tcp_side *side = sea_tcp_side_edit(c);
	uint8_t field = rx->ip->tos & TCP_ECN_FIELD;

	if (!tcp_ecn_ok(c))
		c->node.ecn |= TCP_ECN_SEEN;
	if (!side)
		return;
	if (field == TCP_CE)
		side->ecn.received_ce += rx->pkt->gso_segs ? rx->pkt->gso_segs : 1;
	side->ecn.received_bytes[field - 1] += rx->seg.len;
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

/* The window of who says CWR may be a single segment: it waits for this ACK. */
void sea_tcp_ecn_cwr(struct tcp_conn *c, const struct tcp_rx *rx)
{
	if (!(rx->seg.flags & SEA_TCP_CWR))
		return;
	c->node.ecn &= (uint8_t)~TCP_ECN_DEMAND_CWR;
	c->flags |= TCP_F_ACK_NOW;
}

/* -- sender -- */

uint8_t sea_tcp_ecn_send(struct tcp_conn *c, enum tcp_ecn_kind kind, uint8_t *flags)
{
	bool ect = kind == TCP_ECN_NEW || needs_ecn(c);

	if (kind == TCP_ECN_SYN)
		*flags |= syn_flags(c);
	if (!tcp_ecn_ok(c))
		return TCP_NOT_ECT;
	if (c->node.ecn & TCP_ECN_DEMAND_CWR && kind != TCP_ECN_SYN)
		*flags |= SEA_TCP_ECE;
	set_bit(c, TCP_ECN_LAST_ECT0, ect);
	if (kind != TCP_ECN_NEW)
		return ect ? TCP_ECT_0 : TCP_NOT_ECT;
	if (c->node.ecn & TCP_ECN_QUEUE_CWR) {
		tcp_ecn_withdraw_cwr(c);
		*flags |= SEA_TCP_CWR;
	}
	return TCP_ECT_0;
}
