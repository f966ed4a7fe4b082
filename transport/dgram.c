/* SPDX-License-Identifier: Apache-2.0 */
/* Datagram sockets: their life, the receive queue with its charges, readiness. */
#include "transport/dgram.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "core/checksum.h"
#include "core/link.h"
#include "transport/errq.h"
#include "transport/sockopt.h"

/* <linux/sockios.h>, <asm-generic/ioctls.h> */
#define IOCTL_INQ 0x541bu
#define IOCTL_OUTQ 0x5411u

#define OPT_PATHMTU 61 /* IPV6_PATHMTU */
#define TCP_STATE_ESTABLISHED 1
#define TCP_STATE_CLOSE 7

void sea_dgram_init(struct sea_dgram *d, struct sea_stack *stack, const struct sea_sock_ops *ops,
		    int domain, int type, int protocol)
{
	memset(d, 0, sizeof(*d));
	sea_sock_init(&d->sock, stack, ops, domain, type, protocol);
	sea_pktq_init(&d->rxq);
}

static void drop_all(struct sea_stack *stack, struct sea_pktq *q, enum sea_drop reason)
{
	struct sea_pkt *pkt;

	while ((pkt = sea_pktq_pop(q)))
		sea_pkt_drop(stack, pkt, reason);
}

void sea_dgram_fini(struct sea_dgram *d, enum sea_drop reason)
{
	struct sea_stack *stack = d->sock.stack;

	drop_all(stack, &d->rxq, reason);
	sea_dgram_charge(d, -d->sock.rmem_alloc);
	sea_dst_put(stack, &d->dst);
	sea_sock_fini(&d->sock);
}

/* -- in -- */

/* Whatever its weight, one datagram always has room. */
static bool has_room(const struct sea_sock *sock, uint32_t truesize)
{
	return sock->rmem_alloc == 0 || (int64_t)sock->rmem_alloc + truesize <= sock->rcvbuf;
}

static bool within_quota(const struct sea_dgram *d, uint32_t truesize)
{
	const struct sea_dgram_mem *mem = d->mem;

	return !mem || d->sock.rmem_alloc < mem->rmem_min ||
	       mem->charged + truesize <= (int64_t)mem->limits[2] * SEA_DGRAM_PAGE;
}

void sea_dgram_charge(struct sea_dgram *d, int32_t bytes)
{
	d->sock.rmem_alloc += bytes;
	if (d->mem)
		d->mem->charged += bytes;
}

void sea_dgram_charge_sock(struct sea_sock *sock, int32_t bytes)
{
	sea_dgram_charge(sea_dgram_of(sock), bytes);
}

static int admit(struct sea_dgram *d, struct sea_pkt *pkt, uint32_t truesize, bool keep_headers)
{
	if (!has_room(&d->sock, truesize))
		return -ENOBUFS;
	if (!within_quota(d, truesize))
		return -EDQUOT;
	return sea_pkt_settle(pkt, keep_headers) ? 0 : -ENOMEM;
}

/* IP_CHECKSUM: the sum of what the program reads, where the link summed up. */
static void note_csum(const struct sea_pkt *pkt, sea_csum_fn *fn, struct sea_dgram_cb *cb)
{
	uint32_t hdr_len = sea_pkt_offset(pkt) - (uint32_t)pkt->off_trans;

	cb->has_csum = true;
	cb->csum = sea_csum_sub(pkt->csum, fn(sea_pkt_at(pkt, pkt->off_trans), hdr_len, 0));
}

int sea_dgram_queue(struct sea_dgram *d, struct sea_pkt *pkt, const struct sea_ip_rx *rx,
		    uint16_t sport, uint16_t dport)
{
	struct sea_sock *sock = &d->sock;
	bool keep = sea_cmsg_wants_headers(sock, rx->family);
	uint16_t in_front = (uint16_t)(sea_pkt_offset(pkt) - pkt->off_net);
	struct sea_dgram_cb *cb = SEA_PKT_CB_AS(pkt, struct sea_dgram_cb);
	uint32_t truesize = sea_truesize_rx(pkt);
	int err = admit(d, pkt, truesize, keep);

	if (err) {
		sock->drops++;
		return err;
	}
	*cb = (struct sea_dgram_cb){
		.src = rx->src,
		.dst = rx->dst,
		.sport = sport,
		.dport = dport,
		.ifindex = rx->link->ifindex,
		.drops = sock->drops,
		.flow_label = rx->flow_label,
		.kept = keep ? in_front : 0,
		.hdr_len = rx->hdr_len_net,
		.frag_max = rx->frag_max,
		.family = rx->family,
		.dst_type = rx->dst_type,
		.ttl = rx->ttl,
		.tos = rx->tos,
	};
	if (sock->more->flags4 & SEA_SOCK4_CHECKSUM && pkt->csum_state == SEA_CSUM_COMPLETE)
		note_csum(pkt, sock->stack->csum, cb);
	pkt->link = NULL; /* it may be deleted while the datagram waits */
	pkt->charged = truesize;
	sea_dgram_charge(d, (int32_t)truesize);
	sea_pktq_push(&d->rxq, pkt);
	sea_sock_raise(sock, SEA_POLLIN);
	return 0;
}

/* -- out -- */

size_t sea_dgram_copy_out(const struct sea_pkt *pkt, const struct msghdr *msg)
{
	size_t done = 0;

	for (size_t i = 0; i < msg->msg_iovlen && done < pkt->len; i++) {
		size_t n = msg->msg_iov[i].iov_len;

		n = n < pkt->len - done ? n : pkt->len - done;
		if (n)
			(void)sea_pkt_read(pkt, done, msg->msg_iov[i].iov_base, n);
		done += n;
	}
	return done;
}

static void put_name(const struct sea_dgram *d, const struct sea_dgram_cb *cb, struct msghdr *msg)
{
	struct sea_endpoint from = { .family = cb->family,
				     .port = cb->sport,
				     .scope_id = (uint32_t)cb->ifindex };

	if (d->sock.more->flags6 & SEA_SOCK6_FLOWINFO_SEND)
		from.flowinfo = (uint32_t)cb->tos << 20 | cb->flow_label;
	memcpy(from.addr, &cb->src, sizeof(from.addr));
	if (msg->msg_name)
		sea_sockaddr_put(d->sock.domain, &from, msg->msg_name, &msg->msg_namelen);
}

static void put_cmsgs(const struct sea_dgram *d, const struct sea_pkt *pkt,
		      const struct sea_dgram_cb *cb, struct msghdr *msg)
{
	struct sea_cmsg_rx rx = {
		.time = pkt->time,
		.ifindex = cb->ifindex,
		.mark = pkt->mark,
		.priority = pkt->priority,
		.drops = cb->drops,
		.family = cb->family,
		.tos = cb->tos,
		.ttl = cb->ttl,
		.to_us = cb->dst_type == SEA_ROUTE_LOCAL,
		.dport = cb->dport,
		.frag_max = cb->frag_max,
		.flow_label = cb->flow_label,
		.dst = cb->dst,
		.hdr_len = cb->hdr_len,
		.has_csum = cb->has_csum,
		.csum = cb->csum,
	};
	struct sea_cmsg_out out;

	if (cb->kept)
		rx.hdr = sea_pkt_at(pkt, (uint16_t)(sea_pkt_offset(pkt) - cb->kept));
	sea_cmsg_begin(&out, msg);
	sea_cmsg_rx_put(&d->sock, &rx, &out);
	sea_cmsg_end(&out);
}

/* Linux credits what was read when a quarter of the buffer came together, or the queue is empty. */
static void credit(struct sea_dgram *d, uint32_t truesize)
{
	d->rx_deficit += (int32_t)truesize;
	if (d->rxq.head && d->rx_deficit < d->sock.rcvbuf >> 2)
		return;
	sea_dgram_charge(d, -d->rx_deficit);
	d->rx_deficit = 0;
}

uint8_t sea_dgram_next_family(const struct sea_dgram *d)
{
	if (!d->rxq.head)
		return SEA_AF_INET;
	return SEA_PKT_CB_AS(d->rxq.head, const struct sea_dgram_cb)->family;
}

ssize_t sea_dgram_recvmsg(struct sea_dgram *d, struct msghdr *msg, int flags,
			  enum sea_mib delivered)
{
	struct sea_pkt *pkt = d->rxq.head;
	size_t n;
	int err;

	if (flags & MSG_ERRQUEUE)
		return sea_errq_recv(&d->sock, msg);
	if (sea_errq_has_path_mtu(&d->sock))
		return sea_errq_path_mtu_recv(&d->sock, msg);
	err = sea_sock_take_error(&d->sock);
	if (err)
		return -err;
	if (!pkt)
		return -EAGAIN;
	n = sea_dgram_copy_out(pkt, msg);
	if (n < pkt->len) {
		msg->msg_flags |= MSG_TRUNC;
		n = flags & MSG_TRUNC ? pkt->len : n;
	}
	put_name(d, SEA_PKT_CB_AS(pkt, struct sea_dgram_cb), msg);
	put_cmsgs(d, pkt, SEA_PKT_CB_AS(pkt, struct sea_dgram_cb), msg);
	if (flags & MSG_PEEK)
		return (ssize_t)n;
	sea_pktq_pop(&d->rxq);
	credit(d, pkt->charged);
	if (delivered != SEA_MIB_N)
		sea_stack_count(d->sock.stack, delivered);
	sea_pkt_free(pkt);
	return (ssize_t)n;
}

/* -- readiness -- */

static bool writable(const struct sea_sock *sock)
{
	return sock->wmem_alloc < sock->sndbuf >> 1;
}

uint32_t sea_dgram_poll(struct sea_sock *sock)
{
	const struct sea_dgram *d = sea_dgram_of(sock);
	uint32_t mask = 0;

	if (sock->err || sea_errq_any(sock))
		mask |= SEA_POLLERR;
	if (sea_errq_any(sock) && sock->flags & SEA_SOCK_SELECT_ERR_QUEUE)
		mask |= SEA_POLLPRI;
	if (sock->shutdown & SEA_SOCK_SHUT_RD)
		mask |= SEA_POLLRDHUP | SEA_POLLIN;
	if (sock->shutdown == (SEA_SOCK_SHUT_RD | SEA_SOCK_SHUT_WR))
		mask |= SEA_POLLHUP;
	if (d->rxq.head)
		mask |= SEA_POLLIN;
	if (writable(sock))
		mask |= SEA_POLLOUT;
	return mask;
}

void sea_dgram_tx_done(struct sea_sock *sock)
{
	if (writable(sock))
		sea_sock_raise(sock, SEA_POLLOUT);
}

int sea_dgram_ioctl(struct sea_sock *sock, unsigned long request, int *value)
{
	const struct sea_dgram *d = sea_dgram_of(sock);

	switch (request) {
	case IOCTL_INQ:
		*value = d->rxq.head ? (int)d->rxq.head->len : 0;
		return 0;
	case IOCTL_OUTQ:
		*value = sock->wmem_alloc;
		return 0;
	default:
		return -ENOTTY;
	}
}

/* Takes effect even where Linux answers that there is no connection to shut down. */
int sea_dgram_shutdown(struct sea_sock *sock, int how)
{
	sock->shutdown |= (uint8_t)(how + 1); /* SHUT_RD, _WR, _RDWR: bits 1, 2, both */
	sea_sock_raise(sock, sea_dgram_poll(sock));
	return sea_sock_connected(sock) ? 0 : -ENOTCONN;
}

/* -- options, info -- */

/* Of the path, even where what is sent goes by the link's. */
static uint32_t path_mtu(struct sea_dgram *d)
{
	struct sea_endpoint peer = sea_sock_peer(&d->sock);
	struct sea_dgram_tx tx;

	if (!sea_sock_connected(&d->sock) || sea_dgram_connect_route(d, &peer, &tx))
		return 0;
	return d->dst.mtu;
}

int sea_dgram_getsockopt(struct sea_sock *sock, int level, int name, void *val, socklen_t *len)
{
	uint32_t mtu = 0;

	if (!sea_net_level(sock, level))
		return sock->domain == SEA_AF_INET6 ? -ENOPROTOOPT : -EOPNOTSUPP;
	if (level == IPPROTO_IP ? name == IP_MTU : name == IPV6_MTU || name == OPT_PATHMTU)
		mtu = path_mtu(sea_dgram_of(sock));
	return sea_net_getsockopt(sock, level, name, val, len, mtu);
}

int sea_dgram_setsockopt(struct sea_sock *sock, int level, int name, const void *val, socklen_t len)
{
	if (!sea_net_level(sock, level))
		return -ENOPROTOOPT;
	return sea_net_setsockopt(sock, level, name, val, len);
}

void sea_dgram_info(struct sea_sock *sock, struct sea_socket_info *info)
{
	sea_sock_info(sock, sea_sock_connected(sock) ? TCP_STATE_ESTABLISHED : TCP_STATE_CLOSE,
		      info);
}
