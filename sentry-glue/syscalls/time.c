/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/time.h>
#include <sys/times.h>

#include "sentry-glue/syscalls/sys.h"

#define NSEC 1000000000ll

/* Clocks that are the same for everybody; those of one process are the sentry's own. */
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
	case CLOCK_PROCESS_CPUTIME_ID:
	case CLOCK_THREAD_CPUTIME_ID:
		*clock = (clockid_t)(int32_t)id;
		return 0;
	}
	return -EINVAL;
}

int64_t sea_sys_clock_gettime(struct sea_task *task, const uint64_t *a)
{
	struct timespec ts;
	clockid_t clock;

	if (clock_of(a[0], &clock))
		return -EINVAL;
	clock_gettime(clock, &ts);
	return sea_arg_write(task, a[1], &ts, sizeof(ts));
}

int64_t sea_sys_clock_getres(struct sea_task *task, const uint64_t *a)
{
	struct timespec ts;
	clockid_t clock;

	if (clock_of(a[0], &clock))
		return -EINVAL;
	clock_getres(clock, &ts);
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
	int64_t deadline, err = clock_of(a[0], &clock);

	if (err || clock == CLOCK_PROCESS_CPUTIME_ID)
		return -EINVAL;
	if (clock == CLOCK_THREAD_CPUTIME_ID)
		return -EOPNOTSUPP;
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

static int64_t ns_of(const struct timeval *tv)
{
	return tv->tv_sec * NSEC + tv->tv_usec * 1000;
}

static struct timeval tv_of(int64_t ns)
{
	ns = ns > 0 ? (ns + 999) / 1000 : 0;
	return (struct timeval){ ns / 1000000, ns % 1000000 };
}

static struct itimerval timer_of(const struct sea_process *process)
{
	struct itimerval it = { tv_of(process->alarm_interval), { 0, 0 } };

	if (process->alarm)
		it.it_value = tv_of(process->alarm - sea_clock_now());
	if (process->alarm && !it.it_value.tv_sec && !it.it_value.tv_usec)
		it.it_value.tv_usec = 1; /* it is armed still */
	return it;
}

static void arm(struct sea_process *process, int64_t value, int64_t interval)
{
	process->alarm = value ? sea_clock_now() + value : 0;
	process->alarm_interval = interval;
	pthread_cond_signal(&process->kernel->timers);
}

int64_t sea_sys_setitimer(struct sea_task *task, const uint64_t *a)
{
	struct itimerval new = { 0 }, old = timer_of(task->process);

	if (a[0] != ITIMER_REAL)
		return -EINVAL;
	if (a[1] && sea_arg_read(task, a[1], &new, sizeof(new)))
		return -EFAULT;
	if (new.it_value.tv_sec < 0 || new.it_value.tv_usec < 0 ||
	    new.it_value.tv_usec >= 1000000 || new.it_interval.tv_sec < 0 ||
	    new.it_interval.tv_usec < 0 || new.it_interval.tv_usec >= 1000000 ||
	    new.it_value.tv_sec > 1000000000 || new.it_interval.tv_sec > 1000000000)
		return -EINVAL;
	arm(task->process, ns_of(&new.it_value), ns_of(&new.it_interval));
	return a[2] ? sea_arg_write(task, a[2], &old, sizeof(old)) : 0;
}

int64_t sea_sys_getitimer(struct sea_task *task, const uint64_t *a)
{
	struct itimerval now = timer_of(task->process);

	return a[0] != ITIMER_REAL ? -EINVAL : sea_arg_write(task, a[1], &now, sizeof(now));
}

int64_t sea_sys_alarm(struct sea_task *task, const uint64_t *a)
{
	struct itimerval old = timer_of(task->process);

	arm(task->process, (int64_t)(uint32_t)a[0] * NSEC, 0);
	return old.it_value.tv_sec +
	       (old.it_value.tv_usec >= 500000 || (!old.it_value.tv_sec && old.it_value.tv_usec));
}

int64_t sea_sys_times(struct sea_task *task, const uint64_t *a)
{
	struct tms tms;
	clock_t ticks = times(&tms);

	return a[0] && sea_arg_write(task, a[0], &tms, sizeof(tms)) ? -EFAULT : ticks;
}
