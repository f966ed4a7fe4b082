/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets with Linux's semantics, except that no call ever blocks: where Linux would, -EAGAIN (or
 * -EINPROGRESS for connect) comes back and an event follows. Addresses, options, flags and control
 * messages are Linux's bytes (<sys/socket.h>, <netinet/in.h>, <netinet/tcp.h>); errors are -errno
 * as Linux gives them. <seastack/blocking.h> turns these calls into blocking ones.
 */
#ifndef SEASTACK_SOCKET_H
#define SEASTACK_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <seastack/compiler.h>
#include <seastack/time.h>

SEA_BEGIN_DECLS

struct sea_stack;

/*
 * An open file description: shard, index and generation in 64 bits, so a stale value is noticed
 * (-EBADF). 0 is no socket. Dup, fork and descriptor passing are the consumer's.
 */
typedef struct {
	uint64_t v;
} sea_socket;

#define SEA_SOCKET_NONE ((sea_socket){ 0 })

static inline bool sea_socket_is_none(sea_socket s)
{
	return s.v == 0;
}

/* Readiness, with the values of poll(2) and epoll(7). */
#define SEA_POLLIN 0x001u
#define SEA_POLLPRI 0x002u
#define SEA_POLLOUT 0x004u
#define SEA_POLLERR 0x008u
#define SEA_POLLHUP 0x010u
#define SEA_POLLRDHUP 0x2000u

/* socket(2). SOCK_NONBLOCK and SOCK_CLOEXEC in `type` are refused: they are the consumer's. */
SEA_API SEA_MUST_USE int sea_socket_new(struct sea_stack *stack, int domain, int type, int protocol,
					sea_socket *sock, sea_time now);
/*
 * The last descriptor of the socket is gone (close(2)). Never blocks: where SO_LINGER would wait,
 * -EWOULDBLOCK comes back, the socket goes on closing, stays readable for poll alone, and must be
 * closed again when SEA_POLLHUP says so, or sooner, to give up waiting. -ENOMEM: of sockets with MSG_ZEROCOPY,
 * see there.
 */
SEA_API int sea_socket_close(struct sea_stack *stack, sea_socket sock, sea_time now);

/* bind(2), listen(2): 0 or -errno. */
SEA_API SEA_MUST_USE int sea_socket_bind(struct sea_stack *stack, sea_socket sock,
					 const struct sockaddr *addr, socklen_t len, sea_time now);
SEA_API SEA_MUST_USE int sea_socket_listen(struct sea_stack *stack, sea_socket sock, int backlog,
					   sea_time now);
/* 0 with a new socket, or -EAGAIN. `addr` may be NULL; *len is in and out as accept(2). */
SEA_API SEA_MUST_USE int sea_socket_accept(struct sea_stack *stack, sea_socket sock,
					   struct sockaddr *addr, socklen_t *len,
					   sea_socket *accepted, sea_time now);
/* 0, -EINPROGRESS (then SEA_POLLOUT, and SO_ERROR tells), -EALREADY, -EISCONN, … */
SEA_API SEA_MUST_USE int sea_socket_connect(struct sea_stack *stack, sea_socket sock,
					    const struct sockaddr *addr, socklen_t len,
					    sea_time now);
/* shutdown(2): 0 or -errno; `how` is SHUT_RD, SHUT_WR or SHUT_RDWR. */
SEA_API int sea_socket_shutdown(struct sea_stack *stack, sea_socket sock, int how, sea_time now);

/*
 * sendmsg(2) and recvmsg(2): bytes moved, or -errno. A short count from a stream means that the rest
 * would block. MSG_DONTWAIT is implied; MSG_NOSIGNAL changes nothing (the consumer raises SIGPIPE on
 * -EPIPE). MSG_ZEROCOPY of a socket with SO_ZEROCOPY lends memory instead of copying it: below.
 */
SEA_API SEA_MUST_USE ssize_t sea_socket_sendmsg(struct sea_stack *stack, sea_socket sock,
						const struct msghdr *msg, int flags, sea_time now);
SEA_API SEA_MUST_USE ssize_t sea_socket_recvmsg(struct sea_stack *stack, sea_socket sock,
						struct msghdr *msg, int flags, sea_time now);

/*
 * getsockopt(2) and setsockopt(2); a name that is not known or not built is -ENOPROTOOPT, and a value of
 * some length at NULL is -EFAULT, whatever the name. As on Linux, setting IPV6_FLOWLABEL_MGR writes to a
 * `val` that asks for any label which it is. Of TCP_AO_GET_KEYS *len is all of `val`, where Linux takes one element's.
 */
SEA_API SEA_MUST_USE int sea_socket_getsockopt(struct sea_stack *stack, sea_socket sock, int level,
					       int name, void *val, socklen_t *len, sea_time now);
SEA_API SEA_MUST_USE int sea_socket_setsockopt(struct sea_stack *stack, sea_socket sock, int level,
					       int name, const void *val, socklen_t len,
					       sea_time now);

/*
 * ioctl(2) upon a socket: how much waits (FIONREAD, SIOCOUTQ, SIOCOUTQNSD), SIOCATMARK; by any socket links (netdevice(7),
 * struct ifreq, SIOCGIFCONF); by those of AF_INET and AF_INET6 addresses, routes (rtentry, in6_rtmsg), neighbours (arpreq).
 * The bytes are Linux's, but for pointers in them (ifc_buf, ifr_data, rt_dev), neither followed nor changed: what they
 * point to is `data`. So a consumer whose caller's memory is not its own copies sea_ioctl_arg_len() bytes in, and, if
 * all went well, out again, and data_written of the data. AF_INET6's structs are shorter than that.
 */
struct sea_ioctl {
	size_t size;
	unsigned long request;
	void *arg;       /* NULL: what needs it is -EFAULT */
	size_t arg_len;  /* too few for the request are -EINVAL */
	void *data;      /* read and written; NULL: there is none, as if the pointer were NULL */
	size_t data_len; /* what needs more bytes is -EFAULT */
	size_t data_written; /* out: how many bytes at the beginning of `data` are to go back */
};

/* 0 or what ioctl(2) returns, or -errno; -ENOTTY: nobody knows the request. */
SEA_API SEA_MUST_USE int sea_socket_ioctl(struct sea_stack *stack, sea_socket sock,
					  struct sea_ioctl *call, sea_time now);
/* How many bytes the request's argument has, at its most; 0: it is none of sockets'. */
SEA_API size_t sea_ioctl_arg_len(unsigned long request);

/* Those whose argument is an int. */
SEA_MUST_USE
static inline int sea_socket_ioctl_int(struct sea_stack *stack, sea_socket sock,
				       unsigned long request, int *value, sea_time now)
{
	struct sea_ioctl call = { sizeof(call), request, value, sizeof(*value), NULL, 0, 0 };

	return sea_socket_ioctl(stack, sock, &call, now);
}

/* getsockname(2) and getpeername(2): *len is in and out. */
SEA_API int sea_socket_getsockname(struct sea_stack *stack, sea_socket sock, struct sockaddr *addr,
				   socklen_t *len);
SEA_API int sea_socket_getpeername(struct sea_stack *stack, sea_socket sock, struct sockaddr *addr,
				   socklen_t *len);

/* SEA_POLL* that hold now; SEA_POLLERR | SEA_POLLHUP for a stale value. */
SEA_API uint32_t sea_socket_poll(struct sea_stack *stack, sea_socket sock);

/*
 * Whose socket it is, as NETLINK_SOCK_DIAG shows it to ss(8): a user, and the number by which the consumer knows the
 * file (that of /proc/PID/fd's links, with which ss finds processes). Both are 0 at first; a connection has
 * its listener's user, if that is known, while nobody has accepted it. 0, -EBADF for a stale value, -ENOMEM.
 */
SEA_API int sea_socket_set_owner(struct sea_stack *stack, sea_socket sock, uint32_t uid,
				 uint32_t inode);

/*
 * From now on events in `mask` (SEA_POLLERR and SEA_POLLHUP always) are queued with `cookie`. What
 * holds already counts as an edge. 0, or -EBADF for a stale value.
 */
SEA_API int sea_socket_watch(struct sea_stack *stack, sea_socket sock, uint32_t mask,
			     uint64_t cookie);

/*
 * Lending, so that no byte is copied. Streams only (-EOPNOTSUPP otherwise).
 *
 * Receive: peek points `iov` at queued bytes in order and returns the pieces written (0 at the end of
 * the stream, -EAGAIN when empty, or the socket's error); they stay valid until the next call on this
 * socket. consume says how many bytes are done with.
 */
SEA_API SEA_MUST_USE int sea_socket_recv_peek(struct sea_stack *stack, sea_socket sock,
					      struct iovec *iov, int max, sea_time now);
SEA_API SEA_MUST_USE int sea_socket_recv_consume(struct sea_stack *stack, sea_socket sock,
						 size_t bytes, sea_time now);
/*
 * Send by MSG_ZEROCOPY (SO_ZEROCOPY is set; TCP and UDP; without that option the flag means nothing): the stack refers to
 * the memory that the vectors of `msg` name, as far as the call took it, and only reads it. It stays the caller's, who must
 * leave it mapped and its bytes as they are until the socket's error queue tells of the call (MSG_ERRQUEUE,
 * SO_EE_ORIGIN_ZEROCOPY: calls ee_info to ee_data, numbered from 0 on, those that took nothing not counted). It does when
 * the peer has acknowledged a stream's bytes, the send queue was dropped (a reset, a disconnect) or a datagram left, and no
 * packet refers to them any more: sea_pkt_done() was called for all that a driver took. SO_EE_CODE_ZEROCOPY_COPIED: the
 * stack copied them on the way, as for readers on the same machine. Whoever changes bytes too early spoils what he sends,
 * nothing else.
 *
 * What is still out when the socket is closed, or its stack saved, is copied: the memory is the caller's when
 * sea_socket_close() returns, but for frames that a driver then has (until their sea_pkt_done()). Where there is no memory
 * for that, close returns -ENOMEM and has done nothing: the socket is open, and to be closed again.
 * sea_stack_free() lets go of everything.
 *
 * Send in place: reserve offers room in the send queue to write into (at least one byte, at most `want`), as
 * pieces; -EAGAIN when it is full. commit queues the first `bytes` of it. The offer ends with the
 * next call on this socket. `flags`: MSG_MORE, MSG_EOR.
 */
SEA_API SEA_MUST_USE int sea_socket_send_reserve(struct sea_stack *stack, sea_socket sock,
						 size_t want, struct iovec *iov, int max,
						 sea_time now);
SEA_API SEA_MUST_USE int sea_socket_send_commit(struct sea_stack *stack, sea_socket sock,
						size_t bytes, int flags, sea_time now);

/* What one socket looks like from outside, as ss(8) shows it. */
struct sea_socket_info {
	size_t size; /* set by the caller and left as it is */
	sea_socket socket;
	int domain, type, protocol;
	int state; /* TCP: TCP_ESTABLISHED … of <netinet/tcp.h>; others: TCP_CLOSE or TCP_ESTABLISHED */
	uint32_t rx_bytes; /* a listener: connections waiting */
	uint32_t tx_bytes; /* a listener: its backlog */
	struct sockaddr_storage local, peer;
	uint64_t drops;
};

/*
 * Walks all sockets, small TCP objects (SYN queue, TIME_WAIT) included: start with *cursor = 0.
 * False at the end. Changes in between lose or repeat nothing but what changed. Fills *info up to
 * its `size`, with zeros where this library knows less than the caller's header; a size of 0 gets
 * nothing, but walks on.
 */
SEA_API bool sea_socket_next(struct sea_stack *stack, uint64_t *cursor,
			     struct sea_socket_info *info);

SEA_END_DECLS
#endif
