/* SPDX-License-Identifier: Apache-2.0 */
/* TCP as a socket type: the calls of core/sock.h. */
#ifndef SEA_TCP_SOCKET_H
#define SEA_TCP_SOCKET_H

#include "transport/tcp/conn.h"

extern const struct sea_sock_ops sea_tcp_sock_ops;

/* Parts of the ops, by file. */
int sea_tcp_bind(struct sea_sock *sock, const struct sea_endpoint *local); /* socket.c */
int sea_tcp_listen(struct sea_sock *sock, int backlog);
int sea_tcp_accept(struct sea_sock *sock, struct sea_sock **accepted);
void sea_tcp_tx_done(struct sea_sock *sock);
void sea_tcp_destroy(struct sea_sock *sock);
/* connect(), and MSG_FASTOPEN (fastopen.h), which may lack a peer (NULL): 0, -EINPROGRESS, -errno. */
SEA_MUST_USE int sea_tcp_open(struct tcp_conn *c, const struct sea_endpoint *peer,
			      struct tcp_syn_data *data);
/*
 * Sends the first SYN, with `len` stored bytes if there is memory to note them; see sea_tcp_send_syn(). -EINPROGRESS, or
 * -ENOBUFS: the caller drops the flight and what is stored in it.
 */
SEA_MUST_USE int sea_tcp_open_syn(struct tcp_conn *c, const struct sea_tcp_cookie *cookie,
				  uint32_t len, bool *asked);
int sea_tcp_connect(struct sea_sock *sock, const struct sea_endpoint *peer); /* open.c */
int sea_tcp_shutdown(struct sea_sock *sock, int how);                        /* close.c */
int sea_tcp_close(struct sea_sock *sock);
/* All bytes of a message. */
size_t sea_tcp_msg_len(const struct msghdr *msg);
/* 0 when data may be queued now; else -errno as Linux's sendmsg says. */
int sea_tcp_may_write(struct tcp_conn *c);
/* Bytes that a part may have: a super-segment's, but no more than half the largest window; urgent ones an MSS. */
uint32_t sea_tcp_part_goal(const struct tcp_conn *c, int flags);
/* Its bytes from `done` on, at most `len`, as a part of their own that nothing sends yet; returns how many. */
uint32_t sea_tcp_store_apart(struct tcp_conn *c, const struct msghdr *msg, struct sea_zc *zc,
			     size_t done, uint32_t len);
ssize_t sea_tcp_sendmsg(struct sea_sock *sock, const struct msghdr *msg, int flags); /* send.c */
int sea_tcp_send_reserve(struct sea_sock *sock, size_t want, struct iovec *iov, int max);
int sea_tcp_send_commit(struct sea_sock *sock, size_t bytes, int flags);
ssize_t sea_tcp_recvmsg(struct sea_sock *sock, struct msghdr *msg, int flags); /* recv.c */
int sea_tcp_recv_peek(struct sea_sock *sock, struct iovec *iov, int max);
int sea_tcp_recv_consume(struct sea_sock *sock, size_t bytes);
int sea_tcp_ioctl(struct sea_sock *sock, unsigned long request, int *value);
uint32_t sea_tcp_poll(struct sea_sock *sock); /* poll.c */
/* Does a read tell more than bytes? Whenever that may have changed (recv.c). */
void sea_tcp_note_cmsgs(struct tcp_conn *c);
/* TCP_F_LOOK follows what asks for it. */
void sea_tcp_note_look(struct tcp_conn *c);
/* `target` bytes wait to be read, or fewer that are all that will come (poll.c). */
bool sea_tcp_enough(const struct tcp_conn *c, uint32_t target);
/* The byte at the mark will not be read: reading goes on behind it (recv.c). */
void sea_tcp_read_past_mark(struct tcp_conn *c);
int sea_tcp_getsockopt(struct sea_sock *sock, int level, int name, void *val, socklen_t *len);
int sea_tcp_setsockopt(struct sea_sock *sock, int level, int name, const void *val,
		       socklen_t len); /* sockopt.c */
void sea_tcp_opt_changed(struct sea_sock *sock, int name);
void sea_tcp_info(struct sea_sock *sock, struct sea_socket_info *info); /* info.c */
extern const struct sea_diag_proto sea_tcp_diag;                        /* diag.c */
void sea_tcp_save_sock(struct sea_sock *sock, struct sea_saver *to);    /* save.c */
/* What is no socket: requests, TIME_WAIT objects, connections without a handle (info.c). */
bool sea_tcp_next4(struct sea_stack *stack, uint64_t *cursor, struct sea_socket_info *info);
bool sea_tcp_next6(struct sea_stack *stack, uint64_t *cursor, struct sea_socket_info *info);

/* To listen() and connect() it is a connection still when that is long over (Linux's SS_UNCONNECTED is not). */
static inline bool tcp_counts_as_connected(const struct tcp_conn *c)
{
	return c->flags & (TCP_F_CONNECTING | TCP_F_CONNECTED | TCP_F_ACCEPTED);
}

/* A closed socket as new, but for its options; resets and forgets what it was (open.c). */
void sea_tcp_disconnect(struct tcp_conn *c);
/* close() waits still (SO_LINGER): something is not acknowledged, and its time is not over. */
bool sea_tcp_lingers(const struct tcp_conn *c);

/* getsockopt(IP_PKTOPTIONS): 0. */
int sea_tcp_get_pktoptions(struct tcp_conn *c, void *val, socklen_t *len);
/* getsockopt(IPV6_2292PKTOPTIONS), sea_tcp_seen_settle() before it: 0. */
int sea_tcp_get_pktoptions6(struct tcp_conn *c, void *val, socklen_t *len);

#endif
