/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Closing (RFC 9293 §3.10.4): shutdown(2), close(2) with its lingering, and the orphans that finish
 * alone what nobody waits for any more.
 */
#include <errno.h>
#include <sys/socket.h>

#include "transport/tcp/memory.h"
#include "transport/tcp/passive.h"
#include "transport/tcp/socket.h"

#define LINGERS (1u << TCP_S_FIN_WAIT_1 | 1u << TCP_S_CLOSING | 1u << TCP_S_LAST_ACK)

void sea_tcp_finish_sending(struct tcp_conn *c)
{
	if (c->state == TCP_S_ESTABLISHED || c->state == TCP_S_SYN_RECV)
		sea_tcp_set_state(c, TCP_S_FIN_WAIT_1);
	else if (c->state == TCP_S_CLOSE_WAIT)
		sea_tcp_set_state(c, TCP_S_LAST_ACK);
	else
		return;
	sea_tcp_send_fin(c);
}

/* -- shutdown -- */

int sea_tcp_shutdown(struct sea_sock *sock, int how)
{
	struct tcp_conn *c = sea_tcp_conn(sock);
	uint8_t bits = (uint8_t)(how + 1); /* SHUT_RD, _WR, _RDWR as bits */
	bool closed = c->state == TCP_S_CLOSED;

	if (c->state == TCP_S_SYN_SENT || (c->state == TCP_S_LISTEN && (bits & SEA_SOCK_SHUT_RD))) {
		sea_tcp_disconnect(c);
		return 0;
	}
	if (c->state == TCP_S_LISTEN) {
		sea_sock_raise(sock, sea_tcp_poll(sock)); /* nothing changes, but Linux wakes */
		return 0;
	}
	/* Who asks no more how connect() went has been told; of a failure nobody will be. */
	if (c->flags & TCP_F_CONNECTING) {
		c->flags |= TCP_F_CONNECTED;
		if (!closed)
			tcp_clear(c, TCP_F_CONNECTING);
	}
	sock->shutdown |= bits;
	if ((bits & SEA_SOCK_SHUT_WR) &&
	    tcp_in(c, 1u << TCP_S_ESTABLISHED | 1u << TCP_S_CLOSE_WAIT))
		sea_tcp_finish_sending(c);
	sea_sock_raise(sock, SEA_POLLIN | SEA_POLLOUT | SEA_POLLRDHUP | SEA_POLLHUP);
	return closed ? -ENOTCONN : 0;
}

/* -- orphans -- */

static void abort_orphan(struct tcp_conn *c, enum sea_mib why)
{
	sea_stack_count(c->sock.stack, why);
	sea_tcp_abort(c, 0);
}

/* Nobody reads any more: the peer's FIN is not waited for long. */
static void orphan_fin_wait_2(struct tcp_conn *c)
{
	int64_t wait = sea_tcp_st(c)->sysctl.fin_timeout * SEA_SEC;

	if (c->linger2_s < 0) {
		abort_orphan(c, SEA_MIB_TcpExtTCPAbortOnLinger);
		return;
	}
	if (c->linger2_s > 0)
		wait = c->linger2_s * SEA_SEC;
	sea_tcp_to_time_wait(c, TCP_S_FIN_WAIT_2, wait);
}

/* The handle is gone; the connection finishes alone, or ends now. */
static int orphan(struct tcp_conn *c)
{
	struct tcp_state *st = sea_tcp_st(c);

	sea_sock_unregister(&c->sock);
	if (c->state == TCP_S_CLOSED) {
		sea_tcp_conn_free(c, SEA_DROP_SOCKET_CLOSED);
		return 0;
	}
	c->flags |= TCP_F_ORPHAN;
	st->n_orphans++;
	/* Packets on their way were charged to the handle: nobody will credit them. */
	c->sock.wmem_alloc = 0;
	tcp_clear(c, TCP_F_TSQ);
	if (sea_tcp_orphan_is_too_much(c, 1))
		abort_orphan(c, SEA_MIB_TcpExtTCPAbortOnMemory);
	else if (c->state == TCP_S_FIN_WAIT_2)
		orphan_fin_wait_2(c);
	else
		sea_tcp_push(c);
	return 0;
}

/* -- close -- */

static bool unread(const struct tcp_conn *c)
{
	sea_seq end = c->flags & TCP_F_FIN_RCVD ? sea_seq_add(c->rcv_nxt, (uint32_t)-1)
						: c->rcv_nxt;

	return c->rcvq.pkts.head && sea_seq_lt(c->rcvq.copied_seq, end);
}

bool sea_tcp_lingers(const struct tcp_conn *c)
{
	return tcp_in(c, LINGERS) && !sea_time_is_never(c->due[TCP_TIMER_KEEP]);
}

/* True when the program is to wait until all is acknowledged. */
static bool linger(struct tcp_conn *c)
{
	if (!(c->sock.flags & SEA_SOCK_LINGER) || !c->sock.linger_s || !tcp_in(c, LINGERS))
		return false;
	c->flags |= TCP_F_LINGERING;
	sea_tcp_timer_set(c, TCP_TIMER_KEEP, sea_time_add(tcp_now(c), c->sock.linger_s * SEA_SEC));
	return true;
}

int sea_tcp_close(struct sea_sock *sock)
{
	struct tcp_conn *c = sea_tcp_conn(sock);

	if (c->flags & TCP_F_LINGERING) {
		tcp_clear(c, TCP_F_LINGERING);
		sea_tcp_timer_set(c, TCP_TIMER_KEEP, SEA_TIME_NEVER);
		return orphan(c);
	}
	if (tcp_in(c, 1u << TCP_S_CLOSED | 1u << TCP_S_LISTEN | 1u << TCP_S_SYN_SENT)) {
		sea_tcp_conn_free(c, SEA_DROP_SOCKET_CLOSED);
		return 0;
	}
	sock->shutdown = SEA_SOCK_SHUT_RD | SEA_SOCK_SHUT_WR;
	if (unread(c)) {
		/* The peer must learn that what it sent was lost (RFC 2525 §2.17, RFC 9293 SHLD-3). */
		sea_stack_count(sock->stack, SEA_MIB_TcpExtTCPAbortOnClose);
		sea_tcp_abort(c, 0);
	} else if ((sock->flags & SEA_SOCK_LINGER) && !sock->linger_s) {
		sea_stack_count(sock->stack, SEA_MIB_TcpExtTCPAbortOnData);
		sea_tcp_abort(c, 0);
	} else {
		sea_tcp_finish_sending(c);
		if (linger(c))
			return -EWOULDBLOCK;
	}
	return orphan(c);
}
