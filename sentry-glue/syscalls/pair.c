/* SPDX-License-Identifier: Apache-2.0 */
/* The socket calls, of which there are those on pairs (fs/pair.h) so far. */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/un.h>

#include "sentry-glue/syscalls/socket.h"

#define NAME_MAX_ 128 /* the longest name that any family has */

static int of_type(uint64_t type)
{
	switch ((int)type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) {
	case SOCK_STREAM:
	case SOCK_DGRAM:
	case SOCK_SEQPACKET:
		return (int)type & 0xf;
	case SOCK_RAW:
		return SOCK_DGRAM;
	}
	return -ESOCKTNOSUPPORT;
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
	int type = of_type(a[1]);
	struct sea_file *ends[2];
	int err;

	if ((int)a[1] & ~(0xf | SOCK_NONBLOCK | SOCK_CLOEXEC))
		return -EINVAL;
	if ((int)a[0] != AF_UNIX)
		return -EAFNOSUPPORT;
	if (type < 0)
		return type;
	if ((int)a[2] && (int)a[2] != AF_UNIX)
		return -EPROTONOSUPPORT;
	err = sea_pair_new(task->kernel, type, (int)a[1] & SOCK_NONBLOCK, &ours, ends);
	return err ? err : give_both(task, ends, (int)a[1] & SOCK_CLOEXEC, a[3]);
}

int sea_socket_of(struct sea_task *task, uint64_t fd, struct sea_file **file)
{
	*file = sea_fd_get(task->files, (int)fd);
	return !*file || !(*file)->ops ? -EBADF : sea_pair_of(*file) ? 0 : -ENOTSOCK;
}

/* No socket has a name yet: whoever is sent to by name is not there. */
static int refused(struct sea_task *task, const struct sockaddr_un *name, uint64_t len)
{
	char path[sizeof(name->sun_path) + 1] = { 0 };
	struct sea_node *node;
	int err;

	if (len <= offsetof(struct sockaddr_un, sun_path) || len > sizeof(*name) ||
	    name->sun_family != AF_UNIX)
		return -EINVAL;
	memcpy(path, name->sun_path, len - offsetof(struct sockaddr_un, sun_path));
	if (!*path)
		return -ECONNREFUSED;
	err = sea_walk_node(task, task->fs->cwd, path, 0, &node);
	if (err)
		return err;
	err = sea_node_may(node, &task->process->creds, W_OK);
	sea_node_put(node);
	return err ? err : -ECONNREFUSED;
}

int sea_socket_name(struct sea_task *task, struct sea_file *file, uint64_t at, uint64_t len)
{
	char name[NAME_MAX_] = { 0 };
	struct sockaddr_un un;

	if ((int32_t)len < 0 || (uint32_t)len > sizeof(name))
		return -EINVAL;
	len = (uint32_t)len;
	if (len && sea_arg_read(task, at, name, len))
		return -EFAULT;
	memcpy(&un, name, sizeof(un));
	switch (len ? sea_pair_of(file)->pair->type : SOCK_SEQPACKET) {
	case SOCK_STREAM:
		return -EISCONN;
	case SOCK_DGRAM:
		return refused(task, &un, len);
	}
	return 0; /* packets go to the other end, whatever is said */
}

/* 0: again. */
static int64_t await(struct sea_task *task, struct sea_file *file, int events, int flags)
{
	if (file->flags & O_NONBLOCK || flags & MSG_DONTWAIT)
		return -EAGAIN;
	return sea_file_await(task, file, events);
}

int64_t sea_socket_send(struct sea_task *task, struct sea_file *file, struct sea_uio *uio,
			const struct sea_ancillary *with, int flags)
{
	int64_t total = 0, n;

	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	sea_file_get(file); /* another thread may close it */
	do {
		n = sea_pair_send(sea_pair_of(file), uio, total ? NULL : with, flags);
		total += n > 0 ? n : 0;
		if (n == -EAGAIN || (n > 0 && uio->left))
			n = await(task, file, POLLOUT, flags);
		else
			break;
	} while (!n);
	sea_file_put(file);
	return total ? total : n;
}

int64_t sea_socket_receive(struct sea_task *task, struct sea_file *file, struct sea_uio *uio,
			   int flags, struct sea_ancillary *with, int *told)
{
	bool all = flags & MSG_WAITALL && !(flags & MSG_PEEK) &&
		   sea_pair_of(file)->pair->type == SOCK_STREAM;
	int64_t total = 0, n;

	if (flags & MSG_OOB)
		return sea_pair_of(file)->pair->type == SOCK_STREAM ? -EINVAL : -EOPNOTSUPP;
	sea_file_get(file);
	do {
		n = sea_pair_receive(sea_pair_of(file), uio, flags, with, told);
		total += n > 0 ? n : 0;
		if (n == -EAGAIN && (!total || all))
			n = await(task, file, POLLIN, flags);
		else if (n > 0 && all && uio->left && !(with && with->nfiles))
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
	struct sea_uiovec vec;
	struct sea_file *file;
	struct sea_uio uio;
	int64_t err = one_buffer(task, a, &vec, &uio);

	if (!err)
		err = sea_socket_of(task, a[0], &file);
	if (!err && a[4])
		err = sea_socket_name(task, file, a[4], a[5]);
	return err ? err : sea_socket_send(task, file, &uio, NULL, (int)a[3]);
}

int64_t sea_sys_recvfrom(struct sea_task *task, const uint64_t *a)
{
	const uint32_t none = 0;
	struct sea_uiovec vec;
	struct sea_file *file;
	struct sea_uio uio;
	int64_t n = one_buffer(task, a, &vec, &uio);
	int told = 0;

	if (!n)
		n = sea_socket_of(task, a[0], &file);
	if (!n)
		n = sea_socket_receive(task, file, &uio, (int)a[3], NULL, &told);
	/* Who sent it has no name. */
	if (n >= 0 && a[4] && sea_arg_write(task, a[5], &none, sizeof(none)))
		return -EFAULT;
	return n;
}

int64_t sea_sys_shutdown(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file;
	int err = sea_socket_of(task, a[0], &file);

	if (err)
		return err;
	if ((uint32_t)a[1] > SHUT_RDWR)
		return -EINVAL;
	sea_pair_shutdown(sea_pair_of(file), (int)a[1]);
	return 0;
}

/* Neither end has a name. */
static int64_t no_name(struct sea_task *task, const uint64_t *a)
{
	const sa_family_t family = AF_UNIX;
	const int32_t size = sizeof(family);
	struct sea_file *file;
	int err = sea_socket_of(task, a[0], &file);
	int32_t len;

	if (err)
		return err;
	if (sea_arg_read(task, a[2], &len, sizeof(len)))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	if (sea_arg_write(task, a[1], &family, (size_t)(len < size ? len : size)) ||
	    sea_arg_write(task, a[2], &size, sizeof(size)))
		return -EFAULT;
	return 0;
}

int64_t sea_sys_getsockname(struct sea_task *task, const uint64_t *a)
{
	return no_name(task, a);
}

int64_t sea_sys_getpeername(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file;
	int err = sea_socket_of(task, a[0], &file);

	if (!err && sea_pair_of(file)->apart)
		err = -ENOTCONN;
	return err ? err : no_name(task, a);
}
