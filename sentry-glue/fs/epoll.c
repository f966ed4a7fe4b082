/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/fs/epoll.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"
#include "sentry-glue/vfs/node.h"

#define MODES (EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE)
#define WITH_EXCLUSIVE \
	(EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLET | EPOLLWAKEUP | EPOLLEXCLUSIVE)
#define HOST_MAX 63u

#define DEPTH_MAX 5u   /* sets in a row */
#define PATHS_MAX 128u /* ways from a set to all those below it */

struct sea_epoll_item {
	struct sea_epoll_item *next;    /* in the set */
	struct sea_epoll_item *next_of; /* of the same open file */
	struct sea_wait wait;           /* in the file's queue, as long as it is watched */
	struct epoll *set;
	struct sea_file *file; /* borrowed */
	int fd;
	struct epoll_event event;
	bool told;
	uint64_t told_at; /* its queue's count then */
};

struct epoll {
	struct sea_file *file; /* the set itself */
	struct sea_epoll_item *first;
	unsigned int n, nsets;
	struct sea_waitq waitq; /* woken when something happens to what is in it, or to the set */
};

/* Up to the sets that this one is in: no more than DEPTH_MAX of them in a row. */
static void item_woken(struct sea_wait *wait)
{
	struct sea_epoll_item *item =
		(struct sea_epoll_item *)((char *)wait - offsetof(struct sea_epoll_item, wait));

	sea_waitq_wake(&item->set->waitq);
}

static void take_out(struct sea_epoll_item **link)
{
	struct sea_epoll_item *item = *link, **of = &item->file->watched;

	sea_wait_del(&item->wait);
	item->set->n--;
	item->set->nsets -= sea_epoll_is(item->file);
	*link = item->next;
	while (*of != item)
		of = &(*of)->next_of;
	*of = item->next_of;
	free(item);
}

static void epoll_release(struct sea_file *file)
{
	struct epoll *set = file->own;

	while (set->first)
		take_out(&set->first);
	free(set);
}

static int64_t no_bytes(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	(void)file, (void)uio, (void)pos;
	return -EINVAL;
}

static uint32_t ready_of(const struct sea_epoll_item *item, struct sea_task *task);

static int epoll_poll(struct sea_file *file, struct sea_task *task, struct sea_wait *wait)
{
	struct epoll *set = file->own;

	if (wait)
		sea_wait_add(&set->waitq, wait, task);
	for (struct sea_epoll_item *item = set->first; item; item = item->next) {
		if (ready_of(item, task))
			return POLLIN | POLLRDNORM;
	}
	return 0;
}

/* The first that only the host can tell of; -1: there is none. */
static int epoll_host(struct sea_file *file)
{
	const struct epoll *set = file->own;
	int fd = -1;

	for (struct sea_epoll_item *item = set->first; item && fd < 0; item = item->next) {
		if (item->file->ops->host && item->event.events & ~MODES)
			fd = item->file->ops->host(item->file);
	}
	return fd;
}

static const struct sea_file_ops epoll_ops = {
	.read = no_bytes,
	.write = no_bytes,
	.poll = epoll_poll,
	.host = epoll_host,
	.release = epoll_release,
};

int sea_epoll_new(struct sea_file **made)
{
	struct epoll *set = calloc(1, sizeof(*set));

	*made = set ? sea_file_new(&epoll_ops, O_RDWR, NULL) : NULL;
	if (!*made) {
		free(set);
		return -ENOMEM;
	}
	set->file = *made;
	(*made)->own = set;
	return 0;
}

bool sea_epoll_is(const struct sea_file *file)
{
	return file->ops == &epoll_ops;
}

static struct sea_epoll_item **find(struct epoll *set, int fd, const struct sea_file *file)
{
	struct sea_epoll_item **link = &set->first;

	while (*link && ((*link)->fd != fd || (*link)->file != file))
		link = &(*link)->next;
	return link;
}

void sea_epoll_forget(struct sea_file *file)
{
	while (file->watched)
		take_out(find(file->watched->set, file->watched->fd, file));
}

/* How many sets there are in a row from this one down; -ELOOP: one of them is `avoid`. */
static int depth_down(const struct epoll *set, const struct epoll *avoid)
{
	int depth = 0;

	if (set == avoid)
		return -ELOOP;
	for (const struct sea_epoll_item *i = set->nsets ? set->first : NULL; i; i = i->next) {
		int below = sea_epoll_is(i->file) ? depth_down(i->file->own, avoid) : 0;

		if (below < 0)
			return below;
		depth = below > depth ? below : depth;
	}
	return depth + 1;
}

static int depth_up(const struct epoll *set)
{
	int depth = 0;

	for (const struct sea_epoll_item *i = set->file->watched; i; i = i->next_of) {
		int above = depth_up(i->set);

		depth = above > depth ? above : depth;
	}
	return depth + 1;
}

/* The ways down from a set, and up, as far as they are too many. */
static unsigned int paths_down(const struct epoll *set, unsigned int n)
{
	for (const struct sea_epoll_item *i = set->nsets ? set->first : NULL; i; i = i->next) {
		if (n <= PATHS_MAX && sea_epoll_is(i->file))
			n = paths_down(i->file->own, n + 1);
	}
	return n;
}

static unsigned int paths_up(const struct epoll *set, unsigned int n, unsigned int below)
{
	unsigned int down = paths_down(set, 0);

	if (down + below > PATHS_MAX)
		return PATHS_MAX + 1;
	for (const struct sea_epoll_item *i = set->file->watched; i; i = i->next_of) {
		if (n <= PATHS_MAX)
			n = paths_up(i->set, n + 1, below);
	}
	return n;
}

/* Whether one set may go into another: they make no ring, no tower and no thicket. */
static int may_nest(const struct epoll *set, const struct epoll *in)
{
	int down = depth_down(set, in);

	if (down < 0)
		return down;
	if ((unsigned int)(down + depth_up(in)) > DEPTH_MAX)
		return -ELOOP;
	return paths_up(in, 0, paths_down(set, 1)) > PATHS_MAX ? -EINVAL : 0;
}

static int add(struct epoll *set, struct sea_epoll_item **link, struct sea_task *task, int fd,
	       struct sea_file *file, const struct epoll_event *event)
{
	struct sea_epoll_item *item;
	int err;

	if (event->events & EPOLLEXCLUSIVE &&
	    (event->events & ~WITH_EXCLUSIVE || sea_epoll_is(file)))
		return -EINVAL;
	if (*link)
		return -EEXIST;
	err = sea_epoll_is(file) ? may_nest(file->own, set) : 0;
	if (err)
		return err;
	item = calloc(1, sizeof(*item));
	if (!item)
		return -ENOMEM;
	item->set = set;
	item->file = file;
	item->fd = fd;
	item->event = *event;
	item->event.events |= EPOLLERR | EPOLLHUP;
	item->next_of = file->watched;
	file->watched = item;
	item->wait.wake = item_woken;
	file->ops->poll(file, task, &item->wait);
	*link = item;
	set->n++;
	set->nsets += sea_epoll_is(file);
	return 0;
}

static int change(struct sea_epoll_item *item, const struct epoll_event *event)
{
	if (!item)
		return -ENOENT;
	if (event->events & EPOLLEXCLUSIVE || item->event.events & EPOLLEXCLUSIVE)
		return -EINVAL;
	item->event = *event;
	item->event.events |= EPOLLERR | EPOLLHUP;
	item->told = false;
	return 0;
}

/* Files that are always ready are not waited for; of the devices only random can tell. */
static bool pollable(const struct sea_file *file)
{
	if (!file->ops->poll)
		return false;
	return !file->ops->seekable ||
	       (sea_node_is(file->node, S_IFCHR) && minor(file->node->rdev) == 8);
}

int sea_epoll_ctl(struct sea_task *task, struct sea_file *epoll, int op, int fd,
		  struct sea_file *file, const struct epoll_event *event)
{
	struct epoll *set = epoll->own;
	struct sea_epoll_item **link;
	int err = 0;

	if (file == epoll)
		return -EINVAL;
	if (!pollable(file))
		return -EPERM;
	link = find(set, fd, file);
	switch (op) {
	case EPOLL_CTL_ADD:
		err = add(set, link, task, fd, file, event);
		break;
	case EPOLL_CTL_MOD:
		err = change(*link, event);
		break;
	case EPOLL_CTL_DEL:
		if (!*link)
			return -ENOENT;
		take_out(link);
		break;
	default:
		return -EINVAL;
	}
	sea_waitq_wake(&set->waitq);
	return err;
}

static uint64_t count_of(const struct sea_epoll_item *item)
{
	return item->wait.queue ? item->wait.queue->count : 0;
}

/* What there is to tell of the item. */
static uint32_t ready_of(const struct sea_epoll_item *item, struct sea_task *task)
{
	uint32_t wanted = item->event.events & ~MODES, ready;

	if (!wanted)
		return 0; /* told once, and not asked for again */
	ready = (uint32_t)item->file->ops->poll(item->file, task, NULL) & wanted;
	if (item->event.events & EPOLLET && item->told && item->told_at == count_of(item) &&
	    item->wait.queue)
		return 0;
	return ready;
}

static uint32_t look(struct sea_epoll_item *item, struct sea_task *task)
{
	uint32_t ready = ready_of(item, task);

	if (!ready)
		return 0;
	item->told = true;
	item->told_at = count_of(item);
	if (item->event.events & EPOLLONESHOT)
		item->event.events &= MODES;
	return ready;
}

/* Those that were told of go behind the others, so that none is passed over for ever. */
static void rotate(struct epoll *set, unsigned int n)
{
	struct sea_epoll_item **link = &set->first, *head = set->first;

	while (*link && n--)
		link = &(*link)->next;
	if (!*link || link == &set->first)
		return;
	set->first = *link;
	*link = NULL;
	for (link = &set->first; *link; link = &(*link)->next)
		continue;
	*link = head;
}

static struct pollfd host_of(const struct sea_epoll_item *item)
{
	return (struct pollfd){ .fd = item->file->ops->host(item->file),
				.events = (short)(item->event.events &
						  (POLLIN | POLLOUT | POLLPRI)) };
}

struct round {
	struct epoll_event *events;
	unsigned int n, max;
	struct pollfd host[HOST_MAX];
	unsigned int nhost;
};

/* What only the host can tell of, in sets below, too. */
static void add_host(struct round *r, const struct sea_epoll_item *item)
{
	const struct epoll *below = sea_epoll_is(item->file) ? item->file->own : NULL;

	if (!(item->event.events & ~MODES))
		return;
	for (const struct sea_epoll_item *i = below ? below->first : NULL; i; i = i->next)
		add_host(r, i);
	if (!below && item->file->ops->host && r->nhost < HOST_MAX)
		r->host[r->nhost++] = host_of(item);
}

static void collect(struct epoll *set, struct sea_task *task, struct round *r)
{
	unsigned int looked = 0;

	r->n = r->nhost = 0;
	for (struct sea_epoll_item *item = set->first; item && r->n < r->max; item = item->next) {
		uint32_t ready = look(item, task);

		looked++;
		if (ready)
			r->events[r->n++] = (struct epoll_event){ ready, item->event.data };
		else
			add_host(r, item);
	}
	if (r->n)
		rotate(set, looked);
}

static int sleep_on(struct epoll *set, struct sea_task *task, struct round *r, int64_t deadline)
{
	struct sea_wait wait = { 0 };
	int err;

	sea_wait_add(&set->waitq, &wait, task);
	err = sea_task_sleep(task, deadline, r->host, r->nhost);
	sea_wait_del(&wait);
	return err;
}

int64_t sea_epoll_wait(struct sea_task *task, struct sea_file *epoll, struct epoll_event *events,
		       unsigned int max, int64_t deadline)
{
	struct epoll *set = epoll->own;
	struct round r = { .events = events, .max = max };
	int slept = 0;

	sea_file_get(epoll); /* another thread may close it */
	for (;;) {
		collect(set, task, &r);
		if (r.n || slept)
			break;
		slept = sleep_on(set, task, &r, deadline);
	}
	sea_file_put(epoll);
	return r.n ? (int64_t)r.n : slept == -ETIMEDOUT ? 0 : slept;
}
