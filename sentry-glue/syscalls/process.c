/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks: clone, exec, exit, wait; groups and sessions. */
#include <fcntl.h>
#include <stdio.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "sentry-glue/fs/pidfd.h"
#include "sentry-glue/syscalls/sys.h"

#define P_PIDFD_ 3

#define ARGS_MAX (2u << 20)
#define ARGS_N_MAX 65536u

#define CLEAR_SIGHAND 0x100000000ull /* CLONE_ */

int64_t sea_sys_clone(struct sea_task *task, const uint64_t *a)
{
	struct sea_clone how = { .flags = a[0] & ~0xffull,
				 .exit_signal = (int)(a[0] & 0xff),
				 .stack = a[1],
				 .parent_tid = a[2],
				 .child_tid = a[3],
				 .pidfd = a[2],
				 .tls = a[4] };

	if (a[0] & CLONE_PIDFD && a[0] & CLONE_PARENT_SETTID)
		return -EINVAL;
	return sea_task_clone(task, &how);
}

int64_t sea_sys_clone3(struct sea_task *task, const uint64_t *a)
{
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls,
			set_tid, set_tid_size, cgroup;
	} args = { 0 };
	struct sea_clone how;

	if (a[1] < 64 || a[1] > SEA_PAGE)
		return a[1] < 64 ? -EINVAL : -E2BIG;
	if (sea_arg_read(task, a[0], &args, a[1] < sizeof(args) ? a[1] : sizeof(args)))
		return -EFAULT;
	if (args.set_tid || args.set_tid_size || args.exit_signal > SEA_SIGNALS ||
	    !args.stack != !args.stack_size || args.flags & 0xff)
		return -EINVAL;
	how = (struct sea_clone){ .flags = args.flags & ~CLEAR_SIGHAND,
				  .exit_signal = (int)args.exit_signal,
				  .stack = args.stack + args.stack_size,
				  .parent_tid = args.parent_tid,
				  .child_tid = args.child_tid,
				  .pidfd = args.pidfd,
				  .defaults = args.flags & CLEAR_SIGHAND,
				  .tls = args.tls };
	if (how.defaults && how.flags & CLONE_SIGHAND)
		return -EINVAL;
	return sea_task_clone(task, &how);
}

int64_t sea_sys_fork(struct sea_task *task, const uint64_t *a)
{
	(void)a;
	return sea_task_clone(task, &(struct sea_clone){ .exit_signal = SIGCHLD });
}

int64_t sea_sys_vfork(struct sea_task *task, const uint64_t *a)
{
	(void)a;
	return sea_task_clone(task, &(struct sea_clone){ .flags = CLONE_VM | CLONE_VFORK,
							 .exit_signal = SIGCHLD });
}

static void list_free(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

static int read_one(struct sea_task *task, uint64_t at, char *room, char **to)
{
	int64_t n = sea_mm_read_string(task->mm, at, room, ARGS_MAX);

	if (n < 0)
		return n == -ENAMETOOLONG ? -E2BIG : (int)n;
	*to = strdup(room);
	return *to ? 0 : -ENOMEM;
}

/* A list of strings as execve takes it. */
static int read_list(struct sea_task *task, uint64_t at, char *room, char ***made)
{
	char **list = calloc(16, sizeof(*list)), **more;
	size_t size = 16, n = 0;
	uint64_t string = 0;
	int err = list ? 0 : -ENOMEM;

	while (!err && at) {
		err = n >= ARGS_N_MAX ? -E2BIG : sea_arg_read(task, at + n * 8, &string, 8);
		if (err || !string)
			break;
		err = read_one(task, string, room, &list[n]);
		if (!err)
			n++;
		if (!err && n + 1 == size) {
			more = realloc(list, size * 2 * sizeof(*list));
			if (more) {
				list = more;
				memset(list + size, 0, size * sizeof(*list));
				size *= 2;
			}
			err = more ? 0 : -ENOMEM;
		}
	}
	if (err)
		list_free(list);
	else
		*made = list;
	return err;
}

static int64_t exec(struct sea_task *task, const char *path, uint64_t argv_at, uint64_t envp_at)
{
	char **argv = NULL, **envp = NULL, *room;
	int err;

	room = malloc(ARGS_MAX);
	err = room ? read_list(task, argv_at, room, &argv) : -ENOMEM;
	if (!err)
		err = read_list(task, envp_at, room, &envp);
	free(room);
	if (!err)
		err = sea_task_exec(task, task->fs->cwd, path, argv, envp);
	list_free(argv);
	list_free(envp);
	return err ? err : SEA_NO_RESULT;
}

int64_t sea_sys_execve(struct sea_task *task, const uint64_t *a)
{
	char path[PATH_MAX];
	int err = sea_arg_path(task, a[0], path);

	return err ? err : exec(task, path, a[1], a[2]);
}

/* What Linux calls a program that is named by a descriptor, and perhaps a path from there. */
static int path_from(struct sea_task *task, int fd, const char *path, char *to, size_t size)
{
	const struct sea_file *file = sea_fd_get(task->files, fd);
	int n;

	if (!file)
		return -EBADF;
	if (!file->node || (*path && !sea_node_is(file->node, S_IFDIR)))
		return *path ? -ENOTDIR : -EACCES;
	/* A script is named to an interpreter that will not have the descriptor. */
	n = snprintf(to, size, "/dev/fd/%d%s%s", fd, *path ? "/" : "", path);
	return n < (int)size ? 0 : -ENAMETOOLONG;
}

int64_t sea_sys_execveat(struct sea_task *task, const uint64_t *a)
{
	char path[PATH_MAX], from[PATH_MAX];
	struct sea_node *node;
	int err = sea_arg_path(task, a[1], path);
	const char *name = path;

	if ((int)a[4] & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	if (!err && !*path && !((int)a[4] & AT_EMPTY_PATH))
		err = -ENOENT;
	if (!err && *path != '/' && (int)a[0] != AT_FDCWD) {
		err = path_from(task, (int)a[0], path, from, sizeof(from));
		name = from;
	}
	if (!err && (int)a[4] & AT_SYMLINK_NOFOLLOW && *path) {
		err = sea_walk_node(task, task->fs->cwd, name, SEA_WALK_NOFOLLOW, &node);
		if (!err && sea_node_is(node, S_IFLNK))
			err = -ELOOP;
		if (err != -ELOOP && err)
			return err;
		sea_node_put(node);
	}
	return err ? err : exec(task, name, a[2], a[3]);
}

int64_t sea_sys_exit(struct sea_task *task, const uint64_t *a)
{
	/* The last one's status is the process's. */
	if (task->process->ntasks == 1)
		sea_process_end(task->process, (int)(a[0] & 0xff) << 8);
	task->exiting = true;
	return 0;
}

int64_t sea_sys_exit_group(struct sea_task *task, const uint64_t *a)
{
	sea_process_end(task->process, (int)(a[0] & 0xff) << 8);
	return 0;
}

int64_t sea_sys_wait4(struct sea_task *task, const uint64_t *a)
{
	if (a[2] & ~(uint64_t)(WNOHANG | WUNTRACED | WCONTINUED | __WALL | __WCLONE | __WNOTHREAD))
		return -EINVAL;
	if ((int32_t)a[0] == INT32_MIN)
		return -ESRCH;
	return sea_task_wait4(task, (int32_t)a[0], a[1], (int)a[2] | WEXITED, a[3]);
}

static void siginfo_of(siginfo_t *info, pid_t pid, int status)
{
	info->si_signo = SIGCHLD;
	info->si_pid = pid;
	if (WIFEXITED(status)) {
		info->si_code = CLD_EXITED;
		info->si_status = WEXITSTATUS(status);
	} else if (WIFSTOPPED(status)) {
		info->si_code = CLD_STOPPED;
		info->si_status = WSTOPSIG(status);
	} else if (WIFCONTINUED(status)) {
		info->si_code = CLD_CONTINUED;
		info->si_status = SIGCONT;
	} else {
		info->si_code = CLD_KILLED;
		info->si_status = WTERMSIG(status);
	}
}

static int64_t wait_by_fd(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file = sea_fd_get(task->files, (int)a[1]);
	struct sea_process *process;
	int err = file ? sea_pidfd_process(file, &process) : -EBADF;
	uint64_t as_pid[] = { P_PID, 0, a[2], a[3], a[4] };

	if (err)
		return err;
	if (!process || process->parent != task->process)
		return -ECHILD;
	as_pid[1] = (uint64_t)process->pid;
	/* An open file that does not wait, and a child that has nothing to tell. */
	if (file->flags & O_NONBLOCK && !(a[3] & WNOHANG) && !process->zombie)
		return -EAGAIN;
	return sea_sys_waitid(task, as_pid);
}

int64_t sea_sys_waitid(struct sea_task *task, const uint64_t *a)
{
	const int known = WNOHANG | WEXITED | WSTOPPED | WCONTINUED | WNOWAIT;
	struct sea_usage used;
	struct rusage told;
	siginfo_t info = { 0 };
	int64_t pid, who;
	int status = 0;

	if (a[3] & ~(uint64_t)known || !(a[3] & (WEXITED | WSTOPPED | WCONTINUED)) ||
	    a[0] > P_PIDFD_ || (a[0] != P_ALL && (int32_t)a[1] < (a[0] == P_PID)))
		return -EINVAL;
	if (a[0] == P_PIDFD_)
		return wait_by_fd(task, a);
	who = a[0] == P_ALL ? -1 : a[0] == P_PID ? (int32_t)a[1] : a[1] ? -(int32_t)a[1] : 0;
	pid = sea_task_wait(task, who, (int)a[3], &status, &used);
	if (pid < 0)
		return pid;
	if (pid)
		siginfo_of(&info, (pid_t)pid, status);
	if (pid && a[4]) {
		sea_usage_tell(&used, &told);
		if (sea_arg_write(task, a[4], &told, sizeof(told)))
			return -EFAULT;
	}
	return a[2] ? sea_arg_write(task, a[2], &info, sizeof(info)) : 0;
}

int64_t sea_sys_getpid(struct sea_task *task, const uint64_t *a)
{
	(void)a;
	return task->process->pid;
}

int64_t sea_sys_gettid(struct sea_task *task, const uint64_t *a)
{
	(void)a;
	return task->tid;
}

int64_t sea_sys_getppid(struct sea_task *task, const uint64_t *a)
{
	(void)a;
	return task->process->parent ? task->process->parent->pid : 1;
}

static struct sea_process *process_of(struct sea_task *task, int64_t pid)
{
	return (int32_t)pid ? sea_process_find(task->kernel, (int32_t)pid) : task->process;
}

static bool group_in_session(const struct sea_kernel *kernel, pid_t pgid, pid_t sid)
{
	for (struct sea_process *p = kernel->processes; p; p = p->next) {
		if (p->pgid == pgid && p->sid == sid)
			return true;
	}
	return false;
}

int64_t sea_sys_setpgid(struct sea_task *task, const uint64_t *a)
{
	struct sea_process *self = task->process, *p = process_of(task, (int64_t)a[0]);
	pid_t pgid = (pid_t)a[1] ? (pid_t)a[1] : (pid_t)a[0];

	if (pgid < 0)
		return -EINVAL;
	if (!p || (p != self && p->parent != self))
		return -ESRCH;
	pgid = pgid ? pgid : p->pid;
	if (p != self && p->execed)
		return -EACCES;
	if (p->sid == p->pid || p->sid != self->sid ||
	    (pgid != p->pid && !group_in_session(task->kernel, pgid, self->sid)))
		return -EPERM;
	p->pgid = pgid;
	return 0;
}

int64_t sea_sys_getpgid(struct sea_task *task, const uint64_t *a)
{
	struct sea_process *p = process_of(task, (int64_t)a[0]);

	return p ? p->pgid : -ESRCH;
}

int64_t sea_sys_getpgrp(struct sea_task *task, const uint64_t *a)
{
	(void)a;
	return task->process->pgid;
}

int64_t sea_sys_getsid(struct sea_task *task, const uint64_t *a)
{
	struct sea_process *p = process_of(task, (int64_t)a[0]);

	return p ? p->sid : -ESRCH;
}

int64_t sea_sys_setsid(struct sea_task *task, const uint64_t *a)
{
	struct sea_process *self = task->process;

	(void)a;
	for (struct sea_process *p = task->kernel->processes; p; p = p->next) {
		if (p->pgid == self->pid)
			return -EPERM;
	}
	self->sid = self->pgid = self->pid;
	self->no_tty = false;
	return self->sid;
}

int64_t sea_sys_set_tid_address(struct sea_task *task, const uint64_t *a)
{
	task->clear_child_tid = a[0];
	return task->tid;
}

int64_t sea_sys_set_robust_list(struct sea_task *task, const uint64_t *a)
{
	if (a[1] != 24)
		return -EINVAL;
	task->robust_list = a[0];
	return 0;
}

int64_t sea_sys_sched_yield(struct sea_task *task, const uint64_t *a)
{
	(void)task, (void)a;
	return 0;
}
