/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What receives: recvfrom, recvmsg, recvmmsg, read, readv. One call brings at most a piece, unless all
 * is waited for (MSG_WAITALL).
 */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include "tools/exec/server.h"

static void recv_message(struct sea_exec_call *call, sea_time now);
static void recv_piece(struct sea_exec_call *call, sea_time now);

static void received_all(struct sea_exec_call *call, ssize_t result, sea_time now)
{
	if (!call->vector_len) {
		sea_exec_answer(call, result);
		return;
	}
	if (!sea_exec_vector_next(call, result))
		return;
	/* The time limit counts between datagrams alone, on Linux, too. */
	if (call->arg[3] & MSG_WAITFORONE || !sea_time_before(now, call->vector_end))
		call->nonblock = true;
	recv_message(call, now);
}

static int write_header(struct sea_exec_call *call)
{
	const struct sea_exec_message *message = &call->message;
	socklen_t room = message->name_len, len = call->msg.msg_namelen;
	size_t control = call->msg.msg_controllen;
	uint64_t at = message->at;
	int err = 0;

	if (message->name_at) {
		err = sea_exec_write(call, message->name_at, &call->name, len < room ? len : room);
		if (!err)
			err = sea_exec_write(call, at + offsetof(struct msghdr, msg_namelen), &len,
					     sizeof(len));
	}
	if (!err && control <= message->control_len)
		err = sea_exec_write(call, message->control_at, call->control, control);
	if (!err)
		err = sea_exec_write(call, at + offsetof(struct msghdr, msg_controllen), &control,
				     sizeof(control));
	if (!err)
		err = sea_exec_write(call, at + offsetof(struct msghdr, msg_flags),
				     &call->msg.msg_flags, sizeof(call->msg.msg_flags));
	return err;
}

static int write_rest(struct sea_exec_call *call)
{
	if (call->message.at)
		return write_header(call);
	call->name_len = call->msg.msg_namelen;
	return call->message.name_len_at && call->message.name_at
		       ? sea_exec_write_name(call, call->message.name_at, call->message.name_len_at)
		       : 0;
}

/* A stream's bytes that were thrown away are not there (MSG_TRUNC); a datagram may be longer than its room. */
static size_t to_copy(const struct sea_exec_call *call, size_t n)
{
	if (call->standin->stream && call->flags & MSG_TRUNC)
		return 0;
	return n < call->out.iov_len ? n : call->out.iov_len;
}

static void received(struct sea_exec_call *call, sea_time now)
{
	ssize_t n = call->op.result;
	int err;

	if (n < 0) {
		received_all(call, call->moved ? (ssize_t)call->moved : n, now);
		return;
	}
	err = sea_exec_scatter(call, call->moved, call->piece, to_copy(call, (size_t)n));
	if (!err)
		err = write_rest(call);
	if (err) {
		received_all(call, err, now);
		return;
	}
	call->moved += (size_t)n;
	if (call->standin->stream && call->flags & MSG_WAITALL && !(call->flags & MSG_PEEK) &&
	    (size_t)n == call->out.iov_len && call->moved < call->message.total)
		recv_piece(call, now);
	else
		received_all(call, (ssize_t)call->moved, now);
}

static void recv_piece(struct sea_exec_call *call, sea_time now)
{
	struct sea_exec_message *message = &call->message;
	size_t left = message->total - call->moved;
	size_t len = left < SEA_EXEC_PIECE ? left : SEA_EXEC_PIECE;
	int err = sea_exec_hold(call, len);

	if (err) {
		received_all(call, call->moved ? (ssize_t)call->moved : err, now);
		return;
	}
	call->out = (struct iovec){ call->piece, len };
	call->msg = (struct msghdr){
		.msg_name = message->name_at ? &call->name : NULL,
		.msg_namelen = message->name_at ? sizeof(call->name) : 0,
		.msg_iov = &call->out,
		.msg_iovlen = 1,
		.msg_control = call->control,
		.msg_controllen = message->control_len,
	};
	call->done = received;
	sea_blocking_recvmsg(&call->op, call->exec->server->host->stack,
			     call->standin->watcher.sock, &call->msg,
			     call->flags | (call->nonblock ? MSG_DONTWAIT : 0), now);
	sea_exec_wait(call, now);
}

static void recv_message(struct sea_exec_call *call, sea_time now)
{
	int err = sea_exec_message(call);

	if (err)
		received_all(call, err, now);
	else if ((call->nr == SYS_read || call->nr == SYS_readv) && !call->message.total)
		received_all(call, 0, now);
	else
		recv_piece(call, now);
}

/* 0, or -errno. */
static int begin_vector(struct sea_exec_call *call, sea_time now)
{
	struct timespec limit;
	int err;

	call->vector_len = call->arg[2] < SEA_EXEC_VECTOR ? (unsigned)call->arg[2]
							  : SEA_EXEC_VECTOR;
	call->vector_end = SEA_TIME_NEVER;
	if (!call->arg[4])
		return 0;
	err = sea_exec_read(call, call->arg[4], &limit, sizeof(limit));
	if (err)
		return err;
	if (limit.tv_sec < 0 || limit.tv_nsec < 0 || limit.tv_nsec >= SEA_SEC)
		return -EINVAL;
	if (limit.tv_sec < INT32_MAX)
		call->vector_end = sea_time_add(now, limit.tv_sec * SEA_SEC + limit.tv_nsec);
	return 0;
}

void sea_exec_recv(struct sea_exec_call *call, sea_time now)
{
	int err;

	if (!sea_exec_find(call, 0))
		return;
	if (call->standin->file) {
		sea_exec_read_file(call, now);
		return;
	}
	if (call->nr == SYS_recvmmsg) {
		err = begin_vector(call, now);
		if (err || !call->vector_len) {
			sea_exec_answer(call, err);
			return;
		}
	}
	recv_message(call, now);
}
