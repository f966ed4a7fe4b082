/* SPDX-License-Identifier: Apache-2.0 */
/* The socket calls, of which there are those of AF_UNIX (fs/unix.h) so far. */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/un.h>

#include "sentry-glue/syscalls/socket.h"

/* What was asked for of AF_UNIX; in the order in which Linux looks at it. */
static int of_kind(const uint64_t *a)
{
	int family = (int)a[0], type = (int)a[1] & 0xf, protocol = (int)a[2];

	if ((int)a[1] & ~(0xf | SOCK_NONBLOCK | SOCK_CLOEXEC))
		return -EINVAL;
	if (family < 0 || family >= AF_MAX)
		return -EAFNOSUPPORT;
	if (type > SOCK_PACKET)
		return -EINVAL;
	if (family != AF_UNIX)
		return -EAFNOSUPPORT;
	if (protocol && protocol != AF_UNIX)
		return -EPROTONOSUPPORT;
	switch (type) {
	case SOCK_STREAM:
	case SOCK_DGRAM:
	case SOCK_SEQPACKET:
		return type;
	case SOCK_RAW:
		return SOCK_DGRAM;
	}
	return -ESOCKTNOSUPPORT;
}

int64_t sea_sys_socket(struct sea_task *task, const uint64_t *a)
{
	int type = of_kind(a), err;
	struct sea_file *file;

	if (type < 0)
		return type;
	err = sea_unix_new(task->kernel, type, (int)a[1] & SOCK_NONBLOCK, &file);
	if (err)
		return err;
	file->node->uid = task->process->creds.euid;
	file->node->gid = task->process->creds.egid;
	return sea_fd_add(task->files, file, 0, task->process->limits[RLIMIT_NOFILE].rlim_cur,
			  (int)a[1] & SOCK_CLOEXEC);
}

static int64_t give_both(struct sea_task *task, struct sea_file *ends[2], bool cloexec, uint64_t at)
{
	uint64_t limit = task->process->limits[RLIMIT_NOFILE].rlim_cur;
	int64_t fds[2];
	int32_t numbers[2];

	fds[0] = sea_fd_add(task->files, ends[0], 0, limit, cloexec);
	fds[1] = sea_fd_add(task->files, ends[1], 0, limit, cloexec);
	numbers[0] = (int32_t)fds[0], numbers[1] = (int32_t)fds[1];
	if (fds[0] >= 0 && fds[1] >= 0 && !sea_arg_write(task, at, numbers, sizeof(numbers)))
		return 0;
	for (int i = 0; i < 2; i++) {
		if (fds[i] >= 0)
			sea_fd_close(task->files, fds[i]);
	}
	return fds[0] < 0 ? fds[0] : fds[1] < 0 ? fds[1] : -EFAULT;
}

int64_t sea_sys_socketpair(struct sea_task *task, const uint64_t *a)
{
	const struct sea_creds *creds = &task->process->creds;
	const struct sea_ucred ours = { task->process->pid, creds->euid, creds->egid };
	int type = of_kind(a), err;
	struct sea_file *ends[2];

	if (type < 0)
		return type;
	err = sea_unix_pair(task->kernel, type, (int)a[1] & SOCK_NONBLOCK, &ours, ends);
	return err ? err : give_both(task, ends, (int)a[1] & SOCK_CLOEXEC, a[3]);
}

int sea_socket_of(struct sea_task *task, uint64_t fd, struct sea_file **file)
{
	*file = sea_fd_get(task->files, (int)fd);
	return !*file || !(*file)->ops ? -EBADF : sea_unix_of(*file) ? 0 : -ENOTSOCK;
}

int64_t sea_socket_await_room(struct sea_task *task, struct sea_file *file, struct sea_unix *to)
{
	int64_t patience = file->patience[1];
	struct sea_wait wait = { 0 };
	int err;

	sea_wait_add(&to->roomq, &wait, task);
	err = sea_task_sleep(task, patience ? sea_clock_now() + patience : SEA_NEVER, NULL, 0);
	sea_wait_del(&wait);
	return !err ? 0 : err == -ETIMEDOUT ? -EAGAIN : patience ? -EINTR : -SEA_ERESTARTSYS;
}

/* 0: again. */
static int64_t await(struct sea_task *task, struct sea_file *file, int events,
		     const struct sea_unix_flow *flow)
{
	if (file->flags & O_NONBLOCK || flow->flags & MSG_DONTWAIT)
		return -EAGAIN;
	if (events == POLLOUT && flow->to && sea_unix_full(flow->to, sea_unix_of(file)))
		return sea_socket_await_room(task, file, flow->to);
	return sea_file_await(task, file, events);
}

int64_t sea_socket_send(struct sea_task *task, struct sea_file *file, struct sea_uio *uio,
			struct sea_unix_flow *flow)
{
	int64_t total = 0, n;

	if (flow->flags & MSG_OOB)
		return -EOPNOTSUPP;
	sea_file_get(file); /* another thread may close it */
	do {
		n = sea_unix_send(sea_unix_of(file), uio, flow);
		total += n > 0 ? n : 0;
		if (n > 0)
			flow->with = NULL; /* it went along */
		if (n == -EAGAIN || (n > 0 && uio->left))
			n = await(task, file, POLLOUT, flow);
		else
			break;
	} while (!n);
	sea_file_put(file);
	return total ? total : n;
}

int64_t sea_socket_receive(struct sea_task *task, struct sea_file *file, struct sea_uio *uio,
			   struct sea_unix_flow *flow)
{
	bool stream = sea_unix_of(file)->type == SOCK_STREAM;
	bool all = flow->flags & MSG_WAITALL && !(flow->flags & MSG_PEEK) && stream;
	int64_t total = 0, n;

	if (flow->flags & MSG_OOB)
		return stream ? -EINVAL : -EOPNOTSUPP;
	sea_file_get(file);
	do {
		n = sea_unix_receive(sea_unix_of(file), uio, flow);
		total += n > 0 ? n : 0;
		if (n == -EAGAIN && (!total || all))
			n = await(task, file, POLLIN, flow);
		else if (n > 0 && all && uio->left && !(flow->with && flow->with->nfiles))
			n = 0;
		else
			break;
	} while (!n);
	sea_file_put(file);
	return total ? total : n;
}

static int64_t one_buffer(struct sea_task *task, const uint64_t *a, struct sea_uiovec *vec,
			  struct sea_uio *uio)
{
	*vec = (struct sea_uiovec){ a[1], a[2] < SEA_RW_MAX ? a[2] : SEA_RW_MAX };
	*uio = (struct sea_uio){ .task = task, .vec = vec, .n = 1, .left = vec->len };
	return a[2] > SEA_GUEST_TOP || a[1] > SEA_GUEST_TOP - a[2] ? -EFAULT : 0;
}

int64_t sea_sys_sendto(struct sea_task *task, const uint64_t *a)
{
	struct sea_unix_flow flow = { .flags = (int)a[3] };
	struct sea_uiovec vec;
	struct sea_file *file;
	struct sea_uio uio;
	int64_t n = one_buffer(task, a, &vec, &uio);

	if (!n)
		n = sea_socket_of(task, a[0], &file);
	if (!n && a[4] && (int32_t)a[5])
		n = sea_socket_aim(task, file, a[4], a[5], &flow.to);
	if (!n)
		n = sea_socket_send(task, file, &uio, &flow);
	sea_unix_put(flow.to);
	return n;
}

int64_t sea_sys_recvfrom(struct sea_task *task, const uint64_t *a)
{
	struct sea_unix_flow flow = { .flags = (int)a[3] };
	struct sea_uiovec vec;
	struct sea_file *file;
	struct sea_uio uio;
	int64_t n = one_buffer(task, a, &vec, &uio);
	int err = 0;

	if (!n)
		n = sea_socket_of(task, a[0], &file);
	if (!n)
		n = sea_socket_receive(task, file, &uio, &flow);
	if (n >= 0 && a[4])
		err = sea_socket_put_name(task, &flow.from, a[4], a[5]);
	return err ? err : n;
}

int64_t sea_sys_shutdown(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file;
	int err = sea_socket_of(task, a[0], &file);

	if (err)
		return err;
	if ((uint32_t)a[1] > SHUT_RDWR)
		return -EINVAL;
	sea_unix_shutdown(sea_unix_of(file), (int)a[1]);
	return 0;
}
