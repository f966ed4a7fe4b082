/* SPDX-License-Identifier: Apache-2.0 */
/* open, openat, creat, mknod. */
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <unistd.h>

#include "sentry-glue/fs/inotify.h"
#include "sentry-glue/syscalls/sys.h"
#include "sentry-glue/vfs/lease.h"
#include "sentry-glue/vfs/seal.h"

#define NAMELESS (O_TMPFILE & ~O_DIRECTORY)

/* What opening for these flags asks of a file that is there. */
static int may_open(struct sea_task *task, const struct sea_node *node, int flags)
{
	int access = flags & O_ACCMODE;
	int how = (access != O_WRONLY ? R_OK : 0) | (access != O_RDONLY ? W_OK : 0) |
		  (flags & O_TRUNC ? W_OK : 0);

	if (sea_node_is(node, S_IFLNK))
		return flags & O_PATH ? 0 : -ELOOP;
	if (flags & O_DIRECTORY && !sea_node_is(node, S_IFDIR))
		return -ENOTDIR;
	if (flags & O_PATH)
		return 0;
	if (sea_node_is(node, S_IFDIR) && how & W_OK)
		return -EISDIR;
	return sea_node_may(node, &task->process->creds, how);
}

/* A new node for `mode`, in the directory and by the name where the walk ended. */
static int make_node(struct sea_task *task, struct sea_walk *walk, uint32_t mode)
{
	int err = sea_node_may(walk->dir, &task->process->creds, W_OK | X_OK);
	struct sea_node *node;

	if (err)
		return err;
	node = sea_node_new(walk->dir->memory, (mode & S_IFMT) | (mode & 07777 & ~task->fs->umask));
	if (!node)
		return -ENOMEM;
	node->uid = task->process->creds.euid;
	node->gid = walk->dir->mode & S_ISGID ? walk->dir->gid : task->process->creds.egid;
	err = sea_dir_create(walk->dir, walk->name, node);
	if (err) {
		sea_node_put(node);
		return err;
	}
	walk->node = node;
	sea_notify_name(walk->dir, IN_CREATE, walk->name, 0);
	return 0;
}

static int find_or_make(struct sea_task *task, struct sea_node *start, const char *path, int flags,
			uint32_t mode, unsigned int resolve, struct sea_walk *walk)
{
	unsigned int how = flags & O_NOFOLLOW || (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)
				   ? SEA_WALK_NOFOLLOW
				   : 0;
	int err = sea_walk(task, start, path,
			   how | resolve | (flags & O_CREAT ? SEA_WALK_PARENT : 0), walk);

	if (err)
		return err;
	if (flags & O_CREAT && walk->slash)
		return -EISDIR;
	if (!walk->node) {
		err = make_node(task, walk, S_IFREG | mode);
		return err ? err : 1;
	}
	if (flags & O_CREAT && flags & O_EXCL)
		return -EEXIST;
	if (flags & O_CREAT && sea_node_is(walk->node, S_IFDIR))
		return -EISDIR;
	return may_open(task, walk->node, flags);
}

/* A file without a name, in the directory that the path leads to. */
static int make_nameless(struct sea_task *task, struct sea_node *start, const char *path, int flags,
			 uint32_t mode, unsigned int resolve, struct sea_walk *walk)
{
	unsigned int how = flags & O_NOFOLLOW ? SEA_WALK_NOFOLLOW : 0;
	struct sea_node *dir;
	int err = sea_walk_node(task, start, path, how | resolve, &dir);

	if (err)
		return err;
	err = sea_node_is(dir, S_IFDIR) ? sea_node_may(dir, &task->process->creds, W_OK | X_OK)
					: -ENOTDIR;
	if (!err && dir->through)
		err = -EOPNOTSUPP; /* the host would have to make it */
	if (!err && !(walk->node = sea_node_new(dir->memory, S_IFREG | (mode & ~task->fs->umask))))
		err = -ENOMEM;
	if (!err) {
		walk->node->uid = task->process->creds.euid;
		walk->node->gid = dir->mode & S_ISGID ? dir->gid : task->process->creds.egid;
		walk->node->nlink = 0;
		walk->node->linkable = !(flags & O_EXCL);
	}
	sea_node_put(dir);
	return err ? err : 1;
}

/* What is not empty, and is to be, may be sealed. */
static int empty(struct sea_task *task, struct sea_node *node)
{
	int err = sea_seal_resize(node, 0);

	if (!err)
		err = sea_data_resize(node, 0);
	if (!err)
		sea_task_shrunk(task, node);
	return err;
}

static int64_t open_walked(struct sea_task *task, struct sea_node *node, int flags, bool made)
{
	bool empties = !made && flags & O_TRUNC && sea_node_has_data(node);
	struct sea_file *file;
	int64_t err = 0;

	if (!made && !(flags & O_PATH) && node->leases)
		err = sea_lease_break(task, node, (flags & O_ACCMODE) != O_RDONLY,
				      flags & O_NONBLOCK);
	if (!err && empties)
		err = empty(task, node);
	if (!err)
		err = sea_file_open(task, node, flags, &file);
	if (err)
		return err;
	if (!made && flags & O_TRUNC)
		sea_notify(node, IN_MODIFY);
	return sea_fd_add(task->files, file, 0, task->process->limits[RLIMIT_NOFILE].rlim_cur,
			  flags & O_CLOEXEC);
}

static int64_t open_at(struct sea_task *task, int64_t fd, const char *path, int flags,
		       uint32_t mode, unsigned int resolve)
{
	struct sea_walk walk = { 0 };
	struct sea_node *start;
	/* In a root of its own a path begins there, too. */
	int64_t err = sea_arg_start(
		task, fd, path + (resolve & SEA_WALK_IN_ROOT ? strspn(path, "/") : 0), &start);

	if (err)
		return err;
	if (flags & O_PATH)
		flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	if (flags & NAMELESS)
		err = make_nameless(task, start, path, flags, mode, resolve, &walk);
	else
		err = find_or_make(task, start, path, flags, mode, resolve, &walk);
	if (err >= 0)
		err = open_walked(task, walk.node, flags, err > 0);
	sea_walk_done(&walk);
	sea_node_put(start);
	return err;
}

static int64_t open_path(struct sea_task *task, int64_t fd, uint64_t path_at, uint64_t flags,
			 uint64_t mode, unsigned int resolve)
{
	char path[PATH_MAX];
	int err;

	if (flags & NAMELESS && !(flags & O_PATH) &&
	    ((flags & (O_TMPFILE | O_CREAT)) != O_TMPFILE || (flags & O_ACCMODE) == O_RDONLY))
		return -EINVAL;
	err = sea_arg_path(task, path_at, path);
	if (err || !*path)
		return err ? err : -ENOENT;
	return open_at(task, fd, path, (int)flags, (uint32_t)mode & 07777, resolve);
}

int64_t sea_sys_open(struct sea_task *task, const uint64_t *a)
{
	return open_path(task, AT_FDCWD, a[0], a[1], a[2], 0);
}

int64_t sea_sys_openat(struct sea_task *task, const uint64_t *a)
{
	return open_path(task, (int64_t)a[0], a[1], a[2], a[3], 0);
}

#define OPEN_FLAGS                                                                            \
	(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC | \
	 O_DSYNC | O_ASYNC | O_DIRECT | 0100000 | O_DIRECTORY | O_NOFOLLOW | O_NOATIME |      \
	 O_CLOEXEC | O_PATH | O_TMPFILE)

/* What it is stricter about than openat. */
static int check_how(const struct open_how *how)
{
	int flags = (int)how->flags;

	if (how->flags & ~(uint64_t)(unsigned int)OPEN_FLAGS || how->mode & ~07777ull)
		return -EINVAL;
	if (how->mode && !(flags & O_CREAT) && (flags & O_TMPFILE) != O_TMPFILE)
		return -EINVAL;
	if (flags & O_PATH && flags & ~(O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC))
		return -EINVAL;
	if (how->resolve & ~0x3full ||
	    (how->resolve & RESOLVE_BENEATH && how->resolve & RESOLVE_IN_ROOT))
		return -EINVAL;
	/* Everything is at hand; but who asks for that may not wait for what is to be made. */
	if (how->resolve & RESOLVE_CACHED && flags & (O_CREAT | O_TRUNC | NAMELESS))
		return -EAGAIN;
	return 0;
}

static unsigned int ways(uint64_t resolve)
{
	return (resolve & RESOLVE_NO_XDEV ? SEA_WALK_NO_XDEV : 0) |
	       (resolve & RESOLVE_NO_MAGICLINKS ? SEA_WALK_NO_MAGICLINKS : 0) |
	       (resolve & RESOLVE_NO_SYMLINKS ? SEA_WALK_NO_SYMLINKS : 0) |
	       (resolve & RESOLVE_BENEATH ? SEA_WALK_BENEATH : 0) |
	       (resolve & RESOLVE_IN_ROOT ? SEA_WALK_IN_ROOT : 0);
}

int64_t sea_sys_openat2(struct sea_task *task, const uint64_t *a)
{
	struct open_how how = { 0 };
	uint8_t more[SEA_PAGE];
	int err;

	if (a[3] < sizeof(how))
		return -EINVAL;
	if (a[3] > sizeof(more))
		return -E2BIG;
	if (sea_arg_read(task, a[2], more, a[3]))
		return -EFAULT;
	memcpy(&how, more, sizeof(how));
	for (uint64_t i = sizeof(how); i < a[3]; i++) {
		if (more[i])
			return -E2BIG;
	}
	err = check_how(&how);
	return err ? err
		   : open_path(task, (int64_t)a[0], a[1], how.flags, how.mode, ways(how.resolve));
}

int64_t sea_sys_creat(struct sea_task *task, const uint64_t *a)
{
	return open_path(task, AT_FDCWD, a[0], O_CREAT | O_WRONLY | O_TRUNC, a[1], 0);
}

static int may_make(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case 0:
	case S_IFREG:
	case S_IFIFO:
	case S_IFSOCK:
		return 0;
	case S_IFCHR:
	case S_IFBLK:
	case S_IFDIR:
		return -EPERM;
	}
	return -EINVAL;
}

/* With `node` it is made, and that is it; without it is only seen whether it may be. */
static int make_at(struct sea_task *task, int64_t fd, const char *path, uint32_t mode,
		   struct sea_node **node)
{
	struct sea_walk walk = { 0 };
	struct sea_node *start;
	int err = sea_arg_start(task, fd, path, &start);

	if (err)
		return err;
	err = sea_walk(task, start, path, SEA_WALK_PARENT | SEA_WALK_NOFOLLOW, &walk);
	sea_node_put(start);
	if (!err)
		err = walk.node ? -EEXIST : walk.slash ? -ENOENT : 0;
	if (!err && node)
		err = make_node(task, &walk, mode);
	if (!err && node)
		*node = sea_node_get(walk.node);
	sea_walk_done(&walk);
	return err;
}

int sea_node_make(struct sea_task *task, const char *path, uint32_t mode, struct sea_node **node)
{
	return make_at(task, AT_FDCWD, path, mode, node);
}

static int64_t mknod_at(struct sea_task *task, int64_t fd, uint64_t path_at, uint32_t mode)
{
	struct sea_node *node;
	char path[PATH_MAX];
	int err = may_make(mode);

	if (err)
		return err;
	err = sea_arg_path(task, path_at, path);
	if (err || !*path)
		return err ? err : -ENOENT;
	err = make_at(task, fd, path, mode & S_IFMT ? mode : mode | S_IFREG, &node);
	if (err)
		return err;
	sea_through_close(node);
	sea_node_put(node);
	return 0;
}

int64_t sea_sys_mknod(struct sea_task *task, const uint64_t *a)
{
	return mknod_at(task, AT_FDCWD, a[0], (uint32_t)a[1]);
}

int64_t sea_sys_mknodat(struct sea_task *task, const uint64_t *a)
{
	return mknod_at(task, (int64_t)a[0], a[1], (uint32_t)a[2]);
}
