/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After the connection: a small object answers old duplicates for 2 MSL, or waits for the FIN of a
 * peer whose other end nobody holds any more (FIN_WAIT_2). RFC 9293 §3.10.7.4, RFC 1337, RFC 6191.
 */
#include <string.h>

#include "core/link.h"
#include "transport/tcp/ecn.h"
#include "transport/tcp/sig.h"
#include "transport/tcp/passive.h"
#include "transport/tcp/windows.h"

#define TIME_WAIT_NS (60 * SEA_SEC) /* 2 MSL, as Linux counts it */
#define PAWS_MAX_IDLE_NS (24 * 86400 * SEA_SEC)

/* -- life -- */

void sea_tcp_tw_free(struct tcp_tw *tw)
{
	struct sea_stack *stack = tw->stack;
	struct tcp_state *st = sea_tcp_of(stack);

	if (tw->node.hnode.linked)
		sea_tcp_flow_del(&st->table, &tw->node);
	sea_tcp_port_unshare(&st->table, tw);
	sea_timer_remove(&stack->shard.timers, &tw->timer);
	sea_list_remove(&tw->list);
	st->n_time_wait--;
	sea_tcp_md5_key_free(stack, tw->md5);
	sea_tcp_ao_free(stack, tw->ao);
	sea_pool_free(&stack->shard.pool, tw, sizeof(*tw));
}

static void expired(struct sea_timer *timer, sea_time now)
{
	struct tcp_tw *tw = sea_container(timer, struct tcp_tw, timer);

	(void)now;
	sea_stack_count(tw->stack, SEA_MIB_TcpExtTW);
	sea_tcp_tw_free(tw);
}

struct tcp_tw *sea_tcp_tw_new(struct sea_stack *stack)
{
	struct tcp_tw *tw = sea_pool_zalloc(&stack->shard.pool, sizeof(*tw));

	if (!tw)
		return NULL;
	tw->stack = stack;
	tw->node.kind = TCP_KIND_TW;
	sea_list_init(&tw->port_node);
	sea_timer_init(&tw->timer, expired);
	sea_list_push_back(&sea_tcp_of(stack)->time_waits, &tw->list);
	sea_tcp_of(stack)->n_time_wait++;
	return tw;
}

static void restart(struct tcp_tw *tw)
{
	sea_list_remove(&tw->list);
	sea_list_push_back(&sea_tcp_of(tw->stack)->time_waits, &tw->list);
	sea_stack_arm(tw->stack, &tw->timer, sea_time_add(tw->stack->shard.now, tw->timeout_ns));
}

/* The connection signs no more. */
static void take_keys(struct tcp_tw *tw, struct tcp_conn *c)
{
	tw->md5 = sea_tcp_md5_copy(c); /* without memory for it what it answers is not signed */
	tw->ao = sea_tcp_ao_take(c);
}

static void remember(struct tcp_tw *tw, struct tcp_conn *c)
{
	tw->domain = c->sock.domain;
	tw->cookie = c->sock.handle.v;
	tw->node.family = c->node.family;
	tw->node.lport = c->node.lport;
	tw->node.rport = c->node.rport;
	memcpy(tw->laddr.b, c->sock.laddr, sizeof(tw->laddr.b));
	memcpy(tw->raddr.b, c->sock.raddr, sizeof(tw->raddr.b));
	tw->snd_nxt = c->snd_nxt;
	tw->rcv_nxt = c->rcv_nxt;
	tw->rcv_wnd = sea_tcp_receive_window(c);
	tw->rcv_wscale = c->rcv_wscale;
	tw->ts = c->flags & TCP_F_TS;
	tw->ts_recent = c->ts_recent;
	tw->ts_recent_stamp = c->ts_recent_stamp;
	tw->ts_offset = c->ts_offset;
	tw->mark = c->sock.mark;
	tw->tx_delay_us = c->side->tx_delay_us;
	tw->tos = sea_sock_tos(&c->sock, c->node.family) |
		  (c->node.ecn & TCP_ECN_ACC ? tcp_ecn_last_field(c) : 0); /* as Linux */
	if (c->node.family == SEA_AF_INET6)
		tw->flow_label = sea_tcp_flow_label(c);
	take_keys(tw, c);
	tw->bound_ifindex = c->sock.bound_ifindex;
	tw->reuse = c->sock.flags & SEA_SOCK_REUSEADDR;
	tw->reuseport = c->sock.flags & SEA_SOCK_REUSEPORT;
}

/* Takes the connection's place in the table and on its port. */
static bool succeed(struct tcp_tw *tw, struct tcp_conn *c)
{
	struct tcp_table *t = &sea_tcp_st(c)->table;

	tcp_clear(c, TCP_F_IN_FLOWS);
	sea_tcp_flow_del(t, &c->node);
	if (sea_tcp_flow_add(t, &tw->node, &tw->laddr, &tw->raddr))
		return false;
	if (c->port)
		sea_tcp_port_share(c->port, tw);
	return true;
}

void sea_tcp_to_time_wait(struct tcp_conn *c, enum tcp_conn_state substate, int64_t ns)
{
	struct sea_stack *stack = c->sock.stack;
	struct tcp_state *st = sea_tcp_st(c);
	struct tcp_tw *tw = NULL;

	sea_tcp_peers_note(c);
	if (st->n_time_wait < (uint32_t)st->sysctl.max_tw_buckets && (c->flags & TCP_F_IN_FLOWS))
		tw = sea_tcp_tw_new(stack);
	if (!tw) {
		sea_stack_count(stack, SEA_MIB_TcpExtTCPTimeWaitOverflow);
		sea_tcp_done(c, 0);
		return;
	}
	remember(tw, c);
	tw->entered = stack->shard.now;
	tw->substate = (uint8_t)substate;
	tw->timeout_ns = ns ? ns : TIME_WAIT_NS;
	if (succeed(tw, c))
		restart(tw);
	else
		sea_tcp_tw_free(tw);
	sea_tcp_done(c, 0);
}

/* -- answering -- */

static void send_ack(struct tcp_tw *tw, const struct tcp_rx *rx)
{
	struct tcp_ao_sig sig;
	struct tcp_reply reply = {
		.seq = tw->snd_nxt,
		.ack = tw->rcv_nxt,
		.wnd = tw->rcv_wnd >> tw->rcv_wscale,
		.flags = SEA_TCP_ACK,
		.tos = tw->tos,
		.flow_label = tw->flow_label,
		.mark = tw->mark,
		.tx_delay_us = tw->tx_delay_us,
	};

	if (tw->ts) {
		reply.opts.has_ts = true;
		reply.opts.ts_val = (uint32_t)(tw->stack->shard.now.ns / SEA_MSEC) + tw->ts_offset;
		reply.opts.ts_ecr = tw->ts_recent;
	}
	sea_tcp_sig_tw(tw, &reply, &sig);
	(void)sea_tcp_reply(tw->stack, rx->ip, tw->node.lport, tw->node.rport, &reply);
}

static void answer(struct tcp_tw *tw, const struct tcp_rx *rx, enum sea_mib skipped)
{
	if (!sea_tcp_reply_limited(tw->stack, &rx->seg, &tw->oow_stamp, skipped))
		send_ack(tw, rx);
}

static bool paws_rejects(const struct tcp_tw *tw, const struct sea_tcp_seg *seg)
{
	if (!tw->ts || !seg->opts.has_ts || !tw->ts_recent ||
	    (int32_t)(tw->ts_recent - seg->opts.ts_val) <= 0)
		return false;
	return sea_time_diff(tw->stack->shard.now, tw->ts_recent_stamp) <= PAWS_MAX_IDLE_NS;
}

static void store_ts_recent(struct tcp_tw *tw, const struct sea_tcp_seg *seg)
{
	if (!tw->ts || !seg->opts.has_ts)
		return;
	tw->ts_recent = seg->opts.ts_val;
	tw->ts_recent_stamp = tw->stack->shard.now;
}

/* -- FIN_WAIT_2 -- */

static bool in_window(const struct tcp_tw *tw, const struct sea_tcp_seg *seg)
{
	sea_seq end = sea_seq_add(seg->seq, sea_tcp_seg_len(seg));
	sea_seq edge = sea_seq_add(tw->rcv_nxt, tw->rcv_wnd);

	if (sea_seq_eq(seg->seq, tw->rcv_nxt))
		return true;
	if (sea_seq_gt(end, tw->rcv_nxt) && sea_seq_lt(seg->seq, edge))
		return true;
	return sea_seq_eq(seg->seq, edge) && sea_seq_eq(seg->seq, end);
}

static void reset_peer(struct tcp_tw *tw, struct tcp_rx *rx)
{
	struct sea_stack *stack = tw->stack;

	sea_tcp_reply_rst(stack, rx);
	sea_tcp_tw_free(tw);
	sea_pkt_drop(stack, rx->pkt, SEA_DROP_TCP_DATA_AFTER_CLOSE);
}

static void got_fin(struct tcp_tw *tw, struct tcp_rx *rx)
{
	tw->rcv_nxt = sea_seq_add(tw->rcv_nxt, 1);
	tw->substate = TCP_S_TIME_WAIT;
	tw->timeout_ns = TIME_WAIT_NS;
	tw->entered = tw->stack->shard.now;
	store_ts_recent(tw, &rx->seg);
	restart(tw);
	send_ack(tw, rx);
	sea_pkt_free(rx->pkt);
}

static void fin_wait_2(struct tcp_tw *tw, struct tcp_rx *rx)
{
	const struct sea_tcp_seg *seg = &rx->seg;
	struct sea_stack *stack = tw->stack;
	sea_seq end = sea_seq_add(seg->seq, sea_tcp_seg_len(seg));

	if (paws_rejects(tw, seg) || !in_window(tw, seg)) {
		answer(tw, rx, SEA_MIB_TcpExtTCPACKSkippedFinWait2);
		sea_pkt_drop(stack, rx->pkt, SEA_DROP_TCP_OUT_OF_WINDOW);
	} else if (seg->flags & SEA_TCP_RST) {
		sea_tcp_tw_free(tw);
		sea_pkt_drop(stack, rx->pkt, SEA_DROP_TCP_RESET);
	} else if ((seg->flags & SEA_TCP_SYN) && !sea_seq_lt(seg->seq, tw->rcv_nxt)) {
		reset_peer(tw, rx);
	} else if (!(seg->flags & SEA_TCP_ACK) || !sea_seq_gt(end, tw->rcv_nxt) ||
		   sea_seq_eq(end, seg->seq)) {
		sea_pkt_drop(stack, rx->pkt, SEA_DROP_TCP_TIME_WAIT);
	} else if ((seg->flags & SEA_TCP_FIN) && sea_seq_eq(end, sea_seq_add(tw->rcv_nxt, 1))) {
		got_fin(tw, rx);
	} else {
		reset_peer(tw, rx); /* data that nobody will read (RFC 2525 §2.17) */
	}
}

/* -- TIME_WAIT -- */

/* A bare segment just where the next would be: a duplicate of the last ACK, or a reset. */
static bool at_the_end(const struct tcp_tw *tw, const struct sea_tcp_seg *seg)
{
	return sea_seq_eq(seg->seq, tw->rcv_nxt) &&
	       (!sea_tcp_seg_len(seg) || (seg->flags & SEA_TCP_RST));
}

/* RFC 1337's fix is to ignore resets; Linux does so only when told. */
static void end_reached(struct tcp_tw *tw, struct tcp_rx *rx)
{
	struct sea_stack *stack = tw->stack;
	bool reset = rx->seg.flags & SEA_TCP_RST;

	if (reset && !sea_tcp_of(stack)->sysctl.rfc1337) {
		sea_tcp_tw_free(tw);
		sea_pkt_drop(stack, rx->pkt, SEA_DROP_TCP_RESET);
		return;
	}
	if (!reset)
		restart(tw);
	store_ts_recent(tw, &rx->seg);
	sea_pkt_drop(stack, rx->pkt, SEA_DROP_TCP_TIME_WAIT);
}

/* RFC 9293 MAY-2, RFC 6191: it must be newer than the old connection by number or timestamp. */
static bool is_new_syn(const struct tcp_tw *tw, const struct sea_tcp_seg *seg)
{
	if ((seg->flags & (SEA_TCP_SYN | SEA_TCP_RST | SEA_TCP_ACK)) != SEA_TCP_SYN)
		return false;
	return sea_seq_gt(seg->seq, tw->rcv_nxt) ||
	       (tw->ts && seg->opts.has_ts && (int32_t)(tw->ts_recent - seg->opts.ts_val) < 0);
}

/* True when a listener took it. */
static bool reopen(struct tcp_tw *tw, struct tcp_rx *rx)
{
	struct tcp_conn *listener = sea_tcp_listener_find(&sea_tcp_of(tw->stack)->table, rx->ip,
							  rx->seg.dst, rx->seg.src);
	sea_seq iss = sea_seq_add(tw->snd_nxt, 65537);

	if (!listener)
		return false;
	sea_stack_count(tw->stack, SEA_MIB_TcpExtTWRecycled);
	sea_tcp_tw_free(tw);
	if (tcp_sig_admits(listener, NULL, rx))
		sea_tcp_listen_syn(listener, rx, &iss);
	return true;
}

void sea_tcp_tw_input(struct tcp_tw *tw, struct tcp_rx *rx)
{
	const struct sea_tcp_seg *seg = &rx->seg;
	struct sea_stack *stack = tw->stack;
	bool old = paws_rejects(tw, seg);

	if (tw->substate == TCP_S_FIN_WAIT_2) {
		fin_wait_2(tw, rx);
		return;
	}
	if (!old && at_the_end(tw, seg)) {
		end_reached(tw, rx);
		return;
	}
	if (!old && is_new_syn(tw, seg) && reopen(tw, rx))
		return;
	if (old)
		sea_stack_count(stack, SEA_MIB_TcpExtPAWSTimewait);
	if (!(seg->flags & SEA_TCP_RST)) {
		/* It may be the FIN again: our ACK was lost, so the wait begins anew. */
		if (old || (seg->flags & SEA_TCP_ACK))
			restart(tw);
		answer(tw, rx, SEA_MIB_TcpExtTCPACKSkippedTimeWait);
	}
	sea_pkt_drop(stack, rx->pkt, old ? SEA_DROP_TCP_PAWS : SEA_DROP_TCP_TIME_WAIT);
}

/* -- giving way to a connect -- */

static bool over_loopback(const struct tcp_tw *tw)
{
	const struct sea_link *lo = tw->stack->loopback;

	if (lo && tw->bound_ifindex == lo->ifindex)
		return true;
	if (tw->node.family == SEA_AF_INET)
		return tw->laddr.b[0] == 127 || tw->raddr.b[0] == 127;
	return sea_ipaddr_is_loopback6(&tw->laddr) || sea_ipaddr_is_loopback6(&tw->raddr);
}

/* Timestamps tell old segments from new ones (RFC 6191); tcp_tw_reuse 2 is for loopback only. */
bool sea_tcp_tw_reusable(const struct tcp_tw *tw, bool chosen)
{
	int32_t reuse = sea_tcp_of(tw->stack)->sysctl.tw_reuse;

	if (tw->substate != TCP_S_TIME_WAIT || !tw->ts)
		return false;
	if (chosen)
		return true;
	if (!reuse || (reuse == 2 && !over_loopback(tw)))
		return false;
	return sea_time_diff(tw->stack->shard.now, tw->entered) >
	       sea_tcp_of(tw->stack)->sysctl.tw_reuse_delay * SEA_MSEC;
}
