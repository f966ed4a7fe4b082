/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/fs/pair.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"
#include "sentry-glue/vfs/node.h"

#define CHUNK_MAX 36544u /* as Linux cuts what is sent to a stream */
#define BOTH (SEA_SHUT_RCV | SEA_SHUT_SND)

static bool is_stream(const struct sea_pair_end *end)
{
	return end->pair->type == SOCK_STREAM;
}

static bool is_datagram(const struct sea_pair_end *end)
{
	return end->pair->type == SOCK_DGRAM;
}

int sea_pair_error(struct sea_pair_end *end)
{
	int error = end->error;

	end->error = 0;
	return error;
}

/* Whether there is room for one more message. */
static int may_send(const struct sea_pair_end *end)
{
	if (end->sent >= end->sndbuf)
		return -EAGAIN;
	return end->pair->kernel->pair_bytes >= SEA_PAIR_BYTES_MAX ? -ENOBUFS : 0;
}

/* Credentials go along where either side wants any. */
static void add_creds(const struct sea_pair_end *end, struct sea_task *task,
		      const struct sea_ancillary *with, struct sea_message *message)
{
	const struct sea_creds *creds = &task->process->creds;

	if ((with && with->has_creds) || !(end->passcred || end->other->passcred))
		return;
	message->has_creds = true;
	message->creds = (struct sea_ucred){ task->process->pid, creds->uid, creds->gid };
}

static int64_t send_one(struct sea_pair_end *end, struct sea_uio *uio, uint32_t len,
			const struct sea_ancillary *with)
{
	struct sea_message *message = sea_message_new(end, len, with);
	int err = 0;

	if (!message)
		return -ENOBUFS;
	add_creds(end, uio->task, with, message);
	if (len && sea_uio_get(uio, message->bytes, len) != len)
		err = -EFAULT;
	else if (is_datagram(end) && !end->other->file)
		err = -ECONNREFUSED;
	else if (end->other->shut & SEA_SHUT_RCV)
		err = -EPIPE;
	if (err)
		sea_message_free(message);
	else
		sea_message_queue(end->other, message);
	if (err == -ECONNREFUSED) {
		end->apart = true;
		sea_pair_empty(end); /* what the other sent is refused in turn */
	}
	return err ? err : (int64_t)len;
}

static int64_t send_message(struct sea_pair_end *end, struct sea_uio *uio,
			    const struct sea_ancillary *with)
{
	int err;

	if (end->apart)
		return -ENOTCONN;
	if (uio->left > end->sndbuf - 32)
		return -EMSGSIZE;
	err = sea_pair_error(end);
	if (err)
		return -err;
	if (end->shut & SEA_SHUT_SND)
		return -EPIPE;
	err = may_send(end);
	return err ? err : send_one(end, uio, (uint32_t)uio->left, with);
}

static int64_t send_bytes(struct sea_pair_end *end, struct sea_uio *uio,
			  const struct sea_ancillary *with, int flags)
{
	bool over = end->shut & SEA_SHUT_SND;
	int64_t total = 0, n = 0;

	while (!over && uio->left) {
		uint64_t len = end->sndbuf / 2 - 64;

		over = end->other->shut & SEA_SHUT_RCV;
		n = over ? -EPIPE : may_send(end);
		if (n)
			break;
		len = len < CHUNK_MAX ? len : CHUNK_MAX;
		n = send_one(end, uio, (uint32_t)(len < uio->left ? len : uio->left),
			     total ? NULL : with);
		if (n < 0)
			break;
		total += n;
	}
	if (total || !over)
		return total ? total : n;
	if (!(flags & MSG_NOSIGNAL))
		sea_signal_task(uio->task, &(siginfo_t){ .si_signo = SIGPIPE });
	return -EPIPE;
}

int64_t sea_pair_send(struct sea_pair_end *end, struct sea_uio *uio,
		      const struct sea_ancillary *with, int flags)
{
	return is_stream(end) ? send_bytes(end, uio, with, flags) : send_message(end, uio, with);
}

/* What is said of who sent it; nobody, where that was not noted. */
static void creds_of(const struct sea_message *message, struct sea_ancillary *with)
{
	with->has_creds = true;
	with->creds = message->has_creds ? message->creds : (struct sea_ucred){ 0, 65534, 65534 };
}

static int64_t receive_message(struct sea_pair_end *end, struct sea_uio *uio, int flags,
			       struct sea_ancillary *with, int *told)
{
	struct sea_message *message = end->first;
	uint32_t len = message->len, n = uio->left < len ? (uint32_t)uio->left : len;
	int64_t put = n ? sea_uio_put(uio, message->bytes, n) : 0;

	if (with && put >= 0 && end->passcred)
		creds_of(message, with);
	if (!(flags & MSG_PEEK))
		sea_message_done(end, put < 0 ? NULL : with);
	else if (with && put >= 0)
		sea_message_files(message, with, true);
	if (put < (int64_t)n)
		return -EFAULT;
	*told |= n < len ? MSG_TRUNC : 0;
	return flags & MSG_TRUNC ? len : n;
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
static int64_t receive_part(struct sea_pair_end *end, struct sea_message *message,
			    struct sea_uio *uio, bool peek, struct sea_ancillary *with)
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

static int64_t receive_bytes(struct sea_pair_end *end, struct sea_uio *uio, int flags,
			     struct sea_ancillary *with)
{
	struct sea_message *message = end->first, *next;
	bool files = false, peek = flags & MSG_PEEK;
	int64_t total = 0, n;

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
static int64_t nothing(struct sea_pair_end *end, int flags)
{
	int error = is_stream(end) ? sea_pair_error(end) : 0;

	if (error)
		return -error;
	if (!(end->shut & SEA_SHUT_RCV))
		return -EAGAIN;
	/* As on Linux: of a datagram socket only who waits is told that none will come. */
	return is_datagram(end) && (flags & MSG_DONTWAIT || end->file->flags & O_NONBLOCK) ? -EAGAIN
											   : 0;
}

int64_t sea_pair_receive(struct sea_pair_end *end, struct sea_uio *uio, int flags,
			 struct sea_ancillary *with, int *told)
{
	int error = is_stream(end) ? 0 : sea_pair_error(end);

	if (error)
		return -error;
	if (!end->first)
		return nothing(end, flags);
	return is_stream(end) ? receive_bytes(end, uio, flags, with)
			      : receive_message(end, uio, flags, with, told);
}

static int64_t pair_read(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	int told = 0;

	(void)pos;
	return uio->left ? sea_pair_receive(file->own, uio, 0, NULL, &told) : 0;
}

static int64_t pair_write(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	(void)pos;
	return sea_pair_send(file->own, uio, NULL, 0);
}

static int pair_poll(struct sea_file *file, struct sea_task *task, struct sea_wait *wait)
{
	struct sea_pair_end *end = file->own;
	int mask = end->first ? POLLIN | POLLRDNORM : 0;

	if (wait)
		sea_wait_add(&end->pair->waitq, wait, task);
	mask |= end->shut & SEA_SHUT_RCV ? POLLRDHUP | POLLIN | POLLRDNORM : 0;
	mask |= end->shut == BOTH ? POLLHUP : 0;
	mask |= end->error ? POLLERR : 0;
	return mask |
	       ((uint64_t)end->sent * 4 <= end->sndbuf ? POLLOUT | POLLWRNORM | POLLWRBAND : 0);
}

static int64_t pair_ioctl(struct sea_file *file, struct sea_task *task, uint64_t cmd, uint64_t arg)
{
	const struct sea_pair_end *end = file->own;
	int n = (int)end->sent;

	if (cmd == FIONREAD)
		n = (int)(is_datagram(end) ? end->first ? end->first->len : 0 : end->queued);
	else if (cmd != TIOCOUTQ)
		return -ENOTTY;
	return sea_mm_write(task->mm, task->vcpu, arg, &n, sizeof(n));
}

static void pair_release(struct sea_file *file)
{
	struct sea_pair_end *end = file->own, *other = end->other;
	struct sea_pair *pair = end->pair;

	end->file = NULL;
	*end->link = end->next;
	if (end->next)
		end->next->link = end->link;
	end->shut = BOTH;
	if (!is_datagram(end)) {
		other->shut = BOTH;
		/* What nobody will read any more was in vain. */
		if (end->first && other->file)
			other->error = ECONNRESET;
	}
	sea_waitq_wake(&pair->waitq);
	sea_pair_empty(end);
	if (!--pair->refs)
		free(pair);
}

static const struct sea_file_ops pair_ops = {
	.read = pair_read,
	.write = pair_write,
	.poll = pair_poll,
	.ioctl = pair_ioctl,
	.release = pair_release,
	.splice = SEA_SPLICE_IN | SEA_SPLICE_OUT,
};

struct sea_pair_end *sea_pair_of(const struct sea_file *file)
{
	return file->ops == &pair_ops ? file->own : NULL;
}

void sea_pair_shutdown(struct sea_pair_end *end, int how)
{
	unsigned int rcv = how != SHUT_WR, snd = how != SHUT_RD;

	end->shut |= (rcv ? SEA_SHUT_RCV : 0) | (snd ? SEA_SHUT_SND : 0);
	if (!is_datagram(end))
		end->other->shut |= (snd ? SEA_SHUT_RCV : 0) | (rcv ? SEA_SHUT_SND : 0);
	sea_waitq_wake(&end->pair->waitq);
}

static struct sea_file *end_new(struct sea_pair *pair, unsigned int side, int flags)
{
	struct sea_kernel *kernel = pair->kernel;
	struct sea_node *node = sea_node_new(&kernel->memory, S_IFSOCK | 0777);
	struct sea_file *file = node ? sea_file_new(NULL, O_RDWR | flags, node) : NULL;
	struct sea_pair_end *end = &pair->ends[side];

	sea_node_put(node);
	*end = (struct sea_pair_end){ .pair = pair,
				      .other = &pair->ends[!side],
				      .file = file,
				      .sndbuf = SEA_PAIR_BUFFER,
				      .rcvbuf = SEA_PAIR_BUFFER };
	if (file)
		file->own = end;
	return file;
}

/* From here on it is an end, and its release takes it apart. */
static void join(struct sea_pair_end *end)
{
	struct sea_kernel *kernel = end->pair->kernel;

	end->file->ops = &pair_ops;
	end->next = kernel->pair_ends;
	end->link = &kernel->pair_ends;
	if (end->next)
		end->next->link = &end->next;
	kernel->pair_ends = end;
}

int sea_pair_new(struct sea_kernel *kernel, int type, int flags, const struct sea_ucred *creds,
		 struct sea_file *ends[2])
{
	struct sea_pair *pair = calloc(1, sizeof(*pair));

	if (!pair)
		return -ENOMEM;
	pair->kernel = kernel;
	pair->type = type;
	pair->creds = *creds;
	pair->refs = 2;
	for (unsigned int side = 0; side < 2; side++)
		ends[side] = end_new(pair, side, flags);
	if (!ends[0] || !ends[1]) {
		sea_file_put(ends[0]);
		sea_file_put(ends[1]);
		free(pair);
		return -ENOMEM;
	}
	join(&pair->ends[0]);
	join(&pair->ends[1]);
	return 0;
}
