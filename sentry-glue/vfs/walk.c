/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/vfs/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/node.h"

#define LINKS_MAX 40

/* A walk under way: where it is, and what of the path is left. */
struct walker {
	struct sea_task *task;
	struct sea_node *at; /* one reference */
	char *path;          /* ours */
	char *rest;
	unsigned int links;
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

/* Puts a link's text in front of what is left of the path. */
static int follow(struct walker *w, const struct sea_node *link, struct sea_node *dir)
{
	size_t n = strlen(link->symlink), rest = strlen(w->rest);
	char *path;

	if (++w->links > LINKS_MAX)
		return -ELOOP;
	path = malloc(n + rest + 2);
	if (!path)
		return -ENOMEM;
	memcpy(path, link->symlink, n);
	path[n] = '/';
	memcpy(path + n + (rest ? 1 : 0), w->rest, rest + 1);
	free(w->path);
	w->path = w->rest = path;
	sea_node_put(w->at);
	w->at = sea_node_get(*path == '/' ? w->task->fs->root : dir);
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
			if (w->at != w->task->fs->root)
				go(w, w->at->parent);
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
	struct walker w = { .task = task };
	int err;

	memset(walk, 0, sizeof(*walk));
	if (!*path)
		return -ENOENT;
	w.path = w.rest = strdup(path);
	if (!w.path)
		return -ENOMEM;
	w.at = sea_node_get(*path == '/' ? task->fs->root : start);
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
