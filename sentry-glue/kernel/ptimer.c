/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/kernel/ptimer.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "sentry-glue/kernel/kernel.h"

static bool sensible(const struct sea_process *process, const struct sigevent *event)
{
	const struct sea_task *task;

	switch (event->sigev_notify) {
	case SIGEV_NONE:
		return true;
	case SIGEV_THREAD_ID:
		task = sea_task_find(process->kernel, event->_sigev_un._tid);
		if (!task || task->process != process)
			return false;
		/* fallthrough */
	case SIGEV_SIGNAL:
	case SIGEV_THREAD: /* the C library's business */
		return event->sigev_signo > 0 && event->sigev_signo <= SEA_SIGNALS;
	}
	return false;
}

int sea_ptimer_new(struct sea_process *process, clockid_t clock, const struct sigevent *event,
		   struct sea_ptimer **made)
{
	struct sea_ptimer *timer;
	int id;

	if (process->nptimers >= process->limits[RLIMIT_SIGPENDING].rlim_cur)
		return -EAGAIN;
	do {
		id = (int)(process->next_ptimer++ & INT_MAX);
	} while (sea_ptimer_find(process, id));
	if (event && !sensible(process, event))
		return -EINVAL;
	timer = calloc(1, sizeof(*timer));
	if (!timer)
		return -EAGAIN;
	*timer = (struct sea_ptimer){ .process = process,
				      .id = id,
				      .clock = clock,
				      .notify = event ? event->sigev_notify : SIGEV_SIGNAL,
				      .sig = event ? event->sigev_signo : SIGALRM };
	if (event && event->sigev_notify == SIGEV_THREAD_ID)
		timer->tid = event->_sigev_un._tid;
	if (event)
		timer->value = event->sigev_value;
	else
		timer->value.sival_int = id;
	timer->next = process->ptimers;
	process->ptimers = timer;
	process->nptimers++;
	*made = timer;
	return 0;
}

void sea_ptimer_free(struct sea_ptimer *timer)
{
	struct sea_ptimer **link = &timer->process->ptimers;

	sea_signal_withdraw(timer);
	while (*link != timer)
		link = &(*link)->next;
	*link = timer->next;
	timer->process->nptimers--;
	free(timer);
}

void sea_ptimers_free(struct sea_process *process)
{
	while (process->ptimers)
		sea_ptimer_free(process->ptimers);
}

struct sea_ptimer *sea_ptimer_find(const struct sea_process *process, int id)
{
	struct sea_ptimer *timer = process->ptimers;

	while (timer && timer->id != id)
		timer = timer->next;
	return timer;
}

static int64_t add(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? (b < 0 ? INT64_MIN : SEA_NEVER - 1) : sum;
}

static int64_t clock_now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Of what `at` is a time of. Of who is gone it is always 0. */
static int64_t now_of(const struct sea_ptimer *timer)
{
	int64_t now;

	if (!sea_cpu_clock_is(timer->clock))
		return sea_clock_now();
	now = sea_cpu_clock_read(timer->process->kernel, timer->clock);
	return now < 0 ? 0 : now;
}

void sea_ptimer_set(struct sea_ptimer *timer, int64_t value, int64_t interval, bool absolute)
{
	int64_t now = now_of(timer);

	sea_signal_withdraw(timer);
	timer->armed = value;
	timer->interval = value ? interval : 0;
	timer->overrun = 0;
	timer->overrun_last = 0;
	if (absolute && sea_cpu_clock_is(timer->clock))
		value = add(value, -now);
	else if (absolute)
		value = add(value, -clock_now(timer->clock));
	timer->at = add(now, value);
	pthread_cond_signal(&timer->process->kernel->timers);
}

/* Moves on to the first time that is still to come; how often it ran out. */
static int64_t forward(struct sea_ptimer *timer, int64_t now)
{
	uint64_t behind = (uint64_t)now - (uint64_t)timer->at, n;

	if (now < timer->at)
		return 0;
	n = behind / (uint64_t)timer->interval + 1;
	timer->at = add(now, timer->interval - (int64_t)(behind % (uint64_t)timer->interval));
	return n > INT32_MAX ? INT32_MAX : (int64_t)n;
}

int64_t sea_ptimer_left(struct sea_ptimer *timer)
{
	int64_t now;

	if (!timer->armed)
		return 0;
	now = now_of(timer);
	if (timer->interval && (timer->queued || timer->notify == SIGEV_NONE))
		timer->overrun += forward(timer, now);
	if (timer->at > now)
		return timer->at - now;
	return timer->notify == SIGEV_NONE ? 0 : 1; /* it is about to */
}

void sea_ptimer_taken(struct sea_ptimer *timer, siginfo_t *info)
{
	timer->queued = false;
	if (timer->armed && timer->interval) {
		timer->overrun += forward(timer, now_of(timer)) - 1;
		timer->overrun_last = timer->overrun > INT32_MAX ? INT32_MAX
								 : (int32_t)timer->overrun;
		timer->overrun = 0;
		pthread_cond_signal(&timer->process->kernel->timers);
	}
	info->si_overrun = timer->overrun_last;
}

void sea_ptimer_dropped(struct sea_ptimer *timer)
{
	timer->queued = false;
	pthread_cond_signal(&timer->process->kernel->timers);
}

static void send(struct sea_ptimer *timer)
{
	siginfo_t info = { .si_signo = timer->sig, .si_code = SI_TIMER };
	struct sea_task *to = NULL;

	info.si_timerid = timer->id;
	info.si_value = timer->value;
	if (timer->notify == SIGEV_THREAD_ID) {
		to = sea_task_find(timer->process->kernel, timer->tid);
		if (!to || to->process != timer->process) {
			timer->armed = false; /* nobody gets it any more */
			return;
		}
	}
	sea_signal_timer(timer, to, &info);
	if (!timer->interval)
		timer->armed = false;
}

/* One that goes by a CPU clock; when to look again. */
static int64_t fire_cpu(struct sea_ptimer *timer, int64_t now)
{
	struct sea_kernel *kernel = timer->process->kernel;
	struct sea_process *owner = sea_cpu_clock_owner(kernel, timer->clock);
	int64_t left = owner ? timer->at - now_of(timer) : 0;

	if (!owner)
		return SEA_NEVER;
	if (left > 0)
		return sea_cpu_when(owner, left, now);
	send(timer);
	return SEA_NEVER; /* until that is taken */
}

int64_t sea_ptimers_fire(struct sea_process *process, int64_t now, int64_t next)
{
	int64_t at;

	for (struct sea_ptimer *timer = process->ptimers; timer; timer = timer->next) {
		if (!timer->armed || timer->queued || timer->notify == SIGEV_NONE)
			continue;
		if (sea_cpu_clock_is(timer->clock)) {
			at = fire_cpu(timer, now);
			next = at < next ? at : next;
		} else if (timer->at <= now) {
			send(timer);
		} else if (timer->at < next) {
			next = timer->at;
		}
	}
	return next;
}
