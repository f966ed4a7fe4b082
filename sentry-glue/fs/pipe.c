/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/fs/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "sentry-glue/kernel/async.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"
#include "sentry-glue/vfs/node.h"

static bool reads(const struct sea_file *file)
{
	return (file->flags & O_ACCMODE) != O_WRONLY;
}

static bool writes(const struct sea_file *file)
{
	return (file->flags & O_ACCMODE) != O_RDONLY;
}

struct sea_pipe_page *sea_pipe_page_new(void)
{
	struct sea_pipe_page *page = malloc(sizeof(*page));

	if (page)
		page->refs = 1;
	return page;
}

void sea_pipe_page_put(struct sea_pipe_page *page)
{
	if (page && !--page->refs)
		free(page);
}

struct sea_pipe_slot *sea_pipe_at(struct sea_pipe *pipe, unsigned int i)
{
	return &pipe->ring[(pipe->first + i) % pipe->slots];
}

void sea_pipe_push(struct sea_pipe *pipe, const struct sea_pipe_slot *slot)
{
	*sea_pipe_at(pipe, pipe->used++) = *slot;
	sea_waitq_wake(&pipe->waitq);
}

void sea_pipe_take(struct sea_pipe *pipe, uint32_t n)
{
	struct sea_pipe_slot *slot = sea_pipe_at(pipe, 0);

	slot->offset += n;
	slot->len -= n;
	if (slot->len)
		return;
	sea_pipe_page_put(slot->page);
	slot->page = NULL;
	pipe->first = (pipe->first + 1) % pipe->slots;
	pipe->used--;
	sea_waitq_wake(&pipe->waitq);
}

uint32_t sea_pipe_bytes(const struct sea_pipe *pipe)
{
	uint32_t n = 0;

	for (unsigned int i = 0; i < pipe->used; i++)
		n += pipe->ring[(pipe->first + i) % pipe->slots].len;
	return n;
}

int sea_pipe_broken(struct sea_task *task)
{
	sea_signal_task(task, &(siginfo_t){ .si_signo = SIGPIPE });
	return -EPIPE;
}

static bool is_reader(const struct sea_file *file, const void *pipe)
{
	return sea_pipe_of(file) == pipe && reads(file);
}

static bool is_writer(const struct sea_file *file, const void *pipe)
{
	return sea_pipe_of(file) == pipe && writes(file);
}

void sea_pipe_signal(const struct sea_pipe *pipe, int band)
{
	sea_async_tell(pipe->kernel, band == POLL_IN ? is_reader : is_writer, pipe, band);
}

static int64_t pipe_read(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	struct sea_pipe *pipe = file->own;
	bool packet = false;
	int64_t total = 0;

	(void)pos;
	if (!uio->left)
		return 0;
	if (!pipe->used)
		return pipe->writers ? -EAGAIN : 0;
	while (pipe->used && uio->left && !packet) {
		struct sea_pipe_slot *slot = sea_pipe_at(pipe, 0);
		int64_t put = sea_uio_put(uio, slot->page->bytes + slot->offset, slot->len);

		if (put < 0)
			return total ? total : put;
		packet = slot->packet;
		sea_pipe_take(pipe, packet ? slot->len : (uint32_t)put);
		total += put;
	}
	sea_pipe_signal(pipe, POLL_OUT);
	return total;
}

/* What is more than whole pages goes behind the last bytes, if all of it fits there. */
static int64_t merge(struct sea_pipe *pipe, struct sea_uio *uio)
{
	uint32_t odd = (uint32_t)(uio->left % SEA_PIPE_PAGE);
	struct sea_pipe_slot *last = pipe->used ? sea_pipe_at(pipe, pipe->used - 1) : NULL;
	int64_t got;

	if (!last || !odd || !last->merge || last->offset + last->len + odd > SEA_PIPE_PAGE)
		return 0;
	got = sea_uio_get(uio, last->page->bytes + last->offset + last->len, odd);
	if (got != odd)
		return -EFAULT;
	last->len += odd;
	sea_waitq_wake(&pipe->waitq);
	return got;
}

static int64_t write_page(struct sea_pipe *pipe, struct sea_uio *uio, bool packet)
{
	struct sea_pipe_slot slot = { .packet = packet, .merge = !packet };
	int64_t got;

	slot.page = sea_pipe_page_new();
	if (!slot.page)
		return -ENOMEM;
	got = sea_uio_get(uio, slot.page->bytes, SEA_PIPE_PAGE);
	if (got <= 0) {
		sea_pipe_page_put(slot.page);
		return got;
	}
	slot.len = (uint32_t)got;
	sea_pipe_push(pipe, &slot);
	return got;
}

static int64_t pipe_write(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	struct sea_pipe *pipe = file->own;
	bool packet = file->flags & O_DIRECT;
	int64_t total, n = 0;

	(void)pos;
	if (!uio->left)
		return 0;
	if (!pipe->readers)
		return sea_pipe_broken(uio->task);
	total = packet ? 0 : merge(pipe, uio);
	if (total < 0)
		return total;
	while (uio->left && !sea_pipe_full(pipe)) {
		n = write_page(pipe, uio, packet);
		if (n <= 0)
			break;
		total += n;
	}
	sea_pipe_signal(pipe, POLL_IN);
	return total ? total : n < 0 ? n : -EAGAIN;
}

static int pipe_poll(struct sea_file *file, struct sea_task *task, struct sea_wait *wait)
{
	struct sea_pipe *pipe = file->own;
	int mask = 0;

	if (wait)
		sea_wait_add(&pipe->waitq, wait, task);
	if (reads(file)) {
		mask |= pipe->used ? POLLIN | POLLRDNORM : 0;
		mask |= pipe->writers ? 0 : POLLHUP;
	}
	if (writes(file)) {
		mask |= sea_pipe_full(pipe) ? 0 : POLLOUT | POLLWRNORM;
		mask |= pipe->readers ? 0 : POLLERR;
	}
	return mask;
}

static int64_t pipe_ioctl(struct sea_file *file, struct sea_task *task, uint64_t cmd, uint64_t arg)
{
	int used = (int)sea_pipe_bytes(file->own);

	if (cmd != FIONREAD)
		return -ENOTTY;
	return sea_mm_write(task->mm, task->vcpu, arg, &used, sizeof(used));
}

static void pipe_free(struct sea_pipe *pipe)
{
	while (pipe->used)
		sea_pipe_take(pipe, sea_pipe_at(pipe, 0)->len);
	pipe->kernel->pipe_slots -= pipe->slots;
	free(pipe->ring);
	free(pipe);
}

static void pipe_release(struct sea_file *file)
{
	struct sea_pipe *pipe = file->own;

	pipe->readers -= reads(file);
	pipe->writers -= writes(file);
	sea_waitq_wake(&pipe->waitq);
	if (!pipe->readers != !pipe->writers) {
		sea_pipe_signal(pipe, POLL_IN);
		sea_pipe_signal(pipe, POLL_OUT);
	}
	if (--pipe->refs)
		return;
	pipe->fifo->pipe = NULL;
	pipe_free(pipe);
}

static const struct sea_file_ops pipe_ops = {
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
	.release = pipe_release,
	.async = true,
};

struct sea_pipe *sea_pipe_of(const struct sea_file *file)
{
	return file->ops == &pipe_ops ? file->own : NULL;
}

int64_t sea_pipe_resize(struct sea_pipe *pipe, uint32_t size)
{
	uint32_t slots = 1;
	struct sea_pipe_slot *ring;

	if (size > 1u << 31)
		return -EINVAL;
	while (slots * SEA_PIPE_PAGE < size)
		slots *= 2;
	if (slots > pipe->slots &&
	    (slots > SEA_PIPE_SLOTS_MAX ||
	     pipe->kernel->pipe_slots + slots - pipe->slots > SEA_PIPE_SLOTS_SOFT))
		return -EPERM;
	if (slots < pipe->used)
		return -EBUSY;
	ring = calloc(slots, sizeof(*ring));
	if (!ring)
		return -ENOMEM;
	for (unsigned int i = 0; i < pipe->used; i++)
		ring[i] = *sea_pipe_at(pipe, i);
	free(pipe->ring);
	pipe->ring = ring;
	pipe->first = 0;
	pipe->kernel->pipe_slots += slots;
	pipe->kernel->pipe_slots -= pipe->slots;
	pipe->slots = slots;
	sea_waitq_wake(&pipe->waitq); /* there may be room now */
	return (int64_t)slots * SEA_PIPE_PAGE;
}

static int pipe_make(struct sea_kernel *kernel, struct sea_node *node)
{
	unsigned int slots = kernel->pipe_slots < SEA_PIPE_SLOTS_SOFT ? SEA_PIPE_SLOTS : 2;
	struct sea_pipe *pipe;

	if (kernel->pipe_slots >= SEA_PIPE_SLOTS_HARD)
		return -ENFILE;
	pipe = calloc(1, sizeof(*pipe));
	if (pipe)
		pipe->ring = calloc(slots, sizeof(*pipe->ring));
	if (!pipe || !pipe->ring) {
		free(pipe);
		return -ENOMEM;
	}
	pipe->kernel = kernel;
	pipe->slots = slots;
	kernel->pipe_slots += slots;
	pipe->fifo = node;
	node->pipe = pipe; /* for who opens it by its name, or by /proc/self/fd */
	return 0;
}

static void join(struct sea_pipe *pipe, struct sea_file *file)
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
	int err = -ENOMEM;

	*reader = node ? sea_file_new(NULL, O_RDONLY | (flags & O_NONBLOCK), node) : NULL;
	*writer = node ? sea_file_new(NULL, O_WRONLY | flags, node) : NULL;
	if (*reader && *writer)
		err = pipe_make(kernel, node);
	if (err) {
		sea_file_put(*reader);
		sea_file_put(*writer);
	} else {
		join(node->pipe, *reader);
		join(node->pipe, *writer);
	}
	sea_node_put(node); /* the ends hold it */
	return err;
}

int sea_fifo_open(struct sea_kernel *kernel, struct sea_node *node, struct sea_file *file)
{
	struct sea_pipe *pipe = node->pipe;
	int err = 0;

	if (!reads(file) && file->flags & O_NONBLOCK && (!pipe || !pipe->readers))
		return -ENXIO;
	if (!pipe)
		err = pipe_make(kernel, node);
	if (!err)
		join(node->pipe, file);
	return err;
}
