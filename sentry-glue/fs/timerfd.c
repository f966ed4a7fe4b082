/* SPDX-License-Identifier: Apache-2.0 */
/* timerfd: expirations to wait for, counted. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>

#include "sentry-glue/fs/fs.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"

static void timer_arm(struct sea_timerfd *t, int64_t at)
{
	t->at = at;
	pthread_cond_signal(&t->kernel->timers);
}

/* What has expired until now is counted, and the next is set. */
static void count(struct sea_timerfd *t, int64_t now)
{
	uint64_t n;

	if (!t->at || t->at > now)
		return;
	n = t->interval ? 1 + (uint64_t)((now - t->at) / t->interval) : 1;
	t->expired += n;
	t->at = t->interval ? t->at + (int64_t)n * t->interval : 0;
	sea_waitq_wake(&t->waitq);
}

int64_t sea_timerfds_fire(struct sea_kernel *kernel, int64_t now)
{
	int64_t next = SEA_NEVER;

	for (struct sea_timerfd *t = kernel->timerfds; t; t = t->next) {
		count(t, now);
		if (t->at && t->at < next)
			next = t->at;
	}
	return next;
}

static int64_t timer_read(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	struct sea_timerfd *t = file->own;
	int64_t put;

	(void)pos;
	if (uio->left < sizeof(t->expired))
		return -EINVAL;
	count(t, sea_clock_now());
	if (!t->expired)
		return -EAGAIN;
	put = sea_uio_put(uio, &t->expired, sizeof(t->expired));
	if (put > 0)
		t->expired = 0;
	return put;
}

static int64_t timer_write(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	(void)file, (void)uio, (void)pos;
	return -EINVAL;
}

static int timer_poll(struct sea_file *file, struct sea_task *task, struct sea_wait *wait)
{
	struct sea_timerfd *t = file->own;

	if (wait)
		sea_wait_add(&t->waitq, wait, task);
	return t->expired ? POLLIN | POLLRDNORM : 0;
}

static void timer_release(struct sea_file *file)
{
	struct sea_timerfd *t = file->own, **link = &t->kernel->timerfds;

	while (*link != t)
		link = &(*link)->next;
	*link = t->next;
	free(t);
}

static const struct sea_file_ops timer_ops = {
	.read = timer_read,
	.write = timer_write,
	.poll = timer_poll,
	.release = timer_release,
};

int sea_timerfd_new(struct sea_kernel *kernel, int clock, int flags, struct sea_file **made)
{
	struct sea_timerfd *t = calloc(1, sizeof(*t));

	*made = t ? sea_file_new(&timer_ops, O_RDWR | (flags & O_NONBLOCK), NULL) : NULL;
	if (!*made) {
		free(t);
		return -ENOMEM;
	}
	t->kernel = kernel;
	t->clock = clock;
	t->next = kernel->timerfds;
	kernel->timerfds = t;
	(*made)->own = t;
	return 0;
}

struct sea_timerfd *sea_timerfd_of(struct sea_file *file)
{
	return file->ops == &timer_ops ? file->own : NULL;
}

int64_t sea_timerfd_left(struct sea_timerfd *t)
{
	int64_t now = sea_clock_now();

	count(t, now);
	return t->at ? t->at - now : 0;
}

void sea_timerfd_set(struct sea_timerfd *t, int64_t at, int64_t interval)
{
	t->expired = 0;
	t->interval = interval;
	timer_arm(t, at);
}
