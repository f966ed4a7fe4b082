/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICMP errors about our segments. One counts only with a sequence number that is in flight (RFC 5927
 * §4.1), and never ends a connection that is established (§5.2): what it says becomes the reason for a
 * timeout that may follow.
 */
#include <errno.h>
#include <netinet/in.h>

#include "ip/redirect.h"
#include "transport/errq.h"
#include "transport/tcp/ao.h"
#include "transport/tcp/passive.h"
#include "transport/tcp/recover.h"
#include "transport/tcp/recovery.h"
#include "wire/icmp.h"

static void out_of_window(struct sea_stack *stack)
{
	sea_stack_count(stack, SEA_MIB_TcpExtOutOfWindowIcmps);
}

/* -- half-open -- */

/* The peer is unreachable: the request is forgotten; accept() knows no network errors. */
static bool ends_request(const struct sea_icmp_error *e)
{
	if (e->family != SEA_AF_INET)
		return e->hard;
	switch (e->type) {
	case SEA_ICMP_PARAM_PROBLEM:
	case SEA_ICMP_TIME_EXCEEDED:
		return true;
	case SEA_ICMP_DEST_UNREACH:
		return e->code == SEA_ICMP_NET_UNREACH || e->code == SEA_ICMP_HOST_UNREACH;
	default:
		return false;
	}
}

static void req_error(struct sea_stack *stack, struct tcp_req *req, const struct sea_icmp_error *e,
		      sea_seq seq)
{
	if (!sea_seq_eq(seq, req->iss)) {
		out_of_window(stack);
		return;
	}
	if (!ends_request(e))
		return;
	sea_stack_count(stack, SEA_MIB_TcpExtListenDrops);
	sea_tcp_req_free(req);
}

/* -- path MTU (RFC 1191) -- */

static struct sea_flow flow_of(const struct tcp_conn *c, const struct sea_icmp_error *e)
{
	return (struct sea_flow){
		.family = e->family,
		.proto = IPPROTO_TCP,
		.tos = sea_sock_tos(&c->sock, e->family),
		.oif = c->sock.bound_ifindex,
		.mark = c->sock.mark,
		.src = e->src,
		.dst = e->dst,
	};
}

static void path_shrank(struct tcp_conn *c, const struct sea_icmp_error *e)
{
	struct sea_stack *stack = c->sock.stack;
	const struct sea_flow flow = flow_of(c, e);
	uint8_t discover = sea_sock_mtu_discover(&c->sock, e->family);
	bool accepts = discover < SEA_PMTUDISC_INTERFACE;
	uint32_t before = c->pmtu;

	if (e->family == SEA_AF_INET6 && !accepts)
		return;
	sea_ip_pmtu_update(stack, &flow, e->mtu);
	if (e->family == SEA_AF_INET && (discover == SEA_PMTUDISC_DONT || !accepts))
		return;
	if (sea_tcp_route(c))
		return;
	if (c->dst.mtu < before) {
		sea_tcp_sync_mss(c, c->dst.mtu);
		sea_tcp_retransmit_smaller(c);
	}
}

/* -- connections -- */

/* It came by the link that the connection is on, or is not from its router. */
static void redirected(struct tcp_conn *c, const struct sea_icmp_error *e)
{
	struct sea_flow flow = flow_of(c, e);

	if (e->family == SEA_AF_INET6 && !flow.oif)
		flow.oif = e->redirect->link->ifindex;
	sea_ip_redirect(c->sock.stack, &flow, e);
}

/* Somebody reads and writes already: it is treated as if it were established (as Linux). */
static bool is_accepted_child(const struct tcp_conn *c)
{
	return c->flags & TCP_F_TFO && !c->parent;
}

static void conn_error(struct tcp_conn *c, const struct sea_icmp_error *e, sea_seq seq)
{
	/* A child of fast open has one more out: its SYN-ACK. */
	sea_seq una = c->flags & TCP_F_TFO ? c->iss : c->snd_una;

	if (sea_tcp_ao_ignores(c, e->family, e->type, e->code))
		return;
	if (!sea_seq_between(una, seq, c->snd_nxt)) {
		out_of_window(c->sock.stack);
		return;
	}
	if (e->redirect) {
		redirected(c, e);
		return;
	}
	if (sea_icmp_error_is_too_big(e)) {
		path_shrank(c, e);
		return;
	}
	if (!e->err)
		return;
	if (tcp_in(c, 1u << TCP_S_SYN_SENT | 1u << TCP_S_SYN_RECV) && !is_accepted_child(c)) {
		/* IPv4's way into the queue asks nobody, on Linux either. */
		if (e->family == SEA_AF_INET || sea_sock_recverr(&c->sock, e->family))
			sea_errq_icmp(&c->sock, e, 0, c->sock.rport);
		sea_tcp_done(c, e->err);
	} else if (sea_sock_recverr(&c->sock, e->family))
		sea_sock_set_error(&c->sock, e->err);
	else
		c->sock.err_soft = e->err;
}

bool sea_tcp_icmp_error(struct sea_stack *stack, const struct sea_icmp_error *e)
{
	uint16_t lport = sea_get16(e->quote), rport = sea_get16(e->quote + 2);
	sea_seq seq = sea_seq_of(sea_get32(e->quote + 4));
	struct tcp_table *t = &sea_tcp_of(stack)->table;
	struct tcp_node *node = sea_tcp_flow_find(t, e->family, &e->src, lport, &e->dst, rport);

	node = sea_tcp_flow_in(t, node, &e->src, &e->dst, e->pkt->link->ifindex);
	if (!node)
		return false;
	if (e->family == SEA_AF_INET && e->type == SEA_ICMP_SOURCE_QUENCH)
		return true; /* RFC 6633 */
	switch ((enum tcp_kind)node->kind) {
	case TCP_KIND_CONN:
		conn_error(sea_container(node, struct tcp_conn, node), e, seq);
		break;
	case TCP_KIND_REQ:
		req_error(stack, sea_container(node, struct tcp_req, node), e, seq);
		break;
	case TCP_KIND_TW:
		break;
	}
	return true;
}
