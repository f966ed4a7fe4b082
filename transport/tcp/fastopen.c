/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listener's side of fast open: who may skip the handshake, the child that begins on a SYN, its SYN-ACKs, and the
 * bound on how many such children there are (RFC 7413 §5.1).
 */
#include "transport/tcp/fastopen.h"

#include <errno.h>
#include <string.h>

#include "core/minmax.h"
#include "transport/tcp/accecn.h"
#include "transport/tcp/sig.h"
#include "transport/tcp/passive.h"
#include "transport/tcp/recovery.h"

#define RESET_COUNTS_NS (60 * SEA_SEC) /* RFC 7413 §5.1: against floods from forged addresses */

/* -- the queue -- */

int sea_tcp_fastopen_set_queue(struct tcp_conn *c, int qlen)
{
	struct tcp_side *side;

	if (qlen < 0 || !tcp_in(c, 1u << TCP_S_CLOSED | 1u << TCP_S_LISTEN))
		return -EINVAL;
	side = sea_tcp_side_edit(c);
	if (!side)
		return -ENOMEM;
	sea_tcp_fastopen_init_keys(c->sock.stack);
	side->fo.qlen_max = sea_min_u32((uint32_t)qlen, (uint32_t)c->sock.stack->sysctl.somaxconn);
	return 0;
}

void sea_tcp_fastopen_listen(struct tcp_conn *listener)
{
	const int32_t both = TCP_TFO_SERVER | TCP_TFO_ALL_LISTENERS;
	uint32_t backlog = listener->listen->backlog;

	if ((sea_tcp_st(listener)->sysctl.fastopen & both) != both || listener->side->fo.qlen_max)
		return;
	/* Without memory it is a listener as any other. */
	(void)!sea_tcp_fastopen_set_queue(listener, backlog < INT32_MAX ? (int)backlog : INT32_MAX);
}

static struct tcp_fastopen_reset *first_reset(const struct tcp_conn *listener)
{
	struct sea_list *node = sea_list_first(&listener->listen->tfo_resets);

	return node ? sea_container(node, struct tcp_fastopen_reset, list) : NULL;
}

static void forget_reset(struct tcp_conn *listener, struct tcp_fastopen_reset *reset)
{
	sea_list_remove(&reset->list);
	sea_pool_free(&listener->sock.stack->shard.pool, reset, sizeof(*reset));
	listener->listen->tfo_qlen--;
}

/* One more child, perhaps in the place of one that was reset a while ago. */
static bool has_room(struct tcp_conn *listener)
{
	uint32_t max = listener->side->fo.qlen_max;
	struct tcp_fastopen_reset *oldest;

	if (!max)
		return false;
	if (listener->listen->tfo_qlen < max)
		return true;
	oldest = first_reset(listener);
	if (oldest && !sea_time_before(tcp_now(listener), oldest->until)) {
		forget_reset(listener, oldest);
		return true;
	}
	sea_stack_count(listener->sock.stack, SEA_MIB_TcpExtTCPFastOpenListenOverflow);
	return false;
}

void sea_tcp_fastopen_stop(struct tcp_conn *listener)
{
	struct tcp_fastopen_reset *reset;

	while ((reset = first_reset(listener)))
		forget_reset(listener, reset);
}

/* An accepted child that was reset is counted on; without memory for that it is not. */
static void count_reset(struct tcp_conn *listener, sea_time until)
{
	struct tcp_fastopen_reset *reset =
		sea_pool_zalloc(&listener->sock.stack->shard.pool, sizeof(*reset));

	if (!reset)
		return;
	reset->until = until;
	sea_list_push_back(&listener->listen->tfo_resets, &reset->list);
	listener->listen->tfo_qlen++;
}

void sea_tcp_fastopen_ended(struct tcp_conn *c, bool reset)
{
	struct sea_sock *sock = sea_sock_get(c->sock.stack, c->side->fo.listener);
	struct tcp_conn *listener = sock ? sea_tcp_conn(sock) : NULL;

	tcp_clear(c, TCP_F_TFO);
	if (!listener || listener->state != TCP_S_LISTEN)
		return;
	listener->listen->tfo_qlen--;
	if (reset && !c->parent)
		count_reset(listener, sea_time_add(tcp_now(c), RESET_COUNTS_NS));
}

/* -- SYN-ACKs -- */

static void answer_accurately(struct tcp_conn *c, struct tcp_reply *reply)
{
	struct tcp_side *side = sea_tcp_side_edit(c);
	bool again = side->fo.num_retrans, timed_out = side->fo.num_timeout;

	if (again && timed_out)
		side->ecn.acc.fail |= TCP_ACCECN_ACE_FAIL_SEND;
	sea_tcp_accecn_answer(c->sock.stack, reply, side->ecn.acc.syn_field, again, timed_out);
}

static void answer(struct tcp_conn *c, const struct sea_tcp_cookie *cookie)
{
	const struct tcp_fastopen *fo = &c->side->fo;
	struct tcp_reply reply = {
		.seq = c->iss,
		.ack = fo->syn_end,
		.wnd = fo->synack_wnd < 65535 ? fo->synack_wnd : 65535,
		.flags = SEA_TCP_SYN | SEA_TCP_ACK | (tcp_ecn_ok(c) ? SEA_TCP_ECE : 0),
		.tos = sea_sock_tos(&c->sock, c->node.family),
		.mark = c->sock.mark,
		.tx_delay_us = c->side->tx_delay_us,
		.sock = &c->sock,
		.final = (const struct sea_ipaddr *)(const void *)c->sock.raddr,
		.opts = { .has_mss = true,
			  .mss = c->mss_advertised,
			  .has_sack_perm = c->flags & TCP_F_SACK,
			  .has_wscale = c->flags & TCP_F_WSCALE,
			  .wscale = c->rcv_wscale,
			  .has_ts = c->flags & TCP_F_TS,
			  .ts_val = sea_tcp_ts_now(c),
			  .ts_ecr = c->ts_recent },
	};
	struct tcp_ao_sig sig;

	if (cookie) {
		reply.opts.has_cookie = true;
		reply.opts.cookie = *cookie;
	}
	if (c->node.family != SEA_AF_INET)
		reply.flow_label = sea_tcp_flow_label(c);
	sea_tcp_sig_conn(c, &reply, &sig);
	if (tcp_accecn(c))
		answer_accurately(c, &reply);
	c->ts_last_sent = reply.opts.ts_val;
	c->segs_out++;
	if (!sea_tcp_route(c))
		(void)sea_tcp_reply_on(c->sock.stack, &c->dst, c->sock.lport, c->sock.rport,
				       &reply);
}

void sea_tcp_fastopen_answer_again(struct tcp_conn *c)
{
	struct sea_stack *stack = c->sock.stack;
	struct tcp_side *side = sea_tcp_side_edit(c);

	side->fo.num_retrans++;
	c->total_retrans++;
	sea_stack_count(stack, SEA_MIB_TcpRetransSegs);
	sea_stack_count(stack, SEA_MIB_TcpExtTCPSynRetrans);
	answer(c, NULL);
}

/* One retry more than a handshake has (as Linux): somebody may be reading already. */
static unsigned retries_of(const struct tcp_conn *c)
{
	return c->side->syncnt ? c->side->syncnt
			       : (unsigned)sea_tcp_st(c)->sysctl.synack_retries + 1;
}

static int64_t interval(unsigned doublings)
{
	int64_t ns = (int64_t)TCP_RTO_INIT_US * SEA_USEC << (doublings < 20 ? doublings : 20);

	return ns < TCP_RTO_MAX_US * SEA_USEC ? ns : TCP_RTO_MAX_US * SEA_USEC;
}

void sea_tcp_fastopen_timeout(struct tcp_conn *c)
{
	struct tcp_side *side = sea_tcp_side_edit(c);

	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPTimeouts);
	if (side->fo.num_timeout >= retries_of(c)) {
		sea_tcp_give_up(c);
		return;
	}
	/* The path is worse than a first window thinks. */
	if (c->retransmits == 1)
		sea_tcp_enter_loss(c);
	sea_tcp_fastopen_answer_again(c);
	side->fo.num_timeout++;
	sea_tcp_count_timeout(c);
	sea_tcp_arm_rtx(c, TCP_RTX_RTO, interval(side->fo.num_timeout));
}

/* -- the child -- */

/* Text that came with the SYN is the first to be read. */
static void take_text(struct tcp_conn *c, struct tcp_rx *rx, struct tcp_fastopen *fo)
{
	if (rx->seg.len && sea_tcp_take_syn_text(c, rx)) {
		c->data_segs_in = 1;
		c->rcv_wup = c->rcv_nxt;
		fo->syn_data = true;
	}
	if (rx->pkt && rx->seg.len) /* it has to come again */
		sea_pkt_drop(c->sock.stack, rx->pkt, SEA_DROP_SOCKET_NO_MEMORY);
	else if (rx->pkt)
		sea_pkt_free(rx->pkt);
	rx->pkt = NULL;
	fo->syn_end = c->rcv_nxt;
}

static struct tcp_conn *begin(struct tcp_req *req, struct tcp_rx *rx,
			      const struct sea_tcp_cookie *cookie)
{
	struct tcp_conn *listener = req->listener, *c;
	struct tcp_side *side;

	req->sent = SEA_TIME_ZERO; /* no round trip is known yet */
	c = sea_tcp_child_new(req, rx);
	side = c ? sea_tcp_side_edit(c) : NULL;
	if (!side) {
		if (c)
			sea_tcp_conn_free(c, SEA_DROP_TCP_NO_MEMORY);
		return NULL;
	}
	c->flags |= TCP_F_TFO;
	side->fo.child = true;
	side->fo.listener = listener->sock.handle;
	side->fo.synack_wnd = req->rcv_wnd;
	side->fo.irs = req->irs;
	side->fo.synack_sent = tcp_now(c);
	listener->listen->tfo_qlen++;
	sea_tcp_begin_transfer(c);
	take_text(c, rx, &side->fo);
	answer(c, cookie);
	sea_tcp_arm_rtx(c, TCP_RTX_RTO, interval(0));
	return c;
}

/* No cookie is asked for, by the stack or by the listener's program. */
static bool needs_no_cookie(const struct tcp_conn *listener)
{
	return sea_tcp_st(listener)->sysctl.fastopen & TCP_TFO_SERVER_NO_COOKIE ||
	       listener->side->fo.no_cookie;
}

struct tcp_conn *sea_tcp_fastopen_child(struct tcp_req *req, struct tcp_rx *rx,
					struct sea_tcp_cookie *cookie, bool *has_cookie)
{
	struct tcp_conn *listener = req->listener, *child = NULL;
	struct sea_stack *stack = listener->sock.stack;
	const struct sea_tcp_opts *o = &rx->seg.opts;
	bool exp = o->has_cookie && o->cookie.exp, free_entry;
	int good = 0;

	*has_cookie = false;
	if (o->has_cookie && !o->cookie.len)
		sea_stack_count(stack, SEA_MIB_TcpExtTCPFastOpenCookieReqd);
	if (!(sea_tcp_st(listener)->sysctl.fastopen & TCP_TFO_SERVER) ||
	    (!rx->seg.len && !o->has_cookie) || !has_room(listener))
		return NULL;
	free_entry = needs_no_cookie(listener);
	if (!free_entry && o->has_cookie) {
		good = sea_tcp_fastopen_check(listener, rx, cookie);
		cookie->exp = exp;
		*has_cookie = good != 1;
	}
	if (free_entry || good) {
		child = begin(req, rx, *has_cookie ? cookie : NULL);
		if (child && good == 2)
			sea_stack_count(stack, SEA_MIB_TcpExtTCPFastOpenPassiveAltKey);
	}
	if (child)
		sea_stack_count(stack, SEA_MIB_TcpExtTCPFastOpenPassive);
	else if (free_entry || o->cookie.len)
		sea_stack_count(stack, SEA_MIB_TcpExtTCPFastOpenPassiveFail);
	return child;
}

void sea_tcp_fastopen_completed(struct tcp_conn *c)
{
	const struct tcp_fastopen *fo = &c->side->fo;
	int64_t us = sea_time_diff(tcp_now(c), fo->synack_sent) / SEA_USEC;

	if (!c->rtt.srtt_us && !fo->num_retrans)
		sea_tcp_rtt_sample(&c->rtt, us > 0 ? (uint32_t)us : 1, c->snd_una, c->snd_nxt);
	sea_tcp_end_timeouts(c);
	c->retransmits = 0;
	sea_tcp_fastopen_ended(c, false);
	c->rtx_kind = TCP_RTX_NONE;
	sea_tcp_rearm_rto(c);
}

/* -- as bytes -- */

void sea_tcp_fastopen_save_listen(struct sea_saver *to, const struct tcp_conn *listener)
{
	struct tcp_listen *l = listener->listen;
	struct sea_list *node, *tmp;
	uint32_t n = 0;

	SEA_LIST_EACH(node, tmp, &l->tfo_resets)
	n++;
	sea_save_u32(to, l->tfo_qlen - n);
	sea_save_u32(to, n);
	SEA_LIST_EACH(node, tmp, &l->tfo_resets)
	sea_save_time(to, sea_container(node, struct tcp_fastopen_reset, list)->until);
}

void sea_tcp_fastopen_load_listen(struct sea_loader *from, struct tcp_conn *listener)
{
	uint32_t n;

	listener->listen->tfo_qlen = sea_load_u32(from);
	n = sea_load_count(from, 1u << 24);
	while (n-- && !from->err)
		count_reset(listener, sea_load_time(from));
}
