/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes: those that users give (user.*), by path, by link and by descriptor. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "sentry-glue/fs/inotify.h"
#include "sentry-glue/syscalls/sys.h"
#include "sentry-glue/vfs/xattr.h"

#define USER "user."

enum by { BY_PATH, BY_LINK, BY_FD };

/* A reference. */
static int64_t node_by(struct sea_task *task, uint64_t at, enum by by, struct sea_node **node)
{
	struct sea_file *file;

	if (by != BY_FD)
		return sea_arg_node(task, AT_FDCWD, at, by == BY_LINK ? AT_SYMLINK_NOFOLLOW : 0,
				    node);
	file = sea_fd_get(task->files, (int)at);
	if (!file || !file->ops)
		return -EBADF;
	if (!file->node)
		return -EOPNOTSUPP;
	*node = sea_node_get(file->node);
	return 0;
}

static int read_name(struct sea_task *task, uint64_t at, char *name)
{
	int64_t n = sea_mm_read_string(task->mm, at, name, SEA_XATTR_NAME_MAX + 1);

	return n == -ENAMETOOLONG || !n ? -ERANGE : n < 0 ? (int)n : 0;
}

/* Users' are for files and directories only, whoever asks; `none`: what is said of others. */
static int may(struct sea_task *task, const struct sea_node *node, const char *name, int how,
	       int none)
{
	const struct sea_creds *creds = &task->process->creds;

	/* Below --rw the host would have to keep them. */
	if (strncmp(name, USER, strlen(USER)) != 0 || node->through)
		return -EOPNOTSUPP;
	if (!sea_node_is(node, S_IFREG) && !sea_node_is(node, S_IFDIR))
		return none;
	if (how == W_OK && sea_node_is(node, S_IFDIR) && node->mode & S_ISVTX && creds->euid &&
	    creds->euid != node->uid)
		return -EPERM;
	if (!name[strlen(USER)])
		return -EINVAL;
	return sea_node_may(node, creds, how);
}

static void changed(struct sea_node *node)
{
	sea_node_touch(node, false);
	sea_notify(node, IN_ATTRIB);
}

static int64_t set(struct sea_task *task, const uint64_t *a, enum by by)
{
	char name[SEA_XATTR_NAME_MAX + 1];
	struct sea_node *node = NULL;
	char *value;
	int64_t err;

	if ((int)a[4] & ~(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	err = read_name(task, a[1], name);
	if (err)
		return err;
	if (a[3] > SEA_XATTR_SIZE_MAX)
		return -E2BIG;
	value = malloc(a[3] + 1);
	if (!value)
		return -ENOMEM;
	err = sea_arg_read(task, a[2], value, a[3]);
	if (!err)
		err = node_by(task, a[0], by, &node);
	if (!err)
		err = may(task, node, name, W_OK, -EPERM);
	if (!err)
		err = sea_xattr_set(node, name, value, a[3], (int)a[4]);
	if (!err)
		changed(node);
	sea_node_put(node);
	free(value);
	return err;
}

static int64_t get(struct sea_task *task, const uint64_t *a, enum by by)
{
	char name[SEA_XATTR_NAME_MAX + 1];
	struct sea_node *node;
	const void *value;
	int64_t n = read_name(task, a[1], name);

	if (!n)
		n = node_by(task, a[0], by, &node);
	if (n)
		return n;
	n = may(task, node, name, R_OK, -ENODATA);
	if (!n)
		n = sea_xattr_get(node, name, &value);
	if (n > 0 && a[3] && (uint64_t)n > a[3])
		n = -ERANGE;
	if (n > 0 && a[3] && sea_arg_write(task, a[2], value, (size_t)n))
		n = -EFAULT;
	sea_node_put(node);
	return n;
}

static int64_t list(struct sea_task *task, const uint64_t *a, enum by by)
{
	uint64_t size = a[2] < SEA_XATTR_SIZE_MAX ? a[2] : SEA_XATTR_SIZE_MAX;
	struct sea_node *node;
	char *names;
	int64_t n = node_by(task, a[0], by, &node);

	if (n)
		return n;
	names = malloc(size + 1);
	n = names ? sea_xattr_list(node, names, size) : -ENOMEM;
	if (n > 0 && size && sea_arg_write(task, a[1], names, (size_t)n))
		n = -EFAULT;
	free(names);
	sea_node_put(node);
	return n;
}

static int64_t take(struct sea_task *task, const uint64_t *a, enum by by)
{
	char name[SEA_XATTR_NAME_MAX + 1];
	struct sea_node *node;
	int64_t err = read_name(task, a[1], name);

	if (!err)
		err = node_by(task, a[0], by, &node);
	if (err)
		return err;
	err = may(task, node, name, W_OK, -EPERM);
	if (!err)
		err = sea_xattr_remove(node, name);
	if (!err)
		changed(node);
	sea_node_put(node);
	return err;
}

#define CALLS(prefix, by)                                                               \
	int64_t sea_sys_##prefix##setxattr(struct sea_task *task, const uint64_t *a)    \
	{                                                                               \
		return set(task, a, by);                                                \
	}                                                                               \
	int64_t sea_sys_##prefix##getxattr(struct sea_task *task, const uint64_t *a)    \
	{                                                                               \
		return get(task, a, by);                                                \
	}                                                                               \
	int64_t sea_sys_##prefix##listxattr(struct sea_task *task, const uint64_t *a)   \
	{                                                                               \
		return list(task, a, by);                                               \
	}                                                                               \
	int64_t sea_sys_##prefix##removexattr(struct sea_task *task, const uint64_t *a) \
	{                                                                               \
		return take(task, a, by);                                               \
	}

CALLS(, BY_PATH)
CALLS(l, BY_LINK)
CALLS(f, BY_FD)
