/* SPDX-License-Identifier: Apache-2.0 */
/* timerfd_create, timerfd_settime, timerfd_gettime. */
#include <fcntl.h>
#include <sys/timerfd.h>
#include <time.h>

#include "sentry-glue/fs/fs.h"
#include "sentry-glue/syscalls/sys.h"

#define NS 1000000000

int64_t sea_sys_timerfd_create(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file;
	int clock = (int)a[0], err;

	if ((int)a[1] & ~(TFD_CLOEXEC | TFD_NONBLOCK))
		return -EINVAL;
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME)
		return -EINVAL;
	err = sea_timerfd_new(task->kernel, clock, (int)a[1], &file);
	return err ? err
		   : sea_fd_add(task->files, file, 0, task->process->limits[RLIMIT_NOFILE].rlim_cur,
				(int)a[1] & TFD_CLOEXEC);
}

static int get(struct sea_task *task, int64_t fd, struct sea_timerfd **t)
{
	struct sea_file *file = sea_fd_get(task->files, fd);

	if (!file || !file->ops)
		return -EBADF;
	*t = sea_timerfd_of(file);
	return *t ? 0 : -EINVAL;
}

static int64_t give(struct sea_task *task, struct sea_timerfd *t, uint64_t at)
{
	int64_t left = sea_timerfd_left(t);
	struct itimerspec its = { { t->interval / NS, t->interval % NS },
				  { left / NS, left % NS } };

	return sea_arg_write(task, at, &its, sizeof(its));
}

static bool valid(const struct timespec *ts)
{
	return ts->tv_sec >= 0 && ts->tv_nsec >= 0 && ts->tv_nsec < NS;
}

/* Far away is never, but still armed. */
static int64_t ns_of(const struct timespec *ts)
{
	return ts->tv_sec > SEA_NEVER / NS / 4 ? SEA_NEVER / 4 : ts->tv_sec * NS + ts->tv_nsec;
}

int64_t sea_sys_timerfd_settime(struct sea_task *task, const uint64_t *a)
{
	struct itimerspec its;
	struct sea_timerfd *t;
	struct timespec now;
	int64_t at, err;

	if (sea_arg_read(task, a[2], &its, sizeof(its)))
		return -EFAULT;
	if ((int)a[1] & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET) || !valid(&its.it_value) ||
	    !valid(&its.it_interval))
		return -EINVAL;
	err = get(task, (int)a[0], &t);
	if (!err && a[3])
		err = give(task, t, a[3]);
	if (err)
		return err;
	at = ns_of(&its.it_value);
	if (at && (int)a[1] & TFD_TIMER_ABSTIME) {
		clock_gettime(t->clock, &now);
		at -= ns_of(&now);
	}
	if (ns_of(&its.it_value))
		at = sea_clock_now() + at > 0 ? sea_clock_now() + at : 1;
	sea_timerfd_set(t, at, ns_of(&its.it_interval));
	return 0;
}

int64_t sea_sys_timerfd_gettime(struct sea_task *task, const uint64_t *a)
{
	struct sea_timerfd *t;
	int err = get(task, (int)a[0], &t);

	return err ? err : give(task, t, a[1]);
}
