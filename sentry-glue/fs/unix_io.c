/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets of AF_UNIX: sending and receiving. */
#include "sentry-glue/fs/unix.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"

#define CHUNK_MAX 36544u /* as Linux cuts what is sent to a stream */

static bool is_stream(const struct sea_unix *end)
{
	return end->type == SOCK_STREAM;
}

int sea_unix_error(struct sea_unix *end)
{
	int error = end->error;

	end->error = 0;
	return error;
}

/* Whether there is room for one more message. */
static int may_send(struct sea_unix *end)
{
	end->pressed = end->sent >= end->sndbuf;
	if (end->pressed)
		return -EAGAIN;
	return end->kernel->unix_bytes >= SEA_UNIX_BYTES_MAX ? -ENOBUFS : 0;
}

/* Credentials go along where either side wants any. */
static void add_creds(const struct sea_unix *end, const struct sea_unix *to, struct sea_task *task,
		      const struct sea_ancillary *with, struct sea_message *message)
{
	const struct sea_creds *creds = &task->process->creds;

	if ((with && with->has_creds) || !(end->passcred || (to && to->passcred)))
		return;
	message->has_creds = true;
	message->creds = (struct sea_ucred){ task->process->pid, creds->uid, creds->gid };
}

/* Whether that one takes messages, and from this one. */
static int may_reach(const struct sea_unix *end, const struct sea_unix *to)
{
	bool datagram = end->type == SOCK_DGRAM;

	if (!to)
		return -ENOTCONN;
	if (datagram && to->dead)
		return -ECONNREFUSED;
	if (datagram && to->other && to->other != end)
		return -EPERM;
	if (to->shut & SEA_SHUT_RCV)
		return -EPIPE;
	return datagram && sea_unix_full(to, end) ? -EAGAIN : 0;
}

static int64_t send_one(struct sea_unix *end, struct sea_unix *to, struct sea_uio *uio,
			uint32_t len, const struct sea_ancillary *with)
{
	struct sea_message *message;
	int err = may_reach(end, to);

	if (err == -EAGAIN)
		return err; /* other errors come after those of the bytes */
	message = sea_message_new(end, len, with);
	if (!message)
		return -ENOBUFS;
	add_creds(end, to, uio->task, with, message);
	if (len && sea_uio_get(uio, message->bytes, len) != len)
		err = -EFAULT;
	if (err)
		sea_message_free(message);
	else
		sea_message_queue(to, message);
	return err ? err : (int64_t)len;
}

static int64_t send_datagram(struct sea_unix *end, struct sea_unix *to, struct sea_uio *uio,
			     const struct sea_ancillary *with)
{
	int64_t n = send_one(end, to, uio, (uint32_t)uio->left, with);

	if (n != -ECONNREFUSED || to != end->other || end->type != SOCK_DGRAM)
		return n;
	end->other = NULL;
	end->state = SEA_UNIX_CLOSED;
	sea_unix_put(to);
	sea_unix_empty(end); /* what the other sent is refused in turn */
	return n;
}

static int64_t send_message(struct sea_unix *end, struct sea_uio *uio,
			    const struct sea_unix_flow *flow)
{
	struct sea_unix *to = flow->to ? flow->to : end->other;
	int err;

	if (!to && end->type != SOCK_DGRAM)
		return -ENOTCONN;
	if (end->type == SOCK_DGRAM && end->passcred && !end->name.len) {
		err = sea_unix_autobind(end);
		if (err)
			return err;
	}
	if (uio->left > end->sndbuf - 32)
		return -EMSGSIZE;
	err = sea_unix_error(end);
	if (err)
		return -err;
	if (end->shut & SEA_SHUT_SND)
		return -EPIPE;
	err = may_send(end);
	return err ? err : send_datagram(end, to, uio, flow->with);
}

static int64_t send_bytes(struct sea_unix *end, struct sea_uio *uio,
			  const struct sea_unix_flow *flow)
{
	bool over = end->shut & SEA_SHUT_SND;
	int64_t total = 0, n = 0;

	if (!end->other)
		return -ENOTCONN;
	while (!over && uio->left) {
		uint64_t len = end->sndbuf / 2 - 64;

		over = end->other->shut & SEA_SHUT_RCV;
		n = over ? -EPIPE : may_send(end);
		if (n)
			break;
		len = len < CHUNK_MAX ? len : CHUNK_MAX;
		n = send_one(end, end->other, uio, (uint32_t)(len < uio->left ? len : uio->left),
			     total ? NULL : flow->with);
		if (n < 0)
			break;
		total += n;
	}
	if (total || !over)
		return total ? total : n;
	if (!(flow->flags & MSG_NOSIGNAL))
		sea_signal_task(uio->task, &(siginfo_t){ .si_signo = SIGPIPE });
	return -EPIPE;
}

int64_t sea_unix_send(struct sea_unix *end, struct sea_uio *uio, const struct sea_unix_flow *flow)
{
	return is_stream(end) ? send_bytes(end, uio, flow) : send_message(end, uio, flow);
}

/* What is said of who sent it; nobody, where that was not noted. */
static void creds_of(const struct sea_message *message, struct sea_ancillary *with)
{
	with->has_creds = true;
	with->creds = message->has_creds ? message->creds : (struct sea_ucred){ 0, 65534, 65534 };
}

static int64_t receive_message(struct sea_unix *end, struct sea_uio *uio,
			       struct sea_unix_flow *flow)
{
	struct sea_ancillary *with = flow->with;
	struct sea_message *message = end->first;
	uint32_t len = message->len, n = uio->left < len ? (uint32_t)uio->left : len;
	int64_t put = n ? sea_uio_put(uio, message->bytes, n) : 0;

	flow->from = message->from->name;
	if (with && put >= 0 && end->passcred)
		creds_of(message, with);
	if (!(flow->flags & MSG_PEEK))
		sea_message_done(end, put < 0 ? NULL : with);
	else if (with && put >= 0)
		sea_message_files(message, with, true);
	if (put < (int64_t)n)
		return -EFAULT;
	flow->told |= n < len ? MSG_TRUNC : 0;
	return flow->flags & MSG_TRUNC ? len : n;
}

/* Bytes of different senders do not come together, where that is told. */
static bool alike(const struct sea_message *message, const struct sea_ancillary *with)
{
	struct sea_ancillary its = { 0 };

	creds_of(message, &its);
	return its.creds.pid == with->creds.pid && its.creds.uid == with->creds.uid &&
	       its.creds.gid == with->creds.gid;
}

/* As much of a message as there is room for; what is said of it, too. */
static int64_t receive_part(struct sea_unix *end, struct sea_message *message, struct sea_uio *uio,
			    bool peek, struct sea_ancillary *with)
{
	uint32_t left = message->len - message->done;
	int64_t n = sea_uio_put(uio, message->bytes + message->done, left);

	if (n < 0)
		return n;
	if (with)
		sea_message_files(message, with, peek);
	else if (!peek)
		sea_message_drop(message);
	if (peek)
		return n;
	message->done += (uint32_t)n;
	end->queued -= (uint32_t)n;
	if (message->done == message->len)
		sea_message_done(end, NULL);
	return n;
}

static int64_t receive_bytes(struct sea_unix *end, struct sea_uio *uio, struct sea_unix_flow *flow)
{
	struct sea_message *message = end->first, *next;
	struct sea_ancillary *with = flow->with;
	bool files = false, peek = flow->flags & MSG_PEEK;
	int64_t total = 0, n;

	if (!flow->from.len)
		flow->from = message->from->name;
	for (; message && uio->left && !files; message = next) {
		next = message->next;
		if (with && end->passcred && with->has_creds && !alike(message, with))
			break;
		if (with && end->passcred)
			creds_of(message, with);
		files = message->nfiles;
		n = receive_part(end, message, uio, peek, with);
		if (n < 0)
			return total ? total : n;
		total += n;
	}
	return total;
}

/* Nothing is there: why. */
static int64_t nothing(struct sea_unix *end, int flags)
{
	int error = is_stream(end) ? sea_unix_error(end) : 0;

	if (error)
		return -error;
	if (!(end->shut & SEA_SHUT_RCV))
		return -EAGAIN;
	/* As on Linux: of a datagram socket only who waits is told that none will come. */
	return end->type == SOCK_DGRAM && (flags & MSG_DONTWAIT || end->file->flags & O_NONBLOCK)
		       ? -EAGAIN
		       : 0;
}

int64_t sea_unix_receive(struct sea_unix *end, struct sea_uio *uio, struct sea_unix_flow *flow)
{
	int error;

	if (end->type != SOCK_DGRAM && end->state != SEA_UNIX_CONNECTED)
		return is_stream(end) ? -EINVAL : -ENOTCONN;
	error = is_stream(end) ? 0 : sea_unix_error(end);
	if (error)
		return -error;
	if (!end->first)
		return nothing(end, flow->flags);
	return is_stream(end) ? receive_bytes(end, uio, flow) : receive_message(end, uio, flow);
}
