/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/fs/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sentry-glue/fs/pty.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"

struct sea_ctty sea_tty_outer(struct sea_kernel *kernel)
{
	return (struct sea_ctty){ &kernel->tty_sid, &kernel->tty_pgid };
}

void sea_tty_init(struct sea_kernel *kernel)
{
	kernel->tty_fd = -1;
	for (int fd = 0; fd < 3 && kernel->tty_fd < 0; fd++)
		kernel->tty_fd = isatty(fd) ? fd : -1;
	if (kernel->tty_fd >= 0)
		sea_tty_take(sea_tty_outer(kernel), kernel->init);
}

bool sea_tty_controls(struct sea_ctty tty, const struct sea_process *process)
{
	return *tty.sid == process->sid && !process->no_tty;
}

void sea_tty_group(struct sea_kernel *kernel, pid_t pgid, int sig)
{
	const siginfo_t info = { .si_signo = sig, .si_code = SI_KERNEL };

	for (struct sea_process *p = kernel->processes; p; p = p->next) {
		if (p->pgid == pgid)
			sea_signal_process(p, &info);
	}
}

/* Nobody in the session could let it go on again, once `gone` has gone (NULL: nobody goes). */
static bool orphaned(const struct sea_kernel *kernel, pid_t pgid, const struct sea_process *gone)
{
	for (const struct sea_process *p = kernel->processes; p; p = p->next) {
		if (p->pgid == pgid && !p->zombie && p->parent && p != gone && p->parent != gone &&
		    p->parent->sid == p->sid && p->parent->pgid != pgid)
			return false;
	}
	return true;
}

int sea_tty_check(struct sea_task *task, struct sea_ctty tty, int sig)
{
	const struct sea_kernel *kernel = task->kernel;
	const struct sea_process *process = task->process;

	if (!sea_tty_controls(tty, process) || !*tty.pgid || process->pgid == *tty.pgid)
		return 0;
	if (task->blocked & SEA_BIT(sig) || sea_signal_ignored(process, sig))
		return sig == SIGTTIN ? -EIO : 0;
	if (orphaned(kernel, process->pgid, NULL))
		return -EIO;
	sea_tty_group(task->kernel, process->pgid, sig);
	return -SEA_ERESTARTSYS;
}

static int64_t set_group(struct sea_task *task, struct sea_ctty tty, uint64_t arg)
{
	const struct sea_kernel *kernel = task->kernel;
	bool other = false;
	int32_t pgid;
	int err = sea_tty_check(task, tty, SIGTTOU);

	if (err)
		return err == -EIO ? -ENOTTY : err;
	if (!sea_tty_controls(tty, task->process))
		return -ENOTTY;
	if (sea_mm_read(task->mm, arg, &pgid, sizeof(pgid)))
		return -EFAULT;
	if (pgid < 0)
		return -EINVAL;
	for (const struct sea_process *p = kernel->processes; p; p = p->next) {
		if (p->pgid == pgid && p->sid == *tty.sid) {
			*tty.pgid = pgid;
			return 0;
		}
		other |= p->pgid == pgid || p->pid == pgid;
	}
	return other ? -EPERM : -ESRCH;
}

static bool has_terminal(struct sea_process *process)
{
	return sea_tty_controls(sea_tty_outer(process->kernel), process) || sea_pty_of(process);
}

void sea_tty_take(struct sea_ctty tty, struct sea_process *process)
{
	if (process->pid != process->sid || has_terminal(process) || *tty.sid)
		return;
	*tty.sid = process->sid;
	*tty.pgid = process->pgid;
	process->no_tty = false;
}

/* Who leads a session, and has none, may make a terminal the session's. */
static int64_t acquire(struct sea_task *task, const struct sea_file *file, struct sea_ctty tty,
		       uint64_t arg)
{
	struct sea_process *process = task->process;
	bool leads = process->pid == process->sid;

	if (leads && *tty.sid == process->sid && !process->no_tty)
		return 0;
	if (!leads || has_terminal(process) || (file->flags & O_ACCMODE) == O_WRONLY)
		return -EPERM;
	if (*tty.sid && (arg != 1 || process->creds.euid))
		return -EPERM;
	*tty.sid = *tty.pgid = 0; /* whose it was has none now */
	sea_tty_take(tty, process);
	return 0;
}

static int64_t leave(struct sea_task *task, struct sea_ctty tty)
{
	struct sea_process *process = task->process;
	pid_t pgid = *tty.pgid;

	if (!sea_tty_controls(tty, process))
		return -ENOTTY;
	if (process->pid != process->sid) {
		process->no_tty = true;
		return 0;
	}
	*tty.sid = *tty.pgid = 0;
	if (pgid) {
		sea_tty_group(task->kernel, pgid, SIGHUP);
		sea_tty_group(task->kernel, pgid, SIGCONT);
	}
	return 0;
}

bool sea_tty_knows(uint64_t cmd)
{
	return cmd == TIOCGPGRP || cmd == TIOCSPGRP || cmd == TIOCGSID || cmd == TIOCSCTTY ||
	       cmd == TIOCNOTTY;
}

int64_t sea_tty_ioctl(struct sea_task *task, const struct sea_file *file, struct sea_ctty tty,
		      bool from_master, uint64_t cmd, uint64_t arg)
{
	switch (cmd) {
	case TIOCSCTTY:
		return acquire(task, file, tty, arg);
	case TIOCNOTTY:
		return from_master ? -ENOTTY : leave(task, tty);
	case TIOCSPGRP:
		return set_group(task, tty, arg);
	}
	if (!from_master && !sea_tty_controls(tty, task->process))
		return -ENOTTY;
	if (cmd == TIOCGSID && !*tty.sid)
		return -ENOTTY;
	return sea_mm_write(task->mm, task->vcpu, arg, cmd == TIOCGSID ? tty.sid : tty.pgid,
			    sizeof(pid_t));
}

void sea_tty_leader_gone(struct sea_process *process)
{
	struct sea_pty *pty = sea_pty_of(process);
	struct sea_ctty tty = pty ? sea_pty_ctty(pty) : sea_tty_outer(process->kernel);
	pid_t pgid = *tty.pgid;

	if (!sea_tty_controls(tty, process))
		return;
	*tty.sid = *tty.pgid = 0;
	if (pgid)
		sea_tty_group(process->kernel, pgid, SIGHUP);
}

static void hang_up_orphans(const struct sea_process *gone, pid_t pgid)
{
	const struct sea_process *p = gone->kernel->processes;

	while (p && (p->pgid != pgid || !p->stopped || p->zombie))
		p = p->next;
	if (!p || !orphaned(gone->kernel, pgid, gone))
		return;
	sea_tty_group(gone->kernel, pgid, SIGHUP);
	sea_tty_group(gone->kernel, pgid, SIGCONT);
}

void sea_tty_orphans(const struct sea_process *gone)
{
	const struct sea_process *up = gone->parent;

	if (up && up->pgid != gone->pgid && up->sid == gone->sid)
		hang_up_orphans(gone, gone->pgid);
	for (const struct sea_process *p = gone->kernel->processes; p; p = p->next) {
		if (p->parent == gone && p->pgid != gone->pgid && p->sid == gone->sid)
			hang_up_orphans(gone, p->pgid);
	}
}

void sea_tty_signal(struct sea_kernel *kernel, int sig)
{
	kernel->stop_too = sig == SIGTSTP;
	sea_tty_group(kernel, kernel->tty_pgid, sig);
}
