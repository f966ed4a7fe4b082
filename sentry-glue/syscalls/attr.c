/* SPDX-License-Identifier: Apache-2.0 */
/* What files are like: stat and its kin, modes, owners, times; the working directory. */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "sentry-glue/fs/inotify.h"
#include "sentry-glue/syscalls/sys.h"
#include "sentry-glue/vfs/hostdir.h"
#include "sentry-glue/vfs/seal.h"

#define AT_EMPTY_PATH_ 0x1000
#define AT_EACCESS_ 0x200
#define STATX_FLAGS (AT_EMPTY_PATH_ | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE)

static int64_t stat_at(struct sea_task *task, int64_t fd, uint64_t path, uint64_t to, int flags)
{
	struct sea_node *node;
	int64_t err;
	char first;

	if (flags & ~(AT_EMPTY_PATH_ | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT))
		return -EINVAL;
	/* What has no node can be asked, too. */
	if (flags & AT_EMPTY_PATH_ && (int)fd != AT_FDCWD && !sea_arg_read(task, path, &first, 1) &&
	    !first)
		return sea_sys_fstat(task, (uint64_t[]){ (uint32_t)fd, to });
	err = sea_arg_node(task, fd, path, flags, &node);
	if (err)
		return err;
	err = sea_put_stat(task, to, node);
	sea_node_put(node);
	return err;
}

int64_t sea_sys_stat(struct sea_task *task, const uint64_t *a)
{
	return stat_at(task, AT_FDCWD, a[0], a[1], 0);
}

int64_t sea_sys_lstat(struct sea_task *task, const uint64_t *a)
{
	return stat_at(task, AT_FDCWD, a[0], a[1], AT_SYMLINK_NOFOLLOW);
}

int64_t sea_sys_newfstatat(struct sea_task *task, const uint64_t *a)
{
	return stat_at(task, (int64_t)a[0], a[1], a[2], (int)a[3]);
}

int64_t sea_sys_fstat(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file = sea_fd_get(task->files, (int)a[0]);
	const struct stat anonymous = { .st_mode = 0600, .st_nlink = 1, .st_blksize = 4096 };

	if (!file)
		return -EBADF;
	return file->node ? sea_put_stat(task, a[1], file->node)
			  : sea_arg_write(task, a[1], &anonymous, sizeof(anonymous));
}

static void put_time(struct statx_timestamp *to, const struct timespec *from)
{
	to->tv_sec = from->tv_sec;
	to->tv_nsec = (uint32_t)from->tv_nsec;
}

int64_t sea_sys_statx(struct sea_task *task, const uint64_t *a)
{
	struct sea_node *node;
	struct stat st;
	struct statx sx = { .stx_mask = STATX_BASIC_STATS };
	int64_t err;

	if (a[3] & 0x80000000u || (int)a[2] & ~STATX_FLAGS ||
	    ((int)a[2] & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return -EINVAL;
	err = sea_arg_node(task, (int64_t)a[0], a[1], (int)a[2], &node);
	if (err)
		return err;
	sea_through_renew(node);
	sea_node_stat(node, &st);
	sea_node_put(node);
	sx.stx_blksize = (uint32_t)st.st_blksize;
	sx.stx_nlink = (uint32_t)st.st_nlink;
	sx.stx_uid = st.st_uid;
	sx.stx_gid = st.st_gid;
	sx.stx_mode = (uint16_t)st.st_mode;
	sx.stx_ino = st.st_ino;
	sx.stx_size = (uint64_t)st.st_size;
	sx.stx_blocks = (uint64_t)st.st_blocks;
	sx.stx_rdev_major = (uint32_t)(st.st_rdev >> 8);
	sx.stx_rdev_minor = (uint32_t)(st.st_rdev & 0xff);
	sx.stx_dev_minor = (uint32_t)st.st_dev;
	put_time(&sx.stx_atime, &st.st_atim);
	put_time(&sx.stx_mtime, &st.st_mtim);
	put_time(&sx.stx_ctime, &st.st_ctim);
	return sea_arg_write(task, a[4], &sx, sizeof(sx));
}

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

static int set_times(struct sea_node *node, const struct timespec *times)
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
	if (!owns(task, node))
		err = a[2] ? -EPERM : sea_node_may(node, &task->process->creds, W_OK);
	if (!err)
		err = node->through ? sea_through_utimes(node, times) : set_times(node, times);
	if (!err) {
		sea_node_touch(node, false);
		sea_notify(node, times[0].tv_nsec == UTIME_OMIT   ? IN_MODIFY
				 : times[1].tv_nsec == UTIME_OMIT ? IN_ACCESS
								  : IN_ATTRIB);
	}
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

static int64_t put_statfs(struct sea_task *task, struct sea_node *node, uint64_t to)
{
	const struct sea_memfile *memory = &task->kernel->memory;
	struct statfs st = { .f_type = 0x01021994, /* as tmpfs */
			     .f_bsize = SEA_PAGE,
			     .f_frsize = SEA_PAGE,
			     .f_blocks = memory->frames,
			     .f_bfree = memory->frames - memory->used,
			     .f_bavail = memory->frames - memory->used,
			     .f_namelen = NAME_MAX };
	int err = node && node->through ? sea_hostdir_statfs(node->host, &st) : 0;

	return err ? err : sea_arg_write(task, to, &st, sizeof(st));
}

int64_t sea_sys_statfs(struct sea_task *task, const uint64_t *a)
{
	struct sea_node *node;
	int64_t err = sea_arg_node(task, AT_FDCWD, a[0], 0, &node);

	if (err)
		return err;
	err = put_statfs(task, node, a[1]);
	sea_node_put(node);
	return err;
}

int64_t sea_sys_fstatfs(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file = sea_fd_get(task->files, (int)a[0]);

	return file ? put_statfs(task, file->node, a[1]) : -EBADF;
}
