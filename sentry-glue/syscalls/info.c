/* SPDX-License-Identifier: Apache-2.0 */
/* What programs ask about the machine and themselves. */
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "sentry-glue/syscalls/sys.h"

#define LAST_CAPABILITY 40
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

/* Nobody has capabilities, nor may get any. */
static int64_t ambient(const uint64_t *a)
{
	if (a[1] == PR_CAP_AMBIENT_CLEAR_ALL)
		return a[2] || a[3] || a[4] ? -EINVAL : 0;
	if (a[2] > LAST_CAPABILITY || a[3] || a[4])
		return -EINVAL;
	switch (a[1]) {
	case PR_CAP_AMBIENT_IS_SET:
	case PR_CAP_AMBIENT_LOWER:
		return 0;
	case PR_CAP_AMBIENT_RAISE:
		return -EPERM;
	}
	return -EINVAL;
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
	case PR_GET_KEEPCAPS:
	case PR_GET_SECCOMP:
	case PR_GET_SECUREBITS:
		return 0;
	case PR_SET_KEEPCAPS:
		return a[1] > 1 ? -EINVAL : 0; /* there are none to keep */
	case PR_CAPBSET_READ:
		return a[1] > LAST_CAPABILITY ? -EINVAL : 0;
	case PR_CAPBSET_DROP:
		return -EPERM;
	case PR_CAP_AMBIENT:
		return ambient(a);
	case PR_SET_TIMERSLACK:
		task->timerslack = a[1] ? a[1] : 50000;
		return 0;
	case PR_GET_TIMERSLACK:
		return (int64_t)(task->timerslack ? task->timerslack : 50000);
	case PR_SET_THP_DISABLE:
		if (a[2] || a[3] || a[4])
			return -EINVAL;
		process->thp_disabled = a[1];
		return 0;
	case PR_GET_THP_DISABLE:
		return a[1] || a[2] || a[3] || a[4] ? -EINVAL : process->thp_disabled;
	case PR_SET_NO_NEW_PRIVS:
		return a[1] != 1 || a[2] || a[3] || a[4] ? -EINVAL : 0;
	case PR_GET_NO_NEW_PRIVS:
		return 1; /* no program gives any */
	}
	return -EINVAL;
}

int64_t sea_sys_getcpu(struct sea_task *task, const uint64_t *a)
{
	const uint32_t node = 0;
	uint32_t cpu = (uint32_t)sched_getcpu();

	if (a[0] && sea_arg_write(task, a[0], &cpu, sizeof(cpu)))
		return -EFAULT;
	return a[1] ? sea_arg_write(task, a[1], &node, sizeof(node)) : 0;
}

int64_t sea_sys_personality(struct sea_task *task, const uint64_t *a)
{
	(void)task;
	return (uint32_t)a[0] == 0xffffffff || !a[0] ? 0 : -EINVAL;
}
