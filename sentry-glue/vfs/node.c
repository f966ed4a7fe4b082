/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes: their life, and what stat says of them. */
#include "sentry-glue/vfs/node.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sentry-glue/fs/inotify.h"
#include "sentry-glue/mm/memfile.h"
#include "sentry-glue/vfs/dir.h"
#include "sentry-glue/vfs/hostdir.h"
#include "sentry-glue/vfs/hostlink.h"
#include "sentry-glue/vfs/seal.h"
#include "sentry-glue/vfs/through.h"
#include "sentry-glue/vfs/xattr.h"

/* The number of the device that all files seem to be on. */
#define DEVICE 0x2au

static uint64_t last_ino;

struct sea_node *sea_node_new(struct sea_memfile *memory, uint32_t mode)
{
	struct sea_node *node = calloc(1, sizeof(*node));

	if (!node)
		return NULL;
	node->refs = 1;
	node->ino = ++last_ino;
	node->mode = mode;
	node->nlink = S_ISDIR(mode) ? 2 : 1;
	node->memory = memory;
	node->object.ops = &sea_data_mappable;
	node->host_fd = node->host_wfd = -1;
	node->seals = SEA_SEAL_SEAL; /* as a file that was not made to be sealed */
	clock_gettime(CLOCK_REALTIME, &node->mtime);
	node->atime = node->ctime = node->btime = node->mtime;
	return node;
}

static void node_free(struct sea_node *node)
{
	uint64_t page = 0, *slot;

	sea_notify_gone(node);
	sea_name_alias(node, NULL);
	sea_hostlink_remove(node);
	sea_xattr_fini(node);
	sea_names_fini(node);
	for (; (slot = sea_ptab_next(&node->pages, &page, SEA_PTAB_PAGES)); page++)
		sea_memfile_put(node->memory, (uint32_t)*slot, 1);
	sea_ptab_fini(&node->pages);
	sea_hostdir_put(node->host);
	sea_through_close(node);
	free(node->host_name);
	free(node->symlink);
	free(node);
}

void sea_node_put(struct sea_node *node)
{
	/* Its parent may go with it, and so on up: no recursion, a guest says how deep. */
	while (node && !--node->refs) {
		struct sea_node *up = node->removed ? node->parent : NULL;

		node_free(node);
		node = up;
	}
}

struct sea_node *sea_node_root(struct sea_memfile *memory, int fd, bool writable)
{
	struct sea_node *root = sea_node_new(memory, S_IFDIR | 0755);

	if (root && fd >= 0)
		root->host = sea_hostdir_new(fd, writable);
	if (!root || (fd >= 0 && !root->host)) {
		sea_node_put(root);
		return NULL;
	}
	root->complete = fd < 0;
	root->parent = root;
	root->through = root->mount = writable;
	sea_through_renew(root);
	return root;
}

static uint64_t size_of(const struct sea_node *node)
{
	if (S_ISDIR(node->mode))
		return SEA_PAGE;
	return node->symlink ? strlen(node->symlink) : node->size;
}

void sea_node_stat(const struct sea_node *node, struct stat *st)
{
	*st = (struct stat){
		.st_dev = DEVICE,
		.st_ino = node->ino,
		.st_mode = node->mode,
		.st_nlink = node->nlink,
		.st_uid = node->uid,
		.st_gid = node->gid,
		.st_rdev = node->rdev,
		.st_size = (off_t)size_of(node),
		.st_blksize = SEA_PAGE,
		.st_blocks = S_ISREG(node->mode) ? (blkcnt_t)(SEA_PAGE_UP(node->size) / 512) : 0,
		.st_atim = node->atime,
		.st_mtim = node->mtime,
		.st_ctim = node->ctime,
	};
}

void sea_node_touch(struct sea_node *node, bool modified)
{
	clock_gettime(CLOCK_REALTIME, &node->ctime);
	if (modified)
		node->mtime = node->ctime;
}

static const char *name_in_parent(const struct sea_node *node)
{
	const struct sea_name *name = node->alias; /* a directory has one only */

	return name && name->dir == node->parent ? name->text : NULL; /* it was removed */
}

int64_t sea_node_path(const struct sea_node *node, const struct sea_node *root, char *path,
		      size_t size)
{
	size_t at = size;

	if (!size)
		return -ENAMETOOLONG;
	path[--at] = 0;
	for (; node != root && node->parent != node; node = node->parent) {
		const char *name = name_in_parent(node);
		size_t len = name ? strlen(name) : 0;

		if (!name)
			return -ENOENT;
		if (len + 1 > at)
			return -ENAMETOOLONG;
		at -= len;
		memcpy(path + at, name, len);
		path[--at] = '/';
	}
	if (node != root)
		return -ENOENT;
	if (at == size - 1) {
		if (!at)
			return -ENAMETOOLONG;
		path[--at] = '/';
	}
	memmove(path, path + at, size - at);
	return (int64_t)(size - at - 1);
}
