/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors: close, dup, fcntl, ioctl, pipes. */
#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "sentry-glue/fs/fs.h"
#include "sentry-glue/fs/pipe.h"
#include "sentry-glue/fs/unix.h"
#include "sentry-glue/syscalls/sys.h"
#include "sentry-glue/vfs/lease.h"

#define SETTABLE (O_APPEND | O_NONBLOCK | O_NOATIME | O_DIRECT)
#define CLOSE_RANGE_CLOEXEC_ 4u
#define CLOSE_RANGE_UNSHARE_ 2u

static uint64_t limit(const struct sea_task *task)
{
	return task->process->limits[RLIMIT_NOFILE].rlim_cur;
}

int64_t sea_sys_close(struct sea_task *task, const uint64_t *a)
{
	return sea_fd_close(task->files, (int)a[0]);
}

static int unshare_files(struct sea_task *task)
{
	struct sea_files *own;

	if (task->files->refs == 1)
		return 0;
	own = sea_files_copy(task->files);
	if (!own)
		return -ENOMEM;
	sea_files_put(task->files);
	task->files = own;
	return 0;
}

int64_t sea_sys_close_range(struct sea_task *task, const uint64_t *a)
{
	uint32_t first = (uint32_t)a[0], last = (uint32_t)a[1], flags = (uint32_t)a[2];
	int err = 0;

	if (flags & ~(CLOSE_RANGE_CLOEXEC_ | CLOSE_RANGE_UNSHARE_) || first > last)
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE_)
		err = unshare_files(task);
	for (uint32_t fd = first; fd <= last && fd < task->files->n && !err; fd++) {
		if (flags & CLOSE_RANGE_CLOEXEC_)
			task->files->fds[fd].cloexec = true;
		else if (task->files->fds[fd].file)
			err = sea_fd_close(task->files, fd);
	}
	return err;
}

int64_t sea_sys_dup(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file = sea_fd_get(task->files, (int)a[0]);

	return file ? sea_fd_add(task->files, sea_file_get(file), 0, limit(task), false) : -EBADF;
}

static int64_t dup_to(struct sea_task *task, int from, uint32_t to, bool cloexec)
{
	struct sea_file *file = sea_fd_get(task->files, from);

	if (!file || to >= limit(task) || to >= SEA_FDS_MAX)
		return -EBADF;
	return sea_fd_set(task->files, to, sea_file_get(file), cloexec);
}

int64_t sea_sys_dup2(struct sea_task *task, const uint64_t *a)
{
	if ((uint32_t)a[0] == (uint32_t)a[1])
		return sea_fd_get(task->files, (int)a[0]) ? (int64_t)(uint32_t)a[0] : -EBADF;
	return dup_to(task, (int)a[0], (uint32_t)a[1], false);
}

int64_t sea_sys_dup3(struct sea_task *task, const uint64_t *a)
{
	if ((uint32_t)a[0] == (uint32_t)a[1] || a[2] & ~(uint64_t)O_CLOEXEC)
		return -EINVAL;
	return dup_to(task, (int)a[0], (uint32_t)a[1], a[2] & O_CLOEXEC);
}

static int64_t pipe_new(struct sea_task *task, uint64_t at, int flags)
{
	struct sea_file *ends[2];
	int32_t fds[2];
	int64_t fd;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	fd = sea_pipe_new(task->kernel, flags & (O_NONBLOCK | O_DIRECT), &ends[0], &ends[1]);
	if (fd)
		return fd;
	ends[0]->node->uid = task->process->creds.euid; /* both ends have the same node */
	ends[0]->node->gid = task->process->creds.egid;
	fds[0] =
		(int32_t)(fd = sea_fd_add(task->files, ends[0], 0, limit(task), flags & O_CLOEXEC));
	if (fd < 0) {
		sea_file_put(ends[1]);
		return fd;
	}
	fds[1] =
		(int32_t)(fd = sea_fd_add(task->files, ends[1], 0, limit(task), flags & O_CLOEXEC));
	if (fd >= 0)
		fd = sea_arg_write(task, at, fds, sizeof(fds));
	if (fd < 0) {
		sea_fd_close(task->files, fds[0]);
		sea_fd_close(task->files, fds[1]);
	}
	return fd;
}

int64_t sea_sys_pipe(struct sea_task *task, const uint64_t *a)
{
	return pipe_new(task, a[0], 0);
}

int64_t sea_sys_pipe2(struct sea_task *task, const uint64_t *a)
{
	return pipe_new(task, a[0], (int)a[1]);
}

static int64_t set_flags(struct sea_task *task, struct sea_file *file, int fd, int flags)
{
	int err = sea_file_async(task, file, fd, flags & O_ASYNC);

	if (!err)
		file->flags = (file->flags & ~SETTABLE) | (flags & SETTABLE);
	return err;
}

int64_t sea_sys_fcntl(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file = sea_fd_get(task->files, (int)a[0]);
	struct sea_fd *slot = file ? &task->files->fds[(uint32_t)a[0]] : NULL;

	if (!file)
		return -EBADF;
	switch ((int)a[1]) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		if (a[2] >= limit(task))
			return -EINVAL;
		return sea_fd_add(task->files, sea_file_get(file), (unsigned int)a[2], limit(task),
				  (int)a[1] == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return slot->cloexec ? FD_CLOEXEC : 0;
	case F_SETFD:
		slot->cloexec = a[2] & FD_CLOEXEC;
		return 0;
	case F_GETFL:
		return file->flags;
	case F_SETFL:
		if (!file->ops)
			return -EBADF;
		return set_flags(task, file, (int)a[0], (int)a[2]);
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return sea_fcntl_lock(task, file, (int)a[1], a[2]);
	case F_GETOWN:
	case F_SETOWN:
	case F_GETOWN_EX:
	case F_SETOWN_EX:
	case F_GETSIG:
	case F_SETSIG:
		return sea_fcntl_owner(task, file, (int)a[1], a[2]);
	case F_SETLEASE:
		return file->ops ? sea_lease_set(task, file, (int)a[0], (int)a[2]) : -EBADF;
	case F_GETLEASE:
		return file->ops ? sea_lease_type(file) : -EBADF;
	case F_NOTIFY: /* only to want nothing more */
		if (!file->ops || (uint32_t)a[2] & ~(uint32_t)DN_MULTISHOT)
			break;
		return 0;
	case F_ADD_SEALS:
	case F_GET_SEALS:
		return sea_fcntl_seals(file, (int)a[1], a[2]);
	case F_GETPIPE_SZ:
		return sea_pipe_of(file) ? (int64_t)sea_pipe_of(file)->slots * SEA_PIPE_PAGE
					 : -EBADF;
	case F_SETPIPE_SZ:
		return sea_pipe_of(file) ? sea_pipe_resize(sea_pipe_of(file), (uint32_t)a[2])
					 : -EBADF;
	}
	return file->ops ? -EINVAL : -EBADF;
}

int64_t sea_sys_ioctl(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file = sea_fd_get(task->files, (int)a[0]);
	int32_t on;

	if (!file || !file->ops)
		return -EBADF;
	switch ((uint32_t)a[1]) {
	case FIOCLEX:
	case FIONCLEX:
		task->files->fds[(uint32_t)a[0]].cloexec = (uint32_t)a[1] == FIOCLEX;
		return 0;
	case FIONBIO:
		if (sea_arg_read(task, a[2], &on, sizeof(on)))
			return -EFAULT;
		file->flags = (file->flags & ~O_NONBLOCK) | (on ? O_NONBLOCK : 0);
		return 0;
	case FIOASYNC:
		if (sea_arg_read(task, a[2], &on, sizeof(on)))
			return -EFAULT;
		if (!on != !(file->flags & O_ASYNC) && !file->ops->async)
			return -ENOTTY;
		return sea_file_async(task, file, (int)a[0], on);
	case FIOSETOWN:
	case SIOCSPGRP:
	case FIOGETOWN:
	case SIOCGPGRP:
		if (!sea_unix_of(file))
			break;
		return sea_ioctl_owner(task, file, (uint32_t)a[1], a[2]);
	case FIONREAD:
		if (!file->node || !sea_node_has_data(file->node))
			break;
		on = file->node->size > file->pos ? (int32_t)(file->node->size - file->pos) : 0;
		return sea_arg_write(task, a[2], &on, sizeof(on));
	}
	return file->ops->ioctl ? file->ops->ioctl(file, task, (uint32_t)a[1], a[2]) : -ENOTTY;
}

int64_t sea_sys_eventfd2(struct sea_task *task, const uint64_t *a)
{
	const int known = 02000000 | 04000 | 1; /* EFD_CLOEXEC, EFD_NONBLOCK, EFD_SEMAPHORE */
	struct sea_file *file;
	int err;

	if ((int)a[1] & ~known)
		return -EINVAL;
	err = sea_eventfd_new((uint32_t)a[0], (int)a[1], &file);
	return err ? err : sea_fd_add(task->files, file, 0, limit(task), a[1] & O_CLOEXEC);
}

int64_t sea_sys_eventfd(struct sea_task *task, const uint64_t *a)
{
	return sea_sys_eventfd2(task, (uint64_t[]){ a[0], 0 });
}
