/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that make, move and remove names. */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sentry-glue/fs/inotify.h"
#include "sentry-glue/syscalls/sys.h"

#define RENAME_NOREPLACE_ 1u
#define RENAME_EXCHANGE_ 2u
#define RENAME_WHITEOUT_ 4u

/* Of a path that ends in . or .., or is the root: nothing of it can be removed. */
static int unnamed(const struct sea_walk *walk, bool dir)
{
	if (!dir)
		return -EISDIR;
	return !strcmp(walk->name, ".") ? -EINVAL : !strcmp(walk->name, "..") ? -ENOTEMPTY : -EBUSY;
}

/* The directory and the last name of a path. */
static int at_parent(struct sea_task *task, int64_t fd, uint64_t path_at, struct sea_walk *walk)
{
	struct sea_node *start;
	char path[PATH_MAX];
	int err = sea_arg_path(task, path_at, path);

	if (err || !*path)
		return err ? err : -ENOENT;
	err = sea_arg_start(task, fd, path, &start);
	if (err)
		return err;
	err = sea_walk(task, start, path, SEA_WALK_PARENT | SEA_WALK_NOFOLLOW, walk);
	sea_node_put(start);
	return err;
}

static int may_change(struct sea_task *task, const struct sea_node *dir,
		      const struct sea_node *node)
{
	const struct sea_creds *creds = &task->process->creds;
	int err = sea_node_may(dir, creds, W_OK | X_OK);

	if (err || !node || !(dir->mode & S_ISVTX) || !creds->euid)
		return err;
	return creds->euid == node->uid || creds->euid == dir->uid ? 0 : -EPERM;
}

/* A new name for a node that is made; takes the node over. */
static int put_new(struct sea_task *task, struct sea_walk *walk, struct sea_node *node)
{
	int err = node ? may_change(task, walk->dir, NULL) : -ENOMEM;

	if (!err) {
		node->uid = task->process->creds.euid;
		node->gid = walk->dir->mode & S_ISGID ? walk->dir->gid : task->process->creds.egid;
		err = sea_dir_create(walk->dir, walk->name, node);
	}
	if (!err)
		sea_notify_name(walk->dir, IN_CREATE | (sea_node_is(node, S_IFDIR) ? IN_ISDIR : 0),
				walk->name, 0);
	sea_node_put(node);
	return err;
}

static int64_t mkdir_at(struct sea_task *task, int64_t fd, uint64_t path, uint64_t mode)
{
	struct sea_walk walk;
	struct sea_node *node;
	int err = at_parent(task, fd, path, &walk);

	if (err)
		return err;
	err = walk.node ? -EEXIST : 0;
	if (!err) {
		node = sea_node_new(walk.dir->memory,
				    S_IFDIR | ((uint32_t)mode & 01777 & ~task->fs->umask) |
					    (walk.dir->mode & S_ISGID));
		if (node)
			node->complete = true;
		err = put_new(task, &walk, node);
	}
	sea_walk_done(&walk);
	return err;
}

int64_t sea_sys_mkdir(struct sea_task *task, const uint64_t *a)
{
	return mkdir_at(task, AT_FDCWD, a[0], a[1]);
}

int64_t sea_sys_mkdirat(struct sea_task *task, const uint64_t *a)
{
	return mkdir_at(task, (int64_t)a[0], a[1], a[2]);
}

/* The node may go here; that its name did is told last. */
static void unlinked(struct sea_walk *walk, bool dir)
{
	sea_node_touch(walk->node, false);
	if (!dir)
		sea_notify_self(walk->node, IN_ATTRIB);
	sea_node_put(walk->node);
	walk->node = NULL;
	sea_notify_name(walk->dir, IN_DELETE | (dir ? IN_ISDIR : 0), walk->name, 0);
}

static int64_t unlink_at(struct sea_task *task, int64_t fd, uint64_t path, bool dir)
{
	struct sea_walk walk;
	int err = at_parent(task, fd, path, &walk);

	if (err)
		return err;
	if (walk.node && !walk.dir)
		err = unnamed(&walk, dir);
	else if (!walk.node)
		err = -ENOENT;
	else if (walk.slash && !sea_node_is(walk.node, S_IFDIR))
		err = -ENOTDIR;
	else
		err = may_change(task, walk.dir, walk.node);
	if (!err && dir != sea_node_is(walk.node, S_IFDIR))
		err = dir ? -ENOTDIR : -EISDIR;
	if (!err && dir && !walk.node->mount && !sea_dir_empty(walk.node))
		err = -ENOTEMPTY;
	if (!err)
		err = sea_dir_unlink(walk.dir, walk.name, walk.node);
	if (!err)
		unlinked(&walk, dir);
	sea_walk_done(&walk);
	return err;
}

int64_t sea_sys_unlink(struct sea_task *task, const uint64_t *a)
{
	return unlink_at(task, AT_FDCWD, a[0], false);
}

int64_t sea_sys_rmdir(struct sea_task *task, const uint64_t *a)
{
	return unlink_at(task, AT_FDCWD, a[0], true);
}

int64_t sea_sys_unlinkat(struct sea_task *task, const uint64_t *a)
{
	if (a[2] & ~(uint64_t)AT_REMOVEDIR)
		return -EINVAL;
	return unlink_at(task, (int64_t)a[0], a[1], a[2] & AT_REMOVEDIR);
}

static bool is_above(const struct sea_node *above, const struct sea_node *node)
{
	for (; node->parent != node; node = node->parent) {
		if (node == above)
			return true;
	}
	return node == above;
}

/* Whether what is at the new name may give way. */
static int may_displace(struct sea_walk *from, struct sea_walk *to)
{
	bool dir = sea_node_is(from->node, S_IFDIR);

	if (!to->node)
		return 0;
	if (dir && !sea_node_is(to->node, S_IFDIR))
		return -ENOTDIR;
	return !dir && sea_node_is(to->node, S_IFDIR) ? -EISDIR : 0;
}

static void moved(struct sea_task *task, struct sea_walk *from, struct sea_walk *to)
{
	sea_node_touch(from->node, false);
	sea_notify_move(task->kernel, from->dir, from->name, to->dir, to->name, from->node);
	if (to->node)
		sea_notify_self(to->node, IN_ATTRIB);
	sea_notify_self(from->node, IN_MOVE_SELF);
}

/* Both names are there, and neither directory goes into the other. */
static int exchange(struct sea_task *task, struct sea_walk *from, struct sea_walk *to)
{
	int err = may_change(task, from->dir, from->node);

	if (!err)
		err = may_change(task, to->dir, to->node);
	if (err)
		return err;
	if (is_above(from->node, to->dir) || is_above(to->node, from->dir))
		return -EINVAL;
	err = sea_dir_exchange(&(struct sea_entry){ from->dir, from->name, from->node },
			       &(struct sea_entry){ to->dir, to->name, to->node });
	if (err)
		return err;
	sea_node_touch(from->node, false);
	sea_node_touch(to->node, false);
	sea_notify_move(task->kernel, from->dir, from->name, to->dir, to->name, from->node);
	sea_notify_self(from->node, IN_MOVE_SELF);
	sea_notify_move(task->kernel, to->dir, to->name, from->dir, from->name, to->node);
	sea_notify_self(to->node, IN_MOVE_SELF);
	return 0;
}

static int rename_walked(struct sea_task *task, struct sea_walk *from, struct sea_walk *to,
			 uint32_t flags)
{
	int err;

	if (!from->dir || !to->dir)
		return -EBUSY;
	if (!from->node)
		return -ENOENT;
	if (to->node && flags & RENAME_NOREPLACE_)
		return -EEXIST;
	if (flags & RENAME_EXCHANGE_ && !to->node)
		return -ENOENT;
	if ((from->slash || (to->slash && !(flags & RENAME_EXCHANGE_))) &&
	    !sea_node_is(from->node, S_IFDIR))
		return -ENOTDIR;
	if (flags & RENAME_EXCHANGE_ && to->slash && !sea_node_is(to->node, S_IFDIR))
		return -ENOTDIR;
	if (from->node == to->node)
		return 0;
	if (flags & RENAME_EXCHANGE_)
		return exchange(task, from, to);
	err = may_change(task, from->dir, from->node);
	if (!err)
		err = may_change(task, to->dir, to->node);
	if (!err && sea_node_is(from->node, S_IFDIR) && is_above(from->node, to->dir))
		err = -EINVAL;
	if (!err)
		err = may_displace(from, to);
	if (!err)
		err = sea_dir_rename(&(struct sea_entry){ from->dir, from->name, from->node },
				     &(struct sea_entry){ to->dir, to->name, to->node });
	if (!err)
		moved(task, from, to);
	return err;
}

static int64_t rename_at(struct sea_task *task, int64_t fd, uint64_t path, int64_t to_fd,
			 uint64_t to_path, uint64_t flags)
{
	struct sea_walk from, to;
	int err;

	if ((uint32_t)flags & ~(RENAME_NOREPLACE_ | RENAME_EXCHANGE_ | RENAME_WHITEOUT_) ||
	    (flags & RENAME_EXCHANGE_ && flags & (RENAME_NOREPLACE_ | RENAME_WHITEOUT_)))
		return -EINVAL;
	if (flags & RENAME_WHITEOUT_)
		return -EPERM; /* a device, which takes a capability to make */
	err = at_parent(task, fd, path, &from);
	if (err)
		return err;
	err = at_parent(task, to_fd, to_path, &to);
	if (!err) {
		err = rename_walked(task, &from, &to, (uint32_t)flags);
		sea_walk_done(&to);
	}
	sea_walk_done(&from);
	return err;
}

int64_t sea_sys_rename(struct sea_task *task, const uint64_t *a)
{
	return rename_at(task, AT_FDCWD, a[0], AT_FDCWD, a[1], 0);
}

int64_t sea_sys_renameat(struct sea_task *task, const uint64_t *a)
{
	return rename_at(task, (int64_t)a[0], a[1], (int64_t)a[2], a[3], 0);
}

int64_t sea_sys_renameat2(struct sea_task *task, const uint64_t *a)
{
	return rename_at(task, (int64_t)a[0], a[1], (int64_t)a[2], a[3], a[4]);
}

static int64_t link_at(struct sea_task *task, int64_t fd, uint64_t path, int64_t to_fd,
		       uint64_t to_path, uint64_t flags)
{
	struct sea_node *node;
	struct sea_walk to;
	int err;

	if (flags & ~(uint64_t)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	err = sea_arg_node(task, fd, path,
			   (flags & AT_SYMLINK_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW) |
				   (int)(flags & AT_EMPTY_PATH),
			   &node);
	if (err)
		return err;
	err = at_parent(task, to_fd, to_path, &to);
	if (!err) {
		err = to.node                           ? -EEXIST
		      : sea_node_is(node, S_IFDIR)      ? -EPERM
		      : to.slash                        ? -ENOENT
		      : !node->nlink && !node->linkable ? -ENOENT
							: may_change(task, to.dir, NULL);
		if (!err)
			err = sea_dir_link(to.dir, to.name, node);
		if (!err) {
			node->linkable = false;
			sea_node_touch(node, false);
			sea_notify_self(node, IN_ATTRIB);
			sea_notify_name(to.dir, IN_CREATE, to.name, 0);
		}
		sea_walk_done(&to);
	}
	sea_node_put(node);
	return err;
}

int64_t sea_sys_link(struct sea_task *task, const uint64_t *a)
{
	return link_at(task, AT_FDCWD, a[0], AT_FDCWD, a[1], 0);
}

int64_t sea_sys_linkat(struct sea_task *task, const uint64_t *a)
{
	return link_at(task, (int64_t)a[0], a[1], (int64_t)a[2], a[3], a[4]);
}

static int64_t symlink_at(struct sea_task *task, uint64_t text_at, int64_t fd, uint64_t path)
{
	struct sea_node *node = NULL;
	struct sea_walk walk;
	char text[PATH_MAX];
	int err = sea_arg_path(task, text_at, text);

	if (err)
		return err;
	if (!*text)
		return -ENOENT;
	err = at_parent(task, fd, path, &walk);
	if (err)
		return err;
	err = walk.node ? -EEXIST : walk.slash ? -ENOENT : 0;
	if (!err)
		node = sea_node_new(walk.dir->memory, S_IFLNK | 0777);
	if (node)
		node->symlink = strdup(text);
	if (!err && node && !node->symlink) {
		sea_node_put(node);
		node = NULL;
	}
	if (!err)
		err = put_new(task, &walk, node);
	sea_walk_done(&walk);
	return err;
}

int64_t sea_sys_symlink(struct sea_task *task, const uint64_t *a)
{
	return symlink_at(task, a[0], AT_FDCWD, a[1]);
}

int64_t sea_sys_symlinkat(struct sea_task *task, const uint64_t *a)
{
	return symlink_at(task, a[0], (int64_t)a[1], a[2]);
}

static int64_t readlink_at(struct sea_task *task, int64_t fd, uint64_t path, uint64_t to,
			   uint64_t size)
{
	struct sea_node *node;
	char *text = NULL;
	char first = 0;
	int64_t n;

	if ((int32_t)size <= 0)
		return -EINVAL;
	n = sea_arg_node(task, fd, path, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, &node);
	if (n)
		return n;
	if (!sea_node_is(node, S_IFLNK)) {
		sea_node_put(node);
		return !sea_arg_read(task, path, &first, 1) && !first ? -ENOENT : -EINVAL;
	}
	if (node->ops && node->ops->text)
		n = node->ops->text(node, task, &text);
	else
		n = (text = strdup(node->symlink)) ? (int64_t)strlen(text) : -ENOMEM;
	if (n > (int64_t)size)
		n = (int64_t)size;
	if (n > 0 && sea_arg_write(task, to, text, (size_t)n))
		n = -EFAULT;
	free(text);
	sea_node_put(node);
	return n;
}

int64_t sea_sys_readlink(struct sea_task *task, const uint64_t *a)
{
	return readlink_at(task, AT_FDCWD, a[0], a[1], a[2]);
}

int64_t sea_sys_readlinkat(struct sea_task *task, const uint64_t *a)
{
	return readlink_at(task, (int64_t)a[0], a[1], a[2], a[3]);
}
