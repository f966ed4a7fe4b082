// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "packetimpact/dut/shell.h"

#define VALUE_MAX 1024

/* A sysctl, and the text that its file has. */
struct leaf {
	char *name, *value;
};

/* A folder that is watched for writes. */
struct folder {
	int watch;
	char *path; /* below the root, with a slash at its end; "" is the root */
};

struct sea_dut_tree {
	char root[PATH_MAX / 2];
	int inotify;
	struct leaf *leaves;
	size_t n_leaves;
	struct folder *folders;
	size_t n_folders;
	bool spoiled;
};

/* "net.ipv4.conf.a/b.x" is ipv4/conf/a.b/x below the folder of net. */
static void path_of(const char *name, char *path, size_t len)
{
	size_t i;

	name += strncmp(name, "net.", 4) ? 0 : 4;
	for (i = 0; name[i] && i < len - 1; i++)
		path[i] = (char)(name[i] == '.' ? '/' : name[i] == '/' ? '.' : name[i]);
	path[i] = 0;
}

static void name_of(const char *path, char *name, size_t len)
{
	size_t i;

	snprintf(name, len, "net.");
	for (i = 4; path[i - 4] && i < len - 1; i++)
		name[i] = (char)(path[i - 4] == '/' ? '.' : path[i - 4] == '.' ? '/' : path[i - 4]);
	name[i] = 0;
}

struct sea_dut_tree *sea_dut_tree_new(const char *root)
{
	struct sea_dut_tree *tree = calloc(1, sizeof(*tree));

	if (!tree)
		return NULL;
	snprintf(tree->root, sizeof(tree->root), "%s", root);
	tree->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (tree->inotify >= 0)
		return tree;
	free(tree);
	return NULL;
}

void sea_dut_tree_free(struct sea_dut_tree *tree)
{
	if (!tree)
		return;
	for (size_t i = 0; i < tree->n_leaves; i++) {
		free(tree->leaves[i].name);
		free(tree->leaves[i].value);
	}
	for (size_t i = 0; i < tree->n_folders; i++)
		free(tree->folders[i].path);
	free(tree->leaves);
	free(tree->folders);
	(void)close(tree->inotify);
	free(tree);
}

/* -- device to files -- */

static struct leaf *leaf_of(struct sea_dut_tree *tree, const char *name)
{
	struct leaf *leaf;

	for (size_t i = 0; i < tree->n_leaves; i++)
		if (!strcmp(tree->leaves[i].name, name))
			return &tree->leaves[i];
	leaf = realloc(tree->leaves, (tree->n_leaves + 1) * sizeof(*leaf));
	if (!leaf)
		return NULL;
	tree->leaves = leaf;
	leaf += tree->n_leaves;
	*leaf = (struct leaf){ strdup(name), NULL };
	if (!leaf->name)
		return NULL;
	tree->n_leaves++;
	return leaf;
}

static bool watch_folder(struct sea_dut_tree *tree, const char *full, const char *path)
{
	struct folder *f = realloc(tree->folders, (tree->n_folders + 1) * sizeof(*f));

	if (!f)
		return false;
	tree->folders = f;
	f += tree->n_folders;
	f->watch = inotify_add_watch(tree->inotify, full, IN_CLOSE_WRITE | IN_DELETE | IN_MOVE);
	f->path = strdup(path);
	if (f->watch < 0 || !f->path) {
		free(f->path);
		return false;
	}
	tree->n_folders++;
	return true;
}

/* The folders on the way to a file below the root. */
static void make_folders(struct sea_dut_tree *tree, const char *path)
{
	char full[PATH_MAX], part[SEA_SYSCTL_NAME_MAX + 1];

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t n = (size_t)(slash - path) + 1;

		if (n >= sizeof(part))
			return;
		memcpy(part, path, n);
		part[n] = 0;
		snprintf(full, sizeof(full), "%s/%s", tree->root, part);
		if (!mkdir(full, 0755))
			(void)watch_folder(tree, full, part);
	}
}

static void write_file(struct sea_dut_tree *tree, const char *name, const char *value)
{
	char path[SEA_SYSCTL_NAME_MAX], full[PATH_MAX];
	int fd;

	path_of(name, path, sizeof(path));
	snprintf(full, sizeof(full), "%s/%s", tree->root, path);
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0) {
		make_folders(tree, path);
		fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	}
	if (fd < 0)
		return;
	dprintf(fd, "%s\n", value);
	(void)close(fd);
}

/* Our own writes are no news. */
static void forget_events(struct sea_dut_tree *tree)
{
	char events[16384];

	while (read(tree->inotify, events, sizeof(events)) > 0)
		continue;
}

static void refresh(struct sea_dut_tree *tree, struct sea_dut *dut, struct leaf *leaf)
{
	char value[VALUE_MAX];

	if (sea_dut_sysctl_get(dut, leaf->name, value, sizeof(value)) < 0)
		value[0] = 0;
	if (leaf->value && !strcmp(leaf->value, value))
		return;
	free(leaf->value);
	leaf->value = strdup(value);
	write_file(tree, leaf->name, value);
}

void sea_dut_tree_push(struct sea_dut_tree *tree, struct sea_dut *dut)
{
	char name[SEA_SYSCTL_NAME_MAX] = "";

	for (size_t next = 0; sea_dut_sysctl_next(dut, name); next++) {
		struct leaf *leaf = next < tree->n_leaves && !strcmp(tree->leaves[next].name, name)
					    ? &tree->leaves[next]
					    : leaf_of(tree, name);

		if (leaf)
			refresh(tree, dut, leaf);
	}
	forget_events(tree);
}

void sea_dut_tree_push_one(struct sea_dut_tree *tree, struct sea_dut *dut, const char *name)
{
	for (size_t i = 0; i < tree->n_leaves; i++) {
		if (strcmp(tree->leaves[i].name, name) != 0)
			continue;
		refresh(tree, dut, &tree->leaves[i]);
		forget_events(tree);
		return;
	}
}

/* -- files to device -- */

static const char *folder_of(const struct sea_dut_tree *tree, int watch)
{
	for (size_t i = 0; i < tree->n_folders; i++)
		if (tree->folders[i].watch == watch)
			return tree->folders[i].path;
	return NULL;
}

static bool read_value(const char *full, char value[VALUE_MAX])
{
	int fd = open(full, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, value, VALUE_MAX - 1);
	(void)close(fd);
	if (n <= 0)
		return false;
	while (n && value[n - 1] == '\n')
		n--;
	value[n] = 0;
	return true;
}

/* A file was written; an empty one is only on its way to that. */
static bool pull_file(struct sea_dut_tree *tree, struct sea_dut *dut, const char *folder,
		      const char *file)
{
	char path[SEA_SYSCTL_NAME_MAX * 2], full[PATH_MAX], name[SEA_SYSCTL_NAME_MAX];
	char value[VALUE_MAX];
	int err;

	snprintf(path, sizeof(path), "%s%s", folder, file);
	snprintf(full, sizeof(full), "%s/%s", tree->root, path);
	if (!read_value(full, value))
		return true;
	name_of(path, name, sizeof(name));
	err = sea_dut_sysctl_set(dut, name, value);
	if (err) {
		struct leaf *leaf = leaf_of(tree, name);

		fprintf(stderr, "sysctl %s = %s: %s\n", name, value, strerror(-err));
		/* So that the next push puts the old value back. */
		if (leaf) {
			free(leaf->value);
			leaf->value = NULL;
		}
	}
	return !err;
}

bool sea_dut_tree_pull(struct sea_dut_tree *tree, struct sea_dut *dut)
{
	union {
		struct inotify_event align;
		char bytes[16384];
	} events;
	bool ok = true;
	ssize_t n;

	while ((n = read(tree->inotify, &events, sizeof(events))) > 0) {
		for (char *at = events.bytes; at < events.bytes + n;) {
			const struct inotify_event *e = (const void *)at;
			const char *folder = folder_of(tree, e->wd);

			if (e->mask & (IN_DELETE | IN_MOVE))
				tree->spoiled = true;
			else if (folder && e->len && !pull_file(tree, dut, folder, e->name))
				ok = false;
			at += sizeof(*e) + e->len;
		}
	}
	return ok;
}

bool sea_dut_tree_is_spoiled(const struct sea_dut_tree *tree)
{
	return tree->spoiled;
}
