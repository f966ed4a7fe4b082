/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and TIME_WAIT objects as bytes. */
#include <errno.h>

#include "transport/tcp/sig.h"
#include "transport/tcp/save.h"
#include "transport/tcp/saved_syn.h"
#include "transport/tcp/seen.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* -- requests: saved with their listener -- */

#define R(member) TCP_MEMBER(tcp_req, member)

static const struct tcp_member req_members[] = {
	R(node.family), R(node.lport),    R(node.rport),   R(iss),  R(irs),       R(rcv_wnd),
	R(ts_recent),   R(ts_offset),     R(ts_last_sent), R(mark), R(mss_peer),  R(mss_advertised),
	R(snd_wscale),  R(rcv_wscale),    R(ts),           R(sack), R(wscale),    R(acked),
	R(num_timeout), R(num_retrans),   R(tos),          R(sent), R(oow_stamp), R(ifindex),
	R(flow_label),  R(ts_first_sent), R(ecn),          R(ao),   R(ao_keyid),  R(ao_rnext),
};

void sea_tcp_save_req(struct sea_saver *to, const struct tcp_req *req)
{
	sea_tcp_save_members(to, req, req_members, N(req_members));
	sea_save_bytes(to, req->laddr.b, sizeof(req->laddr.b));
	sea_save_bytes(to, req->raddr.b, sizeof(req->raddr.b));
	sea_tcp_seen_save(to, req->seen);
	sea_tcp_saved_syn_save(to, req->saved_syn);
	sea_save_timer(to, &req->timer);
}

void sea_tcp_load_req(struct sea_loader *from, struct tcp_conn *listener)
{
	struct tcp_req in = { 0 }, *req = NULL;

	sea_tcp_load_members(from, &in, req_members, N(req_members));
	sea_load_bytes(from, in.laddr.b, sizeof(in.laddr.b));
	sea_load_bytes(from, in.raddr.b, sizeof(in.raddr.b));
	in.seen = sea_tcp_seen_load(from, listener->sock.stack);
	in.saved_syn = sea_tcp_saved_syn_load(from, listener->sock.stack);
	if (!from->err)
		req = sea_tcp_req_add(listener, &in);
	if (req) {
		sea_load_timer(from, listener->sock.stack, &req->timer);
		return;
	}
	sea_tcp_seen_free(listener->sock.stack, in.seen);
	sea_tcp_saved_syn_free(listener->sock.stack, in.saved_syn);
	sea_load_fail(from, -ENOMEM);
}

/* -- TIME_WAIT -- */

#define W(member) TCP_MEMBER(tcp_tw, member)

static const struct tcp_member tw_members[] = {
	W(node.family), W(node.lport),      W(node.rport),  W(snd_nxt),
	W(rcv_nxt),     W(rcv_wnd),         W(ts_recent),   W(ts_offset),
	W(mark),        W(ts_recent_stamp), W(oow_stamp),   W(bound_ifindex),
	W(timeout_ns),  W(substate),        W(rcv_wscale),  W(tos),
	W(ts),          W(reuse),           W(reuseport),   W(flow_label),
	W(domain),      W(cookie),          W(tx_delay_us),
};

void sea_tcp_save_tw(struct sea_saver *to, const struct tcp_tw *tw)
{
	sea_tcp_save_members(to, tw, tw_members, N(tw_members));
	sea_save_bytes(to, tw->laddr.b, sizeof(tw->laddr.b));
	sea_save_bytes(to, tw->raddr.b, sizeof(tw->raddr.b));
	sea_tcp_md5_key_save(to, tw->md5);
	sea_tcp_ao_save(to, tw->ao);
	sea_save_u8(to, tw->port != NULL);
	sea_save_u8(to, tw->port && tw->port->connect_only);
	sea_save_timer(to, &tw->timer);
}

static int enter(struct tcp_tw *tw, bool has_port, bool connect_only)
{
	struct tcp_table *t = &sea_tcp_of(tw->stack)->table;
	int err = sea_tcp_flow_add(t, &tw->node, &tw->laddr, &tw->raddr);

	if (err || !has_port)
		return err;
	return sea_tcp_port_restore(t, tw, connect_only);
}

void sea_tcp_load_tw(struct sea_loader *from, struct sea_stack *stack)
{
	struct tcp_tw *tw = sea_tcp_tw_new(stack);
	bool has_port, connect_only;

	if (!tw) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	sea_tcp_load_members(from, tw, tw_members, N(tw_members));
	sea_load_bytes(from, tw->laddr.b, sizeof(tw->laddr.b));
	sea_load_bytes(from, tw->raddr.b, sizeof(tw->raddr.b));
	tw->md5 = sea_tcp_md5_key_load(from, stack);
	tw->ao = sea_tcp_ao_load(from, stack);
	has_port = sea_load_u8(from);
	connect_only = sea_load_u8(from);
	if (!from->err && enter(tw, has_port, connect_only))
		sea_load_fail(from, -EINVAL);
	if (from->err)
		sea_tcp_tw_free(tw);
	else
		sea_load_timer(from, stack, &tw->timer);
}
