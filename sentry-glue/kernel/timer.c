/* SPDX-License-Identifier: Apache-2.0 */
/* ITIMER_REAL, alarm, POSIX timers and timerfd: one thread sends what is due. */
#include <errno.h>

#include "sentry-glue/fs/fs.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/kernel/ptimer.h"

static int64_t fire(struct sea_kernel *kernel, int64_t now)
{
	int64_t next = sea_timerfds_fire(kernel, now);

	for (struct sea_process *p = kernel->processes; p; p = p->next) {
		if (p->zombie)
			continue;
		next = sea_ptimers_fire(p, now, next);
		next = sea_cpu_fire(p, now, next);
		if (!p->alarm)
			continue;
		if (p->alarm <= now) {
			p->alarm = p->alarm_interval ? p->alarm + p->alarm_interval : 0;
			if (p->alarm && p->alarm <= now) /* nobody gets what was missed */
				p->alarm = now + p->alarm_interval;
			sea_signal_process(p, &(siginfo_t){ .si_signo = SIGALRM,
							    .si_code = SI_KERNEL });
		}
		if (p->alarm && p->alarm < next)
			next = p->alarm;
	}
	return next;
}

static void *run(void *arg)
{
	struct sea_kernel *kernel = arg;

	pthread_mutex_lock(&kernel->lock);
	while (!kernel->over) {
		int64_t next = fire(kernel, sea_clock_now());
		struct timespec at = { .tv_sec = next / 1000000000, .tv_nsec = next % 1000000000 };

		if (next == SEA_NEVER)
			pthread_cond_wait(&kernel->timers, &kernel->lock);
		else
			pthread_cond_timedwait(&kernel->timers, &kernel->lock, &at);
	}
	pthread_mutex_unlock(&kernel->lock);
	return NULL;
}

int sea_timers_start(struct sea_kernel *kernel)
{
	pthread_condattr_t attr;
	pthread_attr_t detached;
	pthread_t thread;
	int err;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&kernel->timers, &attr);
	pthread_condattr_destroy(&attr);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&detached, 128u << 10);
	err = pthread_create(&thread, &detached, run, kernel);
	pthread_attr_destroy(&detached);
	return -err;
}
