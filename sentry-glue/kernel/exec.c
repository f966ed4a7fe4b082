/* SPDX-License-Identifier: Apache-2.0 */
/* execve: another program in the same process. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sentry-glue/fs/fs.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/kernel/ptimer.h"
#include "sentry-glue/loader/loader.h"
#include "sentry-glue/vfs/file.h"
#include "sentry-glue/vfs/node.h"
#include "sentry-glue/vfs/walk.h"

#define SCRIPTS_MAX 5
#define LINE_MAX_ 256

/* What exec is about, as #! lines change it. */
struct plan {
	struct sea_node *node; /* one reference */
	char **argv;           /* ours, and its strings */
	char *path;
	char *exe; /* its absolute path; NULL: it has none */
};

static void list_free(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

static char **list_copy(char **list, size_t room)
{
	size_t n = 0;
	char **copy;

	while (list[n])
		n++;
	copy = calloc(n + room + 1, sizeof(*copy));
	for (size_t i = 0; copy && i < n; i++) {
		copy[i] = strdup(list[i]);
		if (!copy[i]) {
			list_free(copy);
			return NULL;
		}
	}
	return copy;
}

/* "directory/name", as /proc tells it. */
static char *path_of(struct sea_task *task, const struct sea_walk *walk)
{
	const struct sea_name *alias = walk->node->alias;
	char dir[PATH_MAX], *path = NULL;

	/* A link of /proc leads to where its own name is. */
	if (walk->dir && walk->dir->volume == SEA_VOLUME_PROC && alias && !alias->gone &&
	    sea_node_path(alias->dir, task->fs->root, dir, sizeof(dir)) > 0)
		return asprintf(&path, "%s/%s", strcmp(dir, "/") ? dir : "", alias->text) < 0
			       ? NULL
			       : path;
	if (!walk->dir || sea_node_path(walk->dir, task->fs->root, dir, sizeof(dir)) < 0 ||
	    asprintf(&path, "%s/%s", strcmp(dir, "/") ? dir : "", walk->name) < 0)
		return NULL;
	return path;
}

/* exe: NULL where nobody wants to know. */
static int open_program(struct sea_task *task, struct sea_node *start, const char *path,
			struct sea_node **node, char **exe)
{
	struct sea_walk walk;
	int err = sea_walk(task, start, path, 0, &walk);

	if (err)
		return err;
	*node = sea_node_get(walk.node);
	if (exe) {
		free(*exe);
		*exe = path_of(task, &walk);
	}
	sea_walk_done(&walk);
	err = sea_node_may(*node, &task->process->creds, X_OK);
	if (!err && !sea_node_has_data(*node))
		err = -EACCES;
	if (err) {
		sea_node_put(*node);
		*node = NULL;
	}
	return err;
}

/* argv becomes: interpreter, its one argument if there is one, the script, the rest of argv. */
static int script_argv(struct plan *plan, const char *interpreter, const char *arg)
{
	char **list = list_copy(plan->argv, 3);
	size_t n = 0, shift = arg ? 2 : 1;

	if (!list)
		return -ENOMEM;
	while (list[n])
		n++;
	if (!n)
		n = 1;
	free(list[0]);
	memmove(list + shift + 1, list + 1, (n - 1) * sizeof(*list));
	list[0] = strdup(interpreter);
	if (arg)
		list[1] = strdup(arg);
	list[shift] = strdup(plan->path);
	list_free(plan->argv);
	plan->argv = list;
	free(plan->path);
	plan->path = strdup(interpreter);
	return list[0] && list[shift] && (!arg || list[1]) && plan->path ? 0 : -ENOMEM;
}

/* 1: it was a script, and the plan names its interpreter now; 0: it is none. */
static int script(struct sea_task *task, struct plan *plan)
{
	char line[LINE_MAX_ + 1], *name, *arg, *end;
	int64_t n = sea_data_read(plan->node, line, LINE_MAX_, 0);
	struct sea_node *node;
	int err;

	if (n < 0)
		return (int)n;
	line[n] = 0;
	if (n < 2 || line[0] != '#' || line[1] != '!')
		return 0;
	line[strcspn(line, "\n")] = 0;
	name = line + 2 + strspn(line + 2, " \t");
	end = name + strcspn(name, " \t");
	arg = end + strspn(end, " \t");
	for (char *last = arg + strlen(arg); last > arg && strchr(" \t", last[-1]); last--)
		last[-1] = 0;
	*end = 0;
	if (!*name)
		return -ENOEXEC;
	err = script_argv(plan, name, *arg ? arg : NULL);
	if (err)
		return err;
	err = open_program(task, task->fs->cwd, name, &node, &plan->exe);
	if (err) {
		task->kernel->why = "the interpreter that its first line names cannot be run";
		return err;
	}
	sea_node_put(plan->node);
	plan->node = node;
	return 1;
}

static int scripts(struct sea_task *task, struct plan *plan)
{
	for (int i = 0; i <= SCRIPTS_MAX; i++) {
		int err = script(task, plan);

		if (err <= 0)
			return err;
	}
	return -ELOOP;
}

static int load_interpreter(struct sea_task *task, struct sea_mm *mm, struct sea_image *image)
{
	struct sea_image with;
	struct sea_node *node;
	int err = open_program(task, task->fs->cwd, image->interpreter, &node, NULL);

	if (err) {
		task->kernel->why = "the interpreter that it asks for cannot be found";
		return err;
	}
	err = sea_elf_load(task, mm, node, &with, 1);
	sea_node_put(node);
	image->entry = with.entry;
	image->base = with.base;
	return err;
}

static void layout(struct sea_task *task, struct sea_mm *mm)
{
	const struct rlimit *limits = task->process->limits;
	uint64_t stack = limits[RLIMIT_STACK].rlim_cur;

	mm->limit_as = limits[RLIMIT_AS].rlim_cur;
	mm->limit_data = limits[RLIMIT_DATA].rlim_cur;
	mm->limit_stack = stack;
	/* Below the stack's room, which is 128 MiB at least, as on Linux, and its random part, which
	 * is small: from where libraries are, jumps are to reach bridges (mm/patch.h). */
	if (stack < (128ull << 20))
		stack = 128ull << 20;
	if (stack > SEA_GUEST_TOP / 6 * 5)
		stack = SEA_GUEST_TOP / 6 * 5;
	mm->top = SEA_PAGE_DOWN(SEA_GUEST_TOP - SEA_STACK_RANDOM * SEA_PAGE - stack);
}

static int build(struct sea_task *task, struct plan *plan, char **envp, struct sea_mm **made,
		 struct user_regs_struct *regs)
{
	struct sea_image image;
	struct sea_mm *mm;
	uint64_t sp = 0;
	int err = sea_mm_new(&task->kernel->memory, &task->kernel->platform, &mm);

	if (err)
		return err;
	layout(task, mm);
	mm->patching = task->kernel->patching;
	err = sea_elf_load(task, mm, plan->node, &image, 0);
	if (!err && *image.interpreter)
		err = load_interpreter(task, mm, &image);
	if (!err)
		err = sea_stack_build(task, mm, &image, plan->path, plan->argv, envp, &sp);
	if (err) {
		sea_mm_put(mm);
		return err;
	}
	mm->brk_start = mm->brk = image.heap;
	*regs = (struct user_regs_struct){ .rip = image.entry,
					   .rsp = sp,
					   .cs = 0x33,
					   .ss = 0x2b,
					   .eflags = 0x202,
					   .orig_rax = ~0ull };
	*made = mm;
	return 0;
}

/* The other threads end; only this one goes on, with the process's number. */
static int alone(struct sea_task *task)
{
	struct sea_process *process = task->process;

	for (struct sea_task *t = process->tasks; t; t = t->next) {
		if (t == task)
			continue;
		t->exiting = true;
		sea_task_wake(t);
		if (t->in_guest)
			task->kernel->platform.ops->kick(t->vcpu);
	}
	while (process->ntasks > 1) {
		if (process->dying || task->exiting || task->kernel->lost)
			return -EINTR;
		task->asleep = true;
		while (!task->woken)
			pthread_cond_wait(&task->cond, &task->kernel->lock);
		task->asleep = task->woken = false;
	}
	task->tid = process->pid;
	return 0;
}

void sea_signals_reset(struct sea_process *process)
{
	for (int i = 1; i <= SEA_SIGNALS; i++) {
		if (process->actions[i].handler > 1)
			process->actions[i] = (struct sea_sigaction){ 0 };
		process->actions[i].flags = process->actions[i].mask = 0;
	}
}

/* The point of no return: what fails from here on ends the process. */
static void commit(struct sea_task *task, const struct plan *plan, struct sea_mm *mm,
		   const struct user_regs_struct *regs)
{
	struct sea_kernel *kernel = task->kernel;
	const char *name = strrchr(plan->path, '/');
	struct sea_process *process = task->process;

	sea_task_leave_mm(task);
	if (task->vcpu) {
		sea_usage_vcpu_ends(task);
		kernel->platform.ops->stop(task->vcpu);
	}
	task->vcpu = NULL;
	if (task->mm)
		sea_mm_put(task->mm);
	task->mm = mm;
	mm->shrunk = true; /* a file may have been made shorter while we waited for the others */
	task->regs = *regs;
	task->altstack = (stack_t){ .ss_flags = SS_DISABLE };
	if (task->files->refs > 1) {
		struct sea_files *own = sea_files_copy(task->files);

		if (!own)
			sea_process_end(process, SIGKILL);
		if (own) {
			sea_files_put(task->files);
			task->files = own;
		}
	}
	sea_files_exec(task->files);
	sea_ptimers_free(process);
	sea_signals_reset(process);
	process->undumpable = process->barriers = false;
	snprintf(process->comm, sizeof(process->comm), "%.15s", name ? name + 1 : plan->path);
	free(process->exe);
	process->exe = strdup(plan->exe ? plan->exe : plan->path);
	process->execed = true;
}

int sea_task_exec(struct sea_task *task, struct sea_node *start, const char *path, char **argv,
		  char **envp)
{
	struct sea_kernel *kernel = task->kernel;
	struct user_regs_struct regs;
	struct plan plan = { 0 };
	struct sea_mm *mm = NULL;
	bool running = task->vcpu;
	int err;

	kernel->why = NULL;
	err = open_program(task, start, path, &plan.node, &plan.exe);
	if (err) {
		free(plan.exe);
		return err;
	}
	plan.argv = list_copy(argv, 0);
	plan.path = strdup(path);
	err = plan.argv && plan.path ? scripts(task, &plan) : -ENOMEM;
	if (!err)
		err = build(task, &plan, envp, &mm, &regs);
	if (!err && running)
		err = alone(task);
	if (!err) {
		commit(task, &plan, mm, &regs);
		/* The first program's stub is made by the thread that will run it. */
		if (running && kernel->platform.ops->start(&kernel->platform, &task->vcpu))
			kernel->lost = true;
	} else if (mm) {
		sea_mm_put(mm);
	}
	sea_node_put(plan.node);
	list_free(plan.argv);
	free(plan.path);
	free(plan.exe);
	return err;
}
