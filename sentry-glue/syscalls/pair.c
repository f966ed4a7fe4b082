/* SPDX-License-Identifier: Apache-2.0 */
/* The socket calls, of which there are those on pairs (fs/pair.h) so far. */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "sentry-glue/fs/pair.h"
#include "sentry-glue/syscalls/sys.h"

int64_t sea_sys_socketpair(struct sea_task *task, const uint64_t *a)
{
	uint64_t limit = task->process->limits[RLIMIT_NOFILE].rlim_cur;
	int type = (int)a[1], flags = type & (SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct sea_file *ends[2];
	int64_t fds[2];
	int32_t numbers[2];
	int err;

	if (type & ~(0xf | SOCK_NONBLOCK | SOCK_CLOEXEC))
		return -EINVAL;
	if ((int)a[0] != AF_UNIX)
		return -EAFNOSUPPORT;
	if ((type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != SOCK_STREAM)
		return -ESOCKTNOSUPPORT;
	if ((int)a[2] && (int)a[2] != AF_UNIX)
		return -EPROTONOSUPPORT;
	err = sea_pair_new(task->kernel, flags & SOCK_NONBLOCK, ends);
	if (err)
		return err;
	fds[0] = sea_fd_add(task->files, ends[0], 0, limit, flags & SOCK_CLOEXEC);
	fds[1] = sea_fd_add(task->files, ends[1], 0, limit, flags & SOCK_CLOEXEC);
	numbers[0] = (int32_t)fds[0], numbers[1] = (int32_t)fds[1];
	if (fds[0] >= 0 && fds[1] >= 0 && !sea_arg_write(task, a[3], numbers, sizeof(numbers)))
		return 0;
	for (int i = 0; i < 2; i++) {
		if (fds[i] >= 0)
			sea_fd_close(task->files, fds[i]);
	}
	return fds[0] < 0 ? fds[0] : fds[1] < 0 ? fds[1] : -EFAULT;
}

static int pair_of(struct sea_task *task, uint64_t fd, struct sea_file **file)
{
	*file = sea_fd_get(task->files, (int)fd);
	return !*file || !(*file)->ops ? -EBADF : sea_pair_is(*file) ? 0 : -ENOTSOCK;
}

/* One transfer with flags, by a call that knows none. */
static int64_t with_flags(struct sea_task *task, struct sea_file *file, uint64_t flags,
			  const uint64_t *a, sea_call *call)
{
	int was = file->flags & O_NONBLOCK;
	int64_t ret;

	if (!(flags & MSG_DONTWAIT) || was)
		return call(task, a);
	file->flags |= O_NONBLOCK; /* it does not sleep, so nobody else sees that */
	ret = call(task, a);
	file->flags &= ~O_NONBLOCK;
	return ret;
}

int64_t sea_sys_sendto(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file;
	int err = pair_of(task, a[0], &file);

	if (err)
		return err;
	if ((uint32_t)a[3] & ~(uint32_t)(MSG_DONTWAIT | MSG_NOSIGNAL))
		return -EOPNOTSUPP;
	if (a[4])
		return -EISCONN;
	if (a[3] & MSG_NOSIGNAL && sea_pair_broken(file))
		return -EPIPE;
	return with_flags(task, file, a[3], a, sea_sys_write);
}

int64_t sea_sys_recvfrom(struct sea_task *task, const uint64_t *a)
{
	const uint32_t none = 0;
	struct sea_file *file;
	int err = pair_of(task, a[0], &file);
	int64_t n;

	if (err)
		return err;
	if ((uint32_t)a[3] & ~(uint32_t)(MSG_DONTWAIT | MSG_NOSIGNAL))
		return -EOPNOTSUPP;
	n = with_flags(task, file, a[3], a, sea_sys_read);
	/* Who sent it has no name. */
	if (n >= 0 && a[4] && sea_arg_write(task, a[5], &none, sizeof(none)))
		return -EFAULT;
	return n;
}

int64_t sea_sys_sendmsg(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file;
	struct msghdr msg;
	int err = pair_of(task, a[0], &file);

	if (err)
		return err;
	if (sea_arg_read(task, a[1], &msg, sizeof(msg)))
		return -EFAULT;
	if ((uint32_t)a[2] & ~(uint32_t)(MSG_DONTWAIT | MSG_NOSIGNAL) || msg.msg_controllen)
		return -EOPNOTSUPP;
	if (msg.msg_name && msg.msg_namelen)
		return -EISCONN;
	if (a[2] & MSG_NOSIGNAL && sea_pair_broken(file))
		return -EPIPE;
	return with_flags(task, file, a[2],
			  (uint64_t[6]){ a[0], (uintptr_t)msg.msg_iov, msg.msg_iovlen },
			  sea_sys_writev);
}

int64_t sea_sys_recvmsg(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file;
	struct msghdr msg;
	int err = pair_of(task, a[0], &file);
	int64_t n;

	if (err)
		return err;
	if (sea_arg_read(task, a[1], &msg, sizeof(msg)))
		return -EFAULT;
	if ((uint32_t)a[2] & ~(uint32_t)(MSG_DONTWAIT | MSG_NOSIGNAL | MSG_CMSG_CLOEXEC))
		return -EOPNOTSUPP;
	n = with_flags(task, file, a[2],
		       (uint64_t[6]){ a[0], (uintptr_t)msg.msg_iov, msg.msg_iovlen },
		       sea_sys_readv);
	msg.msg_namelen = 0;
	msg.msg_controllen = 0;
	msg.msg_flags = (int)a[2] & MSG_CMSG_CLOEXEC;
	if (n >= 0 && sea_arg_write(task, a[1], &msg, sizeof(msg)))
		return -EFAULT;
	return n;
}

int64_t sea_sys_shutdown(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file;
	int err = pair_of(task, a[0], &file);

	if (err)
		return err;
	if ((uint32_t)a[1] > SHUT_RDWR)
		return -EINVAL;
	sea_pair_shutdown(file, (int)a[1]);
	return 0;
}

int64_t sea_sys_getsockopt(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file;
	int err = pair_of(task, a[0], &file);
	int32_t len, value = 0;

	if (err)
		return err;
	if (sea_arg_read(task, a[4], &len, sizeof(len)))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	if ((int)a[1] != SOL_SOCKET)
		return -EOPNOTSUPP;
	switch ((int)a[2]) {
	case SO_TYPE:
		value = SOCK_STREAM;
		break;
	case SO_DOMAIN:
		value = AF_UNIX;
		break;
	case SO_ERROR:
		value = sea_pair_error(file);
		break;
	case SO_PROTOCOL:
	case SO_ACCEPTCONN:
		break;
	default:
		return -ENOPROTOOPT;
	}
	len = len < (int32_t)sizeof(value) ? len : (int32_t)sizeof(value);
	if (sea_arg_write(task, a[3], &value, (size_t)len) ||
	    sea_arg_write(task, a[4], &len, sizeof(len)))
		return -EFAULT;
	return 0;
}

/* Neither end has a name. */
static int64_t no_name(struct sea_task *task, const uint64_t *a)
{
	const sa_family_t family = AF_UNIX;
	const int32_t size = sizeof(family);
	struct sea_file *file;
	int err = pair_of(task, a[0], &file);
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
	return no_name(task, a);
}
