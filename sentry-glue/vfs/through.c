/* SPDX-License-Identifier: Apache-2.0 */
/* Names below --rw. */
#include "sentry-glue/vfs/through.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "sentry-glue/vfs/dir.h"
#include "sentry-glue/vfs/hostdir.h"
#include "sentry-glue/vfs/node.h"

static bool same_file(const struct sea_node *node, const struct stat *st)
{
	return node->host_dev == st->st_dev && node->host_ino == st->st_ino &&
	       !((node->mode ^ st->st_mode) & S_IFMT);
}

/* Where the host has a file: one of its names, the one that was used last. */
static int settle(struct sea_node *node, struct sea_node *dir, const char *text)
{
	char *name;

	if (S_ISDIR(node->mode) ||
	    (node->host == dir->host && node->host_name && !strcmp(node->host_name, text)))
		return 0;
	name = strdup(text);
	if (!name)
		return -ENOMEM;
	sea_hostdir_put(node->host);
	free(node->host_name);
	node->host = sea_hostdir_get(dir->host);
	node->host_name = name;
	return 0;
}

/* The name is there, and the host's file has no node yet. */
static int discover(struct sea_node *dir, const char *text, const struct stat *st)
{
	struct sea_name *name = sea_name_find(dir, text);
	struct sea_node *made;
	int err = sea_node_from_host(dir, text, st, &made);

	if (err)
		return err;
	if (!name)
		name = sea_name_insert(dir, text);
	if (!name) {
		sea_node_put(made);
		return -ENOMEM;
	}
	sea_name_aim(dir, name, made);
	return 0;
}

int sea_through_lookup(struct sea_node *dir, const char *text, struct sea_node **node)
{
	struct sea_name *name = sea_name_find(dir, text);
	struct stat st;
	int err;

	if (name && name->target && name->target->mount) {
		*node = sea_node_get(name->target);
		return 0;
	}
	err = dir->removed ? -ENOENT : sea_hostdir_stat(dir->host, text, &st);
	if (name && (err == -ENOENT || (!err && name->target && !same_file(name->target, &st)))) {
		sea_name_cut(dir, name);
		name = NULL;
	}
	if (err)
		return err;
	if (!name || !name->target) {
		err = discover(dir, text, &st);
		name = sea_name_find(dir, text);
	} else {
		sea_through_take(name->target, &st);
		err = settle(name->target, dir, text);
	}
	if (err)
		return err;
	sea_name_alias(name->target, name);
	*node = sea_node_get(name->target);
	return 0;
}

static int note(void *arg, const char *text, unsigned char type)
{
	struct sea_node *dir = arg;
	struct sea_name *name = sea_name_find(dir, text);

	if (!name)
		name = sea_name_insert(dir, text);
	if (!name)
		return -ENOMEM;
	name->seen = true;
	if (!name->target)
		name->type = type;
	return 0;
}

int sea_through_list(struct sea_node *dir)
{
	struct sea_name *name, *next;
	int err;

	for (name = dir->first; name; name = name->next)
		name->seen = name->target && name->target->mount;
	err = sea_hostdir_list(dir->host, note, dir);
	for (name = dir->first; name && !err; name = next) {
		next = name->next;
		if (!name->seen)
			sea_name_cut(dir, name);
	}
	return err;
}

static int make(struct sea_node *dir, const char *text, struct sea_node *node, struct stat *st)
{
	int err;

	if (S_ISREG(node->mode)) {
		node->host_wfd = sea_hostdir_make_file(dir->host, text, node->mode);
		if (node->host_wfd < 0)
			return node->host_wfd;
		return fstat(node->host_wfd, st) ? -errno : 0;
	}
	err = sea_hostdir_make(dir->host, text, node->mode, node->symlink);
	if (!err)
		err = sea_hostdir_stat(dir->host, text, st);
	/* Between the two calls it may have become something else. */
	return !err && (st->st_mode ^ node->mode) & S_IFMT ? -ESTALE : err;
}

int sea_through_create(struct sea_node *dir, const char *text, struct sea_node *node)
{
	struct sea_name *name = sea_name_find(dir, text);
	struct stat st;
	int err = dir->removed ? -ENOENT : make(dir, text, node, &st);

	if (err)
		return err;
	if (!name)
		name = sea_name_insert(dir, text);
	if (!name)
		return -ENOMEM;
	node->through = true;
	sea_through_take(node, &st);
	if (S_ISDIR(node->mode)) {
		node->complete = false;
		node->host = sea_hostdir_sub(dir->host, text);
		err = node->host ? 0 : -ENOMEM;
	} else {
		err = settle(node, dir, text);
	}
	if (!err)
		sea_name_aim(dir, name, sea_node_get(node));
	sea_through_renew(dir);
	return err;
}

/* Afterwards the name that we know it by may be gone: what is to be read of it is opened before. */
static void hold(struct sea_node *node)
{
	if (S_ISDIR(node->mode))
		(void)!sea_hostdir_fd(node->host);
	else if (S_ISREG(node->mode) && node->refs > 2)
		(void)!sea_through_open(node, O_RDONLY);
}

int sea_through_link(struct sea_node *dir, const char *text, struct sea_node *node)
{
	int err = dir->removed ? -ENOENT
			       : sea_hostdir_link(node->host, node->host_name, dir->host, text);
	struct sea_name *name;

	if (err)
		return err;
	name = sea_name_insert(dir, text);
	if (!name)
		return -ENOMEM;
	sea_name_aim(dir, name, sea_node_get(node));
	sea_through_renew(node);
	sea_through_renew(dir);
	return 0;
}

static void lose_a_name(struct sea_node *node)
{
	node->nlink -= S_ISDIR(node->mode) ? node->nlink : node->nlink > 0;
	sea_through_renew(node);
}

int sea_through_unlink(struct sea_node *dir, const char *text, struct sea_node *node)
{
	struct sea_name *name;
	int err;

	hold(node);
	err = sea_hostdir_remove(dir->host, text, S_ISDIR(node->mode));
	if (err)
		return err;
	name = sea_name_find(dir, text);
	if (name)
		sea_name_cut(dir, name);
	lose_a_name(node);
	sea_through_renew(dir);
	return 0;
}

int sea_through_rename(const struct sea_entry *from, const struct sea_entry *to)
{
	struct sea_name *name;
	int err;

	hold(from->node);
	if (to->node)
		hold(to->node);
	err = sea_hostdir_rename(from->dir->host, from->name, to->dir->host, to->name, 0);
	if (err)
		return err;
	name = sea_name_find(to->dir, to->name);
	if (name)
		sea_name_cut(to->dir, name);
	name = sea_name_insert(to->dir, to->name);
	if (name)
		sea_name_aim(to->dir, name, sea_node_get(from->node));
	err = name ? settle(from->node, to->dir, to->name) : -ENOMEM;
	name = sea_name_find(from->dir, from->name);
	/* It is not removed but elsewhere. */
	if (name && !err) {
		sea_node_put(name->target);
		name->target = NULL;
	}
	if (name)
		sea_name_cut(from->dir, name);
	if (to->node)
		lose_a_name(to->node);
	sea_through_renew(from->dir);
	sea_through_renew(to->dir);
	return err;
}
