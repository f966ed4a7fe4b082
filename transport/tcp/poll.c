/* SPDX-License-Identifier: Apache-2.0 */
/* Readiness of a TCP socket, as Linux's tcp_poll() has it. */
#include "transport/tcp/socket.h"

#include "transport/errq.h"
#include "transport/tcp/memory.h"
#include "transport/tcp/urgent.h"

/* Nearly full: who waits for more must read what there is, for no more can come (as Linux). */
static bool nearly_full(const struct tcp_conn *c)
{
	return tcp_pressed(sea_tcp_st(c)) ||
	       c->sock.rmem_alloc > c->sock.rcvbuf - (c->sock.rcvbuf >> 3) ||
	       sea_tcp_receive_window(c) <= c->ack.rcv_mss;
}

bool sea_tcp_enough(const struct tcp_conn *c, uint32_t target)
{
	int32_t n = sea_seq_diff(c->rcv_nxt, c->rcvq.copied_seq);

	return n > 0 && ((uint32_t)n >= target || nearly_full(c));
}

/* A byte at the mark that stands apart will not be read. */
static bool readable(const struct tcp_conn *c)
{
	uint32_t lowat = (uint32_t)c->sock.rcvlowat;

	return sea_tcp_enough(c, (lowat ? lowat : 1) + (tcp_urgent_apart(c) && tcp_at_mark(c)));
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
	if (tcp_urgent_came(c))
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
	if ((c->state != TCP_S_SYN_SENT && c->state != TCP_S_SYN_RECV) || c->flags & TCP_F_TFO)
		mask |= poll_connected(c);
	else if (c->flags & TCP_F_DEFER)
		mask |= SEA_POLLOUT; /* writing is what sends the SYN */
	if (sock->err || sea_errq_any(sock))
		mask |= SEA_POLLERR;
	return mask;
}
