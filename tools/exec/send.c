/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What sends: sendto, sendmsg, sendmmsg, write, writev. A stream takes piece by piece, so that a long
 * message needs little memory here; a datagram is one piece.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools/exec/server.h"

static void send_message(struct sea_exec_call *call, sea_time now);

/* The program's thread gets the signal before it sees the error. */
static void raise_pipe(const struct sea_exec_call *call)
{
	if (call->pidfd < 0 || syscall(SYS_pidfd_send_signal, call->pidfd, SIGPIPE, NULL, 0))
		syscall(SYS_tkill, call->tid, SIGPIPE);
}

static void sent_all(struct sea_exec_call *call, ssize_t result, sea_time now)
{
	if (call->vector_len) {
		if (sea_exec_vector_next(call, result))
			send_message(call, now);
		return;
	}
	if (result == -EPIPE && call->standin->stream && !(call->flags & MSG_NOSIGNAL))
		raise_pipe(call);
	sea_exec_answer(call, result);
}

static void send_piece(struct sea_exec_call *call, sea_time now);

static void sent(struct sea_exec_call *call, sea_time now)
{
	ssize_t n = call->op.result;
	size_t asked = call->msg.msg_iov->iov_len;

	if (n < 0 || !call->standin->stream) {
		sent_all(call, call->moved ? (ssize_t)call->moved : n, now);
		return;
	}
	call->moved += (size_t)n;
	if ((size_t)n < asked || call->moved >= call->message.total)
		sent_all(call, (ssize_t)call->moved, now);
	else
		send_piece(call, now);
}

static int flags_of(const struct sea_exec_call *call, size_t len)
{
	int flags = (call->flags & ~MSG_ZEROCOPY) | (call->nonblock ? MSG_DONTWAIT : 0);

	if (call->moved)
		flags &= ~MSG_FASTOPEN;
	if (call->moved + len < call->message.total)
		flags = (flags & ~(MSG_OOB | MSG_EOR)) | MSG_MORE;
	return flags;
}

static void send_piece(struct sea_exec_call *call, sea_time now)
{
	struct sea_exec_message *message = &call->message;
	size_t left = message->total - call->moved;
	size_t len = left < SEA_EXEC_PIECE ? left : SEA_EXEC_PIECE;
	int err = !call->standin->stream && len < left ? -EMSGSIZE : sea_exec_hold(call, len);

	if (!err)
		err = sea_exec_gather(call, call->moved, call->piece, len);
	if (err) {
		sent_all(call, call->moved ? (ssize_t)call->moved : err, now);
		return;
	}
	call->out = (struct iovec){ call->piece, len };
	call->msg = (struct msghdr){ .msg_iov = &call->out, .msg_iovlen = 1 };
	if (!call->moved) {
		call->msg.msg_name = message->name_at ? &call->name : NULL;
		call->msg.msg_namelen = message->name_at ? call->name_len : 0;
		call->msg.msg_control = call->control;
		call->msg.msg_controllen = message->control_len;
	}
	call->done = sent;
	sea_blocking_sendmsg(&call->op, call->exec->server->host->stack,
			     call->standin->watcher.sock, &call->msg, flags_of(call, len), now);
	sea_exec_wait(call, now);
}

static void send_message(struct sea_exec_call *call, sea_time now)
{
	struct sea_exec_message *message = &call->message;
	int err = sea_exec_message(call);

	if (!err && message->name_at)
		err = sea_exec_read_name(call, message->name_at, message->name_len);
	if (!err)
		err = sea_exec_read(call, message->control_at, call->control, message->control_len);
	if (err)
		sent_all(call, err, now);
	else
		send_piece(call, now);
}

void sea_exec_send(struct sea_exec_call *call, sea_time now)
{
	if (!sea_exec_find(call, 0))
		return;
	if (call->standin->file) {
		sea_exec_write_file(call, now);
		return;
	}
	if (call->nr == SYS_sendmmsg) {
		call->vector_len = call->arg[2] < SEA_EXEC_VECTOR ? (unsigned)call->arg[2]
								  : SEA_EXEC_VECTOR;
		if (!call->vector_len) {
			sea_exec_answer(call, 0);
			return;
		}
	}
	send_message(call, now);
}
