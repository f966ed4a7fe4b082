/* SPDX-License-Identifier: Apache-2.0 */
/* What may be asked of either side of a pseudo-terminal; ioctl_tty(2). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "sentry-glue/fs/pty.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"

#define OLD_SIZE 36u /* of struct termios: without the speeds */

struct ask {
	struct sea_task *task;
	struct sea_file *file;
	struct sea_pty *pty;
	bool master;
	uint64_t arg;
};

static int64_t give(const struct ask *ask, const void *from, size_t size)
{
	return sea_mm_write(ask->task->mm, ask->task->vcpu, ask->arg, from, size);
}

static int64_t give_int(const struct ask *ask, int32_t value)
{
	return give(ask, &value, sizeof(value));
}

static int take(const struct ask *ask, void *to, size_t size)
{
	return sea_mm_read(ask->task->mm, ask->arg, to, size);
}

/* Who is not in the foreground does not change it. */
static int may_change(const struct ask *ask)
{
	return ask->master ? 0 : sea_tty_check(ask->task, sea_pty_ctty(ask->pty), SIGTTOU);
}

static int64_t set_modes(const struct ask *ask, size_t size, bool flush)
{
	struct termios2 modes = ask->pty->modes;
	int err = may_change(ask);

	if (err)
		return err;
	if (take(ask, &modes, size))
		return -EFAULT;
	if (flush)
		sea_ldisc_flush_input(ask->pty);
	sea_ldisc_set(ask->pty, &modes);
	return 0;
}

static int64_t set_size(const struct ask *ask)
{
	struct sea_pty_size size;

	if (take(ask, &size, sizeof(size)))
		return -EFAULT;
	if (!memcmp(&size, &ask->pty->size, sizeof(size)))
		return 0;
	ask->pty->size = size;
	if (ask->pty->pgid)
		sea_tty_group(ask->pty->kernel, ask->pty->pgid, SIGWINCH);
	return 0;
}

static int64_t flush(const struct ask *ask)
{
	struct sea_pty *pty = ask->pty;
	int err = may_change(ask);

	if (err)
		return err;
	if (ask->arg > TCIOFLUSH)
		return -EINVAL;
	if (ask->master) {
		if (ask->arg != TCOFLUSH)
			pty->out_n = pty->out_held = 0;
		return 0;
	}
	if (ask->arg != TCOFLUSH)
		sea_ldisc_flush_input(pty);
	if (ask->arg != TCIFLUSH)
		sea_ldisc_flush_output(pty);
	return 0;
}

static int64_t flow(const struct ask *ask)
{
	struct sea_pty *pty = ask->pty;
	int err = may_change(ask);

	if (err)
		return err;
	switch (ask->arg) {
	case TCOOFF:
	case TCOON:
		if (!ask->master)
			sea_ldisc_stop(pty, ask->arg == TCOOFF);
		return 0;
	case TCIOFF:
	case TCION:
		if (!ask->master && pty->modes.c_cc[ask->arg == TCIOFF ? VSTOP : VSTART])
			sea_ldisc_put(pty, pty->modes.c_cc[ask->arg == TCIOFF ? VSTOP : VSTART]);
		return 0;
	}
	return -EINVAL;
}

static int64_t set_packet(const struct ask *ask)
{
	int32_t on;

	if (take(ask, &on, sizeof(on)))
		return -EFAULT;
	if (on && !ask->pty->packet)
		ask->pty->status = 0;
	ask->pty->packet = on;
	return 0;
}

static int64_t set_lock(const struct ask *ask)
{
	int32_t on;

	if (take(ask, &on, sizeof(on)))
		return -EFAULT;
	ask->pty->locked = on;
	return 0;
}

static int64_t send_signal(const struct ask *ask)
{
	int sig = (int)ask->arg;

	if (sig != SIGINT && sig != SIGQUIT && sig != SIGTSTP)
		return -EINVAL;
	if (ask->pty->pgid)
		sea_tty_group(ask->pty->kernel, ask->pty->pgid, sig);
	return 0;
}

/* A descriptor of the slave, whatever its name leads to. */
static int64_t open_peer(const struct ask *ask)
{
	const int known = O_ACCMODE | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | 0100000;
	int flags = (int)ask->arg;
	struct sea_file *file = sea_file_new(NULL, flags & known, ask->pty->node);
	int err;

	if (!file)
		return -ENOMEM;
	err = sea_pty_slave(ask->pty, ask->task, file);
	file->flags = flags & known & ~O_NOCTTY; /* as on Linux, with the others */
	if (err) {
		sea_file_put(file);
		return err;
	}
	return sea_fd_add(ask->task->files, file, 0,
			  ask->task->process->limits[RLIMIT_NOFILE].rlim_cur, flags & O_CLOEXEC);
}

static int64_t of_master(const struct ask *ask, uint64_t cmd)
{
	struct sea_pty *pty = ask->pty;

	switch (cmd) {
	case TIOCGPTN:
		return give(ask, &pty->number, sizeof(pty->number));
	case TIOCSPTLCK:
		return set_lock(ask);
	case TIOCGPTLCK:
		return give_int(ask, pty->locked);
	case TIOCPKT:
		return set_packet(ask);
	case TIOCGPKT:
		return give_int(ask, pty->packet);
	case TIOCSIG:
		return send_signal(ask);
	case TIOCGPTPEER:
		return open_peer(ask);
	}
	return -ENOTTY;
}

static int64_t line_of(const struct ask *ask)
{
	int32_t line;

	if (take(ask, &line, sizeof(line)))
		return -EFAULT;
	return line ? -EINVAL : 0; /* there is no other than N_TTY */
}

static int64_t modes_of(const struct ask *ask, uint64_t cmd)
{
	switch (cmd) {
	case TCGETS:
		return give(ask, &ask->pty->modes, OLD_SIZE);
	case TCGETS2:
		return give(ask, &ask->pty->modes, sizeof(ask->pty->modes));
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return set_modes(ask, OLD_SIZE, cmd == TCSETSF);
	case TCSETS2:
	case TCSETSW2:
	case TCSETSF2:
		return set_modes(ask, sizeof(ask->pty->modes), cmd == TCSETSF2);
	}
	return -ENOTTY;
}

static int64_t of_both(const struct ask *ask, uint64_t cmd)
{
	struct sea_pty *pty = ask->pty;

	switch (cmd) {
	case TIOCGWINSZ:
		return give(ask, &pty->size, sizeof(pty->size));
	case TIOCSWINSZ:
		return set_size(ask);
	case TIOCINQ:
		return give_int(ask, (int32_t)(ask->master ? pty->out_n - pty->out_held
							   : sea_ldisc_waiting(pty)));
	case TIOCOUTQ:
		return give_int(ask, 0);
	case TCFLSH:
		return flush(ask);
	case TCXONC:
		return flow(ask);
	case TCSBRK:
	case TCSBRKP:
		return may_change(ask); /* nothing is under way, and there is no line to break */
	case TIOCEXCL:
	case TIOCNXCL:
		pty->exclusive = cmd == TIOCEXCL;
		return 0;
	case TIOCGEXCL:
		return give_int(ask, pty->exclusive);
	case TIOCGETD:
		return give_int(ask, 0);
	case TIOCSETD:
		return line_of(ask);
	case TIOCSTI:
		return -EIO; /* as with dev.tty.legacy_tiocsti=0 */
	}
	return modes_of(ask, cmd);
}

int64_t sea_pty_ioctl(struct sea_file *file, struct sea_task *task, uint64_t cmd, uint64_t arg)
{
	struct ask ask = { .task = task,
			   .file = file,
			   .pty = sea_pty_get(file),
			   .master = file->ops == &sea_pty_master_ops,
			   .arg = arg };
	int64_t err;

	if (!ask.master && sea_pty_dead(file))
		return cmd == TIOCSPGRP ? -ENOTTY : -EIO;
	if (sea_tty_knows(cmd))
		return sea_tty_ioctl(task, file, sea_pty_ctty(ask.pty), ask.master, cmd, arg);
	err = ask.master ? of_master(&ask, cmd) : -ENOTTY;
	return err == -ENOTTY ? of_both(&ask, cmd) : err;
}
