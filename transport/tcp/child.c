/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a completed handshake to a connection: what was agreed on comes from the request, what the
 * program wanted from the listener.
 */
#include <netinet/in.h>
#include <string.h>

#include "transport/tcp/accecn.h"
#include "transport/tcp/sig.h"
#include "transport/tcp/memory.h"
#include "transport/tcp/passive.h"
#include "transport/tcp/recovery.h"
#include "transport/tcp/saved_syn.h"
#include "transport/tcp/seen.h"
#include "transport/tcp/socket.h"

/* What accept(2) passes on of a socket's own options. */
#define FLAGS_INHERITED ((uint32_t) ~(SEA_SOCK_BIND_PORT | SEA_SOCK_SELECT_ERR_QUEUE))
#define CONN_FLAGS_INHERITED (TCP_F_NODELAY | TCP_F_CORK | TCP_F_LOOK)

static void inherit_sock(struct sea_sock *to, const struct sea_sock *from)
{
	to->domain = from->domain;
	to->type = from->type;
	to->protocol = from->protocol;
	to->flags = from->flags & FLAGS_INHERITED;
	to->shutdown = from->shutdown; /* of before listen(): a program's own doing */
	to->rcvbuf = from->rcvbuf;
	to->sndbuf = from->sndbuf;
	to->rcvlowat = from->rcvlowat;
	to->tos = from->tos;
	to->ttl = from->ttl;
	to->mcast_ttl = from->mcast_ttl;
	to->mtu_discover = from->mtu_discover;
	to->bound_ifindex = from->bound_ifindex;
	to->rcvtimeo_ns = from->rcvtimeo_ns;
	to->sndtimeo_ns = from->sndtimeo_ns;
	to->linger_s = from->linger_s;
	to->pacing = from->pacing;
}

static void inherit(struct tcp_conn *c, const struct tcp_conn *l)
{
	inherit_sock(&c->sock, &l->sock);
	c->flags |= l->flags & CONN_FLAGS_INHERITED;
	c->mss_user = l->mss_user;
	c->linger2_s = l->linger2_s;
	c->defer_accept = l->defer_accept;
	sea_tcp_cc_init(&c->cc, l->cc.ops, tcp_now(c));
}

static void take_names(struct tcp_conn *c, const struct tcp_req *req)
{
	c->sock.family = req->node.family;
	c->sock.lport = req->node.lport;
	c->sock.rport = req->node.rport;
	memcpy(c->sock.laddr, req->laddr.b, sizeof(c->sock.laddr));
	memcpy(c->sock.raddr, req->raddr.b, sizeof(c->sock.raddr));
	c->node.family = req->node.family;
	c->node.lport = req->node.lport;
	c->node.rport = req->node.rport;
}

static void take_options(struct tcp_conn *c, const struct tcp_req *req)
{
	if (req->ts) {
		c->flags |= TCP_F_TS;
		c->ts_recent = req->ts_recent;
		c->ts_recent_stamp = tcp_now(c);
	}
	if (req->sack)
		c->flags |= TCP_F_SACK;
	if (req->wscale) {
		c->flags |= TCP_F_WSCALE;
		c->snd_wscale = req->snd_wscale;
		c->rcv_wscale = req->rcv_wscale;
	}
	c->sock.bound_ifindex = sea_tcp_req_oif(req);
	c->sock.mark = req->mark;
	c->ts_offset = req->ts_offset;
	c->ts_last_sent = req->ts_last_sent;
	c->mss_peer = req->mss_peer;
	c->mss_advertised = req->mss_advertised;
}

/* The handshake's numbers: our SYN is acknowledged by the segment that is about to be processed. */
static void take_numbers(struct tcp_conn *c, const struct tcp_req *req,
			 const struct sea_tcp_seg *seg)
{
	sea_seq first = sea_seq_add(req->iss, 1);

	c->iss = req->iss;
	c->snd_una = c->snd_nxt = c->write_seq = c->snd_sml = c->snd_up = first;
	c->snd_wl1 = req->irs;
	c->snd_wnd = seg->flags & SEA_TCP_SYN ? seg->wnd : seg->wnd << c->snd_wscale;
	c->max_window = c->snd_wnd;
	c->rcv_nxt = c->rcv_wup = c->rcvq.copied_seq = sea_seq_add(req->irs, 1);
	c->rcv_wnd = c->rcv_ssthresh = req->rcv_wnd;
	c->window_clamp = sea_tcp_win_from_space(c, c->sock.rcvbuf);
	if (!req->wscale && c->window_clamp > 65535)
		c->window_clamp = 65535;
	c->rcv_tstamp = c->ack.lrcvtime = tcp_now(c);
	c->segs_in = 1; /* the SYN */
}

/* What is told of the packets that it began with. */
static void note_packets(struct tcp_conn *c, struct tcp_req *req, const struct tcp_rx *rx,
			 bool queued)
{
	struct tcp_seen *seen = req->seen;

	if (!queued) /* nobody kept the SYN: it is a cookie's, or fast open's */
		seen = sea_tcp_seen_begin(req->listener, rx);
	req->seen = NULL;
	if (!queued && rx->seg.flags & SEA_TCP_SYN) /* fast open's */
		req->saved_syn = sea_tcp_saved_syn_take(req->listener, rx);
	sea_tcp_saved_syn_pass(c, req->saved_syn);
	req->saved_syn = NULL;
	c->flags |= TCP_F_ACCEPTED;
	if (rx->ip->family == SEA_AF_INET) /* as on Linux */
		c->sock.mcast_ttl = rx->ip->ttl;
	sea_tcp_seen_born(c, rx->ip, seen);
}

/* RFC 6298 §5.7: without a sample from the handshake, be careful. */
static void take_rtt(struct tcp_conn *c, const struct tcp_req *req)
{
	int64_t us = sea_time_diff(tcp_now(c), req->sent) / SEA_USEC;

	if (req->sent.ns && !req->num_retrans) {
		uint32_t sample = us > 0 ? (uint32_t)us : 1;

		sea_tcp_rtt_min(&c->rtt, sample, tcp_min_rtt_window_ns(c), tcp_now(c));
		sea_tcp_rtt_sample(&c->rtt, sample, c->snd_una, c->snd_nxt);
	} else {
		sea_tcp_rtt_fall_back(&c->rtt);
	}
	c->total_retrans = req->num_retrans;
}

/* The SYN-ACK's timeouts are the connection's; without memory they are forgotten. */
static void take_timeouts(struct tcp_conn *c, const struct tcp_req *req)
{
	struct tcp_side *side = req->num_timeout ? sea_tcp_side_edit(c) : NULL;

	if (!side)
		return;
	side->total_rto = req->num_timeout;
	side->total_rto_recoveries = 1;
	if (req->sent.ns)
		side->total_rto_ms = (uint32_t)(sea_time_diff(tcp_now(c), req->sent) / SEA_MSEC);
}

static void guess_rcv_mss(struct tcp_conn *c)
{
	uint32_t mss = c->mss_advertised < c->mss_cache ? c->mss_advertised : c->mss_cache;

	if (mss > c->rcv_wnd / 2)
		mss = c->rcv_wnd / 2;
	if (mss > 536)
		mss = 536;
	c->ack.rcv_mss = (uint16_t)(mss > TCP_RCV_MSS_MIN ? mss : TCP_RCV_MSS_MIN);
}

/* Classes that are reflected stay so: false: no memory. */
static bool take_tos(struct tcp_conn *c, const struct tcp_req *req)
{
	struct sea_sock_more *more;

	if (!sea_tcp_st(c)->sysctl.reflect_tos)
		return true;
	if (c->sock.family == SEA_AF_INET) {
		c->sock.tos = req->tos;
		return true;
	}
	if (c->sock.more->tclass == req->tos)
		return true;
	more = sea_sock_more_edit(&c->sock);
	if (more)
		more->tclass = req->tos;
	return more;
}

/* And so do labels. */
static bool take_label(struct tcp_conn *c, const struct tcp_req *req)
{
	struct sea_sock_more *more;

	if (!(c->sock.more->flags6 & SEA_SOCK6_REPFLOW) || c->sock.family != SEA_AF_INET6)
		return true;
	more = sea_sock_more_edit(&c->sock);
	if (more)
		more->flowinfo = req->flow_label;
	return more;
}

/* In the table where the request stood, and on the listener's port. */
static bool succeed(struct tcp_conn *c, struct tcp_req *req)
{
	struct tcp_table *t = &sea_tcp_st(c)->table;

	if (sea_tcp_port_join(t, c, req->node.lport))
		return false;
	if (req->node.hnode.linked)
		sea_tcp_flow_del(t, &req->node);
	if (sea_tcp_flow_add(t, &c->node, &req->laddr, &req->raddr))
		return false; /* the peer will have to begin anew */
	c->flags |= TCP_F_IN_FLOWS;
	return true;
}

static void queue_for_accept(struct tcp_conn *c, struct tcp_conn *listener)
{
	c->parent = listener;
	sea_list_push_back(&listener->listen->accept_queue, &c->accept_node);
	listener->listen->n_accept++;
	sea_stack_count(c->sock.stack, SEA_MIB_TcpPassiveOpens);
}

struct tcp_conn *sea_tcp_child_new(struct tcp_req *req, const struct tcp_rx *rx)
{
	struct sea_stack *stack = req->listener->sock.stack;
	struct tcp_conn *c = sea_tcp_conn_new(stack);
	bool queued = req->node.hnode.linked;

	if (!c)
		return NULL;
	inherit(c, req->listener);
	take_names(c, req);
	if (sea_sock_more_copy(&c->sock, &req->listener->sock) ||
	    sea_tcp_side_inherit(c, req->listener) || sea_tcp_md5_inherit(c, req) ||
	    sea_tcp_ao_inherit(c, req) || !take_label(c, req) || !take_tos(c, req) ||
	    !succeed(c, req)) {
		sea_tcp_conn_free(c, SEA_DROP_TCP_NO_MEMORY);
		return NULL;
	}
	sea_tcp_note_cmsgs(c);
	c->dst = req->dst;
	req->dst = (struct sea_dst){ 0 };
	take_options(c, req);
	take_numbers(c, req, &rx->seg);
	if (req->ecn & TCP_REQ_ECN)
		c->node.ecn = TCP_ECN_OK;
	else if (req->ecn)
		sea_tcp_accecn_child(c, req, rx);
	note_packets(c, req, rx, queued);
	if (c->sock.more->ip_opts_len) /* the listener's are its own, and its own copy is there */
		sea_sock_more_edit(&c->sock)->ip_opts_len = 0;
	sea_tcp_begin_route(c);
	sea_tcp_sync_mss(c, c->dst.mtu);
	guess_rcv_mss(c);
	take_rtt(c, req);
	take_timeouts(c, req);
	sea_tcp_sndbuf_expand(c);
	sea_tcp_set_state(c, TCP_S_SYN_RECV);
	queue_for_accept(c, req->listener);
	return c;
}
