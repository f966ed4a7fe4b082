/* SPDX-License-Identifier: Apache-2.0 */
/* TCP as NETLINK_SOCK_DIAG shows it: sockets, requests, TIME_WAIT, and connections that nobody holds any more. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "transport/diag/inet.h"
#include "transport/sockopt.h"
#include "transport/tcp/ecn.h"
#include "transport/tcp/info.h"
#include "transport/tcp/md5.h"
#include "transport/tcp/model.h"
#include "transport/tcp/passive.h"
#include "transport/tcp/socket.h"

#define TIMER_RTX 1 /* idiag_timer */
#define TIMER_KEEP 2
#define TIMER_TIME_WAIT 3
#define TIMER_PROBE 4

/* -- what is shown -- */

static uint32_t ms_until(const struct sea_stack *stack, sea_time due)
{
	int64_t ns = sea_time_diff(due, stack->shard.now);

	return ns > 0 ? (uint32_t)(ns / SEA_MSEC) : 0;
}

static void show_timer(const struct tcp_conn *c, struct sea_diag *e)
{
	sea_time due = c->due[TCP_TIMER_RTX];

	if (!sea_time_is_never(due) && c->rtx_kind != TCP_RTX_NONE) {
		bool probes = c->rtx_kind == TCP_RTX_PROBE;

		e->timer = probes ? TIMER_PROBE : TIMER_RTX;
		e->retrans = probes ? c->probes_out : c->retransmits;
	} else if (!sea_time_is_never(c->due[TCP_TIMER_KEEP])) {
		due = c->due[TCP_TIMER_KEEP];
		e->timer = TIMER_KEEP;
		e->retrans = c->probes_out;
	} else {
		return;
	}
	e->expires_ms = ms_until(c->sock.stack, due);
}

static uint8_t shutdown_of(const struct tcp_conn *c)
{
	return (uint8_t)(c->sock.shutdown | (c->flags & TCP_F_FIN_RCVD ? SEA_SOCK_SHUT_RD : 0) |
			 (c->flags & TCP_F_FIN_QUEUED ? SEA_SOCK_SHUT_WR : 0));
}

/* Without a handle its name is one of its ends, which no other has. */
static uint64_t cookie_of(const struct tcp_table *t, const struct tcp_node *node,
			  const uint8_t *laddr, const uint8_t *raddr)
{
	uint64_t w[5] = { 0, 0, 0, 0, (uint64_t)node->lport << 16 | node->rport };
	size_t len = node->family == SEA_AF_INET ? 4 : 16;

	memcpy(w, laddr, len);
	memcpy(w + 2, raddr, len);
	return sea_siphash13(&t->key, w, sizeof(w));
}

/* A FIN has a number, too. */
static void show_queues(const struct tcp_conn *c, struct sea_diag *e)
{
	int32_t unread = sea_seq_diff(c->rcv_nxt, c->rcvq.copied_seq);

	e->rqueue = unread > 0 ? (uint32_t)unread : 0;
	e->wqueue =
		(uint32_t)sea_seq_diff(c->write_seq, c->snd_una) + !!(c->flags & TCP_F_FIN_QUEUED);
}

static void show_conn(struct tcp_conn *c, struct sea_diag *e)
{
	sea_diag_of_sock(e, &c->sock);
	e->object = c;
	e->state = c->state;
	e->states = 1u << c->state;
	e->shutdown = shutdown_of(c);
	if (c->parent && c->state != TCP_S_LISTEN) /* nobody has accepted it yet */
		e->owner.uid = sea_sock_owner_of(&c->parent->sock).uid;
	if (sea_socket_is_none(c->sock.handle))
		e->cookie =
			cookie_of(&sea_tcp_st(c)->table, &c->node, c->sock.laddr, c->sock.raddr);
	if (c->state == TCP_S_CLOSED) {
		e->states = 1u << SEA_DIAG_BOUND_INACTIVE;
		e->short_of_all = true;
		return;
	}
	show_timer(c, e);
	if (c->state == TCP_S_LISTEN) {
		e->rqueue = c->listen->n_accept;
		e->wqueue = c->listen->backlog;
		return;
	}
	show_queues(c, e);
}

static void show_small(const struct sea_stack *stack, const struct tcp_node *node, uint8_t domain,
		       const struct sea_ipaddr *laddr, const struct sea_ipaddr *raddr,
		       struct sea_diag *e)
{
	e->family = domain;
	e->sport = node->lport;
	e->dport = node->rport;
	e->cookie = cookie_of(&sea_tcp_of(stack)->table, node, laddr->b, raddr->b);
	sea_diag_put_addr(e->src, domain, node->family, laddr->b);
	sea_diag_put_addr(e->dst, domain, node->family, raddr->b);
}

static void show_req(struct tcp_req *req, struct sea_diag *e)
{
	const struct sea_stack *stack = req->listener->sock.stack;

	show_small(stack, &req->node, req->listener->sock.domain, &req->laddr, &req->raddr, e);
	e->object = req;
	e->state = TCP_S_SYN_RECV;
	e->states = 1u << TCP_S_SYN_RECV | 1u << SEA_DIAG_NEW_SYN_RECV;
	e->timer = TIMER_RTX;
	e->retrans = req->num_retrans;
	e->expires_ms = ms_until(stack, req->timer.deadline);
	e->ifindex = (uint32_t)sea_tcp_req_oif(req);
	e->mark = req->mark;
}

static void show_tw(struct tcp_tw *tw, struct sea_diag *e)
{
	show_small(tw->stack, &tw->node, tw->domain, &tw->laddr, &tw->raddr, e);
	e->object = tw;
	e->cookie = tw->cookie ? tw->cookie : e->cookie;
	e->state = tw->substate;
	e->states = 1u << tw->substate;
	e->timer = TIMER_TIME_WAIT;
	e->expires_ms = ms_until(tw->stack, tw->timer.deadline);
	e->ifindex = (uint32_t)tw->bound_ifindex;
	e->mark = tw->mark;
}

static void show_node(struct tcp_node *node, struct sea_diag *e)
{
	switch ((enum tcp_kind)node->kind) {
	case TCP_KIND_REQ:
		show_req(sea_container(node, struct tcp_req, node), e);
		break;
	case TCP_KIND_TW:
		show_tw(sea_container(node, struct tcp_tw, node), e);
		break;
	case TCP_KIND_CONN:
		show_conn(sea_container(node, struct tcp_conn, node), e);
		break;
	}
}

/* -- one after the other -- */

/* The cursor's upper byte: 0 among the sockets, 1 and 2 in the tables of IPv4 and IPv6. */
#define PHASE_SHIFT 56
#define WITHIN ((UINT64_C(1) << PHASE_SHIFT) - 1)
/* As info.c's: 24 bits for what is left of one hash. */
#define LEFT_BITS 24
#define LEFT_MAX ((UINT64_C(1) << LEFT_BITS) - 1)

/* A socket with an end of its own. */
static bool next_socket(struct sea_stack *stack, uint64_t *at, struct sea_diag *e)
{
	const struct sea_sock_table *t = &stack->shard.socks;

	while (*at < t->n_slots) {
		struct sea_sock *sock = t->slots[(*at)++].sock;

		if (!sock || sock->domain == AF_NETLINK || sock->protocol != IPPROTO_TCP ||
		    sock->type != SOCK_STREAM)
			continue;
		if (sea_tcp_conn(sock)->state == TCP_S_CLOSED && !sea_tcp_conn(sock)->port)
			continue;
		show_conn(sea_tcp_conn(sock), e);
		return true;
	}
	return false;
}

/* Those that have no handle. */
static bool next_flow(const struct sea_htable *flows, uint64_t *at, struct sea_diag *e)
{
	uint64_t walk = *at >> LEFT_BITS << 32 | (*at & LEFT_MAX);
	struct sea_hnode *h;

	while ((h = sea_htable_walk(flows, &walk))) {
		struct tcp_node *node = sea_container(h, struct tcp_node, hnode);

		*at = walk >> 32 << LEFT_BITS | (walk & LEFT_MAX);
		if (node->kind == TCP_KIND_CONN &&
		    !sea_socket_is_none(sea_container(node, struct tcp_conn, node)->sock.handle))
			continue;
		show_node(node, e);
		return true;
	}
	return false;
}

static bool next(struct sea_stack *stack, uint64_t *cursor, struct sea_diag *e)
{
	const struct tcp_table *t = &sea_tcp_of(stack)->table;
	uint64_t phase = *cursor >> PHASE_SHIFT, at = *cursor & WITHIN;
	bool more = false;

	while (phase < 3) {
		more = phase ? next_flow(phase == 1 ? &t->flows : &t->flows6, &at, e)
			     : next_socket(stack, &at, e);
		if (more)
			break;
		phase++;
		at = 0;
	}
	*cursor = phase << PHASE_SHIFT | at;
	return more;
}

/* -- one -- */

static bool find_listener(struct sea_stack *stack, const struct sea_diag_key *asked,
			  struct sea_diag *e)
{
	struct sea_diag_key mapped;
	const struct sea_diag_key *key = sea_diag_settle(asked, &mapped);
	struct sea_link *link = sea_link_by_index(stack, (int)key->ifindex);
	const struct sea_ip_rx rx = { .family = key->family,
				      .link = link ? link : stack->loopback,
				      .src = key->dst,
				      .dst = key->src };
	struct tcp_conn *c =
		sea_tcp_listener_find(&sea_tcp_of(stack)->table, &rx, key->sport, key->dport);

	if (!c || (key != asked && c->sock.domain != SEA_AF_INET6))
		return false;
	if ((c->sock.bound_ifindex && (uint32_t)c->sock.bound_ifindex != key->ifindex))
		return false;
	show_conn(c, e);
	return true;
}

static bool find(struct sea_stack *stack, const struct sea_diag_key *key, struct sea_diag *e)
{
	struct tcp_node *node = sea_tcp_flow_find(&sea_tcp_of(stack)->table, key->family, &key->src,
						  key->sport, &key->dst, key->dport);

	if (node)
		show_node(node, e);
	if (node && (!e->ifindex || e->ifindex == key->ifindex))
		return true;
	*e = (struct sea_diag){ 0 };
	return find_listener(stack, key, e);
}

/* -- attributes -- */

/* struct tcp_diag_md5sig, newer than some headers. */
struct md5sig {
	uint8_t family, prefixlen;
	uint16_t keylen;
	uint8_t addr[16];
	uint8_t key[TCP_MD5_KEY_MAX];
};

static void put_keys(const struct tcp_conn *c, struct sea_nl_out *out)
{
	struct sea_list *node, *tmp;
	uint32_t n = 0;
	uint8_t *at;

	if (!c->side->md5)
		return;
	SEA_LIST_EACH(node, tmp, &c->side->md5->keys)
	n++;
	at = sea_nl_reserve(out, SEA_DIAG_ATTR_MD5SIG, n * (uint32_t)sizeof(struct md5sig));
	if (!at)
		return;
	SEA_LIST_EACH(node, tmp, &c->side->md5->keys)
	{
		const struct tcp_md5_key *key = sea_container(node, struct tcp_md5_key, node);
		struct md5sig sig = { .family = key->peer.family,
				      .prefixlen = key->peer.prefixlen,
				      .keylen = key->len };

		memcpy(sig.addr, key->peer.addr.b, sizeof(sig.addr));
		memcpy(sig.key, key->bytes, key->len);
		memcpy(at, &sig, sizeof(sig));
		at += sizeof(sig);
	}
}

static void put_cc(const struct tcp_conn *c, struct sea_nl_out *out)
{
	uint8_t bytes[TCP_CC_INFO_MAX];
	socklen_t len = sizeof(bytes);

	if (sea_tcp_get_cc_info(c, bytes, &len) || !len)
		return;
	sea_nl_put(out, c->cc.ops->model ? INET_DIAG_BBRINFO : INET_DIAG_DCTCPINFO, bytes, len);
}

static void put_info(const struct tcp_conn *c, struct sea_nl_out *out)
{
	struct tcp_info_wire info;

	sea_tcp_info_fill(c, &info);
	sea_nl_put(out, INET_DIAG_INFO, &info, sizeof(info));
}

static void put(const struct sea_diag *e, uint8_t ext, struct sea_nl_out *out)
{
	const struct tcp_conn *c = e->object;

	if (sea_diag_asks(ext, INET_DIAG_INFO))
		put_info(c, out);
	if (sea_diag_asks(ext, INET_DIAG_CONG))
		sea_nl_put_text(out, INET_DIAG_CONG, c->cc.ops->name);
	if (sea_diag_asks(ext, INET_DIAG_INFO))
		put_keys(c, out);
	/* What a controller tells is asked for as that of Vegas. */
	if (c->state < TCP_S_TIME_WAIT && sea_diag_asks(ext, INET_DIAG_VEGASINFO))
		put_cc(c, out);
}

static void show_last(const struct sea_sock *sock, struct sea_diag *e)
{
	show_queues((const void *)sock, e);
}

static void put_last(const struct sea_diag *e, struct sea_nl_out *out)
{
	const struct tcp_conn *c = (const void *)e->sock;

	put_info(c, out);
}

/* -- the end of one -- */

static int end_conn(struct tcp_conn *c)
{
	if (c->state == TCP_S_CLOSED)
		return -ENOENT;
	if (c->state == TCP_S_LISTEN) {
		sea_tcp_listen_stop(c);
		sea_tcp_done(c, ECONNABORTED);
		return 0;
	}
	sea_tcp_abort(c, ECONNABORTED);
	return 0;
}

static int destroy(struct sea_stack *stack, struct sea_diag *e)
{
	(void)stack;
	if (e->sock)
		return end_conn(e->object);
	if (e->timer == TIMER_TIME_WAIT)
		sea_tcp_tw_free(e->object);
	else
		sea_tcp_req_free(e->object);
	return 0;
}

const struct sea_diag_proto sea_tcp_diag = {
	.protocol = IPPROTO_TCP,
	.streams = true,
	.next = next,
	.find = find,
	.find_stale = ENOENT,
	.put = put,
	.destroy = destroy,
	.show_last = show_last,
	.put_last = put_last,
};
