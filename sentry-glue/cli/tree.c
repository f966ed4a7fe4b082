/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/cli/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sentry-glue/fs/fs.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/node.h"

int sea_tree_add_rw(struct sea_tree_views *views, const char *path)
{
	char root[PATH_MAX], full[PATH_MAX];
	size_t len;

	if (views->n == 1 + SEA_TREE_RW_MAX)
		return -E2BIG;
	if (!realpath(views->view[0].path, root) || !realpath(path, full))
		return -errno;
	len = strcmp(root, "/") ? strlen(root) : 0;
	if (strncmp(full, root, len) || (full[len] && full[len] != '/'))
		return -EXDEV;
	strcpy(views->at[views->n], full + len + (full[len] == '/'));
	views->view[views->n++] =
		(struct sea_wall_view){ .path = path, .writable = true, .fd = -1 };
	return 0;
}

/* A directory that the host has must be there; where one view lies in another, the innermost is it. */
static int mount_at(struct sea_node *root, char *path, struct sea_node *node)
{
	struct sea_node *dir = sea_node_get(root), *next;
	char *slash;
	int err = 0;

	for (; !err && (slash = strchr(path, '/')); path = slash + 1) {
		*slash = 0;
		err = sea_dir_lookup(dir, path, &next);
		if (!err) {
			sea_node_put(dir);
			dir = next;
		}
		*slash = '/';
	}
	if (!err)
		err = sea_dir_mount(dir, path, node);
	sea_node_put(dir);
	return err;
}

static int mount_views(struct sea_kernel *kernel, const struct sea_tree_views *views)
{
	for (unsigned int i = 1; i < views->n; i++) {
		struct sea_node *node = sea_node_root(&kernel->memory, views->view[i].fd, true);
		char path[PATH_MAX];
		int err;

		if (!node)
			return -ENOMEM;
		kernel->writable[kernel->nwritable++] = sea_node_get(node);
		strcpy(path, views->at[i]);
		if (!*path) {
			sea_node_put(kernel->root);
			kernel->root = node;
			continue;
		}
		err = mount_at(kernel->root, path, node);
		sea_node_put(node);
		if (err)
			return err;
	}
	return 0;
}

/* One of our own directories. */
static struct sea_node *put_own(struct sea_kernel *kernel, const char *name)
{
	struct sea_node *node = sea_node_new(&kernel->memory, S_IFDIR | 0755);

	if (!node)
		return NULL;
	node->complete = true;
	if (sea_dir_mount(kernel->root, name, node)) {
		sea_node_put(node);
		return NULL;
	}
	sea_node_put(node); /* the name holds it */
	return node;
}

int sea_tree_build(struct sea_kernel *kernel, const struct sea_tree_views *views)
{
	static const char *const own[] = { "dev", "proc", "sys" };
	struct sea_node *dir[3];
	int err;

	kernel->root = sea_node_root(&kernel->memory, views->view[0].fd, false);
	if (!kernel->root)
		return -ENOMEM;
	err = mount_views(kernel, views);
	if (err)
		return err;
	for (int i = 0; i < 3; i++) {
		dir[i] = put_own(kernel, own[i]);
		if (!dir[i])
			return -ENOMEM;
	}
	err = sea_dev_fill(kernel, dir[0]);
	return err ? err : sea_proc_fill(kernel, dir[1]);
}
