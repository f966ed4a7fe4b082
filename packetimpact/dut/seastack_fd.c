// SPDX-License-Identifier: Apache-2.0
/* Descriptors and the open files behind them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "packetimpact/dut/seastack.h"

/* What F_SETFL may change. */
#define SETFL_MASK (O_APPEND | O_NONBLOCK | O_NDELAY | O_ASYNC | O_NOATIME | O_DIRECT)

/* -- files -- */

struct sea_proc_file *sea_proc_file_new(struct sea_proc *proc, enum sea_proc_kind kind, int flags)
{
	struct sea_proc_file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->kind = kind;
	file->flags = flags;
	file->id = ++proc->next_id;
	file->host_fd = -1;
	sea_list_init(&file->watches);
	sea_list_push_back(&proc->files, &file->node);
	return file;
}

void sea_proc_file_put(struct sea_proc *proc, struct sea_proc_file *file)
{
	if (file->refs && --file->refs)
		return;
	sea_proc_epoll_forget(proc, file);
	sea_list_remove(&file->node);
	switch (file->kind) {
	case SEA_PROC_SOCKET:
		sea_proc_sock_release(proc, file);
		break;
	case SEA_PROC_PIPE_READ:
	case SEA_PROC_PIPE_WRITE:
		sea_proc_pipe_release(proc, file);
		break;
	case SEA_PROC_EPOLL:
		sea_proc_epoll_release(proc, file);
		break;
	case SEA_PROC_FILE:
		(void)close(file->host_fd);
		break;
	}
	free(file);
}

uint32_t sea_proc_file_poll(struct sea_proc *proc, struct sea_proc_file *file)
{
	switch (file->kind) {
	case SEA_PROC_SOCKET:
		return sea_proc_sock_poll(proc, file);
	case SEA_PROC_EPOLL:
		return sea_proc_epoll_poll(proc, file);
	case SEA_PROC_PIPE_READ:
	case SEA_PROC_PIPE_WRITE:
		return sea_proc_pipe_poll(file);
	case SEA_PROC_FILE:
		break;
	}
	return EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM;
}

/* -- descriptors -- */

struct sea_proc_file *sea_proc_fd(const struct sea_proc *proc, uint64_t fd)
{
	/* The kernel looks at 32 bits. */
	uint32_t i = (uint32_t)fd;

	return i < SEA_PROC_FDS ? proc->fds[i].file : NULL;
}

int sea_proc_fd_install(struct sea_proc *proc, struct sea_proc_file *file, int from, bool cloexec)
{
	for (int fd = from; fd < SEA_PROC_FDS; fd++) {
		if (proc->fds[fd].file)
			continue;
		file->refs++;
		proc->fds[fd].file = file;
		proc->fds[fd].cloexec = cloexec;
		return fd;
	}
	return -EMFILE;
}

void sea_proc_call_dup(struct sea_proc *proc, struct sea_proc_op *op)
{
	struct sea_proc_file *file = sea_proc_fd(proc, op->call->arg[0]);

	sea_proc_finish(op, file ? sea_proc_fd_install(proc, file, 0, false) : -EBADF);
}

void sea_proc_call_dup2(struct sea_proc *proc, struct sea_proc_op *op)
{
	struct sea_proc_file *file = sea_proc_fd(proc, op->call->arg[0]), *old;
	uint32_t to = (uint32_t)op->call->arg[1];

	if (!file || to >= SEA_PROC_FDS) {
		sea_proc_finish(op, -EBADF);
		return;
	}
	old = proc->fds[to].file;
	if (old != file) {
		proc->fds[to].file = NULL;
		(void)sea_proc_fd_install(proc, file, (int)to, false);
		if (old)
			sea_proc_file_put(proc, old);
	}
	sea_proc_finish(op, (long)to);
}

static void close_step(struct sea_proc *proc, struct sea_proc_op *op)
{
	sea_blocking_step(&op->blocking, proc->now);
	sea_proc_sock_follow(proc, op);
}

/* A socket's last descriptor may wait for SO_LINGER; its file is gone for all others then. */
static void close_socket(struct sea_proc *proc, struct sea_proc_op *op, struct sea_proc_file *file)
{
	sea_proc_epoll_forget(proc, file);
	sea_blocking_close(&op->blocking, proc->stack, file->sock, proc->now);
	if (!op->blocking.done)
		sea_proc_op_hold(op, file);
	file->refs--;
	op->step = close_step;
	sea_proc_sock_follow(proc, op);
	if (!op->finished)
		return;
	file->sock = SEA_SOCKET_NONE;
	sea_proc_file_put(proc, file);
}

void sea_proc_call_close(struct sea_proc *proc, struct sea_proc_op *op)
{
	struct sea_proc_file *file = sea_proc_fd(proc, op->call->arg[0]);

	if (!file) {
		sea_proc_finish(op, -EBADF);
		return;
	}
	proc->fds[(uint32_t)op->call->arg[0]].file = NULL;
	if (file->kind == SEA_PROC_SOCKET && file->refs == 1) {
		close_socket(proc, op, file);
		return;
	}
	sea_proc_file_put(proc, file);
	sea_proc_finish(op, 0);
}

/* -- fcntl, ioctl -- */

static long set_flags(struct sea_proc_file *file, int arg)
{
	if (arg & O_DIRECT && file->kind == SEA_PROC_SOCKET)
		return -EINVAL;
	file->flags = (file->flags & ~SETFL_MASK) | (arg & SETFL_MASK);
	return 0;
}

static long dup_from(struct sea_proc *proc, struct sea_proc_file *file, uint64_t from, bool cloexec)
{
	if (from >= SEA_PROC_FDS)
		return -EINVAL;
	return sea_proc_fd_install(proc, file, (int)from, cloexec);
}

void sea_proc_call_fcntl(struct sea_proc *proc, struct sea_proc_op *op)
{
	const uint64_t fd = op->call->arg[0], arg = op->call->arg[2];
	struct sea_proc_file *file = sea_proc_fd(proc, fd);
	int cmd = (int)op->call->arg[1];
	long result = -EINVAL;

	if (!file) {
		sea_proc_finish(op, -EBADF);
		return;
	}
	if (cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC)
		result = dup_from(proc, file, arg, cmd == F_DUPFD_CLOEXEC);
	else if (cmd == F_GETFD)
		result = proc->fds[(uint32_t)fd].cloexec ? FD_CLOEXEC : 0;
	else if (cmd == F_GETFL)
		result = file->flags;
	else if (cmd == F_SETFL)
		result = set_flags(file, (int)arg);
	else if (cmd == F_SETPIPE_SZ || cmd == F_GETPIPE_SZ)
		result = file->pipe ? sea_proc_pipe_fcntl(proc, file, cmd, (long)arg) : -EBADF;
	else if (cmd == F_SETFD) {
		proc->fds[(uint32_t)fd].cloexec = arg & FD_CLOEXEC;
		result = 0;
	}
	sea_proc_finish(op, result);
}

static long set_nonblock(struct sea_proc_file *file, uint64_t arg)
{
	if (!sea_proc_readable(arg, sizeof(int)))
		return -EFAULT;
	file->flags &= ~O_NONBLOCK;
	if (*(int *)sea_proc_ptr(arg))
		file->flags |= O_NONBLOCK;
	return 0;
}

static long put_int(uint64_t arg, int value)
{
	if (!sea_proc_writable(arg, sizeof(int)))
		return -EFAULT;
	*(int *)sea_proc_ptr(arg) = value;
	return 0;
}

/* What an argument itself points to is not brought along: scripts have numbers. */
static long sock_ioctl(struct sea_proc *proc, struct sea_proc_file *file, unsigned long request,
		       uint64_t arg)
{
	struct sea_ioctl call = { .size = sizeof(call),
				  .request = request,
				  .arg_len = sea_ioctl_arg_len(request) };

	if (call.arg_len && sea_proc_writable(arg, call.arg_len))
		call.arg = sea_proc_ptr(arg);
	return sea_socket_ioctl(proc->stack, file->sock, &call, proc->now);
}

void sea_proc_call_ioctl(struct sea_proc *proc, struct sea_proc_op *op)
{
	const uint64_t request = (uint32_t)op->call->arg[1], arg = op->call->arg[2];
	struct sea_proc_file *file = sea_proc_fd(proc, op->call->arg[0]);
	long result = -ENOTTY;

	if (!file)
		result = -EBADF;
	else if (request == FIONBIO)
		result = set_nonblock(file, arg);
	else if (file->kind == SEA_PROC_SOCKET)
		result = sock_ioctl(proc, file, request, arg);
	else if (file->pipe && request == FIONREAD)
		result = put_int(arg, sea_proc_pipe_inq(file));
	sea_proc_finish(op, result);
}
