/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of errors about datagrams that were sent: SO_ERROR for connected sockets, a path MTU,
 * and, for those who asked with IP_RECVERR, a queue that tells which datagram met which error.
 */
#include "transport/dgram_err.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <linux/errqueue.h>

#include "core/link.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"

/* The offender behind sock_extended_err, as SO_EE_OFFENDER() finds it. */
struct recverr {
	struct sock_extended_err ee;
	struct sockaddr_in offender;
};

static bool is_icmp(const struct sea_pkt *pkt)
{
	return pkt &&
	       SEA_PKT_CB_AS(pkt, const struct sea_dgram_err_cb)->origin == SO_EE_ORIGIN_ICMP;
}

/* Charged like data, and refused when the buffer is full; never mind, it was only news. */
static void queue(struct sea_dgram *d, struct sea_pkt *pkt, const struct sea_dgram_err_cb *cb)
{
	struct sea_sock *sock = &d->sock;
	uint32_t truesize = sea_truesize_dgram(pkt->len);

	if ((int64_t)sock->rmem_alloc + truesize >= sock->rcvbuf) {
		sea_pkt_drop(sock->stack, pkt, SEA_DROP_SOCKET_ERRQ);
		return;
	}
	*SEA_PKT_CB_AS(pkt, struct sea_dgram_err_cb) = *cb;
	pkt->link = NULL;
	pkt->charged = truesize;
	sea_dgram_charge(d, (int32_t)truesize);
	sea_pktq_push(&d->errq, pkt);
	sea_sock_raise(sock, SEA_POLLERR);
}

/* The quoted datagram's payload: a copy, since the message itself goes its own way. */
static struct sea_pkt *copy_quote(struct sea_dgram *d, const struct sea_icmp_error *error,
				  uint32_t hdr_len)
{
	uint32_t len = error->quote_len > hdr_len ? error->quote_len - hdr_len : 0;
	struct sea_pkt *pkt = sea_pkt_new(&d->sock.stack->shard.pool, 0, len);

	if (pkt && !sea_pkt_append(pkt, error->quote + hdr_len, len)) {
		sea_pkt_free(pkt);
		return NULL;
	}
	return pkt;
}

static void queue_icmp(struct sea_dgram *d, const struct sea_icmp_error *error, int err,
		       uint32_t hdr_len)
{
	const struct sea_dgram_err_cb cb = {
		.from = error->from,
		.dst = error->dst,
		.err = (uint32_t)err,
		.info = error->mtu,
		.dport = d->sock.protocol == IPPROTO_UDP ? sea_get16(error->quote + 2) : 0,
		.origin = SO_EE_ORIGIN_ICMP,
		.type = error->type,
		.code = error->code,
		.family = error->family,
	};
	struct sea_pkt *pkt = copy_quote(d, error, hdr_len);

	if (pkt)
		queue(d, pkt, &cb);
}

static void learn_mtu(struct sea_dgram *d, const struct sea_icmp_error *error)
{
	const struct sea_flow flow = {
		.family = error->family,
		.proto = d->sock.protocol,
		.oif = d->sock.bound_ifindex,
		.mark = d->sock.mark,
		.dst = error->dst,
	};

	sea_ip_pmtu_update(d->sock.stack, &flow, error->mtu);
}

void sea_dgram_icmp_error(struct sea_dgram *d, const struct sea_icmp_error *error, uint32_t hdr_len)
{
	struct sea_sock *sock = &d->sock;
	bool recverr = sea_sock_recverr(sock, error->family), hard = error->hard;
	int err = error->err;

	if (sea_icmp_error_is_too_big(error)) {
		learn_mtu(d, error);
		if (sea_sock_mtu_discover(sock, error->family) == SEA_PMTUDISC_DONT)
			return;
		hard = true;
	}
	if (!err)
		return;
	if (recverr)
		queue_icmp(d, error, err, hdr_len);
	else if (!hard || !sea_sock_connected(sock))
		return;
	sea_sock_set_error(sock, err);
}

int sea_dgram_too_big(struct sea_dgram *d, const struct sea_dgram_tx *tx)
{
	struct sea_dgram_err_cb cb = {
		.dst = tx->dst.dst,
		.err = EMSGSIZE,
		.info = tx->dst.mtu,
		.dport = tx->to.port,
		.origin = SO_EE_ORIGIN_LOCAL,
		.family = tx->dst.family,
	};
	struct sea_pkt *pkt;

	if (sea_sock_recverr(&d->sock, tx->dst.family)) {
		pkt = sea_pkt_new(&d->sock.stack->shard.pool, 0, 0);
		if (pkt)
			queue(d, pkt, &cb);
	}
	return -EMSGSIZE;
}

/* -- reading it -- */

/* As Linux: the error that SO_ERROR holds is that of the ICMP error next in line. */
static void pass_on_error(struct sea_dgram *d, bool was_icmp)
{
	struct sea_pkt *next = d->errq.head;

	if (is_icmp(next))
		d->sock.err = (int)SEA_PKT_CB_AS(next, struct sea_dgram_err_cb)->err;
	else if (was_icmp)
		d->sock.err = 0;
	if (next)
		sea_sock_raise(&d->sock, SEA_POLLERR);
}

static void put_recverr(const struct sea_dgram_err_cb *cb, struct msghdr *msg)
{
	struct recverr e = {
		.ee = { .ee_errno = cb->err,
			.ee_origin = cb->origin,
			.ee_type = cb->type,
			.ee_code = cb->code,
			.ee_info = cb->info },
	};
	struct sea_cmsg_out out;

	if (cb->origin == SO_EE_ORIGIN_ICMP) {
		e.offender.sin_family = cb->family;
		memcpy(&e.offender.sin_addr, cb->from.b, sizeof(e.offender.sin_addr));
	}
	sea_cmsg_begin(&out, msg);
	sea_cmsg_put(&out, IPPROTO_IP, IP_RECVERR, &e, sizeof(e));
	sea_cmsg_end(&out);
}

static void put_name(const struct sea_dgram *d, const struct sea_dgram_err_cb *cb,
		     struct msghdr *msg)
{
	struct sea_endpoint to = { .family = cb->family, .port = cb->dport };

	memcpy(to.addr, cb->dst.b, sizeof(to.addr));
	if (msg->msg_name)
		sea_sockaddr_put(d->sock.domain, &to, msg->msg_name, &msg->msg_namelen);
}

ssize_t sea_dgram_err_recv(struct sea_dgram *d, struct msghdr *msg, int flags)
{
	struct sea_pkt *pkt = sea_pktq_pop(&d->errq);
	const struct sea_dgram_err_cb *cb;
	size_t n;

	(void)flags; /* peeking is not for errors, on Linux either */
	if (!pkt)
		return -EAGAIN;
	cb = SEA_PKT_CB_AS(pkt, struct sea_dgram_err_cb);
	n = sea_dgram_copy_out(pkt, msg);
	msg->msg_flags |= MSG_ERRQUEUE | (n < pkt->len ? MSG_TRUNC : 0);
	put_name(d, cb, msg);
	put_recverr(cb, msg);
	sea_dgram_charge(d, -(int32_t)pkt->charged);
	pass_on_error(d, is_icmp(pkt));
	sea_pkt_free(pkt);
	return (ssize_t)n;
}

void sea_dgram_err_purge(struct sea_dgram *d)
{
	struct sea_pkt *pkt;

	while ((pkt = sea_pktq_pop(&d->errq))) {
		sea_dgram_charge(d, -(int32_t)pkt->charged);
		sea_pkt_free(pkt);
	}
}
