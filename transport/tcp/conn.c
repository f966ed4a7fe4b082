/* SPDX-License-Identifier: Apache-2.0 */
/* A connection's life: made, moved through RFC 9293's states by one setter, ended, freed. */
#include "transport/tcp/conn.h"

#include <errno.h>
#include <netinet/in.h>

#include "transport/tcp/chrono.h"
#include "transport/tcp/memory.h"
#include "transport/tcp/model.h"
#include "transport/tcp/passive.h"
#include "transport/tcp/recovery.h"
#include "transport/tcp/seen.h"
#include "transport/tcp/socket.h"

static const char *const names[TCP_S_N] = {
	[TCP_S_ESTABLISHED] = "ESTABLISHED", [TCP_S_SYN_SENT] = "SYN_SENT",
	[TCP_S_SYN_RECV] = "SYN_RECV",       [TCP_S_FIN_WAIT_1] = "FIN_WAIT_1",
	[TCP_S_FIN_WAIT_2] = "FIN_WAIT_2",   [TCP_S_TIME_WAIT] = "TIME_WAIT",
	[TCP_S_CLOSED] = "CLOSED",           [TCP_S_CLOSE_WAIT] = "CLOSE_WAIT",
	[TCP_S_LAST_ACK] = "LAST_ACK",       [TCP_S_LISTEN] = "LISTEN",
	[TCP_S_CLOSING] = "CLOSING",
};

/*
 * RFC 9293 §3.3.2, figure 5, with every state's way to CLOSED. TIME_WAIT is an object of its own
 * (time_wait.c): a connection that reaches it goes to CLOSED. One that is moved here has its handshake behind it (repair.h).
 */
static const uint16_t legal[TCP_S_N] = {
	[TCP_S_CLOSED] = 1u << TCP_S_SYN_SENT | 1u << TCP_S_LISTEN | 1u << TCP_S_SYN_RECV |
			 1u << TCP_S_ESTABLISHED,
	[TCP_S_LISTEN] = 1u << TCP_S_CLOSED,
	[TCP_S_SYN_SENT] = 1u << TCP_S_SYN_RECV | 1u << TCP_S_ESTABLISHED | 1u << TCP_S_CLOSED,
	[TCP_S_SYN_RECV] = 1u << TCP_S_ESTABLISHED | 1u << TCP_S_FIN_WAIT_1 | 1u << TCP_S_CLOSED,
	[TCP_S_ESTABLISHED] = 1u << TCP_S_FIN_WAIT_1 | 1u << TCP_S_CLOSE_WAIT | 1u << TCP_S_CLOSED,
	[TCP_S_FIN_WAIT_1] = 1u << TCP_S_FIN_WAIT_2 | 1u << TCP_S_CLOSING | 1u << TCP_S_CLOSED,
	[TCP_S_FIN_WAIT_2] = 1u << TCP_S_CLOSED,
	[TCP_S_CLOSE_WAIT] = 1u << TCP_S_LAST_ACK | 1u << TCP_S_CLOSED,
	[TCP_S_CLOSING] = 1u << TCP_S_CLOSED,
	[TCP_S_LAST_ACK] = 1u << TCP_S_CLOSED,
};

const char *sea_tcp_state_name(unsigned state)
{
	return state < TCP_S_N && names[state] ? names[state] : "?";
}

static bool counts_as_established(unsigned state)
{
	return state == TCP_S_ESTABLISHED || state == TCP_S_CLOSE_WAIT;
}

static void trace_state(struct tcp_conn *c, enum tcp_conn_state to)
{
	struct sea_stack *stack = c->sock.stack;

	if (stack->env.trace)
		stack->env.trace(stack->env.ctx, &(struct sea_trace){
							 .kind = SEA_TRACE_STATE,
							 .now = stack->shard.now,
							 .object = c->sock.handle.v,
							 .code = (uint32_t)c->state << 8 | to,
							 .text = sea_tcp_state_name(to),
						 });
}

void sea_tcp_set_state(struct tcp_conn *c, enum tcp_conn_state to)
{
	struct sea_stack *stack = c->sock.stack;
	unsigned from = c->state;

	SEA_ASSERT(&stack->env, legal[from] & tcp_state_bit(to));
	trace_state(c, to);
	c->state = (uint8_t)to;
	if (to != TCP_S_SYN_SENT && to != TCP_S_SYN_RECV)
		c->sock.flags &= ~(uint32_t)SEA_SOCK_OPENING;
	if (counts_as_established(to) && !counts_as_established(from))
		stack->shard.counters.mib[SEA_MIB_TcpCurrEstab]++;
	if (!counts_as_established(to) && counts_as_established(from))
		stack->shard.counters.mib[SEA_MIB_TcpCurrEstab]--;
	if (to == TCP_S_CLOSED && counts_as_established(from))
		sea_stack_count(stack, SEA_MIB_TcpEstabResets);
	if (to == TCP_S_CLOSED && (from == TCP_S_SYN_SENT || from == TCP_S_SYN_RECV))
		sea_stack_count(stack, SEA_MIB_TcpAttemptFails);
}

/* Sending again after the link gave packets back, or after another entry's budget. */
static void run_deferred(struct sea_stack *stack, struct sea_work *work)
{
	struct tcp_conn *c = sea_container(work, struct tcp_conn, work);

	(void)stack;
	tcp_clear(c, TCP_F_TSQ);
	if (!tcp_in(c, TCP_SYNCHRONIZED) && !(c->flags & TCP_F_TFO))
		return;
	sea_tcp_recovery_push(c);
	sea_tcp_push(c);
}

static void init_defaults(struct tcp_conn *c, const struct tcp_state *st)
{
	const struct tcp_sysctls *sys = &st->sysctl;

	c->sock.rcvbuf = sys->rmem[1];
	c->sock.sndbuf = sys->wmem[1];
	c->side = &sea_tcp_side_none;
	/* Without memory for it the usual limit has to do. */
	if (sys->rto_max_ms != TCP_RTO_MAX_US / 1000 && sea_tcp_side_edit(c))
		sea_tcp_side_edit(c)->rto_max_ms = (uint32_t)sys->rto_max_ms;
	c->mss_peer = 536; /* RFC 9293 MUST-15 */
	c->mss_cache = 536;
	c->snd_wscale = c->rcv_wscale = 0;
	c->scaling_ratio = 128;
	c->rtt.rto_min_us = (uint32_t)sys->rto_min_us;
	c->ts_recent_stamp = SEA_TIME_NEVER;
	c->ip_ident = (uint16_t)sea_secret_u64(&c->sock.stack->shard.secret);
}

struct tcp_conn *sea_tcp_conn_new(struct sea_stack *stack)
{
	struct tcp_state *st = sea_tcp_of(stack);
	struct tcp_conn *c = sea_pool_zalloc(&stack->shard.pool, sizeof(*c));

	if (!c)
		return NULL;
	sea_sock_init(&c->sock, stack, &sea_tcp_sock_ops, AF_INET, SOCK_STREAM, IPPROTO_TCP);
	if (stack->sysctl.txrehash)
		c->sock.flags |= SEA_SOCK_TXREHASH;
	c->state = TCP_S_CLOSED;
	c->flags = TCP_F_RATE_APP_LIMITED;
	c->app_limited = TCP_APP_LIMITED_NEW;
	c->node.kind = TCP_KIND_CONN;
	sea_pktq_init(&c->rcvq.pkts);
	sea_tcp_rtt_init(&c->rtt);
	sea_tcp_cc_init(&c->cc, sea_tcp_cc_find(st->sysctl.congestion_control), tcp_now(c));
	sea_tcp_flight_init(c);
	sea_timer_init(&c->timer, sea_tcp_timer_fire);
	for (unsigned i = 0; i < TCP_TIMER_N; i++)
		c->due[i] = SEA_TIME_NEVER;
	sea_list_init(&c->work.node);
	c->work.run = run_deferred;
	sea_list_init(&c->port_node);
	sea_list_init(&c->accept_node);
	init_defaults(c, st);
	st->n_conns++;
	return c;
}

/* What waits goes, received out of order for `reason`; so do all timers. */
static void stop(struct tcp_conn *c, enum sea_drop reason)
{
	struct sea_stack *stack = c->sock.stack;

	for (unsigned i = 0; i < TCP_TIMER_N; i++)
		c->due[i] = SEA_TIME_NEVER;
	sea_timer_remove(&stack->shard.timers, &c->timer);
	sea_list_remove(&c->work.node);
	if (c->fl->chrono != TCP_CHRONO_NONE)
		sea_tcp_chrono_set(c, TCP_CHRONO_NONE);
	sea_tcp_flight_drop(c, reason);
	c->rtx_kind = TCP_RTX_NONE;
	c->backoff = 0;
}

/* What it says of fast open, to whichever end. */
static void leave_fastopen(struct tcp_conn *c)
{
	if (c->flags & TCP_F_TFO)
		sea_tcp_fastopen_ended(c, false);
	sea_tcp_fastopen_learn(c);
}

static void leave_flows(struct tcp_conn *c)
{
	if (!(c->flags & TCP_F_IN_FLOWS))
		return;
	tcp_clear(c, TCP_F_IN_FLOWS);
	sea_tcp_flow_del(&sea_tcp_st(c)->table, &c->node);
}

static void leave_parent(struct tcp_conn *c)
{
	if (!c->parent)
		return;
	sea_list_remove(&c->accept_node);
	c->parent->listen->n_accept--;
	c->parent = NULL;
}

void sea_tcp_conn_free(struct tcp_conn *c, enum sea_drop reason)
{
	struct sea_stack *stack = c->sock.stack;
	struct tcp_state *st = sea_tcp_st(c);
	struct sea_pkt *pkt;

	if (c->state == TCP_S_LISTEN)
		sea_tcp_listen_stop(c);
	if (c->state != TCP_S_CLOSED)
		sea_tcp_set_state(c, TCP_S_CLOSED);
	if (stack->sock_observer && reason != SEA_DROP_STACK_FREED)
		stack->sock_observer(&c->sock);
	if (c->flags & TCP_F_ORPHAN)
		st->n_orphans--;
	st->n_conns--;
	leave_fastopen(c);
	leave_flows(c);
	leave_parent(c);
	sea_tcp_port_release(&st->table, c);
	stop(c, reason);
	while ((pkt = sea_pktq_pop(&c->rcvq.pkts)))
		sea_pkt_drop(stack, pkt, reason);
	tcp_uncharge_rx(c, (uint32_t)c->sock.rmem_alloc);
	sea_dst_put(stack, &c->dst);
	sea_tcp_model_free(c);
	sea_tcp_seen_free(stack, c->side->seen);
	sea_tcp_side_free(c);
	sea_sock_fini(&c->sock);
	sea_pool_free(&stack->shard.pool, c, sizeof(*c));
}

void sea_tcp_done(struct tcp_conn *c, int err)
{
	struct sea_stack *stack = c->sock.stack;

	if (c->state != TCP_S_CLOSED)
		sea_tcp_set_state(c, TCP_S_CLOSED);
	leave_fastopen(c);
	leave_flows(c);
	stop(c, SEA_DROP_TCP_ABORTED);
	sea_dst_put(stack, &c->dst);
	if (!(c->sock.flags & SEA_SOCK_BIND_PORT))
		sea_tcp_port_release(&sea_tcp_st(c)->table, c);
	c->sock.shutdown = SEA_SOCK_SHUT_RD | SEA_SOCK_SHUT_WR;
	if (c->flags & TCP_F_ORPHAN) {
		sea_tcp_conn_free(c, SEA_DROP_SOCKET_CLOSED);
		return;
	}
	if (err)
		sea_sock_set_error(&c->sock, err);
	sea_sock_raise(&c->sock, SEA_POLLIN | SEA_POLLOUT | SEA_POLLRDHUP | SEA_POLLHUP);
}

void sea_tcp_abort(struct tcp_conn *c, int err)
{
	if (tcp_in(c, TCP_SYNCHRONIZED | tcp_state_bit(TCP_S_SYN_RECV)))
		sea_tcp_send_rst(c);
	sea_tcp_done(c, err);
}
