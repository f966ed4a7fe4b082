// SPDX-License-Identifier: Apache-2.0
/*
 * Pipes as Linux has them: a ring of buffers, of which each holds at most a page of what was written, or a
 * piece of what was spliced in; how much fits is a matter of buffers, not of bytes.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "packetimpact/dut/seastack.h"

#define PAGE 4096u
#define BUFS_DEFAULT 16u
#define SIZE_MAX_DEFAULT (1024u * 1024u) /* fs.pipe-max-size */

struct pipe_buf {
	uint8_t *bytes;
	size_t off, len;
	bool mergeable; /* a page that write() may add to */
};

struct sea_proc_pipe {
	unsigned readers, writers;
	unsigned max, n; /* buffers; those in use are the first n of `bufs` */
	struct pipe_buf *bufs;
};

bool sea_proc_pipe_full(const struct sea_proc_pipe *pipe)
{
	return pipe->n >= pipe->max;
}

bool sea_proc_pipe_empty(const struct sea_proc_pipe *pipe)
{
	return !pipe->n;
}

bool sea_proc_pipe_has_readers(const struct sea_proc_pipe *pipe)
{
	return pipe->readers;
}

bool sea_proc_pipe_has_writers(const struct sea_proc_pipe *pipe)
{
	return pipe->writers;
}

unsigned sea_proc_pipe_room(const struct sea_proc_pipe *pipe)
{
	return pipe->n < pipe->max ? pipe->max - pipe->n : 0;
}

/* -- life -- */

static void pipe_free(struct sea_proc_pipe *pipe)
{
	if (!pipe)
		return;
	for (unsigned i = 0; i < pipe->n; i++)
		free(pipe->bufs[i].bytes);
	free(pipe->bufs);
	free(pipe);
}

static struct sea_proc_pipe *pipe_new(void)
{
	struct sea_proc_pipe *pipe = calloc(1, sizeof(*pipe));

	if (!pipe)
		return NULL;
	pipe->max = BUFS_DEFAULT;
	pipe->bufs = calloc(pipe->max, sizeof(*pipe->bufs));
	if (pipe->bufs)
		return pipe;
	free(pipe);
	return NULL;
}

/* Wakes the other ends. */
static void wake(struct sea_proc *proc, const struct sea_proc_pipe *pipe, enum sea_proc_kind kind,
		 uint32_t mask)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &proc->files)
	{
		struct sea_proc_file *file = sea_container(node, struct sea_proc_file, node);

		if (file->pipe == pipe && file->kind == kind)
			sea_proc_wake(proc, file, mask);
	}
}

void sea_proc_pipe_release(struct sea_proc *proc, struct sea_proc_file *file)
{
	struct sea_proc_pipe *pipe = file->pipe;

	if (!pipe)
		return;
	if (file->kind == SEA_PROC_PIPE_READ)
		pipe->readers--;
	else
		pipe->writers--;
	if (!pipe->readers && !pipe->writers)
		pipe_free(pipe);
	else
		wake(proc, pipe,
		     file->kind == SEA_PROC_PIPE_READ ? SEA_PROC_PIPE_WRITE : SEA_PROC_PIPE_READ,
		     0);
}

/* One end, with a descriptor, or -errno. */
static int open_end(struct sea_proc *proc, struct sea_proc_pipe *pipe, enum sea_proc_kind kind,
		    int flags)
{
	int mode = kind == SEA_PROC_PIPE_READ ? O_RDONLY : O_WRONLY, fd;
	struct sea_proc_file *file = sea_proc_file_new(proc, kind, mode | (flags & O_NONBLOCK));

	if (!file)
		return -ENOMEM;
	fd = sea_proc_fd_install(proc, file, 0, flags & O_CLOEXEC);
	if (fd < 0) {
		sea_proc_file_put(proc, file);
		return fd;
	}
	file->pipe = pipe;
	if (kind == SEA_PROC_PIPE_READ)
		pipe->readers++;
	else
		pipe->writers++;
	return fd;
}

static void close_fd(struct sea_proc *proc, int fd)
{
	struct sea_proc_file *file = proc->fds[fd].file;

	proc->fds[fd].file = NULL;
	sea_proc_file_put(proc, file);
}

static void make(struct sea_proc *proc, struct sea_proc_op *op, int flags)
{
	struct sea_proc_pipe *pipe;
	int fds[2];

	if (flags & ~(O_CLOEXEC | O_NONBLOCK)) {
		sea_proc_finish(op, -EINVAL);
		return;
	}
	if (!sea_proc_writable(op->call->arg[0], sizeof(fds))) {
		sea_proc_finish(op, -EFAULT);
		return;
	}
	pipe = pipe_new();
	fds[0] = pipe ? open_end(proc, pipe, SEA_PROC_PIPE_READ, flags) : -ENOMEM;
	if (fds[0] < 0) {
		pipe_free(pipe);
		sea_proc_finish(op, fds[0]);
		return;
	}
	fds[1] = open_end(proc, pipe, SEA_PROC_PIPE_WRITE, flags);
	if (fds[1] < 0) {
		close_fd(proc, fds[0]);
		sea_proc_finish(op, fds[1]);
		return;
	}
	memcpy(sea_proc_ptr(op->call->arg[0]), fds, sizeof(fds));
	sea_proc_finish(op, 0);
}

void sea_proc_call_pipe(struct sea_proc *proc, struct sea_proc_op *op)
{
	make(proc, op, 0);
}

void sea_proc_call_pipe2(struct sea_proc *proc, struct sea_proc_op *op)
{
	make(proc, op, (int)op->call->arg[1]);
}

uint32_t sea_proc_pipe_poll(const struct sea_proc_file *file)
{
	const struct sea_proc_pipe *pipe = file->pipe;

	if (file->kind == SEA_PROC_PIPE_READ)
		return (pipe->n ? (uint32_t)EPOLLIN | EPOLLRDNORM : 0u) |
		       (pipe->writers ? 0u : (uint32_t)EPOLLHUP);
	return (sea_proc_pipe_full(pipe) ? 0u : (uint32_t)EPOLLOUT | EPOLLWRNORM) |
	       (pipe->readers ? 0u : (uint32_t)EPOLLERR);
}

int sea_proc_pipe_inq(const struct sea_proc_file *file)
{
	size_t n = 0;

	for (unsigned i = 0; i < file->pipe->n; i++)
		n += file->pipe->bufs[i].len;
	return (int)n;
}

/* -- size -- */

static long set_size(struct sea_proc_pipe *pipe, long arg)
{
	unsigned want = 1;
	struct pipe_buf *bufs;

	if (arg < 0 || arg > (1L << 31))
		return -EINVAL;
	while ((long)(want * (uint64_t)PAGE) < arg)
		want *= 2;
	if (want * (uint64_t)PAGE > SIZE_MAX_DEFAULT)
		return -EPERM;
	if (want < pipe->n)
		return -EBUSY;
	bufs = realloc(pipe->bufs, want * sizeof(*bufs));
	if (!bufs)
		return -ENOMEM;
	pipe->bufs = bufs;
	pipe->max = want;
	return (long)(want * PAGE);
}

long sea_proc_pipe_fcntl(struct sea_proc *proc, struct sea_proc_file *file, int cmd, long arg)
{
	bool was_full = sea_proc_pipe_full(file->pipe);
	long result;

	if (cmd == F_GETPIPE_SZ)
		return (long)(file->pipe->max * PAGE);
	result = set_size(file->pipe, arg);
	if (was_full && !sea_proc_pipe_full(file->pipe))
		wake(proc, file->pipe, SEA_PROC_PIPE_WRITE, EPOLLOUT);
	return result;
}

/* -- bytes -- */

int sea_proc_pipe_push(struct sea_proc *proc, struct sea_proc_pipe *pipe, const void *bytes,
		       size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, bytes, len);
	pipe->bufs[pipe->n++] = (struct pipe_buf){ .bytes = copy, .len = len };
	wake(proc, pipe, SEA_PROC_PIPE_READ, EPOLLIN);
	return 0;
}

size_t sea_proc_pipe_front(const struct sea_proc_pipe *pipe, unsigned nth, const uint8_t **bytes)
{
	if (nth >= pipe->n)
		return 0;
	*bytes = pipe->bufs[nth].bytes + pipe->bufs[nth].off;
	return pipe->bufs[nth].len;
}

void sea_proc_pipe_consume(struct sea_proc *proc, struct sea_proc_pipe *pipe, size_t len)
{
	bool was_full = sea_proc_pipe_full(pipe);

	while (pipe->n) {
		struct pipe_buf *buf = pipe->bufs;
		size_t part = len < buf->len ? len : buf->len;

		buf->off += part;
		buf->len -= part;
		len -= part;
		if (buf->len)
			break;
		free(buf->bytes);
		memmove(buf, buf + 1, --pipe->n * sizeof(*buf));
		if (!len)
			break;
	}
	if (was_full && !sea_proc_pipe_full(pipe))
		wake(proc, pipe, SEA_PROC_PIPE_WRITE, EPOLLOUT);
}

/* -- read -- */

/* Copies from the pipe into what is left of op->iov. */
static size_t read_some(struct sea_proc *proc, struct sea_proc_op *op)
{
	struct sea_proc_pipe *pipe = op->file->pipe;
	size_t moved = 0, done = 0;

	for (size_t i = 0; i < op->msg.msg_iovlen; i++, done = 0) {
		struct iovec *v = &op->iov[i];

		while (done < v->iov_len && pipe->n) {
			const uint8_t *from = NULL;
			size_t n = sea_proc_pipe_front(pipe, 0, &from);

			if (n > v->iov_len - done)
				n = v->iov_len - done;
			memcpy((uint8_t *)v->iov_base + done, from, n);
			sea_proc_pipe_consume(proc, pipe, n);
			done += n;
			moved += n;
		}
	}
	return moved;
}

void sea_proc_pipe_read(struct sea_proc *proc, struct sea_proc_op *op)
{
	struct sea_proc_pipe *pipe = op->file->pipe;

	if (!op->want || (!pipe->n && !pipe->writers))
		sea_proc_finish(op, 0);
	else if (pipe->n)
		sea_proc_finish(op, (long)read_some(proc, op));
	else if (op->file->flags & O_NONBLOCK)
		sea_proc_finish(op, -EAGAIN);
	else
		sea_proc_op_wait(op, EPOLLIN, SEA_TIME_NEVER, sea_proc_pipe_read);
}

/* -- write -- */

/* `len` bytes of op->iov from op->moved on. */
static void gather(const struct sea_proc_op *op, uint8_t *to, size_t len)
{
	size_t skip = op->moved;

	for (size_t i = 0; len && i < op->msg.msg_iovlen; i++) {
		const struct iovec *v = &op->iov[i];
		size_t part;

		if (skip >= v->iov_len) {
			skip -= v->iov_len;
			continue;
		}
		part = v->iov_len - skip < len ? v->iov_len - skip : len;
		memcpy(to, (const uint8_t *)v->iov_base + skip, part);
		to += part;
		len -= part;
		skip = 0;
	}
}

/* The odd bytes go to the page that was written last, if all of them fit. */
static void merge(struct sea_proc_op *op, struct sea_proc_pipe *pipe)
{
	struct pipe_buf *last = pipe->n ? &pipe->bufs[pipe->n - 1] : NULL;
	size_t odd = op->want % PAGE;

	if (op->moved || !odd || !last || !last->mergeable || last->off + last->len + odd > PAGE)
		return;
	gather(op, last->bytes + last->off + last->len, odd);
	last->len += odd;
	op->moved = odd;
}

static bool fill(struct sea_proc_op *op, struct sea_proc_pipe *pipe)
{
	while (op->moved < op->want && !sea_proc_pipe_full(pipe)) {
		size_t n = op->want - op->moved < PAGE ? op->want - op->moved : PAGE;
		uint8_t *page = malloc(PAGE);

		if (!page)
			return false;
		gather(op, page, n);
		pipe->bufs[pipe->n++] =
			(struct pipe_buf){ .bytes = page, .len = n, .mergeable = true };
		op->moved += n;
	}
	return true;
}

static void write_end(struct sea_proc_op *op, long err)
{
	sea_proc_finish(op, op->moved ? (long)op->moved : err);
}

static void write_interrupt(struct sea_proc *proc, struct sea_proc_op *op)
{
	(void)proc;
	write_end(op, -EINTR);
}

void sea_proc_pipe_write(struct sea_proc *proc, struct sea_proc_op *op)
{
	struct sea_proc_pipe *pipe = op->file->pipe;
	const size_t before = op->moved;
	bool memory;

	if (!op->want || !pipe->readers) {
		write_end(op, op->want ? -EPIPE : 0);
		return;
	}
	merge(op, pipe);
	memory = fill(op, pipe);
	if (op->moved > before)
		wake(proc, pipe, SEA_PROC_PIPE_READ, EPOLLIN);
	if (!memory)
		write_end(op, -ENOMEM);
	else if (op->moved == op->want || op->file->flags & O_NONBLOCK)
		write_end(op, -EAGAIN);
	else
		sea_proc_op_wait(op, EPOLLOUT, SEA_TIME_NEVER, sea_proc_pipe_write);
	op->interrupt = write_interrupt;
}
