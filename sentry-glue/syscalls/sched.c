/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How tasks are to be scheduled. It is kept and told, and inherited, by the rules of who may; the
 * host schedules the sandbox as it likes.
 */
#include <sched.h>
#include <string.h>

#include "sentry-glue/syscalls/sys.h"

#define RESET_ON_FORK 0x40000000
#define NICE_LOWEST 19
#define NICE_HIGHEST (-20)
#define ATTR_MIN 48u
#define SLICE 3000000 /* ns */

/* As struct sched_attr. */
struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

static struct sea_task *task_of(struct sea_task *task, uint64_t id)
{
	/* The sandbox itself, which has number 1, is as the first program was. */
	if ((int32_t)id == 1)
		return task->kernel->init ? task->kernel->init->tasks : NULL;
	return (int32_t)id ? sea_task_find(task->kernel, (int32_t)id) : task;
}

static bool may(const struct sea_task *task, const struct sea_task *to)
{
	const struct sea_creds *c = &task->process->creds, *t = &to->process->creds;

	return !c->euid || c->euid == t->uid || c->euid == t->euid;
}

/* --- niceness --- */

/* Nobody in here has the right to be less nice than the limit says. */
static bool can_nice(const struct sea_task *task, int nice)
{
	return nice >= task->sched.nice ||
	       (uint64_t)(20 - nice) <= task->process->limits[RLIMIT_NICE].rlim_cur;
}

static bool is_meant(const struct sea_task *task, const struct sea_task *t, uint64_t which,
		     int32_t who)
{
	switch (which) {
	case PRIO_PROCESS:
		return who ? t->tid == who : t == task;
	case PRIO_PGRP:
		return t->process->pgid == (who ? who : task->process->pgid);
	}
	return t->process->creds.uid == (who ? (uint32_t)who : task->process->creds.uid);
}

static int nice_one(const struct sea_task *task, struct sea_task *t, int nice)
{
	const struct sea_creds *c = &task->process->creds, *of = &t->process->creds;

	if (c->euid && c->euid != of->uid && c->euid != of->euid)
		return -EPERM;
	if (!can_nice(t, nice))
		return -EACCES;
	t->sched.nice = nice;
	return 0;
}

int64_t sea_sys_setpriority(struct sea_task *task, const uint64_t *a)
{
	int nice = (int)a[2], err = -ESRCH, one;

	if (a[0] > PRIO_USER)
		return -EINVAL;
	nice = nice < NICE_HIGHEST ? NICE_HIGHEST : nice > NICE_LOWEST ? NICE_LOWEST : nice;
	for (struct sea_process *p = task->kernel->processes; p; p = p->next) {
		for (struct sea_task *t = p->tasks; t; t = t->next) {
			if (!is_meant(task, t, a[0], (int32_t)a[1]))
				continue;
			one = nice_one(task, t, nice);
			err = one || err == -ESRCH ? one : err;
		}
	}
	return err;
}

int64_t sea_sys_getpriority(struct sea_task *task, const uint64_t *a)
{
	int64_t most = -ESRCH;

	if (a[0] > PRIO_USER)
		return -EINVAL;
	for (struct sea_process *p = task->kernel->processes; p; p = p->next) {
		for (struct sea_task *t = p->tasks; t; t = t->next) {
			if (is_meant(task, t, a[0], (int32_t)a[1]) && 20 - t->sched.nice > most)
				most = 20 - t->sched.nice;
		}
	}
	return most;
}

/* --- policies --- */

static int64_t priority_of(uint64_t policy, int64_t realtime)
{
	switch (policy) {
	case SCHED_FIFO:
	case SCHED_RR:
		return realtime;
	case SCHED_OTHER:
	case SCHED_BATCH:
	case SCHED_IDLE:
		return 0;
	}
	return -EINVAL;
}

int64_t sea_sys_sched_get_priority_max(struct sea_task *task, const uint64_t *a)
{
	(void)task;
	return priority_of(a[0], 99);
}

int64_t sea_sys_sched_get_priority_min(struct sea_task *task, const uint64_t *a)
{
	(void)task;
	return priority_of(a[0], 1);
}

static int set_policy(struct sea_task *task, struct sea_task *to, uint32_t policy, int32_t priority)
{
	struct sea_sched *s = &to->sched;
	bool reset = policy & RESET_ON_FORK;
	int64_t max;

	policy &= ~(uint32_t)RESET_ON_FORK;
	max = priority_of(policy, 99);
	if (max < 0 || priority < 0 || priority > max || !max != !priority)
		return -EINVAL;
	if (max && (uint64_t)priority > to->process->limits[RLIMIT_RTPRIO].rlim_cur)
		return -EPERM;
	if (s->policy == SCHED_IDLE && policy != SCHED_IDLE && !can_nice(to, s->nice - 1))
		return -EPERM;
	if (!may(task, to) || (s->reset && !reset))
		return -EPERM;
	s->policy = (int)policy;
	s->priority = priority;
	s->reset = reset;
	return 0;
}

int64_t sea_sys_sched_setscheduler(struct sea_task *task, const uint64_t *a)
{
	struct sea_task *to;
	int32_t priority;

	if ((int32_t)a[0] < 0 || (int32_t)a[1] < 0 || !a[2])
		return -EINVAL;
	if (sea_arg_read(task, a[2], &priority, sizeof(priority)))
		return -EFAULT;
	to = task_of(task, a[0]);
	return to ? set_policy(task, to, (uint32_t)a[1], priority) : -ESRCH;
}

static uint32_t policy_of(const struct sea_task *t)
{
	return (uint32_t)t->sched.policy | (t->sched.reset ? RESET_ON_FORK : 0);
}

int64_t sea_sys_sched_setparam(struct sea_task *task, const uint64_t *a)
{
	const struct sea_task *to = task_of(task, a[0]);

	if ((int32_t)a[0] < 0 || !a[1])
		return -EINVAL;
	return sea_sys_sched_setscheduler(
		task, (uint64_t[]){ a[0], to ? policy_of(to) : SCHED_OTHER, a[1] });
}

int64_t sea_sys_sched_getscheduler(struct sea_task *task, const uint64_t *a)
{
	const struct sea_task *of = task_of(task, a[0]);

	if ((int32_t)a[0] < 0)
		return -EINVAL;
	return of ? (int64_t)policy_of(of) : -ESRCH;
}

int64_t sea_sys_sched_getparam(struct sea_task *task, const uint64_t *a)
{
	const struct sea_task *of = task_of(task, a[0]);

	if ((int32_t)a[0] < 0 || !a[1])
		return -EINVAL;
	return of ? sea_arg_write(task, a[1], &of->sched.priority, sizeof(int32_t)) : -ESRCH;
}

int64_t sea_sys_sched_rr_get_interval(struct sea_task *task, const uint64_t *a)
{
	const struct sea_task *of = task_of(task, a[0]);
	const struct timespec slice = { 0, of && of->sched.policy == SCHED_FIFO ? 0 : SLICE };

	if ((int32_t)a[0] < 0)
		return -EINVAL;
	return of ? sea_arg_write(task, a[1], &slice, sizeof(slice)) : -ESRCH;
}

int64_t sea_sys_sched_getattr(struct sea_task *task, const uint64_t *a)
{
	const struct sea_task *of = task_of(task, a[0]);
	struct attr attr = { .util_max = 1024 };
	uint32_t size = (uint32_t)a[2];

	if ((int32_t)a[0] < 0 || !a[1] || size < ATTR_MIN || size > SEA_PAGE || a[3])
		return -EINVAL;
	if (!of)
		return -ESRCH;
	attr.size = size < sizeof(attr) ? size : sizeof(attr);
	attr.policy = (uint32_t)of->sched.policy;
	attr.flags = of->sched.reset;
	attr.nice = of->sched.nice;
	attr.priority = (uint32_t)of->sched.priority;
	return sea_arg_write(task, a[1], &attr, attr.size);
}

int64_t sea_sys_sched_setattr(struct sea_task *task, const uint64_t *a)
{
	struct attr attr = { 0 };
	struct sea_task *to;
	int err;

	if ((int32_t)a[0] < 0 || !a[1] || a[2])
		return -EINVAL;
	if (sea_arg_read(task, a[1], &attr.size, sizeof(attr.size)))
		return -EFAULT;
	if (attr.size && (attr.size < ATTR_MIN || attr.size > sizeof(attr)))
		return -E2BIG;
	if (sea_arg_read(task, a[1], &attr, attr.size ? attr.size : ATTR_MIN))
		return -EFAULT;
	to = task_of(task, a[0]);
	if (!to)
		return -ESRCH;
	if (attr.flags & ~1ull || attr.priority > 99 || (int32_t)attr.policy < 0)
		return -EINVAL;
	if (!priority_of(attr.policy, 1) && !can_nice(to, attr.nice))
		return -EPERM;
	err = set_policy(task, to, attr.policy | (attr.flags ? RESET_ON_FORK : 0),
			 (int32_t)attr.priority);
	if (!err && !priority_of(attr.policy, 1))
		to->sched.nice = attr.nice < NICE_HIGHEST  ? NICE_HIGHEST
				 : attr.nice > NICE_LOWEST ? NICE_LOWEST
							   : attr.nice;
	return err;
}

/* --- processors, of which those that the sandbox was started on count --- */

static uint64_t all_of(const struct sea_task *task)
{
	uint64_t all;

	memcpy(&all, &task->kernel->cpus, sizeof(all));
	return all;
}

int64_t sea_sys_sched_getaffinity(struct sea_task *task, const uint64_t *a)
{
	const struct sea_task *of = task_of(task, a[0]);
	uint64_t mask;

	if (a[1] < 8 || a[1] & 7)
		return -EINVAL;
	if (!of)
		return -ESRCH;
	mask = of->sched.cpus ? of->sched.cpus : all_of(task);
	return sea_arg_write(task, a[2], &mask, sizeof(mask)) ? -EFAULT : 8;
}

int64_t sea_sys_sched_setaffinity(struct sea_task *task, const uint64_t *a)
{
	size_t len = (uint32_t)a[1] < 8 ? (uint32_t)a[1] : 8;
	struct sea_task *to = task_of(task, a[0]);
	uint64_t mask = 0;

	if (len && sea_arg_read(task, a[2], &mask, len))
		return -EFAULT;
	if (!to)
		return -ESRCH;
	if (!may(task, to))
		return -EPERM;
	mask &= all_of(task);
	if (!mask)
		return -EINVAL;
	to->sched.cpus = mask;
	return 0;
}

/* --- input and output --- */

#define CLASS(prio) ((uint32_t)(prio) >> 13)

int64_t sea_sys_ioprio_get(struct sea_task *task, const uint64_t *a)
{
	const struct sea_task *of = task_of(task, a[1]);

	if ((int)a[0] < 1 || (int)a[0] > 3)
		return -EINVAL;
	if ((int)a[0] > 1)
		return (int32_t)a[1] ? -ESRCH : (int64_t)task->sched.ioprio;
	return of ? (int64_t)of->sched.ioprio : -ESRCH;
}

int64_t sea_sys_ioprio_set(struct sea_task *task, const uint64_t *a)
{
	struct sea_task *to = task_of(task, a[1]);
	uint32_t prio = (uint32_t)a[2];

	switch (CLASS(prio)) {
	case 0: /* none */
		if (prio & 7)
			return -EINVAL;
		break;
	case 1: /* real-time */
		return (prio & 7) > 7 ? -EINVAL : -EPERM;
	case 2: /* best effort */
	case 3: /* idle */
		break;
	default:
		return -EINVAL;
	}
	if ((int)a[0] < 1 || (int)a[0] > 3)
		return -EINVAL;
	if (!to || ((int)a[0] > 1 && (int32_t)a[1]))
		return -ESRCH;
	if (!may(task, to))
		return -EPERM;
	to->sched.ioprio = prio;
	return 0;
}
