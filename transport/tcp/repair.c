/* SPDX-License-Identifier: Apache-2.0 */
/* A connection in repair: what its calls do. */
#include "transport/tcp/repair.h"

#include <errno.h>
#include <string.h>

#include "core/minmax.h"
#include "transport/tcp/ao.h"
#include "transport/tcp/memory.h"
#include "transport/tcp/recovery.h"
#include "transport/tcp/rx.h"
#include "transport/tcp/stamps.h"

#define PAGE 4096u
#define PAGES_MAX 17u /* of one received packet */
#define PIECE 32768u

/* -- connect -- */

struct tcp_repair_numbers sea_tcp_repair_numbers(const struct tcp_conn *c)
{
	return (struct tcp_repair_numbers){ c->write_seq, c->rcv_nxt, c->ts_offset };
}

int sea_tcp_repair_connected(struct tcp_conn *c, const struct tcp_repair_numbers *numbers)
{
	c->iss = c->snd_una = c->snd_nxt = c->snd_sml = c->snd_up = numbers->write_seq;
	c->write_seq = numbers->write_seq;
	c->rcv_nxt = c->rcv_wup = c->rcvq.copied_seq = numbers->rcv_nxt;
	c->ts_offset = numbers->ts_offset;
	sea_tcp_ao_repaired(c);
	c->snd_wl1 = sea_seq_of(0);
	c->rcv_tstamp = c->ack.lrcvtime = c->lsndtime = tcp_now(c);
	sea_tcp_rtt_fall_back(&c->rtt);
	sea_tcp_set_state(c, TCP_S_ESTABLISHED);
	c->flags |= TCP_F_CONNECTED;
	sea_tcp_begin_transfer(c);
	sea_tcp_keepalive_rearm(c);
	sea_tcp_sndbuf_expand(c);
	sea_sock_raise(&c->sock, SEA_POLLOUT);
	return 0;
}

void sea_tcp_repair_over(struct tcp_conn *c)
{
	if (c->state != TCP_S_ESTABLISHED)
		return;
	c->snd_wl1 = sea_seq_add(c->rcv_nxt, (uint32_t)-1);
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPWinProbe);
	(void)sea_tcp_send_probe_ack(c, false);
}

/* -- what was sent -- */

/* One entry of what waits: a part, or as much of it as a super-segment holds, and the FIN with the last. False: no memory. */
static bool count_next(struct tcp_conn *c, uint16_t mss)
{
	sea_seq end = sea_seq_add(c->snd_nxt, sea_min_u32(tcp_unsent(c), c->gso_max)),
		from = c->snd_nxt;
	uint8_t bits = TCP_TX_EVER_RETRANS, flags = SEA_TCP_ACK;
	struct tcp_txseg *seg;
	bool fin;

	if (c->fl->marks.n)
		end = sea_seq_min(end, sea_tcp_mark_at(&c->fl->marks, 0)->end);
	if (sea_tcp_marks_flags(&c->fl->marks, end) & TCP_MARK_PSH)
		flags |= SEA_TCP_PSH;
	fin = sea_seq_eq(end, c->write_seq) && tcp_fin_pending(c);
	if (!sea_tcp_flight(c))
		return false;
	if (fin) {
		bits |= TCP_TX_FIN;
		flags |= SEA_TCP_FIN;
	}
	seg = sea_tcp_txq_push(&c->fl->txq, from, sea_seq_add(end, fin), mss, bits, flags,
			       tcp_now(c));
	if (!seg) {
		tcp_flight_settle(c);
		return false;
	}
	c->snd_nxt = seg->end;
	c->flags |= fin ? TCP_F_FIN_SENT : 0;
	sea_tcp_marks_pop(&c->fl->marks, end);
	if ((uint32_t)sea_seq_diff(end, from) % mss)
		c->snd_sml = seg->end;
	return true;
}

/* What waits counts as sent: no packet, and no measure of time comes of it. Without memory it waits, and is sent later. */
static void count_as_sent(struct tcp_conn *c)
{
	bool idle = !c->fl->txq.packets_out;
	uint16_t mss = sea_tcp_mss_now(c);

	while ((tcp_unsent(c) || tcp_fin_pending(c)) && count_next(c, mss))
		;
	if (idle && c->fl->txq.packets_out)
		sea_tcp_rearm_rto(c);
}

static ssize_t fill_sent(struct tcp_conn *c, const struct msghdr *msg)
{
	size_t total = sea_tcp_msg_len(msg), done = 0;
	int err = sea_tcp_may_write(c);

	if (err)
		return err;
	while (done < total && sea_tcp_may_store(c)) {
		size_t left = total - done;
		uint32_t most = sea_tcp_part_goal(c, 0);
		uint32_t n = sea_tcp_store_apart(c, msg, NULL, done,
						 left < most ? (uint32_t)left : most);

		if (!n)
			break;
		done += n;
		count_as_sent(c);
	}
	if (done || !total)
		return (ssize_t)done;
	c->flags |= TCP_F_NOSPACE;
	return -EAGAIN;
}

/* -- what was received -- */

/* Linux gives a packet so many pages, and what is beyond the last whole page of the message. */
static uint32_t received_len(size_t total)
{
	size_t pages = total / PAGE;

	if (total <= PAGE)
		return (uint32_t)total;
	return (uint32_t)((pages < PAGES_MAX ? pages : PAGES_MAX) * PAGE + total % PAGE);
}

static uint32_t weight(uint32_t len)
{
	uint16_t room;

	if (len <= PAGE)
		return sea_truesize_linear(len, &room);
	return sea_truesize_linear(len % PAGE, &room) + len - len % PAGE;
}

/* `len` bytes of the message from `done` on; NULL: no memory. */
static struct sea_pkt *packet_of(struct tcp_conn *c, const struct msghdr *msg, size_t done,
				 uint32_t len)
{
	struct sea_pkt *pkt = sea_pkt_new(&c->sock.stack->shard.pool, 0, len);
	uint32_t left = len;

	for (size_t i = 0; pkt && left; i++) {
		struct iovec iov = msg->msg_iov[i];
		size_t skip = done < iov.iov_len ? done : iov.iov_len;
		uint32_t n = iov.iov_len - skip < left ? (uint32_t)(iov.iov_len - skip) : left;

		if (n && !sea_pkt_append(pkt, (const uint8_t *)iov.iov_base + skip, n)) {
			sea_pkt_free(pkt);
			return NULL;
		}
		done -= skip;
		left -= n;
	}
	if (!pkt || sea_pkt_settle(pkt, false))
		return pkt;
	sea_pkt_free(pkt);
	return NULL;
}

/* They stand at the end of what was received. False: no memory. */
static bool receive_piece(struct tcp_conn *c, const struct msghdr *msg, size_t done, uint32_t len,
			  uint32_t charged)
{
	struct sea_pkt *pkt = packet_of(c, msg, done, len);

	if (!pkt)
		return false;
	pkt->charged = charged;
	*TCP_RXCB(pkt) =
		(struct tcp_rxcb){ .seq = c->rcv_nxt, .end = sea_seq_add(c->rcv_nxt, len) };
	sea_pktq_push(&c->rcvq.pkts, pkt);
	tcp_charge_rx(c, charged);
	c->rcv_nxt = sea_seq_add(c->rcv_nxt, len);
	c->bytes_received += len;
	return true;
}

/* One packet of Linux's is more than one of ours may hold. */
static ssize_t fill_received(struct tcp_conn *c, const struct msghdr *msg)
{
	uint32_t len = received_len(sea_tcp_msg_len(msg)), done = 0;

	if (!len)
		return 0;
	if (!tcp_rmem_schedule(c, c->rcv_nxt, weight(len)))
		return -ENOMEM;
	while (done < len) {
		uint32_t n = sea_min_u32(len - done, PIECE);
		bool last = done + n == len;

		if (!receive_piece(c, msg, done, n, last ? weight(len) - done : n))
			break;
		done += n;
	}
	return done ? (ssize_t)done : -ENOMEM;
}

/* -- send, recv -- */

static ssize_t repair_sendmsg(struct sea_sock *sock, const struct msghdr *msg, int flags)
{
	struct tcp_conn *c = sea_tcp_conn(sock);

	(void)flags;
	if (!tcp_in(c, TCP_MAY_SEND))
		return sea_tcp_may_write(c);
	switch (c->side->repair.queue) {
	case TCP_RECV_QUEUE:
		return fill_received(c, msg);
	case TCP_SEND_QUEUE:
		return fill_sent(c, msg);
	default:
		return -EINVAL;
	}
}

/* What is stored to be sent, be it out or not, as far as there is room for it. */
static ssize_t peek_sent(const struct tcp_conn *c, struct msghdr *msg)
{
	const struct tcp_sendbuf *sb = &c->fl->sendbuf;
	uint32_t len = sea_tcp_sendbuf_len(sb), done = 0;

	for (size_t i = 0; i < msg->msg_iovlen && done < len; i++) {
		const struct iovec *iov = &msg->msg_iov[i];
		uint32_t n = iov->iov_len < len - done ? (uint32_t)iov->iov_len : len - done;

		if (n)
			sea_tcp_sendbuf_read(sb, sea_seq_add(sb->start, done), iov->iov_base, n);
		done += n;
	}
	msg->msg_namelen = 0;
	msg->msg_controllen = 0;
	msg->msg_flags = 0;
	return done;
}

static ssize_t repair_recvmsg(struct sea_sock *sock, struct msghdr *msg, int flags)
{
	struct tcp_conn *c = sea_tcp_conn(sock);

	if (flags & (MSG_ERRQUEUE | MSG_OOB) || c->state == TCP_S_LISTEN)
		return sea_tcp_recvmsg(sock, msg, flags);
	if (!(flags & MSG_PEEK))
		return -EPERM;
	switch (c->side->repair.queue) {
	case TCP_RECV_QUEUE:
		return sea_tcp_recvmsg(sock, msg, flags);
	case TCP_SEND_QUEUE:
		return peek_sent(c, msg);
	default:
		return -EINVAL;
	}
}

/* Nothing is taken, and nothing is written but by send(). */
static int no_consuming(struct sea_sock *sock, size_t bytes)
{
	(void)sock;
	(void)bytes;
	return -EPERM;
}

static int no_reserving(struct sea_sock *sock, size_t want, struct iovec *iov, int max)
{
	(void)sock;
	(void)want;
	(void)iov;
	(void)max;
	return -EPERM;
}

static int no_committing(struct sea_sock *sock, size_t bytes, int flags)
{
	(void)sock;
	(void)bytes;
	(void)flags;
	return -EPERM;
}

/* -- the end -- */

/* The FIN counts as sent where the send queue is being filled. */
static int repair_shutdown(struct sea_sock *sock, int how)
{
	struct tcp_conn *c = sea_tcp_conn(sock);
	bool fills = c->side->repair.queue == TCP_SEND_QUEUE, ends = tcp_in(c, TCP_MAY_SEND);

	if (!fills || !ends || how == SHUT_RD)
		return sea_tcp_shutdown(sock, how);
	sock->shutdown |= (uint8_t)(how + 1);
	sea_tcp_set_state(c, c->state == TCP_S_ESTABLISHED ? TCP_S_FIN_WAIT_1 : TCP_S_LAST_ACK);
	c->flags |= TCP_F_FIN_QUEUED;
	count_as_sent(c);
	sea_sock_raise(sock, SEA_POLLIN | SEA_POLLOUT | SEA_POLLRDHUP | SEA_POLLHUP);
	return 0;
}

static int repair_close(struct sea_sock *sock)
{
	sea_tcp_conn_free(sea_tcp_conn(sock), SEA_DROP_SOCKET_CLOSED);
	return 0;
}

const struct sea_sock_ops sea_tcp_repair_ops = {
	.name = "tcp in repair",
	.bind = sea_tcp_bind,
	.listen = sea_tcp_listen,
	.accept = sea_tcp_accept,
	.connect = sea_tcp_connect,
	.shutdown = repair_shutdown,
	.close = repair_close,
	.destroy = sea_tcp_destroy,
	.sendmsg = repair_sendmsg,
	.recvmsg = repair_recvmsg,
	.getsockopt = sea_tcp_getsockopt,
	.setsockopt = sea_tcp_setsockopt,
	.ioctl = sea_tcp_ioctl,
	.poll = sea_tcp_poll,
	.info = sea_tcp_info,
	.recv_peek = sea_tcp_recv_peek,
	.recv_consume = no_consuming,
	.send_reserve = no_reserving,
	.send_commit = no_committing,
	.tx_done = sea_tcp_tx_done,
	.tx_stamp = sea_tcp_stamp_tx,
	.opt_changed = sea_tcp_opt_changed,
	.meminfo = sea_tcp_meminfo,
	.save = sea_tcp_save_sock,
};
