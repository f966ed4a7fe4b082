/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/fs/pidfd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>

#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"

struct sea_pidfd {
	struct sea_pidfd *next;
	struct sea_kernel *kernel;
	struct sea_process *process; /* NULL: reaped */
	struct sea_waitq waitq;
};

static int64_t nothing(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	(void)file, (void)uio, (void)pos;
	return -EINVAL;
}

static int pid_poll(struct sea_file *file, struct sea_task *task, struct sea_wait *wait)
{
	struct sea_pidfd *p = file->own;

	if (wait)
		sea_wait_add(&p->waitq, wait, task);
	if (!p->process)
		return POLLIN | POLLRDNORM | POLLHUP;
	return p->process->zombie ? POLLIN | POLLRDNORM : 0;
}

static void pid_release(struct sea_file *file)
{
	struct sea_pidfd *p = file->own, **link = &p->kernel->pidfds;

	while (*link != p)
		link = &(*link)->next;
	*link = p->next;
	free(p);
}

static const struct sea_file_ops pid_ops = {
	.read = nothing,
	.write = nothing,
	.poll = pid_poll,
	.release = pid_release,
};

int sea_pidfd_new(struct sea_process *process, int flags, struct sea_file **made)
{
	struct sea_pidfd *p = calloc(1, sizeof(*p));

	*made = p ? sea_file_new(&pid_ops, O_RDWR | (flags & O_NONBLOCK), NULL) : NULL;
	if (!*made) {
		free(p);
		return -ENOMEM;
	}
	p->kernel = process->kernel;
	p->process = process;
	p->next = p->kernel->pidfds;
	p->kernel->pidfds = p;
	(*made)->own = p;
	return 0;
}

int sea_pidfd_process(const struct sea_file *file, struct sea_process **process)
{
	const struct sea_pidfd *p = file->own;

	if (file->ops != &pid_ops)
		return -EBADF;
	*process = p->process;
	return 0;
}

void sea_pidfds_tell(struct sea_process *process, int gone)
{
	for (struct sea_pidfd *p = process->kernel->pidfds; p; p = p->next) {
		if (p->process != process)
			continue;
		if (gone)
			p->process = NULL;
		sea_waitq_wake(&p->waitq);
	}
}
