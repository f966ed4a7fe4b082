/* SPDX-License-Identifier: Apache-2.0 */
/* Pipes and fifos: a ring of 64 KiB; writes up to PIPE_BUF are whole. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "sentry-glue/fs/fs.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"
#include "sentry-glue/vfs/node.h"

#define WHOLE 4096u

struct pipe {
	unsigned int refs, readers, writers;
	uint32_t start, used;
	struct sea_waitq waitq;
	struct sea_node *fifo; /* borrowed; forgets us when we go */
	char ring[SEA_PIPE_SIZE];
};

static bool reads(const struct sea_file *file)
{
	return (file->flags & O_ACCMODE) != O_WRONLY;
}

static bool writes(const struct sea_file *file)
{
	return (file->flags & O_ACCMODE) != O_RDONLY;
}

static int64_t pipe_read(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	struct pipe *pipe = file->own;
	int64_t total = 0;

	(void)pos;
	if (!uio->left)
		return 0;
	if (!pipe->used)
		return pipe->writers ? -EAGAIN : 0;
	while (pipe->used && uio->left) {
		uint32_t n = SEA_PIPE_SIZE - pipe->start;
		int64_t put =
			sea_uio_put(uio, pipe->ring + pipe->start, n < pipe->used ? n : pipe->used);

		if (put < 0)
			return total ? total : put;
		pipe->start = (pipe->start + (uint32_t)put) % SEA_PIPE_SIZE;
		pipe->used -= (uint32_t)put;
		total += put;
	}
	sea_waitq_wake(&pipe->waitq);
	return total;
}

static int64_t pipe_write(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	struct pipe *pipe = file->own;
	int64_t total = 0;

	(void)pos;
	if (!uio->left)
		return 0;
	if (!pipe->readers) {
		sea_signal_task(uio->task, &(siginfo_t){ .si_signo = SIGPIPE });
		return -EPIPE;
	}
	if (pipe->used == SEA_PIPE_SIZE ||
	    (uio->left <= WHOLE && uio->left > SEA_PIPE_SIZE - pipe->used))
		return -EAGAIN;
	while (pipe->used < SEA_PIPE_SIZE && uio->left) {
		uint32_t at = (pipe->start + pipe->used) % SEA_PIPE_SIZE,
			 n = SEA_PIPE_SIZE - pipe->used;
		int64_t got;

		n = n < SEA_PIPE_SIZE - at ? n : SEA_PIPE_SIZE - at;
		got = sea_uio_get(uio, pipe->ring + at, n);
		if (got < 0)
			return total ? total : got;
		pipe->used += (uint32_t)got;
		total += got;
	}
	sea_waitq_wake(&pipe->waitq);
	return total;
}

static int pipe_poll(struct sea_file *file, struct sea_task *task, struct sea_wait *wait)
{
	struct pipe *pipe = file->own;
	int mask = 0;

	if (wait)
		sea_wait_add(&pipe->waitq, wait, task);
	if (reads(file)) {
		mask |= pipe->used ? POLLIN | POLLRDNORM : 0;
		mask |= pipe->writers ? 0 : POLLHUP;
	}
	if (writes(file)) {
		mask |= SEA_PIPE_SIZE - pipe->used >= WHOLE ? POLLOUT | POLLWRNORM : 0;
		mask |= pipe->readers ? 0 : POLLERR;
	}
	return mask;
}

static int64_t pipe_ioctl(struct sea_file *file, struct sea_task *task, uint64_t cmd, uint64_t arg)
{
	struct pipe *pipe = file->own;
	int used = (int)pipe->used;

	if (cmd != FIONREAD)
		return -ENOTTY;
	return sea_mm_write(task->mm, task->vcpu, arg, &used, sizeof(used));
}

static void pipe_put(struct pipe *pipe)
{
	if (--pipe->refs)
		return;
	if (pipe->fifo)
		pipe->fifo->pipe = NULL;
	free(pipe);
}

static void pipe_release(struct sea_file *file)
{
	struct pipe *pipe = file->own;

	pipe->readers -= reads(file);
	pipe->writers -= writes(file);
	sea_waitq_wake(&pipe->waitq);
	pipe_put(pipe);
}

static const struct sea_file_ops pipe_ops = {
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
	.release = pipe_release,
};

static void join(struct pipe *pipe, struct sea_file *file)
{
	file->ops = &pipe_ops;
	file->own = pipe;
	pipe->refs++;
	pipe->readers += reads(file);
	pipe->writers += writes(file);
	sea_waitq_wake(&pipe->waitq);
}

int sea_pipe_new(struct sea_kernel *kernel, int flags, struct sea_file **reader,
		 struct sea_file **writer)
{
	struct sea_node *node = sea_node_new(&kernel->memory, S_IFIFO | 0600);
	struct pipe *pipe = calloc(1, sizeof(*pipe));

	*reader = node ? sea_file_new(&pipe_ops, O_RDONLY | flags, node) : NULL;
	*writer = node ? sea_file_new(&pipe_ops, O_WRONLY | flags, node) : NULL;
	if (pipe && *reader && *writer) {
		node->pipe = pipe; /* for who opens it by /proc/self/fd */
		pipe->fifo = node;
		join(pipe, *reader);
		join(pipe, *writer);
		sea_node_put(node); /* the ends hold it */
		return 0;
	}
	sea_node_put(node);
	free(pipe);
	for (int i = 0; i < 2; i++) {
		struct sea_file *file = i ? *reader : *writer;

		if (file)
			file->ops = NULL;
		sea_file_put(file);
	}
	return -ENOMEM;
}

int sea_fifo_open(struct sea_node *node, struct sea_file *file)
{
	struct pipe *pipe = node->pipe;

	if (!reads(file) && file->flags & O_NONBLOCK && (!pipe || !pipe->readers))
		return -ENXIO;
	if (!pipe) {
		pipe = calloc(1, sizeof(*pipe));
		if (!pipe)
			return -ENOMEM;
		pipe->fifo = node;
		node->pipe = pipe;
	}
	join(pipe, file);
	return 0;
}
