/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A listener: what a segment for nobody in particular starts (RFC 9293 §3.10.7.2), the bounds of its
 * queues, and SYN cookies once they are full.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "core/link.h"
#include "core/minmax.h"
#include "transport/ext_hdr.h"
#include "transport/label.h"
#include "transport/tcp/ecn.h"
#include "transport/tcp/sig.h"
#include "transport/tcp/passive.h"
#include "transport/tcp/recovery.h"
#include "transport/tcp/saved_syn.h"
#include "transport/tcp/seen.h"
#include "transport/tcp/windows.h"

#define TS_OPT_LEN 12u
#define COOKIE_LIFE_NS (120 * SEA_SEC)

/* -- starting and stopping -- */

/* What is restored stands on its port already, whoever else does. */
static int start(struct tcp_conn *c, bool restored)
{
	struct tcp_table *t = &sea_tcp_st(c)->table;
	struct sea_pool *pool = &c->sock.stack->shard.pool;
	struct tcp_listen *l = sea_pool_zalloc(pool, sizeof(*l));
	int err = l ? 0 : -ENOMEM;

	if (!err && !restored)
		err = sea_tcp_port_bind(t, c, 0);
	if (err) {
		sea_pool_free(pool, l, sizeof(*l));
		return err;
	}
	l->conn = c;
	l->cookie_sent = SEA_TIME_NEVER;
	sea_list_init(&l->node);
	sea_list_init(&l->accept_queue);
	sea_list_init(&l->reqs);
	sea_list_init(&l->tfo_resets);
	c->listen = l;
	c->sock.rport = 0;
	sea_tcp_set_state(c, TCP_S_LISTEN);
	sea_tcp_port_listen(c);
	return 0;
}

int sea_tcp_listen_restore(struct tcp_conn *c, uint32_t backlog)
{
	int err = start(c, true);

	return err ? err : sea_tcp_listen_start(c, backlog);
}

int sea_tcp_listen_start(struct tcp_conn *c, uint32_t backlog)
{
	int err = c->state == TCP_S_LISTEN ? 0 : start(c, false);

	if (err)
		return err;
	c->listen->backlog = backlog;
	sea_tcp_fastopen_listen(c);
	return 0;
}

static struct tcp_conn *first_child(const struct tcp_conn *listener)
{
	struct sea_list *node = sea_list_first(&listener->listen->accept_queue);

	return node ? sea_container(node, struct tcp_conn, accept_node) : NULL;
}

void sea_tcp_listen_empty(struct tcp_conn *listener, enum sea_drop reason)
{
	struct tcp_conn *child;

	while ((child = first_child(listener)))
		sea_tcp_conn_free(child, reason);
}

void sea_tcp_listen_stop(struct tcp_conn *listener)
{
	struct tcp_listen *l = listener->listen;
	struct tcp_conn *child;
	struct sea_list *node;

	sea_tcp_migrate(listener);
	while ((child = first_child(listener))) {
		if (tcp_in(child, TCP_SYNCHRONIZED | tcp_state_bit(TCP_S_SYN_RECV)))
			sea_tcp_send_rst(child);
		sea_tcp_conn_free(child, SEA_DROP_SOCKET_CLOSED);
	}
	sea_tcp_fastopen_stop(listener);
	while ((node = sea_list_first(&l->reqs)))
		sea_tcp_req_free(sea_container(node, struct tcp_req, list));
	sea_list_remove(&l->node);
	listener->listen = NULL;
	sea_pool_free(&listener->sock.stack->shard.pool, l, sizeof(*l));
}

/* -- what a SYN says -- */

static int route(struct tcp_req *req)
{
	const struct tcp_conn *l = req->listener;
	struct sea_flow flow = {
		.family = req->node.family,
		.proto = IPPROTO_TCP,
		.tos = req->tos,
		.oif = sea_tcp_req_oif(req),
		.mark = req->mark,
		.sport = req->node.lport,
		.dport = req->node.rport,
		.any_src = l->sock.flags & SEA_SOCK_TRANSPARENT,
		.src = req->laddr,
		.dst = req->raddr,
	};

	sea_ext_lead(&l->sock, &flow);
	return sea_ip_route(l->sock.stack, &flow, &req->dst);
}

static uint16_t bounded_mss(uint16_t mss, uint16_t user)
{
	return user && user < mss ? user : mss;
}

static uint16_t mss_to_advertise(const struct tcp_req *req)
{
	const struct tcp_conn *l = req->listener;

	return bounded_mss(sea_tcp_mss_of_way(l->sock.stack, &req->dst), l->mss_user);
}

/* Whole segments of the buffer, as Linux begins: 45 of 1448 bytes by default. */
static void offer_window(struct tcp_req *req)
{
	const struct tcp_conn *l = req->listener;
	uint32_t space = sea_tcp_win_from_space(l, l->sock.rcvbuf);
	uint32_t mss = req->mss_advertised - (req->ts ? TS_OPT_LEN : 0);

	const struct sea_route_metrics *m = sea_dst_metrics(l->sock.stack, &req->dst);
	uint32_t clamp = l->window_clamp ? l->window_clamp : m ? m->window : 0;

	if (m && m->initrwnd && m->initrwnd < UINT32_MAX / 65536)
		space = sea_max_u32(space, m->initrwnd * mss);
	clamp = sea_tcp_clamp_of_locked(l, clamp);
	if (clamp && space > clamp)
		space = clamp;
	if (mss && space > mss)
		space -= space % mss;
	req->rcv_wscale = req->wscale ? sea_tcp_wscale_for(l, space, clamp) : 0;
	space = sea_tcp_first_window(sea_tcp_st(l), space);
	if (m && m->initrwnd && m->initrwnd < UINT32_MAX / 65536)
		space = sea_min_u32(space, m->initrwnd * mss);
	req->rcv_wnd = space;
}

static void take_options(struct tcp_req *req, const struct sea_tcp_opts *o)
{
	const struct tcp_sysctls *sys = &sea_tcp_st(req->listener)->sysctl;

	req->ts = o->has_ts && sys->timestamps;
	req->ts_recent = req->ts ? o->ts_val : 0;
	req->sack = o->has_sack_perm && sys->sack;
	req->wscale = o->has_wscale && sys->window_scaling;
	req->snd_wscale = req->wscale ? o->wscale : 0;
	req->mss_peer =
		bounded_mss(o->has_mss && o->mss ? o->mss : sea_tcp_default_mss(req->node.family),
			    req->listener->mss_user);
}

/* The label of the answer: that of the SYN where labels are reflected, else one of our own. */
static uint32_t label_for(const struct tcp_conn *listener, const struct tcp_req *req,
			  const struct tcp_rx *rx)
{
	if (listener->sock.more->flags6 & SEA_SOCK6_REPFLOW)
		return rx->ip->flow_label;
	return sea_label_of_conn(&listener->sock, &req->laddr, req->node.lport, &req->raddr,
				 req->node.rport, 0);
}

#define ECN_MASK 3

/* The class of the answer: the listener's, or that of the SYN (tcp_reflect_tos). */
static uint8_t tos_for(const struct tcp_conn *listener, const struct tcp_rx *rx)
{
	uint8_t tos = sea_sock_tos(&listener->sock, rx->ip->family);

	if (!sea_tcp_st(listener)->sysctl.reflect_tos)
		return tos;
	return (uint8_t)((rx->ip->tos & ~ECN_MASK) | (tos & ECN_MASK));
}

/* The listener's, or that of the SYN (tcp_fwmark_accept). */
static uint32_t mark_for(const struct tcp_conn *listener, const struct tcp_rx *rx)
{
	if (listener->sock.mark || !sea_tcp_st(listener)->sysctl.fwmark_accept)
		return listener->sock.mark;
	return rx->pkt->mark;
}

/* Whom it is for; everything else is zero. */
static void begin(struct tcp_req *req, struct tcp_conn *listener, const struct tcp_rx *rx)
{
	*req = (struct tcp_req){
		.node = {
			.kind = TCP_KIND_REQ,
			.family = rx->ip->family,
			.lport = rx->seg.dst,
			.rport = rx->seg.src,
		},
		.listener = listener,
		.laddr = rx->ip->dst,
		.raddr = rx->ip->src,
		.mark = mark_for(listener, rx),
		.tos = tos_for(listener, rx),
		.ifindex = rx->ip->link->ifindex,
	};
	sea_list_init(&req->list);
	if (rx->seg.opts.ao)
		sea_tcp_ao_note(req, rx);
	if (rx->ip->family == SEA_AF_INET6)
		req->flow_label = label_for(listener, req, rx);
	req->ts_offset =
		sea_tcp_ts_offset(listener->sock.stack, rx->ip->family, &req->laddr, &req->raddr);
}

/* -- SYN -- */

static void drop_syn(struct tcp_conn *listener, struct tcp_rx *rx, enum sea_drop reason)
{
	sea_stack_count(listener->sock.stack, SEA_MIB_TcpExtListenDrops);
	sea_pkt_drop(listener->sock.stack, rx->pkt, reason);
}

static void log_flood(struct tcp_conn *listener, bool cookies)
{
	if (listener->listen->flood_logged)
		return;
	listener->listen->flood_logged = true;
	sea_stack_log(listener->sock.stack, SEA_LOG_WARN, "possible SYN flooding on port %u: %s",
		      listener->sock.lport, cookies ? "sending cookies" : "dropping request");
}

enum queue { QUEUE_ROOM, QUEUE_COOKIE, QUEUE_FULL };

/* Without cookies the last quarter of tcp_max_syn_backlog is kept for known peers. */
static enum queue room_for(struct tcp_conn *listener, const struct tcp_rx *rx)
{
	const struct tcp_sysctls *sys = &sea_tcp_st(listener)->sysctl;
	const struct tcp_listen *l = listener->listen;
	int64_t left = (int64_t)sys->max_syn_backlog - l->n_reqs;
	bool full = l->n_reqs > l->backlog; /* one more, as of the accept queue */

	if (full || sys->syncookies == 2) {
		log_flood(listener, sys->syncookies);
		sea_stack_count(listener->sock.stack, sys->syncookies
							      ? SEA_MIB_TcpExtTCPReqQFullDoCookies
							      : SEA_MIB_TcpExtTCPReqQFullDrop);
		return sys->syncookies ? QUEUE_COOKIE : QUEUE_FULL;
	}
	if (!sys->syncookies && left < sys->max_syn_backlog >> 2 &&
	    !sea_tcp_peers_proven(sea_tcp_st(listener), rx->ip->family, &rx->ip->dst, &rx->ip->src,
				  tcp_now(listener)))
		return QUEUE_FULL;
	return QUEUE_ROOM;
}

static void answer_with_cookie(struct tcp_req *req, const struct tcp_rx *rx)
{
	struct sea_stack *stack = req->listener->sock.stack;
	struct sea_tcp_opts kept = { .has_sack_perm = req->sack,
				     .has_wscale = req->wscale,
				     .wscale = req->snd_wscale };
	uint32_t now = (uint32_t)(stack->shard.now.ns / SEA_MSEC);

	/* Without timestamps there is nowhere to keep the other options. */
	if (!req->ts)
		req->sack = req->wscale = false, req->ecn &= (uint8_t)~TCP_REQ_ECN;
	offer_window(req);
	req->iss = sea_tcp_cookie_make(stack, rx, &req->mss_peer);
	/* What is sent is clock + offset: bend the offset so that the clock part carries the options. */
	if (req->ts)
		req->ts_offset += sea_tcp_cookie_ts_put(now, &kept, req->ecn & TCP_REQ_ECN) - now;
	req->listener->listen->cookie_sent = stack->shard.now;
	sea_stack_count(stack, SEA_MIB_TcpExtSyncookiesSent);
	sea_tcp_req_answer(req, NULL);
}

static void choose_numbers(struct tcp_req *req, const struct tcp_rx *rx, const sea_seq *iss)
{
	struct sea_stack *stack = req->listener->sock.stack;

	offer_window(req);
	req->iss = iss ? *iss
		       : sea_tcp_isn(stack, req->node.family, &req->laddr, req->node.lport,
				     &req->raddr, req->node.rport);
	req->irs = rx->seg.seq;
	req->sent = stack->shard.now;
}

static bool queue(struct tcp_req *from, const struct tcp_rx *rx,
		  const struct sea_tcp_cookie *cookie)
{
	struct sea_stack *stack = from->listener->sock.stack;
	struct tcp_req *req = sea_tcp_req_add(from->listener, from);

	if (!req)
		return false;
	req->seen = sea_tcp_seen_begin(req->listener, rx);
	req->saved_syn = sea_tcp_saved_syn_take(req->listener, rx);
	sea_tcp_req_answer(req, cookie);
	sea_stack_arm(stack, &req->timer,
		      sea_time_add(stack->shard.now, TCP_RTO_INIT_US * SEA_USEC));
	return true;
}

/* A request in the queue; or at once a connection, where fast open lets it. False: no memory. */
static bool take_syn(struct tcp_req *req, struct tcp_rx *rx, const sea_seq *iss)
{
	struct sea_tcp_cookie cookie;
	bool has_cookie;

	choose_numbers(req, rx, iss);
	/* As on Linux: signatures leave no room for blocks beside timestamps. */
	if (req->sack && sea_tcp_md5_of_req(req))
		req->ts = false;
	if (sea_tcp_fastopen_child(req, rx, &cookie, &has_cookie)) {
		sea_sock_raise(&req->listener->sock, SEA_POLLIN);
		return true;
	}
	return queue(req, rx, has_cookie ? &cookie : NULL);
}

void sea_tcp_listen_syn(struct tcp_conn *listener, struct tcp_rx *rx, const sea_seq *iss)
{
	struct sea_stack *stack = listener->sock.stack;
	enum queue room = iss ? QUEUE_ROOM : room_for(listener, rx);
	struct tcp_req req;
	bool answered = true;

	if (room == QUEUE_FULL) {
		drop_syn(listener, rx, SEA_DROP_TCP_SYNQ_FULL);
		return;
	}
	if (tcp_accept_full(listener)) {
		sea_stack_count(stack, SEA_MIB_TcpExtListenOverflows);
		drop_syn(listener, rx, SEA_DROP_TCP_LISTEN_OVERFLOW);
		return;
	}
	begin(&req, listener, rx);
	take_options(&req, &rx->seg.opts);
	req.irs = rx->seg.seq;
	if (route(&req)) {
		drop_syn(listener, rx, SEA_DROP_TCP_NO_ROUTE);
		return;
	}
	req.mss_advertised = mss_to_advertise(&req);
	req.ecn = sea_tcp_ecn_request(&req, rx);
	if (room == QUEUE_COOKIE)
		answer_with_cookie(&req, rx);
	else
		answered = take_syn(&req, rx, iss);
	sea_dst_put(stack, &req.dst);
	if (answered && rx->pkt)
		sea_pkt_free(rx->pkt);
	else if (!answered)
		drop_syn(listener, rx, SEA_DROP_TCP_NO_MEMORY);
}

/* -- the ACK of a cookie -- */

/* Only for a while after cookies were sent: else their bits could be tried out at leisure. */
static bool cookies_out(const struct tcp_conn *listener)
{
	const struct tcp_listen *l = listener->listen;

	if (!sea_tcp_st(listener)->sysctl.syncookies || sea_time_is_never(l->cookie_sent))
		return false;
	return sea_time_diff(tcp_now(listener), l->cookie_sent) < COOKIE_LIFE_NS;
}

/* The request that the cookie stands for; false: it is none of ours. */
static bool recall(struct tcp_req *req, struct tcp_conn *listener, const struct tcp_rx *rx)
{
	const struct sea_tcp_seg *seg = &rx->seg;

	begin(req, listener, rx);
	if (!sea_tcp_cookie_check(listener->sock.stack, rx, &req->mss_peer))
		return false;
	if (seg->opts.has_ts &&
	    !sea_tcp_cookie_ts_get(listener->sock.stack, seg->opts.ts_ecr - req->ts_offset, req))
		return false;
	req->ts_recent = req->ts ? seg->opts.ts_val : 0;
	req->ts_first_sent = req->ts_last_sent = seg->opts.ts_ecr;
	req->iss = sea_seq_add(seg->ack, (uint32_t)-1);
	req->irs = sea_seq_add(seg->seq, (uint32_t)-1);
	return true;
}

static void cookie_child(struct tcp_req *req, struct tcp_rx *rx)
{
	struct tcp_conn *listener = req->listener, *child = NULL;
	struct sea_stack *stack = listener->sock.stack;
	enum sea_drop reason = SEA_DROP_TCP_NO_MEMORY;

	sea_stack_count(stack, SEA_MIB_TcpExtSyncookiesRecv);
	if (tcp_accept_full(listener)) {
		sea_stack_count(stack, SEA_MIB_TcpExtListenOverflows);
		reason = SEA_DROP_TCP_LISTEN_OVERFLOW;
	} else if (!route(req)) {
		req->mss_advertised = mss_to_advertise(req);
		req->ecn = sea_tcp_ecn_cookie(req, rx);
		offer_window(req);
		child = sea_tcp_child_new(req, rx);
		sea_dst_put(stack, &req->dst);
	} else {
		reason = SEA_DROP_TCP_NO_ROUTE;
	}
	if (!child) {
		drop_syn(listener, rx, reason);
		return;
	}
	sea_tcp_rx_run(child, rx);
	sea_sock_raise(&listener->sock, SEA_POLLIN);
}

static void refuse_ack(struct tcp_conn *listener, struct tcp_rx *rx, enum sea_drop reason)
{
	sea_tcp_reply_rst(listener->sock.stack, rx);
	sea_pkt_drop(listener->sock.stack, rx->pkt, reason);
}

static void ack_input(struct tcp_conn *listener, struct tcp_rx *rx)
{
	struct tcp_req req;

	if ((rx->seg.flags & SEA_TCP_SYN) || !cookies_out(listener)) {
		refuse_ack(listener, rx, SEA_DROP_TCP_NO_SOCKET);
		return;
	}
	if (!recall(&req, listener, rx)) {
		sea_stack_count(listener->sock.stack, SEA_MIB_TcpExtSyncookiesFailed);
		refuse_ack(listener, rx, SEA_DROP_TCP_COOKIE);
		return;
	}
	cookie_child(&req, rx);
}

void sea_tcp_listen_input(struct tcp_conn *listener, struct tcp_rx *rx)
{
	struct sea_stack *stack = listener->sock.stack;
	uint8_t flags = rx->seg.flags;

	if (flags & SEA_TCP_RST)
		sea_pkt_drop(stack, rx->pkt, SEA_DROP_TCP_INVALID_RESET);
	else if (flags & SEA_TCP_ACK)
		ack_input(listener, rx);
	else if ((flags & (SEA_TCP_SYN | SEA_TCP_FIN)) != SEA_TCP_SYN)
		sea_pkt_drop(stack, rx->pkt, SEA_DROP_TCP_FLAGS);
	else
		sea_tcp_listen_syn(listener, rx, NULL);
}
