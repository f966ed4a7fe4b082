/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stat(2), access(2), readlink(2) and getxattr(2) say of a file or folder of ours: what the kernel says of one of its own
 * sysctls, for the stack has some that the kernel has not, as those of its links.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools/exec/node.h"
#include "tools/exec/server.h"

#define A_FILE "/proc/sys/net/ipv4/ip_default_ttl"
#define A_FOLDER "/proc/sys/net"

/* Who tells of what the kernel has not, tells of something like it. */
static const char *like(const struct sea_exec_node *node)
{
	return node->folder ? A_FOLDER : A_FILE;
}

static int write_stat(struct sea_exec_call *call, const struct sea_exec_node *node, uint64_t at)
{
	struct stat st;

	if (stat(like(node), &st))
		return -errno;
	st.st_ino = sea_exec_inode(node);
	st.st_mode = (st.st_mode & S_IFMT) | node->mode;
	return sea_exec_write(call, at, &st, sizeof(st));
}

static int write_statx(struct sea_exec_call *call, const struct sea_exec_node *node)
{
	struct statx st;
	unsigned mask = (unsigned)call->arg[3];

	if (statx(AT_FDCWD, like(node), 0, mask, &st))
		return -errno;
	st.stx_ino = sea_exec_inode(node);
	st.stx_mode = (uint16_t)((st.stx_mode & S_IFMT) | node->mode);
	return sea_exec_write(call, call->arg[4], &st, sizeof(st));
}

/* Who runs programs here owns the stack, and is asked as a file's owner is. */
static int may(const struct sea_exec_node *node, uint64_t mode)
{
	if (mode & ~(uint64_t)(R_OK | W_OK | X_OK))
		return -EINVAL;
	return mode & ~(uint64_t)(node->mode >> 6) ? -EACCES : 0;
}

static int tell(struct sea_exec_call *call, const struct sea_exec_node *node)
{
	switch (call->nr) {
	case SYS_statx:
		return write_statx(call, node);
	case SYS_newfstatat:
		return write_stat(call, node, call->arg[2]);
	case SYS_faccessat:
	case SYS_faccessat2:
		return may(node, call->arg[2]);
	case SYS_readlinkat:
		return -EINVAL; /* it is no link */
	case SYS_getxattr:
	case SYS_lgetxattr:
		return -EOPNOTSUPP;
	case SYS_listxattr:
	case SYS_llistxattr:
		return 0; /* it has none */
#ifdef SYS_access
	case SYS_access:
		return may(node, call->arg[1]);
	case SYS_readlink:
		return -EINVAL;
#endif
	default:
		return write_stat(call, node, call->arg[1]);
	}
}

struct asked {
	int dir;
	uint64_t at; /* of the path; 0: of the descriptor itself */
};

/* False: it means nothing, and the kernel says so. */
static bool what_is_asked(struct sea_exec_call *call, struct asked *asked)
{
	uint64_t flags = 0;
	char first;

	*asked = (struct asked){ (int)call->arg[0], call->arg[1] };
	switch (call->nr) {
	case SYS_fstat:
		asked->at = 0;
		return true;
	case SYS_statx:
		flags = call->arg[2];
		break;
	case SYS_newfstatat:
	case SYS_faccessat2:
		flags = call->arg[3];
		break;
	case SYS_faccessat:
	case SYS_readlinkat:
		break;
	default:
		*asked = (struct asked){ AT_FDCWD, call->arg[0] };
	}
	if (asked->at && sea_exec_read(call, asked->at, &first, 1))
		return false;
	if (asked->at && first)
		return true;
	asked->at = 0;
	return flags & AT_EMPTY_PATH;
}

/* What the kernel's folder is, it says itself. */
void sea_exec_stat(struct sea_exec_call *call, sea_time now)
{
	struct sea_exec_node node;
	struct asked asked;

	(void)now;
	if (!what_is_asked(call, &asked) || !sea_exec_node(call, asked.dir, asked.at, &node) ||
	    node.kernels)
		sea_exec_go_on(call);
	else if (sea_exec_missing(&node))
		sea_exec_answer(call, sea_exec_missing(&node));
	else
		sea_exec_answer(call, tell(call, &node));
}
