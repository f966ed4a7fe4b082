// SPDX-License-Identifier: Apache-2.0
/* poll, ppoll and select. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>

#include "packetimpact/dut/seastack.h"

#define SELECT_IN (EPOLLIN | EPOLLRDNORM | EPOLLRDBAND | EPOLLHUP | EPOLLERR)
#define SELECT_OUT (EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND | EPOLLERR)
#define SELECT_EX EPOLLPRI

/* What a call looks at; its files are held until it ends. */
struct watch {
	struct sea_proc_file *file; /* NULL: the descriptor is none */
	int fd;
	uint32_t events;
	uint32_t ready;
};

struct watches {
	size_t n;
	struct watch w[];
};

static struct watches *watches_new(struct sea_proc_op *op, size_t n)
{
	struct watches *set = calloc(1, sizeof(*set) + n * sizeof(struct watch));

	op->more = set;
	if (!set)
		sea_proc_finish(op, -ENOMEM);
	return set;
}

static void watch(struct sea_proc *proc, struct watches *set, int fd, uint32_t events)
{
	struct sea_proc_file *file = sea_proc_fd(proc, (uint32_t)fd);

	if (file)
		file->refs++;
	set->w[set->n++] = (struct watch){ .file = file, .fd = fd, .events = events };
}

static void drop(struct sea_proc *proc, struct sea_proc_op *op)
{
	struct watches *set = op->more;

	for (size_t i = 0; set && i < set->n; i++)
		if (set->w[i].file)
			sea_proc_file_put(proc, set->w[i].file);
}

static bool cares(const struct sea_proc_op *op, const struct sea_proc_file *file, uint32_t mask)
{
	const struct watches *set = op->more;

	for (size_t i = 0; i < set->n; i++)
		if (set->w[i].file == file && (!mask || mask & set->w[i].events))
			return true;
	return false;
}

static void look(struct sea_proc *proc, struct watches *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->w[i].file)
			set->w[i].ready = sea_proc_file_poll(proc, set->w[i].file) &
					  set->w[i].events;
}

/* Waits with `step` until `deadline`, unless that is now: then `step` has nothing and says so. */
static void wait_or_end(struct sea_proc *proc, struct sea_proc_op *op, long ready,
			sea_time deadline, void (*step)(struct sea_proc *, struct sea_proc_op *))
{
	if (ready || !sea_time_before(proc->now, deadline)) {
		sea_proc_finish(op, ready);
		return;
	}
	op->cares = cares;
	sea_proc_op_wait(op, 0, deadline, step);
}

/* -- poll -- */

static void poll_step(struct sea_proc *proc, struct sea_proc_op *op)
{
	struct pollfd *fds = sea_proc_ptr(op->call->arg[0]);
	struct watches *set = op->more;
	long ready = 0;

	look(proc, set);
	for (size_t i = 0; i < set->n; i++) {
		uint32_t got = set->w[i].file ? set->w[i].ready : POLLNVAL;

		if (set->w[i].fd < 0)
			got = 0;
		fds[i].revents = (short)got;
		ready += got != 0;
	}
	wait_or_end(proc, op, ready, op->deadline, poll_step);
}

static void poll_until(struct sea_proc *proc, struct sea_proc_op *op, sea_time deadline)
{
	const uint64_t *arg = op->call->arg;
	const uint32_t n = (uint32_t)arg[1];
	struct pollfd *fds = sea_proc_ptr(arg[0]);
	struct watches *set;

	if (n > SEA_PROC_FDS || !sea_proc_writable(arg[0], n * sizeof(*fds))) {
		sea_proc_finish(op, n > SEA_PROC_FDS ? -EINVAL : -EFAULT);
		return;
	}
	set = watches_new(op, n);
	if (!set)
		return;
	op->drop = drop;
	for (uint32_t i = 0; i < n; i++)
		watch(proc, set, fds[i].fd,
		      (uint16_t)fds[i].events | (uint32_t)EPOLLERR | (uint32_t)EPOLLHUP);
	op->deadline = deadline;
	poll_step(proc, op);
}

void sea_proc_call_poll(struct sea_proc *proc, struct sea_proc_op *op)
{
	poll_until(proc, op, sea_proc_after_ms(proc, (int)op->call->arg[2]));
}

/* The memory of a timeout, as nanoseconds from now on; false: it is none, and the call is done. */
static bool take_timeout(struct sea_proc *proc, struct sea_proc_op *op, uint64_t addr,
			 int64_t unit_ns, sea_time *deadline)
{
	int64_t two[2]; /* struct timespec, struct timeval */
	int64_t limit = SEA_SEC / unit_ns;

	*deadline = SEA_TIME_NEVER;
	if (!addr)
		return true;
	if (!sea_proc_readable(addr, sizeof(two))) {
		sea_proc_finish(op, -EFAULT);
		return false;
	}
	memcpy(two, sea_proc_ptr(addr), sizeof(two));
	/* select() takes more microseconds than a second has. */
	if (unit_ns != 1 && two[1] >= limit && two[0] >= 0 &&
	    !__builtin_add_overflow(two[0], two[1] / limit, &two[0]))
		two[1] %= limit;
	if (two[0] < 0 || two[1] < 0 || two[1] >= limit) {
		sea_proc_finish(op, -EINVAL);
		return false;
	}
	if (two[0] < INT64_MAX / SEA_SEC)
		*deadline =
			sea_time_add(sea_time_add(proc->now, two[0] * SEA_SEC), two[1] * unit_ns);
	return true;
}

void sea_proc_call_ppoll(struct sea_proc *proc, struct sea_proc_op *op)
{
	sea_time deadline;

	if (take_timeout(proc, op, op->call->arg[2], 1, &deadline))
		poll_until(proc, op, deadline);
}

/* -- select -- */

static bool has(uint64_t set, int fd)
{
	return set && FD_ISSET(fd, (fd_set *)sea_proc_ptr(set));
}

static long put_bit(uint64_t set, const struct watch *w, uint32_t events)
{
	if (!set || !FD_ISSET(w->fd, (fd_set *)sea_proc_ptr(set)))
		return 0;
	if (w->ready & events)
		return 1;
	FD_CLR(w->fd, (fd_set *)sea_proc_ptr(set));
	return 0;
}

static bool any_ready(const struct watches *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->w[i].ready)
			return true;
	return false;
}

/* The sets are written once, at the end: they say until then what is waited for. */
static void select_step(struct sea_proc *proc, struct sea_proc_op *op)
{
	const uint64_t *arg = op->call->arg;
	struct watches *set = op->more;
	long ready = 0;

	look(proc, set);
	if (any_ready(set) || !sea_time_before(proc->now, op->deadline)) {
		for (size_t i = 0; i < set->n; i++)
			ready += put_bit(arg[1], &set->w[i], SELECT_IN) +
				 put_bit(arg[2], &set->w[i], SELECT_OUT) +
				 put_bit(arg[3], &set->w[i], SELECT_EX);
		sea_proc_finish(op, ready);
		return;
	}
	wait_or_end(proc, op, 0, op->deadline, select_step);
}

static int take_sets(struct sea_proc *proc, struct sea_proc_op *op, int n)
{
	const uint64_t *arg = op->call->arg;
	struct watches *set = op->more;

	for (int fd = 0; fd < n; fd++) {
		uint32_t events = (has(arg[1], fd) ? SELECT_IN : 0u) |
				  (has(arg[2], fd) ? SELECT_OUT : 0u) |
				  (has(arg[3], fd) ? (uint32_t)SELECT_EX : 0u);

		if (!events)
			continue;
		if (!sea_proc_fd(proc, (uint32_t)fd))
			return -EBADF;
		watch(proc, set, fd, events);
	}
	return 0;
}

void sea_proc_call_select(struct sea_proc *proc, struct sea_proc_op *op)
{
	const uint64_t *arg = op->call->arg;
	int n = (int)arg[0], err = 0;
	sea_time deadline;

	if (!take_timeout(proc, op, arg[4], SEA_USEC, &deadline))
		return;
	if (n < 0) {
		sea_proc_finish(op, -EINVAL);
		return;
	}
	if (n > SEA_PROC_FDS)
		n = SEA_PROC_FDS;
	for (unsigned i = 1; i <= 3; i++)
		if (arg[i] && !sea_proc_writable(arg[i], ((size_t)n + 63) / 64 * 8))
			err = -EFAULT;
	if (err || !watches_new(op, (size_t)n)) {
		sea_proc_finish(op, err ? err : -ENOMEM);
		return;
	}
	op->drop = drop;
	err = take_sets(proc, op, n);
	op->deadline = deadline;
	if (err)
		sea_proc_finish(op, err);
	else
		select_step(proc, op);
}
