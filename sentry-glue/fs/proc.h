/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of /proc share: the list of files, and what each says. */
#ifndef SEA_SENTRY_FS_PROC_H
#define SEA_SENTRY_FS_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct sea_node;
struct sea_task;
struct sea_process;

/* A node's arg: the process, the descriptor, and the place in the list. */
#define SEA_PROC_PID 32
#define SEA_PROC_FD 8
#define SEA_PROC_FD_MASK 0xffffffu
#define SEA_PROC_FDS 255u /* instead of a place: a link in fd/ */

struct sea_proc_file {
	const char *name; /* with folders */
	uint32_t mode;
	bool process; /* in each process's folder */
	void (*say)(FILE *out, struct sea_task *asker, struct sea_process *process);
};

extern const struct sea_proc_file sea_proc_files[];
extern const unsigned int sea_proc_files_n;

/* Whose folder that is; 0: nobody's. */
pid_t sea_proc_pid(const struct sea_node *node);

/* The text of the node with this arg, to be freed: its length or -errno. */
int64_t sea_proc_text(uint64_t arg, struct sea_task *task, char **text);

#endif
