/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments: what the guest's pointers and descriptors stand for. */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sentry-glue/syscalls/sys.h"

int sea_arg_read(struct sea_task *task, uint64_t addr, void *to, size_t len)
{
	return sea_mm_read(task->mm, addr, to, len);
}

int sea_arg_write(struct sea_task *task, uint64_t addr, const void *from, size_t len)
{
	return sea_mm_write(task->mm, task->vcpu, addr, from, len);
}

int sea_arg_path(struct sea_task *task, uint64_t addr, char *path)
{
	int64_t n = sea_mm_read_string(task->mm, addr, path, PATH_MAX);

	return n < 0 ? (int)n : 0;
}

int sea_arg_start(struct sea_task *task, int64_t fd, const char *path, struct sea_node **start)
{
	struct sea_file *file;

	fd = (int)fd;
	if (*path == '/' || fd == AT_FDCWD) {
		*start = sea_node_get(task->fs->cwd);
		return 0;
	}
	file = sea_fd_get(task->files, fd);
	if (!file)
		return -EBADF;
	if (!file->node || (*path && !sea_node_is(file->node, S_IFDIR)))
		return -ENOTDIR;
	*start = sea_node_get(file->node);
	return 0;
}

int sea_arg_node(struct sea_task *task, int64_t fd, uint64_t at, int flags, struct sea_node **node)
{
	struct sea_node *start;
	char path[PATH_MAX];
	int err = sea_arg_path(task, at, path);

	if (err)
		return err;
	if (!*path && !(flags & AT_EMPTY_PATH))
		return -ENOENT;
	err = sea_arg_start(task, fd, path, &start);
	if (err)
		return err;
	if (!*path) {
		*node = start;
		return 0;
	}
	err = sea_walk_node(task, start, path, flags & AT_SYMLINK_NOFOLLOW ? SEA_WALK_NOFOLLOW : 0,
			    node);
	sea_node_put(start);
	return err;
}

int sea_arg_iovec(struct sea_task *task, uint64_t at, uint64_t n, struct sea_uio *uio,
		  struct sea_uiovec **vec)
{
	int err;

	*vec = NULL;
	*uio = (struct sea_uio){ .task = task };
	if (n > IOV_MAX)
		return -EINVAL;
	*vec = calloc(n + 1, sizeof(**vec));
	if (!*vec)
		return -ENOMEM;
	err = sea_arg_read(task, at, *vec, n * sizeof(**vec));
	for (uint64_t i = 0; i < n && !err; i++) {
		struct sea_uiovec *v = &(*vec)[i];

		if (v->len > (uint64_t)INT64_MAX - uio->left)
			err = -EINVAL;
		else if (v->len > SEA_RW_MAX - uio->left)
			v->len = SEA_RW_MAX - uio->left;
		uio->left += err ? 0 : v->len;
	}
	uio->vec = *vec;
	uio->n = (unsigned int)n;
	if (!err)
		return 0;
	free(*vec);
	*vec = NULL;
	return err;
}

int sea_arg_timespec(struct sea_task *task, uint64_t addr, struct timespec *ts)
{
	int err = sea_arg_read(task, addr, ts, sizeof(*ts));

	if (err)
		return err;
	return ts->tv_sec < 0 || ts->tv_nsec < 0 || ts->tv_nsec >= 1000000000 ? -EINVAL : 0;
}

int sea_arg_deadline(struct sea_task *task, uint64_t addr, int64_t *deadline)
{
	struct timespec ts;
	int err;

	*deadline = SEA_NEVER;
	if (!addr)
		return 0;
	err = sea_arg_timespec(task, addr, &ts);
	if (!err && ts.tv_sec < 1000000000)
		*deadline = sea_clock_now() + ts.tv_sec * 1000000000 + ts.tv_nsec;
	return err;
}

int sea_put_stat(struct sea_task *task, uint64_t addr, struct sea_node *node)
{
	struct stat st;

	sea_through_renew(node);
	sea_node_stat(node, &st);
	return sea_arg_write(task, addr, &st, sizeof(st));
}
