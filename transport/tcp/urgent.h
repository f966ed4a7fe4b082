/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Urgent data (RFC 9293 §3.8.5, RFC 6093), as BSD and Linux have it: one byte that the latest pointer names.
 *
 * Sent: SND.UP is where the last message with MSG_OOB ended. While it is ahead of SND.UNA every segment goes alone
 * (no super-segment), and those that begin before it say URG.
 *
 * Received: a pointer announces (TCP_F_URG_RCV); the segment that holds the byte, in order or not, brings it
 * (TCP_F_URG_VALID, the byte itself is in the side object); it is read apart once (TCP_F_URG_READ), and stays in the
 * stream, too, as the mark at which reading stops. All that is over when the program has read past it.
 */
#ifndef SEA_TCP_URGENT_H
#define SEA_TCP_URGENT_H

#include <sys/socket.h>

#include "transport/tcp/conn.h"
#include "transport/tcp/rx.h"

/* Something urgent is not acknowledged yet. */
static inline bool tcp_sends_urgent(const struct tcp_conn *c)
{
	return __builtin_expect(c->flags & TCP_F_URG_SEND, 0) && sea_seq_gt(c->snd_up, c->snd_una);
}

/* Urgent data is ahead of what is read, and its byte stands apart from the stream (no SO_OOBINLINE). */
static inline bool tcp_urgent_apart(const struct tcp_conn *c)
{
	return (c->flags & TCP_F_URG_RCV) && !(c->sock.flags & SEA_SOCK_OOBINLINE);
}

/* Reading has come to it. */
static inline bool tcp_at_mark(const struct tcp_conn *c)
{
	return (c->flags & TCP_F_URG_RCV) && sea_seq_eq(c->rcvq.urg_seq, c->rcvq.copied_seq);
}

/* The byte can be read apart (POLLPRI). */
static inline bool tcp_urgent_came(const struct tcp_conn *c)
{
	return (c->flags & (TCP_F_URG_VALID | TCP_F_URG_READ)) == TCP_F_URG_VALID;
}

/* The pointer of a segment that begins at `seq`, as its header has it; 0: it says nothing of it. */
uint16_t sea_tcp_urgent_pointer(const struct tcp_conn *c, sea_seq seq);

/* Of a packet with data, before any of it is cut off: a pointer, and the byte; tells the program by rx->effects. */
void sea_tcp_urgent_input(struct tcp_conn *c, struct tcp_rx *rx);

/* recvmsg() with MSG_OOB: bytes read (0 or 1) or -errno. */
ssize_t sea_tcp_recv_urgent(struct tcp_conn *c, struct msghdr *msg, int flags);

/* The program has read past the byte. */
static inline void tcp_urgent_over(struct tcp_conn *c)
{
	tcp_clear(c, TCP_F_URG_RCV | TCP_F_URG_VALID | TCP_F_URG_READ);
}

#endif
