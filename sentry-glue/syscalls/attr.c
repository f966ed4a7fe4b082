/* SPDX-License-Identifier: Apache-2.0 */
/* Modes, owners and times of files; the working directory. */
#include <fcntl.h>
#include <limits.h>
#include <sys/time.h>
#include <unistd.h>

#include "sentry-glue/fs/inotify.h"
#include "sentry-glue/syscalls/sys.h"
#include "sentry-glue/vfs/hostdir.h"
#include "sentry-glue/vfs/seal.h"
#include "sentry-glue/vfs/through.h"

#define AT_EMPTY_PATH_ 0x1000
#define AT_EACCESS_ 0x200

static int64_t access_at(struct sea_task *task, int64_t fd, uint64_t path, uint64_t how, int flags)
{
	struct sea_creds creds = task->process->creds;
	struct sea_node *node;
	int64_t err;

	if (how & ~7ull || flags & ~(AT_EACCESS_ | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH_))
		return -EINVAL;
	err = sea_arg_node(task, fd, path, flags, &node);
	if (err)
		return err;
	if (!(flags & AT_EACCESS_)) {
		creds.euid = creds.uid;
		creds.egid = creds.gid;
	}
	err = sea_node_may(node, &creds, (int)how);
	sea_node_put(node);
	return err;
}

int64_t sea_sys_access(struct sea_task *task, const uint64_t *a)
{
	return access_at(task, AT_FDCWD, a[0], a[1], 0);
}

int64_t sea_sys_faccessat(struct sea_task *task, const uint64_t *a)
{
	return access_at(task, (int64_t)a[0], a[1], a[2], 0);
}

int64_t sea_sys_faccessat2(struct sea_task *task, const uint64_t *a)
{
	return access_at(task, (int64_t)a[0], a[1], a[2], (int)a[3]);
}

static bool owns(const struct sea_task *task, const struct sea_node *node)
{
	return !task->process->creds.euid || task->process->creds.euid == node->uid;
}

static int64_t chmod_node(struct sea_task *task, struct sea_node *node, uint64_t mode)
{
	int err = 0;

	if (!owns(task, node) || (node->seals & SEA_SEAL_EXEC && (node->mode ^ mode) & 0111))
		return -EPERM;
	if (node->through)
		err = sea_through_chmod(node, (uint32_t)mode);
	else
		node->mode = (node->mode & S_IFMT) | ((uint32_t)mode & 07777);
	if (err)
		return err;
	sea_node_touch(node, false);
	sea_notify(node, IN_ATTRIB);
	return 0;
}

static int64_t chmod_at(struct sea_task *task, int64_t fd, uint64_t path, uint64_t mode)
{
	struct sea_node *node;
	int64_t err = sea_arg_node(task, fd, path, 0, &node);

	if (err)
		return err;
	err = chmod_node(task, node, mode);
	sea_node_put(node);
	return err;
}

int64_t sea_sys_chmod(struct sea_task *task, const uint64_t *a)
{
	return chmod_at(task, AT_FDCWD, a[0], a[1]);
}

int64_t sea_sys_fchmodat(struct sea_task *task, const uint64_t *a)
{
	return chmod_at(task, (int64_t)a[0], a[1], a[2]);
}

int64_t sea_sys_fchmodat2(struct sea_task *task, const uint64_t *a)
{
	struct sea_node *node;
	int64_t err;

	if ((int)a[3] & ~(AT_EMPTY_PATH_ | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	err = sea_arg_node(task, (int64_t)a[0], a[1], (int)a[3], &node);
	if (err)
		return err;
	err = sea_node_is(node, S_IFLNK) ? -EOPNOTSUPP : chmod_node(task, node, a[2]);
	sea_node_put(node);
	return err;
}

/* The node of a descriptor that is more than a place. */
static int64_t node_of_fd(struct sea_task *task, uint64_t fd, struct sea_node **node)
{
	struct sea_file *file = sea_fd_get(task->files, (int)fd);

	if (!file || !file->ops)
		return -EBADF;
	*node = file->node;
	return file->node ? 0 : -EINVAL;
}

int64_t sea_sys_fchmod(struct sea_task *task, const uint64_t *a)
{
	struct sea_node *node;
	int64_t err = node_of_fd(task, a[0], &node);

	return err ? err : chmod_node(task, node, a[1]);
}

static int set_owner(struct sea_node *node, uint32_t uid, uint32_t gid)
{
	if (uid != ~0u)
		node->uid = uid;
	if (gid != ~0u)
		node->gid = gid;
	if (sea_node_is(node, S_IFREG))
		node->mode &= ~(uint32_t)(S_ISUID | (node->mode & 010 ? S_ISGID : 0));
	return 0;
}

static int64_t chown_node(struct sea_task *task, struct sea_node *node, uint64_t uid, uint64_t gid)
{
	const struct sea_creds *creds = &task->process->creds;
	bool root = !creds->euid;
	int err;

	if ((uint32_t)uid != ~0u && !root && (!owns(task, node) || (uint32_t)uid != node->uid))
		return -EPERM;
	if ((uint32_t)gid != ~0u && !root && (!owns(task, node) || (uint32_t)gid != creds->egid))
		return -EPERM;
	err = node->through ? sea_through_chown(node, (uint32_t)uid, (uint32_t)gid)
			    : set_owner(node, (uint32_t)uid, (uint32_t)gid);
	if (err)
		return err;
	sea_node_touch(node, false);
	if ((uint32_t)uid != ~0u || (uint32_t)gid != ~0u)
		sea_notify(node, IN_ATTRIB);
	return 0;
}

static int64_t chown_at(struct sea_task *task, int64_t fd, uint64_t path, uint64_t uid,
			uint64_t gid, int flags)
{
	struct sea_node *node;
	int64_t err = sea_arg_node(task, fd, path, flags, &node);

	if (err)
		return err;
	err = chown_node(task, node, uid, gid);
	sea_node_put(node);
	return err;
}

int64_t sea_sys_chown(struct sea_task *task, const uint64_t *a)
{
	return chown_at(task, AT_FDCWD, a[0], a[1], a[2], 0);
}

int64_t sea_sys_lchown(struct sea_task *task, const uint64_t *a)
{
	return chown_at(task, AT_FDCWD, a[0], a[1], a[2], AT_SYMLINK_NOFOLLOW);
}

int64_t sea_sys_fchownat(struct sea_task *task, const uint64_t *a)
{
	if ((int)a[4] & ~(AT_EMPTY_PATH_ | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	return chown_at(task, (int64_t)a[0], a[1], a[2], a[3], (int)a[4]);
}

int64_t sea_sys_fchown(struct sea_task *task, const uint64_t *a)
{
	struct sea_node *node;
	int64_t err = node_of_fd(task, a[0], &node);

	return err ? err : chown_node(task, node, a[1], a[2]);
}

int64_t sea_sys_umask(struct sea_task *task, const uint64_t *a)
{
	uint32_t old = task->fs->umask;

	task->fs->umask = (uint32_t)a[0] & 0777;
	return old;
}

static bool known_time(const struct timespec *ts)
{
	return ts->tv_nsec == UTIME_OMIT || ts->tv_nsec == UTIME_NOW ||
	       (ts->tv_nsec >= 0 && ts->tv_nsec < 1000000000);
}

static void set_time(struct timespec *to, const struct timespec *from)
{
	if (from->tv_nsec == UTIME_NOW)
		clock_gettime(CLOCK_REALTIME, to);
	else if (from->tv_nsec != UTIME_OMIT)
		*to = *from;
}

static int keep_times(struct sea_node *node, const struct timespec *times)
{
	set_time(&node->atime, &times[0]);
	set_time(&node->mtime, &times[1]);
	return 0;
}

static int64_t node_of_times(struct sea_task *task, const uint64_t *a, struct sea_node **node)
{
	int64_t err;

	if ((int)a[3] & ~(AT_EMPTY_PATH_ | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	if (a[1] || (int)a[0] == AT_FDCWD)
		return sea_arg_node(task, (int64_t)a[0], a[1], (int)a[3], node);
	if (a[3])
		return -EINVAL;
	err = node_of_fd(task, a[0], node);
	if (!err)
		sea_node_get(*node);
	return err;
}

static int64_t set_times(struct sea_task *task, struct sea_node *node, const struct timespec *times,
			 bool now)
{
	int64_t err = 0;

	if (!owns(task, node))
		err = now ? sea_node_may(node, &task->process->creds, W_OK) : -EPERM;
	if (!err)
		err = node->through ? sea_through_utimes(node, times) : keep_times(node, times);
	if (err)
		return err;
	sea_node_touch(node, false);
	sea_notify(node, times[0].tv_nsec == UTIME_OMIT   ? IN_MODIFY
			 : times[1].tv_nsec == UTIME_OMIT ? IN_ACCESS
							  : IN_ATTRIB);
	return 0;
}

int64_t sea_sys_utimensat(struct sea_task *task, const uint64_t *a)
{
	struct timespec times[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };
	struct sea_node *node;
	int64_t err;

	if (a[2] && sea_arg_read(task, a[2], times, sizeof(times)))
		return -EFAULT;
	if (times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT)
		return 0; /* nothing is looked at */
	if (!known_time(&times[0]) || !known_time(&times[1]))
		return -EINVAL;
	err = node_of_times(task, a, &node);
	if (err)
		return err;
	err = set_times(task, node, times, !a[2]);
	sea_node_put(node);
	return err;
}

/* Times in microseconds, at an address; 0: now. */
int64_t sea_sys_futimesat(struct sea_task *task, const uint64_t *a)
{
	struct timespec times[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };
	struct sea_node *node;
	struct timeval tv[2];
	int64_t err;

	if (a[2] && sea_arg_read(task, a[2], tv, sizeof(tv)))
		return -EFAULT;
	for (int i = 0; a[2] && i < 2; i++) {
		if (tv[i].tv_usec < 0 || tv[i].tv_usec >= 1000000)
			return -EINVAL;
		times[i] = (struct timespec){ tv[i].tv_sec, tv[i].tv_usec * 1000 };
	}
	err = node_of_times(task, (uint64_t[]){ a[0], a[1], 0, 0 }, &node);
	if (err)
		return err;
	err = set_times(task, node, times, !a[2]);
	sea_node_put(node);
	return err;
}

int64_t sea_sys_utimes(struct sea_task *task, const uint64_t *a)
{
	return sea_sys_futimesat(task, (uint64_t[]){ (uint32_t)AT_FDCWD, a[0], a[1] });
}

int64_t sea_sys_utime(struct sea_task *task, const uint64_t *a)
{
	struct timespec times[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };
	struct sea_node *node;
	int64_t both[2], err;

	if (a[1] && sea_arg_read(task, a[1], both, sizeof(both)))
		return -EFAULT;
	for (int i = 0; a[1] && i < 2; i++)
		times[i] = (struct timespec){ both[i], 0 };
	err = sea_arg_node(task, AT_FDCWD, a[0], 0, &node);
	if (err)
		return err;
	err = set_times(task, node, times, !a[1]);
	sea_node_put(node);
	return err;
}

int64_t sea_sys_getcwd(struct sea_task *task, const uint64_t *a)
{
	char path[PATH_MAX];
	int64_t n = sea_node_path(task->fs->cwd, task->fs->root, path, sizeof(path));

	if (n < 0)
		return n;
	if ((uint64_t)n + 1 > a[1])
		return -ERANGE;
	return sea_arg_write(task, a[0], path, (size_t)n + 1) ? -EFAULT : n + 1;
}

static int64_t go(struct sea_task *task, struct sea_node *node)
{
	int err = sea_node_is(node, S_IFDIR) ? sea_node_may(node, &task->process->creds, X_OK)
					     : -ENOTDIR;

	if (err)
		return err;
	sea_node_put(task->fs->cwd);
	task->fs->cwd = sea_node_get(node);
	return 0;
}

int64_t sea_sys_chdir(struct sea_task *task, const uint64_t *a)
{
	struct sea_node *node;
	int64_t err = sea_arg_node(task, AT_FDCWD, a[0], 0, &node);

	if (err)
		return err;
	err = go(task, node);
	sea_node_put(node);
	return err;
}

int64_t sea_sys_fchdir(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file = sea_fd_get(task->files, (int)a[0]);

	return !file ? -EBADF : !file->node ? -ENOTDIR : go(task, file->node);
}
