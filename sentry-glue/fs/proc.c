/* SPDX-License-Identifier: Apache-2.0 */
/* /proc: the tree. What its files say is in proc_text.c. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sentry-glue/fs/fs.h"
#include "sentry-glue/fs/proc.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"
#include "sentry-glue/vfs/node.h"

static int64_t entry_text(struct sea_node *node, struct sea_task *task, char **text)
{
	return sea_proc_text(node->arg, task, text);
}

static const struct sea_node_ops entry_ops = { .text = entry_text };

static int add_entry(struct sea_node *dir, const char *name, uint32_t mode, uint64_t arg,
		     const struct sea_node_ops *ops)
{
	struct sea_node *node = sea_node_new(dir->memory, mode);
	int err;

	if (!node)
		return -ENOMEM;
	node->ops = ops;
	node->arg = arg;
	if (S_ISLNK(mode))
		node->symlink = strdup("");
	err = S_ISLNK(mode) && !node->symlink ? -ENOMEM : sea_dir_add(dir, name, node);
	sea_node_put(node);
	return err;
}

/* Takes out of a directory of numbers those that `keep` does not know. */
static void prune(struct sea_node *dir, struct sea_task *task,
		  bool (*keep)(struct sea_node *dir, struct sea_task *task, int number))
{
	struct sea_name *name, *next;

	for (name = dir->first; name; name = next) {
		next = name->next;
		if (*name->text >= '0' && *name->text <= '9' &&
		    !keep(dir, task, atoi(name->text)) && sea_dir_remove(dir, name->text))
			return;
	}
}

static bool fd_open(struct sea_node *dir, struct sea_task *task, int fd)
{
	struct sea_process *p = sea_process_find(task->kernel, (pid_t)(dir->arg >> SEA_PROC_PID));

	return p && p->tasks && sea_fd_get(p->tasks->files, fd);
}

static struct sea_node *fd_follow(struct sea_node *node, struct sea_task *task)
{
	struct sea_process *p = sea_process_find(task->kernel, (pid_t)(node->arg >> SEA_PROC_PID));
	struct sea_file *file = NULL;

	if (p && p->tasks)
		file = sea_fd_get(p->tasks->files, node->arg >> SEA_PROC_FD & SEA_PROC_FD_MASK);
	return file && file->node ? sea_node_get(file->node) : NULL;
}

static const struct sea_node_ops fd_link_ops = { .text = entry_text, .follow = fd_follow };

static void fd_refresh(struct sea_node *dir, struct sea_task *task)
{
	uint64_t pid = dir->arg >> SEA_PROC_PID;
	struct sea_process *p = sea_process_find(task->kernel, (pid_t)pid);
	struct sea_node *node;
	char name[16];

	prune(dir, task, fd_open);
	for (unsigned int fd = 0; p && p->tasks && fd < p->tasks->files->n; fd++) {
		snprintf(name, sizeof(name), "%u", fd);
		if (!sea_fd_get(p->tasks->files, fd))
			continue;
		if (!sea_dir_lookup(dir, name, &node))
			sea_node_put(node);
		else if (add_entry(dir, name, S_IFLNK | 0700,
				   pid << SEA_PROC_PID | (uint64_t)fd << SEA_PROC_FD | SEA_PROC_FDS,
				   &fd_link_ops))
			return;
	}
}

static const struct sea_node_ops fd_ops = { .refresh = fd_refresh };

static int add_process(struct sea_node *proc, const struct sea_process *process, const char *name)
{
	struct sea_node *dir = sea_dir_make(proc, name, 0555), *fd;
	uint64_t pid = (uint64_t)process->pid << SEA_PROC_PID;
	int err = dir ? 0 : -ENOMEM;

	for (unsigned int i = 0; i < sea_proc_files_n && !err; i++) {
		if (sea_proc_files[i].process)
			err = add_entry(dir, sea_proc_files[i].name, sea_proc_files[i].mode,
					pid | i, &entry_ops);
	}
	if (err)
		return err;
	dir->arg = pid;
	dir->uid = process->creds.euid;
	dir->gid = process->creds.egid;
	fd = sea_dir_make(dir, "fd", 0500);
	if (!fd)
		return -ENOMEM;
	fd->ops = &fd_ops;
	fd->arg = pid;
	return 0;
}

static bool pid_there(struct sea_node *dir, struct sea_task *task, int pid)
{
	(void)dir;
	return sea_process_find(task->kernel, pid);
}

static void proc_refresh(struct sea_node *proc, struct sea_task *task)
{
	struct sea_node *node;
	char name[16];

	prune(proc, task, pid_there);
	for (struct sea_process *p = task->kernel->processes; p; p = p->next) {
		snprintf(name, sizeof(name), "%d", (int)p->pid);
		if (!sea_dir_lookup(proc, name, &node))
			sea_node_put(node);
		else if (add_process(proc, p, name))
			return;
	}
}

static const struct sea_node_ops proc_ops = { .refresh = proc_refresh };

pid_t sea_proc_pid(const struct sea_node *node)
{
	bool folder = sea_node_is(node, S_IFDIR) && node->parent && node->parent->ops == &proc_ops;

	return folder ? (pid_t)(node->arg >> SEA_PROC_PID) : 0;
}

int sea_proc_fill(struct sea_kernel *kernel, struct sea_node *proc)
{
	int err = 0;

	(void)kernel;
	proc->ops = &proc_ops;
	proc->volume = SEA_VOLUME_PROC;
	for (unsigned int i = 0; i < sea_proc_files_n && !err; i++) {
		const struct sea_proc_file *file = &sea_proc_files[i];
		struct sea_node *dir = proc;
		const char *name = file->name, *slash;
		char part[64];

		if (file->process)
			continue;
		while (dir && (slash = strchr(name, '/'))) {
			snprintf(part, sizeof(part), "%.*s", (int)(slash - name), name);
			dir = sea_dir_make(dir, part, 0555);
			name = slash + 1;
		}
		err = dir ? add_entry(dir, name, file->mode, i, &entry_ops) : -ENOMEM;
	}
	return err;
}
