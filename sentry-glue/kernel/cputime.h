/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tasks and processes have used, and what is due by it: ITIMER_VIRTUAL and _PROF, RLIMIT_CPU,
 * and the clocks that timer_create and clock_gettime know by number.
 *
 * `user` is what guest code took, `system` what the host thread took that carries the task. Neither
 * ever becomes less. Of a process it is the sum over its tasks, also those that ended.
 */
#ifndef SEA_SENTRY_KERNEL_CPUTIME_H
#define SEA_SENTRY_KERNEL_CPUTIME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <time.h>

#include <seastack/compiler.h>

struct sea_kernel;
struct sea_process;
struct sea_task;

struct sea_usage {
	int64_t user, system; /* ns                             */
	uint64_t faults;      /* pages that came                */
	uint64_t resident;    /* bytes, the most that was noted */
};

struct sea_usage sea_task_usage(struct sea_task *task);
struct sea_usage sea_process_usage(struct sea_process *process);
/* Without its children; what a parent that waits gets. */
void sea_usage_add(struct sea_usage *to, const struct sea_usage *more);
void sea_usage_tell(const struct sea_usage *usage, struct rusage *to);

/* The task is about to lose its vcpu; or it ends, and with it its thread. */
void sea_usage_vcpu_ends(struct sea_task *task);
void sea_usage_task_ends(struct sea_task *task);

/* --- clocks --- */

/* The clock that the task means by a number: with the id of whose it is, so that it means the same
 * to everybody. -EINVAL: there is none. `ask`: it is to be read only. */
int sea_cpu_clock(struct sea_task *task, clockid_t id, bool ask, clockid_t *clock);
/* Whether a number is one of those. */
bool sea_cpu_clock_is(clockid_t id);
/* ns; -ESRCH: who it belonged to is gone. */
int64_t sea_cpu_clock_read(struct sea_kernel *kernel, clockid_t clock);

/* --- what is due --- */

/* One of a process's two; in ns of its time, `at` 0: not armed. */
struct sea_cpu_timer {
	int64_t at, interval;
};

/* Sends what is due; when to look again, or `next` where that is sooner. */
int64_t sea_cpu_fire(struct sea_process *process, int64_t now, int64_t next);
/* When the clock may have moved on by `left`: never while nobody of its process runs; then the
 * timers' thread is woken by the first who does. */
int64_t sea_cpu_when(struct sea_process *process, int64_t left, int64_t now);
/* Whose it is; NULL: gone. */
struct sea_process *sea_cpu_clock_owner(struct sea_kernel *kernel, clockid_t clock);

#endif
