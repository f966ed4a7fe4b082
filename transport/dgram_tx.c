/* SPDX-License-Identifier: Apache-2.0 */
/* Sending datagrams: whereto, by which route, with what room, in which packet. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "core/link.h"
#include "ip/neigh.h"
#include "transport/bind.h"
#include "transport/dgram.h"
#include "transport/label.h"
#include "transport/stamp.h"
#include "transport/txtime.h"
#include "wire/ipv4.h"

/* Larger datagrams are kept in pieces that each fit a size class. */
#define PIECE 32768u
#define TRANSPORT_HDR_LEN 8u /* of UDP and of echo */
#define FLOW_LABEL_MASK 0xfffffu

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

/* A routing header has the packet go by others first. */
static void go_by_first_hop(struct sea_dgram_tx *tx, struct sea_flow *flow)
{
	const uint8_t *hop = sea_ext_first_hop(&tx->ext);

	if (!hop)
		return;
	tx->ext.final = flow->dst;
	memcpy(flow->dst.b, hop, sizeof(flow->dst.b));
}

static struct sea_flow flow_of(const struct sea_dgram *d, struct sea_dgram_tx *tx)
{
	const struct sea_sock *sock = &d->sock;
	struct sea_flow flow = {
		.family = tx->to.family,
		.proto = sock->protocol,
		.tos = tx->cmsg.tos,
		/* IPv6 does not ask again whether an address is ours: a bind() did. */
		.any_src = sock->flags & SEA_SOCK_TRANSPARENT || tx->to.family == SEA_AF_INET6,
		.src_prefs = sock->more->src_prefs,
		.oif = tx->cmsg.oif,
		.mark = tx->cmsg.mark,
		.flow_label = tx->flow_label,
		.sport = sock->lport,
		.dport = tx->to.port,
	};

	memcpy(flow.src.b, tx->cmsg.src, sizeof(flow.src.b));
	if (!d->no_src && sock->family == tx->to.family && is_any(&flow.src))
		memcpy(flow.src.b, sock->laddr, sizeof(flow.src.b));
	memcpy(flow.dst.b, tx->to.addr, sizeof(flow.dst.b));
	sea_flow_name_loopback(&flow);
	go_by_first_hop(tx, &flow);
	if (to_group(&flow))
		leave_by_mcast_if(sock, &flow);
	else if (!flow.oif) /* IP_UNICAST_IF, IPV6_UNICAST_IF */
		flow.oif = flow.family == SEA_AF_INET ? sock->more->oif : sock->more->oif6;
	return flow;
}

static bool same_flow(const struct sea_flow *a, const struct sea_flow *b)
{
	return a->family == b->family && a->tos == b->tos && a->any_src == b->any_src &&
	       a->src_prefs == b->src_prefs && a->oif == b->oif && a->mark == b->mark &&
	       a->flow_label == b->flow_label && a->sport == b->sport && a->dport == b->dport &&
	       sea_ipaddr_equal(&a->src, &b->src) && sea_ipaddr_equal(&a->dst, &b->dst);
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

	err = look_up(d, &flow);
	if (err)
		return err;
	/* The other way round an IPv6 socket has IPv4 to speak from. */
	if (sock->family == SEA_AF_INET && flow.family != SEA_AF_INET)
		return -EAFNOSUPPORT;
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
	*tx = (struct sea_dgram_tx){ .to = *peer };
	sea_cmsg_tx_defaults(&d->sock, peer, &tx->cmsg);
	if (peer->family == SEA_AF_INET6)
		sea_ext_of_sock(&d->sock, &tx->ext);
	return sea_dgram_route(d, tx, 0);
}

int sea_dgram_connect(struct sea_dgram *d, const struct sea_endpoint *peer, struct sea_dgram_tx *tx)
{
	const struct sea_flow_label *lease;
	int err = sea_flow_lease_use(&d->sock, peer->flowinfo & FLOW_LABEL_MASK, &lease);

	if (!err)
		err = sea_sock_take_scope(&d->sock, peer, SEA_SOCKADDR_CONNECT);
	if (!err)
		err = sea_dgram_connect_route(d, peer, tx);
	return err ? err : sea_sock_take_flowinfo(&d->sock, peer);
}

/* -- the steps -- */

int sea_dgram_check4(size_t len, int flags)
{
	if (len > UINT16_MAX)
		return -EMSGSIZE;
	return flags & MSG_OOB ? -EOPNOTSUPP : 0;
}

static size_t total_of(const struct msghdr *msg)
{
	size_t total = 0;

	for (size_t i = 0; i < msg->msg_iovlen; i++)
		total += msg->msg_iov[i].iov_len;
	return total;
}

/*
 * From AF_INET6 to IPv4 Linux goes by the name, even of a peer: port 0 is none then; and a name that is
 * none (AF_UNSPEC) leads it to look for an IPv6 route.
 */
static int check_mapped_peer(const struct msghdr *msg, const struct sea_endpoint *to)
{
	if (msg->msg_name)
		return -ENETUNREACH;
	return to->port ? 0 : -EINVAL;
}

/* A struct sockaddr_in, whatever its length, that an AF_INET6 socket may be given. */
static bool is_inet_name(const struct sea_sock *sock, const struct msghdr *msg)
{
	sa_family_t family;

	if (!msg->msg_name || msg->msg_namelen < sizeof(family) || sock->flags & SEA_SOCK_V6ONLY)
		return false;
	memcpy(&family, msg->msg_name, sizeof(family));
	return family == AF_INET;
}

/* Echo sockets send with any label. */
static bool leases_labels(const struct sea_sock *sock)
{
	return sock->protocol != IPPROTO_ICMPV6;
}

static int find_destination(const struct sea_dgram *d, const struct msghdr *msg, int flags,
			    enum sea_sockaddr_use use, struct sea_dgram_tx *tx)
{
	const struct sea_sock *sock = &d->sock;
	bool udp = sock->protocol == IPPROTO_UDP, named;
	int err = 0;

	if (udp && is_inet_name(sock, msg))
		err = sea_dgram_check4(total_of(msg), flags);
	if (!err && msg->msg_name)
		err = sea_sockaddr_get(sock, use, msg->msg_name, msg->msg_namelen, &tx->to);
	if (err)
		return err;
	named = tx->to.family;
	if (tx->to.family == SEA_AF_INET6 && leases_labels(sock))
		err = sea_flow_lease_use(sock, tx->to.flowinfo & FLOW_LABEL_MASK, &tx->lease);
	if (err)
		return err;
	if (!named && !sea_sock_connected(sock))
		return -EDESTADDRREQ;
	if (!named) {
		tx->to = sea_sock_peer(sock);
		tx->to.flowinfo = sock->more->flowinfo;
	}
	if (udp && tx->to.family == SEA_AF_INET)
		err = sea_dgram_check4(total_of(msg), flags);
	if (!err && udp && named && !tx->to.port)
		err = -EINVAL;
	if (!err && udp && !named && sock->domain != tx->to.family)
		err = check_mapped_peer(msg, &tx->to);
	return err;
}

/* A leased label's headers are instead of all that would stand in front of fragments. */
static void take_lease_ext(struct sea_dgram_tx *tx)
{
	for (unsigned i = 0; i < SEA_EXT_DSTOPTS; i++) {
		tx->ext.at[i] = sea_ext_bytes_of(tx->lease->ext, (enum sea_ext)i);
		tx->ext.len[i] = tx->ext.at[i] ? tx->lease->ext->len[i] : 0;
	}
}

/* Extension headers: the program's for this packet, or else the socket's. Echo sockets send none. */
static void take_ext(const struct sea_sock *sock, struct sea_dgram_tx *tx)
{
	bool own = false;

	if (tx->to.family != SEA_AF_INET6 || sock->protocol == IPPROTO_ICMPV6)
		return;
	for (unsigned i = 0; i < SEA_EXT_N; i++)
		own |= tx->cmsg.ext_len[i] != 0;
	if (!own)
		sea_ext_of_sock(sock, &tx->ext);
	for (unsigned i = 0; own && i < SEA_EXT_N; i++) {
		tx->ext.at[i] = tx->cmsg.ext[i];
		tx->ext.len[i] = tx->cmsg.ext_len[i];
	}
	if (tx->lease)
		take_lease_ext(tx);
}

/*
 * The label that the program names for this packet, in sin6_flowinfo or a control message. Whether a
 * connected socket leases its own was asked by connect(), and is again where there are such messages.
 */
static int take_label(const struct sea_sock *sock, const struct msghdr *msg,
		      struct sea_dgram_tx *tx)
{
	if (tx->to.family != SEA_AF_INET6)
		return 0;
	tx->flow_label = tx->cmsg.has_label ? tx->cmsg.flow_label
					    : tx->to.flowinfo & FLOW_LABEL_MASK;
	if (tx->lease || !msg->msg_control || !msg->msg_controllen || !leases_labels(sock))
		return 0;
	return sea_flow_lease_use(sock, tx->flow_label, &tx->lease);
}

/* Echo sockets are stricter than UDP: an address of a link needs one, and the socket's own no other. */
static int check_scope(const struct sea_sock *sock, const struct sea_endpoint *to)
{
	const struct sea_sock_more *more = sock->more;
	int oif = to->scope_id ? (int)to->scope_id : sock->bound_ifindex;

	if (sock->protocol != IPPROTO_ICMPV6)
		return 0;
	if (oif && sock->bound_ifindex && oif != sock->bound_ifindex)
		return -EINVAL;
	if (!oif)
		oif = more->pktinfo_ifindex;
	if (!oif)
		oif = to->addr[0] == 0xff ? more->mcast.oif6 : more->oif6;
	return sea_endpoint_needs_scope(to) && !oif ? -EINVAL : 0;
}

int sea_dgram_tx_begin(struct sea_dgram *d, const struct msghdr *msg, int flags,
		       enum sea_sockaddr_use use, struct sea_dgram_tx *tx)
{
	int err;

	*tx = (struct sea_dgram_tx){ .confirm = flags & MSG_CONFIRM };
	err = find_destination(d, msg, flags, use, tx);
	if (!err)
		err = check_scope(&d->sock, &tx->to);
	if (!err)
		err = sea_cmsg_tx_read(&d->sock, msg, &tx->to, &tx->cmsg);
	if (err)
		return err;
	err = take_label(&d->sock, msg, tx);
	if (err)
		return err;
	take_ext(&d->sock, tx);
	err = sea_dgram_route(d, tx, flags);
	if (!err && tx->confirm)
		sea_dst_confirm(d->sock.stack, &tx->dst);
	return err;
}

/* -- what may be sent -- */

static bool wants_df(uint8_t mtu_discover)
{
	return mtu_discover >= SEA_PMTUDISC_WANT && mtu_discover <= SEA_PMTUDISC_PROBE;
}

bool sea_dgram_dontfrag(const struct sea_dgram *d, const struct sea_dgram_tx *tx)
{
	if (tx->cmsg.dontfrag >= 0)
		return tx->cmsg.dontfrag;
	return d->sock.more->flags6 & SEA_SOCK6_DONTFRAG;
}

/* Fragments are not to be made. */
static bool wants_whole(const struct sea_dgram *d, const struct sea_dgram_tx *tx)
{
	uint8_t discover = sea_sock_mtu_discover(&d->sock, tx->dst.family);

	if (tx->dst.family == SEA_AF_INET6 && sea_dgram_dontfrag(d, tx))
		return true;
	return discover >= SEA_PMTUDISC_DO && discover != SEA_PMTUDISC_OMIT;
}

static uint32_t hdr_len_of(const struct sea_dgram *d, const struct sea_dgram_tx *tx)
{
	uint32_t len =
		sea_ip_ops_of(d->sock.stack, tx->dst.family)->hdr_len + sea_ext_len(&tx->ext);

	return tx->dst.family == SEA_AF_INET ? len + d->sock.more->ip_opts_len : len;
}

/* An IPv4 header counts against 65535, an IPv6 header does not (RFC 8200 §4.5). */
uint32_t sea_dgram_tx_max(const struct sea_dgram *d, const struct sea_dgram_tx *tx)
{
	uint32_t hdr_len = hdr_len_of(d, tx);
	uint32_t most =
		UINT16_MAX - (tx->dst.family == SEA_AF_INET ? hdr_len : sea_ext_len(&tx->ext));
	uint32_t room = tx->dst.mtu > hdr_len ? tx->dst.mtu - hdr_len : 0;

	return room < most && wants_whole(d, tx) ? room : most;
}

bool sea_dgram_tx_gathers(const struct sea_dgram *d, const struct sea_dgram_tx *tx, size_t len)
{
	return tx->dst.link->features & SEA_LINK_F_TX_CSUM && !sea_ext_len(&tx->ext) &&
	       len + TRANSPORT_HDR_LEN + hdr_len_of(d, tx) <= tx->dst.mtu;
}

/* What IP cuts up is weighed in pieces, as on Linux. */
uint32_t sea_dgram_truesize(const struct sea_dgram *d, const struct sea_dgram_tx *tx, uint32_t len)
{
	uint32_t hdr_len = hdr_len_of(d, tx), total = len + TRANSPORT_HDR_LEN;
	uint32_t room = tx->dst.mtu > hdr_len ? (tx->dst.mtu - hdr_len) & ~7u : 0;

	if (total <= tx->dst.mtu - hdr_len || room < TRANSPORT_HDR_LEN)
		return sea_truesize_dgram(len);
	return total / room * sea_truesize_dgram(room - TRANSPORT_HDR_LEN) +
	       (total % room ? sea_truesize_dgram(total % room > TRANSPORT_HDR_LEN
							  ? total % room - TRANSPORT_HDR_LEN
							  : 0)
			     : 0);
}

/* Datagrams are numbered, unless the program names them. */
static uint32_t key_of(struct sea_sock *sock, const struct sea_dgram_tx *tx)
{
	if (tx->cmsg.has_tskey)
		return tx->cmsg.tskey;
	return sock->more->tsflags & SEA_SOF_OPT_ID ? sea_sock_more_edit(sock)->tskey++ : 0;
}

/* When it left is to be told, or when it may leave is said. */
static void take_times(struct sea_sock *sock, const struct sea_dgram_tx *tx, struct sea_pkt *pkt)
{
	if (tx->cmsg.tsflags & SEA_SOF_TX_PACKET)
		sea_stamp_ask(pkt, tx->cmsg.tsflags, key_of(sock, tx));
	if (tx->cmsg.tsflags & SEA_SOF_TXTIME)
		sea_txtime_put(pkt, &tx->cmsg);
}

/* In the packet's first piece. */
static uint32_t room_of(const struct sea_dgram_tx *tx, uint32_t len)
{
	if (tx->lent)
		return 0;
	return len < PIECE ? len : PIECE;
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
	pkt = sea_pkt_new(&sock->stack->shard.pool, SEA_PKT_HEADROOM, room_of(tx, len));
	if (!pkt)
		return -ENOMEM;
	pkt->time = sock->stack->shard.now;
	pkt->mark = tx->cmsg.mark;
	pkt->priority = tx->cmsg.priority;
	pkt->owner = sock->handle;
	pkt->charged = sea_dgram_truesize(d, tx, len);
	sock->wmem_alloc += (int32_t)pkt->charged;
	if (__builtin_expect(tx->cmsg.tsflags & (SEA_SOF_TX_PACKET | SEA_SOF_TXTIME), 0))
		take_times(sock, tx, pkt);
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

static int hops_of(const struct sea_sock *sock, bool to_group)
{
	return to_group ? sock->more->mcast_hops : sock->more->hops;
}

/* 0: the default. */
static uint8_t ttl_of(const struct sea_sock *sock, const struct sea_dgram_tx *tx, bool to_group)
{
	int ttl = tx->cmsg.ttl;

	if (ttl < 0 && tx->dst.family == SEA_AF_INET6)
		ttl = hops_of(sock, to_group);
	else if (ttl < 0)
		ttl = to_group ? sock->mcast_ttl : sock->ttl;
	return ttl < 0 ? 0 : (uint8_t)ttl;
}

static bool wants_loop(const struct sea_sock *sock, uint8_t family)
{
	return !(sock->more->mcast.off &
		 (family == SEA_AF_INET ? SEA_MCAST_NO_LOOP : SEA_MCAST_NO_LOOP6));
}

int sea_dgram_tx_send(struct sea_dgram *d, const struct sea_dgram_tx *tx, struct sea_pkt *pkt)
{
	const struct sea_sock *sock = &d->sock;
	bool six = tx->dst.family == SEA_AF_INET6;
	bool to_group = tx->dst.type == SEA_ROUTE_MULTICAST;
	uint8_t ttl = ttl_of(sock, tx, to_group);
	struct sea_ip_tx ip = {
		.proto = sock->protocol,
		.tos = tx->cmsg.tos,
		.ttl = ttl,
		.df = wants_df(sea_sock_mtu_discover(sock, tx->dst.family)),
		.nofrag = wants_whole(d, tx),
		.frag_size = six ? sock->more->frag_size : 0,
		.flow_label = tx->flow_label,
		.auto_label = sea_label_mode(sock),
		.not_to_self = to_group && !wants_loop(sock, tx->dst.family),
		.only_to_self = to_group && !ttl,
	};

	if (sea_ext_len(&tx->ext))
		return sea_ext_output(sock->stack, &tx->ext, &tx->dst, &ip, pkt);
	if (tx->dst.family == SEA_AF_INET) {
		ip.opts = sock->more->ip_opts;
		ip.opts_len = sock->more->ip_opts_len;
	}
	return sea_ip_output(sock->stack, pkt, &tx->dst, &ip);
}
