/* SPDX-License-Identifier: Apache-2.0 */
/* The error queue: entries made of ICMP messages and of errors found here, and read with MSG_ERRQUEUE. */
#include "transport/errq.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <linux/errqueue.h>
#include <linux/in6.h>

#include "core/checksum.h"
#include "core/link.h"
#include "transport/cmsg.h"
#include "transport/dgram.h"
#include "transport/sockaddr.h"
#include "transport/stamp.h"
#include "transport/zerocopy.h"
#include "wire/ether.h"
#include "wire/icmp.h"
#include "wire/icmp6.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

#define STATS_MAX 512u
#define RFC4884_QUOTE_MIN 128u
#define RFC4884_EXT_LEN 4u
#define RFC4884_VERSION 2u
#define RFC4884_INVALID 1 /* SO_EE_RFC4884_FLAG_INVALID */

/* Of a queued error. The packet's bytes are what we had sent, and behind them an err_tail. */
struct err_cb {
	struct sea_ipaddr from, dst;
	uint32_t err, info, data;
	uint16_t dport;
	uint8_t origin, type, code, family;
	bool stats; /* the bytes are SCM_TIMESTAMPING_OPT_STATS */
};

/* The ICMP message itself, as control messages show it. */
struct err_tail {
	struct sea_ipaddr to;
	int32_t ifindex;
	uint32_t flow_label;
	uint16_t ext_at; /* RFC 4884: where the extension begins in what we had sent; 0: nowhere */
	uint8_t ext_flags, ttl, tos;
	uint8_t unused[3];
};

/* The layout that SO_EE_OFFENDER() expects. */
struct recverr4 {
	struct sock_extended_err ee;
	struct sockaddr_in offender;
};

struct recverr6 {
	struct sock_extended_err ee;
	struct sockaddr_in6 offender;
};

static struct err_cb *cb_of(const struct sea_pkt *pkt)
{
	return SEA_PKT_CB_AS((struct sea_pkt *)(uintptr_t)pkt, struct err_cb);
}

static bool is_icmp(const struct sea_pkt *pkt)
{
	return pkt && (cb_of(pkt)->origin == SO_EE_ORIGIN_ICMP ||
		       cb_of(pkt)->origin == SO_EE_ORIGIN_ICMP6);
}

/* -- making an entry -- */

/* What waits is charged like data where the protocol does so; else it is bounded alike. */
static bool has_room(const struct sea_sock *sock, uint32_t truesize)
{
	const struct sea_pktq *q = &sock->more->errq;
	int64_t waits = sock->rmem_alloc;

	if (!sock->ops->charge)
		waits += (int64_t)q->bytes + (int64_t)q->n * sea_truesize_dgram(0);
	return waits + truesize < sock->rcvbuf;
}

/* Refused when the buffer is full; never mind, it was only news. */
static void push(struct sea_sock *sock, struct sea_pkt *pkt, const struct err_cb *cb)
{
	uint32_t truesize = sea_truesize_dgram(pkt->len);
	struct sea_sock_more *more = sea_sock_more_edit(sock);

	if (!more || !has_room(sock, truesize)) {
		sea_pkt_drop(sock->stack, pkt, SEA_DROP_SOCKET_ERRQ);
		return;
	}
	*cb_of(pkt) = *cb;
	pkt->link = NULL;
	pkt->charged = truesize;
	pkt->time = sock->stack->shard.now;
	if (sock->ops->charge)
		sock->ops->charge(sock, (int32_t)truesize);
	sea_pktq_push(&more->errq, pkt);
	sea_sock_raise(sock, SEA_POLLERR);
}

/* Bytes between the packet's first one and what is behind the quoted headers. */
static uint32_t payload_at(const struct sea_icmp_error *e, uint32_t hdr_len)
{
	const struct sea_pkt *msg = e->pkt;
	uint32_t at = (uint32_t)(e->quote - (const uint8_t *)sea_pkt_at(msg, sea_pkt_offset(msg)));

	at += hdr_len;
	return at < msg->len ? at : msg->len;
}

/* A copy, since the message itself goes its own way; with room for the tail. */
static struct sea_pkt *copy_payload(struct sea_sock *sock, const struct sea_icmp_error *e,
				    uint32_t hdr_len)
{
	uint32_t at = payload_at(e, hdr_len), len = e->pkt->len - at;
	struct sea_pkt *pkt =
		sea_pkt_new(&sock->stack->shard.pool, 0, len + (uint32_t)sizeof(struct err_tail));

	if (pkt && len)
		(void)sea_pkt_read(e->pkt, at, sea_pkt_put(pkt, len), len);
	return pkt;
}

static bool add_tail(struct sea_sock *sock, struct sea_pkt *pkt, const struct err_tail *tail)
{
	if (sea_pkt_append(pkt, tail, sizeof(*tail)))
		return true;
	sea_pkt_drop(sock->stack, pkt, SEA_DROP_SOCKET_ERRQ);
	return false;
}

/* -- RFC 4884: how long the quotation is, and whether what follows it is right -- */

static bool wants_rfc4884(const struct sea_sock *sock, uint8_t family)
{
	return family == SEA_AF_INET ? sock->more->flags4 & SEA_SOCK4_RFC4884
				     : sock->more->flags6 & SEA_SOCK6_RFC4884;
}

/* The length field of the message, in bytes; 0: it has none. */
static uint32_t quote_len_of(const struct sea_icmp_error *e, const uint8_t *icmp)
{
	if (e->family == SEA_AF_INET)
		return e->type == SEA_ICMP_DEST_UNREACH || e->type == SEA_ICMP_TIME_EXCEEDED ||
				       e->type == SEA_ICMP_PARAM_PROBLEM
			       ? icmp[5] * 4u
			       : 0;
	return e->type == SEA_ICMP6_DEST_UNREACH || e->type == SEA_ICMP6_TIME_EXCEEDED
		       ? icmp[4] * 8u
		       : 0;
}

static bool extension_right(const struct sea_sock *sock, const struct sea_pkt *pkt, uint32_t at)
{
	uint8_t ext[RFC4884_EXT_LEN];

	(void)sea_pkt_read(pkt, at, ext, sizeof(ext));
	if (ext[0] >> 4 != RFC4884_VERSION || !(ext[2] | ext[3]))
		return true;
	return sea_csum_fold(sea_pkt_csum(pkt, at, pkt->len - at, sock->stack->csum)) == 0xffff;
}

/* Counted from where the program's own bytes begin: `skipped` of the quotation stand in front of them. */
static void find_extension(const struct sea_sock *sock, const struct sea_pkt *pkt,
			   uint32_t quote_len, uint32_t skipped, struct err_tail *tail)
{
	uint32_t at = quote_len - skipped;

	if (quote_len < RFC4884_QUOTE_MIN || quote_len < skipped || at + RFC4884_EXT_LEN > pkt->len)
		return;
	tail->ext_at = (uint16_t)at;
	if (!extension_right(sock, pkt, at))
		tail->ext_flags = RFC4884_INVALID;
}

/* -- the two kinds of entries -- */

/* What the message's own IP header says. */
static void read_message(const struct sea_icmp_error *e, struct err_tail *tail)
{
	const uint8_t *ip = sea_pkt_at(e->pkt, e->pkt->off_net);

	tail->ifindex = e->pkt->link ? e->pkt->link->ifindex : 0;
	if (e->family == SEA_AF_INET) {
		const struct sea_ipv4_hdr *hdr = (const void *)ip;

		memcpy(tail->to.b, &hdr->dst, sizeof(hdr->dst));
		tail->ttl = hdr->ttl;
		tail->tos = hdr->tos;
	} else {
		const struct sea_ipv6_hdr *hdr = (const void *)ip;
		uint32_t word = sea_be32_get(hdr->ver_class_flow);

		memcpy(tail->to.b, hdr->dst, sizeof(hdr->dst));
		tail->ttl = hdr->hop_limit;
		tail->tos = (uint8_t)(word >> 20);
		tail->flow_label = word & 0xfffff;
	}
}

/* IPv4: the next hop's MTU, or the place of the problem; IPv6: the message's second word. */
static uint32_t info_of(const struct sea_icmp_error *e, const uint8_t *icmp)
{
	if (e->family != SEA_AF_INET)
		return sea_get32(icmp + 4);
	if (e->redirect) /* the better router */
		return sea_get32(icmp + 4);
	return e->type == SEA_ICMP_PARAM_PROBLEM ? icmp[4] : e->mtu;
}

void sea_errq_icmp(struct sea_sock *sock, const struct sea_icmp_error *e, uint32_t hdr_len,
		   uint16_t dport)
{
	const uint8_t *icmp = sea_pkt_at(e->pkt, e->pkt->off_trans);
	const struct err_cb cb = {
		.from = e->from,
		.dst = e->dst,
		.err = (uint32_t)e->err,
		.info = info_of(e, icmp),
		.dport = dport,
		.origin = e->family == SEA_AF_INET ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6,
		.type = e->type,
		.code = e->code,
		.family = e->family,
	};
	struct err_tail tail = { 0 };
	struct sea_pkt *pkt;

	pkt = copy_payload(sock, e, hdr_len);
	if (!pkt)
		return;
	read_message(e, &tail);
	if (wants_rfc4884(sock, e->family))
		find_extension(sock, pkt, quote_len_of(e, icmp), payload_at(e, hdr_len), &tail);
	if (add_tail(sock, pkt, &tail))
		push(sock, pkt, &cb);
}

void sea_errq_local(struct sea_sock *sock, const struct sea_endpoint *to, int err, uint32_t info)
{
	struct err_cb cb = {
		.err = (uint32_t)err,
		.info = info,
		.dport = to->port,
		.origin = SO_EE_ORIGIN_LOCAL,
		.family = to->family,
	};
	const struct err_tail tail = { .ifindex = (int)to->scope_id };
	struct sea_pkt *pkt = sea_pkt_new(&sock->stack->shard.pool, 0, sizeof(tail));

	memcpy(cb.dst.b, to->addr, sizeof(cb.dst.b));
	if (pkt && add_tail(sock, pkt, &tail))
		push(sock, pkt, &cb);
}

struct sea_pkt *sea_errq_make(struct sea_sock *sock)
{
	const struct err_tail tail = { 0 };
	struct sea_pkt *pkt = sea_pkt_new(&sock->stack->shard.pool, 0, sizeof(tail));

	return pkt && add_tail(sock, pkt, &tail) ? pkt : NULL;
}

/* Has the entry nobody that it tells of, and no name? */
static bool is_own(const struct err_cb *cb)
{
	return cb->origin == SO_EE_ORIGIN_ZEROCOPY || cb->origin == SO_EE_ORIGIN_TIMESTAMPING;
}

/* -- timestamps -- */

static void note_headers(const struct sea_pkt *pkt, struct err_cb *cb, struct err_tail *tail)
{
	const uint8_t *ip = sea_pkt_at(pkt, pkt->off_net);

	cb->family = pkt->protocol == SEA_ETHERTYPE_IPV4 ? SEA_AF_INET : SEA_AF_INET6;
	tail->ifindex = pkt->link->ifindex;
	if (cb->family == SEA_AF_INET) {
		const struct sea_ipv4_hdr *hdr = (const void *)ip;

		memcpy(cb->from.b, &hdr->src, sizeof(hdr->src));
		memcpy(tail->to.b, &hdr->dst, sizeof(hdr->dst));
		tail->ttl = hdr->ttl;
		tail->tos = hdr->tos;
	} else {
		const struct sea_ipv6_hdr *hdr = (const void *)ip;

		memcpy(cb->from.b, hdr->src, sizeof(hdr->src));
		memcpy(tail->to.b, hdr->dst, sizeof(hdr->dst));
		tail->ttl = hdr->hop_limit;
		tail->tos = (uint8_t)(sea_be32_get(hdr->ver_class_flow) >> 20);
	}
}

void sea_errq_stamp(struct sea_sock *sock, struct sea_pkt *bytes, enum sea_stamp which,
		    uint32_t key, bool stats)
{
	struct err_cb cb = {
		.err = ENOMSG,
		.info = which,
		.data = key,
		.origin = SO_EE_ORIGIN_TIMESTAMPING,
		.stats = stats,
	};
	struct err_tail tail = { 0 };

	if (sock->more->tsflags & SEA_SOF_OPT_CMSG && bytes->link && bytes->len)
		note_headers(bytes, &cb, &tail);
	if (add_tail(sock, bytes, &tail))
		push(sock, bytes, &cb);
}

/* -- MSG_ZEROCOPY -- */

static void give_optmem_back(struct sea_sock *sock)
{
	sea_sock_more_edit(sock)->optmem -= SEA_ZC_OPTMEM;
}

/* It tells of [from, to] as well, whatever it says of copies (as Linux). */
static bool extend(struct sea_pkt *newest, uint32_t from, uint32_t to)
{
	struct err_cb *cb = newest ? cb_of(newest) : NULL;

	if (!cb || cb->origin != SO_EE_ORIGIN_ZEROCOPY || from != cb->data + 1 ||
	    to - cb->info == UINT32_MAX)
		return false;
	cb->data = to;
	return true;
}

void sea_errq_zerocopy(struct sea_sock *sock, struct sea_pkt *note, uint32_t from, uint32_t to,
		       bool copied)
{
	struct sea_sock_more *more = sea_sock_more_edit(sock); /* it has one */

	if (extend(sea_pktq_last(&more->errq), from, to)) {
		give_optmem_back(sock);
		sea_pkt_free(note);
	} else {
		*cb_of(note) = (struct err_cb){
			.origin = SO_EE_ORIGIN_ZEROCOPY,
			.code = copied ? SO_EE_CODE_ZEROCOPY_COPIED : 0,
			.info = from,
			.data = to,
		};
		note->time = sock->stack->shard.now;
		sea_pktq_push(&more->errq, note);
	}
	sea_sock_raise(sock, SEA_POLLERR);
}

/* -- reading -- */

static void credit(struct sea_sock *sock, const struct sea_pkt *pkt)
{
	if (cb_of(pkt)->origin == SO_EE_ORIGIN_ZEROCOPY)
		give_optmem_back(sock);
	else if (sock->ops->charge)
		sock->ops->charge(sock, -(int32_t)pkt->charged);
}

/* As Linux: the error that SO_ERROR holds is that of the ICMP error next in line. */
static void pass_on_error(struct sea_sock *sock, bool was_icmp)
{
	const struct sea_pkt *next = sock->more->errq.head;

	if (is_icmp(next))
		sock->err = (int)cb_of(next)->err;
	else if (was_icmp)
		sock->err = 0;
	if (next)
		sea_sock_raise(sock, SEA_POLLERR);
}

static struct sock_extended_err extended_of(const struct err_cb *cb, const struct err_tail *tail)
{
	struct sock_extended_err ee = {
		.ee_errno = cb->err,
		.ee_origin = cb->origin,
		.ee_type = cb->type,
		.ee_code = cb->code,
		.ee_info = cb->info,
	};

	if (is_own(cb)) {
		ee.ee_data = cb->data;
		return ee;
	}
	/* struct sock_ee_data_rfc4884 stands at ee_data. */
	memcpy(&ee.ee_data, &tail->ext_at, sizeof(tail->ext_at));
	memcpy((uint8_t *)&ee.ee_data + 2, &tail->ext_flags, sizeof(tail->ext_flags));
	return ee;
}

/* Is it about a packet that somebody sent: a router, or we (SOF_TIMESTAMPING_OPT_CMSG)? */
static bool has_offender(const struct err_cb *cb)
{
	if (cb->origin == SO_EE_ORIGIN_TIMESTAMPING)
		return cb->family;
	return cb->origin != SO_EE_ORIGIN_LOCAL && cb->origin != SO_EE_ORIGIN_ZEROCOPY;
}

static void put_recverr(const struct sea_sock *sock, const struct err_cb *cb,
			const struct err_tail *tail, struct sea_cmsg_out *out)
{
	struct recverr4 e4 = { .ee = extended_of(cb, tail) };
	struct recverr6 e6 = { .ee = e4.ee };
	struct sea_endpoint from = { .family = cb->family, .scope_id = (uint32_t)tail->ifindex };
	struct sockaddr_storage addr;
	socklen_t len;

	memcpy(from.addr, cb->from.b, sizeof(from.addr));
	len = sea_sockaddr_make(sock->domain, &from, &addr);
	if (sock->domain == SEA_AF_INET) {
		if (has_offender(cb))
			memcpy(&e4.offender, &addr, len);
		sea_cmsg_put(out, IPPROTO_IP, IP_RECVERR, &e4, sizeof(e4));
		return;
	}
	if (has_offender(cb))
		memcpy(&e6.offender, &addr, len);
	sea_cmsg_put(out, IPPROTO_IPV6, IPV6_RECVERR, &e6, sizeof(e6));
}

static void put_stats(const struct sea_pkt *pkt, struct sea_cmsg_out *out)
{
	uint8_t bytes[STATS_MAX];
	uint32_t len = pkt->len < STATS_MAX ? pkt->len : STATS_MAX;

	if (len)
		(void)sea_pkt_read(pkt, 0, bytes, len);
	sea_cmsg_put(out, SOL_SOCKET, SEA_SCM_OPT_STATS, bytes, len);
}

/* As Linux: those of MSG_ZEROCOPY have none of their own. */
static bool has_time(const struct sea_sock *sock, const struct err_cb *cb)
{
	return cb->origin != SO_EE_ORIGIN_ZEROCOPY ||
	       sock->flags & (SEA_SOCK_TIMESTAMP | SEA_SOCK_TIMESTAMPNS);
}

static void put_cmsgs(const struct sea_sock *sock, const struct sea_pkt *pkt,
		      const struct err_tail *tail, struct msghdr *msg)
{
	const struct err_cb *cb = cb_of(pkt);
	const struct sea_cmsg_rx rx = {
		.time = pkt->time,
		.ifindex = tail->ifindex,
		.family = cb->family,
		.tos = tail->tos,
		.ttl = tail->ttl,
		.flow_label = tail->flow_label,
		.dst = tail->to,
		.from_us = cb->origin == SO_EE_ORIGIN_TIMESTAMPING ? &cb->from : NULL,
	};
	struct sea_cmsg_out out;

	sea_cmsg_begin(&out, msg);
	if (has_time(sock, cb))
		sea_cmsg_time_put(sock, pkt->time, true, &out);
	if (cb->stats)
		put_stats(pkt, &out);
	if (has_offender(cb))
		sea_cmsg_err_put(sock, &rx, &out);
	put_recverr(sock, cb, tail, &out);
	sea_cmsg_end(&out);
}

static void put_name(const struct sea_sock *sock, const struct err_cb *cb,
		     const struct err_tail *tail, struct msghdr *msg)
{
	struct sea_endpoint to = { .family = cb->family,
				   .port = cb->dport,
				   .scope_id = (uint32_t)tail->ifindex };

	memcpy(to.addr, cb->dst.b, sizeof(to.addr));
	if (is_own(cb))
		msg->msg_namelen = 0;
	else if (msg->msg_name)
		sea_sockaddr_put(sock->domain, &to, msg->msg_name, &msg->msg_namelen);
}

/* None is there only where what was loaded is not what was saved. */
static void take_tail(struct sea_pkt *pkt, struct err_tail *tail)
{
	*tail = (struct err_tail){ 0 };
	if (pkt->len < sizeof(*tail))
		return;
	(void)sea_pkt_read(pkt, pkt->len - sizeof(*tail), tail, sizeof(*tail));
	sea_pkt_trim_to(pkt, pkt->len - (uint32_t)sizeof(*tail));
}

ssize_t sea_errq_recv(struct sea_sock *sock, struct msghdr *msg)
{
	struct sea_pkt *pkt;
	struct err_tail tail;
	size_t n;

	if (!sea_errq_any(sock))
		return -EAGAIN;
	pkt = sea_pktq_pop(&sea_sock_more_edit(sock)->errq);
	take_tail(pkt, &tail);
	n = sea_dgram_copy_out(pkt, msg);
	msg->msg_flags |= MSG_ERRQUEUE | (n < pkt->len ? MSG_TRUNC : 0);
	put_name(sock, cb_of(pkt), &tail, msg);
	put_cmsgs(sock, pkt, &tail, msg);
	credit(sock, pkt);
	pass_on_error(sock, is_icmp(pkt));
	sea_pkt_free(pkt);
	return (ssize_t)n;
}

void sea_errq_purge(struct sea_sock *sock)
{
	struct sea_pkt *pkt;

	if (!sea_errq_any(sock))
		return;
	while ((pkt = sea_pktq_pop(&sea_sock_more_edit(sock)->errq))) {
		credit(sock, pkt);
		sea_pkt_free(pkt);
	}
}

/* -- news of a path -- */

void sea_errq_path_mtu(struct sea_sock *sock, const struct sea_ipaddr *to, int ifindex,
		       uint32_t mtu)
{
	struct sea_sock_more *more;

	if (!(sock->more->flags6 & SEA_SOCK6_PATHMTU))
		return;
	more = sea_sock_more_edit(sock);
	more->rxpmtu = mtu;
	more->rxpmtu_ifindex = ifindex;
	memcpy(more->rxpmtu_addr, to->b, sizeof(more->rxpmtu_addr));
	sea_sock_raise(sock, SEA_POLLIN);
}

ssize_t sea_errq_path_mtu_recv(struct sea_sock *sock, struct msghdr *msg)
{
	struct sea_sock_more *more;
	struct sea_endpoint to = { .family = SEA_AF_INET6 };
	uint8_t info[sizeof(struct sockaddr_in6) + sizeof(uint32_t)];
	struct sockaddr_storage addr;
	struct sea_cmsg_out out;

	if (!sea_errq_has_path_mtu(sock))
		return -EAGAIN;
	more = sea_sock_more_edit(sock);
	to.scope_id = (uint32_t)more->rxpmtu_ifindex;
	memcpy(to.addr, more->rxpmtu_addr, sizeof(to.addr));
	if (msg->msg_name)
		sea_sockaddr_put(SEA_AF_INET6, &to, msg->msg_name, &msg->msg_namelen);
	(void)sea_sockaddr_make(SEA_AF_INET6, &to, &addr);
	memcpy(info, &addr, sizeof(struct sockaddr_in6));
	memcpy(info + sizeof(struct sockaddr_in6), &more->rxpmtu, sizeof(more->rxpmtu));
	sea_cmsg_begin(&out, msg);
	sea_cmsg_put(&out, IPPROTO_IPV6, IPV6_PATHMTU, info, sizeof(info));
	sea_cmsg_end(&out);
	more->rxpmtu = 0;
	return 0;
}
