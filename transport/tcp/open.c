/* SPDX-License-Identifier: Apache-2.0 */
/* Opening actively: connect(2), and undoing it (AF_UNSPEC). */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "core/link.h"
#include "transport/bind.h"
#include "transport/ext_hdr.h"
#include "transport/label.h"
#include "transport/tcp/ecn.h"
#include "transport/tcp/sig.h"
#include "transport/tcp/memory.h"
#include "transport/tcp/model.h"
#include "transport/tcp/passive.h"
#include "transport/tcp/recovery.h"
#include "transport/tcp/repair.h"

/* What a socket keeps when its connection is over and it may be used again. */
#define FLAGS_KEPT (TCP_F_NODELAY | TCP_F_CORK | TCP_F_LOOK)

/* -- as new -- */

static void clear_counters(struct tcp_conn *c)
{
	c->bytes_acked = c->bytes_received = c->bytes_sent = c->bytes_retrans = 0;
	c->segs_in = c->segs_out = c->data_segs_in = c->data_segs_out = c->total_retrans = 0;
	c->dsack_dups = c->ack.rcv_ooopack = 0;
	c->delivered = 0;
	c->app_limited = TCP_APP_LIMITED_NEW;
	c->rate_delivered = c->rate_interval_us = 0;
}

static void clear_receiver(struct tcp_conn *c)
{
	struct sea_pkt *pkt;

	while ((pkt = sea_pktq_pop(&c->rcvq.pkts)))
		sea_pkt_drop(c->sock.stack, pkt, SEA_DROP_TCP_ABORTED);
	tcp_uncharge_rx(c, (uint32_t)c->sock.rmem_alloc);
	c->ack = (struct tcp_ack_state){ .pingpong = c->ack.pingpong, .rcv_mss = TCP_RCV_MSS_MIN };
	c->ts_recent = 0;
	c->ts_recent_stamp = SEA_TIME_NEVER;
	c->rcv_nxt = c->rcv_wup = c->rcvq.copied_seq = sea_seq_of(0);
	c->rcv_rtt_us = c->rcvq_space = 0;
	c->rcv_rtt_stamp = c->rcvq_space_stamp = SEA_TIME_ZERO;
	c->snd_wscale = c->rcv_wscale = 0;
	c->scaling_ratio = 128;
	c->window_clamp = 0;
}

static void clear_sender(struct tcp_conn *c)
{
	c->backoff = c->rto_shift = c->retransmits = c->probes_out = c->rehashes = 0;
	c->node.ecn = 0;
	sea_tcp_rtt_init(&c->rtt);
	c->rtt.rto_min_us = c->side->rto_min_us ? c->side->rto_min_us
						: (uint32_t)sea_tcp_st(c)->sysctl.rto_min_us;
	sea_tcp_model_free(c);
	sea_tcp_cc_init(&c->cc, c->cc.ops, tcp_now(c));
	sea_tcp_flight_init(c);
	c->mss_peer = sea_tcp_default_mss(SEA_AF_INET);
	c->snd_wnd = c->max_window = 0;
	c->pmtu = 0;
	sea_tcp_side_renew(c);
	c->cwnd_used = c->max_packets_out = 0;
	c->cwnd_seq = sea_seq_of(0);
	c->cwnd_stamp = c->lsndtime = SEA_TIME_ZERO;
}

/* A closed connection forgets all but the program's wishes. */
static void renew(struct tcp_conn *c)
{
	c->flags = (c->flags & FLAGS_KEPT) | TCP_F_RATE_APP_LIMITED;
	clear_receiver(c);
	clear_sender(c);
	clear_counters(c);
}

/* -- connect -- */

/* 0.0.0.0 is this host: the address that the socket is bound to, or loopback's (as Linux). */
static void name_this_host(struct sea_flow *flow)
{
	static const struct sea_ipaddr any, loopback = { { 127, 0, 0, 1 } };

	if (flow->family != SEA_AF_INET || !sea_ipaddr_equal(&flow->dst, &any))
		return;
	flow->dst = sea_ipaddr_equal(&flow->src, &any) ? loopback : flow->src;
}

/* Who is bound to a group or a broadcast address is told what is sent there, and sends from another (as Linux). */
static bool is_no_source(struct tcp_conn *c, const struct sea_flow *flow)
{
	uint8_t type;

	if (flow->family != SEA_AF_INET || !(c->sock.flags & SEA_SOCK_BIND_ADDR))
		return false;
	type = sea_ip_ops_of(c->sock.stack, SEA_AF_INET)
		       ->addr_type(c->sock.stack, &flow->src, c->sock.bound_ifindex);
	return type == SEA_ROUTE_BROADCAST || type == SEA_ROUTE_MULTICAST;
}

/* *final: where the segments are read; c->dst may lead there over others. */
static int find_way(struct tcp_conn *c, const struct sea_endpoint *peer, struct sea_ipaddr *final)
{
	struct sea_sock *sock = &c->sock;
	struct sea_flow flow = {
		.family = peer->family,
		.proto = IPPROTO_TCP,
		.tos = sea_sock_tos(sock, peer->family),
		.oif = sock->bound_ifindex,
		.mark = sock->mark,
		.sport = sock->lport,
		.dport = peer->port,
		.any_src = sock->flags & (SEA_SOCK_FREEBIND | SEA_SOCK_TRANSPARENT) ||
			   peer->family == SEA_AF_INET6,
		.src_prefs = sock->more->src_prefs,
		.flow_label = sea_label_of_peer(sock),
	};
	bool crosses = sock->family == SEA_AF_INET && peer->family != SEA_AF_INET;
	int err;

	if (!crosses)
		memcpy(flow.src.b, sock->laddr, sizeof(flow.src.b));
	memcpy(flow.dst.b, peer->addr, sizeof(flow.dst.b));
	if (is_no_source(c, &flow))
		memset(&flow.src, 0, sizeof(flow.src));
	sea_flow_name_loopback(&flow);
	name_this_host(&flow);
	*final = flow.dst;
	sea_ext_lead(sock, &flow);
	sea_dst_put(sock->stack, &c->dst);
	err = sea_ip_route(sock->stack, &flow, &c->dst);
	if (err)
		return err;
	if (!crosses && (c->dst.type == SEA_ROUTE_UNICAST || c->dst.type == SEA_ROUTE_LOCAL))
		return 0;
	sea_dst_put(sock->stack, &c->dst);
	return crosses ? -EAFNOSUPPORT : -ENETUNREACH;
}

static void take_names(struct tcp_conn *c, const struct sea_endpoint *peer,
		       const struct sea_ipaddr *final)
{
	c->sock.family = c->node.family = peer->family;
	memcpy(c->sock.laddr, c->dst.src.b, sizeof(c->sock.laddr));
	memcpy(c->sock.raddr, final->b, sizeof(c->sock.raddr));
	c->sock.rport = peer->port;
}

static void forget_names(struct tcp_conn *c)
{
	if (!(c->sock.flags & SEA_SOCK_BIND_ADDR))
		sea_sock_forget_local(&c->sock);
	memset(c->sock.raddr, 0, sizeof(c->sock.raddr));
	c->sock.rport = 0;
	/* What port it was is told still, though it may be another's by now (as Linux). */
}

/* sea_tcp_port_connect() left write_seq where an older connection forces it to be. */
static void choose_numbers(struct tcp_conn *c)
{
	struct sea_stack *stack = c->sock.stack;
	struct sea_ipaddr laddr = c->dst.src, raddr;

	memcpy(raddr.b, c->sock.raddr, sizeof(raddr.b));
	c->iss = c->write_seq;
	if (!c->iss.v)
		c->iss = sea_tcp_isn(stack, c->sock.family, &laddr, c->sock.lport, &raddr,
				     c->sock.rport);
	sea_tcp_ao_begin(c);
	c->ts_offset = sea_tcp_ts_offset(stack, c->sock.family, &laddr, &raddr);
	c->mss_peer = sea_tcp_default_mss(c->sock.family);
	if (tcp_in_repair(c) && c->mss_user)
		c->mss_peer = c->mss_user; /* until the peer's is told of (as Linux) */
	c->snd_una = c->iss;
	c->snd_sml = c->iss;
	c->snd_nxt = c->write_seq = c->snd_up = sea_seq_add(c->iss, 1);
	sea_tcp_begin_route(c);
	c->mss_advertised = sea_tcp_advertised_mss(c);
	sea_tcp_mtup_init(c);
	sea_tcp_sync_mss(c, c->dst.mtu);
	/* As if the peer had timestamps, too: nothing is sent yet. */
	if (sea_tcp_st(c)->sysctl.timestamps && !tcp_md5_of(c) && !tcp_in_repair(c))
		c->mss_cache -= 12;
	sea_tcp_init_window(c);
}

/* What is stored behind the SYN goes with it: `len` bytes. False: there is no memory, and it goes after the handshake. */
static bool queue_syn_data(struct tcp_conn *c, uint32_t len)
{
	sea_seq end = sea_seq_add(c->snd_nxt, len);
	struct tcp_txseg *seg = sea_tcp_txq_push(&c->fl->txq, c->snd_nxt, end, c->mss_cache, 0,
						 SEA_TCP_ACK | SEA_TCP_PSH, tcp_now(c));

	if (!seg)
		return false;
	c->snd_nxt = end;
	sea_tcp_marks_pop(&c->fl->marks, end);
	sea_tcp_rate_sent(c, seg);
	c->lsndtime = tcp_now(c);
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPOrigDataSent);
	return true;
}

int sea_tcp_open_syn(struct tcp_conn *c, const struct sea_tcp_cookie *cookie, uint32_t len,
		     bool *asked)
{
	struct tcp_flight *fl = sea_tcp_flight(c);

	if (!fl || !sea_tcp_txq_push(&fl->txq, c->iss, sea_seq_add(c->iss, 1), c->mss_cache,
				     TCP_TX_SYN, SEA_TCP_SYN, tcp_now(c))) {
		tcp_flight_settle(c);
		return -ENOBUFS;
	}
	if (len && !queue_syn_data(c, len))
		len = 0;
	if (c->state == TCP_S_CLOSED)
		sea_tcp_set_state(c, TCP_S_SYN_SENT);
	tcp_clear(c, TCP_F_DEFER);
	sea_tcp_ecn_open(c);
	c->flags |= TCP_F_CONNECTING;
	sea_stack_count(c->sock.stack, SEA_MIB_TcpActiveOpens);
	(void)sea_tcp_send_syn(c, cookie, len, asked); /* what is lost here is sent again */
	sea_tcp_arm_rtx(c, TCP_RTX_RTO, tcp_rto_ns(c, 0));
	return -EINPROGRESS;
}

static int first_syn(struct tcp_conn *c, struct tcp_syn_data *data)
{
	if (data || c->side->fo.connect)
		return sea_tcp_fastopen_syn(c, data);
	return sea_tcp_open_syn(c, NULL, 0, NULL);
}

static int open_to(struct tcp_conn *c, const struct sea_endpoint *peer, struct tcp_syn_data *data)
{
	const struct tcp_repair_numbers numbers = sea_tcp_repair_numbers(c);
	struct tcp_table *t = &sea_tcp_st(c)->table;
	struct sea_ipaddr final;
	uint16_t lport = c->sock.lport;
	bool bound = c->port;
	int err;

	renew(c);
	err = find_way(c, peer, &final);
	if (err)
		return err;
	take_names(c, peer, &final);
	err = sea_tcp_ao_connect(c);
	if (!err)
		err = sea_tcp_port_connect(t, c);
	if (!err) {
		choose_numbers(c);
		err = tcp_in_repair(c) ? sea_tcp_repair_connected(c, &numbers) : first_syn(c, data);
		if (!err || err == -EINPROGRESS)
			return err;
	}
	sea_tcp_flight_drop(c, SEA_DROP_TCP_ABORTED);
	if (c->flags & TCP_F_IN_FLOWS)
		sea_tcp_flow_del(t, &c->node);
	tcp_clear(c, TCP_F_IN_FLOWS);
	if (!bound)
		sea_tcp_port_release(t, c);
	sea_dst_put(c->sock.stack, &c->dst);
	forget_names(c);
	c->sock.lport = lport;
	return err;
}

/* A connection attempt is over: the first call after it tells how it ended. */
static int outcome(struct tcp_conn *c)
{
	int err;

	/* Shut down before anybody asked: as Linux has it, only a disconnect helps (its SS_DISCONNECTING). */
	if (c->flags & TCP_F_CONNECTED)
		return -EINVAL;
	tcp_clear(c, TCP_F_CONNECTING);
	if (c->state != TCP_S_CLOSED) {
		c->flags |= TCP_F_CONNECTED;
		return 0;
	}
	err = sea_sock_take_error(&c->sock);
	sea_tcp_disconnect(c);
	return err ? -err : -ECONNABORTED;
}

int sea_tcp_open(struct tcp_conn *c, const struct sea_endpoint *peer, struct tcp_syn_data *data)
{
	struct sea_sock *sock = &c->sock;
	int err;

	if (c->flags & TCP_F_DEFER)
		return -EISCONN;
	if (tcp_in(c, 1u << TCP_S_SYN_SENT | 1u << TCP_S_SYN_RECV))
		return -EALREADY;
	if (c->flags & TCP_F_CONNECTING)
		return outcome(c);
	if (c->state != TCP_S_CLOSED || tcp_counts_as_connected(c))
		return -EISCONN;
	if (!peer)
		return -EINVAL;
	if (peer->family == SEA_AF_INET6 && peer->addr[0] == 0xff)
		return -ENETUNREACH; /* a group, of whatever link */
	err = sea_sock_take_scope(sock, peer, SEA_SOCKADDR_CONNECT);
	if (!err)
		err = sea_sock_take_flowinfo(sock, peer);
	return err ? err : open_to(c, peer, data);
}

int sea_tcp_connect(struct sea_sock *sock, const struct sea_endpoint *peer)
{
	struct tcp_conn *c = sea_tcp_conn(sock);

	if (peer && !peer->family) {
		sea_tcp_disconnect(c);
		return 0;
	}
	return sea_tcp_open(c, peer, NULL);
}

/* -- disconnect -- */

static bool needs_reset(const struct tcp_conn *c)
{
	return tcp_in(c, 1u << TCP_S_ESTABLISHED | 1u << TCP_S_CLOSE_WAIT | 1u << TCP_S_FIN_WAIT_1 |
				 1u << TCP_S_FIN_WAIT_2 | 1u << TCP_S_SYN_RECV);
}

void sea_tcp_disconnect(struct tcp_conn *c)
{
	unsigned state = c->state;
	int err = 0;

	if (state == TCP_S_LISTEN)
		sea_tcp_listen_stop(c);
	if (tcp_in_repair(c) && state != TCP_S_LISTEN) {
		err = ECONNABORTED; /* the peer does not hear of it */
	} else if (needs_reset(c)) {
		sea_tcp_send_rst(c);
		err = ECONNRESET;
	} else if (state == TCP_S_SYN_SENT) {
		err = ECONNRESET;
	}
	sea_tcp_done(c, 0);
	renew(c);
	c->ack.pingpong = 0;
	c->mss_user = 0; /* as on Linux */
	forget_names(c);
	c->sock.shutdown = 0;
	c->sock.err_soft = 0;
	if (err)
		sea_sock_set_error(&c->sock, err);
}
