/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/fs/tty.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sentry-glue/kernel/kernel.h"

void sea_tty_init(struct sea_kernel *kernel)
{
	kernel->tty_fd = -1;
	for (int fd = 0; fd < 3 && kernel->tty_fd < 0; fd++)
		kernel->tty_fd = isatty(fd) ? fd : -1;
	if (kernel->tty_fd < 0)
		return;
	kernel->tty_sid = kernel->init->sid;
	kernel->tty_pgid = kernel->init->pgid;
}

static void signal_group(struct sea_kernel *kernel, pid_t pgid, int sig)
{
	const siginfo_t info = { .si_signo = sig, .si_code = SI_KERNEL };

	for (struct sea_process *p = kernel->processes; p; p = p->next) {
		if (p->pgid == pgid)
			sea_signal_process(p, &info);
	}
}

/* Nobody in the session could let it go on again. */
static bool orphaned(const struct sea_kernel *kernel, pid_t pgid)
{
	for (const struct sea_process *p = kernel->processes; p; p = p->next) {
		if (p->pgid == pgid && !p->zombie && p->parent && p->parent->sid == p->sid &&
		    p->parent->pgid != pgid)
			return false;
	}
	return true;
}

int sea_tty_check(struct sea_task *task, int sig)
{
	const struct sea_kernel *kernel = task->kernel;
	const struct sea_process *process = task->process;

	if (process->sid != kernel->tty_sid || process->pgid == kernel->tty_pgid)
		return 0;
	if (task->blocked & SEA_BIT(sig) || sea_signal_ignored(process, sig))
		return sig == SIGTTIN ? -EIO : 0;
	if (orphaned(kernel, process->pgid))
		return -EIO;
	signal_group(task->kernel, process->pgid, sig);
	return -SEA_ERESTARTSYS;
}

static int64_t set_group(struct sea_task *task, uint64_t arg)
{
	struct sea_kernel *kernel = task->kernel;
	bool other = false;
	int32_t pgid;
	int err = sea_tty_check(task, SIGTTOU);

	if (err)
		return err == -EIO ? -ENOTTY : err;
	if (sea_mm_read(task->mm, arg, &pgid, sizeof(pgid)))
		return -EFAULT;
	if (pgid < 0)
		return -EINVAL;
	for (const struct sea_process *p = kernel->processes; p; p = p->next) {
		if (p->pgid == pgid && p->sid == kernel->tty_sid) {
			kernel->tty_pgid = pgid;
			return 0;
		}
		other |= p->pgid == pgid || p->pid == pgid;
	}
	return other ? -EPERM : -ESRCH;
}

int64_t sea_tty_ioctl(struct sea_task *task, uint64_t cmd, uint64_t arg)
{
	struct sea_kernel *kernel = task->kernel;
	const int32_t *value = cmd == TIOCGSID ? &kernel->tty_sid : &kernel->tty_pgid;

	if (task->process->sid != kernel->tty_sid)
		return -ENOTTY;
	if (cmd == TIOCSPGRP)
		return set_group(task, arg);
	return sea_mm_write(task->mm, task->vcpu, arg, value, sizeof(*value));
}

void sea_tty_signal(struct sea_kernel *kernel, int sig)
{
	kernel->stop_too = sig == SIGTSTP;
	signal_group(kernel, kernel->tty_pgid, sig);
}
