/* SPDX-License-Identifier: Apache-2.0 */
/* fork, vfork, clone: a new task, and what it shares. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include "sentry-glue/fs/pidfd.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"
#include "sentry-glue/vfs/node.h"

#define KNOWN                                                                             \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_VFORK | CLONE_PARENT | \
	 CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID |              \
	 CLONE_CHILD_CLEARTID | CLONE_PIDFD | CLONE_DETACHED | CLONE_UNTRACED |           \
	 CLONE_CHILD_SETTID | CLONE_IO)

static int check(uint64_t flags)
{
	if (flags & ~(uint64_t)KNOWN)
		return flags & CLONE_PTRACE ? -EINVAL : -EPERM;
	if (flags & CLONE_PIDFD && flags & (CLONE_DETACHED | CLONE_THREAD))
		return -EINVAL;
	if (flags & CLONE_THREAD && !(flags & CLONE_SIGHAND))
		return -EINVAL;
	if (flags & CLONE_SIGHAND && !(flags & CLONE_VM))
		return -EINVAL;
	return 0;
}

static int share_fs(struct sea_task *task, struct sea_task *child, bool shared)
{
	child->fs = shared ? task->fs : malloc(sizeof(*child->fs));
	if (!child->fs)
		return -ENOMEM;
	if (shared) {
		child->fs->refs++;
		return 0;
	}
	*child->fs = *task->fs;
	child->fs->refs = 1;
	sea_node_get(child->fs->root);
	sea_node_get(child->fs->cwd);
	return 0;
}

static int share_files(struct sea_task *task, struct sea_task *child, bool shared)
{
	if (shared)
		task->files->refs++;
	child->files = shared ? task->files : sea_files_copy(task->files);
	return child->files ? 0 : -ENOMEM;
}

static int share_mm(struct sea_task *task, struct sea_task *child, bool shared)
{
	if (!shared)
		return sea_mm_fork(task->mm, task->vcpu, &child->mm);
	sea_mm_get(task->mm);
	child->mm = task->mm;
	return task->kernel->platform.ops->spawn(task->vcpu, &child->vcpu);
}

static void child_regs(const struct sea_task *task, struct sea_task *child,
		       const struct sea_clone *how)
{
	child->regs = task->regs;
	child->regs.rax = 0;
	child->regs.orig_rax = ~0ull;
	if (how->stack)
		child->regs.rsp = how->stack;
	if (how->flags & CLONE_SETTLS)
		child->regs.fs_base = how->tls;
	child->blocked = task->blocked;
	child->timerslack = task->timerslack;
	child->sched = task->sched;
	if (task->sched.reset)
		child->sched =
			(struct sea_sched){ .nice = task->sched.nice < 0 ? 0 : task->sched.nice,
					    .cpus = task->sched.cpus };
	if (!(how->flags & CLONE_VM) || how->flags & CLONE_VFORK)
		child->altstack = task->altstack;
}

/* The ids that the caller wants to find in memory. */
static void tell_ids(struct sea_task *task, struct sea_task *child, const struct sea_clone *how)
{
	/* As on Linux, an address that does not work is no error. */
	if (how->flags & CLONE_PARENT_SETTID &&
	    sea_mm_write(task->mm, task->vcpu, how->parent_tid, &child->tid, sizeof(pid_t)))
		return;
	if (how->flags & CLONE_CHILD_CLEARTID)
		child->clear_child_tid = how->child_tid;
	if (how->flags & CLONE_CHILD_SETTID &&
	    sea_mm_write(child->mm, child->mm == task->mm ? task->vcpu : NULL, how->child_tid,
			 &child->tid, sizeof(pid_t)))
		return;
}

/* A descriptor for the child, which does not get it. */
static int64_t give_pidfd(struct sea_task *task, struct sea_process *process,
			  const struct sea_clone *how)
{
	struct sea_file *file;
	int64_t fd;
	int32_t number;
	int err;

	if (!(how->flags & CLONE_PIDFD))
		return -1;
	err = sea_pidfd_new(process, 0, &file);
	if (err)
		return err;
	fd = sea_fd_add(task->files, file, 0, task->process->limits[RLIMIT_NOFILE].rlim_cur, true);
	number = (int32_t)fd;
	if (fd >= 0 && sea_mm_write(task->mm, task->vcpu, how->pidfd, &number, sizeof(number))) {
		sea_fd_close(task->files, fd);
		return -EFAULT;
	}
	return fd;
}

static int make(struct sea_task *task, const struct sea_clone *how, struct sea_process *process,
		int64_t pidfd, struct sea_task **made)
{
	struct sea_task *child;
	int err = sea_task_new(process, &child);

	if (err)
		return err;
	err = share_files(task, child, how->flags & CLONE_FILES);
	if (!err && pidfd >= 0 && !(how->flags & CLONE_FILES))
		sea_fd_close(child->files, pidfd);
	if (!err)
		err = share_fs(task, child, how->flags & CLONE_FS);
	if (!err)
		err = share_mm(task, child, how->flags & CLONE_VM);
	if (!err) {
		child_regs(task, child, how);
		tell_ids(task, child, how);
		if (how->flags & CLONE_VFORK)
			child->vfork_parent = task;
		err = sea_task_start(child);
	}
	if (err)
		sea_task_free(child);
	else
		*made = child;
	return err;
}

/* Until the child lets go of what it has of us. A fatal signal ends the wait: then it forgets us. */
static void wait_vfork(struct sea_task *task, pid_t tid)
{
	struct sea_task *child;

	while (!task->vfork_done && !task->process->dying && !task->kernel->lost) {
		task->asleep = true;
		while (!task->woken)
			pthread_cond_wait(&task->cond, &task->kernel->lock);
		task->asleep = task->woken = false;
	}
	child = sea_task_find(task->kernel, tid);
	if (child && child->vfork_parent == task)
		child->vfork_parent = NULL;
	/* Whatever woke us is looked at again. */
	task->vfork_done = false;
}

int64_t sea_task_clone(struct sea_task *task, const struct sea_clone *how)
{
	struct sea_process *process = task->process;
	struct sea_task *child = NULL;
	int64_t pidfd;
	pid_t tid;
	int err = check(how->flags);

	if (err)
		return err;
	if (!(how->flags & CLONE_THREAD)) {
		if (task->kernel->ntasks >= process->limits[RLIMIT_NPROC].rlim_cur)
			return -EAGAIN;
		err = sea_process_new(task->kernel, task->process, &process);
		if (err)
			return err;
		process->exit_signal = how->exit_signal;
		if (how->flags & CLONE_PARENT)
			process->parent = task->process->parent;
	}
	if (how->defaults)
		sea_signals_reset(process);
	pidfd = give_pidfd(task, process, how);
	err = pidfd < -1 ? (int)pidfd : make(task, how, process, pidfd, &child);
	if (err && pidfd >= 0)
		sea_fd_close(task->files, pidfd);
	if (err) {
		if (process != task->process)
			sea_process_free(process);
		return err;
	}
	tid = child->tid;
	if (how->flags & CLONE_VFORK)
		wait_vfork(task, tid);
	return tid;
}
