/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/vfs/dir.h"

#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "sentry-glue/vfs/hostdir.h"
#include "sentry-glue/vfs/hostlink.h"
#include "sentry-glue/vfs/node.h"
#include "sentry-glue/vfs/through.h"

static struct sea_name *name_of(struct sea_rbnode *node)
{
	return (struct sea_name *)((char *)node - offsetof(struct sea_name, node));
}

struct sea_name *sea_name_find(const struct sea_node *dir, const char *text)
{
	struct sea_rbnode *node = dir->names.root;

	while (node) {
		int order = strcmp(text, name_of(node)->text);

		if (!order)
			return name_of(node);
		node = order < 0 ? node->left : node->right;
	}
	return NULL;
}

struct sea_name *sea_name_insert(struct sea_node *dir, const char *text)
{
	struct sea_rbnode **link = &dir->names.root, *parent = NULL;
	struct sea_name *name = calloc(1, sizeof(*name) + strlen(text) + 1);

	if (!name)
		return NULL;
	strcpy(name->text, text);
	while (*link) {
		parent = *link;
		link = strcmp(text, name_of(parent)->text) < 0 ? &parent->left : &parent->right;
	}
	sea_rb_link(&dir->names, &name->node, parent, link);
	name->cookie = ++dir->next_cookie;
	name->dir = dir;
	name->prev = dir->last;
	*(dir->last ? &dir->last->next : &dir->first) = name;
	dir->last = name;
	return name;
}

void sea_name_alias(struct sea_node *node, struct sea_name *name)
{
	struct sea_name *old = node->alias;

	node->alias = name;
	if (old && old->gone) {
		sea_node_put(old->dir);
		free(old);
	}
}

/* A file that is in use goes on being told of by its name, if somebody listens. A directory does
 * not: what was removed has its parent already. */
static bool stays_known(const struct sea_node *dir, const struct sea_name *name)
{
	return dir->watches && name->target->refs > 1 && !S_ISDIR(name->target->mode);
}

static void drop(struct sea_node *dir, struct sea_name *name)
{
	struct sea_node *target = name->target;

	sea_rb_remove(&dir->names, &name->node);
	*(name->prev ? &name->prev->next : &dir->first) = name->next;
	*(name->next ? &name->next->prev : &dir->last) = name->prev;
	if (target && target->alias == name) {
		name->gone = stays_known(dir, name);
		if (name->gone)
			sea_node_get(dir);
		else
			target->alias = NULL;
	}
	if (!name->gone)
		free(name);
	sea_node_put(target);
}

void sea_name_cut(struct sea_node *dir, struct sea_name *name)
{
	struct sea_node *node = name->target;

	if (node && S_ISDIR(node->mode) && node->refs > 1) {
		node->removed = true;
		sea_node_get(node->parent);
	}
	drop(dir, name);
}

void sea_names_fini(struct sea_node *dir)
{
	while (dir->first) {
		struct sea_node *child = dir->first->target;

		if (child && S_ISDIR(child->mode) && child->parent == dir)
			child->parent = child; /* if somebody has it: it is nowhere from now on */
		drop(dir, dir->first);
	}
}

void sea_name_aim(struct sea_node *dir, struct sea_name *name, struct sea_node *node)
{
	name->target = node;
	sea_name_alias(node, name);
	node->volume = node->volume ? node->volume : dir->volume;
	name->type = (unsigned char)((node->mode & S_IFMT) >> 12);
	if (S_ISDIR(node->mode))
		node->parent = dir;
}

static int read_symlink(struct sea_node *node, struct sea_hostdir *dir, const char *name)
{
	char text[4097];
	int64_t n = sea_hostdir_readlink(dir, name, text, sizeof(text) - 1);

	if (n < 0)
		return (int)n;
	node->symlink = strndup(text, (size_t)n);
	return node->symlink ? 0 : -ENOMEM;
}

/* What only the host can tell of a kind of file. */
static int fill(struct sea_node *node, struct sea_node *dir, const char *text)
{
	if (S_ISDIR(node->mode)) {
		node->host = sea_hostdir_sub(dir->host, text);
		return node->host ? 0 : -ENOMEM;
	}
	if (!node->through && !S_ISREG(node->mode))
		return S_ISLNK(node->mode) ? read_symlink(node, dir->host, text) : 0;
	node->host = sea_hostdir_get(dir->host);
	node->host_name = strdup(text);
	if (!node->host_name)
		return -ENOMEM;
	return S_ISLNK(node->mode) ? read_symlink(node, dir->host, text) : 0;
}

int sea_node_from_host(struct sea_node *dir, const char *text, const struct stat *st,
		       struct sea_node **made)
{
	struct sea_node *node;
	int err;

	if (S_ISREG(st->st_mode) && st->st_nlink > 1 && !dir->through) {
		node = sea_hostlink_find(st);
		if (node) {
			*made = sea_node_get(node);
			return 0;
		}
	}
	node = sea_node_new(dir->memory, st->st_mode);
	if (!node)
		return -ENOMEM;
	node->through = dir->through;
	node->rdev = st->st_rdev;
	sea_through_take(node, st);
	if (!node->through)
		node->nlink = S_ISDIR(st->st_mode)   ? 2
			      : S_ISREG(st->st_mode) ? (uint32_t)st->st_nlink
						     : 1;
	err = fill(node, dir, text);
	if (!err && S_ISREG(st->st_mode) && st->st_nlink > 1 && !node->through)
		sea_hostlink_add(node);
	if (err)
		sea_node_put(node);
	else
		*made = node;
	return err;
}

int sea_dir_lookup(struct sea_node *dir, const char *text, struct sea_node **node)
{
	struct sea_name *name;
	struct sea_node *made = NULL;
	struct stat st;
	int err;

	if (dir->through)
		return sea_through_lookup(dir, text, node);
	name = sea_name_find(dir, text);
	if (!name && (!dir->host || dir->complete))
		return -ENOENT;
	if (!name || !name->target) {
		err = sea_hostdir_stat(dir->host, text, &st);
		if (!err)
			err = sea_node_from_host(dir, text, &st, &made);
		if (err)
			return err;
		if (!name)
			name = sea_name_insert(dir, text);
		if (!name) {
			sea_node_put(made);
			return -ENOMEM;
		}
		sea_name_aim(dir, name, made);
	}
	sea_name_alias(name->target, name);
	*node = sea_node_get(name->target);
	return 0;
}

int sea_dir_add(struct sea_node *dir, const char *text, struct sea_node *node)
{
	struct sea_name *name = dir->removed ? NULL : sea_name_insert(dir, text);

	if (!name)
		return dir->removed ? -ENOENT : -ENOMEM;
	sea_name_aim(dir, name, sea_node_get(node));
	if (S_ISDIR(node->mode))
		dir->nlink++;
	sea_node_touch(dir, true);
	return 0;
}

static int note(void *arg, const char *text, unsigned char type)
{
	struct sea_node *dir = arg;
	struct sea_name *name;

	if (sea_name_find(dir, text))
		return 0;
	name = sea_name_insert(dir, text);
	if (!name)
		return -ENOMEM;
	name->type = type;
	return 0;
}

int sea_dir_complete(struct sea_node *dir)
{
	int err = 0;

	if (dir->through)
		return sea_through_list(dir);
	if (dir->host && !dir->complete)
		err = sea_hostdir_list(dir->host, note, dir);
	if (!err)
		dir->complete = true;
	return err;
}

int sea_dir_remove(struct sea_node *dir, const char *text)
{
	int err = sea_dir_complete(dir);
	struct sea_name *name = sea_name_find(dir, text);

	if (err)
		return err;
	if (!name)
		return -ENOENT;
	if (name->target && S_ISDIR(name->target->mode))
		dir->nlink--;
	drop(dir, name);
	sea_node_touch(dir, true);
	return 0;
}

int sea_dir_mount(struct sea_node *dir, const char *text, struct sea_node *node)
{
	struct sea_name *name = sea_name_find(dir, text);

	if (name)
		sea_name_cut(dir, name);
	node->mount = true;
	return sea_dir_add(dir, text, node);
}

int sea_dir_create(struct sea_node *dir, const char *text, struct sea_node *node)
{
	return dir->through ? sea_through_create(dir, text, node) : sea_dir_add(dir, text, node);
}

int sea_dir_link(struct sea_node *dir, const char *text, struct sea_node *node)
{
	int err;

	if (dir->through != node->through)
		return -EXDEV;
	if (dir->through)
		return sea_through_link(dir, text, node);
	err = sea_dir_add(dir, text, node);
	if (!err)
		node->nlink++;
	return err;
}

int sea_dir_unlink(struct sea_node *dir, const char *text, struct sea_node *node)
{
	int err;

	if (node->mount)
		return -EBUSY;
	if (dir->through)
		return sea_through_unlink(dir, text, node);
	err = sea_dir_remove(dir, text);
	if (err)
		return err;
	node->nlink -= S_ISDIR(node->mode) ? node->nlink : 1;
	if (S_ISDIR(node->mode)) {
		node->removed = true;
		sea_node_get(node->parent);
	}
	return 0;
}

int sea_dir_rename(const struct sea_entry *from, const struct sea_entry *to)
{
	int err = 0;

	if (from->node->mount || (to->node && to->node->mount))
		return -EBUSY;
	if (from->dir->through != to->dir->through)
		return -EXDEV;
	if (from->dir->through)
		return sea_through_rename(from, to);
	if (to->node && S_ISDIR(to->node->mode) && !sea_dir_empty(to->node))
		return -ENOTEMPTY;
	if (to->node)
		err = sea_dir_unlink(to->dir, to->name, to->node);
	if (!err)
		err = sea_dir_add(to->dir, to->name, from->node);
	return err ? err : sea_dir_remove(from->dir, from->name);
}

int sea_dir_exchange(const struct sea_entry *from, const struct sea_entry *to)
{
	struct sea_name *name = sea_name_find(from->dir, from->name);
	struct sea_name *other = sea_name_find(to->dir, to->name);
	int dirs = (int)S_ISDIR(to->node->mode) - (int)S_ISDIR(from->node->mode);

	if (from->node->mount || to->node->mount)
		return -EBUSY;
	if (from->dir->through || to->dir->through)
		return from->dir->through != to->dir->through ? -EXDEV : -EINVAL;
	from->dir->nlink = (uint32_t)((int)from->dir->nlink + dirs);
	to->dir->nlink = (uint32_t)((int)to->dir->nlink - dirs);
	sea_name_aim(from->dir, name, to->node);
	sea_name_aim(to->dir, other, from->node);
	sea_node_touch(from->dir, true);
	sea_node_touch(to->dir, true);
	return 0;
}

struct sea_node *sea_dir_make(struct sea_node *dir, const char *text, uint32_t mode)
{
	struct sea_node *node;

	if (!sea_dir_lookup(dir, text, &node)) {
		sea_node_put(node); /* the name holds it */
		return node;
	}
	node = sea_node_new(dir->memory, S_IFDIR | mode);
	if (!node)
		return NULL;
	node->complete = true;
	if (sea_dir_add(dir, text, node)) {
		sea_node_put(node);
		return NULL;
	}
	sea_node_put(node);
	return node;
}

bool sea_dir_empty(struct sea_node *dir)
{
	return !sea_dir_complete(dir) && !dir->first;
}
