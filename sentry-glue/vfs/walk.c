/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/vfs/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sentry-glue/fs/proc.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/node.h"

#define LINKS_MAX 40

/* A walk under way: where it is, and what of the path is left. */
struct walker {
	struct sea_task *task;
	struct sea_node *at; /* one reference */
	char *path;          /* ours */
	char *rest;
	unsigned int links, flags;
	struct sea_node *start, *root; /* borrowed */
};

static bool in_group(const struct sea_creds *creds, uint32_t gid)
{
	if (creds->egid == gid)
		return true;
	for (unsigned int i = 0; i < creds->ngroups; i++) {
		if (creds->groups[i] == gid)
			return true;
	}
	return false;
}

int sea_node_may(const struct sea_node *node, const struct sea_creds *creds, int how)
{
	uint32_t bits = node->mode;

	if (!creds->euid)
		return how & X_OK && !S_ISDIR(bits) && !(bits & 0111) ? -EACCES : 0;
	if (creds->euid == node->uid)
		bits >>= 6;
	else if (in_group(creds, node->gid))
		bits >>= 3;
	return (uint32_t)how & ~bits & 7 ? -EACCES : 0;
}

/* Whether that is on another mount, for who may not go there. */
static bool leaves(const struct walker *w, const struct sea_node *to)
{
	return w->flags & SEA_WALK_NO_XDEV && to->volume != w->at->volume;
}

/* Puts a link's text in front of what is left of the path. */
static int follow(struct walker *w, const struct sea_node *link, struct sea_node *dir)
{
	size_t n = strlen(link->symlink), rest = strlen(w->rest);
	char *path;

	if (w->flags & SEA_WALK_NO_SYMLINKS || ++w->links > LINKS_MAX)
		return -ELOOP;
	if (*link->symlink == '/' && (w->flags & SEA_WALK_BENEATH || leaves(w, w->root)))
		return -EXDEV;
	path = malloc(n + rest + 2);
	if (!path)
		return -ENOMEM;
	memcpy(path, link->symlink, n);
	path[n] = '/';
	memcpy(path + n + (rest ? 1 : 0), w->rest, rest + 1);
	free(w->path);
	w->path = w->rest = path;
	sea_node_put(w->at);
	w->at = sea_node_get(*path == '/' ? w->root : dir);
	return *link->symlink ? 0 : -ENOENT;
}

/* Cuts the next component off. 0: there is none. */
static int component(struct walker *w, char *name)
{
	size_t n;

	while (*w->rest == '/')
		w->rest++;
	n = strcspn(w->rest, "/");
	if (n > NAME_MAX)
		return -ENAMETOOLONG;
	if (!n)
		return 0; /* the name stays that of the last component */
	memcpy(name, w->rest, n);
	name[n] = 0;
	w->rest += n;
	return 1;
}

static bool at_end(const struct walker *w)
{
	return !w->rest[strspn(w->rest, "/")];
}

static void go(struct walker *w, struct sea_node *to)
{
	sea_node_get(to);
	sea_node_put(w->at);
	w->at = to;
}

/* What a link without a path leads to, in the link's place; the link, where that is gone. */
static struct sea_node *follow_pathless(struct sea_task *task, struct sea_node *link)
{
	struct sea_node *node = link->ops->follow(link, task);

	if (!node)
		return link;
	sea_node_put(link);
	return node;
}

/* Links that are not followed by their text: those in a process's folder. */
static bool is_magic(const struct sea_node *node)
{
	return sea_node_is(node, S_IFLNK) && node->ops &&
	       (node->ops->follow || (node->ops->text && node->arg >> SEA_PROC_PID));
}

static int may_jump(const struct walker *w)
{
	if (w->flags & (SEA_WALK_NO_MAGICLINKS | SEA_WALK_NO_SYMLINKS))
		return -ELOOP;
	return w->flags & (SEA_WALK_BENEATH | SEA_WALK_IN_ROOT) ? -EXDEV : 0;
}

/* One component that is a name. Sets walk->dir and ->node where it is the last. */
static int step(struct walker *w, unsigned int flags, struct sea_walk *walk)
{
	struct sea_node *dir = sea_node_get(w->at), *node = NULL;
	bool last = at_end(w);
	int err;

	if (dir->ops && dir->ops->refresh)
		dir->ops->refresh(dir, w->task);
	err = sea_dir_lookup(dir, walk->name, &node);
	if (err == -ENOENT && last) {
		walk->slash = *w->rest;
		walk->dir = dir;
		return 1;
	}
	if (!err && leaves(w, node))
		err = -EXDEV;
	if (!err && is_magic(node) && (!last || !(flags & SEA_WALK_NOFOLLOW)))
		err = may_jump(w);
	if (!err && node->ops && node->ops->follow && (!last || !(flags & SEA_WALK_NOFOLLOW)))
		node = follow_pathless(w->task, node);
	if (!err && sea_node_is(node, S_IFLNK) &&
	    (!last || !(flags & SEA_WALK_NOFOLLOW) || (*w->rest && !(flags & SEA_WALK_PARENT)))) {
		char *text = NULL;

		/* A link whose text is made when it is looked at is asked for it. */
		if (node->ops && node->ops->text && node->ops->text(node, w->task, &text) >= 0) {
			free(node->symlink);
			node->symlink = text;
		}
		err = follow(w, node, dir);
	} else if (!err && last) {
		walk->slash = *w->rest;
		walk->dir = sea_node_get(dir);
		walk->node = sea_node_get(node);
		err = walk->slash && !(flags & SEA_WALK_PARENT) && !sea_node_is(node, S_IFDIR)
			      ? -ENOTDIR
			      : 1;
	} else if (!err) {
		go(w, node);
	}
	sea_node_put(node);
	sea_node_put(dir);
	return err;
}

static int go_up(struct walker *w)
{
	if (w->flags & SEA_WALK_BENEATH && w->at == w->start)
		return -EXDEV;
	if (w->at == w->root)
		return 0;
	if (leaves(w, w->at->parent))
		return -EXDEV;
	go(w, w->at->parent);
	return 0;
}

static int walk_all(struct walker *w, unsigned int flags, struct sea_walk *walk)
{
	const struct sea_creds *creds = &w->task->process->creds;
	int err;

	for (;;) {
		if (!sea_node_is(w->at, S_IFDIR))
			return -ENOTDIR;
		err = component(w, walk->name);
		if (err < 0)
			return err;
		if (!err) {
			walk->node = sea_node_get(w->at);
			return 0;
		}
		err = sea_node_may(w->at, creds, X_OK);
		if (err)
			return err;
		if (!strcmp(walk->name, "."))
			continue;
		if (!strcmp(walk->name, "..")) {
			err = go_up(w);
			if (err)
				return err;
			continue;
		}
		err = step(w, flags, walk);
		if (err)
			return err > 0 ? 0 : err;
	}
}

int sea_walk(struct sea_task *task, struct sea_node *start, const char *path, unsigned int flags,
	     struct sea_walk *walk)
{
	struct walker w = { .task = task, .flags = flags, .start = start };
	int err;

	memset(walk, 0, sizeof(*walk));
	if (!*path)
		return -ENOENT;
	if (*path == '/' && flags & SEA_WALK_BENEATH)
		return -EXDEV;
	w.root = flags & SEA_WALK_IN_ROOT ? start : task->fs->root;
	w.path = w.rest = strdup(path);
	if (!w.path)
		return -ENOMEM;
	w.at = sea_node_get(*path == '/' ? w.root : start);
	err = walk_all(&w, flags, walk);
	if (!err && !walk->node && !(flags & SEA_WALK_PARENT))
		err = -ENOENT;
	if (err)
		sea_walk_done(walk);
	sea_node_put(w.at);
	free(w.path);
	return err;
}

void sea_walk_done(struct sea_walk *walk)
{
	sea_node_put(walk->dir);
	sea_node_put(walk->node);
	walk->dir = walk->node = NULL;
}

int sea_walk_node(struct sea_task *task, struct sea_node *start, const char *path,
		  unsigned int flags, struct sea_node **node)
{
	struct sea_walk walk;
	int err = sea_walk(task, start, path, flags, &walk);

	if (err)
		return err;
	*node = sea_node_get(walk.node);
	sea_walk_done(&walk);
	return 0;
}
