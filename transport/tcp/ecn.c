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

void sea_tcp_ecn_open(struct tcp_conn *c)
{
	c->node.ecn = 0;
	if (sea_tcp_st(c)->sysctl.ecn == TCP_ECN_ALWAYS || route_wants(c->sock.stack, &c->dst))
		c->node.ecn = TCP_ECN_OK | TCP_ECN_ON_SYN;
}

uint8_t sea_tcp_ecn_syn_flags(const struct tcp_conn *c)
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
	return may && (rx->ip->tos & TCP_ECN_FIELD) == TCP_NOT_ECT;
}

bool sea_tcp_ecn_cookie(const struct tcp_req *req)
{
	return sea_tcp_st(req->listener)->sysctl.ecn ||
	       route_wants(req->listener->sock.stack, &req->dst);
}

/* -- receiver -- */

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
	if (!tcp_ecn_ok(c))
		return TCP_NOT_ECT;
	if (c->node.ecn & TCP_ECN_DEMAND_CWR)
		*flags |= SEA_TCP_ECE;
	c->node.ecn &= (uint8_t)~TCP_ECN_LAST_ECT0;
	if (kind != TCP_ECN_NEW)
		return TCP_NOT_ECT;
	if (c->node.ecn & TCP_ECN_QUEUE_CWR) {
		tcp_ecn_withdraw_cwr(c);
		*flags |= SEA_TCP_CWR;
	}
	c->node.ecn |= TCP_ECN_LAST_ECT0;
	return TCP_ECT_0;
}
