/* SPDX-License-Identifier: Apache-2.0 */
/* One call from its beginning to its answer: which stand-in it means, and how it ends. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools/exec/node.h"
#include "tools/exec/server.h"

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

#define SPARE 128 /* descriptors */

static const struct {
	int nr;
	sea_exec_serve_fn *serve;
} calls[] = {
#define SEA_EXEC_CALL(name, serve) { SYS_##name, serve },
#include "tools/exec/calls.def"
#undef SEA_EXEC_CALL
};

void sea_exec_forget(struct sea_exec_call *call)
{
	struct sea_exec *exec = call->exec;

	if (call->waits) {
		TAILQ_REMOVE(&exec->server->waiting, call, all);
		TAILQ_REMOVE(&call->standin->calls, call, of_standin);
		exec->n_waiting--;
	}
	sea_exec_message_drop(call);
	if (call->fd >= 0)
		close(call->fd);
	if (call->pidfd >= 0)
		close(call->pidfd);
	free(call);
}

/* What the call changed is seen before its answer. */
static void end(struct sea_exec_call *call, int64_t value, int error, bool go_on)
{
	if (call->standin && call->fd >= 0)
		sea_standin_mirror(call->standin, call->fd, 0);
	call->exec->seat->answer(call->exec->seat_arg, call->id, value, error, go_on);
	sea_exec_forget(call);
}

void sea_exec_answer(struct sea_exec_call *call, int64_t result)
{
	end(call, result < 0 ? 0 : result, result < 0 ? (int)result : 0, false);
}

void sea_exec_go_on(struct sea_exec_call *call)
{
	end(call, 0, 0, true);
}

bool sea_exec_give(struct sea_exec_call *call, int fd, bool cloexec)
{
	struct sea_exec *exec = call->exec;
	int given = exec->seat->add(exec->seat_arg, call->id, fd, cloexec);

	close(fd);
	if (given < 0) {
		sea_exec_answer(call, given);
		return false;
	}
	if (call->standin && call->fd >= 0)
		sea_standin_mirror(call->standin, call->fd, 0);
	sea_exec_forget(call);
	return true;
}

pid_t sea_exec_process(pid_t tid)
{
	char path[32], line[128];
	pid_t process = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	status = fopen(path, "re");
	while (status && !process && fgets(line, sizeof(line), status)) {
		if (!strncmp(line, "Tgid:", 5))
			process = (pid_t)strtol(line + 5, NULL, 10);
	}
	if (status)
		fclose(status);
	return process;
}

/* Of a thread that is not the first of its process, older kernels make none. */
static int open_pidfd(pid_t tid)
{
	int fd = (int)syscall(SYS_pidfd_open, tid, PIDFD_THREAD);
	pid_t process;

	if (fd >= 0 || errno != EINVAL)
		return fd < 0 ? -errno : fd;
	process = sea_exec_process(tid);
	fd = process ? (int)syscall(SYS_pidfd_open, process, 0) : -1;
	return fd < 0 ? -ESRCH : fd;
}

bool sea_exec_scarce(int fd)
{
	struct rlimit limit;

	return !getrlimit(RLIMIT_NOFILE, &limit) && (rlim_t)fd + SPARE >= limit.rlim_cur;
}

int sea_exec_fetch(struct sea_exec_call *call, int fd)
{
	int got;

	if (call->pidfd < 0)
		call->pidfd = open_pidfd(call->tid);
	if (call->pidfd < 0)
		return call->pidfd;
	got = (int)syscall(SYS_pidfd_getfd, call->pidfd, fd, 0);
	return got < 0 ? -errno : got;
}

/* Whether it is a stand-in is not known then, and the kernel would take a stand-in for the program's own. */
static bool cannot_tell(int err)
{
	return err == -EMFILE || err == -ENFILE || err == -ENOMEM;
}

bool sea_exec_find(struct sea_exec_call *call, int which)
{
	call->fd = sea_exec_fetch(call, (int)call->arg[which]);
	if (cannot_tell(call->fd)) {
		sea_exec_answer(call, -ENOBUFS);
		return false;
	}
	if (call->fd >= 0)
		call->standin = sea_standin_find(call->exec->server, call->fd);
	if (!call->standin) {
		if (call->fd >= 0 && sea_exec_reads_folder(call))
			sea_exec_answer(call, -EISDIR);
		else
			sea_exec_go_on(call);
		return false;
	}
	call->nonblock = fcntl(call->fd, F_GETFL) & O_NONBLOCK;
	return true;
}

bool sea_exec_find_socket(struct sea_exec_call *call)
{
	if (!sea_exec_find(call, 0))
		return false;
	if (call->standin->file) {
		sea_exec_answer(call, -ENOTSOCK);
		return false;
	}
	return true;
}

void sea_exec_call_begin(struct sea_exec *exec, const struct sea_exec_call *what, sea_time now)
{
	struct sea_exec_call *call = calloc(1, sizeof(*call));

	sea_standin_hear(exec->server, now);
	if (!call) {
		exec->seat->answer(exec->seat_arg, what->id, 0, -ENOMEM, false);
		return;
	}
	call->exec = exec;
	call->id = what->id;
	call->tid = what->tid;
	call->nr = what->nr;
	memcpy(call->arg, what->arg, sizeof(call->arg));
	call->pidfd = call->fd = -1;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (calls[i].nr == call->nr) {
			calls[i].serve(call, now);
			return;
		}
	}
	sea_exec_go_on(call);
}

void sea_exec_wait(struct sea_exec_call *call, sea_time now)
{
	struct sea_exec *exec = call->exec;

	if (call->op.done) {
		call->done(call, now);
		return;
	}
	if (call->waits)
		return;
	if (exec->n_waiting >= SEA_EXEC_WAITING_MAX || sea_exec_scarce(call->fd)) {
		sea_exec_answer(call, -ENOBUFS);
		return;
	}
	call->waits = true;
	exec->n_waiting++;
	TAILQ_INSERT_TAIL(&exec->server->waiting, call, all);
	TAILQ_INSERT_TAIL(&call->standin->calls, call, of_standin);
	sea_standin_mirror(call->standin, call->fd, 0);
	sea_exec_patience_hurry(exec->server);
}
