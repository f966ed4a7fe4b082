/* SPDX-License-Identifier: Apache-2.0 */
/* The message that a call names: in its arguments, in a struct msghdr, or in one of a vector. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "tools/exec/server.h"

#define PIECES_MAX 1024          /* UIO_MAXIOV */
#define CONTROL_MAX (128u << 10) /* net.core.optmem_max */
#define TOTAL_MAX 0x7ffff000u    /* MAX_RW_COUNT */

void sea_exec_message_drop(struct sea_exec_call *call)
{
	if (call->message.iov != &call->iov)
		free(call->message.iov);
	free(call->piece);
	free(call->control);
	call->exec->held -= call->piece_len;
	memset(&call->message, 0, sizeof(call->message));
	call->piece = NULL;
	call->control = NULL;
	call->piece_len = 0;
	call->moved = 0;
}

int sea_exec_hold(struct sea_exec_call *call, size_t len)
{
	if (len > SEA_EXEC_PIECE)
		len = SEA_EXEC_PIECE;
	if (call->piece && call->piece_len >= len)
		return 0;
	if (call->exec->held + len > SEA_EXEC_HELD_MAX)
		return -ENOBUFS;
	free(call->piece);
	call->exec->held -= call->piece_len;
	call->piece_len = 0;
	call->piece = malloc(len ? len : 1);
	if (!call->piece)
		return -ENOMEM;
	call->piece_len = len;
	call->exec->held += len;
	return 0;
}

/* Cut where Linux cuts it. */
static int add_up(struct sea_exec_message *message)
{
	message->total = 0;
	for (size_t i = 0; i < message->n_iov; i++) {
		size_t *len = &message->iov[i].iov_len;

		if ((ssize_t)*len < 0)
			return -EINVAL;
		if (*len > TOTAL_MAX - message->total)
			*len = TOTAL_MAX - message->total;
		message->total += *len;
	}
	return 0;
}

static int one_piece(struct sea_exec_call *call, uint64_t at, uint64_t len)
{
	call->iov = (struct iovec){ (void *)(uintptr_t)at, (size_t)len };
	call->message.iov = &call->iov;
	call->message.n_iov = 1;
	if (call->iov.iov_len > TOTAL_MAX)
		call->iov.iov_len = TOTAL_MAX;
	return add_up(&call->message);
}

static int pieces(struct sea_exec_call *call, uint64_t at, uint64_t n, int too_many)
{
	struct sea_exec_message *message = &call->message;
	int err;

	if (n > PIECES_MAX)
		return too_many;
	message->iov = n ? calloc(n, sizeof(*message->iov)) : &call->iov;
	if (!message->iov)
		return -ENOMEM;
	message->n_iov = n;
	err = sea_exec_read(call, at, message->iov, n * sizeof(*message->iov));
	return err ? err : add_up(message);
}

static int header(struct sea_exec_call *call, uint64_t at)
{
	struct sea_exec_message *message = &call->message;
	struct msghdr msg;
	int err = sea_exec_read(call, at, &msg, sizeof(msg));

	if (err)
		return err;
	message->at = at;
	message->name_at = (uint64_t)(uintptr_t)msg.msg_name;
	message->control_at = (uint64_t)(uintptr_t)msg.msg_control;
	message->control_len = message->control_at ? msg.msg_controllen : 0;
	if ((int)msg.msg_namelen < 0)
		return -EINVAL;
	message->name_len = message->name_at ? msg.msg_namelen : 0;
	if (message->name_len > sizeof(call->name))
		message->name_len = sizeof(call->name);
	if (message->control_len > CONTROL_MAX)
		return -ENOBUFS;
	if (message->control_len) {
		call->control = calloc(1, message->control_len);
		if (!call->control)
			return -ENOMEM;
	}
	return pieces(call, (uint64_t)(uintptr_t)msg.msg_iov, msg.msg_iovlen, -EMSGSIZE);
}

int sea_exec_message(struct sea_exec_call *call)
{
	const uint64_t *arg = call->arg;

	switch (call->nr) {
	case SYS_read:
	case SYS_write:
		return one_piece(call, arg[1], arg[2]);
	case SYS_readv:
	case SYS_writev:
		return pieces(call, arg[1], arg[2], -EINVAL);
	case SYS_sendto:
	case SYS_recvfrom:
		call->flags = (int)arg[3];
		call->message.name_at = arg[4];
		if (call->nr == SYS_recvfrom)
			call->message.name_len_at = arg[5];
		else
			call->message.name_len = arg[4] ? (socklen_t)arg[5] : 0;
		return one_piece(call, arg[1], arg[2]);
	case SYS_sendmsg:
	case SYS_recvmsg:
		call->flags = (int)arg[2];
		return header(call, arg[1]);
	default:
		call->flags = (int)arg[3];
		return header(call, arg[1] + call->vector_at * sizeof(struct mmsghdr));
	}
}

bool sea_exec_vector_next(struct sea_exec_call *call, ssize_t result)
{
	uint64_t at = call->message.at + offsetof(struct mmsghdr, msg_len);
	unsigned len = (unsigned)result;

	if (result >= 0)
		result = sea_exec_write(call, at, &len, sizeof(len));
	if (result < 0) {
		sea_exec_answer(call, call->vector_at ? (int64_t)call->vector_at : result);
		return false;
	}
	call->vector_at++;
	if (call->vector_at >= call->vector_len) {
		sea_exec_answer(call, call->vector_at);
		return false;
	}
	sea_exec_message_drop(call);
	return true;
}
