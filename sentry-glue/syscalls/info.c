/* SPDX-License-Identifier: Apache-2.0 */
/* What programs ask about the machine and themselves. */
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "sentry-glue/syscalls/sys.h"

#define ARCH_SET_GS_ 0x1001
#define ARCH_SET_FS_ 0x1002
#define ARCH_GET_FS_ 0x1003
#define ARCH_GET_GS_ 0x1004

int64_t sea_sys_uname(struct sea_task *task, const uint64_t *a)
{
	/* The kernel that it behaves like. */
	struct utsname uts = { .sysname = "Linux",
			       .release = "6.1.0-seastack",
			       .version = "#1 SMP Seastack",
			       .machine = "x86_64",
			       .domainname = "(none)" };

	memcpy(uts.nodename, task->kernel->hostname, sizeof(task->kernel->hostname));
	return sea_arg_write(task, a[0], &uts, sizeof(uts));
}

int64_t sea_sys_sethostname(struct sea_task *task, const uint64_t *a)
{
	char name[65] = { 0 };

	if (task->process->creds.euid)
		return -EPERM;
	if (a[1] > 64)
		return -EINVAL;
	if (sea_arg_read(task, a[0], name, a[1]))
		return -EFAULT;
	memcpy(task->kernel->hostname, name, sizeof(name));
	return 0;
}

int64_t sea_sys_arch_prctl(struct sea_task *task, const uint64_t *a)
{
	switch ((int)a[0]) {
	case ARCH_SET_FS_:
	case ARCH_SET_GS_:
		if (a[1] >= SEA_GUEST_TOP)
			return -EPERM;
		*(a[0] == ARCH_SET_FS_ ? &task->regs.fs_base : &task->regs.gs_base) = a[1];
		return 0;
	case ARCH_GET_FS_:
		return sea_arg_write(task, a[1], &task->regs.fs_base, 8);
	case ARCH_GET_GS_:
		return sea_arg_write(task, a[1], &task->regs.gs_base, 8);
	}
	return -EINVAL;
}

int64_t sea_sys_getrandom(struct sea_task *task, const uint64_t *a)
{
	struct sea_uiovec vec = { a[0], a[1] < 0x1ffffff ? a[1] : 0x1ffffff };
	struct sea_uio uio = { .task = task, .vec = &vec, .n = 1, .left = vec.len };
	int64_t total = 0;

	if (a[2] & ~7ull || (a[2] & 6) == 6)
		return -EINVAL;
	while (uio.left) {
		size_t n = uio.left < 256 ? uio.left : 256;
		void *to = sea_uio_window(&uio, &n, true);

		if (!to || getrandom(to, n, 0) != (ssize_t)n)
			return total ? total : -EFAULT;
		total += (int64_t)n;
	}
	return total;
}

int64_t sea_sys_sysinfo(struct sea_task *task, const uint64_t *a)
{
	const struct sea_memfile *memory = &task->kernel->memory;
	struct sysinfo info = { .uptime = (long)(sea_clock_now() / 1000000000),
				.totalram = memory->frames,
				.freeram = memory->frames - memory->used,
				.procs = (unsigned short)task->kernel->ntasks,
				.mem_unit = SEA_PAGE };

	return sea_arg_write(task, a[0], &info, sizeof(info));
}

static int64_t limit_set(struct sea_task *task, struct sea_process *process, uint64_t which,
			 const struct rlimit *new)
{
	struct rlimit *slot = &process->limits[which];

	if (new->rlim_cur > new->rlim_max)
		return -EINVAL;
	if (new->rlim_max > slot->rlim_max && task->process->creds.euid)
		return -EPERM;
	if (which == RLIMIT_NOFILE && new->rlim_max > SEA_FDS_MAX)
		return -EPERM;
	*slot = *new;
	if (which == RLIMIT_CPU)
		pthread_cond_signal(&process->kernel->timers);
	for (struct sea_task *t = process->tasks; t; t = t->next) {
		t->mm->limit_as = process->limits[RLIMIT_AS].rlim_cur;
		t->mm->limit_data = process->limits[RLIMIT_DATA].rlim_cur;
		t->mm->limit_stack = process->limits[RLIMIT_STACK].rlim_cur;
	}
	return 0;
}

int64_t sea_sys_prlimit64(struct sea_task *task, const uint64_t *a)
{
	struct sea_process *process = (int32_t)a[0] ? sea_process_find(task->kernel, (int32_t)a[0])
						    : task->process;
	struct rlimit old, new;

	if (a[2] && sea_arg_read(task, a[2], &new, sizeof(new)))
		return -EFAULT;
	if (!process)
		return -ESRCH;
	if (process != task->process && task->process->creds.euid &&
	    task->process->creds.uid != process->creds.uid)
		return -EPERM;
	if (a[1] >= RLIM_NLIMITS)
		return -EINVAL;
	old = process->limits[a[1]];
	if (a[2]) {
		int64_t err = limit_set(task, process, a[1], &new);

		if (err)
			return err;
	}
	return a[3] ? sea_arg_write(task, a[3], &old, sizeof(old)) : 0;
}

int64_t sea_sys_getrlimit(struct sea_task *task, const uint64_t *a)
{
	return sea_sys_prlimit64(task, (uint64_t[]){ 0, a[0], 0, a[1] });
}

int64_t sea_sys_setrlimit(struct sea_task *task, const uint64_t *a)
{
	return a[1] ? sea_sys_prlimit64(task, (uint64_t[]){ 0, a[0], a[1], 0 }) : -EFAULT;
}

int64_t sea_sys_prctl(struct sea_task *task, const uint64_t *a)
{
	struct sea_process *process = task->process;
	char name[16] = { 0 };
	int64_t n;

	switch ((int)a[0]) {
	case PR_SET_NAME:
		n = sea_mm_read_string(task->mm, a[1], name, sizeof(name));
		if (n == -EFAULT)
			return n;
		name[15] = 0;
		memcpy(process->comm, name, sizeof(name));
		return 0;
	case PR_GET_NAME:
		return sea_arg_write(task, a[1], process->comm, sizeof(process->comm));
	case PR_SET_DUMPABLE:
		if (a[1] > 1)
			return -EINVAL;
		process->undumpable = !a[1];
		return 0;
	case PR_GET_DUMPABLE:
		return !process->undumpable;
	case PR_SET_PDEATHSIG:
		if (a[1] > SEA_SIGNALS)
			return -EINVAL;
		process->death_signal = (int)a[1];
		return 0;
	case PR_GET_PDEATHSIG:
		return sea_arg_write(task, a[1], &process->death_signal, sizeof(int));
	case PR_SET_CHILD_SUBREAPER:
		process->subreaper = a[1];
		return 0;
	case PR_GET_CHILD_SUBREAPER:
		n = process->subreaper;
		return sea_arg_write(task, a[1], &n, sizeof(int));
	case PR_SET_NO_NEW_PRIVS:
		return a[1] != 1 || a[2] || a[3] || a[4] ? -EINVAL : 0;
	case PR_GET_NO_NEW_PRIVS:
		return 1; /* no program gives any */
	}
	return -EINVAL;
}

int64_t sea_sys_sched_getaffinity(struct sea_task *task, const uint64_t *a)
{
	if (a[1] < 8 || a[1] & 7)
		return -EINVAL;
	if ((int32_t)a[0] && !sea_task_find(task->kernel, (int32_t)a[0]))
		return -ESRCH;
	return sea_arg_write(task, a[2], &task->kernel->cpus, 8) ? -EFAULT : 8;
}

int64_t sea_sys_getcpu(struct sea_task *task, const uint64_t *a)
{
	const uint32_t node = 0;
	uint32_t cpu = (uint32_t)sched_getcpu();

	if (a[0] && sea_arg_write(task, a[0], &cpu, sizeof(cpu)))
		return -EFAULT;
	return a[1] ? sea_arg_write(task, a[1], &node, sizeof(node)) : 0;
}

/* Whether there is one that getpriority's arguments name. */
static bool anyone(const struct sea_task *task, uint64_t which, int32_t who)
{
	if (!who)
		return true;
	if (which == PRIO_PROCESS)
		return sea_task_find(task->kernel, who);
	for (struct sea_process *p = task->kernel->processes; p; p = p->next) {
		if (which == PRIO_PGRP ? p->pgid == who : p->creds.uid == (uint32_t)who)
			return true;
	}
	return false;
}

int64_t sea_sys_getpriority(struct sea_task *task, const uint64_t *a)
{
	if (a[0] > PRIO_USER)
		return -EINVAL;
	return anyone(task, a[0], (int32_t)a[1]) ? 20 - task->kernel->nice : -ESRCH;
}

int64_t sea_sys_sched_getscheduler(struct sea_task *task, const uint64_t *a)
{
	return (int32_t)a[0] < 0                                     ? -EINVAL
	       : a[0] && !sea_task_find(task->kernel, (int32_t)a[0]) ? -ESRCH
								     : SCHED_OTHER;
}

int64_t sea_sys_sched_getparam(struct sea_task *task, const uint64_t *a)
{
	const int32_t priority = 0;

	if ((int32_t)a[0] < 0 || !a[1])
		return -EINVAL;
	if (a[0] && !sea_task_find(task->kernel, (int32_t)a[0]))
		return -ESRCH;
	return sea_arg_write(task, a[1], &priority, sizeof(priority));
}

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

int64_t sea_sys_personality(struct sea_task *task, const uint64_t *a)
{
	(void)task;
	return (uint32_t)a[0] == 0xffffffff || !a[0] ? 0 : -EINVAL;
}
