/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/kernel/cputime.h"

#include <errno.h>

#include "sentry-glue/kernel/kernel.h"

#define NSEC 1000000000ll
#define OFTEN 1000000ll   /* clocks are looked at so often at most ... */
#define SELDOM 20000000ll /* ... and at least, while someone runs      */
#define FAR 1000000u      /* seconds */

/* The numbers of clocks: the complement of an id, and three bits. */
#define THREAD 4u
enum { PROF, VIRT, SCHED, NONE };

static int64_t thread_time(const struct sea_task *task)
{
	struct timespec ts;
	clockid_t clock;

	if (!task->carried || pthread_getcpuclockid(task->thread, &clock) ||
	    clock_gettime(clock, &ts))
		return 0;
	return ts.tv_sec * NSEC + ts.tv_nsec;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

struct sea_usage sea_task_usage(struct sea_task *task)
{
	struct sea_ran ran = { 0, 0 };

	if (task->vcpu)
		task->kernel->platform.ops->ran(task->vcpu, &ran);
	task->usage.user = most(task->usage.user, task->ran_before.guest + ran.guest);
	task->usage.system = most(task->usage.system,
				  thread_time(task) - task->ran_before.watched - ran.watched);
	if (task->mm && task->mm->resident * SEA_PAGE > task->usage.resident)
		task->usage.resident = task->mm->resident * SEA_PAGE;
	return task->usage;
}

void sea_usage_add(struct sea_usage *to, const struct sea_usage *more)
{
	to->user += more->user;
	to->system += more->system;
	to->faults += more->faults;
	if (more->resident > to->resident)
		to->resident = more->resident;
}

struct sea_usage sea_process_usage(struct sea_process *process)
{
	struct sea_usage sum = process->ended;

	for (struct sea_task *t = process->tasks; t; t = t->next) {
		struct sea_usage one = sea_task_usage(t);

		sea_usage_add(&sum, &one);
	}
	return sum;
}

static struct timeval tv_of(int64_t ns)
{
	return (struct timeval){ ns / NSEC, ns % NSEC / 1000 };
}

void sea_usage_tell(const struct sea_usage *usage, struct rusage *to)
{
	*to = (struct rusage){ .ru_utime = tv_of(usage->user), .ru_stime = tv_of(usage->system) };
	to->ru_maxrss = (long)(usage->resident / 1024);
	to->ru_minflt = (long)usage->faults;
}

void sea_usage_vcpu_ends(struct sea_task *task)
{
	struct sea_ran ran;

	(void)sea_task_usage(task);
	task->kernel->platform.ops->ran(task->vcpu, &ran);
	task->ran_before.guest += ran.guest;
	task->ran_before.watched += ran.watched;
}

void sea_usage_task_ends(struct sea_task *task)
{
	struct sea_usage usage = sea_task_usage(task);

	sea_usage_add(&task->process->ended, &usage);
}

bool sea_cpu_clock_is(clockid_t id)
{
	return id == CLOCK_PROCESS_CPUTIME_ID || id == CLOCK_THREAD_CPUTIME_ID || id < 0;
}

static clockid_t number(pid_t pid, uint32_t bits)
{
	return (clockid_t)(~(uint32_t)pid << 3 | bits);
}

static pid_t pid_of(clockid_t id)
{
	return (pid_t)(~(uint32_t)(id >> 3) & 0x1fffffffu);
}

int sea_cpu_clock(struct sea_task *task, clockid_t id, bool ask, clockid_t *clock)
{
	uint32_t bits = (uint32_t)id & 7;
	pid_t pid;

	if (id == CLOCK_PROCESS_CPUTIME_ID || id == CLOCK_THREAD_CPUTIME_ID)
		bits = SCHED | (id == CLOCK_THREAD_CPUTIME_ID ? THREAD : 0), id = number(0, bits);
	if (id >= 0 || (bits & 3) == NONE)
		return -EINVAL;
	pid = pid_of(id);
	if (bits & THREAD) {
		const struct sea_task *whose = pid ? sea_task_find(task->kernel, pid) : task;

		if (!whose || whose->process != task->process)
			return -EINVAL;
		pid = whose->tid;
	} else {
		if (!pid || (ask && pid == task->tid))
			pid = task->process->pid;
		if (!sea_process_find(task->kernel, pid))
			return -EINVAL;
	}
	*clock = number(pid, bits);
	return 0;
}

struct sea_process *sea_cpu_clock_owner(struct sea_kernel *kernel, clockid_t clock)
{
	struct sea_task *task;

	if (!((uint32_t)clock & THREAD))
		return sea_process_find(kernel, pid_of(clock));
	task = sea_task_find(kernel, pid_of(clock));
	return task ? task->process : NULL;
}

int64_t sea_cpu_clock_read(struct sea_kernel *kernel, clockid_t clock)
{
	struct sea_process *process = sea_cpu_clock_owner(kernel, clock);
	struct sea_usage usage;

	if (!process)
		return -ESRCH;
	if ((uint32_t)clock & THREAD)
		usage = sea_task_usage(sea_task_find(kernel, pid_of(clock)));
	else
		usage = sea_process_usage(process);
	return usage.user + (((uint32_t)clock & 3) == VIRT ? 0 : usage.system);
}

int64_t sea_cpu_when(struct sea_process *process, int64_t left, int64_t now)
{
	int64_t running = 0;

	for (struct sea_task *t = process->tasks; t; t = t->next)
		running += !t->asleep && !t->at_host;
	if (!running) {
		process->cpu_waits = true;
		return SEA_NEVER;
	}
	left /= running;
	return now + (left < OFTEN ? OFTEN : left > SELDOM ? SELDOM : left);
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* What is left until it runs out next. */
static int64_t timer_fire(struct sea_process *process, struct sea_cpu_timer *timer, int64_t time,
			  int sig)
{
	if (!timer->at)
		return SEA_NEVER;
	if (time >= timer->at) {
		timer->at = timer->interval ? timer->at + timer->interval : 0;
		if (timer->at && timer->at <= time)
			timer->at = time + timer->interval;
		sea_signal_process(process, &(siginfo_t){ .si_signo = sig, .si_code = SI_KERNEL });
	}
	return timer->at ? timer->at - time : SEA_NEVER;
}

/* One second more after each warning, until there is no more. */
static int64_t limit_fire(struct sea_process *process, int64_t time)
{
	struct rlimit *limit = &process->limits[RLIMIT_CPU];
	uint64_t passed = (uint64_t)(time / NSEC);

	if (limit->rlim_max != RLIM_INFINITY && passed >= limit->rlim_max) {
		sea_signal_process(process,
				   &(siginfo_t){ .si_signo = SIGKILL, .si_code = SI_KERNEL });
		return SEA_NEVER;
	}
	if (limit->rlim_cur == RLIM_INFINITY)
		return SEA_NEVER;
	if (passed >= limit->rlim_cur) {
		limit->rlim_cur++;
		sea_signal_process(process,
				   &(siginfo_t){ .si_signo = SIGXCPU, .si_code = SI_KERNEL });
	}
	return limit->rlim_cur < FAR ? (int64_t)limit->rlim_cur * NSEC - time : SELDOM;
}

int64_t sea_cpu_fire(struct sea_process *process, int64_t now, int64_t next)
{
	struct sea_usage usage;
	int64_t left;

	if (!process->virtual_timer.at && !process->prof_timer.at &&
	    process->limits[RLIMIT_CPU].rlim_cur == RLIM_INFINITY)
		return next;
	usage = sea_process_usage(process);
	left = timer_fire(process, &process->virtual_timer, usage.user, SIGVTALRM);
	left = least(left,
		     timer_fire(process, &process->prof_timer, usage.user + usage.system, SIGPROF));
	left = least(left, limit_fire(process, usage.user + usage.system));
	return left == SEA_NEVER ? next : least(next, sea_cpu_when(process, left, now));
}
