/* SPDX-License-Identifier: Apache-2.0 */
/* bind, listen, connect, accept, and the names of sockets. */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "sentry-glue/syscalls/socket.h"

static struct sea_ucred creds_of(const struct sea_task *task)
{
	const struct sea_creds *creds = &task->process->creds;

	return (struct sea_ucred){ task->process->pid, creds->euid, creds->egid };
}

static int read_name(struct sea_task *task, uint64_t at, uint64_t len, char *name)
{
	if ((int32_t)len < 0 || (uint32_t)len > SEA_NAME_MAX)
		return -EINVAL;
	return (uint32_t)len ? sea_arg_read(task, at, name, (uint32_t)len) : 0;
}

static sa_family_t family_of(const char *name)
{
	sa_family_t family;

	memcpy(&family, name, sizeof(family));
	return family;
}

/* A path ends at its first zero; an abstract name where it is said to. */
static int parse(const char *given, uint32_t len, struct sea_unix_name *name)
{
	*name = (struct sea_unix_name){ 0 };
	if (len <= SEA_UNIX_PATH || len > sizeof(struct sockaddr_un) || family_of(given) != AF_UNIX)
		return -EINVAL;
	memcpy(name->bytes, given, len);
	name->len = len;
	if (name->bytes[SEA_UNIX_PATH])
		name->len = SEA_UNIX_PATH + (uint32_t)strlen(name->bytes + SEA_UNIX_PATH) + 1;
	return 0;
}

int sea_socket_name(struct sea_task *task, uint64_t at, uint64_t len, struct sea_unix_name *name)
{
	char given[SEA_NAME_MAX] = { 0 };
	int err = read_name(task, at, len, given);

	return err ? err : parse(given, (uint32_t)len, name);
}

int sea_socket_find(struct sea_task *task, const struct sea_unix_name *name, int type,
		    struct sea_unix **found)
{
	const char *path = name->bytes + SEA_UNIX_PATH;
	struct sea_node *node = NULL;
	int err = 0;

	if (*path)
		err = sea_walk_node(task, task->fs->cwd, path, 0, &node);
	if (!err && node)
		err = sea_node_may(node, &task->process->creds, W_OK);
	if (!err)
		err = sea_unix_find(task->kernel, name, node, type, found);
	if (!err)
		(*found)->refs++;
	else
		*found = NULL;
	sea_node_put(node);
	return err;
}

int sea_socket_aim(struct sea_task *task, struct sea_file *file, uint64_t at, uint64_t len,
		   struct sea_unix **to)
{
	const struct sea_unix *end = sea_unix_of(file);
	char given[SEA_NAME_MAX] = { 0 };
	struct sea_unix_name name;
	int err = read_name(task, at, len, given);

	if (err)
		return err;
	switch (end->type) {
	case SOCK_STREAM:
		return end->state == SEA_UNIX_CONNECTED ? -EISCONN : -EOPNOTSUPP;
	case SOCK_SEQPACKET:
		return 0; /* packets go to the other end, whatever is said */
	}
	err = parse(given, (uint32_t)len, &name);
	return err ? err : sea_socket_find(task, &name, end->type, to);
}

int sea_socket_put_name(struct sea_task *task, const struct sea_unix_name *name, uint64_t at,
			uint64_t len_at)
{
	int32_t len;

	if (sea_arg_read(task, len_at, &len, sizeof(len)))
		return -EFAULT;
	len = len > (int32_t)name->len ? (int32_t)name->len : len;
	if (len < 0)
		return -EINVAL;
	if (len && sea_arg_write(task, at, name->bytes, (size_t)len))
		return -EFAULT;
	return sea_arg_write(task, len_at, &name->len, sizeof(name->len)) ? -EFAULT : 0;
}

/* One without a name has its family. */
static int put_own_name(struct sea_task *task, const struct sea_unix *end, const uint64_t *a)
{
	const struct sea_unix_name none = { .len = SEA_UNIX_PATH, .bytes = { AF_UNIX } };

	return sea_socket_put_name(task, end->name.len ? &end->name : &none, a[1], a[2]);
}

int64_t sea_sys_getsockname(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file;
	int err = sea_socket_of(task, a[0], &file);

	return err ? err : put_own_name(task, sea_unix_of(file), a);
}

int64_t sea_sys_getpeername(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file;
	int err = sea_socket_of(task, a[0], &file);

	if (!err && !sea_unix_of(file)->other)
		err = -ENOTCONN;
	return err ? err : put_own_name(task, sea_unix_of(file)->other, a);
}

/* The file that is to be the name, made if the socket has none yet. */
static int bind_path(struct sea_task *task, struct sea_unix *end, const struct sea_unix_name *name)
{
	const char *path = name->bytes + SEA_UNIX_PATH;
	struct sea_node *node;
	int err = end->name.len ? sea_node_make(task, path, 0, NULL)
				: sea_node_make(task, path, S_IFSOCK | 0777, &node);

	if (err)
		return err == -EEXIST ? -EADDRINUSE : err;
	if (end->name.len)
		return -EINVAL;
	err = sea_unix_bind(end, name, node);
	sea_node_put(node);
	return err;
}

int64_t sea_sys_bind(struct sea_task *task, const uint64_t *a)
{
	char given[SEA_NAME_MAX] = { 0 };
	struct sea_unix_name name;
	struct sea_unix *end;
	struct sea_file *file;
	int err = sea_socket_of(task, a[0], &file);

	if (!err)
		err = read_name(task, a[1], a[2], given);
	if (err)
		return err;
	end = sea_unix_of(file);
	if ((uint32_t)a[2] == SEA_UNIX_PATH && family_of(given) == AF_UNIX)
		return end->name.len ? 0 : sea_unix_autobind(end);
	err = parse(given, (uint32_t)a[2], &name);
	if (err)
		return err;
	if (name.bytes[SEA_UNIX_PATH])
		return bind_path(task, end, &name);
	return end->name.len ? -EINVAL : sea_unix_bind(end, &name, NULL);
}

int64_t sea_sys_listen(struct sea_task *task, const uint64_t *a)
{
	const struct sea_ucred creds = creds_of(task);
	struct sea_file *file;
	int err = sea_socket_of(task, a[0], &file);

	return err ? err : sea_unix_listen(sea_unix_of(file), (int)a[1], &creds);
}

/* To one that listens, by its name, which is looked up again when there may be room for one more. */
static int64_t connect_to(struct sea_task *task, struct sea_file *file,
			  const struct sea_unix_name *name)
{
	const struct sea_ucred creds = creds_of(task);
	struct sea_unix *end = sea_unix_of(file), *to;
	int64_t err;

	do {
		err = sea_socket_find(task, name, end->type, &to);
		if (err)
			return err;
		err = sea_unix_connect(end, to, &creds);
		if (err != -EAGAIN || file->flags & O_NONBLOCK) {
			sea_unix_put(to);
			return err;
		}
		err = sea_socket_await_room(task, file, to);
		sea_unix_put(to);
	} while (!err);
	return err;
}

static int64_t aim_at(struct sea_task *task, struct sea_unix *end, const char *given, uint32_t len)
{
	struct sea_unix_name name;
	struct sea_unix *to;
	int err;

	if (len < sizeof(sa_family_t))
		return -EINVAL;
	if (family_of(given) == AF_UNSPEC)
		return sea_unix_aim(end, NULL);
	err = parse(given, len, &name);
	if (!err && end->passcred && !end->name.len)
		err = sea_unix_autobind(end);
	if (!err)
		err = sea_socket_find(task, &name, end->type, &to);
	if (err)
		return err;
	err = sea_unix_aim(end, to);
	sea_unix_put(to);
	return err;
}

int64_t sea_sys_connect(struct sea_task *task, const uint64_t *a)
{
	char given[SEA_NAME_MAX] = { 0 };
	struct sea_unix_name name;
	struct sea_unix *end;
	struct sea_file *file;
	int64_t err = sea_socket_of(task, a[0], &file);

	if (!err)
		err = read_name(task, a[1], a[2], given);
	if (err)
		return err;
	end = sea_unix_of(file);
	if (end->type == SOCK_DGRAM)
		return aim_at(task, end, given, (uint32_t)a[2]);
	err = parse(given, (uint32_t)a[2], &name);
	if (!err && end->passcred && !end->name.len)
		err = sea_unix_autobind(end);
	if (err)
		return err;
	sea_file_get(file); /* another thread may close it */
	err = connect_to(task, file, &name);
	sea_file_put(file);
	return err;
}

/* Sleeps until there is one. */
static int64_t next_of(struct sea_task *task, struct sea_file *file, int flags,
		       struct sea_file **made)
{
	struct sea_unix *end = sea_unix_of(file);
	int64_t err;

	if (end->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	sea_file_get(file);
	do {
		err = end->state == SEA_UNIX_LISTENS ? sea_unix_accept(end, flags, made) : -EINVAL;
		if (err == -EAGAIN && !(file->flags & O_NONBLOCK))
			err = sea_file_await(task, file, POLLIN);
		else
			break;
	} while (!err);
	sea_file_put(file);
	return err;
}

int64_t sea_sys_accept4(struct sea_task *task, const uint64_t *a)
{
	const struct sea_unix_name none = { .len = SEA_UNIX_PATH, .bytes = { AF_UNIX } };
	uint64_t limit = task->process->limits[RLIMIT_NOFILE].rlim_cur;
	const struct sea_unix_name *name;
	struct sea_file *file, *made;
	int64_t err;

	if ((int)a[3] & ~(SOCK_NONBLOCK | SOCK_CLOEXEC))
		return -EINVAL;
	err = sea_socket_of(task, a[0], &file);
	if (!err)
		err = sea_fd_room(task->files, limit);
	if (!err)
		err = next_of(task, file, (int)a[3] & SOCK_NONBLOCK, &made);
	if (err)
		return err;
	name = &sea_unix_of(made)->other->name;
	err = a[1] ? sea_socket_put_name(task, name->len ? name : &none, a[1], a[2]) : 0;
	if (err) {
		sea_file_put(made);
		return err;
	}
	return sea_fd_add(task->files, made, 0, limit, (int)a[3] & SOCK_CLOEXEC);
}

int64_t sea_sys_accept(struct sea_task *task, const uint64_t *a)
{
	return sea_sys_accept4(task, (uint64_t[]){ a[0], a[1], a[2], 0 });
}
