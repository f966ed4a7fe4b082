/* SPDX-License-Identifier: Apache-2.0 */
/* read, write and their kin. */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sentry-glue/fs/inotify.h"
#include "sentry-glue/fs/pidfd.h"
#include "sentry-glue/syscalls/sys.h"
#include "sentry-glue/vfs/hostdir.h"
#include "sentry-glue/vfs/lease.h"
#include "sentry-glue/vfs/seal.h"

static bool may_read(const struct sea_file *file)
{
	return file->ops && file->ops->read && (file->flags & O_ACCMODE) != O_WRONLY;
}

static bool may_write(const struct sea_file *file)
{
	return file->ops && file->ops->write && (file->flags & O_ACCMODE) != O_RDONLY;
}

/* One transfer, with the sleeping that it may take. pos NULL: the file's own position. */
static int64_t transfer(struct sea_file *file, struct sea_uio *uio, uint64_t *pos, bool write)
{
	int64_t total = 0, n;

	sea_file_get(file); /* while we sleep, another thread may close it */
	for (;;) {
		n = write ? file->ops->write(file, uio, pos ? pos : &file->pos)
			  : file->ops->read(file, uio, pos ? pos : &file->pos);
		if (n > 0)
			total += n;
		/* A write goes on until all is written; a read is content with what there is. */
		if (n >= 0 && write && uio->left && n)
			continue;
		if (n != -EAGAIN || file->flags & O_NONBLOCK || (total && !write))
			break;
		n = sea_file_await(uio->task, file, write ? POLLOUT : POLLIN);
		if (n)
			break;
	}
	if (total)
		sea_notify_file(file, write ? IN_MODIFY : IN_ACCESS);
	sea_file_put(file);
	return total ? total : n;
}

static int64_t rw_one(struct sea_task *task, int64_t fd, uint64_t addr, uint64_t len, uint64_t *pos,
		      bool write)
{
	struct sea_uiovec vec = { addr, len < SEA_RW_MAX ? len : SEA_RW_MAX };
	struct sea_uio uio = { .task = task, .vec = &vec, .n = 1, .left = vec.len };
	struct sea_file *file = sea_fd_get(task->files, (int)fd);

	if (!file || !file->ops)
		return -EBADF;
	if (pos && !file->ops->seekable)
		return -ESPIPE;
	if (!(write ? may_write(file) : may_read(file)))
		return -EBADF;
	if (len > SEA_GUEST_TOP || addr > SEA_GUEST_TOP - len)
		return -EFAULT;
	return transfer(file, &uio, pos, write);
}

int64_t sea_sys_read(struct sea_task *task, const uint64_t *a)
{
	return rw_one(task, (int64_t)a[0], a[1], a[2], NULL, false);
}

int64_t sea_sys_write(struct sea_task *task, const uint64_t *a)
{
	return rw_one(task, (int64_t)a[0], a[1], a[2], NULL, true);
}

int64_t sea_sys_pread64(struct sea_task *task, const uint64_t *a)
{
	uint64_t pos = a[3];

	return (int64_t)pos < 0 ? -EINVAL : rw_one(task, (int64_t)a[0], a[1], a[2], &pos, false);
}

int64_t sea_sys_pwrite64(struct sea_task *task, const uint64_t *a)
{
	uint64_t pos = a[3];

	return (int64_t)pos < 0 ? -EINVAL : rw_one(task, (int64_t)a[0], a[1], a[2], &pos, true);
}

static int64_t rw_many(struct sea_task *task, const uint64_t *a, uint64_t *pos, bool write)
{
	struct sea_file *file = sea_fd_get(task->files, (int)a[0]);
	struct sea_uiovec *vec;
	struct sea_uio uio;
	int64_t ret;

	if (!file || !file->ops)
		return -EBADF;
	if (pos && !file->ops->seekable)
		return -ESPIPE;
	if (!(write ? may_write(file) : may_read(file)))
		return -EBADF;
	ret = sea_arg_iovec(task, a[1], a[2], &uio, &vec);
	if (!ret)
		ret = transfer(file, &uio, pos, write);
	free(vec);
	return ret;
}

int64_t sea_sys_readv(struct sea_task *task, const uint64_t *a)
{
	return rw_many(task, a, NULL, false);
}

int64_t sea_sys_writev(struct sea_task *task, const uint64_t *a)
{
	return rw_many(task, a, NULL, true);
}

/* The position is one argument here; the other is for programs of 32 bits. */
int64_t sea_sys_preadv(struct sea_task *task, const uint64_t *a)
{
	uint64_t pos = a[3];

	return (int64_t)pos < 0 ? -EINVAL : rw_many(task, a, &pos, false);
}

int64_t sea_sys_pwritev(struct sea_task *task, const uint64_t *a)
{
	uint64_t pos = a[3];

	return (int64_t)pos < 0 ? -EINVAL : rw_many(task, a, &pos, true);
}

/* With flags, of which those count that ask for what is so anyway; and -1 for the file's position. */
static int64_t rw_many_with(struct sea_task *task, const uint64_t *a, bool write)
{
	const uint64_t known = RWF_HIPRI | RWF_DSYNC | RWF_SYNC | (write ? RWF_APPEND : 0);
	struct sea_file *file = sea_fd_get(task->files, (int)a[0]);
	uint64_t pos = a[3];
	bool appends;
	int64_t n;

	if ((int64_t)pos < -1)
		return -EINVAL;
	if ((uint32_t)a[5] & ~known)
		return -EOPNOTSUPP;
	appends = file && a[5] & RWF_APPEND && file->ops && file->ops->seekable &&
		  !(file->flags & O_APPEND);
	if (appends)
		file->flags |= O_APPEND; /* nobody else looks: what has a place never waits */
	n = rw_many(task, a, (int64_t)pos == -1 ? NULL : &pos, write);
	if (appends)
		file->flags &= ~O_APPEND;
	return n;
}

int64_t sea_sys_preadv2(struct sea_task *task, const uint64_t *a)
{
	return rw_many_with(task, a, false);
}

int64_t sea_sys_pwritev2(struct sea_task *task, const uint64_t *a)
{
	return rw_many_with(task, a, true);
}

/* SEEK_DATA and SEEK_HOLE: one stretch of data, and the hole behind it. */
static int64_t seek_to(const struct sea_file *file, int64_t off, uint64_t whence)
{
	int64_t size = (int64_t)file->node->size;

	switch (whence) {
	case SEEK_SET:
		return off;
	case SEEK_CUR:
		return (int64_t)file->pos + off;
	case SEEK_END:
		return size + off;
	case SEEK_DATA:
		return off < 0 || off >= size ? -ENXIO : off;
	case SEEK_HOLE:
		return off < 0 || off >= size ? -ENXIO : size;
	}
	return -EINVAL;
}

int64_t sea_sys_lseek(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file = sea_fd_get(task->files, (int)a[0]);
	struct sea_process *process;
	int64_t pos;

	if (!file || !file->ops)
		return -EBADF;
	if ((uint32_t)a[2] > SEEK_HOLE)
		return -EINVAL;
	if (!file->node && sea_pidfd_process(file, &process))
		return 0; /* counters, timers, sets: it is taken, and means nothing */
	if (!file->ops->seekable || !file->node)
		return -ESPIPE;
	if (sea_node_is(file->node, S_IFCHR))
		return 0; /* there is but one place */
	pos = seek_to(file, (int64_t)a[1], (uint32_t)a[2]);
	if (pos == -ENXIO && (uint32_t)a[2] > SEEK_END)
		return pos;
	if (pos < 0)
		return -EINVAL;
	file->pos = (uint64_t)pos;
	return pos;
}

static int64_t synced(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file = sea_fd_get(task->files, (int)a[0]);

	if (!file || !file->ops)
		return -EBADF;
	if (!file->ops->seekable || sea_node_is(file->node, S_IFCHR))
		return -EINVAL;
	return file->node->through ? sea_through_flush(file->node, true) : 0;
}

/* What is not below --rw is memory: it is always in step. */
int64_t sea_sys_fsync(struct sea_task *task, const uint64_t *a)
{
	return synced(task, a);
}

int64_t sea_sys_fdatasync(struct sea_task *task, const uint64_t *a)
{
	return synced(task, a);
}

int64_t sea_sys_syncfs(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file = sea_fd_get(task->files, (int)a[0]);

	if (!file || !file->ops)
		return -EBADF;
	return file->node && file->node->through ? sea_hostdir_sync(file->node->host) : 0;
}

int64_t sea_sys_sync(struct sea_task *task, const uint64_t *a)
{
	const struct sea_kernel *kernel = task->kernel;

	(void)a;
	for (unsigned int i = 0; i < kernel->nwritable; i++) {
		if (sea_hostdir_sync(kernel->writable[i]->host))
			continue; /* nobody is told */
	}
	return 0;
}

int64_t sea_sys_fadvise64(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file = sea_fd_get(task->files, (int)a[0]);

	if (!file || !file->ops)
		return -EBADF;
	if (!file->ops->seekable)
		return -ESPIPE;
	return (int64_t)a[2] < 0 || a[3] > 5 ? -EINVAL : 0;
}

/* Everything is read when it is needed. */
int64_t sea_sys_readahead(struct sea_task *task, const uint64_t *a)
{
	const struct sea_file *file = sea_fd_get(task->files, (int)a[0]);

	if (!file || !file->ops || (file->flags & O_ACCMODE) == O_WRONLY)
		return -EBADF;
	return file->node && sea_node_is(file->node, S_IFREG) ? 0 : -EINVAL;
}

/* What is kept in memory stays there; below --rw it has been written by then. */
int64_t sea_sys_sync_file_range(struct sea_task *task, const uint64_t *a)
{
	const struct sea_file *file = sea_fd_get(task->files, (int)a[0]);

	if (!file || !file->ops)
		return -EBADF;
	if ((uint32_t)a[3] & ~7u || (int64_t)a[1] < 0 || (int64_t)a[2] < 0 ||
	    (int64_t)(a[1] + a[2]) < 0)
		return -EINVAL;
	return file->node && (sea_node_is(file->node, S_IFREG) || sea_node_is(file->node, S_IFDIR))
		       ? 0
		       : -ESPIPE;
}

static int64_t resize(struct sea_task *task, struct sea_node *node, int64_t size)
{
	uint64_t old = node->size;
	int err;

	if (size < 0)
		return -EINVAL;
	if (sea_node_is(node, S_IFDIR))
		return -EISDIR;
	if (!sea_node_has_data(node))
		return -EINVAL;
	if ((uint64_t)size > task->process->limits[RLIMIT_FSIZE].rlim_cur) {
		sea_signal_task(task, &(siginfo_t){ .si_signo = SIGXFSZ });
		return -EFBIG;
	}
	sea_node_get(node); /* while we sleep, another thread may close it */
	err = sea_seal_resize(node, (uint64_t)size);
	if (!err)
		err = sea_data_resize(node, (uint64_t)size);
	if (!err && (uint64_t)size < old)
		sea_task_shrunk(task, node);
	if (!err)
		sea_notify(node, IN_MODIFY);
	sea_node_put(node);
	return err;
}

int64_t sea_sys_ftruncate(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file = sea_fd_get(task->files, (int)a[0]);

	if ((int64_t)a[1] < 0)
		return -EINVAL;
	if (!file || !file->ops)
		return -EBADF;
	if (!file->node || !sea_node_is(file->node, S_IFREG) || !may_write(file))
		return -EINVAL;
	return resize(task, file->node, (int64_t)a[1]);
}

int64_t sea_sys_truncate(struct sea_task *task, const uint64_t *a)
{
	struct sea_node *node;
	int64_t err = (int64_t)a[1] < 0 ? -EINVAL : sea_arg_node(task, AT_FDCWD, a[0], 0, &node);

	if (err)
		return err;
	err = sea_node_is(node, S_IFDIR) ? -EISDIR
					 : sea_node_may(node, &task->process->creds, W_OK);
	if (!err && node->leases)
		err = sea_lease_break(task, node, true, false);
	if (!err)
		err = resize(task, node, (int64_t)a[1]);
	sea_node_put(node);
	return err;
}
