/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/time.h>

#include "sentry-glue/syscalls/sys.h"

#define NSEC 1000000000ll

/* Clocks that are the same for everybody. */
static int clock_of(uint64_t id, clockid_t *clock)
{
	switch ((int32_t)id) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
	case CLOCK_TAI:
		*clock = (clockid_t)(int32_t)id;
		return 0;
	}
	return -EINVAL;
}

int64_t sea_sys_clock_gettime(struct sea_task *task, const uint64_t *a)
{
	clockid_t clock, id = (clockid_t)(int32_t)a[0];
	struct timespec ts;
	int64_t ns;

	if (sea_cpu_clock_is(id)) {
		if (sea_cpu_clock(task, id, true, &clock))
			return -EINVAL;
		ns = sea_cpu_clock_read(task->kernel, clock);
		ts = (struct timespec){ ns / NSEC, ns % NSEC };
	} else {
		if (clock_of(a[0], &clock))
			return -EINVAL;
		clock_gettime(clock, &ts);
	}
	return sea_arg_write(task, a[1], &ts, sizeof(ts));
}

int64_t sea_sys_clock_getres(struct sea_task *task, const uint64_t *a)
{
	clockid_t clock, id = (clockid_t)(int32_t)a[0];
	struct timespec ts;

	if (sea_cpu_clock_is(id) ? sea_cpu_clock(task, id, true, &clock) : clock_of(a[0], &clock))
		return -EINVAL;
	/* One of each kind is our own. */
	clock_getres(id < 0 ? id | ~7 : (clockid_t)(int32_t)a[0], &ts);
	return a[1] ? sea_arg_write(task, a[1], &ts, sizeof(ts)) : 0;
}

int64_t sea_sys_gettimeofday(struct sea_task *task, const uint64_t *a)
{
	const struct timezone utc = { 0 };
	struct timeval tv;

	gettimeofday(&tv, NULL);
	if (a[0] && sea_arg_write(task, a[0], &tv, sizeof(tv)))
		return -EFAULT;
	return a[1] ? sea_arg_write(task, a[1], &utc, sizeof(utc)) : 0;
}

int64_t sea_sys_time(struct sea_task *task, const uint64_t *a)
{
	int64_t now = time(NULL);

	return a[0] && sea_arg_write(task, a[0], &now, sizeof(now)) ? -EFAULT : now;
}

/* Sleeps until the deadline; what is left goes to `rem` when a signal comes. */
static int64_t sleep_until(struct sea_task *task, int64_t deadline, uint64_t rem)
{
	struct timespec left;
	int64_t ns;
	int err;

	do {
		err = sea_task_sleep(task, deadline, NULL, 0);
	} while (!err);
	if (err == -ETIMEDOUT)
		return 0;
	task->restart_deadline = deadline;
	task->restart_rem = rem;
	ns = deadline - sea_clock_now();
	ns = ns > 0 ? ns : 0;
	left = (struct timespec){ ns / NSEC, ns % NSEC };
	if (rem && sea_arg_write(task, rem, &left, sizeof(left)))
		return -EFAULT;
	return -SEA_ERESTART_RESTARTBLOCK;
}

int64_t sea_sys_nanosleep(struct sea_task *task, const uint64_t *a)
{
	struct timespec ts;
	int64_t deadline;
	int err = sea_arg_timespec(task, a[0], &ts);

	if (!err)
		err = sea_arg_deadline(task, a[0], &deadline);
	return err ? err : sleep_until(task, deadline, a[1]);
}

int64_t sea_sys_clock_nanosleep(struct sea_task *task, const uint64_t *a)
{
	struct timespec ts, now;
	clockid_t clock;
	int64_t deadline, err;

	if ((int32_t)a[0] == CLOCK_THREAD_CPUTIME_ID)
		return -EOPNOTSUPP;
	if (clock_of(a[0], &clock))
		return -EINVAL;
	err = sea_arg_timespec(task, a[2], &ts);
	if (err)
		return err;
	if (!(a[1] & TIMER_ABSTIME))
		return sea_sys_nanosleep(task, a + 2);
	clock_gettime(clock, &now);
	if (ts.tv_sec - now.tv_sec > 1000000000)
		deadline = SEA_NEVER;
	else
		deadline = sea_clock_now() + (ts.tv_sec - now.tv_sec) * NSEC + ts.tv_nsec -
			   now.tv_nsec;
	err = sleep_until(task, deadline, 0);
	return err == -SEA_ERESTART_RESTARTBLOCK ? -SEA_ERESTARTNOHAND : err;
}

int64_t sea_sys_restart_syscall(struct sea_task *task, const uint64_t *a)
{
	(void)a;
	if (!task->restart_deadline)
		return -EINTR;
	return sleep_until(task, task->restart_deadline, task->restart_rem);
}
