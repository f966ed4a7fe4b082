/* SPDX-License-Identifier: Apache-2.0 */
/* How tasks and processes end, and how parents hear of it. */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "sentry-glue/fs/pidfd.h"
#include "sentry-glue/fs/tty.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/kernel/ptimer.h"
#include "sentry-glue/vfs/file.h"

#define ROBUST_MAX 2048
#define OWNER_DIED 0x40000000u
#define WAITERS 0x80000000u
#define TID_MASK 0x3fffffffu

void sea_process_end(struct sea_process *process, int status)
{
	if (process->dying || process->zombie)
		return;
	process->dying = true;
	process->status = status;
	for (struct sea_task *t = process->tasks; t; t = t->next) {
		sea_task_wake(t);
		if (t->in_guest)
			process->kernel->platform.ops->kick(t->vcpu);
	}
}

/* A lock whose owner is gone: whoever waits is told so. */
static void robust_one(struct sea_task *task, uint64_t addr)
{
	uint32_t value;

	if (addr & 3 || sea_mm_read(task->mm, addr, &value, sizeof(value)) ||
	    (value & TID_MASK) != (uint32_t)task->tid)
		return;
	value = (value & WAITERS) | OWNER_DIED;
	if (!sea_mm_write(task->mm, task->vcpu, addr, &value, sizeof(value)))
		sea_futex_wake(task, addr, 1, ~0u, true);
}

static void robust_walk(struct sea_task *task)
{
	struct {
		uint64_t next, offset, pending;
	} head;
	uint64_t entry;

	if (!task->robust_list || sea_mm_read(task->mm, task->robust_list, &head, sizeof(head)))
		return;
	entry = head.next;
	for (int i = 0; i < ROBUST_MAX && entry != task->robust_list; i++) {
		uint64_t next;

		if (sea_mm_read(task->mm, entry & ~1ull, &next, sizeof(next)))
			break;
		if (entry != head.pending)
			robust_one(task, (entry & ~1ull) + head.offset);
		entry = next;
	}
	if (head.pending)
		robust_one(task, (head.pending & ~1ull) + head.offset);
}

void sea_task_leave_mm(struct sea_task *task)
{
	const pid_t none = 0;

	if (task->mm && task->mm->refs > 1) {
		robust_walk(task);
		if (task->clear_child_tid &&
		    !sea_mm_write(task->mm, task->vcpu, task->clear_child_tid, &none, sizeof(none)))
			sea_futex_wake(task, task->clear_child_tid, 1, ~0u, true);
	}
	task->robust_list = task->clear_child_tid = 0;
	if (task->vfork_parent) {
		task->vfork_parent->vfork_done = true;
		sea_task_wake(task->vfork_parent);
		task->vfork_parent = NULL;
	}
}

/* Nobody will ever ask for it. */
static bool unwanted(const struct sea_process *process)
{
	const struct sea_sigaction *action;

	if (!process->parent)
		return true;
	action = &process->parent->actions[SIGCHLD];
	return process->exit_signal == SIGCHLD &&
	       (action->handler == 1 || action->flags & SA_NOCLDWAIT);
}

static void tell_parent(struct sea_process *process)
{
	siginfo_t info = { .si_signo = process->exit_signal };
	struct sea_process *parent = process->parent;

	if (!parent)
		return;
	info.si_code = WIFEXITED(process->status) ? CLD_EXITED : CLD_KILLED;
	info.si_pid = process->pid;
	info.si_uid = process->creds.uid;
	info.si_status = WIFEXITED(process->status) ? WEXITSTATUS(process->status)
						    : WTERMSIG(process->status);
	/* clone takes any number; one that is no signal is not sent. */
	if (info.si_signo > 0 && info.si_signo <= SEA_SIGNALS)
		sea_signal_process(parent, &info);
	sea_waitq_wake(&parent->children);
}

/* Who takes the children of one that is gone: the next one above that asked for it. */
static struct sea_process *reaper_of(const struct sea_process *gone)
{
	struct sea_process *p = gone->parent;

	while (p && (!p->subreaper || p->zombie || p->dying))
		p = p->parent;
	return p;
}

/* Or else they belong to the sandbox, which reaps at once. */
static void orphan_children(struct sea_process *parent)
{
	struct sea_process *next, *reaper = reaper_of(parent);

	for (struct sea_process *p = parent->kernel->processes; p; p = next) {
		next = p->next;
		if (p->parent != parent)
			continue;
		p->parent = reaper;
		if (p->death_signal && !p->zombie)
			sea_signal_process(p, &(siginfo_t){ .si_signo = p->death_signal });
		if (p->zombie && reaper)
			tell_parent(p);
		if (p->zombie && unwanted(p))
			sea_process_free(p);
	}
}

static void process_gone(struct sea_process *process)
{
	struct sea_kernel *kernel = process->kernel;

	process->zombie = true;
	sea_pidfds_tell(process, 0);
	sea_ptimers_free(process);
	sea_sigqueue_flush(&process->pending, ~0ull);
	if (process->pid == process->sid)
		sea_tty_leader_gone(process);
	sea_tty_orphans(process);
	orphan_children(process);
	if (process == kernel->init) {
		kernel->status = process->status;
		kernel->over = true;
		kernel->init = NULL;
		for (struct sea_process *p = kernel->processes; p; p = p->next)
			sea_process_end(p, SIGKILL);
	}
	if (unwanted(process)) {
		tell_parent(process);
		sea_process_free(process);
	} else {
		tell_parent(process);
	}
}

void sea_task_exit(struct sea_task *task)
{
	struct sea_process *process = task->process;
	struct sea_kernel *kernel = task->kernel;

	if (kernel->lost) {
		/* No stub is to be relied on, and everybody has to go. */
		for (struct sea_process *p = kernel->processes; p; p = p->next)
			sea_process_end(p, SIGKILL);
	}
	sea_task_leave_mm(task);
	sea_task_free(task);
	sea_waitq_wake(&kernel->shrinkq);
	if (!process->ntasks)
		process_gone(process);
	else /* one may wait to be the only one */
		for (struct sea_task *t = process->tasks; t; t = t->next)
			sea_task_wake(t);
}

static bool matches(const struct sea_process *child, const struct sea_process *self, int64_t pid)
{
	if (child->parent != self)
		return false;
	if (pid > 0)
		return child->pid == pid;
	if (pid == 0)
		return child->pgid == self->pgid;
	return pid == -1 || child->pgid == -pid;
}

/* What there is to tell of the child; false: nothing. */
static bool news(struct sea_process *child, int options, int *status)
{
	if (child->zombie && options & WEXITED) {
		*status = child->status;
		return true;
	}
	if (child->stopped && options & WSTOPPED && !child->stop_told) {
		child->stop_told = !(options & WNOWAIT);
		*status = child->stop_signal << 8 | 0x7f;
		return true;
	}
	if (child->continued && options & WCONTINUED) {
		child->continued = options & WNOWAIT;
		*status = 0xffff;
		return true;
	}
	return false;
}

/* What a child used, with its own children; a parent that takes it away has that for ever. */
static struct sea_usage take_usage(struct sea_process *self, struct sea_process *child, bool away)
{
	struct sea_usage usage = sea_process_usage(child);

	sea_usage_add(&usage, &child->waited);
	if (away)
		sea_usage_add(&self->waited, &usage);
	return usage;
}

static int64_t look(struct sea_process *self, int64_t pid, int options, int *status,
		    struct sea_usage *usage)
{
	bool any = false;

	for (struct sea_process *p = self->kernel->processes; p; p = p->next) {
		if (!matches(p, self, pid))
			continue;
		any = true;
		if (news(p, options, status)) {
			bool away = p->zombie && !(options & WNOWAIT);
			pid_t found = p->pid;

			*usage = take_usage(self, p, away);
			if (away)
				sea_process_free(p);
			return found;
		}
	}
	return any ? 0 : -ECHILD;
}

int64_t sea_task_wait(struct sea_task *task, int64_t pid, int options, int *status,
		      struct sea_usage *usage)
{
	struct sea_wait wait = { 0 };
	int64_t found;
	int err;

	for (;;) {
		found = look(task->process, pid, options, status, usage);
		if (found || options & WNOHANG)
			return found;
		sea_wait_add(&task->process->children, &wait, task);
		err = sea_task_sleep(task, SEA_NEVER, NULL, 0);
		sea_wait_del(&wait);
		if (err)
			return -SEA_ERESTARTSYS;
	}
}

int64_t sea_task_wait4(struct sea_task *task, int64_t pid, uint64_t status_at, int options,
		       uint64_t usage)
{
	struct sea_usage used;
	struct rusage told;
	int status = 0;
	int64_t found = sea_task_wait(task, pid, options, &status, &used);

	if (found > 0 && status_at &&
	    sea_mm_write(task->mm, task->vcpu, status_at, &status, sizeof(status)))
		return -EFAULT;
	if (found <= 0 || !usage)
		return found;
	sea_usage_tell(&used, &told);
	return sea_mm_write(task->mm, task->vcpu, usage, &told, sizeof(told)) ? -EFAULT : found;
}
