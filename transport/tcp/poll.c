/* SPDX-License-Identifier: Apache-2.0 */
/* Readiness of a TCP socket, as Linux's tcp_poll() has it. */
#include "transport/tcp/socket.h"

#include "transport/errq.h"
#include "transport/tcp/memory.h"

static bool readable(const struct tcp_conn *c)
{
	uint32_t n = (uint32_t)sea_seq_diff(c->rcv_nxt, c->rcvq.copied_seq);
	uint32_t lowat = (uint32_t)c->sock.rcvlowat;

	if (!c->rcvq.pkts.head)
		return false;
	/* A byte at the mark that stands apart will not be read. */
	if ((c->flags & TCP_F_URG_RCV) && !(c->sock.flags & SEA_SOCK_OOBINLINE) &&
	    sea_seq_eq(c->rcvq.urg_seq, c->rcvq.copied_seq))
		n--;
	return n >= (lowat ? lowat : 1);
}

static uint32_t poll_connected(struct tcp_conn *c)
{
	uint32_t mask = 0;

	if (readable(c))
		mask |= SEA_POLLIN;
	if (c->sock.shutdown & SEA_SOCK_SHUT_WR || sea_tcp_is_writable(c))
		mask |= SEA_POLLOUT;
	else
		c->flags |= TCP_F_NOSPACE; /* whoever asks wants to be told */
	if ((c->flags & TCP_F_URG_RCV) && !(c->flags & TCP_F_URG_READ) &&
	    sea_seq_lt(c->rcvq.urg_seq, c->rcv_nxt))
		mask |= SEA_POLLPRI;
	return mask;
}

uint32_t sea_tcp_poll(struct sea_sock *sock)
{
	struct tcp_conn *c = sea_tcp_conn(sock);
	uint32_t mask = 0;

	if (c->state == TCP_S_LISTEN)
		return sea_list_empty(&c->listen->accept_queue) ? 0 : SEA_POLLIN;
	if (c->flags & TCP_F_LINGERING)
		return sea_tcp_lingers(c) ? 0 : SEA_POLLHUP;
	if (sock->shutdown == (SEA_SOCK_SHUT_RD | SEA_SOCK_SHUT_WR) || c->state == TCP_S_CLOSED)
		mask |= SEA_POLLHUP;
	if (sock->shutdown & SEA_SOCK_SHUT_RD)
		mask |= SEA_POLLIN | SEA_POLLRDHUP;
	if (c->state != TCP_S_SYN_SENT && c->state != TCP_S_SYN_RECV)
		mask |= poll_connected(c);
	if (sock->err || sea_errq_any(sock))
		mask |= SEA_POLLERR;
	return mask;
}
