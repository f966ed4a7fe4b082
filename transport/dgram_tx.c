/* SPDX-License-Identifier: Apache-2.0 */
/* Sending datagrams: whereto, by which route, with what room, in which packet. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "core/link.h"
#include "ip/neigh.h"
#include "transport/bind.h"
#include "transport/dgram.h"
#include "wire/ipv4.h"

/* Larger datagrams are kept in pieces that each fit a size class. */
#define PIECE 32768u
#define TRANSPORT_HDR_LEN 8u /* of UDP and of echo */

/* -- route -- */

static bool is_any(const struct sea_ipaddr *addr)
{
	static const struct sea_ipaddr any;

	return sea_ipaddr_equal(addr, &any);
}

static bool to_group(const struct sea_flow *flow)
{
	if (flow->family == SEA_AF_INET)
		return sea_ipv4_is_multicast(sea_ipaddr_to4(&flow->dst));
	return flow->dst.b[0] == 0xff;
}

/* IP_MULTICAST_IF, IPV6_MULTICAST_IF: by which link, where nothing else says so. */
static void leave_by_mcast_if(const struct sea_sock *sock, struct sea_flow *flow)
{
	const struct sea_sock_mcast *m = &sock->more->mcast;

	if (!flow->oif)
		flow->oif = flow->family == SEA_AF_INET ? m->oif : m->oif6;
	if (flow->family == SEA_AF_INET && is_any(&flow->src))
		memcpy(flow->src.b, m->src, sizeof(m->src));
}

static struct sea_flow flow_of(const struct sea_dgram *d, const struct sea_dgram_tx *tx)
{
	const struct sea_sock *sock = &d->sock;
	struct sea_flow flow = {
		.family = tx->to.family,
		.proto = sock->protocol,
		.tos = tx->cmsg.tos,
		.any_src = sock->flags & SEA_SOCK_TRANSPARENT,
		.oif = tx->cmsg.oif,
		.mark = tx->cmsg.mark,
	};

	memcpy(flow.src.b, tx->cmsg.src, sizeof(flow.src.b));
	if (!d->no_src && sock->family == tx->to.family && is_any(&flow.src))
		memcpy(flow.src.b, sock->laddr, sizeof(flow.src.b));
	memcpy(flow.dst.b, tx->to.addr, sizeof(flow.dst.b));
	if (to_group(&flow))
		leave_by_mcast_if(sock, &flow);
	return flow;
}

static bool same_flow(const struct sea_flow *a, const struct sea_flow *b)
{
	return a->family == b->family && a->tos == b->tos && a->any_src == b->any_src &&
	       a->oif == b->oif && a->mark == b->mark && sea_ipaddr_equal(&a->src, &b->src) &&
	       sea_ipaddr_equal(&a->dst, &b->dst);
}

/* SO_DONTROUTE: only what is its own next hop. */
static bool has_gateway(const struct sea_dst *dst)
{
	return dst->neigh && !sea_ipaddr_equal(&dst->neigh->addr, &dst->dst);
}

/* The latest route serves again while nothing changed; connected sockets hardly ever ask twice. */
static int look_up(struct sea_dgram *d, const struct sea_flow *flow)
{
	struct sea_stack *stack = d->sock.stack;

	if (sea_dst_valid(stack, &d->dst) && same_flow(&d->flow, flow))
		return 0;
	sea_dst_put(stack, &d->dst);
	d->flow = *flow;
	return sea_ip_route(stack, flow, &d->dst);
}

int sea_dgram_route(struct sea_dgram *d, struct sea_dgram_tx *tx, int flags)
{
	const struct sea_sock *sock = &d->sock;
	struct sea_flow flow = flow_of(d, tx);
	int err;

	/* The other way round an IPv6 socket has IPv4 to speak from. */
	if (sock->family == SEA_AF_INET && flow.family != SEA_AF_INET)
		return -EAFNOSUPPORT;
	err = look_up(d, &flow);
	if (err)
		return err;
	tx->dst = d->dst;
	if ((flags & MSG_DONTROUTE || sock->flags & SEA_SOCK_DONTROUTE) && has_gateway(&tx->dst))
		return -ENETUNREACH;
	if (tx->dst.type == SEA_ROUTE_BROADCAST && !(sock->flags & SEA_SOCK_BROADCAST))
		return -EACCES;
	if (sea_sock_mtu_discover(sock, flow.family) >= SEA_PMTUDISC_PROBE)
		tx->dst.mtu = tx->dst.link->mtu;
	return 0;
}

int sea_dgram_connect_route(struct sea_dgram *d, const struct sea_endpoint *peer,
			    struct sea_dgram_tx *tx)
{
	*tx = (struct sea_dgram_tx){
		.to = *peer,
		.cmsg = { .tos = sea_sock_tos(&d->sock, peer->family),
			  .mark = d->sock.mark,
			  .oif = d->sock.bound_ifindex },
	};
	return sea_dgram_route(d, tx, 0);
}

int sea_dgram_connect(struct sea_dgram *d, const struct sea_endpoint *peer, struct sea_dgram_tx *tx)
{
	int err = sea_sock_take_scope(&d->sock, peer, SEA_SOCKADDR_CONNECT);

	return err ? err : sea_dgram_connect_route(d, peer, tx);
}

/* -- the steps -- */

static int find_destination(const struct sea_dgram *d, const struct msghdr *msg,
			    enum sea_sockaddr_use use, struct sea_dgram_tx *tx)
{
	int err = 0;

	if (msg->msg_name)
		err = sea_sockaddr_get(&d->sock, use, msg->msg_name, msg->msg_namelen, &tx->to);
	if (err)
		return err;
	if (tx->to.family)
		return tx->to.port || d->sock.protocol != IPPROTO_UDP ? 0 : -EINVAL;
	if (!sea_sock_connected(&d->sock))
		return -EDESTADDRREQ;
	tx->to = sea_sock_peer(&d->sock);
	return 0;
}

int sea_dgram_tx_begin(struct sea_dgram *d, const struct msghdr *msg, int flags,
		       enum sea_sockaddr_use use, struct sea_dgram_tx *tx)
{
	int err;

	*tx = (struct sea_dgram_tx){ .confirm = flags & MSG_CONFIRM };
	err = find_destination(d, msg, use, tx);
	if (!err)
		err = sea_cmsg_tx_read(&d->sock, msg, &tx->to, &tx->cmsg);
	if (!err)
		err = sea_dgram_route(d, tx, flags);
	if (!err && tx->confirm)
		sea_dst_confirm(d->sock.stack, &tx->dst);
	return err;
}

/* Fragments are not to be made. */
static bool wants_whole(const struct sea_sock *sock, uint8_t family)
{
	uint8_t discover = sea_sock_mtu_discover(sock, family);

	if (family == SEA_AF_INET6 && sock->more->flags6 & SEA_SOCK6_DONTFRAG)
		return true;
	return discover >= SEA_PMTUDISC_DO && discover != SEA_PMTUDISC_OMIT;
}

/* An IPv4 header counts against 65535, an IPv6 header does not (RFC 8200 §4.5). */
uint32_t sea_dgram_tx_max(const struct sea_dgram *d, const struct sea_dgram_tx *tx)
{
	uint32_t hdr_len = sea_ip_ops_of(d->sock.stack, tx->dst.family)->hdr_len;
	uint32_t most = tx->dst.family == SEA_AF_INET ? UINT16_MAX - hdr_len : UINT16_MAX;
	uint32_t room = tx->dst.mtu - hdr_len;

	return room < most && wants_whole(&d->sock, tx->dst.family) ? room : most;
}

/* What IP cuts up is weighed in pieces, as on Linux. */
uint32_t sea_dgram_truesize(const struct sea_dgram *d, const struct sea_dgram_tx *tx, uint32_t len)
{
	uint32_t hdr_len = sea_ip_ops_of(d->sock.stack, tx->dst.family)->hdr_len;
	uint32_t room = (tx->dst.mtu - hdr_len) & ~7u, total = len + TRANSPORT_HDR_LEN;

	if (total <= tx->dst.mtu - hdr_len || room < TRANSPORT_HDR_LEN)
		return sea_truesize_dgram(len);
	return total / room * sea_truesize_dgram(room - TRANSPORT_HDR_LEN) +
	       (total % room ? sea_truesize_dgram(total % room > TRANSPORT_HDR_LEN
							  ? total % room - TRANSPORT_HDR_LEN
							  : 0)
			     : 0);
}

int sea_dgram_tx_pkt(struct sea_dgram *d, const struct sea_dgram_tx *tx, uint32_t len,
		     struct sea_pkt **out)
{
	struct sea_sock *sock = &d->sock;
	struct sea_pkt *pkt;
	int err = sea_sock_take_error(sock);

	if (err)
		return -err;
	if (sock->shutdown & SEA_SOCK_SHUT_WR)
		return -EPIPE;
	if (sock->wmem_alloc >= sock->sndbuf)
		return -EAGAIN;
	pkt = sea_pkt_new(&sock->stack->shard.pool, SEA_PKT_HEADROOM, len < PIECE ? len : PIECE);
	if (!pkt)
		return -ENOMEM;
	pkt->time = sock->stack->shard.now;
	pkt->mark = tx->cmsg.mark;
	pkt->priority = tx->cmsg.priority;
	pkt->owner = sock->handle;
	pkt->charged = sea_dgram_truesize(d, tx, len);
	sock->wmem_alloc += (int32_t)pkt->charged;
	*out = pkt;
	return 0;
}

int sea_dgram_tx_fill(struct sea_pkt *pkt, const struct msghdr *msg)
{
	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		const uint8_t *at = msg->msg_iov[i].iov_base;
		size_t left = msg->msg_iov[i].iov_len;

		while (left) {
			uint32_t n = left < PIECE ? (uint32_t)left : PIECE;

			if (!sea_pkt_append(pkt, at, n))
				return -ENOMEM;
			at += n;
			left -= n;
		}
	}
	return 0;
}

static bool wants_df(uint8_t mtu_discover)
{
	return mtu_discover >= SEA_PMTUDISC_WANT && mtu_discover <= SEA_PMTUDISC_PROBE;
}

static uint8_t hops_of(const struct sea_sock *sock, bool to_group)
{
	int hops = to_group ? sock->more->mcast_hops : sock->more->hops;

	return hops < 0 ? 0 : (uint8_t)hops;
}

static uint8_t ttl_of(const struct sea_sock *sock, const struct sea_dgram_tx *tx, bool to_group)
{
	if (tx->cmsg.ttl)
		return tx->cmsg.ttl;
	if (tx->dst.family == SEA_AF_INET6)
		return hops_of(sock, to_group);
	return to_group ? sock->mcast_ttl : sock->ttl;
}

static bool wants_loop(const struct sea_sock *sock, uint8_t family)
{
	return !(sock->more->mcast.off &
		 (family == SEA_AF_INET ? SEA_MCAST_NO_LOOP : SEA_MCAST_NO_LOOP6));
}

int sea_dgram_tx_send(struct sea_dgram *d, const struct sea_dgram_tx *tx, struct sea_pkt *pkt)
{
	const struct sea_sock *sock = &d->sock;
	uint8_t discover = sea_sock_mtu_discover(sock, tx->dst.family);
	bool to_group = tx->dst.type == SEA_ROUTE_MULTICAST;
	uint8_t ttl = ttl_of(sock, tx, to_group);
	const struct sea_ip_tx ip = {
		.proto = sock->protocol,
		.tos = tx->cmsg.tos,
		.ttl = ttl,
		.df = wants_df(discover),
		.nofrag = wants_whole(sock, tx->dst.family),
		.not_to_self = to_group && !wants_loop(sock, tx->dst.family),
		.only_to_self = to_group && !ttl,
	};

	return sea_ip_output(sock->stack, pkt, &tx->dst, &ip);
}
