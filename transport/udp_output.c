/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UDP datagrams that go out. With UDP_CORK or MSG_MORE several sends make one datagram: the first
 * decides where it goes.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "transport/udp.h"
#include "transport/zerocopy.h"

static size_t total_of(const struct msghdr *msg)
{
	size_t total = 0;

	for (size_t i = 0; i < msg->msg_iovlen; i++)
		total += msg->msg_iov[i].iov_len;
	return total;
}

/* The checksum is left to the link: the field holds the pseudo-header's sum (never on the wire 0). */
static int push_header(struct udp_sock *u, struct sea_pkt *pkt, const struct sea_dgram_tx *tx)
{
	struct sea_udp_hdr *hdr = sea_pkt_push(pkt, UDP_HDR_LEN);
	uint32_t pseudo;

	if (!hdr)
		return -ENOMEM;
	hdr->src = sea_be16_of(u->d.sock.lport);
	hdr->dst = sea_be16_of(tx->to.port);
	hdr->len = sea_be16_of((uint16_t)pkt->len);
	hdr->sum = sea_be16_of(0);
	pkt->off_trans = sea_pkt_offset(pkt);
	if (tx->dst.family == SEA_AF_INET ? u->d.sock.flags & SEA_SOCK_NO_CHECK : u->no_check6_tx)
		return 0;
	pseudo = sea_ip_pseudo(tx->dst.family, &tx->dst.src, sea_dgram_final(tx), SEA_IPPROTO_UDP,
			       pkt->len);
	sea_csum_put(&hdr->sum, sea_csum_fold(pseudo));
	pkt->csum_state = SEA_CSUM_PARTIAL;
	pkt->csum_start = pkt->off_trans;
	pkt->csum_offset = offsetof(struct sea_udp_hdr, sum);
	return 0;
}

/* A full queue below is no error to the program, unless it wants to know all (as on Linux). */
static int send_pkt(struct udp_sock *u, struct sea_pkt *pkt, const struct sea_dgram_tx *tx)
{
	struct sea_stack *stack = u->d.sock.stack;
	int err = push_header(u, pkt, tx);

	if (err) {
		sea_pkt_drop(stack, pkt, SEA_DROP_SOCKET_NO_MEMORY);
		return err;
	}
	err = sea_dgram_tx_send(&u->d, tx, pkt);
	if (err == -ENOBUFS && !sea_sock_recverr(&u->d.sock, tx->dst.family)) {
		sea_stack_count(stack, sea_udp_mib(tx->dst.family, SEA_MIB_UdpSndbufErrors));
		return 0;
	}
	if (!err)
		sea_stack_count(stack, sea_udp_mib(tx->dst.family, SEA_MIB_UdpOutDatagrams));
	return err;
}

int sea_udp_autobind(struct udp_sock *u)
{
	return u->d.sock.lport || !sea_udp_table_bind(u, 0) ? 0 : -EAGAIN;
}

/* -- a datagram in the making -- */

/* Extension headers were the program's or the socket's: until the datagram goes they are its own. */
int sea_udp_own_ext(struct udp_sock *u)
{
	struct sea_ext_set *set = &u->pending_tx.ext;
	uint32_t len = 0;
	uint8_t *at;

	for (unsigned i = 0; i < SEA_EXT_N; i++)
		len += set->len[i];
	if (!len)
		return 0;
	at = sea_pool_alloc(&u->d.sock.stack->shard.pool, len);
	if (!at)
		return -ENOMEM;
	u->pending_ext = at;
	u->pending_ext_len = len;
	for (unsigned i = 0; i < SEA_EXT_N; i++) {
		if (set->len[i])
			memcpy(at, set->at[i], set->len[i]);
		set->at[i] = at;
		at += set->len[i];
	}
	return 0;
}

static void forget_ext(struct udp_sock *u)
{
	if (u->pending_ext)
		sea_pool_free(&u->d.sock.stack->shard.pool, u->pending_ext, u->pending_ext_len);
	u->pending_ext = NULL;
}

void sea_udp_flush_pending(struct udp_sock *u)
{
	if (!u->pending)
		return;
	sea_pkt_drop(u->d.sock.stack, u->pending, SEA_DROP_SOCKET_CLOSED);
	u->pending = NULL;
	forget_ext(u);
}

int sea_udp_push_pending(struct udp_sock *u)
{
	struct sea_pkt *pkt = u->pending;
	int err;

	if (!pkt)
		return 0;
	u->pending = NULL;
	err = sea_dgram_route(&u->d, &u->pending_tx, 0);
	if (err)
		sea_pkt_drop(u->d.sock.stack, pkt, SEA_DROP_IP_NO_ROUTE);
	else
		err = send_pkt(u, pkt, &u->pending_tx);
	forget_ext(u);
	return err;
}

/* A datagram counts even if it is empty; what is added to one does not. */
static bool hands_over(const struct udp_sock *u, size_t len, int flags)
{
	return flags & SEA_MSG_ZEROCOPY && (len || !u->pending) && u->d.sock.more->zerocopy_on;
}

static bool holds_lent(const struct sea_pkt *pkt)
{
	for (unsigned i = 1; i < pkt->nfrags; i++)
		if (pkt->frags[i].buf->release)
			return true;
	return false;
}

/* The bytes, which the call perhaps hands over (MSG_ZEROCOPY): then it joins one that began the datagram so. */
static int fill(struct udp_sock *u, struct sea_pkt *pkt, const struct msghdr *msg, size_t len,
		int flags, bool lent)
{
	uint32_t size = (uint32_t)len + (u->pending ? 0 : UDP_HDR_LEN);
	struct sea_zc *zc;
	bool joined;
	int err;

	if (!hands_over(u, len, flags))
		return sea_dgram_tx_fill(pkt, msg);
	err = sea_zc_begin(&u->d.sock, holds_lent(pkt), size, &zc, &joined);
	if (err)
		return err;
	err = lent ? sea_dgram_tx_lend(pkt, msg, zc)
		   : sea_dgram_tx_copy(pkt, msg, (uint32_t)len, zc);
	sea_zc_end(zc, !err);
	return err;
}

/* Routes may have changed since it was begun. */
static int append(struct udp_sock *u, const struct msghdr *msg, size_t len, int flags)
{
	struct sea_dgram_tx *tx = &u->pending_tx;
	struct sea_pkt *pkt = u->pending;
	uint32_t before = pkt->charged, after;
	int err = sea_dgram_route(&u->d, tx, 0);

	if (err)
		return err;
	if (pkt->len + len + UDP_HDR_LEN > sea_dgram_tx_max(&u->d, tx))
		return sea_dgram_too_big(&u->d, tx);
	err = fill(u, pkt, msg, len, flags, false);
	if (err)
		return err;
	after = sea_dgram_truesize(&u->d, tx, pkt->len);
	pkt->charged = after;
	u->d.sock.wmem_alloc += (int32_t)(after - before);
	return 0;
}

/* A name changes nothing any more, but AF_INET6 sockets read it, and it cannot change the family. */
static int check_name(const struct udp_sock *u, const struct msghdr *msg, size_t len, int flags)
{
	struct sea_endpoint to;
	int err;

	if (u->d.sock.domain != SEA_AF_INET6 || !msg->msg_name)
		return 0;
	err = sea_sockaddr_get(&u->d.sock, SEA_SOCKADDR_SEND, msg->msg_name, msg->msg_namelen, &to);
	if (err)
		return err;
	if (to.family == SEA_AF_INET)
		err = sea_dgram_check4(len, flags);
	if (!err && to.family == SEA_AF_INET && u->pending_tx.to.family != SEA_AF_INET)
		err = -EINVAL;
	return err;
}

static bool is_more(const struct udp_sock *u, int flags)
{
	return u->corked || flags & MSG_MORE;
}

static ssize_t add_to_pending(struct udp_sock *u, const struct msghdr *msg, size_t len, int flags)
{
	bool more = is_more(u, flags);
	int err = check_name(u, msg, len, flags);

	if (err)
		return err;
	err = append(u, msg, len, flags);
	if (err)
		sea_udp_flush_pending(u);
	else if (!more)
		err = sea_udp_push_pending(u);
	return err ? err : (ssize_t)len;
}

/* -- sendmsg -- */

static int begin_pending(struct udp_sock *u, struct sea_pkt *pkt, const struct sea_dgram_tx *tx)
{
	u->pending_tx = *tx;
	if (sea_udp_own_ext(u)) {
		sea_pkt_drop(u->d.sock.stack, pkt, SEA_DROP_SOCKET_NO_MEMORY);
		return -ENOMEM;
	}
	u->pending = pkt;
	return 0;
}

static ssize_t send_new(struct udp_sock *u, const struct msghdr *msg, size_t len,
			const struct sea_dgram_tx *tx, int flags)
{
	bool more = is_more(u, flags);
	struct sea_pkt *pkt;
	int err;

	if (len + UDP_HDR_LEN > sea_dgram_tx_max(&u->d, tx))
		return sea_dgram_too_big(&u->d, tx);
	err = sea_dgram_tx_pkt(&u->d, tx, (uint32_t)len, &pkt);
	if (err)
		return err;
	err = fill(u, pkt, msg, len, flags, tx->lent);
	if (err) {
		sea_pkt_drop(u->d.sock.stack, pkt, SEA_DROP_SOCKET_NO_MEMORY);
		return err;
	}
	err = more ? begin_pending(u, pkt, tx) : send_pkt(u, pkt, tx);
	return err ? err : (ssize_t)len;
}

ssize_t sea_udp_sendmsg(struct sea_sock *sock, const struct msghdr *msg, int flags)
{
	struct udp_sock *u = udp_sock_of(sock);
	size_t len = total_of(msg);
	struct sea_dgram_tx tx;
	int err = sea_udp_autobind(u);

	if (err)
		return err;
	if (sock->domain == SEA_AF_INET || (u->pending && u->pending_tx.to.family == SEA_AF_INET))
		err = sea_dgram_check4(len, flags);
	if (err)
		return err;
	if (u->pending)
		return add_to_pending(u, msg, len, flags);
	err = sea_dgram_tx_begin(&u->d, msg, flags, SEA_SOCKADDR_SEND, &tx);
	if (err)
		return err;
	if (__builtin_expect(hands_over(u, len, flags), 0))
		tx.lent = !is_more(u, flags) && sea_dgram_tx_gathers(&u->d, &tx, len);
	return send_new(u, msg, len, &tx, flags);
}
