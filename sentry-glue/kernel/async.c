/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/kernel/async.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"

struct sea_async *sea_async_of(struct sea_file *file)
{
	if (!file->async)
		file->async = calloc(1, sizeof(*file->async));
	if (file->async)
		file->async->file = file;
	return file->async;
}

/* Whether that is a number of a process, a group or a session. */
static bool is_used(struct sea_kernel *kernel, int32_t id)
{
	if (sea_task_find(kernel, id))
		return true;
	for (struct sea_process *p = kernel->processes; p; p = p->next) {
		if (p->pid == id || p->pgid == id || p->sid == id)
			return true;
	}
	return false;
}

int sea_async_own(struct sea_task *task, struct sea_file *file, int type, int32_t id)
{
	struct sea_async *async;

	if (id && !is_used(task->kernel, id))
		return -ESRCH;
	async = sea_async_of(file);
	if (!async)
		return -ENOMEM;
	async->type = type;
	async->id = id;
	async->uid = task->process->creds.uid;
	async->euid = task->process->creds.euid;
	return 0;
}

int sea_async_own_first(struct sea_task *task, struct sea_file *file)
{
	if (file->async && file->async->id)
		return 0;
	return sea_async_own(task, file, F_OWNER_PID, task->process->pid);
}

static bool is_of(const struct sea_process *process, const struct sea_async *async)
{
	if (process->zombie)
		return false;
	return async->type == F_OWNER_PGRP ? process->pgid == async->id : process->pid == async->id;
}

int32_t sea_async_owner(const struct sea_task *task, const struct sea_file *file)
{
	const struct sea_async *async = file->async;

	if (!async || !async->id)
		return 0;
	if (async->type == F_OWNER_TID)
		return sea_task_find(task->kernel, async->id) ? async->id : 0;
	for (const struct sea_process *p = task->kernel->processes; p; p = p->next) {
		if (is_of(p, async))
			return async->id;
	}
	return 0;
}

static void take_out(struct sea_async *async)
{
	if (!async->link)
		return;
	*async->link = async->next;
	if (async->next)
		async->next->link = async->link;
	async->link = NULL;
}

int sea_async_set(struct sea_task *task, struct sea_file *file, int fd, bool on)
{
	struct sea_async *async = on ? sea_async_of(file) : file->async;

	if (on && !async)
		return -ENOMEM;
	if (async)
		take_out(async);
	file->flags = (file->flags & ~O_ASYNC) | (on ? O_ASYNC : 0);
	if (!on)
		return 0;
	async->fd = fd;
	async->next = task->kernel->asyncs;
	async->link = &task->kernel->asyncs;
	if (async->next)
		async->next->link = &async->next;
	task->kernel->asyncs = async;
	return 0;
}

void sea_async_forget(struct sea_file *file)
{
	if (file->async)
		take_out(file->async);
	free(file->async);
	file->async = NULL;
}

/* As for kill, by the ids of who named the owner. */
static bool may_tell(const struct sea_async *async, const struct sea_creds *to)
{
	return !async->euid || async->euid == to->suid || async->euid == to->uid ||
	       async->uid == to->suid || async->uid == to->uid;
}

static void send(struct sea_kernel *kernel, const struct sea_async *async, const siginfo_t *info)
{
	struct sea_task *task = async->type == F_OWNER_TID ? sea_task_find(kernel, async->id)
							   : NULL;

	if (task && may_tell(async, &task->process->creds))
		sea_signal_task(task, info);
	if (async->type == F_OWNER_TID)
		return;
	for (struct sea_process *p = kernel->processes; p; p = p->next) {
		if (is_of(p, async) && may_tell(async, &p->creds))
			sea_signal_process(p, info);
	}
}

/* Those whose codes mean something else. */
static bool has_codes(int sig)
{
	return sig == SIGILL || sig == SIGFPE || sig == SIGSEGV || sig == SIGBUS ||
	       sig == SIGTRAP || sig == SIGCHLD || sig == SIGSYS;
}

static long band_of(int code)
{
	switch (code) {
	case POLL_IN:
		return POLLIN | POLLRDNORM;
	case POLL_OUT:
		return POLLOUT | POLLWRNORM | POLLWRBAND;
	case POLL_MSG:
		return POLLIN | POLLRDNORM | 0x400; /* POLLMSG */
	case POLL_PRI:
		return POLLPRI | POLLRDBAND;
	case POLL_HUP:
		return POLLHUP | POLLERR;
	}
	return POLLERR;
}

void sea_async_send(struct sea_kernel *kernel, const struct sea_async *async, int code)
{
	siginfo_t info = { .si_signo = async->sig ? async->sig : SIGIO, .si_code = SI_KERNEL };

	if (!async->id)
		return;
	if (async->sig) {
		info.si_code = has_codes(async->sig) ? SI_SIGIO : code;
		info.si_band = band_of(code);
		info.si_fd = async->fd;
	}
	send(kernel, async, &info);
}

void sea_async_urgent(struct sea_kernel *kernel, const struct sea_file *file)
{
	const siginfo_t info = { .si_signo = SIGURG, .si_code = SI_KERNEL };

	if (file && file->async && file->async->id)
		send(kernel, file->async, &info);
}

void sea_async_tell(struct sea_kernel *kernel,
		    bool (*is)(const struct sea_file *file, const void *what), const void *what,
		    int code)
{
	for (const struct sea_async *a = kernel->asyncs; a; a = a->next) {
		if (is(a->file, what))
			sea_async_send(kernel, a, code);
	}
}
