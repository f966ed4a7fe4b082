/* SPDX-License-Identifier: Apache-2.0 */
/* What files are: stat and its kin, and what they are on. */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "sentry-glue/fs/fs.h"
#include "sentry-glue/syscalls/sys.h"
#include "sentry-glue/vfs/hostdir.h"
#include "sentry-glue/vfs/through.h"

#define AT_EMPTY_PATH_ 0x1000
#define STATX_FLAGS (AT_EMPTY_PATH_ | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE)

/* Whether the call is about a descriptor: what has no node can be asked, too. */
static bool is_fd(struct sea_task *task, uint64_t fd, uint64_t path, int flags)
{
	char first;

	return flags & AT_EMPTY_PATH_ && (int)fd != AT_FDCWD &&
	       !sea_arg_read(task, path, &first, 1) && !first;
}

/* A reference; NULL: it has none. */
static int node_of_any(struct sea_task *task, uint64_t fd, struct sea_node **node)
{
	struct sea_file *file = sea_fd_get(task->files, (int)fd);

	if (!file)
		return -EBADF;
	*node = file->node ? sea_node_get(file->node) : NULL;
	return 0;
}

static int64_t stat_at(struct sea_task *task, int64_t fd, uint64_t path, uint64_t to, int flags)
{
	struct sea_node *node;
	int64_t err;

	if (flags & ~(AT_EMPTY_PATH_ | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT))
		return -EINVAL;
	if (is_fd(task, (uint64_t)fd, path, flags))
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

/* The root of what seems to be mounted is the first of its directories with that number. */
static bool is_mount(const struct sea_node *node)
{
	return sea_node_is(node, S_IFDIR) &&
	       (node->parent == node || node->parent->volume != node->volume);
}

int64_t sea_sys_statx(struct sea_task *task, const uint64_t *a)
{
	struct stat st = { .st_mode = 0600, .st_nlink = 1, .st_blksize = 4096 };
	struct statx sx = { .stx_mask = STATX_BASIC_STATS | STATX_MNT_ID,
			    .stx_attributes_mask = STATX_ATTR_MOUNT_ROOT };
	struct sea_node *node = NULL;
	int64_t err;

	if (a[3] & 0x80000000u || (int)a[2] & ~STATX_FLAGS ||
	    ((int)a[2] & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return -EINVAL;
	err = is_fd(task, a[0], a[1], (int)a[2])
		      ? node_of_any(task, a[0], &node)
		      : sea_arg_node(task, (int64_t)a[0], a[1], (int)a[2], &node);
	if (err)
		return err;
	if (node) {
		sea_through_renew(node);
		sea_node_stat(node, &st);
		sx.stx_mnt_id = node->volume + 1u;
		sx.stx_mask |= node->btime.tv_sec ? STATX_BTIME : 0;
		put_time(&sx.stx_btime, &node->btime);
		sx.stx_attributes = is_mount(node) ? STATX_ATTR_MOUNT_ROOT : 0;
	}
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

/* What kind of filesystem a file is on, to go by its node. */
static int64_t magic(const struct sea_node *node)
{
	if (!node)
		return 0x09041934; /* anonymous */
	if (node->volume == SEA_VOLUME_PROC)
		return 0x9fa0;
	if (sea_node_is(node, S_IFIFO) && !node->alias)
		return 0x50495045; /* pipes */
	if (sea_node_is(node, S_IFSOCK) && !node->alias)
		return 0x534f434b; /* sockets */
	return 0x01021994;         /* tmpfs */
}

static int64_t put_statfs(struct sea_task *task, struct sea_node *node, uint64_t to)
{
	const struct sea_memfile *memory = &task->kernel->memory;
	struct statfs st = { .f_type = magic(node),
			     .f_bsize = SEA_PAGE,
			     .f_frsize = SEA_PAGE,
			     .f_namelen = NAME_MAX };
	int err;

	if (st.f_type == 0x01021994) {
		st.f_blocks = memory->frames;
		st.f_bfree = st.f_bavail = memory->frames - memory->used;
	}
	err = node && node->through ? sea_hostdir_statfs(node->host, &st) : 0;
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
