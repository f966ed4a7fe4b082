/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/kernel/wait.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "sentry-glue/kernel/kernel.h"

#define HOST_MAX 64

int64_t sea_clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000 + ts.tv_nsec;
}

void sea_wait_add(struct sea_waitq *queue, struct sea_wait *wait, struct sea_task *task)
{
	wait->task = task;
	wait->queue = queue;
	wait->next = queue->first;
	wait->link = &queue->first;
	if (wait->next)
		wait->next->link = &wait->next;
	queue->first = wait;
}

void sea_wait_del(struct sea_wait *wait)
{
	if (!wait->link)
		return;
	*wait->link = wait->next;
	if (wait->next)
		wait->next->link = wait->link;
	wait->link = NULL;
}

void sea_waitq_wake(struct sea_waitq *queue)
{
	queue->count++;
	for (struct sea_wait *wait = queue->first; wait; wait = wait->next) {
		if (wait->wake)
			wait->wake(wait);
		else
			sea_task_wake(wait->task);
	}
}

void sea_task_wake(struct sea_task *task)
{
	const uint64_t one = 1;

	task->woken = true;
	if (task->asleep)
		pthread_cond_signal(&task->cond);
	/* It cannot be full: one that is behind has been woken anyway. */
	if (task->at_host && write(task->eventfd, &one, sizeof(one)) < 0)
		return;
}

/* What lay before the clock began (a time of day can) is over, too. */
static struct timespec until(int64_t deadline)
{
	deadline = deadline > 0 ? deadline : 0;
	return (struct timespec){ .tv_sec = deadline / 1000000000,
				  .tv_nsec = deadline % 1000000000 };
}

static int sleep_here(struct sea_task *task, int64_t deadline)
{
	struct timespec at = until(deadline);
	int err = 0;

	task->asleep = true;
	while (!task->woken && !err) {
		if (deadline == SEA_NEVER)
			pthread_cond_wait(&task->cond, &task->kernel->lock);
		else
			err = pthread_cond_timedwait(&task->cond, &task->kernel->lock, &at);
	}
	task->asleep = false;
	return task->woken ? 0 : -err;
}

static int sleep_at_host(struct sea_task *task, int64_t deadline, struct pollfd *host, size_t n)
{
	struct pollfd fds[HOST_MAX + 1];
	int64_t left = deadline == SEA_NEVER ? 0 : deadline - sea_clock_now();
	struct timespec ts = until(left > 0 ? left : 0);
	uint64_t drop;
	int ready;

	if (task->eventfd < 0)
		task->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (task->eventfd < 0)
		return -errno;
	n = n < HOST_MAX ? n : HOST_MAX;
	memcpy(fds, host, n * sizeof(*fds));
	fds[n] = (struct pollfd){ .fd = task->eventfd, .events = POLLIN };
	task->at_host = true;
	pthread_mutex_unlock(&task->kernel->lock);
	ready = ppoll(fds, n + 1, deadline == SEA_NEVER ? NULL : &ts, NULL);
	pthread_mutex_lock(&task->kernel->lock);
	task->at_host = false;
	while (read(task->eventfd, &drop, sizeof(drop)) > 0)
		continue;
	memcpy(host, fds, n * sizeof(*fds));
	return ready ? 0 : -ETIMEDOUT;
}

int sea_task_sleep(struct sea_task *task, int64_t deadline, struct pollfd *host, size_t n)
{
	int err;

	if (sea_signal_waits(task))
		return -EINTR;
	err = n ? task->woken ? 0 : sleep_at_host(task, deadline, host, n)
		: sleep_here(task, deadline);
	task->woken = false;
	return sea_signal_waits(task) ? -EINTR : err;
}
