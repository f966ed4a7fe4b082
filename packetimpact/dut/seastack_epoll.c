// SPDX-License-Identifier: Apache-2.0
/*
 * epoll as Linux has it: a wake-up puts an entry on the ready list, and whoever waits asks each entry of
 * the list once more. An edge-triggered entry leaves the list then, a level-triggered one goes to its end
 * as long as it is ready, and one with ONESHOT is deaf until it is changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "packetimpact/dut/seastack.h"

/* Bits that are no readiness: an entry that has no others is deaf. */
#define PRIVATE_BITS                                                          \
	((uint32_t)EPOLLWAKEUP | (uint32_t)EPOLLONESHOT | (uint32_t)EPOLLET | \
	 (uint32_t)EPOLLEXCLUSIVE)
#define EXCLUSIVE_OK_BITS                                                                   \
	((uint32_t)EPOLLIN | (uint32_t)EPOLLOUT | (uint32_t)EPOLLERR | (uint32_t)EPOLLHUP | \
	 (uint32_t)EPOLLWAKEUP | (uint32_t)EPOLLET | (uint32_t)EPOLLEXCLUSIVE)
#define EVENTS_MAX (INT_MAX / (int)sizeof(struct epoll_event))
#define NESTS_MAX 4 /* epolls that watch epolls */

struct entry {
	struct sea_list node;  /* in epoll->entries */
	struct sea_list ready; /* in epoll->ready */
	struct sea_list watch; /* in file->watches */
	struct sea_proc_file *ep, *file;
	int fd;
	struct epoll_event event;
};

struct sea_proc_epoll {
	struct sea_list entries, ready;
};

/* -- life -- */

static void create(struct sea_proc *proc, struct sea_proc_op *op, bool cloexec)
{
	struct sea_proc_file *file = sea_proc_file_new(proc, SEA_PROC_EPOLL, O_RDWR);
	int fd;

	if (!file || !(file->epoll = calloc(1, sizeof(*file->epoll)))) {
		if (file)
			sea_proc_file_put(proc, file);
		sea_proc_finish(op, -ENOMEM);
		return;
	}
	sea_list_init(&file->epoll->entries);
	sea_list_init(&file->epoll->ready);
	fd = sea_proc_fd_install(proc, file, 0, cloexec);
	if (fd < 0)
		sea_proc_file_put(proc, file);
	sea_proc_finish(op, fd);
}

void sea_proc_call_epoll_create(struct sea_proc *proc, struct sea_proc_op *op)
{
	if ((int)op->call->arg[0] <= 0)
		sea_proc_finish(op, -EINVAL);
	else
		create(proc, op, false);
}

void sea_proc_call_epoll_create1(struct sea_proc *proc, struct sea_proc_op *op)
{
	if ((int)op->call->arg[0] & ~EPOLL_CLOEXEC)
		sea_proc_finish(op, -EINVAL);
	else
		create(proc, op, (int)op->call->arg[0] & EPOLL_CLOEXEC);
}

static void entry_free(struct entry *e)
{
	sea_list_remove(&e->ready);
	sea_list_remove(&e->watch);
	sea_list_remove(&e->node);
	free(e);
}

void sea_proc_epoll_release(struct sea_proc *proc, struct sea_proc_file *file)
{
	struct sea_list *node;

	(void)proc;
	if (!file->epoll)
		return;
	while ((node = sea_list_first(&file->epoll->entries)))
		entry_free(sea_container(node, struct entry, node));
	free(file->epoll);
}

void sea_proc_epoll_forget(struct sea_proc *proc, struct sea_proc_file *file)
{
	struct sea_list *node;

	(void)proc;
	while ((node = sea_list_first(&file->watches)))
		entry_free(sea_container(node, struct entry, watch));
}

/* -- readiness -- */

static uint32_t ready_now(struct sea_proc *proc, struct entry *e)
{
	return sea_proc_file_poll(proc, e->file) & e->event.events;
}

uint32_t sea_proc_epoll_poll(struct sea_proc *proc, struct sea_proc_file *file)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &file->epoll->ready)
	{
		if (ready_now(proc, sea_container(node, struct entry, ready)))
			return EPOLLIN | EPOLLRDNORM;
	}
	return 0;
}

static void make_ready(struct sea_proc *proc, struct entry *e)
{
	if (!sea_list_linked(&e->ready))
		sea_list_push_back(&e->ep->epoll->ready, &e->ready);
	sea_proc_wake(proc, e->ep, EPOLLIN);
}

static bool is_waited_on(const struct sea_proc *proc, const struct sea_proc_file *ep)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &proc->pending)
	{
		struct sea_proc_op *op = sea_container(node, struct sea_proc_op, node);

		if (op->file == ep && op->call->nr == SEA_DUT_epoll_wait && !op->woken)
			return true;
	}
	return false;
}

/* An exclusive wake-up is used up by an epoll in which somebody waits for just that. */
static bool uses_up(const struct sea_proc *proc, const struct entry *e, uint32_t mask)
{
	const uint32_t inout = mask & (EPOLLIN | EPOLLOUT);

	if (!is_waited_on(proc, e->ep))
		return false;
	if (inout == EPOLLIN || inout == EPOLLOUT)
		return e->event.events & inout;
	return !inout;
}

static void wake_some(struct sea_proc *proc, struct sea_proc_file *file, uint32_t mask,
		      bool exclusive)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &file->watches)
	{
		struct entry *e = sea_container(node, struct entry, watch);
		bool taken;

		if (!(e->event.events & EPOLLEXCLUSIVE) == exclusive)
			continue;
		if (!(e->event.events & ~PRIVATE_BITS) || (mask && !(mask & e->event.events)))
			continue;
		taken = exclusive && uses_up(proc, e, mask);
		make_ready(proc, e);
		if (taken)
			break;
	}
}

void sea_proc_epoll_woken(struct sea_proc *proc, struct sea_proc_file *file, uint32_t mask)
{
	wake_some(proc, file, mask, false);
	wake_some(proc, file, mask, true);
}

/* -- control -- */

static struct entry *find(const struct sea_proc_file *ep, const struct sea_proc_file *file, int fd)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &ep->epoll->entries)
	{
		struct entry *e = sea_container(node, struct entry, node);

		if (e->file == file && e->fd == fd)
			return e;
	}
	return NULL;
}

/* Would `ep` be watched by itself, or through too many others? */
static bool loops(const struct sea_proc_file *ep, const struct sea_proc_file *target, unsigned deep)
{
	struct sea_list *node, *tmp;

	if (target == ep || deep > NESTS_MAX)
		return true;
	SEA_LIST_EACH(node, tmp, &target->epoll->entries)
	{
		const struct entry *e = sea_container(node, struct entry, node);

		if (e->file->kind == SEA_PROC_EPOLL && loops(ep, e->file, deep + 1))
			return true;
	}
	return false;
}

static int set_event(struct sea_proc *proc, struct entry *e, const struct epoll_event *event)
{
	e->event = *event;
	e->event.events |= (uint32_t)EPOLLERR | (uint32_t)EPOLLHUP;
	if (ready_now(proc, e))
		make_ready(proc, e);
	return 0;
}

static int add(struct sea_proc *proc, struct sea_proc_file *ep, struct sea_proc_file *file, int fd,
	       const struct epoll_event *event)
{
	struct entry *e;

	if (file->kind == SEA_PROC_EPOLL && loops(ep, file, 1))
		return -ELOOP;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->ep = ep;
	e->file = file;
	e->fd = fd;
	sea_list_init(&e->ready);
	sea_list_push_back(&ep->epoll->entries, &e->node);
	sea_list_push_back(&file->watches, &e->watch);
	return set_event(proc, e, event);
}

static int change(struct sea_proc *proc, struct entry *e, const struct epoll_event *event)
{
	if (e->event.events & EPOLLEXCLUSIVE)
		return -EINVAL;
	return set_event(proc, e, event);
}

static int exclusive_ok(int what, const struct sea_proc_file *file, uint32_t events)
{
	if (!(events & EPOLLEXCLUSIVE))
		return 0;
	if (what == EPOLL_CTL_MOD)
		return -EINVAL;
	if (what == EPOLL_CTL_ADD && (file->kind == SEA_PROC_EPOLL || events & ~EXCLUSIVE_OK_BITS))
		return -EINVAL;
	return 0;
}

static int control(struct sea_proc *proc, int what, struct sea_proc_file *ep,
		   struct sea_proc_file *file, int fd, const struct epoll_event *event)
{
	struct entry *e = find(ep, file, fd);

	switch (what) {
	case EPOLL_CTL_ADD:
		return e ? -EEXIST : add(proc, ep, file, fd, event);
	case EPOLL_CTL_MOD:
		return e ? change(proc, e, event) : -ENOENT;
	case EPOLL_CTL_DEL:
		if (e)
			entry_free(e);
		return e ? 0 : -ENOENT;
	default:
		return -EINVAL;
	}
}

void sea_proc_call_epoll_ctl(struct sea_proc *proc, struct sea_proc_op *op)
{
	const uint64_t *arg = op->call->arg;
	struct sea_proc_file *ep = sea_proc_fd(proc, arg[0]), *file = sea_proc_fd(proc, arg[2]);
	struct epoll_event event = { 0 };
	int what = (int)arg[1], err = 0;

	if (what != EPOLL_CTL_DEL) {
		if (!sea_proc_readable(arg[3], sizeof(event))) {
			sea_proc_finish(op, -EFAULT);
			return;
		}
		memcpy(&event, sea_proc_ptr(arg[3]), sizeof(event));
	}
	if (!ep || !file)
		err = -EBADF;
	else if (file->kind == SEA_PROC_FILE)
		err = -EPERM;
	else if (ep == file || ep->kind != SEA_PROC_EPOLL)
		err = -EINVAL;
	if (!err)
		err = exclusive_ok(what, file, event.events);
	if (!err)
		err = control(proc, what, ep, file, (int)arg[2], &event);
	sea_proc_finish(op, err);
}

/* -- waiting -- */

/* One entry of the ready list; true: it had something to tell. */
static bool harvest(struct sea_proc *proc, struct entry *e, struct epoll_event *to)
{
	uint32_t ready = ready_now(proc, e);
	struct sea_proc_epoll *epoll = e->ep->epoll;

	sea_list_remove(&e->ready);
	if (!ready)
		return false;
	to->events = ready;
	to->data = e->event.data;
	if (e->event.events & EPOLLONESHOT)
		e->event.events &= PRIVATE_BITS;
	else if (!(e->event.events & EPOLLET))
		sea_list_push_back(&epoll->ready, &e->ready);
	return true;
}

static long collect(struct sea_proc *proc, struct sea_proc_file *ep, struct epoll_event *to,
		    int max)
{
	struct sea_list batch, *node;
	int n = 0;

	/* What stays ready goes behind these, and is not asked a second time. */
	sea_list_init(&batch);
	while ((node = sea_list_first(&ep->epoll->ready))) {
		sea_list_remove(node);
		sea_list_push_back(&batch, node);
	}
	while (n < max && (node = sea_list_first(&batch)))
		if (harvest(proc, sea_container(node, struct entry, ready), &to[n]))
			n++;
	while ((node = sea_list_last(&batch))) {
		sea_list_remove(node);
		sea_list_push_front(&ep->epoll->ready, node);
	}
	return n;
}

static void wait_step(struct sea_proc *proc, struct sea_proc_op *op)
{
	long n = collect(proc, op->file, sea_proc_ptr(op->call->arg[1]), (int)op->call->arg[2]);

	if (n || !sea_time_before(proc->now, op->deadline))
		sea_proc_finish(op, n);
	else
		sea_proc_op_wait(op, EPOLLIN, op->deadline, wait_step);
}

/* No more events are written than there are entries. */
static bool room_for(const struct sea_proc_file *ep, uint64_t addr, unsigned max)
{
	struct sea_list *node, *tmp;
	size_t n = 0;

	SEA_LIST_EACH(node, tmp, &ep->epoll->entries)
	{
		n++;
	}
	return sea_proc_writable(addr, (n < max ? n : max) * sizeof(struct epoll_event));
}

void sea_proc_call_epoll_wait(struct sea_proc *proc, struct sea_proc_op *op)
{
	const uint64_t *arg = op->call->arg;
	struct sea_proc_file *ep = sea_proc_fd(proc, arg[0]);
	int max = (int)arg[2], err = 0;

	if (max <= 0 || max > EVENTS_MAX)
		err = -EINVAL;
	else if (!ep)
		err = -EBADF;
	else if (ep->kind != SEA_PROC_EPOLL)
		err = -EINVAL;
	else if (!room_for(ep, arg[1], (unsigned)max))
		err = -EFAULT;
	if (err) {
		sea_proc_finish(op, err);
		return;
	}
	sea_proc_op_hold(op, ep);
	op->deadline = sea_proc_after_ms(proc, (int)arg[3]);
	wait_step(proc, op);
}
