/* SPDX-License-Identifier: Apache-2.0 */
/* fcntl: who gets signals of an open file, and which. */
#include <fcntl.h>
#include <limits.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "sentry-glue/fs/pty.h"
#include "sentry-glue/kernel/async.h"
#include "sentry-glue/syscalls/sys.h"

static int64_t get_ex(struct sea_task *task, struct sea_file *file, uint64_t at)
{
	struct f_owner_ex ex = { .pid = sea_async_owner(task, file) };

	ex.type = (enum __pid_type)(file->async ? file->async->type : F_OWNER_TID);
	return sea_arg_write(task, at, &ex, sizeof(ex));
}

static int64_t set_ex(struct sea_task *task, struct sea_file *file, uint64_t at)
{
	struct {
		int32_t type, pid;
	} ex;

	if (sea_arg_read(task, at, &ex, sizeof(ex)))
		return -EFAULT;
	if (ex.type != F_OWNER_TID && ex.type != F_OWNER_PID && ex.type != F_OWNER_PGRP)
		return -EINVAL;
	return sea_async_own(task, file, ex.type, ex.pid);
}

static int64_t set(struct sea_task *task, struct sea_file *file, int32_t who)
{
	if (who == INT_MIN)
		return -EINVAL;
	return who < 0 ? sea_async_own(task, file, F_OWNER_PGRP, -who)
		       : sea_async_own(task, file, F_OWNER_PID, who);
}

static int64_t get(struct sea_task *task, struct sea_file *file)
{
	int32_t id = sea_async_owner(task, file);

	return file->async && file->async->type == F_OWNER_PGRP ? -id : id;
}

static int64_t set_signal(struct sea_file *file, uint64_t sig)
{
	struct sea_async *async;

	if (sig > SEA_SIGNALS)
		return -EINVAL;
	async = sea_async_of(file);
	if (!async)
		return -ENOMEM;
	async->sig = (int)sig;
	return 0;
}

int64_t sea_fcntl_owner(struct sea_task *task, struct sea_file *file, int cmd, uint64_t arg)
{
	if (!file->ops)
		return -EBADF;
	switch (cmd) {
	case F_GETOWN:
		return get(task, file);
	case F_SETOWN:
		return set(task, file, (int32_t)arg);
	case F_GETOWN_EX:
		return get_ex(task, file, arg);
	case F_SETOWN_EX:
		return set_ex(task, file, arg);
	case F_GETSIG:
		return file->async ? file->async->sig : 0;
	}
	return set_signal(file, arg);
}

int sea_file_async(struct sea_task *task, struct sea_file *file, int fd, bool on)
{
	const struct sea_pty *pty = file->ops == &sea_pty_slave_ops ? sea_pty_get(file) : NULL;
	int err = 0;

	if (on == !!(file->flags & O_ASYNC) || !file->ops->async)
		return 0;
	/* A terminal's is, to begin with, the group in its foreground. */
	if (on && pty && !(file->async && file->async->id))
		err = pty->pgid > 0 ? sea_async_own(task, file, F_OWNER_PGRP, pty->pgid)
				    : sea_async_own_first(task, file);
	return err ? err : sea_async_set(task, file, fd, on);
}

int64_t sea_ioctl_owner(struct sea_task *task, struct sea_file *file, uint32_t cmd, uint64_t at)
{
	int32_t who = (int32_t)get(task, file);

	if (cmd == FIOGETOWN || cmd == SIOCGPGRP)
		return sea_arg_write(task, at, &who, sizeof(who));
	if (sea_arg_read(task, at, &who, sizeof(who)))
		return -EFAULT;
	return set(task, file, who);
}
