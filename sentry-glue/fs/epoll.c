/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/fs/epoll.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
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

struct sea_epoll_item {
	struct sea_epoll_item *next;    /* in the set */
	struct sea_epoll_item *next_of; /* of the same open file */
	struct epoll *set;
	struct sea_file *file; /* borrowed */
	int fd;
	struct epoll_event event;
	bool told;
	uint64_t told_at; /* its queue's count then */
};

/* One that waits: what it has in the items' queues. */
struct sleeper {
	struct sleeper *next;
	unsigned int n;
	struct sea_wait *waits;
	struct sea_epoll_item **items; /* NULL: it has gone meanwhile */
};

struct epoll {
	struct sea_epoll_item *first;
	unsigned int n;
	struct sleeper *sleepers;
	struct sea_waitq waitq; /* the same, for a change of the set */
};

/* The queues of what it looked at may go with it. */
static void leave(struct sleeper *s, const struct sea_epoll_item *item)
{
	for (unsigned int i = 0; i < s->n; i++) {
		if (s->items[i] && (!item || s->items[i] == item)) {
			sea_wait_del(&s->waits[i]);
			s->items[i] = NULL;
		}
	}
}

static void take_out(struct sea_epoll_item **link)
{
	struct sea_epoll_item *item = *link, **of = &item->file->watched;

	for (struct sleeper *s = item->set->sleepers; s; s = s->next)
		leave(s, item);
	item->set->n--;
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

static const struct sea_file_ops epoll_ops = {
	.read = no_bytes,
	.write = no_bytes,
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

static int add(struct epoll *set, struct sea_epoll_item **link, int fd, struct sea_file *file,
	       const struct epoll_event *event)
{
	struct sea_epoll_item *item;

	if (*link)
		return -EEXIST;
	if (event->events & EPOLLEXCLUSIVE && event->events & ~WITH_EXCLUSIVE)
		return -EINVAL;
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
	*link = item;
	set->n++;
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

int sea_epoll_ctl(struct sea_file *epoll, int op, int fd, struct sea_file *file,
		  const struct epoll_event *event)
{
	struct epoll *set = epoll->own;
	struct sea_epoll_item **link;
	int err = 0;

	if (sea_epoll_is(file))
		return -EINVAL;
	if (!pollable(file))
		return -EPERM;
	link = find(set, fd, file);
	switch (op) {
	case EPOLL_CTL_ADD:
		err = add(set, link, fd, file, event);
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

/* What there is to tell of the item; it is put where it hears of changes. */
static uint32_t look(struct sea_epoll_item *item, struct sea_task *task, struct sea_wait *wait)
{
	uint32_t wanted = item->event.events & ~MODES, ready;
	uint64_t count;

	if (!wanted)
		return 0; /* told once, and not asked for again */
	ready = (uint32_t)item->file->ops->poll(item->file, task, wait) & wanted;
	count = wait->queue ? wait->queue->count : 0;
	if (!ready ||
	    (item->event.events & EPOLLET && item->told && item->told_at == count && wait->queue))
		return 0;
	item->told = true;
	item->told_at = count;
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
	struct sleeper sleeper;
	struct epoll_event *events;
	unsigned int n, max;
	struct pollfd host[HOST_MAX];
	unsigned int nhost;
};

static int collect(struct epoll *set, struct sea_task *task, struct round *r)
{
	struct sleeper *s = &r->sleeper;

	r->n = r->nhost = s->n = 0;
	s->waits = calloc(set->n + 1, sizeof(*s->waits));
	s->items = calloc(set->n + 1, sizeof(struct sea_epoll_item *));
	if (!s->waits || !s->items)
		return -ENOMEM;
	for (struct sea_epoll_item *item = set->first; item && r->n < r->max; item = item->next) {
		uint32_t ready;

		s->items[s->n] = item;
		ready = look(item, task, &s->waits[s->n++]);
		if (ready)
			r->events[r->n++] = (struct epoll_event){ ready, item->event.data };
		else if (item->file->ops->host && item->event.events & ~MODES &&
			 r->nhost < HOST_MAX)
			r->host[r->nhost++] = host_of(item);
	}
	if (r->n)
		rotate(set, s->n);
	return 0;
}

static int sleep_on(struct epoll *set, struct sea_task *task, struct round *r, int64_t deadline)
{
	struct sea_wait change = { 0 };
	struct sleeper **link = &set->sleepers;
	int err;

	r->sleeper.next = *link;
	*link = &r->sleeper;
	sea_wait_add(&set->waitq, &change, task);
	err = sea_task_sleep(task, deadline, r->host, r->nhost);
	sea_wait_del(&change);
	while (*link != &r->sleeper)
		link = &(*link)->next;
	*link = r->sleeper.next;
	return err;
}

int64_t sea_epoll_wait(struct sea_task *task, struct sea_file *epoll, struct epoll_event *events,
		       unsigned int max, int64_t deadline)
{
	struct epoll *set = epoll->own;
	struct round r = { .events = events, .max = max };
	int err = 0, slept = 0;

	sea_file_get(epoll); /* another thread may close it */
	do {
		err = collect(set, task, &r);
		if (!err && !r.n && !slept)
			slept = sleep_on(set, task, &r, deadline);
		else
			err = err ? err : 1;
		leave(&r.sleeper, NULL);
		free(r.sleeper.waits);
		free(r.sleeper.items);
	} while (!err);
	sea_file_put(epoll);
	return err < 0 ? err : r.n ? (int64_t)r.n : slept == -ETIMEDOUT ? 0 : slept;
}
