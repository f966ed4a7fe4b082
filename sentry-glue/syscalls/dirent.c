/* SPDX-License-Identifier: Apache-2.0 */
/* getdents64 and getdents. The position is the cookie of the last name that was read, 1 and 2 for . and .. */
#include <dirent.h>
#include <string.h>

#include "sentry-glue/fs/inotify.h"
#include "sentry-glue/syscalls/sys.h"

#define DOTS 2

struct writer {
	struct sea_task *task;
	uint64_t at, left;
	int64_t done;
	bool old;
};

/* As getdents64 gives it; the old call has the type in its last byte, and the name in its place. */
struct entry {
	uint64_t ino;
	int64_t off;
	uint16_t len;
	char rest[1 + 256 + 8];
} __attribute__((packed));

/* 1: no more room. */
static int put(struct writer *w, const char *name, uint64_t ino, unsigned char type, uint64_t pos)
{
	struct entry entry = { .ino = ino, .off = (int64_t)pos };
	size_t n = strlen(name),
	       len = (sizeof(entry) - sizeof(entry.rest) + n + 2 + 7) & ~(size_t)7;

	if (len > w->left)
		return 1;
	entry.len = (uint16_t)len;
	memcpy(entry.rest + !w->old, name, n);
	entry.rest[w->old ? len - (sizeof(entry) - sizeof(entry.rest)) - 1 : 0] = (char)type;
	if (sea_arg_write(w->task, w->at, &entry, len))
		return -EFAULT;
	w->at += len;
	w->left -= len;
	w->done += (int64_t)len;
	return 0;
}

static int put_dots(struct writer *w, struct sea_file *file)
{
	static const char *const names[] = { ".", ".." };

	while (file->pos < DOTS) {
		struct sea_node *node = file->pos ? file->node->parent : file->node;
		int err = put(w, names[file->pos], node->ino, DT_DIR, file->pos + 1);

		if (err)
			return err;
		file->pos++;
	}
	return 0;
}

static int put_names(struct writer *w, struct sea_file *file)
{
	for (struct sea_name *name = file->node->first; name; name = name->next) {
		int err;

		if (name->cookie + DOTS <= file->pos)
			continue;
		/* A number that nothing else has, where the host's file was not looked at yet. */
		err = put(w, name->text,
			  name->target ? name->target->ino : file->node->ino << 32 | name->cookie,
			  name->type, name->cookie + DOTS);
		if (err)
			return err;
		file->pos = name->cookie + DOTS;
	}
	return 0;
}

static int64_t list(struct sea_task *task, const uint64_t *a, bool old)
{
	struct sea_file *file = sea_fd_get(task->files, (int)a[0]);
	struct writer w = { .task = task, .at = a[1], .left = (uint32_t)a[2], .old = old };
	int err;

	if (!file || !file->ops)
		return -EBADF;
	if (!file->node || !sea_node_is(file->node, S_IFDIR))
		return -ENOTDIR;
	if (file->node->removed)
		return -ENOENT;
	if (file->node->ops && file->node->ops->refresh)
		file->node->ops->refresh(file->node, task);
	/* Below --rw what came meanwhile is seen by the next reading, from the beginning. */
	err = file->node->through && file->pos ? 0 : sea_dir_complete(file->node);
	if (!err)
		err = put_dots(&w, file);
	if (!err)
		err = put_names(&w, file);
	sea_notify(file->node, IN_ACCESS);
	if (w.done)
		return w.done;
	return err > 0 ? -EINVAL : err;
}

int64_t sea_sys_getdents64(struct sea_task *task, const uint64_t *a)
{
	return list(task, a, false);
}

int64_t sea_sys_getdents(struct sea_task *task, const uint64_t *a)
{
	return list(task, a, true);
}
