/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POSIX timers (timer_create): each belongs to a process and sends it, or one thread of it, a signal.
 *
 * A timer has one signal under way at most. While that waits the timer stands still; when it is
 * taken, what ran out meanwhile is counted and the timer goes on. A signal that nobody would see is
 * not sent: the timer then stands still, too, until somebody would.
 */
#ifndef SEA_SENTRY_KERNEL_PTIMER_H
#define SEA_SENTRY_KERNEL_PTIMER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include <seastack/compiler.h>

struct sea_process;

struct sea_ptimer {
	struct sea_ptimer *next; /* of the process */
	struct sea_process *process;
	int id;
	clockid_t clock;
	int notify, sig;
	pid_t tid; /* with SIGEV_THREAD_ID */
	union sigval value;
	bool armed, queued;
	int64_t at, interval; /* CLOCK_MONOTONIC or, if it goes by a CPU clock, that; ns; 0: once */
	int64_t overrun;      /* of the signal that is under way */
	int32_t overrun_last; /* of the one that was taken last  */
};

/* `clock` is the host's, or one that sea_cpu_clock gave.
 * -EINVAL: what is asked for makes no sense; -EAGAIN: too many, by RLIMIT_SIGPENDING. */
SEA_MUST_USE int sea_ptimer_new(struct sea_process *process, clockid_t clock,
				const struct sigevent *event, struct sea_ptimer **timer);
void sea_ptimer_free(struct sea_ptimer *timer);
/* All of a process's: it ends, or has another program. */
void sea_ptimers_free(struct sea_process *process);
/* NULL: there is none. */
struct sea_ptimer *sea_ptimer_find(const struct sea_process *process, int id);
/* value 0: not armed. With `absolute` it is a time of the timer's clock. */
void sea_ptimer_set(struct sea_ptimer *timer, int64_t value, int64_t interval, bool absolute);
/* ns until it runs out next; 0: never. */
int64_t sea_ptimer_left(struct sea_ptimer *timer);
/* Its signal leaves the queue: `info` is completed. */
void sea_ptimer_taken(struct sea_ptimer *timer, siginfo_t *info);
/* ... without being seen by anybody. */
void sea_ptimer_dropped(struct sea_ptimer *timer);
/* Sends what is due; when the next is, or `next` where that is sooner. */
int64_t sea_ptimers_fire(struct sea_process *process, int64_t now, int64_t next);

#endif
