/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting: a queue of tasks that want to hear of something. All of it under the kernel's lock.
 */
#ifndef SEA_SENTRY_KERNEL_WAIT_H
#define SEA_SENTRY_KERNEL_WAIT_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include <seastack/compiler.h>

struct sea_task;

#define SEA_NEVER INT64_MAX

struct sea_wait {
	struct sea_wait *next, **link; /* link NULL: in no queue */
	struct sea_task *task;
	struct sea_waitq *queue; /* the last it was in */
	/* What is called instead of waking the task; it must leave the queue as it is. NULL: none. */
	void (*wake)(struct sea_wait *wait);
};

struct sea_waitq {
	struct sea_wait *first;
	uint64_t count; /* how often it was woken */
};

/* The wait is the caller's memory, and must be out of the queue before that goes. */
void sea_wait_add(struct sea_waitq *queue, struct sea_wait *wait, struct sea_task *task);
void sea_wait_del(struct sea_wait *wait);
/* Wakes all; each looks for itself whether what it waits for is there. */
void sea_waitq_wake(struct sea_waitq *queue);

/* Leaves the kernel's lock until the task is woken, or one of the host's descriptors is ready.
 * deadline: CLOCK_MONOTONIC, ns. 0: look again; -ETIMEDOUT; -EINTR: a signal, or an end, waits. */
SEA_MUST_USE int sea_task_sleep(struct sea_task *task, int64_t deadline, struct pollfd *host,
				size_t n);

/* Any thread that holds the lock. */
void sea_task_wake(struct sea_task *task);

int64_t sea_clock_now(void);

#endif
