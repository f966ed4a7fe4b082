/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/fs/signalfd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/signalfd.h>

#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"

struct sea_signalfd {
	struct sea_signalfd *next;
	struct sea_kernel *kernel;
	uint64_t mask;
	struct sea_waitq waitq;
};

static void describe(const siginfo_t *info, struct signalfd_siginfo *to)
{
	*to = (struct signalfd_siginfo){
		.ssi_signo = (uint32_t)info->si_signo,
		.ssi_errno = info->si_errno,
		.ssi_code = info->si_code,
		.ssi_pid = (uint32_t)info->si_pid,
		.ssi_uid = info->si_uid,
	};
	if (info->si_signo == SIGCHLD && info->si_code > 0) {
		to->ssi_status = info->si_status;
	} else if (info->si_code < 0 && info->si_code != SI_TKILL) {
		to->ssi_int = info->si_int;
		to->ssi_ptr = (uint64_t)(uintptr_t)info->si_ptr;
	}
}

static int64_t signals_read(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	const struct sea_signalfd *s = file->own;
	struct signalfd_siginfo one;
	int64_t total = 0, put;
	siginfo_t info;

	(void)pos;
	if (uio->left < sizeof(one))
		return -EINVAL;
	while (uio->left >= sizeof(one) && sea_signal_take(uio->task, s->mask, &info)) {
		describe(&info, &one);
		put = sea_uio_put(uio, &one, sizeof(one));
		if (put < (int64_t)sizeof(one))
			return total ? total : -EFAULT;
		total += put;
	}
	return total ? total : -EAGAIN;
}

static int64_t signals_write(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	(void)file, (void)uio, (void)pos;
	return -EINVAL;
}

static int signals_poll(struct sea_file *file, struct sea_task *task, struct sea_wait *wait)
{
	struct sea_signalfd *s = file->own;

	if (wait)
		sea_wait_add(&s->waitq, wait, task);
	return (task->pending.set | task->process->pending.set) & s->mask ? POLLIN | POLLRDNORM : 0;
}

static void signals_release(struct sea_file *file)
{
	struct sea_signalfd *s = file->own, **link = &s->kernel->signalfds;

	while (*link != s)
		link = &(*link)->next;
	*link = s->next;
	free(s);
}

static const struct sea_file_ops signals_ops = {
	.read = signals_read,
	.write = signals_write,
	.poll = signals_poll,
	.release = signals_release,
};

/* Those two cannot be had by anyone. */
static uint64_t takeable(uint64_t mask)
{
	return mask & ~(SEA_BIT(SIGKILL) | SEA_BIT(SIGSTOP));
}

int sea_signalfd_new(struct sea_kernel *kernel, uint64_t mask, int flags, struct sea_file **made)
{
	struct sea_signalfd *s = calloc(1, sizeof(*s));

	*made = s ? sea_file_new(&signals_ops, O_RDWR | (flags & O_NONBLOCK), NULL) : NULL;
	if (!*made) {
		free(s);
		return -ENOMEM;
	}
	s->kernel = kernel;
	s->mask = takeable(mask);
	s->next = kernel->signalfds;
	kernel->signalfds = s;
	(*made)->own = s;
	return 0;
}

int sea_signalfd_set(struct sea_file *file, uint64_t mask)
{
	struct sea_signalfd *s = file->own;

	if (file->ops != &signals_ops)
		return -EINVAL;
	s->mask = takeable(mask);
	sea_waitq_wake(&s->waitq);
	return 0;
}

void sea_signalfds_wake(struct sea_kernel *kernel)
{
	for (struct sea_signalfd *s = kernel->signalfds; s; s = s->next)
		sea_waitq_wake(&s->waitq);
}
