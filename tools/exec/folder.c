/* SPDX-License-Identifier: Apache-2.0 */
/* What folders list: getdents(2) out of the stack's names. Where it stands is the descriptor's own offset. */
#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seastack/procnet.h>

#include "tools/exec/node.h"
#include "tools/exec/server.h"

/* Of one call: a program asks again, and frames come in between. */
#define LIST_MAX 16384

/* -- children -- */

static char separator(const struct sea_exec_node *node)
{
	return node->path == SEA_EXEC_PATH_SYSCTL ? '.' : '/';
}

void sea_exec_children(struct sea_exec_children *children, const struct sea_stack *stack,
		       const struct sea_exec_node *folder)
{
	size_t len = strlen(folder->name);

	*children = (struct sea_exec_children){ .stack = stack, .folder = folder };
	if (!len || len + 2 > sizeof(children->at))
		return;
	memcpy(children->at, folder->name, len);
	children->at[len] = separator(folder);
	children->skip = len + 1;
}

static bool next_name(struct sea_exec_children *children)
{
	const struct sea_exec_node *folder = children->folder;
	size_t len = strlen(folder->name);

	if (!(folder->path == SEA_EXEC_PATH_SYSCTL
		      ? sea_sysctl_next(children->stack, children->at)
		      : sea_procnet_next(children->stack, children->at)))
		return false;
	return !len || (!strncmp(children->at, folder->name, len) &&
			children->at[len] == separator(folder));
}

/* Sockets of AF_UNIX are the kernel's, and so is what tells of them. */
static bool kernels_child(struct sea_exec_children *children, struct sea_exec_node *child)
{
	const struct sea_exec_node *folder = children->folder;
	bool sysctl = folder->path == SEA_EXEC_PATH_SYSCTL;

	if (children->kernels_asked || strcmp(folder->name, sysctl ? "net" : "") != 0)
		return false;
	children->kernels_asked = true;
	strcpy(child->name, sysctl ? "net.unix" : "unix");
	child->folder = sysctl;
	return !access(sysctl ? "/proc/sys/net/unix" : "/proc/self/net/unix", F_OK);
}

bool sea_exec_child(struct sea_exec_children *children, struct sea_exec_node *child)
{
	const char between[] = { separator(children->folder), '\0' };
	size_t len;

	child->path = children->folder->path;
	if (!next_name(children))
		return kernels_child(children, child);
	len = children->skip + strcspn(children->at + children->skip, between);
	memcpy(child->name, children->at, len);
	child->name[len] = '\0';
	child->folder = children->at[len];
	if (child->folder) { /* behind all of its own */
		children->at[len] = (char)(between[0] + 1);
		children->at[len + 1] = '\0';
	}
	return true;
}

const char *sea_exec_last_word(const struct sea_exec_node *node, char word[SEA_SYSCTL_NAME_MAX])
{
	const char *last = strrchr(node->name, separator(node));

	strcpy(word, last ? last + 1 : node->name);
	for (char *at = word; node->path == SEA_EXEC_PATH_SYSCTL && *at; at++)
		*at = *at == '/' ? '.' : *at;
	return word;
}

/* -- getdents -- */

struct listing {
	bool old; /* getdents(2), where the kind is the last byte */
	size_t room, len;
	int64_t next; /* the offset behind the last one that is there */
	char bytes[LIST_MAX];
};

/* False: there is no room. */
static bool put(struct listing *list, uint64_t inode, const char *name, bool folder)
{
	const size_t head = list->old ? 18 : 19, len = strlen(name);
	const uint16_t size = (uint16_t)((head + len + (list->old ? 2 : 1) + 7) / 8 * 8);
	const int64_t next = list->next + 1;
	const char kind = folder ? DT_DIR : DT_REG;
	char *at = list->bytes + list->len;

	if (size > list->room - list->len)
		return false;
	memset(at, 0, size);
	memcpy(at, &inode, 8);
	memcpy(at + 8, &next, 8);
	memcpy(at + 16, &size, 2);
	memcpy(at + head, name, len);
	at[list->old ? size - 1 : 18] = kind;
	list->next = next;
	list->len += size;
	return true;
}

/* From the listing's place on; false: not all had room. */
static bool put_all(struct listing *list, const struct sea_stack *stack,
		    const struct sea_exec_node *folder)
{
	const int64_t from = list->next;
	struct sea_exec_children children;
	struct sea_exec_node child;
	char word[SEA_SYSCTL_NAME_MAX];

	if ((from < 1 && !put(list, sea_exec_inode(folder), ".", true)) ||
	    (from < 2 && !put(list, sea_exec_inode(folder), "..", true)))
		return false;
	sea_exec_children(&children, stack, folder);
	for (int64_t at = 2; sea_exec_child(&children, &child); at++)
		if (at >= from && !put(list, sea_exec_inode(&child),
				       sea_exec_last_word(&child, word), child.folder))
			return false;
	return true;
}

/* The bytes that were written, or -errno. */
static int64_t list(struct sea_exec_call *call, const struct sea_exec_node *folder)
{
	struct listing out = { .old = call->nr != SYS_getdents64,
			       .next = lseek(call->fd, 0, SEEK_CUR),
			       .room = (unsigned)call->arg[2] };
	int err;

	if (out.next < 0)
		return -errno;
	if (out.room > sizeof(out.bytes))
		out.room = sizeof(out.bytes);
	if (!put_all(&out, call->exec->server->host->stack, folder) && !out.len)
		return -EINVAL;
	err = sea_exec_write(call, call->arg[1], out.bytes, out.len);
	if (!err && lseek(call->fd, out.next, SEEK_SET) < 0)
		err = -errno;
	return err ? err : (int64_t)out.len;
}

void sea_exec_list(struct sea_exec_call *call, sea_time now)
{
	struct sea_exec_node node;

	(void)now;
	if (!sea_exec_node(call, (int)call->arg[0], 0, &node) || (node.mode && !node.folder)) {
		sea_exec_go_on(call);
		return;
	}
	call->fd = sea_exec_fetch(call, (int)call->arg[0]);
	if (call->fd < 0)
		sea_exec_answer(call, call->fd);
	else
		sea_exec_answer(call, node.mode ? list(call, &node) : -ENOENT);
}
