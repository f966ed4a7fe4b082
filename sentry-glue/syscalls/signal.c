/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "sentry-glue/fs/pidfd.h"
#include "sentry-glue/fs/proc.h"
#include "sentry-glue/syscalls/sys.h"

#define UNBLOCKABLE (SEA_BIT(SIGKILL) | SEA_BIT(SIGSTOP))
#define MINSTACK 2048u
/* SA_*; by the others a program finds out what there is. With SA_RESTORER. */
#define KNOWN_FLAGS                                                                                \
	((uint64_t)(uint32_t)(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | \
			      SA_NODEFER | SA_RESETHAND) |                                         \
	 0x04000000u)

int64_t sea_sys_rt_sigaction(struct sea_task *task, const uint64_t *a)
{
	struct sea_sigaction *slot, new;

	if (a[3] != 8)
		return -EINVAL;
	if (a[1] && sea_arg_read(task, a[1], &new, sizeof(new)))
		return -EFAULT;
	if (!a[0] || a[0] > SEA_SIGNALS || (a[1] && SEA_BIT(a[0]) & UNBLOCKABLE))
		return -EINVAL;
	slot = &task->process->actions[a[0]];
	if (a[2] && sea_arg_write(task, a[2], slot, sizeof(*slot)))
		return -EFAULT;
	if (a[1]) {
		*slot = new;
		slot->flags &= KNOWN_FLAGS;
		slot->mask &= ~UNBLOCKABLE;
		pthread_cond_signal(&task->kernel->timers); /* one may have stood still */
		if (sea_signal_ignored(task->process, (int)a[0])) {
			sea_sigqueue_flush(&task->process->pending, SEA_BIT(a[0]));
			for (struct sea_task *t = task->process->tasks; t; t = t->next)
				sea_sigqueue_flush(&t->pending, SEA_BIT(a[0]));
		}
	}
	return 0;
}

int64_t sea_sys_rt_sigprocmask(struct sea_task *task, const uint64_t *a)
{
	uint64_t set = 0, old = task->blocked;

	if (a[3] != 8)
		return -EINVAL;
	if (a[1]) {
		if (sea_arg_read(task, a[1], &set, sizeof(set)))
			return -EFAULT;
		set &= ~UNBLOCKABLE;
		switch ((int)a[0]) {
		case SIG_BLOCK:
			task->blocked |= set;
			break;
		case SIG_UNBLOCK:
			task->blocked &= ~set;
			break;
		case SIG_SETMASK:
			task->blocked = set;
			break;
		default:
			return -EINVAL;
		}
	}
	return a[2] ? sea_arg_write(task, a[2], &old, sizeof(old)) : 0;
}

int64_t sea_sys_rt_sigreturn(struct sea_task *task, const uint64_t *a)
{
	(void)a;
	if (sea_frame_pop(task))
		sea_signal_force(task, &(siginfo_t){ .si_signo = SIGSEGV, .si_code = SI_KERNEL });
	return SEA_NO_RESULT;
}

int64_t sea_sys_rt_sigpending(struct sea_task *task, const uint64_t *a)
{
	uint64_t set = (task->pending.set | task->process->pending.set) & task->blocked;

	return a[1] > 8 ? -EINVAL : sea_arg_write(task, a[0], &set, a[1]);
}

int64_t sea_sys_rt_sigsuspend(struct sea_task *task, const uint64_t *a)
{
	uint64_t set;

	if (a[1] != 8)
		return -EINVAL;
	if (sea_arg_read(task, a[0], &set, sizeof(set)))
		return -EFAULT;
	task->saved_blocked = task->blocked;
	task->restore_blocked = true;
	task->blocked = set & ~UNBLOCKABLE;
	while (!sea_task_sleep(task, SEA_NEVER, NULL, 0))
		continue;
	return -SEA_ERESTARTNOHAND;
}

int64_t sea_sys_pause(struct sea_task *task, const uint64_t *a)
{
	(void)a;
	while (!sea_task_sleep(task, SEA_NEVER, NULL, 0))
		continue;
	return -SEA_ERESTARTNOHAND;
}

int64_t sea_sys_rt_sigtimedwait(struct sea_task *task, const uint64_t *a)
{
	int64_t deadline;
	siginfo_t info;
	uint64_t set;
	int err;

	if (a[3] != 8)
		return -EINVAL;
	if (sea_arg_read(task, a[0], &set, sizeof(set)))
		return -EFAULT;
	err = sea_arg_deadline(task, a[2], &deadline);
	set &= ~UNBLOCKABLE;
	while (!err) {
		if (sea_signal_take(task, set, &info)) {
			if (a[1] && sea_arg_write(task, a[1], &info, sizeof(info)))
				return -EFAULT;
			return info.si_signo;
		}
		err = sea_task_sleep(task, deadline, NULL, 0);
		/* Unblocked ones end the wait, but those we wait for are taken first. */
		if (err == -EINTR && sea_signal_take(task, set, &info)) {
			if (a[1] && sea_arg_write(task, a[1], &info, sizeof(info)))
				return -EFAULT;
			return info.si_signo;
		}
	}
	return err == -ETIMEDOUT ? -EAGAIN : err;
}

int64_t sea_sys_sigaltstack(struct sea_task *task, const uint64_t *a)
{
	stack_t new, old = task->altstack;
	uint64_t sp = task->regs.rsp, base = (uint64_t)(uintptr_t)old.ss_sp;
	bool on = !(old.ss_flags & SS_DISABLE) && sp > base && sp - base <= old.ss_size;
	int mode;

	if (a[0]) {
		if (sea_arg_read(task, a[0], &new, sizeof(new)))
			return -EFAULT;
		if (on)
			return -EPERM;
		mode = new.ss_flags;
		if (mode != 0 && mode != SS_DISABLE && mode != SS_ONSTACK)
			return -EINVAL;
		if (!(new.ss_flags &SS_DISABLE) && new.ss_size < MINSTACK)
			return -ENOMEM;
		if (new.ss_flags & SS_DISABLE)
			new = (stack_t){ .ss_flags = SS_DISABLE };
		new.ss_flags &= SS_DISABLE;
		task->altstack = new;
	}
	old.ss_flags = on ? SS_ONSTACK : old.ss_flags;
	return a[1] ? sea_arg_write(task, a[1], &old, sizeof(old)) : 0;
}

static bool may_signal(const struct sea_task *task, const struct sea_process *to, int sig)
{
	const struct sea_creds *us = &task->process->creds, *them = &to->creds;

	if (!us->euid || (sig == SIGCONT && to->sid == task->process->sid))
		return true;
	return us->euid == them->uid || us->euid == them->suid || us->uid == them->uid ||
	       us->uid == them->suid;
}

static siginfo_t from_us(const struct sea_task *task, int sig, int code)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = sig;
	info.si_code = code;
	info.si_pid = task->process->pid;
	info.si_uid = task->process->creds.uid;
	return info;
}

static bool in_kill(const struct sea_task *task, const struct sea_process *p, int64_t pid)
{
	if (pid > 0)
		return p->pid == pid;
	if (pid == -1)
		return p != task->process;
	return p->pgid == (pid ? -pid : task->process->pgid);
}

int64_t sea_sys_kill(struct sea_task *task, const uint64_t *a)
{
	int64_t pid = (int32_t)a[0], err = -ESRCH;
	siginfo_t info = from_us(task, (int)a[1], SI_USER);
	struct sea_process *next;

	if (a[1] > SEA_SIGNALS)
		return -EINVAL;
	for (struct sea_process *p = task->kernel->processes; p; p = next) {
		next = p->next;
		if (!in_kill(task, p, pid))
			continue;
		if (!may_signal(task, p, (int)a[1])) {
			err = err == 0 ? 0 : -EPERM;
			continue;
		}
		err = 0;
		if (a[1])
			sea_signal_process(p, &info);
	}
	return err;
}

static int64_t kill_task(struct sea_task *task, int64_t tgid, int64_t tid, uint64_t sig)
{
	struct sea_task *to;
	siginfo_t info = from_us(task, (int)sig, SI_TKILL);

	if ((int32_t)tid <= 0 || sig > SEA_SIGNALS)
		return -EINVAL;
	to = sea_task_find(task->kernel, (int32_t)tid);
	if (!to || (tgid && to->process->pid != (int32_t)tgid))
		return -ESRCH;
	if (!may_signal(task, to->process, (int)sig))
		return -EPERM;
	if (sig)
		sea_signal_task(to, &info);
	return 0;
}

int64_t sea_sys_tkill(struct sea_task *task, const uint64_t *a)
{
	return kill_task(task, 0, (int64_t)a[0], a[1]);
}

int64_t sea_sys_tgkill(struct sea_task *task, const uint64_t *a)
{
	if ((int32_t)a[0] <= 0)
		return -EINVAL;
	return kill_task(task, (int64_t)a[0], (int64_t)a[1], a[2]);
}

/* The process that a descriptor stands for: one that is there for that, or for a folder of /proc. */
static int process_by(struct sea_task *task, const struct sea_file *file, struct sea_process **to)
{
	pid_t pid = file && file->node ? sea_proc_pid(file->node) : 0;

	if (!file)
		return -EBADF;
	if (!pid)
		return sea_pidfd_process(file, to);
	*to = sea_process_find(task->kernel, pid);
	return 0;
}

int64_t sea_sys_pidfd_send_signal(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file = sea_fd_get(task->files, (int)a[0]);
	siginfo_t info = from_us(task, (int)a[1], SI_USER);
	struct sea_process *to;
	int err;

	if ((uint32_t)a[3])
		return -EINVAL;
	err = process_by(task, file, &to);
	if (err)
		return err;
	if (a[2] && sea_arg_read(task, a[2], &info, sizeof(info)))
		return -EFAULT;
	if (a[2] && info.si_signo != (int)a[1])
		return -EINVAL;
	if (a[2] && to != task->process && (info.si_code >= 0 || info.si_code == SI_TKILL))
		return -EPERM;
	if (!to)
		return -ESRCH;
	if ((uint32_t)a[1] > SEA_SIGNALS)
		return -EINVAL;
	if (!may_signal(task, to, (int)a[1]))
		return -EPERM;
	if ((uint32_t)a[1])
		sea_signal_process(to, &info);
	return 0;
}

/* The sender says what is in it, but may not pass for the kernel, or for one who called kill. */
static int64_t queued_info(struct sea_task *task, uint64_t at, uint64_t sig, int64_t pid,
			   siginfo_t *info)
{
	if (sea_arg_read(task, at, info, sizeof(*info)))
		return -EFAULT;
	info->si_signo = (int)sig;
	if ((info->si_code >= 0 || info->si_code == SI_TKILL) && pid != task->process->pid)
		return -EPERM;
	return 0;
}

int64_t sea_sys_rt_sigqueueinfo(struct sea_task *task, const uint64_t *a)
{
	int64_t pid = (int32_t)a[0];
	struct sea_task *thread = sea_task_find(task->kernel, (pid_t)pid);
	struct sea_process *to = thread ? thread->process
					: sea_process_find(task->kernel, (pid_t)pid);
	siginfo_t info;
	int64_t err = queued_info(task, a[2], a[1], pid, &info);

	if (err)
		return err;
	if (!to)
		return -ESRCH;
	if (a[1] > SEA_SIGNALS)
		return -EINVAL;
	if (!may_signal(task, to, (int)a[1]))
		return -EPERM;
	if (a[1])
		sea_signal_process(to, &info);
	return 0;
}

int64_t sea_sys_rt_tgsigqueueinfo(struct sea_task *task, const uint64_t *a)
{
	int64_t tgid = (int32_t)a[0];
	struct sea_task *to = sea_task_find(task->kernel, (int32_t)a[1]);
	siginfo_t info;
	int64_t err = queued_info(task, a[3], a[2], tgid, &info);

	if (err)
		return err;
	if (tgid <= 0 || (int32_t)a[1] <= 0)
		return -EINVAL;
	if (!to || to->process->pid != tgid)
		return -ESRCH;
	if (a[2] > SEA_SIGNALS)
		return -EINVAL;
	if (!may_signal(task, to->process, (int)a[2]))
		return -EPERM;
	if (a[2])
		sea_signal_task(to, &info);
	return 0;
}
