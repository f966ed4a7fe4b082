/* SPDX-License-Identifier: Apache-2.0 */
/* Decides which urgent pointers are believed, keeps the byte they name, and hands it out. */
#include "transport/tcp/urgent.h"

#include <errno.h>

#include "transport/tcp/memory.h"
#include "transport/tcp/rx.h"
#include "transport/tcp/socket.h"

#define POINTER_MAX 0xffffu

/* -- sending -- */

/* What is farther away than a pointer reaches is told of where nothing was sent beyond that (as Linux). */
uint16_t sea_tcp_urgent_pointer(const struct tcp_conn *c, sea_seq seq)
{
	uint32_t ahead = (uint32_t)sea_seq_diff(c->snd_up, seq);

	if (!(c->flags & TCP_F_URG_SEND) || !sea_seq_gt(c->snd_up, seq))
		return 0;
	if (ahead <= POINTER_MAX)
		return (uint16_t)ahead;
	return sea_seq_gt(sea_seq_add(seq, POINTER_MAX), c->snd_nxt) ? POINTER_MAX : 0;
}

/* -- receiving -- */

/* The byte's number: the pointer is one behind it, or, with tcp_stdurg, at it (RFC 6093 §3.1). */
static sea_seq named(const struct tcp_conn *c, const struct sea_tcp_seg *seg)
{
	uint32_t at = seg->urg;

	return sea_seq_add(seg->seq, at && !sea_tcp_st(c)->sysctl.stdurg ? at - 1 : at);
}

static void note_pointer(struct tcp_conn *c, struct tcp_rx *rx)
{
	sea_seq at = named(c, &rx->seg);

	/* Read already, or gone by, or announced before: nothing new. */
	if (sea_seq_lt(at, c->rcvq.copied_seq) || sea_seq_lt(at, c->rcv_nxt))
		return;
	if ((c->flags & TCP_F_URG_RCV) && !sea_seq_gt(at, c->rcvq.urg_seq))
		return;
	/* Where reading has come to the last one, that one is not to turn up in the stream. */
	if (tcp_urgent_apart(c) && tcp_at_mark(c) && !sea_seq_eq(c->rcvq.copied_seq, c->rcv_nxt))
		sea_tcp_read_past_mark(c);
	tcp_urgent_over(c);
	c->rcvq.urg_seq = at;
	c->flags |= TCP_F_URG_RCV;
	rx->effects |= RX_PRI;
}

/* Without memory to keep it in, the byte is not there to be read apart. */
static void keep_byte(struct tcp_conn *c, struct tcp_rx *rx, uint32_t off)
{
	struct tcp_side *side = sea_tcp_side_edit(c);

	if (!side || !sea_pkt_read(rx->pkt, off, &side->urg_byte, 1))
		return;
	c->flags |= TCP_F_URG_VALID;
	rx->effects |= RX_WAKE;
}

void sea_tcp_urgent_input(struct tcp_conn *c, struct tcp_rx *rx)
{
	const struct sea_tcp_seg *seg = &rx->seg;
	sea_seq text = sea_seq_add(seg->seq, !!(seg->flags & SEA_TCP_SYN));
	uint32_t off;

	if (seg->flags & SEA_TCP_URG)
		note_pointer(c, rx);
	if ((c->flags & (TCP_F_URG_RCV | TCP_F_URG_VALID)) != TCP_F_URG_RCV)
		return;
	off = (uint32_t)sea_seq_diff(c->rcvq.urg_seq, text);
	if (off < seg->len)
		keep_byte(c, rx, off);
}

/* -- reading it -- */

/* One byte, into the first piece of memory that has room; 0: there is none. */
static ssize_t put_byte(const struct msghdr *msg, uint8_t byte, bool discard)
{
	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		if (!msg->msg_iov[i].iov_len)
			continue;
		if (!discard)
			*(uint8_t *)msg->msg_iov[i].iov_base = byte;
		return 1;
	}
	return 0;
}

ssize_t sea_tcp_recv_urgent(struct tcp_conn *c, struct msghdr *msg, int flags)
{
	ssize_t n;

	if (c->state == TCP_S_LISTEN)
		return -ENOTCONN;
	if (!tcp_urgent_apart(c) || (c->flags & TCP_F_URG_READ))
		return -EINVAL;
	if (c->state == TCP_S_CLOSED && !(c->flags & TCP_F_FIN_RCVD))
		return -ENOTCONN;
	if (!(c->flags & TCP_F_URG_VALID))
		return c->state == TCP_S_CLOSED || c->sock.shutdown & SEA_SOCK_SHUT_RD ? 0
										       : -EAGAIN;
	if (!(flags & MSG_PEEK))
		c->flags |= TCP_F_URG_READ;
	msg->msg_flags |= MSG_OOB;
	n = put_byte(msg, c->side->urg_byte, flags & MSG_TRUNC);
	if (!n)
		msg->msg_flags |= MSG_TRUNC;
	return n;
}
