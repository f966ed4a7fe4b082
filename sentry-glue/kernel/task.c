/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks and processes: how they come, and the loop that carries a task. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sentry-glue/fs/pidfd.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/kernel/ptimer.h"
#include "sentry-glue/mm/patch.h"
#include "sentry-glue/vfs/file.h"
#include "sentry-glue/vfs/node.h"

#define PID_MAX 32768
#define ODD_MAX 16u

int sea_kernel_init(struct sea_kernel *kernel, const struct sea_platform_ops *ops,
		    const struct sea_vdso *vdso, uint64_t memory_bytes)
{
	int err;

	memset(kernel, 0, sizeof(*kernel));
	pthread_mutex_init(&kernel->lock, NULL);
	kernel->last_pid = 1; /* 1 is the sandbox itself: it takes orphans and reaps them */
	strcpy(kernel->hostname, "seastack");
	kernel->nice = getpriority(PRIO_PROCESS, 0);
	kernel->barriers = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0) > 0;
	kernel->online = sysconf(_SC_NPROCESSORS_ONLN);
	if (sched_getaffinity(0, sizeof(kernel->cpus), &kernel->cpus))
		return -errno;
	err = sea_memfile_init(&kernel->memory, (uint32_t)(memory_bytes / SEA_PAGE));
	if (err)
		return err;
	err = sea_platform_init(&kernel->platform, ops, kernel->memory.fd, vdso);
	if (err)
		sea_memfile_fini(&kernel->memory);
	return err;
}

void sea_kernel_fini(struct sea_kernel *kernel)
{
	while (kernel->processes)
		sea_process_free(kernel->processes);
	sea_node_put(kernel->pts);
	for (unsigned int i = 0; i < kernel->nwritable; i++)
		sea_node_put(kernel->writable[i]);
	sea_node_put(kernel->root);
	sea_platform_fini(&kernel->platform);
	sea_memfile_fini(&kernel->memory);
}

struct sea_process *sea_process_find(struct sea_kernel *kernel, pid_t pid)
{
	struct sea_process *p = kernel->processes;

	while (p && p->pid != pid)
		p = p->next;
	return p;
}

struct sea_task *sea_task_find(struct sea_kernel *kernel, pid_t tid)
{
	for (struct sea_process *p = kernel->processes; p; p = p->next) {
		for (struct sea_task *t = p->tasks; t; t = t->next) {
			if (t->tid == tid)
				return t;
		}
	}
	return NULL;
}

/* Also what is only a group's or a session's number is taken. */
static bool pid_taken(struct sea_kernel *kernel, pid_t pid)
{
	for (struct sea_process *p = kernel->processes; p; p = p->next) {
		if (p->pid == pid || p->pgid == pid || p->sid == pid)
			return true;
	}
	return sea_task_find(kernel, pid);
}

pid_t sea_pid_new(struct sea_kernel *kernel)
{
	do {
		if (++kernel->last_pid >= PID_MAX)
			kernel->last_pid = 2;
	} while (pid_taken(kernel, kernel->last_pid));
	return kernel->last_pid;
}

static void limits_init(struct sea_process *process)
{
	for (int i = 0; i < RLIM_NLIMITS; i++)
		process->limits[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	process->limits[RLIMIT_STACK].rlim_cur = 8u << 20;
	process->limits[RLIMIT_NOFILE] = (struct rlimit){ 1024, SEA_FDS_MAX };
	process->limits[RLIMIT_NPROC] = (struct rlimit){ SEA_TASKS_MAX, SEA_TASKS_MAX };
	process->limits[RLIMIT_CORE].rlim_cur = 0;
	process->limits[RLIMIT_MEMLOCK] = (struct rlimit){ 8u << 20, 8u << 20 };
	process->limits[RLIMIT_NICE] = (struct rlimit){ 0, 0 };
	process->limits[RLIMIT_RTPRIO] = (struct rlimit){ 0, 0 };
	process->limits[RLIMIT_MSGQUEUE] = (struct rlimit){ 819200, 819200 };
	process->limits[RLIMIT_SIGPENDING] = (struct rlimit){ 1024, 1024 };
}

int sea_process_new(struct sea_kernel *kernel, struct sea_process *parent,
		    struct sea_process **made)
{
	struct sea_process *process = calloc(1, sizeof(*process));

	if (!process)
		return -ENOMEM;
	if (parent) {
		memcpy(process->actions, parent->actions, sizeof(process->actions));
		memcpy(process->limits, parent->limits, sizeof(process->limits));
		memcpy(process->comm, parent->comm, sizeof(process->comm));
		process->creds = parent->creds;
		process->no_tty = parent->no_tty;
		process->undumpable = parent->undumpable;
		process->exe = parent->exe ? strdup(parent->exe) : NULL;
	} else {
		limits_init(process);
	}
	process->kernel = kernel;
	process->parent = parent;
	process->pid = sea_pid_new(kernel);
	process->pgid = parent ? parent->pgid : process->pid;
	process->sid = parent ? parent->sid : process->pid;
	process->exit_signal = SIGCHLD;
	process->next = kernel->processes;
	kernel->processes = process;
	*made = process;
	return 0;
}

void sea_process_free(struct sea_process *process)
{
	struct sea_process **link = &process->kernel->processes;

	while (*link != process)
		link = &(*link)->next;
	*link = process->next;
	sea_pidfds_tell(process, 1);
	sea_ptimers_free(process);
	sea_sigqueue_flush(&process->pending, ~0ull);
	free(process->exe);
	free(process);
}

int sea_task_new(struct sea_process *process, struct sea_task **made)
{
	struct sea_task *task;
	pthread_condattr_t attr;

	if (process->kernel->ntasks >= SEA_TASKS_MAX)
		return -EAGAIN;
	task = calloc(1, sizeof(*task));
	if (!task)
		return -ENOMEM;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&task->cond, &attr);
	pthread_condattr_destroy(&attr);
	task->kernel = process->kernel;
	task->process = process;
	task->eventfd = -1;
	task->sched.nice = process->kernel->nice;
	task->altstack.ss_flags = SS_DISABLE;
	task->tid = process->tasks ? sea_pid_new(process->kernel) : process->pid;
	task->next = process->tasks;
	process->tasks = task;
	process->ntasks++;
	process->kernel->ntasks++;
	*made = task;
	return 0;
}

static void fs_put(struct sea_fs *fs)
{
	if (!fs || --fs->refs)
		return;
	sea_node_put(fs->root);
	sea_node_put(fs->cwd);
	free(fs);
}

void sea_task_free(struct sea_task *task)
{
	struct sea_task **link = &task->process->tasks;

	while (*link != task)
		link = &(*link)->next;
	sea_usage_task_ends(task);
	*link = task->next;
	task->process->ntasks--;
	task->kernel->ntasks--;
	if (task->vcpu)
		task->kernel->platform.ops->stop(task->vcpu);
	if (task->mm)
		sea_mm_put(task->mm);
	sea_files_put(task->files);
	fs_put(task->fs);
	sea_sigqueue_flush(&task->pending, ~0ull);
	pthread_cond_destroy(&task->cond);
	if (task->eventfd >= 0)
		close(task->eventfd);
	free(task);
}

int sea_init_new(struct sea_kernel *kernel, struct sea_task **made)
{
	struct sea_process *process;
	struct sea_task *task;
	int err = sea_process_new(kernel, NULL, &process);

	if (err)
		return err;
	err = sea_task_new(process, &task);
	if (err) {
		sea_process_free(process);
		return err;
	}
	kernel->init = process;
	task->files = sea_files_new();
	task->fs = calloc(1, sizeof(*task->fs));
	if (!task->files || !task->fs) {
		sea_task_free(task);
		sea_process_free(process);
		return -ENOMEM;
	}
	task->fs->refs = 1;
	task->fs->umask = 022;
	task->fs->root = sea_node_get(kernel->root);
	task->fs->cwd = sea_node_get(kernel->root);
	*made = task;
	return 0;
}

/* Whether a fault without a cause may have had one that is gone: the instruction is tried again. */
static bool odd(struct sea_task *task, uint64_t addr)
{
	bool same = task->odd_addr == addr && task->odd_rip == task->regs.rip;

	task->odd_again = same ? task->odd_again + 1 : 0;
	if (same && (task->odd_withdrawn == task->mm->withdrawn || task->odd_again > ODD_MAX))
		return false;
	task->odd_addr = addr;
	task->odd_rip = task->regs.rip;
	task->odd_withdrawn = task->mm->withdrawn;
	return true;
}

/* What is in the place of patched code, or was a moment ago, is no instruction. */
static bool illegal(struct sea_task *task)
{
	if (!task->mm->patches)
		return false;
	if (sea_patch_illegal(task->mm, task->vcpu, task->regs.rip, &task->detour)) {
		task->detour_from = task->regs.rip;
		return true;
	}
	return odd(task, ~0ull);
}

/* SIGSEGV and its kind: memory that is to be brought, or the guest's own fault. */
static void handle_signal(struct sea_task *task, const siginfo_t *raised)
{
	uint64_t addr = (uint64_t)(uintptr_t)raised->si_addr;
	siginfo_t info = *raised;
	enum sea_fault fault;

	if (raised->si_signo == SIGILL && illegal(task))
		return;
	if (raised->si_signo != SIGSEGV ||
	    (raised->si_code != SEGV_MAPERR && raised->si_code != SEGV_ACCERR)) {
		sea_signal_force(task, &info);
		return;
	}
	task->kernel->nfaults++;
	task->usage.faults++;
	fault = sea_mm_fault(task->mm, task->vcpu, addr, raised->si_code == SEGV_ACCERR);
	if (fault == SEA_FAULT_AGAIN && odd(task, addr))
		return;
	task->odd_addr = task->odd_rip = 0;
	switch (fault) {
	case SEA_FAULT_DONE:
		return;
	case SEA_FAULT_LOST:
		task->kernel->lost = true;
		return;
	case SEA_FAULT_OOM:
		sea_process_end(task->process, SIGKILL);
		return;
	case SEA_FAULT_BUS:
		info.si_signo = SIGBUS;
		info.si_code = BUS_ADRERR;
		break;
	case SEA_FAULT_MAPERR:
		info.si_code = SEGV_MAPERR;
		break;
	case SEA_FAULT_AGAIN:
	case SEA_FAULT_ACCERR:
		info.si_code = SEGV_ACCERR;
		break;
	}
	sea_signal_force(task, &info);
}

static void run_once(struct sea_task *task)
{
	struct sea_kernel *kernel = task->kernel;
	struct sea_event event = { 0 };
	uint64_t rsp = task->regs.rsp;
	int err;

	task->regs.orig_rax = ~0ull;
	if (task->detour && task->detour_from == task->regs.rip)
		task->regs.rip = task->detour;
	task->detour = 0;
	sea_task_trim(task);
	if (task->process->cpu_waits) {
		task->process->cpu_waits = false;
		pthread_cond_signal(&kernel->timers);
	}
	task->in_guest = true;
	pthread_mutex_unlock(&kernel->lock);
	err = kernel->platform.ops->run(task->vcpu, &task->regs, &event);
	pthread_mutex_lock(&kernel->lock);
	task->in_guest = false;
	sea_task_trim(task);
	if (!err && (task->regs.rip >= SEA_GUEST_TOP || event.why != SEA_STOP_SYSCALL))
		sea_patch_leave(task->mm, task->vcpu, &task->regs, &event, rsp);
	sea_task_stopped(task);
	if (!err && event.why == SEA_STOP_SYSCALL && !event.bridged)
		sea_patch_count(task->mm, task->vcpu, task->regs.rip);
	kernel->nbridged += event.bridged;
	if (err)
		kernel->lost = true;
	else if (event.why == SEA_STOP_SYSCALL)
		sea_syscall(task);
	else if (event.why == SEA_STOP_SIGNAL)
		handle_signal(task, &event.info);
}

static void *carry(void *arg)
{
	struct sea_task *task = arg;
	struct sea_kernel *kernel = task->kernel;
	const struct sea_platform_ops *ops = kernel->platform.ops;

	pthread_mutex_lock(&kernel->lock);
	task->carried = true;
	if (task->vcpu ? ops->attach(task->vcpu) : ops->start(&kernel->platform, &task->vcpu))
		kernel->lost = true;
	while (sea_signal_deliver(task))
		run_once(task);
	sea_task_exit(task);
	if (!kernel->ntasks)
		pthread_kill(kernel->waiter, SIGRTMIN);
	pthread_mutex_unlock(&kernel->lock);
	return NULL;
}

int sea_task_start(struct sea_task *task)
{
	pthread_attr_t attr;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 256u << 10);
	err = pthread_create(&task->thread, &attr, carry, task);
	pthread_attr_destroy(&attr);
	return -err;
}
