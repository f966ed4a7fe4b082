/* SPDX-License-Identifier: Apache-2.0 */
/* epoll_create, epoll_ctl and epoll_wait in all their forms. */
#include "sentry-glue/fs/epoll.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>

#include "sentry-glue/syscalls/sys.h"

#define AT_ONCE 1024u /* more come with the next call */

int64_t sea_sys_epoll_create1(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file;
	int err;

	if ((int)a[0] & ~EPOLL_CLOEXEC)
		return -EINVAL;
	err = sea_epoll_new(&file);
	return err ? err
		   : sea_fd_add(task->files, file, 0, task->process->limits[RLIMIT_NOFILE].rlim_cur,
				(int)a[0] & EPOLL_CLOEXEC);
}

int64_t sea_sys_epoll_create(struct sea_task *task, const uint64_t *a)
{
	return (int)a[0] <= 0 ? -EINVAL : sea_sys_epoll_create1(task, (uint64_t[]){ 0 });
}

int64_t sea_sys_epoll_ctl(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *epoll, *file;
	struct epoll_event event = { 0 };

	if ((int)a[1] != EPOLL_CTL_DEL && sea_arg_read(task, a[3], &event, sizeof(event)))
		return -EFAULT;
	epoll = sea_fd_get(task->files, (int)a[0]);
	file = sea_fd_get(task->files, (int)a[2]);
	if (!epoll || !file || !epoll->ops || !file->ops)
		return -EBADF;
	if (!sea_epoll_is(epoll))
		return file->ops->poll ? -EINVAL : -EPERM;
	return sea_epoll_ctl(task, epoll, (int)a[1], (int)a[2], file, &event);
}

static int64_t wait_until(struct sea_task *task, const uint64_t *a, int64_t deadline)
{
	struct sea_file *epoll = sea_fd_get(task->files, (int)a[0]);
	uint32_t max = (uint32_t)a[2] < AT_ONCE ? (uint32_t)a[2] : AT_ONCE;
	struct epoll_event *events;
	int64_t n;

	if ((int)a[2] <= 0 || (uint32_t)a[2] > INT_MAX / sizeof(*events))
		return -EINVAL;
	if (!epoll || !epoll->ops)
		return -EBADF;
	if (!sea_epoll_is(epoll))
		return -EINVAL;
	events = calloc(max, sizeof(*events));
	if (!events)
		return -ENOMEM;
	n = sea_epoll_wait(task, epoll, events, max, deadline);
	if (n > 0 && sea_arg_write(task, a[1], events, (size_t)n * sizeof(*events)))
		n = -EFAULT;
	free(events);
	return n;
}

static int64_t after_ms(uint64_t ms)
{
	return (int32_t)ms < 0 ? SEA_NEVER : sea_clock_now() + (int64_t)(int32_t)ms * 1000000;
}

int64_t sea_sys_epoll_wait(struct sea_task *task, const uint64_t *a)
{
	return wait_until(task, a, after_ms(a[3]));
}

int64_t sea_sys_epoll_pwait(struct sea_task *task, const uint64_t *a)
{
	int err = sea_mask_begin(task, a[4], a[5]);

	return err ? err : sea_mask_end(task, a[4], wait_until(task, a, after_ms(a[3])));
}

int64_t sea_sys_epoll_pwait2(struct sea_task *task, const uint64_t *a)
{
	int64_t deadline;
	int err = sea_arg_deadline(task, a[3], &deadline);

	if (!err)
		err = sea_mask_begin(task, a[4], a[5]);
	return err ? err : sea_mask_end(task, a[4], wait_until(task, a, deadline));
}
