/* SPDX-License-Identifier: Apache-2.0 */
/* What was used: getrusage, times; and interval timers, two of which go by that. */
#include <sys/time.h>
#include <sys/times.h>

#include "sentry-glue/syscalls/sys.h"

#define NSEC 1000000000ll
#define TICK (NSEC / 100)

int64_t sea_sys_getrusage(struct sea_task *task, const uint64_t *a)
{
	struct sea_usage usage;
	struct rusage told;

	switch ((int32_t)a[0]) {
	case RUSAGE_SELF:
		usage = sea_process_usage(task->process);
		break;
	case RUSAGE_CHILDREN:
		usage = task->process->waited;
		break;
	case RUSAGE_THREAD:
		usage = sea_task_usage(task);
		break;
	default:
		return -EINVAL;
	}
	sea_usage_tell(&usage, &told);
	return sea_arg_write(task, a[1], &told, sizeof(told));
}

int64_t sea_sys_times(struct sea_task *task, const uint64_t *a)
{
	const struct sea_usage usage = sea_process_usage(task->process);
	const struct sea_usage *waited = &task->process->waited;
	struct tms tms;
	clock_t ticks = times(&tms);

	tms = (struct tms){ usage.user / TICK, usage.system / TICK, waited->user / TICK,
			    waited->system / TICK };
	return a[0] && sea_arg_write(task, a[0], &tms, sizeof(tms)) ? -EFAULT : ticks;
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

static struct itimerval told(int64_t at, int64_t interval, int64_t now)
{
	struct itimerval it = { tv_of(interval), { 0, 0 } };

	if (at)
		it.it_value = tv_of(at - now);
	if (at && !it.it_value.tv_sec && !it.it_value.tv_usec)
		it.it_value.tv_usec = 1; /* it is armed still */
	return it;
}

/* One of those that go by the process's time; NULL: the one that does not. */
static struct sea_cpu_timer *timer_of(struct sea_process *process, uint64_t which, int64_t *now)
{
	struct sea_usage usage;

	if (which == ITIMER_REAL)
		return NULL;
	usage = sea_process_usage(process);
	*now = usage.user + (which == ITIMER_PROF ? usage.system : 0);
	return which == ITIMER_PROF ? &process->prof_timer : &process->virtual_timer;
}

static struct itimerval timer_get(struct sea_process *process, uint64_t which)
{
	int64_t now;
	const struct sea_cpu_timer *timer = timer_of(process, which, &now);

	if (!timer)
		return told(process->alarm, process->alarm_interval, sea_clock_now());
	return told(timer->at, timer->interval, now);
}

static void timer_set(struct sea_process *process, uint64_t which, int64_t value, int64_t interval)
{
	int64_t now;
	struct sea_cpu_timer *timer = timer_of(process, which, &now);

	if (timer) {
		*timer = (struct sea_cpu_timer){ value ? now + value : 0, interval };
	} else {
		process->alarm = value ? sea_clock_now() + value : 0;
		process->alarm_interval = interval;
	}
	pthread_cond_signal(&process->kernel->timers);
}

static bool good(const struct timeval *tv)
{
	return tv->tv_sec >= 0 && tv->tv_sec <= NSEC && tv->tv_usec >= 0 && tv->tv_usec < 1000000;
}

int64_t sea_sys_setitimer(struct sea_task *task, const uint64_t *a)
{
	struct itimerval new = { 0 }, old;

	if ((int32_t)a[0] < ITIMER_REAL || (int32_t)a[0] > ITIMER_PROF)
		return -EINVAL;
	if (a[1] && sea_arg_read(task, a[1], &new, sizeof(new)))
		return -EFAULT;
	if (!good(&new.it_value) || !good(&new.it_interval))
		return -EINVAL;
	old = timer_get(task->process, (uint32_t)a[0]);
	timer_set(task->process, (uint32_t)a[0], ns_of(&new.it_value), ns_of(&new.it_interval));
	return a[2] ? sea_arg_write(task, a[2], &old, sizeof(old)) : 0;
}

int64_t sea_sys_getitimer(struct sea_task *task, const uint64_t *a)
{
	struct itimerval now;

	if ((int32_t)a[0] < ITIMER_REAL || (int32_t)a[0] > ITIMER_PROF)
		return -EINVAL;
	now = timer_get(task->process, (uint32_t)a[0]);
	return sea_arg_write(task, a[1], &now, sizeof(now));
}

int64_t sea_sys_alarm(struct sea_task *task, const uint64_t *a)
{
	struct itimerval old = timer_get(task->process, ITIMER_REAL);

	timer_set(task->process, ITIMER_REAL, (int64_t)(uint32_t)a[0] * NSEC, 0);
	return old.it_value.tv_sec +
	       (old.it_value.tv_usec >= 500000 || (!old.it_value.tv_sec && old.it_value.tv_usec));
}
