/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/fs/inotify.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "sentry-glue/kernel/async.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"
#include "sentry-glue/vfs/node.h"

#define KEPT (IN_ALL_EVENTS | IN_ONESHOT | IN_EXCL_UNLINK)
#define NAME_UNIT 16u

struct sea_watch {
	struct sea_watch *next, **link;       /* of the same node */
	struct sea_watch *next_in, **link_in; /* of the same set  */
	struct set *set;
	struct sea_node *node;
	int32_t wd;
	uint32_t mask;
};

struct event {
	struct event *next;
	struct told { /* as struct inotify_event, but for the name */
		int32_t wd;
		uint32_t mask, cookie, len;
	} told;
	char name[];
};

struct set {
	struct sea_kernel *kernel;
	struct sea_watch *watches;
	int32_t last_wd;
	struct event *first, *last;
	unsigned int n;
	uint32_t bytes; /* as they will be read */
	struct sea_waitq waitq;
};

static uint32_t name_room(const char *name)
{
	uint32_t len = (uint32_t)strlen(name);

	return len ? (len + NAME_UNIT) / NAME_UNIT * NAME_UNIT : 0;
}

static struct event *event_new(int32_t wd, uint32_t mask, uint32_t cookie, const char *name)
{
	uint32_t room = name_room(name);
	struct event *event = calloc(1, sizeof(*event) + room + 1);

	if (!event)
		return NULL;
	event->told = (struct told){ wd, mask, cookie, room };
	memcpy(event->name, name, strlen(name));
	return event;
}

static uint32_t size_of(const struct event *event)
{
	return (uint32_t)sizeof(event->told) + event->told.len;
}

/* What was just said is not said again. */
static bool is_last(const struct set *set, int32_t wd, uint32_t mask, const char *name)
{
	const struct event *last = set->last;

	return last && last->told.mask == mask && last->told.wd == wd && !(mask & IN_IGNORED) &&
	       !strcmp(last->name, name);
}

static bool is_file_of(const struct sea_file *file, const void *set)
{
	return file->own == set;
}

static void put(struct set *set, int32_t wd, uint32_t mask, uint32_t cookie, const char *name)
{
	bool full = set->n >= SEA_INOTIFY_EVENTS_MAX ||
		    set->kernel->inotify_bytes >= SEA_INOTIFY_BYTES_MAX;
	struct event *event;

	if (full) {
		wd = -1, mask = IN_Q_OVERFLOW, cookie = 0, name = "";
	}
	if (is_last(set, wd, mask, name))
		return;
	event = event_new(wd, mask, cookie, name);
	if (!event)
		return;
	*(set->last ? &set->last->next : &set->first) = event;
	set->last = event;
	set->n++;
	set->bytes += size_of(event);
	set->kernel->inotify_bytes += size_of(event);
	sea_waitq_wake(&set->waitq);
	sea_async_tell(set->kernel, is_file_of, set, POLL_IN);
}

static void take(struct set *set)
{
	struct event *event = set->first;

	set->first = event->next;
	if (!set->first)
		set->last = NULL;
	set->n--;
	set->bytes -= size_of(event);
	set->kernel->inotify_bytes -= size_of(event);
	free(event);
}

static int64_t inotify_read(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	struct set *set = file->own;
	int64_t total = 0;

	(void)pos;
	while (set->first && size_of(set->first) <= uio->left) {
		struct event *event = set->first;
		uint32_t size = size_of(event);
		/* The name follows what is told of it, in memory too. */
		int64_t n = sea_uio_put(uio, &event->told, sizeof(event->told));

		if (n == sizeof(event->told) && event->told.len)
			n += sea_uio_put(uio, event->name, event->told.len);
		take(set);
		if (n != size)
			return total ? total : -EFAULT;
		total += n;
	}
	return total ? total : set->first ? -EINVAL : -EAGAIN;
}

static int inotify_poll(struct sea_file *file, struct sea_task *task, struct sea_wait *wait)
{
	struct set *set = file->own;

	if (wait)
		sea_wait_add(&set->waitq, wait, task);
	return set->first ? POLLIN | POLLRDNORM : 0;
}

static int64_t inotify_ioctl(struct sea_file *file, struct sea_task *task, uint64_t cmd,
			     uint64_t arg)
{
	const struct set *set = file->own;
	int bytes = (int)set->bytes;

	if (cmd != FIONREAD)
		return -ENOTTY;
	return sea_mm_write(task->mm, task->vcpu, arg, &bytes, sizeof(bytes));
}

static void watch_free(struct sea_watch *watch)
{
	*watch->link = watch->next;
	if (watch->next)
		watch->next->link = watch->link;
	*watch->link_in = watch->next_in;
	if (watch->next_in)
		watch->next_in->link_in = watch->link_in;
	watch->set->kernel->inotify_watches--;
	free(watch);
}

static void inotify_release(struct sea_file *file)
{
	struct set *set = file->own;

	while (set->watches)
		watch_free(set->watches);
	while (set->first)
		take(set);
	set->kernel->inotify_sets--;
	free(set);
}

static const struct sea_file_ops inotify_ops = {
	.read = inotify_read,
	.poll = inotify_poll,
	.ioctl = inotify_ioctl,
	.release = inotify_release,
	.async = true,
};

int sea_inotify_new(struct sea_kernel *kernel, int flags, struct sea_file **made)
{
	struct set *set;

	if (kernel->inotify_sets >= SEA_INOTIFY_SETS_MAX)
		return -EMFILE;
	set = calloc(1, sizeof(*set));
	*made = set ? sea_file_new(&inotify_ops, O_RDONLY | (flags & O_NONBLOCK), NULL) : NULL;
	if (!*made) {
		free(set);
		return -ENOMEM;
	}
	set->kernel = kernel;
	kernel->inotify_sets++;
	(*made)->own = set;
	return 0;
}

bool sea_inotify_is(const struct sea_file *file)
{
	return file->ops == &inotify_ops;
}

static struct sea_watch *watch_new(struct set *set, struct sea_node *node, uint32_t mask)
{
	struct sea_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	watch->set = set;
	watch->node = node;
	watch->wd = ++set->last_wd;
	watch->mask = mask & KEPT;
	watch->next = node->watches;
	watch->link = &node->watches;
	if (watch->next)
		watch->next->link = &watch->next;
	node->watches = watch;
	watch->next_in = set->watches;
	watch->link_in = &set->watches;
	if (watch->next_in)
		watch->next_in->link_in = &watch->next_in;
	set->watches = watch;
	set->kernel->inotify_watches++;
	return watch;
}

int32_t sea_inotify_add(struct sea_file *file, struct sea_node *node, uint32_t mask)
{
	struct set *set = file->own;
	struct sea_watch *watch = node->watches;

	while (watch && watch->set != set)
		watch = watch->next;
	if (watch) {
		if (mask & IN_MASK_CREATE)
			return -EEXIST;
		watch->mask = (mask & IN_MASK_ADD ? watch->mask : 0) | (mask & KEPT);
		return watch->wd;
	}
	if (set->kernel->inotify_watches >= SEA_INOTIFY_WATCHES_MAX || set->last_wd == INT_MAX)
		return -ENOSPC;
	watch = watch_new(set, node, mask);
	return watch ? watch->wd : -ENOMEM;
}

/* It ends, and says so. */
static void dismiss(struct sea_watch *watch)
{
	put(watch->set, watch->wd, IN_IGNORED, 0, "");
	watch_free(watch);
}

int sea_inotify_remove(struct sea_file *file, int32_t wd)
{
	struct sea_watch *watch = ((struct set *)file->own)->watches;

	while (watch && watch->wd != wd)
		watch = watch->next_in;
	if (!watch)
		return -EINVAL;
	dismiss(watch);
	return 0;
}

static void tell(struct sea_node *node, uint32_t mask, const char *name, uint32_t cookie,
		 bool unlinked)
{
	struct sea_watch *watch, *next;

	for (watch = node->watches; watch; watch = next) {
		next = watch->next;
		if (!(watch->mask & mask & IN_ALL_EVENTS) ||
		    (unlinked && watch->mask & IN_EXCL_UNLINK))
			continue;
		put(watch->set, watch->wd, mask, cookie, name);
		if (watch->mask & IN_ONESHOT)
			dismiss(watch);
	}
}

/* That it is one is not said of a directory that moves or goes. */
static uint32_t with_kind(const struct sea_node *node, uint32_t mask)
{
	return mask |
	       (sea_node_is(node, S_IFDIR) && !(mask & (IN_MOVE_SELF | IN_DELETE_SELF)) ? IN_ISDIR
											: 0);
}

void sea_notify(struct sea_node *node, uint32_t mask)
{
	const struct sea_name *name = node->alias;

	if (name && name->dir->watches)
		tell(name->dir, with_kind(node, mask), name->text, 0, name->gone);
	sea_notify_self(node, mask);
}

void sea_notify_file(const struct sea_file *file, uint32_t mask)
{
	if (file->node && !sea_node_is(file->node, S_IFIFO))
		sea_notify(file->node, mask);
}

void sea_notify_self(struct sea_node *node, uint32_t mask)
{
	if (node->watches)
		tell(node, with_kind(node, mask), "", 0, false);
}

void sea_notify_name(struct sea_node *dir, uint32_t mask, const char *name, uint32_t cookie)
{
	if (dir->watches)
		tell(dir, mask, name, cookie, false);
}

void sea_notify_move(struct sea_kernel *kernel, struct sea_node *from, const char *from_name,
		     struct sea_node *to, const char *to_name, const struct sea_node *what)
{
	uint32_t kind = sea_node_is(what, S_IFDIR) ? IN_ISDIR : 0;

	kernel->inotify_cookie += kernel->inotify_cookie == UINT32_MAX ? 2 : 1; /* never 0 */
	sea_notify_name(from, IN_MOVED_FROM | kind, from_name, kernel->inotify_cookie);
	sea_notify_name(to, IN_MOVED_TO | kind, to_name, kernel->inotify_cookie);
}

void sea_notify_gone(struct sea_node *node)
{
	if (!node->nlink)
		sea_notify_self(node, IN_DELETE_SELF);
	while (node->watches)
		dismiss(node->watches);
}
