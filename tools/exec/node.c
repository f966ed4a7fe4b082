/* SPDX-License-Identifier: Apache-2.0 */
/* Paths and descriptors of the program's, and what they mean. */
#include "tools/exec/node.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seastack/procnet.h>

#include "tools/exec/server.h"

/* Of a memfd that stands for one of ours; what follows is the path. */
#define MARK "seastack:"
#define BEGIN "/memfd:" MARK
#define END " (deleted)"
/* Of those that stand for folders, besides. */
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* What a descriptor of ours stands for, out of what the kernel calls it. */
static void uncover(char path[SEA_EXEC_PATH_MAX])
{
	size_t skip = strlen(BEGIN), len = strlen(path), end = strlen(END);

	if (strncmp(path, BEGIN, skip) != 0)
		return;
	if (len >= skip + end && !strcmp(path + len - end, END))
		len -= end;
	memmove(path, path + skip, len - skip);
	path[len - skip] = '\0';
}

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
	uncover(path);
	return !strncmp(path, "/proc", 5);
}

/*
 * Not those of links, which are others here and there: but lo. A namespace has no net.ipv4.neigh.default unless it is
 * the first, and this may be another one than the program's.
 */
static bool kernel_has(const struct sea_exec_node *node)
{
	static const char *const alike[] = { "conf.all", "conf.default", "conf.lo", "neigh.lo" };
	char path[SEA_EXEC_NAME_MAX];
	const char *word = node->name;
	bool may = true;

	if (node->path == SEA_EXEC_PATH_SYSCTL && !strncmp(word, "net.ipv", 7) && word[7] &&
	    (!strncmp(word + 8, ".conf.", 6) || !strncmp(word + 8, ".neigh.", 7))) {
		may = false;
		for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++)
			may = may || !strcmp(word + 9, alike[i]);
	}
	sea_exec_path_of(node->path, node->name, path);
	return may && !access(path, F_OK);
}

static bool is_folder(const struct sea_stack *stack, const struct sea_exec_node *node)
{
	struct sea_exec_children children;
	struct sea_exec_node child;

	sea_exec_children(&children, stack, node);
	return sea_exec_child(&children, &child);
}

static bool is_table(const struct sea_stack *stack, const char *name)
{
	struct sea_procnet_reader reader = { .size = sizeof(reader) };

	return !sea_procnet_open(stack, name, &reader);
}

static void look(const struct sea_stack *stack, struct sea_exec_node *node)
{
	node->folder = node->kernels = false;
	if (node->path == SEA_EXEC_PATH_SYSCTL)
		node->mode = sea_sysctl_mode(stack, node->name);
	else
		node->mode = is_table(stack, node->name) ? 0444 : 0;
	if (node->mode || !is_folder(stack, node))
		return;
	node->mode = 0555;
	node->folder = true;
	node->kernels = kernel_has(node);
}

bool sea_exec_node(struct sea_exec_call *call, int dir, uint64_t at, struct sea_exec_node *node)
{
	char path[SEA_EXEC_PATH_MAX] = "", folder[SEA_EXEC_PATH_MAX] = "/";

	node->path = SEA_EXEC_PATH_OTHER;
	if (at && sea_exec_string(call, at, path, sizeof(path)) < 0)
		return false;
	if (path[0] != '/' && !folder_of(call, dir, folder))
		return false;
	node->path = sea_exec_path(folder, path, node->name);
	if (node->path == SEA_EXEC_PATH_OTHER)
		return false;
	node->slash = *path && path[strlen(path) - 1] == '/';
	look(call->exec->server->host->stack, node);
	return true;
}

int sea_exec_missing(const struct sea_exec_node *node)
{
	if (!node->mode)
		return -ENOENT;
	return node->slash && !node->folder ? -ENOTDIR : 0;
}

/* FNV-1a; and beyond those that the kernel numbers. */
uint64_t sea_exec_inode(const struct sea_exec_node *node)
{
	char path[SEA_EXEC_NAME_MAX];
	uint32_t hash = 2166136261u;

	sea_exec_path_of(node->path, node->name, path);
	for (const char *at = path; *at; at++)
		hash = (hash ^ (uint8_t)*at) * 16777619u;
	return UINT64_C(1) << 32 | hash;
}

int sea_exec_memfd(const struct sea_exec_node *node)
{
	char name[sizeof(MARK) + SEA_EXEC_NAME_MAX] = MARK;
	int fd;

	sea_exec_path_of(node->path, node->name, name + strlen(MARK));
	fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || !node->folder || !fcntl(fd, F_ADD_SEALS, SEALS))
		return fd < 0 ? -errno : fd;
	close(fd);
	return -EIO;
}

/* Most that is read is no memfd, which is soon told. */
bool sea_exec_reads_folder(struct sea_exec_call *call)
{
	struct sea_exec_node node;

	return (call->nr == SYS_read || call->nr == SYS_readv) &&
	       fcntl(call->fd, F_GET_SEALS) == SEALS &&
	       sea_exec_node(call, (int)call->arg[0], 0, &node) && node.folder;
}
