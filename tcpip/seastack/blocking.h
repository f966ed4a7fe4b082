/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocking calls as a pure state machine: which call, how far it got, what to wait for and until
 * when, with Linux's rules for timeouts (SO_RCVTIMEO, SO_SNDTIMEO), low-water marks, MSG_WAITALL,
 * and a signal against a short count. It serves every consumer that blocks; consumers only sleep:
 *
 *	sea_blocking_recvmsg(&op, stack, sock, &msg, flags, now);
 *	while (!sea_blocking_done(&op)) {
 *		wait for sea_event edges in op.wait on op.sock, or until op.deadline, or a signal;
 *		if (signal)
 *			sea_blocking_interrupt(&op);
 *		else
 *			sea_blocking_step(&op, now);
 *	}
 *	result = op.result;
 *
 * An operation owns nothing: it may be dropped at any time. `msg` and what it points at stay the
 * caller's and must live until the operation is done.
 */
#ifndef SEASTACK_BLOCKING_H
#define SEASTACK_BLOCKING_H

#include <netinet/in.h>
#include <stdbool.h>

#include <seastack/compiler.h>
#include <seastack/socket.h>
#include <seastack/time.h>

SEA_BEGIN_DECLS

enum sea_blocking_call {
	SEA_BLOCKING_CONNECT,
	SEA_BLOCKING_ACCEPT,
	SEA_BLOCKING_SENDMSG,
	SEA_BLOCKING_RECVMSG,
	SEA_BLOCKING_CLOSE,
};

struct sea_blocking {
	/* What the consumer reads. */
	bool done;
	ssize_t result;   /* as the system call would return, or -errno; -ERESTARTSYS never */
	bool restartable; /* -EINTR here would be restarted under SA_RESTART (no timeout was set) */
	uint32_t wait;    /* SEA_POLL* to wait for */
	sea_time deadline;   /* give up waiting then */
	sea_socket accepted; /* SEA_BLOCKING_ACCEPT */
	/* The machine's own. */
	struct sea_stack *stack;
	sea_socket sock;
	enum sea_blocking_call call;
	int flags;
	struct msghdr *msg;
	struct msghdr rest; /* what is left of *msg; its iov points at `iov` or into msg->msg_iov */
	struct iovec part;  /* the piece that was moved in part */
	size_t part_index, moved, want, lowat;
	struct sockaddr *addr;
	socklen_t *addrlen;
	struct sockaddr_in6 to; /* SEA_BLOCKING_CONNECT: asked for again at the end */
	socklen_t to_len;
	bool timed;
	bool opening; /* SEA_BLOCKING_SENDMSG with MSG_FASTOPEN: the connection is not there yet */
};

/* Each starts the call and takes its first step; then it may be done already. */
SEA_API void sea_blocking_connect(struct sea_blocking *op, struct sea_stack *stack, sea_socket sock,
				  const struct sockaddr *addr, socklen_t len, sea_time now);
SEA_API void sea_blocking_accept(struct sea_blocking *op, struct sea_stack *stack, sea_socket sock,
				 struct sockaddr *addr, socklen_t *len, sea_time now);
SEA_API void sea_blocking_sendmsg(struct sea_blocking *op, struct sea_stack *stack, sea_socket sock,
				  const struct msghdr *msg, int flags, sea_time now);
SEA_API void sea_blocking_recvmsg(struct sea_blocking *op, struct sea_stack *stack, sea_socket sock,
				  struct msghdr *msg, int flags, sea_time now);
SEA_API void sea_blocking_close(struct sea_blocking *op, struct sea_stack *stack, sea_socket sock,
				sea_time now);

/* An awaited event came, or the deadline passed: goes as far as it can. */
SEA_API void sea_blocking_step(struct sea_blocking *op, sea_time now);

/* A signal came: done with the short count if bytes were moved, else with -EINTR. */
SEA_API void sea_blocking_interrupt(struct sea_blocking *op);

static inline bool sea_blocking_done(const struct sea_blocking *op)
{
	return op->done;
}

SEA_END_DECLS
#endif
