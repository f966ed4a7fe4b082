/* SPDX-License-Identifier: Apache-2.0 */
/* Open files, and those of regular files and directories. */
#include "sentry-glue/vfs/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>

#include "sentry-glue/fs/epoll.h"
#include "sentry-glue/fs/fs.h"
#include "sentry-glue/fs/inotify.h"
#include "sentry-glue/fs/unix.h"
#include "sentry-glue/fs/pipe.h"
#include "sentry-glue/kernel/async.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/lease.h"
#include "sentry-glue/vfs/lock.h"
#include "sentry-glue/vfs/node.h"
#include "sentry-glue/vfs/seal.h"
#include "sentry-glue/vfs/through.h"

struct sea_file *sea_file_new(const struct sea_file_ops *ops, int flags, struct sea_node *node)
{
	struct sea_file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->ops = ops;
	file->refs = 1;
	file->flags = flags;
	file->node = node ? sea_node_get(node) : NULL;
	return file;
}

static unsigned int *count_of(struct sea_file *file)
{
	return (file->flags & O_ACCMODE) == O_RDONLY ? &file->node->readers : &file->node->writers;
}

void sea_file_put(struct sea_file *file)
{
	if (!file)
		return;
	if (--file->refs) {
		if (file->refs == file->in_flight)
			sea_unix_orphaned(file);
		return;
	}
	sea_epoll_forget(file);
	sea_async_forget(file);
	if (file->ops && file->node)
		sea_notify(file->node, (file->flags & O_ACCMODE) == O_RDONLY ? IN_CLOSE_NOWRITE
									     : IN_CLOSE_WRITE);
	if (file->ops && file->ops->release)
		file->ops->release(file);
	sea_lock_forget(file->node, file);
	sea_lease_forget(file);
	if (file->counted)
		*count_of(file) -= 1;
	/* Only a name is left of it. */
	if (file->node && file->node->through && file->node->refs <= 2)
		sea_through_close(file->node);
	sea_node_put(file->node);
	free(file);
}

static int64_t regular_read(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	int64_t total = 0;

	while (uio->left) {
		size_t n = uio->left;
		void *to;
		int64_t got;

		if (*pos >= file->node->size)
			break;
		if (n > file->node->size - *pos)
			n = file->node->size - *pos;
		to = sea_uio_window(uio, &n, true);
		got = to ? sea_data_read(file->node, to, n, *pos) : -EFAULT;
		if (got < 0)
			return total ? total : got;
		*pos += (uint64_t)got;
		total += got;
	}
	return total;
}

static int64_t regular_write(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	uint64_t limit = uio->task->process->limits[RLIMIT_FSIZE].rlim_cur;
	int64_t total = 0;

	if (file->flags & O_APPEND) {
		sea_through_renew(file->node);
		*pos = file->node->size;
	}
	if (uio->left && *pos >= limit) {
		sea_signal_task(uio->task, &(siginfo_t){ .si_signo = SIGXFSZ });
		return -EFBIG;
	}
	if (uio->left > limit - *pos)
		uio->left = limit - *pos;
	while (uio->left) {
		size_t n = uio->left;
		const void *from = sea_uio_window(uio, &n, false);
		int64_t put = from ? sea_seal_write(file->node, *pos + n) : -EFAULT;

		if (!put)
			put = sea_data_write(file->node, from, n, *pos);
		if (put < 0)
			return total ? total : put;
		*pos += (uint64_t)put;
		total += put;
	}
	return total;
}

static int always_ready(struct sea_file *file, struct sea_task *task, struct sea_wait *wait)
{
	(void)file, (void)task, (void)wait;
	return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
}

static const struct sea_file_ops regular_ops = {
	.read = regular_read,
	.write = regular_write,
	.poll = always_ready,
	.seekable = true,
	.splice = SEA_SPLICE_IN | SEA_SPLICE_OUT,
};

static int64_t directory_read(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	(void)file, (void)uio, (void)pos;
	return -EISDIR;
}

static const struct sea_file_ops directory_ops = {
	.read = directory_read,
	.poll = always_ready,
	.seekable = true,
};

static int open_as(struct sea_task *task, struct sea_node *node, struct sea_file *file)
{
	if (node->ops && node->ops->open)
		return node->ops->open(node, task, file);
	switch (node->mode & S_IFMT) {
	case S_IFREG:
		file->ops = &regular_ops;
		return node->through ? sea_through_open(node, file->flags & O_ACCMODE) : 0;
	case S_IFDIR:
		file->ops = &directory_ops;
		return 0;
	case S_IFIFO:
		return sea_fifo_open(task->kernel, node, file);
	}
	return -ENXIO; /* devices and sockets of the host stay there */
}

int sea_file_open(struct sea_task *task, struct sea_node *node, int flags, struct sea_file **made)
{
	struct sea_file *file;
	int err = 0;

	/* O_LARGEFILE, as every file has that a 64-bit program opens. */
	flags = (flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC)) |
		(flags & O_PATH ? 0 : 0100000);
	file = sea_file_new(NULL, flags, node);
	if (!file)
		return -ENOMEM;
	if (!(flags & O_PATH) && node->ops && node->ops->text)
		err = sea_text_open(node, task, file);
	else if (!(flags & O_PATH))
		err = open_as(task, node, file);
	file->flags &= ~O_NOCTTY;
	if (err) {
		file->ops = NULL;
		sea_file_put(file);
		return err;
	}
	if (file->ops) {
		file->counted = true;
		*count_of(file) += 1;
		sea_notify(node, IN_OPEN);
	}
	*made = file;
	return 0;
}

int sea_file_await(struct sea_task *task, struct sea_file *file, int events)
{
	struct pollfd host = { .events = (short)events };
	int64_t patience = file->patience[!(events & POLLIN)];
	int64_t deadline = patience ? sea_clock_now() + patience : SEA_NEVER;
	struct sea_wait wait = { 0 };
	int err = 0;

	events |= POLLERR | POLLHUP;
	sea_file_get(file); /* another thread may close it */
	if (file->ops->host) {
		host.fd = file->ops->host(file);
		err = sea_task_sleep(task, deadline, &host, 1);
	} else if (!(file->ops->poll(file, task, &wait) & events)) {
		err = sea_task_sleep(task, deadline, NULL, 0);
	}
	sea_wait_del(&wait);
	sea_file_put(file);
	return !err ? 0 : err == -ETIMEDOUT ? -EAGAIN : patience ? -EINTR : -SEA_ERESTARTSYS;
}
