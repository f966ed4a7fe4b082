/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening files: those of /proc/sys/net are the stack's sysctls, and those of /proc/net the stack's tables;
 * all others are the kernel's. What is read is a copy in memory, made when it is opened; what is written
 * is a stand-in without a socket, whose writes set the sysctl.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seastack/procnet.h>
#include <seastack/stack.h>

#include "tools/exec/node.h"
#include "tools/exec/server.h"

#define TEXT_MAX 65536
#define TABLE_MAX (64u << 20) /* of a table of /proc/net: some 400,000 sockets */

struct opening {
	int flags;
	uint64_t path;
	int dir;
};

static int what_is_opened(struct sea_exec_call *call, struct opening *opening)
{
	uint64_t how[3];
	int err;

	*opening = (struct opening){ .dir = (int)call->arg[0], .path = call->arg[1] };
	switch (call->nr) {
	case SYS_openat2:
		err = sea_exec_read(call, call->arg[2], how, sizeof(how));
		opening->flags = err ? 0 : (int)how[0];
		return err;
	case SYS_openat:
		opening->flags = (int)call->arg[2];
		return 0;
	default:
		opening->dir = AT_FDCWD;
		opening->path = call->arg[0];
		opening->flags = (int)call->arg[1];
#ifdef SYS_creat
		if (call->nr == SYS_creat)
			opening->flags = O_CREAT | O_WRONLY | O_TRUNC;
#endif
		return 0;
	}
}

/* Gives what was written to `fd`, to be read; or tells the error. */
static void give(struct sea_exec_call *call, int fd, int err, int flags)
{
	char path[32];
	int theirs;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	theirs = err ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	if (!err && theirs < 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	if (err)
		sea_exec_answer(call, err);
	else
		sea_exec_give(call, theirs, flags & O_CLOEXEC);
}

static void open_sysctl(struct sea_exec_call *call, const struct sea_exec_node *node, int flags)
{
	struct sea_exec_server *server = call->exec->server;
	char text[TEXT_MAX];
	int fd, err, len = sea_sysctl_get(server->host->stack, node->name, text, sizeof(text) - 1);

	/* What cannot be read says so to who reads it, and may be written still. */
	if (len < 0 || (flags & O_ACCMODE) != O_RDONLY) {
		err = sea_standin_new_file(server, node->name, &fd);
		if (err)
			sea_exec_answer(call, err);
		else
			sea_exec_give(call, fd, flags & O_CLOEXEC);
		return;
	}
	if ((size_t)len > sizeof(text) - 2)
		len = sizeof(text) - 2;
	text[len++] = '\n';
	fd = sea_exec_memfd(node);
	err = fd < 0 ? fd : write(fd, text, (size_t)len) == len ? 0 : -EIO;
	give(call, fd, err, flags);
}

/* Piece by piece; 0, or -errno. */
static int copy_table(struct sea_stack *stack, const char *name, int fd, sea_time now)
{
	struct sea_procnet_reader reader = { .size = sizeof(reader) };
	int err = sea_procnet_open(stack, name, &reader);
	char text[TEXT_MAX];
	uint64_t at = 0;
	int64_t n;

	if (err)
		return err;
	while ((n = sea_procnet_read(stack, &reader, text, sizeof(text), at, now)) > 0) {
		at += (uint64_t)n;
		if (at > TABLE_MAX)
			return -ENOMEM;
		if (write(fd, text, (size_t)n) != n)
			return -EIO;
	}
	return n < 0 ? (int)n : 0;
}

static void open_table(struct sea_exec_call *call, const struct sea_exec_node *node, int flags,
		       sea_time now)
{
	int fd = sea_exec_memfd(node);

	give(call, fd,
	     fd < 0 ? fd : copy_table(call->exec->server->host->stack, node->name, fd, now), flags);
}

/* Nothing is read of a folder, nor is it written to. */
static void open_folder(struct sea_exec_call *call, const struct sea_exec_node *node, int flags)
{
	int fd = sea_exec_memfd(node);

	give(call, fd, fd < 0 ? fd : 0, flags);
}

/* 0, or why there is nothing to be opened. */
static int may_open(const struct sea_exec_node *node, int flags)
{
	bool writes = (flags & O_ACCMODE) != O_RDONLY;
	bool reads = (flags & O_ACCMODE) != O_WRONLY && !(flags & O_PATH);

	if (sea_exec_missing(node))
		return sea_exec_missing(node);
	if (node->folder)
		return writes ? -EISDIR : 0;
	if (flags & O_DIRECTORY)
		return -ENOTDIR;
	return (writes && !(node->mode & S_IWUSR)) || (reads && !(node->mode & S_IRUSR)) ? -EACCES
											 : 0;
}

void sea_exec_open(struct sea_exec_call *call, sea_time now)
{
	struct opening opening;
	struct sea_exec_node node;
	int err;

	if (what_is_opened(call, &opening) ||
	    !sea_exec_node(call, opening.dir, opening.path, &node) || node.kernels) {
		sea_exec_go_on(call);
		return;
	}
	err = may_open(&node, opening.flags);
	if (err)
		sea_exec_answer(call, err);
	else if (node.folder)
		open_folder(call, &node, opening.flags);
	else if (node.path == SEA_EXEC_PATH_SYSCTL)
		open_sysctl(call, &node, opening.flags);
	else
		open_table(call, &node, opening.flags, now);
}

/* As /proc/sys takes it: one line, in one write. */
void sea_exec_write_file(struct sea_exec_call *call, sea_time now)
{
	char text[4096];
	int err = call->nr == SYS_write || call->nr == SYS_writev ? sea_exec_message(call)
								  : -ENOTSOCK;
	size_t len;

	if (!err && call->message.total >= sizeof(text))
		err = -EINVAL;
	len = err ? 0 : call->message.total;
	if (!err)
		err = sea_exec_gather(call, 0, text, len);
	text[len] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (len && !*text) /* an empty line is one, too */
		memcpy(text, "\n", 2);
	if (!err)
		err = sea_sysctl_set(call->exec->server->host->stack, call->standin->file, text,
				     now);
	sea_exec_answer(call, err ? err : (int64_t)len);
}

/* Where there is nothing to be read, and where it is opened to be written; then reading is not for it. */
void sea_exec_read_file(struct sea_exec_call *call, sea_time now)
{
	char text[1];
	int err = sea_sysctl_get(call->exec->server->host->stack, call->standin->file, text,
				 sizeof(text));

	(void)now;
	if (call->nr != SYS_read && call->nr != SYS_readv)
		err = -ENOTSOCK;
	sea_exec_answer(call, err < 0 ? err : -EBADF);
}

/* The kernel would move bytes through the stand-in itself; who hears EINVAL copies. */
void sea_exec_splice(struct sea_exec_call *call, sea_time now)
{
	int other = call->nr == SYS_splice ? 2 : 1;
	bool ours;

	(void)now;
	call->fd = sea_exec_fetch(call, (int)call->arg[0]);
	ours = call->fd >= 0 && sea_standin_find(call->exec->server, call->fd);
	if (!ours && call->fd >= 0) {
		close(call->fd);
		call->fd = sea_exec_fetch(call, (int)call->arg[other]);
		ours = call->fd >= 0 && sea_standin_find(call->exec->server, call->fd);
	}
	if (ours)
		sea_exec_answer(call, -EINVAL);
	else
		sea_exec_go_on(call);
}
