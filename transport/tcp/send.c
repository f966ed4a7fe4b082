/* SPDX-License-Identifier: Apache-2.0 */
/* The program writes: bytes into the send queue, copied once, written in place, or lent. */
#include "transport/tcp/socket.h"

#include <errno.h>
#include <netinet/in.h>

#include "core/minmax.h"
#include "transport/tcp/memory.h"
#include "transport/tcp/recovery.h"
#include "transport/cmsg.h"
#include "transport/tcp/stamps.h"
#include "transport/zerocopy.h"

int sea_tcp_may_write(struct tcp_conn *c)
{
	if (c->sock.err)
		return -sea_sock_take_error(&c->sock);
	if (c->sock.shutdown & SEA_SOCK_SHUT_WR)
		return -EPIPE;
	if (tcp_in(c, TCP_MAY_SEND) || (c->state == TCP_S_SYN_RECV && c->flags & TCP_F_TFO))
		return 0;
	if (tcp_in(c, 1u << TCP_S_SYN_SENT | 1u << TCP_S_SYN_RECV))
		return -EAGAIN;
	return -EPIPE;
}

static int no_space(struct tcp_conn *c)
{
	c->flags |= TCP_F_NOSPACE;
	return -EAGAIN;
}

/* -- parts: what the kernel keeps in one skb (marks.h) -- */

uint32_t sea_tcp_part_goal(const struct tcp_conn *c, int flags)
{
	uint32_t mss = sea_tcp_mss_now(c), most = c->gso_max;
	uint32_t half = c->max_window > 536 ? c->max_window / 2 : c->max_window;

	if (flags & MSG_OOB)
		return mss;
	if (half && most > half)
		most = half;
	else if (mss == c->mss_cache)
		return most; /* whole segments already */
	return most > mss ? most - most % mss : mss;
}

static struct tcp_mark *tail_mark(const struct tcp_conn *c)
{
	return c->fl->marks.n ? sea_tcp_mark_at(&c->fl->marks, c->fl->marks.n - 1) : NULL;
}

/* Bytes that the last part still takes; 0: another one has to begin. */
static uint32_t tail_room(const struct tcp_conn *c, int flags)
{
	const struct tcp_mark *tail = tail_mark(c);
	sea_seq start = c->snd_nxt;
	uint32_t len, goal;

	if (!tail || tail->flags & TCP_MARK_EOR)
		return 0;
	if (c->fl->marks.n > 1)
		start = sea_tcp_mark_at(&c->fl->marks, c->fl->marks.n - 2)->end;
	len = (uint32_t)sea_seq_diff(tail->end, start);
	goal = sea_tcp_part_goal(c, flags);
	return len < goal ? goal - len : 0;
}

static bool begin_part(struct tcp_conn *c)
{
	tcp_clear(c, TCP_F_PUSH_NOW);
	return sea_tcp_flight(c) &&
	       sea_tcp_marks_push(&c->fl->marks, &c->sock.stack->shard.pool, c->write_seq);
}

/* The last part took nothing. */
static void drop_part(struct tcp_conn *c)
{
	c->fl->marks.n--;
	tcp_flight_settle(c);
}

/* More than half a window was written since the last push. */
static bool must_push(const struct tcp_conn *c)
{
	return (uint32_t)sea_seq_diff(c->write_seq, c->fl->pushed_seq) > c->max_window / 2;
}

static void mark_push(struct tcp_conn *c, struct tcp_mark *tail)
{
	tail->flags |= TCP_MARK_PSH;
	c->fl->pushed_seq = c->write_seq;
}

/* `n` bytes joined the last part. A message that begins there says anew whether it is pushed. */
static void stored(struct tcp_conn *c, uint32_t n, bool begins)
{
	struct tcp_mark *tail = tail_mark(c);

	c->write_seq = sea_seq_add(c->write_seq, n);
	tail->end = c->write_seq;
	if (begins)
		tail->flags &= ~(uint32_t)TCP_MARK_PSH;
	if (c->fl->chrono == TCP_CHRONO_NONE)
		sea_tcp_chrono_set(c, TCP_CHRONO_BUSY);
}

/*
 * A small part waits for company while packets of ours stand in the link's queue: when that has taken them it goes, with
 * what was written until then (tcp_autocorking).
 */
static bool autocorks(struct tcp_conn *c, const struct tcp_mark *tail)
{
	uint32_t goal = sea_tcp_part_goal(c, 0), room;

	if (!sea_tcp_st(c)->sysctl.autocorking || !tail || !c->fl->txq.packets_out)
		return false;
	room = tail_room(c, 0);
	if (!room || (uint32_t)c->sock.wmem_alloc <= sea_truesize_tx(goal - room))
		return false;
	if (!(c->flags & TCP_F_TSQ))
		sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPAutoCorking);
	c->flags |= TCP_F_TSQ;
	return true;
}

/* -- MSG_ZEROCOPY -- */

/* Nothing joins the last part any more. */
static void close_part(struct tcp_conn *c)
{
	mark_push(c, tail_mark(c));
	tail_mark(c)->flags |= TCP_MARK_EOR;
}

/* What is left of the piece of memory in which the byte `skip` of the message stands. */
static struct iovec piece_at(const struct iovec *iov, size_t skip)
{
	while (skip >= iov->iov_len)
		skip -= iov++->iov_len;
	return (struct iovec){ (uint8_t *)iov->iov_base + skip, iov->iov_len - skip };
}

/* How many more pieces of memory the part takes; each is a page at most. */
static uint32_t pieces_left(const struct tcp_mark *part)
{
	return SEA_ZC_PIECES_MAX - part->flags / TCP_MARK_PIECE;
}

/* `len` bytes at most of one vector's memory: as many as were stored, 0 for want of memory. */
static uint32_t lend_vector(struct tcp_conn *c, struct sea_zc *zc, const struct msghdr *msg,
			    size_t done, uint32_t len)
{
	struct sea_pool *pool = &c->sock.stack->shard.pool;
	struct iovec rest = piece_at(msg->msg_iov, done);
	struct tcp_mark *part = tail_mark(c);
	uint32_t n = sea_min_u32(len, pieces_left(part) * TCP_MEM_PAGE);
	struct sea_buf *buf;

	if (rest.iov_len < n)
		n = (uint32_t)rest.iov_len;
	buf = sea_zc_lend(zc, pool, rest.iov_base, n);
	if (!buf)
		return 0;
	if (!sea_tcp_sendbuf_lend(&c->fl->sendbuf, pool, buf, n)) {
		sea_buf_put(buf);
		return 0;
	}
	part->flags |= TCP_MARK_ZC;
	part->flags += (n + TCP_MEM_PAGE - 1) / TCP_MEM_PAGE * TCP_MARK_PIECE;
	return n;
}

/* What one part takes of the message: `len` bytes, or as many as it may have pieces. */
static uint32_t lend(struct tcp_conn *c, struct sea_zc *zc, const struct msghdr *msg, size_t done,
		     uint32_t len)
{
	uint32_t sum = 0, n = 1;

	while (sum < len && n && pieces_left(tail_mark(c))) {
		n = lend_vector(c, zc, msg, done + sum, len - sum);
		sum += n;
	}
	return sum;
}

static uint32_t put_bytes(struct tcp_conn *c, struct sea_zc *zc, const struct msghdr *msg,
			  size_t done, uint32_t len)
{
	if (__builtin_expect(zc != NULL, 0))
		return lend(c, zc, msg, done, len);
	return (uint32_t)sea_tcp_sendbuf_append(&c->fl->sendbuf, &c->sock.stack->shard.pool,
						msg->msg_iov, done, len);
}

/* Does the call hand its memory over? 0, with what it is to be told by in *zc, which stays NULL if not; -ENOBUFS. */
static int begin_zerocopy(struct tcp_conn *c, size_t total, int flags, struct sea_zc **zc)
{
	const struct tcp_mark *tail = tail_mark(c);
	bool joins = tail && tail->flags & TCP_MARK_ZC, joined;
	int err;

	if (!(flags & SEA_MSG_ZEROCOPY) || !total || !c->sock.more->zerocopy_on)
		return 0;
	err = sea_zc_begin(&c->sock, joins, total < UINT32_MAX ? (uint32_t)total : UINT32_MAX, zc,
			   &joined);
	if (!err && joins && !joined)
		close_part(c);
	return err;
}

uint32_t sea_tcp_store_apart(struct tcp_conn *c, const struct msghdr *msg, struct sea_zc *zc,
			     size_t done, uint32_t len)
{
	uint32_t n;

	len = sea_tcp_granted(c, len);
	if (!len || !begin_part(c))
		return 0;
	n = put_bytes(c, zc, msg, done, len);
	if (!n) {
		drop_part(c);
		return 0;
	}
	tcp_charge_tx(c, n);
	stored(c, n, true);
	mark_push(c, tail_mark(c));
	return n;
}

/* The message is stored, or as much of it as finds room: then nothing holds that back. */
static void written(struct tcp_conn *c, int flags, bool whole)
{
	struct tcp_mark *tail = tail_mark(c);
	bool more = whole && flags & MSG_MORE;

	if (flags & MSG_OOB) {
		c->snd_up = c->write_seq;
		c->flags |= TCP_F_URG_SEND;
	}
	if (tail && whole && flags & MSG_EOR)
		tail->flags |= TCP_MARK_EOR;
	if (tail && (!more || must_push(c)))
		mark_push(c, tail);
	if (c->sock.wmem_alloc && autocorks(c, tail))
		return;
	sea_tcp_push_as(c, !whole ? TCP_PUSH_ALL : more ? TCP_PUSH_FULL : TCP_PUSH_NAGLE);
}

/* In the midst of a message a full part goes out at once where it can. */
static void part_is_full(struct tcp_conn *c)
{
	bool all = must_push(c);

	if (all)
		mark_push(c, tail_mark(c));
	if (all)
		sea_tcp_push_as(c, TCP_PUSH_ALL);
	else if (c->fl->marks.n == 1)
		sea_tcp_push_one(c);
}

size_t sea_tcp_msg_len(const struct msghdr *msg)
{
	size_t total = 0;

	for (size_t i = 0; i < msg->msg_iovlen; i++)
		total += msg->msg_iov[i].iov_len;
	return total;
}

/* One part's bytes of the message from `done` on: how many were stored, 0 for want of room, -ENOBUFS. */
static ssize_t store(struct tcp_conn *c, const struct msghdr *msg, struct sea_zc *zc, size_t done,
		     size_t left, int flags)
{
	uint32_t goal = sea_tcp_part_goal(c, flags), room = tail_room(c, flags);
	uint32_t want = (uint32_t)(left < goal ? left : goal), n;
	bool begin = !room;

	if (begin && !sea_tcp_may_store(c))
		return 0;
	want = sea_tcp_take(c, begin ? want : sea_min_u32(want, room));
	if (!want)
		return 0;
	if (begin && !begin_part(c))
		return -ENOBUFS;
	n = put_bytes(c, zc, msg, done, want);
	if (n) {
		tcp_charge_tx(c, n);
		stored(c, n, !done);
	} else if (begin) {
		drop_part(c);
	}
	if (n == (begin ? goal : room) && n < left && !(flags & MSG_OOB))
		part_is_full(c);
	else if (zc && n && !pieces_left(tail_mark(c)))
		close_part(c);
	return n ? (ssize_t)n : -ENOBUFS;
}

/* The connection is there, or not to be begun by this. `tsflags`: SO_TIMESTAMPING's. */
static ssize_t send_on(struct tcp_conn *c, const struct msghdr *msg, struct sea_zc *zc, int flags,
		       uint32_t tsflags)
{
	size_t total = sea_tcp_msg_len(msg), done = 0;
	int err = sea_tcp_may_write(c);
	ssize_t n = 1;

	if (err)
		return err;
	sea_tcp_rate_check_app_limited(c);
	while (done < total && n > 0) {
		n = store(c, msg, zc, done, total - done, flags);
		done += n > 0 ? (size_t)n : 0;
	}
	if (done < total && n == 0)
		c->flags |= TCP_F_NOSPACE;
	if (done && tsflags)
		sea_tcp_stamps_call(c, tsflags);
	if (done)
		written(c, flags, done == total);
	if (done || !total)
		return (ssize_t)done;
	return n < 0 ? n : no_space(c);
}

/* What begins a connection, or hands memory over. */
static ssize_t send_specially(struct tcp_conn *c, const struct msghdr *msg, int flags)
{
	struct sea_zc *zc = NULL;
	struct sea_cmsg_tx tx;
	ssize_t n = sea_cmsg_tx_read_stream(&c->sock, msg, &tx);

	if (n) { /* who is not connected hears of that first */
		int err = tcp_in(c, TCP_MAY_SEND) ? 0 : sea_tcp_may_write(c);

		return !err ? n : err == -EAGAIN ? -EPIPE : err;
	}
	n = begin_zerocopy(c, sea_tcp_msg_len(msg), flags, &zc);
	if (n)
		return n;
	if (flags & MSG_FASTOPEN || c->flags & TCP_F_DEFER)
		n = sea_tcp_fastopen_sendmsg(c, msg, zc);
	if (!n)
		n = send_on(c, msg, zc, flags, tx.tsflags);
	if (zc)
		sea_zc_end(zc, n > 0);
	return n;
}

ssize_t sea_tcp_sendmsg(struct sea_sock *sock, const struct msghdr *msg, int flags)
{
	struct tcp_conn *c = sea_tcp_conn(sock);

	if (__builtin_expect(flags & (MSG_FASTOPEN | SEA_MSG_ZEROCOPY) || c->flags & TCP_F_DEFER ||
				     msg->msg_controllen || c->sock.more->tsflags,
			     0))
		return send_specially(c, msg, flags);
	return send_on(c, msg, NULL, flags, 0);
}

/* Room to write in place: what the buffer has left, and a part's at least, as for a copy. */
static size_t lendable(const struct tcp_conn *c)
{
	uint32_t room = tail_room(c, 0);

	if (sea_tcp_may_store(c)) {
		uint32_t left = (uint32_t)c->sock.sndbuf - tcp_wmem_queued(c);

		room += left < c->gso_max ? sea_max_u32(left, sea_tcp_part_goal(c, 0)) : left;
	}
	return sea_tcp_granted(c, room);
}

/* `bytes` were written in place: they are divided as if copied, as far as there is memory to note it. */
static void divide(struct tcp_conn *c, size_t bytes)
{
	for (bool begins = true; bytes; begins = false) {
		uint32_t room = tail_room(c, 0), n;

		if (!room)
			room = begin_part(c) ? sea_tcp_part_goal(c, 0) : UINT32_MAX;
		n = bytes < room ? (uint32_t)bytes : room;
		stored(c, n, begins);
		bytes -= n;
	}
}

int sea_tcp_send_reserve(struct sea_sock *sock, size_t want, struct iovec *iov, int max)
{
	struct tcp_conn *c = sea_tcp_conn(sock);
	size_t room;
	int err = sea_tcp_may_write(c), n = 0;

	if (err)
		return err;
	room = lendable(c);
	if (!room)
		return no_space(c);
	if (sea_tcp_flight(c))
		n = sea_tcp_sendbuf_reserve(&c->fl->sendbuf, &sock->stack->shard.pool,
					    want < room ? want : room, iov, max);
	if (n)
		return n;
	tcp_flight_settle(c);
	return -ENOBUFS;
}

int sea_tcp_send_commit(struct sea_sock *sock, size_t bytes, int flags)
{
	struct tcp_conn *c = sea_tcp_conn(sock);
	int err = sea_tcp_may_write(c);

	/* What happened since the room was offered may have taken it back: a reset, our FIN. */
	if (!err && bytes > c->fl->sendbuf.offered)
		err = -EINVAL;
	if (tcp_idle(c))
		return err;
	sea_tcp_rate_check_app_limited(c);
	sea_tcp_sendbuf_commit(&c->fl->sendbuf, &sock->stack->shard.pool, err ? 0 : bytes);
	if (err) {
		tcp_flight_settle(c);
		return err;
	}
	if (bytes) {
		tcp_charge_tx(c, (uint32_t)bytes);
		divide(c, bytes);
		if (c->sock.more->tsflags)
			sea_tcp_stamps_call(c, c->sock.more->tsflags);
		written(c, flags, true);
	} else {
		tcp_flight_settle(c);
	}
	return 0;
}
