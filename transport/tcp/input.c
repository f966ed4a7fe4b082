/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A segment comes in: checked, parsed once, brought to the object it is for. For a connection it then
 * runs through the table of steps, and what they decided is carried out.
 */
#include "transport/tcp/rx.h"
#include "transport/tcp/sig.h"
#include "transport/tcp/seen.h"
#include "transport/tcp/socket.h"
#include "transport/tcp/urgent.h"

#include <netinet/in.h>

#include "transport/tcp/memory.h"
#include "transport/tcp/accecn.h"
#include "transport/tcp/passive.h"

/* -- the segment -- */

static void bad_segment(struct sea_stack *stack, struct sea_pkt *pkt, enum sea_drop reason)
{
	sea_stack_count(stack, SEA_MIB_TcpInErrs);
	sea_pkt_drop(stack, pkt, reason);
}

static bool checksum_right(struct sea_stack *stack, struct tcp_rx *rx)
{
	const struct sea_ip_rx *ip = rx->ip;

	return sea_pkt_csum_believed(rx->pkt) ||
	       sea_pkt_csum_verify(rx->pkt,
				   sea_ip_pseudo(ip->family, &ip->src, &ip->dst, IPPROTO_TCP,
						 rx->pkt->len),
				   stack->csum);
}

/* Fills rx->seg and pulls the header; false: dropped. */
static inline bool parse(struct sea_stack *stack, struct tcp_rx *rx)
{
	struct sea_pkt *pkt = rx->pkt;
	const struct sea_tcp_hdr *th = sea_pkt_peek(pkt, sizeof(*th));
	uint8_t hdr_len = th ? sea_tcp_hdr_len(th) : 0;

	if (!hdr_len || !(th = sea_pkt_peek(pkt, hdr_len))) {
		bad_segment(stack, pkt, SEA_DROP_TCP_SHORT);
		return false;
	}
	if (!checksum_right(stack, rx)) {
		sea_stack_count(stack, SEA_MIB_TcpInCsumErrors);
		bad_segment(stack, pkt, SEA_DROP_TCP_CHECKSUM);
		return false;
	}
	sea_tcp_parse((const uint8_t *)th, hdr_len, pkt->len - hdr_len, &rx->seg);
	pkt->off_trans = sea_pkt_offset(pkt);
	sea_pkt_skip(pkt, hdr_len);
	return true;
}

/* -- to whom -- */

/* RFC 5082: IP_MINTTL, IPV6_MINHOPCOUNT. True: it came from too far away and is dropped. */
static bool too_far(const struct tcp_conn *c, struct tcp_rx *rx)
{
	const struct sea_sock_more *more = c->sock.more;

	if (rx->ip->ttl >= (rx->ip->family == SEA_AF_INET ? more->min_ttl : more->min_hops))
		return false;
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPMinTTLDrop);
	sea_pkt_drop(c->sock.stack, rx->pkt, SEA_DROP_TCP_MIN_TTL);
	return true;
}

static void to_nobody(struct sea_stack *stack, struct tcp_rx *rx)
{
	struct tcp_conn *listener =
		sea_tcp_listener_find(&sea_tcp_of(stack)->table, rx->ip, rx->seg.dst, rx->seg.src);

	if (listener) {
		if (!too_far(listener, rx) && tcp_sig_admits(listener, NULL, rx))
			sea_tcp_listen_input(listener, rx);
		return;
	}
	sea_tcp_reply_rst(stack, rx);
	sea_pkt_drop(stack, rx->pkt, SEA_DROP_TCP_NO_SOCKET);
}

/* The IP header, or a signature, says something about what is to become of the segment, or is to be told of. */
static __attribute__((noinline)) void look(struct tcp_conn *c, struct tcp_rx *rx)
{
	if (too_far(c, rx) || !tcp_sig_admits(c, NULL, rx))
		return;
	if (rx->ip->family == SEA_AF_INET6 && sea_tcp_seen_wanted(&c->sock))
		sea_tcp_seen_run(c, rx);
	else
		sea_tcp_rx_run(c, rx);
}

static inline void dispatch(struct sea_stack *stack, struct tcp_rx *rx)
{
	struct tcp_table *t = &sea_tcp_of(stack)->table;
	struct tcp_node *node = sea_tcp_flow_find(t, rx->ip->family, &rx->ip->dst, rx->seg.dst,
						  &rx->ip->src, rx->seg.src);

	node = sea_tcp_flow_in(t, node, &rx->ip->dst, &rx->ip->src, rx->ip->link->ifindex);
	if (!node) {
		to_nobody(stack, rx);
		return;
	}
	if (__builtin_expect(node->kind == TCP_KIND_CONN, 1)) {
		struct tcp_conn *c = sea_container(node, struct tcp_conn, node);

		if (__builtin_expect(!((c->flags & TCP_F_LOOK) | rx->seg.opts.sig), 1))
			sea_tcp_rx_run(c, rx);
		else
			look(c, rx);
	} else if (node->kind == TCP_KIND_REQ) {
		struct tcp_req *req = sea_container(node, struct tcp_req, node);

		if (tcp_sig_admits(req->listener, req, rx))
			sea_tcp_req_input(req, rx);
	} else {
		sea_tcp_tw_input(sea_container(node, struct tcp_tw, node), rx);
	}
}

static void input(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *ip)
{
	struct tcp_rx rx;

	sea_mib_add(&stack->shard.counters, SEA_MIB_TcpInSegs, pkt->gso_segs ? pkt->gso_segs : 1);
	if (pkt->type != SEA_PKT_HOST || ip->dst_type != SEA_ROUTE_LOCAL) {
		sea_pkt_drop(stack, pkt, SEA_DROP_TCP_NOT_UNICAST);
		return;
	}
	rx.pkt = pkt;
	rx.ip = ip;
	rx.effects = 0;
	rx.reason = SEA_DROP_TCP_FLAGS;
	if (parse(stack, &rx))
		dispatch(stack, &rx);
}

const struct sea_ip_proto sea_tcp_proto = {
	.proto = IPPROTO_TCP,
	.input = input,
	.icmp_error = sea_tcp_icmp_error,
};

/* -- the effects -- */

static uint32_t readable(const struct tcp_conn *c)
{
	/* Urgent data is told of twice: when it is announced, and when its byte is there. */
	return SEA_POLLIN | (tcp_urgent_came(c) ? SEA_POLLPRI : 0);
}

/* What is less than the reader wants to be woken for is no event (SO_RCVLOWAT). */
static bool reaches_lowat(const struct tcp_conn *c)
{
	return c->sock.rcvlowat <= 1 || sea_tcp_enough(c, (uint32_t)c->sock.rcvlowat);
}

static uint32_t events_of(const struct tcp_conn *c, uint32_t effects)
{
	uint32_t mask = 0;

	if (effects & RX_WAKE || (effects & RX_READABLE && reaches_lowat(c)))
		mask |= readable(c);
	if (effects & RX_WRITABLE)
		mask |= SEA_POLLOUT;
	if (effects & RX_RDHUP)
		mask |= SEA_POLLIN | SEA_POLLRDHUP;
	if (effects & RX_PRI)
		mask |= SEA_POLLPRI;
	return mask;
}

static void challenge(struct tcp_conn *c)
{
	sea_tcp_send_challenge_ack(c);
	if (tcp_accecn(c))
		sea_tcp_accecn_answered(c);
}

/* What is sent may carry the ACK, so sending comes before acknowledging. */
static void apply_many(struct tcp_conn *c, struct tcp_rx *rx)
{
	uint32_t effects = rx->effects, events = events_of(c, effects);

	if (events)
		sea_sock_raise(&c->sock, events);
	if (effects & RX_CHALLENGE)
		challenge(c);
	if (effects & RX_DUPACK)
		sea_tcp_send_dupack(c, &rx->seg, SEA_MIB_TcpExtTCPACKSkippedSeq);
	if (effects & RX_DUPACK_PAWS)
		sea_tcp_send_dupack(c, &rx->seg, SEA_MIB_TcpExtTCPACKSkippedPAWS);
	if (effects & RX_PUSH)
		sea_tcp_push(c);
	if (effects & RX_WRITE_SPACE)
		sea_tcp_check_space(c);
	if (effects & RX_ACK_NOW)
		sea_tcp_send_ack(c);
	else if (effects & (RX_ACK_DATA | RX_ACK_CHECK))
		sea_tcp_ack_check(c, effects & RX_OUT_OF_ORDER);
}

static inline void apply_effects(struct tcp_conn *c, struct tcp_rx *rx)
{
	/* Data in order, and nothing else: by far the most. */
	if (__builtin_expect(rx->effects == (RX_READABLE | RX_ACK_DATA), 1) &&
	    __builtin_expect(c->sock.rcvlowat <= 1, 1)) {
		sea_sock_raise(&c->sock, readable(c));
		sea_tcp_ack_check(c, false);
	} else {
		apply_many(c, rx);
	}
	tcp_flight_settle(c);
}

/* -- the steps -- */

/* RFC 9293 §3.10.7.4, in its order; header prediction comes before. */
static rx_step *const synchronized_steps[] = {
	sea_tcp_rx_fastopen,  sea_tcp_rx_paws,
	sea_tcp_rx_sequence,  sea_tcp_rx_reset,
	sea_tcp_rx_syn,       sea_tcp_rx_ack,
	sea_tcp_rx_state_ack, sea_tcp_rx_urgent,
	sea_tcp_rx_text,      NULL,
};

static rx_step *const syn_sent_steps[] = { sea_tcp_rx_syn_sent, NULL };

static enum rx_verdict run_steps(struct tcp_conn *c, struct tcp_rx *rx)
{
	rx_step *const *step = c->state == TCP_S_SYN_SENT ? syn_sent_steps : synchronized_steps;
	enum rx_verdict verdict = RX_NEXT;

	while (verdict == RX_NEXT && *step)
		verdict = (*step++)(c, rx);
	return verdict;
}

bool sea_tcp_rx_run(struct tcp_conn *c, struct tcp_rx *rx)
{
	struct sea_stack *stack = c->sock.stack;
	enum rx_verdict verdict;
	uint32_t segs = rx->pkt->gso_segs ? rx->pkt->gso_segs : 1;

	tcp_clear(c, TCP_F_NO_ROOM);
	c->segs_in += segs;
	if (rx->seg.len)
		c->data_segs_in += segs;
	verdict = sea_tcp_rx_predicted(c, rx);
	if (verdict == RX_NEXT)
		verdict = run_steps(c, rx);
	if (verdict != RX_GONE)
		apply_effects(c, rx);
	if (rx->pkt && verdict == RX_DROP)
		sea_pkt_drop(stack, rx->pkt, rx->reason);
	else if (rx->pkt)
		sea_pkt_free(rx->pkt);
	return verdict != RX_GONE;
}
