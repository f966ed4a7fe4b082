/* SPDX-License-Identifier: Apache-2.0 */
/* The program writes: bytes into the send queue, copied once or written in place. */
#include "transport/tcp/socket.h"

#include <errno.h>
#include <netinet/in.h>

#include "transport/tcp/memory.h"
#include "transport/tcp/recovery.h"

/* 0 when data may be queued now; else -errno as Linux's sendmsg says. */
static int may_write(struct tcp_conn *c)
{
	if (c->sock.err)
		return -sea_sock_take_error(&c->sock);
	if (c->sock.shutdown & SEA_SOCK_SHUT_WR)
		return -EPIPE;
	if (tcp_in(c, TCP_MAY_SEND))
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

static void written(struct tcp_conn *c, size_t n, int flags)
{
	c->write_seq = sea_seq_add(c->write_seq, (uint32_t)n);
	if (flags & MSG_OOB) {
		c->snd_up = c->write_seq;
		c->flags |= TCP_F_URG_SEND;
	}
	sea_tcp_push_written(c, flags & MSG_MORE);
}

/* Bytes of the message from `done` on that were stored, up to `want`. */
static size_t store(struct tcp_conn *c, const struct msghdr *msg, size_t done, size_t want)
{
	size_t n;

	if (!sea_tcp_flight(c))
		return 0;
	n = sea_tcp_sendbuf_append(&c->fl->sendbuf, &c->sock.stack->shard.pool, msg->msg_iov, done,
				   want);
	if (n)
		tcp_charge_tx(c, (uint32_t)n);
	return n;
}

static size_t total_len(const struct msghdr *msg)
{
	size_t total = 0;

	for (size_t i = 0; i < msg->msg_iovlen; i++)
		total += msg->msg_iov[i].iov_len;
	return total;
}

ssize_t sea_tcp_sendmsg(struct sea_sock *sock, const struct msghdr *msg, int flags)
{
	struct tcp_conn *c = sea_tcp_conn(sock);
	size_t total = total_len(msg), done = 0;
	int err = may_write(c);

	if (err)
		return err;
	sea_tcp_rate_check_app_limited(c);
	/* Sending as the buffer fills lets acknowledged room be filled again in one call. */
	while (done < total) {
		size_t room = sea_tcp_send_space(c);
		size_t want = total - done, n;

		if (!room)
			break;
		want = want < room ? want : room;
		n = store(c, msg, done, want);
		if (!n) {
			sea_tcp_flight_settle(c);
			return done ? (ssize_t)done : -ENOBUFS;
		}
		done += n;
		written(c, n, done < total ? flags & ~MSG_OOB : flags);
	}
	if (done < total)
		c->flags |= TCP_F_NOSPACE;
	return done || !total ? (ssize_t)done : no_space(c);
}

int sea_tcp_send_reserve(struct sea_sock *sock, size_t want, struct iovec *iov, int max)
{
	struct tcp_conn *c = sea_tcp_conn(sock);
	size_t room;
	int err = may_write(c), n = 0;

	if (err)
		return err;
	room = sea_tcp_send_space(c);
	if (!room)
		return no_space(c);
	if (sea_tcp_flight(c))
		n = sea_tcp_sendbuf_reserve(&c->fl->sendbuf, &sock->stack->shard.pool,
					    want < room ? want : room, iov, max);
	sea_tcp_flight_settle(c);
	return n ? n : -ENOBUFS;
}

int sea_tcp_send_commit(struct sea_sock *sock, size_t bytes, int flags)
{
	struct tcp_conn *c = sea_tcp_conn(sock);
	int err = may_write(c);

	/* What happened since the room was offered may have taken it back: a reset, our FIN. */
	if (!err && bytes > c->fl->sendbuf.offered)
		err = -EINVAL;
	if (tcp_idle(c))
		return err;
	sea_tcp_rate_check_app_limited(c);
	sea_tcp_sendbuf_commit(&c->fl->sendbuf, &sock->stack->shard.pool, err ? 0 : bytes);
	if (err) {
		sea_tcp_flight_settle(c);
		return err;
	}
	if (bytes) {
		tcp_charge_tx(c, (uint32_t)bytes);
		written(c, bytes, flags);
	} else {
		sea_tcp_flight_settle(c);
	}
	return 0;
}
