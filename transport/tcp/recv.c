/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program reads: bytes out of the receive queue, copied once or lent in place. Reading stops at the
 * mark of urgent data (urgent.h).
 */
#include "transport/tcp/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/sockios.h>

#include "transport/cmsg.h"
#include "transport/errq.h"
#include "transport/stamp.h"
#include "transport/tcp/memory.h"
#include "transport/tcp/recovery.h"
#include "transport/tcp/urgent.h"

/* -- what the end of the queue means -- */

static int at_end(struct tcp_conn *c)
{
	if (c->state == TCP_S_LISTEN)
		return -ENOTCONN;
	/* An error behind the peer's FIN is the next writer's. */
	if (c->flags & TCP_F_FIN_RCVD)
		return 0;
	if (c->sock.err)
		return -sea_sock_take_error(&c->sock);
	if (c->sock.shutdown & SEA_SOCK_SHUT_RD)
		return 0;
	if (c->state == TCP_S_CLOSED)
		return -ENOTCONN;
	return -EAGAIN;
}

/* -- urgent data -- */

/* Bytes from `seq` that may be read in one go: up to the urgent mark, never across it. */
static uint32_t until_mark(const struct tcp_conn *c, sea_seq seq, uint32_t len)
{
	int32_t ahead = sea_seq_diff(c->rcvq.urg_seq, seq);

	if (!(c->flags & TCP_F_URG_RCV) || ahead <= 0 || (uint32_t)ahead >= len)
		return len;
	return (uint32_t)ahead;
}

/* -- taking bytes off the queue -- */

/* The first packet is read as far as `copied_seq`: it goes when that is all of it. */
static void release_read(struct tcp_conn *c)
{
	struct sea_pkt *pkt;

	while ((pkt = c->rcvq.pkts.head) && sea_seq_le(TCP_RXCB(pkt)->end, c->rcvq.copied_seq)) {
		tcp_uncharge_rx(c, pkt->charged);
		sea_pktq_pop(&c->rcvq.pkts);
		sea_pkt_free(pkt);
	}
}

static void advance_read(struct tcp_conn *c, uint32_t n)
{
	c->rcvq.copied_seq = sea_seq_add(c->rcvq.copied_seq, n);
	if ((c->flags & TCP_F_URG_RCV) && sea_seq_gt(c->rcvq.copied_seq, c->rcvq.urg_seq))
		tcp_urgent_over(c);
	release_read(c);
}

void sea_tcp_read_past_mark(struct tcp_conn *c)
{
	advance_read(c, 1);
}

/*
 * Who reads on at the mark leaves the byte there behind if it stands apart. Not before: until then
 * SIOCATMARK tells of it, and MSG_OOB reads it.
 */
static void step_over_mark(struct tcp_conn *c)
{
	if (tcp_urgent_apart(c) && tcp_at_mark(c) && c->rcvq.pkts.head)
		sea_tcp_read_past_mark(c);
}

/* The program has read `n` bytes: as Linux, each packet is a moment to look how fast it is. */
static void read_on(struct tcp_conn *c, uint32_t n)
{
	sea_seq to = sea_seq_add(c->rcvq.copied_seq, n);

	while (sea_seq_lt(c->rcvq.copied_seq, to)) {
		const struct sea_pkt *pkt = c->rcvq.pkts.head;
		sea_seq at = pkt ? sea_seq_min(to, TCP_RXCB(pkt)->end) : to;

		advance_read(c, (uint32_t)sea_seq_diff(at, c->rcvq.copied_seq));
		sea_tcp_rcv_space_adjust(c);
	}
}

/* -- copying -- */

struct cursor {
	const struct msghdr *msg;
	size_t i, off;
	bool discard; /* MSG_TRUNC: bytes are counted, not copied */
};

static void put(struct cursor *to, const uint8_t *from, size_t n)
{
	while (n) {
		struct iovec *iov = &to->msg->msg_iov[to->i];
		size_t k = iov->iov_len - to->off < n ? iov->iov_len - to->off : n;

		if (k && !to->discard)
			memcpy((uint8_t *)iov->iov_base + to->off, from, k);
		from += k;
		n -= k;
		to->off += k;
		if (to->off == iov->iov_len) {
			to->i++;
			to->off = 0;
		}
	}
}

static void put_pkt(struct cursor *to, const struct sea_pkt *pkt, uint32_t off, uint32_t n)
{
	for (unsigned i = 0; n; i++) {
		const struct sea_frag *f = &pkt->frags[i];
		uint32_t k;

		if (off >= f->len) {
			off -= f->len;
			continue;
		}
		k = f->len - off < n ? f->len - off : n;
		put(to, f->buf->data + f->off + off, k);
		n -= k;
		off = 0;
	}
}

/* Copies from `from` on without taking anything off the queue; returns bytes, stops at the mark. */
static size_t copy_out(struct tcp_conn *c, struct cursor *to, sea_seq from, size_t room)
{
	struct sea_pkt *pkt = c->rcvq.pkts.head;
	size_t done = 0;

	for (; pkt && done < room; pkt = pkt->next) {
		const struct tcp_rxcb *cb = TCP_RXCB(pkt);
		sea_seq at = sea_seq_add(from, (uint32_t)done);
		uint32_t n = (uint32_t)sea_seq_diff(cb->end, at), most;

		if (sea_seq_ge(at, cb->end))
			continue;
		n = n < room - done ? n : (uint32_t)(room - done);
		most = until_mark(c, at, n);
		put_pkt(to, pkt, (uint32_t)sea_seq_diff(at, cb->seq), most);
		done += most;
		if (c->flags & TCP_F_URG_RCV && sea_seq_eq(c->rcvq.urg_seq, sea_seq_add(at, most)))
			break;
	}
	return done;
}

static size_t total_len(const struct msghdr *msg)
{
	size_t total = 0;

	for (size_t i = 0; i < msg->msg_iovlen; i++)
		total += msg->msg_iov[i].iov_len;
	return total;
}

/* Where reading begins: behind an urgent byte at the front that stands apart. */
static sea_seq behind_mark(const struct tcp_conn *c, sea_seq at)
{
	return sea_seq_add(at, tcp_urgent_apart(c) && sea_seq_eq(c->rcvq.urg_seq, at));
}

static sea_seq first_byte(const struct tcp_conn *c)
{
	return behind_mark(c, c->rcvq.copied_seq);
}

/* -- control messages -- */

void sea_tcp_note_cmsgs(struct tcp_conn *c)
{
	tcp_clear(c, TCP_F_READ_CMSG);
	if (c->side->inq || c->sock.flags & (SEA_SOCK_TIMESTAMP | SEA_SOCK_TIMESTAMPNS) ||
	    c->sock.more->tsflags & SEA_SOF_SOFTWARE)
		c->flags |= TCP_F_READ_CMSG;
}

/* When the packet came that has the byte before `end`. */
static sea_time time_of(const struct tcp_conn *c, sea_seq end)
{
	struct sea_pkt *pkt = c->rcvq.pkts.head;

	while (pkt && sea_seq_lt(TCP_RXCB(pkt)->end, end))
		pkt = pkt->next;
	return pkt ? pkt->time : SEA_TIME_ZERO;
}

/* TCP_CM_INQ: bytes that can still be read; 1 where only the end of the stream can. */
static void put_inq(const struct tcp_conn *c, struct sea_cmsg_out *out)
{
	int inq = sea_seq_diff(c->rcv_nxt, c->rcvq.copied_seq);

	if (inq == 0 && (c->flags & TCP_F_FIN_RCVD))
		inq = 1;
	sea_cmsg_put(out, IPPROTO_TCP, TCP_CM_INQ, &inq, sizeof(inq));
}

/* -- SO_PEEK_OFF: where peeking begins, counted from what is to be read next -- */

static sea_seq first_peeked(const struct tcp_conn *c)
{
	int32_t off = c->sock.more->peek_off;

	return behind_mark(c, sea_seq_add(c->rcvq.copied_seq, off > 0 ? (uint32_t)off : 0));
}

/* Peeking moves it on, reading back; it is there, as somebody set it. */
static void move_peek_off(struct tcp_conn *c, int64_t by)
{
	struct sea_sock_more *more;
	int64_t off = c->sock.more->peek_off;

	if (off < 0 || !by)
		return;
	more = sea_sock_more_edit(&c->sock);
	if (!more)
		return;
	off += by;
	more->peek_off = (int32_t)(off < 0 ? 0 : off > INT32_MAX ? INT32_MAX : off);
}

/* Whoever has read all there was has read the FIN, too, as Linux counts. */
static void read_fin(struct tcp_conn *c)
{
	if (c->flags & TCP_F_FIN_RCVD && !c->rcvq.pkts.head &&
	    sea_seq_lt(c->rcvq.copied_seq, c->rcv_nxt))
		c->rcvq.copied_seq = c->rcv_nxt;
}

static ssize_t read_nothing(struct tcp_conn *c, bool peek, size_t room)
{
	int err = at_end(c);

	if (!err && !peek && room)
		read_fin(c);
	return err;
}

/* `time` (NULL: nobody wants to know): when the last byte came; 0: none did. */
static ssize_t read_stream(struct tcp_conn *c, struct msghdr *msg, int flags, sea_time *time)
{
	struct cursor to = { .msg = msg, .discard = flags & MSG_TRUNC };
	bool peek = flags & MSG_PEEK;
	size_t room = total_len(msg), n;

	if (!peek && room)
		step_over_mark(c);
	n = copy_out(c, &to, peek ? first_peeked(c) : first_byte(c), room);
	if (time && n)
		*time = time_of(c,
				sea_seq_add(peek ? first_peeked(c) : first_byte(c), (uint32_t)n));
	/* To read nothing takes that there is something, as on Linux: an urgent byte will do. */
	if (!n && (room || sea_seq_eq(c->rcvq.copied_seq, c->rcv_nxt)))
		return read_nothing(c, peek, room);
	move_peek_off(c, peek ? (int64_t)n : -(int64_t)n);
	if (peek || !n)
		return (ssize_t)n;
	read_on(c, (uint32_t)n);
	read_fin(c);
	sea_tcp_after_read(c, n);
	return (ssize_t)n;
}

ssize_t sea_tcp_recvmsg(struct sea_sock *sock, struct msghdr *msg, int flags)
{
	struct tcp_conn *c = sea_tcp_conn(sock);
	sea_time time = SEA_TIME_ZERO;
	struct sea_cmsg_out out;
	ssize_t n;

	if (flags & MSG_ERRQUEUE)
		return sea_errq_recv(sock, msg);
	msg->msg_namelen = 0;
	msg->msg_flags = 0;
	if (!(c->flags & TCP_F_READ_CMSG) || (flags & MSG_OOB)) {
		msg->msg_controllen = 0;
		return flags & MSG_OOB ? sea_tcp_recv_urgent(c, msg, flags)
				       : read_stream(c, msg, flags, NULL);
	}
	sea_cmsg_begin(&out, msg);
	n = read_stream(c, msg, flags, &time);
	if (n > 0 && time.ns)
		sea_cmsg_time_put(sock, time, false, &out);
	if (n >= 0 && c->side->inq)
		put_inq(c, &out);
	sea_cmsg_end(&out);
	return n;
}

/* -- lending -- */

int sea_tcp_recv_peek(struct sea_sock *sock, struct iovec *iov, int max)
{
	struct tcp_conn *c = sea_tcp_conn(sock);
	struct sea_pkt *pkt;
	int n = 0;

	step_over_mark(c);
	for (pkt = c->rcvq.pkts.head; pkt && n < max; pkt = pkt->next) {
		const struct tcp_rxcb *cb = TCP_RXCB(pkt);
		sea_seq at = sea_seq_max(cb->seq, c->rcvq.copied_seq);
		uint32_t skip = (uint32_t)sea_seq_diff(at, cb->seq);
		uint32_t left = until_mark(c, at, (uint32_t)sea_seq_diff(cb->end, at));
		bool stop = left < (uint32_t)sea_seq_diff(cb->end, at);

		for (unsigned i = 0; i < pkt->nfrags && left && n < max; i++) {
			const struct sea_frag *f = &pkt->frags[i];
			uint32_t k;

			if (skip >= f->len) {
				skip -= f->len;
				continue;
			}
			k = f->len - skip < left ? f->len - skip : left;
			iov[n++] = (struct iovec){ f->buf->data + f->off + skip, k };
			left -= k;
			skip = 0;
		}
		if (stop)
			break;
	}
	return n ? n : at_end(c);
}

int sea_tcp_recv_consume(struct sea_sock *sock, size_t bytes)
{
	struct tcp_conn *c = sea_tcp_conn(sock);
	uint32_t queued = (uint32_t)sea_seq_diff(c->rcv_nxt, c->rcvq.copied_seq);

	queued -= (c->flags & TCP_F_FIN_RCVD) && queued;
	if (bytes > queued)
		return -EINVAL;
	read_on(c, (uint32_t)bytes);
	read_fin(c);
	sea_tcp_after_read(c, bytes);
	return 0;
}

/* -- how much there is -- */

static int unread(const struct tcp_conn *c)
{
	uint32_t n = (uint32_t)sea_seq_diff(c->rcv_nxt, c->rcvq.copied_seq);

	if (tcp_in(c, 1u << TCP_S_SYN_SENT | 1u << TCP_S_SYN_RECV))
		return 0;
	if ((c->flags & TCP_F_FIN_RCVD) && n)
		n--;
	if (tcp_urgent_apart(c) && sea_seq_lt(c->rcvq.urg_seq, c->rcv_nxt))
		n = (uint32_t)sea_seq_diff(c->rcvq.urg_seq, c->rcvq.copied_seq);
	return (int)n;
}

int sea_tcp_ioctl(struct sea_sock *sock, unsigned long request, int *value)
{
	struct tcp_conn *c = sea_tcp_conn(sock);

	switch (request) {
	case SIOCINQ:
		if (c->state == TCP_S_LISTEN)
			return -EINVAL;
		*value = unread(c);
		return 0;
	case SIOCATMARK:
		*value = tcp_at_mark(c);
		return 0;
	case SIOCOUTQ:
		if (c->state == TCP_S_LISTEN)
			return -EINVAL;
		*value = tcp_in(c, 1u << TCP_S_SYN_SENT | 1u << TCP_S_SYN_RECV)
				 ? 0
				 : sea_seq_diff(c->write_seq, c->snd_una);
		if (*value < 0)
			*value = 0;
		*value += c->flags & TCP_F_FIN_QUEUED && !tcp_fin_acked(c); /* a number, too */
		return 0;
	case SIOCOUTQNSD:
		if (c->state == TCP_S_LISTEN)
			return -EINVAL;
		*value = (int)(tcp_unsent(c) + tcp_fin_pending(c));
		return 0;
	default:
		return -ENOTTY;
	}
}
