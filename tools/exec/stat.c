/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which file of ours a call names, and what stat(2), access(2) and readlink(2) say of it: what the kernel says of one
 * of its own sysctls, for the stack has some that the kernel has not, as those of its links.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools/exec/path.h"
#include "tools/exec/server.h"

#define A_FILE "/proc/sys/net/ipv4/ip_default_ttl"
#define A_FOLDER "/proc/sys/net"

/* The folder that a relative path begins at; false: it is none of ours. */
static bool folder_of(const struct sea_exec_call *call, int dir, char path[SEA_EXEC_PATH_MAX])
{
	char link[64];
	ssize_t n;

	if (dir == AT_FDCWD)
		snprintf(link, sizeof(link), "/proc/%d/cwd", (int)call->tid);
	else
		snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)call->tid, dir);
	n = readlink(link, path, SEA_EXEC_PATH_MAX - 1);
	path[n > 0 ? n : 0] = '\0';
	return !strncmp(path, "/proc", 5);
}

enum sea_exec_path sea_exec_which(struct sea_exec_call *call, int dir, uint64_t at,
				  char name[SEA_SYSCTL_NAME_MAX])
{
	char path[SEA_EXEC_PATH_MAX], folder[SEA_EXEC_PATH_MAX] = "/";

	if (sea_exec_string(call, at, path, sizeof(path)) < 0 ||
	    (path[0] != '/' && !folder_of(call, dir, folder)))
		return SEA_EXEC_PATH_OTHER;
	return sea_exec_path(folder, path, name);
}

bool sea_exec_is_folder(const struct sea_exec_call *call, const char *name)
{
	const struct sea_stack *stack = call->exec->server->host->stack;
	char next[SEA_SYSCTL_NAME_MAX];
	size_t len = strlen(name);

	if (len >= sizeof(next) - 1)
		return false;
	memcpy(next, name, len);
	memcpy(next + len, ".", 2);
	return sea_sysctl_next(stack, next) && !strncmp(next, name, len) && next[len] == '.';
}

/* 0: a file, 1: a folder, or -ENOENT. */
static int kind_of(const struct sea_exec_call *call, const char *name)
{
	char text[1];

	if (sea_exec_is_folder(call, name))
		return 1;
	return sea_sysctl_get(call->exec->server->host->stack, name, text, sizeof(text)) < 0
		       ? -ENOENT
		       : 0;
}

static int write_stat(struct sea_exec_call *call, const char *like, uint64_t at)
{
	struct stat st;

	return stat(like, &st) ? -errno : sea_exec_write(call, at, &st, sizeof(st));
}

static int write_statx(struct sea_exec_call *call, const char *like)
{
	struct statx st;
	unsigned mask = (unsigned)call->arg[3];

	return statx(AT_FDCWD, like, 0, mask, &st)
		       ? -errno
		       : sea_exec_write(call, call->arg[4], &st, sizeof(st));
}

/* Nobody executes a sysctl; all may be asked to be written, and what is not to be says so then. */
static int may(bool folder, uint64_t mode)
{
	if (mode & ~(uint64_t)(R_OK | W_OK | X_OK))
		return -EINVAL;
	return mode & (folder ? W_OK : X_OK) ? -EACCES : 0;
}

static int tell(struct sea_exec_call *call, bool folder)
{
	const char *like = folder ? A_FOLDER : A_FILE;

	switch (call->nr) {
	case SYS_statx:
		return write_statx(call, like);
	case SYS_newfstatat:
		return write_stat(call, like, call->arg[2]);
	case SYS_faccessat:
	case SYS_faccessat2:
		return may(folder, call->arg[2]);
	case SYS_readlinkat:
		return -EINVAL; /* it is no link */
#ifdef SYS_access
	case SYS_access:
		return may(folder, call->arg[1]);
	case SYS_readlink:
		return -EINVAL;
#endif
	default:
		return write_stat(call, like, call->arg[1]);
	}
}

static bool begins_at_folder(int nr)
{
	return nr == SYS_statx || nr == SYS_newfstatat || nr == SYS_faccessat ||
	       nr == SYS_faccessat2 || nr == SYS_readlinkat;
}

/* Tables, and what neither has, are the kernel's to tell of. */
void sea_exec_stat(struct sea_exec_call *call, sea_time now)
{
	bool at = begins_at_folder(call->nr);
	char name[SEA_SYSCTL_NAME_MAX];
	int kind = -ENOENT;

	(void)now;
	if (sea_exec_which(call, at ? (int)call->arg[0] : AT_FDCWD, call->arg[at ? 1 : 0], name) ==
	    SEA_EXEC_PATH_SYSCTL)
		kind = kind_of(call, name);
	if (kind < 0)
		sea_exec_go_on(call);
	else
		sea_exec_answer(call, tell(call, kind));
}
