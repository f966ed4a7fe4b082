/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is at a path of ours: a file, a folder, or nothing. The kernel's own folders stand for the stack's where
 * there is one at the same path: the kernel opens them, enters them and tells of them, and only what they list is ours. For
 * all else stands a memfd that is named after the path. That name is all that is known of it, so nothing need be closed and nothing is left.
 */
#ifndef SEA_EXEC_NODE_H
#define SEA_EXEC_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/exec/path.h"

struct sea_exec_call;
struct sea_stack;

struct sea_exec_node {
	enum sea_exec_path path; /* OTHER: it is none of ours, and nothing else is said */
	unsigned mode;           /* 0644; 0: nothing is there */
	bool folder;
	bool kernels; /* a folder that the kernel has at the same path */
	bool slash;   /* the path ends in one: only a folder is meant */
	char name[SEA_SYSCTL_NAME_MAX];
};

/* By its path at `at`, which begins at `dir` unless at "/"; at 0: `dir` itself. False: it is none of ours. */
bool sea_exec_node(struct sea_exec_call *call, int dir, uint64_t at, struct sea_exec_node *node);
/* 0; -ENOENT or -ENOTDIR: there is nothing of the kind that is meant. */
int sea_exec_missing(const struct sea_exec_node *node);
/* It is no other node's. */
uint64_t sea_exec_inode(const struct sea_exec_node *node);
/* A descriptor to write what stands there to, unless it is a folder; or -errno. */
int sea_exec_memfd(const struct sea_exec_node *node);
/* Is it read(2) of such a folder, which is call->fd? */
bool sea_exec_reads_folder(struct sea_exec_call *call);

/* folder.c: what a folder lists, in order. */
struct sea_exec_children {
	const struct sea_stack *stack;
	const struct sea_exec_node *folder;
	size_t skip; /* what the names of all begin with */
	bool kernels_asked;
	char at[SEA_SYSCTL_NAME_MAX];
};

void sea_exec_children(struct sea_exec_children *children, const struct sea_stack *stack,
		       const struct sea_exec_node *folder);
/* The next one; false: there is none. Of the child, `kernels` is not said. */
bool sea_exec_child(struct sea_exec_children *children, struct sea_exec_node *child);
/* Without what is in front of it. */
const char *sea_exec_last_word(const struct sea_exec_node *node, char word[SEA_SYSCTL_NAME_MAX]);

#endif
