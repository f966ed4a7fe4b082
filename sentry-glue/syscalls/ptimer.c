/* SPDX-License-Identifier: Apache-2.0 */
/* timer_create and what goes with it. */
#include "sentry-glue/kernel/ptimer.h"
#include "sentry-glue/syscalls/sys.h"

#define NSEC 1000000000ll

/* The clock as timers know it. */
static int clock_of(struct sea_task *task, uint64_t id, clockid_t *clock)
{
	*clock = (clockid_t)(int32_t)id;
	if (sea_cpu_clock_is(*clock))
		return *clock < 0 && (*clock & 7) == 3 ? -EOPNOTSUPP
						       : sea_cpu_clock(task, *clock, false, clock);
	switch (*clock) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
	case CLOCK_TAI:
		return 0;
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
		return -EOPNOTSUPP;
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM:
		return -EPERM;
	}
	return -EINVAL;
}

int64_t sea_sys_timer_create(struct sea_task *task, const uint64_t *a)
{
	struct sea_ptimer *timer;
	struct sigevent event;
	clockid_t clock;
	int err;

	if (a[1] && sea_arg_read(task, a[1], &event, sizeof(event)))
		return -EFAULT;
	err = clock_of(task, a[0], &clock);
	if (!err)
		err = sea_ptimer_new(task->process, clock, a[1] ? &event : NULL, &timer);
	if (!err && sea_arg_write(task, a[2], &timer->id, sizeof(timer->id))) {
		sea_ptimer_free(timer);
		err = -EFAULT;
	}
	return err;
}

static bool good(const struct timespec *ts)
{
	return ts->tv_sec >= 0 && ts->tv_nsec >= 0 && ts->tv_nsec < NSEC;
}

static int64_t ns_of(const struct timespec *ts)
{
	return ts->tv_sec >= INT64_MAX / NSEC ? INT64_MAX : ts->tv_sec * NSEC + ts->tv_nsec;
}

static struct itimerspec setting(struct sea_ptimer *timer)
{
	int64_t left = sea_ptimer_left(timer);

	return (struct itimerspec){
		.it_interval = { timer->interval / NSEC, timer->interval % NSEC },
		.it_value = { left / NSEC, left % NSEC },
	};
}

int64_t sea_sys_timer_settime(struct sea_task *task, const uint64_t *a)
{
	struct itimerspec new, old;
	struct sea_ptimer *timer;

	if (!a[2])
		return -EINVAL;
	if (sea_arg_read(task, a[2], &new, sizeof(new)))
		return -EFAULT;
	timer = sea_ptimer_find(task->process, (int32_t)a[0]);
	if (!good(&new.it_value) || !good(&new.it_interval) || !timer)
		return -EINVAL;
	old = setting(timer);
	sea_ptimer_set(timer, ns_of(&new.it_value), ns_of(&new.it_interval), a[1] & TIMER_ABSTIME);
	return a[3] ? sea_arg_write(task, a[3], &old, sizeof(old)) : 0;
}

int64_t sea_sys_timer_gettime(struct sea_task *task, const uint64_t *a)
{
	struct sea_ptimer *timer = sea_ptimer_find(task->process, (int32_t)a[0]);
	struct itimerspec now;

	if (!timer)
		return -EINVAL;
	now = setting(timer);
	return sea_arg_write(task, a[1], &now, sizeof(now));
}

int64_t sea_sys_timer_getoverrun(struct sea_task *task, const uint64_t *a)
{
	const struct sea_ptimer *timer = sea_ptimer_find(task->process, (int32_t)a[0]);

	return timer ? timer->overrun_last : -EINVAL;
}

int64_t sea_sys_timer_delete(struct sea_task *task, const uint64_t *a)
{
	struct sea_ptimer *timer = sea_ptimer_find(task->process, (int32_t)a[0]);

	if (!timer)
		return -EINVAL;
	sea_ptimer_free(timer);
	return 0;
}
