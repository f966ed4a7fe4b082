/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Half-open connections: SYN-RECEIVED as a small object (RFC 9293 §3.10.7.4). It sends the SYN-ACK
 * again until the handshake's last segment comes, which makes it a connection.
 */
#include "transport/tcp/passive.h"

#include <netinet/in.h>

#include "transport/ext_hdr.h"
#include "transport/tcp/accecn.h"
#include "transport/tcp/sig.h"
#include "transport/tcp/rtt.h"
#include "transport/tcp/saved_syn.h"
#include "transport/tcp/seen.h"
#include "wire/ipv6.h"

#define YOUNG_THRESHOLD_MIN 8u

/* -- life -- */

static void fire(struct sea_timer *timer, sea_time now);

struct tcp_req *sea_tcp_req_add(struct tcp_conn *listener, struct tcp_req *from)
{
	struct sea_stack *stack = listener->sock.stack;
	struct tcp_req *req = sea_pool_alloc(&stack->shard.pool, sizeof(*req));

	if (!req)
		return NULL;
	*req = *from;
	req->node.kind = TCP_KIND_REQ;
	req->listener = listener;
	sea_timer_init(&req->timer, fire);
	if (sea_tcp_flow_add(&sea_tcp_of(stack)->table, &req->node, &req->laddr, &req->raddr)) {
		sea_pool_free(&stack->shard.pool, req, sizeof(*req));
		return NULL;
	}
	from->dst = (struct sea_dst){ 0 };
	sea_list_push_back(&listener->listen->reqs, &req->list);
	listener->listen->n_reqs++;
	if (!req->num_timeout)
		listener->listen->n_young++;
	return req;
}

/* The flow may have gone to the child already. */
void sea_tcp_req_free(struct tcp_req *req)
{
	struct tcp_conn *listener = req->listener;
	struct sea_stack *stack = listener->sock.stack;

	if (req->node.hnode.linked)
		sea_tcp_flow_del(&sea_tcp_of(stack)->table, &req->node);
	sea_list_remove(&req->list);
	listener->listen->n_reqs--;
	if (!req->num_timeout)
		listener->listen->n_young--;
	sea_timer_remove(&stack->shard.timers, &req->timer);
	sea_dst_put(stack, &req->dst);
	sea_tcp_seen_free(stack, req->seen);
	sea_tcp_saved_syn_free(stack, req->saved_syn);
	sea_pool_free(&stack->shard.pool, req, sizeof(*req));
}

/* -- SYN-ACK -- */

static struct tcp_reply reply_of(const struct tcp_req *req)
{
	return (struct tcp_reply){
		.ack = sea_seq_add(req->irs, 1),
		.tos = req->tos,
		.mark = req->mark,
		.tx_delay_us = req->listener->side->tx_delay_us,
		.flow_label = req->flow_label,
		.sock = &req->listener->sock,
		.final = &req->raddr,
	};
}

static uint32_t ts_now(const struct tcp_req *req)
{
	return (uint32_t)(req->listener->sock.stack->shard.now.ns / SEA_MSEC) + req->ts_offset;
}

/* An address of a link is that link's, one of a VRF that VRF's: by where the SYN came in. */
int sea_tcp_req_oif(const struct tcp_req *req)
{
	int bound = req->listener->sock.bound_ifindex;

	if (bound)
		return bound;
	if (req->node.family == SEA_AF_INET6 && sea_in6_is_link_local(req->raddr.b))
		return req->ifindex;
	return sea_l3mdev_of_index(req->listener->sock.stack, req->ifindex);
}

static int reroute(struct tcp_req *req)
{
	struct sea_stack *stack = req->listener->sock.stack;
	struct sea_flow flow = {
		.family = req->node.family,
		.proto = IPPROTO_TCP,
		.tos = req->tos,
		.oif = sea_tcp_req_oif(req),
		.mark = req->mark,
		.sport = req->node.lport,
		.dport = req->node.rport,
		.any_src = true,
		.src = req->laddr,
		.dst = req->raddr,
	};

	if (sea_dst_valid(stack, &req->dst))
		return 0;
	sea_dst_put(stack, &req->dst);
	sea_ext_lead(&req->listener->sock, &flow);
	return sea_ip_route(stack, &flow, &req->dst);
}

/* That the flags were left out is no reason to do without Accurate ECN, but to be careful with the path (RFC 9768 §3.1.5). */
static void answer_accurately(struct tcp_req *req, struct tcp_reply *reply)
{
	bool again = req->num_retrans, timed_out = req->num_timeout;

	if (again && timed_out)
		req->ecn |= TCP_REQ_FAIL_SEND;
	sea_tcp_accecn_answer(req->listener->sock.stack, reply,
			      (req->ecn & TCP_REQ_FIELD) >> TCP_REQ_FIELD_SHIFT, again, timed_out);
}

/* Beside timestamps and a signature, which are there by now, it is seen what room is left for Accurate ECN's option. */
static void transmit(struct tcp_req *req, struct tcp_reply *reply)
{
	struct tcp_ao_sig sig;

	if (req->ts) {
		reply->opts.has_ts = true;
		reply->opts.ts_val = ts_now(req);
		reply->opts.ts_ecr = req->ts_recent;
	}
	if (!sea_tcp_sig_req(req, reply, &sig))
		return;
	if (reply->flags & SEA_TCP_SYN && req->ecn & TCP_REQ_ACC)
		answer_accurately(req, reply);
	if (!reroute(req))
		(void)sea_tcp_reply_on(req->listener->sock.stack, &req->dst, req->node.lport,
				       req->node.rport, reply);
}

void sea_tcp_req_answer(struct tcp_req *req, const struct sea_tcp_cookie *cookie)
{
	struct tcp_reply reply = reply_of(req);

	reply.seq = req->iss;
	if (req->listener->cc.ops->without_ecn && !req->listener->cc.ops->l4s)
		reply.tos |= TCP_ECT_0;
	reply.flags = SEA_TCP_SYN | SEA_TCP_ACK | (req->ecn & TCP_REQ_ECN ? SEA_TCP_ECE : 0);
	reply.wnd = req->rcv_wnd < 65535 ? req->rcv_wnd : 65535;
	reply.opts.has_mss = true;
	reply.opts.mss = req->mss_advertised;
	reply.opts.has_sack_perm = req->sack;
	reply.opts.has_wscale = req->wscale;
	reply.opts.wscale = req->rcv_wscale;
	if (cookie) {
		reply.opts.has_cookie = true;
		reply.opts.cookie = *cookie;
	}
	req->ts_last_sent = ts_now(req);
	if (!req->num_retrans)
		req->ts_first_sent = req->ts_last_sent;
	transmit(req, &reply);
}

static void resend(struct tcp_req *req)
{
	struct sea_stack *stack = req->listener->sock.stack;

	req->num_retrans++;
	sea_stack_count(stack, SEA_MIB_TcpRetransSegs);
	sea_stack_count(stack, SEA_MIB_TcpExtTCPSynRetrans);
	sea_tcp_req_answer(req, NULL);
}

/* -- the timer -- */

static unsigned retries_of(const struct tcp_conn *listener)
{
	if (listener->side->syncnt)
		return listener->side->syncnt;
	return (unsigned)sea_tcp_st(listener)->sysctl.synack_retries;
}

/*
 * A queue more than half full of requests that were answered more than once is under attack or behind
 * a bad path: the older ones get fewer retries, so that young ones find room.
 */
static unsigned retries_allowed(const struct tcp_conn *listener)
{
	const struct tcp_listen *l = listener->listen;
	unsigned retries = retries_of(listener);
	uint32_t young = l->n_young << 1;
	uint32_t least = l->backlog > YOUNG_THRESHOLD_MIN ? l->backlog : YOUNG_THRESHOLD_MIN;

	if (l->n_reqs << 1 <= least)
		return retries;
	for (; retries > 2 && l->n_reqs >= young; retries--)
		young <<= 1;
	return retries;
}

static int64_t next_interval(const struct tcp_req *req)
{
	unsigned doublings = req->num_timeout < 20 ? req->num_timeout : 20;
	int64_t ns = (int64_t)TCP_RTO_INIT_US * SEA_USEC << doublings;

	return ns < TCP_RTO_MAX_US * SEA_USEC ? ns : TCP_RTO_MAX_US * SEA_USEC;
}

/*
 * TCP_DEFER_ACCEPT: a peer that has acknowledged but sent nothing is not asked again until its time is
 * nearly over; then its next ACK is let through.
 */
static void judge(const struct tcp_req *req, bool *expire, bool *answer)
{
	const struct tcp_conn *listener = req->listener;
	unsigned allowed = retries_allowed(listener), deferred = listener->defer_accept;

	if (!deferred) {
		*expire = req->num_timeout >= allowed;
		*answer = true;
		return;
	}
	*expire = req->num_timeout >= allowed && (!req->acked || req->num_timeout >= deferred);
	*answer = !req->acked || req->num_timeout >= deferred - 1;
}

static void fire(struct sea_timer *timer, sea_time now)
{
	struct tcp_req *req = sea_container(timer, struct tcp_req, timer);
	bool expire, answer;

	judge(req, &expire, &answer);
	if (expire) {
		sea_tcp_req_free(req);
		return;
	}
	if (answer)
		resend(req);
	if (!req->num_timeout)
		req->listener->listen->n_young--;
	req->num_timeout++;
	sea_stack_arm(req->listener->sock.stack, timer, sea_time_add(now, next_interval(req)));
}

/* -- input -- */

static void drop(struct tcp_req *req, struct tcp_rx *rx, enum sea_drop reason)
{
	sea_pkt_drop(req->listener->sock.stack, rx->pkt, reason);
}

static bool limited(struct tcp_req *req, const struct tcp_rx *rx)
{
	return sea_tcp_reply_limited(req->listener->sock.stack, &rx->seg, &req->oow_stamp,
				     SEA_MIB_TcpExtTCPACKSkippedSynRecv);
}

static void send_ack(struct tcp_req *req)
{
	struct tcp_reply reply = reply_of(req);

	reply.seq = sea_seq_add(req->iss, 1);
	reply.flags = SEA_TCP_ACK;
	reply.wnd = req->rcv_wnd < 65535 ? req->rcv_wnd : 65535;
	reply.wnd >>= req->rcv_wscale;
	transmit(req, &reply);
}

static bool paws_rejects(const struct tcp_req *req, const struct sea_tcp_seg *seg)
{
	return req->ts && seg->opts.has_ts && (int32_t)(req->ts_recent - seg->opts.ts_val) > 0;
}

/* An echo of a timestamp that was never sent is forged: our SYN-ACKs' lie between the first and the last. */
static bool echo_forged(const struct tcp_req *req, const struct sea_tcp_seg *seg)
{
	return req->ts && seg->opts.has_ts && (seg->flags & SEA_TCP_ACK) && seg->opts.ts_ecr &&
	       seg->opts.ts_ecr - req->ts_first_sent > req->ts_last_sent - req->ts_first_sent;
}

bool sea_tcp_in_request_window(const struct sea_tcp_seg *seg, sea_seq next, uint32_t wnd)
{
	sea_seq edge = sea_seq_add(next, wnd);
	sea_seq end = sea_seq_add(seg->seq, sea_tcp_seg_len(seg));

	if (sea_seq_eq(seg->seq, next))
		return true;
	if (sea_seq_gt(end, next) && sea_seq_lt(seg->seq, edge))
		return true;
	return sea_seq_eq(seg->seq, edge) && sea_seq_eq(seg->seq, end);
}

static bool in_window(const struct tcp_req *req, const struct sea_tcp_seg *seg)
{
	return sea_tcp_in_request_window(seg, sea_seq_add(req->irs, 1), req->rcv_wnd);
}

static bool is_syn_again(const struct tcp_req *req, const struct sea_tcp_seg *seg)
{
	return (seg->flags & (SEA_TCP_SYN | SEA_TCP_ACK | SEA_TCP_RST)) == SEA_TCP_SYN &&
	       sea_seq_eq(seg->seq, req->irs) && !paws_rejects(req, seg);
}

/* RFC 9768 §3.1.5: the last SYN's field is told; one without flags means that they may not pass. */
static void asked_again(struct tcp_req *req, const struct tcp_rx *rx)
{
	req->ecn = (uint8_t)((req->ecn & ~TCP_REQ_FIELD) | (rx->ip->tos & TCP_ECN_FIELD)
								   << TCP_REQ_FIELD_SHIFT);
	if (!sea_tcp_rx_ace(rx))
		req->ecn |= TCP_REQ_FAIL_RECV;
}

static void syn_again(struct tcp_req *req, struct tcp_rx *rx)
{
	if (limited(req, rx)) {
		drop(req, rx, SEA_DROP_TCP_OLD_DATA);
		return;
	}
	if (req->ecn & TCP_REQ_ACC)
		asked_again(req, rx);
	resend(req);
	sea_stack_arm(req->listener->sock.stack, &req->timer,
		      sea_time_add(req->listener->sock.stack->shard.now, next_interval(req)));
	sea_pkt_free(rx->pkt);
}

static void not_acceptable(struct tcp_req *req, struct tcp_rx *rx)
{
	struct sea_stack *stack = req->listener->sock.stack;
	bool old = paws_rejects(req, &rx->seg), forged = echo_forged(req, &rx->seg);

	if (!(rx->seg.flags & SEA_TCP_RST) && !limited(req, rx))
		send_ack(req);
	if (old)
		sea_stack_count(stack, SEA_MIB_TcpExtPAWSEstab);
	else if (forged)
		sea_stack_count(stack, SEA_MIB_TcpExtTSEcrRejected);
	drop(req, rx, old || forged ? SEA_DROP_TCP_PAWS : SEA_DROP_TCP_OUT_OF_WINDOW);
}

static void refuse(struct tcp_req *req)
{
	struct sea_stack *stack = req->listener->sock.stack;

	sea_stack_count(stack, SEA_MIB_TcpAttemptFails);
	sea_stack_count(stack, SEA_MIB_TcpExtEmbryonicRsts);
	sea_tcp_req_free(req);
}

/* RFC 5961 §3.2 holds for half-open connections, too: a reset must hit RCV.NXT exactly. */
static void reset(struct tcp_req *req, struct tcp_rx *rx)
{
	struct sea_stack *stack = req->listener->sock.stack;

	if (!sea_seq_eq(rx->seg.seq, sea_seq_add(req->irs, 1))) {
		if (!limited(req, rx)) {
			sea_stack_count(stack, SEA_MIB_TcpExtTCPChallengeACK);
			send_ack(req);
		}
		drop(req, rx, SEA_DROP_TCP_INVALID_RESET);
		return;
	}
	refuse(req);
	sea_pkt_drop(stack, rx->pkt, SEA_DROP_TCP_RESET);
}

/* Another SYN inside the window: back to LISTEN (RFC 9293 §3.10.7.4, fourth). */
static void stray_syn(struct tcp_req *req, struct tcp_rx *rx)
{
	struct sea_stack *stack = req->listener->sock.stack;

	sea_tcp_reply_rst(stack, rx);
	refuse(req);
	sea_pkt_drop(stack, rx->pkt, SEA_DROP_TCP_INVALID_SYN);
}

static void no_room(struct tcp_req *req, struct tcp_rx *rx, enum sea_drop reason)
{
	struct sea_stack *stack = req->listener->sock.stack;

	sea_stack_count(stack, SEA_MIB_TcpExtListenDrops);
	if (sea_tcp_of(stack)->sysctl.abort_on_overflow) {
		sea_tcp_reply_rst(stack, rx);
		refuse(req);
	} else {
		req->acked = true;
	}
	sea_pkt_drop(stack, rx->pkt, reason);
}

static void complete(struct tcp_req *req, struct tcp_rx *rx)
{
	struct tcp_conn *listener = req->listener, *child;
	struct sea_stack *stack = listener->sock.stack;

	if (tcp_accept_full(listener)) {
		sea_stack_count(stack, SEA_MIB_TcpExtListenOverflows);
		no_room(req, rx, SEA_DROP_TCP_LISTEN_OVERFLOW);
		return;
	}
	child = sea_tcp_child_new(req, rx);
	if (!child) {
		no_room(req, rx, SEA_DROP_TCP_NO_MEMORY);
		return;
	}
	sea_tcp_req_free(req);
	sea_tcp_rx_run(child, rx);
	sea_sock_raise(&listener->sock, SEA_POLLIN);
}

/* Acceptable, and neither reset nor SYN. */
static void acknowledged(struct tcp_req *req, struct tcp_rx *rx)
{
	sea_seq end = sea_seq_add(rx->seg.seq, sea_tcp_seg_len(&rx->seg));

	if (!(rx->seg.flags & SEA_TCP_ACK)) {
		drop(req, rx, SEA_DROP_TCP_FLAGS);
		return;
	}
	if (req->num_timeout < req->listener->defer_accept &&
	    sea_seq_eq(end, sea_seq_add(req->irs, 1))) {
		req->acked = true;
		sea_stack_count(req->listener->sock.stack, SEA_MIB_TcpExtTCPDeferAcceptDrop);
		drop(req, rx, SEA_DROP_TCP_DEFERRED);
		return;
	}
	complete(req, rx);
}

void sea_tcp_req_input(struct tcp_req *req, struct tcp_rx *rx)
{
	struct sea_tcp_seg *seg = &rx->seg;
	struct sea_stack *stack = req->listener->sock.stack;

	if (is_syn_again(req, seg)) {
		syn_again(req, rx);
		return;
	}
	if ((seg->flags & SEA_TCP_ACK) && !sea_seq_eq(seg->ack, sea_seq_add(req->iss, 1))) {
		sea_tcp_reply_rst(stack, rx);
		drop(req, rx, SEA_DROP_TCP_ACK_UNSENT);
		return;
	}
	if (paws_rejects(req, seg) || echo_forged(req, seg) || !in_window(req, seg)) {
		not_acceptable(req, rx);
		return;
	}
	if (req->ts && seg->opts.has_ts && !sea_seq_gt(seg->seq, sea_seq_add(req->irs, 1)))
		req->ts_recent = seg->opts.ts_val;
	if (sea_seq_eq(seg->seq, req->irs)) /* the SYN itself is before the window */
		seg->flags &= (uint8_t)~SEA_TCP_SYN;
	if (seg->flags & SEA_TCP_RST)
		reset(req, rx);
	else if (seg->flags & SEA_TCP_SYN)
		stray_syn(req, rx);
	else
		acknowledged(req, rx);
}
