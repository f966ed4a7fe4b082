/* SPDX-License-Identifier: Apache-2.0 */
/* inotify_init, inotify_add_watch, inotify_rm_watch. */
#include "sentry-glue/fs/inotify.h"

#include <fcntl.h>
#include <unistd.h>

#include "sentry-glue/syscalls/sys.h"

#define KNOWN                                                                                    \
	(IN_ALL_EVENTS | IN_UNMOUNT | IN_Q_OVERFLOW | IN_IGNORED | IN_ONLYDIR | IN_DONT_FOLLOW | \
	 IN_EXCL_UNLINK | IN_MASK_ADD | IN_MASK_CREATE | IN_ISDIR | (uint32_t)IN_ONESHOT)

int64_t sea_sys_inotify_init1(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file;
	int err;

	if ((int)a[0] & ~(IN_CLOEXEC | IN_NONBLOCK))
		return -EINVAL;
	err = sea_inotify_new(task->kernel, (int)a[0], &file);
	return err ? err
		   : sea_fd_add(task->files, file, 0, task->process->limits[RLIMIT_NOFILE].rlim_cur,
				(int)a[0] & IN_CLOEXEC);
}

int64_t sea_sys_inotify_init(struct sea_task *task, const uint64_t *a)
{
	(void)a;
	return sea_sys_inotify_init1(task, (uint64_t[]){ 0 });
}

int64_t sea_sys_inotify_add_watch(struct sea_task *task, const uint64_t *a)
{
	uint32_t mask = (uint32_t)a[2];
	struct sea_node *node;
	struct sea_file *file;
	int64_t ret;

	if (!(mask & KNOWN))
		return -EINVAL;
	file = sea_fd_get(task->files, (int)a[0]);
	if (!file || !file->ops)
		return -EBADF;
	if ((mask & IN_MASK_ADD && mask & IN_MASK_CREATE) || !sea_inotify_is(file))
		return -EINVAL;
	ret = sea_arg_node(task, AT_FDCWD, a[1], mask & IN_DONT_FOLLOW ? AT_SYMLINK_NOFOLLOW : 0,
			   &node);
	if (ret)
		return ret;
	ret = mask & IN_ONLYDIR && !sea_node_is(node, S_IFDIR)
		      ? -ENOTDIR
		      : sea_node_may(node, &task->process->creds, R_OK);
	if (!ret)
		ret = sea_inotify_add(file, node, mask);
	sea_node_put(node);
	return ret;
}

int64_t sea_sys_inotify_rm_watch(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file = sea_fd_get(task->files, (int)a[0]);

	if (!file || !file->ops)
		return -EBADF;
	return sea_inotify_is(file) ? sea_inotify_remove(file, (int)a[1]) : -EINVAL;
}
